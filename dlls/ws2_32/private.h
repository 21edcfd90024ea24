/*
 * What every file of the PE half includes: the Windows headers in the one order
 * that works, and the few helpers that have no better home.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WS2_PRIVATE_H
#define WS2_PRIVATE_H

#include <stdarg.h>
#include <stddef.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winbase.h>
#include <winerror.h>
#include <winnls.h>
#include <winternl.h>
#include <winioctl.h>
#define _WS2_32_ /* the functions are exported from here, not imported */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>

#include <wine/debug.h>
#include <wine/exception.h>

#include "afd.h"
#include "wine_abi.h"
#include "ws2_missing.h"
#include "ws2_spi.h"
#include "ws2_unix.h"

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SOCKET_HANDLE(s) ((HANDLE)(ULONG_PTR)(s))
#define HANDLE_SOCKET(h) ((SOCKET)(ULONG_PTR)(h))

/* gcc moves or deletes the frame that __TRY pushes when the body holds only
 * plain loads and stores; these, first and last in the body, pin it. */
#define GUARD_BEGIN __asm__ volatile("" ::: "memory")
#define GUARD_END __asm__ volatile("" ::: "memory")

/* For functions between an exported one and its system call: the processor predicts no
 * return well that comes after one, and a call less is worth more there than its size. */
#define ON_THE_WAY inline __attribute__((always_inline))

/* For what such a function seldom does: it would take room for it each time. */
#define ASIDE __attribute__((noinline, cold))

static inline void *heap_alloc(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), 0, size);
}

static inline void *heap_zalloc(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

static inline void *heap_realloc(void *p, SIZE_T size)
{
    return p ? HeapReAlloc(GetProcessHeap(), 0, p, size) : heap_alloc(size);
}

static inline void heap_free(void *p)
{
    HeapFree(GetProcessHeap(), 0, p);
}

#endif
