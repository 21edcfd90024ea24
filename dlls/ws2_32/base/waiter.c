/*
 * Threads that wait for a request, for whoever closes its socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/arrival.h"
#include "base/lane.h"
#include "base/owner.h"
#include "base/waiter.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Not on its thread's stack, which goes when the thread is terminated. */
struct waiter
{
    SOCKET socket;
    DWORD thread;
    IO_STATUS_BLOCK *io; /* by which the device knows the request; never looked into */
    BOOL closed;
    struct lane_request lane;
    struct waiter *next;
};

/* One list does: beside the request itself, which is a round trip, it costs nothing. */
static struct waiter *waiters;
static struct waiter *spares;
static struct ownership list;

static void enter(void)
{
    while (owner_take(&list))
        ;
}

static void leave(void)
{
    owner_release(&list);
}

/* The list is entered. */
static struct waiter *take_spare(void)
{
    struct waiter *waiter = spares;

    if (!waiter) return heap_alloc(sizeof(*waiter));
    spares = waiter->next;
    return waiter;
}

/* The list is entered. */
static void take_out(struct waiter **link)
{
    struct waiter *waiter = *link;

    *link = waiter->next;
    waiter->next = spares;
    spares = waiter;
}

/* Who closes a socket removes its record first and looks for waiters then; who waits
 * joins the list first and looks at the record then. So one sees the other. */
struct waiter *waiter_begin(SOCKET s, IO_STATUS_BLOCK *io, const struct lane_request *lane)
{
    const struct socket_record *record = record_get(s);
    struct waiter *waiter;

    enter();
    if ((waiter = take_spare()))
    {
        *waiter = (struct waiter){s, GetCurrentThreadId(), io, FALSE, *lane, waiters};
        waiters = waiter;
    }
    leave();
    if (!waiter || !record || record->handle == s) return waiter;
    waiter_end(waiter, STATUS_SUCCESS);
    return NULL;
}

NTSTATUS waiter_end(struct waiter *waiter, NTSTATUS status)
{
    struct waiter **link = &waiters;
    BOOL closed;

    enter();
    closed = waiter->closed;
    while (*link && *link != waiter) link = &(*link)->next;
    if (*link) take_out(link);
    leave();
    return closed && status == STATUS_CANCELLED ? STATUS_REQUEST_ABORTED : status;
}

/* Overlapped operations would end with the device's word for a closed handle, which is no error that a program
 * expects, or go on and find another socket by the handle's value. What has begun through other handles of
 * the socket must not end. */
void waiters_abort_queued(SOCKET s)
{
    struct socket_record *record = record_get(s);
    unsigned int direction, i;

    if (!record) return;
    arrival_cancel(record, NULL, 0);
    if (!lane_has_queued(record)) return;
    if (!(record->flags & RECORD_SHARED))
        CancelIoEx(SOCKET_HANDLE(s), NULL);
    else
        for (direction = 0; direction < LANE_DIRECTIONS; direction++)
            for (i = 0; i < LANE_QUEUED; i++)
                if (record->lane.queued[direction][i])
                    CancelIoEx(SOCKET_HANDLE(s), record->lane.queued[direction][i]);
}

/* TRUE if other threads still wait. */
static BOOL interrupt(SOCKET s, BOOL reap)
{
    struct waiter **link = &waiters, *waiter;
    BOOL left = FALSE;

    enter();
    while ((waiter = *link))
    {
        if (waiter->socket == s && reap && owner_is_gone(waiter->thread))
        {
            lane_request_done(&waiter->lane, STATUS_CANCELLED);
            take_out(link);
            continue;
        }
        link = &waiter->next;
        if (waiter->socket != s) continue;
        waiter->closed = TRUE;
        if (CancelIoEx(SOCKET_HANDLE(s), (OVERLAPPED *)waiter->io))
            TRACE("socket %#Ix: a call is interrupted\n", s);
        left |= waiter->thread != GetCurrentThreadId();
    }
    leave();
    return left;
}

/* A waiter may be on the list and its request not made yet, so it is interrupted until it is
 * gone: soon, unless a user APC of the program keeps it, or it is suspended. Closing the handle
 * before that is no small matter: while a request of another thread is being answered,
 * wineserver 8.0 keeps the host socket without its owner, and stops for good when something
 * arrives. */
#define PATIENCE_MS 2000
#define TRIES_AT_ONCE 10
#define TRIES_BEFORE_REAPING 30

void waiters_interrupt(SOCKET s)
{
    ULONGLONG start = GetTickCount64();
    unsigned int tries;

    for (tries = 0; interrupt(s, tries == TRIES_BEFORE_REAPING) && GetTickCount64() - start < PATIENCE_MS;
         tries++)
        Sleep(tries < TRIES_AT_ONCE ? 0 : min(tries / 10, 10));
}
