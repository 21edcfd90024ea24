/*
 * Socket options of multicast groups, their sources, and interfaces.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "option.h"

TEST(groups_are_joined_and_left_by_address_index_or_neither)
{
    static const unsigned long interfaces[] = {INADDR_LOOPBACK, 1, INADDR_ANY};
    struct ip_mreq request;
    size_t i;

    for (i = 0; i < ARRAYSIZE(interfaces); i++)
    {
        SOCKET s;

        udp_bound(&s, NULL);
        request.imr_multiaddr.s_addr = htonl(0xe0000160);
        request.imr_interface.s_addr = htonl(interfaces[i]);
        CHECK_INT(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
        CHECK_ERROR(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, 7), WSAEFAULT);
        CHECK_INT(setsockopt(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
        closesocket(s);
    }
}

TEST(sources_are_chosen_and_blocked)
{
    struct ip_mreq_source request = {.imr_multiaddr.s_addr = htonl(0xe8000161),
                                     .imr_sourceaddr.s_addr = htonl(0x0a010203),
                                     .imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
    struct ip_mreq group = {.imr_multiaddr.s_addr = htonl(0xe0000162),
                            .imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET s;

    udp_bound(&s, NULL);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&group, sizeof(group)), 0);
    request.imr_multiaddr = group.imr_multiaddr;
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_BLOCK_SOURCE, (char *)&request, sizeof(request)), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_UNBLOCK_SOURCE, (char *)&request, sizeof(request)), 0);
    closesocket(s);
}

struct group_request /* GROUP_SOURCE_REQ, whose head is GROUP_REQ */
{
    ULONG index;
    SOCKADDR_STORAGE group, source;
};

TEST(groups_are_joined_by_the_protocol_independent_options)
{
    struct group_request request = {.index = 1};
    int size = offsetof(struct group_request, source);
    SOCKET s;

    ((struct sockaddr_in *)&request.group)->sin_family = AF_INET;
    ((struct sockaddr_in *)&request.group)->sin_addr.s_addr = htonl(0xe0000163);
    ((struct sockaddr_in *)&request.source)->sin_family = AF_INET;
    ((struct sockaddr_in *)&request.source)->sin_addr.s_addr = htonl(0x0a010203);
    udp_bound(&s, NULL);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, (char *)&request, size), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_BLOCK_SOURCE, (char *)&request, sizeof(request)), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_UNBLOCK_SOURCE, (char *)&request, sizeof(request)), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_LEAVE_GROUP, (char *)&request, size), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, (char *)&request, sizeof(request)), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, (char *)&request, sizeof(request)), 0);
    CHECK_ERROR(setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, (char *)&request, size - 1), WSAEFAULT);
    closesocket(s);
}

TEST(a_multicast_interface_is_set_by_address_or_index)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    int value = htonl(INADDR_LOOPBACK), length = 4;

    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, (char *)&value, 4), 0);
    value = 0;
    CHECK_INT(getsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, (char *)&value, &length), 0);
    CHECK_INT(value, (int)htonl(INADDR_LOOPBACK));
    value = htonl(1);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, (char *)&value, 4), 0);
    closesocket(s);
}

static BOOL comes_through(SOCKET sender, SOCKET receiver, struct sockaddr_in *to)
{
    struct timeval timeout = {0};
    fd_set read;
    char byte;

    CHECK_INT(sendto(sender, "x", 1, 0, (struct sockaddr *)to, sizeof(*to)), 1);
    FD_ZERO(&read);
    FD_SET(receiver, &read);
    if (!select(0, &read, NULL, NULL, &timeout)) return FALSE; /* the loopback delivers at once */
    CHECK_INT(recv(receiver, &byte, 1, 0), 1);
    return TRUE;
}

TEST(datagrams_come_only_from_the_interfaces_of_the_list)
{
    DWORD list[4], index = 1, other = 4711;
    struct sockaddr_in addr;
    SOCKET sender, receiver;
    int length = sizeof(list);

    udp_bound(&receiver, &addr);
    udp_bound(&sender, NULL);
    CHECK_ERROR(getsockopt(receiver, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &length), WSAEINVAL);
    CHECK_ERROR(setsockopt(receiver, IPPROTO_IP, IP_ADD_IFLIST, (char *)&index, 4), WSAEINVAL);
    CHECK(comes_through(sender, receiver, &addr));
    set_number(receiver, IPPROTO_IP, IP_IFLIST, TRUE);
    CHECK_INT(getsockopt(receiver, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &length), 0);
    CHECK_INT(length, 0);
    CHECK(!comes_through(sender, receiver, &addr));
    set_number(receiver, IPPROTO_IP, IP_ADD_IFLIST, other);
    CHECK(!comes_through(sender, receiver, &addr));
    set_number(receiver, IPPROTO_IP, IP_ADD_IFLIST, index);
    CHECK(comes_through(sender, receiver, &addr));
    length = 4;
    CHECK_ERROR(getsockopt(receiver, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &length), WSAEFAULT);
    length = sizeof(list);
    CHECK_INT(getsockopt(receiver, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &length), 0);
    CHECK_INT(length, 8);
    CHECK_INT(list[0], other);
    CHECK_INT(list[1], index);
    set_number(receiver, IPPROTO_IP, IP_DEL_IFLIST, index);
    CHECK(!comes_through(sender, receiver, &addr));
    CHECK_ERROR(setsockopt(receiver, IPPROTO_IP, IP_DEL_IFLIST, (char *)&index, 4), WSAEINVAL);
    set_number(receiver, IPPROTO_IP, IP_IFLIST, FALSE);
    CHECK(comes_through(sender, receiver, &addr));
    closesocket(receiver);
    closesocket(sender);
}

TEST(ipv6_groups_are_joined_and_left_once_each)
{
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, 0);
    struct ipv6_mreq request = {.ipv6mr_interface = 1};

    request.ipv6mr_multiaddr.s6_addr[0] = 0xff;
    request.ipv6mr_multiaddr.s6_addr[1] = 0x01;
    request.ipv6mr_multiaddr.s6_addr[15] = 0x77;
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
    CHECK_ERROR(setsockopt(s, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, (char *)&request, 19), WSAEFAULT);
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
    CHECK_ERROR(setsockopt(s, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, (char *)&request, sizeof(request)),
                WSAEADDRNOTAVAIL);
    closesocket(s);
}
