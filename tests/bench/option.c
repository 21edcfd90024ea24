/*
 * Rows: options, ioctls and names of a connected TCP socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

static int bytes_there(void)
{
    u_long number = 1;

    NEED(!ioctlsocket(pair[0], FIONREAD, &number) && !number);
    return 0;
}

static int at_mark(void)
{
    u_long number = 0;

    NEED(!ioctlsocket(pair[0], SIOCATMARK, &number));
    return 0;
}

static int stay_blocking(void)
{
    return set_blocking(pair[0], 1);
}

static int get_delay(void)
{
    int value;
    socklen_t len = sizeof(value);

    NEED(!getsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, (char *)&value, &len));
    return 0;
}

static int get_type(void)
{
    int value;
    socklen_t len = sizeof(value);

    NEED(!getsockopt(pair[0], SOL_SOCKET, SO_TYPE, (char *)&value, &len) && value == SOCK_STREAM);
    return 0;
}

static int set_delay(void)
{
    static int last;
    int value = last = !last;

    NEED(!setsockopt(pair[0], IPPROTO_TCP, TCP_NODELAY, (char *)&value, sizeof(value)));
    return 0;
}

static int own_name(void)
{
    struct sockaddr_in address;
    socklen_t len = sizeof(address);

    NEED(!getsockname(pair[0], (struct sockaddr *)&address, &len));
    return 0;
}

static int peer_name(void)
{
    struct sockaddr_in address;
    socklen_t len = sizeof(address);

    NEED(!getpeername(pair[0], (struct sockaddr *)&address, &len));
    return 0;
}

const struct row option_rows[] = {
    {"fionread", "ioctlsocket FIONREAD", OF_NATIVE, 1.25, tcp_pair, bytes_there, close_pair},
    {"siocatmark", "ioctlsocket SIOCATMARK", OF_NATIVE, 1.25, tcp_pair, at_mark, close_pair},
    {"fionbio", "ioctlsocket FIONBIO, unchanged", OF_NATIVE, 1.25, tcp_pair, stay_blocking, close_pair},
    {"getsockopt", "getsockopt TCP_NODELAY", OF_NATIVE, 1.25, tcp_pair, get_delay, close_pair},
    {"getsockopt_type", "getsockopt SO_TYPE", OF_NATIVE, 1.25, tcp_pair, get_type, close_pair},
    {"setsockopt", "setsockopt TCP_NODELAY", OF_NATIVE, 1.25, tcp_pair, set_delay, close_pair},
    {"getsockname", "getsockname", OF_NATIVE, 1.25, tcp_pair, own_name, close_pair},
    {"getpeername", "getpeername", OF_NATIVE, 1.25, tcp_pair, peer_name, close_pair},
    {0},
};
