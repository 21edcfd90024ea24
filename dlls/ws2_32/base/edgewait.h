/* Who waits for the events of selected streams (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_EDGEWAIT_H
#define WS2_BASE_EDGEWAIT_H

struct edge;

/* Selections that have an event, as long as these are in the table of base/edge.c. */
void edgewait_enter(struct edge *edge);
void edgewait_leave(struct edge *edge);

extern LONG edgewait_events;

/* For every wait of the program's: whether there are any to look for. */
static inline BOOL edgewait_is_needed(void)
{
    return edgewait_events != 0;
}

/* A wait of the program's that may be for such events. */
struct edge_wait
{
    ULONG count;
    const HANDLE *handles; /* the application's */
    BOOL any;              /* or for all */
    BOOL looks_only;       /* it has no time */
    NTSTATUS status;       /* out: if it was over at once */
    ULONGLONG asleep;      /* for edgewait_end */
};

/* TRUE if the wait is over, with its status. Otherwise edgewait_end comes after it. */
BOOL edgewait_begin(struct edge_wait *wait);
void edgewait_end(const struct edge_wait *wait);

/* The edge is locked: whether somebody waits for its event who found nothing due. */
BOOL edgewait_is_any(const struct edge *edge);

#endif
