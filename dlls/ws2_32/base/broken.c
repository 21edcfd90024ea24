/*
 * Connections that have timed out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * When nobody acknowledges data, a connection ends with WSAETIMEDOUT, and when nobody
 * answers to keep-alive packets, with WSAENETRESET; and so every later transfer fails. The
 * host has one error for both, says it once, and from then on that the connection is none.
 */
#include "private.h"

#include "base/broken.h"
#include "base/fast.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Why, or 0 if it is not: then the time-out was the application's. */
static int reason(SOCKET s, BOOL timed_out)
{
    BOOL lifeless = FALSE;

    if (fast_is_closed(s, &lifeless) <= 0) return 0;
    if (lifeless) return WSAENETRESET;
    return timed_out ? WSAETIMEDOUT : 0;
}

int broken_error(SOCKET s, int error)
{
    struct socket_record *record = record_get(s);

    if (!record || record->type != SOCK_STREAM) return error;
    switch (error)
    {
    case WSAETIMEDOUT:
    case WSAECONNRESET:
    case WSAECONNABORTED:
        if (!record->broken && (record->broken = reason(s, error == WSAETIMEDOUT)))
            TRACE("socket %#Ix: the connection is broken, error %d\n", s, record->broken);
        return record->broken ? record->broken : error;
    case WSAENOTCONN:
    case WSAESHUTDOWN: return record->broken && !(record->flags & RECORD_SHUT_DOWN) ? record->broken : error;
    default: return error;
    }
}
