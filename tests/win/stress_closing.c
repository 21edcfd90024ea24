/*
 * Sockets that are closed while they are used in every way.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stress_ways.h"

#define USERS 5

static unsigned int seed;
static volatile LONG stop, passed[USERS];
static volatile SOCKET shared[8];

static void select_events(SOCKET s)
{
    WSAEVENT event = CreateEventW(NULL, TRUE, FALSE, NULL);
    WSANETWORKEVENTS events;

    WSAEventSelect(s, event, FD_READ | FD_WRITE | FD_CLOSE);
    WSAEnumNetworkEvents(s, event, &events);
    WSAEventSelect(s, NULL, 0);
    CloseHandle(event);
}

static void receive_and_cancel(SOCKET s)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    char data[64];
    WSABUF buffer = {sizeof(data), data};
    DWORD got, flags = 0;

    if (WSARecv(s, &buffer, 1, &got, &flags, &overlapped, NULL) && WSAGetLastError() == WSA_IO_PENDING)
    {
        CancelIoEx((HANDLE)s, (OVERLAPPED *)&overlapped);
        /* closing the socket ends it, too */
        if (WaitForSingleObject(overlapped.hEvent, 5000)) abort();
    }
    CloseHandle(overlapped.hEvent);
}

static void ask(SOCKET s)
{
    struct timeval some_time = {0, 1000};
    SOCKADDR_STORAGE name;
    int size = sizeof(name), value = 1;
    WSAPOLLFD fd = {s, POLLRDNORM, 0};
    fd_set set = {1, {s}};
    u_long count;

    getsockname(s, (struct sockaddr *)&name, &size);
    size = sizeof(value);
    getsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&value, &size);
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&value, sizeof(value));
    ioctlsocket(s, FIONREAD, &count);
    WSAPoll(&fd, 1, 1);
    select(0, &set, NULL, NULL, &some_time);
}

static DWORD WINAPI user(void *arg)
{
    const unsigned int self = (UINT_PTR)arg;
    struct random random = {seed + self};
    char data[512] = {0};

    while (!stop)
    {
        SOCKET s = shared[random_below(&random, 8)];

        passed[self]++;
        switch (random_below(&random, 8))
        {
        case 0: send(s, data, random_below(&random, sizeof(data)), 0); break;
        case 1: stress_send_by_duplicate(s); break;
        case 2: select_events(s); break;
        case 3: receive_and_cancel(s); break;
        case 4: shutdown(s, random_below(&random, 3)); break;
        case 5: stress_send_by_handle(s); break;
        case 6: ask(s); break;
        default: recv(s, data, sizeof(data), 0); break;
        }
    }
    return 0;
}

/* Until each user is in another call than now, or stays in this one. */
static void let_users_pass(void)
{
    LONG before[USERS];
    unsigned int i, tries;

    for (i = 0; i < USERS; i++) before[i] = passed[i];
    for (tries = 0; tries < 20; tries++)
    {
        for (i = 0; i < USERS && before[i] != passed[i]; i++)
            ;
        if (i == USERS) break;
        Sleep(1);
    }
}

/* Handle values come back at once, and a call with one that was closed before it began would be a
 * call on another socket: so the new sockets are made first, and the old ones are closed under
 * those who are in a call. */
static void replace_pair(volatile SOCKET *shared, struct random *random)
{
    SOCKET pair[2], old[2] = {shared[0], shared[1]};
    unsigned int i;

    tcp_pair(pair);
    shared[0] = pair[0];
    shared[1] = pair[1];
    if (old[0] == INVALID_SOCKET) return;
    let_users_pass();
    for (i = 0; i < 2; i++)
    {
        if (random_below(random, 2))
            closesocket(old[i]);
        else
            CloseHandle((HANDLE)old[i]);
    }
}

TEST(closing_sockets_in_every_way_under_every_use_hangs_nothing)
{
    ULONGLONG end = GetTickCount64() + stress_seconds() * 1000;
    struct random random = {stress_seed()};
    HANDLE threads[USERS];
    unsigned int i, round;

    seed = random.state;
    stop = 0;
    for (i = 0; i < 8; i++) shared[i] = INVALID_SOCKET;
    for (i = 0; i < 8; i += 2) replace_pair(&shared[i], &random);
    for (i = 0; i < USERS; i++) threads[i] = CreateThread(NULL, 0, user, (void *)(UINT_PTR)i, 0, NULL);
    for (round = 0; round < 100 || GetTickCount64() < end; round++)
        replace_pair(&shared[random_below(&random, 4) * 2], &random);
    stop = 1;
    for (i = 0; i < 8; i++) closesocket(shared[i]);
    CHECK_INT(WaitForMultipleObjects(USERS, threads, TRUE, 15000), WAIT_OBJECT_0);
    for (i = 0; i < USERS; i++) CloseHandle(threads[i]);
}
