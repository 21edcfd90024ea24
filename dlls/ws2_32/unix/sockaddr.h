/* Windows's socket addresses and numbers to the host's and back (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_SOCKADDR_H
#define WS2_UNIX_SOCKADDR_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

union host_sockaddr
{
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_storage storage;
};

/* The host's address and its length; 0 if the family has no counterpart or size
 * is less than the family's structure. Nothing beyond size bytes is read. Path
 * names of AF_UNIX are copied as they are. */
socklen_t sockaddr_to_host(const void *win, uint32_t size, union host_sockaddr *host);

/* The same for sockets of BTHPROTO_L2CAP, whose addresses have a form of their own at the host. */
socklen_t sockaddr_to_l2cap(const void *win, uint32_t size, union host_sockaddr *host);

/* What the address takes in Windows's layout, bytes; 0 if the host's family has no
 * counterpart or host_size is too short for it. Written only if room suffices. */
uint32_t sockaddr_from_host(const union host_sockaddr *host, socklen_t host_size, void *win, uint32_t room);

/* -1 for numbers without a counterpart. A protocol's meaning depends on its
 * family, both Windows's numbers. */
int family_to_host(int win);
int family_from_host(int host);
int type_to_host(int win);
int type_from_host(int host);
int protocol_to_host(int family, int protocol);
int level_to_host(int win);

#endif
