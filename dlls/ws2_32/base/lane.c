/*
 * Which lane a transfer takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The authority, the device, decides whatever matters. The fast lane is a host
 * call on the socket's own descriptor, and it is taken only when nobody can tell
 * the difference. lane_open is the one place where that is decided; whatever
 * else asks the device for something passes lane_request, which notes what the
 * request means for the lane.
 */
#include "private.h"

#include "base/held.h"
#include "base/lane.h"
#include "guarded.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* A fault on reading it counts as finished: the memory was the application's to free. */
static BOOL is_pending(const WSAOVERLAPPED *overlapped)
{
    ULONG_PTR status;

    return guarded_read(&status, &overlapped->Internal, sizeof(status)) && (NTSTATUS)status == STATUS_PENDING;
}

static BOOL anything_queued(struct lane *lane, enum lane_direction direction)
{
    unsigned int i;

    if (lane->in_flight[direction]) return TRUE;
    for (i = 0; i < LANE_QUEUED; i++)
    {
        WSAOVERLAPPED *overlapped = lane->queued[direction][i];

        if (!overlapped) continue;
        if (is_pending(overlapped)) return TRUE;
        InterlockedCompareExchangePointer((void **)&lane->queued[direction][i], NULL, overlapped);
    }
    return FALSE;
}

BOOL lane_open(struct socket_record *record, enum lane_direction direction)
{
    DWORD flags = record->flags;
    BOOL open = FALSE;

    /* only sockets that this process made, for overlapped use, and never shared:
     * mode, time-outs and selections of others are unknown */
    if ((flags & (RECORD_OURS | RECORD_OVERLAPPED)) != (RECORD_OURS | RECORD_OVERLAPPED))
        ;
    /* shared, shut down, selected, timed or in other ways special: see record.h */
    else if (flags & RECORD_LANE_CLOSED)
        ;
    /* streams that are known to be connected; datagram sockets that are bound,
     * because the implicit bind is the authority's */
    else if (!(record->type == SOCK_STREAM && record->protocol == IPPROTO_TCP &&
               (flags & RECORD_CONNECTED)) &&
             !(record->type == SOCK_DGRAM && record->protocol == IPPROTO_UDP && (flags & RECORD_BOUND)))
        ;
    else if (record->family != AF_INET && record->family != AF_INET6)
        ;
    /* what a non-blocking send left over goes first */
    else if (direction == LANE_SEND && record->tail)
        ;
    /* so does what the authority has queued */
    else if (anything_queued(&record->lane, direction))
        ;
    else
        open = TRUE;

    InterlockedIncrement(open ? &record->lane.taken[direction] : &record->lane.refused[direction]);
    return open;
}

enum lane_effect
{
    EFFECT_RECEIVES = 1,
    EFFECT_SENDS = 2,
    EFFECT_CLOSES = 4, /* for good */
};

static const struct
{
    ULONG code;
    enum lane_effect effect;
} effects[] = {
    {AFD_RECVMSG, EFFECT_RECEIVES},       {AFD_RECV, EFFECT_RECEIVES},
    {AFD_SENDMSG, EFFECT_SENDS},          {AFD_TRANSMIT, EFFECT_SENDS},
    {AFD_SHUTDOWN, EFFECT_CLOSES},     /* the host socket is still readable after SD_RECEIVE */
    {AFD_EVENT_SELECT, EFFECT_CLOSES}, /* a receive must re-arm FD_READ, a send FD_WRITE */
    {AFD_MESSAGE_SELECT, EFFECT_CLOSES},  {AFD_SET_SO_RCVTIMEO, EFFECT_CLOSES},
    {AFD_SET_SO_SNDTIMEO, EFFECT_CLOSES}, {AFD_SET_SO_OOBINLINE, EFFECT_CLOSES},
};

static enum lane_effect effect_of(ULONG code)
{
    unsigned int i;

    for (i = 0; i < ARRAY_COUNT(effects); i++)
        if (effects[i].code == code) return effects[i].effect;
    return 0;
}

static void note_queued(struct socket_record *record, enum lane_direction direction,
                        WSAOVERLAPPED *overlapped)
{
    unsigned int i;

    for (i = 0; i < LANE_QUEUED; i++)
    {
        WSAOVERLAPPED *old = record->lane.queued[direction][i];

        if (old && old != overlapped && is_pending(old)) continue;
        if (InterlockedCompareExchangePointer((void **)&record->lane.queued[direction][i], overlapped, old) ==
            old)
            return;
    }
    record_set_flags(record, RECORD_LANE_CLOSED);
}

struct socket_record *lane_request(SOCKET s, ULONG code, WSAOVERLAPPED *overlapped)
{
    enum lane_effect effect = effect_of(code);
    struct socket_record *record;

    if (!effect || !(record = record_get(s))) return NULL;
    if (code == AFD_SHUTDOWN) record_set_flags(record, RECORD_SHUT_DOWN);
    if (effect & EFFECT_CLOSES)
    {
        record_set_flags(record, RECORD_LANE_CLOSED);
        held_drop(record);
    }
    if (!(effect & (EFFECT_RECEIVES | EFFECT_SENDS))) return NULL;
    InterlockedIncrement(&record->reports.requests);
    if (overlapped)
        note_queued(record, effect & EFFECT_SENDS ? LANE_SEND : LANE_RECEIVE, overlapped);
    else
        InterlockedIncrement(&record->lane.in_flight[effect & EFFECT_SENDS ? LANE_SEND : LANE_RECEIVE]);
    return record;
}

void lane_request_done(struct socket_record *record, ULONG code, WSAOVERLAPPED *overlapped)
{
    if (record && !overlapped)
        InterlockedDecrement(
            &record->lane.in_flight[effect_of(code) & EFFECT_SENDS ? LANE_SEND : LANE_RECEIVE]);
}

BOOL lane_own(struct socket_record *record, SOCKET s, enum lane_direction direction)
{
    LONG owner;

    while ((owner = owner_take(&record->lane.owner[direction])))
    {
        if (record->handle != s) return FALSE;
        /* a user APC transfers inside a call of its own thread */
        if (owner == (LONG)GetCurrentThreadId()) return FALSE;
    }
    return TRUE;
}

void lane_disown(struct socket_record *record, enum lane_direction direction)
{
    owner_release(&record->lane.owner[direction]);
}
