/*
 * The WSC calls: installing, removing and ordering transport providers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All change the stored catalog under its lock: load what is there, change the
 * copy, write it back. A catalog that is back to what the host offers by itself
 * leaves no entries behind. Errors are those that the SDK documents; whatever
 * the registry refuses is WSANO_RECOVERY.
 */
#include "private.h"

#include <winreg.h>

#include "catalog.h"
#include "config.h"
#include "edit.h"
#include "guarded.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

int config_result(int ret, int error, int *err)
{
    if (ret != SOCKET_ERROR) return ret;
    TRACE("error %d\n", error);
    guarded_write(err, &error, sizeof(error));
    return SOCKET_ERROR;
}

static int config_outcome(int error, int *err)
{
    return config_result(error ? SOCKET_ERROR : 0, error, err);
}

int config_error(DWORD registry_error)
{
    switch (registry_error)
    {
    case ERROR_SUCCESS: return 0;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY: return WSA_NOT_ENOUGH_MEMORY;
    default: return WSANO_RECOVERY;
    }
}

/* What the installing calls have in common, copied from the application. */
struct provider_args
{
    GUID id;
    char path[MAX_PATH];
    WSAPROTOCOL_INFOW *infos;
    DWORD count;
};

static int read_infos(struct provider_args *args, const WSAPROTOCOL_INFOW *infos, DWORD count)
{
    DWORD i;

    args->count = count;
    if (!(args->infos = heap_alloc(count * sizeof(*infos)))) return WSAENOBUFS;
    if (!guarded_read(args->infos, infos, count * sizeof(*infos))) return WSAEFAULT;
    for (i = 0; i < count; i++)
    {
        if (args->infos[i].ProtocolChain.ChainLen < 0 ||
            args->infos[i].ProtocolChain.ChainLen > MAX_PROTOCOL_CHAIN)
            return WSAEINVAL;
        args->infos[i].szProtocol[WSAPROTOCOL_LEN] = 0;
    }
    return 0;
}

/* More entries than a provider could have mean a count that is no count. */
#define MAX_INFOS 256

static int read_provider_args(struct provider_args *args, const GUID *id, const WCHAR *path,
                              const WSAPROTOCOL_INFOW *infos, DWORD count)
{
    int err;

    args->infos = NULL;
    if (!guarded_read(&args->id, id, sizeof(*id))) return WSAEFAULT;
    if ((err = edit_read_path(args->path, path))) return err;
    if (!infos || !count || count > MAX_INFOS) return WSAEINVAL;
    return read_infos(args, infos, count);
}

static int install_in(enum store_width width, const struct provider_args *args)
{
    struct edit edit;
    DWORD i;
    int err = 0;

    if (!edit_begin(&edit, width)) return WSA_NOT_ENOUGH_MEMORY;
    if (edit_find_provider(&edit, &args->id)) err = WSANO_RECOVERY;
    for (i = 0; !err && i < args->count; i++)
        if (!edit_insert(&edit, edit.count, &args->infos[i], &args->id, args->path))
            err = WSA_NOT_ENOUGH_MEMORY;
    if (!err) err = edit_save(&edit);
    edit_end(&edit);
    return err;
}

/* Entries are added at the end, with ids of their own; WSANO_RECOVERY if the
 * provider is there already. */
static int install(BOOL both, const GUID *id, const WCHAR *path, const WSAPROTOCOL_INFOW *infos, DWORD count)
{
    struct provider_args args;
    int err = read_provider_args(&args, id, path, infos, count);

    if (!err) err = install_in(STORE_NATIVE, &args);
    if (!err && both) err = install_in(STORE_32, &args);
    heap_free(args.infos);
    return err;
}

int WINAPI WSCInstallProvider(GUID *id, const WCHAR *path, WSAPROTOCOL_INFOW *infos, DWORD count, int *err)
{
    TRACE("id %p, path %p, infos %p, count %lu, err %p\n", id, path, infos, count, err);
    return config_outcome(install(FALSE, id, path, infos, count), err);
}

int WINAPI WSCInstallProvider64_32(GUID *id, const WCHAR *path, WSAPROTOCOL_INFOW *infos, DWORD count,
                                   int *err)
{
    TRACE("id %p, path %p, infos %p, count %lu, err %p\n", id, path, infos, count, err);
    return config_outcome(install(sizeof(void *) == 8, id, path, infos, count), err);
}

static HKEY open_provider_info(enum store_width width, const GUID *id, BOOL create)
{
    WCHAR path[128];

    wcscpy(path, L"Protocol_Catalog9\\Provider_Info");
    if (sizeof(void *) == 8 && width == STORE_NATIVE) wcscat(path, L"64");
    wcscat(path, L"\\");
    store_guid_name(id, path + wcslen(path));
    return store_open(path, create, NULL);
}

static void forget_provider_info(enum store_width width, const GUID *id)
{
    HKEY key = open_provider_info(width, id, FALSE);

    if (!key) return;
    RegCloseKey(key);
    if ((key = open_provider_info(width, id, TRUE)))
    {
        RegDeleteKeyW(key, L"");
        RegCloseKey(key);
    }
}

/* The host's own providers cannot be removed: WSANO_RECOVERY. */
static int deinstall(enum store_width width, const GUID *application_id)
{
    unsigned int i, kept = 0;
    struct edit edit;
    GUID id;
    int err;

    if (!guarded_read(&id, application_id, sizeof(id))) return WSAEFAULT;
    if (!edit_begin(&edit, width)) return WSA_NOT_ENOUGH_MEMORY;
    for (i = 0; i < edit.count; i++)
    {
        if (!edit_is_base(&edit.items[i]) && IsEqualGUID(&edit.items[i].info.ProviderId, &id)) continue;
        edit.items[kept++] = edit.items[i];
    }
    if (kept == edit.count)
        err = edit_find_provider(&edit, &id) ? WSANO_RECOVERY : WSAEINVAL;
    else
    {
        edit.count = kept;
        err = edit_save(&edit);
        forget_provider_info(width, &id);
    }
    edit_end(&edit);
    return err;
}

int WINAPI WSCDeinstallProvider(GUID *id, int *err)
{
    TRACE("id %p, err %p\n", id, err);
    return config_outcome(deinstall(STORE_NATIVE, id), err);
}

int WINAPI WSCDeinstallProvider32(GUID *id, int *err)
{
    TRACE("id %p, err %p\n", id, err);
    return config_outcome(deinstall(STORE_32, id), err);
}

/* Entries are matched by their ids, all of which must be the provider's. */
static int update(enum store_width width, const GUID *id, const WCHAR *path, const WSAPROTOCOL_INFOW *infos,
                  DWORD count)
{
    struct provider_args args;
    struct catalog_item *item;
    struct edit edit;
    DWORD i;
    int err = read_provider_args(&args, id, path, infos, count);

    if (!err && !edit_begin(&edit, width)) err = WSA_NOT_ENOUGH_MEMORY;
    if (err)
    {
        heap_free(args.infos);
        return err;
    }
    if (!edit_find_provider(&edit, &args.id)) err = WSAEINVAL;
    for (i = 0; !err && i < args.count; i++)
    {
        item = edit_find(&edit, args.infos[i].dwCatalogEntryId);
        if (!item || !IsEqualGUID(&item->info.ProviderId, &args.id))
            err = WSAEINVAL;
        else if (edit_is_base(item))
            err = WSANO_RECOVERY;
        else
        {
            item->info = args.infos[i];
            item->info.ProviderId = args.id;
            memset(item->path, 0, sizeof(item->path));
            strcpy(item->path, args.path);
        }
    }
    if (!err) err = edit_save(&edit);
    edit_end(&edit);
    heap_free(args.infos);
    return err;
}

int WINAPI WSCUpdateProvider(GUID *id, const WCHAR *path, WSAPROTOCOL_INFOW *infos, DWORD count, int *err)
{
    TRACE("id %p, path %p, infos %p, count %lu, err %p\n", id, path, infos, count, err);
    return config_outcome(update(STORE_NATIVE, id, path, infos, count), err);
}

int WINAPI WSCUpdateProvider32(GUID *id, const WCHAR *path, WSAPROTOCOL_INFOW *infos, DWORD count, int *err)
{
    TRACE("id %p, path %p, infos %p, count %lu, err %p\n", id, path, infos, count, err);
    return config_outcome(update(STORE_32, id, path, infos, count), err);
}

static int stored_path(enum store_width width, const GUID *id, WCHAR path[MAX_PATH])
{
    struct catalog_item *item;
    struct edit edit;
    int err = 0;

    if (!edit_begin(&edit, width)) return WSA_NOT_ENOUGH_MEMORY;
    if (!(item = edit_find_provider(&edit, id)) ||
        !MultiByteToWideChar(CP_ACP, 0, item->path, -1, path, MAX_PATH))
        err = WSAEINVAL;
    edit_end(&edit);
    return err;
}

/* *len is characters with the terminator, and says how many are needed when
 * there is no room: WSAEFAULT. An unknown provider leaves it alone. */
static int provider_path(enum store_width width, const GUID *application_id, WCHAR *buffer, int *len)
{
    WCHAR path[MAX_PATH];
    int room, needed, err;
    GUID id;

    if (!guarded_read(&id, application_id, sizeof(id))) return WSAEFAULT;
    if (!guarded_read(&room, len, sizeof(room))) return WSAEFAULT;
    if (room <= 0) return WSAEINVAL;
    if ((err = stored_path(width, &id, path))) return err;
    needed = wcslen(path) + 1;
    if (room >= needed && !guarded_write(buffer, path, needed * sizeof(WCHAR))) return WSAEFAULT;
    if (!guarded_write(len, &needed, sizeof(needed)) || room < needed) return WSAEFAULT;
    return 0;
}

int WINAPI WSCGetProviderPath(GUID *id, WCHAR *path, int *len, int *err)
{
    TRACE("id %p, path %p, len %p, err %p\n", id, path, len, err);
    return config_outcome(provider_path(STORE_NATIVE, id, path, len), err);
}

int WINAPI WSCGetProviderPath32(GUID *id, WCHAR *path, int *len, int *err)
{
    TRACE("id %p, path %p, len %p, err %p\n", id, path, len, err);
    return config_outcome(provider_path(STORE_32, id, path, len), err);
}

/* What providers are given to call is exported, too. */
int WINAPI WPUGetProviderPath(GUID *id, WCHAR *path, int *len, int *err)
{
    TRACE("id %p, path %p, len %p, err %p\n", id, path, len, err);
    return config_outcome(provider_path(STORE_NATIVE, id, path, len), err);
}

/* Windows looks for the provider before it looks at the class of information. */
static int check_provider_info(enum store_width width, const GUID *application_id, int type, GUID *id)
{
    struct edit edit;
    BOOL known;

    if (!guarded_read(id, application_id, sizeof(*id))) return WSAEFAULT;
    if (!edit_begin(&edit, width)) return WSA_NOT_ENOUGH_MEMORY;
    known = edit_find_provider(&edit, id) != NULL;
    edit_end(&edit);
    if (!known) return WSANO_RECOVERY;
    if (type == ProviderInfoAudit) return ERROR_CALL_NOT_IMPLEMENTED;
    return type == ProviderInfoLspCategories ? 0 : WSAEINVAL;
}

#define CATEGORIES L"LspCategories"

static DWORD read_categories(enum store_width width, const GUID *id)
{
    DWORD categories = 0, bytes = sizeof(categories);
    HKEY key = open_provider_info(width, id, FALSE);

    if (!key) return 0;
    if (RegQueryValueExW(key, CATEGORIES, NULL, NULL, (BYTE *)&categories, &bytes)) categories = 0;
    RegCloseKey(key);
    return categories;
}

DWORD config_categories(const GUID *id)
{
    return read_categories(STORE_NATIVE, id);
}

/* A provider that was given no categories has none: 0. */
static int get_provider_info(enum store_width width, const GUID *application_id, int type, BYTE *info,
                             SIZE_T *size)
{
    DWORD categories;
    SIZE_T room, needed = sizeof(categories);
    GUID id;
    int err = check_provider_info(width, application_id, type, &id);

    if (err) return err;
    categories = read_categories(width, &id);
    if (!guarded_read(&room, size, sizeof(room))) return WSAEFAULT;
    if (!guarded_write(size, &needed, sizeof(needed))) return WSAEFAULT;
    if (!info || room < needed || !guarded_write(info, &categories, needed)) return WSAEFAULT;
    return 0;
}

static int set_provider_info(enum store_width width, const GUID *application_id, int type, const BYTE *info,
                             SIZE_T size)
{
    DWORD categories;
    GUID id;
    HKEY key;
    int err = check_provider_info(width, application_id, type, &id);

    if (err) return err;
    if (size != sizeof(categories)) return WSAEINVAL;
    if (!guarded_read(&categories, info, sizeof(categories))) return WSAEFAULT;
    if (!(key = open_provider_info(width, &id, TRUE))) return WSANO_RECOVERY;
    err =
        config_error(RegSetValueExW(key, CATEGORIES, 0, REG_DWORD, (BYTE *)&categories, sizeof(categories)));
    RegCloseKey(key);
    return err;
}

int WINAPI WSCGetProviderInfo(GUID *id, WSC_PROVIDER_INFO_TYPE type, BYTE *info, size_t *size, DWORD flags,
                              int *err)
{
    TRACE("id %p, type %d, info %p, size %p, flags %#lx, err %p\n", id, type, info, size, flags, err);
    return config_outcome(get_provider_info(STORE_NATIVE, id, type, info, size), err);
}

int WINAPI WSCGetProviderInfo32(GUID *id, WSC_PROVIDER_INFO_TYPE type, BYTE *info, size_t *size, DWORD flags,
                                int *err)
{
    TRACE("id %p, type %d, info %p, size %p, flags %#lx, err %p\n", id, type, info, size, flags, err);
    return config_outcome(get_provider_info(STORE_32, id, type, info, size), err);
}

int WINAPI WSCSetProviderInfo(GUID *id, WSC_PROVIDER_INFO_TYPE type, BYTE *info, size_t size, DWORD flags,
                              int *err)
{
    TRACE("id %p, type %d, info %p, size %Iu, flags %#lx, err %p\n", id, type, info, size, flags, err);
    return config_outcome(set_provider_info(STORE_NATIVE, id, type, info, size), err);
}

int WINAPI WSCSetProviderInfo32(GUID *id, WSC_PROVIDER_INFO_TYPE type, BYTE *info, size_t size, DWORD flags,
                                int *err)
{
    TRACE("id %p, type %d, info %p, size %Iu, flags %#lx, err %p\n", id, type, info, size, flags, err);
    return config_outcome(set_provider_info(STORE_32, id, type, info, size), err);
}

/* Every id exactly once, or nothing happens. */
static int reorder(struct edit *edit, const DWORD *ids, DWORD count)
{
    struct catalog_item swap, *found;
    DWORD i, id;

    if (!guarded_readable(ids, min(count, edit->count) * sizeof(*ids))) return WSAEFAULT;
    if (count != edit->count) return WSAEINVAL;
    for (i = 0; i < count; i++)
    {
        if (!guarded_read(&id, ids + i, sizeof(id))) return WSAEFAULT;
        found = edit_find(edit, id);
        if (!found || found < edit->items + i) return WSAEINVAL;
        swap = *found;
        memmove(edit->items + i + 1, edit->items + i, (found - (edit->items + i)) * sizeof(swap));
        edit->items[i] = swap;
    }
    return 0;
}

static int write_order(enum store_width width, const DWORD *ids, DWORD count)
{
    struct edit edit;
    int err;

    if (!edit_begin(&edit, width)) return WSA_NOT_ENOUGH_MEMORY;
    err = reorder(&edit, ids, count);
    if (!err) err = edit_save(&edit);
    edit_end(&edit);
    return err;
}

/* Both return the error itself. */
int WINAPI WSCWriteProviderOrder(DWORD *ids, DWORD count)
{
    TRACE("ids %p, count %lu\n", ids, count);
    return write_order(STORE_NATIVE, ids, count);
}

int WINAPI WSCWriteProviderOrder32(DWORD *ids, DWORD count)
{
    TRACE("ids %p, count %lu\n", ids, count);
    return write_order(STORE_32, ids, count);
}
