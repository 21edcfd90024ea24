/* Threads that wait for a request, for whoever closes its socket (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_WAITER_H
#define WS2_BASE_WAITER_H

struct waiter;
struct lane_request;

/* Around a request: io is by what it is cancelled, NULL if that is not to be; lane is copied, or NULL. NULL,
 * with nothing begun, if the socket is being closed or was a moment ago, or memory is short. */
struct waiter *waiter_begin(SOCKET s, IO_STATUS_BLOCK *io, const struct lane_request *lane);

/* It was on its way so far. From now on the device has it, perhaps for long. */
void waiter_waits(struct waiter *waiter);

/* Says STATUS_REQUEST_ABORTED for what waiters_interrupt has ended. */
NTSTATUS waiter_end(struct waiter *waiter, NTSTATUS status);

/* The same for one that goes on without its thread: it ends as cancelled if the socket is being closed. */
void waiter_leave(struct waiter *waiter, NTSTATUS status);

/* Whether a thread waits for a request of the socket's. */
BOOL waiters_any(SOCKET s);

/* Before the record of s is removed: overlapped operations end as cancelled. */
void waiters_abort_queued(SOCKET s);

/* After the record is removed and before the handle is closed: ends what waits for it, as Windows does, and waits
 * until what is on its way has arrived. The device itself would let them fail with what is no socket error, or
 * leave a send waiting. sends: the host goes on sending whatever becomes of the socket. No request begins, of
 * whichever socket, until the second is called. */
void waiters_interrupt(SOCKET s, BOOL sends);
void waiters_closed(void);

#endif
