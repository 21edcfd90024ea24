/* What non-blocking sends left over (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_TAIL_H
#define WS2_BASE_TAIL_H

/* Sends the bytes from offset on in the background; a Winsock error or 0. */
int tail_keep(SOCKET s, const WSABUF *buffers, DWORD count, ULONG offset, ULONG total);

/* What a send on s must do about a tail: 0 go on, STATUS_DEVICE_NOT_READY, or
 * STATUS_PIPE_DISCONNECTED after a shutdown that waits for the tail. Waits for
 * the tail itself where the caller may be kept waiting. */
NTSTATUS tail_gate(SOCKET s, BOOL may_wait);

/* TRUE if s has a tail; the shutdown of its write side then follows the data. */
BOOL tail_shutdown(SOCKET s);

/* Before s is closed: an abortive close takes the tail with it. */
void tail_close(SOCKET s);

/* At the process's end. */
void tail_leave(void);

#endif
