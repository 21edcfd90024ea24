/* Sending files and memory through the device (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_TRANSMIT_H
#define WS2_TRANSMIT_H

/* Bytes a call can send, as documented. */
#define TRANSMIT_MAX 0x7ffffffe

/* An offset in struct afd_transmit: where the file pointer is. */
#define FILE_POINTER_POSITION ((LONGLONG)-2)

/* ntdll allocates a block for each transmission, of 64 KB if no size is given, and never
 * frees it. So what needs none, or knows another way, does without.
 * Each block the device reads costs it a wake-up, so they are large; the caller's
 * block size is for transports that know messages. */
#define TRANSMIT_BLOCK 0x40000
#define NO_BLOCK 1

/* A transmission of nothing: it ends after everything that was sent before it. */
extern const struct afd_transmit transmit_nothing;

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
