/*
 * A layered provider that passes everything on to the one below, on the same handles.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * It is an IFS provider: it says with WPUModifyIFSHandle that calls on a handle are for
 * it. Included by the DLLs, which change what they will in lsp_adjust().
 */
#ifndef LSP_PASS_H
#define LSP_PASS_H

#include "lsp.h"

static WSPUPCALLTABLE upcalls;
static WSPPROC_TABLE lower;
static WSAPROTOCOL_INFOW lower_info;
static DWORD own_entry;

/* A DLL's own changes to the table that WSPStartup gives. */
static void lsp_adjust(WSPPROC_TABLE *table);

#define AS_PASS(result, name, params, args) \
    static result WSPAPI pass_##name params \
    {                                       \
        lsp_count(ENTRY_##name);            \
        return lower.lpWSP##name args;      \
    }
ENTRIES(AS_PASS)

static SOCKET own(SOCKET s, int *err)
{
    return s == INVALID_SOCKET ? s : upcalls.lpWPUModifyIFSHandle(own_entry, s, err);
}

static SOCKET WSPAPI own_Socket(int family, int type, int protocol, LPWSAPROTOCOL_INFOW info, GROUP group,
                                DWORD flags, LPINT err)
{
    WSAPROTOCOL_INFOW below = lower_info;

    below.dwProviderReserved = info->dwProviderReserved; /* a duplicated socket's */
    return own(pass_Socket(family, type, protocol, &below, group, flags, err), err);
}

static SOCKET WSPAPI own_Accept(SOCKET s, struct sockaddr *addr, LPINT len, LPCONDITIONPROC condition,
                                DWORD_PTR context, LPINT err)
{
    return own(pass_Accept(s, addr, len, condition, context, err), err);
}

static int WSPAPI own_Cleanup(LPINT err)
{
    InterlockedIncrement(&lsp_shared()->cleanups);
    return pass_Cleanup(err);
}

#define AS_PASS_MEMBER(result, name, params, args) .lpWSP##name = (void *)pass_##name,

int WSPAPI WSPStartup(WORD version, LPWSPDATA data, LPWSAPROTOCOL_INFOW info, WSPUPCALLTABLE table,
                      LPWSPPROC_TABLE procs)
{
    static const WSPPROC_TABLE passing = {ENTRIES(AS_PASS_MEMBER)};
    int err;

    InterlockedIncrement(&lsp_shared()->startups);
    if (version != MAKEWORD(2, 2)) return WSAVERNOTSUPPORTED;
    upcalls = table;
    own_entry = info->dwCatalogEntryId;
    if ((err = lsp_start_lower(info, upcalls, &lower_info, &lower))) return err;
    memset(data, 0, sizeof(*data));
    data->wVersion = data->wHighVersion = MAKEWORD(2, 2);
    *procs = passing;
    procs->lpWSPSocket = (void *)own_Socket;
    procs->lpWSPAccept = (void *)own_Accept;
    procs->lpWSPCleanup = (void *)own_Cleanup;
    lsp_adjust(procs);
    return 0;
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved)
{
    (void)module, (void)reason, (void)reserved;
    return TRUE;
}

#endif
