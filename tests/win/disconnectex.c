/*
 * DisconnectEx, and sockets used again after TF_REUSE_SOCKET.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"

#define DISCONNECT_EX(s) EXTENSION(s, LPFN_DISCONNECTEX, WSAID_DISCONNECTEX)
#define CONNECT_EX(s) EXTENSION(s, LPFN_CONNECTEX, WSAID_CONNECTEX)
#define ACCEPT_EX(s) EXTENSION(s, LPFN_ACCEPTEX, WSAID_ACCEPTEX)

#define ADDRESS_AREA (sizeof(struct sockaddr_in) + 16)

static char accept_buffer[2 * ADDRESS_AREA];

static void check_talks(SOCKET a, SOCKET b)
{
    char byte = 0;

    CHECK_INT(send(a, "1", 1, 0), 1);
    CHECK_INT(recv(b, &byte, 1, 0), 1);
    CHECK_INT(byte, '1');
    CHECK_INT(send(b, "2", 1, 0), 1);
    CHECK_INT(recv(a, &byte, 1, 0), 1);
    CHECK_INT(byte, '2');
}

TEST(disconnecting_ends_sending_only)
{
    OVERLAPPED overlapped;
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    event_overlapped(&overlapped);
    CHECK_PENDING(DISCONNECT_EX(pair[0])(pair[0], &overlapped, 0, 0));
    CHECK_COMPLETES(pair[0], &overlapped, 0);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAESHUTDOWN);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CHECK_INT(send(pair[1], "x", 1, 0), 1);
    CHECK_INT(recv(pair[0], &byte, 1, 0), 1);
}

TEST(disconnecting_without_overlapped_is_done_at_once)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK(DISCONNECT_EX(pair[0])(pair[0], NULL, 0, 0));
    CHECK(DISCONNECT_EX(pair[0])(pair[0], NULL, 0, 0));
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAESHUTDOWN);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
}

TEST(disconnect_says_why_not)
{
    LPFN_DISCONNECTEX disconnect_ex;
    OVERLAPPED overlapped;
    SOCKET s = stream_socket(), datagram, pair[2];

    disconnect_ex = DISCONNECT_EX(s);
    event_overlapped(&overlapped);
    CHECK_FALSE(disconnect_ex(INVALID_SOCKET, &overlapped, 0, 0), WSAENOTSOCK);
    CHECK_FALSE(disconnect_ex(INVALID_SOCKET, NULL, 0, 0), WSAENOTSOCK);
    CHECK_FALSE(disconnect_ex(s, &overlapped, 0, 0), WSAENOTCONN);
    CHECK_FALSE(disconnect_ex(s, NULL, 0, 0), WSAENOTCONN);
    CHECK_FALSE(disconnect_ex(s, NULL, TF_REUSE_SOCKET, 0), WSAENOTCONN);
    CHECK_FALSE(disconnect_ex(s, &overlapped, TF_REUSE_SOCKET, 0), WSAENOTCONN);
    udp_bound(&datagram, NULL);
    CHECK_FALSE(disconnect_ex(datagram, NULL, 0, 0), WSAENOTCONN);
    tcp_pair(pair);
    CHECK_FALSE(disconnect_ex(pair[0], &overlapped, TF_DISCONNECT, 0), WSAEINVAL);
    CHECK_FALSE(disconnect_ex(pair[0], NULL, 0x80, 0), WSAEINVAL);
    CHECK_FALSE(disconnect_ex(pair[0], NULL, 0, 1), WSAEINVAL);
    CHECK_FALSE(disconnect_ex(pair[0], (OVERLAPPED *)(ULONG_PTR)0x10, 0, 0), WSAEFAULT);
    check_talks(pair[0], pair[1]);
}

TEST(disconnection_completes_at_a_port_though_success_skips_it)
{
    OVERLAPPED overlapped, *completed = NULL;
    ULONG_PTR key = 0;
    DWORD size = 77;
    SOCKET pair[2];
    HANDLE port;

    tcp_pair(pair);
    port = CreateIoCompletionPort((HANDLE)pair[0], NULL, 5, 0);
    CHECK(SetFileCompletionNotificationModes((HANDLE)pair[0], FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    event_overlapped(&overlapped);
    CHECK_PENDING(DISCONNECT_EX(pair[0])(pair[0], &overlapped, 0, 0));
    CHECK(GetQueuedCompletionStatus(port, &size, &key, &completed, 10000));
    CHECK_INT(size, 0);
    CHECK_INT(key, 5);
    CHECK(completed == &overlapped);
}

/* The connection ends for the peer, and nothing it was sent is lost. */
TEST(reuse_ends_the_connection_gracefully)
{
    SOCKET pair[2];
    char buffer[32];

    tcp_pair(pair);
    CHECK_INT(send(pair[1], "unread", 6, 0), 6);
    CHECK_INT(send(pair[0], "last words", 10, 0), 10);
    CHECK(DISCONNECT_EX(pair[0])(pair[0], NULL, TF_REUSE_SOCKET, 0));
    CHECK_INT(receive_all(pair[1], buffer, sizeof(buffer)), 10);
    CHECK_INT(memcmp(buffer, "last words", 10), 0);
    CHECK_INT(recv(pair[1], buffer, 1, 0), 0);
}

TEST(reused_socket_is_not_connected)
{
    struct sockaddr_in peer;
    int len = sizeof(peer);
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK(DISCONNECT_EX(pair[0])(pair[0], NULL, TF_REUSE_SOCKET, 0));
    CHECK_ERROR(getpeername(pair[0], (struct sockaddr *)&peer, &len), WSAENOTCONN);
}

static void accept_into(SOCKET listener, const struct sockaddr_in *addr, SOCKET acceptor, SOCKET *client)
{
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    CHECK_PENDING(ACCEPT_EX(listener)(listener, acceptor, accept_buffer, 0, ADDRESS_AREA, ADDRESS_AREA, NULL,
                                      &overlapped));
    *client = connected_to(addr);
    CHECK_COMPLETES(listener, &overlapped, 0);
    CHECK_INT(setsockopt(acceptor, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof(listener)),
              0);
    CloseHandle(overlapped.hEvent);
}

TEST(accepted_socket_is_accepted_into_again_and_again)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket(), client;
    LPFN_DISCONNECTEX disconnect_ex = DISCONNECT_EX(acceptor);
    OVERLAPPED overlapped;
    char byte;
    int i;

    for (i = 0; i < 6; i++)
    {
        accept_into(listener, &addr, acceptor, &client);
        check_talks(client, acceptor);
        if (i % 3 == 0)
        {
            /* the peer is first, and this side has seen it */
            CHECK_INT(closesocket(client), 0);
            CHECK_INT(recv(acceptor, &byte, 1, 0), 0);
        }
        if (i % 2)
            CHECK(disconnect_ex(acceptor, NULL, TF_REUSE_SOCKET, 0));
        else
        {
            event_overlapped(&overlapped);
            CHECK_PENDING(disconnect_ex(acceptor, &overlapped, TF_REUSE_SOCKET, 0));
            CHECK_COMPLETES(acceptor, &overlapped, 0);
        }
        if (i % 3)
        {
            CHECK_INT(recv(client, &byte, 1, 0), 0);
            CHECK_INT(closesocket(client), 0);
        }
    }
}

TEST(connected_socket_is_accepted_into)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), pair[2], client;

    tcp_pair(pair);
    check_talks(pair[0], pair[1]);
    CHECK(DISCONNECT_EX(pair[0])(pair[0], NULL, TF_REUSE_SOCKET, 0));
    accept_into(listener, &addr, pair[0], &client);
    check_talks(client, pair[0]);
}

TEST(accepting_into_a_reused_socket_can_be_cancelled_and_repeated)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), pair[2], client;
    OVERLAPPED overlapped;

    tcp_pair(pair);
    CHECK(DISCONNECT_EX(pair[0])(pair[0], NULL, TF_REUSE_SOCKET, 0));
    event_overlapped(&overlapped);
    CHECK_PENDING(ACCEPT_EX(listener)(listener, pair[0], accept_buffer, 0, ADDRESS_AREA, ADDRESS_AREA, NULL,
                                      &overlapped));
    CHECK(CancelIoEx((HANDLE)listener, &overlapped));
    CHECK_ENDS_WITH(listener, &overlapped, ERROR_OPERATION_ABORTED);
    accept_into(listener, &addr, pair[0], &client);
    check_talks(client, pair[0]);
    /* connected now, so no longer ready */
    CHECK_FALSE(ACCEPT_EX(listener)(listener, pair[0], accept_buffer, 0, ADDRESS_AREA, ADDRESS_AREA, NULL,
                                    &overlapped),
                WSAEINVAL);
}

TEST(nothing_goes_through_a_reused_socket_before_it_is_connected)
{
    OVERLAPPED overlapped = {0};
    WSABUF buffer;
    DWORD flags = 0;
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK(DISCONNECT_EX(pair[0])(pair[0], NULL, TF_REUSE_SOCKET, 0));
    buffer = (WSABUF){1, &byte};
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAENOTCONN);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAENOTCONN);
    CHECK_ERROR(WSARecv(pair[0], &buffer, 1, NULL, &flags, &overlapped, NULL), WSAENOTCONN);
    CHECK_FALSE(DISCONNECT_EX(pair[0])(pair[0], NULL, TF_REUSE_SOCKET, 0), WSAENOTCONN);
}

/* What this process knows of a socket that has no connection is nothing when it has one. */
TEST(a_reused_socket_that_was_tried_before_it_was_accepted_into_has_its_connection)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), pair[2], client;
    OVERLAPPED overlapped;

    tcp_pair(pair);
    CHECK(DISCONNECT_EX(pair[0])(pair[0], NULL, TF_REUSE_SOCKET, 0));
    event_overlapped(&overlapped);
    CHECK_PENDING(ACCEPT_EX(listener)(listener, pair[0], accept_buffer, 0, ADDRESS_AREA, ADDRESS_AREA, NULL,
                                      &overlapped));
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAENOTCONN);
    client = connected_to(&addr);
    CHECK_COMPLETES(listener, &overlapped, 0);
    check_talks(client, pair[0]);
}

TEST(socket_connects_again_and_sends_with_it)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = bound_stream(), server;
    LPFN_DISCONNECTEX disconnect_ex = DISCONNECT_EX(s);
    LPFN_CONNECTEX connect_ex = CONNECT_EX(s);
    OVERLAPPED overlapped;
    char buffer[8];
    int i;

    for (i = 0; i < 4; i++)
    {
        event_overlapped(&overlapped);
        CHECK_PENDING(connect_ex(s, (struct sockaddr *)&addr, sizeof(addr), "hello", 5, NULL, &overlapped));
        server = accept(listener, NULL, NULL);
        CHECK(server != INVALID_SOCKET);
        CHECK_COMPLETES(s, &overlapped, 5);
        CHECK_INT(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
        CHECK_INT(receive_all(server, buffer, 5), 5);
        CHECK_INT(memcmp(buffer, "hello", 5), 0);
        check_talks(s, server);
        CHECK(disconnect_ex(s, NULL, TF_REUSE_SOCKET, 0));
        CHECK_INT(recv(server, buffer, 1, 0), 0);
        CHECK_INT(closesocket(server), 0);
    }
}

TEST(port_stays_with_a_socket_that_connects_again)
{
    OVERLAPPED overlapped = {0}, *completed;
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = bound_stream();
    HANDLE port = CreateIoCompletionPort((HANDLE)s, NULL, 9, 0);
    ULONG_PTR key;
    DWORD size;
    int i;

    for (i = 0; i < 2; i++)
    {
        CHECK_PENDING(CONNECT_EX(s)(s, (struct sockaddr *)&addr, sizeof(addr), "abc", 3, NULL, &overlapped));
        CHECK(GetQueuedCompletionStatus(port, &size, &key, &completed, 10000));
        CHECK_INT(size, 3);
        CHECK_INT(key, 9);
        CHECK(completed == &overlapped);
        CHECK(accept(listener, NULL, NULL) != INVALID_SOCKET);
        CHECK_PENDING(DISCONNECT_EX(s)(s, &overlapped, TF_REUSE_SOCKET, 0));
        CHECK(GetQueuedCompletionStatus(port, &size, &key, &completed, 10000));
        CHECK_INT(size, 0);
        CHECK_INT(key, 9);
    }
}

TEST(connecting_again_to_nobody_is_refused_and_may_be_retried)
{
    struct sockaddr_in addr, nobody;
    SOCKET listener = tcp_listener(&addr), unused = tcp_listener(&nobody), pair[2];
    OVERLAPPED overlapped;

    CHECK_INT(closesocket(unused), 0);
    tcp_pair(pair);
    CHECK(DISCONNECT_EX(pair[0])(pair[0], NULL, TF_REUSE_SOCKET, 0));
    event_overlapped(&overlapped);
    CHECK_PENDING(
        CONNECT_EX(pair[0])(pair[0], (struct sockaddr *)&nobody, sizeof(nobody), NULL, 0, NULL, &overlapped));
    CHECK_ENDS_WITH(pair[0], &overlapped, ERROR_CONNECTION_REFUSED);
    ResetEvent(overlapped.hEvent);
    CHECK_PENDING(
        CONNECT_EX(pair[0])(pair[0], (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped));
    CHECK_COMPLETES(pair[0], &overlapped, 0);
    check_talks(pair[0], accept(listener, NULL, NULL));
}

TEST(closing_a_reused_socket_frees_its_handle)
{
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK(DISCONNECT_EX(pair[0])(pair[0], NULL, TF_REUSE_SOCKET, 0));
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_ERROR(closesocket(pair[0]), WSAENOTSOCK);
}
