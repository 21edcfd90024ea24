/*
 * Every call that waits, and everything that may happen to it meanwhile: its socket is
 * closed, it is cancelled, its thread gets an APC, is terminated or suspended. Each way at
 * two moments: when the call has just begun, and when it has waited for a while.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"

#define LARGE (16 << 20) /* more than a connection holds */

struct call
{
    SOCKET s;       /* that the call is made on */
    SOCKET peer[3]; /* that end it as it wants, or the listener and what fills its queue */
    struct sockaddr_in address;
    char *large;
    HANDLE file;
    void *function; /* an extension function */
    HANDLE thread, started;
    int result, error; /* as the call returned them; -2 while it has not */
    short revents;
    volatile LONG apcs;
};

/* --- The calls: what they need, the call itself, and what makes it return --- */

static void ready_pair(struct call *call)
{
    SOCKET pair[2];

    tcp_pair(pair);
    call->s = pair[0];
    call->peer[0] = pair[1];
}

static void ready_to_send(struct call *call)
{
    ready_pair(call);
    call->large = calloc(1, LARGE);
    CHECK(call->large != NULL);
}

static void ready_datagram(struct call *call)
{
    udp_bound(&call->s, &call->address);
    udp_bound(&call->peer[0], NULL);
    call->function = EXTENSION(call->s, void *, WSAID_WSARECVMSG);
}

static void ready_listener(struct call *call)
{
    call->s = tcp_listener(&call->address);
}

/* A listener whose queue is full: the host does not answer any more. */
static void ready_to_connect(struct call *call)
{
    int size = sizeof(call->address);
    unsigned int i;
    u_long on = 1;

    call->peer[0] = bound_stream();
    CHECK_INT(listen(call->peer[0], 1), 0);
    CHECK_INT(getsockname(call->peer[0], (struct sockaddr *)&call->address, &size), 0);
    for (i = 1; i < 3; i++)
    {
        call->peer[i] = stream_socket();
        CHECK_INT(ioctlsocket(call->peer[i], FIONBIO, &on), 0);
        CHECK_ERROR(connect(call->peer[i], (struct sockaddr *)&call->address, sizeof(call->address)),
                    WSAEWOULDBLOCK);
    }
    Sleep(20);
    call->s = stream_socket();
}

static void ready_file(struct call *call)
{
    static char zeros[1 << 16];
    WCHAR folder[MAX_PATH], path[MAX_PATH];
    DWORD written, i;

    ready_pair(call);
    call->function = EXTENSION(call->s, void *, WSAID_TRANSMITFILE);
    GetTempPathW(MAX_PATH, folder);
    CHECK(GetTempFileNameW(folder, L"blk", 0, path));
    call->file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                             FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CHECK(call->file != INVALID_HANDLE_VALUE);
    for (i = 0; i < LARGE / sizeof(zeros); i++)
        CHECK(WriteFile(call->file, zeros, sizeof(zeros), &written, NULL));
    CHECK_INT(SetFilePointer(call->file, 0, NULL, FILE_BEGIN), 0);
}

static int do_connect(struct call *call)
{
    return connect(call->s, (struct sockaddr *)&call->address, sizeof(call->address));
}

static int do_accept(struct call *call)
{
    SOCKET s = accept(call->s, NULL, NULL);

    if (s == INVALID_SOCKET) return SOCKET_ERROR;
    closesocket(s);
    return 0;
}

static int do_recv(struct call *call)
{
    char byte;

    return recv(call->s, &byte, 1, 0);
}

static int do_recvfrom(struct call *call)
{
    struct sockaddr_in from;
    int size = sizeof(from);
    char byte;

    return recvfrom(call->s, &byte, 1, 0, (struct sockaddr *)&from, &size);
}

static int do_recvmsg(struct call *call)
{
    LPFN_WSARECVMSG function = (LPFN_WSARECVMSG)call->function;
    char byte;
    WSABUF buffer = {1, &byte};
    WSAMSG message = {.lpBuffers = &buffer, .dwBufferCount = 1};
    DWORD done;

    return function(call->s, &message, &done, NULL, NULL) ? SOCKET_ERROR : (int)done;
}

static int do_send(struct call *call)
{
    return send(call->s, call->large, LARGE, 0);
}

static int do_select(struct call *call)
{
    fd_set set = {1, {call->s}};

    return select(0, &set, NULL, NULL, NULL);
}

static int do_wsapoll(struct call *call)
{
    WSAPOLLFD fd = {call->s, POLLRDNORM, 0};
    int ret = WSAPoll(&fd, 1, -1);

    call->revents = fd.revents;
    return ret;
}

static int do_transmit(struct call *call)
{
    LPFN_TRANSMITFILE function = (LPFN_TRANSMITFILE)call->function;

    return function(call->s, call->file, 0, 0, NULL, NULL, 0) ? LARGE : SOCKET_ERROR;
}

static void send_byte(struct call *call)
{
    CHECK_INT(send(call->peer[0], "x", 1, 0), 1);
}

static void send_datagram(struct call *call)
{
    CHECK_INT(sendto(call->peer[0], "x", 1, 0, (struct sockaddr *)&call->address, sizeof(call->address)), 1);
}

static void connect_to_it(struct call *call)
{
    call->peer[0] = connected_to(&call->address);
}

static void accept_the_others(struct call *call)
{
    unsigned int i;

    for (i = 0; i < 2; i++) closesocket(accept(call->peer[0], NULL, NULL));
}

#define STILL_OUT (-2)

/* Until the call has returned, however much was sent before. */
static void drain(struct call *call)
{
    static char data[1 << 16];
    unsigned int idle = 0;

    set_blocking(call->peer[0], FALSE);
    while (*(volatile int *)&call->result == STILL_OUT && idle < 1000)
        if (recv(call->peer[0], data, sizeof(data), 0) <= 0)
        {
            idle++;
            Sleep(5);
        }
        else
            idle = 0;
}

enum way
{
    BY_CLOSESOCKET,
    BY_CLOSEHANDLE,
    WAYS
};

/* What a closed socket makes of the call: SOCKET_ERROR with one of the errors for it, or
 * this result. */
#define CLOSED (-3)

static const struct kind
{
    const char *name;
    void (*ready)(struct call *call);
    int (*run)(struct call *call);
    void (*satisfy)(struct call *call);
    int success;
    int result[WAYS];
} kinds[] = {
    {"connect", ready_to_connect, do_connect, accept_the_others, 0, {CLOSED, CLOSED}},
    {"accept", ready_listener, do_accept, connect_to_it, 0, {CLOSED, CLOSED}},
    {"recv", ready_pair, do_recv, send_byte, 1, {CLOSED, CLOSED}},
    {"recvfrom", ready_datagram, do_recvfrom, send_datagram, 1, {CLOSED, CLOSED}},
    {"WSARecvMsg", ready_datagram, do_recvmsg, send_datagram, 1, {CLOSED, CLOSED}},
    {"send", ready_to_send, do_send, drain, LARGE, {CLOSED, CLOSED}},
    {"TransmitFile", ready_file, do_transmit, drain, LARGE, {CLOSED, CLOSED}},
    {"select", ready_pair, do_select, send_byte, 1, {1, 1}},
    {"WSAPoll", ready_pair, do_wsapoll, send_byte, 1, {1, 1}},
};

#define KINDS ARRAYSIZE(kinds)

/* --- One call --- */

struct run
{
    struct call call;
    const struct kind *kind;
};

static DWORD WINAPI run_call(void *arg)
{
    struct run *run = arg;
    struct call *call = &run->call;
    int result;

    /* what a thread's first call makes for it takes locks that must not be left when it is terminated */
    closesocket(socket(AF_INET, SOCK_DGRAM, 0));
    SetEvent(call->started);
    result = run->kind->run(call);
    call->error = result == SOCKET_ERROR ? WSAGetLastError() : 0;
    InterlockedExchange((LONG *)&call->result, result);
    return 0;
}

#define PATIENCE 5000 /* ms */

static char complaints[2000];

/* The other calls are to be heard, too. */
static void complain(const struct run *run, const char *why)
{
    const size_t length = strlen(complaints);

    snprintf(complaints + length, sizeof(complaints) - length, "[%s %s: %d, error %d]", run->kind->name, why,
             run->call.result, run->call.error);
}

static void begin(struct run *run)
{
    run->call.result = STILL_OUT;
    run->call.started = CreateEventW(NULL, TRUE, FALSE, NULL);
    run->call.thread = CreateThread(NULL, 0, run_call, run, 0, NULL);
    CHECK_INT(WaitForSingleObject(run->call.started, 10000), WAIT_OBJECT_0);
}

static BOOL end(struct run *run)
{
    if (WaitForSingleObject(run->call.thread, PATIENCE))
    {
        complain(run, "hangs");
        return FALSE;
    }
    CloseHandle(run->call.thread);
    CloseHandle(run->call.started);
    return TRUE;
}

static void end_well(struct run *run)
{
    if (run->call.result != STILL_OUT) complain(run, "did not wait");
    run->kind->satisfy(&run->call);
    if (end(run) && run->call.result != run->kind->success) complain(run, "did not succeed then");
}

static void tidy_up(struct run *run, BOOL closed)
{
    unsigned int i;

    if (!closed) CHECK_INT(closesocket(run->call.s), 0);
    for (i = 0; i < ARRAYSIZE(run->call.peer); i++)
        if (run->call.peer[i]) CHECK_INT(closesocket(run->call.peer[i]), 0);
    if (run->call.file) CloseHandle(run->call.file);
    free(run->call.large);
}

#define JUST_BEGUN 5
#define FOR_A_WHILE 150 /* ms: more than a call may stay with the host */

/* Each kind of call alone, and then all of them at the same time. */
static void try_all(void (*try)(struct run *run))
{
    static struct run runs[KINDS];
    unsigned int i, all;

    complaints[0] = 0;
    for (all = 0; all < 2; all++)
    {
        memset(runs, 0, sizeof(runs));
        for (i = 0; i < KINDS; i++)
        {
            runs[i].kind = &kinds[i];
            kinds[i].ready(&runs[i].call);
            begin(&runs[i]);
            if (all) continue;
            Sleep(JUST_BEGUN);
            try(&runs[i]);
        }
        if (!all) continue;
        Sleep(FOR_A_WHILE);
        for (i = 0; i < KINDS; i++) try(&runs[i]);
    }
    CHECK_STR(complaints, "");
}

/* --- What may happen --- */

static BOOL is_closed_error(int error)
{
    return error == WSAEINTR || error == WSAENOTSOCK || error == WSAECONNABORTED;
}

static void check_end(struct run *run, enum way way)
{
    const int expected = run->kind->result[way];

    if (!end(run) || (run->call.result == SOCKET_ERROR && is_closed_error(run->call.error))) return;
    if (expected < 0 || run->call.result != expected) complain(run, "ended otherwise");
}

static void close_socket(struct run *run)
{
    CHECK_INT(closesocket(run->call.s), 0);
    check_end(run, BY_CLOSESOCKET);
    tidy_up(run, TRUE);
}

TEST(closesocket_ends_every_call)
{
    try_all(close_socket);
}

static void close_handle(struct run *run)
{
    CHECK(CloseHandle((HANDLE)run->call.s));
    check_end(run, BY_CLOSEHANDLE);
    tidy_up(run, TRUE);
}

TEST(closehandle_ends_every_call)
{
    try_all(close_handle);
}

/* There is nothing to be cancelled before the call waits, so it is tried more than once. */
static void cancel(struct run *run)
{
    unsigned int i;

    for (i = 0; i < 500 && WaitForSingleObject(run->call.thread, 10); i++)
        CancelIoEx((HANDLE)run->call.s, NULL);
    if (end(run) && (run->call.result != SOCKET_ERROR || run->call.error != WSA_OPERATION_ABORTED))
        complain(run, "ended otherwise");
    tidy_up(run, FALSE);
}

TEST(cancelioex_ends_every_call)
{
    try_all(cancel);
}

/* A socket for overlapped use waits by itself: to the system the call is not synchronous. */
static void cancel_synchronous(struct run *run)
{
    CHECK(!CancelSynchronousIo(run->call.thread));
    CHECK_INT(GetLastError(), ERROR_NOT_FOUND);
    end_well(run);
    tidy_up(run, FALSE);
}

TEST(cancelsynchronousio_ends_no_call_of_an_overlapped_socket)
{
    try_all(cancel_synchronous);
}

static void CALLBACK count_apc(ULONG_PTR call)
{
    InterlockedIncrement(&((struct call *)call)->apcs);
}

static void queue_apc(struct run *run)
{
    unsigned int i;

    CHECK(QueueUserAPC(count_apc, run->call.thread, (ULONG_PTR)&run->call));
    for (i = 0; i < 1000 && !run->call.apcs; i++) Sleep(5);
    if (run->call.apcs != 1) complain(run, "runs no APC");
    end_well(run);
    tidy_up(run, FALSE);
}

TEST(user_apcs_run_during_every_call)
{
    try_all(queue_apc);
}

/* That is for blocking hooks, which Winsock 2 does not have. */
static void cancel_blocking(struct run *run)
{
    CHECK_ERROR(WSACancelBlockingCall(), WSAEOPNOTSUPP);
    end_well(run);
    tidy_up(run, FALSE);
}

TEST(wsacancelblockingcall_ends_no_call)
{
    try_all(cancel_blocking);
}

/* The socket can be used by others then. */
static void terminate(struct run *run)
{
    CHECK(TerminateThread(run->call.thread, 1));
    if (end(run) && run->kind->run != do_connect)
    {
        begin(run);
        Sleep(JUST_BEGUN);
        run->kind->satisfy(&run->call);
        if (end(run) && run->call.result != run->kind->success) complain(run, "fails then");
    }
    tidy_up(run, FALSE);
}

TEST(terminated_threads_leave_every_socket_usable)
{
    try_all(terminate);
}

static void suspend(struct run *run)
{
    CHECK_INT(SuspendThread(run->call.thread), 0);
    Sleep(JUST_BEGUN);
    CHECK_INT(ResumeThread(run->call.thread), 1);
    end_well(run);
    tidy_up(run, FALSE);
}

TEST(suspended_threads_go_on_waiting)
{
    try_all(suspend);
}

static void suspend_and_close(struct run *run)
{
    CHECK_INT(SuspendThread(run->call.thread), 0);
    CHECK_INT(closesocket(run->call.s), 0);
    CHECK_INT(ResumeThread(run->call.thread), 1);
    check_end(run, BY_CLOSESOCKET);
    tidy_up(run, TRUE);
}

TEST(closesocket_ends_calls_of_suspended_threads)
{
    try_all(suspend_and_close);
}
