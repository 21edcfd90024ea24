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
#include "unix/sockaddr.h"
#include "unix/windows.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

/* The device binds a socket before its first send, and must know of it. */
static int is_unbound(int fd)
{
    union host_sockaddr name = {.any.sa_family = AF_UNSPEC};
    socklen_t size = sizeof(name);
    int type = 0;
    socklen_t type_size = sizeof(type);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_size) || type != SOCK_DGRAM) return 0;
    if (getsockname(fd, &name.any, &size)) return 0;
    if (name.any.sa_family == AF_INET) return !name.in.sin_port;
    return name.any.sa_family == AF_INET6 && !name.in6.sin6_port;
}

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

static int send_message(int fd, struct ws2_message *params)
{
    _Alignas(struct cmsghdr) char control[CONTROL_HOST_SIZE];
    struct control_defaults defaults;
    struct iovec iov[IOV_MAX];
    union host_sockaddr addr;
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = params->count};
    size_t size;
    ssize_t ret;
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
    if ((err = control_to_host(params->header_size, WS2_AT(void, params->control), params->control_size, &defaults,
                               control, &size)))
        return err;
    if ((params->unbound = is_unbound(fd))) return 0;
    if (size)
    {
        msg.msg_control = control;
        msg.msg_controllen = size;
    }
    do ret = sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL | (params->flags & WIN_MSG_DONTROUTE ? MSG_DONTROUTE : 0));
    while (ret < 0 && errno == EINTR);
    if (ret < 0) return error_from_errno(errno);
    params->done = ret;
    return 0;
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
    uint32_t flags;
    ssize_t ret;
    int err;

    if ((err = to_iovec(params, iov))) return err;
    params->uninvited = control_request(fd, params->kinds);
    do ret = recvmsg(fd, &msg, MSG_DONTWAIT | (params->flags & WIN_MSG_PEEK ? MSG_PEEK : 0));
    while (ret < 0 && errno == EINTR);
    /* an ICMP port unreachable is a reset to Windows, whatever the socket's type */
    if (ret < 0) return errno == ECONNREFUSED ? WSAECONNRESET : error_from_errno(errno);

    params->done = ret;
    flags = control_from_host(params->header_size, &msg, params->kinds & ~params->uninvited,
                              WS2_AT(void, params->control), params->control_size, &params->control_size);
    if (msg.msg_flags & MSG_TRUNC) flags |= WIN_MSG_TRUNC;
    params->flags = flags;
    params->address_size =
        params->address && msg.msg_namelen
            ? sockaddr_from_host(&addr, msg.msg_namelen, WS2_AT(void, params->address), params->address_size)
            : 0;
    return flags ? WSAEMSGSIZE : 0;
}

NTSTATUS unix_message_send(void *args)
{
    struct ws2_message *params = args;
    int fd;

    params->done = params->unbound = 0;
    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    params->error = send_message(fd, params);
    close(fd);
    return STATUS_SUCCESS;
}

NTSTATUS unix_message_receive(void *args)
{
    struct ws2_message *params = args;
    int fd;

    params->done = params->uninvited = 0;
    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    params->error = receive_message(fd, params);
    close(fd);
    return STATUS_SUCCESS;
}
