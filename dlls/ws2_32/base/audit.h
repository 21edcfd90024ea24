/* Audit records about binds (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_AUDIT_H
#define WS2_AUDIT_H

/* s was bound to addr, or not, with this outcome: if that is the address of a socket whose
 * SACL says so, a record is written. */
void audit_bind(SOCKET s, const SOCKADDR_STORAGE *addr, NTSTATUS status);

#endif
