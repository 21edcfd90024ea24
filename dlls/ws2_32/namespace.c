/*
 * The catalog of namespace providers: listing, installing, ordering.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Our own providers are DNS, network location and Bluetooth; others are kept in the
 * registry as on Windows. As with protocols, nothing is stored until something
 * differs from what is there by itself.
 */
#include "private.h"

#include <winreg.h>

#include "catalog.h"
#include "guarded.h"
#include "namespace.h"
#include "pack.h"
#include "queryset.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

const GUID namespace_dns_id = {0x22059d40, 0x7e9e, 0x11cf, {0xae, 0x5a, 0x00, 0xaa, 0x00, 0xa7, 0x11, 0x2b}};
const GUID namespace_nla_id = {0x6642243a, 0x3ba8, 0x4aa6, {0xba, 0xa5, 0x2e, 0x0b, 0xd7, 0x1f, 0xdd, 0x83}};
const GUID namespace_bth_id = {0x06aa63e0, 0x7d60, 0x41ff, {0xaf, 0xb2, 0x3e, 0xe6, 0xd2, 0xd9, 0x39, 0x2d}};

static const struct
{
    const GUID *id;
    DWORD name_space;
    const WCHAR *name;
    const WCHAR *path;
    BOOL (*offered)(void); /* or NULL: always */
} own_providers[] = {
    {&namespace_nla_id, NS_NLA, L"Network Location Awareness Legacy (NLAv1) Namespace",
     L"%SystemRoot%\\system32\\nlaapi.dll", NULL},
    {&namespace_dns_id, NS_DNS, L"Tcpip", L"%SystemRoot%\\System32\\mswsock.dll", NULL},
    {&namespace_bth_id, NS_BTH, L"Bluetooth Namespace", L"%SystemRoot%\\system32\\wshbth.dll",
     catalog_has_bluetooth},
};

static BOOL is_offered(unsigned int index)
{
    return !own_providers[index].offered || own_providers[index].offered();
}

static void own_item(unsigned int index, struct namespace_item *item)
{
    memset(item, 0, sizeof(*item));
    item->id = *own_providers[index].id;
    item->name_space = own_providers[index].name_space;
    item->active = TRUE;
    wcscpy(item->name, own_providers[index].name);
    wcscpy(item->path, own_providers[index].path);
}

static struct namespace_item *find_item(struct namespace_item *items, unsigned int count, const GUID *id)
{
    unsigned int i;

    for (i = 0; i < count; i++)
        if (IsEqualGUID(&items[i].id, id)) return &items[i];
    return NULL;
}

BOOL namespace_load(enum store_width width, struct namespace_item **items, unsigned int *count)
{
    struct namespace_item *stored, *all, *found;
    unsigned int i, total;

    store_lock();
    total = store_read_namespaces(width, &stored);
    store_unlock();
    if ((all = heap_realloc(stored, (total + ARRAY_COUNT(own_providers)) * sizeof(*all))))
    {
        for (i = 0; i < ARRAY_COUNT(own_providers); i++)
        {
            found = find_item(all, total, own_providers[i].id);
            if (is_offered(i))
            {
                if (!found) own_item(i, &all[total++]);
            }
            else if (found) /* it was there when the order was stored */
            {
                total--;
                memmove(found, found + 1, (all + total - found) * sizeof(*all));
            }
        }
    }
    else
        heap_free(stored);
    *items = all;
    *count = total;
    return all != NULL;
}

/* The four forms of WSANAMESPACE_INFO begin alike; the Ex ones have the blob. */
struct info
{
    GUID id;
    DWORD name_space;
    BOOL active;
    DWORD version;
    void *name;
};

struct info_ex
{
    struct info info;
    BLOB blob;
};

C_ASSERT(sizeof(struct info) == sizeof(WSANAMESPACE_INFOW));

enum info_form
{
    INFO_WIDE = 1,
    INFO_EX = 2
};

/* The structures come first, then what they point to; bytes used. */
static SIZE_T pack_infos(char *base, const struct namespace_item *items, unsigned int count,
                         enum info_form form)
{
    SIZE_T size = form & INFO_EX ? sizeof(struct info_ex) : sizeof(struct info);
    struct pack pack = {base, 0};
    unsigned int i;
    char *infos = pack_take(&pack, count * size);

    for (i = 0; i < count; i++)
    {
        struct info_ex ex;

        memset(&ex, 0, sizeof(ex));
        ex.info.id = items[i].id;
        ex.info.name_space = items[i].name_space;
        ex.info.active = items[i].active;
        ex.info.version = items[i].version;
        ex.info.name = pack_text(&pack, items[i].name, form & INFO_WIDE);
        if (form & INFO_EX && items[i].blob_size)
        {
            ex.blob.cbSize = items[i].blob_size;
            ex.blob.pBlobData = pack_bytes(&pack, items[i].blob, items[i].blob_size);
        }
        if (infos) memcpy(infos + i * size, &ex, size);
    }
    return pack.used;
}

/* The number of providers; WSAEFAULT with the bytes needed in *size if the
 * buffer has no room for them. */
static int list_providers(enum store_width width, enum info_form form, DWORD *size, void *buffer)
{
    struct namespace_item *items;
    unsigned int count;
    DWORD needed, room;
    int ret = SOCKET_ERROR, err = WSAEFAULT;
    char *packed;

    if (!guarded_read(&room, size, sizeof(room)))
    {
        SetLastError(WSAEFAULT);
        return SOCKET_ERROR;
    }
    if (!namespace_load(width, &items, &count))
    {
        SetLastError(WSA_NOT_ENOUGH_MEMORY);
        return SOCKET_ERROR;
    }
    needed = pack_infos(NULL, items, count, form);
    if (!buffer || room < needed)
        guarded_write(size, &needed, sizeof(needed));
    else if (!(packed = heap_zalloc(needed)))
        err = WSA_NOT_ENOUGH_MEMORY;
    else
    {
        /* Written once to find out whether the buffer is there, then in place. */
        if (guarded_write(buffer, packed, needed))
        {
            pack_infos(buffer, items, count, form);
            ret = count;
        }
        heap_free(packed);
    }
    heap_free(items);
    SetLastError(ret == SOCKET_ERROR ? err : 0);
    return ret;
}

int WINAPI WSAEnumNameSpaceProvidersA(DWORD *size, WSANAMESPACE_INFOA *buffer)
{
    TRACE("size %p, buffer %p\n", size, buffer);
    if (!startup_done()) return SOCKET_ERROR;
    return list_providers(STORE_NATIVE, 0, size, buffer);
}

int WINAPI WSAEnumNameSpaceProvidersW(DWORD *size, WSANAMESPACE_INFOW *buffer)
{
    TRACE("size %p, buffer %p\n", size, buffer);
    if (!startup_done()) return SOCKET_ERROR;
    return list_providers(STORE_NATIVE, INFO_WIDE, size, buffer);
}

int WINAPI WSAEnumNameSpaceProvidersExA(DWORD *size, void *buffer)
{
    TRACE("size %p, buffer %p\n", size, buffer);
    if (!startup_done()) return SOCKET_ERROR;
    return list_providers(STORE_NATIVE, INFO_EX, size, buffer);
}

int WINAPI WSAEnumNameSpaceProvidersExW(DWORD *size, void *buffer)
{
    TRACE("size %p, buffer %p\n", size, buffer);
    if (!startup_done()) return SOCKET_ERROR;
    return list_providers(STORE_NATIVE, INFO_EX | INFO_WIDE, size, buffer);
}

int WINAPI WSCEnumNameSpaceProviders32(DWORD *size, WSANAMESPACE_INFOW *buffer)
{
    TRACE("size %p, buffer %p\n", size, buffer);
    if (!startup_done()) return SOCKET_ERROR;
    return list_providers(STORE_32, INFO_WIDE, size, buffer);
}

int WINAPI WSCEnumNameSpaceProvidersEx32(DWORD *size, void *buffer)
{
    TRACE("size %p, buffer %p\n", size, buffer);
    if (!startup_done()) return SOCKET_ERROR;
    return list_providers(STORE_32, INFO_EX | INFO_WIDE, size, buffer);
}

static BOOL is_untouched(const struct namespace_item *items, unsigned int count)
{
    unsigned int i, own = 0;

    for (i = 0; i < ARRAY_COUNT(own_providers); i++)
    {
        if (!is_offered(i)) continue;
        if (own == count || !IsEqualGUID(&items[own].id, own_providers[i].id) || !items[own].active)
            return FALSE;
        own++;
    }
    return own == count;
}

static int save(enum store_width width, const struct namespace_item *items, unsigned int count)
{
    DWORD err = store_write_namespaces(width, items, is_untouched(items, count) ? 0 : count);

    if (err == ERROR_ACCESS_DENIED) return WSAEACCES;
    return err ? WSANO_RECOVERY : 0;
}

static int read_new_item(struct namespace_item *item, const WCHAR *name, const WCHAR *path, DWORD name_space,
                         DWORD version, const GUID *id, const BLOB *application_blob)
{
    BLOB blob = {0, NULL};
    int len;

    memset(item, 0, sizeof(*item));
    if (!name || !path || !id) return WSAEINVAL;
    if (!guarded_read(&item->id, id, sizeof(*id))) return WSAEFAULT;
    if ((len = guarded_string(item->name, name, ARRAY_COUNT(item->name))) < 0)
        return len == GUARDED_FAULT ? WSAEFAULT : WSAEINVAL;
    if ((len = guarded_string(item->path, path, ARRAY_COUNT(item->path))) < 0)
        return len == GUARDED_FAULT ? WSAEFAULT : WSAEINVAL;
    if (application_blob && !guarded_read(&blob, application_blob, sizeof(blob))) return WSAEFAULT;
    if (blob.cbSize > sizeof(item->blob)) return WSAEINVAL;
    if (blob.cbSize && !guarded_read(item->blob, blob.pBlobData, blob.cbSize)) return WSAEFAULT;
    item->blob_size = blob.cbSize;
    item->name_space = name_space;
    item->version = version;
    item->active = TRUE;
    return 0;
}

/* A provider of this id that is there already is WSANO_RECOVERY. */
static int install_item(enum store_width width, const struct namespace_item *item)
{
    struct namespace_item *items, *grown;
    unsigned int count;
    int err;

    store_lock();
    if (!namespace_load(width, &items, &count))
        err = WSA_NOT_ENOUGH_MEMORY;
    else if (find_item(items, count, &item->id))
        err = WSANO_RECOVERY;
    else if (!(grown = heap_realloc(items, (count + 1) * sizeof(*items))))
        err = WSA_NOT_ENOUGH_MEMORY;
    else
    {
        items = grown;
        items[count] = *item;
        err = save(width, items, count + 1);
    }
    heap_free(items);
    store_unlock();
    return err;
}

static int namespace_outcome(int err)
{
    if (!err) return 0;
    SetLastError(err);
    return SOCKET_ERROR;
}

static int install(enum store_width width, const WCHAR *name, const WCHAR *path, DWORD name_space,
                   DWORD version, const GUID *id, const BLOB *blob)
{
    struct namespace_item item;
    int err = read_new_item(&item, name, path, name_space, version, id, blob);

    return namespace_outcome(err ? err : install_item(width, &item));
}

int WINAPI WSCInstallNameSpace(WCHAR *name, WCHAR *path, DWORD name_space, DWORD version, GUID *id)
{
    TRACE("name %p, path %p, namespace %lu, version %lu, id %p\n", name, path, name_space, version, id);
    return install(STORE_NATIVE, name, path, name_space, version, id, NULL);
}

int WINAPI WSCInstallNameSpace32(WCHAR *name, WCHAR *path, DWORD name_space, DWORD version, GUID *id)
{
    TRACE("name %p, path %p, namespace %lu, version %lu, id %p\n", name, path, name_space, version, id);
    return install(STORE_32, name, path, name_space, version, id, NULL);
}

int WINAPI WSCInstallNameSpaceEx(WCHAR *name, WCHAR *path, DWORD name_space, DWORD version, GUID *id,
                                 BLOB *blob)
{
    TRACE("name %p, path %p, namespace %lu, version %lu, id %p, blob %p\n", name, path, name_space, version,
          id, blob);
    return install(STORE_NATIVE, name, path, name_space, version, id, blob);
}

int WINAPI WSCInstallNameSpaceEx32(WCHAR *name, WCHAR *path, DWORD name_space, DWORD version, GUID *id,
                                   BLOB *blob)
{
    TRACE("name %p, path %p, namespace %lu, version %lu, id %p, blob %p\n", name, path, name_space, version,
          id, blob);
    return install(STORE_32, name, path, name_space, version, id, blob);
}

BOOL namespace_is_own(const GUID *id)
{
    unsigned int i;

    for (i = 0; i < ARRAY_COUNT(own_providers); i++)
        if (IsEqualGUID(own_providers[i].id, id)) return TRUE;
    return FALSE;
}

/* Changes one provider; our own can be switched off, but stay. */
static int change(enum store_width width, const GUID *application_id, BOOL remove, BOOL active)
{
    struct namespace_item *items, *item;
    unsigned int count;
    GUID id;
    int err;

    if (!guarded_read(&id, application_id, sizeof(id))) return WSAEFAULT;
    store_lock();
    if (!namespace_load(width, &items, &count))
        err = WSA_NOT_ENOUGH_MEMORY;
    else if (!(item = find_item(items, count, &id)))
        err = WSAEINVAL;
    else if (remove && namespace_is_own(&id))
        err = WSANO_RECOVERY;
    else
    {
        item->active = active;
        if (remove)
        {
            count--;
            memmove(item, item + 1, (items + count - item) * sizeof(*item));
        }
        err = save(width, items, count);
    }
    heap_free(items);
    store_unlock();
    return err;
}

int WINAPI WSCUnInstallNameSpace(GUID *id)
{
    TRACE("id %p\n", id);
    return namespace_outcome(change(STORE_NATIVE, id, TRUE, FALSE));
}

int WINAPI WSCUnInstallNameSpace32(GUID *id)
{
    TRACE("id %p\n", id);
    return namespace_outcome(change(STORE_32, id, TRUE, FALSE));
}

int WINAPI WSCEnableNSProvider(GUID *id, BOOL enable)
{
    TRACE("id %p, enable %d\n", id, enable);
    return namespace_outcome(change(STORE_NATIVE, id, FALSE, enable != 0));
}

int WINAPI WSCEnableNSProvider32(GUID *id, BOOL enable)
{
    TRACE("id %p, enable %d\n", id, enable);
    return namespace_outcome(change(STORE_32, id, FALSE, enable != 0));
}

/* Every provider exactly once, or nothing happens. */
static int reorder(struct namespace_item *items, unsigned int count, const GUID *ids, DWORD id_count)
{
    struct namespace_item swap, *found;
    DWORD i;
    GUID id;

    if (!guarded_readable(ids, min(id_count, count) * sizeof(*ids))) return WSAEFAULT;
    if (id_count != count) return WSAEINVAL;
    for (i = 0; i < count; i++)
    {
        if (!guarded_read(&id, ids + i, sizeof(id))) return WSAEFAULT;
        if (!(found = find_item(items + i, count - i, &id))) return WSAEINVAL;
        swap = *found;
        memmove(items + i + 1, items + i, (found - (items + i)) * sizeof(swap));
        items[i] = swap;
    }
    return 0;
}

static int write_order(enum store_width width, const GUID *ids, DWORD id_count)
{
    struct namespace_item *items;
    unsigned int count;
    int err;

    store_lock();
    if (!namespace_load(width, &items, &count))
        err = WSA_NOT_ENOUGH_MEMORY;
    else
    {
        err = reorder(items, count, ids, id_count);
        if (!err) err = save(width, items, count);
    }
    heap_free(items);
    store_unlock();
    return err;
}

/* Both return the error itself. */
int WINAPI WSCWriteNameSpaceOrder(GUID *ids, DWORD count)
{
    TRACE("ids %p, count %lu\n", ids, count);
    return write_order(STORE_NATIVE, ids, count);
}

int WINAPI WSCWriteNameSpaceOrder32(GUID *ids, DWORD count)
{
    TRACE("ids %p, count %lu\n", ids, count);
    return write_order(STORE_32, ids, count);
}
