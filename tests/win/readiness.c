/*
 * ProcessSocketNotifications: readiness as packets at a completion port.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include "../../include/ws2_missing.h"

typedef DWORD(WINAPI *process_t)(HANDLE, UINT32, SOCK_NOTIFY_REGISTRATION *, UINT32, ULONG,
                                 OVERLAPPED_ENTRY *, UINT32 *);

#define ONESHOT_LEVEL (SOCK_NOTIFY_TRIGGER_ONESHOT | SOCK_NOTIFY_TRIGGER_LEVEL)
#define PERSISTENT_LEVEL (SOCK_NOTIFY_TRIGGER_PERSISTENT | SOCK_NOTIFY_TRIGGER_LEVEL)
#define PERSISTENT_EDGE (SOCK_NOTIFY_TRIGGER_PERSISTENT | SOCK_NOTIFY_TRIGGER_EDGE)

static const ULONG_PTR key = 0x1234;

/* Windows 11 and Server 2022 have it. */
static process_t process_notifications(void)
{
    process_t function =
        (process_t)(void *)GetProcAddress(GetModuleHandleA("ws2_32"), "ProcessSocketNotifications");

    if (!function) SKIP("there is no ProcessSocketNotifications here");
    return function;
}

static HANDLE new_port(void)
{
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);

    CHECK(port != NULL);
    return port;
}

static DWORD request(HANDLE port, SOCKET s, int operation, int events, int trigger)
{
    SOCK_NOTIFY_REGISTRATION registration = {s, (void *)key, events, operation, trigger, 0xdead};

    CHECK_INT(process_notifications()(port, 1, &registration, 0, 0, NULL, NULL), ERROR_SUCCESS);
    return registration.registrationResult;
}

static void enable(HANDLE port, SOCKET s, int events, int trigger)
{
    CHECK_INT(request(port, s, SOCK_NOTIFY_OP_ENABLE, events, trigger), ERROR_SUCCESS);
}

static void take(HANDLE port, int events)
{
    OVERLAPPED_ENTRY entry;
    UINT32 received = 0xdead;

    CHECK_INT(process_notifications()(port, 0, NULL, 10000, 1, &entry, &received), ERROR_SUCCESS);
    CHECK_INT(received, 1);
    CHECK_INT(entry.lpCompletionKey, key);
    CHECK_INT(entry.dwNumberOfBytesTransferred, events);
}

static void check_nothing(HANDLE port)
{
    OVERLAPPED_ENTRY entry;
    UINT32 received;

    CHECK_INT(process_notifications()(port, 0, NULL, 50, 1, &entry, &received), WAIT_TIMEOUT);
}

/* What was posted before may come first, nothing after. */
static void remove_registration(HANDLE port, SOCKET s)
{
    OVERLAPPED_ENTRY entry;
    UINT32 received;

    CHECK_INT(request(port, s, SOCK_NOTIFY_OP_REMOVE, 0, 0), ERROR_SUCCESS);
    do CHECK_INT(process_notifications()(port, 0, NULL, 10000, 1, &entry, &received), ERROR_SUCCESS);
    while (entry.dwNumberOfBytesTransferred != SOCK_NOTIFY_EVENT_REMOVE);
    CHECK_INT(entry.lpCompletionKey, key);
    check_nothing(port);
}

static void close_all(SOCKET pair[2], HANDLE port)
{
    closesocket(pair[0]);
    closesocket(pair[1]);
    CloseHandle(port);
}

TEST(notification_comes_for_data)
{
    HANDLE port = new_port();
    SOCKET pair[2];

    tcp_pair(pair);
    enable(port, pair[1], SOCK_NOTIFY_EVENT_IN, ONESHOT_LEVEL);
    check_nothing(port);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    take(port, SOCK_NOTIFY_EVENT_IN);
    remove_registration(port, pair[1]);
    close_all(pair, port);
}

TEST(notification_comes_through_the_ports_own_functions)
{
    HANDLE port = new_port();
    OVERLAPPED *overlapped;
    SOCKET pair[2];
    ULONG_PTR got = 0;
    DWORD events = 0;

    tcp_pair(pair);
    enable(port, pair[0], SOCK_NOTIFY_EVENT_OUT, ONESHOT_LEVEL);
    CHECK(GetQueuedCompletionStatus(port, &events, &got, &overlapped, 10000) || overlapped || got);
    CHECK_INT(got, key);
    CHECK_INT(events, SOCK_NOTIFY_EVENT_OUT);
    close_all(pair, port);
}

TEST(notification_of_a_oneshot_comes_once_until_enabled_again)
{
    HANDLE port = new_port();
    SOCKET pair[2];

    tcp_pair(pair);
    enable(port, pair[0], SOCK_NOTIFY_EVENT_OUT, ONESHOT_LEVEL);
    take(port, SOCK_NOTIFY_EVENT_OUT);
    check_nothing(port);
    enable(port, pair[0], SOCK_NOTIFY_EVENT_OUT, ONESHOT_LEVEL);
    take(port, SOCK_NOTIFY_EVENT_OUT);
    check_nothing(port);
    close_all(pair, port);
}

TEST(notification_of_a_level_comes_while_it_holds)
{
    HANDLE port = new_port();
    SOCKET pair[2];
    char buffer[4];

    tcp_pair(pair);
    enable(port, pair[1], SOCK_NOTIFY_EVENT_IN, PERSISTENT_LEVEL);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    take(port, SOCK_NOTIFY_EVENT_IN);
    take(port, SOCK_NOTIFY_EVENT_IN);
    CHECK_INT(recv(pair[1], buffer, 4, 0), 4);
    remove_registration(port, pair[1]);
    close_all(pair, port);
}

TEST(notification_of_a_level_is_not_posted_before_the_last_was_taken)
{
    HANDLE port = new_port();
    OVERLAPPED_ENTRY entries[8];
    UINT32 received = 0;
    SOCKET pair[2];

    tcp_pair(pair);
    enable(port, pair[0], SOCK_NOTIFY_EVENT_OUT, PERSISTENT_LEVEL);
    Sleep(50);
    CHECK_INT(process_notifications()(port, 0, NULL, 10000, 8, entries, &received), ERROR_SUCCESS);
    CHECK_INT(received, 1);
    close_all(pair, port);
}

TEST(notification_of_a_level_comes_again_when_taken_from_the_port_itself)
{
    HANDLE port = new_port();
    OVERLAPPED_ENTRY entry;
    SOCKET pair[2];
    ULONG count;
    int i;

    tcp_pair(pair);
    enable(port, pair[0], SOCK_NOTIFY_EVENT_OUT, PERSISTENT_LEVEL);
    for (i = 0; i < 3; i++)
    {
        CHECK(GetQueuedCompletionStatusEx(port, &entry, 1, &count, 10000, FALSE));
        CHECK_INT(entry.lpCompletionKey, key);
        CHECK_INT(entry.dwNumberOfBytesTransferred, SOCK_NOTIFY_EVENT_OUT);
    }
    close_all(pair, port);
}

TEST(notification_of_an_edge_comes_again_after_the_data_were_read)
{
    HANDLE port = new_port();
    u_long on = 1;
    SOCKET pair[2];
    char buffer[4];

    tcp_pair(pair);
    CHECK_INT(ioctlsocket(pair[1], FIONBIO, &on), 0);
    enable(port, pair[1], SOCK_NOTIFY_EVENT_IN, PERSISTENT_EDGE);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    take(port, SOCK_NOTIFY_EVENT_IN);
    check_nothing(port);
    CHECK_INT(recv(pair[1], buffer, 4, 0), 4);
    CHECK_ERROR(recv(pair[1], buffer, 4, 0), WSAEWOULDBLOCK);
    check_nothing(port);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    take(port, SOCK_NOTIFY_EVENT_IN);
    check_nothing(port);
    close_all(pair, port);
}

TEST(notification_comes_for_connections)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0), server;
    HANDLE port = new_port();

    enable(port, listener, SOCK_NOTIFY_EVENT_IN, PERSISTENT_EDGE);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    take(port, SOCK_NOTIFY_EVENT_IN);
    CHECK((server = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    closesocket(client);
    client = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    take(port, SOCK_NOTIFY_EVENT_IN);
    closesocket(server);
    closesocket(client);
    closesocket(listener);
    CloseHandle(port);
}

TEST(notification_comes_for_a_hangup)
{
    HANDLE port = new_port();
    SOCKET pair[2];

    tcp_pair(pair);
    enable(port, pair[1], SOCK_NOTIFY_EVENT_HANGUP, ONESHOT_LEVEL);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    take(port, SOCK_NOTIFY_EVENT_HANGUP);
    close_all(pair, port);
}

TEST(notification_of_an_error_comes_unasked)
{
    struct linger linger = {1, 0};
    HANDLE port = new_port();
    SOCKET pair[2];

    tcp_pair(pair);
    enable(port, pair[1], SOCK_NOTIFY_EVENT_HANGUP, ONESHOT_LEVEL);
    setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger));
    closesocket(pair[0]);
    take(port, SOCK_NOTIFY_EVENT_HANGUP | SOCK_NOTIFY_EVENT_ERR);
    closesocket(pair[1]);
    CloseHandle(port);
}

TEST(notification_stops_while_disabled)
{
    HANDLE port = new_port();
    SOCKET pair[2];

    tcp_pair(pair);
    enable(port, pair[1], SOCK_NOTIFY_EVENT_IN, PERSISTENT_LEVEL);
    CHECK_INT(request(port, pair[1], SOCK_NOTIFY_OP_DISABLE, 0, 0), ERROR_SUCCESS);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    check_nothing(port);
    enable(port, pair[1], SOCK_NOTIFY_EVENT_IN, ONESHOT_LEVEL);
    take(port, SOCK_NOTIFY_EVENT_IN);
    remove_registration(port, pair[1]);
    close_all(pair, port);
}

TEST(notification_moves_to_another_port)
{
    HANDLE first = new_port(), second = new_port();
    SOCKET pair[2];

    tcp_pair(pair);
    enable(first, pair[1], SOCK_NOTIFY_EVENT_IN, PERSISTENT_LEVEL);
    enable(second, pair[1], SOCK_NOTIFY_EVENT_IN, ONESHOT_LEVEL);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    take(second, SOCK_NOTIFY_EVENT_IN);
    check_nothing(first);
    CloseHandle(first);
    close_all(pair, second);
}

TEST(notification_tells_of_the_end_when_the_socket_is_closed)
{
    HANDLE port = new_port();
    SOCKET pair[2];

    tcp_pair(pair);
    enable(port, pair[1], SOCK_NOTIFY_EVENT_IN, PERSISTENT_LEVEL);
    closesocket(pair[1]);
    take(port, SOCK_NOTIFY_EVENT_REMOVE);
    closesocket(pair[0]);
    CloseHandle(port);
}

TEST(notifications_registers_and_takes_in_one_call)
{
    SOCK_NOTIFY_REGISTRATION registrations[2];
    process_t process = process_notifications();
    HANDLE port = new_port();
    OVERLAPPED_ENTRY entry;
    UINT32 received = 0;
    SOCKET pair[2];

    tcp_pair(pair);
    registrations[0] = (SOCK_NOTIFY_REGISTRATION){
        pair[0], (void *)key, SOCK_NOTIFY_EVENT_OUT, SOCK_NOTIFY_OP_ENABLE, ONESHOT_LEVEL, 0xdead};
    registrations[1] = registrations[0];
    registrations[1].socket = INVALID_SOCKET;
    CHECK_INT(process(port, 2, registrations, 10000, 1, &entry, &received), ERROR_SUCCESS);
    CHECK_INT(registrations[0].registrationResult, ERROR_SUCCESS);
    CHECK_INT(registrations[1].registrationResult, WSAENOTSOCK);
    CHECK_INT(received, 1);
    CHECK_INT(entry.dwNumberOfBytesTransferred, SOCK_NOTIFY_EVENT_OUT);
    close_all(pair, port);
}

TEST(notifications_takes_other_packets_too)
{
    process_t process = process_notifications();
    HANDLE port = new_port();
    OVERLAPPED_ENTRY entry;
    UINT32 received = 0;

    CHECK(PostQueuedCompletionStatus(port, 11, 22, NULL));
    CHECK_INT(process(port, 0, NULL, 0, 1, &entry, &received), ERROR_SUCCESS);
    CHECK_INT(entry.lpCompletionKey, 22);
    CHECK_INT(entry.dwNumberOfBytesTransferred, 11);
    CHECK_INT(process(port, 0, NULL, 0, 1, &entry, &received), WAIT_TIMEOUT);
    CloseHandle(port);
}

TEST(notifications_refuses_bad_registrations)
{
    static const int triggers[] = {0,
                                   SOCK_NOTIFY_TRIGGER_LEVEL,
                                   SOCK_NOTIFY_TRIGGER_ONESHOT,
                                   ONESHOT_LEVEL | SOCK_NOTIFY_TRIGGER_EDGE,
                                   ONESHOT_LEVEL | SOCK_NOTIFY_TRIGGER_PERSISTENT,
                                   ONESHOT_LEVEL | 0x10};
    HANDLE port = new_port();
    SOCKET pair[2];
    unsigned int i;

    tcp_pair(pair);
    for (i = 0; i < sizeof(triggers) / sizeof(triggers[0]); i++)
        CHECK_INT(request(port, pair[0], SOCK_NOTIFY_OP_ENABLE, SOCK_NOTIFY_EVENT_OUT, triggers[i]),
                  WSAEINVAL);
    CHECK_INT(request(port, pair[0], SOCK_NOTIFY_OP_ENABLE, 0x10, ONESHOT_LEVEL), WSAEINVAL);
    CHECK_INT(request(port, pair[0], 3, SOCK_NOTIFY_EVENT_OUT, ONESHOT_LEVEL), WSAEINVAL);
    CHECK_INT(request(port, pair[0], SOCK_NOTIFY_OP_DISABLE, 0, 0), WSAEINVAL);
    CHECK_INT(request(port, pair[0], SOCK_NOTIFY_OP_REMOVE, 0, 0), WSAEINVAL);
    CHECK_INT(request(port, 0xabacab, SOCK_NOTIFY_OP_ENABLE, SOCK_NOTIFY_EVENT_OUT, ONESHOT_LEVEL),
              WSAENOTSOCK);
    CHECK_INT(request(port, pair[0], SOCK_NOTIFY_OP_NONE, 0, 0), ERROR_SUCCESS);
    check_nothing(port);
    close_all(pair, port);
}

TEST(notifications_refuses_bad_arguments)
{
    SOCK_NOTIFY_REGISTRATION registration = {0};
    process_t process = process_notifications();
    HANDLE port = new_port();
    OVERLAPPED_ENTRY entry;
    UINT32 received;

    CHECK_INT(process(port, 0, &registration, 0, 0, NULL, NULL), WSAEINVAL);
    CHECK_INT(process(port, 1, NULL, 0, 0, NULL, NULL), WSAEINVAL);
    CHECK_INT(process(port, 1, &registration, 1, 0, NULL, NULL), WSAEINVAL);
    CHECK_INT(process(port, 1, &registration, 0, 0, &entry, NULL), WSAEINVAL);
    CHECK_INT(process(port, 1, &registration, 0, 0, NULL, &received), WSAEINVAL);
    CHECK_INT(process(port, 0, NULL, 0, 1, NULL, &received), WSAEINVAL);
    CHECK_INT(process(port, 1, (SOCK_NOTIFY_REGISTRATION *)0xdeadbee0, 0, 0, NULL, NULL), WSAEFAULT);
    CHECK_INT(process((HANDLE)0xabacab, 1, &registration, 0, 0, NULL, NULL), WSAENOTSOCK);
    CHECK_INT(process(NULL, 1, &registration, 0, 0, NULL, NULL), WSAENOTSOCK);
    CloseHandle(port);
}

TEST(notifications_needs_startup)
{
    SOCK_NOTIFY_REGISTRATION registration = {0};
    process_t process = process_notifications();
    HANDLE port = new_port();
    WSADATA data;

    CHECK_INT(WSACleanup(), 0);
    CHECK_INT(process(port, 1, &registration, 0, 0, NULL, NULL), WSANOTINITIALISED);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
    CloseHandle(port);
}
