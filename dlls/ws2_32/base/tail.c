/*
 * A non-blocking send takes all or nothing: the PE half of keeping the rest.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Windows buffers what a non-blocking send can't pass on at once, reports the
 * whole length, and refuses the next send (WSAEWOULDBLOCK) until there is room.
 * The device's host takes a part; the rest is copied here and sent by unix/tail.c.
 * One thread a process drives that; it comes with the first tail and goes when
 * there has been none for a while.
 *
 * Overlapped sends come behind a tail without making their callers wait. So the first
 * of them has the tail handed to the device, as a request on a handle of its own, and
 * those that follow queue up behind that. What cancels the request (closesocket, or
 * CancelIoEx for the whole socket) makes the rest a tail again.
 */
#include "private.h"

#include "base/device.h"
#include "base/event.h"
#include "base/rio.h"
#include "base/tail.h"
#include "guarded.h"
#include "record.h"
#include "thread.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static SRWLOCK lock = SRWLOCK_INIT; /* of runner, and of records' tail */
static CONDITION_VARIABLE tail_ended = CONDITION_VARIABLE_INIT;
static BOOL runner;
static BOOL tails_kept; /* ever: nothing to leave behind while FALSE */
static unsigned int tails_live;

#define RETRY_MS 5
#define MAX_TRIES 200
#define HANDED 0x80000000u /* in the identifiers of tails that are at the device */

struct handed
{
    struct handed *next;
    uint32_t id;
    BOOL begun;   /* the device has it */
    BOOL dropped; /* by an abortive close */
    HANDLE handle, event;
    char *data;
    ULONG size, sent;
    IO_STATUS_BLOCK io;
};

static struct handed *all_handed;
static uint32_t last_handed;

static void *copy_rest(const WSABUF *buffers, DWORD count, ULONG offset, ULONG size)
{
    char *data = heap_alloc(size), *to = data;
    DWORD i;

    for (i = 0; data && i < count; i++)
    {
        WSABUF buffer;

        if (!guarded_read(&buffer, buffers + i, sizeof(buffer))) break;
        if (offset >= buffer.len)
        {
            offset -= buffer.len;
            continue;
        }
        buffer.len = min(buffer.len - offset, size - (ULONG)(to - data));
        if (!guarded_read(to, buffer.buf + offset, buffer.len)) break;
        to += buffer.len;
        offset = 0;
    }
    if (data && to == data + size) return data;
    heap_free(data);
    return NULL;
}

/* The lock is held. A shutdown that waited for the data is the device's turn now. */
static void end_tail(struct socket_record *record, void *id)
{
    int how = SD_SEND;

    if (record->tail != *(const uint32_t *)id) return;
    if (record->flags & RECORD_TAIL_SHUTDOWN)
        device_request(record->handle, AFD_SHUTDOWN, &how, sizeof(how), NULL, 0, NULL);
    record_clear_flags(record, RECORD_TAIL_SHUTDOWN);
    record->tail = 0;
    selection_room_again(record->handle);
    rio_room_again(record);
}

static DWORD WINAPI run_tails(void *unused)
{
    struct ws2_tail_run run;

    (void)unused;
    for (;;)
    {
        NTSTATUS status = unix_call(WS2_TAIL_RUN, &run);

        heap_free(WS2_AT(void, run.data));
        AcquireSRWLockExclusive(&lock);
        if (run.id)
        {
            record_for_each(end_tail, &run.id);
            tails_live--;
        }
        if (status || (!run.id && !tails_live))
        {
            runner = FALSE;
            ReleaseSRWLockExclusive(&lock);
            return 0;
        }
        ReleaseSRWLockExclusive(&lock);
        WakeAllConditionVariable(&tail_ended);
    }
}

/* The lock is held. */
static BOOL start_runner(void)
{
    return runner || (runner = thread_start(run_tails, NULL));
}

/* The lock is held. A Winsock error or 0. */
static int keep(struct ws2_tail *tail)
{
    if (!start_runner() || unix_call(WS2_TAIL_KEEP, tail)) return WSAENOBUFS;
    if (tail->error) return tail->error;
    tails_kept = TRUE;
    tails_live++;
    return 0;
}

int tail_keep(SOCKET s, const WSABUF *buffers, DWORD count, ULONG offset, ULONG total)
{
    struct ws2_tail tail = {.handle = s, .size = total - offset};
    struct socket_record *record = record_of(s);
    void *data = record ? copy_rest(buffers, count, offset, total - offset) : NULL;
    int error;

    if (!data) return WSAENOBUFS;
    tail.data = WS2_PTR(data);
    AcquireSRWLockExclusive(&lock);
    if (!(error = keep(&tail)))
    {
        record->tail = tail.id;
        record_set_flags(record, RECORD_NONBLOCKING); /* it would not have taken a part otherwise */
    }
    ReleaseSRWLockExclusive(&lock);
    TRACE("socket %#Ix, %lu bytes kept, error %d\n", s, total - offset, error);
    if (error) heap_free(data);
    return error;
}

/* The lock is held. */
static struct handed **find_handed(uint32_t id)
{
    struct handed **link = &all_handed;

    while (*link && (*link)->id != id) link = &(*link)->next;
    return link;
}

static void free_handed(struct handed *handed)
{
    if (handed->handle) NtClose(handed->handle);
    if (handed->event) NtClose(handed->event);
    heap_free(handed->data);
    heap_free(handed);
}

static struct handed *new_handed(SOCKET s)
{
    struct handed *handed = heap_zalloc(sizeof(*handed));

    if (handed &&
        DuplicateHandle(GetCurrentProcess(), SOCKET_HANDLE(s), GetCurrentProcess(), &handed->handle, 0, FALSE,
                        DUPLICATE_SAME_ACCESS) &&
        (handed->event = CreateEventW(NULL, TRUE, FALSE, NULL)))
        return handed;
    if (handed) free_handed(handed);
    return NULL;
}

struct change
{
    uint32_t from, to;
};

static void rename_tail(struct socket_record *record, void *context)
{
    const struct change *change = context;

    if (record->tail == change->from) record->tail = change->to;
}

/* The lock is held. Makes what the device has not sent a tail again. */
static void keep_again(struct handed *handed)
{
    struct ws2_tail tail = {.handle = WS2_PTR(handed->handle),
                            .data = WS2_PTR(handed->data),
                            .size = handed->size,
                            .sent = handed->sent};
    struct change change = {.from = handed->id};

    if (keep(&tail)) return;
    handed->data = NULL;
    change.to = tail.id;
    record_for_each(rename_tail, &change);
}

static void send_handed(struct handed *handed)
{
    const WSABUF buffer = {handed->size - handed->sent, handed->data + handed->sent};
    const struct afd_sendmsg in = {.force_async = TRUE, .count = 1, .buffers = WS2_PTR(&buffer)};
    NTSTATUS status;

    handed->io.Status = STATUS_PENDING;
    status = NtDeviceIoControlFile(handed->handle, handed->event, NULL, NULL, &handed->io, AFD_SENDMSG,
                                   (void *)&in, sizeof(in), NULL, 0);
    AcquireSRWLockExclusive(&lock);
    handed->begun = TRUE;
    ReleaseSRWLockExclusive(&lock);
    WakeAllConditionVariable(&tail_ended);
    if (status == STATUS_PENDING)
        NtWaitForSingleObject(handed->event, FALSE, NULL);
    else if (NT_ERROR(status))
        handed->io.Status = status;
}

/* Of its own, since a request ends with its thread. */
static DWORD WINAPI run_handed(void *context)
{
    struct handed *handed = context, **link;

    send_handed(handed);
    AcquireSRWLockExclusive(&lock);
    if (*(link = find_handed(handed->id))) *link = handed->next;
    if (handed->io.Status == STATUS_CANCELLED && !handed->dropped)
    {
        handed->sent += handed->io.Information;
        keep_again(handed);
    }
    if (handed->data) record_for_each(end_tail, &handed->id);
    ReleaseSRWLockExclusive(&lock);
    WakeAllConditionVariable(&tail_ended);
    TRACE("%#x ended, status %#lx\n", handed->id, handed->io.Status);
    free_handed(handed);
    return 0;
}

/* The lock is held. FALSE if the tail has just gone, or memory is short. */
static BOOL take_tail(const struct socket_record *record, struct handed *handed)
{
    struct ws2_tail_finish finish = {.id = record->tail, .end = WS2_TAIL_DROP};

    if (unix_call(WS2_TAIL_END, &finish) || finish.error) return FALSE;
    tails_live--;
    handed->data = WS2_AT(char, finish.data);
    handed->size = finish.size;
    handed->sent = finish.sent;
    handed->id = HANDED | ++last_handed;
    handed->next = all_handed;
    all_handed = handed;
    return TRUE;
}

/* The lock is held, but for a wait. FALSE if the tail is not the device's; it may have gone. */
static BOOL hand_over(struct socket_record *record)
{
    struct handed *handed;
    uint32_t id = record->tail;

    if (id & HANDED) return TRUE;
    if (!(handed = new_handed(record->handle))) return FALSE;
    if (!take_tail(record, handed))
    {
        free_handed(handed);
        return FALSE;
    }
    record->tail = id = handed->id;
    if (!thread_start(run_handed, handed))
    {
        *find_handed(id) = handed->next;
        keep_again(handed);
        free_handed(handed);
        return FALSE;
    }
    while ((handed = *find_handed(id)) && !handed->begun)
        SleepConditionVariableSRW(&tail_ended, &lock, INFINITE, 0);
    return TRUE;
}

NTSTATUS tail_gate(SOCKET s, enum tail_wait wait)
{
    struct socket_record *record = record_get(s);
    NTSTATUS status = 0;
    uint32_t id;

    if (!record || !record->tail) return 0;
    AcquireSRWLockExclusive(&lock);
    id = record->tail;
    if (record->flags & RECORD_TAIL_SHUTDOWN)
        status = STATUS_PIPE_DISCONNECTED;
    else if (id && wait == TAIL_REFUSE)
        status = STATUS_DEVICE_NOT_READY;
    else if (id && (wait == TAIL_WAIT || !hand_over(record)))
        while (record->handle == s && record->tail == id)
            SleepConditionVariableSRW(&tail_ended, &lock, INFINITE, 0);
    ReleaseSRWLockExclusive(&lock);
    return status;
}

BOOL tail_shutdown(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct ws2_tail_finish finish = {.end = WS2_TAIL_SHUTDOWN};
    BOOL waits = FALSE;

    if (!record || !record->tail) return FALSE;
    AcquireSRWLockExclusive(&lock);
    finish.id = record->tail;
    /* one that is at the device goes first there */
    if (finish.id && !(finish.id & HANDED) && !unix_call(WS2_TAIL_END, &finish) && !finish.error)
    {
        record_set_flags(record, RECORD_TAIL_SHUTDOWN);
        waits = TRUE;
    }
    ReleaseSRWLockExclusive(&lock);
    return waits;
}

/* The lock is held, but for a wait. Ends what is queued behind the tail, too: all at once, and
 * nothing new comes before it is a tail again. A request that is about to go on can't be
 * cancelled at that moment, so that is done until it has worked. */
static NTSTATUS cancel_handed(uint32_t id, BOOL drop,
                              NTSTATUS(WINAPI *cancel)(HANDLE, IO_STATUS_BLOCK *, IO_STATUS_BLOCK *),
                              IO_STATUS_BLOCK *io)
{
    struct handed *handed;
    NTSTATUS status = STATUS_NOT_FOUND;

    while ((handed = *find_handed(id)))
    {
        handed->dropped = drop;
        if (handed->begun && status == STATUS_NOT_FOUND)
            status = cancel(handed->handle, NULL, io);
        else if (handed->begun)
            NtCancelIoFileEx(handed->handle, &handed->io, io);
        SleepConditionVariableSRW(&tail_ended, &lock, RETRY_MS, 0);
    }
    return status;
}

BOOL tail_has_handed(const struct socket_record *record)
{
    return (record->tail & HANDED) != 0;
}

NTSTATUS tail_cancel(SOCKET s, NTSTATUS(WINAPI *cancel)(HANDLE, IO_STATUS_BLOCK *, IO_STATUS_BLOCK *),
                     IO_STATUS_BLOCK *io)
{
    const struct socket_record *record = record_get(s);
    NTSTATUS status = STATUS_NOT_FOUND;

    if (record && record->tail & HANDED)
    {
        AcquireSRWLockExclusive(&lock);
        if (record->tail & HANDED) status = cancel_handed(record->tail, FALSE, cancel, io);
        ReleaseSRWLockExclusive(&lock);
    }
    return status == STATUS_NOT_FOUND ? cancel(SOCKET_HANDLE(s), NULL, io) : status;
}

/* The lock is held. Nothing is to be sent behind the socket's end. */
static void drop_tail(uint32_t id)
{
    struct ws2_tail_finish finish = {.id = id, .end = WS2_TAIL_DROP};

    if (unix_call(WS2_TAIL_END, &finish) || finish.error) return;
    heap_free(WS2_AT(void, finish.data));
    tails_live--;
}

void tail_close(SOCKET s)
{
    struct socket_record *record = record_get(s);
    IO_STATUS_BLOCK io;
    LINGER linger;
    BOOL drop;

    if (!record || !record->tail) return;
    AcquireSRWLockExclusive(&lock);
    drop = !device_request(s, AFD_GET_SO_LINGER, NULL, 0, &linger, sizeof(linger), NULL) && linger.l_onoff &&
           !linger.l_linger;
    if (record->tail & HANDED)
        cancel_handed(record->tail, drop, NtCancelIoFileEx, &io);
    else if (record->tail && drop)
        drop_tail(record->tail);
    record->tail = 0;
    ReleaseSRWLockExclusive(&lock);
    WakeAllConditionVariable(&tail_ended);
}

/* The thread that waited is gone; the outcome of its request comes to this one. */
static void leave_handed(struct handed *handed)
{
    static const LARGE_INTEGER patience = {.QuadPart = -10000ll * RETRY_MS};
    struct ws2_tail tail = {.handle = WS2_PTR(handed->handle),
                            .data = WS2_PTR(handed->data),
                            .size = handed->size,
                            .leaving = TRUE};
    IO_STATUS_BLOCK io;
    int tries;

    for (tries = 0; handed->begun && tries < MAX_TRIES; tries++)
    {
        NtCancelIoFileEx(handed->handle, NULL, &io);
        if (!NtWaitForSingleObject(handed->event, FALSE, &patience)) break;
    }
    if (tries == MAX_TRIES) return;
    tail.sent = handed->sent + (handed->begun ? handed->io.Information : 0);
    if (tail.sent < tail.size) unix_call(WS2_TAIL_KEEP, &tail);
}

void tail_leave(void)
{
    struct handed *handed;

    if (!tails_kept) return;
    for (handed = all_handed; handed; handed = handed->next) leave_handed(handed);
    unix_call(WS2_TAIL_LEAVE, NULL);
}
