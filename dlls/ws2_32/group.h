/*
 * Socket groups.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A group is a section object that every process with a member has open, so that it
 * and its ID end with the last of them, however they end. All return a Winsock error or 0.
 */
#ifndef WS2_GROUP_H
#define WS2_GROUP_H

#ifndef SG_UNCONSTRAINED_GROUP
#define SG_UNCONSTRAINED_GROUP 1
#define SG_CONSTRAINED_GROUP 2
#endif

/* What WSASocket's g asks for, for a socket of this kind: *id is the group the socket is
 * a member of from now on, or 0. */
int group_enter(GROUP g, int type, int protocol, GROUP *id);

/* One member less; connected: it has called group_connecting since. */
void group_leave(GROUP id, BOOL connected);

/* Whatever the record of this handle says of a group is of a socket that was closed. */
void group_forget(SOCKET s);

/* The member s is going to be connected to this address, which in a constrained group all
 * others have to share: WSAEINVAL. The second takes that back if status says that there
 * neither is nor will be a connection. */
int group_connecting(SOCKET s, const SOCKADDR_STORAGE *addr);
void group_connect_ended(SOCKET s, NTSTATUS status);

/* A condition function has put an accepted socket, connected to peer, into a group. */
int group_accepted(SOCKET s, GROUP g, const SOCKADDR_STORAGE *peer);

#endif
