/* Extension functions for tests, and waiting for what they start (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef EXTENSIONS_H
#define EXTENSIONS_H

#include "harness.h"

static inline void *extension(SOCKET s, GUID id)
{
    void *function = NULL;
    DWORD size = 0;

    CHECK_INT(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function, sizeof(function),
                       &size, NULL, NULL),
              0);
    CHECK_INT(size, sizeof(function));
    CHECK(function != NULL);
    return function;
}

#define EXTENSION(s, type, id) ((type)extension(s, (GUID)id))

/* The call fails (FALSE), and the last error is this. */
#define CHECK_FALSE(call, error)             \
    do                                       \
    {                                        \
        WSASetLastError(0xdead);             \
        CHECK_INT(call, FALSE);              \
        CHECK_INT(WSAGetLastError(), error); \
    } while (0)

#define CHECK_PENDING(call) CHECK_FALSE(call, ERROR_IO_PENDING)

static inline void event_overlapped(OVERLAPPED *overlapped)
{
    memset(overlapped, 0, sizeof(*overlapped));
    overlapped->hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK(overlapped->hEvent != NULL);
}

/* The operation succeeds with this many bytes. */
#define CHECK_COMPLETES(s, overlapped, bytes)                                       \
    do                                                                              \
    {                                                                               \
        DWORD done = 0xdead;                                                        \
        CHECK_INT(WaitForSingleObject((overlapped)->hEvent, 10000), WAIT_OBJECT_0); \
        CHECK(GetOverlappedResult((HANDLE)(s), overlapped, &done, FALSE));          \
        CHECK_INT(done, bytes);                                                     \
    } while (0)

/* The operation fails with this error of GetOverlappedResult, which is Win32's. */
#define CHECK_ENDS_WITH(s, overlapped, error)                                         \
    do                                                                                \
    {                                                                                 \
        DWORD done = 0xdead;                                                          \
        CHECK_INT(WaitForSingleObject((overlapped)->hEvent, 10000), WAIT_OBJECT_0);   \
        SetLastError(0xdead);                                                         \
        CHECK_INT(GetOverlappedResult((HANDLE)(s), overlapped, &done, FALSE), FALSE); \
        CHECK_INT(GetLastError(), error);                                             \
    } while (0)

static inline SOCKET stream_socket(void)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

    CHECK(s != INVALID_SOCKET);
    return s;
}

static inline SOCKET bound_stream(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    SOCKET s = stream_socket();

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    return s;
}

static inline SOCKET connected_to(const struct sockaddr_in *addr)
{
    SOCKET s = stream_socket();

    CHECK_INT(connect(s, (const struct sockaddr *)addr, sizeof(*addr)), 0);
    return s;
}

/* Everything up to the end of the stream, or len bytes. */
static inline int receive_all(SOCKET s, char *buffer, int len)
{
    int done = 0, got;

    while (done < len && (got = recv(s, buffer + done, len - done, 0)) > 0) done += got;
    return done;
}

#endif
