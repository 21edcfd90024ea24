/*
 * WSASocket and its kin: choosing a provider and making, duplicating and
 * closing sockets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "catalog.h"
#include "duplicate.h"
#include "guarded.h"
#include "layer.h"
#include "provider.h"
#include "record.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define KNOWN_FLAGS                                                                              \
    (WSA_FLAG_OVERLAPPED | WSA_FLAG_MULTIPOINT_C_ROOT | WSA_FLAG_MULTIPOINT_C_LEAF |             \
     WSA_FLAG_MULTIPOINT_D_ROOT | WSA_FLAG_MULTIPOINT_D_LEAF | WSA_FLAG_ACCESS_SYSTEM_SECURITY | \
     WSA_FLAG_NO_HANDLE_INHERIT | WSA_FLAG_REGISTERED_IO)

#ifndef WSA_FLAG_ACCESS_SYSTEM_SECURITY
#define WSA_FLAG_ACCESS_SYSTEM_SECURITY 0x40
#endif
#ifndef WSA_FLAG_NO_HANDLE_INHERIT
#define WSA_FLAG_NO_HANDLE_INHERIT 0x80
#endif
#ifndef WSA_FLAG_REGISTERED_IO
#define WSA_FLAG_REGISTERED_IO 0x100
#endif

/* With a WSAPROTOCOL_INFO the socket belongs to that entry's provider, and a part
 * of the triple that is FROM_PROTOCOL_INFO, or 0, is the entry's. */
static int choose_from_info(int *family, int *type, int *protocol, const WSAPROTOCOL_INFOW *info)
{
    if (*family == FROM_PROTOCOL_INFO || !*family) *family = info->iAddressFamily;
    if (*type == FROM_PROTOCOL_INFO || !*type) *type = info->iSocketType;
    if (*protocol == FROM_PROTOCOL_INFO || !*protocol) *protocol = info->iProtocol;
    return *family > 0 ? 0 : WSAEAFNOSUPPORT;
}

/* With a WSAPROTOCOL_INFO it is not the catalog that has no such triple, but a provider that
 * refuses it, and it tells a protocol that goes with another type from one that nobody has. */
static int providers_error(int family, int type, int protocol, int error)
{
    const int other = type == SOCK_STREAM ? SOCK_DGRAM : SOCK_STREAM;
    int ignored;

    if (error != WSAEPROTONOSUPPORT || !catalog_find(family, other, protocol, &ignored)) return error;
    return WSAEPROTOTYPE;
}

/* The first catalog entry that fits, and its provider; NULL with *err set. */
static struct provider *choose(int family, int type, int protocol, const WSAPROTOCOL_INFOW *info,
                               WSAPROTOCOL_INFOW *entry, int *err)
{
    const WSAPROTOCOL_INFOW *found;

    if (layers_installed()) return layer_choose(family, type, protocol, info, entry, err);
    if (!(found = catalog_find(family, type, protocol, err))) return NULL;
    *entry = *found;
    return provider_base();
}

/* A part in a multipoint session that the protocol has: one in the control plane at the
 * most, and one in the data plane. */
static BOOL multipoint_fits(DWORD flags, const WSAPROTOCOL_INFOW *entry)
{
    const DWORD control = flags & (WSA_FLAG_MULTIPOINT_C_ROOT | WSA_FLAG_MULTIPOINT_C_LEAF);
    const DWORD data = flags & (WSA_FLAG_MULTIPOINT_D_ROOT | WSA_FLAG_MULTIPOINT_D_LEAF);
    const BOOL rooted_control = (entry->dwServiceFlags1 & XP1_MULTIPOINT_CONTROL_PLANE) != 0;
    const BOOL rooted_data = (entry->dwServiceFlags1 & XP1_MULTIPOINT_DATA_PLANE) != 0;

    if (!control && !data) return TRUE;
    if (!(entry->dwServiceFlags1 & XP1_SUPPORT_MULTIPOINT)) return FALSE;
    if (control && control != (rooted_control ? WSA_FLAG_MULTIPOINT_C_ROOT : WSA_FLAG_MULTIPOINT_C_LEAF))
        return FALSE;
    return !data || data == (rooted_data ? WSA_FLAG_MULTIPOINT_D_ROOT : WSA_FLAG_MULTIPOINT_D_LEAF);
}

static SOCKET create(int family, int type, int protocol, WSAPROTOCOL_INFOW *info, GROUP group, DWORD flags)
{
    struct provider *provider = NULL;
    WSAPROTOCOL_INFOW chosen;
    SOCKET s = INVALID_SOCKET;
    int err = 0;

    if (flags & ~KNOWN_FLAGS)
        err = WSAEINVAL;
    else if (info && duplicate_is(info))
    {
        chosen = *info;
        provider = layers_installed() ? layer_of_entry(info->dwCatalogEntryId, &err) : provider_base();
    }
    else if ((!info || !(err = choose_from_info(&family, &type, &protocol, info))) &&
             (provider = choose(family, type, protocol, info, &chosen, &err)))
    {
        if (!family) family = chosen.iAddressFamily;
        if (!type) type = chosen.iSocketType;
        if (!protocol) protocol = chosen.iProtocol;
    }
    if (!provider && info) err = providers_error(family, type, protocol, err);
    if (provider && !multipoint_fits(flags, &chosen))
        err = WSAEINVAL;
    else if (provider)
    {
        err = 0;
        s = provider->table.lpWSPSocket(family, type, protocol, &chosen, group, flags, &err);
    }
    SetLastError(s == INVALID_SOCKET ? err : 0);
    TRACE("-> %#Ix, error %d\n", s, err);
    return s;
}

/*
 * On success the last error is 0. The order of the checks is Windows's: version,
 * pointer, type, family, protocol. dwFlags: a set of WSA_FLAG_*; without
 * WSA_FLAG_OVERLAPPED the handle is synchronous. lpProtocolInfo: 628 bytes, from
 * the catalog or from WSADuplicateSocket.
 */
SOCKET WINAPI WSASocketW(int family, int type, int protocol, WSAPROTOCOL_INFOW *info, GROUP group,
                         DWORD flags)
{
    WSAPROTOCOL_INFOW copy;

    TRACE("family %d, type %d, protocol %d, info %p, group %#x, flags %#lx\n", family, type, protocol, info,
          group, flags);

    if (!startup_done()) return INVALID_SOCKET;
    if (info && !guarded_read(&copy, info, sizeof(copy)))
    {
        SetLastError(WSAEFAULT);
        return INVALID_SOCKET;
    }
    return create(family, type, protocol, info ? &copy : NULL, group, flags);
}

SOCKET WINAPI WSASocketA(int family, int type, int protocol, WSAPROTOCOL_INFOA *info, GROUP group,
                         DWORD flags)
{
    WSAPROTOCOL_INFOA ansi;
    WSAPROTOCOL_INFOW wide;

    TRACE("family %d, type %d, protocol %d, info %p, group %#x, flags %#lx\n", family, type, protocol, info,
          group, flags);

    if (!startup_done()) return INVALID_SOCKET;
    if (!info) return create(family, type, protocol, NULL, group, flags);
    if (!guarded_read(&ansi, info, sizeof(ansi)))
    {
        SetLastError(WSAEFAULT);
        return INVALID_SOCKET;
    }
    memcpy(&wide, &ansi, offsetof(WSAPROTOCOL_INFOW, szProtocol));
    ansi.szProtocol[WSAPROTOCOL_LEN] = 0;
    if (!MultiByteToWideChar(CP_ACP, 0, ansi.szProtocol, -1, wide.szProtocol, WSAPROTOCOL_LEN + 1))
    {
        SetLastError(WSAEINVAL);
        return INVALID_SOCKET;
    }
    return create(family, type, protocol, &wide, group, flags);
}

/* Overlapped unless the thread's SO_OPENTYPE says otherwise. */
SOCKET WINAPI socket(int family, int type, int protocol)
{
    TRACE("family %d, type %d, protocol %d\n", family, type, protocol);

    if (!startup_done()) return INVALID_SOCKET;
    return create(family, type, protocol, NULL, 0, thread_data()->open_type ? 0 : WSA_FLAG_OVERLAPPED);
}

int WINAPI closesocket(SOCKET s)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix\n", s);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPCloseSocket(s, &err);
    return api_result(ret, err);
}

/* Checks in Windows's order: the socket (WSAENOTSOCK), the process (WSAEINVAL),
 * the pointer (WSAEFAULT). info: 628 bytes (W), 372 (A). */
int WINAPI WSADuplicateSocketW(SOCKET s, DWORD pid, WSAPROTOCOL_INFOW *info)
{
    struct provider *provider = provider_of(s);
    int err = 0, ret;

    TRACE("socket %#Ix, pid %#lx, info %p\n", s, pid, info);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPDuplicateSocket(s, pid, info, &err);
    return api_result(ret, err);
}

int WINAPI WSADuplicateSocketA(SOCKET s, DWORD pid, WSAPROTOCOL_INFOA *info)
{
    struct provider *provider = provider_of(s);
    WSAPROTOCOL_INFOW wide;
    volatile int result;
    int err = 0, ret;

    TRACE("socket %#Ix, pid %#lx, info %p\n", s, pid, info);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPDuplicateSocket(s, pid, info ? &wide : NULL, &err);
    if (ret == SOCKET_ERROR) return api_result(ret, err);

    result = 0;
    __TRY
    {
        GUARD_BEGIN;
        memcpy(info, &wide, offsetof(WSAPROTOCOL_INFOA, szProtocol));
        WideCharToMultiByte(CP_ACP, 0, wide.szProtocol, -1, info->szProtocol, sizeof(info->szProtocol), NULL,
                            NULL);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        result = SOCKET_ERROR;
    }
    __ENDTRY
    if (result) duplicate_drop(&wide, pid);
    return api_result(result, WSAEFAULT);
}
