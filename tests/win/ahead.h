/*
 * Connections to this machine itself, for the tests of what comes before and after.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef AHEAD_H
#define AHEAD_H

#include "harness.h"

#include <winternl.h>

static struct sockaddr_in listening;

static inline SOCKET stream(void)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

    CHECK(s != INVALID_SOCKET);
    return s;
}

static inline void connect_to(SOCKET s, const struct sockaddr_in *addr)
{
    CHECK_INT(connect(s, (const struct sockaddr *)addr, sizeof(*addr)), 0);
}

/* [0] is connected, and nothing has been done to it since; [1] was accepted. */
static inline void fresh_pair(SOCKET pair[2])
{
    SOCKET listener = tcp_listener(&listening);

    pair[0] = stream();
    connect_to(pair[0], &listening);
    CHECK((pair[1] = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    CHECK_INT(closesocket(listener), 0);
}

static inline void check_passes(SOCKET from, SOCKET to)
{
    char text[8];

    CHECK_INT(send(from, "text", 4, 0), 4);
    CHECK_INT(recv(to, text, sizeof(text), 0), 4);
    CHECK(!memcmp(text, "text", 4));
}

/* The device's own poll, as event loops make it, past Winsock or past kernel32.dll as well. */
struct device_poll
{
    LARGE_INTEGER timeout;
    ULONG count;
    ULONG exclusive;
    struct
    {
        SOCKET socket;
        ULONG flags;
        LONG status;
    } entry;
};

#define DEVICE_POLL 0x12024
#define POLLS_WRITABLE 4
#define POLLS_FAILURE 0x100 /* to connect */

static inline void begin_poll(struct device_poll *poll, SOCKET s)
{
    *poll = (struct device_poll){.timeout.QuadPart = -50000000, .count = 1};
    poll->entry.socket = s;
    poll->entry.flags = POLLS_WRITABLE;
}

static inline void check_poll(const struct device_poll *poll)
{
    CHECK_INT(poll->count, 1);
    CHECK_INT(poll->entry.flags, POLLS_WRITABLE);
}

#endif
