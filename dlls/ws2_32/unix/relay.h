/* Host sockets behind sockets of the device (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_RELAY_H
#define WS2_UNIX_RELAY_H

#include <stdint.h>
#include <sys/socket.h>

#include "unix/sockaddr.h"

/*
 * A relay is a host socket of a family that the device does not know, and sooner or
 * later a TCP connection over loopback whose other end, the front, is the device's:
 * what comes from one goes to the other. All return a Winsock error or 0.
 */
int relay_open(int family, int type, int protocol, uint32_t *id);

/* A port that no socket has now, network order. */
uint16_t relay_free_port(void);

int relay_bind(uint32_t id, const union host_sockaddr *addr, socklen_t len);

/* The host's names of the two ends, and the process at the other. */
int relay_local_name(uint32_t id, union host_sockaddr *addr, socklen_t *len);
int relay_peer(uint32_t id, union host_sockaddr *addr, socklen_t *len, uint32_t *pid);

/* From now on only the relay itself gets through to the front, which is not listening yet. */
int relay_guard(uint32_t id, int front_fd);

/* The port that guards the front of one that may listen; 0 if there is none. */
uint16_t relay_gate(uint32_t id);

/* Listens, and has what comes connect to the front, which listens on port. With *runner,
 * somebody has to call relay_run, or relay_no_runner if that can't be. */
int relay_listen(uint32_t id, int backlog, uint16_t port, int *runner);

/* Connects, waiting for at most wait_ms; WSAEWOULDBLOCK if that was not enough, and
 * another call goes on. Then the front, bound to front_port, has to connect to *port.
 * With same_user, a peer that belongs to somebody else is refused. */
int relay_connect(uint32_t id, const union host_sockaddr *addr, socklen_t len, int wait_ms, int same_user,
                  uint16_t front_port, uint16_t *port, int *runner);

/* The relay whose connection came to the front on front_port from this address; both in
 * network order. */
int relay_find(uint32_t front_peer, uint16_t front_port, uint32_t *id);

/* The front's owner closed it: with last, nobody else has it. */
void relay_close(uint32_t id, int last);

/* Relays until nothing has been there to relay for a while: one thread's work. */
void relay_run(void);
void relay_no_runner(void);

/* At the end of the process: what is under way is finished, by a child if need be. */
void relay_leave(void);

#endif
