/* AF_UNIX sockets for tests (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef UNIX_SOCKETS_H
#define UNIX_SOCKETS_H

#include "extensions.h"

#include <afunix.h>

#ifndef SIO_AF_UNIX_GETPEERPID
#define SIO_AF_UNIX_GETPEERPID _WSAIOR(IOC_VENDOR, 256)
#endif

#define PATH_SIZE ((int)sizeof(((struct sockaddr_un *)0)->sun_path))

static inline void path_address(struct sockaddr_un *addr, const char *path)
{
    memset(addr, 0, sizeof(*addr));
    addr->sun_family = AF_UNIX;
    CHECK(strlen(path) < sizeof(addr->sun_path));
    strcpy(addr->sun_path, path);
}

/* A path of its own in the temporary folder, where there is no file. */
static inline void fresh_address(struct sockaddr_un *addr)
{
    static int number;
    char folder[MAX_PATH], path[MAX_PATH + 32];

    GetTempPathA(sizeof(folder), folder);
    sprintf(path, "%su%lu-%d.sock", folder, GetCurrentProcessId(), number++);
    DeleteFileA(path);
    path_address(addr, path);
}

static inline SOCKET unix_socket(void)
{
    SOCKET s = socket(AF_UNIX, SOCK_STREAM, 0);

    CHECK(s != INVALID_SOCKET);
    return s;
}

static inline int bind_to(SOCKET s, const struct sockaddr_un *addr)
{
    return bind(s, (const struct sockaddr *)addr, sizeof(*addr));
}

static inline int connect_to(SOCKET s, const struct sockaddr_un *addr)
{
    return connect(s, (const struct sockaddr *)addr, sizeof(*addr));
}

static inline SOCKET unix_listener(struct sockaddr_un *addr)
{
    SOCKET s = unix_socket();

    fresh_address(addr);
    CHECK_INT(bind_to(s, addr), 0);
    CHECK_INT(listen(s, SOMAXCONN), 0);
    return s;
}

static inline void unix_pair(SOCKET pair[2])
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr);

    pair[0] = unix_socket();
    CHECK_INT(connect_to(pair[0], &addr), 0);
    pair[1] = accept(listener, NULL, NULL);
    CHECK(pair[1] != INVALID_SOCKET);
    CHECK_INT(closesocket(listener), 0);
    CHECK(DeleteFileA(addr.sun_path));
}

static inline void receive_text(SOCKET s, const char *text)
{
    char buffer[64] = {0};
    int want = strlen(text), got = 0, n = 0;

    while (got < want && (n = recv(s, buffer + got, want - got, 0)) > 0) got += n;
    if (got < want) CHECK_INT(n, 0);
    CHECK_STR(buffer, text);
}

static inline void send_text(SOCKET s, const char *text)
{
    CHECK_INT(send(s, text, strlen(text), 0), strlen(text));
}

static inline void check_talk(SOCKET a, SOCKET b)
{
    send_text(a, "to b");
    receive_text(b, "to b");
    send_text(b, "and back");
    receive_text(a, "and back");
}

#endif
