/*
 * Sockets that are closed in ways that tell nobody: seeing it happen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CloseHandle and DuplicateHandle are seen at once (base/ashandle.c). But a program
 * may call ntdll.dll itself, or another process close its handle, or the layer be of a
 * version where base/interpose.c finds nothing. A poll at the device that asks for
 * nothing ends when the last handle of one of its sockets is closed. One such
 * poll is outstanding for all sockets whose descriptors are held, on a device
 * handle of its own. It is renewed from a slow tick, and only if sockets have
 * come or gone, so that short connections never meet it. Beginning it also tells the
 * device of connections that it does not know (base/ahead.h).
 */
#include "private.h"

#include "base/closing.h"
#include "base/device.h"
#include "base/held.h"
#include "base/newborn.h"
#include "base/watch.h"
#include "record.h"
#include "thread.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define TICK_MS 250
#define MAX_WATCHED 4096

static SRWLOCK lock = SRWLOCK_INIT;
static BOOL running;
static HANDLE work;         /* set while sockets wait to be watched */
static HANDLE device, done; /* of the poll */
static LONG is_set;         /* no need to set it again, which is a round trip */

struct watched
{
    struct socket_record *record;
    SOCKET socket;
    LONG turn;
};

struct list_of_records
{
    struct watched watched[MAX_WATCHED];
    unsigned int count;
};

static void collect(struct socket_record *record, void *context)
{
    struct list_of_records *list = context;

    if (held_peek(record) <= 0 && !(record->flags & RECORD_EDGES) && !record->rio) return;
    if (list->count == MAX_WATCHED) return;
    list->watched[list->count++] = (struct watched){record, record->handle, record->turn};
}

/* Unless closesocket is why, or another socket has got the same handle meanwhile. */
static void is_gone(const struct watched *watched)
{
    if (watched->record->handle != watched->socket || watched->record->turn != watched->turn) return;
    closing_was_closed(watched->socket);
}

static void closed(const struct list_of_records *list, SOCKET s)
{
    unsigned int i;

    for (i = 0; i < list->count && list->watched[i].socket != s; i++)
        ;
    if (i < list->count) is_gone(&list->watched[i]);
}

/* A handle that is not valid any more makes the whole poll fail. */
static void look_for_stale(const struct list_of_records *list)
{
    struct afd_info info;
    unsigned int i;

    for (i = 0; i < list->count; i++)
    {
        const struct watched *watched = &list->watched[i];

        if (device_request(watched->socket, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL))
            is_gone(watched);
    }
}

/* Waits until one of the sockets is closed, or others have come. */
static void watch_once(struct afd_poll *poll, const struct list_of_records *list)
{
    const ULONG size = offsetof(struct afd_poll, sockets[list->count]);
    HANDLE handles[2] = {done, work};
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    unsigned int i;

    poll->timeout = MAXLONGLONG;
    poll->count = list->count;
    poll->exclusive = FALSE;
    for (i = 0; i < list->count; i++)
        poll->sockets[i] = (struct afd_poll_entry){.socket = list->watched[i].socket};
    io.Status = STATUS_PENDING;
    status = newborn_poll(device, done, NULL, &io, poll, size, poll, size);
    if (status == STATUS_PENDING)
    {
        if (WaitForMultipleObjects(2, handles, FALSE, INFINITE) != WAIT_OBJECT_0)
        {
            Sleep(TICK_MS); /* let more come together */
            NtCancelIoFileEx(device, &io, &(IO_STATUS_BLOCK){.Status = 0});
            WaitForSingleObject(done, INFINITE);
        }
        status = io.Status;
    }
    if (!status)
        for (i = 0; i < poll->count; i++)
        {
            if (poll->sockets[i].flags & AFD_POLL_CLOSE) closed(list, poll->sockets[i].socket);
        }
    else if (status != STATUS_CANCELLED)
        look_for_stale(list);
}

static DWORD WINAPI watch_sockets(void *unused)
{
    struct list_of_records *list = heap_alloc(sizeof(*list));
    struct afd_poll *poll = heap_alloc(offsetof(struct afd_poll, sockets[MAX_WATCHED]));

    (void)unused;
    while (list && poll)
    {
        ResetEvent(work);
        InterlockedExchange(&is_set, FALSE); /* who was too late for that has a descriptor already */
        list->count = 0;
        record_for_each(collect, list);
        if (list->count)
            watch_once(poll, list);
        else
            WaitForSingleObject(work, INFINITE);
        Sleep(TICK_MS);
    }
    ERR("CloseHandle on sockets will go unnoticed\n");
    return 0;
}

/* All handles are there when this returns: none takes the value of one that the program closes
 * afterwards, and still asks for. The lock is held. */
static BOOL prepare(void)
{
    return (work || (work = CreateEventW(NULL, TRUE, FALSE, NULL))) &&
           (done || (done = CreateEventW(NULL, TRUE, FALSE, NULL))) && (device || (device = newborn_device()));
}

static void start(void)
{
    AcquireSRWLockExclusive(&lock);
    if (!running && prepare()) running = thread_start(watch_sockets, NULL);
    ReleaseSRWLockExclusive(&lock);
}

void watch_prepare(void)
{
    if (device) return;
    AcquireSRWLockExclusive(&lock);
    prepare();
    ReleaseSRWLockExclusive(&lock);
}

void watch_add(void)
{
    if (!running) start();
    if (work && !InterlockedExchange(&is_set, TRUE)) SetEvent(work);
}
