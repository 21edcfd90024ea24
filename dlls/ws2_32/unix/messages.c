/*
 * Messages over fronts, which are streams: SOCK_SEQPACKET.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In the front's connection each message comes after its size, 32 bits in the order of
 * this machine. What is incomplete there waits here; at the host socket a message comes
 * and goes as a whole.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "unix/messages.h"
#include "ws2_unix.h"

/* A message of no bytes looks like the end to recv. */
static int host_has_ended(const struct relay *relay)
{
    struct pollfd host = {.fd = relay->fd[HOST], .events = POLLRDHUP};

    return poll(&host, 1, 0) > 0 && (host.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static int move_from_host(struct relay *relay)
{
    ssize_t size = recv(relay->fd[HOST], NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    uint32_t header;
    char *frame;

    if (size < 0 || (!size && host_has_ended(relay)))
    {
        pump_received_nothing(relay, HOST, size);
        return 0;
    }
    header = size;
    if (!(frame = malloc(sizeof(header) + size))) return 0;
    memcpy(frame, &header, sizeof(header));
    if (recv(relay->fd[HOST], frame + sizeof(header), size, MSG_DONTWAIT) == size)
    {
        relay->relayed = 1;
        pump_deliver(relay, HOST, frame, sizeof(header) + size);
    }
    free(frame);
    return 1;
}

static int move_from_front(struct relay *relay)
{
    uint32_t header = 0;
    size_t wanted = sizeof(header);
    ssize_t size;

    if (!relay->frame && !(relay->frame = malloc(sizeof(header) + WS2_HOST_MESSAGE_MAX))) return 0;
    if (relay->frame_size >= sizeof(header))
    {
        memcpy(&header, relay->frame, sizeof(header));
        wanted += header;
    }
    size = recv(relay->fd[FRONT], relay->frame + relay->frame_size, wanted - relay->frame_size, MSG_DONTWAIT);
    if (size <= 0)
    {
        pump_received_nothing(relay, FRONT, size);
        return 0;
    }
    if ((relay->frame_size += size) < wanted) return 1;
    if (wanted == sizeof(header))
    {
        memcpy(&header, relay->frame, sizeof(header));
        if (header && header <= WS2_HOST_MESSAGE_MAX) return 1;
        relay->frame_size = 0;
        if (header) pump_ended(relay, FRONT, 1); /* that was no message */
        return !header;
    }
    relay->frame_size = 0;
    pump_deliver(relay, FRONT, relay->frame + sizeof(header), header);
    return 1;
}

int messages_move(struct relay *relay, enum side from)
{
    return from == HOST ? move_from_host(relay) : move_from_front(relay);
}
