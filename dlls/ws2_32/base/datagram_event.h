/* Events that the device does not know (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_DATAGRAM_EVENT_H
#define WS2_BASE_DATAGRAM_EVENT_H

/* Notes what WSAEventSelect selects of s, 0 for nothing; returns what of it the
 * device may be told now. */
LONG datagram_selected(SOCKET s, WSAEVENT event, LONG events);

/* The same for WSAAsyncSelect, of which the device is told everything else. */
void datagram_message_selected(SOCKET s, HWND window, unsigned int message, LONG events);

/* Takes what has come up of it: FD_CONNECT, FD_READ, and changes of addresses. */
LONG datagram_take_events(SOCKET s);

/* s has got a name, or a peer; for every kind of socket. */
void datagram_named(SOCKET s, BOOL connected);

/* Something has come up, if it is selected: FD_READ for what the next receive on s will
 * fail with, or one of CHANGE_EVENTS, which any kind of socket may have. */
void datagram_due(SOCKET s, LONG event);

#endif
