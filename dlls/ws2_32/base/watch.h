/* Seeing sockets go that are not closed with closesocket (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_WATCH_H
#define WS2_BASE_WATCH_H

/* A socket's descriptor is held now, so its end must not be missed. */
void watch_add(void);

/* Before the process makes its first socket. */
void watch_prepare(void);

#endif
