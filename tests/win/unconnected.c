/*
 * What sockets say that are not bound or not connected yet, and connecting again.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

TEST(receiving_on_an_unbound_datagram_socket_is_invalid)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    char buffer[4];

    CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAEINVAL);
    closesocket(s);
}

TEST(sending_without_an_address_on_an_unconnected_datagram_socket_misses_a_connection)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);

    CHECK_ERROR(send(s, "data", 4, 0), WSAENOTCONN);
    closesocket(s);
}

TEST(a_stream_that_is_not_connected_says_so_blocking_or_not)
{
    u_long on;

    for (on = 0; on < 2; on++)
    {
        SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
        char buffer[4];

        CHECK_INT(ioctlsocket(s, FIONBIO, &on), 0);
        CHECK_ERROR(recv(s, buffer, sizeof(buffer), 0), WSAENOTCONN);
        CHECK_ERROR(send(s, buffer, sizeof(buffer), 0), WSAENOTCONN);
        closesocket(s);
    }
}

TEST(a_refused_socket_can_connect_again_at_once)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = socket(AF_INET, SOCK_STREAM, 0);

    closesocket(listener);
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAECONNREFUSED);
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAECONNREFUSED);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(listen(listener, 1), 0);
    CHECK_INT(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    closesocket(s);
    closesocket(listener);
}

TEST(a_duplicate_of_an_unbound_socket_stays_unbound)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0), copy;
    WSAPROTOCOL_INFOW info;
    char buffer[4];

    CHECK_INT(WSADuplicateSocketW(s, GetCurrentProcessId(), &info), 0);
    copy = WSASocketW(0, 0, 0, &info, 0, 0);
    CHECK(copy != INVALID_SOCKET);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_ERROR(recv(copy, buffer, sizeof(buffer), 0), WSAEINVAL);
    closesocket(copy);
    closesocket(s);
}

TEST(receiving_into_no_buffers_overlapped_is_invalid)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    DWORD flags = 0;
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_ERROR(WSARecv(pair[0], NULL, 0, NULL, &flags, &overlapped, NULL), WSAEINVAL);
    closesocket(pair[0]);
    closesocket(pair[1]);
    CloseHandle(overlapped.hEvent);
}
