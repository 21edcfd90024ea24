/*
 * Row: a file sent over TCP to a thread that reads all the time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "bench.h"

static long long file_size, arrived;
static port_thread drain_thread;

PORT_THREAD(drain, unused)
{
    int size;

    (void)unused;
    while ((size = recv(pair[1], got, sizeof(got), 0)) > 0)
    {
        /* The other end waits for the last byte of a file. */
        arrived += size;
        if (arrived < file_size) continue;
        arrived -= file_size;
        if (send(pair[1], sent, 1, 0) != 1) break;
    }
    return 0;
}

static int start_drain(void)
{
    if (tcp_pair()) return ROW_FAILED;
    arrived = 0;
    NEED(!port_thread_start(&drain_thread, drain, NULL));
    return 0;
}

static void stop_drain(void)
{
    if (pair[0] == INVALID_SOCKET) return;
    closesocket(pair[0]);
    pair[0] = INVALID_SOCKET;
    port_thread_join(drain_thread);
    close_pair();
}

#ifdef _WIN32

static HANDLE file = INVALID_HANDLE_VALUE;
static LPFN_TRANSMITFILE transmit;

static int open_file(void)
{
    GUID id = WSAID_TRANSMITFILE;
    LARGE_INTEGER size;
    DWORD done;

    file = CreateFileA(bench_file, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    NEED(file != INVALID_HANDLE_VALUE);
    NEED(GetFileSizeEx(file, &size));
    file_size = size.QuadPart;
    if (start_drain()) return ROW_FAILED;
    NEED(!WSAIoctl(pair[0], SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &transmit, sizeof(transmit),
                   &done, NULL, NULL));
    return 0;
}

static int send_file(void)
{
    NEED(SetFilePointer(file, 0, NULL, FILE_BEGIN) == 0);
    NEED(transmit(pair[0], file, 0, 0, NULL, NULL, 0));
    return receive_all(pair[0], sent, 1);
}

static void close_file(void)
{
    stop_drain();
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
    file = INVALID_HANDLE_VALUE;
}

#else

static int file = -1;

static int open_file(void)
{
    struct stat info;

    NEED((file = open(bench_file, O_RDONLY | O_CLOEXEC)) >= 0);
    NEED(!fstat(file, &info));
    file_size = info.st_size;
    return start_drain();
}

static int send_file(void)
{
    off_t offset = 0;

    while (offset < file_size) NEED(sendfile(pair[0], file, &offset, file_size - offset) > 0);
    return receive_all(pair[0], sent, 1);
}

static void close_file(void)
{
    stop_drain();
    if (file >= 0) close(file);
    file = -1;
}

#endif

const struct row file_rows[] = {
    {"transmitfile", "TransmitFile of 64 MiB", OF_NATIVE, 1.2, open_file, send_file, close_file},
    {0},
};
