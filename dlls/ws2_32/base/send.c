/*
 * Sending, on whichever lane is open.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/base.h"
#include "base/broken.h"
#include "base/connect.h"
#include "base/device.h"
#include "base/event.h"
#include "base/fast.h"
#include "base/hostmessage.h"
#include "base/overlapped_fast.h"
#include "base/passage.h"
#include "base/rawhost.h"
#include "base/readiness.h"
#include "base/state.h"
#include "base/tail.h"
#include "base/unreachable.h"
#include "guarded.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Every pointer is the application's. */
struct send
{
    const WSABUF *buffers;
    DWORD count;
    DWORD flags;
    const struct sockaddr *addr;
    int addr_len;
    ULONG total;
};

#define MAX_OLD_ERRORS 4 /* that one send after the other may be told of others */

static NTSTATUS device_send(SOCKET s, const struct send *op, ULONG *sent, WSAOVERLAPPED *overlapped,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    const struct afd_sendmsg in = {
        .addr = (ULONG_PTR)op->addr,
        .addr_len = op->addr_len,
        .ws_flags = op->flags,
        .force_async = overlapped != NULL,
        .count = op->count,
        .buffers = (ULONG_PTR)op->buffers,
    };
    NTSTATUS status;
    int tries = 0;

    if (is_listening(s)) return STATUS_INVALID_CONNECTION;
    /* an error of an earlier datagram, which is none of this one's */
    do status = device_submit(s, AFD_SENDMSG, &in, sizeof(in), NULL, 0, sent, overlapped, routine);
    while (unreachable_before(s, status) && ++tries < MAX_OLD_ERRORS);

    /* An overlapped send that is done has sent everything, and the OVERLAPPED may
     * be another operation's by now, so its count is not looked at. */
    if (!status && overlapped) *sent = op->total;
    if ((status == STATUS_DEVICE_NOT_READY || device_error(status) == WSAECONNRESET) && is_stream(s) &&
        !state_connected(s))
        return STATUS_INVALID_CONNECTION; /* never connected: the host says EPIPE */
    if (!op->addr && is_datagram(s) && device_error(status) == WSAEINVAL && !state_connected(s))
        return STATUS_INVALID_CONNECTION; /* the host misses a destination, Windows a connection */
    return status;
}

#define MAX_IDLE 100 /* sends of nothing, one after the other or not */

/* A stream that is sent on, as it was when the call began: it may be closed meanwhile, and the
 * handle another's. */
struct stream
{
    const struct socket_record *record;
    LONG turn;
    BOOL blocking;
};

static struct stream stream_of(const struct socket_record *record)
{
    return (struct stream){record, record->turn, !(record->flags & RECORD_NONBLOCKING)};
}

static BOOL is_closed(const struct stream *stream, SOCKET s)
{
    return stream->record->handle != s || stream->record->turn != stream->turn;
}

/* The host took a part. A socket that may not wait leaves the rest to the tail,
 * and one that may has the device wait. A Winsock error or 0. */
static int send_rest(const struct stream *stream, SOCKET s, const struct send *op, ULONG *sent)
{
    WSABUF buffers[MAX_REST];
    struct send rest = *op;
    unsigned int idle = 0;
    ULONG more;
    int err = 0;

    if (!stream->blocking)
    {
        if (!tail_keep(s, op->buffers, op->count, *sent, op->total)) *sent = op->total;
        return 0; /* what can't be kept stays unsent */
    }
    rest.buffers = buffers;
    while (!err && *sent < op->total)
    {
        if (is_closed(stream, s)) return WSAEINTR;
        more = 0;
        rest.count = passage_rest(op->buffers, op->count, *sent, buffers);
        rest.total = op->total - *sent;
        if ((err = device_error(device_send(s, &rest, &more, NULL, NULL)))) break;
        *sent += more;
        /* Wine 8's device ends a send that waits, as if all were well, when the peer has nothing more to
         * say; the next one goes on. One that never does is broken. */
        if (!more && ++idle == MAX_IDLE) err = WSAECONNABORTED;
    }
    return err;
}

static ON_THE_WAY int fast_or_device_send(struct socket_record *record, SOCKET s, const struct send *op,
                                          ULONG *sent)
{
    const struct stream stream = stream_of(record);
    const BOOL is_one = record->type == SOCK_STREAM;
    int error = 0, tries;

    for (tries = 0; tries < MAX_OLD_ERRORS && op->count <= MAX_REST; tries++)
    {
        if (fast_send(record, s, op->buffers, op->count, op->total, op->flags, op->addr, op->addr_len, FALSE,
                      sent, &error) != FAST_DONE)
            break;
        if (!error && *sent < op->total && is_one) return send_rest(&stream, s, op, sent);
        if (record->flags & RECORD_HEARS)
        {
            if (!unreachable_may_be(error)) return error;
            continue;
        }
        if (error != WSAECONNREFUSED) return error;
        /* Windows tells the next receive, not a send */
        record_set_flags(record, RECORD_UNREACHABLE);
    }
    *sent = 0;
    if ((error = device_error(device_send(s, op, sent, NULL, NULL)))) return error;
    /* only a non-blocking stream takes a part */
    return *sent < op->total && is_one ? send_rest(&stream, s, op, sent) : 0;
}

/* A send that is not overlapped, on whichever lane is open; a Winsock error or 0.
 * On a stream one thread at a time, so that what a call sends stays in one piece. */
static ON_THE_WAY int send_now(struct socket_record *record, SOCKET s, const struct send *op, ULONG *sent)
{
    BOOL owned = record->type == SOCK_STREAM && lane_own(record, s, LANE_SEND);
    int error = fast_or_device_send(record, s, op, sent);

    if (owned) lane_disown(record, LANE_SEND);
    return error ? broken_error(s, error) : 0;
}

/* FALSE if the send is for the device; else *error, a Winsock error or 0. */
static BOOL overlapped_fast_send(SOCKET s, const struct send *op, ULONG *sent, int *error)
{
    struct socket_record *record = record_get(s);
    const BOOL stream = is_stream(s), blocking = is_blocking(s);
    enum fast_outcome outcome;

    if (op->count > MAX_REST) return FALSE;
    while ((outcome = fast_send(record, s, op->buffers, op->count, op->total, op->flags, op->addr,
                                op->addr_len, TRUE, sent, error)) == FAST_DONE &&
           *error == WSAECONNREFUSED)
        record_set_flags(record, RECORD_UNREACHABLE); /* Windows tells the next receive, not a send */
    /* there was room, but then the host had no memory */
    if (outcome == FAST_DONE && !*error && stream && *sent < op->total &&
        !tail_keep(s, op->buffers, op->count, *sent, op->total))
    {
        *sent = op->total;
        if (blocking) record_clear_flags(record, RECORD_NONBLOCKING);
    }
    return outcome == FAST_DONE;
}

static int send_overlapped(SOCKET s, const struct send *op, ULONG *sent, WSAOVERLAPPED *overlapped,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct socket_record *record = record_get(s);
    BOOL stream = is_stream(s), owned = stream && lane_own_to_queue(record, s, LANE_SEND);
    struct report report;
    NTSTATUS status;
    int error;

    if ((owned || !stream) && overlapped_may_finish(s, LANE_SEND, overlapped, routine) &&
        overlapped_fast_send(s, op, sent, &error))
        error = overlapped_finish(s, overlapped, error, *sent);
    else
    {
        report = overlapped_begin(s, overlapped, routine);
        status = device_send(s, op, sent, overlapped, routine);
        overlapped_begun(s, LANE_SEND, &report, status);
        error = device_error(status);
    }
    if (owned) lane_disown(record, LANE_SEND);
    return error ? broken_error(s, error) : 0;
}

/* What Windows finds wrong with a datagram before it goes out. A send that comes this
 * far binds its socket, even if it fails then. */
static ON_THE_WAY int check_datagram(const struct socket_record *record, SOCKET s, const struct send *op)
{
    if (record->type != SOCK_DGRAM || (record->family != AF_INET && record->family != AF_INET6)) return 0;
    if (op->flags & MSG_OOB) return WSAEOPNOTSUPP;
    if (op->addr && op->addr_len >= (int)sizeof(op->addr->sa_family))
    {
        if (op->addr->sa_family != record->family) return WSAEAFNOSUPPORT;
        if (op->addr_len >= (int)sizeof(SOCKADDR_IN) && connect_has_no_port((SOCKADDR_STORAGE *)op->addr))
            return WSAEADDRNOTAVAIL;
        if ((record->flags & (RECORD_BOUND | RECORD_UNBOUND_DUPLICATE)) != RECORD_BOUND) bind_implicitly(s);
    }
    return 0;
}

/* What failing and succeeding sends tell the rest of the provider. */
static void note_send(SOCKET s, const struct send *op, int err)
{
    if (!err && op->addr)
        state_now_bound(s);
    else if (!err)
        state_now_connected(s);
    else if (err == WSAEWOULDBLOCK)
    {
        selection_write_refused(s);
        readiness_used(s, SOCK_NOTIFY_EVENT_OUT);
    }
}

static ON_THE_WAY int send_submit(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                                  const struct sockaddr *addr, int len, WSAOVERLAPPED *overlapped,
                                  LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err)
{
    struct send op = {buffers, count, flags, addr, len, 0};
    struct socket_record *record = note_socket(s);
    SOCKADDR_STORAGE to;
    ULONG sent = 0;

    if (!record)
    {
        *err = WSAENOTSOCK;
        return SOCKET_ERROR;
    }
    /* a look, no change: the lane still reads in it that what used it before is finished */
    if ((overlapped ? !guarded_write(overlapped, overlapped, sizeof(*overlapped)) : !done) ||
        !probe_buffers(buffers, count, &op.total) ||
        (addr && (len < 0 || !guarded_read(&to, addr, min(len, (int)sizeof(to))))))
    {
        *err = WSAEFAULT;
        return SOCKET_ERROR;
    }
    if (addr)
    {
        op.addr = (struct sockaddr *)&to;
        op.addr_len = min(len, (int)sizeof(to));
    }
    if (record->type == SOCK_DGRAM && !(record->flags & (RECORD_HEARS | RECORD_DEAF))) unreachable_expect(s);
    if (flags & MSG_OOB) record_set_flags(record, RECORD_SENT_URGENT);
    *err = flags & UNKNOWN_FLAGS ? WSAEINVAL : check_datagram(record, s, &op);
    if (!*err && record->tail)
        *err = device_error(tail_gate(s, overlapped ? TAIL_QUEUE : is_blocking(s) ? TAIL_WAIT : TAIL_REFUSE));
    if (!*err)
        *err = overlapped ? send_overlapped(s, &op, &sent, overlapped, routine)
                          : send_now(record, s, &op, &sent);
    note_send(s, &op, *err);
    if (!*err && done && !guarded_write(done, &sent, sizeof(sent))) *err = WSAEFAULT;
    TRACE("socket %#Ix, error %d, sent %lu of %lu\n", s, *err, sent, op.total);
    return *err ? SOCKET_ERROR : 0;
}

int WSPAPI base_sendto(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                       const struct sockaddr *addr, int len, WSAOVERLAPPED *overlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, WSATHREADID *thread, int *err)
{
    (void)thread;
    /* the peer is known, and may be named all the same */
    if (message_is(s)) return message_send(s, buffers, count, done, flags, overlapped, routine, err);
    if (record_may_be_front(s))
        return rawhost_sendto(s, buffers, count, done, flags, addr, len, overlapped, routine, err);
    return send_submit(s, buffers, count, done, flags, addr, len, overlapped, routine, err);
}

int front_sendto(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                 const struct sockaddr *addr, int len, WSAOVERLAPPED *overlapped,
                 LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err)
{
    return send_submit(s, buffers, count, done, flags, addr, len, overlapped, routine, err);
}

int WSPAPI base_send(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                     WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                     WSATHREADID *thread, int *err)
{
    (void)thread;
    if (message_is(s)) return message_send(s, buffers, count, done, flags, overlapped, routine, err);
    return send_submit(s, buffers, count, done, flags, NULL, 0, overlapped, routine, err);
}
