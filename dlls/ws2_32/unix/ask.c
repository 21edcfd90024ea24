/*
 * The fast lane's questions: what a socket's descriptor is asked without a transfer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/descriptor.h"
#include "unix/errno.h"
#include "unix/hostcall.h"
#include "unix/option.h"
#include "unix/windows.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

/* Numbers that are passed on as they are, and that the layer's device, which has
 * requests for them, only passes on, too. */
static const struct
{
    int level, name, host_level, host_name;
} plain[] = {
    {WIN_IPPROTO_TCP, 1, IPPROTO_TCP, TCP_NODELAY},
    {WIN_SOL_SOCKET, 8, SOL_SOCKET, SO_KEEPALIVE},
    {WIN_SOL_SOCKET, 0x20, SOL_SOCKET, SO_BROADCAST},
    {WIN_IPPROTO_IP, WIN_IP_TOS, IPPROTO_IP, IP_TOS},
    {WIN_IPPROTO_IP, 4, IPPROTO_IP, IP_TTL},
    {WIN_IPPROTO_IP, 10, IPPROTO_IP, IP_MULTICAST_TTL},
    {WIN_IPPROTO_IP, 11, IPPROTO_IP, IP_MULTICAST_LOOP},
    {WIN_IPPROTO_IPV6, 4, IPPROTO_IPV6, IPV6_UNICAST_HOPS},
    {WIN_IPPROTO_IPV6, 10, IPPROTO_IPV6, IPV6_MULTICAST_HOPS},
    {WIN_IPPROTO_IPV6, 11, IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
};

static int find_plain(int level, int name)
{
    for (int i = 0; i < (int)(sizeof(plain) / sizeof(plain[0])); i++)
        if (plain[i].level == level && plain[i].name == name) return i;
    return -1;
}

static inline int outcome(long ret)
{
    return ret < 0 ? error_from_errno(-ret) : 0;
}

static inline int get(struct ws2_ask *params)
{
    int i = find_plain(params->level, params->name);

    if (i < 0)
        return option_get(params->fd, params->level, params->name, WS2_AT(void, params->value),
                          &params->size);
    return outcome(host_syscall(SYS_getsockopt, params->fd, plain[i].host_level, plain[i].host_name,
                                params->value, (long)&params->size, 0));
}

static inline int set(const struct ws2_ask *params)
{
    int i = find_plain(params->level, params->name);

    if (i < 0)
        return option_set(params->fd, params->level, params->name, WS2_AT(void, params->value), params->size);
    return outcome(host_syscall(SYS_setsockopt, params->fd, plain[i].host_level, plain[i].host_name,
                                params->value, params->size, 0));
}

static inline int is_urgent(const struct ws2_ask *params)
{
    struct pollfd entry = {.fd = params->fd, .events = POLLPRI};
    long ret = host_syscall(SYS_poll, (long)&entry, 1, 0, 0, 0, 0);

    if (ret < 0) return outcome(ret);
    if (entry.revents & ~POLLPRI) return WSAEOPNOTSUPP;
    *WS2_AT(int32_t, params->value) = entry.revents != 0;
    return 0;
}

NTSTATUS unix_fast_ask(void *args)
{
    struct ws2_ask *params = args;

    params->error = 0;
    if (params->cached && !descriptor_is_open(params->handle))
        params->error = WSAENOTSOCK;
    else
        switch (params->what)
        {
        case WS2_ASK_OPEN: break;
        case WS2_ASK_READABLE:
            params->error = outcome(host_syscall(SYS_ioctl, params->fd, FIONREAD, params->value, 0, 0, 0));
            break;
        case WS2_ASK_URGENT: params->error = is_urgent(params); break;
        case WS2_ASK_OPTION_GET: params->error = get(params); break;
        case WS2_ASK_OPTION_SET: params->error = set(params); break;
        default: params->error = WSAEOPNOTSUPP;
        }
    return STATUS_SUCCESS;
}
