/*
 * Data that come to streams where receives of nothing wait for them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One epoll instance a process, apart from unix/edge.c's: each stream is told of once
 * for each time that it was asked about, to one thread, whichever comes first.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/errno.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int epoll_fd = -1, pause_fd = -1;

/* A Winsock error or 0. */
static int open_epoll(void)
{
    if (epoll_fd >= 0) return 0;
    pthread_mutex_lock(&lock);
    if (pause_fd < 0) pause_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (epoll_fd < 0 && pause_fd >= 0) epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    pthread_mutex_unlock(&lock);
    return epoll_fd < 0 ? WSAEMFILE : 0;
}

/* What was watched before under this number is another file, which epoll tells apart, or this one. */
NTSTATUS unix_arrival_expect(void *args)
{
    struct ws2_arrival *params = args;
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT, .data.u64 = params->id};

    if ((params->error = open_epoll()) || !epoll_ctl(epoll_fd, EPOLL_CTL_MOD, params->fd, &event))
        return STATUS_SUCCESS;
    if (errno != ENOENT || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, params->fd, &event))
        params->error = error_from_errno(errno);
    return STATUS_SUCCESS;
}

static uint32_t kinds_of(uint32_t events)
{
    return (events & EPOLLIN ? WS2_ARRIVED_DATA : 0) | (events & (EPOLLERR | EPOLLHUP) ? WS2_ARRIVED_END : 0);
}

NTSTATUS unix_arrival_look(void *args)
{
    struct ws2_arrival *params = args;
    struct pollfd poll_fd = {.fd = params->fd, .events = POLLIN};

    params->kinds = poll(&poll_fd, 1, 0) == 1 ? kinds_of(poll_fd.revents) : 0;
    return STATUS_SUCCESS;
}

NTSTATUS unix_arrival_wait(void *args)
{
    struct ws2_arrival_wait *params = args;
    struct pollfd poll_fd = {.fd = epoll_fd, .events = POLLIN};

    params->ready = poll(&poll_fd, 1, params->wait_ms) == 1;
    return STATUS_SUCCESS;
}

NTSTATUS unix_arrival_take(void *args)
{
    struct ws2_arrivals *params = args;
    const int room = params->count < WS2_ARRIVALS ? params->count : WS2_ARRIVALS;
    struct epoll_event events[WS2_ARRIVALS];
    int i, count = epoll_wait(epoll_fd, events, room, 0);

    params->count = count > 0 ? count : 0;
    for (i = 0; i < count; i++)
        params->arrived[i] =
            (struct ws2_arrived){.id = events[i].data.u64, .kinds = kinds_of(events[i].events)};
    return STATUS_SUCCESS;
}

NTSTATUS unix_arrival_pause(void *args)
{
    const struct ws2_pause *params = args;
    struct pollfd poll_fd = {.fd = pause_fd, .events = POLLIN};
    eventfd_t count;

    if (params->end)
        eventfd_write(pause_fd, 1);
    else if (poll(&poll_fd, 1, params->pause_ms) == 1)
        eventfd_read(pause_fd, &count);
    return STATUS_SUCCESS;
}
