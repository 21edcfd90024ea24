/*
 * Sending and receiving, on whichever lane is open.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/alias.h"
#include "base/arrival.h"
#include "base/base.h"
#include "base/broken.h"
#include "base/connect.h"
#include "base/device.h"
#include "base/edge.h"
#include "base/event.h"
#include "base/fast.h"
#include "base/hostmessage.h"
#include "base/overlapped_fast.h"
#include "base/rawhost.h"
#include "base/readiness.h"
#include "base/state.h"
#include "base/tail.h"
#include "base/transfer.h"
#include "base/unreachable.h"
#include "base/urgent.h"
#include "guarded.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Bytes of an application's buffers. */
struct sum
{
    const WSABUF *buffers;
    DWORD count;
    ULONGLONG bytes;
};

static void sum_up(void *context)
{
    struct sum *sum = context;
    DWORD i;

    for (i = 0; i < sum->count; i++) sum->bytes += sum->buffers[i].len;
}

/* The device walks the array itself, where a fault would leave a request half
 * made; so it is looked at here first. The sum saturates. */
static ON_THE_WAY BOOL probe_buffers(const WSABUF *buffers, DWORD count, ULONG *total)
{
    struct sum sum = {buffers, count, 0};

    if (guarded_is_stack(buffers, count * sizeof(*buffers)))
        sum_up(&sum);
    else if (!guarded_run(sum_up, &sum))
        return FALSE;
    *total = sum.bytes > MAXLONG ? MAXLONG : sum.bytes;
    return TRUE;
}

/* The device's host forgets a reset once it has seen it, and says end of file from
 * then on; the device itself remembers. */
static BOOL peer_reset(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    struct afd_poll poll = {.count = 1, .sockets = {{.socket = s, .flags = AFD_POLL_RESET}}};
    int reset;

    /* a peer that closes with urgent data unread resets on the host, not on Windows */
    if (record && record->flags & RECORD_SENT_URGENT) return FALSE;
    if ((reset = fast_is_reset(s)) >= 0) return reset;
    return !device_request(s, AFD_POLL, &poll, sizeof(poll), &poll, sizeof(poll), NULL) && poll.count &&
           (poll.sockets[0].flags & AFD_POLL_RESET);
}

static ASIDE struct socket_record *note_stranger(SOCKET s)
{
    struct afd_info info;

    if (device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL)) return NULL;
    return alias_record(s);
}

/* NULL if s is no socket. An inherited one is noted when it is first used:
 * WSAGetOverlappedResult will want to know it. */
static ON_THE_WAY struct socket_record *note_socket(SOCKET s)
{
    struct socket_record *record = record_get(s);

    return record ? record : note_stranger(s);
}

static BOOL is_datagram(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && record->type == SOCK_DGRAM;
}

static BOOL is_stream(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && record->type == SOCK_STREAM;
}

/* The device would wait until a listener can transfer something. */
static BOOL is_listening(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && record->flags & RECORD_LISTENING;
}

static BOOL is_blocking(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && !(record->flags & RECORD_NONBLOCKING);
}

/* The buffers that are left after so many bytes; count is MAX_REST at most. */
#define MAX_REST 64

static DWORD rest_of(const WSABUF *buffers, DWORD count, ULONG bytes, WSABUF *rest)
{
    DWORD i, left = 0;

    for (i = 0; i < count; i++)
    {
        ULONG skip = min(bytes, buffers[i].len);

        bytes -= skip;
        if (skip == buffers[i].len) continue;
        rest[left].len = buffers[i].len - skip;
        rest[left++].buf = buffers[i].buf + skip;
    }
    return left;
}

/* Bits of a call's flags that no MSG_* is; programs hand back what they were given. */
#define UNKNOWN_FLAGS 0xffff6000

BOOL receive_places(const struct receive *op)
{
    WSABUF control;
    int room;

    if (op->addr &&
        (!guarded_read(&room, op->addr_len, sizeof(room)) || !guarded_writable(op->addr_len, sizeof(room)) ||
         !guarded_writable(op->addr, max(min(room, (int)sizeof(SOCKADDR_STORAGE)), 0))))
        return FALSE;
    return !op->control ||
           (guarded_read(&control, op->control, sizeof(control)) &&
            guarded_writable(op->control, sizeof(control)) && guarded_writable(control.buf, control.len));
}

BOOL receive_address(const struct receive *op, const SOCKADDR_STORAGE *from, int size)
{
    int room;

    if (!op->addr_len || !guarded_read(&room, op->addr_len, sizeof(room)) || room < size) return FALSE;
    return guarded_write(op->addr, from, size) && guarded_write(op->addr_len, &size, sizeof(size));
}

/* A port unreachable is a reset on Windows, unless SIO_UDP_CONNRESET says that it
 * is nothing at all; on the host, whichever call comes next is told. */
static BOOL hears_of_unreachable(SOCKET s)
{
    return is_datagram(s) && kept_get(s, KEPT_UDP_CONNRESET, TRUE);
}

static NTSTATUS device_receive(SOCKET s, const struct receive *op, DWORD *flags, ULONG total, ULONG *received,
                               WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    const struct afd_recvmsg in = {
        .control = (ULONG_PTR)op->control,
        .addr = (ULONG_PTR)op->addr,
        .addr_len = (ULONG_PTR)op->addr_len,
        .ws_flags = (ULONG_PTR)flags,
        .force_async = overlapped != NULL,
        .count = op->count,
        .buffers = (ULONG_PTR)op->buffers,
    };
    NTSTATUS status;

    /* the device would wait for what can't come */
    if (!op->count && overlapped) return STATUS_INVALID_PARAMETER;
    if (is_datagram(s) && !state_bound(s)) return STATUS_INVALID_PARAMETER;
    if (!receive_places(op)) return STATUS_ACCESS_VIOLATION;
    if (is_listening(s)) return STATUS_INVALID_CONNECTION;

    do
    {
        if ((status = unreachable_take(s))) return status;
        status = device_submit(s, AFD_RECVMSG, &in, sizeof(in), NULL, 0, received, overlapped, routine);
    } while (!overlapped &&
             (unreachable_ended(s, &status, *received) ||
              (status == STATUS_CONNECTION_REFUSED && is_datagram(s) && !hears_of_unreachable(s))));
    if (overlapped) return status;
    if (status == STATUS_CONNECTION_REFUSED && is_datagram(s)) return STATUS_PORT_UNREACHABLE;
    if (!status && !*received && total && !is_datagram(s) && peer_reset(s)) return STATUS_CONNECTION_RESET;
    if (status == STATUS_DEVICE_NOT_READY && is_stream(s) && !state_connected(s))
        return STATUS_INVALID_CONNECTION;
    return status;
}

/* FALSE if the receive is for the device; else *error, a Winsock error or 0. */
static ON_THE_WAY BOOL receive_fast(struct socket_record *record, SOCKET s, const struct receive *op,
                                    DWORD flags, ULONG total, BOOL overlapped, ULONG *received, int *error)
{
    *error = WSAECONNRESET;
    if (record && record->flags & RECORD_UNREACHABLE)
    {
        record_clear_flags(record, RECORD_UNREACHABLE);
        if (hears_of_unreachable(s)) return TRUE;
    }
    while (fast_receive(record, s, op, flags, total, overlapped, received, error) == FAST_DONE)
    {
        if (*error != WSAECONNREFUSED) return TRUE;
        *error = WSAECONNRESET;
        if (hears_of_unreachable(s)) return TRUE;
    }
    return FALSE;
}

/* A receive that is not overlapped, on whichever lane is open; a Winsock error or 0. */
static ON_THE_WAY int receive_now(struct socket_record *record, SOCKET s, const struct receive *op,
                                  DWORD *flags, ULONG total, ULONG *received)
{
    WSABUF limited[URGENT_BUFFERS];
    struct receive part;
    int error;

    if (record->flags & RECORD_URGENT &&
        urgent_before_receive(s, &op, *flags, &part, limited, received, &error))
        return error;
    if (!receive_fast(record, s, op, *flags, total, FALSE, received, &error))
        error = device_error(device_receive(s, op, flags, total, received, NULL, NULL));
    if (error) return broken_error(s, error);
    if (record->flags & RECORD_URGENT) urgent_received(s, *flags, *received);
    return 0;
}

/* One that is. */
static int receive_overlapped(SOCKET s, const struct receive *op, DWORD *flags, ULONG total, ULONG *received,
                              WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct report report;
    NTSTATUS status;
    int error;

    unreachable_overlapped(s, overlapped, routine);
    if (op->count && overlapped_may_finish(s, LANE_RECEIVE, overlapped, routine) &&
        receive_fast(record_get(s), s, op, *flags, total, TRUE, received, &error))
        return overlapped_finish(s, overlapped, error, *received);
    /* the host has forgotten a reset that was seen, and would say end of file */
    if (is_stream(s) && fast_is_reset(s) > 0) return broken_error(s, WSAECONNRESET);
    if (!*flags && !routine && arrival_begin(s, op->buffers, op->count, total, overlapped))
        return WSA_IO_PENDING;
    edge_give_read_back(s);
    report = overlapped_begin(s, overlapped, routine);
    status = device_receive(s, op, &overlapped->Offset, total, received, overlapped, routine);
    overlapped_begun(s, LANE_RECEIVE, &report, status);
    if (!status) *flags = overlapped->Offset;
    return device_error(status);
}

/* The host's sockets never wait, so MSG_WAITALL comes down to asking again. What
 * came before an error is given; the error comes again. */
static int receive_everything(SOCKET s, const struct receive *op, DWORD *flags, ULONG total, ULONG *received)
{
    struct socket_record *record = record_get(s);
    BOOL owned = record && lane_own(record, s, LANE_RECEIVE);
    struct receive part = *op;
    WSABUF buffers[MAX_REST];
    ULONG got = 1;
    int error = 0;

    part.buffers = buffers;
    while (!error && got && *received < total)
    {
        DWORD part_flags = *flags & ~MSG_WAITALL;

        got = 0;
        part.count = rest_of(op->buffers, op->count, *received, buffers);
        if (!(error = receive_now(record, s, &part, &part_flags, total - *received, &got))) *received += got;
    }
    if (owned) lane_disown(record, LANE_RECEIVE);
    return *received ? 0 : error;
}

/* Streams only, and only while urgent data are not in line; the device would wait. */
static int refuse_urgent(SOCKET s)
{
    int in_line = FALSE;

    if (is_datagram(s)) return WSAEOPNOTSUPP;
    if (device_request(s, AFD_GET_SO_OOBINLINE, NULL, 0, &in_line, sizeof(in_line), NULL)) return 0;
    return in_line ? WSAEINVAL : 0;
}

static ON_THE_WAY int submit(SOCKET s, const struct receive *op, WSAOVERLAPPED *overlapped,
                             LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err)
{
    struct socket_record *record = note_socket(s);
    ULONG total, received = 0;
    DWORD flags;

    if (!record)
    {
        *err = WSAENOTSOCK;
        return SOCKET_ERROR;
    }
    /* The flags of what finishes later go where WSAGetOverlappedResult and the
     * routine find them: lpFlags may be gone by then. */
    if ((!op->done && !overlapped) || !op->flags || !guarded_read(&flags, op->flags, sizeof(flags)) ||
        !probe_buffers(op->buffers, op->count, &total) ||
        (overlapped && !guarded_write(&overlapped->Offset, &flags, sizeof(flags))))
    {
        selection_receive_failed(s);
        *err = WSAEFAULT;
        return SOCKET_ERROR;
    }
    if (((flags & UNKNOWN_FLAGS) && (*err = WSAEINVAL)) || ((flags & MSG_OOB) && (*err = refuse_urgent(s))))
        return SOCKET_ERROR;
    if (record->told.arrivals) edge_used(s);
    if (record->arrival && arrival_waits(record)) arrival_settle(record, FALSE);
    if (overlapped)
        *err = receive_overlapped(s, op, &flags, total, &received, overlapped, routine);
    else if ((flags & MSG_WAITALL) && is_stream(s) && is_blocking(s) && op->count <= MAX_REST)
        *err = receive_everything(s, op, &flags, total, &received);
    else
        *err = receive_now(record, s, op, &flags, total, &received);
    if (!(flags & MSG_OOB) && record->told.reads) edge_received(s);
    if (record->arrival && !*err && total && arrival_waits(record)) arrival_settle(record, TRUE);
    if (*err == WSAEFAULT) selection_receive_failed(s);
    if (record->flags & RECORD_NOTIFIES) readiness_used(s, SOCK_NOTIFY_EVENT_IN);
    if (!*err || *err == WSAEMSGSIZE)
    {
        if (!(record->flags & RECORD_CONNECTED)) state_now_connected(s);
        if ((op->done && !guarded_write(op->done, &received, sizeof(received))) ||
            !guarded_write(op->flags, &flags, sizeof(flags)))
            *err = WSAEFAULT;
    }
    TRACE("socket %#Ix, error %d, received %lu of %lu\n", s, *err, received, total);
    return *err ? SOCKET_ERROR : 0;
}

int receive_submit(SOCKET s, const struct receive *op, WSAOVERLAPPED *overlapped,
                   LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err)
{
    return submit(s, op, overlapped, routine, err);
}

int WSPAPI base_recvfrom(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags,
                         struct sockaddr *addr, int *len, WSAOVERLAPPED *overlapped,
                         LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, WSATHREADID *thread, int *err)
{
    const struct receive op = {buffers, count, done, flags, addr, len, NULL};

    (void)thread;
    if (message_is(s)) return message_receive(s, buffers, count, done, flags, overlapped, err);
    if (record_may_be_front(s))
        return rawhost_recvfrom(s, buffers, count, done, flags, addr, len, overlapped, routine, err);
    return submit(s, &op, overlapped, routine, err);
}

int front_recvfrom(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags, struct sockaddr *addr,
                   int *len, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err)
{
    const struct receive op = {buffers, count, done, flags, addr, len, NULL};

    return submit(s, &op, overlapped, routine, err);
}

int WSPAPI base_recv(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags,
                     WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                     WSATHREADID *thread, int *err)
{
    const struct receive op = {buffers, count, done, flags, NULL, NULL, NULL};

    (void)thread;
    if (message_is(s)) return message_receive(s, buffers, count, done, flags, overlapped, err);
    return submit(s, &op, overlapped, routine, err);
}

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
        rest.count = rest_of(op->buffers, op->count, *sent, buffers);
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
