/*
 * How the event loops of libuv, wepoll and their like use Winsock.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"
#include "port.h"

static int receive(SOCKET s, void *data, ULONG size, OVERLAPPED *overlapped)
{
    WSABUF buffer = {size, data};
    DWORD flags = 0, done;

    return WSARecv(s, &buffer, 1, &done, &flags, overlapped, NULL);
}

static void start_zero_read(SOCKET s, OVERLAPPED *overlapped)
{
    CHECK_ERROR(receive(s, "", 0, overlapped), WSA_IO_PENDING);
}

TEST(zero_read_ends_when_data_come_and_leaves_them)
{
    OVERLAPPED overlapped = {0};
    char buffer[8];
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    DWORD size;

    set_blocking(pair[1], FALSE);
    start_zero_read(pair[1], &overlapped);
    check_nothing(port);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(size, 0);
    CHECK_INT(recv(pair[1], buffer, sizeof(buffer), 0), 4);
    CHECK_ERROR(recv(pair[1], buffer, sizeof(buffer), 0), WSAEWOULDBLOCK);
    port_close(pair, port);
}

TEST(zero_read_can_be_repeated_for_the_life_of_a_stream)
{
    OVERLAPPED overlapped;
    char buffer[8];
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    DWORD size;
    int i;

    set_blocking(pair[1], FALSE);
    for (i = 0; i < 20; i++)
    {
        memset(&overlapped, 0, sizeof(overlapped));
        start_zero_read(pair[1], &overlapped);
        CHECK_INT(send(pair[0], "data", 4, 0), 4);
        CHECK_INT(take(port, &overlapped, &size), 0);
        CHECK_INT(recv(pair[1], buffer, sizeof(buffer), 0), 4);
    }
    check_nothing(port);
    port_close(pair, port);
}

TEST(zero_read_ends_with_the_stream)
{
    OVERLAPPED overlapped = {0};
    char buffer;
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    DWORD size;

    set_blocking(pair[1], FALSE);
    start_zero_read(pair[1], &overlapped);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(size, 0);
    CHECK_INT(recv(pair[1], &buffer, 1, 0), 0);
    port_close(pair, port);
}

TEST(zero_read_fails_when_the_socket_is_closed)
{
    OVERLAPPED overlapped = {0};
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    DWORD size;

    start_zero_read(pair[1], &overlapped);
    closesocket(pair[1]);
    CHECK(take(port, &overlapped, &size) != 0);
    check_nothing(port);
    closesocket(pair[0]);
    CloseHandle(port);
}

/* The host itself forgets a reset that was seen once; the socket was never read from otherwise. */
static void reset_and_read(SOCKET closed, SOCKET read)
{
    OVERLAPPED overlapped = {0};
    struct linger linger = {1, 0};
    HANDLE port = port_of(read);
    char buffer[4];
    fd_set set;

    set_blocking(read, FALSE);
    CHECK_INT(setsockopt(closed, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    CHECK_INT(closesocket(closed), 0);
    FD_ZERO(&set);
    FD_SET(read, &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    CHECK_ERROR(receive(read, buffer, sizeof(buffer), &overlapped), WSAECONNRESET);
    CHECK_ERROR(receive(read, buffer, sizeof(buffer), &overlapped), WSAECONNRESET);
    check_nothing(port);
    CHECK_INT(closesocket(read), 0);
    CloseHandle(port);
}

TEST(overlapped_receive_after_a_reset_fails_without_a_packet)
{
    SOCKET pair[2];

    tcp_pair(pair);
    reset_and_read(pair[0], pair[1]);
    tcp_pair(pair);
    reset_and_read(pair[1], pair[0]);
}

TEST(zero_read_that_data_wait_for_ends_at_once)
{
    OVERLAPPED overlapped = {0};
    char buffer[4];
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    fd_set read;
    DWORD size;

    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    FD_ZERO(&read);
    FD_SET(pair[1], &read);
    CHECK_INT(select(0, &read, NULL, NULL, NULL), 1);
    CHECK_INT(receive(pair[1], "", 0, &overlapped), 0);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(size, 0);
    CHECK_INT(recv(pair[1], buffer, 4, 0), 4);
    port_close(pair, port);
}

TEST(packet_is_posted_for_what_succeeds_at_once)
{
    OVERLAPPED overlapped = {0};
    WSABUF buffer = {4, "data"};
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 0);
    DWORD size = 0;

    CHECK_INT(WSASend(pair[0], &buffer, 1, &size, 0, &overlapped, NULL), 0);
    CHECK_INT(size, 4);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(size, 4);
    port_close(pair, port);
}

TEST(packet_is_not_posted_for_success_if_it_is_to_be_skipped)
{
    OVERLAPPED overlapped = {0};
    WSABUF buffer = {4, "data"};
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 0);
    DWORD size = 0;

    skip_on_success(pair[0]);
    CHECK_INT(WSASend(pair[0], &buffer, 1, &size, 0, &overlapped, NULL), 0);
    CHECK_INT(size, 4);
    CHECK_INT(overlapped.Internal, 0);
    CHECK_INT(overlapped.InternalHigh, 4);
    check_nothing(port);
    port_close(pair, port);
}

TEST(packet_is_posted_for_what_was_pending_even_if_success_is_skipped)
{
    OVERLAPPED overlapped = {0};
    char buffer[4];
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    DWORD size;

    skip_on_success(pair[1]);
    CHECK_ERROR(receive(pair[1], buffer, 4, &overlapped), WSA_IO_PENDING);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(size, 4);
    port_close(pair, port);
}

TEST(packet_is_not_posted_if_the_events_low_bit_is_set)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    OVERLAPPED overlapped = {.hEvent = (HANDLE)((ULONG_PTR)event | 1)};
    char buffer[4];
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    DWORD size = 0;

    CHECK_ERROR(receive(pair[1], buffer, 4, &overlapped), WSA_IO_PENDING);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK(GetOverlappedResult((HANDLE)pair[1], &overlapped, &size, FALSE));
    CHECK_INT(size, 4);
    check_nothing(port);
    port_close(pair, port);
    CloseHandle(event);
}

TEST(packets_are_taken_in_batches)
{
    enum
    {
        COUNT = 8
    };
    OVERLAPPED overlapped[COUNT];
    OVERLAPPED_ENTRY entries[2 * COUNT];
    char buffers[COUNT];
    ULONG got, total = 0;
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    int i;

    memset(overlapped, 0, sizeof(overlapped));
    for (i = 0; i < COUNT; i++) CHECK_ERROR(receive(pair[1], &buffers[i], 1, &overlapped[i]), WSA_IO_PENDING);
    CHECK_INT(send(pair[0], "01234567", COUNT, 0), COUNT);
    CHECK(PostQueuedCompletionStatus(port, 5, 6, NULL)); /* as libuv wakes up a loop */
    while (total < COUNT + 1)
    {
        CHECK(GetQueuedCompletionStatusEx(port, entries + total, 2 * COUNT - total, &got, 10000, FALSE));
        CHECK(got > 0);
        total += got;
    }
    CHECK_INT(total, COUNT + 1);
    for (i = 0; i < (int)total; i++)
    {
        if (!entries[i].lpOverlapped)
            CHECK_INT(entries[i].lpCompletionKey, 6);
        else
            CHECK_INT(entries[i].dwNumberOfBytesTransferred, 1);
    }
    for (i = 0; i < COUNT; i++) CHECK_INT(buffers[i], '0' + i); /* in the order they were asked for */
    port_close(pair, port);
}

TEST(a_batch_takes_no_more_than_there_is_room_for)
{
    OVERLAPPED_ENTRY entries[8];
    ULONG got = 0xdead, i;
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);

    CHECK(!GetQueuedCompletionStatusEx(port, entries, 8, &got, 0, FALSE));
    CHECK_INT(GetLastError(), WAIT_TIMEOUT);
    for (i = 0; i < 8; i++)
    {
        static OVERLAPPED overlapped[8];
        static char data[8];

        CHECK_INT(send(pair[0], "x", 1, 0), 1);
        if (receive(pair[1], &data[i], 1, &overlapped[i])) CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
        CHECK_INT(WaitForSingleObject((HANDLE)pair[1], 10000), WAIT_OBJECT_0); /* it is over */
    }
    CHECK(GetQueuedCompletionStatusEx(port, entries, 3, &got, 10000, FALSE));
    CHECK_INT(got, 3);
    CHECK(GetQueuedCompletionStatusEx(port, entries, 8, &got, 10000, TRUE));
    CHECK_INT(got, 5);
    for (i = 0; i < got; i++) CHECK_INT(entries[i].dwNumberOfBytesTransferred, 1);
    check_nothing(port);
    port_close(pair, port);
}

TEST(cancel_of_one_operation_leaves_the_others)
{
    OVERLAPPED first = {0}, second = {0};
    char buffers[2][4];
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    DWORD size;

    CHECK_ERROR(receive(pair[1], buffers[0], 4, &first), WSA_IO_PENDING);
    CHECK_ERROR(receive(pair[1], buffers[1], 4, &second), WSA_IO_PENDING);
    CHECK(CancelIoEx((HANDLE)pair[1], &first));
    CHECK_INT(take(port, &first, &size), ERROR_OPERATION_ABORTED);
    CHECK(!CancelIoEx((HANDLE)pair[1], &first));
    CHECK_INT(GetLastError(), ERROR_NOT_FOUND);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(take(port, &second, &size), 0);
    CHECK_INT(size, 4);
    CHECK(!memcmp(buffers[1], "data", 4));
    port_close(pair, port);
}

static BOOL connect_ex(SOCKET s, const struct sockaddr_in *addr, OVERLAPPED *overlapped)
{
    return EXTENSION(s, LPFN_CONNECTEX, WSAID_CONNECTEX)(s, (const struct sockaddr *)addr, sizeof(*addr),
                                                         NULL, 0, NULL, overlapped);
}

/* A connection that is not made: nobody accepts, and the listener's queue is full. */
struct attempt
{
    struct sockaddr_in addr;
    SOCKET listener, queued[8], s;
};

static void make_attempt(struct attempt *attempt)
{
    int i, len = sizeof(attempt->addr);

    attempt->listener = bound_stream();
    CHECK_INT(getsockname(attempt->listener, (struct sockaddr *)&attempt->addr, &len), 0);
    CHECK_INT(listen(attempt->listener, 1), 0);
    for (i = 0; i < 8; i++)
    {
        attempt->queued[i] = stream_socket();
        set_blocking(attempt->queued[i], FALSE);
        connect(attempt->queued[i], (struct sockaddr *)&attempt->addr, sizeof(attempt->addr));
    }
    attempt->s = bound_stream();
}

static void end_attempt(struct attempt *attempt)
{
    int i;

    closesocket(attempt->listener);
    for (i = 0; i < 8; i++) closesocket(attempt->queued[i]);
}

TEST(connect_that_takes_too_long_can_be_cancelled)
{
    struct attempt attempt;
    OVERLAPPED overlapped = {0};
    HANDLE port;
    DWORD size;

    make_attempt(&attempt);
    port = port_of(attempt.s);
    CHECK_PENDING(connect_ex(attempt.s, &attempt.addr, &overlapped));
    check_nothing(port);
    CHECK(CancelIoEx((HANDLE)attempt.s, &overlapped));
    CHECK_INT(take(port, &overlapped, &size), ERROR_OPERATION_ABORTED);
    closesocket(attempt.s);
    end_attempt(&attempt);
    CloseHandle(port);
}

TEST(connect_that_takes_too_long_ends_when_the_socket_is_closed)
{
    struct attempt attempt;
    OVERLAPPED overlapped = {0};
    HANDLE port;
    DWORD size;

    make_attempt(&attempt);
    port = port_of(attempt.s);
    CHECK_PENDING(connect_ex(attempt.s, &attempt.addr, &overlapped));
    closesocket(attempt.s);
    CHECK(take(port, &overlapped, &size) != 0);
    check_nothing(port);
    end_attempt(&attempt);
    CloseHandle(port);
}

/* Without overlapped operations, the loop's own clock ends the wait. */
TEST(connect_that_takes_too_long_is_not_writable_and_can_be_given_up)
{
    struct timeval time = {0, 50000};
    struct attempt attempt;
    WSAPOLLFD poll = {.events = POLLOUT};
    fd_set write, except;

    make_attempt(&attempt);
    set_blocking(attempt.s, FALSE);
    CHECK_ERROR(connect(attempt.s, (struct sockaddr *)&attempt.addr, sizeof(attempt.addr)), WSAEWOULDBLOCK);
    FD_ZERO(&write);
    FD_SET(attempt.s, &write);
    except = write;
    CHECK_INT(select(0, NULL, &write, &except, &time), 0);
    poll.fd = attempt.s;
    CHECK_INT(WSAPoll(&poll, 1, 50), 0);
    CHECK_ERROR(connect(attempt.s, (struct sockaddr *)&attempt.addr, sizeof(attempt.addr)), WSAEALREADY);
    CHECK_INT(closesocket(attempt.s), 0);
    CHECK_ERROR(closesocket(attempt.s), WSAENOTSOCK);
    end_attempt(&attempt);
}

TEST(connect_that_is_refused_says_so_at_the_port)
{
    struct sockaddr_in addr;
    SOCKET s = tcp_listener(&addr);
    OVERLAPPED overlapped = {0};
    HANDLE port;
    DWORD size;

    closesocket(s);
    s = bound_stream();
    port = port_of(s);
    CHECK_PENDING(connect_ex(s, &addr, &overlapped));
    CHECK_INT(take(port, &overlapped, &size), ERROR_CONNECTION_REFUSED);
    closesocket(s);
    CloseHandle(port);
}

TEST(connect_context_makes_an_overlapped_connection_whole)
{
    struct sockaddr_in addr, peer;
    SOCKET listener = tcp_listener(&addr), s = bound_stream();
    HANDLE port = port_of(s);
    OVERLAPPED overlapped = {0};
    int len = sizeof(peer);
    DWORD size;

    if (!connect_ex(s, &addr, &overlapped)) CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    CHECK_INT(getpeername(s, (struct sockaddr *)&peer, &len), 0);
    CHECK_INT(peer.sin_port, addr.sin_port);
    CHECK_INT(shutdown(s, SD_SEND), 0);
    closesocket(s);
    closesocket(listener);
    CloseHandle(port);
}

/* libuv keeps 32 requests at a listener's port. */
TEST(many_acceptors_at_one_port_take_a_connection_each)
{
    enum
    {
        COUNT = 32,
        AREA = sizeof(struct sockaddr_in) + 16
    };
    static OVERLAPPED overlapped[COUNT];
    static char areas[COUNT][2 * AREA];
    SOCKET listener, acceptors[COUNT], clients[COUNT];
    BOOL taken[COUNT] = {FALSE};
    OVERLAPPED_ENTRY entries[COUNT];
    struct sockaddr_in addr;
    ULONG got, total, i;
    HANDLE port;

    listener = tcp_listener(&addr);
    port = port_of(listener);
    for (i = 0; i < COUNT; i++)
    {
        acceptors[i] = stream_socket();
        CHECK_PENDING(EXTENSION(listener, LPFN_ACCEPTEX, WSAID_ACCEPTEX)(listener, acceptors[i], areas[i], 0,
                                                                         AREA, AREA, NULL, &overlapped[i]));
    }
    for (i = 0; i < COUNT; i++) clients[i] = connected_to(&addr);
    for (total = 0; total < COUNT; total += got)
    {
        CHECK(GetQueuedCompletionStatusEx(port, entries, COUNT, &got, 10000, FALSE));
        for (i = 0; i < got; i++)
        {
            ULONG which = entries[i].lpOverlapped - overlapped;

            CHECK(which < COUNT && !taken[which]);
            taken[which] = TRUE;
            CHECK_INT(entries[i].lpOverlapped->Internal, 0);
            CHECK_INT(setsockopt(acceptors[which], SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener,
                                 sizeof(listener)),
                      0);
            CHECK_INT(send(acceptors[which], "x", 1, 0), 1);
        }
    }
    for (i = 0; i < COUNT; i++)
    {
        char data;

        CHECK_INT(recv(clients[i], &data, 1, 0), 1);
        closesocket(clients[i]);
        closesocket(acceptors[i]);
    }
    check_nothing(port);
    closesocket(listener);
    CloseHandle(port);
}

/* Each write is told of once, in the order they were made, with all its bytes. */
TEST(queued_writes_end_in_their_order)
{
    enum
    {
        COUNT = 8,
        SIZE = 1 << 20
    };
    static char data[SIZE], received[SIZE];
    OVERLAPPED overlapped[COUNT];
    WSABUF buffer = {SIZE, data};
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 0);
    DWORD size;
    int i;

    memset(overlapped, 0, sizeof(overlapped));
    for (i = 0; i < COUNT; i++)
        if (WSASend(pair[0], &buffer, 1, NULL, 0, &overlapped[i], NULL))
            CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    for (i = 0; i < COUNT; i++) CHECK_INT(receive_all(pair[1], received, SIZE), SIZE);
    for (i = 0; i < COUNT; i++)
    {
        CHECK_INT(take(port, &overlapped[i], &size), 0);
        CHECK_INT(size, SIZE);
    }
    check_nothing(port);
    port_close(pair, port);
}

TEST(event_is_not_set_on_the_handle_if_that_is_to_be_skipped)
{
    OVERLAPPED overlapped = {0};
    WSABUF buffer = {4, "data"};
    char data[4];
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 0);
    DWORD size;

    skip_on_success(pair[0]);
    CHECK_INT(WSASend(pair[0], &buffer, 1, &size, 0, &overlapped, NULL), 0);
    CHECK_INT(recv(pair[1], data, 4, MSG_WAITALL), 4);
    memset(&overlapped, 0, sizeof(overlapped));
    CHECK_INT(send(pair[1], "data", 4, 0), 4);
    Sleep(50);
    CHECK_INT(receive(pair[0], data, 4, &overlapped), 0);
    CHECK_INT(overlapped.InternalHigh, 4);
    check_nothing(port);
    port_close(pair, port);
}
