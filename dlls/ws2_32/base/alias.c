/*
 * Handles of sockets that other handles name as well.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Mode, selections, time-outs and queued operations belong to the socket, and what is
 * known of them to a handle's record. DuplicateHandle tells nobody that it makes a second
 * handle; but before anything is done through that, it is met here, without a record, and
 * the host's number of the socket tells which record is not to be relied on any more.
 */
#include "private.h"

#include "base/ahead.h"
#include "base/alias.h"
#include "base/arrival.h"
#include "base/edge.h"
#include "base/held.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static ULONGLONG number_of(SOCKET s, int fd)
{
    struct ws2_which params = {.handle = s, .fd = fd};

    return unix_call(WS2_DESCRIPTOR_WHICH, &params) ? 0 : params.number;
}

static ULONGLONG number_of_record(struct socket_record *record, SOCKET s)
{
    struct held *held;
    ULONGLONG number;
    int fd;

    if (held_peek(record) <= 0 || !(held = held_acquire(record, s, &fd))) return number_of(s, 0);
    number = number_of(s, fd);
    held_release(held);
    return number;
}

struct search
{
    SOCKET alias;
    ULONGLONG number;
};

static void compare(struct socket_record *record, void *context)
{
    const struct search *search = context;
    const SOCKET s = record->handle;

    if (s == search->alias ||
        (record->flags & (RECORD_OURS | RECORD_SHARED | RECORD_STAND_IN)) != RECORD_OURS)
        return;
    if (number_of_record(record, s) != search->number) return;
    TRACE("socket %#Ix has another handle, %#Ix\n", s, search->alias);
    alias_share(record);
}

struct socket_record *alias_record(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct search search = {.alias = s};

    if (record || !(search.number = number_of(s, 0))) return record;
    record_for_each(compare, &search);
    return record_of(s);
}

void alias_share(struct socket_record *record)
{
    ahead_settle(record->handle);
    record_set_flags(record, RECORD_LANE_CLOSED | RECORD_SHARED);
    arrival_give_back(record);
    edge_give_back(record->handle);
}
