/*
 * Ioctls: what each answers, its lengths and errors, and the overlapped forms.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ioctl.h"
#include "lanes.h"

#ifndef SIO_IDEAL_SEND_BACKLOG_QUERY
#define SIO_IDEAL_SEND_BACKLOG_QUERY 0x4004747b
#define SIO_IDEAL_SEND_BACKLOG_CHANGE 0x2000747a
#endif
#ifndef SIO_SET_COMPATIBILITY_MODE
#define SIO_SET_COMPATIBILITY_MODE _WSAIOW(IOC_VENDOR, 300)
#endif

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
