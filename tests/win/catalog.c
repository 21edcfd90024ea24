/*
 * The catalog of protocols: what it lists, and how.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include <ws2spi.h>

#define HIDDEN 0x4
#define MATCHES_ZERO 0x8

static WSAPROTOCOL_INFOW *list_all(int *count)
{
    WSAPROTOCOL_INFOW *infos;
    DWORD size = 0;

    CHECK_ERROR(WSAEnumProtocolsW(NULL, NULL, &size), WSAENOBUFS);
    infos = malloc(size);
    *count = WSAEnumProtocolsW(NULL, infos, &size);
    CHECK(*count > 0);
    CHECK_INT(size, *count * sizeof(*infos));
    return infos;
}

static WSAPROTOCOL_INFOW *list_provider_view(int *count)
{
    WSAPROTOCOL_INFOW *infos;
    DWORD size = 0;
    int err = 0;

    CHECK_INT(WSCEnumProtocols(NULL, NULL, &size, &err), SOCKET_ERROR);
    CHECK_INT(err, WSAENOBUFS);
    infos = malloc(size);
    *count = WSCEnumProtocols(NULL, infos, &size, &err);
    CHECK(*count > 0);
    return infos;
}

static const WSAPROTOCOL_INFOW *find(const WSAPROTOCOL_INFOW *infos, int count, int family, int type)
{
    int i;

    for (i = 0; i < count; i++)
        if (infos[i].iAddressFamily == family && infos[i].iSocketType == type) return &infos[i];
    return NULL;
}

static void check_entry(const WSAPROTOCOL_INFOW *info, const WCHAR *name, int protocol, int addr_size,
                        DWORD flags, DWORD provider_flags, DWORD message_size, int max_offset)
{
    CHECK(info != NULL);
    CHECK(!wcscmp(info->szProtocol, name));
    CHECK_INT(info->iProtocol, protocol);
    CHECK_INT(info->iProtocolMaxOffset, max_offset);
    CHECK_INT(info->iMaxSockAddr, addr_size);
    CHECK_INT(info->iMinSockAddr, addr_size);
    CHECK_INT(info->iVersion, 2);
    CHECK_INT(info->iNetworkByteOrder, BIGENDIAN);
    CHECK_INT(info->iSecurityScheme, SECURITY_PROTOCOL_NONE);
    CHECK_INT(info->ProtocolChain.ChainLen, 1);
    CHECK_INT(info->dwServiceFlags1, flags);
    CHECK_INT(info->dwServiceFlags2, 0);
    CHECK_INT(info->dwServiceFlags3, 0);
    CHECK_INT(info->dwServiceFlags4, 0);
    CHECK_INT(info->dwProviderFlags, provider_flags);
    CHECK_INT(info->dwMessageSize, message_size);
}

static const GUID ipv4_provider = {
    0xe70f1aa0, 0xab8b, 0x11cf, {0x8c, 0xa3, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92}};
static const GUID ipv6_provider = {
    0xf9eab0c0, 0x26d4, 0x11d0, {0xbb, 0xbf, 0x00, 0xaa, 0x00, 0x6c, 0x34, 0xe4}};

TEST(ipv4_entries_are_those_of_windows_10)
{
    int count;
    WSAPROTOCOL_INFOW *infos = list_provider_view(&count);
    const WSAPROTOCOL_INFOW *tcp = find(infos, count, AF_INET, SOCK_STREAM);

    check_entry(tcp, L"MSAFD Tcpip [TCP/IP]", IPPROTO_TCP, 16, 0x20066, MATCHES_ZERO, 0, 0);
    CHECK(!memcmp(&tcp->ProviderId, &ipv4_provider, sizeof(ipv4_provider)));
    CHECK_INT(tcp->dwCatalogEntryId, 1001);
    check_entry(find(infos, count, AF_INET, SOCK_DGRAM), L"MSAFD Tcpip [UDP/IP]", IPPROTO_UDP, 16, 0x20609,
                MATCHES_ZERO, 0xffbb, 0);
    check_entry(find(infos, count, AF_INET, SOCK_RAW), L"MSAFD Tcpip [RAW/IP]", 0, 16, 0x20609,
                MATCHES_ZERO | HIDDEN, 0x8000, 255);
    free(infos);
}

TEST(ipv6_entries_are_those_of_windows_10)
{
    int count;
    WSAPROTOCOL_INFOW *infos = list_provider_view(&count);
    const WSAPROTOCOL_INFOW *tcp = find(infos, count, AF_INET6, SOCK_STREAM);

    if (!tcp) SKIP("the host has no IPv6");
    check_entry(tcp, L"MSAFD Tcpip [TCP/IPv6]", IPPROTO_TCP, 28, 0x20066, MATCHES_ZERO, 0, 0);
    CHECK(!memcmp(&tcp->ProviderId, &ipv6_provider, sizeof(ipv6_provider)));
    check_entry(find(infos, count, AF_INET6, SOCK_DGRAM), L"MSAFD Tcpip [UDP/IPv6]", IPPROTO_UDP, 28, 0x20609,
                MATCHES_ZERO, 0xffbb, 0);
    check_entry(find(infos, count, AF_INET6, SOCK_RAW), L"MSAFD Tcpip [RAW/IPv6]", 0, 28, 0x20609,
                MATCHES_ZERO | HIDDEN, 0x8000, 255);
    free(infos);
}

TEST(every_base_entry_has_real_handles)
{
    int i, count;
    WSAPROTOCOL_INFOW *infos = list_provider_view(&count);

    for (i = 0; i < count; i++)
        if (infos[i].ProtocolChain.ChainLen == 1) CHECK(infos[i].dwServiceFlags1 & XP1_IFS_HANDLES);
    free(infos);
}

TEST(catalog_ids_are_unique_and_begin_at_1001)
{
    int i, j, count;
    WSAPROTOCOL_INFOW *infos = list_provider_view(&count);

    for (i = 0; i < count; i++)
    {
        CHECK(infos[i].dwCatalogEntryId >= 1001);
        for (j = 0; j < i; j++) CHECK(infos[i].dwCatalogEntryId != infos[j].dwCatalogEntryId);
    }
    free(infos);
}

TEST(applications_do_not_see_hidden_entries_and_providers_do)
{
    int count, all;
    WSAPROTOCOL_INFOW *infos = list_all(&count), *every = list_provider_view(&all);

    CHECK(!find(infos, count, AF_INET, SOCK_RAW));
    CHECK(find(every, all, AF_INET, SOCK_RAW) != NULL);
    CHECK(count < all);
    free(infos);
    free(every);
}

TEST(a_filter_keeps_only_its_protocols)
{
    int filter[] = {0xdead, IPPROTO_UDP, 0xbeef, 0}, i, count;
    WSAPROTOCOL_INFOW infos[16];
    DWORD size = sizeof(infos);

    count = WSAEnumProtocolsW(filter, infos, &size);
    CHECK(count >= 1);
    for (i = 0; i < count; i++) CHECK_INT(infos[i].iProtocol, IPPROTO_UDP);
}

TEST(a_filter_that_matches_nothing_gives_an_empty_list)
{
    int filter[] = {0xdead, 0};
    WSAPROTOCOL_INFOW info;
    DWORD size = sizeof(info);

    CHECK_INT(WSAEnumProtocolsW(filter, &info, &size), 0);
}

TEST(a_buffer_one_byte_short_tells_the_size_needed)
{
    int count;
    WSAPROTOCOL_INFOW *infos = list_all(&count);
    DWORD size = count * sizeof(*infos) - 1;

    CHECK_ERROR(WSAEnumProtocolsW(NULL, infos, &size), WSAENOBUFS);
    CHECK_INT(size, count * sizeof(*infos));
    CHECK_INT(WSAEnumProtocolsW(NULL, infos, &size), count);
    free(infos);
}

TEST(the_ansi_list_says_the_same)
{
    int i, count;
    WSAPROTOCOL_INFOW *wide = list_all(&count);
    WSAPROTOCOL_INFOA ansi[32];
    char name[WSAPROTOCOL_LEN + 1];
    DWORD size = 0;

    CHECK_ERROR(WSAEnumProtocolsA(NULL, NULL, &size), WSAENOBUFS);
    CHECK_INT(size, count * sizeof(ansi[0]));
    CHECK_INT(WSAEnumProtocolsA(NULL, ansi, &size), count);
    for (i = 0; i < count; i++)
    {
        CHECK(!memcmp(&wide[i], &ansi[i], FIELD_OFFSET(WSAPROTOCOL_INFOA, szProtocol)));
        WideCharToMultiByte(CP_ACP, 0, wide[i].szProtocol, -1, name, sizeof(name), NULL, NULL);
        CHECK_STR(ansi[i].szProtocol, name);
    }
    free(wide);
}

TEST(bad_pointers_give_wsaefault)
{
    DWORD size = 100000;
    int err = 0;

    CHECK_ERROR(WSAEnumProtocolsW(NULL, NULL, NULL), WSAEFAULT);
    CHECK_ERROR(WSAEnumProtocolsW((int *)16, NULL, &size), WSAEFAULT);
    size = 100000;
    CHECK_ERROR(WSAEnumProtocolsW(NULL, (WSAPROTOCOL_INFOW *)16, &size), WSAEFAULT);
    CHECK_ERROR(WSAEnumProtocolsA(NULL, NULL, NULL), WSAEFAULT);
    CHECK_INT(WSCEnumProtocols(NULL, NULL, NULL, &err), SOCKET_ERROR);
    CHECK_INT(err, WSAEFAULT);
    CHECK_INT(WSCEnumProtocols(NULL, NULL, NULL, NULL), SOCKET_ERROR);
}

TEST(listing_needs_winsock_started_and_the_provider_view_does_not)
{
    DWORD size = 0;
    int err = 0;

    CHECK_INT(WSACleanup(), 0);
    WSASetLastError(0);
    CHECK_INT(WSAEnumProtocolsW(NULL, NULL, &size), SOCKET_ERROR);
    err = WSAGetLastError();
    {
        int provider_err = 0;
        int ret = WSCEnumProtocols(NULL, NULL, &size, &provider_err);
        WSADATA data;

        CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
        CHECK_INT(err, WSANOTINITIALISED);
        CHECK_INT(ret, SOCKET_ERROR);
        CHECK_INT(provider_err, WSAENOBUFS);
    }
}

TEST(the_catalog_for_32_bit_programs_is_listed_too)
{
    DWORD size = 0, own = 0;
    int err = 0;

    CHECK_INT(WSCEnumProtocols32(NULL, NULL, &size, &err), SOCKET_ERROR);
    CHECK_INT(err, WSAENOBUFS);
    WSCEnumProtocols(NULL, NULL, &own, &err);
    CHECK_INT(size, own);
}

TEST(a_socket_tells_its_entry)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    WSAPROTOCOL_INFOW info;
    int count, size = sizeof(info);
    WSAPROTOCOL_INFOW *infos = list_all(&count);

    CHECK(s != INVALID_SOCKET);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &size), 0);
    CHECK_INT(info.dwCatalogEntryId, find(infos, count, AF_INET, SOCK_STREAM)->dwCatalogEntryId);
    CHECK(!wcscmp(info.szProtocol, L"MSAFD Tcpip [TCP/IP]"));
    closesocket(s);
    free(infos);
}

static void check_failure(int family, int type, int protocol, int error)
{
    WSASetLastError(0xdead);
    CHECK(socket(family, type, protocol) == INVALID_SOCKET);
    CHECK_INT(WSAGetLastError(), error);
}

TEST(the_type_is_judged_before_the_family_and_both_before_the_protocol)
{
    check_failure(0xdead, 0xdead, IPPROTO_TCP, WSAESOCKTNOSUPPORT);
    check_failure(0xdead, SOCK_STREAM, 0xdead, WSAEAFNOSUPPORT);
    check_failure(AF_INET, SOCK_STREAM, 0xdead, WSAEPROTONOSUPPORT);
    check_failure(AF_INET, SOCK_STREAM, IPPROTO_UDP, WSAEPROTONOSUPPORT);
    check_failure(AF_INET, SOCK_DGRAM, IPPROTO_TCP, WSAEPROTONOSUPPORT);
    check_failure(AF_INET, SOCK_SEQPACKET, 0, WSAESOCKTNOSUPPORT);
    check_failure(AF_INET, SOCK_RDM, 0, WSAESOCKTNOSUPPORT);
    check_failure(AF_INET, SOCK_RAW, 256, WSAEPROTONOSUPPORT);
    check_failure(AF_INET, -1, -1, WSAESOCKTNOSUPPORT);
    check_failure(AF_UNIX, SOCK_DGRAM, 0, WSAEAFNOSUPPORT);
}

TEST(neither_family_nor_protocol_is_wsaeinval)
{
    check_failure(0, 0, 0, WSAEINVAL);
    check_failure(0, SOCK_STREAM, 0, WSAEINVAL);
    check_failure(0, SOCK_DGRAM, 0, WSAEINVAL);
    check_failure(0, SOCK_RAW, 0, WSAEINVAL);
    check_failure(0, 0xdead, 0, WSAEINVAL);
}
