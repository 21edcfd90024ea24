/*
 * Everything that an interface sees: SIO_RCVALL and its kin.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Raw sockets of the host see what is for the host, so a packet socket listens beside
 * them. Its membership lasts as long as its descriptor: with it ends the interface's
 * promiscuity, unless somebody else wants it, too.
 */
#include <errno.h>
#include <ifaddrs.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "unix/errno.h"
#include "unix/tap.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

#define RELAY_NETWORK 0x7f400000 /* 127.64.0.0/10: what packet.c relays */
#define RELAY_MASK 0xffc00000

static int is_address(const struct sockaddr *have, const union host_sockaddr *wanted)
{
    if (!have || have->sa_family != wanted->any.sa_family) return 0;
    if (have->sa_family == AF_INET)
        return ((const struct sockaddr_in *)have)->sin_addr.s_addr == wanted->in.sin_addr.s_addr;
    return have->sa_family == AF_INET6 && !memcmp(&((const struct sockaddr_in6 *)have)->sin6_addr,
                                                  &wanted->in6.sin6_addr, sizeof(struct in6_addr));
}

/* 0 if there is none. */
static unsigned int interface_of(const union host_sockaddr *address)
{
    struct ifaddrs *list, *each;
    unsigned int index = 0;

    if (getifaddrs(&list)) return 0;
    for (each = list; each && !index; each = each->ifa_next)
        if (is_address(each->ifa_addr, address)) index = if_nametoindex(each->ifa_name);
    freeifaddrs(list);
    return index;
}

#define ROOM (4 << 20) /* bytes that wait here while others of the program run */

#define LOAD(what) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (what))
#define LOAD_OF_WIRE(what) LOAD((uint32_t)(SKF_AD_OFF + (what)))
#define AND(mask) BPF_STMT(BPF_ALU | BPF_AND | BPF_K, (mask))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define IF(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (skip), 0)
#define TAKE BPF_STMT(BPF_RET | BPF_K, 0xffff)
#define LEAVE BPF_STMT(BPF_RET | BPF_K, 0)

/* What tap_receive leaves out anyway is most of what a busy loopback has, and would take the room of the
 * rest: what goes out there, and what is relayed. */
static void leave_out(int fd)
{
    static struct sock_filter code[] = {
        LOAD_OF_WIRE(SKF_AD_HATYPE),
        UNLESS(ARPHRD_LOOPBACK, 2),
        LOAD_OF_WIRE(SKF_AD_PKTTYPE),
        IF(PACKET_OUTGOING, 9),
        LOAD_OF_WIRE(SKF_AD_PROTOCOL),
        UNLESS(ETH_P_IP, 6),
        LOAD(offsetof(struct ip, ip_src)),
        AND(RELAY_MASK),
        IF(RELAY_NETWORK, 4),
        LOAD(offsetof(struct ip, ip_dst)),
        AND(RELAY_MASK),
        IF(RELAY_NETWORK, 1),
        TAKE,
        LEAVE,
    };
    const struct sock_fprog program = {sizeof(code) / sizeof(*code), code};
    const int room = ROOM;

    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
}

static int set_up(int fd, unsigned int interface, uint32_t flags)
{
    const struct sockaddr_ll wire = {
        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = interface};
    const struct packet_mreq wanted = {
        .mr_ifindex = interface,
        .mr_type = flags & WS2_TAP_OTHERS ? PACKET_MR_PROMISC : PACKET_MR_ALLMULTI,
    };

    if (bind(fd, (const struct sockaddr *)&wire, sizeof(wire))) return -1;
    if (!(flags & (WS2_TAP_OTHERS | WS2_TAP_MULTICAST))) return 0;
    return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &wanted, sizeof(wanted));
}

int tap_open(const union host_sockaddr *address, uint32_t flags, int *fd)
{
    unsigned int interface = interface_of(address);
    int error;

    if (!interface) return WSAEINVAL;
    if ((*fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) < 0)
        return error_from_errno(errno);
    leave_out(*fd);
    if (!set_up(*fd, interface, flags)) return 0;
    error = error_from_errno(errno);
    close(*fd);
    *fd = -1;
    return error;
}

static int is_relayed(in_addr_t address)
{
    return (ntohl(address) & RELAY_MASK) == RELAY_NETWORK;
}

/* Who sent an IPv4 packet, if it is wanted. Relayed packets would come back for ever. */
static int look_at_ipv4(const struct ip *header, ssize_t size, uint32_t flags, struct sockaddr_in *from)
{
    if (size < (ssize_t)sizeof(*header) || is_relayed(header->ip_src.s_addr) ||
        is_relayed(header->ip_dst.s_addr))
        return 0;
    if (flags & WS2_TAP_MULTICAST && !IN_MULTICAST(ntohl(header->ip_dst.s_addr))) return 0;
    if (flags & WS2_TAP_IGMP && header->ip_p != IPPROTO_IGMP) return 0;
    *from = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = header->ip_src};
    return 1;
}

static int look_at_ipv6(const struct ip6_hdr *header, ssize_t size, uint32_t flags, unsigned int interface,
                        struct sockaddr_in6 *from)
{
    if (size < (ssize_t)sizeof(*header)) return 0;
    if (flags & WS2_TAP_MULTICAST && !IN6_IS_ADDR_MULTICAST(&header->ip6_dst)) return 0;
    *from = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = header->ip6_src};
    if (IN6_IS_ADDR_LINKLOCAL(&from->sin6_addr)) from->sin6_scope_id = interface;
    return 1;
}

ssize_t tap_receive(int fd, int family, uint32_t flags, void *packet, size_t size, union host_sockaddr *from,
                    socklen_t *len)
{
    const int protocol = htons(family == AF_INET6 ? ETH_P_IPV6 : ETH_P_IP);
    struct sockaddr_ll wire;
    socklen_t wire_len = sizeof(wire);
    ssize_t got;

    for (;; wire_len = sizeof(wire))
    {
        got = recvfrom(fd, packet, size, MSG_DONTWAIT, (struct sockaddr *)&wire, &wire_len);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (wire.sll_protocol != protocol) continue;
        if (wire.sll_pkttype == PACKET_OTHERHOST && !(flags & WS2_TAP_OTHERS)) continue;
        /* it comes in as well */
        if (wire.sll_pkttype == PACKET_OUTGOING && wire.sll_hatype == ARPHRD_LOOPBACK) continue;
        *len = family == AF_INET6 ? sizeof(from->in6) : sizeof(from->in);
        if (family == AF_INET6 ? look_at_ipv6(packet, got, flags, wire.sll_ifindex, &from->in6)
                               : look_at_ipv4(packet, got, flags, &from->in))
            return got;
    }
}
