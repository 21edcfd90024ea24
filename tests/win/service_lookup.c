/*
 * WSALookupService: names, addresses, services and networks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "providers.h"

#include <svcguid.h>
#include <ws2spi.h>
#include <sporder.h>

#ifndef NS_NLA
#define NS_NLA 15
#endif

static GUID test_id = {0x5a5a0003, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};
static GUID hostname_class = SVCID_HOSTNAME;
static GUID inet_string_class = SVCID_INET_HOSTADDRBYINETSTRING;
static GUID inet_service_class = SVCID_INET_SERVICEBYNAME;
static GUID inet_name_class = SVCID_INET_HOSTADDRBYNAME;

static HANDLE begin(const WCHAR *name, GUID *class, DWORD flags)
{
    WSAQUERYSETW query = {0};
    HANDLE handle = NULL;

    query.dwSize = sizeof(query);
    query.lpszServiceInstanceName = (WCHAR *)name;
    query.lpServiceClassId = class;
    query.dwNameSpace = NS_DNS;
    CHECK_INT(WSALookupServiceBeginW(&query, flags, &handle), 0);
    CHECK(handle != NULL);
    return handle;
}

TEST(a_host_name_gives_its_addresses)
{
    union
    {
        WSAQUERYSETW set;
        char room[4096];
    } result;
    DWORD size = sizeof(result);
    HANDLE lookup = begin(L"localhost", &hostname_class, LUP_RETURN_NAME | LUP_RETURN_ADDR | LUP_RETURN_TYPE);
    const CSADDR_INFO *addr;
    BOOL v4 = FALSE;
    DWORD i;

    CHECK_INT(WSALookupServiceNextW(lookup, 0, &size, &result.set), 0);
    CHECK_INT(result.set.dwSize, sizeof(WSAQUERYSETW));
    CHECK_INT(result.set.dwNameSpace, NS_DNS);
    CHECK(result.set.lpszServiceInstanceName != NULL);
    CHECK(!memcmp(result.set.lpServiceClassId, &hostname_class, sizeof(GUID)));
    CHECK(result.set.dwNumberOfCsAddrs >= 1);
    for (i = 0; i < result.set.dwNumberOfCsAddrs; i++)
    {
        addr = &result.set.lpcsaBuffer[i];
        CHECK_INT(addr->LocalAddr.lpSockaddr->sa_family, addr->RemoteAddr.lpSockaddr->sa_family);
        if (addr->RemoteAddr.lpSockaddr->sa_family == AF_INET)
            v4 |= ((struct sockaddr_in *)addr->RemoteAddr.lpSockaddr)->sin_addr.s_addr ==
                  htonl(INADDR_LOOPBACK);
    }
    CHECK(v4);
    size = sizeof(result);
    CHECK_ERROR(WSALookupServiceNextW(lookup, 0, &size, &result.set), WSA_E_NO_MORE);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
    CHECK_ERROR(WSALookupServiceEnd(lookup), WSA_INVALID_HANDLE);
}

TEST(only_what_was_asked_for_is_returned)
{
    union
    {
        WSAQUERYSETW set;
        char room[4096];
    } result;
    DWORD size = sizeof(result);
    HANDLE lookup = begin(L"localhost", &hostname_class, LUP_RETURN_ADDR);

    CHECK_INT(WSALookupServiceNextW(lookup, 0, &size, &result.set), 0);
    CHECK(result.set.lpszServiceInstanceName == NULL);
    CHECK(result.set.lpServiceClassId == NULL);
    CHECK(result.set.lpBlob == NULL);
    CHECK(result.set.lpcsaBuffer != NULL);
    WSALookupServiceEnd(lookup);
}

TEST(a_short_buffer_tells_the_size_and_keeps_the_answer)
{
    union
    {
        WSAQUERYSETW set;
        char room[4096];
    } result;
    DWORD size = 1, needed;
    HANDLE lookup = begin(L"localhost", &hostname_class, LUP_RETURN_NAME | LUP_RETURN_ADDR);

    CHECK_ERROR(WSALookupServiceNextW(lookup, 0, &size, &result.set), WSAEFAULT);
    needed = size;
    CHECK(needed > sizeof(WSAQUERYSETW));
    CHECK_INT(WSALookupServiceNextW(lookup, 0, &size, &result.set), 0);
    WSALookupServiceEnd(lookup);

    lookup = begin(L"localhost", &hostname_class, LUP_RETURN_NAME | LUP_RETURN_ADDR);
    size = 1;
    CHECK_ERROR(WSALookupServiceNextW(lookup, 0, &size, &result.set), WSAEFAULT);
    size = needed;
    CHECK_ERROR(WSALookupServiceNextW(lookup, LUP_FLUSHPREVIOUS, &size, &result.set), WSA_E_NO_MORE);
    WSALookupServiceEnd(lookup);
}

TEST(ansi_lookups_work_alike)
{
    union
    {
        WSAQUERYSETA set;
        char room[4096];
    } result;
    WSAQUERYSETA query = {0};
    DWORD size = sizeof(result);
    HANDLE lookup = NULL;

    query.dwSize = sizeof(query);
    query.lpszServiceInstanceName = (char *)"localhost";
    query.lpServiceClassId = &inet_name_class;
    query.dwNameSpace = NS_ALL;
    CHECK_INT(WSALookupServiceBeginA(&query, LUP_RETURN_NAME | LUP_RETURN_BLOB, &lookup), 0);
    CHECK_INT(WSALookupServiceNextA(lookup, 0, &size, &result.set), 0);
    CHECK(result.set.lpszServiceInstanceName && strlen(result.set.lpszServiceInstanceName) > 0);
    CHECK(result.set.lpBlob != NULL);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
}

TEST(a_host_in_a_blob_points_by_offsets)
{
    union
    {
        WSAQUERYSETW set;
        char room[4096];
    } result;
    DWORD size = sizeof(result);
    HANDLE lookup = begin(L"localhost", &inet_name_class, LUP_RETURN_BLOB);
    const struct hostent *host;
    const char *base;
    char *const *addrs;

    CHECK_INT(WSALookupServiceNextW(lookup, 0, &size, &result.set), 0);
    CHECK(result.set.lpBlob != NULL);
    base = (char *)result.set.lpBlob->pBlobData;
    host = (const struct hostent *)base;
    CHECK_INT(host->h_addrtype, AF_INET);
    CHECK_INT(host->h_length, 4);
    addrs = (char *const *)(base + (ULONG_PTR)host->h_addr_list);
    CHECK(addrs[0] != NULL);
    CHECK_INT(*(ULONG *)(base + (ULONG_PTR)addrs[0]), htonl(INADDR_LOOPBACK));
    WSALookupServiceEnd(lookup);
}

TEST(a_service_class_with_a_port_gives_it)
{
    union
    {
        WSAQUERYSETW set;
        char room[4096];
    } result;
    GUID udp = SVCID_UDP(53);
    DWORD size = sizeof(result);
    HANDLE lookup = begin(L"localhost", &udp, LUP_RETURN_ADDR);
    const struct sockaddr_in *addr;

    CHECK_INT(WSALookupServiceNextW(lookup, 0, &size, &result.set), 0);
    addr = (const struct sockaddr_in *)result.set.lpcsaBuffer[0].RemoteAddr.lpSockaddr;
    CHECK_INT(addr->sin_port, htons(53));
    CHECK_INT(result.set.lpcsaBuffer[0].iSocketType, SOCK_DGRAM);
    CHECK_INT(result.set.lpcsaBuffer[0].iProtocol, IPPROTO_UDP);
    WSALookupServiceEnd(lookup);
}

TEST(an_address_gives_its_name)
{
    union
    {
        WSAQUERYSETW set;
        char room[4096];
    } result;
    DWORD size = sizeof(result);
    HANDLE lookup = begin(L"127.0.0.1", &inet_string_class, LUP_RETURN_NAME | LUP_RETURN_ADDR);

    CHECK_INT(WSALookupServiceNextW(lookup, 0, &size, &result.set), 0);
    CHECK(result.set.lpszServiceInstanceName && wcslen(result.set.lpszServiceInstanceName) > 0);
    WSALookupServiceEnd(lookup);
}

TEST(a_service_name_gives_its_port)
{
    union
    {
        WSAQUERYSETW set;
        char room[4096];
    } result;
    DWORD size = sizeof(result);
    HANDLE lookup = begin(L"domain/udp", &inet_service_class, LUP_RETURN_NAME | LUP_RETURN_BLOB);
    const struct servent *serv;

    CHECK_INT(WSALookupServiceNextW(lookup, 0, &size, &result.set), 0);
    CHECK(!wcscmp(result.set.lpszServiceInstanceName, L"domain"));
    serv = (const struct servent *)result.set.lpBlob->pBlobData;
    CHECK_INT(serv->s_port, htons(53));
    CHECK_STR((char *)serv + (ULONG_PTR)serv->s_proto, "udp");
    WSALookupServiceEnd(lookup);
}

TEST(a_family_restricts_the_addresses)
{
    union
    {
        WSAQUERYSETW set;
        char room[4096];
    } result;
    AFPROTOCOLS v4 = {AF_INET, IPPROTO_TCP};
    WSAQUERYSETW query = {0};
    DWORD size = sizeof(result), i;
    HANDLE lookup;

    query.dwSize = sizeof(query);
    query.lpszServiceInstanceName = (WCHAR *)L"localhost";
    query.lpServiceClassId = &hostname_class;
    query.dwNameSpace = NS_DNS;
    query.dwNumberOfProtocols = 1;
    query.lpafpProtocols = &v4;
    CHECK_INT(WSALookupServiceBeginW(&query, LUP_RETURN_ADDR, &lookup), 0);
    CHECK_INT(WSALookupServiceNextW(lookup, 0, &size, &result.set), 0);
    CHECK(result.set.dwNumberOfCsAddrs >= 1);
    for (i = 0; i < result.set.dwNumberOfCsAddrs; i++)
        CHECK_INT(result.set.lpcsaBuffer[i].RemoteAddr.lpSockaddr->sa_family, AF_INET);
    WSALookupServiceEnd(lookup);
}

TEST(a_dns_record_type_restricts_the_addresses)
{
    union
    {
        WSAQUERYSETW set;
        char room[4096];
    } result;
    GUID a = SVCID_DNS(1), mx = SVCID_DNS(15);
    DWORD size = sizeof(result), i;
    HANDLE lookup = begin(L"localhost", &a, LUP_RETURN_ADDR);

    CHECK_INT(WSALookupServiceNextW(lookup, 0, &size, &result.set), 0);
    CHECK(result.set.dwNumberOfCsAddrs >= 1);
    for (i = 0; i < result.set.dwNumberOfCsAddrs; i++)
        CHECK_INT(result.set.lpcsaBuffer[i].RemoteAddr.lpSockaddr->sa_family, AF_INET);
    WSALookupServiceEnd(lookup);

    lookup = begin(L"localhost", &mx, LUP_RETURN_ADDR);
    size = sizeof(result);
    CHECK_ERROR(WSALookupServiceNextW(lookup, 0, &size, &result.set), WSAEINVAL);
    WSALookupServiceEnd(lookup);
}

TEST(no_name_is_the_own_name)
{
    union
    {
        WSAQUERYSETW set;
        char room[4096];
    } result;
    DWORD size = sizeof(result);
    HANDLE lookup = begin(NULL, &hostname_class, LUP_RETURN_NAME | LUP_RETURN_ADDR);
    char own[256], name[256];

    CHECK_INT(gethostname(own, sizeof(own)), 0);
    CHECK_INT(WSALookupServiceNextW(lookup, 0, &size, &result.set), 0);
    WideCharToMultiByte(CP_ACP, 0, result.set.lpszServiceInstanceName, -1, name, sizeof(name), NULL, NULL);
    CHECK(!_strnicmp(name, own, strlen(own)));
    CHECK(result.set.dwNumberOfCsAddrs >= 1);
    WSALookupServiceEnd(lookup);
}

TEST(networks_are_listed_to_their_end)
{
    char room[8192];
    WSAQUERYSETW *set = (WSAQUERYSETW *)room;
    HANDLE lookup = NULL;
    DWORD size;
    int count = 0;

    memset(room, 0, sizeof(room));
    set->dwSize = sizeof(*set);
    CHECK_INT(WSALookupServiceBeginW(set, LUP_RETURN_ALL | LUP_DEEP, &lookup), 0);
    for (;; count++)
    {
        size = sizeof(room);
        WSASetLastError(0);
        if (WSALookupServiceNextW(lookup, 0, &size, set)) break;
        CHECK_INT(set->dwNameSpace, NS_NLA);
        CHECK(set->lpszServiceInstanceName != NULL);
        CHECK(set->lpBlob != NULL && set->lpBlob->cbSize > 12);
        CHECK(count < 100);
    }
    CHECK_INT(WSAGetLastError(), WSA_E_NO_MORE);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
}

TEST(bad_queries_have_their_errors)
{
    WSAQUERYSETW query = {0}, result;
    HANDLE lookup;
    DWORD size = sizeof(result);
    GUID unknown = test_id;

    CHECK_ERROR(WSALookupServiceBeginW(NULL, 0, &lookup), WSAEFAULT);
    CHECK_ERROR(WSALookupServiceBeginW(&query, 0, NULL), WSAEFAULT);
    CHECK_ERROR(WSALookupServiceBeginW(&query, 0, &lookup), WSAEINVAL);
    query.dwSize = sizeof(query);
    query.lpServiceClassId = &unknown;
    CHECK_ERROR(WSALookupServiceBeginW(&query, 0, &lookup), WSASERVICE_NOT_FOUND);
    CHECK_ERROR(WSALookupServiceNextW((HANDLE)0xdead0, 0, &size, &result), WSA_INVALID_HANDLE);
    CHECK_ERROR(WSALookupServiceNextW((HANDLE)0xdead0, 0, NULL, &result), WSAEFAULT);
    CHECK_ERROR(WSALookupServiceEnd(NULL), WSA_INVALID_HANDLE);
}

TEST(bluetooth_is_not_found_without_an_adapter)
{
    WSAQUERYSETW query = {0};
    HANDLE lookup;
    SOCKET s = socket(32 /* AF_BTH */, SOCK_STREAM, 3);

    if (s != INVALID_SOCKET)
    {
        closesocket(s);
        SKIP("there is an adapter");
    }
    CHECK_INT(WSAGetLastError(), WSAEAFNOSUPPORT);
    query.dwSize = sizeof(query);
    query.dwNameSpace = 16; /* NS_BTH */
    CHECK_ERROR(WSALookupServiceBeginW(&query, LUP_CONTAINERS, &lookup), WSASERVICE_NOT_FOUND);
    query.lpServiceClassId = &test_id;
    query.lpszContext = (WCHAR *)L"(00:11:22:33:44:55)";
    CHECK_ERROR(WSALookupServiceBeginW(&query, LUP_FLUSHCACHE, &lookup), WSASERVICE_NOT_FOUND);
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSASERVICE_NOT_FOUND);
    query.lpServiceClassId = NULL;
    CHECK_ERROR(WSASetServiceW(&query, RNRSERVICE_REGISTER, 0), WSAEINVAL);
    CHECK(!provider_of(16));
}

TEST(a_name_that_does_not_exist_is_not_found)
{
    WSAQUERYSETW result;
    DWORD size = sizeof(result);
    HANDLE lookup = begin(L"no-such-host.invalid", &hostname_class, LUP_RETURN_ADDR);
    int err;

    CHECK_INT(WSALookupServiceNextW(lookup, 0, &size, &result), SOCKET_ERROR);
    err = WSAGetLastError();
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
    if (err == WSATRY_AGAIN || err == WSANO_RECOVERY) SKIP("no name server to say so");
    CHECK_INT(err, WSASERVICE_NOT_FOUND);
}

TEST(watching_needs_a_lookup_of_networks)
{
    WSACOMPLETION now = {0};
    WSAQUERYSETW query = {0};
    HANDLE names = begin(L"localhost", &hostname_class, LUP_RETURN_ADDR), networks;
    DWORD returned = 0xdead;

    now.Type = NSP_NOTIFY_IMMEDIATELY;
    CHECK_ERROR(WSANSPIoctl(names, 0x88000019, NULL, 0, NULL, 0, &returned, &now), WSAEOPNOTSUPP);
    WSALookupServiceEnd(names);
    query.dwSize = sizeof(query);
    query.dwNameSpace = NS_NLA;
    CHECK_INT(WSALookupServiceBeginW(&query, LUP_RETURN_NAME, &networks), 0);
    CHECK_ERROR(WSANSPIoctl(networks, 0x88000019, NULL, 0, NULL, 0, &returned, &now), WSAEWOULDBLOCK);
    CHECK_INT(returned, 0);
    CHECK_ERROR(WSANSPIoctl(networks, 1, NULL, 0, NULL, 0, &returned, &now), WSAEOPNOTSUPP);
    CHECK_ERROR(WSANSPIoctl(networks, 0x88000019, NULL, 0, NULL, 0, NULL, &now), WSAEFAULT);
    WSALookupServiceEnd(networks);
    CHECK_ERROR(WSANSPIoctl(networks, 0x88000019, NULL, 0, NULL, 0, &returned, &now), WSA_INVALID_HANDLE);
}

static DWORD CALLBACK end_later(void *lookup)
{
    Sleep(100);
    return WSALookupServiceEnd(lookup);
}

TEST(a_lookup_may_end_while_others_go_on)
{
    union
    {
        WSAQUERYSETW set;
        char room[4096];
    } result;
    HANDLE lookups[8], thread;
    DWORD size, code;
    int i;

    for (i = 0; i < 8; i++) lookups[i] = begin(L"localhost", &hostname_class, LUP_RETURN_ADDR);
    thread = CreateThread(NULL, 0, end_later, lookups[3], 0, NULL);
    for (i = 0; i < 8; i++)
    {
        if (i == 3) continue;
        size = sizeof(result);
        CHECK_INT(WSALookupServiceNextW(lookups[i], 0, &size, &result.set), 0);
        CHECK_INT(WSALookupServiceEnd(lookups[i]), 0);
    }
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_INT(code, 0);
    CloseHandle(thread);
    size = sizeof(result);
    CHECK_ERROR(WSALookupServiceNextW(lookups[3], 0, &size, &result.set), WSA_INVALID_HANDLE);
}

TEST(a_watch_of_networks_pends_until_they_change)
{
    OVERLAPPED overlapped = {0};
    WSACOMPLETION completion;
    WSAQUERYSETW query = {0};
    DWORD returned;
    HANDLE lookup;

    query.dwSize = sizeof(query);
    query.dwNameSpace = NS_NLA;
    CHECK_INT(WSALookupServiceBeginW(&query, LUP_RETURN_NAME, &lookup), 0);
    memset(&completion, 0, sizeof(completion));
    completion.Type = 77;
    CHECK_ERROR(WSANSPIoctl(lookup, 0x88000019, NULL, 0, NULL, 0, &returned, &completion), WSAEINVAL);
    completion.Type = NSP_NOTIFY_EVENT;
    CHECK_ERROR(WSANSPIoctl(lookup, 0x88000019, NULL, 0, NULL, 0, &returned, &completion), WSAEFAULT);
    overlapped.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL);
    completion.Parameters.Event.lpOverlapped = &overlapped;
    CHECK_ERROR(WSANSPIoctl(lookup, 0x88000019, NULL, 0, NULL, 0, &returned, &completion), WSA_IO_PENDING);
    CHECK(!HasOverlappedIoCompleted(&overlapped));
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 0), WAIT_TIMEOUT);
    CHECK_INT(WSALookupServiceEnd(lookup), 0);
}
