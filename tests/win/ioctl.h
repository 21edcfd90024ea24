/*
 * For tests of ioctls: asking and telling.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef IOCTL_H
#define IOCTL_H

#include "harness.h"

#include <mstcpip.h>

#include "../../include/ws2_missing.h"

/* The count of bytes of the last call. */
static DWORD returned;

static inline int query(SOCKET s, DWORD code, void *out, DWORD size)
{
    returned = 0xdeadbeef;
    return WSAIoctl(s, code, NULL, 0, out, size, &returned, NULL, NULL);
}

static inline int command(SOCKET s, DWORD code, void *in, DWORD size)
{
    returned = 0xdeadbeef;
    return WSAIoctl(s, code, in, size, NULL, 0, &returned, NULL, NULL);
}

static inline SOCKET stream(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static inline SOCKET datagram(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0);
}

#endif
