/*
 * Datagrams with control data, on the socket's own descriptor.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The device takes no control data to send, and knows only some of what can be
 * received. Nothing here waits: the PE half does, at the device.
 */
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/control.h"
#include "unix/descriptor.h"
#include "unix/errno.h"
#include "unix/hostcall.h"
#include "unix/sockaddr.h"
#include "unix/unreachable.h"
#include "unix/windows.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

static int default_of(int fd, int level, int name)
{
    int value = 0;
    socklen_t size = sizeof(value);

    return getsockopt(fd, level, name, &value, &size) ? 0 : value & 0xff;
}

static int to_iovec(const struct ws2_message *params, struct iovec *iov)
{
    const struct ws2_buffer *buffers = WS2_AT(const struct ws2_buffer, params->buffers);
    uint32_t i;

    if (params->count > IOV_MAX) return WSAENOBUFS;
    for (i = 0; i < params->count; i++)
    {
        iov[i].iov_base = WS2_AT(void, buffers[i].base);
        iov[i].iov_len = buffers[i].size;
    }
    return 0;
}

/* What one call can send in segments: the host's limits are their number, and the
 * length of a datagram. */
#define MAX_SEGMENTS 64
#define MAX_DATAGRAM 65507

static int send_once(int fd, const struct msghdr *msg, int flags, uint32_t *sent)
{
    ssize_t ret;

    do ret = host_call(SYS_sendmsg, fd, (long)msg, MSG_DONTWAIT | MSG_NOSIGNAL | flags, 0, 0, 0);
    while (ret < 0 && errno == EINTR);
    if (ret < 0) return error_from_errno(errno);
    *sent += ret;
    return 0;
}

/* Cuts the first size bytes off the buffers of rest, into piece. */
static void cut(struct msghdr *rest, struct iovec *piece, size_t *count, size_t size)
{
    for (*count = 0; size && rest->msg_iovlen; piece++, ++*count)
    {
        struct iovec *from = rest->msg_iov;

        piece->iov_base = from->iov_base;
        piece->iov_len = from->iov_len < size ? from->iov_len : size;
        size -= piece->iov_len;
        from->iov_base = (char *)from->iov_base + piece->iov_len;
        if ((from->iov_len -= piece->iov_len)) continue;
        rest->msg_iov++;
        rest->msg_iovlen--;
    }
}

/* Several datagrams in as few calls as the host allows, or one by one if it can't
 * cut at all. Once the first is out, later ones are waited for: to say that the
 * whole would block would have the program send the first again. */
static int send_segments(int fd, struct msghdr *msg, struct control_out *control, int flags, size_t total,
                         uint32_t *sent)
{
    size_t plain = control->used, chunk, pieces, segments = MAX_DATAGRAM / control->segment;
    struct iovec piece[IOV_MAX];
    int err = control_add_segment(control);

    if (segments > MAX_SEGMENTS) segments = MAX_SEGMENTS;
    if (!segments || err) segments = 1;
    while (*sent < total)
    {
        struct msghdr part = *msg, rest = *msg;
        struct iovec copy[IOV_MAX];

        memcpy(copy, msg->msg_iov, msg->msg_iovlen * sizeof(*copy));
        rest.msg_iov = copy;
        chunk = segments * control->segment;
        cut(&rest, piece, &pieces, chunk);
        part.msg_iov = piece;
        part.msg_iovlen = pieces;
        part.msg_controllen = segments > 1 ? control->used : plain;
        part.msg_control = part.msg_controllen ? control->data : NULL;
        if (!(err = send_once(fd, &part, flags, sent)))
            cut(msg, piece, &pieces, chunk);
        else if (segments > 1 && (err == WSAEINVAL || err == WSAENOPROTOOPT || err == error_from_errno(EIO)))
            segments = 1;
        else if (err == WSAEWOULDBLOCK && *sent && poll(&(struct pollfd){fd, POLLOUT, 0}, 1, 1000) > 0)
            continue;
        else
            return *sent ? 0 : err;
    }
    return 0;
}

static int send_message(int fd, struct ws2_message *params)
{
    int flags = params->flags & WIN_MSG_DONTROUTE ? MSG_DONTROUTE : 0;
    struct control_defaults defaults;
    struct control_out control;
    struct iovec iov[IOV_MAX];
    union host_sockaddr addr;
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = params->count};
    size_t total = 0;
    uint32_t i;
    int err;

    if ((err = to_iovec(params, iov))) return err;
    if (params->address)
    {
        msg.msg_namelen = sockaddr_to_host(WS2_AT(void, params->address), params->address_size, &addr);
        if (!msg.msg_namelen) return WSAEFAULT;
        msg.msg_name = &addr;
    }
    defaults.tos = default_of(fd, IPPROTO_IP, IP_TOS);
    defaults.tclass = default_of(fd, IPPROTO_IPV6, IPV6_TCLASS);
    if ((err = control_to_host(params->header_size, WS2_AT(void, params->control), params->control_size,
                               &defaults, &control)))
        return err;
    for (i = 0; i < params->count; i++) total += iov[i].iov_len;
    if (control.segment && total > control.segment)
        return send_segments(fd, &msg, &control, flags, total, &params->done);
    msg.msg_controllen = control.used;
    msg.msg_control = control.used ? control.data : NULL;
    return send_once(fd, &msg, flags, &params->done);
}

static int receive_message(int fd, struct ws2_message *params)
{
    _Alignas(struct cmsghdr) char control[CONTROL_HOST_SIZE];
    struct iovec iov[IOV_MAX];
    union host_sockaddr addr;
    struct msghdr msg = {
        .msg_name = &addr,
        .msg_namelen = sizeof(addr),
        .msg_iov = iov,
        .msg_iovlen = params->count,
        .msg_control = control,
        .msg_controllen = sizeof(control),
    };
    uint32_t flags, report = 0;
    ssize_t ret;
    int err;

    if ((err = to_iovec(params, iov))) return err;
    params->uninvited = control_request(fd, params->kinds);
    if (params->kinds & WS2_CONTROL_ERROR && !(params->flags & WIN_MSG_PEEK) &&
        (ret = unreachable_message(fd, &msg)) >= 0)
        report = WIN_MSG_ERRQUEUE;
    else
        do
            ret = host_call(SYS_recvmsg, fd, (long)&msg,
                            MSG_DONTWAIT | (params->flags & WIN_MSG_PEEK ? MSG_PEEK : 0), 0, 0, 0);
        while (ret < 0 && errno == EINTR);
    /* an ICMP port unreachable is a reset to Windows, whatever the socket's type */
    if (ret < 0) return errno == ECONNREFUSED ? WSAECONNRESET : error_from_errno(errno);

    params->done = ret;
    flags = control_from_host(params->header_size, &msg, params->kinds & ~params->uninvited,
                              WS2_AT(void, params->control), params->control_size, &params->control_size);
    if (msg.msg_flags & MSG_TRUNC) flags |= WIN_MSG_TRUNC;
    params->flags = flags | report;
    params->address_size =
        params->address && msg.msg_namelen
            ? sockaddr_from_host(&addr, msg.msg_namelen, WS2_AT(void, params->address), params->address_size)
            : 0;
    return flags ? WSAEMSGSIZE : 0;
}

/* Calls it with the caller's descriptor, or one for the length of the call. */
static NTSTATUS with_descriptor(struct ws2_message *params, int (*function)(int, struct ws2_message *))
{
    int fd = params->fd;

    params->done = 0;
    if (!fd && (params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    params->error = function(fd, params);
    if (!params->fd) close(fd);
    return STATUS_SUCCESS;
}

NTSTATUS unix_message_send(void *args)
{
    return with_descriptor(args, send_message);
}

NTSTATUS unix_message_receive(void *args)
{
    struct ws2_message *params = args;

    params->uninvited = 0;
    return with_descriptor(params, receive_message);
}
