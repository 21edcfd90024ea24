/*
 * Looking for Bluetooth devices and their services.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Devices are asked for at the adapter itself, since that takes neither privilege
 * nor a library: a raw HCI socket may send inquiries and ask for names, and hears
 * the answers of whoever else asks. As on Windows, devices that the host remembers
 * are found whether they are in range or not.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unix/bluetooth.h"
#include "unix/wsaerror.h"

/* An inquiry's end is told a little later than the time that it was given. */
#define INQUIRY_GRACE 2

/* Those that tell no name are not waited for again and again. */
#define NAMELESS_MAX 8

/* What inquiries of this process have found. */
static pthread_mutex_t found_lock = PTHREAD_MUTEX_INITIALIZER;
static struct bth_devices found;

static void merge(struct bth_device *to, const struct bth_device *from)
{
    if (from->name[0]) bth_device_name(to, from->name, strlen(from->name), from->state & BTH_NAMED);
    if (from->state & BTH_CLASSED && !(to->state & BTH_CLASSED)) to->device_class = from->device_class;
    to->state |= from->state;
}

static void recall_found(struct bth_devices *devices)
{
    struct bth_device *device;
    size_t i;

    pthread_mutex_lock(&found_lock);
    for (i = 0; i < found.count; i++)
        if ((device = bth_device(devices, found.list[i].address))) *device = found.list[i];
    pthread_mutex_unlock(&found_lock);
}

/* A device's name seldom changes, and asking for it takes long. */
static void recall_names(struct bth_devices *devices)
{
    const struct bth_device *known;
    size_t i;

    pthread_mutex_lock(&found_lock);
    for (i = 0; i < devices->count; i++)
        if ((known = bth_known_device(&found, devices->list[i].address)) && known->name[0])
            bth_device_name(&devices->list[i], known->name, strlen(known->name), known->state & BTH_NAMED);
    pthread_mutex_unlock(&found_lock);
}

/* Who was found last counts; a process that runs for long must not gather devices. */
static void keep_found(const struct bth_devices *devices)
{
    struct bth_device *copy = malloc(devices->count * sizeof(*copy) + 1);
    size_t i;

    if (!copy) return;
    for (i = 0; i < devices->count; i++)
    {
        copy[i] = devices->list[i];
        copy[i].state &= BTH_NAMED | BTH_CLASSED;
    }
    pthread_mutex_lock(&found_lock);
    free(found.list);
    found.list = copy;
    found.count = devices->count;
    pthread_mutex_unlock(&found_lock);
}

static int send_packet(int fd, const uint8_t *packet, size_t size)
{
    return send(fd, packet, size, MSG_NOSIGNAL) == (ssize_t)size ? 0 : WSAENETDOWN;
}

/* The next event: 0, WSAETIMEDOUT, or WSAENETDOWN if the adapter is gone. */
static int next_event(int fd, int64_t until, struct bth_devices *devices, enum hci_event *event,
                      uint64_t *address)
{
    uint8_t packet[HCI_PACKET_MAX];
    ssize_t size;
    int err;

    do
    {
        if ((err = bth_wait(fd, POLLIN, until))) return err;
        size = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
    } while (size < 0 && (errno == EAGAIN || errno == EINTR));
    if (size <= 0) return WSAENETDOWN;
    *event = hci_read(packet, size, devices, address);
    return 0;
}

/* While somebody else's inquiry runs there can be no other, but its results are heard. */
static int inquire(const struct bth_host *host, int fd, const struct bth_inquiry *inquiry,
                   struct bth_devices *devices)
{
    int64_t until = bth_now() + (int64_t)(inquiry->seconds + INQUIRY_GRACE) * host->inquiry_unit_ms;
    uint8_t packet[HCI_PACKET_MAX];
    enum hci_event event;
    uint64_t address;
    int err, own = 1;

    err = send_packet(fd, packet, hci_inquiry(packet, inquiry->lap, inquiry->seconds));
    while (!err && !(err = next_event(fd, until, devices, &event, &address)))
    {
        if (event == HCI_REFUSED) return WSAENETDOWN;
        if (event == HCI_BUSY) own = 0;
        if (event != HCI_FINISHED) continue;
        if (own) return 0;
        own = 1;
        err = send_packet(fd, packet, hci_inquiry(packet, inquiry->lap, inquiry->seconds));
    }
    if (err != WSAETIMEDOUT) return err;
    if (own) send_packet(fd, packet, hci_inquiry_cancel(packet));
    return 0;
}

static int ask_name(const struct bth_host *host, int fd, struct bth_devices *devices, size_t index)
{
    int64_t until = bth_now() + host->name_ms;
    uint64_t address, wanted = devices->list[index].address;
    uint8_t packet[HCI_PACKET_MAX];
    enum hci_event event;
    int err;

    err = send_packet(fd, packet, hci_name_request(packet, &devices->list[index]));
    while (!err && !(err = next_event(fd, until, devices, &event, &address)))
    {
        if (event == HCI_REFUSED) return 0;
        if (event == HCI_NAME && address == wanted) return 0;
    }
    return err;
}

/* Those that are only remembered may be far away. */
static void ask_names(const struct bth_host *host, int fd, struct bth_devices *devices)
{
    unsigned int nameless = 0;
    size_t i;

    for (i = 0; i < devices->count && nameless < NAMELESS_MAX; i++)
    {
        struct bth_device *device = &devices->list[i];

        if (device->name[0] || !(device->state & (BTH_CLASSED | BTH_CONNECTED))) continue;
        if (ask_name(host, fd, devices, i) == WSAENETDOWN) return;
        if (!devices->list[i].name[0]) nameless++;
    }
}

static int ask_air(const struct bth_host *host, const struct bth_inquiry *inquiry,
                   const struct bth_adapter *adapter, struct bth_devices *devices)
{
    int fd, err;

    if ((err = host->open_hci(host->context, adapter, &fd))) return err;
    if (inquiry->flush && !(err = inquire(host, fd, inquiry, devices))) recall_names(devices);
    if (!err) ask_names(host, fd, devices);
    close(fd);
    if (!err && inquiry->flush) keep_found(devices);
    return err;
}

static void add_known(const struct bth_host *host, const struct bth_adapter *adapter,
                      struct bth_devices *devices)
{
    struct bth_devices known = {NULL, 0};
    struct bth_device *device;
    size_t i;

    host->known(host->context, adapter, &known);
    for (i = 0; i < known.count; i++)
        if ((device = bth_device(devices, known.list[i].address))) merge(device, &known.list[i]);
    free(known.list);
}

static int has_nameless(const struct bth_devices *devices)
{
    size_t i;

    for (i = 0; i < devices->count; i++)
        if (!devices->list[i].name[0] && devices->list[i].state & BTH_CONNECTED) return 1;
    return 0;
}

int bth_find_devices(const struct bth_host *host, const struct bth_inquiry *inquiry,
                     struct bth_adapter *adapter, struct bth_devices *devices)
{
    int err;

    devices->list = NULL;
    devices->count = 0;
    if ((err = host->adapter(host->context, adapter))) return err;
    if (inquiry->flush)
        err = ask_air(host, inquiry, adapter, devices);
    else
        recall_found(devices);
    if (!err) add_known(host, adapter, devices);
    if (!err && !inquiry->flush && has_nameless(devices)) ask_air(host, inquiry, adapter, devices);
    if (!err && devices->count) return 0;
    free(devices->list);
    devices->list = NULL;
    return WSASERVICE_NOT_FOUND;
}

int bth_find_services(const struct bth_host *host, uint64_t device, const struct sdp_query *query,
                      struct bth_adapter *adapter, struct sdp_answer *answer)
{
    int64_t until = bth_now() + host->sdp_ms;
    int fd, err;

    if ((err = host->adapter(host->context, adapter))) return err;
    if (device == adapter->address)
        err = host->open_own_sdp(host->context, &fd);
    else
        err = host->open_sdp(host->context, adapter, device, until, &fd);
    if (err) return WSASERVICE_NOT_FOUND;
    err = sdp_ask(fd, query, until, answer);
    close(fd);
    return !err || err == WSA_NOT_ENOUGH_MEMORY ? err : WSASERVICE_NOT_FOUND;
}
