/* System calls without the C library's part (SPDX-License-Identifier: LGPL-2.1-or-later).
 *
 * The fast lane's calls never wait, so they need not be places for a thread to be cancelled
 * at; and each function between them and the program costs twice here, as the processor
 * predicts no return well that comes after a system call. */
#ifndef WS2_UNIX_HOSTCALL_H
#define WS2_UNIX_HOSTCALL_H

#include <sys/syscall.h>

/* The host's result, or a negative errno. */
static inline __attribute__((always_inline)) long host_syscall(long number, long a, long b, long c, long d,
                                                               long e, long f)
{
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}

#endif
