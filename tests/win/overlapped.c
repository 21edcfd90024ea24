/*
 * Overlapped sends and receives: with an event, a routine and a port, and cancelled.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "port.h"

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

static void expect_packet(HANDLE port, WSAOVERLAPPED *overlapped, DWORD expected)
{
    DWORD size;

    CHECK_INT(take(port, overlapped, &size), 0);
    CHECK_INT(size, expected);
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
    check_nothing(port);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    expect_packet(port, &op.overlapped, 3);

    prepare(&op, FALSE);
    CHECK_INT(send(pair[0], "abcd", 4, 0), 4);
    wait_readable(pair[1]);
    CHECK_INT(WSARecv(pair[1], &op.buffer, 1, &count, &op.flags, &op.overlapped, NULL), 0);
    expect_packet(port, &op.overlapped, 4);
    check_nothing(port);
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
    check_nothing(port);
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
    check_nothing(port);

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

static void expect_nothing_to_cancel(SOCKET s)
{
    CHECK(!CancelIoEx((HANDLE)s, NULL));
    CHECK_INT(GetLastError(), ERROR_NOT_FOUND);
}

TEST(cancelioex_of_a_socket_says_that_there_is_nothing)
{
    struct sockaddr_in addr;
    struct operation op;
    SOCKET udp, listener = tcp_listener(&addr), pair[2];
    DWORD count, flags;
    char text[8];

    tcp_pair(pair);
    expect_nothing_to_cancel(pair[0]);
    expect_nothing_to_cancel(listener);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 3);
    expect_nothing_to_cancel(pair[0]);
    expect_nothing_to_cancel(pair[1]);

    prepare(&op, TRUE);
    start_receive(&op, pair[1], NULL);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK(WSAGetOverlappedResult(pair[1], &op.overlapped, &count, TRUE, &flags));
    expect_nothing_to_cancel(pair[1]);
    CloseHandle(op.overlapped.hEvent);

    udp_bound(&udp, &addr);
    CHECK_INT(sendto(udp, "abc", 3, 0, (struct sockaddr *)&addr, sizeof(addr)), 3);
    CHECK_INT(recv(udp, text, sizeof(text), 0), 3);
    expect_nothing_to_cancel(udp);
    closesocket(udp);
    closesocket(listener);
    close_pair(pair);
}

TEST(cancelioex_of_a_socket_finds_what_there_is)
{
    HANDLE port;
    OVERLAPPED overlapped = {0};
    struct operation op;
    SOCKET pair[2];
    char text[8];
    DWORD size;
    int i;

    tcp_pair(pair);
    for (i = 0; i < 2; i++)
    {
        prepare(&op, TRUE);
        start_receive(&op, pair[1], NULL);
        CHECK(CancelIoEx((HANDLE)pair[1], NULL));
        expect_aborted(pair[1], &op);
        expect_nothing_to_cancel(pair[1]);
    }
    close_pair(pair);

    /* begun as on a file */
    tcp_pair(pair);
    port = port_of(pair[1]);
    CHECK(!ReadFile((HANDLE)pair[1], text, sizeof(text), NULL, &overlapped));
    CHECK_INT(GetLastError(), ERROR_IO_PENDING);
    CHECK(CancelIoEx((HANDLE)pair[1], NULL));
    CHECK_INT(take(port, &overlapped, &size), ERROR_OPERATION_ABORTED);
    port_close(pair, port);
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
    CHECK_INT(key, PORT_KEY);
    CHECK_INT(closesocket(pair[0]), 0);
    CloseHandle(port);
}
