/*
 * SOCK_SEQPACKET where the host has it: AF_UNIX's keeps the boundaries of messages.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Windows itself has no provider of this type: there all of it is unknown.
 */
#include "unix_sockets.h"

static BOOL offered(int family, int type)
{
    WSAPROTOCOL_INFOW infos[32];
    DWORD size = sizeof(infos);
    int count = WSAEnumProtocolsW(NULL, infos, &size), i;

    CHECK(count > 0);
    for (i = 0; i < count; i++)
        if (infos[i].iAddressFamily == family && infos[i].iSocketType == type) return TRUE;
    return FALSE;
}

static SOCKET message_socket(void)
{
    SOCKET s = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    CHECK(s != INVALID_SOCKET);
    return s;
}

static SOCKET message_listener(struct sockaddr_un *addr)
{
    SOCKET s = message_socket();

    fresh_address(addr);
    CHECK_INT(bind_to(s, addr), 0);
    CHECK_INT(listen(s, SOMAXCONN), 0);
    return s;
}

/* FALSE where the host has none; that it is refused then is tested, too. */
static BOOL message_pair(SOCKET pair[2])
{
    struct sockaddr_un addr;
    SOCKET listener;

    if (!offered(AF_UNIX, SOCK_SEQPACKET))
    {
        CHECK_INT(socket(AF_UNIX, SOCK_SEQPACKET, 0), INVALID_SOCKET);
        return FALSE;
    }
    listener = message_listener(&addr);
    pair[0] = message_socket();
    CHECK_INT(connect_to(pair[0], &addr), 0);
    pair[1] = accept(listener, NULL, NULL);
    CHECK(pair[1] != INVALID_SOCKET);
    CHECK_INT(closesocket(listener), 0);
    CHECK(DeleteFileA(addr.sun_path));
    return TRUE;
}

static void receive_message(SOCKET s, const char *text)
{
    char buffer[64] = {0};

    CHECK_INT(recv(s, buffer, sizeof(buffer), 0), strlen(text));
    CHECK_STR(buffer, text);
}

/* --- what it is ------------------------------------------------------------------------- */

TEST(types_that_no_provider_has_are_refused)
{
    CHECK_ERROR(socket(AF_INET, SOCK_SEQPACKET, 0), WSAESOCKTNOSUPPORT);
    CHECK_ERROR(socket(AF_INET6, SOCK_SEQPACKET, 0), WSAESOCKTNOSUPPORT);
    if (!offered(AF_INET, SOCK_RDM)) CHECK_ERROR(socket(AF_INET, SOCK_RDM, 113), WSAESOCKTNOSUPPORT);
    CHECK_ERROR(socket(AF_UNIX, SOCK_RDM, 0), WSAESOCKTNOSUPPORT);
}

TEST(it_is_of_its_own_type)
{
    WSAPROTOCOL_INFOW info;
    SOCKET pair[2];
    int value = 0, len = sizeof(value), i;

    if (!message_pair(pair)) return;
    for (i = 0; i < 2; i++)
    {
        len = sizeof(value);
        CHECK_INT(getsockopt(pair[i], SOL_SOCKET, SO_TYPE, (char *)&value, &len), 0);
        CHECK_INT(value, SOCK_SEQPACKET);
        len = sizeof(info);
        CHECK_INT(getsockopt(pair[i], SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &len), 0);
        CHECK_INT(info.iSocketType, SOCK_SEQPACKET);
        CHECK_INT(info.dwServiceFlags1 & XP1_MESSAGE_ORIENTED, XP1_MESSAGE_ORIENTED);
        CHECK_INT(info.dwServiceFlags1 & XP1_CONNECTIONLESS, 0);
        len = sizeof(value);
        CHECK_INT(getsockopt(pair[i], SOL_SOCKET, SO_MAX_MSG_SIZE, (char *)&value, &len), 0);
        CHECK_INT(value, info.dwMessageSize);
    }
}

TEST(hyper_v_has_it_where_the_host_has)
{
    SOCKET s = socket(34, SOCK_SEQPACKET, 1);
    int type = 0, len = sizeof(type);

    if (!offered(34, SOCK_SEQPACKET))
    {
        CHECK_INT(s, INVALID_SOCKET);
        CHECK_INT(WSAGetLastError(), WSAESOCKTNOSUPPORT);
        return;
    }
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &len), 0);
    CHECK_INT(type, SOCK_SEQPACKET);
    CHECK_ERROR(listen(s, 1), WSAEINVAL);
    CHECK_INT(closesocket(s), 0);
}

TEST(streams_do_not_connect_to_it)
{
    struct sockaddr_un addr;
    SOCKET listener;

    if (!offered(AF_UNIX, SOCK_SEQPACKET)) return;
    listener = message_listener(&addr);
    CHECK_INT(connect_to(unix_socket(), &addr), SOCKET_ERROR);
    CHECK_INT(closesocket(listener), 0);
    CHECK(DeleteFileA(addr.sun_path));
}

/* --- messages --------------------------------------------------------------------------- */

TEST(each_receive_gives_one_message)
{
    SOCKET pair[2];
    int i;

    if (!message_pair(pair)) return;
    for (i = 0; i < 2; i++)
    {
        send_text(pair[i], "one");
        send_text(pair[i], "the second");
        send_text(pair[i], "3");
        receive_message(pair[!i], "one");
        receive_message(pair[!i], "the second");
        receive_message(pair[!i], "3");
    }
}

TEST(a_message_that_is_too_long_stays_for_larger_buffers)
{
    char buffer[16] = {0};
    SOCKET pair[2];

    if (!message_pair(pair)) return;
    send_text(pair[0], "rather long");
    send_text(pair[0], "next");
    CHECK_ERROR(recv(pair[1], buffer, 6, 0), WSAEMSGSIZE);
    CHECK_STR(buffer, "rather");
    receive_message(pair[1], "rather long");
    receive_message(pair[1], "next");
}

TEST(a_look_leaves_the_message)
{
    char buffer[16] = {0};
    SOCKET pair[2];
    u_long bytes;

    if (!message_pair(pair)) return;
    send_text(pair[0], "message");
    send_text(pair[0], "another");
    CHECK_INT(recv(pair[1], buffer, sizeof(buffer), MSG_PEEK), 7);
    CHECK_STR(buffer, "message");
    CHECK_INT(ioctlsocket(pair[1], FIONREAD, &bytes), 0);
    CHECK_INT(bytes, 7);
    receive_message(pair[1], "message");
    receive_message(pair[1], "another");
    CHECK_INT(ioctlsocket(pair[1], FIONREAD, &bytes), 0);
    CHECK_INT(bytes, 0);
}

TEST(buffers_are_gathered_and_scattered)
{
    char first[2], second[64];
    WSABUF out[3] = {{3, "abc"}, {0, NULL}, {4, "defg"}}, in[2] = {{2, first}, {sizeof(second), second}};
    DWORD done, flags = 0;
    SOCKET pair[2];

    if (!message_pair(pair)) return;
    CHECK_INT(WSASend(pair[0], out, 3, &done, 0, NULL, NULL), 0);
    CHECK_INT(done, 7);
    CHECK_INT(WSARecv(pair[1], in, 2, &done, &flags, NULL, NULL), 0);
    CHECK_INT(done, 7);
    CHECK_INT(memcmp(first, "ab", 2), 0);
    CHECK_INT(memcmp(second, "cdefg", 5), 0);
}

TEST(messages_may_be_as_long_as_is_said_and_no_longer)
{
    static char sent[65537], got[65537];
    SOCKET pair[2];
    int most = 0, len = sizeof(most), i;

    if (!message_pair(pair)) return;
    CHECK_INT(getsockopt(pair[0], SOL_SOCKET, SO_MAX_MSG_SIZE, (char *)&most, &len), 0);
    CHECK_INT(most, sizeof(sent) - 1);
    for (i = 0; i < most; i++) sent[i] = i % 251;
    CHECK_ERROR(send(pair[0], sent, most + 1, 0), WSAEMSGSIZE);
    CHECK_INT(send(pair[0], sent, most, 0), most);
    CHECK_INT(recv(pair[1], got, sizeof(got), 0), most);
    CHECK_INT(memcmp(sent, got, most), 0);
}

static DWORD WINAPI send_many(void *arg)
{
    static char data[3000];
    int i;

    for (i = 0; i < 2000; i++)
        if (send((SOCKET)arg, data, 1 + i * 37 % sizeof(data), 0) < 0) return i;
    return 2000;
}

TEST(many_messages_keep_their_sizes)
{
    char data[4000];
    SOCKET pair[2];
    HANDLE thread;
    DWORD sent;
    int i;

    if (!message_pair(pair)) return;
    thread = CreateThread(NULL, 0, send_many, (void *)pair[0], 0, NULL);
    for (i = 0; i < 2000; i++) CHECK_INT(recv(pair[1], data, sizeof(data), 0), 1 + i * 37 % 3000);
    CHECK_INT(WaitForSingleObject(thread, 5000), WAIT_OBJECT_0);
    GetExitCodeThread(thread, &sent);
    CHECK_INT(sent, 2000);
}

TEST(the_end_comes_after_the_last_message)
{
    char byte;
    SOCKET pair[2];

    if (!message_pair(pair)) return;
    send_text(pair[0], "last");
    CHECK_INT(closesocket(pair[0]), 0);
    receive_message(pair[1], "last");
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
}

TEST(urgent_data_and_waiting_for_all_mean_nothing_here)
{
    char byte;
    SOCKET pair[2];

    if (!message_pair(pair)) return;
    CHECK_ERROR(send(pair[0], "x", 1, MSG_OOB), WSAEOPNOTSUPP);
    CHECK_ERROR(recv(pair[1], &byte, 1, MSG_WAITALL), WSAEOPNOTSUPP);
}

/* --- waiting ---------------------------------------------------------------------------- */

TEST(non_blocking_receives_find_whole_messages)
{
    u_long on = 1;
    char byte;
    SOCKET pair[2];
    fd_set set;

    if (!message_pair(pair)) return;
    CHECK_INT(ioctlsocket(pair[1], FIONBIO, &on), 0);
    CHECK_ERROR(recv(pair[1], &byte, 1, 0), WSAEWOULDBLOCK);
    send_text(pair[0], "whole");
    FD_ZERO(&set);
    FD_SET(pair[1], &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    receive_message(pair[1], "whole");
    CHECK_ERROR(recv(pair[1], &byte, 1, 0), WSAEWOULDBLOCK);
}

TEST(blocking_receives_wait_and_time_out)
{
    DWORD time = 50;
    char byte;
    SOCKET pair[2];

    if (!message_pair(pair)) return;
    CHECK_INT(setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, (char *)&time, sizeof(time)), 0);
    CHECK_ERROR(recv(pair[1], &byte, 1, 0), WSAETIMEDOUT);
}

TEST(an_event_is_set_for_each_message)
{
    HANDLE event = WSACreateEvent();
    WSANETWORKEVENTS events;
    SOCKET pair[2];

    if (!message_pair(pair)) return;
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ | FD_CLOSE), 0);
    send_text(pair[0], "one");
    send_text(pair[0], "two");
    CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(pair[1], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_READ);
    receive_message(pair[1], "one");
    CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(pair[1], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_READ);
    receive_message(pair[1], "two");
    CHECK_INT(closesocket(pair[0]), 0);
    do /* a look may have set it once more */
    {
        CHECK_INT(WaitForSingleObject(event, 5000), WAIT_OBJECT_0);
        CHECK_INT(WSAEnumNetworkEvents(pair[1], event, &events), 0);
    } while (!events.lNetworkEvents);
    CHECK_INT(events.lNetworkEvents, FD_CLOSE);
}

TEST(overlapped_sends_complete_with_the_bytes_of_the_message)
{
    OVERLAPPED overlapped;
    WSABUF out = {10, "overlapped"};
    SOCKET pair[2];

    if (!message_pair(pair)) return;
    event_overlapped(&overlapped);
    if (WSASend(pair[0], &out, 1, NULL, 0, &overlapped, NULL)) CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    CHECK_COMPLETES(pair[0], &overlapped, 10);
    receive_message(pair[1], "overlapped");
}

TEST(functions_that_transfer_streams_are_not_given)
{
    GUID id = WSAID_TRANSMITFILE;
    void *function;
    SOCKET pair[2];
    DWORD size;

    if (!message_pair(pair)) return;
    CHECK_ERROR(WSAIoctl(pair[0], SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function,
                         sizeof(function), &size, NULL, NULL),
                WSAEOPNOTSUPP);
}

/* --- other processes -------------------------------------------------------------------- */

CHILD(talker)
{
    struct sockaddr_un addr;
    SOCKET s = message_socket();

    path_address(&addr, argv[0]);
    if (connect_to(s, &addr)) return 1;
    send_text(s, "from afar");
    send_text(s, "bye");
    TerminateProcess(GetCurrentProcess(), 3);
    return 0;
}

TEST(messages_of_another_process_arrive_though_it_is_terminated)
{
    struct sockaddr_un addr;
    SOCKET listener, s;
    HANDLE process;
    char byte;

    if (!offered(AF_UNIX, SOCK_SEQPACKET)) return;
    listener = message_listener(&addr);
    process = harness_spawn("talker", "%s", addr.sun_path);
    s = accept(listener, NULL, NULL);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(harness_join(process), 3);
    receive_message(s, "from afar");
    receive_message(s, "bye");
    CHECK_INT(recv(s, &byte, 1, 0), 0);
    CHECK(DeleteFileA(addr.sun_path));
}
