/* Sockets of the device that stand in front of host sockets (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_FRONT_H
#define WS2_UNIX_FRONT_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

/* Lets through only what comes from this port, in network order. A Winsock error or 0. */
int front_guard(int fd, uint16_t port);

/* What goes with a socket to whoever gets it, by inheritance or otherwise: a few words,
 * size bytes, beside the guard if port is not 0. A Winsock error or 0. */
#define FRONT_TAG_MAX 1024
int front_tag(int fd, uint16_t port, const void *data, size_t size);

/* The bytes that front_tag has left on this socket, as far as there is room; 0 if it is none. */
size_t front_tagged(int fd, void *data, size_t size);

/* An IPv4 address, all in network order. */
void front_address(struct sockaddr_in *addr, uint32_t host, uint16_t port);

/* A host socket that may be a front's other end: TCP, and never waits; -1 if there is none. */
int front_socket(void);

#endif
