/*
 * FD_READ, whoever tells it: the module does of streams that it may receive from directly,
 * the device of all others, and each takes over from the other without a loss.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "event.h"
#include "lanes.h"

static char data[65536];

/* Waits until these have come, and nothing else. */
static void expect(SOCKET s, WSAEVENT event, long expected)
{
    long seen = 0;

    while (seen != expected)
    {
        CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
        seen |= events_now(s, event);
        CHECK_INT(seen & ~expected, 0);
    }
}

static void expect_nothing(SOCKET s, WSAEVENT event)
{
    /* the event may be left set once for what was taken already */
    WaitForSingleObject(event, 30);
    CHECK_INT(events_now(s, event), 0);
    CHECK_INT(WaitForSingleObject(event, 30), WAIT_TIMEOUT);
}

/* Rounds of one byte, over which FD_READ may change hands. */
static void rounds(SOCKET from, SOCKET to, WSAEVENT event)
{
    int i;

    for (i = 0; i < 5; i++)
    {
        CHECK_INT(send(from, "a", 1, 0), 1);
        expect(to, event, FD_READ);
        CHECK_INT(recv(to, data, sizeof(data), 0), 1);
        CHECK_ERROR(recv(to, data, sizeof(data), 0), WSAEWOULDBLOCK);
    }
    expect_nothing(to, event);
}

TEST(selected_streams_are_received_from_directly)
{
    SOCKET pair[2];
    WSAEVENT event;

    tcp_pair(pair);
    event = selected(pair[1], FD_READ | FD_WRITE | FD_CLOSE);
    expect(pair[1], event, FD_WRITE);
    CHECK_INT(send(pair[0], "ab", 2, 0), 2);
    expect(pair[1], event, FD_READ);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 9, 0), 2));
    rounds(pair[0], pair[1], event);
    close_pair(pair);
    WSACloseEvent(event);
}

TEST(streams_with_urgent_data_selected_are_the_devices)
{
    SOCKET pair[2];
    WSAEVENT event;

    tcp_pair(pair);
    event = selected(pair[1], FD_READ | FD_OOB | FD_CLOSE);
    CHECK_INT(send(pair[0], "ab", 2, 0), 2);
    expect(pair[1], event, FD_READ);
    CHECK_SLOW(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 9, 0), 2));
    rounds(pair[0], pair[1], event);
    CHECK_INT(send(pair[0], "!", 1, MSG_OOB), 1);
    expect(pair[1], event, FD_OOB);
    CHECK_INT(recv(pair[1], data, 1, MSG_OOB), 1);
    close_pair(pair);
    WSACloseEvent(event);
}

TEST(data_that_a_receive_leaves_are_told_again)
{
    SOCKET pair[2];
    WSAEVENT event;
    int i;

    tcp_pair(pair);
    event = selected(pair[1], FD_READ | FD_CLOSE);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    for (i = 0; i < 3; i++)
    {
        expect(pair[1], event, FD_READ);
        CHECK_INT(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
        CHECK_INT(recv(pair[1], data, 1, MSG_PEEK), 1);
        expect(pair[1], event, FD_READ);
        CHECK_INT(recv(pair[1], data, 1, 0), 1);
    }
    expect_nothing(pair[1], event);
    close_pair(pair);
    WSACloseEvent(event);
}

/* Whoever resets the event without taking what came, as an auto-reset event does. */
TEST(events_that_reset_themselves_come_for_each_receive)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    SOCKET pair[2];
    int i;

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ | FD_CLOSE), 0);
    for (i = 0; i < 5; i++)
    {
        CHECK_INT(send(pair[0], "ab", 2, 0), 2);
        CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
        CHECK_INT(recv(pair[1], data, 1, 0), 1);
        CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
        CHECK_INT(recv(pair[1], data, 1, 0), 1);
        CHECK_INT(WaitForSingleObject(event, 30), WAIT_TIMEOUT);
    }
    close_pair(pair);
    CloseHandle(event);
}

static int read_file(SOCKET s, int size)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    DWORD done;

    if (!ReadFile((HANDLE)s, data, size, NULL, &overlapped)) CHECK_INT(GetLastError(), ERROR_IO_PENDING);
    CHECK(GetOverlappedResult((HANDLE)s, &overlapped, &done, TRUE));
    CloseHandle(overlapped.hEvent);
    return done;
}

TEST(data_that_readfile_leaves_are_told_again)
{
    SOCKET pair[2];
    WSAEVENT event;

    tcp_pair(pair);
    event = selected(pair[1], FD_READ | FD_CLOSE);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    expect(pair[1], event, FD_READ);
    CHECK_INT(read_file(pair[1], 1), 1);
    expect(pair[1], event, FD_READ);
    CHECK_INT(read_file(pair[1], 1), 1);
    CHECK_INT(events_now(pair[1], event), FD_READ);
    CHECK_INT(read_file(pair[1], 1), 1);
    CHECK_INT(send(pair[0], "d", 1, 0), 1);
    expect(pair[1], event, FD_READ);
    close_pair(pair);
    WSACloseEvent(event);
}

TEST(an_event_that_was_not_taken_is_kept_for_the_next_selection)
{
    WSAEVENT event, other;
    SOCKET pair[2];

    tcp_pair(pair);
    event = selected(pair[1], FD_READ);
    CHECK_INT(send(pair[0], "a", 1, 0), 1);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    other = selected(pair[1], FD_READ | FD_OOB);
    expect(pair[1], other, FD_READ);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ), 0);
    CHECK_INT(recv(pair[1], data, 9, 0), 1);
    WSAResetEvent(event);
    CHECK_INT(WSAEventSelect(pair[1], other, FD_READ), 0);
    rounds(pair[0], pair[1], other);
    CHECK_INT(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    close_pair(pair);
    WSACloseEvent(event);
    WSACloseEvent(other);
}

TEST(what_an_overlapped_receive_takes_is_not_told)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    WSABUF buffer = {2, data};
    DWORD flags = 0, done;
    SOCKET pair[2];
    WSAEVENT event;

    tcp_pair(pair);
    event = selected(pair[1], FD_READ | FD_CLOSE);
    rounds(pair[0], pair[1], event);
    CHECK_ERROR(WSARecv(pair[1], &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK_INT(send(pair[0], "ab", 2, 0), 2);
    CHECK(WSAGetOverlappedResult(pair[1], &overlapped, &done, TRUE, &flags));
    CHECK_INT(done, 2);
    expect_nothing(pair[1], event);

    flags = 0;
    CHECK_ERROR(WSARecv(pair[1], &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK(WSAGetOverlappedResult(pair[1], &overlapped, &done, TRUE, &flags));
    CHECK_INT(done, 2);
    expect(pair[1], event, FD_READ); /* of what it has left */
    CHECK_INT(recv(pair[1], data, 9, 0), 1);
    rounds(pair[0], pair[1], event);
    close_pair(pair);
    WSACloseEvent(event);
    CloseHandle(overlapped.hEvent);
}

/* Until nothing more moves on to the peer's side, which makes room. */
static void fill(SOCKET s)
{
    int quiet;

    for (quiet = 0; quiet < 10; quiet++)
    {
        while (send(s, data, sizeof(data), 0) > 0) quiet = 0;
        CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
        Sleep(10);
    }
}

static void drain(SOCKET s)
{
    int quiet = 0;

    while (quiet < 10)
    {
        if (recv(s, data, sizeof(data), 0) > 0)
            quiet = 0;
        else
        {
            quiet++;
            Sleep(10);
        }
    }
}

TEST(room_is_told_between_data)
{
    u_long on = 1;
    SOCKET pair[2];
    WSAEVENT event;
    int i;

    tcp_pair(pair);
    CHECK_INT(ioctlsocket(pair[1], FIONBIO, &on), 0);
    event = selected(pair[0], FD_READ | FD_WRITE | FD_CLOSE);
    expect(pair[0], event, FD_WRITE);
    for (i = 0; i < 3; i++)
    {
        rounds(pair[1], pair[0], event);
        fill(pair[0]);
        events_now(pair[0], event); /* of room that there was for a while */
        expect_nothing(pair[0], event);
        rounds(pair[1], pair[0], event);
        drain(pair[1]);
        expect(pair[0], event, FD_WRITE);
    }
    close_pair(pair);
    WSACloseEvent(event);
}

/* Selections from before the connection begin at the device. */
TEST(all_events_of_a_connection_come_in_turn)
{
    SOCKET listener, pair[2];
    struct sockaddr_in addr;
    WSAEVENT event, accepting;

    listener = tcp_listener(&addr);
    accepting = selected(listener, FD_ACCEPT | FD_READ | FD_CLOSE);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    event = selected(pair[0], FD_CONNECT | FD_READ | FD_WRITE | FD_CLOSE);
    CHECK_ERROR(connect(pair[0], (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    expect(pair[0], event, FD_CONNECT | FD_WRITE);
    expect(listener, accepting, FD_ACCEPT);
    CHECK((pair[1] = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    rounds(pair[0], pair[1], accepting);
    rounds(pair[1], pair[0], event);
    CHECK_FAST(pair[0], WS2_LANE_RECEIVE, CHECK_ERROR(recv(pair[0], data, 9, 0), WSAEWOULDBLOCK));

    CHECK_INT(send(pair[1], "last", 4, 0), 4);
    CHECK_INT(closesocket(pair[1]), 0);
    expect(pair[0], event, FD_READ | FD_CLOSE);
    CHECK_INT(recv(pair[0], data, 2, 0), 2);
    expect(pair[0], event, FD_READ);
    CHECK_INT(recv(pair[0], data, 9, 0), 2);
    CHECK_INT(recv(pair[0], data, 9, 0), 0);
    expect_nothing(pair[0], event);
    closesocket(pair[0]);
    closesocket(listener);
    WSACloseEvent(event);
    WSACloseEvent(accepting);
}

TEST(a_reset_takes_its_data_along)
{
    struct linger linger = {1, 0};
    WSANETWORKEVENTS events;
    SOCKET pair[2];
    WSAEVENT event;

    tcp_pair(pair);
    event = selected(pair[1], FD_READ | FD_CLOSE);
    rounds(pair[0], pair[1], event);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    closesocket(pair[0]);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(pair[1], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_CLOSE);
    CHECK_INT(events.iErrorCode[FD_CLOSE_BIT], WSAECONNABORTED);
    closesocket(pair[1]);
    WSACloseEvent(event);
}

TEST(selected_streams_stay_nonblocking)
{
    u_long off = 0;
    SOCKET pair[2];
    WSAEVENT event;

    tcp_pair(pair);
    event = selected(pair[1], FD_READ);
    CHECK_ERROR(ioctlsocket(pair[1], FIONBIO, &off), WSAEINVAL);
    CHECK_INT(WSAEventSelect(pair[1], NULL, 0), 0);
    CHECK_INT(ioctlsocket(pair[1], FIONBIO, &off), 0);
    close_pair(pair);
    WSACloseEvent(event);
}

/* As curl does around each wait. */
TEST(selections_come_and_go_with_each_wait)
{
    WSAEVENT event = WSACreateEvent(), other = WSACreateEvent();
    WSANETWORKEVENTS events;
    SOCKET pair[2];
    u_long off = 0;
    int i;

    tcp_pair(pair);
    for (i = 0; i < 20; i++)
    {
        const WSAEVENT used = i % 5 ? event : other;

        CHECK_INT(WSAEventSelect(pair[1], used, i % 3 ? FD_READ | FD_CLOSE : FD_READ | FD_WRITE | FD_CLOSE),
                  0);
        CHECK_ERROR(ioctlsocket(pair[1], FIONBIO, &off), WSAEINVAL);
        CHECK_INT(send(pair[0], "a", 1, 0), 1);
        do
        {
            CHECK_INT(WaitForSingleObject(used, 10000), WAIT_OBJECT_0);
            CHECK_INT(WSAEnumNetworkEvents(pair[1], used, &events), 0);
        } while (!(events.lNetworkEvents & FD_READ));
        CHECK_INT(WSAEventSelect(pair[1], i % 2 ? used : NULL, 0), 0);
        CHECK_INT(recv(pair[1], data, 9, 0), 1);
        CHECK_INT(send(pair[0], "b", 1, 0), 1);
        CHECK_INT(WaitForSingleObject(used, 10), WAIT_TIMEOUT);
        if (i % 4 == 3) CHECK_INT(ioctlsocket(pair[1], FIONBIO, &off), 0);
        while (recv(pair[1], data, 9, 0) != 1) CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
        CHECK_ERROR(WSAEventSelect(pair[1], GetCurrentThread(), FD_READ), WSAEINVAL);
    }
    close_pair(pair);
    WSACloseEvent(event);
    WSACloseEvent(other);
}

TEST(an_event_that_was_closed_is_none_though_it_was_selected)
{
    WSAEVENT event = WSACreateEvent();
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ), 0);
    CHECK_INT(WSAEventSelect(pair[1], NULL, 0), 0);
    WSACloseEvent(event);
    CHECK_ERROR(WSAEventSelect(pair[1], event, FD_READ), WSAEINVAL);
    close_pair(pair);
}

TEST(a_stream_that_is_given_to_others_goes_on_telling)
{
    WSAPROTOCOL_INFOW info;
    SOCKET pair[2], same;
    WSAEVENT event;

    tcp_pair(pair);
    event = selected(pair[1], FD_READ | FD_CLOSE);
    rounds(pair[0], pair[1], event);
    CHECK_INT(WSADuplicateSocketW(pair[1], GetCurrentProcessId(), &info), 0);
    CHECK((same = WSASocketW(-1, -1, -1, &info, 0, 0)) != INVALID_SOCKET);
    rounds(pair[0], pair[1], event);
    CHECK_INT(send(pair[0], "ab", 2, 0), 2);
    expect(pair[1], event, FD_READ);
    CHECK_INT(recv(same, data, 1, 0), 1);
    expect(pair[1], event, FD_READ);
    CHECK_INT(recv(same, data, 1, 0), 1);
    expect_nothing(pair[1], event);
    closesocket(same);
    close_pair(pair);
    WSACloseEvent(event);
}

TEST(what_a_duplicate_handle_leaves_is_told_again)
{
    SOCKET pair[2];
    WSAEVENT event;
    HANDLE same;

    tcp_pair(pair);
    event = selected(pair[1], FD_READ | FD_CLOSE);
    CHECK(DuplicateHandle(GetCurrentProcess(), (HANDLE)pair[1], GetCurrentProcess(), &same, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK_INT(send(pair[0], "ab", 2, 0), 2);
    expect(pair[1], event, FD_READ);
    CHECK_INT(recv((SOCKET)same, data, 1, 0), 1);
    expect(pair[1], event, FD_READ);
    CloseHandle(same);
    close_pair(pair);
    WSACloseEvent(event);
}

TEST(nothing_is_told_of_a_stream_that_was_shut_down)
{
    SOCKET pair[2];
    WSAEVENT event;

    tcp_pair(pair);
    event = selected(pair[1], FD_READ);
    rounds(pair[0], pair[1], event);
    CHECK_INT(shutdown(pair[1], SD_BOTH), 0);
    send(pair[0], "a", 1, 0);
    CHECK_INT(WaitForSingleObject(event, 50), WAIT_TIMEOUT);
    close_pair(pair);
    WSACloseEvent(event);
}

TEST(a_selected_stream_that_closehandle_has_closed_is_no_socket)
{
    WSANETWORKEVENTS events;
    SOCKET pair[2];
    WSAEVENT event;

    tcp_pair(pair);
    event = selected(pair[0], FD_READ);
    rounds(pair[1], pair[0], event);
    CloseHandle((HANDLE)pair[0]);
    CHECK_ERROR(WSAEnumNetworkEvents(pair[0], event, &events), WSAENOTSOCK);
    CHECK_INT(recv(pair[1], data, 9, 0), 0);
    closesocket(pair[1]);
    WSACloseEvent(event);
}
