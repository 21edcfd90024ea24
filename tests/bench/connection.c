/*
 * Rows: making sockets and connections, and closing them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

static struct sockaddr_in address;

static int create_close(void)
{
    SOCKET s;

    NEED((s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)) != INVALID_SOCKET);
    NEED(!closesocket(s));
    return 0;
}

static int create_close_udp(void)
{
    SOCKET s;

#ifdef _WIN32
    s = WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0,
                   WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
#else
    s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
#endif
    NEED(s != INVALID_SOCKET);
    NEED(!closesocket(s));
    return 0;
}

/* What the catalog of providers costs a process in which none is installed: it is looked
 * at when the first socket after WSAStartup is made. */
#ifdef _WIN32
static int first_socket(void)
{
    WSADATA data;

    NEED(!WSACleanup());
    NEED(!WSAStartup(MAKEWORD(2, 2), &data));
    return create_close();
}
#else
static int first_socket(void)
{
    return create_close();
}
#endif

static int listening(void)
{
    return tcp_listener(&address);
}

static int connect_accept_close(void)
{
    SOCKET client, server;

    NEED((client = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)) != INVALID_SOCKET);
    NEED(!connect(client, (struct sockaddr *)&address, sizeof(address)));
    NEED((server = accept(pair[0], NULL, NULL)) != INVALID_SOCKET);
    NEED(!closesocket(client));
    NEED(!closesocket(server));
    return 0;
}

const struct row connection_rows[] = {
    {"create_close", "socket + closesocket", OF_OWN, 0.8, NULL, create_close, NULL},
    {"create_close_udp", "WSASocket + closesocket, UDP", OF_OWN, 0.8, NULL, create_close_udp, NULL},
    {"first_socket", "WSACleanup + WSAStartup + socket + closesocket", OF_OWN, 1.2, NULL, first_socket, NULL},
    {"connect_accept", "socket + connect + accept + 2 closesocket", OF_OWN, 0.8, listening,
     connect_accept_close, close_pair},
    {0},
};
