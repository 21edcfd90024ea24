/* Interfaces, their addresses and routes (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_INTERFACE_H
#define WS2_UNIX_INTERFACE_H

#include <stddef.h>

#include "ws2_unix.h"

/* The list of WS2_INTERFACE_LIST, to be freed; a Winsock error or 0. */
int interface_list(int family, struct ws2_interface **list, size_t *count);

/* WS2_ROUTE_SOURCE: the local address for a destination; a Winsock error or 0. */
int route_source(const struct ws2_address *destination, struct ws2_address *source);

/* What the list is made of; pure. */
struct route_note
{
    char name[16];
    int is_default;
    uint32_t metric;
};

/* A line of /proc/net/route, of /proc/net/ipv6_route; 0 if it is no usable route. */
int route_line_ipv4(const char *line, struct route_note *note);
int route_line_ipv6(const char *line, struct route_note *note);
void interface_apply_route(struct ws2_interface *entry, const struct route_note *note);
void interface_sort(struct ws2_interface *entries, size_t count);
uint32_t interface_flags(unsigned int host);
uint32_t prefix_length(const struct ws2_address *netmask);

#endif
