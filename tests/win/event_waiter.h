/*
 * Streams whose data are there before anybody waits, and threads that wait for their events.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef EVENT_WAITER_H
#define EVENT_WAITER_H

#include "event.h"

/* Waits in succession that find data, after which the module counts on the next. */
#define ENOUGH 20

/* A byte that is there when this returns. */
static inline void send_byte(SOCKET pair[2])
{
    CHECK_INT(send(pair[0], "a", 1, 0), 1);
    wait_readable(pair[1]);
}

static inline void take_byte(SOCKET s, WSAEVENT event)
{
    char byte[2];

    CHECK_INT(events_now(s, event), FD_READ);
    CHECK_INT(recv(s, byte, sizeof(byte), 0), 1);
}

/* Rounds in which nobody waits for data: they are there before. */
static inline void rounds_without_waiting(SOCKET pair[2], WSAEVENT event)
{
    int i;

    for (i = 0; i < ENOUGH; i++)
    {
        send_byte(pair);
        CHECK_INT(WaitForSingleObject(event, 10000), WAIT_OBJECT_0);
        take_byte(pair[1], event);
    }
}

static inline WSAEVENT busy_pair(SOCKET pair[2])
{
    WSAEVENT event = selected_pair(pair, 1, FD_READ | FD_CLOSE);

    rounds_without_waiting(pair, event);
    return event;
}

struct waiter
{
    HANDLE thread;
    DWORD (*wait)(struct waiter *waiter);
    HANDLE handles[2];
    DWORD result;
};

static inline DWORD WINAPI run_waiter(void *context)
{
    struct waiter *waiter = context;

    waiter->result = waiter->wait(waiter);
    return 0;
}

static inline DWORD wait_for_it(struct waiter *waiter)
{
    return WaitForSingleObject(waiter->handles[0], 20000);
}

static inline DWORD wait_in_ntdll(struct waiter *waiter)
{
    LONG(WINAPI * wait)
    (HANDLE, BOOLEAN, LARGE_INTEGER *) =
        (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtWaitForSingleObject");
    LARGE_INTEGER timeout = {.QuadPart = -200000000};

    return wait(waiter->handles[0], FALSE, &timeout);
}

static inline void start_waiter(struct waiter *waiter, DWORD (*wait)(struct waiter *), HANDLE first,
                                HANDLE second)
{
    *waiter = (struct waiter){.wait = wait, .handles = {first, second}, .result = 0xdead};
    CHECK((waiter->thread = CreateThread(NULL, 0, run_waiter, waiter, 0, NULL)) != NULL);
}

static inline DWORD join_waiter(struct waiter *waiter)
{
    CHECK_INT(WaitForSingleObject(waiter->thread, 25000), WAIT_OBJECT_0);
    CloseHandle(waiter->thread);
    return waiter->result;
}

#endif
