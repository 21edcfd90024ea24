/*
 * What completion ports say of operations that failed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"
#include "lanes.h"
#include "port.h"

#define ABORTED 0xc0000241     /* STATUS_CONNECTION_ABORTED */
#define CANCELLED 0xc0000120   /* STATUS_CANCELLED */
#define UNREACHABLE 0xc000023f /* STATUS_PORT_UNREACHABLE */

/* At the device more than four receives are not told apart. */
#define MANY 8

static char data[MANY][8];

static void receive(SOCKET s, int which, OVERLAPPED *overlapped)
{
    WSABUF buffer = {sizeof(data[which]), data[which]};
    DWORD flags = 0;

    memset(overlapped, 0, sizeof(*overlapped));
    CHECK_ERROR(WSARecv(s, &buffer, 1, NULL, &flags, overlapped, NULL), WSA_IO_PENDING);
}

/* --- closing ----------------------------------------------------------------------------- */

static void by_closesocket(SOCKET s)
{
    CHECK_INT(closesocket(s), 0);
}

static void by_closehandle(SOCKET s)
{
    CHECK(CloseHandle((HANDLE)s));
}

static void by_ntclose(SOCKET s)
{
    LONG(WINAPI * close)(HANDLE) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtClose");

    CHECK_INT(close((HANDLE)s), 0);
}

static void (*const means[])(SOCKET) = {by_closesocket, by_closehandle, by_ntclose};

static DWORD one(HANDLE port, OVERLAPPED *expected)
{
    DWORD size = 1, error = take(port, expected, &size);

    CHECK_INT(size, 0);
    return error;
}

/* The status of a packet that comes with others. */
static DWORD of_several(HANDLE port, OVERLAPPED *expected, BOOL alertable)
{
    OVERLAPPED_ENTRY entries[4];
    ULONG count = 0;

    CHECK(GetQueuedCompletionStatusEx(port, entries, 4, &count, 10000, alertable));
    CHECK_INT(count, 1);
    CHECK(entries[0].lpOverlapped == expected);
    CHECK_INT(entries[0].lpCompletionKey, PORT_KEY);
    CHECK_INT(entries[0].dwNumberOfBytesTransferred, 0);
    return entries[0].Internal;
}

static void check_aborted(int close, int way, BOOL at_device)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    DWORD size;

    if (at_device) CHECK_INT(WSAEventSelect(pair[1], WSACreateEvent(), FD_READ | FD_CLOSE), 0);
    receive(pair[1], 0, &overlapped);
    means[close](pair[1]);
    if (!way)
        CHECK_INT(one(port, &overlapped), ERROR_CONNECTION_ABORTED);
    else
        CHECK_INT(of_several(port, &overlapped, way == 2), ABORTED);
    CHECK_INT((DWORD)overlapped.Internal, ABORTED);
    CHECK_NOTHING(GetOverlappedResult(NULL, &overlapped, &size, FALSE), ERROR_CONNECTION_ABORTED);
    check_nothing(port);
    closesocket(pair[0]);
    CloseHandle(port);
}

static void check_ways(BOOL at_device)
{
    unsigned int close, way;

    for (close = 0; close < sizeof(means) / sizeof(*means); close++)
        for (way = 0; way < 3; way++) check_aborted(close, way, at_device);
}

TEST(closing_a_stream_aborts_a_receive)
{
    check_ways(FALSE);
}

TEST(closing_a_stream_that_is_selected_aborts_a_receive)
{
    check_ways(TRUE);
}

TEST(closing_a_stream_aborts_each_of_its_receives)
{
    OVERLAPPED overlapped[3];
    OVERLAPPED_ENTRY entry;
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);
    ULONG count;
    int i;

    for (i = 0; i < 3; i++) receive(pair[1], i, &overlapped[i]);
    CHECK_INT(closesocket(pair[1]), 0);
    for (i = 0; i < 3; i++)
    {
        CHECK(GetQueuedCompletionStatusEx(port, &entry, 1, &count, 10000, FALSE));
        CHECK(entry.lpOverlapped >= overlapped && entry.lpOverlapped < overlapped + 3);
        CHECK_INT((DWORD)entry.Internal, ABORTED);
    }
    check_nothing(port);
    for (i = 0; i < 3; i++) CHECK_INT((DWORD)overlapped[i].Internal, ABORTED);
    closesocket(pair[0]);
    CloseHandle(port);
}

TEST(a_receive_that_was_cancelled_before_its_stream_was_closed_was_cancelled)
{
    OVERLAPPED overlapped[2];
    SOCKET pair[2];
    HANDLE port = port_pair(pair, 1);

    receive(pair[1], 0, &overlapped[0]);
    receive(pair[1], 1, &overlapped[1]);
    CHECK(CancelIoEx((HANDLE)pair[1], &overlapped[1]));
    CHECK_INT(closesocket(pair[1]), 0);
    CHECK_INT(one(port, &overlapped[1]), ERROR_OPERATION_ABORTED);
    CHECK_INT((DWORD)overlapped[1].Internal, CANCELLED);
    CHECK_INT(one(port, &overlapped[0]), ERROR_CONNECTION_ABORTED);
    closesocket(pair[0]);
    CloseHandle(port);
}

/* What became of a receive whose packet nobody took says nothing about the next one. */
TEST(an_overlapped_of_a_stream_that_was_closed_can_be_cancelled_in_another)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    HANDLE port;
    int i;

    for (i = 0; i < 2; i++)
    {
        port = port_pair(pair, 1);
        CHECK_INT(WSAEventSelect(pair[1], WSACreateEvent(), FD_READ), 0);
        receive(pair[1], 0, &overlapped);
        CHECK_INT(closesocket(pair[1]), 0);
        closesocket(pair[0]);
        CloseHandle(port);

        port = port_pair(pair, 1);
        if (i) CHECK_INT(WSAEventSelect(pair[1], WSACreateEvent(), FD_READ), 0);
        receive(pair[1], 0, &overlapped);
        CHECK(CancelIoEx((HANDLE)pair[1], &overlapped));
        CHECK_INT(one(port, &overlapped), ERROR_OPERATION_ABORTED);
        port_close(pair, port);
    }
}

/* --- datagrams to a port at which nobody is ---------------------------------------------- */

static SOCKET connected_to_nobody(HANDLE *port, struct sockaddr_in *addr)
{
    SOCKET s, other;

    udp_bound(&other, addr);
    CHECK_INT(closesocket(other), 0);
    udp_bound(&s, NULL);
    CHECK_INT(connect(s, (struct sockaddr *)addr, sizeof(*addr)), 0);
    *port = port_of(s);
    return s;
}

/* Now somebody is there. */
static void check_still_hears(SOCKET s, HANDLE port, const struct sockaddr_in *addr)
{
    SOCKET other = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to;
    int len = sizeof(to);
    OVERLAPPED overlapped;
    DWORD size;

    CHECK_INT(bind(other, (const struct sockaddr *)addr, sizeof(*addr)), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)&to, &len), 0);
    receive(s, 0, &overlapped);
    check_nothing(port);
    CHECK_INT(sendto(other, "here", 4, 0, (struct sockaddr *)&to, len), 4);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(size, 4);
    closesocket(other);
}

TEST(a_receive_of_datagrams_hears_that_nobody_is_there)
{
    OVERLAPPED overlapped;
    struct sockaddr_in addr;
    DWORD size, flags;
    HANDLE port;
    SOCKET s = connected_to_nobody(&port, &addr);
    int i;

    for (i = 0; i < 4; i++)
    {
        receive(s, 0, &overlapped);
        CHECK_INT(send(s, "x", 1, 0), 1);
        if (i % 2)
            CHECK_INT(of_several(port, &overlapped, FALSE), UNREACHABLE);
        else
            CHECK_INT(one(port, &overlapped), ERROR_PORT_UNREACHABLE);
        CHECK_INT((DWORD)overlapped.Internal, UNREACHABLE);
        CHECK_NOTHING(WSAGetOverlappedResult(s, &overlapped, &size, FALSE, &flags), WSAECONNRESET);
    }
    check_still_hears(s, port, &addr);
    closesocket(s);
    CloseHandle(port);
}

TEST(one_of_many_receives_of_datagrams_hears_that_nobody_is_there)
{
    OVERLAPPED overlapped[MANY];
    struct sockaddr_in addr;
    HANDLE port;
    SOCKET s = connected_to_nobody(&port, &addr);
    int i;

    for (i = 0; i < MANY; i++) receive(s, i, &overlapped[i]);
    CHECK_INT(send(s, "x", 1, 0), 1);
    CHECK_INT(one(port, &overlapped[0]), ERROR_PORT_UNREACHABLE);
    closesocket(s);
    CloseHandle(port);
}

/* The same status of the device's, at the same port with the same key. */
TEST(a_connection_is_refused_beside_datagrams_that_nobody_takes)
{
    OVERLAPPED heard, refused = {0};
    struct sockaddr_in addr, nobody;
    SOCKET s, stream = tcp_listener(&addr);
    HANDLE port;

    closesocket(stream);
    s = connected_to_nobody(&port, &nobody);
    stream = bound_stream();
    CHECK(CreateIoCompletionPort((HANDLE)stream, port, PORT_KEY, 0) == port);
    receive(s, 0, &heard);
    CHECK_INT(send(s, "x", 1, 0), 1);
    CHECK_INT(one(port, &heard), ERROR_PORT_UNREACHABLE);
    CHECK_PENDING(EXTENSION(stream, LPFN_CONNECTEX, WSAID_CONNECTEX)(
        stream, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &refused));
    CHECK_INT(one(port, &refused), ERROR_CONNECTION_REFUSED);
    closesocket(stream);
    closesocket(s);
    CloseHandle(port);
}
