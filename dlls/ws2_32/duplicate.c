/*
 * Tickets: how a socket travels to another process in a WSAPROTOCOL_INFO.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The handle is duplicated into the target process at once. The ticket carries
 * its value and the process it is good for in the fields that the catalog does
 * not use, so that a copy of it that is used again, or by another process, can
 * be told from a good one.
 */
#include "private.h"

#include "base/device.h"
#include "base/host.h"
#include "duplicate.h"
#include "record.h"

#define TICKET_MAGIC 0x77733254

/* A layered provider puts its own entry into a ticket, and keeps dwProviderReserved
 * alone: that says enough in the right process. 0 if it says nothing. */
static SOCKET reserved_handle(const WSAPROTOCOL_INFOW *info)
{
    SOCKET s = info->dwProviderReserved ^ GetCurrentProcessId() ^ TICKET_MAGIC;

    return info->dwProviderReserved && !(s & 3) && s < 0x1000000 ? s : 0;
}

BOOL duplicate_is(const WSAPROTOCOL_INFOW *info)
{
    return info->dwServiceFlags4 == TICKET_MAGIC || reserved_handle(info);
}

void duplicate_mark(WSAPROTOCOL_INFOW *info, HANDLE handle, DWORD pid)
{
    /* the value is new, so whoever is known by it was closed in a way that was not seen */
    if (pid == GetCurrentProcessId()) record_remove(HANDLE_SOCKET(handle));
    info->dwServiceFlags2 = pid;
    info->dwServiceFlags3 = HandleToULong(handle);
    info->dwServiceFlags4 = TICKET_MAGIC;
    info->dwProviderReserved = info->dwServiceFlags3 ^ pid ^ TICKET_MAGIC;
}

SOCKET duplicate_redeem(const WSAPROTOCOL_INFOW *info)
{
    SOCKET s = reserved_handle(info);
    struct afd_info device;

    if (!s) return INVALID_SOCKET;
    if (info->dwServiceFlags4 == TICKET_MAGIC &&
        (info->dwServiceFlags2 != GetCurrentProcessId() || info->dwServiceFlags3 != s))
        return INVALID_SOCKET;
    if (record_get(s)) return INVALID_SOCKET; /* used before, and not closed since */
    if (device_request(s, AFD_GET_INFO, NULL, 0, &device, sizeof(device), NULL)) return INVALID_SOCKET;
    if (host_family(info->iAddressFamily) ? device.family != AF_INET : device.family != info->iAddressFamily)
        return INVALID_SOCKET;
    if (device.type != info->iSocketType) return INVALID_SOCKET;
    return s;
}

void duplicate_drop(const WSAPROTOCOL_INFOW *info, DWORD pid)
{
    HANDLE process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, pid);

    if (!process) return;
    DuplicateHandle(process, SOCKET_HANDLE(info->dwServiceFlags3), NULL, NULL, 0, FALSE,
                    DUPLICATE_CLOSE_SOURCE);
    CloseHandle(process);
}
