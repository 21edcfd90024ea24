/*
 * bind, listen, connect, shutdown and the names of a socket's two ends.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "provider.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

int WINAPI bind(SOCKET s, const struct sockaddr *addr, int len)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix, addr %p, len %d\n", s, addr, len);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPBind(s, addr, len, &err);
    return api_result_clearing(ret, err);
}

int WINAPI listen(SOCKET s, int backlog)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix, backlog %d\n", s, backlog);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPListen(s, backlog, &err);
    return api_result_clearing(ret, err);
}

int WINAPI connect(SOCKET s, const struct sockaddr *addr, int len)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix, addr %p, len %d\n", s, addr, len);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPConnect(s, addr, len, NULL, NULL, NULL, NULL, &err);
    return api_result(ret, err);
}

int WINAPI WSAConnect(SOCKET s, const struct sockaddr *addr, int len, WSABUF *caller, WSABUF *callee,
                      QOS *sqos, QOS *gqos)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix, addr %p, len %d, caller %p, callee %p, sqos %p, gqos %p\n", s, addr, len, caller,
          callee, sqos, gqos);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPConnect(s, addr, len, caller, callee, sqos, gqos, &err);
    return api_result(ret, err);
}

SOCKET WINAPI WSAJoinLeaf(SOCKET s, const struct sockaddr *addr, int len, WSABUF *caller, WSABUF *callee,
                          QOS *sqos, QOS *gqos, DWORD flags)
{
    struct provider *provider = provider_of(s);
    SOCKET leaf;
    int err = 0;

    TRACE("socket %#Ix, addr %p, len %d, flags %#lx\n", s, addr, len, flags);

    if (!provider) return INVALID_SOCKET;
    leaf = provider->table.lpWSPJoinLeaf(s, addr, len, caller, callee, sqos, gqos, flags, &err);
    if (leaf == INVALID_SOCKET) SetLastError(err);
    return leaf;
}

int WINAPI shutdown(SOCKET s, int how)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix, how %d\n", s, how);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPShutdown(s, how, &err);
    return api_result_clearing(ret, err);
}

int WINAPI WSASendDisconnect(SOCKET s, WSABUF *data)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix, data %p\n", s, data);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPSendDisconnect(s, data, &err);
    return api_result(ret, err);
}

int WINAPI WSARecvDisconnect(SOCKET s, WSABUF *data)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix, data %p\n", s, data);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPRecvDisconnect(s, data, &err);
    return api_result(ret, err);
}

int WINAPI getsockname(SOCKET s, struct sockaddr *addr, int *len)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix, addr %p, len %p\n", s, addr, len);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPGetSockName(s, addr, len, &err);
    return api_result_clearing(ret, err);
}

int WINAPI getpeername(SOCKET s, struct sockaddr *addr, int *len)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix, addr %p, len %p\n", s, addr, len);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPGetPeerName(s, addr, len, &err);
    return api_result_clearing(ret, err);
}
