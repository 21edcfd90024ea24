/* What the echo server and client share (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef ECHO_H
#define ECHO_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a: enough to notice a byte that was lost, doubled or moved. */
static inline unsigned int checksum(unsigned int sum, const void *data, int len)
{
    const unsigned char *p = data;

    while (len-- > 0) sum = (sum ^ *p++) * 16777619u;
    return sum;
}

#define CHECKSUM_START 2166136261u

static inline int give_up(const char *what)
{
    printf("%s failed: error %d\n", what, WSAGetLastError());
    return 1;
}

/* "tcp", "udp", with 6 behind for IPv6: the family and the type, or 0. */
static inline int echo_kind(const char *name, int *family, int *type)
{
    *family = AF_INET;
    if (!strncmp(name, "tcp", 3))
        *type = SOCK_STREAM;
    else if (!strncmp(name, "udp", 3))
        *type = SOCK_DGRAM;
    else
        return 0;
    if (!strcmp(name + 3, "6"))
        *family = AF_INET6;
    else if (name[3])
        return 0;
    return 1;
}

/* The loopback of the family, with a port in host order; returns the length. */
static inline int loopback(int family, unsigned short port, SOCKADDR_STORAGE *addr)
{
    memset(addr, 0, sizeof(*addr));
    if (family == AF_INET6)
    {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)addr;

        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        in6->sin6_addr.s6_addr[15] = 1;
        return sizeof(*in6);
    }
    ((struct sockaddr_in *)addr)->sin_family = AF_INET;
    ((struct sockaddr_in *)addr)->sin_port = htons(port);
    ((struct sockaddr_in *)addr)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return sizeof(struct sockaddr_in);
}

#endif
