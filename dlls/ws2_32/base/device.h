/* Requests to the layer's socket device: the authority lane (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_DEVICE_H
#define WS2_DEVICE_H

/* A request the caller waits for, however long; not alertable. STATUS_INVALID_HANDLE
 * also for handles that are open but no sockets. *returned may be NULL. */
NTSTATUS device_request(SOCKET s, ULONG code, const void *in, ULONG in_size, void *out, ULONG out_size,
                        ULONG *returned);

/* The same with an alertable wait, for the calls in which Windows runs user APCs. */
NTSTATUS device_request_alertable(SOCKET s, ULONG code, const void *in, ULONG in_size, void *out,
                                  ULONG out_size, ULONG *returned);

/*
 * A request in the form the application chose. With neither overlapped nor
 * routine it waits alertably. Otherwise the outcome goes to *overlapped (whose
 * hEvent is set, and whose completion reaches a port unless the event's low bit
 * is set), or the routine is queued to this thread once it finishes.
 * Returns STATUS_PENDING for what goes on in the background, and the number of
 * bytes in *returned if finished. *flags_shadow: see overlapped.c.
 */
NTSTATUS device_submit(SOCKET s, ULONG code, const void *in, ULONG in_size, void *out, ULONG out_size,
                       ULONG *returned, WSAOVERLAPPED *overlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);

/* NtDeviceIoControlFile of a request that nobody waits for here. A socket that is closed meanwhile
 * stays with the device until the request is there. */
NTSTATUS device_begin(SOCKET s, HANDLE event, PIO_APC_ROUTINE routine, void *context, IO_STATUS_BLOCK *io,
                      ULONG code, const void *in, ULONG in_size, void *out, ULONG out_size);

/* STATUS_INVALID_HANDLE becomes WSAENOTSOCK, and so on: error_from_status for sockets. */
int device_error(NTSTATUS status);

#endif
