/*
 * accept and WSAAccept.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "provider.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static SOCKET accept_through_provider(SOCKET s, struct sockaddr *addr, int *len, LPCONDITIONPROC condition,
                                      DWORD_PTR context)
{
    struct provider *provider = provider_of(s);
    SOCKET accepted;
    int err = 0;

    if (!provider) return INVALID_SOCKET;
    accepted = provider->table.lpWSPAccept(s, addr, len, condition, context, &err);
    if (accepted == INVALID_SOCKET) SetLastError(err);
    TRACE("-> %#Ix, error %d\n", accepted, err);
    return accepted;
}

/*
 * Takes the first connection waiting at s, or waits for one: alertably, and until
 * somebody closes s, which gives WSAEINTR. addr and *len (bytes, in and out) receive
 * the peer's address; a *len too small for the family is WSAEFAULT before anything
 * is taken from the queue, and with a NULL len addr is not written. The new socket
 * has the properties of s: its event selection, non-blocking mode, time-outs and
 * options. The last error is written on failure only.
 */
SOCKET WINAPI accept(SOCKET s, struct sockaddr *addr, int *len)
{
    TRACE("socket %#Ix, addr %p, len %p\n", s, addr, len);
    return accept_through_provider(s, addr, len, NULL, 0);
}

/*
 * As accept, but asks condition first, in this thread: CF_ACCEPT goes on, CF_REJECT
 * ends the connection (WSAECONNREFUSED), CF_DEFER leaves it first in the queue
 * (WSATRY_AGAIN), as does any other answer (WSAEINVAL).
 */
SOCKET WINAPI WSAAccept(SOCKET s, struct sockaddr *addr, int *len, LPCONDITIONPROC condition,
                        DWORD_PTR context)
{
    TRACE("socket %#Ix, addr %p, len %p, condition %p, context %#Ix\n", s, addr, len, condition, context);
    return accept_through_provider(s, addr, len, condition, context);
}
