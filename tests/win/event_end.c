/*
 * WSAEventSelect's FD_CLOSE, and selected sockets that are closed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "event.h"

/* Not in the socket's buffers, but so that the socket must have heard of it. */
static void settle(void)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 1);
    close_pair(pair);
    Sleep(50);
}

TEST(event_comes_for_the_end_of_a_stream)
{
    WSANETWORKEVENTS events;
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 1, FD_CLOSE | FD_READ);

    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    events = take_events(pair[1], event, FD_CLOSE);
    CHECK_INT(events.iErrorCode[FD_CLOSE_BIT], 0);
    check_no_events(pair[1], event);
    close_selected(pair, event);
}

TEST(event_comes_for_a_reset_with_its_error)
{
    struct linger linger = {1, 0};
    WSANETWORKEVENTS events;
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 1, FD_CLOSE | FD_READ);

    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    closesocket(pair[0]);
    events = take_events(pair[1], event, FD_CLOSE);
    CHECK_INT(events.iErrorCode[FD_CLOSE_BIT], WSAECONNABORTED);
    closesocket(pair[1]);
    WSACloseEvent(event);
}

TEST(event_comes_for_the_end_of_a_stream_before_its_data_are_read)
{
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 1, FD_CLOSE | FD_READ);
    char buffer[8];

    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    take_events(pair[1], event, FD_READ);
    closesocket(pair[0]);
    take_events(pair[1], event, FD_CLOSE);
    CHECK_INT(recv(pair[1], buffer, 2, 0), 2);
    take_events(pair[1], event, FD_READ);
    CHECK_INT(recv(pair[1], buffer, 8, 0), 2);
    check_no_events(pair[1], event);
    CHECK_INT(recv(pair[1], buffer, 8, 0), 0);
    check_no_events(pair[1], event);
    closesocket(pair[1]);
    WSACloseEvent(event);
}

TEST(event_comes_for_the_end_of_a_stream_after_both_directions_were_shut_down_here)
{
    WSANETWORKEVENTS events;
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 1, FD_CLOSE | FD_READ);

    CHECK_INT(shutdown(pair[1], SD_BOTH), 0);
    check_no_events(pair[1], event);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    events = take_events(pair[1], event, FD_CLOSE);
    CHECK_INT(events.iErrorCode[FD_CLOSE_BIT], 0);
    check_no_events(pair[1], event);
    close_selected(pair, event);
}

TEST(event_comes_once_for_the_end_of_a_stream_however_often_it_is_selected)
{
    SOCKET pair[2];
    WSAEVENT event;

    tcp_pair(pair);
    closesocket(pair[0]);
    settle();
    event = selected(pair[1], FD_READ);
    check_no_events(pair[1], event);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ | FD_CLOSE), 0);
    /* not taken yet */
    CHECK_INT(WSAEventSelect(pair[1], event, FD_CLOSE), 0);
    take_events(pair[1], event, FD_CLOSE);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ | FD_CLOSE), 0);
    check_no_events(pair[1], event);
    closesocket(pair[1]);
    WSACloseEvent(event);
}

TEST(no_event_of_an_end_comes_for_what_never_was_connected)
{
    struct sockaddr_in addr;
    WSANETWORKEVENTS events;
    SOCKET s, pair[2];
    WSAEVENT event;
    char byte;

    closesocket(tcp_listener(&addr));
    s = socket(AF_INET, SOCK_STREAM, 0);
    event = selected(s, FD_CLOSE | FD_CONNECT);
    check_no_events(s, event);
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    events = take_events(s, event, FD_CONNECT);
    CHECK_INT(events.iErrorCode[FD_CONNECT_BIT], WSAECONNREFUSED);
    check_no_events(s, event);
    /* the same socket, connected at last */
    pair[1] = tcp_listener(&addr);
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    take_events(s, event, FD_CONNECT);
    CHECK((pair[0] = accept(pair[1], NULL, NULL)) != INVALID_SOCKET);
    CHECK_INT(send(s, "x", 1, 0), 1);
    CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
    close_pair(pair);
    take_events(s, event, FD_CLOSE);
    closesocket(s);
    WSACloseEvent(event);
}

TEST(closing_a_selected_socket_ends_its_connection)
{
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 1, FD_CLOSE | FD_READ);
    char byte;

    closesocket(pair[1]);
    CHECK_INT(recv(pair[0], &byte, 1, 0), 0);
    closesocket(pair[0]);

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_CLOSE | FD_READ), 0);
    CHECK(CloseHandle((HANDLE)pair[1]));
    CHECK_INT(recv(pair[0], &byte, 1, 0), 0);
    closesocket(pair[0]);
    WSACloseEvent(event);
}

TEST(accepted_sockets_inherit_the_events_of_their_end)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s, accepted;
    WSAEVENT event = selected(listener, FD_ACCEPT | FD_CLOSE | FD_READ);
    WSANETWORKEVENTS events;

    s = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    take_events(listener, event, FD_ACCEPT);
    CHECK((accepted = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    check_no_events(accepted, event);
    CHECK_INT(send(s, "data", 4, 0), 4);
    take_events(accepted, event, FD_READ);
    closesocket(s);
    events = take_events(accepted, event, FD_CLOSE);
    CHECK_INT(events.iErrorCode[FD_CLOSE_BIT], 0);
    check_no_events(listener, event);
    closesocket(accepted);
    closesocket(listener);
    WSACloseEvent(event);
}

/* Makes, selects, uses and closes pairs, in every way there is to close. */
static DWORD WINAPI come_and_go(void *context)
{
    int way = *(int *)context, i;
    WSAEVENT event = WSACreateEvent();
    struct linger hard = {1, 0};
    WSANETWORKEVENTS events;
    SOCKET pair[2];
    char byte;

    for (i = 0; i < 50; i++)
    {
        tcp_pair(pair);
        if (WSAEventSelect(pair[0], event, FD_READ | FD_CLOSE | FD_WRITE)) return 1;
        if (WSAEventSelect(pair[1], event, FD_READ | FD_CLOSE)) return 2;
        if (i % 3 == 1 && send(pair[1], "x", 1, 0) != 1) return 3;
        if (i % 3 == 2) setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof(hard));
        if ((way + i) % 2 ? closesocket(pair[0]) : !CloseHandle((HANDLE)pair[0])) return 4;
        for (events.lNetworkEvents = 0; !(events.lNetworkEvents & FD_CLOSE);)
        {
            if (WSAWaitForMultipleEvents(1, &event, TRUE, 10000, FALSE) != WSA_WAIT_EVENT_0) return 5;
            if (WSAEnumNetworkEvents(pair[1], event, &events)) return 6;
        }
        if (recv(pair[1], &byte, 1, 0) > 0) return 7;
        if (closesocket(pair[1])) return 8;
    }
    WSACloseEvent(event);
    return 0;
}

TEST(selections_come_and_go_with_their_sockets_in_many_threads)
{
    int ways[4] = {0, 1, 2, 3}, i;
    HANDLE threads[4];
    DWORD code;

    for (i = 0; i < 4; i++) threads[i] = CreateThread(NULL, 0, come_and_go, &ways[i], 0, NULL);
    CHECK_INT(WaitForMultipleObjects(4, threads, TRUE, INFINITE), WAIT_OBJECT_0);
    for (i = 0; i < 4; i++)
    {
        CHECK(GetExitCodeThread(threads[i], &code));
        CHECK_INT(code, 0);
        CloseHandle(threads[i]);
    }
}
