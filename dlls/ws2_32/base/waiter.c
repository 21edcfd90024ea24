/*
 * Threads that wait for a request, for whoever closes its socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/arrival.h"
#include "base/device.h"
#include "base/lane.h"
#include "base/owner.h"
#include "base/waiter.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* A call. Not on its thread's stack, which goes when the thread is terminated. */
struct waiter
{
    SOCKET socket;
    DWORD thread;
    IO_STATUS_BLOCK *io; /* by which the device knows the request; never looked into. NULL: it closes */
    BOOL closed;
    struct lane_request lane;
    struct waiter *next;
};

/* One list does: beside the request itself, which is a round trip, it costs nothing. */
static struct waiter *waiters;
static struct waiter *spares;
static unsigned int closers; /* on the list */
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
static struct waiter **link_of(const struct waiter *waiter)
{
    struct waiter **link = &waiters;

    while (*link && *link != waiter) link = &(*link)->next;
    return link;
}

/* The list is entered. */
static void take_out(struct waiter **link)
{
    struct waiter *waiter = *link;

    if (!waiter) return;
    *link = waiter->next;
    waiter->next = spares;
    spares = waiter;
    if (!waiter->io) closers--;
}

/* The list is entered. */
static struct waiter *put_in(SOCKET s, IO_STATUS_BLOCK *io, const struct lane_request *lane)
{
    struct waiter *waiter = take_spare();

    if (!waiter) return NULL;
    *waiter = (struct waiter){s, GetCurrentThreadId(), io, FALSE, *lane, waiters};
    waiters = waiter;
    if (!io) closers++;
    return waiter;
}

/* The list is entered. Who began to close and was terminated does not. */
static BOOL is_closing(SOCKET s)
{
    struct waiter **link = &waiters, *waiter;

    if (!closers) return FALSE;
    while ((waiter = *link))
    {
        if (waiter->io || waiter->socket != s)
            link = &waiter->next;
        else if (!owner_is_gone(waiter->thread))
            return TRUE;
        else
            take_out(link);
    }
    return FALSE;
}

/* Who closes a socket removes its record first and looks for waiters then; who waits
 * joins the list first and looks at the record then. So one sees the other. */
struct waiter *waiter_begin(SOCKET s, IO_STATUS_BLOCK *io, const struct lane_request *lane)
{
    const struct socket_record *record = record_get(s);
    struct waiter *waiter;

    enter();
    waiter = is_closing(s) ? NULL : put_in(s, io, lane);
    leave();
    if (!waiter || !record || record->handle == s) return waiter;
    waiter_end(waiter, STATUS_SUCCESS);
    return NULL;
}

NTSTATUS waiter_end(struct waiter *waiter, NTSTATUS status)
{
    BOOL closed;

    enter();
    closed = waiter->closed;
    take_out(link_of(waiter));
    leave();
    return closed && status == STATUS_CANCELLED ? STATUS_REQUEST_ABORTED : status;
}

static BOOL is_listening(SOCKET s)
{
    BOOL listening = FALSE;

    return !device_request(s, AFD_GET_SO_ACCEPTCONN, NULL, 0, &listening, sizeof(listening), NULL) &&
           listening;
}

/* Overlapped operations would end with the device's word for a closed handle, which is no error that a program
 * expects, or go on and find another socket by the handle's value. What has begun through other handles of
 * the socket must not end; nor do accepts, which need no handle of the listener any more. */
void waiters_abort_queued(SOCKET s)
{
    struct socket_record *record = record_get(s);
    unsigned int direction, i;

    if (!record) return;
    arrival_cancel(record, NULL, 0);
    if (!lane_has_queued(record)) return;
    if (!(record->flags & RECORD_SHARED))
        CancelIoEx(SOCKET_HANDLE(s), NULL);
    else if (!is_listening(s))
        for (direction = 0; direction < LANE_DIRECTIONS; direction++)
            for (i = 0; i < LANE_QUEUED; i++)
                if (record->lane.queued[direction][i])
                    CancelIoEx(SOCKET_HANDLE(s), record->lane.queued[direction][i]);
}

/* The list is entered. TRUE if other threads still wait. */
static BOOL interrupt(SOCKET s, BOOL reap)
{
    struct waiter **link = &waiters, *waiter;
    BOOL left = FALSE;

    while ((waiter = *link))
    {
        if (waiter->socket == s && waiter->io && reap && owner_is_gone(waiter->thread))
        {
            lane_request_done(&waiter->lane, STATUS_CANCELLED);
            take_out(link);
            continue;
        }
        link = &waiter->next;
        if (waiter->socket != s || !waiter->io) continue;
        waiter->closed = TRUE;
        if (CancelIoEx(SOCKET_HANDLE(s), (OVERLAPPED *)waiter->io))
            TRACE("socket %#Ix: a call is interrupted\n", s);
        left |= waiter->thread != GetCurrentThreadId();
    }
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

/* What is about to begin may begin once the handle is closed, and finds it so. */
void waiters_interrupt(SOCKET s)
{
    static const struct lane_request none;
    ULONGLONG start = GetTickCount64();
    struct waiter *closer;
    unsigned int tries;

    enter();
    closer = put_in(s, NULL, &none);
    for (tries = 0; interrupt(s, tries == TRIES_BEFORE_REAPING) && GetTickCount64() - start < PATIENCE_MS;
         tries++)
    {
        leave();
        Sleep(tries < TRIES_AT_ONCE ? 0 : min(tries / 10, 10));
        enter();
    }
    if (closer) take_out(link_of(closer));
}

void waiters_closed(void)
{
    leave();
}
