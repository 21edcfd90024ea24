/*
 * What the network does to connections and datagrams, in the private network, where a
 * machine has the trouble that is wanted (tests/net/peer).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include "../../include/ws2_missing.h"

#define SILENT 80
#define HOST_UNREACHABLE 1
#define NETWORK_UNREACHABLE 2
#define TIME_EXCEEDED 11

#ifndef SIO_UDP_NETRESET
#define SIO_UDP_NETRESET _WSAIOW(IOC_VENDOR, 15)
#endif

static struct sockaddr_in peer(int port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
    char value[8];

    if (!GetEnvironmentVariableA("WS2_PRIVATE_NET", value, sizeof(value))) SKIP("not in the private network");
    addr.sin_addr.s_addr = inet_addr("10.99.0.50");
    return addr;
}

static void set(SOCKET s, int level, int name, DWORD value)
{
    CHECK_INT(setsockopt(s, level, name, (char *)&value, sizeof(value)), 0);
}

/* A connection whose peer says nothing more. */
static SOCKET silent_connection(void)
{
    struct sockaddr_in addr = peer(SILENT);
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_INT(connect(s, (SOCKADDR *)&addr, sizeof(addr)), 0);
    return s;
}

TEST(a_connection_to_where_nobody_gets_fails)
{
    struct sockaddr_in host = peer(HOST_UNREACHABLE), network = peer(NETWORK_UNREACHABLE);
    struct sockaddr_in6 nowhere = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0), t = socket(AF_INET, SOCK_STREAM, 0), s6;

    CHECK_ERROR(connect(s, (SOCKADDR *)&host, sizeof(host)), WSAEHOSTUNREACH);
    CHECK_ERROR(WSAConnect(t, (SOCKADDR *)&network, sizeof(network), NULL, NULL, NULL, NULL), WSAENETUNREACH);
    /* no route leads there */
    CHECK_INT(inet_pton(AF_INET6, "2001:db8::1", &nowhere.sin6_addr), 1);
    s6 = socket(AF_INET6, SOCK_STREAM, 0);
    CHECK_ERROR(connect(s6, (SOCKADDR *)&nowhere, sizeof(nowhere)), WSAENETUNREACH);
    closesocket(s6);
    s6 = socket(AF_INET6, SOCK_DGRAM, 0);
    CHECK_ERROR(sendto(s6, "x", 1, 0, (SOCKADDR *)&nowhere, sizeof(nowhere)), WSAENETUNREACH);
    CHECK_ERROR(connect(s6, (SOCKADDR *)&nowhere, sizeof(nowhere)), WSAENETUNREACH);
}

static void check_arrives(SOCKET s, const struct sockaddr_in *addr)
{
    char byte = 0;

    CHECK_INT(sendto(s, "d", 1, 0, (const SOCKADDR *)addr, sizeof(*addr)), 1);
    CHECK_INT(recv(s, &byte, 1, 0), 1);
    CHECK_INT(byte, 'd');
}

/* "For a datagram socket, this error indicates that the time to live has expired." */
TEST(an_exceeded_time_to_live_is_a_reset_of_the_network)
{
    struct sockaddr_in to = peer(TIME_EXCEEDED), any = {.sin_family = AF_INET}, self;
    int len = sizeof(self), i;
    DWORD off = 0, size;
    SOCKET s;
    char byte;

    for (i = 0; i < 2; i++)
    {
        s = socket(AF_INET, SOCK_DGRAM, 0);
        CHECK_INT(bind(s, (SOCKADDR *)&any, sizeof(any)), 0);
        set(s, SOL_SOCKET, SO_RCVTIMEO, 10000);
        if (i) CHECK_INT(connect(s, (SOCKADDR *)&to, sizeof(to)), 0);
        CHECK_INT(sendto(s, "x", 1, 0, (SOCKADDR *)&to, sizeof(to)), 1);
        CHECK_ERROR(recv(s, &byte, 1, 0), WSAENETRESET);
    }
    s = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_INT(bind(s, (SOCKADDR *)&any, sizeof(any)), 0);
    CHECK_INT(getsockname(s, (SOCKADDR *)&self, &len), 0);
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    set(s, SOL_SOCKET, SO_RCVTIMEO, 10000);
    CHECK_INT(WSAIoctl(s, SIO_UDP_NETRESET, &off, sizeof(off), NULL, 0, &size, NULL, NULL), 0);
    CHECK_INT(sendto(s, "x", 1, 0, (SOCKADDR *)&to, sizeof(to)), 1);
    Sleep(100);
    check_arrives(s, &self);
}

TEST(a_datagram_to_an_unreachable_host_is_lost_without_a_word)
{
    struct sockaddr_in host = peer(HOST_UNREACHABLE), network = peer(NETWORK_UNREACHABLE);
    struct sockaddr_in any = {.sin_family = AF_INET}, self;
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    int len = sizeof(self);

    CHECK_INT(bind(s, (SOCKADDR *)&any, sizeof(any)), 0);
    CHECK_INT(getsockname(s, (SOCKADDR *)&self, &len), 0);
    self.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    set(s, SOL_SOCKET, SO_RCVTIMEO, 10000);
    CHECK_INT(sendto(s, "x", 1, 0, (SOCKADDR *)&host, sizeof(host)), 1);
    CHECK_INT(sendto(s, "x", 1, 0, (SOCKADDR *)&network, sizeof(network)), 1);
    Sleep(100);
    check_arrives(s, &self);
}

/* "If data cannot be successfully transmitted within a reasonable length of time, the
 * connection is considered broken and subsequent calls will fail with WSAETIMEDOUT." */
TEST(data_that_nobody_acknowledges_time_the_connection_out)
{
    SOCKET s = silent_connection();
    char byte;

    set(s, IPPROTO_TCP, TCP_MAXRT, 1);
    CHECK_INT(send(s, "x", 1, 0), 1);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAETIMEDOUT);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAETIMEDOUT);
    CHECK_ERROR(send(s, "x", 1, 0), WSAETIMEDOUT);
}

static void keep_alive(SOCKET s)
{
    set(s, IPPROTO_TCP, TCP_KEEPIDLE, 1);
    set(s, IPPROTO_TCP, TCP_KEEPINTVL, 1);
    set(s, IPPROTO_TCP, TCP_KEEPCNT, 1);
    set(s, SOL_SOCKET, SO_KEEPALIVE, TRUE);
}

/* "The connection has been broken due to keep-alive activity detecting a failure." */
TEST(a_connection_that_is_not_alive_is_reset_by_the_network)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    SOCKET s = silent_connection(), t = silent_connection(), u = silent_connection();
    WSABUF buf;
    DWORD flags = 0, done;
    char byte;

    buf = (WSABUF){1, &byte};
    keep_alive(s);
    keep_alive(t);
    keep_alive(u);
    CHECK_ERROR(WSARecv(t, &buf, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAENETRESET);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK(!WSAGetOverlappedResult(t, &overlapped, &done, FALSE, &flags));
    CHECK_INT(WSAGetLastError(), WSAENETRESET);
    /* one that nobody waited at */
    CHECK_ERROR(send(u, "x", 1, 0), WSAENETRESET);
}
