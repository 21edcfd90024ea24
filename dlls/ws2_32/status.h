/* NTSTATUS to Winsock error (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_STATUS_H
#define WS2_STATUS_H

/* As Windows reports an OVERLAPPED's status: 0 for STATUS_SUCCESS, a system error
 * for other successes, WSAEINVAL for what Windows has no name for. */
int error_from_status(NTSTATUS status);

/* What the layer's device, or a unix call, says of itself. */
int error_from_device(NTSTATUS status);

/* The NTSTATUS that an OVERLAPPED reports an error with, from a Winsock or system error. */
NTSTATUS status_from_error(int error);

#endif
