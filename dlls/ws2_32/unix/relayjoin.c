/*
 * How a host socket and a front get together.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Connections to a listening front come from 127.64.0.0/10 and a port that is kept
 * for nothing else, a new address for each, so that a filter keeps strangers out and
 * the address tells which relay a connection belongs to. A front that connects is
 * known by its port.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "unix/errno.h"
#include "unix/front.h"
#include "unix/relay.h"
#include "unix/relays.h"
#include "unix/wsaerror.h"

#define FIRST_SOURCE 0x7f400000u /* 127.64.0.0 */
#define SOURCES 0x003fffffu

static uint32_t last_source;

void relay_remember_peer(struct relay *relay)
{
    struct ucred peer = {0};
    socklen_t len = sizeof(peer);

    relay->peer_len = sizeof(relay->peer);
    if (getpeername(relay->fd[HOST], &relay->peer.any, &relay->peer_len)) relay->peer_len = 0;
    if (!getsockopt(relay->fd[HOST], SOL_SOCKET, SO_PEERCRED, &peer, &len)) relay->peer_pid = peer.pid;
}

/* Connects a host connection to the listener's front, from an address of its own. */
static int join(struct relay *relay, const struct relay *listener)
{
    static const int one = 1;
    struct sockaddr_in addr;
    int tries;

    if ((relay->fd[FRONT] = front_socket()) < 0) return 0;
    setsockopt(relay->fd[FRONT], SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
    for (tries = 0; tries < 100; tries++)
    {
        last_source = (last_source + 1) & SOURCES;
        relay->source = htonl(FIRST_SOURCE | last_source);
        front_address(&addr, relay->source, listener->gate_port);
        if (!bind(relay->fd[FRONT], (struct sockaddr *)&addr, sizeof(addr))) break;
    }
    relay->front_port = listener->front_port;
    front_address(&addr, htonl(INADDR_LOOPBACK), listener->front_port);
    return !connect(relay->fd[FRONT], (struct sockaddr *)&addr, sizeof(addr)) || errno == EINPROGRESS;
}

static int is_joining(const struct relay *listener)
{
    const struct relay *relay;

    for (relay = relays; relay; relay = relay->next)
        if (relay->state == JOINING && relay->front_port == listener->front_port) return 1;
    return 0;
}

/* One at a time waits for the front's queue: the others stay in the host's, as they would
 * on a host socket of the program's own. */
static void take_connections(struct relay *listener)
{
    int fd;

    while (!is_joining(listener) &&
           (fd = accept4(listener->fd[HOST], NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    {
        struct relay *relay = relays_add(fd, JOINING);

        if (!relay)
            close(fd);
        else if (!join(relay, listener))
        {
            pump_finish(relay);
            if (errno != ECONNREFUSED) continue;
            pump_finish(listener); /* the front is closed */
            return;
        }
        else
        {
            relay->messages = listener->messages;
            relay_remember_peer(relay);
            pump_watch(relay, FRONT, EPOLLOUT);
        }
    }
    pump_watch(listener, HOST, is_joining(listener) ? 0 : EPOLLIN);
}

static void joined(struct relay *relay)
{
    int error = 0;
    socklen_t len = sizeof(error);
    struct relay *listener;

    getsockopt(relay->fd[FRONT], SOL_SOCKET, SO_ERROR, &error, &len);
    if (error)
        pump_finish(relay);
    else
        pump_start(relay);
    for (listener = relays; listener; listener = listener->next)
    {
        if (listener->state != LISTENING || listener->front_port != relay->front_port) continue;
        if (error == ECONNREFUSED)
            pump_finish(listener);
        else
            pump_watch(listener, HOST, EPOLLIN);
    }
}

/* The front it waits for comes from a port that is known; others are turned away. */
static void front_came(struct relay *relay)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof(addr);
    int fd = accept4(relay->fd[FRONT], (struct sockaddr *)&addr, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) return;
    if (addr.sin_port != relay->front_port)
    {
        close(fd);
        return;
    }
    pump_close(relay, FRONT);
    relay->fd[FRONT] = fd;
    pump_start(relay);
}

void relay_attend(struct relay *relay)
{
    switch (relay->state)
    {
    case LISTENING: take_connections(relay); break;
    case JOINING: joined(relay); break;
    case AWAITING: front_came(relay); break;
    case OPEN: pump_bytes(relay); break;
    case FRESH:
    case GONE: break;
    }
}

/* A front that listens is closed by CloseHandle, too, or by a process that it was shared
 * with. Its port is free then, unless connections that it has accepted go on. */
static int front_is_gone(const struct relay *listener)
{
    struct sockaddr_in addr;
    int fd = front_socket(), gone;

    front_address(&addr, htonl(INADDR_LOOPBACK), listener->front_port);
    gone = fd >= 0 && !bind(fd, (struct sockaddr *)&addr, sizeof(addr));
    if (fd >= 0) close(fd);
    return gone;
}

void relay_look_around(void)
{
    struct relay *relay;

    for (relay = relays; relay; relay = relay->next)
        if (relay->state == LISTENING && front_is_gone(relay)) pump_finish(relay);
}

/* A port of all addresses that only this user's sockets can share, and do. */
static int make_gate(struct relay *relay)
{
    static const int one = 1;
    struct sockaddr_in addr;
    socklen_t len = sizeof(addr);

    front_address(&addr, htonl(INADDR_ANY), 0);
    if ((relay->gate = front_socket()) < 0 ||
        setsockopt(relay->gate, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) ||
        bind(relay->gate, (struct sockaddr *)&addr, sizeof(addr)) ||
        getsockname(relay->gate, (struct sockaddr *)&addr, &len))
        return error_from_errno(errno);
    relay->gate_port = addr.sin_port;
    return 0;
}

int relay_guard(uint32_t id, int front_fd)
{
    struct relay *relay;
    int error = WSAENOTSOCK;

    relays_lock();
    if ((relay = relays_alive(id)))
    {
        error = relay->gate < 0 ? make_gate(relay) : 0;
        if (!error) error = front_guard(front_fd, relay->gate_port);
    }
    relays_unlock();
    return error;
}

int relay_listen(uint32_t id, int backlog, uint16_t port, int *runner)
{
    struct relay *relay;
    int error = WSAENOTSOCK;

    relays_lock();
    if ((relay = relays_alive(id)))
    {
        error = error_if(listen(relay->fd[HOST], backlog));
        if (!error)
        {
            relay->state = LISTENING;
            relay->front_port = port;
            pump_watch(relay, HOST, EPOLLIN);
            *runner = relays_claim_runner();
        }
    }
    relays_unlock();
    return error;
}

static long long now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000ll + time.tv_nsec / 1000000;
}

/* A listener's full queue is EAGAIN, for which nothing can wait. */
static int connect_host(int fd, const union host_sockaddr *addr, socklen_t len, int wait_ms)
{
    const long long until = now_ms() + wait_ms;

    for (;;)
    {
        struct pollfd writable = {.fd = fd, .events = POLLOUT};
        long long left;

        if (!connect(fd, &addr->any, len) || errno == EISCONN) return 0;
        if (errno != EAGAIN && errno != EINPROGRESS && errno != EALREADY && errno != EINTR)
            return error_from_errno(errno);
        if ((left = until - now_ms()) <= 0) return WSAEWOULDBLOCK;
        if (errno == EAGAIN)
            poll(NULL, 0, left < 5 ? left : 5);
        else
            poll(&writable, 1, left);
    }
}

static int belongs_to_other(int fd)
{
    struct ucred peer = {0};
    socklen_t len = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) || peer.uid != geteuid();
}

/* A host socket that a connection was refused to can't be told from a fresh one; one
 * that was connected to the wrong peer is made anew. */
static int drop_connection(struct relay *relay)
{
    int domain = AF_UNIX, type = SOCK_STREAM;
    socklen_t len = sizeof(int);

    getsockopt(relay->fd[HOST], SOL_SOCKET, SO_DOMAIN, &domain, &len);
    getsockopt(relay->fd[HOST], SOL_SOCKET, SO_TYPE, &type, &len);
    close(relay->fd[HOST]);
    relay->fd[HOST] = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return WSAECONNREFUSED;
}

static int await_front(struct relay *relay, uint16_t front_port, uint16_t *port)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof(addr);

    front_address(&addr, htonl(INADDR_LOOPBACK), 0);
    if ((relay->fd[FRONT] = front_socket()) < 0 ||
        bind(relay->fd[FRONT], (struct sockaddr *)&addr, sizeof(addr)) || listen(relay->fd[FRONT], 1) ||
        getsockname(relay->fd[FRONT], (struct sockaddr *)&addr, &len))
        return error_from_errno(errno);
    relay->state = AWAITING;
    relay->front_port = front_port;
    *port = addr.sin_port;
    pump_watch(relay, FRONT, EPOLLIN);
    return 0;
}

int relay_connect(uint32_t id, const union host_sockaddr *addr, socklen_t len, int wait_ms, int same_user,
                  uint16_t front_port, uint16_t *port, int *runner)
{
    struct relay *relay;
    int fd = -1, error;

    relays_lock();
    if ((relay = relays_alive(id)) && relay->state == FRESH) fd = fcntl(relay->fd[HOST], F_DUPFD_CLOEXEC, 3);
    relays_unlock();
    if (fd < 0) return relay ? WSAEISCONN : WSAENOTSOCK;
    error = connect_host(fd, addr, len, wait_ms);
    close(fd);
    if (error) return error;
    relays_lock();
    if (!(relay = relays_alive(id)))
        error = WSAENOTSOCK;
    else if (same_user && belongs_to_other(relay->fd[HOST]))
        error = drop_connection(relay);
    else if (!(error = await_front(relay, front_port, port)))
    {
        relay_remember_peer(relay);
        *runner = relays_claim_runner();
    }
    relays_unlock();
    return error;
}
