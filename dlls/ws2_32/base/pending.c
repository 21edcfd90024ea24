/*
 * Overlapped WSARecvMsg for control messages that the device does not know.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Once a datagram is there, its control data is looked at on the host, and then the
 * device receives it: so event, port and count are the device's own. Until then a
 * one-byte peek stands in for the operation. It runs on the application's
 * OVERLAPPED, where CancelIoEx finds it, but tells no port and no event of the
 * application's; a pool thread sees it end.
 *
 * Known limits: between the end of the peek and the receive the OVERLAPPED does not
 * say STATUS_PENDING, and a datagram that another receive takes in between leaves
 * its control data behind.
 */
#include "private.h"

#include "base/device.h"
#include "base/lane.h"
#include "base/pending.h"
#include "status.h"

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
    unsigned int peek_flags;
    WSABUF peek_buffer;
    char byte;
    BOOL closing;
};

static SRWLOCK lock = SRWLOCK_INIT;  /* of the list, and of starting peeks */
static SRWLOCK order = SRWLOCK_INIT; /* control data and datagram belong together */
static CONDITION_VARIABLE list_shrank = CONDITION_VARIABLE_INIT;
static struct pending *list;

static void list_add(struct pending *pending)
{
    AcquireSRWLockExclusive(&lock);
    pending->next = list;
    list = pending;
    ReleaseSRWLockExclusive(&lock);
}

static void list_remove(struct pending *pending)
{
    struct pending **link;

    AcquireSRWLockExclusive(&lock);
    for (link = &list; *link; link = &(*link)->next)
    {
        if (*link != pending) continue;
        *link = pending->next;
        break;
    }
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

static void WINAPI run_routine(ULONG_PTR routine, ULONG_PTR overlapped, ULONG_PTR status)
{
    WSAOVERLAPPED *app = (WSAOVERLAPPED *)overlapped;

    ((LPWSAOVERLAPPED_COMPLETION_ROUTINE)routine)(error_from_status(status), app->InternalHigh, app, 0);
}

/* Ends the operation with a status and, for a routine, a count. The device posts
 * to the port, if there is one. */
static void finish(struct pending *pending, NTSTATUS status, DWORD received)
{
    WSAOVERLAPPED *overlapped = pending->overlapped;
    HANDLE event = overlapped->hEvent;
    void *port_value = (ULONG_PTR)event & 1 ? NULL : overlapped;
    IO_STATUS_BLOCK io;

    overlapped->InternalHigh = received;
    MemoryBarrier();
    overlapped->Internal = status;
    if (pending->routine)
        NtQueueApcThread(pending->thread, (PNTAPCFUNC)run_routine, (ULONG_PTR)pending->routine,
                         (ULONG_PTR)overlapped, (ULONG)status);
    else if (NtDeviceIoControlFile(SOCKET_HANDLE(pending->s), event, NULL, port_value, &io,
                                   AFD_COMPLETE_ASYNC, &status, sizeof(status), NULL,
                                   0) == STATUS_INVALID_HANDLE &&
             event)
        SetEvent(event);
}

/* STATUS_PENDING, or how it ended at once. The event is set in either case. */
static NTSTATUS start_peek(struct pending *pending)
{
    struct afd_recvmsg in = {
        .ws_flags = (ULONG_PTR)&pending->peek_flags,
        .force_async = TRUE,
        .count = 1,
        .buffers = (ULONG_PTR)&pending->peek_buffer,
    };
    IO_STATUS_BLOCK *io = (IO_STATUS_BLOCK *)pending->overlapped;
    NTSTATUS status = STATUS_CANCELLED;

    pending->peek_flags = MSG_PEEK;
    pending->peek_buffer.len = 1;
    pending->peek_buffer.buf = &pending->byte;
    io->Status = STATUS_PENDING;
    ResetEvent(pending->event);
    AcquireSRWLockShared(&lock);
    lane_request(pending->s, AFD_RECVMSG, pending->overlapped);
    if (!pending->closing)
        status = NtDeviceIoControlFile(SOCKET_HANDLE(pending->s), pending->event, NULL, NULL, io, AFD_RECVMSG,
                                       &in, sizeof(in), NULL, 0);
    ReleaseSRWLockShared(&lock);
    return status;
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
    case WSAECONNRESET: return STATUS_CONNECTION_RESET;
    case WSAENOTSOCK: return STATUS_CANCELLED; /* closed meanwhile */
    case WSAEFAULT: return STATUS_ACCESS_VIOLATION;
    default: return STATUS_UNSUCCESSFUL;
    }
}

/* What the end of a peek leads to: TRUE once the operation is over. */
static BOOL go_on(struct pending *pending, NTSTATUS status)
{
    DWORD received = 0;
    int err;

    if (NT_ERROR(status))
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

static void CALLBACK peek_ended(TP_CALLBACK_INSTANCE *instance, void *context, TP_WAIT *wait,
                                TP_WAIT_RESULT result)
{
    struct pending *pending = context;
    NTSTATUS status = ((IO_STATUS_BLOCK *)pending->overlapped)->Status;

    (void)instance;
    (void)result;
    while (!go_on(pending, status))
    {
        if ((status = start_peek(pending)) != STATUS_PENDING) continue;
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
        (pending->wait = CreateThreadpoolWait(peek_ended, pending, NULL)) &&
        (!routine || DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(),
                                     &pending->thread, THREAD_SET_CONTEXT, FALSE, 0)))
        return pending;
    pending_free(pending);
    return NULL;
}

int pending_receive(SOCKET s, WSAMSG *msg, const WSAMSG *copy, DWORD *done, WSAOVERLAPPED *overlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct pending *pending = NULL;
    NTSTATUS status;
    int err;

    while ((err = receive_now(s, msg, copy, done, overlapped, routine)) == WSAEWOULDBLOCK)
    {
        if (!pending && !(pending = pending_new(s, msg, copy, overlapped, routine))) return WSAENOBUFS;
        list_add(pending);
        status = start_peek(pending);
        if (status == STATUS_PENDING)
        {
            TRACE("socket %#Ix, overlapped %p pending\n", s, overlapped);
            SetThreadpoolWait(pending->wait, pending->event, NULL);
            return WSA_IO_PENDING;
        }
        list_remove(pending);
        if (NT_ERROR(status))
        {
            err = device_error(status);
            break;
        }
    }
    pending_free(pending);
    return err;
}

/* Cancels the peeks of s; FALSE if it has none. The lock is held. */
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
