/* The host descriptors that the fast lane keeps (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_HELD_H
#define WS2_BASE_HELD_H

struct socket_record;

/* Lives in a record's slot for ever, unlike the record. */
struct held
{
    LONG users; /* threads that use fd; HELD_DYING once it must go */
    int fd;     /* a duplicate of the socket's own, or -1; never 0 */
    LONG turn;  /* which of the slot's sockets this is: handle values come again */
};

/* For one call: the descriptor, or -1 if none is kept yet; FALSE if the socket is
 * being closed. Each TRUE is paired with a held_release, which is told the
 * descriptor that the call has opened meanwhile, or the one it got. */
BOOL held_acquire(struct socket_record *record, SOCKET s, int *fd);
void held_release(struct socket_record *record, int fd);

/* Closes the descriptor as soon as nobody uses it; further calls get none until
 * held_renew. */
void held_drop(struct socket_record *record);

/* For a new socket in the slot; waits for the last users of the old one. */
void held_renew(struct socket_record *record);

#endif
