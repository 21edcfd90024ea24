/*
 * WSA_FLAG_ACCESS_SYSTEM_SECURITY: the privilege, and the SACL on the handle. What the
 * SACL leads to is in audit.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "sacl.h"

#define DENIED ((LONG)0xc0000022)

static void *ntdll(const char *name)
{
    void *function = (void *)(ULONG_PTR)GetProcAddress(GetModuleHandleA("ntdll.dll"), name);

    CHECK(function != NULL);
    return function;
}

static LONG query_native(HANDLE handle, void *descriptor, ULONG size)
{
    LONG(WINAPI * query)(HANDLE, SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, ULONG, ULONG *);

    query = ntdll("NtQuerySecurityObject");
    return query(handle, SACL_SECURITY_INFORMATION, descriptor, size, &size);
}

static LONG set_native(HANDLE handle, ACL *sacl)
{
    LONG(WINAPI * set)(HANDLE, SECURITY_INFORMATION, PSECURITY_DESCRIPTOR);
    SECURITY_DESCRIPTOR absolute;

    CHECK(InitializeSecurityDescriptor(&absolute, SECURITY_DESCRIPTOR_REVISION));
    CHECK(SetSecurityDescriptorSacl(&absolute, TRUE, sacl, FALSE));
    set = ntdll("NtSetSecurityObject");
    return set(handle, SACL_SECURITY_INFORMATION, &absolute);
}

static SOCKET secured_stream(void)
{
    return secured_socket(AF_INET, SOCK_STREAM);
}

/* What GetSecurityInfo says, and the one ACE's flags, mask and SID if it says anything. */
static DWORD read_sacl(HANDLE handle, SE_OBJECT_TYPE type, ACL **sacl)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;

    *sacl = NULL;
    return GetSecurityInfo(handle, type, SACL_SECURITY_INFORMATION, NULL, NULL, NULL, sacl, &descriptor);
}

static void check_sacl(HANDLE handle, SE_OBJECT_TYPE type, PSID sid, ACCESS_MASK access, BYTE outcomes)
{
    SYSTEM_AUDIT_ACE *ace;
    ACL *sacl;

    CHECK_INT(read_sacl(handle, type, &sacl), ERROR_SUCCESS);
    CHECK(sacl != NULL);
    CHECK_INT(sacl->AceCount, 1);
    CHECK(GetAce(sacl, 0, (void **)&ace));
    CHECK_INT(ace->Header.AceType, SYSTEM_AUDIT_ACE_TYPE);
    CHECK_INT(ace->Header.AceFlags, outcomes);
    CHECK_INT(ace->Mask, access);
    CHECK(EqualSid(&ace->SidStart, sid));
}

static DWORD write_sacl(HANDLE handle, SE_OBJECT_TYPE type)
{
    ACL *sacl = audit_list(well_known(WinWorldSid), GENERIC_ALL, FAILED_ACCESS_ACE_FLAG);

    return SetSecurityInfo(handle, type, SACL_SECURITY_INFORMATION, NULL, NULL, NULL, sacl);
}

/* --- The privilege --------------------------------------------------------------------- */

TEST(without_the_privilege_enabled_wsasocket_fails)
{
    static const struct
    {
        int family, type;
    } kinds[] = {
        {AF_INET, SOCK_STREAM}, {AF_INET, SOCK_DGRAM}, {AF_INET6, SOCK_STREAM}, {AF_UNIX, SOCK_STREAM}};
    unsigned int i;

    enable_in_process(FALSE);
    for (i = 0; i < ARRAYSIZE(kinds); i++)
    {
        CHECK_ERROR(try_secured(kinds[i].family, kinds[i].type, WSA_FLAG_OVERLAPPED), WSAEACCES);
        CHECK_ERROR(try_secured(kinds[i].family, kinds[i].type, 0), WSAEACCES);
    }
    CHECK_ERROR(WSASocketA(AF_INET, SOCK_DGRAM, 0, NULL, 0, WSA_FLAG_ACCESS_SYSTEM_SECURITY), WSAEACCES);
}

TEST(with_the_privilege_enabled_it_succeeds)
{
    enable_in_process(TRUE);
    CHECK(try_secured(AF_INET, SOCK_STREAM, 0) != INVALID_SOCKET);
    CHECK_INT(WSAGetLastError(), 0);
    CHECK(try_secured(AF_INET, SOCK_DGRAM, WSA_FLAG_OVERLAPPED) != INVALID_SOCKET);
    CHECK(try_secured(AF_INET6, SOCK_STREAM, WSA_FLAG_OVERLAPPED) != INVALID_SOCKET);
    CHECK(try_secured(AF_UNIX, SOCK_STREAM, WSA_FLAG_OVERLAPPED) != INVALID_SOCKET);
    enable_in_process(FALSE);
    CHECK_ERROR(try_secured(AF_INET, SOCK_STREAM, 0), WSAEACCES);
}

TEST(other_sockets_need_no_privilege)
{
    enable_in_process(FALSE);
    CHECK(socket(AF_INET, SOCK_STREAM, 0) != INVALID_SOCKET);
    CHECK(WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED) != INVALID_SOCKET);
}

/* The socket's kind is looked at first, and a group that was to be made is not. */
TEST(the_privilege_is_the_last_thing_looked_at)
{
    GROUP id = 0;
    int len = sizeof(id);
    SOCKET member = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, SG_UNCONSTRAINED_GROUP, 0);

    enable_in_process(FALSE);
    CHECK_ERROR(try_secured(AF_INET, 77, 0), WSAESOCKTNOSUPPORT);
    CHECK_ERROR(try_secured(77, SOCK_STREAM, 0), WSAEAFNOSUPPORT);
    CHECK_ERROR(try_secured(AF_INET, SOCK_STREAM, 0x8000), WSAEINVAL);
    CHECK_INT(getsockopt(member, SOL_SOCKET, SO_GROUP_ID, (char *)&id, &len), 0);
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, id, WSA_FLAG_ACCESS_SYSTEM_SECURITY), WSAEACCES);
    CHECK_INT(closesocket(member), 0);
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, id, 0), WSAEINVAL); /* it had one member */
}

static HANDLE impersonate_self(SECURITY_IMPERSONATION_LEVEL level)
{
    HANDLE token;

    CHECK(ImpersonateSelf(level));
    CHECK(OpenThreadToken(GetCurrentThread(), TOKEN_ADJUST_PRIVILEGES, TRUE, &token));
    return token;
}

TEST(an_impersonating_thread_needs_it_in_its_own_token)
{
    HANDLE token;

    enable_in_process(TRUE);
    token = impersonate_self(SecurityImpersonation);
    CHECK(try_secured(AF_INET, SOCK_STREAM, 0) != INVALID_SOCKET);
    enable_in(token, FALSE);
    CHECK_ERROR(try_secured(AF_INET, SOCK_STREAM, 0), WSAEACCES);
    CHECK(RevertToSelf());
    CHECK(try_secured(AF_INET, SOCK_STREAM, 0) != INVALID_SOCKET);
    CloseHandle(token);
}

TEST(what_the_process_lacks_a_thread_may_have)
{
    HANDLE token;

    enable_in_process(FALSE);
    token = impersonate_self(SecurityImpersonation);
    enable_in(token, TRUE);
    CHECK(try_secured(AF_INET, SOCK_STREAM, 0) != INVALID_SOCKET);
    CHECK(RevertToSelf());
    CHECK_ERROR(try_secured(AF_INET, SOCK_STREAM, 0), WSAEACCES);
    CloseHandle(token);
}

TEST(a_client_that_is_identified_only_lends_no_privilege)
{
    HANDLE token;

    enable_in_process(TRUE);
    token = impersonate_self(SecurityIdentification);
    CHECK_ERROR(try_secured(AF_INET, SOCK_STREAM, 0), WSAEACCES);
    CHECK(RevertToSelf());
    CloseHandle(token);
}

/* --- The SACL -------------------------------------------------------------------------- */

TEST(the_sacl_is_read_as_it_was_set)
{
    static const SE_OBJECT_TYPE types[] = {SE_KERNEL_OBJECT, SE_FILE_OBJECT};
    PSID world = well_known(WinWorldSid), users = well_known(WinBuiltinUsersSid);
    HANDLE s = (HANDLE)secured_stream();
    unsigned int i;
    ACL *sacl;

    CHECK_INT(read_sacl(s, SE_KERNEL_OBJECT, &sacl), ERROR_SUCCESS);
    CHECK(sacl == NULL);
    for (i = 0; i < ARRAYSIZE(types); i++)
    {
        sacl = audit_list(world, FILE_WRITE_DATA, FAILED_ACCESS_ACE_FLAG);
        CHECK_INT(SetSecurityInfo(s, types[i], SACL_SECURITY_INFORMATION, NULL, NULL, NULL, sacl), 0);
        check_sacl(s, types[i], world, FILE_WRITE_DATA, FAILED_ACCESS_ACE_FLAG);
        sacl = audit_list(users, GENERIC_ALL, SUCCESSFUL_ACCESS_ACE_FLAG | FAILED_ACCESS_ACE_FLAG);
        CHECK_INT(SetSecurityInfo(s, types[i], SACL_SECURITY_INFORMATION, NULL, NULL, NULL, sacl), 0);
        check_sacl(s, types[i], users, GENERIC_ALL, SUCCESSFUL_ACCESS_ACE_FLAG | FAILED_ACCESS_ACE_FLAG);
    }
}

/* The privilege was for opening: "no longer needed" once the SACL is set. */
TEST(the_handle_keeps_the_access_without_the_privilege)
{
    HANDLE s = (HANDLE)secured_stream();
    ACL *sacl;

    enable_in_process(FALSE);
    CHECK_INT(write_sacl(s, SE_KERNEL_OBJECT), ERROR_SUCCESS);
    CHECK_INT(read_sacl(s, SE_KERNEL_OBJECT, &sacl), ERROR_SUCCESS);
    CHECK(sacl != NULL);
}

TEST(the_native_calls_read_and_write_it)
{
    HANDLE s = (HANDLE)secured_stream();
    BOOL present = FALSE, defaulted;
    char buffer[512];
    ACL *sacl = NULL;

    CHECK_INT(set_native(s, audit_list(well_known(WinWorldSid), 7, FAILED_ACCESS_ACE_FLAG)), 0);
    CHECK_INT(query_native(s, buffer, sizeof(buffer)), 0);
    CHECK(GetSecurityDescriptorSacl(buffer, &present, &sacl, &defaulted));
    CHECK(present && sacl && sacl->AceCount == 1);
    check_sacl(s, SE_KERNEL_OBJECT, well_known(WinWorldSid), 7, FAILED_ACCESS_ACE_FLAG);
}

/* Not even with the privilege: the handle's access was granted when it was opened. */
TEST(without_the_flag_access_is_denied)
{
    HANDLE s = (HANDLE)socket(AF_INET, SOCK_STREAM, 0);
    char buffer[512];
    ACL *sacl;

    enable_in_process(TRUE);
    CHECK_INT(read_sacl(s, SE_KERNEL_OBJECT, &sacl), ERROR_ACCESS_DENIED);
    CHECK_INT(read_sacl(s, SE_FILE_OBJECT, &sacl), ERROR_ACCESS_DENIED);
    CHECK_INT(write_sacl(s, SE_KERNEL_OBJECT), ERROR_ACCESS_DENIED);
    CHECK_INT(write_sacl(s, SE_FILE_OBJECT), ERROR_ACCESS_DENIED);
    CHECK_INT(query_native(s, buffer, sizeof(buffer)), DENIED);
    CHECK_INT(set_native(s, NULL), DENIED);
    enable_in_process(FALSE);
}

TEST(a_secured_socket_has_an_owner_and_a_dacl)
{
    HANDLE s = (HANDLE)secured_stream(), token;
    PSECURITY_DESCRIPTOR descriptor;
    PSID owner = NULL, group = NULL;
    char buffer[256];
    ACL *dacl = NULL;
    DWORD size;

    CHECK_INT(
        GetSecurityInfo(s, SE_KERNEL_OBJECT,
                        OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                        &owner, &group, &dacl, NULL, &descriptor),
        ERROR_SUCCESS);
    CHECK(owner && group && dacl && dacl->AceCount);
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    CHECK(GetTokenInformation(token, TokenOwner, buffer, sizeof(buffer), &size));
    CHECK(EqualSid(owner, ((TOKEN_OWNER *)buffer)->Owner));
}

/* The owner and the DACL are another matter: every socket's handle reads them and writes the DACL. */
TEST(the_dacl_needs_no_flag)
{
    HANDLE s = (HANDLE)socket(AF_INET, SOCK_STREAM, 0);
    PSECURITY_DESCRIPTOR descriptor;
    ACL *dacl = malloc(256), *read = NULL;

    CHECK(InitializeAcl(dacl, 256, ACL_REVISION));
    CHECK(AddAccessAllowedAce(dacl, ACL_REVISION, GENERIC_ALL, well_known(WinWorldSid)));
    CHECK_INT(SetSecurityInfo(s, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, dacl, NULL),
              ERROR_SUCCESS);
    CHECK_INT(
        GetSecurityInfo(s, SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &read, NULL, &descriptor),
        ERROR_SUCCESS);
    CHECK(read != NULL);
    CHECK_INT(read->AceCount, 1);
}

TEST(a_secured_socket_is_otherwise_a_socket)
{
    SOCKET s = secured_stream(), accepted, client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int len = sizeof(addr);
    char text[4];

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    audit_everyone(s, FAILED_ACCESS_ACE_FLAG);
    CHECK_INT(bind(s, (SOCKADDR *)&addr, sizeof(addr)), 0);
    CHECK_INT(listen(s, 1), 0);
    CHECK_INT(getsockname(s, (SOCKADDR *)&addr, &len), 0);
    CHECK_INT(connect(client, (SOCKADDR *)&addr, sizeof(addr)), 0);
    accepted = accept(s, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_INT(send(client, "ping", 4, 0), 4);
    CHECK_INT(recv(accepted, text, 4, MSG_WAITALL), 4);
    CHECK(CreateIoCompletionPort((HANDLE)s, NULL, 1, 0) != NULL);
    CHECK_INT(closesocket(s), 0);
}

/* --- Duplicates ------------------------------------------------------------------------ */

TEST(a_duplicate_handle_has_the_access_and_the_sacl)
{
    HANDLE self = GetCurrentProcess(), s = (HANDLE)secured_stream(), same, less;
    ACL *sacl;

    CHECK_INT(write_sacl(s, SE_KERNEL_OBJECT), ERROR_SUCCESS);
    CHECK(DuplicateHandle(self, s, self, &same, 0, FALSE, DUPLICATE_SAME_ACCESS));
    check_sacl(same, SE_KERNEL_OBJECT, well_known(WinWorldSid), GENERIC_ALL, FAILED_ACCESS_ACE_FLAG);
    CHECK(DuplicateHandle(self, s, self, &less, GENERIC_READ | GENERIC_WRITE, FALSE, 0));
    CHECK_INT(read_sacl(less, SE_KERNEL_OBJECT, &sacl), ERROR_ACCESS_DENIED);
}

TEST(wsaduplicatesocket_hands_on_the_access)
{
    WSAPROTOCOL_INFOW info;
    SOCKET s = secured_stream(), copy;

    CHECK_INT(WSADuplicateSocketW(s, GetCurrentProcessId(), &info), 0);
    copy =
        WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, WSA_FLAG_OVERLAPPED);
    CHECK(copy != INVALID_SOCKET);
    audit_everyone(copy, FAILED_ACCESS_ACE_FLAG);
    CHECK_INT(closesocket(copy), 0);
    check_sacl((HANDLE)s, SE_KERNEL_OBJECT, well_known(WinWorldSid), GENERIC_ALL, FAILED_ACCESS_ACE_FLAG);
}

CHILD(heir)
{
    HANDLE s = (HANDLE)(ULONG_PTR)strtoull(argv[0], NULL, 0);
    ACL *sacl;
    DWORD error = read_sacl(s, SE_KERNEL_OBJECT, &sacl);

    if (error) return error;
    return sacl && sacl->AceCount == 1 ? 77 : 78;
}

TEST(a_child_inherits_the_access)
{
    SOCKET s = secured_stream(), plain = socket(AF_INET, SOCK_STREAM, 0);

    audit_everyone(s, FAILED_ACCESS_ACE_FLAG);
    CHECK_INT(harness_join(harness_spawn("heir", "%#llx", (unsigned long long)s)), 77);
    CHECK_INT(harness_join(harness_spawn("heir", "%#llx", (unsigned long long)plain)), ERROR_ACCESS_DENIED);
}
