/* The catalogs as the registry keeps them (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_STORE_H
#define WS2_STORE_H

/* A 64-bit Windows keeps each catalog twice: for its 64-bit programs and for its
 * 32-bit ones. NATIVE is the one of this process. */
enum store_width
{
    STORE_NATIVE,
    STORE_32
};

/* A protocol as PackedCatalogItem holds it. */
struct catalog_item
{
    char path[MAX_PATH]; /* of the provider's DLL, environment strings unexpanded */
    WSAPROTOCOL_INFOW info;
};

/* A namespace provider. */
struct namespace_item
{
    GUID id;
    DWORD name_space; /* NS_* */
    DWORD version;
    DWORD active;
    DWORD stores_classes;
    WCHAR name[256];
    WCHAR path[MAX_PATH];
    DWORD blob_size;
    BYTE blob[512]; /* the provider's own data */
};

/* Readers and writers of several steps hold the catalog against every process. */
void store_lock(void);
void store_unlock(void);

/* Fills *items with a heap block of what is stored, in its order; the count, 0
 * with *items NULL if nothing is. */
unsigned int store_read_protocols(enum store_width width, struct catalog_item **items);
unsigned int store_read_namespaces(enum store_width width, struct namespace_item **items);

/* Whether this process's catalog has anything stored at all: cheap, where reading it
 * loads advapi32 first. */
BOOL store_has_protocols(void);
BOOL store_has_namespaces(void);

/* Replaces what is stored; a Win32 error. */
DWORD store_write_protocols(enum store_width width, const struct catalog_item *items, unsigned int count);
DWORD store_write_namespaces(enum store_width width, const struct namespace_item *items, unsigned int count);

/* Takes an id that no entry ever had: first, or the next one since. */
DWORD store_take_id(DWORD first);

/* The key below Winsock's parameters ("" is that itself), made if create; NULL,
 * and why in *err if that is wanted. */
HKEY store_open(const WCHAR *path, BOOL create, DWORD *err);

/* A string among a key's values, with room for count characters; empty, and FALSE, if it
 * is no string or too long. Writing gives a Win32 error; type is REG_SZ or REG_EXPAND_SZ. */
BOOL store_read_string(HKEY key, const WCHAR *name, WCHAR *value, DWORD count);
DWORD store_write_string(HKEY key, const WCHAR *name, DWORD type, const WCHAR *value);

/* A GUID as a key's name: 38 characters and a terminator. */
void store_guid_name(const GUID *id, WCHAR name[39]);

#endif
