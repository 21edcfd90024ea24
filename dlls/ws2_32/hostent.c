/*
 * gethostbyname, gethostbyaddr and gethostname.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "database.h"
#include "guarded.h"
#include "hostent.h"
#include "lookup.h"
#include "pack.h"
#include "startup.h"
#include "text.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* The order behind the structure is Windows's, and programs know it: aliases,
 * pointers to addresses, addresses, and the strings last. */
static SIZE_T put_hostent(const struct lookup *lookup, void *buffer)
{
    struct pack pack = {buffer, 0};
    struct hostent *host = pack_take(&pack, sizeof(*host)), ignored;
    const char *name = lookup->name_count ? lookup->names : "";
    unsigned int i, alias_count = lookup->name_count ? lookup->name_count - 1 : 0;
    char **aliases, **addresses;

    if (!host) host = &ignored;
    host->h_addrtype = lookup->addresses[0].family;
    host->h_length = host->h_addrtype == AF_INET ? 4 : 16;
    host->h_aliases = aliases = pack_pointers(&pack, alias_count);
    host->h_addr_list = addresses = pack_pointers(&pack, lookup->count);
    for (i = 0; i < lookup->count; i++)
    {
        char *address = pack_bytes(&pack, lookup->addresses[i].bytes, host->h_length);

        if (addresses) addresses[i] = address;
    }
    host->h_name = pack_string(&pack, name);
    for (i = 0; i < alias_count; i++)
    {
        char *alias = pack_string(&pack, name += strlen(name) + 1);

        if (aliases) aliases[i] = alias;
    }
    return pack.used;
}

SIZE_T hostent_pack(const struct lookup *lookup, void *buffer, SIZE_T size)
{
    SIZE_T needed = put_hostent(lookup, NULL);

    if (buffer && needed <= size) put_hostent(lookup, buffer);
    return needed;
}

static void replace_loopback(struct lookup *lookup)
{
    if (lookup->own_name && lookup->addresses[0].bytes[0] == 127)
        memcpy(lookup->addresses[0].bytes, lookup_magic_loopback, sizeof(lookup_magic_loopback));
}

int hostent_by_name(const char *name, struct lookup *lookup)
{
    WCHAR *wide = text_widen(name, CP_ACP);
    int error = WSAENOBUFS;

    if (wide) error = lookup_name(wide, AF_INET, LOOKUP_ALIASES, lookup);
    heap_free(wide);
    if (!error) replace_loopback(lookup);
    return error == WSA_NOT_ENOUGH_MEMORY ? WSAENOBUFS : error;
}

int hostent_by_address(const void *addr, int len, int family, struct lookup *lookup)
{
    struct ws2_address address = {0};
    int error;

    if (family != AF_INET && family != AF_INET6) return WSAEAFNOSUPPORT;
    if (len < (family == AF_INET ? 4 : 16)) return WSAEFAULT;
    address.family = family;
    memcpy(address.bytes, addr, family == AF_INET ? 4 : 16);
    if ((error = lookup_address(&address, lookup)))
        return error == WSA_NOT_ENOUGH_MEMORY ? WSAENOBUFS : error;
    if (!(lookup->addresses = heap_alloc(sizeof(address))))
    {
        lookup_free(lookup);
        return WSAENOBUFS;
    }
    lookup->addresses[0] = address;
    lookup->count = 1;
    return 0;
}

static struct hostent *give(struct lookup *lookup)
{
    struct thread_data *data = thread_data();
    SIZE_T size = hostent_pack(lookup, NULL, 0);
    struct hostent *host = data ? netdb_thread_block((void **)&data->host, size) : NULL;

    if (host)
    {
        hostent_pack(lookup, host, size);
        SetLastError(0);
    }
    lookup_free(lookup);
    return host;
}

/*
 * IPv4 only. No name and the own name give this computer's LAN addresses, the
 * one with the best route first. The result belongs to the thread, and lasts
 * until its next call. Errors: WSAHOST_NOT_FOUND, WSANO_DATA, WSATRY_AGAIN,
 * WSANO_RECOVERY, WSANOTINITIALISED, WSAEFAULT.
 */
struct hostent *WINAPI gethostbyname(const char *name)
{
    struct lookup lookup;
    char *copy = NULL;
    int error;

    TRACE("name %s\n", debugstr_a(name));
    if (!startup_done()) return NULL;
    if (!(error = text_copy(name ? name : "", &copy))) error = hostent_by_name(copy, &lookup);
    heap_free(copy);
    if (!error) return give(&lookup);
    SetLastError(error);
    return NULL;
}

/* addr is in network order, len its bytes: 4 for AF_INET, 16 for AF_INET6. */
struct hostent *WINAPI gethostbyaddr(const char *addr, int len, int family)
{
    struct lookup lookup;
    char copy[16] = {0};
    int error = 0;

    TRACE("addr %p, len %d, family %d\n", addr, len, family);
    if (!startup_done()) return NULL;
    if (!guarded_read(copy, addr, len < 0 ? 0 : min(len, 16))) error = WSAEFAULT;
    if (!error) error = hostent_by_address(copy, len, family, &lookup);
    if (!error) return give(&lookup);
    SetLastError(error);
    return NULL;
}

/* Both sizes are bytes, with the NUL; nothing is written if there is no room for all. */
static int give_name(const void *from, void *to, SIZE_T needed, SIZE_T size)
{
    if (to && needed <= size && guarded_write(to, from, needed)) return 0;
    SetLastError(WSAEFAULT);
    return SOCKET_ERROR;
}

/* The first label only. Not even WSAStartup is needed: Wine's wineboot names the
 * computer by this before any. WSAEFAULT: no buffer, or one that is too small. */
int WINAPI gethostname(char *name, int size)
{
    char own[256];
    int error;

    TRACE("name %p, size %d\n", name, size);
    if ((error = lookup_own_name(own)))
    {
        SetLastError(error);
        return SOCKET_ERROR;
    }
    return give_name(own, name, strlen(own) + 1, max(size, 0));
}

int WINAPI GetHostNameW(WCHAR *name, int size)
{
    char own[256];
    WCHAR *wide;
    int error, ret;

    TRACE("name %p, size %d\n", name, size);
    if (!startup_done()) return SOCKET_ERROR;
    if ((error = lookup_own_name(own)) || !(wide = text_widen(own, CP_UTF8)))
    {
        SetLastError(error ? error : WSAENOBUFS);
        return SOCKET_ERROR;
    }
    ret = give_name(wide, name, (wcslen(wide) + 1) * sizeof(WCHAR), max(size, 0) * sizeof(WCHAR));
    heap_free(wide);
    return ret;
}
