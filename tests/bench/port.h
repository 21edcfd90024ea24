/*
 * One name for what Winsock and POSIX call differently: the rows are written once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef BENCH_PORT_H
#define BENCH_PORT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0a00
#endif
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <afunix.h>
#include <windows.h>

typedef HANDLE port_thread;

#define PORT_WOULD_BLOCK WSAEWOULDBLOCK
#define PORT_NO_FAMILY WSAEAFNOSUPPORT
#define unlink DeleteFileA

static inline int port_error(void)
{
    return WSAGetLastError();
}

static inline double port_microseconds(void)
{
    static LARGE_INTEGER frequency;
    LARGE_INTEGER now;

    if (!frequency.QuadPart) QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return now.QuadPart * 1e6 / frequency.QuadPart;
}

static inline int port_thread_start(port_thread *thread, DWORD(WINAPI *run)(void *), void *argument)
{
    *thread = CreateThread(NULL, 0, run, argument, 0, NULL);
    return *thread ? 0 : -1;
}

static inline void port_thread_join(port_thread thread)
{
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

static inline void port_sleep(void)
{
    Sleep(INFINITE);
}

#define PORT_THREAD(function, argument) static DWORD WINAPI function(void *argument)

#else

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

typedef int SOCKET;
typedef unsigned int DWORD;
typedef unsigned long u_long;
typedef struct pollfd WSAPOLLFD;
typedef pthread_t port_thread;

#define INVALID_SOCKET (-1)
#define PORT_WOULD_BLOCK EAGAIN
#define PORT_NO_FAMILY EAFNOSUPPORT
#define closesocket close
#define WSAPoll poll

/* Winsock's is 32 bits wide, the host's an int. */
static inline int ioctlsocket(SOCKET s, unsigned long request, u_long *value)
{
    int number = *value, ret = ioctl(s, request, &number);

    *value = number;
    return ret;
}

static inline int port_error(void)
{
    return errno;
}

static inline double port_microseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static inline int port_thread_start(port_thread *thread, void *(*run)(void *), void *argument)
{
    return pthread_create(thread, NULL, run, argument) ? -1 : 0;
}

static inline void port_thread_join(port_thread thread)
{
    pthread_join(thread, NULL);
}

static inline void port_sleep(void)
{
    pause();
}

#define PORT_THREAD(function, argument) static void *function(void *argument)

#endif
#endif
