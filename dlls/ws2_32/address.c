/*
 * WSAAddressToString and WSAStringToAddress: socket addresses as text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The text is the provider's business; here are the ANSI forms, which lean on
 * the Unicode ones.
 */
#include "private.h"

#include "provider.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Longer than any address's text; a path name of AF_UNIX is the longest. */
#define TEXT_SIZE 512

/* Copies the application's structure; NULL stays NULL. FALSE with the last error
 * set for a bad pointer. */
static BOOL widen_info(const WSAPROTOCOL_INFOA *info, WSAPROTOCOL_INFOW *wide, WSAPROTOCOL_INFOW **result)
{
    volatile BOOL ret = TRUE;

    *result = info ? wide : NULL;
    if (!info) return TRUE;
    __TRY
    {
        GUARD_BEGIN;
        memset(wide, 0, sizeof(*wide));
        memcpy(wide, info, offsetof(WSAPROTOCOL_INFOW, szProtocol));
        MultiByteToWideChar(CP_ACP, 0, info->szProtocol, -1, wide->szProtocol, ARRAY_COUNT(wide->szProtocol));
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        SetLastError(WSAEFAULT);
        ret = FALSE;
    }
    __ENDTRY
    return ret;
}

/*
 * *len counts characters, the terminator included: room on entry, what it takes on
 * return, also when it does not fit (WSAEFAULT). WSAEINVAL for what is no address
 * of a known family, and for NULL addresses and lengths.
 */
INT WINAPI WSAAddressToStringW(SOCKADDR *addr, DWORD addr_len, WSAPROTOCOL_INFOW *info, WCHAR *text,
                               DWORD *len)
{
    struct provider *provider = provider_base();
    int err = 0, ret;

    TRACE("addr %p, addr_len %lu, info %p, text %p, len %p\n", addr, addr_len, info, text, len);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPAddressToString(addr, addr_len, info, text, len, &err);
    return api_result(ret, err);
}

INT WINAPI WSAAddressToStringA(SOCKADDR *addr, DWORD addr_len, WSAPROTOCOL_INFOA *info, char *text,
                               DWORD *len)
{
    WCHAR wide_text[TEXT_SIZE];
    WSAPROTOCOL_INFOW wide_info, *wide;
    DWORD wide_len = ARRAY_COUNT(wide_text);
    volatile int err = 0;

    TRACE("addr %p, addr_len %lu, info %p, text %p, len %p\n", addr, addr_len, info, text, len);

    if (!len)
    {
        SetLastError(provider_base() ? WSAEINVAL : WSANOTINITIALISED);
        return SOCKET_ERROR;
    }
    if (!widen_info(info, &wide_info, &wide)) return SOCKET_ERROR;
    if (WSAAddressToStringW(addr, addr_len, wide, wide_text, &wide_len)) return SOCKET_ERROR;
    __TRY
    {
        DWORD room, need;

        GUARD_BEGIN;
        room = *len;
        need = WideCharToMultiByte(CP_ACP, 0, wide_text, -1, NULL, 0, NULL, NULL);
        *len = need;
        if (!text || room < need)
            err = WSAEFAULT;
        else
            WideCharToMultiByte(CP_ACP, 0, wide_text, -1, text, room, NULL, NULL);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        err = WSAEFAULT;
    }
    __ENDTRY
    return api_result(err ? SOCKET_ERROR : 0, err);
}

/*
 * *len is the size of *addr in bytes: room on entry, what it takes on return, also
 * when it is too small (WSAEFAULT). WSAEINVAL for text that is no address of that
 * family. Names are not resolved.
 */
INT WINAPI WSAStringToAddressW(WCHAR *text, INT family, WSAPROTOCOL_INFOW *info, SOCKADDR *addr, INT *len)
{
    struct provider *provider = provider_base();
    int err = 0, ret;

    TRACE("text %p, family %d, info %p, addr %p, len %p\n", text, family, info, addr, len);

    if (!provider) return SOCKET_ERROR;
    ret = provider->table.lpWSPStringToAddress(text, family, info, addr, len, &err);
    return api_result(ret, err);
}

/* A heap copy; NULL with the last error set. */
static WCHAR *widen(const char *text)
{
    WCHAR *volatile wide = NULL;

    __TRY
    {
        int size;

        GUARD_BEGIN;
        size = MultiByteToWideChar(CP_ACP, 0, text, strlen(text) + 1, NULL, 0);
        wide = heap_alloc(size * sizeof(*wide));
        if (wide) MultiByteToWideChar(CP_ACP, 0, text, -1, wide, size);
        SetLastError(WSA_NOT_ENOUGH_MEMORY);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        heap_free(wide);
        wide = NULL;
        SetLastError(WSAEFAULT);
    }
    __ENDTRY
    return wide;
}

INT WINAPI WSAStringToAddressA(char *text, INT family, WSAPROTOCOL_INFOA *info, SOCKADDR *addr, INT *len)
{
    WSAPROTOCOL_INFOW wide_info, *winfo;
    DWORD last = GetLastError();
    WCHAR *wide = NULL;
    int ret;

    TRACE("text %p, family %d, info %p, addr %p, len %p\n", text, family, info, addr, len);

    if (!widen_info(info, &wide_info, &winfo)) return SOCKET_ERROR;
    if (text && !(wide = widen(text))) return SOCKET_ERROR;
    SetLastError(last);
    ret = WSAStringToAddressW(wide, family, winfo, addr, len);
    heap_free(wide);
    return ret;
}
