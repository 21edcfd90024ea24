/*
 * Sending and receiving through the device.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/base.h"
#include "base/device.h"
#include "base/event.h"
#include "base/readiness.h"
#include "base/memory.h"
#include "base/state.h"
#include "base/tail.h"
#include "base/transfer.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* The device walks the array itself, where a fault would leave a request half
 * made; so it is looked at here first. The sum saturates. */
static BOOL probe_buffers(const WSABUF *buffers, DWORD count, ULONG *total)
{
    volatile ULONGLONG sum = 0;
    volatile BOOL ok = TRUE;

    __TRY
    {
        DWORD i;

        GUARD_BEGIN;
        for (i = 0; i < count; i++) sum += ((const volatile WSABUF *)buffers)[i].len;
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        ok = FALSE;
    }
    __ENDTRY
    *total = sum > MAXLONG ? MAXLONG : sum;
    return ok;
}

static int outcome(NTSTATUS status, int *err)
{
    if (!status) return 0;
    *err = device_error(status);
    return SOCKET_ERROR;
}

/* The device's host forgets a reset once it has seen it, and says end of file from
 * then on; the device itself remembers. */
static BOOL peer_reset(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    struct afd_poll poll = {.count = 1, .sockets = {{.socket = s, .flags = AFD_POLL_RESET}}};

    /* a peer that closes with urgent data unread resets on the host, not on Windows */
    if (record && record->flags & RECORD_SENT_URGENT) return FALSE;
    return !device_request(s, AFD_POLL, &poll, sizeof(poll), &poll, sizeof(poll), NULL) && poll.count &&
           (poll.sockets[0].flags & AFD_POLL_RESET);
}

/* FALSE if s is no socket. An inherited one is noted when it is first used:
 * WSAGetOverlappedResult will want to know it. */
static BOOL note_socket(SOCKET s)
{
    struct afd_info info;

    if (record_get(s)) return TRUE;
    return !device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL) && record_of(s);
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

static BOOL is_blocking(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && record->flags & RECORD_BLOCKING;
}

int receive_submit(SOCKET s, const struct receive *op, WSAOVERLAPPED *overlapped,
                   LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err)
{
    struct afd_recvmsg in = {
        .control = (ULONG_PTR)op->control,
        .addr = (ULONG_PTR)op->addr,
        .addr_len = (ULONG_PTR)op->addr_len,
        .force_async = overlapped != NULL,
        .count = op->count,
        .buffers = (ULONG_PTR)op->buffers,
    };
    DWORD flags_in, *flags = &flags_in;
    ULONG total, received = 0;
    NTSTATUS status;

    if (!note_socket(s))
    {
        *err = WSAENOTSOCK;
        return SOCKET_ERROR;
    }
    if (!op->flags || !copy_from_app(&flags_in, op->flags, sizeof(flags_in)) ||
        !probe_buffers(op->buffers, op->count, &total))
    {
        *err = WSAEFAULT;
        return SOCKET_ERROR;
    }
    /* The flags of what finishes later go where WSAGetOverlappedResult and the
     * routine find them: lpFlags may be gone by then. */
    if (overlapped)
    {
        if (!copy_to_app(&overlapped->Offset, &flags_in, sizeof(flags_in)))
        {
            *err = WSAEFAULT;
            return SOCKET_ERROR;
        }
        flags = &overlapped->Offset;
    }
    in.ws_flags = (ULONG_PTR)flags;
    /* The device would wait for what can't come. */
    if (!op->count && overlapped)
        status = STATUS_INVALID_PARAMETER;
    else if (is_datagram(s) && !state_bound(s))
        status = STATUS_INVALID_PARAMETER;
    else
        status = device_submit(s, AFD_RECVMSG, &in, sizeof(in), NULL, 0, &received, overlapped, routine);
    readiness_used(s, SOCK_NOTIFY_EVENT_IN);
    if (!status && !received && total && !overlapped && !is_datagram(s) && peer_reset(s))
        status = STATUS_CONNECTION_RESET;
    if (status == STATUS_DEVICE_NOT_READY && is_stream(s) && !state_connected(s)) status = STATUS_INVALID_CONNECTION;
    if (!status || status == STATUS_BUFFER_OVERFLOW)
    {
        state_now_connected(s);
        DWORD flags_out = overlapped && !status ? overlapped->Offset : *flags;

        if ((op->done && !copy_to_app(op->done, &received, sizeof(received))) ||
            !copy_to_app(op->flags, &flags_out, sizeof(flags_out)))
            status = STATUS_ACCESS_VIOLATION;
    }
    TRACE("socket %#Ix, status %#lx, received %lu\n", s, status, received);
    return outcome(status, err);
}

int WSPAPI base_recvfrom(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags, struct sockaddr *addr,
                         int *len, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                         WSATHREADID *thread, int *err)
{
    const struct receive op = {buffers, count, done, flags, addr, len, NULL};

    (void)thread;
    return receive_submit(s, &op, overlapped, routine, err);
}

int WSPAPI base_recv(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags, WSAOVERLAPPED *overlapped,
                     LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, WSATHREADID *thread, int *err)
{
    return base_recvfrom(s, buffers, count, done, flags, NULL, NULL, overlapped, routine, thread, err);
}

int WSPAPI base_sendto(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                       const struct sockaddr *addr, int len, WSAOVERLAPPED *overlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, WSATHREADID *thread, int *err)
{
    const struct afd_sendmsg in = {
        .addr = (ULONG_PTR)addr,
        .addr_len = len,
        .ws_flags = flags,
        .force_async = overlapped != NULL,
        .count = count,
        .buffers = (ULONG_PTR)buffers,
    };
    struct socket_record *record;
    ULONG total, sent = 0;
    NTSTATUS status;

    (void)thread;
    if (!note_socket(s))
    {
        *err = WSAENOTSOCK;
        return SOCKET_ERROR;
    }
    if ((!overlapped && !done) || !probe_buffers(buffers, count, &total))
    {
        *err = WSAEFAULT;
        return SOCKET_ERROR;
    }
    if ((flags & MSG_OOB) && (record = record_get(s)))
        record_set_flags(record, RECORD_SENT_URGENT);
    status = tail_gate(s, overlapped || is_blocking(s));
    if (!status)
        status = device_submit(s, AFD_SENDMSG, &in, sizeof(in), NULL, 0, &sent, overlapped, routine);
    if (!status)
    {
        if (addr)
            state_now_bound(s);
        else
            state_now_connected(s);
        /* only a non-blocking stream takes a part; what can't be kept stays unsent */
        if (!overlapped && sent < total && !is_datagram(s) && !tail_keep(s, buffers, count, sent, total))
            sent = total;
        /* An overlapped send that is done has sent everything, and the OVERLAPPED
         * may be another operation's by now, so its count is not looked at. */
        if (overlapped) sent = total;
        if (done && !copy_to_app(done, &sent, sizeof(sent))) status = STATUS_ACCESS_VIOLATION;
    }
    else if ((status == STATUS_DEVICE_NOT_READY || device_error(status) == WSAECONNRESET) && is_stream(s) &&
             !state_connected(s))
        status = STATUS_INVALID_CONNECTION; /* never connected: the host says EPIPE */
    else if (status == STATUS_DEVICE_NOT_READY)
    {
        selection_write_refused(s);
        readiness_used(s, SOCK_NOTIFY_EVENT_OUT);
    }
    else if (!addr && is_datagram(s) && device_error(status) == WSAEINVAL && !state_connected(s))
        status = STATUS_INVALID_CONNECTION; /* the host misses a destination, Windows a connection */
    TRACE("socket %#Ix, status %#lx, sent %lu of %lu\n", s, status, sent, total);
    return outcome(status, err);
}

int WSPAPI base_send(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags, WSAOVERLAPPED *overlapped,
                     LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, WSATHREADID *thread, int *err)
{
    return base_sendto(s, buffers, count, done, flags, NULL, 0, overlapped, routine, thread, err);
}
