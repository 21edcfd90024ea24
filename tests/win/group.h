/* What tests of socket groups share (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef GROUP_H
#define GROUP_H

#include "harness.h"

#ifndef SG_UNCONSTRAINED_GROUP
#define SG_UNCONSTRAINED_GROUP 1
#define SG_CONSTRAINED_GROUP 2
#endif

static inline SOCKET member(int type, GROUP g)
{
    SOCKET s = WSASocketW(AF_INET, type, 0, NULL, g, WSA_FLAG_OVERLAPPED);

    CHECK(s != INVALID_SOCKET);
    return s;
}

static inline GROUP group_of(SOCKET s)
{
    GROUP id = 0xdead;
    int len = sizeof(id);

    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_GROUP_ID, (char *)&id, &len), 0);
    CHECK_INT(len, sizeof(id));
    return id;
}

static inline void check_no_group(GROUP id)
{
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, id, WSA_FLAG_OVERLAPPED), WSAEINVAL);
}

/* It has members. */
static inline void check_group(GROUP id)
{
    CHECK_INT(closesocket(member(SOCK_STREAM, id)), 0);
}

#endif
