/*
 * The host's interfaces with their addresses, best route first, and the local
 * address that leads to a destination.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unix/errno.h"
#include "unix/interface.h"
#include "unix/names.h"
#include "unix/wsaerror.h"

static const struct
{
    unsigned int host;
    uint32_t windows;
} flag_map[] = {
    {IFF_UP, WS2_INTERFACE_UP},
    {IFF_BROADCAST, WS2_INTERFACE_BROADCAST},
    {IFF_LOOPBACK, WS2_INTERFACE_LOOPBACK},
    {IFF_POINTOPOINT, WS2_INTERFACE_POINT_TO_POINT},
    {IFF_MULTICAST, WS2_INTERFACE_MULTICAST},
};

uint32_t interface_flags(unsigned int host)
{
    uint32_t flags = 0;
    size_t i;

    for (i = 0; i < sizeof(flag_map) / sizeof(flag_map[0]); i++)
        if (host & flag_map[i].host) flags |= flag_map[i].windows;
    return flags;
}

uint32_t prefix_length(const struct ws2_address *netmask)
{
    uint32_t bits = 0, limit = netmask->family == WIN_AF_INET ? 32 : netmask->family ? 128 : 0;

    while (bits < limit && netmask->bytes[bits / 8] & (0x80 >> bits % 8)) bits++;
    return bits;
}

int route_line_ipv4(const char *line, struct route_note *note)
{
    unsigned int destination, gateway, flags, references, use, metric, mask;

    if (sscanf(line, "%15s %x %x %x %u %u %u %x", note->name, &destination, &gateway, &flags, &references,
               &use, &metric, &mask) != 8)
        return 0;
    if (!(flags & 1)) return 0; /* RTF_UP */
    note->is_default = !destination && !mask;
    note->metric = metric;
    return 1;
}

int route_line_ipv6(const char *line, struct route_note *note)
{
    char destination[33], source[33], next[33];
    unsigned int length, source_length, metric, references, use, flags;

    if (sscanf(line, "%32s %x %32s %x %32s %x %x %x %x %15s", destination, &length, source, &source_length,
               next, &metric, &references, &use, &flags, note->name) != 10)
        return 0;
    if (!(flags & 1) || flags & 0x200) return 0; /* RTF_UP, RTF_REJECT */
    note->is_default = !length;
    note->metric = metric;
    return 1;
}

/* An interface has the metric of its default route, or else of its best one. */
void interface_apply_route(struct ws2_interface *entry, const struct route_note *note)
{
    if (strcmp(entry->name, note->name)) return;
    if (note->is_default && !(entry->flags & WS2_INTERFACE_DEFAULT))
    {
        entry->flags |= WS2_INTERFACE_DEFAULT;
        entry->metric = note->metric;
    }
    else if (note->is_default || !(entry->flags & WS2_INTERFACE_DEFAULT))
    {
        if (note->metric < entry->metric) entry->metric = note->metric;
    }
}

static void apply_routes(struct ws2_interface *entries, size_t count, const char *path, int family,
                         int (*parse)(const char *, struct route_note *))
{
    FILE *file = fopen(path, "re");
    struct route_note note;
    char line[512];
    size_t i;

    if (!file) return;
    while (fgets(line, sizeof(line), file))
    {
        if (!parse(line, &note)) continue;
        for (i = 0; i < count; i++)
            if (entries[i].address.family == family) interface_apply_route(&entries[i], &note);
    }
    fclose(file);
}

static int interface_compare(const struct ws2_interface *a, const struct ws2_interface *b)
{
    uint32_t rank_a = a->flags & (WS2_INTERFACE_LOOPBACK | WS2_INTERFACE_DEFAULT);
    uint32_t rank_b = b->flags & (WS2_INTERFACE_LOOPBACK | WS2_INTERFACE_DEFAULT);

    if ((rank_a ^ rank_b) & WS2_INTERFACE_LOOPBACK) return rank_a & WS2_INTERFACE_LOOPBACK ? 1 : -1;
    if (rank_a != rank_b) return rank_a & WS2_INTERFACE_DEFAULT ? -1 : 1;
    if (a->metric != b->metric) return a->metric < b->metric ? -1 : 1;
    if (a->index != b->index) return a->index < b->index ? -1 : 1;
    return 0;
}

static void fill_entry(struct ws2_interface *entry, const struct ifaddrs *ifa)
{
    memset(entry, 0, sizeof(*entry));
    address_from_host(ifa->ifa_addr, &entry->address);
    address_from_host(ifa->ifa_netmask, &entry->netmask);
    if (ifa->ifa_flags & (IFF_BROADCAST | IFF_POINTOPOINT))
        address_from_host(ifa->ifa_broadaddr, &entry->broadcast);
    entry->index = if_nametoindex(ifa->ifa_name);
    entry->flags = interface_flags(ifa->ifa_flags);
    entry->metric = UINT32_MAX;
    entry->prefix_length = prefix_length(&entry->netmask);
    snprintf(entry->name, sizeof(entry->name), "%s", ifa->ifa_name);
}

/* An insertion sort: lists are short, and the host's order of an interface's
 * addresses, its primary one first, stays. */
void interface_sort(struct ws2_interface *entries, size_t count)
{
    struct ws2_interface entry;
    size_t i, j;

    for (i = 1; i < count; i++)
    {
        entry = entries[i];
        for (j = i; j && interface_compare(&entries[j - 1], &entry) > 0; j--) entries[j] = entries[j - 1];
        entries[j] = entry;
    }
}

static void find_mtus(struct ws2_interface *entries, size_t count)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    size_t i;

    for (i = 0; i < count; i++)
    {
        struct ifreq request = {0};

        memcpy(request.ifr_name, entries[i].name, sizeof(entries[i].name));
        entries[i].mtu = fd >= 0 && !ioctl(fd, SIOCGIFMTU, &request) ? request.ifr_mtu : 1500;
    }
    if (fd >= 0) close(fd);
}

int interface_list(int family, struct ws2_interface **list, size_t *count)
{
    struct ifaddrs *all, *ifa;
    struct ws2_interface *entries;
    struct ws2_address address;
    size_t max = 0, n = 0;

    if (getifaddrs(&all)) return error_from_errno(errno);
    for (ifa = all; ifa; ifa = ifa->ifa_next) max++;
    if (!(entries = calloc(max + 1, sizeof(*entries))))
    {
        freeifaddrs(all);
        return WSAENOBUFS;
    }
    for (ifa = all; ifa; ifa = ifa->ifa_next)
    {
        if (!(ifa->ifa_flags & IFF_UP) || !address_from_host(ifa->ifa_addr, &address)) continue;
        if (family && address.family != family) continue;
        fill_entry(&entries[n++], ifa);
    }
    freeifaddrs(all);
    apply_routes(entries, n, "/proc/net/route", WIN_AF_INET, route_line_ipv4);
    apply_routes(entries, n, "/proc/net/ipv6_route", WIN_AF_INET6, route_line_ipv6);
    find_mtus(entries, n);
    interface_sort(entries, n);
    *list = entries;
    *count = n;
    return 0;
}

int route_source(const struct ws2_address *destination, struct ws2_address *source)
{
    struct sockaddr_storage host;
    socklen_t len = address_to_host(destination, &host);
    int fd, error = 0;

    memset(source, 0, sizeof(*source));
    if (!len) return WSAEAFNOSUPPORT;
    if ((fd = socket(host.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0)) < 0) return error_from_errno(errno);
    /* A broadcast address needs SO_BROADCAST, and connect wants a port. */
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &(int){1}, sizeof(int));
    if (host.ss_family == AF_INET)
        ((struct sockaddr_in *)&host)->sin_port = htons(9);
    else
        ((struct sockaddr_in6 *)&host)->sin6_port = htons(9);
    if (connect(fd, (struct sockaddr *)&host, len)) error = error_from_errno(errno);
    len = sizeof(host);
    if (!error && getsockname(fd, (struct sockaddr *)&host, &len)) error = error_from_errno(errno);
    if (!error) address_from_host((struct sockaddr *)&host, source);
    close(fd);
    return error;
}
