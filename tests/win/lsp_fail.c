/*
 * A layered provider that starts as badly as the test wants.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lsp.h"

/* Good enough for any entry: the last argument, where an error goes, is not touched. */
static INT_PTR WSPAPI refuse(void)
{
    return SOCKET_ERROR;
}

int WSPAPI WSPStartup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE upcalls,
                      LPWSPPROC_TABLE procs)
{
    const struct lsp_shared *shared = lsp_shared();
    int i;

    (void)version, (void)info, (void)upcalls;
    InterlockedIncrement(&lsp_shared()->startups);
    if (shared->startup_error) return shared->startup_error;
    memset(data, 0, sizeof(*data));
    data->wVersion = data->wHighVersion = shared->version;
    for (i = 0; i < ENTRY_COUNT; i++)
        ((void **)procs)[i] = i == shared->missing_entry ? NULL : (void *)refuse;
    return 0;
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved)
{
    (void)module, (void)reason, (void)reserved;
    return TRUE;
}
