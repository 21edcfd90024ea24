/* ICMP errors about datagrams that were sent (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_UNREACHABLE_H
#define WS2_UNIX_UNREACHABLE_H

#include <stdint.h>

struct msghdr;
struct sock_extended_err;
struct ws2_icmp_error;

/* What a receive on Windows says of an ICMP error, if it wants to hear of it
 * (enum ws2_hearing): a Winsock error, or 0 for nothing. */
int unreachable_meaning(const struct sock_extended_err *what, uint32_t wanted);

/* Takes errors from the socket's queue until one means something; 0 if none does. */
int unreachable_take(int fd, uint32_t wanted);

/* The next datagram that ICMP sent back, as recvmsg(2) gives it; -1 if there is none. */
long unreachable_message(int fd, struct msghdr *msg);

/* Takes the last ICMP error from the queue; 0 if there is none. */
int unreachable_last(int fd, struct ws2_icmp_error *error);

/* Of a receive that failed: whether the errno may be that of an ICMP error. */
int unreachable_is_pending_error(int host_errno);

#endif
