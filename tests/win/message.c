/*
 * WSARecvMsg and WSASendMsg: datagrams with control messages.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"

#define OPTION_TOS 3
#define OPTION_TTL 4
#define OPTION_PKTINFO 19
#define OPTION_RECVTTL 21
#define OPTION_HOPLIMIT 21
#define OPTION_RECVIF 24
#define OPTION_RECVDSTADDR 25
#define OPTION_TCLASS 39
#define OPTION_RECVTOS 40
#define OPTION_RECVTCLASS 40
#define OPTION_ORIGINAL_ARRIVAL_IF 47
#define OPTION_ECN 50
#define OPTION_SEND_MSG_SIZE 2
#define OPTION_RECV_MAX_COALESCED_SIZE 3
#define MESSAGE_COALESCED_INFO 3

struct pktinfo
{
    struct in_addr addr;
    ULONG index;
};

struct pktinfo6
{
    struct in6_addr addr;
    ULONG index;
};

/* A message with everything that it can bring, ready to be received into. */
struct received
{
    WSAMSG msg;
    WSABUF buffer;
    char data[4096];
    _Alignas(8) char control[256];
    struct sockaddr_storage addr;
};

static LPFN_WSARECVMSG recvmsg_of(SOCKET s)
{
    return EXTENSION(s, LPFN_WSARECVMSG, WSAID_WSARECVMSG);
}

static LPFN_WSASENDMSG sendmsg_of(SOCKET s)
{
    return EXTENSION(s, LPFN_WSASENDMSG, WSAID_WSASENDMSG);
}

static WSAMSG *prepare(struct received *r)
{
    memset(r, 0, sizeof(*r));
    r->buffer.buf = r->data;
    r->buffer.len = sizeof(r->data);
    r->msg.lpBuffers = &r->buffer;
    r->msg.dwBufferCount = 1;
    r->msg.name = (struct sockaddr *)&r->addr;
    r->msg.namelen = sizeof(r->addr);
    r->msg.Control.buf = r->control;
    r->msg.Control.len = sizeof(r->control);
    return &r->msg;
}

/* The data of the first control message of a kind, NULL if there is none. */
static void *control_data(WSAMSG *msg, int level, int type)
{
    WSACMSGHDR *header;

    for (header = WSA_CMSG_FIRSTHDR(msg); header; header = WSA_CMSG_NXTHDR(msg, header))
        if (header->cmsg_level == level && header->cmsg_type == type) return WSA_CMSG_DATA(header);
    return NULL;
}

static int count_control(WSAMSG *msg)
{
    WSACMSGHDR *header;
    int count = 0;

    for (header = WSA_CMSG_FIRSTHDR(msg); header; header = WSA_CMSG_NXTHDR(msg, header)) count++;
    return count;
}

static void turn_on(SOCKET s, int level, int name)
{
    DWORD on = 1;

    CHECK_INT(setsockopt(s, level, name, (char *)&on, sizeof(on)), 0);
}

static SOCKET udp6_bound(struct sockaddr_in6 *addr)
{
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP);
    int len = sizeof(*addr);

    if (s == INVALID_SOCKET) SKIP("no IPv6 here");
    memset(addr, 0, sizeof(*addr));
    addr->sin6_family = AF_INET6;
    addr->sin6_addr.s6_addr[15] = 1;
    if (bind(s, (struct sockaddr *)addr, sizeof(*addr))) SKIP("no IPv6 loopback here");
    CHECK_INT(getsockname(s, (struct sockaddr *)addr, &len), 0);
    return s;
}

/* Appends a control message of one value to what is to be sent. */
static void add_control(WSAMSG *msg, int level, int type, const void *data, int size)
{
    WSACMSGHDR *header = (WSACMSGHDR *)(msg->Control.buf + msg->Control.len);

    header->cmsg_len = WSA_CMSG_LEN(size);
    header->cmsg_level = level;
    header->cmsg_type = type;
    memcpy(WSA_CMSG_DATA(header), data, size);
    msg->Control.len += WSA_CMSG_SPACE(size);
}

static WSAMSG *to_send(struct received *r, const void *addr, int addr_len, const char *data, int size)
{
    prepare(r);
    memcpy(r->data, data, size);
    r->buffer.len = size;
    memcpy(&r->addr, addr, addr_len);
    r->msg.namelen = addr_len;
    r->msg.Control.len = 0;
    return &r->msg;
}

TEST(recvmsg_gives_data_and_sender)
{
    struct sockaddr_in to, from;
    struct received r;
    DWORD done = 0;
    SOCKET a, b;

    udp_bound(&a, &from);
    udp_bound(&b, &to);
    CHECK_INT(sendto(a, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    WSASetLastError(0xdead);
    CHECK_INT(recvmsg_of(b)(b, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(WSAGetLastError(), 0);
    CHECK_INT(done, 5);
    CHECK_INT(memcmp(r.data, "hello", 5), 0);
    CHECK_INT(r.msg.namelen, sizeof(struct sockaddr_in));
    CHECK_INT(memcmp(&r.addr, &from, 8), 0);
    CHECK_INT(r.msg.Control.len, 0);
    CHECK_INT(r.msg.dwFlags, 0);
}

TEST(recvmsg_scatters_over_buffers)
{
    struct sockaddr_in to;
    struct received r;
    char first[2], second[10];
    WSABUF buffers[2] = {{2, first}, {10, second}};
    DWORD done = 0;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    prepare(&r)->lpBuffers = buffers;
    r.msg.dwBufferCount = 2;
    CHECK_INT(recvmsg_of(s)(s, &r.msg, &done, NULL, NULL), 0);
    CHECK_INT(done, 5);
    CHECK_INT(memcmp(first, "he", 2), 0);
    CHECK_INT(memcmp(second, "llo", 3), 0);
}

TEST(recvmsg_of_a_truncated_datagram_fails_with_the_buffer_full)
{
    struct sockaddr_in to;
    struct received r;
    DWORD done = 0;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    prepare(&r);
    r.buffer.len = 3;
    CHECK_ERROR(recvmsg_of(s)(s, &r.msg, &done, NULL, NULL), WSAEMSGSIZE);
    CHECK_INT(done, 3);
    CHECK_INT(memcmp(r.data, "hel\0", 4), 0);
    CHECK(r.msg.dwFlags & MSG_TRUNC);
}

TEST(recvmsg_refuses_bad_pointers)
{
    LPFN_WSARECVMSG receive;
    struct received r;
    DWORD done;
    SOCKET s;

    udp_bound(&s, NULL);
    receive = recvmsg_of(s);
    CHECK_ERROR(receive(s, NULL, NULL, NULL, NULL), WSAEFAULT);
    CHECK_ERROR(receive(s, (WSAMSG *)16, &done, NULL, NULL), WSAEFAULT);
    CHECK_ERROR(receive(s, prepare(&r), &done, (WSAOVERLAPPED *)16, NULL), WSAEFAULT);
    prepare(&r)->lpBuffers = (WSABUF *)16;
    CHECK_ERROR(receive(s, &r.msg, &done, NULL, NULL), WSAEFAULT);
    closesocket(s);
    CHECK_ERROR(receive(s, prepare(&r), &done, NULL, NULL), WSAENOTSOCK);
}

TEST(recvmsg_peeks)
{
    struct sockaddr_in to;
    struct received r;
    DWORD done = 0;
    SOCKET s;

    udp_bound(&s, &to);
    turn_on(s, IPPROTO_IP, OPTION_ECN);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    prepare(&r)->dwFlags = MSG_PEEK;
    CHECK_INT(recvmsg_of(s)(s, &r.msg, &done, NULL, NULL), 0);
    CHECK_INT(done, 5);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(done, 5);
}

TEST(recvmsg_of_a_stream_does_not_peek)
{
    struct received r;
    SOCKET pair[2];
    DWORD done;

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    prepare(&r)->dwFlags = MSG_PEEK;
    CHECK_ERROR(recvmsg_of(pair[1])(pair[1], &r.msg, &done, NULL, NULL), WSAEOPNOTSUPP);
    CHECK_INT(recvmsg_of(pair[1])(pair[1], prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(done, 1);
}

TEST(recvmsg_would_block)
{
    struct received r;
    u_long on = 1;
    DWORD done;
    SOCKET s;

    udp_bound(&s, NULL);
    CHECK_INT(ioctlsocket(s, FIONBIO, &on), 0);
    CHECK_ERROR(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), WSAEWOULDBLOCK);
    turn_on(s, IPPROTO_IP, OPTION_ECN); /* and by the other way, too */
    CHECK_ERROR(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), WSAEWOULDBLOCK);
}

TEST(recvmsg_times_out)
{
    DWORD timeout = 20, done;
    struct received r;
    SOCKET s;

    udp_bound(&s, NULL);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, sizeof(timeout)), 0);
    turn_on(s, IPPROTO_IP, OPTION_RECVDSTADDR);
    CHECK_ERROR(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), WSAETIMEDOUT);
}

TEST(recvmsg_of_an_unbound_socket_fails)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    struct received r;
    DWORD done;

    CHECK_ERROR(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), WSAEINVAL);
    turn_on(s, IPPROTO_IP, OPTION_ECN);
    CHECK_ERROR(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), WSAEINVAL);
}

TEST(recvmsg_has_fd_read_come_again)
{
    static const int options[] = {OPTION_PKTINFO, OPTION_ECN};
    WSANETWORKEVENTS events;
    struct sockaddr_in to;
    struct received r;
    WSAEVENT event;
    DWORD done;
    SOCKET s;
    int i, j;

    for (i = 0; i < 2; i++)
    {
        udp_bound(&s, &to);
        turn_on(s, IPPROTO_IP, options[i]);
        CHECK((event = WSACreateEvent()) != WSA_INVALID_EVENT);
        CHECK_INT(WSAEventSelect(s, event, FD_READ), 0);
        for (j = 0; j < 3; j++)
        {
            CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
            CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
            CHECK_INT(WSAEnumNetworkEvents(s, event, &events), 0);
            CHECK_INT(events.lNetworkEvents, FD_READ);
            CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
            CHECK_INT(done, 5);
            CHECK_INT(r.msg.namelen, sizeof(to));
            CHECK(control_data(&r.msg, IPPROTO_IP, options[i]) != NULL);
            prepare(&r)->Control.len = 1;
            CHECK_ERROR(recvmsg_of(s)(s, &r.msg, &done, NULL, NULL), WSAEWOULDBLOCK);
        }
        CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
        prepare(&r)->Control.len = 1;
        CHECK_ERROR(recvmsg_of(s)(s, &r.msg, &done, NULL, NULL), WSAEMSGSIZE);
        CHECK_INT(done, 5);
        CHECK_INT(r.msg.dwFlags, MSG_CTRUNC);
        closesocket(s);
    }
}

TEST(recvmsg_tells_of_an_unreachable_port_unless_told_not_to)
{
    BOOL connreset = FALSE;
    struct sockaddr_in to;
    struct received r;
    u_long on = 1;
    DWORD done;
    SOCKET s, t;
    int i;

    udp_bound(&t, &to);
    closesocket(t);
    for (i = 0; i < 2; i++)
    {
        udp_bound(&s, NULL);
        CHECK_INT(connect(s, (struct sockaddr *)&to, sizeof(to)), 0);
        turn_on(s, IPPROTO_IP, OPTION_ECN);
        CHECK_INT(ioctlsocket(s, FIONBIO, &on), 0);
        if (i) CHECK_INT(WSAIoctl(s, 0x9800000c, &connreset, sizeof(connreset), NULL, 0, &done, NULL, NULL), 0);
        CHECK_INT(send(s, "hello", 5, 0), 5);
        CHECK_ERROR(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), i ? WSAEWOULDBLOCK : WSAECONNRESET);
        closesocket(s);
    }
}

static DWORD WINAPI send_later(void *context)
{
    SOCKET *s = context;
    struct sockaddr_in to;
    int len = sizeof(to);

    Sleep(50);
    getsockname(*s, (struct sockaddr *)&to, &len);
    sendto(*s, "later", 5, 0, (struct sockaddr *)&to, sizeof(to));
    return 0;
}

TEST(recvmsg_waits_for_a_datagram)
{
    struct received r;
    HANDLE thread;
    DWORD done;
    SOCKET s;

    udp_bound(&s, NULL);
    turn_on(s, IPPROTO_IP, OPTION_ECN);
    thread = CreateThread(NULL, 0, send_later, &s, 0, NULL);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(done, 5);
    CHECK(control_data(&r.msg, IPPROTO_IP, OPTION_ECN) != NULL);
    WaitForSingleObject(thread, 10000);
}

TEST(control_data_without_room_is_lost_with_ctrunc)
{
    struct sockaddr_in to;
    struct received r;
    DWORD done;
    SOCKET s;
    int i;

    udp_bound(&s, &to);
    turn_on(s, IPPROTO_IP, OPTION_PKTINFO);
    for (i = 0; i < 2; i++)
    {
        CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
        prepare(&r)->Control.len = 1;
        CHECK_ERROR(recvmsg_of(s)(s, &r.msg, &done, NULL, NULL), WSAEMSGSIZE);
        CHECK_INT(done, 5);
        CHECK_INT(r.msg.dwFlags, MSG_CTRUNC);
        turn_on(s, IPPROTO_IP, OPTION_ECN);
    }
}

TEST(pktinfo_tells_the_destination)
{
    struct pktinfo *info;
    struct sockaddr_in to;
    struct received r;
    DWORD done;
    SOCKET s;

    udp_bound(&s, &to);
    turn_on(s, IPPROTO_IP, OPTION_PKTINFO);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK((info = control_data(&r.msg, IPPROTO_IP, OPTION_PKTINFO)) != NULL);
    CHECK_INT(info->addr.s_addr, to.sin_addr.s_addr);
    CHECK(info->index != 0);
    CHECK_INT(r.msg.Control.len, WSA_CMSG_SPACE(sizeof(*info)));
}

/* Sets an option, sends itself a datagram, and gives the one message's value. */
static int one_value(SOCKET s, const void *to, int to_len, int level, int option, int type)
{
    struct received r;
    DWORD done;
    int *value;

    turn_on(s, level, option);
    CHECK_INT(sendto(s, "hello", 5, 0, to, to_len), 5);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(count_control(&r.msg), 1);
    CHECK((value = control_data(&r.msg, level, type)) != NULL);
    CHECK_INT(((WSACMSGHDR *)r.control)->cmsg_len, WSA_CMSG_LEN(4));
    return *value;
}

TEST(recvttl_tells_the_ttl)
{
    struct sockaddr_in to;
    DWORD ttl = 77;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK_INT(setsockopt(s, IPPROTO_IP, OPTION_TTL, (char *)&ttl, sizeof(ttl)), 0);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IP, OPTION_RECVTTL, OPTION_TTL), 77);
}

TEST(recvtos_tells_the_type_of_service)
{
    struct sockaddr_in to;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IP, OPTION_RECVTOS, OPTION_TOS), 0);
}

TEST(ecn_comes_without_the_type_of_service)
{
    struct sockaddr_in to;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IP, OPTION_ECN, OPTION_ECN), 0);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IP, OPTION_ECN, OPTION_ECN), 0);
}

TEST(asking_for_ecn_does_not_ask_for_tos)
{
    struct sockaddr_in to;
    DWORD on = 0xdead;
    int len = sizeof(on);
    struct received r;
    DWORD done;
    SOCKET s;

    udp_bound(&s, &to);
    one_value(s, &to, sizeof(to), IPPROTO_IP, OPTION_ECN, OPTION_ECN);
    CHECK_INT(getsockopt(s, IPPROTO_IP, OPTION_RECVTOS, (char *)&on, &len), 0);
    CHECK_INT(on, 0);
    turn_on(s, IPPROTO_IP, OPTION_RECVTOS);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(count_control(&r.msg), 2);
    CHECK(control_data(&r.msg, IPPROTO_IP, OPTION_TOS) != NULL);
}

TEST(recvdstaddr_tells_the_destination)
{
    struct sockaddr_in to;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IP, OPTION_RECVDSTADDR, OPTION_RECVDSTADDR),
              (int)to.sin_addr.s_addr);
}

TEST(arrival_interface_is_told)
{
    struct sockaddr_in to;
    struct received r;
    DWORD done;
    SOCKET s;
    ULONG *first, *second;

    udp_bound(&s, &to);
    turn_on(s, IPPROTO_IP, OPTION_ORIGINAL_ARRIVAL_IF);
    turn_on(s, IPPROTO_IP, OPTION_RECVIF);
    turn_on(s, IPPROTO_IP, OPTION_PKTINFO);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(count_control(&r.msg), 3);
    CHECK((first = control_data(&r.msg, IPPROTO_IP, OPTION_ORIGINAL_ARRIVAL_IF)) != NULL);
    CHECK((second = control_data(&r.msg, IPPROTO_IP, OPTION_RECVIF)) != NULL);
    CHECK_INT(*first, *second);
    CHECK(*first != 0);
}

TEST(multicast_is_told_by_a_flag)
{
    struct sockaddr_in any = {.sin_family = AF_INET}, group = {.sin_family = AF_INET};
    struct ip_mreq join = {.imr_interface = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int i, len = sizeof(any);
    struct received r;
    DWORD done;
    SOCKET s;

    s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_INT(bind(s, (struct sockaddr *)&any, sizeof(any)), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)&any, &len), 0);
    join.imr_multiaddr.s_addr = inet_addr("239.1.2.3");
    if (setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&join, sizeof(join))) SKIP("no multicast here");
    CHECK_INT(setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, (char *)&join.imr_interface, 4), 0);
    turn_on(s, IPPROTO_IP, OPTION_PKTINFO);
    group.sin_addr = join.imr_multiaddr;
    group.sin_port = any.sin_port;
    for (i = 0; i < 2; i++)
    {
        if (sendto(s, "hello", 5, 0, (struct sockaddr *)&group, sizeof(group)) != 5) SKIP("no multicast here");
        CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
        CHECK_INT(r.msg.dwFlags, MSG_MCAST);
        turn_on(s, IPPROTO_IP, OPTION_ECN);
    }
}

TEST(ipv6_hop_limit_and_traffic_class_are_told)
{
    struct sockaddr_in6 to;
    SOCKET s = udp6_bound(&to);
    DWORD off = 0;

    CHECK(one_value(s, &to, sizeof(to), IPPROTO_IPV6, OPTION_HOPLIMIT, OPTION_HOPLIMIT) >= 32);
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, OPTION_HOPLIMIT, (char *)&off, sizeof(off)), 0);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IPV6, OPTION_RECVTCLASS, OPTION_TCLASS), 0);
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, OPTION_RECVTCLASS, (char *)&off, sizeof(off)), 0);
    CHECK_INT(one_value(s, &to, sizeof(to), IPPROTO_IPV6, OPTION_ECN, OPTION_ECN), 0);
}

TEST(ipv6_pktinfo_tells_the_destination)
{
    struct sockaddr_in6 to;
    SOCKET s = udp6_bound(&to);
    struct pktinfo6 *info;
    struct received r;
    DWORD done;

    turn_on(s, IPPROTO_IPV6, OPTION_PKTINFO);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK((info = control_data(&r.msg, IPPROTO_IPV6, OPTION_PKTINFO)) != NULL);
    CHECK_INT(memcmp(&info->addr, &to.sin6_addr, 16), 0);
}

TEST(a_dual_stack_socket_tells_the_ecn_of_ipv4)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    struct sockaddr_in to = {.sin_family = AF_INET};
    int len = sizeof(any), ecn = 1;
    SOCKET s = socket(AF_INET6, SOCK_DGRAM, IPPROTO_UDP), t;
    struct received r;
    DWORD done = 0;

    if (s == INVALID_SOCKET) SKIP("no IPv6 here");
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&done, sizeof(done)), 0);
    CHECK_INT(bind(s, (struct sockaddr *)&any, sizeof(any)), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)&any, &len), 0);
    turn_on(s, IPPROTO_IPV6, OPTION_ECN);
    udp_bound(&t, NULL);
    to.sin_port = any.sin6_port;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to_send(&r, &to, sizeof(to), "hello", 5);
    add_control(&r.msg, IPPROTO_IP, OPTION_ECN, &ecn, sizeof(ecn));
    CHECK_INT(sendmsg_of(t)(t, &r.msg, 0, &done, NULL, NULL), 0);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK(control_data(&r.msg, IPPROTO_IP, OPTION_ECN) != NULL);
    CHECK_INT(*(int *)control_data(&r.msg, IPPROTO_IP, OPTION_ECN), 1);
}

/* Receives what was sent with control data by an event, a routine or a port. */
static void CALLBACK count_routine(DWORD error, DWORD bytes, WSAOVERLAPPED *overlapped, DWORD flags)
{
    overlapped->Offset = error ? error : bytes;
    overlapped->OffsetHigh = flags + 1;
}

TEST(overlapped_recvmsg_sets_its_event)
{
    static const int options[] = {OPTION_PKTINFO, OPTION_ECN};
    OVERLAPPED overlapped;
    struct sockaddr_in to;
    struct received r;
    SOCKET s;
    int i, pending;

    for (i = 0; i < 2; i++)
        for (pending = 0; pending < 2; pending++)
        {
            udp_bound(&s, &to);
            turn_on(s, IPPROTO_IP, options[i]);
            event_overlapped(&overlapped);
            prepare(&r);
            if (!pending) CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
            if (recvmsg_of(s)(s, &r.msg, NULL, &overlapped, NULL)) CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
            if (pending)
            {
                CHECK_INT(WaitForSingleObject(overlapped.hEvent, 0), WAIT_TIMEOUT);
                CHECK(!HasOverlappedIoCompleted(&overlapped));
                CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
            }
            CHECK_COMPLETES(s, &overlapped, 5);
            CHECK(control_data(&r.msg, IPPROTO_IP, options[i]) != NULL);
            CHECK_INT(r.msg.namelen, sizeof(to));
            closesocket(s);
        }
}

TEST(overlapped_recvmsg_queues_its_routine)
{
    static const int options[] = {OPTION_PKTINFO, OPTION_ECN};
    OVERLAPPED overlapped;
    struct sockaddr_in to;
    struct received r;
    SOCKET s;
    int i, pending;

    for (i = 0; i < 2; i++)
        for (pending = 0; pending < 2; pending++)
        {
            udp_bound(&s, &to);
            turn_on(s, IPPROTO_IP, options[i]);
            memset(&overlapped, 0, sizeof(overlapped));
            prepare(&r);
            if (!pending) CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
            if (recvmsg_of(s)(s, &r.msg, NULL, &overlapped, count_routine))
                CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
            if (pending) CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
            while (!overlapped.OffsetHigh) CHECK_INT(SleepEx(10000, TRUE), WAIT_IO_COMPLETION);
            CHECK_INT(overlapped.Offset, 5);
            CHECK_INT(overlapped.OffsetHigh, 1);
            CHECK(control_data(&r.msg, IPPROTO_IP, options[i]) != NULL);
            closesocket(s);
        }
}

TEST(overlapped_recvmsg_posts_to_its_port)
{
    static const int options[] = {OPTION_PKTINFO, OPTION_ECN};
    OVERLAPPED overlapped, *packet;
    struct sockaddr_in to;
    struct received r;
    ULONG_PTR key;
    DWORD bytes;
    HANDLE port;
    SOCKET s;
    int i, pending;

    for (i = 0; i < 2; i++)
        for (pending = 0; pending < 2; pending++)
        {
            udp_bound(&s, &to);
            CHECK((port = CreateIoCompletionPort((HANDLE)s, NULL, 123, 0)) != NULL);
            turn_on(s, IPPROTO_IP, options[i]);
            memset(&overlapped, 0, sizeof(overlapped));
            prepare(&r);
            if (!pending) CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
            if (recvmsg_of(s)(s, &r.msg, NULL, &overlapped, NULL)) CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
            if (pending) CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
            CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &packet, 10000));
            CHECK_INT(bytes, 5);
            CHECK_INT(key, 123);
            CHECK(packet == &overlapped);
            CHECK(control_data(&r.msg, IPPROTO_IP, options[i]) != NULL);
            CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &packet, 0));
            CHECK_INT(GetLastError(), WAIT_TIMEOUT);
            closesocket(s);
            CloseHandle(port);
        }
}

TEST(overlapped_recvmsg_can_be_cancelled)
{
    static const int options[] = {OPTION_PKTINFO, OPTION_ECN};
    OVERLAPPED overlapped;
    struct received r;
    SOCKET s;
    int i;

    for (i = 0; i < 2; i++)
    {
        udp_bound(&s, NULL);
        turn_on(s, IPPROTO_IP, options[i]);
        event_overlapped(&overlapped);
        CHECK_ERROR(recvmsg_of(s)(s, prepare(&r), NULL, &overlapped, NULL), WSA_IO_PENDING);
        CHECK(CancelIoEx((HANDLE)s, &overlapped));
        CHECK_ENDS_WITH(s, &overlapped, ERROR_OPERATION_ABORTED);
        closesocket(s);
    }
}

TEST(closing_the_socket_ends_overlapped_recvmsg)
{
    static const int options[] = {OPTION_PKTINFO, OPTION_ECN};
    OVERLAPPED overlapped, *packet;
    struct received r;
    ULONG_PTR key;
    DWORD bytes;
    HANDLE port;
    SOCKET s;
    int i;

    for (i = 0; i < 2; i++)
    {
        udp_bound(&s, NULL);
        CHECK((port = CreateIoCompletionPort((HANDLE)s, NULL, 123, 0)) != NULL);
        turn_on(s, IPPROTO_IP, options[i]);
        memset(&overlapped, 0, sizeof(overlapped));
        CHECK_ERROR(recvmsg_of(s)(s, prepare(&r), NULL, &overlapped, NULL), WSA_IO_PENDING);
        CHECK_INT(closesocket(s), 0);
        CHECK_INT(GetQueuedCompletionStatus(port, &bytes, &key, &packet, 10000), FALSE);
        CHECK(packet == &overlapped);
        CHECK_INT(bytes, 0);
        CloseHandle(port);
    }
}

TEST(sendmsg_sends_and_binds)
{
    struct sockaddr_in to, from;
    int len = sizeof(from);
    struct received r;
    char buffer[16];
    DWORD done = 0;
    SOCKET s, t;

    udp_bound(&t, &to);
    s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_INT(sendmsg_of(s)(s, to_send(&r, &to, sizeof(to), "hello", 5), 0, &done, NULL, NULL), 0);
    CHECK_INT(done, 5);
    CHECK_INT(recv(t, buffer, sizeof(buffer), 0), 5);
    CHECK_INT(getsockname(s, (struct sockaddr *)&from, &len), 0);
    CHECK_INT(from.sin_addr.s_addr, 0);
    CHECK(from.sin_port != 0);
}

TEST(sendmsg_is_exported_too)
{
    int(WINAPI * send_msg)(SOCKET, WSAMSG *, DWORD, DWORD *, WSAOVERLAPPED *, void *) =
        (void *)GetProcAddress(GetModuleHandleA("ws2_32"), "WSASendMsg");
    struct sockaddr_in to;
    struct received r;
    DWORD done = 0;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK(send_msg != NULL);
    CHECK_INT(send_msg(s, to_send(&r, &to, sizeof(to), "hello", 5), 0, &done, NULL, NULL), 0);
    CHECK_INT(done, 5);
}

TEST(sendmsg_with_control_data_binds_too)
{
    struct sockaddr_in to, from;
    int len = sizeof(from), ttl = 9;
    struct received r;
    DWORD done = 0;
    SOCKET s, t;

    udp_bound(&t, &to);
    s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    to_send(&r, &to, sizeof(to), "hello", 5);
    add_control(&r.msg, IPPROTO_IP, OPTION_TTL, &ttl, sizeof(ttl));
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, &done, NULL, NULL), 0);
    CHECK_INT(done, 5);
    CHECK_INT(getsockname(s, (struct sockaddr *)&from, &len), 0);
    CHECK_INT(from.sin_addr.s_addr, 0);
    CHECK(from.sin_port != 0);

    turn_on(t, IPPROTO_IP, OPTION_RECVTTL);
    CHECK_INT(recvmsg_of(t)(t, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(done, 5);
    CHECK_INT(((struct sockaddr_in *)&r.addr)->sin_port, from.sin_port);
    CHECK(control_data(&r.msg, IPPROTO_IP, OPTION_TTL) != NULL);
    CHECK_INT(*(int *)control_data(&r.msg, IPPROTO_IP, OPTION_TTL), 9);
}

TEST(sendmsg_sets_tos_and_ecn_for_one_datagram)
{
    int tos = 0x28, ecn = 2;
    struct sockaddr_in to;
    struct received r;
    DWORD done = 0;
    SOCKET s;

    udp_bound(&s, &to);
    turn_on(s, IPPROTO_IP, OPTION_RECVTOS);
    turn_on(s, IPPROTO_IP, OPTION_ECN);
    to_send(&r, &to, sizeof(to), "hello", 5);
    add_control(&r.msg, IPPROTO_IP, OPTION_TOS, &tos, sizeof(tos));
    add_control(&r.msg, IPPROTO_IP, OPTION_ECN, &ecn, sizeof(ecn));
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, &done, NULL, NULL), 0);
    CHECK_INT(sendto(s, "plain", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(*(int *)control_data(&r.msg, IPPROTO_IP, OPTION_TOS), 0x2a);
    CHECK_INT(*(int *)control_data(&r.msg, IPPROTO_IP, OPTION_ECN), 2);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(*(int *)control_data(&r.msg, IPPROTO_IP, OPTION_TOS), 0);
}

TEST(sendmsg_sets_hop_limit_and_traffic_class)
{
    struct sockaddr_in6 to;
    SOCKET s = udp6_bound(&to);
    int hops = 3, class = 0x28, ecn = 1;
    struct received r;
    DWORD done = 0;

    turn_on(s, IPPROTO_IPV6, OPTION_HOPLIMIT);
    turn_on(s, IPPROTO_IPV6, OPTION_RECVTCLASS);
    turn_on(s, IPPROTO_IPV6, OPTION_ECN);
    to_send(&r, &to, sizeof(to), "hello", 5);
    add_control(&r.msg, IPPROTO_IPV6, OPTION_HOPLIMIT, &hops, sizeof(hops));
    add_control(&r.msg, IPPROTO_IPV6, OPTION_TCLASS, &class, sizeof(class));
    add_control(&r.msg, IPPROTO_IPV6, OPTION_ECN, &ecn, sizeof(ecn));
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, &done, NULL, NULL), 0);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(*(int *)control_data(&r.msg, IPPROTO_IPV6, OPTION_HOPLIMIT), 3);
    CHECK_INT(*(int *)control_data(&r.msg, IPPROTO_IPV6, OPTION_TCLASS), 0x29);
    CHECK_INT(*(int *)control_data(&r.msg, IPPROTO_IPV6, OPTION_ECN), 1);
}

TEST(sendmsg_chooses_the_source_address)
{
    struct sockaddr_in to, any = {.sin_family = AF_INET};
    struct pktinfo info = {.index = 0};
    struct received r;
    DWORD done = 0;
    SOCKET s, t;

    udp_bound(&t, &to);
    s = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_INT(bind(s, (struct sockaddr *)&any, sizeof(any)), 0);
    info.addr.s_addr = htonl(0x7f000005);
    to_send(&r, &to, sizeof(to), "hello", 5);
    add_control(&r.msg, IPPROTO_IP, OPTION_PKTINFO, &info, sizeof(info));
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, &done, NULL, NULL), 0);
    CHECK_INT(recvmsg_of(t)(t, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(((struct sockaddr_in *)&r.addr)->sin_addr.s_addr, info.addr.s_addr);
}

TEST(send_msg_size_cuts_one_send_into_datagrams)
{
    struct sockaddr_in to;
    char data[1000];
    struct received r;
    DWORD size = 400, done = 0;
    SOCKET s;

    memset(data, 'x', sizeof(data));
    udp_bound(&s, &to);
    to_send(&r, &to, sizeof(to), data, sizeof(data));
    add_control(&r.msg, IPPROTO_UDP, OPTION_SEND_MSG_SIZE, &size, sizeof(size));
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, &done, NULL, NULL), 0);
    CHECK_INT(done, 1000);
    CHECK_INT(recv(s, data, sizeof(data), 0), 400);
    CHECK_INT(recv(s, data, sizeof(data), 0), 400);
    CHECK_INT(recv(s, data, sizeof(data), 0), 200);
}

TEST(send_msg_size_may_give_more_datagrams_than_the_host_takes_at_once)
{
    static char data[20001];
    WSABUF buffers[2] = {{7001, data}, {13000, data + 7001}};
    DWORD size = 100, done = 0, room = 4 << 20;
    struct sockaddr_in to;
    struct received r;
    SOCKET s;
    int i, j;

    for (i = 0; i < (int)sizeof(data); i++) data[i] = i / 100;
    udp_bound(&s, &to);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_RCVBUF, (char *)&room, sizeof(room)), 0);
    to_send(&r, &to, sizeof(to), "", 0);
    r.msg.lpBuffers = buffers;
    r.msg.dwBufferCount = 2;
    add_control(&r.msg, IPPROTO_UDP, OPTION_SEND_MSG_SIZE, &size, sizeof(size));
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, &done, NULL, NULL), 0);
    CHECK_INT(done, sizeof(data));
    for (i = 0; i < 200; i++)
    {
        CHECK_INT(recv(s, r.data, sizeof(r.data), 0), 100);
        for (j = 0; j < 100; j++) CHECK_INT(r.data[j], (char)i);
    }
    CHECK_INT(recv(s, r.data, sizeof(r.data), 0), 1);
}

TEST(send_msg_size_of_one_datagram_is_no_matter)
{
    DWORD size = 5, done = 0;
    struct sockaddr_in to;
    struct received r;
    SOCKET s;

    udp_bound(&s, &to);
    to_send(&r, &to, sizeof(to), "hello", 5);
    add_control(&r.msg, IPPROTO_UDP, OPTION_SEND_MSG_SIZE, &size, sizeof(size));
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, &done, NULL, NULL), 0);
    CHECK_INT(recv(s, r.data, sizeof(r.data), 0), 5);
}

TEST(coalesced_datagrams_tell_their_size)
{
    DWORD size = 400, room = 65535, done = 0;
    struct sockaddr_in to;
    struct received r;
    char data[1000];
    SOCKET s;

    memset(data, 'x', sizeof(data));
    udp_bound(&s, &to);
    CHECK_INT(setsockopt(s, IPPROTO_UDP, OPTION_RECV_MAX_COALESCED_SIZE, (char *)&room, sizeof(room)), 0);
    to_send(&r, &to, sizeof(to), data, sizeof(data));
    add_control(&r.msg, IPPROTO_UDP, OPTION_SEND_MSG_SIZE, &size, sizeof(size));
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, &done, NULL, NULL), 0);
    CHECK_INT(recvmsg_of(s)(s, prepare(&r), &done, NULL, NULL), 0);
    CHECK_INT(done, 1000);
    CHECK(control_data(&r.msg, IPPROTO_UDP, MESSAGE_COALESCED_INFO) != NULL);
    CHECK_INT(*(DWORD *)control_data(&r.msg, IPPROTO_UDP, MESSAGE_COALESCED_INFO), 400);
}

TEST(sendmsg_refuses_bad_control_data)
{
    int ttl = 9, large = 70000, ecn = 4;
    struct sockaddr_in to;
    LPFN_WSASENDMSG send_msg;
    struct received r;
    DWORD done = 0;
    SOCKET s;

    udp_bound(&s, &to);
    send_msg = sendmsg_of(s);
    to_send(&r, &to, sizeof(to), "hello", 5);
    add_control(&r.msg, IPPROTO_IP, 1234, &ttl, sizeof(ttl));
    CHECK_ERROR(send_msg(s, &r.msg, 0, &done, NULL, NULL), WSAEINVAL);

    r.msg.Control.len = 0;
    add_control(&r.msg, IPPROTO_IP, OPTION_TTL, &ttl, sizeof(ttl));
    ((WSACMSGHDR *)r.control)->cmsg_len = 1000;
    CHECK_ERROR(send_msg(s, &r.msg, 0, &done, NULL, NULL), WSAEINVAL);
    ((WSACMSGHDR *)r.control)->cmsg_len = 3;
    CHECK_ERROR(send_msg(s, &r.msg, 0, &done, NULL, NULL), WSAEINVAL);
    ((WSACMSGHDR *)r.control)->cmsg_len = WSA_CMSG_LEN(1);
    CHECK_ERROR(send_msg(s, &r.msg, 0, &done, NULL, NULL), WSAEINVAL);

    r.msg.Control.len = 0;
    add_control(&r.msg, IPPROTO_UDP, OPTION_SEND_MSG_SIZE, &large, sizeof(large));
    CHECK_ERROR(send_msg(s, &r.msg, 0, &done, NULL, NULL), WSAEINVAL);
    r.msg.Control.len = 0;
    add_control(&r.msg, IPPROTO_IP, OPTION_ECN, &ecn, sizeof(ecn));
    CHECK_ERROR(send_msg(s, &r.msg, 0, &done, NULL, NULL), WSAEINVAL);

    r.msg.Control.buf = (char *)16;
    CHECK_ERROR(send_msg(s, &r.msg, 0, &done, NULL, NULL), WSAEFAULT);
}

TEST(sendmsg_refuses_bad_arguments)
{
    struct sockaddr_in to, name;
    int len = sizeof(name);
    LPFN_WSASENDMSG send_msg;
    struct received r;
    DWORD done = 0;
    SOCKET s, stream, unbound;

    udp_bound(&s, &to);
    send_msg = sendmsg_of(s);
    to_send(&r, &to, sizeof(to), "hello", 5);
    CHECK_ERROR(send_msg(INVALID_SOCKET, &r.msg, 0, &done, NULL, NULL), WSAENOTSOCK);
    CHECK_ERROR(send_msg(s, NULL, 0, &done, NULL, NULL), WSAEFAULT);
    CHECK_ERROR(send_msg(s, (WSAMSG *)16, 0, &done, NULL, NULL), WSAEFAULT);
    stream = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK_ERROR(send_msg(stream, &r.msg, 0, &done, NULL, NULL), WSAEINVAL);

    unbound = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    CHECK_ERROR(send_msg(unbound, NULL, 0, NULL, NULL, NULL), WSAEFAULT);
    CHECK_ERROR(getsockname(unbound, (struct sockaddr *)&name, &len), WSAEINVAL);
    CHECK_ERROR(send_msg(unbound, &r.msg, 0, NULL, NULL, NULL), WSAEFAULT);
    CHECK_INT(getsockname(unbound, (struct sockaddr *)&name, &len), 0);
}

TEST(overlapped_sendmsg_with_control_data_completes)
{
    OVERLAPPED overlapped, *packet;
    struct sockaddr_in to;
    struct received r;
    ULONG_PTR key;
    DWORD bytes, done = 0;
    HANDLE port;
    int ttl = 9;
    SOCKET s;

    udp_bound(&s, &to);
    to_send(&r, &to, sizeof(to), "hello", 5);
    add_control(&r.msg, IPPROTO_IP, OPTION_TTL, &ttl, sizeof(ttl));
    event_overlapped(&overlapped);
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, &done, &overlapped, NULL), 0);
    CHECK_INT(done, 5);
    CHECK_COMPLETES(s, &overlapped, 5);

    memset(&overlapped, 0, sizeof(overlapped));
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, NULL, &overlapped, count_routine), 0);
    CHECK_INT(overlapped.OffsetHigh, 0);
    CHECK_INT(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
    CHECK_INT(overlapped.Offset, 5);
    CHECK_INT(overlapped.OffsetHigh, 1);

    CHECK((port = CreateIoCompletionPort((HANDLE)s, NULL, 123, 0)) != NULL);
    memset(&overlapped, 0, sizeof(overlapped));
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, NULL, &overlapped, NULL), 0);
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &packet, 10000));
    CHECK(packet == &overlapped);
    CHECK_INT(key, 123);
    CHECK_INT(overlapped.InternalHigh, 5);
}
