/* Sockets that TF_REUSE_SOCKET has made ready for a new connection (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_REUSE_H
#define WS2_REUSE_H

/* Whether s may be given to AcceptEx or ConnectEx though it has been connected;
 * waits for a disconnection of s that is still going on. */
BOOL reuse_ready(SOCKET s);

/* Whether s has no connection since it was made ready for another; the device is asked. */
BOOL reuse_parted(SOCKET s);

/* Before a request to the device: nothing is sent or received without a connection, which the
 * device, whose host socket is of another kind then, might wait for. */
NTSTATUS reuse_before_request(SOCKET s, ULONG code);

/* AcceptEx is about to have s accepted into, or has: SO_UPDATE_ACCEPT_CONTEXT. Costs
 * nothing while no socket is used again. */
void reuse_accepted_into(SOCKET s);

/* The port, network order, that ConnectEx on s will come from; any if nobody says. */
void reuse_come_from(SOCKET s, USHORT port);

/* Before s is closed. */
void reuse_close(SOCKET s);

/* ConnectEx on a ready socket; STATUS_PENDING. */
NTSTATUS reuse_connect(SOCKET s, const struct sockaddr *addr, int len, const void *data, DWORD data_len,
                       OVERLAPPED *overlapped);

/* Ends the connection of s once what was queued to be sent is sent, and makes s
 * ready. The second does it in the background, after the operations that are at
 * the device already; reuse_ready waits for it. */
NTSTATUS reuse_disconnect(SOCKET s);
NTSTATUS reuse_disconnect_later(SOCKET s);

#endif
