/* The host descriptors that the fast lane keeps (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_HELD_H
#define WS2_BASE_HELD_H

#include "base/spare.h"

struct socket_record;

/* Never given back, because a thread may look at one that has just been let go. */
struct held
{
    struct spare spare;
    LONG users;
    LONG fd; /* a duplicate of the socket's own, or 0 */
};

/* For one call: NULL if the socket is being closed, or there is no descriptor to be
 * had. Each is paired with a held_release. */
struct held *held_acquire(struct socket_record *record, SOCKET s, int *fd);
void held_release(struct held *held);

/* Makes sure that a descriptor is kept: it, or not positive. */
int held_make(struct socket_record *record, SOCKET s);

/* Closes the descriptor as soon as nobody uses it, and the connection at once. The
 * record's next call opens a new one. */
void held_drop(struct socket_record *record);

#endif
