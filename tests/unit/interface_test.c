/*
 * The list of interfaces, and its order.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"
#include "unix/interface.h"
#include "unix/windows.h"
#include "unix/wsaerror.h"

static struct ws2_interface make(const char *name, uint32_t index, uint32_t flags, uint32_t metric)
{
    struct ws2_interface entry = {.index = index, .flags = flags, .metric = metric};

    strcpy(entry.name, name);
    entry.address.family = WIN_AF_INET;
    return entry;
}

START_TEST(default_route_comes_first_and_loopback_last)
{
    struct ws2_interface list[] = {
        make("lo", 1, WS2_INTERFACE_LOOPBACK, UINT32_MAX),
        make("docker0", 2, 0, 0),
        make("wlan0", 3, WS2_INTERFACE_DEFAULT, 600),
        make("eth0", 4, WS2_INTERFACE_DEFAULT, 100),
        make("tun0", 5, 0, 50),
    };
    static const uint32_t order[] = {4, 3, 2, 5, 1};

    interface_sort(list, 5);
    for (int i = 0; i < 5; i++) ck_assert_uint_eq(list[i].index, order[i]);
}
END_TEST

START_TEST(addresses_of_one_interface_keep_their_order)
{
    struct ws2_interface list[3];

    for (int i = 0; i < 3; i++)
    {
        list[i] = make("eth0", 4, 0, 0);
        list[i].address.bytes[0] = 9 - i;
    }
    interface_sort(list, 3);
    for (int i = 0; i < 3; i++) ck_assert_uint_eq(list[i].address.bytes[0], 9 - i);
    interface_sort(list, 0);
}
END_TEST

START_TEST(route_lines_are_read)
{
    struct route_note note;

    ck_assert(route_line_ipv4("eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n", &note));
    ck_assert_str_eq(note.name, "eth0");
    ck_assert(note.is_default);
    ck_assert_uint_eq(note.metric, 100);
    ck_assert(route_line_ipv4("eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n", &note));
    ck_assert(!note.is_default);
    ck_assert(!route_line_ipv4("eth0\t000200C0\t00000000\t0000\t0\t0\t0\t00FFFFFF\t0\t0\t0\n", &note));
    ck_assert(!route_line_ipv4("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n", &note));
    ck_assert(!route_line_ipv4("", &note));
}
END_TEST

#define ZEROS "00000000000000000000000000000000"

START_TEST(ipv6_route_lines_are_read)
{
    struct route_note note;

    ck_assert(route_line_ipv6(ZEROS " 00 " ZEROS
                                    " 00 fe800000000000000000000000000001 00000400 00000001 00000000 "
                                    "00000003     eth0\n",
                              &note));
    ck_assert_str_eq(note.name, "eth0");
    ck_assert(note.is_default);
    ck_assert_uint_eq(note.metric, 1024);
    /* the one that refuses everything is no way out */
    ck_assert(!route_line_ipv6(
        ZEROS " 00 " ZEROS " 00 " ZEROS " ffffffff 00000001 00000000 00200200       lo\n", &note));
    ck_assert(!route_line_ipv6("nonsense\n", &note));
}
END_TEST

START_TEST(default_route_decides_the_metric)
{
    struct ws2_interface entry = make("eth0", 1, 0, UINT32_MAX);
    struct route_note local = {"eth0", 0, 5}, standard = {"eth0", 1, 100}, worse = {"eth0", 1, 200},
                      other = {"lo", 1, 1};

    interface_apply_route(&entry, &other);
    ck_assert_uint_eq(entry.metric, UINT32_MAX);
    interface_apply_route(&entry, &local);
    ck_assert_uint_eq(entry.metric, 5);
    interface_apply_route(&entry, &standard);
    ck_assert_uint_eq(entry.metric, 100);
    ck_assert(entry.flags & WS2_INTERFACE_DEFAULT);
    interface_apply_route(&entry, &worse);
    interface_apply_route(&entry, &local);
    ck_assert_uint_eq(entry.metric, 100);
}
END_TEST

START_TEST(netmasks_have_a_length)
{
    struct ws2_address mask = {WIN_AF_INET, 0, {255, 255, 240}};

    ck_assert_uint_eq(prefix_length(&mask), 20);
    memset(mask.bytes, 255, 16);
    ck_assert_uint_eq(prefix_length(&mask), 32);
    mask.family = WIN_AF_INET6;
    ck_assert_uint_eq(prefix_length(&mask), 128);
    mask.family = 0;
    ck_assert_uint_eq(prefix_length(&mask), 0);
}
END_TEST

START_TEST(flags_are_windows_flags)
{
    ck_assert_uint_eq(interface_flags(IFF_UP | IFF_LOOPBACK | IFF_RUNNING),
                      WS2_INTERFACE_UP | WS2_INTERFACE_LOOPBACK);
    ck_assert_uint_eq(interface_flags(IFF_BROADCAST | IFF_MULTICAST | IFF_POINTOPOINT),
                      WS2_INTERFACE_BROADCAST | WS2_INTERFACE_MULTICAST | WS2_INTERFACE_POINT_TO_POINT);
}
END_TEST

START_TEST(this_host_has_addresses)
{
    struct ws2_interface *list;
    size_t count;

    ck_assert_int_eq(interface_list(WIN_AF_INET, &list, &count), 0);
    for (size_t i = 0; i < count; i++)
    {
        ck_assert_int_eq(list[i].address.family, WIN_AF_INET);
        ck_assert(list[i].flags & WS2_INTERFACE_UP);
        ck_assert_uint_gt(list[i].mtu, 0);
    }
    free(list);
}
END_TEST

START_TEST(loopback_is_reached_from_the_loopback)
{
    struct ws2_address loopback = {WIN_AF_INET, 0, {127, 0, 0, 1}}, source;

    ck_assert_int_eq(route_source(&loopback, &source), 0);
    ck_assert(!memcmp(&source, &loopback, sizeof(source)));
    loopback.family = 99;
    ck_assert_int_eq(route_source(&loopback, &source), WSAEAFNOSUPPORT);
}
END_TEST

Suite *interface_suite(void)
{
    Suite *suite = suite_create("interface");
    TCase *tests = tcase_create("interface");

    tcase_add_test(tests, default_route_comes_first_and_loopback_last);
    tcase_add_test(tests, addresses_of_one_interface_keep_their_order);
    tcase_add_test(tests, route_lines_are_read);
    tcase_add_test(tests, ipv6_route_lines_are_read);
    tcase_add_test(tests, default_route_decides_the_metric);
    tcase_add_test(tests, netmasks_have_a_length);
    tcase_add_test(tests, flags_are_windows_flags);
    tcase_add_test(tests, this_host_has_addresses);
    tcase_add_test(tests, loopback_is_reached_from_the_loopback);
    suite_add_tcase(suite, tests);
    return suite;
}
