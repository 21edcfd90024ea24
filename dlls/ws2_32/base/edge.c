/*
 * What a selection must tell and the device does not.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On Windows FD_CLOSE comes when the end of a stream comes, whether or not data
 * before it were read, with the error if it is a reset, and also after a shutdown
 * of one's own; the device finds the end only behind the data, and not after a
 * shutdown of both directions, and its messages have no error. So FD_CLOSE of streams
 * comes from here, on the host's word. Messages are held back from the device altogether;
 * WSAEventSelect's FD_CLOSE once it was told, for who asks the device itself.
 *
 * And with WSAEventSelect, Windows sets the event for whatever arrives, the device
 * once until something was received. The first of it is the device's; what comes
 * after that was reported is told here: if there is more than there was then.
 *
 * That costs six round trips to the device's server each time: two to take the events,
 * two to receive in its sight, so that it tells the next time. So FD_READ of a connected
 * stream that only this process has is told from here altogether, with FD_CLOSE: from its
 * selection on, or once a selection turns out to be used a second time. That leaves two
 * of the caller's, its wait and the event's reset; and one of a thread's that sets the event, if
 * data come while somebody waits. It is given back when the device is to receive by itself, or
 * another process may.
 *
 * One thread a process waits for the host (base/edgewatch.c), but who comes to wait for an event
 * looks first whether it is due (base/edgewait.c). The host watches a duplicate of each socket's
 * descriptor, which must go when the socket goes, by whatever means.
 */
#include "private.h"

#include <winuser.h>

#include "base/device.h"
#include "base/edgetell.h"
#include "base/edgewait.h"
#include "base/edgewatch.h"
#include "base/event.h"
#include "base/fastask.h"
#include "base/held.h"
#include "base/lane.h"
#include "base/watch.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Sockets are spread, so that taking the events of one keeps few others waiting. */
#define BUCKETS 64

static struct bucket
{
    SRWLOCK lock;
    struct edge *first;
} buckets[BUCKETS];

static LONG serials;

static struct bucket *bucket_of(SOCKET s)
{
    return &buckets[(s >> 2) % BUCKETS];
}

/* The bucket is locked. */
static struct edge *find(const struct bucket *bucket, SOCKET s)
{
    struct edge *edge;

    for (edge = bucket->first; edge && edge->socket != s; edge = edge->next)
        ;
    return edge;
}

/* At the end of the process its threads are gone already, and a lock may be with one of them. */
struct edge *edge_lock(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    struct edge *edge;

    if (!record || !(record->flags & RECORD_EDGES) || RtlDllShutdownInProgress()) return NULL;
    AcquireSRWLockExclusive(&bucket_of(s)->lock);
    if ((edge = find(bucket_of(s), s)) && edge->fd >= 0) return edge;
    ReleaseSRWLockExclusive(&bucket_of(s)->lock);
    return NULL;
}

void edge_unlock(const struct edge *edge)
{
    ReleaseSRWLockExclusive(&bucket_of(edge->socket)->lock);
}

static void stop_watching(struct edge *edge)
{
    struct ws2_edge params = {.fd = edge->fd};

    if (edge->fd >= 0) unix_call(WS2_EDGE_REMOVE, &params);
    edge->fd = -1;
}

static void release(struct edge *edge)
{
    stop_watching(edge);
    if (edge->selection.event) CloseHandle(edge->selection.event);
    heap_free(edge);
}

/* From the moment that it is in the table, another thread may take it out and release it. */
static void put_in(struct edge *edge)
{
    struct bucket *bucket = bucket_of(edge->socket);

    edgewait_enter(edge);
    AcquireSRWLockExclusive(&bucket->lock);
    edge->next = bucket->first;
    bucket->first = edge;
    ReleaseSRWLockExclusive(&bucket->lock);
}

/* Takes it out of the table, if it is there, for the caller to release. */
static struct edge *take_out(SOCKET s)
{
    struct bucket *bucket = bucket_of(s);
    struct edge **at, *edge;

    if (RtlDllShutdownInProgress()) return NULL;
    AcquireSRWLockExclusive(&bucket->lock);
    for (at = &bucket->first; (edge = *at) && edge->socket != s; at = &edge->next)
        ;
    if (edge) *at = edge->next;
    ReleaseSRWLockExclusive(&bucket->lock);
    if (edge) edgewait_leave(edge);
    return edge;
}

uint64_t edge_id(const struct edge *edge)
{
    return (uint64_t)edge->serial << 32 | (uint32_t)edge->socket;
}

void edge_for_each(void (*look)(struct edge *edge, void *context), void *context)
{
    struct edge *edge;
    unsigned int i;

    for (i = 0; i < BUCKETS; i++)
    {
        AcquireSRWLockExclusive(&buckets[i].lock);
        for (edge = buckets[i].first; edge; edge = edge->next) look(edge, context);
        ReleaseSRWLockExclusive(&buckets[i].lock);
    }
}

/* Streams of this process that no other shares: there, nobody else selects. */
static BOOL is_ours(const struct socket_record *record)
{
    return record && record->type == SOCK_STREAM && record->protocol == IPPROTO_TCP &&
           (record->family == AF_INET || record->family == AF_INET6) && record->flags & RECORD_OURS &&
           !(record->flags & RECORD_SHARED);
}

static HANDLE duplicate_of(HANDLE event)
{
    HANDLE own = NULL;

    DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &own, 0, FALSE, DUPLICATE_SAME_ACCESS);
    return own;
}

/* A program that selects the same event again and again has the duplicate of the last selection: one
 * round trip to find that out instead of two to make and to close another. FALSE if there is none to be had. */
static BOOL own_event(struct edge *edge, HANDLE event, struct edge *last)
{
    edge->event = event;
    if (!event) return TRUE;
    if (last && last->event == event && !NtCompareObjects(last->selection.event, event))
    {
        edge->selection.event = last->selection.event;
        last->selection.event = last->event = NULL;
    }
    else
        edge->selection.event = duplicate_of(event);
    return edge->selection.event != NULL;
}

/* A descriptor that is kept saves asking for one. */
static BOOL watch(struct edge *edge)
{
    struct ws2_edge params = {
        .handle = edge->socket, .id = edge_id(edge), .arrivals = edge->selection.event != NULL};
    struct socket_record *record = record_get(edge->socket);
    struct held *held = NULL;

    if (record && held_peek(record) > 0) held = held_acquire(record, edge->socket, &params.fd);
    if (unix_call(WS2_EDGE_ADD, &params)) params.error = WSAENOTSOCK;
    if (held) held_release(held);
    if (params.error) return FALSE;
    edge->fd = params.fd;
    return TRUE;
}

static BOOL add(SOCKET s, const struct selection *selection, struct edge *last)
{
    struct edge *edge = heap_zalloc(sizeof(*edge));

    if (!edge) return FALSE;
    edge->socket = s;
    edge->serial = InterlockedIncrement(&serials);
    edge->fd = -1;
    edge->selection = *selection;
    edge->selection.event = NULL;
    if (own_event(edge, selection->event, last) && watch(edge))
    {
        put_in(edge);
        return TRUE;
    }
    release(edge);
    return FALSE;
}

/* Keeps the event for the next selection. */
static void put_aside(struct edge *edge)
{
    stop_watching(edge);
    edge->selection.events = 0;
    edge->pending = 0;
    put_in(edge);
}

/* Streams whose data the device need not see: nothing waits for them there, or may be urgent. */
static BOOL may_tell_reads(struct socket_record *record, const struct selection *selection)
{
    return selection->event && selection->events & FD_READ && !(selection->events & FD_OOB) &&
           is_ours(record) && record->flags & RECORD_CONNECTED && !(record->flags & RECORD_URGENT) &&
           !record->told.given_back && lane_shows(record, TRUE, FALSE);
}

/* What the device is left with; that a connection comes on a connected stream does not happen. */
static LONG without_reads(LONG events)
{
    return events & ~(FD_READ | FD_CLOSE | FD_ACCEPT);
}

static void stop_telling_reads(struct told *told)
{
    if (!told->reads) return;
    told->reads = FALSE;
    if (told->due) told->arrivals = FALSE;
    told->due = FALSE;
    told->settled = 0;
}

/* FALSE if there is nothing to look after; *known, whether the event was selected before. */
static BOOL replace(SOCKET s, const struct selection *selection, BOOL *known)
{
    struct socket_record *record = record_get(s);
    struct edge *last = take_out(s);
    const BOOL ours = is_ours(record), had_event = last && last->event;

    *known = last && !selection->events;
    if (ours && selection->events & (FD_CLOSE | FD_READ | FD_ACCEPT) && add(s, selection, last))
    {
        record_set_flags(record, RECORD_EDGES);
        *known = had_event && !last->event;
        if (last) release(last);
        return TRUE;
    }
    if (last && last->selection.event && ours)
        put_aside(last);
    else
    {
        if (record) record_clear_flags(record, RECORD_EDGES);
        if (last) release(last);
    }
    return FALSE;
}

/* The device has no selection, and needs none: what is selected is told from here, or nothing is. Its
 * word on whether the event is one at all was had when it was selected before. */
static BOOL is_none_of_the_devices(const struct socket_record *record, LONG left, BOOL known)
{
    return known && !left && record->flags & RECORD_NONBLOCKING && !(record->lane.notes & LANE_SELECTED);
}

/* The first part of a selection; what of it is left for the device. */
static LONG begin(SOCKET s, const struct selection *selection, BOOL reads)
{
    struct socket_record *record = record_get(s);
    const BOOL told_reads = record && record->told.reads;
    LONG left = selection->events;
    BOOL known;

    if (record)
    {
        reads = reads && may_tell_reads(record, selection);
        if (!reads) stop_telling_reads(&record->told);
        if (selection->window) record->told.arrivals = FALSE; /* messages come again */
        record->told.settled = 0;
    }
    if (replace(s, selection, &known))
    {
        record->told.reads = reads;
        /* only now, as it waits at what the first socket has opened */
        edgewatch_start();
        watch_add();
        if (reads)
            left = without_reads(left);
        else if (selection->window || record->told.close)
            left &= ~FD_CLOSE;
    }
    else
    {
        if (record) stop_telling_reads(&record->told);
        reads = told_reads && !left;
    }
    return reads && is_none_of_the_devices(record, left, known) ? EDGE_ALL : left;
}

LONG edge_select(SOCKET s, const struct selection *selection)
{
    return begin(s, selection, TRUE);
}

void edge_selected(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    struct edge *edge = edge_lock(s);

    if (!edge) return;
    if (record->told.due) SetEvent(edge->selection.event); /* so was an earlier selection's */
    edge_look(edge);
    edge_unlock(edge);
}

void edge_inherited(SOCKET listener, SOCKET accepted)
{
    struct selection selection;
    struct edge *edge = edge_lock(listener);
    HANDLE event = NULL;

    if (!edge) return;
    selection = edge->selection;
    if (selection.event) selection.event = event = duplicate_of(selection.event);
    edge_unlock(edge);
    if (!event && !selection.window) return;
    begin(accepted, &selection, FALSE); /* the device has it all */
    edge_selected(accepted);
    if (event) CloseHandle(event);
}

/* Whether the device can have no event for the selection: FD_WRITE and FD_CONNECT come once, unless
 * something is sent through the device. */
static BOOL is_settled(const struct socket_record *record, const struct edge *edge)
{
    const struct told *told = &record->told;

    if (!told->reads || !fast_is_open(edge->socket)) return FALSE;
    return !(edge->selection.events & (FD_WRITE | FD_CONNECT)) ||
           (told->settled && told->settled == record->reports.requests + 1);
}

void edge_hold(SOCKET s, struct edge_hold *hold)
{
    struct socket_record *record = record_get(s);
    struct ws2_edge_state state;

    *hold = (struct edge_hold){.edge = edge_lock(s)};
    if (!hold->edge) return;
    state = (struct ws2_edge_state){.fd = hold->edge->fd};
    if (record->told.reads)
        edge_look(hold->edge);
    else if (!unix_call(WS2_EDGE_STATE, &state))
    {
        hold->arrived = state.arrived;
        hold->available = state.available;
    }
    hold->requests = record->reports.requests;
    hold->settled = is_settled(record, hold->edge);
}

/* The end is told once, whoever finds it; if that is not the device, it must not set the event
 * for it later. */
static void take_close(struct edge *edge, struct socket_record *record, int *flags)
{
    const struct selection *selection = &edge->selection;

    if (record->told.close)
        *flags &= ~(AFD_POLL_HUP | AFD_POLL_RESET);
    else if (*flags & (AFD_POLL_HUP | AFD_POLL_RESET))
        record->told.close = TRUE;
    else if (edge->pending & AFD_POLL_HUP)
    {
        record->told.close = TRUE;
        if (selection->event && !record->told.reads)
            selection_narrow_device(edge->socket, selection->event, selection->events & ~FD_CLOSE);
    }
}

/* FD_READ has come a second time: from now on it comes from here. */
static void begin_reads(struct edge *edge, struct socket_record *record)
{
    const struct selection *selection = &edge->selection;

    if (!may_tell_reads(record, selection)) return;
    if (!record->told.repeated)
    {
        record->told.repeated = TRUE;
        return;
    }
    record->told.settled = 0;
    record->told.due = FALSE;
    record->told.reads = TRUE;
    selection_narrow_device(edge->socket, selection->event, without_reads(selection->events));
    edge_look(edge); /* another thread may have received */
}

/* Takes note of what the device said, and adds what comes from here. */
static void take(const struct edge_hold *hold, struct socket_record *record, int *flags)
{
    struct edge *edge = hold->edge;
    struct told *told = &record->told;

    take_close(edge, record, flags);
    *flags |= edge->pending;
    edge->pending = 0;
    if (told->reads)
    {
        if (told->due) *flags |= AFD_POLL_READ;
        told->due = FALSE;
        /* a send that waits at the device may make it tell FD_WRITE again */
        if ((*flags & AFD_POLL_WRITE || !(edge->selection.events & FD_WRITE)) &&
            lane_shows(record, FALSE, TRUE))
            told->settled = hold->requests + 1;
    }
    else if (*flags & (AFD_POLL_READ | AFD_POLL_ACCEPT))
    {
        told->arrivals = TRUE;
        told->arrived = hold->arrived;
        told->consumed = hold->arrived - hold->available;
        if (*flags & AFD_POLL_READ) begin_reads(edge, record);
    }
}

void edge_release(struct edge_hold *hold, int *flags)
{
    struct edge *edge = hold->edge;
    struct socket_record *record;

    if (!edge) return;
    if (flags && (record = record_get(edge->socket))) take(hold, record, flags);
    edge_unlock(edge);
}

void edge_used(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct edge *edge;

    if (!record || !record->told.arrivals || record->told.reads) return;
    record->told.arrivals = FALSE;
    if (!(edge = edge_lock(s))) return;
    edge->pending &= ~(AFD_POLL_READ | AFD_POLL_ACCEPT);
    edge_unlock(edge);
}

void edge_received(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct ws2_edge_state state = {.brief = TRUE};
    struct edge *edge;

    if (!record || !record->told.reads || !(edge = edge_lock(s))) return;
    if (record->told.reads)
    {
        record->told.arrivals = record->told.due = FALSE;
        state.fd = edge->fd;
        if (!unix_call(WS2_EDGE_STATE, &state) && edge_is_readable(s, &state) &&
            edge_tell_read(&record->told, &state))
            SetEvent(edge->selection.event);
    }
    edge_unlock(edge);
}

/* The edge is locked. What the device would tell of data, it finds by itself. */
static void give_read_back(struct edge *edge, struct socket_record *record)
{
    const struct selection *selection = &edge->selection;

    if (!record->told.reads) return;
    stop_telling_reads(&record->told);
    record->told.given_back = TRUE;
    edgewatch_recall(edge);
    selection_tell_device(edge->socket, selection->event,
                          record->told.close ? selection->events & ~FD_CLOSE : selection->events);
}

void edge_give_read_back(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct edge *edge;

    if (!record || !record->told.reads || !(edge = edge_lock(s))) return;
    give_read_back(edge, record);
    edge_unlock(edge);
}

void edge_forget(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct edge *edge = take_out(s);

    if (record)
    {
        record_clear_flags(record, RECORD_EDGES);
        stop_telling_reads(&record->told);
    }
    if (edge) release(edge);
}

void edge_closed_behind(SOCKET s)
{
    struct edge *edge = take_out(s);

    if (!edge) return;
    /* Windows tells windows, once more than they might expect */
    if (edge->selection.window && edge->selection.events & FD_CLOSE)
        PostMessageW(edge->selection.window, edge->selection.message, s, WSAMAKESELECTREPLY(FD_CLOSE, 0));
    release(edge);
}

void edge_give_back(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct edge *edge = record && record->flags & RECORD_EDGES ? take_out(s) : NULL;

    if (!edge) return;
    record_clear_flags(record, RECORD_EDGES);
    if (record->told.reads)
        give_read_back(edge, record);
    else if (edge->selection.events & FD_CLOSE && !record->told.close)
    {
        if (edge->selection.event)
            selection_tell_device(s, edge->selection.event, edge->selection.events);
        else
            selection_message_device(s, edge->selection.window, edge->selection.message,
                                     edge->selection.events);
    }
    release(edge);
}
