/* Packets of Bluetooth's host controller interface (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_HCI_H
#define WS2_UNIX_HCI_H

#include <stddef.h>
#include <stdint.h>

#define BTH_NAME_SIZE 248 /* bytes of UTF-8, terminated if there is room */

enum bth_device_state
{
    BTH_NAMED = 1, /* name is the whole one */
    BTH_CLASSED = 2,
    BTH_CONNECTED = 4,
    BTH_REMEMBERED = 8,
    BTH_PAIRED = 16
};

struct bth_device
{
    uint64_t address;
    uint32_t device_class;
    uint32_t state;        /* enum bth_device_state */
    uint16_t clock_offset; /* as the controller wants it back; 0 for none */
    uint8_t scan_mode;
    char name[BTH_NAME_SIZE + 1]; /* UTF-8 */
};

struct bth_devices
{
    struct bth_device *list; /* a heap block */
    size_t count;
};

/* The device with an address, or NULL; the other adds it, and has NULL if there is no room. */
struct bth_device *bth_known_device(const struct bth_devices *devices, uint64_t address);
struct bth_device *bth_device(struct bth_devices *devices, uint64_t address);

void bth_device_name(struct bth_device *device, const void *name, size_t size, int whole);

/* Specified in the Bluetooth core, volume 4, part E. Numbers are little-endian there. */
#define HCI_PACKET_MAX 260

/* LAPs are those that are reserved for inquiries. */
#define HCI_LAP_GENERAL 0x9e8b33
#define HCI_LAP_FIRST 0x9e8b00
#define HCI_LAP_LAST 0x9e8b3f

/* Packets to send, with their type before them; their size. */
size_t hci_inquiry(uint8_t packet[HCI_PACKET_MAX], uint32_t lap, unsigned int seconds);
size_t hci_inquiry_cancel(uint8_t packet[HCI_PACKET_MAX]);
size_t hci_name_request(uint8_t packet[HCI_PACKET_MAX], const struct bth_device *device);

enum hci_event
{
    HCI_OTHER,    /* or nothing that can be understood */
    HCI_FOUND,    /* devices were added */
    HCI_FINISHED, /* the inquiry */
    HCI_REFUSED,  /* a command of ours */
    HCI_BUSY,     /* likewise, since an inquiry runs already */
    HCI_NAME      /* a name request has ended, in a name or not: of address */
};

/* A received packet; what it tells goes to the devices. */
enum hci_event hci_read(const uint8_t *packet, size_t size, struct bth_devices *devices, uint64_t *address);

#endif
