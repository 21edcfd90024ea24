/*
 * Streams under fire from everything at once: selections, duplicates, other processes,
 * overlapped operations, and sockets that are closed at random. STRESS_SECONDS in the
 * environment makes each test go on for as long (tools/soak does that); a few seconds
 * otherwise.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "belongings.h"
#include "extensions.h"
#include "stress.h"

#define STREAM_BYTES (1024 * 1024)
#define MAX_PIECE 20000

static DWORD seconds(void)
{
    char text[16];

    return GetEnvironmentVariableA("STRESS_SECONDS", text, sizeof(text)) ? atoi(text) : 3;
}

/* --- Ways to send: all of it, or what is wrong --- */

static BOOL wait_writable(SOCKET s)
{
    WSAPOLLFD fd = {s, POLLWRNORM, 0};

    return WSAPoll(&fd, 1, 10000) == 1;
}

static BOOL send_plainly(SOCKET s, char *data, DWORD size)
{
    int ret;

    while ((ret = send(s, data, size, 0)) == SOCKET_ERROR && WSAGetLastError() == WSAEWOULDBLOCK)
        if (!wait_writable(s)) return FALSE;
    return ret == (int)size;
}

static BOOL send_overlapped(SOCKET s, char *data, DWORD size)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    WSABUF buffer = {size, data};
    DWORD sent = 0, flags;
    BOOL ok = !WSASend(s, &buffer, 1, &sent, 0, &overlapped, NULL);

    if (!ok && WSAGetLastError() == WSA_IO_PENDING)
        ok = WSAGetOverlappedResult(s, &overlapped, &sent, TRUE, &flags);
    CloseHandle(overlapped.hEvent);
    return ok && sent == size;
}

static BOOL send_by_duplicate(SOCKET s, char *data, DWORD size)
{
    WSAPROTOCOL_INFOW info;
    SOCKET copy;
    BOOL ok;

    if (WSADuplicateSocketW(s, GetCurrentProcessId(), &info)) return FALSE;
    copy =
        WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, WSA_FLAG_OVERLAPPED);
    if (copy == INVALID_SOCKET) return FALSE;
    ok = send_plainly(copy, data, size);
    return !closesocket(copy) && ok;
}

static BOOL send_by_handle(SOCKET s, char *data, DWORD size)
{
    HANDLE copy, self = GetCurrentProcess();
    BOOL ok;

    if (!DuplicateHandle(self, (HANDLE)s, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS)) return FALSE;
    /* Wine's own takes no handles that it has not given out itself */
    ok = send_plainly((SOCKET)copy, data, size) ||
         (WSAGetLastError() == WSAENOTSOCK && send_plainly(s, data, size));
    return CloseHandle(copy) && ok;
}

static BOOL send_as_a_file(SOCKET s, char *data, DWORD size)
{
    TRANSMIT_FILE_BUFFERS buffers = {data, size / 2, data + size / 2, size - size / 2};
    LPFN_TRANSMITFILE function = EXTENSION(s, LPFN_TRANSMITFILE, WSAID_TRANSMITFILE);

    return function(s, NULL, 0, 0, NULL, &buffers, 0);
}

/* --- Ways to receive: how much, 0 at the end, -1 for what is wrong --- */

static int receive_plainly(SOCKET s, char *data, DWORD size)
{
    return recv(s, data, size, 0);
}

static int receive_selected(SOCKET s, char *data, DWORD size)
{
    WSAEVENT event = CreateEventW(NULL, TRUE, FALSE, NULL);
    WSANETWORKEVENTS events;
    u_long off = 0;
    int ret = SOCKET_ERROR;

    if (!WSAEventSelect(s, event, FD_READ | FD_CLOSE))
    {
        while ((ret = recv(s, data, size, 0)) == SOCKET_ERROR && WSAGetLastError() == WSAEWOULDBLOCK)
            if (WaitForSingleObject(event, 10000) || WSAEnumNetworkEvents(s, event, &events)) break;
        if (WSAEventSelect(s, NULL, 0) || ioctlsocket(s, FIONBIO, &off)) ret = SOCKET_ERROR;
    }
    CloseHandle(event);
    return ret;
}

static int receive_overlapped(SOCKET s, char *data, DWORD size)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    WSABUF buffer = {size, data};
    DWORD got = 0, flags = 0;
    BOOL ok = !WSARecv(s, &buffer, 1, &got, &flags, &overlapped, NULL);

    if (!ok && WSAGetLastError() == WSA_IO_PENDING)
        ok = WSAGetOverlappedResult(s, &overlapped, &got, TRUE, &flags);
    CloseHandle(overlapped.hEvent);
    return ok ? (int)got : SOCKET_ERROR;
}

static int receive_after_a_look(SOCKET s, char *data, DWORD size)
{
    fd_set set = {1, {s}};
    struct timeval long_time = {10, 0};
    u_long count;

    if (select(0, &set, NULL, NULL, &long_time) != 1 || ioctlsocket(s, FIONREAD, &count)) return SOCKET_ERROR;
    return recv(s, data, count && count < size ? count : size, 0);
}

static int receive_in_time(SOCKET s, char *data, DWORD size)
{
    DWORD timeout = 10000, none = 0;
    int ret;

    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, sizeof(timeout));
    ret = recv(s, data, size, 0);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&none, sizeof(none));
    return ret;
}

static int receive_all_of_it(SOCKET s, char *data, DWORD size)
{
    return recv(s, data, size, MSG_WAITALL);
}

static int receive_after_peeking(SOCKET s, char *data, DWORD size)
{
    int seen = recv(s, data, size, MSG_PEEK);

    return seen <= 0 ? seen : recv(s, data, seen, MSG_WAITALL);
}

static int receive_after_a_poll(SOCKET s, char *data, DWORD size)
{
    WSAPOLLFD fd = {s, POLLRDNORM, 0};

    return WSAPoll(&fd, 1, 10000) == 1 ? recv(s, data, size, 0) : SOCKET_ERROR;
}

struct routine_call
{
    WSAOVERLAPPED overlapped; /* the first, which the routine is given */
    BOOL ended;
    DWORD error, done;
};

static void CALLBACK routine_ends(DWORD error, DWORD done, WSAOVERLAPPED *overlapped, DWORD flags)
{
    struct routine_call *call = (struct routine_call *)overlapped;

    (void)flags;
    call->ended = TRUE;
    call->error = error;
    call->done = done;
}

static int receive_with_a_routine(SOCKET s, char *data, DWORD size)
{
    struct routine_call call = {.ended = FALSE};
    WSABUF buffer = {size, data};
    DWORD flags = 0;

    if (WSARecv(s, &buffer, 1, NULL, &flags, &call.overlapped, routine_ends) &&
        WSAGetLastError() != WSA_IO_PENDING)
        return SOCKET_ERROR;
    while (!call.ended) SleepEx(10000, TRUE);
    WSASetLastError(call.error);
    return call.error ? SOCKET_ERROR : (int)call.done;
}

/* --- Streams --- */

struct stream
{
    SOCKET s;
    unsigned int seed;
    char wrong[80];
};

static DWORD WINAPI sender(void *arg)
{
    static BOOL (*const ways[])(SOCKET, char *, DWORD) = {send_plainly,      send_plainly,   send_overlapped,
                                                          send_by_duplicate, send_by_handle, send_as_a_file};
    struct stream *stream = arg;
    struct random random = {stream->seed};
    char *data = malloc(MAX_PIECE);
    size_t done = 0;

    while (done < STREAM_BYTES && !stream->wrong[0])
    {
        size_t size = 1 + random_below(&random, MAX_PIECE - 1);
        unsigned int way = random_below(&random, ARRAYSIZE(ways));

        if (size > STREAM_BYTES - done) size = STREAM_BYTES - done;
        fill(data, size, stream->seed, done);
        if (!ways[way](stream->s, data, size))
            sprintf(stream->wrong, "way %u to send failed, error %d", way, WSAGetLastError());
        done += size;
    }
    shutdown(stream->s, SD_SEND);
    free(data);
    return 0;
}

static DWORD WINAPI receiver(void *arg)
{
    static int (*const ways[])(SOCKET, char *,
                               DWORD) = {receive_plainly,       receive_selected,     receive_overlapped,
                                         receive_after_a_look,  receive_in_time,      receive_all_of_it,
                                         receive_after_peeking, receive_after_a_poll, receive_with_a_routine};
    struct stream *stream = arg;
    struct random random = {stream->seed * 7 + 1};
    char *data = malloc(MAX_PIECE);
    size_t done = 0;
    int got = 1;

    while (got > 0)
    {
        unsigned int way = random_below(&random, ARRAYSIZE(ways));

        got = ways[way](stream->s, data, 1 + random_below(&random, MAX_PIECE - 1));
        if (got < 0)
            sprintf(stream->wrong, "way %u to receive failed, error %d", way, WSAGetLastError());
        else if (!is_right(data, got, stream->seed, done))
            sprintf(stream->wrong, "a byte within %d from %u on is wrong (way %u)", got, (unsigned int)done,
                    way),
                got = -1;
        if (got > 0) done += got;
    }
    if (!got && done != STREAM_BYTES) sprintf(stream->wrong, "the stream ended after %u", (unsigned int)done);
    free(data);
    return 0;
}

static void run_streams(unsigned int round)
{
    enum
    {
        PAIRS = 3
    };
    struct stream streams[PAIRS][2];
    HANDLE threads[PAIRS * 2];
    SOCKET pair[2];
    unsigned int i, j;

    for (i = 0; i < PAIRS; i++)
    {
        tcp_pair(pair);
        for (j = 0; j < 2; j++)
        {
            streams[i][j] = (struct stream){.s = pair[j], .seed = round * 16 + i + 1};
            threads[i * 2 + j] = CreateThread(NULL, 0, j ? receiver : sender, &streams[i][j], 0, NULL);
        }
    }
    CHECK_INT(WaitForMultipleObjects(PAIRS * 2, threads, TRUE, 25000), WAIT_OBJECT_0);
    for (i = 0; i < PAIRS; i++)
        for (j = 0; j < 2; j++)
        {
            CHECK_STR(streams[i][j].wrong, "");
            if (round % 3)
                CHECK_INT(closesocket(streams[i][j].s), 0);
            else /* as a file; nobody else uses it any more */
                CHECK(CloseHandle((HANDLE)streams[i][j].s));
            CloseHandle(threads[i * 2 + j]);
        }
}

static void check_no_more(const struct belongings *after, const struct belongings *before)
{
    printf("memory %u KB, then %u; handles %u, %u; descriptors %u, %u, the server's %u, %u; threads %u, %u\n",
           before->memory, after->memory, before->handles, after->handles, before->descriptors,
           after->descriptors, before->server_descriptors, after->server_descriptors, before->threads,
           after->threads);
    CHECK(after->handles <= before->handles + 4);
    CHECK(after->descriptors <= before->descriptors + 4);
    CHECK(after->server_descriptors <= before->server_descriptors + 8);
    CHECK(after->threads <= before->threads + 2);
    CHECK(after->memory <= before->memory + 1024);
}

TEST(streams_in_every_way_at_once_arrive_whole_and_leave_nothing_open)
{
    ULONGLONG end = GetTickCount64() + seconds() * 1000;
    struct belongings before, after;
    unsigned int round;

    for (round = 0; round < 2; round++) run_streams(round);
    Sleep(1000); /* a thread that has ended gives its descriptors back a moment later */
    before = belongings();
    for (; round < 4 || GetTickCount64() < end; round++) run_streams(round);
    Sleep(1000);
    after = belongings();
    check_no_more(&after, &before);
}

CHILD(heir)
{
    struct stream stream = {.s = strtoull(argv[0], NULL, 0), .seed = atoi(argv[1])};

    sender(&stream);
    closesocket(stream.s);
    return stream.wrong[0] ? 10 : 43;
}

TEST(streams_of_child_processes_arrive_whole)
{
    struct stream streams[2];
    HANDLE children[2];
    SOCKET pair[2];
    unsigned int i;

    for (i = 0; i < 2; i++)
    {
        tcp_pair(pair);
        SetHandleInformation((HANDLE)pair[1], HANDLE_FLAG_INHERIT, 0);
        streams[i] = (struct stream){.s = pair[1], .seed = 100 + i};
        children[i] = harness_spawn("heir", "%#llx %u", (unsigned long long)pair[0], 100 + i);
        CHECK_INT(closesocket(pair[0]), 0);
    }
    for (i = 0; i < 2; i++)
    {
        receiver(&streams[i]);
        CHECK_STR(streams[i].wrong, "");
        CHECK_INT(harness_join(children[i]), 43);
        CHECK_INT(closesocket(streams[i].s), 0);
    }
}

/* --- Sockets that go while they are used --- */

#define USERS 5

static volatile LONG stop, passed[USERS];
static volatile SOCKET shared[8];

static void select_events(SOCKET s)
{
    WSAEVENT event = CreateEventW(NULL, TRUE, FALSE, NULL);
    WSANETWORKEVENTS events;

    WSAEventSelect(s, event, FD_READ | FD_WRITE | FD_CLOSE);
    WSAEnumNetworkEvents(s, event, &events);
    WSAEventSelect(s, NULL, 0);
    CloseHandle(event);
}

static void receive_and_cancel(SOCKET s)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    char data[64];
    WSABUF buffer = {sizeof(data), data};
    DWORD got, flags = 0;

    if (WSARecv(s, &buffer, 1, &got, &flags, &overlapped, NULL) && WSAGetLastError() == WSA_IO_PENDING)
    {
        CancelIoEx((HANDLE)s, (OVERLAPPED *)&overlapped);
        /* closing the socket ends it, too */
        if (WaitForSingleObject(overlapped.hEvent, 5000)) abort();
    }
    CloseHandle(overlapped.hEvent);
}

static void ask(SOCKET s)
{
    struct timeval some_time = {0, 1000};
    SOCKADDR_STORAGE name;
    int size = sizeof(name), value = 1;
    WSAPOLLFD fd = {s, POLLRDNORM, 0};
    fd_set set = {1, {s}};
    u_long count;

    getsockname(s, (struct sockaddr *)&name, &size);
    size = sizeof(value);
    getsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&value, &size);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&value, sizeof(value));
    ioctlsocket(s, FIONREAD, &count);
    WSAPoll(&fd, 1, 1);
    select(0, &set, NULL, NULL, &some_time);
}

static DWORD WINAPI user(void *arg)
{
    const unsigned int self = (UINT_PTR)arg;
    struct random random = {GetCurrentThreadId()};
    char data[512] = {0};

    while (!stop)
    {
        SOCKET s = shared[random_below(&random, 8)];

        passed[self]++;
        switch (random_below(&random, 8))
        {
        case 0: send(s, data, random_below(&random, sizeof(data)), 0); break;
        case 1: send_by_duplicate(s, data, 1); break;
        case 2: select_events(s); break;
        case 3: receive_and_cancel(s); break;
        case 4: shutdown(s, random_below(&random, 3)); break;
        case 5: send_by_handle(s, data, 1); break;
        case 6: ask(s); break;
        default: recv(s, data, sizeof(data), 0); break;
        }
    }
    return 0;
}

/* Until each user is in another call than now, or stays in this one. */
static void let_users_pass(void)
{
    LONG before[USERS];
    unsigned int i, tries;

    for (i = 0; i < USERS; i++) before[i] = passed[i];
    for (tries = 0; tries < 20; tries++)
    {
        for (i = 0; i < USERS && before[i] != passed[i]; i++)
            ;
        if (i == USERS) break;
        Sleep(1);
    }
}

/* Handle values come back at once, and a call with one that was closed before it began would be a
 * call on another socket: so the new sockets are made first, and the old ones are closed under
 * those who are in a call. */
static void replace_pair(volatile SOCKET *shared)
{
    SOCKET pair[2], old[2] = {shared[0], shared[1]};

    tcp_pair(pair);
    shared[0] = pair[0];
    shared[1] = pair[1];
    if (old[0] == INVALID_SOCKET) return;
    let_users_pass();
    closesocket(old[0]);
    closesocket(old[1]);
}

TEST(closing_sockets_in_every_way_under_every_use_hangs_nothing)
{
    ULONGLONG end = GetTickCount64() + seconds() * 1000;
    HANDLE threads[USERS];
    unsigned int i, round;

    stop = 0;
    for (i = 0; i < 8; i++) shared[i] = INVALID_SOCKET;
    for (i = 0; i < 8; i += 2) replace_pair(&shared[i]);
    for (i = 0; i < USERS; i++) threads[i] = CreateThread(NULL, 0, user, (void *)(UINT_PTR)i, 0, NULL);
    for (round = 0; round < 100 || GetTickCount64() < end; round++) replace_pair(&shared[round % 4 * 2]);
    stop = 1;
    for (i = 0; i < 8; i++) closesocket(shared[i]);
    CHECK_INT(WaitForMultipleObjects(USERS, threads, TRUE, 15000), WAIT_OBJECT_0);
    for (i = 0; i < USERS; i++) CloseHandle(threads[i]);
}
