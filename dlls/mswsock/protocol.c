/*
 * EnumProtocols: Winsock 1.1's view of the catalog.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "mswsock.h"

WINE_DEFAULT_DEBUG_CHANNEL(mswsock);

/* Of both sets of flags, the same bits mean the same; the newer ones are Winsock 2's. */
#define OLD_FLAGS 0x7ff

/* What applications see, in a heap block; their number, or SOCKET_ERROR. Sockets are
 * not needed for it, but ws2_32 wants to be started. */
static int list(int *filter, WSAPROTOCOL_INFOW **infos)
{
    DWORD size = 0;
    WSADATA data;
    int count, err;

    *infos = NULL;
    if ((err = WSAStartup(MAKEWORD(2, 2), &data)))
    {
        SetLastError(err);
        return SOCKET_ERROR;
    }
    count = WSAEnumProtocolsW(filter, NULL, &size);
    if (count == SOCKET_ERROR && GetLastError() == WSAENOBUFS)
    {
        if ((*infos = heap_alloc(size)))
            count = WSAEnumProtocolsW(filter, *infos, &size);
        else
            SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    }
    err = GetLastError();
    WSACleanup();
    SetLastError(err);
    return count;
}

static SIZE_T name_size(const WSAPROTOCOL_INFOW *info, BOOL wide)
{
    if (wide) return (wcslen(info->szProtocol) + 1) * sizeof(WCHAR);
    return WideCharToMultiByte(CP_ACP, 0, info->szProtocol, -1, NULL, 0, NULL, NULL);
}

static void copy_info(PROTOCOL_INFOW *to, const WSAPROTOCOL_INFOW *from, void *name, SIZE_T size, BOOL wide)
{
    to->dwServiceFlags = from->dwServiceFlags1 & OLD_FLAGS;
    to->iAddressFamily = from->iAddressFamily;
    to->iMaxSockAddr = from->iMaxSockAddr;
    to->iMinSockAddr = from->iMinSockAddr;
    to->iSocketType = from->iSocketType;
    to->iProtocol = from->iProtocol;
    to->dwMessageSize = from->dwMessageSize;
    to->lpProtocol = name;
    if (wide)
        memcpy(name, from->szProtocol, size);
    else
        WideCharToMultiByte(CP_ACP, 0, from->szProtocol, -1, name, size, NULL, NULL);
}

/* The structures first, then the names. Both forms have one layout. */
static int enum_protocols(int *filter, void *buffer, DWORD *size, BOOL wide)
{
    PROTOCOL_INFOW *to = buffer;
    WSAPROTOCOL_INFOW *infos;
    SIZE_T needed = 0;
    char *name;
    int i, count;

    C_ASSERT(sizeof(PROTOCOL_INFOA) == sizeof(PROTOCOL_INFOW));

    if (!size)
    {
        SetLastError(ERROR_INVALID_PARAMETER);
        return SOCKET_ERROR;
    }
    if ((count = list(filter, &infos)) == SOCKET_ERROR)
    {
        heap_free(infos);
        return SOCKET_ERROR;
    }
    for (i = 0; i < count; i++) needed += sizeof(*to) + name_size(&infos[i], wide);
    if (!buffer || *size < needed)
    {
        *size = needed;
        heap_free(infos);
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return SOCKET_ERROR;
    }
    for (i = 0, name = (char *)(to + count); i < count; i++)
    {
        SIZE_T len = name_size(&infos[i], wide);

        copy_info(&to[i], &infos[i], name, len, wide);
        name += len;
    }
    heap_free(infos);
    return count;
}

/* filter is 0-terminated, or NULL for all; *size is bytes, and says how many are
 * needed with ERROR_INSUFFICIENT_BUFFER. */
int WINAPI EnumProtocolsA(int *filter, void *buffer, DWORD *size)
{
    TRACE("filter %p, buffer %p, size %p\n", filter, buffer, size);
    return enum_protocols(filter, buffer, size, FALSE);
}

int WINAPI EnumProtocolsW(int *filter, void *buffer, DWORD *size)
{
    TRACE("filter %p, buffer %p, size %p\n", filter, buffer, size);
    return enum_protocols(filter, buffer, size, TRUE);
}
