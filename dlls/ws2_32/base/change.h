/* Events for changes of this computer's addresses (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_CHANGE_H
#define WS2_BASE_CHANGE_H

/* Those of a selection. */
#define CHANGE_EVENTS (FD_ROUTING_INTERFACE_CHANGE | FD_ADDRESS_LIST_CHANGE)

/* An ioctl that would wait on s has asked to be told: the next change brings this event, once. */
void change_expect(SOCKET s, LONG event);

#endif
