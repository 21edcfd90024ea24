/*
 * What a host can do, told from how it answers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "suites.h"
#include "unix/capability.h"
#include "ws2_unix.h"

#define BLUETOOTH 31

/* A host that is played: every socket gives errno `otherwise`, but those of the
 * rules, the first that fits. */
struct rule
{
    int family, type, protocol; /* -1 for any */
    int err;
};

struct host
{
    const struct rule *rules;
    int otherwise;
    int adapter; /* a Bluetooth one */
    int bluetooth_asked;
    int others_asked;
};

static int fits(int rule, int value)
{
    return rule == -1 || rule == value;
}

static int play_socket(void *context, int family, int type, int protocol)
{
    struct host *host = context;
    const struct rule *rule;

    if (family == BLUETOOTH)
        host->bluetooth_asked++;
    else
        host->others_asked++;
    for (rule = host->rules; rule && rule->family; rule++)
        if (fits(rule->family, family) && fits(rule->type, type) && fits(rule->protocol, protocol))
            return rule->err;
    return host->otherwise;
}

static int play_entries(void *context, const char *folder)
{
    struct host *host = context;

    ck_assert_str_eq(folder, "/sys/class/bluetooth");
    return host->adapter;
}

static uint32_t ask(struct host *host)
{
    struct capability_probe probe = {play_socket, play_entries, host};

    return capability_of(&probe, UINT32_MAX);
}

START_TEST(a_host_that_makes_nothing_can_do_nothing)
{
    struct host host = {NULL, EAFNOSUPPORT, 1, 0, 0};

    ck_assert_uint_eq(ask(&host), 0);
}
END_TEST

START_TEST(a_host_that_makes_everything_can_do_everything)
{
    struct host host = {NULL, 0, 1, 0, 0};

    ck_assert_uint_eq(ask(&host), 0x3fff);
}
END_TEST

START_TEST(ipv4_alone_is_seen)
{
    static const struct rule rules[] = {{AF_INET, SOCK_DGRAM, 0, 0}, {0, 0, 0, 0}};
    struct host host = {rules, EAFNOSUPPORT, 0, 0, 0};

    ck_assert_uint_eq(ask(&host), WS2_CAN_IPV4);
}
END_TEST

START_TEST(raw_sockets_need_privilege_and_ping_does_not)
{
    static const struct rule rules[] = {
        {AF_INET, SOCK_RAW, -1, EPERM},
        {AF_INET6, SOCK_RAW, -1, EPERM},
        {AF_INET, -1, -1, 0},
        {AF_INET6, -1, -1, 0},
        {0, 0, 0, 0},
    };
    struct host host = {rules, EAFNOSUPPORT, 0, 0, 0};

    ck_assert_uint_eq(ask(&host), WS2_CAN_IPV4 | WS2_CAN_IPV6 | WS2_CAN_PING4 | WS2_CAN_PING6);
}
END_TEST

START_TEST(a_closed_ping_group_range_takes_ping_away)
{
    static const struct rule rules[] = {
        {AF_INET, SOCK_DGRAM, IPPROTO_ICMP, EACCES},
        {AF_INET, -1, -1, 0},
        {0, 0, 0, 0},
    };
    struct host host = {rules, EAFNOSUPPORT, 0, 0, 0};

    ck_assert_uint_eq(ask(&host), WS2_CAN_IPV4 | WS2_CAN_RAW4);
}
END_TEST

START_TEST(bluetooth_is_not_even_asked_for_without_an_adapter)
{
    struct host host = {NULL, 0, 0, 0, 0};

    ck_assert_uint_eq(ask(&host) & (WS2_CAN_RFCOMM | WS2_CAN_L2CAP), 0);
    ck_assert_int_eq(host.bluetooth_asked, 0);
    host.adapter = 1;
    ck_assert_uint_eq(ask(&host) & (WS2_CAN_RFCOMM | WS2_CAN_L2CAP), WS2_CAN_RFCOMM | WS2_CAN_L2CAP);
}
END_TEST

START_TEST(only_what_is_wanted_is_asked_for)
{
    struct host host = {NULL, 0, 1, 0, 0};
    struct capability_probe probe = {play_socket, play_entries, &host};

    ck_assert_uint_eq(capability_of(&probe, WS2_CAN_RFCOMM), WS2_CAN_RFCOMM);
    ck_assert_int_eq(host.bluetooth_asked, 1);
    ck_assert_int_eq(host.others_asked, 0);
}
END_TEST

START_TEST(a_passing_shortage_is_not_taken_for_no)
{
    static const int shortages[] = {EMFILE, ENFILE, ENOMEM, ENOBUFS};
    struct host host = {NULL, shortages[_i], 1, 0, 0};

    ck_assert_uint_eq(ask(&host), 0x3fff);
}
END_TEST

START_TEST(this_host_is_asked_without_leaking_descriptors)
{
    int before = socket(AF_UNIX, SOCK_STREAM, 0), after;
    uint32_t can = capability_of(&capability_host, UINT32_MAX);

    after = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(after, before + 1);
    ck_assert(can & WS2_CAN_UNIX);
    ck_assert_uint_eq(capability_of(&capability_host, UINT32_MAX), can);
}
END_TEST

Suite *capability_suite(void)
{
    Suite *suite = suite_create("capability");
    TCase *tests = tcase_create("probing");

    tcase_add_test(tests, a_host_that_makes_nothing_can_do_nothing);
    tcase_add_test(tests, a_host_that_makes_everything_can_do_everything);
    tcase_add_test(tests, ipv4_alone_is_seen);
    tcase_add_test(tests, raw_sockets_need_privilege_and_ping_does_not);
    tcase_add_test(tests, a_closed_ping_group_range_takes_ping_away);
    tcase_add_test(tests, bluetooth_is_not_even_asked_for_without_an_adapter);
    tcase_add_test(tests, only_what_is_wanted_is_asked_for);
    tcase_add_loop_test(tests, a_passing_shortage_is_not_taken_for_no, 0, 4);
    tcase_add_test(tests, this_host_is_asked_without_leaking_descriptors);
    suite_add_tcase(suite, tests);
    return suite;
}
