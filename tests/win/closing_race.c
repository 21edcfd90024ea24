/*
 * Sockets that are closed at a bad moment: another thread is on its way to Wine's server with
 * a request, or back, and stays there for a while, or for ever. The server lives on, whatever
 * comes from the peer then.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "port.h"

#define ROUNDS 60

/* --- Calls under way at that moment --- */

struct caller
{
    SOCKET s;
    HANDLE thread, event;
    volatile LONG stop, calls;
    OVERLAPPED overlapped;
    char data[16];
};

/* Each is two requests of the server's or more. */
static DWORD WINAPI send_overlapped(void *context)
{
    struct caller *caller = context;
    WSABUF buffer = {1, caller->data};
    DWORD sent;

    do
    {
        caller->overlapped.hEvent = caller->event;
        InterlockedIncrement(&caller->calls);
        if (WSASend(caller->s, &buffer, 1, NULL, 0, &caller->overlapped, NULL) &&
            WSAGetLastError() != WSA_IO_PENDING)
            break;
    } while (!caller->stop && GetOverlappedResult((HANDLE)caller->s, &caller->overlapped, &sent, TRUE));
    return 0;
}

/* They are asked of the device, as the socket has another handle. */
static DWORD WINAPI ask(void *context)
{
    struct caller *caller = context;
    int size, value;
    u_long count;

    do
    {
        InterlockedIncrement(&caller->calls);
        size = sizeof(value);
    } while (!caller->stop && !ioctlsocket(caller->s, FIONREAD, &count) &&
             !getsockopt(caller->s, SOL_SOCKET, SO_LINGER, (char *)&value, &size));
    return 0;
}

static DWORD WINAPI look(void *context)
{
    static struct timeval no_time;
    struct caller *caller = context;
    fd_set set;

    do
    {
        InterlockedIncrement(&caller->calls);
        set = (fd_set){1, {caller->s}};
    } while (!caller->stop && select(0, NULL, NULL, &set, &no_time) >= 0);
    return 0;
}

static LPTHREAD_START_ROUTINE const calls[] = {send_overlapped, ask, look};

/* --- What happens to them --- */

static void let_go_on(struct caller *caller)
{
    ResumeThread(caller->thread);
}

static void terminate(struct caller *caller)
{
    TerminateThread(caller->thread, 1);
}

/* The server is there, and looks after others. */
static void check_server(void)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 1);
    close_pair(pair);
}

static void begin(struct caller *caller, LPTHREAD_START_ROUTINE call, SOCKET s)
{
    memset(caller, 0, sizeof(*caller));
    caller->s = s;
    CHECK((caller->event = CreateEventW(NULL, TRUE, FALSE, NULL)) != NULL);
    CHECK((caller->thread = CreateThread(NULL, 0, call, caller, 0, NULL)) != NULL);
    while (caller->calls < 20 && WaitForSingleObject(caller->thread, 0)) Sleep(0);
}

static void end(struct caller *caller)
{
    InterlockedExchange(&caller->stop, TRUE);
    CHECK_INT(WaitForSingleObject(caller->thread, 10000), WAIT_OBJECT_0);
    CloseHandle(caller->thread);
    CloseHandle(caller->event);
}

/* The peer's answer to the end makes the host tell the server of the socket. */
static void close_under(LPTHREAD_START_ROUTINE call, void (*happen)(struct caller *caller),
                        unsigned int round)
{
    struct caller caller;
    volatile unsigned int i;
    SOCKET pair[2];

    tcp_pair(pair);
    begin(&caller, call, pair[0]);
    for (i = 0; i < (round % 8) * 4000; i++) continue;
    SuspendThread(caller.thread);
    if (round & 1) shutdown(pair[0], SD_BOTH);
    CHECK_INT(closesocket(pair[0]), 0);
    send(pair[1], "x", 1, 0);
    CHECK_INT(closesocket(pair[1]), 0);
    check_server();
    happen(&caller);
    end(&caller);
}

TEST(a_socket_is_closed_while_a_thread_is_suspended_in_a_call)
{
    unsigned int i;

    for (i = 0; i < ROUNDS; i++) close_under(calls[i % ARRAYSIZE(calls)], let_go_on, i);
    check_server();
}

/* Not in a send, for which Wine takes memory, and the lock for that would be gone with the thread. */
TEST(a_socket_is_closed_after_a_thread_was_terminated_in_a_call)
{
    unsigned int i;

    for (i = 0; i < ROUNDS / 2; i++) close_under(calls[1 + i / 8 % 2], terminate, i);
    check_server();
}

/* --- Others that wait meanwhile --- */

static DWORD WINAPI receive_byte(void *context)
{
    char byte;

    return recv(*(SOCKET *)context, &byte, 1, 0) == SOCKET_ERROR ? WSAGetLastError() : 0;
}

TEST(a_call_ends_with_its_socket_while_another_socket_waits_at_a_port)
{
    OVERLAPPED overlapped = {0};
    SOCKET waiting[2], pair[2];
    DWORD error, flags = 0, size;
    HANDLE port, thread;
    WSABUF nothing = {0};

    port = port_pair(waiting, 1);
    CHECK_ERROR(WSARecv(waiting[1], &nothing, 1, &size, &flags, &overlapped, NULL), WSA_IO_PENDING);
    tcp_pair(pair);
    thread = CreateThread(NULL, 0, receive_byte, &pair[0], 0, NULL);
    Sleep(150); /* it has gone to the device by then */
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &error));
    CHECK(error == WSAEINTR || error == WSAECONNABORTED);
    CloseHandle(thread);
    CHECK_INT(closesocket(pair[1]), 0);
    CHECK_INT(send(waiting[0], "x", 1, 0), 1);
    CHECK_INT(take(port, &overlapped, &size), 0);
    port_close(waiting, port);
}
