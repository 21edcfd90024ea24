/*
 * What every file of mswsock.dll includes, and what ws2_32 has for it alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The base provider lives in ws2_32.dll; this DLL is the name that layered providers
 * and old programs know it by. Calls that concern a socket go through ws2_32 to the
 * socket's provider, whichever that is.
 */
#ifndef WS2_MSWSOCK_H
#define WS2_MSWSOCK_H

#include <stdarg.h>
#include <stddef.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winbase.h>
#include <winerror.h>
#include <winnls.h>
#include <winternl.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#define GetServiceW GetServiceW_as_declared /* with a narrow name, in some headers */
#include <nspapi.h>
#undef GetServiceW

#include <wine/debug.h>
#include <wine/exception.h>

#include "ws2_missing.h"
#include "ws2_spi.h"

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

#ifndef IPPORT_RESERVED
#define IPPORT_RESERVED 1024
#endif

/* The base provider's WSPStartup. */
int WSPAPI __ws2_base_startup(WORD version, WSPDATA *data, WSAPROTOCOL_INFOW *info, WSPUPCALLTABLE upcalls,
                              WSPPROC_TABLE *table);

/* The base provider's function for a WSAID_*, or NULL. */
void *WINAPI __ws2_base_extension(const GUID *id);

/* The service class of this name that a program has installed. */
BOOL WINAPI __ws2_class_by_name(const WCHAR *name, GUID *id);

static inline void *heap_alloc(SIZE_T size)
{
    return HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, size);
}

static inline void heap_free(void *p)
{
    HeapFree(GetProcessHeap(), 0, p);
}

#endif
