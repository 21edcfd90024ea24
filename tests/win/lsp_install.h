/*
 * Installing layered providers for the time of a test.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef LSP_INSTALL_H
#define LSP_INSTALL_H

#include "harness.h"

#include "lsp.h"

/* One can be installed over another: the second has the second id and is removed first. */
static GUID lsp_ids[] = {{0x5a5a1001, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}},
                         {0x5a5a1002, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}}};

static inline FARPROC lsp_function(const char *name)
{
    FARPROC proc = GetProcAddress(GetModuleHandleA("ws2_32.dll"), name);

    if (!proc) SKIP("no %s here", name);
    return proc;
}

/* The whole catalog in a heap block. */
static inline WSAPROTOCOL_INFOW *lsp_catalog(int *count)
{
    WSAPROTOCOL_INFOW *all;
    DWORD size = 0;
    int err;

    WSCEnumProtocols(NULL, NULL, &size, &err);
    all = malloc(size);
    *count = WSCEnumProtocols(NULL, all, &size, &err);
    return all;
}

/* Chains have ids of their own, and the uninstaller has to find them. */
static inline void lsp_remove_one(GUID *id)
{
    int i, count, err;
    WSAPROTOCOL_INFOW *all = lsp_catalog(&count);
    DWORD layer = 0;

    for (i = 0; i < count; i++)
        if (!memcmp(&all[i].ProviderId, id, sizeof(*id))) layer = all[i].dwCatalogEntryId;
    for (i = 0; layer && i < count; i++)
        if (all[i].ProtocolChain.ChainLen > 1 && all[i].ProtocolChain.ChainEntries[0] == layer)
            CHECK_INT(WSCDeinstallProvider(&all[i].ProviderId, &err), 0);
    if (layer) CHECK_INT(WSCDeinstallProvider(id, &err), 0);
    free(all);
}

static inline void lsp_remove(void)
{
    lsp_remove_one(&lsp_ids[1]);
    lsp_remove_one(&lsp_ids[0]);
}

/* Makes the mapping that the provider reports to, empty. */
static inline struct lsp_shared *lsp_mapping(void)
{
    static struct lsp_shared *shared;

    if (!shared)
    {
        HANDLE mapping =
            CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(*shared), LSP_SHARED);

        shared = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(*shared));
        CHECK(shared != NULL);
    }
    memset(shared, 0, sizeof(*shared));
    shared->version = MAKEWORD(2, 2);
    shared->missing_entry = -1;
    return shared;
}

/* Puts a provider of a DLL beside the program over what there is for TCP, or UDP too.
 * flags: XP1_IFS_HANDLES or 0. */
static inline void lsp_install_over(GUID *id, const char *dll, DWORD flags, BOOL udp)
{
    int(WINAPI * install)(GUID *, WCHAR *, WCHAR *, DWORD, WSAPROTOCOL_INFOW *, DWORD, DWORD *, int *) =
        (void *)lsp_function("WSCInstallProviderAndChains");
    WSAPROTOCOL_INFOW *all, wanted[2];
    int i, count, found = 0, err = 0;
    WCHAR path[MAX_PATH], name[64];
    DWORD entry;

    all = lsp_catalog(&count);
    for (i = 0; i < count && found < (udp ? 2 : 1); i++)
        if (all[i].iAddressFamily == AF_INET && all[i].iSocketType == (found ? SOCK_DGRAM : SOCK_STREAM))
            wanted[found++] = all[i];
    free(all);
    harness_beside(dll, path);
    MultiByteToWideChar(CP_ACP, 0, dll, -1, name, 64);
    CHECK_INT(install(id, path, name, flags, wanted, found, &entry, &err), 0);
    CHECK_INT(err, 0);
}

/* The same over the host's own alone. This process has chosen its catalog before. */
static inline struct lsp_shared *lsp_install(const char *dll, DWORD flags, BOOL udp)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    CHECK(s != INVALID_SOCKET);
    closesocket(s);
    lsp_remove();
    lsp_install_over(&lsp_ids[0], dll, flags, udp);
    return lsp_mapping();
}

/* The exit code of a child that runs while it is installed. */
static inline int lsp_child(const char *dll, DWORD flags, BOOL udp, const char *name)
{
    int code;

    lsp_install(dll, flags, udp);
    code = harness_join(harness_spawn(name, "-"));
    lsp_remove();
    return code;
}

#endif
