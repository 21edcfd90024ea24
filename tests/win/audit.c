/*
 * Audit records about binds to a guarded port: when there is one, and what it says. Its
 * log's own behaviour is in seclog.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "guard.h"

#include <sddl.h>

#define ADDR(addr) ((SOCKADDR *)&(addr)), sizeof(addr)

static char *own_sid(void)
{
    char buffer[256], *text;
    HANDLE token;
    DWORD size;

    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token));
    CHECK(GetTokenInformation(token, TokenUser, buffer, sizeof(buffer), &size));
    CHECK(ConvertSidToStringSidA(((TOKEN_USER *)buffer)->User.Sid, &text));
    CloseHandle(token);
    return text;
}

/* --- Refused binds --------------------------------------------------------------------- */

TEST(a_refused_bind_is_recorded)
{
    struct sockaddr_in addr;

    guard(SOCK_STREAM, FAILED_ACCESS_ACE_FLAG, &addr);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &addr), WSAEADDRINUSE), 1);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &addr), WSAEADDRINUSE), 1);
}

TEST(datagram_sockets_are_guarded_too)
{
    struct sockaddr_in addr;

    guard(SOCK_DGRAM, FAILED_ACCESS_ACE_FLAG, &addr);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_DGRAM, &addr), WSAEADDRINUSE), 1);
}

TEST(the_record_says_who_and_where)
{
    struct sockaddr_in addr;
    char object[64], path[MAX_PATH], *event, *name;

    guard(SOCK_STREAM, FAILED_ACCESS_ACE_FLAG, &addr);
    event = CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &addr), WSAEADDRINUSE), 1);
    CHECK_STR(between(event, "<EventID>", "<"), "4656");
    CHECK_STR(between(event, "<Keywords>", "<"), "0x8010000000000000");
    CHECK_STR(between(event, "<Channel>", "<"), "Security");
    CHECK_INT(strtoul(between(event, "ThreadID=\"", "\""), NULL, 10), GetCurrentThreadId());
    CHECK_STR(data_of(event, "SubjectUserSid"), own_sid());
    CHECK(strlen(data_of(event, "SubjectUserName")) > 1);
    CHECK(strlen(data_of(event, "SubjectDomainName")) > 1);
    snprintf(object, sizeof(object), "\\Device\\Tcp\\127.0.0.1:%u", ntohs(addr.sin_port));
    CHECK_STR(data_of(event, "ObjectName"), object);
    CHECK_STR(data_of(event, "HandleId"), "0x0");
    CHECK_STR(data_of(event, "AccessMask"), "0x12019f");
    CHECK_STR(data_of(event, "AccessList"), "%%1538 %%1541 %%4416 %%4417 %%4418 %%4419 %%4420 %%4423 %%4424");
    CHECK_INT(number_in(event, "ProcessId"), GetCurrentProcessId());
    GetModuleFileNameA(NULL, path, sizeof(path));
    name = data_of(event, "ProcessName");
    CHECK_STR(name, path);
    CHECK_STR(data_of(event, "SourceAddress"), "127.0.0.1");
    CHECK_INT(number_in(event, "SourcePort"), ntohs(addr.sin_port));
    CHECK_INT(number_in(event, "Protocol"), IPPROTO_TCP);
    CHECK_INT(number_in(event, "OwnerProcessId"), GetCurrentProcessId());
}

TEST(the_records_time_is_now)
{
    SYSTEMTIME before, after;
    struct sockaddr_in addr;
    char earliest[32], latest[32], *time;

    guard(SOCK_STREAM, FAILED_ACCESS_ACE_FLAG, &addr);
    GetSystemTime(&before);
    time = between(CHECK_EVENTS(try_bind(SOCK_STREAM, &addr), 1), "SystemTime=\"", "\"");
    GetSystemTime(&after);
    snprintf(earliest, sizeof(earliest), "%04u-%02u-%02uT%02u:%02u:%02u", before.wYear, before.wMonth,
             before.wDay, before.wHour, before.wMinute, before.wSecond);
    snprintf(latest, sizeof(latest), "%04u-%02u-%02uT%02u:%02u:%02u~", after.wYear, after.wMonth, after.wDay,
             after.wHour, after.wMinute, after.wSecond);
    CHECK(strcmp(earliest, time) <= 0 && strcmp(time, latest) <= 0);
    CHECK_INT(strlen(time), strlen("2026-11-23T00:00:00.123456700Z"));
}

/* The wider of two addresses is the guard's, or the newcomer's. */
TEST(an_exclusive_wildcard_guards_every_address)
{
    struct sockaddr_in any = {.sin_family = AF_INET}, one;
    SOCKET s = secured_socket(AF_INET, SOCK_STREAM);
    int len = sizeof(any);
    DWORD on = 1;
    char *event;

    audit_everyone(s, FAILED_ACCESS_ACE_FLAG);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (char *)&on, sizeof(on)), 0);
    CHECK_INT(bind(s, ADDR(any)), 0);
    CHECK_INT(getsockname(s, (SOCKADDR *)&any, &len), 0);
    one = loopback(any.sin_port);
    event = CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &one), WSAEACCES), 1);
    CHECK(strstr(data_of(event, "ObjectName"), "\\0.0.0.0:"));
    CHECK_STR(data_of(event, "SourceAddress"), "127.0.0.1");
}

static SOCKET guard6(BOOL dual, struct sockaddr_in6 *any)
{
    SOCKET s = secured_socket(AF_INET6, SOCK_STREAM);
    DWORD only = !dual, on = 1;
    int len = sizeof(*any);

    memset(any, 0, sizeof(*any));
    any->sin6_family = AF_INET6;
    audit_everyone(s, FAILED_ACCESS_ACE_FLAG | SUCCESSFUL_ACCESS_ACE_FLAG);
    CHECK_INT(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&only, sizeof(only)), 0);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (char *)&on, sizeof(on)), 0);
    CHECK_INT(bind(s, (SOCKADDR *)any, sizeof(*any)), 0);
    CHECK_INT(getsockname(s, (SOCKADDR *)any, &len), 0);
    return s;
}

TEST(ipv6_sockets_guard_their_address)
{
    struct sockaddr_in6 any, one = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    SOCKET s = socket(AF_INET6, SOCK_STREAM, 0);
    char object[64], *event;

    guard6(FALSE, &any);
    one.sin6_port = any.sin6_port;
    event = CHECK_EVENTS(CHECK_ERROR(bind(s, ADDR(one)), WSAEACCES), 1);
    snprintf(object, sizeof(object), "\\Device\\Tcp\\[::]:%u", ntohs(any.sin6_port));
    CHECK_STR(data_of(event, "ObjectName"), object);
    CHECK_STR(data_of(event, "SourceAddress"), "::1");
}

TEST(dual_sockets_guard_ipv4_and_others_do_not)
{
    struct sockaddr_in6 any;
    struct sockaddr_in addr;

    guard6(TRUE, &any);
    addr = loopback(any.sin6_port);
    CHECK_EVENTS(CHECK(try_bind(SOCK_STREAM, &addr) != 0), 1);
    guard6(FALSE, &any);
    addr = loopback(any.sin6_port);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &addr), 0), 0);
}

/* --- Other processes ------------------------------------------------------------------- */

CHILD(intruder)
{
    struct sockaddr_in addr = loopback(htons(atoi(argv[0])));
    int i, refused = 0;

    for (i = 0; i < atoi(argv[1]); i++) refused += try_bind(SOCK_STREAM, &addr) == WSAEADDRINUSE;
    return refused;
}

TEST(a_bind_by_another_process_is_recorded)
{
    struct sockaddr_in addr;
    HANDLE child;
    DWORD pid;
    char *event;

    guard(SOCK_STREAM, FAILED_ACCESS_ACE_FLAG, &addr);
    child = harness_spawn("intruder", "%u 1", ntohs(addr.sin_port));
    pid = GetProcessId(child);
    event = CHECK_EVENTS(CHECK_INT(harness_join(child), 1), 1);
    CHECK_INT(number_in(event, "ProcessId"), pid);
    CHECK_INT(number_in(event, "OwnerProcessId"), GetCurrentProcessId());
}

/* What a guarding child tells, in a file mapping. */
struct letter
{
    struct sockaddr_in addr;
    WSAPROTOCOL_INFOW info;
    HANDLE ready;
};

static struct letter *new_letter(HANDLE *mapping)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    struct letter *letter;

    *mapping = CreateFileMappingW(INVALID_HANDLE_VALUE, &inherit, PAGE_READWRITE, 0, sizeof(*letter), NULL);
    letter = MapViewOfFile(*mapping, FILE_MAP_WRITE, 0, 0, sizeof(*letter));
    CHECK(letter != NULL);
    letter->ready = CreateEventW(&inherit, FALSE, FALSE, NULL);
    return letter;
}

/* Guards a port, gives the process argv[1] a duplicate, and waits to be ended. */
CHILD(guardian)
{
    HANDLE mapping = (HANDLE)(ULONG_PTR)strtoull(argv[0], NULL, 0);
    struct letter *letter = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, sizeof(*letter));
    SOCKET s = guard(SOCK_STREAM, FAILED_ACCESS_ACE_FLAG, &letter->addr);

    if (WSADuplicateSocketW(s, strtoul(argv[1], NULL, 0), &letter->info)) return 1;
    SetEvent(letter->ready);
    Sleep(INFINITE);
    return 2;
}

static HANDLE start_guardian(struct letter **letter)
{
    HANDLE mapping, child;

    *letter = new_letter(&mapping);
    child =
        harness_spawn("guardian", "%#llx %lu", (unsigned long long)(ULONG_PTR)mapping, GetCurrentProcessId());
    CHECK_INT(WaitForSingleObject((*letter)->ready, 20000), WAIT_OBJECT_0);
    return child;
}

static void end(HANDLE child)
{
    TerminateProcess(child, 0);
    harness_join(child);
}

TEST(another_process_may_be_the_guard)
{
    struct letter *letter;
    HANDLE child = start_guardian(&letter);
    char *event = CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &letter->addr), WSAEADDRINUSE), 1);

    CHECK_INT(number_in(event, "ProcessId"), GetCurrentProcessId());
    CHECK(strlen(data_of(event, "OwnerProcessId")) > 2);
    end(child);
}

TEST(a_duplicate_guards_on_after_its_process_was_ended)
{
    struct letter *letter;
    HANDLE child = start_guardian(&letter);
    SOCKET s = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &letter->info, 0,
                          WSA_FLAG_OVERLAPPED);
    char *event;

    CHECK(s != INVALID_SOCKET);
    end(child);
    event = CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &letter->addr), WSAEADDRINUSE), 1);
    CHECK_INT(number_in(event, "OwnerProcessId"), GetCurrentProcessId());
    CHECK_INT(closesocket(s), 0);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &letter->addr), 0), 0);
}

CHILD(bystander)
{
    Sleep(INFINITE);
    return 0;
}

/* It has every handle that can be inherited, and has never called Winsock for this one. */
TEST(an_inherited_handle_guards_on)
{
    struct sockaddr_in addr;
    SOCKET s = guard(SOCK_STREAM, FAILED_ACCESS_ACE_FLAG, &addr);
    HANDLE child = harness_spawn("bystander", "x");
    DWORD pid = GetProcessId(child);
    char *event;

    CHECK_INT(closesocket(s), 0);
    event = CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &addr), WSAEADDRINUSE), 1);
    CHECK_INT(number_in(event, "OwnerProcessId"), pid);
    end(child);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &addr), 0), 0);
}

/* Guards the port again and again, if nobody else does, as many others do. */
CHILD(rival)
{
    struct sockaddr_in addr = loopback(htons(atoi(argv[0])));
    int i;

    for (i = 0; i < 60; i++)
    {
        SOCKET s = secured_socket(AF_INET, SOCK_STREAM);

        audit_everyone(s, FAILED_ACCESS_ACE_FLAG);
        if (bind(s, ADDR(addr)) && WSAGetLastError() != WSAEADDRINUSE) return 1;
        if (closesocket(s)) return 2;
    }
    return 99;
}

TEST(guards_that_come_and_go_disturb_nobody)
{
    unsigned long long before = last_event();
    HANDLE rivals[3];
    DWORD ids[3];
    struct sockaddr_in addr;
    char **events;
    int i, count, pid;

    CHECK_INT(closesocket(guard(SOCK_STREAM, FAILED_ACCESS_ACE_FLAG, &addr)), 0);
    for (i = 0; i < 3; i++)
    {
        rivals[i] = harness_spawn("rival", "%u", ntohs(addr.sin_port));
        ids[i] = GetProcessId(rivals[i]);
    }
    for (i = 0; i < 3; i++) CHECK_INT(harness_join(rivals[i]), 99);
    CHECK_INT(try_bind(SOCK_STREAM, &addr), 0);
    events = events_after(before, &count);
    for (i = 0; i < count; i++)
    {
        pid = number_in(events[i], "ProcessId");
        CHECK(pid == (int)ids[0] || pid == (int)ids[1] || pid == (int)ids[2]);
    }
}

/* --- The SACL decides ------------------------------------------------------------------ */

TEST(without_a_sacl_nothing_is_recorded)
{
    struct sockaddr_in addr;

    guard_with(SOCK_STREAM, NULL, &addr);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &addr), WSAEADDRINUSE), 0);
}

TEST(sockets_without_the_flag_are_no_guards)
{
    struct sockaddr_in addr;

    tcp_listener(&addr);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &addr), WSAEADDRINUSE), 0);
}

TEST(what_the_sacl_does_not_ask_for_is_not_recorded)
{
    PSID world = well_known(WinWorldSid);
    struct sockaddr_in addr;

    guard(SOCK_STREAM, SUCCESSFUL_ACCESS_ACE_FLAG, &addr); /* the other outcome */
    CHECK_EVENTS(try_bind(SOCK_STREAM, &addr), 0);
    guard_with(SOCK_STREAM, audit_list(world, DELETE | WRITE_DAC, FAILED_ACCESS_ACE_FLAG), &addr);
    CHECK_EVENTS(try_bind(SOCK_STREAM, &addr), 0);
    guard_with(SOCK_STREAM, audit_list(well_known(WinNullSid), GENERIC_ALL, FAILED_ACCESS_ACE_FLAG), &addr);
    CHECK_EVENTS(try_bind(SOCK_STREAM, &addr), 0);
    guard_with(SOCK_STREAM, audit_list(world, FILE_WRITE_DATA, FAILED_ACCESS_ACE_FLAG), &addr);
    CHECK_EVENTS(try_bind(SOCK_STREAM, &addr), 1);
}

TEST(any_of_the_sacls_entries_will_do)
{
    ACL *sacl = audit_list(well_known(WinNullSid), GENERIC_ALL, FAILED_ACCESS_ACE_FLAG);
    struct sockaddr_in addr;

    CHECK(AddAuditAccessAce(sacl, ACL_REVISION, GENERIC_READ, well_known(WinBuiltinUsersSid), FALSE, TRUE));
    guard_with(SOCK_STREAM, sacl, &addr);
    CHECK_EVENTS(try_bind(SOCK_STREAM, &addr), 1);
}

TEST(the_sacl_counts_as_it_is_at_the_moment)
{
    struct sockaddr_in addr;
    SOCKET s = guard_with(SOCK_STREAM, NULL, &addr);

    audit_everyone(s, FAILED_ACCESS_ACE_FLAG); /* after bind, too */
    CHECK_EVENTS(try_bind(SOCK_STREAM, &addr), 1);
    audit_everyone(s, SUCCESSFUL_ACCESS_ACE_FLAG);
    CHECK_EVENTS(try_bind(SOCK_STREAM, &addr), 0);
    set_sacl(s, NULL);
    CHECK_EVENTS(try_bind(SOCK_STREAM, &addr), 0);
}

/* A thread that impersonates is the one it impersonates. */
TEST(the_threads_own_token_counts)
{
    SID_AND_ATTRIBUTES disabled = {well_known(WinBuiltinAdministratorsSid), 0};
    HANDLE process, restricted, impersonation;
    struct sockaddr_in addr;

    guard_with(SOCK_STREAM, audit_list(disabled.Sid, GENERIC_ALL, FAILED_ACCESS_ACE_FLAG), &addr);
    CHECK_EVENTS(try_bind(SOCK_STREAM, &addr), 1);
    CHECK(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &process));
    CHECK(CreateRestrictedToken(process, 0, 1, &disabled, 0, NULL, 0, NULL, &restricted));
    CHECK(DuplicateTokenEx(restricted, TOKEN_ALL_ACCESS, NULL, SecurityImpersonation, TokenImpersonation,
                           &impersonation));
    CHECK(SetThreadToken(NULL, impersonation));
    CHECK_EVENTS(try_bind(SOCK_STREAM, &addr), 0);
    CHECK(RevertToSelf());
    CHECK_EVENTS(try_bind(SOCK_STREAM, &addr), 1);
}

/* --- What is no conflict --------------------------------------------------------------- */

TEST(other_addresses_are_nobodys_business)
{
    const BYTE both = SUCCESSFUL_ACCESS_ACE_FLAG | FAILED_ACCESS_ACE_FLAG;
    struct sockaddr_in addr, other;

    guard(SOCK_STREAM, both, &addr);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_DGRAM, &addr), 0), 0); /* another protocol */
    other = addr;
    other.sin_addr.s_addr = htonl(0x7f000002);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &other), 0), 0); /* another address */
    other = loopback(0);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &other), 0), 0); /* another port */
    other = addr;
    other.sin_addr.s_addr = htonl(0x01010101);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &other), WSAEADDRNOTAVAIL), 0); /* nobody's */
}

TEST(the_guards_own_bind_is_not_recorded)
{
    struct sockaddr_in addr, again;
    const BYTE both = SUCCESSFUL_ACCESS_ACE_FLAG | FAILED_ACCESS_ACE_FLAG;
    SOCKET s = secured_socket(AF_INET, SOCK_STREAM);

    CHECK_INT(closesocket(guard(SOCK_STREAM, both, &addr)), 0);
    audit_everyone(s, both);
    CHECK_EVENTS(CHECK_INT(bind(s, ADDR(addr)), 0), 0);
    again = loopback(addr.sin_port);
    CHECK_EVENTS(CHECK_ERROR(bind(s, ADDR(again)), WSAEINVAL), 0);
}

TEST(the_guard_ends_with_its_last_handle)
{
    const BYTE both = SUCCESSFUL_ACCESS_ACE_FLAG | FAILED_ACCESS_ACE_FLAG;
    struct sockaddr_in addr;
    SOCKET s = guard(SOCK_STREAM, both, &addr);

    CHECK(CloseHandle((HANDLE)s));
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &addr), 0), 0);
}

/* --- Granted binds --------------------------------------------------------------------- */

static SOCKET sharing(SOCKET s)
{
    const DWORD on = 1;

    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, (const char *)&on, sizeof(on)), 0);
    return s;
}

static SOCKET shared_guard(BYTE outcomes, struct sockaddr_in *addr)
{
    SOCKET s = sharing(secured_socket(AF_INET, SOCK_DGRAM));
    int len = sizeof(*addr);

    audit_everyone(s, outcomes);
    *addr = loopback(0);
    CHECK_INT(bind(s, (SOCKADDR *)addr, sizeof(*addr)), 0);
    CHECK_INT(getsockname(s, (SOCKADDR *)addr, &len), 0);
    return s;
}

TEST(a_granted_bind_is_recorded_if_the_sacl_asks_for_successes)
{
    SOCKET s = sharing(socket(AF_INET, SOCK_DGRAM, 0));
    struct sockaddr_in addr;
    char *event;

    shared_guard(SUCCESSFUL_ACCESS_ACE_FLAG, &addr);
    event = CHECK_EVENTS(CHECK_INT(bind(s, ADDR(addr)), 0), 1);
    CHECK_STR(between(event, "<Keywords>", "<"), "0x8020000000000000");
    CHECK_INT(number_in(event, "HandleId"), s);
    CHECK_INT(number_in(event, "Protocol"), IPPROTO_UDP);
    CHECK(strstr(data_of(event, "ObjectName"), "\\Device\\Udp\\127.0.0.1:"));
}

TEST(a_granted_bind_is_no_failure)
{
    SOCKET s = sharing(socket(AF_INET, SOCK_DGRAM, 0));
    struct sockaddr_in addr;

    shared_guard(FAILED_ACCESS_ACE_FLAG, &addr);
    CHECK_EVENTS(CHECK_INT(bind(s, ADDR(addr)), 0), 0);
}

/* The specification's five steps, and what they are for. */
TEST(the_pages_procedure_for_services)
{
    struct sockaddr_in addr;
    SOCKET s;
    int len = sizeof(addr);

    enable_in_process(TRUE);
    s = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                   WSA_FLAG_OVERLAPPED | WSA_FLAG_ACCESS_SYSTEM_SECURITY);
    CHECK(s != INVALID_SOCKET);
    audit_everyone(s, FAILED_ACCESS_ACE_FLAG);
    addr = loopback(0);
    CHECK_INT(bind(s, ADDR(addr)), 0);
    enable_in_process(FALSE);
    CHECK_INT(listen(s, SOMAXCONN), 0);
    CHECK_INT(getsockname(s, (SOCKADDR *)&addr, &len), 0);
    CHECK_EVENTS(CHECK_INT(try_bind(SOCK_STREAM, &addr), WSAEADDRINUSE), 1);
}
