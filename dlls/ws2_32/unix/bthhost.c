/*
 * The host's Bluetooth: adapters, their connections, and sockets to talk over.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The kernel's own interface, in its own words: its header comes with BlueZ's
 * development files, which a build must not depend on.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "unix/bluetooth.h"
#include "unix/bluez.h"
#include "unix/errno.h"
#include "unix/wsaerror.h"

#define HOST_AF_BLUETOOTH 31
#define HOST_BTPROTO_L2CAP 0
#define HOST_BTPROTO_HCI 1
#define HOST_SOL_HCI 0
#define HOST_HCI_FILTER 2
#define HOST_HCIGETDEVLIST _IOR('H', 210, int)
#define HOST_HCIGETDEVINFO _IOR('H', 211, int)
#define HOST_HCIGETCONNLIST _IOR('H', 212, int)

#define HCI_UP 1u /* of an adapter's flags */
#define ACL_LINK 1
#define EVENT_PACKETS (1u << 4)
#define SDP_PSM 1

#define ADAPTERS_MAX 16
#define CONNECTIONS_MAX 64

/* Where BlueZ's daemon takes records, if it was started with --compat. */
#define OWN_SDP "/var/run/sdp"

struct host_hci_device
{
    uint16_t number;
    char name[8];
    uint8_t address[6];
    uint32_t flags;
    uint8_t type, features[8];
    uint32_t packet_types, link_policy, link_mode;
    uint16_t sizes[4];
    uint32_t statistics[10];
};

struct host_hci_list
{
    uint16_t count;
    struct
    {
        uint16_t number;
        uint32_t options; /* an adapter's flags */
    } items[ADAPTERS_MAX];
};

struct host_hci_connection
{
    uint16_t handle;
    uint8_t address[6];
    uint8_t type, out;
    uint16_t state;
    uint32_t link_mode;
};

struct host_hci_connections
{
    uint16_t number, count;
    struct host_hci_connection items[CONNECTIONS_MAX];
};

struct host_hci_filter
{
    uint32_t types, events[2];
    uint16_t command;
};

struct host_sockaddr_hci
{
    uint16_t family, number, channel;
};

struct host_sockaddr_l2
{
    uint16_t family, psm; /* little-endian */
    uint8_t address[6];
    uint16_t channel;
    uint8_t address_type;
};

_Static_assert(sizeof(struct host_hci_device) == 92, "struct hci_dev_info");
_Static_assert(sizeof(struct host_hci_connection) == 16, "struct hci_conn_info");
_Static_assert(sizeof(struct host_hci_filter) == 16, "struct hci_ufilter");
_Static_assert(sizeof(struct host_sockaddr_l2) == 14, "struct sockaddr_l2");

static uint64_t address_from_host(const uint8_t bytes[6])
{
    uint64_t address = 0;
    int i;

    for (i = 0; i < 6; i++) address |= (uint64_t)bytes[i] << 8 * i;
    return address;
}

static int hci_socket(void)
{
    return socket(HOST_AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, HOST_BTPROTO_HCI);
}

static int read_adapter(int fd, uint16_t number, struct bth_adapter *adapter)
{
    struct host_hci_device device = {.number = number};

    if (ioctl(fd, HOST_HCIGETDEVINFO, &device) < 0 || !(device.flags & HCI_UP)) return 0;
    adapter->number = number;
    adapter->address = address_from_host(device.address);
    return 1;
}

static int host_adapter(void *context, struct bth_adapter *adapter)
{
    struct host_hci_list list = {.count = ADAPTERS_MAX};
    int fd = hci_socket(), up = 0;
    unsigned int i;

    (void)context;
    if (fd < 0) return WSASERVICE_NOT_FOUND;
    if (!ioctl(fd, HOST_HCIGETDEVLIST, &list))
        for (i = 0; i < list.count && i < ADAPTERS_MAX && !up; i++)
            up = read_adapter(fd, list.items[i].number, adapter);
    close(fd);
    return up ? 0 : WSASERVICE_NOT_FOUND;
}

/* All events that the kernel lets a program without privilege hear. */
static int host_open_hci(void *context, const struct bth_adapter *adapter, int *fd)
{
    const struct host_hci_filter filter = {.types = EVENT_PACKETS, .events = {UINT32_MAX, UINT32_MAX}};
    const struct host_sockaddr_hci addr = {.family = HOST_AF_BLUETOOTH, .number = adapter->number};
    int err;

    (void)context;
    if ((*fd = hci_socket()) < 0) return WSASERVICE_NOT_FOUND;
    if (!setsockopt(*fd, HOST_SOL_HCI, HOST_HCI_FILTER, &filter, sizeof(filter)) &&
        !bind(*fd, (const struct sockaddr *)&addr, sizeof(addr)))
        return 0;
    err = error_from_errno(errno);
    close(*fd);
    return err;
}

static void add_connected(const struct bth_adapter *adapter, struct bth_devices *devices)
{
    struct host_hci_connections list = {.number = adapter->number, .count = CONNECTIONS_MAX};
    struct bth_device *device;
    int fd = hci_socket();
    unsigned int i;

    if (fd < 0) return;
    if (!ioctl(fd, HOST_HCIGETCONNLIST, &list))
        for (i = 0; i < list.count && i < CONNECTIONS_MAX; i++)
            if (list.items[i].type == ACL_LINK &&
                (device = bth_device(devices, address_from_host(list.items[i].address))))
                device->state |= BTH_CONNECTED;
    close(fd);
}

static void host_known(void *context, const struct bth_adapter *adapter, struct bth_devices *devices)
{
    (void)context;
    add_connected(adapter, devices);
    bluez_remembered(adapter->number, devices);
}

static void l2_address(struct host_sockaddr_l2 *addr, uint64_t device, uint16_t psm)
{
    int i;

    memset(addr, 0, sizeof(*addr));
    addr->family = HOST_AF_BLUETOOTH;
    addr->psm = htole16(psm);
    for (i = 0; i < 6; i++) addr->address[i] = device >> 8 * i;
}

/* The outcome of a connect(2) that did not wait. */
static int wait_connected(int fd, int64_t until)
{
    socklen_t size = sizeof(int);
    int err, host_errno = 0;

    if (errno != EINPROGRESS && errno != EAGAIN) return error_from_errno(errno);
    if ((err = bth_wait(fd, POLLOUT, until))) return err;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &host_errno, &size)) host_errno = errno;
    return error_from_errno(host_errno);
}

static int host_open_sdp(void *context, const struct bth_adapter *adapter, uint64_t device, int64_t until,
                         int *fd)
{
    struct host_sockaddr_l2 own, other;
    int err;

    (void)context;
    l2_address(&own, adapter->address, 0);
    l2_address(&other, device, SDP_PSM);
    *fd = socket(HOST_AF_BLUETOOTH, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, HOST_BTPROTO_L2CAP);
    if (*fd < 0) return error_from_errno(errno);
    if (bind(*fd, (struct sockaddr *)&own, sizeof(own)))
        err = error_from_errno(errno);
    else if (!connect(*fd, (struct sockaddr *)&other, sizeof(other)))
        return 0;
    else
        err = wait_connected(*fd, until);
    if (err) close(*fd);
    return err;
}

static int host_open_own_sdp(void *context, int *fd)
{
    const struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = OWN_SDP};
    int err;

    (void)context;
    if ((*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0) return error_from_errno(errno);
    if (!connect(*fd, (const struct sockaddr *)&addr, sizeof(addr))) return 0;
    err = error_from_errno(errno);
    close(*fd);
    return err;
}

const struct bth_host bth_host = {.adapter = host_adapter,
                                  .open_hci = host_open_hci,
                                  .known = host_known,
                                  .open_sdp = host_open_sdp,
                                  .open_own_sdp = host_open_own_sdp,
                                  .inquiry_unit_ms = 1000,
                                  .name_ms = 10000,
                                  .sdp_ms = 30000};
