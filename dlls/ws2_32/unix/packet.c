/*
 * Raw host sockets of protocols that the device does not know, relayed to UDP sockets
 * over loopback, the fronts, that are the device's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The relay's own UDP socket is bound to a port of all addresses of 127.0.0.0/8. Each
 * address of the host socket's family gets one of 127.64.0.0/10 when it is first seen
 * or sent to: datagrams to the front come from it, and what the front sends there goes
 * to the address it stands for. The last few thousand are remembered. As on any
 * datagram socket, what finds no room is lost; so are errors of sends.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "unix/errno.h"
#include "unix/front.h"
#include "unix/option.h"
#include "unix/packet.h"
#include "unix/tap.h"
#include "unix/wsaerror.h"

#define IDLE_MS 2000
#define BATCH 64
#define BURST 256
#define FIRST_NAME 0x7f400000u /* 127.64.0.0 */
#define NAMES 4096
#define LARGEST 65536

struct name
{
    union host_sockaddr addr;
    socklen_t len; /* 0: none */
};

struct packet
{
    uint32_t id;
    int family, host, own, tap, gone;
    uint32_t tapped;               /* enum ws2_tap_flags */
    uint16_t own_port, front_port; /* network order; front_port 0: not started */
    struct name *names;
    unsigned int last_name;
    struct packet *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct packet *packets;
static uint32_t last_id;
static int epoll_fd = -1, running;

static struct packet *find(uint32_t id)
{
    struct packet *packet = packets;

    while (packet && (packet->id != id || packet->gone)) packet = packet->next;
    return packet;
}

static void destroy(struct packet *packet)
{
    if (packet->host >= 0) close(packet->host);
    if (packet->own >= 0) close(packet->own);
    if (packet->tap >= 0) close(packet->tap);
    free(packet->names);
    free(packet);
}

static void end(struct packet *packet)
{
    packet->gone = 1;
    close(packet->host);
    close(packet->own);
    if (packet->tap >= 0) close(packet->tap);
    packet->host = packet->own = packet->tap = -1;
}

static int make_own(struct packet *packet)
{
    static const int one = 1;
    struct sockaddr_in addr;
    socklen_t len = sizeof(addr);

    front_address(&addr, htonl(INADDR_ANY), 0);
    if ((packet->own = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) < 0 ||
        setsockopt(packet->own, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)) ||
        setsockopt(packet->own, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)) ||
        bind(packet->own, (struct sockaddr *)&addr, sizeof(addr)) ||
        getsockname(packet->own, (struct sockaddr *)&addr, &len))
        return error_from_errno(errno);
    packet->own_port = addr.sin_port;
    return 0;
}

/* No packet has protocol 0: such a socket is for sending headers, or for packet_tap. */
static int open_host(int family, int type, int protocol)
{
    static const int off = 0;
    int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol ? protocol : IPPROTO_RAW);

    if (fd < 0 || protocol) return fd;
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_HDRINCL, &off, sizeof(off));
    else
        setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &off, sizeof(off));
    return fd;
}

int packet_open(int family, int type, int protocol, uint32_t *id)
{
    struct packet *packet = calloc(1, sizeof(*packet));
    int error = 0;

    if (!packet) return WSAENOBUFS;
    packet->own = packet->tap = -1;
    packet->family = family;
    packet->names = calloc(NAMES, sizeof(*packet->names));
    if ((packet->host = open_host(family, type, protocol)) < 0)
        error = error_from_errno(errno);
    else
        error = packet->names ? make_own(packet) : WSAENOBUFS;
    if (error)
    {
        destroy(packet);
        return error;
    }
    pthread_mutex_lock(&lock);
    packet->id = *id = ++last_id;
    packet->next = packets;
    packets = packet;
    pthread_mutex_unlock(&lock);
    return 0;
}

static int watch_one(struct packet *packet, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = packet};

    if (epoll_fd < 0 && (epoll_fd = epoll_create1(EPOLL_CLOEXEC)) < 0) return error_from_errno(errno);
    return error_if(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event));
}

static int watch(struct packet *packet)
{
    int error = watch_one(packet, packet->host);

    return error ? error : watch_one(packet, packet->own);
}

int packet_start(uint32_t id, int front_fd, uint16_t front_port, int *runner)
{
    struct packet *packet;
    int error = WSAENOTSOCK;

    pthread_mutex_lock(&lock);
    if ((packet = find(id)) && !(error = front_guard(front_fd, packet->own_port)) && !(error = watch(packet)))
    {
        packet->front_port = front_port;
        *runner = !running;
        running = 1;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

/* The index that stands for an address; the oldest makes room for a new one. */
static unsigned int name_of(struct packet *packet, const union host_sockaddr *addr, socklen_t len)
{
    unsigned int i;

    for (i = 0; i < NAMES; i++)
        if (packet->names[i].len == len && !memcmp(&packet->names[i].addr, addr, len)) return i;
    i = packet->last_name = (packet->last_name + 1) % NAMES;
    packet->names[i].addr = *addr;
    packet->names[i].len = len;
    return i;
}

/* Raw sockets have no ports, but what an application leaves there would be taken for a protocol. */
static void clear_port(union host_sockaddr *addr)
{
    if (addr->any.sa_family == AF_INET6) addr->in6.sin6_port = 0;
    if (addr->any.sa_family == AF_INET) addr->in.sin_port = 0;
}

static char datagram[LARGEST]; /* under the lock */

/* Zero if the front is gone. */
static int give_front(struct packet *packet, size_t size, union host_sockaddr *from, socklen_t len)
{
    union
    {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
    } control = {.bytes = {0}};
    struct sockaddr_in front;
    struct iovec iov = {datagram, size};
    struct msghdr msg = {.msg_name = &front,
                         .msg_namelen = sizeof(front),
                         .msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
    struct in_pktinfo source = {0};

    clear_port(from);
    source.ipi_spec_dst.s_addr = htonl(FIRST_NAME | name_of(packet, from, len));
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(source));
    memcpy(CMSG_DATA(header), &source, sizeof(source));
    front_address(&front, htonl(INADDR_LOOPBACK), packet->front_port);
    /* IP_RECVERR tells that the front is closed, by whatever means */
    return sendmsg(packet->own, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno != ECONNREFUSED;
}

static ssize_t next_for_front(struct packet *packet, union host_sockaddr *from, socklen_t *len)
{
    ssize_t size = -1;

    memset(from, 0, sizeof(*from));
    *len = sizeof(*from);
    if (packet->tap < 0 || (size = tap_receive(packet->tap, packet->family, packet->tapped, datagram,
                                               sizeof(datagram), from, len)) < 0)
        size = recvfrom(packet->host, datagram, sizeof(datagram), MSG_DONTWAIT, &from->any, len);
    return size;
}

/* Others are served, too, where packets come faster than they go. */
static void to_front(struct packet *packet)
{
    union host_sockaddr from;
    socklen_t len;
    ssize_t size;
    int left = BURST;

    while (left-- && (size = next_for_front(packet, &from, &len)) >= 0)
    {
        if (give_front(packet, size, &from, len)) continue;
        end(packet);
        return;
    }
}

/* Which address of ours a datagram was sent to. */
static uint32_t destination(struct msghdr *msg)
{
    struct cmsghdr *header;
    struct in_pktinfo info;

    for (header = CMSG_FIRSTHDR(msg); header; header = CMSG_NXTHDR(msg, header))
    {
        if (header->cmsg_level != IPPROTO_IP || header->cmsg_type != IP_PKTINFO) continue;
        memcpy(&info, CMSG_DATA(header), sizeof(info));
        return ntohl(info.ipi_addr.s_addr);
    }
    return 0;
}

static void to_host(struct packet *packet)
{
    for (;;)
    {
        union
        {
            struct cmsghdr align;
            char bytes[256];
        } control;
        struct sockaddr_in from;
        struct iovec iov = {datagram, sizeof(datagram)};
        struct msghdr msg = {.msg_name = &from,
                             .msg_namelen = sizeof(from),
                             .msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
        ssize_t size = recvmsg(packet->own, &msg, MSG_DONTWAIT);
        uint32_t index;

        if (size < 0) return;
        /* strangers can send to it from elsewhere, but not from the front's port of this machine */
        if (from.sin_addr.s_addr != htonl(INADDR_LOOPBACK) || from.sin_port != packet->front_port) continue;
        index = destination(&msg) - FIRST_NAME;
        if (index >= NAMES || !packet->names[index].len) continue;
        sendto(packet->host, datagram, size, MSG_DONTWAIT | MSG_NOSIGNAL, &packet->names[index].addr.any,
               packet->names[index].len);
    }
}

static void sweep(void)
{
    struct packet **link = &packets, *packet;

    while ((packet = *link))
    {
        if (!packet->gone)
        {
            link = &packet->next;
            continue;
        }
        *link = packet->next;
        destroy(packet);
    }
}

/* Signals come only while it waits, so that the process's end does not find the lock held. */
void packet_run(void)
{
    sigset_t all, none, before;
    int more = 1;

    sigfillset(&all);
    sigemptyset(&none);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (more)
    {
        struct epoll_event events[BATCH];
        int i, count = epoll_pwait(epoll_fd, events, BATCH, IDLE_MS, &none);

        pthread_mutex_lock(&lock);
        for (i = 0; i < count; i++)
        {
            struct packet *packet = events[i].data.ptr;

            if (packet->gone) continue;
            to_front(packet);
            if (!packet->gone) to_host(packet);
        }
        sweep();
        more = count || packets;
        if (!more) running = 0;
        pthread_mutex_unlock(&lock);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void packet_no_runner(void)
{
    pthread_mutex_lock(&lock);
    running = 0;
    pthread_mutex_unlock(&lock);
}

int packet_bind(uint32_t id, const union host_sockaddr *addr, socklen_t len)
{
    union host_sockaddr copy = *addr;
    struct packet *packet;
    int error = WSAENOTSOCK;

    clear_port(&copy);
    pthread_mutex_lock(&lock);
    if ((packet = find(id))) error = error_if(bind(packet->host, &copy.any, len));
    pthread_mutex_unlock(&lock);
    return error;
}

int packet_connect(uint32_t id, const union host_sockaddr *addr, socklen_t len)
{
    union host_sockaddr copy = *addr;
    struct packet *packet;
    int error = WSAENOTSOCK;

    clear_port(&copy);
    pthread_mutex_lock(&lock);
    if ((packet = find(id))) error = error_if(connect(packet->host, &copy.any, len));
    pthread_mutex_unlock(&lock);
    return error;
}

int packet_local_name(uint32_t id, union host_sockaddr *addr, socklen_t *len)
{
    struct packet *packet;
    int error = WSAENOTSOCK;

    *len = sizeof(*addr);
    pthread_mutex_lock(&lock);
    if ((packet = find(id))) error = error_if(getsockname(packet->host, &addr->any, len));
    pthread_mutex_unlock(&lock);
    clear_port(addr); /* the host has the protocol there */
    return error;
}

int packet_target(uint32_t id, const union host_sockaddr *addr, socklen_t len, uint32_t *front_addr,
                  uint16_t *port)
{
    union host_sockaddr copy = *addr;
    struct packet *packet;

    clear_port(&copy);
    pthread_mutex_lock(&lock);
    if ((packet = find(id)))
    {
        *front_addr = htonl(FIRST_NAME | name_of(packet, &copy, len));
        *port = packet->own_port;
    }
    pthread_mutex_unlock(&lock);
    return packet ? 0 : WSAENOTSOCK;
}

int packet_source(uint32_t id, uint32_t front_addr, union host_sockaddr *addr, socklen_t *len)
{
    const uint32_t index = ntohl(front_addr) - FIRST_NAME;
    struct packet *packet;
    int error = WSAEADDRNOTAVAIL;

    pthread_mutex_lock(&lock);
    if ((packet = find(id)) && index < NAMES && packet->names[index].len)
    {
        *addr = packet->names[index].addr;
        *len = packet->names[index].len;
        error = 0;
    }
    pthread_mutex_unlock(&lock);
    return error;
}

int packet_option_get(uint32_t id, int level, int name, void *value, uint32_t *size)
{
    struct packet *packet;
    int error = WSAENOTSOCK;

    pthread_mutex_lock(&lock);
    if ((packet = find(id))) error = option_get(packet->host, level, name, value, size);
    pthread_mutex_unlock(&lock);
    return error;
}

int packet_option_set(uint32_t id, int level, int name, const void *value, uint32_t size)
{
    struct packet *packet;
    int error = WSAENOTSOCK;

    pthread_mutex_lock(&lock);
    if ((packet = find(id))) error = option_set(packet->host, level, name, value, size);
    pthread_mutex_unlock(&lock);
    return error;
}

int packet_tap(uint32_t id, uint32_t flags)
{
    struct packet *packet;
    union host_sockaddr local;
    socklen_t len = sizeof(local);
    int error = WSAENOTSOCK;

    pthread_mutex_lock(&lock);
    if ((packet = find(id)))
    {
        if (packet->tap >= 0) close(packet->tap);
        packet->tap = -1;
        packet->tapped = flags;
        error = error_if(getsockname(packet->host, &local.any, &len));
        if (!error && flags && !(error = tap_open(&local, flags, &packet->tap)) &&
            (error = watch_one(packet, packet->tap)))
        {
            close(packet->tap);
            packet->tap = -1;
        }
    }
    pthread_mutex_unlock(&lock);
    return error;
}

/* What the front has sent before it was closed goes out first. The runner frees it, but for
 * one that it never saw. */
void packet_close(uint32_t id)
{
    struct packet *packet;

    pthread_mutex_lock(&lock);
    if ((packet = find(id)))
    {
        if (packet->front_port) to_host(packet);
        end(packet);
        if (!running) sweep();
    }
    pthread_mutex_unlock(&lock);
}

void packet_leave(void)
{
    const struct timespec patience = {time(NULL) + 3, 0};
    struct packet *packet;

    if (!packets || pthread_mutex_timedlock(&lock, &patience)) return;
    for (packet = packets; packet; packet = packet->next)
        if (packet->front_port && !packet->gone) to_host(packet);
    pthread_mutex_unlock(&lock);
}
