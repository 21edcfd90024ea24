/* Addresses, for the calls that bind and connect by the way (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_CONNECT_H
#define WS2_BASE_CONNECT_H

/* Windows binds a socket at its first send, even one that then fails. */
void bind_implicitly(SOCKET s);

/* An address that nothing can be connected to. */
BOOL connect_has_no_port(const SOCKADDR_STORAGE *addr);

/* The error for an attempt that the device refused outright. */
int connect_error(SOCKET s, const SOCKADDR_STORAGE *addr, NTSTATUS status);

#endif
