/*
 * WSAConnectByName and WSAConnectByList.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#define BAD_POINTER ((void *)16)

struct server
{
    SOCKET listener;
    struct sockaddr_in addr;
    char port[8];
};

static void serve(struct server *server)
{
    server->listener = tcp_listener(&server->addr);
    sprintf(server->port, "%u", ntohs(server->addr.sin_port));
}

static SOCKET stream(int family)
{
    SOCKET s = socket(family, SOCK_STREAM, IPPROTO_TCP);

    CHECK(s != INVALID_SOCKET);
    return s;
}

#define CHECK_FALSE(call, error)               \
    do                                         \
    {                                          \
        WSASetLastError(0xdead);               \
        CHECK_INT((call), FALSE);              \
        CHECK_INT(WSAGetLastError(), (error)); \
    } while (0)

TEST(connects_by_name_and_tells_addresses)
{
    struct server server;
    SOCKADDR_STORAGE local = {0}, remote = {0}, own = {0};
    DWORD local_len = sizeof(local), remote_len = sizeof(remote);
    int len = sizeof(own);
    SOCKET s = stream(AF_INET);

    serve(&server);
    CHECK(WSAConnectByNameA(s, "localhost", server.port, &local_len, (SOCKADDR *)&local, &remote_len,
                            (SOCKADDR *)&remote, NULL, NULL));
    CHECK_INT(local_len, sizeof(SOCKADDR_IN));
    CHECK_INT(remote_len, sizeof(SOCKADDR_IN));
    CHECK(!memcmp(&remote, &server.addr, sizeof(SOCKADDR_IN)));
    CHECK_INT(((SOCKADDR_IN *)&local)->sin_port, 0);
    CHECK_INT(((SOCKADDR_IN *)&local)->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    CHECK_INT(getpeername(s, (SOCKADDR *)&own, &len), 0);
    CHECK(!memcmp(&own, &server.addr, sizeof(SOCKADDR_IN)));
    closesocket(s);
    closesocket(server.listener);
}

TEST(connection_by_name_carries_data)
{
    struct server server;
    SOCKET s = stream(AF_INET), other;
    WCHAR port[8];
    char data[4] = {0};

    serve(&server);
    MultiByteToWideChar(CP_ACP, 0, server.port, -1, port, 8);
    CHECK(WSAConnectByNameW(s, (WCHAR *)L"127.0.0.1", port, NULL, NULL, NULL, NULL, NULL, NULL));
    other = accept(server.listener, NULL, NULL);
    CHECK(other != INVALID_SOCKET);
    CHECK_INT(send(s, "abc", 3, 0), 3);
    CHECK_INT(recv(other, data, 3, MSG_WAITALL), 3);
    CHECK_STR(data, "abc");
    closesocket(s);
    closesocket(other);
    closesocket(server.listener);
}

TEST(non_blocking_socket_connects_by_name_all_the_same)
{
    struct server server;
    SOCKET s = stream(AF_INET);
    struct timeval time = {20, 0};
    u_long on = 1;

    serve(&server);
    CHECK_INT(ioctlsocket(s, FIONBIO, &on), 0);
    CHECK(WSAConnectByNameA(s, "localhost", server.port, NULL, NULL, NULL, NULL, &time, NULL));
    closesocket(s);
    closesocket(server.listener);
}

TEST(dual_socket_connects_to_mapped_address)
{
    struct server server;
    SOCKADDR_STORAGE remote = {0};
    DWORD remote_len = sizeof(remote);
    SOCKET s = socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP);
    int off = 0;

    if (s == INVALID_SOCKET) SKIP("no IPv6");
    serve(&server);
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&off, sizeof(off)), 0);
    CHECK(WSAConnectByNameA(s, "127.0.0.1", server.port, NULL, NULL, &remote_len, (SOCKADDR *)&remote, NULL,
                            NULL));
    CHECK_INT(remote_len, sizeof(SOCKADDR_IN6));
    CHECK_INT(remote.ss_family, AF_INET6);
    closesocket(s);
    closesocket(server.listener);
}

TEST(lengths_that_are_too_short_are_faults_and_stay)
{
    struct server server;
    SOCKADDR_IN addr;
    DWORD len = 3;
    SOCKET s = stream(AF_INET);

    serve(&server);
    CHECK_FALSE(
        WSAConnectByNameA(s, "localhost", server.port, &len, (SOCKADDR *)&addr, NULL, NULL, NULL, NULL),
        WSAEFAULT);
    CHECK_INT(len, 3);
    CHECK_FALSE(
        WSAConnectByNameA(s, "localhost", server.port, NULL, NULL, &len, (SOCKADDR *)&addr, NULL, NULL),
        WSAEFAULT);
    CHECK_INT(len, 3);
    CHECK_FALSE(WSAConnectByNameA(s, "localhost", server.port, BAD_POINTER, (SOCKADDR *)&addr, NULL, NULL,
                                  NULL, NULL),
                WSAEFAULT);
    CHECK_FALSE(WSAConnectByNameA(s, "localhost", server.port, NULL, NULL, NULL, NULL, BAD_POINTER, NULL),
                WSAEFAULT);
    closesocket(s);
    closesocket(server.listener);
}

TEST(connect_by_name_errors)
{
    SOCKET s = stream(AF_INET), udp = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    WSAOVERLAPPED overlapped;

    CHECK_FALSE(WSAConnectByNameA(s, NULL, "http", NULL, NULL, NULL, NULL, NULL, NULL), WSAEINVAL);
    CHECK_FALSE(WSAConnectByNameA(s, "localhost", NULL, NULL, NULL, NULL, NULL, NULL, NULL), WSAEINVAL);
    CHECK_FALSE(WSAConnectByNameA(s, "localhost", "http", NULL, NULL, NULL, NULL, NULL, &overlapped),
                WSAEINVAL);
    CHECK_FALSE(WSAConnectByNameA(s, "localhost", "nonexistentservice", NULL, NULL, NULL, NULL, NULL, NULL),
                WSATYPE_NOT_FOUND);
    CHECK_FALSE(WSAConnectByNameA(s, "nobody.invalid", "80", NULL, NULL, NULL, NULL, NULL, NULL),
                WSAHOST_NOT_FOUND);
    CHECK_FALSE(WSAConnectByNameA(INVALID_SOCKET, "localhost", "80", NULL, NULL, NULL, NULL, NULL, NULL),
                WSAENOTSOCK);
    CHECK_FALSE(WSAConnectByNameA(udp, "localhost", "80", NULL, NULL, NULL, NULL, NULL, NULL), WSAEFAULT);
    CHECK_FALSE(WSAConnectByNameA(s, BAD_POINTER, "80", NULL, NULL, NULL, NULL, NULL, NULL), WSAEFAULT);
    closesocket(s);
    closesocket(udp);
}

static struct sockaddr_in closed;

/* A list of two: nobody listens at the first. */
static SOCKET_ADDRESS_LIST *make_list(struct server *server)
{
    SOCKET_ADDRESS_LIST *list = calloc(1, sizeof(*list) + sizeof(SOCKET_ADDRESS));
    SOCKET_ADDRESS *entries = list->Address;

    closesocket(tcp_listener(&closed));
    list->iAddressCount = 2;
    entries[0].lpSockaddr = (SOCKADDR *)&closed;
    entries[0].iSockaddrLength = sizeof(closed);
    entries++;
    entries->lpSockaddr = (SOCKADDR *)&server->addr;
    entries->iSockaddrLength = sizeof(server->addr);
    return list;
}

TEST(list_is_tried_until_one_answers)
{
    struct server server;
    SOCKET_ADDRESS_LIST *list;
    SOCKADDR_IN remote;
    DWORD len = sizeof(remote);
    SOCKET s = stream(AF_INET);

    serve(&server);
    list = make_list(&server);
    CHECK(WSAConnectByList(s, list, NULL, NULL, &len, (SOCKADDR *)&remote, NULL, NULL));
    CHECK(!memcmp(&remote, &server.addr, sizeof(remote)));
    free(list);
    closesocket(s);
    closesocket(server.listener);
}

TEST(list_without_answer_says_what_the_last_attempt_said)
{
    struct server server;
    SOCKET_ADDRESS_LIST *list;
    SOCKET s = stream(AF_INET);

    serve(&server);
    list = make_list(&server);
    closesocket(server.listener);
    CHECK_FALSE(WSAConnectByList(s, list, NULL, NULL, NULL, NULL, NULL, NULL), WSAECONNREFUSED);
    free(list);
    closesocket(s);
}

TEST(connect_by_list_errors)
{
    struct server server;
    SOCKET_ADDRESS_LIST *list;
    WSAOVERLAPPED overlapped;
    SOCKET s = stream(AF_INET);

    serve(&server);
    list = make_list(&server);
    CHECK_FALSE(WSAConnectByList(s, list, NULL, NULL, NULL, NULL, NULL, &overlapped), WSAEINVAL);
    CHECK_FALSE(WSAConnectByList(INVALID_SOCKET, list, NULL, NULL, NULL, NULL, NULL, NULL), WSAENOTSOCK);
    CHECK_FALSE(WSAConnectByList(s, NULL, NULL, NULL, NULL, NULL, NULL, NULL), WSAEFAULT);
    list->Address[0].lpSockaddr = BAD_POINTER;
    CHECK_FALSE(WSAConnectByList(s, list, NULL, NULL, NULL, NULL, NULL, NULL), WSAEFAULT);
    list->iAddressCount = 0;
    CHECK_FALSE(WSAConnectByList(s, list, NULL, NULL, NULL, NULL, NULL, NULL), WSAEINVAL);
    free(list);
    closesocket(s);
    closesocket(server.listener);
}

/* Nobody has this address of the private network (tools/private-net). */
TEST(time_out_ends_connecting)
{
    struct timeval time = {0, 100000};
    SOCKET s = stream(AF_INET);
    char value[8];

    if (!GetEnvironmentVariableA("WS2_PRIVATE_NET", value, sizeof(value))) SKIP("not in the private network");
    CHECK_FALSE(WSAConnectByNameA(s, "10.99.0.77", "80", NULL, NULL, NULL, NULL, &time, NULL), WSAETIMEDOUT);
    CHECK_INT(closesocket(s), 0);
}

TEST(unreachable_host_says_so)
{
    SOCKET s = stream(AF_INET);
    char value[8];

    if (!GetEnvironmentVariableA("WS2_PRIVATE_NET", value, sizeof(value))) SKIP("not in the private network");
    CHECK_FALSE(WSAConnectByNameA(s, "10.99.0.77", "80", NULL, NULL, NULL, NULL, NULL, NULL),
                WSAEHOSTUNREACH);
    closesocket(s);
}

TEST(connecting_needs_startup)
{
    WSADATA data;
    int errors[2] = {0};

    CHECK_INT(WSACleanup(), 0);
    if (!WSAConnectByNameA(1, "127.0.0.1", "80", NULL, NULL, NULL, NULL, NULL, NULL))
        errors[0] = WSAGetLastError();
    if (!WSAConnectByList(1, NULL, NULL, NULL, NULL, NULL, NULL, NULL)) errors[1] = WSAGetLastError();
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
    CHECK_INT(errors[0], WSANOTINITIALISED);
    CHECK_INT(errors[1], WSANOTINITIALISED);
}
