/*
 * Reading a DNS server's answer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "suites.h"
#include "unix/dns.h"
#include "unix/windows.h"

#define HEADER "\x12\x34\x81\x80\0\1\0\2\0\0\0\0"
#define QUESTION "\1a\7example\0\0\1\0\1"
/* a.example is www.example: the target's end points back to the question */
#define ALIAS "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\6\3www\xc0\x0e"
#define ADDRESS "\xc0\x27\0\1\0\1\0\0\0\x3c\0\4\x0a\1\2\3"

static struct ws2_address room[4];
static struct ws2_name_resolve params;
static char canonical[DNS_NAME_SIZE];

/* In a block of its very size, so that the sanitizer sees a step too far. */
static int answer_of(const void *bytes, size_t size, enum dns_type type)
{
    uint8_t *message = malloc(size ? size : 1);
    int result;

    memcpy(message, bytes, size);
    memset(&params, 0, sizeof(params));
    params.addresses = WS2_PTR(room);
    params.capacity = 4;
    canonical[0] = 0;
    result = dns_answer(message, size, type, &params, canonical);
    free(message);
    return result;
}

static const char whole[] = HEADER QUESTION ALIAS ADDRESS;

START_TEST(addresses_and_the_canonical_name_are_found)
{
    ck_assert_int_eq(answer_of(whole, sizeof(whole) - 1, DNS_A), 0);
    ck_assert_uint_eq(params.count, 1);
    ck_assert_int_eq(room[0].family, WIN_AF_INET);
    ck_assert(!memcmp(room[0].bytes, "\x0a\1\2\3", 4));
    ck_assert_str_eq(canonical, "www.example");
}
END_TEST

START_TEST(records_of_other_types_are_no_addresses)
{
    ck_assert_int_eq(answer_of(whole, sizeof(whole) - 1, DNS_AAAA), 0);
    ck_assert_uint_eq(params.count, 0);
}
END_TEST

START_TEST(messages_that_break_off_are_refused)
{
    for (size_t size = 0; size < sizeof(whole) - 1; size++)
        ck_assert_int_eq(answer_of(whole, size, DNS_A), -1);
}
END_TEST

START_TEST(pointers_lead_back_only)
{
    static const uint8_t self[] = {0xc0, 0}, forward[] = {0xc0, 2, 1, 'a', 0}, loop[] = {1, 'a', 0xc0, 0};
    char text[DNS_NAME_SIZE];
    size_t at = 0;

    ck_assert_int_eq(dns_name(self, sizeof(self), &at, text), -1);
    at = 0;
    ck_assert_int_eq(dns_name(forward, sizeof(forward), &at, text), -1);
    at = 0;
    ck_assert_int_eq(dns_name(loop, sizeof(loop), &at, text), -1);
}
END_TEST

START_TEST(names_are_limited)
{
    uint8_t message[512];
    char text[DNS_NAME_SIZE];
    size_t at = 0, i;

    for (i = 0; i < sizeof(message) - 1; i += 2) memcpy(message + i, "\1a", 2);
    message[sizeof(message) - 2] = message[sizeof(message) - 1] = 0;
    ck_assert_int_eq(dns_name(message, sizeof(message), &at, text), -1);
    message[250] = 0;
    at = 0;
    ck_assert_int_eq(dns_name(message, sizeof(message), &at, text), 0);
    ck_assert_uint_eq(at, 251);
    ck_assert_uint_eq(strlen(text), 249);
}
END_TEST

START_TEST(characters_that_no_host_name_has_are_refused)
{
    static const uint8_t dot[] = {3, 'a', '.', 'b', 0}, nul[] = {2, 'a', 0, 0}, empty[] = {0};
    char text[DNS_NAME_SIZE];
    size_t at = 0;

    ck_assert_int_eq(dns_name(dot, sizeof(dot), &at, text), -1);
    at = 0;
    ck_assert_int_eq(dns_name(nul, sizeof(nul), &at, text), -1);
    at = 0;
    ck_assert_int_eq(dns_name(empty, sizeof(empty), &at, text), 0);
    ck_assert_str_eq(text, "");
}
END_TEST

Suite *dns_suite(void)
{
    Suite *suite = suite_create("dns");
    TCase *tests = tcase_create("dns");

    tcase_add_test(tests, addresses_and_the_canonical_name_are_found);
    tcase_add_test(tests, records_of_other_types_are_no_addresses);
    tcase_add_test(tests, messages_that_break_off_are_refused);
    tcase_add_test(tests, pointers_lead_back_only);
    tcase_add_test(tests, names_are_limited);
    tcase_add_test(tests, characters_that_no_host_name_has_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
