/*
 * Byte order, and IPv4 and IPv6 addresses as text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include <ip2string.h>

#include "guarded.h"
#include "provider.h"
#include "startup.h"
#include "text.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* The headers make macros of these, and programs import functions. */
#undef htonl
#undef htons
#undef ntohl
#undef ntohs

ULONG WINAPI htonl(ULONG value)
{
    return RtlUlongByteSwap(value);
}

USHORT WINAPI htons(USHORT value)
{
    return RtlUshortByteSwap(value);
}

ULONG WINAPI ntohl(ULONG value)
{
    return RtlUlongByteSwap(value);
}

USHORT WINAPI ntohs(USHORT value)
{
    return RtlUshortByteSwap(value);
}

/* The WSA forms obey the byte order of the socket's protocol, which a third
 * party's provider chooses. Sets the last error on failure. */
static BOOL network_order(SOCKET s, BOOL *swap)
{
    struct provider *provider = provider_of(s);
    WSAPROTOCOL_INFOW info;
    int len = sizeof(info), err = 0;

    if (!provider) return FALSE;
    if (provider->table.lpWSPGetSockOpt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &len, &err))
    {
        SetLastError(err);
        return FALSE;
    }
    *swap = info.iNetworkByteOrder == BIGENDIAN;
    return TRUE;
}

static int store(void *to, const void *value, size_t size)
{
    if (guarded_write(to, value, size)) return 0;
    SetLastError(WSAEFAULT);
    return SOCKET_ERROR;
}

static int convert_long(SOCKET s, ULONG value, ULONG *converted)
{
    BOOL swap;

    if (!network_order(s, &swap)) return SOCKET_ERROR;
    if (swap) value = RtlUlongByteSwap(value);
    return store(converted, &value, sizeof(value));
}

static int convert_short(SOCKET s, USHORT value, USHORT *converted)
{
    BOOL swap;

    if (!network_order(s, &swap)) return SOCKET_ERROR;
    if (swap) value = RtlUshortByteSwap(value);
    return store(converted, &value, sizeof(value));
}

int WINAPI WSAHtonl(SOCKET s, ULONG value, ULONG *net)
{
    TRACE("socket %#Ix, value %#lx, net %p\n", s, value, net);
    return convert_long(s, value, net);
}

int WINAPI WSAHtons(SOCKET s, USHORT value, USHORT *net)
{
    TRACE("socket %#Ix, value %#x, net %p\n", s, value, net);
    return convert_short(s, value, net);
}

int WINAPI WSANtohl(SOCKET s, ULONG value, ULONG *host)
{
    TRACE("socket %#Ix, value %#lx, host %p\n", s, value, host);
    return convert_long(s, value, host);
}

int WINAPI WSANtohs(SOCKET s, USHORT value, USHORT *host)
{
    TRACE("socket %#Ix, value %#x, host %p\n", s, value, host);
    return convert_short(s, value, host);
}

static BOOL is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* One number in C's notation for decimal, octal or hexadecimal; NULL if there is
 * none, else where it ends. */
static const char *parse_number(const char *s, ULONGLONG *value)
{
    int base = 10;

    if (*s < '0' || *s > '9') return NULL;
    if (*s == '0')
    {
        base = 8;
        if ((s[1] == 'x' || s[1] == 'X') && text_digit(s[2]) < 16)
        {
            base = 16;
            s += 2;
        }
    }
    for (*value = 0; text_digit(*s) < base; s++)
        if (*value <= MAXDWORD) *value = *value * base + text_digit(*s);
    return s;
}

/* One to four numbers, of which the last fills all the bytes that are left. What
 * follows a white space is ignored. */
static ULONG parse_inet_addr(const char *s)
{
    ULONGLONG part, addr = 0;
    int count;

    if (s[0] == ' ' && !s[1]) return 0; /* a single space is the null address */
    for (count = 0; count < 4; count++)
    {
        int bits = 8 * (4 - count);

        if (!(s = parse_number(s, &part))) return INADDR_NONE;
        if (!*s || is_space(*s)) return part >> bits ? INADDR_NONE : RtlUlongByteSwap((ULONG)(addr | part));
        if (*s++ != '.' || part > 255) return INADDR_NONE;
        addr |= part << (bits - 8);
    }
    return INADDR_NONE;
}

/*
 * The address in network order, INADDR_NONE if the text is none; the last error is
 * set for bad pointers only. Shorthand, octal and hexadecimal are allowed: the
 * rules are those of BSD's inet_addr, with Windows's exceptions about spaces.
 */
ULONG WINAPI inet_addr(const char *text)
{
    volatile ULONG ret = INADDR_NONE;

    TRACE("text %p\n", text);

    __TRY
    {
        GUARD_BEGIN;
        ret = parse_inet_addr(text);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        SetLastError(WSAEFAULT);
    }
    __ENDTRY

    TRACE("%#lx\n", ret);
    return ret;
}

/* The text is the thread's, until its next call. */
char *WINAPI inet_ntoa(struct in_addr in)
{
    struct thread_data *data = thread_data();

    if (!data)
    {
        SetLastError(WSA_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    RtlIpv4AddressToStringA(&in, data->ntoa);
    TRACE("%s\n", data->ntoa);
    return data->ntoa;
}

static BOOL family_has_text(INT family)
{
    if (family == AF_INET || family == AF_INET6) return TRUE;
    SetLastError(WSAEAFNOSUPPORT);
    return FALSE;
}

static NTSTATUS print(INT family, const void *addr, void *text, SIZE_T size, BOOL wide)
{
    ULONG room = min(size, MAXDWORD);

    if (wide)
        return family == AF_INET ? RtlIpv4AddressToStringExW(addr, 0, text, &room)
                                 : RtlIpv6AddressToStringExW(addr, 0, 0, text, &room);
    return family == AF_INET ? RtlIpv4AddressToStringExA(addr, 0, text, &room)
                             : RtlIpv6AddressToStringExA(addr, 0, 0, text, &room);
}

/*
 * inet_ntop and InetNtopW give NULL with WSAEAFNOSUPPORT for another family and,
 * oddly for a last error, STATUS_INVALID_PARAMETER if the text does not fit. The
 * size counts characters, the terminator included.
 */
static const void *address_to_text(INT family, const void *addr, void *text, SIZE_T size, BOOL wide)
{
    volatile NTSTATUS status = STATUS_INVALID_PARAMETER;

    TRACE("family %d, addr %p, text %p, size %Iu, wide %d\n", family, addr, text, size, wide);

    if (!family_has_text(family)) return NULL;
    if (text)
    {
        __TRY
        {
            GUARD_BEGIN;
            status = print(family, addr, text, size, wide);
            GUARD_END;
        }
        __EXCEPT_PAGE_FAULT
        {
            status = WSAEFAULT;
        }
        __ENDTRY
    }
    if (status == STATUS_SUCCESS) return text;
    SetLastError(status);
    return NULL;
}

PCSTR WINAPI inet_ntop(INT family, void *addr, char *text, SIZE_T size)
{
    return address_to_text(family, addr, text, size, FALSE);
}

PCWSTR WINAPI InetNtopW(INT family, void *addr, WCHAR *text, SIZE_T size)
{
    return address_to_text(family, addr, text, size, TRUE);
}

/* The whole text must be an address. */
static BOOL scan(INT family, const void *text, void *addr, BOOL wide)
{
    const WCHAR *wide_end = NULL;
    const char *end = NULL;
    BOOL valid;

    if (!wide)
        return !(family == AF_INET ? RtlIpv4StringToAddressA(text, TRUE, &end, addr)
                                   : RtlIpv6StringToAddressA(text, &end, addr)) &&
               !*end;
    valid = !(family == AF_INET ? RtlIpv4StringToAddressW(text, TRUE, &wide_end, addr)
                                : RtlIpv6StringToAddressW(text, &wide_end, addr)) &&
            !*wide_end;
    if (!valid) SetLastError(WSAEINVAL);
    return valid;
}

/*
 * 1 for an address, 0 for text that is none, -1 with the last error set for
 * another family (WSAEAFNOSUPPORT) or a bad pointer. The address is touched even
 * if the text turns out wrong later on. Of the two only InetPtonW sets the last
 * error when it returns 0.
 */
static int text_to_address(INT family, const void *text, void *addr, BOOL wide)
{
    const volatile BOOL is_wide = wide;
    volatile int ret = -1;

    TRACE("family %d, text %p, addr %p, wide %d\n", family, text, addr, wide);

    if (!text || !addr)
    {
        SetLastError(WSAEFAULT);
        return -1;
    }
    if (!family_has_text(family)) return -1;
    __TRY
    {
        GUARD_BEGIN;
        ret = scan(family, text, addr, is_wide);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        SetLastError(WSAEFAULT);
        ret = -1;
    }
    __ENDTRY
    return ret;
}

int WINAPI inet_pton(INT family, PCSTR text, void *addr)
{
    return text_to_address(family, text, addr, FALSE);
}

int WINAPI InetPtonW(INT family, PCWSTR text, void *addr)
{
    return text_to_address(family, text, addr, TRUE);
}
