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

static struct host_socket *sockets;
static SRWLOCK lock = SRWLOCK_INIT;

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

/* Under the lock. */
static struct host_socket *find(SOCKET s)
{
    struct host_socket *host = sockets;

    while (host && host->handle != s) host = host->next;
    return host;
}

/* A copy, for calls that wait. */
BOOL host_look(SOCKET s, struct host_socket *copy)
{
    const struct host_socket *host;

    if (!host_knows(s)) return FALSE;
    AcquireSRWLockShared(&lock);
    if ((host = find(s))) *copy = *host;
    ReleaseSRWLockShared(&lock);
    return host != NULL;
}

int host_call(enum ws2_unix_function function, struct ws2_host *params)
{
    NTSTATUS status = unix_call(function, params);

    return status ? device_error(status) : params->error;
}

void host_unlink(SOCKET s, uint32_t *id)
{
    struct host_socket **link = &sockets, *gone;

    AcquireSRWLockExclusive(&lock);
    while ((gone = *link) && gone->handle != s) link = &gone->next;
    if (gone)
    {
        *link = gone->next;
        *id = gone->id;
        if (gone->path) NtClose(gone->path); /* under the lock: not by way of base/ashandle.c */
    }
    ReleaseSRWLockExclusive(&lock);
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
    struct socket_record *record = record_get(initial->handle);
    uint32_t old = 0;

    if (!host || !record)
    {
        heap_free(host);
        return WSAENOBUFS;
    }
    host_unlink(initial->handle, &old);
    host_release(old, TRUE);
    *host = *initial;
    AcquireSRWLockExclusive(&lock);
    host->next = sockets;
    sockets = host;
    ReleaseSRWLockExclusive(&lock);
    record->catalog_id = initial->info->dwCatalogEntryId;
    record->relay = initial->id;
    record->messages = initial->info->iSocketType == SOCK_SEQPACKET;
    record_set_flags(record, RECORD_HOST);
    if (initial->id && initial->peer_len) host_tag(initial);
    return 0;
}

void host_update(const struct host_socket *changed)
{
    struct host_socket *host;

    AcquireSRWLockExclusive(&lock);
    if ((host = find(changed->handle)) && host->id == changed->id)
    {
        struct host_socket *next = host->next;

        *host = *changed;
        host->next = next;
    }
    ReleaseSRWLockExclusive(&lock);
    host_tag(changed);
}

BOOL host_listener_on(USHORT port, struct host_socket *copy)
{
    const struct host_socket *host;

    AcquireSRWLockShared(&lock);
    for (host = sockets; host; host = host->next)
        if (host->listening && host->front_port == port) break;
    if (host) *copy = *host;
    ReleaseSRWLockShared(&lock);
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

    for (host = sockets; host; host = host->next) visit(host);
}

void host_renamed(SOCKET s, uint32_t id)
{
    struct socket_record *record = record_get(s);
    struct host_socket *host;

    AcquireSRWLockExclusive(&lock);
    if ((host = find(s))) host->id = id;
    ReleaseSRWLockExclusive(&lock);
    if (record) record->relay = id;
}

void host_settle(const struct socket_record *record)
{
    struct ws2_host params = {.id = record->relay};

    if (params.id) unix_call(WS2_HOST_SETTLE, &params);
}
