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

/* What anybody who has the handle can tell of it. */
static void check_names(SOCKET s, const char *own, const char *peer, DWORD process)
{
    WSAPROTOCOL_INFOW info;
    struct sockaddr_un name;
    int len = sizeof(name), value = 1;

    CHECK_INT(getsockname(s, (struct sockaddr *)&name, &len), 0);
    CHECK_INT(len, sizeof(name));
    CHECK_INT(name.sun_family, AF_UNIX);
    CHECK_STR(name.sun_path, own);
    CHECK_INT(getpeername(s, (struct sockaddr *)&name, &len), 0);
    CHECK_INT(name.sun_family, AF_UNIX);
    CHECK_STR(name.sun_path, peer);
    CHECK_INT(peer_process(s), process);
    len = sizeof(info);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &len), 0);
    CHECK_INT(info.iAddressFamily, AF_UNIX);
    CHECK_ERROR(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&value, sizeof(value)), WSAENOPROTOOPT);
}

/* argv: the handle, the names of both ends, and the process at the other. */
CHILD(knowing_heir)
{
    SOCKET s = strtoull(argv[0], NULL, 10);

    receive_text(s, "from the parent"); /* which has ended, perhaps */
    check_names(s, strcmp(argv[1], "-") ? argv[1] : "", strcmp(argv[2], "-") ? argv[2] : "", atoi(argv[3]));
    send_text(s, "from the heir");
    return closesocket(s);
}

TEST(heirs_know_the_names_of_both_ends)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;
    HANDLE process;

    CHECK_INT(connect_to(s, &addr), 0);
    accepted = accept(listener, NULL, NULL);
    process = harness_spawn("knowing_heir", "%llu - %s %lu", (unsigned long long)s, addr.sun_path,
                            GetCurrentProcessId());
    send_text(accepted, "from the parent");
    receive_text(accepted, "from the heir");
    CHECK_INT(harness_join(process), 0);
    process = harness_spawn("knowing_heir", "%llu %s - %lu", (unsigned long long)accepted, addr.sun_path,
                            GetCurrentProcessId());
    send_text(s, "from the parent");
    receive_text(s, "from the heir");
    CHECK_INT(harness_join(process), 0);
    CHECK(DeleteFileA(addr.sun_path));
}

CHILD(leaver_to_knowing)
{
    struct sockaddr_un addr;
    SOCKET s = unix_socket();

    path_address(&addr, argv[0]);
    if (connect_to(s, &addr)) return 1;
    CloseHandle(harness_spawn("knowing_heir", "%llu - %s %s", (unsigned long long)s, argv[0], argv[1]));
    return 0;
}

TEST(heirs_know_the_names_when_the_process_that_made_it_has_ended)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), accepted;
    HANDLE process = harness_spawn("leaver_to_knowing", "%s %lu", addr.sun_path, GetCurrentProcessId());
    char byte;

    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_INT(harness_join(process), 0);
    send_text(accepted, "from the parent");
    receive_text(accepted, "from the heir");
    CHECK_INT(recv(accepted, &byte, 1, 0), 0);
    CHECK(DeleteFileA(addr.sun_path));
}

CHILD(heir_of_listener)
{
    SOCKET listener = strtoull(argv[0], NULL, 10), s;
    struct sockaddr_un name;
    int len = sizeof(name);

    CHECK_INT(getsockname(listener, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, argv[1]);
    memset(&name, 0, sizeof(name));
    s = accept(listener, (struct sockaddr *)&name, &len);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(name.sun_family, AF_UNIX);
    CHECK_INT(len, sizeof(name));
    CHECK_INT(getsockname(s, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, argv[1]);
    send_text(s, "from the heir");
    return 0;
}

TEST(heirs_accept)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s = unix_socket();
    HANDLE process =
        harness_spawn("heir_of_listener", "%llu %s", (unsigned long long)listener, addr.sun_path);

    CHECK_INT(connect_to(s, &addr), 0);
    receive_text(s, "from the heir");
    CHECK_INT(harness_join(process), 0);
    CHECK(DeleteFileA(addr.sun_path));
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

TEST(duplicates_by_the_ansi_calls_know_the_names)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), same;
    WSAPROTOCOL_INFOA info;

    CHECK_INT(connect_to(s, &addr), 0);
    CHECK_INT(WSADuplicateSocketA(s, GetCurrentProcessId(), &info), 0);
    CHECK_INT(info.iAddressFamily, AF_UNIX);
    same =
        WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, WSA_FLAG_OVERLAPPED);
    CHECK(same != INVALID_SOCKET);
    CHECK_INT(closesocket(s), 0);
    check_names(same, "", addr.sun_path, GetCurrentProcessId());
    check_talk(same, accept(listener, NULL, NULL));
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
