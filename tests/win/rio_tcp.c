/*
 * Registered I/O on streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "rio.h"

#define LARGE (4 << 20) /* more than hosts buffer */

static char small[4096], *large;
static RIO_BUFFERID small_id, large_id;

/* Two sockets that are connected, with queues of one completion queue. */
struct streams
{
    SOCKET pair[2];
    RIO_CQ cq;
    RIO_RQ rq[2];
};

static void register_all(void)
{
    if (large) return;
    rio_load();
    CHECK((large = VirtualAlloc(NULL, LARGE, MEM_COMMIT, PAGE_READWRITE)) != NULL);
    small_id = rio_register(small, sizeof(small));
    large_id = rio_register(large, LARGE);
}

static void open_streams(struct streams *streams)
{
    int i;

    register_all();
    rio_tcp_pair(streams->pair);
    streams->cq = rio_queue_of(64);
    for (i = 0; i < 2; i++) streams->rq[i] = rio_requests(streams->pair[i], 16, streams->cq, i);
}

static void close_streams(struct streams *streams)
{
    closesocket(streams->pair[0]);
    closesocket(streams->pair[1]);
    rio.RIOCloseCompletionQueue(streams->cq);
}

static void send_small(struct streams *streams, int from, ULONG offset, ULONG size, DWORD flags,
                       ULONG_PTR context)
{
    RIO_BUF buffer = {small_id, offset, size};

    CHECK(rio.RIOSend(streams->rq[from], &buffer, 1, flags, (void *)context));
}

static void receive_small(struct streams *streams, int at, ULONG offset, ULONG size, DWORD flags,
                          ULONG_PTR context)
{
    RIO_BUF buffer = {small_id, offset, size};

    CHECK(rio.RIOReceive(streams->rq[at], &buffer, 1, flags, (void *)context));
}

/* A send, and a receive that has waited for it: either may be first in the queue. */
static void check_pair(RIO_CQ cq, ULONGLONG sent, ULONGLONG received, ULONG size)
{
    ULONGLONG seen = 0;
    int i;

    for (i = 0; i < 2; i++)
    {
        RIORESULT result = rio_next(cq);

        CHECK(result.RequestContext == sent || result.RequestContext == received);
        CHECK(result.RequestContext != seen);
        CHECK_INT(result.Status, 0);
        CHECK_INT(result.BytesTransferred, size);
        seen = result.RequestContext;
    }
}

TEST(streams_send_and_receive)
{
    struct streams streams;

    open_streams(&streams);
    memcpy(small, "stream", 6);
    send_small(&streams, 0, 0, 6, 0, 1);
    CHECK_COMPLETION(streams.cq, 1, 0, 6);
    receive_small(&streams, 1, 100, 100, 0, 2);
    CHECK_COMPLETION(streams.cq, 2, 0, 6);
    CHECK(!memcmp(small + 100, "stream", 6));
    receive_small(&streams, 0, 200, 100, 0, 3);
    CHECK_NO_COMPLETION(streams.cq);
    send_small(&streams, 1, 0, 3, 0, 4);
    check_pair(streams.cq, 4, 3, 3);
    close_streams(&streams);
}

TEST(so_they_do_over_ipv6)
{
    SOCKADDR_INET name = {.si_family = AF_INET6};
    int size = sizeof(name), i;
    struct streams streams;
    SOCKET listener;

    register_all();
    listener = rio_socket(AF_INET6, SOCK_STREAM);
    name.Ipv6.sin6_addr.s6_addr[15] = 1;
    CHECK_INT(bind(listener, (struct sockaddr *)&name, sizeof(name.Ipv6)), 0);
    CHECK_INT(listen(listener, 1), 0);
    CHECK_INT(getsockname(listener, (struct sockaddr *)&name, &size), 0);
    streams.pair[0] = rio_socket(AF_INET6, SOCK_STREAM);
    CHECK_INT(connect(streams.pair[0], (struct sockaddr *)&name, sizeof(name.Ipv6)), 0);
    CHECK((streams.pair[1] = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    closesocket(listener);
    streams.cq = rio_queue_of(64);
    for (i = 0; i < 2; i++) streams.rq[i] = rio_requests(streams.pair[i], 16, streams.cq, i);
    receive_small(&streams, 1, 100, 100, 0, 1);
    CHECK_NO_COMPLETION(streams.cq);
    send_small(&streams, 0, 0, 6, 0, 2);
    check_pair(streams.cq, 2, 1, 6);
    close_streams(&streams);
}

TEST(data_fill_one_receive_after_the_other)
{
    struct streams streams;

    open_streams(&streams);
    receive_small(&streams, 1, 1000, 4, 0, 1);
    receive_small(&streams, 1, 1004, 4, 0, 2);
    receive_small(&streams, 1, 1008, 4, 0, 3);
    CHECK_INT(send(streams.pair[0], "abcdefghij", 10, 0), 10);
    CHECK_COMPLETION(streams.cq, 1, 0, 4);
    CHECK_COMPLETION(streams.cq, 2, 0, 4);
    CHECK_COMPLETION(streams.cq, 3, 0, 2);
    CHECK(!memcmp(small + 1000, "abcdefghij", 10));
    close_streams(&streams);
}

TEST(waitall_waits_until_its_buffer_is_full)
{
    struct streams streams;

    open_streams(&streams);
    receive_small(&streams, 1, 1000, 10, RIO_MSG_WAITALL, 1);
    receive_small(&streams, 1, 1010, 10, RIO_MSG_WAITALL, 2);
    CHECK_INT(send(streams.pair[0], "abcd", 4, 0), 4);
    CHECK_INT(send(streams.pair[0], "efgh", 4, 0), 4);
    Sleep(20);
    CHECK_NO_COMPLETION(streams.cq);
    CHECK_INT(send(streams.pair[0], "ijkl", 4, 0), 4);
    CHECK_COMPLETION(streams.cq, 1, 0, 10);
    CHECK(!memcmp(small + 1000, "abcdefghijkl", 12));
    CHECK_NO_COMPLETION(streams.cq);
    /* or its stream is at the end */
    CHECK_INT(shutdown(streams.pair[0], SD_SEND), 0);
    CHECK_COMPLETION(streams.cq, 2, 0, 2);
    close_streams(&streams);
}

TEST(the_end_of_a_stream_ends_every_receive)
{
    struct streams streams;

    open_streams(&streams);
    receive_small(&streams, 1, 0, 4, 0, 1);
    receive_small(&streams, 1, 4, 4, 0, 2);
    closesocket(streams.pair[0]);
    CHECK_COMPLETION(streams.cq, 1, 0, 0);
    CHECK_COMPLETION(streams.cq, 2, 0, 0);
    receive_small(&streams, 1, 4, 4, 0, 3);
    CHECK_COMPLETION(streams.cq, 3, 0, 0);
    close_streams(&streams);
}

TEST(a_reset_fails_every_receive_and_every_send)
{
    struct linger hard = {1, 0};
    struct streams streams;

    open_streams(&streams);
    receive_small(&streams, 1, 0, 4, 0, 1);
    receive_small(&streams, 1, 4, 4, 0, 2);
    CHECK_INT(setsockopt(streams.pair[0], SOL_SOCKET, SO_LINGER, (char *)&hard, sizeof(hard)), 0);
    closesocket(streams.pair[0]);
    CHECK_COMPLETION(streams.cq, 1, WSAECONNRESET, 0);
    CHECK_COMPLETION(streams.cq, 2, WSAECONNRESET, 0);
    receive_small(&streams, 1, 4, 4, 0, 3);
    CHECK_COMPLETION(streams.cq, 3, WSAECONNRESET, 0);
    send_small(&streams, 1, 4, 4, 0, 4);
    CHECK_COMPLETION(streams.cq, 4, WSAECONNRESET, 0);
    close_streams(&streams);
}

TEST(a_receive_of_nothing_tells_that_there_is_something)
{
    struct streams streams;

    open_streams(&streams);
    receive_small(&streams, 1, 0, 0, 0, 1);
    CHECK_NO_COMPLETION(streams.cq);
    CHECK_INT(send(streams.pair[0], "abc", 3, 0), 3);
    CHECK_COMPLETION(streams.cq, 1, 0, 0);
    receive_small(&streams, 1, 0, 3, 0, 2);
    CHECK_COMPLETION(streams.cq, 2, 0, 3);
    send_small(&streams, 1, 0, 0, 0, 3);
    CHECK_COMPLETION(streams.cq, 3, 0, 0);
    close_streams(&streams);
}

TEST(deferred_sends_go_out_in_order)
{
    struct streams streams;
    char data[64];
    ULONG i;

    open_streams(&streams);
    for (i = 0; i < 16; i++) small[i] = 'a' + i;
    for (i = 0; i < 16; i++) send_small(&streams, 0, i, 1, RIO_MSG_DEFER, i);
    CHECK(rio.RIOSend(streams.rq[0], NULL, 0, RIO_MSG_COMMIT_ONLY, NULL));
    for (i = 0; i < 16; i++) CHECK_COMPLETION(streams.cq, i, 0, 1);
    CHECK_INT(recv(streams.pair[1], data, sizeof(data), MSG_WAITALL * 0), 16);
    CHECK(!memcmp(data, small, 16));
    close_streams(&streams);
}

static void fill_large(void)
{
    ULONG i;

    for (i = 0; i < LARGE / 4; i++) ((ULONG *)large)[i] = i * 2654435761u;
}

/* Everything that large has arrives. */
static void check_large(SOCKET s, int times)
{
    static char data[65536];
    SIZE_T total = 0, all = (SIZE_T)LARGE * times;
    int got;

    while (total < all)
    {
        CHECK((got = recv(s, data, sizeof(data) - total % sizeof(data), 0)) > 0);
        CHECK(!memcmp(data, large + total % LARGE, got));
        total += got;
    }
}

TEST(a_send_that_finds_no_room_goes_on_when_there_is_some)
{
    struct streams streams;
    RIO_BUF buffer;
    int i;

    open_streams(&streams);
    fill_large();
    buffer = (RIO_BUF){large_id, 0, LARGE};
    for (i = 0; i < 3; i++) CHECK(rio.RIOSend(streams.rq[0], &buffer, 1, 0, (void *)(ULONG_PTR)i));
    CHECK_NO_COMPLETION(streams.cq);
    check_large(streams.pair[1], 3);
    for (i = 0; i < 3; i++) CHECK_COMPLETION(streams.cq, i, 0, LARGE);
    close_streams(&streams);
}

TEST(closesocket_ends_a_send_that_waits)
{
    struct streams streams;
    RIO_BUF buffer;
    RIORESULT result;

    open_streams(&streams);
    buffer = (RIO_BUF){large_id, 0, LARGE};
    CHECK(rio.RIOSend(streams.rq[0], &buffer, 1, 0, (void *)1));
    CHECK(rio.RIOSend(streams.rq[0], &buffer, 1, 0, (void *)2));
    CHECK_NO_COMPLETION(streams.cq);
    closesocket(streams.pair[0]);
    result = rio_next(streams.cq);
    CHECK_INT(result.RequestContext, 1);
    CHECK_INT(result.Status, WSA_OPERATION_ABORTED);
    CHECK_COMPLETION(streams.cq, 2, WSA_OPERATION_ABORTED, 0);
    close_streams(&streams);
}

TEST(what_is_shut_down_fails)
{
    struct streams streams;

    open_streams(&streams);
    CHECK_INT(shutdown(streams.pair[0], SD_SEND), 0);
    send_small(&streams, 0, 0, 4, 0, 1);
    CHECK_COMPLETION(streams.cq, 1, WSAESHUTDOWN, 0);
    receive_small(&streams, 0, 0, 4, 0, 2);
    CHECK_INT(send(streams.pair[1], "abcd", 4, 0), 4);
    CHECK_COMPLETION(streams.cq, 2, 0, 4);
    CHECK_INT(shutdown(streams.pair[0], SD_RECEIVE), 0);
    receive_small(&streams, 0, 0, 4, 0, 3);
    CHECK_COMPLETION(streams.cq, 3, WSAESHUTDOWN, 0);
    close_streams(&streams);
}

TEST(sends_that_wait_go_out_before_a_shutdown)
{
    struct streams streams;
    RIO_BUF buffer;
    char byte;

    open_streams(&streams);
    fill_large();
    buffer = (RIO_BUF){large_id, 0, LARGE};
    CHECK(rio.RIOSend(streams.rq[0], &buffer, 1, 0, (void *)1));
    CHECK(rio.RIOSend(streams.rq[0], &buffer, 1, 0, (void *)2));
    CHECK_NO_COMPLETION(streams.cq);
    CHECK_INT(shutdown(streams.pair[0], SD_SEND), 0);
    send_small(&streams, 0, 0, 4, 0, 3);
    check_large(streams.pair[1], 2);
    CHECK_COMPLETION(streams.cq, 1, 0, LARGE);
    CHECK_COMPLETION(streams.cq, 2, 0, LARGE);
    CHECK_COMPLETION(streams.cq, 3, WSAESHUTDOWN, 0);
    CHECK_INT(recv(streams.pair[1], &byte, 1, 0), 0);
    close_streams(&streams);
}

TEST(what_a_send_left_over_goes_first)
{
    struct streams streams;
    u_long on = 1;

    open_streams(&streams);
    fill_large();
    CHECK_INT(ioctlsocket(streams.pair[0], FIONBIO, &on), 0);
    CHECK_INT(send(streams.pair[0], large, LARGE, 0), LARGE);
    CHECK_INT(send(streams.pair[0], large, LARGE, 0), SOCKET_ERROR);
    {
        RIO_BUF buffer = {large_id, 0, 8};
        CHECK(rio.RIOSend(streams.rq[0], &buffer, 1, 0, (void *)1));
    }
    CHECK_NO_COMPLETION(streams.cq);
    check_large(streams.pair[1], 1);
    CHECK_COMPLETION(streams.cq, 1, 0, 8);
    {
        char data[16];
        CHECK_INT(recv(streams.pair[1], data, sizeof(data), 0), 8);
        CHECK(!memcmp(data, large, 8));
    }
    close_streams(&streams);
}

TEST(a_stream_without_a_connection_tells_so)
{
    SOCKET s, other;
    RIO_BUF buffer;
    struct sockaddr_in name;
    RIO_CQ cq;
    RIO_RQ rq;

    register_all();
    s = rio_socket(AF_INET, SOCK_STREAM);
    cq = rio_queue_of(8);
    rq = rio_requests(s, 4, cq, 0);
    buffer = (RIO_BUF){small_id, 0, 4};
    CHECK(rio.RIOReceive(rq, &buffer, 1, 0, (void *)1));
    CHECK_COMPLETION(cq, 1, WSAENOTCONN, 0);
    CHECK(rio.RIOSend(rq, &buffer, 1, 0, (void *)2));
    CHECK_COMPLETION(cq, 2, WSAENOTCONN, 0);
    /* and transfers once it has one */
    other = tcp_listener(&name);
    CHECK_INT(connect(s, (struct sockaddr *)&name, sizeof(name)), 0);
    CHECK(rio.RIOSend(rq, &buffer, 1, 0, (void *)3));
    CHECK_COMPLETION(cq, 3, 0, 4);
    CHECK_RIO_ERROR(rio.RIOReceive(rq, NULL, 0, 0, NULL), FALSE, WSAEINVAL); /* streams need a buffer */
    closesocket(s);
    closesocket(other);
    rio.RIOCloseCompletionQueue(cq);
}

TEST(streams_tell_their_names)
{
    static struct
    {
        char data[16];
        SOCKADDR_INET local, remote;
        ULONG flags;
    } memory;
    struct streams streams;
    RIO_BUF data, local, remote, flags;
    SOCKADDR_INET name;
    int size = sizeof(name);
    RIO_BUFFERID id;

    open_streams(&streams);
    id = rio_register(&memory, sizeof(memory));
    data = (RIO_BUF){id, 0, sizeof(memory.data)};
    local = (RIO_BUF){id, (char *)&memory.local - (char *)&memory, sizeof(SOCKADDR_INET)};
    remote = (RIO_BUF){id, (char *)&memory.remote - (char *)&memory, sizeof(SOCKADDR_INET)};
    flags = (RIO_BUF){id, (char *)&memory.flags - (char *)&memory, sizeof(ULONG)};
    memory.flags = 0xcccc;
    send_small(&streams, 0, 0, 4, 0, 1);
    CHECK_COMPLETION(streams.cq, 1, 0, 4);
    CHECK(rio.RIOReceiveEx(streams.rq[1], &data, 1, &local, &remote, NULL, &flags, 0, (void *)2));
    CHECK_COMPLETION(streams.cq, 2, 0, 4);
    CHECK_INT(getsockname(streams.pair[0], (struct sockaddr *)&name, &size), 0);
    CHECK(!memcmp(&memory.remote, &name, 8));
    CHECK_INT(getpeername(streams.pair[0], (struct sockaddr *)&name, &size), 0);
    CHECK(!memcmp(&memory.local, &name, 8));
    CHECK_INT(memory.flags, 0);
    rio.RIODeregisterBuffer(id);
    close_streams(&streams);
}

TEST(acceptex_gives_a_socket_for_registered_io)
{
    LPFN_ACCEPTEX accept_ex;
    GUID guid = WSAID_ACCEPTEX;
    SOCKET listener, acceptor, s;
    struct sockaddr_in name;
    OVERLAPPED overlapped = {0};
    char buffer[2 * (sizeof(struct sockaddr_in) + 16)];
    RIO_BUF part;
    DWORD size;
    RIO_CQ cq;
    RIO_RQ rq;

    register_all();
    listener = tcp_listener(&name);
    acceptor = rio_socket(AF_INET, SOCK_STREAM);
    cq = rio_queue_of(8);
    rq = rio_requests(acceptor, 4, cq, 0); /* before there is a connection */
    overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    CHECK_INT(WSAIoctl(listener, SIO_GET_EXTENSION_FUNCTION_POINTER, &guid, sizeof(guid), &accept_ex,
                       sizeof(accept_ex), &size, NULL, NULL),
              0);
    CHECK_INT(
        accept_ex(listener, acceptor, buffer, 0, sizeof(buffer) / 2, sizeof(buffer) / 2, &size, &overlapped),
        FALSE);
    CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    s = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(connect(s, (struct sockaddr *)&name, sizeof(name)), 0);
    CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    part = (RIO_BUF){small_id, 0, 4};
    CHECK(rio.RIOReceive(rq, &part, 1, 0, (void *)1));
    CHECK_NO_COMPLETION(cq);
    CHECK_INT(send(s, "abc", 3, 0), 3);
    CHECK_COMPLETION(cq, 1, 0, 3);
    CHECK(rio.RIOSend(rq, &part, 1, 0, (void *)2));
    CHECK_COMPLETION(cq, 2, 0, 4);
    CHECK_INT(recv(s, buffer, sizeof(buffer), 0), 4);
    closesocket(listener);
    closesocket(acceptor);
    closesocket(s);
    CloseHandle(overlapped.hEvent);
    rio.RIOCloseCompletionQueue(cq);
}

TEST(registered_io_needs_no_overlapped_socket)
{
    SOCKET listener, s;
    struct sockaddr_in name;
    RIO_BUF part;
    RIO_CQ cq;
    RIO_RQ rq;

    register_all();
    listener = tcp_listener(&name);
    CHECK((s = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_REGISTERED_IO)) != INVALID_SOCKET);
    CHECK_INT(connect(s, (struct sockaddr *)&name, sizeof(name)), 0);
    cq = rio_queue_of(8);
    rq = rio_requests(s, 4, cq, 0);
    part = (RIO_BUF){small_id, 0, 4};
    CHECK(rio.RIOSend(rq, &part, 1, 0, (void *)1));
    CHECK_COMPLETION(cq, 1, 0, 4);
    closesocket(s);
    closesocket(listener);
    rio.RIOCloseCompletionQueue(cq);
}

TEST(a_receive_that_waits_ends_when_receiving_is_shut_down)
{
    struct streams streams;

    open_streams(&streams);
    receive_small(&streams, 0, 0, 4, 0, 1);
    CHECK_NO_COMPLETION(streams.cq);
    CHECK_INT(shutdown(streams.pair[0], SD_RECEIVE), 0);
    CHECK_COMPLETION(streams.cq, 1, WSAESHUTDOWN, 0);
    close_streams(&streams);
}

TEST(a_socket_that_is_used_again_has_its_queue_still)
{
    LPFN_DISCONNECTEX disconnect_ex;
    LPFN_CONNECTEX connect_ex;
    GUID disconnect_id = WSAID_DISCONNECTEX, connect_id = WSAID_CONNECTEX;
    struct sockaddr_in name, local = {.sin_family = AF_INET};
    OVERLAPPED overlapped = {0};
    struct streams streams;
    SOCKET listener, other;
    char data[16];
    DWORD size;

    open_streams(&streams);
    overlapped.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    WSAIoctl(streams.pair[0], SIO_GET_EXTENSION_FUNCTION_POINTER, &disconnect_id, sizeof(disconnect_id),
             &disconnect_ex, sizeof(disconnect_ex), &size, NULL, NULL);
    WSAIoctl(streams.pair[0], SIO_GET_EXTENSION_FUNCTION_POINTER, &connect_id, sizeof(connect_id),
             &connect_ex, sizeof(connect_ex), &size, NULL, NULL);
    send_small(&streams, 0, 0, 3, 0, 1);
    CHECK_COMPLETION(streams.cq, 1, 0, 3);
    CHECK(disconnect_ex(streams.pair[0], NULL, TF_REUSE_SOCKET, 0));
    closesocket(streams.pair[1]);
    streams.pair[1] = INVALID_SOCKET;
    send_small(&streams, 0, 0, 3, 0, 2);
    CHECK_COMPLETION(streams.cq, 2, WSAENOTCONN, 0);
    listener = tcp_listener(&name);
    if (bind(streams.pair[0], (struct sockaddr *)&local, sizeof(local)))
        CHECK_INT(WSAGetLastError(), WSAEINVAL);
    if (!connect_ex(streams.pair[0], (struct sockaddr *)&name, sizeof(name), NULL, 0, NULL, &overlapped))
    {
        CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
        CHECK_INT(WaitForSingleObject(overlapped.hEvent, 10000), WAIT_OBJECT_0);
    }
    CHECK((other = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    memcpy(small, "again", 5);
    send_small(&streams, 0, 0, 5, 0, 3);
    CHECK_COMPLETION(streams.cq, 3, 0, 5);
    CHECK_INT(recv(other, data, sizeof(data), 0), 5);
    receive_small(&streams, 0, 0, 5, 0, 4);
    CHECK_INT(send(other, "back", 4, 0), 4);
    CHECK_COMPLETION(streams.cq, 4, 0, 4);
    closesocket(listener);
    closesocket(other);
    CloseHandle(overlapped.hEvent);
    close_streams(&streams);
}

TEST(events_come_again_after_what_came_was_received)
{
    WSAEVENT event = WSACreateEvent();
    WSANETWORKEVENTS events;
    struct streams streams;
    int i;

    open_streams(&streams);
    CHECK_INT(WSAEventSelect(streams.pair[1], event, FD_READ), 0);
    for (i = 0; i < 4; i++)
    {
        CHECK_INT(send(streams.pair[0], "abc", 3, 0), 3);
        CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
        CHECK_INT(WSAEnumNetworkEvents(streams.pair[1], event, &events), 0);
        CHECK_INT(events.lNetworkEvents, FD_READ);
        receive_small(&streams, 1, 0, 64, 0, i);
        CHECK_COMPLETION(streams.cq, i, 0, 3);
    }
    CloseHandle(event);
    close_streams(&streams);
}
