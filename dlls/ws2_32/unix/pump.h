/* Moving bytes between a host socket and its front (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_PUMP_H
#define WS2_UNIX_PUMP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "unix/sockaddr.h"

enum side
{
    HOST,
    FRONT
};

enum state
{
    FRESH,     /* a host socket, and no front to connect to yet */
    LISTENING, /* the host socket listens, and so does the front */
    JOINING,   /* accepted from the host; fd[FRONT] connects to a front */
    AWAITING,  /* connected at the host; fd[FRONT] listens for the front */
    OPEN,
    GONE, /* freed once nobody asks about it any more */
};

/* One direction, named by where its bytes come from. */
struct way
{
    char *data; /* what the other side did not take yet: from start to end */
    size_t start, end;
    int ended;   /* nothing more comes from there */
    int passed;  /* and the other side has been told */
    int refused; /* the other side takes nothing any more */
};

struct end
{
    struct relay *relay;
    uint32_t events; /* what epoll watches for; 0 for not at all */
};

struct relay
{
    uint32_t id;
    enum state state;
    int fd[2];
    struct way way[2];
    struct end end[2];
    int direct;   /* calls take what comes from the host: direct.c; the pump leaves it to them */
    int took;     /* and one has, lately */
    int relayed;  /* the front may still have something that came by it */
    int messages; /* their boundaries are kept: messages.c */
    char *frame;  /* what the front has sent of a message: frame_size bytes */
    size_t frame_size;
    int closing; /* the front's last handle is closed */
    int released;
    union host_sockaddr peer; /* who was at the other end, even after the end */
    socklen_t peer_len;
    uint32_t peer_pid;
    uint16_t front_port;
    uint32_t source; /* fd[FRONT]'s own address, network order; 0 if that is not what tells it */
    int gate;        /* of a listener: keeps gate_port */
    uint16_t gate_port;
    struct relay *next, *same_bucket;
};

/* Where everything is watched; its data is the struct end. Nothing here locks. */
extern int pump_epoll;

/* epoll goes on reporting hang-ups of what is watched for nothing, so that is not watched. */
void pump_watch(struct relay *relay, enum side side, uint32_t events);

/* What an OPEN relay is to be watched for. */
void pump_watch_open(struct relay *relay);

void pump_close(struct relay *relay, enum side side);

/* Closes everything: the relay is GONE. */
void pump_finish(struct relay *relay);

/* Both sides are connected. */
void pump_start(struct relay *relay);

/* Moves what there is and passes ends on; the relay may be GONE after that. */
void pump_bytes(struct relay *relay);

/* The bytes of one direction only. */
void pump_move(struct relay *relay, enum side from);

/* Gives it to the other side, or keeps it until there is room. */
void pump_deliver(struct relay *relay, enum side from, const char *data, size_t size);

/* recv from there has failed, or has found the end: 0 bytes or less. */
void pump_received_nothing(struct relay *relay, enum side from, ssize_t size);

/* A call has found the host socket's end, or with failed its error. */
void pump_ended(struct relay *relay, enum side from, int failed);

#endif
