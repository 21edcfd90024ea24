/*
 * The fast lane of select and WSAPoll: when it is taken, when it must not be, and that
 * its answers are the device's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define FD_SETSIZE 600
#include "harness.h"

#include <winternl.h>

#include "lanes.h"

static struct timeval no_time = {0, 0};
static struct timeval long_time = {10, 0};

static fd_set *set_of(fd_set *set, SOCKET s)
{
    FD_ZERO(set);
    FD_SET(s, set);
    return set;
}

static int reads(SOCKET s)
{
    fd_set set;

    return select(0, set_of(&set, s), NULL, NULL, &no_time);
}

static int writes(SOCKET s)
{
    fd_set set;

    return select(0, NULL, set_of(&set, s), NULL, &no_time);
}

static int polls(SOCKET s, short events, short *revents)
{
    WSAPOLLFD fd = {.fd = s, .events = events, .revents = -1};
    int ret = WSAPoll(&fd, 1, 0);

    *revents = fd.revents;
    return ret;
}

static void say(SOCKET s, const char *text)
{
    CHECK_INT(send(s, text, strlen(text), 0), strlen(text));
}

/* A connected pair, [0] with a byte to read. */
static void pair_with_data(SOCKET pair[2])
{
    fd_set set;

    tcp_pair(pair);
    say(pair[1], "x");
    CHECK_INT(select(0, set_of(&set, pair[0]), NULL, NULL, &long_time), 1);
}

TEST(connected_streams_take_the_lane)
{
    SOCKET pair[2];
    short revents;
    unsigned int i;

    pair_with_data(pair);
    for (i = 0; i < 2; i++)
    {
        CHECK_FAST(pair[i], WS2_LANE_POLL, CHECK_INT(reads(pair[i]), i == 0));
        CHECK_FAST(pair[i], WS2_LANE_POLL, CHECK_INT(writes(pair[i]), 1));
        CHECK_FAST(pair[i], WS2_LANE_POLL, polls(pair[i], POLLRDNORM | POLLWRNORM, &revents));
        CHECK_INT(revents, i == 0 ? POLLRDNORM | POLLWRNORM : POLLWRNORM);
        CHECK_FAST(pair[i], WS2_LANE_POLL, CHECK_INT(polls(pair[i], POLLRDBAND, &revents), 0));
        CHECK_INT(revents, 0);
    }
    close_pair(pair);
}

TEST(bound_datagram_sockets_take_the_lane)
{
    struct sockaddr_in addr;
    SOCKET s;
    fd_set set;

    udp_bound(&s, &addr);
    CHECK_FAST(s, WS2_LANE_POLL, CHECK_INT(reads(s), 0));
    CHECK_INT(sendto(s, "x", 1, 0, (struct sockaddr *)&addr, sizeof(addr)), 1);
    CHECK_INT(select(0, set_of(&set, s), NULL, NULL, &long_time), 1);
    CHECK_FAST(s, WS2_LANE_POLL, CHECK_INT(reads(s), 1));
    CHECK_FAST(s, WS2_LANE_POLL, CHECK_INT(writes(s), 1));
    closesocket(s);
}

TEST(listening_sockets_take_the_lane)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = socket(AF_INET, SOCK_STREAM, 0), accepted;
    short revents;
    fd_set set;

    CHECK_FAST(listener, WS2_LANE_POLL, CHECK_INT(reads(listener), 0));
    CHECK_INT(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(select(0, set_of(&set, listener), NULL, NULL, &long_time), 1);
    CHECK_FAST(listener, WS2_LANE_POLL, CHECK_INT(reads(listener), 1));
    CHECK_FAST(listener, WS2_LANE_POLL, CHECK_INT(writes(listener), 0));
    CHECK_FAST(listener, WS2_LANE_POLL, CHECK_INT(polls(listener, POLLRDNORM, &revents), 1));
    CHECK_INT(revents, POLLRDNORM);
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_FAST(listener, WS2_LANE_POLL, CHECK_INT(reads(listener), 0));
    closesocket(accepted);
    closesocket(s);
    closesocket(listener);
}

static BOOL accept_later(SOCKET listener, SOCKET s, char *room, OVERLAPPED *overlapped)
{
    GUID id = WSAID_ACCEPTEX;
    LPFN_ACCEPTEX function;
    DWORD size;

    CHECK_INT(WSAIoctl(listener, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function,
                       sizeof(function), &size, NULL, NULL),
              0);
    return function(listener, s, room, 0, 64, 64, &size, overlapped);
}

/* Condition 1: the device hides a connection that AcceptEx is about to take. */
TEST(a_queued_accept_closes_the_lane)
{
    SOCKET listener = tcp_listener(NULL), s = socket(AF_INET, SOCK_STREAM, 0);
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    char room[128];

    CHECK(!accept_later(listener, s, room, &overlapped));
    CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    CHECK_SLOW(listener, WS2_LANE_POLL, CHECK_INT(reads(listener), 0));
    CHECK(CancelIoEx((HANDLE)listener, &overlapped));
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK_FAST(listener, WS2_LANE_POLL, CHECK_INT(reads(listener), 0));
    CloseHandle(overlapped.hEvent);
    closesocket(s);
    closesocket(listener);
}

/* Condition 1: nor does it show data that a queued receive will take; writing is another matter. */
TEST(a_queued_receive_closes_the_lane_for_reading)
{
    SOCKET pair[2];
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    char byte;
    WSABUF buffer = {1, &byte};
    DWORD done, flags = 0;
    fd_set read, write;

    tcp_pair(pair);
    CHECK_ERROR(WSARecv(pair[0], &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK_SLOW(pair[0], WS2_LANE_POLL, CHECK_INT(reads(pair[0]), 0));
    CHECK_FAST(pair[0], WS2_LANE_POLL, CHECK_INT(writes(pair[0]), 1));
    CHECK_LANE(
        pair[0], WS2_LANE_POLL,
        {
            CHECK_INT(select(0, set_of(&read, pair[0]), set_of(&write, pair[0]), NULL, &no_time), 1);
            CHECK(!FD_ISSET(pair[0], &read));
            CHECK(FD_ISSET(pair[0], &write));
        },
        0, 2);
    say(pair[1], "x");
    CHECK(WSAGetOverlappedResult(pair[0], &overlapped, &done, TRUE, &flags));
    CHECK_FAST(pair[0], WS2_LANE_POLL, CHECK_INT(reads(pair[0]), 0));
    CloseHandle(overlapped.hEvent);
    close_pair(pair);
}

/* Condition 1: what a non-blocking send left over goes first. */
TEST(a_tail_closes_the_lane_for_writing)
{
    static char data[1 << 20];
    SOCKET pair[2];
    u_long on = 1;
    int got, all = 0;

    tcp_pair(pair);
    CHECK_INT(ioctlsocket(pair[0], FIONBIO, &on), 0);
    while ((got = send(pair[0], data, sizeof(data), 0)) > 0) all += got;
    CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    CHECK_SLOW(pair[0], WS2_LANE_POLL, CHECK_INT(writes(pair[0]), 0));
    CHECK_FAST(pair[0], WS2_LANE_POLL, CHECK_INT(reads(pair[0]), 0));
    while (all > 0 && (got = recv(pair[1], data, sizeof(data), 0)) > 0) all -= got;
    CHECK_INT(all, 0);
    close_pair(pair);
}

/* Condition 2: who sees "not writable" may go on to wait for FD_WRITE, though no send has failed. */
TEST(a_socket_seen_full_posts_fd_write_again)
{
    static char data[1 << 20];
    WSANETWORKEVENTS events;
    WSAEVENT event = WSACreateEvent();
    SOCKET pair[2];
    int got, all = 0;

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_WRITE), 0);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(pair[0], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_WRITE);
    while (writes(pair[0]))
    {
        CHECK_INT(send(pair[0], data, 1000, 0), 1000);
        all += 1000;
    }
    CHECK_FAST(pair[0], WS2_LANE_POLL, CHECK_INT(writes(pair[0]), 0));
    while (all > 0 && (got = recv(pair[1], data, sizeof(data), 0)) > 0) all -= got;
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    WSACloseEvent(event);
    close_pair(pair);
}

/* Condition 4: the host goes on to call a socket readable and writable. */
TEST(a_shutdown_closes_the_lane_of_its_direction)
{
    SOCKET pair[2];
    unsigned int i;

    for (i = 0; i < 3; i++)
    {
        pair_with_data(pair);
        CHECK_FAST(pair[0], WS2_LANE_POLL, CHECK_INT(reads(pair[0]), 1));
        CHECK_INT(shutdown(pair[0], i), 0);
        CHECK_LANE(pair[0], WS2_LANE_POLL, reads(pair[0]), i == SD_SEND, i != SD_SEND);
        CHECK_LANE(pair[0], WS2_LANE_POLL, writes(pair[0]), i == SD_RECEIVE, i != SD_RECEIVE);
        close_pair(pair);
    }
}

/* Condition 5: what another process does with it nobody here knows. */
TEST(a_shared_socket_closes_the_lane)
{
    WSAPROTOCOL_INFOA info;
    SOCKET pair[2], other;

    pair_with_data(pair);
    CHECK_FAST(pair[0], WS2_LANE_POLL, CHECK_INT(reads(pair[0]), 1));
    CHECK_INT(WSADuplicateSocketA(pair[0], GetCurrentProcessId(), &info), 0);
    CHECK_SLOW(pair[0], WS2_LANE_POLL, CHECK_INT(reads(pair[0]), 1));
    other = WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, &info, 0, WSA_FLAG_OVERLAPPED);
    CHECK(other != INVALID_SOCKET);
    CHECK_SLOW(other, WS2_LANE_POLL, CHECK_INT(reads(other), 1));
    closesocket(other);
    close_pair(pair);
}

TEST(a_duplicate_handle_is_answered_by_the_device)
{
    SOCKET pair[2];
    HANDLE other;

    pair_with_data(pair);
    CHECK(DuplicateHandle(GetCurrentProcess(), (HANDLE)pair[0], GetCurrentProcess(), &other, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK_INT(reads((SOCKET)other), 1);
    CHECK_INT(lane_count((SOCKET)other, WS2_LANE_POLL).taken, 0);
    CloseHandle(other);
    close_pair(pair);
}

/* Condition 7: an unconnected stream is neither readable nor writable, whatever the host says. */
TEST(unconnected_sockets_are_answered_by_the_device)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0), datagram = socket(AF_INET, SOCK_DGRAM, 0);
    short revents;

    CHECK_SLOW(s, WS2_LANE_POLL, CHECK_INT(reads(s), 0));
    CHECK_SLOW(s, WS2_LANE_POLL, CHECK_INT(writes(s), 0));
    CHECK_SLOW(s, WS2_LANE_POLL, CHECK_INT(polls(s, POLLRDNORM | POLLWRNORM, &revents), 0));
    CHECK_SLOW(datagram, WS2_LANE_POLL, CHECK_INT(reads(datagram), 0)); /* condition 3 */
    closesocket(datagram);
    closesocket(s);
}

TEST(a_refused_connection_is_the_devices_to_tell)
{
    struct sockaddr_in addr;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0), listener = tcp_listener(&addr);
    u_long on = 1;
    fd_set write, except;

    closesocket(listener);
    CHECK_INT(ioctlsocket(s, FIONBIO, &on), 0);
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    CHECK_INT(select(0, NULL, set_of(&write, s), set_of(&except, s), &long_time), 1);
    CHECK(FD_ISSET(s, &except));
    CHECK_INT(lane_count(s, WS2_LANE_POLL).taken, 0);
    closesocket(s);
}

TEST(a_reset_is_the_devices_to_tell)
{
    struct linger linger = {1, 0};
    SOCKET pair[2];
    short revents;
    fd_set set;

    tcp_pair(pair);
    CHECK_FAST(pair[0], WS2_LANE_POLL, CHECK_INT(reads(pair[0]), 0));
    CHECK_INT(setsockopt(pair[1], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    closesocket(pair[1]);
    CHECK_INT(select(0, set_of(&set, pair[0]), NULL, NULL, &long_time), 1);
    CHECK_SLOW(pair[0], WS2_LANE_POLL, CHECK_INT(reads(pair[0]), 1));
    CHECK_SLOW(pair[0], WS2_LANE_POLL, CHECK_INT(polls(pair[0], POLLRDNORM, &revents), 1));
    CHECK_INT(revents, POLLERR | POLLHUP);
    closesocket(pair[0]);
}

/* To select it is something to read; WSAPoll has a flag for it, which is the device's. */
TEST(an_end_of_stream_is_something_to_read)
{
    SOCKET pair[2];
    short revents;
    fd_set set;

    tcp_pair(pair);
    CHECK_INT(shutdown(pair[1], SD_SEND), 0);
    CHECK_INT(select(0, set_of(&set, pair[0]), NULL, NULL, &long_time), 1);
    CHECK_FAST(pair[0], WS2_LANE_POLL, CHECK_INT(reads(pair[0]), 1));
    CHECK_FAST(pair[0], WS2_LANE_POLL, CHECK_INT(writes(pair[0]), 1));
    CHECK_SLOW(pair[0], WS2_LANE_POLL, CHECK_INT(polls(pair[0], POLLRDNORM, &revents), 1));
    CHECK_INT(revents, POLLHUP);
    close_pair(pair);
}

TEST(urgent_data_are_the_devices_to_tell)
{
    SOCKET pair[2];
    short revents;
    fd_set set;

    tcp_pair(pair);
    CHECK_FAST(pair[0], WS2_LANE_POLL, CHECK_INT(select(0, NULL, NULL, set_of(&set, pair[0]), &no_time), 0));
    CHECK_INT(send(pair[1], "u", 1, MSG_OOB), 1);
    CHECK_INT(select(0, NULL, NULL, set_of(&set, pair[0]), &long_time), 1);
    CHECK_SLOW(pair[0], WS2_LANE_POLL, {
        CHECK_INT(select(0, NULL, NULL, set_of(&set, pair[0]), &no_time), 1);
        CHECK(FD_ISSET(pair[0], &set));
    });
    CHECK_FAST(pair[0], WS2_LANE_POLL, CHECK_INT(reads(pair[0]), 0));
    CHECK_SLOW(pair[0], WS2_LANE_POLL, CHECK_INT(polls(pair[0], POLLRDBAND, &revents), 1));
    CHECK_INT(revents, POLLRDBAND);
    close_pair(pair);
}

TEST(one_socket_off_the_lane_sends_all_to_the_device)
{
    SOCKET pair[2], unconnected = socket(AF_INET, SOCK_STREAM, 0);
    fd_set read;

    pair_with_data(pair);
    set_of(&read, pair[0]);
    FD_SET(unconnected, &read);
    CHECK_SLOW(pair[0], WS2_LANE_POLL, CHECK_INT(select(0, &read, NULL, NULL, &no_time), 1));
    CHECK(FD_ISSET(pair[0], &read));
    CHECK(!FD_ISSET(unconnected, &read));
    closesocket(unconnected);
    close_pair(pair);
}

TEST(a_socket_counts_once_a_set_and_once_an_entry)
{
    SOCKET pair[2];
    fd_set read, write;
    WSAPOLLFD fds[3];
    unsigned int i;

    pair_with_data(pair);
    read.fd_count = write.fd_count = 3;
    for (i = 0; i < 3; i++) read.fd_array[i] = write.fd_array[i] = pair[0];
    CHECK_INT(select(0, &read, &write, NULL, &no_time), 2);
    CHECK_INT(lane_count(pair[0], WS2_LANE_POLL).refused, 0);
    CHECK_INT(read.fd_count, 1);
    CHECK_INT(write.fd_count, 1);
    CHECK_INT(select(0, &read, &read, NULL, &no_time), 1);
    CHECK_INT(read.fd_count, 1);
    for (i = 0; i < 3; i++)
        fds[i] = (WSAPOLLFD){.fd = i == 1 ? INVALID_SOCKET : pair[0], .events = POLLRDNORM};
    CHECK_INT(WSAPoll(fds, 3, 0), 2);
    CHECK_INT(fds[0].revents, POLLRDNORM);
    CHECK_INT(fds[1].revents, POLLNVAL);
    CHECK_INT(fds[2].revents, POLLRDNORM);
    close_pair(pair);
}

#define MANY 150 /* pairs: more than FD_SETSIZE ever was */

TEST(large_sets_are_answered_socket_by_socket)
{
    static SOCKET pairs[MANY][2];
    static WSAPOLLFD fds[2 * MANY];
    fd_set read, write, except;
    unsigned int i;

    FD_ZERO(&read);
    FD_ZERO(&write);
    FD_ZERO(&except);
    for (i = 0; i < MANY; i++)
    {
        tcp_pair(pairs[i]);
        FD_SET(pairs[i][0], &read);
        FD_SET(pairs[i][1], &read);
        FD_SET(pairs[MANY - 1 - i][i & 1], &write);
        FD_SET(pairs[i][0], &except);
        fds[2 * i] = (WSAPOLLFD){.fd = pairs[i][0], .events = POLLRDNORM};
        fds[2 * i + 1] = (WSAPOLLFD){.fd = pairs[i][1], .events = POLLWRNORM};
    }
    for (i = 0; i < MANY; i += 7)
    {
        fd_set one;

        say(pairs[i][1], "x");
        CHECK_INT(select(0, set_of(&one, pairs[i][0]), NULL, NULL, &long_time), 1);
    }
    write.fd_count = 0;
    for (i = MANY; i-- > 0;) FD_SET(pairs[i][i & 1], &write);
    CHECK_FAST(pairs[0][1], WS2_LANE_POLL,
               CHECK_INT(select(0, &read, &write, &except, &no_time), MANY + (MANY + 6) / 7));
    CHECK_INT(read.fd_count, (MANY + 6) / 7);
    CHECK_INT(write.fd_count, MANY);
    CHECK_INT(except.fd_count, 0);
    for (i = 0; i < MANY; i++) CHECK_INT(!!FD_ISSET(pairs[i][0], &read), i % 7 == 0);
    CHECK_FAST(pairs[0][0], WS2_LANE_POLL, CHECK_INT(WSAPoll(fds, 2 * MANY, 0), MANY + (MANY + 6) / 7));
    for (i = 0; i < MANY; i++)
    {
        CHECK_INT(fds[2 * i].revents, i % 7 ? 0 : POLLRDNORM);
        CHECK_INT(fds[2 * i + 1].revents, POLLWRNORM);
    }
    for (i = 0; i < MANY; i++) close_pair(pairs[i]);
}

TEST(sets_that_can_not_be_written_are_a_fault)
{
    fd_set *set = VirtualAlloc(NULL, sizeof(*set), MEM_COMMIT, PAGE_READWRITE);
    SOCKET pair[2];
    DWORD old;

    pair_with_data(pair);
    set_of(set, pair[0]);
    CHECK(VirtualProtect(set, sizeof(*set), PAGE_READONLY, &old));
    CHECK_ERROR(select(0, set, NULL, NULL, &no_time), WSAEFAULT);
    CHECK(VirtualProtect(set, sizeof(*set), PAGE_NOACCESS, &old));
    CHECK_ERROR(select(0, set, NULL, NULL, &no_time), WSAEFAULT);
    VirtualFree(set, 0, MEM_RELEASE);
    close_pair(pair);
}

/* Condition 10 */
TEST(a_closed_socket_is_no_socket_at_once)
{
    SOCKET pair[2], other[2];
    fd_set set;
    WSAPOLLFD fds[2];

    tcp_pair(other);
    tcp_pair(pair);
    CHECK_INT(reads(pair[0]), 0);
    CHECK_INT(reads(other[0]), 0);
    closesocket(pair[0]);
    CHECK_ERROR(reads(pair[0]), WSAENOTSOCK);
    set_of(&set, other[0]);
    FD_SET(pair[0], &set);
    CHECK_ERROR(select(0, &set, NULL, NULL, &no_time), WSAENOTSOCK);
    CHECK_INT(set.fd_count, 2);
    fds[0] = (WSAPOLLFD){.fd = other[0], .events = POLLWRNORM};
    fds[1] = (WSAPOLLFD){.fd = pair[0], .events = POLLWRNORM};
    CHECK_INT(WSAPoll(fds, 2, 0), 1);
    CHECK_INT(fds[1].revents, POLLNVAL);
    closesocket(pair[1]);
    close_pair(other);
}

TEST(a_socket_closed_by_closehandle_is_no_socket_at_once)
{
    SOCKET pair[2];
    fd_set set;

    tcp_pair(pair);
    CHECK_INT(reads(pair[0]), 0);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_ERROR(reads(pair[0]), WSAENOTSOCK);
    set_of(&set, pair[0]);
    FD_SET(pair[1], &set);
    CHECK_ERROR(select(0, &set, NULL, NULL, &no_time), WSAENOTSOCK);
    closesocket(pair[1]);
}

TEST(a_handle_used_again_is_the_new_socket)
{
    SOCKET pair[2], again = INVALID_SOCKET, others[64];
    unsigned int i, count = 0;

    pair_with_data(pair);
    CHECK_INT(reads(pair[0]), 1);
    closesocket(pair[0]);
    for (i = 0; i < ARRAYSIZE(others) && again != pair[0]; i++)
        again = others[count++] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(again, pair[0]);
    CHECK_SLOW(again, WS2_LANE_POLL, CHECK_INT(reads(again), 0));
    while (count) closesocket(others[--count]);
    closesocket(pair[1]);
}

struct waiting
{
    SOCKET s;
    HANDLE ready;
    int ret, error;
};

static DWORD WINAPI select_long(void *arg)
{
    struct waiting *waiting = arg;
    struct timeval time = {20, 0};
    fd_set set;

    SetEvent(waiting->ready);
    waiting->ret = select(0, set_of(&set, waiting->s), NULL, NULL, &time);
    waiting->error = WSAGetLastError();
    return 0;
}

static HANDLE start_waiting(struct waiting *waiting, SOCKET s)
{
    HANDLE thread;

    waiting->s = s;
    waiting->ready = CreateEventA(NULL, FALSE, FALSE, NULL);
    thread = CreateThread(NULL, 0, select_long, waiting, 0, NULL);
    CHECK_INT(WaitForSingleObject(waiting->ready, 10000), WAIT_OBJECT_0);
    CloseHandle(waiting->ready);
    return thread;
}

/* Condition 9, at any time of the wait. */
TEST(a_wait_ends_when_its_socket_is_closed)
{
    static const DWORD delays[] = {0, 1, 5, 20, 60};
    struct waiting waiting;
    SOCKET pair[2];
    HANDLE thread;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(delays); i++)
    {
        tcp_pair(pair);
        thread = start_waiting(&waiting, pair[0]);
        Sleep(delays[i]);
        closesocket(pair[0]);
        CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
        /* closed before select saw it, or while it waited, which is something to read */
        CHECK(waiting.ret == 1 || (waiting.ret == SOCKET_ERROR && waiting.error == WSAENOTSOCK));
        CloseHandle(thread);
        closesocket(pair[1]);
    }
}

TEST(a_wait_ends_when_something_comes)
{
    static const DWORD delays[] = {0, 1, 5, 20, 60};
    struct waiting waiting;
    SOCKET pair[2];
    HANDLE thread;
    unsigned int i;

    tcp_pair(pair);
    for (i = 0; i < ARRAYSIZE(delays); i++)
    {
        char byte;

        thread = start_waiting(&waiting, pair[0]);
        Sleep(delays[i]);
        say(pair[1], "x");
        CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
        CHECK_INT(waiting.ret, 1);
        CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
        CloseHandle(thread);
    }
    close_pair(pair);
}

static void CALLBACK end_the_wait(ULONG_PTR s)
{
    say(s, "x");
}

/* Condition 9: a wait is alertable after a short while at the latest. */
TEST(a_wait_runs_the_threads_user_apcs)
{
    struct waiting waiting;
    SOCKET pair[2];
    HANDLE thread;

    tcp_pair(pair);
    thread = start_waiting(&waiting, pair[0]);
    CHECK(QueueUserAPC(end_the_wait, thread, pair[1]));
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK_INT(waiting.ret, 1);
    CloseHandle(thread);
    close_pair(pair);
}

static void CALLBACK count_apc(ULONG_PTR counter)
{
    ++*(int *)counter;
}

static DWORD WINAPI look_with_apcs(void *arg)
{
    SOCKET *pair = arg;
    short revents;
    int count = 0;

    QueueUserAPC(count_apc, GetCurrentThread(), (ULONG_PTR)&count);
    if (writes(pair[0]) != 1 || count) return 1; /* it had not to wait */
    if (reads(pair[0]) || count != 1) return 2;
    QueueUserAPC(count_apc, GetCurrentThread(), (ULONG_PTR)&count);
    if (reads(pair[0]) || count != 2) return 3;
    QueueUserAPC(count_apc, GetCurrentThread(), (ULONG_PTR)&count);
    if (polls(pair[0], POLLRDNORM, &revents) || count != 3) return 4;
    return 0;
}

/* Condition 9: also those that find nothing and do not wait. */
TEST(a_look_that_finds_nothing_runs_the_threads_user_apcs)
{
    SOCKET pair[2];
    HANDLE thread;
    DWORD code;

    tcp_pair(pair);
    thread = CreateThread(NULL, 0, look_with_apcs, pair, 0, NULL);
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_INT(code, 0);
    CHECK_FAST(pair[0], WS2_LANE_POLL, CHECK_INT(reads(pair[0]), 0));
    CloseHandle(thread);
    close_pair(pair);
}
