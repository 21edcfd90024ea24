/*
 * Threads that wait for a request, for whoever closes its socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/waiter.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* One list does: beside the request itself, which is a round trip, it costs nothing. */
static struct waiter *waiters;
static SRWLOCK lock = SRWLOCK_INIT;

/* Who closes a socket removes its record first and looks for waiters then; who waits
 * joins the list first and looks at the record then. So one sees the other. */
BOOL waiter_begin(struct waiter *waiter, SOCKET s, IO_STATUS_BLOCK *io)
{
    const struct socket_record *record = record_get(s);

    waiter->socket = s;
    waiter->thread = GetCurrentThreadId();
    waiter->io = io;
    waiter->closed = FALSE;
    AcquireSRWLockExclusive(&lock);
    waiter->next = waiters;
    waiters = waiter;
    ReleaseSRWLockExclusive(&lock);
    if (!record || record->handle == s) return TRUE;
    waiter_end(waiter, STATUS_SUCCESS);
    return FALSE;
}

NTSTATUS waiter_end(struct waiter *waiter, NTSTATUS status)
{
    struct waiter **link = &waiters;

    AcquireSRWLockExclusive(&lock);
    while (*link != waiter) link = &(*link)->next;
    *link = waiter->next;
    ReleaseSRWLockExclusive(&lock);
    return waiter->closed && status == STATUS_CANCELLED ? STATUS_REQUEST_ABORTED : status;
}

/* Overlapped operations would end with the device's word for a closed handle, which is
 * no error that a program expects. Where somebody else holds the socket, too, they must
 * go on: not after the socket was given away. */
void waiters_abort_queued(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (!record || (record->flags & RECORD_SHARED)) return;
    if (lane_has_queued(record)) CancelIoEx(SOCKET_HANDLE(s), NULL);
}

/* TRUE if other threads still wait. */
static BOOL interrupt(SOCKET s)
{
    struct waiter *waiter;
    BOOL left = FALSE;

    AcquireSRWLockExclusive(&lock);
    for (waiter = waiters; waiter; waiter = waiter->next)
    {
        if (waiter->socket != s) continue;
        waiter->closed = TRUE;
        if (CancelIoEx(SOCKET_HANDLE(s), (OVERLAPPED *)waiter->io))
            TRACE("socket %#Ix: a call is interrupted\n", s);
        left |= waiter->thread != GetCurrentThreadId();
    }
    ReleaseSRWLockExclusive(&lock);
    return left;
}

/* A waiter may be on the list and its request not made yet, so it is interrupted until it is
 * gone: soon, unless a user APC of the program keeps it, or it is suspended. Closing the handle
 * before that is no small matter: while a request of another thread is being answered,
 * wineserver 8.0 keeps the host socket without its owner, and stops for good when something
 * arrives. */
#define PATIENCE_MS 2000

void waiters_interrupt(SOCKET s)
{
    ULONGLONG start = GetTickCount64();
    unsigned int tries;

    for (tries = 0; interrupt(s) && GetTickCount64() - start < PATIENCE_MS; tries++)
        Sleep(tries < 10 ? 0 : min(tries / 10, 10));
}
