/*
 * Devices that BlueZ's daemon remembers, as it tells over D-Bus.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The kernel knows whom it is connected to, but not whom it is paired with: that
 * is in the daemon's files, which only root may read. libdbus is loaded if it is
 * there; what is used of it has not changed since its version 1.0.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "unix/bluez.h"

#define LIBRARY "libdbus-1.so.3"
#define SYSTEM_BUS 1
#define ANSWER_MS 2000

/* libdbus's functions by their names, those of the reader first. */
struct library
{
    struct dbus_reader reader;
    void *(*bus)(int bus, void *error);
    void (*no_exit)(void *connection, unsigned int exit);
    void *(*call)(const char *service, const char *path, const char *interface, const char *method);
    void (*auto_start)(void *message, unsigned int start);
    void *(*ask)(void *connection, void *message, int ms, void *error);
    unsigned int (*begin)(void *message, union dbus_iter *iter);
    void (*free_message)(void *message);
    void (*close)(void *connection);
    void (*free_connection)(void *connection);
};

static const char *const names[] = {
    "dbus_message_iter_get_arg_type",
    "dbus_message_iter_next",
    "dbus_message_iter_recurse",
    "dbus_message_iter_get_basic",
    "dbus_bus_get_private",
    "dbus_connection_set_exit_on_disconnect",
    "dbus_message_new_method_call",
    "dbus_message_set_auto_start",
    "dbus_connection_send_with_reply_and_block",
    "dbus_message_iter_init",
    "dbus_message_unref",
    "dbus_connection_close",
    "dbus_connection_unref",
};

#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

_Static_assert(sizeof(struct library) == NAME_COUNT * sizeof(void *), "one name a function");

static union
{
    void *symbols[NAME_COUNT];
    struct library functions;
} library;
static int is_loaded;

static void load(void)
{
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    size_t i;

    for (i = 0; handle && i < NAME_COUNT; i++)
        if (!(library.symbols[i] = dlsym(handle, names[i]))) return;
    is_loaded = handle != NULL;
}

static const struct library *loaded(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
    return is_loaded ? &library.functions : NULL;
}

/* What is told of a device, as far as it matters. */
struct told
{
    const struct dbus_reader *reader;
    struct bth_devices *devices;
    const char *prefix; /* of the adapter's devices' paths */
    const char *address, *address_type, *name, *alias;
    uint32_t device_class;
    unsigned int paired, connected;
};

typedef void (*visitor)(struct told *told, const char *key, union dbus_iter *value);

/* Visits the pairs of a dictionary whose keys are strings, or paths of objects. */
static void each(struct told *told, union dbus_iter *dictionary, visitor visit)
{
    const struct dbus_reader *reader = told->reader;
    union dbus_iter entry, pair;
    const char *key;
    int type;

    if (reader->type(dictionary) != 'a') return;
    reader->recurse(dictionary, &entry);
    for (; reader->type(&entry) == 'e'; reader->next(&entry))
    {
        reader->recurse(&entry, &pair);
        type = reader->type(&pair);
        if (type != 's' && type != 'o') return;
        reader->basic(&pair, &key);
        if (reader->next(&pair)) visit(told, key, &pair);
    }
}

static void read_property(struct told *told, const char *key, union dbus_iter *value)
{
    const struct
    {
        const char *key;
        int type;
        void *to;
    } wanted[] = {
        {"Address", 's', &told->address},     {"AddressType", 's', &told->address_type},
        {"Name", 's', &told->name},           {"Alias", 's', &told->alias},
        {"Class", 'u', &told->device_class},  {"Paired", 'b', &told->paired},
        {"Connected", 'b', &told->connected},
    };
    union dbus_iter content;
    size_t i;

    if (told->reader->type(value) != 'v') return;
    told->reader->recurse(value, &content);
    for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        if (!strcmp(key, wanted[i].key) && told->reader->type(&content) == wanted[i].type)
            told->reader->basic(&content, wanted[i].to);
}

static int read_address(const char *text, uint64_t *address)
{
    unsigned int bytes[6];
    int i, end = 0;

    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &bytes[0], &bytes[1], &bytes[2], &bytes[3], &bytes[4],
               &bytes[5], &end) != 6 ||
        text[end])
        return 0;
    for (i = 0, *address = 0; i < 6; i++) *address = *address << 8 | bytes[i];
    return 1;
}

/* Devices of low energy only have no class, and no service that Winsock could find. */
static int is_classic(const struct told *told)
{
    if (told->address_type && strcmp(told->address_type, "public")) return 0;
    return told->device_class || told->paired;
}

static void add_told(const struct told *told)
{
    struct bth_device *device;
    const char *name = told->alias ? told->alias : told->name;
    uint64_t address;

    if (!told->address || !is_classic(told) || !read_address(told->address, &address)) return;
    if (!(device = bth_device(told->devices, address))) return;
    /* without a name the alias is only the address */
    if (told->name) bth_device_name(device, name, strlen(name), 1);
    device->device_class = told->device_class;
    device->state |= (told->device_class ? BTH_CLASSED : 0) | (told->connected ? BTH_CONNECTED : 0) |
                     (told->paired ? BTH_PAIRED | BTH_REMEMBERED : 0);
}

static void read_interface(struct told *told, const char *name, union dbus_iter *properties)
{
    struct told one = {.reader = told->reader, .devices = told->devices};

    if (strcmp(name, "org.bluez.Device1")) return;
    each(&one, properties, read_property);
    add_told(&one);
}

static void read_object(struct told *told, const char *path, union dbus_iter *interfaces)
{
    if (!strncmp(path, told->prefix, strlen(told->prefix))) each(told, interfaces, read_interface);
}

void bluez_read(const struct dbus_reader *reader, union dbus_iter *answer, int adapter,
                struct bth_devices *devices)
{
    char prefix[48];
    struct told told = {.reader = reader, .devices = devices, .prefix = prefix};

    snprintf(prefix, sizeof(prefix), "/org/bluez/hci%d/", adapter);
    each(&told, answer, read_object);
}

static void *managed_objects(const struct library *dbus, void *connection)
{
    void *answer,
        *question = dbus->call("org.bluez", "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects");

    if (!question) return NULL;
    dbus->auto_start(question, 0); /* whoever has no daemon need not get one for this */
    answer = dbus->ask(connection, question, ANSWER_MS, NULL);
    dbus->free_message(question);
    return answer;
}

void bluez_remembered(int adapter, struct bth_devices *devices)
{
    const struct library *dbus = loaded();
    void *connection, *answer;
    union dbus_iter iter;

    if (!dbus || !(connection = dbus->bus(SYSTEM_BUS, NULL))) return;
    dbus->no_exit(connection, 0);
    if ((answer = managed_objects(dbus, connection)))
    {
        if (dbus->begin(answer, &iter)) bluez_read(&dbus->reader, &iter, adapter, devices);
        dbus->free_message(answer);
    }
    dbus->close(connection);
    dbus->free_connection(connection);
}
