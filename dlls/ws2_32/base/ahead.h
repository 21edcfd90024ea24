/* Connections that the host made ahead of the device (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_AHEAD_H
#define WS2_BASE_AHEAD_H

#include "record.h"

/* A blocking connect of s, the first that it is given to: TRUE if it is connected now. Otherwise nothing was
 * done, and it is for the device to try. */
BOOL ahead_connect(SOCKET s, const SOCKADDR_STORAGE *addr, ULONG len);

/* The device is told of the connection of s, if it was not. */
void ahead_tell(SOCKET s);

/* Before whatever happens to s at the device. */
static inline void ahead_settle(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    if (record && record->lane.notes & LANE_UNTOLD) ahead_tell(s);
}

/* The name of one that the device was not told of: it need not be, for that. FALSE for others. */
BOOL ahead_name(SOCKET s, BOOL peer, SOCKADDR_STORAGE *name, ULONG *len);

/* Before s is closed: it is told no more. */
void ahead_forget(SOCKET s);

/* Before somebody else gets sockets that this process has. */
void ahead_settle_all(void);

#endif
