/*
 * Receives of 0 bytes that wait for data at completion ports, as event loops have them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "waiting.h"

TEST(it_waits_until_data_come_and_leaves_them)
{
    OVERLAPPED overlapped = {0};
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    DWORD size, flags;

    skip_on_success(pair[1]);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE,
               CHECK_ERROR(receive(pair[1], NULL, 0, 0, &overlapped), WSA_IO_PENDING));
    CHECK_INT(overlapped.Internal, STATUS_PENDING);
    CHECK_NOTHING(WSAGetOverlappedResult(pair[1], &overlapped, &size, FALSE, &flags), WSA_IO_INCOMPLETE);
    check_nothing(port);
    send_some(pair[0]);
    check_ends_well(port, &overlapped);
    CHECK(WSAGetOverlappedResult(pair[1], &overlapped, &size, FALSE, &flags));
    CHECK_INT(size, 0);
    CHECK_INT(flags, 0);
    check_some(pair[1]);
    check_nothing(port);
    port_close(pair, port);
}

TEST(it_ends_though_nobody_asks_the_port)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);

    send_some(pair[0]);
    wait_for_end(&overlapped);
    CHECK_INT(overlapped.Internal, 0);
    check_ends_well(port, &overlapped);
    check_nothing(port);
    port_close(pair, port);
}

TEST(a_thread_that_waits_at_the_port_gets_the_packet)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped), thread;
    int i;

    for (i = 0; i < 5; i++)
    {
        thread = CreateThread(NULL, 0, send_soon, (void *)pair[0], 0, NULL);
        check_ends_well(port, &overlapped);
        CHECK_INT(WaitForSingleObject(thread, 10000), 0);
        CloseHandle(thread);
        check_some(pair[1]);
        begin(pair[1], &overlapped);
    }
    port_close(pair, port);
}

TEST(an_alertable_wait_gets_the_packet)
{
    OVERLAPPED overlapped;
    OVERLAPPED_ENTRY entry = {0};
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);
    ULONG count = 0;

    send_some(pair[0]);
    CHECK(GetQueuedCompletionStatusEx(port, &entry, 1, &count, 10000, TRUE));
    CHECK_INT(count, 1);
    CHECK(entry.lpOverlapped == &overlapped);
    CHECK_INT(entry.lpCompletionKey, PORT_KEY);
    check_nothing(port);
    port_close(pair, port);
}

/* Sockets with keys of their own at one port. */
struct streams
{
    SOCKET pair[MANY][2];
    OVERLAPPED overlapped[MANY];
    HANDLE port;
};

static void open_streams(struct streams *streams)
{
    int i;

    CHECK((streams->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0)) != NULL);
    for (i = 0; i < MANY; i++)
    {
        tcp_pair(streams->pair[i]);
        CHECK(CreateIoCompletionPort((HANDLE)streams->pair[i][1], streams->port, i, 0) == streams->port);
        skip_on_success(streams->pair[i][1]);
        begin(streams->pair[i][1], &streams->overlapped[i]);
    }
}

static void close_streams(struct streams *streams)
{
    int i;

    for (i = 0; i < MANY; i++) close_pair(streams->pair[i]);
    CloseHandle(streams->port);
}

TEST(packets_of_many_come_once_each_with_their_keys)
{
    static struct streams streams;
    OVERLAPPED_ENTRY entries[5];
    ULONG count, got, i;
    int round, seen;

    open_streams(&streams);
    for (round = 0; round < ROUNDS; round++)
    {
        for (i = 0; i < MANY; i++) send_some(streams.pair[i][0]);
        for (got = seen = 0; got < MANY; got += count)
        {
            CHECK(
                GetQueuedCompletionStatusEx(streams.port, entries, ARRAYSIZE(entries), &count, 10000, FALSE));
            CHECK(count >= 1 && count <= ARRAYSIZE(entries));
            for (i = 0; i < count; i++)
            {
                CHECK(entries[i].lpOverlapped == &streams.overlapped[entries[i].lpCompletionKey]);
                CHECK_INT(entries[i].dwNumberOfBytesTransferred, 0);
                seen |= 1 << entries[i].lpCompletionKey;
            }
        }
        CHECK_INT(seen, (1 << MANY) - 1);
        for (i = 0; i < MANY; i++)
        {
            check_some(streams.pair[i][1]);
            begin(streams.pair[i][1], &streams.overlapped[i]);
        }
    }
    check_nothing(streams.port);
    close_streams(&streams);
}

static struct streams shared;
static LONG packets, stray;

/* Each receives what there is and begins anew; a packet without an OVERLAPPED ends it. */
static DWORD WINAPI serve(void *unused)
{
    OVERLAPPED *overlapped;
    ULONG_PTR key;
    char data[64];
    DWORD size;

    (void)unused;
    while (GetQueuedCompletionStatus(shared.port, &size, &key, &overlapped, 20000) && overlapped)
    {
        InterlockedIncrement(&packets);
        if (overlapped != &shared.overlapped[key] || size || recv(shared.pair[key][1], data, 4, 0) != 4)
            InterlockedIncrement(&stray);
        send(shared.pair[key][1], data, 4, 0);
        do
        {
            memset(overlapped, 0, sizeof(*overlapped));
            if (receive(shared.pair[key][1], NULL, 0, 0, overlapped) == SOCKET_ERROR) break;
            InterlockedIncrement(&packets); /* it has come already, and success posts no packet */
            if (recv(shared.pair[key][1], data, 4, 0) != 4) InterlockedIncrement(&stray);
            send(shared.pair[key][1], data, 4, 0);
        } while (TRUE);
    }
    return 0;
}

TEST(threads_at_one_port_share_the_packets)
{
    HANDLE threads[4];
    int round, i;

    packets = stray = 0;
    open_streams(&shared);
    for (i = 0; i < 4; i++) threads[i] = CreateThread(NULL, 0, serve, NULL, 0, NULL);
    for (round = 0; round < ROUNDS; round++)
    {
        for (i = 0; i < MANY; i++) send_some(shared.pair[i][0]);
        for (i = 0; i < MANY; i++) check_some(shared.pair[i][0]);
    }
    for (i = 0; i < 4; i++) CHECK(PostQueuedCompletionStatus(shared.port, 0, 0, NULL));
    CHECK_INT(WaitForMultipleObjects(4, threads, TRUE, 20000), 0);
    for (i = 0; i < 4; i++) CloseHandle(threads[i]);
    CHECK_INT(stray, 0);
    CHECK_INT(packets, ROUNDS * MANY);
    close_streams(&shared);
}

TEST(each_port_has_its_own_packets)
{
    OVERLAPPED overlapped[2];
    SOCKET pair[2][2];
    HANDLE port[2];
    int round, i;

    for (i = 0; i < 2; i++) port[i] = waiting_pair(pair[i], &overlapped[i]);
    for (round = 0; round < ROUNDS; round++)
    {
        for (i = 0; i < 2; i++) send_some(pair[i][0]);
        for (i = 0; i < 2; i++) check_ends_well(port[(round + i) & 1], &overlapped[(round + i) & 1]);
        for (i = 0; i < 2; i++)
        {
            check_some(pair[i][1]);
            begin(pair[i][1], &overlapped[i]);
        }
    }
    for (i = 0; i < 2; i++) check_nothing(port[i]);
    for (i = 0; i < 2; i++) port_close(pair[i], port[i]);
}

TEST(packets_that_were_posted_before_come_before)
{
    OVERLAPPED overlapped, mark = {0};
    OVERLAPPED_ENTRY entries[4];
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);
    ULONG count = 0;
    DWORD size;

    CHECK(PostQueuedCompletionStatus(port, 7, PORT_KEY, &mark));
    send_some(pair[0]);
    CHECK_INT(take(port, &mark, &size), 0);
    CHECK_INT(size, 7);
    check_ends_well(port, &overlapped);
    check_some(pair[1]);

    begin(pair[1], &overlapped);
    CHECK(PostQueuedCompletionStatus(port, 7, PORT_KEY, &mark));
    send_some(pair[0]);
    CHECK(GetQueuedCompletionStatusEx(port, entries, 1, &count, 10000, FALSE));
    CHECK_INT(count, 1);
    CHECK(entries[0].lpOverlapped == &mark);
    check_ends_well(port, &overlapped);
    port_close(pair, port);
}

TEST(cancelioex_ends_the_one_that_it_names)
{
    OVERLAPPED overlapped, other = {0};
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);

    CHECK_NOTHING(CancelIoEx((HANDLE)pair[1], &other), ERROR_NOT_FOUND);
    CHECK_INT(overlapped.Internal, STATUS_PENDING);
    CHECK(CancelIoEx((HANDLE)pair[1], &overlapped));
    check_ends(port, &overlapped, ERROR_OPERATION_ABORTED);
    CHECK_INT((DWORD)overlapped.Internal, STATUS_CANCELLED);
    CHECK_NOTHING(CancelIoEx((HANDLE)pair[1], &overlapped), ERROR_NOT_FOUND);
    send_some(pair[0]);
    check_nothing(port);
    check_some(pair[1]);
    port_close(pair, port);
}

TEST(cancelioex_ends_whatever_waits)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);

    CHECK(CancelIoEx((HANDLE)pair[1], NULL));
    check_ends(port, &overlapped, ERROR_OPERATION_ABORTED);
    begin(pair[1], &overlapped); /* a new one is not the old one */
    send_some(pair[0]);
    check_ends_well(port, &overlapped);
    check_nothing(port);
    port_close(pair, port);
}

TEST(cancelioex_finds_nothing_once_data_have_come)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);

    send_some(pair[0]);
    wait_for_end(&overlapped);
    CHECK_NOTHING(CancelIoEx((HANDLE)pair[1], &overlapped), ERROR_NOT_FOUND);
    check_ends_well(port, &overlapped);
    check_nothing(port);
    port_close(pair, port);
}

static DWORD WINAPI cancel_io(void *s)
{
    return CancelIo((HANDLE)s);
}

TEST(cancelio_ends_what_its_own_thread_began)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped), thread;

    thread = CreateThread(NULL, 0, cancel_io, (void *)pair[1], 0, NULL);
    CHECK_INT(WaitForSingleObject(thread, 10000), 0);
    CloseHandle(thread);
    check_nothing(port);
    CHECK_INT(overlapped.Internal, STATUS_PENDING);
    CHECK(CancelIo((HANDLE)pair[1]));
    check_ends(port, &overlapped, ERROR_OPERATION_ABORTED);
    check_nothing(port);
    port_close(pair, port);
}

TEST(a_race_of_data_and_cancelioex_has_one_winner)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);
    DWORD size, error;
    BOOL cancelled;
    int i;

    for (i = 0; i < ROUNDS; i++)
    {
        send_some(pair[0]);
        cancelled = CancelIoEx((HANDLE)pair[1], &overlapped);
        error = take(port, &overlapped, &size);
        CHECK_INT(error, cancelled ? ERROR_OPERATION_ABORTED : 0);
        check_some(pair[1]);
        begin(pair[1], &overlapped);
    }
    CHECK(CancelIoEx((HANDLE)pair[1], &overlapped));
    check_ends(port, &overlapped, ERROR_OPERATION_ABORTED);
    check_nothing(port);
    port_close(pair, port);
}

TEST(a_handle_of_the_socket_cancels_it_too)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped), second;

    CHECK(DuplicateHandle(GetCurrentProcess(), (HANDLE)pair[1], GetCurrentProcess(), &second, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(CancelIoEx(second, &overlapped));
    check_ends(port, &overlapped, ERROR_OPERATION_ABORTED);
    check_nothing(port);
    CloseHandle(second);
    port_close(pair, port);
}

TEST(closing_the_socket_ends_it)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);
    DWORD size;

    CHECK_INT(closesocket(pair[1]), 0);
    CHECK(take(port, &overlapped, &size) != 0);
    check_nothing(port);
    closesocket(pair[0]);
    CloseHandle(port);

    port = waiting_pair(pair, &overlapped);
    CHECK(CloseHandle((HANDLE)pair[1]));
    CHECK(take(port, &overlapped, &size) != 0);
    check_nothing(port);
    closesocket(pair[0]);
    CloseHandle(port);
}

TEST(the_end_of_the_stream_ends_it_well)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);
    char data;

    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    check_ends_well(port, &overlapped);
    CHECK_INT(recv(pair[1], &data, 1, 0), 0);
    port_close(pair, port);
}

TEST(the_end_of_the_stream_after_an_end_of_ones_own_ends_it_well)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);
    char data;

    CHECK_INT(shutdown(pair[1], SD_SEND), 0);
    check_nothing(port);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    check_ends_well(port, &overlapped);
    CHECK_INT(recv(pair[1], &data, 1, 0), 0);
    port_close(pair, port);
}

TEST(a_reset_fails_it)
{
    struct linger linger = {1, 0};
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);
    DWORD size, flags;

    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    check_ends(port, &overlapped, ERROR_NETNAME_DELETED);
    CHECK_NOTHING(WSAGetOverlappedResult(pair[1], &overlapped, &size, FALSE, &flags), WSAECONNRESET);
    check_nothing(port);
    closesocket(pair[1]);
    CloseHandle(port);
}

struct beginning
{
    SOCKET s;
    OVERLAPPED *overlapped;
};

static DWORD WINAPI begin_elsewhere(void *param)
{
    const struct beginning *beginning = param;

    return receive(beginning->s, NULL, 0, 0, beginning->overlapped) == SOCKET_ERROR &&
           WSAGetLastError() == WSA_IO_PENDING;
}

TEST(it_survives_the_thread_that_began_it)
{
    OVERLAPPED overlapped = {0};
    struct beginning beginning;
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1), thread;
    DWORD begun = FALSE;

    skip_on_success(pair[1]);
    beginning = (struct beginning){pair[1], &overlapped};
    thread = CreateThread(NULL, 0, begin_elsewhere, &beginning, 0, NULL);
    CHECK_INT(WaitForSingleObject(thread, 10000), 0);
    CHECK(GetExitCodeThread(thread, &begun));
    CloseHandle(thread);
    CHECK_INT(begun, TRUE);
    check_nothing(port);
    send_some(pair[0]);
    check_ends_well(port, &overlapped);
    check_nothing(port);
    port_close(pair, port);
}

TEST(receives_that_follow_are_served_after_it)
{
    OVERLAPPED overlapped, second = {0}, third = {0};
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);
    char data[4];
    DWORD size;

    CHECK_ERROR(receive(pair[1], NULL, 0, 0, &second), WSA_IO_PENDING);
    CHECK_ERROR(receive(pair[1], data, sizeof(data), 0, &third), WSA_IO_PENDING);
    check_nothing(port);
    send_some(pair[0]);
    check_ends_well(port, &overlapped);
    check_ends_well(port, &second);
    CHECK_INT(take(port, &third, &size), 0);
    CHECK_INT(size, 4);
    CHECK(!memcmp(data, "data", 4));
    check_nothing(port);
    port_close(pair, port);
}

TEST(a_look_at_the_data_comes_after_it)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);
    char data[4];

    send_some(pair[0]);
    CHECK_INT(recv(pair[1], data, 1, MSG_PEEK), 1);
    CHECK(HasOverlappedIoCompleted(&overlapped));
    check_some(pair[1]);
    check_ends_well(port, &overlapped);
    check_nothing(port);
    port_close(pair, port);
}

TEST(a_receive_that_waits_as_well_takes_the_data_and_it_ends)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped), thread;

    thread = CreateThread(NULL, 0, send_soon, (void *)pair[0], 0, NULL);
    check_some(pair[1]);
    check_ends_well(port, &overlapped);
    CHECK_INT(WaitForSingleObject(thread, 10000), 0);
    CloseHandle(thread);
    check_nothing(port);
    port_close(pair, port);
}

TEST(it_goes_on_when_the_socket_is_shared)
{
    OVERLAPPED overlapped;
    WSAPROTOCOL_INFOW info;
    SOCKET pair[2], again;
    HANDLE port = waiting_pair(pair, &overlapped);

    CHECK_INT(WSADuplicateSocketW(pair[1], GetCurrentProcessId(), &info), 0);
    again = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0);
    CHECK(again != INVALID_SOCKET);
    check_nothing(port);
    send_some(pair[0]);
    check_ends_well(port, &overlapped);
    check_some(again);
    check_nothing(port);
    closesocket(again);
    port_close(pair, port);
}

TEST(it_goes_on_when_events_are_selected)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped), event = WSACreateEvent();

    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ | FD_CLOSE), 0);
    check_nothing(port);
    send_some(pair[0]);
    check_ends_well(port, &overlapped);
    check_some(pair[1]);
    check_nothing(port);
    port_close(pair, port);
    WSACloseEvent(event);
}

TEST(it_ends_at_the_port_whatever_becomes_of_the_handle_it_was_bound_by)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped), second, other;

    CHECK(DuplicateHandle(GetCurrentProcess(), port, GetCurrentProcess(), &second, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CloseHandle(port);
    other = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0); /* may get the value of the first */
    send_some(pair[0]);
    check_nothing(other);
    check_ends_well(second, &overlapped);
    check_nothing(second);
    check_some(pair[1]);
    begin(pair[1], &overlapped);
    CloseHandle(second); /* nobody can take the packet, and it ends all the same */
    send_some(pair[0]);
    wait_for_end(&overlapped);
    port_close(pair, other);
}

TEST(it_ends_at_the_port_though_that_has_another_handle_now)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped), moved, other;

    CHECK(DuplicateHandle(GetCurrentProcess(), port, GetCurrentProcess(), &moved, 0, FALSE,
                          DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    other = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0); /* may get the value of the first */
    send_some(pair[0]);
    check_nothing(other);
    check_ends_well(moved, &overlapped);
    check_nothing(moved);
    CloseHandle(other);
    port_close(pair, moved);
}

TEST(a_new_socket_with_the_same_handle_has_none)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = waiting_pair(pair, &overlapped);
    DWORD size;
    int i;

    for (i = 0; i < 5; i++)
    {
        closesocket(pair[1]);
        closesocket(pair[0]);
        CHECK(take(port, &overlapped, &size) != 0);
        tcp_pair(pair);
        send_some(pair[0]);
        check_nothing(port);
        check_some(pair[1]);
        CHECK(CreateIoCompletionPort((HANDLE)pair[1], port, PORT_KEY, 0) == port);
        skip_on_success(pair[1]);
        begin(pair[1], &overlapped);
    }
    port_close(pair, port);
}
