/*
 * GetAddressByName: where a service is, or where it is to bind.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "mswsock.h"

#include "find.h"
#include "pack.h"

WINE_DEFAULT_DEBUG_CHANNEL(mswsock);

#ifndef RES_SERVICE
#define RES_SERVICE 4 /* the local addresses that the service binds to */
#endif

static BOOL wanted(const int *protocols, int protocol)
{
    if (!protocols) return TRUE;
    for (; *protocols; protocols++)
        if (*protocols == protocol) return TRUE;
    return FALSE;
}

static void *pack_sockaddr(struct pack *pack, const void *sockaddr, int len)
{
    void *at;

    pack->used = (pack->used + 7) & ~(SIZE_T)7;
    if ((at = pack_take(pack, len))) memcpy(at, sockaddr, len);
    return at;
}

/* What a service of this remote address binds to: any address, the same port. */
static void local_of(const CSADDR_INFO *info, SOCKADDR_STORAGE *local)
{
    memset(local, 0, sizeof(*local));
    local->ss_family = info->RemoteAddr.lpSockaddr->sa_family;
    ((SOCKADDR_IN *)local)->sin_port = ((SOCKADDR_IN *)info->RemoteAddr.lpSockaddr)->sin_port;
}

/* A service has one address to bind to a family and protocol. */
static BOOL seen(const struct answer *answers, const CSADDR_INFO *info)
{
    const struct answer *answer;
    DWORD i;

    for (answer = answers; answer; answer = answer->next)
        for (i = 0; i < answer->set.dwNumberOfCsAddrs; i++)
        {
            const CSADDR_INFO *other = &answer->set.lpcsaBuffer[i];

            if (other == info) return FALSE;
            if (other->iProtocol == info->iProtocol &&
                other->RemoteAddr.lpSockaddr->sa_family == info->RemoteAddr.lpSockaddr->sa_family)
                return TRUE;
        }
    return FALSE;
}

static void pack_info(struct pack *pack, CSADDR_INFO *to, const CSADDR_INFO *from, BOOL service)
{
    CSADDR_INFO info = *from;
    SOCKADDR_STORAGE local;

    local_of(from, &local);
    if (service)
    {
        info.LocalAddr.iSockaddrLength = from->RemoteAddr.iSockaddrLength;
        info.LocalAddr.lpSockaddr = pack_sockaddr(pack, &local, info.LocalAddr.iSockaddrLength);
    }
    else
        info.LocalAddr.lpSockaddr =
            pack_sockaddr(pack, from->LocalAddr.lpSockaddr, from->LocalAddr.iSockaddrLength);
    info.RemoteAddr.lpSockaddr =
        pack_sockaddr(pack, from->RemoteAddr.lpSockaddr, from->RemoteAddr.iSockaddrLength);
    if (to) *to = info;
}

/* The structures first, then the addresses. With a NULL base both are counted only. */
static SIZE_T pack_answers(char *base, const struct answer *answers, const int *protocols, BOOL service,
                           int total, int *count)
{
    struct pack pack = {base, total * sizeof(CSADDR_INFO)};
    const struct answer *answer;
    DWORD i;

    *count = 0;
    for (answer = answers; answer; answer = answer->next)
        for (i = 0; i < answer->set.dwNumberOfCsAddrs; i++)
        {
            const CSADDR_INFO *info = &answer->set.lpcsaBuffer[i];

            if (!wanted(protocols, info->iProtocol) || (service && seen(answers, info))) continue;
            pack_info(&pack, base ? (CSADDR_INFO *)base + *count : NULL, info, service);
            ++*count;
        }
    return pack.used;
}

/* Other names of the service, a string each and an empty one behind them. */
static SIZE_T alias_size(const struct answer *answers)
{
    SIZE_T size = 1;

    while (answers && (answers = answers->next))
        if (answers->set.lpszServiceInstanceName) size += wcslen(answers->set.lpszServiceInstanceName) + 1;
    return size;
}

static void copy_aliases(WCHAR *to, const struct answer *answers)
{
    while (answers && (answers = answers->next))
        if (answers->set.lpszServiceInstanceName)
        {
            wcscpy(to, answers->set.lpszServiceInstanceName);
            to += wcslen(to) + 1;
        }
    *to = 0;
}

static int give_addresses(const struct answer *answers, const int *protocols, BOOL service, void *buffer,
                          DWORD *size)
{
    int count;
    SIZE_T needed = pack_answers(NULL, answers, protocols, service, 0, &count);

    needed += count * sizeof(CSADDR_INFO);
    if (!count) return mswsock_fail(WSASERVICE_NOT_FOUND);
    if (!buffer || *size < needed)
    {
        *size = needed;
        return mswsock_fail(ERROR_INSUFFICIENT_BUFFER);
    }
    pack_answers(buffer, answers, protocols, service, count, &count);
    return count;
}

/*
 * The number of CSADDR_INFOs in the buffer, of *size bytes; too few are
 * ERROR_INSUFFICIENT_BUFFER with those needed. protocols is 0-terminated, or NULL for
 * all. resolution: RES_SERVICE for what to bind to; everything is searched for in any
 * case, so the other flags change nothing. aliases and its length in characters may
 * be NULL. Asynchronous calls were never there: async must be NULL.
 */
int WINAPI GetAddressByNameW(DWORD name_space, GUID *type, WCHAR *name, int *protocols, DWORD resolution,
                             SERVICE_ASYNC_INFO *async, void *buffer, DWORD *size, WCHAR *aliases,
                             DWORD *aliases_len)
{
    struct answer *answers;
    int err, ret;

    TRACE("name_space %lu, type %s, name %s, protocols %p, resolution %#lx, buffer %p, size %p\n", name_space,
          debugstr_guid(type), debugstr_w(name), protocols, resolution, buffer, size);

    if (!type || !size || async || (aliases && !aliases_len)) return mswsock_fail(ERROR_INVALID_PARAMETER);
    if ((err = find_all(name_space, type, resolution & RES_SERVICE ? NULL : name,
                        LUP_RETURN_NAME | LUP_RETURN_ADDR | LUP_RETURN_ALIASES, &answers)))
        return mswsock_fail(err);
    if (aliases && *aliases_len < alias_size(answers))
    {
        *aliases_len = alias_size(answers);
        ret = mswsock_fail(ERROR_INSUFFICIENT_BUFFER);
    }
    else if ((ret = give_addresses(answers, protocols, !!(resolution & RES_SERVICE), buffer, size)) > 0 &&
             aliases)
        copy_aliases(aliases, answers);
    find_free(answers);
    return ret;
}

int WINAPI GetAddressByNameA(DWORD name_space, GUID *type, char *name, int *protocols, DWORD resolution,
                             SERVICE_ASYNC_INFO *async, void *buffer, DWORD *size, char *aliases,
                             DWORD *aliases_len)
{
    DWORD wide_len = aliases && aliases_len ? *aliases_len : 0;
    WCHAR *wide_name, *wide_aliases = NULL;
    int ret;

    if (!widen(name, &wide_name)) return mswsock_fail(ERROR_NOT_ENOUGH_MEMORY);
    if (aliases) wide_aliases = heap_alloc((wide_len + 1) * sizeof(WCHAR));
    ret = GetAddressByNameW(name_space, type, wide_name, protocols, resolution, async, buffer, size,
                            wide_aliases, aliases ? &wide_len : NULL);
    if (ret > 0 && aliases)
    {
        const WCHAR *from = wide_aliases;
        SIZE_T used = 0;

        for (; *from && used + 1 < *aliases_len; from += wcslen(from) + 1)
            used +=
                WideCharToMultiByte(CP_ACP, 0, from, -1, aliases + used, *aliases_len - used - 1, NULL, NULL);
        aliases[used] = 0;
    }
    else if (aliases_len && aliases)
        *aliases_len = wide_len;
    heap_free(wide_aliases);
    heap_free(wide_name);
    return ret;
}
