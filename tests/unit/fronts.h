/* Relays whose fronts are plain TCP sockets (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef FRONTS_H
#define FRONTS_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "suites.h"
#include "unix/relay.h"

static inline socklen_t abstract_name(union host_sockaddr *addr, const char *name)
{
    memset(addr, 0, sizeof(*addr));
    addr->un.sun_family = AF_UNIX;
    return offsetof(struct sockaddr_un, sun_path) + 1 +
           snprintf(addr->un.sun_path + 1, sizeof(addr->un.sun_path) - 1, "ws2_32-unit-%d-%s", getpid(),
                    name);
}

static inline void *run(void *unused)
{
    relay_run();
    return unused;
}

static inline void start_runner(int needed)
{
    pthread_t thread;

    if (needed) ck_assert_int_eq(pthread_create(&thread, NULL, run, NULL), 0);
}

static inline int front_socket_bound(struct sockaddr_in *addr)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t len = sizeof(*addr);

    memset(addr, 0, sizeof(*addr));
    addr->sin_family = AF_INET;
    addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)addr, sizeof(*addr)), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)addr, &len), 0);
    return fd;
}

static inline int client_of(const union host_sockaddr *addr, socklen_t len)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    ck_assert_int_eq(connect(fd, &addr->any, len), 0);
    return fd;
}

static inline void check_receives(int fd, const char *text)
{
    char buffer[64] = {0};

    ck_assert_int_eq(recv(fd, buffer, strlen(text), MSG_WAITALL), (ssize_t)strlen(text));
    ck_assert_str_eq(buffer, text);
}

static inline void check_talk(int a, int b)
{
    ck_assert_int_eq(send(a, "one way", 7, MSG_NOSIGNAL), 7);
    check_receives(b, "one way");
    ck_assert_int_eq(send(b, "and back", 8, MSG_NOSIGNAL), 8);
    check_receives(a, "and back");
}

/* A front that connects to where relay_connect says. */
static inline int connected_front(uint32_t id, const union host_sockaddr *addr, socklen_t len)
{
    struct sockaddr_in own, to;
    int fd = front_socket_bound(&own), runner = 0;

    to = own;
    ck_assert_int_eq(relay_connect(id, addr, len, 1000, 1, own.sin_port, &to.sin_port, &runner), 0);
    start_runner(runner);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

static inline int host_listener(const char *name, union host_sockaddr *addr, socklen_t *len)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    *len = abstract_name(addr, name);
    ck_assert_int_eq(bind(fd, &addr->any, *len), 0);
    ck_assert_int_eq(listen(fd, 5), 0);
    return fd;
}

/* A relay that is OPEN: its front, and what the host socket is connected to. */
static inline uint32_t open_relay(const char *name, int *front, int *peer)
{
    union host_sockaddr addr;
    socklen_t len;
    uint32_t id;
    int listener = host_listener(name, &addr, &len);

    ck_assert_int_eq(relay_open(AF_UNIX, SOCK_STREAM, 0, &id), 0);
    *front = connected_front(id, &addr, len);
    *peer = accept(listener, NULL, NULL);
    ck_assert_int_ge(*peer, 0);
    close(listener);
    return id;
}

#endif
