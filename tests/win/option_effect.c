/*
 * Socket options of which each has an effect, or a state, of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "option.h"

TEST(linger_is_for_streams_and_reads_back_as_it_was_set)
{
    SOCKET udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
    struct linger linger = {0x100, 7};
    int length = sizeof(linger), off;

    CHECK_ERROR(getsockopt(udp, SOL_SOCKET, SO_LINGER, (char *)&linger, &length), WSAENOPROTOOPT);
    CHECK_INT(setsockopt(tcp, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    memset(&linger, 0, sizeof(linger));
    CHECK_INT(getsockopt(tcp, SOL_SOCKET, SO_LINGER, (char *)&linger, &length), 0);
    CHECK_INT(length, sizeof(linger));
    CHECK_INT(linger.l_onoff, 0x100);
    CHECK_INT(linger.l_linger, 7);
    length = sizeof(off);
    CHECK_INT(getsockopt(tcp, SOL_SOCKET, SO_DONTLINGER, (char *)&off, &length), 0);
    CHECK_INT(off, 0);
    off = 1;
    CHECK_INT(setsockopt(tcp, SOL_SOCKET, SO_DONTLINGER, (char *)&off, sizeof(off)), 0);
    length = sizeof(linger);
    CHECK_INT(getsockopt(tcp, SOL_SOCKET, SO_LINGER, (char *)&linger, &length), 0);
    CHECK_INT(linger.l_onoff, 0);
    closesocket(udp);
    closesocket(tcp);
}

TEST(reuse_and_exclusive_use_exclude_each_other)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1, off = 0;

    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, (char *)&on, 4), 0);
    CHECK_ERROR(setsockopt(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (char *)&on, 4), WSAEINVAL);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, (char *)&off, 4), 0);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (char *)&on, 4), 0);
    CHECK_ERROR(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, (char *)&on, 4), WSAEINVAL);
    closesocket(s);
}

TEST(an_exclusive_address_can_not_be_shared)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET first = socket(AF_INET, SOCK_STREAM, 0), second = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1, length = sizeof(addr);

    CHECK_INT(setsockopt(first, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (char *)&on, 4), 0);
    CHECK_INT(bind(first, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(getsockname(first, (struct sockaddr *)&addr, &length), 0);
    CHECK_ERROR(bind(second, (struct sockaddr *)&addr, sizeof(addr)), WSAEADDRINUSE);
    CHECK_INT(setsockopt(second, SOL_SOCKET, SO_REUSEADDR, (char *)&on, 4), 0);
    CHECK_ERROR(bind(second, (struct sockaddr *)&addr, sizeof(addr)), WSAEACCES);
    closesocket(first);
    closesocket(second);
}

TEST(options_for_the_bind_are_refused_after_it)
{
    static const int names[] = {SO_RANDOMIZE_PORT, SO_PORT_SCALABILITY, SO_REUSE_UNICASTPORT};
    int on = 1;
    size_t i;
    SOCKET s;

    udp_bound(&s, NULL);
    for (i = 0; i < ARRAYSIZE(names); i++)
        CHECK_ERROR(setsockopt(s, SOL_SOCKET, names[i], (char *)&on, 4), WSAEINVAL);
    CHECK_ERROR(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&on, 4), WSAEINVAL);
    closesocket(s);
}

TEST(the_open_type_belongs_to_the_thread_and_needs_no_socket)
{
    int value = SO_SYNCHRONOUS_NONALERT, length = sizeof(value);

    CHECK_INT(setsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&value, sizeof(value)), 0);
    value = 0;
    CHECK_INT(getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&value, &length), 0);
    CHECK_INT(value, SO_SYNCHRONOUS_NONALERT);
    length = -1;
    CHECK_INT(getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&value, &length), 0);
    CHECK_INT(length, 4);
    value = 0;
    CHECK_INT(setsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&value, sizeof(value)), 0);
}

TEST(type_and_message_size_are_those_of_the_socket)
{
    SOCKET udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
    int value = 0, length = 4;

    CHECK_INT(getsockopt(udp, SOL_SOCKET, SO_TYPE, (char *)&value, &length), 0);
    CHECK_INT(value, SOCK_DGRAM);
    CHECK_INT(getsockopt(tcp, SOL_SOCKET, SO_TYPE, (char *)&value, &length), 0);
    CHECK_INT(value, SOCK_STREAM);
    CHECK_INT(getsockopt(udp, SOL_SOCKET, SO_MAX_MSG_SIZE, (char *)&value, &length), 0);
    CHECK_INT(value, 65507);
    CHECK_INT(getsockopt(udp, SOL_SOCKET, SO_GROUP_ID, (char *)&value, &length), 0);
    CHECK_INT(value, 0);
    closesocket(udp);
    closesocket(tcp);
}

TEST(accept_conn_tells_listeners_apart)
{
    SOCKET listener = tcp_listener(NULL), s = socket(AF_INET, SOCK_STREAM, 0);
    int value = 5, length = 4;

    CHECK_INT(getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, (char *)&value, &length), 0);
    CHECK_INT(value, 1);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, (char *)&value, &length), 0);
    CHECK_INT(value, 0);
    closesocket(listener);
    closesocket(s);
}

TEST(connect_time_is_minus_one_until_connected)
{
    SOCKET pair[2], s = socket(AF_INET, SOCK_STREAM, 0);
    int value = 0, length = 4;

    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_CONNECT_TIME, (char *)&value, &length), 0);
    CHECK_INT(value, -1);
    tcp_pair(pair);
    CHECK_INT(getsockopt(pair[0], SOL_SOCKET, SO_CONNECT_TIME, (char *)&value, &length), 0);
    CHECK(value >= 0);
    closesocket(s);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(protocol_info_tells_the_length_it_needs)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    WSAPROTOCOL_INFOW wide;
    WSAPROTOCOL_INFOA narrow;
    int length = 10;

    CHECK_ERROR(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&wide, &length), WSAEFAULT);
    CHECK_INT(length, sizeof(wide));
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&wide, &length), 0);
    CHECK_INT(wide.iAddressFamily, AF_INET);
    CHECK_INT(wide.iSocketType, SOCK_DGRAM);
    CHECK_INT(wide.iProtocol, IPPROTO_UDP);
    length = 0x1000;
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)&narrow, &length), 0);
    CHECK_INT(length, 0x1000);
    CHECK(!memcmp(&wide, &narrow, offsetof(WSAPROTOCOL_INFOA, szProtocol)));
    closesocket(s);
}

TEST(the_bsp_state_holds_both_addresses)
{
    union
    {
        CSADDR_INFO state;
        char room[sizeof(CSADDR_INFO) + 2 * sizeof(struct sockaddr_in)];
    } answer;
    SOCKET pair[2], s = socket(AF_INET, SOCK_STREAM, 0);
    int length = sizeof(answer);

    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_BSP_STATE, (char *)&answer, &length), 0);
    CHECK(!answer.state.LocalAddr.lpSockaddr && !answer.state.RemoteAddr.lpSockaddr);
    tcp_pair(pair);
    CHECK_INT(getsockopt(pair[0], SOL_SOCKET, SO_BSP_STATE, (char *)&answer, &length), 0);
    CHECK_INT(length, sizeof(answer));
    CHECK((char *)answer.state.LocalAddr.lpSockaddr == answer.room + sizeof(CSADDR_INFO));
    CHECK_INT(answer.state.RemoteAddr.iSockaddrLength, sizeof(struct sockaddr_in));
    CHECK_INT(answer.state.RemoteAddr.lpSockaddr->sa_family, AF_INET);
    CHECK_INT(answer.state.iProtocol, IPPROTO_TCP);
    length--;
    CHECK_ERROR(getsockopt(pair[0], SOL_SOCKET, SO_BSP_STATE, (char *)&answer, &length), WSAEFAULT);
    closesocket(s);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(the_contexts_of_extension_functions_are_checked)
{
    SOCKET listener = tcp_listener(NULL), pair[2], s = socket(AF_INET, SOCK_STREAM, 0);

    tcp_pair(pair);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    CHECK_ERROR(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), WSAENOTCONN);
    CHECK_INT(setsockopt(pair[1], SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof(listener)),
              0);
    CHECK_ERROR(setsockopt(pair[1], SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, 3), WSAEFAULT);
    CHECK_ERROR(setsockopt(pair[1], SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&s, sizeof(s)), WSAEINVAL);
    closesocket(listener);
    closesocket(s);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(the_path_mtu_is_that_of_a_connection)
{
    SOCKET pair[2], s = socket(AF_INET, SOCK_STREAM, 0);
    int value = 0, length = 4;

    CHECK_ERROR(getsockopt(s, IPPROTO_IP, IP_MTU, (char *)&value, &length), WSAENOTCONN);
    tcp_pair(pair);
    CHECK_INT(getsockopt(pair[0], IPPROTO_IP, IP_MTU, (char *)&value, &length), 0);
    CHECK(value >= 576);
    CHECK_INT(getsockopt(pair[0], IPPROTO_TCP, TCP_MAXSEG, (char *)&value, &length), 0);
    CHECK(value >= 500);
    closesocket(s);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(mtu_discovery_can_not_be_unset)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    int value = 0;

    CHECK_ERROR(setsockopt(s, IPPROTO_IP, IP_MTU_DISCOVER, (char *)&value, 4), WSAEINVAL);
    value = 4;
    CHECK_ERROR(setsockopt(s, IPPROTO_IP, IP_MTU_DISCOVER, (char *)&value, 4), WSAEINVAL);
    closesocket(s);
}

TEST(segments_of_one_send_arrive_as_datagrams)
{
    struct sockaddr_in addr;
    char data[300] = {0};
    int size = 100, i, timeout = 5000;
    SOCKET receiver, sender;

    udp_bound(&receiver, &addr);
    udp_bound(&sender, NULL);
    CHECK_INT(setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, 4), 0);
    CHECK_INT(setsockopt(sender, IPPROTO_UDP, UDP_SEND_MSG_SIZE, (char *)&size, 4), 0);
    CHECK_INT(sendto(sender, data, 250, 0, (struct sockaddr *)&addr, sizeof(addr)), 250);
    for (i = 0; i < 2; i++) CHECK_INT(recv(receiver, data, sizeof(data), 0), 100);
    CHECK_INT(recv(receiver, data, sizeof(data), 0), 50);
    closesocket(receiver);
    closesocket(sender);
}

TEST(nobody_gets_through_to_a_listener_that_pauses)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0), accepted;
    WSAPOLLFD poll = {.fd = client, .events = POLLWRNORM};
    u_long on = 1, off = 0;

    set_number(listener, SOL_SOCKET, SO_PAUSE_ACCEPT, TRUE);
    CHECK_INT(ioctlsocket(client, FIONBIO, &on), 0);
    CHECK_ERROR(connect(client, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    CHECK_INT(WSAPoll(&poll, 1, 300), 0);
    CHECK_INT(ioctlsocket(listener, FIONBIO, &on), 0);
    CHECK_ERROR(accept(listener, NULL, NULL), WSAEWOULDBLOCK);
    set_number(listener, SOL_SOCKET, SO_PAUSE_ACCEPT, FALSE);
    CHECK_INT(WSAPoll(&poll, 1, 20000), 1);
    CHECK(poll.revents & POLLWRNORM);
    CHECK_INT(ioctlsocket(listener, FIONBIO, &off), 0);
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_INT(send(accepted, "x", 1, 0), 1);
    closesocket(accepted);
    closesocket(client);
    closesocket(listener);
}

TEST(no_icmp_error_is_no_data)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0);
    char info[36];
    int length = sizeof(info);

    CHECK_ERROR(getsockopt(client, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, info, &length), WSANO_DATA);
    set_number(client, IPPROTO_TCP, TCP_FAIL_CONNECT_ON_ICMP_ERROR, TRUE);
    CHECK_ERROR(getsockopt(client, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, info, &length), WSANO_DATA);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_ERROR(getsockopt(client, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, info, &length), WSANO_DATA);
    closesocket(client);
    closesocket(listener);
}

TEST(a_port_that_may_be_shared_is_there_once_connected)
{
    struct sockaddr_in addr, local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0);
    int length = sizeof(local);

    set_number(client, SOL_SOCKET, SO_REUSE_UNICASTPORT, TRUE);
    CHECK_INT(bind(client, (struct sockaddr *)&local, sizeof(local)), 0);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(getsockname(client, (struct sockaddr *)&local, &length), 0);
    CHECK(local.sin_port != 0);
    CHECK_INT(local.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    CHECK_INT(get_number(client, SOL_SOCKET, SO_REUSE_UNICASTPORT), 1);
    closesocket(client);
    closesocket(listener);
}

TEST(the_mtu_that_a_program_sets_bounds_segments)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_INT(get_number(client, IPPROTO_IP, IP_USER_MTU), 0xffffffff);
    set_number(client, IPPROTO_IP, IP_USER_MTU, 1000);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK(get_number(client, IPPROTO_TCP, TCP_MAXSEG) <= 960);
    closesocket(client);
    closesocket(listener);
}

/* Headers that can't be given, and records of a filter that is not there. */
TEST(options_without_content_are_empty)
{
    static const int names[] = {IP_RTHDR, IP_WFP_REDIRECT_RECORDS, IP_WFP_REDIRECT_CONTEXT};
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0), s6 = socket(AF_INET6, SOCK_DGRAM, 0);
    char value[16];
    size_t i;
    int length;

    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        length = sizeof(value);
        CHECK_INT(getsockopt(s, IPPROTO_IP, names[i], value, &length), 0);
        CHECK_INT(length, 0);
        CHECK_INT(setsockopt(s, IPPROTO_IP, names[i], NULL, 0), 0);
        CHECK_ERROR(setsockopt(s, IPPROTO_IP, names[i], value, 8), WSAEINVAL);
    }
    length = sizeof(value);
    CHECK_INT(getsockopt(s6, IPPROTO_IPV6, IPV6_HOPOPTS, value, &length), 0);
    CHECK_INT(length, 0);
    closesocket(s);
    closesocket(s6);
}

TEST(ip_options_are_those_of_the_packets)
{
    static const char stream[] = {1, 1, 1, 0}; /* nothing, thrice, and the end */
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    char value[40];
    int length = sizeof(value);

    CHECK_INT(getsockopt(s, IPPROTO_IP, IP_OPTIONS, value, &length), 0);
    CHECK_INT(length, 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_OPTIONS, stream, sizeof(stream)), 0);
    length = sizeof(value);
    CHECK_INT(getsockopt(s, IPPROTO_IP, IP_OPTIONS, value, &length), 0);
    CHECK_INT(length, sizeof(stream));
    closesocket(s);
}

TEST(sizes_and_positions_that_are_only_read)
{
    SOCKET pair[2], udp = socket(AF_INET, SOCK_DGRAM, 0), s6 = socket(AF_INET6, SOCK_STREAM, 0);
    int value = 0, length = 4;

    tcp_pair(pair);
    CHECK_INT(get_number(udp, SOL_SOCKET, SO_MAXDG), 65507);
    CHECK_INT(get_number(udp, SOL_SOCKET, SO_MAXPATHDG), 65507);
    CHECK_ERROR(setsockopt(udp, SOL_SOCKET, SO_MAXDG, (char *)&value, 4), WSAENOPROTOOPT);
    CHECK_INT(get_number(pair[0], IPPROTO_TCP, TCP_ATMARK), TRUE);
    CHECK_ERROR(setsockopt(pair[0], IPPROTO_TCP, TCP_ATMARK, (char *)&value, 4), WSAENOPROTOOPT);
    CHECK_ERROR(getsockopt(s6, IPPROTO_IPV6, IPV6_MTU, (char *)&value, &length), WSAENOTCONN);
    closesocket(pair[0]);
    closesocket(pair[1]);
    closesocket(udp);
    closesocket(s6);
}

/* What the host has: of a socket that others may have a handle of, it is asked. */
static void check_probes(SOCKET s, DWORD count, DWORD seconds)
{
    WSAPROTOCOL_INFOA info;
    SOCKET same;

    CHECK_INT(get_number(s, IPPROTO_TCP, TCP_KEEPCNT), count);
    CHECK_INT(get_number(s, IPPROTO_TCP, TCP_KEEPINTVL), seconds);
    CHECK_INT(WSADuplicateSocketA(s, GetCurrentProcessId(), &info), 0);
    same = WSASocketA(AF_INET, SOCK_STREAM, 0, &info, 0, WSA_FLAG_OVERLAPPED);
    CHECK(same != INVALID_SOCKET);
    CHECK_INT(get_number(same, IPPROTO_TCP, TCP_KEEPCNT), count);
    CHECK_INT(get_number(same, IPPROTO_TCP, TCP_KEEPINTVL), seconds);
    closesocket(same);
    closesocket(s);
}

static void check_hops(SOCKET s, int level, int name, int expected)
{
    int value = 0, length = sizeof(value);

    CHECK_INT(getsockopt(s, level, name, (char *)&value, &length), 0);
    CHECK_INT(value, expected);
}

static void set_hops(SOCKET s, int level, int name, int value)
{
    CHECK_INT(setsockopt(s, level, name, (char *)&value, sizeof(value)), 0);
    check_hops(s, level, name, value);
}

TEST(the_number_of_hops_reads_128_until_it_is_set)
{
    static const struct
    {
        int family, type, level, name;
    } kinds[] = {
        {AF_INET, SOCK_STREAM, IPPROTO_IP, IP_TTL},
        {AF_INET, SOCK_DGRAM, IPPROTO_IP, IP_TTL},
        {AF_INET6, SOCK_STREAM, IPPROTO_IPV6, IPV6_UNICAST_HOPS},
        {AF_INET6, SOCK_DGRAM, IPPROTO_IPV6, IPV6_UNICAST_HOPS},
    };
    SOCKET s, pair[2];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(kinds); i++)
    {
        s = socket(kinds[i].family, kinds[i].type, 0);
        check_hops(s, kinds[i].level, kinds[i].name, 128);
        set_hops(s, kinds[i].level, kinds[i].name, 64);
        set_hops(s, kinds[i].level, kinds[i].name, 5);
        set_hops(s, kinds[i].level, kinds[i].name, 128);
        closesocket(s);
    }
    tcp_pair(pair);
    check_hops(pair[0], IPPROTO_IP, IP_TTL, 128);
    check_hops(pair[1], IPPROTO_IP, IP_TTL, 128);
    close_pair(pair);
}

TEST(an_accepted_socket_has_its_listeners_number_of_hops)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0), accepted;

    set_hops(listener, IPPROTO_IP, IP_TTL, 64);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    accepted = accept(listener, NULL, NULL);
    check_hops(accepted, IPPROTO_IP, IP_TTL, 64);
    closesocket(accepted);
    closesocket(client);
    closesocket(listener);
}

TEST(keep_alive_packets_are_repeated_ten_times_a_second_apart)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0), some = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_INT(get_number(s, IPPROTO_TCP, TCP_KEEPCNT), 10);
    CHECK_INT(get_number(s, IPPROTO_TCP, TCP_KEEPINTVL), 1);
    set_number(s, SOL_SOCKET, SO_KEEPALIVE, 1);
    check_probes(s, 10, 1);

    set_number(some, IPPROTO_TCP, TCP_KEEPCNT, 5);
    set_number(some, SOL_SOCKET, SO_KEEPALIVE, 1);
    check_probes(some, 5, 1);
}
