/*
 * Receives of streams that wait for data at a completion port, without the device.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An event loop waits for a stream's data with an overlapped receive, often of 0 bytes, which
 * ends with a packet at the completion port when data are there, and leaves them if it has no
 * room. At the device that takes a request to begin, and when data come a signal and two more
 * requests to see what it was. Here the host tells, and the packet is one request of the module's;
 * or none, if who asks the port for packets finds that data have come (base/portcall.c). What else
 * ends the operation comes by here, too: CancelIo and CancelIoEx, closesocket and CloseHandle.
 *
 * One such operation a socket is looked after, and only while nothing else would have to
 * know of it: whatever does, has it given to the device, where it goes on waiting. Sockets
 * have to be bound to a port by a call that the module sees.
 *
 * Without FILE_SKIP_SET_EVENT_ON_HANDLE the socket's handle is not signaled until the operation
 * ends. That is the server's, where it stays signaled, which nobody can tell who does not wait
 * for the handle: who does, has the operation given to the device first.
 *
 * A thread waits for the host, and posts to who waits at the server. While nobody does, it
 * waits a little for somebody to come and find by himself what has come.
 */
#include "private.h"

#include "base/arrival.h"
#include "base/device.h"
#include "base/ending.h"
#include "base/fast.h"
#include "base/held.h"
#include "base/lane.h"
#include "base/port.h"
#include "base/portcall.h"
#include "base/spare.h"
#include "guarded.h"
#include "record.h"
#include "status.h"
#include "thread.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define MAX_BUFFERS 8

struct arrival
{
    struct spare spare;
    SRWLOCK lock;
    struct port *port; /* NULL: the socket has gone */
    ULONG port_number;
    ULONG_PTR key;
    LONG serial;               /* tells operations apart, whichever sockets they were of */
    WSAOVERLAPPED *overlapped; /* what waits, or NULL */
    DWORD thread;              /* which began it */
    BOOL signals;              /* the handle is not signaled until it ends... */
    BOOL signaled;             /* ...or something else did meanwhile */
    DWORD count;
    ULONG total; /* bytes of all buffers */
    WSABUF buffers[MAX_BUFFERS];
};

/* How an operation ends. */
struct outcome
{
    NTSTATUS status;
    ULONG bytes;
};

static const struct outcome cancelled_outcome = {.status = STATUS_CANCELLED};
static const struct outcome aborted_outcome = {.status = STATUS_CONNECTION_ABORTED};

static struct spares spares;
static LONG serials;
static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

/* How long the thread leaves it to others to find what has come. */
#define PAUSE_MS 1

static LONG pending;   /* operations that wait */
static LONG signaling; /* of those, ones whose end signals a handle */
static LONG waiting;   /* threads that wait for packets at the server */
static LONG pausing;   /* the thread */
static LONG visits;    /* of threads that came for packets */

static BOOL CALLBACK start(INIT_ONCE *init, void *param, void **context);

/* NULL if the record's socket has none: it may have gone meanwhile. */
static struct arrival *enter(struct socket_record *record)
{
    struct arrival *arrival = record->arrival;

    if (!arrival || RtlDllShutdownInProgress()) return NULL;
    AcquireSRWLockExclusive(&arrival->lock);
    if (record->arrival == arrival && arrival->port) return arrival;
    ReleaseSRWLockExclusive(&arrival->lock);
    return NULL;
}

static void leave(struct arrival *arrival)
{
    ReleaseSRWLockExclusive(&arrival->lock);
}

static void put_in(struct arrival *arrival, WSAOVERLAPPED *overlapped)
{
    arrival->overlapped = overlapped;
    InterlockedIncrement(&pending);
    if (arrival->signals) InterlockedIncrement(&signaling);
}

static WSAOVERLAPPED *take_out(struct arrival *arrival)
{
    WSAOVERLAPPED *overlapped = arrival->overlapped;

    arrival->overlapped = NULL;
    InterlockedDecrement(&pending);
    if (arrival->signals) InterlockedDecrement(&signaling);
    return overlapped;
}

/* The OVERLAPPED is the program's to free once its status is there. */
static WSAOVERLAPPED *end(struct arrival *arrival, const struct outcome *outcome)
{
    WSAOVERLAPPED *overlapped = take_out(arrival);

    if (guarded_writable(overlapped, sizeof(*overlapped)))
    {
        overlapped->InternalHigh = outcome->bytes;
        __atomic_store_n(&overlapped->Internal, (ULONG)outcome->status, __ATOMIC_RELEASE);
    }
    return overlapped;
}

static void end_with_packet(struct arrival *arrival, const struct outcome *outcome)
{
    const void *overlapped = end(arrival, outcome);

    TRACE("overlapped %p ends, status %#lx, %lu bytes\n", overlapped, outcome->status, outcome->bytes);
    port_post(arrival->port, arrival->key, overlapped, outcome->status, outcome->bytes);
}

void arrival_post(struct socket_record *record, const WSAOVERLAPPED *overlapped, NTSTATUS status,
                  ULONG_PTR bytes)
{
    struct arrival *arrival = enter(record);

    if (!arrival) return;
    port_post(arrival->port, arrival->key, overlapped, status, bytes);
    leave(arrival);
}

/* At the device it may end at once, which posts no packet for success that is skipped, and none for a failure. */
static void move(SOCKET s, struct arrival *arrival)
{
    WSAOVERLAPPED *overlapped = take_out(arrival);
    const struct afd_recvmsg in = {.ws_flags = WS2_PTR(&overlapped->Offset),
                                   .force_async = TRUE,
                                   .count = arrival->count,
                                   .buffers = WS2_PTR(arrival->buffers)};
    const struct socket_record *record = record_get(s);
    struct outcome outcome = {0};

    TRACE("socket %#Ix: overlapped %p is the device's\n", s, overlapped);
    if (!guarded_writable(overlapped, sizeof(*overlapped))) return;
    outcome.status =
        device_submit(s, AFD_RECVMSG, &in, sizeof(in), NULL, 0, &outcome.bytes, overlapped, NULL);
    if (outcome.status == STATUS_PENDING) return;
    if (!NT_ERROR(outcome.status) &&
        !(record && record->reports.modes & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS))
        return;
    put_in(arrival, overlapped);
    end_with_packet(arrival, &outcome);
}

static BOOL expect(struct socket_record *record, SOCKET s, struct arrival *arrival)
{
    struct ws2_arrival params = {.error = WSAENOTSOCK};
    struct held *held;

    arrival->serial = InterlockedIncrement(&serials);
    params.id = (uint64_t)(uint32_t)arrival->serial << 32 | (uint32_t)s;
    if (!(held = held_acquire(record, s, &params.fd))) return FALSE;
    if (unix_call(WS2_ARRIVAL_EXPECT, &params)) params.error = WSAENOTSOCK;
    held_release(held);
    return !params.error && InitOnceExecuteOnce(&once, start, NULL, NULL);
}

/* -1 if the device must say. */
static int is_reset(SOCKET s, const struct socket_record *record)
{
    return record->flags & RECORD_SENT_URGENT ? 0 : fast_is_reset(s);
}

/* A Winsock error or 0. */
static int receive(struct socket_record *record, SOCKET s, const struct arrival *arrival, ULONG *bytes)
{
    struct ws2_transfer params = {.handle = s, .buffers = WS2_PTR(arrival->buffers), .count = arrival->count};
    struct held *held;

    if (!fast_touch(arrival->buffers, arrival->count, TRUE)) return WSAEFAULT;
    if (!(held = held_acquire(record, s, &params.fd))) return WSAEOPNOTSUPP;
    if (unix_call(WS2_FAST_RECEIVE, &params)) params.error = WSAEOPNOTSUPP;
    held_release(held);
    if (!params.error) lane_note(record, LANE_RECEIVED);
    *bytes = params.done;
    return params.error;
}

enum end
{
    GOES_ON,
    ENDED, /* as *outcome says */
    MOVED  /* the device says how it ends */
};

static enum end moved(SOCKET s, struct arrival *arrival)
{
    move(s, arrival);
    return MOVED;
}

/* Something has come: data, an end, or what somebody else took. */
static enum end arrived(struct socket_record *record, SOCKET s, struct arrival *arrival, uint32_t kinds,
                        struct outcome *outcome)
{
    int reset = 0, error = 0;

    *outcome = (struct outcome){.status = STATUS_SUCCESS};
    if (arrival->total && (error = receive(record, s, arrival, &outcome->bytes)) == WSAEWOULDBLOCK)
        return expect(record, s, arrival) ? GOES_ON : moved(s, arrival);
    if (error == WSAEOPNOTSUPP || error == WSAEINVAL) return moved(s, arrival);
    if (error)
        outcome->status = status_from_error(error);
    else if (arrival->total ? !outcome->bytes : kinds & WS2_ARRIVED_END)
        reset = is_reset(s, record);
    if (reset < 0) return moved(s, arrival);
    if (reset) outcome->status = STATUS_CONNECTION_RESET;
    return ENDED;
}

/* The operation with this number, if it still waits. */
static struct arrival *find(uint64_t id, struct socket_record **record)
{
    struct arrival *arrival;

    if (!(*record = record_get((uint32_t)id)) || !(arrival = enter(*record))) return NULL;
    if (arrival->overlapped && arrival->serial == (LONG)(id >> 32)) return arrival;
    leave(arrival);
    return NULL;
}

/* TRUE if the packet is for who takes packets from that port; else it is posted, or there is none. */
static BOOL tell(const struct ws2_arrived *what, ULONG port, FILE_IO_COMPLETION_INFORMATION *packet)
{
    const SOCKET s = (uint32_t)what->id;
    struct socket_record *record;
    struct arrival *arrival = find(what->id, &record);
    struct outcome outcome;
    BOOL take;

    if (!arrival) return FALSE;
    take = arrived(record, s, arrival, what->kinds, &outcome) == ENDED;
    if (take && arrival->port_number != port)
    {
        end_with_packet(arrival, &outcome);
        take = FALSE;
    }
    else if (take)
    {
        packet->CompletionKey = arrival->key;
        packet->CompletionValue = (ULONG_PTR)end(arrival, &outcome);
        packet->IoStatusBlock.Status = outcome.status;
        packet->IoStatusBlock.Information = outcome.bytes;
    }
    leave(arrival);
    return take;
}

/* Who comes for packets finds by itself what has come: but if nobody did last time, nobody will. */
static void leave_it_to_others(LONG *seen)
{
    struct ws2_pause params = {.pause_ms = PAUSE_MS};

    if (waiting || *seen == visits) return;
    *seen = visits;
    InterlockedExchange(&pausing, TRUE);
    if (!waiting) unix_call(WS2_ARRIVAL_PAUSE, &params);
    InterlockedExchange(&pausing, FALSE);
}

static DWORD WINAPI wait_for_arrivals(void *unused)
{
    struct ws2_arrival_wait wait = {.wait_ms = -1};
    struct ws2_arrivals params;
    LONG seen = 0;
    uint32_t i;

    (void)unused;
    while (!unix_call(WS2_ARRIVAL_WAIT, &wait))
    {
        if (!wait.ready) continue;
        leave_it_to_others(&seen);
        params.count = WS2_ARRIVALS;
        if (unix_call(WS2_ARRIVAL_TAKE, &params)) break;
        for (i = 0; i < params.count; i++) tell(&params.arrived[i], 0, NULL);
    }
    return 0;
}

static BOOL CALLBACK start(INIT_ONCE *init, void *param, void **context)
{
    (void)init, (void)param, (void)context;
    return thread_start(wait_for_arrivals, NULL);
}

BOOL arrival_is_any(void)
{
    return pending && !RtlDllShutdownInProgress();
}

BOOL arrival_ready(void)
{
    struct ws2_arrival_wait params = {.wait_ms = 0};

    visits++; /* one that is lost among several is no matter */
    return arrival_is_any() && !unix_call(WS2_ARRIVAL_WAIT, &params) && params.ready;
}

ULONG arrival_take(ULONG port, FILE_IO_COMPLETION_INFORMATION *packets, ULONG room)
{
    struct ws2_arrivals params = {.count = room};
    ULONG count = 0;
    uint32_t i;

    if (!room || unix_call(WS2_ARRIVAL_TAKE, &params)) return 0;
    for (i = 0; i < params.count; i++) count += tell(&params.arrived[i], port, &packets[count]);
    return count;
}

void arrival_wait_begin(void)
{
    struct ws2_pause params = {.end = TRUE};

    InterlockedIncrement(&waiting);
    if (pausing) unix_call(WS2_ARRIVAL_PAUSE, &params);
}

void arrival_wait_end(void)
{
    InterlockedDecrement(&waiting);
}

void arrival_bound(SOCKET s, HANDLE port, ULONG_PTR key)
{
    struct socket_record *record = record_get(s);
    struct arrival *arrival;
    struct port *entered;

    if (!record || record->arrival || !(record->flags & RECORD_OURS) || record->flags & RECORD_STAND_IN)
        return;
    if (!(entered = port_enter(port))) return;
    if (!(arrival = spare_take(&spares, sizeof(*arrival))))
    {
        port_leave(entered);
        return;
    }
    AcquireSRWLockExclusive(&arrival->lock);
    arrival->port = entered;
    arrival->port_number = port_number(entered);
    arrival->key = key;
    leave(arrival);
    /* a port is for life: nobody else comes here for this socket */
    InterlockedExchangePointer((void **)&record->arrival, arrival);
}

BOOL arrival_is_at(const struct socket_record *record, ULONG port, ULONG_PTR key)
{
    const struct arrival *arrival = record->arrival;

    return arrival && arrival->port_number == port && arrival->key == key;
}

static uint32_t look(struct socket_record *record, SOCKET s)
{
    struct ws2_arrival params = {.kinds = 0};
    struct held *held = held_acquire(record, s, &params.fd);

    if (!held) return 0;
    if (unix_call(WS2_ARRIVAL_LOOK, &params)) params.kinds = 0;
    held_release(held);
    return params.kinds;
}

/* Nobody but the program waits for data, or may be told of them; nor is the socket another's, too. */
static BOOL may_wait_here(struct socket_record *record)
{
    return record->type == SOCK_STREAM && record->protocol == IPPROTO_TCP &&
           (record->flags & (RECORD_CONNECTED | RECORD_SHARED | RECORD_URGENT | RECORD_HOST |
                             RECORD_RAW_HOST | RECORD_STAND_IN)) == RECORD_CONNECTED &&
           !record->registered && !(record->lane.notes & LANE_SELECTED) && lane_shows(record, TRUE, FALSE);
}

static void remember(struct arrival *arrival, const WSABUF *buffers, DWORD count, ULONG total,
                     WSAOVERLAPPED *overlapped)
{
    memcpy(arrival->buffers, buffers, count * sizeof(*buffers));
    arrival->count = count;
    arrival->total = total;
    arrival->thread = GetCurrentThreadId();
    arrival->signaled = FALSE;
    ending_began(overlapped);
    put_in(arrival, overlapped);
}

BOOL arrival_begin(SOCKET s, const WSABUF *buffers, DWORD count, ULONG total, WSAOVERLAPPED *overlapped)
{
    struct socket_record *record = record_get(s);
    const BOOL signals = record && !(record->reports.modes & FILE_SKIP_SET_EVENT_ON_HANDLE);
    struct arrival *arrival;
    BOOL begun = FALSE;

    if (!record || !record->arrival || overlapped->hEvent || !count || count > MAX_BUFFERS ||
        !may_wait_here(record) ||
        (signals && !(portcall_sees_waits() && overlapped_handle_is_signaled(record, s))) ||
        !(arrival = enter(record)))
        return FALSE;
    if (arrival->overlapped)
        move(s, arrival);
    else
    {
        overlapped->Internal = STATUS_PENDING;
        arrival->signals = signals;
        remember(arrival, buffers, count, total, overlapped);
        if (total) lane_queue(record, LANE_RECEIVE, overlapped);
        if (!(begun = expect(record, s, arrival))) take_out(arrival);
    }
    leave(arrival);
    if (!begun) return FALSE;
    record->lane.refused[LANE_RECEIVE]--; /* it was, as there was nothing to receive at once */
    record->lane.taken[LANE_RECEIVE]++;
    return TRUE;
}

/* The socket's own thread has to have seen what came when it asks; others may come later. */
static void settle(struct socket_record *record, struct arrival *arrival, BOOL came)
{
    const SOCKET s = record->handle;
    uint32_t kinds = came ? WS2_ARRIVED_DATA : look(record, s);
    struct outcome outcome;

    if (kinds && arrived(record, s, arrival, kinds, &outcome) == ENDED) end_with_packet(arrival, &outcome);
}

BOOL arrival_waits(const struct socket_record *record)
{
    return record->arrival && record->arrival->overlapped;
}

void arrival_settle(struct socket_record *record, BOOL came)
{
    struct arrival *arrival = enter(record);

    if (!arrival) return;
    if (arrival->overlapped) settle(record, arrival, came);
    leave(arrival);
}

void arrival_note_signal(struct socket_record *record)
{
    struct arrival *arrival;

    if (!arrival_waits(record) || !(arrival = enter(record))) return;
    arrival->signaled = TRUE;
    leave(arrival);
}

void arrival_before_request(struct socket_record *record, BOOL receives)
{
    if (arrival_waits(record) && (receives || record->arrival->signals)) arrival_give_back(record);
}

BOOL arrival_is_signaling(void)
{
    return signaling && !RtlDllShutdownInProgress();
}

void arrival_await_signal(HANDLE handle)
{
    struct socket_record *record = record_get(HANDLE_SOCKET(handle));

    if (record && arrival_waits(record) && record->arrival->signals && !record->arrival->signaled)
        arrival_give_back(record);
}

BOOL arrival_cancel(struct socket_record *record, const void *overlapped, DWORD thread)
{
    struct arrival *arrival = enter(record);
    BOOL cancelled;

    if (!arrival) return FALSE;
    if (arrival->overlapped) settle(record, arrival, FALSE);
    cancelled = arrival->overlapped && (!overlapped || overlapped == arrival->overlapped) &&
                (!thread || thread == arrival->thread);
    if (cancelled) end_with_packet(arrival, &cancelled_outcome);
    leave(arrival);
    return cancelled;
}

void arrival_abort(struct socket_record *record)
{
    struct arrival *arrival = enter(record);

    if (!arrival) return;
    if (arrival->overlapped) settle(record, arrival, FALSE);
    if (arrival->overlapped) end_with_packet(arrival, &aborted_outcome);
    leave(arrival);
}

void arrival_give_back(struct socket_record *record)
{
    struct arrival *arrival = enter(record);

    if (!arrival) return;
    if (arrival->overlapped) settle(record, arrival, FALSE);
    if (arrival->overlapped) move(record->handle, arrival);
    leave(arrival);
}

void arrival_drop(struct socket_record *record)
{
    struct arrival *arrival = InterlockedExchangePointer((void **)&record->arrival, NULL);

    if (!arrival || RtlDllShutdownInProgress()) return;
    AcquireSRWLockExclusive(&arrival->lock);
    if (arrival->overlapped) end_with_packet(arrival, &aborted_outcome);
    port_leave(arrival->port);
    arrival->port = NULL;
    arrival->port_number = 0;
    leave(arrival);
    spare_give(&spares, &arrival->spare);
}
