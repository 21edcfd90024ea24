/*
 * FD_READ and who waits for its event when data are there before, or when the socket, the selection
 * or the event are not what they were.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "event_waiter.h"

#define MANY 60

TEST(data_that_are_there_are_told_to_waits_without_time)
{
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 1, FD_READ | FD_CLOSE);
    int i;

    for (i = 0; i < 200; i++)
    {
        CHECK_INT(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
        send_byte(pair);
        CHECK_INT(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
        take_byte(pair[1], event);
    }
    close_selected(pair, event);
}

TEST(an_event_stays_set_until_it_is_taken_and_unset_afterwards)
{
    SOCKET pair[2];
    WSAEVENT event = selected_pair(pair, 1, FD_READ | FD_CLOSE);
    int i;

    for (i = 0; i < 100; i++)
    {
        send_byte(pair);
        CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
        CHECK_INT(WaitForSingleObject(event, 0), WAIT_OBJECT_0);
        take_byte(pair[1], event);
        CHECK_INT(WaitForSingleObject(event, i % 10 ? 0 : 5), WAIT_TIMEOUT);
        CHECK_INT(events_now(pair[1], event), 0);
    }
    close_selected(pair, event);
}

/* After a wait that found data there. */
static void check_after_wait(BOOL set, void (*act)(SOCKET s, WSAEVENT event))
{
    SOCKET pair[2];
    WSAEVENT event;
    int i;

    for (i = 0; i < 5; i++)
    {
        event = busy_pair(pair);
        send_byte(pair);
        CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
        act(pair[1], event);
        CHECK_INT(WaitForSingleObject(event, i % 2 ? 5 : 0), set ? WAIT_OBJECT_0 : WAIT_TIMEOUT);
        closesocket(pair[0]);
        closesocket(pair[1]);
        WSACloseEvent(event);
    }
}

static void receive_only(SOCKET s, WSAEVENT event)
{
    char byte;

    (void)event;
    CHECK_INT(recv(s, &byte, 1, 0), 1);
}

TEST(an_event_stays_set_when_data_are_received_and_not_taken)
{
    check_after_wait(TRUE, receive_only);
}

static void take_without_event(SOCKET s, WSAEVENT event)
{
    (void)event;
    CHECK_INT(events_now(s, NULL), FD_READ);
}

TEST(an_event_stays_set_when_it_is_not_named_in_taking)
{
    check_after_wait(TRUE, take_without_event);
}

static void end_selection(SOCKET s, WSAEVENT event)
{
    (void)event;
    CHECK_INT(WSAEventSelect(s, NULL, 0), 0);
}

TEST(an_event_stays_set_when_its_selection_ends)
{
    check_after_wait(TRUE, end_selection);
}

static void close_socket(SOCKET s, WSAEVENT event)
{
    (void)event;
    CHECK_INT(closesocket(s), 0);
}

TEST(an_event_stays_set_when_its_socket_is_closed)
{
    check_after_wait(TRUE, close_socket);
}

static void wait_by_others(SOCKET s, WSAEVENT event)
{
    HANDLE self = GetCurrentProcess(), same, unset = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE both[2] = {unset, event};
    struct waiter waiter;

    (void)s;
    CHECK(DuplicateHandle(self, event, self, &same, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK_INT(WaitForSingleObject(same, 0), WAIT_OBJECT_0);
    CHECK_INT(WaitForMultipleObjects(2, both, FALSE, 0), WAIT_OBJECT_0 + 1);
    start_waiter(&waiter, wait_in_ntdll, event, NULL);
    CHECK_INT(join_waiter(&waiter), WAIT_OBJECT_0);
    CloseHandle(same);
    CloseHandle(unset);
}

TEST(an_event_is_set_for_other_handles_and_other_threads)
{
    check_after_wait(TRUE, wait_by_others);
}

static void wait_for_several(SOCKET s, WSAEVENT event)
{
    HANDLE set = CreateEventW(NULL, TRUE, TRUE, NULL), both[2] = {set, event};

    (void)s;
    CHECK_INT(WaitForMultipleObjects(2, both, TRUE, 0), WAIT_OBJECT_0);
    CloseHandle(set);
}

TEST(an_event_is_set_for_waits_for_several)
{
    check_after_wait(TRUE, wait_for_several);
}

static void reset(SOCKET s, WSAEVENT event)
{
    (void)s;
    CHECK(WSAResetEvent(event));
}

TEST(an_event_is_unset_after_a_reset)
{
    check_after_wait(FALSE, reset);
}

static void pulse(SOCKET s, WSAEVENT event)
{
    (void)s;
    CHECK(PulseEvent(event));
}

TEST(an_event_is_unset_after_a_pulse)
{
    check_after_wait(FALSE, pulse);
}

static void set_and_take(SOCKET s, WSAEVENT event)
{
    CHECK(WSASetEvent(event));
    CHECK_INT(events_now(s, event), FD_READ);
}

TEST(an_event_that_was_set_by_hand_is_unset_when_it_is_taken)
{
    check_after_wait(FALSE, set_and_take);
}

TEST(an_event_that_is_reset_by_hand_is_not_set_for_the_same_data)
{
    struct waiter waiter;
    SOCKET pair[2];
    WSAEVENT event = busy_pair(pair);

    send_byte(pair);
    CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
    CHECK(ResetEvent(event));
    CHECK_INT(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
    CHECK_INT(WaitForSingleObject(event, 30), WAIT_TIMEOUT);
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, TRUE, 30, TRUE), WSA_WAIT_TIMEOUT);
    start_waiter(&waiter, wait_for_it, event, NULL);
    CHECK_INT(WaitForSingleObject(waiter.thread, 20), WAIT_TIMEOUT);
    CHECK(SetEvent(event));
    CHECK_INT(join_waiter(&waiter), WAIT_OBJECT_0);
    take_byte(pair[1], event);
    rounds_without_waiting(pair, event);
    close_selected(pair, event);
}

TEST(the_first_of_several_events_that_are_due_is_told)
{
    SOCKET pairs[3][2];
    WSAEVENT events[3];
    int i, round;

    for (i = 0; i < 3; i++) events[i] = busy_pair(pairs[i]);
    for (round = 0; round < 50; round++)
    {
        for (i = round % 3; i < 3; i++) send_byte(pairs[i]);
        for (i = round % 3; i < 3; i++)
        {
            CHECK_INT(WSAWaitForMultipleEvents(3, events, FALSE, 10000, FALSE), WSA_WAIT_EVENT_0 + i);
            take_byte(pairs[i][1], events[i]);
        }
        CHECK_INT(WSAWaitForMultipleEvents(3, events, FALSE, 0, FALSE), WSA_WAIT_TIMEOUT);
    }
    for (i = 0; i < 3; i++) close_selected(pairs[i], events[i]);
}

TEST(a_wait_for_all_events_is_over_when_all_are_due)
{
    SOCKET pairs[3][2];
    WSAEVENT events[3];
    int i, round;

    for (i = 0; i < 3; i++) events[i] = busy_pair(pairs[i]);
    for (round = 0; round < 50; round++)
    {
        for (i = 0; i < 3; i++)
        {
            CHECK_INT(WSAWaitForMultipleEvents(3, events, TRUE, 0, FALSE), WSA_WAIT_TIMEOUT);
            send_byte(pairs[(i + round) % 3]);
        }
        CHECK_INT(WSAWaitForMultipleEvents(3, events, TRUE, round % 2 ? 10000 : 0, FALSE), WSA_WAIT_EVENT_0);
        for (i = 0; i < 3; i++) take_byte(pairs[i][1], events[i]);
    }
    for (i = 0; i < 3; i++) close_selected(pairs[i], events[i]);
}

TEST(what_is_waited_for_besides_is_taken_with_the_event_or_not_at_all)
{
    SOCKET pair[2];
    WSAEVENT event = busy_pair(pair);
    HANDLE handles[2] = {CreateEventW(NULL, FALSE, FALSE, NULL), event};

    send_byte(pair);
    CHECK_INT(WaitForMultipleObjects(2, handles, TRUE, 0), WAIT_TIMEOUT);
    CHECK_INT(WaitForMultipleObjects(2, handles, FALSE, 0), WAIT_OBJECT_0 + 1);
    SetEvent(handles[0]);
    CHECK_INT(WaitForMultipleObjects(2, handles, FALSE, 0), WAIT_OBJECT_0);
    take_byte(pair[1], event);
    SetEvent(handles[0]);
    CHECK_INT(WaitForMultipleObjects(2, handles, TRUE, 0), WAIT_TIMEOUT);
    send_byte(pair);
    CHECK_INT(WaitForMultipleObjects(2, handles, TRUE, 0), WAIT_OBJECT_0);
    CHECK_INT(WaitForSingleObject(handles[0], 0), WAIT_TIMEOUT);
    CloseHandle(handles[0]);
    close_selected(pair, event);
}

TEST(one_event_tells_of_several_streams)
{
    WSAEVENT event = WSACreateEvent();
    SOCKET pairs[3][2];
    int i, round;

    for (i = 0; i < 3; i++)
    {
        tcp_pair(pairs[i]);
        CHECK_INT(WSAEventSelect(pairs[i][1], event, FD_READ | FD_CLOSE), 0);
    }
    for (round = 0; round < 50; round++)
    {
        for (i = 0; i < 3; i++)
        {
            const int which = (i + round) % 3;

            send_byte(pairs[which]);
            CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
            take_byte(pairs[which][1], event);
            CHECK_INT(WaitForSingleObject(event, 0), WAIT_TIMEOUT);
        }
        for (i = 0; i < 3; i++) send_byte(pairs[i]);
        for (i = 0; i < 3; i++)
        {
            CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
            take_byte(pairs[i][1], NULL);
        }
        ResetEvent(event);
    }
    for (i = 0; i < 3; i++) close_pair(pairs[i]);
    WSACloseEvent(event);
}

TEST(one_of_many_events_is_told)
{
    static SOCKET pairs[MANY][2];
    WSAEVENT events[MANY];
    int i, round;

    for (i = 0; i < MANY; i++) events[i] = selected_pair(pairs[i], 1, FD_READ | FD_CLOSE);
    for (round = 0; round < 200; round++)
    {
        i = round * 7 / 3 % MANY;
        CHECK_INT(WSAWaitForMultipleEvents(MANY, events, FALSE, 0, FALSE), WSA_WAIT_TIMEOUT);
        send_byte(pairs[i]);
        CHECK_INT(WSAWaitForMultipleEvents(MANY, events, FALSE, 10000, FALSE), WSA_WAIT_EVENT_0 + i);
        take_byte(pairs[i][1], events[i]);
    }
    for (i = 0; i < MANY; i++) close_selected(pairs[i], events[i]);
}

static void CALLBACK count_apc(ULONG_PTR counter)
{
    ++*(int *)counter;
}

TEST(alertable_waits_run_their_apcs)
{
    SOCKET pair[2];
    WSAEVENT event = busy_pair(pair);
    int count = 0, i;

    for (i = 0; i < 20; i++)
    {
        CHECK(QueueUserAPC(count_apc, GetCurrentThread(), (ULONG_PTR)&count));
        CHECK_INT(WSAWaitForMultipleEvents(1, &event, TRUE, i % 2 ? 10000 : 0, TRUE), WSA_WAIT_IO_COMPLETION);
        CHECK_INT(count, 2 * i + 1);
        CHECK(QueueUserAPC(count_apc, GetCurrentThread(), (ULONG_PTR)&count));
        send_byte(pair);
        CHECK_INT(WSAWaitForMultipleEvents(1, &event, TRUE, 10000, FALSE), WSA_WAIT_EVENT_0);
        CHECK_INT(count, 2 * i + 1);
        take_byte(pair[1], event);
        CHECK_INT(SleepEx(0, TRUE), WAIT_IO_COMPLETION);
        CHECK_INT(count, 2 * i + 2);
    }
    close_selected(pair, event);
}

/* --- Events that reset themselves --- */

struct taker
{
    HANDLE thread, event, done;
    SOCKET socket;
    HANDLE taken;
    BOOL fine;
};

/* Each time that the event is this thread's, one byte is. */
static DWORD WINAPI take_bytes(void *context)
{
    struct taker *taker = context;
    HANDLE handles[2] = {taker->done, taker->event};
    char byte;

    while (WaitForMultipleObjects(2, handles, FALSE, 20000) == WAIT_OBJECT_0 + 1)
    {
        if (recv(taker->socket, &byte, 1, 0) != 1) taker->fine = FALSE;
        ReleaseSemaphore(taker->taken, 1, NULL);
    }
    return 0;
}

TEST(an_event_that_resets_itself_is_one_threads)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL), done = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE taken = CreateSemaphoreW(NULL, 0, 1000, NULL);
    struct taker takers[3];
    SOCKET pair[2];
    int i;

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ | FD_CLOSE), 0);
    for (i = 0; i < 3; i++)
    {
        takers[i] =
            (struct taker){.event = event, .done = done, .socket = pair[1], .taken = taken, .fine = TRUE};
        CHECK((takers[i].thread = CreateThread(NULL, 0, take_bytes, &takers[i], 0, NULL)) != NULL);
    }
    for (i = 0; i < 300; i++)
    {
        CHECK_INT(send(pair[0], "a", 1, 0), 1);
        CHECK_INT(WaitForSingleObject(taken, 10000), WAIT_OBJECT_0);
    }
    SetEvent(done);
    for (i = 0; i < 3; i++)
    {
        CHECK_INT(WaitForSingleObject(takers[i].thread, 10000), WAIT_OBJECT_0);
        CloseHandle(takers[i].thread);
        CHECK(takers[i].fine);
    }
    CHECK_INT(WaitForSingleObject(taken, 0), WAIT_TIMEOUT);
    CloseHandle(done);
    CloseHandle(taken);
    close_selected(pair, event);
}

TEST(an_event_that_resets_itself_is_taken_by_the_wait_that_finds_data)
{
    HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);
    SOCKET pair[2];
    char byte;
    int i;

    tcp_pair(pair);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ | FD_CLOSE), 0);
    for (i = 0; i < 100; i++)
    {
        send_byte(pair);
        CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
        CHECK_INT(WaitForSingleObject(event, i % 10 ? 0 : 5), WAIT_TIMEOUT);
        CHECK_INT(recv(pair[1], &byte, 1, 0), 1);
    }
    CHECK_INT(WaitForSingleObject(event, 30), WAIT_TIMEOUT);
    close_selected(pair, event);
}

/* --- Sockets, selections and events that go or change meanwhile --- */

TEST(the_end_of_a_stream_is_told_to_who_waits)
{
    struct waiter waiter;
    SOCKET pair[2];
    WSAEVENT event = busy_pair(pair);

    start_waiter(&waiter, wait_for_it, event, NULL);
    Sleep(20);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(join_waiter(&waiter), WAIT_OBJECT_0);
    CHECK_INT(events_now(pair[1], event), FD_CLOSE);
    CHECK_INT(closesocket(pair[1]), 0);
    WSACloseEvent(event);
}

TEST(the_end_of_a_busy_stream_is_told_to_who_waits_unseen)
{
    struct waiter waiter;
    SOCKET pair[2];
    WSAEVENT event = busy_pair(pair);

    start_waiter(&waiter, wait_in_ntdll, event, NULL);
    rounds_without_waiting(pair, event);
    join_waiter(&waiter);
    start_waiter(&waiter, wait_in_ntdll, event, NULL);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(join_waiter(&waiter), WAIT_OBJECT_0);
    CHECK_INT(events_now(pair[1], event), FD_CLOSE);
    CHECK_INT(closesocket(pair[1]), 0);
    WSACloseEvent(event);
}

TEST(closing_a_socket_leaves_those_who_wait_for_its_event_waiting)
{
    struct waiter waiter;
    SOCKET pair[2];
    WSAEVENT event;
    int i;

    for (i = 0; i < 5; i++)
    {
        event = busy_pair(pair);
        start_waiter(&waiter, wait_for_it, event, NULL);
        if (i % 2) Sleep(20);
        CHECK_INT(closesocket(pair[1]), 0);
        send(pair[0], "a", 1, 0);
        CHECK_INT(WaitForSingleObject(waiter.thread, 30), WAIT_TIMEOUT);
        SetEvent(event);
        CHECK_INT(join_waiter(&waiter), WAIT_OBJECT_0);
        CHECK_INT(closesocket(pair[0]), 0);
        WSACloseEvent(event);
    }
}

TEST(who_waits_is_told_by_the_event_that_is_selected_now)
{
    WSAEVENT event, other = WSACreateEvent();
    struct waiter first, second;
    SOCKET pair[2];

    event = busy_pair(pair);
    start_waiter(&first, wait_for_it, event, NULL);
    start_waiter(&second, wait_for_it, other, NULL);
    Sleep(20);
    CHECK_INT(WSAEventSelect(pair[1], other, FD_READ | FD_CLOSE), 0);
    send_byte(pair);
    CHECK_INT(join_waiter(&second), WAIT_OBJECT_0);
    CHECK_INT(WaitForSingleObject(first.thread, 30), WAIT_TIMEOUT);
    take_byte(pair[1], other);
    rounds_without_waiting(pair, other);
    CHECK_INT(WSAEventSelect(pair[1], event, FD_READ | FD_CLOSE), 0);
    send_byte(pair);
    CHECK_INT(join_waiter(&first), WAIT_OBJECT_0);
    take_byte(pair[1], event);
    CHECK_INT(WSAEventSelect(pair[1], NULL, 0), 0);
    send_byte(pair);
    CHECK_INT(WaitForSingleObject(event, 10), WAIT_TIMEOUT);
    WSACloseEvent(other);
    close_selected(pair, event);
}

TEST(a_handle_that_comes_again_is_its_new_objects)
{
    SOCKET pair[2];
    WSAEVENT event, again;
    int i, same = 0;

    for (i = 0; i < 10; i++)
    {
        event = busy_pair(pair);
        CHECK(WSACloseEvent(event));
        again = WSACreateEvent();
        same += again == event;
        send_byte(pair);
        CHECK_INT(WaitForSingleObject(again, 0), WAIT_TIMEOUT);
        close_selected(pair, again);
    }
    CHECK(same > 0);
}

/* The handle's value comes again for another object, which has nothing to do with the selection. */
TEST(an_event_that_is_closed_is_told_and_its_handle_is_not)
{
    HANDLE self = GetCurrentProcess(), others[64], same, again = NULL;
    SOCKET pair[2];
    WSAEVENT event = busy_pair(pair);
    int i;

    CHECK(DuplicateHandle(self, event, self, &same, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(WSACloseEvent(event));
    for (i = 0; i < 64; i++)
        if ((others[i] = CreateEventW(NULL, TRUE, FALSE, NULL)) == event) again = others[i];
    CHECK(again != NULL);
    send_byte(pair);
    CHECK_INT(WaitForSingleObject(again, 0), WAIT_TIMEOUT);
    CHECK_INT(WaitForSingleObject(again, 30), WAIT_TIMEOUT);
    CHECK_INT(WaitForSingleObject(same, 10000), WAIT_OBJECT_0);
    take_byte(pair[1], same);
    for (i = 0; i < 64; i++) CloseHandle(others[i]);

    CHECK_ERROR(WaitForSingleObject(again, 0) == WAIT_FAILED ? SOCKET_ERROR : 0, ERROR_INVALID_HANDLE);
    send_byte(pair);
    CHECK_ERROR(WaitForSingleObject(again, 0) == WAIT_FAILED ? SOCKET_ERROR : 0, ERROR_INVALID_HANDLE);
    CHECK_INT(WaitForSingleObject(same, 10000), WAIT_OBJECT_0);
    take_byte(pair[1], same);
    close_selected(pair, same);
}
