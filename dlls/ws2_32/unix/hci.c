/*
 * Packets of Bluetooth's host controller interface: inquiries and names.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "unix/hci.h"

#define PACKET_COMMAND 1
#define PACKET_EVENT 4

#define COMMAND_INQUIRY 0x0401
#define COMMAND_INQUIRY_CANCEL 0x0402
#define COMMAND_NAME_REQUEST 0x0419

#define EVENT_INQUIRY_COMPLETE 0x01
#define EVENT_INQUIRY_RESULT 0x02
#define EVENT_NAME 0x07
#define EVENT_COMMAND_STATUS 0x0f
#define EVENT_INQUIRY_RESULT_RSSI 0x22
#define EVENT_INQUIRY_RESULT_EXTENDED 0x2f

#define STATUS_DISALLOWED 0x0c

/* Extended inquiry response: what its pieces are. */
#define PIECE_SHORT_NAME 8
#define PIECE_NAME 9

#define CLOCK_VALID 0x8000
#define DEVICES_MAX 4096

struct bth_device *bth_known_device(const struct bth_devices *devices, uint64_t address)
{
    size_t i;

    for (i = 0; i < devices->count; i++)
        if (devices->list[i].address == address) return &devices->list[i];
    return NULL;
}

struct bth_device *bth_device(struct bth_devices *devices, uint64_t address)
{
    struct bth_device *bigger = bth_known_device(devices, address);

    if (bigger) return bigger;
    if (devices->count == DEVICES_MAX) return NULL;
    if (!(bigger = realloc(devices->list, (devices->count + 1) * sizeof(*bigger)))) return NULL;
    devices->list = bigger;
    memset(&bigger[devices->count], 0, sizeof(*bigger));
    bigger[devices->count].address = address;
    return &bigger[devices->count++];
}

/* A short name is only its beginning, and gives way to the whole one. */
void bth_device_name(struct bth_device *device, const void *name, size_t size, int whole)
{
    const char *end = memchr(name, 0, size);

    if (end) size = end - (const char *)name;
    if (size > BTH_NAME_SIZE) size = BTH_NAME_SIZE;
    if (!size || (device->state & BTH_NAMED && !whole)) return;
    memcpy(device->name, name, size);
    device->name[size] = 0;
    if (whole) device->state |= BTH_NAMED;
}

static uint64_t address_at(const uint8_t *at)
{
    uint64_t address = 0;
    int i;

    for (i = 0; i < 6; i++) address |= (uint64_t)at[i] << 8 * i;
    return address;
}

static size_t put_command(uint8_t *packet, uint16_t command, const uint8_t *parameters, uint8_t size)
{
    packet[0] = PACKET_COMMAND;
    packet[1] = command;
    packet[2] = command >> 8;
    packet[3] = size;
    if (size) memcpy(packet + 4, parameters, size);
    return 4 + size;
}

/* Its length has a unit of 1.28 seconds, and a most of 48. */
size_t hci_inquiry(uint8_t packet[HCI_PACKET_MAX], uint32_t lap, unsigned int seconds)
{
    unsigned int units = (seconds * 100 + 127) / 128;
    uint8_t parameters[5] = {lap, lap >> 8, lap >> 16, units > 48 ? 48 : units, 0 /* no limit */};

    return put_command(packet, COMMAND_INQUIRY, parameters, sizeof(parameters));
}

size_t hci_inquiry_cancel(uint8_t packet[HCI_PACKET_MAX])
{
    return put_command(packet, COMMAND_INQUIRY_CANCEL, NULL, 0);
}

size_t hci_name_request(uint8_t packet[HCI_PACKET_MAX], const struct bth_device *device)
{
    uint8_t parameters[10] = {0};
    int i;

    for (i = 0; i < 6; i++) parameters[i] = device->address >> 8 * i;
    parameters[6] = device->scan_mode;
    parameters[8] = device->clock_offset;
    parameters[9] = device->clock_offset >> 8;
    return put_command(packet, COMMAND_NAME_REQUEST, parameters, sizeof(parameters));
}

/* Where the results of an event have what. */
struct layout
{
    uint8_t event;
    uint8_t size; /* bytes of a result */
    uint8_t device_class, clock_offset;
    uint8_t pieces; /* or 0 for none */
};

static const struct layout layouts[] = {
    {EVENT_INQUIRY_RESULT, 14, 9, 12, 0},
    {EVENT_INQUIRY_RESULT_RSSI, 14, 8, 11, 0},
    {EVENT_INQUIRY_RESULT_RSSI, 15, 9, 12, 0}, /* some controllers' own */
    {EVENT_INQUIRY_RESULT_EXTENDED, 254, 8, 11, 14},
};

static const struct layout *layout_of(uint8_t event, unsigned int count, size_t size)
{
    size_t i;

    for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
        if (layouts[i].event == event && count * layouts[i].size == size) return &layouts[i];
    return NULL;
}

static void read_pieces(struct bth_device *device, const uint8_t *at, size_t size)
{
    while (size > 1 && at[0] && at[0] < size)
    {
        if (at[1] == PIECE_NAME || at[1] == PIECE_SHORT_NAME)
            bth_device_name(device, at + 2, at[0] - 1, at[1] == PIECE_NAME);
        size -= at[0] + 1;
        at += at[0] + 1;
    }
}

static enum hci_event read_results(uint8_t event, const uint8_t *at, size_t size, struct bth_devices *devices)
{
    const struct layout *layout = size ? layout_of(event, at[0], size - 1) : NULL;
    unsigned int i, count = size ? at[0] : 0;
    struct bth_device *device;

    if (!layout || !count) return HCI_OTHER;
    for (i = 0, at++; i < count; i++, at += layout->size)
    {
        const uint8_t *cod = at + layout->device_class, *clock = at + layout->clock_offset;

        if (!(device = bth_device(devices, address_at(at)))) break;
        device->device_class = cod[0] | cod[1] << 8 | cod[2] << 16;
        device->clock_offset = CLOCK_VALID | clock[0] | clock[1] << 8;
        device->scan_mode = at[6];
        device->state |= BTH_CLASSED;
        if (layout->pieces) read_pieces(device, at + layout->pieces, layout->size - layout->pieces);
    }
    return HCI_FOUND;
}

static enum hci_event read_name(const uint8_t *at, size_t size, struct bth_devices *devices,
                                uint64_t *address)
{
    struct bth_device *device;

    if (size < 7) return HCI_OTHER;
    *address = address_at(at + 1);
    if (!at[0] && (device = bth_known_device(devices, *address)))
        bth_device_name(device, at + 7, size - 7, 1);
    return HCI_NAME;
}

static enum hci_event read_status(const uint8_t *at, size_t size)
{
    uint16_t command;

    if (size < 4 || !at[0]) return HCI_OTHER;
    command = at[2] | at[3] << 8;
    if (command == COMMAND_INQUIRY) return at[0] == STATUS_DISALLOWED ? HCI_BUSY : HCI_REFUSED;
    return command == COMMAND_NAME_REQUEST ? HCI_REFUSED : HCI_OTHER;
}

enum hci_event hci_read(const uint8_t *packet, size_t size, struct bth_devices *devices, uint64_t *address)
{
    if (size < 3 || packet[0] != PACKET_EVENT || packet[2] > size - 3) return HCI_OTHER;
    size = packet[2];
    switch (packet[1])
    {
    case EVENT_INQUIRY_COMPLETE: return HCI_FINISHED;
    case EVENT_INQUIRY_RESULT:
    case EVENT_INQUIRY_RESULT_RSSI:
    case EVENT_INQUIRY_RESULT_EXTENDED: return read_results(packet[1], packet + 3, size, devices);
    case EVENT_NAME: return read_name(packet + 3, size, devices, address);
    case EVENT_COMMAND_STATUS: return read_status(packet + 3, size);
    default: return HCI_OTHER;
    }
}
