/*
 * Moving bytes between a host socket and its front.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What matters is that ends are told from halves: an end of file travels on as a
 * shutdown, an error as an error.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unix/messages.h"
#include "unix/pump.h"

#define CHUNK 65536

int pump_epoll = -1;

/* epoll goes on reporting hang-ups of what is watched for nothing, so that is not watched. */
void pump_watch(struct relay *relay, enum side side, uint32_t events)
{
    struct end *end = &relay->end[side];
    struct epoll_event event = {.events = events, .data.ptr = end};

    if (end->events == events) return;
    epoll_ctl(pump_epoll,
              !events        ? EPOLL_CTL_DEL
              : !end->events ? EPOLL_CTL_ADD
                             : EPOLL_CTL_MOD,
              relay->fd[side], &event);
    end->events = events;
}

void pump_close(struct relay *relay, enum side side)
{
    if (relay->fd[side] < 0) return;
    pump_watch(relay, side, 0);
    close(relay->fd[side]);
    relay->fd[side] = -1;
}

/* What is not received would make a local peer's end a reset, or not, as it comes. */
static void receive_rest(int fd)
{
    while (recv(fd, NULL, CHUNK, MSG_DONTWAIT | MSG_TRUNC) > 0) continue;
}

void pump_finish(struct relay *relay)
{
    if (relay->closing && relay->state == OPEN) receive_rest(relay->fd[HOST]);
    pump_close(relay, HOST);
    pump_close(relay, FRONT);
    if (relay->gate >= 0) close(relay->gate);
    relay->gate = -1;
    free(relay->way[HOST].data);
    free(relay->way[FRONT].data);
    relay->way[HOST].data = relay->way[FRONT].data = NULL;
    free(relay->frame);
    relay->frame = NULL;
    relay->state = GONE;
}

static void reset(struct relay *relay, enum side side)
{
    static const struct linger hard = {1, 0};

    if (side == FRONT) setsockopt(relay->fd[side], SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

/* FALSE if there is something left that the other side did not take. */
static int deliver(struct relay *relay, enum side from, const char *data, size_t size, size_t *done)
{
    struct way *way = &relay->way[from];

    *done = 0;
    while (*done < size && !way->refused)
    {
        ssize_t sent = send(relay->fd[!from], data + *done, size - *done, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent >= 0)
            *done += sent;
        else if (errno == EAGAIN)
            return 0;
        else if (errno != EINTR)
            way->refused = 1;
    }
    return 1;
}

void pump_deliver(struct relay *relay, enum side from, const char *data, size_t size)
{
    struct way *way = &relay->way[from];
    size_t done;

    if (deliver(relay, from, data, size, &done)) return;
    if (!(way->data = malloc(size - done)))
    {
        way->refused = 1;
        return;
    }
    memcpy(way->data, data + done, size - done);
    way->start = 0;
    way->end = size - done;
}

/* FALSE if data of this direction still waits. */
static int deliver_kept(struct relay *relay, enum side from)
{
    struct way *way = &relay->way[from];
    size_t done;

    if (!way->data) return 1;
    if (!deliver(relay, from, way->data + way->start, way->end - way->start, &done))
    {
        way->start += done;
        return 0;
    }
    free(way->data);
    way->data = NULL;
    return 1;
}

void pump_ended(struct relay *relay, enum side from, int failed)
{
    if (failed)
    {
        /* what the other direction has is lost with the connection */
        relay->way[from].refused = relay->way[!from].refused = relay->way[!from].ended = 1;
        reset(relay, !from);
    }
    relay->way[from].ended = 1;
}

void pump_received_nothing(struct relay *relay, enum side from, ssize_t size)
{
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    pump_ended(relay, from, size < 0);
}

/* FALSE if there is nothing more to move now. */
static int move_chunk(struct relay *relay, enum side from)
{
    static char chunk[CHUNK]; /* under the lock */
    ssize_t size = recv(relay->fd[from], chunk, sizeof(chunk), MSG_DONTWAIT);

    if (size <= 0)
    {
        pump_received_nothing(relay, from, size);
        return 0;
    }
    if (from == HOST) relay->relayed = 1;
    pump_deliver(relay, from, chunk, size);
    return 1;
}

/* Moves what there is, in one direction. */
void pump_move(struct relay *relay, enum side from)
{
    int rounds;

    for (rounds = 0; rounds < 16; rounds++)
    {
        if (!deliver_kept(relay, from) || relay->way[from].ended) return;
        if (!(relay->messages ? messages_move(relay, from) : move_chunk(relay, from))) return;
    }
}

/* Whether the other end of the host socket is closed, and not only for writing. */
static int host_hung_up(const struct relay *relay)
{
    struct pollfd poll_host = {.fd = relay->fd[HOST]};

    return poll(&poll_host, 1, 0) > 0 && (poll_host.revents & (POLLHUP | POLLERR));
}

/* An end of file goes on once everything before it has. */
static void pass_end(struct relay *relay, enum side from)
{
    struct way *way = &relay->way[from];

    if (!way->ended || way->passed || way->data) return;
    way->passed = 1;
    if (from == FRONT && relay->closing)
        pump_finish(relay);
    else if (from == HOST && host_hung_up(relay))
    {
        /* unread bytes in the front's connection would make its end a reset */
        relay->way[FRONT].refused = 1;
        pump_move(relay, FRONT);
        pump_finish(relay);
    }
    else
        shutdown(relay->fd[!from], SHUT_WR);
}

void pump_watch_open(struct relay *relay)
{
    enum side side;

    for (side = HOST; side <= FRONT; side++)
    {
        const struct way *from = &relay->way[side], *to = &relay->way[!side];

        pump_watch(relay, side,
                   (from->ended || from->data || (side == HOST && relay->direct) ? 0 : EPOLLIN) |
                       (to->data ? EPOLLOUT : 0));
    }
}

void pump_bytes(struct relay *relay)
{
    struct way *way = relay->way;

    if (!relay->direct) pump_move(relay, HOST);
    pump_move(relay, FRONT);
    pass_end(relay, HOST);
    if (relay->state == OPEN) pass_end(relay, FRONT);
    if (relay->state != OPEN) return;
    /* the host's peer is gone when the front's bytes are refused; what it sent last goes through first */
    if ((way[HOST].passed || way[HOST].refused) && (way[FRONT].passed || way[FRONT].refused))
        pump_finish(relay);
    else
        pump_watch_open(relay);
}

static void set_nodelay(int fd)
{
    static const int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

void pump_start(struct relay *relay)
{
    relay->state = OPEN;
    set_nodelay(relay->fd[FRONT]);
    pump_bytes(relay);
}
