/*
 * WSAAddressToString and WSAStringToAddress.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#define BAD_POINTER ((void *)16)
#define FAMILY_BLUETOOTH 32

#pragma pack(push, 1)
struct bluetooth
{
    USHORT family;
    ULONGLONG device;
    GUID service;
    ULONG port;
};
#pragma pack(pop)

static struct sockaddr_in ipv4(unsigned int addr, int port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};

    in.sin_addr.s_addr = htonl(addr);
    return in;
}

static struct sockaddr_in6 ipv6(int last, int port, int scope)
{
    struct sockaddr_in6 in = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = scope};

    in.sin6_addr.s6_addr[0] = 0xfe;
    in.sin6_addr.s6_addr[1] = 0x80;
    in.sin6_addr.s6_addr[15] = last;
    return in;
}

static void check_text(void *addr, DWORD size, const char *expected)
{
    WCHAR wide[100], expected_wide[100];
    DWORD len = 100, wide_len = 100;
    char text[100];

    CHECK_INT(WSAAddressToStringA(addr, size, NULL, text, &len), 0);
    CHECK_STR(text, expected);
    CHECK_INT(len, strlen(expected) + 1);
    MultiByteToWideChar(CP_ACP, 0, expected, -1, expected_wide, 100);
    CHECK_INT(WSAAddressToStringW(addr, size, NULL, wide, &wide_len), 0);
    CHECK_INT(wcscmp(wide, expected_wide), 0);
    CHECK_INT(wide_len, strlen(expected) + 1);
}

TEST(ipv4_prints_with_its_port_if_any)
{
    struct sockaddr_in in = ipv4(0x01020304, 0);

    check_text(&in, sizeof(in), "1.2.3.4");
    in = ipv4(0xffffffff, 65535);
    check_text(&in, sizeof(in), "255.255.255.255:65535");
}

TEST(ipv6_prints_with_scope_and_port_if_any)
{
    struct sockaddr_in6 in = ipv6(1, 0, 0);

    check_text(&in, sizeof(in), "fe80::1");
    in = ipv6(1, 0, 7);
    check_text(&in, sizeof(in), "fe80::1%7");
    in = ipv6(1, 80, 0);
    check_text(&in, sizeof(in), "[fe80::1]:80");
    in = ipv6(1, 80, 0xffffffff);
    check_text(&in, sizeof(in), "[fe80::1%4294967295]:80");
}

TEST(bluetooth_prints_in_parentheses)
{
    struct bluetooth bth = {FAMILY_BLUETOOTH, 0x00809824ab4cULL, {0}, 0};

    check_text(&bth, sizeof(bth), "(00:80:98:24:AB:4C)");
    bth.port = 5;
    check_text(&bth, sizeof(bth), "(00:80:98:24:AB:4C):5");
}

TEST(address_longer_than_its_family_prints)
{
    struct sockaddr_storage storage = {0};

    ((struct sockaddr_in *)&storage)[0] = ipv4(0x7f000001, 1);
    check_text(&storage, sizeof(storage), "127.0.0.1:1");
}

TEST(text_that_does_not_fit_tells_its_length)
{
    struct sockaddr_in in = ipv4(0x01020304, 80);
    WCHAR wide[100];
    char text[100];
    DWORD len = 10;

    CHECK_ERROR(WSAAddressToStringA((SOCKADDR *)&in, sizeof(in), NULL, text, &len), WSAEFAULT);
    CHECK_INT(len, 11);
    CHECK_INT(WSAAddressToStringA((SOCKADDR *)&in, sizeof(in), NULL, text, &len), 0);
    len = 0;
    CHECK_ERROR(WSAAddressToStringW((SOCKADDR *)&in, sizeof(in), NULL, NULL, &len), WSAEFAULT);
    CHECK_INT(len, 11);
    len = 10;
    CHECK_ERROR(WSAAddressToStringW((SOCKADDR *)&in, sizeof(in), NULL, wide, &len), WSAEFAULT);
    CHECK_INT(len, 11);
}

TEST(address_to_string_checks_its_arguments)
{
    struct sockaddr_in in = ipv4(0x01020304, 80);
    DWORD len = 100;
    char text[100];

    CHECK_ERROR(WSAAddressToStringA(NULL, sizeof(in), NULL, text, &len), WSAEINVAL);
    CHECK_ERROR(WSAAddressToStringA((SOCKADDR *)&in, sizeof(in), NULL, text, NULL), WSAEINVAL);
    CHECK_ERROR(WSAAddressToStringA((SOCKADDR *)&in, 0, NULL, text, &len), WSAEINVAL);
    CHECK_ERROR(WSAAddressToStringA((SOCKADDR *)&in, sizeof(in) - 1, NULL, text, &len), WSAEINVAL);
    CHECK_ERROR(WSAAddressToStringA(BAD_POINTER, sizeof(in), NULL, text, &len), WSAEFAULT);
    CHECK_ERROR(WSAAddressToStringA((SOCKADDR *)&in, sizeof(in), BAD_POINTER, text, &len), WSAEFAULT);
    CHECK_ERROR(WSAAddressToStringA((SOCKADDR *)&in, sizeof(in), NULL, BAD_POINTER, &len), WSAEFAULT);
    CHECK_ERROR(WSAAddressToStringA((SOCKADDR *)&in, sizeof(in), NULL, text, BAD_POINTER), WSAEFAULT);
    CHECK_ERROR(WSAAddressToStringW((SOCKADDR *)&in, sizeof(in), BAD_POINTER, (WCHAR *)text, &len),
                WSAEFAULT);
    CHECK_ERROR(WSAAddressToStringW((SOCKADDR *)&in, sizeof(in), NULL, (WCHAR *)text, NULL), WSAEINVAL);
    in.sin_family = AF_APPLETALK;
    CHECK_ERROR(WSAAddressToStringA((SOCKADDR *)&in, sizeof(in), NULL, text, &len), WSAEINVAL);
}

static int parse(const char *text, int family, void *addr, int size)
{
    WCHAR wide[100];
    char copy[100];
    int ret, len = size, wide_len = size;

    strcpy(copy, text);
    memset(addr, 0x55, size);
    ret = WSAStringToAddressA(copy, family, NULL, addr, &len);
    MultiByteToWideChar(CP_ACP, 0, text, -1, wide, 100);
    memset(addr, 0x55, size);
    CHECK_INT(WSAStringToAddressW(wide, family, NULL, addr, &wide_len), ret);
    CHECK_INT(wide_len, len);
    CHECK_INT(len, size);
    return ret;
}

TEST(ipv4_parses_in_shorthand_too)
{
    struct sockaddr_in in;

    CHECK_INT(parse("1.2.3.4", AF_INET, &in, sizeof(in)), 0);
    CHECK_INT(in.sin_family, AF_INET);
    CHECK_INT(in.sin_port, 0);
    CHECK_INT(in.sin_addr.s_addr, htonl(0x01020304));
    CHECK_INT(parse("127.1:0x50", AF_INET, &in, sizeof(in)), 0);
    CHECK_INT(in.sin_addr.s_addr, htonl(0x7f000001));
    CHECK_INT(in.sin_port, htons(80));
    CHECK_ERROR(parse("1.2.3.4:65536", AF_INET, &in, sizeof(in)), WSAEINVAL);
    CHECK_ERROR(parse("localhost", AF_INET, &in, sizeof(in)), WSAEINVAL);
    CHECK_ERROR(parse("", AF_INET, &in, sizeof(in)), WSAEINVAL);
}

TEST(ipv6_parses_with_brackets_scope_and_port)
{
    struct sockaddr_in6 in;

    CHECK_INT(parse("fe80::1", AF_INET6, &in, sizeof(in)), 0);
    CHECK_INT(in.sin6_family, AF_INET6);
    CHECK_INT(in.sin6_addr.s6_addr[15], 1);
    CHECK_INT(in.sin6_port, 0);
    CHECK_INT(parse("[fe80::1%7]:80", AF_INET6, &in, sizeof(in)), 0);
    CHECK_INT(in.sin6_scope_id, 7);
    CHECK_INT(in.sin6_port, htons(80));
    CHECK_INT(parse("[::ffff:1.2.3.4]", AF_INET6, &in, sizeof(in)), 0);
    CHECK_INT(in.sin6_addr.s6_addr[15], 4);
    CHECK_ERROR(parse("1.2.3.4", AF_INET6, &in, sizeof(in)), WSAEINVAL);
    CHECK_ERROR(parse("[fe80::1", AF_INET6, &in, sizeof(in)), WSAEINVAL);
}

TEST(bluetooth_parses_with_or_without_parentheses)
{
    struct bluetooth bth;

    CHECK_INT(parse("(00:80:98:24:ab:4C)", FAMILY_BLUETOOTH, &bth, sizeof(bth)), 0);
    CHECK_INT(bth.family, FAMILY_BLUETOOTH);
    CHECK_INT(bth.device, 0x00809824ab4cULL);
    CHECK_INT(bth.port, 0);
    CHECK_INT(parse("(00:80:98:24:ab:4C):5", FAMILY_BLUETOOTH, &bth, sizeof(bth)), 0);
    CHECK_INT(bth.port, 5);
    CHECK_INT(parse("00:80:98:24:ab:4C", FAMILY_BLUETOOTH, &bth, sizeof(bth)), 0);
    CHECK_ERROR(parse("(00:80:98:24:ab:4C", FAMILY_BLUETOOTH, &bth, sizeof(bth)), WSAEINVAL);
    CHECK_ERROR(parse("(00:80:98:24:ab):5", FAMILY_BLUETOOTH, &bth, sizeof(bth)), WSAEINVAL);
    CHECK_ERROR(parse("(00:80:98:24:ab:4C):", FAMILY_BLUETOOTH, &bth, sizeof(bth)), WSAEINVAL);
    CHECK_ERROR(parse("(00:80:98:24:ab:4C):4294967296", FAMILY_BLUETOOTH, &bth, sizeof(bth)), WSAEINVAL);
}

TEST(string_to_address_checks_its_arguments)
{
    struct sockaddr_in in;
    char text[] = "1.2.3.4";
    int len = sizeof(in);

    CHECK_ERROR(WSAStringToAddressA(NULL, AF_INET, NULL, (SOCKADDR *)&in, &len), WSAEINVAL);
    CHECK_ERROR(WSAStringToAddressA(text, AF_APPLETALK, NULL, (SOCKADDR *)&in, &len), WSAEINVAL);
    CHECK_ERROR(WSAStringToAddressA(text, AF_INET, NULL, NULL, &len), WSAEFAULT);
    CHECK_ERROR(WSAStringToAddressA(text, AF_INET, NULL, (SOCKADDR *)&in, NULL), WSAEFAULT);
    CHECK_ERROR(WSAStringToAddressA(BAD_POINTER, AF_INET, NULL, (SOCKADDR *)&in, &len), WSAEFAULT);
    CHECK_ERROR(WSAStringToAddressW(BAD_POINTER, AF_INET, NULL, (SOCKADDR *)&in, &len), WSAEFAULT);
    CHECK_ERROR(WSAStringToAddressA(text, AF_INET, BAD_POINTER, (SOCKADDR *)&in, &len), WSAEFAULT);
    CHECK_ERROR(WSAStringToAddressA(text, AF_INET, NULL, BAD_POINTER, &len), WSAEFAULT);
    len = 15;
    CHECK_ERROR(WSAStringToAddressA(text, AF_INET, NULL, (SOCKADDR *)&in, &len), WSAEFAULT);
    CHECK_INT(len, 16);
}

TEST(protocol_info_must_be_of_the_family)
{
    WSAPROTOCOL_INFOA info;
    struct sockaddr_in in;
    char text[] = "1.2.3.4", out[100];
    int len = sizeof(in), size = sizeof(info);
    DWORD out_len = sizeof(out);
    SOCKET s;

    udp_bound(&s, &in);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)&info, &size), 0);
    CHECK_INT(WSAStringToAddressA(text, AF_INET, &info, (SOCKADDR *)&in, &len), 0);
    CHECK_INT(WSAAddressToStringA((SOCKADDR *)&in, len, &info, out, &out_len), 0);
    CHECK_STR(out, text);
    info.iAddressFamily = AF_INET6;
    CHECK_ERROR(WSAStringToAddressA(text, AF_INET, &info, (SOCKADDR *)&in, &len), WSAEINVAL);
    CHECK_ERROR(WSAAddressToStringA((SOCKADDR *)&in, len, &info, out, &out_len), WSAEINVAL);
}

TEST(address_text_needs_startup)
{
    struct sockaddr_in in = ipv4(0x01020304, 80);
    char text[100] = "1.2.3.4";
    int size = sizeof(in);
    DWORD len = 100;

    CHECK_INT(WSACleanup(), 0);
    CHECK_ERROR(WSAAddressToStringA((SOCKADDR *)&in, sizeof(in), NULL, text, &len), WSANOTINITIALISED);
    CHECK_ERROR(WSAStringToAddressA(text, AF_INET, NULL, (SOCKADDR *)&in, &size), WSANOTINITIALISED);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &(WSADATA){0}), 0);
}

static unsigned int random_state = 1;

static unsigned int random_below(unsigned int limit)
{
    random_state = random_state * 1103515245 + 12345;
    return (random_state >> 16) % limit;
}

/* Pieces of addresses in any order, among them what is in none. */
static void random_text(char *text, int size)
{
    static const char *const pieces[] = {
        "0",
        "1",
        "255",
        "256",
        "65535",
        "0x",
        "0xff",
        "077",
        ".",
        ":",
        "::",
        "[",
        "]",
        "%",
        "fe80",
        "ffff",
        "(",
        ")",
        "00:11:22:33:44:55",
        "127.0.0.1",
        "::1",
        "[::1]:80",
        " ",
        "-",
        "\xe9",
        "g",
        "99999999999",
    };
    int count = random_below(8);

    *text = 0;
    while (count--)
    {
        const char *piece = pieces[random_below(sizeof(pieces) / sizeof(pieces[0]))];

        if ((int)(strlen(text) + strlen(piece)) < size) strcat(text, piece);
    }
}

/* Any text: both forms agree, and what is an address prints as text that is the same address. */
TEST(random_text_parses_alike_in_both_forms_and_survives_printing)
{
    static const int families[] = {AF_INET, AF_INET6, FAMILY_BLUETOOTH};
    char text[100], printed[100], addr[64], again[64], wide_addr[64];
    WCHAR wide[100];
    int i, f, len, wide_len, ret, parsed = 0;
    DWORD size;

    for (i = 0; i < 30000; i++)
    {
        random_text(text, sizeof(text));
        MultiByteToWideChar(CP_ACP, 0, text, -1, wide, 100);
        for (f = 0; f < 3; f++)
        {
            len = wide_len = sizeof(addr);
            ret = WSAStringToAddressA(text, families[f], NULL, (SOCKADDR *)addr, &len);
            if (WSAStringToAddressW(wide, families[f], NULL, (SOCKADDR *)wide_addr, &wide_len) != ret ||
                len != wide_len || (!ret && memcmp(addr, wide_addr, len)))
                harness_fail(__FILE__, __LINE__, "\"%s\": the forms differ", text);
            if (ret) continue;
            parsed++;
            size = sizeof(printed);
            CHECK_INT(WSAAddressToStringA((SOCKADDR *)addr, len, NULL, printed, &size), 0);
            len = sizeof(again);
            CHECK_INT(WSAStringToAddressA(printed, families[f], NULL, (SOCKADDR *)again, &len), 0);
            if (memcmp(addr, again, len))
                harness_fail(__FILE__, __LINE__, "\"%s\" prints as \"%s\"", text, printed);
        }
    }
    CHECK(parsed > 100);
}

/* The same of the older functions, which take less. */
TEST(random_text_is_no_matter_to_inet_functions)
{
    char text[100], printed[100], addr[16], again[16];
    static const int families[] = {AF_INET, AF_INET6};
    WCHAR wide[100];
    int i, f, ret;

    for (i = 0; i < 30000; i++)
    {
        random_text(text, sizeof(text));
        MultiByteToWideChar(CP_ACP, 0, text, -1, wide, 100);
        for (f = 0; f < 2; f++)
        {
            memset(addr, 0, sizeof(addr));
            memset(again, 0, sizeof(again));
            ret = inet_pton(families[f], text, addr);
            if (InetPtonW(families[f], wide, again) != ret || memcmp(addr, again, sizeof(addr)))
                harness_fail(__FILE__, __LINE__, "\"%s\": the forms differ", text);
            if (ret != 1) continue;
            CHECK(inet_ntop(families[f], addr, printed, sizeof(printed)) == printed);
            CHECK_INT(inet_pton(families[f], printed, again), 1);
            CHECK_INT(memcmp(addr, again, sizeof(addr)), 0);
            if (families[f] == AF_INET) CHECK_INT(inet_addr(text), *(ULONG *)addr);
        }
    }
}
