/* WSAPROTOCOL_INFO as a ticket for a duplicated socket (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_DUPLICATE_H
#define WS2_DUPLICATE_H

/* Made by WSADuplicateSocket, as opposed to taken from the catalog. */
BOOL duplicate_is(const WSAPROTOCOL_INFOW *info);

/* Puts a ticket for handle, a handle of process pid, into info. */
void duplicate_mark(WSAPROTOCOL_INFOW *info, HANDLE handle, DWORD pid);

/* The socket a ticket stands for: once, and in the right process only; INVALID_SOCKET
 * otherwise, which is WSAEINVAL. */
SOCKET duplicate_redeem(const WSAPROTOCOL_INFOW *info);

/* Closes the handle of a ticket that could not be delivered. */
void duplicate_drop(const WSAPROTOCOL_INFOW *info, DWORD pid);

#endif
