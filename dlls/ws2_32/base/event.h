/* What event selections need from other calls (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_EVENT_H
#define WS2_BASE_EVENT_H

/* The caller was told that s can't take more data now, so FD_WRITE must come
 * again once it can. Costs nothing where FD_WRITE was not selected. */
void selection_write_refused(SOCKET s);

/* A receive on s has failed before it came to the device: FD_READ messages, not
 * events, come again for that on Windows too. */
void selection_receive_failed(SOCKET s);

/* The tail that kept s from taking more data is sent. */
void selection_room_again(SOCKET s);

/* What the device is to set the event for. */
NTSTATUS selection_tell_device(SOCKET s, WSAEVENT event, LONG events);

/* The same for less than it was told before. */
NTSTATUS selection_narrow_device(SOCKET s, WSAEVENT event, LONG events);

/* Where the device is to post messages. */
NTSTATUS selection_message_device(SOCKET s, HWND window, unsigned int message, LONG events);

/* An accepted socket inherits the listener's selection. */
void selection_inherited(SOCKET listener, SOCKET accepted);

#endif
