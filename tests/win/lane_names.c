/*
 * The fast lane of names, options and counts: when it is taken, when it must not be, and
 * that its answers are the device's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include "lanes.h"

static struct sockaddr_in loopback(unsigned short port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
}

static unsigned short port_of(SOCKET s)
{
    struct sockaddr_in name;
    int size = sizeof(name);

    CHECK_INT(getsockname(s, (struct sockaddr *)&name, &size), 0);
    CHECK_INT(size, sizeof(name));
    return ntohs(name.sin_port);
}

static unsigned short peer_port_of(SOCKET s)
{
    struct sockaddr_in name;
    int size = sizeof(name);

    CHECK_INT(getpeername(s, (struct sockaddr *)&name, &size), 0);
    CHECK_INT(size, sizeof(name));
    return ntohs(name.sin_port);
}

static ULONG address_of(SOCKET s)
{
    struct sockaddr_in name;
    int size = sizeof(name);

    CHECK_INT(getsockname(s, (struct sockaddr *)&name, &size), 0);
    return ntohl(name.sin_addr.s_addr);
}

static int option(SOCKET s, int level, int name)
{
    int value = -1, size = sizeof(value);

    CHECK_INT(getsockopt(s, level, name, (char *)&value, &size), 0);
    return size == 1 ? value & 0xff : value;
}

static void set_option(SOCKET s, int level, int name, int value)
{
    CHECK_INT(setsockopt(s, level, name, (char *)&value, sizeof(value)), 0);
}

TEST(names_of_a_connection_are_asked_for_once)
{
    SOCKET pair[2];
    unsigned int i;

    tcp_pair(pair);
    for (i = 0; i < 2; i++)
    {
        unsigned short local = port_of(pair[i]), peer = peer_port_of(pair[i]);

        CHECK_FAST(pair[i], WS2_LANE_NAME, CHECK_INT(port_of(pair[i]), local));
        CHECK_FAST(pair[i], WS2_LANE_NAME, CHECK_INT(peer_port_of(pair[i]), peer));
    }
    CHECK_INT(port_of(pair[0]), peer_port_of(pair[1]));
    CHECK_INT(port_of(pair[1]), peer_port_of(pair[0]));
    close_pair(pair);
}

TEST(names_of_a_connection_are_kept_when_the_device_learns_of_it)
{
    unsigned short local, peer;
    SOCKET pair[2];

    tcp_pair(pair);
    local = port_of(pair[0]);
    peer = peer_port_of(pair[0]);
    set_blocking(pair[0], FALSE);
    CHECK_FAST(pair[0], WS2_LANE_NAME, CHECK_INT(port_of(pair[0]), local));
    CHECK_FAST(pair[0], WS2_LANE_NAME, CHECK_INT(peer_port_of(pair[0]), peer));
    close_pair(pair);
}

TEST(a_listeners_name_is_asked_for_once)
{
    struct sockaddr_in addr;
    SOCKET s = tcp_listener(&addr);

    CHECK_INT(port_of(s), ntohs(addr.sin_port));
    CHECK_FAST(s, WS2_LANE_NAME, CHECK_INT(port_of(s), ntohs(addr.sin_port)));
    CHECK_SLOW(s, WS2_LANE_NAME, {
        int size = sizeof(addr);

        CHECK_ERROR(getpeername(s, (struct sockaddr *)&addr, &size), WSAENOTCONN);
    });
    closesocket(s);
}

TEST(a_known_name_needs_room)
{
    struct sockaddr_in name;
    SOCKET pair[2];
    int size = sizeof(name) - 1;

    tcp_pair(pair);
    port_of(pair[0]);
    CHECK_ERROR(getsockname(pair[0], (struct sockaddr *)&name, &size), WSAEFAULT);
    CHECK_INT(size, sizeof(name) - 1);
    CHECK_ERROR(getsockname(pair[0], (struct sockaddr *)&name, NULL), WSAEFAULT);
    size = sizeof(name);
    CHECK_ERROR(getsockname(pair[0], NULL, &size), WSAEFAULT);
    close_pair(pair);
}

/* Condition 13: each of these may change a name. */
TEST(the_first_send_names_a_datagram_socket)
{
    struct sockaddr_in name = loopback(9);
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    int size = sizeof(name);

    CHECK_ERROR(getsockname(s, (struct sockaddr *)&name, &size), WSAEINVAL);
    name = loopback(9);
    CHECK_INT(sendto(s, "x", 1, 0, (struct sockaddr *)&name, sizeof(name)), 1);
    CHECK(port_of(s) != 0);
    CHECK_INT(address_of(s), INADDR_ANY);
    CHECK_FAST(s, WS2_LANE_NAME, CHECK_INT(address_of(s), INADDR_ANY));
    closesocket(s);
}

TEST(connecting_and_dissolving_rename_a_datagram_socket)
{
    struct sockaddr_in addr = {.sin_family = AF_INET}, nowhere = {.sin_family = AF_INET};
    struct sockaddr_in first = loopback(9), second = loopback(10);
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    unsigned short port;
    int size = sizeof(addr);

    CHECK_INT(bind(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    port = port_of(s);
    CHECK_FAST(s, WS2_LANE_NAME, CHECK_INT(address_of(s), INADDR_ANY));
    CHECK_INT(connect(s, (struct sockaddr *)&first, sizeof(first)), 0);
    CHECK_SLOW(s, WS2_LANE_NAME, CHECK_INT(address_of(s), INADDR_LOOPBACK));
    CHECK_FAST(s, WS2_LANE_NAME, CHECK_INT(address_of(s), INADDR_LOOPBACK));
    CHECK_INT(port_of(s), port);
    CHECK_INT(peer_port_of(s), 9);
    CHECK_INT(connect(s, (struct sockaddr *)&second, sizeof(second)), 0);
    CHECK_INT(peer_port_of(s), 10);
    CHECK_FAST(s, WS2_LANE_NAME, CHECK_INT(peer_port_of(s), 10));
    CHECK_INT(connect(s, (struct sockaddr *)&nowhere, sizeof(nowhere)), 0);
    CHECK_ERROR(getpeername(s, (struct sockaddr *)&addr, &size), WSAENOTCONN);
    closesocket(s);
}

TEST(connecting_renames_a_bound_stream)
{
    struct sockaddr_in addr, any = {.sin_family = AF_INET};
    SOCKET listener = tcp_listener(&addr), s = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_INT(bind(s, (struct sockaddr *)&any, sizeof(any)), 0);
    CHECK_INT(address_of(s), INADDR_ANY);
    CHECK_INT(address_of(s), INADDR_ANY);
    CHECK_INT(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(address_of(s), INADDR_LOOPBACK);
    CHECK_INT(peer_port_of(s), ntohs(addr.sin_port));
    closesocket(s);
    closesocket(listener);
}

TEST(a_socket_with_the_handle_of_another_has_its_own_name)
{
    struct sockaddr_in name;
    SOCKET pair[2], again = INVALID_SOCKET, others[64];
    unsigned int i, count = 0;
    int size = sizeof(name);

    tcp_pair(pair);
    port_of(pair[0]);
    closesocket(pair[0]);
    CHECK_ERROR(getsockname(pair[0], (struct sockaddr *)&name, &size), WSAENOTSOCK);
    for (i = 0; i < ARRAYSIZE(others) && again != pair[0]; i++)
        again = others[count++] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(again, pair[0]);
    CHECK_ERROR(getsockname(again, (struct sockaddr *)&name, &size), WSAEINVAL);
    while (count) closesocket(others[--count]);
    closesocket(pair[1]);
}

/* Condition 10 */
TEST(a_socket_closed_by_closehandle_has_no_name_and_no_options)
{
    struct sockaddr_in name;
    SOCKET pair[2];
    u_long mode = 0;
    int size = sizeof(name), value;

    tcp_pair(pair);
    port_of(pair[0]);
    option(pair[0], IPPROTO_TCP, TCP_NODELAY);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_ERROR(getsockname(pair[0], (struct sockaddr *)&name, &size), WSAENOTSOCK);
    size = sizeof(value);
    CHECK_ERROR(getsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, (char *)&value, &size), WSAENOTSOCK);
    CHECK_ERROR(getsockopt(pair[0], SOL_SOCKET, SO_TYPE, (char *)&value, &size), WSAENOTSOCK);
    CHECK_ERROR(ioctlsocket(pair[0], FIONREAD, &mode), WSAENOTSOCK);
    mode = 0;
    CHECK_ERROR(ioctlsocket(pair[0], FIONBIO, &mode), WSAENOTSOCK);
    closesocket(pair[1]);
}

TEST(options_that_the_host_alone_holds_take_the_lane)
{
    static const struct
    {
        int level, name, values[2];
    } options[] = {
        {IPPROTO_TCP, TCP_NODELAY, {1, 0}},
        {SOL_SOCKET, SO_BROADCAST, {1, 0}},
        {IPPROTO_IP, IP_TTL, {17, 64}},
        {IPPROTO_TCP, 3 /* TCP_KEEPIDLE */, {70, 90}},
    };
    SOCKET pair[2];
    unsigned int i, j;

    tcp_pair(pair);
    for (i = 0; i < ARRAYSIZE(options); i++)
    {
        const int level = options[i].level, name = options[i].name;
        SOCKET s = pair[i & 1];

        for (j = 0; j < 2; j++)
        {
            CHECK_FAST(s, WS2_LANE_OPTION, set_option(s, level, name, options[i].values[j]));
            CHECK_FAST(s, WS2_LANE_OPTION, CHECK_INT(option(s, level, name), options[i].values[j]));
        }
    }
    close_pair(pair);
}

TEST(options_of_a_datagram_socket_take_the_lane)
{
    static const int names[] = {IP_TTL, IP_MULTICAST_TTL};
    SOCKET s;
    unsigned int i;

    udp_bound(&s, NULL);
    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        CHECK_FAST(s, WS2_LANE_OPTION, set_option(s, IPPROTO_IP, names[i], 5));
        CHECK_FAST(s, WS2_LANE_OPTION, CHECK_INT(option(s, IPPROTO_IP, names[i]), 5));
    }
    CHECK_FAST(s, WS2_LANE_OPTION, set_option(s, IPPROTO_IP, IP_MULTICAST_LOOP, 0));
    CHECK_FAST(s, WS2_LANE_OPTION, CHECK_INT(option(s, IPPROTO_IP, IP_MULTICAST_LOOP), 0));
    closesocket(s);
}

TEST(options_that_the_module_knows_need_nobody)
{
    WSAPROTOCOL_INFOA info;
    SOCKET pair[2];
    int size = sizeof(info);

    tcp_pair(pair);
    CHECK_FAST(pair[0], WS2_LANE_OPTION, CHECK_INT(option(pair[0], SOL_SOCKET, SO_TYPE), SOCK_STREAM));
    CHECK_FAST(pair[0], WS2_LANE_OPTION,
               CHECK_INT(getsockopt(pair[0], SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)&info, &size), 0));
    CHECK_INT(info.iProtocol, IPPROTO_TCP);
    CHECK_FAST(pair[0], WS2_LANE_OPTION, CHECK_INT(option(pair[0], SOL_SOCKET, SO_RCVTIMEO), 0));
    set_option(pair[0], SOL_SOCKET, SO_RCVTIMEO, 1234);
    set_option(pair[0], SOL_SOCKET, SO_SNDTIMEO, 4321);
    CHECK_FAST(pair[0], WS2_LANE_OPTION, CHECK_INT(option(pair[0], SOL_SOCKET, SO_RCVTIMEO), 1234));
    CHECK_FAST(pair[0], WS2_LANE_OPTION, CHECK_INT(option(pair[0], SOL_SOCKET, SO_SNDTIMEO), 4321));
    close_pair(pair);
}

/* Condition 13: the device has a word on these that the host has not. */
TEST(options_that_the_device_keeps_are_the_devices)
{
    static const int names[] = {SO_RCVBUF,     SO_SNDBUF, SO_REUSEADDR,   SO_EXCLUSIVEADDRUSE,
                                SO_ACCEPTCONN, SO_ERROR,  SO_CONNECT_TIME};
    SOCKET pair[2];
    unsigned int i;

    tcp_pair(pair);
    for (i = 0; i < ARRAYSIZE(names); i++)
        CHECK_LANE(pair[0], WS2_LANE_OPTION, option(pair[0], SOL_SOCKET, names[i]), 0, 0);
    set_option(pair[0], SOL_SOCKET, SO_RCVBUF, 54321);
    CHECK_INT(option(pair[0], SOL_SOCKET, SO_RCVBUF), 54321);
    close_pair(pair);
}

/* Conditions 5 and 7 */
TEST(sockets_off_the_lane_are_answered_by_the_device)
{
    WSAPROTOCOL_INFOA info;
    SOCKET pair[2], s = socket(AF_INET, SOCK_STREAM, 0);
    u_long bytes;

    CHECK_SLOW(s, WS2_LANE_OPTION, CHECK_INT(option(s, IPPROTO_TCP, TCP_NODELAY), 0));
    CHECK_SLOW(s, WS2_LANE_OPTION, CHECK_INT(option(s, SOL_SOCKET, SO_TYPE), SOCK_STREAM));
    closesocket(s);
    tcp_pair(pair);
    port_of(pair[0]);
    CHECK_INT(WSADuplicateSocketA(pair[0], GetCurrentProcessId(), &info), 0);
    CHECK_SLOW(pair[0], WS2_LANE_NAME, port_of(pair[0]));
    CHECK_SLOW(pair[0], WS2_LANE_OPTION, CHECK_INT(option(pair[0], IPPROTO_TCP, TCP_NODELAY), 0));
    CHECK_SLOW(pair[0], WS2_LANE_OPTION, CHECK_INT(ioctlsocket(pair[0], FIONREAD, &bytes), 0));
    close_pair(pair);
}

static u_long readable(SOCKET s)
{
    u_long bytes = 0xdead;

    CHECK_INT(ioctlsocket(s, FIONREAD, &bytes), 0);
    return bytes;
}

TEST(readable_bytes_are_counted_by_the_host)
{
    struct sockaddr_in addr;
    SOCKET pair[2], s;
    char text[8];

    tcp_pair(pair);
    CHECK_FAST(pair[0], WS2_LANE_OPTION, CHECK_INT(readable(pair[0]), 0));
    CHECK_INT(send(pair[1], "five!", 5, 0), 5);
    CHECK_INT(recv(pair[0], text, 2, MSG_WAITALL), 2);
    while (!readable(pair[0])) Sleep(1);
    CHECK_FAST(pair[0], WS2_LANE_OPTION, CHECK_INT(readable(pair[0]), 3));
    close_pair(pair);
    udp_bound(&s, &addr);
    CHECK_INT(sendto(s, "four", 4, 0, (struct sockaddr *)&addr, sizeof(addr)), 4);
    while (!readable(s)) Sleep(1);
    CHECK_FAST(s, WS2_LANE_OPTION, CHECK_INT(readable(s), 4));
    closesocket(s);
    s = tcp_listener(NULL);
    CHECK_INT(readable(s), 0);
    closesocket(s);
}

static u_long at_mark(SOCKET s)
{
    u_long yes = 0xdead;

    CHECK_INT(ioctlsocket(s, SIOCATMARK, &yes), 0);
    return yes;
}

TEST(the_mark_is_looked_for_at_the_host)
{
    SOCKET pair[2];
    fd_set set;

    tcp_pair(pair);
    CHECK_FAST(pair[0], WS2_LANE_OPTION, CHECK_INT(at_mark(pair[0]), 1));
    CHECK_INT(send(pair[1], "u", 1, MSG_OOB), 1);
    FD_ZERO(&set);
    FD_SET(pair[0], &set);
    CHECK_INT(select(0, NULL, NULL, &set, NULL), 1);
    CHECK_LANE(pair[0], WS2_LANE_OPTION, CHECK_INT(at_mark(pair[0]), 0), 2, 0);
    /* the byte waits on, and who shows it inline is for the device to say */
    set_option(pair[0], SOL_SOCKET, SO_OOBINLINE, 1);
    CHECK_INT(at_mark(pair[0]), 0);
    set_option(pair[1], SOL_SOCKET, SO_OOBINLINE, 1);
    CHECK_LANE(pair[1], WS2_LANE_OPTION, CHECK_INT(at_mark(pair[1]), 1), 0, 2);
    close_pair(pair);
}

static void set_mode(SOCKET s, u_long nonblocking)
{
    CHECK_INT(ioctlsocket(s, FIONBIO, &nonblocking), 0);
}

TEST(a_mode_that_is_set_again_needs_nobody)
{
    WSAEVENT event = WSACreateEvent();
    SOCKET pair[2];
    u_long mode = 0;
    char byte;

    tcp_pair(pair);
    CHECK_FAST(pair[0], WS2_LANE_OPTION, set_mode(pair[0], 0));
    CHECK_SLOW(pair[0], WS2_LANE_OPTION, set_mode(pair[0], 1));
    CHECK_FAST(pair[0], WS2_LANE_OPTION, set_mode(pair[0], 1));
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAEWOULDBLOCK);
    CHECK_SLOW(pair[0], WS2_LANE_OPTION, set_mode(pair[0], 0));
    /* a selection makes it non-blocking, and the device keeps it so while it lasts */
    CHECK_INT(WSAEventSelect(pair[0], event, FD_READ), 0);
    CHECK_SLOW(pair[0], WS2_LANE_OPTION, CHECK_ERROR(ioctlsocket(pair[0], FIONBIO, &mode), WSAEINVAL));
    CHECK_FAST(pair[0], WS2_LANE_OPTION, set_mode(pair[0], 1));
    CHECK_INT(WSAEventSelect(pair[0], NULL, 0), 0);
    CHECK_SLOW(pair[0], WS2_LANE_OPTION, set_mode(pair[0], 0));
    CHECK_FAST(pair[0], WS2_LANE_OPTION, set_mode(pair[0], 0));
    WSACloseEvent(event);
    close_pair(pair);
}

/* An accepted socket has its listener's mode. */
TEST(the_mode_of_an_accepted_socket_is_known)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = socket(AF_INET, SOCK_STREAM, 0), accepted;
    char byte;
    fd_set set;

    set_mode(listener, 1);
    CHECK_INT(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    FD_ZERO(&set);
    FD_SET(listener, &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    CHECK((accepted = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    CHECK_FAST(accepted, WS2_LANE_OPTION, set_mode(accepted, 1));
    CHECK_ERROR(recv(accepted, &byte, 1, 0), WSAEWOULDBLOCK);
    closesocket(accepted);
    closesocket(s);
    closesocket(listener);
}
