/* What BlueZ's daemon remembers (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_BLUEZ_H
#define WS2_UNIX_BLUEZ_H

#include "unix/hci.h"

/* Adds the devices that an adapter is paired with, or that the daemon has seen, with the
 * names that their owner gave them. Nothing where there is no daemon, or no libdbus. */
void bluez_remembered(int adapter, struct bth_devices *devices);

/* libdbus's DBusMessageIter, or more. */
union dbus_iter
{
    void *align;
    char room[128];
};

/* The part of libdbus that reads messages; tests have one of their own. */
struct dbus_reader
{
    int (*type)(union dbus_iter *iter); /* a D-Bus type's letter, 0 at the end */
    unsigned int (*next)(union dbus_iter *iter);
    void (*recurse)(union dbus_iter *iter, union dbus_iter *inner);
    void (*basic)(union dbus_iter *iter, void *value);
};

/* The same of an answer to GetManagedObjects. */
void bluez_read(const struct dbus_reader *reader, union dbus_iter *answer, int adapter,
                struct bth_devices *devices);

#endif
