/*
 * Conditions 2, 4 and 7: what state a stream is in, which the host knows otherwise than the
 * device, or forgets once it has told.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"
#include "event.h"
#include "lanes.h"

static char data[65536];

/* A listener whose queue is full: the host does not answer any more. */
static SOCKET full_listener(struct sockaddr_in *address, SOCKET fillers[2])
{
    SOCKET listener = bound_stream();
    int size = sizeof(*address);
    unsigned int i;

    CHECK_INT(listen(listener, 1), 0);
    CHECK_INT(getsockname(listener, (struct sockaddr *)address, &size), 0);
    for (i = 0; i < 2; i++)
    {
        fillers[i] = stream_socket();
        set_blocking(fillers[i], FALSE);
        CHECK_ERROR(connect(fillers[i], (struct sockaddr *)address, sizeof(*address)), WSAEWOULDBLOCK);
    }
    Sleep(20);
    return listener;
}

/* 7 */
TEST(a_connecting_stream_is_not_connected)
{
    struct sockaddr_in address;
    struct timeval no_time = {0, 0};
    SOCKET fillers[2], listener = full_listener(&address, fillers), s = stream_socket();
    fd_set set = {1, {s}};

    set_blocking(s, FALSE);
    CHECK_ERROR(connect(s, (struct sockaddr *)&address, sizeof(address)), WSAEWOULDBLOCK);
    CHECK_SLOW(s, WS2_LANE_SEND, CHECK_INT(send(s, "x", 1, 0), SOCKET_ERROR));
    CHECK_SLOW(s, WS2_LANE_RECEIVE, CHECK_INT(recv(s, data, 1, 0), SOCKET_ERROR));
    CHECK_SLOW(s, WS2_LANE_POLL, CHECK_INT(select(0, NULL, &set, NULL, &no_time), 0));
    closesocket(s);
    closesocket(fillers[0]);
    closesocket(fillers[1]);
    closesocket(listener);
}

static void reset_by_peer(SOCKET pair[2])
{
    struct linger hard = {1, 0};

    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof(hard)), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    wait_readable(pair[1]);
}

/* 7: whoever asks at the device after the host has told */
TEST(a_reset_that_was_told_is_told_to_overlapped_receives)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    WSABUF buffer = {1, data};
    DWORD flags = 0, done;
    SOCKET pair[2];
    int ret;

    tcp_pair(pair);
    reset_by_peer(pair);
    CHECK_ERROR(recv(pair[1], data, 1, 0), WSAECONNRESET);
    ret = WSARecv(pair[1], &buffer, 1, NULL, &flags, &overlapped, NULL);
    if (ret && WSAGetLastError() == WSA_IO_PENDING)
        ret = WSAGetOverlappedResult(pair[1], &overlapped, &done, TRUE, &flags) ? 0 : SOCKET_ERROR;
    CHECK_INT(ret, SOCKET_ERROR);
    CHECK_INT(WSAGetLastError(), WSAECONNRESET);
    CHECK_INT(closesocket(pair[1]), 0);
    CloseHandle(overlapped.hEvent);
}

/* 7 */
TEST(a_reset_that_was_told_is_told_to_receives_at_the_device)
{
    WSAEVENT event = CreateEventW(NULL, TRUE, FALSE, NULL);
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ | FD_CLOSE), 0);
    reset_by_peer(pair);
    CHECK_ERROR(recv(pair[1], data, 1, 0), WSAECONNRESET);
    CHECK_ERROR(recv(pair[1], data, 1, 0), WSAECONNRESET);
    CHECK_INT(closesocket(pair[1]), 0);
    CloseHandle(event);
}

/* 7: on Windows urgent data that went unread are no reason for a reset */
TEST(a_close_with_urgent_data_unread_is_an_end)
{
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(send(pair[1], "u", 1, MSG_OOB), 1);
    CHECK_INT(closesocket(pair[0]), 0);
    wait_readable(pair[1]);
    CHECK_INT(recv(pair[1], data, 1, 0), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

/* 2: a send has failed meanwhile, unseen by the device, which has reported room before */
TEST(fd_write_comes_in_a_selection_after_a_send_that_found_no_room)
{
    WSAEVENT event = CreateEventW(NULL, TRUE, FALSE, NULL);
    LONGLONG sent = 0, received = 0;
    SOCKET pair[2];
    int ret;

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_WRITE), 0);
    CHECK_INT(events_of(pair[0], event), FD_WRITE);
    CHECK_INT(WSAEventSelect(pair[0], NULL, 0), 0);
    while ((ret = send(pair[0], data, sizeof(data), 0)) > 0) sent += ret;
    CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    while (received < sent && (ret = recv(pair[1], data, sizeof(data), 0)) > 0) received += ret;
    CHECK_INT(received, sent);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_WRITE), 0);
    CHECK_INT(events_of(pair[0], event), FD_WRITE);
    close_pair(pair);
    CloseHandle(event);
}

/* 4: it has become non-blocking */
TEST(a_mode_that_is_set_after_both_directions_were_shut_reaches_the_device)
{
    u_long mode = 0;
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_FAST(pair[0], WS2_LANE_OPTION, CHECK_INT(ioctlsocket(pair[0], FIONBIO, &mode), 0));
    CHECK_INT(shutdown(pair[0], SD_BOTH), 0);
    CHECK_SLOW(pair[0], WS2_LANE_OPTION, CHECK_INT(ioctlsocket(pair[0], FIONBIO, &mode), 0));
    close_pair(pair);
}
