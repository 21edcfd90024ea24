/* What programs ask of completion ports and pending operations (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_PORTCALL_H
#define WS2_BASE_PORTCALL_H

/* The layer's own functions; base/interpose.c puts the others in their places. */
struct port_functions
{
    NTSTATUS(WINAPI *set_information)(HANDLE, IO_STATUS_BLOCK *, void *, ULONG, FILE_INFORMATION_CLASS);
    NTSTATUS(WINAPI *cancel)(HANDLE, IO_STATUS_BLOCK *);
    NTSTATUS(WINAPI *cancel_ex)(HANDLE, IO_STATUS_BLOCK *, IO_STATUS_BLOCK *);
    NTSTATUS(WINAPI *remove)(HANDLE, ULONG_PTR *, ULONG_PTR *, IO_STATUS_BLOCK *, LARGE_INTEGER *);
    NTSTATUS(WINAPI *remove_ex)
    (HANDLE, FILE_IO_COMPLETION_INFORMATION *, ULONG, ULONG *, LARGE_INTEGER *, BOOLEAN);
    NTSTATUS(WINAPI *wait)(HANDLE, BOOLEAN, const LARGE_INTEGER *);
    NTSTATUS(WINAPI *wait_many)(ULONG, const HANDLE *, BOOLEAN, BOOLEAN, const LARGE_INTEGER *);
};
extern struct port_functions port_real;

NTSTATUS WINAPI port_set_information(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG size,
                                     FILE_INFORMATION_CLASS class);
NTSTATUS WINAPI port_cancel(HANDLE file, IO_STATUS_BLOCK *io);
NTSTATUS WINAPI port_cancel_ex(HANDLE file, IO_STATUS_BLOCK *operation, IO_STATUS_BLOCK *io);
NTSTATUS WINAPI port_remove(HANDLE port, ULONG_PTR *key, ULONG_PTR *value, IO_STATUS_BLOCK *io,
                            LARGE_INTEGER *timeout);
NTSTATUS WINAPI port_remove_ex(HANDLE port, FILE_IO_COMPLETION_INFORMATION *packets, ULONG room, ULONG *count,
                               LARGE_INTEGER *timeout, BOOLEAN alertable);

NTSTATUS WINAPI port_wait(HANDLE handle, BOOLEAN alertable, const LARGE_INTEGER *timeout);
NTSTATUS WINAPI port_wait_many(ULONG count, const HANDLE *handles, BOOLEAN any, BOOLEAN alertable,
                               const LARGE_INTEGER *timeout);

/* Whether waiting for handles is seen here. */
BOOL portcall_sees_waits(void);

#endif
