/*
 * WSAJoinLeaf on datagram sockets: sessions of many to many over IP multicast.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include <qos.h>

#define LEAF_FLAGS (WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF)

static const char group_text[] = "239.77.83.50";

static SOCKET leaf_of(int family)
{
    SOCKET s = WSASocketW(family, SOCK_DGRAM, IPPROTO_UDP, NULL, 0, WSA_FLAG_OVERLAPPED | LEAF_FLAGS);

    CHECK(s != INVALID_SOCKET);
    return s;
}

static SOCKET leaf(struct sockaddr_in *bound)
{
    SOCKET s = leaf_of(AF_INET);
    int len = sizeof(*bound);

    *bound = (struct sockaddr_in){.sin_family = AF_INET};
    bound->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(s, (struct sockaddr *)bound, sizeof(*bound)), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)bound, &len), 0);
    return s;
}

/* The session at the port that a socket is bound to. */
static struct sockaddr_in group_of(const struct sockaddr_in *bound)
{
    struct sockaddr_in group = *bound;

    group.sin_addr.s_addr = inet_addr(group_text);
    return group;
}

static SOCKET join(SOCKET s, const void *group, int len, DWORD flags)
{
    return WSAJoinLeaf(s, group, len, NULL, NULL, NULL, NULL, flags);
}

/* Being a member shows in that one can leave, once. */
static int leave(SOCKET s, const struct sockaddr_in *group, const struct sockaddr_in *bound)
{
    struct ip_mreq request = {group->sin_addr, bound->sin_addr};

    return setsockopt(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, (char *)&request, sizeof(request));
}

TEST(joining_gives_the_socket_itself_and_makes_it_a_member)
{
    static const DWORD ways[] = {JL_BOTH, JL_RECEIVER_ONLY, JL_SENDER_ONLY | JL_RECEIVER_ONLY};
    unsigned int i;

    for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
    {
        struct sockaddr_in bound, group;
        SOCKET s = leaf(&bound);

        group = group_of(&bound);
        CHECK_INT(join(s, &group, sizeof(group), ways[i]), s);
        CHECK_INT(leave(s, &group, &bound), 0);
        CHECK_ERROR(leave(s, &group, &bound), WSAEADDRNOTAVAIL);
        closesocket(s);
    }
}

TEST(a_sender_needs_no_membership)
{
    struct sockaddr_in bound, group;
    SOCKET s = leaf(&bound);

    group = group_of(&bound);
    CHECK_INT(join(s, &group, sizeof(group), JL_SENDER_ONLY), s);
    CHECK_ERROR(leave(s, &group, &bound), WSAEADDRNOTAVAIL);
    closesocket(s);
}

/* Where other programs call bind, some call WSAJoinLeaf. */
TEST(joining_binds_to_the_port_of_the_session)
{
    struct sockaddr_in bound, group, name;
    int len = sizeof(name);
    SOCKET s = leaf(&bound);

    closesocket(s); /* the port is free now */
    group = group_of(&bound);
    s = leaf_of(AF_INET);
    CHECK_INT(join(s, &group, sizeof(group), JL_SENDER_ONLY), s);
    CHECK_INT(getsockname(s, (struct sockaddr *)&name, &len), 0);
    CHECK_INT(name.sin_port, group.sin_port);
    CHECK_INT(name.sin_addr.s_addr, 0);
    closesocket(s);
}

TEST(every_leaf_hears_what_one_sends)
{
    static const DWORD on = 1, milliseconds = 10000;
    struct sockaddr_in bound, group;
    struct in_addr loopback = {.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET leaves[3], probe = leaf(&bound);
    char data[8];
    int i;

    closesocket(probe);
    group = group_of(&bound);
    for (i = 0; i < 3; i++)
    {
        struct ip_mreq request = {group.sin_addr, loopback};

        leaves[i] = leaf_of(AF_INET);
        setsockopt(leaves[i], SOL_SOCKET, SO_REUSEADDR, (char *)&on, sizeof(on));
        setsockopt(leaves[i], SOL_SOCKET, SO_RCVTIMEO, (char *)&milliseconds, sizeof(milliseconds));
        CHECK_INT(setsockopt(leaves[i], IPPROTO_IP, IP_MULTICAST_IF, (char *)&loopback, sizeof(loopback)), 0);
        /* the session is joined where there is a route to it, the loopback besides */
        if (join(leaves[i], &group, sizeof(group), i ? JL_BOTH : JL_SENDER_ONLY) == INVALID_SOCKET)
        {
            CHECK_INT(WSAGetLastError(), WSAENETUNREACH);
            CHECK_INT(bind(leaves[i], (struct sockaddr *)&bound, sizeof(bound)), 0);
        }
        if (i)
            CHECK_INT(setsockopt(leaves[i], IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, sizeof(request)),
                      0);
    }
    CHECK_INT(sendto(leaves[0], "to all", 6, 0, (struct sockaddr *)&group, sizeof(group)), 6);
    for (i = 1; i < 3; i++)
    {
        CHECK_INT(recv(leaves[i], data, sizeof(data), 0), 6);
        CHECK(!memcmp(data, "to all", 6));
    }
    for (i = 0; i < 3; i++) closesocket(leaves[i]);
}

TEST(joining_is_told_as_a_connection)
{
    struct sockaddr_in bound, group;
    SOCKET s = leaf(&bound);
    WSAEVENT event = WSACreateEvent();
    WSANETWORKEVENTS events;

    group = group_of(&bound);
    CHECK_INT(WSAEventSelect(s, event, FD_CONNECT), 0);
    CHECK_INT(join(s, &group, sizeof(group), JL_BOTH), s);
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, FALSE, 10000, FALSE), WSA_WAIT_EVENT_0);
    CHECK_INT(WSAEnumNetworkEvents(s, event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_CONNECT);
    CHECK_INT(events.iErrorCode[FD_CONNECT_BIT], 0);
    WSACloseEvent(event);
    closesocket(s);
}

TEST(a_socket_is_in_one_session)
{
    struct sockaddr_in bound, group;
    SOCKET s = leaf(&bound);

    group = group_of(&bound);
    CHECK_INT(join(s, &group, sizeof(group), JL_BOTH), s);
    CHECK_ERROR(join(s, &group, sizeof(group), JL_BOTH), WSAEISCONN);
    group.sin_addr.s_addr = inet_addr("239.77.83.51");
    CHECK_ERROR(join(s, &group, sizeof(group), JL_BOTH), WSAEISCONN);
    closesocket(s);
}

TEST(a_failed_attempt_to_join_can_be_repeated)
{
    struct sockaddr_in bound, group;
    SOCKET s = leaf(&bound), other = leaf_of(AF_INET);

    group = group_of(&bound);
    bound.sin_addr.s_addr = 0;
    CHECK_INT(closesocket(s), 0);
    s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_INT(bind(s, (struct sockaddr *)&bound, sizeof(bound)), 0);
    CHECK_ERROR(join(other, &group, sizeof(group), JL_SENDER_ONLY), WSAEADDRINUSE);
    closesocket(s);
    CHECK_INT(join(other, &group, sizeof(group), JL_SENDER_ONLY), other);
    closesocket(other);
}

TEST(a_session_needs_a_socket_made_for_it)
{
    struct sockaddr_in bound, group;
    SOCKET s, pair[2];

    udp_bound(&s, &bound);
    group = group_of(&bound);
    CHECK_ERROR(join(s, &group, sizeof(group), JL_BOTH), WSAEINVAL);
    closesocket(s);
    tcp_pair(pair);
    CHECK_ERROR(join(pair[0], &group, sizeof(group), JL_BOTH), WSAEOPNOTSUPP);
    close_pair(pair);
}

TEST(joining_takes_no_data_along)
{
    struct sockaddr_in bound, group;
    SOCKET s = leaf(&bound);
    char data[4];
    WSABUF caller = {4, data}, callee = {4, data};

    group = group_of(&bound);
    CHECK_ERROR(WSAJoinLeaf(s, (struct sockaddr *)&group, sizeof(group), &caller, NULL, NULL, NULL, JL_BOTH),
                WSAEPROTONOSUPPORT);
    CHECK_ERROR(
        WSAJoinLeaf(s, (struct sockaddr *)&group, sizeof(group), (WSABUF *)16, NULL, NULL, NULL, JL_BOTH),
        WSAEFAULT);
    CHECK_ERROR(
        WSAJoinLeaf(s, (struct sockaddr *)&group, sizeof(group), NULL, (WSABUF *)16, NULL, NULL, JL_BOTH),
        WSAEFAULT);
    caller.len = 0;
    CHECK_INT(WSAJoinLeaf(s, (struct sockaddr *)&group, sizeof(group), &caller, &callee, NULL, NULL, JL_BOTH),
              s);
    CHECK_INT(callee.len, 0);
    closesocket(s);
}

TEST(a_session_promises_no_quality_of_service)
{
    struct sockaddr_in bound, group;
    SOCKET s = leaf(&bound);
    QOS qos = {0};

    group = group_of(&bound);
#define JOIN(sqos, gqos) \
    WSAJoinLeaf(s, (struct sockaddr *)&group, sizeof(group), NULL, NULL, sqos, gqos, JL_BOTH)
    CHECK_ERROR(JOIN((QOS *)16, NULL), WSAEFAULT);
    CHECK_ERROR(JOIN(NULL, (QOS *)16), WSAEFAULT);
    qos.SendingFlowspec.ServiceType = SERVICETYPE_GUARANTEED;
    CHECK_ERROR(JOIN(&qos, NULL), WSAEOPNOTSUPP);
    qos.SendingFlowspec.ServiceType = SERVICETYPE_BESTEFFORT;
    qos.ReceivingFlowspec.ServiceType = SERVICETYPE_CONTROLLEDLOAD;
    CHECK_ERROR(JOIN(NULL, &qos), WSAEOPNOTSUPP);
    qos.ReceivingFlowspec.ServiceType = SERVICETYPE_BESTEFFORT;
    CHECK_INT(JOIN(&qos, &qos), s);
    closesocket(s);
}

TEST(joinleaf_errors)
{
    struct sockaddr_in bound, group;
    struct sockaddr_in6 other = {.sin6_family = AF_INET6};
    SOCKET s = leaf(&bound), v6 = leaf_of(AF_INET6);

    group = group_of(&bound);
    CHECK_ERROR(join(INVALID_SOCKET, &group, sizeof(group), JL_BOTH), WSAENOTSOCK);
    CHECK_ERROR(join(s, NULL, sizeof(group), JL_BOTH), WSAEFAULT);
    CHECK_ERROR(join(s, (void *)16, sizeof(group), JL_BOTH), WSAEFAULT);
    CHECK_ERROR(join(s, &group, sizeof(group) - 1, JL_BOTH), WSAEFAULT);
    CHECK_ERROR(join(s, &group, sizeof(group), 0), WSAEINVAL);
    CHECK_ERROR(join(s, &group, sizeof(group), 8), WSAEINVAL);
    CHECK_ERROR(join(s, &bound, sizeof(bound), JL_BOTH), WSAEADDRNOTAVAIL);
    CHECK_ERROR(join(s, &other, sizeof(other), JL_BOTH), WSAEAFNOSUPPORT);
    CHECK_ERROR(join(v6, &other, sizeof(other), JL_BOTH), WSAEADDRNOTAVAIL);
    closesocket(s);
    closesocket(v6);
}
