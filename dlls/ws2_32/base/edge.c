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
 * One thread a process waits for the host (unix/edge.c). It holds a duplicate of each
 * socket's descriptor, which must go when the socket goes: base/watch.c sees CloseHandle.
 */
#include "private.h"

#include <winuser.h>

#include "base/device.h"
#include "base/edge.h"
#include "base/event.h"
#include "base/watch.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct edge
{
    struct edge *next;
    SOCKET socket;
    LONG serial; /* tells selections of one socket apart */
    int fd;      /* ours */
    struct selection selection;
    int pending; /* AFD_POLL_* to be taken */
    BOOL posted; /* FD_CLOSE, to the window */
};

/* Sockets are spread, so that taking the events of one keeps few others waiting. */
#define BUCKETS 64

static struct bucket
{
    SRWLOCK lock;
    struct edge *first;
} buckets[BUCKETS];

static LONG serials;
static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

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
static struct edge *lock_edge(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    struct edge *edge;

    if (!record || !(record->flags & RECORD_EDGES) || RtlDllShutdownInProgress()) return NULL;
    AcquireSRWLockExclusive(&bucket_of(s)->lock);
    if ((edge = find(bucket_of(s), s))) return edge;
    ReleaseSRWLockExclusive(&bucket_of(s)->lock);
    return NULL;
}

static void unlock_edge(const struct edge *edge)
{
    ReleaseSRWLockExclusive(&bucket_of(edge->socket)->lock);
}

static void release(struct edge *edge)
{
    struct ws2_edge params = {.fd = edge->fd};

    unix_call(WS2_EDGE_REMOVE, &params);
    if (edge->selection.event) CloseHandle(edge->selection.event);
    heap_free(edge);
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
    return edge;
}

/* A socket that was closed on both sides is as closed as one that was reset. */
static BOOL is_reset(SOCKET s, const struct ws2_edge_state *state)
{
    const struct socket_record *record = record_get(s);
    struct afd_poll poll = {.count = 1, .sockets = {{.socket = s, .flags = AFD_POLL_RESET}}};

    if (!state->closed || (record && record->flags & RECORD_SENT_URGENT)) return FALSE;
    if (record && !(record->flags & RECORD_SHUT_DOWN)) return TRUE;
    return !device_request(s, AFD_POLL, &poll, sizeof(poll), &poll, sizeof(poll), NULL) && poll.count;
}

static BOOL is_connected(SOCKET s, const struct ws2_edge_state *state)
{
    const struct socket_record *record = record_get(s);

    return state->connected || (record && record->flags & RECORD_CONNECTED);
}

/* Messages of data come from the device, and before this one: whatever it finds out
 * about the socket by now it does before it answers. */
static void post_close(struct edge *edge, BOOL reset)
{
    const struct selection *selection = &edge->selection;
    struct afd_info info;

    if (edge->posted) return;
    edge->posted = TRUE;
    device_request(edge->socket, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL);
    PostMessageW(selection->window, selection->message, edge->socket,
                 WSAMAKESELECTREPLY(FD_CLOSE, reset ? WSAECONNABORTED : 0));
}

static void tell_close(struct edge *edge, BOOL reset)
{
    struct socket_record *record = record_get(edge->socket);

    if (!record) return;
    if (edge->selection.window)
    {
        post_close(edge, reset);
        record->told.close = TRUE;
    }
    else if (!record->told.close && !(edge->pending & AFD_POLL_HUP))
    {
        edge->pending |= AFD_POLL_HUP | (reset ? AFD_POLL_RESET : 0);
        SetEvent(edge->selection.event);
    }
}

/* The edge is locked. */
static void look(struct edge *edge)
{
    struct socket_record *record = record_get(edge->socket);
    struct ws2_edge_state state = {.fd = edge->fd};

    if (!record || unix_call(WS2_EDGE_STATE, &state)) return;
    TRACE("socket %#Ix: %s%s%I64d available, of which %I64d are reported\n", edge->socket,
          state.ended ? "ended, " : "", state.closed ? "closed, " : "", state.available,
          record->told.arrivals ? record->told.available : 0);
    if (edge->selection.event && record->told.arrivals && state.available > record->told.available)
    {
        record->told.available = state.available;
        edge->pending |= (state.listens ? AFD_POLL_ACCEPT : AFD_POLL_READ);
        SetEvent(edge->selection.event);
    }
    if (state.ended && !state.listens && edge->selection.events & FD_CLOSE &&
        is_connected(edge->socket, &state))
        tell_close(edge, is_reset(edge->socket, &state));
}

static uint64_t id_of(const struct edge *edge)
{
    return (uint64_t)edge->serial << 32 | (uint32_t)edge->socket;
}

static DWORD WINAPI wait_for_edges(void *unused)
{
    struct ws2_edge_wait wait;
    uint32_t i;

    (void)unused;
    while (!unix_call(WS2_EDGE_WAIT, &wait))
    {
        for (i = 0; i < wait.count; i++)
        {
            struct edge *edge = lock_edge((uint32_t)wait.ids[i]);

            if (!edge) continue;
            if (id_of(edge) == wait.ids[i]) look(edge);
            unlock_edge(edge);
        }
    }
    return 0;
}

/* Its code must stay; the process's end is the thread's end. */
static BOOL CALLBACK start(INIT_ONCE *init, void *param, void **context)
{
    HMODULE self;
    HANDLE thread;

    (void)init, (void)param, (void)context;
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                            (const WCHAR *)wait_for_edges, &self) ||
        !(thread = CreateThread(NULL, 0x10000, wait_for_edges, NULL, 0, NULL)))
        return FALSE;
    CloseHandle(thread);
    return TRUE;
}

/* Streams of this process that no other shares: there, nobody else selects. */
static BOOL is_ours(const struct socket_record *record)
{
    return record && record->type == SOCK_STREAM && record->protocol == IPPROTO_TCP &&
           (record->family == AF_INET || record->family == AF_INET6) && record->flags & RECORD_OURS &&
           !(record->flags & RECORD_SHARED);
}

static BOOL copy_selection(struct selection *copy, const struct selection *selection)
{
    *copy = *selection;
    return !selection->event || DuplicateHandle(GetCurrentProcess(), selection->event, GetCurrentProcess(),
                                                &copy->event, 0, FALSE, DUPLICATE_SAME_ACCESS);
}

static BOOL add(SOCKET s, const struct selection *selection)
{
    struct ws2_edge params = {.handle = s, .arrivals = selection->event != NULL};
    struct bucket *bucket = bucket_of(s);
    struct edge *edge = heap_zalloc(sizeof(*edge));

    if (!edge || !copy_selection(&edge->selection, selection))
    {
        heap_free(edge);
        return FALSE;
    }
    edge->socket = s;
    edge->serial = InterlockedIncrement(&serials);
    params.id = id_of(edge);
    if (unix_call(WS2_EDGE_ADD, &params) || params.error)
    {
        if (edge->selection.event) CloseHandle(edge->selection.event);
        heap_free(edge);
        return FALSE;
    }
    edge->fd = params.fd;
    AcquireSRWLockExclusive(&bucket->lock);
    edge->next = bucket->first;
    bucket->first = edge;
    ReleaseSRWLockExclusive(&bucket->lock);
    return TRUE;
}

LONG edge_select(SOCKET s, const struct selection *selection)
{
    struct socket_record *record = record_get(s);

    edge_forget(s);
    if (record && selection->window) record->told.arrivals = FALSE; /* messages come again */
    if (!is_ours(record) || !(selection->events & (FD_CLOSE | FD_READ | FD_ACCEPT)) || !add(s, selection))
        return selection->events;
    record_set_flags(record, RECORD_EDGES);
    /* only now, as it waits at what the first socket has opened */
    InitOnceExecuteOnce(&once, start, NULL, NULL);
    watch_add();
    return selection->window || record->told.close ? selection->events & ~FD_CLOSE : selection->events;
}

void edge_selected(SOCKET s)
{
    struct edge *edge = lock_edge(s);

    if (!edge) return;
    look(edge);
    unlock_edge(edge);
}

void edge_inherited(SOCKET listener, SOCKET accepted)
{
    struct selection selection;
    struct edge *edge = lock_edge(listener);
    BOOL copied;

    if (!edge) return;
    copied = copy_selection(&selection, &edge->selection);
    unlock_edge(edge);
    if (!copied) return;
    edge_select(accepted, &selection);
    edge_selected(accepted);
    if (selection.event) CloseHandle(selection.event);
}

void edge_hold(SOCKET s, struct edge_hold *hold)
{
    struct ws2_edge_state state;

    if (!(hold->edge = lock_edge(s))) return;
    state.fd = hold->edge->fd;
    hold->available = unix_call(WS2_EDGE_STATE, &state) ? 0 : state.available;
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
        if (selection->event)
            selection_narrow_device(edge->socket, selection->event, selection->events & ~FD_CLOSE);
    }
}

void edge_release(struct edge_hold *hold, int *flags)
{
    struct edge *edge = hold->edge;
    struct socket_record *record;

    if (!edge) return;
    if (flags && (record = record_get(edge->socket)))
    {
        if (*flags & (AFD_POLL_READ | AFD_POLL_ACCEPT))
        {
            record->told.arrivals = TRUE;
            record->told.available = hold->available;
        }
        take_close(edge, record, flags);
        *flags |= edge->pending;
        edge->pending = 0;
    }
    unlock_edge(edge);
}

void edge_used(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct edge *edge;

    if (!record || !record->told.arrivals) return;
    record->told.arrivals = FALSE;
    if (!(edge = lock_edge(s))) return;
    edge->pending &= ~(AFD_POLL_READ | AFD_POLL_ACCEPT);
    unlock_edge(edge);
}

void edge_forget(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct edge *edge = take_out(s);

    if (record) record_clear_flags(record, RECORD_EDGES);
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
    if (edge->selection.events & FD_CLOSE && !record->told.close)
    {
        if (edge->selection.event)
            selection_tell_device(s, edge->selection.event, edge->selection.events);
        else
            selection_message_device(s, edge->selection.window, edge->selection.message,
                                     edge->selection.events);
    }
    release(edge);
}
