/*
 * A non-blocking send takes all or nothing, and what it took arrives.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#define BIG (50 * 1024 * 1024)

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 2654435761u >> 13);
}

static char *big_data(void)
{
    char *data = malloc(BIG);
    size_t i;

    CHECK(data != NULL);
    for (i = 0; i < BIG; i++) data[i] = byte_at(i);
    return data;
}

/* Reads to the end of the stream; every byte must be the expected one. */
static void read_everything(SOCKET s, size_t expected)
{
    static char buffer[1 << 18];
    size_t total = 0;
    int got, i;

    while ((got = recv(s, buffer, sizeof(buffer), 0)) > 0)
        for (i = 0; i < got; i++, total++)
            if ((unsigned char)buffer[i] != byte_at(total)) CHECK_INT(total, -1);
    CHECK_INT(got, 0);
    CHECK_INT(total, expected);
}

static void send_big(SOCKET s)
{
    char *data = big_data();

    CHECK_INT(send(s, data, BIG, 0), BIG);
    memset(data, 0, BIG); /* it is not ours any more, nor needed */
    free(data);
}

TEST(nonblocking_send_takes_everything_and_then_nothing)
{
    SOCKET pair[2];

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAEWOULDBLOCK);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAESHUTDOWN);
    read_everything(pair[1], BIG);
    close_pair(pair);
}

TEST(what_a_nonblocking_send_took_survives_closesocket)
{
    SOCKET pair[2];

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    CHECK_INT(closesocket(pair[0]), 0);
    read_everything(pair[1], BIG);
    closesocket(pair[1]);
}

TEST(what_a_nonblocking_send_took_dies_with_an_abortive_close)
{
    struct linger linger = {1, 0};
    char buffer[65536];
    size_t total = 0;
    SOCKET pair[2];
    int got;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    while ((got = recv(pair[1], buffer, sizeof(buffer), 0)) > 0) total += got;
    CHECK_INT(got, SOCKET_ERROR);
    CHECK_INT(WSAGetLastError(), WSAECONNRESET);
    CHECK(total < BIG);
    closesocket(pair[1]);
}

static DWORD WINAPI send_and_end(void *s)
{
    char *data = malloc(BIG);
    size_t i;
    int sent;

    for (i = 0; i < BIG; i++) data[i] = byte_at(i);
    sent = send((SOCKET)s, data, BIG, 0);
    free(data);
    return sent;
}

TEST(what_a_nonblocking_send_took_survives_its_thread)
{
    SOCKET pair[2];
    HANDLE thread;
    DWORD sent;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    thread = CreateThread(NULL, 0, send_and_end, (void *)pair[0], 0, NULL);
    CHECK_INT(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &sent));
    CloseHandle(thread);
    CHECK_INT(sent, BIG);
    CHECK_INT(closesocket(pair[0]), 0);
    read_everything(pair[1], BIG);
    closesocket(pair[1]);
}

TEST(cancel_finds_nothing_after_a_nonblocking_send)
{
    SOCKET pair[2];
    BOOL nothing;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    /* what the layer says of a socket without operations: Windows ERROR_NOT_FOUND, Wine 8 success */
    nothing = CancelIoEx((HANDLE)pair[1], NULL);
    CHECK_INT(CancelIoEx((HANDLE)pair[0], NULL), nothing);
    closesocket(pair[0]);
    read_everything(pair[1], BIG);
    closesocket(pair[1]);
}

TEST(sends_after_the_rest_is_gone_go_on_in_order)
{
    static char buffer[1 << 18];
    size_t total = 0;
    SOCKET pair[2];
    int got, i;

    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    send_big(pair[0]);
    while (total < BIG)
    {
        got = recv(pair[1], buffer, sizeof(buffer), 0);
        CHECK(got > 0);
        for (i = 0; i < got; i++, total++)
            if ((unsigned char)buffer[i] != byte_at(total)) CHECK_INT(total, -1);
    }
    set_blocking(pair[0], TRUE);
    CHECK_INT(send(pair[0], "end", 3, 0), 3);
    closesocket(pair[0]);
    CHECK_INT(recv(pair[1], buffer, sizeof(buffer), MSG_WAITALL), 3);
    CHECK(!memcmp(buffer, "end", 3));
    closesocket(pair[1]);
}

/* The child connects, sends, and ends at once. */
CHILD(send_and_exit)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    u_long on = 1;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    if (argc < 1) return 1;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons(atoi(argv[0]));
    if (connect(s, (struct sockaddr *)&addr, sizeof(addr)) || ioctlsocket(s, FIONBIO, &on)) return 2;
    ExitProcess(send_and_end((void *)s) == BIG ? 0 : 3);
}

TEST(what_a_nonblocking_send_took_survives_exitprocess)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s;
    HANDLE child = harness_spawn("send_and_exit", "%d", ntohs(addr.sin_port));

    s = accept(listener, NULL, NULL);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(harness_join(child), 0);
    read_everything(s, BIG);
    closesocket(s);
    closesocket(listener);
}
