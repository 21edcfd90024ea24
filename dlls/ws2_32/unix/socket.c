/*
 * Creating a socket: WSASocket's one call across the boundary.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdarg.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>
#include <winioctl.h>
#include <winsock2.h>

#include "afd.h"
#include "unix/calls.h"
#include "unix/descriptor.h"
#include "wine_abi.h"
#include "ws2_unix.h"

/* The device reports failures of its host's socket(2) as Winsock errors dressed
 * up as an NTSTATUS, or as real NTSTATUS values. */
static int create_error(NTSTATUS status)
{
    switch (status)
    {
    case STATUS_SUCCESS: return 0;
    case STATUS_TOO_MANY_OPENED_FILES: return WSAEMFILE;
    case STATUS_ACCESS_DENIED: return WSAEACCES;
    case STATUS_NO_MEMORY:
    case STATUS_INSUFFICIENT_RESOURCES: return WSAENOBUFS;
    case STATUS_INVALID_HANDLE:
    case STATUS_OBJECT_TYPE_MISMATCH: return WSAENOTSOCK;
    default: return (status & 0xffff0000) == 0xc0010000 ? status & 0xffff : WSAENETDOWN;
    }
}

NTSTATUS unix_socket_create(void *args)
{
    struct ws2_socket_create *params = args;
    struct afd_create create = {params->family, params->type, params->protocol, params->flags};
    IO_STATUS_BLOCK io;

    params->error = create_error(NtDeviceIoControlFile(WS2_AT(void, params->handle), NULL, NULL, NULL, &io,
                                                       AFD_CREATE, &create, sizeof(create), NULL, 0));
    return STATUS_SUCCESS;
}

/* The application may have closed the handle without a word (NtClose). A
 * request of impossible size is refused with "too small" while it is open, and
 * the layer does that without a round trip or a system call. */
int descriptor_is_open(ws2_ptr handle)
{
    IO_STATUS_BLOCK io;
    char dummy = 0;

    return NtDeviceIoControlFile(WS2_AT(void, handle), NULL, NULL, NULL, &io, AFD_RECVMSG, &dummy, 0, NULL,
                                 0) != STATUS_INVALID_HANDLE;
}
