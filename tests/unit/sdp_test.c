/*
 * Reading and writing Bluetooth's service records.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "fakebth.h"
#include "suites.h"
#include "unix/sdptext.h"
#include "unix/wsaerror.h"

#define BYTES(literal) ((struct sdp_bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static struct sdp_element element_of(struct sdp_bytes bytes)
{
    struct sdp_element element;

    ck_assert(sdp_next(&bytes, &element));
    ck_assert_uint_eq(bytes.size, 0);
    return element;
}

static struct sdp_bytes serial_record(void)
{
    return element_of((struct sdp_bytes){fake_serial_record, fake_serial_record_size}).value;
}

START_TEST(elements_have_their_sizes)
{
    ck_assert_uint_eq(element_of(BYTES("\0")).value.size, 0);
    ck_assert_uint_eq(element_of(BYTES("\x08x")).value.size, 1);
    ck_assert_uint_eq(element_of(BYTES("\x0cxxxxxxxxxxxxxxxx")).value.size, 16);
    ck_assert_uint_eq(element_of(BYTES("\x25\3abc")).value.size, 3);
    ck_assert_uint_eq(element_of(BYTES("\x26\0\3abc")).value.size, 3);
    ck_assert_uint_eq(element_of(BYTES("\x27\0\0\0\3abc")).value.size, 3);
    ck_assert_int_eq(element_of(BYTES("\x3d\0")).type, SDP_ALTERNATIVE);
    ck_assert_uint_eq(element_of(BYTES("\x26\0\3abc")).whole.size, 6);
}
END_TEST

START_TEST(what_is_no_element_stays)
{
    static const struct
    {
        const char *bytes;
        size_t size;
    } bad[] = {{"\x09\x01", 2}, {"\x25", 1},  {"\x25\4abc", 5},
               {"\x26\1", 2},   {"\x48x", 2}, {"\x27\xff\xff\xff\xff", 5},
               {"\xff", 1}};
    struct sdp_element element;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        struct sdp_bytes bytes = {(const uint8_t *)bad[i].bytes, bad[i].size};

        ck_assert(!sdp_next(&bytes, &element));
        ck_assert_uint_eq(bytes.size, bad[i].size);
    }
}
END_TEST

START_TEST(uuids_of_all_sizes_are_one)
{
    const struct sdp_uuid serial = sdp_short_uuid(0x1101);
    struct sdp_element element;
    struct sdp_uuid uuid;

    element = element_of(BYTES("\x19\x11\x01"));
    ck_assert(sdp_uuid(&element, &uuid) && sdp_same_uuid(&uuid, &serial));
    element = element_of(BYTES("\x1a\0\0\x11\x01"));
    ck_assert(sdp_uuid(&element, &uuid) && sdp_same_uuid(&uuid, &serial));
    element = element_of(BYTES("\x1c\0\0\x11\x01\0\0\x10\0\x80\0\0\x80\x5f\x9b\x34\xfb"));
    ck_assert(sdp_uuid(&element, &uuid) && sdp_same_uuid(&uuid, &serial));
    element = element_of(BYTES("\x1b\0\0\x11\x01\0\0\0\0"));
    ck_assert(!sdp_uuid(&element, &uuid));
    element = element_of(BYTES("\x09\x11\x01"));
    ck_assert(!sdp_uuid(&element, &uuid));
}
END_TEST

START_TEST(a_record_tells_everything_of_its_service)
{
    const struct sdp_uuid serial = sdp_short_uuid(0x1101);
    struct sdp_service service;

    sdp_service(serial_record(), &service);
    ck_assert_str_eq(service.name, "Serial");
    ck_assert_str_eq(service.comment, "piece by \xc3\xa9!");
    ck_assert(service.has_class && sdp_same_uuid(&service.service_class, &serial));
    ck_assert_uint_eq(service.protocol, SDP_RFCOMM);
    ck_assert_uint_eq(service.port, 5);
}
END_TEST

START_TEST(a_record_of_nothing_tells_nothing)
{
    struct sdp_service service;

    sdp_service((struct sdp_bytes){NULL, 0}, &service);
    ck_assert(!service.has_name && !service.has_comment && !service.has_class);
    ck_assert_uint_eq(service.protocol, 0);
    ck_assert_uint_eq(service.port, 0);
}
END_TEST

START_TEST(of_alternative_protocols_the_first_counts)
{
    struct sdp_service service;

    sdp_service(BYTES("\x09\0\4\x3d\x10"
                      "\x35\x08\x35\6\x19\1\0\x09\x10\1"
                      "\x35\4\x35\2\x08\1"),
                &service);
    ck_assert_uint_eq(service.protocol, SDP_L2CAP);
    ck_assert_uint_eq(service.port, 0x1001);
}
END_TEST

START_TEST(texts_are_where_the_first_language_has_them)
{
    struct sdp_service service;

    /* base 0x0200, Latin-1 */
    sdp_service(BYTES("\x09\0\6\x35\x09\x09"
                      "de\x09\0\4\x09\2\0"
                      "\x09\1\0\x25\1x"
                      "\x09\2\0\x25\2\xfcy"),
                &service);
    ck_assert_str_eq(service.name, "\xc3\xbcy");
}
END_TEST

/* In blocks of their very sizes, so that the sanitizer sees a step too far. */
START_TEST(records_that_break_off_are_read_no_further)
{
    for (size_t size = 0; size < fake_serial_record_size; size++)
    {
        uint8_t *copy = malloc(size ? size : 1);
        struct sdp_bytes bytes = {copy, size};
        struct sdp_service service;
        struct sdp_element element;

        memcpy(copy, fake_serial_record, size);
        ck_assert(!sdp_next(&bytes, &element));
        if (size > 2)
        {
            sdp_service((struct sdp_bytes){copy + 2, size - 2}, &service);
            ck_assert_int_eq(service.has_name, size >= 60);
        }
        free(copy);
    }
}
END_TEST

static void check_text(const char *from, size_t size, uint32_t encoding, const char *expected)
{
    char to[8];

    sdp_text((const uint8_t *)from, size, encoding, to, sizeof(to));
    ck_assert_str_eq(to, expected);
}

START_TEST(texts_become_utf8)
{
    check_text("abc", 3, SDP_TEXT_UTF8, "abc");
    check_text("ab\0c", 4, SDP_TEXT_UTF8, "ab");
    check_text("\xe4\xf6", 2, SDP_TEXT_LATIN1, "\xc3\xa4\xc3\xb6");
    check_text("\0a\x20\xac", 4, SDP_TEXT_UTF16BE, "a\xe2\x82\xac");
    check_text("\xd8\x3d\xde\x00", 4, SDP_TEXT_UTF16, "\xf0\x9f\x98\x80");
    /* surrogates alone */
    check_text("\xd8\x3d\0a", 4, SDP_TEXT_UCS2,
               "\xef\xbf\xbd"
               "a");
    check_text("\xde\0\0a", 4, SDP_TEXT_UCS2,
               "\xef\xbf\xbd"
               "a");
    check_text("\0a\0", 3, SDP_TEXT_UTF16BE, "a");
}
END_TEST

START_TEST(texts_end_with_a_whole_character)
{
    check_text("12345678", 8, SDP_TEXT_UTF8, "1234567");
    check_text("123456\xc3\xa9", 8, SDP_TEXT_UTF8, "123456");
    check_text("123456\xe9", 7, SDP_TEXT_LATIN1, "123456");
    check_text("12\xe2\x82", 4, SDP_TEXT_UTF8, "12");
    check_text("12\xdf\0", 4, SDP_TEXT_UTF8, "12");
}
END_TEST

static struct sdp_bytes written(const struct sdp_service *service, uint8_t *to, size_t size)
{
    struct sdp_writer writer = {.to = to, .size = size};

    sdp_put_service(&writer, service);
    ck_assert(!writer.full);
    return element_of((struct sdp_bytes){to, writer.used}).value;
}

START_TEST(a_service_that_was_written_is_read_again)
{
    static const uint32_t protocols[][2] = {{SDP_RFCOMM, 30}, {SDP_L2CAP, 0x1001}};
    struct sdp_service service, again;
    uint8_t record[512];

    for (size_t i = 0; i < 2; i++)
    {
        memset(&service, 0, sizeof(service));
        service.has_name = service.has_comment = service.has_class = 1;
        strcpy(service.name, "Name");
        memset(service.comment, 'c', 300);
        service.service_class = sdp_short_uuid(0x12345678);
        if (i) service.service_class.bytes[15] = 0;
        service.protocol = protocols[i][0];
        service.port = protocols[i][1];
        sdp_service(written(&service, record, sizeof(record)), &again);
        ck_assert(!memcmp(&service, &again, sizeof(service)));
    }
}
END_TEST

START_TEST(a_record_without_room_is_not_written)
{
    struct sdp_service service = {.has_class = 1, .protocol = SDP_RFCOMM, .port = 1};
    struct sdp_bytes whole;
    uint8_t record[512];
    size_t need;

    whole = written(&service, record, sizeof(record));
    need = whole.at + whole.size - record;
    for (size_t size = 0; size < need; size++)
    {
        struct sdp_writer writer = {.to = malloc(size ? size : 1), .size = size};

        sdp_put_service(&writer, &service);
        ck_assert(writer.full);
        free(writer.to);
    }
}
END_TEST

START_TEST(requests_say_what_they_ask_for)
{
    static const uint8_t expected[] = {6,    0,    7,    0, 26, 0x36, 0, 6, 0x19, 1, 0, 0x19, 0,   3,
                                       0xff, 0xff, 0x36, 0, 5,  0x0a, 0, 1, 1,    1, 2, 0xaa, 0xbb};
    struct sdp_query query = {.request = SDP_SEARCH_ATTRIBUTES, .uuid_count = 2, .range_count = 1};
    uint8_t pdu[64];
    size_t size;

    query.uuids[0] = sdp_short_uuid(SDP_L2CAP);
    query.uuids[1] = sdp_short_uuid(SDP_RFCOMM);
    query.ranges[0].first = 1;
    query.ranges[0].last = 0x101;
    size = sdp_write_request(&query, 7, BYTES("\xaa\xbb"), pdu, sizeof(pdu));
    ck_assert_uint_eq(size, sizeof(expected));
    ck_assert_mem_eq(pdu, expected, 4);
    ck_assert_uint_eq(pdu[4], size - 5);
    ck_assert_mem_eq(pdu + 5, expected + 5, size - 5);
    ck_assert_uint_eq(sdp_write_request(&query, 7, BYTES("\xaa\xbb"), pdu, size - 1), 0);
}
END_TEST

static int part_of(const void *bytes, size_t size, enum sdp_request request, struct sdp_part *part)
{
    uint8_t *copy = malloc(size ? size : 1);
    int err;

    memcpy(copy, bytes, size);
    err = sdp_read_part(request, 0x102, (struct sdp_bytes){copy, size}, part);
    free(copy);
    return err;
}

START_TEST(responses_are_checked)
{
    static const char good[] = "\7\1\2\0\6\0\2ab\1c", handles[] = "\3\1\2\0\x0d\0\2\0\2\0\0\0\1\0\0\0\2\0",
                      error[] = "\1\1\2\0\2\0\3", many[] = "\3\1\2\0\5\0\1\0\2\0",
                      state[] = "\7\1\2\0\3\0\0\x11";
    struct sdp_part part;

    ck_assert_int_eq(part_of(good, sizeof(good) - 1, SDP_SEARCH_ATTRIBUTES, &part), 0);
    ck_assert_uint_eq(part.data.size, 2);
    ck_assert_uint_eq(part.state.size, 1);
    ck_assert_int_eq(part_of(good, sizeof(good) - 1, SDP_ATTRIBUTES, &part), WSAEINVAL);
    ck_assert_int_eq(part_of(handles, sizeof(handles) - 1, SDP_SEARCH, &part), 0);
    ck_assert_uint_eq(part.data.size, 8);
    ck_assert_int_eq(part_of(error, sizeof(error) - 1, SDP_SEARCH, &part), WSASERVICE_NOT_FOUND);
    ck_assert_int_eq(part_of(many, sizeof(many) - 1, SDP_SEARCH, &part), WSAEINVAL);
    ck_assert_int_eq(part_of(state, sizeof(state) - 1, SDP_SEARCH_ATTRIBUTES, &part), WSAEINVAL);
    for (size_t size = 0; size < sizeof(good) - 1; size++)
        ck_assert_int_eq(part_of(good, size, SDP_SEARCH_ATTRIBUTES, &part), WSAEINVAL);
}
END_TEST

Suite *sdp_suite(void)
{
    Suite *suite = suite_create("sdp");
    TCase *tests = tcase_create("sdp");

    tcase_add_test(tests, elements_have_their_sizes);
    tcase_add_test(tests, what_is_no_element_stays);
    tcase_add_test(tests, uuids_of_all_sizes_are_one);
    tcase_add_test(tests, a_record_tells_everything_of_its_service);
    tcase_add_test(tests, a_record_of_nothing_tells_nothing);
    tcase_add_test(tests, of_alternative_protocols_the_first_counts);
    tcase_add_test(tests, texts_are_where_the_first_language_has_them);
    tcase_add_test(tests, records_that_break_off_are_read_no_further);
    tcase_add_test(tests, texts_become_utf8);
    tcase_add_test(tests, texts_end_with_a_whole_character);
    tcase_add_test(tests, a_service_that_was_written_is_read_again);
    tcase_add_test(tests, a_record_without_room_is_not_written);
    tcase_add_test(tests, requests_say_what_they_ask_for);
    tcase_add_test(tests, responses_are_checked);
    suite_add_tcase(suite, tests);
    return suite;
}
