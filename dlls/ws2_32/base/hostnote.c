/*
 * What is noted of sockets that have a host socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/device.h"
#include "base/host.h"
#include "base/hostnote.h"
#include "record.h"
#include "unixcall.h"

#define FAMILY_HYPERV 34

static struct notes sockets = NOTES_OF(struct host_socket);

static const struct
{
    int family;
    int size;     /* of an address, at most */
    int min_size; /* at least */
} families[] = {
    {AF_UNIX, sizeof(struct sockaddr_un), 3},
    {FAMILY_BTH, 30, 30},
    {FAMILY_HYPERV, 36, 36},
};

static int row_of(int family)
{
    unsigned int i;

    for (i = 0; i < ARRAY_COUNT(families); i++)
        if (families[i].family == family) return i;
    return -1;
}

BOOL host_family(int family)
{
    return row_of(family) >= 0;
}

BOOL host_is(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && record->flags & RECORD_HOST;
}

BOOL host_look(SOCKET s, struct host_socket *copy)
{
    return host_knows(s) && notes_look(&sockets, s, copy);
}

int host_call(enum ws2_unix_function function, struct ws2_host *params)
{
    NTSTATUS status = unix_call(function, params);

    return status ? device_error(status) : params->error;
}

void host_unlink(SOCKET s, uint32_t *id)
{
    struct host_socket *gone = (struct host_socket *)notes_take(&sockets, s);

    if (!gone) return;
    *id = gone->note.id;
    if (gone->path) NtClose(gone->path); /* no program's: not by way of base/ashandle.c */
    heap_free(gone);
}

void host_release(uint32_t id, BOOL last)
{
    struct ws2_host params = {.id = id, .flags = last ? WS2_HOST_LAST : 0};

    if (id) host_call(WS2_HOST_CLOSE, &params);
}

/* The record becomes that of a front; *initial's handle is s. A note of a handle that was
 * closed unseen gives way. */
int host_note(const struct host_socket *initial)
{
    struct host_socket *host = heap_alloc(sizeof(*host));
    struct socket_record *record = record_get(initial->note.handle);
    uint32_t old = 0;

    if (!host || !record)
    {
        heap_free(host);
        return WSAENOBUFS;
    }
    host_unlink(initial->note.handle, &old);
    host_release(old, TRUE);
    *host = *initial;
    notes_add(&sockets, &host->note);
    record->catalog_id = initial->info->dwCatalogEntryId;
    record->relay = initial->note.id;
    record->messages = initial->info->iSocketType == SOCK_SEQPACKET;
    record_set_flags(record, RECORD_HOST);
    if (initial->note.id && initial->peer_len) host_tag(initial);
    return 0;
}

void host_update(const struct host_socket *changed)
{
    notes_update(&sockets, &changed->note);
    host_tag(changed);
}

static const struct host_socket *first(void)
{
    return (const struct host_socket *)sockets.first;
}

static const struct host_socket *next_of(const struct host_socket *host)
{
    return (const struct host_socket *)host->note.next;
}

BOOL host_listener_on(USHORT port, struct host_socket *copy)
{
    const struct host_socket *host;

    AcquireSRWLockShared(&sockets.lock);
    for (host = first(); host; host = next_of(host))
        if (host->listening && host->front_port == port) break;
    if (host) *copy = *host;
    ReleaseSRWLockShared(&sockets.lock);
    return host != NULL;
}

int host_address_size(int family, int *least)
{
    const int row = row_of(family);

    *least = families[row].min_size;
    return families[row].size;
}

void host_for_each(void (*visit)(const struct host_socket *host))
{
    const struct host_socket *host;

    for (host = first(); host; host = next_of(host)) visit(host);
}

void host_renamed(SOCKET s, uint32_t id)
{
    struct socket_record *record = record_get(s);
    struct note *note;

    AcquireSRWLockExclusive(&sockets.lock);
    if ((note = notes_find(&sockets, s))) note->id = id;
    ReleaseSRWLockExclusive(&sockets.lock);
    if (record) record->relay = id;
}

void host_settle(const struct socket_record *record)
{
    struct ws2_host params = {.id = record->relay};

    if (params.id) unix_call(WS2_HOST_SETTLE, &params);
}
