/* Registered I/O for tests (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef RIO_TEST_H
#define RIO_TEST_H

#include "harness.h"

#include <ws2tcpip.h>

#include "../../include/ws2_rio.h"

static RIO_EXTENSION_FUNCTION_TABLE rio;

static inline int rio_ask(SOCKET s, GUID id, void *table, DWORD size, DWORD *returned)
{
    return WSAIoctl(s, SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), table, size, returned,
                    NULL, NULL);
}

/* Fills the table, with any socket. */
static inline void rio_load(void)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);
    DWORD returned;

    CHECK_INT(rio_ask(s, (GUID)WSAID_MULTIPLE_RIO, &rio, sizeof(rio), &returned), 0);
    closesocket(s);
}

static inline SOCKET rio_socket(int family, int type)
{
    SOCKET s = WSASocketW(family, type, 0, NULL, 0, WSA_FLAG_REGISTERED_IO | WSA_FLAG_OVERLAPPED);

    CHECK(s != INVALID_SOCKET);
    return s;
}

/* Bound to the loopback, to a free port. */
static inline SOCKET rio_udp(int family, SOCKADDR_INET *name)
{
    SOCKET s = rio_socket(family, SOCK_DGRAM);
    int size = sizeof(*name);

    memset(name, 0, sizeof(*name));
    name->si_family = family;
    if (family == AF_INET)
        name->Ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
        name->Ipv6.sin6_addr.s6_addr[15] = 1;
    CHECK_INT(bind(s, (struct sockaddr *)name, family == AF_INET ? sizeof(name->Ipv4) : sizeof(name->Ipv6)),
              0);
    CHECK_INT(getsockname(s, (struct sockaddr *)name, &size), 0);
    return s;
}

/* As tcp_pair, with both sockets for registered I/O. */
static inline void rio_tcp_pair(SOCKET pair[2])
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    SOCKET listener = rio_socket(AF_INET, SOCK_STREAM);
    int size = sizeof(name);

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(listener, (struct sockaddr *)&name, sizeof(name)), 0);
    CHECK_INT(listen(listener, 5), 0);
    CHECK_INT(getsockname(listener, (struct sockaddr *)&name, &size), 0);
    pair[0] = rio_socket(AF_INET, SOCK_STREAM);
    CHECK_INT(connect(pair[0], (struct sockaddr *)&name, sizeof(name)), 0);
    CHECK((pair[1] = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    closesocket(listener);
}

static inline RIO_CQ rio_queue_of(DWORD size)
{
    RIO_CQ cq = rio.RIOCreateCompletionQueue(size, NULL);

    CHECK(cq != RIO_INVALID_CQ);
    return cq;
}

/* With this many receives and sends, whose completions both go to cq. */
static inline RIO_RQ rio_requests(SOCKET s, ULONG each, RIO_CQ cq, ULONG_PTR context)
{
    RIO_RQ rq = rio.RIOCreateRequestQueue(s, each, 1, each, 1, cq, cq, (void *)context);

    CHECK(rq != RIO_INVALID_RQ);
    return rq;
}

static inline RIO_BUFFERID rio_register(void *data, DWORD size)
{
    RIO_BUFFERID id = rio.RIORegisterBuffer(data, size);

    CHECK(id != RIO_INVALID_BUFFERID);
    return id;
}

/* The next completion; waits for it, but not for ever. */
static inline RIORESULT rio_next(RIO_CQ cq)
{
    ULONGLONG start = GetTickCount64();
    RIORESULT result = {.Status = -1};
    ULONG count;

    while (!(count = rio.RIODequeueCompletion(cq, &result, 1)) && GetTickCount64() - start < 10000) Sleep(0);
    CHECK_INT(count, 1);
    return result;
}

/* The next one is of this request, and as expected. */
#define CHECK_COMPLETION(cq, context, status, bytes)     \
    do                                                   \
    {                                                    \
        RIORESULT completion = rio_next(cq);             \
        CHECK_INT(completion.RequestContext, (context)); \
        CHECK_INT(completion.Status, (status));          \
        CHECK_INT(completion.BytesTransferred, (bytes)); \
    } while (0)

#define CHECK_NO_COMPLETION(cq)                                     \
    do                                                              \
    {                                                               \
        RIORESULT completion;                                       \
        CHECK_INT(rio.RIODequeueCompletion(cq, &completion, 1), 0); \
    } while (0)

/* The call fails (FALSE, NULL...) with this error. */
#define CHECK_RIO_ERROR(call, failure, error) \
    do                                        \
    {                                         \
        WSASetLastError(0xdead);              \
        CHECK((call) == (failure));           \
        CHECK_INT(WSAGetLastError(), error);  \
    } while (0)

#endif
