/* Sockets of the device that stand in front of host sockets (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_FRONT_H
#define WS2_UNIX_FRONT_H

#include <stdint.h>

/* Lets through only what comes from this port, in network order. A Winsock error or 0. */
int front_guard(int fd, uint16_t port);

#endif
