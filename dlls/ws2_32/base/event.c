/*
 * Event selection at the device: WSAEventSelect, WSAAsyncSelect and
 * WSAEnumNetworkEvents as the base provider does them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include <winuser.h>

#include "record.h"
#include "status.h"
#include "base/alias.h"
#include "base/base.h"
#include "base/change.h"
#include "base/datagram_event.h"
#include "base/device.h"
#include "base/edge.h"
#include "base/event.h"
#include "base/readiness.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* One row a network event: its bit in masks and its place among the error codes,
 * what the device calls it, and where the device keeps its error. */
static const struct
{
    LONG event;
    int slot;
    int flags;
    int error;
} event_map[] = {
    {FD_READ, FD_READ_BIT, AFD_POLL_READ, AFD_BIT_READ},
    {FD_WRITE, FD_WRITE_BIT, AFD_POLL_WRITE, AFD_BIT_WRITE},
    {FD_OOB, FD_OOB_BIT, AFD_POLL_OOB, AFD_BIT_OOB},
    {FD_ACCEPT, FD_ACCEPT_BIT, AFD_POLL_ACCEPT, AFD_BIT_ACCEPT},
    {FD_CONNECT, FD_CONNECT_BIT, AFD_POLL_CONNECT | AFD_POLL_CONNECT_ERR, AFD_BIT_CONNECT_ERR},
    {FD_CLOSE, FD_CLOSE_BIT, AFD_POLL_HUP | AFD_POLL_RESET, AFD_BIT_HUP},
};

/* Events that the device does not know of never come up. */
static int device_mask(LONG events)
{
    unsigned int i;
    int mask = 0;

    for (i = 0; i < ARRAY_COUNT(event_map); i++)
        if (events & event_map[i].event) mask |= event_map[i].flags;
    return mask;
}

/* Kept in the socket's record, so that select and WSAPoll can ask about each of
 * their sockets at next to no cost. */
static void note_selection(SOCKET s, LONG events)
{
    struct socket_record *record = events & FD_WRITE ? record_of(s) : record_get(s);

    if (!record) return;
    if (events & FD_WRITE)
        record_set_flags(record, RECORD_WRITE_SELECTED);
    else
        record_clear_flags(record, RECORD_WRITE_SELECTED | RECORD_WRITE_REFUSED);
    record_clear_flags(record, RECORD_MESSAGES);
}

/* The device posts FD_WRITE again after a send has failed, and a send from an
 * address that can't be read fails whatever the socket's state, without a trace. */
static void arm_write(SOCKET s)
{
    WSABUF buffer = {.len = 1, .buf = (char *)1};
    struct afd_sendmsg send = {.count = 1, .buffers = WS2_PTR(&buffer)};
    struct socket_record *record = record_get(s);
    NTSTATUS status;

    /* not once more at the next selection */
    if (record) lane_take_notes(record, LANE_SEND_REFUSED);
    status = device_request(s, AFD_SENDMSG, &send, sizeof(send), NULL, 0, NULL);
    TRACE("socket %#Ix, FD_WRITE is due again, status %#lx\n", s, status);
}

/* And FD_READ after a receive; a look at one byte is one. */
static void arm_read(SOCKET s)
{
    char byte;
    WSABUF buffer = {.len = 1, .buf = &byte};
    unsigned int flags = MSG_PEEK;
    struct afd_recvmsg receive = {.ws_flags = WS2_PTR(&flags), .count = 1, .buffers = WS2_PTR(&buffer)};

    device_request(s, AFD_RECVMSG, &receive, sizeof(receive), NULL, 0, NULL);
}

void selection_write_refused(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (!record || !(record->flags & RECORD_WRITE_SELECTED)) return;
    if (record->tail)
    {
        /* the device would find room while there is none yet */
        record_set_flags(record, RECORD_WRITE_REFUSED);
        MemoryBarrier();
        if (record->tail) return;
        record_clear_flags(record, RECORD_WRITE_REFUSED);
    }
    arm_write(s);
}

void selection_receive_failed(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (record && (record->flags & RECORD_MESSAGES)) arm_read(s);
}

void selection_room_again(SOCKET s)
{
    struct socket_record *record = record_get(s);

    readiness_room_again(s);
    if (!record || !(record->flags & RECORD_WRITE_REFUSED)) return;
    record_clear_flags(record, RECORD_WRITE_REFUSED);
    arm_write(s);
}

void selection_inherited(SOCKET listener, SOCKET accepted)
{
    struct socket_record *record = record_get(listener);

    note_selection(accepted, record && record->flags & RECORD_WRITE_SELECTED ? FD_WRITE : 0);
    edge_inherited(listener, accepted);
}

/* The device keeps what it has reported whatever is selected, and does not report it
 * again: before it is to report anew it is told of what the fast lane did meanwhile.
 * The look must not wait; a selection makes the socket non-blocking in any case. */
static void forget_stale_events(SOCKET s, LONG events)
{
    const LONG stale =
        (events & (FD_READ | FD_CLOSE) ? LANE_RECEIVED : 0) | (events & FD_WRITE ? LANE_SEND_REFUSED : 0);
    struct socket_record *record = record_get(s);
    const int on = 1;
    LONG notes;

    if (!record || !(notes = lane_take_notes(record, stale))) return;
    if (notes & LANE_RECEIVED)
    {
        device_request(s, AFD_FIONBIO, &on, sizeof(on), NULL, 0, NULL);
        arm_read(s);
    }
    if (notes & LANE_SEND_REFUSED) arm_write(s);
}

NTSTATUS selection_narrow_device(SOCKET s, WSAEVENT event, LONG events)
{
    struct afd_event_select select = {.event = event, .mask = device_mask(events)};

    return device_request(s, AFD_EVENT_SELECT, &select, sizeof(select), NULL, 0, NULL);
}

NTSTATUS selection_tell_device(SOCKET s, WSAEVENT event, LONG events)
{
    forget_stale_events(s, events);
    return selection_narrow_device(s, event, events);
}

NTSTATUS selection_message_device(SOCKET s, HWND window, unsigned int message, LONG events)
{
    struct afd_message_select select = {.handle = s, .message = message, .mask = device_mask(events)};

    select.window = HandleToULong(window);
    return device_request(s, AFD_MESSAGE_SELECT, &select, sizeof(select), NULL, 0, NULL);
}

int WSPAPI base_event_select(SOCKET s, WSAEVENT event, LONG events, int *err)
{
    const struct selection selection = {.events = events, .event = event};
    const struct socket_record *record;
    LONG left, now;

    alias_record(s);
    left = edge_select(s, &selection);
    now = datagram_selected(s, event, left == EDGE_ALL ? 0 : left);
    *err = left == EDGE_ALL ? 0 : device_error(selection_tell_device(s, events ? event : NULL, now));
    if (*err)
    {
        datagram_selected(s, NULL, 0);
        edge_forget(s);
        return SOCKET_ERROR;
    }
    note_selection(s, events);
    if ((record = record_get(s)) && record->lane.notes & LANE_CONNECT_DUE) datagram_due(s, FD_CONNECT);
    edge_selected(s);
    return 0;
}

int WSPAPI base_async_select(SOCKET s, HWND window, unsigned int message, LONG events, int *err)
{
    const struct selection selection = {.events = events, .window = window, .message = message};
    struct socket_record *record = alias_record(s);
    NTSTATUS status;
    LONG now;

    if (events && !IsWindow(window))
    {
        *err = WSAEINVAL;
        return SOCKET_ERROR;
    }
    if ((now = edge_select(s, &selection)) == EDGE_ALL) now = 0;
    if (record && record->type == SOCK_DGRAM) now &= ~FD_CLOSE; /* as datagram_selected does */
    /* nothing selected and nothing left for the device are two things: the latter still makes
     * it forget what it has reported before */
    status = selection_message_device(s, events ? window : NULL, message, now);
    if ((*err = device_error(status)))
    {
        edge_forget(s);
        return SOCKET_ERROR;
    }
    datagram_message_selected(s, window, message, events);
    if (record) lane_take_notes(record, LANE_CONNECT_DUE); /* the device forgets it, too */
    note_selection(s, events);
    if (events && (record = record_of(s))) record_set_flags(record, RECORD_MESSAGES);
    edge_selected(s);
    return 0;
}

/* Taking the events clears them, so a pointer that can't take them is found out first. */
static BOOL is_writable(WSANETWORKEVENTS *events)
{
    volatile WSANETWORKEVENTS *probe = events;
    volatile BOOL fine = TRUE;

    __TRY
    {
        GUARD_BEGIN;
        probe->lNetworkEvents = 0;
        probe->iErrorCode[FD_MAX_EVENTS - 1] = probe->iErrorCode[FD_MAX_EVENTS - 1];
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        fine = FALSE;
    }
    __ENDTRY
    return fine;
}

static int event_error(const struct afd_events *from, unsigned int row)
{
    int error = error_from_status(from->status[event_map[row].error]);

    /* the device does not say why a connection was reset; Windows says this */
    if (!error && event_map[row].event == FD_CLOSE && from->flags & AFD_POLL_RESET) error = WSAECONNABORTED;
    return error;
}

static int reset(WSAEVENT event)
{
    return event && NtResetEvent(event, NULL) ? WSAEINVAL : 0;
}

/* The event is reset before: what comes up in between must leave it set. */
static int reset_and_take(SOCKET s, WSAEVENT event, struct afd_events *from)
{
    int err = reset(event);

    return err ? err : device_error(device_request(s, AFD_GET_EVENTS, NULL, 0, from, sizeof(*from), NULL));
}

/*
 * On Windows both is one step. Here FD_WRITE, which comes on the heels of FD_CONNECT,
 * may set the event in the middle of it and be taken all the same: the event would
 * stay set for nothing. So it is looked at again then. And on Windows FD_WRITE comes
 * with FD_CONNECT, here just after; the device has found it by the next request.
 */
static int take_events(SOCKET s, WSAEVENT event, struct afd_events *from)
{
    const struct socket_record *record = record_get(s);
    int err = reset_and_take(s, event, from), flags = from->flags;
    BOOL room = flags & AFD_POLL_WRITE || !record || !(record->flags & RECORD_WRITE_SELECTED);
    LARGE_INTEGER no_time = {.QuadPart = 0};

    if (err || !(flags & AFD_POLL_CONNECT)) return err;
    /* not by way of base/edgewait.c, which would look at what is held here */
    if (room && (!event || NtWaitForSingleObject(event, FALSE, &no_time))) return 0;
    err = reset_and_take(s, event, from);
    from->flags |= flags;
    return err;
}

int WSPAPI base_enum_network_events(SOCKET s, WSAEVENT event, WSANETWORKEVENTS *events, int *err)
{
    struct afd_events from = {0};
    struct edge_hold hold;
    unsigned int i;
    LONG ours;

    if (!is_writable(events))
    {
        *err = WSAEFAULT;
        return SOCKET_ERROR;
    }
    edge_hold(s, &hold);
    *err = hold.settled ? reset(event) : take_events(s, event, &from);
    edge_release(&hold, *err ? NULL : &from.flags);
    if (*err) return SOCKET_ERROR;

    ours = datagram_take_events(s);
    from.flags |= device_mask(ours) & ~AFD_POLL_CONNECT_ERR;
    for (i = 0; i < ARRAY_COUNT(event_map); i++)
    {
        if (!(from.flags & event_map[i].flags)) continue;
        events->lNetworkEvents |= event_map[i].event;
        events->iErrorCode[event_map[i].slot] = event_error(&from, i);
    }
    events->lNetworkEvents |= ours & CHANGE_EVENTS;
    if (ours & FD_ROUTING_INTERFACE_CHANGE) events->iErrorCode[FD_ROUTING_INTERFACE_CHANGE_BIT] = 0;
    if (ours & FD_ADDRESS_LIST_CHANGE) events->iErrorCode[FD_ADDRESS_LIST_CHANGE_BIT] = 0;
    return 0;
}
