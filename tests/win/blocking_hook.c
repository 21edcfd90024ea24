/*
 * Winsock 1.1's blocking hooks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

HARNESS_NO_STARTUP;

static void start(WORD version)
{
    WSADATA data;

    CHECK_INT(WSAStartup(version, &data), 0);
    CHECK_INT(data.wVersion, version);
}

#define START_OLD start(MAKEWORD(1, 1))

static LONG calls;
static HANDLE called; /* an event that hooks set when they are done */
static BOOL cancels;

static INT_PTR CALLBACK count_calls(void)
{
    calls++;
    if (cancels) CHECK_INT(WSACancelBlockingCall(), 0);
    SetEvent(called);
    return FALSE;
}

static void set_hook(void *hook, BOOL cancel)
{
    calls = 0;
    cancels = cancel;
    if (!called) called = CreateEventW(NULL, FALSE, FALSE, NULL);
    ResetEvent(called);
    CHECK(WSASetBlockingHook((FARPROC)hook) != NULL);
}

static DWORD WINAPI send_once_called(void *socket)
{
    WaitForSingleObject(called, INFINITE);
    CHECK_INT(send((SOCKET)socket, "x", 1, 0), 1);
    return 0;
}

/* Sends a byte to the other end once the hook has run. */
static HANDLE sender(SOCKET s)
{
    HANDLE thread = CreateThread(NULL, 0, send_once_called, (void *)s, 0, NULL);

    CHECK(thread != NULL);
    return thread;
}

static void end(HANDLE thread)
{
    CHECK_INT(WaitForSingleObject(thread, INFINITE), WAIT_OBJECT_0);
    CloseHandle(thread);
}

TEST(a_program_of_winsock_2_has_none)
{
    start(MAKEWORD(2, 2));
    CHECK(!WSAIsBlocking());
    WSASetLastError(0);
    CHECK(!WSASetBlockingHook((FARPROC)count_calls));
    CHECK_INT(WSAGetLastError(), WSAEOPNOTSUPP);
    CHECK_ERROR(WSAUnhookBlockingHook(), WSAEOPNOTSUPP);
    CHECK_ERROR(WSACancelBlockingCall(), WSAEOPNOTSUPP);
    CHECK_INT(WSACleanup(), 0);
}

TEST(the_lowest_version_that_was_agreed_on_counts)
{
    start(MAKEWORD(2, 2));
    START_OLD;
    set_hook(count_calls, FALSE);
    CHECK_INT(WSAUnhookBlockingHook(), 0);
    CHECK_INT(WSACleanup(), 0);
    CHECK_INT(WSACleanup(), 0);
    start(MAKEWORD(2, 2));
    CHECK_ERROR(WSAUnhookBlockingHook(), WSAEOPNOTSUPP);
    CHECK_INT(WSACleanup(), 0);
}

/* It is called until it has nothing more to do, and there is none to be called before. */
TEST(the_hook_there_was_is_given_back)
{
    FARPROC first;
    MSG msg;

    START_OLD;
    CHECK((first = WSASetBlockingHook((FARPROC)count_calls)) != NULL);
    CHECK(WSASetBlockingHook(first) == (FARPROC)count_calls);
    CHECK(WSASetBlockingHook((FARPROC)count_calls) == first);
    CHECK_INT(WSAUnhookBlockingHook(), 0);
    CHECK(WSASetBlockingHook((FARPROC)count_calls) == first);
    CHECK_INT(WSAUnhookBlockingHook(), 0);
    WSASetLastError(0);
    CHECK(!WSASetBlockingHook(NULL));
    CHECK_INT(WSAGetLastError(), WSAEFAULT);

    PeekMessageW(&msg, NULL, 0, 0, PM_NOREMOVE);
    CHECK(PostThreadMessageW(GetCurrentThreadId(), WM_USER, 0, 0));
    CHECK_INT((BOOL)first(), TRUE);
    CHECK(!PeekMessageW(&msg, NULL, WM_USER, WM_USER, PM_REMOVE));
    CHECK_INT(WSACleanup(), 0);
}

TEST(it_runs_while_a_call_waits)
{
    SOCKET pair[2];
    HANDLE thread;
    fd_set set;
    char byte;

    START_OLD;
    tcp_pair(pair);
    set_hook(count_calls, FALSE);
    thread = sender(pair[1]);
    CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
    end(thread);
    CHECK(calls > 0);

    set_hook(count_calls, FALSE);
    thread = sender(pair[1]);
    FD_ZERO(&set);
    FD_SET(pair[0], &set);
    CHECK_INT(select(0, &set, NULL, NULL, NULL), 1);
    end(thread);
    CHECK(calls > 0);

    /* what need not wait does not call it, nor does a call without it */
    calls = 0;
    CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
    CHECK_INT(calls, 0);
    CHECK_INT(WSAUnhookBlockingHook(), 0);
    SetEvent(called);
    thread = sender(pair[1]);
    CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
    end(thread);
    CHECK_INT(calls, 0);
    CHECK_INT(WSACleanup(), 0);
}

static INT_PTR CALLBACK three_times(void)
{
    if (++calls < 3) return TRUE;
    SetEvent(called);
    return FALSE;
}

TEST(it_is_called_again_at_once_if_it_wants_to)
{
    SOCKET pair[2];
    HANDLE thread;
    char byte;

    START_OLD;
    tcp_pair(pair);
    set_hook(three_times, FALSE);
    thread = sender(pair[1]);
    CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
    end(thread);
    CHECK(calls >= 3);
    CHECK_INT(WSACleanup(), 0);
}

TEST(a_call_that_it_cancels_is_interrupted)
{
    struct sockaddr_in addr;
    SOCKET pair[2], listener;
    fd_set set;
    char byte;

    START_OLD;
    tcp_pair(pair);
    listener = tcp_listener(&addr);
    set_hook(count_calls, TRUE);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAEINTR);
    CHECK_ERROR(recvfrom(pair[0], &byte, 1, 0, NULL, NULL), WSAEINTR);
    CHECK_ERROR(accept(listener, NULL, NULL), WSAEINTR);
    FD_ZERO(&set);
    FD_SET(pair[0], &set);
    CHECK_ERROR(select(0, &set, NULL, NULL, NULL), WSAEINTR);
    CHECK_INT(calls, 4);
    /* nothing is lost */
    CHECK_INT(send(pair[1], "y", 1, 0), 1);
    CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
    CHECK_INT(byte, 'y');
    /* and outside of it there is nothing to cancel */
    CHECK_ERROR(WSACancelBlockingCall(), WSAEINVAL);
    CHECK_INT(WSACleanup(), 0);
}

static SOCKET in_use;
static BOOL was_blocking;

static DWORD WINAPI use_winsock(void *unused)
{
    SOCKET s = socket(AF_INET, SOCK_DGRAM, 0);

    (void)unused;
    CHECK(s != INVALID_SOCKET);
    CHECK(!WSAIsBlocking());
    CHECK_INT(closesocket(s), 0);
    return 0;
}

static INT_PTR CALLBACK call_everything(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    int len = sizeof(addr);
    char text[64];
    WSADATA data;
    u_long value = 0;

    was_blocking = WSAIsBlocking();
    CHECK_ERROR(WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, 0), WSAEINPROGRESS);
    CHECK_ERROR(WSASocketA(77, 77, 77, NULL, 0, 0), WSAEINPROGRESS);
    CHECK_ERROR(socket(AF_INET, SOCK_STREAM, 0), WSAEINPROGRESS);
    CHECK_ERROR(accept(in_use, NULL, NULL), WSAEINPROGRESS);
    CHECK_ERROR(bind(in_use, (SOCKADDR *)&addr, sizeof(addr)), WSAEINPROGRESS);
    CHECK_ERROR(closesocket(in_use), WSAEINPROGRESS);
    CHECK_ERROR(connect(in_use, (SOCKADDR *)&addr, sizeof(addr)), WSAEINPROGRESS);
    CHECK_ERROR(getpeername(in_use, (SOCKADDR *)&addr, &len), WSAEINPROGRESS);
    CHECK_ERROR(getsockname(in_use, (SOCKADDR *)&addr, &len), WSAEINPROGRESS);
    CHECK_ERROR(getsockopt(in_use, SOL_SOCKET, SO_TYPE, text, &len), WSAEINPROGRESS);
    CHECK_ERROR(setsockopt(in_use, SOL_SOCKET, SO_DEBUG, text, 4), WSAEINPROGRESS);
    CHECK_ERROR(ioctlsocket(in_use, FIONBIO, &value), WSAEINPROGRESS);
    CHECK_ERROR(listen(in_use, 1), WSAEINPROGRESS);
    CHECK_ERROR(recv(in_use, text, 1, 0), WSAEINPROGRESS);
    CHECK_ERROR(send(in_use, text, 1, 0), WSAEINPROGRESS);
    CHECK_ERROR(select(0, NULL, NULL, NULL, NULL), WSAEINPROGRESS);
    CHECK_ERROR(shutdown(in_use, SD_SEND), WSAEINPROGRESS);
    CHECK(!gethostbyname("localhost"));
    CHECK_INT(WSAGetLastError(), WSAEINPROGRESS);
    CHECK(!getservbyname("http", "tcp"));
    CHECK_INT(WSAGetLastError(), WSAEINPROGRESS);
    CHECK_INT(WSAStartup(MAKEWORD(1, 1), &data), WSAEINPROGRESS);
    CHECK_ERROR(WSACleanup(), WSAEINPROGRESS);
    CHECK_ERROR(WSAUnhookBlockingHook(), WSAEINPROGRESS);
    /* other threads are not concerned */
    end(CreateThread(NULL, 0, use_winsock, NULL, 0, NULL));
    SetEvent(called);
    return FALSE;
}

TEST(every_other_call_is_refused_from_within)
{
    SOCKET pair[2];
    HANDLE thread;
    char byte;

    START_OLD;
    tcp_pair(pair);
    in_use = pair[0];
    set_hook(call_everything, FALSE);
    thread = sender(pair[1]);
    CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
    end(thread);
    CHECK(was_blocking);
    CHECK(!WSAIsBlocking());
    CHECK_INT(WSACleanup(), 0);
}

static DWORD WINAPI receive_a_byte(void *socket)
{
    char byte;

    CHECK_INT(recv((SOCKET)socket, &byte, 1, 0), 1);
    return 0;
}

TEST(it_is_its_threads)
{
    SOCKET pair[2];
    HANDLE thread;

    START_OLD;
    tcp_pair(pair);
    set_hook(count_calls, TRUE);
    thread = CreateThread(NULL, 0, receive_a_byte, (void *)pair[0], 0, NULL);
    CHECK_INT(WaitForSingleObject(thread, 100), WAIT_TIMEOUT);
    CHECK_INT(send(pair[1], "z", 1, 0), 1);
    end(thread);
    CHECK_INT(calls, 0);
    CHECK_INT(WSACleanup(), 0);
}
