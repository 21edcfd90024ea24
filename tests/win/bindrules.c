/*
 * Who may have an address: Windows's rules where the host's are stricter.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

static void make_address(struct sockaddr_in *addr, unsigned long ip, unsigned short port)
{
    memset(addr, 0, sizeof(*addr));
    addr->sin_family = AF_INET;
    addr->sin_addr.s_addr = htonl(ip);
    addr->sin_port = htons(port);
}

/* Bound to the address and to a free port, or to the given one if it is not 0. */
static SOCKET bound(unsigned long ip, unsigned short *port, int option)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in addr;
    int length = sizeof(addr), on = 1;

    CHECK(s != INVALID_SOCKET);
    if (option) CHECK_INT(setsockopt(s, SOL_SOCKET, option, (char *)&on, sizeof(on)), 0);
    make_address(&addr, ip, *port);
    CHECK_INT(bind(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)&addr, &length), 0);
    *port = ntohs(addr.sin_port);
    return s;
}

static SOCKET connected(unsigned short port)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in addr;

    make_address(&addr, INADDR_LOOPBACK, port);
    CHECK_INT(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    return s;
}

static BOOL gets_a_connection(SOCKET listener)
{
    WSAPOLLFD poll = {listener, POLLRDNORM, 0};

    return WSAPoll(&poll, 1, 2000) == 1;
}

/* Both orders; the socket at the one address gets the connections to it. */
static void check_any_and_one(BOOL any_first)
{
    unsigned short port = 0;
    SOCKET first = bound(any_first ? INADDR_ANY : INADDR_LOOPBACK, &port, 0), second, client, one;

    CHECK_INT(listen(first, 5), 0);
    second = bound(any_first ? INADDR_LOOPBACK : INADDR_ANY, &port, 0);
    CHECK_INT(listen(second, 5), 0);
    one = any_first ? second : first;
    client = connected(port);
    CHECK(gets_a_connection(one));
    closesocket(client);
    closesocket(first);
    closesocket(second);
}

TEST(a_port_can_be_had_at_any_address_and_then_at_one)
{
    check_any_and_one(TRUE);
}

TEST(a_port_can_be_had_at_one_address_and_then_at_any)
{
    check_any_and_one(FALSE);
}

TEST(the_first_of_two_listeners_at_one_address_gets_the_connections)
{
    unsigned short port = 0;
    SOCKET first = bound(INADDR_LOOPBACK, &port, SO_REUSEADDR),
           second = bound(INADDR_LOOPBACK, &port, SO_REUSEADDR);
    int i;

    CHECK_INT(listen(first, 20), 0);
    CHECK_INT(listen(second, 20), 0);
    for (i = 0; i < 10; i++)
    {
        SOCKET client = connected(port), accepted;

        CHECK(gets_a_connection(first));
        accepted = accept(first, NULL, NULL);
        CHECK(accepted != INVALID_SOCKET);
        closesocket(accepted);
        closesocket(client);
    }
    closesocket(first);
    closesocket(second);
}

TEST(the_same_address_needs_both_to_agree)
{
    unsigned short port = 0;
    SOCKET first = bound(INADDR_LOOPBACK, &port, 0), second = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in addr;
    int on = 1;

    make_address(&addr, INADDR_LOOPBACK, port);
    CHECK_ERROR(bind(second, (struct sockaddr *)&addr, sizeof(addr)), WSAEADDRINUSE);
    CHECK_INT(listen(first, 5), 0);
    CHECK_ERROR(bind(second, (struct sockaddr *)&addr, sizeof(addr)), WSAEADDRINUSE);
    CHECK_INT(setsockopt(second, SOL_SOCKET, SO_REUSEADDR, (char *)&on, sizeof(on)), 0);
    CHECK_ERROR(bind(second, (struct sockaddr *)&addr, sizeof(addr)), WSAEACCES);
    closesocket(first);
    closesocket(second);
}

TEST(a_port_had_exclusively_at_any_address_is_had_at_all)
{
    unsigned short port = 0;
    SOCKET first = bound(INADDR_ANY, &port, SO_EXCLUSIVEADDRUSE), second = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in addr;

    CHECK_INT(listen(first, 5), 0);
    make_address(&addr, INADDR_LOOPBACK, port);
    CHECK_ERROR(bind(second, (struct sockaddr *)&addr, sizeof(addr)), WSAEACCES);
    closesocket(first);
    closesocket(second);
}

TEST(a_port_is_free_again_once_its_listener_is_gone)
{
    unsigned short port = 0;
    SOCKET first = bound(INADDR_LOOPBACK, &port, 0), client, accepted;

    CHECK_INT(listen(first, 5), 0);
    client = connected(port);
    accepted = accept(first, NULL, NULL);
    closesocket(first);
    closesocket(accepted);
    closesocket(client);
    first = bound(INADDR_LOOPBACK, &port, 0);
    CHECK_INT(listen(first, 5), 0);
    closesocket(first);
}

TEST(a_scope_of_another_interface_is_not_available)
{
    struct sockaddr_in6 addr = {
        .sin6_family = AF_INET6, .sin6_scope_id = 0xabacab, .sin6_addr = {{{[15] = 1}}}};
    SOCKET s = socket(AF_INET6, SOCK_STREAM, 0);

    if (s == INVALID_SOCKET) SKIP("no IPv6");
    CHECK_ERROR(bind(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEADDRNOTAVAIL);
    addr.sin6_scope_id = 0;
    CHECK_INT(bind(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    closesocket(s);
}

/* The stack answers a request itself; only the answer is received. */
TEST(a_raw_socket_gets_echo_replies_and_no_requests)
{
    unsigned char request[12] = {8, 0, 0, 0, 0xbe, 0xaf, 0, 1, 1, 2, 3, 4}, packet[100];
    SOCKET s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    int timeout = 5000, sum = 0, i;
    struct sockaddr_in addr;

    if (s == INVALID_SOCKET) SKIP("no raw sockets");
    for (i = 0; i < 12; i += 2) sum += request[i] << 8 | request[i + 1];
    sum = ~((sum & 0xffff) + (sum >> 16)) & 0xffff;
    request[2] = sum >> 8;
    request[3] = sum;
    make_address(&addr, INADDR_LOOPBACK, 0);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, sizeof(timeout)), 0);
    CHECK_INT(sendto(s, (char *)request, sizeof(request), 0, (struct sockaddr *)&addr, sizeof(addr)),
              sizeof(request));
    CHECK_INT(recv(s, (char *)packet, sizeof(packet), 0), 20 + sizeof(request));
    CHECK_INT(packet[20], 0);
    CHECK(!memcmp(packet + 28, request + 8, 4));
    closesocket(s);
}
