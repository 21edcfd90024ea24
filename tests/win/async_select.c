/*
 * WSAAsyncSelect: network events as window messages.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "window.h"

TEST(message_comes_for_data_until_it_is_read)
{
    SOCKET pair[2];
    char buffer[4];
    HWND window;

    tcp_pair(pair);
    window = selected(pair[1], FD_READ);
    check_no_message(window);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(take_message(window, pair[1], FD_READ), 0);
    check_no_message(window);
    CHECK_INT(recv(pair[1], buffer, 2, 0), 2);
    CHECK_INT(take_message(window, pair[1], FD_READ), 0);
    CHECK_INT(recv(pair[1], buffer, 2, 0), 2);
    check_no_message(window);
    close_pair(pair);
    DestroyWindow(window);
}

TEST(message_comes_again_for_data_after_a_receive_that_faults)
{
    SOCKET pair[2];
    HWND window;

    tcp_pair(pair);
    window = selected(pair[1], FD_READ);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(take_message(window, pair[1], FD_READ), 0);
    CHECK_ERROR(recv(pair[1], (char *)0xdeadbee0, 4, 0), WSAEFAULT);
    CHECK_INT(take_message(window, pair[1], FD_READ), 0);
    check_no_message(window);
    close_pair(pair);
    DestroyWindow(window);
}

TEST(message_comes_for_room_at_each_selection)
{
    SOCKET pair[2];
    HWND window;

    tcp_pair(pair);
    window = selected(pair[0], FD_WRITE);
    CHECK_INT(take_message(window, pair[0], FD_WRITE), 0);
    check_no_message(window);
    CHECK_INT(WSAAsyncSelect(pair[0], window, MESSAGE, FD_WRITE), 0);
    CHECK_INT(take_message(window, pair[0], FD_WRITE), 0);
    check_no_message(window);
    close_pair(pair);
    DestroyWindow(window);
}

TEST(message_comes_for_room_again_after_select_has_found_none)
{
    static char data[65536];
    struct timeval no_time = {0, 0};
    u_long on = 1;
    SOCKET pair[2];
    HWND window;
    fd_set write;
    MSG message;
    int tries;

    tcp_pair(pair);
    CHECK_INT(ioctlsocket(pair[1], FIONBIO, &on), 0);
    window = selected(pair[0], FD_WRITE);
    CHECK_INT(take_message(window, pair[0], FD_WRITE), 0);
    for (;;)
    {
        FD_ZERO(&write);
        FD_SET(pair[0], &write);
        if (!select(0, NULL, &write, NULL, &no_time)) break;
        CHECK(send(pair[0], data, 1024, 0) > 0);
    }
    for (tries = 0; tries < 500 && !next_message(window, &message, 10); tries++)
        while (recv(pair[1], data, sizeof(data), 0) > 0)
        {
        }
    CHECK(tries < 500);
    CHECK_INT(message.lParam, FD_WRITE);
    close_pair(pair);
    DestroyWindow(window);
}

TEST(message_comes_for_room_of_a_datagram_socket_at_once_and_on_connect)
{
    struct sockaddr_in addr;
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0), other;
    HWND window = selected(s, FD_READ | FD_WRITE | FD_CONNECT);

    CHECK_INT(take_message(window, s, FD_WRITE), 0);
    check_no_message(window);
    udp_bound(&other, &addr);
    CHECK_INT(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(take_message(window, s, FD_WRITE), 0);
    check_no_message(window);
    closesocket(s);
    closesocket(other);
    DestroyWindow(window);
}

TEST(message_comes_for_a_connection)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0), server;
    HWND window = selected(listener, FD_ACCEPT | FD_WRITE);

    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(take_message(window, listener, FD_ACCEPT), 0);
    CHECK((server = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    CHECK_INT(take_message(window, server, FD_WRITE), 0); /* the selection was inherited */
    check_no_message(window);
    closesocket(server);
    closesocket(client);
    closesocket(listener);
    DestroyWindow(window);
}

TEST(message_comes_for_a_finished_connect_before_the_one_for_room)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0);
    HWND window = selected(client, FD_CONNECT | FD_WRITE);

    if (connect(client, (struct sockaddr *)&addr, sizeof(addr))) CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    CHECK_INT(take_message(window, client, FD_CONNECT), 0);
    CHECK_INT(take_message(window, client, FD_WRITE), 0);
    check_no_message(window);
    closesocket(client);
    closesocket(listener);
    DestroyWindow(window);
}

TEST(message_comes_for_a_failed_connect_with_its_error)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0);
    HWND window = selected(client, FD_CONNECT | FD_WRITE);

    closesocket(listener);
    CHECK_ERROR(connect(client, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    CHECK_INT(take_message(window, client, FD_CONNECT), WSAECONNREFUSED);
    check_no_message(window);
    closesocket(client);
    DestroyWindow(window);
}

TEST(message_comes_for_urgent_data)
{
    SOCKET pair[2];
    HWND window;

    tcp_pair(pair);
    window = selected(pair[1], FD_OOB | FD_READ);
    CHECK_INT(send(pair[0], "u", 1, MSG_OOB), 1);
    CHECK_INT(take_message(window, pair[1], FD_OOB), 0);
    check_no_message(window);
    close_pair(pair);
    DestroyWindow(window);
}

TEST(message_comes_for_the_end_of_a_stream)
{
    SOCKET pair[2];
    HWND window;

    tcp_pair(pair);
    window = selected(pair[1], FD_CLOSE | FD_READ);
    closesocket(pair[0]);
    CHECK_INT(take_message(window, pair[1], FD_CLOSE), 0);
    check_no_message(window);
    closesocket(pair[1]);
    DestroyWindow(window);
}

TEST(message_comes_for_the_end_of_a_stream_after_those_for_its_data)
{
    char buffer[4];
    SOCKET pair[2];
    HWND window;
    int i;

    for (i = 0; i < 20; i++)
    {
        tcp_pair(pair);
        window = selected(pair[1], FD_CLOSE | FD_READ);
        CHECK_INT(send(pair[0], "data", 4, 0), 4);
        closesocket(pair[0]);
        CHECK_INT(take_message(window, pair[1], FD_READ), 0);
        CHECK_INT(take_message(window, pair[1], FD_CLOSE), 0);
        CHECK_INT(recv(pair[1], buffer, 2, 0), 2);
        CHECK_INT(take_message(window, pair[1], FD_READ), 0);
        CHECK_INT(recv(pair[1], buffer, 4, 0), 2);
        closesocket(pair[1]);
        DestroyWindow(window);
    }
}

TEST(message_comes_for_a_reset_with_its_error_at_each_selection)
{
    struct linger linger = {1, 0};
    SOCKET pair[2];
    HWND window;

    tcp_pair(pair);
    window = selected(pair[1], FD_CLOSE | FD_READ);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    closesocket(pair[0]);
    CHECK_INT(take_message(window, pair[1], FD_CLOSE), WSAECONNABORTED);
    check_no_message(window);
    CHECK_INT(WSAAsyncSelect(pair[1], window, MESSAGE, FD_CLOSE | FD_READ), 0);
    CHECK_INT(take_message(window, pair[1], FD_CLOSE), WSAECONNABORTED);
    check_no_message(window);
    closesocket(pair[1]);
    DestroyWindow(window);
}

TEST(message_comes_for_a_socket_that_is_closed_with_close_handle)
{
    SOCKET pair[2];
    HWND window;
    MSG message;

    tcp_pair(pair);
    window = selected(pair[1], FD_CLOSE | FD_READ);
    CHECK(CloseHandle((HANDLE)pair[1]));
    CHECK(next_message(window, &message, 10000));
    CHECK_INT(message.wParam, pair[1]);
    CHECK_INT(message.lParam, FD_CLOSE);
    check_no_message(window);
    /* closesocket is the program's own doing */
    closesocket(pair[0]);
    tcp_pair(pair);
    CHECK_INT(WSAAsyncSelect(pair[1], window, MESSAGE, FD_CLOSE | FD_READ), 0);
    closesocket(pair[1]);
    check_no_message(window);
    closesocket(pair[0]);
    DestroyWindow(window);
}

TEST(async_select_makes_the_socket_nonblocking)
{
    SOCKET pair[2];
    u_long off = 0;
    char buffer;
    HWND window;

    tcp_pair(pair);
    window = selected(pair[0], FD_READ);
    CHECK_ERROR(recv(pair[0], &buffer, 1, 0), WSAEWOULDBLOCK);
    CHECK_ERROR(ioctlsocket(pair[0], FIONBIO, &off), WSAEINVAL);
    CHECK_INT(WSAAsyncSelect(pair[0], window, 0, 0), 0);
    CHECK_ERROR(recv(pair[0], &buffer, 1, 0), WSAEWOULDBLOCK);
    CHECK_INT(ioctlsocket(pair[0], FIONBIO, &off), 0);
    close_pair(pair);
    DestroyWindow(window);
}

TEST(async_select_of_nothing_ends_the_messages)
{
    SOCKET pair[2];
    HWND window;

    tcp_pair(pair);
    window = selected(pair[1], FD_READ);
    CHECK_INT(WSAAsyncSelect(pair[1], NULL, 0, 0), 0);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    check_no_message(window);
    close_pair(pair);
    DestroyWindow(window);
}

TEST(async_and_event_select_replace_each_other)
{
    WSAEVENT event = WSACreateEvent();
    SOCKET pair[2];
    char buffer[4];
    HWND window;

    tcp_pair(pair);
    window = selected(pair[1], FD_READ);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ), 0);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    check_no_message(window);
    CHECK_INT(recv(pair[1], buffer, 4, 0), 4);

    CHECK_INT(WSAAsyncSelect(pair[1], window, MESSAGE, FD_READ), 0);
    ResetEvent(event);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(take_message(window, pair[1], FD_READ), 0);
    CHECK_INT(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    close_pair(pair);
    WSACloseEvent(event);
    DestroyWindow(window);
}

TEST(async_select_errors)
{
    HWND window = new_window();
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_ERROR(WSAAsyncSelect(INVALID_SOCKET, window, MESSAGE, FD_READ), WSAENOTSOCK);
    CHECK_ERROR(WSAAsyncSelect(0xabacab, window, MESSAGE, FD_READ), WSAENOTSOCK);
    CHECK_ERROR(WSAAsyncSelect(pair[0], NULL, MESSAGE, FD_READ), WSAEINVAL);
    CHECK_ERROR(WSAAsyncSelect(pair[0], (HWND)0xabacab, MESSAGE, FD_READ), WSAEINVAL);
    DestroyWindow(window);
    CHECK_ERROR(WSAAsyncSelect(pair[0], window, MESSAGE, FD_READ), WSAEINVAL);
    close_pair(pair);
}

TEST(async_select_needs_startup)
{
    HWND window = new_window();
    SOCKET pair[2];
    WSADATA data;

    tcp_pair(pair);
    CHECK_INT(WSACleanup(), 0);
    CHECK_ERROR(WSAAsyncSelect(pair[0], window, MESSAGE, FD_READ), WSANOTINITIALISED);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
    DestroyWindow(window);
}

static void send_to_nobody(SOCKET s)
{
    struct sockaddr_in addr;
    SOCKET other;

    udp_bound(&other, &addr);
    closesocket(other);
    CHECK_INT(sendto(s, "x", 1, 0, (struct sockaddr *)&addr, sizeof(addr)), 1);
}

TEST(message_comes_for_a_port_unreachable_and_is_no_close)
{
    char buffer[4];
    HWND window;
    SOCKET s;
    int i;

    udp_bound(&s, NULL);
    window = selected(s, FD_READ | FD_CLOSE);
    for (i = 0; i < 2; i++)
    {
        send_to_nobody(s);
        CHECK_INT(take_message(window, s, FD_READ), 0);
        CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAECONNRESET);
        CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAEWOULDBLOCK);
    }
    closesocket(s);
    DestroyWindow(window);
}
