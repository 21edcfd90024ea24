/*
 * What kinds of sockets can be made, and the errors of those that cannot.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the documentation of WSASocket and Windows part, Windows is right: an
 * inconsistent triple gives WSAEPROTONOSUPPORT, not WSAEINVAL; an unknown type
 * is reported before an unknown family; and a socket made without inheritance
 * reports HANDLE_FLAG_INHERIT clear, not set.
 */
#include "harness.h"

#ifndef WSA_FLAG_NO_HANDLE_INHERIT
#define WSA_FLAG_NO_HANDLE_INHERIT 0x80
#endif

struct kind
{
    int family, type, protocol;
    int error;
    int got_family, got_type, got_protocol;
};

static void check_kind(const struct kind *kind)
{
    WSAPROTOCOL_INFOW info;
    int len = sizeof(info);
    SOCKET s;

    WSASetLastError(0xdead);
    s = WSASocketW(kind->family, kind->type, kind->protocol, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (WSAGetLastError() != kind->error)
        harness_fail(__FILE__, __LINE__, "(%d, %d, %d) gave error %d, not %d", kind->family, kind->type,
                     kind->protocol, WSAGetLastError(), kind->error);
    CHECK((s == INVALID_SOCKET) == (kind->error != 0));
    if (kind->error) return;
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &len), 0);
    CHECK_INT(info.iAddressFamily, kind->got_family);
    CHECK_INT(info.iSocketType, kind->got_type);
    CHECK_INT(info.iProtocol, kind->got_protocol);
    CHECK_INT(closesocket(s), 0);
}

#define CHECK_KINDS(kinds)                                                                \
    do                                                                                    \
    {                                                                                     \
        unsigned int i;                                                                   \
        for (i = 0; i < sizeof(kinds) / sizeof((kinds)[0]); i++) check_kind(&(kinds)[i]); \
    } while (0)

TEST(whole_triples)
{
    static const struct kind kinds[] = {
        {AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, AF_INET, SOCK_STREAM, IPPROTO_TCP},
        {AF_INET, SOCK_DGRAM, IPPROTO_UDP, 0, AF_INET, SOCK_DGRAM, IPPROTO_UDP},
        {AF_INET6, SOCK_STREAM, IPPROTO_TCP, 0, AF_INET6, SOCK_STREAM, IPPROTO_TCP},
        {AF_INET6, SOCK_DGRAM, IPPROTO_UDP, 0, AF_INET6, SOCK_DGRAM, IPPROTO_UDP},
    };

    CHECK_KINDS(kinds);
}

TEST(missing_parts_are_found)
{
    static const struct kind kinds[] = {
        {AF_INET, SOCK_STREAM, 0, 0, AF_INET, SOCK_STREAM, IPPROTO_TCP},
        {AF_INET, SOCK_DGRAM, 0, 0, AF_INET, SOCK_DGRAM, IPPROTO_UDP},
        {AF_INET, 0, IPPROTO_TCP, 0, AF_INET, SOCK_STREAM, IPPROTO_TCP},
        {AF_INET, 0, IPPROTO_UDP, 0, AF_INET, SOCK_DGRAM, IPPROTO_UDP},
        {AF_INET, 0, 0, 0, AF_INET, SOCK_STREAM, IPPROTO_TCP},
        {AF_INET6, SOCK_STREAM, 0, 0, AF_INET6, SOCK_STREAM, IPPROTO_TCP},
        {AF_INET6, SOCK_DGRAM, 0, 0, AF_INET6, SOCK_DGRAM, IPPROTO_UDP},
        {AF_UNSPEC, SOCK_STREAM, IPPROTO_TCP, 0, AF_INET, SOCK_STREAM, IPPROTO_TCP},
        {AF_UNSPEC, SOCK_DGRAM, IPPROTO_UDP, 0, AF_INET, SOCK_DGRAM, IPPROTO_UDP},
        {AF_UNSPEC, 0, IPPROTO_TCP, 0, AF_INET, SOCK_STREAM, IPPROTO_TCP},
        {AF_UNSPEC, 0, IPPROTO_UDP, 0, AF_INET, SOCK_DGRAM, IPPROTO_UDP},
    };

    CHECK_KINDS(kinds);
}

TEST(nothing_to_choose_by_gives_wsaeinval)
{
    static const struct kind kinds[] = {
        {AF_UNSPEC, SOCK_STREAM, 0, WSAEINVAL, 0, 0, 0},
        {AF_UNSPEC, SOCK_DGRAM, 0, WSAEINVAL, 0, 0, 0},
        {AF_UNSPEC, 0xdead, 0, WSAEINVAL, 0, 0, 0},
        {AF_UNSPEC, 0, 0, WSAEINVAL, 0, 0, 0},
    };

    CHECK_KINDS(kinds);
}

TEST(unknown_families)
{
    static const struct kind kinds[] = {
        {0xdead, SOCK_STREAM, IPPROTO_TCP, WSAEAFNOSUPPORT, 0, 0, 0},
        {-1, SOCK_STREAM, IPPROTO_TCP, WSAEAFNOSUPPORT, 0, 0, 0},
        {AF_NETBIOS, SOCK_STREAM, 0, WSAEAFNOSUPPORT, 0, 0, 0},
        {0xdead, SOCK_STREAM, IPPROTO_UDP, WSAEAFNOSUPPORT, 0, 0, 0},
        {0xdead, SOCK_STREAM, 0xdead, WSAEAFNOSUPPORT, 0, 0, 0},
    };

    CHECK_KINDS(kinds);
}

TEST(an_unknown_type_is_reported_first)
{
    static const struct kind kinds[] = {
        {AF_INET, 0xdead, IPPROTO_TCP, WSAESOCKTNOSUPPORT, 0, 0, 0},
        {AF_INET, -1, IPPROTO_TCP, WSAESOCKTNOSUPPORT, 0, 0, 0},
        {AF_INET, 0xdead, 0, WSAESOCKTNOSUPPORT, 0, 0, 0},
        {0xdead, 0xdead, IPPROTO_TCP, WSAESOCKTNOSUPPORT, 0, 0, 0},
        {AF_UNSPEC, 0xdead, IPPROTO_UDP, WSAESOCKTNOSUPPORT, 0, 0, 0},
    };

    CHECK_KINDS(kinds);
}

TEST(inconsistent_triples_give_wsaeprotonosupport)
{
    static const struct kind kinds[] = {
        {AF_INET, SOCK_STREAM, IPPROTO_UDP, WSAEPROTONOSUPPORT, 0, 0, 0},
        {AF_INET, SOCK_DGRAM, IPPROTO_TCP, WSAEPROTONOSUPPORT, 0, 0, 0},
        {AF_INET6, SOCK_STREAM, IPPROTO_UDP, WSAEPROTONOSUPPORT, 0, 0, 0},
        {AF_INET, SOCK_STREAM, 0xdead, WSAEPROTONOSUPPORT, 0, 0, 0},
        {AF_INET, SOCK_STREAM, -1, WSAEPROTONOSUPPORT, 0, 0, 0},
        {AF_INET, 0, 0xdead, WSAEPROTONOSUPPORT, 0, 0, 0},
    };

    CHECK_KINDS(kinds);
}

/* Linux lets a user make ICMP sockets where ping_group_range allows it; any other
 * raw protocol needs CAP_NET_RAW, and then WSAEACCES is what Windows says, too. */
TEST(raw_sockets)
{
    static const int protocols[][2] = {
        {AF_INET, IPPROTO_ICMP}, {AF_INET6, IPPROTO_RAW}, {AF_INET, IPPROTO_RAW}};
    unsigned int i;
    SOCKET s;

    for (i = 0; i < 3; i++)
    {
        s = WSASocketW(protocols[i][0], SOCK_RAW, protocols[i][1], NULL, 0, WSA_FLAG_OVERLAPPED);
        if (s == INVALID_SOCKET && WSAGetLastError() == WSAEACCES) SKIP("no privilege for raw sockets");
        CHECK(s != INVALID_SOCKET);
        CHECK_INT(closesocket(s), 0);
    }
}

TEST(the_description_of_a_protocol_makes_a_socket)
{
    WSAPROTOCOL_INFOW *infos;
    int protocols[] = {IPPROTO_TCP, 0}, count, i;
    DWORD size = 0;
    SOCKET s;

    CHECK_ERROR(WSAEnumProtocolsW(protocols, NULL, &size), WSAENOBUFS);
    infos = malloc(size);
    count = WSAEnumProtocolsW(protocols, infos, &size);
    CHECK(count > 0);
    for (i = 0; i < count; i++)
    {
        int type = 0, len = sizeof(type);

        s = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &infos[i], 0, 0);
        CHECK(s != INVALID_SOCKET);
        CHECK_INT(getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &len), 0);
        CHECK_INT(type, infos[i].iSocketType);
        CHECK_INT(closesocket(s), 0);
    }
    free(infos);
}

TEST(a_description_that_cannot_be_read_gives_wsaefault)
{
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, (void *)8, 0, 0), WSAEFAULT);
    CHECK_ERROR(WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, (void *)8, 0, 0), WSAEFAULT);
}

TEST(handles_are_inherited_unless_the_flag_says_not)
{
    DWORD flags = 0;
    SOCKET s;

    s = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
    CHECK(GetHandleInformation((HANDLE)s, &flags));
    CHECK_INT(flags & HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    CHECK_INT(closesocket(s), 0);

    s = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    CHECK(s != INVALID_SOCKET);
    CHECK(GetHandleInformation((HANDLE)s, &flags));
    CHECK_INT(flags & HANDLE_FLAG_INHERIT, 0);
    CHECK_INT(closesocket(s), 0);
}

TEST(success_clears_the_last_error)
{
    SOCKET s;

    WSASetLastError(4711);
    s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(WSAGetLastError(), 0);
    CHECK_INT(closesocket(s), 0);
}

TEST(closing_twice_gives_wsaenotsock)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

    CHECK_INT(closesocket(s), 0);
    CHECK_ERROR(closesocket(s), WSAENOTSOCK);
    CHECK_ERROR(closesocket(INVALID_SOCKET), WSAENOTSOCK);
    CHECK_ERROR(closesocket(0), WSAENOTSOCK);
}

TEST(a_file_is_no_socket_and_stays_open)
{
    char path[MAX_PATH], name[MAX_PATH];
    struct sockaddr_in addr = {.sin_family = AF_INET};
    DWORD written;
    HANDLE file;
    int len = sizeof(addr);

    GetTempPathA(sizeof(path), path);
    GetTempFileNameA(path, "ws2", 0, name);
    file = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE,
                       NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK_ERROR(send((SOCKET)file, "x", 1, 0), WSAENOTSOCK);
    CHECK_ERROR(getsockname((SOCKET)file, (struct sockaddr *)&addr, &len), WSAENOTSOCK);
    CHECK_ERROR(bind((SOCKET)file, (struct sockaddr *)&addr, sizeof(addr)), WSAENOTSOCK);
    CHECK_ERROR(closesocket((SOCKET)file), WSAENOTSOCK);
    CHECK(WriteFile(file, "x", 1, &written, NULL));
    CloseHandle(file);
}

/* As the C runtime's close() does with a socket wrapped in a file descriptor. */
TEST(closing_the_handle_ends_the_connection)
{
    SOCKET pair[2], s;
    char byte;

    tcp_pair(pair);
    /* whatever handles sockets need beside their own are there then, and none takes this one's value */
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 1);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CHECK_ERROR(send(pair[0], &byte, 1, 0), WSAENOTSOCK);
    s = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(a_thousand_sockets_at_once)
{
    static SOCKET sockets[1000];
    int i;

    for (i = 0; i < 1000; i++)
    {
        sockets[i] = socket(AF_INET, i & 1 ? SOCK_STREAM : SOCK_DGRAM, 0);
        if (sockets[i] == INVALID_SOCKET && WSAGetLastError() == WSAEMFILE) break;
        CHECK(sockets[i] != INVALID_SOCKET);
    }
    CHECK(i > 200);
    while (i--) CHECK_INT(closesocket(sockets[i]), 0);
}

TEST(opentype_makes_synchronous_sockets)
{
    int type = SO_SYNCHRONOUS_NONALERT, was, len = sizeof(was);
    SOCKET s;

    CHECK_INT(getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&was, &len), 0);
    CHECK_INT(was, 0);
    CHECK_INT(setsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&type, sizeof(type)), 0);
    s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK(s != INVALID_SOCKET);
    /* such a handle can be bound to no completion port */
    CHECK(!CreateIoCompletionPort((HANDLE)s, NULL, 0, 0) || GetLastError() == 0xdead);
    CHECK_INT(closesocket(s), 0);
    type = 0;
    CHECK_INT(setsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&type, sizeof(type)), 0);
}
