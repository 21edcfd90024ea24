/* Bytes that a call carries over itself (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_DIRECT_H
#define WS2_UNIX_DIRECT_H

#include <stdint.h>
#include <sys/socket.h>

struct relay;

/*
 * Calls on the front's descriptor, which go straight to the host socket as far as that
 * is the same: nothing is under way in the relay. They never wait.
 */

/* The bytes that the host socket has taken; the rest is for the front. */
size_t direct_send(uint32_t id, int front, const struct iovec *iov, int count);

/* As recvmsg(2), from the front or the host socket. From then on the relay leaves what comes
 * there alone, for a few milliseconds. */
ssize_t direct_receive(uint32_t id, int front, struct msghdr *msg, int flags);

/* Waits until there is something to receive; FALSE if it took too long, or a signal came. */
int direct_wait(uint32_t id, int front, int wait_ms);

/* What there is in either direction is relayed now, and what comes next as well: somebody
 * looks at the front, or waits there. */
void direct_settle(uint32_t id);

/* Under the lock: the same for what comes next; and for all that nobody has received from. */
void direct_end(struct relay *relay);
void direct_tick(void);

/* At the end of the process: for all, and for good. */
void direct_leave(void);

#endif
