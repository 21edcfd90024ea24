/*
 * Copies of strings that applications hand in, and changes of their encoding.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "text.h"

/* Measures and copies in one guarded go, so that no fault can come later. */
static int copy(const void *in, SIZE_T unit, void **out)
{
    const char *volatile from = in;
    char *volatile to = NULL;
    volatile int error = 0;

    *out = NULL;
    if (!in) return 0;
    __TRY
    {
        GUARD_BEGIN;
        SIZE_T size = (unit == 1 ? strlen(from) : wcslen((const WCHAR *)from)) * unit + unit;

        if ((to = heap_alloc(size)))
            memcpy(to, from, size);
        else
            error = WSA_NOT_ENOUGH_MEMORY;
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        error = WSAEFAULT;
    }
    __ENDTRY
    if (error)
        heap_free(to);
    else
        *out = to;
    return error;
}

int text_copy(const char *in, char **out)
{
    return copy(in, sizeof(char), (void **)out);
}

int text_copy_wide(const WCHAR *in, WCHAR **out)
{
    return copy(in, sizeof(WCHAR), (void **)out);
}

int text_copy_any(const void *in, BOOL wide, WCHAR **out)
{
    char *ansi;
    int error;

    if (wide) return text_copy_wide(in, out);
    *out = NULL;
    if ((error = text_copy(in, &ansi)) || !ansi) return error;
    *out = text_widen(ansi, CP_ACP);
    heap_free(ansi);
    return *out ? 0 : WSA_NOT_ENOUGH_MEMORY;
}

WCHAR *text_widen(const char *in, UINT codepage)
{
    int len = in ? MultiByteToWideChar(codepage, 0, in, -1, NULL, 0) : 0;
    WCHAR *out = len ? heap_alloc(len * sizeof(WCHAR)) : NULL;

    if (out) MultiByteToWideChar(codepage, 0, in, -1, out, len);
    return out;
}

char *text_narrow(const WCHAR *in, UINT codepage)
{
    int len = in ? WideCharToMultiByte(codepage, 0, in, -1, NULL, 0, NULL, NULL) : 0;
    char *out = len ? heap_alloc(len) : NULL;

    if (out) WideCharToMultiByte(codepage, 0, in, -1, out, len, NULL, NULL);
    return out;
}

int text_digit(WCHAR c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 16;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

BOOL text_same(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) a++, b++;
    return lower(*a) == lower(*b);
}
