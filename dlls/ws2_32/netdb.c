/*
 * The services and protocols databases: getservbyname and kin.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Windows reads drivers\etc\services and drivers\etc\protocol. Where a prefix
 * lacks the file, or the file a well-known service, the files in the module's
 * resources stand in, from which wineboot makes those of a new prefix; and after
 * them, for services, the host's database. Not for protocols: programs see which
 * numbers have names, and Windows has few.
 */
#include "private.h"

#include "etcfile.h"
#include "database.h"
#include "startup.h"
#include "text.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define RESOURCE_PROTOCOL 3
#define RESOURCE_SERVICES 4

/* The files are read again only when they have changed: programs look up a name
 * or a port for every connection they make. */
struct file
{
    const WCHAR *name;
    FILETIME written;
    DWORD size;
    char *text;
};

static SRWLOCK files_lock = SRWLOCK_INIT;
static struct file files[] = {{.name = L"hosts"}, {.name = L"protocol"}, {.name = L"services"}};
static WCHAR folder[MAX_PATH + 16];

/* The folder can be moved; that is what the registry value is for. */
static void file_path(const WCHAR *file, WCHAR path[2 * MAX_PATH])
{
    static const WCHAR key[] = L"System\\CurrentControlSet\\Services\\Tcpip\\Parameters";
    DWORD size = MAX_PATH * sizeof(WCHAR);

    if (!folder[0] && (RegGetValueW(HKEY_LOCAL_MACHINE, key, L"DataBasePath",
                                    RRF_RT_REG_SZ | RRF_RT_REG_EXPAND_SZ, NULL, folder, &size) ||
                       !folder[0]))
    {
        GetSystemDirectoryW(folder, MAX_PATH);
        wcscat(folder, L"\\drivers\\etc");
    }
    wcscpy(path, folder);
    wcscat(path, L"\\");
    wcscat(path, file);
}

static char *read_file(const WCHAR *path)
{
    DWORD size, done = 0;
    HANDLE handle;
    char *text;

    handle = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                         OPEN_EXISTING, 0, NULL);
    if (handle == INVALID_HANDLE_VALUE) return NULL;
    size = GetFileSize(handle, NULL);
    if (size == INVALID_FILE_SIZE || size > 1 << 24) size = 0;
    if ((text = heap_alloc(size + 1)))
    {
        if (!ReadFile(handle, text, size, &done, NULL)) done = 0;
        text[done] = 0;
    }
    CloseHandle(handle);
    return text;
}

static void refresh(struct file *file)
{
    WIN32_FILE_ATTRIBUTE_DATA info;
    WCHAR path[2 * MAX_PATH];

    file_path(file->name, path);
    if (GetFileAttributesExW(path, GetFileExInfoStandard, &info))
    {
        if (file->text && info.nFileSizeLow == file->size &&
            !CompareFileTime(&info.ftLastWriteTime, &file->written))
            return;
        heap_free(file->text);
        file->text = read_file(path);
        file->size = info.nFileSizeLow;
        file->written = info.ftLastWriteTime;
    }
    else
    {
        heap_free(file->text);
        file->text = NULL;
    }
}

char *netdb_read(const WCHAR *name)
{
    char *copy = NULL;
    unsigned int i;

    AcquireSRWLockExclusive(&files_lock);
    for (i = 0; wcscmp(files[i].name, name); i++) continue;
    refresh(&files[i]);
    if (files[i].text && (copy = heap_alloc(strlen(files[i].text) + 1))) strcpy(copy, files[i].text);
    ReleaseSRWLockExclusive(&files_lock);
    return copy;
}

/* The module's own copy: etc.rc has the numbers. */
static char *read_resource(WORD id)
{
    DWORD flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
    HMODULE module;
    HRSRC resource;
    char *text;
    DWORD size;

    if (!GetModuleHandleExW(flags, (const WCHAR *)read_resource, &module)) return NULL;
    if (!(resource = FindResourceW(module, MAKEINTRESOURCEW(id), L"WINE_DATA_FILE"))) return NULL;
    size = SizeofResource(module, resource);
    if (!(text = heap_alloc(size + 1))) return NULL;
    memcpy(text, LockResource(LoadResource(module, resource)), size);
    text[size] = 0;
    return text;
}

static BOOL matches_name(const char *name, char **fields, int count, int first_alias)
{
    int i;

    if (text_same(name, fields[0])) return TRUE;
    for (i = first_alias; i < count; i++)
        if (text_same(name, fields[i])) return TRUE;
    return FALSE;
}

/* Takes text over, and gives it back to the heap if nothing was found. */
static BOOL make_entry(struct netdb_entry *entry, char *text, char **fields, int count)
{
    entry->text = text;
    entry->name = fields[0];
    entry->alias_count = count > 2 ? count - 2 : 0;
    if (!(entry->aliases = heap_alloc((entry->alias_count + 1) * sizeof(char *)))) return FALSE;
    memcpy(entry->aliases, fields + 2, entry->alias_count * sizeof(char *));
    return TRUE;
}

static BOOL search_services(char *text, const char *name, int port, const char *protocol,
                            struct netdb_entry *entry)
{
    char *cursor = text, *fields[ETC_FIELDS], *proto;
    int count, number;

    while (text && (count = etc_next(&cursor, fields)))
    {
        if (count < 2 || (number = etc_port(fields[1], &proto)) < 0) continue;
        if (name ? !matches_name(name, fields, count, 2) : number != port) continue;
        if (protocol && !text_same(protocol, proto)) continue;
        entry->number = number;
        entry->protocol = proto;
        if (make_entry(entry, text, fields, count)) return TRUE;
        break;
    }
    heap_free(text);
    return FALSE;
}

static BOOL search_protocols(char *text, const char *name, int wanted, struct netdb_entry *entry)
{
    char *cursor = text, *fields[ETC_FIELDS];
    int count, number;

    while (text && (count = etc_next(&cursor, fields)))
    {
        if (count < 2 || (number = etc_number(fields[1], 255)) < 0) continue;
        if (name ? !matches_name(name, fields, count, 2) : number != wanted) continue;
        entry->number = number;
        entry->protocol = NULL;
        if (make_entry(entry, text, fields, count)) return TRUE;
        break;
    }
    heap_free(text);
    return FALSE;
}

static BOOL search_host_services(const char *name, int port, const char *protocol, struct netdb_entry *entry)
{
    struct ws2_service_find params = {0};
    char *text = heap_alloc(4096), *fields[ETC_FIELDS], *p;
    unsigned int i;

    if (!text) return FALSE;
    params.name = WS2_PTR(name);
    params.protocol = WS2_PTR(protocol);
    params.port = port;
    params.names.text = WS2_PTR(text);
    params.names.size = 4096;
    if (!unix_call(WS2_SERVICE_FIND, &params) && !params.error && params.names.used <= params.names.size)
    {
        /* protocol, name, aliases; an entry has the name first */
        for (i = 0, p = text; i < params.names.count && i < ETC_FIELDS; i++, p += strlen(p) + 1)
            fields[i] = p;
        p = fields[0], fields[0] = fields[1], fields[1] = p;
        entry->number = params.port;
        entry->protocol = fields[1];
        if (make_entry(entry, text, fields, i)) return TRUE;
    }
    heap_free(text);
    return FALSE;
}

BOOL netdb_find_service(const char *name, int port, const char *protocol, struct netdb_entry *entry)
{
    if (protocol && !protocol[0]) protocol = NULL;
    return search_services(netdb_read(L"services"), name, port, protocol, entry) ||
           search_services(read_resource(RESOURCE_SERVICES), name, port, protocol, entry) ||
           search_host_services(name, port, protocol, entry);
}

BOOL netdb_find_protocol(const char *name, int number, struct netdb_entry *entry)
{
    char *text = netdb_read(L"protocol");

    return search_protocols(text ? text : read_resource(RESOURCE_PROTOCOL), name, number, entry);
}

void netdb_free(struct netdb_entry *entry)
{
    heap_free(entry->text);
    heap_free(entry->aliases);
}

void *netdb_thread_block(void **slot, SIZE_T size)
{
    void *block;

    if (size < 512) size = 512;
    if (*slot && HeapSize(GetProcessHeap(), 0, *slot) >= size) return *slot;
    if (!(block = heap_realloc(*slot, size)))
    {
        SetLastError(WSAENOBUFS);
        return NULL;
    }
    return *slot = block;
}

static struct servent *give_service(struct netdb_entry *entry)
{
    struct thread_data *data = thread_data();
    SIZE_T size = netdb_pack_service(entry, NULL, 0);
    struct servent *serv = data ? netdb_thread_block((void **)&data->serv, size) : NULL;

    if (serv) netdb_pack_service(entry, serv, size);
    netdb_free(entry);
    return serv;
}

static struct protoent *give_protocol(struct netdb_entry *entry)
{
    struct thread_data *data = thread_data();
    SIZE_T size = netdb_pack_protocol(entry, NULL, 0);
    struct protoent *proto = data ? netdb_thread_block((void **)&data->proto, size) : NULL;

    if (proto) netdb_pack_protocol(entry, proto, size);
    netdb_free(entry);
    return proto;
}

/* The results below belong to the thread, and last until its next call of the
 * same kind. WSANO_DATA if there is no such entry. */

static struct servent *get_service(const char *name, int port, const char *protocol)
{
    struct netdb_entry entry;
    char *name_copy = NULL, *protocol_copy = NULL;
    struct servent *serv = NULL;
    int error;

    if (!startup_done()) return NULL;
    if ((error = text_copy(name, &name_copy)) || (error = text_copy(protocol, &protocol_copy)))
        SetLastError(error);
    else if (netdb_find_service(name_copy, port, protocol_copy, &entry))
        serv = give_service(&entry);
    else
        SetLastError(WSANO_DATA);
    heap_free(name_copy);
    heap_free(protocol_copy);
    return serv;
}

struct servent *WINAPI getservbyname(const char *name, const char *protocol)
{
    TRACE("name %s, protocol %s\n", debugstr_a(name), debugstr_a(protocol));
    if (!name && startup_done()) SetLastError(WSAEFAULT);
    return name ? get_service(name, 0, protocol) : NULL;
}

/* The port is in network order, in the low 16 bits. */
struct servent *WINAPI getservbyport(int port, const char *protocol)
{
    TRACE("port %d, protocol %s\n", ntohs(port), debugstr_a(protocol));
    return get_service(NULL, ntohs(port), protocol);
}

struct protoent *WINAPI getprotobyname(const char *name)
{
    struct netdb_entry entry;
    struct protoent *proto = NULL;
    char *copy = NULL;
    int error;

    TRACE("name %s\n", debugstr_a(name));
    if (!startup_done()) return NULL;
    if ((error = name ? text_copy(name, &copy) : WSAEFAULT))
        SetLastError(error);
    else if (netdb_find_protocol(copy, 0, &entry))
        proto = give_protocol(&entry);
    else
        SetLastError(WSANO_DATA);
    heap_free(copy);
    return proto;
}

struct protoent *WINAPI getprotobynumber(int number)
{
    struct netdb_entry entry;

    TRACE("number %d\n", number);
    if (!startup_done()) return NULL;
    if (netdb_find_protocol(NULL, number, &entry)) return give_protocol(&entry);
    SetLastError(WSANO_DATA);
    return NULL;
}
