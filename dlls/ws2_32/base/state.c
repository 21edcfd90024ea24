/*
 * How far a socket has come, for the errors that Windows gives by it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/datagram_event.h"
#include "base/device.h"
#include "base/state.h"
#include "record.h"

static BOOL has_name(SOCKET s, ULONG code)
{
    SOCKADDR_STORAGE name;

    return !device_request(s, code, NULL, 0, &name, sizeof(name), NULL);
}

/* A socket that is bound, or connected, does not become otherwise but by means
 * that make a new record (TF_REUSE_SOCKET), so yes is kept and no is asked again. */
static BOOL reached(SOCKET s, DWORD flag, ULONG code)
{
    struct socket_record *record = record_get(s);

    if (record && record->flags & flag) return TRUE;
    if (!has_name(s, code)) return FALSE;
    if (record) record_set_flags(record, flag);
    return TRUE;
}

BOOL state_bound(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (record && record->flags & RECORD_UNBOUND_DUPLICATE) return FALSE;
    return reached(s, RECORD_BOUND, AFD_GETSOCKNAME);
}

BOOL state_connected(SOCKET s)
{
    return reached(s, RECORD_CONNECTED, AFD_GETPEERNAME);
}

void state_now_bound(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (!record || (record->flags & (RECORD_BOUND | RECORD_UNBOUND_DUPLICATE)) == RECORD_BOUND) return;
    record_clear_flags(record, RECORD_UNBOUND_DUPLICATE);
    record_set_flags(record, RECORD_BOUND);
    datagram_named(s, FALSE);
}

void state_duplicate_unbound(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (record && !has_name(s, AFD_GETSOCKNAME)) record_set_flags(record, RECORD_UNBOUND_DUPLICATE);
}

void state_now_connected(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (record && record->type == SOCK_STREAM && !(record->flags & RECORD_CONNECTED))
        record_set_flags(record, RECORD_CONNECTED);
}
