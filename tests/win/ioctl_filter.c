/*
 * The multicast filters that Windows has as ioctls.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ioctl.h"

struct filter /* IP_MSFILTER */
{
    IN_ADDR group, index;
    ULONG mode, count;
    IN_ADDR sources[2];
};

TEST(a_multicast_filter_reads_back_what_was_set)
{
    struct ip_mreq group = {.imr_multiaddr.s_addr = htonl(0xe0000170),
                            .imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
    struct filter filter = {.mode = 1, .count = 2}, got;
    SOCKET s;

    udp_bound(&s, NULL);
    filter.group = group.imr_multiaddr;
    filter.index = group.imr_interface;
    filter.sources[0].s_addr = htonl(0x0a010203);
    filter.sources[1].s_addr = htonl(0x0a010204);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&group, sizeof(group)), 0);
    CHECK_INT(command(s, SIO_SET_MULTICAST_FILTER, &filter, sizeof(filter)), 0);
    got = filter;
    got.mode = got.count = 0xdead;
    CHECK_INT(WSAIoctl(s, SIO_GET_MULTICAST_FILTER, &got, 16, &got, sizeof(got), &returned, NULL, NULL), 0);
    CHECK_INT(got.mode, 1);
    CHECK_INT(got.count, 2);
    CHECK_INT(returned, sizeof(got));
    CHECK_ERROR(command(s, SIO_SET_MULTICAST_FILTER, &filter, 15), WSAEFAULT);
    CHECK_ERROR(command(s, SIO_SET_MULTICAST_FILTER, &filter, 20), WSAEFAULT);
    filter.mode = 2;
    CHECK_ERROR(command(s, SIO_SET_MULTICAST_FILTER, &filter, sizeof(filter)), WSAEINVAL);
    closesocket(s);
}

struct source_filter /* GROUP_FILTER */
{
    ULONG index;
    SOCKADDR_STORAGE group;
    ULONG mode, count;
    SOCKADDR_STORAGE sources[1];
};

TEST(a_group_filter_reads_back_what_was_set)
{
    struct source_filter filter = {.index = 1, .mode = 1, .count = 1}, got;
    SOCKET s;

    udp_bound(&s, NULL);
    ((struct sockaddr_in *)&filter.group)->sin_family = AF_INET;
    ((struct sockaddr_in *)&filter.group)->sin_addr.s_addr = htonl(0xe0000171);
    ((struct sockaddr_in *)&filter.sources[0])->sin_family = AF_INET;
    ((struct sockaddr_in *)&filter.sources[0])->sin_addr.s_addr = htonl(0x0a010203);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, (char *)&filter, 136), 0);
    CHECK_INT(command(s, SIOCSMSFILTER, &filter, sizeof(filter)), 0);
    got = filter;
    got.mode = got.count = 0xdead;
    memset(got.sources, 0, sizeof(got.sources));
    CHECK_INT(WSAIoctl(s, SIOCGMSFILTER, &got, 144, &got, sizeof(got), &returned, NULL, NULL), 0);
    CHECK_INT(got.mode, 1);
    CHECK_INT(got.count, 1);
    CHECK(!memcmp(&got.sources, &filter.sources, sizeof(struct sockaddr_in)));
    closesocket(s);
}
