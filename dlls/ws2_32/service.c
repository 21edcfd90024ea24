/*
 * Looking services up: WSALookupServiceBegin, Next and End.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A lookup asks each namespace provider that takes its query, in the catalog's
 * order, when its first answer is wanted, and then hands the answers out. Bluetooth
 * is asked when the lookup begins, as on Windows: WSALookupServiceBegin takes the time
 * then, and tells if nothing was found.
 */
#include "private.h"

#include "finder.h"
#include "guarded.h"
#include "namespace.h"
#include "nsp.h"
#include "service.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define MAX_SOURCES 32

struct finder
{
    const GUID *id;
    BOOL (*accepts)(const struct query *query, DWORD flags);
    int (*find)(const struct query *query, DWORD flags, struct answer **answers);
    BOOL at_once; /* when the lookup begins; and what its answers hold may be said later */
};

static const struct finder finders[] = {
    {&namespace_dns_id, dns_accepts, dns_find, FALSE},
    {&namespace_nla_id, nla_accepts, nla_find, FALSE},
    {&namespace_bth_id, bth_accepts, bth_find, TRUE},
};

/* Whom a lookup asks: one of our own, or an installed provider. */
struct source
{
    const struct finder *finder; /* or NULL */
    struct nsp_lookup other;
};

struct service_lookup
{
    struct service_lookup *next;
    LONG refs;
    BOOL ended;
    CRITICAL_SECTION busy; /* held by the thread that fetches an answer */
    struct query query;
    DWORD flags;
    struct source sources[MAX_SOURCES];
    unsigned int source_count, source_next; /* those from next on still have answers */
    struct answer *answers;                 /* not yet handed out */
    BOOL found_any;
    BOOL late_flags; /* those of WSALookupServiceNext count, too */
};

static SRWLOCK lookups_lock = SRWLOCK_INIT;
static struct service_lookup *lookups;

static void end_sources(struct service_lookup *lookup)
{
    unsigned int i;

    for (i = 0; i < lookup->source_count; i++) nsp_end(&lookup->sources[i].other);
}

static void lookup_release(struct service_lookup *lookup)
{
    unsigned int i;

    if (InterlockedDecrement(&lookup->refs)) return;
    end_sources(lookup);
    for (i = 0; i < lookup->source_count; i++) nsp_release(&lookup->sources[i].other);
    answers_free(&lookup->answers);
    queryset_free(&lookup->query);
    DeleteCriticalSection(&lookup->busy);
    heap_free(lookup);
}

/* The lookup of a handle with a reference, taken off the list if remove. */
static struct service_lookup *lookup_get(HANDLE handle, BOOL remove)
{
    struct service_lookup **at, *found;

    AcquireSRWLockExclusive(&lookups_lock);
    for (at = &lookups; *at && *at != handle; at = &(*at)->next) continue;
    if ((found = *at))
    {
        if (remove)
        {
            *at = found->next;
            found->ended = TRUE;
        }
        else
            InterlockedIncrement(&found->refs);
    }
    ReleaseSRWLockExclusive(&lookups_lock);
    return found;
}

static BOOL is_asked(const struct namespace_item *item, const struct query *query)
{
    if (!item->active) return FALSE;
    if (query->name_space != NS_ALL && query->name_space != item->name_space) return FALSE;
    return !query->has_provider || IsEqualGUID(&query->provider, &item->id);
}

static const struct finder *finder_of(const struct namespace_item *item, const struct query *query,
                                      DWORD flags)
{
    unsigned int i;

    for (i = 0; i < ARRAY_COUNT(finders); i++)
        if (IsEqualGUID(finders[i].id, &item->id) && finders[i].accepts(query, flags)) return &finders[i];
    return NULL;
}

/* 0 if the provider takes the query. */
static int begin_source(struct source *source, const struct namespace_item *item, const struct query *query,
                        DWORD flags)
{
    if (!namespace_is_own(&item->id)) return nsp_begin(item, query, flags, &source->other);
    source->finder = finder_of(item, query, flags);
    return source->finder ? 0 : WSASERVICE_NOT_FOUND;
}

/* Nothing is left to ask of it afterwards. */
static int ask_at_once(struct service_lookup *lookup, struct source *source)
{
    int err = source->finder->find(&lookup->query, lookup->flags, &lookup->answers);

    source->finder = NULL;
    if (!err) lookup->found_any = lookup->late_flags = TRUE;
    return err;
}

/* Providers that fail or refuse do not hinder others. */
static int choose_sources(struct service_lookup *lookup)
{
    struct namespace_item *items;
    int err, last = WSASERVICE_NOT_FOUND;
    unsigned int i, count;

    if (!namespace_load(STORE_NATIVE, &items, &count)) return WSA_NOT_ENOUGH_MEMORY;
    for (i = 0; i < count && lookup->source_count < MAX_SOURCES; i++)
    {
        struct source *source = &lookup->sources[lookup->source_count];

        if (!is_asked(&items[i], &lookup->query)) continue;
        err = begin_source(source, &items[i], &lookup->query, lookup->flags);
        if (!err && source->finder && source->finder->at_once)
        {
            if ((err = ask_at_once(lookup, source))) last = err;
        }
        else if (!err)
            lookup->source_count++;
        else if (!namespace_is_own(&items[i].id))
            last = err;
    }
    heap_free(items);
    return lookup->source_count || lookup->answers ? 0 : last;
}

static int begin(const void *application, BOOL wide, DWORD flags, HANDLE *handle)
{
    struct service_lookup *lookup;
    HANDLE none = NULL;
    int err;

    if (!application || !guarded_write(handle, &none, sizeof(none))) return WSAEFAULT;
    if (!(lookup = heap_zalloc(sizeof(*lookup)))) return WSA_NOT_ENOUGH_MEMORY;
    lookup->refs = 1;
    lookup->flags = flags;
    InitializeCriticalSection(&lookup->busy);
    err = wide ? queryset_read_wide(&lookup->query, application)
               : queryset_read_ansi(&lookup->query, application);
    if (!err) err = choose_sources(lookup);
    if (err)
    {
        lookup_release(lookup);
        return err;
    }
    AcquireSRWLockExclusive(&lookups_lock);
    lookup->next = lookups;
    lookups = lookup;
    ReleaseSRWLockExclusive(&lookups_lock);
    TRACE("lookup %p\n", lookup);
    return guarded_write(handle, &lookup, sizeof(lookup)) ? 0 : WSAEFAULT;
}

static int service_outcome(int err)
{
    SetLastError(err);
    if (!err) return 0;
    TRACE("error %d\n", err);
    return SOCKET_ERROR;
}

/* flags: LUP_*. A query of the wrong dwSize is WSAEINVAL; one that no provider
 * takes, WSASERVICE_NOT_FOUND. */
int WINAPI WSALookupServiceBeginA(WSAQUERYSETA *query, DWORD flags, HANDLE *handle)
{
    TRACE("query %p, flags %#lx, handle %p\n", query, flags, handle);
    if (!startup_done()) return SOCKET_ERROR;
    return service_outcome(begin(query, FALSE, flags, handle));
}

int WINAPI WSALookupServiceBeginW(WSAQUERYSETW *query, DWORD flags, HANDLE *handle)
{
    TRACE("query %p, flags %#lx, handle %p\n", query, flags, handle);
    if (!startup_done()) return SOCKET_ERROR;
    return service_outcome(begin(query, TRUE, flags, handle));
}

/* Asks on until there is an answer; the last provider's error if none had one. */
static int fetch(struct service_lookup *lookup)
{
    int err = WSA_E_NO_MORE;

    while (!lookup->answers && lookup->source_next < lookup->source_count)
    {
        struct source *source = &lookup->sources[lookup->source_next];

        if (source->finder)
        {
            lookup->source_next++;
            err = source->finder->find(&lookup->query, lookup->flags, &lookup->answers);
        }
        else if ((err = nsp_next(&source->other, lookup->flags, &lookup->answers)))
        {
            lookup->source_next++;
            nsp_end(&source->other);
        }
    }
    if (lookup->answers) return lookup->found_any = TRUE, 0;
    return lookup->found_any ? WSA_E_NO_MORE : err;
}

static int next(struct service_lookup *lookup, BOOL wide, DWORD flags, DWORD *size, void *application)
{
    struct answer *answer;
    int err;

    if (flags & LUP_FLUSHPREVIOUS && (answer = lookup->answers))
    {
        lookup->answers = answer->next;
        answer_free(answer);
    }
    if ((err = fetch(lookup))) return err;
    if (lookup->ended) return WSA_E_CANCELLED;
    answer = lookup->answers;
    /* What an answer holds was mostly decided when the lookup began. */
    flags = lookup->late_flags ? lookup->flags | flags : lookup->flags;
    err = answer_write(answer, &lookup->query, flags, wide, size, application);
    if (err) return err;
    lookup->answers = answer->next;
    answer_free(answer);
    return 0;
}

static int lookup_next(HANDLE handle, BOOL wide, DWORD flags, DWORD *size, void *application)
{
    struct service_lookup *lookup;
    int err;

    if (!size || !application) return WSAEFAULT;
    if (!(lookup = lookup_get(handle, FALSE))) return WSA_INVALID_HANDLE;
    EnterCriticalSection(&lookup->busy);
    err = next(lookup, wide, flags, size, application);
    LeaveCriticalSection(&lookup->busy);
    lookup_release(lookup);
    return err;
}

/* A buffer of too few bytes is WSAEFAULT with the bytes needed in *size, and the
 * answer stays; LUP_FLUSHPREVIOUS passes it over. The end is WSA_E_NO_MORE. */
int WINAPI WSALookupServiceNextA(HANDLE handle, DWORD flags, DWORD *size, WSAQUERYSETA *results)
{
    TRACE("handle %p, flags %#lx, size %p, results %p\n", handle, flags, size, results);
    if (!startup_done()) return SOCKET_ERROR;
    return service_outcome(lookup_next(handle, FALSE, flags, size, results));
}

int WINAPI WSALookupServiceNextW(HANDLE handle, DWORD flags, DWORD *size, WSAQUERYSETW *results)
{
    TRACE("handle %p, flags %#lx, size %p, results %p\n", handle, flags, size, results);
    if (!startup_done()) return SOCKET_ERROR;
    return service_outcome(lookup_next(handle, TRUE, flags, size, results));
}

/* Ends a WSALookupServiceNext of another thread with WSA_E_CANCELLED. */
int WINAPI WSALookupServiceEnd(HANDLE handle)
{
    struct service_lookup *lookup;

    TRACE("handle %p\n", handle);
    if (!startup_done()) return SOCKET_ERROR;
    if (!(lookup = lookup_get(handle, TRUE))) return service_outcome(WSA_INVALID_HANDLE);
    end_sources(lookup);
    lookup_release(lookup);
    return 0;
}

enum service_kind service_kind(HANDLE handle)
{
    struct service_lookup *lookup = lookup_get(handle, FALSE);
    enum service_kind kind = SERVICE_NAMES;
    unsigned int i;

    if (!lookup) return SERVICE_NONE;
    for (i = 0; i < lookup->source_count; i++)
        if (lookup->sources[i].finder && lookup->sources[i].finder->find == nla_find) kind = SERVICE_NETWORKS;
    lookup_release(lookup);
    return kind;
}

int service_ioctl(HANDLE handle, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size,
                  DWORD *returned, WSACOMPLETION *completion)
{
    struct service_lookup *lookup = lookup_get(handle, FALSE);
    int err = SERVICE_IOCTL_OWN;

    if (!lookup) return WSA_INVALID_HANDLE;
    if (lookup->source_count == 1 && !lookup->sources[0].finder)
        err = nsp_ioctl(&lookup->sources[0].other, code, in, in_size, out, out_size, returned, completion);
    lookup_release(lookup);
    return err;
}
