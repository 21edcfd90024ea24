/*
 * gethostbyname, gethostbyaddr, gethostname.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#define BAD_POINTER ((void *)16)

static struct hostent *by_name(const char *name)
{
    struct hostent *host;

    WSASetLastError(0xdead);
    host = gethostbyname(name);
    CHECK(host != NULL);
    CHECK_INT(WSAGetLastError(), 0);
    CHECK_INT(host->h_addrtype, AF_INET);
    CHECK_INT(host->h_length, 4);
    CHECK(host->h_addr_list[0] != NULL);
    return host;
}

TEST(own_name_gives_lan_addresses)
{
    struct hostent *host;
    char own[256];
    unsigned char **p;

    CHECK_INT(gethostname(own, sizeof(own)), 0);
    host = by_name(own);
    CHECK(!stricmp(host->h_name, own));
    for (p = (unsigned char **)host->h_addr_list; *p; p++)
    {
        if ((*p)[0] != 127) continue;
        /* no network at all: the one loopback address that is known to be meant for this */
        CHECK(!memcmp(*p, "\x7f\x0c\x22\x38", 4));
        CHECK(!p[1]);
    }
}

/* The address from which a packet to the outside would leave, if there is a way out. */
TEST(own_name_gives_the_best_route_first)
{
    SOCKADDR_IN outside = {0}, local;
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    int len = sizeof(local);

    outside.sin_family = AF_INET;
    outside.sin_port = htons(9);
    outside.sin_addr.s_addr = inet_addr("203.0.113.1");
    if (connect(s, (SOCKADDR *)&outside, sizeof(outside)) || getsockname(s, (SOCKADDR *)&local, &len))
    {
        closesocket(s);
        SKIP("there is no default route");
    }
    closesocket(s);
    CHECK(!memcmp(by_name("")->h_addr_list[0], &local.sin_addr, 4));
}

TEST(no_name_is_the_own_name)
{
    char own[256];

    CHECK_INT(gethostname(own, sizeof(own)), 0);
    CHECK_STR(by_name(NULL)->h_name, own);
    CHECK_STR(by_name("")->h_name, own);
}

TEST(localhost_is_the_loopback_address)
{
    struct hostent *host = by_name("localhost");

    CHECK(!memcmp(host->h_addr_list[0], "\x7f\0\0\1", 4));
    CHECK(!host->h_addr_list[1]);
    CHECK_STR(host->h_name, "localhost");
}

TEST(numbers_are_names)
{
    struct hostent *host = by_name("10.1.2.3");

    CHECK(!memcmp(host->h_addr_list[0], "\x0a\1\2\3", 4));
    CHECK_STR(host->h_name, "10.1.2.3");
}

TEST(entry_is_laid_out_as_on_windows)
{
    struct hostent *host = by_name("localhost");
    char *at = (char *)(host + 1);
    char **p;

    CHECK((char *)host->h_aliases == at);
    for (p = host->h_aliases; *p; p++) continue;
    CHECK((char *)host->h_addr_list == (char *)(p + 1));
    for (p = host->h_addr_list; *p; p++) continue;
    CHECK(host->h_addr_list[0] == (char *)(p + 1));
}

TEST(entry_belongs_to_the_thread)
{
    struct hostent *first = by_name("10.1.2.3");

    CHECK(by_name("10.1.2.4") == first);
}

TEST(unknown_names_are_host_not_found)
{
    CHECK_NOTHING(gethostbyname("nobody.invalid"), WSAHOST_NOT_FOUND);
    CHECK_NOTHING(gethostbyname("::1"), WSAHOST_NOT_FOUND);
}

TEST(bad_name_pointer_is_a_fault)
{
    CHECK_NOTHING(gethostbyname(BAD_POINTER), WSAEFAULT);
}

TEST(address_gives_name)
{
    struct hostent *host = gethostbyaddr("\x7f\0\0\1", 4, AF_INET);
    char own[256];

    CHECK(host != NULL);
    CHECK_INT(gethostname(own, sizeof(own)), 0);
    CHECK(!strnicmp(host->h_name, own, strlen(own)));
    CHECK_INT(host->h_addrtype, AF_INET);
    CHECK(!memcmp(host->h_addr_list[0], "\x7f\0\0\1", 4));
    CHECK(!host->h_addr_list[1]);
}

TEST(ipv6_address_gives_name)
{
    static const char loopback[16] = {[15] = 1};
    struct hostent *host = gethostbyaddr(loopback, 16, AF_INET6);

    if (!host) SKIP("no IPv6");
    CHECK_INT(host->h_addrtype, AF_INET6);
    CHECK_INT(host->h_length, 16);
    CHECK(!memcmp(host->h_addr_list[0], loopback, 16));
}

TEST(gethostbyaddr_errors)
{
    CHECK_NOTHING(gethostbyaddr("\x7f\0\0\1", 4, AF_IPX), WSAEAFNOSUPPORT);
    CHECK_NOTHING(gethostbyaddr("\x7f\0\0\1", 3, AF_INET), WSAEFAULT);
    CHECK_NOTHING(gethostbyaddr("\x7f\0\0\1", 4, AF_INET6), WSAEFAULT);
    CHECK_NOTHING(gethostbyaddr(NULL, 4, AF_INET), WSAEFAULT);
    CHECK_NOTHING(gethostbyaddr(BAD_POINTER, 4, AF_INET), WSAEFAULT);
}

TEST(host_name_needs_room)
{
    char name[256], again[256];
    int len;

    CHECK_INT(gethostname(name, sizeof(name)), 0);
    len = (int)strlen(name);
    CHECK(len && !strchr(name, '.'));
    strcpy(again, "untouched");
    CHECK_ERROR(gethostname(again, len), WSAEFAULT);
    CHECK_STR(again, "untouched");
    CHECK_INT(gethostname(again, len + 1), 0);
    CHECK_STR(again, name);
    CHECK_ERROR(gethostname(NULL, 256), WSAEFAULT);
    CHECK_ERROR(gethostname(BAD_POINTER, 256), WSAEFAULT);
    CHECK_ERROR(gethostname(name, -1), WSAEFAULT);
}

TEST(unicode_host_name_needs_room)
{
    WCHAR name[256], again[256];
    int len;

    CHECK_INT(GetHostNameW(name, 256), 0);
    len = (int)wcslen(name);
    wcscpy(again, L"untouched");
    CHECK_ERROR(GetHostNameW(again, len), WSAEFAULT);
    CHECK(!wcscmp(again, L"untouched"));
    CHECK_INT(GetHostNameW(again, len + 1), 0);
    CHECK(!wcscmp(again, name));
    CHECK_ERROR(GetHostNameW(NULL, 256), WSAEFAULT);
}

TEST(host_lookups_need_startup)
{
    WSADATA data;
    int errors[3] = {0};
    WCHAR name[256];

    CHECK_INT(WSACleanup(), 0);
    if (!gethostbyname("localhost")) errors[0] = WSAGetLastError();
    if (!gethostbyaddr("\x7f\0\0\1", 4, AF_INET)) errors[1] = WSAGetLastError();
    if (GetHostNameW(name, 256)) errors[2] = WSAGetLastError();
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
    CHECK_INT(errors[0], WSANOTINITIALISED);
    CHECK_INT(errors[1], WSANOTINITIALISED);
    CHECK_INT(errors[2], WSANOTINITIALISED);
}
