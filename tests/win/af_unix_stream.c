/*
 * AF_UNIX streams: what connections carry.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "belongings.h"
#include "unix_sockets.h"

#include <tlhelp32.h>

TEST(talks_both_ways)
{
    SOCKET pair[2];

    unix_pair(pair);
    check_talk(pair[0], pair[1]);
}

TEST(connections_go_on_when_name_and_listener_are_gone)
{
    SOCKET pair[2];

    unix_pair(pair); /* has deleted and closed both */
    check_talk(pair[1], pair[0]);
    check_talk(pair[0], pair[1]);
}

TEST(connect_says_why_not)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), pair[2];
    struct sockaddr_un missing;

    fresh_address(&missing);
    CHECK_ERROR(connect_to(s, &missing), WSAECONNREFUSED);
    path_address(&missing, "C:\\no such folder\\name");
    CHECK_ERROR(connect_to(s, &missing), WSAENETDOWN);
    CHECK_ERROR(connect_to(listener, &addr), WSAEINVAL);
    CHECK_ERROR(connect(s, NULL, 0), WSAEFAULT);
    CHECK_INT(connect_to(s, &addr), 0); /* what was refused may try again */
    CHECK_ERROR(connect_to(s, &addr), WSAEISCONN);
    CHECK_ERROR(listen(s, 1), WSAEINVAL);
    CHECK_INT(closesocket(listener), 0);
    CHECK_ERROR(connect_to(unix_socket(), &addr), WSAECONNREFUSED); /* the file is still there */
    CHECK(DeleteFileA(addr.sun_path));
    unix_pair(pair);
    CHECK_ERROR(send(unix_socket(), "x", 1, 0), WSAENOTCONN);
    CHECK_ERROR(recv(unix_socket(), (char *)&addr, 1, 0), WSAENOTCONN);
}

TEST(what_waits_at_a_listener_is_accepted_in_order)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s[5];
    char text[8];
    int i;

    for (i = 0; i < 5; i++)
    {
        s[i] = unix_socket();
        CHECK_INT(connect_to(s[i], &addr), 0);
        sprintf(text, "no. %d", i);
        send_text(s[i], text);
    }
    CHECK_INT(closesocket(s[2]), 0); /* gone before it is accepted, its bytes are not */
    for (i = 0; i < 5; i++)
    {
        SOCKET accepted = accept(listener, NULL, NULL);

        sprintf(text, "no. %d", i);
        receive_text(accepted, text);
        if (i == 2) CHECK_INT(recv(accepted, text, 1, 0), 0);
    }
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(shutdown_ends_one_direction)
{
    SOCKET pair[2];
    char byte;

    unix_pair(pair);
    send_text(pair[0], "last");
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    receive_text(pair[1], "last");
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAESHUTDOWN);
    send_text(pair[1], "still");
    receive_text(pair[0], "still");
    CHECK_INT(closesocket(pair[1]), 0);
    CHECK_INT(recv(pair[0], &byte, 1, 0), 0);
}

TEST(close_ends_both_directions)
{
    SOCKET pair[2];
    char byte;
    int i, error = 0;

    unix_pair(pair);
    send_text(pair[0], "last");
    CHECK_INT(closesocket(pair[0]), 0);
    receive_text(pair[1], "last");
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    for (i = 0; i < 1000 && !error; i++)
    {
        if (send(pair[1], "x", 1, 0) == SOCKET_ERROR) error = WSAGetLastError();
        Sleep(1);
    }
    CHECK(error == WSAECONNRESET || error == WSAECONNABORTED);
}

TEST(an_abortive_close_resets)
{
    struct linger hard = {1, 0};
    SOCKET pair[2];
    char byte;

    unix_pair(pair);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof(hard)), 0);
    send_text(pair[1], "unread");
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK(recv(pair[1], &byte, 1, 0) <= 0);
}

#define MANY 200

TEST(many_connections_at_once)
{
    struct sockaddr_un addr;
    static SOCKET clients[MANY], servers[MANY];
    SOCKET listener = unix_listener(&addr);
    char text[16];
    int i;

    for (i = 0; i < MANY; i++)
    {
        clients[i] = unix_socket();
        CHECK_INT(connect_to(clients[i], &addr), 0);
        servers[i] = accept(listener, NULL, NULL);
        CHECK(servers[i] != INVALID_SOCKET);
    }
    for (i = 0; i < MANY; i++)
    {
        sprintf(text, "client %d", i);
        send_text(clients[i], text);
    }
    for (i = 0; i < MANY; i++)
    {
        sprintf(text, "client %d", i);
        receive_text(servers[i], text);
        CHECK_INT(closesocket(servers[i]), 0);
    }
    for (i = 0; i < MANY; i++)
    {
        CHECK_INT(recv(clients[i], text, 1, 0), 0);
        CHECK_INT(closesocket(clients[i]), 0);
    }
    CHECK(DeleteFileA(addr.sun_path));
}

#define MUCH (4 * 1024 * 1024)

static DWORD WINAPI send_much(void *arg)
{
    char *data = malloc(MUCH);
    SOCKET s = (SOCKET)arg;
    int i, sent = 0, n;

    for (i = 0; i < MUCH; i++) data[i] = i * 7 + i / 257;
    while (sent < MUCH && (n = send(s, data + sent, MUCH - sent, 0)) > 0) sent += n;
    free(data);
    return sent;
}

static void receive_much(SOCKET s)
{
    static char data[100000];
    int got = 0, n, i;

    while (got < MUCH && (n = recv(s, data, sizeof(data), 0)) > 0)
        for (i = 0; i < n; i++, got++)
            if (data[i] != (char)(got * 7 + got / 257)) harness_fail(__FILE__, __LINE__, "wrong at %d", got);
    CHECK_INT(got, MUCH);
}

TEST(much_goes_both_ways_at_once)
{
    SOCKET pair[2];
    HANDLE threads[2];
    DWORD sent;
    int i;

    unix_pair(pair);
    for (i = 0; i < 2; i++) threads[i] = CreateThread(NULL, 0, send_much, (void *)pair[i], 0, NULL);
    receive_much(pair[0]);
    receive_much(pair[1]);
    for (i = 0; i < 2; i++)
    {
        WaitForSingleObject(threads[i], INFINITE);
        GetExitCodeThread(threads[i], &sent);
        CHECK_INT(sent, MUCH);
    }
}

TEST(a_sender_is_held_back_by_a_slow_receiver)
{
    SOCKET pair[2];
    static char data[65536];
    u_long on = 1;
    int sent = 0, n;
    fd_set set;

    unix_pair(pair);
    CHECK_INT(ioctlsocket(pair[0], FIONBIO, &on), 0);
    while ((n = send(pair[0], data, sizeof(data), 0)) > 0) sent += n;
    CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    while ((n = recv(pair[1], data, sizeof(data), 0)) > 0) sent -= n;
    CHECK_INT(sent, 0);
    FD_ZERO(&set);
    FD_SET(pair[1], &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
}

#define AGAIN 1000

static int count_threads(void)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 entry = {.dwSize = sizeof(entry)};
    int count = 0;
    BOOL more;

    for (more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry))
        if (entry.th32OwnerProcessID == GetCurrentProcessId()) count++;
    CloseHandle(snapshot);
    return count;
}

static void connect_and_close(SOCKET listener, const struct sockaddr_un *addr)
{
    SOCKET s = unix_socket(), accepted;

    CHECK_INT(connect_to(s, addr), 0);
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    send_text(s, "hello");
    receive_text(accepted, "hello");
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(accepted), 0);
}

TEST(a_thousand_connections_leave_nothing_behind)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr);
    DWORD handles = 0, handles_after = 0;
    int threads, descriptors, i;

    for (i = 0; i < 10; i++) connect_and_close(listener, &addr);
    CHECK(GetProcessHandleCount(GetCurrentProcess(), &handles));
    threads = count_threads();
    descriptors = (int)belongings_descriptors();
    for (i = 0; i < AGAIN; i++) connect_and_close(listener, &addr);
    /* the last ends are still on their way, perhaps */
    for (i = 0; i < 100 && (int)belongings_descriptors() > descriptors; i++) Sleep(10);
    CHECK(GetProcessHandleCount(GetCurrentProcess(), &handles_after));
    CHECK(handles_after <= handles + 3);
    CHECK(count_threads() <= threads + 1);
    CHECK((int)belongings_descriptors() <= descriptors + 3);
    CHECK(DeleteFileA(addr.sun_path));
}
