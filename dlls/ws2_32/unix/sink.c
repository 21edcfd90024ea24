/*
 * A datagram socket that drops whatever it is sent.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Since it is there, its port is not unreachable, so a datagram to it changes nothing
 * at the socket that sent it.
 */
#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/errno.h"
#include "unix/sockaddr.h"
#include "unix/windows.h"
#include "ws2_unix.h"

/* The port in network order, 0 with errno set. */
static uint16_t bind_to_loopback(int fd, int family)
{
    union host_sockaddr addr = {.in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(addr.in);

    if (family == AF_INET6)
    {
        size = sizeof(addr.in6);
        addr.in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    }
    if (bind(fd, &addr.any, size) || getsockname(fd, &addr.any, &size)) return 0;
    return family == AF_INET6 ? addr.in6.sin6_port : addr.in.sin_port;
}

/* The filter sees datagrams before they are queued. */
static int drop_everything(int fd)
{
    struct sock_filter nothing = {.code = BPF_RET | BPF_K, .k = 0};
    const struct sock_fprog program = {.len = 1, .filter = &nothing};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

NTSTATUS unix_sink_open(void *args)
{
    struct ws2_sink *params = args;
    const int family = params->family == WIN_AF_INET6 ? AF_INET6 : AF_INET;
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);

    params->error = 0;
    if (fd >= 0 && !drop_everything(fd) && (params->port = bind_to_loopback(fd, family)))
        return STATUS_SUCCESS;
    params->error = error_from_errno(errno);
    if (fd >= 0) close(fd);
    return STATUS_SUCCESS;
}
