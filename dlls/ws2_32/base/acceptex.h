/* What accept needs from AcceptEx (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_ACCEPTEX_H
#define WS2_ACCEPTEX_H

/* Puts back a connection that an AcceptEx with too short an address buffer let the
 * device take: on Windows it stays in the queue. Call before taking one. */
void acceptex_give_back(SOCKET listener);

#endif
