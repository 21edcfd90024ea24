/*
 * Before WSAStartup every function that needs it gives WSANOTINITIALISED, whatever
 * its arguments.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "socket_calls.h"

HARNESS_NO_STARTUP;

#define ANY ((SOCKET)4)

static GUID id = {0x5a5a0003, 0x1111, 0x2222, {1, 2, 3, 4, 5, 6, 7, 8}};
static char data[64];
static WCHAR wide[64];

TEST(sockets_need_a_startup)
{
    WSAPROTOCOL_INFOA info_a;
    WSAPROTOCOL_INFOW info_w;

    CHECK_ERROR(socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), WSANOTINITIALISED);
    CHECK_ERROR(WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0), WSANOTINITIALISED);
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0), WSANOTINITIALISED);
    CHECK_ERROR(WSADuplicateSocketA(ANY, GetCurrentProcessId(), &info_a), WSANOTINITIALISED);
    CHECK_ERROR(WSADuplicateSocketW(ANY, GetCurrentProcessId(), &info_w), WSANOTINITIALISED);
    CHECK_ERROR(closesocket(ANY), WSANOTINITIALISED);
    CHECK_ERROR(WSACleanup(), WSANOTINITIALISED);
}

TEST(connections_need_a_startup)
{
    fail_to_connect(ANY, WSANOTINITIALISED);
}

TEST(transfers_need_a_startup)
{
    fail_to_transfer(ANY, WSANOTINITIALISED);
}

TEST(options_need_a_startup)
{
    fail_to_have_options(ANY, WSANOTINITIALISED);
}

TEST(readiness_needs_a_startup)
{
    typedef DWORD(WINAPI * process_t)(HANDLE, UINT32, void *, UINT32, ULONG, void *, UINT32 *);
    WSAPOLLFD poll = {ANY, POLLIN, 0};
    struct timeval now = {0, 0};
    WSANETWORKEVENTS events;
    fd_set set = {1, {ANY}};

    CHECK_ERROR(select(0, &set, NULL, NULL, &now), WSANOTINITIALISED);
    CHECK_INT(__WSAFDIsSet(ANY, &set), TRUE); /* only looks at the set */
    CHECK_ERROR(WSAPoll(&poll, 1, 0), WSANOTINITIALISED);
    CHECK_ERROR(WSAEventSelect(ANY, NULL, 0), WSANOTINITIALISED);
    CHECK_ERROR(WSAAsyncSelect(ANY, GetDesktopWindow(), WM_USER, 0), WSANOTINITIALISED);
    CHECK_ERROR(WSAEnumNetworkEvents(ANY, NULL, &events), WSANOTINITIALISED);
    CHECK_INT(WS2_FUNCTION(process_t, "ProcessSocketNotifications")(NULL, 0, NULL, 0, 0, NULL, NULL),
              WSANOTINITIALISED);
}

TEST(host_names_need_a_startup)
{
    ADDRINFOEXA *list_ex_a;
    ADDRINFOEXW *list_ex_w;
    ADDRINFOA *list_a;
    ADDRINFOW *list_w;

    CHECK_NOTHING(gethostbyname("localhost"), WSANOTINITIALISED);
    CHECK_NOTHING(gethostbyaddr("\x7f\0\0\1", 4, AF_INET), WSANOTINITIALISED);
    CHECK_ERROR(GetHostNameW(wide, 64), WSANOTINITIALISED);
    CHECK_INT(getaddrinfo("localhost", NULL, NULL, &list_a), WSANOTINITIALISED);
    CHECK_INT(GetAddrInfoW(L"localhost", NULL, NULL, &list_w), WSANOTINITIALISED);
    CHECK_INT(GetAddrInfoExA("localhost", NULL, NS_ALL, NULL, NULL, &list_ex_a, NULL, NULL, NULL, NULL),
              WSANOTINITIALISED);
    CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_ALL, NULL, NULL, &list_ex_w, NULL, NULL, NULL, NULL),
              WSANOTINITIALISED);
    CHECK_INT(SetAddrInfoExA("host", NULL, NULL, 0, NULL, 0, NS_ALL, NULL, NULL, NULL, NULL, NULL),
              WSANOTINITIALISED);
    CHECK_INT(SetAddrInfoExW(L"host", NULL, NULL, 0, NULL, 0, NS_ALL, NULL, NULL, NULL, NULL, NULL),
              WSANOTINITIALISED);
    CHECK_INT(getnameinfo(addr, len, text, sizeof(text), NULL, 0, 0), WSANOTINITIALISED);
    CHECK_INT(GetNameInfoW(addr, len, wide, 64, NULL, 0, 0), WSANOTINITIALISED);
}

TEST(services_and_protocols_need_a_startup)
{
    CHECK_NOTHING(getservbyname("http", NULL), WSANOTINITIALISED);
    CHECK_NOTHING(getservbyport(htons(80), NULL), WSANOTINITIALISED);
    CHECK_NOTHING(getprotobyname("tcp"), WSANOTINITIALISED);
    CHECK_NOTHING(getprotobynumber(6), WSANOTINITIALISED);
}

TEST(lookups_in_the_background_need_a_startup)
{
    HWND window = GetDesktopWindow();

    CHECK_NOTHING(WSAAsyncGetHostByName(window, WM_USER, "localhost", data, sizeof(data)), WSANOTINITIALISED);
    CHECK_NOTHING(WSAAsyncGetHostByAddr(window, WM_USER, "\x7f\0\0\1", 4, AF_INET, data, sizeof(data)),
                  WSANOTINITIALISED);
    CHECK_NOTHING(WSAAsyncGetServByName(window, WM_USER, "http", NULL, data, sizeof(data)),
                  WSANOTINITIALISED);
    CHECK_NOTHING(WSAAsyncGetServByPort(window, WM_USER, htons(80), NULL, data, sizeof(data)),
                  WSANOTINITIALISED);
    CHECK_NOTHING(WSAAsyncGetProtoByName(window, WM_USER, "tcp", data, sizeof(data)), WSANOTINITIALISED);
    CHECK_NOTHING(WSAAsyncGetProtoByNumber(window, WM_USER, 6, data, sizeof(data)), WSANOTINITIALISED);
    CHECK_ERROR(WSACancelAsyncRequest((HANDLE)1), WSANOTINITIALISED);
    CHECK_ERROR(WSACancelBlockingCall(), WSANOTINITIALISED);
    CHECK_NOTHING(WSASetBlockingHook(NULL), WSANOTINITIALISED);
    CHECK_ERROR(WSAUnhookBlockingHook(), WSANOTINITIALISED);
}

TEST(texts_of_addresses_need_a_startup)
{
    CHECK_ERROR(WSAAddressToStringA(addr, len, NULL, text, &count), WSANOTINITIALISED);
    CHECK_ERROR(WSAAddressToStringW(addr, len, NULL, wide, &count), WSANOTINITIALISED);
    CHECK_ERROR(WSAStringToAddressA((char *)"1.2.3.4", AF_INET, NULL, addr, &len), WSANOTINITIALISED);
    CHECK_ERROR(WSAStringToAddressW((WCHAR *)L"1.2.3.4", AF_INET, NULL, addr, &len), WSANOTINITIALISED);
}

TEST(catalogs_need_a_startup)
{
    typedef int(WINAPI * enum_t)(DWORD *, void *);

    CHECK_ERROR(WSAEnumProtocolsA(NULL, NULL, &count), WSANOTINITIALISED);
    CHECK_ERROR(WSAEnumProtocolsW(NULL, NULL, &count), WSANOTINITIALISED);
    CHECK_ERROR(WSAEnumNameSpaceProvidersA(&count, NULL), WSANOTINITIALISED);
    CHECK_ERROR(WSAEnumNameSpaceProvidersW(&count, NULL), WSANOTINITIALISED);
    CHECK_ERROR(WS2_FUNCTION(enum_t, "WSAEnumNameSpaceProvidersExA")(&count, NULL), WSANOTINITIALISED);
    CHECK_ERROR(WS2_FUNCTION(enum_t, "WSAEnumNameSpaceProvidersExW")(&count, NULL), WSANOTINITIALISED);
    CHECK_ERROR(WSAProviderConfigChange(NULL, NULL, NULL), WSANOTINITIALISED);
}

TEST(service_classes_need_a_startup)
{
    WSASERVICECLASSINFOA class_a = {.lpServiceClassId = &id, .lpszServiceClassName = text};
    WSASERVICECLASSINFOW class_w = {.lpServiceClassId = &id, .lpszServiceClassName = wide};

    CHECK_ERROR(WSAInstallServiceClassA(&class_a), WSANOTINITIALISED);
    CHECK_ERROR(WSAInstallServiceClassW(&class_w), WSANOTINITIALISED);
    CHECK_ERROR(WSARemoveServiceClass(&id), WSANOTINITIALISED);
    CHECK_ERROR(WSAGetServiceClassInfoA(&id, &id, &count, &class_a), WSANOTINITIALISED);
    CHECK_ERROR(WSAGetServiceClassInfoW(&id, &id, &count, &class_w), WSANOTINITIALISED);
    CHECK_ERROR(WSAGetServiceClassNameByClassIdA(&id, text, &count), WSANOTINITIALISED);
    CHECK_ERROR(WSAGetServiceClassNameByClassIdW(&id, wide, &count), WSANOTINITIALISED);
}

TEST(name_spaces_need_a_startup)
{
    typedef int(WINAPI * advertise_t)(const GUID *, const void *);
    typedef int(WINAPI * withdraw_t)(const GUID *);
    typedef int(WINAPI * complete_t)(HANDLE, int);
    WSAQUERYSETA query_a = {.dwSize = sizeof(query_a)};
    WSAQUERYSETW query_w = {.dwSize = sizeof(query_w)};
    HANDLE handle;

    CHECK_ERROR(WSALookupServiceBeginA(&query_a, 0, &handle), WSANOTINITIALISED);
    CHECK_ERROR(WSALookupServiceBeginW(&query_w, 0, &handle), WSANOTINITIALISED);
    CHECK_ERROR(WSALookupServiceNextA((HANDLE)1, 0, &count, &query_a), WSANOTINITIALISED);
    CHECK_ERROR(WSALookupServiceNextW((HANDLE)1, 0, &count, &query_w), WSANOTINITIALISED);
    CHECK_ERROR(WSALookupServiceEnd((HANDLE)1), WSANOTINITIALISED);
    CHECK_ERROR(WSANSPIoctl((HANDLE)1, SIO_NSP_NOTIFY_CHANGE, NULL, 0, NULL, 0, &count, NULL),
                WSANOTINITIALISED);
    CHECK_ERROR(WSASetServiceA(&query_a, RNRSERVICE_REGISTER, 0), WSANOTINITIALISED);
    CHECK_ERROR(WSASetServiceW(&query_w, RNRSERVICE_REGISTER, 0), WSANOTINITIALISED);
    CHECK_ERROR(WS2_FUNCTION(advertise_t, "WSAAdvertiseProvider")(&id, data), WSANOTINITIALISED);
    CHECK_ERROR(WS2_FUNCTION(withdraw_t, "WSAUnadvertiseProvider")(&id), WSANOTINITIALISED);
    CHECK_ERROR(WS2_FUNCTION(complete_t, "WSAProviderCompleteAsyncCall")((HANDLE)1, 0), WSANOTINITIALISED);
}

TEST(what_needs_no_socket_needs_no_startup)
{
    unsigned char bytes[4];
    WSAEVENT event;

    CHECK_INT(htons(0x1234), 0x3412);
    CHECK_INT(ntohs(0x1234), 0x3412);
    CHECK_INT(htonl(0x01020304), 0x04030201);
    CHECK_INT(ntohl(0x01020304), 0x04030201);
    CHECK_INT(inet_addr("1.2.3.4"), 0x04030201);
    CHECK_INT(inet_pton(AF_INET, "1.2.3.4", bytes), 1);
    CHECK_STR(inet_ntop(AF_INET, bytes, text, sizeof(text)), "1.2.3.4");
    CHECK_INT(InetPtonW(AF_INET, L"1.2.3.4", bytes), 1);
    CHECK(!wcscmp(InetNtopW(AF_INET, bytes, wide, 64), L"1.2.3.4"));
    WSASetLastError(1234);
    CHECK_INT(WSAGetLastError(), 1234);
    CHECK((event = WSACreateEvent()) != WSA_INVALID_EVENT);
    CHECK(WSASetEvent(event));
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, TRUE, 0, FALSE), WSA_WAIT_EVENT_0);
    CHECK(WSAResetEvent(event));
    CHECK(WSACloseEvent(event));
    CHECK_INT(gethostname(text, sizeof(text)), 0); /* on Wine, whose wineboot relies on it */
}
