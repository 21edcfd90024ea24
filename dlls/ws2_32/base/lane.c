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

#include "base/arrival.h"
#include "base/held.h"
#include "base/host.h"
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

static BOOL any_pending(struct lane *lane, enum lane_direction direction)
{
    unsigned int i;

    for (i = 0; i < LANE_QUEUED; i++)
    {
        WSAOVERLAPPED *overlapped = lane->queued[direction][i];

        if (!overlapped) continue;
        if (is_pending(overlapped)) return TRUE;
        InterlockedCompareExchangePointer((void **)&lane->queued[direction][i], NULL, overlapped);
    }
    return FALSE;
}

static ON_THE_WAY BOOL overlapped_queued(struct lane *lane, enum lane_direction direction)
{
    C_ASSERT(LANE_QUEUED == 4);
    if (!lane->queued[direction][0] && !lane->queued[direction][1] && !lane->queued[direction][2] &&
        !lane->queued[direction][3])
        return FALSE;
    return any_pending(lane, direction);
}

static ON_THE_WAY BOOL anything_queued(struct lane *lane, enum lane_direction direction)
{
    return lane->in_flight[direction] || overlapped_queued(lane, direction);
}

static BOOL is_connected(const struct socket_record *record)
{
    return record->type == SOCK_STREAM && record->protocol == IPPROTO_TCP &&
           (record->flags & RECORD_CONNECTED);
}

static BOOL is_bound_datagram(const struct socket_record *record)
{
    return record->type == SOCK_DGRAM && record->protocol == IPPROTO_UDP && (record->flags & RECORD_BOUND);
}

BOOL lane_has_queued(struct socket_record *record)
{
    /* the places are taken while the lane is closed, and there may be more */
    if (record->flags & RECORD_LANE_CLOSED &&
        (record->lane.queued[LANE_RECEIVE][0] || record->lane.queued[LANE_SEND][0]))
        return TRUE;
    return overlapped_queued(&record->lane, LANE_RECEIVE) || overlapped_queued(&record->lane, LANE_SEND);
}

BOOL lane_open(struct socket_record *record, enum lane_direction direction)
{
    DWORD flags = record->flags;
    BOOL open = FALSE;

    /* only sockets that this process made, for overlapped use, and never shared:
     * mode, time-outs and selections of others are unknown */
    if ((flags & (RECORD_OURS | RECORD_OVERLAPPED)) != (RECORD_OURS | RECORD_OVERLAPPED))
        ;
    /* shared, or in other ways special: see record.h */
    else if (flags & RECORD_LANE_CLOSED)
        ;
    /* shut down, which the host does not know, or not yet */
    else if (record->lane.notes & (direction == LANE_SEND ? LANE_SHUT_SEND : LANE_SHUT_RECEIVE))
        ;
    /* streams that are known to be connected; datagram sockets that are bound,
     * because the implicit bind is the authority's */
    else if (!is_connected(record) && !is_bound_datagram(record))
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

    /* two threads at once may lose one: that is cheaper than a bus lock a call */
    if (open)
        record->lane.taken[direction]++;
    else
        record->lane.refused[direction]++;
    return open;
}

static ON_THE_WAY BOOL knows(const struct socket_record *record)
{
    const DWORD flags = record->flags;

    if ((flags & (RECORD_OURS | RECORD_OVERLAPPED | RECORD_LANE_CLOSED)) != (RECORD_OURS | RECORD_OVERLAPPED))
        return FALSE;
    if (!is_connected(record) && !is_bound_datagram(record) && !(flags & RECORD_LISTENING)) return FALSE;
    return record->family == AF_INET || record->family == AF_INET6;
}

BOOL lane_knows(const struct socket_record *record)
{
    return knows(record);
}

BOOL lane_shows(struct socket_record *record, BOOL to_receive, BOOL to_send)
{
    const LONG notes = record->lane.notes;

    if (record->flags & RECORD_HOST) host_settle(record);
    if (!knows(record)) return FALSE;
    /* which hides what its own queue is about to take only if the queue is its own */
    if (to_receive && record->arrival && arrival_waits(record) &&
        anything_queued(&record->lane, LANE_RECEIVE))
        arrival_give_back(record);
    /* the authority hides what its own queue is about to take; accepting counts as receiving */
    if (to_receive && (notes & LANE_SHUT_RECEIVE || anything_queued(&record->lane, LANE_RECEIVE)))
        return FALSE;
    return !to_send || !(record->tail || notes & LANE_SHUT_SEND || anything_queued(&record->lane, LANE_SEND));
}

void lane_not_taken(struct socket_record *record, enum lane_direction direction)
{
    InterlockedDecrement(&record->lane.taken[direction]);
    InterlockedIncrement(&record->lane.refused[direction]);
}

void lane_note(struct socket_record *record, enum lane_notes note)
{
    if (!(record->lane.notes & note)) InterlockedOr(&record->lane.notes, note);
}

LONG lane_take_notes(struct socket_record *record, LONG notes)
{
    return InterlockedAnd(&record->lane.notes, ~notes) & notes;
}

void lane_inherit(struct lane *lane, const struct lane *listener)
{
    memset(lane, 0, sizeof(*lane));
    lane->notes = listener->notes & LANE_SELECTED;
    memcpy(lane->timeout, listener->timeout, sizeof(lane->timeout));
}

static void close_for_good(struct socket_record *record)
{
    record_set_flags(record, RECORD_LANE_CLOSED);
    held_drop(record);
}

/* Before a request, and after it with how it went. */
enum stage
{
    BEFORE,
    DONE
};

static void effect_closes(struct socket_record *record, const void *in, enum stage stage, NTSTATUS status)
{
    (void)in, (void)status;
    if (stage != BEFORE) return;
    arrival_give_back(record);
    close_for_good(record);
}

/* Before, because the old name must not be told any more, and after, because it may have
 * been asked for meanwhile. */
static void effect_names(struct socket_record *record, const void *in, enum stage stage, NTSTATUS status)
{
    (void)in, (void)stage, (void)status;
    if (!(record->lane.notes & LANE_UNTOLD)) names_drop(record); /* else it is told of what there is */
}

static void effect_shuts(struct socket_record *record, const void *in, enum stage stage, NTSTATUS status)
{
    static const LONG notes[] = {[SD_RECEIVE] = LANE_SHUT_RECEIVE,
                                 [SD_SEND] = LANE_SHUT_SEND,
                                 [SD_BOTH] = LANE_SHUT_RECEIVE | LANE_SHUT_SEND};
    const unsigned int how = *(const unsigned int *)in;

    record_set_flags(record, RECORD_SHUT_DOWN);
    if (how >= ARRAY_COUNT(notes)) return;
    if (stage == BEFORE && how != SD_SEND) arrival_give_back(record);
    if (stage == BEFORE)
        InterlockedOr(&record->lane.notes, notes[how]);
    else if (how == SD_BOTH && !NT_ERROR(status))
    {
        record_set_flags(record, RECORD_NONBLOCKING);
        lane_take_notes(record, LANE_SELECTED);
    }
}

static void effect_selects(struct socket_record *record, int mask, enum stage stage, NTSTATUS status)
{
    if (stage == BEFORE) arrival_give_back(record);
    if (stage == BEFORE && mask)
        InterlockedOr(&record->lane.notes, LANE_SELECTED);
    else if (stage == DONE && !NT_ERROR(status))
    {
        record_set_flags(record, RECORD_NONBLOCKING);
        if (!mask) lane_take_notes(record, LANE_SELECTED);
    }
}

static void effect_selects_events(struct socket_record *record, const void *in, enum stage stage,
                                  NTSTATUS status)
{
    effect_selects(record, ((const struct afd_event_select *)in)->mask, stage, status);
}

static void effect_selects_messages(struct socket_record *record, const void *in, enum stage stage,
                                    NTSTATUS status)
{
    effect_selects(record, ((const struct afd_message_select *)in)->mask, stage, status);
}

static void effect_times_receives(struct socket_record *record, const void *in, enum stage stage,
                                  NTSTATUS status)
{
    if (stage == DONE && !status) record->lane.timeout[LANE_RECEIVE] = *(const DWORD *)in;
}

static void effect_times_sends(struct socket_record *record, const void *in, enum stage stage,
                               NTSTATUS status)
{
    if (stage == DONE && !status) record->lane.timeout[LANE_SEND] = *(const DWORD *)in;
}

static const struct effect
{
    ULONG code;
    enum lane_direction direction; /* LANE_DIRECTIONS for those that transfer nothing */
    void (*note)(struct socket_record *record, const void *in, enum stage stage, NTSTATUS status);
} effects[] = {
    {AFD_RECVMSG, LANE_RECEIVE, NULL},
    {AFD_RECV, LANE_RECEIVE, NULL},
    {AFD_ACCEPT, LANE_RECEIVE, NULL},
    {AFD_ACCEPT_INTO, LANE_RECEIVE, NULL},
    {AFD_SENDMSG, LANE_SEND, NULL},
    {AFD_TRANSMIT, LANE_SEND, NULL},
    {AFD_BIND, LANE_DIRECTIONS, effect_names},
    {AFD_CONNECT, LANE_DIRECTIONS, effect_names},
    {AFD_SHUTDOWN, LANE_DIRECTIONS, effect_shuts},
    {AFD_EVENT_SELECT, LANE_DIRECTIONS, effect_selects_events},
    {AFD_MESSAGE_SELECT, LANE_DIRECTIONS, effect_selects_messages},
    {AFD_SET_SO_RCVTIMEO, LANE_DIRECTIONS, effect_times_receives},
    {AFD_SET_SO_SNDTIMEO, LANE_DIRECTIONS, effect_times_sends},
    {AFD_SET_SO_OOBINLINE, LANE_DIRECTIONS, effect_closes},
};

static const struct effect *effect_of(ULONG code)
{
    unsigned int i;

    for (i = 0; i < ARRAY_COUNT(effects); i++)
        if (effects[i].code == code) return &effects[i];
    return NULL;
}

void lane_queue(struct socket_record *record, enum lane_direction direction, WSAOVERLAPPED *overlapped)
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

BOOL lane_queues(ULONG code)
{
    const struct effect *effect = effect_of(code);

    return effect && !effect->note;
}

void lane_request(struct lane_request *request, SOCKET s, ULONG code, const void *in,
                  WSAOVERLAPPED *overlapped)
{
    const struct effect *effect = effect_of(code);

    *request = (struct lane_request){effect ? record_get(s) : NULL, code, in, !overlapped};
    if (!request->record) return;
    if (request->record->flags & RECORD_HOST) host_settle(request->record);
    if (effect->note)
    {
        effect->note(request->record, in, BEFORE, 0);
        return;
    }
    arrival_before_request(request->record, effect->direction == LANE_RECEIVE);
    InterlockedIncrement(&request->record->reports.requests);
    if (overlapped)
        lane_queue(request->record, effect->direction, overlapped);
    else
        InterlockedIncrement(&request->record->lane.in_flight[effect->direction]);
}

void lane_request_done(const struct lane_request *request, NTSTATUS status)
{
    const struct effect *effect;

    if (!request->record) return;
    effect = effect_of(request->code);
    if (effect->note)
        effect->note(request->record, request->in, DONE, status);
    else if (request->waited_for)
        InterlockedDecrement(&request->record->lane.in_flight[effect->direction]);
    /* nothing is lost then with a program that is terminated */
    if (effect->direction == LANE_SEND && request->record->flags & RECORD_HOST) host_settle(request->record);
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

BOOL lane_own_to_queue(struct socket_record *record, SOCKET s, enum lane_direction direction)
{
    LONG owner;

    while (!owner_try(&record->lane.owner[direction]))
    {
        if (record->lane.in_flight[direction] || record->handle != s) return FALSE;
        if (!(owner = owner_take(&record->lane.owner[direction]))) return TRUE;
        if (owner == (LONG)GetCurrentThreadId()) return FALSE;
    }
    return TRUE;
}

void lane_disown(struct socket_record *record, enum lane_direction direction)
{
    owner_release(&record->lane.owner[direction]);
}
