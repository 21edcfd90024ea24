/*
 * Installing providers: the WSC calls. Every test leaves the catalog as it was.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

TEST(an_installed_provider_is_listed_until_it_is_removed)
{
    struct listing before, during, after;
    int at, err = 0;

    clean();
    before = list();
    install_layer();
    during = list();
    CHECK_INT(during.count, before.count + 1);
    at = find_id(&during, &layer_id);
    CHECK_INT(at, before.count); /* at the end */
    CHECK(!wcscmp(during.infos[at].szProtocol, L"Test layer"));
    CHECK(during.infos[at].dwCatalogEntryId > 1001);

    CHECK_INT(WSCDeinstallProvider(&layer_id, &err), 0);
    after = list();
    CHECK_INT(after.count, before.count);
    CHECK(!memcmp(after.infos, before.infos, before.count * sizeof(*before.infos)));
}

TEST(layered_protocols_are_hidden_from_applications)
{
    struct listing before, during;
    DWORD size_before = 0, size_during = 0;
    int err;

    clean();
    before = list();
    WSAEnumProtocolsW(NULL, NULL, &size_before);
    install_layer();
    during = list();
    WSAEnumProtocolsW(NULL, NULL, &size_during);
    WSCDeinstallProvider(&layer_id, &err);
    CHECK_INT(during.count, before.count + 1);
    CHECK_INT(size_during, size_before);
}

TEST(a_chain_is_shown_to_applications_with_its_chain)
{
    struct listing during;
    WSAPROTOCOL_INFOW chain;
    DWORD layer_entry;
    int at, err = 0;

    install_layer();
    during = list();
    layer_entry = during.infos[find_id(&during, &layer_id)].dwCatalogEntryId;

    chain = layer(L"Test layer over TCP");
    chain.dwProviderFlags = 0;
    chain.ProtocolChain.ChainLen = 2;
    chain.ProtocolChain.ChainEntries[0] = layer_entry;
    chain.ProtocolChain.ChainEntries[1] = 1001;
    CHECK_INT(WSCInstallProvider(&chain_id, path, &chain, 1, &err), 0);
    during = list();
    at = find_id(&during, &chain_id);
    clean();
    CHECK(at >= 0);
    CHECK_INT(during.infos[at].ProtocolChain.ChainLen, 2);
    CHECK_INT(during.infos[at].ProtocolChain.ChainEntries[0], layer_entry);
    CHECK_INT(during.infos[at].ProtocolChain.ChainEntries[1], 1001);
}

TEST(installing_twice_fails)
{
    WSAPROTOCOL_INFOW info = layer(L"Test layer");
    int ret, err = 0;

    install_layer();
    ret = WSCInstallProvider(&layer_id, path, &info, 1, &err);
    clean();
    CHECK_INT(ret, SOCKET_ERROR);
    CHECK_INT(err, WSANO_RECOVERY);
}

TEST(installing_with_bad_arguments_changes_nothing)
{
    WSAPROTOCOL_INFOW info = layer(L"Test layer");
    struct listing before, after;
    WCHAR long_path[400];
    int i, err;

    clean();
    before = list();
    for (i = 0; i < 399; i++) long_path[i] = 'a';
    long_path[399] = 0;
#define FAILS(call, error)           \
    err = 0;                         \
    CHECK_INT((call), SOCKET_ERROR); \
    CHECK_INT(err, (error))
    FAILS(WSCInstallProvider(NULL, path, &info, 1, &err), WSAEFAULT);
    FAILS(WSCInstallProvider(&layer_id, NULL, &info, 1, &err), WSAEFAULT);
    FAILS(WSCInstallProvider(&layer_id, long_path, &info, 1, &err), WSAEINVAL);
    FAILS(WSCInstallProvider(&layer_id, path, NULL, 1, &err), WSAEINVAL);
    FAILS(WSCInstallProvider(&layer_id, path, &info, 0, &err), WSAEINVAL);
    FAILS(WSCInstallProvider(&layer_id, path, (WSAPROTOCOL_INFOW *)16, 1, &err), WSAEFAULT);
    info.ProtocolChain.ChainLen = MAX_PROTOCOL_CHAIN + 1;
    FAILS(WSCInstallProvider(&layer_id, path, &info, 1, &err), WSAEINVAL);
    CHECK_INT(WSCInstallProvider(NULL, path, &info, 1, NULL), SOCKET_ERROR);
    after = list();
    CHECK_INT(after.count, before.count);
}

TEST(removing_what_is_not_there_is_wsaeinval)
{
    int err = 0;

    clean();
    FAILS(WSCDeinstallProvider(&layer_id, &err), WSAEINVAL);
    FAILS(WSCDeinstallProvider(NULL, &err), WSAEFAULT);
}

TEST(the_path_of_a_provider_is_read_back_unexpanded)
{
    static const GUID ipv4 = {0xe70f1aa0, 0xab8b, 0x11cf, {0x8c, 0xa3, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92}};
    WCHAR buffer[MAX_PATH];
    int ret, len = MAX_PATH, short_len = 5, err = 0, short_ret;
    GUID id = ipv4;

    install_layer();
    ret = WSCGetProviderPath(&layer_id, buffer, &len, &err);
    short_ret = WSCGetProviderPath(&layer_id, buffer, &short_len, &err);
    clean();
    CHECK_INT(ret, 0);
    CHECK(!wcscmp(buffer, path));
    CHECK_INT(len, wcslen(path) + 1);
    CHECK_INT(short_ret, SOCKET_ERROR);
    CHECK_INT(err, WSAEFAULT);
    CHECK_INT(short_len, wcslen(path) + 1);

    len = MAX_PATH;
    CHECK_INT(((int(WINAPI *)(GUID *, WCHAR *, int *, int *))(void *)ws2("WPUGetProviderPath"))(&id, buffer,
                                                                                                &len, &err),
              0);
    CHECK(!_wcsicmp(buffer, L"%SystemRoot%\\system32\\mswsock.dll"));
    len = MAX_PATH;
    CHECK_INT(WSCGetProviderPath(&id, buffer, &len, &err), 0);
    CHECK(!_wcsicmp(buffer, L"%SystemRoot%\\system32\\mswsock.dll"));
}

TEST(the_path_of_no_provider_is_an_error_and_leaves_the_length)
{
    WCHAR buffer[MAX_PATH];
    int len = MAX_PATH, err;

    clean();
    FAILS(WSCGetProviderPath(&layer_id, buffer, &len, &err), WSAEINVAL);
    CHECK_INT(len, MAX_PATH);
    len = 0;
    FAILS(WSCGetProviderPath(&layer_id, buffer, &len, &err), WSAEINVAL);
    FAILS(WSCGetProviderPath(&layer_id, buffer, NULL, &err), WSAEFAULT);
    FAILS(WSCGetProviderPath(NULL, buffer, &len, &err), WSAEFAULT);
}

TEST(an_update_changes_path_and_entries)
{
    struct listing during;
    WSAPROTOCOL_INFOW info;
    WCHAR buffer[MAX_PATH];
    int err = 0, ret, at, len = MAX_PATH, strange;

    install_layer();
    during = list();
    info = during.infos[find_id(&during, &layer_id)];
    wcscpy(info.szProtocol, L"Renamed");
    ret = WSCUpdateProvider(&layer_id, L"other.dll", &info, 1, &err);
    during = list();
    at = find_id(&during, &layer_id);
    WSCGetProviderPath(&layer_id, buffer, &len, &err);
    info.dwCatalogEntryId = 1001; /* another provider's */
    strange = WSCUpdateProvider(&layer_id, L"other.dll", &info, 1, &err);
    clean();
    CHECK_INT(ret, 0);
    CHECK(!wcscmp(during.infos[at].szProtocol, L"Renamed"));
    CHECK(!wcscmp(buffer, L"other.dll"));
    CHECK_INT(strange, SOCKET_ERROR);
    CHECK_INT(err, WSAEINVAL);
    FAILS(WSCUpdateProvider(&layer_id, path, &info, 1, &err), WSAEINVAL);
}

TEST(the_order_can_be_written_and_restored)
{
    struct listing before, after;
    DWORD ids[64], restored[64], size;
    WSAPROTOCOL_INFOW infos[64];
    int i, ret, ret_back;

    clean();
    before = list();
    CHECK(before.count >= 2 && before.count <= 64);
    for (i = 0; i < before.count; i++) restored[i] = ids[i] = before.infos[i].dwCatalogEntryId;
    ids[0] = restored[before.count - 1];
    ids[before.count - 1] = restored[0];
    ret = WSCWriteProviderOrder(ids, before.count);
    after = list();
    size = sizeof(infos);
    WSAEnumProtocolsW(NULL, infos, &size);
    ret_back = WSCWriteProviderOrder(restored, before.count);
    CHECK_INT(ret, 0);
    CHECK_INT(ret_back, 0);
    CHECK_INT(after.count, before.count);
    for (i = 0; i < before.count; i++) CHECK_INT(after.infos[i].dwCatalogEntryId, ids[i]);
    after = list();
    for (i = 0; i < before.count; i++) CHECK_INT(after.infos[i].dwCatalogEntryId, restored[i]);
}

TEST(an_order_must_name_every_entry_once)
{
    struct listing before;
    DWORD ids[64];
    int i;

    clean();
    before = list();
    for (i = 0; i < before.count; i++) ids[i] = before.infos[i].dwCatalogEntryId;
    CHECK_INT(WSCWriteProviderOrder(ids, before.count - 1), WSAEINVAL);
    ids[0] = ids[1];
    CHECK_INT(WSCWriteProviderOrder(ids, before.count), WSAEINVAL);
    ids[0] = 0xdead;
    CHECK_INT(WSCWriteProviderOrder(ids, before.count), WSAEINVAL);
    CHECK_INT(WSCWriteProviderOrder(NULL, before.count), WSAEFAULT);
}

TEST(installing_with_chains_puts_one_above_each_protocol)
{
    int(WINAPI * install)(GUID *, WCHAR *, WCHAR *, DWORD, WSAPROTOCOL_INFOW *, DWORD, DWORD *, int *) =
        (void *)ws2("WSCInstallProviderAndChains");
    struct listing before, during, after;
    DWORD entry = 0;
    int i, ret, twice, err = 0, err_twice = 0, chains = 0, layer_at;
    GUID ids[64];

    clean();
    before = list();
    ret = install(&layer_id, (WCHAR *)path, (WCHAR *)L"Chained", 0, NULL, 0, &entry, &err);
    twice = install(&layer_id, (WCHAR *)path, (WCHAR *)L"Chained", 0, NULL, 0, NULL, &err_twice);
    during = list();
    layer_at = find_id(&during, &layer_id);
    for (i = 0; i < during.count; i++)
        if (during.infos[i].ProtocolChain.ChainLen > 1) ids[chains++] = during.infos[i].ProviderId;
    for (i = 0; i < chains; i++) WSCDeinstallProvider(&ids[i], &err);
    clean();
    after = list();

    CHECK_INT(ret, 0);
    CHECK_INT(twice, SOCKET_ERROR);
    CHECK_INT(err_twice, WSAEINVAL);
    CHECK(layer_at >= 0);
    CHECK_INT(during.infos[layer_at].dwCatalogEntryId, entry);
    CHECK_INT(during.infos[layer_at].ProtocolChain.ChainLen, LAYERED_PROTOCOL);
    CHECK_INT(chains, before.count);
    CHECK_INT(during.count, 2 * before.count + 1);
    for (i = 0; i < chains; i++)
    {
        CHECK_INT(during.infos[i].ProtocolChain.ChainLen, 2);
        CHECK_INT(during.infos[i].ProtocolChain.ChainEntries[0], entry);
        CHECK_INT(during.infos[i].ProtocolChain.ChainEntries[1], before.infos[i].dwCatalogEntryId);
        CHECK_INT(during.infos[i].iAddressFamily, before.infos[i].iAddressFamily);
        CHECK(!(during.infos[i].dwServiceFlags1 & XP1_IFS_HANDLES));
        CHECK(!wcsncmp(during.infos[i].szProtocol, L"Chained over [", 14));
    }
    CHECK_INT(after.count, before.count);
}

TEST(chains_over_what_is_not_there_are_wsaeinval)
{
    int(WINAPI * install)(GUID *, WCHAR *, WCHAR *, DWORD, WSAPROTOCOL_INFOW *, DWORD, DWORD *, int *) =
        (void *)ws2("WSCInstallProviderAndChains");
    WSAPROTOCOL_INFOW info = layer(L"");
    int err;

    clean();
    info.iProtocol = 0xdead;
    FAILS(install(&layer_id, (WCHAR *)path, (WCHAR *)L"Chained", 0, &info, 1, NULL, &err), WSAEINVAL);
    FAILS(install(&layer_id, (WCHAR *)path, (WCHAR *)L"Chained", 0, &info, 0, NULL, &err), WSAEINVAL);
    FAILS(install(NULL, (WCHAR *)path, (WCHAR *)L"Chained", 0, NULL, 0, NULL, &err), WSAEINVAL);
    FAILS(install(&layer_id, (WCHAR *)path, NULL, 0, NULL, 0, NULL, &err), WSAEINVAL);
    FAILS(WSCDeinstallProvider(&layer_id, &err), WSAEINVAL);
}

TEST(categories_of_a_provider_are_kept)
{
    int(WINAPI * get)(GUID *, int, BYTE *, size_t *, DWORD, int *) = (void *)ws2("WSCGetProviderInfo");
    int(WINAPI * set)(GUID *, int, BYTE *, size_t, DWORD, int *) = (void *)ws2("WSCSetProviderInfo");
    DWORD categories = 0x12, read = 0;
    size_t size = sizeof(read), no_room = 0;
    int err = 0, ret_set, ret_get, ret_small, err_small = 0, ret_audit, err_audit = 0, ret_strange,
        err_strange = 0;

    install_layer();
    ret_set = set(&layer_id, 0, (BYTE *)&categories, sizeof(categories), 0, &err);
    ret_get = get(&layer_id, 0, (BYTE *)&read, &size, 0, &err);
    ret_small = get(&layer_id, 0, NULL, &no_room, 0, &err_small);
    ret_audit = get(&layer_id, 1, (BYTE *)&read, &size, 0, &err_audit);
    ret_strange = get(&layer_id, 77, (BYTE *)&read, &size, 0, &err_strange);
    clean();
    CHECK_INT(ret_set, 0);
    CHECK_INT(ret_get, 0);
    CHECK_INT(read, 0x12);
    CHECK_INT(size, sizeof(DWORD));
    CHECK_INT(ret_small, SOCKET_ERROR);
    CHECK_INT(err_small, WSAEFAULT);
    CHECK_INT(no_room, sizeof(DWORD));
    CHECK_INT(ret_audit, SOCKET_ERROR);
    CHECK_INT(err_audit, ERROR_CALL_NOT_IMPLEMENTED);
    CHECK_INT(ret_strange, SOCKET_ERROR);
    CHECK_INT(err_strange, WSAEINVAL);
    FAILS(get(&layer_id, 0, (BYTE *)&read, &size, 0, &err), WSANO_RECOVERY);
    FAILS(set(&layer_id, 0, (BYTE *)&read, sizeof(read), 0, &err), WSANO_RECOVERY);
    FAILS(get(NULL, 0, (BYTE *)&read, &size, 0, &err), WSAEFAULT);
}

#define APPLICATIONS "System\\CurrentControlSet\\Services\\WinSock2\\Parameters\\AppId_Catalog"

TEST(categories_that_an_application_permits_add_up)
{
    int(WINAPI * get)(const WCHAR *, DWORD, const WCHAR *, DWORD, DWORD *, int *) =
        (void *)ws2("WSCGetApplicationCategory");
    int(WINAPI * set)(const WCHAR *, DWORD, const WCHAR *, DWORD, DWORD, DWORD *, int *) =
        (void *)ws2("WSCSetApplicationCategory");
    static const WCHAR app[] = L"C:\\somewhere\\program.exe", args[] = L"-k test";
    DWORD previous = 0xdead, first = 0, second = 0, alone = 0;
    int err = 0, ret[6], err_alone = 0;
    HKEY key;

    ret[0] = set(app, wcslen(app), args, wcslen(args), 0x1, &previous, &err);
    ret[1] = get(app, wcslen(app), args, wcslen(args), &first, &err);
    ret[2] = set(app, wcslen(app), args, wcslen(args), 0x80000000, &previous, &err);
    ret[3] = get(app, wcslen(app), args, wcslen(args), &second, &err);
    ret[4] = get(app, wcslen(app), NULL, 0, &alone, &err_alone);
    if (!RegOpenKeyExA(HKEY_LOCAL_MACHINE, APPLICATIONS, 0, KEY_ALL_ACCESS, &key))
    {
        RegDeleteTreeA(key, NULL);
        RegCloseKey(key);
    }
    ret[5] = get(app, wcslen(app), args, wcslen(args), &alone, &err);
    CHECK_INT(ret[0], 0);
    CHECK_INT(ret[1], 0);
    CHECK_INT(first, 0x1);
    CHECK_INT(ret[2], 0);
    CHECK_INT(previous, 0x1);
    CHECK_INT(ret[3], 0);
    CHECK_INT(second, 0x80000001);
    CHECK_INT(ret[4], SOCKET_ERROR);
    CHECK_INT(err_alone, WSASERVICE_NOT_FOUND);
    CHECK_INT(ret[5], SOCKET_ERROR);
    CHECK_INT(err, WSASERVICE_NOT_FOUND);
    FAILS(get(NULL, 4, NULL, 0, &alone, &err), WSAEINVAL);
    FAILS(get((const WCHAR *)16, 4, NULL, 0, &alone, &err), WSAEFAULT);
    FAILS(set(NULL, 4, NULL, 0, 1, NULL, &err), WSAEINVAL);
}

TEST(nothing_is_left_in_the_registry)
{
    HKEY key;
    DWORD entries = 0;

    install_layer();
    clean();
    if (RegOpenKeyExA(
            HKEY_LOCAL_MACHINE,
            "System\\CurrentControlSet\\Services\\WinSock2\\Parameters\\Protocol_Catalog9\\Catalog_Entries64",
            0, KEY_READ, &key))
        SKIP("no stored catalog");
    RegQueryInfoKeyA(key, NULL, NULL, NULL, &entries, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    RegCloseKey(key);
    CHECK_INT(entries, 0);
}

TEST(a_change_of_the_catalog_is_told)
{
    HANDLE handle = NULL;
    OVERLAPPED overlapped = {0};
    DWORD waited, early;

    clean();
    CHECK_INT(WSAProviderConfigChange(&handle, NULL, NULL), 0);
    CHECK(handle != NULL);
    overlapped.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    CHECK_ERROR(WSAProviderConfigChange(&handle, &overlapped, NULL), WSA_IO_PENDING);
    early = WaitForSingleObject(overlapped.hEvent, 50);
    install_layer();
    waited = WaitForSingleObject(overlapped.hEvent, 5000);
    clean();
    CHECK_INT(early, WAIT_TIMEOUT);
    CHECK_INT(waited, WAIT_OBJECT_0);
    CHECK_INT(overlapped.Internal, 0);
    CHECK(CloseHandle(handle));
    CloseHandle(overlapped.hEvent);
    CHECK_ERROR(WSAProviderConfigChange(NULL, NULL, NULL), WSAEFAULT);
}

TEST(a_change_of_the_name_spaces_is_told)
{
    static GUID id = {0x5a5a0003, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};
    HANDLE handle = NULL;
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    DWORD early, waited;

    WSCUnInstallNameSpace(&id);
    CHECK_INT(WSAProviderConfigChange(&handle, NULL, NULL), 0);
    CHECK_ERROR(WSAProviderConfigChange(&handle, &overlapped, NULL), WSA_IO_PENDING);
    early = WaitForSingleObject(overlapped.hEvent, 50);
    CHECK_INT(WSCInstallNameSpace((WCHAR *)L"Names", (WCHAR *)L"none.dll", 778, 1, &id), 0);
    waited = WaitForSingleObject(overlapped.hEvent, 5000);
    CHECK_INT(WSCUnInstallNameSpace(&id), 0);
    CHECK_INT(early, WAIT_TIMEOUT);
    CHECK_INT(waited, WAIT_OBJECT_0);
    CHECK(CloseHandle(handle));
    CloseHandle(overlapped.hEvent);
}

static int routine_ran;

static void CALLBACK routine(DWORD error, DWORD count, OVERLAPPED *overlapped, DWORD flags)
{
    (void)count;
    (void)overlapped;
    (void)flags;
    routine_ran = error ? -1 : 1;
}

TEST(a_change_of_the_catalog_calls_a_routine)
{
    HANDLE handle = NULL;
    OVERLAPPED overlapped = {0};
    int i;

    clean();
    routine_ran = 0;
    CHECK_INT(WSAProviderConfigChange(&handle, NULL, NULL), 0);
    CHECK_ERROR(WSAProviderConfigChange(&handle, &overlapped, routine), WSA_IO_PENDING);
    install_layer();
    for (i = 0; i < 50 && !routine_ran; i++) SleepEx(100, TRUE);
    clean();
    CHECK_INT(routine_ran, 1);
    CloseHandle(handle);
}

static DWORD CALLBACK install_and_remove(void *number)
{
    GUID id = {0x5a5a1000, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};
    WSAPROTOCOL_INFOW info = layer(L"Test layer");
    int i, err = 0, failures = 0;

    id.Data1 += (DWORD)(ULONG_PTR)number;
    for (i = 0; i < 10; i++)
    {
        failures += WSCInstallProvider(&id, path, &info, 1, &err) != 0;
        failures += WSCDeinstallProvider(&id, &err) != 0;
    }
    return failures;
}

TEST(threads_that_install_at_once_do_not_lose_each_others_changes)
{
    struct listing before, after;
    HANDLE threads[4];
    DWORD code, failures = 0;
    int i;

    clean();
    before = list();
    for (i = 0; i < 4; i++)
        threads[i] = CreateThread(NULL, 0, install_and_remove, (void *)(ULONG_PTR)i, 0, NULL);
    for (i = 0; i < 4; i++)
    {
        CHECK_INT(WaitForSingleObject(threads[i], 20000), WAIT_OBJECT_0);
        GetExitCodeThread(threads[i], &code);
        failures += code;
        CloseHandle(threads[i]);
    }
    after = list();
    CHECK_INT(failures, 0);
    CHECK_INT(after.count, before.count);
}

CHILD(install_in_child)
{
    return install_and_remove((void *)100);
}

TEST(processes_that_install_at_once_do_not_lose_each_others_changes)
{
    HANDLE child = harness_spawn("install_in_child", " ");

    CHECK_INT(install_and_remove((void *)101), 0);
    CHECK_INT(harness_join(child), 0);
}
