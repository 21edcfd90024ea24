/*
 * Copies from and to application memory that may be bad.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For calls that are not in a hurry and would rather work on memory of their
 * own than inside an exception frame.
 */
#include "private.h"

#include "guarded.h"

BOOL guarded_copy(void *to, const void *from, SIZE_T size)
{
    volatile BOOL ok = TRUE;

    __TRY
    {
        GUARD_BEGIN;
        memcpy(to, from, size);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        ok = FALSE;
    }
    __ENDTRY
    return ok;
}

static BOOL guarded_zero(void *application, SIZE_T size)
{
    volatile BOOL ok = TRUE;

    __TRY
    {
        GUARD_BEGIN;
        memset(application, 0, size);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        ok = FALSE;
    }
    __ENDTRY
    return ok;
}

int guarded_room(void *application, DWORD *size, DWORD needed)
{
    DWORD room;

    if (!guarded_read(&room, size, sizeof(room))) return WSAEFAULT;
    if (room >= needed) return guarded_zero(application, needed) ? 0 : WSAEFAULT;
    guarded_write(size, &needed, sizeof(needed));
    return WSAEFAULT;
}

int guarded_string(WCHAR *to, const WCHAR *application, int room)
{
    volatile int result = GUARDED_LONG;

    __TRY
    {
        int i;

        GUARD_BEGIN;
        for (i = 0; i < room; i++)
        {
            if ((to[i] = application[i])) continue;
            result = i;
            break;
        }
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        result = GUARDED_FAULT;
    }
    __ENDTRY
    return result;
}
