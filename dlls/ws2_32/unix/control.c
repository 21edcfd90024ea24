/*
 * Control messages, Windows's WSACMSGHDR to the host's cmsghdr and back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two tables: what can be sent, and what can be received. The application's
 * buffers are read and written bytewise, since they need not be aligned, and
 * nothing in them is believed.
 */
#include "unix/control.h"

#include <time.h> /* errqueue.h needs it */

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>

#include "unix/windows.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_DATA 32 /* of any message in the tables, bytes */

/* --- Sending --- */

/* What the application's messages come to. Traffic class and ECN are parts of one
 * byte, so they are collected first. */
struct outgoing
{
    struct control_out *host;
    const struct control_defaults *defaults;
    int tos, tclass; /* -1: not mentioned */
};

static int append(struct control_out *host, int level, int type, const void *data, size_t size)
{
    struct cmsghdr header = {.cmsg_len = CMSG_LEN(size), .cmsg_level = level, .cmsg_type = type};
    char *at = host->data + host->used;

    if (CMSG_SPACE(size) > sizeof(host->data) - host->used) return WSAENOBUFS;
    memset(at, 0, CMSG_SPACE(size));
    memcpy(at, &header, sizeof(header));
    memcpy(at + CMSG_LEN(0), data, size);
    host->used += CMSG_SPACE(size);
    return 0;
}

static int send_pktinfo(struct outgoing *out, const void *data)
{
    const struct win_pktinfo *win = data;
    struct in_pktinfo info = {.ipi_ifindex = win->ifindex};

    memcpy(&info.ipi_spec_dst, win->addr, 4);
    return append(out->host, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

static int send_pktinfo6(struct outgoing *out, const void *data)
{
    const struct win_pktinfo6 *win = data;
    struct in6_pktinfo info = {.ipi6_ifindex = win->ifindex};

    memcpy(&info.ipi6_addr, win->addr, 16);
    return append(out->host, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

static int send_ttl(struct outgoing *out, const void *data)
{
    return append(out->host, IPPROTO_IP, IP_TTL, data, sizeof(int));
}

static int send_hop_limit(struct outgoing *out, const void *data)
{
    return append(out->host, IPPROTO_IPV6, IPV6_HOPLIMIT, data, sizeof(int));
}

/* The lowest two bits of the byte are ECN's. */
static int merge(int *byte, int otherwise, int mask, int value)
{
    if (value < 0 || value > 0xff || value & ~mask) return WSAEINVAL;
    if (*byte < 0) *byte = otherwise;
    *byte = (*byte & ~mask & 0xff) | value;
    return 0;
}

static int int_at(const void *data)
{
    int value;

    memcpy(&value, data, sizeof(value));
    return value;
}

static int send_tos(struct outgoing *out, const void *data)
{
    return merge(&out->tos, 0, out->tos < 0 ? 0xff : 0xff & ~IPTOS_ECN_MASK, int_at(data));
}

static int send_ecn(struct outgoing *out, const void *data)
{
    return merge(&out->tos, out->defaults->tos, IPTOS_ECN_MASK, int_at(data));
}

static int send_tclass(struct outgoing *out, const void *data)
{
    return merge(&out->tclass, 0, out->tclass < 0 ? 0xff : 0xff & ~IPTOS_ECN_MASK, int_at(data));
}

static int send_ecn6(struct outgoing *out, const void *data)
{
    return merge(&out->tclass, out->defaults->tclass, IPTOS_ECN_MASK, int_at(data));
}

/* Windows cuts the buffers into datagrams of this size; 0 leaves them whole. */
static int send_segment(struct outgoing *out, const void *data)
{
    uint32_t size = int_at(data);

    if (size > UINT16_MAX) return WSAEINVAL;
    out->host->segment = size;
    return 0;
}

int control_add_segment(struct control_out *host)
{
    return append(host, SOL_UDP, UDP_SEGMENT, &host->segment, sizeof(host->segment));
}

static const struct
{
    int level, type;
    uint32_t size; /* of the data, bytes */
    int (*send)(struct outgoing *out, const void *data);
} sendable[] = {
    {WIN_IPPROTO_IP, WIN_IP_PKTINFO, sizeof(struct win_pktinfo), send_pktinfo},
    {WIN_IPPROTO_IP, WIN_IP_TTL, 4, send_ttl},
    {WIN_IPPROTO_IP, WIN_IP_RECVTTL, 4, send_ttl}, /* IP_HOPLIMIT, older Windows's name of it */
    {WIN_IPPROTO_IP, WIN_IP_TOS, 4, send_tos},
    {WIN_IPPROTO_IP, WIN_IP_TCLASS, 4, send_tos},
    {WIN_IPPROTO_IP, WIN_IP_ECN, 4, send_ecn},
    {WIN_IPPROTO_IPV6, WIN_IPV6_PKTINFO, sizeof(struct win_pktinfo6), send_pktinfo6},
    {WIN_IPPROTO_IPV6, WIN_IPV6_HOPLIMIT, 4, send_hop_limit},
    {WIN_IPPROTO_IPV6, WIN_IPV6_TCLASS, 4, send_tclass},
    {WIN_IPPROTO_IPV6, WIN_IPV6_ECN, 4, send_ecn6},
    {WIN_IPPROTO_UDP, WIN_UDP_SEND_MSG_SIZE, 4, send_segment},
};

static int send_one(struct outgoing *out, int level, int type, const char *data, uint64_t size)
{
    _Alignas(8) char copy[MAX_DATA];
    size_t i;

    for (i = 0; i < COUNT(sendable); i++)
    {
        if (sendable[i].level != level || sendable[i].type != type) continue;
        if (size < sendable[i].size) return WSAEINVAL;
        memcpy(copy, data, sendable[i].size);
        return sendable[i].send(out, copy);
    }
    return WSAEINVAL;
}

/* The header at p, of which layout bytes can be read. */
static uint64_t read_header(enum control_layout layout, const char *p, int *level, int *type)
{
    uint64_t size = 0;
    size_t size_size = layout == CONTROL_LAYOUT_64 ? 8 : 4;

    memcpy(&size, p, size_size);
    memcpy(level, p + size_size, 4);
    memcpy(type, p + size_size + 4, 4);
    return size;
}

static uint64_t aligned(enum control_layout layout, uint64_t size)
{
    uint64_t mask = layout == CONTROL_LAYOUT_64 ? 7 : 3;

    return (size + mask) & ~mask;
}

static int collect(struct outgoing *out, enum control_layout layout, const char *p, uint32_t size)
{
    int level, type, err;

    while (size >= layout)
    {
        uint64_t length = read_header(layout, p, &level, &type);

        if (length < layout || length > size) return WSAEINVAL;
        if ((err = send_one(out, level, type, p + layout, length - layout))) return err;
        length = aligned(layout, length);
        if (length >= size) break;
        p += length;
        size -= length;
    }
    return 0;
}

int control_to_host(enum control_layout layout, const void *win, uint32_t size,
                    const struct control_defaults *defaults, struct control_out *host)
{
    struct outgoing out = {.host = host, .defaults = defaults, .tos = -1, .tclass = -1};
    int err;

    host->used = 0;
    host->segment = 0;
    err = collect(&out, layout, win, size);
    if (!err && out.tos >= 0) err = append(host, IPPROTO_IP, IP_TOS, &out.tos, sizeof(out.tos));
    if (!err && out.tclass >= 0)
        err = append(host, IPPROTO_IPV6, IPV6_TCLASS, &out.tclass, sizeof(out.tclass));
    return err;
}

/* --- Receiving --- */

static void receive_pktinfo(const void *data, void *win)
{
    const struct in_pktinfo *info = data;
    struct win_pktinfo *to = win;

    memcpy(to->addr, &info->ipi_addr, 4);
    to->ifindex = info->ipi_ifindex;
}

static void receive_address(const void *data, void *win)
{
    memcpy(win, &((const struct in_pktinfo *)data)->ipi_addr, 4);
}

static void receive_interface(const void *data, void *win)
{
    const struct in_pktinfo *info = data;
    uint32_t index = info->ipi_ifindex;

    memcpy(win, &index, sizeof(index));
}

static void receive_pktinfo6(const void *data, void *win)
{
    const struct in6_pktinfo *info = data;
    struct win_pktinfo6 *to = win;

    memcpy(to->addr, &info->ipi6_addr, 16);
    to->ifindex = info->ipi6_ifindex;
}

static void receive_address6(const void *data, void *win)
{
    memcpy(win, &((const struct in6_pktinfo *)data)->ipi6_addr, 16);
}

static void receive_interface6(const void *data, void *win)
{
    const struct in6_pktinfo *info = data;
    uint32_t index = info->ipi6_ifindex;

    memcpy(win, &index, sizeof(index));
}

static void receive_error(const void *data, void *win)
{
    struct sock_extended_err host;
    struct win_recverr error = {0};

    memcpy(&host, data, sizeof(host));
    error.protocol = host.ee_origin == SO_EE_ORIGIN_ICMP6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    error.info = host.ee_info;
    error.type = host.ee_type;
    error.code = host.ee_code;
    memcpy(win, &error, sizeof(error));
}

static void receive_int(const void *data, void *win)
{
    memcpy(win, data, 4);
}

static void receive_byte(const void *data, void *win)
{
    int value = *(const unsigned char *)data;

    memcpy(win, &value, sizeof(value));
}

static void receive_ecn(const void *data, void *win)
{
    int value = *(const unsigned char *)data & IPTOS_ECN_MASK;

    memcpy(win, &value, sizeof(value));
}

static void receive_ecn6(const void *data, void *win)
{
    int value = int_at(data) & IPTOS_ECN_MASK;

    memcpy(win, &value, sizeof(value));
}

/* One message of the host's may answer several of Windows's. */
static const struct
{
    uint32_t kind;
    int host_level, host_type;
    size_t host_size; /* of the data, bytes; more is tolerated */
    int level, type;
    uint32_t size;
    void (*receive)(const void *data, void *win);
} receivable[] = {
    {WS2_CONTROL_PKTINFO, IPPROTO_IP, IP_PKTINFO, sizeof(struct in_pktinfo), WIN_IPPROTO_IP, WIN_IP_PKTINFO,
     sizeof(struct win_pktinfo), receive_pktinfo},
    {WS2_CONTROL_DSTADDR, IPPROTO_IP, IP_PKTINFO, sizeof(struct in_pktinfo), WIN_IPPROTO_IP,
     WIN_IP_RECVDSTADDR, 4, receive_address},
    {WS2_CONTROL_INTERFACE, IPPROTO_IP, IP_PKTINFO, sizeof(struct in_pktinfo), WIN_IPPROTO_IP, WIN_IP_RECVIF,
     4, receive_interface},
    {WS2_CONTROL_ARRIVAL, IPPROTO_IP, IP_PKTINFO, sizeof(struct in_pktinfo), WIN_IPPROTO_IP,
     WIN_IP_ORIGINAL_ARRIVAL_IF, 4, receive_interface},
    {WS2_CONTROL_ERROR, IPPROTO_IP, IP_RECVERR, sizeof(struct sock_extended_err), WIN_IPPROTO_IP,
     WIN_IP_RECVERR, sizeof(struct win_recverr), receive_error},
    {WS2_CONTROL_ERROR, IPPROTO_IPV6, IPV6_RECVERR, sizeof(struct sock_extended_err), WIN_IPPROTO_IPV6,
     WIN_IP_RECVERR, sizeof(struct win_recverr), receive_error},
    {WS2_CONTROL_TTL, IPPROTO_IP, IP_TTL, 4, WIN_IPPROTO_IP, WIN_IP_TTL, 4, receive_int},
    {WS2_CONTROL_TOS, IPPROTO_IP, IP_TOS, 1, WIN_IPPROTO_IP, WIN_IP_TOS, 4, receive_byte},
    {WS2_CONTROL_ECN, IPPROTO_IP, IP_TOS, 1, WIN_IPPROTO_IP, WIN_IP_ECN, 4, receive_ecn},
    {WS2_CONTROL_PKTINFO, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(struct in6_pktinfo), WIN_IPPROTO_IPV6,
     WIN_IPV6_PKTINFO, sizeof(struct win_pktinfo6), receive_pktinfo6},
    {WS2_CONTROL_DSTADDR, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(struct in6_pktinfo), WIN_IPPROTO_IPV6,
     WIN_IPV6_RECVDSTADDR, 16, receive_address6},
    {WS2_CONTROL_INTERFACE, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(struct in6_pktinfo), WIN_IPPROTO_IPV6,
     WIN_IPV6_RECVIF, 4, receive_interface6},
    {WS2_CONTROL_ARRIVAL, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(struct in6_pktinfo), WIN_IPPROTO_IPV6,
     WIN_IPV6_ORIGINAL_ARRIVAL_IF, 4, receive_interface6},
    {WS2_CONTROL_TTL, IPPROTO_IPV6, IPV6_HOPLIMIT, 4, WIN_IPPROTO_IPV6, WIN_IPV6_HOPLIMIT, 4, receive_int},
    {WS2_CONTROL_TCLASS, IPPROTO_IPV6, IPV6_TCLASS, 4, WIN_IPPROTO_IPV6, WIN_IPV6_TCLASS, 4, receive_int},
    {WS2_CONTROL_ECN, IPPROTO_IPV6, IPV6_TCLASS, 4, WIN_IPPROTO_IPV6, WIN_IPV6_ECN, 4, receive_ecn6},
    {WS2_CONTROL_COALESCED, SOL_UDP, UDP_GRO, 4, WIN_IPPROTO_UDP, WIN_UDP_COALESCED_INFO, 4, receive_int},
};

struct incoming
{
    enum control_layout layout;
    char *win;
    uint32_t room, used;
};

/* 0, or MSG_CTRUNC if there is no room. The padding may be missing from the last one. */
static uint32_t put(struct incoming *in, int level, int type, const void *data, uint32_t size)
{
    uint32_t length = in->layout + size, space = aligned(in->layout, length);
    uint64_t length64 = length;
    size_t size_size = in->layout == CONTROL_LAYOUT_64 ? 8 : 4;
    char *p = in->win + in->used;

    if (length > in->room - in->used) return WIN_MSG_CTRUNC;
    if (space > in->room - in->used) space = in->room - in->used;
    memset(p, 0, space);
    memcpy(p, &length64, size_size);
    memcpy(p + size_size, &level, 4);
    memcpy(p + size_size + 4, &type, 4);
    memcpy(p + in->layout, data, size);
    in->used += space;
    return 0;
}

static uint32_t receive_one(struct incoming *in, uint32_t kinds, const struct cmsghdr *header)
{
    _Alignas(8) char host[MAX_DATA], win[MAX_DATA];
    size_t size, i;
    uint32_t flags = 0;

    if (header->cmsg_len < CMSG_LEN(0)) return 0;
    size = header->cmsg_len - CMSG_LEN(0);
    for (i = 0; i < COUNT(receivable); i++)
    {
        if (receivable[i].host_level != header->cmsg_level || receivable[i].host_type != header->cmsg_type)
            continue;
        if (!(kinds & receivable[i].kind) || size < receivable[i].host_size) continue;
        memcpy(host, CMSG_DATA(header), receivable[i].host_size);
        receivable[i].receive(host, win);
        flags |= put(in, receivable[i].level, receivable[i].type, win, receivable[i].size);
    }
    return flags;
}

uint32_t control_from_host(enum control_layout layout, struct msghdr *host, uint32_t kinds, void *win,
                           uint32_t room, uint32_t *used)
{
    struct incoming in = {.layout = layout, .win = win, .room = room};
    uint32_t flags = host->msg_flags & MSG_CTRUNC ? WIN_MSG_CTRUNC : 0;
    struct cmsghdr *header;

    for (header = CMSG_FIRSTHDR(host); header; header = CMSG_NXTHDR(host, header))
    {
        if (header->cmsg_len > (size_t)((char *)host->msg_control + host->msg_controllen - (char *)header))
            break;
        flags |= receive_one(&in, kinds, header);
    }
    *used = in.used;
    return flags;
}

/* --- What the host has to deliver --- */

static const struct
{
    uint32_t kinds; /* that are made of what this brings */
    uint32_t brings;
    int family, level, name;
} requests[] = {
    {WS2_CONTROL_DSTADDR | WS2_CONTROL_INTERFACE | WS2_CONTROL_ARRIVAL, WS2_CONTROL_PKTINFO, AF_INET,
     IPPROTO_IP, IP_PKTINFO},
    {WS2_CONTROL_ECN, WS2_CONTROL_TOS, AF_INET, IPPROTO_IP, IP_RECVTOS},
    {WS2_CONTROL_DSTADDR | WS2_CONTROL_INTERFACE | WS2_CONTROL_ARRIVAL, WS2_CONTROL_PKTINFO, AF_INET6,
     IPPROTO_IPV6, IPV6_RECVPKTINFO},
    {WS2_CONTROL_ECN, WS2_CONTROL_TCLASS, AF_INET6, IPPROTO_IPV6, IPV6_RECVTCLASS},
    {WS2_CONTROL_ECN, WS2_CONTROL_TOS, AF_INET6, IPPROTO_IP, IP_RECVTOS}, /* of IPv4 datagrams */
};

uint32_t control_request(int fd, uint32_t kinds)
{
    int family = 0, on, one = 1;
    socklen_t size = sizeof(family);
    uint32_t uninvited = 0;
    size_t i;

    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size)) return 0;
    for (i = 0; i < COUNT(requests); i++)
    {
        if (requests[i].family != family || !(requests[i].kinds & kinds)) continue;
        on = 0;
        size = sizeof(on);
        if (getsockopt(fd, requests[i].level, requests[i].name, &on, &size) || on) continue;
        if (!setsockopt(fd, requests[i].level, requests[i].name, &one, sizeof(one)))
            uninvited |= requests[i].brings;
    }
    return uninvited;
}
