/*
 * The caller's access token.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/token.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* A client that lets itself be identified only does not let anybody act for it. */
static BOOL may_act(HANDLE token)
{
    SECURITY_IMPERSONATION_LEVEL level;
    ULONG size;

    return !NtQueryInformationToken(token, TokenImpersonationLevel, &level, sizeof(level), &size) &&
           level >= SecurityImpersonation;
}

HANDLE token_open(void)
{
    HANDLE token;
    NTSTATUS status = NtOpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token);

    if (status == STATUS_NO_TOKEN)
        return NtOpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) ? NULL : token;
    if (status) return NULL;
    if (may_act(token)) return token;
    NtClose(token);
    return NULL;
}

BOOL token_has_security_privilege(void)
{
    PRIVILEGE_SET wanted = {.PrivilegeCount = 1, .Control = PRIVILEGE_SET_ALL_NECESSARY};
    HANDLE token = token_open();
    BOOLEAN held = FALSE;

    if (!token) return FALSE;
    wanted.Privilege[0].Luid.LowPart = SE_SECURITY_PRIVILEGE;
    if (NtPrivilegeCheck(token, &wanted, &held)) held = FALSE;
    NtClose(token);
    TRACE("SeSecurityPrivilege is %s\n", held ? "enabled" : "not enabled");
    return held;
}
