/*
 * Events that the device does not know: of datagram sockets, and changes of addresses.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * With WSAEventSelect, Windows reports FD_WRITE of a datagram socket once it has a
 * name, from bind, connect or the first send, and FD_CONNECT when it is connected;
 * the device reports the first at once and the second never. So FD_WRITE is held
 * back from the device as long as there is no name, and FD_CONNECT comes from here. So does
 * that of a stream which was connected, by base/ahead.c, when nothing was selected.
 * With WSAAsyncSelect FD_WRITE comes at once on Windows too, and again on connect.
 */
#include "private.h"

#include <winuser.h>

#include "record.h"
#include "base/change.h"
#include "base/datagram_event.h"
#include "base/device.h"
#include "base/event.h"
#include "base/state.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct datagram_selection
{
    struct datagram_selection *next;
    SOCKET socket;
    HANDLE event; /* our own; NULL for messages */
    HWND window;
    unsigned int message;
    LONG events;
    BOOL held; /* FD_WRITE, from the device */
    LONG due;  /* what has come up and was not told yet */
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct datagram_selection *selections;

static void release(struct datagram_selection *selection)
{
    if (selection->event) CloseHandle(selection->event);
    heap_free(selection);
}

/* The lock is held. Those of sockets that are gone go with it. */
static void drop(SOCKET s)
{
    struct datagram_selection **at = &selections, *selection;

    while ((selection = *at))
    {
        struct socket_record *record = record_get(selection->socket);

        if (selection->socket != s && record && record->flags & RECORD_DATAGRAM_EVENTS)
        {
            at = &selection->next;
            continue;
        }
        *at = selection->next;
        release(selection);
    }
}

/* The lock is held. */
static struct datagram_selection *find(SOCKET s)
{
    struct datagram_selection *selection;

    for (selection = selections; selection; selection = selection->next)
        if (selection->socket == s) return selection;
    return NULL;
}

static struct datagram_selection *add(SOCKET s, WSAEVENT event, LONG events)
{
    struct datagram_selection *selection = heap_zalloc(sizeof(*selection));

    if (!selection) return NULL;
    if (event && !DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &selection->event, 0,
                                  FALSE, DUPLICATE_SAME_ACCESS))
    {
        heap_free(selection);
        return NULL;
    }
    selection->socket = s;
    selection->events = events;
    selection->next = selections;
    return selections = selection;
}

LONG datagram_selected(SOCKET s, WSAEVENT event, LONG events)
{
    struct socket_record *record = record_get(s);
    struct datagram_selection *selection;
    LONG ours = events & CHANGE_EVENTS;
    BOOL held = FALSE;

    if (!record) return events;
    if (record->type == SOCK_DGRAM)
    {
        events &= ~FD_CLOSE; /* never comes here; the device would report an ICMP message as one */
        held = events & FD_WRITE && !state_bound(s);
        ours = held || events & (FD_CONNECT | FD_READ | CHANGE_EVENTS) ? events : 0;
    }
    else
    {
        if (record->lane.notes & LANE_CONNECT_DUE) ours |= events & FD_CONNECT;
        if (!ours && !(record->flags & RECORD_DATAGRAM_EVENTS)) return events;
    }

    AcquireSRWLockExclusive(&lock);
    record_clear_flags(record, RECORD_DATAGRAM_EVENTS);
    drop(s);
    if (ours && (selection = add(s, event, ours)))
    {
        selection->held = held;
        record_set_flags(record, RECORD_DATAGRAM_EVENTS);
    }
    else
        held = FALSE;
    ReleaseSRWLockExclusive(&lock);
    return held ? events & ~FD_WRITE : events;
}

static BOOL has_events(SOCKET s)
{
    struct socket_record *record = record_get(s);

    return record && record->flags & RECORD_DATAGRAM_EVENTS;
}

LONG datagram_take_events(SOCKET s)
{
    struct datagram_selection *selection;
    struct socket_record *record;
    LONG events = 0;

    if (!has_events(s)) return 0;
    AcquireSRWLockExclusive(&lock);
    if ((selection = find(s)))
    {
        events = selection->due;
        selection->due = 0;
    }
    ReleaseSRWLockExclusive(&lock);
    if (events & FD_CONNECT && (record = record_get(s))) lane_take_notes(record, LANE_CONNECT_DUE);
    return events;
}

void datagram_message_selected(SOCKET s, HWND window, unsigned int message, LONG events)
{
    struct socket_record *record = record_get(s);
    struct datagram_selection *selection;

    if (!record) return;
    events &= record->type == SOCK_DGRAM ? FD_READ | CHANGE_EVENTS : CHANGE_EVENTS;
    if (!events && !(record->flags & RECORD_DATAGRAM_EVENTS)) return;
    AcquireSRWLockExclusive(&lock);
    record_clear_flags(record, RECORD_DATAGRAM_EVENTS);
    drop(s);
    if (events && (selection = add(s, NULL, events)))
    {
        selection->window = window;
        selection->message = message;
        record_set_flags(record, RECORD_DATAGRAM_EVENTS);
    }
    ReleaseSRWLockExclusive(&lock);
}

static BOOL has_messages(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && record->flags & RECORD_MESSAGES;
}

void datagram_named(SOCKET s, BOOL connected)
{
    struct datagram_selection *selection;
    struct socket_record *record;

    if (!has_events(s) || has_messages(s))
    {
        if (connected && (record = record_get(s)) && record->type == SOCK_DGRAM) selection_write_refused(s);
        return;
    }
    AcquireSRWLockExclusive(&lock);
    if ((selection = find(s)))
    {
        if (connected) selection->due |= selection->events & FD_CONNECT;
        if (selection->held) selection_tell_device(s, selection->event, selection->events);
        if (selection->due) SetEvent(selection->event);
        selection->held = FALSE;
        TRACE("socket %#Ix, connected %d\n", s, connected);
    }
    ReleaseSRWLockExclusive(&lock);
}

void datagram_due(SOCKET s, LONG event)
{
    struct datagram_selection *selection;

    if (!has_events(s)) return;
    AcquireSRWLockExclusive(&lock);
    selection = find(s);
    if (selection && selection->events & event && selection->window)
        PostMessageW(selection->window, selection->message, s, WSAMAKESELECTREPLY(event, 0));
    else if (selection && selection->events & event)
    {
        selection->due |= event;
        SetEvent(selection->event);
    }
    ReleaseSRWLockExclusive(&lock);
}
