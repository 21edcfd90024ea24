/* The peer's address after the connection (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_PEER_H
#define WS2_BASE_PEER_H

/* The device's word on who the peer of s is; len may be NULL. Its later versions name a peer as
 * soon as a connection to it is tried. */
NTSTATUS peer_ask(SOCKET s, SOCKADDR_STORAGE *peer, ULONG *len);

/* The connection of s is about to end in one direction at least. */
void peer_remember(SOCKET s);

/* A non-blocking connect of s has begun: on Windows the peer has its name already. */
void peer_tried(SOCKET s, const SOCKADDR_STORAGE *peer, ULONG len);

/* Whether what became of an attempt to connect is a failure. */
BOOL peer_connect_failed(SOCKET s);

/* s has no connection to remember any more: it is used again. */
void peer_forget(SOCKET s);

/* FALSE if nothing is remembered. */
BOOL peer_recall(SOCKET s, SOCKADDR_STORAGE *peer, ULONG *len);

#endif
