/*
 * The errors of the calls about providers, name spaces and service classes, in both
 * catalogs where there are two.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "errors.h"

static GUID unknown = {0x5a5a0004, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};
static GUID own = {0x5a5a0005, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};
static WCHAR path[] = L"%SystemRoot%\\system32\\errors.dll";
static WCHAR name[] = L"Errors", wide[MAX_PATH];
static char text[256], data[4096];
static DWORD count;
static void *bad;

static WSAPROTOCOL_INFOW layer(void)
{
    WSAPROTOCOL_INFOW info = {.iVersion = 2, .iAddressFamily = AF_INET, .iSocketType = SOCK_STREAM};

    info.iProtocol = IPPROTO_TCP;
    info.ProtocolChain.ChainLen = LAYERED_PROTOCOL;
    wcscpy(info.szProtocol, L"Errors");
    return info;
}

TEST(lists_of_protocols)
{
    static int(WSPAPI *const enumerate[])(int *, WSAPROTOCOL_INFOW *, DWORD *, int *) = {WSCEnumProtocols,
                                                                                         WSCEnumProtocols32};
    int i;

    for (i = 0; i < 2; i++)
    {
        FOR_UNREADABLE(bad)
        CHECK_ERR(enumerate[i](bad, NULL, &count, &err), WSAEFAULT);
        FOR_UNWRITABLE(bad)
        {
            count = 0x10000;
            CHECK_ERR(enumerate[i](NULL, bad, &count, &err), WSAEFAULT);
            CHECK_ERR(enumerate[i](NULL, NULL, bad, &err), WSAEFAULT);
            CHECK_INT(enumerate[i](NULL, NULL, NULL, bad), SOCKET_ERROR);
        }
        count = 1;
        CHECK_ERR(enumerate[i](NULL, (WSAPROTOCOL_INFOW *)data, &count, &err), WSAENOBUFS);
        CHECK(count > 1);
    }
    FOR_UNREADABLE(bad)
    {
        CHECK_ERROR(WSAEnumProtocolsA(bad, NULL, &count), WSAEFAULT);
        CHECK_ERROR(WSAEnumProtocolsW(bad, NULL, &count), WSAEFAULT);
    }
    FOR_UNWRITABLE(bad)
    {
        count = 0x10000;
        CHECK_ERROR(WSAEnumProtocolsA(NULL, bad, &count), WSAEFAULT);
        CHECK_ERROR(WSAEnumProtocolsW(NULL, bad, &count), WSAEFAULT);
        CHECK_ERROR(WSAEnumProtocolsA(NULL, NULL, bad), WSAEFAULT);
        CHECK_ERROR(WSAEnumProtocolsW(NULL, NULL, bad), WSAEFAULT);
    }
    count = 1;
    CHECK_ERROR(WSAEnumProtocolsA(NULL, (WSAPROTOCOL_INFOA *)data, &count), WSAENOBUFS);
}

TEST(removing_providers)
{
    static int(WSPAPI *const remove_provider[])(GUID *, int *) = {WSCDeinstallProvider,
                                                                  WSCDeinstallProvider32};
    int i;

    for (i = 0; i < 2; i++)
    {
        FOR_UNREADABLE(bad)
        CHECK_ERR(remove_provider[i](bad, &err), WSAEFAULT);
        FOR_UNWRITABLE(bad)
        CHECK_INT(remove_provider[i](&unknown, bad), SOCKET_ERROR);
        CHECK_ERR(remove_provider[i](&unknown, &err), WSAEINVAL);
    }
}

TEST(paths_of_providers)
{
    typedef int(WSPAPI * path_t)(GUID *, WCHAR *, int *, int *);
    const path_t get[] = {WSCGetProviderPath, WSCGetProviderPath32,
                          WS2_FUNCTION(path_t, "WPUGetProviderPath")};
    WSAPROTOCOL_INFOW infos[64];
    DWORD size = sizeof(infos);
    int i, len, err = 0;

    CHECK(WSCEnumProtocols(NULL, infos, &size, &err) > 0);
    for (i = 0; i < 3; i++)
    {
        len = MAX_PATH;
        FOR_UNREADABLE(bad)
        CHECK_ERR(get[i](bad, wide, &len, &err), WSAEFAULT);
        FOR_UNWRITABLE(bad)
        {
            len = MAX_PATH;
            CHECK_ERR(get[i](&infos[0].ProviderId, bad, &len, &err), WSAEFAULT);
            CHECK_ERR(get[i](&infos[0].ProviderId, wide, bad, &err), WSAEFAULT);
        }
        len = 1;
        CHECK_ERR(get[i](&infos[0].ProviderId, wide, &len, &err), WSAEFAULT);
        len = MAX_PATH;
        CHECK_ERR(get[i](&unknown, wide, &len, &err), WSAEINVAL);
    }
}

TEST(installing_and_updating_providers)
{
    typedef int(WSPAPI * install_t)(GUID *, const WCHAR *, WSAPROTOCOL_INFOW *, DWORD, int *);
    static const install_t install[] = {(install_t)WSCInstallProvider, (install_t)WSCInstallProvider64_32,
                                        (install_t)WSCUpdateProvider, (install_t)WSCUpdateProvider32};
    WSAPROTOCOL_INFOW info = layer();
    WCHAR no_path[] = L"";
    int i;

    for (i = 0; i < 4; i++)
    {
        FOR_UNREADABLE(bad)
        {
            CHECK_ERR(install[i](bad, path, &info, 1, &err), WSAEFAULT);
            CHECK_ERR(install[i](&unknown, bad, &info, 1, &err), WSAEFAULT);
            CHECK_ERR(install[i](&unknown, path, bad, 1, &err), WSAEFAULT);
        }
        CHECK_ERR(install[i](&unknown, no_path, &info, 1, &err), WSAEINVAL);
        CHECK_ERR(install[i](&unknown, path, NULL, 1, &err), WSAEINVAL);
        CHECK_ERR(install[i](&unknown, path, &info, 0, &err), WSAEINVAL);
    }
    CHECK_ERR(WSCUpdateProvider(&unknown, path, &info, 1, &err), WSAEINVAL);
    CHECK_ERR(WSCUpdateProvider32(&unknown, path, &info, 1, &err), WSAEINVAL);
}

TEST(installing_providers_with_chains)
{
    typedef int(WSPAPI * chains_t)(GUID *, WCHAR *, WCHAR *, DWORD, WSAPROTOCOL_INFOW *, DWORD, DWORD *,
                                   int *);
    typedef int(WSPAPI * both_t)(GUID *, WCHAR *, WCHAR *, WCHAR *, DWORD, WSAPROTOCOL_INFOW *, DWORD,
                                 DWORD *, DWORD *, int *);
    chains_t chains = WS2_FUNCTION(chains_t, "WSCInstallProviderAndChains");
    both_t both = WS2_FUNCTION(both_t, "WSCInstallProviderAndChains64_32");
    WSAPROTOCOL_INFOW info = layer();

    FOR_UNREADABLE(bad)
    {
        CHECK_ERR(chains(bad, path, name, 0, &info, 1, NULL, &err), WSAEFAULT);
        CHECK_ERR(chains(&unknown, bad, name, 0, &info, 1, NULL, &err), WSAEFAULT);
        CHECK_ERR(chains(&unknown, path, bad, 0, &info, 1, NULL, &err), WSAEFAULT);
        CHECK_ERR(chains(&unknown, path, name, 0, bad, 1, NULL, &err), WSAEFAULT);
        CHECK_ERR(both(bad, path, path, name, 0, &info, 1, NULL, NULL, &err), WSAEFAULT);
        CHECK_ERR(both(&unknown, path, bad, name, 0, &info, 1, NULL, NULL, &err), WSAEFAULT);
        CHECK_ERR(both(&unknown, path, path, name, 0, bad, 1, NULL, NULL, &err), WSAEFAULT);
    }
}

TEST(information_of_providers)
{
    typedef int(WSPAPI * get_t)(GUID *, int, BYTE *, size_t *, DWORD, int *);
    typedef int(WSPAPI * set_t)(GUID *, int, BYTE *, size_t, DWORD, int *);
    static const char *const names[][2] = {{"WSCGetProviderInfo", "WSCSetProviderInfo"},
                                           {"WSCGetProviderInfo32", "WSCSetProviderInfo32"}};
    WSAPROTOCOL_INFOW infos[64];
    DWORD size = sizeof(infos), value = 0;
    size_t room;
    int i, err = 0;
    GUID *id;

    CHECK(WSCEnumProtocols(NULL, infos, &size, &err) > 0);
    id = &infos[0].ProviderId;
    for (i = 0; i < 2; i++)
    {
        get_t get = WS2_FUNCTION(get_t, names[i][0]);
        set_t set = WS2_FUNCTION(set_t, names[i][1]);

        FOR_UNREADABLE(bad)
        {
            room = sizeof(value);
            CHECK_ERR(get(bad, ProviderInfoLspCategories, (BYTE *)&value, &room, 0, &err), WSAEFAULT);
            CHECK_ERR(set(bad, ProviderInfoLspCategories, (BYTE *)&value, room, 0, &err), WSAEFAULT);
            CHECK_ERR(set(id, ProviderInfoLspCategories, bad, sizeof(value), 0, &err), WSAEFAULT);
        }
        FOR_UNWRITABLE(bad)
        {
            room = sizeof(value);
            CHECK_ERR(get(id, ProviderInfoLspCategories, bad, &room, 0, &err), WSAEFAULT);
            CHECK_ERR(get(id, ProviderInfoLspCategories, (BYTE *)&value, bad, 0, &err), WSAEFAULT);
        }
        room = 1;
        CHECK_ERR(get(id, ProviderInfoLspCategories, (BYTE *)&value, &room, 0, &err), WSAEFAULT);
        CHECK_INT(room, sizeof(value));
        CHECK_ERR(get(id, 77, (BYTE *)&value, &room, 0, &err), WSAEINVAL);
        CHECK_ERR(get(&unknown, ProviderInfoLspCategories, (BYTE *)&value, &room, 0, &err), WSANO_RECOVERY);
        CHECK_ERR(set(id, 77, (BYTE *)&value, sizeof(value), 0, &err), WSAEINVAL);
        CHECK_ERR(set(id, ProviderInfoLspCategories, (BYTE *)&value, 1, 0, &err), WSAEINVAL);
        CHECK_ERR(set(&unknown, ProviderInfoLspCategories, (BYTE *)&value, sizeof(value), 0, &err),
                  WSANO_RECOVERY);
    }
}

TEST(categories_of_applications)
{
    static const WCHAR program[] = L"C:\\errors\\program.exe";
    const DWORD len = wcslen(program);
    DWORD categories, previous;

    FOR_UNREADABLE(bad)
    {
        CHECK_ERR(WSCGetApplicationCategory(bad, len, NULL, 0, &categories, &err), WSAEFAULT);
        CHECK_ERR(WSCGetApplicationCategory(program, len, bad, 4, &categories, &err), WSAEFAULT);
        CHECK_ERR(WSCSetApplicationCategory(bad, len, NULL, 0, 1, &previous, &err), WSAEFAULT);
        CHECK_ERR(WSCSetApplicationCategory(program, len, bad, 4, 1, &previous, &err), WSAEFAULT);
    }
    CHECK_ERR(WSCGetApplicationCategory(NULL, 0, NULL, 0, &categories, &err), WSAEINVAL);
    CHECK_ERR(WSCSetApplicationCategory(NULL, 0, NULL, 0, 1, &previous, &err), WSAEINVAL);
    CHECK_ERR(WSCGetApplicationCategory(program, len, NULL, 0, &categories, &err), WSASERVICE_NOT_FOUND);
}

/* These return the error. */
TEST(orders)
{
    static int(WSPAPI *const protocols[])(DWORD *, DWORD) = {WSCWriteProviderOrder, WSCWriteProviderOrder32};
    static int(WSPAPI *const spaces[])(GUID *, DWORD) = {WSCWriteNameSpaceOrder, WSCWriteNameSpaceOrder32};
    DWORD twice[] = {1001, 1001};
    GUID guids[2] = {unknown, unknown};
    int i;

    for (i = 0; i < 2; i++)
    {
        FOR_UNREADABLE(bad)
        {
            CHECK_INT(protocols[i](bad, 2), WSAEFAULT);
            CHECK_INT(spaces[i](bad, 2), WSAEFAULT);
        }
        CHECK_INT(protocols[i](twice, 2), WSAEINVAL);
        CHECK_INT(spaces[i](guids, 2), WSAEINVAL);
    }
}

TEST(lists_of_name_spaces)
{
    static const char *const names[] = {"WSAEnumNameSpaceProvidersA",   "WSAEnumNameSpaceProvidersW",
                                        "WSAEnumNameSpaceProvidersExA", "WSAEnumNameSpaceProvidersExW",
                                        "WSCEnumNameSpaceProviders32",  "WSCEnumNameSpaceProvidersEx32"};
    typedef int(WSPAPI * enum_t)(DWORD *, void *);
    unsigned int i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
        enum_t enumerate = WS2_FUNCTION(enum_t, names[i]);

        FOR_UNWRITABLE(bad)
        {
            count = 0x10000;
            CHECK_ERROR(enumerate(&count, bad), WSAEFAULT);
            CHECK_ERROR(enumerate(bad, NULL), WSAEFAULT);
        }
        count = 1;
        CHECK_ERROR(enumerate(&count, data), WSAEFAULT);
        CHECK(count > 1);
        CHECK(enumerate(&count, data) > 0);
    }
}

TEST(installing_name_spaces)
{
    typedef int(WSPAPI * install_t)(WCHAR *, WCHAR *, DWORD, DWORD, GUID *);
    typedef int(WSPAPI * install_ex_t)(WCHAR *, WCHAR *, DWORD, DWORD, GUID *, BLOB *);
    static const char *const names[][4] = {
        {"WSCInstallNameSpace", "WSCInstallNameSpaceEx", "WSCUnInstallNameSpace", "WSCEnableNSProvider"},
        {"WSCInstallNameSpace32", "WSCInstallNameSpaceEx32", "WSCUnInstallNameSpace32",
         "WSCEnableNSProvider32"}};
    BLOB blob = {4, (BYTE *)"four"};
    int i;

    for (i = 0; i < 2; i++)
    {
        install_t install = WS2_FUNCTION(install_t, names[i][0]);
        install_ex_t install_ex = WS2_FUNCTION(install_ex_t, names[i][1]);
        int(WSPAPI * uninstall)(GUID *) = WS2_FUNCTION(int(WSPAPI *)(GUID *), names[i][2]);
        int(WSPAPI * enable)(GUID *, BOOL) = WS2_FUNCTION(int(WSPAPI *)(GUID *, BOOL), names[i][3]);

        FOR_UNREADABLE(bad)
        {
            CHECK_ERROR(install(bad, path, 777, 1, &own), WSAEFAULT);
            CHECK_ERROR(install(name, bad, 777, 1, &own), WSAEFAULT);
            CHECK_ERROR(install(name, path, 777, 1, bad), WSAEFAULT);
            CHECK_ERROR(install_ex(name, path, 777, 1, &own, bad), WSAEFAULT);
            CHECK_ERROR(uninstall(bad), WSAEFAULT);
            CHECK_ERROR(enable(bad, TRUE), WSAEFAULT);
        }
        CHECK_ERROR(install(NULL, path, 777, 1, &own), WSAEINVAL);
        CHECK_ERROR(uninstall(&unknown), WSAEINVAL);
        CHECK_ERROR(enable(&unknown, TRUE), WSAEINVAL);
        CHECK_INT(install_ex(name, path, 777, 1, &own, &blob), 0);
        CHECK_ERROR(install(name, path, 777, 1, &own), WSANO_RECOVERY);
        CHECK_INT(enable(&own, FALSE), 0);
        CHECK_INT(uninstall(&own), 0);
        CHECK_ERROR(uninstall(&own), WSAEINVAL);
    }
}

TEST(service_classes)
{
    WSASERVICECLASSINFOA class_a = {.lpServiceClassId = &own, .lpszServiceClassName = text};
    WSASERVICECLASSINFOW class_w = {.lpServiceClassId = &own, .lpszServiceClassName = name};
    WSANAMESPACE_INFOW *spaces = (WSANAMESPACE_INFOW *)data;
    GUID *provider;

    count = sizeof(data);
    CHECK(WSAEnumNameSpaceProvidersW(&count, spaces) > 0);
    provider = &spaces[0].NSProviderId;
    FOR_UNREADABLE(bad)
    {
        CHECK_ERROR(WSAInstallServiceClassA(bad), WSAEFAULT);
        CHECK_ERROR(WSAInstallServiceClassW(bad), WSAEFAULT);
        CHECK_ERROR(WSARemoveServiceClass(bad), WSAEFAULT);
        class_a.lpServiceClassId = class_w.lpServiceClassId = bad;
        CHECK_ERROR(WSAInstallServiceClassA(&class_a), WSAEFAULT);
        CHECK_ERROR(WSAInstallServiceClassW(&class_w), WSAEFAULT);
        class_a.lpServiceClassId = class_w.lpServiceClassId = &own;
        class_a.lpszServiceClassName = bad;
        class_w.lpszServiceClassName = bad;
        CHECK_ERROR(WSAInstallServiceClassA(&class_a), WSAEFAULT);
        CHECK_ERROR(WSAInstallServiceClassW(&class_w), WSAEFAULT);
        class_w.lpszServiceClassName = name;
        class_w.dwCount = 1;
        class_w.lpClassInfos = bad;
        CHECK_ERROR(WSAInstallServiceClassW(&class_w), WSAEFAULT);
        class_w.dwCount = 0;
        count = sizeof(text);
        CHECK_ERROR(WSAGetServiceClassInfoA(provider, bad, &count, (WSASERVICECLASSINFOA *)text), WSAEFAULT);
        CHECK_ERROR(WSAGetServiceClassInfoW(provider, bad, &count, (WSASERVICECLASSINFOW *)text), WSAEFAULT);
        CHECK_ERROR(WSAGetServiceClassNameByClassIdA(bad, text, &count), WSAEFAULT);
        CHECK_ERROR(WSAGetServiceClassNameByClassIdW(bad, wide, &count), WSAEFAULT);
    }
    CHECK_ERROR(WSARemoveServiceClass(&unknown), WSATYPE_NOT_FOUND);
    count = sizeof(text);
    CHECK_ERROR(WSAGetServiceClassInfoA(provider, &unknown, &count, (WSASERVICECLASSINFOA *)text),
                WSATYPE_NOT_FOUND);
    CHECK_ERROR(WSAGetServiceClassInfoW(provider, &unknown, &count, (WSASERVICECLASSINFOW *)text),
                WSATYPE_NOT_FOUND);
    CHECK_ERROR(WSAGetServiceClassInfoA(&unknown, &own, &count, (WSASERVICECLASSINFOA *)text), WSAEINVAL);
    CHECK_ERROR(WSAGetServiceClassNameByClassIdA(&unknown, text, &count), WSATYPE_NOT_FOUND);
    CHECK_ERROR(WSAGetServiceClassNameByClassIdW(&unknown, wide, &count), WSATYPE_NOT_FOUND);
}

TEST(answers_about_a_service_class_need_room)
{
    WSASERVICECLASSINFOA class = {.lpServiceClassId = &own, .lpszServiceClassName = (char *)"Errors"};
    WSANAMESPACE_INFOW *spaces = (WSANAMESPACE_INFOW *)data;
    GUID *provider;

    count = sizeof(data);
    CHECK(WSAEnumNameSpaceProvidersW(&count, spaces) > 0);
    provider = &spaces[0].NSProviderId;
    WSARemoveServiceClass(&own);
    CHECK_INT(WSAInstallServiceClassA(&class), 0);
    CHECK_ERROR(WSAInstallServiceClassA(&class), WSAEALREADY);
    FOR_UNWRITABLE(bad)
    {
        count = sizeof(text);
        CHECK_ERROR(WSAGetServiceClassInfoA(provider, &own, &count, bad), WSAEFAULT);
        CHECK_ERROR(WSAGetServiceClassInfoW(provider, &own, &count, bad), WSAEFAULT);
        CHECK_ERROR(WSAGetServiceClassNameByClassIdA(&own, bad, &count), WSAEFAULT);
        CHECK_ERROR(WSAGetServiceClassNameByClassIdW(&own, bad, &count), WSAEFAULT);
    }
    FOR_UNREADABLE(bad)
    {
        CHECK_ERROR(WSAGetServiceClassInfoA(provider, &own, bad, (WSASERVICECLASSINFOA *)text), WSAEFAULT);
        CHECK_ERROR(WSAGetServiceClassNameByClassIdA(&own, text, bad), WSAEFAULT);
    }
    count = 1;
    CHECK_ERROR(WSAGetServiceClassInfoA(provider, &own, &count, (WSASERVICECLASSINFOA *)text), WSAEFAULT);
    CHECK(count > 1);
    CHECK_INT(WSAGetServiceClassInfoA(provider, &own, &count, (WSASERVICECLASSINFOA *)text), 0);
    CHECK_STR(((WSASERVICECLASSINFOA *)text)->lpszServiceClassName, "Errors");
    count = 1;
    CHECK_ERROR(WSAGetServiceClassNameByClassIdA(&own, text, &count), WSAEFAULT);
    CHECK_INT(WSARemoveServiceClass(&own), 0);
    CHECK_ERROR(WSARemoveServiceClass(&own), WSATYPE_NOT_FOUND);
}

TEST(lookups)
{
    WSAQUERYSETA query_a = {.dwSize = sizeof(query_a), .dwNameSpace = NS_ALL};
    WSAQUERYSETW query_w = {.dwSize = sizeof(query_w), .dwNameSpace = NS_ALL}, wrong;
    HANDLE handle = (HANDLE)0xdead;

    FOR_UNREADABLE(bad)
    {
        CHECK_ERROR(WSALookupServiceBeginA(bad, LUP_RETURN_ALL, &handle), WSAEFAULT);
        CHECK_ERROR(WSALookupServiceBeginW(bad, LUP_RETURN_ALL, &handle), WSAEFAULT);
        wrong = query_w;
        wrong.lpszServiceInstanceName = bad;
        CHECK_ERROR(WSALookupServiceBeginW(&wrong, LUP_RETURN_ALL, &handle), WSAEFAULT);
        wrong = query_w;
        wrong.lpServiceClassId = bad;
        CHECK_ERROR(WSALookupServiceBeginW(&wrong, LUP_RETURN_ALL, &handle), WSAEFAULT);
        CHECK_ERROR(WSASetServiceA(bad, RNRSERVICE_REGISTER, 0), WSAEFAULT);
        CHECK_ERROR(WSASetServiceW(bad, RNRSERVICE_REGISTER, 0), WSAEFAULT);
    }
    query_w.lpszServiceInstanceName = (WCHAR *)L"localhost";
    query_w.lpServiceClassId = &(GUID)SVCID_INET_HOSTADDRBYNAME;
    FOR_UNWRITABLE(bad)
    CHECK_ERROR(WSALookupServiceBeginW(&query_w, LUP_RETURN_ALL, bad), WSAEFAULT);
    CHECK_INT(WSALookupServiceBeginW(&query_w, LUP_RETURN_ALL, &handle), 0);
    FOR_UNREADABLE(bad)
    CHECK_ERROR(WSALookupServiceNextW(handle, 0, bad, (WSAQUERYSETW *)data), WSAEFAULT);
    FOR_UNWRITABLE(bad)
    {
        count = sizeof(data);
        CHECK_ERROR(WSALookupServiceNextW(handle, 0, &count, bad), WSAEFAULT);
        CHECK_ERROR(WSALookupServiceNextA(handle, 0, &count, bad), WSAEFAULT);
        CHECK_ERROR(WSANSPIoctl(handle, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, bad, NULL), WSAEFAULT);
    }
    count = 1;
    CHECK_ERROR(WSALookupServiceNextW(handle, 0, &count, (WSAQUERYSETW *)data), WSAEFAULT);
    count = sizeof(data);
    CHECK_INT(WSALookupServiceNextW(handle, 0, &count, (WSAQUERYSETW *)data), 0);
    while (!WSALookupServiceNextW(handle, 0, &count, (WSAQUERYSETW *)data)) count = sizeof(data);
    CHECK_INT(WSAGetLastError(), WSA_E_NO_MORE);
    CHECK_INT(WSALookupServiceEnd(handle), 0);
    CHECK_ERROR(WSALookupServiceEnd(handle), WSA_INVALID_HANDLE);
    CHECK_ERROR(WSALookupServiceNextA(handle, 0, &count, (WSAQUERYSETA *)data), WSA_INVALID_HANDLE);
    CHECK_ERROR(WSALookupServiceNextW(handle, 0, &count, (WSAQUERYSETW *)data), WSA_INVALID_HANDLE);
}

TEST(changes_of_the_catalog)
{
    HANDLE handle = NULL;

    FOR_UNREADABLE(bad)
    CHECK_ERROR(WSAProviderConfigChange(bad, NULL, NULL), WSAEFAULT);
    handle = (HANDLE)0xdead0;
    CHECK_ERROR(WSAProviderConfigChange(&handle, NULL, NULL), WSA_INVALID_HANDLE);
}

TEST(providers_in_the_program)
{
    int(WINAPI * advertise)(const GUID *, const void *) =
        WS2_FUNCTION(int(WINAPI *)(const GUID *, const void *), "WSAAdvertiseProvider");
    int(WINAPI * withdraw)(const GUID *) =
        WS2_FUNCTION(int(WINAPI *)(const GUID *), "WSAUnadvertiseProvider");
    int(WINAPI * complete)(HANDLE, int) =
        WS2_FUNCTION(int(WINAPI *)(HANDLE, int), "WSAProviderCompleteAsyncCall");

    FOR_UNREADABLE(bad)
    {
        CHECK_ERROR(advertise(bad, data), WSAEFAULT);
        CHECK_ERROR(withdraw(bad), WSAEFAULT);
    }
    CHECK_ERROR(withdraw(&unknown), WSAEINVALIDPROVIDER);
    CHECK_ERROR(complete(NULL, 0), WSAEINVAL);
}
