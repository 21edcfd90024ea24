/* What the tests of WSASocket's specification share (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef CONTRACT_H
#define CONTRACT_H

#include "harness.h"

#include <ws2spi.h>

#ifndef WSA_FLAG_NO_HANDLE_INHERIT
#define WSA_FLAG_NO_HANDLE_INHERIT 0x80
#endif
#define FROM_INFO FROM_PROTOCOL_INFO

/* The whole catalog, hidden entries included. */
static inline WSAPROTOCOL_INFOW *catalog(int *count)
{
    WSAPROTOCOL_INFOW *infos;
    DWORD size = 0;
    int err;

    WSCEnumProtocols(NULL, NULL, &size, &err);
    infos = malloc(size);
    *count = WSCEnumProtocols(NULL, infos, &size, &err);
    CHECK(*count > 0);
    return infos;
}

static inline WSAPROTOCOL_INFOW entry_of(int family, int type)
{
    int count, i;
    WSAPROTOCOL_INFOW *infos = catalog(&count), info = {0};

    for (i = 0; i < count; i++)
        if (infos[i].iAddressFamily == family && infos[i].iSocketType == type) info = infos[i];
    free(infos);
    CHECK_INT(info.iAddressFamily, family);
    return info;
}

static inline SOCKET with_flags(int type, DWORD flags)
{
    WSASetLastError(0xdead);
    return WSASocketW(AF_INET, type, 0, NULL, 0, flags);
}

static inline SOCKET bound_datagram(DWORD flags, struct sockaddr_in *addr)
{
    SOCKET s = with_flags(SOCK_DGRAM, flags);
    int len = sizeof(*addr);

    CHECK(s != INVALID_SOCKET);
    memset(addr, 0, sizeof(*addr));
    addr->sin_family = AF_INET;
    addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(s, (SOCKADDR *)addr, sizeof(*addr)), 0);
    CHECK_INT(getsockname(s, (SOCKADDR *)addr, &len), 0);
    return s;
}

#endif
