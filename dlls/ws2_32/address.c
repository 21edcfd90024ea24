/*
 * WSAAddressToString and WSAStringToAddress: socket addresses as text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The text is the provider's business; here are the ANSI forms, which lean on
 * the Unicode ones.
 */
#include "private.h"

#include "guarded.h"
#include "layer.h"
#include "provider.h"
#include "startup.h"
#include "text.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Longer than any address's text; a path name of AF_UNIX is the longest. */
#define TEXT_SIZE 512

/* Copies the application's structure; NULL stays NULL. FALSE with the last error
 * set for a bad pointer. */
static BOOL widen_info(const WSAPROTOCOL_INFOA *info, WSAPROTOCOL_INFOW *wide, WSAPROTOCOL_INFOW **result)
{
    WSAPROTOCOL_INFOA copy;

    *result = info ? wide : NULL;
    if (!info) return TRUE;
    if (!guarded_read(&copy, info, sizeof(copy)))
    {
        SetLastError(WSAEFAULT);
        return FALSE;
    }
    memset(wide, 0, sizeof(*wide));
    memcpy(wide, &copy, offsetof(WSAPROTOCOL_INFOW, szProtocol));
    MultiByteToWideChar(CP_ACP, 0, copy.szProtocol, sizeof(copy.szProtocol), wide->szProtocol,
                        ARRAY_COUNT(wide->szProtocol));
    return TRUE;
}

/* With an info it is that entry's provider who knows its addresses. */
static struct provider *provider_of_info(const WSAPROTOCOL_INFOW *info)
{
    struct provider *provider;
    DWORD entry;
    int err;

    if (!info || !startup_done() || !layers_installed()) return provider_base();
    if (!guarded_read(&entry, &info->dwCatalogEntryId, sizeof(entry))) return provider_base();
    if (!(provider = layer_of_entry(entry, &err))) SetLastError(err);
    return provider;
}

/*
 * *len counts characters, the terminator included: room on entry, what it takes on
 * return, also when it does not fit (WSAEFAULT). WSAEINVAL for what is no address
 * of a known family, and for NULL addresses and lengths.
 */
INT WINAPI WSAAddressToStringW(SOCKADDR *addr, DWORD addr_len, WSAPROTOCOL_INFOW *info, WCHAR *text,
                               DWORD *len)
{
    struct provider *provider;
    int err = 0, ret;

    TRACE("addr %p, addr_len %lu, info %p, text %p, len %p\n", addr, addr_len, info, text, len);

    if (!(provider = provider_of_info(info))) return SOCKET_ERROR;
    ret = provider->table.lpWSPAddressToString(addr, addr_len, info, text, len, &err);
    return api_result(ret, err);
}

INT WINAPI WSAAddressToStringA(SOCKADDR *addr, DWORD addr_len, WSAPROTOCOL_INFOA *info, char *text,
                               DWORD *len)
{
    WCHAR wide_text[TEXT_SIZE];
    char narrow[2 * TEXT_SIZE];
    WSAPROTOCOL_INFOW wide_info, *wide;
    DWORD wide_len = ARRAY_COUNT(wide_text), room, need;

    TRACE("addr %p, addr_len %lu, info %p, text %p, len %p\n", addr, addr_len, info, text, len);

    if (!len)
    {
        SetLastError(provider_base() ? WSAEINVAL : WSANOTINITIALISED);
        return SOCKET_ERROR;
    }
    if (!widen_info(info, &wide_info, &wide)) return SOCKET_ERROR;
    if (WSAAddressToStringW(addr, addr_len, wide, wide_text, &wide_len)) return SOCKET_ERROR;
    need = WideCharToMultiByte(CP_ACP, 0, wide_text, -1, narrow, sizeof(narrow), NULL, NULL);
    if (!guarded_read(&room, len, sizeof(room)) || !guarded_write(len, &need, sizeof(need)) || !text ||
        room < need || !guarded_write(text, narrow, need))
        return api_result(SOCKET_ERROR, WSAEFAULT);
    return 0;
}

/*
 * *len is the size of *addr in bytes: room on entry, what it takes on return, also
 * when it is too small (WSAEFAULT). WSAEINVAL for text that is no address of that
 * family. Names are not resolved.
 */
INT WINAPI WSAStringToAddressW(WCHAR *text, INT family, WSAPROTOCOL_INFOW *info, SOCKADDR *addr, INT *len)
{
    struct provider *provider;
    int err = 0, ret;

    TRACE("text %p, family %d, info %p, addr %p, len %p\n", text, family, info, addr, len);

    if (!(provider = provider_of_info(info))) return SOCKET_ERROR;
    ret = provider->table.lpWSPStringToAddress(text, family, info, addr, len, &err);
    return api_result(ret, err);
}

/* A heap copy, NULL for NULL; a Winsock error or 0. */
static int widen(const char *text, WCHAR **wide)
{
    char *copy;
    int err = text_copy(text, &copy);

    *wide = NULL;
    if (!err && copy && !(*wide = text_widen(copy, CP_ACP))) err = WSA_NOT_ENOUGH_MEMORY;
    heap_free(copy);
    return err;
}

INT WINAPI WSAStringToAddressA(char *text, INT family, WSAPROTOCOL_INFOA *info, SOCKADDR *addr, INT *len)
{
    WSAPROTOCOL_INFOW wide_info, *winfo;
    WCHAR *wide;
    int ret, err;

    TRACE("text %p, family %d, info %p, addr %p, len %p\n", text, family, info, addr, len);

    if (!widen_info(info, &wide_info, &winfo)) return SOCKET_ERROR;
    if ((err = widen(text, &wide))) return api_result(SOCKET_ERROR, err);
    ret = WSAStringToAddressW(wide, family, winfo, addr, len);
    heap_free(wide);
    return ret;
}
