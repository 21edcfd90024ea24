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

/* Winsock Direct, which needs a system area network's provider: there is none. */
DWORD WINAPI StartWsdpService(void)
{
    TRACE("\n");
    return ERROR_NOT_SUPPORTED;
}

void WINAPI StopWsdpService(void)
{
    TRACE("\n");
}

/* By which Windows's service host runs Winsock Direct. */
void WINAPI ServiceMain(DWORD count, WCHAR **arguments)
{
    TRACE("count %lu, arguments %p\n", count, arguments);
}

void WINAPI SvchostPushServiceGlobals(void *globals)
{
    TRACE("globals %p\n", globals);
}

/* What an older Windows had installed is carried over by its setup: nothing here is
 * older. 0 for success. */
DWORD WINAPI MigrateWinsockConfiguration(DWORD unknown1, DWORD unknown2, DWORD unknown3)
{
    TRACE("%#lx, %#lx, %#lx\n", unknown1, unknown2, unknown3);
    return 0;
}
