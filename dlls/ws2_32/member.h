/*
 * The members of socket groups, and how long they are.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A member is a member until the last handle of its socket is closed, by whatever call and
 * in whatever process. Its tokens, handles that keep the group and its peer, go wherever
 * handles of the socket go: to children, and with WSADuplicateSocket.
 */
#ifndef WS2_MEMBER_H
#define WS2_MEMBER_H

/* s has a record; a Winsock error or 0, and then the token is the member's. */
int member_add(SOCKET s, GROUP id, HANDLE token, BOOL inherit);

/* Before its handle is closed. */
void member_closing(SOCKET s);

/* Takes note of those whose last handle has been closed some other way. */
void members_sweep(void);

/* The group of s, which may be a child's that has inherited it; 0 for none. */
GROUP member_group(SOCKET s);

/* What keeps the peer of its group; NULL for nothing, and taking it gives it back. */
BOOL member_has_peer(SOCKET s);
void member_give_peer(SOCKET s, HANDLE peer);
HANDLE member_take_peer(SOCKET s);

/* Those of the group in this process of which this is true give it back. */
void members_leave_peer(GROUP id, BOOL (*is_lost)(SOCKET s));

/* WSADuplicateSocket: given is the handle of s in another process, or this one. */
void member_duplicate(SOCKET s, HANDLE process, DWORD pid, HANDLE given);
/* Its taker: s is what was given, and has a record. */
void member_redeem(SOCKET s);

#endif
