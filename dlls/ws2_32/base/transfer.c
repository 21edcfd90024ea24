/*
 * Receiving, on whichever lane is open.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/alias.h"
#include "base/arrival.h"
#include "base/base.h"
#include "base/broken.h"
#include "base/device.h"
#include "base/edge.h"
#include "base/event.h"
#include "base/fast.h"
#include "base/hostmessage.h"
#include "base/overlapped_fast.h"
#include "base/passage.h"
#include "base/rawhost.h"
#include "base/readiness.h"
#include "base/state.h"
#include "base/transfer.h"
#include "base/unreachable.h"
#include "base/urgent.h"
#include "guarded.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

ASIDE struct socket_record *passage_stranger(SOCKET s)
{
    struct afd_info info;

    if (device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL)) return NULL;
    return alias_record(s);
}

DWORD passage_rest(const WSABUF *buffers, DWORD count, ULONG bytes, WSABUF *rest)
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
        part.count = passage_rest(op->buffers, op->count, *received, buffers);
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
