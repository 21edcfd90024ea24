/*
 * Multicast source filters: the ioctls that read and set a whole filter.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two APIs, IPv4's own and the protocol-independent one; the host has both as
 * options. A short buffer is WSAEFAULT; a filter for a group that the socket is
 * not a member of is an error of the host's.
 */
#include "private.h"

#include "base/device.h"
#include "base/ioctl.h"
#include "base/option.h"
#include "guarded.h"
#include "ws2_missing.h"

/* More than the host takes, so that a wrong size allocates no gigabytes. */
#define FILTER_LIMIT 0x10000

static int filter_option(const struct ioctl_call *call)
{
    BOOL ipv4 = call->row->code == SIO_GET_MULTICAST_FILTER || call->row->code == SIO_SET_MULTICAST_FILTER;

    return ipv4 ? WS2_OPTION_IP_FILTER : WS2_OPTION_GROUP_FILTER;
}

static int filter_level(const struct ioctl_call *call)
{
    return call->info.family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
}

int ioctl_set_filter(struct ioctl_call *call)
{
    DWORD size = min(call->in_size, FILTER_LIMIT);
    void *copy = heap_alloc(size);
    int error = WSAEFAULT;

    if (!copy) return WSAENOBUFS;
    if (guarded_read(copy, call->in, size))
        error = host_option_set(call->socket, filter_level(call), filter_option(call), copy, size);
    heap_free(copy);
    return error;
}

/* The input names the group and the interface; the sources that fit are written. */
int ioctl_get_filter(struct ioctl_call *call)
{
    ULONG size = min(call->out_size, FILTER_LIMIT);
    void *copy = heap_zalloc(size);
    int error = WSAEFAULT;

    if (!copy) return WSAENOBUFS;
    if (guarded_read(copy, call->in, min(call->in_size, size)) &&
        !(error = host_option_get(call->socket, filter_level(call), filter_option(call), copy, &size)))
        error = ioctl_give(call, copy, size);
    heap_free(copy);
    return error;
}
