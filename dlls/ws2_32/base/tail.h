/* What non-blocking sends left over (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_TAIL_H
#define WS2_BASE_TAIL_H

/* Sends the bytes from offset on in the background; a Winsock error or 0. */
int tail_keep(SOCKET s, const WSABUF *buffers, DWORD count, ULONG offset, ULONG total);

/* What becomes of a send that finds a tail. */
enum tail_wait
{
    TAIL_REFUSE, /* STATUS_DEVICE_NOT_READY */
    TAIL_WAIT,   /* it waits until the tail has gone */
    TAIL_QUEUE,  /* it is queued at the device, where the tail then is before it */
};

/* Before a send on s: 0 if it may go on, or STATUS_PIPE_DISCONNECTED after a shutdown
 * that waits for the tail. */
NTSTATUS tail_gate(SOCKET s, enum tail_wait wait);

/* TRUE if s has a tail; the shutdown of its write side then follows the data. */
BOOL tail_shutdown(SOCKET s);

/* Before s is closed: an abortive close takes the tail with it. */
void tail_close(SOCKET s);

/* Whether the tail is at the device, with what is to be sent behind it. */
BOOL tail_has_handed(const struct socket_record *record);

/* Cancels, by that function, whatever is under way on s, but leaves it its tail. */
NTSTATUS tail_cancel(SOCKET s, NTSTATUS(WINAPI *cancel)(HANDLE, IO_STATUS_BLOCK *, IO_STATUS_BLOCK *),
                     IO_STATUS_BLOCK *io);

/* At the process's end. */
void tail_leave(void);

#endif
