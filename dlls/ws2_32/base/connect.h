/* Addresses, for the calls that bind and connect by the way (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_CONNECT_H
#define WS2_BASE_CONNECT_H

/* Windows binds a socket at its first send, even one that then fails. */
void bind_implicitly(SOCKET s);

/* An address that nothing can be connected to. */
BOOL connect_has_no_port(const SOCKADDR_STORAGE *addr);

/* The error for an attempt that the device refused outright. */
int connect_error(SOCKET s, const SOCKADDR_STORAGE *addr, NTSTATUS status);

/* What WSAConnect and WSAJoinLeaf are given besides the address; a Winsock error or 0. No data
 * go along with a connection, in neither direction, and best effort is all there is. */
int connect_check_data(const WSABUF *caller, WSABUF *callee);
int connect_check_quality(const QOS *application);

#endif
