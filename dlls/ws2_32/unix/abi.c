/*
 * Does the running ntdll.so call as we were built to call?
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * In Wine 8 the Nt* exports of ntdll.so take their arguments as Windows code
 * passes them (the first in rcx), in Wine 10 as System V code does (the first
 * in rdi). A module built for one and loaded by the other corrupts memory
 * without a word, so it is tried out: NtQuerySystemTime is called with a
 * different place to write to in each register, and what was written tells.
 */
#include <stdarg.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/abi.h"
#include "wine_abi.h"

#ifndef WS2_FORCE_CONVENTION
#define WS2_FORCE_CONVENTION WS2_CONVENTION_UNKNOWN
#endif

#ifdef __x86_64__

static WINAPI void a_winapi_function(void)
{
}

static __attribute__((sysv_abi)) void a_sysv_function(void)
{
}

enum ws2_convention convention_built(void)
{
    if (WS2_FORCE_CONVENTION != WS2_CONVENTION_UNKNOWN) return WS2_FORCE_CONVENTION;
    return __builtin_types_compatible_p(__typeof__(a_winapi_function), __typeof__(a_sysv_function))
               ? WS2_CONVENTION_SYSV
               : WS2_CONVENTION_MS;
}

/* Calls fn with first in the first argument register of both conventions' kinds;
 * everything either convention lets a callee change is declared changed. */
static void call_both_ways(void *fn, void *if_ms, void *if_sysv)
{
    __asm__ volatile("movq %%rsp, %%rbx\n\t"
                     "andq $-16, %%rsp\n\t"
                     "subq $160, %%rsp\n\t" /* past the red zone, with ms_abi's home space */
                     "call *%%rax\n\t"
                     "movq %%rbx, %%rsp\n\t"
                     : "+a"(fn), "+c"(if_ms), "+D"(if_sysv)
                     :
                     : "rbx", "rdx", "rsi", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
                       "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
                       "xmm15", "memory", "cc");
}

enum ws2_convention convention_running(void)
{
    LARGE_INTEGER ms = {.QuadPart = 0}, sysv = {.QuadPart = 0};

    call_both_ways((void *)NtQuerySystemTime, &ms, &sysv);
    if (ms.QuadPart && !sysv.QuadPart) return WS2_CONVENTION_MS;
    if (sysv.QuadPart && !ms.QuadPart) return WS2_CONVENTION_SYSV;
    return WS2_CONVENTION_UNKNOWN;
}

#else

/* Only x86-64 has two conventions to mix up. */
enum ws2_convention convention_built(void)
{
    return WS2_CONVENTION_SYSV;
}

enum ws2_convention convention_running(void)
{
    return WS2_CONVENTION_SYSV;
}

#endif
