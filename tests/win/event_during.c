/*
 * FD_READ and who waits for its event when data come, by whatever means.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "event_waiter.h"

static DWORD wait_for_either(struct waiter *waiter)
{
    return WaitForMultipleObjects(2, waiter->handles, FALSE, 20000);
}

static DWORD wait_for_both(struct waiter *waiter)
{
    return WaitForMultipleObjects(2, waiter->handles, TRUE, 20000);
}

static DWORD wait_alertably(struct waiter *waiter)
{
    return WSAWaitForMultipleEvents(1, waiter->handles, FALSE, 20000, TRUE);
}

static DWORD wait_with_messages(struct waiter *waiter)
{
    return MsgWaitForMultipleObjects(1, waiter->handles, FALSE, 20000, QS_ALLINPUT);
}

static void WINAPI set_other(void *event, BOOLEAN timed_out)
{
    if (!timed_out) SetEvent(event);
}

static DWORD wait_in_pool(struct waiter *waiter)
{
    HANDLE wait, done = CreateEventW(NULL, TRUE, FALSE, NULL);
    DWORD result;

    if (!RegisterWaitForSingleObject(&wait, waiter->handles[0], set_other, done, 20000, WT_EXECUTEONLYONCE))
        return WAIT_FAILED;
    result = WaitForSingleObject(done, 20000);
    UnregisterWaitEx(wait, INVALID_HANDLE_VALUE);
    CloseHandle(done);
    return result;
}

static DWORD wait_by_duplicate(struct waiter *waiter)
{
    HANDLE self = GetCurrentProcess(), same;
    DWORD result;

    if (!DuplicateHandle(self, waiter->handles[0], self, &same, 0, FALSE, DUPLICATE_SAME_ACCESS))
        return WAIT_FAILED;
    result = WaitForSingleObject(same, 20000);
    CloseHandle(same);
    return result;
}

/* Data come when the thread waits, for all that can be seen, after rounds in which none had to. */
static void check_comes_during(DWORD (*wait)(struct waiter *))
{
    struct waiter waiter;
    SOCKET pair[2];
    WSAEVENT event = busy_pair(pair);
    int i;

    for (i = 0; i < 5; i++)
    {
        start_waiter(&waiter, wait, event, NULL);
        Sleep(20);
        send_byte(pair);
        CHECK_INT(join_waiter(&waiter), WAIT_OBJECT_0);
        take_byte(pair[1], event);
        rounds_without_waiting(pair, event);
    }
    close_selected(pair, event);
}

TEST(data_that_come_during_a_wait_end_it)
{
    check_comes_during(wait_for_it);
}

TEST(data_that_come_during_an_alertable_wait_end_it)
{
    check_comes_during(wait_alertably);
}

TEST(data_that_come_during_a_wait_for_messages_end_it)
{
    check_comes_during(wait_with_messages);
}

TEST(data_that_come_during_a_wait_that_only_the_system_sees_end_it)
{
    check_comes_during(wait_in_ntdll);
}

TEST(data_that_come_during_a_wait_in_the_thread_pool_end_it)
{
    check_comes_during(wait_in_pool);
}

TEST(data_that_come_during_a_wait_by_another_handle_end_it)
{
    check_comes_during(wait_by_duplicate);
}

TEST(data_that_come_during_waits_for_several_handles_end_them)
{
    HANDLE set = CreateEventW(NULL, TRUE, TRUE, NULL), unset = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct waiter either, both;
    SOCKET pair[2];
    WSAEVENT event = busy_pair(pair);
    int i;

    for (i = 0; i < 5; i++)
    {
        start_waiter(&either, wait_for_either, unset, event);
        start_waiter(&both, wait_for_both, event, set);
        Sleep(20);
        send_byte(pair);
        CHECK_INT(join_waiter(&either), WAIT_OBJECT_0 + 1);
        CHECK_INT(join_waiter(&both), WAIT_OBJECT_0);
        take_byte(pair[1], event);
        rounds_without_waiting(pair, event);
    }
    CloseHandle(set);
    CloseHandle(unset);
    close_selected(pair, event);
}

CHILD(waits_elsewhere)
{
    return WaitForSingleObject((HANDLE)(ULONG_PTR)strtoull(argv[0], NULL, 10), 20000);
}

TEST(another_process_that_waits_is_told_between_waits_of_this_one)
{
    HANDLE self = GetCurrentProcess(), inherited, child;
    SOCKET pair[2];
    WSAEVENT event = busy_pair(pair);

    CHECK(DuplicateHandle(self, event, self, &inherited, 0, TRUE, DUPLICATE_SAME_ACCESS));
    child = harness_spawn("waits_elsewhere", "%llu", (unsigned long long)(ULONG_PTR)inherited);
    rounds_without_waiting(pair, event);
    send_byte(pair);
    CHECK_INT(harness_join(child), WAIT_OBJECT_0);
    take_byte(pair[1], event);
    CloseHandle(inherited);
    close_selected(pair, event);
}

/* --- Many ways at once --- */

/* What one thread receives, waiting in another way each time. */
struct stream
{
    HANDLE thread;
    SOCKET pair[2];
    struct waiter waiter;
    unsigned int random;
    int left;
    const char *failed;
};

static unsigned int next_random(unsigned int *random)
{
    *random = *random * 1103515245 + 12345;
    return *random >> 16;
}

static DWORD wait_and_look(struct waiter *waiter)
{
    while (WaitForSingleObject(waiter->handles[0], 0)) SwitchToThread();
    return WAIT_OBJECT_0;
}

static DWORD (*const ways[])(struct waiter *) = {
    wait_for_it,    wait_for_it,     wait_for_it,   wait_for_it,   wait_for_it,      wait_for_it,
    wait_alertably, wait_for_either, wait_and_look, wait_in_ntdll, wait_by_duplicate};

static DWORD WINAPI receive_all(void *context)
{
    struct stream *stream = context;
    const WSAEVENT event = stream->waiter.handles[0];
    WSANETWORKEVENTS events;
    char buffer[16];
    int received;

    while (stream->left && !stream->failed)
    {
        if (ways[next_random(&stream->random) % ARRAYSIZE(ways)](&stream->waiter) != WAIT_OBJECT_0)
            stream->failed = "nobody tells";
        if (WSAEnumNetworkEvents(stream->pair[1], event, &events)) stream->failed = "no events to take";
        while (stream->left && (received = recv(stream->pair[1], buffer, sizeof(buffer), 0)) > 0)
        {
            stream->left -= received;
            if (next_random(&stream->random) % 4) break;
        }
    }
    return 0;
}

TEST(streams_are_told_of_however_their_threads_wait)
{
    HANDLE unset = CreateEventW(NULL, TRUE, FALSE, NULL);
    struct stream streams[4];
    unsigned int random = 1;
    int i, sent;

    for (i = 0; i < 4; i++)
    {
        struct stream *stream = &streams[i];

        *stream = (struct stream){.random = i, .left = 2000};
        stream->waiter = (struct waiter){.handles = {selected_pair(stream->pair, 1, FD_READ), unset}};
        CHECK((stream->thread = CreateThread(NULL, 0, receive_all, stream, 0, NULL)) != NULL);
    }
    for (sent = 0; sent < 2000; sent++)
    {
        for (i = 0; i < 4; i++) CHECK_INT(send(streams[i].pair[0], "a", 1, 0), 1);
        if (!(next_random(&random) % 16)) Sleep(next_random(&random) % 3);
    }
    for (i = 0; i < 4; i++)
    {
        CHECK_INT(WaitForSingleObject(streams[i].thread, 25000), WAIT_OBJECT_0);
        CloseHandle(streams[i].thread);
        if (streams[i].failed) CHECK_STR(streams[i].failed, "");
        CHECK_INT(streams[i].left, 0);
        close_selected(streams[i].pair, streams[i].waiter.handles[0]);
    }
    CloseHandle(unset);
}
