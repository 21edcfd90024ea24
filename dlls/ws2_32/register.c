/*
 * Registering service instances.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "finder.h"
#include "guarded.h"
#include "namespace.h"
#include "nsp.h"
#include "queryset.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static int register_outcome(int err)
{
    SetLastError(err);
    return err ? SOCKET_ERROR : 0;
}

/* Of our own providers only Bluetooth takes services. */
static BOOL takes_services(const struct namespace_item *item)
{
    return IsEqualGUID(&item->id, &namespace_bth_id) || !namespace_is_own(&item->id);
}

static int tell(const struct namespace_item *item, const struct query *query, WSAESETSERVICEOP operation,
                DWORD flags)
{
    if (namespace_is_own(&item->id)) return bth_set_service(query, operation, flags);
    return nsp_set_service(item, query, operation, flags);
}

/* Every provider of the name space is told; one that takes it is enough. Without any it
 * ends where Windows ends without a provider for it: WSASERVICE_NOT_FOUND. */
int register_service(const struct query *query, WSAESETSERVICEOP operation, DWORD flags)
{
    struct namespace_item *items;
    BOOL taken = FALSE;
    int err, last = WSASERVICE_NOT_FOUND;
    unsigned int i, count;

    if (!namespace_load(STORE_NATIVE, &items, &count)) return WSA_NOT_ENOUGH_MEMORY;
    for (i = 0; i < count; i++)
    {
        if (!items[i].active || !takes_services(&items[i])) continue;
        if (query->name_space != NS_ALL && query->name_space != items[i].name_space) continue;
        if (query->has_provider && !IsEqualGUID(&query->provider, &items[i].id)) continue;
        if ((err = tell(&items[i], query, operation, flags)))
            last = err;
        else
            taken = TRUE;
    }
    heap_free(items);
    return taken ? 0 : last;
}

/* Bluetooth's services need no name, and those with a record of their own no class either. */
static BOOL is_complete(const struct query *query)
{
    if (query->name_space == NS_BTH) return query->has_class || query->blob_size;
    return query->has_class && query->name;
}

static int set_service(struct query *query, int read_error, WSAESETSERVICEOP operation, DWORD flags)
{
    int err = read_error;

    if (!err && (operation < RNRSERVICE_REGISTER || operation > RNRSERVICE_DELETE)) err = WSAEINVAL;
    if (!err && !is_complete(query)) err = WSAEINVAL;
    if (!err) err = register_service(query, operation, flags);
    queryset_free(query);
    return register_outcome(err);
}

int WINAPI WSASetServiceA(WSAQUERYSETA *application, WSAESETSERVICEOP operation, DWORD flags)
{
    struct query query;
    int err;

    TRACE("query %p, operation %d, flags %#lx\n", application, operation, flags);
    if (!startup_done()) return SOCKET_ERROR;
    err = queryset_read_ansi(&query, application);
    return set_service(&query, err, operation, flags);
}

int WINAPI WSASetServiceW(WSAQUERYSETW *application, WSAESETSERVICEOP operation, DWORD flags)
{
    struct query query;
    int err;

    TRACE("query %p, operation %d, flags %#lx\n", application, operation, flags);
    if (!startup_done()) return SOCKET_ERROR;
    err = queryset_read_wide(&query, application);
    return set_service(&query, err, operation, flags);
}
