/*
 * What programs do to sockets as handles.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CloseHandle on a socket is legal in practice: the C runtime's _open_osfhandle and close
 * do it, so does whoever treats sockets as files. It is closesocket but for what that has
 * to do with the protocol: it asks no provider, and lingers not. A socket with other
 * handles goes on, and so does what waits for it.
 */
#include "private.h"

#include "base/ashandle.h"
#include "base/closing.h"
#include "base/port.h"
#include "base/tail.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct as_handle_real as_handle_real = {.close = NtClose, .cancel = NtCancelIoFileEx};

/* Sockets that something is known of. A provider's own is its device's to tell of: handle.c. At
 * the end of the process locks may be with threads that are gone. */
static const struct socket_record *known(HANDLE handle)
{
    const struct socket_record *record = record_get(HANDLE_SOCKET(handle));

    return record && !(record->flags & RECORD_STAND_IN) && !RtlDllShutdownInProgress() ? record : NULL;
}

/* HANDLE_FLAG_PROTECT_FROM_CLOSE */
static BOOL is_protected(HANDLE handle)
{
    OBJECT_DATA_INFORMATION info;

    return !NtQueryObject(handle, ObjectDataInformation, &info, sizeof(info), NULL) && info.ProtectFromClose;
}

/* The outcome is the system's, whatever handle it is. */
NTSTATUS WINAPI as_handle_close(HANDLE handle)
{
    struct closing closing;
    NTSTATUS status;

    if (!known(handle) || is_protected(handle))
    {
        port_closing(handle);
        return as_handle_real.close(handle);
    }
    TRACE("socket %p is closed as a handle\n", handle);
    closing_begin_handle(&closing, HANDLE_SOCKET(handle));
    status = as_handle_real.close(handle);
    if (!status) closing_end(&closing);
    return status;
}

/* Everything of a socket's, which may be more than the program knows of. */
NTSTATUS WINAPI as_handle_cancel(HANDLE handle, IO_STATUS_BLOCK *which, IO_STATUS_BLOCK *io)
{
    if (which || !known(handle)) return as_handle_real.cancel(handle, which, io);
    return tail_cancel(HANDLE_SOCKET(handle), as_handle_real.cancel, io);
}
