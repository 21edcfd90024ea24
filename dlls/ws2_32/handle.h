/* Handles for sockets that the layer's device does not know (SPDX-License-Identifier: LGPL-2.1-or-later).
 *
 * A real handle, so that it can be told from others, duplicated, bound to a completion
 * port and closed by anybody, but of a file without a meaning of its own: whoever made
 * it keeps the socket in the record that belongs to the handle's value. */
#ifndef WS2_HANDLE_H
#define WS2_HANDLE_H

/* A new handle, for overlapped use; NULL when there is none to be had. */
HANDLE handle_make(BOOL inherit);

/* Finishes an overlapped operation on such a handle, in any thread: fills the OVERLAPPED,
 * sets its event, and posts a packet to the port that the handle may be bound to. status
 * is an NTSTATUS; bytes are what was transferred. FALSE if overlapped is a bad pointer.
 *
 * An event with its low bit set keeps the packet from the port. The packet of a failed
 * operation says 0 bytes (the OVERLAPPED says what it should), and a handle with
 * FILE_SKIP_COMPLETION_PORT_ON_SUCCESS gets none for success: such handles are not
 * XP1_IFS_HANDLES, on which programs that set it insist. */
BOOL handle_complete(HANDLE handle, WSAOVERLAPPED *overlapped, NTSTATUS status, DWORD bytes);

#endif
