/*
 * WSASendMsg: datagrams with control messages of their own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "message.h"

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
    CHECK_INT(bytes, 5);
    CHECK_INT(overlapped.InternalHigh, 5);
}

static void check_packet(HANDLE port, OVERLAPPED *overlapped, DWORD expected)
{
    OVERLAPPED *packet;
    ULONG_PTR key;
    DWORD bytes;

    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &packet, 10000));
    CHECK(packet == overlapped);
    CHECK_INT(bytes, expected);
    CHECK_INT(overlapped->InternalHigh, expected);
    CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &packet, 0));
}

/* Sends size bytes from s to t with a hop limit, and has the port hear of it. Nothing but
 * the datagram arrives. */
static void check_port_hears_count(SOCKET s, SOCKET t, const void *to, int to_len, int level, DWORD size)
{
    HANDLE port = CreateIoCompletionPort((HANDLE)s, NULL, 0, 0);
    char *data = malloc(size + 1);
    OVERLAPPED overlapped = {0};
    struct received r;
    ULONG waiting = 1;
    int hops = 9, ret;

    CHECK(port != NULL);
    memset(data, 'd', size);
    to_send(&r, to, to_len, data, 1);
    r.msg.name = to_len ? r.msg.name : NULL;
    r.buffer = (WSABUF){size, data};
    add_control(&r.msg, level, level == IPPROTO_IP ? OPTION_TTL : OPTION_HOPLIMIT, &hops, sizeof(hops));
    ret = sendmsg_of(s)(s, &r.msg, 0, NULL, &overlapped, NULL);
    if (ret) CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    check_packet(port, &overlapped, size);
    CHECK_INT(recv(t, data, size + 1, 0), size);
    CHECK_INT(ioctlsocket(t, FIONREAD, &waiting), 0);
    CHECK_INT(waiting, 0);
    CHECK_INT(ioctlsocket(s, FIONREAD, &waiting), 0);
    CHECK_INT(waiting, 0);
    free(data);
    CloseHandle(port);
}

TEST(a_port_hears_how_many_bytes_went_with_control_data)
{
    struct sockaddr_in to, any = {.sin_family = AF_INET};
    struct sockaddr_in6 to6;
    SOCKET s, t, t6;
    DWORD off = 0;

    udp_bound(&t, &to);
    udp_bound(&s, NULL);
    check_port_hears_count(s, t, &to, sizeof(to), IPPROTO_IP, 1);
    udp_bound(&s, NULL);
    CHECK_INT(connect(s, (SOCKADDR *)&to, sizeof(to)), 0);
    check_port_hears_count(s, t, &to, 0, IPPROTO_IP, 5000);
    s = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_INT(bind(s, (SOCKADDR *)&any, sizeof(any)), 0);
    check_port_hears_count(s, t, &to, sizeof(to), IPPROTO_IP, 65507);

    t6 = udp6_bound(&to6);
    check_port_hears_count(socket(AF_INET6, SOCK_DGRAM, 0), t6, &to6, sizeof(to6), IPPROTO_IPV6, 60000);
    /* one that is IPv4's by now */
    s = socket(AF_INET6, SOCK_DGRAM, 0);
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&off, sizeof(off)), 0);
    to6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = to.sin_port};
    to6.sin6_addr.s6_addr[10] = to6.sin6_addr.s6_addr[11] = 0xff;
    to6.sin6_addr.s6_addr[12] = 127;
    to6.sin6_addr.s6_addr[15] = 1;
    CHECK_INT(connect(s, (SOCKADDR *)&to6, sizeof(to6)), 0);
    check_port_hears_count(s, t, &to6, 0, IPPROTO_IP, 7);
}

/* An event with its low bit set keeps the packet away, and a port that is not to be told
 * of success is not. */
TEST(a_port_hears_nothing_of_control_data_if_it_is_not_to)
{
    OVERLAPPED overlapped, *packet;
    struct sockaddr_in to;
    struct received r;
    ULONG_PTR key;
    int ttl = 9;
    HANDLE port;
    DWORD bytes;
    SOCKET s;

    udp_bound(&s, &to);
    CHECK((port = CreateIoCompletionPort((HANDLE)s, NULL, 123, 0)) != NULL);
    to_send(&r, &to, sizeof(to), "hello", 5);
    add_control(&r.msg, IPPROTO_IP, OPTION_TTL, &ttl, sizeof(ttl));
    event_overlapped(&overlapped);
    overlapped.hEvent = (HANDLE)((ULONG_PTR)overlapped.hEvent | 1);
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, NULL, &overlapped, NULL), 0);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK_INT(overlapped.InternalHigh, 5);
    CHECK(SetFileCompletionNotificationModes((HANDLE)s, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    memset(&overlapped, 0, sizeof(overlapped));
    CHECK_INT(sendmsg_of(s)(s, &r.msg, 0, NULL, &overlapped, NULL), 0);
    CHECK_INT(overlapped.InternalHigh, 5);
    CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &packet, 50));
}
