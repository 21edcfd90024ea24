/*
 * Socket options: what each reads and takes, how lengths are treated, and the
 * errors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include "../../include/ws2_missing.h"

#ifndef IP_PKTINFO_EX
#define IP_PKTINFO_EX 51
#endif
#ifndef IP_RTHDR
#define IP_RTHDR 32
#endif
#ifndef IP_RECVRTHDR
#define IP_RECVRTHDR 38
#endif
#ifndef IP_WFP_REDIRECT_RECORDS
#define IP_WFP_REDIRECT_RECORDS 60
#define IP_WFP_REDIRECT_CONTEXT 70
#endif

enum shape
{
    FLAG,   /* any length; below four bytes the length read is 1 */
    BYTE1,  /* one byte, whatever the length */
    SHRINK, /* four bytes or one */
    FULL,   /* four bytes or WSAEFAULT */
    ZEROED, /* the same, and what there is is zeroed */
    NONE,   /* the same, and the length becomes 0 */
};

struct number
{
    int family, type, level, name;
    const char *text;
    enum shape shape;
    int initial; /* -1: the host's affair */
    int set, read;
};

#define OPTION(family, type, level, name) AF_##family, SOCK_##type, level, (int)(name), #name

/* Every option that is a number, on a socket that has it. */
static const struct number numbers[] = {
    {OPTION(INET, STREAM, SOL_SOCKET, SO_DEBUG), FLAG, 0, 2, 1},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_REUSEADDR), FLAG, 0, 5, 1},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_EXCLUSIVEADDRUSE), FLAG, 0, 5, 1},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_KEEPALIVE), BYTE1, 0, 1, 1},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_DONTROUTE), BYTE1, 0, 1, 1},
    {OPTION(INET, DGRAM, SOL_SOCKET, SO_BROADCAST), FLAG, 0, 5, 1},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_DONTLINGER), FLAG, 1, 0, 0},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_OOBINLINE), FLAG, 0, 5, 1},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_SNDBUF), ZEROED, 0x10000, 0x12345, 0x12345},
    {OPTION(INET, DGRAM, SOL_SOCKET, SO_SNDBUF), ZEROED, 0x10000, 0x12345, 0x12345},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_RCVBUF), ZEROED, 0x10000, 0x12345, 0x12345},
    {OPTION(INET, DGRAM, SOL_SOCKET, SO_RCVBUF), ZEROED, 0x10000, 0x40000000, 0x40000000},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_SNDTIMEO), FULL, 0, 1234, 1234},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_RCVTIMEO), FULL, 0, 1234, 1234},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_ERROR), FULL, 0, 1234, 1234},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_GROUP_PRIORITY), FULL, 0, 3, 3},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_CONDITIONAL_ACCEPT), FLAG, 0, 1, 1},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_PAUSE_ACCEPT), FLAG, 0, 1, 1},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_COMPARTMENT_ID), FULL, 1, 1, 1},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_RANDOMIZE_PORT), FULL, 0, 1, 1},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_PORT_SCALABILITY), FULL, 0, 1, 1},
    {OPTION(INET, STREAM, SOL_SOCKET, SO_REUSE_UNICASTPORT), FULL, 0, 1, 1},
    {OPTION(INET, DGRAM, SOL_SOCKET, SO_REUSE_MULTICASTPORT), FULL, 0, 1, 1},

    {OPTION(INET, DGRAM, IPPROTO_IP, IP_TOS), SHRINK, 0, 8, 8},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_TTL), SHRINK, -1, 17, 17},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_MULTICAST_TTL), SHRINK, 1, 9, 9},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_MULTICAST_LOOP), SHRINK, 1, 0, 0},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_DONTFRAGMENT), SHRINK, 0, 0xdead, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_PKTINFO), NONE, 0, 5, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_RECVTTL), NONE, 0, 5, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_RECVTOS), NONE, 0, 5, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_RECEIVE_BROADCAST), FULL, 1, 0, 0},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_RECVIF), NONE, 0, 5, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_RECVDSTADDR), NONE, 0, 5, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_ECN), FULL, 0, 5, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_ORIGINAL_ARRIVAL_IF), FULL, 0, 5, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_RECVRTHDR), FULL, 0, 5, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_PKTINFO_EX), FULL, 0, 5, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_IFLIST), FULL, 0, 1, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_UNICAST_IF), FULL, 0, 0x01000000, 0x01000000},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_MTU_DISCOVER), FULL, 0, 3, 3},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_MTU_DISCOVER), FULL, 0, 1, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_RECVERR), FULL, 0, 1, 1},
    {OPTION(INET, DGRAM, IPPROTO_IP, IP_USER_MTU), FULL, -1, 1400, 1400},

    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_UNICAST_HOPS), SHRINK, -1, 17, 17},
    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_MULTICAST_IF), FULL, 0, 1, 1},
    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_MULTICAST_HOPS), SHRINK, 1, 9, 9},
    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_MULTICAST_LOOP), SHRINK, 1, 0, 0},
    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_DONTFRAG), SHRINK, 0, 0xdead, 1},
    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_PKTINFO), NONE, 0, 5, 1},
    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_HOPLIMIT), NONE, 0, 5, 1},
    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_RECVTCLASS), NONE, 0, 5, 1},
    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_PROTECTION_LEVEL), FULL, -1, 30, 30},
    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_V6ONLY), BYTE1, 1, 0, 0},
    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_UNICAST_IF), FULL, 0, 1, 1},
    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_MTU_DISCOVER), FULL, 0, 2, 2},
    {OPTION(INET6, DGRAM, IPPROTO_IPV6, IPV6_USER_MTU), FULL, -1, 1400, 1400},
    {OPTION(INET, STREAM, IPPROTO_IPV6, IPV6_V6ONLY), BYTE1, 1, 0, 0},

    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_NODELAY), BYTE1, 0, 1, 1},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_EXPEDITED_1122), FULL, 0, 1, 1},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_BSDURGENT), FULL, 1, 0, 0},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_KEEPIDLE), FULL, 7200, 100, 100},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_KEEPCNT), FULL, -1, 7, 7},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_KEEPINTVL), FULL, -1, 3, 3},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_MAXRT), FULL, -1, 40, 40},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_MAXRT), FULL, -1, -1, -1},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_MAXRTMS), FULL, -1, 1500, 1500},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_TIMESTAMPS), FULL, 0, 1, 1},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_CONGESTION_ALGORITHM), FULL, 0, 1, 1},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_FASTOPEN), FULL, 0, 5, 1},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_STDURG), FULL, 0, 5, 1},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_NOURG), FULL, 0, 5, 1},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_NOSYNRETRIES), FULL, 0, 1, 1},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_OFFLOAD_PREFERENCE), FULL, 0, 2, 2},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_DELAY_FIN_ACK), FULL, 0, 1, 1},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_FAIL_CONNECT_ON_ICMP_ERROR), FULL, 0, 1, 1},

    {OPTION(INET, DGRAM, IPPROTO_UDP, UDP_NOCHECKSUM), FULL, 0, 1, 1},
    {OPTION(INET, DGRAM, IPPROTO_UDP, UDP_CHECKSUM_COVERAGE), FULL, 1, 0, 0},
    {OPTION(INET, DGRAM, IPPROTO_UDP, UDP_SEND_MSG_SIZE), FULL, 0, 1200, 1200},
    {OPTION(INET, DGRAM, IPPROTO_UDP, UDP_RECV_MAX_COALESCED_SIZE), FULL, 0, 65507, 65507},
};

#define FAIL(number, ...)                                                                                    \
    do                                                                                                       \
    {                                                                                                        \
        char text[200];                                                                                      \
        snprintf(text, sizeof(text), __VA_ARGS__);                                                           \
        harness_fail(__FILE__, __LINE__, "%s: %s (last error %d)", (number)->text, text, WSAGetLastError()); \
    } while (0)

static SOCKET socket_for(const struct number *number)
{
    SOCKET s = socket(number->family, number->type, 0);

    if (s == INVALID_SOCKET) FAIL(number, "no socket");
    return s;
}

/* Sizes that are read with this length; the bytes beyond must stay as they were. */
static void check_read(SOCKET s, const struct number *number, int length, int expected)
{
    unsigned char bytes[8];
    int got = length, value = 0, i, written = 4, reported = 4;

    if (number->shape == BYTE1 || (number->shape == SHRINK && length < 4)) written = reported = 1;
    if (number->shape == FLAG && length < 4)
    {
        written = length;
        reported = 1;
    }
    memset(bytes, 0xcc, sizeof(bytes));
    WSASetLastError(0xdead);
    if (getsockopt(s, number->level, number->name, (char *)bytes, &got))
        FAIL(number, "length %d fails", length);
    if (WSAGetLastError()) FAIL(number, "success leaves a last error");
    if (got != reported) FAIL(number, "length %d becomes %d", length, got);
    memcpy(&value, bytes, written);
    if (value != (written < 4 ? expected & 0xff : expected))
        FAIL(number, "reads %#x, not %#x", value, expected);
    for (i = written; i < 8; i++)
        if (bytes[i] != 0xcc) FAIL(number, "byte %d is written with length %d", i, length);
}

static void check_short_read(SOCKET s, const struct number *number, int length)
{
    unsigned char bytes[4] = {0xcc, 0xcc, 0xcc, 0xcc};
    int got = length, i;

    WSASetLastError(0);
    if (!getsockopt(s, number->level, number->name, (char *)bytes, &got))
        FAIL(number, "length %d succeeds", length);
    if (WSAGetLastError() != WSAEFAULT) FAIL(number, "length %d: wrong error", length);
    if (got != (number->shape == NONE ? 0 : length)) FAIL(number, "length %d becomes %d", length, got);
    for (i = 0; i < 4; i++)
        if (bytes[i] != (number->shape == ZEROED && i < length ? 0 : 0xcc))
            FAIL(number, "length %d: byte %d is %#x", length, i, bytes[i]);
}

static BOOL takes_short(const struct number *number)
{
    return number->shape == FLAG || number->shape == BYTE1 || number->shape == SHRINK;
}

TEST(every_option_reads_back_what_was_set)
{
    size_t i;

    for (i = 0; i < ARRAYSIZE(numbers); i++)
    {
        const struct number *number = &numbers[i];
        SOCKET s = socket_for(number);

        if (number->initial != -1) check_read(s, number, 4, number->initial);
        WSASetLastError(0xdead);
        if (setsockopt(s, number->level, number->name, (const char *)&number->set, 4))
            FAIL(number, "can't be set");
        if (WSAGetLastError()) FAIL(number, "success leaves a last error");
        check_read(s, number, 4, number->read);
        check_read(s, number, 8, number->read);
        closesocket(s);
    }
}

TEST(a_short_length_is_treated_as_each_option_has_it_when_read)
{
    size_t i;
    int length;

    for (i = 0; i < ARRAYSIZE(numbers); i++)
    {
        const struct number *number = &numbers[i];
        SOCKET s = socket_for(number);

        if (setsockopt(s, number->level, number->name, (const char *)&number->set, 4))
            FAIL(number, "can't be set");
        for (length = 1; length < 4; length++)
        {
            if (takes_short(number))
                check_read(s, number, length, number->read);
            else
                check_short_read(s, number, length);
        }
        closesocket(s);
    }
}

TEST(a_short_length_is_treated_as_each_option_has_it_when_set)
{
    size_t i;
    int length;

    for (i = 0; i < ARRAYSIZE(numbers); i++)
    {
        const struct number *number = &numbers[i];
        SOCKET s = socket_for(number);

        for (length = 1; length < 4; length++)
        {
            int ret = setsockopt(s, number->level, number->name, (const char *)&number->set, length);

            if (takes_short(number) ? ret : !ret || WSAGetLastError() != WSAEFAULT)
                FAIL(number, "length %d gives %d", length, ret);
        }
        if (takes_short(number)) check_read(s, number, 4, number->read);
        closesocket(s);
    }
}

TEST(no_length_and_no_pointer_is_a_fault)
{
    size_t i;

    for (i = 0; i < ARRAYSIZE(numbers); i++)
    {
        const struct number *number = &numbers[i];
        SOCKET s = socket_for(number);
        int value = 0, length = 0;

        if (!getsockopt(s, number->level, number->name, (char *)&value, &length) ||
            WSAGetLastError() != WSAEFAULT)
            FAIL(number, "read with length 0");
        length = -1;
        if (!getsockopt(s, number->level, number->name, (char *)&value, &length) ||
            WSAGetLastError() != WSAEFAULT)
            FAIL(number, "read with length -1");
        if (!getsockopt(s, number->level, number->name, (char *)&value, NULL) ||
            WSAGetLastError() != WSAEFAULT)
            FAIL(number, "read without a length");
        length = 4;
        if (!getsockopt(s, number->level, number->name, NULL, &length) || WSAGetLastError() != WSAEFAULT)
            FAIL(number, "read to NULL");
        if (!setsockopt(s, number->level, number->name, NULL, 4) || WSAGetLastError() != WSAEFAULT)
            FAIL(number, "set from NULL");
        if (!setsockopt(s, number->level, number->name, (const char *)1, 4) || WSAGetLastError() != WSAEFAULT)
            FAIL(number, "set from a value for a pointer");
        closesocket(s);
    }
}

TEST(memory_that_is_not_there_is_a_fault)
{
    char *nowhere = VirtualAlloc(NULL, 0x1000, MEM_RESERVE, PAGE_NOACCESS);
    size_t i;

    for (i = 0; i < ARRAYSIZE(numbers); i++)
    {
        const struct number *number = &numbers[i];
        SOCKET s = socket_for(number);
        int value, length = 4;

        if (!getsockopt(s, number->level, number->name, nowhere, &length) || WSAGetLastError() != WSAEFAULT)
            FAIL(number, "read");
        if (!getsockopt(s, number->level, number->name, (char *)&value, (int *)nowhere) ||
            WSAGetLastError() != WSAEFAULT)
            FAIL(number, "length");
        if (!setsockopt(s, number->level, number->name, nowhere, 4) || WSAGetLastError() != WSAEFAULT)
            FAIL(number, "set");
        closesocket(s);
    }
    VirtualFree(nowhere, 0, MEM_RELEASE);
}

TEST(a_negative_length_is_long_at_the_socket_level_only)
{
    size_t i;

    for (i = 0; i < ARRAYSIZE(numbers); i++)
    {
        const struct number *number = &numbers[i];
        SOCKET s = socket_for(number);
        int ret = setsockopt(s, number->level, number->name, (const char *)&number->set, -1);

        if (number->level == SOL_SOCKET && number->shape != BYTE1)
        {
            if (ret) FAIL(number, "fails");
        }
        else if (!ret || WSAGetLastError() != WSAENOBUFS)
            FAIL(number, "gives %d", ret);
        closesocket(s);
    }
}

TEST(a_closed_handle_or_a_file_is_no_socket)
{
    HANDLE file =
        CreateFileW(L"option.tmp", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    SOCKET handles[3] = {INVALID_SOCKET, 0xdead0, (SOCKET)file};
    size_t i, j;

    for (i = 0; i < ARRAYSIZE(numbers); i++)
    {
        for (j = 0; j < ARRAYSIZE(handles); j++)
        {
            const struct number *number = &numbers[i];
            int value = number->set, length = 4;

            if (!getsockopt(handles[j], number->level, number->name, (char *)&value, &length) ||
                WSAGetLastError() != WSAENOTSOCK)
                FAIL(number, "handle %d is read", (int)j);
            if (!setsockopt(handles[j], number->level, number->name, (char *)&value, 4) ||
                WSAGetLastError() != WSAENOTSOCK)
                FAIL(number, "handle %d is set", (int)j);
        }
    }
    CloseHandle(file);
}

/* CloseHandle is legal on sockets, and a file may have the handle's value next. */
TEST(a_file_in_the_place_of_a_socket_is_no_socket)
{
    static const int names[] = {SO_RCVBUF, SO_ACCEPTCONN, SO_DONTROUTE, SO_TYPE};
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    int value = 0, length = 4;
    u_long count;
    HANDLE file;
    size_t i;

    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_RCVBUF, (char *)&value, &length), 0);
    CHECK(CloseHandle((HANDLE)s));
    CHECK_ERROR(getsockopt(s, SOL_SOCKET, SO_RCVBUF, (char *)&value, &length), WSAENOTSOCK);
    file = CreateFileW(L"option.tmp", GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE, NULL);
    if ((SOCKET)file != s)
    {
        CloseHandle(file);
        SKIP("the handle value was not used again");
    }
    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        CHECK_ERROR(getsockopt(s, SOL_SOCKET, names[i], (char *)&value, &length), WSAENOTSOCK);
        CHECK_ERROR(setsockopt(s, SOL_SOCKET, names[i], (char *)&value, 4), WSAENOTSOCK);
    }
    CHECK_ERROR(ioctlsocket(s, FIONREAD, &count), WSAENOTSOCK);
    CHECK_ERROR(ioctlsocket(s, FIONBIO, &count), WSAENOTSOCK);
    CloseHandle(file);
}

TEST(unknown_levels_are_invalid_and_unknown_options_unsupported)
{
    static const int levels[] = {-1, 0x8000, 0x800, 0x1234ffff};
    static const int known[] = {SOL_SOCKET, IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDP};
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    int value = 0, length = 4;
    size_t i;

    for (i = 0; i < ARRAYSIZE(levels); i++)
    {
        CHECK_ERROR(getsockopt(s, levels[i], 1, (char *)&value, &length), WSAEINVAL);
        CHECK_ERROR(setsockopt(s, levels[i], 1, (char *)&value, 4), WSAEINVAL);
    }
    for (i = 0; i < ARRAYSIZE(known); i++)
    {
        CHECK_ERROR(getsockopt(s, known[i], 0x4711, (char *)&value, &length), WSAENOPROTOOPT);
        CHECK_ERROR(setsockopt(s, known[i], 0x4711, (char *)&value, 4), WSAENOPROTOOPT);
    }
    closesocket(s);
}

TEST(options_that_are_only_read_can_not_be_set)
{
    static const int names[] = {SO_TYPE,      SO_ACCEPTCONN,     SO_MAX_MSG_SIZE,   SO_CONNECT_TIME,
                                SO_BSP_STATE, SO_PROTOCOL_INFOA, SO_PROTOCOL_INFOW, SO_GROUP_ID};
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    char value[700] = {0};
    size_t i;

    for (i = 0; i < ARRAYSIZE(names); i++)
        CHECK_ERROR(setsockopt(s, SOL_SOCKET, names[i], value, sizeof(value)), WSAENOPROTOOPT);
    CHECK_ERROR(setsockopt(s, IPPROTO_IP, IP_MTU, value, 4), WSAENOPROTOOPT);
    closesocket(s);
}

TEST(options_that_are_only_set_can_not_be_read)
{
    static const int names[] = {IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP,        IP_ADD_SOURCE_MEMBERSHIP,
                                IP_BLOCK_SOURCE,   IP_DROP_SOURCE_MEMBERSHIP, IP_UNBLOCK_SOURCE,
                                MCAST_JOIN_GROUP,  MCAST_LEAVE_GROUP};
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    char value[300];
    int length = sizeof(value);
    size_t i;

    for (i = 0; i < ARRAYSIZE(names); i++)
        CHECK_ERROR(getsockopt(s, IPPROTO_IP, names[i], value, &length), WSAENOPROTOOPT);
    closesocket(s);
}

TEST(message_options_are_invalid_on_a_stream)
{
    static const int names[] = {IP_MULTICAST_IF, IP_MULTICAST_TTL, IP_MULTICAST_LOOP, IP_PKTINFO,
                                IP_RECVTTL,      IP_RECVTOS,       IP_HDRINCL,        IP_RECVERR};
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    int value = 1, length;
    size_t i;

    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        length = sizeof(value);
        CHECK_ERROR(getsockopt(s, IPPROTO_IP, names[i], (char *)&value, &length), WSAEINVAL);
        CHECK_ERROR(setsockopt(s, IPPROTO_IP, names[i], (char *)&value, 4), WSAEINVAL);
    }
    closesocket(s);
}

TEST(options_of_the_other_transport_are_unsupported)
{
    SOCKET udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
    int value = 1, length = 4;

    CHECK_ERROR(getsockopt(udp, IPPROTO_TCP, TCP_NODELAY, (char *)&value, &length), WSAENOPROTOOPT);
    CHECK_ERROR(setsockopt(tcp, IPPROTO_UDP, UDP_SEND_MSG_SIZE, (char *)&value, 4), WSAENOPROTOOPT);
    closesocket(udp);
    closesocket(tcp);
}

TEST(linger_is_for_streams_and_reads_back_as_it_was_set)
{
    SOCKET udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
    struct linger linger = {0x100, 7};
    int length = sizeof(linger), off;

    CHECK_ERROR(getsockopt(udp, SOL_SOCKET, SO_LINGER, (char *)&linger, &length), WSAENOPROTOOPT);
    CHECK_INT(setsockopt(tcp, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    memset(&linger, 0, sizeof(linger));
    CHECK_INT(getsockopt(tcp, SOL_SOCKET, SO_LINGER, (char *)&linger, &length), 0);
    CHECK_INT(length, sizeof(linger));
    CHECK_INT(linger.l_onoff, 0x100);
    CHECK_INT(linger.l_linger, 7);
    length = sizeof(off);
    CHECK_INT(getsockopt(tcp, SOL_SOCKET, SO_DONTLINGER, (char *)&off, &length), 0);
    CHECK_INT(off, 0);
    off = 1;
    CHECK_INT(setsockopt(tcp, SOL_SOCKET, SO_DONTLINGER, (char *)&off, sizeof(off)), 0);
    length = sizeof(linger);
    CHECK_INT(getsockopt(tcp, SOL_SOCKET, SO_LINGER, (char *)&linger, &length), 0);
    CHECK_INT(linger.l_onoff, 0);
    closesocket(udp);
    closesocket(tcp);
}

TEST(reuse_and_exclusive_use_exclude_each_other)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1, off = 0;

    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, (char *)&on, 4), 0);
    CHECK_ERROR(setsockopt(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (char *)&on, 4), WSAEINVAL);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, (char *)&off, 4), 0);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (char *)&on, 4), 0);
    CHECK_ERROR(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, (char *)&on, 4), WSAEINVAL);
    closesocket(s);
}

TEST(an_exclusive_address_can_not_be_shared)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET first = socket(AF_INET, SOCK_STREAM, 0), second = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1, length = sizeof(addr);

    CHECK_INT(setsockopt(first, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (char *)&on, 4), 0);
    CHECK_INT(bind(first, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(getsockname(first, (struct sockaddr *)&addr, &length), 0);
    CHECK_ERROR(bind(second, (struct sockaddr *)&addr, sizeof(addr)), WSAEADDRINUSE);
    CHECK_INT(setsockopt(second, SOL_SOCKET, SO_REUSEADDR, (char *)&on, 4), 0);
    CHECK_ERROR(bind(second, (struct sockaddr *)&addr, sizeof(addr)), WSAEACCES);
    closesocket(first);
    closesocket(second);
}

TEST(options_for_the_bind_are_refused_after_it)
{
    static const int names[] = {SO_RANDOMIZE_PORT, SO_PORT_SCALABILITY, SO_REUSE_UNICASTPORT};
    int on = 1;
    size_t i;
    SOCKET s;

    udp_bound(&s, NULL);
    for (i = 0; i < ARRAYSIZE(names); i++)
        CHECK_ERROR(setsockopt(s, SOL_SOCKET, names[i], (char *)&on, 4), WSAEINVAL);
    CHECK_ERROR(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&on, 4), WSAEINVAL);
    closesocket(s);
}

TEST(the_open_type_belongs_to_the_thread_and_needs_no_socket)
{
    int value = SO_SYNCHRONOUS_NONALERT, length = sizeof(value);

    CHECK_INT(setsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&value, sizeof(value)), 0);
    value = 0;
    CHECK_INT(getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&value, &length), 0);
    CHECK_INT(value, SO_SYNCHRONOUS_NONALERT);
    length = -1;
    CHECK_INT(getsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&value, &length), 0);
    CHECK_INT(length, 4);
    value = 0;
    CHECK_INT(setsockopt(INVALID_SOCKET, SOL_SOCKET, SO_OPENTYPE, (char *)&value, sizeof(value)), 0);
}

TEST(type_and_message_size_are_those_of_the_socket)
{
    SOCKET udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
    int value = 0, length = 4;

    CHECK_INT(getsockopt(udp, SOL_SOCKET, SO_TYPE, (char *)&value, &length), 0);
    CHECK_INT(value, SOCK_DGRAM);
    CHECK_INT(getsockopt(tcp, SOL_SOCKET, SO_TYPE, (char *)&value, &length), 0);
    CHECK_INT(value, SOCK_STREAM);
    CHECK_INT(getsockopt(udp, SOL_SOCKET, SO_MAX_MSG_SIZE, (char *)&value, &length), 0);
    CHECK_INT(value, 65507);
    CHECK_INT(getsockopt(udp, SOL_SOCKET, SO_GROUP_ID, (char *)&value, &length), 0);
    CHECK_INT(value, 0);
    closesocket(udp);
    closesocket(tcp);
}

TEST(accept_conn_tells_listeners_apart)
{
    SOCKET listener = tcp_listener(NULL), s = socket(AF_INET, SOCK_STREAM, 0);
    int value = 5, length = 4;

    CHECK_INT(getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, (char *)&value, &length), 0);
    CHECK_INT(value, 1);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, (char *)&value, &length), 0);
    CHECK_INT(value, 0);
    closesocket(listener);
    closesocket(s);
}

TEST(connect_time_is_minus_one_until_connected)
{
    SOCKET pair[2], s = socket(AF_INET, SOCK_STREAM, 0);
    int value = 0, length = 4;

    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_CONNECT_TIME, (char *)&value, &length), 0);
    CHECK_INT(value, -1);
    tcp_pair(pair);
    CHECK_INT(getsockopt(pair[0], SOL_SOCKET, SO_CONNECT_TIME, (char *)&value, &length), 0);
    CHECK(value >= 0);
    closesocket(s);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(protocol_info_tells_the_length_it_needs)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    WSAPROTOCOL_INFOW wide;
    WSAPROTOCOL_INFOA narrow;
    int length = 10;

    CHECK_ERROR(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&wide, &length), WSAEFAULT);
    CHECK_INT(length, sizeof(wide));
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&wide, &length), 0);
    CHECK_INT(wide.iAddressFamily, AF_INET);
    CHECK_INT(wide.iSocketType, SOCK_DGRAM);
    CHECK_INT(wide.iProtocol, IPPROTO_UDP);
    length = 0x1000;
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOA, (char *)&narrow, &length), 0);
    CHECK_INT(length, 0x1000);
    CHECK(!memcmp(&wide, &narrow, offsetof(WSAPROTOCOL_INFOA, szProtocol)));
    closesocket(s);
}

TEST(the_bsp_state_holds_both_addresses)
{
    union
    {
        CSADDR_INFO state;
        char room[sizeof(CSADDR_INFO) + 2 * sizeof(struct sockaddr_in)];
    } answer;
    SOCKET pair[2], s = socket(AF_INET, SOCK_STREAM, 0);
    int length = sizeof(answer);

    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_BSP_STATE, (char *)&answer, &length), 0);
    CHECK(!answer.state.LocalAddr.lpSockaddr && !answer.state.RemoteAddr.lpSockaddr);
    tcp_pair(pair);
    CHECK_INT(getsockopt(pair[0], SOL_SOCKET, SO_BSP_STATE, (char *)&answer, &length), 0);
    CHECK_INT(length, sizeof(answer));
    CHECK((char *)answer.state.LocalAddr.lpSockaddr == answer.room + sizeof(CSADDR_INFO));
    CHECK_INT(answer.state.RemoteAddr.iSockaddrLength, sizeof(struct sockaddr_in));
    CHECK_INT(answer.state.RemoteAddr.lpSockaddr->sa_family, AF_INET);
    CHECK_INT(answer.state.iProtocol, IPPROTO_TCP);
    length--;
    CHECK_ERROR(getsockopt(pair[0], SOL_SOCKET, SO_BSP_STATE, (char *)&answer, &length), WSAEFAULT);
    closesocket(s);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(the_contexts_of_extension_functions_are_checked)
{
    SOCKET listener = tcp_listener(NULL), pair[2], s = socket(AF_INET, SOCK_STREAM, 0);

    tcp_pair(pair);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    CHECK_ERROR(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), WSAENOTCONN);
    CHECK_INT(setsockopt(pair[1], SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof(listener)),
              0);
    CHECK_ERROR(setsockopt(pair[1], SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, 3), WSAEFAULT);
    CHECK_ERROR(setsockopt(pair[1], SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&s, sizeof(s)), WSAEINVAL);
    closesocket(listener);
    closesocket(s);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(the_path_mtu_is_that_of_a_connection)
{
    SOCKET pair[2], s = socket(AF_INET, SOCK_STREAM, 0);
    int value = 0, length = 4;

    CHECK_ERROR(getsockopt(s, IPPROTO_IP, IP_MTU, (char *)&value, &length), WSAENOTCONN);
    tcp_pair(pair);
    CHECK_INT(getsockopt(pair[0], IPPROTO_IP, IP_MTU, (char *)&value, &length), 0);
    CHECK(value >= 576);
    CHECK_INT(getsockopt(pair[0], IPPROTO_TCP, TCP_MAXSEG, (char *)&value, &length), 0);
    CHECK(value >= 500);
    closesocket(s);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(mtu_discovery_can_not_be_unset)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    int value = 0;

    CHECK_ERROR(setsockopt(s, IPPROTO_IP, IP_MTU_DISCOVER, (char *)&value, 4), WSAEINVAL);
    value = 4;
    CHECK_ERROR(setsockopt(s, IPPROTO_IP, IP_MTU_DISCOVER, (char *)&value, 4), WSAEINVAL);
    closesocket(s);
}

TEST(numbers_out_of_range_are_invalid)
{
    SOCKET udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
    int value = 0x100;

    CHECK_ERROR(setsockopt(udp, IPPROTO_IP, IP_TTL, (char *)&value, 4), WSAEINVAL);
    CHECK_ERROR(setsockopt(udp, IPPROTO_IP, IP_TOS, (char *)&value, 4), WSAEINVAL);
    CHECK_ERROR(setsockopt(udp, IPPROTO_IP, IP_MULTICAST_TTL, (char *)&value, 4), WSAEINVAL);
    CHECK_ERROR(setsockopt(tcp, IPPROTO_TCP, TCP_KEEPCNT, (char *)&value, 4), WSAEINVAL);
    value = 0x10000;
    CHECK_ERROR(setsockopt(udp, IPPROTO_UDP, UDP_SEND_MSG_SIZE, (char *)&value, 4), WSAEINVAL);
    closesocket(udp);
    closesocket(tcp);
}

TEST(groups_are_joined_and_left_by_address_index_or_neither)
{
    static const unsigned long interfaces[] = {INADDR_LOOPBACK, 1, INADDR_ANY};
    struct ip_mreq request;
    size_t i;

    for (i = 0; i < ARRAYSIZE(interfaces); i++)
    {
        SOCKET s;

        udp_bound(&s, NULL);
        request.imr_multiaddr.s_addr = htonl(0xe0000160);
        request.imr_interface.s_addr = htonl(interfaces[i]);
        CHECK_INT(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
        CHECK_ERROR(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, 7), WSAEFAULT);
        CHECK_INT(setsockopt(s, IPPROTO_IP, IP_DROP_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
        closesocket(s);
    }
}

TEST(sources_are_chosen_and_blocked)
{
    struct ip_mreq_source request = {.imr_multiaddr.s_addr = htonl(0xe8000161),
                                     .imr_sourceaddr.s_addr = htonl(0x0a010203),
                                     .imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
    struct ip_mreq group = {.imr_multiaddr.s_addr = htonl(0xe0000162),
                            .imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET s;

    udp_bound(&s, NULL);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&group, sizeof(group)), 0);
    request.imr_multiaddr = group.imr_multiaddr;
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_BLOCK_SOURCE, (char *)&request, sizeof(request)), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_UNBLOCK_SOURCE, (char *)&request, sizeof(request)), 0);
    closesocket(s);
}

struct group_request /* GROUP_SOURCE_REQ, whose head is GROUP_REQ */
{
    ULONG index;
    SOCKADDR_STORAGE group, source;
};

TEST(groups_are_joined_by_the_protocol_independent_options)
{
    struct group_request request = {.index = 1};
    int size = offsetof(struct group_request, source);
    SOCKET s;

    ((struct sockaddr_in *)&request.group)->sin_family = AF_INET;
    ((struct sockaddr_in *)&request.group)->sin_addr.s_addr = htonl(0xe0000163);
    ((struct sockaddr_in *)&request.source)->sin_family = AF_INET;
    ((struct sockaddr_in *)&request.source)->sin_addr.s_addr = htonl(0x0a010203);
    udp_bound(&s, NULL);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, (char *)&request, size), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_BLOCK_SOURCE, (char *)&request, sizeof(request)), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_UNBLOCK_SOURCE, (char *)&request, sizeof(request)), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_LEAVE_GROUP, (char *)&request, size), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, (char *)&request, sizeof(request)), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, (char *)&request, sizeof(request)), 0);
    CHECK_ERROR(setsockopt(s, IPPROTO_IP, MCAST_JOIN_GROUP, (char *)&request, size - 1), WSAEFAULT);
    closesocket(s);
}

TEST(a_multicast_interface_is_set_by_address_or_index)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    int value = htonl(INADDR_LOOPBACK), length = 4;

    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, (char *)&value, 4), 0);
    value = 0;
    CHECK_INT(getsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, (char *)&value, &length), 0);
    CHECK_INT(value, (int)htonl(INADDR_LOOPBACK));
    value = htonl(1);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, (char *)&value, 4), 0);
    closesocket(s);
}

TEST(segments_of_one_send_arrive_as_datagrams)
{
    struct sockaddr_in addr;
    char data[300] = {0};
    int size = 100, i, timeout = 5000;
    SOCKET receiver, sender;

    udp_bound(&receiver, &addr);
    udp_bound(&sender, NULL);
    CHECK_INT(setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, 4), 0);
    CHECK_INT(setsockopt(sender, IPPROTO_UDP, UDP_SEND_MSG_SIZE, (char *)&size, 4), 0);
    CHECK_INT(sendto(sender, data, 250, 0, (struct sockaddr *)&addr, sizeof(addr)), 250);
    for (i = 0; i < 2; i++) CHECK_INT(recv(receiver, data, sizeof(data), 0), 100);
    CHECK_INT(recv(receiver, data, sizeof(data), 0), 50);
    closesocket(receiver);
    closesocket(sender);
}

static void set_number(SOCKET s, int level, int name, DWORD value)
{
    CHECK_INT(setsockopt(s, level, name, (char *)&value, sizeof(value)), 0);
}

static DWORD get_number(SOCKET s, int level, int name)
{
    DWORD value = 0;
    int length = sizeof(value);

    CHECK_INT(getsockopt(s, level, name, (char *)&value, &length), 0);
    return value;
}

static BOOL comes_through(SOCKET sender, SOCKET receiver, struct sockaddr_in *to)
{
    struct timeval timeout = {0};
    fd_set read;
    char byte;

    CHECK_INT(sendto(sender, "x", 1, 0, (struct sockaddr *)to, sizeof(*to)), 1);
    FD_ZERO(&read);
    FD_SET(receiver, &read);
    if (!select(0, &read, NULL, NULL, &timeout)) return FALSE; /* the loopback delivers at once */
    CHECK_INT(recv(receiver, &byte, 1, 0), 1);
    return TRUE;
}

TEST(datagrams_come_only_from_the_interfaces_of_the_list)
{
    DWORD list[4], index = 1, other = 4711;
    struct sockaddr_in addr;
    SOCKET sender, receiver;
    int length = sizeof(list);

    udp_bound(&receiver, &addr);
    udp_bound(&sender, NULL);
    CHECK_ERROR(getsockopt(receiver, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &length), WSAEINVAL);
    CHECK_ERROR(setsockopt(receiver, IPPROTO_IP, IP_ADD_IFLIST, (char *)&index, 4), WSAEINVAL);
    CHECK(comes_through(sender, receiver, &addr));
    set_number(receiver, IPPROTO_IP, IP_IFLIST, TRUE);
    CHECK_INT(getsockopt(receiver, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &length), 0);
    CHECK_INT(length, 0);
    CHECK(!comes_through(sender, receiver, &addr));
    set_number(receiver, IPPROTO_IP, IP_ADD_IFLIST, other);
    CHECK(!comes_through(sender, receiver, &addr));
    set_number(receiver, IPPROTO_IP, IP_ADD_IFLIST, index);
    CHECK(comes_through(sender, receiver, &addr));
    length = 4;
    CHECK_ERROR(getsockopt(receiver, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &length), WSAEFAULT);
    length = sizeof(list);
    CHECK_INT(getsockopt(receiver, IPPROTO_IP, IP_GET_IFLIST, (char *)list, &length), 0);
    CHECK_INT(length, 8);
    CHECK_INT(list[0], other);
    CHECK_INT(list[1], index);
    set_number(receiver, IPPROTO_IP, IP_DEL_IFLIST, index);
    CHECK(!comes_through(sender, receiver, &addr));
    CHECK_ERROR(setsockopt(receiver, IPPROTO_IP, IP_DEL_IFLIST, (char *)&index, 4), WSAEINVAL);
    set_number(receiver, IPPROTO_IP, IP_IFLIST, FALSE);
    CHECK(comes_through(sender, receiver, &addr));
    closesocket(receiver);
    closesocket(sender);
}

/* How long the first try takes to be made again is the client's host's affair. */
TEST(nobody_gets_through_to_a_listener_that_pauses)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0), accepted;
    WSAPOLLFD poll = {.fd = client, .events = POLLWRNORM};
    u_long on = 1, off = 0;

    set_number(listener, SOL_SOCKET, SO_PAUSE_ACCEPT, TRUE);
    CHECK_INT(ioctlsocket(client, FIONBIO, &on), 0);
    CHECK_ERROR(connect(client, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    CHECK_INT(WSAPoll(&poll, 1, 300), 0);
    CHECK_INT(ioctlsocket(listener, FIONBIO, &on), 0);
    CHECK_ERROR(accept(listener, NULL, NULL), WSAEWOULDBLOCK);
    set_number(listener, SOL_SOCKET, SO_PAUSE_ACCEPT, FALSE);
    CHECK_INT(WSAPoll(&poll, 1, 20000), 1);
    CHECK(poll.revents & POLLWRNORM);
    CHECK_INT(ioctlsocket(listener, FIONBIO, &off), 0);
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_INT(send(accepted, "x", 1, 0), 1);
    closesocket(accepted);
    closesocket(client);
    closesocket(listener);
}

TEST(no_icmp_error_is_no_data)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0);
    char info[36];
    int length = sizeof(info);

    CHECK_ERROR(getsockopt(client, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, info, &length), WSANO_DATA);
    set_number(client, IPPROTO_TCP, TCP_FAIL_CONNECT_ON_ICMP_ERROR, TRUE);
    CHECK_ERROR(getsockopt(client, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, info, &length), WSANO_DATA);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_ERROR(getsockopt(client, IPPROTO_TCP, TCP_ICMP_ERROR_INFO, info, &length), WSANO_DATA);
    closesocket(client);
    closesocket(listener);
}

TEST(a_port_that_may_be_shared_is_there_once_connected)
{
    struct sockaddr_in addr, local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0);
    int length = sizeof(local);

    set_number(client, SOL_SOCKET, SO_REUSE_UNICASTPORT, TRUE);
    CHECK_INT(bind(client, (struct sockaddr *)&local, sizeof(local)), 0);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(getsockname(client, (struct sockaddr *)&local, &length), 0);
    CHECK(local.sin_port != 0);
    CHECK_INT(local.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    CHECK_INT(get_number(client, SOL_SOCKET, SO_REUSE_UNICASTPORT), 1);
    closesocket(client);
    closesocket(listener);
}

TEST(the_mtu_that_a_program_sets_bounds_segments)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_INT(get_number(client, IPPROTO_IP, IP_USER_MTU), 0xffffffff);
    set_number(client, IPPROTO_IP, IP_USER_MTU, 1000);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK(get_number(client, IPPROTO_TCP, TCP_MAXSEG) <= 960);
    closesocket(client);
    closesocket(listener);
}

/* Headers that can't be given, and records of a filter that is not there. */
TEST(options_without_content_are_empty)
{
    static const int names[] = {IP_RTHDR, IP_WFP_REDIRECT_RECORDS, IP_WFP_REDIRECT_CONTEXT};
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0), s6 = socket(AF_INET6, SOCK_DGRAM, 0);
    char value[16];
    size_t i;
    int length;

    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        length = sizeof(value);
        CHECK_INT(getsockopt(s, IPPROTO_IP, names[i], value, &length), 0);
        CHECK_INT(length, 0);
        CHECK_INT(setsockopt(s, IPPROTO_IP, names[i], NULL, 0), 0);
        CHECK_ERROR(setsockopt(s, IPPROTO_IP, names[i], value, 8), WSAEINVAL);
    }
    length = sizeof(value);
    CHECK_INT(getsockopt(s6, IPPROTO_IPV6, IPV6_HOPOPTS, value, &length), 0);
    CHECK_INT(length, 0);
    closesocket(s);
    closesocket(s6);
}

TEST(ip_options_are_those_of_the_packets)
{
    static const char stream[] = {1, 1, 1, 0}; /* nothing, thrice, and the end */
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    char value[40];
    int length = sizeof(value);

    CHECK_INT(getsockopt(s, IPPROTO_IP, IP_OPTIONS, value, &length), 0);
    CHECK_INT(length, 0);
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_OPTIONS, stream, sizeof(stream)), 0);
    length = sizeof(value);
    CHECK_INT(getsockopt(s, IPPROTO_IP, IP_OPTIONS, value, &length), 0);
    CHECK_INT(length, sizeof(stream));
    closesocket(s);
}

TEST(ipv6_groups_are_joined_and_left_once_each)
{
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, 0);
    struct ipv6_mreq request = {.ipv6mr_interface = 1};

    request.ipv6mr_multiaddr.s6_addr[0] = 0xff;
    request.ipv6mr_multiaddr.s6_addr[1] = 0x01;
    request.ipv6mr_multiaddr.s6_addr[15] = 0x77;
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
    CHECK_ERROR(setsockopt(s, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, (char *)&request, 19), WSAEFAULT);
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, (char *)&request, sizeof(request)), 0);
    CHECK_ERROR(setsockopt(s, IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, (char *)&request, sizeof(request)),
                WSAEADDRNOTAVAIL);
    closesocket(s);
}

TEST(sizes_and_positions_that_are_only_read)
{
    SOCKET pair[2], udp = socket(AF_INET, SOCK_DGRAM, 0), s6 = socket(AF_INET6, SOCK_STREAM, 0);
    int value = 0, length = 4;

    tcp_pair(pair);
    CHECK_INT(get_number(udp, SOL_SOCKET, SO_MAXDG), 65507);
    CHECK_INT(get_number(udp, SOL_SOCKET, SO_MAXPATHDG), 65507);
    CHECK_ERROR(setsockopt(udp, SOL_SOCKET, SO_MAXDG, (char *)&value, 4), WSAENOPROTOOPT);
    CHECK_INT(get_number(pair[0], IPPROTO_TCP, TCP_ATMARK), TRUE);
    CHECK_ERROR(setsockopt(pair[0], IPPROTO_TCP, TCP_ATMARK, (char *)&value, 4), WSAENOPROTOOPT);
    CHECK_ERROR(getsockopt(s6, IPPROTO_IPV6, IPV6_MTU, (char *)&value, &length), WSAENOTCONN);
    closesocket(pair[0]);
    closesocket(pair[1]);
    closesocket(udp);
    closesocket(s6);
}

/* "The level is unknown or invalid": to a socket of another family. */
TEST(levels_of_other_families_are_invalid)
{
    static const struct
    {
        int level, name;
    } options[] = {{1000 /* NSPROTO_IPX */, 0x4000 /* IPX_PTYPE */},
                   {1000, 0x4001 /* IPX_FILTERPTYPE */},
                   {1000, 0x400d /* IPX_MAX_ADAPTER_NUM */},
                   {0xff /* SOL_IRLMP */, 0x10 /* IRLMP_ENUMDEVICES */}};
    SOCKET sockets[] = {socket(AF_INET, SOCK_STREAM, 0), socket(AF_INET6, SOCK_DGRAM, 0)};
    char value[64] = {0};
    size_t i, j;
    int length;

    for (i = 0; i < ARRAYSIZE(options); i++)
    {
        for (j = 0; j < ARRAYSIZE(sockets); j++)
        {
            length = sizeof(value);
            CHECK_ERROR(getsockopt(sockets[j], options[i].level, options[i].name, value, &length), WSAEINVAL);
            CHECK_ERROR(setsockopt(sockets[j], options[i].level, options[i].name, value, 4), WSAEINVAL);
        }
    }
    for (j = 0; j < ARRAYSIZE(sockets); j++) closesocket(sockets[j]);
}

/* Of BSD, and of transports with data in their connection requests. */
TEST(options_that_no_transport_here_has_are_unsupported)
{
    static const int names[] = {0x40 /* SO_USELOOPBACK */,
                                0x1003 /* SO_SNDLOWAT */,
                                0x1004 /* SO_RCVLOWAT */,
                                SO_CONNDATA,
                                SO_CONNOPT,
                                SO_DISCDATA,
                                SO_DISCOPT,
                                SO_CONNDATALEN,
                                SO_CONNOPTLEN,
                                SO_DISCDATALEN,
                                SO_DISCOPTLEN,
                                PVD_CONFIG};
    SOCKET tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
    char value[64] = {0};
    size_t i;
    int length;

    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        length = sizeof(value);
        CHECK_ERROR(getsockopt(tcp, SOL_SOCKET, names[i], value, &length), WSAENOPROTOOPT);
        CHECK_ERROR(setsockopt(tcp, SOL_SOCKET, names[i], value, 4), WSAENOPROTOOPT);
        CHECK_ERROR(getsockopt(udp, SOL_SOCKET, names[i], value, &length), WSAENOPROTOOPT);
        CHECK_ERROR(setsockopt(udp, SOL_SOCKET, names[i], value, 4), WSAENOPROTOOPT);
    }
    closesocket(tcp);
    closesocket(udp);
}

TEST(options_of_raw_sockets_are_invalid_on_others)
{
    SOCKET udp = socket(AF_INET6, SOCK_DGRAM, 0), tcp = socket(AF_INET6, SOCK_STREAM, 0);
    int value = 2, length = sizeof(value);

    CHECK_ERROR(getsockopt(udp, IPPROTO_IPV6, IPV6_CHECKSUM, (char *)&value, &length), WSAEINVAL);
    CHECK_ERROR(setsockopt(udp, IPPROTO_IPV6, IPV6_CHECKSUM, (char *)&value, 4), WSAEINVAL);
    CHECK_ERROR(getsockopt(tcp, IPPROTO_IPV6, IPV6_HDRINCL, (char *)&value, &length), WSAEINVAL);
    CHECK_ERROR(setsockopt(tcp, IPPROTO_IPV6, IPV6_HDRINCL, (char *)&value, 4), WSAEINVAL);
    closesocket(udp);
    closesocket(tcp);
}
