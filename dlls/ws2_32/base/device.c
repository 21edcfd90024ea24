/*
 * Requests to the layer's socket device, waited for or not.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/ahead.h"
#include "base/device.h"
#include "base/ending.h"
#include "base/fast.h"
#include "base/idle.h"
#include "base/lane.h"
#include "base/newborn.h"
#include "base/reuse.h"
#include "base/unreachable.h"
#include "base/waiter.h"
#include "hook.h"
#include "startup.h"
#include "status.h"
#include "thread.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* A user APC may run in an alertable wait and make a request itself: it must not
 * share the event of the request that it interrupts. */
static HANDLE take_event(void)
{
    struct thread_data *data = thread_data();

    if (!data || data->sync_event_taken) return CreateEventW(NULL, TRUE, FALSE, NULL);
    data->sync_event_taken = TRUE;
    return thread_sync_event();
}

static void give_event_back(HANDLE event)
{
    struct thread_data *data = thread_data();

    if (data && data->sync_event == event)
        data->sync_event_taken = FALSE;
    else
        CloseHandle(event);
}

/* What finishes a pending request runs in the thread that made it, by a signal, and sets the
 * event before that ends. So a short wait for the signal first saves the wait at the device,
 * a round trip, in which user APCs and hooks may have to run. */
static void wait_on_host(const IO_STATUS_BLOCK *io, BOOL alertable)
{
    struct ws2_finish params = {WS2_PTR(&io->Status), STATUS_PENDING, HOST_WAIT_MS};

    if (!hook_is_set() && !(alertable && thread_takes_apcs())) unix_call(WS2_FINISH_WAIT, &params);
}

static NTSTATUS wait_for(SOCKET s, HANDLE event, IO_STATUS_BLOCK *io, BOOL alertable)
{
    BOOL cancelled = FALSE;
    LARGE_INTEGER pause = {.QuadPart = -HOOK_PAUSE_MS * 10000};
    IO_STATUS_BLOCK ignored;
    NTSTATUS status, ret;

    if (*(const volatile NTSTATUS *)&io->Status == STATUS_PENDING) wait_on_host(io, alertable);
    if ((status = *(const volatile NTSTATUS *)&io->Status) != STATUS_PENDING) return status;
    for (;;)
    {
        /* not by way of base/edgewait.c, whose locks the caller may hold */
        ret = NtWaitForSingleObject(event, alertable, hook_is_set() && !cancelled ? &pause : NULL);
        if (ret == STATUS_USER_APC)
            thread_expect_apcs();
        else if (ret != STATUS_TIMEOUT)
            break;
        else if (!hook_run())
        {
            NtCancelIoFileEx(SOCKET_HANDLE(s), io, &ignored);
            cancelled = TRUE;
        }
    }
    if (ret) return STATUS_INVALID_HANDLE;
    status = *(const volatile NTSTATUS *)&io->Status;
    return cancelled && status == STATUS_CANCELLED ? STATUS_REQUEST_ABORTED : status;
}

/* Devices other than the sockets' know none of this: a handle of theirs is no socket. */
static NTSTATUS socket_status(SOCKET s, ULONG code, NTSTATUS status)
{
    struct afd_info info;

    if (status != STATUS_NOT_SUPPORTED) return status;
    if (code != AFD_GET_INFO && !device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL))
        return status;
    return STATUS_INVALID_HANDLE;
}

/* What waits is cancelled by CancelIoEx, and also when the last handle is closed: waiters_interrupt
 * is not there to tell if that was by another process, or NtClose. */
static NTSTATUS waited_status(SOCKET s, NTSTATUS status)
{
    struct afd_info info;
    IO_STATUS_BLOCK io;

    if (status != STATUS_CANCELLED && status != STATUS_HANDLES_CLOSED) return status;
    return NtDeviceIoControlFile(SOCKET_HANDLE(s), NULL, NULL, NULL, &io, AFD_GET_INFO, NULL, 0, &info,
                                 sizeof(info)) == STATUS_INVALID_HANDLE
               ? STATUS_REQUEST_ABORTED
               : status;
}

/* Once it waits, it tells of closed sockets itself. */
static NTSTATUS poll(SOCKET s, HANDLE event, IO_STATUS_BLOCK *io, const void *in, ULONG in_size, void *out,
                     ULONG out_size, BOOL alertable)
{
    struct waiter *waiter = waiter_begin(s, NULL, NULL);
    NTSTATUS status;

    if (!waiter) return STATUS_INVALID_HANDLE;
    unreachable_polls(1);
    status = newborn_poll(SOCKET_HANDLE(s), event, NULL, io, in, in_size, out, out_size);
    waiter_end(waiter, status);
    if (status == STATUS_PENDING) status = wait_for(s, event, io, alertable);
    unreachable_polls(-1);
    return status;
}

static NTSTATUS ask(SOCKET s, HANDLE event, IO_STATUS_BLOCK *io, const struct lane_request *lane, ULONG code,
                    const void *in, ULONG in_size, void *out, ULONG out_size, BOOL alertable)
{
    struct waiter *waiter = waiter_begin(s, io, lane);
    NTSTATUS status;

    if (!waiter) return STATUS_INVALID_HANDLE;
    status = NtDeviceIoControlFile(SOCKET_HANDLE(s), event, NULL, NULL, io, code, (void *)in, in_size, out,
                                   out_size);
    if (status == STATUS_PENDING)
    {
        waiter_waits(waiter);
        status = wait_for(s, event, io, alertable);
    }
    return waiter_end(waiter, waited_status(s, status));
}

NTSTATUS device_begin(SOCKET s, HANDLE event, PIO_APC_ROUTINE routine, void *context, IO_STATUS_BLOCK *io,
                      ULONG code, const void *in, ULONG in_size, void *out, ULONG out_size)
{
    struct waiter *waiter = waiter_begin(s, io, NULL);
    NTSTATUS status;

    if (!waiter) return io->Status = STATUS_INVALID_HANDLE;
    status = NtDeviceIoControlFile(SOCKET_HANDLE(s), event, routine, context, io, code, (void *)in, in_size,
                                   out, out_size);
    waiter_leave(waiter, status);
    return status;
}

static NTSTATUS request(SOCKET s, ULONG code, const void *in, ULONG in_size, void *out, ULONG out_size,
                        ULONG *returned, BOOL alertable)
{
    IO_STATUS_BLOCK io = {.Information = 0};
    struct lane_request lane;
    NTSTATUS status;
    HANDLE event;

    if (returned) *returned = 0;
    if ((status = reuse_before_request(s, code))) return status;
    ahead_settle(s);
    if (!(event = take_event())) return STATUS_NO_MEMORY;
    io.Status = STATUS_PENDING;
    lane_request(&lane, s, code, in, NULL);
    status = code == AFD_POLL ? poll(s, event, &io, in, in_size, out, out_size, alertable)
                              : ask(s, event, &io, &lane, code, in, in_size, out, out_size, alertable);
    lane_request_done(&lane, status);
    give_event_back(event);
    if (returned) *returned = io.Information;
    return socket_status(s, code, status);
}

NTSTATUS device_request(SOCKET s, ULONG code, const void *in, ULONG in_size, void *out, ULONG out_size,
                        ULONG *returned)
{
    return request(s, code, in, in_size, out, out_size, returned, FALSE);
}

NTSTATUS device_request_alertable(SOCKET s, ULONG code, const void *in, ULONG in_size, void *out,
                                  ULONG out_size, ULONG *returned)
{
    return request(s, code, in, in_size, out, out_size, returned, TRUE);
}

/* Runs in the thread that started the request, once it has finished. */
static void WINAPI run_completion_routine(void *routine, IO_STATUS_BLOCK *io, ULONG reserved)
{
    WSAOVERLAPPED *overlapped = (WSAOVERLAPPED *)io;

    (void)reserved;
    /* only a datagram socket's receive is refused, which Windows calls by another name */
    if (io->Status == STATUS_CONNECTION_REFUSED) io->Status = STATUS_PORT_UNREACHABLE;
    TRACE("routine %p, overlapped %p, status %#lx\n", routine, overlapped, io->Status);
    ((LPWSAOVERLAPPED_COMPLETION_ROUTINE)routine)(error_from_status(io->Status), io->Information, overlapped,
                                                  overlapped->Offset);
}

NTSTATUS device_submit(SOCKET s, ULONG code, const void *in, ULONG in_size, void *out, ULONG out_size,
                       ULONG *returned, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    IO_STATUS_BLOCK *io = (IO_STATUS_BLOCK *)overlapped;
    struct lane_request lane;
    NTSTATUS status;

    if (!overlapped) return device_request_alertable(s, code, in, in_size, out, out_size, returned);

    if (returned) *returned = 0;
    if ((status = reuse_before_request(s, code))) return status;
    ahead_settle(s);
    ending_began(overlapped);
    io->Status = STATUS_PENDING;
    lane_request(&lane, s, code, in, overlapped);
    if (routine)
    {
        thread_expect_apcs();
        /* hEvent is the application's own when there is a routine */
        status = device_begin(s, NULL, run_completion_routine, routine, io, code, in, in_size, out, out_size);
    }
    else
    {
        /* an event with its low bit set keeps the completion from the port */
        void *port_value = (ULONG_PTR)overlapped->hEvent & 1 ? NULL : overlapped;

        status = device_begin(s, overlapped->hEvent, NULL, port_value, io, code, in, in_size, out, out_size);
    }
    lane_request_done(&lane, status);
    if (status == STATUS_PENDING && !lane_queues(code)) idle_never(s);
    if (returned && status != STATUS_PENDING) *returned = io->Information;
    return socket_status(s, code, status);
}

int device_error(NTSTATUS status)
{
    return error_from_device(status);
}
