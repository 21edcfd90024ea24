/*
 * Overlapped operations that are finished at once, without the device.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the fast lane must not change, and that it is taken.
 */
#include "lanes.h"
#include "message.h"

#ifndef FILE_SKIP_COMPLETION_PORT_ON_SUCCESS
#define FILE_SKIP_COMPLETION_PORT_ON_SUCCESS 1
#define FILE_SKIP_SET_EVENT_ON_HANDLE 2
#endif

#define SKIP_ALL (FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE)

#define STATUS_OVERFLOW 0x80000005

static HANDLE port_for(SOCKET s, UCHAR modes)
{
    HANDLE port = CreateIoCompletionPort((HANDLE)s, NULL, 1, 1);

    CHECK(port != NULL);
    if (modes) CHECK(SetFileCompletionNotificationModes((HANDLE)s, modes));
    return port;
}

static BOOL has_packet(HANDLE port, DWORD timeout, OVERLAPPED **overlapped, DWORD *size)
{
    ULONG_PTR key;

    *overlapped = NULL;
    GetQueuedCompletionStatus(port, size, &key, overlapped, timeout);
    return *overlapped != NULL;
}

/* Packets come in order, so one of our own is the next if there is no other. */
static void check_no_packet(HANDLE port)
{
    OVERLAPPED mark, *overlapped;
    DWORD size;

    CHECK(PostQueuedCompletionStatus(port, 0, 2, &mark));
    CHECK(has_packet(port, 10000, &overlapped, &size));
    CHECK(overlapped == &mark);
}

static void check_packet(HANDLE port, OVERLAPPED *expected, DWORD bytes)
{
    OVERLAPPED *overlapped;
    DWORD size;

    CHECK(has_packet(port, 10000, &overlapped, &size));
    CHECK(overlapped == expected);
    CHECK_INT(size, bytes);
}

static int send_one(SOCKET s, const char *text, OVERLAPPED *overlapped)
{
    WSABUF buffer = {strlen(text), (char *)text};
    DWORD sent = 0xdead;
    int ret = WSASend(s, &buffer, 1, &sent, 0, overlapped, NULL);

    if (!ret) CHECK_INT(sent, strlen(text));
    return ret;
}

static int receive_one(SOCKET s, char *data, ULONG size, DWORD *received, OVERLAPPED *overlapped)
{
    WSABUF buffer = {size, data};
    DWORD flags = 0;

    return WSARecv(s, &buffer, 1, received, &flags, overlapped, NULL);
}

static void check_arrives(SOCKET s, const char *text)
{
    char data[64];
    int size = strlen(text), done;

    for (done = 0; done < size;)
    {
        int got = recv(s, data + done, size - done, 0);

        CHECK(got > 0);
        done += got;
    }
    CHECK(!memcmp(data, text, size));
}

static void wait_for_data(SOCKET s)
{
    WSAPOLLFD fd = {s, POLLRDNORM, 0};

    CHECK_INT(WSAPoll(&fd, 1, 10000), 1);
}

TEST(a_send_whose_success_is_skipped_needs_no_device)
{
    OVERLAPPED overlapped = {.Internal = 0xdead, .InternalHigh = 0xdead};
    DWORD bytes, flags;
    SOCKET pair[2];
    HANDLE port;

    tcp_pair(pair);
    port = port_for(pair[0], SKIP_ALL);
    CHECK_FAST(pair[0], WS2_LANE_SEND, CHECK_INT(send_one(pair[0], "hello", &overlapped), 0));
    CHECK_INT(overlapped.Internal, 0);
    CHECK_INT(overlapped.InternalHigh, 5);
    CHECK(WSAGetOverlappedResult(pair[0], &overlapped, &bytes, FALSE, &flags));
    CHECK_INT(bytes, 5);
    check_arrives(pair[1], "hello");
    check_no_packet(port);
    close_pair(pair);
    CloseHandle(port);
}

TEST(a_receive_whose_success_is_skipped_needs_no_device)
{
    OVERLAPPED overlapped = {.Internal = 0xdead};
    SOCKET pair[2];
    char data[8];
    DWORD bytes;
    HANDLE port;

    tcp_pair(pair);
    port = port_for(pair[1], SKIP_ALL);
    CHECK_INT(send(pair[0], "hello", 5, 0), 5);
    wait_for_data(pair[1]);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE,
               CHECK_INT(receive_one(pair[1], data, sizeof(data), &bytes, &overlapped), 0));
    CHECK_INT(bytes, 5);
    CHECK(!memcmp(data, "hello", 5));
    CHECK_INT(overlapped.Internal, 0);
    CHECK_INT(overlapped.InternalHigh, 5);
    closesocket(pair[0]);
    wait_for_data(pair[1]);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE,
               CHECK_INT(receive_one(pair[1], data, sizeof(data), &bytes, &overlapped), 0));
    CHECK_INT(bytes, 0);
    check_no_packet(port);
    closesocket(pair[1]);
    CloseHandle(port);
}

TEST(a_receive_of_nothing_that_data_wait_for_needs_no_device)
{
    OVERLAPPED overlapped = {.Internal = 0xdead};
    SOCKET pair[2];
    char data[8];
    DWORD bytes;
    HANDLE port;

    tcp_pair(pair);
    port = port_for(pair[1], SKIP_ALL);
    CHECK_INT(send(pair[0], "hello", 5, 0), 5);
    wait_for_data(pair[1]);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(receive_one(pair[1], NULL, 0, &bytes, &overlapped), 0));
    CHECK_INT(bytes, 0);
    CHECK_INT(overlapped.Internal, 0);
    CHECK_INT(overlapped.InternalHigh, 0);
    CHECK_INT(recv(pair[1], data, sizeof(data), 0), 5);
    check_no_packet(port);

    CHECK_FAST(pair[1], WS2_LANE_RECEIVE,
               CHECK_ERROR(receive_one(pair[1], NULL, 0, &bytes, &overlapped), WSA_IO_PENDING));
    CHECK_INT(send(pair[0], "!", 1, 0), 1);
    check_packet(port, &overlapped, 0);
    CHECK_INT(recv(pair[1], data, sizeof(data), 0), 1);

    closesocket(pair[0]); /* the end of the stream is something, too */
    wait_for_data(pair[1]);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(receive_one(pair[1], NULL, 0, &bytes, &overlapped), 0));
    CHECK_INT(bytes, 0);
    check_no_packet(port);
    closesocket(pair[1]);
    CloseHandle(port);
}

TEST(a_receive_of_nothing_fails_after_a_reset)
{
    struct linger linger = {1, 0};
    OVERLAPPED overlapped = {0};
    SOCKET pair[2];
    DWORD bytes;
    HANDLE port;

    tcp_pair(pair);
    port = port_for(pair[1], SKIP_ALL);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    closesocket(pair[0]);
    wait_for_data(pair[1]);
    CHECK_ERROR(receive_one(pair[1], NULL, 0, &bytes, &overlapped), WSAECONNRESET);
    check_no_packet(port);
    closesocket(pair[1]);
    CloseHandle(port);
}

TEST(a_port_gets_its_packet_unless_success_is_skipped)
{
    OVERLAPPED overlapped = {0};
    SOCKET pair[2];
    HANDLE port;

    tcp_pair(pair);
    port = port_for(pair[0], 0);
    if (WaitForSingleObject((HANDLE)pair[0], 0)) /* who binds or connects it may have signaled it */
        CHECK_SLOW(pair[0], WS2_LANE_SEND, CHECK_INT(send_one(pair[0], "hello", &overlapped), 0));
    else
        CHECK_INT(send_one(pair[0], "hello", &overlapped), 0);
    check_packet(port, &overlapped, 5);
    CHECK(SetFileCompletionNotificationModes((HANDLE)pair[0], FILE_SKIP_SET_EVENT_ON_HANDLE));
    CHECK_FAST(pair[0], WS2_LANE_SEND, CHECK_INT(send_one(pair[0], "again", &overlapped), 0));
    check_packet(port, &overlapped, 5);
    CHECK(SetFileCompletionNotificationModes((HANDLE)pair[0], SKIP_ALL));
    CHECK_INT(send_one(pair[0], "never", &overlapped), 0);
    check_no_packet(port);
    check_arrives(pair[1], "helloagainnever");
    close_pair(pair);
    CloseHandle(port);
}

TEST(packets_of_what_is_finished_at_once_come_in_order)
{
    OVERLAPPED sent[4] = {{0}}, received = {0};
    SOCKET pair[2];
    char data[16];
    DWORD bytes;
    HANDLE port;
    int i;

    tcp_pair(pair);
    CHECK((port = CreateIoCompletionPort((HANDLE)pair[0], NULL, 1, 1)) != NULL);
    CHECK(CreateIoCompletionPort((HANDLE)pair[1], port, 1, 1) == port);
    for (i = 0; i < 4; i++) CHECK_INT(send_one(pair[0], "12345" + i, &sent[i]), 0);
    wait_for_data(pair[1]);
    CHECK_INT(receive_one(pair[1], data, sizeof(data), &bytes, &received), 0);
    CHECK_INT(bytes, 14);
    for (i = 0; i < 4; i++) check_packet(port, &sent[i], 5 - i);
    check_packet(port, &received, 14);
    CHECK(!memcmp(data, "12345234534545", 14));
    check_no_packet(port);
    close_pair(pair);
    CloseHandle(port);
}

TEST(a_datagrams_packet_has_its_count)
{
    OVERLAPPED sent = {0}, received = {0};
    struct sockaddr_in name;
    char data[16];
    DWORD bytes;
    HANDLE port;
    SOCKET s;
    int i;

    udp_bound(&s, &name);
    CHECK_INT(connect(s, (struct sockaddr *)&name, sizeof(name)), 0);
    port = port_for(s, 0);
    for (i = 0; i < 3; i++)
    {
        CHECK_INT(send_one(s, "datagram", &sent), 0);
        check_packet(port, &sent, 8);
        wait_for_data(s);
        CHECK_INT(receive_one(s, data, sizeof(data), &bytes, &received), 0);
        check_packet(port, &received, 8);
    }
    CHECK_INT(send_one(s, "datagram", &sent), 0);
    check_packet(port, &sent, 8);
    wait_for_data(s);
    CHECK_ERROR(receive_one(s, data, 4, &bytes, &received), WSAEMSGSIZE);
    check_packet(port, &received, 4);
    CHECK_INT((DWORD)received.Internal, STATUS_OVERFLOW);
    check_no_packet(port);
    closesocket(s);
    CloseHandle(port);
}

TEST(modes_that_are_set_late_are_noticed)
{
    struct ws2_lane_count before, after;
    OVERLAPPED overlapped = {0};
    SOCKET pair[2];
    HANDLE port;
    int i;

    tcp_pair(pair);
    port = port_for(pair[0], 0);
    CHECK_INT(send_one(pair[0], "a", &overlapped), 0);
    check_packet(port, &overlapped, 1);
    CHECK(SetFileCompletionNotificationModes((HANDLE)pair[0], SKIP_ALL));
    before = lane_count(pair[0], WS2_LANE_SEND);
    for (i = 0; i < 40; i++) CHECK_INT(send_one(pair[0], "b", &overlapped), 0);
    after = lane_count(pair[0], WS2_LANE_SEND);
    CHECK(after.taken - before.taken >= 20);
    check_no_packet(port);
    close_pair(pair);
    CloseHandle(port);
}

TEST(what_has_to_wait_posts_its_packet_though_success_is_skipped)
{
    OVERLAPPED overlapped = {0};
    SOCKET pair[2];
    char data[8];
    DWORD bytes;
    HANDLE port;

    tcp_pair(pair);
    port = port_for(pair[1], SKIP_ALL);
    CHECK_ERROR(receive_one(pair[1], data, sizeof(data), &bytes, &overlapped), WSA_IO_PENDING);
    CHECK_INT(send(pair[0], "hello", 5, 0), 5);
    check_packet(port, &overlapped, 5);
    CHECK_ERROR(receive_one(pair[1], data, sizeof(data), &bytes, &overlapped), WSA_IO_PENDING);
    CHECK(CancelIoEx((HANDLE)pair[1], &overlapped));
    check_packet(port, &overlapped, 0);
    close_pair(pair);
    CloseHandle(port);
}

TEST(a_waiting_receive_is_served_before_one_that_success_would_skip)
{
    OVERLAPPED first = {0}, second = {0};
    char data[2][4] = {{0}};
    SOCKET pair[2];
    DWORD bytes;
    HANDLE port;

    tcp_pair(pair);
    port = port_for(pair[1], SKIP_ALL);
    CHECK_ERROR(receive_one(pair[1], data[0], 1, &bytes, &first), WSA_IO_PENDING);
    CHECK_INT(send(pair[0], "12", 2, 0), 2);
    if (receive_one(pair[1], data[1], 1, &bytes, &second)) CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    check_packet(port, &first, 1);
    while (second.Internal == STATUS_PENDING) Sleep(1);
    CHECK_INT(data[0][0], '1');
    CHECK_INT(data[1][0], '2');
    close_pair(pair);
    CloseHandle(port);
}

TEST(an_event_is_set_where_success_is_skipped)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    SOCKET pair[2];
    HANDLE port;

    tcp_pair(pair);
    port = port_for(pair[0], SKIP_ALL);
    CHECK_SLOW(pair[0], WS2_LANE_SEND, CHECK_INT(send_one(pair[0], "one", &overlapped), 0));
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 0), WAIT_OBJECT_0);
    ResetEvent(overlapped.hEvent);
    CHECK_FAST(pair[0], WS2_LANE_SEND, CHECK_INT(send_one(pair[0], "two", &overlapped), 0));
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 0), WAIT_OBJECT_0);
    check_arrives(pair[1], "onetwo");
    check_no_packet(port);
    close_pair(pair);
    CloseHandle(overlapped.hEvent);
    CloseHandle(port);
}

TEST(an_event_with_its_low_bit_set_is_set_and_keeps_the_packet_away)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    OVERLAPPED overlapped = {.hEvent = (HANDLE)((ULONG_PTR)event | 1)};
    SOCKET pair[2];
    char data[8];
    DWORD bytes;
    HANDLE port;

    tcp_pair(pair);
    port = port_for(pair[0], 0);
    CHECK_SLOW(pair[0], WS2_LANE_SEND, CHECK_INT(send_one(pair[0], "one", &overlapped), 0));
    CHECK_INT(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    ResetEvent(event);
    CHECK_FAST(pair[0], WS2_LANE_SEND, CHECK_INT(send_one(pair[0], "two", &overlapped), 0));
    CHECK_INT(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    ResetEvent(event);
    CHECK_INT(send(pair[1], "three", 5, 0), 5);
    wait_for_data(pair[0]);
    CHECK_FAST(pair[0], WS2_LANE_RECEIVE,
               CHECK_INT(receive_one(pair[0], data, sizeof(data), &bytes, &overlapped), 0));
    CHECK_INT(bytes, 5);
    CHECK_INT(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    check_arrives(pair[1], "onetwo");
    check_no_packet(port);
    close_pair(pair);
    CloseHandle(event);
    CloseHandle(port);
}

TEST(an_event_without_the_low_bit_posts_its_packet_too)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    SOCKET pair[2];
    HANDLE port;
    int i;

    tcp_pair(pair);
    port = port_for(pair[0], 0);
    for (i = 0; i < 3; i++)
    {
        /* the first time it is the device that says what the event is */
        CHECK_LANE(pair[0], WS2_LANE_SEND, CHECK_INT(send_one(pair[0], "one", &overlapped), 0), i > 0,
                   i == 0);
        CHECK_INT(WaitForSingleObject(overlapped.hEvent, 0), WAIT_OBJECT_0);
        check_packet(port, &overlapped, 3);
    }
    close_pair(pair);
    CloseHandle(overlapped.hEvent);
    CloseHandle(port);
}

TEST(nothing_is_sent_if_the_event_is_none)
{
    OVERLAPPED overlapped = {.hEvent = (HANDLE)(ULONG_PTR)0xabcd1};
    u_long waiting = 1;
    SOCKET pair[2];
    HANDLE port;

    tcp_pair(pair);
    port = port_for(pair[0], SKIP_ALL);
    CHECK_INT(send_one(pair[0], "no", &overlapped), SOCKET_ERROR);
    overlapped.hEvent = (HANDLE)((ULONG_PTR)port | 1); /* a handle, but no event */
    CHECK_INT(send_one(pair[0], "no", &overlapped), SOCKET_ERROR);
    CHECK_INT(ioctlsocket(pair[1], FIONREAD, &waiting), 0);
    CHECK_INT(waiting, 0);
    check_no_packet(port);
    close_pair(pair);
    CloseHandle(port);
}

TEST(the_handle_is_signaled_where_that_is_not_skipped)
{
    OVERLAPPED waiting = {0}, overlapped = {0};
    SOCKET pair[2];
    char data[8];
    DWORD bytes;
    HANDLE port;
    int i;

    tcp_pair(pair);
    port = port_for(pair[0], FILE_SKIP_COMPLETION_PORT_ON_SUCCESS);
    for (i = 0; i < 3; i++)
    {
        /* a receive that waits takes the signal away */
        CHECK_ERROR(receive_one(pair[0], data, sizeof(data), &bytes, &waiting), WSA_IO_PENDING);
        CHECK_INT(WaitForSingleObject((HANDLE)pair[0], 0), WAIT_TIMEOUT);
        CHECK_INT(send_one(pair[0], "one", &overlapped), 0);
        CHECK_INT(WaitForSingleObject((HANDLE)pair[0], 0), WAIT_OBJECT_0);
        CHECK_FAST(pair[0], WS2_LANE_SEND, CHECK_INT(send_one(pair[0], "two", &overlapped), 0));
        CHECK_INT(WaitForSingleObject((HANDLE)pair[0], 0), WAIT_OBJECT_0);
        CHECK(CancelIoEx((HANDLE)pair[0], &waiting));
        check_packet(port, &waiting, 0);
    }
    close_pair(pair);
    CloseHandle(port);
}

TEST(the_handle_is_left_alone_where_its_signal_is_skipped)
{
    OVERLAPPED overlapped = {0};
    SOCKET pair[2];
    HANDLE port;
    DWORD before;

    tcp_pair(pair);
    port = port_for(pair[0], SKIP_ALL);
    before = WaitForSingleObject((HANDLE)pair[0], 0);
    CHECK_FAST(pair[0], WS2_LANE_SEND, CHECK_INT(send_one(pair[0], "one", &overlapped), 0));
    CHECK_INT(WaitForSingleObject((HANDLE)pair[0], 0), before);
    close_pair(pair);
    CloseHandle(port);
}

static int routine_runs;

static void CALLBACK count_runs(DWORD error, DWORD bytes, WSAOVERLAPPED *overlapped, DWORD flags)
{
    (void)overlapped;
    (void)flags;
    CHECK_INT(error, 0);
    CHECK_INT(bytes, 3);
    routine_runs++;
}

TEST(a_routine_runs_whatever_the_event_says)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    OVERLAPPED overlapped = {.hEvent = (HANDLE)((ULONG_PTR)event | 1)};
    WSABUF buffer = {3, (char *)"two"};
    SOCKET pair[2];
    DWORD sent;

    tcp_pair(pair);
    CHECK(SetFileCompletionNotificationModes((HANDLE)pair[0], SKIP_ALL));
    CHECK_INT(send_one(pair[0], "one", &overlapped), 0); /* the event is known now */
    routine_runs = 0;
    CHECK_SLOW(pair[0], WS2_LANE_SEND,
               CHECK_INT(WSASend(pair[0], &buffer, 1, &sent, 0, &overlapped, count_runs), 0));
    CHECK_INT(routine_runs, 0);
    CHECK_INT(SleepEx(10000, TRUE), WAIT_IO_COMPLETION);
    CHECK_INT(routine_runs, 1);
    close_pair(pair);
    CloseHandle(event);
}

enum
{
    BLOCK = 0x30000
};

static DWORD WINAPI read_all(void *arg)
{
    SOCKET s = (SOCKET)arg;
    static unsigned char data[0x10000];
    unsigned int at = 0;
    int got, i;

    while ((got = recv(s, (char *)data, sizeof(data), 0)) > 0)
        for (i = 0; i < got; i++, at++)
            if (data[i] != (unsigned char)(at % BLOCK * 7 >> 3)) return 0;
    return at;
}

/* A send that the connection has no room for is pending as a whole, and ends as a whole. */
TEST(a_send_without_room_waits_and_counts_everything)
{
    static OVERLAPPED overlapped[64];
    static unsigned char data[BLOCK];
    WSABUF buffer = {BLOCK, (char *)data};
    unsigned int i, count, pending = 0;
    HANDLE port, reader;
    SOCKET pair[2];
    DWORD done, sent;

    for (i = 0; i < BLOCK; i++) data[i] = i * 7 >> 3;
    tcp_pair(pair);
    port = port_for(pair[0], SKIP_ALL);
    for (count = 0; count < ARRAYSIZE(overlapped) && pending < 2; count++)
    {
        if (!WSASend(pair[0], &buffer, 1, &sent, 0, &overlapped[count], NULL))
        {
            CHECK_INT(pending, 0);
            CHECK_INT(sent, BLOCK);
            CHECK_INT(overlapped[count].InternalHigh, BLOCK);
            continue;
        }
        CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
        pending++;
    }
    CHECK_INT(pending, 2);
    reader = CreateThread(NULL, 0, read_all, (void *)pair[1], 0, NULL);
    check_packet(port, &overlapped[count - 2], BLOCK);
    check_packet(port, &overlapped[count - 1], BLOCK);
    check_no_packet(port);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_INT(WaitForSingleObject(reader, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(reader, &done));
    CHECK_INT(done, count * BLOCK);
    close_pair(pair);
    CloseHandle(reader);
    CloseHandle(port);
}

TEST(a_datagram_is_sent_and_received_without_the_device)
{
    struct sockaddr_in addr, from;
    OVERLAPPED overlapped = {.Internal = 0xdead};
    int from_len = sizeof(from);
    WSABUF buffer = {5, (char *)"hello"}, into;
    DWORD bytes, flags = 0;
    char data[8];
    SOCKET s;
    HANDLE port;

    udp_bound(&s, &addr);
    port = port_for(s, SKIP_ALL);
    CHECK_FAST(s, WS2_LANE_SEND,
               CHECK_INT(WSASendTo(s, &buffer, 1, &bytes, 0, (struct sockaddr *)&addr, sizeof(addr),
                                   &overlapped, NULL),
                         0));
    CHECK_INT(overlapped.Internal, 0);
    CHECK_INT(overlapped.InternalHigh, 5);
    wait_for_data(s);
    into = (WSABUF){sizeof(data), data};
    CHECK_FAST(s, WS2_LANE_RECEIVE,
               CHECK_INT(WSARecvFrom(s, &into, 1, &bytes, &flags, (struct sockaddr *)&from, &from_len,
                                     &overlapped, NULL),
                         0));
    CHECK_INT(bytes, 5);
    CHECK_INT(from.sin_port, addr.sin_port);
    check_no_packet(port);
    closesocket(s);
    CloseHandle(port);
}

TEST(a_truncated_datagram_says_so_at_once)
{
    OVERLAPPED overlapped = {.Internal = 0xdead};
    struct sockaddr_in addr;
    DWORD bytes;
    char data[3];
    SOCKET s;
    HANDLE port;

    udp_bound(&s, &addr);
    port = port_for(s, SKIP_ALL);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&addr, sizeof(addr)), 5);
    wait_for_data(s);
    CHECK_FAST(s, WS2_LANE_RECEIVE,
               CHECK_ERROR(receive_one(s, data, sizeof(data), &bytes, &overlapped), WSAEMSGSIZE));
    CHECK(!memcmp(data, "hel", 3));
    CHECK_INT(overlapped.Internal, STATUS_OVERFLOW);
    CHECK_INT(overlapped.InternalHigh, 3);
    check_no_packet(port);
    closesocket(s);
    CloseHandle(port);
}

TEST(a_message_is_received_without_the_device)
{
    OVERLAPPED overlapped = {.Internal = 0xdead};
    struct sockaddr_in addr;
    struct received r;
    int on = 1;
    DWORD bytes;
    SOCKET s;
    HANDLE port;

    udp_bound(&s, &addr);
    port = port_for(s, SKIP_ALL);
    CHECK_INT(setsockopt(s, IPPROTO_IP, OPTION_PKTINFO, (char *)&on, sizeof(on)), 0);
    CHECK_INT(sendto(s, "hello", 5, 0, (struct sockaddr *)&addr, sizeof(addr)), 5);
    wait_for_data(s);
    prepare(&r);
    CHECK_FAST(s, WS2_LANE_RECEIVE, CHECK_INT(recvmsg_of(s)(s, &r.msg, &bytes, &overlapped, NULL), 0));
    CHECK_INT(bytes, 5);
    CHECK(!memcmp(r.data, "hello", 5));
    CHECK_INT(((struct sockaddr_in *)&r.addr)->sin_port, addr.sin_port);
    CHECK(r.msg.Control.len > 0);
    CHECK_INT(WSA_CMSG_FIRSTHDR(&r.msg)->cmsg_type, OPTION_PKTINFO);
    CHECK_INT(overlapped.Internal, 0);
    CHECK_INT(overlapped.InternalHigh, 5);
    check_no_packet(port);
    closesocket(s);
    CloseHandle(port);
}

TEST(messages_that_wait_are_received_in_their_order)
{
    OVERLAPPED overlapped[2] = {{0}};
    struct received r[2];
    struct sockaddr_in addr;
    int on = 1, i;
    DWORD bytes;
    SOCKET s;
    HANDLE port;

    udp_bound(&s, &addr);
    port = port_for(s, SKIP_ALL);
    CHECK_INT(setsockopt(s, IPPROTO_IP, OPTION_PKTINFO, (char *)&on, sizeof(on)), 0);
    prepare(&r[0]);
    CHECK_ERROR(recvmsg_of(s)(s, &r[0].msg, &bytes, &overlapped[0], NULL), WSA_IO_PENDING);
    for (i = 0; i < 2; i++)
        CHECK_INT(sendto(s, i ? "2" : "1", 1, 0, (struct sockaddr *)&addr, sizeof(addr)), 1);
    prepare(&r[1]);
    if (recvmsg_of(s)(s, &r[1].msg, &bytes, &overlapped[1], NULL))
        CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    check_packet(port, &overlapped[0], 1);
    while (overlapped[1].Internal == STATUS_PENDING) Sleep(1);
    for (i = 0; i < 2; i++) CHECK_INT(r[i].data[0], '1' + i);
    closesocket(s);
    CloseHandle(port);
}

TEST(a_message_with_control_data_is_sent_without_a_packet)
{
    OVERLAPPED overlapped = {.Internal = 0xdead};
    struct sockaddr_in addr;
    _Alignas(8) char control[64];
    WSABUF buffer = {5, (char *)"hello"};
    WSAMSG msg = {.name = (struct sockaddr *)&addr,
                  .namelen = sizeof(addr),
                  .lpBuffers = &buffer,
                  .dwBufferCount = 1,
                  .Control = {sizeof(control), control}};
    WSACMSGHDR *header = WSA_CMSG_FIRSTHDR(&msg);
    DWORD bytes;
    SOCKET s;
    HANDLE port;

    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = OPTION_TTL;
    header->cmsg_len = WSA_CMSG_LEN(sizeof(int));
    *(int *)WSA_CMSG_DATA(header) = 64;
    msg.Control.len = WSA_CMSG_SPACE(sizeof(int));
    udp_bound(&s, &addr);
    port = port_for(s, SKIP_ALL);
    CHECK_INT(sendmsg_of(s)(s, &msg, 0, &bytes, &overlapped, NULL), 0);
    CHECK_INT(bytes, 5);
    CHECK_INT(overlapped.Internal, 0);
    CHECK_INT(overlapped.InternalHigh, 5);
    check_no_packet(port);
    closesocket(s);
    CloseHandle(port);
}
