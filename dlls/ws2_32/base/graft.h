/* Giving a socket object another host socket (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_GRAFT_H
#define WS2_GRAFT_H

/* s becomes what source is, a connected stream of the same family; its handle,
 * completion port, event selection and mode stay. source is closed. */
NTSTATUS graft_connection(SOCKET s, int family, SOCKET source);

/* s becomes connected to nothing. */
NTSTATUS graft_nothing(SOCKET s, int family);

/* The device changed s's host socket: what this process keeps of the old one goes. */
void graft_forget_descriptor(SOCKET s);

/* A socket no application sees, nor WSACleanup; INVALID_SOCKET with *err set. */
SOCKET graft_hidden_socket(int family, int type, int protocol, int *err);

/* AFD_BIND. */
NTSTATUS graft_bind(SOCKET s, const SOCKADDR_STORAGE *addr, ULONG len);

#endif
