/*
 * Streams, and every way to send and receive them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stress_ways.h"

#include "extensions.h"

DWORD stress_seconds(void)
{
    const char *text = getenv("STRESS_SECONDS");

    return text ? atoi(text) : 3;
}

unsigned int stress_seed(void)
{
    const char *text = getenv("STRESS_SEED");
    const unsigned int seed = text ? strtoul(text, NULL, 0) : GetTickCount();

    printf("STRESS_SEED=%u\n", seed);
    fflush(stdout);
    return seed;
}

/* Of a stream. */
struct piece
{
    unsigned int seed;
    DWORD size;
    size_t from;
    char *data;
    const volatile LONG *closed;
};

static SRWLOCK closing = SRWLOCK_INIT;

void stress_closes(volatile LONG *closed)
{
    AcquireSRWLockExclusive(&closing);
    *closed = TRUE;
    ReleaseSRWLockExclusive(&closing);
}

/* Around the making of another handle; FALSE if it is too late. */
static BOOL begin_handle(const struct piece *piece)
{
    AcquireSRWLockShared(&closing);
    if (!piece->closed || !*piece->closed) return TRUE;
    ReleaseSRWLockShared(&closing);
    return FALSE;
}

static void end_handle(void)
{
    ReleaseSRWLockShared(&closing);
}

/* FALSE if it fails. */
static BOOL duplicate_for(DWORD process, SOCKET s, const struct piece *piece, WSAPROTOCOL_INFOW *info)
{
    BOOL ok;

    if (!begin_handle(piece)) return FALSE;
    ok = !WSADuplicateSocketW(s, process, info);
    end_handle();
    return ok;
}

/* --- Ways to send: all of it, or what is wrong --- */

static BOOL wait_writable(SOCKET s)
{
    WSAPOLLFD fd = {s, POLLWRNORM, 0};

    return WSAPoll(&fd, 1, 10000) == 1;
}

static BOOL send_plainly(SOCKET s, const struct piece *piece)
{
    int ret;

    while ((ret = send(s, piece->data, piece->size, 0)) == SOCKET_ERROR &&
           WSAGetLastError() == WSAEWOULDBLOCK)
        if (!wait_writable(s)) return FALSE;
    return ret == (int)piece->size;
}

static BOOL send_overlapped(SOCKET s, const struct piece *piece)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    WSABUF buffer = {piece->size, piece->data};
    DWORD sent = 0, flags;
    BOOL ok = !WSASend(s, &buffer, 1, &sent, 0, &overlapped, NULL);

    if (!ok && WSAGetLastError() == WSA_IO_PENDING)
        ok = WSAGetOverlappedResult(s, &overlapped, &sent, TRUE, &flags);
    CloseHandle(overlapped.hEvent);
    return ok && sent == piece->size;
}

static SOCKET socket_of(WSAPROTOCOL_INFOW *info)
{
    return WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, info, 0,
                      WSA_FLAG_OVERLAPPED);
}

static BOOL send_by_duplicate(SOCKET s, const struct piece *piece)
{
    WSAPROTOCOL_INFOW info;
    SOCKET copy;
    BOOL ok;

    if (!duplicate_for(GetCurrentProcessId(), s, piece, &info)) return FALSE;
    if ((copy = socket_of(&info)) == INVALID_SOCKET) return FALSE;
    ok = send_plainly(copy, piece);
    return !closesocket(copy) && ok;
}

static BOOL send_by_handle(SOCKET s, const struct piece *piece)
{
    HANDLE copy, self = GetCurrentProcess();
    BOOL ok;

    if (!begin_handle(piece)) return FALSE;
    ok = DuplicateHandle(self, (HANDLE)s, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS);
    end_handle();
    if (!ok) return FALSE;
    /* Wine's own takes no handles that it has not given out itself */
    ok = send_plainly((SOCKET)copy, piece) || (WSAGetLastError() == WSAENOTSOCK && send_plainly(s, piece));
    return CloseHandle(copy) && ok;
}

static BOOL send_as_a_file(SOCKET s, const struct piece *piece)
{
    TRANSMIT_FILE_BUFFERS buffers = {piece->data, piece->size / 2, piece->data + piece->size / 2,
                                     piece->size - piece->size / 2};
    GUID id = WSAID_TRANSMITFILE;
    LPFN_TRANSMITFILE function;
    DWORD size;

    return !WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function, sizeof(function),
                     &size, NULL, NULL) &&
           function(s, NULL, 0, 0, NULL, &buffers, 0);
}

/* --- Other processes --- */

static BOOL send_remote(SOCKET s, struct piece piece)
{
    BOOL ok;

    if (!(piece.data = malloc(piece.size))) return FALSE;
    fill(piece.data, piece.size, piece.seed, piece.from);
    ok = send_plainly(s, &piece);
    free(piece.data);
    return ok;
}

CHILD(stress_heir)
{
    const SOCKET s = strtoull(argv[0], NULL, 0);
    const struct piece piece = {
        .seed = strtoul(argv[1], NULL, 0), .from = strtoul(argv[2], NULL, 0), .size = atoi(argv[3])};

    return send_remote(s, piece) ? 43 : 10;
}

static BOOL send_by_heir(SOCKET s, const struct piece *piece)
{
    HANDLE heir;

    if (!begin_handle(piece)) return FALSE;
    heir = harness_spawn("stress_heir", "%#llx %u %u %u", (unsigned long long)s, piece->seed,
                         (unsigned int)piece->from, (unsigned int)piece->size);
    end_handle();
    return harness_join(heir) == 43;
}

/* One that goes on, and gets duplicates. */
static struct
{
    CRITICAL_SECTION lock;
    HANDLE process, to, from;
} courier;

struct errand
{
    WSAPROTOCOL_INFOW info;
    struct piece piece; /* of size 0: no more errands */
};

CHILD(stress_courier)
{
    const HANDLE from = (HANDLE)strtoull(argv[0], NULL, 0), to = (HANDLE)strtoull(argv[1], NULL, 0);
    struct errand errand;
    DWORD count;
    SOCKET s;
    BOOL ok;

    while (ReadFile(from, &errand, sizeof(errand), &count, NULL) && errand.piece.size)
    {
        ok = (s = socket_of(&errand.info)) != INVALID_SOCKET && send_remote(s, errand.piece);
        if (s != INVALID_SOCKET && closesocket(s)) ok = FALSE;
        WriteFile(to, &ok, sizeof(ok), &count, NULL);
    }
    return 43;
}

static BOOL send_by_courier(SOCKET s, const struct piece *piece)
{
    struct errand errand = {.piece = *piece};
    DWORD count;
    BOOL ok;

    if (!duplicate_for(GetProcessId(courier.process), s, piece, &errand.info)) return FALSE;
    EnterCriticalSection(&courier.lock);
    ok = WriteFile(courier.to, &errand, sizeof(errand), &count, NULL);
    if (ok && !ReadFile(courier.from, &ok, sizeof(ok), &count, NULL)) ok = FALSE;
    LeaveCriticalSection(&courier.lock);
    return ok;
}

void stress_begin(void)
{
    SECURITY_ATTRIBUTES inherit = {.nLength = sizeof(inherit), .bInheritHandle = TRUE};
    HANDLE its_from, its_to;

    CHECK(CreatePipe(&its_from, &courier.to, &inherit, 0));
    CHECK(CreatePipe(&courier.from, &its_to, &inherit, 0));
    courier.process = harness_spawn("stress_courier", "%#llx %#llx", (unsigned long long)(ULONG_PTR)its_from,
                                    (unsigned long long)(ULONG_PTR)its_to);
    CloseHandle(its_from);
    CloseHandle(its_to);
    InitializeCriticalSection(&courier.lock);
}

void stress_end(void)
{
    const struct errand none = {.piece.size = 0};
    DWORD count;

    CHECK(WriteFile(courier.to, &none, sizeof(none), &count, NULL));
    CHECK_INT(harness_join(courier.process), 43);
    CloseHandle(courier.to);
    CloseHandle(courier.from);
    DeleteCriticalSection(&courier.lock);
}

/* --- Ways to receive: how much, 0 at the end, -1 for what is wrong --- */

static int receive_plainly(SOCKET s, char *data, DWORD size)
{
    return recv(s, data, size, 0);
}

/* Ten seconds, or until the socket is closed, of which no event tells. */
static BOOL comes_up(SOCKET s, HANDLE event)
{
    int type, size = sizeof(type), tries;

    for (tries = 0; tries < 100; tries++)
    {
        if (!WaitForSingleObject(event, 100)) return TRUE;
        if (getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &size)) break;
    }
    return FALSE;
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
            if (!comes_up(s, event) || WSAEnumNetworkEvents(s, event, &events)) break;
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

static const struct
{
    const char *name;
    BOOL (*send)(SOCKET s, const struct piece *piece);
} ways_to_send[] = {
    {"plainly", send_plainly},          {"plainly", send_plainly},    {"overlapped", send_overlapped},
    {"a duplicate", send_by_duplicate}, {"a handle", send_by_handle}, {"TransmitFile", send_as_a_file},
    {"a process", send_by_courier},
};

static const struct
{
    const char *name;
    int (*receive)(SOCKET s, char *data, DWORD size);
} ways_to_receive[] = {
    {"plainly", receive_plainly},          {"selected", receive_selected},
    {"overlapped", receive_overlapped},    {"select", receive_after_a_look},
    {"a time-out", receive_in_time},       {"MSG_WAITALL", receive_all_of_it},
    {"MSG_PEEK", receive_after_peeking},   {"WSAPoll", receive_after_a_poll},
    {"a routine", receive_with_a_routine},
};

#define ONE_IN 1000 /* that many pieces is sent by a process of its own, which takes its time */

static BOOL is_closed(const struct stream *stream)
{
    return stream->closed && *stream->closed;
}

DWORD WINAPI stress_sender(void *arg)
{
    struct stream *stream = arg;
    struct random random = {stream->seed};
    struct piece piece = {.seed = stream->seed, .closed = stream->closed, .data = malloc(MAX_PIECE)};
    unsigned int way;
    BOOL ok = TRUE;

    while (ok && stream->done < stream->size)
    {
        piece.from = stream->done;
        piece.size = 1 + random_below(&random, MAX_PIECE - 1);
        if (piece.size > stream->size - stream->done) piece.size = stream->size - stream->done;
        fill(piece.data, piece.size, piece.seed, piece.from);
        way = random_below(&random, ARRAYSIZE(ways_to_send));
        if (!random_below(&random, ONE_IN))
        {
            stream->way = "a child";
            ok = send_by_heir(stream->s, &piece);
        }
        else
        {
            stream->way = ways_to_send[way].name;
            ok = ways_to_send[way].send(stream->s, &piece);
        }
        if (ok) stream->done += piece.size;
        if (!ok && !is_closed(stream))
            sprintf(stream->wrong, "sending by %s failed, error %d", ways_to_send[way].name,
                    WSAGetLastError());
    }
    stream->way = "the end";
    shutdown(stream->s, SD_SEND);
    free(piece.data);
    return 0;
}

DWORD WINAPI stress_receiver(void *arg)
{
    struct stream *stream = arg;
    struct random random = {stream->seed * 7 + 1};
    char *data = malloc(MAX_PIECE);
    unsigned int way;
    int got = 1;

    while (got > 0)
    {
        way = random_below(&random, ARRAYSIZE(ways_to_receive));
        stream->way = ways_to_receive[way].name;
        got = ways_to_receive[way].receive(stream->s, data, 1 + random_below(&random, MAX_PIECE - 1));
        if (got < 0 && !is_closed(stream))
            sprintf(stream->wrong, "receiving by %s failed, error %d", stream->way, WSAGetLastError());
        if (got > 0 && !is_right(data, got, stream->seed, stream->done))
        {
            sprintf(stream->wrong, "a byte within %d from %u on is wrong, by %s", got,
                    (unsigned int)stream->done, stream->way);
            break;
        }
        if (got > 0) stream->done += got;
    }
    if (!got && stream->done != stream->size && !is_closed(stream))
        sprintf(stream->wrong, "the stream ended after %u", (unsigned int)stream->done);
    stream->way = "the end";
    free(data);
    return 0;
}

static void send_a_byte(SOCKET s, BOOL (*send)(SOCKET s, const struct piece *piece))
{
    char byte = 0;

    send(s, &(struct piece){.size = 1, .data = &byte});
}

void stress_send_by_duplicate(SOCKET s)
{
    send_a_byte(s, send_by_duplicate);
}

void stress_send_by_handle(SOCKET s)
{
    send_a_byte(s, send_by_handle);
}
