/* SeSecurityPrivilege and audit lists, for tests (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef SACL_H
#define SACL_H

#include "harness.h"

#include <aclapi.h>

#ifndef WSA_FLAG_ACCESS_SYSTEM_SECURITY
#define WSA_FLAG_ACCESS_SYSTEM_SECURITY 0x40
#endif

/* In a token that was opened with TOKEN_ADJUST_PRIVILEGES. */
static inline void enable_in(HANDLE token, BOOL enable)
{
    TOKEN_PRIVILEGES change = {.PrivilegeCount = 1};

    change.Privileges[0].Attributes = enable ? SE_PRIVILEGE_ENABLED : 0;
    CHECK(LookupPrivilegeValueA(NULL, "SeSecurityPrivilege", &change.Privileges[0].Luid));
    CHECK(AdjustTokenPrivileges(token, FALSE, &change, 0, NULL, NULL));
    CHECK_INT(GetLastError(), ERROR_SUCCESS); /* or not all were assigned */
}

static inline void enable_in_process(BOOL enable)
{
    HANDLE token;

    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token));
    enable_in(token, enable);
    CloseHandle(token);
}

static inline SOCKET try_secured(int family, int type, DWORD flags)
{
    WSASetLastError(0xdead);
    return WSASocketW(family, type, 0, NULL, 0, flags | WSA_FLAG_ACCESS_SYSTEM_SECURITY);
}

/* A socket whose handle may read and write its SACL; the privilege is off again afterwards. */
static inline SOCKET secured_socket(int family, int type)
{
    SOCKET s;

    enable_in_process(TRUE);
    s = try_secured(family, type, WSA_FLAG_OVERLAPPED);
    enable_in_process(FALSE);
    CHECK(s != INVALID_SOCKET);
    return s;
}

static inline PSID well_known(WELL_KNOWN_SID_TYPE type)
{
    DWORD size = SECURITY_MAX_SID_SIZE;
    PSID sid = malloc(size);

    CHECK(CreateWellKnownSid(type, NULL, sid, &size));
    return sid;
}

/* Whom to audit for what, with SUCCESSFUL_ACCESS_ACE_FLAG and FAILED_ACCESS_ACE_FLAG. */
static inline ACL *audit_list(PSID sid, ACCESS_MASK access, BYTE outcomes)
{
    const DWORD size = 256;
    ACL *sacl = malloc(size);

    CHECK(InitializeAcl(sacl, size, ACL_REVISION));
    CHECK(AddAuditAccessAce(sacl, ACL_REVISION, access, sid, (outcomes & SUCCESSFUL_ACCESS_ACE_FLAG) != 0,
                            (outcomes & FAILED_ACCESS_ACE_FLAG) != 0));
    return sacl;
}

static inline void set_sacl(SOCKET s, ACL *sacl)
{
    CHECK_INT(SetSecurityInfo((HANDLE)s, SE_KERNEL_OBJECT, SACL_SECURITY_INFORMATION, NULL, NULL, NULL, sacl),
              ERROR_SUCCESS);
}

/* Whoever fails to do anything at all with the socket's address is to be noted. */
static inline void audit_everyone(SOCKET s, BYTE outcomes)
{
    set_sacl(s, audit_list(well_known(WinWorldSid), GENERIC_ALL, outcomes));
}

#endif
