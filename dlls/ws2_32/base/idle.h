/* Sockets on which nothing is under way (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_IDLE_H
#define WS2_BASE_IDLE_H

struct socket_record;

/* TRUE if certainly nothing is that CancelIoEx would end, of whichever thread. */
BOOL idle_is(struct socket_record *record);

/* From now on something may be under way that is not seen. */
void idle_never(SOCKET s);

#endif
