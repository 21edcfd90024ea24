/*
 * getaddrinfo, getnameinfo and their Unicode forms.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only names that need no network: numbers, localhost, the own name and .invalid.
 */
#include "harness.h"

#define INVALID_NAME "nobody.invalid"
#define BAD_POINTER ((void *)16)

static ADDRINFOA *ask(const char *node, const char *service, int flags, int family, int socktype,
                      int protocol)
{
    ADDRINFOA hints = {0}, *list = NULL;

    hints.ai_flags = flags;
    hints.ai_family = family;
    hints.ai_socktype = socktype;
    hints.ai_protocol = protocol;
    CHECK_INT(getaddrinfo(node, service, &hints, &list), 0);
    CHECK(list != NULL);
    return list;
}

static int ask_error(const char *node, const char *service, int flags, int family, int socktype)
{
    ADDRINFOA hints = {0}, *list = (ADDRINFOA *)0xdead;
    int error;

    hints.ai_flags = flags;
    hints.ai_family = family;
    hints.ai_socktype = socktype;
    WSASetLastError(0xdead);
    error = getaddrinfo(node, service, &hints, &list);
    CHECK_INT(WSAGetLastError(), error);
    if (error)
        CHECK(list == NULL);
    else
        freeaddrinfo(list);
    return error;
}

static int count(const ADDRINFOA *list, int family)
{
    int n = 0;

    for (; list; list = list->ai_next) n += !family || list->ai_family == family;
    return n;
}

static const char *text_of(const ADDRINFOA *info)
{
    static char text[64];
    const void *from = info->ai_family == AF_INET ? (void *)&((SOCKADDR_IN *)info->ai_addr)->sin_addr
                                                  : (void *)&((SOCKADDR_IN6 *)info->ai_addr)->sin6_addr;

    return inet_ntop(info->ai_family, from, text, sizeof(text));
}

static int port_of(const ADDRINFOA *info)
{
    return ntohs(((SOCKADDR_IN *)info->ai_addr)->sin_port);
}

TEST(success_clears_the_last_error)
{
    ADDRINFOA *list;

    WSASetLastError(0xdead);
    CHECK_INT(getaddrinfo("127.0.0.1", NULL, NULL, &list), 0);
    CHECK_INT(WSAGetLastError(), 0);
    freeaddrinfo(list);
}

TEST(neither_node_nor_service_is_host_not_found)
{
    CHECK_INT(ask_error(NULL, NULL, 0, 0, 0), WSAHOST_NOT_FOUND);
}

TEST(invalid_domain_is_host_not_found)
{
    CHECK_INT(ask_error(INVALID_NAME, NULL, 0, 0, 0), WSAHOST_NOT_FOUND);
    CHECK_INT(ask_error("invalid", NULL, 0, AF_INET, 0), WSAHOST_NOT_FOUND);
}

TEST(hints_with_reserved_members_are_no_recovery)
{
    ADDRINFOA hints = {0}, *list;

    hints.ai_addrlen = 1;
    CHECK_INT(getaddrinfo("127.0.0.1", NULL, &hints, &list), WSANO_RECOVERY);
    memset(&hints, 0, sizeof(hints));
    hints.ai_canonname = (char *)"x";
    CHECK_INT(getaddrinfo("127.0.0.1", NULL, &hints, &list), WSANO_RECOVERY);
    memset(&hints, 0, sizeof(hints));
    hints.ai_next = &hints;
    CHECK_INT(getaddrinfo("127.0.0.1", NULL, &hints, &list), WSANO_RECOVERY);
    CHECK_INT(WSAGetLastError(), WSANO_RECOVERY);
}

TEST(unknown_flags_are_invalid)
{
    CHECK_INT(ask_error("127.0.0.1", NULL, 0x200, 0, 0), WSAEINVAL);
}

TEST(canonical_name_without_node_is_invalid)
{
    CHECK_INT(ask_error(NULL, "80", AI_CANONNAME, 0, 0), WSAEINVAL);
}

TEST(canonical_and_full_name_exclude_each_other)
{
    CHECK_INT(ask_error("localhost", NULL, AI_CANONNAME | AI_FQDN, 0, 0), WSAEINVAL);
}

TEST(other_families_are_not_supported)
{
    CHECK_INT(ask_error("127.0.0.1", NULL, 0, AF_IPX, 0), WSAEAFNOSUPPORT);
    CHECK_INT(ask_error("127.0.0.1", NULL, 0, 99, 0), WSAEAFNOSUPPORT);
}

TEST(other_socket_types_are_not_supported)
{
    CHECK_INT(ask_error("127.0.0.1", NULL, 0, 0, 999), WSAESOCKTNOSUPPORT);
    CHECK_INT(ask_error("127.0.0.1", NULL, 0, 0, -1), WSAESOCKTNOSUPPORT);
}

TEST(type_and_protocol_come_back_as_the_hints_have_them)
{
    ADDRINFOA *list = ask("localhost", "0", 0, AF_INET, SOCK_DGRAM, IPPROTO_TCP);

    CHECK_INT(list->ai_socktype, SOCK_DGRAM);
    CHECK_INT(list->ai_protocol, IPPROTO_TCP);
    freeaddrinfo(list);
    list = ask("localhost", NULL, 0, AF_INET, 0, 999);
    CHECK_INT(list->ai_socktype, 0);
    CHECK_INT(list->ai_protocol, 999);
    CHECK_INT(count(list, 0), 1);
    freeaddrinfo(list);
}

TEST(numeric_nodes_say_so)
{
    ADDRINFOA *list = ask("192.168.1.253", NULL, 0, 0, 0, 0);

    CHECK_INT(list->ai_flags, AI_NUMERICHOST);
    CHECK_INT(list->ai_addrlen, sizeof(SOCKADDR_IN));
    CHECK_STR(text_of(list), "192.168.1.253");
    CHECK(!list->ai_next);
    freeaddrinfo(list);
    list = ask("localhost", NULL, 0, AF_INET, 0, 0);
    CHECK_INT(list->ai_flags, 0);
    freeaddrinfo(list);
}

TEST(ipv6_nodes_may_have_brackets_scope_and_port)
{
    ADDRINFOA *list = ask("[beef::cafe]:10239", NULL, 0, 0, 0, 0);

    CHECK_INT(list->ai_family, AF_INET6);
    CHECK_INT(list->ai_addrlen, sizeof(SOCKADDR_IN6));
    CHECK_STR(text_of(list), "beef::cafe");
    CHECK_INT(port_of(list), 0);
    freeaddrinfo(list);
    list = ask("fe80::1%7", "80", 0, 0, 0, 0);
    CHECK_INT(((SOCKADDR_IN6 *)list->ai_addr)->sin6_scope_id, 7);
    CHECK_INT(port_of(list), 80);
    freeaddrinfo(list);
    CHECK_INT(ask_error("[beef::cafe", NULL, AI_NUMERICHOST, 0, 0), WSAHOST_NOT_FOUND);
}

TEST(numbers_of_the_other_family_are_host_not_found)
{
    CHECK_INT(ask_error("beef::cafe", NULL, 0, AF_INET, 0), WSAHOST_NOT_FOUND);
    CHECK_INT(ask_error("127.0.0.1", NULL, 0, AF_INET6, 0), WSAHOST_NOT_FOUND);
}

TEST(numeric_host_refuses_names)
{
    CHECK_INT(ask_error("localhost", "80", AI_NUMERICHOST, 0, 0), WSAHOST_NOT_FOUND);
    CHECK_INT(ask_error("127.0.0.1:80", NULL, AI_NUMERICHOST, 0, 0), WSAHOST_NOT_FOUND);
}

TEST(localhost_is_loopback_only)
{
    ADDRINFOA *list = ask("LocalHost", "80", 0, 0, SOCK_STREAM, 0), *info;

    CHECK_INT(count(list, AF_INET), 1);
    CHECK(count(list, AF_INET6) <= 1);
    for (info = list; info; info = info->ai_next)
    {
        CHECK_STR(text_of(info), info->ai_family == AF_INET ? "127.0.0.1" : "::1");
        CHECK_INT(port_of(info), 80);
    }
    freeaddrinfo(list);
}

TEST(no_node_is_loopback_or_with_passive_any)
{
    ADDRINFOA *list = ask(NULL, "80", 0, AF_INET, 0, 0);

    CHECK_STR(text_of(list), "127.0.0.1");
    freeaddrinfo(list);
    list = ask(NULL, "80", AI_PASSIVE, AF_INET, 0, 0);
    CHECK_STR(text_of(list), "0.0.0.0");
    CHECK_INT(port_of(list), 80);
    freeaddrinfo(list);
}

TEST(empty_node_is_the_own_name)
{
    ADDRINFOA *by_name, *by_nothing, *a, *b;
    char name[256];

    CHECK_INT(gethostname(name, sizeof(name)), 0);
    by_name = ask(name, NULL, 0, 0, 0, 0);
    by_nothing = ask("", NULL, 0, 0, 0, 0);
    for (a = by_name, b = by_nothing; a && b; a = a->ai_next, b = b->ai_next)
    {
        CHECK_INT(a->ai_addrlen, b->ai_addrlen);
        CHECK(!memcmp(a->ai_addr, b->ai_addr, a->ai_addrlen));
    }
    CHECK(!a && !b);
    freeaddrinfo(by_name);
    freeaddrinfo(by_nothing);
}

TEST(own_name_in_any_case)
{
    ADDRINFOA *list;
    char name[256];

    CHECK_INT(gethostname(name, sizeof(name)), 0);
    CharUpperA(name);
    list = ask(name, NULL, 0, 0, 0, 0);
    freeaddrinfo(list);
}

TEST(services_by_name_and_number)
{
    ADDRINFOA *list = ask("127.0.0.1", "http", 0, 0, SOCK_STREAM, 0);

    CHECK_INT(port_of(list), 80);
    CHECK_INT(list->ai_socktype, SOCK_STREAM);
    CHECK_INT(list->ai_protocol, 0);
    CHECK(!list->ai_next);
    freeaddrinfo(list);
    list = ask("127.0.0.1", "65535", 0, 0, 0, 0);
    CHECK_INT(port_of(list), 65535);
    CHECK_INT(list->ai_socktype, 0);
    freeaddrinfo(list);
    list = ask("127.0.0.1", "", 0, 0, 0, 0);
    CHECK_INT(port_of(list), 0);
    freeaddrinfo(list);
}

TEST(service_of_both_kinds_gives_two_entries)
{
    ADDRINFOA *list = ask("127.0.0.1", "domain", 0, 0, 0, 0);

    CHECK_INT(count(list, 0), 2);
    CHECK_INT(list->ai_socktype, SOCK_STREAM);
    CHECK_INT(list->ai_next->ai_socktype, SOCK_DGRAM);
    CHECK_INT(port_of(list), 53);
    CHECK_INT(port_of(list->ai_next), 53);
    freeaddrinfo(list);
}

TEST(unknown_services_are_type_not_found)
{
    CHECK_INT(ask_error("127.0.0.1", "nonexistentservice", 0, 0, 0), WSATYPE_NOT_FOUND);
    CHECK_INT(ask_error(NULL, "nonexistentservice", 0, 0, 0), WSATYPE_NOT_FOUND);
    CHECK_INT(ask_error("127.0.0.1", "http", 0, 0, SOCK_RAW), WSATYPE_NOT_FOUND);
    CHECK_INT(ask_error("127.0.0.1", "65536", 0, 0, 0), WSATYPE_NOT_FOUND);
}

TEST(numeric_service_refuses_names)
{
    CHECK_INT(ask_error("127.0.0.1", "http", AI_NUMERICSERV, 0, SOCK_STREAM), WSAHOST_NOT_FOUND);
}

TEST(canonical_name_is_in_the_first_entry)
{
    ADDRINFOA *list = ask("localhost", NULL, AI_CANONNAME, 0, 0, 0);

    CHECK_STR(list->ai_canonname, "localhost");
    if (list->ai_next) CHECK(!list->ai_next->ai_canonname);
    freeaddrinfo(list);
    list = ask("127.0.0.1", NULL, AI_CANONNAME, 0, 0, 0);
    CHECK_STR(list->ai_canonname, "127.0.0.1");
    freeaddrinfo(list);
    list = ask("127.0.0.1", NULL, 0, 0, 0, 0);
    CHECK(!list->ai_canonname);
    freeaddrinfo(list);
}

TEST(ipv4_is_mapped_on_request)
{
    ADDRINFOA *list = ask("10.1.2.3", NULL, AI_V4MAPPED, AF_INET6, 0, 0);

    CHECK_INT(list->ai_family, AF_INET6);
    CHECK_STR(text_of(list), "::ffff:10.1.2.3");
    freeaddrinfo(list);
    list = ask("localhost", NULL, AI_V4MAPPED | AI_ALL, AF_INET6, 0, 0);
    CHECK_INT(count(list, AF_INET), 0);
    freeaddrinfo(list);
}

TEST(bad_pointers_are_faults)
{
    ADDRINFOA *list;

    CHECK_INT(getaddrinfo("127.0.0.1", NULL, NULL, NULL), WSAEFAULT);
    CHECK_INT(WSAGetLastError(), WSAEFAULT);
    CHECK_INT(getaddrinfo(BAD_POINTER, NULL, NULL, &list), WSAEFAULT);
    CHECK_INT(getaddrinfo("127.0.0.1", BAD_POINTER, NULL, &list), WSAEFAULT);
    CHECK_INT(getaddrinfo("127.0.0.1", NULL, BAD_POINTER, &list), WSAEFAULT);
    CHECK_INT(GetAddrInfoW(BAD_POINTER, NULL, NULL, (ADDRINFOW **)&list), WSAEFAULT);
}

TEST(freeing_nothing_is_allowed)
{
    freeaddrinfo(NULL);
    FreeAddrInfoW(NULL);
    FreeAddrInfoEx(NULL);
    FreeAddrInfoExW(NULL);
}

TEST(unicode_form_gives_unicode_names)
{
    ADDRINFOW hints = {0}, *list;

    hints.ai_flags = AI_CANONNAME;
    CHECK_INT(GetAddrInfoW(L"127.0.0.1", L"http", &hints, &list), 0);
    CHECK(!wcscmp(list->ai_canonname, L"127.0.0.1"));
    CHECK_INT(ntohs(((SOCKADDR_IN *)list->ai_addr)->sin_port), 80);
    FreeAddrInfoW(list);
}

TEST(names_beyond_ascii_are_encoded_unless_disabled)
{
    ADDRINFOW hints = {0}, *list;

    CHECK_INT(GetAddrInfoW(L"b\x00fc"
                           L"cher.invalid",
                           NULL, NULL, &list),
              WSAHOST_NOT_FOUND);
    hints.ai_flags = AI_DISABLE_IDN_ENCODING;
    CHECK_INT(GetAddrInfoW(L"b\x00fc"
                           L"cher.invalid",
                           NULL, &hints, &list),
              WSAHOST_NOT_FOUND);
    CHECK(!list);
}

static void numeric(const char *address, char *host, DWORD size)
{
    ADDRINFOA *list = ask(address, "80", AI_NUMERICHOST, 0, 0, 0);
    char serv[32];

    CHECK_INT(getnameinfo(list->ai_addr, (socklen_t)list->ai_addrlen, host, size, serv, sizeof(serv),
                          NI_NUMERICHOST | NI_NUMERICSERV),
              0);
    CHECK_STR(serv, "80");
    freeaddrinfo(list);
}

TEST(addresses_print_as_numbers)
{
    char host[NI_MAXHOST];

    numeric("10.1.2.3", host, sizeof(host));
    CHECK_STR(host, "10.1.2.3");
    numeric("fe80::1%7", host, sizeof(host));
    CHECK_STR(host, "fe80::1%7");
}

static SOCKADDR_IN loopback(int port)
{
    SOCKADDR_IN addr = {0};

    addr.sin_family = AF_INET;
    addr.sin_port = htons(port);
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return addr;
}

TEST(loopback_address_has_the_own_name)
{
    SOCKADDR_IN addr = loopback(80);
    char host[NI_MAXHOST], serv[NI_MAXSERV], own[256];

    CHECK_INT(gethostname(own, sizeof(own)), 0);
    CHECK_INT(
        getnameinfo((SOCKADDR *)&addr, sizeof(addr), host, sizeof(host), serv, sizeof(serv), NI_NAMEREQD), 0);
    CHECK(!strnicmp(host, own, strlen(own)));
    CHECK_STR(serv, "http");
}

TEST(ports_without_service_print_as_numbers)
{
    SOCKADDR_IN addr = loopback(64999);
    char serv[NI_MAXSERV];

    CHECK_INT(getnameinfo((SOCKADDR *)&addr, sizeof(addr), NULL, 0, serv, sizeof(serv), 0), 0);
    CHECK_STR(serv, "64999");
}

TEST(service_of_a_datagram_port)
{
    SOCKADDR_IN addr = loopback(69);
    WCHAR serv[NI_MAXSERV];

    CHECK_INT(GetNameInfoW((SOCKADDR *)&addr, sizeof(addr), NULL, 0, serv, NI_MAXSERV, NI_DGRAM), 0);
    CHECK(!wcscmp(serv, L"tftp"));
}

TEST(getnameinfo_errors)
{
    SOCKADDR_IN addr = loopback(80);
    SOCKADDR_STORAGE other = {0};
    char host[64], serv[32];

    CHECK_INT(getnameinfo((SOCKADDR *)&addr, sizeof(addr), NULL, 0, NULL, 0, 0), WSAHOST_NOT_FOUND);
    CHECK_INT(WSAGetLastError(), WSAHOST_NOT_FOUND);
    CHECK_INT(getnameinfo(NULL, sizeof(addr), host, sizeof(host), serv, sizeof(serv), 0), WSAEFAULT);
    CHECK_INT(getnameinfo((SOCKADDR *)&addr, sizeof(addr) - 1, host, sizeof(host), serv, sizeof(serv), 0),
              WSAEFAULT);
    other.ss_family = AF_INET6;
    CHECK_INT(getnameinfo((SOCKADDR *)&other, sizeof(addr), host, sizeof(host), NULL, 0, 0), WSAEFAULT);
    other.ss_family = AF_IPX;
    CHECK_INT(getnameinfo((SOCKADDR *)&other, sizeof(other), host, sizeof(host), NULL, 0, 0),
              WSAEAFNOSUPPORT);
    CHECK_INT(getnameinfo((SOCKADDR *)&addr, sizeof(addr), host, 0, NULL, 0, 0), WSAEINVAL);
    CHECK_INT(getnameinfo((SOCKADDR *)&addr, sizeof(addr), NULL, 0, serv, 0, 0), WSAEINVAL);
    CHECK_INT(getnameinfo((SOCKADDR *)&addr, sizeof(addr), host, sizeof(host), NULL, 0,
                          NI_NAMEREQD | NI_NUMERICHOST),
              WSAEINVAL);
    CHECK_INT(getnameinfo((SOCKADDR *)&addr, sizeof(addr), host, 4, NULL, 0, NI_NUMERICHOST), WSAEFAULT);
}

/* The hosts file of this prefix, which the test puts back as it was. */
static WCHAR hosts_path[MAX_PATH];
static char hosts_text[4096];
static DWORD hosts_size;

static void write_hosts(const char *text, DWORD size, const char *more)
{
    HANDLE file = CreateFileW(hosts_path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    DWORD done;

    CHECK(file != INVALID_HANDLE_VALUE);
    WriteFile(file, text, size, &done, NULL);
    WriteFile(file, more, (DWORD)strlen(more), &done, NULL);
    CloseHandle(file);
}

static void add_to_hosts(const char *lines)
{
    HANDLE file;

    GetSystemDirectoryW(hosts_path, MAX_PATH);
    wcscat(hosts_path, L"\\drivers\\etc\\hosts");
    file = CreateFileW(hosts_path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) SKIP("this prefix has no hosts file");
    if (!ReadFile(file, hosts_text, sizeof(hosts_text), &hosts_size, NULL) ||
        hosts_size == sizeof(hosts_text))
        hosts_size = sizeof(hosts_text);
    CloseHandle(file);
    if (hosts_size == sizeof(hosts_text)) SKIP("this prefix's hosts file is somebody's own");
    write_hosts(hosts_text, hosts_size, lines);
}

TEST(hosts_file_of_the_prefix_is_asked_first)
{
    ADDRINFOA hints = {0}, *list = NULL, *other = NULL;
    struct hostent *host;
    char name[32] = "", alias[32] = "";
    int error, error6;

    hints.ai_flags = AI_CANONNAME;
    add_to_hosts("\r\n192.0.2.77 hosted.invalid Alias.invalid # comment\r\n192.0.2.78 hosted.invalid\r\n");
    error = getaddrinfo("alias.invalid", "80", &hints, &list);
    hints.ai_family = AF_INET6;
    error6 = getaddrinfo("hosted.invalid", NULL, &hints, &other);
    host = gethostbyaddr("\xc0\0\2\x4d", 4, AF_INET);
    if (host && host->h_aliases[0])
    {
        strcpy(name, host->h_name);
        strcpy(alias, host->h_aliases[0]);
    }
    host = gethostbyname("hosted.invalid");
    write_hosts(hosts_text, hosts_size, "");
    CHECK_INT(error, 0);
    CHECK_STR(text_of(list), "192.0.2.77");
    CHECK_STR(list->ai_canonname, "hosted.invalid");
    CHECK(!list->ai_next);
    freeaddrinfo(list);
    CHECK_INT(error6, WSANO_DATA);
    CHECK_STR(name, "hosted.invalid");
    CHECK_STR(alias, "Alias.invalid");
    CHECK(host && host->h_addr_list[0] && host->h_addr_list[1] && !host->h_addr_list[2]);
    CHECK_INT(ask_error("alias.invalid", NULL, 0, 0, 0), WSAHOST_NOT_FOUND);
}

/* Ends Winsock for the program, and starts it again. */
TEST(lookups_need_startup)
{
    ADDRINFOA *list;
    SOCKADDR_IN addr = loopback(80);
    WSADATA data;
    char host[64];
    int errors[2];

    CHECK_INT(WSACleanup(), 0);
    errors[0] = getaddrinfo("127.0.0.1", NULL, NULL, &list);
    errors[1] = getnameinfo((SOCKADDR *)&addr, sizeof(addr), host, sizeof(host), NULL, 0, NI_NUMERICHOST);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
    CHECK_INT(errors[0], WSANOTINITIALISED);
    CHECK_INT(errors[1], WSANOTINITIALISED);
}
