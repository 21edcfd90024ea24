/*
 * The outcome of overlapped operations.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/arrival.h"
#include "base/base.h"
#include "base/broken.h"
#include "base/device.h"
#include "base/unreachable.h"
#include "guarded.h"
#include "record.h"
#include "status.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Acquire: the count and the data were written before the status was. */
static NTSTATUS status_of(const WSAOVERLAPPED *overlapped)
{
    return (NTSTATUS) * (const volatile ULONG_PTR *)&overlapped->Internal;
}

BOOL WSPAPI base_get_overlapped_result(SOCKET s, WSAOVERLAPPED *overlapped, DWORD *done, BOOL wait,
                                       DWORD *flags, int *err)
{
    struct socket_record *record = record_get(s);
    WSAOVERLAPPED now;
    NTSTATUS status;
    DWORD count;

    if (!overlapped || !guarded_read(&now, overlapped, sizeof(now)))
    {
        *err = overlapped ? WSAEFAULT : WSA_INVALID_PARAMETER;
        return FALSE;
    }
    if ((status = status_of(overlapped)) == STATUS_PENDING)
    {
        if (!wait)
        {
            *err = WSA_IO_INCOMPLETE;
            return FALSE;
        }
        if (record && arrival_waits(record)) arrival_give_back(record); /* to signal the handle */
        if (WaitForSingleObject(now.hEvent ? now.hEvent : SOCKET_HANDLE(s), INFINITE) == WAIT_FAILED)
        {
            *err = GetLastError();
            return FALSE;
        }
        status = status_of(overlapped);
    }
    if (unreachable_status(s, status) != status) overlapped->Internal = status = STATUS_PORT_UNREACHABLE;
    MemoryBarrier();
    count = overlapped->InternalHigh;
    if ((done && !guarded_write(done, &count, sizeof(count))) ||
        (flags && NT_SUCCESS(status) && !guarded_write(flags, &overlapped->Offset, sizeof(*flags))))
    {
        *err = WSAEFAULT;
        return FALSE;
    }
    TRACE("socket %#Ix, overlapped %p, status %#lx, %lu bytes\n", s, overlapped, status, count);
    if (NT_SUCCESS(status))
        *err = error_from_status(status);
    else
        *err = broken_error(s, error_from_status(status));
    return NT_SUCCESS(status);
}
