/*
 * Network events: WSAEventSelect, WSAAsyncSelect, WSAEnumNetworkEvents, and the
 * event objects they are told through.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "provider.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static const char *debug_events(LONG events)
{
    static const char *const names[] = {"READ ",  "WRITE ", "OOB ",       "ACCEPT ",  "CONNECT ",
                                        "CLOSE ", "QOS ",   "GROUP_QOS ", "ROUTING ", "ADDRESSES "};
    char text[80] = "";
    unsigned int i;

    for (i = 0; i < ARRAY_COUNT(names); i++)
        if (events & (1 << i)) strcat(text, names[i]);
    return wine_dbg_sprintf("%#lx { %s}", events, text);
}

/*
 * Has `event` set whenever one of `events` (FD_*) comes up; 0 ends that, and
 * `event` is ignored then. Replaces what was selected before, by WSAAsyncSelect
 * too, and makes the socket non-blocking for good: ioctlsocket(FIONBIO) can undo
 * that only after the selection has ended. WSAEINVAL: not an event object.
 */
int WINAPI WSAEventSelect(SOCKET s, WSAEVENT event, LONG events)
{
    struct provider *provider;
    int ret, err = 0;

    TRACE("socket %#Ix, event %p, events %s\n", s, event, debug_events(events));

    if (!(provider = provider_of(s))) return SOCKET_ERROR;
    ret = provider->table.lpWSPEventSelect(s, event, events, &err);
    return api_result_clearing(ret, err);
}

/*
 * Has `message` posted to `window` whenever one of `events` comes up: wParam is the
 * socket, the low word of lParam one FD_*, its high word the error. Otherwise as
 * WSAEventSelect. WSAEINVAL: no such window.
 */
int WINAPI WSAAsyncSelect(SOCKET s, HWND window, unsigned int message, LONG events)
{
    struct provider *provider;
    int ret, err = 0;

    TRACE("socket %#Ix, window %p, message %#x, events %s\n", s, window, message, debug_events(events));

    if (!(provider = provider_of(s))) return SOCKET_ERROR;
    ret = provider->table.lpWSPAsyncSelect(s, window, message, events, &err);
    return api_result_clearing(ret, err);
}

/*
 * Takes what has come up of the selected events, each with its error, and resets
 * `event` if it is given. Error slots of events that did not come up are not
 * written; events that are not selected now are kept for a later selection.
 */
int WINAPI WSAEnumNetworkEvents(SOCKET s, WSAEVENT event, WSANETWORKEVENTS *events)
{
    struct provider *provider;
    int ret, err = 0;

    TRACE("socket %#Ix, event %p, events %p\n", s, event, events);

    if (!(provider = provider_of(s))) return SOCKET_ERROR;
    ret = provider->table.lpWSPEnumNetworkEvents(s, event, events, &err);
    if (!ret) TRACE("came up: %s\n", debug_events(events->lNetworkEvents));
    return api_result_clearing(ret, err);
}

/* Winsock's events are Windows's manual-reset events, and need no WSAStartup. */
WSAEVENT WINAPI WSACreateEvent(void)
{
    TRACE("\n");
    return CreateEventW(NULL, TRUE, FALSE, NULL);
}

static BOOL event_result(BOOL ok)
{
    if (!ok) SetLastError(WSA_INVALID_HANDLE);
    return ok;
}

BOOL WINAPI WSACloseEvent(WSAEVENT event)
{
    TRACE("event %p\n", event);
    return event_result(CloseHandle(event));
}

BOOL WINAPI WSASetEvent(WSAEVENT event)
{
    TRACE("event %p\n", event);
    return event_result(SetEvent(event));
}

BOOL WINAPI WSAResetEvent(WSAEVENT event)
{
    TRACE("event %p\n", event);
    return event_result(ResetEvent(event));
}

/* `timeout` in milliseconds; up to WSA_MAXIMUM_WAIT_EVENTS (64) events. The
 * results and errors are those of WaitForMultipleObjectsEx. */
DWORD WINAPI WSAWaitForMultipleEvents(DWORD count, const WSAEVENT *events, BOOL all, DWORD timeout,
                                      BOOL alertable)
{
    TRACE("count %lu, events %p, all %d, timeout %ld ms, alertable %d\n", count, events, all, timeout,
          alertable);
    return WaitForMultipleObjectsEx(count, events, all, timeout, alertable);
}
