/* Which lane a transfer takes: a host call, or the device (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_LANE_H
#define WS2_BASE_LANE_H

#include "base/owner.h"
#include "ws2_lanes.h"

struct socket_record;

enum lane_direction
{
    LANE_RECEIVE = WS2_LANE_RECEIVE,
    LANE_SEND = WS2_LANE_SEND,
    LANE_DIRECTIONS
};

/* Overlapped operations a direction that are looked after; one more closes the
 * lane for as long as the socket lives. */
#define LANE_QUEUED 4

struct lane
{
    LONG in_flight[LANE_DIRECTIONS];                     /* requests that threads wait for */
    WSAOVERLAPPED *queued[LANE_DIRECTIONS][LANE_QUEUED]; /* NULL, or one that may be pending */
    LONG taken[WS2_LANE_COUNT],
        refused[WS2_LANE_COUNT]; /* by enum ws2_lane, the directions first: SIO_WS2_LANES */
    struct ownership owner[LANE_DIRECTIONS]; /* who transfers in one piece */
};

/* TRUE if the next transfer in this direction may be a host call. */
BOOL lane_open(struct socket_record *record, enum lane_direction direction);

/* Around every request to the device, in base/device.c: what it means for the lane. */
struct socket_record *lane_request(SOCKET s, ULONG code, WSAOVERLAPPED *overlapped);
void lane_request_done(struct socket_record *record, ULONG code, WSAOVERLAPPED *overlapped);

/* One thread at a time sends on a stream, or receives with MSG_WAITALL, so that a
 * call's data stays in one piece. FALSE, and nothing to disown, if the socket is
 * gone meanwhile or the thread is inside such a call. Stolen from threads that died. */
BOOL lane_own(struct socket_record *record, SOCKET s, enum lane_direction direction);
void lane_disown(struct socket_record *record, enum lane_direction direction);

#endif
