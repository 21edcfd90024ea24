/*
 * WSASocket's specification: the values of dwFlags, in its order. Sockets without
 * WSA_FLAG_OVERLAPPED: nonoverlapped.c; sessions: multipoint.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "contract.h"
#include "sacl.h"

/* "Allow multiple operations to be initiated and in progress simultaneously." */
TEST(overlapped_sockets_have_several_operations_in_progress)
{
    struct sockaddr_in addr;
    SOCKET s = bound_datagram(WSA_FLAG_OVERLAPPED, &addr);
    OVERLAPPED overlapped[3] = {{0}};
    char bytes[3];
    DWORD flags = 0, done;
    int i;

    for (i = 0; i < 3; i++)
    {
        WSABUF buf = {1, bytes + i};

        overlapped[i].hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
        CHECK_ERROR(WSARecv(s, &buf, 1, NULL, &flags, &overlapped[i], NULL), WSA_IO_PENDING);
    }
    for (i = 0; i < 3; i++) CHECK_INT(sendto(s, "abc" + i, 1, 0, (SOCKADDR *)&addr, sizeof(addr)), 1);
    for (i = 0; i < 3; i++)
    {
        CHECK(WSAGetOverlappedResult(s, &overlapped[i], &done, TRUE, &flags));
        CHECK_INT(bytes[i], "abc"[i]);
    }
}

/* "Also support nonoverlapped usage on an overlapped socket." */
TEST(overlapped_sockets_work_without_overlapped)
{
    struct sockaddr_in addr;
    SOCKET s = bound_datagram(WSA_FLAG_OVERLAPPED, &addr);
    char byte = 0;
    WSABUF out = {1, "x"}, in = {1, &byte};
    DWORD done = 0, flags = 0;

    CHECK_INT(WSASendTo(s, &out, 1, &done, 0, (SOCKADDR *)&addr, sizeof(addr), NULL, NULL), 0);
    CHECK_INT(done, 1);
    CHECK_INT(WSARecv(s, &in, 1, &done, &flags, NULL, NULL), 0);
    CHECK_INT(byte, 'x');
}

/* No protocol here has a rooted control or data plane, and TCP no multipoint at all. */
TEST(multipoint_flags_go_by_the_protocols_planes)
{
    WSAPROTOCOL_INFOW udp = entry_of(AF_INET, SOCK_DGRAM), tcp = entry_of(AF_INET, SOCK_STREAM);

    CHECK_INT(udp.dwServiceFlags1 &
                  (XP1_SUPPORT_MULTIPOINT | XP1_MULTIPOINT_CONTROL_PLANE | XP1_MULTIPOINT_DATA_PLANE),
              XP1_SUPPORT_MULTIPOINT);
    CHECK_INT(tcp.dwServiceFlags1 & XP1_SUPPORT_MULTIPOINT, 0);
    CHECK(with_flags(SOCK_DGRAM, WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF) != INVALID_SOCKET);
    CHECK_ERROR(with_flags(SOCK_DGRAM, WSA_FLAG_MULTIPOINT_C_ROOT | WSA_FLAG_MULTIPOINT_D_LEAF), WSAEINVAL);
    CHECK_ERROR(with_flags(SOCK_DGRAM, WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_ROOT), WSAEINVAL);
    CHECK_ERROR(with_flags(SOCK_STREAM, WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF), WSAEINVAL);
}

/* "Only one of ... can be specified"; each alone goes by its own plane. */
TEST(multipoint_flags_exclude_each_other)
{
    static const DWORD control[] = {0, WSA_FLAG_MULTIPOINT_C_ROOT, WSA_FLAG_MULTIPOINT_C_LEAF,
                                    WSA_FLAG_MULTIPOINT_C_ROOT | WSA_FLAG_MULTIPOINT_C_LEAF};
    static const DWORD data[] = {0, WSA_FLAG_MULTIPOINT_D_ROOT, WSA_FLAG_MULTIPOINT_D_LEAF,
                                 WSA_FLAG_MULTIPOINT_D_ROOT | WSA_FLAG_MULTIPOINT_D_LEAF};
    unsigned int i, j;

    for (i = 0; i < ARRAYSIZE(control); i++)
        for (j = 0; j < ARRAYSIZE(data); j++)
        {
            const BOOL leaves = (i == 0 || i == 2) && (j == 0 || j == 2);

            if (leaves)
                CHECK(with_flags(SOCK_DGRAM, control[i] | data[j]) != INVALID_SOCKET);
            else
                CHECK_ERROR(with_flags(SOCK_DGRAM, control[i] | data[j]), WSAEINVAL);
            if (i || j) CHECK_ERROR(with_flags(SOCK_STREAM, control[i] | data[j]), WSAEINVAL);
        }
}

/* "When lpProtocolInfo is not NULL, the structure for the transport provider is pointed to by
 * the parameter", else it is the entry that is chosen. */
TEST(multipoint_flags_go_by_the_entry_that_is_given)
{
    const DWORD leaf = WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF;
    WSAPROTOCOL_INFOW udp = entry_of(AF_INET6, SOCK_DGRAM), tcp = entry_of(AF_INET6, SOCK_STREAM);

    CHECK(WSASocketW(FROM_INFO, FROM_INFO, FROM_INFO, &udp, 0, leaf) != INVALID_SOCKET);
    CHECK_ERROR(WSASocketW(FROM_INFO, FROM_INFO, FROM_INFO, &tcp, 0, leaf), WSAEINVAL);
    CHECK_ERROR(WSASocketW(FROM_INFO, FROM_INFO, FROM_INFO, &udp, 0, WSA_FLAG_MULTIPOINT_C_ROOT), WSAEINVAL);
    CHECK(WSASocketW(AF_INET6, SOCK_DGRAM, 0, NULL, 0, leaf) != INVALID_SOCKET);
}

/* "The system grants this access right only if the SE_SECURITY_NAME privilege is enabled in the
 * access token of the requesting thread." */
TEST(access_system_security_takes_the_privilege)
{
    SOCKET s;

    enable_in_process(FALSE);
    CHECK_ERROR(with_flags(SOCK_STREAM, WSA_FLAG_ACCESS_SYSTEM_SECURITY), WSAEACCES);
    enable_in_process(TRUE);
    s = with_flags(SOCK_STREAM, WSA_FLAG_ACCESS_SYSTEM_SECURITY);
    enable_in_process(FALSE);
    CHECK(s != INVALID_SOCKET);
    audit_everyone(s, FAILED_ACCESS_ACE_FLAG);
}

/* Not as the page has it: the flag clears HANDLE_FLAG_INHERIT. */
TEST(no_handle_inherit_makes_handles_that_are_not)
{
    DWORD flags = 0;
    SOCKET s = with_flags(SOCK_STREAM, WSA_FLAG_OVERLAPPED);

    CHECK(GetHandleInformation((HANDLE)s, &flags));
    CHECK_INT(flags & HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    s = with_flags(SOCK_STREAM, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    CHECK(GetHandleInformation((HANDLE)s, &flags));
    CHECK_INT(flags & HANDLE_FLAG_INHERIT, 0);
}

CHILD(heir)
{
    int type = 0, len = sizeof(type);

    if (!getsockopt(strtoull(argv[0], NULL, 0), SOL_SOCKET, SO_TYPE, (char *)&type, &len)) return type;
    return WSAGetLastError() == WSAENOTSOCK ? 77 : 78;
}

static int in_a_child(SOCKET s)
{
    return harness_join(harness_spawn("heir", "%#llx", (unsigned long long)s));
}

TEST(children_inherit_sockets_without_no_handle_inherit)
{
    SOCKET plain[4], kept[4];
    int i;

    for (i = 0; i < 4; i++) /* others than what the child opens itself */
    {
        plain[i] = with_flags(SOCK_DGRAM, WSA_FLAG_OVERLAPPED);
        kept[i] = with_flags(SOCK_DGRAM, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
        CHECK(SetHandleInformation((HANDLE)plain[i], HANDLE_FLAG_INHERIT, i < 3 ? HANDLE_FLAG_INHERIT : 0));
    }
    CHECK_INT(in_a_child(plain[0]), SOCK_DGRAM);
    CHECK_INT(in_a_child(kept[2]), 77);
    CHECK_INT(in_a_child(plain[3]), 77); /* by SetHandleInformation */
    CHECK(SetHandleInformation((HANDLE)kept[2], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
    CHECK_INT(in_a_child(kept[2]), SOCK_DGRAM);
}

TEST(unknown_flags_give_wsaeinval)
{
    CHECK_ERROR(with_flags(SOCK_STREAM, 0x8000), WSAEINVAL);
    CHECK_ERROR(with_flags(SOCK_STREAM, WSA_FLAG_OVERLAPPED | 0x40000000), WSAEINVAL);
}
