/*
 * The catalog of namespace providers, and service classes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include <svcguid.h>
#include <ws2spi.h>
#include <sporder.h>

#ifndef NS_NLA
#define NS_NLA 15
#endif

static GUID dns_id = {0x22059d40, 0x7e9e, 0x11cf, {0xae, 0x5a, 0x00, 0xaa, 0x00, 0xa7, 0x11, 0x2b}};
static GUID nla_id = {0x6642243a, 0x3ba8, 0x4aa6, {0xba, 0xa5, 0x2e, 0x0b, 0xd7, 0x1f, 0xdd, 0x83}};
static GUID test_id = {0x5a5a0003, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};

static WSANAMESPACE_INFOW *list(int *count)
{
    WSANAMESPACE_INFOW *infos;
    DWORD size = 0;

    CHECK_ERROR(WSAEnumNameSpaceProvidersW(&size, NULL), WSAEFAULT);
    CHECK(size > 0);
    infos = malloc(size);
    *count = WSAEnumNameSpaceProvidersW(&size, infos);
    CHECK(*count > 0);
    return infos;
}

static WSANAMESPACE_INFOW *find(WSANAMESPACE_INFOW *infos, int count, const GUID *id)
{
    int i;

    for (i = 0; i < count; i++)
        if (!memcmp(&infos[i].NSProviderId, id, sizeof(*id))) return &infos[i];
    return NULL;
}

TEST(dns_and_network_location_are_there_and_active)
{
    int count;
    WSANAMESPACE_INFOW *infos = list(&count), *dns = find(infos, count, &dns_id),
                       *nla = find(infos, count, &nla_id);

    CHECK(dns != NULL);
    CHECK_INT(dns->dwNameSpace, NS_DNS);
    CHECK(dns->fActive);
    CHECK(!wcscmp(dns->lpszIdentifier, L"Tcpip"));
    CHECK(nla != NULL);
    CHECK_INT(nla->dwNameSpace, NS_NLA);
    free(infos);
}

TEST(the_ansi_list_says_the_same)
{
    int i, count;
    WSANAMESPACE_INFOW *wide = list(&count);
    WSANAMESPACE_INFOA *ansi;
    char name[256];
    DWORD size = 0;

    CHECK_ERROR(WSAEnumNameSpaceProvidersA(&size, NULL), WSAEFAULT);
    ansi = malloc(size);
    CHECK_INT(WSAEnumNameSpaceProvidersA(&size, ansi), count);
    for (i = 0; i < count; i++)
    {
        CHECK_INT(ansi[i].dwNameSpace, wide[i].dwNameSpace);
        WideCharToMultiByte(CP_ACP, 0, wide[i].lpszIdentifier, -1, name, sizeof(name), NULL, NULL);
        CHECK_STR(ansi[i].lpszIdentifier, name);
    }
    CHECK_ERROR(WSAEnumNameSpaceProvidersA(NULL, NULL), WSAEFAULT);
    CHECK_ERROR(WSAEnumNameSpaceProvidersW(NULL, NULL), WSAEFAULT);
    size = 100000;
    CHECK_ERROR(WSAEnumNameSpaceProvidersW(&size, (WSANAMESPACE_INFOW *)16), WSAEFAULT);
}

TEST(a_provider_can_be_installed_disabled_and_removed)
{
    int before, during, after, ret, twice, err_twice, disabled, active, found;
    WSANAMESPACE_INFOW *infos;

    WSCUnInstallNameSpace(&test_id);
    infos = list(&before);
    ret = WSCInstallNameSpace((WCHAR *)L"Test space", (WCHAR *)L"test.dll", 777, 3, &test_id);
    WSASetLastError(0);
    twice = WSCInstallNameSpace((WCHAR *)L"Test space", (WCHAR *)L"test.dll", 777, 3, &test_id);
    err_twice = WSAGetLastError();
    disabled = WSCEnableNSProvider(&test_id, FALSE);
    infos = list(&during);
    found = find(infos, during, &test_id) != NULL;
    if (found)
    {
        active = find(infos, during, &test_id)->fActive;
        CHECK_INT(find(infos, during, &test_id)->dwNameSpace, 777);
        CHECK_INT(find(infos, during, &test_id)->dwVersion, 3);
        CHECK(!wcscmp(find(infos, during, &test_id)->lpszIdentifier, L"Test space"));
    }
    CHECK_INT(WSCUnInstallNameSpace(&test_id), 0);
    list(&after);
    CHECK_INT(ret, 0);
    CHECK_INT(twice, SOCKET_ERROR);
    CHECK_INT(err_twice, WSANO_RECOVERY);
    CHECK_INT(disabled, 0);
    CHECK(found);
    CHECK_INT(active, FALSE);
    CHECK_INT(during, before + 1);
    CHECK_INT(after, before);
    CHECK_ERROR(WSCUnInstallNameSpace(&test_id), WSAEINVAL);
    CHECK_ERROR(WSCUnInstallNameSpace(NULL), WSAEFAULT);
    CHECK_ERROR(WSCEnableNSProvider(&test_id, TRUE), WSAEINVAL);
    CHECK_ERROR(WSCInstallNameSpace(NULL, NULL, 777, 3, &test_id), WSAEINVAL);
}

TEST(a_provider_keeps_its_own_data)
{
    struct info_ex
    {
        WSANAMESPACE_INFOW info;
        BLOB blob;
    };
    int(WINAPI * install)(WCHAR *, WCHAR *, DWORD, DWORD, GUID *, BLOB *) =
        (void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSCInstallNameSpaceEx");
    int(WINAPI * enumerate)(DWORD *, struct info_ex *) =
        (void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSAEnumNameSpaceProvidersExW");
    struct info_ex *infos;
    BLOB blob = {5, (BYTE *)"four"};
    DWORD size = 0;
    int i, count, ret, seen = 0;

    if (!install || !enumerate) SKIP("no Ex calls here");
    WSCUnInstallNameSpace(&test_id);
    ret = install((WCHAR *)L"Test space", (WCHAR *)L"test.dll", 777, 3, &test_id, &blob);
    enumerate(&size, NULL);
    infos = malloc(size);
    count = enumerate(&size, infos);
    WSCUnInstallNameSpace(&test_id);
    CHECK_INT(ret, 0);
    for (i = 0; i < count; i++)
    {
        if (memcmp(&infos[i].info.NSProviderId, &test_id, sizeof(test_id))) continue;
        seen++;
        CHECK_INT(infos[i].blob.cbSize, 5);
        CHECK_STR((char *)infos[i].blob.pBlobData, "four");
    }
    CHECK_INT(seen, 1);
}

TEST(the_order_of_providers_can_be_written)
{
    WSANAMESPACE_INFOW *infos;
    GUID ids[16], swapped[16];
    int i, count, after, ret, ret_back, short_ret, first;

    infos = list(&count);
    CHECK(count >= 2 && count <= 16);
    for (i = 0; i < count; i++) swapped[i] = ids[i] = infos[i].NSProviderId;
    swapped[0] = ids[1];
    swapped[1] = ids[0];
    ret = WSCWriteNameSpaceOrder(swapped, count);
    infos = list(&after);
    first = !memcmp(&infos[0].NSProviderId, &ids[1], sizeof(GUID));
    ret_back = WSCWriteNameSpaceOrder(ids, count);
    short_ret = WSCWriteNameSpaceOrder(ids, count - 1);
    CHECK_INT(ret, 0);
    CHECK(first);
    CHECK_INT(ret_back, 0);
    CHECK_INT(short_ret, WSAEINVAL);
    CHECK_INT(WSCWriteNameSpaceOrder(NULL, count), WSAEFAULT);
}

TEST(services_cannot_be_registered_without_a_provider_for_them)
{
    WSAQUERYSETW query = {0};

    CHECK_ERROR(WSASetServiceW(NULL, RNRSERVICE_REGISTER, 0), WSAEFAULT);
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSAEINVAL);
    query.dwSize = sizeof(query);
    query.lpServiceClassId = &test_id;
    query.lpszServiceInstanceName = (WCHAR *)L"instance";
    CHECK_ERROR(WSASetServiceW(&query, 17, 0), WSAEINVAL);
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSASERVICE_NOT_FOUND);
}

TEST(a_registration_is_copied_before_anybody_is_told)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    CSADDR_INFO where = {{(SOCKADDR *)&addr, sizeof(addr)}, {NULL, 0}, SOCK_STREAM, IPPROTO_TCP};
    WSAQUERYSETW query = {.dwSize = sizeof(query), .lpServiceClassId = &test_id};

    query.lpszServiceInstanceName = (WCHAR *)L"instance";
    query.dwNumberOfCsAddrs = 1;
    query.lpcsaBuffer = &where;
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSASERVICE_NOT_FOUND);
    where.LocalAddr.lpSockaddr = (SOCKADDR *)16;
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSAEFAULT);
    where.LocalAddr.lpSockaddr = (SOCKADDR *)&addr;
    where.LocalAddr.iSockaddrLength = -1;
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSAEINVAL);
    where.LocalAddr.iSockaddrLength = sizeof(SOCKADDR_STORAGE) + 1;
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSAEINVAL);
    query.lpcsaBuffer = (CSADDR_INFO *)16;
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSAEFAULT);
    query.dwNumberOfCsAddrs = 0x10000;
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSAEINVAL);
}

TEST(a_service_class_is_kept_until_it_is_removed)
{
    DWORD port = 4711, size = 0, len = 3;
    WSANSCLASSINFOW info = {(WCHAR *)L"TcpPort", NS_DNS, REG_DWORD, sizeof(port), &port};
    WSASERVICECLASSINFOW class = {&test_id, (WCHAR *)L"Test class", 1, &info}, *read;
    char ansi[32];
    WCHAR wide[32];

    WSARemoveServiceClass(&test_id);
    CHECK_ERROR(WSAGetServiceClassInfoW(&dns_id, &test_id, &size, NULL), WSATYPE_NOT_FOUND);
    CHECK_INT(WSAInstallServiceClassW(&class), 0);
    CHECK_ERROR(WSAInstallServiceClassW(&class), WSAEALREADY);
    CHECK_ERROR(WSAGetServiceClassInfoW(&dns_id, &test_id, &size, NULL), WSAEFAULT);
    read = malloc(size);
    CHECK_INT(WSAGetServiceClassInfoW(&dns_id, &test_id, &size, read), 0);
    CHECK(!wcscmp(read->lpszServiceClassName, L"Test class"));
    CHECK(!memcmp(read->lpServiceClassId, &test_id, sizeof(test_id)));
    CHECK_INT(read->dwCount, 1);
    CHECK(!wcscmp(read->lpClassInfos[0].lpszName, L"TcpPort"));
    CHECK_INT(read->lpClassInfos[0].dwNameSpace, NS_DNS);
    CHECK_INT(read->lpClassInfos[0].dwValueType, REG_DWORD);
    CHECK_INT(*(DWORD *)read->lpClassInfos[0].lpValue, 4711);
    CHECK_ERROR(WSAGetServiceClassInfoW(&test_id, &test_id, &size, read), WSAEINVAL);
    CHECK_ERROR(WSAGetServiceClassNameByClassIdW(&test_id, wide, &len), WSAEFAULT);
    CHECK_INT(len, 11);
    CHECK_INT(WSAGetServiceClassNameByClassIdW(&test_id, wide, &len), 0);
    CHECK(!wcscmp(wide, L"Test class"));
    len = sizeof(ansi);
    CHECK_INT(WSAGetServiceClassNameByClassIdA(&test_id, ansi, &len), 0);
    CHECK_STR(ansi, "Test class");
    CHECK_INT(WSARemoveServiceClass(&test_id), 0);
    CHECK_ERROR(WSARemoveServiceClass(&test_id), WSATYPE_NOT_FOUND);
}

TEST(an_ansi_service_class_reads_back_as_unicode)
{
    WSASERVICECLASSINFOA class = {&test_id, (char *)"Test class", 0, NULL};
    union
    {
        WSASERVICECLASSINFOW info;
        char room[512];
    } read;
    DWORD size = sizeof(read);
    int ret;

    WSARemoveServiceClass(&test_id);
    CHECK_INT(WSAInstallServiceClassA(&class), 0);
    ret = WSAGetServiceClassInfoW(&dns_id, &test_id, &size, &read.info);
    WSARemoveServiceClass(&test_id);
    CHECK_INT(ret, 0);
    CHECK(!wcscmp(read.info.lpszServiceClassName, L"Test class"));
}

TEST(a_malformed_service_class_is_refused)
{
    WSASERVICECLASSINFOW class = {NULL, (WCHAR *)L"Test class", 0, NULL};

    CHECK_ERROR(WSAInstallServiceClassW(NULL), WSAEINVAL);
    CHECK_ERROR(WSAInstallServiceClassW(&class), WSAEINVAL);
    class.lpServiceClassId = &test_id;
    class.lpszServiceClassName = NULL;
    CHECK_ERROR(WSAInstallServiceClassW(&class), WSAEINVAL);
    class.lpszServiceClassName = (WCHAR *)L"Test class";
    class.dwCount = 1;
    CHECK_ERROR(WSAInstallServiceClassW(&class), WSAEINVAL);
    class.lpClassInfos = (WSANSCLASSINFOW *)16;
    CHECK_ERROR(WSAInstallServiceClassW(&class), WSAEFAULT);
    CHECK_ERROR(WSARemoveServiceClass(NULL), WSAEINVAL);
}

TEST(advertised_providers_must_be_installed_and_able_to_look_up)
{
    int(WINAPI * advertise)(const GUID *, const void *) =
        (void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSAAdvertiseProvider");
    int(WINAPI * withdraw)(const GUID *) =
        (void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSAUnadvertiseProvider");
    int(WINAPI * complete)(HANDLE, int) =
        (void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSAProviderCompleteAsyncCall");
    NSPV2_ROUTINE routine = {.cbSize = sizeof(routine)};
    void *routines = &routine;

    if (!advertise || !withdraw || !complete) SKIP("not here");
    routine.NSPv2LookupServiceBegin = (void *)complete;
    routine.NSPv2LookupServiceNextEx = (void *)complete;
    routine.NSPv2LookupServiceEnd = (void *)complete;
    CHECK_ERROR(advertise(NULL, routines), WSAEINVAL);
    CHECK_ERROR(advertise(&dns_id, NULL), WSAEINVAL);
    CHECK_ERROR(advertise(&test_id, routines), WSAEINVALIDPROVIDER);
    CHECK_INT(advertise(&dns_id, routines), 0);
    CHECK_INT(withdraw(&dns_id), 0);
    CHECK_ERROR(withdraw(&dns_id), WSAEINVALIDPROVIDER);
    routine.NSPv2LookupServiceNextEx = NULL;
    CHECK_ERROR(advertise(&dns_id, routines), WSAEINVAL);
    CHECK_ERROR(complete(NULL, 0), WSAEINVAL);
}

TEST(providers_for_32_bit_programs_are_kept_apart)
{
    int(WINAPI * install)(WCHAR *, WCHAR *, DWORD, DWORD, GUID *) =
        (void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSCInstallNameSpace32");
    int(WINAPI * remove)(GUID *) =
        (void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSCUnInstallNameSpace32");
    int(WINAPI * enumerate)(DWORD *, WSANAMESPACE_INFOW *) =
        (void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "WSCEnumNameSpaceProviders32");
    WSANAMESPACE_INFOW *infos;
    int count, count32, ret;
    DWORD size = 0;

    if (!install || !remove || !enumerate) SKIP("not here");
    remove(&test_id);
    infos = list(&count);
    free(infos);
    ret = install((WCHAR *)L"Test space", (WCHAR *)L"test.dll", 777, 3, &test_id);
    enumerate(&size, NULL);
    infos = malloc(size);
    count32 = enumerate(&size, infos);
    free(infos);
    infos = list(&count);
    CHECK_INT(remove(&test_id), 0);
    CHECK_INT(ret, 0);
    CHECK_INT(count32, count + 1);
    CHECK(!find(infos, count, &test_id));
}
