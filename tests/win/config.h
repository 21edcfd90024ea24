/* What tests of the WSC calls share (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef CONFIG_H
#define CONFIG_H

#include "harness.h"

#include <ws2spi.h>
#include <sporder.h>

/* mingw's library lacks some of them. */
static inline FARPROC ws2(const char *name)
{
    FARPROC proc = GetProcAddress(GetModuleHandleA("ws2_32.dll"), name);

    if (!proc) SKIP("no %s here", name);
    return proc;
}

static GUID layer_id = {0x5a5a0001, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};
static GUID chain_id __attribute__((unused)) = {0x5a5a0002, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};
static const WCHAR path[] __attribute__((unused)) = L"%SystemRoot%\\system32\\layer.dll";

struct listing
{
    WSAPROTOCOL_INFOW *infos;
    int count;
};

static inline struct listing list(void)
{
    struct listing listing;
    DWORD size = 0;
    int err = 0;

    WSCEnumProtocols(NULL, NULL, &size, &err);
    CHECK_INT(err, WSAENOBUFS);
    listing.infos = malloc(size);
    listing.count = WSCEnumProtocols(NULL, listing.infos, &size, &err);
    CHECK(listing.count > 0);
    return listing;
}

static inline int find_id(const struct listing *listing, const GUID *id)
{
    int i;

    for (i = 0; i < listing->count; i++)
        if (!memcmp(&listing->infos[i].ProviderId, id, sizeof(*id))) return i;
    return -1;
}

/* A layered protocol of this name. */
static inline WSAPROTOCOL_INFOW layer(const WCHAR *name)
{
    WSAPROTOCOL_INFOW info;

    memset(&info, 0, sizeof(info));
    info.iVersion = 2;
    info.iAddressFamily = AF_INET;
    info.iSocketType = SOCK_STREAM;
    info.iProtocol = IPPROTO_TCP;
    info.ProtocolChain.ChainLen = LAYERED_PROTOCOL;
    info.dwProviderFlags = PFL_HIDDEN;
    wcscpy(info.szProtocol, name);
    return info;
}

static inline void clean(void)
{
    int err;

    WSCDeinstallProvider(&layer_id, &err);
    WSCDeinstallProvider(&chain_id, &err);
}

static inline void install_layer(void)
{
    WSAPROTOCOL_INFOW info = layer(L"Test layer");
    int err = 0xdead;

    clean();
    CHECK_INT(WSCInstallProvider(&layer_id, path, &info, 1, &err), 0);
}

#endif
