/*
 * Streams under fire: many threads, all forms of transfer, sockets closed at random.
 * No byte may be lost, repeated or reordered, and nothing may hang.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "stress.h"

#define STREAM_BYTES (4 * 1024 * 1024)
#define MAX_PIECE 70000

struct stream
{
    SOCKET s;
    unsigned int seed, forms; /* of transfer: how many of the cases below */
    const char *wrong;
    size_t done;
};

static int send_overlapped(SOCKET s, char *data, DWORD size)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    WSABUF buffer = {size, data};
    DWORD sent = 0, flags;
    int ret = WSASend(s, &buffer, 1, &sent, 0, &overlapped, NULL);

    if (ret && WSAGetLastError() == WSA_IO_PENDING)
        ret = WSAGetOverlappedResult(s, &overlapped, &sent, TRUE, &flags) ? 0 : SOCKET_ERROR;
    CloseHandle(overlapped.hEvent);
    return ret ? SOCKET_ERROR : (int)sent;
}

static int send_in_buffers(SOCKET s, char *data, DWORD size)
{
    WSABUF buffers[3] = {
        {size / 3, data}, {size / 3, data + size / 3}, {size - 2 * (size / 3), data + 2 * (size / 3)}};
    DWORD sent = 0;

    return WSASend(s, buffers, 3, &sent, 0, NULL, NULL) ? SOCKET_ERROR : (int)sent;
}

/* Takes what it can, and waits for room otherwise. */
static int send_nonblocking(SOCKET s, char *data, DWORD size)
{
    u_long on = 1, off = 0;
    int ret;

    ioctlsocket(s, FIONBIO, &on);
    while ((ret = send(s, data, size, 0)) == SOCKET_ERROR && WSAGetLastError() == WSAEWOULDBLOCK)
    {
        fd_set set = {1, {s}};
        struct timeval some_time = {0, 10000};

        select(0, NULL, &set, NULL, &some_time);
    }
    ioctlsocket(s, FIONBIO, &off);
    return ret;
}

static DWORD WINAPI sender(void *arg)
{
    struct stream *stream = arg;
    struct random random = {stream->seed};
    char *data = malloc(MAX_PIECE);

    while (stream->done < STREAM_BYTES)
    {
        size_t size = 1 + random_below(&random, random_below(&random, 4) ? 2000 : MAX_PIECE - 1);
        int sent;

        if (size > STREAM_BYTES - stream->done) size = STREAM_BYTES - stream->done;
        fill(data, size, stream->seed, stream->done);
        switch (random_below(&random, stream->forms))
        {
        case 0: sent = send(stream->s, data, size, 0); break;
        case 1: sent = send_in_buffers(stream->s, data, size); break;
        case 2: sent = send_overlapped(stream->s, data, size); break;
        default: sent = send_nonblocking(stream->s, data, size); break;
        }
        if (sent != (int)size)
        {
            static char wrong[80];

            sprintf(wrong, "a send of %u gave %d (error %d)", (unsigned int)size, sent, WSAGetLastError());
            stream->wrong = wrong;
            break;
        }
        stream->done += size;
    }
    shutdown(stream->s, SD_SEND);
    free(data);
    return 0;
}

static int receive_overlapped(SOCKET s, char *data, DWORD size)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    WSABUF buffer = {size, data};
    DWORD got = 0, flags = 0;
    int ret = WSARecv(s, &buffer, 1, &got, &flags, &overlapped, NULL);

    if (ret && WSAGetLastError() == WSA_IO_PENDING)
        ret = WSAGetOverlappedResult(s, &overlapped, &got, TRUE, &flags) ? 0 : SOCKET_ERROR;
    CloseHandle(overlapped.hEvent);
    return ret ? SOCKET_ERROR : (int)got;
}

static int receive_after_select(SOCKET s, char *data, DWORD size)
{
    fd_set set = {1, {s}};

    if (select(0, &set, NULL, NULL, NULL) != 1) return SOCKET_ERROR;
    return recv(s, data, size, 0);
}

static DWORD WINAPI receiver(void *arg)
{
    struct stream *stream = arg;
    struct random random = {stream->seed * 7 + 1};
    char *data = malloc(MAX_PIECE);
    int got = 1;

    while (got > 0 && !stream->wrong)
    {
        DWORD size = 1 + random_below(&random, MAX_PIECE - 1);

        switch (random_below(&random, stream->forms))
        {
        case 0: got = recv(stream->s, data, size, 0); break;
        case 1: got = receive_after_select(stream->s, data, size); break;
        case 2: got = receive_overlapped(stream->s, data, size); break;
        default:
            recv(stream->s, data, 1, MSG_PEEK);
            got = recv(stream->s, data, size % 5000 + 1, MSG_WAITALL);
            break;
        }
        if (got > 0 && !is_right(data, got, stream->seed, stream->done))
            stream->wrong = "a byte is not the one that was sent";
        if (got > 0) stream->done += got;
    }
    if (got < 0) stream->wrong = "a receive failed";
    free(data);
    return 0;
}

static void run_streams(unsigned int forms)
{
    enum
    {
        PAIRS = 3
    };
    struct stream streams[PAIRS][4];
    HANDLE threads[PAIRS * 4];
    unsigned int i, j, count = 0;
    SOCKET pairs[PAIRS][2];

    for (i = 0; i < PAIRS; i++)
    {
        tcp_pair(pairs[i]);
        for (j = 0; j < 4; j++) /* both ways, a sender and a receiver each */
        {
            streams[i][j] = (struct stream){pairs[i][(j + 1) / 2 % 2], i * 100 + j / 2 + 1, forms, NULL, 0};
            threads[count++] = CreateThread(NULL, 0, j % 2 ? receiver : sender, &streams[i][j], 0, NULL);
        }
    }
    CHECK_INT(WaitForMultipleObjects(count, threads, TRUE, 25000), WAIT_OBJECT_0);
    for (i = 0; i < count; i++) CloseHandle(threads[i]);
    for (i = 0; i < PAIRS; i++)
        for (j = 0; j < 4; j++)
        {
            CHECK_STR(streams[i][j].wrong ? streams[i][j].wrong : "right", "right");
            CHECK_INT(streams[i][j].done, STREAM_BYTES);
        }
    for (i = 0; i < PAIRS; i++)
    {
        closesocket(pairs[i][0]);
        closesocket(pairs[i][1]);
    }
}

TEST(plain_streams_arrive_whole)
{
    run_streams(2);
}

TEST(streams_with_overlapped_transfers_arrive_whole)
{
    run_streams(3);
}

static volatile LONG stop;

/* Uses whatever socket it finds, closed or not: only crashes and hangs count. */
static DWORD WINAPI user(void *arg)
{
    volatile SOCKET *shared = arg;
    struct random random = {GetCurrentThreadId()};
    char data[512];

    while (!stop)
    {
        SOCKET s = shared[random_below(&random, 8)];
        u_long count;

        switch (random_below(&random, 6))
        {
        case 0: send(s, data, random_below(&random, sizeof(data)), 0); break;
        case 1: recv(s, data, 0, 0); break;
        case 2:
            if (!ioctlsocket(s, FIONREAD, &count) && count) recv(s, data, sizeof(data), 0);
            break;
        case 3: receive_after_select(s, data, 0); break;
        case 4: getpeername(s, (struct sockaddr *)data, &(int){sizeof(data)}); break;
        default: recv(s, data, 1, MSG_PEEK | (random_below(&random, 64) ? 0 : MSG_OOB)); break;
        }
    }
    return 0;
}

TEST(closing_sockets_under_their_users_crashes_and_hangs_nothing)
{
    volatile SOCKET shared[8];
    HANDLE threads[6];
    unsigned int i, round;
    SOCKET pair[2];

    stop = 0;
    for (i = 0; i < 8; i += 2)
    {
        tcp_pair(pair);
        shared[i] = pair[0];
        shared[i + 1] = pair[1];
    }
    for (i = 0; i < 6; i++) threads[i] = CreateThread(NULL, 0, user, (void *)shared, 0, NULL);
    for (round = 0; round < 400; round++)
    {
        SOCKET old[2];

        i = round % 4 * 2;
        old[0] = shared[i];
        old[1] = shared[i + 1];
        shared[i] = shared[i + 1] = INVALID_SOCKET;
        closesocket(old[0]);
        closesocket(old[1]);
        tcp_pair(pair);
        shared[i] = pair[0];
        shared[i + 1] = pair[1];
    }
    stop = 1;
    for (i = 0; i < 8; i++) closesocket(shared[i]);
    CHECK_INT(WaitForMultipleObjects(6, threads, TRUE, 10000), WAIT_OBJECT_0);
    for (i = 0; i < 6; i++) CloseHandle(threads[i]);
}

static DWORD WINAPI selector(void *arg)
{
    volatile SOCKET *shared = arg;

    while (!stop)
    {
        struct timeval no_time = {0, 0};
        fd_set set = {1, {*shared}};
        WSAPOLLFD poll = {*shared, POLLRDNORM, 0};

        select(0, &set, NULL, NULL, &no_time);
        WSAPoll(&poll, 1, 0);
    }
    return 0;
}

/* Handle values come back: a poll may meet a socket that another thread is making. */
TEST(asking_for_closed_sockets_while_others_are_made_stops_nothing)
{
    volatile SOCKET last = INVALID_SOCKET;
    HANDLE threads[3];
    unsigned int i;

    stop = 0;
    for (i = 0; i < ARRAYSIZE(threads); i++)
        threads[i] = CreateThread(NULL, 0, selector, (void *)&last, 0, NULL);
    for (i = 0; i < 2000; i++)
    {
        SOCKET s = socket(AF_INET, i & 1 ? SOCK_STREAM : SOCK_DGRAM, 0);

        CHECK(s != INVALID_SOCKET);
        last = s;
        closesocket(s);
    }
    stop = 1;
    CHECK_INT(WaitForMultipleObjects(ARRAYSIZE(threads), threads, TRUE, 10000), WAIT_OBJECT_0);
    for (i = 0; i < ARRAYSIZE(threads); i++) CloseHandle(threads[i]);
}
