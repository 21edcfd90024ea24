/*
 * Condition 5: two handles of one socket in one process. What is done through either shows
 * through the other, though DuplicateHandle tells nobody that it made it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lanes.h"

static SOCKET alias_of(SOCKET s)
{
    HANDLE self = GetCurrentProcess(), copy;

    CHECK(DuplicateHandle(self, (HANDLE)s, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    return (SOCKET)copy;
}

/* A pair whose [0] has been received from by a host call, and another handle of that. */
static SOCKET pair_with_alias(SOCKET pair[2])
{
    char byte;

    tcp_pair(pair);
    CHECK_INT(send(pair[1], "x", 1, 0), 1);
    CHECK_FAST(pair[0], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[0], &byte, 1, 0), 1));
    return alias_of(pair[0]);
}

static void close_all(SOCKET pair[2], SOCKET alias)
{
    char byte;

    CHECK(CloseHandle((HANDLE)alias));
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(a_mode_set_through_an_alias_is_the_sockets)
{
    SOCKET pair[2], alias = pair_with_alias(pair);
    char byte;

    set_blocking(alias, FALSE);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAEWOULDBLOCK);
    close_all(pair, alias);
}

static DWORD WINAPI send_later(void *arg)
{
    Sleep(200);
    send(*(SOCKET *)arg, "a", 1, 0);
    return 0;
}

/* The socket's own handle was blocking when it was last heard of. */
TEST(a_mode_set_after_an_aliases_is_no_change_of_nothing)
{
    SOCKET pair[2], alias = pair_with_alias(pair);
    HANDLE thread;
    char byte;

    set_blocking(alias, FALSE);
    set_blocking(pair[0], TRUE);
    thread = CreateThread(NULL, 0, send_later, &pair[1], 0, NULL);
    CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
    CHECK_INT(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    close_all(pair, alias);
}

TEST(a_receive_queued_through_an_alias_gets_what_comes_first)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    SOCKET pair[2], alias = pair_with_alias(pair);
    char first = 0, second = 0;
    WSABUF buffer = {1, &first};
    DWORD flags = 0, done;

    CHECK_ERROR(WSARecv(alias, &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    set_blocking(pair[0], FALSE);
    CHECK_SLOW(pair[0], WS2_LANE_RECEIVE, CHECK_ERROR(recv(pair[0], &second, 1, 0), WSAEWOULDBLOCK));
    set_blocking(pair[0], TRUE);
    CHECK_INT(send(pair[1], "ab", 2, 0), 2);
    CHECK_SLOW(pair[0], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[0], &second, 1, 0), 1));
    CHECK_INT(second, 'b');
    CHECK(GetOverlappedResult((HANDLE)alias, (OVERLAPPED *)&overlapped, &done, TRUE));
    CHECK_INT(first, 'a');
    CloseHandle(overlapped.hEvent);
    close_all(pair, alias);
}

TEST(events_selected_through_an_alias_come_after_each_receive)
{
    WSAEVENT event = CreateEventW(NULL, TRUE, FALSE, NULL);
    SOCKET pair[2], alias = pair_with_alias(pair);
    WSANETWORKEVENTS events;
    unsigned int i;
    char byte;

    CHECK_INT(WSAEventSelect(alias, event, FD_READ), 0);
    for (i = 0; i < 3; i++)
    {
        CHECK_INT(send(pair[1], "a", 1, 0), 1);
        CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
        CHECK_INT(WSAEnumNetworkEvents(alias, event, &events), 0);
        CHECK_INT(events.lNetworkEvents, FD_READ);
        CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
    }
    CHECK_INT(WSAEventSelect(alias, NULL, 0), 0);
    CloseHandle(event);
    close_all(pair, alias);
}

TEST(events_selected_before_there_was_an_alias_go_on)
{
    WSAEVENT event = CreateEventW(NULL, TRUE, FALSE, NULL);
    WSANETWORKEVENTS events;
    SOCKET pair[2], alias;
    unsigned int i;
    char byte;

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_READ | FD_CLOSE), 0);
    alias = alias_of(pair[0]);
    for (i = 0; i < 3; i++)
    {
        CHECK_INT(send(pair[1], "a", 1, 0), 1);
        CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
        CHECK_INT(WSAEnumNetworkEvents(pair[0], event, &events), 0);
        CHECK_INT(events.lNetworkEvents, FD_READ);
        CHECK_INT(recv(i % 2 ? pair[0] : alias, &byte, 1, 0), 1);
    }
    CHECK(CloseHandle((HANDLE)alias));
    CHECK_INT(closesocket(pair[1]), 0);
    CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(pair[0], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_CLOSE);
    CHECK_INT(closesocket(pair[0]), 0);
    CloseHandle(event);
}

TEST(a_shutdown_through_an_alias_is_the_sockets)
{
    SOCKET pair[2], alias = pair_with_alias(pair);
    char byte;

    CHECK_INT(send(pair[1], "x", 1, 0), 1);
    wait_readable(pair[0]);
    CHECK_INT(shutdown(alias, SD_RECEIVE), 0);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAESHUTDOWN);
    CHECK(CloseHandle((HANDLE)alias));
    close_pair(pair);
}

TEST(a_time_out_set_through_an_alias_is_the_sockets)
{
    SOCKET pair[2], alias = pair_with_alias(pair);
    DWORD timeout = 100;
    char byte;

    CHECK_INT(setsockopt(alias, SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, sizeof(timeout)), 0);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAETIMEDOUT);
    close_all(pair, alias);
}

/* A socket that nobody else names stays on the lane whatever strangers come. */
TEST(aliases_of_others_change_nothing)
{
    SOCKET pair[2], other[2], alias;
    char byte;

    tcp_pair(pair);
    alias = pair_with_alias(other);
    set_blocking(alias, FALSE);
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], &byte, 1, 0), 1));
    close_pair(pair);
    close_all(other, alias);
}

TEST(a_connection_lives_as_long_as_its_last_handle)
{
    SOCKET pair[2], alias = pair_with_alias(pair);
    char byte;

    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(send(alias, "a", 1, 0), 1);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 1);
    CHECK(CloseHandle((HANDLE)alias));
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}
