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

/* Overlapped operations would end with the device's word for a closed handle, which is
 * no error that a program expects. Where somebody else holds the socket, too, they must
 * go on: not after the socket was given away, which closes the lane. */
static void abort_queued(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    unsigned int i, direction;

    if (!record || (record->flags & RECORD_LANE_CLOSED)) return;
    for (direction = 0; direction < LANE_DIRECTIONS; direction++)
    {
        for (i = 0; i < LANE_QUEUED; i++)
        {
            if (!record->lane.queued[direction][i]) continue;
            CancelIoEx(SOCKET_HANDLE(s), NULL);
            return;
        }
    }
}

void waiters_interrupt(SOCKET s)
{
    struct waiter *waiter;

    abort_queued(s);
    AcquireSRWLockExclusive(&lock);
    for (waiter = waiters; waiter; waiter = waiter->next)
    {
        if (waiter->socket != s) continue;
        waiter->closed = TRUE;
        if (CancelIoEx(SOCKET_HANDLE(s), (OVERLAPPED *)waiter->io)) TRACE("socket %#Ix: a call is interrupted\n", s);
    }
    ReleaseSRWLockExclusive(&lock);
}
