/*
 * The errors of the extension functions.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "errors.h"

#include "extensions.h"

static struct sockaddr_in address;
static SOCKADDR *const addr = (SOCKADDR *)&address;
static int len = sizeof(address);
static char text[256];
static WSABUF buffer = {4, text};
static DWORD count, flags;

static void hard_close(SOCKET s)
{
    struct linger hard = {1, 0};

    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof(hard)), 0);
    CHECK_INT(closesocket(s), 0);
}

/* Nobody listens there. */
static void aim_at_nobody(void)
{
    closesocket(tcp_listener(&address));
}

TEST(acceptex_and_pointers)
{
    SOCKET listener = tcp_listener(NULL), acceptor = stream_socket();
    LPFN_ACCEPTEX accept_ex = EXTENSION(listener, LPFN_ACCEPTEX, WSAID_ACCEPTEX);
    OVERLAPPED overlapped = {0};
    void *bad;

    FOR_UNWRITABLE(bad)
    {
        CHECK_NOTHING(accept_ex(listener, acceptor, bad, 64, 32, 32, &count, &overlapped), WSAEFAULT);
        CHECK_NOTHING(accept_ex(listener, acceptor, text, 64, 32, 32, &count, bad), WSAEFAULT);
    }
    CHECK_NOTHING(accept_ex(listener, acceptor, NULL, 64, 32, 32, &count, &overlapped), WSAEFAULT);
    CHECK_NOTHING(accept_ex(listener, acceptor, text, 64, 32, 0, &count, &overlapped), WSAEFAULT);
    CHECK_NOTHING(accept_ex(listener, acceptor, text, 64, 32, 32, &count, NULL), ERROR_INVALID_PARAMETER);
    CHECK_INT(closesocket(listener), 0);
    CHECK_INT(closesocket(acceptor), 0);
}

TEST(acceptex_needs_a_listener_and_a_fresh_socket)
{
    SOCKET listener = tcp_listener(NULL), fresh = stream_socket(), bound = bound_stream(), udp, pair[2];
    LPFN_ACCEPTEX accept_ex = EXTENSION(listener, LPFN_ACCEPTEX, WSAID_ACCEPTEX);
    OVERLAPPED overlapped = {0};

    udp_bound(&udp, NULL);
    tcp_pair(pair);
    CHECK_NOTHING(accept_ex(bound, fresh, text, 0, 32, 32, &count, &overlapped), WSAEINVAL);
    CHECK_NOTHING(accept_ex(udp, fresh, text, 0, 32, 32, &count, &overlapped), WSAEINVAL);
    CHECK_NOTHING(accept_ex(listener, bound, text, 0, 32, 32, &count, &overlapped), WSAEINVAL);
    CHECK_NOTHING(accept_ex(listener, listener, text, 0, 32, 32, &count, &overlapped), WSAEINVAL);
    CHECK_NOTHING(accept_ex(listener, pair[0], text, 0, 32, 32, &count, &overlapped), WSAEINVAL);
    CHECK_NOTHING(accept_ex(listener, udp, text, 0, 32, 32, &count, &overlapped), WSAEINVAL);
    CHECK_NOTHING(accept_ex(listener, fresh, text, 0, 32, 32, &count, &overlapped), ERROR_IO_PENDING);
    CHECK_NOTHING(accept_ex(listener, fresh, text, 0, 32, 32, &count, &overlapped), WSAEINVAL);
    closesocket(listener);
    closesocket(fresh);
    closesocket(bound);
    closesocket(udp);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(connectex_and_pointers)
{
    SOCKET s = bound_stream();
    LPFN_CONNECTEX connect_ex = EXTENSION(s, LPFN_CONNECTEX, WSAID_CONNECTEX);
    OVERLAPPED overlapped = {0};
    void *bad;

    aim_at_nobody();
    FOR_UNREADABLE(bad)
    {
        CHECK_NOTHING(connect_ex(s, bad, len, NULL, 0, NULL, &overlapped), WSAEFAULT);
        CHECK_NOTHING(connect_ex(s, addr, len, bad, 8, NULL, &overlapped), WSAEFAULT);
    }
    FOR_UNWRITABLE(bad)
    CHECK_NOTHING(connect_ex(s, addr, len, NULL, 0, NULL, bad), WSAEFAULT);
    CHECK_NOTHING(connect_ex(s, NULL, len, NULL, 0, NULL, &overlapped), WSAEFAULT);
    CHECK_NOTHING(connect_ex(s, addr, len - 1, NULL, 0, NULL, &overlapped), WSAEFAULT);
    CHECK_NOTHING(connect_ex(s, addr, len, NULL, 0, NULL, NULL), ERROR_INVALID_PARAMETER);
    CHECK_INT(closesocket(s), 0);
}

TEST(what_connectex_refuses)
{
    SOCKET s = stream_socket(), bound = bound_stream(), listener = tcp_listener(&address), pair[2], udp;
    LPFN_CONNECTEX connect_ex = EXTENSION(s, LPFN_CONNECTEX, WSAID_CONNECTEX);
    struct sockaddr_in nowhere = address, strange = address;
    OVERLAPPED overlapped;

    event_overlapped(&overlapped);
    tcp_pair(pair);
    udp_bound(&udp, NULL);
    CHECK_NOTHING(connect_ex(s, addr, len, NULL, 0, NULL, &overlapped), WSAEINVAL);
    CHECK_NOTHING(connect_ex(listener, addr, len, NULL, 0, NULL, &overlapped), WSAEINVAL);
    CHECK_NOTHING(connect_ex(udp, addr, len, NULL, 0, NULL, &overlapped), WSAEINVAL);
    CHECK_NOTHING(connect_ex(pair[0], addr, len, NULL, 0, NULL, &overlapped), WSAEISCONN);
    nowhere.sin_port = 0;
    CHECK_NOTHING(connect_ex(bound, (SOCKADDR *)&nowhere, len, NULL, 0, NULL, &overlapped), WSAEADDRNOTAVAIL);
    strange.sin_family = 77;
    CHECK_NOTHING(connect_ex(bound, (SOCKADDR *)&strange, len, NULL, 0, NULL, &overlapped), WSAEAFNOSUPPORT);
    closesocket(s);
    closesocket(listener);
    closesocket(udp);
    closesocket(pair[0]);
    closesocket(pair[1]);
    /* refused by the other side */
    CHECK_PENDING(connect_ex(bound, addr, len, NULL, 0, NULL, &overlapped));
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK_NOTHING(WSAGetOverlappedResult(bound, &overlapped, &count, FALSE, &flags), WSAECONNREFUSED);
    CHECK_INT(closesocket(bound), 0);
    CloseHandle(overlapped.hEvent);
}

TEST(what_disconnectex_refuses)
{
    SOCKET s = stream_socket(), udp, pair[2];
    LPFN_DISCONNECTEX disconnect_ex = EXTENSION(s, LPFN_DISCONNECTEX, WSAID_DISCONNECTEX);
    void *bad;

    tcp_pair(pair);
    udp_bound(&udp, NULL);
    FOR_UNWRITABLE(bad)
    CHECK_NOTHING(disconnect_ex(pair[0], bad, 0, 0), WSAEFAULT);
    CHECK_NOTHING(disconnect_ex(pair[0], NULL, 0x1000, 0), WSAEINVAL);
    CHECK_NOTHING(disconnect_ex(pair[0], NULL, TF_DISCONNECT, 0), WSAEINVAL);
    CHECK_NOTHING(disconnect_ex(pair[0], NULL, 0, 1), WSAEINVAL);
    CHECK_NOTHING(disconnect_ex(s, NULL, 0, 0), WSAENOTCONN);
    CHECK_NOTHING(disconnect_ex(s, NULL, TF_REUSE_SOCKET, 0), WSAENOTCONN);
    CHECK_NOTHING(disconnect_ex(udp, NULL, 0, 0), WSAENOTCONN);
    closesocket(s);
    closesocket(udp);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(transmitfile_and_pointers)
{
    SOCKET pair[2];
    LPFN_TRANSMITFILE transmit_file;
    TRANSMIT_FILE_BUFFERS buffers;
    OVERLAPPED overlapped = {0};
    void *bad;

    tcp_pair(pair);
    transmit_file = EXTENSION(pair[0], LPFN_TRANSMITFILE, WSAID_TRANSMITFILE);
    FOR_UNREADABLE(bad)
    {
        CHECK_NOTHING(transmit_file(pair[0], NULL, 0, 0, NULL, bad, 0), WSAEFAULT);
        buffers = (TRANSMIT_FILE_BUFFERS){bad, 8, NULL, 0};
        CHECK_NOTHING(transmit_file(pair[0], NULL, 0, 0, NULL, &buffers, 0), WSAEFAULT);
        CHECK_NOTHING(transmit_file(pair[0], NULL, 0, 0, &overlapped, &buffers, 0), WSAEFAULT);
        buffers = (TRANSMIT_FILE_BUFFERS){NULL, 0, bad, 8};
        CHECK_NOTHING(transmit_file(pair[0], NULL, 0, 0, NULL, &buffers, 0), WSAEFAULT);
    }
    FOR_UNWRITABLE(bad)
    CHECK_NOTHING(transmit_file(pair[0], NULL, 0, 0, bad, NULL, 0), WSAEFAULT);
    /* nothing of all that was sent */
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(transmissions_need_a_connection)
{
    TRANSMIT_PACKETS_ELEMENT element = {.dwElFlags = TP_ELEMENT_MEMORY, .cLength = 1, .pBuffer = text};
    SOCKET s = stream_socket(), pair[2];
    LPFN_TRANSMITFILE transmit_file = EXTENSION(s, LPFN_TRANSMITFILE, WSAID_TRANSMITFILE);
    LPFN_TRANSMITPACKETS transmit_packets = EXTENSION(s, LPFN_TRANSMITPACKETS, WSAID_TRANSMITPACKETS);
    TRANSMIT_FILE_BUFFERS buffers = {text, 1, NULL, 0};

    CHECK_NOTHING(transmit_file(s, NULL, 0, 0, NULL, &buffers, 0), WSAENOTCONN);
    CHECK_NOTHING(transmit_packets(s, &element, 1, 0, NULL, 0), WSAENOTCONN);
    CHECK_INT(closesocket(s), 0);

    tcp_pair(pair);
    CHECK_NOTHING(transmit_file(pair[0], NULL, 0, 0, NULL, &buffers, TF_REUSE_SOCKET), WSAEINVAL);
    CHECK_NOTHING(transmit_packets(pair[0], &element, 1, 0, NULL, TF_REUSE_SOCKET), WSAEINVAL);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_NOTHING(transmit_file(pair[0], NULL, 0, 0, NULL, &buffers, 0), WSAESHUTDOWN);
    CHECK_NOTHING(transmit_packets(pair[0], &element, 1, 0, NULL, 0), WSAESHUTDOWN);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(transmissions_after_a_reset)
{
    TRANSMIT_PACKETS_ELEMENT element = {.dwElFlags = TP_ELEMENT_MEMORY, .cLength = 1, .pBuffer = text};
    TRANSMIT_FILE_BUFFERS buffers = {text, 1, NULL, 0};
    LPFN_TRANSMITPACKETS transmit_packets;
    LPFN_TRANSMITFILE transmit_file;
    SOCKET pair[2];

    tcp_pair(pair);
    transmit_file = EXTENSION(pair[0], LPFN_TRANSMITFILE, WSAID_TRANSMITFILE);
    hard_close(pair[1]);
    CHECK_ERROR(recv(pair[0], text, 1, 0), WSAECONNRESET);
    CHECK_NOTHING(transmit_file(pair[0], NULL, 0, 0, NULL, &buffers, 0), WSAECONNRESET);
    CHECK_INT(closesocket(pair[0]), 0);

    tcp_pair(pair);
    transmit_packets = EXTENSION(pair[0], LPFN_TRANSMITPACKETS, WSAID_TRANSMITPACKETS);
    hard_close(pair[1]);
    CHECK_ERROR(recv(pair[0], text, 1, 0), WSAECONNRESET);
    CHECK_NOTHING(transmit_packets(pair[0], &element, 1, 0, NULL, 0), WSAECONNRESET);
    CHECK_INT(closesocket(pair[0]), 0);
}

TEST(transmitpackets_and_pointers)
{
    TRANSMIT_PACKETS_ELEMENT element = {.dwElFlags = TP_ELEMENT_MEMORY, .cLength = 8, .pBuffer = text};
    LPFN_TRANSMITPACKETS transmit_packets;
    SOCKET pair[2];
    void *bad;

    tcp_pair(pair);
    transmit_packets = EXTENSION(pair[0], LPFN_TRANSMITPACKETS, WSAID_TRANSMITPACKETS);
    FOR_UNREADABLE(bad)
    {
        CHECK_NOTHING(transmit_packets(pair[0], bad, 1, 0, NULL, 0), WSAEFAULT);
        element.pBuffer = bad;
        CHECK_NOTHING(transmit_packets(pair[0], &element, 1, 0, NULL, 0), WSAEFAULT);
    }
    element.pBuffer = text;
    FOR_UNWRITABLE(bad)
    CHECK_NOTHING(transmit_packets(pair[0], &element, 1, 0, bad, 0), WSAEFAULT);
    CHECK_NOTHING(transmit_packets(pair[0], NULL, 1, 0, NULL, 0), WSAEFAULT);
    element.dwElFlags = 0;
    CHECK_NOTHING(transmit_packets(pair[0], &element, 1, 0, NULL, 0), WSAEINVAL);
    element.dwElFlags = TP_ELEMENT_MEMORY | TP_ELEMENT_FILE;
    CHECK_NOTHING(transmit_packets(pair[0], &element, 1, 0, NULL, 0), WSAEINVAL);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(sending_messages_and_pointers)
{
    struct sockaddr_in to;
    LPFN_WSASENDMSG send_message;
    WSAOVERLAPPED overlapped = {0};
    WSAMSG good, msg;
    WSABUF wrong;
    SOCKET s;
    void *bad;

    udp_bound(&s, &to);
    send_message = EXTENSION(s, LPFN_WSASENDMSG, WSAID_WSASENDMSG);
    good = (WSAMSG){.name = (SOCKADDR *)&to, .namelen = sizeof(to), .lpBuffers = &buffer, .dwBufferCount = 1};
    FOR_UNREADABLE(bad)
    {
        CHECK_ERROR(send_message(s, bad, 0, &count, NULL, NULL), WSAEFAULT);
        msg = good;
        msg.name = bad;
        CHECK_ERROR(send_message(s, &msg, 0, &count, NULL, NULL), WSAEFAULT);
        msg = good;
        msg.lpBuffers = bad;
        CHECK_ERROR(send_message(s, &msg, 0, &count, NULL, NULL), WSAEFAULT);
        wrong = (WSABUF){8, bad};
        msg.lpBuffers = &wrong;
        CHECK_ERROR(send_message(s, &msg, 0, &count, NULL, NULL), WSAEFAULT);
        msg = good;
        msg.Control = (WSABUF){64, bad};
        CHECK_ERROR(send_message(s, &msg, 0, &count, NULL, NULL), WSAEFAULT);
    }
    FOR_UNWRITABLE(bad)
    CHECK_ERROR(send_message(s, &good, 0, &count, bad, NULL), WSAEFAULT);
    CHECK_ERROR(send_message(s, NULL, 0, &count, &overlapped, NULL), WSAEFAULT);
    CHECK_ERROR(send_message(s, &good, 0, NULL, NULL, NULL), WSAEFAULT);
    CHECK_INT(closesocket(s), 0);
}

TEST(receiving_messages_and_pointers)
{
    struct sockaddr_in here, from;
    LPFN_WSARECVMSG receive_message;
    WSAMSG good, msg;
    WSABUF wrong;
    SOCKET s;
    void *bad;

    udp_bound(&s, &here);
    receive_message = EXTENSION(s, LPFN_WSARECVMSG, WSAID_WSARECVMSG);
    good = (WSAMSG){
        .name = (SOCKADDR *)&from, .namelen = sizeof(from), .lpBuffers = &buffer, .dwBufferCount = 1};
    FOR_UNWRITABLE(bad)
    {
        /* each finds a datagram */
        sendto(s, "data", 4, 0, (SOCKADDR *)&here, sizeof(here));
        CHECK_ERROR(receive_message(s, bad, &count, NULL, NULL), WSAEFAULT);
        sendto(s, "data", 4, 0, (SOCKADDR *)&here, sizeof(here));
        msg = good;
        msg.name = bad;
        CHECK_ERROR(receive_message(s, &msg, &count, NULL, NULL), WSAEFAULT);
        sendto(s, "data", 4, 0, (SOCKADDR *)&here, sizeof(here));
        wrong = (WSABUF){8, bad};
        msg = good;
        msg.lpBuffers = &wrong;
        CHECK_ERROR(receive_message(s, &msg, &count, NULL, NULL), WSAEFAULT);
        sendto(s, "data", 4, 0, (SOCKADDR *)&here, sizeof(here));
        msg = good;
        CHECK_ERROR(receive_message(s, &msg, &count, bad, NULL), WSAEFAULT);
    }
    FOR_UNREADABLE(bad)
    {
        sendto(s, "data", 4, 0, (SOCKADDR *)&here, sizeof(here));
        msg = good;
        msg.lpBuffers = bad;
        CHECK_ERROR(receive_message(s, &msg, &count, NULL, NULL), WSAEFAULT);
    }
    CHECK_ERROR(receive_message(s, NULL, &count, NULL, NULL), WSAEFAULT);
    CHECK_INT(closesocket(s), 0);
}

TEST(overlapped_transfers_and_pointers)
{
    WSAOVERLAPPED overlapped = {0};
    struct sockaddr_in here;
    SOCKET pair[2], udp;
    WSABUF wrong;
    void *bad;

    tcp_pair(pair);
    udp_bound(&udp, &here);
    FOR_UNREADABLE(bad)
    {
        wrong = (WSABUF){8, bad};
        CHECK_ERROR(WSASend(pair[0], &wrong, 1, NULL, 0, &overlapped, NULL), WSAEFAULT);
        CHECK_ERROR(WSASend(pair[0], bad, 1, NULL, 0, &overlapped, NULL), WSAEFAULT);
        CHECK_ERROR(WSASendTo(udp, &wrong, 1, NULL, 0, (SOCKADDR *)&here, sizeof(here), &overlapped, NULL),
                    WSAEFAULT);
        CHECK_ERROR(WSASendTo(udp, &buffer, 1, NULL, 0, bad, sizeof(here), &overlapped, NULL), WSAEFAULT);
        CHECK_ERROR(WSARecv(pair[0], bad, 1, NULL, &flags, &overlapped, NULL), WSAEFAULT);
    }
    FOR_UNWRITABLE(bad)
    {
        wrong = (WSABUF){8, bad};
        CHECK_ERROR(WSARecv(pair[0], &wrong, 1, NULL, &flags, &overlapped, NULL), WSAEFAULT);
        CHECK_ERROR(WSARecvFrom(udp, &wrong, 1, NULL, &flags, NULL, NULL, &overlapped, NULL), WSAEFAULT);
        CHECK_ERROR(WSASend(pair[0], &buffer, 1, bad, 0, NULL, NULL), WSAEFAULT);
    }
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
    CHECK_INT(closesocket(udp), 0);
}

TEST(what_overlapped_results_refuse)
{
    SOCKET pair[2];
    WSAOVERLAPPED overlapped;

    tcp_pair(pair);
    event_overlapped(&overlapped);
    CHECK_NOTHING(WSAGetOverlappedResult(pair[0], NULL, &count, FALSE, &flags), WSA_INVALID_PARAMETER);
    CHECK_ERROR(WSARecv(pair[0], &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK_NOTHING(WSAGetOverlappedResult(pair[0], &overlapped, &count, FALSE, &flags), WSA_IO_INCOMPLETE);
    CHECK(CancelIoEx((HANDLE)pair[0], &overlapped));
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK_NOTHING(WSAGetOverlappedResult(pair[0], &overlapped, &count, FALSE, &flags), WSA_OPERATION_ABORTED);

    ResetEvent(overlapped.hEvent);
    CHECK_ERROR(WSARecv(pair[0], &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    hard_close(pair[1]);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    CHECK_NOTHING(WSAGetOverlappedResult(pair[0], &overlapped, &count, FALSE, &flags), WSAECONNRESET);
    CHECK_INT(closesocket(pair[0]), 0);
    CloseHandle(overlapped.hEvent);
}
