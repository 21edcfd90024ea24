/*
 * Rows: select and WSAPoll with no time to wait, one socket of the set being ready.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

#define MOST 64

static SOCKET sockets[MOST];
static int count;
static fd_set watched;
static WSAPOLLFD polled[MOST];

/* The last one is ready to be read. */
static int open_sockets(int wanted)
{
    struct sockaddr_in address;
    int i;

    FD_ZERO(&watched);
    for (count = 0; count < wanted; count++)
        if (udp_socket(&sockets[count], &address)) return ROW_FAILED;
    NEED(sendto(sockets[0], sent, 1, 0, (struct sockaddr *)&address, sizeof(address)) == 1);
    for (i = 0; i < count; i++)
    {
        FD_SET(sockets[i], &watched);
        polled[i].fd = sockets[i];
        polled[i].events = POLLIN;
    }
    return 0;
}

static int two_sockets(void)
{
    return open_sockets(2);
}

static int many_sockets(void)
{
    return open_sockets(MOST);
}

static void close_sockets(void)
{
    while (count) closesocket(sockets[--count]);
}

static int select_read(void)
{
    struct timeval none = {0, 0};
    fd_set ready = watched;

    NEED(select((int)sockets[count - 1] + 1, &ready, NULL, NULL, &none) == 1);
    return 0;
}

static int poll_read(void)
{
    NEED(WSAPoll(polled, count, 0) == 1);
    return 0;
}

const struct row waiting_rows[] = {
    {"select_2", "select on 2 sockets", OF_NATIVE, 1.25, two_sockets, select_read, close_sockets},
    {"select_64", "select on 64 sockets", OF_NATIVE, 1.25, many_sockets, select_read, close_sockets},
    {"poll_2", "WSAPoll on 2 sockets", OF_NATIVE, 1.25, two_sockets, poll_read, close_sockets},
    {"poll_64", "WSAPoll on 64 sockets", OF_NATIVE, 1.25, many_sockets, poll_read, close_sockets},
    {0},
};
