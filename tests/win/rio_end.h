/* Datagram sockets with a queue of their own, for tests (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef RIO_END_H
#define RIO_END_H

#include "rio.h"

/* What requests use, in one registered buffer. */
static struct
{
    char data[4][256];
    SOCKADDR_INET remote[4], local[4];
    _Alignas(8) char control[4][128];
    ULONG flags[4];
} memory;

static RIO_BUFFERID id;

static inline RIO_BUF part(void *start, ULONG size)
{
    return (RIO_BUF){id, (char *)start - (char *)&memory, size};
}

#define PART(what) part(&memory.what, sizeof(memory.what))

/* A socket with a queue of its own. */
struct end
{
    SOCKET socket;
    SOCKADDR_INET name;
    RIO_CQ cq, sent; /* of receives and of sends */
    RIO_RQ rq;
};

static inline void make_queue(struct end *end, RIO_CQ cq)
{
    end->cq = cq;
    end->sent = rio_queue_of(16);
    end->rq = rio.RIOCreateRequestQueue(end->socket, 16, 1, 16, 1, end->cq, end->sent, NULL);
    CHECK(end->rq != RIO_INVALID_RQ);
}

static inline void open_end(struct end *end, int family)
{
    if (!id)
    {
        rio_load();
        id = rio_register(&memory, sizeof(memory));
    }
    end->socket = rio_udp(family, &end->name);
    make_queue(end, rio_queue_of(16));
}

static inline void close_end(struct end *end)
{
    closesocket(end->socket);
    rio.RIOCloseCompletionQueue(end->cq);
    rio.RIOCloseCompletionQueue(end->sent);
}

/* Sends the first data buffer. */
static inline void send_to(struct end *from, const SOCKADDR_INET *to, const char *text)
{
    RIO_BUF data = part(memory.data[0], strlen(text)), remote = PART(remote[0]);

    memcpy(memory.data[0], text, strlen(text));
    memory.remote[0] = *to;
    CHECK(rio.RIOSendEx(from->rq, &data, 1, NULL, &remote, NULL, NULL, 0, (void *)1));
    CHECK_COMPLETION(from->sent, 1, 0, strlen(text));
}

#endif
