/*
 * WSARecvMsg: datagrams, their senders, waiting for them, and the errors.
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
