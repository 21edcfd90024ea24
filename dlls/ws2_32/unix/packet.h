/* Raw host sockets behind datagram sockets of the device (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_PACKET_H
#define WS2_UNIX_PACKET_H

#include <stdint.h>
#include <sys/socket.h>

#include "unix/sockaddr.h"

/*
 * As unix/relay.h, for datagrams: the front is a UDP socket over loopback, which sees
 * every address of the host socket's family as one of 127.64.0.0/10, and a port. All
 * return a Winsock error or 0; addresses and ports of the front's are in network order.
 */
int packet_open(int family, int type, int protocol, uint32_t *id);

/* Relays to the front, which is bound to front_port; only the relay gets through to it.
 * With *runner, somebody has to call packet_run, or packet_no_runner. */
int packet_start(uint32_t id, int front_fd, uint16_t front_port, int *runner);

int packet_bind(uint32_t id, const union host_sockaddr *addr, socklen_t len);

/* Hears this peer only; or everybody again, with AF_UNSPEC. */
int packet_connect(uint32_t id, const union host_sockaddr *addr, socklen_t len);

int packet_local_name(uint32_t id, union host_sockaddr *addr, socklen_t *len);

/* What the front has to send to, for addr to get it; and whom it has got something from. */
int packet_target(uint32_t id, const union host_sockaddr *addr, socklen_t len, uint32_t *front_addr,
                  uint16_t *port);
int packet_source(uint32_t id, uint32_t front_addr, union host_sockaddr *addr, socklen_t *len);

/* See unix/option.h. */
int packet_option_get(uint32_t id, int level, int name, void *value, uint32_t *size);
int packet_option_set(uint32_t id, int level, int name, const void *value, uint32_t size);

/* The front gets what unix/tap.h gives, too, or no more of it. */
int packet_tap(uint32_t id, uint32_t flags);

void packet_close(uint32_t id);

void packet_run(void);
void packet_no_runner(void);

/* The process ends: what the front has sent goes out. */
void packet_leave(void);

#endif
