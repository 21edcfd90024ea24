/*
 * When sends and receives may be host calls, condition by condition. Each test sees what
 * would go wrong if its condition were left out, and which lane was taken.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "event.h"
#include "lanes.h"

#define MORE_THAN_THE_HOST_WAITS 150 /* ms */

static char data[65536];

static void udp_connected(SOCKET pair[2])
{
    struct sockaddr_in address[2];
    int i;

    for (i = 0; i < 2; i++) udp_bound(&pair[i], &address[i]);
    for (i = 0; i < 2; i++)
        CHECK_INT(connect(pair[i], (struct sockaddr *)&address[!i], sizeof(address[0])), 0);
}

TEST(transfers_of_connected_sockets_are_host_calls)
{
    SOCKET pairs[2][2];
    unsigned int i;

    tcp_pair(pairs[0]);
    udp_connected(pairs[1]);
    for (i = 0; i < 2; i++)
    {
        CHECK_FAST(pairs[i][0], WS2_LANE_SEND, CHECK_INT(send(pairs[i][0], "abc", 3, 0), 3));
        CHECK_FAST(pairs[i][1], WS2_LANE_RECEIVE, CHECK_INT(recv(pairs[i][1], data, 3, MSG_PEEK), 3));
        CHECK_FAST(pairs[i][1], WS2_LANE_RECEIVE, CHECK_INT(recv(pairs[i][1], data, 3, 0), 3));
        CHECK_INT(memcmp(data, "abc", 3), 0);
        set_blocking(pairs[i][1], FALSE);
        CHECK_FAST(pairs[i][1], WS2_LANE_RECEIVE, CHECK_ERROR(recv(pairs[i][1], data, 3, 0), WSAEWOULDBLOCK));
        close_pair(pairs[i]);
    }
}

/* 1 */
TEST(a_queued_receive_gets_what_comes_first)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    char first[2];
    WSABUF buffer = {2, first};
    DWORD flags = 0, done;
    SOCKET pair[2];

    tcp_pair(pair);
    set_blocking(pair[1], FALSE);
    CHECK_ERROR(WSARecv(pair[1], &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK_SLOW(pair[1], WS2_LANE_RECEIVE, CHECK_ERROR(recv(pair[1], data, 2, 0), WSAEWOULDBLOCK));
    CHECK_INT(send(pair[0], "abcd", 4, 0), 4);
    CHECK(WSAGetOverlappedResult(pair[1], &overlapped, &done, TRUE, &flags));
    CHECK_INT(done, 2);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 2, 0), 2));
    CHECK_INT(memcmp(first, "ab", 2), 0);
    CHECK_INT(memcmp(data, "cd", 2), 0);
    CloseHandle(overlapped.hEvent);
    close_pair(pair);
}

/* 1: the OVERLAPPED of an operation that is done is the program's to free */
TEST(an_operation_whose_memory_is_gone_is_done)
{
    WSAOVERLAPPED *overlapped = VirtualAlloc(NULL, sizeof(*overlapped), MEM_COMMIT, PAGE_READWRITE);
    WSABUF buffer = {2, data};
    DWORD flags = 0, done;
    SOCKET pair[2];

    tcp_pair(pair);
    overlapped->hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK_ERROR(WSARecv(pair[1], &buffer, 1, NULL, &flags, overlapped, NULL), WSA_IO_PENDING);
    CHECK_INT(send(pair[0], "ab", 2, 0), 2);
    CHECK(WSAGetOverlappedResult(pair[1], overlapped, &done, TRUE, &flags));
    CloseHandle(overlapped->hEvent);
    VirtualFree(overlapped, 0, MEM_RELEASE);
    CHECK_INT(send(pair[0], "cd", 2, 0), 2);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 2, 0), 2));
    close_pair(pair);
}

/* 2 */
TEST(fd_read_comes_again_after_each_receive)
{
    WSAEVENT event = CreateEventW(NULL, TRUE, FALSE, NULL);
    SOCKET pair[2];
    unsigned int i;

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ | FD_CLOSE), 0);
    for (i = 0; i < 20; i++)
    {
        CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_ERROR(recv(pair[1], data, 9, 0), WSAEWOULDBLOCK));
        CHECK_FAST(pair[0], WS2_LANE_SEND, CHECK_INT(send(pair[0], "a", 1, 0), 1));
        CHECK_INT(events_of(pair[1], event), FD_READ);
        CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 9, 0), 1));
    }
    close_pair(pair);
    CloseHandle(event);
}

/* 2: as long as the device tells FD_READ, it must see each receive */
TEST(fd_read_of_the_device_comes_again_after_each_receive)
{
    WSAEVENT event = CreateEventW(NULL, TRUE, FALSE, NULL);
    SOCKET pair[2];
    unsigned int i;

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ | FD_OOB | FD_CLOSE), 0);
    for (i = 0; i < 20; i++)
    {
        CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_ERROR(recv(pair[1], data, 9, 0), WSAEWOULDBLOCK));
        CHECK_FAST(pair[0], WS2_LANE_SEND, CHECK_INT(send(pair[0], "a", 1, 0), 1));
        CHECK_INT(events_of(pair[1], event), FD_READ);
        CHECK_SLOW(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 9, 0), 1));
    }
    close_pair(pair);
    CloseHandle(event);
}

/* 2: the device has reported what a host call took then */
TEST(fd_read_comes_in_a_selection_after_one_whose_data_went_unread)
{
    WSAEVENT event = CreateEventW(NULL, TRUE, FALSE, NULL);
    SOCKET pair[2];
    unsigned int i;

    tcp_pair(pair);
    for (i = 0; i < 5; i++)
    {
        CHECK_INT(WSAEventSelect(pair[1], event, FD_READ), 0);
        CHECK_INT(send(pair[0], "a", 1, 0), 1);
        CHECK_INT(events_of(pair[1], event), FD_READ);
        CHECK_INT(WSAEventSelect(pair[1], NULL, 0), 0);
        CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 9, 0), 1));
        CHECK_INT(WSAEventSelect(pair[1], event, FD_READ), 0);
        CHECK_INT(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
        CHECK_INT(send(pair[0], "b", 1, 0), 1);
        CHECK_INT(events_of(pair[1], event), FD_READ);
        CHECK_INT(recv(pair[1], data, 9, 0), 1);
        CHECK_INT(data[0], 'b');
    }
    close_pair(pair);
    CloseHandle(event);
}

/* 2: no host call's failure may go unnoticed */
TEST(fd_write_comes_after_a_send_that_found_no_room)
{
    WSAEVENT event = CreateEventW(NULL, TRUE, FALSE, NULL);
    LONGLONG sent = 0, received = 0;
    SOCKET pair[2];
    int ret;

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_WRITE), 0);
    CHECK_INT(events_of(pair[0], event), FD_WRITE);
    while ((ret = send(pair[0], data, sizeof(data), 0)) > 0) sent += ret;
    CHECK_INT(WSAGetLastError(), WSAEWOULDBLOCK);
    CHECK_INT(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    while (received < sent && (ret = recv(pair[1], data, sizeof(data), 0)) > 0) received += ret;
    CHECK_INT(received, sent);
    CHECK_INT(events_of(pair[0], event), FD_WRITE);
    close_pair(pair);
    CloseHandle(event);
}

/* 2: and accept hands selections on */
TEST(an_accepted_socket_inherits_selection_mode_and_time_out)
{
    WSAEVENT event = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct sockaddr_in address;
    SOCKET listener, pair[2];
    int size = sizeof(DWORD);
    DWORD timeout = 5;

    listener = tcp_listener(&address);
    CHECK_INT(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, sizeof(timeout)), 0);
    CHECK_INT(WSAEventSelect(listener, event, FD_ACCEPT | FD_READ), 0);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(connect(pair[0], (struct sockaddr *)&address, sizeof(address)), 0);
    CHECK_INT(events_of(listener, event), FD_ACCEPT);
    pair[1] = accept(listener, NULL, NULL);
    CHECK(pair[1] != INVALID_SOCKET);
    timeout = 0;
    CHECK_INT(getsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, &size), 0);
    CHECK_INT(timeout, 5);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_ERROR(recv(pair[1], data, 9, 0), WSAEWOULDBLOCK));
    CHECK_INT(send(pair[0], "a", 1, 0), 1);
    CHECK_INT(events_of(pair[1], event), FD_READ);
    CHECK_SLOW(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 9, 0), 1));
    close_pair(pair);
    closesocket(listener);
    CloseHandle(event);
}

/* 3 */
TEST(the_first_send_of_an_unbound_datagram_socket_binds_it)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0), target;
    struct sockaddr_in to, name;
    int size = sizeof(name);

    udp_bound(&target, &to);
    /* the device binds it before, and then the lane is open already */
    CHECK_INT(sendto(s, "a", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
    CHECK_INT(getsockname(s, (struct sockaddr *)&name, &size), 0);
    CHECK(name.sin_port);
    CHECK_FAST(s, WS2_LANE_SEND, CHECK_INT(sendto(s, "b", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1));
    closesocket(s);
    closesocket(target);
}

/* 4: the host socket stays readable, and there are data */
TEST(nothing_is_received_after_sd_receive)
{
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "a", 1, 0), 1);
    wait_readable(pair[1]);
    CHECK_INT(shutdown(pair[1], SD_RECEIVE), 0);
    CHECK_SLOW(pair[1], WS2_LANE_RECEIVE, CHECK_ERROR(recv(pair[1], data, 9, 0), WSAESHUTDOWN));
    CHECK_FAST(pair[1], WS2_LANE_SEND, CHECK_INT(send(pair[1], "b", 1, 0), 1));
    close_pair(pair);
}

/* 4 */
TEST(nothing_is_sent_after_sd_send_and_the_rest_still_comes)
{
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(shutdown(pair[1], SD_SEND), 0);
    CHECK_SLOW(pair[1], WS2_LANE_SEND, CHECK_ERROR(send(pair[1], "b", 1, 0), WSAESHUTDOWN));
    CHECK_INT(send(pair[0], "a", 1, 0), 1);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 9, 0), 1));
    CHECK_INT(recv(pair[0], data, 9, 0), 0);
    closesocket(pair[0]);
    CHECK_INT(recv(pair[1], data, 9, 0), 0);
    closesocket(pair[1]);
}

/* 5: whose mode and selection another process may change */
TEST(duplicates_and_those_they_were_made_of_are_the_devices)
{
    WSAPROTOCOL_INFOW info;
    HANDLE handle;
    SOCKET pair[2], copy;

    tcp_pair(pair);
    CHECK(DuplicateHandle(GetCurrentProcess(), (HANDLE)pair[0], GetCurrentProcess(), &handle, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK_SLOW((SOCKET)handle, WS2_LANE_SEND, CHECK_INT(send((SOCKET)handle, "a", 1, 0), 1));
    closesocket((SOCKET)handle);
    CHECK_INT(WSADuplicateSocketW(pair[1], GetCurrentProcessId(), &info), 0);
    copy = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0);
    CHECK(copy != INVALID_SOCKET);
    CHECK_SLOW(copy, WS2_LANE_RECEIVE, CHECK_INT(recv(copy, data, 9, 0), 1));
    CHECK_INT(send(pair[0], "b", 1, 0), 1);
    CHECK_SLOW(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 9, 0), 1));
    closesocket(copy);
    close_pair(pair);
}

/* 6 */
TEST(urgent_data_are_the_devices_and_stay_apart)
{
    SOCKET pair[2];
    fd_set set;

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "a", 1, 0), 1);
    CHECK_LANE(pair[0], WS2_LANE_SEND, CHECK_INT(send(pair[0], "u", 1, MSG_OOB), 1), 0, 0);
    FD_ZERO(&set);
    FD_SET(pair[1], &set);
    CHECK_INT(select(0, NULL, NULL, &set, NULL), 1);
    CHECK_LANE(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 9, MSG_OOB), 1), 0, 0);
    CHECK_INT(data[0], 'u');
    CHECK_INT(recv(pair[1], data, 9, 0), 1);
    CHECK_INT(data[0], 'a');
    close_pair(pair);
}

/* 7 */
TEST(a_stream_that_is_not_connected_says_so)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0), listener;
    struct sockaddr_in address;

    CHECK_SLOW(s, WS2_LANE_SEND, CHECK_ERROR(send(s, "a", 1, 0), WSAENOTCONN));
    CHECK_SLOW(s, WS2_LANE_RECEIVE, CHECK_ERROR(recv(s, data, 1, 0), WSAENOTCONN));
    listener = tcp_listener(&address);
    CHECK_SLOW(listener, WS2_LANE_SEND, CHECK_ERROR(send(listener, "a", 1, 0), WSAENOTCONN));
    closesocket(s);
    closesocket(listener);
}

static void reset_by_peer(SOCKET pair[2])
{
    struct linger hard = {1, 0};

    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof(hard)), 0);
    closesocket(pair[0]);
    wait_readable(pair[1]);
}

/* 7: the host tells once */
TEST(a_reset_is_told_again_and_again)
{
    unsigned int i;
    SOCKET pair[2];

    tcp_pair(pair);
    reset_by_peer(pair);
    for (i = 0; i < 3; i++) CHECK_ERROR(recv(pair[1], data, 9, 0), WSAECONNRESET);
    closesocket(pair[1]);
}

TEST(an_end_of_file_is_told_again_and_again)
{
    unsigned int i;
    SOCKET pair[2];

    tcp_pair(pair);
    closesocket(pair[0]);
    for (i = 0; i < 3; i++) CHECK_INT(recv(pair[1], data, 9, 0), 0);
    closesocket(pair[1]);
}

/* 8 */
TEST(short_time_outs_are_seen_out_on_the_host)
{
    DWORD timeout = 10;
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, sizeof(timeout)), 0);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_ERROR(recv(pair[1], data, 9, 0), WSAETIMEDOUT));
    CHECK_INT(send(pair[0], "a", 1, 0), 1);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 9, 0), 1));
    close_pair(pair);
}

TEST(long_time_outs_end_at_the_device)
{
    DWORD timeout = MORE_THAN_THE_HOST_WAITS;
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, sizeof(timeout)), 0);
    CHECK_SLOW(pair[1], WS2_LANE_RECEIVE, CHECK_ERROR(recv(pair[1], data, 9, 0), WSAETIMEDOUT));
    timeout = 0;
    CHECK_INT(setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, sizeof(timeout)), 0);
    CHECK_INT(send(pair[0], "a", 1, 0), 1);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], data, 9, 0), 1));
    close_pair(pair);
}

static DWORD WINAPI send_later(void *arg)
{
    Sleep(2 * MORE_THAN_THE_HOST_WAITS);
    send(*(SOCKET *)arg, "a", 1, 0);
    return 0;
}

/* 8: it has no time-outs */
TEST(a_socket_that_is_not_overlapped_waits_beyond_its_time_out)
{
    SOCKET target = WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, 0, 0), s;
    struct sockaddr_in address = {.sin_family = AF_INET};
    int size = sizeof(address);
    DWORD timeout = MORE_THAN_THE_HOST_WAITS;
    HANDLE thread;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(target, (struct sockaddr *)&address, sizeof(address)), 0);
    CHECK_INT(getsockname(target, (struct sockaddr *)&address, &size), 0);
    CHECK_INT(setsockopt(target, SOL_SOCKET, SO_RCVTIMEO, (char *)&timeout, sizeof(timeout)), 0);
    s = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK_INT(connect(s, (struct sockaddr *)&address, sizeof(address)), 0);
    thread = CreateThread(NULL, 0, send_later, &s, 0, NULL);
    CHECK_SLOW(target, WS2_LANE_RECEIVE, CHECK_INT(recv(target, data, 9, 0), 1));
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    closesocket(s);
    closesocket(target);
}

static DWORD WINAPI receive_one(void *arg)
{
    char byte;

    return recv(*(SOCKET *)arg, &byte, 1, 0) == SOCKET_ERROR ? WSAGetLastError() : 0;
}

/* 9: beyond what the host waits the device does, where Windows's ways to end a wait work */
TEST(a_thread_that_was_terminated_in_a_receive_leaves_the_socket_usable)
{
    SOCKET pair[2];
    HANDLE thread;
    unsigned int i;

    for (i = 0; i < 2; i++) /* at the device, and on the host */
    {
        tcp_pair(pair);
        thread = CreateThread(NULL, 0, receive_one, &pair[1], 0, NULL);
        Sleep(i ? 5 : MORE_THAN_THE_HOST_WAITS);
        CHECK(TerminateThread(thread, 1));
        CHECK_INT(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
        CloseHandle(thread);
        CHECK_INT(send(pair[0], "a", 1, 0), 1);
        CHECK_INT(recv(pair[1], data, 9, 0), 1);
        closesocket(pair[1]);
        CHECK_INT(recv(pair[0], data, 9, 0), 0);
        closesocket(pair[0]);
    }
}

TEST(a_thread_that_is_suspended_in_a_receive_keeps_no_connection)
{
    SOCKET pair[2];
    HANDLE thread;
    DWORD error;

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "a", 1, 0), 1);
    CHECK_INT(recv(pair[1], data, 9, 0), 1); /* so the thread finds its descriptor made */
    thread = CreateThread(NULL, 0, receive_one, &pair[1], 0, NULL);
    Sleep(20);
    CHECK_INT(SuspendThread(thread), 0);
    CHECK_INT(closesocket(pair[1]), 0);
    CHECK_INT(recv(pair[0], data, 9, 0), 0);
    CHECK_INT(ResumeThread(thread), 1);
    CHECK_INT(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &error));
    CHECK(error == WSAEINTR || error == WSAENOTSOCK || error == WSAECONNABORTED);
    CloseHandle(thread);
    closesocket(pair[0]);
}

/* Only what is synchronous to the system is: a socket for overlapped use waits by itself. */
TEST(cancelsynchronousio_ends_a_receive_of_a_socket_that_is_not_overlapped)
{
    SOCKET s = WSASocketW(AF_INET, SOCK_DGRAM, 0, NULL, 0, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    HANDLE thread;
    unsigned int i;
    DWORD error;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(s, (struct sockaddr *)&address, sizeof(address)), 0);
    thread = CreateThread(NULL, 0, receive_one, &s, 0, NULL);
    for (i = 0; i < 100 && WaitForSingleObject(thread, 20) == WAIT_TIMEOUT; i++) CancelSynchronousIo(thread);
    CHECK_INT(WaitForSingleObject(thread, 0), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &error));
    CHECK_INT(error, WSA_OPERATION_ABORTED);
    CloseHandle(thread);
    closesocket(s);
}

/* 12 */
TEST(a_receive_is_seen_by_a_write_watch)
{
    char *watched = VirtualAlloc(NULL, 3 * 4096, MEM_COMMIT | MEM_RESERVE | MEM_WRITE_WATCH, PAGE_READWRITE);
    ULONG_PTR count = 3;
    ULONG granularity;
    void *pages[3];
    SOCKET pair[2];

    CHECK(watched != NULL);
    tcp_pair(pair);
    CHECK_INT(send(pair[0], "abc", 3, 0), 3);
    CHECK_FAST(pair[1], WS2_LANE_RECEIVE, CHECK_INT(recv(pair[1], watched + 4096, 3, 0), 3));
    CHECK_INT(GetWriteWatch(0, watched, 3 * 4096, pages, &count, &granularity), 0);
    CHECK_INT(count, 1);
    CHECK(pages[0] == watched + 4096);
    close_pair(pair);
    VirtualFree(watched, 0, MEM_RELEASE);
}

TEST(a_receive_into_memory_that_is_not_there_loses_nothing)
{
    char *memory = VirtualAlloc(NULL, 2 * 4096, MEM_RESERVE, PAGE_NOACCESS);
    SOCKET pair[2];

    CHECK(VirtualAlloc(memory, 4096, MEM_COMMIT, PAGE_READWRITE) != NULL);
    tcp_pair(pair);
    CHECK_INT(send(pair[0], "abcdef", 6, 0), 6);
    wait_readable(pair[1]);
    CHECK_ERROR(recv(pair[1], memory + 4096, 6, 0), WSAEFAULT);
    CHECK_ERROR(recv(pair[1], memory + 4096 - 3, 6, 0), WSAEFAULT);
    CHECK_INT(recv(pair[1], data, 6, 0), 6);
    CHECK_INT(memcmp(data, "abcdef", 6), 0);
    close_pair(pair);
    VirtualFree(memory, 0, MEM_RELEASE);
}
