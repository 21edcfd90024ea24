/*
 * Installing a layered provider with its protocol chains in one call.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The provider gets a hidden entry of its own, and above each protocol that it
 * layers over an entry whose chain names both. The chains come first in the
 * catalog, so that sockets find them before what they stand on.
 */
#include "private.h"

#include <ntsecapi.h>

#include "config.h"
#include "edit.h"
#include "guarded.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct chain_args
{
    GUID id;
    char path[MAX_PATH];
    WCHAR name[WSAPROTOCOL_LEN + 1];
    DWORD flags;
    WSAPROTOCOL_INFOW *wanted; /* or NULL for one of each kind */
    DWORD count;
};

#define MAX_WANTED 256

static int read_chain_args(struct chain_args *args, const GUID *id, const WCHAR *path, const WCHAR *name,
                           const WSAPROTOCOL_INFOW *wanted, DWORD count)
{
    int len, err;

    args->wanted = NULL;
    args->count = 0;
    if (!id || !path || !name || (wanted && (!count || count > MAX_WANTED))) return WSAEINVAL;
    if (!guarded_read(&args->id, id, sizeof(*id))) return WSAEFAULT;
    if ((err = edit_read_path(args->path, path))) return err;
    len = guarded_string(args->name, name, ARRAY_COUNT(args->name));
    if (len == GUARDED_FAULT) return WSAEFAULT;
    if (len <= 0) return WSAEINVAL;
    if (!wanted) return 0;
    if (!(args->wanted = heap_alloc(count * sizeof(*wanted)))) return WSAENOBUFS;
    args->count = count;
    return guarded_read(args->wanted, wanted, count * sizeof(*wanted)) ? 0 : WSAEFAULT;
}

static GUID random_guid(void)
{
    GUID id;

    RtlGenRandom(&id, sizeof(id));
    id.Data3 = (id.Data3 & 0x0fff) | 0x4000;
    id.Data4[0] = (id.Data4[0] & 0x3f) | 0x80;
    return id;
}

static BOOL same_kind(const WSAPROTOCOL_INFOW *a, const WSAPROTOCOL_INFOW *b)
{
    return a->iAddressFamily == b->iAddressFamily && a->iSocketType == b->iSocketType &&
           a->iProtocol == b->iProtocol;
}

/* The topmost entry of a kind that can carry a chain, from an index on. */
static const WSAPROTOCOL_INFOW *topmost(const struct edit *edit, unsigned int from,
                                        const WSAPROTOCOL_INFOW *kind)
{
    unsigned int i;

    for (i = from; i < edit->count; i++)
    {
        const WSAPROTOCOL_INFOW *info = &edit->items[i].info;

        if (info->ProtocolChain.ChainLen != LAYERED_PROTOCOL && same_kind(info, kind)) return info;
    }
    return NULL;
}

static void chain_name(WCHAR *name, const WCHAR *layer, const WCHAR *below)
{
    static const WCHAR over[] = L" over [";
    size_t len = wcslen(layer), room;

    memcpy(name, layer, (len + 1) * sizeof(*name));
    if (len + ARRAY_COUNT(over) + 1 > WSAPROTOCOL_LEN) return;
    wcscat(name, over);
    len = wcslen(name);
    room = WSAPROTOCOL_LEN - len - 1;
    lstrcpynW(name + len, below, room + 1);
    wcscat(name, L"]");
}

static int make_chain(WSAPROTOCOL_INFOW *chain, const WSAPROTOCOL_INFOW *below, const struct chain_args *args,
                      DWORD layer)
{
    int len = below->ProtocolChain.ChainLen;

    if (len >= MAX_PROTOCOL_CHAIN) return WSANO_RECOVERY;
    *chain = *below;
    chain->ProtocolChain.ChainLen = len + 1;
    chain->ProtocolChain.ChainEntries[0] = layer;
    if (len == BASE_PROTOCOL)
        chain->ProtocolChain.ChainEntries[1] = below->dwCatalogEntryId;
    else
        memcpy(chain->ProtocolChain.ChainEntries + 1, below->ProtocolChain.ChainEntries, len * sizeof(DWORD));
    chain->dwServiceFlags1 = (below->dwServiceFlags1 & ~XP1_IFS_HANDLES) | (args->flags & XP1_IFS_HANDLES);
    chain_name(chain->szProtocol, args->name, below->szProtocol);
    return 0;
}

/* The kinds to layer over, each once: those wanted, or all that there are. */
static int next_kind(const struct edit *edit, const struct chain_args *args, unsigned int index,
                     unsigned int first, const WSAPROTOCOL_INFOW **kind)
{
    unsigned int i;

    if (args->wanted)
    {
        *kind = index < args->count ? &args->wanted[index] : NULL;
        for (i = 0; *kind && i < index; i++)
            if (same_kind(&args->wanted[i], *kind)) return FALSE;
        return *kind != NULL;
    }
    *kind = first + index < edit->count ? &edit->items[first + index].info : NULL;
    return *kind && (*kind)->ProtocolChain.ChainLen != LAYERED_PROTOCOL &&
           topmost(edit, first, *kind) == *kind;
}

/* Chains are put in before what was there; first is where that begins now. */
static int insert_chains(struct edit *edit, const struct chain_args *args, DWORD layer)
{
    const WSAPROTOCOL_INFOW *kind, *below;
    unsigned int index, first = 0;
    WSAPROTOCOL_INFOW chain;
    GUID id;
    int err;

    for (index = 0;; index++)
    {
        BOOL use = next_kind(edit, args, index, first, &kind);

        if (!kind) break;
        if (!use) continue;
        if (!(below = topmost(edit, first, kind))) return WSAEINVAL;
        if ((err = make_chain(&chain, below, args, layer))) return err;
        id = random_guid();
        if (!edit_insert(edit, first++, &chain, &id, args->path)) return WSA_NOT_ENOUGH_MEMORY;
    }
    return first ? 0 : WSANO_RECOVERY;
}

static BOOL already_there(const struct edit *edit, const struct chain_args *args)
{
    unsigned int i;

    for (i = 0; i < edit->count; i++)
        if (!wcscmp(edit->items[i].info.szProtocol, args->name)) return TRUE;
    return edit_find_provider(edit, &args->id) != NULL;
}

static int install_chains(enum store_width width, const struct chain_args *args, DWORD *layer)
{
    struct catalog_item *entry;
    WSAPROTOCOL_INFOW info = {0};
    struct edit edit;
    int err = 0;

    info.dwServiceFlags1 = args->flags;
    info.dwProviderFlags = PFL_HIDDEN;
    info.iVersion = 2;
    info.ProtocolChain.ChainLen = LAYERED_PROTOCOL;
    wcscpy(info.szProtocol, args->name);

    if (!edit_begin(&edit, width)) return WSA_NOT_ENOUGH_MEMORY;
    if (already_there(&edit, args))
        err = WSAEINVAL;
    else if (!(entry = edit_insert(&edit, edit.count, &info, &args->id, args->path)))
        err = WSA_NOT_ENOUGH_MEMORY;
    else
        *layer = entry->info.dwCatalogEntryId;
    if (!err) err = insert_chains(&edit, args, *layer);
    if (!err) err = edit_save(&edit);
    edit_end(&edit);
    return err;
}

/* On a 64-bit Windows only the 64_32 form exists; here this one stands for the
 * process's own catalog in either. flags: XP1_IFS_HANDLES or 0. */
int WINAPI WSCInstallProviderAndChains(GUID *id, WCHAR *path, WCHAR *name, DWORD flags,
                                       WSAPROTOCOL_INFOW *wanted, DWORD count, DWORD *entry, int *err)
{
    struct chain_args args;
    DWORD layer;
    int error;

    TRACE("id %p, path %p, name %p, flags %#lx, wanted %p, count %lu, entry %p, err %p\n", id, path, name,
          flags, wanted, count, entry, err);
    error = read_chain_args(&args, id, path, name, wanted, count);
    args.flags = flags;
    if (!error) error = install_chains(STORE_NATIVE, &args, &layer);
    if (!error && entry && !guarded_write(entry, &layer, sizeof(layer))) error = WSAEFAULT;
    heap_free(args.wanted);
    return config_result(error ? SOCKET_ERROR : 0, error, err);
}

int WINAPI WSCInstallProviderAndChains64_32(GUID *id, WCHAR *path32, WCHAR *path64, WCHAR *name, DWORD flags,
                                            WSAPROTOCOL_INFOW *wanted, DWORD count, DWORD *entry32,
                                            DWORD *entry64, int *err)
{
    struct chain_args args;
    DWORD layer32 = 0, layer64 = 0;
    int error;

    TRACE("id %p, path32 %p, path64 %p, name %p, flags %#lx, wanted %p, count %lu, entries %p %p, err %p\n",
          id, path32, path64, name, flags, wanted, count, entry32, entry64, err);
    error = read_chain_args(&args, id, path64, name, wanted, count);
    args.flags = flags;
    if (!error) error = install_chains(STORE_NATIVE, &args, &layer64);
    if (!error && !(error = edit_read_path(args.path, path32)))
        error = install_chains(STORE_32, &args, &layer32);
    if (!error && entry32 && !guarded_write(entry32, &layer32, sizeof(layer32))) error = WSAEFAULT;
    if (!error && entry64 && !guarded_write(entry64, &layer64, sizeof(layer64))) error = WSAEFAULT;
    heap_free(args.wanted);
    return config_result(error ? SOCKET_ERROR : 0, error, err);
}
