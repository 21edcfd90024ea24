/*
 * Host sockets of families that the device does not know, relayed to TCP connections
 * over loopback whose other ends, the fronts, are the device's sockets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The device makes its host sockets itself, of its own families, and there is no way
 * to put another one under a handle. With a front of its own, every handle has all
 * that the device offers: completion ports, events, selection, cancellation. One
 * thread a process moves the bytes (relayrun.c, pump.c), but for those that a call can
 * carry over itself (direct.c).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "unix/errno.h"
#include "unix/front.h"
#include "unix/relay.h"
#include "unix/relays.h"
#include "unix/wsaerror.h"

uint16_t relay_free_port(void)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof(addr);
    int fd = front_socket();

    front_address(&addr, htonl(INADDR_LOOPBACK), 0);
    if (fd < 0) return 0;
    if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || getsockname(fd, (struct sockaddr *)&addr, &len))
        addr.sin_port = 0;
    close(fd);
    return addr.sin_port;
}

int relay_open(int family, int type, int protocol, uint32_t *id)
{
    struct relay *relay;
    int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

    if (fd < 0) return error_from_errno(errno);
    relays_lock();
    if ((relay = relays_add(fd, FRESH)))
    {
        *id = relay->id;
        relay->messages = type == SOCK_SEQPACKET;
    }
    relays_unlock();
    if (relay) return 0;
    close(fd);
    return WSAENOBUFS;
}

int relay_bind(uint32_t id, const union host_sockaddr *addr, socklen_t len)
{
    struct relay *relay;
    int error = WSAENOTSOCK;

    relays_lock();
    if ((relay = relays_alive(id))) error = error_if(bind(relay->fd[HOST], &addr->any, len));
    relays_unlock();
    return error;
}

int relay_local_name(uint32_t id, union host_sockaddr *addr, socklen_t *len)
{
    struct relay *relay;
    int error = WSAEINVAL;

    *len = sizeof(*addr);
    memset(addr, 0, sizeof(*addr));
    relays_lock();
    if ((relay = relays_alive(id))) error = error_if(getsockname(relay->fd[HOST], &addr->any, len));
    relays_unlock();
    return error;
}

int relay_peer(uint32_t id, union host_sockaddr *addr, socklen_t *len, uint32_t *pid)
{
    struct relay *relay;
    int error = WSAENOTCONN;

    relays_lock();
    if ((relay = relays_find(id)) && relay->peer_len)
    {
        *addr = relay->peer;
        *len = relay->peer_len;
        *pid = relay->peer_pid;
        error = 0;
    }
    relays_unlock();
    return error;
}

uint16_t relay_gate(uint32_t id)
{
    const struct relay *relay;
    uint16_t port = 0;

    relays_lock();
    if ((relay = relays_alive(id)) && relay->gate >= 0) port = relay->gate_port;
    relays_unlock();
    return port;
}

int relay_find(uint32_t front_peer, uint16_t front_port, uint32_t *id)
{
    struct relay *relay;

    relays_lock();
    for (relay = relays; relay; relay = relay->next)
        if (relay->source == front_peer && relay->front_port == front_port && !relay->released) break;
    if (relay) *id = relay->id;
    relays_unlock();
    return relay ? 0 : WSAENOTCONN;
}

void relay_close(uint32_t id, int last)
{
    struct relay *relay;

    relays_lock();
    if ((relay = relays_find(id)))
    {
        relay->released = 1;
        relay->closing = last;
        if (relay->state == AWAITING) relay_attend(relay); /* it may have, a moment ago */
        if (relay->state == FRESH || relay->state == AWAITING || (relay->state == LISTENING && last))
            pump_finish(relay);
        else if (relay->state == OPEN && relay->way[FRONT].passed && last)
            pump_finish(relay);
    }
    relays_unlock();
}
