/* Sockets in the making, and polls (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_NEWBORN_H
#define WS2_BASE_NEWBORN_H

/* Around the making of a socket, from the opening of its handle until it is a
 * socket or closed, and around the start of a poll. FALSE if there is nothing
 * to leave. */
BOOL newborn_enter(void);
void newborn_leave(BOOL entered);

/* A handle of the module's own through which many sockets can be polled; NULL
 * if there is none to be had. */
HANDLE newborn_device(void);

/* NtDeviceIoControlFile of AFD_POLL, safe from sockets in the making. */
NTSTATUS newborn_poll(HANDLE device, HANDLE event, void *port_value, IO_STATUS_BLOCK *io, const void *in,
                      ULONG in_size, void *out, ULONG out_size);

#endif
