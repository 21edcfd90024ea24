/* Other handles of a socket (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_ALIAS_H
#define WS2_BASE_ALIAS_H

struct socket_record;

/* The record of s, made now if s came from elsewhere, by DuplicateHandle or inheritance. A
 * socket that this process made, and s is another name of, is shared from then on. NULL if s
 * is no socket, or memory is short. */
struct socket_record *alias_record(SOCKET s);

/* Somebody else may do to the socket what this record does not know: it is the device's. */
void alias_share(struct socket_record *record);

#endif
