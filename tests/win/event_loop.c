/*
 * How the event loops of libuv, wepoll and their like use Winsock.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include <stdint.h>
#include <winternl.h>

#ifndef SIO_BASE_HANDLE
#define SIO_BASE_HANDLE 0x48000022
#endif
#ifndef FILE_SKIP_COMPLETION_PORT_ON_SUCCESS
#define FILE_SKIP_COMPLETION_PORT_ON_SUCCESS 1
#define FILE_SKIP_SET_EVENT_ON_HANDLE 2
#endif

#define MORE_DATA 234 /* what WSAEMSGSIZE is to GetQueuedCompletionStatus */

enum
{
    KEY = 0x77
};

static HANDLE port_of(SOCKET s)
{
    HANDLE port = CreateIoCompletionPort((HANDLE)s, NULL, KEY, 1);

    CHECK(port != NULL);
    return port;
}

static void skip_on_success(SOCKET s)
{
    CHECK(SetFileCompletionNotificationModes((HANDLE)s, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS |
                                                            FILE_SKIP_SET_EVENT_ON_HANDLE));
}

static void set_nonblocking(SOCKET s)
{
    u_long on = 1;

    CHECK_INT(ioctlsocket(s, FIONBIO, &on), 0);
}

/* The next packet is this operation's; gives its error and byte count. */
static DWORD take(HANDLE port, OVERLAPPED *expected, DWORD *size)
{
    OVERLAPPED *overlapped = NULL;
    ULONG_PTR key = 0;
    BOOL ok = GetQueuedCompletionStatus(port, size, &key, &overlapped, 10000);
    DWORD error = ok ? 0 : GetLastError();

    CHECK(overlapped == expected);
    CHECK_INT(key, KEY);
    return error;
}

static void check_nothing(HANDLE port)
{
    OVERLAPPED *overlapped = NULL;
    ULONG_PTR key;
    DWORD size;

    CHECK(!GetQueuedCompletionStatus(port, &size, &key, &overlapped, 50));
    CHECK(overlapped == NULL);
    CHECK_INT(GetLastError(), WAIT_TIMEOUT);
}

static void close_all(SOCKET pair[2], HANDLE port)
{
    closesocket(pair[0]);
    closesocket(pair[1]);
    CloseHandle(port);
}

static int receive(SOCKET s, void *data, ULONG size, OVERLAPPED *overlapped)
{
    WSABUF buffer = {size, data};
    DWORD flags = 0, done;

    return WSARecv(s, &buffer, 1, &done, &flags, overlapped, NULL);
}

static void start_zero_read(SOCKET s, OVERLAPPED *overlapped)
{
    CHECK_ERROR(receive(s, "", 0, overlapped), WSA_IO_PENDING);
}

TEST(zero_read_ends_when_data_come_and_leaves_them)
{
    OVERLAPPED overlapped = {0};
    char buffer[8];
    SOCKET pair[2];
    HANDLE port;
    DWORD size;

    tcp_pair(pair);
    port = port_of(pair[1]);
    set_nonblocking(pair[1]);
    start_zero_read(pair[1], &overlapped);
    check_nothing(port);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(size, 0);
    CHECK_INT(recv(pair[1], buffer, sizeof(buffer), 0), 4);
    CHECK_ERROR(recv(pair[1], buffer, sizeof(buffer), 0), WSAEWOULDBLOCK);
    close_all(pair, port);
}

TEST(zero_read_can_be_repeated_for_the_life_of_a_stream)
{
    OVERLAPPED overlapped;
    char buffer[8];
    SOCKET pair[2];
    HANDLE port;
    DWORD size;
    int i;

    tcp_pair(pair);
    port = port_of(pair[1]);
    set_nonblocking(pair[1]);
    for (i = 0; i < 20; i++)
    {
        memset(&overlapped, 0, sizeof(overlapped));
        start_zero_read(pair[1], &overlapped);
        CHECK_INT(send(pair[0], "data", 4, 0), 4);
        CHECK_INT(take(port, &overlapped, &size), 0);
        CHECK_INT(recv(pair[1], buffer, sizeof(buffer), 0), 4);
    }
    check_nothing(port);
    close_all(pair, port);
}

TEST(zero_read_ends_with_the_stream)
{
    OVERLAPPED overlapped = {0};
    char buffer;
    SOCKET pair[2];
    HANDLE port;
    DWORD size;

    tcp_pair(pair);
    port = port_of(pair[1]);
    set_nonblocking(pair[1]);
    start_zero_read(pair[1], &overlapped);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(size, 0);
    CHECK_INT(recv(pair[1], &buffer, 1, 0), 0);
    close_all(pair, port);
}

TEST(zero_read_fails_when_the_socket_is_closed)
{
    OVERLAPPED overlapped = {0};
    SOCKET pair[2];
    HANDLE port;
    DWORD size;

    tcp_pair(pair);
    port = port_of(pair[1]);
    start_zero_read(pair[1], &overlapped);
    closesocket(pair[1]);
    CHECK(take(port, &overlapped, &size) != 0);
    check_nothing(port);
    closesocket(pair[0]);
    CloseHandle(port);
}

/* The host itself forgets a reset that was seen once; the socket was never read from otherwise. */
static void reset_and_read(SOCKET closed, SOCKET read)
{
    OVERLAPPED overlapped = {0};
    struct linger linger = {1, 0};
    HANDLE port = port_of(read);
    char buffer[4];
    fd_set set;

    set_nonblocking(read);
    CHECK_INT(setsockopt(closed, SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    CHECK_INT(closesocket(closed), 0);
    FD_ZERO(&set);
    FD_SET(read, &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    CHECK_ERROR(receive(read, buffer, sizeof(buffer), &overlapped), WSAECONNRESET);
    CHECK_ERROR(receive(read, buffer, sizeof(buffer), &overlapped), WSAECONNRESET);
    check_nothing(port);
    CHECK_INT(closesocket(read), 0);
    CloseHandle(port);
}

TEST(overlapped_receive_after_a_reset_fails_without_a_packet)
{
    SOCKET pair[2];

    tcp_pair(pair);
    reset_and_read(pair[0], pair[1]);
    tcp_pair(pair);
    reset_and_read(pair[1], pair[0]);
}

TEST(zero_read_that_data_wait_for_ends_at_once)
{
    OVERLAPPED overlapped = {0};
    char buffer[4];
    SOCKET pair[2];
    fd_set read;
    HANDLE port;
    DWORD size;

    tcp_pair(pair);
    port = port_of(pair[1]);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    FD_ZERO(&read);
    FD_SET(pair[1], &read);
    CHECK_INT(select(0, &read, NULL, NULL, NULL), 1);
    CHECK_INT(receive(pair[1], "", 0, &overlapped), 0);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(size, 0);
    CHECK_INT(recv(pair[1], buffer, 4, 0), 4);
    close_all(pair, port);
}

TEST(packet_is_posted_for_what_succeeds_at_once)
{
    OVERLAPPED overlapped = {0};
    WSABUF buffer = {4, "data"};
    SOCKET pair[2];
    DWORD size = 0;
    HANDLE port;

    tcp_pair(pair);
    port = port_of(pair[0]);
    CHECK_INT(WSASend(pair[0], &buffer, 1, &size, 0, &overlapped, NULL), 0);
    CHECK_INT(size, 4);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(size, 4);
    close_all(pair, port);
}

TEST(packet_is_not_posted_for_success_if_it_is_to_be_skipped)
{
    OVERLAPPED overlapped = {0};
    WSABUF buffer = {4, "data"};
    SOCKET pair[2];
    DWORD size = 0;
    HANDLE port;

    tcp_pair(pair);
    port = port_of(pair[0]);
    skip_on_success(pair[0]);
    CHECK_INT(WSASend(pair[0], &buffer, 1, &size, 0, &overlapped, NULL), 0);
    CHECK_INT(size, 4);
    CHECK_INT(overlapped.Internal, 0);
    CHECK_INT(overlapped.InternalHigh, 4);
    check_nothing(port);
    close_all(pair, port);
}

TEST(packet_is_posted_for_what_was_pending_even_if_success_is_skipped)
{
    OVERLAPPED overlapped = {0};
    char buffer[4];
    SOCKET pair[2];
    HANDLE port;
    DWORD size;

    tcp_pair(pair);
    port = port_of(pair[1]);
    skip_on_success(pair[1]);
    CHECK_ERROR(receive(pair[1], buffer, 4, &overlapped), WSA_IO_PENDING);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(size, 4);
    close_all(pair, port);
}

TEST(packet_is_not_posted_if_the_events_low_bit_is_set)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    OVERLAPPED overlapped = {.hEvent = (HANDLE)((ULONG_PTR)event | 1)};
    char buffer[4];
    SOCKET pair[2];
    DWORD size = 0;
    HANDLE port;

    tcp_pair(pair);
    port = port_of(pair[1]);
    CHECK_ERROR(receive(pair[1], buffer, 4, &overlapped), WSA_IO_PENDING);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK(GetOverlappedResult((HANDLE)pair[1], &overlapped, &size, FALSE));
    CHECK_INT(size, 4);
    check_nothing(port);
    close_all(pair, port);
    CloseHandle(event);
}

TEST(packets_are_taken_in_batches)
{
    enum
    {
        COUNT = 8
    };
    OVERLAPPED overlapped[COUNT];
    OVERLAPPED_ENTRY entries[2 * COUNT];
    char buffers[COUNT];
    ULONG got, total = 0;
    SOCKET pair[2];
    HANDLE port;
    int i;

    tcp_pair(pair);
    port = port_of(pair[1]);
    memset(overlapped, 0, sizeof(overlapped));
    for (i = 0; i < COUNT; i++) CHECK_ERROR(receive(pair[1], &buffers[i], 1, &overlapped[i]), WSA_IO_PENDING);
    CHECK_INT(send(pair[0], "01234567", COUNT, 0), COUNT);
    CHECK(PostQueuedCompletionStatus(port, 5, 6, NULL)); /* as libuv wakes up a loop */
    while (total < COUNT + 1)
    {
        CHECK(GetQueuedCompletionStatusEx(port, entries + total, 2 * COUNT - total, &got, 10000, FALSE));
        CHECK(got > 0);
        total += got;
    }
    CHECK_INT(total, COUNT + 1);
    for (i = 0; i < (int)total; i++)
    {
        if (!entries[i].lpOverlapped)
            CHECK_INT(entries[i].lpCompletionKey, 6);
        else
            CHECK_INT(entries[i].dwNumberOfBytesTransferred, 1);
    }
    for (i = 0; i < COUNT; i++) CHECK_INT(buffers[i], '0' + i); /* in the order they were asked for */
    close_all(pair, port);
}

TEST(cancel_of_one_operation_leaves_the_others)
{
    OVERLAPPED first = {0}, second = {0};
    char buffers[2][4];
    SOCKET pair[2];
    HANDLE port;
    DWORD size;

    tcp_pair(pair);
    port = port_of(pair[1]);
    CHECK_ERROR(receive(pair[1], buffers[0], 4, &first), WSA_IO_PENDING);
    CHECK_ERROR(receive(pair[1], buffers[1], 4, &second), WSA_IO_PENDING);
    CHECK(CancelIoEx((HANDLE)pair[1], &first));
    CHECK_INT(take(port, &first, &size), ERROR_OPERATION_ABORTED);
    CHECK(!CancelIoEx((HANDLE)pair[1], &first));
    CHECK_INT(GetLastError(), ERROR_NOT_FOUND);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(take(port, &second, &size), 0);
    CHECK_INT(size, 4);
    CHECK(!memcmp(buffers[1], "data", 4));
    close_all(pair, port);
}

/* Connects that nobody accepts: once the queue is full, further ones wait. */
static SOCKET full_listener(struct sockaddr_in *addr, SOCKET *clients, int count)
{
    SOCKET listener = socket(AF_INET, SOCK_STREAM, 0);
    int i, len = sizeof(*addr);

    memset(addr, 0, sizeof(*addr));
    addr->sin_family = AF_INET;
    addr->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(listener, (struct sockaddr *)addr, sizeof(*addr)), 0);
    CHECK_INT(getsockname(listener, (struct sockaddr *)addr, &len), 0);
    CHECK_INT(listen(listener, 1), 0);
    for (i = 0; i < count; i++)
    {
        clients[i] = socket(AF_INET, SOCK_STREAM, 0);
        set_nonblocking(clients[i]);
        connect(clients[i], (struct sockaddr *)addr, sizeof(*addr));
    }
    return listener;
}

static LPFN_CONNECTEX connect_ex(SOCKET s)
{
    GUID id = WSAID_CONNECTEX;
    LPFN_CONNECTEX function = NULL;
    DWORD size;

    CHECK_INT(WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function, sizeof(function),
                       &size, NULL, NULL),
              0);
    return function;
}

TEST(connect_that_takes_too_long_can_be_cancelled)
{
    struct sockaddr_in addr, any = {.sin_family = AF_INET};
    SOCKET clients[8], listener = full_listener(&addr, clients, 8), s = socket(AF_INET, SOCK_STREAM, 0);
    HANDLE port = port_of(s);
    OVERLAPPED overlapped = {0};
    DWORD size;
    int i;

    CHECK_INT(bind(s, (struct sockaddr *)&any, sizeof(any)), 0);
    CHECK(!connect_ex(s)(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped));
    CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    check_nothing(port);
    CHECK(CancelIoEx((HANDLE)s, &overlapped));
    CHECK_INT(take(port, &overlapped, &size), ERROR_OPERATION_ABORTED);
    closesocket(s);
    closesocket(listener);
    for (i = 0; i < 8; i++) closesocket(clients[i]);
    CloseHandle(port);
}

TEST(connect_that_takes_too_long_ends_when_the_socket_is_closed)
{
    struct sockaddr_in addr, any = {.sin_family = AF_INET};
    SOCKET clients[8], listener = full_listener(&addr, clients, 8), s = socket(AF_INET, SOCK_STREAM, 0);
    HANDLE port = port_of(s);
    OVERLAPPED overlapped = {0};
    DWORD size;
    int i;

    CHECK_INT(bind(s, (struct sockaddr *)&any, sizeof(any)), 0);
    CHECK(!connect_ex(s)(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped));
    CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    closesocket(s);
    CHECK(take(port, &overlapped, &size) != 0);
    check_nothing(port);
    closesocket(listener);
    for (i = 0; i < 8; i++) closesocket(clients[i]);
    CloseHandle(port);
}

TEST(connect_that_is_refused_says_so_at_the_port)
{
    struct sockaddr_in addr, any = {.sin_family = AF_INET};
    SOCKET s = tcp_listener(&addr);
    OVERLAPPED overlapped = {0};
    HANDLE port;
    DWORD size;

    closesocket(s);
    s = socket(AF_INET, SOCK_STREAM, 0);
    port = port_of(s);
    CHECK_INT(bind(s, (struct sockaddr *)&any, sizeof(any)), 0);
    CHECK(!connect_ex(s)(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped));
    CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    CHECK_INT(take(port, &overlapped, &size), ERROR_CONNECTION_REFUSED);
    closesocket(s);
    CloseHandle(port);
}

TEST(connect_context_makes_an_overlapped_connection_whole)
{
    struct sockaddr_in addr, any = {.sin_family = AF_INET}, peer;
    SOCKET listener = tcp_listener(&addr), s = socket(AF_INET, SOCK_STREAM, 0);
    HANDLE port = port_of(s);
    OVERLAPPED overlapped = {0};
    int len = sizeof(peer);
    DWORD size;

    CHECK_INT(bind(s, (struct sockaddr *)&any, sizeof(any)), 0);
    if (!connect_ex(s)(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped))
        CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    CHECK_INT(take(port, &overlapped, &size), 0);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    CHECK_INT(getpeername(s, (struct sockaddr *)&peer, &len), 0);
    CHECK_INT(peer.sin_port, addr.sin_port);
    CHECK_INT(shutdown(s, SD_SEND), 0);
    closesocket(s);
    closesocket(listener);
    CloseHandle(port);
}

static int receive_from(SOCKET s, void *data, ULONG size, OVERLAPPED *overlapped)
{
    static struct sockaddr_in from;
    static int len;
    WSABUF buffer = {size, data};
    DWORD flags = 0;

    len = sizeof(from);
    return WSARecvFrom(s, &buffer, 1, NULL, &flags, (struct sockaddr *)&from, &len, overlapped, NULL);
}

TEST(datagram_that_does_not_fit_fills_the_buffer_and_says_so_at_the_port)
{
    OVERLAPPED overlapped = {0};
    struct sockaddr_in addr;
    char buffer[4];
    HANDLE port;
    DWORD size;
    SOCKET s;

    udp_bound(&s, &addr);
    port = port_of(s);
    CHECK_ERROR(receive_from(s, buffer, 4, &overlapped), WSA_IO_PENDING);
    CHECK_INT(sendto(s, "datagram", 8, 0, (struct sockaddr *)&addr, sizeof(addr)), 8);
    CHECK_INT(take(port, &overlapped, &size), MORE_DATA);
    CHECK_INT(size, 4);
    CHECK(!memcmp(buffer, "data", 4));
    closesocket(s);
    CloseHandle(port);
}

TEST(datagram_that_does_not_fit_gives_msgsize)
{
    struct sockaddr_in addr;
    char buffer[4];
    SOCKET s;

    udp_bound(&s, &addr);
    CHECK_INT(sendto(s, "datagram", 8, 0, (struct sockaddr *)&addr, sizeof(addr)), 8);
    CHECK_ERROR(recv(s, buffer, 4, 0), WSAEMSGSIZE);
    CHECK(!memcmp(buffer, "data", 4));
    closesocket(s);
}

TEST(zero_read_of_datagrams_peeks)
{
    WSABUF buffer = {0, ""};
    DWORD flags = MSG_PEEK, size;
    OVERLAPPED overlapped = {0};
    struct sockaddr_in addr;
    char data[8];
    HANDLE port;
    SOCKET s;

    /* libuv's way to wait for a datagram without a buffer for it */
    udp_bound(&s, &addr);
    port = port_of(s);
    set_nonblocking(s);
    CHECK_ERROR(WSARecv(s, &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK_INT(sendto(s, "datagram", 8, 0, (struct sockaddr *)&addr, sizeof(addr)), 8);
    CHECK_INT(take(port, &overlapped, &size), MORE_DATA);
    CHECK_INT(recv(s, data, 8, 0), 8);
    closesocket(s);
    CloseHandle(port);
}

/* As libuv reads datagrams: told by a peek, then without waiting until there are none. */
TEST(datagrams_are_drained_after_a_zero_read)
{
    WSABUF nothing = {0, ""}, buffer;
    OVERLAPPED overlapped = {0};
    struct sockaddr_in addr, from;
    char data[8];
    int i, len;
    DWORD flags, size;
    HANDLE port;
    SOCKET s;

    udp_bound(&s, &addr);
    port = port_of(s);
    skip_on_success(s);
    set_nonblocking(s);
    for (i = 0; i < 3; i++)
    {
        memset(&overlapped, 0, sizeof(overlapped));
        flags = MSG_PEEK;
        CHECK_ERROR(WSARecv(s, &nothing, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
        CHECK_INT(sendto(s, "one", 3, 0, (struct sockaddr *)&addr, sizeof(addr)), 3);
        CHECK_INT(sendto(s, "three", 5, 0, (struct sockaddr *)&addr, sizeof(addr)), 5);
        CHECK_INT(take(port, &overlapped, &size), MORE_DATA);
        buffer = (WSABUF){sizeof(data), data};
        flags = 0;
        len = sizeof(from);
        CHECK_INT(WSARecvFrom(s, &buffer, 1, &size, &flags, (struct sockaddr *)&from, &len, NULL, NULL), 0);
        CHECK_INT(size, 3);
        CHECK_INT(from.sin_port, addr.sin_port);
        CHECK_INT(WSARecvFrom(s, &buffer, 1, &size, &flags, (struct sockaddr *)&from, &len, NULL, NULL), 0);
        CHECK_INT(size, 5);
        CHECK_ERROR(WSARecvFrom(s, &buffer, 1, &size, &flags, (struct sockaddr *)&from, &len, NULL, NULL),
                    WSAEWOULDBLOCK);
    }
    check_nothing(port);
    closesocket(s);
    CloseHandle(port);
}

TEST(event_is_not_set_on_the_handle_if_that_is_to_be_skipped)
{
    OVERLAPPED overlapped = {0};
    WSABUF buffer = {4, "data"};
    char data[4];
    SOCKET pair[2];
    HANDLE port;
    DWORD size;

    tcp_pair(pair);
    port = port_of(pair[0]);
    skip_on_success(pair[0]);
    CHECK_INT(WSASend(pair[0], &buffer, 1, &size, 0, &overlapped, NULL), 0);
    CHECK_INT(recv(pair[1], data, 4, MSG_WAITALL), 4);
    memset(&overlapped, 0, sizeof(overlapped));
    CHECK_INT(send(pair[1], "data", 4, 0), 4);
    Sleep(50);
    CHECK_INT(receive(pair[0], data, 4, &overlapped), 0);
    CHECK_INT(overlapped.InternalHigh, 4);
    check_nothing(port);
    close_all(pair, port);
}

/* wepoll, mio and libuv poll past ws2_32, at the device. */

#define IOCTL_POLL 0x00012024
#define POLL_RECEIVE 0x0001
#define POLL_SEND 0x0004
#define POLL_DISCONNECT 0x0008
#define POLL_ABORT 0x0010
#define POLL_ACCEPT 0x0080
#define POLL_CONNECT_FAIL 0x0100
#define POLL_LOCAL_CLOSE 0x0020

struct poll_info
{
    LARGE_INTEGER timeout;
    ULONG count;
    ULONG exclusive;
    struct
    {
        HANDLE handle;
        ULONG events;
        LONG status;
    } handles[1];
};

typedef NTSTATUS(NTAPI *create_file_t)(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, IO_STATUS_BLOCK *,
                                       LARGE_INTEGER *, ULONG, ULONG, ULONG, ULONG, void *, ULONG);
typedef NTSTATUS(NTAPI *device_control_t)(HANDLE, HANDLE, void *, void *, IO_STATUS_BLOCK *, ULONG, void *,
                                          ULONG, void *, ULONG);
typedef NTSTATUS(NTAPI *cancel_t)(HANDLE, IO_STATUS_BLOCK *, IO_STATUS_BLOCK *);

static void *ntdll(const char *name)
{
    return (void *)GetProcAddress(GetModuleHandleA("ntdll"), name);
}

static HANDLE open_device(void)
{
    WCHAR path[] = L"\\Device\\Afd\\Loop";
    UNICODE_STRING name = {sizeof(path) - sizeof(WCHAR), sizeof(path), path};
    OBJECT_ATTRIBUTES attributes = {.Length = sizeof(attributes), .ObjectName = &name};
    IO_STATUS_BLOCK io;
    HANDLE device = NULL;

    CHECK_INT(((create_file_t)ntdll("NtCreateFile"))(&device, SYNCHRONIZE, &attributes, &io, NULL, 0,
                                                     FILE_SHARE_READ | FILE_SHARE_WRITE, 1 /* FILE_OPEN */, 0,
                                                     NULL, 0),
              0);
    return device;
}

static SOCKET base_handle(SOCKET s)
{
    SOCKET base = INVALID_SOCKET;
    DWORD size;

    CHECK_INT(WSAIoctl(s, SIO_BASE_HANDLE, NULL, 0, &base, sizeof(base), &size, NULL, NULL), 0);
    return base;
}

static void start_timed_poll(HANDLE device, SOCKET s, ULONG events, LONGLONG timeout, struct poll_info *info,
                             IO_STATUS_BLOCK *io)
{
    NTSTATUS status;

    memset(info, 0, sizeof(*info));
    info->timeout.QuadPart = timeout;
    info->count = 1;
    info->handles[0].handle = (HANDLE)base_handle(s);
    info->handles[0].events = events | POLL_LOCAL_CLOSE;
    io->Status = 0x103;
    status = ((device_control_t)ntdll("NtDeviceIoControlFile"))(device, NULL, NULL, io, io, IOCTL_POLL, info,
                                                                sizeof(*info), info, sizeof(*info));
    CHECK(!status || status == 0x103);
}

static void start_poll(HANDLE device, SOCKET s, ULONG events, struct poll_info *info, IO_STATUS_BLOCK *io)
{
    start_timed_poll(device, s, events, INT64_MAX, info, io);
}

#define EVERYTHING (POLL_RECEIVE | POLL_SEND | POLL_DISCONNECT | POLL_ABORT | POLL_ACCEPT | POLL_CONNECT_FAIL)

/* One poll, which ends with these events at last; others may come before. */
static void poll_until(HANDLE device, HANDLE port, SOCKET s, ULONG asked, ULONG wanted)
{
    struct poll_info info;
    IO_STATUS_BLOCK io;
    DWORD size;
    int tries;

    for (tries = 0; tries < 1000; tries++)
    {
        start_poll(device, s, asked, &info, &io);
        CHECK_INT(take(port, (OVERLAPPED *)&io, &size), 0);
        CHECK_INT(info.count, 1);
        CHECK(!(info.handles[0].events & ~(asked | POLL_LOCAL_CLOSE)));
        if ((info.handles[0].events & wanted) == wanted) return;
        Sleep(1);
    }
    CHECK(tries < 1000);
}

/* The states that libuv's uv_poll, wepoll and mio tell apart. */
TEST(device_poll_tells_the_states_of_a_connection)
{
    HANDLE device = open_device(), port = port_of((SOCKET)device);
    struct linger linger = {1, 0};
    struct sockaddr_in addr;
    SOCKET s, accepted, listener = tcp_listener(&addr), pair[2];
    char buffer[8];

    s = socket(AF_INET, SOCK_STREAM, 0);
    set_nonblocking(s);
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    poll_until(device, port, s, POLL_SEND | POLL_CONNECT_FAIL, POLL_SEND);
    poll_until(device, port, listener, EVERYTHING, POLL_ACCEPT);
    CHECK((accepted = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    CHECK_INT(send(accepted, "data", 4, 0), 4);
    poll_until(device, port, s, EVERYTHING, POLL_RECEIVE | POLL_SEND);
    CHECK_INT(recv(s, buffer, 8, 0), 4);
    CHECK_INT(shutdown(accepted, SD_SEND), 0);
    poll_until(device, port, s, POLL_RECEIVE | POLL_DISCONNECT | POLL_ABORT, POLL_DISCONNECT);
    CHECK_INT(recv(s, buffer, 8, 0), 0);
    closesocket(s);
    closesocket(accepted);

    tcp_pair(pair);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger)), 0);
    closesocket(pair[0]);
    poll_until(device, port, pair[1], POLL_RECEIVE | POLL_DISCONNECT | POLL_ABORT, POLL_ABORT);
    closesocket(pair[1]);

    closesocket(listener);
    s = socket(AF_INET, SOCK_STREAM, 0);
    set_nonblocking(s);
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    poll_until(device, port, s, POLL_SEND | POLL_CONNECT_FAIL, POLL_CONNECT_FAIL);
    closesocket(s);
    CloseHandle(device);
    CloseHandle(port);
}

/* What was received on the fast lane is gone for the device, too. */
TEST(device_poll_sees_nothing_of_what_was_received)
{
    HANDLE device = open_device(), port = port_of((SOCKET)device);
    struct poll_info info;
    IO_STATUS_BLOCK io;
    char buffer[8];
    SOCKET pair[2];
    DWORD size;
    int i;

    tcp_pair(pair);
    for (i = 0; i < 3; i++)
    {
        CHECK_INT(send(pair[0], "data", 4, 0), 4);
        poll_until(device, port, pair[1], POLL_RECEIVE, POLL_RECEIVE);
        CHECK_INT(recv(pair[1], buffer, 8, 0), 4);
        start_timed_poll(device, pair[1], POLL_RECEIVE, 0, &info, &io);
        take(port, (OVERLAPPED *)&io, &size);
        CHECK_INT(info.count, 0);
    }
    CloseHandle(device);
    close_all(pair, port);
}

TEST(device_poll_times_out_with_nothing)
{
    HANDLE device = open_device(), port = port_of((SOCKET)device);
    struct poll_info info;
    IO_STATUS_BLOCK io;
    SOCKET pair[2];
    DWORD size;

    tcp_pair(pair);
    start_timed_poll(device, pair[1], POLL_RECEIVE, -500000, &info, &io);
    take(port, (OVERLAPPED *)&io, &size);
    CHECK_INT(io.Status, WAIT_TIMEOUT);
    CHECK_INT(info.count, 0);
    CloseHandle(device);
    close_all(pair, port);
}

TEST(device_poll_on_the_base_handle_ends_when_data_come)
{
    struct poll_info info;
    IO_STATUS_BLOCK io;
    HANDLE device = open_device(), port = port_of((SOCKET)device);
    SOCKET pair[2];
    DWORD size;

    tcp_pair(pair);
    start_poll(device, pair[1], POLL_RECEIVE | POLL_DISCONNECT, &info, &io);
    check_nothing(port);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(take(port, (OVERLAPPED *)&io, &size), 0);
    CHECK_INT(info.count, 1);
    CHECK_INT(info.handles[0].events, POLL_RECEIVE);
    CloseHandle(device);
    close_all(pair, port);
}

TEST(device_poll_can_be_cancelled)
{
    struct poll_info info;
    IO_STATUS_BLOCK io, cancel;
    HANDLE device = open_device(), port = port_of((SOCKET)device);
    SOCKET pair[2];
    DWORD size;

    tcp_pair(pair);
    start_poll(device, pair[1], POLL_RECEIVE, &info, &io);
    CHECK_INT(((cancel_t)ntdll("NtCancelIoFileEx"))(device, &io, &cancel), 0);
    CHECK_INT(take(port, (OVERLAPPED *)&io, &size), ERROR_OPERATION_ABORTED);
    CloseHandle(device);
    close_all(pair, port);
}

TEST(device_poll_ends_when_the_socket_is_closed)
{
    struct poll_info info;
    IO_STATUS_BLOCK io;
    HANDLE device = open_device(), port = port_of((SOCKET)device);
    SOCKET pair[2];
    DWORD size;

    tcp_pair(pair);
    start_poll(device, pair[1], POLL_RECEIVE, &info, &io);
    closesocket(pair[1]);
    CHECK_INT(take(port, (OVERLAPPED *)&io, &size), 0);
    CHECK(info.handles[0].events & POLL_LOCAL_CLOSE);
    CloseHandle(device);
    closesocket(pair[0]);
    CloseHandle(port);
}

TEST(device_poll_does_not_disturb_a_selection)
{
    WSAEVENT event = WSACreateEvent();
    struct poll_info info;
    WSANETWORKEVENTS events;
    IO_STATUS_BLOCK io;
    HANDLE device = open_device(), port = port_of((SOCKET)device);
    SOCKET pair[2];
    DWORD size;

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ), 0);
    start_poll(device, pair[1], POLL_RECEIVE, &info, &io);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(take(port, (OVERLAPPED *)&io, &size), 0);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(pair[1], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_READ);
    CloseHandle(device);
    WSACloseEvent(event);
    close_all(pair, port);
}
