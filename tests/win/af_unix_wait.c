/*
 * AF_UNIX streams: all ways to wait for them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unix_sockets.h"

TEST(blocking_calls_time_out)
{
    SOCKET pair[2];
    DWORD time = 50;
    char byte;

    unix_pair(pair);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, (char *)&time, sizeof(time)), 0);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAETIMEDOUT);
}

TEST(non_blocking_calls_do_not_wait)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;
    u_long on = 1;
    fd_set set;
    char byte;

    CHECK_INT(ioctlsocket(listener, FIONBIO, &on), 0);
    CHECK_ERROR(accept(listener, NULL, NULL), WSAEWOULDBLOCK);
    CHECK_INT(ioctlsocket(s, FIONBIO, &on), 0);
    if (connect_to(s, &addr)) CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    FD_ZERO(&set);
    FD_SET(s, &set);
    CHECK_INT(select(0, NULL, &set, NULL, NULL), 1);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAEWOULDBLOCK);
    FD_ZERO(&set);
    FD_SET(listener, &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    send_text(accepted, "hello");
    FD_ZERO(&set);
    FD_SET(s, &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    receive_text(s, "hello");
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(select_and_poll_take_other_sockets_too)
{
    SOCKET pair[2], tcp[2];
    struct timeval soon = {0, 10000};
    WSAPOLLFD polls[2];
    fd_set set;

    unix_pair(pair);
    tcp_pair(tcp);
    FD_ZERO(&set);
    FD_SET(tcp[0], &set);
    FD_SET(pair[0], &set);
    CHECK_INT(select(0, &set, NULL, NULL, &soon), 0);
    send_text(pair[1], "x");
    FD_ZERO(&set);
    FD_SET(tcp[0], &set);
    FD_SET(pair[0], &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(pair[0], &set));
    send_text(tcp[1], "y");
    polls[0] = (WSAPOLLFD){tcp[0], POLLRDNORM, 0};
    polls[1] = (WSAPOLLFD){pair[0], POLLRDNORM | POLLWRNORM, 0};
    CHECK_INT(WSAPoll(polls, 2, -1), 2);
    CHECK_INT(polls[0].revents, POLLRDNORM);
    CHECK_INT(polls[1].revents, POLLRDNORM | POLLWRNORM);
    CHECK_INT(closesocket(pair[1]), 0);
    receive_text(pair[0], "x");
    polls[1].events = POLLRDNORM;
    CHECK_INT(WSAPoll(polls + 1, 1, -1), 1);
    CHECK(polls[1].revents & POLLHUP);
}

static void next_event(SOCKET s, HANDLE event, int bit, int error)
{
    WSANETWORKEVENTS events;

    do
    {
        CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
        CHECK_INT(WSAEnumNetworkEvents(s, event, &events), 0);
    } while (!(events.lNetworkEvents & (1 << bit)));
    CHECK_INT(events.iErrorCode[bit], error);
}

TEST(events_tell_what_happens)
{
    struct sockaddr_un addr, missing;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted, refused = unix_socket();
    HANDLE listening = WSACreateEvent(), connecting = WSACreateEvent(), other = WSACreateEvent();

    CHECK_INT(WSAEventSelect(listener, listening, FD_ACCEPT), 0);
    CHECK_INT(WSAEventSelect(s, connecting, FD_CONNECT | FD_READ | FD_WRITE | FD_CLOSE), 0);
    if (connect_to(s, &addr)) CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    next_event(s, connecting, FD_CONNECT_BIT, 0);
    next_event(listener, listening, FD_ACCEPT_BIT, 0);
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    send_text(accepted, "data");
    next_event(s, connecting, FD_READ_BIT, 0);
    receive_text(s, "data");
    CHECK_INT(closesocket(accepted), 0);
    next_event(s, connecting, FD_CLOSE_BIT, 0);

    fresh_address(&missing);
    CHECK_INT(WSAEventSelect(refused, other, FD_CONNECT), 0);
    CHECK_ERROR(connect_to(refused, &missing), WSAEWOULDBLOCK);
    next_event(refused, other, FD_CONNECT_BIT, WSAECONNREFUSED);
    CHECK(DeleteFileA(addr.sun_path));
}

static DWORD WINAPI close_soon(void *arg)
{
    Sleep(50);
    return closesocket((SOCKET)arg);
}

TEST(close_ends_calls_that_wait)
{
    struct sockaddr_un addr;
    SOCKET pair[2], listener = unix_listener(&addr);
    char byte;

    unix_pair(pair);
    CloseHandle(CreateThread(NULL, 0, close_soon, (void *)pair[0], 0, NULL));
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAEINTR);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CloseHandle(CreateThread(NULL, 0, close_soon, (void *)listener, 0, NULL));
    CHECK_ERROR(accept(listener, NULL, NULL), WSAEINTR);
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(overlapped_transfers_set_events)
{
    SOCKET pair[2];
    OVERLAPPED overlapped;
    char buffer[16];
    WSABUF buf = {sizeof(buffer), buffer};
    DWORD flags = 0, done;

    unix_pair(pair);
    event_overlapped(&overlapped);
    CHECK_ERROR(WSARecv(pair[0], &buf, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    send_text(pair[1], "overlap");
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 5000), WAIT_OBJECT_0);
    CHECK(WSAGetOverlappedResult(pair[0], &overlapped, &done, FALSE, &flags));
    CHECK_INT(done, 7);
    CHECK_INT(memcmp(buffer, "overlap", 7), 0);

    event_overlapped(&overlapped);
    CHECK_ERROR(WSARecv(pair[0], &buf, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK(CancelIoEx((HANDLE)pair[0], &overlapped));
    CHECK(!WSAGetOverlappedResult(pair[0], &overlapped, &done, TRUE, &flags));
    CHECK_INT(WSAGetLastError(), WSA_OPERATION_ABORTED);
}

static DWORD routine_bytes, routine_calls;

static void CALLBACK note_completion(DWORD error, DWORD bytes, OVERLAPPED *overlapped, DWORD flags)
{
    (void)overlapped;
    (void)flags;
    CHECK_INT(error, 0);
    routine_bytes = bytes;
    routine_calls++;
}

TEST(overlapped_transfers_call_routines)
{
    SOCKET pair[2];
    OVERLAPPED overlapped = {0};
    char buffer[16];
    WSABUF buf = {sizeof(buffer), buffer};
    DWORD flags = 0;

    unix_pair(pair);
    routine_calls = 0;
    CHECK_ERROR(WSARecv(pair[0], &buf, 1, NULL, &flags, &overlapped, note_completion), WSA_IO_PENDING);
    send_text(pair[1], "routine");
    CHECK_INT(SleepEx(5000, TRUE), WAIT_IO_COMPLETION);
    CHECK_INT(routine_calls, 1);
    CHECK_INT(routine_bytes, 7);
}

TEST(completion_ports_take_them)
{
    SOCKET pair[2];
    OVERLAPPED receive = {0}, send = {0}, *which;
    char buffer[16];
    WSABUF in = {sizeof(buffer), buffer}, out = {4, "port"};
    DWORD flags = 0, bytes;
    ULONG_PTR key;
    HANDLE port;
    int i;

    unix_pair(pair);
    port = CreateIoCompletionPort((HANDLE)pair[0], NULL, 11, 0);
    CHECK(port != NULL);
    CHECK(CreateIoCompletionPort((HANDLE)pair[1], port, 22, 0) == port);
    CHECK_ERROR(WSARecv(pair[0], &in, 1, NULL, &flags, &receive, NULL), WSA_IO_PENDING);
    if (WSASend(pair[1], &out, 1, NULL, 0, &send, NULL)) CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    for (i = 0; i < 2; i++)
    {
        CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &which, 5000));
        CHECK_INT(bytes, 4);
        CHECK_INT(key, which == &receive ? 11 : 22);
    }
    CHECK_INT(memcmp(buffer, "port", 4), 0);
}

TEST(accept_ex_and_connect_ex_take_them)
{
    struct sockaddr_un addr, local, *to, *from;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted = unix_socket();
    char buffer[2 * (sizeof(addr) + 16) + 16];
    OVERLAPPED accepting, connecting;
    int to_len, from_len, len = sizeof(local);
    DWORD pid = 0, size;

    event_overlapped(&accepting);
    event_overlapped(&connecting);
    CHECK_PENDING(EXTENSION(listener, LPFN_ACCEPTEX, WSAID_ACCEPTEX)(
        listener, accepted, buffer, 16, sizeof(addr) + 16, sizeof(addr) + 16, NULL, &accepting));
    CHECK_PENDING(EXTENSION(s, LPFN_CONNECTEX, WSAID_CONNECTEX)(s, (struct sockaddr *)&addr, sizeof(addr),
                                                                "first", 5, NULL, &connecting));
    CHECK_COMPLETES(s, &connecting, 5);
    CHECK_COMPLETES(listener, &accepting, 5);
    CHECK_INT(memcmp(buffer, "first", 5), 0);
    EXTENSION(listener, LPFN_GETACCEPTEXSOCKADDRS, WSAID_GETACCEPTEXSOCKADDRS)
    (buffer, 16, sizeof(addr) + 16, sizeof(addr) + 16, (struct sockaddr **)&to, &to_len,
     (struct sockaddr **)&from, &from_len);
    CHECK_INT(to->sun_family, AF_UNIX);
    CHECK_STR(to->sun_path, addr.sun_path);
    CHECK_INT(from->sun_family, AF_UNIX);
    CHECK_STR(from->sun_path, "");
    CHECK_INT(setsockopt(accepted, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof(listener)),
              0);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    CHECK_INT(getsockname(accepted, (struct sockaddr *)&local, &len), 0);
    CHECK_STR(local.sun_path, addr.sun_path);
    CHECK_INT(WSAIoctl(accepted, SIO_AF_UNIX_GETPEERPID, NULL, 0, &pid, sizeof(pid), &size, NULL, NULL), 0);
    CHECK_INT(pid, GetCurrentProcessId());
    check_talk(s, accepted);
    CHECK(DeleteFileA(addr.sun_path));
}
