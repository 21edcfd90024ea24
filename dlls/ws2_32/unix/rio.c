/*
 * Request queues of registered I/O: their descriptors, and waiting for the host.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One epoll instance a process watches the queues that have a request which the host
 * could not do at once, each for one event, so that queues whose requests are all done
 * at once cost it nothing. What is done then is base/rio_wait.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/batch.h"
#include "unix/calls.h"
#include "unix/control.h"
#include "unix/descriptor.h"
#include "unix/errno.h"
#include "unix/sockaddr.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int epoll_fd = -1, timer_fd = -1;

static int is_connected(int fd)
{
    union host_sockaddr peer;
    socklen_t size = sizeof(peer);

    return !getpeername(fd, &peer.any, &size);
}

NTSTATUS unix_rio_open(void *args)
{
    struct ws2_rio_queue *params = args;
    int fd;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    if (params->connected && !is_connected(fd)) params->error = WSAENOTCONN;
    /* the loader's may be shared with others that it gives away */
    else if ((params->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0)
        params->error = WSAEMFILE;
    close(fd);
    return STATUS_SUCCESS;
}

NTSTATUS unix_rio_run(void *args)
{
    batch_run(args);
    return STATUS_SUCCESS;
}

/* A Winsock error or 0. */
static int open_epoll(void)
{
    pthread_mutex_lock(&lock);
    if (epoll_fd < 0) epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    pthread_mutex_unlock(&lock);
    return epoll_fd < 0 ? WSAEMFILE : 0;
}

static int open_timer(void)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = 0};
    int error = open_epoll();

    pthread_mutex_lock(&lock);
    if (!error && timer_fd < 0 &&
        ((timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) < 0 ||
         epoll_ctl(epoll_fd, EPOLL_CTL_ADD, timer_fd, &event)))
        error = error_from_errno(errno);
    pthread_mutex_unlock(&lock);
    return error;
}

NTSTATUS unix_rio_watch(void *args)
{
    struct ws2_rio_queue *params = args;
    struct epoll_event event = {.events = EPOLLONESHOT, .data.u64 = params->id};

    if (params->events & WS2_RIO_DATA) event.events |= EPOLLIN | EPOLLRDHUP;
    if (params->events & WS2_RIO_ROOM) event.events |= EPOLLOUT;
    if ((params->error = open_epoll())) return STATUS_SUCCESS;
    if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, params->fd, &event) &&
        (errno != ENOENT || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, params->fd, &event)))
        params->error = error_from_errno(errno);
    return STATUS_SUCCESS;
}

NTSTATUS unix_rio_alarm(void *args)
{
    struct ws2_rio_alarm *params = args;
    const struct itimerspec once = {.it_value = {params->ms / 1000, params->ms % 1000 * 1000000}};

    if (!(params->error = open_timer()) && timerfd_settime(timer_fd, 0, &once, NULL))
        params->error = error_from_errno(errno);
    return STATUS_SUCCESS;
}

NTSTATUS unix_rio_wait(void *args)
{
    struct ws2_rio_wait *params = args;
    struct epoll_event events[WS2_RIO_READY];
    int i, count;

    params->count = 0;
    if ((params->error = open_epoll())) return STATUS_SUCCESS;
    count = epoll_wait(epoll_fd, events, WS2_RIO_READY, -1);
    for (i = 0; i < count; i++) params->ids[params->count++] = events[i].data.u64;
    return STATUS_SUCCESS;
}

NTSTATUS unix_rio_tell(void *args)
{
    struct ws2_rio_queue *params = args;

    params->uninvited = control_request(params->fd, params->kinds);
    return STATUS_SUCCESS;
}

/* What epoll watches is not the descriptor but the file behind it, which the handle shares. */
NTSTATUS unix_rio_close(void *args)
{
    const struct ws2_rio_queue *params = args;

    if (epoll_fd >= 0) epoll_ctl(epoll_fd, EPOLL_CTL_DEL, params->fd, NULL);
    close(params->fd);
    return STATUS_SUCCESS;
}
