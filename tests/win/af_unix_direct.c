/*
 * AF_UNIX streams: calls that carry their bytes over themselves, mixed with all others.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unix_sockets.h"

#include "lanes.h"

static BOOL is_readable(SOCKET s)
{
    struct timeval now = {0, 0};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(s, &set);
    return select(0, &set, NULL, NULL, &now) == 1;
}

TEST(sends_and_receives_need_no_server)
{
    SOCKET pair[2];
    char byte;

    unix_pair(pair);
    check_talk(pair[0], pair[1]);
    CHECK_FAST(pair[0], WS2_LANE_SEND, send_text(pair[0], "1"));
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], &byte, 1, 0), 1));
    CHECK_INT(byte, '1');
}

/* Nothing else gets to run between a send and a look, if that is what Windows promises. */
TEST(what_was_sent_is_seen_at_once)
{
    SOCKET pair[2];
    WSAPOLLFD look;
    u_long bytes;
    int i;

    unix_pair(pair);
    check_talk(pair[0], pair[1]);
    for (i = 0; i < 50; i++)
    {
        send_text(pair[0], "look");
        CHECK(is_readable(pair[1]));
        look = (WSAPOLLFD){pair[1], POLLRDNORM, 0};
        CHECK_INT(WSAPoll(&look, 1, 0), 1);
        CHECK_INT(ioctlsocket(pair[1], FIONREAD, &bytes), 0);
        CHECK_INT(bytes, 4);
        receive_text(pair[1], "look");
        CHECK(!is_readable(pair[1]));
        send_text(pair[0], "again");
        receive_text(pair[1], "again"); /* by itself */
        send_text(pair[0], "more");
        CHECK_INT(ioctlsocket(pair[1], FIONREAD, &bytes), 0);
        CHECK_INT(bytes, 4);
        receive_text(pair[1], "more");
        CHECK_INT(ioctlsocket(pair[1], FIONREAD, &bytes), 0);
        CHECK_INT(bytes, 0);
    }
}

TEST(a_look_leaves_the_data)
{
    SOCKET pair[2];
    char text[8] = {0};

    unix_pair(pair);
    send_text(pair[0], "peek");
    CHECK_INT(recv(pair[1], text, sizeof(text), MSG_PEEK), 4);
    CHECK_STR(text, "peek");
    receive_text(pair[1], "peek");
}

TEST(non_blocking_receives_find_nothing_or_everything)
{
    SOCKET pair[2];
    u_long on = 1;
    char byte;
    int i;

    unix_pair(pair);
    check_talk(pair[0], pair[1]);
    CHECK_INT(ioctlsocket(pair[1], FIONBIO, &on), 0);
    for (i = 0; i < 100; i++)
    {
        CHECK_ERROR(recv(pair[1], &byte, 1, 0), WSAEWOULDBLOCK);
        send_text(pair[0], "1");
        CHECK_INT(recv(pair[1], &byte, 1, 0), 1);
    }
}

static void wait_for(HANDLE handle)
{
    CHECK_INT(WaitForSingleObject(handle, 10000), WAIT_OBJECT_0);
}

static void send_overlapped(SOCKET s, char *data, ULONG size)
{
    OVERLAPPED overlapped;
    WSABUF buf = {size, data};
    DWORD done, flags;

    event_overlapped(&overlapped);
    if (WSASend(s, &buf, 1, NULL, 0, &overlapped, NULL)) CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    wait_for(overlapped.hEvent);
    CHECK(WSAGetOverlappedResult(s, &overlapped, &done, FALSE, &flags));
    CHECK_INT(done, size);
    CloseHandle(overlapped.hEvent);
}

static void write_as_file(SOCKET s, char *data, ULONG size)
{
    OVERLAPPED overlapped;
    DWORD done;

    event_overlapped(&overlapped);
    if (!WriteFile((HANDLE)s, data, size, NULL, &overlapped)) CHECK_INT(GetLastError(), ERROR_IO_PENDING);
    wait_for(overlapped.hEvent);
    CHECK(GetOverlappedResult((HANDLE)s, &overlapped, &done, FALSE));
    CHECK_INT(done, size);
    CloseHandle(overlapped.hEvent);
}

static void send_plainly(SOCKET s, char *data, ULONG size)
{
    CHECK_INT(send(s, data, size, 0), size);
}

static void receive_plainly(SOCKET s, char *data, ULONG size)
{
    CHECK_INT(recv(s, data, size, MSG_WAITALL), size);
}

static void select_and_receive(SOCKET s, char *data, ULONG size)
{
    fd_set set;

    FD_ZERO(&set);
    FD_SET(s, &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    receive_plainly(s, data, size);
}

static void receive_overlapped(SOCKET s, char *data, ULONG size)
{
    DWORD done, flags, got = 0;

    while (got < size)
    {
        WSABUF buf = {size - got, data + got};
        OVERLAPPED overlapped;

        flags = 0;
        event_overlapped(&overlapped);
        if (WSARecv(s, &buf, 1, NULL, &flags, &overlapped, NULL))
            CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
        wait_for(overlapped.hEvent);
        CHECK(WSAGetOverlappedResult(s, &overlapped, &done, FALSE, &flags));
        CHECK(done > 0);
        got += done;
        CloseHandle(overlapped.hEvent);
    }
}

static void read_as_file(SOCKET s, char *data, ULONG size)
{
    DWORD done, got = 0;

    while (got < size)
    {
        OVERLAPPED overlapped;

        event_overlapped(&overlapped);
        if (!ReadFile((HANDLE)s, data + got, size - got, NULL, &overlapped))
            CHECK_INT(GetLastError(), ERROR_IO_PENDING);
        wait_for(overlapped.hEvent);
        CHECK(GetOverlappedResult((HANDLE)s, &overlapped, &done, FALSE));
        CHECK(done > 0);
        got += done;
        CloseHandle(overlapped.hEvent);
    }
}

#define ROUNDS 600
#define LARGEST_PART 700

/* A stream of bytes that tell their places, whoever carries them. */
static void fill(char *data, int at, int size)
{
    int i;

    for (i = 0; i < size; i++) data[i] = (at + i) % 251;
}

static DWORD WINAPI send_in_all_ways(void *arg)
{
    static void (*const ways[])(SOCKET, char *, ULONG) = {send_plainly, send_plainly, send_overlapped,
                                                          write_as_file};
    SOCKET s = (SOCKET)arg;
    char data[LARGEST_PART];
    int i, size, at = 0;

    srand(7); /* this thread's */
    for (i = 0; i < ROUNDS; i++, at += size)
    {
        size = 1 + rand() % LARGEST_PART;
        fill(data, at, size);
        ways[rand() % ARRAYSIZE(ways)](s, data, size);
    }
    return at;
}

TEST(all_ways_to_send_and_receive_keep_the_order)
{
    static void (*const ways[])(SOCKET, char *, ULONG) = {
        receive_plainly, receive_plainly, select_and_receive, receive_overlapped, read_as_file};
    char data[LARGEST_PART], expected[LARGEST_PART];
    int size, at = 0, all, i;
    SOCKET pair[2];
    HANDLE thread;

    srand(7); /* the same sizes, so that the sum is known */
    for (all = i = 0; i < ROUNDS; i++, rand()) all += 1 + rand() % LARGEST_PART;
    unix_pair(pair);
    thread = CreateThread(NULL, 0, send_in_all_ways, (void *)pair[0], 0, NULL);
    srand(11);
    for (; at < all; at += size)
    {
        size = 1 + rand() % LARGEST_PART;
        size = min(size, all - at);
        fill(expected, at, size);
        ways[rand() % ARRAYSIZE(ways)](pair[1], data, size);
        CHECK_INT(memcmp(data, expected, size), 0);
    }
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
}

TEST(a_read_that_waits_gets_what_comes_after_direct_receives)
{
    SOCKET pair[2];
    OVERLAPPED overlapped;
    char text[8] = {0};
    int i;

    unix_pair(pair);
    for (i = 0; i < 20; i++)
    {
        send_text(pair[0], "direct");
        receive_text(pair[1], "direct");
        event_overlapped(&overlapped);
        if (!ReadFile((HANDLE)pair[1], text, sizeof(text), NULL, &overlapped))
            CHECK_INT(GetLastError(), ERROR_IO_PENDING);
        send_text(pair[0], "file");
        CHECK_COMPLETES(pair[1], &overlapped, 4);
        CHECK_STR(text, "file");
        CloseHandle(overlapped.hEvent);
    }
}

TEST(the_end_comes_after_what_was_sent_directly)
{
    SOCKET pair[2];
    char byte;
    int i;

    for (i = 0; i < 20; i++)
    {
        unix_pair(pair);
        check_talk(pair[0], pair[1]);
        send_text(pair[0], "last");
        CHECK_INT(shutdown(pair[0], SD_SEND), 0);
        receive_text(pair[1], "last");
        CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
        send_text(pair[1], "answer");
        CHECK_INT(closesocket(pair[1]), 0);
        receive_text(pair[0], "answer");
        CHECK_INT(recv(pair[0], &byte, 1, 0), 0);
        CHECK_INT(closesocket(pair[0]), 0);
    }
}

static DWORD WINAPI close_it(void *arg)
{
    return closesocket((SOCKET)arg);
}

TEST(a_receive_that_waits_hears_of_the_end)
{
    SOCKET pair[2];
    HANDLE thread;
    char byte;

    unix_pair(pair);
    check_talk(pair[0], pair[1]);
    thread = CreateThread(NULL, 0, close_it, (void *)pair[0], 0, NULL);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
}

/* --- programs that are terminated ------------------------------------------------------- */

static void send_selected(SOCKET s, char *data, ULONG size)
{
    CHECK_INT(WSAEventSelect(s, WSACreateEvent(), FD_READ | FD_WRITE | FD_CLOSE), 0);
    send_plainly(s, data, size);
}

static void send_to_port(SOCKET s, char *data, ULONG size)
{
    static HANDLE port;
    OVERLAPPED overlapped = {0}, *which;
    WSABUF buf = {size, data};
    ULONG_PTR key;
    DWORD bytes;

    if (!port) port = CreateIoCompletionPort((HANDLE)s, NULL, 0, 0);
    if (WSASend(s, &buf, 1, NULL, 0, &overlapped, NULL)) CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &which, 10000));
}

static void (*const last_ways[])(SOCKET, char *, ULONG) = {send_plainly, send_overlapped, send_selected,
                                                           send_to_port};

CHILD(victim)
{
    struct sockaddr_un addr;
    SOCKET s = unix_socket();
    char data[5000];
    int i;

    path_address(&addr, argv[1]);
    if (connect_to(s, &addr)) return 1;
    for (i = 0; i < 4; i++)
    {
        fill(data, i * sizeof(data), sizeof(data));
        last_ways[atoi(argv[0])](s, data, sizeof(data));
    }
    TerminateProcess(GetCurrentProcess(), 7);
    return 0;
}

static void check_last_bytes(int way)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s;
    char data[20000], expected[20000], byte;
    HANDLE process = harness_spawn("victim", "%d %s", way, addr.sun_path);

    s = accept(listener, NULL, NULL);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(harness_join(process), 7);
    fill(expected, 0, sizeof(expected));
    CHECK_INT(recv(s, data, sizeof(data), MSG_WAITALL), sizeof(data));
    CHECK_INT(memcmp(data, expected, sizeof(data)), 0);
    CHECK_INT(recv(s, &byte, 1, 0), 0);
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(what_a_terminated_program_sent_arrives)
{
    check_last_bytes(0);
}

TEST(what_a_terminated_program_sent_overlapped_arrives)
{
    check_last_bytes(1);
}

TEST(what_a_terminated_program_sent_with_events_selected_arrives)
{
    check_last_bytes(2);
}

TEST(what_a_terminated_program_sent_through_a_completion_port_arrives)
{
    check_last_bytes(3);
}
