/*
 * What tells whoever gets a front, by inheritance or a duplicate, what it is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The relay stays with the process that made it, and so does its note. The names of
 * the two ends are left with the front's own socket, which goes wherever the handle
 * goes, and outlives the process.
 */
#include "private.h"

#include "base/host.h"
#include "base/hostnote.h"
#include "catalog.h"
#include "record.h"
#include "unixcall.h"

struct tag
{
    int32_t family, type, protocol;
    int32_t local_len, peer_len;
    uint32_t peer_pid;
    char local[sizeof(struct sockaddr_un)], peer[sizeof(struct sockaddr_un)];
};

void host_tag(const struct host_socket *host)
{
    struct tag tag = {
        .family = host->info->iAddressFamily,
        .type = host->info->iSocketType,
        .protocol = host->info->iProtocol,
        .local_len = host->local_len,
        .peer_len = host->peer_len,
        .peer_pid = host->peer_pid,
    };
    struct ws2_host params = {.handle = host->note.handle,
                              .id = host->note.id,
                              .address = WS2_PTR(&tag),
                              .address_size = sizeof(tag)};

    memcpy(tag.local, &host->local, sizeof(tag.local));
    memcpy(tag.peer, &host->peer, sizeof(tag.peer));
    host_call(WS2_HOST_TAG, &params);
}

static BOOL is_length(int len, const char *name, int family)
{
    SHORT named;

    memcpy(&named, name, sizeof(named));
    return len > 0 && len <= (int)sizeof(((struct tag *)0)->local) && named == family;
}

BOOL host_read_tag(SOCKET s, struct host_socket *host)
{
    struct tag tag;
    struct ws2_host params = {.handle = s, .address = WS2_PTR(&tag), .address_size = sizeof(tag)};
    int error;

    if (host_call(WS2_HOST_TAGGED, &params) || params.address_size != sizeof(tag)) return FALSE;
    *host = (struct host_socket){.note.handle = s, .peer_pid = tag.peer_pid};
    if (!host_family(tag.family) || !(host->info = catalog_find(tag.family, tag.type, tag.protocol, &error)))
        return FALSE;
    if (is_length(tag.local_len, tag.local, tag.family))
    {
        memcpy(&host->local, tag.local, sizeof(tag.local));
        host->local_len = tag.local_len;
    }
    if (is_length(tag.peer_len, tag.peer, tag.family))
    {
        memcpy(&host->peer, tag.peer, sizeof(tag.peer));
        host->peer_len = tag.peer_len;
    }
    return TRUE;
}

/* The lanes know nothing of what others do with it. */
BOOL host_adopt(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct host_socket host;

    if (record && (record->flags & RECORD_OURS || record->not_host)) return FALSE;
    if (!host_read_tag(s, &host))
    {
        if (record) record->not_host = TRUE;
        return FALSE;
    }
    if (!(record = record_of(s))) return FALSE;
    record->family = AF_INET;
    record->type = SOCK_STREAM;
    record->protocol = IPPROTO_TCP;
    record_set_flags(record, RECORD_LANE_CLOSED | RECORD_SHARED);
    return !host_note(&host);
}
