/*
 * What comes right after a blocking connect to this machine itself.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each on a connection of its own: the first thing that is done to it must find it as every
 * later one does, whoever is asked, and by whatever means.
 */
#include "ahead.h"

/* One whose peer has reset the connection before anything was done to it. */
static SOCKET reset_one(void)
{
    const struct linger hard = {1, 0};
    SOCKET pair[2];

    fresh_pair(pair);
    CHECK_INT(setsockopt(pair[1], SOL_SOCKET, SO_LINGER, (const char *)&hard, sizeof(hard)), 0);
    CHECK_INT(closesocket(pair[1]), 0);
    return pair[0];
}

typedef NTSTATUS(WINAPI *control_function)(HANDLE, HANDLE, PIO_APC_ROUTINE, void *, IO_STATUS_BLOCK *, ULONG,
                                           void *, ULONG, void *, ULONG);

TEST(data_pass_both_ways)
{
    SOCKET pair[2];

    fresh_pair(pair);
    check_passes(pair[0], pair[1]);
    check_passes(pair[1], pair[0]);
    close_pair(pair);
}

TEST(both_ends_have_their_names)
{
    struct sockaddr_in here, there;
    int len = sizeof(here);
    SOCKET pair[2];

    fresh_pair(pair);
    CHECK_INT(getsockname(pair[0], (struct sockaddr *)&here, &len), 0);
    CHECK_INT(getpeername(pair[0], (struct sockaddr *)&there, &len), 0);
    CHECK_INT(here.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    CHECK_INT(there.sin_port, listening.sin_port);
    CHECK_INT(there.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    CHECK_INT(getpeername(pair[1], (struct sockaddr *)&there, &len), 0);
    CHECK_INT(there.sin_port, here.sin_port);
    close_pair(pair);
}

TEST(it_is_bound_and_connected_for_good)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    SOCKET pair[2], other = tcp_listener(&any);

    fresh_pair(pair);
    CHECK_ERROR(connect(pair[0], (struct sockaddr *)&any, sizeof(any)), WSAEISCONN);
    close_pair(pair);
    fresh_pair(pair);
    any.sin_port = 0;
    CHECK_ERROR(bind(pair[0], (struct sockaddr *)&any, sizeof(any)), WSAEINVAL);
    close_pair(pair);
    fresh_pair(pair);
    CHECK_ERROR(listen(pair[0], 1), WSAEISCONN);
    check_passes(pair[0], pair[1]);
    close_pair(pair);
    closesocket(other);
}

TEST(one_way_can_be_shut_down)
{
    SOCKET pair[2];
    char text[8];

    fresh_pair(pair);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAESHUTDOWN);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 0);
    check_passes(pair[1], pair[0]);
    close_pair(pair);
}

TEST(it_can_be_made_non_blocking)
{
    SOCKET pair[2];
    char text[8];

    fresh_pair(pair);
    set_blocking(pair[0], FALSE);
    CHECK_ERROR(recv(pair[0], text, sizeof(text), 0), WSAEWOULDBLOCK);
    check_passes(pair[0], pair[1]);
    close_pair(pair);
}

TEST(options_are_the_sockets)
{
    int value = 0, len = sizeof(value);
    DWORD seconds = 77;
    SOCKET pair[2];

    fresh_pair(pair);
    CHECK_INT(getsockopt(pair[0], SOL_SOCKET, SO_CONNECT_TIME, (char *)&seconds, &len), 0);
    CHECK(seconds < 10);
    CHECK_INT(getsockopt(pair[0], SOL_SOCKET, SO_ERROR, (char *)&value, &len), 0);
    CHECK_INT(value, 0);
    CHECK_INT(getsockopt(pair[0], SOL_SOCKET, SO_ACCEPTCONN, (char *)&value, &len), 0);
    CHECK_INT(value, 0);
    close_pair(pair);
}

/* What was begun has ended with so many bytes. */
static void check_ended(SOCKET s, WSAOVERLAPPED *overlapped, DWORD expected)
{
    DWORD done = 0, flags;

    CHECK(WSAGetOverlappedResult(s, overlapped, &done, TRUE, &flags));
    CHECK_INT(done, expected);
}

TEST(overlapped_transfers_begin)
{
    WSAOVERLAPPED receives = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)}, sends = receives;
    DWORD flags = 0;
    SOCKET pair[2];
    char text[8];
    WSABUF buffer = {sizeof(text), text}, out = {4, "text"};

    fresh_pair(pair);
    CHECK_ERROR(WSARecv(pair[0], &buffer, 1, NULL, &flags, &receives, NULL), WSA_IO_PENDING);
    CHECK_INT(send(pair[1], "text", 4, 0), 4);
    check_ended(pair[0], &receives, 4);
    close_pair(pair);
    fresh_pair(pair);
    CHECK(!WSASend(pair[0], &out, 1, NULL, 0, &sends, NULL) || WSAGetLastError() == WSA_IO_PENDING);
    check_ended(pair[0], &sends, 4);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 4);
    close_pair(pair);
    CloseHandle(receives.hEvent);
}

TEST(packets_come_from_a_port)
{
    WSAOVERLAPPED overlapped = {0}, *ended;
    DWORD flags = 0, done = 0;
    SOCKET pair[2];
    ULONG_PTR key;
    char text[8];
    WSABUF buffer = {sizeof(text), text};
    HANDLE port;

    fresh_pair(pair);
    CHECK((port = CreateIoCompletionPort((HANDLE)pair[0], NULL, 7, 1)) != NULL);
    CHECK_ERROR(WSARecv(pair[0], &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK_INT(send(pair[1], "text", 4, 0), 4);
    CHECK(GetQueuedCompletionStatus(port, &done, &key, &ended, 5000));
    CHECK_INT(done, 4);
    CHECK_INT(key, 7);
    CHECK(ended == &overlapped);
    close_pair(pair);
    CloseHandle(port);
}

/* As a file: an overlapped one that ends at once or later. */
TEST(it_is_a_file)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    SOCKET pair[2];
    char text[8];
    DWORD done;

    fresh_pair(pair);
    CHECK(WriteFile((HANDLE)pair[0], "text", 4, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    check_ended(pair[0], &overlapped, 4);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 4);
    close_pair(pair);
    fresh_pair(pair);
    CHECK_NOTHING(ReadFile((HANDLE)pair[0], text, sizeof(text), NULL, &overlapped), ERROR_IO_PENDING);
    CHECK_INT(send(pair[1], "text", 4, 0), 4);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 5000), WAIT_OBJECT_0);
    CHECK(GetOverlappedResult((HANDLE)pair[0], &overlapped, &done, FALSE));
    CHECK_INT(done, 4);
    close_pair(pair);
    CloseHandle(overlapped.hEvent);
}

TEST(select_and_poll_wait_for_data)
{
    struct timeval none = {0, 0}, long_time = {10, 0};
    WSAPOLLFD asked;
    SOCKET pair[2];
    fd_set set;

    fresh_pair(pair);
    FD_ZERO(&set);
    FD_SET(pair[0], &set);
    CHECK_INT(select(0, &set, NULL, &set, &none), 0);
    FD_SET(pair[0], &set);
    CHECK_INT(select(0, NULL, &set, NULL, &none), 1);
    CHECK_INT(send(pair[1], "x", 1, 0), 1);
    CHECK_INT(select(0, &set, NULL, NULL, &long_time), 1);
    close_pair(pair);
    fresh_pair(pair);
    asked = (WSAPOLLFD){.fd = pair[0], .events = POLLIN | POLLOUT};
    CHECK_INT(WSAPoll(&asked, 1, 0), 1);
    CHECK_INT(asked.revents, POLLOUT);
    close_pair(pair);
}

static DWORD WINAPI send_later(void *arg)
{
    Sleep(200);
    return send(*(SOCKET *)arg, "x", 1, 0);
}

TEST(a_wait_that_lasts_finds_what_comes)
{
    struct timeval timeout = {10, 0};
    SOCKET pair[2];
    HANDLE thread;
    fd_set set;

    fresh_pair(pair);
    thread = CreateThread(NULL, 0, send_later, &pair[1], 0, NULL);
    FD_ZERO(&set);
    FD_SET(pair[0], &set);
    CHECK_INT(select(0, &set, NULL, NULL, &timeout), 1);
    CHECK_INT(WaitForSingleObject(thread, 8000), WAIT_OBJECT_0);
    CloseHandle(thread);
    close_pair(pair);
}

static DWORD WINAPI wait_writable(void *arg)
{
    struct timeval timeout = {10, 0};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(*(SOCKET *)arg, &set);
    return select(0, NULL, &set, NULL, &timeout);
}

TEST(who_waits_already_sees_the_connection)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = stream();
    HANDLE thread = CreateThread(NULL, 0, wait_writable, &s, 0, NULL);
    DWORD code = 0;

    Sleep(300); /* it waits at the device by then */
    connect_to(s, &addr);
    CHECK_INT(WaitForSingleObject(thread, 8000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_INT(code, 1);
    CloseHandle(thread);
    closesocket(s);
    closesocket(listener);
}

TEST(another_handle_names_the_connection)
{
    SOCKET pair[2], same;
    HANDLE handle;

    fresh_pair(pair);
    CHECK(DuplicateHandle(GetCurrentProcess(), (HANDLE)pair[0], GetCurrentProcess(), &handle, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK_INT(closesocket(pair[0]), 0);
    same = (SOCKET)handle;
    CHECK_INT(shutdown(same, SD_RECEIVE), 0);
    check_passes(same, pair[1]);
    CHECK_INT(closesocket(same), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

typedef NTSTATUS(WINAPI *duplicate_function)(HANDLE, HANDLE, HANDLE, HANDLE *, ACCESS_MASK, ULONG, ULONG);

/* In a process of its own: a module may leave a program that does so alone from then on. The function is
 * there before the socket. */
CHILD(duplicator)
{
    duplicate_function duplicate =
        (duplicate_function)(void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtDuplicateObject");
    const HANDLE self = GetCurrentProcess();
    SOCKET pair[2];
    HANDLE handle;

    fresh_pair(pair);
    if (duplicate(self, (HANDLE)pair[0], self, &handle, 0, 0, DUPLICATE_SAME_ACCESS)) return 1;
    if (shutdown((SOCKET)handle, SD_RECEIVE)) return 2;
    check_passes(pair[0], pair[1]);
    return 0;
}

TEST(so_does_one_that_ntdll_made)
{
    CHECK_INT(harness_join(harness_spawn("duplicator", " ")), 0);
}

TEST(a_ticket_gives_the_connection)
{
    WSAPROTOCOL_INFOW ticket;
    SOCKET pair[2], same;

    fresh_pair(pair);
    CHECK_INT(WSADuplicateSocketW(pair[0], GetCurrentProcessId(), &ticket), 0);
    same = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &ticket, 0, 0);
    CHECK(same != INVALID_SOCKET);
    check_passes(same, pair[1]);
    check_passes(pair[1], pair[0]);
    CHECK_INT(closesocket(same), 0);
    close_pair(pair);
}

CHILD(heir)
{
    SOCKET s = (SOCKET)strtoull(argv[0], NULL, 10);
    char text[8];

    if (argc != 1 || shutdown(s, SD_SEND)) return 1;
    return recv(s, text, sizeof(text), 0) == 4 ? 0 : 2;
}

TEST(a_child_inherits_the_connection)
{
    HANDLE process;
    SOCKET pair[2];
    char text[8];

    fresh_pair(pair);
    process = harness_spawn("heir", "%llu", (unsigned long long)pair[0]);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 0);
    CHECK_INT(send(pair[1], "text", 4, 0), 4);
    CHECK_INT(harness_join(process), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(a_poll_past_winsock_finds_it_writable)
{
    struct device_poll poll;
    SOCKET pair[2];
    DWORD size;

    fresh_pair(pair);
    begin_poll(&poll, pair[0]);
    CHECK(
        DeviceIoControl((HANDLE)pair[0], DEVICE_POLL, &poll, sizeof(poll), &poll, sizeof(poll), &size, NULL));
    check_poll(&poll);
    close_pair(pair);
}

static control_function ntdll_control(void)
{
    return (control_function)(void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtDeviceIoControlFile");
}

static int poll_past_kernel32(control_function control, SOCKET s)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct device_poll poll;
    IO_STATUS_BLOCK io;

    begin_poll(&poll, s);
    control((HANDLE)s, event, NULL, NULL, &io, DEVICE_POLL, &poll, sizeof(poll), &poll, sizeof(poll));
    if (WaitForSingleObject(event, 8000)) return 2;
    CloseHandle(event);
    return poll.count == 1 && poll.entry.flags == POLLS_WRITABLE ? 0 : 3;
}

/* As event loops do, who get the function when they begin. */
CHILD(poller_of_the_base_handle)
{
    control_function control = ntdll_control();
    SOCKET pair[2], base = 0;
    DWORD size;

    fresh_pair(pair);
    if (WSAIoctl(pair[0], SIO_BASE_HANDLE, NULL, 0, &base, sizeof(base), &size, NULL, NULL)) return 1;
    return poll_past_kernel32(control, base);
}

CHILD(late_poller)
{
    SOCKET pair[2];

    fresh_pair(pair);
    return poll_past_kernel32(ntdll_control(), pair[0]);
}

TEST(polls_past_kernel32_find_it_writable)
{
    CHECK_INT(harness_join(harness_spawn("poller_of_the_base_handle", " ")), 0);
    CHECK_INT(harness_join(harness_spawn("late_poller", " ")), 0);
}

static LONG take_events(SOCKET s, WSAEVENT event)
{
    WSANETWORKEVENTS events;

    CHECK_INT(WSAWaitForMultipleEvents(1, &event, FALSE, 5000, FALSE), WSA_WAIT_EVENT_0);
    CHECK_INT(WSAEnumNetworkEvents(s, event, &events), 0);
    return events.lNetworkEvents;
}

static LONG events_there(SOCKET s)
{
    WSANETWORKEVENTS events;

    CHECK_INT(WSAEnumNetworkEvents(s, NULL, &events), 0);
    return events.lNetworkEvents;
}

TEST(a_selection_reports_the_connection_once)
{
    WSAEVENT event = WSACreateEvent();
    SOCKET pair[2];

    fresh_pair(pair);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_CONNECT | FD_READ), 0);
    CHECK_INT(take_events(pair[0], event), FD_CONNECT);
    CHECK_INT(events_there(pair[0]), 0);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_CONNECT | FD_READ), 0);
    CHECK_INT(events_there(pair[0]), 0);
    CHECK_INT(send(pair[1], "x", 1, 0), 1);
    CHECK_INT(take_events(pair[0], event), FD_READ);
    close_pair(pair);
    WSACloseEvent(event);
}

TEST(the_connection_is_reported_to_who_selects_it_later)
{
    WSAEVENT event = WSACreateEvent();
    SOCKET pair[2];

    fresh_pair(pair);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_READ | FD_CLOSE), 0);
    CHECK_INT(events_there(pair[0]), 0);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_READ | FD_CONNECT), 0);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_CONNECT), 0);
    CHECK_INT(take_events(pair[0], event), FD_CONNECT);
    close_pair(pair);
    WSACloseEvent(event);
}

TEST(a_selection_reports_room_and_the_end)
{
    WSAEVENT event = WSACreateEvent();
    SOCKET pair[2];

    fresh_pair(pair);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_WRITE | FD_CLOSE), 0);
    CHECK_INT(take_events(pair[0], event), FD_WRITE);
    CHECK_INT(closesocket(pair[1]), 0);
    CHECK_INT(take_events(pair[0], event), FD_CLOSE);
    CHECK_INT(closesocket(pair[0]), 0);
    WSACloseEvent(event);
}

TEST(a_reset_is_received)
{
    SOCKET s = reset_one();
    char text[8];

    CHECK_ERROR(recv(s, text, sizeof(text), 0), WSAECONNRESET);
    CHECK_INT(closesocket(s), 0);
    s = reset_one();
    set_blocking(s, FALSE);
    CHECK_ERROR(recv(s, text, sizeof(text), 0), WSAECONNRESET);
    CHECK_INT(closesocket(s), 0);
}

TEST(a_reset_ends_an_overlapped_receive)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    SOCKET s = reset_one();
    DWORD flags = 0, done;
    char text[8];
    WSABUF buffer = {sizeof(text), text};
    int error = 0;

    if (WSARecv(s, &buffer, 1, NULL, &flags, &overlapped, NULL)) error = WSAGetLastError();
    if (error == WSA_IO_PENDING)
        CHECK_ERROR(WSAGetOverlappedResult(s, &overlapped, &done, TRUE, &flags) - 1, WSAECONNRESET);
    else
        CHECK_INT(error, WSAECONNRESET);
    CHECK_INT(closesocket(s), 0);
    CloseHandle(overlapped.hEvent);
}

TEST(a_reset_is_selected)
{
    WSAEVENT event = WSACreateEvent();
    struct timeval timeout = {10, 0};
    SOCKET s = reset_one();
    fd_set set;

    CHECK_INT(WSAEventSelect(s, event, FD_READ | FD_CLOSE), 0);
    CHECK_INT(take_events(s, event) & FD_CLOSE, FD_CLOSE);
    CHECK_INT(closesocket(s), 0);
    s = reset_one();
    FD_ZERO(&set);
    FD_SET(s, &set);
    CHECK_INT(select(0, &set, NULL, NULL, &timeout), 1);
    CHECK_INT(closesocket(s), 0);
    WSACloseEvent(event);
}

/* Longer than any tick of the module's. */
TEST(it_is_the_same_a_second_later)
{
    WSAEVENT event = WSACreateEvent();
    SOCKET pair[2], reset = reset_one();
    char text[8];

    fresh_pair(pair);
    Sleep(1200);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_CONNECT | FD_CLOSE), 0);
    CHECK_INT(take_events(pair[0], event), FD_CONNECT);
    check_passes(pair[1], pair[0]);
    close_pair(pair);
    CHECK_ERROR(recv(reset, text, sizeof(text), 0), WSAECONNRESET);
    CHECK_INT(closesocket(reset), 0);
    WSACloseEvent(event);
}

TEST(ipv6_connects_too)
{
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6}, name;
    SOCKET listener = socket(AF_INET6, SOCK_STREAM, 0), s = socket(AF_INET6, SOCK_STREAM, 0), pair[2];
    int len = sizeof(addr);

    addr.sin6_addr.s6_addr[15] = 1;
    CHECK_INT(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(listen(listener, 2), 0);
    CHECK_INT(getsockname(listener, (struct sockaddr *)&addr, &len), 0);
    CHECK_INT(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    pair[0] = s;
    CHECK((pair[1] = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    CHECK_INT(getpeername(s, (struct sockaddr *)&name, &len), 0);
    CHECK_INT(name.sin6_port, addr.sin6_port);
    check_passes(pair[0], pair[1]);
    check_passes(pair[1], pair[0]);
    close_pair(pair);
    closesocket(listener);
}
