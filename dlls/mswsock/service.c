/*
 * GetService and SetService: what is known of services, and registering them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Winsock 1.1's forms of WSALookupService and WSASetService, by which namespace
 * providers are reached. Asynchronous calls were never there: async must be NULL.
 */
#include "mswsock.h"

#include "find.h"
#include "pack.h"

WINE_DEFAULT_DEBUG_CHANNEL(mswsock);

/* As nspapi.h of the SDK has it; Wine's has not. Both forms have one layout. */
struct service_info
{
    DWORD name_space;
    SERVICE_INFOW info;
};

C_ASSERT(sizeof(SERVICE_INFOA) == sizeof(SERVICE_INFOW));

static SERVICE_ADDRESSES *pack_addresses(struct pack *pack, const WSAQUERYSETW *set)
{
    SERVICE_ADDRESSES *to;
    DWORD i;

    if (!set->dwNumberOfCsAddrs) return NULL;
    pack->used = (pack->used + 7) & ~(SIZE_T)7;
    to = pack_take(pack, offsetof(SERVICE_ADDRESSES, Addresses[set->dwNumberOfCsAddrs]));
    if (to) to->dwAddressCount = set->dwNumberOfCsAddrs;
    for (i = 0; i < set->dwNumberOfCsAddrs; i++)
    {
        const SOCKET_ADDRESS *from = &set->lpcsaBuffer[i].RemoteAddr;
        BYTE *copy = pack_aligned(pack, from->lpSockaddr, from->iSockaddrLength);

        if (!to) continue;
        memset(&to->Addresses[i], 0, sizeof(to->Addresses[i]));
        to->Addresses[i].dwAddressType = from->lpSockaddr->sa_family;
        to->Addresses[i].dwAddressLength = from->iSockaddrLength;
        to->Addresses[i].lpAddress = copy;
    }
    return to;
}

static void pack_answer(struct pack *pack, struct service_info *to, const struct answer *answer,
                        const GUID *type, BOOL wide)
{
    const WSAQUERYSETW *set = &answer->set;
    struct service_info one = {.name_space = set->dwNameSpace};

    one.info.lpServiceType = pack_aligned(pack, type, sizeof(*type));
    one.info.lpServiceName = pack_text(pack, set->lpszServiceInstanceName, wide);
    one.info.lpComment = pack_text(pack, set->lpszComment, wide);
    if (set->lpVersion) one.info.dwVersion = set->lpVersion->dwVersion;
    one.info.lpServiceAddress = pack_addresses(pack, set);
    if (to) *to = one;
}

static SIZE_T pack_answers(char *base, const struct answer *answers, const GUID *type, BOOL wide, int total)
{
    struct pack pack = {base, total * sizeof(struct service_info)};
    struct service_info *to = (struct service_info *)base;

    for (; answers; answers = answers->next)
    {
        pack_answer(&pack, to, answers, type, wide);
        if (to) to++;
    }
    return pack.used;
}

static int give_services(const struct answer *answers, const GUID *type, void *buffer, DWORD *size, BOOL wide)
{
    const struct answer *answer;
    int count = 0;
    SIZE_T needed;

    for (answer = answers; answer; answer = answer->next) count++;
    if (!count) return mswsock_fail(ERROR_SERVICE_NOT_FOUND);
    needed = pack_answers(NULL, answers, type, wide, count);
    if (!buffer || *size < needed)
    {
        *size = needed;
        return mswsock_fail(ERROR_INSUFFICIENT_BUFFER);
    }
    pack_answers(buffer, answers, type, wide, count);
    return count;
}

#define PROPERTIES_COMMENT 0x1
#define PROPERTIES_VERSION 0x8
#define PROPERTIES_ADDRESSES 0x100
#define PROPERTIES_ALL 0x80000000

static DWORD lookup_flags(DWORD properties)
{
    DWORD flags = LUP_RETURN_NAME;

    if (properties & (PROPERTIES_ALL | PROPERTIES_COMMENT)) flags |= LUP_RETURN_COMMENT;
    if (properties & (PROPERTIES_ALL | PROPERTIES_VERSION)) flags |= LUP_RETURN_VERSION;
    if (properties & (PROPERTIES_ALL | PROPERTIES_ADDRESSES)) flags |= LUP_RETURN_ADDR;
    return flags;
}

static int get_service(DWORD name_space, const GUID *type, const WCHAR *name, DWORD properties, void *buffer,
                       DWORD *size, const SERVICE_ASYNC_INFO *async, BOOL wide)
{
    struct answer *answers;
    int err, ret;

    TRACE("name_space %lu, type %s, name %s, properties %#lx, buffer %p, size %p\n", name_space,
          debugstr_guid(type), debugstr_w(name), properties, buffer, size);

    if (!type || !size || async) return mswsock_fail(ERROR_INVALID_PARAMETER);
    if ((err = find_all(name_space, type, name, lookup_flags(properties), &answers)))
        return mswsock_fail(err == WSASERVICE_NOT_FOUND ? ERROR_SERVICE_NOT_FOUND : err);
    ret = give_services(answers, type, buffer, size, wide);
    find_free(answers);
    return ret;
}

/* The number of NS_SERVICE_INFOs in the buffer of *size bytes; too few are
 * ERROR_INSUFFICIENT_BUFFER with those needed. properties: PROP_*. */
int WINAPI GetServiceW(DWORD name_space, GUID *type, WCHAR *name, DWORD properties, void *buffer, DWORD *size,
                       SERVICE_ASYNC_INFO *async)
{
    return get_service(name_space, type, name, properties, buffer, size, async, TRUE);
}

int WINAPI GetServiceA(DWORD name_space, GUID *type, char *name, DWORD properties, void *buffer, DWORD *size,
                       SERVICE_ASYNC_INFO *async)
{
    WCHAR *wide;
    int ret;

    if (!widen(name, &wide)) return mswsock_fail(ERROR_NOT_ENOUGH_MEMORY);
    ret = get_service(name_space, type, wide, properties, buffer, size, async, FALSE);
    heap_free(wide);
    return ret;
}

enum operation
{
    OPERATION_REGISTER = 1,
    OPERATION_DEREGISTER,
    OPERATION_FLUSH,
    OPERATION_ADD_TYPE,
    OPERATION_DELETE_TYPE
};

#define MAX_ADDRESSES 64

static int register_service(DWORD name_space, WSAESETSERVICEOP operation, const SERVICE_INFOW *info)
{
    WSAQUERYSETW query = {.dwSize = sizeof(query)};
    CSADDR_INFO addresses[MAX_ADDRESSES];
    DWORD i;

    memset(addresses, 0, sizeof(addresses));
    query.lpszServiceInstanceName = info->lpServiceName;
    query.lpServiceClassId = info->lpServiceType;
    query.lpszComment = info->lpComment;
    query.dwNameSpace = name_space;
    query.lpcsaBuffer = addresses;
    if (info->lpServiceAddress) query.dwNumberOfCsAddrs = info->lpServiceAddress->dwAddressCount;
    if (query.dwNumberOfCsAddrs > MAX_ADDRESSES) return ERROR_INVALID_PARAMETER;
    for (i = 0; i < query.dwNumberOfCsAddrs; i++)
    {
        const SERVICE_ADDRESS *from = &info->lpServiceAddress->Addresses[i];

        addresses[i].LocalAddr.lpSockaddr = (SOCKADDR *)from->lpAddress;
        addresses[i].LocalAddr.iSockaddrLength = from->dwAddressLength;
        addresses[i].RemoteAddr = addresses[i].LocalAddr;
    }
    return WSASetServiceW(&query, operation, 0) ? GetLastError() : 0;
}

#define MAX_VALUES 32

/* The type's name and values come in the service's own information. */
static int add_type(const SERVICE_INFOW *info)
{
    const SERVICE_TYPE_INFO_ABSW *type = (void *)info->ServiceSpecificInfo.pBlobData;
    WSANSCLASSINFOW values[MAX_VALUES];
    WSASERVICECLASSINFOW class;
    DWORD i;

    if (!type || type->dwValueCount > MAX_VALUES) return ERROR_INVALID_PARAMETER;
    for (i = 0; i < type->dwValueCount; i++)
        values[i] = (WSANSCLASSINFOW){
            .lpszName = (void *)type->Values[i].lpValueName, /* narrow in Wine's header */
            .dwNameSpace = type->Values[i].dwNameSpace,
            .dwValueType = type->Values[i].dwValueType,
            .dwValueSize = type->Values[i].dwValueSize,
            .lpValue = type->Values[i].lpValue,
        };
    class = (WSASERVICECLASSINFOW){info->lpServiceType, type->lpTypeName, type->dwValueCount, values};
    return WSAInstallServiceClassW(&class) ? GetLastError() : 0;
}

static int set_service(DWORD name_space, DWORD operation, const SERVICE_INFOW *info)
{
    WSADATA data;
    int err;

    if ((err = WSAStartup(MAKEWORD(2, 2), &data))) return err;
    switch (operation)
    {
    case OPERATION_REGISTER: err = register_service(name_space, RNRSERVICE_REGISTER, info); break;
    case OPERATION_DEREGISTER: err = register_service(name_space, RNRSERVICE_DEREGISTER, info); break;
    case OPERATION_FLUSH: break; /* everything is registered at once */
    case OPERATION_ADD_TYPE: err = add_type(info); break;
    case OPERATION_DELETE_TYPE: err = WSARemoveServiceClass(info->lpServiceType) ? GetLastError() : 0; break;
    default: err = ERROR_INVALID_PARAMETER;
    }
    WSACleanup();
    return err;
}

/* operation: SERVICE_REGISTER and so on; 0, or SOCKET_ERROR. *status is 0 as long as
 * no provider is asked asynchronously. */
int WINAPI SetServiceW(DWORD name_space, DWORD operation, DWORD flags, SERVICE_INFOW *info,
                       SERVICE_ASYNC_INFO *async, DWORD *status)
{
    int err;

    TRACE("name_space %lu, operation %lu, flags %#lx, info %p\n", name_space, operation, flags, info);

    if (!info || !info->lpServiceType || async) return mswsock_fail(ERROR_INVALID_PARAMETER);
    if (status) *status = 0;
    err = set_service(name_space, operation, info);
    return err ? mswsock_fail(err) : 0;
}

/* Only add_type looks at the values. */
static SERVICE_TYPE_INFO_ABSW *widen_type(const SERVICE_TYPE_INFO_ABSA *from)
{
    SERVICE_TYPE_INFO_ABSW *to;
    BOOL ok;
    DWORD i;

    if (from->dwValueCount > MAX_VALUES) return NULL;
    if (!(to = heap_alloc(offsetof(SERVICE_TYPE_INFO_ABSW, Values[MAX_VALUES])))) return NULL;
    memcpy(to, from, offsetof(SERVICE_TYPE_INFO_ABSW, Values[from->dwValueCount]));
    ok = widen(from->lpTypeName, &to->lpTypeName);
    for (i = 0; i < from->dwValueCount; i++)
        ok &= widen(from->Values[i].lpValueName, &to->Values[i].lpValueName);
    return to;
}

static void free_type(SERVICE_TYPE_INFO_ABSW *type)
{
    DWORD i;

    if (!type) return;
    for (i = 0; i < type->dwValueCount; i++) heap_free(type->Values[i].lpValueName);
    heap_free(type->lpTypeName);
    heap_free(type);
}

int WINAPI SetServiceA(DWORD name_space, DWORD operation, DWORD flags, SERVICE_INFOA *info,
                       SERVICE_ASYNC_INFO *async, DWORD *status)
{
    SERVICE_TYPE_INFO_ABSW *type = NULL;
    SERVICE_INFOW wide;
    int ret;

    if (!info) return mswsock_fail(ERROR_INVALID_PARAMETER);
    memcpy(&wide, info, sizeof(wide));
    wide.lpServiceName = wide.lpComment = wide.lpLocale = NULL;
    if (operation == OPERATION_ADD_TYPE && info->ServiceSpecificInfo.pBlobData)
        wide.ServiceSpecificInfo.pBlobData =
            (BYTE *)(type = widen_type((void *)info->ServiceSpecificInfo.pBlobData));
    if (widen(info->lpServiceName, &wide.lpServiceName) && widen(info->lpComment, &wide.lpComment))
        ret = SetServiceW(name_space, operation, flags, &wide, async, status);
    else
        ret = mswsock_fail(ERROR_NOT_ENOUGH_MEMORY);
    heap_free(wide.lpServiceName);
    heap_free(wide.lpComment);
    free_type(type);
    return ret;
}
