/*
 * The outcome of overlapped operations.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "guarded.h"
#include "handle.h"
#include "provider.h"
#include "record.h"
#include "status.h"

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

/*
 * For providers whose sockets are WPUCreateSocketHandle's: finishes an operation with a
 * Winsock or system error, or 0, and bytes transferred, in the OVERLAPPED, its event and
 * the socket's completion port. Routines are the provider's business: WPUQueueApc.
 * WSAEINVAL: not such a socket. (Wine's header gives it an event for a result; it is an
 * int, as the SDK says.)
 */
WSAEVENT WINAPI WPUCompleteOverlappedRequest(SOCKET s, WSAOVERLAPPED *overlapped, DWORD error, DWORD done,
                                             int *err)
{
    struct socket_record *record = record_get(s);
    int failure = 0;

    TRACE("socket %#Ix, overlapped %p, error %lu, done %lu, err %p\n", s, overlapped, error, done, err);

    if (!record || !(record->flags & RECORD_STAND_IN))
        failure = WSAEINVAL;
    else if (!handle_complete(s, overlapped, status_from_error(error), done))
        failure = WSAEFAULT;
    if (!failure) return (WSAEVENT)0;
    guarded_write(err, &failure, sizeof(failure));
    return (WSAEVENT)(LONG_PTR)SOCKET_ERROR;
}
