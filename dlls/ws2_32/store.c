/*
 * The protocol and namespace catalogs in the registry.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Keys, values and layouts are Windows's, which installers and uninstallers
 * read past us: Protocol_Catalog9 and NameSpace_Catalog5 below WinSock2's
 * parameters, with a subkey an entry that is named by its position. Nothing is
 * stored until something is installed or put into another order.
 */
#include "private.h"

#include <winreg.h>

#include "store.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define PARAMETERS L"System\\CurrentControlSet\\Services\\WinSock2\\Parameters"
#define PROTOCOLS L"Protocol_Catalog9"
#define NAMESPACES L"NameSpace_Catalog5"

C_ASSERT(sizeof(struct catalog_item) == MAX_PATH + sizeof(WSAPROTOCOL_INFOW));

/* More entries than this are a damaged registry. */
#define MAX_ENTRIES 1000

static HANDLE catalog_mutex(void)
{
    static HANDLE mutex;
    HANDLE made;

    if (mutex) return mutex;
    made = CreateMutexW(NULL, FALSE, L"Winsock2CatalogMutex");
    if (made && InterlockedCompareExchangePointer(&mutex, made, NULL)) CloseHandle(made);
    return mutex;
}

void store_lock(void)
{
    HANDLE mutex = catalog_mutex();

    if (mutex) WaitForSingleObject(mutex, INFINITE);
}

void store_unlock(void)
{
    HANDLE mutex = catalog_mutex();

    if (mutex) ReleaseMutex(mutex);
}

HKEY store_open(const WCHAR *path, BOOL create, DWORD *err)
{
    WCHAR full[512];
    HKEY key = NULL;
    DWORD ret;

    if (ARRAY_COUNT(PARAMETERS) + wcslen(path) + 1 > ARRAY_COUNT(full))
        ret = ERROR_INVALID_PARAMETER;
    else
    {
        wcscpy(full, PARAMETERS);
        if (*path) wcscat(full, L"\\");
        wcscat(full, path);
        if (create)
            ret = RegCreateKeyExW(HKEY_LOCAL_MACHINE, full, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL);
        else
            ret = RegOpenKeyExW(HKEY_LOCAL_MACHINE, full, 0, KEY_READ, &key);
    }
    if (err) *err = ret;
    return ret ? NULL : key;
}

static BOOL is_native64(enum store_width width)
{
    return sizeof(void *) == 8 && width == STORE_NATIVE;
}

static HKEY open_entries(const WCHAR *catalog, enum store_width width, BOOL create, DWORD *err)
{
    WCHAR path[64];

    wcscpy(path, catalog);
    wcscat(path, is_native64(width) ? L"\\Catalog_Entries64" : L"\\Catalog_Entries");
    return store_open(path, create, err);
}

/* Entries are numbered from 1, in twelve digits. */
static void entry_name(unsigned int index, WCHAR name[13])
{
    unsigned int number = index + 1;
    int i;

    for (i = 11; i >= 0; i--, number /= 10) name[i] = '0' + number % 10;
    name[12] = 0;
}

static DWORD read_dword(HKEY key, const WCHAR *name, DWORD fallback)
{
    DWORD value, size = sizeof(value), type;

    if (RegQueryValueExW(key, name, NULL, &type, (BYTE *)&value, &size) || type != REG_DWORD ||
        size != sizeof(value))
        return fallback;
    return value;
}

static DWORD write_dword(HKEY key, const WCHAR *name, DWORD value)
{
    return RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&value, sizeof(value));
}

BOOL store_read_string(HKEY key, const WCHAR *name, WCHAR *value, DWORD count)
{
    DWORD size = (count - 1) * sizeof(WCHAR), type;
    LONG err = RegQueryValueExW(key, name, NULL, &type, (BYTE *)value, &size);
    BOOL found = !err && (type == REG_SZ || type == REG_EXPAND_SZ);

    value[found ? size / sizeof(WCHAR) : 0] = 0;
    return found;
}

DWORD store_write_string(HKEY key, const WCHAR *name, DWORD type, const WCHAR *value)
{
    return RegSetValueExW(key, name, 0, type, (const BYTE *)value, (wcslen(value) + 1) * sizeof(WCHAR));
}

/* An entry's form: how one is read from its key, and written to it. */
struct entry_form
{
    const WCHAR *catalog;
    SIZE_T size;
    BOOL (*read)(HKEY key, void *item);
    DWORD (*write)(HKEY key, const void *item);
};

static BOOL read_protocol(HKEY key, void *item)
{
    struct catalog_item *protocol = item;
    DWORD size = sizeof(*protocol), type;

    if (RegQueryValueExW(key, L"PackedCatalogItem", NULL, &type, item, &size)) return FALSE;
    if (type != REG_BINARY || size != sizeof(*protocol)) return FALSE;
    if (protocol->info.ProtocolChain.ChainLen < 0 ||
        protocol->info.ProtocolChain.ChainLen > MAX_PROTOCOL_CHAIN)
        return FALSE;
    protocol->path[MAX_PATH - 1] = 0;
    protocol->info.szProtocol[WSAPROTOCOL_LEN] = 0;
    return TRUE;
}

static DWORD write_protocol(HKEY key, const void *item)
{
    const struct catalog_item *protocol = item;
    DWORD err = RegSetValueExW(key, L"PackedCatalogItem", 0, REG_BINARY, item, sizeof(*protocol));

    return err ? err : store_write_string(key, L"ProtocolName", REG_SZ, protocol->info.szProtocol);
}

static BOOL read_namespace(HKEY key, void *item)
{
    struct namespace_item *space = item;
    DWORD size = sizeof(space->id), type;

    if (RegQueryValueExW(key, L"ProviderId", NULL, &type, (BYTE *)&space->id, &size)) return FALSE;
    if (type != REG_BINARY || size != sizeof(space->id)) return FALSE;
    if (!store_read_string(key, L"DisplayString", space->name, ARRAY_COUNT(space->name))) return FALSE;
    store_read_string(key, L"LibraryPath", space->path, ARRAY_COUNT(space->path));
    space->name_space = read_dword(key, L"SupportedNameSpace", 0);
    space->version = read_dword(key, L"Version", 0);
    space->active = read_dword(key, L"Enabled", 1);
    space->stores_classes = read_dword(key, L"StoresServiceClassInfo", 0);
    space->blob_size = sizeof(space->blob);
    if (RegQueryValueExW(key, L"ProviderInfo", NULL, &type, space->blob, &space->blob_size))
        space->blob_size = 0;
    return TRUE;
}

static DWORD write_namespace(HKEY key, const void *item)
{
    const struct namespace_item *space = item;
    const struct
    {
        const WCHAR *name;
        DWORD value;
    } numbers[] = {
        {L"SupportedNameSpace", space->name_space},
        {L"Version", space->version},
        {L"Enabled", space->active},
        {L"StoresServiceClassInfo", space->stores_classes},
    };
    DWORD err;
    unsigned int i;

    err = RegSetValueExW(key, L"ProviderId", 0, REG_BINARY, (const BYTE *)&space->id, sizeof(space->id));
    if (!err) err = store_write_string(key, L"DisplayString", REG_SZ, space->name);
    if (!err) err = store_write_string(key, L"LibraryPath", REG_EXPAND_SZ, space->path);
    for (i = 0; !err && i < ARRAY_COUNT(numbers); i++)
        err = write_dword(key, numbers[i].name, numbers[i].value);
    if (!err) err = RegSetValueExW(key, L"ProviderInfo", 0, REG_BINARY, space->blob, space->blob_size);
    return err;
}

static const struct entry_form protocol_form = {PROTOCOLS, sizeof(struct catalog_item), read_protocol,
                                                write_protocol};
static const struct entry_form namespace_form = {NAMESPACES, sizeof(struct namespace_item), read_namespace,
                                                 write_namespace};

/* Damaged entries are left out. */
static unsigned int read_entries(const struct entry_form *form, enum store_width width, void **items)
{
    HKEY entries = open_entries(form->catalog, width, FALSE, NULL);
    unsigned int i, count = 0;
    DWORD total = 0;
    HKEY key;

    *items = NULL;
    if (!entries) return 0;
    RegQueryInfoKeyW(entries, NULL, NULL, NULL, &total, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    if (total > MAX_ENTRIES) total = MAX_ENTRIES;
    if (total) *items = heap_zalloc(total * form->size);
    for (i = 0; *items && i < total; i++)
    {
        WCHAR name[13];

        entry_name(i, name);
        if (RegOpenKeyExW(entries, name, 0, KEY_READ, &key)) continue;
        if (form->read(key, (BYTE *)*items + count * form->size))
            count++;
        else
            WARN("catalog entry %s is damaged\n", debugstr_w(name));
        RegCloseKey(key);
    }
    RegCloseKey(entries);
    if (!count)
    {
        heap_free(*items);
        *items = NULL;
    }
    return count;
}

static DWORD write_entry(HKEY entries, unsigned int index, const struct entry_form *form, const void *item)
{
    WCHAR name[13];
    DWORD err;
    HKEY key;

    entry_name(index, name);
    err = RegCreateKeyExW(entries, name, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL);
    if (err) return err;
    err = form->write(key, item);
    RegCloseKey(key);
    return err;
}

/* Windows counts a catalog's changes in Serial_Access_Num. */
static void write_totals(const struct entry_form *form, enum store_width width, unsigned int count)
{
    HKEY catalog = store_open(form->catalog, TRUE, NULL);

    if (!catalog) return;
    write_dword(catalog, is_native64(width) ? L"Num_Catalog_Entries64" : L"Num_Catalog_Entries", count);
    write_dword(catalog, L"Serial_Access_Num", read_dword(catalog, L"Serial_Access_Num", 0) + 1);
    RegCloseKey(catalog);
}

static DWORD write_entries(const struct entry_form *form, enum store_width width, const void *items,
                           unsigned int count)
{
    WCHAR name[13];
    unsigned int i;
    HKEY entries;
    DWORD err;

    if (!(entries = open_entries(form->catalog, width, TRUE, &err))) return err;
    for (i = 0; !err && i < count; i++)
        err = write_entry(entries, i, form, (const BYTE *)items + i * form->size);
    for (i = count; !err && i < MAX_ENTRIES; i++)
    {
        entry_name(i, name);
        if (RegDeleteKeyW(entries, name)) break;
    }
    RegCloseKey(entries);
    if (!err) write_totals(form, width, count);
    return err;
}

static BOOL has_entries(const WCHAR *catalog)
{
    WCHAR path[256] = L"\\Registry\\Machine\\" PARAMETERS L"\\";
    OBJECT_ATTRIBUTES attr;
    UNICODE_STRING name;
    HANDLE key;

    wcscat(path, catalog);
    wcscat(path, is_native64(STORE_NATIVE) ? L"\\Catalog_Entries64\\" : L"\\Catalog_Entries\\");
    entry_name(0, path + wcslen(path));
    RtlInitUnicodeString(&name, path);
    InitializeObjectAttributes(&attr, &name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    if (NtOpenKey(&key, KEY_READ, &attr)) return FALSE;
    NtClose(key);
    return TRUE;
}

BOOL store_has_protocols(void)
{
    return has_entries(PROTOCOLS);
}

BOOL store_has_namespaces(void)
{
    return has_entries(NAMESPACES);
}

unsigned int store_read_protocols(enum store_width width, struct catalog_item **items)
{
    return read_entries(&protocol_form, width, (void **)items);
}

unsigned int store_read_namespaces(enum store_width width, struct namespace_item **items)
{
    return read_entries(&namespace_form, width, (void **)items);
}

DWORD store_write_protocols(enum store_width width, const struct catalog_item *items, unsigned int count)
{
    return write_entries(&protocol_form, width, items, count);
}

DWORD store_write_namespaces(enum store_width width, const struct namespace_item *items, unsigned int count)
{
    return write_entries(&namespace_form, width, items, count);
}

void store_guid_name(const GUID *id, WCHAR name[39])
{
    char narrow[39];
    unsigned int i;

    sprintf(narrow, "{%08lX-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", id->Data1, id->Data2, id->Data3,
            id->Data4[0], id->Data4[1], id->Data4[2], id->Data4[3], id->Data4[4], id->Data4[5], id->Data4[6],
            id->Data4[7]);
    for (i = 0; i < ARRAY_COUNT(narrow); i++) name[i] = narrow[i];
}

DWORD store_take_id(DWORD first)
{
    HKEY catalog = store_open(PROTOCOLS, TRUE, NULL);
    DWORD id = first;

    if (!catalog) return id;
    id = read_dword(catalog, L"Next_Catalog_Entry_ID", first);
    if (id < first) id = first;
    write_dword(catalog, L"Next_Catalog_Entry_ID", id + 1);
    RegCloseKey(catalog);
    return id;
}
