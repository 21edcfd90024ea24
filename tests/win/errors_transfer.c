/*
 * The errors of connecting, sending and receiving that come of a socket's state.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "errors.h"

#include "extensions.h"

#ifndef TCP_MAXRT
#define TCP_MAXRT 5
#endif

static char text[65536];
static WSABUF buffer = {1, text};
static DWORD count, flags;

static SOCKET datagram_socket(void)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);

    CHECK(s != INVALID_SOCKET);
    return s;
}

static void hard_close(SOCKET s)
{
    struct linger hard = {1, 0};

    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof(hard)), 0);
    CHECK_INT(closesocket(s), 0);
}

static void set_option(SOCKET s, int level, int name, int value)
{
    CHECK_INT(setsockopt(s, level, name, (char *)&value, sizeof(value)), 0);
}

static struct sockaddr_in everybody(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(9)};

    addr.sin_addr.s_addr = INADDR_BROADCAST;
    return addr;
}

TEST(broadcasts_need_permission)
{
    struct sockaddr_in to = everybody();
    SOCKET s = datagram_socket();

    CHECK_ERROR(sendto(s, text, 1, 0, (SOCKADDR *)&to, sizeof(to)), WSAEACCES);
    CHECK_ERROR(WSASendTo(s, &buffer, 1, &count, 0, (SOCKADDR *)&to, sizeof(to), NULL, NULL), WSAEACCES);
    set_option(s, SOL_SOCKET, SO_BROADCAST, TRUE);
    CHECK_INT(connect(s, (SOCKADDR *)&to, sizeof(to)), 0);
    CHECK_INT(closesocket(s), 0);
}

TEST(connecting_to_everybody_needs_no_permission)
{
    struct sockaddr_in to = everybody();
    int value = 1, len = sizeof(value);
    SOCKET s = datagram_socket();

    CHECK_INT(connect(s, (SOCKADDR *)&to, sizeof(to)), 0);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_BROADCAST, (char *)&value, &len), 0);
    CHECK_INT(value, 0);
    CHECK_ERROR(sendto(s, text, 1, 0, (SOCKADDR *)&to, sizeof(to)), WSAEACCES);
    CHECK_INT(send(s, text, 1, 0), 1);
    CHECK_INT(WSAConnect(s, (SOCKADDR *)&to, sizeof(to), NULL, NULL, NULL, NULL), 0);
    CHECK_INT(closesocket(s), 0);
}

TEST(datagrams_have_a_largest_size)
{
    struct sockaddr_in to;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK_ERROR(sendto(s, text, 65508, 0, (SOCKADDR *)&to, sizeof(to)), WSAEMSGSIZE);
    CHECK_INT(connect(s, (SOCKADDR *)&to, sizeof(to)), 0);
    CHECK_ERROR(send(s, text, 65508, 0), WSAEMSGSIZE);
    buffer.len = 65508;
    CHECK_ERROR(WSASend(s, &buffer, 1, &count, 0, NULL, NULL), WSAEMSGSIZE);
    buffer.len = 1;
    CHECK_INT(send(s, text, 65507, 0), 65507);
    CHECK_ERROR(recv(s, text, 100, 0), WSAEMSGSIZE);
    CHECK_INT(closesocket(s), 0);
}

TEST(datagrams_need_a_destination)
{
    struct sockaddr_in to, nowhere;
    struct sockaddr_in6 other = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
    SOCKET s = datagram_socket(), peer;

    udp_bound(&peer, &to);
    other.sin6_addr.s6_addr[15] = 1;
    CHECK_ERROR(send(s, text, 1, 0), WSAENOTCONN);
    CHECK_ERROR(sendto(s, text, 1, 0, NULL, 0), WSAENOTCONN);
    CHECK_ERROR(WSASend(s, &buffer, 1, &count, 0, NULL, NULL), WSAENOTCONN);
    nowhere = to;
    nowhere.sin_port = 0;
    CHECK_ERROR(sendto(s, text, 1, 0, (SOCKADDR *)&nowhere, sizeof(nowhere)), WSAEADDRNOTAVAIL);
    CHECK_ERROR(sendto(s, text, 1, 0, (SOCKADDR *)&other, sizeof(other)), WSAEAFNOSUPPORT);
    nowhere.sin_family = 77;
    CHECK_ERROR(sendto(s, text, 1, 0, (SOCKADDR *)&nowhere, sizeof(nowhere)), WSAEAFNOSUPPORT);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(peer), 0);
}

TEST(datagrams_have_no_urgent_data)
{
    struct sockaddr_in to;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK_ERROR(sendto(s, text, 1, MSG_OOB, (SOCKADDR *)&to, sizeof(to)), WSAEOPNOTSUPP);
    CHECK_ERROR(recv(s, text, 1, MSG_OOB), WSAEOPNOTSUPP);
    CHECK_ERROR(recvfrom(s, text, 1, MSG_OOB, NULL, NULL), WSAEOPNOTSUPP);
    flags = MSG_OOB;
    CHECK_ERROR(WSARecv(s, &buffer, 1, &count, &flags, NULL, NULL), WSAEOPNOTSUPP);
    flags = 0;
    CHECK_ERROR(WSASendTo(s, &buffer, 1, &count, MSG_OOB, (SOCKADDR *)&to, sizeof(to), NULL, NULL),
                WSAEOPNOTSUPP);
    CHECK_INT(closesocket(s), 0);
}

TEST(urgent_data_in_line_are_not_urgent)
{
    SOCKET pair[2];

    tcp_pair(pair);
    set_option(pair[0], SOL_SOCKET, SO_OOBINLINE, TRUE);
    CHECK_ERROR(recv(pair[0], text, 1, MSG_OOB), WSAEINVAL);
    close_pair(pair);
}

TEST(flags_that_are_none)
{
    struct sockaddr_in here;
    SOCKET pair[2], udp;

    tcp_pair(pair);
    udp_bound(&udp, &here);
    CHECK_INT(send(pair[1], "data", 4, 0), 4);
    CHECK_ERROR(send(pair[0], text, 1, 0x4000), WSAEINVAL);
    CHECK_ERROR(recv(pair[0], text, 1, 0x4000), WSAEINVAL);
    CHECK_ERROR(WSASend(pair[0], &buffer, 1, &count, 0x10000, NULL, NULL), WSAEINVAL);
    flags = 0x10000;
    CHECK_ERROR(WSARecv(pair[0], &buffer, 1, &count, &flags, NULL, NULL), WSAEINVAL);
    flags = 0;
    CHECK_ERROR(sendto(udp, text, 1, 0x4000, (SOCKADDR *)&here, sizeof(here)), WSAEINVAL);
    CHECK_ERROR(recvfrom(udp, text, 1, 0x4000, NULL, NULL), WSAEINVAL);
    CHECK_INT(recv(pair[0], text, sizeof(text), 0), 4);
    close_pair(pair);
    CHECK_INT(closesocket(udp), 0);
}

TEST(an_unbound_datagram_socket_receives_nothing)
{
    SOCKET s = datagram_socket();

    CHECK_ERROR(recv(s, text, 1, 0), WSAEINVAL);
    CHECK_ERROR(recvfrom(s, text, 1, 0, NULL, NULL), WSAEINVAL);
    CHECK_ERROR(WSARecv(s, &buffer, 1, &count, &flags, NULL, NULL), WSAEINVAL);
    CHECK_ERROR(WSARecvFrom(s, &buffer, 1, &count, &flags, NULL, NULL, NULL, NULL), WSAEINVAL);
    CHECK_INT(closesocket(s), 0);
}

TEST(a_listener_transfers_nothing)
{
    SOCKET s = tcp_listener(NULL);

    CHECK_ERROR(send(s, text, 1, 0), WSAENOTCONN);
    CHECK_ERROR(recv(s, text, 1, 0), WSAENOTCONN);
    CHECK_ERROR(WSASend(s, &buffer, 1, &count, 0, NULL, NULL), WSAENOTCONN);
    CHECK_ERROR(WSARecv(s, &buffer, 1, &count, &flags, NULL, NULL), WSAENOTCONN);
    CHECK_ERROR(shutdown(s, SD_BOTH), WSAENOTCONN);
    CHECK_INT(closesocket(s), 0);
}

TEST(nothing_is_sent_after_a_reset)
{
    SOCKET pair[2];

    tcp_pair(pair);
    hard_close(pair[1]);
    CHECK_ERROR(recv(pair[0], text, 1, 0), WSAECONNRESET);
    CHECK_ERROR(recv(pair[0], text, 1, 0), WSAECONNRESET);
    CHECK_ERROR(send(pair[0], text, 1, 0), WSAECONNRESET);
    CHECK_ERROR(WSASend(pair[0], &buffer, 1, &count, 0, NULL, NULL), WSAECONNRESET);
    CHECK_INT(closesocket(pair[0]), 0);
}

TEST(transfers_time_out)
{
    SOCKET pair[2];
    int i, ret = 0;

    tcp_pair(pair);
    set_option(pair[0], SOL_SOCKET, SO_RCVTIMEO, 50);
    CHECK_ERROR(recv(pair[0], text, 1, 0), WSAETIMEDOUT);
    CHECK_ERROR(WSARecv(pair[0], &buffer, 1, &count, &flags, NULL, NULL), WSAETIMEDOUT);
    set_option(pair[0], SOL_SOCKET, SO_SNDTIMEO, 50);
    for (i = 0; i < 1000 && ret != SOCKET_ERROR; i++) ret = send(pair[0], text, sizeof(text), 0);
    CHECK_INT(ret, SOCKET_ERROR);
    CHECK_INT(WSAGetLastError(), WSAETIMEDOUT);
    close_pair(pair);
}

/* Makes connections that nobody accepts, until one, the last, has to wait. */
static int fill_backlog(SOCKET listener, struct sockaddr_in *listening, SOCKET waiting[64])
{
    int i, len = sizeof(*listening);

    *listening = (struct sockaddr_in){.sin_family = AF_INET};
    listening->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(listener, (SOCKADDR *)listening, sizeof(*listening)), 0);
    CHECK_INT(getsockname(listener, (SOCKADDR *)listening, &len), 0);
    CHECK_INT(listen(listener, 0), 0);
    for (i = 0; i < 64; i++)
    {
        struct timeval soon = {1, 0};
        fd_set set;

        waiting[i] = stream_socket();
        set_blocking(waiting[i], FALSE);
        CHECK_ERROR(connect(waiting[i], (SOCKADDR *)listening, sizeof(*listening)), WSAEWOULDBLOCK);
        FD_ZERO(&set);
        FD_SET(waiting[i], &set);
        if (!select(0, NULL, &set, NULL, &soon)) return i + 1;
    }
    CHECK(!"no connection has to wait");
    return 0;
}

TEST(a_connection_can_be_attempted_once_at_a_time)
{
    struct sockaddr_in listening;
    SOCKET listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), waiting[64], s;
    int waiters = fill_backlog(listener, &listening, waiting);

    s = waiting[waiters - 1];
    CHECK_ERROR(connect(s, (SOCKADDR *)&listening, sizeof(listening)), WSAEALREADY);
    CHECK_ERROR(send(s, text, 1, 0), WSAENOTCONN);
    CHECK_ERROR(recv(s, text, 1, 0), WSAENOTCONN);
    CHECK_ERROR(shutdown(s, SD_SEND), WSAENOTCONN);
    while (waiters--) CHECK_INT(closesocket(waiting[waiters]), 0);
    CHECK_INT(closesocket(listener), 0);
}

TEST(an_attempt_that_nobody_answers_times_out)
{
    struct sockaddr_in listening;
    SOCKET listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), waiting[64], s;
    int waiters = fill_backlog(listener, &listening, waiting);

    s = stream_socket();
    set_option(s, IPPROTO_TCP, TCP_MAXRT, 1);
    CHECK_ERROR(connect(s, (SOCKADDR *)&listening, sizeof(listening)), WSAETIMEDOUT);
    CHECK_INT(closesocket(s), 0);
    while (waiters--) CHECK_INT(closesocket(waiting[waiters]), 0);
    CHECK_INT(closesocket(listener), 0);
}

/* The pair of addresses is another connection's. */
TEST(a_connection_there_is_already)
{
    struct sockaddr_in here = {.sin_family = AF_INET}, listening;
    SOCKET listener = tcp_listener(&listening), first = stream_socket(), second = stream_socket();
    int len = sizeof(here);

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    set_option(first, SOL_SOCKET, SO_REUSEADDR, TRUE);
    set_option(second, SOL_SOCKET, SO_REUSEADDR, TRUE);
    CHECK_INT(bind(first, (SOCKADDR *)&here, sizeof(here)), 0);
    CHECK_INT(getsockname(first, (SOCKADDR *)&here, &len), 0);
    CHECK_INT(bind(second, (SOCKADDR *)&here, sizeof(here)), 0);
    CHECK_INT(connect(first, (SOCKADDR *)&listening, sizeof(listening)), 0);
    CHECK_ERROR(connect(second, (SOCKADDR *)&listening, sizeof(listening)), WSAEADDRINUSE);
    CHECK_INT(closesocket(first), 0);
    CHECK_INT(closesocket(second), 0);
    CHECK_INT(closesocket(listener), 0);
}

TEST(what_connecting_to_another_family_gives)
{
    struct sockaddr_in6 other = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
    SOCKET s = stream_socket(), udp = datagram_socket();

    other.sin6_addr.s6_addr[15] = 1;
    CHECK_ERROR(connect(s, (SOCKADDR *)&other, sizeof(other)), WSAEAFNOSUPPORT);
    CHECK_ERROR(WSAConnect(s, (SOCKADDR *)&other, sizeof(other), NULL, NULL, NULL, NULL), WSAEAFNOSUPPORT);
    CHECK_ERROR(connect(udp, (SOCKADDR *)&other, sizeof(other)), WSAEAFNOSUPPORT);
    CHECK_ERROR(bind(s, (SOCKADDR *)&other, sizeof(other)), WSAEAFNOSUPPORT);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(udp), 0);
}

TEST(disconnecting_needs_a_connection)
{
    SOCKET s = stream_socket();

    CHECK_ERROR(WSASendDisconnect(s, NULL), WSAENOTCONN);
    CHECK_ERROR(WSARecvDisconnect(s, NULL), WSAENOTCONN);
    CHECK_ERROR(shutdown(s, SD_SEND), WSAENOTCONN);
    CHECK_INT(closesocket(s), 0);
}

/* On Windows, that is: it has a name, and cannot be given another. */
TEST(a_send_that_fails_binds_its_socket_all_the_same)
{
    struct sockaddr_in to, here = {.sin_family = AF_INET};
    SOCKET s = datagram_socket(), peer;
    int len = sizeof(here);

    udp_bound(&peer, &to);
    CHECK_ERROR(getsockname(s, (SOCKADDR *)&here, &len), WSAEINVAL);
    CHECK_ERROR(sendto(s, text, 65508, 0, (SOCKADDR *)&to, sizeof(to)), WSAEMSGSIZE);
    CHECK_INT(getsockname(s, (SOCKADDR *)&here, &len), 0);
    CHECK(here.sin_port != 0);
    here.sin_port = 0;
    CHECK_ERROR(bind(s, (SOCKADDR *)&here, sizeof(here)), WSAEINVAL);
    CHECK_INT(sendto(s, text, 1, 0, (SOCKADDR *)&to, sizeof(to)), 1);
    CHECK_INT(recv(peer, text, 1, 0), 1);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(peer), 0);
}

/* Data are on the way, the socket may not wait, and is to wait until they have arrived. */
TEST(a_lingering_close_does_not_wait_on_a_non_blocking_socket)
{
    struct linger minute = {1, 60};
    SOCKET pair[2];
    int i;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    for (i = 0; i < 1000 && send(pair[0], text, sizeof(text), 0) != SOCKET_ERROR; i++) continue;
    CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&minute, sizeof(minute)), 0);
    CHECK_ERROR(closesocket(pair[0]), WSAEWOULDBLOCK);
    hard_close(pair[1]);
    CHECK_INT(closesocket(pair[0]), 0);
}
