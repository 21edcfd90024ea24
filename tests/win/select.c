/*
 * select: which of many sockets are ready.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#define FD_SETSIZE 300 /* Windows takes any number */
#include "harness.h"

#include <stddef.h>

static struct timeval no_time = {0, 0};
static struct timeval some_time = {0, 50000};
static struct timeval long_time = {10, 0};

static fd_set *set_of(fd_set *set, SOCKET s)
{
    FD_ZERO(set);
    FD_SET(s, set);
    return set;
}

static SOCKET new_stream(void)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

    CHECK(s != INVALID_SOCKET);
    return s;
}

/* A port that nobody listens on. */
static struct sockaddr_in closed_port(void)
{
    struct sockaddr_in addr;
    SOCKET s = tcp_listener(&addr);

    closesocket(s);
    return addr;
}

static void reset(SOCKET s)
{
    struct linger linger = {1, 0};

    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    closesocket(s);
}

static void CALLBACK count_apc(ULONG_PTR counter)
{
    ++*(int *)counter;
}

TEST(select_of_nothing_is_invalid)
{
    fd_set read, write, except;

    FD_ZERO(&read);
    FD_ZERO(&write);
    FD_ZERO(&except);
    CHECK_ERROR(select(0, NULL, NULL, NULL, &no_time), WSAEINVAL);
    CHECK_ERROR(select(0, NULL, NULL, NULL, NULL), WSAEINVAL);
    CHECK_ERROR(select(0, &read, &write, &except, &no_time), WSAEINVAL);
}

TEST(select_refuses_what_is_no_socket_and_leaves_the_sets)
{
    static const SOCKET strangers[] = {INVALID_SOCKET, 0, 0xabacab};
    SOCKET pair[2], closed = new_stream();
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    fd_set sets[3];
    unsigned int i, kind;

    closesocket(closed);
    tcp_pair(pair);
    for (i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
    {
        for (kind = 0; kind < 3; kind++)
        {
            set_of(&sets[0], pair[0]);
            set_of(&sets[1], pair[0]);
            set_of(&sets[2], pair[0]);
            FD_SET(strangers[i], &sets[kind]);
            CHECK_ERROR(select(0, &sets[0], &sets[1], &sets[2], &no_time), WSAENOTSOCK);
            CHECK_INT(sets[kind].fd_count, 2);
            CHECK(FD_ISSET(strangers[i], &sets[kind]));
            CHECK_INT(sets[(kind + 1) % 3].fd_count, 1);
        }
        CHECK_ERROR(select(0, set_of(&sets[0], strangers[i]), NULL, NULL, &no_time), WSAENOTSOCK);
    }
    CHECK_ERROR(select(0, set_of(&sets[0], closed), NULL, NULL, &no_time), WSAENOTSOCK);
    CHECK_ERROR(select(0, set_of(&sets[0], (SOCKET)event), NULL, NULL, &no_time), WSAENOTSOCK);
    CloseHandle(event);
    close_pair(pair);
}

TEST(select_refuses_a_file)
{
    char path[MAX_PATH];
    fd_set set;
    HANDLE file;

    GetModuleFileNameA(NULL, path, sizeof(path));
    file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK_ERROR(select(0, set_of(&set, (SOCKET)file), NULL, NULL, &no_time), WSAENOTSOCK);
    CloseHandle(file);
}

TEST(select_ignores_its_first_argument)
{
    static const int values[] = {0, -1, 1, 0x7fffffff};
    SOCKET pair[2];
    fd_set write;
    unsigned int i;

    tcp_pair(pair);
    for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        CHECK_INT(select(values[i], NULL, set_of(&write, pair[0]), NULL, &no_time), 1);
    close_pair(pair);
}

TEST(select_reports_data_to_read)
{
    SOCKET pair[2];
    fd_set read;

    tcp_pair(pair);
    CHECK_INT(select(0, set_of(&read, pair[1]), NULL, NULL, &no_time), 0);
    CHECK_INT(read.fd_count, 0);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(select(0, set_of(&read, pair[1]), NULL, NULL, &long_time), 1);
    CHECK(FD_ISSET(pair[1], &read));
    close_pair(pair);
}

TEST(select_reports_a_datagram_to_read)
{
    struct sockaddr_in addr;
    SOCKET s;
    fd_set read;

    udp_bound(&s, &addr);
    CHECK_INT(select(0, set_of(&read, s), NULL, NULL, &no_time), 0);
    CHECK_INT(sendto(s, "", 0, 0, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(select(0, set_of(&read, s), NULL, NULL, &long_time), 1);
    closesocket(s);
}

TEST(select_reports_a_full_stream_as_not_writable)
{
    static char data[65536];
    SOCKET pair[2];
    fd_set write;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    CHECK_INT(select(0, NULL, set_of(&write, pair[0]), NULL, &no_time), 1);
    while (send(pair[0], data, sizeof(data), 0) > 0)
    {
    }
    CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    CHECK_INT(select(0, NULL, set_of(&write, pair[0]), NULL, &no_time), 0);
    CHECK_INT(write.fd_count, 0);
    close_pair(pair);
}

static DWORD CALLBACK drain_later(void *arg)
{
    static char data[65536];
    int left = 16 << 20, got;

    Sleep(50);
    while (left > 0 && (got = recv((SOCKET)arg, data, sizeof(data), 0)) > 0) left -= got;
    return left;
}

TEST(select_waits_for_room_until_all_of_a_large_send_is_on_its_way)
{
    const int size = 16 << 20;
    char *data = calloc(1, size);
    SOCKET pair[2];
    HANDLE thread;
    fd_set write;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    CHECK_INT(send(pair[0], data, size, 0), size);
    CHECK_INT(select(0, NULL, set_of(&write, pair[0]), NULL, &no_time), 0);
    CHECK_ERROR(send(pair[0], data, 1, 0), WSAEWOULDBLOCK);
    CHECK_INT(select(0, NULL, set_of(&write, pair[0]), NULL, &some_time), 0);
    thread = CreateThread(NULL, 0, drain_later, (void *)pair[1], 0, NULL);
    CHECK_INT(select(0, NULL, set_of(&write, pair[0]), NULL, NULL), 1);
    CHECK_INT(send(pair[0], data, 1, 0), 1);
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CloseHandle(thread);
    free(data);
    close_pair(pair);
}

TEST(select_reports_a_waiting_connection_as_readable)
{
    SOCKET listener, client = new_stream();
    struct sockaddr_in addr;
    fd_set read, write, except;

    listener = tcp_listener(&addr);
    set_of(&write, listener);
    set_of(&except, listener);
    CHECK_INT(select(0, set_of(&read, listener), &write, &except, &no_time), 0);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    set_of(&write, listener);
    set_of(&except, listener);
    CHECK_INT(select(0, set_of(&read, listener), &write, &except, &long_time), 1);
    CHECK(FD_ISSET(listener, &read));
    closesocket(client);
    closesocket(listener);
}

TEST(select_reports_the_end_of_a_stream_as_readable)
{
    SOCKET pair[2];
    fd_set read;
    char buffer;

    tcp_pair(pair);
    closesocket(pair[0]);
    CHECK_INT(select(0, set_of(&read, pair[1]), NULL, NULL, &long_time), 1);
    CHECK_INT(recv(pair[1], &buffer, 1, 0), 0);
    CHECK_INT(select(0, set_of(&read, pair[1]), NULL, NULL, &long_time), 1);
    closesocket(pair[1]);
}

TEST(select_reports_a_reset_as_readable)
{
    SOCKET pair[2];
    fd_set read;
    char buffer;

    tcp_pair(pair);
    reset(pair[0]);
    CHECK_INT(select(0, set_of(&read, pair[1]), NULL, NULL, &long_time), 1);
    CHECK_ERROR(recv(pair[1], &buffer, 1, 0), WSAECONNRESET);
    closesocket(pair[1]);
}

TEST(select_reports_a_finished_connect_as_writable)
{
    SOCKET listener, client = new_stream();
    struct sockaddr_in addr;
    fd_set read, write, except;

    listener = tcp_listener(&addr);
    set_blocking(client, FALSE);
    CHECK_ERROR(connect(client, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    set_of(&read, client);
    set_of(&except, client);
    CHECK_INT(select(0, &read, set_of(&write, client), &except, &long_time), 1);
    CHECK(FD_ISSET(client, &write));
    closesocket(client);
    closesocket(listener);
}

TEST(select_reports_a_failed_connect_as_exception_only)
{
    struct sockaddr_in addr = closed_port();
    SOCKET client = new_stream();
    fd_set read, write, except;
    unsigned int i;

    set_blocking(client, FALSE);
    CHECK_ERROR(connect(client, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    for (i = 0; i < 2; i++) /* it stays so */
    {
        set_of(&read, client);
        set_of(&write, client);
        CHECK_INT(select(0, &read, &write, set_of(&except, client), &long_time), 1);
        CHECK(FD_ISSET(client, &except));
        CHECK_INT(read.fd_count, 0);
        CHECK_INT(write.fd_count, 0);
    }
    closesocket(client);
}

TEST(select_gives_a_stream_that_was_never_connected_nothing)
{
    SOCKET s = new_stream();
    fd_set read, write, except;

    set_of(&read, s);
    set_of(&write, s);
    CHECK_INT(select(0, &read, &write, set_of(&except, s), &some_time), 0);
    CHECK_INT(read.fd_count, 0);
    CHECK_INT(write.fd_count, 0);
    CHECK_INT(except.fd_count, 0);
    closesocket(s);
}

TEST(select_gives_an_unbound_datagram_socket_room_to_write)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    fd_set read, write, except;

    set_of(&read, s);
    set_of(&except, s);
    CHECK_INT(select(0, &read, set_of(&write, s), &except, &no_time), 1);
    CHECK(FD_ISSET(s, &write));
    closesocket(s);
}

TEST(select_reports_urgent_data_as_exception)
{
    SOCKET pair[2];
    fd_set read, except;
    char buffer = 0;

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "u", 1, MSG_OOB), 1);
    set_of(&read, pair[1]);
    CHECK_INT(select(0, &read, NULL, set_of(&except, pair[1]), &long_time), 1);
    CHECK(FD_ISSET(pair[1], &except));
    CHECK_INT(recv(pair[1], &buffer, 1, MSG_OOB), 1);
    CHECK_INT(buffer, 'u');
    close_pair(pair);
}

TEST(select_reports_urgent_data_in_line_as_readable)
{
    SOCKET pair[2];
    fd_set read, except;
    int on = 1;

    tcp_pair(pair);
    CHECK_INT(setsockopt(pair[1], SOL_SOCKET, SO_OOBINLINE, (char *)&on, sizeof(on)), 0);
    CHECK_INT(send(pair[0], "u", 1, MSG_OOB), 1);
    set_of(&read, pair[1]);
    CHECK_INT(select(0, &read, NULL, set_of(&except, pair[1]), &long_time), 1);
    CHECK(FD_ISSET(pair[1], &read));
    close_pair(pair);
}

TEST(select_takes_more_than_64_sockets)
{
    static fd_set write, read;
    SOCKET sockets[200];
    unsigned int i;

    FD_ZERO(&write);
    FD_ZERO(&read);
    for (i = 0; i < 200; i++)
    {
        sockets[i] = socket(AF_INET, SOCK_DGRAM, 0);
        CHECK(sockets[i] != INVALID_SOCKET);
        FD_SET(sockets[i], &write);
        FD_SET(sockets[i], &read);
    }
    CHECK_INT(select(0, &read, &write, NULL, &no_time), 200);
    CHECK_INT(write.fd_count, 200);
    CHECK_INT(read.fd_count, 0);
    for (i = 0; i < 200; i++) CHECK_INT(write.fd_array[i], sockets[i]);
    for (i = 0; i < 200; i++) closesocket(sockets[i]);
}

TEST(select_counts_a_socket_that_is_in_a_set_twice_once)
{
    SOCKET pair[2];
    fd_set write;

    tcp_pair(pair);
    write.fd_count = 3;
    write.fd_array[0] = write.fd_array[2] = pair[0];
    write.fd_array[1] = pair[1];
    CHECK_INT(select(0, NULL, &write, NULL, &no_time), 2);
    CHECK_INT(write.fd_count, 2);
    CHECK_INT(write.fd_array[0], pair[0]);
    CHECK_INT(write.fd_array[1], pair[1]);
    CHECK_INT(write.fd_array[2], pair[0]); /* was not touched */
    close_pair(pair);
}

TEST(select_counts_a_socket_once_for_each_set)
{
    SOCKET pair[2];
    fd_set read, write, except;

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(select(0, set_of(&read, pair[1]), NULL, NULL, &long_time), 1);
    set_of(&write, pair[1]);
    set_of(&except, pair[1]);
    CHECK_INT(select(0, set_of(&read, pair[1]), &write, &except, &no_time), 2);
    CHECK_INT(read.fd_count, 1);
    CHECK_INT(write.fd_count, 1);
    CHECK_INT(except.fd_count, 0);
    close_pair(pair);
}

TEST(select_takes_one_set_for_two)
{
    SOCKET pair[2];
    fd_set set;

    tcp_pair(pair);
    set_of(&set, pair[0]);
    FD_SET(pair[1], &set);
    CHECK_INT(select(0, &set, &set, NULL, &no_time), 2);
    CHECK_INT(set.fd_count, 2);
    close_pair(pair);
}

TEST(select_times_out_and_leaves_the_timeval)
{
    struct timeval timeout = {0, 30000};
    SOCKET pair[2];
    fd_set read;

    tcp_pair(pair);
    WSASetLastError(0xdead);
    CHECK_INT(select(0, set_of(&read, pair[0]), NULL, NULL, &timeout), 0);
    CHECK_INT(WSAGetLastError(), 0);
    CHECK_INT(read.fd_count, 0);
    CHECK_INT(timeout.tv_sec, 0);
    CHECK_INT(timeout.tv_usec, 30000);
    close_pair(pair);
}

TEST(select_takes_more_than_a_million_microseconds)
{
    struct timeval timeout = {0, 1200000};
    SOCKET pair[2];
    fd_set write;

    tcp_pair(pair);
    CHECK_INT(select(0, NULL, set_of(&write, pair[0]), NULL, &timeout), 1);
    close_pair(pair);
}

TEST(select_refuses_a_negative_time)
{
    struct timeval seconds = {-1, 0}, microseconds = {0, -1};
    SOCKET pair[2];
    fd_set write;

    tcp_pair(pair);
    CHECK_ERROR(select(0, NULL, set_of(&write, pair[0]), NULL, &seconds), WSAEINVAL);
    CHECK_ERROR(select(0, NULL, set_of(&write, pair[0]), NULL, &microseconds), WSAEINVAL);
    CHECK_INT(write.fd_count, 1);
    close_pair(pair);
}

TEST(select_from_bad_pointers_is_a_fault)
{
    char *pages = VirtualAlloc(NULL, 8192, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    fd_set *bad = (fd_set *)0xdeadbee0, *torn = (fd_set *)(pages + 4096 - offsetof(fd_set, fd_array[1]));
    SOCKET pair[2];
    fd_set write;
    DWORD old;

    tcp_pair(pair);
    CHECK(VirtualProtect(pages + 4096, 4096, PAGE_NOACCESS, &old));
    CHECK_ERROR(select(0, bad, NULL, NULL, &no_time), WSAEFAULT);
    CHECK_ERROR(select(0, NULL, bad, NULL, &no_time), WSAEFAULT);
    CHECK_ERROR(select(0, NULL, set_of(&write, pair[0]), bad, &no_time), WSAEFAULT);
    CHECK_ERROR(select(0, NULL, set_of(&write, pair[0]), NULL, (struct timeval *)0xdeadbee0), WSAEFAULT);
    torn->fd_count = 2;
    torn->fd_array[0] = pair[0];
    CHECK_ERROR(select(0, NULL, torn, NULL, &no_time), WSAEFAULT);
    /* a set may end with its last socket */
    torn->fd_count = 1;
    CHECK_INT(select(0, NULL, torn, NULL, &no_time), 1);
    VirtualFree(pages, 0, MEM_RELEASE);
    close_pair(pair);
}

TEST(select_runs_user_apcs_while_it_waits)
{
    SOCKET pair[2];
    fd_set read;
    int count = 0;

    tcp_pair(pair);
    CHECK(QueueUserAPC(count_apc, GetCurrentThread(), (ULONG_PTR)&count));
    CHECK_INT(select(0, set_of(&read, pair[0]), NULL, NULL, &some_time), 0);
    CHECK_INT(count, 1);
    close_pair(pair);
}

TEST(select_runs_no_apc_when_something_is_ready)
{
    SOCKET pair[2];
    fd_set write;
    int count = 0;

    tcp_pair(pair);
    CHECK(QueueUserAPC(count_apc, GetCurrentThread(), (ULONG_PTR)&count));
    CHECK_INT(select(0, NULL, set_of(&write, pair[0]), NULL, &some_time), 1);
    CHECK_INT(count, 0);
    SleepEx(0, TRUE);
    CHECK_INT(count, 1);
    close_pair(pair);
}

struct nested
{
    SOCKET ready, waited_for;
    int result;
};

/* Selects itself, then ends the wait that it interrupts. */
static void CALLBACK select_apc(ULONG_PTR arg)
{
    struct nested *nested = (struct nested *)arg;
    fd_set write;

    nested->result = select(0, NULL, set_of(&write, nested->ready), NULL, &long_time);
    send(nested->ready, "data", 4, 0);
}

TEST(select_inside_an_apc_inside_select)
{
    struct nested nested;
    SOCKET pair[2];
    fd_set read;

    tcp_pair(pair);
    nested.ready = pair[0];
    nested.result = -2;
    CHECK(QueueUserAPC(select_apc, GetCurrentThread(), (ULONG_PTR)&nested));
    CHECK_INT(select(0, set_of(&read, pair[1]), NULL, NULL, &long_time), 1);
    CHECK_INT(nested.result, 1);
    close_pair(pair);
}

static DWORD CALLBACK send_later(void *arg)
{
    Sleep(50);
    return send((SOCKET)arg, "data", 4, 0);
}

static DWORD CALLBACK close_later(void *arg)
{
    Sleep(50);
    return closesocket((SOCKET)arg);
}

static void join(HANDLE thread, DWORD expected)
{
    DWORD code = 0xdead;

    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &code);
    CHECK_INT(code, expected);
    CloseHandle(thread);
}

TEST(select_wakes_up_for_another_threads_data)
{
    SOCKET pair[2];
    HANDLE thread;
    fd_set read;

    tcp_pair(pair);
    thread = CreateThread(NULL, 0, send_later, (void *)pair[0], 0, NULL);
    CHECK_INT(select(0, set_of(&read, pair[1]), NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(pair[1], &read));
    join(thread, 4);
    close_pair(pair);
}

TEST(select_finds_a_socket_readable_that_another_thread_closes)
{
    SOCKET pair[2];
    HANDLE thread;
    fd_set read, except;

    tcp_pair(pair);
    thread = CreateThread(NULL, 0, close_later, (void *)pair[0], 0, NULL);
    set_of(&except, pair[0]);
    CHECK_INT(select(0, set_of(&read, pair[0]), NULL, &except, &long_time), 1);
    CHECK(FD_ISSET(pair[0], &read));
    CHECK_INT(except.fd_count, 0);
    join(thread, 0);
    closesocket(pair[1]);
}

TEST(select_fails_when_a_socket_it_does_not_read_is_closed)
{
    SOCKET pair[2];
    HANDLE thread;
    fd_set except;

    tcp_pair(pair);
    thread = CreateThread(NULL, 0, close_later, (void *)pair[0], 0, NULL);
    CHECK_ERROR(select(0, NULL, NULL, set_of(&except, pair[0]), &long_time), WSAENOTSOCK);
    CHECK(!FD_ISSET(pair[0], &except));
    join(thread, 0);
    closesocket(pair[1]);
}

TEST(select_works_on_a_socket_without_overlapped_attribute)
{
    SOCKET listener, client = WSASocketA(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, 0);
    struct sockaddr_in addr;
    fd_set read, write;

    CHECK(client != INVALID_SOCKET);
    listener = tcp_listener(&addr);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(select(0, NULL, set_of(&write, client), NULL, &no_time), 1);
    CHECK_INT(select(0, set_of(&read, client), NULL, NULL, &some_time), 0);
    closesocket(client);
    closesocket(listener);
}

TEST(select_works_on_a_duplicate_handle)
{
    SOCKET pair[2];
    HANDLE duplicate;
    fd_set write;

    tcp_pair(pair);
    CHECK(DuplicateHandle(GetCurrentProcess(), (HANDLE)pair[0], GetCurrentProcess(), &duplicate, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK_INT(select(0, NULL, set_of(&write, (SOCKET)duplicate), NULL, &no_time), 1);
    CloseHandle(duplicate);
    close_pair(pair);
}

TEST(select_needs_startup)
{
    WSADATA data;
    SOCKET pair[2];
    fd_set write;

    tcp_pair(pair);
    CHECK_INT(WSACleanup(), 0);
    WSASetLastError(0);
    CHECK_INT(select(0, NULL, set_of(&write, pair[0]), NULL, &no_time), SOCKET_ERROR);
    CHECK_INT(WSAGetLastError(), WSANOTINITIALISED);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
}

TEST(fd_isset_looks_at_all_of_a_set)
{
    fd_set set;

    FD_ZERO(&set);
    CHECK_INT(__WSAFDIsSet(4, &set), 0);
    FD_SET(4, &set);
    FD_SET(8, &set);
    CHECK_INT(__WSAFDIsSet(4, &set), 1);
    CHECK_INT(__WSAFDIsSet(8, &set), 1);
    CHECK_INT(__WSAFDIsSet(12, &set), 0);
}
