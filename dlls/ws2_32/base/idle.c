/*
 * Sockets on which nothing is under way.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CancelIoEx that finds nothing to cancel says so, on Windows; Wine 8's server has cancelled
 * everything, whether there was anything or not. So what the module has begun is looked
 * through first. Where more may be under way than that (operations that base/lane.c keeps no
 * list of, and those of ReadFile and the like), the server's word stands.
 */
#include "private.h"

#include "base/held.h"
#include "base/idle.h"
#include "base/lane.h"
#include "base/tail.h"
#include "base/waiter.h"
#include "record.h"

/* A thread may be in a host call, where it waits a little before it does so at the device. */
static BOOL is_used(const struct socket_record *record)
{
    return record->held && record->held->users;
}

BOOL idle_is(struct socket_record *record)
{
    const DWORD others =
        RECORD_SHARED | RECORD_LANE_CLOSED | RECORD_HOST | RECORD_RAW_HOST | RECORD_STAND_IN | RECORD_NOTIFIES;

    return (record->flags & (RECORD_OURS | others)) == RECORD_OURS && !record->unseen && !record->rio &&
           !tail_has_handed(record) && !is_used(record) && !lane_has_queued(record) &&
           !record->lane.in_flight[LANE_RECEIVE] && !record->lane.in_flight[LANE_SEND] &&
           !waiters_any(record->handle);
}

void idle_never(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (record) record->unseen = TRUE;
}
