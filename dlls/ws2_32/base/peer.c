/*
 * The peer's address after the connection: on Windows a socket whose both directions
 * are shut down goes on to know who was there, while the host forgets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/device.h"
#include "base/peer.h"
#include "base/reuse.h"
#include "record.h"

NTSTATUS peer_ask(SOCKET s, SOCKADDR_STORAGE *peer, ULONG *len)
{
    const NTSTATUS status = device_request(s, AFD_GETPEERNAME, NULL, 0, peer, sizeof(*peer), len);

    return !status && reuse_parted(s) ? STATUS_INVALID_CONNECTION : status;
}

void peer_remember(SOCKET s)
{
    struct socket_record *record = record_get(s);
    SOCKADDR_STORAGE peer;
    ULONG len;

    if (!record || (record->peer_len && !record->peer_tried) || record->type != SOCK_STREAM) return;
    if (device_request(s, AFD_GETPEERNAME, NULL, 0, &peer, sizeof(peer), &len) || len > sizeof(record->peer))
        return;
    memcpy(record->peer, &peer, len);
    record->peer_tried = FALSE;
    record->peer_len = len;
}

void peer_tried(SOCKET s, const SOCKADDR_STORAGE *peer, ULONG len)
{
    struct socket_record *record = record_get(s);

    if (!record || record->type != SOCK_STREAM || len > sizeof(record->peer)) return;
    memcpy(record->peer, peer, len);
    record->peer_tried = TRUE;
    record->peer_len = len;
}

BOOL peer_connect_failed(SOCKET s)
{
    struct afd_poll poll = {.count = 1, .sockets = {{.socket = s, .flags = AFD_POLL_CONNECT_ERR}}};

    return device_request(s, AFD_POLL, &poll, sizeof(poll), &poll, sizeof(poll), NULL) || poll.count;
}

void peer_forget(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (record) record->peer_len = 0;
}

BOOL peer_recall(SOCKET s, SOCKADDR_STORAGE *peer, ULONG *len)
{
    const struct socket_record *record = record_get(s);

    if (!record || !record->peer_len || (record->peer_tried && peer_connect_failed(s))) return FALSE;
    memcpy(peer, record->peer, *len = record->peer_len);
    return TRUE;
}
