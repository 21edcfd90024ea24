/*
 * WSARecvMsg.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/ahead.h"
#include "base/base.h"
#include "base/device.h"
#include "base/kept.h"
#include "base/lane.h"
#include "base/message.h"
#include "base/overlapped_fast.h"
#include "base/pending.h"
#include "base/readiness.h"
#include "base/state.h"
#include "base/transfer.h"
#include "base/unreachable.h"
#include "base/rawhost.h"
#include "guarded.h"
#include "provider.h"
#include "record.h"
#include "status.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static int receive_by_device(SOCKET s, WSAMSG *msg, const WSAMSG *copy, BOOL control, DWORD *done);

/* One try on the host's descriptor; the outcome is the Winsock error, and what the
 * message tells beside the data is in *msg, which is the application's. */
static int receive_here(SOCKET s, WSAMSG *msg, const WSAMSG *copy, DWORD kinds, DWORD *received)
{
    DWORD uninvited = kept_get(s, KEPT_CONTROL_UNINVITED, 0);
    struct crossing crossing;
    struct ws2_message *params = &crossing.params;
    int err = crossing_begin(&crossing, s, copy, TRUE);
    DWORD flags;

    if (err) goto done;
    params->address = WS2_PTR(&crossing.addr);
    params->address_size = sizeof(crossing.addr);
    params->control = WS2_PTR(crossing.control);
    params->control_size = min(copy->Control.len, sizeof(crossing.control));
    params->flags = copy->dwFlags;
    params->kinds = kinds | (WS2_CONTROL_BASIC & ~uninvited);
    err = unreachable_after(s, unix_call(WS2_MESSAGE_RECEIVE, params) ? WSAEFAULT : params->error);
    if (params->uninvited) kept_set(s, KEPT_CONTROL_UNINVITED, uninvited | params->uninvited);
    if (err && err != WSAEMSGSIZE) goto done;

    *received = params->done;
    flags = params->flags | message_destination_flags(crossing.control, params->control_size);
    if (params->control_size && !guarded_write(copy->Control.buf, crossing.control, params->control_size))
        err = WSAEFAULT;
    if (copy->name && params->address_size)
    {
        int size = params->address_size;

        if (!guarded_write(copy->name, &crossing.addr, min(size, copy->namelen)) ||
            !guarded_write(&msg->namelen, &size, sizeof(size)))
            err = WSAEFAULT;
    }
    if (!guarded_write(&msg->Control.len, &params->control_size, sizeof(msg->Control.len)) ||
        !guarded_write(&msg->dwFlags, &flags, sizeof(flags)))
        err = WSAEFAULT;
done:
    crossing_free(&crossing);
    return err;
}

/* Waits at the device until something can be received, as long as the socket's
 * mode and time-out allow; a Winsock error or 0. */
static int wait_readable(SOCKET s)
{
    unsigned int flags = MSG_PEEK;
    char byte;
    WSABUF buffer = {sizeof(byte), &byte};
    struct afd_recvmsg in = {.ws_flags = (ULONG_PTR)&flags, .count = 1, .buffers = (ULONG_PTR)&buffer};
    NTSTATUS status = device_request_alertable(s, AFD_RECVMSG, &in, sizeof(in), NULL, 0, NULL);

    if (unreachable_reported(s) && unreachable_is_why(s, status)) return 0;
    if (unreachable_ended(s, &status, sizeof(byte))) return 0;
    return status == STATUS_BUFFER_OVERFLOW ? 0 : device_error(status);
}

/* TRUE if nobody can tell that it was not the device that received. */
static BOOL may_receive_here(SOCKET s)
{
    struct socket_record *record = record_get(s);

    return record && lane_open(record, LANE_RECEIVE);
}

/* An earlier send may have been told what the next receive reports. */
static BOOL take_unreachable(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (!record || !(record->flags & RECORD_UNREACHABLE)) return FALSE;
    record_clear_flags(record, RECORD_UNREACHABLE);
    return kept_get(s, KEPT_UDP_CONNRESET, TRUE);
}

/* A datagram with its control data: from the host, or that one from the host and
 * the datagram from the device. */
static int receive_once(SOCKET s, WSAMSG *msg, const WSAMSG *copy, DWORD kinds, DWORD *done)
{
    DWORD received = 0, truncated;
    int err;

    if (may_receive_here(s))
    {
        err = receive_here(s, msg, copy, kinds, &received);
        if ((!err || err == WSAEMSGSIZE) && done && !guarded_write(done, &received, sizeof(received)))
            err = WSAEFAULT;
        return err;
    }
    if ((err = message_peek_control(s, msg, copy, &truncated))) return err;
    err = receive_by_device(s, msg, copy, FALSE, done);
    if (!truncated || (err && err != WSAEMSGSIZE)) return err;
    msg->dwFlags |= truncated;
    return WSAEMSGSIZE;
}

static int receive_waiting(SOCKET s, WSAMSG *msg, const WSAMSG *copy, DWORD kinds, DWORD *done)
{
    int err;

    if (take_unreachable(s)) return WSAECONNRESET;
    for (;;)
    {
        err = receive_once(s, msg, copy, kinds, done);
        if (err == WSAECONNRESET && !kept_get(s, KEPT_UDP_CONNRESET, TRUE)) continue;
        if (err != WSAEWOULDBLOCK || (err = wait_readable(s))) return err;
    }
}

/* The whole message at once, WSAEWOULDBLOCK if none is there. */
int message_receive_here(SOCKET s, WSAMSG *msg, const WSAMSG *copy, DWORD *received)
{
    return receive_here(s, msg, copy, message_made_kinds(s), received);
}

static void WINAPI run_receive_routine(void *routine, IO_STATUS_BLOCK *io, ULONG reserved)
{
    (void)reserved;
    TRACE("routine %p, overlapped %p, status %#lx\n", routine, io, io->Status);
    /* the flags are in the WSAMSG */
    ((LPWSAOVERLAPPED_COMPLETION_ROUTINE)routine)(error_from_status(io->Status), io->Information,
                                                  (WSAOVERLAPPED *)io, 0);
}

/* Unlike WSARecv's, the flags go to the application's structure whenever the
 * operation ends, and the OVERLAPPED's Offset is left alone. */
int message_receive_overlapped(SOCKET s, WSAMSG *msg, const WSAMSG *copy, BOOL control, DWORD *done,
                               WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct afd_recvmsg in = {
        .control = control ? (ULONG_PTR)&msg->Control : 0,
        .addr = (ULONG_PTR)copy->name,
        .addr_len = (ULONG_PTR)&msg->namelen,
        .ws_flags = (ULONG_PTR)&msg->dwFlags,
        .force_async = TRUE,
        .count = copy->dwBufferCount,
        .buffers = (ULONG_PTR)copy->lpBuffers,
    };
    const struct receive places = {
        .addr = copy->name, .addr_len = &msg->namelen, .control = control ? &msg->Control : NULL};
    IO_STATUS_BLOCK *io = (IO_STATUS_BLOCK *)overlapped;
    void *port_value = (ULONG_PTR)overlapped->hEvent & 1 ? NULL : overlapped;
    struct lane_request lane;
    ULONG received;
    NTSTATUS status;

    if (!receive_places(&places)) return WSAEFAULT;
    ahead_settle(s);
    io->Status = STATUS_PENDING;
    lane_request(&lane, s, AFD_RECVMSG, &in, overlapped);
    status = device_begin(s, routine ? NULL : overlapped->hEvent, routine ? run_receive_routine : NULL,
                          routine ? (void *)routine : port_value, io, AFD_RECVMSG, &in, sizeof(in), NULL, 0);
    lane_request_done(&lane, status);
    TRACE("socket %#Ix, overlapped %p, status %#lx\n", s, overlapped, status);
    /* a truncated message is reported by the completion, which comes in any case */
    if (status == STATUS_BUFFER_OVERFLOW) return WSA_IO_PENDING;
    if (status) return device_error(status);
    received = io->Information;
    return done && !guarded_write(done, &received, sizeof(received)) ? WSAEFAULT : 0;
}

/* Fills in the control data of the datagram that is next; a Winsock error. */
int message_peek_control(SOCKET s, WSAMSG *msg, const WSAMSG *copy, DWORD *flags)
{
    WSAMSG peek = *copy;
    DWORD received;
    int err;

    peek.name = NULL;
    peek.dwBufferCount = 0;
    peek.dwFlags = MSG_PEEK;
    err = receive_here(s, msg, &peek, message_made_kinds(s), &received);
    if (err && err != WSAEMSGSIZE) return err;
    *flags = msg->dwFlags & MSG_CTRUNC;
    msg->dwFlags = copy->dwFlags;
    return 0;
}

/* With control data of the kinds that the device knows, or without any. */
static int receive_by_device(SOCKET s, WSAMSG *msg, const WSAMSG *copy, BOOL control, DWORD *done)
{
    const struct receive op = {
        copy->lpBuffers, copy->dwBufferCount,           done, &msg->dwFlags, copy->name,
        &msg->namelen,   control ? &msg->Control : NULL};
    _Alignas(8) char told[CONTROL_SIZE];
    DWORD flags;
    ULONG size;
    int err = 0;

    if (receive_submit(s, &op, NULL, NULL, &err) && err != WSAEMSGSIZE) return err;
    if (!guarded_read(&flags, &msg->dwFlags, sizeof(flags)) ||
        !guarded_read(&size, &msg->Control.len, sizeof(size)))
        return WSAEFAULT;
    /* the device tells only of truncated control data */
    if (err && !(flags & MSG_CTRUNC)) flags |= MSG_TRUNC;
    size = min(size, sizeof(told));
    if (size && guarded_read(told, copy->Control.buf, size)) flags |= message_destination_flags(told, size);
    return guarded_write(&msg->dwFlags, &flags, sizeof(flags)) ? err : WSAEFAULT;
}

/* FALSE if the operation is for the device; else *err, a Winsock error or 0. */
static BOOL receive_at_once(SOCKET s, WSAMSG *msg, const WSAMSG *copy, DWORD kinds, DWORD *done,
                            WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err)
{
    DWORD received = 0;

    if (!overlapped_may_finish(s, LANE_RECEIVE, overlapped, routine) || !may_receive_here(s)) return FALSE;
    do *err = take_unreachable(s) ? WSAECONNRESET : receive_here(s, msg, copy, kinds, &received);
    while (*err == WSAECONNRESET && !kept_get(s, KEPT_UDP_CONNRESET, TRUE));
    if (*err == WSAEWOULDBLOCK)
    {
        lane_not_taken(record_get(s), LANE_RECEIVE);
        return FALSE;
    }
    overlapped_finish(s, overlapped, *err, received);
    if ((!*err || *err == WSAEMSGSIZE) && done && !guarded_write(done, &received, sizeof(received)))
        *err = WSAEFAULT;
    return TRUE;
}

static int receive(SOCKET s, WSAMSG *msg, DWORD *done, WSAOVERLAPPED *overlapped,
                   LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    int type, err = 0;
    DWORD kinds;
    WSAMSG copy;

    if (!(type = message_type(s, &err))) return err;
    if (!msg || !guarded_read(&copy, msg, sizeof(copy)) ||
        !guarded_write(&msg->dwFlags, &copy.dwFlags, sizeof(DWORD)))
        return WSAEFAULT;
    if (type == SOCK_STREAM && copy.dwFlags & MSG_PEEK) return WSAEOPNOTSUPP;

    if (type == SOCK_DGRAM && !state_bound(s)) return WSAEINVAL;
    readiness_used(s, SOCK_NOTIFY_EVENT_IN);
    kinds = type == SOCK_STREAM || !copy.Control.len ? 0 : message_made_kinds(s);
    if (!overlapped)
        return kinds ? receive_waiting(s, msg, &copy, kinds, done)
                     : receive_by_device(s, msg, &copy, TRUE, done);
    if (!guarded_write(overlapped, overlapped, sizeof(*overlapped))) return WSAEFAULT;
    /* without room for control data the device's own are left out, not lost */
    if (type == SOCK_DGRAM && copy.Control.len &&
        receive_at_once(s, msg, &copy, kinds, done, overlapped, routine, &err))
        return err;
    if (kinds) return pending_receive(s, msg, &copy, done, overlapped, routine);
    return message_receive_overlapped(s, msg, &copy, TRUE, done, overlapped, routine);
}

/*
 * WSARecvMsg. Datagram and raw sockets get control messages of the kinds that
 * their options ask for, msg->Control.len bytes of them; those that find no room
 * are lost, and like a datagram that is longer than the buffers they give
 * WSAEMSGSIZE, with MSG_CTRUNC or MSG_TRUNC in msg->dwFlags. Everything msg points
 * to must stay until an overlapped receive has completed.
 */
int WINAPI base_recvmsg(SOCKET s, WSAMSG *msg, DWORD *done, WSAOVERLAPPED *overlapped,
                        LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    int err;

    TRACE("socket %#Ix, msg %p, done %p, overlapped %p, routine %p\n", s, msg, done, overlapped, routine);

    err = rawhost_is(s) ? rawhost_recvmsg(s, msg, done, overlapped, routine)
                        : receive(s, msg, done, overlapped, routine);
    return api_result_clearing(err ? SOCKET_ERROR : 0, err);
}
