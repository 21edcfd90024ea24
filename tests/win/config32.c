/*
 * Installing providers for programs of both widths: the catalogs are two.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

static void clean_both(void)
{
    int(WINAPI * deinstall32)(GUID *, int *) = (void *)ws2("WSCDeinstallProvider32");
    int err;

    clean();
    deinstall32(&layer_id, &err);
}

/* In both, by one call. */
static void install_in_both(void)
{
    int(WINAPI * install)(GUID *, const WCHAR *, WSAPROTOCOL_INFOW *, DWORD, int *) =
        (void *)ws2("WSCInstallProvider64_32");
    WSAPROTOCOL_INFOW info = layer(L"Test layer");
    int err = 0xdead;

    clean_both();
    CHECK_INT(install(&layer_id, path, &info, 1, &err), 0);
}

static struct listing list32(void)
{
    int(WINAPI * enumerate)(int *, WSAPROTOCOL_INFOW *, DWORD *, int *) = (void *)ws2("WSCEnumProtocols32");
    struct listing listing;
    DWORD size = 0;
    int err = 0;

    enumerate(NULL, NULL, &size, &err);
    listing.infos = malloc(size);
    listing.count = enumerate(NULL, listing.infos, &size, &err);
    CHECK(listing.count > 0);
    return listing;
}

TEST(chains_can_be_installed_for_programs_of_both_widths)
{
    int(WINAPI * install)(GUID *, WCHAR *, WCHAR *, WCHAR *, DWORD, WSAPROTOCOL_INFOW *, DWORD, DWORD *,
                          DWORD *, int *) = (void *)ws2("WSCInstallProviderAndChains64_32");
    int(WINAPI * deinstall32)(GUID *, int *) = (void *)ws2("WSCDeinstallProvider32");
    int(WINAPI * path32)(GUID *, WCHAR *, int *, int *) = (void *)ws2("WSCGetProviderPath32");
    int(WINAPI * list32)(int *, WSAPROTOCOL_INFOW *, DWORD *, int *) = (void *)ws2("WSCEnumProtocols32");
    WSAPROTOCOL_INFOW info = layer(L""), infos[64];
    WCHAR buffer[MAX_PATH] = L"", buffer32[MAX_PATH] = L"";
    DWORD entry32 = 0, entry64 = 0, size = sizeof(infos);
    int i, err = 0, len = MAX_PATH, len32 = MAX_PATH, ret, count, chains = 0;
    struct listing during;

    clean();
    deinstall32(&layer_id, &err);
    ret = install(&layer_id, (WCHAR *)L"narrow.dll", (WCHAR *)L"wide.dll", (WCHAR *)L"Chained",
                  XP1_IFS_HANDLES, &info, 1, &entry32, &entry64, &err);
    WSCGetProviderPath(&layer_id, buffer, &len, &err);
    path32(&layer_id, buffer32, &len32, &err);
    during = list();
    count = list32(NULL, infos, &size, &err);
    for (i = 0; i < during.count; i++)
    {
        if (during.infos[i].ProtocolChain.ChainLen < 2) continue;
        CHECK(during.infos[i].dwServiceFlags1 & XP1_IFS_HANDLES);
        WSCDeinstallProvider(&during.infos[i].ProviderId, &err);
        chains++;
    }
    for (i = 0; i < count; i++)
        if (infos[i].ProtocolChain.ChainLen > 1) deinstall32(&infos[i].ProviderId, &err);
    clean();
    deinstall32(&layer_id, &err);
    CHECK_INT(ret, 0);
    CHECK(entry32 != 0 && entry64 != 0);
    CHECK(!wcscmp(buffer, L"wide.dll"));
    CHECK(!wcscmp(buffer32, L"narrow.dll"));
    CHECK_INT(chains, 1); /* TCP over IPv4 only */
}

TEST(both_catalogs_take_a_provider_installed_in_both)
{
    int(WINAPI * install)(GUID *, const WCHAR *, WSAPROTOCOL_INFOW *, DWORD, int *) =
        (void *)ws2("WSCInstallProvider64_32");
    int(WINAPI * deinstall32)(GUID *, int *) = (void *)ws2("WSCDeinstallProvider32");
    int(WINAPI * path32)(GUID *, WCHAR *, int *, int *) = (void *)ws2("WSCGetProviderPath32");
    WSAPROTOCOL_INFOW info = layer(L"Test layer");
    WCHAR buffer[MAX_PATH];
    int err = 0, ret, len = MAX_PATH, ret_path, ret_gone;

    clean();
    deinstall32(&layer_id, &err);
    ret = install(&layer_id, path, &info, 1, &err);
    CHECK_INT(WSCDeinstallProvider(&layer_id, &err), 0);
    ret_path = path32(&layer_id, buffer, &len, &err);
    CHECK_INT(deinstall32(&layer_id, &err), 0);
    ret_gone = path32(&layer_id, buffer, &len, &err);
    CHECK_INT(ret, 0);
    CHECK_INT(ret_path, 0);
    CHECK(!wcscmp(buffer, path));
    CHECK_INT(ret_gone, SOCKET_ERROR);
}

TEST(an_update_for_32_bit_programs_is_theirs_alone)
{
    int(WINAPI * update32)(GUID *, const WCHAR *, WSAPROTOCOL_INFOW *, DWORD, int *) =
        (void *)ws2("WSCUpdateProvider32");
    int(WINAPI * path32)(GUID *, WCHAR *, int *, int *) = (void *)ws2("WSCGetProviderPath32");
    WCHAR buffer[MAX_PATH] = L"", buffer32[MAX_PATH] = L"";
    int err = 0, ret, len = MAX_PATH, len32 = MAX_PATH, at, at32;
    struct listing during, during32;
    WSAPROTOCOL_INFOW info;

    install_in_both();
    during32 = list32();
    info = during32.infos[find_id(&during32, &layer_id)];
    wcscpy(info.szProtocol, L"Renamed");
    ret = update32(&layer_id, L"narrow.dll", &info, 1, &err);
    during = list();
    during32 = list32();
    at = find_id(&during, &layer_id);
    at32 = find_id(&during32, &layer_id);
    WSCGetProviderPath(&layer_id, buffer, &len, &err);
    path32(&layer_id, buffer32, &len32, &err);
    clean_both();
    CHECK_INT(ret, 0);
    CHECK(!wcscmp(during.infos[at].szProtocol, L"Test layer"));
    CHECK(!wcscmp(during32.infos[at32].szProtocol, L"Renamed"));
    CHECK(!wcscmp(buffer, path));
    CHECK(!wcscmp(buffer32, L"narrow.dll"));
}

TEST(an_order_for_32_bit_programs_is_theirs_alone)
{
    int(WINAPI * write32)(DWORD *, DWORD) = (void *)ws2("WSCWriteProviderOrder32");
    struct listing before, before32, after, after32;
    DWORD ids[64];
    int i, ret;

    install_in_both();
    before = list();
    before32 = list32();
    for (i = 0; i < before32.count; i++)
        ids[i] = before32.infos[before32.count - 1 - i].dwCatalogEntryId; /* from behind */
    ret = write32(ids, before32.count);
    after = list();
    after32 = list32();
    for (i = 0; i < before32.count; i++) ids[i] = before32.infos[i].dwCatalogEntryId;
    CHECK_INT(write32(ids, before32.count), 0);
    clean_both();
    CHECK_INT(ret, 0);
    CHECK(!memcmp(after.infos, before.infos, before.count * sizeof(*before.infos)));
    for (i = 0; i < before32.count; i++)
        CHECK_INT(after32.infos[i].dwCatalogEntryId, ids[before32.count - 1 - i]);
}

TEST(categories_for_32_bit_programs_are_theirs_alone)
{
    typedef int(WINAPI * get_t)(GUID *, int, BYTE *, size_t *, DWORD, int *);
    typedef int(WINAPI * set_t)(GUID *, int, BYTE *, size_t, DWORD, int *);
    get_t get = (get_t)(void *)ws2("WSCGetProviderInfo"), get32 = (get_t)(void *)ws2("WSCGetProviderInfo32");
    set_t set = (set_t)(void *)ws2("WSCSetProviderInfo"), set32 = (set_t)(void *)ws2("WSCSetProviderInfo32");
    DWORD wide = 0x10, narrow = 0x2, read = 0, read32 = 0;
    size_t size = sizeof(read), size32 = sizeof(read32);
    int err = 0, ret[4];

    install_in_both();
    ret[0] = set(&layer_id, 0, (BYTE *)&wide, sizeof(wide), 0, &err);
    ret[1] = set32(&layer_id, 0, (BYTE *)&narrow, sizeof(narrow), 0, &err);
    ret[2] = get(&layer_id, 0, (BYTE *)&read, &size, 0, &err);
    ret[3] = get32(&layer_id, 0, (BYTE *)&read32, &size32, 0, &err);
    clean_both();
    CHECK_INT(ret[0] | ret[1] | ret[2] | ret[3], 0);
    CHECK_INT(read, wide);
    CHECK_INT(read32, narrow);
}

TEST(each_catalog_is_in_a_key_of_its_own)
{
    static const char *const names[] = {"Catalog_Entries", "Catalog_Entries64"};
    char path_of[200];
    DWORD entries[2] = {0, 0};
    int i;
    HKEY key;

    install_in_both();
    for (i = 0; i < 2; i++)
    {
        snprintf(path_of, sizeof(path_of),
                 "System\\CurrentControlSet\\Services\\WinSock2\\Parameters\\Protocol_Catalog9\\%s",
                 names[i]);
        if (RegOpenKeyExA(HKEY_LOCAL_MACHINE, path_of, 0, KEY_READ, &key)) continue;
        RegQueryInfoKeyA(key, NULL, NULL, NULL, &entries[i], NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        RegCloseKey(key);
    }
    clean_both();
    CHECK(entries[0] > 0);
    CHECK(entries[1] > 0);
}
