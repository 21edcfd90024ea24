/*
 * WSANSPIoctl: telling when the networks that a lookup lists have changed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A change of networks shows as a change of addresses, which the socket device
 * reports to a datagram socket.
 */
#include "private.h"

#include <winuser.h>

#include "guarded.h"
#include "service.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#ifndef SIO_NSP_NOTIFY_CHANGE
#define SIO_NSP_NOTIFY_CHANGE 0x88000019
#endif

static int network_outcome(int err)
{
    SetLastError(err);
    return err ? SOCKET_ERROR : 0;
}

struct network_watch
{
    SOCKET socket;
    WSAOVERLAPPED change; /* with an event of its own */
    WSACOMPLETION completion;
    HANDLE thread; /* the caller, for NSP_NOTIFY_APC */
};

static void stop_watching(struct network_watch *watch)
{
    if (watch->socket != INVALID_SOCKET) closesocket(watch->socket);
    watch->socket = INVALID_SOCKET;
}

static void free_watch(struct network_watch *watch)
{
    stop_watching(watch);
    if (watch->change.hEvent) CloseHandle(watch->change.hEvent);
    if (watch->thread) CloseHandle(watch->thread);
    heap_free(watch);
}

static void CALLBACK run_routine(ULONG_PTR context)
{
    struct network_watch *watch = (struct network_watch *)context;
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine = watch->completion.Parameters.Apc.lpfnCompletionProc;
    WSAOVERLAPPED *overlapped = watch->completion.Parameters.Apc.lpOverlapped;

    free_watch(watch);
    routine(0, 0, overlapped, 0);
}

static HANDLE finish_overlapped(WSAOVERLAPPED *overlapped)
{
    WSAOVERLAPPED copy;

    if (!guarded_read(&copy, overlapped, sizeof(copy))) return NULL;
    copy.Internal = STATUS_SUCCESS;
    copy.InternalHigh = 0;
    guarded_write(overlapped, &copy, offsetof(WSAOVERLAPPED, Offset));
    return (HANDLE)((ULONG_PTR)copy.hEvent & ~(ULONG_PTR)1);
}

static void tell(struct network_watch *watch)
{
    const WSACOMPLETION *to = &watch->completion;
    HANDLE event;

    switch (to->Type)
    {
    case NSP_NOTIFY_HWND:
        PostMessageW(to->Parameters.WindowMessage.hWnd, to->Parameters.WindowMessage.uMsg, 0,
                     to->Parameters.WindowMessage.context);
        break;
    case NSP_NOTIFY_EVENT:
        if ((event = finish_overlapped(to->Parameters.Event.lpOverlapped))) SetEvent(event);
        break;
    case NSP_NOTIFY_PORT:
        finish_overlapped(to->Parameters.Port.lpOverlapped);
        PostQueuedCompletionStatus(to->Parameters.Port.hPort, 0, to->Parameters.Port.Key,
                                   to->Parameters.Port.lpOverlapped);
        break;
    case NSP_NOTIFY_APC:
        finish_overlapped(to->Parameters.Apc.lpOverlapped);
        if (QueueUserAPC(run_routine, watch->thread, (ULONG_PTR)watch)) return;
        break;
    default: break;
    }
    free_watch(watch);
}

static void CALLBACK addresses_changed(TP_CALLBACK_INSTANCE *instance, void *context, TP_WAIT *wait,
                                       TP_WAIT_RESULT result)
{
    (void)instance;
    (void)result;
    CloseThreadpoolWait(wait);
    /* or who is told, and watches again, is told of what this one has not read yet */
    stop_watching(context);
    tell(context);
}

static struct network_watch *new_watch(void)
{
    struct network_watch *watch = heap_zalloc(sizeof(*watch));

    if (!watch) return NULL;
    watch->socket = WSASocketW(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, 0,
                               WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    watch->change.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (watch->socket != INVALID_SOCKET && watch->change.hEvent) return watch;
    free_watch(watch);
    return NULL;
}

static int start_change(struct network_watch *watch)
{
    DWORD returned;

    if (!WSAIoctl(watch->socket, SIO_ADDRESS_LIST_CHANGE, NULL, 0, NULL, 0, &returned, &watch->change, NULL))
        return 0;
    return GetLastError() == WSA_IO_PENDING ? 0 : GetLastError();
}

static int wait_for_change(void)
{
    struct network_watch *watch = new_watch();
    int err;

    if (!watch) return WSA_NOT_ENOUGH_MEMORY;
    if (!(err = start_change(watch))) WaitForSingleObject(watch->change.hEvent, INFINITE);
    free_watch(watch);
    return err;
}

/* An operation that must be seen pending by HasOverlappedIoCompleted, or NULL. */
static WSAOVERLAPPED *overlapped_of(const WSACOMPLETION *completion)
{
    switch (completion->Type)
    {
    case NSP_NOTIFY_EVENT: return completion->Parameters.Event.lpOverlapped;
    case NSP_NOTIFY_PORT: return completion->Parameters.Port.lpOverlapped;
    case NSP_NOTIFY_APC: return completion->Parameters.Apc.lpOverlapped;
    default: return NULL;
    }
}

static int watch_in_background(const WSACOMPLETION *completion)
{
    WSAOVERLAPPED *overlapped = overlapped_of(completion);
    struct network_watch *watch;
    ULONG_PTR pending = STATUS_PENDING;
    TP_WAIT *wait;
    int err;

    if (completion->Type != NSP_NOTIFY_HWND &&
        (!overlapped || !guarded_write(&overlapped->Internal, &pending, sizeof(pending))))
        return WSAEFAULT;
    if (!(watch = new_watch())) return WSA_NOT_ENOUGH_MEMORY;
    watch->completion = *completion;
    if (completion->Type == NSP_NOTIFY_APC)
        DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &watch->thread, 0,
                        FALSE, DUPLICATE_SAME_ACCESS);
    err = (wait = CreateThreadpoolWait(addresses_changed, watch, NULL)) ? start_change(watch)
                                                                        : WSA_NOT_ENOUGH_MEMORY;
    if (err)
    {
        if (wait) CloseThreadpoolWait(wait);
        free_watch(watch);
        return err;
    }
    SetThreadpoolWait(wait, watch->change.hEvent, NULL);
    return WSA_IO_PENDING;
}

/* NSP_NOTIFY_IMMEDIATELY asks whether something changed and never waits: changes
 * before the question are not remembered, so nothing ever has. */
static int watch_networks(HANDLE lookup, DWORD code, const WSACOMPLETION *application)
{
    WSACOMPLETION completion;
    enum service_kind kind = service_kind(lookup);

    if (kind == SERVICE_NONE) return WSA_INVALID_HANDLE;
    if (code != SIO_NSP_NOTIFY_CHANGE || kind != SERVICE_NETWORKS) return WSAEOPNOTSUPP;
    if (!application) return wait_for_change();
    if (!guarded_read(&completion, application, sizeof(completion))) return WSAEFAULT;
    if (completion.Type == NSP_NOTIFY_IMMEDIATELY) return WSAEWOULDBLOCK;
    if (completion.Type < NSP_NOTIFY_HWND || completion.Type > NSP_NOTIFY_APC) return WSAEINVAL;
    return watch_in_background(&completion);
}

/* The one code is SIO_NSP_NOTIFY_CHANGE, without data. Without a completion the
 * call waits for the change; otherwise it is WSA_IO_PENDING until it is told. */
int WINAPI WSANSPIoctl(HANDLE lookup, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size,
                       DWORD *returned, WSACOMPLETION *completion)
{
    DWORD none = 0;
    int err;

    TRACE("lookup %p, code %#lx, in %p, in_size %lu, out %p, out_size %lu, returned %p, completion %p\n",
          lookup, code, in, in_size, out, out_size, returned, completion);
    if (!startup_done()) return SOCKET_ERROR;
    if (!guarded_write(returned, &none, sizeof(none))) return network_outcome(WSAEFAULT);
    err = service_ioctl(lookup, code, in, in_size, out, out_size, returned, completion);
    if (err == SERVICE_IOCTL_OWN || err == WSA_INVALID_HANDLE) err = watch_networks(lookup, code, completion);
    return network_outcome(err);
}
