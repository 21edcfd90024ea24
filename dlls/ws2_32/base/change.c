/*
 * FD_ADDRESS_LIST_CHANGE and FD_ROUTING_INTERFACE_CHANGE, which the device does not know.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On a non-blocking socket the two ioctls that wait for a change fail with WSAEWOULDBLOCK,
 * and the event comes once there was one. A thread waits for it with a socket of its own,
 * for as long as somebody expects it: the device drops what a thread waits for when it ends,
 * so it can't be the caller's.
 */
#include "private.h"

#include "base/change.h"
#include "base/datagram_event.h"
#include "record.h"
#include "thread.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct expectation
{
    struct expectation *next;
    SOCKET socket;
    LONG turn, event;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct expectation *expectations;
static BOOL waiting; /* the thread is there */

/* The list, taken away; the thread that finds none is over. */
static struct expectation *take_all(BOOL keep_waiting)
{
    struct expectation *all;

    AcquireSRWLockExclusive(&lock);
    all = expectations;
    expectations = NULL;
    waiting = keep_waiting && all;
    ReleaseSRWLockExclusive(&lock);
    return all;
}

static void tell(struct expectation *all)
{
    struct expectation *next;

    for (; all; all = next)
    {
        const struct socket_record *record = record_get(all->socket);

        next = all->next;
        if (record && record->turn == all->turn) datagram_due(all->socket, all->event);
        heap_free(all);
    }
}

static BOOL arm(SOCKET s, WSAOVERLAPPED *overlapped)
{
    DWORD done;

    ResetEvent(overlapped->hEvent);
    return !WSAIoctl(s, SIO_ADDRESS_LIST_CHANGE, NULL, 0, NULL, 0, &done, overlapped, NULL) ||
           GetLastError() == WSA_IO_PENDING;
}

/* Each change is waited for before the one before it is told, so that none is missed. */
static DWORD WINAPI watch(void *armed)
{
    SOCKET s = WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0,
                          WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    BOOL going = s != INVALID_SOCKET && overlapped.hEvent && arm(s, &overlapped);
    struct expectation *all;

    SetEvent(armed);
    while (going)
    {
        WaitForSingleObject(overlapped.hEvent, INFINITE);
        going = !overlapped.Internal && arm(s, &overlapped);
        all = take_all(going);
        if (!all) break;
        tell(all);
    }
    if (!going) tell(take_all(FALSE));
    TRACE("over, %s\n", going ? "nobody expects a change" : "the socket failed or was closed");
    if (s != INVALID_SOCKET) closesocket(s);
    if (overlapped.hEvent) CloseHandle(overlapped.hEvent);
    return 0;
}

static void start_watching(void)
{
    HANDLE armed = CreateEventW(NULL, TRUE, FALSE, NULL);

    if (armed && thread_start(watch, armed)) WaitForSingleObject(armed, INFINITE);
    if (armed) CloseHandle(armed);
}

void change_expect(SOCKET s, LONG event)
{
    const struct socket_record *record = record_get(s);
    struct expectation *same, *expectation;
    BOOL first = FALSE;

    if (!record || !(expectation = heap_alloc(sizeof(*expectation)))) return;
    AcquireSRWLockExclusive(&lock);
    for (same = expectations; same; same = same->next)
        if (same->socket == s && same->turn == record->turn && same->event == event) break;
    if (!same)
    {
        *expectation = (struct expectation){expectations, s, record->turn, event};
        expectations = expectation;
        first = !waiting;
        waiting = TRUE;
    }
    ReleaseSRWLockExclusive(&lock);
    if (same) heap_free(expectation);
    if (first) start_watching();
}
