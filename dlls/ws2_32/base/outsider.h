/* Modules of the program's that call the device past Winsock (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_OUTSIDER_H
#define WS2_BASE_OUTSIDER_H

/* TRUE if there may be one: who imports from ntdll.dll what base/asfile.c sees of kernelbase.dll's
 * callers alone. */
BOOL outsider_is_here(void);

/* In place of what kernelbase.dll's GetProcAddress calls. */
typedef NTSTATUS(WINAPI *outsider_lookup)(HMODULE module, const ANSI_STRING *name, ULONG ordinal,
                                          void **address);
extern outsider_lookup outsider_real;
NTSTATUS WINAPI outsider_look_up(HMODULE module, const ANSI_STRING *name, ULONG ordinal, void **address);

#endif
