/*
 * WSARecvMsg: datagrams with the control messages that options ask for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "message.h"

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
        if (i)
            CHECK_INT(WSAIoctl(s, 0x9800000c, &connreset, sizeof(connreset), NULL, 0, &done, NULL, NULL), 0);
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
        if (sendto(s, "hello", 5, 0, (struct sockaddr *)&group, sizeof(group)) != 5)
            SKIP("no multicast here");
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
            if (recvmsg_of(s)(s, &r.msg, NULL, &overlapped, NULL))
                CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
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
            if (recvmsg_of(s)(s, &r.msg, NULL, &overlapped, NULL))
                CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
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

#define OUTSTANDING 4
#define MANY 1000

static volatile LONG many_seen;

struct operation
{
    OVERLAPPED overlapped;
    struct received received;
};

/* Each datagram's first bytes are its number, and its ECN the number modulo 3. */
static DWORD WINAPI send_many(void *context)
{
    SOCKET s = *(SOCKET *)context, from;
    struct sockaddr_in to;
    int len = sizeof(to), number, ecn;
    struct received r;
    DWORD done;

    getsockname(s, (struct sockaddr *)&to, &len);
    udp_bound(&from, NULL);
    for (number = 0; number < MANY; number++)
    {
        ecn = number % 3;
        to_send(&r, &to, sizeof(to), (char *)&number, sizeof(number));
        add_control(&r.msg, IPPROTO_IP, OPTION_ECN, &ecn, sizeof(ecn));
        if (sendmsg_of(from)(from, &r.msg, 0, &done, NULL, NULL)) return 1;
        while (number - many_seen > 50) Sleep(1); /* more than the receive buffer holds is lost */
    }
    closesocket(from);
    return 0;
}

static void start_receive(SOCKET s, LPFN_WSARECVMSG receive, struct operation *op)
{
    memset(op, 0, sizeof(*op));
    if (receive(s, prepare(&op->received), NULL, &op->overlapped, NULL))
        CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
}

TEST(many_pending_receives_keep_data_and_control_together)
{
    static struct operation ops[OUTSTANDING];
    LPFN_WSARECVMSG receive;
    OVERLAPPED *packet;
    HANDLE port, thread;
    ULONG_PTR key;
    DWORD bytes;
    SOCKET s;
    int i, *ecn, number;
    static char seen_number[MANY];

    udp_bound(&s, NULL);
    CHECK((port = CreateIoCompletionPort((HANDLE)s, NULL, 1, 0)) != NULL);
    turn_on(s, IPPROTO_IP, OPTION_ECN);
    receive = recvmsg_of(s);
    for (i = 0; i < OUTSTANDING; i++) start_receive(s, receive, &ops[i]);
    thread = CreateThread(NULL, 0, send_many, &s, 0, NULL);
    while (GetQueuedCompletionStatus(port, &bytes, &key, &packet, 2000))
    {
        struct operation *op = CONTAINING_RECORD(packet, struct operation, overlapped);

        CHECK_INT(bytes, sizeof(number));
        memcpy(&number, op->received.data, sizeof(number));
        CHECK(number >= 0 && number < MANY && !seen_number[number]);
        seen_number[number] = 1;
        CHECK((ecn = control_data(&op->received.msg, IPPROTO_IP, OPTION_ECN)) != NULL);
        CHECK_INT(*ecn, number % 3);
        many_seen++;
        start_receive(s, receive, op);
    }
    WaitForSingleObject(thread, 10000);
    CHECK_INT(many_seen, MANY);
    CHECK_INT(closesocket(s), 0);
    for (i = 0; i < OUTSTANDING; i++)
    {
        CHECK_INT(GetQueuedCompletionStatus(port, &bytes, &key, &packet, 10000), FALSE);
        CHECK(packet != NULL);
    }
}

TEST(one_of_several_pending_receives_can_be_cancelled)
{
    struct sockaddr_in to;
    struct received r[2];
    OVERLAPPED overlapped[2];
    SOCKET s;
    int i, cancelled;

    for (cancelled = 0; cancelled < 2; cancelled++)
    {
        udp_bound(&s, &to);
        turn_on(s, IPPROTO_IP, OPTION_ECN);
        for (i = 0; i < 2; i++)
        {
            event_overlapped(&overlapped[i]);
            CHECK_ERROR(recvmsg_of(s)(s, prepare(&r[i]), NULL, &overlapped[i], NULL), WSA_IO_PENDING);
        }
        CHECK(CancelIoEx((HANDLE)s, &overlapped[cancelled]));
        CHECK_ENDS_WITH(s, &overlapped[cancelled], ERROR_OPERATION_ABORTED);
        CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)), 5);
        CHECK_COMPLETES(s, &overlapped[!cancelled], 5);
        CHECK(control_data(&r[!cancelled].msg, IPPROTO_IP, OPTION_ECN) != NULL);
        closesocket(s);
    }
}

TEST(pending_receives_complete_in_order)
{
    struct sockaddr_in to;
    struct received r[3];
    OVERLAPPED overlapped[3];
    SOCKET s;
    int i;

    udp_bound(&s, &to);
    turn_on(s, IPPROTO_IP, OPTION_ECN);
    for (i = 0; i < 3; i++)
    {
        event_overlapped(&overlapped[i]);
        CHECK_ERROR(recvmsg_of(s)(s, prepare(&r[i]), NULL, &overlapped[i], NULL), WSA_IO_PENDING);
    }
    for (i = 0; i < 3; i++) CHECK_INT(sendto(s, (char *)&i, 4, 0, (struct sockaddr *)&to, sizeof(to)), 4);
    for (i = 0; i < 3; i++)
    {
        CHECK_COMPLETES(s, &overlapped[i], 4);
        CHECK_INT(*(int *)r[i].data, i);
    }
}
