/*
 * Ioctls about addresses, interfaces and routes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ioctl.h"

static void check_address_list(int family, int size)
{
    char buffer[4096] = {0};
    SOCKET_ADDRESS_LIST *list = (SOCKET_ADDRESS_LIST *)buffer;
    SOCKET s = socket(family, SOCK_STREAM, 0);
    DWORD needed;
    int i;

    CHECK_ERROR(query(s, SIO_ADDRESS_LIST_QUERY, NULL, 0), WSAEFAULT);
    needed = returned;
    CHECK_ERROR(query(s, SIO_ADDRESS_LIST_QUERY, buffer, 1), WSAEINVAL);
    CHECK_INT(returned, 0);
    CHECK_ERROR(query(s, SIO_ADDRESS_LIST_QUERY, NULL, sizeof(buffer)), WSAEFAULT);
    CHECK_INT(returned, needed);
    CHECK_INT(query(s, SIO_ADDRESS_LIST_QUERY, buffer, sizeof(buffer)), 0);
    CHECK_INT(returned, needed);
    CHECK_INT(needed, FIELD_OFFSET(SOCKET_ADDRESS_LIST, Address) +
                          list->iAddressCount * (sizeof(SOCKET_ADDRESS) + size));
    for (i = 0; i < list->iAddressCount; i++)
    {
        CHECK_INT(list->Address[i].iSockaddrLength, size);
        CHECK_INT(list->Address[i].lpSockaddr->sa_family, family);
        CHECK((char *)list->Address[i].lpSockaddr > buffer &&
              (char *)list->Address[i].lpSockaddr < buffer + needed);
    }
    closesocket(s);
}

TEST(the_address_list_has_the_addresses_of_the_family)
{
    check_address_list(AF_INET, sizeof(struct sockaddr_in));
    check_address_list(AF_INET6, sizeof(struct sockaddr_in6));
}

TEST(the_interface_list_has_the_loopback)
{
    INTERFACE_INFO list[32];
    SOCKET s = datagram();
    BOOL found = FALSE;
    DWORD i;

    CHECK_INT(query(s, SIO_GET_INTERFACE_LIST, list, sizeof(list)), 0);
    CHECK_INT(returned % sizeof(list[0]), 0);
    for (i = 0; i < returned / sizeof(list[0]); i++)
    {
        CHECK_INT(list[i].iiAddress.AddressIn.sin_family, AF_INET);
        if (list[i].iiFlags & IFF_LOOPBACK) found = TRUE;
    }
    CHECK(found);
    CHECK_ERROR(query(s, SIO_GET_INTERFACE_LIST, list, sizeof(list[0]) - 1), WSAEFAULT);
    CHECK_INT(returned, 0);
    closesocket(s);
}

struct interface_info /* INTERFACE_INFO_EX */
{
    ULONG flags;
    SOCKET_ADDRESS address, broadcast, netmask;
};

static void check_interface_list_ex(int family)
{
    SOCKET s = socket(family, SOCK_DGRAM, 0);
    char buffer[8192];
    struct interface_info *list = (struct interface_info *)buffer;
    BOOL found = FALSE;
    DWORD i, count, needed;
    int size = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

    CHECK_INT(query(s, SIO_GET_INTERFACE_LIST_EX, buffer, sizeof(buffer)), 0);
    needed = returned;
    count = needed / (sizeof(*list) + 3 * size);
    CHECK_INT(needed, count * (sizeof(*list) + 3 * size));
    for (i = 0; i < count; i++)
    {
        CHECK_INT(list[i].address.iSockaddrLength, size);
        CHECK_INT(list[i].address.lpSockaddr->sa_family, family);
        CHECK_INT(list[i].netmask.lpSockaddr->sa_family, family);
        if (list[i].flags & IFF_LOOPBACK) found = TRUE;
    }
    CHECK(found);
    CHECK_ERROR(query(s, SIO_GET_INTERFACE_LIST_EX, buffer, needed - 1), WSAEFAULT);
    CHECK_INT(returned, needed);
    closesocket(s);
}

TEST(the_extended_interface_list_serves_both_families)
{
    check_interface_list_ex(AF_INET);
    check_interface_list_ex(AF_INET6);
}

TEST(the_route_to_the_loopback_starts_there)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, from = {0};
    SOCKET s = datagram();

    CHECK_INT(
        WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, sizeof(to), &from, sizeof(from), &returned, NULL, NULL),
        0);
    CHECK_INT(returned, sizeof(from));
    CHECK_INT(from.sin_family, AF_INET);
    CHECK_INT(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    closesocket(s);
}

TEST(a_route_query_has_errors_for_each_argument)
{
    struct sockaddr_in to = {.sin_family = AF_INET}, from = {0};
    SOCKET s = datagram();

    CHECK_ERROR(WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, 15, &from, sizeof(from), &returned, NULL, NULL),
                WSAEINVAL);
    CHECK_ERROR(WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, NULL, 16, &from, 16, &returned, NULL, NULL),
                WSAEINVAL);
    CHECK_ERROR(WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, 16, &from, 16, &returned, NULL, NULL),
                WSAEINVAL);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_ERROR(WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, 16, &from, 15, &returned, NULL, NULL),
                WSAEFAULT);
    CHECK_INT(returned, 16);
    CHECK_ERROR(WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, 16, NULL, 16, &returned, NULL, NULL),
                WSAEFAULT);
    to.sin_family = 0;
    CHECK_ERROR(WSAIoctl(s, SIO_ROUTING_INTERFACE_QUERY, &to, 16, &from, 16, &returned, NULL, NULL),
                WSAEAFNOSUPPORT);
    closesocket(s);
}

/* Unreachable, global and own addresses; the loopback comes first. */
TEST(addresses_are_sorted_by_what_is_best_to_try)
{
    struct
    {
        INT count;
        SOCKET_ADDRESS address[3];
        struct sockaddr_in6 storage[3];
    } list = {.count = 3};
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, 0);
    struct in6_addr loopback = {{{[15] = 1}}};
    int i;

    for (i = 0; i < 3; i++)
    {
        list.storage[i].sin6_family = AF_INET6;
        list.address[i].lpSockaddr = (struct sockaddr *)&list.storage[i];
        list.address[i].iSockaddrLength = sizeof(list.storage[i]);
    }
    list.storage[0].sin6_addr.s6_addr[0] = 0x3f; /* 3ffe::, which nothing routes to */
    list.storage[0].sin6_addr.s6_addr[1] = 0xfe;
    list.storage[1].sin6_addr.s6_addr[0] = 0x3f;
    list.storage[1].sin6_addr.s6_addr[1] = 0xfe;
    list.storage[1].sin6_addr.s6_addr[15] = 1;
    list.storage[2].sin6_addr = loopback;
    CHECK_INT(
        WSAIoctl(s, SIO_ADDRESS_LIST_SORT, &list, sizeof(list), &list, sizeof(list), &returned, NULL, NULL),
        0);
    CHECK_INT(list.count, 3);
    CHECK(!memcmp(&((struct sockaddr_in6 *)list.address[0].lpSockaddr)->sin6_addr, &loopback,
                  sizeof(loopback)));
    CHECK(list.address[1].lpSockaddr == (struct sockaddr *)&list.storage[0]);
    CHECK_ERROR(WSAIoctl(s, SIO_ADDRESS_LIST_SORT, &list, 20, &list, sizeof(list), &returned, NULL, NULL),
                WSAEINVAL);
    CHECK_ERROR(WSAIoctl(s, SIO_ADDRESS_LIST_SORT, &list, sizeof(list), &list, 20, &returned, NULL, NULL),
                WSAEFAULT);
    list.storage[0].sin6_family = AF_INET;
    CHECK_ERROR(
        WSAIoctl(s, SIO_ADDRESS_LIST_SORT, &list, sizeof(list), &list, sizeof(list), &returned, NULL, NULL),
        WSAEINVAL);
    closesocket(s);
}

TEST(sorted_addresses_follow_the_list_in_a_buffer_of_its_own)
{
    struct
    {
        INT count;
        SOCKET_ADDRESS address[1];
        struct sockaddr_in6 storage;
    } in = {.count = 1}, out;
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, 0);

    in.storage.sin6_family = AF_INET6;
    in.storage.sin6_port = htons(80);
    in.storage.sin6_addr.s6_addr[15] = 1;
    in.address[0].lpSockaddr = (struct sockaddr *)&in.storage;
    in.address[0].iSockaddrLength = sizeof(in.storage);
    CHECK_INT(WSAIoctl(s, SIO_ADDRESS_LIST_SORT, &in, sizeof(in), &out, sizeof(out), &returned, NULL, NULL),
              0);
    CHECK_INT(out.count, 1);
    CHECK(out.address[0].lpSockaddr == (struct sockaddr *)&out.storage);
    CHECK_INT(out.storage.sin6_port, htons(80));
    closesocket(s);
}
