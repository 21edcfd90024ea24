/*
 * The ends of connections: of one whose socket object goes on without it, and of what a
 * datagram socket heard before it was connected.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <sys/socket.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/descriptor.h"
#include "unix/sockaddr.h"
#include "ws2_unix.h"

NTSTATUS unix_connection_hold(void *args)
{
    struct ws2_connection *params = args;

    params->error = descriptor_open(params->handle, &params->descriptor);
    return STATUS_SUCCESS;
}

/* Closing with unread data, or with SO_LINGER at 0, resets the connection, and the
 * peer may lose what it was sent last: so neither. */
NTSTATUS unix_connection_end(void *args)
{
    static const struct linger graceful;
    struct ws2_connection *params = args;
    char unread[4096];
    int fd = params->descriptor;

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &graceful, sizeof(graceful));
    shutdown(fd, SHUT_WR);
    while (recv(fd, unread, sizeof(unread), MSG_DONTWAIT) > 0) continue;
    close(fd);
    params->error = 0;
    return STATUS_SUCCESS;
}

static int same_address(const union host_sockaddr *a, const union host_sockaddr *b)
{
    if (a->any.sa_family != b->any.sa_family) return 0;
    if (a->any.sa_family == AF_INET)
        return a->in.sin_port == b->in.sin_port && a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
    return a->in6.sin6_port == b->in6.sin6_port &&
           !memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof(a->in6.sin6_addr));
}

/* From now on the host lets nobody else in, so the first of the peer's ends it. */
static void discard_of_others(int fd)
{
    union host_sockaddr peer, from;
    socklen_t peer_len = sizeof(peer), len = sizeof(from);

    if (getpeername(fd, &peer.any, &peer_len)) return;
    if (peer.any.sa_family != AF_INET && peer.any.sa_family != AF_INET6) return;
    while (recvfrom(fd, NULL, 0, MSG_PEEK | MSG_DONTWAIT, &from.any, &len) >= 0 &&
           !same_address(&from, &peer))
    {
        recv(fd, NULL, 0, MSG_DONTWAIT);
        len = sizeof(from);
    }
}

NTSTATUS unix_connection_hear(void *args)
{
    struct ws2_connection *params = args;
    int fd;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    discard_of_others(fd);
    close(fd);
    return STATUS_SUCCESS;
}
