/*
 * ProcessSocketNotifications: readiness as packets at a completion port.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "guarded.h"
#include "provider.h"
#include "startup.h"
#include "base/device.h"
#include "base/readiness.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Layered providers have no part in this, on Windows either. */
static int register_one(HANDLE port, const SOCK_NOTIFY_REGISTRATION *request)
{
    TRACE("socket %#Ix, key %p, events %#x, operation %#x, trigger %#x\n", request->socket,
          request->completionKey, request->eventFilter, request->operation, request->triggerFlags);

    if (provider_of(request->socket) != provider_base()) return WSAEOPNOTSUPP;
    return readiness_register(port, request);
}

static BOOL register_all(HANDLE port, UINT32 count, SOCK_NOTIFY_REGISTRATION *requests)
{
    SOCK_NOTIFY_REGISTRATION request;
    UINT32 i;

    for (i = 0; i < count; i++)
    {
        if (!guarded_read(&request, &requests[i], sizeof(request))) return FALSE;
        request.registrationResult = register_one(port, &request);
        if (!guarded_write(&requests[i].registrationResult, &request.registrationResult,
                           sizeof(request.registrationResult)))
            return FALSE;
    }
    return TRUE;
}

static DWORD take_packets(HANDLE port, DWORD timeout, ULONG count, OVERLAPPED_ENTRY *entries,
                          UINT32 *received)
{
    ULONG i, taken = 0;

    if (!GetQueuedCompletionStatusEx(port, entries, count, &taken, timeout, FALSE))
        return GetLastError() == WAIT_TIMEOUT ? WAIT_TIMEOUT : WSAEFAULT;
    for (i = 0; i < taken; i++) readiness_taken(entries[i].lpCompletionKey);
    return !received || guarded_write(received, &taken, sizeof(taken)) ? 0 : WSAEFAULT;
}

static int check_port(HANDLE port)
{
    ULONG depth;

    return device_error(NtQueryIoCompletion(port, IoCompletionBasicInformation, &depth, sizeof(depth), NULL));
}

/*
 * Carries out `request_count` registrations, each of which says in registrationResult
 * what came of it, then takes up to `entry_count` packets from the port, whoever
 * posted them, waiting up to `timeout` ms. A packet has the registration's key, its
 * byte count is the SOCK_NOTIFY_EVENT_* that hold, and its overlapped pointer means
 * nothing. Returns the error itself: 0, WAIT_TIMEOUT, or a Winsock error when nothing
 * was done at all. What goes with a count of 0 must be 0 and NULL.
 */
DWORD WINAPI ProcessSocketNotifications(HANDLE port, UINT32 request_count, SOCK_NOTIFY_REGISTRATION *requests,
                                        UINT32 timeout, ULONG entry_count, OVERLAPPED_ENTRY *entries,
                                        UINT32 *received)
{
    int err;

    TRACE("port %p, registrations %u at %p, timeout %u ms, entries %lu at %p, received %p\n", port,
          request_count, requests, timeout, entry_count, entries, received);

    if (!startup_done()) return WSANOTINITIALISED;
    if (!request_count != !requests) return WSAEINVAL;
    if (!entry_count ? timeout || entries || received : !entries) return WSAEINVAL;
    if ((err = check_port(port))) return err;
    if (!register_all(port, request_count, requests)) return WSAEFAULT;
    return entry_count ? take_packets(port, timeout, entry_count, entries, received) : 0;
}
