/*
 * send, recv and their many forms.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The transfer calls clear the last error on success. Overlapped forms report
 * WSA_IO_PENDING as an error, and bytes through the OVERLAPPED.
 */
#include "private.h"

#include "provider.h"
#include "thread.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

int WINAPI recv(SOCKET s, char *buffer, int size, int flags)
{
    struct provider *provider = provider_of(s);
    WSABUF data = {size, buffer};
    DWORD done = 0, in_out = flags;
    int err = 0, ret;

    TRACE("socket %#Ix, buffer %p, size %d, flags %#x\n", s, buffer, size, flags);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPRecv(s, &data, 1, &done, &in_out, NULL, NULL, NULL, &err);
    return api_result_clearing(ret, err) ? SOCKET_ERROR : (int)done;
}

int WINAPI recvfrom(SOCKET s, char *buffer, int size, int flags, struct sockaddr *addr, int *len)
{
    struct provider *provider = provider_of(s);
    WSABUF data = {size, buffer};
    DWORD done = 0, in_out = flags;
    int err = 0, ret;

    TRACE("socket %#Ix, buffer %p, size %d, flags %#x, addr %p, len %p\n", s, buffer, size, flags, addr, len);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPRecvFrom(s, &data, 1, &done, &in_out, addr, len, NULL, NULL, NULL, &err);
    return api_result_clearing(ret, err) ? SOCKET_ERROR : (int)done;
}

int WINAPI send(SOCKET s, const char *buffer, int size, int flags)
{
    struct provider *provider = provider_of(s);
    WSABUF data = {size, (char *)buffer};
    DWORD done = 0;
    int err = 0, ret;

    TRACE("socket %#Ix, buffer %p, size %d, flags %#x\n", s, buffer, size, flags);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPSend(s, &data, 1, &done, flags, NULL, NULL, NULL, &err);
    return api_result_clearing(ret, err) ? SOCKET_ERROR : (int)done;
}

int WINAPI sendto(SOCKET s, const char *buffer, int size, int flags, const struct sockaddr *addr, int len)
{
    struct provider *provider = provider_of(s);
    WSABUF data = {size, (char *)buffer};
    DWORD done = 0;
    int err = 0, ret;

    TRACE("socket %#Ix, buffer %p, size %d, flags %#x, addr %p, len %d\n", s, buffer, size, flags, addr, len);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPSendTo(s, &data, 1, &done, flags, addr, len, NULL, NULL, NULL, &err);
    return api_result_clearing(ret, err) ? SOCKET_ERROR : (int)done;
}

int WINAPI WSARecv(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags,
                   WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix, buffers %p, count %lu, done %p, flags %p, overlapped %p, routine %p\n", s, buffers,
          count, done, flags, overlapped, routine);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPRecv(s, buffers, count, done, flags, overlapped, routine,
                                    routine_thread(provider, routine), &err);
    return api_result_clearing(ret, err);
}

int WINAPI WSARecvFrom(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags,
                       struct sockaddr *addr, int *len, WSAOVERLAPPED *overlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE(
        "socket %#Ix, buffers %p, count %lu, done %p, flags %p, addr %p, len %p, overlapped %p, routine %p\n",
        s, buffers, count, done, flags, addr, len, overlapped, routine);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPRecvFrom(s, buffers, count, done, flags, addr, len, overlapped, routine,
                                        routine_thread(provider, routine), &err);
    return api_result_clearing(ret, err);
}

int WINAPI WSASend(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                   WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix, buffers %p, count %lu, done %p, flags %#lx, overlapped %p, routine %p\n", s, buffers,
          count, done, flags, overlapped, routine);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPSend(s, buffers, count, done, flags, overlapped, routine,
                                    routine_thread(provider, routine), &err);
    return api_result_clearing(ret, err);
}

int WINAPI WSASendTo(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                     const struct sockaddr *addr, int len, WSAOVERLAPPED *overlapped,
                     LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE(
        "socket %#Ix, buffers %p, count %lu, done %p, flags %#lx, addr %p, len %d, overlapped %p, routine %p\n",
        s, buffers, count, done, flags, addr, len, overlapped, routine);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPSendTo(s, buffers, count, done, flags, addr, len, overlapped, routine,
                                      routine_thread(provider, routine), &err);
    return api_result_clearing(ret, err);
}

/* Not an SPI entry: the provider's WSASendMsg is asked for by its GUID, and sets
 * the last error itself. */
int WINAPI WSASendMsg(SOCKET s, WSAMSG *msg, DWORD flags, DWORD *done, WSAOVERLAPPED *overlapped,
                      LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    GUID id = WSAID_WSASENDMSG;
    struct provider *provider = provider_of(s);
    LPFN_WSASENDMSG function;
    DWORD returned;
    int err = 0;

    TRACE("socket %#Ix, msg %p, flags %#lx, done %p, overlapped %p, routine %p\n", s, msg, flags, done,
          overlapped, routine);

    if (!provider) return SOCKET_ERROR;
    if (provider->table.lpWSPIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function,
                                   sizeof(function), &returned, NULL, NULL, NULL, &err))
        return api_result(SOCKET_ERROR, err);
    return function(s, msg, flags, done, overlapped, routine);
}
