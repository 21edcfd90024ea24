/*
 * Bluetooth lookups, whole: Windows's queries to an adapter and to SDP servers that are played.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fakebth.h"
#include "suites.h"
#include "unix/bthanswer.h"
#include "unix/wsaerror.h"

static struct fake_bluetooth fake;
static struct ws2_bth_find query;

static const struct win_guid serial_port = {0x1101, 0, 0x1000, {0x80, 0, 0, 0x80, 0x5f, 0x9b, 0x34, 0xfb}};

static void start(void)
{
    fake_bluetooth_init(&fake);
    memset(&query, 0, sizeof(query));
}

static void stop(void)
{
    bth_free(&query);
    fake_bluetooth_settle(&fake);
}

static const struct ws2_bth_answer *answer(unsigned int index)
{
    ck_assert_uint_lt(index, query.count);
    return &WS2_AT(const struct ws2_bth_answer, query.answers)[index];
}

static int find_devices(int flush)
{
    bth_free(&query);
    query.flush = flush;
    bth_find(&fake.host, &query);
    return query.error;
}

static int find_services(uint64_t device)
{
    bth_free(&query);
    query.services = query.has_class = 1;
    query.address = device;
    memcpy(query.service_class, &serial_port, sizeof(serial_port));
    bth_find(&fake.host, &query);
    return query.error;
}

static const char *name_of(unsigned int index)
{
    return WS2_AT(const char, answer(index)->name);
}

START_TEST(an_inquiry_finds_devices_with_their_names_and_classes)
{
    struct win_bth_device_info info;
    struct win_guid device_class;

    ck_assert_int_eq(find_devices(1), 0);
    ck_assert_uint_eq(query.count, 3);
    ck_assert_uint_eq(query.adapter, FAKE_ADAPTER);
    ck_assert_uint_eq(answer(0)->address, fake.devices[0].address);
    ck_assert_str_eq(name_of(0), fake.devices[0].name);
    ck_assert_str_eq(name_of(1), "Headset");
    ck_assert_str_eq(name_of(2), "");
    memcpy(&device_class, answer(1)->service_class, sizeof(device_class));
    ck_assert_uint_eq(device_class.data1, 0x240404);
    ck_assert_uint_eq(device_class.data2, 0);
    ck_assert_uint_eq(answer(0)->protocol, WIN_BTHPROTO_RFCOMM);
    ck_assert_uint_eq(answer(0)->flags, 0);
    ck_assert_uint_eq(answer(1)->blob_size, sizeof(info));
    memcpy(&info, WS2_AT(const void, answer(1)->blob), sizeof(info));
    ck_assert_uint_eq(info.flags, WIN_BDIF_ADDRESS | WIN_BDIF_COD | WIN_BDIF_NAME);
    ck_assert_uint_eq(info.address, fake.devices[1].address);
    ck_assert_uint_eq(info.device_class, 0x240404);
    ck_assert_str_eq(info.name, "Headset");
    /* the first told its name by itself */
    ck_assert_uint_eq(fake.name_requests, 2);
}
END_TEST

START_TEST(an_inquiry_is_as_long_and_as_limited_as_asked_for)
{
    struct win_bth_query_device device = {0x9e8b00, 10};

    query.blob = WS2_PTR(&device);
    query.blob_size = sizeof(device);
    ck_assert_int_eq(find_devices(1), 0);
    ck_assert_mem_eq(fake.last_lap, "\x00\x8b\x9e", 3);
    ck_assert_uint_eq(fake.last_length, 8);
}
END_TEST

START_TEST(what_an_inquiry_must_not_ask_for)
{
    static const struct win_bth_query_device bad[] = {
        {0x9e8aff, 6}, {0x9e8b40, 6}, {0x9e8b33, 0}, {0x9e8b33, 61}};
    struct win_bth_query_device device = {0x9e8b33, 6};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        query.blob = WS2_PTR(&bad[i]);
        query.blob_size = sizeof(bad[i]);
        ck_assert_int_eq(find_devices(1), WSAEINVAL);
    }
    query.blob = WS2_PTR(&device);
    query.blob_size = sizeof(device) - 1;
    ck_assert_int_eq(find_devices(1), WSAEINVAL);
    ck_assert_uint_eq(fake.inquiries, 0);
}
END_TEST

START_TEST(without_a_flush_devices_that_were_found_before_will_do)
{
    ck_assert_int_eq(find_devices(0), WSASERVICE_NOT_FOUND);
    ck_assert_int_eq(find_devices(1), 0);
    ck_assert_int_eq(find_devices(0), 0);
    ck_assert_uint_eq(fake.inquiries, 1);
    ck_assert_uint_eq(query.count, 3);
    ck_assert_str_eq(name_of(1), "Headset");
    /* who went away is gone with the next inquiry */
    fake.device_count = 1;
    ck_assert_int_eq(find_devices(1), 0);
    ck_assert_int_eq(find_devices(0), 0);
    ck_assert_uint_eq(query.count, 1);
}
END_TEST

START_TEST(names_that_are_known_are_not_asked_for_again)
{
    ck_assert_int_eq(find_devices(1), 0);
    ck_assert_uint_eq(fake.name_requests, 2);
    ck_assert_int_eq(find_devices(1), 0);
    ck_assert_uint_eq(fake.name_requests, 3); /* but once more for the one that did not tell */
    ck_assert_str_eq(name_of(1), "Headset");
}
END_TEST

START_TEST(devices_that_the_host_knows_are_found_far_away_too)
{
    fake.known_count = 2;
    fake.known[0] = (struct bth_device){.address = 0x5, .state = BTH_PAIRED | BTH_REMEMBERED | BTH_NAMED};
    strcpy(fake.known[0].name, "My car");
    fake.known[1] = (struct bth_device){.address = fake.devices[1].address, .state = BTH_CONNECTED};
    ck_assert_int_eq(find_devices(0), 0);
    ck_assert_uint_eq(query.count, 2);
    ck_assert_str_eq(name_of(0), "My car");
    ck_assert_uint_eq(answer(0)->flags, WIN_BTHNS_REMEMBERED | WIN_BTHNS_AUTHENTICATED);
    /* of one that is connected the name can be had */
    ck_assert_str_eq(name_of(1), "Headset");
    ck_assert_uint_eq(answer(1)->flags, WIN_BTHNS_CONNECTED);
    ck_assert_int_eq(find_devices(1), 0);
    ck_assert_uint_eq(query.count, 4);
}
END_TEST

START_TEST(anothers_inquiry_is_waited_for)
{
    fake.inquiry = FAKE_INQUIRY_BUSY;
    ck_assert_int_eq(find_devices(1), 0);
    ck_assert_uint_eq(fake.inquiries, 2);
    ck_assert_uint_eq(query.count, 3);
}
END_TEST

START_TEST(an_inquiry_that_does_not_end_is_ended)
{
    fake.inquiry = FAKE_INQUIRY_ENDLESS;
    fake.host.inquiry_unit_ms = 10;
    ck_assert_int_eq(find_devices(1), 0);
    ck_assert_uint_eq(query.count, 3);
    fake_bluetooth_settle(&fake);
    ck_assert_uint_eq(fake.cancels, 1);
}
END_TEST

START_TEST(without_an_adapter_nothing_is_found)
{
    fake.no_adapter = 1;
    ck_assert_int_eq(find_devices(1), WSASERVICE_NOT_FOUND);
    ck_assert_int_eq(find_services(fake.devices[0].address), WSASERVICE_NOT_FOUND);
    fake.no_adapter = 0;
    query.services = 0;
    fake.inquiry = FAKE_INQUIRY_GONE;
    ck_assert_int_eq(find_devices(1), WSASERVICE_NOT_FOUND);
    fake.inquiry = FAKE_INQUIRY_REFUSED;
    ck_assert_int_eq(find_devices(1), WSASERVICE_NOT_FOUND);
    fake.inquiry = FAKE_INQUIRY_FINDS;
    fake.device_count = 0;
    ck_assert_int_eq(find_devices(1), WSASERVICE_NOT_FOUND);
}
END_TEST

static void check_serial(unsigned int index)
{
    ck_assert_str_eq(name_of(index), "Serial");
    ck_assert_str_eq(WS2_AT(const char, answer(index)->comment), "piece by \xc3\xa9!");
    ck_assert_mem_eq(answer(index)->service_class, &serial_port, sizeof(serial_port));
    ck_assert_uint_eq(answer(index)->protocol, WIN_BTHPROTO_RFCOMM);
    ck_assert_uint_eq(answer(index)->port, 5);
    ck_assert_uint_eq(answer(index)->blob_size, fake_serial_record_size);
    ck_assert_mem_eq(WS2_AT(const void, answer(index)->blob), fake_serial_record, fake_serial_record_size);
}

START_TEST(a_services_channel_name_and_record_are_found)
{
    ck_assert_int_eq(find_services(fake.devices[0].address), 0);
    ck_assert_uint_eq(query.count, 1);
    ck_assert_uint_eq(query.adapter, FAKE_ADAPTER);
    ck_assert_uint_eq(answer(0)->address, fake.devices[0].address);
    check_serial(0);
}
END_TEST

START_TEST(answers_in_parts_are_put_together)
{
    fake.records[2] = fake.records[1] = fake.records[0];
    for (size_t part = 1; part < 300; part += part < 8 ? 1 : 37)
    {
        fake.part = part;
        ck_assert_int_eq(find_services(fake.devices[0].address), 0);
        ck_assert_uint_eq(query.count, 3);
        for (unsigned int i = 0; i < 3; i++) check_serial(i);
    }
}
END_TEST

START_TEST(a_service_that_the_device_has_not_is_not_found)
{
    fake.records[0].bytes = NULL;
    ck_assert_int_eq(find_services(fake.devices[0].address), WSASERVICE_NOT_FOUND);
    ck_assert_uint_eq(fake.requests, 1);
}
END_TEST

START_TEST(a_device_that_answers_badly_has_no_services)
{
    static const enum fake_sdp_way ways[] = {FAKE_SDP_ERROR,    FAKE_SDP_GARBAGE, FAKE_SDP_OTHER,
                                             FAKE_SDP_HANGS_UP, FAKE_SDP_ENDLESS, FAKE_SDP_UNREACHABLE};

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
    {
        fake.sdp = ways[i];
        ck_assert_int_eq(find_services(fake.devices[0].address), WSASERVICE_NOT_FOUND);
    }
    fake.sdp = FAKE_SDP_BREAKS;
    fake.part = 20;
    ck_assert_int_eq(find_services(fake.devices[0].address), WSASERVICE_NOT_FOUND);
    fake.sdp = FAKE_SDP_SILENT;
    fake.host.sdp_ms = 20;
    ck_assert_int_eq(find_services(fake.devices[0].address), WSASERVICE_NOT_FOUND);
}
END_TEST

START_TEST(the_adapters_own_address_asks_the_hosts_server)
{
    ck_assert_int_eq(find_services(FAKE_ADAPTER), 0);
    check_serial(0);
    query.own = 1;
    ck_assert_int_eq(find_services(0), 0);
    ck_assert_uint_eq(answer(0)->address, FAKE_ADAPTER);
    fake.no_own_server = 1;
    ck_assert_int_eq(find_services(0), WSASERVICE_NOT_FOUND);
}
END_TEST

static struct win_bth_query_service restrictions(uint32_t type)
{
    struct win_bth_query_service restricted = {.type = type};

    restricted.uuids[0].u.uuid16 = 0x1101;
    restricted.uuids[0].type = WIN_SDP_UUID16;
    return restricted;
}

static int find_restricted(const struct win_bth_query_service *restricted, size_t size)
{
    query.blob = WS2_PTR(restricted);
    query.blob_size = size;
    return find_services(fake.devices[0].address);
}

START_TEST(a_search_for_handles_gives_handles)
{
    struct win_bth_query_service restricted = restrictions(WIN_SDP_SEARCH);
    const uint32_t handles[] = {0x10000, 0x10002, 0x10003};

    fake.records[3] = fake.records[2] = fake.records[0];
    fake.part = 4;
    ck_assert_int_eq(find_restricted(&restricted, sizeof(restricted)), 0);
    ck_assert_uint_eq(query.count, 1);
    ck_assert_uint_eq(answer(0)->blob_size, sizeof(handles));
    ck_assert_mem_eq(WS2_AT(const void, answer(0)->blob), handles, sizeof(handles));
}
END_TEST

START_TEST(a_record_can_be_asked_for_by_its_handle)
{
    struct win_bth_query_service restricted = {.type = WIN_SDP_ATTRIBUTES, .handle = 0x10000};

    ck_assert_int_eq(find_restricted(&restricted, sizeof(restricted)), 0);
    ck_assert_uint_eq(query.count, 1);
    check_serial(0);
}
END_TEST

START_TEST(restrictions_are_read_in_all_their_forms)
{
    struct
    {
        struct win_bth_query_service service;
        struct win_sdp_range more[2];
    } restricted = {{.type = WIN_SDP_SEARCH_ATTRIBUTES, .range_count = 3}, {{3, 4}, {0, 0xffff}}};
    const struct sdp_uuid expected[] = {sdp_short_uuid(0x100), sdp_short_uuid(0x12345678),
                                        uuid_from_guid(&serial_port)};
    struct sdp_query read;

    restricted.service.uuids[0].u.uuid16 = 0x100;
    restricted.service.uuids[0].type = WIN_SDP_UUID16;
    restricted.service.uuids[1].u.uuid32 = 0x12345678;
    restricted.service.uuids[1].type = WIN_SDP_UUID32;
    restricted.service.uuids[2].u.uuid128 = serial_port;
    restricted.service.uuids[2].type = WIN_SDP_UUID128;
    restricted.service.ranges[0] = (struct win_sdp_range){1, 2};
    ck_assert_int_eq(bth_read_query(&restricted, sizeof(restricted), NULL, &read), 0);
    ck_assert_int_eq(read.request, SDP_SEARCH_ATTRIBUTES);
    ck_assert_uint_eq(read.uuid_count, 3);
    for (int i = 0; i < 3; i++) ck_assert(sdp_same_uuid(&read.uuids[i], &expected[i]));
    ck_assert_uint_eq(read.range_count, 3);
    ck_assert_uint_eq(read.ranges[0].last, 2);
    ck_assert_uint_eq(read.ranges[2].last, 0xffff);
}
END_TEST

START_TEST(bad_restrictions_are_refused)
{
    struct win_bth_query_service restricted = restrictions(WIN_SDP_SEARCH);

    ck_assert_int_eq(find_restricted(&restricted, 100), WSAEINVAL);
    restricted.range_count = 2; /* and the block has one */
    ck_assert_int_eq(find_restricted(&restricted, sizeof(restricted)), WSAEINVAL);
    restricted.range_count = 1;
    restricted.ranges[0] = (struct win_sdp_range){2, 1};
    ck_assert_int_eq(find_restricted(&restricted, sizeof(restricted)), WSAEINVAL);
    restricted = restrictions(0);
    ck_assert_int_eq(find_restricted(&restricted, sizeof(restricted)), WSAEINVAL);
    restricted = restrictions(4);
    ck_assert_int_eq(find_restricted(&restricted, sizeof(restricted)), WSAEINVAL);
    query.blob_size = 0;
    query.services = 1;
    query.has_class = 0;
    bth_find(&fake.host, &query);
    ck_assert_int_eq(query.error, WSAEINVAL);
    ck_assert_uint_eq(fake.requests, 0);
}
END_TEST

static struct ws2_bth_service service;

static int register_serial(uint32_t port)
{
    memset(&service, 0, sizeof(service));
    service.name = WS2_PTR("Serial");
    service.comment = WS2_PTR("piece by \xc3\xa9!");
    memcpy(service.service_class, &serial_port, sizeof(serial_port));
    service.protocol = WIN_BTHPROTO_RFCOMM;
    service.port = port;
    bth_service_register(&fake.host, &service);
    return service.error;
}

static int remove_service(void)
{
    bth_service_remove(&fake.host, &service);
    return service.error;
}

START_TEST(a_service_is_registered_until_it_is_removed)
{
    struct sdp_bytes bytes = {fake.registered, 0};
    struct sdp_service read;
    struct sdp_element record;

    ck_assert_int_eq(register_serial(7), 0);
    ck_assert_uint_eq(service.handle, fake.registered_handle);
    bytes.size = fake.registered_size;
    ck_assert(sdp_next(&bytes, &record));
    ck_assert_uint_eq(bytes.size, 0);
    sdp_service(record.value, &read);
    ck_assert_str_eq(read.name, "Serial");
    ck_assert_uint_eq(read.protocol, SDP_RFCOMM);
    ck_assert_uint_eq(read.port, 7);
    ck_assert_int_eq(register_serial(7), WSAEADDRINUSE);
    service.handle = 0;
    ck_assert_int_eq(remove_service(), 0);
    ck_assert_uint_eq(fake.registered_handle, 0);
    ck_assert_int_eq(remove_service(), WSASERVICE_NOT_FOUND);
    ck_assert_int_eq(register_serial(7), 0);
    ck_assert_int_eq(remove_service(), 0); /* by its handle */
}
END_TEST

START_TEST(a_record_of_the_programs_own_is_registered_as_it_is)
{
    memset(&service, 0, sizeof(service));
    service.record = WS2_PTR(fake_serial_record);
    service.record_size = fake_serial_record_size;
    bth_service_register(&fake.host, &service);
    ck_assert_int_eq(service.error, 0);
    ck_assert_uint_eq(fake.registered_size, fake_serial_record_size);
    ck_assert_mem_eq(fake.registered, fake_serial_record, fake_serial_record_size);
    ck_assert_int_eq(remove_service(), 0);
    service.record_size--;
    bth_service_register(&fake.host, &service);
    ck_assert_int_eq(service.error, WSAEINVAL);
}
END_TEST

START_TEST(what_can_not_be_registered)
{
    ck_assert_int_eq(register_serial(0), WSAEINVAL);
    ck_assert_int_eq(register_serial(31), WSAEINVAL);
    service.protocol = 6;
    service.port = 5;
    bth_service_register(&fake.host, &service);
    ck_assert_int_eq(service.error, WSAEINVAL);
    fake.sdp = FAKE_SDP_ERROR;
    ck_assert_int_eq(register_serial(5), WSAEINVAL);
    fake.sdp = FAKE_SDP_HANGS_UP;
    ck_assert_int_eq(register_serial(5), WSASERVICE_NOT_FOUND);
    fake.no_own_server = 1;
    ck_assert_int_eq(register_serial(5), WSASERVICE_NOT_FOUND);
}
END_TEST

Suite *bluetooth_suite(void)
{
    Suite *suite = suite_create("bluetooth");
    TCase *tests = tcase_create("bluetooth");

    tcase_add_checked_fixture(tests, start, stop);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, an_inquiry_finds_devices_with_their_names_and_classes);
    tcase_add_test(tests, an_inquiry_is_as_long_and_as_limited_as_asked_for);
    tcase_add_test(tests, what_an_inquiry_must_not_ask_for);
    tcase_add_test(tests, without_a_flush_devices_that_were_found_before_will_do);
    tcase_add_test(tests, names_that_are_known_are_not_asked_for_again);
    tcase_add_test(tests, devices_that_the_host_knows_are_found_far_away_too);
    tcase_add_test(tests, anothers_inquiry_is_waited_for);
    tcase_add_test(tests, an_inquiry_that_does_not_end_is_ended);
    tcase_add_test(tests, without_an_adapter_nothing_is_found);
    tcase_add_test(tests, a_services_channel_name_and_record_are_found);
    tcase_add_test(tests, answers_in_parts_are_put_together);
    tcase_add_test(tests, a_service_that_the_device_has_not_is_not_found);
    tcase_add_test(tests, a_device_that_answers_badly_has_no_services);
    tcase_add_test(tests, the_adapters_own_address_asks_the_hosts_server);
    tcase_add_test(tests, a_search_for_handles_gives_handles);
    tcase_add_test(tests, a_record_can_be_asked_for_by_its_handle);
    tcase_add_test(tests, restrictions_are_read_in_all_their_forms);
    tcase_add_test(tests, bad_restrictions_are_refused);
    tcase_add_test(tests, a_service_is_registered_until_it_is_removed);
    tcase_add_test(tests, a_record_of_the_programs_own_is_registered_as_it_is);
    tcase_add_test(tests, what_can_not_be_registered);
    suite_add_tcase(suite, tests);
    return suite;
}
