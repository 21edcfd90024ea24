/*
 * Condition 10: the host descriptors that are kept beside handles. A socket that is closed as
 * a handle is gone, its value may be anything's, and no descriptor outlives it or is
 * inherited by the host's processes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "belongings.h"
#include "extensions.h"
#include "lanes.h"
#include "unseen.h"

static char data[1024];

/* Back and forth, so that a descriptor is kept for both ends. */
static void talk(SOCKET pair[2])
{
    unsigned int i;

    for (i = 0; i < 2; i++)
    {
        CHECK_FAST(pair[i], WS2_LANE_SEND, CHECK_INT(send(pair[i], "x", 1, 0), 1));
        CHECK_FAST(pair[!i], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[!i], data, 1, 0), 1));
    }
}

/* A process of the host, which gets whatever is not closed when it is started. */
static HANDLE host_process(void)
{
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    char command[] = "Z:\\bin\\sleep 6";
    PROCESS_INFORMATION process;

    CHECK(CreateProcessA(NULL, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CloseHandle(process.hThread);
    return process.hProcess;
}

/* Otherwise the connection would live as long as that process. */
TEST(processes_of_the_host_inherit_no_descriptor)
{
    struct timeval three_seconds = {3, 0};
    HANDLE process;
    SOCKET pair[2];
    fd_set set;
    int i;

    for (i = 0; i < 2; i++)
    {
        tcp_pair(pair);
        talk(pair);
        process = host_process();
        CHECK_INT(closesocket(pair[i]), 0);
        FD_ZERO(&set);
        FD_SET(pair[!i], &set);
        CHECK_INT(select(0, &set, NULL, NULL, &three_seconds), 1);
        CHECK_INT(recv(pair[!i], data, 1, 0), 0);
        CHECK_INT(closesocket(pair[!i]), 0);
        CloseHandle(process);
    }
}

/* The value's next owner is a file, which any cheap test finds open, and no socket call may touch it. */
static void becomes_a_file(int closed, BOOL unseen)
{
    WCHAR folder[MAX_PATH], path[MAX_PATH];
    HANDLE files[64];
    unsigned int i, count = 0;
    DWORD size = 0;
    SOCKET pair[2];

    GetTempPathW(MAX_PATH, folder);
    CHECK(GetTempFileNameW(folder, L"dsc", 0, path));
    tcp_pair(pair);
    talk(pair);
    Sleep(700); /* long enough to be watched */
    if (unseen)
        close_unseen(pair[closed]);
    else
        CHECK(CloseHandle((HANDLE)pair[closed]));
    do
        files[count] = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                   NULL, OPEN_ALWAYS, 0, NULL);
    while (files[count] != (HANDLE)pair[closed] && ++count < ARRAYSIZE(files));
    CHECK(count < ARRAYSIZE(files));
    CHECK_INT(recv(pair[!closed], data, 1, 0), 0); /* it has been seen */
    CHECK_ERROR(send(pair[closed], "not for a file", 14, 0), WSAENOTSOCK);
    CHECK_ERROR(recv(pair[closed], data, 1, 0), WSAENOTSOCK);
    size = GetFileSize(files[count], NULL);
    for (i = 0; i <= count; i++) CHECK(CloseHandle(files[i]));
    DeleteFileW(path);
    CHECK_INT(size, 0);
    CHECK_INT(closesocket(pair[!closed]), 0);
}

TEST(a_connected_sockets_value_may_become_a_files)
{
    becomes_a_file(0, FALSE);
    becomes_a_file(0, TRUE);
}

TEST(an_accepted_sockets_value_may_become_a_files)
{
    becomes_a_file(1, FALSE);
    becomes_a_file(1, TRUE);
}

/* Pairs that have been talked through; how many descriptors there were before. */
static unsigned int make_pairs(SOCKET (*pairs)[2], unsigned int count)
{
    unsigned int i, before;

    tcp_pair(pairs[0]); /* what is made once only */
    talk(pairs[0]);
    close_pair(pairs[0]);
    Sleep(700);
    before = belongings_descriptors();
    for (i = 0; i < count; i++)
    {
        tcp_pair(pairs[i]);
        talk(pairs[i]);
    }
    CHECK(belongings_descriptors() > before);
    return before;
}

TEST(closehandle_leaves_no_descriptor_behind)
{
    SOCKET pairs[8][2];
    unsigned int i, before = make_pairs(pairs, ARRAYSIZE(pairs));

    for (i = 0; i < ARRAYSIZE(pairs) * 2; i++) CHECK(CloseHandle((HANDLE)pairs[i / 2][i % 2]));
    CHECK(belongings_descriptors() <= before);
}

/* It goes though the process makes no more socket calls. */
TEST(ntclose_leaves_no_descriptor_behind)
{
    SOCKET pairs[8][2];
    unsigned int i, tries, before = make_pairs(pairs, ARRAYSIZE(pairs));

    for (i = 0; i < ARRAYSIZE(pairs) * 2; i++) close_unseen(pairs[i / 2][i % 2]);
    for (tries = 0; tries < 40 && belongings_descriptors() > before; tries++) Sleep(100);
    CHECK(belongings_descriptors() <= before);
}

TEST(closesocket_leaves_no_descriptor_behind)
{
    unsigned int i, before, tries;
    SOCKET pair[2], s;

    tcp_pair(pair);
    talk(pair);
    close_pair(pair);
    Sleep(700);
    before = belongings_descriptors();
    for (i = 0; i < 32; i++)
    {
        tcp_pair(pair);
        talk(pair);
        close_pair(pair);
        udp_bound(&s, NULL);
        CHECK_INT(ioctlsocket(s, FIONREAD, &(u_long){0}), 0);
        CHECK_INT(closesocket(s), 0);
    }
    for (tries = 0; tries < 40 && belongings_descriptors() > before; tries++) Sleep(100);
    CHECK(belongings_descriptors() <= before);
}

/* A watch that was for the closed socket's value must not end the new one's calls. */
TEST(a_new_socket_with_the_value_of_a_closed_one_stays)
{
    unsigned int i, round;
    SOCKET pair[2];

    for (round = 0; round < 20; round++)
    {
        tcp_pair(pair);
        talk(pair);
        if (round % 5 == 0) Sleep(300); /* watched now */
        CHECK(CloseHandle((HANDLE)pair[0]));
        close_unseen(pair[1]);
        tcp_pair(pair);
        for (i = 0; i < 10; i++)
        {
            talk(pair);
            Sleep(1);
        }
        close_pair(pair);
    }
}

/* Accepting into a socket gives it another host socket than it had. */
TEST(a_socket_that_was_accepted_into_is_used_by_its_new_descriptor)
{
    SOCKET listener = tcp_listener(NULL), acceptor = stream_socket(), s = stream_socket();
    LPFN_ACCEPTEX accept_ex = EXTENSION(listener, LPFN_ACCEPTEX, WSAID_ACCEPTEX);
    struct sockaddr_in address;
    int size = sizeof(address), value = 0;
    OVERLAPPED overlapped;
    char room[128];
    DWORD done;

    size = sizeof(value);
    CHECK_INT(getsockopt(acceptor, IPPROTO_TCP, TCP_NODELAY, (char *)&value, &size), 0);
    CHECK_ERROR(send(acceptor, "x", 1, 0), WSAENOTCONN);
    event_overlapped(&overlapped);
    CHECK_PENDING(accept_ex(listener, acceptor, room, 0, 64, 64, &done, &overlapped));
    CHECK_ERROR(recv(acceptor, data, 1, 0), WSAENOTCONN);
    size = sizeof(address);
    CHECK_INT(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    CHECK_INT(connect(s, (struct sockaddr *)&address, sizeof(address)), 0);
    CHECK_COMPLETES(listener, &overlapped, 0);
    CHECK_INT(setsockopt(acceptor, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof(listener)),
              0);
    CHECK_INT(send(s, "abc", 3, 0), 3);
    CHECK_INT(recv(acceptor, data, 3, MSG_WAITALL), 3);
    CHECK_INT(send(acceptor, data, 3, 0), 3);
    CHECK_INT(recv(s, data, 3, MSG_WAITALL), 3);
    CHECK_INT(closesocket(acceptor), 0);
    CHECK_INT(recv(s, data, 1, 0), 0);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(listener), 0);
    CloseHandle(overlapped.hEvent);
}
