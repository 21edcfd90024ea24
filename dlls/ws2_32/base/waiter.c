/*
 * Threads that wait for a request, for whoever closes its socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/waiter.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* One list does: beside the request itself, which is a round trip, it costs nothing. */
static struct waiter *waiters;
static SRWLOCK lock = SRWLOCK_INIT;

void waiter_begin(struct waiter *waiter, SOCKET s, IO_STATUS_BLOCK *io)
{
    waiter->socket = s;
    waiter->io = io;
    waiter->closed = FALSE;
    AcquireSRWLockExclusive(&lock);
    waiter->next = waiters;
    waiters = waiter;
    ReleaseSRWLockExclusive(&lock);
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

void waiters_interrupt(SOCKET s)
{
    struct waiter *waiter;

    AcquireSRWLockExclusive(&lock);
    for (waiter = waiters; waiter; waiter = waiter->next)
    {
        if (waiter->socket != s) continue;
        waiter->closed = TRUE;
        if (CancelIoEx(SOCKET_HANDLE(s), (OVERLAPPED *)waiter->io)) TRACE("socket %#Ix: a call is interrupted\n", s);
    }
    ReleaseSRWLockExclusive(&lock);
}
