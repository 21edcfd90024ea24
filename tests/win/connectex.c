/*
 * ConnectEx.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"

#define CONNECT_EX(s) EXTENSION(s, LPFN_CONNECTEX, WSAID_CONNECTEX)

TEST(connects_and_sends_data)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = bound_stream(), server;
    OVERLAPPED overlapped;
    char text[8];

    event_overlapped(&overlapped);
    CHECK_PENDING(CONNECT_EX(s)(s, (struct sockaddr *)&addr, sizeof(addr), "first", 5, NULL, &overlapped));
    server = accept(listener, NULL, NULL);
    CHECK_COMPLETES(s, &overlapped, 5);
    CHECK_INT(receive_all(server, text, 5), 5);
    CHECK_INT(memcmp(text, "first", 5), 0);
}

TEST(connects_without_data)
{
    struct sockaddr_in addr, peer;
    SOCKET listener = tcp_listener(&addr), s = bound_stream();
    int len = sizeof(peer);
    OVERLAPPED overlapped;
    DWORD sent = 77;

    event_overlapped(&overlapped);
    CHECK_PENDING(CONNECT_EX(s)(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, &sent, &overlapped));
    CHECK_COMPLETES(s, &overlapped, 0);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    CHECK_INT(getpeername(s, (struct sockaddr *)&peer, &len), 0);
    CHECK_INT(peer.sin_port, addr.sin_port);
    CHECK_INT(shutdown(s, SD_SEND), 0);
    CHECK_INT(closesocket(listener), 0);
}

TEST(connect_ex_says_why_not)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = bound_stream(), datagram, pair[2];
    LPFN_CONNECTEX connect_ex = CONNECT_EX(s);
    struct sockaddr *to = (struct sockaddr *)&addr;
    void *bad = (void *)(ULONG_PTR)0x10;
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    CHECK_FALSE(connect_ex(s, to, sizeof(addr), NULL, 0, NULL, NULL), ERROR_INVALID_PARAMETER);
    overlapped.Internal = overlapped.InternalHigh = 0x1234;
    CHECK_FALSE(connect_ex(INVALID_SOCKET, to, sizeof(addr), NULL, 0, NULL, &overlapped), WSAENOTSOCK);
    CHECK_INT(overlapped.Internal, 0x103); /* STATUS_PENDING */
    CHECK_INT(overlapped.InternalHigh, 0x1234);
    CHECK_FALSE(connect_ex(stream_socket(), to, sizeof(addr), NULL, 0, NULL, &overlapped), WSAEINVAL);
    CHECK_FALSE(connect_ex(listener, to, sizeof(addr), NULL, 0, NULL, &overlapped), WSAEINVAL);
    CHECK_FALSE(connect_ex(s, NULL, sizeof(addr), NULL, 0, NULL, &overlapped), WSAEFAULT);
    CHECK_FALSE(connect_ex(s, bad, sizeof(addr), NULL, 0, NULL, &overlapped), WSAEFAULT);
    CHECK_FALSE(connect_ex(s, to, 3, NULL, 0, NULL, &overlapped), WSAEFAULT);
    CHECK_FALSE(connect_ex(s, to, sizeof(addr), bad, 5, NULL, &overlapped), WSAEFAULT);
    CHECK_FALSE(connect_ex(s, to, sizeof(addr), NULL, 0, NULL, bad), WSAEFAULT);
    udp_bound(&datagram, NULL);
    CHECK_FALSE(connect_ex(datagram, to, sizeof(addr), NULL, 0, NULL, &overlapped), WSAEINVAL);
    tcp_pair(pair);
    CHECK_FALSE(connect_ex(pair[0], to, sizeof(addr), NULL, 0, NULL, &overlapped), WSAEISCONN);
    CHECK_FALSE(connect_ex(pair[1], to, sizeof(addr), NULL, 0, NULL, &overlapped), WSAEISCONN);
}

TEST(a_refused_connection_completes_with_an_error)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = bound_stream();
    OVERLAPPED overlapped;

    CHECK_INT(closesocket(listener), 0);
    event_overlapped(&overlapped);
    CHECK_PENDING(CONNECT_EX(s)(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped));
    CHECK_ENDS_WITH(s, &overlapped, ERROR_CONNECTION_REFUSED);
}

TEST(connecting_again_before_the_context_update_is_invalid)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = bound_stream();
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    CHECK_PENDING(CONNECT_EX(s)(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped));
    CHECK_COMPLETES(s, &overlapped, 0);
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEINVAL);
    CHECK_FALSE(CONNECT_EX(s)(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped),
                WSAEISCONN);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0), 0);
    CHECK_ERROR(connect(s, (struct sockaddr *)&addr, sizeof(addr)), WSAEISCONN);
    CHECK_INT(closesocket(listener), 0);
}

TEST(connecting_completes_at_a_port_unless_the_event_says_no)
{
    OVERLAPPED overlapped = {0}, *completed;
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = bound_stream();
    HANDLE port = CreateIoCompletionPort((HANDLE)s, NULL, 11, 0),
           event = CreateEventW(NULL, TRUE, FALSE, NULL);
    ULONG_PTR key;
    DWORD size;

    CHECK_PENDING(CONNECT_EX(s)(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped));
    CHECK(GetQueuedCompletionStatus(port, &size, &key, &completed, 10000));
    CHECK_INT(key, 11);
    CHECK(completed == &overlapped);

    s = bound_stream();
    CHECK(CreateIoCompletionPort((HANDLE)s, port, 12, 0) == port);
    overlapped.hEvent = (HANDLE)((ULONG_PTR)event | 1);
    CHECK_PENDING(CONNECT_EX(s)(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped));
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK_FALSE(GetQueuedCompletionStatus(port, &size, &key, &completed, 0), WAIT_TIMEOUT);
    CHECK_INT(closesocket(listener), 0);
}

/* Goes to a network reserved for documentation, where nobody answers. */
TEST(closing_a_connecting_socket_cancels_it)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(255)}, any = {.sin_family = AF_INET};
    SOCKET s = stream_socket();
    OVERLAPPED overlapped;

    addr.sin_addr.s_addr = htonl(0xc0000200);
    CHECK_INT(bind(s, (struct sockaddr *)&any, sizeof(any)), 0);
    event_overlapped(&overlapped);
    if (CONNECT_EX(s)(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped) ||
        WSAGetLastError() != ERROR_IO_PENDING)
        SKIP("no network");
    CHECK_FALSE(CONNECT_EX(s)(s, (struct sockaddr *)&addr, sizeof(addr), NULL, 0, NULL, &overlapped),
                WSAEINVAL);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK_INT(overlapped.Internal, 0xc0000120); /* STATUS_CANCELLED */
}
