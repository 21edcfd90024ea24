/*
 * Connecting a stream on the host before the device connects it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The host gives the first connect that comes after a connection was made the outcome of
 * the one that began it, whatever address it names. So the device can be told of a
 * connection that was made here by having it connect, which ends at once.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/errno.h"
#include "unix/hostcall.h"
#include "unix/sockaddr.h"
#include "ws2_unix.h"

/* One that was ended meanwhile counts as none. */
static int is_connected(int fd, uint32_t wait_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};

    return host_syscall(SYS_poll, (long)&poll_fd, 1, wait_ms, 0, 0, 0) == 1 && poll_fd.revents == POLLOUT;
}

/* As if nothing had been tried: a port that the host has chosen is given back, and a refusal
 * was not seen. */
static void take_back(int fd)
{
    const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    int error;
    socklen_t size = sizeof(error);

    host_syscall(SYS_connect, fd, (long)&nowhere, sizeof(nowhere), 0, 0, 0);
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
}

NTSTATUS unix_ahead_connect(void *args)
{
    struct ws2_ahead *params = args;
    union host_sockaddr address;
    socklen_t size = sockaddr_to_host(WS2_AT(void, params->address), params->address_size, &address);
    long begun;

    params->connected = 0;
    if (!size) return STATUS_SUCCESS;
    begun = host_syscall(SYS_connect, params->fd, (long)&address, size, 0, 0, 0);
    if (begun != -EINPROGRESS) return STATUS_SUCCESS;
    if (!(params->connected = is_connected(params->fd, params->wait_ms))) take_back(params->fd);
    return STATUS_SUCCESS;
}

NTSTATUS unix_ahead_name(void *args)
{
    struct ws2_ahead *params = args;
    union host_sockaddr address;
    socklen_t size = sizeof(address);

    if (params->peer ? getpeername(params->fd, &address.any, &size)
                     : getsockname(params->fd, &address.any, &size))
        params->address_size = 0;
    else
        params->address_size =
            sockaddr_from_host(&address, size, WS2_AT(void, params->address), params->address_size);
    return STATUS_SUCCESS;
}

/* Of the family that the address has. A Winsock error or 0. */
static int listen_at_loopback(int fd, struct ws2_ahead *params)
{
    union host_sockaddr address;
    socklen_t size = sockaddr_to_host(WS2_AT(void, params->address), params->address_size, &address);

    if (!size || bind(fd, &address.any, size) || listen(fd, 1) || getsockname(fd, &address.any, &size))
        return error_from_errno(errno);
    params->address_size =
        sockaddr_from_host(&address, size, WS2_AT(void, params->address), params->address_size);
    return 0;
}

NTSTATUS unix_ahead_listen(void *args)
{
    struct ws2_ahead *params = args;
    union host_sockaddr address;

    params->fd = -1;
    if (!sockaddr_to_host(WS2_AT(void, params->address), params->address_size, &address) ||
        (params->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0)
        return STATUS_SUCCESS;
    if (!listen_at_loopback(params->fd, params)) return STATUS_SUCCESS;
    close(params->fd);
    params->fd = -1;
    return STATUS_SUCCESS;
}

NTSTATUS unix_ahead_reset(void *args)
{
    static const struct linger hard = {1, 0};
    const struct ws2_ahead *params = args;
    struct pollfd poll_fd = {.fd = params->fd, .events = POLLIN};
    int fd;

    if (poll(&poll_fd, 1, params->wait_ms) == 1 && (fd = accept4(params->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
    {
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        close(fd);
    }
    close(params->fd);
    return STATUS_SUCCESS;
}
