/* Ownership that survives the death of its thread (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_OWNER_H
#define WS2_BASE_OWNER_H

/* Zero is nobody's. Unlike a lock it can be taken from a thread that was terminated,
 * and a thread that comes back at once does not overtake those who wait. */
struct ownership
{
    LONG owner; /* thread id, 0, or a note to those who wait */
    LONG waiting;
};

/* 0 once it is this thread's. Otherwise, after waiting some milliseconds in vain,
 * or at once if that is this thread already, the id of the owner. */
LONG owner_take(struct ownership *ownership);

/* FALSE, without waiting, if it is anybody's, this thread's included. */
BOOL owner_try(struct ownership *ownership);

/* Whether the thread with this id has ended. */
BOOL owner_is_gone(DWORD id);

/* Does nothing if it is not this thread's. */
void owner_release(struct ownership *ownership);

#endif
