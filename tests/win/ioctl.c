/*
 * Ioctls: what each answers, its lengths and errors, and the overlapped forms.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include <mstcpip.h>

#include "../../include/ws2_missing.h"
#include "lanes.h"

#ifndef SIO_IDEAL_SEND_BACKLOG_QUERY
#define SIO_IDEAL_SEND_BACKLOG_QUERY 0x4004747b
#define SIO_IDEAL_SEND_BACKLOG_CHANGE 0x2000747a
#endif
#ifndef SIO_SET_COMPATIBILITY_MODE
#define SIO_SET_COMPATIBILITY_MODE _WSAIOW(IOC_VENDOR, 300)
#endif

static DWORD returned;

static int query(SOCKET s, DWORD code, void *out, DWORD size)
{
    returned = 0xdeadbeef;
    return WSAIoctl(s, code, NULL, 0, out, size, &returned, NULL, NULL);
}

static int command(SOCKET s, DWORD code, void *in, DWORD size)
{
    returned = 0xdeadbeef;
    return WSAIoctl(s, code, in, size, NULL, 0, &returned, NULL, NULL);
}

static SOCKET stream(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static SOCKET datagram(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0);
}

TEST(the_count_of_bytes_is_required)
{
    static const DWORD codes[] = {FIONBIO,   FIONREAD, SIOCATMARK, SIO_BASE_HANDLE, SIO_ADDRESS_LIST_QUERY,
                                  0xdeadbeef};
    SOCKET s = stream();
    DWORD value = 1;
    size_t i;

    for (i = 0; i < ARRAYSIZE(codes); i++)
        CHECK_ERROR(WSAIoctl(s, codes[i], &value, 4, &value, 4, NULL, NULL, NULL), WSAEFAULT);
    closesocket(s);
}

TEST(a_handle_that_is_no_socket_is_refused)
{
    static const DWORD codes[] = {FIONBIO,           FIONREAD,  SIO_BASE_HANDLE, SIO_KEEPALIVE_VALS,
                                  SIO_UDP_CONNRESET, 0xdeadbeef};
    HANDLE file =
        CreateFileW(L"ioctl.tmp", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    DWORD value[4] = {0};
    size_t i;

    for (i = 0; i < ARRAYSIZE(codes); i++)
    {
        CHECK_ERROR(WSAIoctl((SOCKET)file, codes[i], value, 16, value, 16, &returned, NULL, NULL),
                    WSAENOTSOCK);
        CHECK_ERROR(WSAIoctl(INVALID_SOCKET, codes[i], value, 16, value, 16, &returned, NULL, NULL),
                    WSAENOTSOCK);
    }
    CloseHandle(file);
}

TEST(unknown_ioctls_are_unsupported)
{
    static const DWORD codes[] = {0xdeadbeef,           FIOASYNC,      SIO_FLUSH, SIO_GET_QOS,
                                  SIO_TRANSLATE_HANDLE, SIO_FIND_ROUTE};
    SOCKET s = stream();
    char value[64];
    size_t i;

    for (i = 0; i < ARRAYSIZE(codes); i++)
    {
        CHECK_ERROR(query(s, codes[i], value, sizeof(value)), WSAEOPNOTSUPP);
        CHECK_INT(returned, 0);
    }
    closesocket(s);
}

TEST(an_unknown_overlapped_ioctl_fails_in_the_background)
{
    static const DWORD codes[] = {0xdeadbeef, SIO_FLUSH, SIO_BASE_HANDLE};
    size_t i;

    for (i = 0; i < ARRAYSIZE(codes); i++)
    {
        OVERLAPPED overlapped = {0}, *got = NULL;
        SOCKET s = stream(), base = 0;
        HANDLE port = CreateIoCompletionPort((HANDLE)s, NULL, 1, 0);
        ULONG_PTR key;
        DWORD size = 0xdead;

        CHECK_ERROR(WSAIoctl(s, codes[i], NULL, 0, &base, sizeof(base), &size, &overlapped, NULL),
                    WSA_IO_PENDING);
        CHECK_INT(size, 0xdead);
        CHECK(!GetQueuedCompletionStatus(port, &size, &key, &got, 1000));
        CHECK_INT(GetLastError(), ERROR_NOT_SUPPORTED);
        CHECK(got == &overlapped);
        closesocket(s);
        CloseHandle(port);
    }
}

TEST(finished_overlapped_ioctls_post_a_packet_without_bytes)
{
    static const DWORD codes[] = {FIONREAD, SIOCATMARK};
    size_t i;

    for (i = 0; i < ARRAYSIZE(codes); i++)
    {
        OVERLAPPED overlapped = {0}, *got = NULL;
        SOCKET s = stream();
        HANDLE port = CreateIoCompletionPort((HANDLE)s, NULL, 1, 0);
        u_long value = 0xdead;
        ULONG_PTR key;
        DWORD size = 0xdead;

        CHECK_INT(WSAIoctl(s, codes[i], NULL, 0, &value, sizeof(value), &size, &overlapped, NULL), 0);
        CHECK_INT(size, sizeof(value));
        CHECK(value != 0xdead);
        CHECK(GetQueuedCompletionStatus(port, &size, &key, &got, 1000));
        CHECK_INT(size, 0);
        CHECK(got == &overlapped);
        closesocket(s);
        CloseHandle(port);
    }
}

static DWORD routine_error;
static int routine_calls;

static void CALLBACK routine(DWORD error, DWORD size, OVERLAPPED *overlapped, DWORD flags)
{
    (void)size;
    (void)overlapped;
    (void)flags;
    routine_error = error;
    routine_calls++;
}

TEST(a_completion_routine_runs_for_success_and_failure)
{
    OVERLAPPED overlapped = {0};
    SOCKET s = stream();
    u_long value;
    DWORD size;

    routine_calls = 0;
    CHECK_INT(WSAIoctl(s, FIONREAD, NULL, 0, &value, sizeof(value), &size, &overlapped, routine), 0);
    CHECK_INT(SleepEx(1000, TRUE), WAIT_IO_COMPLETION);
    CHECK_INT(routine_calls, 1);
    CHECK_INT(routine_error, 0);
    CHECK_ERROR(WSAIoctl(s, SIO_FLUSH, NULL, 0, NULL, 0, &size, &overlapped, routine), WSA_IO_PENDING);
    CHECK_INT(SleepEx(1000, TRUE), WAIT_IO_COMPLETION);
    CHECK_INT(routine_calls, 2);
    CHECK_INT(routine_error, WSAEOPNOTSUPP);
    closesocket(s);
}

TEST(fionbio_reads_its_argument_and_nothing_else)
{
    void *nowhere = VirtualAlloc(NULL, 0x1000, MEM_RESERVE, PAGE_NOACCESS);
    u_long on = 1;
    char byte;
    SOCKET s;

    udp_bound(&s, NULL);
    CHECK_ERROR(command(s, FIONBIO, &on, 3), WSAEFAULT);
    CHECK_ERROR(command(s, FIONBIO, NULL, 4), WSAEFAULT);
    CHECK_ERROR(ioctlsocket(s, FIONBIO, (u_long *)1), WSAEFAULT);
    CHECK_ERROR(ioctlsocket(s, FIONBIO, nowhere), WSAEFAULT);
    CHECK_INT(WSAIoctl(s, FIONBIO, &on, 4, nowhere, 4, &returned, NULL, NULL), 0);
    CHECK_INT(returned, 0);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAEWOULDBLOCK);
    VirtualFree(nowhere, 0, MEM_RELEASE);
    closesocket(s);
}

TEST(a_selected_socket_can_not_be_made_blocking)
{
    HANDLE event = WSACreateEvent();
    SOCKET s = stream();
    u_long off = 0;

    CHECK_INT(WSAEventSelect(s, event, FD_READ), 0);
    CHECK_ERROR(command(s, FIONBIO, &off, 4), WSAEINVAL);
    CHECK_INT(returned, 0);
    closesocket(s);
    WSACloseEvent(event);
}

TEST(fionread_counts_what_waits)
{
    struct sockaddr_in addr;
    u_long value = 0xdead;
    SOCKET s, pair[2];
    int i;

    udp_bound(&s, &addr);
    CHECK_INT(ioctlsocket(s, FIONREAD, &value), 0);
    CHECK_INT(value, 0);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&addr, sizeof(addr)), 5);
    for (i = 0; i < 100 && !value; i++, Sleep(10)) CHECK_INT(ioctlsocket(s, FIONREAD, &value), 0);
    CHECK_INT(value, 5);
    CHECK_ERROR(ioctlsocket(s, FIONREAD, (u_long *)1), WSAEFAULT);
    CHECK_ERROR(query(s, FIONREAD, &value, 3), WSAEFAULT);
    CHECK_INT(returned, 0xdeadbeef);
    closesocket(s);

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "hello", 5, 0), 5);
    for (i = 0, value = 0; i < 100 && !value; i++, Sleep(10))
        CHECK_INT(ioctlsocket(pair[1], FIONREAD, &value), 0);
    CHECK_INT(value, 5);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(at_mark_is_false_while_an_urgent_byte_waits)
{
    u_long value = 0;
    SOCKET pair[2];
    char byte;
    int i;

    tcp_pair(pair);
    CHECK_INT(ioctlsocket(pair[1], SIOCATMARK, &value), 0);
    CHECK_INT(value, TRUE);
    CHECK_INT(send(pair[0], "!", 1, MSG_OOB), 1);
    for (i = 0; i < 100 && value; i++, Sleep(10)) CHECK_INT(ioctlsocket(pair[1], SIOCATMARK, &value), 0);
    CHECK_INT(value, FALSE);
    CHECK_INT(recv(pair[1], &byte, 1, MSG_OOB), 1);
    CHECK_INT(ioctlsocket(pair[1], SIOCATMARK, &value), 0);
    CHECK_INT(value, TRUE);
    CHECK_ERROR(ioctlsocket(pair[1], SIOCATMARK, (u_long *)1), WSAEFAULT);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(keep_alive_values_need_the_whole_structure)
{
    struct tcp_keepalive values = {1, 10000, 2000};
    SOCKET s = stream();
    int value = 0, length = 4;

    CHECK_ERROR(command(s, SIO_KEEPALIVE_VALS, &values, sizeof(values) - 1), WSAEFAULT);
    CHECK_INT(returned, 0);
    CHECK_ERROR(command(s, SIO_KEEPALIVE_VALS, NULL, sizeof(values)), WSAEFAULT);
    CHECK_INT(command(s, SIO_KEEPALIVE_VALS, &values, sizeof(values)), 0);
    CHECK_INT(returned, 0);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_KEEPALIVE, (char *)&value, &length), 0);
    CHECK_INT(value & 0xff, 1);
    value = 0;
    length = 4;
    CHECK_INT(getsockopt(s, IPPROTO_TCP, TCP_KEEPIDLE, (char *)&value, &length), 0);
    CHECK_INT(value, 10);
    CHECK_INT(getsockopt(s, IPPROTO_TCP, TCP_KEEPINTVL, (char *)&value, &length), 0);
    CHECK_INT(value, 2);
    closesocket(s);
}

TEST(the_base_handle_is_the_socket)
{
    static const DWORD codes[] = {SIO_BASE_HANDLE, SIO_BSP_HANDLE, SIO_BSP_HANDLE_SELECT,
                                  SIO_BSP_HANDLE_POLL};
    SOCKET s = stream(), base;
    size_t i;

    for (i = 0; i < ARRAYSIZE(codes); i++)
    {
        base = 0;
        CHECK_INT(query(s, codes[i], &base, sizeof(base)), 0);
        CHECK_INT(returned, sizeof(base));
        CHECK(base == s);
        CHECK_ERROR(query(s, codes[i], &base, sizeof(base) - 1), WSAEFAULT);
    }
    closesocket(s);
}

TEST(extension_functions_are_found_by_their_identifier)
{
    GUID connect_ex = WSAID_CONNECTEX, bogus = {0xdeadbeef, 0, 0, {0}};
    void *function = NULL;
    SOCKET s = stream();

    CHECK_INT(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &connect_ex, sizeof(GUID), &function,
                       sizeof(function), &returned, NULL, NULL),
              0);
    CHECK(function);
    CHECK_INT(returned, sizeof(function));
    CHECK_ERROR(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &bogus, sizeof(GUID), &function,
                         sizeof(function), &returned, NULL, NULL),
                WSAEINVAL);
    CHECK_ERROR(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &connect_ex, sizeof(GUID) - 1, &function,
                         sizeof(function), &returned, NULL, NULL),
                WSAEFAULT);
    CHECK_ERROR(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &connect_ex, sizeof(GUID), &function,
                         sizeof(function) - 1, &returned, NULL, NULL),
                WSAEFAULT);
    CHECK_ERROR(WSAIoctl(s, SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER, &bogus, sizeof(GUID), &function,
                         sizeof(function), &returned, NULL, NULL),
                WSAEINVAL);
    closesocket(s);
}

TEST(loopback_fast_path_succeeds)
{
    SOCKET s = stream();
    int on = 1;

    CHECK_INT(command(s, SIO_LOOPBACK_FAST_PATH, &on, sizeof(on)), 0);
    CHECK_INT(returned, 0);
    CHECK_ERROR(command(s, SIO_LOOPBACK_FAST_PATH, &on, 3), WSAEFAULT);
    closesocket(s);
}

TEST(resets_of_datagrams_can_be_turned_off)
{
    static const DWORD codes[] = {SIO_UDP_CONNRESET, SIO_UDP_NETRESET};
    SOCKET s = datagram();
    BOOL off = FALSE;
    size_t i;

    for (i = 0; i < ARRAYSIZE(codes); i++)
    {
        CHECK_INT(command(s, codes[i], &off, sizeof(off)), 0);
        CHECK_INT(command(s, codes[i], &off, 1), 0);
        CHECK_ERROR(command(s, codes[i], &off, 0), WSAEFAULT);
    }
    closesocket(s);
}

TEST(the_ideal_send_backlog_is_known_once_connected)
{
    SOCKET pair[2], s = stream(), udp = datagram();
    ULONG backlog = 0;

    CHECK_ERROR(query(s, SIO_IDEAL_SEND_BACKLOG_QUERY, &backlog, sizeof(backlog)), WSAENOTCONN);
    CHECK_ERROR(query(udp, SIO_IDEAL_SEND_BACKLOG_QUERY, &backlog, sizeof(backlog)), WSAEOPNOTSUPP);
    tcp_pair(pair);
    CHECK_ERROR(query(pair[0], SIO_IDEAL_SEND_BACKLOG_QUERY, &backlog, 3), WSAEFAULT);
    CHECK_INT(query(pair[0], SIO_IDEAL_SEND_BACKLOG_QUERY, &backlog, sizeof(backlog)), 0);
    CHECK_INT(backlog, 0x10000);
    closesocket(s);
    closesocket(udp);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

static void check_pends(SOCKET s, DWORD code, void *in, DWORD size)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    DWORD done;

    CHECK_ERROR(WSAIoctl(s, code, in, size, NULL, 0, &done, &overlapped, NULL), WSA_IO_PENDING);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 20), WAIT_TIMEOUT);
    CHECK(CancelIoEx((HANDLE)s, &overlapped));
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 5000), WAIT_OBJECT_0);
    CHECK(!GetOverlappedResult((HANDLE)s, &overlapped, &done, FALSE));
    CHECK_INT(GetLastError(), ERROR_OPERATION_ABORTED);
    CloseHandle(overlapped.hEvent);
}

TEST(changes_are_waited_for_in_the_background_and_can_be_cancelled)
{
    struct sockaddr_in anywhere = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    u_long on = 1;
    SOCKET pair[2];

    tcp_pair(pair);
    check_pends(pair[0], SIO_ADDRESS_LIST_CHANGE, NULL, 0);
    check_pends(pair[0], SIO_IDEAL_SEND_BACKLOG_CHANGE, NULL, 0);
    check_pends(pair[0], SIO_ROUTING_INTERFACE_CHANGE, &anywhere, sizeof(anywhere));
    CHECK_INT(ioctlsocket(pair[0], FIONBIO, &on), 0);
    CHECK_ERROR(query(pair[0], SIO_ADDRESS_LIST_CHANGE, NULL, 0), WSAEWOULDBLOCK);
    CHECK_ERROR(query(pair[0], SIO_IDEAL_SEND_BACKLOG_CHANGE, NULL, 0), WSAEWOULDBLOCK);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

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

struct tcp_numbers /* TCP_INFO_v1 */
{
    ULONG state, mss;
    UINT64 connection_ms;
    BOOLEAN timestamps;
    ULONG rtt, min_rtt, in_flight, cwnd, snd_wnd, rcv_wnd, rcv_buf;
    UINT64 bytes_out, bytes_in;
    ULONG rest[18];
};

TEST(tcp_info_tells_what_a_connection_has_done)
{
    SOCKET pair[2], s = stream(), udp = datagram();
    struct tcp_numbers info;
    DWORD version;
    char data[5];

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "hello", 5, 0), 5);
    CHECK_INT(recv(pair[1], data, 5, MSG_WAITALL), 5);
    for (version = 0; version < 2; version++)
    {
        DWORD size = version ? 136 : 88;

        memset(&info, 0xcc, sizeof(info));
        CHECK_INT(WSAIoctl(pair[0], SIO_TCP_INFO, &version, 4, &info, size, &returned, NULL, NULL), 0);
        CHECK_INT(returned, size);
        CHECK_INT(info.state, 4);
        CHECK(info.mss >= 500);
        CHECK_INT(info.bytes_out, 5);
        CHECK_INT(info.bytes_in, 0);
        CHECK_ERROR(WSAIoctl(pair[0], SIO_TCP_INFO, &version, 4, &info, size - 1, &returned, NULL, NULL),
                    WSAEFAULT);
    }
    CHECK_INT(WSAIoctl(pair[1], SIO_TCP_INFO, &(DWORD){0}, 4, &info, sizeof(info), &returned, NULL, NULL), 0);
    CHECK_INT(info.bytes_in, 5);
    version = 99;
    CHECK_ERROR(WSAIoctl(pair[0], SIO_TCP_INFO, &version, 4, &info, sizeof(info), &returned, NULL, NULL),
                WSAEINVAL);
    version = 0;
    CHECK_ERROR(WSAIoctl(pair[0], SIO_TCP_INFO, &version, 3, &info, sizeof(info), &returned, NULL, NULL),
                WSAEFAULT);
    CHECK_ERROR(WSAIoctl(s, SIO_TCP_INFO, &version, 4, &info, sizeof(info), &returned, NULL, NULL),
                WSAENOTCONN);
    CHECK_ERROR(WSAIoctl(udp, SIO_TCP_INFO, &version, 4, &info, sizeof(info), &returned, NULL, NULL),
                WSAEOPNOTSUPP);
    closesocket(s);
    closesocket(udp);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

struct filter /* IP_MSFILTER */
{
    IN_ADDR group, index;
    ULONG mode, count;
    IN_ADDR sources[2];
};

TEST(a_multicast_filter_reads_back_what_was_set)
{
    struct ip_mreq group = {.imr_multiaddr.s_addr = htonl(0xe0000170),
                            .imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
    struct filter filter = {.mode = 1, .count = 2}, got;
    SOCKET s;

    udp_bound(&s, NULL);
    filter.group = group.imr_multiaddr;
    filter.index = group.imr_interface;
    filter.sources[0].s_addr = htonl(0x0a010203);
    filter.sources[1].s_addr = htonl(0x0a010204);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&group, sizeof(group)), 0);
    CHECK_INT(command(s, SIO_SET_MULTICAST_FILTER, &filter, sizeof(filter)), 0);
    got = filter;
    got.mode = got.count = 0xdead;
    CHECK_INT(WSAIoctl(s, SIO_GET_MULTICAST_FILTER, &got, 16, &got, sizeof(got), &returned, NULL, NULL), 0);
    CHECK_INT(got.mode, 1);
    CHECK_INT(got.count, 2);
    CHECK_INT(returned, sizeof(got));
    CHECK_ERROR(command(s, SIO_SET_MULTICAST_FILTER, &filter, 15), WSAEFAULT);
    CHECK_ERROR(command(s, SIO_SET_MULTICAST_FILTER, &filter, 20), WSAEFAULT);
    filter.mode = 2;
    CHECK_ERROR(command(s, SIO_SET_MULTICAST_FILTER, &filter, sizeof(filter)), WSAEINVAL);
    closesocket(s);
}

struct source_filter /* GROUP_FILTER */
{
    ULONG index;
    SOCKADDR_STORAGE group;
    ULONG mode, count;
    SOCKADDR_STORAGE sources[1];
};

TEST(a_group_filter_reads_back_what_was_set)
{
    struct source_filter filter = {.index = 1, .mode = 1, .count = 1}, got;
    SOCKET s;

    udp_bound(&s, NULL);
    ((struct sockaddr_in *)&filter.group)->sin_family = AF_INET;
    ((struct sockaddr_in *)&filter.group)->sin_addr.s_addr = htonl(0xe0000171);
    ((struct sockaddr_in *)&filter.sources[0])->sin_family = AF_INET;
    ((struct sockaddr_in *)&filter.sources[0])->sin_addr.s_addr = htonl(0x0a010203);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, (char *)&filter, 136), 0);
    CHECK_INT(command(s, SIOCSMSFILTER, &filter, sizeof(filter)), 0);
    got = filter;
    got.mode = got.count = 0xdead;
    memset(got.sources, 0, sizeof(got.sources));
    CHECK_INT(WSAIoctl(s, SIOCGMSFILTER, &got, 144, &got, sizeof(got), &returned, NULL, NULL), 0);
    CHECK_INT(got.mode, 1);
    CHECK_INT(got.count, 1);
    CHECK(!memcmp(&got.sources, &filter.sources, sizeof(struct sockaddr_in)));
    closesocket(s);
}

TEST(receiving_everything_is_for_bound_raw_sockets)
{
    SOCKET s;
    DWORD on = RCVALL_ON;

    udp_bound(&s, NULL);
    CHECK_ERROR(command(s, SIO_RCVALL, &on, sizeof(on)), WSAEINVAL);
    CHECK_ERROR(command(s, SIO_RCVALL, &on, 3), WSAEFAULT);
    closesocket(s);
}

TEST(compatibility_modes_are_two)
{
    struct
    {
        ULONG behavior, version;
    } mode = {1, 0x501};
    SOCKET s = stream();

    CHECK_INT(command(s, SIO_SET_COMPATIBILITY_MODE, &mode, sizeof(mode)), 0);
    CHECK_ERROR(command(s, SIO_SET_COMPATIBILITY_MODE, &mode, 7), WSAEFAULT);
    mode.behavior = 7;
    CHECK_ERROR(command(s, SIO_SET_COMPATIBILITY_MODE, &mode, sizeof(mode)), WSAEINVAL);
    closesocket(s);
}

TEST(multipoint_ioctls_are_the_multicast_options)
{
    SOCKET s = datagram();
    int value = 0, length = 4;

    CHECK_INT(command(s, SIO_MULTIPOINT_LOOPBACK, &value, sizeof(value)), 0);
    CHECK_INT(getsockopt(s, IPPROTO_IP, IP_MULTICAST_LOOP, (char *)&value, &length), 0);
    CHECK_INT(value, 0);
    value = 5;
    CHECK_INT(command(s, SIO_MULTICAST_SCOPE, &value, sizeof(value)), 0);
    value = 0;
    CHECK_INT(getsockopt(s, IPPROTO_IP, IP_MULTICAST_TTL, (char *)&value, &length), 0);
    CHECK_INT(value, 5);
    closesocket(s);
}

TEST(quality_of_service_by_name_is_not_there)
{
    WSABUF name = {5, "voice"};
    SOCKET s = stream();
    QOS qos;

    CHECK_INT(WSAGetQOSByName(s, &name, &qos), FALSE);
    CHECK_INT(WSAGetLastError(), WSAEOPNOTSUPP);
    closesocket(s);
}

TEST(the_lanes_of_a_socket_are_counted)
{
    struct ws2_lane_count counts[WS2_LANE_COUNT];
    SOCKET pair[2];
    char byte = 1;

    tcp_pair(pair);
    CHECK_FAST(pair[0], WS2_LANE_SEND, CHECK_INT(send(pair[0], &byte, 1, 0), 1));
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], &byte, 1, 0), 1));
    CHECK_SLOW(pair[0], WS2_LANE_SEND, {
        CHECK_INT(shutdown(pair[0], SD_SEND), 0);
        CHECK_ERROR(send(pair[0], &byte, 1, 0), WSAESHUTDOWN);
    });
    CHECK_INT(query(pair[0], SIO_WS2_LANES, counts, sizeof(counts)), 0);
    CHECK_INT(returned, sizeof(counts));
    CHECK_INT(query(pair[0], SIO_WS2_LANES, counts, sizeof(counts[0]) + 1), 0);
    CHECK_INT(returned, sizeof(counts[0]));
    CHECK_ERROR(query(pair[0], SIO_WS2_LANES, counts, sizeof(counts[0]) - 1), WSAEFAULT);
    CHECK_ERROR(query(INVALID_SOCKET, SIO_WS2_LANES, counts, sizeof(counts)), WSAENOTSOCK);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

/* Several urgent bytes: on Windows each waits beside the stream. */
static void check_mark(SOCKET s, u_long available, u_long at_mark)
{
    u_long bytes = 4711, mark = 4711;

    CHECK_INT(ioctlsocket(s, FIONREAD, &bytes), 0);
    CHECK_INT(bytes, available);
    CHECK_INT(ioctlsocket(s, SIOCATMARK, &mark), 0);
    CHECK_INT(mark, at_mark);
}

static void wait_for_urgent(SOCKET s)
{
    WSAPOLLFD poll = {.fd = s, .events = POLLRDBAND};

    CHECK_INT(WSAPoll(&poll, 1, 10000), 1);
}

TEST(a_second_urgent_byte_leaves_the_first_beside_the_stream)
{
    SOCKET pair[2];
    char buffer[8];
    u_long mark = FALSE;

    tcp_pair(pair);
    CHECK_INT(ioctlsocket(pair[0], SIOCATMARK, &mark), 0);
    CHECK_INT(mark, TRUE);
    CHECK_INT(send(pair[1], "hello", 5, 0), 5);
    CHECK_INT(send(pair[1], "a", 1, MSG_OOB), 1);
    wait_for_urgent(pair[0]);
    check_mark(pair[0], 5, FALSE);
    CHECK_INT(send(pair[1], "b", 1, MSG_OOB), 1);
    Sleep(100); /* nothing tells of its arrival */
    check_mark(pair[0], 5, FALSE);
    CHECK_INT(recv(pair[0], buffer, 3, 0), 3);
    check_mark(pair[0], 2, FALSE);
    CHECK_INT(recv(pair[0], buffer, 1, MSG_OOB), 1);
    check_mark(pair[0], 2, FALSE);
    CHECK_INT(recv(pair[0], buffer, sizeof(buffer), 0), 2);
    CHECK(!memcmp(buffer, "lo", 2));
    check_mark(pair[0], 0, FALSE);
    CHECK_INT(recv(pair[0], buffer, 1, MSG_OOB), 1);
    check_mark(pair[0], 0, TRUE);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(data_behind_an_overtaken_urgent_byte_come_without_it)
{
    SOCKET pair[2];
    char buffer[8];

    tcp_pair(pair);
    CHECK_INT(send(pair[1], "ab", 2, 0), 2);
    check_mark(pair[0], 2, TRUE);
    CHECK_INT(send(pair[1], "X", 1, MSG_OOB), 1);
    wait_for_urgent(pair[0]);
    check_mark(pair[0], 2, FALSE);
    CHECK_INT(send(pair[1], "Y", 1, MSG_OOB), 1);
    Sleep(100);
    check_mark(pair[0], 2, FALSE);
    CHECK_INT(recv(pair[0], buffer, sizeof(buffer), 0), 2);
    CHECK_INT(recv(pair[0], buffer, 1, MSG_OOB), 1);
    CHECK_INT(buffer[0], 'X');
    CHECK_INT(recv(pair[0], buffer, 1, MSG_OOB), 1);
    CHECK_INT(buffer[0], 'Y');
    CHECK_INT(send(pair[1], "cd", 2, 0), 2);
    CHECK_INT(recv(pair[0], buffer, sizeof(buffer), 0), 2);
    CHECK(!memcmp(buffer, "cd", 2));
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(an_urgent_byte_that_was_received_is_gone_when_inlined)
{
    SOCKET pair[2];
    u_long on = 1;
    char buffer[8];
    int yes = 1;

    tcp_pair(pair);
    CHECK_INT(send(pair[1], "A", 1, MSG_OOB), 1);
    wait_for_urgent(pair[0]);
    CHECK_INT(recv(pair[0], buffer, 1, MSG_OOB), 1);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_OOBINLINE, (char *)&yes, sizeof(yes)), 0);
    CHECK_INT(send(pair[1], "B", 1, MSG_OOB), 1);
    CHECK_INT(recv(pair[0], buffer, sizeof(buffer), 0), 1);
    CHECK_INT(buffer[0], 'B');
    CHECK_INT(ioctlsocket(pair[0], FIONBIO, &on), 0);
    CHECK_ERROR(recv(pair[0], buffer, sizeof(buffer), 0), WSAEWOULDBLOCK);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(an_urgent_byte_is_at_the_mark_only_if_it_came_after_it_was_to_be_inlined)
{
    WSAPOLLFD poll = {.events = POLLRDNORM};
    SOCKET pair[2];
    char buffer[8];
    int yes = 1;

    tcp_pair(pair);
    poll.fd = pair[0];
    CHECK_INT(send(pair[1], "A", 1, MSG_OOB), 1);
    wait_for_urgent(pair[0]);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_OOBINLINE, (char *)&yes, sizeof(yes)), 0);
    check_mark(pair[0], 1, FALSE);
    CHECK_INT(recv(pair[0], buffer, sizeof(buffer), 0), 1);
    check_mark(pair[0], 0, TRUE);
    CHECK_INT(send(pair[1], "B", 1, MSG_OOB), 1);
    CHECK_INT(WSAPoll(&poll, 1, 10000), 1);
    check_mark(pair[0], 1, TRUE);
    CHECK_INT(recv(pair[0], buffer, sizeof(buffer), 0), 1);
    check_mark(pair[0], 0, TRUE);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

struct hint
{
    DWORD code, size;
    int type; /* of the sockets that take it; 0 for all */
};

static int give_hint(SOCKET s, const struct hint *hint, DWORD size)
{
    DWORD value[4] = {1}, returned = 4711;

    return WSAIoctl(s, hint->code, value, size, NULL, 0, &returned, NULL, NULL);
}

TEST(hints_are_taken_by_the_sockets_that_they_are_for)
{
    static const struct hint hints[] = {
        {SIO_CPU_AFFINITY, sizeof(USHORT), SOCK_DGRAM}, {SIO_PRIORITY_HINT, 4, SOCK_STREAM},
        {SIO_TCP_INITIAL_RTO, 4, SOCK_STREAM},          {SIO_TCP_SET_ICW, 4, SOCK_STREAM},
        {SIO_TCP_SET_ACK_FREQUENCY, 1, SOCK_STREAM},    {SIO_ENABLE_CIRCULAR_QUEUEING, 0, 0},
    };
    SOCKET udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
    size_t i;

    for (i = 0; i < ARRAYSIZE(hints); i++)
    {
        SOCKET right = hints[i].type == SOCK_DGRAM ? udp : tcp, wrong = right == udp ? tcp : udp;

        CHECK_INT(give_hint(right, &hints[i], hints[i].size), 0);
        if (hints[i].size) CHECK_ERROR(give_hint(right, &hints[i], hints[i].size - 1), WSAEFAULT);
        if (hints[i].type) CHECK_ERROR(give_hint(wrong, &hints[i], hints[i].size), WSAEOPNOTSUPP);
    }
    closesocket(udp);
    closesocket(tcp);
}

TEST(everyone_is_the_broadcast_address)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in addr = {0};
    DWORD size;

    CHECK_INT(WSAIoctl(s, SIO_GET_BROADCAST_ADDRESS, NULL, 0, &addr, sizeof(addr), &size, NULL, NULL), 0);
    CHECK_INT(size, sizeof(addr));
    CHECK_INT(addr.sin_addr.s_addr, INADDR_BROADCAST);
    closesocket(s);
}

TEST(only_bound_raw_sockets_receive_everything)
{
    static const DWORD codes[] = {SIO_RCVALL, SIO_RCVALL_MCAST, SIO_RCVALL_IGMPMCAST};
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET tcp = socket(AF_INET, SOCK_STREAM, 0), raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
    BOOL privileged = raw != INVALID_SOCKET;
    DWORD on = 1, off = 0, wrong = 4, size;
    size_t i;

    if (!privileged) raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
    for (i = 0; i < ARRAYSIZE(codes); i++)
    {
        CHECK_ERROR(WSAIoctl(tcp, codes[i], &on, sizeof(on), NULL, 0, &size, NULL, NULL), WSAEINVAL);
        CHECK_ERROR(WSAIoctl(raw, codes[i], &on, 3, NULL, 0, &size, NULL, NULL), WSAEFAULT);
    }
    CHECK_INT(bind(raw, (struct sockaddr *)&addr, sizeof(addr)), 0);
    for (i = 0; i < ARRAYSIZE(codes); i++)
    {
        CHECK_ERROR(WSAIoctl(raw, codes[i], &wrong, sizeof(wrong), NULL, 0, &size, NULL, NULL), WSAEINVAL);
        if (privileged)
            CHECK_INT(WSAIoctl(raw, codes[i], &on, sizeof(on), NULL, 0, &size, NULL, NULL), 0);
        else
            CHECK_ERROR(WSAIoctl(raw, codes[i], &on, sizeof(on), NULL, 0, &size, NULL, NULL), WSAEACCES);
        CHECK_INT(WSAIoctl(raw, codes[i], &off, sizeof(off), NULL, 0, &size, NULL, NULL), 0);
    }
    closesocket(tcp);
    closesocket(raw);
}
