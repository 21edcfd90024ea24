/*
 * Threads that wait for a request, for whoever closes its socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/arrival.h"
#include "base/device.h"
#include "base/ending.h"
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
    IO_STATUS_BLOCK *io; /* by which the device knows the request; never looked into. NULL: leave it */
    BOOL closes;         /* it is the call that closes the socket */
    BOOL waits;          /* the device has the request, and may have it for long */
    BOOL closed;
    HANDLE kept; /* a handle of the socket, which is to stay until this has ended */
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
    if (waiter->closes) closers--;
}

/* The list is entered. */
static struct waiter *put_in(SOCKET s, IO_STATUS_BLOCK *io, BOOL closes)
{
    struct waiter *waiter = take_spare();

    if (!waiter) return NULL;
    *waiter = (struct waiter){
        .socket = s, .thread = GetCurrentThreadId(), .io = io, .closes = closes, .next = waiters};
    waiters = waiter;
    if (closes) closers++;
    return waiter;
}

/* The list is entered. Who began to close and was terminated does not. */
static BOOL is_closing(SOCKET s)
{
    struct waiter **link = &waiters, *waiter;

    if (!closers) return FALSE;
    while ((waiter = *link))
    {
        if (!waiter->closes || waiter->socket != s)
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
    if ((waiter = is_closing(s) ? NULL : put_in(s, io, FALSE)) && lane) waiter->lane = *lane;
    leave();
    if (!waiter || !record || record->handle == s) return waiter;
    waiter_end(waiter, STATUS_SUCCESS);
    return NULL;
}

/* Whoever closes may have looked for it before it was there to be cancelled. */
static void cancel_if_closed(const struct waiter *waiter)
{
    HANDLE handle = SOCKET_HANDLE(waiter->socket);
    IO_STATUS_BLOCK ignored;

    if (!*(const volatile BOOL *)&waiter->closed) return;
    enter();
    if (waiter->kept) handle = waiter->kept;
    leave();
    NtCancelIoFileEx(handle, waiter->io, &ignored);
}

void waiter_waits(struct waiter *waiter)
{
    InterlockedExchange((LONG *)&waiter->waits, TRUE);
    cancel_if_closed(waiter);
}

NTSTATUS waiter_end(struct waiter *waiter, NTSTATUS status)
{
    HANDLE kept;
    BOOL closed;

    enter();
    closed = waiter->closed;
    kept = waiter->kept;
    take_out(link_of(waiter));
    leave();
    if (kept) NtClose(kept);
    return closed && status == STATUS_CANCELLED ? STATUS_REQUEST_ABORTED : status;
}

void waiter_leave(struct waiter *waiter, NTSTATUS status)
{
    if (status == STATUS_PENDING) cancel_if_closed(waiter);
    waiter_end(waiter, status);
}

BOOL waiters_any(SOCKET s)
{
    const struct waiter *waiter;

    enter();
    for (waiter = waiters; waiter && waiter->socket != s; waiter = waiter->next)
        ;
    leave();
    return waiter != NULL;
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
    arrival_abort(record);
    if (!lane_has_queued(record)) return;
    ending_closing(record);
    if (!(record->flags & RECORD_SHARED))
        CancelIoEx(SOCKET_HANDLE(s), NULL);
    else if (!is_listening(s))
        for (direction = 0; direction < LANE_DIRECTIONS; direction++)
            for (i = 0; i < LANE_QUEUED; i++)
                if (record->lane.queued[direction][i])
                    CancelIoEx(SOCKET_HANDLE(s), record->lane.queued[direction][i]);
}

/* The list is entered. The server must not find the host socket without its owner, so that gets another handle: for
 * a while, or for ever if the thread was terminated. */
static HANDLE another_handle(SOCKET s)
{
    HANDLE own;

    return NtDuplicateObject(GetCurrentProcess(), SOCKET_HANDLE(s), GetCurrentProcess(), &own, 0, 0,
                             DUPLICATE_SAME_ACCESS)
               ? NULL
               : own;
}

/* The list is entered. A request of a thread that was terminated stays where it was. */
static void reap(struct waiter **link, SOCKET s)
{
    struct waiter *waiter = *link;

    if (!waiter->waits && another_handle(s))
        WARN("socket %#Ix: thread %04lx died in a request\n", s, waiter->thread);
    lane_request_done(&waiter->lane, STATUS_CANCELLED);
    take_out(link);
}

enum left
{
    NONE,
    SOME_PASS, /* but will soon be there, if their threads run */
    SOME_WAIT
};

/* The list is entered. Which calls of other threads are left. */
static enum left interrupt(SOCKET s, BOOL looks_for_dead)
{
    struct waiter **link = &waiters, *waiter;
    IO_STATUS_BLOCK ignored;
    enum left left = NONE;

    while ((waiter = *link))
    {
        if (waiter->socket == s && !waiter->closes && looks_for_dead && owner_is_gone(waiter->thread))
        {
            reap(link, s);
            continue;
        }
        link = &waiter->next;
        if (waiter->socket != s || waiter->closes) continue;
        waiter->closed = TRUE;
        /* not CancelIoEx, which comes here first: base/interpose.c */
        if (waiter->io && !NtCancelIoFileEx(SOCKET_HANDLE(s), waiter->io, &ignored))
            TRACE("socket %#Ix: a call is interrupted\n", s);
        if (waiter->thread != GetCurrentThreadId()) left = max(left, waiter->waits ? SOME_WAIT : SOME_PASS);
    }
    return left;
}

/* The list is entered. */
static void keep_for(SOCKET s)
{
    struct waiter *waiter;

    for (waiter = waiters; waiter; waiter = waiter->next)
        if (waiter->socket == s && !waiter->closes && !waiter->kept) waiter->kept = another_handle(s);
}

static unsigned int handles_of(SOCKET s)
{
    OBJECT_BASIC_INFORMATION info;

    return NtQueryObject(SOCKET_HANDLE(s), ObjectBasicInformation, &info, sizeof(info), NULL)
               ? 0
               : info.HandleCount;
}

/* The peer is not to wait for them. */
static void end_connection(SOCKET s)
{
    static const int both = SD_BOTH;
    IO_STATUS_BLOCK io;

    NtDeviceIoControlFile(SOCKET_HANDLE(s), NULL, NULL, NULL, &io, AFD_SHUTDOWN, (void *)&both, sizeof(both),
                          NULL, 0);
}

/* A waiter may be on the list and its request not made yet, so it is interrupted until it is gone:
 * soon, unless a user APC of the program keeps it, or it is suspended. Closing the socket before that
 * is no small matter: while a request of another thread is on its way to wineserver 8.0 or back, that keeps
 * the host socket without its owner, and stops for good when something arrives. So the last handle is
 * closed by who is the last to come out. */
#define PATIENCE_MS 2000
#define TRIES_AT_ONCE 10
#define TRIES_BEFORE_REAPING 30
#define TRIES_FOR_PASSING 40

/* The list is entered, but for waits. Which are left after some patience. */
static enum left await(SOCKET s)
{
    const ULONGLONG start = GetTickCount64();
    unsigned int tries;
    enum left left;

    for (tries = 0; (left = interrupt(s, tries == TRIES_BEFORE_REAPING)); tries++)
    {
        if (GetTickCount64() - start >= PATIENCE_MS || (left == SOME_PASS && tries >= TRIES_FOR_PASSING))
            break;
        leave();
        Sleep(tries < TRIES_AT_ONCE ? 0 : min(tries / 10, 10));
        enter();
    }
    return left;
}

/* What is about to begin may begin once the handle is closed, and finds it so. */
void waiters_interrupt(SOCKET s, BOOL sends)
{
    struct waiter *closer;
    unsigned int handles;

    enter();
    closer = put_in(s, NULL, TRUE);
    if (interrupt(s, FALSE))
    {
        handles = handles_of(s);
        if (await(s)) keep_for(s);
        if (!sends && handles == 1 && handles_of(s) != 1) end_connection(s);
    }
    if (closer) take_out(link_of(closer));
}

void waiters_closed(void)
{
    leave();
}
