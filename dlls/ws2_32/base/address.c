/*
 * WSPAddressToString and WSPStringToAddress: one table of families.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include <ip2string.h>

#include "base/base.h"
#include "guarded.h"
#include "text.h"

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
#define LONGEST_TEXT 256 /* zeros in front of a number count for nothing */
#define ADDRESS_SIZE 32

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
        int high = text_digit(text[0]), low = high > 15 ? 16 : text_digit(text[1]);

        if (low > 15) return FALSE;
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
C_ASSERT(sizeof(struct sockaddr_in6) <= ADDRESS_SIZE && sizeof(struct bluetooth_address) <= ADDRESS_SIZE);

/* NULL with a Winsock error for a family without text, or that is not the protocol's. */
static const struct address_form *form_of(int family, const WSAPROTOCOL_INFOW *info, int *err)
{
    int own = family;
    size_t i;

    *err = WSAEFAULT;
    if (info && !guarded_read(&own, &info->iAddressFamily, sizeof(own))) return NULL;
    *err = WSAEINVAL;
    for (i = 0; i < ARRAY_COUNT(forms); i++)
        if (forms[i].family == family && own == family) return &forms[i];
    return NULL;
}

static int address_to_string(const SOCKADDR *addr, DWORD len, const WSAPROTOCOL_INFOW *info, WCHAR *string,
                             DWORD *string_len)
{
    const struct address_form *form;
    char copy[ADDRESS_SIZE];
    WCHAR text[TEXT_SIZE];
    DWORD room, need;
    USHORT family;
    int err;

    if (!addr || !string_len || len < sizeof(family)) return WSAEINVAL;
    if (!guarded_read(&family, addr, sizeof(family))) return WSAEFAULT;
    if (!(form = form_of(family, info, &err))) return err;
    if (len < (DWORD)form->size) return WSAEINVAL;
    if (!guarded_read(copy, addr, form->size)) return WSAEFAULT;
    form->print(copy, text);
    TRACE("%s\n", debugstr_w(text));
    need = wcslen(text) + 1;
    if (!guarded_read(&room, string_len, sizeof(room)) || !guarded_write(string_len, &need, sizeof(need)) ||
        !string || room < need || !guarded_write(string, text, need * sizeof(*text)))
        return WSAEFAULT;
    return 0;
}

INT WSPAPI base_address_to_string(SOCKADDR *addr, DWORD len, WSAPROTOCOL_INFOW *info, WCHAR *string,
                                  DWORD *string_len, int *err)
{
    int error = address_to_string(addr, len, info, string, string_len);

    if (!error) return 0;
    *err = error;
    return SOCKET_ERROR;
}

static int string_to_address(const WCHAR *string, INT family, const WSAPROTOCOL_INFOW *info, SOCKADDR *addr,
                             int *len)
{
    char parsed[ADDRESS_SIZE] = {0};
    const struct address_form *form;
    WCHAR text[LONGEST_TEXT];
    int room, err, length;
    USHORT result = family;
    BOOL valid;

    if (!addr || !len) return WSAEFAULT;
    if (!string) return WSAEINVAL;
    if (!(form = form_of(family, info, &err))) return err;
    if (!guarded_read(&room, len, sizeof(room))) return WSAEFAULT;
    if (room < form->size)
    {
        guarded_write(len, &form->size, sizeof(form->size));
        return WSAEFAULT;
    }
    if ((length = guarded_string(text, string, LONGEST_TEXT)) == GUARDED_FAULT) return WSAEFAULT;
    valid = length >= 0 && form->parse(text, parsed);
    if (valid) memcpy(parsed, &result, sizeof(result));
    if (!guarded_write(addr, parsed, form->size)) return WSAEFAULT;
    if (!valid) return WSAEINVAL;
    return guarded_write(len, &form->size, sizeof(form->size)) ? 0 : WSAEFAULT;
}

INT WSPAPI base_string_to_address(WCHAR *string, INT family, WSAPROTOCOL_INFOW *info, SOCKADDR *addr,
                                  int *len, int *err)
{
    int error = string_to_address(string, family, info, addr, len);

    if (!error) return 0;
    *err = error;
    return SOCKET_ERROR;
}
