/*
 * Handles for sockets that the layer's device does not know.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The file behind them is the host's null device: reading it ends at once, should a
 * child inherit it, and writing any number of bytes to it succeeds at once, which is
 * what it takes to have ntdll post a packet of that many bytes to whatever port the
 * program has bound the handle to. Nobody else could: the port is not ours to know.
 */
#include "private.h"

#include "guarded.h"
#include "handle.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

HANDLE handle_make(BOOL inherit)
{
    OBJECT_ATTRIBUTES attr;
    UNICODE_STRING name;
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    HANDLE handle;

    RtlInitUnicodeString(&name, L"\\??\\unix\\dev\\null");
    InitializeObjectAttributes(&attr, &name, inherit ? OBJ_INHERIT : 0, NULL, NULL);
    status = NtOpenFile(&handle, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &attr, &io,
                        FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_NON_DIRECTORY_FILE);
    if (!status) return handle;
    WARN("no handle, status %#lx\n", status);
    return NULL;
}

/* ntdll looks at every page of what is written, and the device at none. */
static NTSTATUS write_nothing(HANDLE handle, HANDLE event, void *port_value, DWORD bytes)
{
    static char little[0x10000];
    void *buffer =
        bytes <= sizeof(little) ? little : VirtualAlloc(NULL, bytes, MEM_COMMIT | MEM_RESERVE, PAGE_READONLY);
    IO_STATUS_BLOCK io;
    NTSTATUS status;

    if (!buffer) return STATUS_NO_MEMORY;
    status = NtWriteFile(handle, event, NULL, port_value, &io, buffer, bytes, NULL, NULL);
    if (buffer != little) VirtualFree(buffer, 0, MEM_RELEASE);
    return status;
}

/* This one of the device's requests is answered by ntdll, whatever the handle. */
static NTSTATUS complete_with(HANDLE handle, HANDLE event, void *port_value, NTSTATUS status)
{
    IO_STATUS_BLOCK io;

    return NtDeviceIoControlFile(handle, event, NULL, port_value, &io, AFD_COMPLETE_ASYNC, &status,
                                 sizeof(status), NULL, 0);
}

BOOL handle_complete(HANDLE handle, WSAOVERLAPPED *overlapped, NTSTATUS status, DWORD bytes)
{
    const ULONG_PTR done[2] = {(ULONG)status, bytes};
    ULONG_PTR event;
    void *port_value;

    TRACE("handle %p, overlapped %p, status %#lx, bytes %lu\n", handle, overlapped, status, bytes);

    if (!guarded_read(&event, &overlapped->hEvent, sizeof(event))) return FALSE;
    /* the status last: it tells whoever looks without waiting */
    if (!guarded_write(&overlapped->InternalHigh, &done[1], sizeof(done[1])) ||
        !guarded_write(&overlapped->Internal, &done[0], sizeof(done[0])))
        return FALSE;
    port_value = event & 1 ? NULL : overlapped;
    if (!status && bytes)
        write_nothing(handle, (HANDLE)(event & ~(ULONG_PTR)1), port_value, bytes);
    else
        complete_with(handle, (HANDLE)(event & ~(ULONG_PTR)1), port_value, status);
    return TRUE;
}
