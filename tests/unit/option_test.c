/*
 * Windows's socket options on real host sockets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <arpa/inet.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "suites.h"
#include "unix/option.h"
#include "unix/windows.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

static int fd;

static void open_stream(void)
{
    fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
}

static void open_datagram(void)
{
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    ck_assert_int_ge(fd, 0);
}

static void close_socket(void)
{
    close(fd);
}

static int set_number(int level, int name, int number)
{
    return option_set(fd, level, name, &number, sizeof(number));
}

static int get_number(int level, int name)
{
    uint32_t size = sizeof(int);
    int number = 0xdead;

    ck_assert_int_eq(option_get(fd, level, name, &number, &size), 0);
    ck_assert_uint_eq(size, sizeof(number));
    return number;
}

static int host_number(int level, int name)
{
    socklen_t size = sizeof(int);
    int number = 0xdead;

    ck_assert_int_eq(getsockopt(fd, level, name, &number, &size), 0);
    return number;
}

START_TEST(an_unknown_option_is_no_option)
{
    ck_assert_int_eq(set_number(WIN_IPPROTO_TCP, 4711, 1), WSAENOPROTOOPT);
    ck_assert_int_eq(set_number(4711, 1, 1), WSAENOPROTOOPT);
}
END_TEST

START_TEST(a_short_value_is_a_fault)
{
    static const int names[] = {3, 4, 5, 14, 15, 16, 17};
    char byte = 1;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        uint32_t size = sizeof(byte);

        ck_assert_int_eq(option_set(fd, WIN_IPPROTO_TCP, names[i], &byte, sizeof(byte)), WSAEFAULT);
        ck_assert_int_eq(option_get(fd, WIN_IPPROTO_TCP, names[i], &byte, &size), WSAEFAULT);
    }
}
END_TEST

static const struct
{
    int name, host, value;
} tcp_numbers[] = {{3, TCP_KEEPIDLE, 77}, {16, TCP_KEEPCNT, 5}, {17, TCP_KEEPINTVL, 3}};

START_TEST(keep_alive_numbers_reach_the_host)
{
    ck_assert_int_eq(set_number(WIN_IPPROTO_TCP, tcp_numbers[_i].name, tcp_numbers[_i].value), 0);
    ck_assert_int_eq(host_number(IPPROTO_TCP, tcp_numbers[_i].host), tcp_numbers[_i].value);
    ck_assert_int_eq(get_number(WIN_IPPROTO_TCP, tcp_numbers[_i].name), tcp_numbers[_i].value);
}
END_TEST

START_TEST(keep_alive_numbers_beyond_the_host_are_its_largest)
{
    ck_assert_int_eq(set_number(WIN_IPPROTO_TCP, 16, 255), 0);
    ck_assert_int_eq(host_number(IPPROTO_TCP, TCP_KEEPCNT), 127);
    ck_assert_int_eq(set_number(WIN_IPPROTO_TCP, 3, 100000), 0);
    ck_assert_int_eq(host_number(IPPROTO_TCP, TCP_KEEPIDLE), 32767);
}
END_TEST

START_TEST(maxrt_is_seconds_and_maxrtms_milliseconds)
{
    ck_assert_int_eq(set_number(WIN_IPPROTO_TCP, 5, 20), 0);
    ck_assert_int_eq(host_number(IPPROTO_TCP, TCP_USER_TIMEOUT), 20000);
    ck_assert_int_eq(get_number(WIN_IPPROTO_TCP, 5), 20);
    ck_assert_int_eq(get_number(WIN_IPPROTO_TCP, 14), 20000);
    ck_assert_int_eq(set_number(WIN_IPPROTO_TCP, 14, 1500), 0);
    ck_assert_int_eq(host_number(IPPROTO_TCP, TCP_USER_TIMEOUT), 1500);
    ck_assert_int_eq(get_number(WIN_IPPROTO_TCP, 5), 1);
}
END_TEST

START_TEST(maxrt_of_minus_one_is_for_ever)
{
    ck_assert_int_eq(set_number(WIN_IPPROTO_TCP, 5, -1), 0);
    ck_assert_int_eq(get_number(WIN_IPPROTO_TCP, 5), -1);
    ck_assert_int_eq(get_number(WIN_IPPROTO_TCP, 14), -1);
}
END_TEST

START_TEST(fast_open_is_a_boolean)
{
    ck_assert_int_eq(set_number(WIN_IPPROTO_TCP, 15, 1), 0);
    ck_assert_int_eq(get_number(WIN_IPPROTO_TCP, 15), 1);
    ck_assert_int_gt(host_number(IPPROTO_TCP, TCP_FASTOPEN), 1);
    ck_assert_int_eq(set_number(WIN_IPPROTO_TCP, 15, 0), 0);
    ck_assert_int_eq(get_number(WIN_IPPROTO_TCP, 15), 0);
}
END_TEST

static const struct
{
    int windows, host;
} discovery[] = {{1, IP_PMTUDISC_DO}, {2, IP_PMTUDISC_DONT}, {3, IP_PMTUDISC_PROBE}};

START_TEST(mtu_discovery_is_translated)
{
    ck_assert_int_eq(set_number(WIN_IPPROTO_IP, 71, discovery[_i].windows), 0);
    ck_assert_int_eq(host_number(IPPROTO_IP, IP_MTU_DISCOVER), discovery[_i].host);
    ck_assert_int_eq(get_number(WIN_IPPROTO_IP, 71), discovery[_i].windows);
}
END_TEST

START_TEST(mtu_discovery_can_not_be_unset)
{
    ck_assert_int_eq(set_number(WIN_IPPROTO_IP, 71, 0), WSAEINVAL);
    ck_assert_int_eq(set_number(WIN_IPPROTO_IP, 71, 4), WSAEINVAL);
}
END_TEST

START_TEST(the_mtu_of_no_connection_is_an_error)
{
    uint32_t size = sizeof(int);
    int number;

    ck_assert_int_eq(option_get(fd, WIN_IPPROTO_IP, 73, &number, &size), WSAENOTCONN);
    ck_assert_int_eq(set_number(WIN_IPPROTO_IP, 73, 1500), WSAENOPROTOOPT);
}
END_TEST

START_TEST(the_unicast_interface_of_ipv6_is_in_host_order)
{
    int ipv6 = socket(AF_INET6, SOCK_DGRAM, 0), swapped = 0;
    socklen_t size = sizeof(swapped);

    if (ipv6 < 0) return;
    close(fd);
    fd = ipv6;
    ck_assert_int_eq(set_number(WIN_IPPROTO_IPV6, 31, 1), 0);
    ck_assert_int_eq(getsockopt(fd, IPPROTO_IPV6, 76, &swapped, &size), 0);
    ck_assert_uint_eq(ntohl(swapped), 1);
    ck_assert_int_eq(get_number(WIN_IPPROTO_IPV6, 31), 1);
}
END_TEST

START_TEST(a_multicast_interface_may_be_an_index)
{
    ck_assert_int_eq(set_number(WIN_IPPROTO_IP, 9, htonl(1)), 0);
    ck_assert_int_eq(set_number(WIN_IPPROTO_IP, 9, htonl(INADDR_LOOPBACK)), 0);
    ck_assert_int_eq(get_number(WIN_IPPROTO_IP, 9), (int)htonl(INADDR_LOOPBACK));
    ck_assert_int_eq(set_number(WIN_IPPROTO_IP, 9, htonl(0xffff)), WSAEADDRNOTAVAIL);
}
END_TEST

START_TEST(a_group_is_joined_on_an_index_and_left)
{
    uint32_t request[2] = {htonl(0xe0000155), htonl(1)};

    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 12, request, sizeof(request)), 0);
    ck_assert_int_ne(option_set(fd, WIN_IPPROTO_IP, 12, request, sizeof(request)), 0);
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 13, request, sizeof(request)), 0);
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 13, request, sizeof(request)), WSAEADDRNOTAVAIL);
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 12, request, 4), WSAEFAULT);
}
END_TEST

START_TEST(a_group_without_a_route_is_joined_all_the_same)
{
    uint32_t request[2] = {htonl(0xe0000155), 0};

    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 12, request, sizeof(request)), 0);
}
END_TEST

/* Windows's order is group, source, interface. */
START_TEST(a_source_comes_before_the_interface)
{
    uint32_t request[3] = {htonl(0xe8000155), htonl(0x0a010203), htonl(INADDR_LOOPBACK)};

    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 15, request, sizeof(request)), 0);
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 16, request, sizeof(request)), 0);
    ck_assert_int_ne(option_set(fd, WIN_IPPROTO_IP, 16, request, sizeof(request)), 0);
}
END_TEST

static void put_address(char *place, uint32_t address)
{
    struct win_sockaddr_in name = {.family = WIN_AF_INET};

    memcpy(name.addr, &address, sizeof(address));
    memcpy(place, &name, sizeof(name));
}

START_TEST(the_protocol_independent_calls_join_block_and_leave)
{
    char request[264] = {0};
    uint32_t index = 1;

    memcpy(request, &index, sizeof(index));
    put_address(request + 8, htonl(0xe0000156));
    put_address(request + 136, htonl(0x0a010203));
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 41, request, 136), 0);
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 43, request, 264), 0);
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 44, request, 264), 0);
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 42, request, 136), 0);
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 45, request, 264), 0);
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 46, request, 264), 0);
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 41, request, 135), WSAEFAULT);
    request[8] = 99;
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 41, request, 136), WSAEAFNOSUPPORT);
}
END_TEST

struct filter
{
    uint32_t group, interface, mode, count, sources[3];
};

static void join_group(struct filter *filter)
{
    uint32_t request[2] = {htonl(0xe0000157), htonl(INADDR_LOOPBACK)};

    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, 12, request, sizeof(request)), 0);
    memset(filter, 0, sizeof(*filter));
    filter->group = request[0];
    filter->interface = request[1];
    filter->mode = 1;
}

/* Windows's 1 is to exclude, the host's to include. */
START_TEST(a_filter_keeps_its_mode)
{
    struct filter filter, got;
    uint32_t size = sizeof(got);

    join_group(&filter);
    filter.count = 1;
    filter.sources[0] = htonl(0x0a010203);
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, WS2_OPTION_IP_FILTER, &filter, sizeof(filter)), 0);
    got = filter;
    got.mode = got.count = 99;
    ck_assert_int_eq(option_get(fd, WIN_IPPROTO_IP, WS2_OPTION_IP_FILTER, &got, &size), 0);
    ck_assert_uint_eq(size, 20);
    ck_assert_uint_eq(got.mode, 1);
    ck_assert_uint_eq(got.count, 1);
    ck_assert_uint_eq(got.sources[0], filter.sources[0]);
    filter.mode = 0;
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, WS2_OPTION_IP_FILTER, &filter, sizeof(filter)), 0);
    ck_assert_int_eq(option_get(fd, WIN_IPPROTO_IP, WS2_OPTION_IP_FILTER, &got, &size), 0);
    ck_assert_uint_eq(got.mode, 0);
}
END_TEST

START_TEST(a_filter_that_lies_about_its_sources_is_refused)
{
    struct filter filter;
    uint32_t size = 15;

    join_group(&filter);
    filter.count = 4;
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, WS2_OPTION_IP_FILTER, &filter, sizeof(filter)),
                     WSAEFAULT);
    filter.count = UINT32_MAX;
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, WS2_OPTION_IP_FILTER, &filter, sizeof(filter)),
                     WSAENOBUFS);
    filter.count = 0;
    filter.mode = 2;
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, WS2_OPTION_IP_FILTER, &filter, sizeof(filter)),
                     WSAEINVAL);
    ck_assert_int_eq(option_set(fd, WIN_IPPROTO_IP, WS2_OPTION_IP_FILTER, &filter, 15), WSAEFAULT);
    ck_assert_int_eq(option_get(fd, WIN_IPPROTO_IP, WS2_OPTION_IP_FILTER, &filter, &size), WSAEFAULT);
}
END_TEST

START_TEST(udp_checksum_options_are_opposites)
{
    ck_assert_int_eq(get_number(WIN_IPPROTO_UDP, 1), 0);
    ck_assert_int_eq(get_number(WIN_IPPROTO_UDP, 20), 1);
    ck_assert_int_eq(set_number(WIN_IPPROTO_UDP, 1, 1), 0);
    ck_assert_int_eq(get_number(WIN_IPPROTO_UDP, 20), 0);
    ck_assert_int_eq(set_number(WIN_IPPROTO_UDP, 20, 1), 0);
    ck_assert_int_eq(get_number(WIN_IPPROTO_UDP, 1), 0);
}
END_TEST

START_TEST(segmentation_offload_reaches_the_host)
{
    ck_assert_int_eq(set_number(WIN_IPPROTO_UDP, WIN_UDP_SEND_MSG_SIZE, 1200), 0);
    ck_assert_int_eq(host_number(IPPROTO_UDP, UDP_SEGMENT), 1200);
    ck_assert_int_eq(set_number(WIN_IPPROTO_UDP, WIN_UDP_SEND_MSG_SIZE, 0x10000), WSAEINVAL);
    ck_assert_int_eq(set_number(WIN_IPPROTO_UDP, WIN_UDP_RECV_MAX_COALESCED_SIZE, 65507), 0);
    ck_assert_int_eq(get_number(WIN_IPPROTO_UDP, WIN_UDP_RECV_MAX_COALESCED_SIZE), 1);
}
END_TEST

Suite *option_suite(void)
{
    Suite *suite = suite_create("option");
    TCase *stream = tcase_create("stream"), *datagram = tcase_create("datagram");

    tcase_add_checked_fixture(stream, open_stream, close_socket);
    tcase_add_test(stream, an_unknown_option_is_no_option);
    tcase_add_test(stream, a_short_value_is_a_fault);
    tcase_add_loop_test(stream, keep_alive_numbers_reach_the_host, 0, 3);
    tcase_add_test(stream, keep_alive_numbers_beyond_the_host_are_its_largest);
    tcase_add_test(stream, maxrt_is_seconds_and_maxrtms_milliseconds);
    tcase_add_test(stream, maxrt_of_minus_one_is_for_ever);
    tcase_add_test(stream, fast_open_is_a_boolean);
    suite_add_tcase(suite, stream);

    tcase_add_checked_fixture(datagram, open_datagram, close_socket);
    tcase_add_loop_test(datagram, mtu_discovery_is_translated, 0, 3);
    tcase_add_test(datagram, mtu_discovery_can_not_be_unset);
    tcase_add_test(datagram, the_mtu_of_no_connection_is_an_error);
    tcase_add_test(datagram, the_unicast_interface_of_ipv6_is_in_host_order);
    tcase_add_test(datagram, a_multicast_interface_may_be_an_index);
    tcase_add_test(datagram, a_group_is_joined_on_an_index_and_left);
    tcase_add_test(datagram, a_group_without_a_route_is_joined_all_the_same);
    tcase_add_test(datagram, a_source_comes_before_the_interface);
    tcase_add_test(datagram, the_protocol_independent_calls_join_block_and_leave);
    tcase_add_test(datagram, a_filter_keeps_its_mode);
    tcase_add_test(datagram, a_filter_that_lies_about_its_sources_is_refused);
    tcase_add_test(datagram, udp_checksum_options_are_opposites);
    tcase_add_test(datagram, segmentation_offload_reaches_the_host);
    suite_add_tcase(suite, datagram);
    return suite;
}
