/*
 * Receives with buffers that wait for data at completion ports, and what tells of their ends.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "waiting.h"

/* With buffers: they take data when they end, and only then. */

static void begin_with(SOCKET s, char *data, ULONG size, OVERLAPPED *overlapped)
{
    memset(overlapped, 0, sizeof(*overlapped));
    CHECK_ERROR(receive(s, data, size, 0, overlapped), WSA_IO_PENDING);
}

static void check_takes(HANDLE port, OVERLAPPED *overlapped, DWORD bytes)
{
    DWORD size = 0xdead;

    CHECK_INT(take(port, overlapped, &size), 0);
    CHECK_INT(size, bytes);
    CHECK_INT(overlapped->InternalHigh, bytes);
    CHECK_INT(overlapped->Internal, 0);
}

TEST(buffers_are_filled_when_data_come)
{
    OVERLAPPED overlapped = {0};
    char first[3], second[8];
    WSABUF buffers[2] = {{sizeof(first), first}, {sizeof(second), second}};
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    DWORD flags = 0, size;

    skip_on_success(pair[1]);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE,
               CHECK_ERROR(WSARecv(pair[1], buffers, 2, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING));
    memset(buffers, 0, sizeof(buffers)); /* the array is not kept */
    check_nothing(port);
    CHECK_INT(send(pair[0], "12345678", 8, 0), 8);
    check_takes(port, &overlapped, 8);
    CHECK(!memcmp(first, "123", 3) && !memcmp(second, "45678", 5));
    CHECK(WSAGetOverlappedResult(pair[1], &overlapped, &size, FALSE, &flags));
    CHECK_INT(size, 8);

    begin_with(pair[1], first, sizeof(first), &overlapped); /* what does not fit stays */
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    wait_for_end(&overlapped);
    CHECK_INT(recv(pair[1], second, sizeof(second), 0), 1);
    CHECK_INT(second[0], 'a');
    check_takes(port, &overlapped, 3);
    check_nothing(port);
    port_close(pair, port);
}

TEST(buffers_are_filled_in_their_order)
{
    OVERLAPPED overlapped[3];
    char data[3][4];
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    int i;

    skip_on_success(pair[1]);
    for (i = 0; i < 3; i++) begin_with(pair[1], data[i], sizeof(data[i]), &overlapped[i]);
    CHECK_INT(send(pair[0], "first2nd.3rd.", 13, 0), 13);
    for (i = 0; i < 3; i++) check_takes(port, &overlapped[i], 4);
    CHECK(!memcmp(data, "first2nd.3rd", 12));
    CHECK_INT(recv(pair[1], data[0], 4, 0), 1);
    check_nothing(port);
    port_close(pair, port);
}

TEST(what_is_about_to_be_taken_is_hidden_from_select)
{
    struct timeval no_time = {0, 0};
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    char data[4];
    fd_set set;
    int i;

    skip_on_success(pair[1]);
    begin_with(pair[1], data, sizeof(data), &overlapped);
    for (i = 0; i < 2; i++)
    {
        FD_ZERO(&set);
        FD_SET(pair[1], &set);
        CHECK_INT(select(0, &set, NULL, NULL, &no_time), 0);
        if (!i) send_some(pair[0]);
    }
    check_takes(port, &overlapped, 4);
    check_nothing(port);
    port_close(pair, port);
}

TEST(a_blocking_receive_comes_after_one_that_waits)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1), thread;
    char data[2], rest[4];

    skip_on_success(pair[1]);
    begin_with(pair[1], data, sizeof(data), &overlapped);
    thread = CreateThread(NULL, 0, send_soon, (void *)pair[0], 0, NULL);
    CHECK_INT(recv(pair[1], rest, sizeof(rest), 0), 2);
    check_takes(port, &overlapped, 2);
    CHECK(!memcmp(data, "da", 2) && !memcmp(rest, "ta", 2));
    CHECK_INT(WaitForSingleObject(thread, 10000), 0);
    CloseHandle(thread);
    check_nothing(port);
    port_close(pair, port);
}

TEST(cancelling_loses_no_byte)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    unsigned char next = 0, byte, expected = 0;
    DWORD size, error;
    int i, cancelled = 0;

    skip_on_success(pair[1]);
    for (i = 0; i < 4 * ROUNDS; i++)
    {
        begin_with(pair[1], (char *)&byte, 1, &overlapped);
        if (i & 1) CHECK_INT(send(pair[0], (char *)&next, 1, 0), 1);
        if (!CancelIoEx((HANDLE)pair[1], &overlapped)) CHECK_INT(GetLastError(), ERROR_NOT_FOUND);
        error = take(port, &overlapped, &size);
        if (error)
        {
            CHECK_INT(error, ERROR_OPERATION_ABORTED);
            CHECK_INT(size, 0);
            cancelled++;
            if (i & 1) CHECK_INT(recv(pair[1], (char *)&byte, 1, 0), 1);
        }
        else
            CHECK_INT(size, 1);
        if (!(i & 1)) continue;
        CHECK_INT(byte, expected++);
        next++;
    }
    CHECK(cancelled >= 2 * ROUNDS);
    check_nothing(port);
    port_close(pair, port);
}

TEST(the_end_of_the_stream_ends_a_receive_with_buffers)
{
    struct linger linger = {1, 0};
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    char data[4];

    skip_on_success(pair[1]);
    begin_with(pair[1], data, sizeof(data), &overlapped);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    check_takes(port, &overlapped, 0);
    port_close(pair, port);

    port = port_pair(pair, 1);
    skip_on_success(pair[1]);
    begin_with(pair[1], data, sizeof(data), &overlapped);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    check_ends(port, &overlapped, ERROR_NETNAME_DELETED);
    check_nothing(port);
    closesocket(pair[1]);
    CloseHandle(port);
}

/* A stream of numbered bytes into receives that are always waiting. */
static DWORD WINAPI send_numbers(void *s)
{
    unsigned char data[1000];
    int i, j, number = 0;

    for (i = 0; i < 1000; i++)
    {
        const int size = 1 + i % sizeof(data);

        for (j = 0; j < size; j++) data[j] = number++ % 251;
        if (send((SOCKET)s, (char *)data, size, 0) != size) return 0;
    }
    shutdown((SOCKET)s, SD_SEND);
    return number;
}

TEST(a_stream_arrives_whole)
{
    OVERLAPPED overlapped = {0}, *ended;
    unsigned char data[777];
    DWORD size, sent = 0, number = 0, i;
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1), thread;
    ULONG_PTR key;

    skip_on_success(pair[1]);
    thread = CreateThread(NULL, 0, send_numbers, (void *)pair[0], 0, NULL);
    do
    {
        WSABUF buffer = {sizeof(data), (char *)data};
        DWORD flags = 0;

        if (WSARecv(pair[1], &buffer, 1, &size, &flags, &overlapped, NULL))
        {
            CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
            CHECK(GetQueuedCompletionStatus(port, &size, &key, &ended, 10000) && ended == &overlapped);
        }
        for (i = 0; i < size; i++) CHECK_INT(data[i], number++ % 251);
    } while (size);
    CHECK_INT(WaitForSingleObject(thread, 10000), 0);
    CHECK(GetExitCodeThread(thread, &sent));
    CHECK_INT(number, sent);
    CloseHandle(thread);
    check_nothing(port);
    port_close(pair, port);
}

TEST(with_packets_for_success_too_each_end_has_one)
{
    OVERLAPPED overlapped = {0};
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);

    CHECK(SetFileCompletionNotificationModes((HANDLE)pair[1], FILE_SKIP_SET_EVENT_ON_HANDLE));
    begin(pair[1], &overlapped);
    send_some(pair[0]);
    check_ends_well(port, &overlapped);
    memset(&overlapped, 0, sizeof(overlapped));
    CHECK_INT(receive(pair[1], NULL, 0, 0, &overlapped), 0);
    check_ends_well(port, &overlapped);
    check_some(pair[1]);
    check_nothing(port);
    port_close(pair, port);
}

/* Without an event, and where that is not skipped, the socket's handle is signaled by what ends. */

static DWORD handle_state(SOCKET s)
{
    return WaitForSingleObject((HANDLE)s, 0);
}

TEST(the_handle_is_signaled_where_that_is_not_skipped)
{
    OVERLAPPED overlapped = {0};
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    int i;

    for (i = 0; i < 3; i++)
    {
        begin(pair[1], &overlapped);
        CHECK_INT(handle_state(pair[1]), WAIT_TIMEOUT);
        send_some(pair[0]);
        CHECK_INT(WaitForSingleObject((HANDLE)pair[1], 10000), 0);
        check_ends_well(port, &overlapped);
        check_some(pair[1]);
        begin(pair[1], &overlapped);
        send_some(pair[0]);
        check_ends_well(port, &overlapped);
        CHECK_INT(handle_state(pair[1]), 0);
        check_some(pair[1]);
    }
    check_nothing(port);
    port_close(pair, port);
}

TEST(a_result_can_be_waited_for_by_the_handle)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1), thread;
    DWORD size, flags, i;

    for (i = 0; i < 4; i++)
    {
        begin(pair[1], &overlapped);
        thread = CreateThread(NULL, 0, send_soon, (void *)pair[0], 0, NULL);
        if (i & 1)
            CHECK(WSAGetOverlappedResult(pair[1], &overlapped, &size, TRUE, &flags));
        else
            CHECK(GetOverlappedResult((HANDLE)pair[1], &overlapped, &size, TRUE));
        CHECK_INT(WaitForSingleObject(thread, 10000), 0);
        CloseHandle(thread);
        check_ends_well(port, &overlapped);
        check_some(pair[1]);
    }
    port_close(pair, port);
}

TEST(another_operation_that_ends_signals_the_handle)
{
    OVERLAPPED overlapped, sending = {0};
    WSABUF buffer = {4, "sent"};
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    DWORD size, i;

    for (i = 0; i < 3; i++)
    {
        begin(pair[1], &overlapped);
        CHECK_INT(WSASend(pair[1], &buffer, 1, &size, 0, &sending, NULL), 0);
        CHECK_INT(handle_state(pair[1]), 0);
        CHECK_INT(take(port, &sending, &size), 0);
        send_some(pair[0]);
        check_ends_well(port, &overlapped);
        CHECK_INT(handle_state(pair[1]), 0);
        check_some(pair[1]);
    }
    port_close(pair, port);
}

TEST(it_signals_the_handle_that_another_operation_has_unsignaled)
{
    OVERLAPPED overlapped, sending = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    WSABUF buffer = {4, "sent"};
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    DWORD size;

    begin(pair[1], &overlapped);
    CHECK_INT(WSASend(pair[1], &buffer, 1, &size, 0, &sending, NULL), 0);
    CHECK_INT(take(port, &sending, &size), 0);
    send_some(pair[0]);
    check_ends_well(port, &overlapped);
    CHECK_INT(handle_state(pair[1]), 0);
    CloseHandle(sending.hEvent);
    port_close(pair, port);
}

TEST(receives_of_a_port_without_modes_need_no_device)
{
    OVERLAPPED overlapped = {0};
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    char data[4];
    DWORD size;
    int i;

    for (i = 0; i < 3; i++)
    {
        CHECK_FAST(pair[1], WS2_LANE_RECEIVE,
                   CHECK_ERROR(receive(pair[1], data, sizeof(data), 0, &overlapped), WSA_IO_PENDING));
        send_some(pair[0]);
        CHECK_INT(take(port, &overlapped, &size), 0);
        CHECK_INT(size, 4);
        send_some(pair[0]);
        wait_readable(pair[1]);
        CHECK_FAST(pair[1], WS2_LANE_RECEIVE,
                   CHECK_INT(receive(pair[1], data, sizeof(data), 0, &overlapped), 0));
        CHECK_INT(take(port, &overlapped, &size), 0);
        CHECK_INT(size, 4);
    }
    check_nothing(port);
    port_close(pair, port);
}

TEST(an_event_is_set)
{
    OVERLAPPED overlapped = {0};
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);

    skip_on_success(pair[1]);
    overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK_ERROR(receive(pair[1], NULL, 0, 0, &overlapped), WSA_IO_PENDING);
    send_some(pair[0]);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), 0);
    check_ends_well(port, &overlapped);
    CloseHandle(overlapped.hEvent);
    port_close(pair, port);
}

struct asker
{
    HANDLE port;
    volatile LONG stop, taken;
};

static DWORD WINAPI ask_on(void *context)
{
    struct asker *asker = context;
    OVERLAPPED_ENTRY entry;
    ULONG count;

    while (!asker->stop)
        if (GetQueuedCompletionStatusEx(asker->port, &entry, 1, &count, 0, FALSE))
            InterlockedIncrement(&asker->taken);
    return 0;
}

/* Who asks a port for packets gets none of another, whatever has become of the sockets of each. */
TEST(a_ports_packets_go_to_no_port_that_was_there_before)
{
    struct asker asker = {0};
    OVERLAPPED overlapped;
    SOCKET former[2], pair[2];
    HANDLE port, thread;
    DWORD size;
    int round;

    asker.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    thread = CreateThread(NULL, 0, ask_on, &asker, 0, NULL);
    for (round = 0; round < ROUNDS; round++)
    {
        tcp_pair(former);
        CHECK(CreateIoCompletionPort((HANDLE)former[1], asker.port, PORT_KEY, 0) == asker.port);
        close_pair(former);
        port = waiting_pair(pair, &overlapped);
        CHECK_INT(send(pair[0], "x", 1, 0), 1);
        CHECK_INT(take(port, &overlapped, &size), 0);
        port_close(pair, port);
    }
    CHECK_INT(asker.taken, 0);
    InterlockedExchange(&asker.stop, TRUE);
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CloseHandle(asker.port);
}
