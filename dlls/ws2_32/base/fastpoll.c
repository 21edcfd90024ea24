/*
 * select and WSAPoll as host calls, where every socket is on the fast lane.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only plain answers are given here: something to read, room to write, or neither
 * of them. Urgent data, errors and ends of streams are the device's to judge, so
 * whenever the host says more, the device is asked.
 */
#include "private.h"

#include "base/fast.h"
#include "base/held.h"
#include "base/lane.h"
#include "base/question.h"
#include "record.h"
#include "unixcall.h"

struct held_set
{
    struct socket_record *records[WS2_POLL_MAX];
    struct ws2_poll_entry entries[WS2_POLL_MAX];
    unsigned int count;
};

/* FALSE if the socket is not on the lane in every direction that is asked about,
 * or if nothing was sent or received on it yet. */
static BOOL hold(struct held_set *set, SOCKET s, int flags)
{
    struct ws2_poll_entry *entry = &set->entries[set->count];
    struct socket_record *record = record_get(s);

    if (!record || record->held.fd <= 0) return FALSE;
    *entry = (struct ws2_poll_entry){.handle = s, .cached = !(record->flags & RECORD_ACCEPTED)};
    if (flags & AFD_POLL_READ) entry->events |= WS2_POLL_READ;
    if (flags & AFD_POLL_WRITE) entry->events |= WS2_POLL_WRITE;
    if (!lane_open(record, LANE_RECEIVE)) return FALSE;
    if ((flags & AFD_POLL_WRITE) && !lane_open(record, LANE_SEND)) return FALSE;
    if (!held_acquire(record, s, &entry->fd)) return FALSE;
    set->records[set->count++] = record;
    return entry->fd > 0;
}

static void release(struct held_set *set)
{
    unsigned int i;

    for (i = 0; i < set->count; i++) held_release(set->records[i], set->entries[i].fd);
}

/* What the host says, in the device's words; FALSE if it says more than that. */
static BOOL answer(struct question *q, const struct held_set *set)
{
    struct afd_poll_entry *got = q->answer->sockets;
    unsigned int i, count = 0;

    for (i = 0; i < set->count; i++)
    {
        unsigned int ready = set->entries[i].ready;

        if (ready & WS2_POLL_OTHER) return FALSE;
        if (!ready) continue;
        got[count].socket = q->asked->sockets[i].socket;
        got[count].flags =
            (ready & WS2_POLL_READ ? AFD_POLL_READ : 0) | (ready & WS2_POLL_WRITE ? AFD_POLL_WRITE : 0);
        got[count++].status = i;
    }
    q->answer->count = count;
    return TRUE;
}

BOOL fast_poll(struct question *q)
{
    struct ws2_poll params = {0};
    struct held_set set;
    BOOL done = FALSE;
    unsigned int i;

    if (!q->asked->count || q->asked->count > WS2_POLL_MAX) return FALSE;
    set.count = 0;
    for (i = 0; i < q->asked->count; i++)
        if (q->asked->sockets[i].flags > 0xffff ||
            !hold(&set, q->asked->sockets[i].socket, q->asked->sockets[i].flags))
            break;
    if (i == q->asked->count)
    {
        params.entries = WS2_PTR(set.entries);
        params.count = set.count;
        if (q->left)
            params.wait_ms = q->left < -HOST_WAIT_MS * 10000 || q->left > 0 ? HOST_WAIT_MS : -q->left / 10000;
        done = !unix_call(WS2_FAST_POLL, &params) && !params.error && answer(q, &set);
    }
    release(&set);
    /* nothing yet, but time is left: the device waits, alertably */
    return done && (q->answer->count || !q->left);
}
