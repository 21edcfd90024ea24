/*
 * How far a socket has come, for the errors that Windows gives by it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/datagram_event.h"
#include "base/device.h"
#include "base/peer.h"
#include "base/state.h"
#include "record.h"

static BOOL has_name(SOCKET s)
{
    SOCKADDR_STORAGE name;

    return !device_request(s, AFD_GETSOCKNAME, NULL, 0, &name, sizeof(name), NULL);
}

/* A peer that has a name may still have to answer. */
static BOOL is_answered(SOCKET s)
{
    DWORD seconds;

    return device_request(s, AFD_GET_SO_CONNECT_TIME, NULL, 0, &seconds, sizeof(seconds), NULL) ||
           seconds != MAXDWORD;
}

NTSTATUS state_peer(SOCKET s, SOCKADDR_STORAGE *peer)
{
    const struct socket_record *record = record_get(s);
    const NTSTATUS status = peer_ask(s, peer, NULL);

    if (status || (record && record->flags & RECORD_CONNECTED)) return status;
    if (record && record->type && record->type != SOCK_STREAM) return status;
    return is_answered(s) ? STATUS_SUCCESS : STATUS_INVALID_CONNECTION;
}

static BOOL has_peer(SOCKET s)
{
    SOCKADDR_STORAGE peer;

    return !state_peer(s, &peer);
}

/* A socket that is bound, or connected, does not become otherwise but by means
 * that make a new record (TF_REUSE_SOCKET), so yes is kept and no is asked again. */
static BOOL reached(SOCKET s, DWORD flag, BOOL (*ask)(SOCKET))
{
    struct socket_record *record = record_get(s);

    if (record && record->flags & flag) return TRUE;
    if (!ask(s)) return FALSE;
    if (record) record_set_flags(record, flag);
    return TRUE;
}

BOOL state_bound(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (record && record->flags & RECORD_UNBOUND_DUPLICATE) return FALSE;
    return reached(s, RECORD_BOUND, has_name);
}

BOOL state_connected(SOCKET s)
{
    return reached(s, RECORD_CONNECTED, has_peer);
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

    if (record && !has_name(s)) record_set_flags(record, RECORD_UNBOUND_DUPLICATE);
}

void state_now_connected(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (record && record->type == SOCK_STREAM && !(record->flags & RECORD_CONNECTED))
        record_set_flags(record, RECORD_CONNECTED);
}
