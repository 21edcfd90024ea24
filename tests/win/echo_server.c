/*
 * Gives back what a client sends, over TCP or UDP, until it has had enough.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *     echo_server tcp|udp|tcp6|udp6
 *
 * The first line is `port N`, for whoever starts the client; the last one tells
 * bytes and checksum. One TCP client, or datagrams until an empty one.
 */
#include "echo.h"

static char buffer[65536];

struct totals
{
    unsigned long long bytes;
    unsigned int pieces, sum;
};

static void count(struct totals *totals, int len)
{
    totals->bytes += len;
    totals->pieces++;
    totals->sum = checksum(totals->sum, buffer, len);
}

static int serve_stream(SOCKET listener, struct totals *totals)
{
    SOCKET s = accept(listener, NULL, NULL);
    int len, done, sent;

    if (s == INVALID_SOCKET) return give_up("accept");
    while ((len = recv(s, buffer, sizeof(buffer), 0)) > 0)
    {
        count(totals, len);
        for (done = 0; done < len; done += sent)
            if ((sent = send(s, buffer + done, len - done, 0)) <= 0) return give_up("send");
    }
    if (len < 0) return give_up("recv");
    return closesocket(s) ? give_up("closesocket") : 0;
}

static int serve_datagrams(SOCKET s, struct totals *totals)
{
    SOCKADDR_STORAGE from;
    int from_len, len;

    for (;;)
    {
        from_len = sizeof(from);
        len = recvfrom(s, buffer, sizeof(buffer), 0, (struct sockaddr *)&from, &from_len);
        if (len < 0) return give_up("recvfrom");
        if (sendto(s, buffer, len, 0, (struct sockaddr *)&from, from_len) != len) return give_up("sendto");
        if (!len) return 0;
        count(totals, len);
    }
}

int main(int argc, char **argv)
{
    struct totals totals = {0, 0, CHECKSUM_START};
    int family, type, len, failed;
    SOCKADDR_STORAGE addr;
    WSADATA data;
    SOCKET s;

    if (argc != 2 || !echo_kind(argv[1], &family, &type))
    {
        printf("usage: %s tcp|udp|tcp6|udp6\n", argv[0]);
        return 2;
    }
    if (WSAStartup(MAKEWORD(2, 2), &data)) return give_up("WSAStartup");
    s = WSASocketW(family, type, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (s == INVALID_SOCKET) return give_up("WSASocketW");
    len = loopback(family, 0, &addr);
    if (bind(s, (struct sockaddr *)&addr, len)) return give_up("bind");
    if (type == SOCK_STREAM && listen(s, 1)) return give_up("listen");
    len = sizeof(addr);
    if (getsockname(s, (struct sockaddr *)&addr, &len)) return give_up("getsockname");
    printf("port %d\n", ntohs(((struct sockaddr_in *)&addr)->sin_port));
    fflush(stdout);

    failed = type == SOCK_STREAM ? serve_stream(s, &totals) : serve_datagrams(s, &totals);
    if (closesocket(s)) failed = give_up("closesocket");
    WSACleanup();
    printf("server %s: process %ld echoed %llu bytes in %u pieces, checksum %08x\n", argv[1],
           (long)GetCurrentProcessId(), totals.bytes, totals.pieces, totals.sum);
    return failed;
}
