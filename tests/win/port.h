/*
 * Sockets at completion ports, as event loops have them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef PORT_H
#define PORT_H

#include "harness.h"

#ifndef FILE_SKIP_COMPLETION_PORT_ON_SUCCESS
#define FILE_SKIP_COMPLETION_PORT_ON_SUCCESS 1
#define FILE_SKIP_SET_EVENT_ON_HANDLE 2
#endif

#define PORT_KEY 0x77

/* A port of its own for a socket, or another handle. */
static inline HANDLE port_of(SOCKET s)
{
    HANDLE port = CreateIoCompletionPort((HANDLE)s, NULL, PORT_KEY, 1);

    CHECK(port != NULL);
    return port;
}

/* Makes a pair of streams, and a port for one end. */
static inline HANDLE port_pair(SOCKET pair[2], int end)
{
    tcp_pair(pair);
    return port_of(pair[end]);
}

static inline void port_close(SOCKET pair[2], HANDLE port)
{
    close_pair(pair);
    CloseHandle(port);
}

static inline void skip_on_success(SOCKET s)
{
    CHECK(SetFileCompletionNotificationModes((HANDLE)s, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS |
                                                            FILE_SKIP_SET_EVENT_ON_HANDLE));
}

/* The next packet is this operation's; gives its error and byte count. */
static inline DWORD take(HANDLE port, OVERLAPPED *expected, DWORD *size)
{
    OVERLAPPED *overlapped = NULL;
    ULONG_PTR key = 0;
    BOOL ok = GetQueuedCompletionStatus(port, size, &key, &overlapped, 10000);
    DWORD error = ok ? 0 : GetLastError();

    CHECK(overlapped == expected);
    CHECK_INT(key, PORT_KEY);
    return error;
}

static inline void check_nothing(HANDLE port)
{
    OVERLAPPED *overlapped = NULL;
    ULONG_PTR key;
    DWORD size;

    CHECK(!GetQueuedCompletionStatus(port, &size, &key, &overlapped, 50));
    CHECK(overlapped == NULL);
    CHECK_INT(GetLastError(), WAIT_TIMEOUT);
}

#endif
