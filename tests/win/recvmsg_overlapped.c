/*
 * WSARecvMsg, overlapped: its forms, cancelling, and many at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "message.h"

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
