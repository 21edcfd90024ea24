/* What programs do to sockets as files (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_ASFILE_H
#define WS2_BASE_ASFILE_H

/* TRUE if what programs do comes here. */
BOOL as_file_is_seen(void);

/* The system calls: base/interpose.c has them from kernelbase.dll's import table. */
struct as_file_real
{
    NTSTATUS(WINAPI *read)
    (HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, void *context, IO_STATUS_BLOCK *io, void *buffer,
     ULONG size, LARGE_INTEGER *offset, ULONG *key);
    NTSTATUS(WINAPI *write)
    (HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, void *context, IO_STATUS_BLOCK *io,
     const void *buffer, ULONG size, LARGE_INTEGER *offset, ULONG *key);
    NTSTATUS(WINAPI *control)
    (HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, void *context, IO_STATUS_BLOCK *io, ULONG code,
     void *in, ULONG in_size, void *out, ULONG out_size);
    NTSTATUS(WINAPI *create_process)
    (HANDLE *process, HANDLE *thread, ACCESS_MASK process_access, ACCESS_MASK thread_access,
     OBJECT_ATTRIBUTES *process_attr, OBJECT_ATTRIBUTES *thread_attr, ULONG process_flags, ULONG thread_flags,
     void *params, void *info, void *attributes);
};

extern struct as_file_real as_file_real;

/* In their place, for any handle. */
NTSTATUS WINAPI as_file_read(HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, void *context,
                             IO_STATUS_BLOCK *io, void *buffer, ULONG size, LARGE_INTEGER *offset,
                             ULONG *key);
NTSTATUS WINAPI as_file_write(HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, void *context,
                              IO_STATUS_BLOCK *io, const void *buffer, ULONG size, LARGE_INTEGER *offset,
                              ULONG *key);
NTSTATUS WINAPI as_file_control(HANDLE file, HANDLE event, PIO_APC_ROUTINE routine, void *context,
                                IO_STATUS_BLOCK *io, ULONG code, void *in, ULONG in_size, void *out,
                                ULONG out_size);
NTSTATUS WINAPI as_file_create_process(HANDLE *process, HANDLE *thread, ACCESS_MASK process_access,
                                       ACCESS_MASK thread_access, OBJECT_ATTRIBUTES *process_attr,
                                       OBJECT_ATTRIBUTES *thread_attr, ULONG process_flags,
                                       ULONG thread_flags, void *params, void *info, void *attributes);

#endif
