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

int tail_keep(SOCKET s, const WSABUF *buffers, DWORD count, ULONG offset, ULONG total)
{
    struct ws2_tail tail = {.handle = s, .size = total - offset};
    struct socket_record *record = record_of(s);
    void *data = record ? copy_rest(buffers, count, offset, total - offset) : NULL;

    if (!data) return WSAENOBUFS;
    tail.data = WS2_PTR(data);
    AcquireSRWLockExclusive(&lock);
    if (!start_runner())
        tail.error = WSAENOBUFS;
    else if (unix_call(WS2_TAIL_KEEP, &tail))
        tail.error = WSAENOBUFS;
    else if (!tail.error)
    {
        record->tail = tail.id;
        record_set_flags(record, RECORD_NONBLOCKING); /* it would not have taken a part otherwise */
        tails_kept = TRUE;
        tails_live++;
    }
    ReleaseSRWLockExclusive(&lock);
    TRACE("socket %#Ix, %lu bytes kept, error %d\n", s, total - offset, tail.error);
    if (tail.error) heap_free(data);
    return tail.error;
}

NTSTATUS tail_gate(SOCKET s, BOOL may_wait)
{
    struct socket_record *record = record_get(s);
    NTSTATUS status = 0;
    uint32_t id;

    if (!record || !record->tail) return 0;
    AcquireSRWLockExclusive(&lock);
    id = record->tail;
    if (record->flags & RECORD_TAIL_SHUTDOWN)
        status = STATUS_PIPE_DISCONNECTED;
    else if (id && !may_wait)
        status = STATUS_DEVICE_NOT_READY;
    else
        while (id && record->handle == s && record->tail == id)
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
    if (finish.id && !unix_call(WS2_TAIL_END, &finish) && !finish.error)
    {
        record_set_flags(record, RECORD_TAIL_SHUTDOWN);
        waits = TRUE;
    }
    ReleaseSRWLockExclusive(&lock);
    return waits;
}

void tail_close(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct ws2_tail_finish finish = {.end = WS2_TAIL_DROP};
    LINGER linger;

    if (!record || !record->tail) return;
    AcquireSRWLockExclusive(&lock);
    finish.id = record->tail;
    if (finish.id && !device_request(s, AFD_GET_SO_LINGER, NULL, 0, &linger, sizeof(linger), NULL) &&
        linger.l_onoff && !linger.l_linger && !unix_call(WS2_TAIL_END, &finish) && !finish.error)
    {
        heap_free(WS2_AT(void, finish.data));
        tails_live--;
    }
    record->tail = 0;
    ReleaseSRWLockExclusive(&lock);
    WakeAllConditionVariable(&tail_ended);
}

void tail_leave(void)
{
    if (tails_kept) unix_call(WS2_TAIL_LEAVE, NULL);
}
