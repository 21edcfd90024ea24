/*
 * AF_UNIX streams of several processes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "unix_sockets.h"

CHILD(speaker)
{
    struct sockaddr_un addr;
    SOCKET s = unix_socket();

    path_address(&addr, argv[0]);
    if (connect_to(s, &addr)) return 1;
    send_text(s, "last words");
    return 0; /* neither shut down nor closed */
}

static DWORD peer_process(SOCKET s)
{
    DWORD pid = 0, size;

    CHECK_INT(WSAIoctl(s, SIO_AF_UNIX_GETPEERPID, NULL, 0, &pid, sizeof(pid), &size, NULL, NULL), 0);
    CHECK_INT(size, sizeof(pid));
    return pid;
}

TEST(what_a_process_sent_before_its_end_arrives)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), accepted;
    HANDLE process = harness_spawn("speaker", "%s", addr.sun_path);
    char byte;

    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_INT(harness_join(process), 0); /* it has ended before anything is received */
    receive_text(accepted, "last words");
    CHECK_INT(recv(accepted, &byte, 1, 0), 0);
    CHECK(DeleteFileA(addr.sun_path));
}

CHILD(asker)
{
    struct sockaddr_un addr;
    SOCKET s = unix_socket();
    DWORD pid;

    path_address(&addr, argv[0]);
    if (connect_to(s, &addr)) return 1;
    pid = peer_process(s);
    CHECK_INT(send(s, (char *)&pid, sizeof(pid), 0), sizeof(pid));
    receive_text(s, "done");
    return 0;
}

TEST(each_end_learns_the_other_process)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), accepted, pair[2];
    HANDLE process = harness_spawn("asker", "%s", addr.sun_path);
    DWORD pid = 0, size;

    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_INT(peer_process(accepted), GetProcessId(process));
    CHECK_INT(recv(accepted, (char *)&pid, sizeof(pid), MSG_WAITALL), sizeof(pid));
    CHECK_INT(pid, GetCurrentProcessId());
    send_text(accepted, "done");
    CHECK_INT(harness_join(process), 0);
    CHECK_ERROR(WSAIoctl(listener, SIO_AF_UNIX_GETPEERPID, NULL, 0, &pid, sizeof(pid), &size, NULL, NULL),
                WSAENOTCONN);
    tcp_pair(pair);
    CHECK_ERROR(WSAIoctl(pair[0], SIO_AF_UNIX_GETPEERPID, NULL, 0, &pid, sizeof(pid), &size, NULL, NULL),
                WSAEOPNOTSUPP);
    CHECK(DeleteFileA(addr.sun_path));
}

CHILD(heir)
{
    SOCKET s = strtoull(argv[0], NULL, 10);

    receive_text(s, "from the parent");
    send_text(s, "from the heir");
    return closesocket(s);
}

TEST(children_inherit_them)
{
    SOCKET pair[2];
    HANDLE process;

    unix_pair(pair);
    process = harness_spawn("heir", "%llu", (unsigned long long)pair[0]);
    send_text(pair[1], "from the parent");
    receive_text(pair[1], "from the heir");
    CHECK_INT(harness_join(process), 0);
}

CHILD(leaver)
{
    struct sockaddr_un addr;
    SOCKET s = unix_socket();

    path_address(&addr, argv[0]);
    if (connect_to(s, &addr)) return 1;
    CloseHandle(harness_spawn("heir", "%llu", (unsigned long long)s));
    return 0;
}

TEST(an_heir_goes_on_after_the_process_that_made_it)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), accepted;
    HANDLE process = harness_spawn("leaver", "%s", addr.sun_path);
    char byte;

    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_INT(harness_join(process), 0);
    send_text(accepted, "from the parent");
    receive_text(accepted, "from the heir");
    CHECK_INT(recv(accepted, &byte, 1, 0), 0); /* and the end is seen when it closes */
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(duplicates_work_here_and_are_of_the_family)
{
    SOCKET pair[2], same;
    WSAPROTOCOL_INFOW info;
    struct sockaddr_un name;
    int len = sizeof(name);

    unix_pair(pair);
    CHECK_INT(WSADuplicateSocketW(pair[0], GetCurrentProcessId(), &info), 0);
    CHECK_INT(info.iAddressFamily, AF_UNIX);
    same =
        WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, WSA_FLAG_OVERLAPPED);
    CHECK(same != INVALID_SOCKET);
    CHECK_INT(closesocket(pair[0]), 0);
    check_talk(same, pair[1]);
    CHECK_INT(getpeername(same, (struct sockaddr *)&name, &len), 0);
    CHECK_INT(name.sun_family, AF_UNIX);
    CHECK(name.sun_path[0]);
}
