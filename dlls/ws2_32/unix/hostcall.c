/*
 * Whether to cover what a system call leaves behind: unix/hostcall.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdint.h>

#include "unix/hostcall.h"

unsigned char hostcall_covers;

#define TRIES 8
#define CALLS 4

/* Functions to return from, as the fast lane's calls have. */
static __attribute__((noinline, noclone)) long call_host(void)
{
    return host_syscall(SYS_getppid, 0, 0, 0, 0, 0, 0);
}

static __attribute__((noinline, noclone)) long call_nested(void)
{
    long ret = call_host();

    __asm__ volatile("" : "+r"(ret)); /* a call, not a jump */
    return ret;
}

static __attribute__((noinline, noclone)) long call_deeper(void)
{
    long ret = call_nested();

    __asm__ volatile("" : "+r"(ret));
    return ret;
}

/* Ticks of the fastest of some tries: what slows a process down now and then does not count. */
static uint64_t ticks(unsigned char covers)
{
    uint64_t least = UINT64_MAX, taken;
    int i, j;

    hostcall_covers = covers;
    for (i = 0; i < TRIES; i++)
    {
        taken = __builtin_ia32_rdtsc();
        for (j = 0; j < CALLS; j++) call_deeper();
        taken = __builtin_ia32_rdtsc() - taken;
        if (taken < least) least = taken;
    }
    return least;
}

/* A processor that keeps a second stack to check returns by allows no calls without one. */
static int returns_are_checked(void)
{
    uint64_t second_stack = 0;

    __asm__ volatile("rdsspq %0" : "+r"(second_stack)); /* does nothing where there is none */
    return second_stack != 0;
}

void hostcall_measure(void)
{
    uint64_t with, without;

    hostcall_covers = 0;
    if (returns_are_checked()) return;
    with = ticks(1);
    without = ticks(0);
    hostcall_covers = with + with / 16 < without;
}
