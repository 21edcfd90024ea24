/*
 * Packing of the resolver's answers, and its errors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"
#include "unix/names.h"
#include "unix/resolve.h"
#include "unix/wsaerror.h"

START_TEST(names_are_packed_one_after_the_other)
{
    char text[8];
    struct ws2_names names = {.text = WS2_PTR(text), .size = sizeof(text)};

    names_add(&names, "ab");
    names_add(&names, "");
    names_add(&names, "cde");
    ck_assert_uint_eq(names.count, 3);
    ck_assert_uint_eq(names.used, 8);
    ck_assert(!memcmp(text, "ab\0\0cde", 8));
}
END_TEST

START_TEST(names_that_do_not_fit_are_counted)
{
    char *text = malloc(4);
    struct ws2_names names = {.text = WS2_PTR(text), .size = 4};

    names_add(&names, "abc");
    names_add(&names, "d");
    names_add(&names, "e");
    ck_assert_uint_eq(names.count, 3);
    ck_assert_uint_eq(names.used, 8);
    ck_assert_str_eq(text, "abc");
    free(text);
}
END_TEST

START_TEST(no_buffer_only_counts)
{
    struct ws2_names names = {0};

    names_add(&names, "abc");
    ck_assert_uint_eq(names.used, 4);
}
END_TEST

START_TEST(addresses_are_listed_once)
{
    struct ws2_address room[2], one = {WIN_AF_INET, 0, {1}}, two = {WIN_AF_INET, 0, {2}},
                                three = {WIN_AF_INET, 0, {3}};
    struct ws2_name_resolve params = {.addresses = WS2_PTR(room), .capacity = 2};

    addresses_add(&params, &one);
    addresses_add(&params, &one);
    ck_assert_uint_eq(params.count, 1);
    addresses_add(&params, &two);
    addresses_add(&params, &three);
    ck_assert_uint_eq(params.count, 3);
    ck_assert(!memcmp(&room[1], &two, sizeof(two)));
}
END_TEST

START_TEST(addresses_survive_the_way_there_and_back)
{
    struct ws2_address in = {WIN_AF_INET6, 7, {0xfe, 0x80, [15] = 9}}, out;
    struct sockaddr_storage host;

    ck_assert_uint_eq(address_to_host(&in, &host), sizeof(struct sockaddr_in6));
    ck_assert_int_eq(host.ss_family, AF_INET6);
    ck_assert(address_from_host((struct sockaddr *)&host, &out));
    ck_assert(!memcmp(&in, &out, sizeof(in)));
    in = (struct ws2_address){WIN_AF_INET, 0, {127, 0, 0, 1}};
    ck_assert_uint_eq(address_to_host(&in, &host), sizeof(struct sockaddr_in));
    ck_assert(address_from_host((struct sockaddr *)&host, &out));
    ck_assert(!memcmp(&in, &out, sizeof(in)));
}
END_TEST

START_TEST(other_families_are_no_addresses)
{
    struct ws2_address out = {.family = 6};
    struct sockaddr_storage host = {.ss_family = AF_UNIX};

    ck_assert(!address_from_host((struct sockaddr *)&host, &out));
    ck_assert_int_eq(out.family, 0);
    ck_assert(!address_from_host(NULL, &out));
    out.family = 6;
    ck_assert_uint_eq(address_to_host(&out, &host), 0);
}
END_TEST

START_TEST(every_getaddrinfo_error_has_a_winsock_error)
{
    static const int errors[][2] = {
        {0, 0},
        {EAI_AGAIN, WSATRY_AGAIN},
        {EAI_BADFLAGS, WSAEINVAL},
        {EAI_FAIL, WSANO_RECOVERY},
        {EAI_FAMILY, WSAEAFNOSUPPORT},
        {EAI_MEMORY, WSAENOBUFS},
        {EAI_NODATA, WSANO_DATA},
        {EAI_ADDRFAMILY, WSANO_DATA},
        {EAI_NONAME, WSAHOST_NOT_FOUND},
        {EAI_SOCKTYPE, WSAESOCKTNOSUPPORT},
        {EAI_OVERFLOW, WSANO_RECOVERY},
        {12345, WSANO_RECOVERY},
    };

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        ck_assert_int_eq(error_from_eai(errors[i][0], 0), errors[i][1]);
    ck_assert_int_eq(error_from_eai(EAI_SYSTEM, ENETUNREACH), WSAENETUNREACH);
    ck_assert_int_eq(error_from_eai(EAI_SYSTEM, 0), WSAHOST_NOT_FOUND);
}
END_TEST

START_TEST(every_h_errno_has_a_winsock_error)
{
    ck_assert_int_eq(error_from_h_errno(HOST_NOT_FOUND), WSAHOST_NOT_FOUND);
    ck_assert_int_eq(error_from_h_errno(TRY_AGAIN), WSATRY_AGAIN);
    ck_assert_int_eq(error_from_h_errno(NO_DATA), WSANO_DATA);
    ck_assert_int_eq(error_from_h_errno(NO_RECOVERY), WSANO_RECOVERY);
    ck_assert_int_eq(error_from_h_errno(-1), WSANO_RECOVERY);
}
END_TEST

static int resolve_error(const char *name, int family)
{
    struct ws2_address room[8];
    char text[256];
    struct ws2_name_resolve params = {.name = WS2_PTR(name), .family = family, .capacity = 8};

    params.addresses = WS2_PTR(room);
    params.names.text = WS2_PTR(text);
    params.names.size = sizeof(text);
    resolve_name(&params);
    return params.error;
}

START_TEST(invalid_domain_is_not_asked_for)
{
    ck_assert_int_eq(resolve_error("nobody.invalid", 0), WSAHOST_NOT_FOUND);
    ck_assert_int_eq(resolve_error("nobody.INVALID.", WIN_AF_INET), WSAHOST_NOT_FOUND);
    ck_assert_int_eq(resolve_error("invalid", 0), WSAHOST_NOT_FOUND);
}
END_TEST

START_TEST(families_without_names_are_refused)
{
    struct ws2_name_reverse reverse = {0};

    ck_assert_int_eq(resolve_error("localhost", 99), WSAEAFNOSUPPORT);
    resolve_reverse(&reverse);
    ck_assert_int_eq(reverse.error, WSAEAFNOSUPPORT);
}
END_TEST

START_TEST(unknown_service_is_no_data)
{
    struct ws2_service_find params = {.name = WS2_PTR("nonexistentservice")};

    find_service(&params);
    ck_assert_int_eq(params.error, WSANO_DATA);
}
END_TEST

Suite *names_suite(void)
{
    Suite *suite = suite_create("names");
    TCase *tests = tcase_create("names");

    tcase_add_test(tests, names_are_packed_one_after_the_other);
    tcase_add_test(tests, names_that_do_not_fit_are_counted);
    tcase_add_test(tests, no_buffer_only_counts);
    tcase_add_test(tests, addresses_are_listed_once);
    tcase_add_test(tests, addresses_survive_the_way_there_and_back);
    tcase_add_test(tests, other_families_are_no_addresses);
    tcase_add_test(tests, every_getaddrinfo_error_has_a_winsock_error);
    tcase_add_test(tests, every_h_errno_has_a_winsock_error);
    tcase_add_test(tests, invalid_domain_is_not_asked_for);
    tcase_add_test(tests, families_without_names_are_refused);
    tcase_add_test(tests, unknown_service_is_no_data);
    suite_add_tcase(suite, tests);
    return suite;
}
