/*
 * Byte order, and IPv4 and IPv6 addresses as text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#define BAD_POINTER ((void *)16)
#define NOT_FITTING ((int)0xc000000d) /* STATUS_INVALID_PARAMETER, as a last error */

TEST(byte_order_functions_swap)
{
    CHECK_INT(htonl(0x01020304), 0x04030201);
    CHECK_INT(ntohl(0x01020304), 0x04030201);
    CHECK_INT(htons(0x0102), 0x0201);
    CHECK_INT(ntohs(0x0102), 0x0201);
}

TEST(wsa_byte_order_functions_swap_by_the_socket)
{
    u_long number = 0;
    u_short half = 0;
    SOCKET s;

    udp_bound(&s, NULL);
    CHECK_INT(WSAHtonl(s, 0x01020304, &number), 0);
    CHECK_INT(number, 0x04030201);
    CHECK_INT(WSANtohl(s, 0x01020304, &number), 0);
    CHECK_INT(number, 0x04030201);
    CHECK_INT(WSAHtons(s, 0x0102, &half), 0);
    CHECK_INT(half, 0x0201);
    CHECK_INT(WSANtohs(s, 0x0102, &half), 0);
    CHECK_INT(half, 0x0201);
}

TEST(wsa_byte_order_functions_check_their_arguments)
{
    u_long number;
    u_short half;
    SOCKET s;

    udp_bound(&s, NULL);
    CHECK_ERROR(WSAHtonl(s, 1, NULL), WSAEFAULT);
    CHECK_ERROR(WSANtohl(s, 1, BAD_POINTER), WSAEFAULT);
    CHECK_ERROR(WSAHtons(s, 1, NULL), WSAEFAULT);
    CHECK_ERROR(WSANtohs(s, 1, BAD_POINTER), WSAEFAULT);
    closesocket(s);
    CHECK_ERROR(WSAHtonl(s, 1, &number), WSAENOTSOCK);
    CHECK_ERROR(WSANtohl(s, 1, &number), WSAENOTSOCK);
    CHECK_ERROR(WSAHtons(INVALID_SOCKET, 1, &half), WSAENOTSOCK);
    CHECK_ERROR(WSANtohs(INVALID_SOCKET, 1, &half), WSAENOTSOCK);
}

TEST(inet_addr_takes_one_to_four_numbers_in_c_notation)
{
    static const struct
    {
        const char *text;
        unsigned int addr;
    } rows[] = {
        {"127.0.0.1", 0x7f000001},
        {"1.2.3", 0x01020003},
        {"1.2", 0x01000002},
        {"1", 1},
        {"0x7f.1", 0x7f000001},
        {"0X7F000001", 0x7f000001},
        {"010.0.0.1", 0x08000001},
        {"017700000001", 0x7f000001},
        {"1.65536", 0x01010000},
        {"1.16777215", 0x01ffffff},
        {"1.16777216", INADDR_NONE},
        {"1.2.65535", 0x0102ffff},
        {"1.2.65536", INADDR_NONE},
        {"256.1", INADDR_NONE},
        {"4294967296", INADDR_NONE},
        {"18446744073709551617", INADDR_NONE},
        {"1.2.3.4.5", INADDR_NONE},
        {"1.2.3.4 x", 0x01020304},
        {"1.2.3.4\n", 0x01020304},
        {"1.2.3.4x", INADDR_NONE},
        {" ", 0},
        {"  ", INADDR_NONE},
        {"", INADDR_NONE},
        {" 1.2.3.4", INADDR_NONE},
        {"08", INADDR_NONE},
        {"0x", INADDR_NONE},
        {"1..2", INADDR_NONE},
        {"1.", INADDR_NONE},
        {"-1", INADDR_NONE},
        {"::1", INADDR_NONE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        WSASetLastError(0xdead);
        if (inet_addr(rows[i].text) != htonl(rows[i].addr))
            harness_fail(__FILE__, __LINE__, "\"%s\" gives %#lx", rows[i].text, inet_addr(rows[i].text));
        CHECK_INT(WSAGetLastError(), 0xdead);
    }
}

TEST(inet_addr_refuses_bad_pointers)
{
    WSASetLastError(0);
    CHECK_INT(inet_addr(NULL), INADDR_NONE);
    CHECK_INT(WSAGetLastError(), WSAEFAULT);
    WSASetLastError(0);
    CHECK_INT(inet_addr(BAD_POINTER), INADDR_NONE);
    CHECK_INT(WSAGetLastError(), WSAEFAULT);
}

static DWORD WINAPI other_ntoa(void *context)
{
    struct in_addr in = {.s_addr = htonl(0x05060708)};

    *(const char **)context = inet_ntoa(in);
    return strcmp(*(const char **)context, "5.6.7.8");
}

TEST(inet_ntoa_has_one_buffer_a_thread)
{
    struct in_addr in = {.s_addr = htonl(0x01020304)};
    const char *mine = inet_ntoa(in), *other;
    HANDLE thread = CreateThread(NULL, 0, other_ntoa, &other, 0, NULL);
    DWORD code = 1;

    WaitForSingleObject(thread, 10000);
    GetExitCodeThread(thread, &code);
    CHECK_INT(code, 0);
    CHECK(mine != other);
    CHECK_STR(mine, "1.2.3.4");
    in.s_addr = 0xffffffff;
    CHECK(inet_ntoa(in) == mine);
    CHECK_STR(mine, "255.255.255.255");
}

TEST(inet_ntop_prints_both_families)
{
    static const unsigned char mapped[16] = {[10] = 0xff, 0xff, 1, 2, 3, 4};
    static const unsigned char sparse[16] = {0x20, 0x01, [7] = 1, [15] = 1};
    struct in_addr in = {.s_addr = htonl(0x01020304)};
    WCHAR wide[64];
    char text[64];

    CHECK(inet_ntop(AF_INET, &in, text, sizeof(text)) == text);
    CHECK_STR(text, "1.2.3.4");
    CHECK(inet_ntop(AF_INET6, (void *)mapped, text, sizeof(text)) == text);
    CHECK_STR(text, "::ffff:1.2.3.4");
    CHECK(inet_ntop(AF_INET6, (void *)sparse, text, sizeof(text)) == text);
    CHECK_STR(text, "2001:0:0:1::1");
    CHECK(InetNtopW(AF_INET6, (void *)sparse, wide, 64) == wide);
    CHECK_INT(wcscmp(wide, L"2001:0:0:1::1"), 0);
    CHECK(InetNtopW(AF_INET, &in, wide, 8) == wide);
    CHECK_INT(wcscmp(wide, L"1.2.3.4"), 0);
}

TEST(inet_ntop_tells_what_is_wrong)
{
    struct in_addr in = {.s_addr = htonl(0x01020304)};
    WCHAR wide[64];
    char text[64];

    WSASetLastError(0);
    CHECK(!inet_ntop(AF_UNSPEC, &in, text, sizeof(text)));
    CHECK_INT(WSAGetLastError(), WSAEAFNOSUPPORT);
    CHECK(!inet_ntop(AF_INET, &in, text, 7));
    CHECK_INT(WSAGetLastError(), NOT_FITTING);
    WSASetLastError(0);
    CHECK(!inet_ntop(AF_INET, &in, NULL, 64));
    CHECK_INT(WSAGetLastError(), NOT_FITTING);
    WSASetLastError(0);
    CHECK(!InetNtopW(AF_INET, &in, wide, 7));
    CHECK_INT(WSAGetLastError(), NOT_FITTING);
    CHECK(!InetNtopW(AF_APPLETALK, &in, wide, 64));
    CHECK_INT(WSAGetLastError(), WSAEAFNOSUPPORT);
    CHECK(!inet_ntop(AF_INET6, BAD_POINTER, text, sizeof(text)));
    CHECK_INT(WSAGetLastError(), WSAEFAULT);
    CHECK(!InetNtopW(AF_INET, &in, BAD_POINTER, 64));
    CHECK_INT(WSAGetLastError(), WSAEFAULT);
}

TEST(inet_pton_is_strict)
{
    static const unsigned char loopback[16] = {[15] = 1};
    unsigned char addr[16];

    WSASetLastError(0xdead);
    CHECK_INT(inet_pton(AF_INET, "1.2.3.4", addr), 1);
    CHECK_INT(memcmp(addr, "\1\2\3\4", 4), 0);
    CHECK_INT(inet_pton(AF_INET, "1.2.3", addr), 0);
    CHECK_INT(inet_pton(AF_INET, "1.2.3.04", addr), 0);
    CHECK_INT(inet_pton(AF_INET, "1.2.3.4 ", addr), 0);
    CHECK_INT(inet_pton(AF_INET6, "::1", addr), 1);
    CHECK_INT(memcmp(addr, loopback, 16), 0);
    CHECK_INT(inet_pton(AF_INET6, "::1%1", addr), 0);
    CHECK_INT(inet_pton(AF_INET6, "[::1]", addr), 0);
    CHECK_INT(WSAGetLastError(), 0xdead); /* text that is no address is no error */
    CHECK_INT(InetPtonW(AF_INET6, L"::1", addr), 1);
    CHECK_INT(memcmp(addr, loopback, 16), 0);
    CHECK_INT(WSAGetLastError(), 0xdead);
    CHECK_INT(InetPtonW(AF_INET6, L"::g", addr), 0);
    CHECK_INT(WSAGetLastError(), WSAEINVAL); /* but for the Unicode form it is */
}

TEST(inet_pton_tells_what_is_wrong)
{
    char addr[16];

    CHECK_ERROR(inet_pton(AF_UNSPEC, "1.2.3.4", addr), WSAEAFNOSUPPORT);
    CHECK_ERROR(inet_pton(AF_INET, NULL, addr), WSAEFAULT);
    CHECK_ERROR(inet_pton(AF_INET, "1.2.3.4", NULL), WSAEFAULT);
    CHECK_ERROR(inet_pton(AF_INET, BAD_POINTER, addr), WSAEFAULT);
    CHECK_ERROR(inet_pton(AF_INET6, "::1", BAD_POINTER), WSAEFAULT);
    CHECK_ERROR(InetPtonW(AF_UNSPEC, L"1.2.3.4", addr), WSAEAFNOSUPPORT);
    CHECK_ERROR(InetPtonW(AF_UNSPEC, NULL, addr), WSAEFAULT);
    CHECK_ERROR(InetPtonW(AF_INET, BAD_POINTER, addr), WSAEFAULT);
    CHECK_ERROR(InetPtonW(AF_INET, L"1.2.3.4", NULL), WSAEFAULT);
}

TEST(addresses_need_no_startup)
{
    struct in_addr in = {.s_addr = htonl(0x01020304)};
    char addr[16];

    CHECK_INT(WSACleanup(), 0);
    CHECK_INT(htons(1), 0x100);
    CHECK_INT(inet_addr("1.2.3.4"), 0x04030201);
    CHECK_STR(inet_ntoa(in), "1.2.3.4");
    CHECK_INT(inet_pton(AF_INET, "1.2.3.4", addr), 1);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &(WSADATA){0}), 0);
}
