/*
 * Blocking connects to this machine itself that do not come about at once, or not alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "ahead.h"

TEST(who_was_refused_is_not_bound)
{
    struct sockaddr_in addr, any = {.sin_family = AF_INET};
    int len = sizeof(any), value = 0, value_len = sizeof(value);
    SOCKET s = stream(), listener;

    closesocket(tcp_listener(&addr));
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAECONNREFUSED);
    CHECK_ERROR(getpeername(s, (struct sockaddr *)&any, &len), WSAENOTCONN);
    CHECK_ERROR(send(s, "x", 1, 0), WSAENOTCONN);
    listener = tcp_listener(&addr);
    connect_to(s, &addr);
    CHECK_INT(getsockopt(s, SOL_SOCKET, SO_ERROR, (char *)&value, &value_len), 0);
    CHECK_INT(value, 0);
    CHECK_INT(closesocket(s), 0);
    closesocket(listener);
}

TEST(who_was_refused_is_told_of_success_afterwards)
{
    WSAEVENT event = WSACreateEvent();
    struct sockaddr_in addr;
    WSANETWORKEVENTS events;
    SOCKET s = stream(), listener;
    struct device_poll poll;
    DWORD size;

    closesocket(tcp_listener(&addr));
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAECONNREFUSED);
    listener = tcp_listener(&addr);
    connect_to(s, &addr);
    CHECK_INT(WSAEventSelect(s, event, FD_CONNECT), 0);
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, FALSE, 5000, FALSE), WSA_WAIT_EVENT_0);
    CHECK_INT(WSAEnumNetworkEvents(s, event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_CONNECT);
    CHECK_INT(events.iErrorCode[FD_CONNECT_BIT], 0);
    begin_poll(&poll, s);
    poll.entry.flags |= POLLS_FAILURE;
    CHECK(DeviceIoControl((HANDLE)s, DEVICE_POLL, &poll, sizeof(poll), &poll, sizeof(poll), &size, NULL));
    check_poll(&poll);
    CHECK_INT(closesocket(s), 0);
    closesocket(listener);
    WSACloseEvent(event);
}

static DWORD WINAPI accept_later(void *arg)
{
    SOCKET accepted;
    unsigned int i;

    Sleep(300);
    for (i = 0; i < 2; i++)
    {
        if ((accepted = accept(*(SOCKET *)arg, NULL, NULL)) == INVALID_SOCKET) return 1;
        closesocket(accepted);
    }
    return 0;
}

/* Its queue takes two; the third waits until there is room. */
TEST(a_full_queue_is_waited_for)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET listener = stream(), waits = stream(), others[2];
    int len = sizeof(addr);
    unsigned int i;
    HANDLE thread;
    DWORD code;

    CHECK_INT(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(listen(listener, 1), 0);
    CHECK_INT(getsockname(listener, (struct sockaddr *)&addr, &len), 0);
    for (i = 0; i < 2; i++) connect_to(others[i] = stream(), &addr);
    thread = CreateThread(NULL, 0, accept_later, &listener, 0, NULL);
    connect_to(waits, &addr);
    CHECK_INT(WaitForSingleObject(thread, 8000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_INT(code, 0);
    CHECK_INT(send(waits, "x", 1, 0), 1);
    closesocket(waits);
    closesocket(others[0]);
    closesocket(others[1]);
    closesocket(listener);
    CloseHandle(thread);
}

#define THREADS 6
#define ROUNDS 60

static LONG together;

static DWORD WINAPI connect_at_once(void *arg)
{
    const SOCKET s = *(SOCKET *)arg;

    InterlockedDecrement(&together);
    while (together > 0) YieldProcessor();
    return connect(s, (struct sockaddr *)&listening, sizeof(listening)) ? WSAGetLastError() : 0;
}

TEST(of_two_that_connect_a_socket_one_does)
{
    SOCKET listener = tcp_listener(&listening), s, accepted;
    unsigned int round, i, made;
    HANDLE threads[2];
    DWORD code;

    for (round = 0; round < ROUNDS; round++)
    {
        s = stream();
        together = 2;
        made = 0;
        for (i = 0; i < 2; i++) threads[i] = CreateThread(NULL, 0, connect_at_once, &s, 0, NULL);
        for (i = 0; i < 2; i++)
        {
            CHECK_INT(WaitForSingleObject(threads[i], 8000), WAIT_OBJECT_0);
            CHECK(GetExitCodeThread(threads[i], &code));
            CHECK(!code || code == WSAEISCONN || code == WSAEALREADY || code == WSAEINVAL);
            made += !code;
            CloseHandle(threads[i]);
        }
        CHECK_INT(made, 1);
        CHECK((accepted = accept(listener, NULL, NULL)) != INVALID_SOCKET);
        check_passes(accepted, s);
        CHECK_INT(closesocket(accepted), 0);
        CHECK_INT(closesocket(s), 0);
    }
    closesocket(listener);
}

static DWORD WINAPI close_at_once(void *arg)
{
    InterlockedDecrement(&together);
    while (together > 0) YieldProcessor();
    return closesocket(*(SOCKET *)arg) ? WSAGetLastError() : 0;
}

TEST(a_socket_is_closed_while_it_is_connected)
{
    SOCKET listener = tcp_listener(&listening), s, accepted;
    unsigned int round, i;
    HANDLE threads[2];
    DWORD codes[2];
    char byte;

    for (round = 0; round < ROUNDS; round++)
    {
        s = stream();
        together = 2;
        threads[0] = CreateThread(NULL, 0, connect_at_once, &s, 0, NULL);
        threads[1] = CreateThread(NULL, 0, close_at_once, &s, 0, NULL);
        for (i = 0; i < 2; i++)
        {
            CHECK_INT(WaitForSingleObject(threads[i], 8000), WAIT_OBJECT_0);
            CHECK(GetExitCodeThread(threads[i], &codes[i]));
            CloseHandle(threads[i]);
        }
        CHECK_INT(codes[1], 0);
        if (codes[0]) CHECK(codes[0] == WSAENOTSOCK || codes[0] == WSAEINTR || codes[0] == WSAECONNABORTED);
    }
    /* every connection that was made has ended */
    set_blocking(listener, FALSE);
    while ((accepted = accept(listener, NULL, NULL)) != INVALID_SOCKET)
    {
        set_blocking(accepted, TRUE);
        i = recv(accepted, &byte, 1, 0);
        CHECK(!i || WSAGetLastError() == WSAECONNRESET);
        closesocket(accepted);
    }
    closesocket(listener);
}

static DWORD WINAPI many_short_ones(void *arg)
{
    unsigned int round;
    char text[8];
    SOCKET s;

    (void)arg;
    for (round = 0; round < ROUNDS; round++)
    {
        if ((s = socket(AF_INET, SOCK_STREAM, 0)) == INVALID_SOCKET) return 1;
        if (connect(s, (struct sockaddr *)&listening, sizeof(listening))) return 2;
        if (send(s, "ask", 3, 0) != 3) return 3;
        if (recv(s, text, 4, MSG_WAITALL) != 4 || memcmp(text, "text", 4)) return 4;
        if (closesocket(s)) return 5;
    }
    return 0;
}

TEST(many_short_connections_at_once)
{
    SOCKET listener = tcp_listener(&listening), accepted;
    HANDLE threads[THREADS];
    unsigned int i;
    char text[8];
    DWORD code;

    for (i = 0; i < THREADS; i++) threads[i] = CreateThread(NULL, 0, many_short_ones, NULL, 0, NULL);
    for (i = 0; i < THREADS * ROUNDS; i++)
    {
        CHECK((accepted = accept(listener, NULL, NULL)) != INVALID_SOCKET);
        CHECK_INT(recv(accepted, text, 3, MSG_WAITALL), 3);
        CHECK_INT(send(accepted, "text", 4, 0), 4);
        CHECK_INT(recv(accepted, text, sizeof(text), 0), 0);
        CHECK_INT(closesocket(accepted), 0);
    }
    for (i = 0; i < THREADS; i++)
    {
        CHECK_INT(WaitForSingleObject(threads[i], 8000), WAIT_OBJECT_0);
        CHECK(GetExitCodeThread(threads[i], &code));
        CHECK_INT(code, 0);
        CloseHandle(threads[i]);
    }
    closesocket(listener);
}
