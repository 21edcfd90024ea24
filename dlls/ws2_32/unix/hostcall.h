/* System calls without the C library's part (SPDX-License-Identifier: LGPL-2.1-or-later).
 *
 * The layer ends threads by a signal, so that these need not be places for a thread to be
 * cancelled at; and each function between them and the program costs twice here, as the processor
 * predicts no return well that comes after a system call.
 */
#ifndef WS2_UNIX_HOSTCALL_H
#define WS2_UNIX_HOSTCALL_H

#include <errno.h>
#include <sys/syscall.h>

/* Where the host's kernel guards its own returns, it leaves addresses of its own behind for the
 * processor to predict the program's by; the first return that follows one of these costs some
 * 100 ns, others 5. So that is overwritten with addresses that do no harm. They never take
 * effect: each call goes to the next, and the stack is as it was afterwards. */
#define HOSTCALL_RETURNS "16"         /* as many as there are functions to return from, mostly */
extern unsigned char hostcall_covers; /* whether that pays */

/* Finds that out, in some 10 us. */
void hostcall_measure(void);

static inline __attribute__((always_inline)) void hostcall_cover(void)
{
    if (!hostcall_covers) return;
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n" /* what is below it may be in use */
                     "\t.rept " HOSTCALL_RETURNS "\n"
                     "\tcall 1f\n"
                     "\tint3\n"
                     "1:\n"
                     "\t.endr\n"
                     "\tleaq 128 + 8 * " HOSTCALL_RETURNS "(%%rsp), %%rsp"
                     :
                     :
                     : "memory");
}

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
    hostcall_cover();
    return ret;
}

/* The same as syscall(2) has it: -1 and errno. */
static inline __attribute__((always_inline)) long host_call(long number, long a, long b, long c, long d,
                                                            long e, long f)
{
    long ret = host_syscall(number, a, b, c, d, e, f);

    if (ret >= 0) return ret;
    errno = -ret;
    return -1;
}

#endif
