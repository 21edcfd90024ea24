/*
 * The host's own name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

static int(WINAPI *get_host_name_w)(WCHAR *name, int size);

TEST(the_host_has_a_name)
{
    char name[256] = "", computer[256];
    DWORD size = sizeof(computer);

    CHECK_INT(gethostname(name, sizeof(name)), 0);
    CHECK(name[0]);
    /* Windows's DNS host name is this, in whatever case */
    CHECK(GetComputerNameExA(ComputerNameDnsHostname, computer, &size));
    CHECK_INT(_stricmp(name, computer), 0);
}

TEST(a_short_buffer_gives_wsaefault)
{
    char name[256];

    CHECK_INT(gethostname(name, sizeof(name)), 0);
    CHECK_ERROR(gethostname(name, strlen(name)), WSAEFAULT);
    CHECK_ERROR(gethostname(name, 0), WSAEFAULT);
    CHECK_ERROR(gethostname(NULL, 256), WSAEFAULT);
    CHECK_INT(gethostname(name, strlen(name) + 1), 0);
}

TEST(the_wide_name_is_the_same)
{
    char name[256], narrow[256];
    WCHAR wide[256];

    get_host_name_w = (void *)GetProcAddress(GetModuleHandleA("ws2_32.dll"), "GetHostNameW");
    if (!get_host_name_w) SKIP("no GetHostNameW here");
    CHECK_INT(gethostname(name, sizeof(name)), 0);
    CHECK_INT(get_host_name_w(wide, 256), 0);
    CHECK(WideCharToMultiByte(CP_ACP, 0, wide, -1, narrow, sizeof(narrow), NULL, NULL));
    CHECK_STR(narrow, name);
    CHECK_ERROR(get_host_name_w(wide, wcslen(wide)), WSAEFAULT);
    CHECK_ERROR(get_host_name_w(NULL, 256), WSAEFAULT);
}

TEST(the_own_name_resolves)
{
    struct hostent *host;
    char name[256];

    CHECK_INT(gethostname(name, sizeof(name)), 0);
    host = gethostbyname(name);
    CHECK(host);
    CHECK_INT(host->h_addrtype, AF_INET);
    CHECK_INT(host->h_length, 4);
    CHECK(host->h_addr_list[0]);
    /* a network address where there is one, never Debian's 127.0.1.1 */
    CHECK(*(u_long *)host->h_addr_list[0] != inet_addr("127.0.1.1"));
}
