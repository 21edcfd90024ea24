/*
 * WSPAddressToString and WSPStringToAddress: one table of families.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include <ip2string.h>

#include "base/base.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#include <pshpack1.h>
struct bluetooth_address
{
    USHORT family;
    ULONGLONG device; /* the first byte of the text is the highest of six */
    GUID service;
    ULONG port;
};
#include <poppack.h>
C_ASSERT(sizeof(struct bluetooth_address) == 30); /* SOCKADDR_BTH, ws2bth.h */

#define AF_BLUETOOTH 32
#define TEXT_SIZE 80

/* Both directions of a family's text. Parsing fills an address that was zeroed,
 * and may leave it half filled if the text is wrong, as Windows does. */
struct address_form
{
    int family;
    int size; /* of the address, bytes */
    void (*print)(const void *addr, WCHAR *text);
    BOOL (*parse)(const WCHAR *text, void *addr);
};

static void print_ipv4(const void *addr, WCHAR *text)
{
    const struct sockaddr_in *in = addr;
    ULONG size = TEXT_SIZE;

    RtlIpv4AddressToStringExW(&in->sin_addr, in->sin_port, text, &size);
}

static BOOL parse_ipv4(const WCHAR *text, void *addr)
{
    struct sockaddr_in *in = addr;

    return !RtlIpv4StringToAddressExW(text, FALSE, &in->sin_addr, &in->sin_port);
}

static void print_ipv6(const void *addr, WCHAR *text)
{
    const struct sockaddr_in6 *in = addr;
    ULONG size = TEXT_SIZE;

    RtlIpv6AddressToStringExW(&in->sin6_addr, in->sin6_scope_id, in->sin6_port, text, &size);
}

static BOOL parse_ipv6(const WCHAR *text, void *addr)
{
    struct sockaddr_in6 *in = addr;

    return !RtlIpv6StringToAddressExW(text, &in->sin6_addr, &in->sin6_scope_id, &in->sin6_port);
}

/* "(00:11:22:33:44:55):3", the port and its colon only if it is not zero. */
static void print_bluetooth(const void *addr, WCHAR *text)
{
    static const WCHAR digits[] = L"0123456789ABCDEF";
    const struct bluetooth_address *bth = addr;
    int shift;

    *text++ = '(';
    for (shift = 40; shift >= 0; shift -= 8)
    {
        *text++ = digits[bth->device >> (shift + 4) & 15];
        *text++ = digits[bth->device >> shift & 15];
        *text++ = shift ? ':' : ')';
    }
    *text = 0;
    if (bth->port) _snwprintf(text, 12, L":%lu", bth->port);
}

static int hex_value(WCHAR c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Decimal digits up to the end. */
static BOOL parse_port(const WCHAR *text, ULONG *port)
{
    ULONGLONG value = 0;

    if (!*text) return FALSE;
    for (; *text; text++)
    {
        if (*text < '0' || *text > '9' || (value = value * 10 + (*text - '0')) > MAXDWORD) return FALSE;
    }
    *port = value;
    return TRUE;
}

static BOOL parse_bluetooth(const WCHAR *text, void *addr)
{
    struct bluetooth_address *bth = addr;
    BOOL parenthesis = *text == '(';
    ULONGLONG device = 0;
    int i;

    if (parenthesis) text++;
    for (i = 0; i < 6; i++)
    {
        int high = hex_value(text[0]), low = high < 0 ? -1 : hex_value(text[1]);

        if (low < 0) return FALSE;
        device = device << 8 | high << 4 | low;
        text += 2;
        if (i < 5 && *text++ != ':') return FALSE;
    }
    if (parenthesis && *text++ != ')') return FALSE;
    bth->device = device;
    if (!*text) return TRUE;
    return parenthesis && *text == ':' && parse_port(text + 1, &bth->port);
}

static const struct address_form forms[] = {
    {AF_INET, sizeof(struct sockaddr_in), print_ipv4, parse_ipv4},
    {AF_INET6, sizeof(struct sockaddr_in6), print_ipv6, parse_ipv6},
    {AF_BLUETOOTH, sizeof(struct bluetooth_address), print_bluetooth, parse_bluetooth},
};

/* NULL for a family without text, or that is not the protocol's. */
static const struct address_form *form_of(int family, const WSAPROTOCOL_INFOW *info)
{
    size_t i;

    if (info && info->iAddressFamily != family) return NULL;
    for (i = 0; i < ARRAY_COUNT(forms); i++)
        if (forms[i].family == family) return &forms[i];
    return NULL;
}

static int address_to_string(const SOCKADDR *addr, DWORD len, const WSAPROTOCOL_INFOW *info, WCHAR *string,
                             DWORD *string_len)
{
    const struct address_form *form;
    WCHAR text[TEXT_SIZE];
    char copy[32];
    DWORD room, need;

    if (!addr || !string_len || len < sizeof(addr->sa_family)) return WSAEINVAL;
    if (!(form = form_of(addr->sa_family, info)) || len < (DWORD)form->size) return WSAEINVAL;
    memcpy(copy, addr, form->size);
    form->print(copy, text);
    room = *string_len;
    need = wcslen(text) + 1;
    *string_len = need;
    if (!string || room < need) return WSAEFAULT;
    memcpy(string, text, need * sizeof(*text));
    TRACE("%s\n", debugstr_w(text));
    return 0;
}

INT WSPAPI base_address_to_string(SOCKADDR *addr, DWORD len, WSAPROTOCOL_INFOW *info, WCHAR *string,
                                  DWORD *string_len, int *err)
{
    volatile int error = 0;

    __TRY
    {
        GUARD_BEGIN;
        error = address_to_string(addr, len, info, string, string_len);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        error = WSAEFAULT;
    }
    __ENDTRY
    if (!error) return 0;
    *err = error;
    return SOCKET_ERROR;
}

static int string_to_address(const WCHAR *string, INT family, const WSAPROTOCOL_INFOW *info, SOCKADDR *addr,
                             int *len)
{
    const struct address_form *form = form_of(family, info);
    int room;

    if (!addr || !len) return WSAEFAULT;
    if (!string || !form) return WSAEINVAL;
    room = *len;
    if (room < form->size)
    {
        *len = form->size;
        return WSAEFAULT;
    }
    memset(addr, 0, form->size);
    if (!form->parse(string, addr)) return WSAEINVAL;
    addr->sa_family = family;
    *len = form->size;
    return 0;
}

INT WSPAPI base_string_to_address(WCHAR *string, INT family, WSAPROTOCOL_INFOW *info, SOCKADDR *addr,
                                  int *len, int *err)
{
    volatile int error = 0;

    __TRY
    {
        GUARD_BEGIN;
        error = string_to_address(string, family, info, addr, len);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        error = WSAEFAULT;
    }
    __ENDTRY
    if (!error) return 0;
    *err = error;
    return SOCKET_ERROR;
}
