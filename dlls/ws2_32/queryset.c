/*
 * Copying service queries in, and answers out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * WSAQUERYSETA and WSAQUERYSETW differ in what their strings are made of only,
 * so one piece of code serves both.
 */
#include "private.h"

#include "guarded.h"
#include "pack.h"
#include "queryset.h"
#include "text.h"

C_ASSERT(sizeof(WSAQUERYSETA) == sizeof(WSAQUERYSETW));

static int read_guid(const GUID *from, GUID *to, BOOL *has)
{
    *has = from != NULL;
    return !from || guarded_read(to, from, sizeof(*to)) ? 0 : WSAEFAULT;
}

static int read_blob(struct query *query, const BLOB *application)
{
    BLOB blob = {0, NULL};

    if (application && !guarded_read(&blob, application, sizeof(blob))) return WSAEFAULT;
    if (!blob.cbSize) return 0;
    if (!(query->blob = heap_alloc(blob.cbSize))) return WSA_NOT_ENOUGH_MEMORY;
    query->blob_size = blob.cbSize;
    return guarded_read(query->blob, blob.pBlobData, blob.cbSize) ? 0 : WSAEFAULT;
}

static SOCKADDR *copy_sockaddr(SOCKET_ADDRESS *address, char **at)
{
    SOCKADDR *copy = (SOCKADDR *)*at;

    if (!address->lpSockaddr) return NULL;
    memcpy(copy, address->lpSockaddr, address->iSockaddrLength);
    *at += (address->iSockaddrLength + 7) & ~7;
    return copy;
}

CSADDR_INFO *addresses_copy(const CSADDR_INFO *from, DWORD count)
{
    SIZE_T size = count * sizeof(*from);
    CSADDR_INFO *to;
    char *at;
    DWORD i;

    for (i = 0; i < count; i++)
        size +=
            ((from[i].LocalAddr.iSockaddrLength + 7) & ~7) + ((from[i].RemoteAddr.iSockaddrLength + 7) & ~7);
    if (!(to = heap_alloc(size))) return NULL;
    at = (char *)(to + count);
    memcpy(to, from, count * sizeof(*to));
    for (i = 0; i < count; i++)
    {
        to[i].LocalAddr.lpSockaddr = copy_sockaddr(&to[i].LocalAddr, &at);
        to[i].RemoteAddr.lpSockaddr = copy_sockaddr(&to[i].RemoteAddr, &at);
    }
    return to;
}

#define MAX_ADDRESSES 256

static int read_address(SOCKET_ADDRESS *address, SOCKADDR_STORAGE *room)
{
    if (address->iSockaddrLength < 0 || address->iSockaddrLength > (int)sizeof(*room)) return WSAEINVAL;
    if (!address->lpSockaddr) return 0;
    if (!guarded_read(room, address->lpSockaddr, address->iSockaddrLength)) return WSAEFAULT;
    address->lpSockaddr = (SOCKADDR *)room;
    return 0;
}

/* What a registration says of where the service is: the array, and the addresses behind it. */
static int read_addresses(struct query *query, const CSADDR_INFO *application, DWORD count)
{
    SOCKADDR_STORAGE *room;
    CSADDR_INFO *infos;
    int err = 0;
    DWORD i;

    if (!application || !count) return 0;
    if (count > MAX_ADDRESSES) return WSAEINVAL;
    if (!(infos = heap_alloc(count * (sizeof(*infos) + 2 * sizeof(*room))))) return WSA_NOT_ENOUGH_MEMORY;
    query->addresses = infos; /* queryset_free's, whatever comes of it */
    room = (SOCKADDR_STORAGE *)(infos + count);
    if (!guarded_read(infos, application, count * sizeof(*infos))) return WSAEFAULT;
    for (i = 0; i < count && !err; i++)
        if (!(err = read_address(&infos[i].LocalAddr, room++)))
            err = read_address(&infos[i].RemoteAddr, room++);
    if (!err) query->address_count = count;
    return err;
}

/* What our own providers have no use for. */
static int read_rest(struct query *query, const WSAQUERYSETW *set, BOOL wide)
{
    int err;

    if ((err = text_copy_any(set->lpszComment, wide, &query->comment))) return err;
    if ((err = text_copy_any(set->lpszContext, wide, &query->context))) return err;
    query->has_version = set->lpVersion != NULL;
    if (set->lpVersion && !guarded_read(&query->version, set->lpVersion, sizeof(query->version)))
        return WSAEFAULT;
    if ((err = read_addresses(query, set->lpcsaBuffer, set->dwNumberOfCsAddrs))) return err;
    return read_blob(query, set->lpBlob);
}

static int read_query(struct query *query, const void *application, BOOL wide)
{
    WSAQUERYSETW set;
    int err;

    memset(query, 0, sizeof(*query));
    if (!guarded_read(&set, application, sizeof(set))) return WSAEFAULT;
    if (set.dwSize < sizeof(set)) return WSAEINVAL;
    if ((err = text_copy_any(set.lpszServiceInstanceName, wide, &query->name))) return err;
    if ((err = text_copy_any(set.lpszQueryString, wide, &query->query_string))) return err;
    if ((err = read_guid(set.lpServiceClassId, &query->service_class, &query->has_class))) return err;
    if ((err = read_guid(set.lpNSProviderId, &query->provider, &query->has_provider))) return err;
    query->name_space = set.dwNameSpace;
    if ((err = read_rest(query, &set, wide))) return err;
    if (!set.lpafpProtocols) return 0;
    if (set.dwNumberOfProtocols > ARRAY_COUNT(query->families)) return WSAEINVAL;
    query->family_count = set.dwNumberOfProtocols;
    if (!guarded_read(query->families, set.lpafpProtocols, query->family_count * sizeof(query->families[0])))
        return WSAEFAULT;
    return 0;
}

int queryset_read_wide(struct query *query, const WSAQUERYSETW *application)
{
    return read_query(query, application, TRUE);
}

int queryset_read_ansi(struct query *query, const WSAQUERYSETA *application)
{
    return read_query(query, application, FALSE);
}

void queryset_free(struct query *query)
{
    heap_free(query->name);
    heap_free(query->query_string);
    heap_free(query->comment);
    heap_free(query->context);
    heap_free(query->addresses);
    heap_free(query->blob);
    memset(query, 0, sizeof(*query));
}

struct answer *answer_new(void)
{
    return heap_zalloc(sizeof(struct answer));
}

void answer_free(struct answer *answer)
{
    heap_free(answer->name);
    heap_free(answer->comment);
    heap_free(answer->query_string);
    heap_free(answer->addresses);
    heap_free(answer->blob);
    heap_free(answer);
}

void answers_free(struct answer **answers)
{
    struct answer *next;

    for (; *answers; *answers = next)
    {
        next = (*answers)->next;
        answer_free(*answers);
    }
}

static void pack_address(struct pack *pack, SOCKET_ADDRESS *address)
{
    address->lpSockaddr = pack_aligned(pack, address->lpSockaddr, address->iSockaddrLength);
}

static CSADDR_INFO *pack_addresses(struct pack *pack, const struct answer *answer)
{
    CSADDR_INFO *to = pack_aligned(pack, answer->addresses, answer->address_count * sizeof(*to));
    CSADDR_INFO one;
    DWORD i;

    for (i = 0; i < answer->address_count; i++)
    {
        one = answer->addresses[i];
        pack_address(pack, &one.LocalAddr);
        pack_address(pack, &one.RemoteAddr);
        if (to) to[i] = one;
    }
    return to;
}

static SIZE_T pack_answer(char *base, const struct answer *answer, const struct query *query, DWORD flags,
                          BOOL wide)
{
    struct pack pack = {base, 0};
    WSAQUERYSETW set, *to = pack_take(&pack, sizeof(set));
    BLOB blob;

    memset(&set, 0, sizeof(set));
    set.dwSize = sizeof(set);
    set.dwNameSpace = answer->name_space;
    set.dwOutputFlags = answer->output_flags;
    set.lpNSProviderId = pack_aligned(&pack, &answer->provider, sizeof(answer->provider));
    if (flags & LUP_RETURN_TYPE)
        set.lpServiceClassId = pack_aligned(&pack, &answer->service_class, sizeof(answer->service_class));
    if (flags & LUP_RETURN_ADDR && answer->address_count)
    {
        set.dwNumberOfCsAddrs = answer->address_count;
        set.lpcsaBuffer = pack_addresses(&pack, answer);
    }
    if (flags & LUP_RETURN_BLOB && answer->blob_size)
    {
        blob.cbSize = answer->blob_size;
        blob.pBlobData = pack_aligned(&pack, answer->blob, answer->blob_size);
        set.lpBlob = pack_aligned(&pack, &blob, sizeof(blob));
    }
    if (flags & LUP_RETURN_VERSION && answer->has_version)
        set.lpVersion = pack_aligned(&pack, &answer->version, sizeof(answer->version));
    if (flags & LUP_RETURN_COMMENT) set.lpszComment = pack_text(&pack, answer->comment, wide);
    if (flags & LUP_RETURN_NAME) set.lpszServiceInstanceName = pack_text(&pack, answer->name, wide);
    if (flags & LUP_RETURN_QUERY_STRING)
        set.lpszQueryString =
            pack_text(&pack, answer->query_string ? answer->query_string : query->query_string, wide);
    if (to) *to = set;
    return pack.used;
}

int answer_write(const struct answer *answer, const struct query *query, DWORD flags, BOOL wide, DWORD *size,
                 void *application)
{
    int error = guarded_room(application, size, pack_answer(NULL, answer, query, flags, wide));

    if (!error) pack_answer(application, answer, query, flags, wide);
    return error;
}
