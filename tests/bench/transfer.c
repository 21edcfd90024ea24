/*
 * Rows: sending and receiving, not overlapped.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#define SMALL 64
#define LARGE 65536

static struct sockaddr_in address[2];
static port_thread echo_thread;

static int send_recv_small(void)
{
    NEED(send(pair[0], sent, SMALL, 0) == SMALL);
    NEED(recv(pair[1], got, SMALL, 0) == SMALL);
    return 0;
}

static int send_recv_large(void)
{
    NEED(send(pair[0], sent, LARGE, 0) == LARGE);
    return receive_all(pair[1], got, LARGE);
}

/* --- Two buffers --- */

static int scattered(void)
{
#ifdef _WIN32
    WSABUF out[2] = {{SMALL / 2, sent}, {SMALL / 2, sent + SMALL}};
    WSABUF in[2] = {{SMALL / 2, got}, {SMALL / 2, got + SMALL}};
    DWORD done, flags = 0;

    NEED(!WSASend(pair[0], out, 2, &done, 0, NULL, NULL) && done == SMALL);
    NEED(!WSARecv(pair[1], in, 2, &done, &flags, NULL, NULL) && done == SMALL);
#else
    struct iovec out[2] = {{sent, SMALL / 2}, {sent + SMALL, SMALL / 2}};
    struct iovec in[2] = {{got, SMALL / 2}, {got + SMALL, SMALL / 2}};
    struct msghdr msg = {.msg_iov = out, .msg_iovlen = 2};

    NEED(sendmsg(pair[0], &msg, 0) == SMALL);
    msg.msg_iov = in;
    NEED(recvmsg(pair[1], &msg, 0) == SMALL);
#endif
    return 0;
}

/* --- Datagrams to and from addresses --- */

static int udp_unconnected(void)
{
    return udp_socket(&pair[0], &address[0]) || udp_socket(&pair[1], &address[1]) ? ROW_FAILED : 0;
}

static int sendto_recvfrom(void)
{
    struct sockaddr_in from;
    socklen_t len = sizeof(from);

    NEED(sendto(pair[0], sent, SMALL, 0, (struct sockaddr *)&address[1], sizeof(address[1])) == SMALL);
    NEED(recvfrom(pair[1], got, SMALL, 0, (struct sockaddr *)&from, &len) == SMALL);
    return 0;
}

/* --- A family that Wine's own lacks --- */

static int unix_pair(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "bench.sock"};
    SOCKET listener = socket(AF_UNIX, SOCK_STREAM, 0);

    if (listener == INVALID_SOCKET && port_error() == PORT_NO_FAMILY) return ROW_LACKING;
    NEED(listener != INVALID_SOCKET);
    pair[0] = listener;
    unlink(name.sun_path);
    NEED(!bind(listener, (struct sockaddr *)&name, sizeof(name)));
    NEED(!listen(listener, 5));
    NEED((pair[1] = socket(AF_UNIX, SOCK_STREAM, 0)) != INVALID_SOCKET);
    NEED(!connect(pair[1], (struct sockaddr *)&name, sizeof(name)));
    NEED((pair[0] = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    closesocket(listener);
    return 0;
}

static void close_unix_pair(void)
{
    close_pair();
    unlink("bench.sock");
}

/* --- Two threads --- */

PORT_THREAD(echo, unused)
{
    char buffer[SMALL];
    int size;

    (void)unused;
    while ((size = recv(pair[1], buffer, sizeof(buffer), 0)) > 0)
        if (send(pair[1], buffer, size, 0) != size) break;
    return 0;
}

static int start_echo(void)
{
    if (tcp_pair()) return ROW_FAILED;
    NEED(!port_thread_start(&echo_thread, echo, NULL));
    return 0;
}

static int ping_pong(void)
{
    NEED(send(pair[0], sent, SMALL, 0) == SMALL);
    return receive_all(pair[0], got, SMALL);
}

static void stop_echo(void)
{
    closesocket(pair[0]);
    pair[0] = INVALID_SOCKET;
    port_thread_join(echo_thread);
    close_pair();
}

/* --- Nothing there --- */

static int non_blocking(void)
{
    if (tcp_pair()) return ROW_FAILED;
    return set_blocking(pair[0], 0);
}

static int would_block(void)
{
    NEED(recv(pair[0], got, SMALL, 0) == -1);
    NEED(port_error() == PORT_WOULD_BLOCK);
    return 0;
}

/* --- With a time-out set --- */

static int timed(void)
{
#ifdef _WIN32
    DWORD limit = 10000;
#else
    struct timeval limit = {10, 0};
#endif
    if (tcp_pair()) return ROW_FAILED;
    NEED(!setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof(limit)));
    return 0;
}

const struct row transfer_rows[] = {
    {"tcp_64", "TCP send + recv, 64 bytes", OF_NATIVE, 1.25, tcp_pair, send_recv_small, close_pair},
    {"tcp_64k", "TCP send + recv, 64 KiB", OF_NATIVE, 1.1, tcp_pair, send_recv_large, close_pair},
    {"tcp_buffers", "TCP WSASend + WSARecv, 2 x 32 bytes", OF_NATIVE, 1.25, tcp_pair, scattered, close_pair},
    {"tcp_timed", "TCP send + recv with a time-out, 64 bytes", OF_NATIVE, 1.25, timed, send_recv_small,
     close_pair},
    {"udp_64", "UDP send + recv, 64 bytes", OF_NATIVE, 1.25, udp_pair, send_recv_small, close_pair},
    {"udp_to_from", "UDP sendto + recvfrom, 64 bytes", OF_NATIVE, 1.25, udp_unconnected, sendto_recvfrom,
     close_pair},
    {"unix_64", "AF_UNIX send + recv, 64 bytes", NO_TARGET, 0, unix_pair, send_recv_small, close_unix_pair},
    {"ping_pong", "ping-pong of two blocking threads", OF_NATIVE, 1.25, start_echo, ping_pong, stop_echo},
    {"would_block", "recv that would block", OF_NATIVE, 1.25, non_blocking, would_block, close_pair},
    {0},
};
