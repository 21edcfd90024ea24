/*
 * What programs ask of completion ports and pending operations.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The module has operations of its own under way (base/arrival.c). CancelIo and CancelIoEx
 * find them here, CreateIoCompletionPort tells which port a socket is bound to, and
 * SetFileCompletionNotificationModes whether success is told there. Who
 * asks a port for packets gets those of operations that end just then: what the server has
 * is older and comes first, and asking for that is the one request that it takes.
 */
#include "private.h"

#include "base/alias.h"
#include "base/arrival.h"
#include "base/device.h"
#include "base/edgewait.h"
#include "base/ending.h"
#include "base/port.h"
#include "base/portcall.h"
#include "guarded.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct port_functions port_real;

static void bound(HANDLE file, const void *info)
{
    FILE_COMPLETION_INFORMATION completion;

    if (!port_real.cancel || !port_real.cancel_ex || !guarded_read(&completion, info, sizeof(completion)))
        return;
    TRACE("file %p: port %p, key %#Ix\n", file, completion.CompletionPort, completion.CompletionKey);
    arrival_bound(HANDLE_SOCKET(file), completion.CompletionPort, completion.CompletionKey);
}

static void notifies(HANDLE file, const void *info)
{
    struct socket_record *record = record_get(HANDLE_SOCKET(file));
    ULONG modes;

    if (record && guarded_read(&modes, info, sizeof(modes))) InterlockedOr(&record->reports.modes, modes);
}

NTSTATUS WINAPI port_set_information(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG size,
                                     FILE_INFORMATION_CLASS class)
{
    const NTSTATUS status = port_real.set_information(file, io, info, size, class);

    if (status || RtlDllShutdownInProgress()) return status;
    if (class == FileCompletionInformation)
        bound(file, info);
    else if (class == INFORMATION_CLASS_NOTIFICATION)
        notifies(file, info);
    return status;
}

/* Operations of a socket with several handles are the device's: this may be the second. */
static struct socket_record *record_of_handle(HANDLE file)
{
    struct socket_record *record = record_get(HANDLE_SOCKET(file));
    struct afd_info info;

    if (record || !arrival_is_any()) return record;
    if (device_request(HANDLE_SOCKET(file), AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL)) return NULL;
    return alias_record(HANDLE_SOCKET(file));
}

static BOOL cancel(HANDLE file, const void *operation, DWORD thread)
{
    struct socket_record *record = record_of_handle(file);

    return record && record->arrival && arrival_cancel(record, operation, thread);
}

/* Operations of the calling thread; whether there were any is nobody's business. */
NTSTATUS WINAPI port_cancel(HANDLE file, IO_STATUS_BLOCK *io)
{
    cancel(file, NULL, GetCurrentThreadId());
    return port_real.cancel(file, io);
}

NTSTATUS WINAPI port_cancel_ex(HANDLE file, IO_STATUS_BLOCK *operation, IO_STATUS_BLOCK *io)
{
    const BOOL cancelled = cancel(file, operation, 0);
    NTSTATUS status;

    if (cancelled && operation)
    {
        io->Status = STATUS_SUCCESS;
        io->Information = 0;
        return STATUS_SUCCESS;
    }
    status = port_real.cancel_ex(file, operation, io);
    return cancelled && status == STATUS_NOT_FOUND ? STATUS_SUCCESS : status;
}

/* Threads that wait at other ports wait for nothing that comes from here. */
static BOOL is_wait(ULONG known, const LARGE_INTEGER *timeout)
{
    return known && (!timeout || timeout->QuadPart);
}

/* What the server has is older than what ends now. */
static BOOL server_has_some(HANDLE port)
{
    ULONG count = 0;

    return NtQueryIoCompletion(port, IoCompletionBasicInformation, &count, sizeof(count), NULL) || count;
}

static NTSTATUS remove_one(HANDLE port, ULONG_PTR *key, ULONG_PTR *value, IO_STATUS_BLOCK *io,
                           LARGE_INTEGER *timeout)
{
    const NTSTATUS status = port_real.remove(port, key, value, io, timeout);
    FILE_IO_COMPLETION_INFORMATION packet;

    if (status || NT_SUCCESS(io->Status)) return status;
    packet = (FILE_IO_COMPLETION_INFORMATION){*key, *value, *io};
    ending_translate(port, &packet);
    io->Status = packet.IoStatusBlock.Status;
    return status;
}

static NTSTATUS remove_several(HANDLE port, FILE_IO_COMPLETION_INFORMATION *packets, ULONG room, ULONG *count,
                               LARGE_INTEGER *timeout, BOOLEAN alertable)
{
    const NTSTATUS status = port_real.remove_ex(port, packets, room, count, timeout, alertable);
    ULONG i;

    if (!status)
        for (i = 0; i < *count; i++) ending_translate(port, &packets[i]);
    return status;
}

/* FALSE if there is none, or another thread took it meanwhile. */
static BOOL take_one(HANDLE port, ULONG known, FILE_IO_COMPLETION_INFORMATION *packet)
{
    LARGE_INTEGER no_time = {.QuadPart = 0};

    return (server_has_some(port) && !remove_one(port, &packet->CompletionKey, &packet->CompletionValue,
                                                 &packet->IoStatusBlock, &no_time)) ||
           arrival_take(known, packet, 1);
}

NTSTATUS WINAPI port_remove(HANDLE port, ULONG_PTR *key, ULONG_PTR *value, IO_STATUS_BLOCK *io,
                            LARGE_INTEGER *timeout)
{
    const ULONG known = port_find(port);
    const BOOL waits = is_wait(known, timeout);
    FILE_IO_COMPLETION_INFORMATION packet;
    NTSTATUS status;

    if (known && arrival_ready() && take_one(port, known, &packet))
    {
        *key = packet.CompletionKey;
        *value = packet.CompletionValue;
        *io = packet.IoStatusBlock;
        return STATUS_SUCCESS;
    }
    if (waits) arrival_wait_begin();
    status = remove_one(port, key, value, io, timeout);
    if (waits) arrival_wait_end();
    return status;
}

/* Another thread may take meanwhile what the server has. */
static ULONG take(HANDLE port, ULONG known, FILE_IO_COMPLETION_INFORMATION *packets, ULONG room)
{
    LARGE_INTEGER no_time = {.QuadPart = 0};
    ULONG count = 0;

    if (server_has_some(port) && remove_several(port, packets, room, &count, &no_time, FALSE)) count = 0;
    return count + arrival_take(known, packets + count, room - count);
}

NTSTATUS WINAPI port_remove_ex(HANDLE port, FILE_IO_COMPLETION_INFORMATION *packets, ULONG room, ULONG *count,
                               LARGE_INTEGER *timeout, BOOLEAN alertable)
{
    const ULONG known = port_find(port);
    const BOOL waits = is_wait(known, timeout);
    NTSTATUS status;
    ULONG got;

    if (known && !alertable && arrival_ready() && guarded_writable(packets, room * sizeof(*packets)) &&
        (got = take(port, known, packets, room)))
    {
        *count = got;
        return STATUS_SUCCESS;
    }
    if (waits) arrival_wait_begin();
    status = remove_several(port, packets, room, count, timeout, alertable);
    if (waits) arrival_wait_end();
    return status;
}

BOOL portcall_sees_waits(void)
{
    return port_real.wait_many != NULL; /* some versions have the other as well */
}

/* One handle or several, and which function it is that goes on to wait. */
static NTSTATUS wait_for(BOOL one, ULONG count, const HANDLE *handles, BOOLEAN any, BOOLEAN alertable,
                         const LARGE_INTEGER *timeout)
{
    struct edge_wait wait = {
        .count = count, .handles = handles, .any = any, .looks_only = timeout && !timeout->QuadPart};
    const BOOL looks = edgewait_is_needed();

    if (looks && edgewait_begin(&wait)) return wait.status;
    wait.status = one ? port_real.wait(*handles, alertable, timeout)
                      : port_real.wait_many(count, handles, any, alertable, timeout);
    if (looks) edgewait_end(&wait);
    return wait.status;
}

NTSTATUS WINAPI port_wait(HANDLE handle, BOOLEAN alertable, const LARGE_INTEGER *timeout)
{
    if (arrival_is_signaling()) arrival_await_signal(handle);
    return wait_for(TRUE, 1, &handle, TRUE, alertable, timeout);
}

NTSTATUS WINAPI port_wait_many(ULONG count, const HANDLE *handles, BOOLEAN any, BOOLEAN alertable,
                               const LARGE_INTEGER *timeout)
{
    HANDLE handle;
    ULONG i;

    if (arrival_is_signaling())
        for (i = 0; i < count && guarded_read(&handle, &handles[i], sizeof(handle)); i++)
            arrival_await_signal(handle);
    return wait_for(FALSE, count, handles, any, alertable, timeout);
}
