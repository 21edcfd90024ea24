/*
 * Copies from and to application memory that may be bad.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For calls that would rather work on memory of their own than where it may go away.
 */
#include "private.h"

#include "guarded.h"

struct copy
{
    void *to;
    const void *from;
    SIZE_T size;
};

static void copy_bytes(void *context)
{
    const struct copy *copy = context;

    memcpy(copy->to, copy->from, copy->size);
}

BOOL guarded_copy(void *to, const void *from, SIZE_T size)
{
    struct copy copy = {to, from, size};

    return guarded_run(copy_bytes, &copy);
}

static void zero_bytes(void *context)
{
    const struct copy *copy = context;

    memset(copy->to, 0, copy->size);
}

static BOOL guarded_zero(void *application, SIZE_T size)
{
    struct copy copy = {application, NULL, size};

    return guarded_run(zero_bytes, &copy);
}

int guarded_room(void *application, DWORD *size, DWORD needed)
{
    DWORD room;

    if (!guarded_read(&room, size, sizeof(room))) return WSAEFAULT;
    if (room >= needed) return guarded_zero(application, needed) ? 0 : WSAEFAULT;
    guarded_write(size, &needed, sizeof(needed));
    return WSAEFAULT;
}

struct string
{
    WCHAR *to;
    const WCHAR *from;
    int room, length;
};

static void copy_string(void *context)
{
    struct string *string = context;
    int i;

    for (i = 0; i < string->room; i++)
    {
        if ((string->to[i] = string->from[i])) continue;
        string->length = i;
        break;
    }
}

int guarded_string(WCHAR *to, const WCHAR *application, int room)
{
    struct string string = {to, application, room, GUARDED_LONG};

    return guarded_run(copy_string, &string) ? string.length : GUARDED_FAULT;
}
