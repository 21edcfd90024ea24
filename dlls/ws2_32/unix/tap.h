/* Everything that an interface sees (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_TAP_H
#define WS2_UNIX_TAP_H

#include <stdint.h>
#include <sys/types.h>

#include "unix/sockaddr.h"

/* A descriptor of IP packets, enum ws2_tap_flags, on the interface that has this address.
 * A Winsock error or 0: WSAEACCES without the privilege, WSAEINVAL if no interface has it. */
int tap_open(const union host_sockaddr *address, uint32_t flags, int *fd);

/* The next packet, from its IP header on, and who sent it; -1 for none. */
ssize_t tap_receive(int fd, int family, uint32_t flags, void *packet, size_t size, union host_sockaddr *from,
                    socklen_t *len);

#endif
