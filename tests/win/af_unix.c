/*
 * AF_UNIX streams: names, connections, and everything that any socket can do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"

#include <afunix.h>

#ifndef SIO_AF_UNIX_GETPEERPID
#define SIO_AF_UNIX_GETPEERPID _WSAIOR(IOC_VENDOR, 256)
#endif

#define PATH_SIZE ((int)sizeof(((struct sockaddr_un *)0)->sun_path))

static void path_address(struct sockaddr_un *addr, const char *path)
{
    memset(addr, 0, sizeof(*addr));
    addr->sun_family = AF_UNIX;
    CHECK(strlen(path) < sizeof(addr->sun_path));
    strcpy(addr->sun_path, path);
}

/* A path of its own in the temporary folder, where there is no file. */
static void fresh_address(struct sockaddr_un *addr)
{
    static int number;
    char folder[MAX_PATH], path[MAX_PATH + 32];

    GetTempPathA(sizeof(folder), folder);
    sprintf(path, "%su%lu-%d.sock", folder, GetCurrentProcessId(), number++);
    DeleteFileA(path);
    path_address(addr, path);
}

static SOCKET unix_socket(void)
{
    SOCKET s = socket(AF_UNIX, SOCK_STREAM, 0);

    CHECK(s != INVALID_SOCKET);
    return s;
}

static int bind_to(SOCKET s, const struct sockaddr_un *addr)
{
    return bind(s, (const struct sockaddr *)addr, sizeof(*addr));
}

static int connect_to(SOCKET s, const struct sockaddr_un *addr)
{
    return connect(s, (const struct sockaddr *)addr, sizeof(*addr));
}

static SOCKET unix_listener(struct sockaddr_un *addr)
{
    SOCKET s = unix_socket();

    fresh_address(addr);
    CHECK_INT(bind_to(s, addr), 0);
    CHECK_INT(listen(s, SOMAXCONN), 0);
    return s;
}

static void unix_pair(SOCKET pair[2])
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr);

    pair[0] = unix_socket();
    CHECK_INT(connect_to(pair[0], &addr), 0);
    pair[1] = accept(listener, NULL, NULL);
    CHECK(pair[1] != INVALID_SOCKET);
    CHECK_INT(closesocket(listener), 0);
    CHECK(DeleteFileA(addr.sun_path));
}

static void receive_text(SOCKET s, const char *text)
{
    char buffer[64] = {0};
    int want = strlen(text), got = 0, n = 0;

    while (got < want && (n = recv(s, buffer + got, want - got, 0)) > 0) got += n;
    if (got < want) CHECK_INT(n, 0);
    CHECK_STR(buffer, text);
}

static void send_text(SOCKET s, const char *text)
{
    CHECK_INT(send(s, text, strlen(text), 0), strlen(text));
}

static void check_talk(SOCKET a, SOCKET b)
{
    send_text(a, "to b");
    receive_text(b, "to b");
    send_text(b, "and back");
    receive_text(a, "and back");
}

/* --- names ---------------------------------------------------------------------------- */

TEST(bind_makes_a_file_that_goes_on_after_the_socket)
{
    struct sockaddr_un addr;
    SOCKET s = unix_socket();

    fresh_address(&addr);
    CHECK_INT(GetFileAttributesA(addr.sun_path), INVALID_FILE_ATTRIBUTES);
    CHECK_INT(bind_to(s, &addr), 0);
    CHECK(GetFileAttributesA(addr.sun_path) != INVALID_FILE_ATTRIBUTES);
    CHECK_INT(closesocket(s), 0);
    CHECK(GetFileAttributesA(addr.sun_path) != INVALID_FILE_ATTRIBUTES);
    CHECK(DeleteFileA(addr.sun_path));
    CHECK_INT(GetFileAttributesA(addr.sun_path), INVALID_FILE_ATTRIBUTES);
}

TEST(bind_refuses_a_name_in_use_until_the_file_is_deleted)
{
    struct sockaddr_un addr;
    SOCKET first = unix_socket(), second = unix_socket();

    fresh_address(&addr);
    CHECK_INT(bind_to(first, &addr), 0);
    CHECK_ERROR(bind_to(second, &addr), WSAEADDRINUSE);
    CHECK_INT(closesocket(first), 0);
    CHECK_ERROR(bind_to(second, &addr), WSAEADDRINUSE);
    CHECK(DeleteFileA(addr.sun_path));
    CHECK_INT(bind_to(second, &addr), 0);
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(bind_refuses_the_name_of_any_file)
{
    struct sockaddr_un addr;
    HANDLE file;

    fresh_address(&addr);
    file = CreateFileA(addr.sun_path, GENERIC_WRITE, 0, NULL, CREATE_NEW, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CloseHandle(file);
    CHECK_ERROR(bind_to(unix_socket(), &addr), WSAEADDRINUSE);
    CHECK_ERROR(connect_to(unix_socket(), &addr), WSAECONNREFUSED);
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(bind_says_what_is_wrong_with_a_name)
{
    struct sockaddr_un addr;
    struct sockaddr_in other = {.sin_family = AF_INET};
    SOCKET s = unix_socket();

    path_address(&addr, "C:\\no such folder\\name");
    CHECK_ERROR(bind_to(s, &addr), WSAENETDOWN);
    path_address(&addr, "");
    CHECK_ERROR(bind_to(s, &addr), WSAEINVAL);
    memcpy(addr.sun_path, "\0abstract", 10);
    CHECK_ERROR(bind_to(s, &addr), WSAEINVAL);
    CHECK_ERROR(connect_to(s, &addr), WSAEINVAL);
    CHECK_ERROR(bind(s, NULL, sizeof(addr)), WSAEFAULT);
    CHECK_ERROR(bind(s, (struct sockaddr *)&addr, 1), WSAEFAULT);
    CHECK_ERROR(bind(s, (struct sockaddr *)&other, sizeof(other)), WSAEAFNOSUPPORT);
    CHECK_ERROR(listen(s, 1), WSAEINVAL);
    fresh_address(&addr);
    CHECK_INT(bind_to(s, &addr), 0);
    CHECK(DeleteFileA(addr.sun_path));
    fresh_address(&addr);
    CHECK_ERROR(bind_to(s, &addr), WSAEINVAL); /* it has a name already */
}

/* The name may be written in any way that means the same file. */
TEST(names_are_paths_of_windows)
{
    struct sockaddr_un addr, other;
    char folder[MAX_PATH], path[MAX_PATH + 32];
    SOCKET listener = unix_socket(), s;

    GetTempPathA(sizeof(folder), folder);
    CHECK(SetCurrentDirectoryA(folder));
    DeleteFileA("relative.sock");
    path_address(&addr, "relative.sock");
    CHECK_INT(bind_to(listener, &addr), 0);
    CHECK_INT(listen(listener, 5), 0);

    sprintf(path, "\\\\?\\%sRELATIVE.sock", folder);
    path_address(&other, path);
    s = unix_socket();
    CHECK_INT(connect_to(s, &other), 0);
    check_talk(s, accept(listener, NULL, NULL));

    path_address(&other, ".\\relative.sock");
    s = unix_socket();
    CHECK_INT(connect_to(s, &other), 0);
    check_talk(s, accept(listener, NULL, NULL));

    CHECK(SetCurrentDirectoryA("C:\\"));
    s = unix_socket();
    CHECK_ERROR(connect_to(s, &addr), WSAECONNREFUSED);
    sprintf(path, "%s..\\%s/relative.sock", folder, "Temp");
    GetFullPathNameA(path, sizeof(path), path, NULL);
    if (GetFileAttributesA(path) != INVALID_FILE_ATTRIBUTES)
    {
        path_address(&other, path);
        CHECK_INT(connect_to(s, &other), 0);
        check_talk(s, accept(listener, NULL, NULL));
    }
    CHECK(SetCurrentDirectoryA(folder));
    CHECK(DeleteFileA("relative.sock"));
}

TEST(names_are_utf8)
{
    struct sockaddr_un addr;
    char folder[MAX_PATH], path[MAX_PATH + 32];
    WCHAR wide[MAX_PATH];
    SOCKET listener = unix_socket(), s = unix_socket();

    GetTempPathA(sizeof(folder), folder);
    sprintf(path, "%s\xc3\xbc\xe2\x82\xac-%lu.sock", folder, GetCurrentProcessId());
    MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, MAX_PATH);
    DeleteFileW(wide);
    path_address(&addr, path);
    CHECK_INT(bind_to(listener, &addr), 0);
    CHECK_INT(listen(listener, 5), 0);
    CHECK(GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES);
    CHECK_INT(connect_to(s, &addr), 0);
    CHECK(DeleteFileW(wide));
}

/* The longest name that fits, without a NUL. */
TEST(a_name_may_fill_its_field)
{
    struct sockaddr_un addr;
    char folder[MAX_PATH], text[PATH_SIZE + 1];
    SOCKET listener = unix_socket(), s = unix_socket();

    GetTempPathA(sizeof(folder), folder);
    memset(text, 'n', PATH_SIZE);
    memcpy(text, folder, strlen(folder));
    text[PATH_SIZE] = 0;
    DeleteFileA(text);
    addr.sun_family = AF_UNIX;
    memcpy(addr.sun_path, text, PATH_SIZE);
    CHECK_INT(bind_to(listener, &addr), 0);
    CHECK_INT(listen(listener, 5), 0);
    CHECK_INT(connect_to(s, &addr), 0);
    check_talk(s, accept(listener, NULL, NULL));
    CHECK(DeleteFileA(text));
}

TEST(both_ends_tell_their_names)
{
    struct sockaddr_un addr, name;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;
    int len = sizeof(name);

    CHECK_ERROR(getsockname(s, (struct sockaddr *)&name, &len), WSAEINVAL);
    CHECK_INT(getsockname(listener, (struct sockaddr *)&name, &len), 0);
    CHECK_INT(len, sizeof(name));
    CHECK_INT(name.sun_family, AF_UNIX);
    CHECK_STR(name.sun_path, addr.sun_path);
    CHECK_ERROR(getpeername(s, (struct sockaddr *)&name, &len), WSAENOTCONN);

    CHECK_INT(connect_to(s, &addr), 0);
    len = sizeof(name);
    CHECK_INT(getpeername(s, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, addr.sun_path);
    CHECK_INT(getsockname(s, (struct sockaddr *)&name, &len), 0);
    CHECK_INT(name.sun_family, AF_UNIX);
    CHECK_STR(name.sun_path, "");

    len = sizeof(name);
    memset(&name, 0x55, sizeof(name));
    accepted = accept(listener, (struct sockaddr *)&name, &len);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_INT(name.sun_family, AF_UNIX);
    CHECK_STR(name.sun_path, "");
    CHECK_INT(getsockname(accepted, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, addr.sun_path);
    len = sizeof(name);
    CHECK_INT(getpeername(accepted, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, "");

    len = 5;
    CHECK_ERROR(getsockname(listener, (struct sockaddr *)&name, &len), WSAEFAULT);
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(a_bound_client_tells_its_name)
{
    struct sockaddr_un addr, own, name;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;
    int len = sizeof(name);

    fresh_address(&own);
    CHECK_INT(bind_to(s, &own), 0);
    CHECK_INT(connect_to(s, &addr), 0);
    CHECK_INT(getsockname(s, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, own.sun_path);
    accepted = accept(listener, (struct sockaddr *)&name, &len);
    CHECK(accepted != INVALID_SOCKET);
    CHECK_STR(name.sun_path, own.sun_path);
    memset(&name, 0, sizeof(name));
    CHECK_INT(getpeername(accepted, (struct sockaddr *)&name, &len), 0);
    CHECK_STR(name.sun_path, own.sun_path);
    CHECK(DeleteFileA(addr.sun_path));
    CHECK(DeleteFileA(own.sun_path));
}

/* --- connections ---------------------------------------------------------------------- */

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

/* --- waiting -------------------------------------------------------------------------- */

TEST(blocking_calls_time_out)
{
    SOCKET pair[2];
    DWORD time = 50;
    char byte;

    unix_pair(pair);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, (char *)&time, sizeof(time)), 0);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAETIMEDOUT);
}

TEST(non_blocking_calls_do_not_wait)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;
    u_long on = 1;
    fd_set set;
    char byte;

    CHECK_INT(ioctlsocket(listener, FIONBIO, &on), 0);
    CHECK_ERROR(accept(listener, NULL, NULL), WSAEWOULDBLOCK);
    CHECK_INT(ioctlsocket(s, FIONBIO, &on), 0);
    if (connect_to(s, &addr)) CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    FD_ZERO(&set);
    FD_SET(s, &set);
    CHECK_INT(select(0, NULL, &set, NULL, NULL), 1);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAEWOULDBLOCK);
    FD_ZERO(&set);
    FD_SET(listener, &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    send_text(accepted, "hello");
    FD_ZERO(&set);
    FD_SET(s, &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    receive_text(s, "hello");
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(select_and_poll_take_other_sockets_too)
{
    SOCKET pair[2], tcp[2];
    struct timeval soon = {0, 10000};
    WSAPOLLFD polls[2];
    fd_set set;

    unix_pair(pair);
    tcp_pair(tcp);
    FD_ZERO(&set);
    FD_SET(tcp[0], &set);
    FD_SET(pair[0], &set);
    CHECK_INT(select(0, &set, NULL, NULL, &soon), 0);
    send_text(pair[1], "x");
    FD_ZERO(&set);
    FD_SET(tcp[0], &set);
    FD_SET(pair[0], &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(pair[0], &set));
    send_text(tcp[1], "y");
    polls[0] = (WSAPOLLFD){tcp[0], POLLRDNORM, 0};
    polls[1] = (WSAPOLLFD){pair[0], POLLRDNORM | POLLWRNORM, 0};
    CHECK_INT(WSAPoll(polls, 2, -1), 2);
    CHECK_INT(polls[0].revents, POLLRDNORM);
    CHECK_INT(polls[1].revents, POLLRDNORM | POLLWRNORM);
    CHECK_INT(closesocket(pair[1]), 0);
    receive_text(pair[0], "x");
    polls[1].events = POLLRDNORM;
    CHECK_INT(WSAPoll(polls + 1, 1, -1), 1);
    CHECK(polls[1].revents & POLLHUP);
}

static void next_event(SOCKET s, HANDLE event, int bit, int error)
{
    WSANETWORKEVENTS events;

    do
    {
        CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
        CHECK_INT(WSAEnumNetworkEvents(s, event, &events), 0);
    } while (!(events.lNetworkEvents & (1 << bit)));
    CHECK_INT(events.iErrorCode[bit], error);
}

TEST(events_tell_what_happens)
{
    struct sockaddr_un addr, missing;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted, refused = unix_socket();
    HANDLE listening = WSACreateEvent(), connecting = WSACreateEvent(), other = WSACreateEvent();

    CHECK_INT(WSAEventSelect(listener, listening, FD_ACCEPT), 0);
    CHECK_INT(WSAEventSelect(s, connecting, FD_CONNECT | FD_READ | FD_WRITE | FD_CLOSE), 0);
    if (connect_to(s, &addr)) CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    next_event(s, connecting, FD_CONNECT_BIT, 0);
    next_event(listener, listening, FD_ACCEPT_BIT, 0);
    accepted = accept(listener, NULL, NULL);
    CHECK(accepted != INVALID_SOCKET);
    send_text(accepted, "data");
    next_event(s, connecting, FD_READ_BIT, 0);
    receive_text(s, "data");
    CHECK_INT(closesocket(accepted), 0);
    next_event(s, connecting, FD_CLOSE_BIT, 0);

    fresh_address(&missing);
    CHECK_INT(WSAEventSelect(refused, other, FD_CONNECT), 0);
    CHECK_ERROR(connect_to(refused, &missing), WSAEWOULDBLOCK);
    next_event(refused, other, FD_CONNECT_BIT, WSAECONNREFUSED);
    CHECK(DeleteFileA(addr.sun_path));
}

static DWORD WINAPI close_soon(void *arg)
{
    Sleep(50);
    return closesocket((SOCKET)arg);
}

TEST(close_ends_calls_that_wait)
{
    struct sockaddr_un addr;
    SOCKET pair[2], listener = unix_listener(&addr);
    char byte;

    unix_pair(pair);
    CloseHandle(CreateThread(NULL, 0, close_soon, (void *)pair[0], 0, NULL));
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAEINTR);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CloseHandle(CreateThread(NULL, 0, close_soon, (void *)listener, 0, NULL));
    CHECK_ERROR(accept(listener, NULL, NULL), WSAEINTR);
    CHECK(DeleteFileA(addr.sun_path));
}

/* --- overlapped ----------------------------------------------------------------------- */

TEST(overlapped_transfers_set_events)
{
    SOCKET pair[2];
    OVERLAPPED overlapped;
    char buffer[16];
    WSABUF buf = {sizeof(buffer), buffer};
    DWORD flags = 0, done;

    unix_pair(pair);
    event_overlapped(&overlapped);
    CHECK_ERROR(WSARecv(pair[0], &buf, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    send_text(pair[1], "overlap");
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 5000), WAIT_OBJECT_0);
    CHECK(WSAGetOverlappedResult(pair[0], &overlapped, &done, FALSE, &flags));
    CHECK_INT(done, 7);
    CHECK_INT(memcmp(buffer, "overlap", 7), 0);

    event_overlapped(&overlapped);
    CHECK_ERROR(WSARecv(pair[0], &buf, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK(CancelIoEx((HANDLE)pair[0], &overlapped));
    CHECK(!WSAGetOverlappedResult(pair[0], &overlapped, &done, TRUE, &flags));
    CHECK_INT(WSAGetLastError(), WSA_OPERATION_ABORTED);
}

static DWORD routine_bytes, routine_calls;

static void CALLBACK note_completion(DWORD error, DWORD bytes, OVERLAPPED *overlapped, DWORD flags)
{
    (void)overlapped;
    (void)flags;
    CHECK_INT(error, 0);
    routine_bytes = bytes;
    routine_calls++;
}

TEST(overlapped_transfers_call_routines)
{
    SOCKET pair[2];
    OVERLAPPED overlapped = {0};
    char buffer[16];
    WSABUF buf = {sizeof(buffer), buffer};
    DWORD flags = 0;

    unix_pair(pair);
    routine_calls = 0;
    CHECK_ERROR(WSARecv(pair[0], &buf, 1, NULL, &flags, &overlapped, note_completion), WSA_IO_PENDING);
    send_text(pair[1], "routine");
    CHECK_INT(SleepEx(5000, TRUE), WAIT_IO_COMPLETION);
    CHECK_INT(routine_calls, 1);
    CHECK_INT(routine_bytes, 7);
}

TEST(completion_ports_take_them)
{
    SOCKET pair[2];
    OVERLAPPED receive = {0}, send = {0}, *which;
    char buffer[16];
    WSABUF in = {sizeof(buffer), buffer}, out = {4, "port"};
    DWORD flags = 0, bytes;
    ULONG_PTR key;
    HANDLE port;
    int i;

    unix_pair(pair);
    port = CreateIoCompletionPort((HANDLE)pair[0], NULL, 11, 0);
    CHECK(port != NULL);
    CHECK(CreateIoCompletionPort((HANDLE)pair[1], port, 22, 0) == port);
    CHECK_ERROR(WSARecv(pair[0], &in, 1, NULL, &flags, &receive, NULL), WSA_IO_PENDING);
    if (WSASend(pair[1], &out, 1, NULL, 0, &send, NULL)) CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    for (i = 0; i < 2; i++)
    {
        CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &which, 5000));
        CHECK_INT(bytes, 4);
        CHECK_INT(key, which == &receive ? 11 : 22);
    }
    CHECK_INT(memcmp(buffer, "port", 4), 0);
}

TEST(accept_ex_and_connect_ex_take_them)
{
    struct sockaddr_un addr, local, *to, *from;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted = unix_socket();
    char buffer[2 * (sizeof(addr) + 16) + 16];
    OVERLAPPED accepting, connecting;
    int to_len, from_len, len = sizeof(local);
    DWORD pid = 0, size;

    event_overlapped(&accepting);
    event_overlapped(&connecting);
    CHECK_PENDING(EXTENSION(listener, LPFN_ACCEPTEX, WSAID_ACCEPTEX)(
        listener, accepted, buffer, 16, sizeof(addr) + 16, sizeof(addr) + 16, NULL, &accepting));
    CHECK_PENDING(EXTENSION(s, LPFN_CONNECTEX, WSAID_CONNECTEX)(s, (struct sockaddr *)&addr, sizeof(addr),
                                                                "first", 5, NULL, &connecting));
    CHECK_COMPLETES(s, &connecting, 5);
    CHECK_COMPLETES(listener, &accepting, 5);
    CHECK_INT(memcmp(buffer, "first", 5), 0);
    EXTENSION(listener, LPFN_GETACCEPTEXSOCKADDRS, WSAID_GETACCEPTEXSOCKADDRS)
    (buffer, 16, sizeof(addr) + 16, sizeof(addr) + 16, (struct sockaddr **)&to, &to_len,
     (struct sockaddr **)&from, &from_len);
    CHECK_INT(to->sun_family, AF_UNIX);
    CHECK_STR(to->sun_path, addr.sun_path);
    CHECK_INT(from->sun_family, AF_UNIX);
    CHECK_STR(from->sun_path, "");
    CHECK_INT(setsockopt(accepted, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof(listener)),
              0);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    CHECK_INT(getsockname(accepted, (struct sockaddr *)&local, &len), 0);
    CHECK_STR(local.sun_path, addr.sun_path);
    CHECK_INT(WSAIoctl(accepted, SIO_AF_UNIX_GETPEERPID, NULL, 0, &pid, sizeof(pid), &size, NULL, NULL), 0);
    CHECK_INT(pid, GetCurrentProcessId());
    check_talk(s, accepted);
    CHECK(DeleteFileA(addr.sun_path));
}

/* --- what they are -------------------------------------------------------------------- */

TEST(it_is_a_stream_of_its_own_protocol)
{
    SOCKET s = unix_socket(), w = WSASocketW(AF_UNIX, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
    WSAPROTOCOL_INFOW info;
    int type = 0, len = sizeof(type);

    CHECK(w != INVALID_SOCKET);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &len), 0);
    CHECK_INT(type, SOCK_STREAM);
    len = sizeof(info);
    CHECK_INT(getsockopt(w, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &len), 0);
    CHECK_INT(info.iAddressFamily, AF_UNIX);
    CHECK_INT(info.iSocketType, SOCK_STREAM);
    CHECK_INT(info.iProtocol, 0);
    CHECK_INT(info.iMaxSockAddr, sizeof(struct sockaddr_un));
    CHECK_INT(info.dwServiceFlags1 & XP1_IFS_HANDLES, XP1_IFS_HANDLES);
    CHECK_ERROR(socket(AF_UNIX, SOCK_DGRAM, 0), WSAEAFNOSUPPORT);
    CHECK_ERROR(socket(AF_UNIX, SOCK_STREAM, IPPROTO_TCP), WSAEPROTONOSUPPORT);
    type = 1;
    CHECK_ERROR(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&type, sizeof(type)), WSAENOPROTOOPT);
}

static int CALLBACK see_condition(WSABUF *caller, WSABUF *data, QOS *qos, QOS *group_qos, WSABUF *callee,
                                  WSABUF *callee_data, GROUP *group, DWORD_PTR context)
{
    const struct sockaddr_un *from = (struct sockaddr_un *)caller->buf,
                             *to = (struct sockaddr_un *)callee->buf;
    const struct sockaddr_un *expected = (const struct sockaddr_un *)context;

    (void)data;
    (void)qos;
    (void)group_qos;
    (void)callee_data;
    (void)group;
    if (from->sun_family != AF_UNIX || to->sun_family != AF_UNIX) return CF_REJECT;
    return strcmp(to->sun_path, expected->sun_path) ? CF_REJECT : CF_ACCEPT;
}

TEST(a_condition_function_sees_the_names)
{
    struct sockaddr_un addr;
    SOCKET listener = unix_listener(&addr), s = unix_socket(), accepted;

    CHECK_INT(connect_to(s, &addr), 0);
    accepted = WSAAccept(listener, NULL, NULL, see_condition, (DWORD_PTR)&addr);
    CHECK(accepted != INVALID_SOCKET);
    check_talk(s, accepted);
    CHECK(DeleteFileA(addr.sun_path));
}

TEST(a_handle_closed_without_closesocket_ends_the_connection)
{
    SOCKET pair[2], again;
    char byte;

    unix_pair(pair);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    again = socket(AF_INET, SOCK_STREAM, 0); /* perhaps of the same value */
    CHECK(again != INVALID_SOCKET);
    CHECK_INT(closesocket(again), 0);
}

/* --- other processes ------------------------------------------------------------------ */

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
