/* Seeing sockets go that are not closed with closesocket (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_WATCH_H
#define WS2_BASE_WATCH_H

struct socket_record;

/* A descriptor of this socket is held now, so its end must not be missed. */
void watch_add(struct socket_record *record);

#endif
