/*
 * WSAEventSelect and WSAEnumNetworkEvents: connections, data and room.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "event.h"

#define UNTOUCHED 0x5a5a5a5a

static BOOL is_nonblocking(SOCKET s)
{
    char buffer;

    return recv(s, &buffer, 1, 0) == SOCKET_ERROR && WSAGetLastError() == WSAEWOULDBLOCK;
}

TEST(event_comes_for_data_until_it_is_read)
{
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 1, FD_READ);
    char buffer[4];

    check_no_events(pair[1], event);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    take_events(pair[1], event, FD_READ);
    check_no_events(pair[1], event); /* not again before it is asked for */
    CHECK_INT(recv(pair[1], buffer, 2, 0), 2);
    take_events(pair[1], event, FD_READ); /* and there is more */
    CHECK_INT(recv(pair[1], buffer, 2, 0), 2);
    check_no_events(pair[1], event);
    close_selected(pair, event);
}

TEST(event_comes_for_room_once)
{
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 0, FD_WRITE);

    take_events(pair[0], event, FD_WRITE);
    check_no_events(pair[0], event);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    check_no_events(pair[0], event);
    close_selected(pair, event);
}

static void fill(SOCKET s)
{
    static char data[65536];

    while (send(s, data, sizeof(data), 0) > 0)
    {
    }
    CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
}

static void drain(SOCKET s)
{
    static char data[65536];
    int quiet = 0;

    set_blocking(s, FALSE);
    while (quiet < 10)
    {
        if (recv(s, data, sizeof(data), 0) > 0)
            quiet = 0;
        else
        {
            quiet++;
            Sleep(10);
        }
    }
}

TEST(event_comes_for_room_again_after_a_send_that_would_block)
{
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 0, FD_WRITE);

    take_events(pair[0], event, FD_WRITE);
    fill(pair[0]);
    drain(pair[1]);
    take_events(pair[0], event, FD_WRITE);
    close_selected(pair, event);
}

TEST(event_for_room_is_not_repeated_by_another_selection)
{
    SOCKET pair[2];
    WSAEVENT event;
    int i;

    for (i = 0; i < 5; i++)
    {
        tcp_pair(pair);
        event = selected(pair[0], FD_WRITE | FD_READ | FD_CLOSE);
        take_events(pair[0], event, FD_WRITE);
        fill(pair[0]);
        drain(pair[1]);
        take_events(pair[0], event, FD_WRITE);
        check_no_events(pair[0], event);
        CHECK_INT(WSAEventSelect(pair[0], event, 0), 0);
        CHECK_INT(WSAEventSelect(pair[0], event, FD_WRITE | FD_READ | FD_CLOSE), 0);
        CHECK_INT(WaitForSingleObject(event, 30), WAIT_TIMEOUT);
        check_no_events(pair[0], event);
        close_pair(pair);
        WSACloseEvent(event);
    }
}

/* Fills the stream up and forgets that it was told so: FD_WRITE was used up. */
static WSAEVENT full_stream_without_room_events(SOCKET pair[2])
{
    WSAEVENT event;
    u_long on = 1;

    tcp_pair(pair);
    CHECK_INT(ioctlsocket(pair[0], FIONBIO, &on), 0);
    fill(pair[0]);
    drain(pair[1]);
    event = selected(pair[0], FD_WRITE);
    take_events(pair[0], event, FD_WRITE);
    return event;
}

/* Until the stream takes no more, without a send that fails. */
static void fill_as_far_as_select_says(SOCKET s)
{
    static char data[1024];
    struct timeval no_time = {0, 0};
    fd_set write;

    for (;;)
    {
        FD_ZERO(&write);
        FD_SET(s, &write);
        if (!select(0, NULL, &write, NULL, &no_time)) break;
        CHECK(send(s, data, sizeof(data), 0) > 0);
    }
}

TEST(event_comes_for_room_again_after_select_has_found_none)
{
    SOCKET pair[2];
    WSAEVENT event = full_stream_without_room_events(pair);

    fill_as_far_as_select_says(pair[0]);
    drain(pair[1]);
    take_events(pair[0], event, FD_WRITE);
    close_selected(pair, event);
}

static void fill_as_far_as_poll_says(SOCKET s)
{
    static char data[1024];
    WSAPOLLFD fd = {s, POLLOUT, 0};

    while (WSAPoll(&fd, 1, 0)) CHECK(send(s, data, sizeof(data), 0) > 0);
}

TEST(event_comes_for_room_again_after_poll_has_found_none)
{
    SOCKET pair[2];
    WSAEVENT event = full_stream_without_room_events(pair);

    fill_as_far_as_poll_says(pair[0]);
    drain(pair[1]);
    take_events(pair[0], event, FD_WRITE);
    close_selected(pair, event);
}

TEST(event_select_makes_the_socket_nonblocking)
{
    SOCKET pair[2];
    u_long off = 0;
    WSAEVENT event;

    tcp_pair(pair);
    event = selected(pair[0], FD_READ);
    CHECK(is_nonblocking(pair[0]));
    CHECK_ERROR(ioctlsocket(pair[0], FIONBIO, &off), WSAEINVAL);
    CHECK_INT(WSAEventSelect(pair[0], NULL, 0), 0);
    CHECK(is_nonblocking(pair[0]));
    CHECK_INT(ioctlsocket(pair[0], FIONBIO, &off), 0);
    close_selected(pair, event);
}

TEST(event_select_of_nothing_makes_the_socket_nonblocking)
{
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[0], NULL, 0), 0);
    CHECK(is_nonblocking(pair[0]));
    close_pair(pair);
}

TEST(event_select_of_nothing_ignores_the_event)
{
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[0], (WSAEVENT)0xabacab, 0), 0);
    close_pair(pair);
}

TEST(event_select_refuses_what_is_no_event)
{
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_ERROR(WSAEventSelect(pair[0], NULL, FD_READ), WSAEINVAL);
    CHECK_ERROR(WSAEventSelect(pair[0], (WSAEVENT)0xabacab, FD_READ), WSAEINVAL);
    CHECK_ERROR(WSAEventSelect(pair[0], (WSAEVENT)pair[1], FD_READ), WSAEINVAL);
    close_pair(pair);
}

TEST(event_select_refuses_what_is_no_socket)
{
    WSAEVENT event = WSACreateEvent();
    SOCKET pair[2];

    tcp_pair(pair);
    close_pair(pair);
    CHECK_ERROR(WSAEventSelect(INVALID_SOCKET, event, FD_READ), WSAENOTSOCK);
    CHECK_ERROR(WSAEventSelect(0xabacab, event, FD_READ), WSAENOTSOCK);
    CHECK_ERROR(WSAEventSelect(pair[0], event, FD_READ), WSAENOTSOCK);
    CHECK_ERROR(WSAEventSelect((SOCKET)event, event, FD_READ), WSAENOTSOCK);
    WSACloseEvent(event);
}

TEST(event_select_replaces_what_was_selected)
{
    WSAEVENT first, second;
    SOCKET pair[2];

    tcp_pair(pair);
    first = selected(pair[1], FD_READ);
    second = selected(pair[1], FD_READ);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(WaitForSingleObject(second, 10000), WAIT_OBJECT_0);
    CHECK_INT(WaitForSingleObject(first, 0), WAIT_TIMEOUT);
    close_pair(pair);
    WSACloseEvent(first);
    WSACloseEvent(second);
}

TEST(events_are_kept_for_a_later_selection)
{
    WSANETWORKEVENTS events;
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 1, FD_READ);

    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_OOB), 0);
    CHECK_INT(WSAEnumNetworkEvents(pair[1], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, 0);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ | FD_OOB), 0);
    take_events(pair[1], event, FD_READ);
    close_selected(pair, event);
}

TEST(event_comes_for_a_connection)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0), server;
    WSAEVENT event = selected(listener, FD_ACCEPT | FD_READ);

    check_no_events(listener, event);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    take_events(listener, event, FD_ACCEPT);
    CHECK((server = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    check_no_events(listener, event);
    closesocket(server);
    closesocket(client);
    closesocket(listener);
    WSACloseEvent(event);
}

TEST(accepted_sockets_inherit_the_selection)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0), server;
    WSAEVENT event = selected(listener, FD_ACCEPT | FD_READ | FD_WRITE);

    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    take_events(listener, event, FD_ACCEPT);
    CHECK((server = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    take_events(server, event, FD_WRITE);
    CHECK_INT(send(client, "data", 4, 0), 4);
    take_events(server, event, FD_READ);
    CHECK(WSAEventSelect(server, NULL, 0) == 0);
    closesocket(server);
    closesocket(client);
    closesocket(listener);
    WSACloseEvent(event);
}

TEST(event_comes_for_a_finished_connect)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0);
    WSAEVENT event = selected(client, FD_CONNECT | FD_WRITE | FD_READ | FD_CLOSE);
    WSANETWORKEVENTS events;

    check_no_events(client, event);
    if (connect(client, (struct sockaddr *)&addr, sizeof(addr))) CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    events = take_events(client, event, FD_CONNECT | FD_WRITE);
    if (events.lNetworkEvents & FD_CONNECT) CHECK_INT(events.iErrorCode[FD_CONNECT_BIT], 0);
    check_no_events(client, event);
    closesocket(client);
    closesocket(listener);
    WSACloseEvent(event);
}

TEST(event_for_room_comes_with_the_one_for_a_finished_connect)
{
    struct sockaddr_in addr;
    WSANETWORKEVENTS events;
    SOCKET s, listener = tcp_listener(&addr);
    WSAEVENT event;
    int i;

    for (i = 0; i < 20; i++)
    {
        s = socket(AF_INET, SOCK_STREAM, 0);
        event = selected(s, FD_CONNECT | FD_WRITE | FD_CLOSE);
        CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
        CHECK_INT(WSAWaitForMultipleEvents(1, &event, TRUE, 10000, FALSE), WSA_WAIT_EVENT_0);
        CHECK_INT(WSAEnumNetworkEvents(s, event, &events), 0);
        CHECK_INT(events.lNetworkEvents, FD_CONNECT | FD_WRITE);
        check_no_events(s, event);
        closesocket(accept(listener, NULL, NULL));
        closesocket(s);
        WSACloseEvent(event);
    }
    closesocket(listener);
}

TEST(event_comes_for_a_failed_connect_with_its_error)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0);
    WSAEVENT event = selected(client, FD_CONNECT | FD_WRITE | FD_READ | FD_CLOSE);
    WSANETWORKEVENTS events;

    closesocket(listener);
    CHECK_ERROR(connect(client, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    events = take_events(client, event, FD_CONNECT);
    CHECK_INT(events.iErrorCode[FD_CONNECT_BIT], WSAECONNREFUSED);
    check_no_events(client, event);
    closesocket(client);
    WSACloseEvent(event);
}

TEST(event_comes_for_urgent_data)
{
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 1, FD_OOB | FD_READ);

    CHECK_INT(send(pair[0], "u", 1, MSG_OOB), 1);
    take_events(pair[1], event, FD_OOB);
    check_no_events(pair[1], event);
    close_selected(pair, event);
}

TEST(event_comes_again_for_more_data_before_the_first_are_read)
{
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 1, FD_CLOSE | FD_READ);
    char buffer[8];

    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    take_events(pair[1], event, FD_READ);
    check_no_events(pair[1], event);
    CHECK_INT(WSAEventSelect(pair[1], event, 0), 0);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_CLOSE | FD_READ), 0);
    check_no_events(pair[1], event);
    CHECK_INT(send(pair[0], "more", 4, 0), 4);
    take_events(pair[1], event, FD_READ);
    check_no_events(pair[1], event);
    CHECK_INT(recv(pair[1], buffer, 8, 0), 8);
    check_no_events(pair[1], event);
    CHECK_INT(send(pair[0], "last", 4, 0), 4);
    take_events(pair[1], event, FD_READ);
    CHECK_INT(recv(pair[1], buffer, 8, 0), 4);
    check_no_events(pair[1], event);
    close_selected(pair, event);
}

TEST(event_comes_again_for_another_connection_before_the_first_is_accepted)
{
    SOCKET listener, clients[2], accepted[2];
    struct sockaddr_in addr;
    WSAEVENT event;
    int i;

    listener = tcp_listener(&addr);
    event = selected(listener, FD_ACCEPT);
    for (i = 0; i < 2; i++)
    {
        clients[i] = socket(AF_INET, SOCK_STREAM, 0);
        CHECK_INT(connect(clients[i], (struct sockaddr *)&addr, sizeof(addr)), 0);
        take_events(listener, event, FD_ACCEPT);
        check_no_events(listener, event);
    }
    CHECK((accepted[0] = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    take_events(listener, event, FD_ACCEPT);
    CHECK((accepted[1] = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    check_no_events(listener, event);
    close_pair(clients);
    close_pair(accepted);
    closesocket(listener);
    WSACloseEvent(event);
}

TEST(event_comes_for_datagrams)
{
    struct sockaddr_in addr;
    WSAEVENT event;
    char buffer;
    SOCKET s;

    udp_bound(&s, &addr);
    event = selected(s, FD_READ | FD_WRITE);
    take_events(s, event, FD_WRITE);
    CHECK_INT(sendto(s, "d", 1, 0, (struct sockaddr *)&addr, sizeof(addr)), 1);
    take_events(s, event, FD_READ);
    CHECK_INT(recv(s, &buffer, 1, 0), 1);
    check_no_events(s, event);
    closesocket(s);
    WSACloseEvent(event);
}

TEST(event_comes_for_room_of_a_datagram_socket_once_it_has_a_name)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    WSAEVENT event = selected(s, FD_READ | FD_WRITE);

    check_no_events(s, event);
    CHECK_INT(bind(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    take_events(s, event, FD_WRITE);
    check_no_events(s, event);
    closesocket(s);
    WSACloseEvent(event);
}

TEST(event_comes_for_room_of_a_datagram_socket_after_its_first_send)
{
    struct sockaddr_in addr;
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0), other;
    WSAEVENT event = selected(s, FD_READ | FD_WRITE);

    udp_bound(&other, &addr);
    CHECK_INT(sendto(s, "d", 1, 0, (struct sockaddr *)&addr, sizeof(addr)), 1);
    take_events(s, event, FD_WRITE);
    closesocket(s);
    closesocket(other);
    WSACloseEvent(event);
}

TEST(event_comes_for_a_connected_datagram_socket)
{
    struct sockaddr_in addr;
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0), other;
    WSAEVENT event = selected(s, FD_READ | FD_WRITE | FD_CONNECT);
    WSANETWORKEVENTS events;

    udp_bound(&other, &addr);
    CHECK_INT(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    events = take_events(s, event, FD_CONNECT | FD_WRITE);
    if (events.lNetworkEvents & FD_CONNECT) CHECK_INT(events.iErrorCode[FD_CONNECT_BIT], 0);
    check_no_events(s, event);
    closesocket(s);
    closesocket(other);
    WSACloseEvent(event);
}

TEST(enum_events_writes_no_error_of_what_did_not_happen)
{
    WSANETWORKEVENTS events;
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 0, FD_READ | FD_WRITE);
    int i;

    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    memset(&events, 0x5a, sizeof(events));
    CHECK_INT(WSAEnumNetworkEvents(pair[0], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_WRITE);
    for (i = 0; i < FD_MAX_EVENTS; i++) CHECK_INT(events.iErrorCode[i], i == FD_WRITE_BIT ? 0 : UNTOUCHED);
    close_selected(pair, event);
}

TEST(enum_events_resets_the_event_only_if_it_is_given)
{
    WSANETWORKEVENTS events;
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 0, FD_WRITE);

    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(pair[0], NULL, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_WRITE);
    CHECK_INT(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(pair[0], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, 0);
    CHECK_INT(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    close_selected(pair, event);
}

TEST(enum_events_errors)
{
    WSANETWORKEVENTS events;
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 0, FD_WRITE);

    CHECK_ERROR(WSAEnumNetworkEvents(INVALID_SOCKET, NULL, &events), WSAENOTSOCK);
    CHECK_ERROR(WSAEnumNetworkEvents((SOCKET)event, NULL, &events), WSAENOTSOCK);
    CHECK_ERROR(WSAEnumNetworkEvents(pair[0], event, NULL), WSAEFAULT);
    CHECK_ERROR(WSAEnumNetworkEvents(pair[0], event, (WSANETWORKEVENTS *)0xdeadbee0), WSAEFAULT);
    CHECK_ERROR(WSAEnumNetworkEvents(pair[0], (WSAEVENT)0xabacab, &events), WSAEINVAL);
    take_events(pair[0], event, FD_WRITE); /* none of these took it */
    close_selected(pair, event);
}

TEST(event_select_needs_startup)
{
    WSANETWORKEVENTS events;
    WSAEVENT event = WSACreateEvent();
    SOCKET pair[2];
    WSADATA data;

    tcp_pair(pair);
    CHECK_INT(WSACleanup(), 0);
    CHECK_ERROR(WSAEventSelect(pair[0], event, FD_READ), WSANOTINITIALISED);
    CHECK_ERROR(WSAEnumNetworkEvents(pair[0], event, &events), WSANOTINITIALISED);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
    WSACloseEvent(event);
}
