/*
 * WSAPoll.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

#include "../../include/ws2_missing.h"

#define ALL_EVENTS (POLLRDNORM | POLLRDBAND | POLLWRNORM)

/* What WSAPoll says of one socket, after checking that its result fits. */
static int poll_one(SOCKET s, short events, int timeout)
{
    WSAPOLLFD fd = {s, events, 0x7ead};
    int ret = WSAPoll(&fd, 1, timeout);

    CHECK_INT(ret, fd.revents ? 1 : 0);
    return fd.revents;
}

/* Loopback delivery may take a moment: waits until it says this. */
static void check_poll(SOCKET s, short events, int expected)
{
    int i, said = 0;

    for (i = 0; i < 100; i++)
    {
        if ((said = poll_one(s, events, 0)) == expected) return;
        Sleep(10);
    }
    CHECK_INT(said, expected);
}

TEST(poll_of_nothing_is_invalid)
{
    WSAPOLLFD fd = {0};

    CHECK_ERROR(WSAPoll(NULL, 0, 0), WSAEINVAL);
    CHECK_ERROR(WSAPoll(NULL, 0, 1), WSAEINVAL);
    CHECK_ERROR(WSAPoll(&fd, 0, 0), WSAEINVAL);
}

TEST(poll_from_bad_pointers_is_a_fault)
{
    CHECK_ERROR(WSAPoll(NULL, 1, 0), WSAEFAULT);
    CHECK_ERROR(WSAPoll((WSAPOLLFD *)0xdeadbee0, 1, 0), WSAEFAULT);
}

TEST(poll_of_an_array_that_ends_too_soon_is_a_fault)
{
    char *pages = VirtualAlloc(NULL, 8192, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    WSAPOLLFD *fd = (WSAPOLLFD *)(pages + 4096) - 1;
    SOCKET pair[2];
    DWORD old;

    tcp_pair(pair);
    CHECK(VirtualProtect(pages + 4096, 4096, PAGE_NOACCESS, &old));
    fd->fd = pair[0];
    fd->events = POLLWRNORM;
    CHECK_INT(WSAPoll(fd, 1, 0), 1);
    CHECK_ERROR(WSAPoll(fd, 2, 0), WSAEFAULT);
    CHECK_ERROR(WSAPoll(fd, 200, 0), WSAEFAULT);
    VirtualFree(pages, 0, MEM_RELEASE);
    close_pair(pair);
}

TEST(poll_refuses_flags_that_cannot_be_asked_for)
{
    static const short flags[] = {POLLERR, POLLHUP, POLLNVAL, 0x8,    POLLWRBAND, 0x40,  0x80,
                                  POLLPRI, 0x800,   0x1000,   0x2000, 0x4000,     -32768};
    SOCKET pair[2];
    unsigned int i;

    tcp_pair(pair);
    for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
    {
        WSAPOLLFD fd = {pair[0], flags[i], 0x7ead};

        CHECK_ERROR(WSAPoll(&fd, 1, 0), WSAEINVAL);
        fd.events |= POLLRDNORM;
        CHECK_ERROR(WSAPoll(&fd, 1, 0), WSAEINVAL);
        CHECK_INT(fd.revents, 0);
    }
    close_pair(pair);
}

TEST(poll_marks_what_is_no_socket_without_counting_it)
{
    WSAPOLLFD fds[3];
    SOCKET pair[2];

    tcp_pair(pair);
    fds[0] = (WSAPOLLFD){(SOCKET)-1, POLLERR, 0x7ead}; /* flags of an entry taken out are not looked at */
    fds[1] = (WSAPOLLFD){pair[0], POLLIN, 0x7ead};
    fds[2] = (WSAPOLLFD){0xabacab, POLLIN, 0x7ead};
    WSASetLastError(0xdead);
    CHECK_INT(WSAPoll(fds, 3, 0), 0);
    CHECK_INT(WSAGetLastError(), 0);
    CHECK_INT(fds[0].revents, POLLNVAL);
    CHECK_INT(fds[1].revents, 0);
    CHECK_INT(fds[2].revents, POLLNVAL);

    fds[1].events = POLLOUT;
    CHECK_INT(WSAPoll(fds, 3, 0), 1);
    CHECK_INT(fds[0].revents, POLLNVAL);
    CHECK_INT(fds[1].revents, POLLWRNORM);
    CHECK_INT(fds[2].revents, POLLNVAL);
    close_pair(pair);
}

TEST(poll_of_no_socket_at_all_fails)
{
    WSAPOLLFD fds[2];

    fds[0] = (WSAPOLLFD){(SOCKET)-1, POLLERR, 0x7ead};
    fds[1] = (WSAPOLLFD){0xabacab, POLLERR, 0x7ead};
    CHECK_ERROR(WSAPoll(fds, 2, 0), WSAENOTSOCK);
    CHECK_INT(fds[0].revents, POLLNVAL);
    CHECK_INT(fds[1].revents, POLLNVAL);
    CHECK_ERROR(WSAPoll(fds, 1, 0), WSAENOTSOCK);
    fds[1].events = POLLIN;
    CHECK_ERROR(WSAPoll(fds + 1, 1, 0), WSAENOTSOCK);
    CHECK_INT(fds[1].revents, POLLNVAL);
}

TEST(poll_refuses_bad_flags_of_a_stranger_beside_a_socket)
{
    WSAPOLLFD fds[2];
    SOCKET pair[2];

    tcp_pair(pair);
    fds[0] = (WSAPOLLFD){pair[0], POLLIN, 0x7ead};
    fds[1] = (WSAPOLLFD){0xabacab, POLLERR, 0x7ead};
    CHECK_ERROR(WSAPoll(fds, 2, 0), WSAEINVAL);
    CHECK_INT(fds[0].revents, 0);
    CHECK_INT(fds[1].revents, 0);
    close_pair(pair);
}

TEST(poll_reports_data_and_room)
{
    SOCKET pair[2];
    char buffer[4];

    tcp_pair(pair);
    check_poll(pair[1], ALL_EVENTS, POLLWRNORM);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    check_poll(pair[1], ALL_EVENTS, POLLWRNORM | POLLRDNORM);
    check_poll(pair[1], POLLIN, POLLRDNORM);
    check_poll(pair[1], POLLRDBAND, 0);
    check_poll(pair[1], 0, 0);
    CHECK_INT(recv(pair[1], buffer, 4, 0), 4);
    check_poll(pair[1], ALL_EVENTS, POLLWRNORM);
    close_pair(pair);
}

TEST(poll_reports_a_waiting_connection)
{
    SOCKET listener, client = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in addr;

    listener = tcp_listener(&addr);
    check_poll(listener, ALL_EVENTS, 0);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    check_poll(listener, ALL_EVENTS, POLLRDNORM);
    check_poll(listener, POLLRDBAND | POLLWRNORM, 0);
    closesocket(client);
    closesocket(listener);
}

TEST(poll_reports_urgent_data)
{
    SOCKET pair[2];
    char buffer;

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "u", 1, MSG_OOB), 1);
    check_poll(pair[1], ALL_EVENTS, POLLWRNORM | POLLRDBAND);
    CHECK_INT(recv(pair[1], &buffer, 1, MSG_OOB), 1);
    check_poll(pair[1], ALL_EVENTS, POLLWRNORM);
    close_pair(pair);
}

TEST(poll_reports_a_hangup_unasked)
{
    SOCKET pair[2];

    tcp_pair(pair);
    closesocket(pair[0]);
    check_poll(pair[1], 0, POLLHUP);
    check_poll(pair[1], ALL_EVENTS, POLLWRNORM | POLLHUP);
    closesocket(pair[1]);
}

TEST(poll_reports_a_hangup_behind_unread_data)
{
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    check_poll(pair[1], ALL_EVENTS, POLLWRNORM | POLLRDNORM | POLLHUP);
    check_poll(pair[1], 0, POLLHUP);
    close_pair(pair);
}

TEST(poll_reports_a_reset_as_an_error)
{
    struct linger linger = {1, 0};
    SOCKET pair[2];

    tcp_pair(pair);
    setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&linger, sizeof(linger));
    closesocket(pair[0]);
    check_poll(pair[1], ALL_EVENTS, POLLERR | POLLHUP | POLLWRNORM);
    check_poll(pair[1], 0, POLLERR | POLLHUP);
    closesocket(pair[1]);
}

TEST(poll_reports_a_failed_connect)
{
    struct sockaddr_in addr;
    SOCKET s = tcp_listener(&addr);
    int error = 0, len = sizeof(error);

    closesocket(s);
    s = socket(AF_INET, SOCK_STREAM, 0);
    set_blocking(s, FALSE);
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEWOULDBLOCK);
    CHECK_INT(poll_one(s, ALL_EVENTS, 10000), POLLWRNORM | POLLHUP | POLLERR);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&error, &len), 0);
    CHECK_INT(error, WSAECONNREFUSED);
    check_poll(s, POLLRDNORM, POLLHUP | POLLERR);
    closesocket(s);
}

TEST(poll_gives_a_stream_that_was_never_connected_nothing)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_INT(poll_one(s, ALL_EVENTS, 20), 0);
    closesocket(s);
}

TEST(poll_reports_datagrams)
{
    SOCKET sender = socket(AF_INET, SOCK_DGRAM, 0), s;
    struct sockaddr_in addr;

    udp_bound(&s, &addr);
    check_poll(sender, ALL_EVENTS, POLLWRNORM);
    check_poll(s, ALL_EVENTS, POLLWRNORM);
    CHECK_INT(sendto(sender, "data", 4, 0, (struct sockaddr *)&addr, sizeof(addr)), 4);
    check_poll(s, ALL_EVENTS, POLLWRNORM | POLLRDNORM);
    check_poll(sender, ALL_EVENTS, POLLWRNORM);
    closesocket(sender);
    closesocket(s);
}

TEST(poll_answers_each_entry_of_the_same_socket)
{
    WSAPOLLFD fds[3];
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "data", 4, 0), 4);
    check_poll(pair[1], POLLRDNORM, POLLRDNORM);
    fds[0] = (WSAPOLLFD){pair[1], POLLRDNORM, 0x7ead};
    fds[1] = (WSAPOLLFD){pair[1], POLLRDBAND, 0x7ead};
    fds[2] = (WSAPOLLFD){pair[1], POLLRDNORM | POLLWRNORM, 0x7ead};
    CHECK_INT(WSAPoll(fds, 3, 0), 2);
    CHECK_INT(fds[0].revents, POLLRDNORM);
    CHECK_INT(fds[1].revents, 0);
    CHECK_INT(fds[2].revents, POLLRDNORM | POLLWRNORM);
    close_pair(pair);
}

TEST(poll_takes_thousands)
{
    enum
    {
        COUNT = 3000
    };
    static WSAPOLLFD fds[COUNT];
    SOCKET pair[2];
    unsigned int i;

    tcp_pair(pair);
    for (i = 0; i < COUNT; i++) fds[i] = (WSAPOLLFD){pair[i % 2], i % 3 ? POLLWRNORM : POLLRDNORM, 0x7ead};
    CHECK_INT(WSAPoll(fds, COUNT, 0), COUNT / 3 * 2);
    for (i = 0; i < COUNT; i++) CHECK_INT(fds[i].revents, i % 3 ? POLLWRNORM : 0);
    close_pair(pair);
}

TEST(poll_times_out)
{
    WSAPOLLFD fd;
    SOCKET pair[2];

    tcp_pair(pair);
    fd = (WSAPOLLFD){pair[0], POLLIN, 0x7ead};
    WSASetLastError(0xdead);
    CHECK_INT(WSAPoll(&fd, 1, 30), 0);
    CHECK_INT(WSAGetLastError(), 0);
    CHECK_INT(fd.revents, 0);
    close_pair(pair);
}

static void CALLBACK send_apc(ULONG_PTR s)
{
    send(s, "data", 4, 0);
}

TEST(poll_runs_user_apcs_while_it_waits)
{
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK(QueueUserAPC(send_apc, GetCurrentThread(), pair[0]));
    CHECK_INT(poll_one(pair[1], POLLRDNORM, 10000), POLLRDNORM);
    close_pair(pair);
}

static DWORD CALLBACK close_later(void *arg)
{
    Sleep(50);
    return closesocket((SOCKET)arg);
}

static DWORD CALLBACK send_later(void *arg)
{
    Sleep(50);
    return send((SOCKET)arg, "data", 4, 0);
}

TEST(poll_waits_for_ever_if_the_time_is_negative)
{
    SOCKET pair[2];
    HANDLE thread;

    tcp_pair(pair);
    thread = CreateThread(NULL, 0, send_later, (void *)pair[0], 0, NULL);
    CHECK_INT(poll_one(pair[1], POLLRDNORM, -5), POLLRDNORM);
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CloseHandle(thread);
    close_pair(pair);
}

TEST(poll_counts_a_socket_that_is_closed_meanwhile)
{
    SOCKET pair[2];
    HANDLE thread;

    tcp_pair(pair);
    thread = CreateThread(NULL, 0, close_later, (void *)pair[0], 0, NULL);
    CHECK_INT(poll_one(pair[0], POLLIN, 10000), POLLNVAL);
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CloseHandle(thread);
    closesocket(pair[1]);
}

TEST(poll_is_an_extension_function_too)
{
    GUID id = WSAID_WSAPOLL;
    int(WSAAPI * poll)(WSAPOLLFD *, ULONG, INT) = NULL;
    WSAPOLLFD fd;
    SOCKET pair[2];
    DWORD size = 0;

    tcp_pair(pair);
    CHECK_INT(WSAIoctl(pair[0], SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &poll, sizeof(poll),
                       &size, NULL, NULL),
              0);
    CHECK_INT(size, sizeof(poll));
    CHECK(poll != NULL);
    fd = (WSAPOLLFD){pair[0], POLLOUT, 0x7ead};
    CHECK_INT(poll(&fd, 1, 0), 1);
    CHECK_INT(fd.revents, POLLWRNORM);
    CHECK_ERROR(poll(NULL, 0, 0), WSAEINVAL);
    close_pair(pair);
}

TEST(poll_needs_startup)
{
    WSAPOLLFD fd;
    WSADATA data;
    SOCKET pair[2];

    tcp_pair(pair);
    fd = (WSAPOLLFD){pair[0], POLLOUT, 0x7ead};
    CHECK_INT(WSACleanup(), 0);
    CHECK_INT(WSAPoll(&fd, 1, 0), SOCKET_ERROR);
    CHECK_INT(WSAGetLastError(), WSANOTINITIALISED);
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
}
