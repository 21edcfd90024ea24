/*
 * The outcome of overlapped operations.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "provider.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* done: bytes; flags: MSG_*. WSA_IO_INCOMPLETE while the operation goes on and
 * wait is FALSE; otherwise the operation's own error, or none. */
BOOL WINAPI WSAGetOverlappedResult(SOCKET s, WSAOVERLAPPED *overlapped, DWORD *done, BOOL wait, DWORD *flags)
{
    struct provider *provider = provider_of(s);
    int err = 0;
    BOOL ret;

    TRACE("socket %#Ix, overlapped %p, done %p, wait %d, flags %p\n", s, overlapped, done, wait, flags);

    if (!provider) return FALSE;
    /* it is ws2_32's own list that counts: a handle from DuplicateHandle is not in it */
    if (!record_get(s))
    {
        SetLastError(WSAENOTSOCK);
        return FALSE;
    }
    ret = provider->table.lpWSPGetOverlappedResult(s, overlapped, done, wait, flags, &err);
    SetLastError(err);
    return ret;
}

/* For providers without overlapped handles of their own: finishes an operation
 * in the OVERLAPPED's fields and wakes whoever waits on its event. */
/* Wine's header gives it an event for a result; it is an int, as the SDK says. */
WSAEVENT WINAPI WPUCompleteOverlappedRequest(SOCKET s, WSAOVERLAPPED *overlapped, DWORD error, DWORD done,
                                             int *err)
{
    FIXME("socket %#Ix, overlapped %p, error %lu, done %lu, err %p: no layered providers yet\n", s,
          overlapped, error, done, err);
    if (err) *err = WSAEINVAL;
    return (WSAEVENT)(LONG_PTR)SOCKET_ERROR;
}
