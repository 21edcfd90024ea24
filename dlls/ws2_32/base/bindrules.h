/* Windows's rules for local addresses that the host lacks (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BINDRULES_H
#define WS2_BINDRULES_H

/* An IPv6 address whose scope id names another interface is WSAEADDRNOTAVAIL, else 0. */
int bind_check_scope(const SOCKADDR_STORAGE *addr);

/* After bind or listen has found the address in use: TRUE if it is worth another
 * try, since sockets of this process that have the port now share it. */
BOOL bind_share_port(SOCKET s, const SOCKADDR_STORAGE *addr, NTSTATUS status);
BOOL listen_share_port(SOCKET s, NTSTATUS status);

/* After a listen that succeeded only so: connections go to the first listener. */
void listen_shared(SOCKET s);

/* Raw ICMP sockets get no echo requests, which the stack answers itself. */
void raw_without_requests(SOCKET s, int family, int type, int protocol);

#endif
