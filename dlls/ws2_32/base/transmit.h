/* Sending files and memory through the device (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_TRANSMIT_H
#define WS2_TRANSMIT_H

/* What both TransmitFile and TransmitPackets refuse: a socket that is not connected,
 * more than 2^31 - 2 bytes, TF_REUSE_SOCKET without TF_DISCONNECT. */
int transmit_check(SOCKET s, ULONGLONG size, DWORD flags, BOOL streams_only);

/* Sends what request says, in the form the caller chose, and then does what flags say.
 * queued, if not NULL, is called between the two for what goes on in the background. */
NTSTATUS transmit_submit(SOCKET s, const struct afd_transmit *request, DWORD flags, OVERLAPPED *overlapped,
                         ULONG *sent, void (*queued)(SOCKET s, void *context), void *context);

/* Ends either: a connection that was reset is none to the device any more. */
BOOL transmit_result(SOCKET s, NTSTATUS status);

#endif
