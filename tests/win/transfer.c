/*
 * Sending and receiving: blocking, non-blocking, and overlapped in its three forms.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

static void set_blocking(SOCKET s, BOOL blocking)
{
    u_long on = !blocking;

    CHECK_INT(ioctlsocket(s, FIONBIO, &on), 0);
}

static void close_pair(SOCKET pair[2])
{
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

static void wait_readable(SOCKET s)
{
    struct timeval timeout = {10, 0};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(s, &set);
    CHECK_INT(select(0, &set, NULL, NULL, &timeout), 1);
}

/* --- Blocking and non-blocking --- */

TEST(bytes_arrive_in_order)
{
    SOCKET pair[2];
    char text[16];

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK_INT(send(pair[0], "def", 3, 0), 3);
    CHECK_INT(recv(pair[1], text, 6, MSG_WAITALL), 6);
    CHECK(!memcmp(text, "abcdef", 6));
    close_pair(pair);
}

TEST(peeking_takes_nothing)
{
    SOCKET pair[2];
    char text[8];

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK_INT(recv(pair[1], text, sizeof(text), MSG_PEEK), 3);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 3);
    close_pair(pair);
}

TEST(success_clears_the_last_error)
{
    SOCKET pair[2];
    char text[8];

    tcp_pair(pair);
    WSASetLastError(4711);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK_INT(WSAGetLastError(), 0);
    WSASetLastError(4711);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 3);
    CHECK_INT(WSAGetLastError(), 0);
    close_pair(pair);
}

TEST(nothing_to_read_gives_wsaewouldblock)
{
    SOCKET pair[2], s;
    char byte;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAEWOULDBLOCK);
    udp_bound(&s, NULL);
    set_blocking(s, FALSE);
    CHECK_ERROR(recvfrom(s, &byte, 1, 0, NULL, NULL), WSAEWOULDBLOCK);
    CHECK_INT(closesocket(s), 0);
    close_pair(pair);
}

TEST(a_full_connection_gives_wsaewouldblock_and_loses_nothing)
{
    enum
    {
        PIECE = 65536
    };
    static char piece[PIECE], in[PIECE];
    unsigned long long sent = 0, got = 0;
    SOCKET pair[2];
    int len, i;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    for (i = 0; i < PIECE; i++) piece[i] = i * 7;
    for (;;)
    {
        len = send(pair[0], piece, PIECE, 0);
        if (len < 0) break;
        sent += len;
        CHECK(sent < 1024ull * 1024 * 1024);
    }
    CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    CHECK(sent > 0);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    while ((len = recv(pair[1], in, PIECE, 0)) > 0)
    {
        for (i = 0; i < len; i++)
            if (in[i] != piece[(got + i) % PIECE])
                harness_fail(__FILE__, __LINE__, "byte %llu is wrong", got + i);
        got += len;
    }
    CHECK_INT(len, 0);
    CHECK_INT(got, sent);
    close_pair(pair);
}

static DWORD WINAPI read_everything(void *arg)
{
    SOCKET s = *(SOCKET *)arg;
    static char in[65536];
    DWORD got = 0;
    int len;

    while ((len = recv(s, in, sizeof(in), 0)) > 0) got += len;
    return len ? 0 : got;
}

TEST(a_blocking_send_takes_everything)
{
    enum
    {
        SIZE = 16 * 1024 * 1024
    };
    SOCKET pair[2];
    HANDLE thread;
    DWORD got = 0;
    char *data;

    data = calloc(1, SIZE);
    tcp_pair(pair);
    thread = CreateThread(NULL, 0, read_everything, &pair[1], 0, NULL);
    CHECK_INT(send(pair[0], data, SIZE, 0), SIZE);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    WaitForSingleObject(thread, INFINITE);
    CHECK(GetExitCodeThread(thread, &got));
    CHECK_INT(got, SIZE);
    CloseHandle(thread);
    free(data);
    close_pair(pair);
}

TEST(several_buffers_are_one_transfer)
{
    char head[2], rest[16];
    WSABUF out[3] = {{2, (char *)"ab"}, {0, NULL}, {3, (char *)"cde"}},
           in[2] = {{2, head}, {sizeof(rest), rest}};
    DWORD count = 0, flags = 0;
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(WSASend(pair[0], out, 3, &count, 0, NULL, NULL), 0);
    CHECK_INT(count, 5);
    wait_readable(pair[1]);
    CHECK_INT(WSARecv(pair[1], in, 2, &count, &flags, NULL, NULL), 0);
    CHECK_INT(count, 5);
    CHECK(!memcmp(head, "ab", 2) && !memcmp(rest, "cde", 3));
    close_pair(pair);
}

TEST(a_receive_times_out)
{
    DWORD timeout = 100;
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, sizeof(timeout)), 0);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAETIMEDOUT);
    close_pair(pair);
}

TEST(transfers_need_a_connection)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), datagram = socket(AF_INET, SOCK_DGRAM, 0);
    char byte = 'x';

    CHECK_ERROR(send(s, &byte, 1, 0), WSAENOTCONN);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAENOTCONN);
    CHECK_ERROR(recvfrom(datagram, &byte, 1, 0, NULL, NULL), WSAEINVAL); /* not bound */
    CHECK_ERROR(send(datagram, &byte, 1, 0), WSAENOTCONN);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(datagram), 0);
}

TEST(unreadable_buffers_give_wsaefault)
{
    char *gone = VirtualAlloc(NULL, 4096, MEM_RESERVE, PAGE_NOACCESS);
    WSABUF buffer = {10, gone};
    DWORD count, flags = 0;
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK_ERROR(send(pair[0], gone, 10, 0), WSAEFAULT);
    CHECK_ERROR(WSASend(pair[0], &buffer, 1, &count, 0, NULL, NULL), WSAEFAULT);
    CHECK_ERROR(WSASend(pair[0], NULL, 1, &count, 0, NULL, NULL), WSAEFAULT);
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    wait_readable(pair[1]);
    CHECK_ERROR(recv(pair[1], gone, 10, 0), WSAEFAULT);
    CHECK_ERROR(WSARecv(pair[1], &buffer, 1, &count, &flags, NULL, NULL), WSAEFAULT);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 1); /* still there */
    VirtualFree(gone, 0, MEM_RELEASE);
    close_pair(pair);
}

/* --- Datagrams --- */

TEST(a_datagram_names_its_sender)
{
    struct sockaddr_in to, from_addr, from;
    int len = sizeof(from);
    SOCKET s, sender;
    char text[8];

    udp_bound(&s, &to);
    udp_bound(&sender, &from_addr);
    CHECK_INT(sendto(sender, "ping", 4, 0, (struct sockaddr *)&to, sizeof(to)), 4);
    memset(&from, 0, sizeof(from));
    CHECK_INT(recvfrom(s, text, sizeof(text), 0, (struct sockaddr *)&from, &len), 4);
    CHECK_INT(len, sizeof(from));
    CHECK_INT(from.sin_port, from_addr.sin_port);
    CHECK_INT(ntohl(from.sin_addr.s_addr), INADDR_LOOPBACK);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(sender), 0);
}

TEST(a_truncated_datagram_fills_the_buffer_and_gives_wsaemsgsize)
{
    struct sockaddr_in addr;
    char text[4];
    SOCKET s;

    udp_bound(&s, &addr);
    CHECK_INT(sendto(s, "abcdef", 6, 0, (struct sockaddr *)&addr, sizeof(addr)), 6);
    CHECK_INT(sendto(s, "next", 4, 0, (struct sockaddr *)&addr, sizeof(addr)), 4);
    CHECK_ERROR(recv(s, text, 4, 0), WSAEMSGSIZE);
    CHECK(!memcmp(text, "abcd", 4));
    CHECK_INT(recv(s, text, 4, 0), 4);
    CHECK(!memcmp(text, "next", 4));
    CHECK_INT(closesocket(s), 0);
}

TEST(an_empty_datagram_is_one)
{
    struct sockaddr_in addr;
    char text[4];
    SOCKET s;

    udp_bound(&s, &addr);
    CHECK_INT(sendto(s, "", 0, 0, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(recv(s, text, 4, 0), 0);
    CHECK_INT(closesocket(s), 0);
}

TEST(an_unreachable_peer_gives_wsaeconnreset)
{
    struct sockaddr_in addr;
    SOCKET s, gone;
    char text[4];

    udp_bound(&s, NULL);
    udp_bound(&gone, &addr);
    CHECK_INT(closesocket(gone), 0);
    CHECK_INT(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(send(s, "x", 1, 0), 1);
    CHECK_ERROR(recv(s, text, 4, 0), WSAECONNRESET);
    CHECK_INT(closesocket(s), 0);
}

TEST(sendto_binds)
{
    struct sockaddr_in addr, here;
    int len = sizeof(here);
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0), to;

    udp_bound(&to, &addr);
    CHECK_ERROR(getsockname(s, (struct sockaddr *)&here, &len), WSAEINVAL);
    CHECK_INT(sendto(s, "x", 1, 0, (struct sockaddr *)&addr, sizeof(addr)), 1);
    CHECK_INT(getsockname(s, (struct sockaddr *)&here, &len), 0);
    CHECK(here.sin_port != 0);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(to), 0);
}

/* --- Overlapped, with an event --- */

struct operation
{
    WSAOVERLAPPED overlapped;
    WSABUF buffer;
    char bytes[64];
    DWORD flags;
};

static void prepare(struct operation *op, BOOL event)
{
    memset(op, 0, sizeof(*op));
    op->buffer.buf = op->bytes;
    op->buffer.len = sizeof(op->bytes);
    if (event) op->overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
}

static void start_receive(struct operation *op, SOCKET s, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    CHECK_ERROR(WSARecv(s, &op->buffer, 1, NULL, &op->flags, &op->overlapped, routine), WSA_IO_PENDING);
}

TEST(a_pending_receive_sets_its_event)
{
    struct operation op;
    DWORD count = 0, flags = 0xdead;
    SOCKET pair[2];

    tcp_pair(pair);
    prepare(&op, TRUE);
    start_receive(&op, pair[1], NULL);
    CHECK_INT(WaitForSingleObject(op.overlapped.hEvent, 0), WAIT_TIMEOUT);
    WSASetLastError(0);
    CHECK(!WSAGetOverlappedResult(pair[1], &op.overlapped, &count, FALSE, &flags));
    CHECK_INT(WSAGetLastError(), WSA_IO_INCOMPLETE);
    CHECK_INT(send(pair[0], "later", 5, 0), 5);
    CHECK_INT(WaitForSingleObject(op.overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK(WSAGetOverlappedResult(pair[1], &op.overlapped, &count, FALSE, &flags));
    CHECK_INT(count, 5);
    CHECK_INT(flags, 0);
    CHECK(!memcmp(op.bytes, "later", 5));
    CloseHandle(op.overlapped.hEvent);
    close_pair(pair);
}

TEST(waiting_for_a_result)
{
    struct operation op;
    DWORD count, flags;
    SOCKET pair[2];

    tcp_pair(pair);
    prepare(&op, TRUE);
    start_receive(&op, pair[1], NULL);
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    CHECK(WSAGetOverlappedResult(pair[1], &op.overlapped, &count, TRUE, &flags));
    CHECK_INT(count, 1);
    CloseHandle(op.overlapped.hEvent);
    close_pair(pair);
}

TEST(an_immediate_receive_sets_its_event_too)
{
    struct operation op;
    DWORD count = 0;
    SOCKET pair[2];

    tcp_pair(pair);
    prepare(&op, TRUE);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    wait_readable(pair[1]);
    CHECK_INT(WSARecv(pair[1], &op.buffer, 1, &count, &op.flags, &op.overlapped, NULL), 0);
    CHECK_INT(count, 3);
    CHECK_INT(WaitForSingleObject(op.overlapped.hEvent, 0), WAIT_OBJECT_0);
    CHECK_INT(op.overlapped.Internal, 0);
    CHECK_INT(op.overlapped.InternalHigh, 3);
    CloseHandle(op.overlapped.hEvent);
    close_pair(pair);
}

TEST(receives_are_served_in_their_order)
{
    struct operation first, second;
    DWORD count, flags;
    SOCKET pair[2];

    tcp_pair(pair);
    prepare(&first, TRUE);
    prepare(&second, TRUE);
    first.buffer.len = second.buffer.len = 2;
    start_receive(&first, pair[1], NULL);
    start_receive(&second, pair[1], NULL);
    CHECK_INT(send(pair[0], "abcd", 4, 0), 4);
    CHECK(WSAGetOverlappedResult(pair[1], &first.overlapped, &count, TRUE, &flags));
    CHECK_INT(count, 2);
    CHECK(WSAGetOverlappedResult(pair[1], &second.overlapped, &count, TRUE, &flags));
    CHECK_INT(count, 2);
    CHECK(!memcmp(first.bytes, "ab", 2) && !memcmp(second.bytes, "cd", 2));
    CloseHandle(first.overlapped.hEvent);
    CloseHandle(second.overlapped.hEvent);
    close_pair(pair);
}

TEST(an_overlapped_send)
{
    struct operation op;
    DWORD count, flags;
    SOCKET pair[2];
    char text[64];
    int ret;

    tcp_pair(pair);
    prepare(&op, TRUE);
    memset(op.bytes, 'y', sizeof(op.bytes));
    ret = WSASend(pair[0], &op.buffer, 1, NULL, 0, &op.overlapped, NULL);
    CHECK(!ret || WSAGetLastError() == WSA_IO_PENDING);
    CHECK(WSAGetOverlappedResult(pair[0], &op.overlapped, &count, TRUE, &flags));
    CHECK_INT(count, sizeof(op.bytes));
    CHECK_INT(recv(pair[1], text, sizeof(text), MSG_WAITALL), sizeof(text));
    CHECK(!memcmp(text, op.bytes, sizeof(text)));
    CloseHandle(op.overlapped.hEvent);
    close_pair(pair);
}

TEST(an_overlapped_receivefrom_names_the_sender)
{
    struct sockaddr_in addr, from = {0};
    int len = sizeof(from);
    struct operation op;
    DWORD count, flags;
    SOCKET s;

    udp_bound(&s, &addr);
    prepare(&op, TRUE);
    CHECK_ERROR(
        WSARecvFrom(s, &op.buffer, 1, NULL, &op.flags, (struct sockaddr *)&from, &len, &op.overlapped, NULL),
        WSA_IO_PENDING);
    CHECK_INT(sendto(s, "abc", 3, 0, (struct sockaddr *)&addr, sizeof(addr)), 3);
    CHECK(WSAGetOverlappedResult(s, &op.overlapped, &count, TRUE, &flags));
    CHECK_INT(count, 3);
    CHECK_INT(len, sizeof(from));
    CHECK_INT(from.sin_port, addr.sin_port);
    CloseHandle(op.overlapped.hEvent);
    CHECK_INT(closesocket(s), 0);
}

/* --- With a completion routine --- */

static struct
{
    int calls;
    DWORD error, count, flags, thread;
    WSAOVERLAPPED *overlapped;
} routine_saw;

static void CALLBACK routine(DWORD error, DWORD count, WSAOVERLAPPED *overlapped, DWORD flags)
{
    routine_saw.calls++;
    routine_saw.error = error;
    routine_saw.count = count;
    routine_saw.flags = flags;
    routine_saw.overlapped = overlapped;
    routine_saw.thread = GetCurrentThreadId();
}

TEST(a_routine_runs_in_an_alertable_wait)
{
    struct operation op;
    SOCKET pair[2];
    int i;

    memset(&routine_saw, 0, sizeof(routine_saw));
    tcp_pair(pair);
    prepare(&op, FALSE);
    start_receive(&op, pair[1], routine);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    Sleep(50); /* a wait that is not alertable */
    CHECK_INT(routine_saw.calls, 0);
    for (i = 0; i < 100 && !routine_saw.calls; i++) SleepEx(100, TRUE);
    CHECK_INT(routine_saw.calls, 1);
    CHECK_INT(routine_saw.error, 0);
    CHECK_INT(routine_saw.count, 3);
    CHECK(routine_saw.overlapped == &op.overlapped);
    CHECK_INT(routine_saw.thread, GetCurrentThreadId());
    close_pair(pair);
}

TEST(a_routine_runs_after_immediate_success_too)
{
    struct operation op;
    DWORD count = 0;
    SOCKET pair[2];
    int i;

    memset(&routine_saw, 0, sizeof(routine_saw));
    tcp_pair(pair);
    prepare(&op, FALSE);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    wait_readable(pair[1]);
    CHECK_INT(WSARecv(pair[1], &op.buffer, 1, &count, &op.flags, &op.overlapped, routine), 0);
    CHECK_INT(count, 3);
    CHECK_INT(routine_saw.calls, 0);
    for (i = 0; i < 100 && !routine_saw.calls; i++) SleepEx(100, TRUE);
    CHECK_INT(routine_saw.calls, 1);
    CHECK_INT(routine_saw.count, 3);
    close_pair(pair);
}

/* --- With a completion port --- */

#define KEY 0x1234

static HANDLE port_of(SOCKET s)
{
    HANDLE port = CreateIoCompletionPort((HANDLE)s, NULL, KEY, 0);

    CHECK(port);
    return port;
}

static void expect_packet(HANDLE port, WSAOVERLAPPED *overlapped, DWORD expected)
{
    OVERLAPPED *got = NULL;
    ULONG_PTR key = 0;
    DWORD count = 0;

    CHECK(GetQueuedCompletionStatus(port, &count, &key, &got, 10000));
    CHECK_INT(key, KEY);
    CHECK(got == overlapped);
    CHECK_INT(count, expected);
}

static void expect_no_packet(HANDLE port)
{
    OVERLAPPED *got = NULL;
    ULONG_PTR key;
    DWORD count;

    CHECK(!GetQueuedCompletionStatus(port, &count, &key, &got, 0));
    CHECK_INT(GetLastError(), WAIT_TIMEOUT);
    CHECK(!got);
}

TEST(a_port_gets_pending_and_immediate_completions)
{
    struct operation op;
    SOCKET pair[2];
    DWORD count;
    HANDLE port;

    tcp_pair(pair);
    port = port_of(pair[1]);
    prepare(&op, FALSE);
    start_receive(&op, pair[1], NULL);
    expect_no_packet(port);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    expect_packet(port, &op.overlapped, 3);

    prepare(&op, FALSE);
    CHECK_INT(send(pair[0], "abcd", 4, 0), 4);
    wait_readable(pair[1]);
    CHECK_INT(WSARecv(pair[1], &op.buffer, 1, &count, &op.flags, &op.overlapped, NULL), 0);
    expect_packet(port, &op.overlapped, 4);
    expect_no_packet(port);
    CHECK_INT(closesocket(pair[1]), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    CloseHandle(port);
}

TEST(an_event_with_its_low_bit_set_keeps_the_packet_away)
{
    struct operation op;
    DWORD count, flags;
    SOCKET pair[2];
    HANDLE port, event;

    tcp_pair(pair);
    port = port_of(pair[1]);
    prepare(&op, TRUE);
    event = op.overlapped.hEvent;
    op.overlapped.hEvent = (HANDLE)((ULONG_PTR)event | 1);
    start_receive(&op, pair[1], NULL);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    op.overlapped.hEvent = event;
    CHECK(WSAGetOverlappedResult(pair[1], &op.overlapped, &count, FALSE, &flags));
    CHECK_INT(count, 3);
    expect_no_packet(port);
    close_pair(pair);
    CloseHandle(event);
    CloseHandle(port);
}

TEST(a_port_gets_nothing_for_success_that_was_skipped)
{
    struct operation op;
    SOCKET pair[2];
    DWORD count;
    HANDLE port;

    tcp_pair(pair);
    port = port_of(pair[1]);
    CHECK(SetFileCompletionNotificationModes((HANDLE)pair[1], FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    prepare(&op, FALSE);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    wait_readable(pair[1]);
    CHECK_INT(WSARecv(pair[1], &op.buffer, 1, &count, &op.flags, &op.overlapped, NULL), 0);
    CHECK_INT(count, 3);
    expect_no_packet(port);

    prepare(&op, FALSE);
    start_receive(&op, pair[1], NULL);
    CHECK_INT(send(pair[0], "abcd", 4, 0), 4);
    expect_packet(port, &op.overlapped, 4);
    close_pair(pair);
    CloseHandle(port);
}

TEST(the_end_of_a_connection_completes_with_nothing)
{
    struct operation op;
    SOCKET pair[2];
    HANDLE port;

    tcp_pair(pair);
    port = port_of(pair[1]);
    prepare(&op, FALSE);
    start_receive(&op, pair[1], NULL);
    CHECK_INT(closesocket(pair[0]), 0);
    expect_packet(port, &op.overlapped, 0);
    CHECK_INT(closesocket(pair[1]), 0);
    CloseHandle(port);
}

/* --- Cancellation --- */

static void expect_aborted(SOCKET s, struct operation *op)
{
    DWORD count, flags;

    CHECK_INT(WaitForSingleObject(op->overlapped.hEvent, 10000), WAIT_OBJECT_0);
    WSASetLastError(0);
    CHECK(!WSAGetOverlappedResult(s, &op->overlapped, &count, FALSE, &flags));
    CHECK_INT(WSAGetLastError(), WSA_OPERATION_ABORTED);
    CloseHandle(op->overlapped.hEvent);
}

TEST(cancelio_cancels_the_threads_operations)
{
    struct operation op;
    SOCKET pair[2];
    char text[8];

    tcp_pair(pair);
    prepare(&op, TRUE);
    start_receive(&op, pair[1], NULL);
    CHECK(CancelIo((HANDLE)pair[1]));
    expect_aborted(pair[1], &op);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 3);
    close_pair(pair);
}

TEST(cancelioex_cancels_the_one_that_is_named)
{
    struct operation first, second;
    DWORD count, flags;
    SOCKET pair[2];

    tcp_pair(pair);
    prepare(&first, TRUE);
    prepare(&second, TRUE);
    start_receive(&first, pair[1], NULL);
    start_receive(&second, pair[1], NULL);
    CHECK(CancelIoEx((HANDLE)pair[1], &first.overlapped));
    expect_aborted(pair[1], &first);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK(WSAGetOverlappedResult(pair[1], &second.overlapped, &count, TRUE, &flags));
    CHECK_INT(count, 3);
    CloseHandle(second.overlapped.hEvent);
    close_pair(pair);
}

static DWORD WINAPI cancel_from_elsewhere(void *arg)
{
    return CancelIoEx(*(HANDLE *)arg, NULL);
}

TEST(cancelioex_reaches_other_threads_operations)
{
    struct operation op;
    SOCKET pair[2];
    HANDLE thread;
    DWORD done;

    tcp_pair(pair);
    prepare(&op, TRUE);
    start_receive(&op, pair[1], NULL);
    thread = CreateThread(NULL, 0, cancel_from_elsewhere, &pair[1], 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    CHECK(GetExitCodeThread(thread, &done));
    CHECK_INT(done, TRUE);
    expect_aborted(pair[1], &op);
    CloseHandle(thread);
    close_pair(pair);
}

TEST(closing_aborts_what_is_pending)
{
    struct operation op;
    SOCKET pair[2];
    HANDLE port;
    OVERLAPPED *got = NULL;
    ULONG_PTR key;
    DWORD count;

    tcp_pair(pair);
    port = port_of(pair[1]);
    prepare(&op, FALSE);
    start_receive(&op, pair[1], NULL);
    CHECK_INT(closesocket(pair[1]), 0);
    CHECK(!GetQueuedCompletionStatus(port, &count, &key, &got, 10000));
    CHECK(got == &op.overlapped);
    CHECK_INT(key, KEY);
    CHECK_INT(closesocket(pair[0]), 0);
    CloseHandle(port);
}

/* --- Several threads --- */

static DWORD WINAPI user_apc_target(void *arg)
{
    char byte;

    return recv(*(SOCKET *)arg, &byte, 1, 0);
}

static LONG apc_ran;

static void CALLBACK count_apc(ULONG_PTR arg)
{
    (void)arg;
    InterlockedIncrement(&apc_ran);
}

TEST(a_user_apc_runs_during_a_blocking_receive)
{
    SOCKET pair[2];
    HANDLE thread;
    DWORD got;
    int i;

    apc_ran = 0;
    tcp_pair(pair);
    thread = CreateThread(NULL, 0, user_apc_target, &pair[1], 0, NULL);
    CHECK(QueueUserAPC(count_apc, thread, 0));
    for (i = 0; i < 100 && !apc_ran; i++) Sleep(100);
    CHECK_INT(apc_ran, 1);
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    WaitForSingleObject(thread, INFINITE);
    CHECK(GetExitCodeThread(thread, &got));
    CHECK_INT(got, 1);
    CloseHandle(thread);
    close_pair(pair);
}

struct stress
{
    SOCKET s;
    int value;
};

static DWORD WINAPI send_runs(void *arg)
{
    struct stress *stress = arg;
    static const int rounds = 50;
    char run[30000];
    int i;

    memset(run, stress->value, sizeof(run));
    for (i = 0; i < rounds; i++) CHECK_INT(send(stress->s, run, sizeof(run), 0), sizeof(run));
    return rounds;
}

/* One blocking send is one piece of the stream, whoever else sends. */
TEST(sends_of_two_threads_do_not_mix)
{
    struct stress stress[2];
    static char run[30000];
    HANDLE threads[2];
    SOCKET pair[2];
    int i, j;

    tcp_pair(pair);
    for (i = 0; i < 2; i++)
    {
        stress[i].s = pair[0];
        stress[i].value = 'a' + i;
        threads[i] = CreateThread(NULL, 0, send_runs, &stress[i], 0, NULL);
    }
    for (i = 0; i < 100; i++)
    {
        CHECK_INT(recv(pair[1], run, sizeof(run), MSG_WAITALL), sizeof(run));
        for (j = 1; j < (int)sizeof(run); j++)
            if (run[j] != run[0]) harness_fail(__FILE__, __LINE__, "piece %d is mixed at byte %d", i, j);
    }
    CHECK_INT(WaitForMultipleObjects(2, threads, TRUE, 10000), WAIT_OBJECT_0);
    CloseHandle(threads[0]);
    CloseHandle(threads[1]);
    close_pair(pair);
}
