/*
 * The fast lane's host calls.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whether the lane may be taken is the PE half's to decide (base/lane.c), before;
 * what the host says here is final. Nothing is allocated, and no application
 * pointer is touched but by the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/descriptor.h"
#include "unix/direct.h"
#include "unix/errno.h"
#include "unix/hostcall.h"
#include "unix/sockaddr.h"
#include "unix/unreachable.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

#define MAX_BUFFERS 64
#define MAX_IGNORED 16

/* 0 if there are more than one call takes: the authority's business then. */
static int vector_of(const struct ws2_transfer *params, struct iovec *iov)
{
    const struct ws2_wsabuf *buffers = WS2_AT(const struct ws2_wsabuf, params->buffers);

    if (params->count > MAX_BUFFERS) return 0;
    for (uint32_t i = 0; i < params->count; i++)
        iov[i] = (struct iovec){WS2_AT(void, buffers[i].base), buffers[i].size};
    return 1;
}

/* 0 if the socket is worth another try, -EAGAIN or -ETIMEDOUT otherwise. A signal is
 * wineserver's: the system APC it stands for has run, and whoever called goes on to wait
 * at the device. */
static int wait_for(int fd, short events, uint32_t wait_ms)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    int count = wait_ms ? host_syscall(SYS_poll, (long)&poll_fd, 1, wait_ms, 0, 0, 0) : -1;

    if (count > 0) return 0;
    return count ? -EAGAIN : -ETIMEDOUT;
}

/* A Winsock error: whether there is nothing to receive. */
static int look_for_data(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN | POLLPRI};

    return host_syscall(SYS_poll, (long)&poll_fd, 1, 0, 0, 0, 0) ? WSAEOPNOTSUPP : WSAEWOULDBLOCK;
}

/* A Winsock error or 0: whether there is something to receive, and nothing else to say. */
static int receive_nothing(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

    return host_syscall(SYS_poll, (long)&poll_fd, 1, 0, 0, 0, 0) == 1 && poll_fd.revents == POLLIN
               ? 0
               : WSAEOPNOTSUPP;
}

/* A Winsock error or 0: the descriptor outlives a handle that was closed unseen. */
static int validate(const struct ws2_transfer *params)
{
    return params->cached && !descriptor_is_open(params->handle) ? WSAENOTSOCK : 0;
}

/* A count of bytes, or a negative errno. */
typedef ssize_t (*transfer_function)(int fd, struct msghdr *msg, int flags);

/* One buffer is the usual case, and the host's plain calls take it for three quarters of the
 * time. */
static inline __attribute__((always_inline)) ssize_t send_message(int fd, struct msghdr *msg, int flags)
{
    if (msg->msg_iovlen != 1) return host_syscall(SYS_sendmsg, fd, (long)msg, flags, 0, 0, 0);
    return host_syscall(SYS_sendto, fd, (long)msg->msg_iov->iov_base, msg->msg_iov->iov_len, flags,
                        (long)msg->msg_name, msg->msg_namelen);
}

static inline __attribute__((always_inline)) ssize_t receive_stream(int fd, struct msghdr *msg, int flags)
{
    if (msg->msg_iovlen != 1) return host_syscall(SYS_recvmsg, fd, (long)msg, flags, 0, 0, 0);
    return host_syscall(SYS_recvfrom, fd, (long)msg->msg_iov->iov_base, msg->msg_iov->iov_len, flags, 0, 0);
}

/* With MSG_TRUNC the host tells the length that a datagram had. */
static inline __attribute__((always_inline)) ssize_t receive_datagram(int fd, struct msghdr *msg, int flags)
{
    ssize_t ret;

    if (msg->msg_iovlen != 1) return host_syscall(SYS_recvmsg, fd, (long)msg, flags, 0, 0, 0);
    ret = host_syscall(SYS_recvfrom, fd, (long)msg->msg_iov->iov_base, msg->msg_iov->iov_len,
                       flags | MSG_TRUNC, (long)msg->msg_name, msg->msg_name ? (long)&msg->msg_namelen : 0);
    if (ret <= (ssize_t)msg->msg_iov->iov_len) return ret;
    msg->msg_flags |= MSG_TRUNC;
    return msg->msg_iov->iov_len;
}

/* *wait_ms is 0 once that was waited for. */
static inline __attribute__((always_inline)) ssize_t
transfer(int fd, struct msghdr *msg, int flags, transfer_function function, short events, uint32_t *wait_ms)
{
    ssize_t ret;

    while ((ret = function(fd, msg, flags)) < 0)
    {
        if (ret == -EINTR) continue;
        if (ret != -EAGAIN || (ret = wait_for(fd, events, *wait_ms))) break;
        *wait_ms = 0;
    }
    return ret;
}

/* An error that is none of the receive's own is about a datagram that was sent: of
 * those, what the caller does not want to hear is nothing, and the next try counts. */
static ssize_t receive(struct ws2_transfer *params, struct msghdr *msg)
{
    int flags = MSG_DONTWAIT | (params->peek ? MSG_PEEK : 0), tries;
    socklen_t room = msg->msg_namelen;
    ssize_t ret;

    if (params->waits && params->wait_ms)
    {
        if ((ret = wait_for(params->fd, POLLIN, params->wait_ms))) return ret;
        params->wait_ms = 0;
    }
    for (tries = 0; tries < MAX_IGNORED; tries++)
    {
        msg->msg_namelen = room;
        /* each in its place, not by a pointer */
        ret = params->datagram ? transfer(params->fd, msg, flags, receive_datagram, POLLIN, &params->wait_ms)
                               : transfer(params->fd, msg, flags, receive_stream, POLLIN, &params->wait_ms);
        if (ret >= 0 || !params->hears || !unreachable_is_pending_error(-ret)) return ret;
        params->error = unreachable_take(params->fd, params->hears);
        if (params->error || ret != -EAGAIN) params->met = 1;
        if (params->error || ret == -EAGAIN) break;
    }
    return -EAGAIN;
}

static ssize_t try_relayed(struct ws2_transfer *params, struct msghdr *msg)
{
    ssize_t ret = direct_receive(params->relay, params->fd, msg, params->peek ? MSG_PEEK : 0);

    return ret < 0 ? -errno : ret;
}

/* The relay goes on with what comes once nobody waits here any more. */
static ssize_t receive_relayed(struct ws2_transfer *params, struct msghdr *msg)
{
    ssize_t ret = params->waits ? -EAGAIN : try_relayed(params, msg);

    if (ret != -EAGAIN || !params->wait_ms) return ret;
    if (direct_wait(params->relay, params->fd, params->wait_ms))
    {
        params->wait_ms = 0;
        return try_relayed(params, msg);
    }
    direct_settle(params->relay);
    return -ETIMEDOUT;
}

NTSTATUS unix_fast_receive(void *args)
{
    struct ws2_transfer *params = args;
    struct iovec iov[MAX_BUFFERS];
    union host_sockaddr from;
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = params->count};
    ssize_t ret;

    if (!vector_of(params, iov))
        params->error = WSAEOPNOTSUPP;
    else if ((params->error = validate(params)))
        ;
    else if (params->look)
        params->error = look_for_data(params->fd);
    else if (params->nothing)
        params->error = receive_nothing(params->fd);
    else
    {
        if (params->address)
        {
            msg.msg_name = &from;
            msg.msg_namelen = sizeof(from);
        }
        ret = params->relay ? receive_relayed(params, &msg) : receive(params, &msg);
        if (ret < 0)
            params->error = params->error ? params->error : error_from_errno(-ret);
        else
        {
            params->done = ret;
            if (msg.msg_flags & MSG_TRUNC) params->error = WSAEMSGSIZE;
            if (params->address)
                params->address_size = sockaddr_from_host(
                    &from, msg.msg_namelen, WS2_AT(void, params->address), params->address_size);
        }
    }
    return STATUS_SUCCESS;
}

/* With twice the bytes free for what the host's buffers take beside the data, it takes
 * everything, unless it runs out of memory. */
static int has_room(int fd, const struct ws2_transfer *params)
{
    const struct ws2_wsabuf *buffers = WS2_AT(const struct ws2_wsabuf, params->buffers);
    uint32_t memory[SK_MEMINFO_VARS] = {0};
    socklen_t size = sizeof(memory);
    uint64_t total = 4096;

    for (uint32_t i = 0; i < params->count; i++) total += 2 * (uint64_t)buffers[i].size;
    return !getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size) &&
           memory[SK_MEMINFO_WMEM_QUEUED] + total <= memory[SK_MEMINFO_SNDBUF];
}

/* The bytes that need no relaying, which are taken off. */
static size_t send_relayed(const struct ws2_transfer *params, struct msghdr *msg)
{
    const size_t sent = direct_send(params->relay, params->fd, msg->msg_iov, msg->msg_iovlen);
    size_t left = sent;

    while (left && left >= msg->msg_iov->iov_len)
    {
        left -= msg->msg_iov->iov_len;
        msg->msg_iov++;
        msg->msg_iovlen--;
    }
    if (!left) return sent;
    msg->msg_iov->iov_base = (char *)msg->msg_iov->iov_base + left;
    msg->msg_iov->iov_len -= left;
    return sent;
}

static int is_sent(const struct msghdr *msg)
{
    size_t i;

    for (i = 0; i < msg->msg_iovlen; i++)
        if (msg->msg_iov[i].iov_len) return 0;
    return 1;
}

NTSTATUS unix_fast_send(void *args)
{
    struct ws2_transfer *params = args;
    struct iovec iov[MAX_BUFFERS];
    union host_sockaddr to;
    struct msghdr msg = {.msg_iov = iov, .msg_iovlen = params->count};
    ssize_t ret;

    if (!vector_of(params, iov))
        params->error = WSAEOPNOTSUPP;
    else if (params->address &&
             !(msg.msg_namelen = sockaddr_to_host(WS2_AT(void, params->address), params->address_size, &to)))
        params->error = WSAEOPNOTSUPP;
    else if ((params->error = validate(params)))
        ;
    else if (params->whole && !has_room(params->fd, params))
        params->error = WSAEWOULDBLOCK;
    else
    {
        if (params->address) msg.msg_name = &to;
        if (params->relay && (params->done = send_relayed(params, &msg)) && is_sent(&msg))
            return STATUS_SUCCESS;
        ret =
            transfer(params->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL, send_message, POLLOUT, &params->wait_ms);
        if (ret >= 0)
            params->done += ret;
        else if (!params->done)
            params->error = ret == -EPIPE ? WSAESHUTDOWN : error_from_errno(-ret);
    }
    return STATUS_SUCCESS;
}

/* As many keep-alive packets as there may be, and no data, were sent for nothing. */
static int is_lifeless(int fd, const struct tcp_info *info)
{
    int on = 0, most = 0;
    socklen_t on_size = sizeof(on), most_size = sizeof(most);

    return info->tcpi_probes && !info->tcpi_retransmits &&
           !getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &on_size) && on &&
           !getsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &most, &most_size) && info->tcpi_probes >= most;
}

/* With the write side open, a stream is closed for the host only after a reset or a time-out. */
NTSTATUS unix_fast_state(void *args)
{
    struct ws2_stream_state *params = args;
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    params->error = getsockopt(params->fd, IPPROTO_TCP, TCP_INFO, &info, &size) ? error_from_errno(errno) : 0;
    params->reset = info.tcpi_state == TCP_CLOSE;
    params->lifeless = params->reset && is_lifeless(params->fd, &info);
    if (params->unsent && ioctl(params->fd, SIOCOUTQ, &params->unsent)) params->unsent = 0;
    return STATUS_SUCCESS;
}

NTSTATUS unix_descriptor_close(void *args)
{
    const struct ws2_descriptor *params = args;

    close(params->fd);
    return STATUS_SUCCESS;
}

static void empty(int fd)
{
    int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (dead < 0) return;
    dup3(dead, fd, O_CLOEXEC);
    close(dead);
}

NTSTATUS unix_descriptor_empty(void *args)
{
    const struct ws2_descriptor *params = args;

    empty(params->fd);
    return STATUS_SUCCESS;
}

static void put(int fd, int32_t *place, const int32_t *users)
{
    if (!__sync_bool_compare_and_swap(place, 0, fd))
        close(fd);
    else if (__atomic_load_n(users, __ATOMIC_SEQ_CST) & WS2_DESCRIPTOR_DYING)
        empty(fd);
}

NTSTATUS unix_descriptor_open(void *args)
{
    struct ws2_descriptor *params = args;
    sigset_t signals, before;
    int fd;

    /* what the layer's server stops threads with */
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGQUIT);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    if (!(params->error = descriptor_open(params->handle, &fd)))
        put(fd, WS2_AT(int32_t, params->place), WS2_AT(int32_t, params->users));
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return STATUS_SUCCESS;
}
