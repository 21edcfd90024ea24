/*
 * Programs end, however they do it, and whatever their sockets and threads are in at that moment.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each test starts programs in every state there is here, several at a time, and waits for their ends.
 * ENDING_ROUNDS of the environment says how often; 1 unless said otherwise.
 */
#include "port.h"
#include "rio.h"
#include "unix_sockets.h"

#define CODE 37
#define MANY 32

static volatile LONG stop;
static HANDLE main_thread;
static HANDLE threads[MANY];
static SOCKET sockets[MANY];
static unsigned int thread_count, socket_count;

/* --- What a program is in: threads end once stop is set and the sockets are closed --- */

static void begin(LPTHREAD_START_ROUTINE routine, SOCKET s)
{
    CHECK(thread_count < MANY);
    CHECK((threads[thread_count++] = CreateThread(NULL, 0, routine, (void *)s, 0, NULL)) != NULL);
}

static SOCKET keep(SOCKET s)
{
    CHECK(socket_count < MANY);
    return sockets[socket_count++] = s;
}

static void keep_pair(SOCKET pair[2])
{
    keep(pair[0]);
    keep(pair[1]);
}

static DWORD WINAPI send_on(void *context)
{
    char data[100] = {0};

    while (!stop && send((SOCKET)context, data, sizeof(data), 0) > 0) continue;
    return CODE;
}

static DWORD WINAPI receive_on(void *context)
{
    char data[3000];

    while (recv((SOCKET)context, data, sizeof(data), 0) > 0) continue;
    return CODE;
}

static void transfer(void)
{
    SOCKET pair[2];

    tcp_pair(pair);
    keep_pair(pair);
    begin(send_on, pair[0]);
    begin(receive_on, pair[1]);
    begin(receive_on, pair[0]);
}

static DWORD WINAPI accept_on(void *context)
{
    accept((SOCKET)context, NULL, NULL);
    return CODE;
}

static DWORD WINAPI select_on(void *context)
{
    fd_set set = {1, {(SOCKET)context}};

    select(0, &set, NULL, NULL, NULL);
    return CODE;
}

static void wait_for_peers(void)
{
    SOCKET pair[2];

    tcp_pair(pair);
    keep_pair(pair);
    begin(receive_on, pair[0]);
    begin(select_on, pair[1]);
    begin(accept_on, keep(tcp_listener(NULL)));
}

static DWORD WINAPI make_on(void *unused)
{
    (void)unused;
    while (!stop) closesocket(socket(AF_INET, SOCK_STREAM, 0));
    return CODE;
}

static DWORD WINAPI connect_on(void *unused)
{
    SOCKET pair[2];

    (void)unused;
    while (!stop)
    {
        tcp_pair(pair);
        send(pair[0], "x", 1, 0);
        CloseHandle((HANDLE)pair[0]);
        closesocket(pair[1]);
    }
    return CODE;
}

static void make(void)
{
    begin(make_on, 0);
    begin(connect_on, 0);
}

static DWORD WINAPI end_at_once(void *unused)
{
    (void)unused;
    return CODE;
}

static DWORD WINAPI begin_on(void *unused)
{
    (void)unused;
    while (!stop)
    {
        HANDLE thread = CreateThread(NULL, 0, end_at_once, NULL, 0, NULL);

        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
    }
    return CODE;
}

static void begin_threads(void)
{
    begin(begin_on, 0);
    begin(begin_on, 0);
    transfer();
}

static DWORD WINAPI send_slowly(void *context)
{
    while (!stop && send((SOCKET)context, "x", 1, 0) > 0) Sleep(1);
    return CODE;
}

static DWORD WINAPI take_events(void *context)
{
    const SOCKET s = (SOCKET)context;
    WSAEVENT event = WSACreateEvent();
    WSANETWORKEVENTS events;
    char data[100];

    WSAEventSelect(s, event, FD_READ | FD_WRITE | FD_CLOSE);
    while (!stop)
    {
        WaitForSingleObject(event, 10);
        WSAEnumNetworkEvents(s, event, &events);
        recv(s, data, sizeof(data), 0);
    }
    return CODE;
}

static void select_events(void)
{
    SOCKET pair[2];

    tcp_pair(pair);
    keep_pair(pair);
    begin(send_slowly, pair[0]);
    begin(take_events, pair[1]);
}

static HANDLE port;

static DWORD WINAPI take_packets(void *context)
{
    static char data[100];
    static OVERLAPPED overlapped;
    const SOCKET s = (SOCKET)context;
    WSABUF buffer = {sizeof(data), data};
    OVERLAPPED *taken;
    DWORD size, flags;
    ULONG_PTR key;

    while (!stop)
    {
        flags = 0;
        WSARecv(s, &buffer, 1, &size, &flags, &overlapped, NULL);
        while (!stop && !GetQueuedCompletionStatus(port, &size, &key, &taken, 10)) continue;
    }
    return CODE;
}

static void wait_at_ports(void)
{
    static OVERLAPPED overlapped[2];
    SOCKET pair[2];
    DWORD flags = 0;

    tcp_pair(pair);
    keep_pair(pair);
    begin(send_slowly, pair[0]);
    port = port_of(pair[1]);
    begin(take_packets, pair[1]);
    tcp_pair(pair);
    keep_pair(pair);
    port_of(pair[0]);
    CHECK_ERROR(WSARecv(pair[0], &(WSABUF){0, NULL}, 1, NULL, &flags, &overlapped[0], NULL), WSA_IO_PENDING);
    CHECK_ERROR(WSARecv(pair[1], &(WSABUF){0, NULL}, 1, NULL, &flags, &overlapped[1], NULL), WSA_IO_PENDING);
}

static void register_buffers(void)
{
    static char data[64];
    SOCKADDR_INET name;
    RIO_CQ completion;
    RIO_BUF buffer;
    RIO_RQ queue;

    rio_load();
    CHECK((completion = rio.RIOCreateCompletionQueue(8, NULL)) != RIO_INVALID_CQ);
    CHECK((queue = rio.RIOCreateRequestQueue(keep(rio_udp(AF_INET, &name)), 4, 1, 4, 1, completion,
                                             completion, NULL)) != RIO_INVALID_RQ);
    buffer = (RIO_BUF){rio.RIORegisterBuffer(data, sizeof(data)), 0, sizeof(data)};
    CHECK(rio.RIOReceive(queue, &buffer, 1, 0, NULL));
}

static void leave_over(void)
{
    static char data[4 << 20];
    SOCKET pair[2];

    tcp_pair(pair);
    keep(pair[1]);
    set_blocking(pair[0], FALSE);
    CHECK_INT(send(pair[0], data, sizeof(data), 0), sizeof(data));
    closesocket(pair[0]);
}

static void relay(void)
{
    SOCKET pair[2];

    unix_pair(pair);
    keep_pair(pair);
    begin(send_slowly, pair[0]);
    begin(receive_on, pair[1]);
    unix_pair(pair);
    keep_pair(pair);
    begin(receive_on, pair[0]);
}

static void CALLBACK resolved(DWORD error, DWORD bytes, OVERLAPPED *overlapped)
{
    (void)error, (void)bytes, (void)overlapped;
}

static void ask_the_network(void)
{
    static OVERLAPPED overlapped[4];
    static ADDRINFOEXW *found[4];
    SOCKET s = keep(socket(AF_INET, SOCK_DGRAM, 0));
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    DWORD size;
    int i;

    CHECK_ERROR(WSAIoctl(s, SIO_ADDRESS_LIST_CHANGE, NULL, 0, NULL, 0, &size, &overlapped[0], NULL),
                WSA_IO_PENDING);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
    for (i = 1; i < 4; i++)
        CHECK_INT(GetAddrInfoExW(L"localhost", NULL, NS_ALL, NULL, NULL, &found[i], NULL, &overlapped[i],
                                 resolved, NULL),
                  WSA_IO_PENDING);
}

static void nothing(void)
{
}

static const struct state
{
    const char *name;
    void (*enter)(void);
    BOOL runs; /* threads that never wait for long */
} states[] = {
    {"nothing", nothing, FALSE},
    {"transfers", transfer, TRUE},
    {"waits", wait_for_peers, FALSE},
    {"new sockets", make, TRUE},
    {"new threads", begin_threads, TRUE},
    {"selections", select_events, TRUE},
    {"ports", wait_at_ports, TRUE},
    {"registered I/O", register_buffers, FALSE},
    {"what is left to send", leave_over, FALSE},
    {"AF_UNIX", relay, TRUE},
    {"questions", ask_the_network, FALSE},
};

/* --- Ways to end --- */

static void let_threads_end(void)
{
    unsigned int i;

    InterlockedExchange(&stop, TRUE);
    for (i = 0; i < socket_count; i++) closesocket(sockets[i]);
}

static void by_return(void)
{
}

static DWORD WINAPI exit_process(void *unused)
{
    (void)unused;
    ExitProcess(CODE);
}

static void by_another_threads_exit(void)
{
    begin(exit_process, 0);
    Sleep(INFINITE);
}

static void by_exits_of_many(void)
{
    begin(exit_process, 0);
    begin(exit_process, 0);
    ExitProcess(CODE);
}

static void by_termination(void)
{
    TerminateProcess(GetCurrentProcess(), CODE);
}

static void with_the_last_threads(void)
{
    let_threads_end();
    ExitThread(CODE);
}

static DWORD WINAPI end_after_the_main_one(void *unused)
{
    (void)unused;
    WaitForSingleObject(main_thread, INFINITE);
    let_threads_end();
    return CODE;
}

static void with_another_thread(void)
{
    begin(end_after_the_main_one, 0);
    ExitThread(1);
}

static DWORD WINAPI terminate_the_main_one(void *unused)
{
    (void)unused;
    let_threads_end();
    TerminateThread(main_thread, 1);
    WaitForSingleObject(main_thread, INFINITE);
    return CODE;
}

static void with_a_terminated_main_thread(void)
{
    begin(terminate_the_main_one, 0);
    Sleep(INFINITE);
}

static void with_terminated_threads(void)
{
    unsigned int i;

    for (i = 0; i < thread_count; i++) TerminateThread(threads[i], 1);
    TerminateThread(GetCurrentThread(), CODE);
}

static void (*const ways[])(void) = {
    by_return,
    by_another_threads_exit,
    by_exits_of_many,
    by_termination,
    with_the_last_threads,
    with_another_thread,
    with_a_terminated_main_thread,
    with_terminated_threads,
};

static unsigned int number_of(void (*way)(void))
{
    unsigned int i;

    for (i = 0; ways[i] != way; i++) continue;
    return i;
}

CHILD(ends)
{
    CHECK_INT(argc, 3);
    CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &main_thread, 0,
                          FALSE, DUPLICATE_SAME_ACCESS));
    states[atoi(argv[1])].enter();
    if (atoi(argv[2])) Sleep(atoi(argv[2]));
    ways[atoi(argv[0])]();
    return CODE;
}

/* --- The tests --- */

#define PATIENCE 20000 /* ms */

static unsigned int rounds(void)
{
    const char *text = getenv("ENDING_ROUNDS");

    return text && atoi(text) > 0 ? atoi(text) : 1;
}

/* All states at once, so that they keep each other waiting. A thread that is terminated takes along the
 * locks that it has, the heap's and the loader's, so those wait by then. */
static void try_states(void (*way)(void), unsigned int round)
{
    HANDLE processes[ARRAYSIZE(states)] = {NULL};
    const BOOL terminates = way == with_terminated_threads;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(states); i++)
        if (!terminates || !states[i].runs)
            processes[i] =
                harness_spawn("ends", "%u %u %u", number_of(way), i, terminates ? 300 : (round + i) % 4);
    for (i = 0; i < ARRAYSIZE(states); i++)
    {
        DWORD code = 0;

        if (!processes[i]) continue;
        if (WaitForSingleObject(processes[i], PATIENCE))
            harness_fail(__FILE__, __LINE__, "with %s it does not end", states[i].name);
        GetExitCodeProcess(processes[i], &code);
        if (code != CODE)
            harness_fail(__FILE__, __LINE__, "with %s it ends with code %lu", states[i].name, code);
        CloseHandle(processes[i]);
    }
}

static void try_all(void (*way)(void))
{
    unsigned int i;

    for (i = 0; i < rounds(); i++) try_states(way, i);
}

TEST(a_program_ends_when_its_main_function_returns)
{
    try_all(by_return);
}

TEST(a_program_ends_when_another_thread_exits)
{
    try_all(by_another_threads_exit);
}

TEST(a_program_ends_when_threads_exit_at_the_same_time)
{
    try_all(by_exits_of_many);
}

TEST(a_program_ends_when_it_terminates_itself)
{
    try_all(by_termination);
}

TEST(a_program_ends_with_its_last_threads_at_the_same_time)
{
    try_all(with_the_last_threads);
}

TEST(a_program_ends_with_another_thread_than_its_main_one)
{
    try_all(with_another_thread);
}

TEST(a_program_ends_with_another_thread_that_terminated_its_main_one)
{
    try_all(with_a_terminated_main_thread);
}

TEST(a_program_ends_when_its_last_thread_is_terminated)
{
    try_all(with_terminated_threads);
}
