/*
 * WSARecvMsg's control data: what each option has the receiver told.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "message.h"

TEST(control_data_without_room_is_lost_with_ctrunc)
{
    struct sockaddr_in to;
    struct received r;
    DWORD done;
    SOCKET s;
    int i;

    udp_bound(&s, &to);
    turn_on(s, IPPROTO_IP, OPTION_PKTINFO);
    for (i = 0; i < 2; i++)
    {
        CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
        prepare(&r)->Control.len = 1;
        CHECK_ERROR(recvmsg_of(s)(s, &r.msg, &done, NULL, NULL), WSAEMSGSIZE);
        CHECK_INT(done, 5);
        CHECK_INT(r.msg.dwFlags, MSG_CTRUNC);
        turn_on(s, IPPROTO_IP, OPTION_ECN);
    }
}

TEST(pktinfo_tells_the_destination)
{
    struct pktinfo *info;
    struct sockaddr_in to;
    struct received r;
    DWORD done;
    SOCKET s;

    udp_bound(&s, &to);
    turn_on(s, IPPROTO_IP, OPTION_PKTINFO);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK((info = control_data(&r.msg, IPPROTO_IP, OPTION_PKTINFO)) != NULL);
    CHECK_INT(info->addr.s_addr, to.sin_addr.s_addr);
    CHECK(info->index != 0);
    CHECK_INT(r.msg.Control.len, WSA_CMSG_SPACE(sizeof(*info)));
}

/* Sets an option, sends itself a datagram, and gives the one message's value. */
static int one_value(SOCKET s, const void *to, int to_len, int level, int option, int type)
{
    struct received r;
    DWORD done;
    int *value;

    turn_on(s, level, option);
    CHECK_INT(sendto(s, "hello", 5, 0, to, to_len), 5);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(count_control(&r.msg), 1);
    CHECK((value = control_data(&r.msg, level, type)) != NULL);
    CHECK_INT(((WSACMSGHDR *)r.control)->cmsg_len, WSA_CMSG_LEN(4));
    return *value;
}

TEST(recvttl_tells_the_ttl)
{
    struct sockaddr_in to;
    DWORD ttl = 77;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK_INT(setsockopt(s, IPPROTO_IP, OPTION_TTL, (char *)&ttl, sizeof(ttl)), 0);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IP, OPTION_RECVTTL, OPTION_TTL), 77);
}

TEST(recvtos_tells_the_type_of_service)
{
    struct sockaddr_in to;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IP, OPTION_RECVTOS, OPTION_TOS), 0);
}

TEST(ecn_comes_without_the_type_of_service)
{
    struct sockaddr_in to;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IP, OPTION_ECN, OPTION_ECN), 0);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IP, OPTION_ECN, OPTION_ECN), 0);
}

TEST(asking_for_ecn_does_not_ask_for_tos)
{
    struct sockaddr_in to;
    DWORD on = 0xdead;
    int len = sizeof(on);
    struct received r;
    DWORD done;
    SOCKET s;

    udp_bound(&s, &to);
    one_value(s, &to, sizeof(to), IPPROTO_IP, OPTION_ECN, OPTION_ECN);
    CHECK_INT(getsockopt(s, IPPROTO_IP, OPTION_RECVTOS, (char *)&on, &len), 0);
    CHECK_INT(on, 0);
    turn_on(s, IPPROTO_IP, OPTION_RECVTOS);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(count_control(&r.msg), 2);
    CHECK(control_data(&r.msg, IPPROTO_IP, OPTION_TOS) != NULL);
}

TEST(recvdstaddr_tells_the_destination)
{
    struct sockaddr_in to;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IP, OPTION_RECVDSTADDR, OPTION_RECVDSTADDR),
              (int)to.sin_addr.s_addr);
}

TEST(arrival_interface_is_told)
{
    struct sockaddr_in to;
    struct received r;
    DWORD done;
    SOCKET s;
    ULONG *first, *second;

    udp_bound(&s, &to);
    turn_on(s, IPPROTO_IP, OPTION_ORIGINAL_ARRIVAL_IF);
    turn_on(s, IPPROTO_IP, OPTION_RECVIF);
    turn_on(s, IPPROTO_IP, OPTION_PKTINFO);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(count_control(&r.msg), 3);
    CHECK((first = control_data(&r.msg, IPPROTO_IP, OPTION_ORIGINAL_ARRIVAL_IF)) != NULL);
    CHECK((second = control_data(&r.msg, IPPROTO_IP, OPTION_RECVIF)) != NULL);
    CHECK_INT(*first, *second);
    CHECK(*first != 0);
}

TEST(multicast_is_told_by_a_flag)
{
    struct sockaddr_in any = {.sin_family = AF_INET}, group = {.sin_family = AF_INET};
    struct ip_mreq join = {.imr_interface = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int i, len = sizeof(any);
    struct received r;
    DWORD done;
    SOCKET s;

    s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_INT(bind(s, (struct sockaddr *)&any, sizeof(any)), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)&any, &len), 0);
    join.imr_multiaddr.s_addr = inet_addr("239.1.2.3");
    if (setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&join, sizeof(join))) SKIP("no multicast here");
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, (char *)&join.imr_interface, 4), 0);
    turn_on(s, IPPROTO_IP, OPTION_PKTINFO);
    group.sin_addr = join.imr_multiaddr;
    group.sin_port = any.sin_port;
    for (i = 0; i < 2; i++)
    {
        if (sendto(s, "hello", 5, 0, (struct sockaddr *)&group, sizeof(group)) != 5)
            SKIP("no multicast here");
        CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
        CHECK_INT(r.msg.dwFlags, MSG_MCAST);
        turn_on(s, IPPROTO_IP, OPTION_ECN);
    }
}

TEST(ipv6_hop_limit_and_traffic_class_are_told)
{
    struct sockaddr_in6 to;
    SOCKET s = udp6_bound(&to);
    DWORD off = 0;

    CHECK(one_value(s, &to, sizeof(to), IPPROTO_IPV6, OPTION_HOPLIMIT, OPTION_HOPLIMIT) >= 32);
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, OPTION_HOPLIMIT, (char *)&off, sizeof(off)), 0);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IPV6, OPTION_RECVTCLASS, OPTION_TCLASS), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, OPTION_RECVTCLASS, (char *)&off, sizeof(off)), 0);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IPV6, OPTION_ECN, OPTION_ECN), 0);
}

TEST(ipv6_pktinfo_tells_the_destination)
{
    struct sockaddr_in6 to;
    SOCKET s = udp6_bound(&to);
    struct pktinfo6 *info;
    struct received r;
    DWORD done;

    turn_on(s, IPPROTO_IPV6, OPTION_PKTINFO);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK((info = control_data(&r.msg, IPPROTO_IPV6, OPTION_PKTINFO)) != NULL);
    CHECK_INT(memcmp(&info->addr, &to.sin6_addr, 16), 0);
}

TEST(a_dual_stack_socket_tells_the_ecn_of_ipv4)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    struct sockaddr_in to = {.sin_family = AF_INET};
    int len = sizeof(any), ecn = 1;
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP), t;
    struct received r;
    DWORD done = 0;

    if (s == INVALID_SOCKET) SKIP("no IPv6 here");
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&done, sizeof(done)), 0);
    CHECK_INT(bind(s, (struct sockaddr *)&any, sizeof(any)), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)&any, &len), 0);
    turn_on(s, IPPROTO_IPV6, OPTION_ECN);
    udp_bound(&t, NULL);
    to.sin_port = any.sin6_port;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to_send(&r, &to, sizeof(to), "hello", 5);
    add_control(&r.msg, IPPROTO_IP, OPTION_ECN, &ecn, sizeof(ecn));
    CHECK_INT(sendmsg_of(t)(t, &r.msg, 0, &done, NULL, NULL), 0);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK(control_data(&r.msg, IPPROTO_IP, OPTION_ECN) != NULL);
    CHECK_INT(*(int *)control_data(&r.msg, IPPROTO_IP, OPTION_ECN), 1);
}
