/*
 * CloseHandle on a socket, as the C runtime does it: the peer sees the end, and the
 * value may be somebody else's at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <fcntl.h>
#include <io.h>

#include "lanes.h"
#include "unseen.h"

/* Back and forth, so that both ends have been sent and received on. */
static void talk(SOCKET a, SOCKET b)
{
    char byte;

    CHECK_INT(send(a, "x", 1, 0), 1);
    CHECK_INT(recv(b, &byte, 1, 0), 1);
    CHECK_INT(send(b, "y", 1, 0), 1);
    CHECK_INT(recv(a, &byte, 1, 0), 1);
}

/* --- Ways to close --- */

static void by_closehandle(SOCKET s)
{
    CHECK(CloseHandle((HANDLE)s));
}

static void by_the_c_runtime(SOCKET s)
{
    int fd = _open_osfhandle((intptr_t)s, _O_BINARY);

    CHECK(fd >= 0);
    CHECK_INT(_close(fd), 0);
}

static void by_duplicatehandle(SOCKET s)
{
    DuplicateHandle(GetCurrentProcess(), (HANDLE)s, NULL, NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE);
}

/* The last is one that nobody is told of. */
static void (*const ways[])(SOCKET s) = {by_closehandle, by_the_c_runtime, by_duplicatehandle, close_unseen};

TEST(the_peer_finds_the_end_whoever_closes_the_handle)
{
    SOCKET pair[2];
    unsigned int i;
    char byte;

    for (i = 0; i < ARRAYSIZE(ways) * 2; i++)
    {
        tcp_pair(pair);
        talk(pair[0], pair[1]);
        ways[i / 2](pair[i & 1]);
        CHECK_INT(recv(pair[!(i & 1)], &byte, 1, 0), 0);
        closesocket(pair[!(i & 1)]);
    }
}

static void ends_for_the_peer_unseen(int closed)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    Sleep(700); /* long enough to be watched, and then not to use Winsock again */
    close_unseen(pair[closed]);
    CHECK_INT(recv(pair[!closed], &byte, 1, 0), 0);
    closesocket(pair[!closed]);
}

TEST(ntclose_on_a_connected_socket_ends_the_stream)
{
    ends_for_the_peer_unseen(0);
}

TEST(ntclose_on_an_accepted_socket_ends_the_stream)
{
    ends_for_the_peer_unseen(1);
}

TEST(closehandle_right_after_a_transfer_ends_the_stream)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    closesocket(pair[1]);
}

TEST(a_socket_closed_as_a_handle_is_no_socket)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAENOTSOCK);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAENOTSOCK);
    closesocket(pair[1]);
}

TEST(a_reused_value_is_the_new_socket)
{
    SOCKET pair[2], again[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK(CloseHandle((HANDLE)pair[1]));
    tcp_pair(again); /* values are reused lowest first */
    talk(again[0], again[1]);
    CHECK_INT(closesocket(again[0]), 0);
    CHECK_INT(recv(again[1], &byte, 1, 0), 0);
    CHECK_INT(closesocket(again[1]), 0);
}

TEST(a_closed_socket_has_no_extension_functions)
{
    GUID id = WSAID_TRANSMITFILE;
    void *function;
    SOCKET pair[2];
    DWORD size;

    tcp_pair(pair);
    CHECK_INT(WSAIoctl(pair[0], SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function,
                       sizeof(function), &size, NULL, NULL),
              0);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_ERROR(WSAIoctl(pair[0], SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function,
                         sizeof(function), &size, NULL, NULL),
                WSAENOTSOCK);
    closesocket(pair[1]);
}

/* --- Values that come again --- */

/* Values are reused lowest first, so it takes few. */
static SOCKET duplicate_with_value(SOCKET s, SOCKET value)
{
    HANDLE self = GetCurrentProcess(), copies[16];
    unsigned int count = 0;

    do CHECK(DuplicateHandle(self, (HANDLE)s, self, &copies[count], 0, FALSE, DUPLICATE_SAME_ACCESS));
    while (copies[count] != (HANDLE)value && ++count < ARRAYSIZE(copies));
    CHECK(count < ARRAYSIZE(copies));
    while (count) CHECK(CloseHandle(copies[--count]));
    return value;
}

static void value_goes_to(void (*way)(SOCKET s))
{
    SOCKET closed[2], other[2], copy;
    DWORD patience = 5000;
    char byte = 0;

    tcp_pair(closed);
    tcp_pair(other);
    talk(closed[0], closed[1]);
    talk(other[0], other[1]);
    CHECK_INT(setsockopt(other[1], SOL_SOCKET, SO_RCVTIMEO, (char *)&patience, sizeof(patience)), 0);
    way(closed[0]);
    copy = duplicate_with_value(other[0], closed[0]);
    CHECK_INT(send(copy, "n", 1, 0), 1);
    CHECK_INT(recv(other[1], &byte, 1, 0), 1);
    CHECK_INT(byte, 'n');
    CHECK_INT(send(other[1], "m", 1, 0), 1);
    CHECK_INT(recv(copy, &byte, 1, 0), 1);
    CHECK_INT(byte, 'm');
    CHECK_INT(recv(closed[1], &byte, 1, 0), 0);
    CHECK(CloseHandle((HANDLE)copy));
    closesocket(closed[1]);
    close_pair(other);
}

TEST(a_duplicate_with_the_value_of_a_closed_socket_sends_on_its_own_stream)
{
    unsigned int i;

    for (i = 0; i < 100; i++) value_goes_to(ways[i % ARRAYSIZE(ways)]);
}

/* --- Several handles --- */

static HANDLE duplicate(SOCKET s)
{
    HANDLE self = GetCurrentProcess(), copy;

    CHECK(DuplicateHandle(self, (HANDLE)s, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    return copy;
}

struct receiver
{
    SOCKET s;
    HANDLE thread;
    char byte;
    int got;
};

static DWORD WINAPI receive(void *arg)
{
    struct receiver *receiver = arg;

    receiver->got = recv(receiver->s, &receiver->byte, 1, 0);
    return 0;
}

static void start_receiving(struct receiver *receiver, SOCKET s)
{
    *receiver = (struct receiver){.s = s};
    receiver->thread = CreateThread(NULL, 0, receive, receiver, 0, NULL);
    Sleep(150); /* more than it may stay with the host */
}

static void check_received(struct receiver *receiver, SOCKET peer)
{
    CHECK_INT(WaitForSingleObject(receiver->thread, 0), WAIT_TIMEOUT);
    CHECK_INT(send(peer, "r", 1, 0), 1);
    CHECK_INT(WaitForSingleObject(receiver->thread, 10000), WAIT_OBJECT_0);
    CHECK_INT(receiver->got, 1);
    CloseHandle(receiver->thread);
}

TEST(a_receive_goes_on_when_another_handle_of_the_socket_is_closed)
{
    struct receiver receiver;
    SOCKET pair[2];
    HANDLE copy;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    copy = duplicate(pair[0]);
    ioctlsocket((SOCKET)copy, FIONBIO, &(u_long){FALSE}); /* it is known now */
    start_receiving(&receiver, pair[0]);
    CHECK(CloseHandle(copy));
    check_received(&receiver, pair[1]);
    talk(pair[0], pair[1]);
    close_pair(pair);
}

/* It ends, or goes on with its own stream as on Windows. */
TEST(a_receive_through_a_closed_handle_takes_nothing_of_the_next_ones_stream)
{
    struct receiver receiver;
    SOCKET pair[2], other[2], next;
    HANDLE copy;
    char byte = 0;

    tcp_pair(pair);
    tcp_pair(other);
    copy = duplicate(pair[0]);
    start_receiving(&receiver, pair[0]);
    CHECK(CloseHandle((HANDLE)pair[0]));
    next = duplicate_with_value(other[0], pair[0]);
    CHECK_INT(send(other[1], "n", 1, 0), 1);
    CHECK_INT(send(pair[1], "r", 1, 0), 1);
    CHECK_INT(WaitForSingleObject(receiver.thread, 10000), WAIT_OBJECT_0);
    CHECK(receiver.got == SOCKET_ERROR || receiver.byte == 'r');
    CHECK_INT(recv(next, &byte, 1, 0), 1);
    CHECK_INT(byte, 'n');
    if (receiver.got == SOCKET_ERROR)
    {
        CHECK_INT(recv((SOCKET)copy, &byte, 1, 0), 1);
        CHECK_INT(byte, 'r');
    }
    CloseHandle(receiver.thread);
    CHECK(CloseHandle(copy));
    CHECK(CloseHandle((HANDLE)next));
    closesocket(pair[1]);
    close_pair(other);
}

/* The same of an overlapped one, on a socket that is known to have two handles or not. */
TEST(an_overlapped_receive_through_a_closed_handle_takes_nothing_of_the_next_ones_stream)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    SOCKET pair[2], other[2], next;
    char byte = 0, taken = 0;
    WSABUF buffer = {1, &taken};
    DWORD flags = 0;
    HANDLE copy;
    int known;

    for (known = 0; known < 2; known++)
    {
        tcp_pair(pair);
        tcp_pair(other);
        copy = duplicate(pair[0]);
        if (known) ioctlsocket((SOCKET)copy, FIONBIO, &(u_long){FALSE});
        CHECK_ERROR(WSARecv(pair[0], &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
        CHECK(CloseHandle((HANDLE)pair[0]));
        next = duplicate_with_value(other[0], pair[0]);
        CHECK_INT(send(other[1], "n", 1, 0), 1);
        CHECK_INT(send(pair[1], "r", 1, 0), 1);
        CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
        CHECK(overlapped.Internal || taken == 'r');
        CHECK_INT(recv(next, &byte, 1, 0), 1);
        CHECK_INT(byte, 'n');
        CHECK(CloseHandle(copy));
        CHECK(CloseHandle((HANDLE)next));
        closesocket(pair[1]);
        close_pair(other);
    }
    CloseHandle(overlapped.hEvent);
}

TEST(what_is_selected_is_told_while_the_socket_has_another_handle)
{
    WSAEVENT event = WSACreateEvent();
    WSANETWORKEVENTS events;
    SOCKET pair[2];
    HANDLE copy;
    char byte;

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_READ | FD_CLOSE), 0);
    talk(pair[1], pair[0]); /* twice, so that it is told here */
    talk(pair[1], pair[0]);
    CHECK_INT(WSAEnumNetworkEvents(pair[0], event, &events), 0);
    copy = duplicate(pair[0]);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, TRUE, 0, FALSE), WSA_WAIT_TIMEOUT);
    CHECK_INT(send(pair[1], "e", 1, 0), 1);
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, TRUE, 10000, FALSE), WSA_WAIT_EVENT_0);
    CHECK_INT(recv((SOCKET)copy, &byte, 1, 0), 1);
    CHECK(CloseHandle(copy));
    closesocket(pair[1]);
    WSACloseEvent(event);
}

/* What DUPLICATE_CLOSE_SOURCE leaves of a handle is as good as it was. */
TEST(a_handle_that_is_moved_is_the_socket)
{
    HANDLE self = GetCurrentProcess(), moved;
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    CHECK(DuplicateHandle(self, (HANDLE)pair[0], self, &moved, 0, FALSE,
                          DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS));
    CHECK_INT(send(pair[1], "x", 1, 0), 1);
    if (moved == (HANDLE)pair[0])
        CHECK_FAST(pair[0], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[0], &byte, 1, 0), 1));
    else
        CHECK_INT(recv((SOCKET)moved, &byte, 1, 0), 1);
    CHECK(DuplicateHandle(self, moved, self, (HANDLE *)&pair[0], GENERIC_READ | GENERIC_WRITE, FALSE,
                          DUPLICATE_CLOSE_SOURCE));
    talk(pair[0], pair[1]);
    close_pair(pair);
}

CHILD(does_nothing)
{
    Sleep(INFINITE);
    return 0;
}

/* Another process may change its mode, queue receives, select events: so it asks the device. */
TEST(a_socket_that_was_given_to_another_process_is_shared)
{
    HANDLE self = GetCurrentProcess(), process, given;
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    process = harness_spawn("does_nothing", "x");
    CHECK(DuplicateHandle(self, (HANDLE)pair[0], process, &given, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK_INT(send(pair[1], "x", 1, 0), 1);
    CHECK_SLOW(pair[0], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[0], &byte, 1, 0), 1));
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK(TerminateProcess(process, 0));
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    closesocket(pair[1]);
    harness_join(process);
}

TEST(a_socket_that_is_moved_to_another_process_lives_on_there)
{
    HANDLE self = GetCurrentProcess(), process, given;
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    process = harness_spawn("does_nothing", "x");
    CHECK(DuplicateHandle(self, (HANDLE)pair[0], process, &given, 0, FALSE,
                          DUPLICATE_CLOSE_SOURCE | DUPLICATE_SAME_ACCESS));
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAENOTSOCK);
    set_blocking(pair[1], FALSE);
    CHECK_ERROR(recv(pair[1], &byte, 1, 0), WSAEWOULDBLOCK);
    set_blocking(pair[1], TRUE);
    CHECK(TerminateProcess(process, 0));
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    closesocket(pair[1]);
    harness_join(process);
}

/* --- What else there is to a handle --- */

TEST(a_protected_socket_stays_as_it_is)
{
    struct receiver receiver;
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    CHECK(SetHandleInformation((HANDLE)pair[0], HANDLE_FLAG_PROTECT_FROM_CLOSE,
                               HANDLE_FLAG_PROTECT_FROM_CLOSE));
    start_receiving(&receiver, pair[0]);
    CHECK_NOTHING(CloseHandle((HANDLE)pair[0]), ERROR_INVALID_HANDLE);
    check_received(&receiver, pair[1]);
    CHECK_INT(send(pair[1], "x", 1, 0), 1);
    CHECK_FAST(pair[0], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[0], &byte, 1, 0), 1));
    CHECK(SetHandleInformation((HANDLE)pair[0], HANDLE_FLAG_PROTECT_FROM_CLOSE, 0));
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    closesocket(pair[1]);
}

TEST(handles_that_are_no_sockets_close_as_ever)
{
    HANDLE self = GetCurrentProcess(), event = CreateEventW(NULL, TRUE, FALSE, NULL), copy;

    CHECK(DuplicateHandle(self, event, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(SetEvent(copy));
    CHECK_INT(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
    CHECK(CloseHandle(copy));
    CHECK(CloseHandle(event));
    CHECK_NOTHING(CloseHandle(event), ERROR_INVALID_HANDLE);
    CHECK_NOTHING(DuplicateHandle(self, event, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS),
                  ERROR_INVALID_HANDLE);
    CHECK_NOTHING(CloseHandle((HANDLE)0x7ffffff0), ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(self));
}

TEST(what_was_sent_arrives_after_closehandle)
{
    enum
    {
        SIZE = 4 << 20
    };
    char *data = calloc(2, SIZE);
    unsigned int i, done = 0;
    SOCKET pair[2];
    int got;

    CHECK(data != NULL);
    for (i = 0; i < SIZE; i++) data[i] = i * 7 + i / 256;
    tcp_pair(pair);
    set_blocking(pair[0], FALSE);
    CHECK_INT(send(pair[0], data, SIZE, 0), SIZE);
    CHECK(CloseHandle((HANDLE)pair[0]));
    while (done < SIZE && (got = recv(pair[1], data + SIZE + done, SIZE - done, 0)) > 0) done += got;
    CHECK_INT(done, SIZE);
    CHECK(!memcmp(data, data + SIZE, SIZE));
    CHECK_INT(recv(pair[1], data, 1, 0), 0);
    closesocket(pair[1]);
    free(data);
}

TEST(closehandle_resets_where_lingering_is_to_take_no_time)
{
    struct linger hard = {1, 0};
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof(hard)), 0);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_ERROR(recv(pair[1], &byte, 1, 0), WSAECONNRESET);
    closesocket(pair[1]);
}

static ULONG_PTR status_of_queued(BOOL by_handle)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    DWORD flags = 0;
    SOCKET pair[2];
    char byte;
    WSABUF buffer = {1, &byte};

    tcp_pair(pair);
    CHECK_ERROR(WSARecv(pair[0], &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    if (by_handle)
        CHECK(CloseHandle((HANDLE)pair[0]));
    else
        CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    closesocket(pair[1]);
    CloseHandle(overlapped.hEvent);
    return overlapped.Internal;
}

TEST(overlapped_operations_end_as_with_closesocket)
{
    CHECK_INT(status_of_queued(TRUE), status_of_queued(FALSE));
}

/* --- In the middle of things --- */

static DWORD WINAPI keep_receiving(void *arg)
{
    char data[64];

    while (recv(*(SOCKET *)arg, data, sizeof(data), 0) > 0) continue;
    return 0;
}

static DWORD WINAPI keep_sending(void *arg)
{
    static const char data[64];

    while (send(*(SOCKET *)arg, data, sizeof(data), 0) > 0) continue;
    return 0;
}

static DWORD WINAPI keep_looking(void *arg)
{
    WSAPOLLFD fd = {*(SOCKET *)arg, POLLRDNORM, 0};

    while (WSAPoll(&fd, 1, 10000) > 0 && !(fd.revents & (POLLNVAL | POLLERR | POLLHUP))) Sleep(0);
    return 0;
}

/* The closed socket has no use of its own value then. */
TEST(closehandle_in_the_middle_of_calls_of_other_threads_ends_them)
{
    static DWORD(WINAPI *const users[])(void *) = {keep_receiving, keep_sending, keep_looking};
    HANDLE threads[ARRAYSIZE(users) + 2];
    unsigned int round, i;
    SOCKET pair[2];

    for (round = 0; round < 40; round++)
    {
        tcp_pair(pair);
        for (i = 0; i < ARRAYSIZE(users); i++)
            threads[i] = CreateThread(NULL, 0, users[i], &pair[0], 0, NULL);
        threads[i++] = CreateThread(NULL, 0, keep_receiving, &pair[1], 0, NULL);
        if (round % 3) threads[i++] = CreateThread(NULL, 0, keep_sending, &pair[1], 0, NULL);
        Sleep(round % 5 ? round % 20 : 80); /* with the host, or at the device */
        CHECK(CloseHandle((HANDLE)pair[0]));
        CHECK_INT(WaitForMultipleObjects(i, threads, TRUE, 20000), WAIT_OBJECT_0);
        while (i) CloseHandle(threads[--i]);
        CHECK_INT(closesocket(pair[1]), 0);
    }
}

TEST(a_program_that_lets_go_of_winsock_goes_on_closing_handles)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    WCHAR path[MAX_PATH];
    DWORD code;

    harness_beside("unloads.exe", path);
    CHECK(CreateProcessW(path, NULL, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process));
    CHECK_INT(WaitForSingleObject(process.hProcess, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeProcess(process.hProcess, &code));
    CHECK_INT(code, 42);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
}
