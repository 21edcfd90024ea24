/*
 * The format of hosts, services and protocol files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "suites.h"

/* Pure, but of the PE half: so it is not in the library of pure code. */
#include "etcfile.c"

static char *cursor, *fields[ETC_FIELDS];

/* In a block of its very size, so that the sanitizer sees a step too far. */
static char *open_text(const char *text)
{
    return cursor = strdup(text);
}

START_TEST(fields_are_separated_by_white_space)
{
    char *text = open_text("http  80/tcp\twww\r\n");

    ck_assert_int_eq(etc_next(&cursor, fields), 3);
    ck_assert_str_eq(fields[0], "http");
    ck_assert_str_eq(fields[1], "80/tcp");
    ck_assert_str_eq(fields[2], "www");
    ck_assert_int_eq(etc_next(&cursor, fields), 0);
    free(text);
}
END_TEST

START_TEST(comments_and_empty_lines_are_skipped)
{
    char *text = open_text("# all of it\n\n \t\r\nlocalhost#at once\nlast # later");

    ck_assert_int_eq(etc_next(&cursor, fields), 1);
    ck_assert_str_eq(fields[0], "localhost");
    ck_assert_int_eq(etc_next(&cursor, fields), 1);
    ck_assert_str_eq(fields[0], "last");
    ck_assert_int_eq(etc_next(&cursor, fields), 0);
    ck_assert_int_eq(etc_next(&cursor, fields), 0);
    free(text);
}
END_TEST

START_TEST(empty_text_has_no_lines)
{
    char *text = open_text("");

    ck_assert_int_eq(etc_next(&cursor, fields), 0);
    free(text);
}
END_TEST

START_TEST(more_fields_than_there_is_room_for_are_ignored)
{
    char line[4 * ETC_FIELDS + 8] = "", *text;
    int i;

    for (i = 0; i < 2 * ETC_FIELDS; i++) strcat(line, "a ");
    strcat(line, "\nb");
    text = open_text(line);
    ck_assert_int_eq(etc_next(&cursor, fields), ETC_FIELDS);
    ck_assert_int_eq(etc_next(&cursor, fields), 1);
    ck_assert_str_eq(fields[0], "b");
    free(text);
}
END_TEST

START_TEST(numbers_are_decimal_and_limited)
{
    ck_assert_int_eq(etc_number("0", 255), 0);
    ck_assert_int_eq(etc_number("255", 255), 255);
    ck_assert_int_eq(etc_number("256", 255), -1);
    ck_assert_int_eq(etc_number("99999999999999999999", 65535), -1);
    ck_assert_int_eq(etc_number("", 255), -1);
    ck_assert_int_eq(etc_number("-1", 255), -1);
    ck_assert_int_eq(etc_number("1x", 255), -1);
}
END_TEST

static int port_of(const char *field, const char *protocol)
{
    char copy[32], *found = NULL;
    int port = etc_port(strcpy(copy, field), &found);

    if (port >= 0) ck_assert_str_eq(found, protocol);
    return port;
}

START_TEST(ports_have_a_protocol)
{
    ck_assert_int_eq(port_of("80/tcp", "tcp"), 80);
    ck_assert_int_eq(port_of("65535/udp", "udp"), 65535);
    ck_assert_int_eq(port_of("65536/udp", "udp"), -1);
    ck_assert_int_eq(port_of("80", ""), -1);
    ck_assert_int_eq(port_of("80/", ""), -1);
    ck_assert_int_eq(port_of("/tcp", "tcp"), -1);
}
END_TEST

Suite *etcfile_suite(void)
{
    Suite *suite = suite_create("etcfile");
    TCase *tests = tcase_create("etcfile");

    tcase_add_test(tests, fields_are_separated_by_white_space);
    tcase_add_test(tests, comments_and_empty_lines_are_skipped);
    tcase_add_test(tests, empty_text_has_no_lines);
    tcase_add_test(tests, more_fields_than_there_is_room_for_are_ignored);
    tcase_add_test(tests, numbers_are_decimal_and_limited);
    tcase_add_test(tests, ports_have_a_protocol);
    suite_add_tcase(suite, tests);
    return suite;
}
