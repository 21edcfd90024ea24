/*
 * WSAJoinLeaf on datagram sockets: joining an IP multicast group.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

static const char group_text[] = "239.77.83.50";

static SOCKET leaf(struct sockaddr_in *bound)
{
    SOCKET s = WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0,
                          WSA_FLAG_OVERLAPPED | WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF);
    int len = sizeof(*bound);

    CHECK(s != INVALID_SOCKET);
    *bound = (struct sockaddr_in){.sin_family = AF_INET};
    bound->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(s, (struct sockaddr *)bound, sizeof(*bound)), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)bound, &len), 0);
    return s;
}

static struct sockaddr_in group_of(const struct sockaddr_in *bound)
{
    struct sockaddr_in group = *bound;

    group.sin_addr.s_addr = inet_addr(group_text);
    return group;
}

TEST(joining_gives_the_socket_itself_and_makes_it_a_member)
{
    struct sockaddr_in bound, group;
    struct ip_mreq request;
    SOCKET s = leaf(&bound);

    group = group_of(&bound);
    CHECK_INT(WSAJoinLeaf(s, (struct sockaddr *)&group, sizeof(group), NULL, NULL, NULL, NULL, JL_BOTH), s);
    /* being a member shows in that one can leave, once */
    request.imr_multiaddr = group.sin_addr;
    request.imr_interface = bound.sin_addr;
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
    CHECK_ERROR(setsockopt(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, (char *)&request, sizeof(request)),
                WSAEADDRNOTAVAIL);
    closesocket(s);
}

TEST(a_sender_needs_no_membership)
{
    struct sockaddr_in bound, group;
    struct ip_mreq request;
    SOCKET s = leaf(&bound);

    group = group_of(&bound);
    CHECK_INT(
        WSAJoinLeaf(s, (struct sockaddr *)&group, sizeof(group), NULL, NULL, NULL, NULL, JL_SENDER_ONLY), s);
    request.imr_multiaddr = group.sin_addr;
    request.imr_interface = bound.sin_addr;
    CHECK_ERROR(setsockopt(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, (char *)&request, sizeof(request)),
                WSAEADDRNOTAVAIL);
    closesocket(s);
}

TEST(joinleaf_errors)
{
    struct sockaddr_in bound, group;
    struct sockaddr_in6 other = {.sin6_family = AF_INET6};
    SOCKET s = leaf(&bound), pair[2];

    group = group_of(&bound);
#define JOIN(s, addr, len, flags) \
    WSAJoinLeaf(s, (struct sockaddr *)(addr), len, NULL, NULL, NULL, NULL, flags)
    CHECK_ERROR(JOIN(INVALID_SOCKET, &group, sizeof(group), JL_BOTH), WSAENOTSOCK);
    CHECK_ERROR(JOIN(s, NULL, sizeof(group), JL_BOTH), WSAEFAULT);
    CHECK_ERROR(JOIN(s, &group, sizeof(group) - 1, JL_BOTH), WSAEFAULT);
    CHECK_ERROR(JOIN(s, &group, sizeof(group), 0), WSAEINVAL);
    CHECK_ERROR(JOIN(s, &group, sizeof(group), JL_SENDER_ONLY | JL_RECEIVER_ONLY), WSAEINVAL);
    CHECK_ERROR(JOIN(s, &group, sizeof(group), 8), WSAEINVAL);
    CHECK_ERROR(JOIN(s, &bound, sizeof(bound), JL_BOTH), WSAEADDRNOTAVAIL);
    CHECK_ERROR(JOIN(s, &other, sizeof(other), JL_BOTH), WSAEAFNOSUPPORT);
    tcp_pair(pair);
    CHECK_ERROR(JOIN(pair[0], &group, sizeof(group), JL_BOTH), WSAEOPNOTSUPP);
    closesocket(pair[0]);
    closesocket(pair[1]);
    closesocket(s);
}
