/* Looking for Bluetooth devices and their services (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_BLUETOOTH_H
#define WS2_UNIX_BLUETOOTH_H

#include "unix/hci.h"
#include "unix/sdptalk.h"

struct bth_adapter
{
    int number; /* the host's: 0 for hci0 */
    uint64_t address;
};

/* What is asked of the host, so that tests can play any. Errors are Winsock's. */
struct bth_host
{
    int (*adapter)(void *context, struct bth_adapter *adapter);                 /* the first that is up */
    int (*open_hci)(void *context, const struct bth_adapter *adapter, int *fd); /* a socket of packets */
    /* adds, or marks, the devices that are connected, and those that the host remembers */
    void (*known)(void *context, const struct bth_adapter *adapter, struct bth_devices *devices);
    /* a socket that is connected to a device's SDP server, or to this host's own */
    int (*open_sdp)(void *context, const struct bth_adapter *adapter, uint64_t device, int64_t until,
                    int *fd);
    int (*open_own_sdp)(void *context, int *fd);
    void *context;
    int inquiry_unit_ms; /* of a second of an inquiry: 1000 but in tests */
    int name_ms, sdp_ms; /* how long a device has to tell its name, or everything about its services */
};

extern const struct bth_host bth_host;

struct bth_inquiry
{
    int flush; /* ask the air; otherwise what is known will do */
    uint32_t lap;
    unsigned int seconds;
};

/* Devices that were found or are known, in a heap block. 0, or WSASERVICE_NOT_FOUND if
 * there is none, or no adapter. */
int bth_find_devices(const struct bth_host *host, const struct bth_inquiry *inquiry,
                     struct bth_adapter *adapter, struct bth_devices *devices);

/* What a device's SDP server answers, or with its own address the host's. 0, or
 * WSASERVICE_NOT_FOUND for whatever keeps it from answering. */
int bth_find_services(const struct bth_host *host, uint64_t device, const struct sdp_query *query,
                      struct bth_adapter *adapter, struct sdp_answer *answer);

/* Tells the host's SDP server of a service, until bth_unregister or the process's end. Port is
 * its protocol's number for it, 0 if that is not known. WSAEADDRINUSE if this process
 * has registered one there already, WSASERVICE_NOT_FOUND if there is no server. */
int bth_register(const struct bth_host *host, struct sdp_bytes record, uint32_t protocol, uint32_t port,
                 uint32_t *handle);

/* Of a handle, or with 0 of a protocol and port. WSASERVICE_NOT_FOUND if this process has not
 * registered it. */
int bth_unregister(const struct bth_host *host, uint32_t handle, uint32_t protocol, uint32_t port);

#endif
