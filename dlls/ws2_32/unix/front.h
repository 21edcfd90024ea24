/* Sockets of the device that stand in front of host sockets (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_FRONT_H
#define WS2_UNIX_FRONT_H

#include <netinet/in.h>
#include <stdint.h>

/* Lets through only what comes from this port, in network order. A Winsock error or 0. */
int front_guard(int fd, uint16_t port);

/* An IPv4 address, all in network order. */
void front_address(struct sockaddr_in *addr, uint32_t host, uint16_t port);

/* A host socket that may be a front's other end: TCP, and never waits; -1 if there is none. */
int front_socket(void);

#endif
