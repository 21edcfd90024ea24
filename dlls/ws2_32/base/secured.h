/* The sockets with WSA_FLAG_ACCESS_SYSTEM_SECURITY, of all processes (SPDX-License-Identifier:
 * LGPL-2.1-or-later). */
#ifndef WS2_SECURED_H
#define WS2_SECURED_H

/* One has been opened: it gets an owner and a DACL, as every object has on Windows, and
 * from now on every process knows that there may be some. */
void secured_begin(HANDLE handle);

/* FALSE if there never was one; costs a look at memory, after the first time. */
BOOL secured_exist(void);

/* Visits each handle that has the access and may be a socket's, but for those of the
 * object of s, through a duplicate of this process; until a visit returns FALSE. */
void secured_for_each(SOCKET s, BOOL (*visit)(SOCKET secured, DWORD process, void *context), void *context);

#endif
