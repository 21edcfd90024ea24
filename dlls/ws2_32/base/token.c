/*
 * The caller's access token.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/token.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* A client that lets itself be identified only does not let anybody act for it. */
static BOOL lends_rights(HANDLE token)
{
    SECURITY_IMPERSONATION_LEVEL level;
    ULONG size;

    return !NtQueryInformationToken(token, TokenImpersonationLevel, &level, sizeof(level), &size) &&
           level >= SecurityImpersonation;
}

HANDLE token_open(BOOL *may_act)
{
    HANDLE token;
    NTSTATUS status = NtOpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token);

    *may_act = status == STATUS_NO_TOKEN || (!status && lends_rights(token));
    if (!status) return token;
    return NtOpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token) ? NULL : token;
}

BOOL token_has_security_privilege(void)
{
    PRIVILEGE_SET wanted = {.PrivilegeCount = 1, .Control = PRIVILEGE_SET_ALL_NECESSARY};
    BOOLEAN held = FALSE;
    HANDLE token;
    BOOL may_act;

    if (!(token = token_open(&may_act))) return FALSE;
    wanted.Privilege[0].Luid.LowPart = SE_SECURITY_PRIVILEGE;
    if (!may_act || NtPrivilegeCheck(token, &wanted, &held)) held = FALSE;
    NtClose(token);
    TRACE("SeSecurityPrivilege is %s\n", held ? "enabled" : "not enabled");
    return held;
}

void *token_ask(HANDLE token, TOKEN_INFORMATION_CLASS which)
{
    void *answer = NULL;
    ULONG size = 0;

    if (NtQueryInformationToken(token, which, NULL, 0, &size) != STATUS_BUFFER_TOO_SMALL) return NULL;
    if ((answer = heap_alloc(size)) && !NtQueryInformationToken(token, which, answer, size, &size))
        return answer;
    heap_free(answer);
    return NULL;
}

BOOL token_is(HANDLE token, PSID sid)
{
    TOKEN_USER *user = token_ask(token, TokenUser);
    TOKEN_GROUPS *groups = token_ask(token, TokenGroups);
    BOOL found = user && RtlEqualSid(user->User.Sid, sid);
    DWORD i;

    for (i = 0; !found && groups && i < groups->GroupCount; i++)
        found = (groups->Groups[i].Attributes & SE_GROUP_ENABLED) && RtlEqualSid(groups->Groups[i].Sid, sid);
    heap_free(groups);
    heap_free(user);
    return found;
}
