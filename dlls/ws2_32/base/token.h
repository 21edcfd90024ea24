/* The caller's access token (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_TOKEN_H
#define WS2_TOKEN_H

/* The thread's token while it impersonates somebody, else the process's, to be asked
 * questions and closed with NtClose; NULL if out of memory. *may_act is FALSE if the
 * thread impersonates somebody in whose name it may do nothing. */
HANDLE token_open(BOOL *may_act);

/* Is SeSecurityPrivilege enabled in it? */
BOOL token_has_security_privilege(void);

/* Is the user, or an enabled group, of this token the one of sid? */
BOOL token_is(HANDLE token, PSID sid);

/* What the token says of this class, in a heap block; NULL if nothing. */
void *token_ask(HANDLE token, TOKEN_INFORMATION_CLASS which);

#endif
