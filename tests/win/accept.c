/*
 * accept and WSAAccept.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"

#define BAD_POINTER ((void *)(ULONG_PTR)0x10)

TEST(accepted_socket_is_connected_to_the_peer)
{
    struct sockaddr_in addr, local, peer;
    SOCKET listener = tcp_listener(&addr), client = connected_to(&addr), server;
    int len = sizeof(peer);
    char byte;

    server = accept(listener, (struct sockaddr *)&peer, &len);
    CHECK(server != INVALID_SOCKET);
    CHECK_INT(len, sizeof(peer));
    len = sizeof(local);
    CHECK_INT(getsockname(client, (struct sockaddr *)&local, &len), 0);
    CHECK_INT(peer.sin_port, local.sin_port);
    CHECK_INT(peer.sin_addr.s_addr, local.sin_addr.s_addr);
    CHECK_INT(peer.sin_family, AF_INET);
    CHECK_INT(send(client, "x", 1, 0), 1);
    CHECK_INT(recv(server, &byte, 1, 0), 1);
    CHECK_INT(byte, 'x');
    CHECK_INT(closesocket(server), 0);
    CHECK_INT(closesocket(client), 0);
    CHECK_INT(closesocket(listener), 0);
}

TEST(accept_gives_an_ipv6_address)
{
    struct sockaddr_in6 addr = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT}, peer;
    SOCKET listener = socket(AF_INET6, SOCK_STREAM, 0), client = socket(AF_INET6, SOCK_STREAM, 0);
    int len = sizeof(addr);

    if (listener == INVALID_SOCKET || bind(listener, (struct sockaddr *)&addr, sizeof(addr))) SKIP("no IPv6");
    CHECK_INT(listen(listener, 1), 0);
    CHECK_INT(getsockname(listener, (struct sockaddr *)&addr, &len), 0);
    CHECK_INT(connect(client, (struct sockaddr *)&addr, sizeof(addr)), 0);
    len = sizeof(struct sockaddr_in);
    CHECK_ERROR(accept(listener, (struct sockaddr *)&peer, &len), WSAEFAULT);
    len = sizeof(peer);
    set_blocking(listener, FALSE);
    CHECK(accept(listener, (struct sockaddr *)&peer, &len) != INVALID_SOCKET);
    CHECK_INT(len, sizeof(peer));
    CHECK_INT(peer.sin6_family, AF_INET6);
}

TEST(accept_without_length_leaves_the_address_alone)
{
    struct sockaddr_in addr, peer, before;
    SOCKET listener = tcp_listener(&addr);

    connected_to(&addr);
    memset(&peer, 0xcc, sizeof(peer));
    before = peer;
    CHECK(accept(listener, (struct sockaddr *)&peer, NULL) != INVALID_SOCKET);
    CHECK(!memcmp(&peer, &before, sizeof(peer)));
}

TEST(accept_with_a_short_buffer_keeps_the_connection_queued)
{
    struct sockaddr_in addr, peer;
    SOCKET listener = tcp_listener(&addr), client = connected_to(&addr), server;
    int len = 0;
    char byte;

    CHECK_ERROR(accept(listener, (struct sockaddr *)&peer, &len), WSAEFAULT);
    CHECK_INT(len, 0);
    len = sizeof(peer) - 1;
    CHECK_ERROR(accept(listener, (struct sockaddr *)&peer, &len), WSAEFAULT);
    len = -1;
    CHECK_ERROR(accept(listener, (struct sockaddr *)&peer, &len), WSAEFAULT);
    len = sizeof(peer);
    CHECK_ERROR(accept(listener, BAD_POINTER, &len), WSAEFAULT);
    CHECK_ERROR(accept(listener, (struct sockaddr *)&peer, BAD_POINTER), WSAEFAULT);
    set_blocking(listener, FALSE);
    server = accept(listener, (struct sockaddr *)&peer, &len);
    CHECK(server != INVALID_SOCKET);
    CHECK_INT(send(client, "y", 1, 0), 1);
    set_blocking(server, TRUE);
    CHECK_INT(recv(server, &byte, 1, 0), 1);
}

TEST(accept_says_why_not)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), bound = bound_stream(), datagram, pair[2];
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);

    CHECK_ERROR(accept(INVALID_SOCKET, NULL, NULL), WSAENOTSOCK);
    CHECK_ERROR(accept(0, NULL, NULL), WSAENOTSOCK);
    CHECK_ERROR(accept((SOCKET)event, NULL, NULL), WSAENOTSOCK);
    CHECK_ERROR(accept(stream_socket(), NULL, NULL), WSAEINVAL);
    CHECK_ERROR(accept(bound, NULL, NULL), WSAEINVAL);
    tcp_pair(pair);
    CHECK_ERROR(accept(pair[0], NULL, NULL), WSAEINVAL);
    udp_bound(&datagram, NULL);
    CHECK_ERROR(accept(datagram, NULL, NULL), WSAEOPNOTSUPP);
    set_blocking(listener, FALSE);
    CHECK_ERROR(accept(listener, NULL, NULL), WSAEWOULDBLOCK);
    CHECK_ERROR(WSAAccept(listener, NULL, NULL, NULL, 0), WSAEWOULDBLOCK);
}

static DWORD WINAPI connect_later(void *arg)
{
    Sleep(50);
    connected_to(arg);
    return 0;
}

TEST(accept_waits_on_a_blocking_listener)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr);
    HANDLE thread = CreateThread(NULL, 0, connect_later, &addr, 0, NULL);

    CHECK(accept(listener, NULL, NULL) != INVALID_SOCKET);
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
}

static LONG apcs;

static void CALLBACK count_apc(ULONG_PTR arg)
{
    apcs++;
    connected_to((struct sockaddr_in *)arg);
}

TEST(accept_runs_user_apcs_while_it_waits)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr);

    CHECK(QueueUserAPC(count_apc, GetCurrentThread(), (ULONG_PTR)&addr));
    CHECK(accept(listener, NULL, NULL) != INVALID_SOCKET);
    CHECK_INT(apcs, 1);
}

TEST(accepted_socket_inherits_options_and_mode)
{
    static const struct
    {
        int level, name, value;
    } options[] = {
        {SOL_SOCKET, SO_KEEPALIVE, 1},    {SOL_SOCKET, SO_OOBINLINE, 1},   {SOL_SOCKET, SO_SNDTIMEO, 0x123},
        {SOL_SOCKET, SO_RCVTIMEO, 0x456}, {SOL_SOCKET, SO_SNDBUF, 0x8000}, {SOL_SOCKET, SO_RCVBUF, 0x9000},
        {IPPROTO_TCP, TCP_NODELAY, 1},
    };
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), server;
    int value, len;
    unsigned int i;
    char byte;

    for (i = 0; i < sizeof(options) / sizeof(*options); i++)
        CHECK_INT(setsockopt(listener, options[i].level, options[i].name, (const char *)&options[i].value, 4),
                  0);
    connected_to(&addr);
    server = accept(listener, NULL, NULL);
    CHECK(server != INVALID_SOCKET);
    for (i = 0; i < sizeof(options) / sizeof(*options); i++)
    {
        value = 0;
        len = sizeof(value);
        CHECK_INT(getsockopt(server, options[i].level, options[i].name, (char *)&value, &len), 0);
        CHECK_INT(value & 0xffff, options[i].value);
    }

    connected_to(&addr);
    set_blocking(listener, FALSE);
    wait_readable(listener);
    server = accept(listener, NULL, NULL);
    CHECK(server != INVALID_SOCKET);
    CHECK_ERROR(recv(server, &byte, 1, 0), WSAEWOULDBLOCK);
}

TEST(accepted_socket_inherits_the_event_selection)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), server;
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    WSANETWORKEVENTS events;

    CHECK_INT(WSAEventSelect(listener, event, FD_ACCEPT | FD_WRITE), 0);
    connected_to(&addr);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    server = accept(listener, NULL, NULL);
    CHECK(server != INVALID_SOCKET);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK_INT(WSAEnumNetworkEvents(server, NULL, &events), 0);
    CHECK_INT(events.lNetworkEvents, FD_WRITE);
}

struct question
{
    int answer;
    int calls;
    struct sockaddr_in caller, callee;
    DWORD thread;
};

static int CALLBACK condition(WSABUF *caller, WSABUF *caller_data, QOS *sqos, QOS *gqos, WSABUF *callee,
                              WSABUF *callee_data, GROUP *group, DWORD_PTR context)
{
    struct question *question = (struct question *)context;

    question->calls++;
    question->thread = GetCurrentThreadId();
    CHECK_INT(caller->len, sizeof(struct sockaddr_in));
    CHECK_INT(callee->len, sizeof(struct sockaddr_in));
    memcpy(&question->caller, caller->buf, sizeof(question->caller));
    memcpy(&question->callee, callee->buf, sizeof(question->callee));
    CHECK(!caller_data || !caller_data->len);
    CHECK(!callee_data || !callee_data->len);
    CHECK(!sqos && !gqos);
    CHECK(group != NULL);
    return question->answer;
}

TEST(condition_function_is_told_both_addresses)
{
    struct question question = {.answer = CF_ACCEPT};
    struct sockaddr_in addr, local;
    SOCKET listener = tcp_listener(&addr), client = connected_to(&addr);
    int len = sizeof(local);

    CHECK(WSAAccept(listener, NULL, NULL, condition, (DWORD_PTR)&question) != INVALID_SOCKET);
    CHECK_INT(question.calls, 1);
    CHECK_INT(question.thread, GetCurrentThreadId());
    CHECK_INT(getsockname(client, (struct sockaddr *)&local, &len), 0);
    CHECK_INT(question.caller.sin_port, local.sin_port);
    CHECK_INT(question.caller.sin_addr.s_addr, local.sin_addr.s_addr);
    CHECK_INT(question.callee.sin_port, addr.sin_port);
    CHECK_INT(question.callee.sin_addr.s_addr, addr.sin_addr.s_addr);
}

TEST(accepting_with_a_condition_gives_the_peer_address_too)
{
    struct question question = {.answer = CF_ACCEPT};
    struct sockaddr_in addr, peer = {0};
    SOCKET listener = tcp_listener(&addr);
    int len = sizeof(peer);

    connected_to(&addr);
    CHECK(WSAAccept(listener, (struct sockaddr *)&peer, &len, condition, (DWORD_PTR)&question) !=
          INVALID_SOCKET);
    CHECK_INT(peer.sin_port, question.caller.sin_port);
}

TEST(rejecting_ends_the_connection)
{
    struct question question = {.answer = CF_REJECT};
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = connected_to(&addr);
    char byte;

    CHECK_ERROR(WSAAccept(listener, NULL, NULL, condition, (DWORD_PTR)&question), WSAECONNREFUSED);
    CHECK_ERROR(recv(client, &byte, 1, 0), WSAECONNRESET);
    set_blocking(listener, FALSE);
    CHECK_ERROR(accept(listener, NULL, NULL), WSAEWOULDBLOCK);
}

TEST(deferring_keeps_the_connection_first_in_the_queue)
{
    struct question question = {.answer = CF_DEFER};
    struct sockaddr_in addr, peer;
    SOCKET listener = tcp_listener(&addr), first = connected_to(&addr), server;
    int len = sizeof(peer);
    char byte;

    CHECK_ERROR(WSAAccept(listener, NULL, NULL, condition, (DWORD_PTR)&question), WSATRY_AGAIN);
    CHECK_ERROR(WSAAccept(listener, NULL, NULL, condition, (DWORD_PTR)&question), WSATRY_AGAIN);
    CHECK_INT(question.calls, 2);
    connected_to(&addr);
    server = accept(listener, (struct sockaddr *)&peer, &len);
    CHECK(server != INVALID_SOCKET);
    CHECK_INT(peer.sin_port, question.caller.sin_port);
    CHECK_INT(send(first, "z", 1, 0), 1);
    CHECK_INT(recv(server, &byte, 1, 0), 1);
    CHECK_INT(byte, 'z');
}

TEST(an_unknown_answer_is_invalid_and_keeps_the_connection)
{
    struct question question = {.answer = 77};
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr);

    connected_to(&addr);
    CHECK_ERROR(WSAAccept(listener, NULL, NULL, condition, (DWORD_PTR)&question), WSAEINVAL);
    CHECK(accept(listener, NULL, NULL) != INVALID_SOCKET);
}

TEST(condition_is_not_asked_without_a_connection)
{
    struct question question = {.answer = CF_ACCEPT};
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr);

    set_blocking(listener, FALSE);
    CHECK_ERROR(WSAAccept(listener, NULL, NULL, condition, (DWORD_PTR)&question), WSAEWOULDBLOCK);
    CHECK_INT(question.calls, 0);
}
