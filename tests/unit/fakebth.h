/* A Bluetooth adapter and an SDP server that are not there (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef FAKEBTH_H
#define FAKEBTH_H

#include <pthread.h>

#include "unix/bluetooth.h"

enum fake_sdp_way
{
    FAKE_SDP_ANSWERS,
    FAKE_SDP_ERROR,    /* an error response */
    FAKE_SDP_GARBAGE,  /* bytes that mean nothing */
    FAKE_SDP_OTHER,    /* an answer to a request that was never made */
    FAKE_SDP_HANGS_UP, /* without an answer */
    FAKE_SDP_BREAKS,   /* hangs up after the first part */
    FAKE_SDP_SILENT,
    FAKE_SDP_ENDLESS, /* always one more part, with nothing in it */
    FAKE_SDP_UNREACHABLE
};

enum fake_inquiry_way
{
    FAKE_INQUIRY_FINDS,
    FAKE_INQUIRY_BUSY, /* another's runs at first, and finds device 0 */
    FAKE_INQUIRY_REFUSED,
    FAKE_INQUIRY_ENDLESS, /* it is never told that it has ended */
    FAKE_INQUIRY_GONE     /* the adapter goes while it runs */
};

/* An inquiry for this does not end before somebody asks for services. */
#define FAKE_LAP_WAITS 0x9e8b3f

#define FAKE_ADAPTER 0x0123456789abULL
#define FAKE_RECORDS 4

struct fake_device
{
    uint64_t address;
    uint32_t device_class;
    const char *name;  /* or NULL: it does not tell */
    int tells_at_once; /* the name, with the inquiry's result */
};

/* What is set before, and what can be seen afterwards. */
struct fake_bluetooth
{
    struct bth_host host;
    int no_adapter, no_own_server;
    enum fake_inquiry_way inquiry;
    enum fake_sdp_way sdp;
    size_t part; /* bytes of a part of an answer; 0: all in one */
    struct fake_device devices[4];
    unsigned int device_count;
    struct bth_device known[4];
    unsigned int known_count;
    struct
    {
        const uint8_t *bytes;
        size_t size;
    } records[FAKE_RECORDS];

    /* protected by the lock */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned int inquiries, cancels, name_requests, requests, servers;
    uint8_t last_lap[3], last_length;
    uint8_t registered[2048];
    size_t registered_size;
    uint32_t registered_handle; /* 0 once it is removed, or its connection gone */
};

void fake_bluetooth_init(struct fake_bluetooth *fake);

/* Until no server thread runs any more. */
void fake_bluetooth_settle(struct fake_bluetooth *fake);

/* "Serial" of class 0x1101 on RFCOMM channel 5, with a comment. */
extern const uint8_t fake_serial_record[];
extern const size_t fake_serial_record_size;

/* Their servers: each takes the descriptor over, and ends with its peer. */
int fake_controller(struct fake_bluetooth *fake, int *fd);
int fake_sdp_server(struct fake_bluetooth *fake, int type, int *fd);

#endif
