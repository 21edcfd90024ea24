/*
 * Rows: overlapped operations, completion ports and event selection, of 64 bytes over TCP.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Natively the same bytes move, and where Windows has a completion port or an
 * event to wait on, there is an epoll.
 */
#include "bench.h"

#define SMALL 64

#ifdef _WIN32

static HANDLE port;
static WSAEVENT event;
static DWORD bytes;

static void close_all(void)
{
    close_pair();
    if (port) CloseHandle(port);
    if (event) WSACloseEvent(event);
    port = event = NULL;
}

/* --- Events --- */

static int with_event(void)
{
    if (tcp_pair()) return ROW_FAILED;
    NEED((event = WSACreateEvent()) != NULL);
    return 0;
}

static int event_send_recv(void)
{
    WSAOVERLAPPED overlapped = {.hEvent = event};
    WSABUF buffer = {SMALL, sent};
    DWORD flags;

    if (WSASend(pair[0], &buffer, 1, NULL, 0, &overlapped, NULL)) NEED(WSAGetLastError() == WSA_IO_PENDING);
    NEED(WSAWaitForMultipleEvents(1, &event, FALSE, INFINITE, FALSE) == WSA_WAIT_EVENT_0);
    NEED(WSAGetOverlappedResult(pair[0], &overlapped, &bytes, FALSE, &flags) && bytes == SMALL);
    NEED(recv(pair[1], got, SMALL, 0) == SMALL);
    return 0;
}

static int selected(void)
{
    if (with_event()) return ROW_FAILED;
    NEED(!WSAEventSelect(pair[1], event, FD_READ | FD_CLOSE));
    return 0;
}

static int select_round(void)
{
    WSANETWORKEVENTS events;

    NEED(send(pair[0], sent, SMALL, 0) == SMALL);
    do /* the event may be set again for what was read already */
    {
        NEED(WSAWaitForMultipleEvents(1, &event, FALSE, INFINITE, FALSE) == WSA_WAIT_EVENT_0);
        NEED(!WSAEnumNetworkEvents(pair[1], event, &events));
    } while (!(events.lNetworkEvents & FD_READ));
    NEED(recv(pair[1], got, SMALL, 0) == SMALL);
    return 0;
}

/* --- Completion ports --- */

static int with_port(void)
{
    int i;

    if (tcp_pair()) return ROW_FAILED;
    NEED((port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1)) != NULL);
    for (i = 0; i < 2; i++) NEED(CreateIoCompletionPort((HANDLE)pair[i], port, i + 1, 0) == port);
    return 0;
}

static int port_send_recv(void)
{
    WSAOVERLAPPED receiving = {0}, sending = {0}, *done;
    WSABUF in = {SMALL, got}, out = {SMALL, sent};
    DWORD flags = 0;
    ULONG_PTR key;
    int i;

    if (WSARecv(pair[1], &in, 1, NULL, &flags, &receiving, NULL)) NEED(WSAGetLastError() == WSA_IO_PENDING);
    if (WSASend(pair[0], &out, 1, NULL, 0, &sending, NULL)) NEED(WSAGetLastError() == WSA_IO_PENDING);
    for (i = 0; i < 2; i++)
    {
        NEED(GetQueuedCompletionStatus(port, &bytes, &key, &done, INFINITE));
        NEED(bytes == SMALL && done == (key == 1 ? &sending : &receiving));
    }
    return 0;
}

static int with_skip(void)
{
    if (with_port()) return ROW_FAILED;
    NEED(SetFileCompletionNotificationModes((HANDLE)pair[0], FILE_SKIP_COMPLETION_PORT_ON_SUCCESS |
                                                                 FILE_SKIP_SET_EVENT_ON_HANDLE));
    return 0;
}

static int skip_send_recv(void)
{
    WSAOVERLAPPED sending = {0}, *done;
    WSABUF out = {SMALL, sent};
    ULONG_PTR key;

    if (WSASend(pair[0], &out, 1, &bytes, 0, &sending, NULL))
    {
        NEED(WSAGetLastError() == WSA_IO_PENDING);
        NEED(GetQueuedCompletionStatus(port, &bytes, &key, &done, INFINITE));
    }
    NEED(bytes == SMALL);
    NEED(recv(pair[1], got, SMALL, 0) == SMALL);
    return 0;
}

#else

static int epoll = -1;

static void close_all(void)
{
    close_pair();
    if (epoll >= 0) close(epoll);
    epoll = -1;
}

static int with_epoll(void)
{
    struct epoll_event event = {.events = EPOLLIN};

    if (tcp_pair()) return ROW_FAILED;
    NEED((epoll = epoll_create1(EPOLL_CLOEXEC)) >= 0);
    NEED(!epoll_ctl(epoll, EPOLL_CTL_ADD, pair[1], &event));
    return 0;
}

static int send_recv(void)
{
    NEED(send(pair[0], sent, SMALL, 0) == SMALL);
    NEED(recv(pair[1], got, SMALL, 0) == SMALL);
    return 0;
}

static int send_wait_recv(void)
{
    struct epoll_event event;

    NEED(send(pair[0], sent, SMALL, 0) == SMALL);
    NEED(epoll_wait(epoll, &event, 1, -1) == 1);
    NEED(recv(pair[1], got, SMALL, 0) == SMALL);
    return 0;
}

#define with_event tcp_pair
#define event_send_recv send_recv
#define selected with_epoll
#define select_round send_wait_recv
#define with_port with_epoll
#define port_send_recv send_wait_recv
#define with_skip tcp_pair
#define skip_send_recv send_recv

#endif

const struct row overlapped_rows[] = {
    {"overlapped_event", "overlapped WSASend with an event, recv", OF_OWN, 0.7, with_event, event_send_recv,
     close_all},
    {"event_select", "send, WSAEventSelect's FD_READ, recv", OF_OWN, 0.65, selected, select_round, close_all},
    {"port_send_recv", "completion port: WSARecv + WSASend", OF_OWN, 1.0, with_port, port_send_recv,
     close_all},
    {"port_skip_send", "WSASend, no packet on success, recv", OF_NATIVE, 1.5, with_skip, skip_send_recv,
     close_all},
    {0},
};
