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
#include <linux/filter.h>
#include <linux/udp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "unix/codec.h"
#include "unix/errno.h"
#include "unix/option.h"
#include "unix/unreachable.h"
#include "unix/windows.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#ifndef ICMP_FILTER
#define ICMP_FILTER 1
#endif
#ifndef IPV6_HDRINCL
#define IPV6_HDRINCL 36
#endif
#ifndef IPV6_UNICAST_IF
#define IPV6_UNICAST_IF 76
#endif

static int read_int(const void *value, uint32_t size, int *number)
{
    if (size < sizeof(*number)) return EFAULT;
    memcpy(number, value, sizeof(*number));
    return 0;
}

static int get_int(int fd, const struct row *row, void *value, uint32_t *size)
{
    int number = 0;
    socklen_t length = sizeof(number);
    int error;

    if (*size < sizeof(number)) return EFAULT;
    if ((error = host_get(fd, row, &number, &length))) return error;
    if (row->from_host) number = row->from_host(number);
    memcpy(value, &number, sizeof(number));
    *size = sizeof(number);
    return 0;
}

static int set_int(int fd, const struct row *row, const void *value, uint32_t size)
{
    int number, error = read_int(value, size, &number);

    if (error) return error;
    if (row->to_host) number = row->to_host(number);
    if (row->low || row->high)
    {
        if (number < row->low) number = row->low;
        if (number > row->high) number = row->high;
    }
    return host_set(fd, row, &number, sizeof(number));
}

/* Interface indices that Windows has in host order and Linux in network order. */
static int swapped(int number)
{
    return htonl(number);
}

/* The host's switch says the opposite of Windows's. */
static int inverse(int number)
{
    return !number;
}

/* Zero or not, where Windows has a size and the host only a switch. */
static int truth(int number)
{
    return !!number;
}

/* TCP_MAXRT counts seconds, -1 for ever; the host milliseconds, 0 for its default. */
static int seconds_from_host(int number)
{
    return number == INT_MAX ? -1 : number / 1000;
}

static int seconds_to_host(int number)
{
    return number < 0 || number > INT_MAX / 1000 ? INT_MAX : number * 1000;
}

/* TCP_MAXRTMS */
static int milliseconds_from_host(int number)
{
    return number == INT_MAX ? -1 : number;
}

static int milliseconds_to_host(int number)
{
    return number < 0 ? INT_MAX : number;
}

/* A boolean on Windows, the length of the queue of a listener on the host. */
#define FASTOPEN_QUEUE 256

static int fastopen_to_host(int number)
{
    return number ? FASTOPEN_QUEUE : 0;
}

/* IP_DONTFRAGMENT, IPV6_DONTFRAG. */
static int whole_from_host(int number)
{
    return number == IP_PMTUDISC_DO;
}

static int whole_to_host(int number)
{
    return number ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
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

static int discovery_from_host(int number)
{
    size_t i;

    for (i = 0; i < sizeof(discovery) / sizeof(discovery[0]); i++)
        if (discovery[i].host == number) return discovery[i].windows;
    return 0;
}

static int set_discovery(int fd, const struct row *row, const void *value, uint32_t size)
{
    int number, error = read_int(value, size, &number);
    size_t i;

    if (error) return error;
    for (i = 0; i < sizeof(discovery) / sizeof(discovery[0]); i++)
        if (discovery[i].windows == number)
            return host_set(fd, row, &discovery[i].host, sizeof(discovery[i].host));
    return EINVAL;
}

/* The host shares a port among listeners of one address by chance, unless a program
 * chooses; 2 makes it take the first. That must come after listen: a socket that
 * has a program already is not let into the group. */
static int set_share(int fd, const struct row *row, const void *value, uint32_t size)
{
    struct sock_filter first = BPF_STMT(BPF_RET | BPF_K, 0);
    struct sock_fprog program = {1, &first};
    int number, on = 1, error = read_int(value, size, &number);

    if (error) return error;
    if ((error = host_set(fd, row, &on, sizeof(on))) || number < 2) return error;
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program)) ? errno : 0;
}

/* Requests that a stack answers itself, and Windows's raw sockets never see. */
static int set_no_requests(int fd, const struct row *row, const void *value, uint32_t size)
{
    int number, error = read_int(value, size, &number);

    if (error) return error;
    if (row->level == WIN_IPPROTO_IPV6)
    {
        struct icmp6_filter filter;

        ICMP6_FILTER_SETPASSALL(&filter);
        if (number) ICMP6_FILTER_SETBLOCK(ICMP6_ECHO_REQUEST, &filter);
        return host_set(fd, row, &filter, sizeof(filter));
    }
    number = number ? 1 << ICMP_ECHO | 1 << ICMP_TIMESTAMP | 1 << ICMP_ADDRESS : 0;
    return host_set(fd, row, &number, sizeof(number));
}

static int get_urgent(int fd, const struct row *row, void *value, uint32_t *size)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLPRI};
    struct ws2_urgent urgent = {0};
    int inlined = 0, at_mark = 0, available = 0, error;
    socklen_t length = sizeof(inlined);

    if (*size < sizeof(urgent)) return EFAULT;
    if ((error = host_get(fd, row, &inlined, &length))) return error;
    if (ioctl(fd, SIOCATMARK, &at_mark) || ioctl(fd, FIONREAD, &available)) available = 0;
    urgent.waits = poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & POLLPRI;
    urgent.at_mark = at_mark;
    urgent.inlined = inlined;
    urgent.available = available;
    memcpy(value, &urgent, sizeof(urgent));
    *size = sizeof(urgent);
    return 0;
}

/* The host passes by the place when it looks for data behind it. */
static int skip_urgent(int fd, const struct row *row, const void *value, uint32_t size)
{
    char byte;

    (void)row, (void)value, (void)size;
    return recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) < 0 && errno != EAGAIN ? errno : 0;
}

static int set_filter_program(int fd, const struct row *row, const void *value, uint32_t size)
{
    struct sock_filter code[WS2_FILTER_INTERFACES_MAX + 3];
    struct sock_fprog program = {0, code};
    struct ws2_filter filter;
    uint32_t i;

    if (size < sizeof(filter)) return EFAULT;
    memcpy(&filter, value, sizeof(filter));
    if (filter.how == WS2_FILTER_NOTHING)
        return setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &size, sizeof(int)) && errno != ENOENT ? errno
                                                                                                   : 0;
    if (filter.how == WS2_FILTER_INTERFACES)
    {
        if (filter.count > WS2_FILTER_INTERFACES_MAX) return EINVAL;
        code[program.len++] =
            (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_IFINDEX));
        for (i = 0; i < filter.count; i++)
            code[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                                                               filter.interfaces[i], filter.count - i, 0);
    }
    code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
    if (filter.how == WS2_FILTER_INTERFACES)
        code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
    return host_set(fd, row, &program, sizeof(program));
}

/* A bound on the size of packets: of a stream its segments, else what IPv6 fragments by.
 * IPv4's datagrams go by the interface's. What is too small for the host is left alone. */
static int set_user_mtu(int fd, const struct row *row, const void *value, uint32_t size)
{
    static const int headers[] = {20 + 20, 40 + 20};
    int type = 0, ipv6 = row->level == WIN_IPPROTO_IPV6;
    socklen_t length = sizeof(type);
    uint32_t mtu;
    int number;

    if (size < sizeof(mtu)) return EFAULT;
    memcpy(&mtu, value, sizeof(mtu));
    if (mtu > 65535) return 0;
    number = mtu;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length)) return errno;
    if (type == SOCK_STREAM)
    {
        number -= headers[ipv6];
        setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &number, sizeof(number));
    }
    else if (ipv6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_MTU, &number, sizeof(number));
    return 0;
}

/* The host then keeps what ICMP says of attempts to connect. */
static int set_icmp_errors(int fd, const struct row *row, const void *value, uint32_t size)
{
    int number, error = read_int(value, size, &number);

    if (error) return error;
    error = host_set(fd, row, &number, sizeof(number));
    if (!setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &number, sizeof(number))) error = 0;
    return error;
}

static int get_icmp_error(int fd, const struct row *row, void *value, uint32_t *size)
{
    struct ws2_icmp_error error;

    (void)row;
    if (*size < sizeof(error)) return EFAULT;
    if (!unreachable_last(fd, &error)) return ENODATA;
    memcpy(value, &error, sizeof(error));
    *size = sizeof(error);
    return 0;
}

/* Ints: any, those that the host takes within limits, and those that mean something else there. */
#define INT get_int, set_int
#define ANY 0, 0, NULL, NULL
#define WITHIN(low, high) low, high, NULL, NULL
#define MEANING(from_host, to_host) 0, 0, from_host, to_host
/* clang-format off */
#define GROUP_ROWS(level, host_level)                                                            \
    {level, 41, host_level, MCAST_JOIN_GROUP, NULL, set_group, ANY},                             \
    {level, 42, host_level, MCAST_LEAVE_GROUP, NULL, set_group, ANY},                        \
    {level, 43, host_level, MCAST_BLOCK_SOURCE, NULL, set_group_source, ANY},                \
    {level, 44, host_level, MCAST_UNBLOCK_SOURCE, NULL, set_group_source, ANY},              \
    {level, 45, host_level, MCAST_JOIN_SOURCE_GROUP, NULL, set_group_source, ANY},           \
    {level, 46, host_level, MCAST_LEAVE_SOURCE_GROUP, NULL, set_group_source, ANY}
/* clang-format on */

static const struct row rows[] = {
    {WIN_SOL_SOCKET, WS2_OPTION_SHARE_PORT, SOL_SOCKET, SO_REUSEPORT, NULL, set_share, ANY},
    {WIN_SOL_SOCKET, WS2_OPTION_URGENT, SOL_SOCKET, SO_OOBINLINE, get_urgent, skip_urgent, ANY},
    {WIN_SOL_SOCKET, WS2_OPTION_FILTER, SOL_SOCKET, SO_ATTACH_FILTER, NULL, set_filter_program, ANY},
    {WIN_SOL_SOCKET, WIN_SO_REUSE_UNICASTPORT, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, NULL, set_int, ANY},
    {WIN_IPPROTO_IP, WIN_IP_USER_MTU, IPPROTO_IP, IP_MTU, NULL, set_user_mtu, ANY},
    {WIN_IPPROTO_IPV6, WIN_IP_USER_MTU, IPPROTO_IPV6, IPV6_MTU, NULL, set_user_mtu, ANY},
    {WIN_IPPROTO_TCP, 18, IPPROTO_IP, IP_RECVERR, NULL, set_icmp_errors, ANY},
    {WIN_IPPROTO_TCP, WS2_OPTION_SYN_RETRIES, IPPROTO_TCP, TCP_SYNCNT, INT, WITHIN(1, 127)},
    {WIN_IPPROTO_TCP, WS2_OPTION_ICMP_ERROR, IPPROTO_IP, IP_RECVERR, get_icmp_error, NULL, ANY},
    {WIN_IPPROTO_IP, WS2_OPTION_NO_REQUESTS, SOL_RAW, ICMP_FILTER, NULL, set_no_requests, ANY},
    {WIN_IPPROTO_IPV6, WS2_OPTION_NO_REQUESTS, IPPROTO_ICMPV6, ICMP6_FILTER, NULL, set_no_requests, ANY},
    {WIN_IPPROTO_IP, 2, IPPROTO_IP, IP_HDRINCL, INT, ANY},
    {WIN_IPPROTO_IP, 3, IPPROTO_IP, IP_TOS, INT, ANY},
    {WIN_IPPROTO_IP, 4, IPPROTO_IP, IP_TTL, INT, ANY},
    {WIN_IPPROTO_IP, 10, IPPROTO_IP, IP_MULTICAST_TTL, INT, ANY},
    {WIN_IPPROTO_IP, 11, IPPROTO_IP, IP_MULTICAST_LOOP, INT, ANY},
    {WIN_IPPROTO_IP, 9, IPPROTO_IP, IP_MULTICAST_IF, get_int, set_multicast_interface, ANY},
    {WIN_IPPROTO_IP, 12, IPPROTO_IP, IP_ADD_MEMBERSHIP, NULL, set_membership, ANY},
    {WIN_IPPROTO_IP, 13, IPPROTO_IP, IP_DROP_MEMBERSHIP, NULL, set_membership, ANY},
    {WIN_IPPROTO_IP, 15, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, NULL, set_source, ANY},
    {WIN_IPPROTO_IP, 16, IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, NULL, set_source, ANY},
    {WIN_IPPROTO_IP, 17, IPPROTO_IP, IP_BLOCK_SOURCE, NULL, set_source, ANY},
    {WIN_IPPROTO_IP, 18, IPPROTO_IP, IP_UNBLOCK_SOURCE, NULL, set_source, ANY},
    {WIN_IPPROTO_IP, 14, IPPROTO_IP, IP_MTU_DISCOVER, INT, MEANING(whole_from_host, whole_to_host)},
    {WIN_IPPROTO_IP, 31, IPPROTO_IP, IP_UNICAST_IF, INT, ANY},
    GROUP_ROWS(WIN_IPPROTO_IP, IPPROTO_IP),
    {WIN_IPPROTO_IP, 71, IPPROTO_IP, IP_MTU_DISCOVER, get_int, set_discovery,
     MEANING(discovery_from_host, NULL)},
    {WIN_IPPROTO_IP, 73, IPPROTO_IP, IP_MTU, get_int, NULL, ANY},
    {WIN_IPPROTO_IP, WS2_OPTION_IP_FILTER, IPPROTO_IP, IP_MSFILTER, get_filter, set_filter, ANY},
    {WIN_IPPROTO_IP, WS2_OPTION_GROUP_FILTER, IPPROTO_IP, MCAST_MSFILTER, get_group_filter, set_group_filter,
     ANY},
    {WIN_IPPROTO_IPV6, WS2_OPTION_GROUP_FILTER, IPPROTO_IPV6, MCAST_MSFILTER, get_group_filter,
     set_group_filter, ANY},
    {WIN_IPPROTO_IPV6, 2, IPPROTO_IPV6, IPV6_HDRINCL, INT, ANY},
    {WIN_IPPROTO_IPV6, 4, IPPROTO_IPV6, IPV6_UNICAST_HOPS, INT, ANY},
    {WIN_IPPROTO_IPV6, 9, IPPROTO_IPV6, IPV6_MULTICAST_IF, INT, ANY},
    {WIN_IPPROTO_IPV6, 10, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, INT, ANY},
    {WIN_IPPROTO_IPV6, 11, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, INT, ANY},
    {WIN_IPPROTO_IPV6, 12, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, NULL, set_membership6, ANY},
    {WIN_IPPROTO_IPV6, 13, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, NULL, set_membership6, ANY},
    {WIN_IPPROTO_IPV6, 14, IPPROTO_IPV6, IPV6_MTU_DISCOVER, INT, MEANING(whole_from_host, whole_to_host)},
    {WIN_IPPROTO_IPV6, 26, IPPROTO_IPV6, IPV6_CHECKSUM, INT, ANY},
    {WIN_IPPROTO_IPV6, 31, IPPROTO_IPV6, IPV6_UNICAST_IF, INT, MEANING(swapped, swapped)},
    GROUP_ROWS(WIN_IPPROTO_IPV6, IPPROTO_IPV6),
    {WIN_IPPROTO_IPV6, 71, IPPROTO_IPV6, IPV6_MTU_DISCOVER, get_int, set_discovery,
     MEANING(discovery_from_host, NULL)},
    {WIN_IPPROTO_IPV6, 72, IPPROTO_IPV6, IPV6_MTU, get_int, NULL, ANY},
    {WIN_IPPROTO_TCP, 3, IPPROTO_TCP, TCP_KEEPIDLE, INT, WITHIN(1, 32767)},
    {WIN_IPPROTO_TCP, 4, IPPROTO_TCP, TCP_MAXSEG, INT, ANY},
    {WIN_IPPROTO_TCP, 5, IPPROTO_TCP, TCP_USER_TIMEOUT, INT, MEANING(seconds_from_host, seconds_to_host)},
    {WIN_IPPROTO_TCP, 14, IPPROTO_TCP, TCP_USER_TIMEOUT, INT,
     MEANING(milliseconds_from_host, milliseconds_to_host)},
    {WIN_IPPROTO_TCP, 15, IPPROTO_TCP, TCP_FASTOPEN, INT, MEANING(truth, fastopen_to_host)},
    {WIN_IPPROTO_TCP, 16, IPPROTO_TCP, TCP_KEEPCNT, INT, WITHIN(1, 127)},
    {WIN_IPPROTO_TCP, 17, IPPROTO_TCP, TCP_KEEPINTVL, INT, WITHIN(1, 32767)},
    {WIN_IPPROTO_UDP, 1, SOL_SOCKET, SO_NO_CHECK, INT, ANY},
    {WIN_IPPROTO_UDP, WIN_UDP_SEND_MSG_SIZE, SOL_UDP, UDP_SEGMENT, INT, ANY},
    {WIN_IPPROTO_UDP, WIN_UDP_RECV_MAX_COALESCED_SIZE, SOL_UDP, UDP_GRO, INT, MEANING(NULL, truth)},
    {WIN_IPPROTO_UDP, 20, SOL_SOCKET, SO_NO_CHECK, INT, MEANING(inverse, inverse)},
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
