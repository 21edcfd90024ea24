/*
 * A Bluetooth adapter and an SDP server that are not there: threads that answer
 * packets as controllers and devices do, at the other end of a pair of sockets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What they send is put together by hand, so that it proves the code that reads it.
 */
#include "fakebth.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unix/wsaerror.h"

const uint8_t fake_serial_record[] = {
    0x35, 0x4b,                                                     /* a sequence */
    0x09, 0x00, 0x00, 0x0a, 0x00, 0x01, 0x00, 0x05,                 /* its handle */
    0x09, 0x00, 0x01, 0x35, 0x03, 0x19, 0x11, 0x01,                 /* of the class SerialPort */
    0x09, 0x00, 0x04, 0x35, 0x0c,                                   /* over */
    0x35, 0x03, 0x19, 0x01, 0x00,                                   /* L2CAP and */
    0x35, 0x05, 0x19, 0x00, 0x03, 0x08, 0x05,                       /* RFCOMM, channel 5 */
    0x09, 0x00, 0x06, 0x35, 0x09,                                   /* texts are in */
    0x09, 'e',  'n',  0x09, 0x00, 0x6a, 0x09, 0x01, 0x00,           /* English, UTF-8, here */
    0x09, 0x01, 0x00, 0x25, 0x06, 'S',  'e',  'r',  'i',  'a', 'l', /* its name */
    0x09, 0x01, 0x01, 0x25, 0x0c, 'p',  'i',  'e',  'c',  'e', ' ', 'b', 'y', ' ', '\xc3', '\xa9', '!',
};
const size_t fake_serial_record_size = sizeof(fake_serial_record);

struct server
{
    struct fake_bluetooth *fake;
    int fd;
    uint32_t handle; /* that was registered here */
};

static void count(struct fake_bluetooth *fake, unsigned int *counter)
{
    pthread_mutex_lock(&fake->lock);
    ++*counter;
    pthread_cond_broadcast(&fake->changed);
    pthread_mutex_unlock(&fake->lock);
}

static int serve(struct fake_bluetooth *fake, int type, void *(*run)(void *server), int *fd)
{
    struct server *server = malloc(sizeof(*server));
    pthread_t thread;
    int pair[2];

    if (!server || socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, pair)) abort();
    server->fake = fake;
    server->fd = pair[1];
    server->handle = 0;
    count(fake, &fake->servers);
    if (pthread_create(&thread, NULL, run, server)) abort();
    pthread_detach(thread);
    *fd = pair[0];
    return 0;
}

static void *finish(struct server *server)
{
    struct fake_bluetooth *fake = server->fake;

    close(server->fd);
    pthread_mutex_lock(&fake->lock);
    if (server->handle && fake->registered_handle == server->handle) fake->registered_handle = 0;
    fake->servers--;
    pthread_cond_broadcast(&fake->changed);
    pthread_mutex_unlock(&fake->lock);
    free(server);
    return NULL;
}

void fake_bluetooth_settle(struct fake_bluetooth *fake)
{
    pthread_mutex_lock(&fake->lock);
    while (fake->servers) pthread_cond_wait(&fake->changed, &fake->lock);
    pthread_mutex_unlock(&fake->lock);
}

static void send_event(struct server *server, uint8_t event, const uint8_t *data, uint8_t size)
{
    uint8_t packet[258] = {4, event, size};

    memcpy(packet + 3, data, size);
    send(server->fd, packet, 3 + size, MSG_NOSIGNAL);
}

static void put_address(uint8_t *to, uint64_t address)
{
    int i;

    for (i = 0; i < 6; i++) to[i] = address >> 8 * i;
}

static void send_found(struct server *server, const struct fake_device *device)
{
    uint8_t data[255] = {1};
    size_t name = device->name ? strlen(device->name) : 0;

    put_address(data + 1, device->address);
    data[7] = 1;
    data[9] = device->device_class;
    data[10] = device->device_class >> 8;
    data[11] = device->device_class >> 16;
    data[12] = 0x34;
    data[13] = 0x12;
    data[15] = 2; /* flags come before the name */
    data[16] = 1;
    data[18] = name + 1;
    data[19] = 9;
    if (name) memcpy(data + 20, device->name, name);
    if (device->tells_at_once)
        send_event(server, 0x2f, data, 255);
    else
        send_event(server, 0x22, data, 15);
}

static void send_status(struct server *server, uint8_t status, const uint8_t *command)
{
    uint8_t data[4] = {status, 1, command[1], command[2]};

    send_event(server, 0x0f, data, sizeof(data));
}

static void await_request(struct fake_bluetooth *fake)
{
    unsigned int before;

    pthread_mutex_lock(&fake->lock);
    for (before = fake->requests; fake->requests == before;) pthread_cond_wait(&fake->changed, &fake->lock);
    pthread_mutex_unlock(&fake->lock);
}

static int run_inquiry(struct server *server, const uint8_t *command, unsigned int number)
{
    struct fake_bluetooth *fake = server->fake;
    static const uint8_t success[1] = {0};
    unsigned int i;

    switch (fake->inquiry)
    {
    case FAKE_INQUIRY_REFUSED: send_status(server, 0x1f, command); return 1;
    case FAKE_INQUIRY_GONE: return 0;
    case FAKE_INQUIRY_BUSY:
        if (number != 1) break;
        send_status(server, 0x0c, command);
        send_found(server, &fake->devices[0]);
        send_event(server, 0x01, success, 1);
        return 1;
    default: break;
    }
    send_status(server, 0, command);
    if ((command[4] | command[5] << 8 | command[6] << 16) == FAKE_LAP_WAITS) await_request(fake);
    for (i = number > 1; i < fake->device_count; i++) send_found(server, &fake->devices[i]);
    if (fake->inquiry != FAKE_INQUIRY_ENDLESS) send_event(server, 0x01, success, 1);
    return 1;
}

static void run_name(struct server *server, const uint8_t *command)
{
    struct fake_bluetooth *fake = server->fake;
    uint8_t data[255] = {4 /* page time-out */};
    uint8_t address[6];
    unsigned int i;

    send_status(server, 0, command);
    memcpy(data + 1, command + 4, 6);
    for (i = 0; i < fake->device_count; i++)
    {
        put_address(address, fake->devices[i].address);
        if (memcmp(address, command + 4, 6) || !fake->devices[i].name) continue;
        data[0] = 0;
        memcpy(data + 7, fake->devices[i].name, strlen(fake->devices[i].name));
    }
    send_event(server, 0x07, data, 255);
}

static void note_inquiry(struct fake_bluetooth *fake, const uint8_t *packet)
{
    pthread_mutex_lock(&fake->lock);
    fake->inquiries++;
    memcpy(fake->last_lap, packet + 4, 3);
    fake->last_length = packet[7];
    pthread_mutex_unlock(&fake->lock);
}

static void *run_controller(void *context)
{
    struct server *server = context;
    struct fake_bluetooth *fake = server->fake;
    uint8_t packet[260];
    unsigned int inquiries = 0;
    int goes_on = 1;

    while (goes_on && recv(server->fd, packet, sizeof(packet), 0) > 0)
    {
        if (packet[0] != 1) abort();
        switch (packet[1] | packet[2] << 8)
        {
        case 0x0401:
            note_inquiry(fake, packet);
            goes_on = run_inquiry(server, packet, ++inquiries);
            break;
        case 0x0402: count(fake, &fake->cancels); break;
        case 0x0419:
            count(fake, &fake->name_requests);
            run_name(server, packet);
            break;
        default: abort();
        }
    }
    return finish(server);
}

int fake_controller(struct fake_bluetooth *fake, int *fd)
{
    return serve(fake, SOCK_SEQPACKET, run_controller, fd);
}

/* A response's header goes before its data. */
static void send_pdu(struct server *server, uint8_t kind, const uint8_t *request, const uint8_t *data,
                     size_t size)
{
    uint8_t pdu[4096] = {kind, request[1], request[2], size >> 8, size};

    if (size > sizeof(pdu) - 5) abort();
    memcpy(pdu + 5, data, size);
    send(server->fd, pdu, size + 5, MSG_NOSIGNAL);
}

static int contains(const uint8_t *bytes, size_t size, const uint8_t *what, size_t what_size)
{
    size_t i;

    for (i = 0; i + what_size <= size; i++)
        if (!memcmp(bytes + i, what, what_size)) return 1;
    return 0;
}

/* The one UUID of a search, which is written as those in the records are. */
static int matches(struct fake_bluetooth *fake, unsigned int index, const uint8_t *request)
{
    const uint8_t *pattern = request + 8; /* its sequence's size takes two bytes */

    if (!fake->records[index].bytes) return 0;
    return contains(fake->records[index].bytes, fake->records[index].size, pattern, request[7]);
}

/* Everything that there is to answer, of which parts are sent. */
static size_t whole_answer(struct fake_bluetooth *fake, const uint8_t *request, uint8_t *answer)
{
    size_t size = request[0] == 6 ? 3 : 0;
    unsigned int i;

    if (request[0] == 4)
    {
        memcpy(answer, fake->records[0].bytes, fake->records[0].size);
        return fake->records[0].size;
    }
    for (i = 0; i < FAKE_RECORDS; i++)
    {
        const uint8_t handle[4] = {0, 1, 0, i};

        if (!matches(fake, i, request)) continue;
        if (request[0] == 2)
            memcpy(answer + size, handle, 4);
        else
            memcpy(answer + size, fake->records[i].bytes, fake->records[i].size);
        size += request[0] == 2 ? 4 : fake->records[i].size;
    }
    if (request[0] == 6)
    {
        answer[0] = 0x36;
        answer[1] = (size - 3) >> 8;
        answer[2] = size - 3;
    }
    return size;
}

/* The continuation state says how far it is. */
static size_t state_of(const uint8_t *request, size_t size)
{
    return request[size - 1] == 0 && request[size - 3] != 2 ? 0 : request[size - 2] << 8 | request[size - 1];
}

static void answer_part(struct server *server, const uint8_t *request, size_t request_size)
{
    struct fake_bluetooth *fake = server->fake;
    uint8_t whole[2048], data[2048];
    size_t total = whole_answer(fake, request, whole), from = state_of(request, request_size);
    size_t part = fake->part && total - from > fake->part ? fake->part : total - from, at = 0;

    if (request[0] == 2)
    {
        data[at++] = 0;
        data[at++] = total / 4;
    }
    data[at++] = (request[0] == 2 ? part / 4 : part) >> 8;
    data[at++] = request[0] == 2 ? part / 4 : part;
    memcpy(data + at, whole + from, part);
    at += part;
    if (from + part < total)
    {
        data[at++] = 2;
        data[at++] = (from + part) >> 8;
        data[at++] = from + part;
    }
    else
        data[at++] = 0;
    send_pdu(server, request[0] + 1, request, data, at);
}

static void answer_register(struct server *server, const uint8_t *request, size_t size)
{
    struct fake_bluetooth *fake = server->fake;
    uint8_t handle[4] = {0, 1, 0, 9};

    pthread_mutex_lock(&fake->lock);
    fake->registered_size = size - 6;
    memcpy(fake->registered, request + 6, size - 6);
    handle[2] = fake->requests;
    server->handle = fake->registered_handle = 0x10009 | handle[2] << 8;
    pthread_mutex_unlock(&fake->lock);
    send_pdu(server, 0x76, request, handle, 4);
}

static void answer_remove(struct server *server, const uint8_t *request)
{
    struct fake_bluetooth *fake = server->fake;
    uint32_t handle = (uint32_t)request[5] << 24 | request[6] << 16 | request[7] << 8 | request[8];
    const uint8_t status[2] = {0, handle != server->handle};

    pthread_mutex_lock(&fake->lock);
    if (handle == fake->registered_handle) fake->registered_handle = 0;
    pthread_mutex_unlock(&fake->lock);
    send_pdu(server, 0x7a, request, status, 2);
}

/* 0 to hang up. */
static int answer_badly(struct server *server, const uint8_t *request)
{
    static const uint8_t error[2] = {0, 3}, nothing[6] = {0, 0, 2, 0, 1};
    uint8_t other[3] = {request[0], request[1] ^ 0x55, request[2]};

    switch (server->fake->sdp)
    {
    case FAKE_SDP_ERROR: send_pdu(server, 1, request, error, sizeof(error)); return 1;
    case FAKE_SDP_GARBAGE: send_pdu(server, 0xee, request, request, 5); return 1;
    case FAKE_SDP_OTHER: send_pdu(server, request[0] + 1, other, nothing, sizeof(nothing)); return 1;
    case FAKE_SDP_ENDLESS: send_pdu(server, request[0] + 1, request, nothing, 5); return 1;
    case FAKE_SDP_SILENT: return 1;
    default: return 0;
    }
}

static int answer(struct server *server, const uint8_t *request, size_t size)
{
    struct fake_bluetooth *fake = server->fake;

    if (fake->sdp != FAKE_SDP_ANSWERS && (fake->sdp != FAKE_SDP_BREAKS || state_of(request, size)))
        return answer_badly(server, request);
    if (request[0] == 0x75)
        answer_register(server, request, size);
    else if (request[0] == 0x79)
        answer_remove(server, request);
    else
        answer_part(server, request, size);
    return 1;
}

static void *run_sdp(void *context)
{
    struct server *server = context;
    uint8_t request[2048];
    ssize_t size;

    while ((size = recv(server->fd, request, sizeof(request), 0)) > 0)
    {
        if (size < 5 || (request[3] << 8 | request[4]) != size - 5) abort();
        count(server->fake, &server->fake->requests);
        if (!answer(server, request, size)) break;
    }
    return finish(server);
}

int fake_sdp_server(struct fake_bluetooth *fake, int type, int *fd)
{
    return serve(fake, type, run_sdp, fd);
}

static int fake_adapter(void *context, struct bth_adapter *adapter)
{
    struct fake_bluetooth *fake = context;

    adapter->number = 0;
    adapter->address = FAKE_ADAPTER;
    return fake->no_adapter ? WSASERVICE_NOT_FOUND : 0;
}

static int fake_open_hci(void *context, const struct bth_adapter *adapter, int *fd)
{
    (void)adapter;
    return fake_controller(context, fd);
}

static void fake_known(void *context, const struct bth_adapter *adapter, struct bth_devices *devices)
{
    struct fake_bluetooth *fake = context;
    struct bth_device *device;
    unsigned int i;

    (void)adapter;
    for (i = 0; i < fake->known_count; i++)
        if ((device = bth_device(devices, fake->known[i].address))) *device = fake->known[i];
}

static int fake_open_sdp(void *context, const struct bth_adapter *adapter, uint64_t device, int64_t until,
                         int *fd)
{
    struct fake_bluetooth *fake = context;

    (void)adapter;
    (void)until;
    if (fake->sdp == FAKE_SDP_UNREACHABLE || device != fake->devices[0].address) return WSAEHOSTDOWN;
    return fake_sdp_server(fake, SOCK_SEQPACKET, fd);
}

static int fake_open_own_sdp(void *context, int *fd)
{
    struct fake_bluetooth *fake = context;

    return fake->no_own_server ? WSAECONNREFUSED : fake_sdp_server(fake, SOCK_STREAM, fd);
}

void fake_bluetooth_init(struct fake_bluetooth *fake)
{
    static const struct fake_device devices[] = {
        {0x001122334455, 0x5a020c, "Phone \xc3\xa9", 1},
        {0x00aabbccddee, 0x240404, "Headset", 0},
        {0x0000deadbeef, 0x001f00, NULL, 0},
    };

    memset(fake, 0, sizeof(*fake));
    pthread_mutex_init(&fake->lock, NULL);
    pthread_cond_init(&fake->changed, NULL);
    memcpy(fake->devices, devices, sizeof(devices));
    fake->device_count = 3;
    fake->records[0].bytes = fake_serial_record;
    fake->records[0].size = fake_serial_record_size;
    fake->host = (struct bth_host){.adapter = fake_adapter,
                                   .open_hci = fake_open_hci,
                                   .known = fake_known,
                                   .open_sdp = fake_open_sdp,
                                   .open_own_sdp = fake_open_own_sdp,
                                   .context = fake,
                                   .inquiry_unit_ms = 1000,
                                   .name_ms = 10000,
                                   .sdp_ms = 10000};
}
