/* Ends of overlapped operations that are carried out here (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_COMPLETION_H
#define WS2_BASE_COMPLETION_H

/*
 * Tells everyone that the operation is over: the OVERLAPPED, whose event is set, and
 * the completion port, or the routine, which is queued to thread (NULL for this one).
 * STATUS_PENDING if they are about to be told, otherwise STATUS_SUCCESS. The port's
 * packet has the bytes if status is STATUS_SUCCESS, unless completion.c says otherwise.
 */
NTSTATUS completion_tell(SOCKET s, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                         HANDLE thread, NTSTATUS status, ULONG bytes);

#endif
