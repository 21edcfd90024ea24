/*
 * Host sockets of families that the device does not know, relayed to TCP connections
 * over loopback whose other ends, the fronts, are the device's sockets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The device makes its host sockets itself, of its own families, and there is no way
 * to put another one under a handle. With a front of its own, every handle has all
 * that the device offers: completion ports, events, selection, cancellation. One
 * thread a process moves the bytes (pump.c).
 *
 * Connections to a listening front come from 127.64.0.0/10 and a port that is kept
 * for nothing else, a new address for each, so that a filter keeps strangers out and
 * the address tells which relay a connection belongs to.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "unix/errno.h"
#include "unix/front.h"
#include "unix/pump.h"
#include "unix/relay.h"
#include "unix/wsaerror.h"

#define IDLE_MS 2000
#define BATCH 64
#define FIRST_SOURCE 0x7f400000u /* 127.64.0.0 */
#define SOURCES 0x003fffffu
#define MAX_GONE 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct relay *relays;
static uint32_t last_id, last_source;
static int running;

static struct relay *find_id(uint32_t id)
{
    struct relay *relay = relays;

    while (relay && relay->id != id) relay = relay->next;
    return relay;
}

static struct relay *find_alive(uint32_t id)
{
    struct relay *relay = find_id(id);

    return relay && relay->state != GONE ? relay : NULL;
}

static struct relay *add(int host, enum state state)
{
    struct relay *relay = calloc(1, sizeof(*relay));

    if (!relay) return NULL;
    if (pump_epoll < 0 && (pump_epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
    {
        free(relay);
        return NULL;
    }
    relay->state = state;
    relay->id = ++last_id;
    relay->fd[HOST] = host;
    relay->fd[FRONT] = relay->gate = -1;
    relay->end[HOST].relay = relay->end[FRONT].relay = relay;
    relay->next = relays;
    relays = relay;
    return relay;
}

/* A connection may have come and gone before the program accepts it, and never be
 * accepted, so the latest of those are kept. */
static void sweep(void)
{
    struct relay **link = &relays, *relay;
    unsigned int gone = 0;

    while ((relay = *link))
    {
        if (relay->state != GONE || (!relay->released && relay->source && gone++ < MAX_GONE))
        {
            link = &relay->next;
            continue;
        }
        *link = relay->next;
        free(relay);
    }
}

static void remember_peer(struct relay *relay)
{
    struct ucred peer = {0};
    socklen_t len = sizeof(peer);

    relay->peer_len = sizeof(relay->peer);
    if (getpeername(relay->fd[HOST], &relay->peer.any, &relay->peer_len)) relay->peer_len = 0;
    if (!getsockopt(relay->fd[HOST], SOL_SOCKET, SO_PEERCRED, &peer, &len)) relay->peer_pid = peer.pid;
}

static void loopback(struct sockaddr_in *addr, uint32_t host, uint16_t port)
{
    memset(addr, 0, sizeof(*addr));
    addr->sin_family = AF_INET;
    addr->sin_addr.s_addr = host;
    addr->sin_port = port;
}

static int tcp_socket(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Connects a host connection to the listener's front, from an address of its own. */
static int join(struct relay *relay, const struct relay *listener)
{
    static const int one = 1;
    struct sockaddr_in addr;
    int tries;

    if ((relay->fd[FRONT] = tcp_socket()) < 0) return 0;
    setsockopt(relay->fd[FRONT], SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
    for (tries = 0; tries < 100; tries++)
    {
        last_source = (last_source + 1) & SOURCES;
        relay->source = htonl(FIRST_SOURCE | last_source);
        loopback(&addr, relay->source, listener->gate_port);
        if (!bind(relay->fd[FRONT], (struct sockaddr *)&addr, sizeof(addr))) break;
    }
    relay->front_port = listener->front_port;
    loopback(&addr, htonl(INADDR_LOOPBACK), listener->front_port);
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
        struct relay *relay = add(fd, JOINING);

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
            remember_peer(relay);
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

static void attend(struct end *end)
{
    struct relay *relay = end->relay;

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
    int fd = tcp_socket(), gone;

    loopback(&addr, htonl(INADDR_LOOPBACK), listener->front_port);
    gone = fd >= 0 && !bind(fd, (struct sockaddr *)&addr, sizeof(addr));
    if (fd >= 0) close(fd);
    return gone;
}

static void look_for_gone_fronts(void)
{
    struct relay *relay;

    for (relay = relays; relay; relay = relay->next)
        if (relay->state == LISTENING && front_is_gone(relay)) pump_finish(relay);
}

static int anything_to_do(void)
{
    const struct relay *relay;

    for (relay = relays; relay; relay = relay->next)
        if (relay->state != FRESH && relay->state != GONE) return 1;
    return 0;
}

/* Signals come only while it waits: the process's end does not stop it between
 * receiving something and sending it on, nor with the lock held. */
static int step(int timeout)
{
    struct epoll_event events[BATCH];
    sigset_t none;
    int i, count;

    sigemptyset(&none);
    count = epoll_pwait(pump_epoll, events, BATCH, timeout, &none);
    pthread_mutex_lock(&lock);
    for (i = 0; i < count; i++) attend(events[i].data.ptr);
    if (!count) look_for_gone_fronts();
    sweep();
    return count;
}

void relay_no_runner(void)
{
    pthread_mutex_lock(&lock);
    running = 0;
    pthread_mutex_unlock(&lock);
}

void relay_run(void)
{
    sigset_t all, before;
    int more = 1;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (more)
    {
        int count = step(IDLE_MS);

        more = count || anything_to_do();
        if (!more) running = 0;
        pthread_mutex_unlock(&lock);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

uint16_t relay_free_port(void)
{
    struct sockaddr_in addr;
    socklen_t len = sizeof(addr);
    int fd = tcp_socket();

    loopback(&addr, htonl(INADDR_LOOPBACK), 0);
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
    pthread_mutex_lock(&lock);
    if ((relay = add(fd, FRESH))) *id = relay->id;
    pthread_mutex_unlock(&lock);
    if (relay) return 0;
    close(fd);
    return WSAENOBUFS;
}

static int last_error(int failed)
{
    return failed ? error_from_errno(errno) : 0;
}

int relay_bind(uint32_t id, const union host_sockaddr *addr, socklen_t len)
{
    struct relay *relay;
    int error = WSAENOTSOCK;

    pthread_mutex_lock(&lock);
    if ((relay = find_alive(id))) error = last_error(bind(relay->fd[HOST], &addr->any, len));
    pthread_mutex_unlock(&lock);
    return error;
}

int relay_local_name(uint32_t id, union host_sockaddr *addr, socklen_t *len)
{
    struct relay *relay;
    int error = WSAEINVAL;

    *len = sizeof(*addr);
    memset(addr, 0, sizeof(*addr));
    pthread_mutex_lock(&lock);
    if ((relay = find_alive(id))) error = last_error(getsockname(relay->fd[HOST], &addr->any, len));
    pthread_mutex_unlock(&lock);
    return error;
}

int relay_peer(uint32_t id, union host_sockaddr *addr, socklen_t *len, uint32_t *pid)
{
    struct relay *relay;
    int error = WSAENOTCONN;

    pthread_mutex_lock(&lock);
    if ((relay = find_id(id)) && relay->peer_len)
    {
        *addr = relay->peer;
        *len = relay->peer_len;
        *pid = relay->peer_pid;
        error = 0;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

/* A port of all addresses that only this user's sockets can share, and do. */
static int make_gate(struct relay *relay)
{
    static const int one = 1;
    struct sockaddr_in addr;
    socklen_t len = sizeof(addr);

    loopback(&addr, htonl(INADDR_ANY), 0);
    if ((relay->gate = tcp_socket()) < 0 ||
        setsockopt(relay->gate, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) ||
        bind(relay->gate, (struct sockaddr *)&addr, sizeof(addr)) ||
        getsockname(relay->gate, (struct sockaddr *)&addr, &len))
        return error_from_errno(errno);
    relay->gate_port = addr.sin_port;
    return 0;
}

static int claim_runner(void)
{
    int needed = !running;

    running = 1;
    return needed;
}

int relay_guard(uint32_t id, int front_fd)
{
    struct relay *relay;
    int error = WSAENOTSOCK;

    pthread_mutex_lock(&lock);
    if ((relay = find_alive(id)))
    {
        error = relay->gate < 0 ? make_gate(relay) : 0;
        if (!error) error = front_guard(front_fd, relay->gate_port);
    }
    pthread_mutex_unlock(&lock);
    return error;
}

int relay_listen(uint32_t id, int backlog, uint16_t port, int *runner)
{
    struct relay *relay;
    int error = WSAENOTSOCK;

    pthread_mutex_lock(&lock);
    if ((relay = find_alive(id)))
    {
        error = last_error(listen(relay->fd[HOST], backlog));
        if (!error)
        {
            relay->state = LISTENING;
            relay->front_port = port;
            pump_watch(relay, HOST, EPOLLIN);
            *runner = claim_runner();
        }
    }
    pthread_mutex_unlock(&lock);
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

    loopback(&addr, htonl(INADDR_LOOPBACK), 0);
    if ((relay->fd[FRONT] = tcp_socket()) < 0 ||
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

    pthread_mutex_lock(&lock);
    if ((relay = find_alive(id)) && relay->state == FRESH) fd = fcntl(relay->fd[HOST], F_DUPFD_CLOEXEC, 3);
    pthread_mutex_unlock(&lock);
    if (fd < 0) return relay ? WSAEISCONN : WSAENOTSOCK;
    error = connect_host(fd, addr, len, wait_ms);
    close(fd);
    if (error) return error;
    pthread_mutex_lock(&lock);
    if (!(relay = find_alive(id)))
        error = WSAENOTSOCK;
    else if (same_user && belongs_to_other(relay->fd[HOST]))
        error = drop_connection(relay);
    else if (!(error = await_front(relay, front_port, port)))
    {
        remember_peer(relay);
        *runner = claim_runner();
    }
    pthread_mutex_unlock(&lock);
    return error;
}

int relay_find(uint32_t front_peer, uint16_t front_port, uint32_t *id)
{
    struct relay *relay;

    pthread_mutex_lock(&lock);
    for (relay = relays; relay; relay = relay->next)
        if (relay->source == front_peer && relay->front_port == front_port && !relay->released) break;
    if (relay) *id = relay->id;
    pthread_mutex_unlock(&lock);
    return relay ? 0 : WSAENOTCONN;
}

void relay_close(uint32_t id, int last)
{
    struct relay *relay;

    pthread_mutex_lock(&lock);
    if ((relay = find_id(id)))
    {
        relay->released = 1;
        relay->closing = last;
        if (relay->state == AWAITING) front_came(relay); /* it may have, a moment ago */
        if (relay->state == FRESH || relay->state == AWAITING || (relay->state == LISTENING && last))
            pump_finish(relay);
        else if (relay->state == OPEN && relay->way[FRONT].passed && last)
            pump_finish(relay);
    }
    pthread_mutex_unlock(&lock);
}

/* Only calls that are safe between fork and exec from here on. */
static int next_descriptor(int from)
{
    const struct relay *relay;
    int next = pump_epoll >= from ? pump_epoll : -1, i;

    for (relay = relays; relay; relay = relay->next)
        for (i = 0; i < 3; i++)
        {
            int fd = i < 2 ? relay->fd[i] : relay->gate;

            if (fd >= from && (next < 0 || fd < next)) next = fd;
        }
    return next;
}

static void close_others(void)
{
    int from = 0, next;

    while ((next = next_descriptor(from)) >= 0)
    {
        if (next > from) syscall(SYS_close_range, from, next - 1, 0);
        from = next + 1;
    }
    syscall(SYS_close_range, from, ~0u, 0);
}

static void relay_until_done(void)
{
    sigset_t none;

    sigemptyset(&none);
    while (anything_to_do())
    {
        struct epoll_event events[BATCH];
        int i, count = epoll_pwait(pump_epoll, events, BATCH, IDLE_MS, &none);

        if (count < 0 && errno != EINTR) break;
        for (i = 0; i < count; i++) attend(events[i].data.ptr);
        if (!count) look_for_gone_fronts();
    }
}

/* Nothing can come from a front that nobody has any more but what is there already. */
static void last_bytes(struct relay *relay)
{
    if (relay->state != OPEN) return;
    pump_move(relay, FRONT);
    if (relay->closing && !relay->way[FRONT].data) pump_finish(relay);
}

void relay_leave(void)
{
    const struct timespec patience = {time(NULL) + 3, 0};
    struct relay *relay;
    sigset_t all, before;

    if (!relays || pthread_mutex_timedlock(&lock, &patience)) return;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    for (relay = relays; relay; relay = relay->next)
    {
        last_bytes(relay);
        if (relay->state == FRESH || (relay->closing && relay->state != OPEN)) pump_finish(relay);
    }
    if (anything_to_do() && !fork())
    {
        setsid();
        close_others();
        relay_until_done();
        _exit(0);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_mutex_unlock(&lock);
}
