/*
 * Sockets with WSAEventSelect's events, and taking these.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EVENT_H
#define EVENT_H

#include "harness.h"

static inline WSAEVENT selected(SOCKET s, long events)
{
    WSAEVENT event = WSACreateEvent();

    CHECK(event != WSA_INVALID_EVENT);
    CHECK_INT(WSAEventSelect(s, event, events), 0);
    return event;
}

/* Takes what there is. */
static inline LONG events_now(SOCKET s, WSAEVENT event)
{
    WSANETWORKEVENTS events;

    CHECK_INT(WSAEnumNetworkEvents(s, event, &events), 0);
    return events.lNetworkEvents;
}

/* Waits for the event, and takes what there is then. */
static inline LONG events_of(SOCKET s, WSAEVENT event)
{
    CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    return events_now(s, event);
}

/* Waits for events, and takes them: all of these and no others. */
static inline WSANETWORKEVENTS take_events(SOCKET s, WSAEVENT event, long expected)
{
    WSANETWORKEVENTS events;
    long seen = 0;

    while (seen != expected)
    {
        CHECK_INT(WSAWaitForMultipleEvents(1, &event, TRUE, 10000, FALSE), WSA_WAIT_EVENT_0);
        CHECK_INT(WSAEnumNetworkEvents(s, event, &events), 0);
        CHECK_INT(events.lNetworkEvents & ~expected, 0);
        seen |= events.lNetworkEvents;
    }
    return events;
}

/* The event may be left set once by what was taken already. */
static inline void check_no_events(SOCKET s, WSAEVENT event)
{
    WSANETWORKEVENTS events;
    int i;

    for (i = 0; i < 2; i++)
    {
        DWORD ret = WaitForSingleObject(event, 30);

        if (i) CHECK_INT(ret, WAIT_TIMEOUT);
        CHECK_INT(WSAEnumNetworkEvents(s, event, &events), 0);
        CHECK_INT(events.lNetworkEvents, 0);
    }
}

/* Makes a pair of streams, one end of which has these events selected. */
static inline WSAEVENT selected_pair(SOCKET pair[2], int end, long events)
{
    tcp_pair(pair);
    return selected(pair[end], events);
}

static inline void close_selected(SOCKET pair[2], WSAEVENT event)
{
    close_pair(pair);
    WSACloseEvent(event);
}

#endif
