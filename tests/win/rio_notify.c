/*
 * Registered I/O: being told of completions, and asking for them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "rio_end.h"

struct notified
{
    struct end end;
    HANDLE object;
};

static void open_notified(struct notified *at, RIO_NOTIFICATION_COMPLETION *how)
{
    RIO_CQ cq = rio.RIOCreateCompletionQueue(32, how);

    CHECK(cq != RIO_INVALID_CQ);
    at->end.socket = rio_udp(AF_INET, &at->end.name);
    make_queue(&at->end, cq);
}

/* And somebody to send there. */
static void open_with_event(struct notified *at, struct end *from, BOOL reset)
{
    RIO_NOTIFICATION_COMPLETION how = {.Type = RIO_EVENT_COMPLETION};

    open_end(from, AF_INET);
    CHECK((at->object = CreateEventW(NULL, TRUE, FALSE, NULL)) != NULL);
    how.Event.EventHandle = at->object;
    how.Event.NotifyReset = reset;
    open_notified(at, &how);
}

static BOOL is_set(HANDLE event)
{
    return WaitForSingleObject(event, 0) == WAIT_OBJECT_0;
}

static void receive_one(struct end *end, DWORD flags, ULONG_PTR context)
{
    RIO_BUF data = PART(data[1]);

    CHECK(rio.RIOReceive(end->rq, &data, 1, flags, (void *)context));
}

static void close_notified(struct notified *at, struct end *from)
{
    close_end(&at->end);
    CloseHandle(at->object);
    close_end(from);
}

TEST(the_event_is_set_when_something_completes)
{
    struct notified at;
    struct end from;

    open_with_event(&at, &from, FALSE);
    receive_one(&at.end, 0, 1);
    CHECK_INT(rio.RIONotify(at.end.cq), ERROR_SUCCESS);
    CHECK_INT(rio.RIONotify(at.end.cq), WSAEALREADY);
    CHECK(!is_set(at.object));
    send_to(&from, &at.end.name, "x");
    CHECK_INT(WaitForSingleObject(at.object, 10000), WAIT_OBJECT_0);
    CHECK_COMPLETION(at.end.cq, 1, 0, 1);
    /* once, until asked again, and then it is the program's to reset */
    CHECK(is_set(at.object));
    ResetEvent(at.object);
    receive_one(&at.end, 0, 2);
    send_to(&from, &at.end.name, "y");
    CHECK_COMPLETION(at.end.cq, 2, 0, 1);
    CHECK(!is_set(at.object));
    CHECK_INT(rio.RIONotify(at.end.cq), ERROR_SUCCESS);
    CHECK(!is_set(at.object));
    close_notified(&at, &from);
}

TEST(what_is_in_the_queue_already_is_told_at_once)
{
    struct notified at;
    struct end from;

    open_with_event(&at, &from, FALSE);
    send_to(&from, &at.end.name, "x");
    receive_one(&at.end, 0, 1);
    CHECK(!is_set(at.object));
    CHECK_INT(rio.RIONotify(at.end.cq), ERROR_SUCCESS);
    CHECK_INT(WaitForSingleObject(at.object, 10000), WAIT_OBJECT_0);
    CHECK_INT(rio.RIONotify(at.end.cq), ERROR_SUCCESS); /* the last one was answered */
    CHECK_COMPLETION(at.end.cq, 1, 0, 1);
    close_notified(&at, &from);
}

TEST(notify_resets_the_event_if_it_is_to)
{
    struct notified at;
    struct end from;

    open_with_event(&at, &from, TRUE);
    SetEvent(at.object);
    CHECK_INT(rio.RIONotify(at.end.cq), ERROR_SUCCESS);
    CHECK(!is_set(at.object));
    receive_one(&at.end, 0, 1);
    send_to(&from, &at.end.name, "x");
    CHECK_INT(WaitForSingleObject(at.object, 10000), WAIT_OBJECT_0);
    CHECK_COMPLETION(at.end.cq, 1, 0, 1);
    CHECK_INT(rio.RIONotify(at.end.cq), ERROR_SUCCESS);
    CHECK(!is_set(at.object));
    close_notified(&at, &from);
}

TEST(quiet_requests_notify_nobody)
{
    struct notified at;
    struct end from;

    open_with_event(&at, &from, FALSE);
    send_to(&from, &at.end.name, "x");
    receive_one(&at.end, RIO_MSG_DONT_NOTIFY, 1);
    CHECK_INT(rio.RIONotify(at.end.cq), ERROR_SUCCESS);
    CHECK(!is_set(at.object)); /* for this the queue is empty */
    send_to(&from, &at.end.name, "y");
    receive_one(&at.end, RIO_MSG_DONT_NOTIFY, 2);
    CHECK(!is_set(at.object));
    send_to(&from, &at.end.name, "z");
    receive_one(&at.end, 0, 3);
    CHECK_INT(WaitForSingleObject(at.object, 10000), WAIT_OBJECT_0);
    CHECK_COMPLETION(at.end.cq, 1, 0, 1);
    CHECK_COMPLETION(at.end.cq, 2, 0, 1);
    CHECK_COMPLETION(at.end.cq, 3, 0, 1);
    close_notified(&at, &from);
}

TEST(the_queue_keeps_the_event_that_its_program_has_closed)
{
    struct notified at;
    struct end from;
    HANDLE other;

    open_with_event(&at, &from, FALSE);
    CHECK(DuplicateHandle(GetCurrentProcess(), at.object, GetCurrentProcess(), &other, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CloseHandle(at.object);
    CHECK_INT(rio.RIONotify(at.end.cq), ERROR_SUCCESS);
    receive_one(&at.end, 0, 1);
    send_to(&from, &at.end.name, "x");
    CHECK_INT(WaitForSingleObject(other, 10000), WAIT_OBJECT_0);
    at.object = other;
    close_notified(&at, &from);
}

TEST(closesocket_is_told_of_too)
{
    struct notified at;
    struct end from;

    open_with_event(&at, &from, FALSE);
    receive_one(&at.end, 0, 1);
    CHECK_INT(rio.RIONotify(at.end.cq), ERROR_SUCCESS);
    closesocket(at.end.socket);
    CHECK_INT(WaitForSingleObject(at.object, 10000), WAIT_OBJECT_0);
    CHECK_COMPLETION(at.end.cq, 1, WSA_OPERATION_ABORTED, 0);
    close_notified(&at, &from);
}

/* Receives in the way of a program that asks for completions all the time. */
static void poll_for_some(struct end *at, struct end *from)
{
    ULONG i;

    for (i = 0; i < 20; i++)
    {
        receive_one(at, 0, i);
        CHECK_NO_COMPLETION(at->cq);
        send_to(from, &at->name, "polled");
        CHECK_COMPLETION(at->cq, i, 0, 6);
    }
}

TEST(who_stops_asking_is_served_all_the_same)
{
    volatile char *first = memory.data[1];
    struct end from, at;
    ULONGLONG start = GetTickCount64();

    open_end(&from, AF_INET);
    open_end(&at, AF_INET);
    poll_for_some(&at, &from);
    receive_one(&at, 0, 100);
    *first = 0;
    send_to(&from, &at.name, "later");
    while (!*first && GetTickCount64() - start < 10000) Sleep(1);
    CHECK_INT(*first, 'l');
    CHECK_COMPLETION(at.cq, 100, 0, 5);
    close_end(&from);
    close_end(&at);
}

TEST(who_has_asked_without_end_can_be_told_too)
{
    struct notified at;
    struct end from;

    open_with_event(&at, &from, FALSE);
    poll_for_some(&at.end, &from);
    receive_one(&at.end, 0, 100);
    CHECK_INT(rio.RIONotify(at.end.cq), ERROR_SUCCESS);
    CHECK(!is_set(at.object));
    send_to(&from, &at.end.name, "x");
    CHECK_INT(WaitForSingleObject(at.object, 10000), WAIT_OBJECT_0);
    CHECK_COMPLETION(at.end.cq, 100, 0, 1);
    close_notified(&at, &from);
}

/* Echoes datagrams to where they came from, until one is empty. */
struct echo
{
    struct notified at;
    OVERLAPPED overlapped;
    ULONG echoed;
};

#define ECHO_RECEIVES 4
#define ECHOED 500

static struct
{
    struct
    {
        char data[128];
        SOCKADDR_INET remote;
    } slot[ECHO_RECEIVES];
} echo_memory;

static RIO_BUFFERID echo_id;

static void echo_parts(ULONG i, ULONG size, RIO_BUF *data, RIO_BUF *remote)
{
    *data = (RIO_BUF){echo_id, (char *)echo_memory.slot[i].data - (char *)&echo_memory, size};
    *remote =
        (RIO_BUF){echo_id, (char *)&echo_memory.slot[i].remote - (char *)&echo_memory, sizeof(SOCKADDR_INET)};
}

static BOOL echo_one(struct echo *echo, const RIORESULT *result)
{
    ULONG i = result->RequestContext >> 1;
    const BOOL sent = result->RequestContext & 1;
    RIO_BUF data, remote;

    if (result->Status) return FALSE;
    if (!sent && !result->BytesTransferred) return FALSE;
    echo_parts(i, sent ? sizeof(echo_memory.slot[i].data) : result->BytesTransferred, &data, &remote);
    if (sent)
    {
        echo->echoed++;
        return rio.RIOReceiveEx(echo->at.end.rq, &data, 1, NULL, &remote, NULL, NULL, 0,
                                (void *)(ULONG_PTR)(i << 1));
    }
    return rio.RIOSendEx(echo->at.end.rq, &data, 1, NULL, &remote, NULL, NULL, 0,
                         (void *)(ULONG_PTR)(i << 1 | 1));
}

static DWORD WINAPI echo_thread(void *arg)
{
    struct echo *echo = arg;
    OVERLAPPED *overlapped;
    RIORESULT results[8];
    ULONG_PTR key;
    DWORD size;
    ULONG i, count;

    while (!rio.RIONotify(echo->at.end.cq) &&
           GetQueuedCompletionStatus(echo->at.object, &size, &key, &overlapped, 20000))
    {
        if (key != 4711 || overlapped != &echo->overlapped) return 1;
        while ((count = rio.RIODequeueCompletion(echo->at.end.cq, results, 8)))
            for (i = 0; i < count; i++)
                if (!echo_one(echo, &results[i])) return 0;
    }
    return 2;
}

static void open_echo(struct echo *echo)
{
    RIO_NOTIFICATION_COMPLETION how = {.Type = RIO_IOCP_COMPLETION};
    RIO_CQ cq;
    ULONG i;

    CHECK((echo->at.object = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0)) != NULL);
    how.Iocp.IocpHandle = echo->at.object;
    how.Iocp.CompletionKey = (void *)4711;
    how.Iocp.Overlapped = &echo->overlapped;
    echo->echoed = 0;
    CHECK((cq = rio.RIOCreateCompletionQueue(32, &how)) != RIO_INVALID_CQ);
    echo->at.end.socket = rio_udp(AF_INET, &echo->at.end.name);
    echo->at.end.cq = echo->at.end.sent = cq;
    echo->at.end.rq = rio_requests(echo->at.end.socket, 16, cq, 0);
    echo_id = rio_register(&echo_memory, sizeof(echo_memory));
    for (i = 0; i < ECHO_RECEIVES; i++)
    {
        RIO_BUF data, remote;

        echo_parts(i, sizeof(echo_memory.slot[i].data), &data, &remote);
        CHECK(rio.RIOReceiveEx(echo->at.end.rq, &data, 1, NULL, &remote, NULL, NULL, 0,
                               (void *)(ULONG_PTR)(i << 1)));
    }
}

TEST(an_echo_server_is_told_through_its_port)
{
    struct sockaddr_in name;
    struct echo echo;
    DWORD code, limit = 10000;
    HANDLE thread;
    SOCKET s;
    int i;

    rio_load();
    open_echo(&echo);
    CHECK((thread = CreateThread(NULL, 0, echo_thread, &echo, 0, NULL)) != NULL);
    udp_bound(&s, &name);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&limit, sizeof(limit)), 0);
    CHECK_INT(connect(s, (struct sockaddr *)&echo.at.end.name, sizeof(echo.at.end.name.Ipv4)), 0);
    for (i = 0; i < ECHOED; i++)
    {
        char text[64], data[64];
        int size = sprintf(text, "datagram %d", i);

        CHECK_INT(send(s, text, size, 0), size);
        CHECK_INT(recv(s, data, sizeof(data), 0), size);
        CHECK(!memcmp(data, text, size));
    }
    CHECK_INT(send(s, NULL, 0, 0), 0);
    CHECK_INT(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_INT(code, 0);
    CHECK(echo.echoed + ECHO_RECEIVES >= ECHOED);
    CloseHandle(thread);
    closesocket(s);
    close_end(&echo.at.end);
    CloseHandle(echo.at.object);
    rio.RIODeregisterBuffer(echo_id);
}
