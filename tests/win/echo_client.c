/*
 * Sends bytes of every value to an echo server and compares what comes back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *     echo_client tcp|udp|tcp6|udp6 PORT [BYTES]
 */
#include "echo.h"

#define PIECE 1400

struct transfer
{
    SOCKET s;
    unsigned int seed;
    unsigned int sent_sum, got_sum;
    unsigned long long bytes;
};

static void fill(struct transfer *t, char *piece, int len)
{
    while (len--) *piece++ = (t->seed = t->seed * 1103515245u + 12345u) >> 16;
}

/* One piece there and back: ping-pong, so that UDP loses nothing to full queues. */
static int exchange(struct transfer *t, int type, int len)
{
    static char out[PIECE], in[PIECE];
    int got, done;

    fill(t, out, len);
    t->sent_sum = checksum(t->sent_sum, out, len);
    if (send(t->s, out, len, 0) != len) return give_up("send");
    for (done = 0; done < len; done += got)
    {
        got = recv(t->s, in + done, sizeof(in) - done, 0);
        if (got < 0) return give_up("recv");
        if (!got || type == SOCK_DGRAM) break;
    }
    if (type == SOCK_DGRAM) done = got;
    t->got_sum = checksum(t->got_sum, in, done);
    t->bytes += done;
    return done == len ? 0 : give_up("an echo of the right length");
}

static int finish(struct transfer *t, int type)
{
    char rest[16];

    if (type == SOCK_DGRAM && send(t->s, "", 0, 0)) return give_up("send of the empty datagram");
    if (type == SOCK_STREAM && shutdown(t->s, SD_SEND)) return give_up("shutdown");
    if (recv(t->s, rest, sizeof(rest), 0)) return give_up("recv of the end");
    return 0;
}

int main(int argc, char **argv)
{
    struct transfer t = {INVALID_SOCKET, 1, CHECKSUM_START, CHECKSUM_START, 0};
    int family, type, left, len, failed = 0;
    SOCKADDR_STORAGE addr;
    WSADATA data;

    if (argc < 3 || !echo_kind(argv[1], &family, &type))
    {
        printf("usage: %s tcp|udp|tcp6|udp6 PORT [BYTES]\n", argv[0]);
        return 2;
    }
    if (WSAStartup(MAKEWORD(2, 2), &data)) return give_up("WSAStartup");
    t.s = WSASocketW(family, type, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
    if (t.s == INVALID_SOCKET) return give_up("WSASocketW");
    len = loopback(family, atoi(argv[2]), &addr);
    if (connect(t.s, (struct sockaddr *)&addr, len)) return give_up("connect");

    for (left = argc > 3 ? atoi(argv[3]) : 200000; left > 0 && !failed; left -= PIECE)
        failed = exchange(&t, type, left < PIECE ? left : PIECE);
    if (!failed) failed = finish(&t, type);
    if (closesocket(t.s)) failed = give_up("closesocket");
    WSACleanup();
    if (t.sent_sum != t.got_sum) failed = 1;
    printf("client %s: process %ld got %llu bytes back, sent %08x, received %08x: %s\n", argv[1],
           (long)GetCurrentProcessId(), t.bytes, t.sent_sum, t.got_sum, failed ? "WRONG" : "same");
    return failed;
}
