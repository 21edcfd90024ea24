/*
 * Sending and receiving, blocking and not.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

/* --- Blocking and non-blocking --- */

TEST(bytes_arrive_in_order)
{
    SOCKET pair[2];
    char text[16];

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK_INT(send(pair[0], "def", 3, 0), 3);
    CHECK_INT(recv(pair[1], text, 6, MSG_WAITALL), 6);
    CHECK(!memcmp(text, "abcdef", 6));
    close_pair(pair);
}

TEST(peeking_takes_nothing)
{
    SOCKET pair[2];
    char text[8];

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK_INT(recv(pair[1], text, sizeof(text), MSG_PEEK), 3);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 3);
    close_pair(pair);
}

TEST(success_clears_the_last_error)
{
    SOCKET pair[2];
    char text[8];

    tcp_pair(pair);
    WSASetLastError(4711);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK_INT(WSAGetLastError(), 0);
    WSASetLastError(4711);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 3);
    CHECK_INT(WSAGetLastError(), 0);
    close_pair(pair);
}

TEST(nothing_to_read_gives_wsaewouldblock)
{
    SOCKET pair[2], s;
    char byte;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAEWOULDBLOCK);
    udp_bound(&s, NULL);
    set_blocking(s, FALSE);
    CHECK_ERROR(recvfrom(s, &byte, 1, 0, NULL, NULL), WSAEWOULDBLOCK);
    CHECK_INT(closesocket(s), 0);
    close_pair(pair);
}

TEST(a_full_connection_gives_wsaewouldblock_and_loses_nothing)
{
    enum
    {
        PIECE = 65536
    };
    static char piece[PIECE], in[PIECE];
    unsigned long long sent = 0, got = 0;
    SOCKET pair[2];
    int len, i;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    for (i = 0; i < PIECE; i++) piece[i] = i * 7;
    for (;;)
    {
        len = send(pair[0], piece, PIECE, 0);
        if (len < 0) break;
        sent += len;
        CHECK(sent < 1024ull * 1024 * 1024);
    }
    CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    CHECK(sent > 0);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    while ((len = recv(pair[1], in, PIECE, 0)) > 0)
    {
        for (i = 0; i < len; i++)
            if (in[i] != piece[(got + i) % PIECE])
                harness_fail(__FILE__, __LINE__, "byte %llu is wrong", got + i);
        got += len;
    }
    CHECK_INT(len, 0);
    CHECK_INT(got, sent);
    close_pair(pair);
}

static DWORD WINAPI read_everything(void *arg)
{
    SOCKET s = *(SOCKET *)arg;
    static char in[65536];
    DWORD got = 0;
    int len;

    while ((len = recv(s, in, sizeof(in), 0)) > 0) got += len;
    return len ? 0 : got;
}

TEST(a_blocking_send_takes_everything)
{
    enum
    {
        SIZE = 16 * 1024 * 1024
    };
    SOCKET pair[2];
    HANDLE thread;
    DWORD got = 0;
    char *data;

    data = calloc(1, SIZE);
    tcp_pair(pair);
    thread = CreateThread(NULL, 0, read_everything, &pair[1], 0, NULL);
    CHECK_INT(send(pair[0], data, SIZE, 0), SIZE);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    WaitForSingleObject(thread, INFINITE);
    CHECK(GetExitCodeThread(thread, &got));
    CHECK_INT(got, SIZE);
    CloseHandle(thread);
    free(data);
    close_pair(pair);
}

TEST(several_buffers_are_one_transfer)
{
    char head[2], rest[16];
    WSABUF out[3] = {{2, (char *)"ab"}, {0, NULL}, {3, (char *)"cde"}},
           in[2] = {{2, head}, {sizeof(rest), rest}};
    DWORD count = 0, flags = 0;
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(WSASend(pair[0], out, 3, &count, 0, NULL, NULL), 0);
    CHECK_INT(count, 5);
    wait_readable(pair[1]);
    CHECK_INT(WSARecv(pair[1], in, 2, &count, &flags, NULL, NULL), 0);
    CHECK_INT(count, 5);
    CHECK(!memcmp(head, "ab", 2) && !memcmp(rest, "cde", 3));
    close_pair(pair);
}

TEST(a_receive_times_out)
{
    DWORD timeout = 100;
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, sizeof(timeout)), 0);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAETIMEDOUT);
    close_pair(pair);
}

TEST(transfers_need_a_connection)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), datagram = socket(AF_INET, SOCK_DGRAM, 0);
    char byte = 'x';

    CHECK_ERROR(send(s, &byte, 1, 0), WSAENOTCONN);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAENOTCONN);
    CHECK_ERROR(recvfrom(datagram, &byte, 1, 0, NULL, NULL), WSAEINVAL); /* not bound */
    CHECK_ERROR(send(datagram, &byte, 1, 0), WSAENOTCONN);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(datagram), 0);
}

TEST(unreadable_buffers_give_wsaefault)
{
    char *gone = VirtualAlloc(NULL, 4096, MEM_RESERVE, PAGE_NOACCESS);
    WSABUF buffer = {10, gone};
    DWORD count, flags = 0;
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK_ERROR(send(pair[0], gone, 10, 0), WSAEFAULT);
    CHECK_ERROR(WSASend(pair[0], &buffer, 1, &count, 0, NULL, NULL), WSAEFAULT);
    CHECK_ERROR(WSASend(pair[0], NULL, 1, &count, 0, NULL, NULL), WSAEFAULT);
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    wait_readable(pair[1]);
    CHECK_ERROR(recv(pair[1], gone, 10, 0), WSAEFAULT);
    CHECK_ERROR(WSARecv(pair[1], &buffer, 1, &count, &flags, NULL, NULL), WSAEFAULT);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 1); /* still there */
    VirtualFree(gone, 0, MEM_RELEASE);
    close_pair(pair);
}

/* --- Datagrams --- */

TEST(a_datagram_names_its_sender)
{
    struct sockaddr_in to, from_addr, from;
    int len = sizeof(from);
    SOCKET s, sender;
    char text[8];

    udp_bound(&s, &to);
    udp_bound(&sender, &from_addr);
    CHECK_INT(sendto(sender, "ping", 4, 0, (struct sockaddr *)&to, sizeof(to)), 4);
    memset(&from, 0, sizeof(from));
    CHECK_INT(recvfrom(s, text, sizeof(text), 0, (struct sockaddr *)&from, &len), 4);
    CHECK_INT(len, sizeof(from));
    CHECK_INT(from.sin_port, from_addr.sin_port);
    CHECK_INT(ntohl(from.sin_addr.s_addr), INADDR_LOOPBACK);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(sender), 0);
}

TEST(a_truncated_datagram_fills_the_buffer_and_gives_wsaemsgsize)
{
    struct sockaddr_in addr;
    char text[4];
    SOCKET s;

    udp_bound(&s, &addr);
    CHECK_INT(sendto(s, "abcdef", 6, 0, (struct sockaddr *)&addr, sizeof(addr)), 6);
    CHECK_INT(sendto(s, "next", 4, 0, (struct sockaddr *)&addr, sizeof(addr)), 4);
    CHECK_ERROR(recv(s, text, 4, 0), WSAEMSGSIZE);
    CHECK(!memcmp(text, "abcd", 4));
    CHECK_INT(recv(s, text, 4, 0), 4);
    CHECK(!memcmp(text, "next", 4));
    CHECK_INT(closesocket(s), 0);
}

TEST(an_empty_datagram_is_one)
{
    struct sockaddr_in addr;
    char text[4];
    SOCKET s;

    udp_bound(&s, &addr);
    CHECK_INT(sendto(s, "", 0, 0, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(recv(s, text, 4, 0), 0);
    CHECK_INT(closesocket(s), 0);
}

TEST(an_unreachable_peer_gives_wsaeconnreset)
{
    struct sockaddr_in addr;
    SOCKET s, gone;
    char text[4];

    udp_bound(&s, NULL);
    udp_bound(&gone, &addr);
    CHECK_INT(closesocket(gone), 0);
    CHECK_INT(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(send(s, "x", 1, 0), 1);
    CHECK_ERROR(recv(s, text, 4, 0), WSAECONNRESET);
    CHECK_INT(closesocket(s), 0);
}

TEST(sendto_binds)
{
    struct sockaddr_in addr, here;
    int len = sizeof(here);
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0), to;

    udp_bound(&to, &addr);
    CHECK_ERROR(getsockname(s, (struct sockaddr *)&here, &len), WSAEINVAL);
    CHECK_INT(sendto(s, "x", 1, 0, (struct sockaddr *)&addr, sizeof(addr)), 1);
    CHECK_INT(getsockname(s, (struct sockaddr *)&here, &len), 0);
    CHECK(here.sin_port != 0);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(to), 0);
}

/* --- Several threads --- */

static DWORD WINAPI user_apc_target(void *arg)
{
    char byte;

    return recv(*(SOCKET *)arg, &byte, 1, 0);
}

static LONG apc_ran;

static void CALLBACK count_apc(ULONG_PTR arg)
{
    (void)arg;
    InterlockedIncrement(&apc_ran);
}

TEST(a_user_apc_runs_during_a_blocking_receive)
{
    SOCKET pair[2];
    HANDLE thread;
    DWORD got;
    int i;

    apc_ran = 0;
    tcp_pair(pair);
    thread = CreateThread(NULL, 0, user_apc_target, &pair[1], 0, NULL);
    CHECK(QueueUserAPC(count_apc, thread, 0));
    for (i = 0; i < 100 && !apc_ran; i++) Sleep(100);
    CHECK_INT(apc_ran, 1);
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    WaitForSingleObject(thread, INFINITE);
    CHECK(GetExitCodeThread(thread, &got));
    CHECK_INT(got, 1);
    CloseHandle(thread);
    close_pair(pair);
}

struct stress
{
    SOCKET s;
    int value;
};

static DWORD WINAPI send_runs(void *arg)
{
    struct stress *stress = arg;
    static const int rounds = 50;
    char run[30000];
    int i;

    memset(run, stress->value, sizeof(run));
    for (i = 0; i < rounds; i++) CHECK_INT(send(stress->s, run, sizeof(run), 0), sizeof(run));
    return rounds;
}

/* One blocking send is one piece of the stream, whoever else sends. */
TEST(sends_of_two_threads_do_not_mix)
{
    struct stress stress[2];
    static char run[30000];
    HANDLE threads[2];
    SOCKET pair[2];
    int i, j;

    tcp_pair(pair);
    for (i = 0; i < 2; i++)
    {
        stress[i].s = pair[0];
        stress[i].value = 'a' + i;
        threads[i] = CreateThread(NULL, 0, send_runs, &stress[i], 0, NULL);
    }
    for (i = 0; i < 100; i++)
    {
        CHECK_INT(recv(pair[1], run, sizeof(run), MSG_WAITALL), sizeof(run));
        for (j = 1; j < (int)sizeof(run); j++)
            if (run[j] != run[0]) harness_fail(__FILE__, __LINE__, "piece %d is mixed at byte %d", i, j);
    }
    CHECK_INT(WaitForMultipleObjects(2, threads, TRUE, 10000), WAIT_OBJECT_0);
    CloseHandle(threads[0]);
    CloseHandle(threads[1]);
    close_pair(pair);
}
