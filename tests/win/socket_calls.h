/*
 * Every call that takes a socket, where each of them has to end with one error.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef SOCKET_CALLS_H
#define SOCKET_CALLS_H

#include "errors.h"

static struct sockaddr_in address = {.sin_family = AF_INET};
static SOCKADDR *const addr = (SOCKADDR *)&address;
static int len = sizeof(address);
static char text[256];
static WSABUF buffer = {1, text};
static DWORD count, flags;

/* Of these, not one gets as far as to look at its other arguments. */
static inline void fail_to_connect(SOCKET s, int error)
{
    struct timeval second = {1, 0};
    SOCKET_ADDRESS_LIST list = {1, {{addr, len}}};

    CHECK_ERROR(bind(s, addr, len), error);
    CHECK_ERROR(listen(s, 1), error);
    CHECK_ERROR(accept(s, NULL, NULL), error);
    CHECK_ERROR(accept(s, addr, &len), error);
    CHECK_ERROR(WSAAccept(s, NULL, NULL, NULL, 0), error);
    CHECK_ERROR(connect(s, addr, len), error);
    CHECK_ERROR(WSAConnect(s, addr, len, NULL, NULL, NULL, NULL), error);
    CHECK_NOTHING(WSAConnectByList(s, &list, NULL, NULL, NULL, NULL, &second, NULL), error);
    CHECK_NOTHING(WSAConnectByNameA(s, "127.0.0.1", "9", NULL, NULL, NULL, NULL, &second, NULL), error);
    CHECK_NOTHING(
        WSAConnectByNameW(s, (WCHAR *)L"127.0.0.1", (WCHAR *)L"9", NULL, NULL, NULL, NULL, &second, NULL),
        error);
    CHECK_ERROR(WSAJoinLeaf(s, addr, len, NULL, NULL, NULL, NULL, JL_BOTH), error);
    CHECK_ERROR(shutdown(s, SD_BOTH), error);
    CHECK_ERROR(WSASendDisconnect(s, NULL), error);
    CHECK_ERROR(WSARecvDisconnect(s, NULL), error);
    CHECK_ERROR(getsockname(s, addr, &len), error);
    CHECK_ERROR(getpeername(s, addr, &len), error);
}

static inline void fail_to_transfer(SOCKET s, int error)
{
    WSAMSG msg = {.lpBuffers = &buffer, .dwBufferCount = 1};
    WSAOVERLAPPED overlapped = {0};

    CHECK_ERROR(send(s, text, 1, 0), error);
    CHECK_ERROR(sendto(s, text, 1, 0, addr, len), error);
    CHECK_ERROR(recv(s, text, 1, 0), error);
    CHECK_ERROR(recvfrom(s, text, 1, 0, addr, &len), error);
    CHECK_ERROR(WSASend(s, &buffer, 1, &count, 0, NULL, NULL), error);
    CHECK_ERROR(WSASend(s, &buffer, 1, &count, 0, &overlapped, NULL), error);
    CHECK_ERROR(WSASendTo(s, &buffer, 1, &count, 0, addr, len, NULL, NULL), error);
    CHECK_ERROR(WSASendMsg(s, &msg, 0, &count, NULL, NULL), error);
    CHECK_ERROR(WSARecv(s, &buffer, 1, &count, &flags, NULL, NULL), error);
    CHECK_ERROR(WSARecv(s, &buffer, 1, &count, &flags, &overlapped, NULL), error);
    CHECK_ERROR(WSARecvFrom(s, &buffer, 1, &count, &flags, addr, &len, NULL, NULL), error);
    CHECK_NOTHING(WSAGetOverlappedResult(s, &overlapped, &count, FALSE, &flags), error);
}

static inline void fail_to_have_options(SOCKET s, int error)
{
    int value = 0, size = sizeof(value);
    u_long number = 0;
    u_short half;

    CHECK_ERROR(getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&value, &size), error);
    CHECK_ERROR(setsockopt(s, SOL_SOCKET, SO_BROADCAST, (char *)&value, size), error);
    CHECK_ERROR(ioctlsocket(s, FIONBIO, &number), error);
    CHECK_ERROR(WSAIoctl(s, FIONREAD, NULL, 0, &number, sizeof(number), &count, NULL, NULL), error);
    CHECK_ERROR(WSAHtonl(s, 1, &number), error);
    CHECK_ERROR(WSANtohl(s, 1, &number), error);
    CHECK_ERROR(WSAHtons(s, 1, &half), error);
    CHECK_ERROR(WSANtohs(s, 1, &half), error);
    CHECK_NOTHING(WSAGetQOSByName(s, &buffer, &(QOS){0}), error);
}

#endif
