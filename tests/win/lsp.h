/*
 * What the layered providers for tests share, with each other and with the tests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef LSP_H
#define LSP_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <stdlib.h>

#include "spi_entries.h"

/* The test makes the mapping before it starts a program that the provider gets into:
 * what the provider does there, and what it is to do. */
#define LSP_SHARED "ws2_32_wine_lsp"

struct lsp_shared
{
    volatile LONG startups, cleanups;
    volatile LONG calls[ENTRY_COUNT];
    volatile LONG extension_calls;     /* of the provider's own extension functions */
    volatile LONG upcalls_bad;         /* upcalls that did not do what they should */
    USHORT redirect_from, redirect_to; /* ports, network order: lsp_redirected */
    WORD version;                      /* what WSPStartup says: lsp_fail */
    int startup_error;
    int missing_entry; /* of the table, or -1 */
};

static inline struct lsp_shared *lsp_shared(void)
{
    static struct lsp_shared *shared, nobody;
    HANDLE mapping;

    if (shared) return shared;
    if ((mapping = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, LSP_SHARED)))
        shared = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(*shared));
    return shared ? shared : &nobody;
}

static inline void lsp_count(enum entry entry)
{
    InterlockedIncrement(&lsp_shared()->calls[entry]);
}

/* Where a connection goes instead: elsewhere, or where it was to go. */
static inline const struct sockaddr *lsp_redirected(const struct sockaddr *addr, int len,
                                                    struct sockaddr_in *elsewhere)
{
    if (!lsp_shared()->redirect_to || addr->sa_family != AF_INET || len < (int)sizeof(*elsewhere))
        return addr;
    memcpy(elsewhere, addr, sizeof(*elsewhere));
    if (elsewhere->sin_port != lsp_shared()->redirect_from) return addr;
    elsewhere->sin_port = lsp_shared()->redirect_to;
    return (struct sockaddr *)elsewhere;
}

/* The chain that a layer below has for the rest of this one: the next layer's entry has
 * none, and it is a chain that it is started with. */
static inline const WSAPROTOCOL_INFOW *lsp_rest_of_chain(const WSAPROTOCOL_INFOW *info,
                                                         const WSAPROTOCOL_INFOW *all, int count)
{
    const WSAPROTOCOLCHAIN *chain = &info->ProtocolChain, *rest;
    int i;

    for (i = 0; i < count; i++)
    {
        rest = &all[i].ProtocolChain;
        if (rest->ChainLen == chain->ChainLen - 1 && rest->ChainLen > 1 &&
            !memcmp(rest->ChainEntries, chain->ChainEntries + 1, rest->ChainLen * sizeof(DWORD)))
            return &all[i];
    }
    return NULL;
}

/* The provider below, loaded and started as the SPI's documentation has it: the next
 * entry of the chain, its DLL by its id, and that DLL's WSPStartup. 0 or the error. */
static inline int lsp_start_lower(const WSAPROTOCOL_INFOW *info, WSPUPCALLTABLE upcalls,
                                  WSAPROTOCOL_INFOW *lower_info, WSPPROC_TABLE *lower)
{
    WCHAR path[MAX_PATH], expanded[MAX_PATH];
    const WSAPROTOCOL_INFOW *rest = NULL;
    int i, count, err = 0, len = MAX_PATH;
    GUID id;

    LPWSPSTARTUP startup = NULL;
    WSAPROTOCOL_INFOW *all;
    HMODULE module;
    WSPDATA data;
    DWORD size = 0;

    if (info->ProtocolChain.ChainLen < 2) return WSAEPROVIDERFAILEDINIT;
    WSCEnumProtocols(NULL, NULL, &size, &err);
    if (!(all = malloc(size))) return WSAENOBUFS;
    count = WSCEnumProtocols(NULL, all, &size, &err);
    for (i = 0; i < count; i++)
        if (all[i].dwCatalogEntryId == info->ProtocolChain.ChainEntries[1]) break;
    if (i < count)
    {
        id = all[i].ProviderId;
        rest =
            all[i].ProtocolChain.ChainLen == LAYERED_PROTOCOL ? lsp_rest_of_chain(info, all, count) : &all[i];
    }
    if (rest) *lower_info = *rest;
    free(all);
    if (!rest) return WSAEPROVIDERFAILEDINIT;

    if (upcalls.lpWPUGetProviderPath(&id, path, &len, &err)) return err;
    ExpandEnvironmentStringsW(path, expanded, MAX_PATH);
    if ((module = LoadLibraryW(expanded)))
        startup = (LPWSPSTARTUP)(void *)GetProcAddress(module, "WSPStartup");
    if (!startup) return WSAEPROVIDERFAILEDINIT;
    return startup(MAKEWORD(2, 2), &data, lower_info, upcalls, lower);
}

#endif
