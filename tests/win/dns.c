/*
 * Names that a DNS server knows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * They need the server of tools/private-net (tests/net/services), and are
 * skipped elsewhere, so that no test asks the world.
 */
#include "harness.h"

#ifndef AI_DNS_ONLY
#define AI_DNS_ONLY 0x10
#endif

/* Missing from mingw-w64's headers. */
int WSAAPI GetAddrInfoExOverlappedResult(LPOVERLAPPED overlapped);
int WSAAPI GetAddrInfoExCancel(LPHANDLE handle);

static void need_server(void)
{
    char value[16];

    if (!GetEnvironmentVariableA("WS2_PRIVATE_NET", value, sizeof(value))) SKIP("not in the private network");
}

static int ask(const char *name, int flags, int family, ADDRINFOA **list)
{
    ADDRINFOA hints = {0};

    hints.ai_flags = flags;
    hints.ai_family = family;
    *list = NULL;
    return getaddrinfo(name, NULL, &hints, list);
}

static int count(const ADDRINFOA *list, int family)
{
    int n = 0;

    for (; list; list = list->ai_next) n += list->ai_family == family;
    return n;
}

TEST(name_with_addresses_of_both_families)
{
    ADDRINFOA *list;

    need_server();
    CHECK_INT(ask("both.example", 0, AF_UNSPEC, &list), 0);
    CHECK_INT(count(list, AF_INET), 1);
    CHECK_INT(count(list, AF_INET6), 1);
    CHECK_INT(list->ai_flags, 0);
    freeaddrinfo(list);
}

TEST(name_without_address_of_the_family_is_no_data)
{
    ADDRINFOA *list;

    need_server();
    CHECK_INT(ask("four.example", 0, AF_INET6, &list), WSANO_DATA);
    CHECK_INT(ask("six.example", 0, AF_INET, &list), WSANO_DATA);
    CHECK_INT(ask("four.example", AI_DNS_ONLY, AF_INET6, &list), WSANO_DATA);
    CHECK(!gethostbyname("six.example"));
    CHECK_INT(WSAGetLastError(), WSANO_DATA);
}

TEST(name_that_is_not_there_is_host_not_found)
{
    ADDRINFOA *list;

    need_server();
    CHECK_INT(ask("nobody.example", 0, AF_UNSPEC, &list), WSAHOST_NOT_FOUND);
    CHECK_INT(ask("nobody.example", AI_DNS_ONLY, AF_UNSPEC, &list), WSAHOST_NOT_FOUND);
    CHECK(!gethostbyname("nobody.example"));
    CHECK_INT(WSAGetLastError(), WSAHOST_NOT_FOUND);
}

TEST(canonical_name_of_an_alias)
{
    ADDRINFOA *list;

    need_server();
    CHECK_INT(ask("alias.example", AI_CANONNAME, AF_UNSPEC, &list), 0);
    CHECK_STR(list->ai_canonname, "both.example");
    CHECK(!list->ai_next->ai_canonname);
    freeaddrinfo(list);
    CHECK_INT(ask("alias.example", AI_CANONNAME | AI_DNS_ONLY, AF_INET, &list), 0);
    CHECK_STR(list->ai_canonname, "both.example");
    freeaddrinfo(list);
    CHECK_INT(ask("alias.example", AI_FQDN, AF_INET, &list), 0);
    CHECK_INT(list->ai_flags, AI_FQDN);
    CHECK_STR(list->ai_canonname, "both.example");
    freeaddrinfo(list);
}

TEST(entry_of_an_alias_lists_it)
{
    struct hostent *host;

    need_server();
    host = gethostbyname("alias.example");
    CHECK(host != NULL);
    CHECK_STR(host->h_name, "both.example");
    CHECK_STR(host->h_aliases[0], "alias.example");
    CHECK(!host->h_aliases[1]);
    CHECK((char *)host->h_addr_list == (char *)(host->h_aliases + 2));
}

TEST(ipv4_only_names_are_mapped_on_request)
{
    ADDRINFOA *list;

    need_server();
    CHECK_INT(ask("four.example", AI_V4MAPPED, AF_INET6, &list), 0);
    CHECK_INT(count(list, AF_INET6), 1);
    freeaddrinfo(list);
    CHECK_INT(ask("both.example", AI_V4MAPPED, AF_INET6, &list), 0);
    CHECK_INT(count(list, AF_INET6), 1);
    freeaddrinfo(list);
    CHECK_INT(ask("both.example", AI_V4MAPPED | AI_ALL, AF_INET6, &list), 0);
    CHECK_INT(count(list, AF_INET6), 2);
    freeaddrinfo(list);
}

TEST(dns_only_asks_nobody_else)
{
    ADDRINFOA *list;

    need_server();
    CHECK_INT(ask("both.example", AI_DNS_ONLY, AF_UNSPEC, &list), 0);
    CHECK_INT(count(list, AF_INET), 1);
    CHECK_INT(count(list, AF_INET6), 1);
    freeaddrinfo(list);
    CHECK_INT(ask("localhost", AI_DNS_ONLY, AF_UNSPEC, &list), WSAHOST_NOT_FOUND);
}

TEST(international_names_are_asked_for_in_punycode)
{
    static const WCHAR name[] = {0x30c6, 0x30b9, 0x30c8, '.', 'w', 'i', 'n', 'e',
                                 'h',    'q',    '.',    'o', 'r', 'g', 0};
    ADDRINFOW hints = {0}, *list;

    need_server();
    CHECK_INT(GetAddrInfoW(name, NULL, NULL, &list), 0);
    FreeAddrInfoW(list);
    hints.ai_flags = AI_DISABLE_IDN_ENCODING;
    CHECK_INT(GetAddrInfoW(name, NULL, &hints, &list), WSAHOST_NOT_FOUND);
}

TEST(server_that_fails_is_try_again)
{
    ADDRINFOA *list;

    need_server();
    CHECK_INT(ask("broken.example", 0, AF_UNSPEC, &list), WSATRY_AGAIN);
    CHECK_INT(ask("broken.example", AI_DNS_ONLY, AF_INET, &list), WSATRY_AGAIN);
    CHECK(!gethostbyname("broken.example"));
    CHECK_INT(WSAGetLastError(), WSATRY_AGAIN);
    CHECK_INT(ask("silent.example", 0, AF_INET, &list), WSATRY_AGAIN);
}

TEST(server_that_gives_up_is_no_recovery)
{
    ADDRINFOA *list;

    need_server();
    CHECK(!gethostbyname("formerr.example"));
    CHECK_INT(WSAGetLastError(), WSANO_RECOVERY);
    CHECK_INT(ask("formerr.example", AI_DNS_ONLY, AF_INET, &list), WSANO_RECOVERY);
}

/* The server takes longer than that. */
TEST(time_out_ends_the_wait)
{
    struct timeval time = {0, 50000};
    ADDRINFOEXW *list = (ADDRINFOEXW *)0xdead;
    OVERLAPPED overlapped = {0};

    need_server();
    CHECK_INT(GetAddrInfoExW(L"silent.example", NULL, NS_DNS, NULL, NULL, &list, &time, NULL, NULL, NULL),
              WSAETIMEDOUT);
    CHECK_INT(WSAGetLastError(), WSAETIMEDOUT);
    CHECK(!list);
    overlapped.hEvent = WSACreateEvent();
    CHECK_INT(
        GetAddrInfoExW(L"silent.example", NULL, NS_DNS, NULL, NULL, &list, &time, &overlapped, NULL, NULL),
        WSA_IO_PENDING);
    CHECK_INT(GetAddrInfoExOverlappedResult(&overlapped), WSAEINPROGRESS);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 20000), WAIT_OBJECT_0);
    CHECK_INT(GetAddrInfoExOverlappedResult(&overlapped), WSAETIMEDOUT);
    CHECK(!list);
    WSACloseEvent(overlapped.hEvent);
}

TEST(cancelling_ends_the_wait)
{
    ADDRINFOEXW *list = NULL;
    OVERLAPPED overlapped = {0};
    HANDLE handle;

    need_server();
    overlapped.hEvent = WSACreateEvent();
    CHECK_INT(
        GetAddrInfoExW(L"silent.example", NULL, NS_DNS, NULL, NULL, &list, NULL, &overlapped, NULL, &handle),
        WSA_IO_PENDING);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 0), WAIT_TIMEOUT);
    CHECK_INT(GetAddrInfoExCancel(&handle), 0);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 20000), WAIT_OBJECT_0);
    CHECK_INT(GetAddrInfoExOverlappedResult(&overlapped), WSA_E_CANCELLED);
    CHECK_INT(GetAddrInfoExCancel(&handle), WSA_INVALID_HANDLE);
    CHECK(!list);
    WSACloseEvent(overlapped.hEvent);
}

TEST(cancelled_asynchronous_lookup_leaves_the_buffer_alone)
{
    HWND window = CreateWindowA("STATIC", "", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    char buffer[MAXGETHOSTSTRUCT] = "untouched";
    HANDLE handle;
    MSG msg;

    need_server();
    if (!window) SKIP("no windows here");
    handle = WSAAsyncGetHostByName(window, WM_USER, "silent.example", buffer, sizeof(buffer));
    CHECK(handle != NULL);
    CHECK_INT(WSACancelAsyncRequest(handle), 0);
    CHECK_ERROR(WSACancelAsyncRequest(handle), WSAEALREADY);
    /* the thread that asks is still at it, and would tell now */
    CHECK(!gethostbyname("silent.example"));
    CHECK(!PeekMessageA(&msg, window, WM_USER, WM_USER, PM_REMOVE));
    CHECK_STR(buffer, "untouched");
    DestroyWindow(window);
}
