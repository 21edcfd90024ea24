/*
 * What happens to selected streams, as the host tells it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One epoll instance a process watches duplicates of the sockets' descriptors. It
 * is edge-triggered, so every arrival is told, also behind data that nobody has
 * read yet, and so is the end of a stream. What to make of it is base/edge.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/descriptor.h"
#include "unix/errno.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

/* The kernel's numbers, which <linux/tcp.h> lacks and <netinet/tcp.h>, with an older
 * struct tcp_info, has. */
enum
{
    STATE_TIME_WAIT = 6,
    STATE_CLOSE = 7,
    STATE_CLOSE_WAIT = 8,
    STATE_LAST_ACK = 9,
    STATE_LISTEN = 10,
    STATE_CLOSING = 11
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int epoll_fd = -1;

/* A Winsock error or 0. */
static int open_epoll(void)
{
    pthread_mutex_lock(&lock);
    if (epoll_fd < 0) epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    pthread_mutex_unlock(&lock);
    return epoll_fd < 0 ? WSAEMFILE : 0;
}

/* Errors and the end of both directions are told in any case. */
static struct epoll_event event_of(const struct ws2_edge *edge)
{
    return (struct epoll_event){.events = EPOLLRDHUP | EPOLLET | (edge->arrivals ? EPOLLIN : 0),
                                .data.u64 = edge->id};
}

/* What epoll watches is not the descriptor but the file behind it, which the
 * application's handle shares; closing the duplicate ends that. */
NTSTATUS unix_edge_add(void *args)
{
    struct ws2_edge *params = args;
    struct epoll_event event = event_of(params);
    const int held = params->fd;
    int fd = held;

    if ((params->error = open_epoll()) || (!fd && (params->error = descriptor_open(params->handle, &fd))))
        return STATUS_SUCCESS;
    /* the loader's may be shared with others that it gives away */
    params->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (fd != held) close(fd);
    if (params->fd < 0)
        params->error = WSAEMFILE;
    else if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, params->fd, &event))
    {
        params->error = error_from_errno(errno);
        close(params->fd);
    }
    return STATUS_SUCCESS;
}

NTSTATUS unix_edge_remove(void *args)
{
    const struct ws2_edge *params = args;

    epoll_ctl(epoll_fd, EPOLL_CTL_DEL, params->fd, NULL);
    close(params->fd);
    return STATUS_SUCCESS;
}

NTSTATUS unix_edge_arm(void *args)
{
    const struct ws2_edge *params = args;
    struct epoll_event event = event_of(params);

    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, params->fd, &event);
    return STATUS_SUCCESS;
}

NTSTATUS unix_edge_wait(void *args)
{
    struct ws2_edge_wait *params = args;
    struct epoll_event events[WS2_EDGES];
    int i, count = epoll_wait(epoll_fd, events, WS2_EDGES, params->wait_ms);

    params->count = 0;
    for (i = 0; i < count; i++) params->ids[params->count++] = events[i].data.u64;
    return STATUS_SUCCESS;
}

/* The host counts the end of a stream as a byte, and forgets in the last state whether
 * there was one; but then nothing comes any more. */
static int64_t bytes_arrived(const struct tcp_info *info)
{
    switch (info->tcpi_state)
    {
    case STATE_CLOSE: return 0;
    case STATE_TIME_WAIT:
    case STATE_CLOSE_WAIT:
    case STATE_LAST_ACK:
    case STATE_CLOSING: return info->tcpi_bytes_received - 1;
    default: return info->tcpi_bytes_received;
    }
}

NTSTATUS unix_edge_state(void *args)
{
    struct ws2_edge_state *params = args;
    struct pollfd poll_fd = {.fd = params->fd, .events = POLLIN | POLLRDHUP};
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);
    int available = 0;

    if (params->brief && (ioctl(params->fd, FIONREAD, &available) || !available))
    {
        params->available = 0;
        return STATUS_SUCCESS;
    }
    getsockopt(params->fd, IPPROTO_TCP, TCP_INFO, &info, &size);
    params->listens = info.tcpi_state == STATE_LISTEN;
    params->ended = 0;
    params->closed = info.tcpi_state == STATE_CLOSE;
    /* a connection leaves traces that a failed attempt does not */
    params->connected = info.tcpi_rtt || info.tcpi_bytes_acked || info.tcpi_bytes_received;
    if (params->listens)
        params->arrived = available = info.tcpi_unacked; /* connections that wait */
    else
    {
        params->arrived = bytes_arrived(&info);
        ioctl(params->fd, FIONREAD, &available);
        if (poll(&poll_fd, 1, 0) > 0) params->ended = (poll_fd.revents & (POLLRDHUP | POLLHUP)) != 0;
    }
    params->available = available;
    return STATUS_SUCCESS;
}
