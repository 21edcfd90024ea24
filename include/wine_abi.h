/*
 * The part of Wine's unixlib ABI that distributions do not install a header for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A builtin PE module asks the loader for a handle to its Unix half and calls
 * through a dispatcher that ntdll.dll exports as a variable. The Unix half
 * exports one array of functions; each takes a pointer to its parameters and
 * returns an NTSTATUS. The array is called with the System V convention in
 * every Wine version; what differs is the convention of ntdll.so's own WINAPI
 * exports (see unix/abi.c), which is why the halves check each other.
 */
#ifndef WINE_ABI_H
#define WINE_ABI_H

/* NtQueryVirtualMemory class that turns a PE module's base into the handle of
 * its Unix half (8 bytes). */
#define WINE_MEMORY_UNIX_FUNCS 1000

/* Name of the pointer variable in ntdll.dll through which unix calls go. */
#define WINE_UNIX_DISPATCHER_NAME "__wine_unix_call_dispatcher"

#ifdef WINE_UNIX_LIB

typedef NTSTATUS (*unixlib_entry_t)(void *args);

extern const unixlib_entry_t __wine_unix_call_funcs[] __attribute__((visibility("default")));
extern const unixlib_entry_t __wine_unix_call_wow64_funcs[] __attribute__((visibility("default")));

/* Duplicates of the descriptor behind a handle come without FD_CLOEXEC. */
extern NTSTATUS CDECL wine_server_handle_to_fd(HANDLE handle, unsigned int access, int *unix_fd,
                                               unsigned int *options);

#else

typedef UINT64 unixlib_handle_t;
typedef NTSTATUS(WINAPI *unix_dispatcher_t)(unixlib_handle_t handle, unsigned int code, void *args);

#endif

#endif
