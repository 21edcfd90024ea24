/*
 * Windows's socket options that are set straight on the host's socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One row an option: its Windows and its host numbers, and a codec for values
 * whose layout or meaning differ. A further option of a plain int is a row.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/udp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "unix/errno.h"
#include "unix/option.h"
#include "unix/windows.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef IPV6_HDRINCL
#define IPV6_HDRINCL 36
#endif
#ifndef IPV6_UNICAST_IF
#define IPV6_UNICAST_IF 76
#endif

struct row;

/* Each returns 0 or an errno. */
typedef int (*get_codec)(int fd, const struct row *row, void *value, uint32_t *size);
typedef int (*set_codec)(int fd, const struct row *row, const void *value, uint32_t size);

struct row
{
    int level, name;           /* Windows's */
    int host_level, host_name; /* the host's */
    get_codec get;             /* NULL: can't be read */
    set_codec set;
    long low, high; /* of ints: what the host takes; values beyond are brought to it */
};

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

static int host_get(int fd, const struct row *row, void *value, socklen_t *size)
{
    return getsockopt(fd, row->host_level, row->host_name, value, size) ? errno : 0;
}

static int host_set(int fd, const struct row *row, const void *value, socklen_t size)
{
    return setsockopt(fd, row->host_level, row->host_name, value, size) ? errno : 0;
}

static int get_int(int fd, const struct row *row, void *value, uint32_t *size)
{
    int number = 0;
    socklen_t length = sizeof(number);
    int error;

    if (*size < sizeof(number)) return EFAULT;
    if ((error = host_get(fd, row, &number, &length))) return error;
    memcpy(value, &number, sizeof(number));
    *size = sizeof(number);
    return 0;
}

static int set_int(int fd, const struct row *row, const void *value, uint32_t size)
{
    int number;

    if (size < sizeof(number)) return EFAULT;
    memcpy(&number, value, sizeof(number));
    if (row->low || row->high)
    {
        if (number < row->low) number = row->low;
        if (number > row->high) number = row->high;
    }
    return host_set(fd, row, &number, sizeof(number));
}

/* Interface indices that Windows has in host order and Linux in network order. */
static int get_swapped(int fd, const struct row *row, void *value, uint32_t *size)
{
    uint32_t number;
    int error = get_int(fd, row, value, size);

    if (error) return error;
    memcpy(&number, value, sizeof(number));
    number = ntohl(number);
    memcpy(value, &number, sizeof(number));
    return 0;
}

static int set_swapped(int fd, const struct row *row, const void *value, uint32_t size)
{
    uint32_t number;

    if (size < sizeof(number)) return EFAULT;
    memcpy(&number, value, sizeof(number));
    number = htonl(number);
    return host_set(fd, row, &number, sizeof(number));
}

/* The host's switch says the opposite of Windows's. */
static int get_inverse(int fd, const struct row *row, void *value, uint32_t *size)
{
    int number, error = get_int(fd, row, value, size);

    if (error) return error;
    memcpy(&number, value, sizeof(number));
    number = !number;
    memcpy(value, &number, sizeof(number));
    return 0;
}

static int set_inverse(int fd, const struct row *row, const void *value, uint32_t size)
{
    int number;

    if (size < sizeof(number)) return EFAULT;
    memcpy(&number, value, sizeof(number));
    number = !number;
    return host_set(fd, row, &number, sizeof(number));
}

/* Zero or not, where Windows has a size and the host only a switch. */
static int set_switch(int fd, const struct row *row, const void *value, uint32_t size)
{
    int number;

    if (size < sizeof(number)) return EFAULT;
    memcpy(&number, value, sizeof(number));
    number = !!number;
    return host_set(fd, row, &number, sizeof(number));
}

/* TCP_MAXRT counts seconds, -1 for ever; the host milliseconds, 0 for its default. */
static int get_seconds(int fd, const struct row *row, void *value, uint32_t *size)
{
    int number, error = get_int(fd, row, value, size);

    if (error) return error;
    memcpy(&number, value, sizeof(number));
    number = number == INT_MAX ? -1 : number / 1000;
    memcpy(value, &number, sizeof(number));
    return 0;
}

static int set_seconds(int fd, const struct row *row, const void *value, uint32_t size)
{
    int number;

    if (size < sizeof(number)) return EFAULT;
    memcpy(&number, value, sizeof(number));
    number = number < 0 || number > INT_MAX / 1000 ? INT_MAX : number * 1000;
    return host_set(fd, row, &number, sizeof(number));
}

static int get_milliseconds(int fd, const struct row *row, void *value, uint32_t *size)
{
    int number, error = get_int(fd, row, value, size);

    if (error) return error;
    memcpy(&number, value, sizeof(number));
    if (number == INT_MAX) number = -1;
    memcpy(value, &number, sizeof(number));
    return 0;
}

static int set_milliseconds(int fd, const struct row *row, const void *value, uint32_t size)
{
    int number;

    if (size < sizeof(number)) return EFAULT;
    memcpy(&number, value, sizeof(number));
    if (number < 0) number = INT_MAX;
    return host_set(fd, row, &number, sizeof(number));
}

/* A boolean on Windows, the length of the queue of a listener on the host. */
#define FASTOPEN_QUEUE 256

static int get_fastopen(int fd, const struct row *row, void *value, uint32_t *size)
{
    int number, error = get_int(fd, row, value, size);

    if (error) return error;
    memcpy(&number, value, sizeof(number));
    number = !!number;
    memcpy(value, &number, sizeof(number));
    return 0;
}

static int set_fastopen(int fd, const struct row *row, const void *value, uint32_t size)
{
    int number;

    if (size < sizeof(number)) return EFAULT;
    memcpy(&number, value, sizeof(number));
    number = number ? FASTOPEN_QUEUE : 0;
    return host_set(fd, row, &number, sizeof(number));
}

/* IP(V6)_MTU_DISCOVER; Windows's 0, "not set", can't be set. */
static const struct
{
    int windows, host;
} discovery[] = {
    {1, IP_PMTUDISC_DO},
    {2, IP_PMTUDISC_DONT},
    {3, IP_PMTUDISC_PROBE},
};

_Static_assert(IP_PMTUDISC_DO == IPV6_PMTUDISC_DO && IP_PMTUDISC_DONT == IPV6_PMTUDISC_DONT &&
                   IP_PMTUDISC_PROBE == IPV6_PMTUDISC_PROBE,
               "one table for both families");

static int get_discovery(int fd, const struct row *row, void *value, uint32_t *size)
{
    int number, windows = 0, error = get_int(fd, row, value, size);
    size_t i;

    if (error) return error;
    memcpy(&number, value, sizeof(number));
    for (i = 0; i < sizeof(discovery) / sizeof(discovery[0]); i++)
        if (discovery[i].host == number) windows = discovery[i].windows;
    memcpy(value, &windows, sizeof(windows));
    return 0;
}

static int set_discovery(int fd, const struct row *row, const void *value, uint32_t size)
{
    int number;
    size_t i;

    if (size < sizeof(number)) return EFAULT;
    memcpy(&number, value, sizeof(number));
    for (i = 0; i < sizeof(discovery) / sizeof(discovery[0]); i++)
        if (discovery[i].windows == number)
            return host_set(fd, row, &discovery[i].host, sizeof(discovery[i].host));
    return EINVAL;
}

/* The interface of a multicast call: an address, or 0.x.x.x for an index. */
static void set_interface(uint32_t interface, struct ip_mreqn *request)
{
    if (interface && !(ntohl(interface) >> 24))
        request->imr_ifindex = ntohl(interface);
    else
        request->imr_address.s_addr = interface;
}

static int set_multicast_interface(int fd, const struct row *row, const void *value, uint32_t size)
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
static int set_membership(int fd, const struct row *row, const void *value, uint32_t size)
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

static int set_membership6(int fd, const struct row *row, const void *value, uint32_t size)
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

static int set_source(int fd, const struct row *row, const void *value, uint32_t size)
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

static int set_group(int fd, const struct row *row, const void *value, uint32_t size)
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

static int set_group_source(int fd, const struct row *row, const void *value, uint32_t size)
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

static int get_filter(int fd, const struct row *row, void *value, uint32_t *size)
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

static int set_filter(int fd, const struct row *row, const void *value, uint32_t size)
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

static int get_group_filter(int fd, const struct row *row, void *value, uint32_t *size)
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

static int set_group_filter(int fd, const struct row *row, const void *value, uint32_t size)
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

#define INT get_int, set_int
#define ANY 0, 0
#define GROUP_ROWS(level, host_level)                                                            \
    {level, 41, host_level, MCAST_JOIN_GROUP, NULL, set_group, ANY},                             \
        {level, 42, host_level, MCAST_LEAVE_GROUP, NULL, set_group, ANY},                        \
        {level, 43, host_level, MCAST_BLOCK_SOURCE, NULL, set_group_source, ANY},                \
        {level, 44, host_level, MCAST_UNBLOCK_SOURCE, NULL, set_group_source, ANY},              \
        {level, 45, host_level, MCAST_JOIN_SOURCE_GROUP, NULL, set_group_source, ANY},           \
        {level, 46, host_level, MCAST_LEAVE_SOURCE_GROUP, NULL, set_group_source, ANY}

static const struct row rows[] = {
    {WIN_IPPROTO_IP, 9, IPPROTO_IP, IP_MULTICAST_IF, get_int, set_multicast_interface, ANY},
    {WIN_IPPROTO_IP, 12, IPPROTO_IP, IP_ADD_MEMBERSHIP, NULL, set_membership, ANY},
    {WIN_IPPROTO_IP, 13, IPPROTO_IP, IP_DROP_MEMBERSHIP, NULL, set_membership, ANY},
    {WIN_IPPROTO_IP, 15, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, NULL, set_source, ANY},
    {WIN_IPPROTO_IP, 16, IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, NULL, set_source, ANY},
    {WIN_IPPROTO_IP, 17, IPPROTO_IP, IP_BLOCK_SOURCE, NULL, set_source, ANY},
    {WIN_IPPROTO_IP, 18, IPPROTO_IP, IP_UNBLOCK_SOURCE, NULL, set_source, ANY},
    {WIN_IPPROTO_IP, 31, IPPROTO_IP, IP_UNICAST_IF, INT, ANY},
    GROUP_ROWS(WIN_IPPROTO_IP, IPPROTO_IP),
    {WIN_IPPROTO_IP, 71, IPPROTO_IP, IP_MTU_DISCOVER, get_discovery, set_discovery, ANY},
    {WIN_IPPROTO_IP, 73, IPPROTO_IP, IP_MTU, get_int, NULL, ANY},
    {WIN_IPPROTO_IP, WS2_OPTION_IP_FILTER, IPPROTO_IP, IP_MSFILTER, get_filter, set_filter, ANY},
    {WIN_IPPROTO_IP, WS2_OPTION_GROUP_FILTER, IPPROTO_IP, MCAST_MSFILTER, get_group_filter, set_group_filter, ANY},
    {WIN_IPPROTO_IPV6, WS2_OPTION_GROUP_FILTER, IPPROTO_IPV6, MCAST_MSFILTER, get_group_filter, set_group_filter, ANY},
    {WIN_IPPROTO_IPV6, 2, IPPROTO_IPV6, IPV6_HDRINCL, INT, ANY},
    {WIN_IPPROTO_IPV6, 12, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, NULL, set_membership6, ANY},
    {WIN_IPPROTO_IPV6, 13, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, NULL, set_membership6, ANY},
    {WIN_IPPROTO_IPV6, 26, IPPROTO_IPV6, IPV6_CHECKSUM, INT, ANY},
    {WIN_IPPROTO_IPV6, 31, IPPROTO_IPV6, IPV6_UNICAST_IF, get_swapped, set_swapped, ANY},
    GROUP_ROWS(WIN_IPPROTO_IPV6, IPPROTO_IPV6),
    {WIN_IPPROTO_IPV6, 71, IPPROTO_IPV6, IPV6_MTU_DISCOVER, get_discovery, set_discovery, ANY},
    {WIN_IPPROTO_IPV6, 72, IPPROTO_IPV6, IPV6_MTU, get_int, NULL, ANY},
    {WIN_IPPROTO_TCP, 3, IPPROTO_TCP, TCP_KEEPIDLE, INT, 1, 32767},
    {WIN_IPPROTO_TCP, 4, IPPROTO_TCP, TCP_MAXSEG, INT, ANY},
    {WIN_IPPROTO_TCP, 5, IPPROTO_TCP, TCP_USER_TIMEOUT, get_seconds, set_seconds, ANY},
    {WIN_IPPROTO_TCP, 14, IPPROTO_TCP, TCP_USER_TIMEOUT, get_milliseconds, set_milliseconds, ANY},
    {WIN_IPPROTO_TCP, 15, IPPROTO_TCP, TCP_FASTOPEN, get_fastopen, set_fastopen, ANY},
    {WIN_IPPROTO_TCP, 16, IPPROTO_TCP, TCP_KEEPCNT, INT, 1, 127},
    {WIN_IPPROTO_TCP, 17, IPPROTO_TCP, TCP_KEEPINTVL, INT, 1, 32767},
    {WIN_IPPROTO_UDP, 1, SOL_SOCKET, SO_NO_CHECK, INT, ANY},
    {WIN_IPPROTO_UDP, WIN_UDP_SEND_MSG_SIZE, SOL_UDP, UDP_SEGMENT, INT, ANY},
    {WIN_IPPROTO_UDP, WIN_UDP_RECV_MAX_COALESCED_SIZE, SOL_UDP, UDP_GRO, get_int, set_switch, ANY},
    {WIN_IPPROTO_UDP, 20, SOL_SOCKET, SO_NO_CHECK, get_inverse, set_inverse, ANY},
};

static const struct row *find(int level, int name)
{
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].level == level && rows[i].name == name) return &rows[i];
    return NULL;
}

int option_get(int fd, int level, int name, void *value, uint32_t *size)
{
    const struct row *row = find(level, name);

    if (!row || !row->get) return WSAENOPROTOOPT;
    return error_from_errno(row->get(fd, row, value, size));
}

int option_set(int fd, int level, int name, const void *value, uint32_t size)
{
    const struct row *row = find(level, name);

    if (!row || !row->set) return WSAENOPROTOOPT;
    return error_from_errno(row->set(fd, row, value, size));
}
