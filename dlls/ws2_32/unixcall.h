/* Calls into the ELF half (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIXCALL_H
#define WS2_UNIXCALL_H

/* Finds the ELF half and checks that both halves and the running Wine fit
 * together; called once from DllMain, which succeeds whatever the outcome. */
void unix_attach(HINSTANCE module);

/* TRUE if the halves fit; otherwise writes one line a process to stderr. */
BOOL unix_ready(void);

/* STATUS_DLL_NOT_FOUND if the halves do not fit. */
NTSTATUS unix_call(enum ws2_unix_function function, void *params);

#endif
