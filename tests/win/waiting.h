/*
 * Receives that wait for data at completion ports.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whatever ends such an operation ends it once, with its packet, its status and its count.
 */
#ifndef WAITING_H
#define WAITING_H

#include "lanes.h"
#include "port.h"

#ifndef STATUS_CANCELLED
#define STATUS_CANCELLED 0xc0000120
#endif

#define MANY 16
#define ROUNDS 50

static inline int receive(SOCKET s, char *data, ULONG size, DWORD flags, OVERLAPPED *overlapped)
{
    WSABUF buffer = {size, data};
    DWORD received;

    return WSARecv(s, &buffer, 1, &received, &flags, overlapped, NULL);
}

static inline void begin(SOCKET s, OVERLAPPED *overlapped)
{
    memset(overlapped, 0, sizeof(*overlapped));
    CHECK_ERROR(receive(s, NULL, 0, 0, overlapped), WSA_IO_PENDING);
}

static inline HANDLE waiting_pair(SOCKET pair[2], OVERLAPPED *overlapped)
{
    HANDLE port = port_pair(pair, 1);

    skip_on_success(pair[1]);
    begin(pair[1], overlapped);
    return port;
}

static inline void send_some(SOCKET s)
{
    CHECK_INT(send(s, "data", 4, 0), 4);
}

static inline void check_some(SOCKET s)
{
    char data[8];

    CHECK_INT(recv(s, data, sizeof(data), 0), 4);
    CHECK(!memcmp(data, "data", 4));
}

static inline void check_ends(HANDLE port, OVERLAPPED *overlapped, DWORD error)
{
    DWORD size = 0xdead;

    CHECK_INT(take(port, overlapped, &size), error);
    CHECK_INT(size, 0);
    CHECK_INT(overlapped->InternalHigh, 0);
    CHECK(overlapped->Internal != STATUS_PENDING);
}

static inline void check_ends_well(HANDLE port, OVERLAPPED *overlapped)
{
    check_ends(port, overlapped, 0);
    CHECK_INT(overlapped->Internal, 0);
}

/* Without the port being asked. */
static inline void wait_for_end(const OVERLAPPED *overlapped)
{
    ULONGLONG start = GetTickCount64();

    while (!HasOverlappedIoCompleted((volatile OVERLAPPED *)overlapped) && GetTickCount64() - start < 10000)
        Sleep(1);
    CHECK(HasOverlappedIoCompleted(overlapped));
}

static inline DWORD WINAPI send_soon(void *s)
{
    Sleep(50);
    send((SOCKET)s, "data", 4, 0);
    return 0;
}

#endif
