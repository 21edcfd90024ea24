/*
 * What sources of the PE half need in order to be compiled natively, for fuzzers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Include it first, then the sources. Wine's headers have the types; here are the
 * functions, as simple as they can be and with encodings in UTF-8 throughout. Memory is
 * the C library's, so that a sanitizer sees every byte of it; bad pointers are its
 * business, too, not an exception frame's. What no fuzzer reaches is left unresolved.
 */
#ifndef FUZZ_WINDOWS_HALF_H
#define FUZZ_WINDOWS_HALF_H

#define GetProcessHeap() ((HANDLE)0)
#include "private.h"

#include <ip2string.h>

#undef __TRY
#undef __EXCEPT_PAGE_FAULT
#undef __ENDTRY
#define __TRY if (1)
#define __EXCEPT_PAGE_FAULT else
#define __ENDTRY
#undef WINE_DEFAULT_DEBUG_CHANNEL
#define WINE_DEFAULT_DEBUG_CHANNEL(channel) struct channel
#undef TRACE
#define TRACE(...) ((void)0)
#undef WARN
#define WARN(...) ((void)0)

/* Nothing lies on a stack that has no size. */
static TEB fuzz_teb;
#define NtCurrentTeb() (&fuzz_teb)

/* The C library's own headers would collide with Windows's. */
void *calloc(size_t count, size_t size);
void free(void *block);
void *malloc(size_t size);
void *memchr(const void *from, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
void *realloc(void *block, size_t size);
char *strcpy(char *to, const char *from);
size_t strlen(const char *text);
void abort(void) __attribute__((noreturn));

static size_t fuzz_wcslen(const WCHAR *text)
{
    size_t len = 0;

    while (text[len]) len++;
    return len;
}

static WCHAR *fuzz_wcscpy(WCHAR *to, const WCHAR *from)
{
    return memcpy(to, from, (fuzz_wcslen(from) + 1) * sizeof(*to));
}

static WCHAR *fuzz_wcscat(WCHAR *to, const WCHAR *from)
{
    fuzz_wcscpy(to + fuzz_wcslen(to), from);
    return to;
}

static int fuzz_wcscmp(const WCHAR *a, const WCHAR *b)
{
    while (*a && *a == *b) a++, b++;
    return *a - *b;
}

#define wcslen fuzz_wcslen
#define wcscpy fuzz_wcscpy
#define wcscat fuzz_wcscat
#define wcscmp fuzz_wcscmp

/* ":%lu", which is all that is asked of it. */
static int fuzz_print_port(WCHAR *to, size_t room, ULONG value)
{
    WCHAR digits[10];
    size_t count = 0, i;

    do digits[count++] = '0' + value % 10;
    while (value /= 10);
    if (count + 2 > room) abort();
    to[0] = ':';
    for (i = 0; i < count; i++) to[1 + i] = digits[count - 1 - i];
    to[1 + count] = 0;
    return count + 1;
}

#define _snwprintf(to, room, format, value) fuzz_print_port(to, room, value)

LPVOID WINAPI HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    (void)heap, (void)flags;
    return calloc(1, size ? size : 1);
}

LPVOID WINAPI HeapReAlloc(HANDLE heap, DWORD flags, LPVOID block, SIZE_T size)
{
    (void)heap, (void)flags;
    return realloc(block, size);
}

BOOL WINAPI HeapFree(HANDLE heap, DWORD flags, LPVOID block)
{
    (void)heap, (void)flags;
    free(block);
    return TRUE;
}

static DWORD fuzz_error;

void WINAPI SetLastError(DWORD error)
{
    fuzz_error = error;
}

/* The next character, U+FFFD for what is none; *in moves on, by one byte at least. */
static unsigned int fuzz_decode(const unsigned char **in, const unsigned char *end)
{
    unsigned int first = *(*in)++, more, value, i;

    if (first < 0x80) return first;
    more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    value = first & (0x3f >> more);
    for (i = 0; more && i < more; i++)
    {
        if (*in == end || (**in & 0xc0) != 0x80) return 0xfffd;
        value = value << 6 | (*(*in)++ & 0x3f);
    }
    return !more || value > 0x10ffff || (value >= 0xd800 && value < 0xe000) ? 0xfffd : value;
}

/* As Windows's: a size of -1 counts the NUL, no room asks for the size, too little is 0. */
INT WINAPI MultiByteToWideChar(UINT codepage, DWORD flags, LPCSTR text, INT size, LPWSTR to, INT room)
{
    const unsigned char *in = (const unsigned char *)text,
                        *end = in + (size < 0 ? strlen(text) + 1 : (SIZE_T)size);
    INT used = 0;

    (void)codepage, (void)flags;
    while (in < end)
    {
        unsigned int value = fuzz_decode(&in, end), units = value > 0xffff ? 2 : 1;

        if (room && used + (INT)units > room) return 0;
        if (room && units == 1)
            to[used] = value;
        else if (room)
        {
            to[used] = 0xd7c0 + (value >> 10);
            to[used + 1] = 0xdc00 | (value & 0x3ff);
        }
        used += units;
    }
    return used;
}

INT WINAPI WideCharToMultiByte(UINT codepage, DWORD flags, LPCWSTR text, INT size, LPSTR to, INT room,
                               LPCSTR unknown, BOOL *used_unknown)
{
    SIZE_T count = size < 0 ? wcslen(text) + 1 : (SIZE_T)size, i;
    INT used = 0;

    (void)codepage, (void)flags, (void)unknown, (void)used_unknown;
    for (i = 0; i < count; i++)
    {
        unsigned int value = text[i], bytes, shift;

        if ((value & 0xfc00) == 0xd800 && i + 1 < count && (text[i + 1] & 0xfc00) == 0xdc00)
            value = 0x10000 + ((value & 0x3ff) << 10) + (text[++i] & 0x3ff);
        bytes = value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4;
        if (room && used + (INT)bytes > room) return 0;
        if (room && bytes == 1) to[used] = value;
        for (shift = 0; room && bytes > 1 && shift < bytes; shift++)
            to[used + shift] = (shift ? 0x80 : 0xf00 >> bytes) |
                               ((value >> 6 * (bytes - 1 - shift)) & (shift ? 0x3f : 0xff >> (bytes + 1)));
        used += bytes;
    }
    return used;
}

/* ntdll's parsers are not ours to test: text that begins with a digit is an address. The
 * longest text there is comes out. */
static NTSTATUS fuzz_parse4(const WCHAR *text, BOOLEAN strict, IN_ADDR *addr, USHORT *port)
{
    (void)strict;
    if (*text < '0' || *text > '9') return STATUS_INVALID_PARAMETER;
    addr->S_un.S_addr = *text;
    *port = wcslen(text);
    return STATUS_SUCCESS;
}

static NTSTATUS fuzz_parse6(const WCHAR *text, IN6_ADDR *addr, ULONG *scope, USHORT *port)
{
    if (*text < '0' || *text > '9') return STATUS_INVALID_PARAMETER;
    memset(addr, *text, sizeof(*addr));
    *scope = *port = wcslen(text);
    return STATUS_SUCCESS;
}

static NTSTATUS fuzz_longest(const WCHAR *longest, WCHAR *text, ULONG *size)
{
    if (*size <= wcslen(longest)) return STATUS_INVALID_PARAMETER;
    wcscpy(text, longest);
    *size = wcslen(longest) + 1;
    return STATUS_SUCCESS;
}

static NTSTATUS fuzz_print4(const IN_ADDR *addr, USHORT port, WCHAR *text, ULONG *size)
{
    (void)addr, (void)port;
    return fuzz_longest(L"255.255.255.255:65535", text, size);
}

static NTSTATUS fuzz_print6(const IN6_ADDR *addr, ULONG scope, USHORT port, WCHAR *text, ULONG *size)
{
    (void)addr, (void)scope, (void)port;
    return fuzz_longest(L"[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%4294967295]:65535", text, size);
}

#define RtlIpv4StringToAddressExW fuzz_parse4
#define RtlIpv6StringToAddressExW fuzz_parse6
#define RtlIpv4AddressToStringExW fuzz_print4
#define RtlIpv6AddressToStringExW fuzz_print6

#include "guarded.h"

/* In the place of guarded_touch.c, which is the PE half's own way; here the sanitizer sees to
 * what is not there. */
static BOOL touch(const volatile char *at, SIZE_T size)
{
    SIZE_T i;

    for (i = 0; i < size; i++) (void)at[i];
    return TRUE;
}

BOOL guarded_readable(const void *application, SIZE_T size)
{
    return touch(application, size);
}

BOOL guarded_writable(void *application, SIZE_T size)
{
    return touch(application, size);
}

BOOL guarded_run(void (*body)(void *context), void *context)
{
    body(context);
    return TRUE;
}

#endif
