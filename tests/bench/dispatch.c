/*
 * Rows: what it costs that any socket may be a layered provider's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each call twice: as programs make it, and past all that finds the socket's provider, by
 * the base provider's own function (a row's name with "_direct"). No provider is installed.
 */
#include "bench.h"

#define SMALL 64

static int send_recv(void)
{
    NEED(send(pair[0], sent, SMALL, 0) == SMALL);
    NEED(recv(pair[1], got, SMALL, 0) == SMALL);
    return 0;
}

static int get_type(void)
{
    int value;
    socklen_t len = sizeof(value);

    NEED(!getsockopt(pair[0], SOL_SOCKET, SO_TYPE, (char *)&value, &len) && value == SOCK_STREAM);
    return 0;
}

#ifdef _WIN32

#include <ws2spi.h>

static WSPPROC_TABLE base;

static int direct_pair(void)
{
    LPWSPSTARTUP startup = (LPWSPSTARTUP)(void *)GetProcAddress(LoadLibraryA("mswsock.dll"), "WSPStartup");
    WSAPROTOCOL_INFOW info = {0};
    WSPUPCALLTABLE upcalls = {0};
    WSPDATA data;

    if (!base.lpWSPSend) NEED(startup && !startup(MAKEWORD(2, 2), &data, &info, upcalls, &base));
    return tcp_pair();
}

static int send_recv_direct(void)
{
    WSABUF out = {SMALL, sent}, in = {SMALL, got};
    DWORD done, flags = 0;
    int err;

    NEED(!base.lpWSPSend(pair[0], &out, 1, &done, 0, NULL, NULL, NULL, &err) && done == SMALL);
    NEED(!base.lpWSPRecv(pair[1], &in, 1, &done, &flags, NULL, NULL, NULL, &err) && done == SMALL);
    return 0;
}

static int get_type_direct(void)
{
    int value, err;
    socklen_t len = sizeof(value);

    NEED(!base.lpWSPGetSockOpt(pair[0], SOL_SOCKET, SO_TYPE, (char *)&value, &len, &err) &&
         value == SOCK_STREAM);
    return 0;
}

#else

static int direct_pair(void)
{
    return ROW_LACKING;
}

#define send_recv_direct send_recv
#define get_type_direct get_type

#endif

const struct row dispatch_rows[] = {
    {"dispatch_tcp", "finding the provider: send + recv", OF_DIRECT, 1.10, tcp_pair, send_recv, close_pair},
    {"dispatch_option", "finding the provider: getsockopt", OF_DIRECT, 1.10, tcp_pair, get_type, close_pair},
    {"dispatch_tcp_direct", "", HIDDEN, 0, direct_pair, send_recv_direct, close_pair},
    {"dispatch_option_direct", "", HIDDEN, 0, direct_pair, get_type_direct, close_pair},
    {0},
};
