/*
 * The base provider's WSPIoctl: checks by the table, and the endings.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Almost every ioctl is done by the time the call returns, overlapped or not;
 * the overlapped form then has the device complete a request with no bytes, as
 * Windows does, so that events, ports and routines see it. Ioctls that do not
 * exist fail in the background when overlapped.
 */
#include "private.h"

#include "base/base.h"
#include "base/device.h"
#include "base/fastask.h"
#include "base/ioctl.h"
#include "base/lane.h"
#include "base/option.h"
#include "base/urgent.h"
#include "guarded.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static int fail(int error, int *err)
{
    *err = error;
    return SOCKET_ERROR;
}

BOOL ioctl_report(struct ioctl_call *call, DWORD size)
{
    return guarded_write(call->returned, &size, sizeof(size));
}

int ioctl_give(struct ioctl_call *call, const void *result, DWORD size)
{
    if (!call->out || call->out_size < size || !guarded_write(call->out, result, size)) return WSAEFAULT;
    call->done = size;
    return 0;
}

/* Has the device finish the application's request with this status. */
static NTSTATUS complete(struct ioctl_call *call, NTSTATUS status)
{
    if (!call->overlapped) return status;
    return device_submit(call->socket, AFD_COMPLETE_ASYNC, &status, sizeof(status), NULL, 0, NULL,
                         call->overlapped, call->routine);
}

static int unsupported(struct ioctl_call *call)
{
    if (call->overlapped)
    {
        complete(call, STATUS_NOT_SUPPORTED);
        return WSA_IO_PENDING;
    }
    ioctl_report(call, 0);
    return WSAEOPNOTSUPP;
}

static BOOL exists_here(const struct ioctl *row, const struct afd_info *info)
{
    switch (info->type)
    {
    case SOCK_STREAM: return row->kinds & ON_STREAM;
    case SOCK_RAW: return row->kinds & ON_RAW;
    default: return row->kinds & ON_DATAGRAM;
    }
}

static int run(struct ioctl_call *call)
{
    const struct ioctl *row = call->row;
    int error;

    if (row->in_min && (!call->in || call->in_size < row->in_min)) return WSAEFAULT;
    if (row->out_min && (!call->out || call->out_size < row->out_min)) return WSAEFAULT;
    if (!exists_here(row, &call->info)) return WSAEOPNOTSUPP;
    if ((error = row->run(call))) return error;
    if (!call->completed)
    {
        NTSTATUS status = complete(call, STATUS_SUCCESS);

        if (status) return device_error(status);
    }
    if (row->flags & IOCTL_QUIET && call->overlapped && !call->routine) return 0;
    return ioctl_report(call, call->done) || call->overlapped ? 0 : WSAEFAULT;
}

/* Whether what is noted of s need not be asked for again. */
static BOOL may_be_noted(const struct ioctl *row, SOCKET s)
{
    if (!row) return FALSE;
    return row->flags & IOCTL_ASKS || (row->flags & IOCTL_ASKS_NOBODY && fast_known(s, WS2_LANE_OPTION));
}

/* What programs ask again and again, of sockets that the fast lane knows. FALSE for all
 * others, and for whatever is wrong. */
static ON_THE_WAY BOOL answered_at_once(SOCKET s, DWORD code, void *out, DWORD out_size, DWORD *returned)
{
    const struct socket_record *record = record_get(s);
    DWORD answer, size = sizeof(answer);
    BOOL waits, yes = TRUE;

    if ((code != FIONREAD && code != SIOCATMARK) || !record || !lane_knows(record) ||
        record->flags & RECORD_URGENT || !out || out_size < size)
        return FALSE;
    if (code == FIONREAD)
    {
        if (fast_readable(s, &answer)) return FALSE;
    }
    else
    {
        if (record->type != SOCK_STREAM || fast_urgent(s, &waits) || (waits && urgent_met(s, &yes)))
            return FALSE;
        answer = yes;
    }
    return guarded_write(out, &answer, size) && guarded_write(returned, &size, size);
}

static int run_row(SOCKET s, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size, DWORD *returned,
                   WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err)
{
    struct ioctl_call call = {.socket = s,
                              .row = ioctl_find(code),
                              .in = in,
                              .in_size = in_size,
                              .out = out,
                              .out_size = out_size,
                              .overlapped = overlapped,
                              .routine = overlapped ? routine : NULL,
                              .returned = returned};
    BOOL noted;
    int error;

    noted = may_be_noted(call.row, s) && socket_info_noted(s, &call.info);
    if (!noted && (error = socket_info(s, &call.info))) return fail(error, err);
    if (!call.row) WARN("%s is unknown\n", debug_ioctl(code));
    if (!call.row || !call.row->run || (overlapped && call.row->flags & IOCTL_WAITED))
        return fail(unsupported(&call), err);
    if (!(error = run(&call))) return 0;
    if (noted && socket_info(s, &call.info)) error = WSAENOTSOCK; /* the note was stale */
    if (call.row->flags & IOCTL_FAILS_WITH_0 && !overlapped) ioctl_report(&call, 0);
    return fail(error, err);
}

int WSPAPI base_ioctl(SOCKET s, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size,
                      DWORD *returned, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                      WSATHREADID *thread, int *err)
{
    (void)thread;
    if (!overlapped && answered_at_once(s, code, out, out_size, returned)) return 0;
    return run_row(s, code, in, in_size, out, out_size, returned, overlapped, routine, err);
}
