/*
 * Registered I/O: its queues, buffers, limits and errors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lanes.h"
#include "rio.h"

static char memory[4096];

/* Two datagram sockets with a queue each, and one completion queue. */
struct both
{
    SOCKET socket[2];
    SOCKADDR_INET name[2];
    RIO_CQ cq;
    RIO_RQ rq[2];
    RIO_BUFFERID id;
};

static void open_both(struct both *both, ULONG each)
{
    int i;

    rio_load();
    both->cq = rio_queue_of(4 * each);
    for (i = 0; i < 2; i++) both->socket[i] = rio_udp(AF_INET, &both->name[i]);
    for (i = 0; i < 2; i++)
    {
        CHECK_INT(connect(both->socket[i], (struct sockaddr *)&both->name[!i], sizeof(both->name[i].Ipv4)),
                  0);
        both->rq[i] = rio_requests(both->socket[i], each, both->cq, 100 + i);
    }
    both->id = rio_register(memory, sizeof(memory));
}

static void close_both(struct both *both)
{
    closesocket(both->socket[0]);
    closesocket(both->socket[1]);
    rio.RIOCloseCompletionQueue(both->cq);
    rio.RIODeregisterBuffer(both->id);
}

static BOOL send_part(struct both *both, int from, ULONG offset, ULONG size, DWORD flags, ULONG_PTR context)
{
    RIO_BUF buffer = {both->id, offset, size};

    return rio.RIOSend(both->rq[from], &buffer, 1, flags, (void *)context);
}

static BOOL receive_part(struct both *both, int at, ULONG offset, ULONG size, DWORD flags, ULONG_PTR context)
{
    RIO_BUF buffer = {both->id, offset, size};

    return rio.RIOReceive(both->rq[at], &buffer, 1, flags, (void *)context);
}

TEST(the_table_is_given_to_any_socket)
{
    static const GUID bogus = {0xdeadbeef, 0, 0, {0}};
    RIO_EXTENSION_FUNCTION_TABLE table;
    GUID id = WSAID_MULTIPLE_RIO;
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);
    DWORD returned = 0, i;

    memset(&table, 0, sizeof(table));
    CHECK_INT(rio_ask(s, id, &table, sizeof(table), &returned), 0);
    CHECK_INT(returned, sizeof(table));
    CHECK_INT(table.cbSize, sizeof(table));
    for (i = 1; i < sizeof(table) / sizeof(void *); i++) CHECK(((void **)&table)[i] != NULL);
    CHECK_ERROR(rio_ask(s, id, &table, sizeof(table) - 1, &returned), WSAEFAULT);
    CHECK_ERROR(rio_ask(s, id, NULL, sizeof(table), &returned), WSAEFAULT);
    CHECK_ERROR(rio_ask(s, id, (void *)16, sizeof(table), &returned), WSAEFAULT);
    CHECK_ERROR(rio_ask(s, bogus, &table, sizeof(table), &returned), WSAEINVAL);
    CHECK_ERROR(WSAIoctl(s, SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER, &id, sizeof(id) - 1, &table,
                         sizeof(table), &returned, NULL, NULL),
                WSAEFAULT);
    CHECK_ERROR(WSAIoctl(s, SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER, NULL, sizeof(id), &table,
                         sizeof(table), &returned, NULL, NULL),
                WSAEFAULT);
    closesocket(s);
    CHECK_ERROR(rio_ask(s, id, &table, sizeof(table), &returned), WSAENOTSOCK);
}

TEST(a_send_and_a_receive_complete_with_their_contexts)
{
    struct both both;
    RIORESULT result;

    open_both(&both, 4);
    memcpy(memory, "registered", 10);
    CHECK(send_part(&both, 0, 0, 10, 0, 1));
    result = rio_next(both.cq);
    CHECK_INT(result.Status, 0);
    CHECK_INT(result.BytesTransferred, 10);
    CHECK_INT(result.SocketContext, 100);
    CHECK_INT(result.RequestContext, 1);
    CHECK(receive_part(&both, 1, 1000, 100, 0, 2));
    result = rio_next(both.cq);
    CHECK_INT(result.Status, 0);
    CHECK_INT(result.BytesTransferred, 10);
    CHECK_INT(result.SocketContext, 101);
    CHECK_INT(result.RequestContext, 2);
    CHECK(!memcmp(memory + 1000, "registered", 10));
    CHECK_NO_COMPLETION(both.cq);
    close_both(&both);
}

TEST(it_is_the_host_that_sends_and_receives)
{
    struct both both;

    open_both(&both, 4);
    CHECK_FAST(both.socket[0], WS2_LANE_SEND, send_part(&both, 0, 0, 1, 0, 1));
    CHECK_FAST(both.socket[1], WS2_LANE_RECEIVE, receive_part(&both, 1, 0, 1, 0, 2));
    close_both(&both);
}

TEST(a_receive_waits_for_its_data)
{
    struct both both;

    open_both(&both, 4);
    CHECK(receive_part(&both, 1, 1000, 100, 0, 2));
    CHECK_NO_COMPLETION(both.cq);
    CHECK_INT(send(both.socket[0], "later", 5, 0), 5);
    CHECK_COMPLETION(both.cq, 2, 0, 5);
    CHECK(!memcmp(memory + 1000, "later", 5));
    close_both(&both);
}

TEST(receives_complete_in_order)
{
    struct both both;
    ULONG i;

    open_both(&both, 40);
    for (i = 0; i < 40; i++) CHECK(receive_part(&both, 1, 8 * i, 8, 0, i));
    for (i = 0; i < 40; i++) CHECK_INT(send(both.socket[0], (char *)&i, sizeof(i), 0), sizeof(i));
    for (i = 0; i < 40; i++)
    {
        CHECK_COMPLETION(both.cq, i, 0, sizeof(i));
        CHECK_INT(*(ULONG *)(memory + 8 * i), i);
    }
    close_both(&both);
}

TEST(deferred_requests_wait_for_a_commit)
{
    struct both both;
    char data[8];
    ULONG i;

    open_both(&both, 40);
    for (i = 0; i < 40; i++)
    {
        memcpy(memory + 8 * i, &i, sizeof(i));
        CHECK(send_part(&both, 0, 8 * i, sizeof(i), RIO_MSG_DEFER, i));
    }
    CHECK(rio.RIOSend(both.rq[0], NULL, 0, RIO_MSG_COMMIT_ONLY, NULL));
    for (i = 0; i < 40; i++) CHECK_COMPLETION(both.cq, i, 0, sizeof(i));
    for (i = 0; i < 40; i++)
    {
        CHECK_INT(recv(both.socket[1], data, sizeof(data), 0), sizeof(i));
        CHECK_INT(*(ULONG *)data, i);
    }
    for (i = 0; i < 2; i++) CHECK(receive_part(&both, 1, 64 * i, 64, RIO_MSG_DEFER, i));
    CHECK_INT(send(both.socket[0], "a", 1, 0), 1);
    CHECK_INT(send(both.socket[0], "bc", 2, 0), 2);
    CHECK(rio.RIOReceive(both.rq[1], NULL, 0, RIO_MSG_COMMIT_ONLY, NULL));
    CHECK_COMPLETION(both.cq, 0, 0, 1);
    CHECK_COMPLETION(both.cq, 1, 0, 2);
    close_both(&both);
}

TEST(a_request_that_is_not_deferred_commits_those_before_it)
{
    struct both both;

    open_both(&both, 4);
    CHECK(send_part(&both, 0, 0, 1, RIO_MSG_DEFER, 1));
    CHECK(send_part(&both, 0, 0, 2, RIO_MSG_DEFER, 2));
    CHECK(send_part(&both, 0, 0, 3, 0, 3));
    CHECK_COMPLETION(both.cq, 1, 0, 1);
    CHECK_COMPLETION(both.cq, 2, 0, 2);
    CHECK_COMPLETION(both.cq, 3, 0, 3);
    close_both(&both);
}

TEST(a_commit_comes_alone)
{
    struct both both;
    RIO_BUF buffer;

    open_both(&both, 4);
    buffer = (RIO_BUF){both.id, 0, 1};
    CHECK_RIO_ERROR(rio.RIOSend(both.rq[0], &buffer, 1, RIO_MSG_COMMIT_ONLY, NULL), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOSend(both.rq[0], NULL, 0, RIO_MSG_COMMIT_ONLY | RIO_MSG_DEFER, NULL), FALSE,
                    WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOReceive(both.rq[0], NULL, 0, RIO_MSG_COMMIT_ONLY, &buffer), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(
        rio.RIOReceiveEx(both.rq[0], NULL, 0, NULL, &buffer, NULL, NULL, RIO_MSG_COMMIT_ONLY, NULL), FALSE,
        WSAEINVAL);
    CHECK(rio.RIOReceive(both.rq[0], NULL, 0, RIO_MSG_COMMIT_ONLY, NULL));
    CHECK(rio.RIOSendEx(both.rq[0], NULL, 0, NULL, NULL, NULL, NULL, RIO_MSG_COMMIT_ONLY, NULL));
    CHECK_NO_COMPLETION(both.cq);
    close_both(&both);
}

TEST(flags_must_be_known_and_fit)
{
    struct both both;

    open_both(&both, 4);
    CHECK_RIO_ERROR(send_part(&both, 0, 0, 1, 0x10, 1), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(send_part(&both, 0, 0, 1, RIO_MSG_WAITALL, 1), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(receive_part(&both, 0, 0, 1, 0x80, 1), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(receive_part(&both, 0, 0, 1, RIO_MSG_WAITALL, 1), FALSE, WSAEINVAL);
    CHECK_NO_COMPLETION(both.cq);
    close_both(&both);
}

TEST(buffers_must_be_registered_and_contain_their_parts)
{
    struct both both;
    RIO_BUF buffer;

    open_both(&both, 4);
    CHECK_RIO_ERROR(rio.RIORegisterBuffer(memory, 0), RIO_INVALID_BUFFERID, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIORegisterBuffer(NULL, 10), RIO_INVALID_BUFFERID, WSAEFAULT);
    CHECK_RIO_ERROR(rio.RIORegisterBuffer((char *)0x10, 10), RIO_INVALID_BUFFERID, WSAEFAULT);
    CHECK_RIO_ERROR(rio.RIORegisterBuffer((char *)-100, 1000), RIO_INVALID_BUFFERID, WSAEFAULT);
    CHECK_RIO_ERROR(send_part(&both, 0, 4000, 97, 0, 1), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(send_part(&both, 0, 4097, 0, 0, 1), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(send_part(&both, 0, 1, 0xffffffff, 0, 1), FALSE, WSAEINVAL);
    buffer = (RIO_BUF){RIO_INVALID_BUFFERID, 0, 1};
    CHECK_RIO_ERROR(rio.RIOSend(both.rq[0], &buffer, 1, 0, NULL), FALSE, WSAEFAULT);
    buffer.BufferId = NULL;
    CHECK_RIO_ERROR(rio.RIOReceive(both.rq[0], &buffer, 1, 0, NULL), FALSE, WSAEFAULT);
    CHECK_RIO_ERROR(rio.RIOSend(both.rq[0], (RIO_BUF *)16, 1, 0, NULL), FALSE, WSAEFAULT);
    buffer = (RIO_BUF){both.id, 0, 1};
    CHECK_RIO_ERROR(rio.RIOSend(both.rq[0], &buffer, 2, 0, NULL), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOSend(both.rq[0], &buffer, 0, 0, NULL), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOSend(both.rq[0], NULL, 1, 0, NULL), FALSE, WSAEINVAL);
    CHECK(send_part(&both, 0, 4096, 0, 0, 1));
    CHECK_COMPLETION(both.cq, 1, 0, 0);
    rio.RIODeregisterBuffer(both.id);
    CHECK_RIO_ERROR(send_part(&both, 0, 0, 1, 0, 1), FALSE, WSAEFAULT);
    rio.RIODeregisterBuffer(both.id);
    rio.RIODeregisterBuffer(RIO_INVALID_BUFFERID);
    rio.RIODeregisterBuffer(NULL);
    close_both(&both);
}

TEST(a_buffer_that_is_deregistered_is_not_written_to)
{
    struct both both;

    open_both(&both, 4);
    memset(memory, 'x', 64);
    CHECK(receive_part(&both, 1, 0, 64, 0, 1));
    rio.RIODeregisterBuffer(both.id);
    CHECK_INT(send(both.socket[0], "data", 4, 0), 4);
    CHECK_COMPLETION(both.cq, 1, 0, 4);
    CHECK(!memcmp(memory, "xxxx", 4));
    close_both(&both);
}

TEST(nor_with_what_tells_where_data_came_from)
{
    static SOCKADDR_INET address, untouched;
    RIO_BUF data, local, remote;
    struct both both;

    open_both(&both, 4);
    memset(memory, 'x', 64);
    memset(&address, 'x', sizeof(address));
    untouched = address;
    data = (RIO_BUF){both.id, 0, 64};
    local = remote = (RIO_BUF){rio_register(&address, sizeof(address)), 0, sizeof(address)};
    CHECK(rio.RIOReceiveEx(both.rq[1], &data, 1, &local, NULL, NULL, NULL, 0, (void *)1));
    CHECK(rio.RIOReceiveEx(both.rq[1], &data, 1, NULL, &remote, NULL, NULL, 0, (void *)2));
    rio.RIODeregisterBuffer(both.id);
    rio.RIODeregisterBuffer(local.BufferId);
    CHECK_INT(send(both.socket[0], "data", 4, 0), 4);
    CHECK_INT(send(both.socket[0], "more", 4, 0), 4);
    CHECK_COMPLETION(both.cq, 1, 0, 4);
    CHECK_COMPLETION(both.cq, 2, 0, 4);
    CHECK(!memcmp(memory, "xxxx", 4));
    CHECK(!memcmp(&address, &untouched, sizeof(address)));
    close_both(&both);
}

TEST(a_receive_whose_buffer_was_freed_fails)
{
    char *data = VirtualAlloc(NULL, 4096, MEM_COMMIT, PAGE_READWRITE);
    RIO_BUF buffer;
    struct both both;

    open_both(&both, 4);
    buffer = (RIO_BUF){rio_register(data, 4096), 0, 100};
    CHECK(rio.RIOReceive(both.rq[1], &buffer, 1, 0, (void *)7));
    VirtualFree(data, 0, MEM_RELEASE);
    CHECK_INT(send(both.socket[0], "data", 4, 0), 4);
    CHECK_COMPLETION(both.cq, 7, WSAEFAULT, 0);
    rio.RIODeregisterBuffer(buffer.BufferId);
    close_both(&both);
}

TEST(a_queue_has_no_more_outstanding_than_it_was_made_for)
{
    struct both both;
    RIORESULT results[8];

    open_both(&both, 2);
    CHECK(receive_part(&both, 1, 0, 64, RIO_MSG_DEFER, 1));
    CHECK(receive_part(&both, 1, 64, 64, 0, 2));
    CHECK_RIO_ERROR(receive_part(&both, 1, 0, 64, 0, 3), FALSE, WSAENOBUFS);
    CHECK(send_part(&both, 0, 0, 1, 0, 4));
    CHECK(send_part(&both, 0, 0, 1, 0, 5));
    /* what is not dequeued counts */
    CHECK_RIO_ERROR(send_part(&both, 0, 0, 1, 0, 6), FALSE, WSAENOBUFS);
    while (rio.RIODequeueCompletion(both.cq, results, 1) == 1 && results[0].RequestContext != 2)
        ;
    while (results[0].RequestContext != 2) results[0] = rio_next(both.cq);
    CHECK(send_part(&both, 0, 0, 1, 0, 7));
    CHECK(receive_part(&both, 1, 0, 64, 0, 8));
    close_both(&both);
}

TEST(a_queue_without_sends_takes_none)
{
    char data[16];
    SOCKADDR_INET name;
    RIO_BUF buffer;
    SOCKET s;
    RIO_CQ cq;
    RIO_RQ rq;

    rio_load();
    s = rio_udp(AF_INET, &name);
    cq = rio_queue_of(1);
    CHECK((rq = rio.RIOCreateRequestQueue(s, 1, 1, 0, 0, cq, cq, NULL)) != RIO_INVALID_RQ);
    buffer = (RIO_BUF){rio_register(data, sizeof(data)), 0, sizeof(data)};
    CHECK_RIO_ERROR(rio.RIOSend(rq, &buffer, 1, 0, NULL), FALSE, WSAENOBUFS);
    CHECK(rio.RIOReceive(rq, &buffer, 1, 0, NULL));
    closesocket(s);
    rio.RIOCloseCompletionQueue(cq);
    rio.RIODeregisterBuffer(buffer.BufferId);
}

TEST(completion_queues_have_room_for_all_their_request_queues)
{
    SOCKADDR_INET name;
    SOCKET s[2];
    RIO_CQ cq, other;
    RIO_RQ rq;

    rio_load();
    cq = rio_queue_of(8);
    other = rio_queue_of(2);
    s[0] = rio_udp(AF_INET, &name);
    s[1] = rio_udp(AF_INET, &name);
    CHECK_RIO_ERROR(rio.RIOCreateRequestQueue(s[0], 5, 1, 4, 1, cq, cq, NULL), RIO_INVALID_RQ, WSAENOBUFS);
    CHECK_RIO_ERROR(rio.RIOCreateRequestQueue(s[0], 8, 1, 3, 1, cq, other, NULL), RIO_INVALID_RQ, WSAENOBUFS);
    rq = rio_requests(s[0], 3, cq, 0);
    CHECK_RIO_ERROR(rio.RIOCreateRequestQueue(s[1], 2, 1, 1, 1, cq, cq, NULL), RIO_INVALID_RQ, WSAENOBUFS);
    CHECK_RIO_ERROR(rio.RIOResizeRequestQueue(rq, 5, 4), FALSE, WSAENOBUFS);
    CHECK(rio.RIOResizeRequestQueue(rq, 5, 3));
    CHECK_RIO_ERROR(rio.RIOResizeCompletionQueue(cq, 7), FALSE, WSAETOOMANYREFS);
    CHECK(rio.RIOResizeCompletionQueue(cq, 10));
    rio_requests(s[1], 1, cq, 0);
    /* places are free again when their socket is closed */
    closesocket(s[0]);
    CHECK(rio.RIOResizeCompletionQueue(cq, 2));
    CHECK_RIO_ERROR(rio.RIOResizeCompletionQueue(cq, 1), FALSE, WSAETOOMANYREFS);
    closesocket(s[1]);
    CHECK(rio.RIOResizeCompletionQueue(cq, 1));
    rio.RIOCloseCompletionQueue(cq);
    rio.RIOCloseCompletionQueue(other);
}

TEST(what_is_queued_survives_resizing)
{
    struct both both;
    ULONG i;

    open_both(&both, 4);
    for (i = 0; i < 3; i++) CHECK(receive_part(&both, 1, 64 * i, 64, 0, 10 + i));
    CHECK_RIO_ERROR(rio.RIOResizeRequestQueue(both.rq[1], 2, 4), FALSE, WSAETOOMANYREFS);
    CHECK(rio.RIOResizeRequestQueue(both.rq[1], 3, 1));
    CHECK_RIO_ERROR(receive_part(&both, 1, 0, 64, 0, 20), FALSE, WSAENOBUFS);
    CHECK_INT(send(both.socket[0], "abc", 3, 0), 3);
    CHECK_COMPLETION(both.cq, 10, 0, 3);
    CHECK(receive_part(&both, 1, 192, 64, 0, 13));
    CHECK(rio.RIOResizeCompletionQueue(both.cq, 100));
    CHECK(rio.RIOResizeRequestQueue(both.rq[1], 8, 4));
    CHECK(receive_part(&both, 1, 256, 64, 0, 14));
    for (i = 1; i < 5; i++) CHECK_INT(send(both.socket[0], memory, i, 0), i);
    CHECK_COMPLETION(both.cq, 11, 0, 1);
    CHECK(rio.RIOResizeCompletionQueue(both.cq, 20));
    for (i = 2; i < 5; i++) CHECK_COMPLETION(both.cq, 10 + i, 0, i);
    CHECK_NO_COMPLETION(both.cq);
    CHECK_RIO_ERROR(rio.RIOResizeRequestQueue(both.rq[1], 0, 0), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOResizeRequestQueue(RIO_INVALID_RQ, 1, 1), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOResizeCompletionQueue(both.cq, 0), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOResizeCompletionQueue(both.cq, RIO_MAX_CQ_SIZE + 1), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOResizeCompletionQueue(RIO_INVALID_CQ, 4), FALSE, WSAEINVAL);
    close_both(&both);
}

TEST(completion_queues_have_a_size_and_a_way_to_notify)
{
    RIO_NOTIFICATION_COMPLETION how = {.Type = RIO_EVENT_COMPLETION};
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    OVERLAPPED overlapped;
    RIO_CQ cq;

    rio_load();
    CHECK_RIO_ERROR(rio.RIOCreateCompletionQueue(0, NULL), RIO_INVALID_CQ, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOCreateCompletionQueue(RIO_MAX_CQ_SIZE + 1, NULL), RIO_INVALID_CQ, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOCreateCompletionQueue(1, (RIO_NOTIFICATION_COMPLETION *)16), RIO_INVALID_CQ,
                    WSAEFAULT);
    CHECK_RIO_ERROR(rio.RIOCreateCompletionQueue(1, &how), RIO_INVALID_CQ, WSAEINVAL);
    how.Event.EventHandle = port;
    CHECK_RIO_ERROR(rio.RIOCreateCompletionQueue(1, &how), RIO_INVALID_CQ, WSAEINVAL);
    how.Event.EventHandle = event;
    CHECK((cq = rio.RIOCreateCompletionQueue(1, &how)) != RIO_INVALID_CQ);
    rio.RIOCloseCompletionQueue(cq);
    how = (RIO_NOTIFICATION_COMPLETION){.Type = 3, .Event = {event, FALSE}};
    CHECK_RIO_ERROR(rio.RIOCreateCompletionQueue(1, &how), RIO_INVALID_CQ, WSAEINVAL);
    how = (RIO_NOTIFICATION_COMPLETION){.Type = RIO_IOCP_COMPLETION, .Iocp = {port, NULL, NULL}};
    CHECK_RIO_ERROR(rio.RIOCreateCompletionQueue(1, &how), RIO_INVALID_CQ, WSAEINVAL);
    how.Iocp.Overlapped = &overlapped;
    CHECK((cq = rio.RIOCreateCompletionQueue(1, &how)) != RIO_INVALID_CQ);
    rio.RIOCloseCompletionQueue(cq);
    how.Iocp.IocpHandle = event;
    CHECK_RIO_ERROR(rio.RIOCreateCompletionQueue(1, &how), RIO_INVALID_CQ, WSAEINVAL);
    CloseHandle(event);
    CloseHandle(port);
}

TEST(a_queue_that_is_none_is_corrupt)
{
    RIORESULT result;
    RIO_CQ cq;

    rio_load();
    CHECK_INT(rio.RIODequeueCompletion(RIO_INVALID_CQ, &result, 1), RIO_CORRUPT_CQ);
    CHECK_INT(rio.RIODequeueCompletion((RIO_CQ)memory, &result, 1), RIO_CORRUPT_CQ);
    CHECK_INT(rio.RIONotify(RIO_INVALID_CQ), WSAEINVAL);
    rio.RIOCloseCompletionQueue(RIO_INVALID_CQ);
    cq = rio_queue_of(4);
    CHECK_INT(rio.RIODequeueCompletion(cq, &result, 1), 0);
    CHECK_INT(rio.RIONotify(cq), WSAEINVAL); /* it was made without a way */
    rio.RIOCloseCompletionQueue(cq);
    CHECK_INT(rio.RIODequeueCompletion(cq, &result, 1), RIO_CORRUPT_CQ);
    CHECK_INT(rio.RIONotify(cq), WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOResizeCompletionQueue(cq, 10), FALSE, WSAEINVAL);
    rio.RIOCloseCompletionQueue(cq);
}

TEST(completions_are_kept_if_there_is_nowhere_to_write_them)
{
    struct both both;

    open_both(&both, 4);
    CHECK(send_part(&both, 0, 0, 1, 0, 1));
    CHECK_INT(rio.RIODequeueCompletion(both.cq, (RIORESULT *)16, 1), RIO_CORRUPT_CQ);
    CHECK_COMPLETION(both.cq, 1, 0, 1);
    close_both(&both);
}

TEST(a_request_queue_is_a_fitting_sockets_only_one)
{
    SOCKET plain = socket(AF_INET, SOCK_DGRAM, 0), s;
    SOCKET other = WSASocketW(AF_UNIX, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_REGISTERED_IO | WSA_FLAG_OVERLAPPED);
    SOCKADDR_INET name;
    RIO_BUF buffer;
    RIO_CQ cq;

    rio_load();
    cq = rio_queue_of(16);
    buffer = (RIO_BUF){rio_register(memory, sizeof(memory)), 0, 1};
    s = rio_udp(AF_INET, &name);
    CHECK_RIO_ERROR(rio.RIOCreateRequestQueue(plain, 1, 1, 1, 1, cq, cq, NULL), RIO_INVALID_RQ,
                    WSAEOPNOTSUPP);
    CHECK_RIO_ERROR(rio.RIOCreateRequestQueue(other, 1, 1, 1, 1, cq, cq, NULL), RIO_INVALID_RQ,
                    WSAEOPNOTSUPP);
    CHECK_RIO_ERROR(rio.RIOCreateRequestQueue(s, 1, 1, 1, 1, RIO_INVALID_CQ, cq, NULL), RIO_INVALID_RQ,
                    WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOCreateRequestQueue(s, 1, 1, 1, 1, cq, RIO_INVALID_CQ, NULL), RIO_INVALID_RQ,
                    WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOCreateRequestQueue(s, 0, 1, 0, 1, cq, cq, NULL), RIO_INVALID_RQ, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOCreateRequestQueue(s, 1, 2, 1, 1, cq, cq, NULL), RIO_INVALID_RQ, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOCreateRequestQueue(s, 1, 1, 1, 0, cq, cq, NULL), RIO_INVALID_RQ, WSAEINVAL);
    rio_requests(s, 2, cq, 0);
    CHECK_RIO_ERROR(rio.RIOCreateRequestQueue(s, 1, 1, 1, 1, cq, cq, NULL), RIO_INVALID_RQ, WSAEINVAL);
    closesocket(s);
    CHECK_RIO_ERROR(rio.RIOCreateRequestQueue(s, 1, 1, 1, 1, cq, cq, NULL), RIO_INVALID_RQ, WSAENOTSOCK);
    CHECK_RIO_ERROR(rio.RIOSend(RIO_INVALID_RQ, &buffer, 1, 0, NULL), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(rio.RIOReceive((RIO_RQ)memory, &buffer, 1, 0, NULL), FALSE, WSAEINVAL);
    closesocket(plain);
    closesocket(other);
    rio.RIODeregisterBuffer(buffer.BufferId);
    rio.RIOCloseCompletionQueue(cq);
}

TEST(closesocket_ends_what_is_outstanding)
{
    struct both both;

    open_both(&both, 4);
    CHECK(receive_part(&both, 1, 0, 64, 0, 1));
    CHECK(receive_part(&both, 1, 64, 64, RIO_MSG_DEFER, 2));
    CHECK(send_part(&both, 1, 0, 1, RIO_MSG_DEFER, 3));
    closesocket(both.socket[1]);
    CHECK_COMPLETION(both.cq, 1, WSA_OPERATION_ABORTED, 0);
    CHECK_COMPLETION(both.cq, 2, WSA_OPERATION_ABORTED, 0);
    CHECK_COMPLETION(both.cq, 3, WSA_OPERATION_ABORTED, 0);
    CHECK_RIO_ERROR(send_part(&both, 1, 0, 1, 0, 4), FALSE, WSAEINVAL);
    /* and the completion queue goes on */
    CHECK(send_part(&both, 0, 0, 1, 0, 5));
    CHECK_COMPLETION(both.cq, 5, 0, 1);
    CHECK_NO_COMPLETION(both.cq);
    close_both(&both);
}

TEST(what_was_completed_outlives_its_socket)
{
    struct both both;

    open_both(&both, 2);
    CHECK(send_part(&both, 0, 0, 3, 0, 1));
    closesocket(both.socket[0]);
    /* its places stay taken until then */
    CHECK_RIO_ERROR(rio.RIOResizeCompletionQueue(both.cq, 4), FALSE, WSAETOOMANYREFS);
    CHECK_COMPLETION(both.cq, 1, 0, 3);
    CHECK(rio.RIOResizeCompletionQueue(both.cq, 4));
    close_both(&both);
}

TEST(closehandle_ends_what_is_outstanding)
{
    struct both both;
    RIORESULT result;

    open_both(&both, 4);
    CHECK(receive_part(&both, 1, 0, 64, 0, 1));
    CHECK(CloseHandle((HANDLE)both.socket[1]));
    result = rio_next(both.cq);
    CHECK_INT(result.Status, WSA_OPERATION_ABORTED);
    CHECK_INT(result.RequestContext, 1);
    closesocket(both.socket[0]);
    rio.RIOCloseCompletionQueue(both.cq);
    rio.RIODeregisterBuffer(both.id);
}

TEST(completions_of_a_closed_queue_are_dropped)
{
    struct both both;
    char data[8];

    open_both(&both, 4);
    CHECK(receive_part(&both, 1, 0, 64, 0, 1));
    rio.RIOCloseCompletionQueue(both.cq);
    CHECK_INT(send(both.socket[0], "x", 1, 0), 1);
    CHECK_RIO_ERROR(send_part(&both, 0, 0, 1, 0, 2), FALSE, WSAEINVAL);
    CHECK_RIO_ERROR(receive_part(&both, 0, 0, 1, 0, 2), FALSE, WSAEINVAL);
    /* the sockets are as they were */
    CHECK_INT(send(both.socket[1], "y", 1, 0), 1);
    CHECK_INT(recv(both.socket[0], data, sizeof(data), 0), 1);
    close_both(&both);
}
