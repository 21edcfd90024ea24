/*
 * Overlapped WSARecvMsg for control messages that the device does not know.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Once a datagram is there, its control data is looked at on the host, and then the
 * device receives it: so event, port and count are the device's own. Until then a
 * poll stands in for the operation. It runs on the application's OVERLAPPED, where
 * CancelIoEx finds it, but tells no port and no event of the application's; a pool
 * thread sees it end. Of a socket's operations only the oldest polls for data, so
 * that they complete in order; the others poll for nothing until it is their turn.
 *
 * Known limits: between the end of the poll and the receive the OVERLAPPED does not
 * say STATUS_PENDING, and a datagram that another receive takes in between leaves
 * its control data behind.
 */
#include "private.h"

#include "base/completion.h"
#include "base/device.h"
#include "base/lane.h"
#include "base/newborn.h"
#include "base/pending.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct pending
{
    struct pending *next;
    SOCKET s;
    WSAMSG *msg; /* the application's */
    WSAMSG copy;
    WSAOVERLAPPED *overlapped; /* the application's */
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
    HANDLE event, thread; /* thread: for the routine */
    TP_WAIT *wait;
    struct afd_poll poll;
    BOOL waits_for_turn; /* polls for nothing */
    BOOL has_turn;       /* that poll was cancelled by us, not by the application */
    BOOL closing;
};

static SRWLOCK lock = SRWLOCK_INIT;  /* of the list, and of starting and cancelling polls */
static SRWLOCK order = SRWLOCK_INIT; /* control data and datagram belong together */
static CONDITION_VARIABLE list_shrank = CONDITION_VARIABLE_INIT;
static struct pending *list;

/* The oldest operation of a socket. The lock is held. */
static struct pending *oldest_of(SOCKET s)
{
    struct pending *pending;

    for (pending = list; pending; pending = pending->next)
        if (pending->s == s) return pending;
    return NULL;
}

/* FALSE, and nothing is added, if it would have to be the oldest and is not. */
static BOOL list_add(struct pending *pending, BOOL only_oldest)
{
    struct pending **link;
    BOOL added;

    AcquireSRWLockExclusive(&lock);
    added = !only_oldest || !oldest_of(pending->s);
    for (link = &list; *link; link = &(*link)->next) continue;
    if (added) *link = pending;
    ReleaseSRWLockExclusive(&lock);
    return added;
}

/* It is the next one's turn then. */
static void list_remove(struct pending *pending)
{
    struct pending **link, *next;
    IO_STATUS_BLOCK io;

    AcquireSRWLockExclusive(&lock);
    for (link = &list; *link; link = &(*link)->next)
    {
        if (*link != pending) continue;
        *link = pending->next;
        break;
    }
    next = oldest_of(pending->s);
    if (next && next->waits_for_turn && !next->closing)
        next->has_turn = !NtCancelIoFileEx(SOCKET_HANDLE(next->s), (IO_STATUS_BLOCK *)next->overlapped, &io);
    ReleaseSRWLockExclusive(&lock);
    WakeAllConditionVariable(&list_shrank);
}

static void pending_free(struct pending *pending)
{
    if (!pending) return;
    if (pending->wait) CloseThreadpoolWait(pending->wait);
    if (pending->event) CloseHandle(pending->event);
    if (pending->thread) CloseHandle(pending->thread);
    heap_free(pending);
}

/* Ends the operation with a status and, for a routine, a count. */
static void finish(struct pending *pending, NTSTATUS status, DWORD received)
{
    completion_tell(pending->s, pending->overlapped, pending->routine, pending->thread, status, received);
}

/* STATUS_PENDING, or how it ended at once. */
static NTSTATUS start_poll(struct pending *pending)
{
    IO_STATUS_BLOCK *io = (IO_STATUS_BLOCK *)pending->overlapped;
    NTSTATUS status = STATUS_CANCELLED;
    struct lane_request lane;

    io->Status = STATUS_PENDING;
    ResetEvent(pending->event);
    AcquireSRWLockExclusive(&lock);
    pending->has_turn = FALSE;
    pending->waits_for_turn = oldest_of(pending->s) != pending;
    pending->poll = (struct afd_poll){.timeout = MAXLONGLONG, .count = 1};
    pending->poll.sockets[0].socket = pending->s;
    if (!pending->waits_for_turn)
        pending->poll.sockets[0].flags =
            AFD_POLL_READ | AFD_POLL_HUP | AFD_POLL_RESET | AFD_POLL_CLOSE | AFD_POLL_CONNECT_ERR;
    lane_request(&lane, pending->s, AFD_RECVMSG, NULL, pending->overlapped);
    if (!pending->closing)
        status = newborn_poll(SOCKET_HANDLE(pending->s), pending->event, NULL, io, &pending->poll,
                              sizeof(pending->poll), &pending->poll, sizeof(pending->poll));
    ReleaseSRWLockExclusive(&lock);
    return status;
}

/* Takes note of how a poll ended: TRUE if the operation goes on. */
static BOOL poll_went_well(struct pending *pending, NTSTATUS status)
{
    BOOL well;

    AcquireSRWLockExclusive(&lock);
    pending->waits_for_turn = FALSE;
    well = !NT_ERROR(status) || (status == STATUS_CANCELLED && pending->has_turn && !pending->closing);
    ReleaseSRWLockExclusive(&lock);
    return well;
}

/* Has the device receive the datagram that is there; WSAEWOULDBLOCK if none is. */
static int receive_now(SOCKET s, WSAMSG *msg, const WSAMSG *copy, DWORD *done, WSAOVERLAPPED *overlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    DWORD truncated = 0;
    int err;

    AcquireSRWLockExclusive(&order);
    if (!(err = message_peek_control(s, msg, copy, &truncated)))
    {
        msg->dwFlags |= truncated; /* the device only adds to them */
        err = message_receive_overlapped(s, msg, copy, FALSE, done, overlapped, routine);
    }
    ReleaseSRWLockExclusive(&order);
    return err;
}

static NTSTATUS status_of(int err)
{
    switch (err)
    {
    case 0: return STATUS_SUCCESS;
    case WSAEMSGSIZE: return STATUS_BUFFER_OVERFLOW;
    case WSAECONNRESET: return STATUS_PORT_UNREACHABLE;
    case WSAENOTSOCK: return STATUS_CANCELLED; /* closed meanwhile */
    case WSAEFAULT: return STATUS_ACCESS_VIOLATION;
    default: return STATUS_UNSUCCESSFUL;
    }
}

/* What the end of a poll leads to: TRUE once the operation is over. */
static BOOL go_on(struct pending *pending, NTSTATUS status)
{
    DWORD received = 0;
    int err;

    if (!poll_went_well(pending, status))
    {
        finish(pending, status, 0);
        return TRUE;
    }
    if (pending->routine)
    {
        /* the device would queue the routine to this thread */
        pending->overlapped->Internal = STATUS_PENDING;
        err = message_receive_here(pending->s, pending->msg, &pending->copy, &received);
        if (err == WSAEWOULDBLOCK) return FALSE;
        finish(pending, status_of(err), received);
        return TRUE;
    }
    err = receive_now(pending->s, pending->msg, &pending->copy, NULL, pending->overlapped, NULL);
    if (err == WSAEWOULDBLOCK) return FALSE;
    if (err && err != WSA_IO_PENDING) finish(pending, status_of(err), 0);
    return TRUE;
}

static void CALLBACK poll_ended(TP_CALLBACK_INSTANCE *instance, void *context, TP_WAIT *wait,
                                TP_WAIT_RESULT result)
{
    struct pending *pending = context;
    NTSTATUS status = ((IO_STATUS_BLOCK *)pending->overlapped)->Status;

    (void)instance;
    (void)result;
    while (!go_on(pending, status))
    {
        if ((status = start_poll(pending)) != STATUS_PENDING) continue;
        SetThreadpoolWait(wait, pending->event, NULL);
        return;
    }
    TRACE("socket %#Ix is done\n", pending->s);
    list_remove(pending);
    pending_free(pending);
}

static struct pending *pending_new(SOCKET s, WSAMSG *msg, const WSAMSG *copy, WSAOVERLAPPED *overlapped,
                                   LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct pending *pending = heap_zalloc(sizeof(*pending));

    if (!pending) return NULL;
    pending->s = s;
    pending->msg = msg;
    pending->copy = *copy;
    pending->overlapped = overlapped;
    pending->routine = routine;
    if ((pending->event = CreateEventW(NULL, TRUE, FALSE, NULL)) &&
        (pending->wait = CreateThreadpoolWait(poll_ended, pending, NULL)) &&
        (!routine || DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(),
                                     &pending->thread, THREAD_SET_CONTEXT, FALSE, 0)))
        return pending;
    pending_free(pending);
    return NULL;
}

int pending_receive(SOCKET s, WSAMSG *msg, const WSAMSG *copy, DWORD *done, WSAOVERLAPPED *overlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct pending *pending = pending_new(s, msg, copy, overlapped, routine);
    NTSTATUS status;
    BOOL turn;
    int err;

    if (!pending) return WSAENOBUFS;
    turn = list_add(pending, TRUE);
    if (!turn) list_add(pending, FALSE); /* others are before it */
    for (;; turn = TRUE)
    {
        if (turn && (err = receive_now(s, msg, copy, done, overlapped, routine)) != WSAEWOULDBLOCK) break;
        status = start_poll(pending);
        if (status == STATUS_PENDING)
        {
            TRACE("socket %#Ix, overlapped %p pending\n", s, overlapped);
            SetThreadpoolWait(pending->wait, pending->event, NULL);
            return WSA_IO_PENDING;
        }
        if (NT_ERROR(status))
        {
            err = device_error(status);
            break;
        }
    }
    list_remove(pending);
    pending_free(pending);
    return err;
}

/* Cancels the polls of s; FALSE if it has none. The lock is held. */
static BOOL cancel_all(SOCKET s)
{
    struct pending *pending;
    IO_STATUS_BLOCK io;
    BOOL any = FALSE;

    for (pending = list; pending; pending = pending->next)
    {
        if (pending->s != s) continue;
        any = TRUE;
        if (pending->closing) continue;
        pending->closing = TRUE;
        NtCancelIoFileEx(SOCKET_HANDLE(s), (IO_STATUS_BLOCK *)pending->overlapped, &io);
    }
    return any;
}

void pending_close(SOCKET s)
{
    if (!*(struct pending *volatile *)&list) return;
    AcquireSRWLockExclusive(&lock);
    while (cancel_all(s) && SleepConditionVariableSRW(&list_shrank, &lock, 2000, 0)) continue;
    ReleaseSRWLockExclusive(&lock);
}
