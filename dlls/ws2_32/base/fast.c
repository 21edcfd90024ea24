/*
 * Transfers as host calls: the fast lane, once it is known to be open.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the host says is final, but where asking the device again is safe and the
 * device knows more: end of file (was it a reset?), a broken pipe, a fault, and
 * nothing to read on a socket that may wait.
 */
#include "private.h"

#include "base/fast.h"
#include "base/held.h"
#include "base/lane.h"
#include "base/transfer.h"
#include "base/unreachable.h"
#include "guarded.h"
#include "record.h"
#include "unixcall.h"

/* Guard pages and write watches must act before the host writes: as ntdll does,
 * each page is touched here, where a fault is the application's own. */
BOOL fast_touch(const WSABUF *buffers, DWORD count, BOOL write)
{
    DWORD i;

    for (i = 0; i < count; i++)
        if (!(write ? guarded_writable(buffers[i].buf, buffers[i].len)
                    : guarded_readable(buffers[i].buf, buffers[i].len)))
            return FALSE;
    return TRUE;
}

/* May the authority say more of this outcome, and is it safe to ask? */
static BOOL is_for_the_authority(int error, BOOL stream, BOOL may_wait)
{
    switch (error)
    {
    case WSAEWOULDBLOCK: return may_wait;
    case WSAEOPNOTSUPP: /* not tried */
    case WSAENOTSOCK:
    case WSAEINVAL: /* closed under the call: base/held.c has emptied the descriptor */
    case WSAEMFILE:
    case WSAENOTCONN:
    case WSAEDESTADDRREQ:
    case WSAESHUTDOWN: return TRUE;
    case WSAEFAULT: return stream;
    default: return FALSE;
    }
}

static BOOL is_blocking(const struct socket_record *record)
{
    return !(record->flags & RECORD_NONBLOCKING);
}

/* Time-outs that the host sees out are not the device's any more; longer ones start
 * anew there. */
static DWORD host_wait(const struct socket_record *record, enum lane_direction direction)
{
    DWORD timeout = record->lane.timeout[direction];

    if (!is_blocking(record)) return 0;
    return timeout ? min(timeout, HOST_WAIT_MS) : HOST_WAIT_MS;
}

/* The error of a call that has waited, unless it goes on waiting at the device. */
static int after_waiting(const struct socket_record *record, enum lane_direction direction, int error)
{
    DWORD timeout = record->lane.timeout[direction];

    if (error != WSAETIMEDOUT || (timeout && timeout <= HOST_WAIT_MS)) return error;
    return WSAEWOULDBLOCK;
}

/* Wine 8 does not cache accepted sockets' descriptors. */
static BOOL is_cached(const struct socket_record *record)
{
    return !(record->flags & RECORD_UNCACHED);
}

/* FALSE if it did not take place. */
static ON_THE_WAY BOOL host_call(struct socket_record *record, SOCKET s, enum ws2_unix_function function,
                                 struct ws2_transfer *params)
{
    struct held *held = held_acquire(record, s, &params->fd);
    BOOL done;

    if (!held) return FALSE;
    params->cached = is_cached(record);
    done = !unix_call(function, params);
    held_release(held);
    return done;
}

static enum fast_outcome not_taken(struct socket_record *record, enum lane_direction direction)
{
    lane_not_taken(record, direction);
    return FAST_AUTHORITY;
}

/* Whoever had to wait for a stream's data has to wait again, mostly, as between requests and
 * answers: a try that finds nothing is saved then. Each so many receives it is tried anew. */
#define WAITS_BELIEVED 16

static BOOL expects_to_wait(struct lane *lane)
{
    if (lane->waits <= 0) return FALSE;
    lane->waits--;
    return TRUE;
}

enum fast_outcome fast_receive(struct socket_record *record, SOCKET s, const struct receive *op, DWORD flags,
                               ULONG total, BOOL overlapped, ULONG *received, int *error)
{
    struct ws2_transfer params;
    SOCKADDR_STORAGE from;
    BOOL stream, tried;

    if (!record || (flags & ~MSG_PEEK) || op->control || !lane_open(record, LANE_RECEIVE))
        return FAST_AUTHORITY;
    stream = record->type == SOCK_STREAM;
    /* an overlapped receive of nothing waits for data, and leaves them */
    if (stream && (op->addr || (!total && (!overlapped || flags)))) return FAST_AUTHORITY;
    if (!fast_touch(op->buffers, op->count, TRUE))
    {
        *error = WSAEFAULT;
        return FAST_DONE;
    }
    params = (struct ws2_transfer){
        .handle = s,
        .buffers = WS2_PTR(op->buffers),
        .count = op->count,
        .address = op->addr ? WS2_PTR(&from) : 0,
        .address_size = sizeof(from),
        .peek = (flags & MSG_PEEK) != 0,
        .datagram = !stream,
        .wait_ms = overlapped ? 0 : host_wait(record, LANE_RECEIVE),
        .hears = stream ? 0 : unreachable_wanted(record),
        /* the device re-arms FD_READ when it receives, so what is there is its own to give; while
         * there is nothing it is still armed */
        .look = record->lane.notes & LANE_SELECTED && !record->told.reads,
        .nothing = stream && !total,
        .relay = record->relay,
    };
    params.waits = stream && params.wait_ms && expects_to_wait(&record->lane);
    tried = stream && params.wait_ms && !params.waits;
    if (!host_call(record, s, WS2_FAST_RECEIVE, &params)) return not_taken(record, LANE_RECEIVE);
    if (tried && !params.wait_ms) record->lane.waits = WAITS_BELIEVED;
    if (params.met || (!stream && params.error == WSAECONNREFUSED)) unreachable_met(s);
    params.error = after_waiting(record, LANE_RECEIVE, params.error);
    if (is_for_the_authority(params.error, stream, overlapped || is_blocking(record)))
        return not_taken(record, LANE_RECEIVE);
    if (!params.error && !params.peek && !params.nothing) lane_note(record, LANE_RECEIVED);
    if (stream && !params.error && !params.done) /* was it a reset? */
    {
        int reset = record->flags & RECORD_SENT_URGENT ? 0 : fast_is_reset(s);

        if (reset < 0) return not_taken(record, LANE_RECEIVE);
        if (reset) params.error = WSAECONNRESET;
    }
    *received = params.done;
    *error = params.error;
    if (op->addr && (!*error || *error == WSAEMSGSIZE) && !receive_address(op, &from, params.address_size))
        *error = WSAEFAULT;
    return FAST_DONE;
}

enum fast_outcome fast_send(struct socket_record *record, SOCKET s, const WSABUF *buffers, DWORD count,
                            ULONG total, DWORD flags, const struct sockaddr *address, int address_size,
                            BOOL overlapped, ULONG *sent, int *error)
{
    struct ws2_transfer params;
    BOOL stream;

    if (!record || flags || !lane_open(record, LANE_SEND)) return FAST_AUTHORITY;
    stream = record->type == SOCK_STREAM;
    if (stream && (address || !total)) return FAST_AUTHORITY;
    if (!fast_touch(buffers, count, FALSE))
    {
        *error = WSAEFAULT;
        return FAST_DONE;
    }
    params = (struct ws2_transfer){
        .handle = s,
        .buffers = WS2_PTR(buffers),
        .count = count,
        .address = WS2_PTR(address),
        .address_size = address_size,
        .wait_ms = overlapped ? 0 : host_wait(record, LANE_SEND),
        .whole = overlapped && stream,
        .relay = record->relay,
    };
    if (!host_call(record, s, WS2_FAST_SEND, &params)) return not_taken(record, LANE_SEND);
    params.error = after_waiting(record, LANE_SEND, params.error);
    if (params.error == WSAEWOULDBLOCK || params.done < total) lane_note(record, LANE_SEND_REFUSED);
    if (is_for_the_authority(params.error, stream, overlapped || is_blocking(record)))
        return not_taken(record, LANE_SEND);
    *sent = params.done;
    *error = params.error;
    return FAST_DONE;
}

/* FALSE if the host can't tell. */
static BOOL stream_state(SOCKET s, struct ws2_stream_state *params)
{
    struct socket_record *record = record_get(s);
    struct held *held;
    BOOL told;

    /* the state tells only while the write side is open */
    if (!record || record->type != SOCK_STREAM || !(record->flags & RECORD_OURS) ||
        (record->flags & RECORD_LANE_CLOSED) || (record->lane.notes & LANE_SHUT_SEND) ||
        !(record->flags & RECORD_CONNECTED))
        return FALSE;
    if (!(held = held_acquire(record, s, &params->fd))) return FALSE;
    told = !unix_call(WS2_FAST_STATE, params) && !params->error;
    held_release(held);
    return told;
}

int fast_is_reset(SOCKET s)
{
    struct ws2_stream_state params = {.handle = s};

    return stream_state(s, &params) ? params.reset != 0 : -1;
}

int fast_is_closed(SOCKET s, BOOL *lifeless)
{
    struct ws2_stream_state params = {.handle = s};

    if (!stream_state(s, &params)) return -1;
    *lifeless = params.lifeless;
    return params.reset;
}

int fast_unsent(SOCKET s)
{
    struct ws2_stream_state params = {.handle = s, .unsent = TRUE};

    return stream_state(s, &params) ? params.unsent : -1;
}
