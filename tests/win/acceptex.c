/*
 * AcceptEx and GetAcceptExSockaddrs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"

#define AREA (sizeof(struct sockaddr_in) + 16)
#define ACCEPT_EX(s) EXTENSION(s, LPFN_ACCEPTEX, WSAID_ACCEPTEX)
#define SOCKADDRS(s) EXTENSION(s, LPFN_GETACCEPTEXSOCKADDRS, WSAID_GETACCEPTEXSOCKADDRS)

static char buffer[256];

TEST(acceptor_becomes_the_connection)
{
    struct sockaddr_in addr, local, *got_local, *got_remote;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket(), client;
    int len = sizeof(local), local_len, remote_len;
    OVERLAPPED overlapped;
    char byte;

    event_overlapped(&overlapped);
    CHECK_PENDING(ACCEPT_EX(listener)(listener, acceptor, buffer, 0, AREA, AREA, NULL, &overlapped));
    client = connected_to(&addr);
    CHECK_COMPLETES(listener, &overlapped, 0);
    SOCKADDRS(listener)
    (buffer, 0, AREA, AREA, (struct sockaddr **)&got_local, &local_len, (struct sockaddr **)&got_remote,
     &remote_len);
    CHECK_INT(getsockname(client, (struct sockaddr *)&local, &len), 0);
    CHECK_INT(local_len, sizeof(addr));
    CHECK_INT(remote_len, sizeof(addr));
    CHECK_INT(got_local->sin_port, addr.sin_port);
    CHECK_INT(got_local->sin_addr.s_addr, addr.sin_addr.s_addr);
    CHECK_INT(got_remote->sin_port, local.sin_port);
    CHECK_INT(got_remote->sin_family, AF_INET);
    CHECK_INT(setsockopt(acceptor, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT, (char *)&listener, sizeof(listener)),
              0);
    CHECK_INT(send(acceptor, "q", 1, 0), 1);
    CHECK_INT(recv(client, &byte, 1, 0), 1);
}

TEST(data_asked_for_comes_with_the_connection)
{
    struct sockaddr_in addr, *local, *remote;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket(), client;
    int local_len, remote_len;
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    CHECK_PENDING(ACCEPT_EX(listener)(listener, acceptor, buffer, 10, AREA, AREA, NULL, &overlapped));
    client = connected_to(&addr);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 100), WAIT_TIMEOUT);
    CHECK_INT(send(client, "hello", 5, 0), 5);
    CHECK_COMPLETES(listener, &overlapped, 5);
    CHECK_INT(memcmp(buffer, "hello", 5), 0);
    SOCKADDRS(listener)
    (buffer, 10, AREA, AREA, (struct sockaddr **)&local, &local_len, (struct sockaddr **)&remote,
     &remote_len);
    CHECK_INT(local->sin_port, addr.sin_port);
    CHECK_INT(remote_len, sizeof(addr));
}

TEST(a_peer_that_closes_at_once_gives_no_bytes)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket();
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    CHECK_PENDING(ACCEPT_EX(listener)(listener, acceptor, buffer, 10, AREA, AREA, NULL, &overlapped));
    CHECK_INT(closesocket(connected_to(&addr)), 0);
    CHECK_COMPLETES(listener, &overlapped, 0);
}

TEST(local_address_is_optional)
{
    struct sockaddr_in addr, *local = (struct sockaddr_in *)0x77, *remote;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket();
    int local_len = 0x77, remote_len;
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    CHECK_PENDING(ACCEPT_EX(listener)(listener, acceptor, buffer, 0, 0, AREA, NULL, &overlapped));
    connected_to(&addr);
    CHECK_COMPLETES(listener, &overlapped, 0);
    SOCKADDRS(listener)
    (buffer, 0, 0, AREA, (struct sockaddr **)&local, &local_len, (struct sockaddr **)&remote, &remote_len);
    CHECK(local == (struct sockaddr_in *)0x77);
    CHECK_INT(local_len, 0x77);
    CHECK_INT(remote->sin_family, AF_INET);
}

TEST(accept_ex_says_why_not)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket(), bound = bound_stream(), datagram,
           pair[2];
    LPFN_ACCEPTEX accept_ex = ACCEPT_EX(listener);
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    overlapped.Internal = 0x1234;
    CHECK_FALSE(accept_ex(INVALID_SOCKET, acceptor, buffer, 0, AREA, AREA, NULL, &overlapped), WSAENOTSOCK);
    CHECK_INT(overlapped.Internal, 0x103); /* STATUS_PENDING */
    CHECK_FALSE(accept_ex(listener, INVALID_SOCKET, buffer, 0, AREA, AREA, NULL, &overlapped), WSAENOTSOCK);
    CHECK_FALSE(accept_ex(listener, acceptor, buffer, 0, AREA, AREA, NULL, NULL), ERROR_INVALID_PARAMETER);
    CHECK_FALSE(accept_ex(listener, acceptor, buffer, 0, AREA, AREA, NULL, (OVERLAPPED *)(ULONG_PTR)0x10),
                WSAEFAULT);
    CHECK_FALSE(accept_ex(listener, acceptor, NULL, 0, AREA, AREA, NULL, &overlapped), WSAEFAULT);
    CHECK_FALSE(accept_ex(listener, acceptor, buffer, 0, AREA, 0, NULL, &overlapped), WSAEFAULT);
    CHECK_FALSE(accept_ex(bound, acceptor, buffer, 0, AREA, AREA, NULL, &overlapped), WSAEINVAL);
    CHECK_FALSE(accept_ex(listener, bound, buffer, 0, AREA, AREA, NULL, &overlapped), WSAEINVAL);
    udp_bound(&datagram, NULL);
    CHECK_FALSE(accept_ex(listener, datagram, buffer, 0, AREA, AREA, NULL, &overlapped), WSAEINVAL);
    tcp_pair(pair);
    CHECK_FALSE(accept_ex(listener, pair[0], buffer, 0, AREA, AREA, NULL, &overlapped), WSAEINVAL);
    CHECK_FALSE(accept_ex(listener, pair[1], buffer, 0, AREA, AREA, NULL, &overlapped), WSAEINVAL);
    CHECK_PENDING(accept_ex(listener, acceptor, buffer, 0, AREA, AREA, NULL, &overlapped));
    CHECK_FALSE(accept_ex(listener, acceptor, buffer, 0, AREA, AREA, NULL, &overlapped), WSAEINVAL);
    CHECK_ERROR(connect(acceptor, (struct sockaddr *)&addr, sizeof(addr)), WSAEINVAL);
    CHECK_INT(closesocket(listener), 0); /* overlapped is about to go */
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
}

TEST(an_acceptor_that_became_a_connection_is_refused)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket();
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    CHECK_PENDING(ACCEPT_EX(listener)(listener, acceptor, buffer, 0, AREA, AREA, NULL, &overlapped));
    connected_to(&addr);
    CHECK_COMPLETES(listener, &overlapped, 0);
    CHECK_FALSE(ACCEPT_EX(listener)(listener, acceptor, buffer, 0, AREA, AREA, NULL, &overlapped), WSAEINVAL);
}

/* The request fails when a connection comes, which stays where it was. */
static void check_short_area(DWORD local_len, DWORD remote_len)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket(), client, server;
    OVERLAPPED overlapped;
    char byte;

    event_overlapped(&overlapped);
    CHECK_PENDING(
        ACCEPT_EX(listener)(listener, acceptor, buffer, 0, local_len, remote_len, NULL, &overlapped));
    client = connected_to(&addr);
    CHECK_ENDS_WITH(listener, &overlapped, ERROR_INSUFFICIENT_BUFFER);
    server = accept(listener, NULL, NULL);
    CHECK(server != INVALID_SOCKET);
    CHECK_INT(send(client, "s", 1, 0), 1);
    CHECK_INT(recv(server, &byte, 1, 0), 1);
}

TEST(a_short_local_area_fails_late_and_keeps_the_connection_queued)
{
    check_short_area(3, AREA);
    check_short_area(AREA - 1, AREA);
}

TEST(a_short_remote_area_fails_late_and_keeps_the_connection_queued)
{
    check_short_area(AREA, AREA - 1);
    check_short_area(0, 1);
}

TEST(a_short_area_leaves_the_acceptor_as_it_was)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket();
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    CHECK_PENDING(ACCEPT_EX(listener)(listener, acceptor, buffer, 0, 5, AREA, NULL, &overlapped));
    connected_to(&addr);
    CHECK_ENDS_WITH(listener, &overlapped, ERROR_INSUFFICIENT_BUFFER);
    ResetEvent(overlapped.hEvent);
    CHECK_PENDING(ACCEPT_EX(listener)(listener, acceptor, buffer, 0, AREA, AREA, NULL, &overlapped));
    connected_to(&addr);
    CHECK_COMPLETES(listener, &overlapped, 0);
}

TEST(accepting_completes_at_the_listeners_port)
{
    OVERLAPPED overlapped = {0}, *completed;
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket(), client;
    HANDLE port = CreateIoCompletionPort((HANDLE)listener, NULL, 3, 0);
    ULONG_PTR key;
    DWORD size;

    CHECK_PENDING(ACCEPT_EX(listener)(listener, acceptor, buffer, 4, AREA, AREA, NULL, &overlapped));
    client = connected_to(&addr);
    CHECK_INT(send(client, "data", 4, 0), 4);
    CHECK(GetQueuedCompletionStatus(port, &size, &key, &completed, 10000));
    CHECK_INT(size, 4);
    CHECK_INT(key, 3);
    CHECK(completed == &overlapped);
}

TEST(closing_either_socket_aborts_the_request)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket();
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    CHECK_PENDING(ACCEPT_EX(listener)(listener, acceptor, buffer, 0, AREA, AREA, NULL, &overlapped));
    CHECK_INT(closesocket(acceptor), 0);
    CHECK_ENDS_WITH(listener, &overlapped, ERROR_OPERATION_ABORTED);
    ResetEvent(overlapped.hEvent);
    acceptor = stream_socket();
    CHECK_PENDING(ACCEPT_EX(listener)(listener, acceptor, buffer, 0, AREA, AREA, NULL, &overlapped));
    CHECK_INT(closesocket(listener), 0);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK_INT(overlapped.Internal, 0xc0000120); /* STATUS_CANCELLED */
}

TEST(accepting_goes_on_while_another_handle_of_the_listener_is_open)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket(), duplicate;
    WSAPROTOCOL_INFOA info;
    OVERLAPPED overlapped;

    CHECK_INT(WSADuplicateSocketA(listener, GetCurrentProcessId(), &info), 0);
    duplicate = WSASocketA(AF_INET, SOCK_STREAM, 0, &info, 0, WSA_FLAG_OVERLAPPED);
    CHECK(duplicate != INVALID_SOCKET);
    event_overlapped(&overlapped);
    CHECK_PENDING(ACCEPT_EX(duplicate)(duplicate, acceptor, buffer, 0, AREA, AREA, NULL, &overlapped));
    CHECK_INT(closesocket(duplicate), 0);
    CHECK_INT(overlapped.Internal, STATUS_PENDING);
    connected_to(&addr);
    CHECK_COMPLETES(listener, &overlapped, 0);
}

TEST(cancelling_frees_the_acceptor)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), acceptor = stream_socket();
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    CHECK_PENDING(ACCEPT_EX(listener)(listener, acceptor, buffer, 0, AREA, AREA, NULL, &overlapped));
    CHECK(CancelIoEx((HANDLE)listener, &overlapped));
    CHECK_ENDS_WITH(listener, &overlapped, ERROR_OPERATION_ABORTED);
    CHECK_INT(connect(acceptor, (struct sockaddr *)&addr, sizeof(addr)), 0);
}
