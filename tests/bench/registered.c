/*
 * Rows: registered I/O, which Wine's own lacks; natively, what it comes down to.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#define SMALL 64
#define MANY 16

#ifdef _WIN32

#include "../../include/ws2_rio.h"

static RIO_EXTENSION_FUNCTION_TABLE rio;
static RIO_CQ cq;
static RIO_RQ rq[2];
static RIO_BUFFERID sent_id, got_id;

static int registered_socket(SOCKET *s, struct sockaddr_in *address)
{
    int size = sizeof(*address);

    memset(address, 0, sizeof(*address));
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *s = WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, 0, WSA_FLAG_REGISTERED_IO | WSA_FLAG_OVERLAPPED);
    NEED(*s != INVALID_SOCKET);
    NEED(!bind(*s, (struct sockaddr *)address, size));
    NEED(!getsockname(*s, (struct sockaddr *)address, &size));
    return 0;
}

static int registered_pair(void)
{
    struct sockaddr_in address[2];
    GUID id = WSAID_MULTIPLE_RIO;
    DWORD size;
    int i;

    for (i = 0; i < 2; i++)
        if (registered_socket(&pair[i], &address[i])) return ROW_FAILED;
    if (WSAIoctl(pair[0], SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &rio, sizeof(rio),
                 &size, NULL, NULL))
        return ROW_LACKING;
    NEED((cq = rio.RIOCreateCompletionQueue(4 * MANY, NULL)) != RIO_INVALID_CQ);
    NEED((sent_id = rio.RIORegisterBuffer(sent, sizeof(sent))) != RIO_INVALID_BUFFERID);
    NEED((got_id = rio.RIORegisterBuffer(got, sizeof(got))) != RIO_INVALID_BUFFERID);
    for (i = 0; i < 2; i++)
    {
        NEED(!connect(pair[i], (struct sockaddr *)&address[!i], sizeof(address[i])));
        rq[i] = rio.RIOCreateRequestQueue(pair[i], MANY, 1, MANY, 1, cq, cq, NULL);
        NEED(rq[i] != RIO_INVALID_RQ);
    }
    return 0;
}

static void close_registered(void)
{
    close_pair();
    if (!rio.cbSize) return;
    rio.RIOCloseCompletionQueue(cq);
    rio.RIODeregisterBuffer(sent_id);
    rio.RIODeregisterBuffer(got_id);
}

/* So many completions, each of a whole datagram. */
static int completed(ULONG count)
{
    RIORESULT results[2 * MANY];
    ULONG i, some;

    while (count)
    {
        NEED((some = rio.RIODequeueCompletion(cq, results, count)) != RIO_CORRUPT_CQ);
        for (i = 0; i < some; i++) NEED(!results[i].Status && results[i].BytesTransferred == SMALL);
        count -= some;
    }
    return 0;
}

static int send_recv(void)
{
    RIO_BUF from = {sent_id, 0, SMALL}, to = {got_id, 0, SMALL};

    NEED(rio.RIOSend(rq[0], &from, 1, 0, NULL));
    NEED(rio.RIOReceive(rq[1], &to, 1, 0, NULL));
    return completed(2);
}

static int recv_send(void)
{
    RIO_BUF from = {sent_id, 0, SMALL}, to = {got_id, 0, SMALL};

    NEED(rio.RIOReceive(rq[1], &to, 1, 0, NULL));
    NEED(rio.RIOSend(rq[0], &from, 1, 0, NULL));
    return completed(2);
}

static int many(void)
{
    ULONG i;

    for (i = 0; i < MANY; i++)
    {
        RIO_BUF from = {sent_id, SMALL * i, SMALL};

        NEED(rio.RIOSend(rq[0], &from, 1, i < MANY - 1 ? RIO_MSG_DEFER : 0, NULL));
    }
    for (i = 0; i < MANY; i++)
    {
        RIO_BUF to = {got_id, SMALL * i, SMALL};

        NEED(rio.RIOReceive(rq[1], &to, 1, i < MANY - 1 ? RIO_MSG_DEFER : 0, NULL));
    }
    return completed(2 * MANY);
}

#else

static int registered_pair(void)
{
    return udp_pair();
}

static void close_registered(void)
{
    close_pair();
}

static int send_recv(void)
{
    NEED(send(pair[0], sent, SMALL, 0) == SMALL);
    NEED(recv(pair[1], got, SMALL, 0) == SMALL);
    return 0;
}

/* Looks, and then waits by looking, as polling a queue does. */
static int recv_send(void)
{
    NEED(recv(pair[1], got, SMALL, MSG_DONTWAIT) == -1);
    return send_recv();
}

static int many(void)
{
    struct mmsghdr messages[MANY];
    struct iovec parts[MANY];
    int i, k;

    for (k = 0; k < 2; k++)
    {
        for (i = 0; i < MANY; i++)
        {
            parts[i] = (struct iovec){(k ? got : sent) + SMALL * i, SMALL};
            messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
        }
        NEED((k ? recvmmsg(pair[1], messages, MANY, 0, NULL) : sendmmsg(pair[0], messages, MANY, 0)) == MANY);
        for (i = 0; i < MANY; i++) NEED(messages[i].msg_len == SMALL);
    }
    return 0;
}

#endif

const struct row registered_rows[] = {
    {"rio_udp_64", "UDP RIOSend + RIOReceive, 64 bytes", OF_NATIVE, 1.25, registered_pair, send_recv,
     close_registered},
    {"rio_udp_wait", "UDP RIOReceive that waits + RIOSend, 64 bytes", NO_TARGET, 0, registered_pair,
     recv_send, close_registered},
    {"rio_udp_many", "UDP RIOSend + RIOReceive, 16 deferred", OF_NATIVE, 1.25, registered_pair, many,
     close_registered},
    {0},
};
