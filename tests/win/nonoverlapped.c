/*
 * Sockets without WSA_FLAG_OVERLAPPED: every call waits for its end, and for as long as that takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "contract.h"
#include "extensions.h"

static SOCKET plain(int type)
{
    SOCKET s = with_flags(type, 0);

    CHECK(s != INVALID_SOCKET);
    return s;
}

/* pair[0] is the one without the flag. */
static void plain_pair(SOCKET pair[2])
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr);

    pair[0] = plain(SOCK_STREAM);
    CHECK_INT(connect(pair[0], (SOCKADDR *)&addr, sizeof(addr)), 0);
    pair[1] = accept(listener, NULL, NULL);
    CHECK(pair[1] != INVALID_SOCKET);
    CHECK_INT(closesocket(listener), 0);
}

/* What another thread does after a while. */
struct later
{
    void (*act)(const struct later *later);
    SOCKET s;
    struct sockaddr_in addr;
    HANDLE thread;
};

static DWORD WINAPI run_later(void *arg)
{
    const struct later *later = arg;

    Sleep(200);
    later->act(later);
    return 0;
}

static void begin(struct later *later)
{
    later->thread = CreateThread(NULL, 0, run_later, later, 0, NULL);
    CHECK(later->thread != NULL);
}

static void finish(struct later *later)
{
    CHECK_INT(WaitForSingleObject(later->thread, INFINITE), WAIT_OBJECT_0);
    CloseHandle(later->thread);
}

static void send_text(const struct later *later)
{
    send(later->s, "late", 4, 0);
}

static void send_datagram(const struct later *later)
{
    sendto(later->s, "late", 4, 0, (const SOCKADDR *)&later->addr, sizeof(later->addr));
}

static void receive_rest(const struct later *later)
{
    char buffer[8192];

    while (recv(later->s, buffer, sizeof(buffer), 0) > 0) continue;
}

static void connect_there(const struct later *later)
{
    connect(later->s, (const SOCKADDR *)&later->addr, sizeof(later->addr));
}

/* --- Overlapped calls ------------------------------------------------------------------- */

TEST(an_overlapped_receive_ends_before_it_returns)
{
    struct later later = {.act = send_text};
    OVERLAPPED overlapped;
    char text[8] = "";
    WSABUF buf = {sizeof(text), text};
    DWORD done = 0, flags = 0;
    SOCKET pair[2];

    plain_pair(pair);
    later.s = pair[1];
    event_overlapped(&overlapped);
    begin(&later);
    CHECK_INT(WSARecv(pair[0], &buf, 1, &done, &flags, &overlapped, NULL), 0);
    CHECK_INT(done, 4);
    CHECK(!memcmp(text, "late", 4));
    finish(&later);
}

TEST(an_overlapped_datagram_receive_ends_before_it_returns)
{
    struct later later = {.act = send_datagram, .s = socket(AF_INET, SOCK_DGRAM, 0)};
    struct sockaddr_in from;
    SOCKET s = bound_datagram(0, &later.addr);
    int len = sizeof(from);
    OVERLAPPED overlapped;
    char text[8] = "";
    WSABUF buf = {sizeof(text), text};
    DWORD done = 0, flags = 0;

    event_overlapped(&overlapped);
    begin(&later);
    CHECK_INT(WSARecvFrom(s, &buf, 1, &done, &flags, (SOCKADDR *)&from, &len, &overlapped, NULL), 0);
    CHECK_INT(done, 4);
    CHECK_INT(len, sizeof(from));
    finish(&later);
}

/* More than host buffers hold, to a peer that reads later. */
TEST(an_overlapped_send_ends_before_it_returns)
{
    const DWORD size = 16 << 20;
    struct later later = {.act = receive_rest};
    WSABUF buf = {size, calloc(1, size)};
    OVERLAPPED overlapped;
    SOCKET pair[2];
    DWORD done = 0;

    plain_pair(pair);
    later.s = pair[1];
    event_overlapped(&overlapped);
    begin(&later);
    CHECK_INT(WSASend(pair[0], &buf, 1, &done, 0, &overlapped, NULL), 0);
    CHECK_INT(done, size);
    CHECK_INT(closesocket(pair[0]), 0);
    finish(&later);
}

TEST(an_overlapped_datagram_send_ends_before_it_returns)
{
    struct sockaddr_in addr;
    SOCKET s = bound_datagram(0, &addr);
    OVERLAPPED overlapped;
    WSABUF buf = {4, "text"};
    DWORD done = 0;

    event_overlapped(&overlapped);
    CHECK_INT(WSASendTo(s, &buf, 1, &done, 0, (SOCKADDR *)&addr, sizeof(addr), &overlapped, NULL), 0);
    CHECK_INT(done, 4);
}

TEST(connectex_ends_before_it_returns)
{
    struct sockaddr_in addr, any = {.sin_family = AF_INET};
    SOCKET listener = tcp_listener(&addr), s = plain(SOCK_STREAM);
    LPFN_CONNECTEX connect_ex = EXTENSION(s, LPFN_CONNECTEX, WSAID_CONNECTEX);
    OVERLAPPED overlapped;
    DWORD done = 77;

    CHECK_INT(bind(s, (SOCKADDR *)&any, sizeof(any)), 0);
    event_overlapped(&overlapped);
    CHECK(connect_ex(s, (SOCKADDR *)&addr, sizeof(addr), NULL, 0, &done, &overlapped));
    CHECK(accept(listener, NULL, NULL) != INVALID_SOCKET);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    CHECK_INT(send(s, "x", 1, 0), 1);
}

TEST(acceptex_ends_before_it_returns)
{
    struct later later = {.act = connect_there, .s = stream_socket()};
    SOCKET s = plain(SOCK_STREAM), acceptor = stream_socket();
    LPFN_ACCEPTEX accept_ex = EXTENSION(s, LPFN_ACCEPTEX, WSAID_ACCEPTEX);
    int len = sizeof(later.addr), room = sizeof(later.addr) + 16;
    OVERLAPPED overlapped;
    char names[128];
    DWORD done = 77;

    later.addr.sin_family = AF_INET;
    later.addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(s, (SOCKADDR *)&later.addr, sizeof(later.addr)), 0);
    CHECK_INT(listen(s, 1), 0);
    CHECK_INT(getsockname(s, (SOCKADDR *)&later.addr, &len), 0);
    event_overlapped(&overlapped);
    begin(&later);
    CHECK(accept_ex(s, acceptor, names, 0, room, room, &done, &overlapped));
    finish(&later);
}

/* --- Time-outs -------------------------------------------------------------------------- */

static void set_times(SOCKET s)
{
    const DWORD time = 20;

    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (const char *)&time, sizeof(time)), 0);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, (const char *)&time, sizeof(time)), 0);
}

/* "Otherwise the timeout never takes effect on the socket." */
TEST(receives_do_not_time_out)
{
    struct later later = {.act = send_text};
    char text[8];
    WSABUF buf = {sizeof(text), text};
    DWORD done = 0, flags = 0;
    SOCKET pair[2];

    plain_pair(pair);
    set_times(pair[0]);
    later.s = pair[1];
    begin(&later);
    CHECK_INT(recv(pair[0], text, sizeof(text), 0), 4);
    finish(&later);
    begin(&later);
    CHECK_INT(WSARecv(pair[0], &buf, 1, &done, &flags, NULL, NULL), 0);
    CHECK_INT(done, 4);
    finish(&later);
}

TEST(datagram_receives_do_not_time_out)
{
    struct later later = {.act = send_datagram, .s = socket(AF_INET, SOCK_DGRAM, 0)};
    SOCKET s = bound_datagram(0, &later.addr);
    struct sockaddr_in from;
    int len = sizeof(from);
    char text[8];

    set_times(s);
    begin(&later);
    CHECK_INT(recvfrom(s, text, sizeof(text), 0, (SOCKADDR *)&from, &len), 4);
    finish(&later);
}

TEST(sends_do_not_time_out)
{
    const int size = 16 << 20;
    struct later later = {.act = receive_rest};
    char *text = calloc(1, size);
    SOCKET pair[2];

    plain_pair(pair);
    set_times(pair[0]);
    later.s = pair[1];
    begin(&later);
    CHECK_INT(send(pair[0], text, size, 0), size);
    CHECK_INT(closesocket(pair[0]), 0);
    finish(&later);
}

/* The same socket with the flag: the times above are short enough. */
TEST(overlapped_sockets_do_time_out)
{
    const int size = 16 << 20;
    char *text = calloc(1, size);
    SOCKET pair[2];

    tcp_pair(pair);
    set_times(pair[0]);
    CHECK_ERROR(recv(pair[0], text, 1, 0), WSAETIMEDOUT);
    CHECK_ERROR(send(pair[0], text, size, 0), WSAETIMEDOUT);
}

/* --- The rest is as ever ---------------------------------------------------------------- */

TEST(non_blocking_calls_do_not_wait)
{
    fd_set readable = {0};
    SOCKET pair[2];
    u_long on = 1;
    char byte;

    plain_pair(pair);
    CHECK_INT(ioctlsocket(pair[0], FIONBIO, &on), 0);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAEWOULDBLOCK);
    FD_SET(pair[0], &readable);
    CHECK_INT(send(pair[1], "x", 1, 0), 1);
    CHECK_INT(select(0, &readable, NULL, NULL, NULL), 1);
    CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
}

TEST(select_and_events_work)
{
    WSANETWORKEVENTS events;
    fd_set readable;
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    SOCKET pair[2];

    plain_pair(pair);
    CHECK_INT(send(pair[1], "x", 1, 0), 1);
    FD_ZERO(&readable);
    FD_SET(pair[0], &readable);
    CHECK_INT(select(0, &readable, NULL, NULL, NULL), 1);
    CHECK_INT(WSAEventSelect(pair[0], event, FD_READ), 0);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(pair[0], event, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_READ);
}

TEST(its_handle_takes_no_completion_port)
{
    SOCKET s = plain(SOCK_STREAM);

    SetLastError(0);
    CHECK(!CreateIoCompletionPort((HANDLE)s, NULL, 1, 0));
    CHECK_INT(GetLastError(), ERROR_INVALID_PARAMETER);
}
