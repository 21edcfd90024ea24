/* Messages with control data, for tests (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "extensions.h"

#define OPTION_TOS 3
#define OPTION_TTL 4
#define OPTION_PKTINFO 19
#define OPTION_RECVTTL 21
#define OPTION_HOPLIMIT 21
#define OPTION_RECVIF 24
#define OPTION_RECVDSTADDR 25
#define OPTION_TCLASS 39
#define OPTION_RECVTOS 40
#define OPTION_RECVTCLASS 40
#define OPTION_ORIGINAL_ARRIVAL_IF 47
#define OPTION_ECN 50
#define OPTION_SEND_MSG_SIZE 2
#define OPTION_RECV_MAX_COALESCED_SIZE 3
#define MESSAGE_COALESCED_INFO 3

struct pktinfo
{
    struct in_addr addr;
    ULONG index;
};

struct pktinfo6
{
    struct in6_addr addr;
    ULONG index;
};

/* A message with everything that it can bring, ready to be received into. */
struct received
{
    WSAMSG msg;
    WSABUF buffer;
    char data[4096];
    _Alignas(8) char control[256];
    struct sockaddr_storage addr;
};

static inline LPFN_WSARECVMSG recvmsg_of(SOCKET s)
{
    return EXTENSION(s, LPFN_WSARECVMSG, WSAID_WSARECVMSG);
}

static inline LPFN_WSASENDMSG sendmsg_of(SOCKET s)
{
    return EXTENSION(s, LPFN_WSASENDMSG, WSAID_WSASENDMSG);
}

static inline WSAMSG *prepare(struct received *r)
{
    memset(r, 0, sizeof(*r));
    r->buffer.buf = r->data;
    r->buffer.len = sizeof(r->data);
    r->msg.lpBuffers = &r->buffer;
    r->msg.dwBufferCount = 1;
    r->msg.name = (struct sockaddr *)&r->addr;
    r->msg.namelen = sizeof(r->addr);
    r->msg.Control.buf = r->control;
    r->msg.Control.len = sizeof(r->control);
    return &r->msg;
}

/* The data of the first control message of a kind, NULL if there is none. */
static inline void *control_data(WSAMSG *msg, int level, int type)
{
    WSACMSGHDR *header;

    for (header = WSA_CMSG_FIRSTHDR(msg); header; header = WSA_CMSG_NXTHDR(msg, header))
        if (header->cmsg_level == level && header->cmsg_type == type) return WSA_CMSG_DATA(header);
    return NULL;
}

static inline int count_control(WSAMSG *msg)
{
    WSACMSGHDR *header;
    int count = 0;

    for (header = WSA_CMSG_FIRSTHDR(msg); header; header = WSA_CMSG_NXTHDR(msg, header)) count++;
    return count;
}

static inline void turn_on(SOCKET s, int level, int name)
{
    DWORD on = 1;

    CHECK_INT(setsockopt(s, level, name, (char *)&on, sizeof(on)), 0);
}

static inline SOCKET udp6_bound(struct sockaddr_in6 *addr)
{
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    int len = sizeof(*addr);

    if (s == INVALID_SOCKET) SKIP("no IPv6 here");
    memset(addr, 0, sizeof(*addr));
    addr->sin6_family = AF_INET6;
    addr->sin6_addr.s6_addr[15] = 1;
    if (bind(s, (struct sockaddr *)addr, sizeof(*addr))) SKIP("no IPv6 loopback here");
    CHECK_INT(getsockname(s, (struct sockaddr *)addr, &len), 0);
    return s;
}

/* Appends a control message of one value to what is to be sent. */
static inline void add_control(WSAMSG *msg, int level, int type, const void *data, int size)
{
    WSACMSGHDR *header = (WSACMSGHDR *)(msg->Control.buf + msg->Control.len);

    header->cmsg_len = WSA_CMSG_LEN(size);
    header->cmsg_level = level;
    header->cmsg_type = type;
    memcpy(WSA_CMSG_DATA(header), data, size);
    msg->Control.len += WSA_CMSG_SPACE(size);
}

static inline WSAMSG *to_send(struct received *r, const void *addr, int addr_len, const char *data, int size)
{
    prepare(r);
    memcpy(r->data, data, size);
    r->buffer.len = size;
    memcpy(&r->addr, addr, addr_len);
    r->msg.namelen = addr_len;
    r->msg.Control.len = 0;
    return &r->msg;
}

/* A completion routine that leaves its arguments in the OVERLAPPED. */
static inline void CALLBACK count_routine(DWORD error, DWORD bytes, WSAOVERLAPPED *overlapped, DWORD flags)
{
    overlapped->Offset = error ? error : bytes;
    overlapped->OffsetHigh = flags + 1;
}

#endif
