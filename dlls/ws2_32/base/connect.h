/* What connect and ConnectEx know of addresses (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_CONNECT_H
#define WS2_BASE_CONNECT_H

/* An address that nothing can be connected to. */
BOOL connect_has_no_port(const SOCKADDR_STORAGE *addr);

/* The error for an attempt that the device refused outright. */
int connect_error(SOCKET s, const SOCKADDR_STORAGE *addr, NTSTATUS status);

#endif
