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

enum lane_notes
{
    LANE_SELECTED = 1,      /* events or messages are selected */
    LANE_SHUT_RECEIVE = 2,  /* a host socket is readable after SD_RECEIVE... */
    LANE_SHUT_SEND = 4,     /* ...and what was queued is still sent after SD_SEND */
    LANE_RECEIVED = 8,      /* data were taken that the device may have reported */
    LANE_SEND_REFUSED = 16, /* a send found no room that the device may have reported */
    LANE_UNTOLD = 32,       /* the device does not know that the socket is connected: base/ahead.c */
    LANE_CONNECT_DUE = 64,  /* nor reports it, if FD_CONNECT is selected afterwards */
    LANE_CONNECTING = 128   /* with LANE_UNTOLD: nor does the host know yet */
};

struct lane
{
    LONG notes;
    LONG in_flight[LANE_DIRECTIONS]; /* requests that threads wait for */
    LONG taken[WS2_LANE_COUNT];      /* by enum ws2_lane, the directions first: SIO_WS2_LANES */
    WSAOVERLAPPED *queued[LANE_DIRECTIONS][LANE_QUEUED]; /* NULL, or one that may be pending */
    DWORD timeout[LANE_DIRECTIONS];                      /* ms, as SO_RCVTIMEO and SO_SNDTIMEO; 0 for none */
    LONG waits;                              /* receives to come that will have to wait, it seems */
    struct ownership owner[LANE_DIRECTIONS]; /* who transfers in one piece */
    LONG refused[WS2_LANE_COUNT];
};

/* TRUE if the next transfer in this direction may be a host call. */
BOOL lane_open(struct socket_record *record, enum lane_direction direction);

/* Whether overlapped operations may be at the device. */
BOOL lane_has_queued(struct socket_record *record);

/* After lane_open: it was not taken all the same. */
void lane_not_taken(struct socket_record *record, enum lane_direction direction);

/* After a host call: what a selection to come has to know. */
void lane_note(struct socket_record *record, enum lane_notes note);

/* The notes of these that there are, which are forgotten. */
LONG lane_take_notes(struct socket_record *record, LONG notes);

/* TRUE if the host's word on what can be received and sent is the authority's: for
 * whoever only looks. Listening sockets, of which connections are received, have it. */
BOOL lane_shows(struct socket_record *record, BOOL to_receive, BOOL to_send);

/* TRUE if what the record and the host say of the socket's properties is the authority's word. */
BOOL lane_knows(const struct socket_record *record);

/* An overlapped operation is queued outside the device: the lane is closed until it is over. */
void lane_queue(struct socket_record *record, enum lane_direction direction, WSAOVERLAPPED *overlapped);

/* Around every request to the device, in base/device.c: what it means for the lane. */
struct lane_request
{
    struct socket_record *record; /* NULL if it means nothing */
    ULONG code;
    const void *in;
    BOOL waited_for;
};
void lane_request(struct lane_request *request, SOCKET s, ULONG code, const void *in,
                  WSAOVERLAPPED *overlapped);
/* Whether an overlapped operation of that kind is looked after while it is at the device. */
BOOL lane_queues(ULONG code);
void lane_request_done(const struct lane_request *request, NTSTATUS status);

/* What accept() hands on to the socket it makes. */
void lane_inherit(struct lane *lane, const struct lane *listener);

/* One thread at a time sends on a stream, or receives with MSG_WAITALL, so that a
 * call's data stays in one piece. FALSE, and nothing to disown, if the socket is
 * gone meanwhile or the thread is inside such a call. Stolen from threads that died. */
BOOL lane_own(struct socket_record *record, SOCKET s, enum lane_direction direction);

/* The same for who hands the device something to queue: it does not wait for a thread
 * that waits at the device itself, behind which it is queued. */
BOOL lane_own_to_queue(struct socket_record *record, SOCKET s, enum lane_direction direction);
void lane_disown(struct socket_record *record, enum lane_direction direction);

#endif
