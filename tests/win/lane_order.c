/*
 * Conditions 1 and 11: who came first is served first, whichever lane he is on, and what
 * one call sends or waits for stays in one piece.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"
#include "lanes.h"

#define MORE_THAN_THE_HOST_WAITS 150 /* ms */

static char data[65536];

static DWORD WINAPI receive_byte(void *arg)
{
    char byte = 0;

    return recv(*(SOCKET *)arg, &byte, 1, 0) == 1 ? byte : 0;
}

static DWORD result_of(HANDLE thread)
{
    DWORD result;

    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &result));
    CloseHandle(thread);
    return result;
}

/* 1: a thread that waits at the device is in the queue there */
TEST(a_thread_that_waits_receives_before_one_that_comes_later)
{
    SOCKET pair[2];
    HANDLE thread;

    tcp_pair(pair);
    thread = CreateThread(NULL, 0, receive_byte, &pair[1], 0, NULL);
    Sleep(MORE_THAN_THE_HOST_WAITS);
    set_blocking(pair[1], FALSE);
    CHECK_SLOW(pair[1], WS2_LANE_RECEIVE, CHECK_ERROR(recv(pair[1], data, 1, 0), WSAEWOULDBLOCK));
    CHECK_INT(send(pair[0], "12", 2, 0), 2);
    CHECK_INT(result_of(thread), '1');
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 1, 0), 1));
    CHECK_INT(data[0], '2');
    close_pair(pair);
}

static DWORD WINAPI accept_one(void *arg)
{
    SOCKET s = accept(*(SOCKET *)arg, NULL, NULL);

    return s != INVALID_SOCKET && !closesocket(s);
}

/* 1: and what it is about to take is not there for others to see */
TEST(a_thread_that_waits_in_accept_hides_its_connection)
{
    struct sockaddr_in address;
    struct timeval no_time = {0, 0};
    SOCKET listener = tcp_listener(&address), s;
    HANDLE thread = CreateThread(NULL, 0, accept_one, &listener, 0, NULL);
    fd_set set = {1, {listener}};

    Sleep(MORE_THAN_THE_HOST_WAITS);
    CHECK_SLOW(listener, WS2_LANE_POLL, CHECK_INT(select(0, &set, NULL, NULL, &no_time), 0));
    s = connected_to(&address);
    CHECK_INT(result_of(thread), TRUE);
    closesocket(s);
    closesocket(listener);
}

#define QUEUE 8 /* more than the module looks after */

/* 1 */
TEST(a_long_queue_of_receives_is_served_before_one_that_comes_later)
{
    WSAOVERLAPPED overlapped[QUEUE];
    char bytes[QUEUE] = {0};
    DWORD flags = 0, done;
    SOCKET pair[2];
    unsigned int i;

    tcp_pair(pair);
    set_blocking(pair[1], FALSE);
    for (i = 0; i < QUEUE; i++)
    {
        WSABUF buffer = {1, &bytes[i]};

        memset(&overlapped[i], 0, sizeof(overlapped[i]));
        overlapped[i].hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
        CHECK_ERROR(WSARecv(pair[1], &buffer, 1, NULL, &flags, &overlapped[i], NULL), WSA_IO_PENDING);
    }
    CHECK_INT(send(pair[0], "1234567", QUEUE - 1, 0), QUEUE - 1);
    for (i = 0; i < QUEUE - 1; i++)
    {
        CHECK(WSAGetOverlappedResult(pair[1], &overlapped[i], &done, TRUE, &flags));
        CHECK_INT(bytes[i], '1' + (int)i);
    }
    CHECK_SLOW(pair[1], WS2_LANE_RECEIVE, CHECK_ERROR(recv(pair[1], data, 1, 0), WSAEWOULDBLOCK));
    CHECK_INT(send(pair[0], "89", 2, 0), 2);
    CHECK(WSAGetOverlappedResult(pair[1], &overlapped[QUEUE - 1], &done, TRUE, &flags));
    CHECK_INT(bytes[QUEUE - 1], '8');
    wait_readable(pair[1]);
    CHECK_INT(recv(pair[1], data, 1, 0), 1);
    CHECK_INT(data[0], '9');
    for (i = 0; i < QUEUE; i++) CloseHandle(overlapped[i].hEvent);
    close_pair(pair);
}

/* Reads all up to the end of the stream, and checks that it comes as so many a, and so many b. */
static void check_stream(SOCKET s, size_t as, size_t bs)
{
    size_t done = 0;
    int got, i;

    while ((got = recv(s, data, sizeof(data), 0)) > 0)
        for (i = 0; i < got; i++, done++)
            if (data[i] != (done < as ? 'a' : 'b'))
                harness_fail(__FILE__, __LINE__, "byte %d is %c", (int)done, data[i]);
    CHECK_INT(got, 0);
    CHECK_INT(done, as + bs);
}

#define LARGE (16 << 20) /* more than a connection holds */

static DWORD WINAPI drain(void *arg)
{
    SOCKET s = *(SOCKET *)arg;

    check_stream(s, LARGE, 1);
    return TRUE;
}

/* 1: what a non-blocking send took and the host did not */
TEST(a_send_comes_after_what_an_earlier_one_left_over)
{
    char *large = malloc(LARGE);
    SOCKET pair[2];
    HANDLE thread;

    tcp_pair(pair);
    memset(large, 'a', LARGE);
    set_blocking(pair[0], FALSE);
    CHECK_INT(send(pair[0], large, LARGE, 0), LARGE);
    set_blocking(pair[0], TRUE);
    thread = CreateThread(NULL, 0, drain, &pair[1], 0, NULL);
    CHECK_INT(send(pair[0], "b", 1, 0), 1);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_INT(result_of(thread), TRUE);
    free(large);
    close_pair(pair);
}

static void fill_up(SOCKET s, size_t *sent)
{
    int ret;

    memset(data, 'a', sizeof(data));
    set_blocking(s, FALSE);
    while ((ret = send(s, data, sizeof(data), 0)) > 0) *sent += ret;
    CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    set_blocking(s, TRUE);
}

/* 1: an overlapped send that waits for room */
TEST(a_send_comes_after_an_overlapped_one_that_waits)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    char *large = malloc(LARGE);
    WSABUF buffer = {LARGE, large};
    struct timeval no_time = {0, 0};
    SOCKET pair[2];
    DWORD done, flags;
    HANDLE thread;
    fd_set set;

    tcp_pair(pair);
    memset(large, 'a', LARGE);
    CHECK_ERROR(WSASend(pair[0], &buffer, 1, NULL, 0, &overlapped, NULL), WSA_IO_PENDING);
    FD_ZERO(&set);
    FD_SET(pair[0], &set);
    CHECK_SLOW(pair[0], WS2_LANE_POLL, CHECK_INT(select(0, NULL, &set, NULL, &no_time), 0));
    thread = CreateThread(NULL, 0, drain, &pair[1], 0, NULL);
    CHECK_INT(send(pair[0], "b", 1, 0), 1);
    CHECK(WSAGetOverlappedResult(pair[0], &overlapped, &done, TRUE, &flags));
    CHECK_INT(done, LARGE);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_INT(result_of(thread), TRUE);
    CloseHandle(overlapped.hEvent);
    free(large);
    close_pair(pair);
}

static HANDLE temporary_file(DWORD size, char letter)
{
    WCHAR folder[MAX_PATH], path[MAX_PATH];
    DWORD written, done;
    HANDLE file;

    GetTempPathW(MAX_PATH, folder);
    CHECK(GetTempFileNameW(folder, L"ord", 0, path));
    file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS,
                       FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    memset(data, letter, sizeof(data));
    for (done = 0; done < size; done += written)
        CHECK(WriteFile(file, data, min(sizeof(data), size - done), &written, NULL) && written);
    return file;
}

/* 1 */
TEST(a_send_comes_after_a_file_that_is_being_transmitted)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    HANDLE file = temporary_file(LARGE, 'a'), thread;
    LPFN_TRANSMITFILE transmit_file;
    SOCKET pair[2];
    DWORD done, flags;

    tcp_pair(pair);
    transmit_file = EXTENSION(pair[0], LPFN_TRANSMITFILE, WSAID_TRANSMITFILE);
    CHECK(!transmit_file(pair[0], file, 0, 0, &overlapped, NULL, 0));
    CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    thread = CreateThread(NULL, 0, drain, &pair[1], 0, NULL);
    CHECK_INT(send(pair[0], "b", 1, 0), 1);
    CHECK(WSAGetOverlappedResult(pair[0], &overlapped, &done, TRUE, &flags));
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_INT(result_of(thread), TRUE);
    CloseHandle(overlapped.hEvent);
    CloseHandle(file);
    close_pair(pair);
}

/* --- 11 --- */

#define RUN 3000

static DWORD WINAPI receive_runs(void *arg)
{
    char run[RUN];
    int got, i, runs = 0;

    while ((got = recv(*(SOCKET *)arg, run, RUN, MSG_WAITALL)) == RUN)
    {
        for (i = 1; i < RUN; i++)
            if (run[i] != run[0]) return 0;
        runs++;
    }
    return got ? 0 : runs;
}

/* The pieces come one by one, and each receive waits for a whole run. */
TEST(receives_of_two_threads_that_wait_for_all_do_not_mix)
{
    enum
    {
        RUNS = 60
    };
    HANDLE threads[2];
    DWORD runs[2];
    SOCKET pair[2];
    unsigned int i, j;

    tcp_pair(pair);
    for (i = 0; i < 2; i++) threads[i] = CreateThread(NULL, 0, receive_runs, &pair[1], 0, NULL);
    for (i = 0; i < RUNS; i++)
    {
        memset(data, 'a' + i % 26, RUN);
        for (j = 0; j < 6; j++)
        {
            CHECK_INT(send(pair[0], data, RUN / 6, 0), RUN / 6);
            SwitchToThread();
        }
    }
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    for (i = 0; i < 2; i++) runs[i] = result_of(threads[i]);
    CHECK_INT(runs[0] + runs[1], RUNS);
    close_pair(pair);
}

static DWORD WINAPI send_large(void *arg)
{
    char *large = malloc(LARGE);
    int ret;

    memset(large, 'a', LARGE);
    ret = send(*(SOCKET *)arg, large, LARGE, 0);
    free(large);
    return ret;
}

/* What comes from another thread meanwhile, overlapped or not, has to wait. */
TEST(an_overlapped_send_comes_after_a_blocking_one_that_has_begun)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    WSABUF buffer = {1, (char *)"b"};
    HANDLE receiver, sender;
    SOCKET pair[2];
    DWORD done, flags;

    tcp_pair(pair);
    sender = CreateThread(NULL, 0, send_large, &pair[0], 0, NULL);
    wait_readable(pair[1]);
    Sleep(MORE_THAN_THE_HOST_WAITS);
    if (WSASend(pair[0], &buffer, 1, NULL, 0, &overlapped, NULL))
        CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    receiver = CreateThread(NULL, 0, drain, &pair[1], 0, NULL);
    CHECK_INT(result_of(sender), LARGE);
    CHECK(WSAGetOverlappedResult(pair[0], &overlapped, &done, TRUE, &flags));
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_INT(result_of(receiver), TRUE);
    CloseHandle(overlapped.hEvent);
    close_pair(pair);
}

/* The dead thread had the stream to itself. */
TEST(a_thread_that_was_terminated_in_a_send_leaves_the_stream_to_others)
{
    size_t sent = 0, got = 0;
    SOCKET pair[2];
    HANDLE thread;
    int ret;

    tcp_pair(pair);
    fill_up(pair[0], &sent);
    thread = CreateThread(NULL, 0, send_large, &pair[0], 0, NULL);
    Sleep(MORE_THAN_THE_HOST_WAITS);
    CHECK(TerminateThread(thread, 1));
    CHECK_INT(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    while (got < sent && (ret = recv(pair[1], data, sizeof(data), 0)) > 0) got += ret;
    CHECK_INT(send(pair[0], "b", 1, 0), 1);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    while ((ret = recv(pair[1], data, sizeof(data), 0)) > 0) got = data[ret - 1];
    CHECK_INT(ret, 0);
    CHECK_INT(got, 'b');
    close_pair(pair);
}

TEST(a_thread_that_was_terminated_waiting_for_all_leaves_the_stream_to_others)
{
    SOCKET pair[2];
    HANDLE thread;

    tcp_pair(pair);
    thread = CreateThread(NULL, 0, receive_runs, &pair[1], 0, NULL);
    Sleep(MORE_THAN_THE_HOST_WAITS);
    CHECK(TerminateThread(thread, 1));
    CHECK_INT(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CloseHandle(thread);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK_INT(recv(pair[1], data, 3, MSG_WAITALL), 3);
    CHECK_INT(memcmp(data, "abc", 3), 0);
    close_pair(pair);
}

#define LONG_RUN 200000
#define LONG_RUNS 25

struct runner
{
    SOCKET s;
    char letter;
    BOOL overlapped;
};

static DWORD WINAPI send_long_runs(void *arg)
{
    struct runner *runner = arg;
    char *run = malloc(LONG_RUN);
    WSABUF buffer = {LONG_RUN, run};
    DWORD done, flags;
    int i, ret = 0;

    memset(run, runner->letter, LONG_RUN);
    for (i = 0; i < LONG_RUNS && !ret; i++)
    {
        WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};

        if (!runner->overlapped)
            ret = send(runner->s, run, LONG_RUN, 0) == LONG_RUN ? 0 : SOCKET_ERROR;
        else if ((ret = WSASend(runner->s, &buffer, 1, NULL, 0, &overlapped, NULL)) &&
                 WSAGetLastError() == WSA_IO_PENDING)
            ret = !WSAGetOverlappedResult(runner->s, &overlapped, &done, TRUE, &flags) || done != LONG_RUN;
        CloseHandle(overlapped.hEvent);
    }
    free(run);
    return !ret;
}

/* 11: what is left of a send that the host took in part goes before any other's */
TEST(runs_of_blocking_and_overlapped_senders_do_not_mix)
{
    struct runner runners[4];
    size_t left = 0, total = 0;
    HANDLE threads[4];
    SOCKET pair[2];
    char letter = 0;
    int i, got;

    tcp_pair(pair);
    for (i = 0; i < 4; i++)
    {
        runners[i] = (struct runner){pair[0], 'a' + i, i % 2};
        threads[i] = CreateThread(NULL, 0, send_long_runs, &runners[i], 0, NULL);
    }
    while (total < 4 * LONG_RUNS * LONG_RUN && (got = recv(pair[1], data, sizeof(data), 0)) > 0)
        for (i = 0, total += got; i < got; i++)
        {
            if (!left) letter = data[i], left = LONG_RUN;
            if (data[i] != letter) harness_fail(__FILE__, __LINE__, "%c within a run of %c", data[i], letter);
            left--;
        }
    CHECK_INT(total, 4 * LONG_RUNS * LONG_RUN);
    for (i = 0; i < 4; i++) CHECK_INT(result_of(threads[i]), TRUE);
    close_pair(pair);
}
