/*
 * Installed namespace providers: loading them and asking them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A provider is loaded when it is first asked, and runs until the last WSACleanup and
 * the last lookup there. One that does not start is tried again the next time.
 */
#include "private.h"

#include "nsp.h"
#include "text.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct nsp
{
    struct nsp *next;
    LONG refs; /* one is the list's */
    GUID id;
    HMODULE module;
    NSP_ROUTINE routines;
};

enum
{
    CATALOG_UNREAD,
    CATALOG_OWN,
    CATALOG_OTHERS
};

/* A provider may look something up while it starts. */
static CRITICAL_SECTION lock = {NULL, -1, 0, 0, 0, 0};
static struct nsp *running;
static LONG catalog_state;

static int nsp_failed(const struct namespace_item *item, const char *why, int err)
{
    WARN("namespace provider %s, %s: %s, error %d\n", debugstr_w(item->name), debugstr_w(item->path), why,
         err);
    return err;
}

/* All but NSPIoctl, which older ones lack. */
static BOOL is_complete(const NSP_ROUTINE *routines)
{
    return routines->NSPCleanup && routines->NSPLookupServiceBegin && routines->NSPLookupServiceNext &&
           routines->NSPLookupServiceEnd && routines->NSPSetService && routines->NSPInstallServiceClass &&
           routines->NSPRemoveServiceClass && routines->NSPGetServiceClassInfo;
}

static int start(struct nsp *nsp, const struct namespace_item *item)
{
    WCHAR path[MAX_PATH];
    DWORD len = ExpandEnvironmentStringsW(item->path, path, ARRAY_COUNT(path));
    LPNSPSTARTUP startup;

    if (!len || len > ARRAY_COUNT(path) || !(nsp->module = LoadLibraryW(path)))
        return nsp_failed(item, "its DLL does not load", WSAEPROVIDERFAILEDINIT);
    if (!(startup = (void *)GetProcAddress(nsp->module, "NSPStartup")))
        return nsp_failed(item, "its DLL has no NSPStartup", WSAEPROVIDERFAILEDINIT);
    nsp->routines.cbSize = sizeof(nsp->routines);
    if (startup(&nsp->id, &nsp->routines))
        return nsp_failed(item, "its NSPStartup failed", WSAEPROVIDERFAILEDINIT);
    if (is_complete(&nsp->routines)) return 0;
    if (nsp->routines.NSPCleanup) nsp->routines.NSPCleanup(&nsp->id);
    return nsp_failed(item, "its table of routines is incomplete", WSAEINVALIDPROCTABLE);
}

static int load(const struct namespace_item *item, struct nsp **nsp)
{
    int err;

    if (!(*nsp = heap_zalloc(sizeof(**nsp)))) return WSA_NOT_ENOUGH_MEMORY;
    (*nsp)->id = item->id;
    if (!(err = start(*nsp, item)))
    {
        (*nsp)->refs = 1;
        (*nsp)->next = running;
        running = *nsp;
        TRACE("started %s, %s\n", debugstr_w(item->name), debugstr_w(item->path));
        return 0;
    }
    if ((*nsp)->module) FreeLibrary((*nsp)->module);
    heap_free(*nsp);
    return err;
}

/* With a reference for the caller. */
static int acquire(const struct namespace_item *item, struct nsp **nsp)
{
    int err = 0;

    EnterCriticalSection(&lock);
    for (*nsp = running; *nsp && !IsEqualGUID(&(*nsp)->id, &item->id); *nsp = (*nsp)->next) continue;
    if (!*nsp) err = load(item, nsp);
    if (!err) InterlockedIncrement(&(*nsp)->refs);
    LeaveCriticalSection(&lock);
    return err;
}

static void release(struct nsp *nsp)
{
    if (InterlockedDecrement(&nsp->refs)) return;
    nsp->routines.NSPCleanup(&nsp->id);
    FreeLibrary(nsp->module);
    heap_free(nsp);
}

void nsp_cleanup(void)
{
    struct nsp *nsp;

    remote_cleanup();
    EnterCriticalSection(&lock);
    while ((nsp = running))
    {
        running = nsp->next;
        release(nsp);
    }
    InterlockedExchange(&catalog_state, CATALOG_UNREAD);
    LeaveCriticalSection(&lock);
}

/* Providers report through the last error. */
static int provider_error(void)
{
    int err = GetLastError();

    if (err == WSAENOMORE) return WSA_E_NO_MORE; /* as Winsock 2.0 had it */
    return err ? err : WSANO_RECOVERY;
}

/* A query as providers get it; its parts belong to the query. */
struct asked
{
    WSAQUERYSETW set;
    WSASERVICECLASSINFOW class_info;
    WSAVERSION version;
    BLOB blob;
};

static void ask(struct asked *asked, const struct query *query, const GUID *provider)
{
    memset(asked, 0, sizeof(*asked));
    asked->set.dwSize = sizeof(asked->set);
    asked->set.lpszServiceInstanceName = query->name;
    asked->set.lpszQueryString = query->query_string;
    asked->set.lpszComment = query->comment;
    asked->set.lpszContext = query->context;
    asked->set.dwNameSpace = query->name_space;
    asked->set.lpNSProviderId = (GUID *)provider;
    if (query->has_class)
    {
        asked->set.lpServiceClassId = (GUID *)&query->service_class;
        asked->class_info.lpServiceClassId = (GUID *)&query->service_class;
    }
    if (query->has_version)
    {
        asked->version = query->version;
        asked->set.lpVersion = &asked->version;
    }
    if (query->family_count)
    {
        asked->set.dwNumberOfProtocols = query->family_count;
        asked->set.lpafpProtocols = (AFPROTOCOLS *)query->families;
    }
    if (query->blob_size)
    {
        asked->blob.cbSize = query->blob_size;
        asked->blob.pBlobData = query->blob;
        asked->set.lpBlob = &asked->blob;
    }
    asked->set.dwNumberOfCsAddrs = query->address_count;
    asked->set.lpcsaBuffer = query->addresses;
}

/* For providers of the second version, which have no classes. */
static WSAQUERYSET2W second_version(const WSAQUERYSETW *set)
{
    return (WSAQUERYSET2W){
        .dwSize = sizeof(WSAQUERYSET2W),
        .lpszServiceInstanceName = set->lpszServiceInstanceName,
        .lpVersion = set->lpVersion,
        .lpszComment = set->lpszComment,
        .dwNameSpace = set->dwNameSpace,
        .lpNSProviderId = set->lpNSProviderId,
        .lpszContext = set->lpszContext,
        .dwNumberOfProtocols = set->dwNumberOfProtocols,
        .lpafpProtocols = set->lpafpProtocols,
        .lpszQueryString = set->lpszQueryString,
        .dwNumberOfCsAddrs = set->dwNumberOfCsAddrs,
        .lpcsaBuffer = set->lpcsaBuffer,
        .lpBlob = set->lpBlob,
    };
}

/* A provider that is in no DLL is there while somebody advertises it. */
static int without_remote(const struct namespace_item *item, int err)
{
    return err == REMOTE_NONE && item->name_space == NS_EMAIL ? WSASERVICE_NOT_FOUND : err;
}

static int begin_remote(const struct namespace_item *item, const struct query *query, DWORD flags,
                        struct nsp_lookup *lookup)
{
    struct asked asked;
    WSAQUERYSET2W set;

    ask(&asked, query, &item->id);
    set = second_version(&asked.set);
    return without_remote(item, remote_begin(&item->id, &set, flags, &lookup->remote));
}

int nsp_begin(const struct namespace_item *item, const struct query *query, DWORD flags,
              struct nsp_lookup *lookup)
{
    struct asked asked;
    int err;

    lookup->handle = NULL;
    lookup->provider = NULL;
    if ((err = begin_remote(item, query, flags, lookup)) != REMOTE_NONE) return err;
    if ((err = acquire(item, &lookup->provider))) return err;
    ask(&asked, query, &lookup->provider->id);
    SetLastError(0);
    err = lookup->provider->routines.NSPLookupServiceBegin(&lookup->provider->id, &asked.set,
                                                           query->has_class ? &asked.class_info : NULL, flags,
                                                           &lookup->handle);
    if (!err) return 0;
    err = provider_error();
    TRACE("namespace provider %s: error %d\n", debugstr_w(item->name), err);
    nsp_release(lookup);
    return err;
}

void nsp_end(struct nsp_lookup *lookup)
{
    HANDLE handle = InterlockedExchangePointer(&lookup->handle, NULL);

    remote_end(&lookup->remote);
    if (handle) lookup->provider->routines.NSPLookupServiceEnd(handle);
}

void nsp_release(struct nsp_lookup *lookup)
{
    remote_release(&lookup->remote);
    if (lookup->provider) release(lookup->provider);
    lookup->provider = NULL;
}

static int copy_text(const WCHAR *from, WCHAR **to)
{
    if (!from) return 0;
    if (!(*to = heap_alloc((wcslen(from) + 1) * sizeof(WCHAR)))) return WSA_NOT_ENOUGH_MEMORY;
    wcscpy(*to, from);
    return 0;
}

static int copy_answer(const WSAQUERYSETW *set, const GUID *provider, struct answer *answer)
{
    int err;

    answer->provider = set->lpNSProviderId ? *set->lpNSProviderId : *provider;
    answer->name_space = set->dwNameSpace;
    answer->output_flags = set->dwOutputFlags;
    if (set->lpServiceClassId) answer->service_class = *set->lpServiceClassId;
    if (set->lpVersion)
    {
        answer->has_version = TRUE;
        answer->version = *set->lpVersion;
    }
    if ((err = copy_text(set->lpszServiceInstanceName, &answer->name))) return err;
    if ((err = copy_text(set->lpszComment, &answer->comment))) return err;
    if ((err = copy_text(set->lpszQueryString, &answer->query_string))) return err;
    if (set->lpcsaBuffer && set->dwNumberOfCsAddrs)
    {
        answer->addresses = addresses_copy(set->lpcsaBuffer, set->dwNumberOfCsAddrs);
        if (!answer->addresses) return WSA_NOT_ENOUGH_MEMORY;
        answer->address_count = set->dwNumberOfCsAddrs;
    }
    if (set->lpBlob && set->lpBlob->cbSize)
    {
        if (!(answer->blob = heap_alloc(set->lpBlob->cbSize))) return WSA_NOT_ENOUGH_MEMORY;
        memcpy(answer->blob, set->lpBlob->pBlobData, set->lpBlob->cbSize);
        answer->blob_size = set->lpBlob->cbSize;
    }
    return 0;
}

#define FIRST_SIZE 4096
#define MAX_SIZE 0x1000000

/* What the provider writes, in a heap block as large as it wants. */
static int next_set(struct nsp_lookup *lookup, DWORD flags, WSAQUERYSETW **set)
{
    DWORD size = FIRST_SIZE, room;
    HANDLE handle;
    int err;

    for (;;)
    {
        if (!(handle = lookup->handle)) return WSA_E_CANCELLED;
        room = size;
        if (!(*set = heap_zalloc(room))) return WSA_NOT_ENOUGH_MEMORY;
        (*set)->dwSize = sizeof(**set);
        SetLastError(0);
        if (!lookup->provider->routines.NSPLookupServiceNext(handle, flags, &size, *set)) return 0;
        err = provider_error();
        heap_free(*set);
        if (err != WSAEFAULT || size <= room || size > MAX_SIZE) return err;
    }
}

static int take_answer(const WSAQUERYSETW *set, const GUID *id, struct answer **answer)
{
    int err;

    if (!(*answer = answer_new())) return WSA_NOT_ENOUGH_MEMORY;
    if ((err = copy_answer(set, id, *answer)))
    {
        answer_free(*answer);
        *answer = NULL;
    }
    return err;
}

static int next_remote(struct remote_lookup *lookup, DWORD flags, struct answer **answer)
{
    WSAQUERYSET2W *set;
    int err = remote_next(lookup, flags, &set);

    if (err) return err;
    err = take_answer(
        &(WSAQUERYSETW){
            .lpszServiceInstanceName = set->lpszServiceInstanceName,
            .lpVersion = set->lpVersion,
            .lpszComment = set->lpszComment,
            .dwNameSpace = set->dwNameSpace,
            .lpNSProviderId = set->lpNSProviderId,
            .lpszQueryString = set->lpszQueryString,
            .dwNumberOfCsAddrs = set->dwNumberOfCsAddrs,
            .lpcsaBuffer = set->lpcsaBuffer,
            .dwOutputFlags = set->dwOutputFlags,
            .lpBlob = set->lpBlob,
        },
        &lookup->id, answer);
    heap_free(set);
    return err;
}

int nsp_next(struct nsp_lookup *lookup, DWORD flags, struct answer **answer)
{
    WSAQUERYSETW *set;
    int err;

    if (lookup->remote.pipe) return next_remote(&lookup->remote, flags, answer);
    if ((err = next_set(lookup, flags, &set))) return err;
    err = take_answer(set, &lookup->provider->id, answer);
    heap_free(set);
    return err;
}

int nsp_ioctl(struct nsp_lookup *lookup, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size,
              DWORD *returned, WSACOMPLETION *completion)
{
    const NSP_ROUTINE *routines;
    HANDLE handle = lookup->handle;

    if (lookup->remote.pipe) return WSAEOPNOTSUPP;
    if (!handle) return WSA_INVALID_HANDLE;
    routines = &lookup->provider->routines;
    if (routines->cbSize < sizeof(*routines) || !routines->NSPIoctl) return WSAEOPNOTSUPP;
    SetLastError(0);
    if (!routines->NSPIoctl(handle, code, in, in_size, out, out_size, returned, completion, NULL)) return 0;
    return provider_error();
}

int nsp_set_service(const struct namespace_item *item, const struct query *query, WSAESETSERVICEOP operation,
                    DWORD flags)
{
    WSAQUERYSET2W second;
    struct asked asked;
    struct nsp *nsp;
    int err;

    ask(&asked, query, &item->id);
    second = second_version(&asked.set);
    err = without_remote(item, remote_set_service(&item->id, &second, operation, flags));
    if (err != REMOTE_NONE) return err;
    if ((err = acquire(item, &nsp))) return err;
    SetLastError(0);
    if (nsp->routines.NSPSetService(&nsp->id, &asked.class_info, &asked.set, operation, flags))
        err = provider_error();
    release(nsp);
    return err;
}

static void tell_class(const struct namespace_item *item, const GUID *id, const WSASERVICECLASSINFOW *info)
{
    struct nsp *nsp;
    int ret;

    if (acquire(item, &nsp)) return;
    if (info)
        ret = nsp->routines.NSPInstallServiceClass(&nsp->id, (WSASERVICECLASSINFOW *)info);
    else
        ret = nsp->routines.NSPRemoveServiceClass(&nsp->id, (GUID *)id);
    TRACE("%s: %d\n", debugstr_w(item->name), ret);
    release(nsp);
}

void nsp_tell_class(const GUID *id, const WSASERVICECLASSINFOW *info)
{
    struct namespace_item *items;
    unsigned int i, count;

    if (!namespace_load(STORE_NATIVE, &items, &count)) return;
    for (i = 0; i < count; i++)
        if (items[i].active && items[i].name_space != NS_EMAIL && !namespace_is_own(&items[i].id))
            tell_class(&items[i], id, info);
    heap_free(items);
}

BOOL nsp_installed(void)
{
    struct namespace_item *items;
    unsigned int i, count;
    LONG state = CATALOG_OWN;

    if (ReadNoFence(&catalog_state) == CATALOG_UNREAD)
    {
        if (!store_has_namespaces())
        {
            InterlockedExchange(&catalog_state, CATALOG_OWN);
            return FALSE;
        }
        if (!namespace_load(STORE_NATIVE, &items, &count)) return FALSE;
        for (i = 0; i < count; i++)
            if (!namespace_is_own(&items[i].id)) state = CATALOG_OTHERS;
        heap_free(items);
        InterlockedExchange(&catalog_state, state);
    }
    return catalog_state == CATALOG_OTHERS;
}

/* DNS record types as service classes, by which getaddrinfo asks. */
static GUID record_class(WORD record)
{
    const GUID id = {0x00090035, 0, record, {0xc0, 0, 0, 0, 0, 0, 0, 0x46}};

    return id;
}

static int add_answer(const struct answer *answer, int family, struct lookup *lookup)
{
    struct ws2_address address;
    char *name;
    DWORD i;
    int err = 0;

    for (i = 0; i < answer->address_count && !err; i++)
        if (answer->addresses[i].RemoteAddr.lpSockaddr &&
            lookup_from_sockaddr(answer->addresses[i].RemoteAddr.lpSockaddr, &address) &&
            address.family == family)
            err = lookup_add_address(lookup, &address);
    if (!err && !lookup->name_count && answer->address_count && answer->name &&
        (name = text_narrow(answer->name, CP_UTF8)))
    {
        err = lookup_add_name(lookup, name);
        heap_free(name);
    }
    return err;
}

#define WANTED (LUP_RETURN_NAME | LUP_RETURN_ADDR)

static int resolve_at(const struct namespace_item *item, const WCHAR *name, int family, struct lookup *lookup)
{
    struct query query = {
        .name = (WCHAR *)name,
        .has_class = TRUE,
        .service_class = record_class(family == AF_INET ? 1 : 28),
        .name_space = NS_ALL,
        .family_count = 1,
        .families = {{family, 0}},
    };
    struct nsp_lookup at;
    struct answer *answer;
    int err = 0;

    if (nsp_begin(item, &query, WANTED, &at)) return 0;
    while (!err && !nsp_next(&at, WANTED, &answer))
    {
        err = add_answer(answer, family, lookup);
        answer_free(answer);
    }
    nsp_end(&at);
    nsp_release(&at);
    return err;
}

/* IPv6 first, as Windows lists them. */
static int resolve_families(const struct namespace_item *item, const WCHAR *name, int family,
                            struct lookup *lookup)
{
    int err = family != AF_INET ? resolve_at(item, name, AF_INET6, lookup) : 0;

    return err || family == AF_INET6 ? err : resolve_at(item, name, AF_INET, lookup);
}

int nsp_resolve_in(const WCHAR *name, int family, DWORD name_space, const GUID *id, struct lookup *lookup)
{
    struct namespace_item *items;
    unsigned int i, count, matching = 0;
    int err = 0;

    if (!namespace_load(STORE_NATIVE, &items, &count)) return WSA_NOT_ENOUGH_MEMORY;
    for (i = 0; i < count && !err; i++)
    {
        if (!items[i].active || namespace_is_own(&items[i].id)) continue;
        if (name_space != NS_ALL && items[i].name_space != name_space) continue;
        if (id && !IsEqualGUID(&items[i].id, id)) continue;
        matching++;
        if (lookup) err = resolve_families(&items[i], name, family, lookup);
    }
    heap_free(items);
    return matching ? err : WSASERVICE_NOT_FOUND;
}

int nsp_resolve(const WCHAR *name, int family, BOOL before_dns, struct lookup *lookup)
{
    struct namespace_item *items;
    unsigned int i, count;
    BOOL before = TRUE;
    int err = 0;

    if (!namespace_load(STORE_NATIVE, &items, &count)) return WSA_NOT_ENOUGH_MEMORY;
    for (i = 0; i < count && !err; i++)
    {
        if (IsEqualGUID(&items[i].id, &namespace_dns_id)) before = FALSE;
        if (before != before_dns || !items[i].active || namespace_is_own(&items[i].id)) continue;
        err = resolve_families(&items[i], name, family, lookup);
    }
    heap_free(items);
    return err;
}
