/*
 * A tiny harness for test programs that run as Windows programs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A program is one C file of TESTs beside harness.c, which has main():
 *
 *     PROGRAM                 run every test
 *     PROGRAM NAME...         run these
 *     PROGRAM --list          names only
 *
 * One line a test, `ok NAME`, `FAIL NAME FILE:LINE: what` or `skip NAME: why`,
 * then `N passed, N failed, N skipped`; the exit code is 1 if any failed. The
 * first failed check ends its test, and a crash is a failure like any other.
 * A test that takes longer than 30 seconds (HARNESS_TIMEOUT says otherwise) is
 * a failure, and the tests after it run in a new process.
 */
#ifndef HARNESS_H
#define HARNESS_H

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0a00
#endif

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct harness_test
{
    const char *name;
    void (*run)(void);
    int line;
    struct harness_test *next;
};

struct harness_child
{
    const char *name;
    int (*run)(int argc, char **argv);
    struct harness_child *next;
};

void harness_add(struct harness_test *test);
void harness_add_child(struct harness_child *child);
void harness_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(gnu_printf, 3, 4), noreturn));
void harness_skip(const char *format, ...) __attribute__((format(gnu_printf, 1, 2), noreturn));
void harness_check_int(const char *file, int line, const char *what, long long actual, long long expected);
void harness_check_str(const char *file, int line, const char *what, const char *actual,
                       const char *expected);
void harness_check_error(const char *file, int line, const char *what, long long result, int expected);
int harness_main(int argc, char **argv);

/* FALSE before harness_main (see HARNESS_NO_STARTUP): tests call WSAStartup. */
extern BOOL harness_startup;

#define TEST(test)                                                           \
    static void test(void);                                                  \
    static struct harness_test test##_entry = {#test, test, __LINE__, NULL}; \
    static void __attribute__((constructor)) test##_register(void)           \
    {                                                                        \
        harness_add(&test##_entry);                                          \
    }                                                                        \
    static void test(void)

/* A second role of the same program: CHILD(giver) { ...; return exit_code; }
 * has argc and argv, and runs in a process that harness_spawn starts. */
#define CHILD(child)                                                   \
    static int child(int argc, char **argv);                           \
    static struct harness_child child##_entry = {#child, child, NULL}; \
    static void __attribute__((constructor)) child##_register(void)    \
    {                                                                  \
        harness_add_child(&child##_entry);                             \
    }                                                                  \
    static int child(int argc __attribute__((unused)), char **argv __attribute__((unused)))

/* At file level: the program's tests call WSAStartup themselves. */
#define HARNESS_NO_STARTUP                                            \
    static void __attribute__((constructor)) harness_no_startup(void) \
    {                                                                 \
        harness_startup = FALSE;                                      \
    }                                                                 \
    extern BOOL harness_startup

#define CHECK(cond)                                                                                        \
    do                                                                                                     \
    {                                                                                                      \
        if (!(cond)) harness_fail(__FILE__, __LINE__, "%s (last error %ld)", #cond, (long)GetLastError()); \
    } while (0)

/* Both are compared, and printed, as signed 64-bit numbers. */
#define CHECK_INT(actual, expected) \
    harness_check_int(__FILE__, __LINE__, #actual, (long long)(actual), (long long)(expected))

#define CHECK_STR(actual, expected) harness_check_str(__FILE__, __LINE__, #actual, (actual), (expected))

/* The call returns SOCKET_ERROR or INVALID_SOCKET, and the last error is this. */
#define CHECK_ERROR(call, error)                                                    \
    do                                                                              \
    {                                                                               \
        WSASetLastError(0xdead);                                                    \
        harness_check_error(__FILE__, __LINE__, #call, (long long)(call), (error)); \
    } while (0)

/* The call returns FALSE, NULL or 0, and the last error is this. */
#define CHECK_NOTHING(call, error)                                                \
    do                                                                            \
    {                                                                             \
        WSASetLastError(0xdead);                                                  \
        harness_check_int(__FILE__, __LINE__, #call, (long long)(call), 0);       \
        harness_check_int(__FILE__, __LINE__, #call, WSAGetLastError(), (error)); \
    } while (0)

#define SKIP(...) harness_skip(__VA_ARGS__)

/* A connected pair of IPv4 streams on the loopback: [0] connected, [1] was accepted. */
void tcp_pair(SOCKET pair[2]);

/* Closes both ends, which must be sockets still. */
void close_pair(SOCKET pair[2]);

/* Waits until a receive, or an accept, will find something. */
void wait_readable(SOCKET s);

/* An IPv4 datagram socket bound to the loopback and a free port; addr may be NULL. */
void udp_bound(SOCKET *s, struct sockaddr_in *addr);

/* A listening IPv4 socket on the loopback and a free port; addr may be NULL. */
SOCKET tcp_listener(struct sockaddr_in *addr);

/* FIONBIO. */
void set_blocking(SOCKET s, BOOL blocking);

/* Starts this program again as CHILD name with arguments printed as by printf;
 * handles that can be inherited are. The caller closes the process handle. */
HANDLE harness_spawn(const char *name, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));

/* Waits for it, closes it, and gives its exit code. */
int harness_join(HANDLE process);

/* The path of a file that lies beside this program; MAX_PATH characters. */
void harness_beside(const char *file, WCHAR *path);

#endif
