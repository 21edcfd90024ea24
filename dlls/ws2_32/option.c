/*
 * Socket options, ioctls and quality of service, as exported.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/ioctl.h"
#include "base/option.h"
#include "provider.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* SO_OPENTYPE belongs to the thread, and any value passes for its socket. */
static struct provider *provider_of_option(SOCKET s, int level, int name)
{
    return level == SOL_SOCKET && name == SO_OPENTYPE ? provider_base() : provider_of(s);
}

/* Success clears the last error. Which lengths each option takes: base/option.h. */
int WINAPI getsockopt(SOCKET s, int level, int name, char *value, int *len)
{
    struct provider *provider;
    int ret, err = 0;

    TRACE("socket %#Ix, %s, value %p, len %p\n", s, debug_option(level, name), value, len);
    if (!(provider = provider_of_option(s, level, name))) return SOCKET_ERROR;
    ret = provider->table.lpWSPGetSockOpt(s, level, name, value, len, &err);
    return api_result_clearing(ret, err);
}

int WINAPI setsockopt(SOCKET s, int level, int name, const char *value, int len)
{
    struct provider *provider;
    int ret, err = 0;

    TRACE("socket %#Ix, %s, value %p, len %d\n", s, debug_option(level, name), value, len);
    if (!(provider = provider_of_option(s, level, name))) return SOCKET_ERROR;
    ret = provider->table.lpWSPSetSockOpt(s, level, name, value, len, &err);
    return api_result_clearing(ret, err);
}

/* The count of bytes is required even where nothing will ever be counted. */
int WINAPI WSAIoctl(SOCKET s, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size, DWORD *returned,
                    WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct provider *provider;
    int ret, err = 0;

    TRACE(
        "socket %#Ix, %s, in %p, in_size %#lx, out %p, out_size %#lx, returned %p, overlapped %p, routine %p\n",
        s, debug_ioctl(code), in, in_size, out, out_size, returned, overlapped, routine);
    if (!(provider = provider_of(s))) return SOCKET_ERROR;
    if (!returned)
    {
        SetLastError(WSAEFAULT);
        return SOCKET_ERROR;
    }
    ret = provider->table.lpWSPIoctl(s, code, in, in_size, out, out_size, returned, overlapped, routine,
                                     routine_thread(provider, routine), &err);
    return api_result_clearing(ret, err);
}

/* The argument is read or written as the command has it. */
int WINAPI ioctlsocket(SOCKET s, LONG command, u_long *argument)
{
    struct provider *provider;
    DWORD returned;
    int ret, err = 0;

    TRACE("socket %#Ix, %s, argument %p\n", s, debug_ioctl(command), argument);
    if (!(provider = provider_of(s))) return SOCKET_ERROR;
    ret = provider->table.lpWSPIoctl(s, command, argument, sizeof(*argument), argument, sizeof(*argument),
                                     &returned, NULL, NULL, NULL, &err);
    return api_result_clearing(ret, err);
}

BOOL WINAPI WSAGetQOSByName(SOCKET s, WSABUF *name, QOS *qos)
{
    struct provider *provider;
    int err = 0;

    TRACE("socket %#Ix, name %p, qos %p\n", s, name, qos);
    if (!(provider = provider_of(s))) return FALSE;
    if (provider->table.lpWSPGetQOSByName(s, name, qos, &err)) return TRUE;
    SetLastError(err);
    return FALSE;
}
