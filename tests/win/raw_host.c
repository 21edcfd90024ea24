/*
 * Raw sockets of protocols that Wine's server does not know: ICMPv6, and numbers that
 * nobody uses.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Without the privilege that raw sockets take they are refused with WSAEACCES, as on
 * Windows; that is what is tested then.
 */
#include "extensions.h"

#define UNUSED_PROTOCOL 253 /* for experiments: RFC 3692 */
#define ECHO_REQUEST 128
#define ECHO_REPLY 129

static SOCKET raw_socket(int family, int protocol)
{
    SOCKET s = WSASocketW(family, SOCK_RAW, protocol, NULL, 0, WSA_FLAG_OVERLAPPED);

    if (s == INVALID_SOCKET) CHECK_INT(WSAGetLastError(), WSAEACCES);
    return s;
}

struct echo
{
    unsigned char type, code;
    unsigned short checksum, id, number;
    char data[8];
};

static void make_echo(struct echo *echo, int number)
{
    memset(echo, 0, sizeof(*echo));
    echo->type = ECHO_REQUEST;
    echo->id = (unsigned short)GetCurrentProcessId();
    echo->number = number;
    memcpy(echo->data, "raw host", 8);
}

static struct sockaddr_in6 loopback6(void)
{
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6};

    addr.sin6_addr.s6_addr[15] = 1;
    return addr;
}

static void send_echo(SOCKET s, int number)
{
    struct sockaddr_in6 to = loopback6();
    struct echo echo;

    make_echo(&echo, number);
    CHECK_INT(sendto(s, (char *)&echo, sizeof(echo), 0, (SOCKADDR *)&to, sizeof(to)), sizeof(echo));
}

static BOOL is_reply(const struct echo *echo, int number)
{
    return echo->type == ECHO_REPLY && echo->id == (unsigned short)GetCurrentProcessId() &&
           echo->number == number && !memcmp(echo->data, "raw host", 8);
}

/* Others' messages come too, but no echo requests. */
static void receive_reply(SOCKET s, int number, struct sockaddr_in6 *from, int *len)
{
    struct echo echo;
    int got;

    do
    {
        got = recvfrom(s, (char *)&echo, sizeof(echo), 0, (SOCKADDR *)from, len);
        CHECK(got > 0 || WSAGetLastError() == WSAEMSGSIZE);
        CHECK(echo.type != ECHO_REQUEST);
    } while (!is_reply(&echo, number));
}

static void check_loopback6(const struct sockaddr_in6 *addr, int len)
{
    struct sockaddr_in6 expected = loopback6();

    CHECK_INT(len, sizeof(*addr));
    CHECK_INT(addr->sin6_family, AF_INET6);
    CHECK_INT(addr->sin6_port, 0);
    CHECK_INT(memcmp(&addr->sin6_addr, &expected.sin6_addr, sizeof(addr->sin6_addr)), 0);
}

TEST(echoes_come_back)
{
    SOCKET s = raw_socket(AF_INET6, IPPROTO_ICMPV6);
    struct sockaddr_in6 from;
    int len = sizeof(from);

    if (s == INVALID_SOCKET) return;
    send_echo(s, 1);
    receive_reply(s, 1, &from, &len);
    check_loopback6(&from, len);
}

TEST(it_is_a_raw_socket)
{
    SOCKET s = raw_socket(AF_INET6, IPPROTO_ICMPV6);
    WSAPROTOCOL_INFOW info;
    int type = 0, len = sizeof(type);

    if (s == INVALID_SOCKET) return;
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &len), 0);
    CHECK_INT(type, SOCK_RAW);
    len = sizeof(info);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &len), 0);
    CHECK_INT(info.iAddressFamily, AF_INET6);
    CHECK_INT(info.iSocketType, SOCK_RAW);
}

/* The kinds that WSASocket's page lists for IPPROTO_ICMPV6. */
TEST(icmpv6_is_for_any_internet_family_and_type)
{
    static const int kinds[][2] = {{AF_UNSPEC, SOCK_RAW}, {AF_INET, SOCK_RAW}, {AF_INET6, SOCK_RAW},
                                   {AF_UNSPEC, 0},        {AF_INET, 0},        {AF_INET6, 0}};
    unsigned int i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
    {
        SOCKET s = WSASocketW(kinds[i][0], kinds[i][1], IPPROTO_ICMPV6, NULL, 0, WSA_FLAG_OVERLAPPED);

        if (s == INVALID_SOCKET) CHECK_INT(WSAGetLastError(), WSAEACCES);
    }
}

TEST(names_are_of_the_family)
{
    SOCKET s = raw_socket(AF_INET6, IPPROTO_ICMPV6);
    struct sockaddr_in6 addr = loopback6(), name;
    int len = sizeof(name);

    if (s == INVALID_SOCKET) return;
    CHECK_ERROR(getsockname(s, (SOCKADDR *)&name, &len), WSAEINVAL);
    CHECK_INT(bind(s, (SOCKADDR *)&addr, sizeof(addr)), 0);
    CHECK_ERROR(bind(s, (SOCKADDR *)&addr, sizeof(addr)), WSAEINVAL);
    CHECK_INT(getsockname(s, (SOCKADDR *)&name, &len), 0);
    check_loopback6(&name, len);
    CHECK_ERROR(getpeername(s, (SOCKADDR *)&name, &len), WSAENOTCONN);
}

TEST(connected_ones_send_without_an_address)
{
    SOCKET s = raw_socket(AF_INET6, IPPROTO_ICMPV6);
    struct sockaddr_in6 to = loopback6(), name;
    struct echo echo;
    int len = sizeof(name);

    if (s == INVALID_SOCKET) return;
    CHECK_ERROR(send(s, "x", 1, 0), WSAENOTCONN);
    CHECK_INT(connect(s, (SOCKADDR *)&to, sizeof(to)), 0);
    CHECK_INT(getpeername(s, (SOCKADDR *)&name, &len), 0);
    check_loopback6(&name, len);
    make_echo(&echo, 2);
    CHECK_INT(send(s, (char *)&echo, sizeof(echo), 0), sizeof(echo));
    receive_reply(s, 2, &name, &len);
    check_loopback6(&name, len);
}

TEST(they_wait_as_others_do)
{
    SOCKET s = raw_socket(AF_INET6, IPPROTO_ICMPV6);
    WSANETWORKEVENTS events;
    HANDLE event = WSACreateEvent();
    struct sockaddr_in6 from;
    WSAPOLLFD poll;
    DWORD time = 50;
    u_long on = 1;
    int len = sizeof(from);
    fd_set set;
    char byte;

    if (s == INVALID_SOCKET) return;
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAEINVAL); /* not bound */
    send_echo(s, 3);
    FD_ZERO(&set);
    FD_SET(s, &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    poll = (WSAPOLLFD){s, POLLRDNORM, 0};
    CHECK_INT(WSAPoll(&poll, 1, -1), 1);
    receive_reply(s, 3, &from, &len);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&time, sizeof(time)), 0);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAETIMEDOUT);
    CHECK_INT(ioctlsocket(s, FIONBIO, &on), 0);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAEWOULDBLOCK);
    CHECK_INT(WSAEventSelect(s, event, FD_READ), 0);
    send_echo(s, 4);
    CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(s, event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_READ);
}

static struct sockaddr_in6 seen_by_routine;
static int seen_len;
static DWORD routine_bytes;

static void CALLBACK note_completion(DWORD error, DWORD bytes, OVERLAPPED *overlapped, DWORD flags)
{
    (void)overlapped;
    (void)flags;
    CHECK_INT(error, 0);
    routine_bytes = bytes;
}

TEST(overlapped_receives_tell_who_sent)
{
    SOCKET s = raw_socket(AF_INET6, IPPROTO_ICMPV6);
    struct sockaddr_in6 any = {.sin6_family = AF_INET6}, from;
    int from_len = sizeof(from);
    OVERLAPPED overlapped;
    struct echo echo;
    WSABUF buf = {sizeof(echo), (char *)&echo};
    DWORD flags = 0, done;

    if (s == INVALID_SOCKET) return;
    CHECK_INT(bind(s, (SOCKADDR *)&any, sizeof(any)), 0);
    event_overlapped(&overlapped);
    CHECK_ERROR(WSARecvFrom(s, &buf, 1, NULL, &flags, (SOCKADDR *)&from, &from_len, &overlapped, NULL),
                WSA_IO_PENDING);
    send_echo(s, 5);
    CHECK(WSAGetOverlappedResult(s, &overlapped, &done, TRUE, &flags));
    CHECK_INT(done, sizeof(echo));
    CHECK(is_reply(&echo, 5));
    check_loopback6(&from, from_len);

    memset(&overlapped, 0, sizeof(overlapped));
    seen_len = sizeof(seen_by_routine);
    CHECK_ERROR(WSARecvFrom(s, &buf, 1, NULL, &flags, (SOCKADDR *)&seen_by_routine, &seen_len, &overlapped,
                            note_completion),
                WSA_IO_PENDING);
    send_echo(s, 6);
    CHECK_INT(SleepEx(5000, TRUE), WAIT_IO_COMPLETION);
    CHECK_INT(routine_bytes, sizeof(echo));
    CHECK(is_reply(&echo, 6));
    check_loopback6(&seen_by_routine, seen_len);
}

TEST(completion_ports_take_them)
{
    SOCKET s = raw_socket(AF_INET6, IPPROTO_ICMPV6);
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    OVERLAPPED overlapped = {0}, *which;
    struct echo echo;
    WSABUF buf = {sizeof(echo), (char *)&echo};
    DWORD flags = 0, done;
    ULONG_PTR key;
    HANDLE port;

    if (s == INVALID_SOCKET) return;
    CHECK_INT(bind(s, (SOCKADDR *)&any, sizeof(any)), 0);
    port = CreateIoCompletionPort((HANDLE)s, NULL, 5, 0);
    CHECK(port != NULL);
    CHECK_ERROR(WSARecv(s, &buf, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    send_echo(s, 7);
    CHECK(GetQueuedCompletionStatus(port, &done, &key, &which, 5000));
    CHECK(which == &overlapped);
    CHECK_INT(done, sizeof(echo));
    CHECK(is_reply(&echo, 7));
}

TEST(options_of_the_protocol_are_the_host_sockets)
{
    SOCKET s = raw_socket(AF_INET6, IPPROTO_ICMPV6);
    DWORD value = 17;
    int len = sizeof(value);

    if (s == INVALID_SOCKET) return;
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, IPV6_UNICAST_HOPS, (char *)&value, sizeof(value)), 0);
    value = 0;
    CHECK_INT(getsockopt(s, IPPROTO_IPV6, IPV6_UNICAST_HOPS, (char *)&value, &len), 0);
    CHECK_INT(value, 17);
    CHECK_INT(getsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&value, &len), 0);
    CHECK_INT(value, 1);
    CHECK_ERROR(getsockopt(s, IPPROTO_IPV6, 4711, (char *)&value, &len), WSAENOPROTOOPT);
}

TEST(fragments_can_be_forbidden)
{
    static const struct
    {
        int family, protocol, level;
    } kinds[] = {{AF_INET, IPPROTO_IP, IPPROTO_IP},
                 {AF_INET6, IPPROTO_IPV6, IPPROTO_IPV6},
                 {AF_INET6, 0, IPPROTO_IPV6}};
    unsigned int i;
    DWORD value;
    int len;
    SOCKET s;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
    {
        if ((s = raw_socket(kinds[i].family, kinds[i].protocol)) == INVALID_SOCKET) return;
        len = sizeof(value);
        CHECK_INT(getsockopt(s, kinds[i].level, 14 /* IP_DONTFRAGMENT */, (char *)&value, &len), 0);
        CHECK_INT(value, 0);
        value = 1;
        CHECK_INT(setsockopt(s, kinds[i].level, 14, (char *)&value, sizeof(value)), 0);
        value = 0;
        CHECK_INT(getsockopt(s, kinds[i].level, 14, (char *)&value, &len), 0);
        CHECK_INT(value, 1);
        value = 0;
        CHECK_INT(setsockopt(s, kinds[i].level, 14, (char *)&value, sizeof(value)), 0);
        CHECK_INT(getsockopt(s, kinds[i].level, 14, (char *)&value, &len), 0);
        CHECK_INT(value, 0);
        closesocket(s);
    }
}

TEST(messages_go_without_control_data)
{
    SOCKET s = raw_socket(AF_INET6, IPPROTO_ICMPV6);
    struct sockaddr_in6 to = loopback6(), from;
    struct echo echo;
    WSABUF buf = {sizeof(echo), (char *)&echo};
    WSAMSG msg = {(SOCKADDR *)&to, sizeof(to), &buf, 1, {0, NULL}, 0};
    char control[64];
    DWORD done = 0;

    if (s == INVALID_SOCKET) return;
    make_echo(&echo, 8);
    CHECK_INT(WSASendMsg(s, &msg, 0, &done, NULL, NULL), 0);
    CHECK_INT(done, sizeof(echo));
    msg = (WSAMSG){(SOCKADDR *)&from, sizeof(from), &buf, 1, {sizeof(control), control}, 0};
    do CHECK_INT(EXTENSION(s, LPFN_WSARECVMSG, WSAID_WSARECVMSG)(s, &msg, &done, NULL, NULL), 0);
    while (!is_reply(&echo, 8));
    check_loopback6(&from, msg.namelen);
    CHECK_INT(msg.Control.len, 0);
    msg = (WSAMSG){(SOCKADDR *)&to, sizeof(to), &buf, 1, {sizeof(control), control}, 0};
    CHECK_ERROR(WSASendMsg(s, &msg, 0, &done, NULL, NULL), WSAEOPNOTSUPP);
}

/* IPv4's raw sockets receive the header, too. */
TEST(protocols_nobody_uses_go_through)
{
    SOCKET a = raw_socket(AF_INET, UNUSED_PROTOCOL), b = raw_socket(AF_INET, UNUSED_PROTOCOL);
    struct sockaddr_in addr = {.sin_family = AF_INET}, from;
    int len = sizeof(from), got;
    unsigned char packet[64];

    if (a == INVALID_SOCKET) return;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(b, (SOCKADDR *)&addr, sizeof(addr)), 0);
    CHECK_INT(sendto(a, "payload", 7, 0, (SOCKADDR *)&addr, sizeof(addr)), 7);
    got = recvfrom(b, (char *)packet, sizeof(packet), 0, (SOCKADDR *)&from, &len);
    CHECK_INT(got, 20 + 7);
    CHECK_INT(packet[0], 0x45);
    CHECK_INT(packet[9], UNUSED_PROTOCOL);
    CHECK_INT(memcmp(packet + 20, "payload", 7), 0);
    CHECK_INT(len, sizeof(from));
    CHECK_INT(from.sin_family, AF_INET);
    CHECK_INT(from.sin_addr.s_addr, addr.sin_addr.s_addr);
    CHECK_INT(from.sin_port, 0);
}

/* IPV6_CHECKSUM: where in what is sent the checksum goes, and has to be right in what is
 * received. */
TEST(checksums_go_where_they_are_wanted)
{
    static const int protocols[] = {UNUSED_PROTOCOL, IPPROTO_UDP};
    struct sockaddr_in6 to = loopback6();
    unsigned short sent[4] = {0x1111, 0x2222, 0, 0x4444}, got[4] = {0};
    DWORD time = 10000;
    unsigned int i;
    int value, len;
    SOCKET s;

    for (i = 0; i < 2; i++)
    {
        if ((s = raw_socket(AF_INET6, protocols[i])) == INVALID_SOCKET) return;
        len = sizeof(value);
        CHECK_INT(getsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, (char *)&value, &len), 0);
        CHECK_INT(value, -1);
        CHECK_INT(len, 4);
        value = 4;
        CHECK_INT(setsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, (char *)&value, sizeof(value)), 0);
        value = 0;
        CHECK_INT(getsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, (char *)&value, &len), 0);
        CHECK_INT(value, 4);
        CHECK_ERROR(getsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, NULL, &len), WSAEFAULT);
        CHECK_ERROR(getsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, (char *)&value, NULL), WSAEFAULT);
        CHECK_ERROR(setsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, NULL, sizeof(value)), WSAEFAULT);
        len = 3;
        CHECK_ERROR(getsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, (char *)&value, &len), WSAEFAULT);
        CHECK_ERROR(setsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, (char *)&value, 3), WSAEFAULT);
        value = 3; /* not in the middle of a word */
        CHECK_ERROR(setsockopt(s, IPPROTO_IPV6, IPV6_CHECKSUM, (char *)&value, sizeof(value)), WSAEINVAL);
        if (protocols[i] == UNUSED_PROTOCOL)
        {
            CHECK_INT(bind(s, (SOCKADDR *)&to, sizeof(to)), 0);
            CHECK_INT(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&time, sizeof(time)), 0);
            CHECK_INT(sendto(s, (char *)sent, sizeof(sent), 0, (SOCKADDR *)&to, sizeof(to)), sizeof(sent));
            CHECK_INT(recv(s, (char *)got, sizeof(got), 0), sizeof(got));
            CHECK(got[2] != 0);
            got[2] = 0;
            CHECK_INT(memcmp(got, sent, sizeof(got)), 0);
        }
        closesocket(s);
    }
}

TEST(addresses_must_be_of_the_family)
{
    SOCKET s = raw_socket(AF_INET6, IPPROTO_ICMPV6);
    struct sockaddr_in other = {.sin_family = AF_INET};
    struct sockaddr_in6 wrong = {.sin6_family = AF_INET};

    if (s == INVALID_SOCKET) return;
    CHECK_ERROR(bind(s, (SOCKADDR *)&other, sizeof(other)), WSAEFAULT);
    CHECK_ERROR(sendto(s, "x", 1, 0, (SOCKADDR *)&wrong, sizeof(wrong)), WSAEAFNOSUPPORT);
    CHECK_ERROR(connect(s, (SOCKADDR *)&wrong, sizeof(wrong)), WSAEAFNOSUPPORT);
}
