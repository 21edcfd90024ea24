/* Sockets that guard a port, and who tries to get in (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef GUARD_H
#define GUARD_H

#include "sacl.h"
#include "seclog.h"

static inline struct sockaddr_in loopback(USHORT port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = port};

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return addr;
}

/* Bound to the loopback and a free port, with this SACL if any. */
static inline SOCKET guard_with(int type, ACL *sacl, struct sockaddr_in *addr)
{
    SOCKET s = secured_socket(AF_INET, type);
    int len = sizeof(*addr);

    if (sacl) set_sacl(s, sacl);
    *addr = loopback(0);
    CHECK_INT(bind(s, (SOCKADDR *)addr, sizeof(*addr)), 0);
    CHECK_INT(getsockname(s, (SOCKADDR *)addr, &len), 0);
    return s;
}

static inline SOCKET guard(int type, BYTE outcomes, struct sockaddr_in *addr)
{
    return guard_with(type, audit_list(well_known(WinWorldSid), GENERIC_ALL, outcomes), addr);
}

/* 0 or the error of a bind to this address, whose socket is closed again. */
static inline int try_bind(int type, const struct sockaddr_in *addr)
{
    SOCKET s = socket(AF_INET, type, 0);
    int error = bind(s, (const SOCKADDR *)addr, sizeof(*addr)) ? WSAGetLastError() : 0;

    CHECK_INT(closesocket(s), 0);
    return error;
}

static inline char *check_events(int line, unsigned long long before, int expected)
{
    int count;
    char **events = events_after(before, &count);

    if (count != expected) harness_fail(__FILE__, line, "%d events instead of %d", count, expected);
    return events[0];
}

/* What `call` adds to the log: so many events; the first one. */
#define CHECK_EVENTS(call, expected)                     \
    ({                                                   \
        unsigned long long number_before = last_event(); \
        call;                                            \
        check_events(__LINE__, number_before, expected); \
    })

#endif
