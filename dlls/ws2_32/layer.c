/*
 * Installed transport providers: finding, loading and starting them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A chain's catalog entry has the path of the topmost layer's DLL. That one is
 * loaded and started here, and loads and starts what is below it by itself, down
 * to the base provider, for which mswsock.dll stands in. Entries of one provider
 * id share one started provider. One that does not start is tried again by the
 * next socket.
 */
#include "private.h"

#include "catalog.h"
#include "category.h"
#include "handle.h"
#include "layer.h"
#include "provider.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct layer
{
    struct provider provider;
    struct layer *next;
    GUID id;
    char path[MAX_PATH];
    HMODULE module;
};

enum
{
    CATALOG_UNREAD,
    CATALOG_PLAIN,
    CATALOG_LAYERED
};

/* A provider may make sockets, or read the catalog, while it starts. */
static CRITICAL_SECTION lock = {NULL, -1, 0, 0, 0, 0};
static LONG catalog_state;
static struct catalog_item *items; /* what this process may use */
static unsigned int item_count;
static struct layer *layers; /* running */

BOOL layers_loaded;

static BOOL is_base(const struct catalog_item *item)
{
    return item->info.dwCatalogEntryId < CATALOG_FIRST_FREE_ID;
}

static const struct catalog_item *find_item(const struct catalog_item *all, unsigned int count, DWORD id)
{
    unsigned int i;

    for (i = 0; i < count; i++)
        if (all[i].info.dwCatalogEntryId == id) return &all[i];
    return NULL;
}

/* An entry is as good as every layer in it is permitted. */
static BOOL permitted(const struct catalog_item *item, const struct catalog_item *all, unsigned int count,
                      DWORD categories)
{
    const WSAPROTOCOLCHAIN *chain = &item->info.ProtocolChain;
    const struct catalog_item *layer;
    int i;

    if (chain->ChainLen == LAYERED_PROTOCOL) return category_permits(categories, &item->info.ProviderId);
    if (chain->ChainLen == BASE_PROTOCOL) return TRUE;
    for (i = 0; i < chain->ChainLen && i < MAX_PROTOCOL_CHAIN; i++)
    {
        layer = find_item(all, count, chain->ChainEntries[i]);
        if (layer && layer->info.ProtocolChain.ChainLen == LAYERED_PROTOCOL &&
            !category_permits(categories, &layer->info.ProviderId))
            return FALSE;
    }
    return TRUE;
}

unsigned int layer_keep_permitted(struct catalog_item *all, unsigned int count)
{
    struct catalog_item *kept;
    unsigned int i, kept_count = 0;
    DWORD categories;

    if (!category_of_process(&categories)) return count;
    if (!(kept = heap_alloc(count * sizeof(*kept)))) return count;
    for (i = 0; i < count; i++)
        if (permitted(&all[i], all, count, categories))
            kept[kept_count++] = all[i];
        else
            TRACE("%s is not permitted here\n", debugstr_w(all[i].info.szProtocol));
    memcpy(all, kept, kept_count * sizeof(*all));
    heap_free(kept);
    return kept_count;
}

static LONG read_catalog(void)
{
    if (!store_has_protocols()) return CATALOG_PLAIN;
    if (!catalog_load(STORE_NATIVE, &items, &item_count)) return CATALOG_PLAIN;
    item_count = layer_keep_permitted(items, item_count);
    return CATALOG_LAYERED;
}

BOOL layers_installed(void)
{
    if (ReadNoFence(&catalog_state) == CATALOG_UNREAD)
    {
        EnterCriticalSection(&lock);
        if (catalog_state == CATALOG_UNREAD) InterlockedExchange(&catalog_state, read_catalog());
        LeaveCriticalSection(&lock);
    }
    return catalog_state == CATALOG_LAYERED;
}

static struct layer *find_layer(const struct catalog_item *item)
{
    struct layer *layer;

    for (layer = layers; layer; layer = layer->next)
        if (IsEqualGUID(&layer->id, &item->info.ProviderId)) return layer;
    return NULL;
}

static HMODULE load_module(const char *path)
{
    char expanded[MAX_PATH];
    DWORD len = ExpandEnvironmentStringsA(path, expanded, ARRAY_COUNT(expanded));

    return len && len <= ARRAY_COUNT(expanded) ? LoadLibraryA(expanded) : NULL;
}

/* Why it did not start, for the trace; *err for WSASocket's caller. */
static const char *start(struct layer *layer, const struct catalog_item *item, int *err)
{
    WSAPROTOCOL_INFOW info = item->info;
    LPWSPSTARTUP startup;
    int ret;

    *err = WSAEPROVIDERFAILEDINIT;
    if (!(layer->module = load_module(item->path))) return "its DLL does not load";
    if (!(startup = (void *)GetProcAddress(layer->module, "WSPStartup"))) return "its DLL has no WSPStartup";
    ret = startup(MAKEWORD(2, 2), &layer->provider.data, &info, upcall_table, &layer->provider.table);
    if (ret)
    {
        TRACE("WSPStartup: error %d\n", ret);
        return "its WSPStartup failed";
    }
    if (!(*err = provider_check(&layer->provider))) return NULL;
    if (layer->provider.table.lpWSPCleanup) layer->provider.table.lpWSPCleanup(&ret);
    return *err == WSAEINVALIDPROVIDER ? "its version is not 2.2" : "its procedure table is incomplete";
}

static struct layer *load(const struct catalog_item *item, int *err)
{
    struct layer *layer = heap_zalloc(sizeof(*layer));
    const char *why;

    if (!layer)
    {
        *err = WSA_NOT_ENOUGH_MEMORY;
        return NULL;
    }
    layer->id = item->info.ProviderId;
    memcpy(layer->path, item->path, sizeof(layer->path));
    if (!(why = start(layer, item, err)))
    {
        layer->next = layers;
        layers = layer;
        layers_loaded = TRUE;
        TRACE("started %s, %s\n", debugstr_w(item->info.szProtocol), debugstr_a(item->path));
        return layer;
    }
    WARN("provider %s, entry %lu, %s: %s, error %d\n", debugstr_w(item->info.szProtocol),
         item->info.dwCatalogEntryId, debugstr_a(item->path), why, *err);
    if (layer->module) FreeLibrary(layer->module);
    heap_free(layer);
    return NULL;
}

/* Under the lock. */
static struct provider *provider_of_item(const struct catalog_item *item, int *err)
{
    struct layer *layer;

    if (is_base(item)) return provider_base();
    if (!(layer = find_layer(item))) layer = load(item, err);
    return layer ? &layer->provider : NULL;
}

/* A layer alone makes no sockets: it is there to be part of chains. */
static const struct catalog_item *choose(int family, int type, int protocol, const WSAPROTOCOL_INFOW *info,
                                         int *err)
{
    const struct catalog_item *item;

    if (info && (item = find_item(items, item_count, info->dwCatalogEntryId)) &&
        item->info.ProtocolChain.ChainLen != LAYERED_PROTOCOL)
        return item;
    return catalog_find_in(items, item_count, family, type, protocol, err);
}

struct provider *layer_choose(int family, int type, int protocol, const WSAPROTOCOL_INFOW *info,
                              WSAPROTOCOL_INFOW *entry, int *err)
{
    const struct catalog_item *item;
    struct provider *provider = NULL;

    EnterCriticalSection(&lock);
    if ((item = choose(family, type, protocol, info, err)) && (provider = provider_of_item(item, err)))
        *entry = item->info;
    LeaveCriticalSection(&lock);
    return provider;
}

struct provider *layer_of_entry(DWORD id, int *err)
{
    const struct catalog_item *item;
    struct provider *provider;

    EnterCriticalSection(&lock);
    item = find_item(items, item_count, id);
    provider = item ? provider_of_item(item, err) : provider_base();
    LeaveCriticalSection(&lock);
    return provider;
}

/* A layer may give the id of its own entry where a chain's was started. */
BOOL layer_running(DWORD id, struct provider **provider)
{
    const struct catalog_item *item;
    struct layer *layer;

    *provider = NULL;
    EnterCriticalSection(&lock);
    if ((item = find_item(items, item_count, id)) && !is_base(item))
    {
        layer = find_layer(item);
        if (!layer)
            for (layer = layers; layer && strcmp(layer->path, item->path); layer = layer->next) continue;
        if (layer) *provider = &layer->provider;
    }
    LeaveCriticalSection(&lock);
    return item || catalog_by_id(id);
}

static void forget_provider(struct socket_record *record, void *context)
{
    (void)context;
    record->provider = NULL;
}

void layer_cleanup(void)
{
    struct layer *layer;
    int err;

    handle_drain();
    EnterCriticalSection(&lock);
    if (layers) record_for_each(forget_provider, NULL);
    while ((layer = layers))
    {
        layers = layer->next;
        if (layer->provider.table.lpWSPCleanup(&err) == SOCKET_ERROR)
            WARN("WSPCleanup of %s failed, error %d\n", debugstr_a(layer->path), err);
        FreeLibrary(layer->module);
        heap_free(layer);
    }
    layers_loaded = FALSE;
    heap_free(items);
    items = NULL;
    item_count = 0;
    InterlockedExchange(&catalog_state, CATALOG_UNREAD);
    LeaveCriticalSection(&lock);
}
