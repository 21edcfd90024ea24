/*
 * Polling at the device, past ws2_32, as wepoll, mio and libuv do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "port.h"

#include <stdint.h>
#include <winternl.h>

#ifndef SIO_BASE_HANDLE
#define SIO_BASE_HANDLE 0x48000022
#endif

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
    set_blocking(s, FALSE);
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
    set_blocking(s, FALSE);
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
    port_close(pair, port);
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
    port_close(pair, port);
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
    port_close(pair, port);
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
    port_close(pair, port);
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
    port_close(pair, port);
}
