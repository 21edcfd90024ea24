/*
 * Binding, listening, connecting, and how connections end.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include <qos.h>

static struct sockaddr_in loopback(unsigned short port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons(port);
    return addr;
}

static SOCKET stream(void)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

    CHECK(s != INVALID_SOCKET);
    return s;
}

/* A port where nobody listens. */
static struct sockaddr_in closed_port(void)
{
    struct sockaddr_in addr;

    closesocket(tcp_listener(&addr));
    return addr;
}

/* Which of the three sets select finds the socket in: "rwe" and so on. */
static const char *ready(SOCKET s, int seconds)
{
    static char text[4];
    struct timeval timeout = {seconds, 0};
    fd_set sets[3];
    int i, len = 0;

    for (i = 0; i < 3; i++)
    {
        FD_ZERO(&sets[i]);
        FD_SET(s, &sets[i]);
    }
    CHECK(select(0, &sets[0], &sets[1], &sets[2], &timeout) >= 0);
    for (i = 0; i < 3; i++)
        if (FD_ISSET(s, &sets[i])) text[len++] = "rwe"[i];
    text[len] = 0;
    return text;
}

TEST(bind_gives_a_port)
{
    struct sockaddr_in addr = loopback(0);
    int len = sizeof(addr);
    SOCKET s = stream();

    CHECK_ERROR(getsockname(s, (struct sockaddr *)&addr, &len), WSAEINVAL);
    CHECK_INT(bind(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)&addr, &len), 0);
    CHECK_INT(len, sizeof(addr));
    CHECK_INT(addr.sin_family, AF_INET);
    CHECK(addr.sin_port != 0);
    CHECK_INT(ntohl(addr.sin_addr.s_addr), INADDR_LOOPBACK);
    CHECK_INT(closesocket(s), 0);
}

TEST(bind_to_ipv6)
{
    SOCKET s = socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6};
    int len = sizeof(addr);

    addr.sin6_addr.s6_addr[15] = 1;
    CHECK_INT(bind(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)&addr, &len), 0);
    CHECK_INT(len, sizeof(addr));
    CHECK_INT(addr.sin6_family, AF_INET6);
    CHECK(addr.sin6_port != 0);
    CHECK_INT(addr.sin6_addr.s6_addr[15], 1);
    CHECK_INT(closesocket(s), 0);
}

TEST(what_bind_refuses)
{
    struct sockaddr_in addr = loopback(0), taken, foreign = loopback(0);
    SOCKET s = stream(), other = tcp_listener(&taken);

    CHECK_ERROR(bind(s, NULL, sizeof(addr)), WSAEFAULT);
    CHECK_ERROR(bind(s, (struct sockaddr *)8, sizeof(addr)), WSAEFAULT);
    CHECK_ERROR(bind(s, (struct sockaddr *)&addr, sizeof(addr) - 1), WSAEFAULT);
    addr.sin_family = 0xdead;
    CHECK_ERROR(bind(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEAFNOSUPPORT);
    addr.sin_family = AF_INET;
    foreign.sin_addr.s_addr = inet_addr("192.0.2.1");
    CHECK_ERROR(bind(s, (struct sockaddr *)&foreign, sizeof(foreign)), WSAEADDRNOTAVAIL);
    CHECK_ERROR(bind(s, (struct sockaddr *)&taken, sizeof(taken)), WSAEADDRINUSE);
    CHECK_INT(bind(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_ERROR(bind(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEINVAL);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(other), 0);
}

TEST(listen_needs_a_bound_stream)
{
    SOCKET s = stream(), datagram, pair[2];

    CHECK_ERROR(listen(s, 1), WSAEINVAL);
    CHECK_INT(closesocket(s), 0);
    udp_bound(&datagram, NULL);
    CHECK_ERROR(listen(datagram, 1), WSAEOPNOTSUPP);
    CHECK_INT(closesocket(datagram), 0);
    tcp_pair(pair);
    CHECK_ERROR(listen(pair[0], 1), WSAEISCONN);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
    s = tcp_listener(NULL);
    CHECK_INT(listen(s, 1), 0);
    CHECK_INT(closesocket(s), 0);
}

TEST(connect_binds_and_names_both_ends)
{
    struct sockaddr_in listening, here, there, peer;
    SOCKET listener = tcp_listener(&listening), client = stream(), server;
    int len = sizeof(here);

    CHECK_ERROR(getpeername(client, (struct sockaddr *)&peer, &len), WSAENOTCONN);
    CHECK_INT(connect(client, (struct sockaddr *)&listening, sizeof(listening)), 0);
    CHECK_INT(getsockname(client, (struct sockaddr *)&here, &len), 0);
    CHECK_INT(getpeername(client, (struct sockaddr *)&peer, &len), 0);
    CHECK_INT(peer.sin_port, listening.sin_port);
    server = accept(listener, (struct sockaddr *)&there, &len);
    CHECK(server != INVALID_SOCKET);
    CHECK_INT(len, sizeof(there));
    CHECK_INT(there.sin_port, here.sin_port);
    CHECK_INT(getpeername(server, (struct sockaddr *)&peer, &len), 0);
    CHECK_INT(peer.sin_port, here.sin_port);
    CHECK_INT(closesocket(client), 0);
    CHECK_INT(closesocket(server), 0);
    CHECK_INT(closesocket(listener), 0);
}

TEST(names_need_room)
{
    struct sockaddr_in addr;
    SOCKET s = tcp_listener(NULL);
    int len = sizeof(addr) - 1;

    CHECK_ERROR(getsockname(s, (struct sockaddr *)&addr, &len), WSAEFAULT);
    CHECK_INT(len, sizeof(addr) - 1);
    len = sizeof(addr);
    CHECK_ERROR(getsockname(s, NULL, &len), WSAEFAULT);
    CHECK_ERROR(getsockname(s, (struct sockaddr *)&addr, NULL), WSAEFAULT);
    CHECK_ERROR(getpeername(s, (struct sockaddr *)&addr, &len), WSAENOTCONN);
    CHECK_INT(closesocket(s), 0);
}

TEST(nobody_listens)
{
    struct sockaddr_in addr = closed_port();
    SOCKET s = stream();

    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAECONNREFUSED);
    CHECK_INT(closesocket(s), 0);
}

TEST(what_connect_refuses)
{
    struct sockaddr_in listening, addr = loopback(0);
    SOCKET listener = tcp_listener(&listening), s = stream();

    CHECK_ERROR(connect(s, NULL, sizeof(addr)), WSAEFAULT);
    CHECK_ERROR(connect(s, (struct sockaddr *)&listening, sizeof(addr) - 1), WSAEFAULT);
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEADDRNOTAVAIL);
    addr = listening;
    addr.sin_family = 0xdead;
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEAFNOSUPPORT);
    CHECK_ERROR(connect(listener, (struct sockaddr *)&listening, sizeof(listening)), WSAEINVAL);
    CHECK_INT(connect(s, (struct sockaddr *)&listening, sizeof(listening)), 0);
    CHECK_ERROR(connect(s, (struct sockaddr *)&listening, sizeof(listening)), WSAEISCONN);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(listener), 0);
}

TEST(a_non_blocking_connect_ends_writable)
{
    struct sockaddr_in listening;
    SOCKET listener = tcp_listener(&listening), s = stream();

    set_blocking(s, FALSE);
    CHECK_ERROR(connect(s, (struct sockaddr *)&listening, sizeof(listening)), WSAEWOULDBLOCK);
    CHECK_STR(ready(s, 10), "w");
    CHECK_ERROR(connect(s, (struct sockaddr *)&listening, sizeof(listening)), WSAEISCONN);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(listener), 0);
}

TEST(a_refused_non_blocking_connect_ends_in_the_exceptions)
{
    struct sockaddr_in addr = closed_port();
    int error = 0, len = sizeof(error);
    SOCKET s = stream();

    set_blocking(s, FALSE);
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    CHECK_STR(ready(s, 10), "e");
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&error, &len), 0);
    CHECK_INT(error, WSAECONNREFUSED);
    CHECK_INT(closesocket(s), 0);
}

TEST(a_peer_has_its_name_while_it_is_connected_to)
{
    struct sockaddr_in addr = loopback(0), peer, refused = closed_port();
    SOCKET s = stream(), listener;
    int i, len = sizeof(peer);

    CHECK_ERROR(getpeername(s, (struct sockaddr *)&peer, &len), WSAENOTCONN);
    set_blocking(s, FALSE);
    listener = tcp_listener(&addr);
    CHECK_INT(listen(listener, 1), 0);
    /* the last ones find the queue full, and so go on connecting */
    for (i = 0; i < 8; i++)
    {
        SOCKET other = stream();

        set_blocking(other, FALSE);
        CHECK_ERROR(connect(other, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
        len = sizeof(peer);
        CHECK_INT(getpeername(other, (struct sockaddr *)&peer, &len), 0);
        CHECK_INT(peer.sin_port, addr.sin_port);
        CHECK_INT(peer.sin_addr.s_addr, addr.sin_addr.s_addr);
    }
    CHECK_ERROR(connect(s, (struct sockaddr *)&refused, sizeof(refused)), WSAEWOULDBLOCK);
    CHECK_STR(ready(s, 10), "e");
    len = sizeof(peer);
    CHECK_ERROR(getpeername(s, (struct sockaddr *)&peer, &len), WSAENOTCONN);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(listener), 0);
}

TEST(a_refused_socket_can_try_again)
{
    struct sockaddr_in addr = closed_port(), listening;
    SOCKET s = stream(), listener;

    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAECONNREFUSED);
    listener = tcp_listener(&listening);
    CHECK_INT(connect(s, (struct sockaddr *)&listening, sizeof(listening)), 0);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(listener), 0);
}

TEST(a_connected_datagram_socket_hears_its_peer_only)
{
    struct sockaddr_in here, peer_addr, none = {.sin_family = AF_INET};
    SOCKET s, peer, stranger;
    int len = sizeof(none);
    char text[8];

    udp_bound(&s, &here);
    udp_bound(&peer, &peer_addr);
    udp_bound(&stranger, NULL);
    CHECK_INT(connect(s, (struct sockaddr *)&peer_addr, sizeof(peer_addr)), 0);
    CHECK_INT(sendto(stranger, "no", 2, 0, (struct sockaddr *)&here, sizeof(here)), 2);
    CHECK_INT(sendto(peer, "yes", 3, 0, (struct sockaddr *)&here, sizeof(here)), 3);
    CHECK_INT(recv(s, text, sizeof(text), 0), 3);
    CHECK_INT(send(s, "back", 4, 0), 4);
    CHECK_INT(recv(peer, text, sizeof(text), 0), 4);

    /* the address 0.0.0.0:0 takes the connection back */
    CHECK_INT(connect(s, (struct sockaddr *)&none, sizeof(none)), 0);
    CHECK_ERROR(getpeername(s, (struct sockaddr *)&none, &len), WSAENOTCONN);
    CHECK_ERROR(send(s, "x", 1, 0), WSAENOTCONN);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(peer), 0);
    CHECK_INT(closesocket(stranger), 0);
}

TEST(connecting_a_datagram_socket_discards_what_others_had_sent)
{
    struct sockaddr_in here, peer_addr;
    SOCKET s, peer, stranger;
    char text[8];
    int i;

    udp_bound(&s, &here);
    udp_bound(&peer, &peer_addr);
    udp_bound(&stranger, NULL);
    set_blocking(s, FALSE);
    for (i = 0; i < 3; i++)
        CHECK_INT(sendto(stranger, "no", 2, 0, (struct sockaddr *)&here, sizeof(here)), 2);
    wait_readable(s);
    CHECK_INT(connect(s, (struct sockaddr *)&peer_addr, sizeof(peer_addr)), 0);
    CHECK_ERROR(recv(s, text, sizeof(text), 0), WSAEWOULDBLOCK);
    CHECK_INT(sendto(peer, "yes", 3, 0, (struct sockaddr *)&here, sizeof(here)), 3);
    wait_readable(s);
    CHECK_INT(recv(s, text, sizeof(text), 0), 3);
    closesocket(s);
    closesocket(peer);
    closesocket(stranger);
}

TEST(shutdown_of_sending_is_the_peers_end)
{
    SOCKET pair[2];
    char text[8];

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "last", 4, 0), 4);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAESHUTDOWN);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 4);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 0);
    CHECK_INT(send(pair[1], "answer", 6, 0), 6);
    CHECK_INT(recv(pair[0], text, sizeof(text), 0), 6);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(shutdown_of_receiving_refuses_receives)
{
    SOCKET pair[2];
    char text[8];

    tcp_pair(pair);
    CHECK_INT(shutdown(pair[0], SD_RECEIVE), 0);
    CHECK_ERROR(recv(pair[0], text, sizeof(text), 0), WSAESHUTDOWN);
    CHECK_INT(send(pair[0], "still", 5, 0), 5);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 5);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(what_shutdown_refuses)
{
    SOCKET s = stream(), pair[2];

    CHECK_ERROR(shutdown(s, SD_SEND), WSAENOTCONN);
    CHECK_INT(closesocket(s), 0);
    tcp_pair(pair);
    CHECK_ERROR(shutdown(pair[0], 77), WSAEINVAL);
    CHECK_INT(shutdown(pair[0], SD_BOTH), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
    CHECK_ERROR(shutdown(pair[0], SD_BOTH), WSAENOTSOCK);
}

TEST(a_hard_close_resets_the_connection)
{
    struct linger linger = {1, 0};
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_ERROR(recv(pair[1], &byte, 1, 0), WSAECONNRESET);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(a_close_that_loses_data_resets_the_connection)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK_INT(send(pair[1], "unread", 6, 0), 6);
    CHECK_STR(ready(pair[0], 10), "rw");
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_ERROR(recv(pair[1], &byte, 1, 0), WSAECONNRESET);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(a_port_is_free_again_at_once)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = stream(), server;

    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    server = accept(listener, NULL, NULL);
    CHECK_INT(closesocket(server), 0); /* this end waits in TIME_WAIT */
    CHECK_INT(closesocket(client), 0);
    CHECK_INT(closesocket(listener), 0);
    listener = stream();
    CHECK_INT(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(listen(listener, 1), 0);
    CHECK_INT(closesocket(listener), 0);
}

static DWORD WINAPI close_later(void *arg)
{
    Sleep(200);
    return closesocket(*(SOCKET *)arg);
}

TEST(closing_ends_a_blocking_accept)
{
    SOCKET listener = tcp_listener(NULL);
    HANDLE thread = CreateThread(NULL, 0, close_later, &listener, 0, NULL);
    DWORD code;

    CHECK_ERROR(accept(listener, NULL, NULL), WSAEINTR);
    WaitForSingleObject(thread, INFINITE);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_INT(code, 0);
    CloseHandle(thread);
}

TEST(a_connection_takes_no_data_along)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = socket(AF_INET, SOCK_STREAM, 0), datagram;
    char data[4] = "";
    WSABUF caller = {4, data}, callee = {4, data}, empty = {0, NULL};

#define CONNECT(s, caller, callee, sqos, gqos) \
    WSAConnect(s, (struct sockaddr *)&addr, sizeof(addr), caller, callee, sqos, gqos)
    CHECK_ERROR(CONNECT(s, &caller, NULL, NULL, NULL), WSAEPROTONOSUPPORT);
    CHECK_ERROR(CONNECT(s, (WSABUF *)16, NULL, NULL, NULL), WSAEFAULT);
    CHECK_ERROR(CONNECT(s, NULL, (WSABUF *)16, NULL, NULL), WSAEFAULT);
    CHECK_INT(CONNECT(s, &empty, &callee, NULL, NULL), 0);
    CHECK_INT(callee.len, 0);
    udp_bound(&datagram, NULL);
    callee.len = 4;
    CHECK_INT(CONNECT(datagram, &caller, &callee, NULL, NULL), 0);
    CHECK_INT(callee.len, 0);
    closesocket(datagram);
    closesocket(s);
    closesocket(listener);
}

TEST(a_connection_promises_no_quality_of_service)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = socket(AF_INET, SOCK_STREAM, 0);
    QOS qos = {0};

    CHECK_ERROR(CONNECT(s, NULL, NULL, (QOS *)16, NULL), WSAEFAULT);
    CHECK_ERROR(CONNECT(s, NULL, NULL, NULL, &qos), WSAEINVAL);
    qos.ReceivingFlowspec.ServiceType = SERVICETYPE_GUARANTEED;
    CHECK_ERROR(CONNECT(s, NULL, NULL, &qos, NULL), WSAEOPNOTSUPP);
    qos.ReceivingFlowspec.ServiceType = SERVICETYPE_BESTEFFORT;
    CHECK_INT(CONNECT(s, NULL, NULL, &qos, NULL), 0);
    closesocket(s);
    closesocket(listener);
}

TEST(disconnecting_takes_no_data_along)
{
    char data[4] = "";
    WSABUF buffer = {4, data};
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_ERROR(WSASendDisconnect(pair[0], (WSABUF *)16), WSAEFAULT);
    CHECK_ERROR(WSASendDisconnect(pair[0], &buffer), WSAENOPROTOOPT);
    CHECK_INT(send(pair[0], "data", 4, 0), 4); /* nothing has happened */
    CHECK_ERROR(WSARecvDisconnect(pair[1], (WSABUF *)16), WSAEFAULT);
    CHECK_INT(recv(pair[1], data, 4, 0), 4);
    CHECK_INT(WSARecvDisconnect(pair[1], &buffer), 0);
    CHECK_INT(buffer.len, 0);
    CHECK_INT(WSASendDisconnect(pair[0], &buffer), 0);
    close_pair(pair);
}

TEST(disconnect_calls_end_a_connection_gracefully)
{
    SOCKET pair[2];
    char text[8];

    tcp_pair(pair);
    CHECK_INT(WSASendDisconnect(pair[0], NULL), 0);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 0);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAESHUTDOWN);
    CHECK_INT(WSARecvDisconnect(pair[1], NULL), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}
