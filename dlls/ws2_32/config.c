/*
 * The WSC calls: installing, removing and ordering transport providers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "catalog.h"
#include "config.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

int config_result(int ret, int error, int *err)
{
    volatile int result = ret;

    if (ret != SOCKET_ERROR) return ret;
    TRACE("error %d\n", error);
    __TRY
    {
        GUARD_BEGIN;
        *err = error;
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        result = SOCKET_ERROR;
    }
    __ENDTRY
    return result;
}

int config_error(DWORD registry_error)
{
    switch (registry_error)
    {
    case ERROR_SUCCESS: return 0;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY: return WSA_NOT_ENOUGH_MEMORY;
    default: return WSANO_RECOVERY;
    }
}
