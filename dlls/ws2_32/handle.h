/* Handles for sockets that only a provider knows (SPDX-License-Identifier: LGPL-2.1-or-later).
 *
 * A real handle, so that it can be told from others, duplicated, bound to a completion
 * port, read, written and closed by anybody; the provider does what is asked of it. */
#ifndef WS2_HANDLE_H
#define WS2_HANDLE_H

struct socket_record;

/* A new handle, for overlapped use, with initial for its record; INVALID_SOCKET when there
 * is none to be had. */
SOCKET handle_make(const struct socket_record *initial);

/* FALSE: not such a handle. In WSPCloseSocket for a handle that CloseHandle has closed,
 * whose value may be another's by now, both mean the one that is closed. */
BOOL handle_context(SOCKET s, DWORD_PTR *context);
BOOL handle_close(SOCKET s);

/* Finishes an overlapped operation on such a handle, in any thread: fills the OVERLAPPED,
 * sets its event, and posts a packet to the port that the handle may be bound to, unless
 * the event's low bit is set. status is an NTSTATUS; bytes are what was transferred. FALSE
 * if overlapped is a bad pointer. */
BOOL handle_complete(SOCKET s, WSAOVERLAPPED *overlapped, NTSTATUS status, DWORD bytes);

/* Before providers end: those whose handles were closed are told so first, and nothing is
 * asked of them any more. */
void handle_drain(void);

#endif
