/*
 * An installed namespace provider: asked by WSALookupService and by getaddrinfo.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include <svcguid.h>

#include "nsp_install.h"

static GUID hostname_class = SVCID_HOSTNAME;

#define ALL_PARTS (LUP_RETURN_NAME | LUP_RETURN_TYPE | LUP_RETURN_COMMENT | LUP_RETURN_ADDR | LUP_RETURN_BLOB)

static int begin(const WCHAR *name, DWORD name_space, DWORD flags, HANDLE *lookup)
{
    WSAQUERYSETW query = {.dwSize = sizeof(query)};

    query.lpszServiceInstanceName = (WCHAR *)name;
    query.lpServiceClassId = &hostname_class;
    query.dwNameSpace = name_space;
    return WSALookupServiceBeginW(&query, flags, lookup);
}

static union
{
    WSAQUERYSETW wide;
    WSAQUERYSETA ansi;
    char room[20000];
} result;

/* Every test takes the provider away again before it checks what it saw. */
TEST(an_answer_is_handed_out_whole)
{
    struct nsp_shared *shared = nsp_install("nsp_test.dll");
    struct sockaddr_in *in;
    DWORD size = sizeof(result);
    int ret[4];
    HANDLE lookup;
    WSAQUERYSETW got;

    ret[0] = begin(L"1.nsp", NSP_SPACE, ALL_PARTS, &lookup);
    ret[1] = WSALookupServiceNextW(lookup, 0, &size, &result.wide);
    got = result.wide;
    size = sizeof(result);
    ret[2] = nsp_remove();
    CHECK_INT(ret[0], 0);
    CHECK_INT(ret[1], 0);
    CHECK_INT(ret[2], 0);
    CHECK(!wcscmp(got.lpszServiceInstanceName, L"1.nsp"));
    CHECK(!wcscmp(got.lpszComment, L"a comment"));
    CHECK_INT(got.dwNameSpace, NSP_SPACE);
    CHECK(!memcmp(got.lpServiceClassId, &hostname_class, sizeof(GUID)));
    CHECK(!memcmp(got.lpNSProviderId, &nsp_id, sizeof(GUID)));
    CHECK_INT(got.lpBlob->cbSize, 5000);
    CHECK_INT(got.lpBlob->pBlobData[4999], 'b');
    CHECK_INT(got.dwNumberOfCsAddrs, 1);
    in = (struct sockaddr_in *)got.lpcsaBuffer->RemoteAddr.lpSockaddr;
    CHECK_INT(ntohl(in->sin_addr.s_addr), 0x0a010101);

    CHECK_ERROR(WSALookupServiceNextW(lookup, 0, &size, &result.wide), WSA_E_NO_MORE);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
    CHECK_INT(shared->begins, 1);
    CHECK_INT(shared->ends, 1);
}

TEST(a_small_buffer_and_the_ansi_form_get_it_too)
{
    WSAQUERYSETA query = {.dwSize = sizeof(query)};
    int ret[4], err, i;
    HANDLE lookup;
    DWORD size;

    nsp_install("nsp_test.dll");
    query.lpszServiceInstanceName = (char *)"3.nsp";
    query.lpServiceClassId = &hostname_class;
    query.dwNameSpace = NSP_SPACE;
    ret[0] = WSALookupServiceBeginA(&query, LUP_RETURN_NAME | LUP_RETURN_BLOB, &lookup);
    size = sizeof(WSAQUERYSETA);
    ret[1] = WSALookupServiceNextA(lookup, 0, &size, &result.ansi);
    err = WSAGetLastError();
    ret[2] = WSALookupServiceNextA(lookup, 0, &size, &result.ansi);
    nsp_remove();
    CHECK_INT(ret[0], 0);
    CHECK_INT(ret[1], SOCKET_ERROR);
    CHECK_INT(err, WSAEFAULT);
    CHECK(size > 5000);
    CHECK_INT(ret[2], 0);
    CHECK_STR(result.ansi.lpszServiceInstanceName, "3.nsp");
    for (i = 0; i < 2; i++)
    {
        size = sizeof(result);
        CHECK_INT(WSALookupServiceNextA(lookup, 0, &size, &result.ansi), 0);
    }
    size = sizeof(result);
    CHECK_ERROR(WSALookupServiceNextA(lookup, 0, &size, &result.ansi), WSA_E_NO_MORE);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
}

TEST(a_provider_that_refuses_hinders_nobody)
{
    struct nsp_shared *shared = nsp_install("nsp_test.dll");
    DWORD size = sizeof(result);
    HANDLE lookup;
    int ret[2];

    ret[0] = begin(L"localhost", NS_ALL, LUP_RETURN_NAME, &lookup);
    ret[1] = WSALookupServiceNextW(lookup, 0, &size, &result.wide);
    nsp_remove();
    CHECK_INT(ret[0], 0);
    CHECK_INT(ret[1], 0);
    CHECK_INT(result.wide.dwNameSpace, NS_DNS);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
    CHECK_INT(shared->begins, 1);
}

TEST(a_disabled_provider_is_not_asked)
{
    struct nsp_shared *shared = nsp_install("nsp_test.dll");
    HANDLE lookup;
    int ret, err;

    CHECK_INT(WSCEnableNSProvider(&nsp_id, FALSE), 0);
    ret = begin(L"1.nsp", NSP_SPACE, LUP_RETURN_NAME, &lookup);
    err = WSAGetLastError();
    nsp_remove();
    CHECK_INT(ret, SOCKET_ERROR);
    CHECK_INT(err, WSASERVICE_NOT_FOUND);
    CHECK_INT(shared->begins, 0);
}

static DWORD CALLBACK end_it(void *lookup)
{
    struct nsp_shared *shared = NULL;
    HANDLE mapping = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, NSP_SHARED);

    shared = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(*shared));
    while (!shared->nexts) Sleep(1);
    return WSALookupServiceEnd(lookup);
}

TEST(ending_a_lookup_ends_who_waits_for_its_answer)
{
    DWORD size = sizeof(result);
    HANDLE lookup, thread;
    int ret[2], err;

    nsp_install("nsp_test.dll");
    ret[0] = begin(L"wait.nsp", NSP_SPACE, LUP_RETURN_NAME, &lookup);
    thread = CreateThread(NULL, 0, end_it, lookup, 0, NULL);
    ret[1] = WSALookupServiceNextW(lookup, 0, &size, &result.wide);
    err = WSAGetLastError();
    WaitForSingleObject(thread, INFINITE);
    nsp_remove();
    CHECK_INT(ret[0], 0);
    CHECK_INT(ret[1], SOCKET_ERROR);
    CHECK_INT(err, WSA_E_CANCELLED);
}

TEST(registrations_reach_the_provider)
{
    struct nsp_shared *shared = nsp_install("nsp_test.dll");
    WSAQUERYSETW query = {.dwSize = sizeof(query)};
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(1234)};
    CSADDR_INFO where = {
        {(SOCKADDR *)&addr, sizeof(addr)}, {(SOCKADDR *)&addr, sizeof(addr)}, SOCK_STREAM, 0};
    int ret[2], err;

    query.lpszServiceInstanceName = (WCHAR *)L"a service";
    query.lpServiceClassId = &hostname_class;
    query.dwNameSpace = NSP_SPACE;
    query.dwNumberOfCsAddrs = 1;
    query.lpcsaBuffer = &where;
    ret[0] = WSASetServiceW(&query, RNRSERVICE_REGISTER, 0);
    shared->set_error = WSAEACCES;
    ret[1] = WSASetServiceW(&query, RNRSERVICE_DELETE, 0);
    err = WSAGetLastError();
    nsp_remove();
    CHECK_INT(ret[0], 0);
    CHECK_INT(ret[1], SOCKET_ERROR);
    CHECK_INT(err, WSAEACCES);
    CHECK_INT(shared->sets, 2);
    CHECK(!wcscmp(shared->set_name, L"a service"));
    CHECK_INT(shared->set_port, addr.sin_port);
    CHECK_INT(shared->set_operation, RNRSERVICE_DELETE);
}

TEST(SetAddrInfoEx_registers_with_the_provider)
{
    struct nsp_shared *shared = nsp_install("nsp_test.dll");
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(4321)};
    SOCKET_ADDRESS where = {(SOCKADDR *)&addr, sizeof(addr)};
    DWORD operation[2];
    int ret[3];

    ret[0] = SetAddrInfoExW(L"a host", NULL, &where, 1, NULL, 0, NSP_SPACE, NULL, NULL, NULL, NULL, NULL);
    operation[0] = shared->set_operation;
    ret[1] = SetAddrInfoExA("a host", NULL, NULL, 0, NULL, 0, NS_ALL, NULL, NULL, NULL, NULL, NULL);
    operation[1] = shared->set_operation;
    shared->set_error = WSAEACCES;
    ret[2] = SetAddrInfoExW(L"a host", NULL, &where, 1, NULL, 0, NS_ALL, &nsp_id, NULL, NULL, NULL, NULL);
    nsp_remove();
    CHECK_INT(ret[0], 0);
    CHECK_INT(operation[0], RNRSERVICE_REGISTER);
    CHECK(!wcscmp(shared->set_name, L"a host"));
    CHECK_INT(shared->set_port, addr.sin_port);
    CHECK_INT(ret[1], 0);
    CHECK_INT(operation[1], RNRSERVICE_DEREGISTER);
    CHECK_INT(ret[2], WSAEACCES);
    CHECK_INT(shared->sets, 3);
}

TEST(ioctls_on_a_lookup_reach_the_provider)
{
    struct nsp_shared *shared = nsp_install("nsp_test.dll");
    DWORD answer = 0, size = 0;
    HANDLE lookup;
    int ret[2];

    ret[0] = begin(L"1.nsp", NSP_SPACE, LUP_RETURN_NAME, &lookup);
    ret[1] = WSANSPIoctl(lookup, 0x12345678, NULL, 0, &answer, sizeof(answer), &size, NULL);
    WSALookupServiceEnd(lookup);
    nsp_remove();
    CHECK_INT(ret[0], 0);
    CHECK_INT(ret[1], 0);
    CHECK_INT(answer, ~0x12345678u);
    CHECK_INT(size, sizeof(answer));
    CHECK_INT(shared->ioctls, 1);
}

static int error_of(const char *dll, int startup_error, int missing_routine)
{
    struct nsp_shared *shared;
    HANDLE lookup;
    int ret, err;

    WSACleanup(); /* whatever was loaded before is gone */
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &(WSADATA){0}), 0);
    shared = nsp_install(dll);
    shared->startup_error = startup_error;
    shared->missing_routine = missing_routine;
    ret = begin(L"1.nsp", NSP_SPACE, LUP_RETURN_NAME, &lookup);
    err = WSAGetLastError();
    if (!ret) WSALookupServiceEnd(lookup);
    nsp_remove();
    return ret ? err : 0;
}

TEST(a_provider_that_does_not_start_fails_its_lookups)
{
    int i;

    CHECK_INT(error_of("nsp_is_not_there.dll", 0, -1), WSAEPROVIDERFAILEDINIT);
    CHECK_INT(error_of("lsp_empty.dll", 0, -1), WSAEPROVIDERFAILEDINIT);
    CHECK_INT(error_of("nsp_test.dll", WSAEACCES, -1), WSAEPROVIDERFAILEDINIT);
    for (i = 0; i < 8; i++) CHECK_INT(error_of("nsp_test.dll", 0, i), WSAEINVALIDPROCTABLE);
    CHECK_INT(error_of("nsp_test.dll", 0, 8), 0); /* NSPIoctl may be missing */
}

TEST(the_last_cleanup_ends_the_provider)
{
    struct nsp_shared *shared;
    BOOL loaded;

    CHECK_INT(error_of("nsp_test.dll", 0, -1), 0);
    shared = nsp_install("nsp_test.dll");
    loaded = GetModuleHandleA("nsp_test.dll") != NULL;
    WSACleanup();
    nsp_remove();
    CHECK(loaded);
    CHECK(!GetModuleHandleA("nsp_test.dll"));
    CHECK_INT(shared->cleanups, 1);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &(WSADATA){0}), 0);
}

/* The host's resolver need not be reachable: only what the provider adds is looked at. */
CHILD(resolves_names)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list, *one;
    struct hostent *host;
    int i;

    if (getaddrinfo("2.nsp", "80", &hints, &list)) return 1;
    for (i = 1, one = list; one; one = one->ai_next, i++)
    {
        struct sockaddr_in *in = (struct sockaddr_in *)one->ai_addr;

        if (ntohl(in->sin_addr.s_addr) != 0x0a010100u + i || ntohs(in->sin_port) != 80) return 2;
    }
    if (i != 3) return 3;
    hints.ai_family = AF_INET6;
    if (getaddrinfo("1.nsp", NULL, &hints, &list)) return 4;
    if (((struct sockaddr_in6 *)list->ai_addr)->sin6_addr.s6_addr[0] != 0xfd || list->ai_next) return 5;
    hints.ai_family = AF_UNSPEC;
    if (getaddrinfo("1.nsp", NULL, &hints, &list) || !list->ai_next || list->ai_next->ai_next) return 6;
    if (!(host = gethostbyname("2.nsp")) || strcmp(host->h_name, "2.nsp")) return 7;
    if (!host->h_addr_list[1] || host->h_addr_list[1][3] != 2 || host->h_addr_list[2]) return 8;
    if (getaddrinfo("localhost", NULL, NULL, &list)) return 9;
    return 0;
}

CHILD(does_not_know)
{
    struct addrinfo *list;

    return getaddrinfo("1.nsp", NULL, NULL, &list) == 0;
}

TEST(getaddrinfo_asks_every_provider)
{
    struct nsp_shared *shared = nsp_install("nsp_test.dll");
    int code = harness_join(harness_spawn("resolves_names", "-")), after;
    LONG begins = shared->begins;

    nsp_remove();
    after = harness_join(harness_spawn("does_not_know", "-"));
    CHECK_INT(code, 0);
    CHECK_INT(after, 0);
    CHECK_INT(shared->begins, begins);
    CHECK_INT(shared->ends, begins);
}

TEST(service_classes_are_told_to_the_provider)
{
    struct nsp_shared *shared = nsp_install("nsp_test.dll");
    GUID own = {0x5a5a2002, 1, 2, {3}};
    WSASERVICECLASSINFOA info = {&own, (char *)"a class", 0, NULL};
    WCHAR name[64];
    int ret[2];

    ret[0] = WSAInstallServiceClassA(&info);
    wcscpy(name, shared->class_name);
    ret[1] = WSARemoveServiceClass(&own);
    nsp_remove();
    CHECK_INT(ret[0], 0);
    CHECK_INT(ret[1], 0);
    CHECK(!wcscmp(name, L"a class"));
    CHECK_INT(shared->class_name[0], 0);
    CHECK_INT(shared->classes, 2);
}

CHILD(resolves_where_it_is_told)
{
    static GUID dns = {0x22059d40, 0x7e9e, 0x11cf, {0xae, 0x5a, 0x00, 0xaa, 0x00, 0xa7, 0x11, 0x2b}};
    struct nsp_shared *shared;
    HANDLE mapping = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, NSP_SHARED);
    ADDRINFOEXW hints = {.ai_family = AF_INET}, *list;

    shared = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(*shared));
    if (GetAddrInfoExW(L"1.nsp", NULL, NSP_SPACE, NULL, &hints, &list, NULL, NULL, NULL, NULL)) return 1;
    if (list->ai_next) return 2;
    if (GetAddrInfoExW(L"1.nsp", NULL, NS_ALL, &nsp_id, &hints, &list, NULL, NULL, NULL, NULL)) return 3;
    if (GetAddrInfoExW(L"none.example", NULL, NSP_SPACE, NULL, &hints, &list, NULL, NULL, NULL, NULL) !=
        WSAHOST_NOT_FOUND)
        return 4;
    if (GetAddrInfoExW(L"1.2.3.4", NULL, NSP_SPACE, NULL, &hints, &list, NULL, NULL, NULL, NULL)) return 5;
    if (GetAddrInfoExW(L"1.nsp", NULL, NSP_SPACE + 1, NULL, &hints, &list, NULL, NULL, NULL, NULL) !=
        WSASERVICE_NOT_FOUND)
        return 6;
    shared->begins = 0;
    if (GetAddrInfoExW(L"localhost", NULL, NS_DNS, NULL, &hints, &list, NULL, NULL, NULL, NULL)) return 7;
    if (!GetAddrInfoExW(L"1.nsp", NULL, NS_ALL, &dns, &hints, &list, NULL, NULL, NULL, NULL)) return 8;
    return shared->begins ? 9 : 0;
}

TEST(GetAddrInfoEx_asks_the_name_space_or_provider_it_is_told)
{
    int code;

    nsp_install("nsp_test.dll");
    code = harness_join(harness_spawn("resolves_where_it_is_told", "-"));
    nsp_remove();
    CHECK_INT(code, 0);
}
