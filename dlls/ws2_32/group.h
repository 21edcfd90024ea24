/*
 * Socket groups: what they demand.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A group is a section object that somebody has open for each member (member.h), so that
 * it and its ID end with the last of them, however they end. All that return an int
 * return a Winsock error or 0.
 */
#ifndef WS2_GROUP_H
#define WS2_GROUP_H

#ifndef SG_UNCONSTRAINED_GROUP
#define SG_UNCONSTRAINED_GROUP 1
#define SG_CONSTRAINED_GROUP 2
#endif

/* A place in a group for a socket that is going to be made. */
struct group_place
{
    GROUP id; /* 0: none */
    HANDLE token;
    BOOL inherit; /* by children, as the socket */
};

/* What WSASocket's g asks for, for a socket of this kind. The place ends as one of the two. */
int group_enter(GROUP g, int type, int protocol, BOOL inherit, struct group_place *place);
int group_join(SOCKET s, const struct group_place *place);
void group_leave(const struct group_place *place);

/* The member s is going to be connected to this address, which in a constrained group all
 * others have to share: WSAEINVAL. The second takes that back if status says that there
 * neither is nor will be a connection. */
int group_connecting(SOCKET s, const SOCKADDR_STORAGE *addr);
void group_connect_ended(SOCKET s, NTSTATUS status);

/* It is connected no more, and may be used again. */
void group_disconnected(SOCKET s);

/* A condition function has put an accepted socket, connected to peer, into a group. */
int group_accepted(SOCKET s, GROUP g, const SOCKADDR_STORAGE *peer);

#endif
