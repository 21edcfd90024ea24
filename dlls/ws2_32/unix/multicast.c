/*
 * Multicast options: groups, sources and filters, whose layouts differ.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "unix/codec.h"
#include "unix/windows.h"

/* Windows's structures, for the layouts that differ from the host's. */
struct win_mreq
{
    uint32_t group, interface; /* network order; an interface of 0.x.x.x is an index */
};

struct win_mreq_source
{
    uint32_t group, source, interface; /* the host has the last two the other way round */
};

struct win_sockaddr_storage
{
    uint16_t family;
    char data[126];
} __attribute__((aligned(8)));

struct win_group_req
{
    uint32_t interface;
    struct win_sockaddr_storage group;
};

struct win_group_source_req
{
    uint32_t interface;
    struct win_sockaddr_storage group, source;
};

_Static_assert(sizeof(struct win_group_req) == 136, "GROUP_REQ");
_Static_assert(sizeof(struct win_group_source_req) == 264, "GROUP_SOURCE_REQ");

/* The interface of a multicast call: an address, or 0.x.x.x for an index. */
static void set_interface(uint32_t interface, struct ip_mreqn *request)
{
    if (interface && !(ntohl(interface) >> 24))
        request->imr_ifindex = ntohl(interface);
    else
        request->imr_address.s_addr = interface;
}

int set_multicast_interface(int fd, const struct row *row, const void *value, uint32_t size)
{
    struct ip_mreqn request = {.imr_ifindex = 0};
    uint32_t interface;

    if (size < sizeof(interface)) return EFAULT;
    memcpy(&interface, value, sizeof(interface));
    set_interface(interface, &request);
    return host_set(fd, row, &request, sizeof(request));
}

/* Windows finds an interface for a group without any route to it; the host says
 * ENODEV, and is asked again for the loopback, the one that is always there. */
int set_membership(int fd, const struct row *row, const void *value, uint32_t size)
{
    struct ip_mreqn request = {.imr_ifindex = 0};
    struct win_mreq windows;
    int error;

    if (size < sizeof(windows)) return EFAULT;
    memcpy(&windows, value, sizeof(windows));
    request.imr_multiaddr.s_addr = windows.group;
    set_interface(windows.interface, &request);
    error = host_set(fd, row, &request, sizeof(request));
    if (error == ENODEV && !windows.interface && (request.imr_ifindex = if_nametoindex("lo")))
        error = host_set(fd, row, &request, sizeof(request));
    return error;
}

int set_membership6(int fd, const struct row *row, const void *value, uint32_t size)
{
    struct ipv6_mreq request;
    int error;

    if (size < sizeof(request)) return EFAULT;
    memcpy(&request, value, sizeof(request));
    error = host_set(fd, row, &request, sizeof(request));
    if (error == ENODEV && !request.ipv6mr_interface && (request.ipv6mr_interface = if_nametoindex("lo")))
        error = host_set(fd, row, &request, sizeof(request));
    return error;
}

int set_source(int fd, const struct row *row, const void *value, uint32_t size)
{
    struct ip_mreq_source request;
    struct win_mreq_source windows;

    if (size < sizeof(windows)) return EFAULT;
    memcpy(&windows, value, sizeof(windows));
    request.imr_multiaddr.s_addr = windows.group;
    request.imr_sourceaddr.s_addr = windows.source;
    request.imr_interface.s_addr = windows.interface;
    return host_set(fd, row, &request, sizeof(request));
}

static int address_to_host(const struct win_sockaddr_storage *windows, struct sockaddr_storage *host)
{
    memset(host, 0, sizeof(*host));
    memcpy(host, windows, sizeof(*windows));
    switch (windows->family)
    {
    case WIN_AF_INET: host->ss_family = AF_INET; return 0;
    case WIN_AF_INET6: host->ss_family = AF_INET6; return 0;
    default: return EAFNOSUPPORT;
    }
}

int set_group(int fd, const struct row *row, const void *value, uint32_t size)
{
    struct win_group_req windows;
    struct group_req request = {.gr_interface = 0};
    int error;

    if (size < sizeof(windows)) return EFAULT;
    memcpy(&windows, value, sizeof(windows));
    request.gr_interface = windows.interface;
    if ((error = address_to_host(&windows.group, &request.gr_group))) return error;
    error = host_set(fd, row, &request, sizeof(request));
    if (error == ENODEV && !windows.interface && (request.gr_interface = if_nametoindex("lo")))
        error = host_set(fd, row, &request, sizeof(request));
    return error;
}

int set_group_source(int fd, const struct row *row, const void *value, uint32_t size)
{
    struct win_group_source_req windows;
    struct group_source_req request = {.gsr_interface = 0};
    int error;

    if (size < sizeof(windows)) return EFAULT;
    memcpy(&windows, value, sizeof(windows));
    request.gsr_interface = windows.interface;
    if ((error = address_to_host(&windows.group, &request.gsr_group))) return error;
    if ((error = address_to_host(&windows.source, &request.gsr_source))) return error;
    return host_set(fd, row, &request, sizeof(request));
}

/* Source filters. The host numbers the modes the other way round, and counts the
 * sources there are, whatever the room for them. */
struct win_msfilter
{
    uint32_t group, interface; /* network order */
    uint32_t mode;             /* 0 include, 1 exclude */
    uint32_t count;
    uint32_t sources[];
};

struct win_group_filter
{
    uint32_t interface;
    struct win_sockaddr_storage group;
    uint32_t mode, count;
    struct win_sockaddr_storage sources[];
};

_Static_assert(offsetof(struct win_group_filter, sources) == GROUP_FILTER_SIZE(0), "GROUP_FILTER");
_Static_assert(offsetof(struct win_msfilter, sources) == IP_MSFILTER_SIZE(0), "IP_MSFILTER");

#define FILTER_MAX 64 /* sources; the host's default is fewer */

static uint32_t swap_mode(uint32_t mode)
{
    return mode == MCAST_INCLUDE ? 0 : 1;
}

_Static_assert(MCAST_INCLUDE == 1 && MCAST_EXCLUDE == 0, "swap_mode turns either into the other");

int get_filter(int fd, const struct row *row, void *value, uint32_t *size)
{
    union
    {
        struct ip_msfilter host;
        char room[IP_MSFILTER_SIZE(FILTER_MAX)];
    } buffer;
    struct win_msfilter *windows = value;
    socklen_t length;
    int error;

    if (*size < sizeof(*windows)) return EFAULT;
    length = *size < sizeof(buffer) ? *size : sizeof(buffer);
    memcpy(&buffer, windows, sizeof(*windows));
    buffer.host.imsf_numsrc = (length - sizeof(*windows)) / sizeof(uint32_t);
    if ((error = host_get(fd, row, &buffer, &length))) return error;
    memcpy(value, &buffer, length);
    windows->mode = swap_mode(buffer.host.imsf_fmode);
    *size = length;
    return 0;
}

int set_filter(int fd, const struct row *row, const void *value, uint32_t size)
{
    union
    {
        struct ip_msfilter host;
        char room[IP_MSFILTER_SIZE(FILTER_MAX)];
    } buffer;
    const struct win_msfilter *windows = value;

    if (size < sizeof(*windows)) return EFAULT;
    if (windows->mode > 1) return EINVAL;
    if (windows->count > FILTER_MAX) return ENOBUFS;
    if (size < IP_MSFILTER_SIZE(windows->count)) return EFAULT;
    memcpy(&buffer, value, IP_MSFILTER_SIZE(windows->count));
    buffer.host.imsf_fmode = !windows->mode;
    return host_set(fd, row, &buffer, IP_MSFILTER_SIZE(windows->count));
}

static void address_to_windows(const struct sockaddr_storage *host, struct win_sockaddr_storage *windows)
{
    memcpy(windows, host, sizeof(*windows));
    windows->family = host->ss_family == AF_INET6 ? WIN_AF_INET6 : WIN_AF_INET;
}

union group_filter_buffer
{
    struct group_filter host;
    char room[GROUP_FILTER_SIZE(FILTER_MAX)];
};

int get_group_filter(int fd, const struct row *row, void *value, uint32_t *size)
{
    union group_filter_buffer buffer;
    struct win_group_filter *windows = value;
    socklen_t length;
    uint32_t i, room;
    int error;

    if (*size < sizeof(*windows)) return EFAULT;
    memset(&buffer, 0, sizeof(buffer));
    length = *size < sizeof(buffer) ? *size : sizeof(buffer);
    room = (length - sizeof(*windows)) / sizeof(windows->sources[0]);
    buffer.host.gf_interface = windows->interface;
    buffer.host.gf_numsrc = room;
    if ((error = address_to_host(&windows->group, &buffer.host.gf_group))) return error;
    if ((error = host_get(fd, row, &buffer, &length))) return error;
    windows->mode = swap_mode(buffer.host.gf_fmode);
    windows->count = buffer.host.gf_numsrc;
    if (room > windows->count) room = windows->count;
    for (i = 0; i < room; i++) address_to_windows(&buffer.host.gf_slist[i], &windows->sources[i]);
    *size = GROUP_FILTER_SIZE(room);
    return 0;
}

int set_group_filter(int fd, const struct row *row, const void *value, uint32_t size)
{
    union group_filter_buffer buffer;
    const struct win_group_filter *windows = value;
    uint32_t i;
    int error;

    if (size < sizeof(*windows)) return EFAULT;
    if (windows->mode > 1) return EINVAL;
    if (windows->count > FILTER_MAX) return ENOBUFS;
    if (size < GROUP_FILTER_SIZE(windows->count)) return EFAULT;
    memset(&buffer, 0, sizeof(buffer));
    buffer.host.gf_interface = windows->interface;
    buffer.host.gf_fmode = !windows->mode;
    buffer.host.gf_numsrc = windows->count;
    if ((error = address_to_host(&windows->group, &buffer.host.gf_group))) return error;
    for (i = 0; i < windows->count; i++)
        if ((error = address_to_host(&windows->sources[i], &buffer.host.gf_slist[i]))) return error;
    return host_set(fd, row, &buffer, GROUP_FILTER_SIZE(windows->count));
}
