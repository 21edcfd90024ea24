/* Threads that wait for a request, for whoever closes its socket (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_WAITER_H
#define WS2_BASE_WAITER_H

struct waiter;
struct lane_request;

/* Around a request that may wait; lane is copied. NULL, with nothing begun, if the socket is being closed or
 * was a moment ago, or memory is short. The second says STATUS_REQUEST_ABORTED for what
 * waiters_interrupt has ended. */
struct waiter *waiter_begin(SOCKET s, IO_STATUS_BLOCK *io, const struct lane_request *lane);
NTSTATUS waiter_end(struct waiter *waiter, NTSTATUS status);

/* Before the record of s is removed: overlapped operations end as cancelled. */
void waiters_abort_queued(SOCKET s);

/* After the record is removed and before the handle is closed: ends what waits for it, as Windows does. The device
 * itself would let them fail with what is no socket error, or leave a send waiting. No request begins, of
 * whichever socket, until the second is called. */
void waiters_interrupt(SOCKET s);
void waiters_closed(void);

#endif
