/*
 * Members of socket groups: until the last handle is closed, in whatever process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "group.h"

TEST(a_duplicated_handle_is_the_same_member)
{
    SOCKET s = member(SOCK_STREAM, SG_UNCONSTRAINED_GROUP);
    GROUP id = group_of(s);
    HANDLE other;

    CHECK(DuplicateHandle(GetCurrentProcess(), (HANDLE)s, GetCurrentProcess(), &other, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK_INT(closesocket(s), 0);
    check_group(id);
    CHECK(CloseHandle(other));
    check_no_group(id);

    s = member(SOCK_DGRAM, SG_UNCONSTRAINED_GROUP);
    id = group_of(s);
    CHECK(DuplicateHandle(GetCurrentProcess(), (HANDLE)s, GetCurrentProcess(), &other, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(CloseHandle((HANDLE)s));
    check_group(id);
    CHECK_INT(closesocket((SOCKET)other), 0);
    check_no_group(id);
}

static SOCKET redeem(WSAPROTOCOL_INFOW *info)
{
    return WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, info, 0, 0);
}

TEST(a_duplicated_socket_is_a_member)
{
    SOCKET s = member(SOCK_STREAM, SG_CONSTRAINED_GROUP), other;
    WSAPROTOCOL_INFOW info;
    GROUP id = group_of(s);

    CHECK_INT(WSADuplicateSocketW(s, GetCurrentProcessId(), &info), 0);
    CHECK_INT(closesocket(s), 0);
    check_group(id); /* although nobody has it */
    other = redeem(&info);
    CHECK(other != INVALID_SOCKET);
    CHECK_INT(group_of(other), id);
    check_group(id);
    CHECK_INT(closesocket(other), 0);
    check_no_group(id);
}

/* Two events, that a test and its child take turns with. */
struct turns
{
    HANDLE child, test;
};

static struct turns make_turns(void)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};

    return (struct turns){CreateEventA(&inherit, FALSE, FALSE, NULL),
                          CreateEventA(&inherit, FALSE, FALSE, NULL)};
}

static DWORD give_turn(HANDLE to, HANDLE from)
{
    SetEvent(to);
    return WaitForSingleObject(from, 20000);
}

static HANDLE handle_of(const char *text)
{
    return (HANDLE)(ULONG_PTR)strtoull(text, NULL, 0);
}

/* Has a socket, says of which group, closes it, and lives on, step by step. */
static int have_and_close(SOCKET s, GROUP expected, HANDLE child, HANDLE test)
{
    GROUP id = 0;
    int len = sizeof(id);

    if (getsockopt(s, SOL_SOCKET, SO_GROUP_ID, (char *)&id, &len)) return 10;
    if (id != expected) return 11;
    if (give_turn(test, child)) return 12;
    if (closesocket(s)) return 13;
    return give_turn(test, child) ? 14 : 42;
}

CHILD(heir)
{
    HANDLE child = handle_of(argv[0]), test = handle_of(argv[1]);

    if (WaitForSingleObject(child, 20000)) return 9;
    return have_and_close((SOCKET)handle_of(argv[2]), strtoul(argv[3], NULL, 0), child, test);
}

/* The child has it, if it inherits it, and this process no more. */
static HANDLE leave_to_heir(SOCKET s, GROUP id, const struct turns *turns)
{
    HANDLE process;

    process = harness_spawn("heir", "%llu %llu %llu %u", (unsigned long long)(ULONG_PTR)turns->child,
                            (unsigned long long)(ULONG_PTR)turns->test, (unsigned long long)s, id);
    CHECK_INT(closesocket(s), 0);
    return process;
}

TEST(an_inherited_socket_is_the_same_member)
{
    SOCKET s = member(SOCK_STREAM, SG_UNCONSTRAINED_GROUP);
    struct turns turns = make_turns();
    GROUP id = group_of(s);
    HANDLE process;

    process = leave_to_heir(s, id, &turns);
    check_group(id);
    CHECK_INT(give_turn(turns.child, turns.test), 0);
    check_group(id);
    CHECK_INT(give_turn(turns.child, turns.test), 0); /* it closes the socket */
    check_no_group(id);
    SetEvent(turns.child);
    CHECK_INT(harness_join(process), 42);
}

TEST(a_socket_that_is_not_inherited_is_no_member_of_the_child)
{
    SOCKET s = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, SG_UNCONSTRAINED_GROUP,
                          WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    struct turns turns = make_turns();
    GROUP id = group_of(s);
    HANDLE process;

    process = leave_to_heir(s, id, &turns);
    check_no_group(id);
    SetEvent(turns.child);
    CHECK_INT(harness_join(process), 10); /* no socket */
}

struct letter
{
    WSAPROTOCOL_INFOW info;
    HANDLE child, test;
    GROUP id;
};

CHILD(receiver)
{
    struct letter letter;
    SOCKET s;
    DWORD done;

    if (!ReadFile(handle_of(argv[0]), &letter, sizeof(letter), &done, NULL) || done != sizeof(letter))
        return 8;
    if ((s = redeem(&letter.info)) == INVALID_SOCKET) return 9;
    return have_and_close(s, letter.id, letter.child, letter.test);
}

TEST(a_socket_given_to_another_process_is_a_member_there)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    struct turns turns = make_turns();
    struct letter letter = {.child = turns.child, .test = turns.test};
    HANDLE process, read, write;
    DWORD done;
    SOCKET s;

    CHECK(CreatePipe(&read, &write, &inherit, 0));
    process = harness_spawn("receiver", "%llu", (unsigned long long)(ULONG_PTR)read);
    s = member(SOCK_STREAM, SG_UNCONSTRAINED_GROUP);
    letter.id = group_of(s);
    CHECK_INT(WSADuplicateSocketW(s, GetProcessId(process), &letter.info), 0);
    CHECK_INT(closesocket(s), 0);
    check_group(letter.id);
    CHECK(WriteFile(write, &letter, sizeof(letter), &done, NULL));
    CHECK_INT(WaitForSingleObject(turns.test, 20000), 0); /* it has it */
    check_group(letter.id);
    CHECK_INT(give_turn(turns.child, turns.test), 0);
    check_no_group(letter.id);
    SetEvent(turns.child);
    CHECK_INT(harness_join(process), 42);
}

/* Which of the host's processes it is. */
#define MARK "group_member_joiner_"

/* Joins the group it is told, or makes one, says which through the pipe, and waits for its end. */
CHILD(joiner)
{
    GROUP id = group_of(member(SOCK_STREAM, strtoul(argv[0], NULL, 0)));
    HANDLE pipe = (HANDLE)(ULONG_PTR)strtoull(argv[1], NULL, 0);
    DWORD done;

    (void)argc;
    WriteFile(pipe, &id, sizeof(id), &done, NULL);
    Sleep(INFINITE);
    return 0;
}

static HANDLE start_joiner(GROUP g, GROUP *id)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    HANDLE read, write, process;
    DWORD done;

    CHECK(CreatePipe(&read, &write, &inherit, 0));
    process = harness_spawn("joiner", "%u %llu " MARK "%lu", g, (unsigned long long)(ULONG_PTR)write,
                            GetCurrentProcessId());
    CHECK(ReadFile(read, id, sizeof(*id), &done, NULL));
    CHECK_INT(done, sizeof(*id));
    CloseHandle(read);
    CloseHandle(write);
    return process;
}

TEST(processes_share_groups)
{
    GROUP ours = group_of(member(SOCK_STREAM, SG_CONSTRAINED_GROUP)), id, theirs;
    HANDLE joiner = start_joiner(ours, &id), maker = start_joiner(SG_UNCONSTRAINED_GROUP, &theirs);

    CHECK_INT(id, ours);
    CHECK(theirs > 2 && theirs != ours);
    CHECK_INT(group_of(member(SOCK_DGRAM, theirs)), theirs);
    TerminateProcess(joiner, 0);
    TerminateProcess(maker, 0);
    harness_join(joiner);
    harness_join(maker);
}

static void check_group_ends(GROUP id)
{
    SOCKET s;
    int i;

    for (i = 0; i < 1000; i++)
    {
        s = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, id, WSA_FLAG_OVERLAPPED);
        if (s == INVALID_SOCKET) break;
        CHECK_INT(closesocket(s), 0);
        Sleep(10);
    }
    check_no_group(id);
}

TEST(a_terminated_process_leaves_its_groups)
{
    GROUP id;
    HANDLE maker = start_joiner(SG_UNCONSTRAINED_GROUP, &id);

    check_group(id);
    TerminateProcess(maker, 0);
    harness_join(maker);
    check_group_ends(id);
}

/* The shell's own command line does not have the mark in one piece. */
#define KILL_MARKED                                                                                         \
    "sh -c \"t=%s; t=${t}%s; for p in /proc/[0-9]*; do if grep -q $t $p/cmdline 2>/dev/null; then kill -9 " \
    "${p#/proc/}; fi; done\""

TEST(a_process_killed_by_the_host_leaves_its_groups)
{
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    char command[300], number[16];
    GROUP id;
    HANDLE maker = start_joiner(SG_UNCONSTRAINED_GROUP, &id);

    check_group(id);
    sprintf(number, "%lu", GetCurrentProcessId());
    snprintf(command, sizeof(command), KILL_MARKED, MARK, number);
    CHECK(CreateProcessA("\\\\?\\unix\\bin\\sh", command, NULL, NULL, FALSE, 0, NULL, NULL, &startup,
                         &process));
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    CHECK_INT(WaitForSingleObject(maker, 20000), WAIT_OBJECT_0);
    check_group_ends(id);
}
