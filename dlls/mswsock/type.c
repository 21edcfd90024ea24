/*
 * GetTypeByName and GetNameByType: service types, which are GUIDs, and their names.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Types that programs have installed come first; then those that are made of a port,
 * by the names in the services file.
 */
#include "mswsock.h"

#include "find.h"

WINE_DEFAULT_DEBUG_CHANNEL(mswsock);

/* {type and port, 0, 0, C000000000000046} */
#define TYPE_TCP 0x00090000
#define TYPE_UDP 0x000a0000

static const GUID port_type = {0, 0, 0, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

static BOOL type_of_port(const char *name, const char *protocol, DWORD kind, GUID *type)
{
    struct servent *service = getservbyname(name, protocol);

    if (!service) return FALSE;
    *type = port_type;
    type->Data1 = kind | ntohs(service->s_port);
    return TRUE;
}

static BOOL find_type(const WCHAR *name, GUID *type)
{
    char narrow[256];

    if (__ws2_class_by_name(name, type)) return TRUE;
    if (!WideCharToMultiByte(CP_ACP, 0, name, -1, narrow, sizeof(narrow), NULL, NULL)) return FALSE;
    return type_of_port(narrow, "tcp", TYPE_TCP, type) || type_of_port(narrow, "udp", TYPE_UDP, type);
}

/* Both calls: 0, or SOCKET_ERROR with ERROR_SERVICE_DOES_NOT_EXIST for what is not known. */
int WINAPI GetTypeByNameW(WCHAR *name, GUID *type)
{
    WSADATA data;
    BOOL found;
    int err;

    TRACE("name %s, type %p\n", debugstr_w(name), type);

    if (!name || !type) return mswsock_fail(ERROR_INVALID_PARAMETER);
    if ((err = WSAStartup(MAKEWORD(2, 2), &data))) return mswsock_fail(err);
    found = find_type(name, type);
    WSACleanup();
    return found ? 0 : mswsock_fail(ERROR_SERVICE_DOES_NOT_EXIST);
}

int WINAPI GetTypeByNameA(char *name, GUID *type)
{
    WCHAR *wide;
    int ret;

    if (!widen(name, &wide)) return mswsock_fail(ERROR_NOT_ENOUGH_MEMORY);
    ret = GetTypeByNameW(wide, type);
    heap_free(wide);
    return ret;
}

static BOOL find_name(GUID *type, WCHAR name[256])
{
    DWORD len = 256, kind = type->Data1 & 0xffff0000;
    struct servent *service;

    if (!WSAGetServiceClassNameByClassIdW(type, name, &len)) return TRUE;
    if (memcmp(&type->Data2, &port_type.Data2, sizeof(GUID) - offsetof(GUID, Data2))) return FALSE;
    if (kind != TYPE_TCP && kind != TYPE_UDP) return FALSE;
    service = getservbyport(htons(type->Data1 & 0xffff), kind == TYPE_TCP ? "tcp" : "udp");
    return service && MultiByteToWideChar(CP_ACP, 0, service->s_name, -1, name, 256);
}

/* len: characters with the terminator; ERROR_INSUFFICIENT_BUFFER if they are too few. */
int WINAPI GetNameByTypeW(GUID *type, WCHAR *name, DWORD len)
{
    WCHAR found[256];
    WSADATA data;
    BOOL known;
    int err;

    TRACE("type %s, name %p, len %lu\n", debugstr_guid(type), name, len);

    if (!type || !name) return mswsock_fail(ERROR_INVALID_PARAMETER);
    if ((err = WSAStartup(MAKEWORD(2, 2), &data))) return mswsock_fail(err);
    known = find_name(type, found);
    WSACleanup();
    if (!known) return mswsock_fail(ERROR_SERVICE_DOES_NOT_EXIST);
    if (wcslen(found) >= len) return mswsock_fail(ERROR_INSUFFICIENT_BUFFER);
    wcscpy(name, found);
    return 0;
}

int WINAPI GetNameByTypeA(GUID *type, char *name, DWORD len)
{
    WCHAR wide[256];

    if (!name) return mswsock_fail(ERROR_INVALID_PARAMETER);
    if (GetNameByTypeW(type, wide, ARRAY_COUNT(wide))) return SOCKET_ERROR;
    if (WideCharToMultiByte(CP_ACP, 0, wide, -1, name, len, NULL, NULL)) return 0;
    return mswsock_fail(ERROR_INSUFFICIENT_BUFFER);
}
