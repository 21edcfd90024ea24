/*
 * Any bytes as what a damaged registry, or another program's, has for the catalogs of protocols
 * and namespace providers and for service classes; and what is packed of it for applications.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "windows_half.h"

#define wcsicmp fuzz_wcscmp
#include "guarded.c"
#include "text.c"
#include "store.c"
#include "namespace.c"
#include "class.c"

/* Called by what writes, which is not fuzzed; Windows's headers have them hidden, so that the
 * linker insists on them. */
__asm__(".weak CloseHandle, CreateMutexW, RegCreateKeyExW, RegDeleteKeyW, RegDeleteTreeW, RegEnumKeyExW,"
        " RegSetValueExW, ReleaseMutex, WaitForSingleObject");

/* What the registry still has to say. */
static const BYTE *next;
static SIZE_T left;

static BYTE take_byte(void)
{
    if (!left) return 0;
    left--;
    return *next++;
}

/* Keys are there as a rule, and values of any type and size. */
LSTATUS WINAPI RegOpenKeyExW(HKEY key, LPCWSTR name, DWORD options, REGSAM access, PHKEY opened)
{
    (void)key, (void)name, (void)options, (void)access;
    *opened = (HKEY)1;
    return take_byte() & 7 ? 0 : ERROR_FILE_NOT_FOUND;
}

LSTATUS WINAPI RegCloseKey(HKEY key)
{
    (void)key;
    return 0;
}

LSTATUS WINAPI RegQueryInfoKeyW(HKEY key, LPWSTR name, LPDWORD name_size, LPDWORD reserved, LPDWORD keys,
                                LPDWORD longest, LPDWORD longest_class, LPDWORD values, LPDWORD longest_name,
                                LPDWORD longest_value, LPDWORD security, FILETIME *time)
{
    (void)key, (void)name, (void)name_size, (void)reserved, (void)longest, (void)longest_class;
    (void)values, (void)longest_name, (void)longest_value, (void)security, (void)time;
    *keys = take_byte() & 7;
    return 0;
}

/* Too much for the buffer is an error that tells the size and writes nothing, or a part. */
LSTATUS WINAPI RegQueryValueExW(HKEY key, LPCWSTR name, LPDWORD reserved, LPDWORD type, LPBYTE data,
                                LPDWORD size)
{
    BYTE kind = take_byte();
    DWORD given = kind & 0x40 ? take_byte() * 4 : *size, i, room = *size;

    (void)key, (void)name, (void)reserved;
    if (!(kind & 0x3f)) return ERROR_FILE_NOT_FOUND;
    if (type) *type = kind & 0x20 ? take_byte() : kind & 0x10 ? REG_SZ : kind & 8 ? REG_BINARY : REG_DWORD;
    for (i = 0; i < min(given, room); i++) data[i] = take_byte();
    *size = given;
    return given > room ? ERROR_MORE_DATA : 0;
}

static void check(BOOL right)
{
    if (!right) abort();
}

static void check_terminated(const WCHAR *text, SIZE_T room)
{
    SIZE_T i;

    for (i = 0; i < room && text[i]; i++) continue;
    check(i < room);
}

static void check_inside(const void *at, SIZE_T size, const void *block, SIZE_T room)
{
    if (at && size)
        check((const char *)at >= (const char *)block &&
              (const char *)at + size <= (const char *)block + room);
}

static void protocols(void)
{
    struct catalog_item *items;
    unsigned int i, count = store_read_protocols(STORE_NATIVE, &items);

    for (i = 0; i < count; i++)
    {
        check(!items[i].path[MAX_PATH - 1]);
        check_terminated(items[i].info.szProtocol, ARRAY_COUNT(items[i].info.szProtocol));
        check((unsigned int)items[i].info.ProtocolChain.ChainLen <= MAX_PROTOCOL_CHAIN);
    }
    heap_free(items);
}

static void list_in(const struct namespace_item *items, unsigned int count, enum info_form form)
{
    SIZE_T size = pack_infos(NULL, items, count, form),
           each = form & INFO_EX ? sizeof(struct info_ex) : sizeof(struct info);
    char *packed = heap_alloc(size);
    unsigned int i;

    check(pack_infos(packed, items, count, form) == size);
    for (i = 0; i < count; i++)
    {
        const struct info_ex *info = (const struct info_ex *)(packed + i * each);

        check_inside(info->info.name, form & INFO_WIDE ? 2 * wcslen(info->info.name) + 2 : 1, packed, size);
        if (form & INFO_EX) check_inside(info->blob.pBlobData, info->blob.cbSize, packed, size);
    }
    heap_free(packed);
}

static void namespaces(void)
{
    struct namespace_item *items;
    unsigned int i, count = store_read_namespaces(STORE_32, &items);

    for (i = 0; i < count; i++)
    {
        check_terminated(items[i].name, ARRAY_COUNT(items[i].name));
        check_terminated(items[i].path, ARRAY_COUNT(items[i].path));
        check(items[i].blob_size <= sizeof(items[i].blob));
    }
    for (i = 0; i < 4; i++) list_in(items, count, i);
    heap_free(items);
}

/* A class in a buffer of any size, in either form. */
static void classes(void)
{
    static const GUID id;
    struct service_class *class = heap_zalloc(sizeof(*class));
    BOOL wide = take_byte() & 1;
    DWORD size = take_byte() * 16, needed = size, i;
    WSASERVICECLASSINFOW *info = heap_alloc(size);

    if (!load_class(&id, class))
    {
        if (write_class(class, wide, &needed, info))
        {
            check(needed > size);
            heap_free(info);
            info = heap_alloc(size = needed);
            check(!write_class(class, wide, &needed, info));
        }
        check_inside(info->lpClassInfos, info->dwCount * sizeof(*info->lpClassInfos), info, size);
        for (i = 0; i < info->dwCount; i++)
            check_inside(info->lpClassInfos[i].lpValue, info->lpClassInfos[i].dwValueSize, info, size);
    }
    heap_free(info);
    heap_free(class);
}

int LLVMFuzzerTestOneInput(const BYTE *data, size_t size);

int LLVMFuzzerTestOneInput(const BYTE *data, size_t size)
{
    next = data;
    left = size;
    protocols();
    namespaces();
    classes();
    return 0;
}
