/*
 * A non-blocking send takes all or nothing, and what it took arrives.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"

#define BIG (50 * 1024 * 1024)

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 13);
}

static char *big_data(void)
{
    char *data = malloc(BIG);
    size_t i;

    CHECK(data != NULL);
    for (i = 0; i < BIG; i++) data[i] = byte_at(i);
    return data;
}

/* Reads what is there, or waits for some; every byte must be the expected one. */
static int read_some(SOCKET s, size_t *total)
{
    static char buffer[1 << 18];
    int got = recv(s, buffer, sizeof(buffer), 0), i;

    for (i = 0; i < got; i++, ++*total)
        if ((unsigned char)buffer[i] != byte_at(*total)) CHECK_INT(*total, -1);
    return got;
}

/* Reads on, to the end of the stream. */
static void read_on(SOCKET s, size_t total, size_t expected)
{
    int got;

    while ((got = read_some(s, &total)) > 0) continue;
    CHECK_INT(got, 0);
    CHECK_INT(total, expected);
}

static void read_everything(SOCKET s, size_t expected)
{
    read_on(s, 0, expected);
}

static void send_big(SOCKET s)
{
    char *data = big_data();

    CHECK_INT(send(s, data, BIG, 0), BIG);
    memset(data, 0, BIG); /* it is not ours any more, nor needed */
    free(data);
}

TEST(nonblocking_send_takes_everything_and_then_nothing)
{
    SOCKET pair[2];

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAEWOULDBLOCK);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAESHUTDOWN);
    read_everything(pair[1], BIG);
    close_pair(pair);
}

TEST(what_a_nonblocking_send_took_survives_closesocket)
{
    SOCKET pair[2];

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    CHECK_INT(closesocket(pair[0]), 0);
    read_everything(pair[1], BIG);
    closesocket(pair[1]);
}

TEST(what_a_nonblocking_send_took_dies_with_an_abortive_close)
{
    struct linger linger = {1, 0};
    char buffer[65536];
    size_t total = 0;
    SOCKET pair[2];
    int got;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    while ((got = recv(pair[1], buffer, sizeof(buffer), 0)) > 0) total += got;
    CHECK_INT(got, SOCKET_ERROR);
    CHECK_INT(WSAGetLastError(), WSAECONNRESET);
    CHECK(total < BIG);
    closesocket(pair[1]);
}

static DWORD WINAPI send_and_end(void *s)
{
    char *data = malloc(BIG);
    size_t i;
    int sent;

    for (i = 0; i < BIG; i++) data[i] = byte_at(i);
    sent = send((SOCKET)s, data, BIG, 0);
    free(data);
    return sent;
}

TEST(what_a_nonblocking_send_took_survives_its_thread)
{
    SOCKET pair[2];
    HANDLE thread;
    DWORD sent;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    thread = CreateThread(NULL, 0, send_and_end, (void *)pair[0], 0, NULL);
    CHECK_INT(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &sent));
    CloseHandle(thread);
    CHECK_INT(sent, BIG);
    CHECK_INT(closesocket(pair[0]), 0);
    read_everything(pair[1], BIG);
    closesocket(pair[1]);
}

TEST(cancel_finds_nothing_after_a_nonblocking_send)
{
    SOCKET pair[2];

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    CHECK_NOTHING(CancelIoEx((HANDLE)pair[0], NULL), ERROR_NOT_FOUND);
    closesocket(pair[0]);
    read_everything(pair[1], BIG);
    closesocket(pair[1]);
}

TEST(sends_after_the_rest_is_gone_go_on_in_order)
{
    size_t total = 0;
    char buffer[3];
    SOCKET pair[2];

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    while (total < BIG) CHECK(read_some(pair[1], &total) > 0);
    set_blocking(pair[0], TRUE);
    CHECK_INT(send(pair[0], "end", 3, 0), 3);
    closesocket(pair[0]);
    CHECK_INT(recv(pair[1], buffer, sizeof(buffer), MSG_WAITALL), 3);
    CHECK(!memcmp(buffer, "end", 3));
    closesocket(pair[1]);
}

/* A child's non-blocking connection to the port that it was told. */
static SOCKET child_connects(int argc, char **argv)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    u_long on = 1;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    if (argc < 1) ExitProcess(1);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons(atoi(argv[0]));
    if (connect(s, (struct sockaddr *)&addr, sizeof(addr)) || ioctlsocket(s, FIONBIO, &on)) ExitProcess(2);
    return s;
}

/* A child of that name connects, sends, and ends at once, with that code. */
static void check_survives(const char *name, int code)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s;
    HANDLE child = harness_spawn(name, "%d", ntohs(addr.sin_port));

    s = accept(listener, NULL, NULL);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(harness_join(child), code);
    read_everything(s, BIG);
    closesocket(s);
    closesocket(listener);
}

CHILD(send_and_exit)
{
    ExitProcess(send_and_end((void *)child_connects(argc, argv)) == BIG ? 0 : 3);
}

TEST(what_a_nonblocking_send_took_survives_exitprocess)
{
    check_survives("send_and_exit", 0);
}

CHILD(send_and_exit_thread)
{
    ExitThread(send_and_end((void *)child_connects(argc, argv)) == BIG ? 5 : 3);
}

TEST(what_a_nonblocking_send_took_survives_the_programs_last_thread)
{
    check_survives("send_and_exit_thread", 5);
}

struct behind
{
    OVERLAPPED overlapped;
    WSABUF buffer;
    char data[8192];
};

/* An overlapped send of the bytes of the stream from offset on, behind what is kept. */
static void send_behind(SOCKET s, struct behind *behind, size_t offset)
{
    size_t i;

    memset(&behind->overlapped, 0, sizeof(behind->overlapped));
    behind->overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    behind->buffer = (WSABUF){sizeof(behind->data), behind->data};
    for (i = 0; i < sizeof(behind->data); i++) behind->data[i] = byte_at(offset + i);
    CHECK_ERROR(WSASend(s, &behind->buffer, 1, NULL, 0, &behind->overlapped, NULL), WSA_IO_PENDING);
}

static void check_sent(SOCKET s, struct behind *behind)
{
    DWORD sent, flags;

    CHECK(WSAGetOverlappedResult(s, &behind->overlapped, &sent, TRUE, &flags));
    CHECK_INT(sent, sizeof(behind->data));
    CloseHandle(behind->overlapped.hEvent);
}

static void check_aborted(SOCKET s, struct behind *behind)
{
    DWORD sent, flags;

    CHECK_NOTHING(WSAGetOverlappedResult(s, &behind->overlapped, &sent, TRUE, &flags), WSA_OPERATION_ABORTED);
    CloseHandle(behind->overlapped.hEvent);
}

TEST(overlapped_sends_behind_a_nonblocking_one_do_not_keep_their_caller_waiting)
{
    struct behind first, second;
    SOCKET pair[2];

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    send_behind(pair[0], &first, BIG);
    send_behind(pair[0], &second, BIG + sizeof(first.data));
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAEWOULDBLOCK);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    read_everything(pair[1], BIG + 2 * sizeof(first.data));
    check_sent(pair[0], &first);
    check_sent(pair[0], &second);
    close_pair(pair);
}

#define CHUNK 100000
#define CHUNKS 300

/* The next chunk, at once or, if that would block, overlapped; TRUE if it has gone. */
static BOOL send_chunk(SOCKET s, char *data, size_t offset, OVERLAPPED *overlapped)
{
    WSABUF buffer = {CHUNK, data};
    DWORD sent;
    size_t i;

    for (i = 0; i < CHUNK; i++) data[i] = byte_at(offset + i);
    if (!WSASend(s, &buffer, 1, &sent, 0, NULL, NULL)) return sent == CHUNK;
    CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    ResetEvent(overlapped->hEvent);
    if (!WSASend(s, &buffer, 1, NULL, 0, overlapped, NULL)) return TRUE;
    CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    return FALSE;
}

/* As libuv does: a non-blocking attempt, then the rest in the background. */
TEST(one_thread_sends_in_both_ways_and_reads_it_all)
{
    static char data[CHUNK];
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    size_t sent = 0, total = 0;
    BOOL pending = FALSE;
    SOCKET pair[2];

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    set_blocking(pair[1], FALSE);
    while (total < CHUNK * CHUNKS)
    {
        if (pending && HasOverlappedIoCompleted(&overlapped))
        {
            CHECK_INT(overlapped.InternalHigh, CHUNK);
            sent += CHUNK;
            pending = FALSE;
        }
        if (!pending && sent < CHUNK * CHUNKS)
        {
            pending = !send_chunk(pair[0], data, sent, &overlapped);
            if (!pending) sent += CHUNK;
        }
        if (read_some(pair[1], &total) < 0) CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    }
    CHECK_INT(total, CHUNK * CHUNKS);
    CloseHandle(overlapped.hEvent);
    close_pair(pair);
}

TEST(blocking_sends_go_on_after_an_overlapped_one_behind_a_nonblocking_one)
{
    const size_t end = BIG + sizeof(((struct behind *)0)->data);
    struct behind behind;
    size_t total = 0;
    SOCKET pair[2];
    char last;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    send_behind(pair[0], &behind, BIG);
    while (total < end) CHECK(read_some(pair[1], &total) > 0);
    check_sent(pair[0], &behind);
    set_blocking(pair[0], TRUE);
    last = byte_at(end);
    CHECK_INT(send(pair[0], &last, 1, 0), 1);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    read_on(pair[1], total, end + 1);
    close_pair(pair);
}

TEST(cancelling_what_is_behind_a_nonblocking_send_leaves_that_alone)
{
    struct behind behind;
    size_t total = 0;
    SOCKET pair[2];
    int round;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    for (round = 0; round < 20; round++)
    {
        send_behind(pair[0], &behind, 0);
        CHECK(read_some(pair[1], &total) > 0);
        CHECK(CancelIoEx((HANDLE)pair[0], round % 2 ? NULL : &behind.overlapped));
        check_aborted(pair[0], &behind);
    }
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    read_on(pair[1], total, BIG);
    close_pair(pair);
}

TEST(closing_aborts_what_is_behind_a_nonblocking_send_and_nothing_else)
{
    struct behind behind;
    SOCKET pair[2];

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    send_behind(pair[0], &behind, 0);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(WaitForSingleObject(behind.overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK(behind.overlapped.Internal != ERROR_SUCCESS);
    CloseHandle(behind.overlapped.hEvent);
    read_everything(pair[1], BIG);
    closesocket(pair[1]);
}

TEST(disconnecting_waits_for_what_a_nonblocking_send_took)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    LPFN_DISCONNECTEX disconnect;
    DWORD done, flags;
    SOCKET pair[2];
    int form;

    for (form = 0; form < 2; form++)
    {
        tcp_pair(pair);
        disconnect = EXTENSION(pair[0], LPFN_DISCONNECTEX, WSAID_DISCONNECTEX);
        set_blocking(pair[0], FALSE);
        send_big(pair[0]);
        if (form)
            CHECK_FALSE(disconnect(pair[0], &overlapped, 0, 0), WSA_IO_PENDING);
        else
            CHECK(disconnect(pair[0], NULL, 0, 0));
        read_everything(pair[1], BIG);
        if (form) CHECK(WSAGetOverlappedResult(pair[0], &overlapped, &done, TRUE, &flags));
        close_pair(pair);
    }
    CloseHandle(overlapped.hEvent);
}

/* The same with an overlapped send behind it. */
CHILD(send_both_and_exit)
{
    SOCKET s = child_connects(argc, argv);
    struct behind behind;

    if (send_and_end((void *)s) != BIG) return 3;
    send_behind(s, &behind, BIG);
    ExitProcess(0);
}

TEST(what_a_nonblocking_send_took_survives_exitprocess_with_a_send_behind_it)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s;
    HANDLE child = harness_spawn("send_both_and_exit", "%d", ntohs(addr.sin_port));
    size_t total = 0;

    s = accept(listener, NULL, NULL);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(harness_join(child), 0);
    while (total < BIG) CHECK(read_some(s, &total) > 0);
    closesocket(s);
    closesocket(listener);
}
