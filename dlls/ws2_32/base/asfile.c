/*
 * What programs do to sockets as files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ReadFile, WriteFile and DeviceIoControl go to the device without Winsock, and a child process
 * inherits sockets: before that the device is told what it does not know yet (base/ahead.h).
 */
#include "private.h"

#include "base/ahead.h"
#include "base/asfile.h"
#include "base/idle.h"

struct as_file_real as_file_real;

BOOL as_file_is_seen(void)
{
    return as_file_real.read && as_file_real.write && as_file_real.control && as_file_real.create_process;
}

static void begins(SOCKET s)
{
    ahead_settle(s);
    idle_never(s);
}

NTSTATUS WINAPI as_file_read(HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, void *context,
                             IO_STATUS_BLOCK *io, void *buffer, ULONG size, LARGE_INTEGER *offset, ULONG *key)
{
    begins(HANDLE_SOCKET(file));
    return as_file_real.read(file, event, routine, context, io, buffer, size, offset, key);
}

NTSTATUS WINAPI as_file_write(HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, void *context,
                              IO_STATUS_BLOCK *io, const void *buffer, ULONG size, LARGE_INTEGER *offset,
                              ULONG *key)
{
    begins(HANDLE_SOCKET(file));
    return as_file_real.write(file, event, routine, context, io, buffer, size, offset, key);
}

NTSTATUS WINAPI as_file_control(HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, void *context,
                                IO_STATUS_BLOCK *io, ULONG code, void *in, ULONG in_size, void *out,
                                ULONG out_size)
{
    begins(HANDLE_SOCKET(file));
    return as_file_real.control(file, event, routine, context, io, code, in, in_size, out, out_size);
}

NTSTATUS WINAPI as_file_create_process(HANDLE *process, HANDLE *thread, ACCESS_MASK process_access,
                                       ACCESS_MASK thread_access, OBJECT_ATTRIBUTES *process_attr,
                                       OBJECT_ATTRIBUTES *thread_attr, ULONG process_flags,
                                       ULONG thread_flags, void *params, void *info, void *attributes)
{
    ahead_settle_all();
    return as_file_real.create_process(process, thread, process_access, thread_access, process_attr,
                                       thread_attr, process_flags, thread_flags, params, info, attributes);
}
