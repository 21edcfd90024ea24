/*
 * What programs do to sockets as handles.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * CloseHandle on a socket is legal in practice: the C runtime's _open_osfhandle and close
 * do it, so does whoever treats sockets as files. It is closesocket but for what that has
 * to do with the protocol: it asks no provider, and lingers not.
 */
#include "private.h"

#include "base/ahead.h"
#include "base/alias.h"
#include "base/ashandle.h"
#include "base/closing.h"
#include "base/edge.h"
#include "base/idle.h"
#include "base/port.h"
#include "base/tail.h"
#include "base/waiter.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Versions of the layer's headers call this by different names. */
#define INFORMATION_CLASS_FLAGS ((OBJECT_INFORMATION_CLASS)4)

struct handle_flags
{
    BOOLEAN is_inherited, is_protected;
};

struct as_handle_real as_handle_real = {.close = NtClose,
                                        .cancel = NtCancelIoFileEx,
                                        .duplicate = NtDuplicateObject,
                                        .set = NtSetInformationObject};

/* Sockets that something is known of. A provider's own is its device's to tell of: handle.c. At
 * the end of the process locks may be with threads that are gone. */
static struct socket_record *known(HANDLE handle)
{
    struct socket_record *record = record_get(HANDLE_SOCKET(handle));

    return record && !(record->flags & RECORD_STAND_IN) && !RtlDllShutdownInProgress() ? record : NULL;
}

/* Those that were made here are asked nothing: one that is protected was seen to become so. */
static BOOL is_protected(const struct socket_record *record, HANDLE handle)
{
    struct handle_flags flags;

    if ((record->flags & (RECORD_OURS | RECORD_PROTECTED)) == RECORD_OURS) return FALSE;
    return !NtQueryObject(handle, INFORMATION_CLASS_FLAGS, &flags, sizeof(flags), NULL) && flags.is_protected;
}

/* What is selected goes on as long as the socket does. */
static void leave_selection(struct socket_record *record, SOCKET s)
{
    if (!(record->flags & RECORD_EDGES)) return;
    if (closing_is_last(s))
        edge_closed_behind(s);
    else
        edge_give_back(s);
}

/* The outcome is the system's, whatever handle it is. */
NTSTATUS WINAPI as_handle_close(HANDLE handle)
{
    struct socket_record *record = known(handle);
    struct closing closing;
    NTSTATUS status;
    BOOL begun;

    if (!record || is_protected(record, handle))
    {
        port_closing(handle);
        return as_handle_real.close(handle);
    }
    TRACE("socket %p is closed as a handle\n", handle);
    leave_selection(record, HANDLE_SOCKET(handle));
    begun = closing_begin(&closing, HANDLE_SOCKET(handle));
    /* an exception tells a debugger of a handle that is none */
    if (begun && NtCurrentTeb()->Peb->BeingDebugged) waiters_closed();
    status = as_handle_real.close(handle);
    if (begun) closing_end(&closing, !status);
    return status;
}

/* Everything of a socket's, which may be more than the program knows of. */
NTSTATUS WINAPI as_handle_cancel(HANDLE handle, IO_STATUS_BLOCK *which, IO_STATUS_BLOCK *io)
{
    struct socket_record *record = which ? NULL : known(handle);
    NTSTATUS status;
    BOOL idle;

    if (!record) return as_handle_real.cancel(handle, which, io);
    idle = idle_is(record);
    status = tail_cancel(HANDLE_SOCKET(handle), as_handle_real.cancel, io);
    return idle && !status ? STATUS_NOT_FOUND : status;
}

static BOOL is_this_process(HANDLE process)
{
    PROCESS_BASIC_INFORMATION info;

    if (process == GetCurrentProcess()) return TRUE;
    return !NtQueryInformationProcess(process, ProcessBasicInformation, &info, sizeof(info), NULL) &&
           info.UniqueProcessId == GetCurrentProcessId();
}

/* What another process does with the socket is not seen here. Another handle in this one is met
 * when it is used: base/alias.c. DUPLICATE_CLOSE_SOURCE closes the handle whatever comes of the
 * rest; but where nothing else changes it stays the same. */
static NTSTATUS duplicate_known(struct socket_record *record, HANDLE source_process, HANDLE source,
                                HANDLE process, HANDLE *handle, ACCESS_MASK access, ULONG attributes,
                                ULONG options)
{
    const BOOL here = is_this_process(process);
    const ULONG closes = here && options & DUPLICATE_SAME_ACCESS ? 0 : options & DUPLICATE_CLOSE_SOURCE;
    NTSTATUS status;

    if (!here) alias_share(record);
    ahead_settle(HANDLE_SOCKET(source));
    status = as_handle_real.duplicate(source_process, source, process, handle, access, attributes,
                                      options & ~closes);
    if (closes) as_handle_close(source);
    return status;
}

/* The handle is new: whoever is known by it was closed in a way that was not seen. */
static void forget_former(HANDLE handle, HANDLE source, HANDLE process)
{
    if (handle != source && record_get(HANDLE_SOCKET(handle)) && is_this_process(process))
        closing_was_closed(HANDLE_SOCKET(handle));
}

NTSTATUS WINAPI as_handle_duplicate(HANDLE source_process, HANDLE source, HANDLE process, HANDLE *handle,
                                    ACCESS_MASK access, ULONG attributes, ULONG options)
{
    struct socket_record *record = known(source);
    NTSTATUS status;

    if (record && is_this_process(source_process))
        status =
            duplicate_known(record, source_process, source, process, handle, access, attributes, options);
    else
    {
        if (options & DUPLICATE_CLOSE_SOURCE && is_this_process(source_process)) port_moving(source);
        status =
            as_handle_real.duplicate(source_process, source, process, handle, access, attributes, options);
    }
    if (!status && handle) forget_former(*handle, source, process);
    return status;
}

NTSTATUS WINAPI as_handle_set(HANDLE handle, OBJECT_INFORMATION_CLASS kind, void *data, ULONG size)
{
    NTSTATUS status = as_handle_real.set(handle, kind, data, size);
    struct socket_record *record = status || kind != INFORMATION_CLASS_FLAGS ? NULL : known(handle);

    if (record && ((const struct handle_flags *)data)->is_protected)
        record_set_flags(record, RECORD_PROTECTED);
    else if (record)
        record_clear_flags(record, RECORD_PROTECTED);
    return status;
}
