/*
 * Service classes: what a name service may know of a kind of service.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Kept in the registry, a key a class below Service_Classes: its name, and a
 * numbered subkey for each piece of information.
 */
#include "private.h"

#include <winreg.h>

#include "guarded.h"
#include "namespace.h"
#include "nsp.h"
#include "pack.h"
#include "startup.h"
#include "store.h"
#include "text.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

C_ASSERT(sizeof(WSASERVICECLASSINFOA) == sizeof(WSASERVICECLASSINFOW));
C_ASSERT(sizeof(WSANSCLASSINFOA) == sizeof(WSANSCLASSINFOW));

#define MAX_INFOS 32
#define MAX_NAME 256
#define MAX_VALUE 256

struct class_info
{
    WCHAR name[MAX_NAME];
    DWORD name_space;
    DWORD type; /* REG_* */
    DWORD size;
    BYTE value[MAX_VALUE];
};

struct service_class
{
    GUID id;
    WCHAR name[MAX_NAME];
    DWORD count;
    struct class_info infos[MAX_INFOS];
};

static HKEY open_class(const GUID *id, BOOL create, DWORD *err)
{
    WCHAR path[64] = L"Service_Classes\\";

    store_guid_name(id, path + wcslen(path));
    return store_open(path, create, err);
}

static void info_key_name(DWORD index, WCHAR name[3])
{
    name[0] = '0' + (index + 1) / 10;
    name[1] = '0' + (index + 1) % 10;
    name[2] = 0;
}

static DWORD write_info(HKEY class_key, DWORD index, const struct class_info *info)
{
    WCHAR name[3];
    DWORD err;
    HKEY key;

    info_key_name(index, name);
    err = RegCreateKeyExW(class_key, name, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL);
    if (err) return err;
    err = store_write_string(key, L"Name", REG_SZ, info->name);
    if (!err)
        err = RegSetValueExW(key, L"NameSpace", 0, REG_DWORD, (const BYTE *)&info->name_space, sizeof(DWORD));
    if (!err) err = RegSetValueExW(key, L"Value", 0, info->type, info->value, info->size);
    RegCloseKey(key);
    return err;
}

static BOOL read_info(HKEY class_key, DWORD index, struct class_info *info)
{
    DWORD size = sizeof(info->name_space);
    WCHAR name[3];
    HKEY key;
    BOOL ok;

    info_key_name(index, name);
    if (RegOpenKeyExW(class_key, name, 0, KEY_READ, &key)) return FALSE;
    info->size = sizeof(info->value);
    ok = store_read_string(key, L"Name", info->name, MAX_NAME) &&
         !RegQueryValueExW(key, L"NameSpace", NULL, NULL, (BYTE *)&info->name_space, &size) &&
         size == sizeof(info->name_space) &&
         !RegQueryValueExW(key, L"Value", NULL, &info->type, info->value, &info->size);
    RegCloseKey(key);
    return ok;
}

static int error_of(DWORD registry_error)
{
    if (registry_error == ERROR_ACCESS_DENIED) return WSAEACCES;
    return registry_error ? WSA_NOT_ENOUGH_MEMORY : 0;
}

/* Keys that are made with one class or removed with it, all under the lock. */
static void delete_class(const GUID *id)
{
    HKEY key = store_open(L"Service_Classes", TRUE, NULL);
    WCHAR name[39];

    if (!key) return;
    store_guid_name(id, name);
    RegDeleteTreeW(key, name);
    RegCloseKey(key);
}

static int store_class(const struct service_class *class)
{
    DWORD i, err;
    HKEY key;

    store_lock();
    if ((key = open_class(&class->id, FALSE, NULL)))
    {
        RegCloseKey(key);
        store_unlock();
        return WSAEALREADY;
    }
    if ((key = open_class(&class->id, TRUE, &err)))
    {
        err = store_write_string(key, L"Name", REG_SZ, class->name);
        for (i = 0; !err && i < class->count; i++) err = write_info(key, i, &class->infos[i]);
        RegCloseKey(key);
        if (err) delete_class(&class->id);
    }
    store_unlock();
    return error_of(err);
}

static int load_class(const GUID *id, struct service_class *class)
{
    HKEY key = open_class(id, FALSE, NULL);
    BOOL ok;

    if (!key) return WSATYPE_NOT_FOUND;
    class->id = *id;
    class->count = 0;
    ok = store_read_string(key, L"Name", class->name, MAX_NAME);
    while (ok && class->count < MAX_INFOS && read_info(key, class->count, &class->infos[class->count]))
        class->count++;
    RegCloseKey(key);
    return ok ? 0 : WSATYPE_NOT_FOUND;
}

static BOOL class_named(HKEY classes, DWORD index, const WCHAR *name, GUID *id)
{
    WCHAR key_name[64], own[MAX_NAME];
    DWORD len = ARRAY_COUNT(key_name);
    UNICODE_STRING text;
    BOOL same;
    HKEY key;

    if (RegEnumKeyExW(classes, index, key_name, &len, NULL, NULL, NULL, NULL)) return FALSE;
    if (RegOpenKeyExW(classes, key_name, 0, KEY_READ, &key)) return FALSE;
    same = store_read_string(key, L"Name", own, MAX_NAME) && !wcsicmp(own, name);
    RegCloseKey(key);
    RtlInitUnicodeString(&text, key_name);
    return same && !RtlGUIDFromString(&text, id);
}

/* For mswsock.dll's GetTypeByName: the class that was installed by this name. */
BOOL WINAPI __ws2_class_by_name(const WCHAR *name, GUID *id)
{
    HKEY classes = store_open(L"Service_Classes", FALSE, NULL);
    DWORD i, count = 0;
    BOOL found = FALSE;

    if (!classes) return FALSE;
    RegQueryInfoKeyW(classes, NULL, NULL, NULL, &count, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    for (i = 0; i < count && !found; i++) found = class_named(classes, i, name, id);
    RegCloseKey(classes);
    return found;
}

static int copy_name(WCHAR to[MAX_NAME], const void *from, BOOL wide)
{
    WCHAR *copy;
    int err;

    if (!from) return WSAEINVAL;
    if ((err = text_copy_any(from, wide, &copy))) return err;
    if (!copy[0] || wcslen(copy) >= MAX_NAME)
        err = WSAEINVAL;
    else
        wcscpy(to, copy);
    heap_free(copy);
    return err;
}

static int read_class(struct service_class *class, const void *application, BOOL wide)
{
    WSASERVICECLASSINFOW given;
    WSANSCLASSINFOW info;
    DWORD i;
    int err;

    if (!application) return WSAEINVAL;
    if (!guarded_read(&given, application, sizeof(given))) return WSAEFAULT;
    if (!given.lpServiceClassId || given.dwCount > MAX_INFOS) return WSAEINVAL;
    if (given.dwCount && !given.lpClassInfos) return WSAEINVAL;
    if (!guarded_read(&class->id, given.lpServiceClassId, sizeof(class->id))) return WSAEFAULT;
    if ((err = copy_name(class->name, given.lpszServiceClassName, wide))) return err;
    class->count = given.dwCount;
    for (i = 0; i < class->count; i++)
    {
        struct class_info *to = &class->infos[i];

        if (!guarded_read(&info, given.lpClassInfos + i, sizeof(info))) return WSAEFAULT;
        if ((err = copy_name(to->name, info.lpszName, wide))) return err;
        if (info.dwValueSize > MAX_VALUE) return WSAEINVAL;
        to->name_space = info.dwNameSpace;
        to->type = info.dwValueType;
        to->size = info.dwValueSize;
        if (to->size && !guarded_read(to->value, info.lpValue, to->size)) return WSAEFAULT;
    }
    return 0;
}

static int class_outcome(int err)
{
    SetLastError(err);
    return err ? SOCKET_ERROR : 0;
}

static SIZE_T pack_class(char *base, const struct service_class *class, BOOL wide);

static void tell_providers(const struct service_class *class)
{
    char *packed = heap_alloc(pack_class(NULL, class, TRUE));

    if (!packed) return;
    pack_class(packed, class, TRUE);
    nsp_tell_class(&class->id, (const WSASERVICECLASSINFOW *)packed);
    heap_free(packed);
}

static int install_class(const void *info, BOOL wide)
{
    struct service_class *class;
    int err;

    if (!startup_done()) return SOCKET_ERROR;
    if (!(class = heap_zalloc(sizeof(*class)))) return class_outcome(WSA_NOT_ENOUGH_MEMORY);
    err = read_class(class, info, wide);
    if (!err) err = store_class(class);
    if (!err) tell_providers(class);
    heap_free(class);
    return class_outcome(err);
}

/* A class that is there already is WSAEALREADY: it has to be removed first. */
int WINAPI WSAInstallServiceClassA(WSASERVICECLASSINFOA *info)
{
    TRACE("info %p\n", info);
    return install_class(info, FALSE);
}

int WINAPI WSAInstallServiceClassW(WSASERVICECLASSINFOW *info)
{
    TRACE("info %p\n", info);
    return install_class(info, TRUE);
}

int WINAPI WSARemoveServiceClass(GUID *application_id)
{
    GUID id;
    HKEY key;

    TRACE("id %p\n", application_id);
    if (!startup_done()) return SOCKET_ERROR;
    if (!application_id) return class_outcome(WSAEINVAL);
    if (!guarded_read(&id, application_id, sizeof(id))) return class_outcome(WSAEFAULT);
    store_lock();
    if ((key = open_class(&id, FALSE, NULL)))
    {
        RegCloseKey(key);
        delete_class(&id);
    }
    store_unlock();
    if (key) nsp_tell_class(&id, NULL);
    return class_outcome(key ? 0 : WSATYPE_NOT_FOUND);
}

static SIZE_T pack_class(char *base, const struct service_class *class, BOOL wide)
{
    struct pack pack = {base, 0};
    WSASERVICECLASSINFOW *to = pack_take(&pack, sizeof(*to)), info;
    WSANSCLASSINFOW *infos, one;
    DWORD i;

    info.dwCount = class->count;
    info.lpServiceClassId = pack_aligned(&pack, &class->id, sizeof(class->id));
    pack.used = (pack.used + 7) & ~(SIZE_T)7;
    info.lpClassInfos = infos = pack_take(&pack, class->count * sizeof(*infos));
    for (i = 0; i < class->count; i++)
    {
        const struct class_info *from = &class->infos[i];

        one.dwNameSpace = from->name_space;
        one.dwValueType = from->type;
        one.dwValueSize = from->size;
        one.lpValue = pack_aligned(&pack, from->value, from->size);
        one.lpszName = pack_text(&pack, from->name, wide);
        if (infos) infos[i] = one;
    }
    info.lpszServiceClassName = pack_text(&pack, class->name, wide);
    if (to) *to = info;
    return pack.used;
}

static int write_class(const struct service_class *class, BOOL wide, DWORD *size, void *application)
{
    int error = guarded_room(application, size, pack_class(NULL, class, wide));

    if (!error) pack_class(application, class, wide);
    return error;
}

static BOOL provider_known(const GUID *id)
{
    struct namespace_item *items;
    unsigned int i, count;
    BOOL known = FALSE;

    if (!namespace_load(STORE_NATIVE, &items, &count)) return FALSE;
    for (i = 0; i < count; i++) known |= IsEqualGUID(&items[i].id, id);
    heap_free(items);
    return known;
}

static int get_info(const GUID *application_provider, const GUID *application_id, BOOL wide, DWORD *size,
                    void *info)
{
    struct service_class *class;
    GUID provider, id;
    int err;

    if (!startup_done()) return SOCKET_ERROR;
    if (!application_provider || !application_id || !size) return class_outcome(WSAEINVAL);
    if (!guarded_read(&provider, application_provider, sizeof(provider)) ||
        !guarded_read(&id, application_id, sizeof(id)))
        return class_outcome(WSAEFAULT);
    if (!provider_known(&provider)) return class_outcome(WSAEINVAL);
    if (!(class = heap_alloc(sizeof(*class)))) return class_outcome(WSA_NOT_ENOUGH_MEMORY);
    err = load_class(&id, class);
    if (!err) err = write_class(class, wide, size, info);
    heap_free(class);
    return class_outcome(err);
}

/* *size is bytes; too few are WSAEFAULT with those needed. */
int WINAPI WSAGetServiceClassInfoA(GUID *provider, GUID *id, DWORD *size, WSASERVICECLASSINFOA *info)
{
    TRACE("provider %p, id %p, size %p, info %p\n", provider, id, size, info);
    return get_info(provider, id, FALSE, size, info);
}

int WINAPI WSAGetServiceClassInfoW(GUID *provider, GUID *id, DWORD *size, WSASERVICECLASSINFOW *info)
{
    TRACE("provider %p, id %p, size %p, info %p\n", provider, id, size, info);
    return get_info(provider, id, TRUE, size, info);
}

/* len counts characters with the terminator; too few are WSAEFAULT with those needed. */
static int get_name(const GUID *application_id, void *name, DWORD *len, BOOL wide)
{
    struct service_class *class;
    char ansi[MAX_NAME * 2];
    const void *text;
    DWORD room, needed;
    GUID id;
    int err;

    if (!startup_done()) return SOCKET_ERROR;
    if (!application_id || !len) return class_outcome(WSAEINVAL);
    if (!guarded_read(&id, application_id, sizeof(id)) || !guarded_read(&room, len, sizeof(room)))
        return class_outcome(WSAEFAULT);
    if (!(class = heap_alloc(sizeof(*class)))) return class_outcome(WSA_NOT_ENOUGH_MEMORY);
    if (!(err = load_class(&id, class)))
    {
        needed = wide
                     ? wcslen(class->name) + 1
                     : (DWORD)WideCharToMultiByte(CP_ACP, 0, class->name, -1, ansi, sizeof(ansi), NULL, NULL);
        text = wide ? (const void *)class->name : ansi;
        if (room < needed)
        {
            guarded_write(len, &needed, sizeof(needed));
            err = WSAEFAULT;
        }
        else if (!guarded_write(name, text, needed * (wide ? sizeof(WCHAR) : 1)))
            err = WSAEFAULT;
    }
    heap_free(class);
    return class_outcome(err);
}

int WINAPI WSAGetServiceClassNameByClassIdA(GUID *id, char *name, DWORD *len)
{
    TRACE("id %p, name %p, len %p\n", id, name, len);
    return get_name(id, name, len, FALSE);
}

int WINAPI WSAGetServiceClassNameByClassIdW(GUID *id, WCHAR *name, DWORD *len)
{
    TRACE("id %p, name %p, len %p\n", id, name, len);
    return get_name(id, name, len, TRUE);
}
