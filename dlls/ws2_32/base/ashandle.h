/* What programs do to sockets as handles (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_ASHANDLE_H
#define WS2_BASE_ASHANDLE_H

/* The system calls: base/interpose.c has them from kernelbase.dll's import table. */
struct as_handle_real
{
    NTSTATUS(WINAPI *close)(HANDLE handle);
    NTSTATUS(WINAPI *cancel)(HANDLE handle, IO_STATUS_BLOCK *which, IO_STATUS_BLOCK *io);
    NTSTATUS(WINAPI *duplicate)
    (HANDLE source_process, HANDLE source, HANDLE process, HANDLE *handle, ACCESS_MASK access,
     ULONG attributes, ULONG options);
    NTSTATUS(WINAPI *set)(HANDLE handle, OBJECT_INFORMATION_CLASS kind, void *data, ULONG size);
};

extern struct as_handle_real as_handle_real;

/* In their place, for any handle. */
NTSTATUS WINAPI as_handle_close(HANDLE handle);
NTSTATUS WINAPI as_handle_cancel(HANDLE handle, IO_STATUS_BLOCK *which, IO_STATUS_BLOCK *io);
NTSTATUS WINAPI as_handle_duplicate(HANDLE source_process, HANDLE source, HANDLE process, HANDLE *handle,
                                    ACCESS_MASK access, ULONG attributes, ULONG options);
NTSTATUS WINAPI as_handle_set(HANDLE handle, OBJECT_INFORMATION_CLASS kind, void *data, ULONG size);

#endif
