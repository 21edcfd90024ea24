/*
 * Winsock's event objects: making them, setting them, waiting for them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

TEST(events_are_manual_reset_and_start_unset)
{
    WSAEVENT event = WSACreateEvent();

    CHECK(event != WSA_INVALID_EVENT);
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_TIMEOUT);
    CHECK(WSASetEvent(event));
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_EVENT_0);
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_EVENT_0);
    CHECK(WSAResetEvent(event));
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_TIMEOUT);
    CHECK(WSACloseEvent(event));
}

TEST(event_functions_refuse_what_is_no_handle)
{
    WSAEVENT event = (WSAEVENT)0xabacab;

    SetLastError(0);
    CHECK(!WSASetEvent(event));
    CHECK_INT(WSAGetLastError(), WSA_INVALID_HANDLE);
    SetLastError(0);
    CHECK(!WSAResetEvent(event));
    CHECK_INT(WSAGetLastError(), WSA_INVALID_HANDLE);
    SetLastError(0);
    CHECK(!WSACloseEvent(event));
    CHECK_INT(WSAGetLastError(), WSA_INVALID_HANDLE);
    SetLastError(0);
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, FALSE, 0, FALSE), WSA_WAIT_FAILED);
    CHECK_INT(WSAGetLastError(), WSA_INVALID_HANDLE);
}

TEST(event_wait_takes_1_to_64_events)
{
    WSAEVENT events[65];
    int i;

    for (i = 0; i < 65; i++) CHECK((events[i] = WSACreateEvent()) != WSA_INVALID_EVENT);
    CHECK_INT(WSAWaitForMultipleEvents(64, events, FALSE, 0, FALSE), WSA_WAIT_TIMEOUT);
    WSASetEvent(events[63]);
    CHECK_INT(WSAWaitForMultipleEvents(64, events, FALSE, 0, FALSE), WSA_WAIT_EVENT_0 + 63);
    CHECK_INT(WSAWaitForMultipleEvents(64, events, TRUE, 0, FALSE), WSA_WAIT_TIMEOUT);
    SetLastError(0);
    CHECK_INT(WSAWaitForMultipleEvents(65, events, FALSE, 0, FALSE), WSA_WAIT_FAILED);
    CHECK_INT(WSAGetLastError(), WSA_INVALID_PARAMETER);
    SetLastError(0);
    CHECK_INT(WSAWaitForMultipleEvents(0, events, FALSE, 0, FALSE), WSA_WAIT_FAILED);
    CHECK_INT(WSAGetLastError(), WSA_INVALID_PARAMETER);
    for (i = 0; i < 65; i++) WSACloseEvent(events[i]);
}

static void CALLBACK count_apc(ULONG_PTR counter)
{
    ++*(int *)counter;
}

TEST(event_wait_is_alertable_if_asked)
{
    WSAEVENT event = WSACreateEvent();
    int count = 0;

    CHECK(QueueUserAPC(count_apc, GetCurrentThread(), (ULONG_PTR)&count));
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, FALSE, 10, FALSE), WSA_WAIT_TIMEOUT);
    CHECK_INT(count, 0);
    CHECK_INT(WSAWaitForMultipleEvents(1, &event, FALSE, 10000, TRUE), WSA_WAIT_IO_COMPLETION);
    CHECK_INT(count, 1);
    WSACloseEvent(event);
}
