/*
 * Registering service instances, and namespace providers that run in
 * applications.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

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

/* Every installed provider of the name space is told; one that takes it is enough.
 * Neither DNS nor network location does, so without any it ends where Windows ends
 * without a provider for it: WSASERVICE_NOT_FOUND. */
static int tell_providers(const struct query *query, WSAESETSERVICEOP operation, DWORD flags)
{
    struct namespace_item *items;
    BOOL taken = FALSE;
    int err, last = WSASERVICE_NOT_FOUND;
    unsigned int i, count;

    if (!namespace_load(STORE_NATIVE, &items, &count)) return WSA_NOT_ENOUGH_MEMORY;
    for (i = 0; i < count; i++)
    {
        if (!items[i].active || namespace_is_own(&items[i].id)) continue;
        if (query->name_space != NS_ALL && query->name_space != items[i].name_space) continue;
        if (query->has_provider && !IsEqualGUID(&query->provider, &items[i].id)) continue;
        if ((err = nsp_set_service(&items[i], query, operation, flags)))
            last = err;
        else
            taken = TRUE;
    }
    heap_free(items);
    return taken ? 0 : last;
}

static int set_service(struct query *query, int read_error, WSAESETSERVICEOP operation, DWORD flags)
{
    int err = read_error;

    if (!err && (operation < RNRSERVICE_REGISTER || operation > RNRSERVICE_DELETE)) err = WSAEINVAL;
    if (!err && (!query->has_class || !query->name)) err = WSAEINVAL;
    if (!err) err = tell_providers(query, operation, flags);
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

/* NSPV2_ROUTINE: what a provider of the second kind offers. */
struct provider_routines
{
    DWORD size;
    void *startup, *cleanup;
    void *lookup_begin, *lookup_next, *lookup_end; /* required */
    void *set_service, *session_rundown;
};

/* Windows has advertised providers answer the user's other processes; there they
 * answer for e-mail names only, which nothing here asks for. They are kept, so
 * that advertising and its opposite fit together. */
struct advertised
{
    struct advertised *next;
    GUID id;
    struct provider_routines routines;
};

static SRWLOCK advertised_lock = SRWLOCK_INIT;
static struct advertised *advertised;

static int check_provider(const GUID *id)
{
    struct namespace_item *items;
    unsigned int i, count;
    int err = WSAEINVALIDPROVIDER;

    if (!namespace_load(STORE_NATIVE, &items, &count)) return WSA_NOT_ENOUGH_MEMORY;
    for (i = 0; i < count; i++)
        if (IsEqualGUID(&items[i].id, id)) err = 0;
    heap_free(items);
    return err;
}

static int read_routines(struct provider_routines *routines, const struct provider_routines *application)
{
    memset(routines, 0, sizeof(*routines));
    if (!guarded_read(routines, application, sizeof(*routines))) return WSAEFAULT;
    if (!routines->lookup_begin || !routines->lookup_next || !routines->lookup_end) return WSAEINVAL;
    return 0;
}

int WINAPI WSAAdvertiseProvider(const GUID *id, const struct provider_routines *routines)
{
    struct advertised *entry;
    int err;

    TRACE("id %p, routines %p\n", id, routines);
    if (!startup_done()) return SOCKET_ERROR;
    if (!id || !routines) return register_outcome(WSAEINVAL);
    if (!(entry = heap_alloc(sizeof(*entry)))) return register_outcome(WSA_NOT_ENOUGH_MEMORY);
    err = guarded_read(&entry->id, id, sizeof(*id)) ? read_routines(&entry->routines, routines) : WSAEFAULT;
    if (!err) err = check_provider(&entry->id);
    if (err)
    {
        heap_free(entry);
        return register_outcome(err);
    }
    AcquireSRWLockExclusive(&advertised_lock);
    entry->next = advertised;
    advertised = entry;
    ReleaseSRWLockExclusive(&advertised_lock);
    return 0;
}

int WINAPI WSAUnadvertiseProvider(const GUID *application_id)
{
    struct advertised **at, *entry;
    GUID id;

    TRACE("id %p\n", application_id);
    if (!startup_done()) return SOCKET_ERROR;
    if (!application_id) return register_outcome(WSAEINVAL);
    if (!guarded_read(&id, application_id, sizeof(id))) return register_outcome(WSAEFAULT);
    AcquireSRWLockExclusive(&advertised_lock);
    for (at = &advertised; *at && !IsEqualGUID(&(*at)->id, &id); at = &(*at)->next) continue;
    if ((entry = *at)) *at = entry->next;
    ReleaseSRWLockExclusive(&advertised_lock);
    heap_free(entry);
    return register_outcome(entry ? 0 : WSAEINVALIDPROVIDER);
}

/* No Windows so far calls such providers asynchronously, so no handle is one of
 * a call. */
int WINAPI WSAProviderCompleteAsyncCall(HANDLE call, int result)
{
    TRACE("call %p, result %d\n", call, result);
    if (!startup_done()) return SOCKET_ERROR;
    return register_outcome(WSAEINVAL);
}
