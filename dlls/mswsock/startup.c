/*
 * mswsock.dll: the base transport provider's door.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "mswsock.h"

WINE_DEFAULT_DEBUG_CHANNEL(mswsock);

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved)
{
    (void)reserved;
    if (reason == DLL_PROCESS_ATTACH) DisableThreadLibraryCalls(module);
    return TRUE;
}

/* What a layered provider calls at the bottom of its chain. Any number of times: the
 * table is always the same, and its sockets are the device's, IFS handles. Upcalls are
 * not made. Returns the error. */
int WSPAPI WSPStartup(WORD version, WSPDATA *data, WSAPROTOCOL_INFOW *info, WSPUPCALLTABLE upcalls,
                      WSPPROC_TABLE *table)
{
    TRACE("version %#x, data %p, info %p, table %p\n", version, data, info, table);
    return __ws2_base_startup(version, data, info, upcalls, table);
}
