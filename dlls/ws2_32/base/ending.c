/*
 * What a packet says of an operation that failed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Closing a connected stream aborts its receives, on Windows, and who hears that nobody is at a
 * port hears it as that. The device's server ends the first as cancelled, or as having lost the
 * handle, and calls the second a refusal; it gives no choice. Who asks a completion port for
 * packets comes by here, though, and finds Windows's word in the packet, and from then on in
 * the OVERLAPPED. What was closed is known by the OVERLAPPED, of which nothing else begins
 * before; who hears a refusal, by the operations that its record has under way.
 */
#include "private.h"

#include "base/arrival.h"
#include "base/ending.h"
#include "base/port.h"
#include "base/unreachable.h"
#include "guarded.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Operations that closing has ended, and whose packets nobody has taken; the oldest give way. */
#define MAX_ABORTED 64

static const void *aborted[MAX_ABORTED];
static LONG aborted_count;
static LONG aborted_next;

static BOOL put_in(const void **place, const void *overlapped)
{
    if (InterlockedCompareExchangePointer((void **)place, (void *)overlapped, NULL)) return FALSE;
    InterlockedIncrement(&aborted_count);
    return TRUE;
}

static BOOL take_out(const void **place, const void *overlapped)
{
    if (*place != overlapped ||
        InterlockedCompareExchangePointer((void **)place, NULL, (void *)overlapped) != overlapped)
        return FALSE;
    InterlockedDecrement(&aborted_count);
    return TRUE;
}

static void note(const void *overlapped)
{
    const void **oldest = &aborted[(ULONG)InterlockedIncrement(&aborted_next) % MAX_ABORTED];
    unsigned int i;

    for (i = 0; i < MAX_ABORTED; i++)
        if (put_in(&aborted[i], overlapped)) return;
    *oldest = overlapped;
}

static BOOL was_noted(const void *overlapped)
{
    unsigned int i;

    for (i = 0; aborted_count && i < MAX_ABORTED; i++)
        if (take_out(&aborted[i], overlapped)) return TRUE;
    return FALSE;
}

static NTSTATUS status_of(const WSAOVERLAPPED *overlapped)
{
    ULONG_PTR status;

    return guarded_read(&status, &overlapped->Internal, sizeof(status)) ? (NTSTATUS)status : STATUS_SUCCESS;
}

void ending_closing(const struct socket_record *record)
{
    unsigned int i;

    if (!record->arrival || record->type != SOCK_STREAM || !(record->flags & RECORD_CONNECTED) ||
        record->flags & RECORD_SHARED)
        return;
    for (i = 0; i < LANE_QUEUED; i++)
    {
        const WSAOVERLAPPED *overlapped = record->lane.queued[LANE_RECEIVE][i];
        const NTSTATUS status = overlapped ? status_of(overlapped) : STATUS_SUCCESS;

        if (status == STATUS_PENDING || status == STATUS_HANDLES_CLOSED) note(overlapped);
    }
}

void ending_began(const void *overlapped)
{
    if (aborted_count) was_noted(overlapped);
}

/* Whose operation it is, as far as records tell. */
struct search
{
    ULONG port; /* its number */
    ULONG_PTR key;
    const void *overlapped;
    struct socket_record *receiver; /* which has it under way, or had it as one of its last */
    struct socket_record *datagram; /* which has more under way than its record tells */
    BOOL stream;                    /* there is a stream with that key */
};

static void visit(struct socket_record *record, void *context)
{
    struct search *search = context;
    unsigned int i;

    if (!arrival_is_at(record, search->port, search->key)) return;
    for (i = 0; i < LANE_QUEUED; i++)
        if (record->lane.queued[LANE_RECEIVE][i] == search->overlapped) search->receiver = record;
    if (record->type != SOCK_DGRAM)
        search->stream = TRUE;
    else if (record->flags & RECORD_LANE_CLOSED)
        search->datagram = record;
}

static NTSTATUS status_by_record(HANDLE port, const FILE_IO_COMPLETION_INFORMATION *packet)
{
    const NTSTATUS status = packet->IoStatusBlock.Status;
    struct search search = {.port = port_find(port),
                            .key = packet->CompletionKey,
                            .overlapped = (const void *)packet->CompletionValue};
    struct socket_record *record;

    if (search.port) record_for_each(visit, &search);
    record = search.receiver ? search.receiver : search.stream ? NULL : search.datagram;
    if (!record) return status;
    if (status == STATUS_CONNECTION_REFUSED) return unreachable_status(record->handle, status);
    return record->type == SOCK_STREAM && record->flags & RECORD_CONNECTED ? STATUS_CONNECTION_ABORTED
                                                                           : STATUS_CANCELLED;
}

static NTSTATUS windows_status(HANDLE port, const FILE_IO_COMPLETION_INFORMATION *packet)
{
    switch (packet->IoStatusBlock.Status)
    {
    case STATUS_CANCELLED:
    case STATUS_HANDLES_CLOSED:
        if (was_noted((const void *)packet->CompletionValue)) return STATUS_CONNECTION_ABORTED;
        if (packet->IoStatusBlock.Status == STATUS_CANCELLED) break;
        /* fall through */
    case STATUS_CONNECTION_REFUSED: return status_by_record(port, packet);
    }
    return packet->IoStatusBlock.Status;
}

void ending_translate(HANDLE port, FILE_IO_COMPLETION_INFORMATION *packet)
{
    const NTSTATUS was = packet->IoStatusBlock.Status;
    WSAOVERLAPPED *overlapped = (void *)packet->CompletionValue;
    NTSTATUS status;

    if (NT_SUCCESS(was) || (status = windows_status(port, packet)) == was) return;
    TRACE("overlapped %p ended with status %#lx, which is %#lx\n", overlapped, was, status);
    packet->IoStatusBlock.Status = status;
    if (status_of(overlapped) == was && guarded_writable(overlapped, sizeof(*overlapped)))
        overlapped->Internal = (ULONG)status;
}
