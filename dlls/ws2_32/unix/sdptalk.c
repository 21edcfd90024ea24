/*
 * Talking to an SDP server: requests, and answers in parts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each PDU has a header of its kind, a number that the answer repeats, and the
 * size of what follows. The descriptor is one over L2CAP, where a PDU is a packet,
 * or the stream to a server on this host; it does not block.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "unix/errno.h"
#include "unix/sdptalk.h"
#include "unix/wsaerror.h"

#define PDU_ERROR 0x01
#define PDU_REGISTER 0x75
#define PDU_REMOVE 0x79

/* An answer that goes on for ever is somebody's joke. */
#define ANSWER_MAX (1 << 20)

/* Kept for as long as the connection that registered it. */
#define REGISTER_TRANSIENT 0

int64_t bth_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int bth_wait(int fd, int events, int64_t until)
{
    struct pollfd poller = {.fd = fd, .events = events};
    int64_t left;
    int ready;

    do
    {
        if ((left = until - bth_now()) < 0) left = 0;
        ready = poll(&poller, 1, left > 1000000 ? 1000000 : left);
    } while (ready < 0 && errno == EINTR);
    return ready > 0 ? 0 : WSAETIMEDOUT;
}

static void begin_pdu(struct sdp_writer *writer, uint8_t kind, uint16_t transaction)
{
    sdp_put_number(writer, kind, 1);
    sdp_put_number(writer, transaction, 2);
    sdp_put_number(writer, 0, 2);
}

static size_t end_pdu(struct sdp_writer *writer)
{
    size_t size = writer->used - SDP_PDU_HEADER;

    if (writer->full || size > UINT16_MAX) return 0;
    writer->to[3] = size >> 8;
    writer->to[4] = size;
    return writer->used;
}

static void put_uuids(struct sdp_writer *writer, const struct sdp_query *query)
{
    size_t list = sdp_begin(writer);
    unsigned int i;

    for (i = 0; i < query->uuid_count; i++) sdp_put_uuid(writer, &query->uuids[i]);
    sdp_end(writer, list);
}

static void put_ranges(struct sdp_writer *writer, const struct sdp_query *query)
{
    size_t list = sdp_begin(writer);
    unsigned int i;

    for (i = 0; i < query->range_count; i++)
        sdp_put_uint(writer, (uint32_t)query->ranges[i].first << 16 | query->ranges[i].last, 4);
    if (!query->range_count) sdp_put_uint(writer, 0xffff, 4);
    sdp_end(writer, list);
}

size_t sdp_write_request(const struct sdp_query *query, uint16_t transaction, struct sdp_bytes state,
                         uint8_t *pdu, size_t room)
{
    struct sdp_writer writer = {.to = pdu, .size = room};

    begin_pdu(&writer, query->request, transaction);
    if (query->request == SDP_ATTRIBUTES)
        sdp_put_number(&writer, query->handle, 4);
    else
        put_uuids(&writer, query);
    sdp_put_number(&writer, UINT16_MAX, 2); /* as many as the server likes */
    if (query->request != SDP_SEARCH) put_ranges(&writer, query);
    sdp_put_number(&writer, state.size, 1);
    sdp_put(&writer, state.at, state.size);
    return end_pdu(&writer);
}

static int take(struct sdp_bytes *bytes, size_t size, struct sdp_bytes *taken)
{
    if (size > bytes->size) return 0;
    taken->at = bytes->at;
    taken->size = size;
    bytes->at += size;
    bytes->size -= size;
    return 1;
}

static int take_number(struct sdp_bytes *bytes, unsigned int size, uint32_t *number)
{
    struct sdp_bytes taken;
    unsigned int i;

    if (!take(bytes, size, &taken)) return 0;
    for (i = 0, *number = 0; i < size; i++) *number = *number << 8 | taken.at[i];
    return 1;
}

/* Takes the header off. What the kind must be is one more than the request's. */
static int read_header(uint8_t request, uint16_t transaction, struct sdp_bytes *pdu)
{
    uint32_t kind, number, size;

    if (!take_number(pdu, 1, &kind) || !take_number(pdu, 2, &number) || !take_number(pdu, 2, &size))
        return WSAEINVAL;
    if (number != transaction || size > pdu->size) return WSAEINVAL;
    pdu->size = size;
    if (kind == PDU_ERROR) return WSASERVICE_NOT_FOUND;
    return kind == request + 1u ? 0 : WSAEINVAL;
}

int sdp_read_part(enum sdp_request request, uint16_t transaction, struct sdp_bytes pdu, struct sdp_part *part)
{
    int err = read_header(request, transaction, &pdu);
    uint32_t total, size, state;

    if (err) return err;
    if (request == SDP_SEARCH)
    {
        if (!take_number(&pdu, 2, &total)) return WSAEINVAL;
        if (!take_number(&pdu, 2, &size) || size > total) return WSAEINVAL;
        size *= 4;
    }
    else if (!take_number(&pdu, 2, &size))
        return WSAEINVAL;
    if (!take(&pdu, size, &part->data)) return WSAEINVAL;
    if (!take_number(&pdu, 1, &state) || state > SDP_CONTINUATION_MAX) return WSAEINVAL;
    return take(&pdu, state, &part->state) ? 0 : WSAEINVAL;
}

static int send_pdu(int fd, const uint8_t *pdu, size_t size, int64_t until)
{
    ssize_t sent;
    int err;

    while (size)
    {
        if ((err = bth_wait(fd, POLLOUT, until))) return err;
        sent = send(fd, pdu, size, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) return error_from_errno(errno);
        if (sent > 0)
        {
            pdu += sent;
            size -= sent;
        }
    }
    return 0;
}

static size_t whole_size(const uint8_t *pdu, size_t have)
{
    return have < SDP_PDU_HEADER ? SDP_PDU_HEADER : SDP_PDU_HEADER + (pdu[3] << 8 | pdu[4]);
}

/* pdu has room for SDP_PDU_MAX. */
static int receive_pdu(int fd, uint8_t *pdu, struct sdp_bytes *received, int64_t until)
{
    size_t have = 0;
    ssize_t got;
    int err;

    do
    {
        if ((err = bth_wait(fd, POLLIN, until))) return err;
        got = recv(fd, pdu + have, SDP_PDU_MAX - have, MSG_DONTWAIT);
        if (!got) return WSAECONNRESET;
        if (got < 0 && errno != EAGAIN && errno != EINTR) return error_from_errno(errno);
        if (got > 0) have += got;
    } while (have < whole_size(pdu, have));
    received->at = pdu;
    received->size = have;
    return 0;
}

static int add_part(struct sdp_answer *answer, struct sdp_bytes part)
{
    uint8_t *bigger;

    if (part.size > ANSWER_MAX - answer->size) return WSAEINVAL;
    if (!(bigger = realloc(answer->data, answer->size + part.size + 1))) return WSA_NOT_ENOUGH_MEMORY;
    memcpy(bigger + answer->size, part.at, part.size);
    answer->data = bigger;
    answer->size += part.size;
    return 0;
}

/* Parts may be empty, but not for ever. */
#define PARTS_MAX 4096

static int ask_parts(int fd, const struct sdp_query *query, uint8_t *pdu, int64_t until,
                     struct sdp_answer *answer)
{
    uint8_t state[SDP_CONTINUATION_MAX], request[2048];
    struct sdp_bytes received;
    struct sdp_part part = {{NULL, 0}, {state, 0}};
    unsigned int i;
    size_t size;
    int err;

    for (i = 1; i <= PARTS_MAX; i++)
    {
        if (!(size = sdp_write_request(query, i, part.state, request, sizeof(request)))) return WSAEINVAL;
        if ((err = send_pdu(fd, request, size, until))) return err;
        if ((err = receive_pdu(fd, pdu, &received, until))) return err;
        if ((err = sdp_read_part(query->request, i, received, &part))) return err;
        if ((err = add_part(answer, part.data))) return err;
        if (!part.state.size) return 0;
        memcpy(state, part.state.at, part.state.size);
        part.state.at = state;
    }
    return WSAEINVAL;
}

int sdp_ask(int fd, const struct sdp_query *query, int64_t until, struct sdp_answer *answer)
{
    uint8_t *pdu = malloc(SDP_PDU_MAX);
    int err = WSA_NOT_ENOUGH_MEMORY;

    answer->data = NULL;
    answer->size = 0;
    if (pdu) err = ask_parts(fd, query, pdu, until, answer);
    free(pdu);
    if (!err) return 0;
    free(answer->data);
    answer->data = NULL;
    return err;
}

/* One request whose answer is a number. */
static int ask_number(int fd, struct sdp_writer *writer, unsigned int size, int64_t until, uint32_t *number)
{
    size_t request_size = end_pdu(writer);
    uint8_t *pdu = request_size ? malloc(SDP_PDU_MAX) : NULL;
    struct sdp_bytes received;
    int err;

    if (!request_size) return WSAEINVAL;
    if (!pdu) return WSA_NOT_ENOUGH_MEMORY;
    err = send_pdu(fd, writer->to, request_size, until);
    if (!err) err = receive_pdu(fd, pdu, &received, until);
    if (!err) err = read_header(writer->to[0], 1, &received);
    if (!err && !take_number(&received, size, number)) err = WSAEINVAL;
    free(pdu);
    return err;
}

int sdp_register(int fd, struct sdp_bytes record, int64_t until, uint32_t *handle)
{
    struct sdp_writer writer = {.size = record.size + SDP_PDU_HEADER + 1};
    int err;

    if (!(writer.to = malloc(writer.size))) return WSA_NOT_ENOUGH_MEMORY;
    begin_pdu(&writer, PDU_REGISTER, 1);
    sdp_put_number(&writer, REGISTER_TRANSIENT, 1);
    sdp_put(&writer, record.at, record.size);
    err = ask_number(fd, &writer, 4, until, handle);
    free(writer.to);
    return err;
}

int sdp_remove(int fd, uint32_t handle, int64_t until)
{
    uint8_t pdu[SDP_PDU_HEADER + 4];
    struct sdp_writer writer = {.to = pdu, .size = sizeof(pdu)};
    uint32_t status;
    int err;

    begin_pdu(&writer, PDU_REMOVE, 1);
    sdp_put_number(&writer, handle, 4);
    if ((err = ask_number(fd, &writer, 2, until, &status))) return err;
    return status ? WSASERVICE_NOT_FOUND : 0;
}
