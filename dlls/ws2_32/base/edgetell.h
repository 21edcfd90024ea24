/* What there is to tell of a selected stream (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_EDGETELL_H
#define WS2_BASE_EDGETELL_H

#include "base/edge.h"

/* One socket's selection, under base/edge.c's lock. */
struct edge
{
    struct edge *next;
    SOCKET socket;
    LONG serial;                /* tells selections of one socket apart */
    int fd;                     /* ours; -1 while nothing is selected */
    struct selection selection; /* its event is a duplicate... */
    HANDLE event;               /* ...of this one, as the application calls it */
    int pending;                /* AFD_POLL_* to be taken */
    BOOL posted;                /* FD_CLOSE, to the window */
    struct edge *next_waited;   /* base/edgewait.c */
    ULONG found;                /* waits that found FD_READ due when they began, since one did not */
    ULONG seen;                 /* of these, when base/edgewatch.c looked last */
    BOOL lent;                  /* to who waits: base/edgewatch.c */
};

struct ws2_edge_state;

/* NULL: nothing is looked after. */
struct edge *edge_lock(SOCKET s);
void edge_unlock(const struct edge *edge);

/* Tells selections of all sockets apart; its lower half is the socket. */
uint64_t edge_id(const struct edge *edge);

/* Each of them is locked while it is looked at. */
void edge_for_each(void (*look)(struct edge *edge, void *context), void *context);

/* Finds what there is to tell: TRUE if the event is to be set for it. arrivals: what comes without any is
 * not looked for. */
BOOL edge_find(struct edge *edge, BOOL arrivals);

/* Tells what there is to tell. */
void edge_look(struct edge *edge);

/* FD_READ has come up: if there is data, but not in front of a reset, where they are lost on Windows.
 * TRUE if the event is to be set, and is not. */
BOOL edge_is_readable(SOCKET s, const struct ws2_edge_state *state);
BOOL edge_tell_read(struct told *told, const struct ws2_edge_state *state);

#endif
