/* Transfers as host calls (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_FAST_H
#define WS2_BASE_FAST_H

struct receive; /* base/transfer.h */
struct socket_record;

/* How a host call went; FAST_AUTHORITY: nothing was done, ask the device. */
enum fast_outcome
{
    FAST_AUTHORITY,
    FAST_DONE /* with *error, 0 or a Winsock error */
};

/* Whether every page of the buffers can be read, or written to, by now. */
BOOL fast_touch(const WSABUF *buffers, DWORD count, BOOL write);

/* record: of s, or NULL. total: bytes of all buffers; the arrays were read before. What is overlapped never
 * waits, and is the authority's if it is not finished at once. */
enum fast_outcome fast_receive(struct socket_record *record, SOCKET s, const struct receive *op, DWORD flags,
                               ULONG total, BOOL overlapped, ULONG *received, int *error);

/* *sent may be less than total, and the rest is for the device or the tail then.
 * address: Windows's, readable, or NULL. */
enum fast_outcome fast_send(struct socket_record *record, SOCKET s, const WSABUF *buffers, DWORD count,
                            ULONG total, DWORD flags, const struct sockaddr *address, int address_size,
                            BOOL overlapped, ULONG *sent, int *error);

/* How long a call that may wait does so on the host before it waits at the device,
 * where it is alertable and can be cancelled: enough for ping-pong. */
#define HOST_WAIT_MS 20

/* Whether a stream is known to be reset: -1 if the host can't tell. */
int fast_is_reset(SOCKET s);

/* The same, and whether it was because nobody answered to keep-alive packets. */
int fast_is_closed(SOCKET s, BOOL *lifeless);

/* The bytes a stream has taken that have not arrived: -1 if the host can't tell. */
int fast_unsent(SOCKET s);

#endif
