/* Sockets that report to completion ports (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_READINESS_H
#define WS2_BASE_READINESS_H

/* Carries one registration out; a Winsock error or 0. */
int readiness_register(HANDLE port, const SOCK_NOTIFY_REGISTRATION *request);

/* Packets with this key were taken from a port: level-triggered registrations
 * may post again. */
void readiness_taken(ULONG_PTR key);

/* The socket was received from or accepted on (SOCK_NOTIFY_EVENT_IN), or would not
 * send (SOCK_NOTIFY_EVENT_OUT): edge-triggered registrations may post that again. */
void readiness_used(SOCKET s, int events);

/* The tail of a send, which kept s from being writable, is sent. */
void readiness_room_again(SOCKET s);

#endif
