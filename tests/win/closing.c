/*
 * The end of sockets: closed under other threads' calls, gracefully, abortively, as a
 * plain handle, and one direction at a time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"

/* A blocking call of another thread. */
struct blocked
{
    SOCKET s;
    int (*call)(SOCKET s);
    HANDLE thread, started;
    int result, error;
};

static DWORD WINAPI run_blocked(void *arg)
{
    struct blocked *blocked = arg;

    SetEvent(blocked->started);
    blocked->result = blocked->call(blocked->s);
    blocked->error = WSAGetLastError();
    return 0;
}

/* Most of the time the thread is in the call when this returns; the outcome has to be
 * an end in either case. */
static void start_blocked(struct blocked *blocked, SOCKET s, int (*call)(SOCKET s))
{
    memset(blocked, 0, sizeof(*blocked));
    blocked->s = s;
    blocked->call = call;
    blocked->started = CreateEventW(NULL, TRUE, FALSE, NULL);
    blocked->thread = CreateThread(NULL, 0, run_blocked, blocked, 0, NULL);
    CHECK(blocked->thread != NULL);
    CHECK_INT(WaitForSingleObject(blocked->started, 10000), WAIT_OBJECT_0);
    Sleep(100);
}

static void join_blocked(struct blocked *blocked)
{
    CHECK_INT(WaitForSingleObject(blocked->thread, 10000), WAIT_OBJECT_0);
}

static int call_accept(SOCKET s)
{
    return accept(s, NULL, NULL) == INVALID_SOCKET ? SOCKET_ERROR : 0;
}

static int call_recv(SOCKET s)
{
    char byte;

    return recv(s, &byte, 1, 0);
}

static int call_recvfrom(SOCKET s)
{
    struct sockaddr_in from;
    int len = sizeof(from);
    char byte;

    return recvfrom(s, &byte, 1, 0, (struct sockaddr *)&from, &len);
}

static int call_send(SOCKET s)
{
    static char block[0x100000];
    int ret;

    do ret = send(s, block, sizeof(block), 0);
    while (ret > 0);
    return ret;
}

static int call_select(SOCKET s)
{
    fd_set set;

    FD_ZERO(&set);
    FD_SET(s, &set);
    return select(0, &set, NULL, NULL, NULL);
}

static int call_connect(SOCKET s)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(255)};

    addr.sin_addr.s_addr = htonl(0xc0000200); /* 192.0.2.0: nobody answers */
    return connect(s, (struct sockaddr *)&addr, sizeof(addr));
}

static void check_interrupted(const struct blocked *blocked)
{
    CHECK_INT(blocked->result, SOCKET_ERROR);
    if (blocked->error != WSAEINTR && blocked->error != WSAENOTSOCK && blocked->error != WSAECONNABORTED)
        CHECK_INT(blocked->error, WSAEINTR);
}

TEST(closing_ends_accept)
{
    SOCKET s = tcp_listener(NULL);
    struct blocked blocked;

    start_blocked(&blocked, s, call_accept);
    CHECK_INT(closesocket(s), 0);
    join_blocked(&blocked);
    CHECK_INT(blocked.result, SOCKET_ERROR);
    CHECK_INT(blocked.error, WSAEINTR);
}

TEST(closing_ends_recv)
{
    struct blocked blocked;
    SOCKET pair[2];

    tcp_pair(pair);
    start_blocked(&blocked, pair[0], call_recv);
    CHECK_INT(closesocket(pair[0]), 0);
    join_blocked(&blocked);
    check_interrupted(&blocked);
}

TEST(closing_ends_recvfrom)
{
    struct blocked blocked;
    SOCKET s;

    udp_bound(&s, NULL);
    start_blocked(&blocked, s, call_recvfrom);
    CHECK_INT(closesocket(s), 0);
    join_blocked(&blocked);
    check_interrupted(&blocked);
}

TEST(closing_ends_send)
{
    struct blocked blocked;
    SOCKET pair[2];

    tcp_pair(pair);
    start_blocked(&blocked, pair[0], call_send);
    CHECK_INT(closesocket(pair[0]), 0);
    join_blocked(&blocked);
    check_interrupted(&blocked);
}

TEST(closing_ends_select)
{
    struct blocked blocked;
    SOCKET pair[2];

    tcp_pair(pair);
    start_blocked(&blocked, pair[0], call_select);
    CHECK_INT(closesocket(pair[0]), 0);
    join_blocked(&blocked);
    CHECK_INT(blocked.result, 1);
}

TEST(closing_ends_connect)
{
    struct blocked blocked;
    SOCKET s = stream_socket();

    start_blocked(&blocked, s, call_connect);
    CHECK_INT(closesocket(s), 0);
    join_blocked(&blocked);
    CHECK_INT(blocked.result, SOCKET_ERROR);
    if (blocked.error == WSAENETUNREACH || blocked.error == WSAEHOSTUNREACH) SKIP("no network");
    check_interrupted(&blocked);
}

TEST(closing_aborts_overlapped_operations)
{
    WSABUF buffer = {1, (char[1]){0}};
    OVERLAPPED overlapped;
    DWORD flags = 0;
    SOCKET pair[2];

    tcp_pair(pair);
    event_overlapped(&overlapped);
    CHECK_ERROR(WSARecv(pair[0], &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    /* STATUS_CANCELLED or STATUS_CONNECTION_ABORTED */
    if (overlapped.Internal != 0xc0000120) CHECK_INT(overlapped.Internal, 0xc0000241);
}

TEST(closed_socket_is_no_socket)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_ERROR(closesocket(pair[0]), WSAENOTSOCK);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAENOTSOCK);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAENOTSOCK);
    CHECK_ERROR(shutdown(pair[0], SD_BOTH), WSAENOTSOCK);
}

TEST(graceful_close_delivers_everything)
{
    static char sent[200000], got[200001];
    SOCKET pair[2];

    tcp_pair(pair);
    memset(sent, 'd', sizeof(sent));
    CHECK_INT(send(pair[0], sent, sizeof(sent), 0), sizeof(sent));
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(receive_all(pair[1], got, sizeof(got)), sizeof(sent));
    CHECK_INT(memcmp(sent, got, sizeof(sent)), 0);
}

static void set_linger(SOCKET s, u_short on, u_short seconds)
{
    struct linger linger = {on, seconds};

    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
}

TEST(abortive_close_resets_the_peer)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    set_linger(pair[0], 1, 0);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_ERROR(recv(pair[1], &byte, 1, 0), WSAECONNRESET);
}

TEST(abortive_close_resets_a_peer_that_waits)
{
    struct blocked blocked;
    SOCKET pair[2];

    tcp_pair(pair);
    set_linger(pair[0], 1, 0);
    start_blocked(&blocked, pair[1], call_recv);
    CHECK_INT(closesocket(pair[0]), 0);
    join_blocked(&blocked);
    CHECK_INT(blocked.result, SOCKET_ERROR);
    CHECK_INT(blocked.error, WSAECONNRESET);
}

#define MUCH (8 * 1024 * 1024)

/* A connection that has more on its way than it holds, as nobody reads. */
static void pair_with_much(SOCKET pair[2])
{
    char *data = calloc(1, MUCH);

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    CHECK_INT(send(pair[0], data, MUCH, 0), MUCH);
    set_blocking(pair[0], TRUE);
    free(data);
}

/* How the stream ends: 0 or a Winsock error. */
static int read_to_the_end(SOCKET s, LONG *total)
{
    static char buffer[65536];
    int got;

    while ((got = recv(s, buffer, sizeof(buffer), 0)) > 0) InterlockedExchangeAdd(total, got);
    return got ? WSAGetLastError() : 0;
}

static LONG read_late_total;

static DWORD WINAPI read_late(void *s)
{
    Sleep(300);
    return read_to_the_end((SOCKET)s, &read_late_total);
}

TEST(a_lingering_close_waits_until_the_peer_has_it_all)
{
    SOCKET pair[2];
    HANDLE thread;
    DWORD end;

    pair_with_much(pair);
    set_linger(pair[0], 1, 60);
    read_late_total = 0;
    thread = CreateThread(NULL, 0, read_late, (void *)pair[1], 0, NULL);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK(read_late_total > 0);
    CHECK_INT(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &end));
    CHECK_INT(end, 0);
    CHECK_INT(read_late_total, MUCH);
    CloseHandle(thread);
    closesocket(pair[1]);
}

TEST(a_lingering_close_that_takes_too_long_resets_the_peer)
{
    SOCKET pair[2];
    LONG total = 0;

    pair_with_much(pair);
    set_linger(pair[0], 1, 1);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(read_to_the_end(pair[1], &total), WSAECONNRESET);
    CHECK(total < MUCH);
    closesocket(pair[1]);
}

TEST(close_handle_is_a_graceful_close)
{
    SOCKET pair[2];
    char buffer[8];

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "bye", 3, 0), 3);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_INT(receive_all(pair[1], buffer, sizeof(buffer)), 3);
    CHECK_INT(recv(pair[1], buffer, 1, 0), 0);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAENOTSOCK);
}

TEST(close_handle_on_a_listener_frees_its_port)
{
    struct sockaddr_in addr;
    SOCKET s = tcp_listener(&addr), again = stream_socket();

    CHECK(CloseHandle((HANDLE)s));
    CHECK_INT(bind(again, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(listen(again, 1), 0);
    connected_to(&addr);
}

/* The value may belong to a file next, which no socket call may touch. */
TEST(a_file_with_the_handle_of_a_closed_socket_is_safe)
{
    SOCKET s = stream_socket();
    HANDLE event;

    CHECK(CloseHandle((HANDLE)s));
    event = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK(event != NULL);
    if ((SOCKET)event != s) SKIP("the value was not used again");
    CHECK_ERROR(send(s, "x", 1, 0), WSAENOTSOCK);
    CHECK(SetEvent(event));
    CHECK_INT(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
}

TEST(shutting_sending_down_leaves_receiving)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAESHUTDOWN);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CHECK_INT(send(pair[1], "y", 1, 0), 1);
    CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
    CHECK_INT(byte, 'y');
}

TEST(shutting_receiving_down_leaves_sending)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK_INT(shutdown(pair[0], SD_RECEIVE), 0);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAESHUTDOWN);
    CHECK_INT(send(pair[0], "z", 1, 0), 1);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 1);
}

TEST(shutdown_says_why_not)
{
    SOCKET pair[2], s = stream_socket();

    CHECK_ERROR(shutdown(INVALID_SOCKET, SD_SEND), WSAENOTSOCK);
    CHECK_ERROR(shutdown(s, SD_SEND), WSAENOTCONN);
    tcp_pair(pair);
    CHECK_ERROR(shutdown(pair[0], 3), WSAEINVAL);
    CHECK_INT(shutdown(pair[0], SD_BOTH), 0);
    CHECK_INT(shutdown(pair[0], SD_BOTH), 0);
}

TEST(peer_is_known_after_both_directions_ended)
{
    struct sockaddr_in peer, local;
    int len = sizeof(local);
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK_INT(getsockname(pair[1], (struct sockaddr *)&local, &len), 0);
    CHECK_INT(shutdown(pair[0], SD_BOTH), 0);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CHECK_INT(shutdown(pair[1], SD_BOTH), 0);
    CHECK_INT(getpeername(pair[0], (struct sockaddr *)&peer, &len), 0);
    CHECK_INT(peer.sin_port, local.sin_port);
    CHECK_INT(getpeername(pair[1], (struct sockaddr *)&peer, &len), 0);
}

/* Two threads and many sockets: every blocked call ends, and nothing is left over. */
TEST(closing_races_with_calls_that_are_about_to_block)
{
    int (*const calls[])(SOCKET s) = {call_recv, call_select};
    struct blocked blocked;
    SOCKET pair[2];
    int i;

    for (i = 0; i < 20; i++)
    {
        tcp_pair(pair);
        memset(&blocked, 0, sizeof(blocked));
        blocked.s = pair[0];
        blocked.call = calls[i % 2];
        blocked.started = CreateEventW(NULL, TRUE, FALSE, NULL);
        blocked.thread = CreateThread(NULL, 0, run_blocked, &blocked, 0, NULL);
        CHECK_INT(WaitForSingleObject(blocked.started, 10000), WAIT_OBJECT_0);
        CHECK_INT(closesocket(pair[0]), 0);
        join_blocked(&blocked);
        CHECK_INT(closesocket(pair[1]), 0);
        CloseHandle(blocked.started);
        CloseHandle(blocked.thread);
    }
}
