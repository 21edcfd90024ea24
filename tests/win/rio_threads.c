/*
 * Registered I/O with several threads: theirs, the module's, and who closes sockets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "rio.h"

/* --- Many streams, threads on both sides --- */

#define STREAMS 4
#define PIECE 3000
#define PIECES 8
#define STREAM_SIZE (2 << 20)

struct flow
{
    SOCKET pair[2];
    RIO_CQ cq[2];
    RIO_RQ rq[2];
    RIO_BUFFERID id;
    char memory[2][PIECES][PIECE];
    DWORD sum[2];
    BOOL ok[2];
};

static DWORD add_bytes(DWORD sum, const char *data, ULONG size)
{
    ULONG i;

    for (i = 0; i < size; i++) sum = sum * 31 + (BYTE)data[i];
    return sum;
}

static BOOL take(RIO_CQ cq, RIORESULT *result)
{
    ULONGLONG start = GetTickCount64();
    ULONG count;

    while (!(count = rio.RIODequeueCompletion(cq, result, 1)))
    {
        if (GetTickCount64() - start > 20000) return FALSE;
        Sleep(0);
    }
    return count == 1 && !result->Status;
}

static BOOL send_piece(struct flow *flow, ULONG i, ULONG size)
{
    RIO_BUF buffer = {flow->id, (char *)flow->memory[0][i] - (char *)flow->memory, size};
    ULONG k;

    for (k = 0; k < size; k++) flow->memory[0][i][k] = rand();
    flow->sum[0] = add_bytes(flow->sum[0], flow->memory[0][i], size);
    return rio.RIOSend(flow->rq[0], &buffer, 1, i % 3 ? RIO_MSG_DEFER : 0, (void *)(ULONG_PTR)i);
}

static DWORD WINAPI sender(void *arg)
{
    struct flow *flow = arg;
    ULONG sent = 0, size, i, busy = 0;
    RIORESULT result;

    for (i = 0; sent < STREAM_SIZE; i = (i + 1) % PIECES)
    {
        if (busy == PIECES)
        {
            if (!rio.RIOSend(flow->rq[0], NULL, 0, RIO_MSG_COMMIT_ONLY, NULL) ||
                !take(flow->cq[0], &result) || result.RequestContext != i)
                return 1;
            busy--;
        }
        size = min(1 + (ULONG)rand() % PIECE, STREAM_SIZE - sent);
        if (!send_piece(flow, i, size)) return 2;
        sent += size;
        busy++;
    }
    if (!rio.RIOSend(flow->rq[0], NULL, 0, RIO_MSG_COMMIT_ONLY, NULL)) return 3;
    while (busy--)
        if (!take(flow->cq[0], &result)) return 4;
    shutdown(flow->pair[0], SD_SEND);
    flow->ok[0] = TRUE;
    return 0;
}

static DWORD WINAPI receiver(void *arg)
{
    struct flow *flow = arg;
    RIORESULT result;
    RIO_BUF buffer;
    ULONG i;

    for (i = 0; i < PIECES; i++)
    {
        buffer = (RIO_BUF){flow->id, (char *)flow->memory[1][i] - (char *)flow->memory, PIECE};
        if (!rio.RIOReceive(flow->rq[1], &buffer, 1, 0, (void *)(ULONG_PTR)i)) return 1;
    }
    for (i = 0; take(flow->cq[1], &result) && result.RequestContext == i; i = (i + 1) % PIECES)
    {
        if (!result.BytesTransferred)
        {
            flow->ok[1] = TRUE;
            return 0;
        }
        flow->sum[1] = add_bytes(flow->sum[1], flow->memory[1][i], result.BytesTransferred);
        buffer = (RIO_BUF){flow->id, (char *)flow->memory[1][i] - (char *)flow->memory, PIECE};
        if (!rio.RIOReceive(flow->rq[1], &buffer, 1, 0, (void *)(ULONG_PTR)i)) return 2;
    }
    return 3;
}

TEST(streams_arrive_as_they_were_sent_by_several_threads)
{
    static struct flow flows[STREAMS];
    HANDLE threads[2 * STREAMS];
    int i, k;

    rio_load();
    for (i = 0; i < STREAMS; i++)
    {
        struct flow *flow = &flows[i];

        rio_tcp_pair(flow->pair);
        flow->id = rio_register(flow->memory, sizeof(flow->memory));
        for (k = 0; k < 2; k++)
        {
            flow->cq[k] = rio_queue_of(2 * PIECES);
            flow->rq[k] = rio_requests(flow->pair[k], PIECES, flow->cq[k], 0);
        }
        threads[2 * i] = CreateThread(NULL, 0, sender, flow, 0, NULL);
        threads[2 * i + 1] = CreateThread(NULL, 0, receiver, flow, 0, NULL);
    }
    CHECK_INT(WaitForMultipleObjects(2 * STREAMS, threads, TRUE, 28000), WAIT_OBJECT_0);
    for (i = 0; i < STREAMS; i++)
    {
        CHECK(flows[i].ok[0]);
        CHECK(flows[i].ok[1]);
        CHECK_INT(flows[i].sum[1], flows[i].sum[0]);
        closesocket(flows[i].pair[0]);
        closesocket(flows[i].pair[1]);
        CloseHandle(threads[2 * i]);
        CloseHandle(threads[2 * i + 1]);
    }
}

/* --- Sockets that are closed under their requests --- */

static struct
{
    SOCKET pair[2];
    RIO_CQ cq;
    RIO_RQ rq[2];
    RIO_BUFFERID id;
    char data[64];
} closed;

static DWORD WINAPI requester(void *unused)
{
    RIO_BUF buffer = {closed.id, 0, 64};

    (void)unused;
    while (rio.RIOReceive(closed.rq[1], &buffer, 1, 0, NULL) || WSAGetLastError() == WSAENOBUFS)
        rio.RIOSend(closed.rq[0], &buffer, 1, 0, NULL);
    return WSAGetLastError();
}

TEST(sockets_are_closed_under_their_requests)
{
    RIORESULT results[64];
    HANDLE thread;
    DWORD code;
    int i, k;

    rio_load();
    closed.id = rio_register(closed.data, sizeof(closed.data));
    for (i = 0; i < 50; i++)
    {
        rio_tcp_pair(closed.pair);
        closed.cq = rio_queue_of(64);
        for (k = 0; k < 2; k++) closed.rq[k] = rio_requests(closed.pair[k], 16, closed.cq, 0);
        thread = CreateThread(NULL, 0, requester, NULL, 0, NULL);
        while (!rio.RIODequeueCompletion(closed.cq, results, 64)) Sleep(0);
        closesocket(closed.pair[1]);
        while (WaitForSingleObject(thread, 0) == WAIT_TIMEOUT)
            rio.RIODequeueCompletion(closed.cq, results, 64);
        CHECK(GetExitCodeThread(thread, &code));
        CHECK_INT(code, WSAEINVAL);
        CloseHandle(thread);
        closesocket(closed.pair[0]);
        rio.RIOCloseCompletionQueue(closed.cq);
    }
    rio.RIODeregisterBuffer(closed.id);
}

/* --- Queues that come and go --- */

#define WORKERS 4
#define ROUNDS 60
#define EACH 4

static struct
{
    RIO_CQ cq;
    HANDLE port;
    OVERLAPPED overlapped;
    RIO_BUFFERID id;
    char memory[WORKERS][2][EACH][64];
    LONG accepted, completed, strange;
} shared;

static RIO_RQ make_requests(SOCKET s)
{
    RIO_RQ rq;

    /* completions that nobody has taken yet keep their places */
    while ((rq = rio.RIOCreateRequestQueue(s, EACH, 1, EACH, 1, shared.cq, shared.cq, (void *)4711)) ==
               RIO_INVALID_RQ &&
           WSAGetLastError() == WSAENOBUFS)
        Sleep(1);
    return rq;
}

static void request(RIO_RQ rq, BOOL sends, char *memory)
{
    RIO_BUF buffer = {shared.id, memory - (char *)shared.memory, 64};
    DWORD flags = rand() % 3 ? 0 : RIO_MSG_DEFER;

    /* counted before, as its completion may be taken before it returns */
    InterlockedIncrement(&shared.accepted);
    if (!(sends ? rio.RIOSend(rq, &buffer, 1, flags, (void *)815)
                : rio.RIOReceive(rq, &buffer, 1, flags, (void *)815)))
        InterlockedDecrement(&shared.accepted);
}

static DWORD WINAPI worker(void *arg)
{
    const ULONG_PTR number = (ULONG_PTR)arg;
    SOCKADDR_INET name[2];
    SOCKET s[2];
    RIO_RQ rq[2];
    int round, i;

    srand(number);
    for (round = 0; round < ROUNDS; round++)
    {
        for (i = 0; i < 2; i++) s[i] = rio_udp(AF_INET, &name[i]);
        for (i = 0; i < 2; i++) connect(s[i], (struct sockaddr *)&name[!i], sizeof(name[i].Ipv4));
        for (i = 0; i < 2; i++)
            if ((rq[i] = make_requests(s[i])) == RIO_INVALID_RQ) return 1;
        for (i = 0; i < 2 * EACH; i++)
            request(rq[rand() % 2], rand() % 2, shared.memory[number][rand() % 2][rand() % EACH]);
        if (rand() % 2) rio.RIOSend(rq[0], NULL, 0, RIO_MSG_COMMIT_ONLY, NULL);
        if (rand() % 4)
            closesocket(s[0]);
        else
            CloseHandle((HANDLE)s[0]);
        closesocket(s[1]);
    }
    return 0;
}

static DWORD WINAPI dequeuer(void *unused)
{
    RIORESULT results[16];
    OVERLAPPED *overlapped;
    ULONG_PTR key;
    ULONG i, count;
    DWORD size;

    (void)unused;
    while (!rio.RIONotify(shared.cq) &&
           GetQueuedCompletionStatus(shared.port, &size, &key, &overlapped, 20000) && !key)
        while ((count = rio.RIODequeueCompletion(shared.cq, results, 16)))
            for (i = 0; i < count; i++)
            {
                if (results[i].SocketContext != 4711 || results[i].RequestContext != 815)
                    InterlockedIncrement(&shared.strange);
                InterlockedIncrement(&shared.completed);
            }
    return 0;
}

TEST(every_request_completes_once_whatever_becomes_of_its_socket)
{
    RIO_NOTIFICATION_COMPLETION how = {.Type = RIO_IOCP_COMPLETION};
    HANDLE threads[WORKERS], taker;
    ULONGLONG start;
    DWORD code;
    int i;

    rio_load();
    CHECK((shared.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0)) != NULL);
    how.Iocp.IocpHandle = shared.port;
    how.Iocp.Overlapped = &shared.overlapped;
    CHECK((shared.cq = rio.RIOCreateCompletionQueue(4 * WORKERS * EACH, &how)) != RIO_INVALID_CQ);
    shared.id = rio_register(shared.memory, sizeof(shared.memory));
    taker = CreateThread(NULL, 0, dequeuer, NULL, 0, NULL);
    for (i = 0; i < WORKERS; i++) threads[i] = CreateThread(NULL, 0, worker, (void *)(ULONG_PTR)i, 0, NULL);
    CHECK_INT(WaitForMultipleObjects(WORKERS, threads, TRUE, 25000), WAIT_OBJECT_0);
    for (i = 0; i < WORKERS; i++)
    {
        CHECK(GetExitCodeThread(threads[i], &code));
        CHECK_INT(code, 0);
        CloseHandle(threads[i]);
    }
    start = GetTickCount64();
    while (shared.completed < shared.accepted && GetTickCount64() - start < 10000) Sleep(1);
    CHECK(shared.accepted > ROUNDS * WORKERS);
    CHECK_INT(shared.completed, shared.accepted);
    CHECK_INT(shared.strange, 0);
    PostQueuedCompletionStatus(shared.port, 0, 1, NULL);
    CHECK_INT(WaitForSingleObject(taker, 10000), WAIT_OBJECT_0);
    CloseHandle(taker);
    rio.RIOCloseCompletionQueue(shared.cq);
    CloseHandle(shared.port);
    rio.RIODeregisterBuffer(shared.id);
}
