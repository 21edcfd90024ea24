/*
 * Reading what BlueZ's daemon tells of the devices that it remembers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * libdbus's part is played by a reader of values that are written here.
 */
#include <stdlib.h>
#include <string.h>

#include "suites.h"
#include "unix/bluez.h"

/* A D-Bus value: of containers, the first of what they hold; next is its neighbour. */
struct value
{
    int type;
    const struct value *next, *inner;
    const char *text;
    uint32_t number;
};

static const struct value **at(union dbus_iter *iter)
{
    return (const struct value **)(void *)iter;
}

static int value_type(union dbus_iter *iter)
{
    return *at(iter) ? (*at(iter))->type : 0;
}

static unsigned int value_next(union dbus_iter *iter)
{
    *at(iter) = (*at(iter))->next;
    return *at(iter) != NULL;
}

static void value_recurse(union dbus_iter *iter, union dbus_iter *inner)
{
    *at(inner) = (*at(iter))->inner;
}

static void value_basic(union dbus_iter *iter, void *to)
{
    const struct value *value = *at(iter);

    if (value->text)
        memcpy(to, &value->text, sizeof(value->text));
    else
        memcpy(to, &value->number, sizeof(value->number));
}

static const struct dbus_reader reader = {value_type, value_next, value_recurse, value_basic};

#define TEXT(text_) (&(struct value){.type = 's', .text = (text_)})
#define NUMBER(type_, number_) (&(struct value){.type = (type_), .number = (number_)})
#define VARIANT(inner_) (&(struct value){.type = 'v', .inner = (inner_)})
#define ARRAY(first) (&(struct value){.type = 'a', .inner = (first)})
/* a dictionary's pair, and the pair behind it */
#define PAIR(key_type, key_, value_, next_) \
    (&(struct value){.type = 'e',           \
                     .next = (next_),       \
                     .inner = &(struct value){.type = (key_type), .text = (key_), .next = (value_)}})
#define PROPERTY(name, value_, next_) PAIR('s', name, VARIANT(value_), next_)
#define OBJECT(path, properties, next_)                                        \
    PAIR('o', path,                                                            \
         ARRAY(PAIR('s', "org.freedesktop.DBus.Properties", ARRAY(NULL),       \
                    PAIR('s', "org.bluez.Device1", ARRAY(properties), NULL))), \
         next_)

static struct bth_devices devices;

static void start(void)
{
    memset(&devices, 0, sizeof(devices));
}

static void stop(void)
{
    free(devices.list);
}

static void read_answer(const struct value *answer)
{
    union dbus_iter iter;

    *at(&iter) = answer;
    bluez_read(&reader, &iter, 0, &devices);
}

START_TEST(paired_devices_are_remembered_with_the_names_that_they_were_given)
{
    read_answer(ARRAY(
        OBJECT("/org/bluez/hci0/dev_00_11_22_33_44_55",
               PROPERTY("Address", TEXT("00:11:22:33:44:55"),
                        PROPERTY("Name", TEXT("HC-05"),
                                 PROPERTY("Alias", TEXT("My car"),
                                          PROPERTY("Class", NUMBER('u', 0x1f00),
                                                   PROPERTY("Paired", NUMBER('b', 1),
                                                            PROPERTY("Connected", NUMBER('b', 1), NULL)))))),
               NULL)));
    ck_assert_uint_eq(devices.count, 1);
    ck_assert_uint_eq(devices.list[0].address, 0x001122334455);
    ck_assert_str_eq(devices.list[0].name, "My car");
    ck_assert_uint_eq(devices.list[0].device_class, 0x1f00);
    ck_assert_uint_eq(devices.list[0].state,
                      BTH_NAMED | BTH_CLASSED | BTH_CONNECTED | BTH_REMEMBERED | BTH_PAIRED);
}
END_TEST

START_TEST(devices_that_were_only_seen_are_known_too)
{
    read_answer(ARRAY(OBJECT(
        "/org/bluez/hci0/dev_1",
        PROPERTY("Address", TEXT("00:11:22:33:44:55"),
                 PROPERTY("Alias", TEXT("00-11-22-33-44-55"), PROPERTY("Class", NUMBER('u', 0x1f00), NULL))),
        NULL)));
    ck_assert_uint_eq(devices.count, 1);
    ck_assert_str_eq(devices.list[0].name, "");
    ck_assert_uint_eq(devices.list[0].state, BTH_CLASSED);
}
END_TEST

START_TEST(other_adapters_devices_and_those_of_low_energy_are_none)
{
    read_answer(ARRAY(OBJECT(
        "/org/bluez/hci1/dev_1",
        PROPERTY("Address", TEXT("00:11:22:33:44:55"), PROPERTY("Paired", NUMBER('b', 1), NULL)),
        OBJECT("/org/bluez/hci0/dev_2",
               PROPERTY("Address", TEXT("00:11:22:33:44:56"),
                        PROPERTY("AddressType", TEXT("random"), PROPERTY("Paired", NUMBER('b', 1), NULL))),
               OBJECT("/org/bluez/hci0/dev_3", PROPERTY("Address", TEXT("00:11:22:33:44:57"), NULL),
                      OBJECT("/org/bluez/hci0/dev_4",
                             PROPERTY("Address", TEXT("00:11:22:33:44:58"),
                                      PROPERTY("AddressType", TEXT("public"),
                                               PROPERTY("Paired", NUMBER('b', 1), NULL))),
                             NULL))))));
    ck_assert_uint_eq(devices.count, 1);
    ck_assert_uint_eq(devices.list[0].address, 0x001122334458);
}
END_TEST

START_TEST(answers_of_another_kind_are_read_no_further)
{
    read_answer(NULL);
    read_answer(TEXT("no array"));
    read_answer(ARRAY(NUMBER('u', 1)));
    read_answer(ARRAY(PAIR('u', NULL, TEXT("?"), NULL)));
    read_answer(ARRAY(PAIR('o', "/org/bluez/hci0/dev_1", NULL, NULL)));
    read_answer(
        ARRAY(OBJECT("/org/bluez/hci0/dev_1", PAIR('s', "Address", TEXT("00:11:22:33:44:55"), NULL), NULL)));
    read_answer(ARRAY(
        OBJECT("/org/bluez/hci0/dev_1",
               PROPERTY("Address", TEXT("00:11:22:33:44"), PROPERTY("Paired", NUMBER('b', 1), NULL)), NULL)));
    read_answer(
        ARRAY(OBJECT("/org/bluez/hci0/dev_1",
                     PROPERTY("Address", NUMBER('u', 3), PROPERTY("Paired", NUMBER('b', 1), NULL)), NULL)));
    ck_assert_uint_eq(devices.count, 0);
}
END_TEST

Suite *bluez_suite(void)
{
    Suite *suite = suite_create("bluez");
    TCase *tests = tcase_create("bluez");

    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, paired_devices_are_remembered_with_the_names_that_they_were_given);
    tcase_add_test(tests, devices_that_were_only_seen_are_known_too);
    tcase_add_test(tests, other_adapters_devices_and_those_of_low_energy_are_none);
    tcase_add_test(tests, answers_of_another_kind_are_read_no_further);
    suite_add_tcase(suite, tests);
    return suite;
}
