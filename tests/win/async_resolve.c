/*
 * WSAAsyncGet*By* and WSACancelAsyncRequest.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "errors.h"
#include "nsp_install.h"

#define MESSAGE (WM_USER + 7)

static char buffer[MAXGETHOSTSTRUCT];

static HWND make_window(void)
{
    HWND window = CreateWindowA("STATIC", "", 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);

    if (!window) SKIP("no windows here");
    memset(buffer, 0, sizeof(buffer));
    return window;
}

/* The message that ends the request; its error. */
static int outcome(HWND window, HANDLE handle, int *len)
{
    ULONGLONG end = GetTickCount64() + 20000;
    MSG msg;

    CHECK(handle != NULL);
    while (GetTickCount64() < end)
    {
        if (!PeekMessageA(&msg, window, MESSAGE, MESSAGE, PM_REMOVE))
        {
            MsgWaitForMultipleObjects(0, NULL, FALSE, 100, QS_POSTMESSAGE);
            continue;
        }
        CHECK_INT(msg.wParam, (WPARAM)handle);
        if (len) *len = WSAGETASYNCBUFLEN(msg.lParam);
        return WSAGETASYNCERROR(msg.lParam);
    }
    CHECK(!"no message came");
    return -1;
}

TEST(host_by_name_fills_the_buffer)
{
    HWND window = make_window();
    struct hostent *host = (struct hostent *)buffer;
    int len = 0;

    CHECK_INT(
        outcome(window, WSAAsyncGetHostByName(window, MESSAGE, "localhost", buffer, sizeof(buffer)), &len),
        0);
    CHECK(len > (int)sizeof(*host) && len <= (int)sizeof(buffer));
    CHECK_STR(host->h_name, "localhost");
    CHECK(!memcmp(host->h_addr_list[0], "\x7f\0\0\1", 4));
    CHECK((char *)host->h_aliases > buffer && (char *)host->h_aliases < buffer + len);
    DestroyWindow(window);
}

TEST(host_by_address_fills_the_buffer)
{
    HWND window = make_window();
    struct hostent *host = (struct hostent *)buffer;

    CHECK_INT(
        outcome(window,
                WSAAsyncGetHostByAddr(window, MESSAGE, "\x7f\0\0\1", 4, AF_INET, buffer, sizeof(buffer)),
                NULL),
        0);
    CHECK(host->h_name[0]);
    DestroyWindow(window);
}

TEST(services_fill_the_buffer)
{
    HWND window = make_window();
    struct servent *serv = (struct servent *)buffer;

    CHECK_INT(
        outcome(window, WSAAsyncGetServByName(window, MESSAGE, "http", "tcp", buffer, sizeof(buffer)), NULL),
        0);
    CHECK_INT(ntohs(serv->s_port), 80);
    memset(buffer, 0, sizeof(buffer));
    CHECK_INT(outcome(window, WSAAsyncGetServByPort(window, MESSAGE, htons(23), NULL, buffer, sizeof(buffer)),
                      NULL),
              0);
    CHECK_STR(serv->s_name, "telnet");
    DestroyWindow(window);
}

TEST(protocols_fill_the_buffer)
{
    HWND window = make_window();
    struct protoent *proto = (struct protoent *)buffer;

    CHECK_INT(outcome(window, WSAAsyncGetProtoByName(window, MESSAGE, "udp", buffer, sizeof(buffer)), NULL),
              0);
    CHECK_INT(proto->p_proto, IPPROTO_UDP);
    memset(buffer, 0, sizeof(buffer));
    CHECK_INT(outcome(window, WSAAsyncGetProtoByNumber(window, MESSAGE, 6, buffer, sizeof(buffer)), NULL), 0);
    CHECK_STR(proto->p_name, "tcp");
    DestroyWindow(window);
}

TEST(buffer_that_is_too_small_tells_the_size)
{
    HWND window = make_window();
    int len = 0, needed = 0;

    CHECK_INT(outcome(window, WSAAsyncGetProtoByName(window, MESSAGE, "udp", buffer, 4), &len), WSAENOBUFS);
    CHECK(len > 4);
    CHECK(!buffer[0]);
    CHECK_INT(outcome(window, WSAAsyncGetProtoByName(window, MESSAGE, "udp", NULL, 0), &needed), WSAENOBUFS);
    CHECK_INT(needed, len);
    CHECK_INT(outcome(window, WSAAsyncGetProtoByName(window, MESSAGE, "udp", buffer, len), &needed), 0);
    CHECK_INT(needed, len);
    DestroyWindow(window);
}

TEST(failures_are_told_in_the_message)
{
    HWND window = make_window();

    CHECK_INT(outcome(window,
                      WSAAsyncGetHostByName(window, MESSAGE, "nobody.invalid", buffer, sizeof(buffer)), NULL),
              WSAHOST_NOT_FOUND);
    CHECK_INT(
        outcome(window,
                WSAAsyncGetServByName(window, MESSAGE, "nonexistentservice", NULL, buffer, sizeof(buffer)),
                NULL),
        WSANO_DATA);
    CHECK_INT(outcome(window, WSAAsyncGetProtoByNumber(window, MESSAGE, 255, buffer, sizeof(buffer)), NULL),
              WSANO_DATA);
    CHECK_INT(outcome(window,
                      WSAAsyncGetHostByAddr(window, MESSAGE, "\x7f\0\0\1", 4, AF_IPX, buffer, sizeof(buffer)),
                      NULL),
              WSAEAFNOSUPPORT);
    CHECK_INT(
        outcome(window, WSAAsyncGetHostByName(window, MESSAGE, (char *)16, buffer, sizeof(buffer)), NULL),
        WSAEFAULT);
    CHECK_INT(
        outcome(window, WSAAsyncGetProtoByName(window, MESSAGE, "tcp", (char *)16, sizeof(buffer)), NULL),
        WSAEFAULT);
    DestroyWindow(window);
}

TEST(cancelled_request_posts_no_message)
{
    HWND window = make_window();
    HANDLE go, handle, next;
    int ret[2];
    MSG msg;
    struct nsp_shared *shared = nsp_hold(&go);

    handle = WSAAsyncGetHostByName(window, MESSAGE, "hold.nsp", buffer, sizeof(buffer));
    nsp_wait_held(shared);
    ret[0] = WSACancelAsyncRequest(handle);
    ret[1] = WSACancelAsyncRequest(handle) ? WSAGetLastError() : 0;
    nsp_release(shared, go); /* the answer comes, and nobody is told */
    CHECK(handle != NULL);
    CHECK_INT(ret[0], 0);
    CHECK_INT(ret[1], WSAEALREADY);
    CHECK(!buffer[0]);
    next = WSAAsyncGetProtoByName(window, MESSAGE, "tcp", buffer, sizeof(buffer));
    CHECK_INT(outcome(window, next, NULL), 0);
    CHECK(!PeekMessageA(&msg, window, MESSAGE, MESSAGE, PM_REMOVE));
    DestroyWindow(window);
}

TEST(requests_go_on_at_the_same_time)
{
    HWND window = make_window();
    HANDLE go, handle, next;
    int error;
    struct nsp_shared *shared = nsp_hold(&go);

    handle = WSAAsyncGetHostByName(window, MESSAGE, "hold.nsp", buffer, sizeof(buffer));
    nsp_wait_held(shared);
    next = WSAAsyncGetProtoByName(window, MESSAGE, "tcp", buffer, sizeof(buffer));
    error = outcome(window, next, NULL);
    WSACancelAsyncRequest(handle);
    nsp_release(shared, go);
    CHECK_INT(error, 0);
    DestroyWindow(window);
}

TEST(finished_request_cannot_be_cancelled)
{
    HWND window = make_window();
    HANDLE handle = WSAAsyncGetProtoByName(window, MESSAGE, "tcp", buffer, sizeof(buffer));

    CHECK_INT(outcome(window, handle, NULL), 0);
    CHECK_ERROR(WSACancelAsyncRequest(handle), WSAEALREADY);
    DestroyWindow(window);
}

TEST(handles_that_never_were_cannot_be_cancelled)
{
    CHECK_ERROR(WSACancelAsyncRequest(NULL), WSAEINVAL);
    CHECK_ERROR(WSACancelAsyncRequest((HANDLE)0x12345678), WSAEINVAL);
}

TEST(asynchronous_lookups_need_startup)
{
    WSADATA data;
    HANDLE handle;
    int error, cancel_error = 0;

    CHECK_INT(WSACleanup(), 0);
    handle = WSAAsyncGetHostByName(NULL, MESSAGE, "localhost", buffer, sizeof(buffer));
    error = WSAGetLastError();
    if (WSACancelAsyncRequest((HANDLE)1)) cancel_error = WSAGetLastError();
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
    CHECK(!handle);
    CHECK_INT(error, WSANOTINITIALISED);
    CHECK_INT(cancel_error, WSANOTINITIALISED);
}

static LONG posted;

static BOOL WINAPI post(HWND window, UINT message, WPARAM first, LPARAM second)
{
    InterlockedIncrement(&posted);
    return PostMessageA(window, message, first, second);
}

TEST(messages_go_through_the_routine_that_was_set)
{
    int(WSPAPI * set_routine)(LPWPUPOSTMESSAGE) =
        WS2_FUNCTION(int(WSPAPI *)(LPWPUPOSTMESSAGE), "WSApSetPostRoutine");
    HWND window = make_window();

    CHECK_INT(set_routine(post), 0);
    CHECK_INT(outcome(window, WSAAsyncGetProtoByNumber(window, MESSAGE, 6, buffer, sizeof(buffer)), NULL), 0);
    CHECK_INT(posted, 1);
    CHECK_INT(set_routine(NULL), 0);
    CHECK_INT(outcome(window, WSAAsyncGetProtoByNumber(window, MESSAGE, 6, buffer, sizeof(buffer)), NULL), 0);
    CHECK_INT(posted, 1);
    DestroyWindow(window);
}
