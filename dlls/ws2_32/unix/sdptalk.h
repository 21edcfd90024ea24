/* Talking to a Bluetooth device's SDP server (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_SDPTALK_H
#define WS2_UNIX_SDPTALK_H

#include "unix/sdp.h"

enum sdp_request
{
    SDP_SEARCH = 2,           /* handles of records that have all the UUIDs */
    SDP_ATTRIBUTES = 4,       /* attributes of the record with a handle */
    SDP_SEARCH_ATTRIBUTES = 6 /* attributes of all records that have all the UUIDs */
};

#define SDP_MAX_UUIDS 12
#define SDP_MAX_RANGES 64

struct sdp_query
{
    enum sdp_request request;
    uint32_t handle;
    unsigned int uuid_count, range_count; /* no range: all attributes */
    struct sdp_uuid uuids[SDP_MAX_UUIDS];
    struct
    {
        uint16_t first, last;
    } ranges[SDP_MAX_RANGES];
};

/* What a server has answered: handles, four bytes each, or elements. In a heap block. */
struct sdp_answer
{
    uint8_t *data;
    size_t size;
};

/* Asks on a connected socket, all parts of the answer, until a time of bth_now(). 0 or a
 * Winsock error, and nothing to free then. */
int sdp_ask(int fd, const struct sdp_query *query, int64_t until, struct sdp_answer *answer);

/* The two requests that only a server on this host takes. */
int sdp_register(int fd, struct sdp_bytes record, int64_t until, uint32_t *handle);
int sdp_remove(int fd, uint32_t handle, int64_t until);

/* Milliseconds of a clock that nobody sets. */
int64_t bth_now(void);

/* Waits for poll(2)'s events: 0 or WSAETIMEDOUT. */
int bth_wait(int fd, int events, int64_t until);

#define SDP_PDU_HEADER 5
#define SDP_PDU_MAX (SDP_PDU_HEADER + 0xffff)
#define SDP_CONTINUATION_MAX 16

/* A part of an answer, as found in a PDU. */
struct sdp_part
{
    struct sdp_bytes data;
    struct sdp_bytes state; /* to be handed back for the next part; empty at the end */
};

/* Its bytes, or 0 if there is no room. */
size_t sdp_write_request(const struct sdp_query *query, uint16_t transaction, struct sdp_bytes state,
                         uint8_t *pdu, size_t room);

/* The answer to a request, as far as it came: 0, WSAEINVAL for what is none, or
 * WSASERVICE_NOT_FOUND for an error of the server's. */
int sdp_read_part(enum sdp_request request, uint16_t transaction, struct sdp_bytes pdu,
                  struct sdp_part *part);

#endif
