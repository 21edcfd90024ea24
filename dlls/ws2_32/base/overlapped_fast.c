/*
 * Overlapped operations that are finished before the call returns.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * An operation tells of its end in the OVERLAPPED, by an event or else the socket's
 * handle, and to a completion port or a thread. At the device it costs two round trips,
 * one to begin and one to say how it went. So operations that end well at once go by the
 * host where it is known what there is to tell: a packet to a port that the module has seen
 * the socket being bound to (one round trip), or none, with an event whose low bit is
 * set, or on a handle with FILE_SKIP_COMPLETION_PORT_ON_SUCCESS. An event, if there is one,
 * costs another.
 *
 * Otherwise an event without the low bit, or a routine, needs to know that there is no port,
 * which can change at any time: to ask costs what there is to save.
 */
#include "private.h"

#include "base/arrival.h"
#include "base/overlapped_fast.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Programs set the modes before they use a socket, or not at all; and one that never
 * did is not asked about each new socket. */
#define LOSING_STREAK 8
#define ASK_EVERY 16

static LONG fruitless;

static BOOL is_time_to_ask(struct reports *reports)
{
    LONG count = InterlockedIncrement(&reports->asked_for);

    if (count == 1) return fruitless < LOSING_STREAK;
    /* the 16th, the 256th and so on */
    while (count > 1 && !(count % ASK_EVERY)) count /= ASK_EVERY;
    return count == 1;
}

static BOOL ask_modes(SOCKET s, ULONG *modes)
{
    IO_STATUS_BLOCK io;

    return !NtQueryInformationFile(SOCKET_HANDLE(s), &io, modes, sizeof(*modes),
                                   INFORMATION_CLASS_NOTIFICATION);
}

/* FILE_SKIP_*, as far as known: a bit that is set stays set. */
static LONG modes_of(struct socket_record *record, SOCKET s)
{
    struct reports *reports = &record->reports;
    ULONG modes = 0;

    if (reports->modes & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS || !is_time_to_ask(reports))
        return reports->modes;
    if (!ask_modes(s, &modes)) return 0;
    TRACE("socket %#Ix: completion modes %#lx\n", s, modes);
    if (!(modes & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS))
        InterlockedIncrement(&fruitless);
    else
        InterlockedExchange(&fruitless, 0);
    return InterlockedOr(&reports->modes, modes) | modes;
}

/* An event is known to be one if the device took it: a wrong handle must fail before
 * anything is sent. */
static BOOL is_good_event(const struct reports *reports, HANDLE event)
{
    return event == reports->event[LANE_RECEIVE] || event == reports->event[LANE_SEND];
}

static HANDLE event_of(const WSAOVERLAPPED *overlapped)
{
    return (HANDLE)((ULONG_PTR)overlapped->hEvent & ~(ULONG_PTR)1);
}

/* To look is a request, so that is for sockets whose packets the module can post. */
BOOL overlapped_handle_is_signaled(struct socket_record *record, SOCKET s)
{
    struct reports *reports = &record->reports;
    const LONG after = reports->requests + 1;
    LARGE_INTEGER no_time = {.QuadPart = 0};

    if (reports->signaled_after == after) return TRUE;
    if (!record->arrival || reports->looked_after == after || lane_has_queued(record)) return FALSE;
    reports->looked_after = after;
    if (NtWaitForSingleObject(SOCKET_HANDLE(s), FALSE, &no_time)) return FALSE;
    reports->signaled_after = after;
    return TRUE;
}

static BOOL may_finish(struct socket_record *record, SOCKET s, const WSAOVERLAPPED *overlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    const HANDLE event = event_of(overlapped);
    LONG modes;

    if (routine || record->flags & RECORD_LANE_CLOSED) return FALSE;
    if (event && !is_good_event(&record->reports, event)) return FALSE;
    if (event && (ULONG_PTR)overlapped->hEvent & 1) return TRUE;
    modes = modes_of(record, s);
    if (!(modes & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS) && !record->arrival) return FALSE;
    /* without an event the handle is signaled, which it must be already */
    return event || modes & FILE_SKIP_SET_EVENT_ON_HANDLE || overlapped_handle_is_signaled(record, s);
}

BOOL overlapped_may_post(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    ULONG modes = 0;

    return record && record->arrival && ask_modes(s, &modes) &&
           !(modes & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
}

BOOL overlapped_may_finish(SOCKET s, enum lane_direction direction, const WSAOVERLAPPED *overlapped,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct socket_record *record = record_get(s);

    if (!record) return FALSE;
    if (may_finish(record, s, overlapped, routine)) return TRUE;
    InterlockedIncrement(&record->lane.refused[direction]);
    return FALSE;
}

int overlapped_finish(SOCKET s, WSAOVERLAPPED *overlapped, int error, ULONG bytes)
{
    struct socket_record *record = record_get(s);
    const HANDLE event = event_of(overlapped);
    const BOOL packet = record && !((ULONG_PTR)overlapped->hEvent & 1) &&
                        !(record->reports.modes & FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);

    if (error && error != WSAEMSGSIZE) return error;
    overlapped->InternalHigh = bytes;
    /* whoever sees the status may free the structure */
    __atomic_store_n(&overlapped->Internal, (ULONG)(error ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS),
                     __ATOMIC_RELEASE);
    if (event && NtSetEvent(event, NULL)) WARN("socket %#Ix: event %p is gone\n", s, event);
    if (record && !event) arrival_note_signal(record);
    if (packet) arrival_post(record, overlapped, error ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS, bytes);
    return error;
}

struct report overlapped_begin(SOCKET s, const WSAOVERLAPPED *overlapped,
                               LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    const struct socket_record *record = record_get(s);

    return (struct report){.event = event_of(overlapped),
                           .routine = routine != NULL,
                           .before = record ? record->reports.requests : 0};
}

void overlapped_begun(SOCKET s, enum lane_direction direction, const struct report *report, NTSTATUS status)
{
    struct socket_record *record = record_get(s);

    if (!record || report->routine || NT_ERROR(status)) return;
    if (report->event)
        record->reports.event[direction] = report->event;
    else if (status != STATUS_PENDING) /* if another request came meanwhile, the counts don't match */
        record->reports.signaled_after = report->before + 2;
}
