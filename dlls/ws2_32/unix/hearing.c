/*
 * Having the host tell of ICMP errors, and waiting for what it tells.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/descriptor.h"
#include "unix/errno.h"
#include "unix/unreachable.h"
#include "ws2_unix.h"

/* IPv6 sockets may send to IPv4 destinations too, and need both; on IPv4 ones the
 * second fails. Turning it off empties the queue. */
static int hear(int fd, int on)
{
    int error = setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) ? errno : 0;

    if (!setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on))) error = 0;
    return error_from_errno(error);
}

NTSTATUS unix_unreachable_hear(void *args)
{
    struct ws2_unreachable *params = args;
    int fd;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    params->error = hear(fd, params->wanted != 0);
    close(fd);
    return STATUS_SUCCESS;
}

NTSTATUS unix_unreachable_take(void *args)
{
    struct ws2_unreachable *params = args;
    int fd;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    params->error = unreachable_take(fd, params->wanted);
    close(fd);
    return STATUS_SUCCESS;
}

static int watch_fd = -1;

static void watch_create(void)
{
    watch_fd = epoll_create1(EPOLL_CLOEXEC);
}

static int watch_get(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, watch_create);
    return watch_fd;
}

/* What comes back with an event: the handle, and enough of the inode to tell a later
 * socket with the same handle apart. */
static uint32_t inode_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) ? 0 : st.st_ino;
}

/* The entry outlives this descriptor, and goes when the socket's last one does, so
 * that watching a socket does not keep it. A second one may find the number of the
 * first in use for the same socket again: then there is one for both. */
NTSTATUS unix_unreachable_watch(void *args)
{
    struct ws2_unreachable *params = args;
    struct epoll_event event = {.events = params->wanted & WS2_WATCH_DATA ? EPOLLIN | EPOLLET : EPOLLET};
    int fd;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    event.data.u64 = (uint64_t)inode_of(fd) << 32 | (uint32_t)params->handle;
    if (epoll_ctl(watch_get(), EPOLL_CTL_ADD, fd, &event) &&
        (errno != EEXIST ||
         (params->wanted & WS2_WATCH_DATA && epoll_ctl(watch_get(), EPOLL_CTL_MOD, fd, &event))))
        params->error = error_from_errno(errno);
    close(fd);
    return STATUS_SUCCESS;
}

NTSTATUS unix_unreachable_wait(void *args)
{
    struct ws2_unreachable *params = args;
    struct epoll_event event;
    int ret, fd;

    params->handle = 0;
    params->error = 0;
    while ((ret = epoll_wait(watch_get(), &event, 1, -1)) < 0 && errno == EINTR) continue;
    if (ret < 0)
    {
        params->error = error_from_errno(errno);
        return STATUS_SUCCESS;
    }
    if (descriptor_open((uint32_t)event.data.u64, &fd)) return STATUS_SUCCESS;
    if (inode_of(fd) == event.data.u64 >> 32)
    {
        params->handle = (uint32_t)event.data.u64;
        params->wanted =
            (event.events & EPOLLERR ? WS2_WATCH_ERRORS : 0) | (event.events & EPOLLIN ? WS2_WATCH_DATA : 0);
    }
    close(fd);
    return STATUS_SUCCESS;
}
