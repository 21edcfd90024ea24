/*
 * What goes when a socket's handle is closed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/ahead.h"
#include "base/alias.h"
#include "base/closing.h"
#include "base/device.h"
#include "base/edge.h"
#include "base/ending.h"
#include "base/host.h"
#include "base/pending.h"
#include "base/rawhost.h"
#include "base/reuse.h"
#include "base/tail.h"
#include "base/waiter.h"
#include "member.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

BOOL closing_is_last(SOCKET s)
{
    OBJECT_BASIC_INFORMATION info;

    return !NtQueryObject(SOCKET_HANDLE(s), ObjectBasicInformation, &info, sizeof(info), NULL) &&
           info.HandleCount == 1;
}

BOOL closing_begin(struct closing *closing, SOCKET s)
{
    const struct socket_record *record = record_get(s);
    const BOOL sends = record && record->tail;
    struct afd_info info;

    ahead_forget(s);
    closing->host = host_closing(s, &closing->last);
    closing->raw = rawhost_closing(s);
    member_closing(s);
    pending_close(s);
    tail_close(s);
    reuse_close(s);
    waiters_abort_queued(s);
    if (!record_remove(s) && device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL))
        return FALSE;
    waiters_interrupt(s, sends);
    record_remove(s); /* who was about to call may have made another one */
    return TRUE;
}

void closing_end(const struct closing *closing, BOOL closed)
{
    waiters_closed();
    if (!closed) return;
    if (closing->host) host_closed(closing->host, closing->last);
    rawhost_closed(closing->raw);
}

void closing_was_closed(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    TRACE("socket %#Ix was closed behind our back\n", s);
    if (record) ending_closing(record);
    record_remove(s);
    edge_closed_behind(s);
}
