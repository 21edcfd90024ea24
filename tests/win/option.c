/*
 * Socket options: what each reads and takes, how lengths are treated, and the
 * errors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "option.h"

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
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_KEEPCNT), FULL, 10, 7, 7},
    {OPTION(INET, STREAM, IPPROTO_TCP, TCP_KEEPINTVL), FULL, 1, 3, 3},
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

/* Each with a socket that has it. */
#define EACH_NUMBER(number, s)                                                                   \
    for (const struct number *number = numbers; number < numbers + ARRAYSIZE(numbers); number++) \
        for (SOCKET s = socket_for(number); s != INVALID_SOCKET; closesocket(s), s = INVALID_SOCKET)

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
    EACH_NUMBER(number, s)
    {
        if (number->initial != -1) check_read(s, number, 4, number->initial);
        WSASetLastError(0xdead);
        if (setsockopt(s, number->level, number->name, (const char *)&number->set, 4))
            FAIL(number, "can't be set");
        if (WSAGetLastError()) FAIL(number, "success leaves a last error");
        check_read(s, number, 4, number->read);
        check_read(s, number, 8, number->read);
    }
}

TEST(a_short_length_is_treated_as_each_option_has_it_when_read)
{
    int length;

    EACH_NUMBER(number, s)
    {
        if (setsockopt(s, number->level, number->name, (const char *)&number->set, 4))
            FAIL(number, "can't be set");
        for (length = 1; length < 4; length++)
        {
            if (takes_short(number))
                check_read(s, number, length, number->read);
            else
                check_short_read(s, number, length);
        }
    }
}

TEST(a_short_length_is_treated_as_each_option_has_it_when_set)
{
    int length;

    EACH_NUMBER(number, s)
    {
        for (length = 1; length < 4; length++)
        {
            int ret = setsockopt(s, number->level, number->name, (const char *)&number->set, length);

            if (takes_short(number) ? ret : !ret || WSAGetLastError() != WSAEFAULT)
                FAIL(number, "length %d gives %d", length, ret);
        }
        if (takes_short(number)) check_read(s, number, 4, number->read);
    }
}

TEST(no_length_and_no_pointer_is_a_fault)
{
    EACH_NUMBER(number, s)
    {
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
    }
}

TEST(memory_that_is_not_there_is_a_fault)
{
    char *nowhere = VirtualAlloc(NULL, 0x1000, MEM_RESERVE, PAGE_NOACCESS);

    EACH_NUMBER(number, s)
    {
        int value, length = 4;

        if (!getsockopt(s, number->level, number->name, nowhere, &length) || WSAGetLastError() != WSAEFAULT)
            FAIL(number, "read");
        if (!getsockopt(s, number->level, number->name, (char *)&value, (int *)nowhere) ||
            WSAGetLastError() != WSAEFAULT)
            FAIL(number, "length");
        if (!setsockopt(s, number->level, number->name, nowhere, 4) || WSAGetLastError() != WSAEFAULT)
            FAIL(number, "set");
    }
    VirtualFree(nowhere, 0, MEM_RELEASE);
}

TEST(a_negative_length_is_long_at_the_socket_level_only)
{
    EACH_NUMBER(number, s)
    {
        int ret = setsockopt(s, number->level, number->name, (const char *)&number->set, -1);

        if (number->level == SOL_SOCKET && number->shape != BYTE1)
        {
            if (ret) FAIL(number, "fails");
        }
        else if (!ret || WSAGetLastError() != WSAENOBUFS)
            FAIL(number, "gives %d", ret);
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
