/*
 * WSASendMsg.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/base.h"
#include "base/completion.h"
#include "base/connect.h"
#include "base/device.h"
#include "base/memory.h"
#include "base/message.h"
#include "base/overlapped_fast.h"
#include "base/state.h"
#include "base/unreachable.h"
#include "base/rawhost.h"
#include "guarded.h"
#include "provider.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define SEND_CONTROL_LIMIT 65536 /* more than any sensible program sends */

/* Waits at the device until a datagram can be sent. A send from an address that
 * can't be read has no effect, and fails once there is room for it. */
static int wait_writable(SOCKET s)
{
    WSABUF buffer = {1, (char *)1};
    SOCKADDR_STORAGE addr;
    struct afd_sendmsg in = {.count = 1, .buffers = (ULONG_PTR)&buffer};
    int len = sizeof(addr), err;
    NTSTATUS status;

    /* its own name is a destination that needs no route */
    if (base_getsockname(s, (struct sockaddr *)&addr, &len, &err)) return err;
    in.addr = (ULONG_PTR)&addr;
    in.addr_len = len;
    status = device_request_alertable(s, AFD_SENDMSG, &in, sizeof(in), NULL, 0, NULL);
    return status == STATUS_ACCESS_VIOLATION ? 0 : device_error(status);
}

/* The application's control data on the heap; a Winsock error or 0. */
static int copy_control(const WSABUF *control, void **copy)
{
    if (control->len > SEND_CONTROL_LIMIT) return WSAEINVAL;
    if (!(*copy = heap_alloc(control->len))) return WSAENOBUFS;
    return guarded_read(*copy, control->buf, control->len) ? 0 : WSAEFAULT;
}

static int send_with_control(SOCKET s, const WSAMSG *msg, DWORD flags, DWORD *sent)
{
    struct crossing crossing;
    struct ws2_message *params = &crossing.params;
    struct socket_record *record;
    void *control = NULL;
    int used = 0, tries, err;

    if ((err = crossing_begin(&crossing, s, msg, FALSE))) goto done;
    if ((err = copy_control(&msg->Control, &control))) goto done;
    if (msg->name)
    {
        if ((err = sockaddr_from_app(&crossing.addr, msg->name, msg->namelen, &used))) goto done;
        params->address = WS2_PTR(&crossing.addr);
        params->address_size = used;
    }
    params->control = WS2_PTR(control);
    params->control_size = msg->Control.len;
    params->flags = flags;
    for (tries = 0; tries < 3;)
    {
        err = unix_call(WS2_MESSAGE_SEND, params) ? WSAEFAULT : params->error;
        if (err == WSAEWOULDBLOCK && !(err = wait_writable(s))) continue;
        /* of an earlier datagram: Windows tells the next receive, not a send */
        if (!unreachable_may_be(err) || !(record = record_get(s))) break;
        if (!(record->flags & RECORD_HEARS) && err != WSAECONNREFUSED) break;
        if (!(record->flags & RECORD_HEARS)) record_set_flags(record, RECORD_UNREACHABLE);
        tries++;
    }
    *sent = params->done;
done:
    heap_free(control);
    crossing_free(&crossing);
    return err;
}

/* An overlapped send has succeeded; WSA_IO_PENDING if that is told in a moment, or 0. */
static int complete_send(SOCKET s, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                         DWORD sent)
{
    if (overlapped_may_finish(s, LANE_SEND, overlapped, routine))
        return overlapped_finish(s, overlapped, 0, sent);
    return completion_tell(s, overlapped, routine, NULL, STATUS_SUCCESS, sent) == STATUS_PENDING
               ? WSA_IO_PENDING
               : 0;
}

static int send_msg(SOCKET s, const WSAMSG *msg, DWORD flags, DWORD *done, WSAOVERLAPPED *overlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    int type, err = 0;
    DWORD sent = 0;
    WSAMSG copy;

    if (!(type = message_type(s, &err))) return err;
    if (!msg || !guarded_read(&copy, msg, sizeof(copy))) return WSAEFAULT;
    if (type == SOCK_STREAM) return WSAEINVAL;
    if (!done && !overlapped)
    {
        bind_implicitly(s);
        return WSAEFAULT;
    }
    if (!copy.Control.len || !copy.Control.buf)
        return front_sendto(s, copy.lpBuffers, copy.dwBufferCount, done, flags, copy.name, copy.namelen,
                            overlapped, routine, &err)
                   ? err
                   : 0;

    if (flags & ~(DWORD)MSG_DONTROUTE) return WSAEOPNOTSUPP;
    if (overlapped && !guarded_write(overlapped, overlapped, sizeof(*overlapped))) return WSAEFAULT;
    if (type == SOCK_DGRAM) bind_implicitly(s);
    unreachable_expect(s);
    if ((err = send_with_control(s, &copy, flags, &sent))) return err;
    if (done && !guarded_write(done, &sent, sizeof(sent))) return WSAEFAULT;
    return overlapped ? complete_send(s, overlapped, routine, sent) : 0;
}

/*
 * WSASendMsg, for datagram and raw sockets (WSAEINVAL otherwise): the flags are
 * the argument, msg->dwFlags is ignored. Control messages that are malformed or
 * unknown give WSAEINVAL, and nothing is sent.
 */
int WINAPI base_sendmsg(SOCKET s, WSAMSG *msg, DWORD flags, DWORD *done, WSAOVERLAPPED *overlapped,
                        LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    int err;

    TRACE("socket %#Ix, msg %p, flags %#lx, done %p, overlapped %p, routine %p\n", s, msg, flags, done,
          overlapped, routine);

    err = rawhost_is(s) ? rawhost_sendmsg(s, msg, flags, done, overlapped, routine)
                        : send_msg(s, msg, flags, done, overlapped, routine);
    return api_result_clearing(err ? SOCKET_ERROR : 0, err);
}
