/*
 * Bytes that a call carries over itself, without the relay's thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A stream's order is kept by asking before each call whether anything is on its way
 * through the relay. To the host that may be what others wrote to the front, unseen: so
 * the front's queue is asked, and then the relay's, which takes on what it finds. From
 * the host it can only be what the relay itself has sent, and a flag tells.
 *
 * While calls receive, the relay does not watch the host socket. It watches again when
 * somebody is known to look at the front, or to wait there, and in case of others,
 * unseen, when no call has received for a few milliseconds.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "unix/direct.h"
#include "unix/relays.h"

#define TICK_NS 5000000

static int timer = -1, ticking;

static void start_ticking(void)
{
    static const struct itimerspec once = {.it_value.tv_nsec = TICK_NS};
    struct epoll_event event = {.events = EPOLLIN};

    if (timer < 0)
    {
        if ((timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) < 0) return;
        epoll_ctl(pump_epoll, EPOLL_CTL_ADD, timer, &event);
    }
    if (!timerfd_settime(timer, 0, &once, NULL)) ticking = 1;
}

/* FALSE if there is no timer, which alone gives it back. */
static int begin(struct relay *relay)
{
    relay->took = 1;
    if (relay->direct) return 1;
    if (!ticking) start_ticking();
    if (!ticking) return 0;
    relay->direct = 1;
    pump_watch_open(relay);
    return 1;
}

void direct_end(struct relay *relay)
{
    if (!relay->direct) return;
    relay->direct = 0;
    pump_bytes(relay);
}

void direct_tick(void)
{
    struct relay *relay;
    uint64_t count;

    if (read(timer, &count, sizeof(count)) < 0) return;
    ticking = 0;
    for (relay = relays; relay; relay = relay->next)
    {
        if (relay->state != OPEN || !relay->direct) continue;
        if (!relay->took)
            direct_end(relay);
        else if (!ticking)
            start_ticking();
        relay->took = 0;
    }
}

void direct_leave(void)
{
    struct relay *relay;

    for (relay = relays; relay; relay = relay->next)
        if (relay->state == OPEN) direct_end(relay);
    if (timer >= 0) close(timer);
    timer = -1;
}

/* The front may be connected, and the relay's thread not have noticed yet. */
static struct relay *find_open(uint32_t id)
{
    struct relay *relay = relays_find(id);

    if (relay && relay->state == AWAITING) relay_attend(relay);
    return relay && relay->state == OPEN ? relay : NULL;
}

/* Messages are the relay's. */
static struct relay *find_stream(uint32_t id)
{
    struct relay *relay = find_open(id);

    return relay && !relay->messages ? relay : NULL;
}

/* What was sent and has not arrived. */
static int is_under_way(int fd)
{
    int bytes;

    return ioctl(fd, SIOCOUTQ, &bytes) || bytes;
}

/* Whether the host socket is the next to get what is sent. */
static int sends_are_next(struct relay *relay, int front)
{
    const struct way *way = &relay->way[FRONT];

    if (way->data || is_under_way(front)) return 0;
    pump_move(relay, FRONT);
    if (!way->data && !way->ended && !way->refused) return 1;
    pump_bytes(relay);
    return 0;
}

size_t direct_send(uint32_t id, int front, const struct iovec *iov, int count)
{
    const struct msghdr msg = {.msg_iov = (struct iovec *)iov, .msg_iovlen = count};
    struct relay *relay;
    ssize_t sent = 0;

    relays_lock();
    if ((relay = find_stream(id)) && sends_are_next(relay, front))
    {
        sent = sendmsg(relay->fd[HOST], &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR && errno != EFAULT)
        {
            relay->way[FRONT].refused = 1;
            relay->direct = 0;
            pump_bytes(relay);
        }
    }
    relays_unlock();
    return sent > 0 ? sent : 0;
}

/* Whether the front has, or is going to have, something that came before what the host
 * socket has. What is under way is asked for first: then it is there, or was never. */
static int front_is_next(struct relay *relay, int front)
{
    struct pollfd readable = {.fd = front, .events = POLLIN};

    if (!relay->relayed && !relay->way[HOST].ended) return 0;
    if (relay->way[HOST].data || relay->way[HOST].ended || is_under_way(relay->fd[FRONT])) return 1;
    if (poll(&readable, 1, 0)) return 1;
    relay->relayed = 0;
    return 0;
}

ssize_t direct_receive(uint32_t id, int front, struct msghdr *msg, int flags)
{
    struct relay *relay;
    ssize_t ret = -1;
    int host = 0, error;

    relays_lock();
    if ((relay = find_stream(id)) && !front_is_next(relay, front) && begin(relay))
    {
        ret = recvmsg(relay->fd[HOST], msg, flags | MSG_DONTWAIT);
        host = ret > 0 || (ret < 0 && (errno == EAGAIN || errno == EINTR || errno == EFAULT));
        if (!host)
        {
            relay->direct = 0;
            pump_ended(relay, HOST, ret < 0);
            pump_bytes(relay);
        }
    }
    error = errno;
    relays_unlock();
    errno = error;
    return host ? ret : recvmsg(front, msg, flags | MSG_DONTWAIT);
}

int direct_wait(uint32_t id, int front, int wait_ms)
{
    struct pollfd ends[2] = {{.fd = front, .events = POLLIN}, {.fd = -1, .events = POLLIN}};
    struct relay *relay;

    relays_lock();
    if ((relay = find_stream(id)) && !relay->way[HOST].ended && begin(relay)) ends[1].fd = relay->fd[HOST];
    relays_unlock();
    return poll(ends, 2, wait_ms) > 0;
}

void direct_settle(uint32_t id)
{
    struct relay *relay;

    relays_lock();
    if ((relay = find_open(id)))
    {
        relay->direct = 0;
        pump_bytes(relay);
    }
    relays_unlock();
}
