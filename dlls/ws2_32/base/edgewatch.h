/* The thread that waits for what happens to selected streams (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_EDGEWATCH_H
#define WS2_BASE_EDGEWATCH_H

struct edge;

/* Once a stream is watched. */
void edgewatch_start(void);

/* The edge is locked: if it is lent, the thread tells again at once what comes. */
void edgewatch_recall(struct edge *edge);

#endif
