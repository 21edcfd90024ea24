/* The caller's access token (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_TOKEN_H
#define WS2_TOKEN_H

/* The thread's token while it impersonates somebody, else the process's, to be asked
 * questions and closed with NtClose; NULL if the thread may not act with it. */
HANDLE token_open(void);

/* Is SeSecurityPrivilege enabled in it? */
BOOL token_has_security_privilege(void);

#endif
