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
};

struct ws2_edge_state;

/* Tells what there is to tell. */
void edge_look(struct edge *edge);

/* FD_READ has come up: if there is data, but not in front of a reset, where they are lost on Windows. */
BOOL edge_is_readable(SOCKET s, const struct ws2_edge_state *state);
void edge_tell_read(struct edge *edge, struct told *told, const struct ws2_edge_state *state);

#endif
