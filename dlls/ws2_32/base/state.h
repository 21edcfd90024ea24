/* How far a socket has come: bound, connected (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_STATE_H
#define WS2_BASE_STATE_H

/* A request each until the answer is yes, which is kept. */
BOOL state_bound(SOCKET s);
BOOL state_connected(SOCKET s);

/* The peer that s is connected to; STATUS_INVALID_CONNECTION also while it is still being tried. */
NTSTATUS state_peer(SOCKET s, SOCKADDR_STORAGE *peer);

/* bind, connect or a send has said so. */
void state_now_bound(SOCKET s);

/* A stream's connect, accept or transfer has said so. */
void state_now_connected(SOCKET s);

/* A duplicate of a socket that was not bound: on Windows it stays so, whatever the
 * original does. */
void state_duplicate_unbound(SOCKET s);

#endif
