/*
 * Packets of Bluetooth's host controller interface.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "suites.h"
#include "unix/hci.h"

static struct bth_devices devices;
static uint64_t address;

static void start(void)
{
    memset(&devices, 0, sizeof(devices));
}

static void stop(void)
{
    free(devices.list);
}

/* In a block of its very size, so that the sanitizer sees a step too far. */
static enum hci_event read_packet(const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    enum hci_event event;

    memcpy(copy, bytes, size);
    event = hci_read(copy, size, &devices, &address);
    free(copy);
    return event;
}

#define READ(literal) read_packet(literal, sizeof(literal) - 1)

START_TEST(commands_are_as_controllers_want_them)
{
    const struct bth_device device = {.address = 0x010203040506, .scan_mode = 2, .clock_offset = 0x8134};
    uint8_t packet[HCI_PACKET_MAX];

    ck_assert_uint_eq(hci_inquiry(packet, HCI_LAP_GENERAL, 6), 9);
    ck_assert_mem_eq(packet, "\1\1\4\5\x33\x8b\x9e\5\0", 9);
    hci_inquiry(packet, HCI_LAP_GENERAL, 1);
    ck_assert_uint_eq(packet[7], 1);
    hci_inquiry(packet, HCI_LAP_GENERAL, 60);
    ck_assert_uint_eq(packet[7], 47);
    hci_inquiry(packet, HCI_LAP_GENERAL, 255);
    ck_assert_uint_eq(packet[7], 48);
    ck_assert_uint_eq(hci_inquiry_cancel(packet), 4);
    ck_assert_mem_eq(packet, "\1\2\4\0", 4);
    ck_assert_uint_eq(hci_name_request(packet, &device), 14);
    ck_assert_mem_eq(packet, "\1\x19\4\x0a\6\5\4\3\2\1\2\0\x34\x81", 14);
}
END_TEST

/* Two devices in one event, of each form. */
START_TEST(results_of_all_forms_are_read)
{
    static const char standard[] = "\4\2\x1d\2"
                                   "\6\5\4\3\2\1\1\0\0\x0c\2\x5a\x34\x12"
                                   "\7\5\4\3\2\1\1\0\0\4\4\x24\0\0",
                      rssi[] = "\4\x22\x0f\1\6\5\4\3\2\1\1\0\x0c\2\x5a\x34\x12\xc0",
                      wide[] = "\4\x22\x10\1\6\5\4\3\2\1\1\0\0\x0c\2\x5a\x34\x12\xc0";

    ck_assert_int_eq(READ(standard), HCI_FOUND);
    ck_assert_uint_eq(devices.count, 2);
    ck_assert_uint_eq(devices.list[1].address, 0x010203040507);
    ck_assert_uint_eq(devices.list[1].device_class, 0x240404);
    for (int form = 0; form < 2; form++)
    {
        devices.count = 0;
        ck_assert_int_eq(form ? READ(rssi) : READ(wide), HCI_FOUND);
        ck_assert_uint_eq(devices.count, 1);
        ck_assert_uint_eq(devices.list[0].address, 0x010203040506);
        ck_assert_uint_eq(devices.list[0].device_class, 0x5a020c);
        ck_assert_uint_eq(devices.list[0].clock_offset, 0x9234);
        ck_assert_uint_eq(devices.list[0].scan_mode, 1);
    }
}
END_TEST

static enum hci_event extended(const char *pieces, size_t size)
{
    uint8_t packet[258] = {4, 0x2f, 255, 1, 6, 5, 4, 3, 2, 1};

    memcpy(packet + 18, pieces, size);
    return read_packet(packet, sizeof(packet));
}

START_TEST(names_come_with_extended_results)
{
    ck_assert_int_eq(extended("\2\1\0\4\x08"
                              "abc",
                              8),
                     HCI_FOUND);
    ck_assert_str_eq(devices.list[0].name, "abc");
    ck_assert(!(devices.list[0].state & BTH_NAMED));
    ck_assert_int_eq(extended("\7\x09"
                              "abcdef",
                              8),
                     HCI_FOUND);
    ck_assert_uint_eq(devices.count, 1);
    ck_assert_str_eq(devices.list[0].name, "abcdef");
    ck_assert(devices.list[0].state & BTH_NAMED);
    /* a short one does not replace it, nor does one that goes beyond the end */
    extended("\2\x08x", 3);
    extended("\xff\x09yz", 4);
    ck_assert_str_eq(devices.list[0].name, "abcdef");
}
END_TEST

START_TEST(a_name_is_that_of_a_device_that_was_found)
{
    uint8_t packet[258] = {4, 7, 255, 0, 6, 5, 4, 3, 2, 1, 'n', 'a', 'm', 'e'};

    ck_assert_int_eq(read_packet(packet, sizeof(packet)), HCI_NAME);
    ck_assert_uint_eq(address, 0x010203040506);
    ck_assert_uint_eq(devices.count, 0);
    ck_assert(bth_device(&devices, 0x010203040506) != NULL);
    packet[3] = 4;
    ck_assert_int_eq(read_packet(packet, sizeof(packet)), HCI_NAME);
    ck_assert_str_eq(devices.list[0].name, "");
    packet[3] = 0;
    memset(packet + 10, 'x', 248);
    ck_assert_int_eq(read_packet(packet, sizeof(packet)), HCI_NAME);
    ck_assert_uint_eq(strlen(devices.list[0].name), 248);
}
END_TEST

START_TEST(a_command_is_refused_or_the_adapter_busy)
{
    ck_assert_int_eq(READ("\4\x0f\4\0\1\1\4"), HCI_OTHER);
    ck_assert_int_eq(READ("\4\x0f\4\x0c\1\1\4"), HCI_BUSY);
    ck_assert_int_eq(READ("\4\x0f\4\x1f\1\1\4"), HCI_REFUSED);
    ck_assert_int_eq(READ("\4\x0f\4\x0c\1\x19\4"), HCI_REFUSED);
    ck_assert_int_eq(READ("\4\x0f\4\x0c\1\2\4"), HCI_OTHER);
    ck_assert_int_eq(READ("\4\1\1\0"), HCI_FINISHED);
}
END_TEST

START_TEST(packets_that_break_off_mean_nothing)
{
    static const char found[] = "\4\2\x0f\1\6\5\4\3\2\1\1\0\0\x0c\2\x5a\x34\x12",
                      name[] = "\4\7\6\0\6\5\4\3\2", none[] = "\4\2\1\0", empty[] = "\4\2\0",
                      status[] = "\4\x0f\3\x0c\1\1";

    for (size_t size = 0; size < sizeof(found) - 1; size++)
        ck_assert_int_eq(read_packet(found, size), HCI_OTHER);
    ck_assert_int_eq(READ(name), HCI_OTHER);
    ck_assert_int_eq(READ(none), HCI_OTHER);
    ck_assert_int_eq(READ(empty), HCI_OTHER);
    ck_assert_int_eq(READ(status), HCI_OTHER);
    ck_assert_uint_eq(devices.count, 0);
}
END_TEST

Suite *hci_suite(void)
{
    Suite *suite = suite_create("hci");
    TCase *tests = tcase_create("hci");

    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, commands_are_as_controllers_want_them);
    tcase_add_test(tests, results_of_all_forms_are_read);
    tcase_add_test(tests, names_come_with_extended_results);
    tcase_add_test(tests, a_name_is_that_of_a_device_that_was_found);
    tcase_add_test(tests, a_command_is_refused_or_the_adapter_busy);
    tcase_add_test(tests, packets_that_break_off_mean_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
