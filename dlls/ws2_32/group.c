/*
 * Socket groups: who is a member, and what a constrained group demands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * "A constrained socket group may consist only of connection-oriented sockets, and
 * requires that connections on all grouped sockets be to the same address on the same
 * host" (WSASocket). The same address is taken for the same IP address; ports may
 * differ. It stays that of the group for as long as a member has such a connection.
 */
#include "private.h"

#include "base/device.h"
#include "group.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define GROUP_NAME L"Global\\__ws2_32_group_%08x"
#define PEER_NAME L"Global\\__ws2_32_group_%08x_peer"

struct kind
{
    BOOL constrained;
    int type, protocol;
};

struct peer
{
    int family;
    BYTE bytes[16];
};

struct group
{
    GROUP id;
    struct kind kind;
    HANDLE section;
    LONG members;
    HANDLE peer; /* open while connected is not 0 */
    LONG connected;
    struct group *next;
};

static struct group *groups; /* those with members in this process */
static SRWLOCK lock = SRWLOCK_INIT;

static struct group **find(GROUP id)
{
    struct group **link = &groups;

    while (*link && (*link)->id != id) link = &(*link)->next;
    return link;
}

/* A section of this name, which is filled from *content if it is new and fills it otherwise;
 * NULL if there is none and create is 0, or there is one and it is 2. */
static HANDLE open_section(const WCHAR *format, GROUP id, void *content, SIZE_T size, int create)
{
    WCHAR name[64];
    HANDLE section;
    void *view;
    BOOL old;

    _snwprintf(name, ARRAY_COUNT(name), format, id);
    if (create)
        section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, size, name);
    else
        section = OpenFileMappingW(FILE_MAP_READ | FILE_MAP_WRITE, FALSE, name);
    old = !create || GetLastError() == ERROR_ALREADY_EXISTS;
    if (!section) return NULL;
    if (!(view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, size)) || (old && create == 2))
    {
        if (view) UnmapViewOfFile(view);
        CloseHandle(section);
        return NULL;
    }
    if (old)
        memcpy(content, view, size);
    else
        memcpy(view, content, size);
    UnmapViewOfFile(view);
    return section;
}

/* IDs of groups that are no more are not used again soon. */
static GROUP next_id(void)
{
    static LONG last;
    LARGE_INTEGER now;

    if (!last)
    {
        QueryPerformanceCounter(&now);
        InterlockedCompareExchange(&last, (GetCurrentProcessId() << 16) ^ now.LowPart, 0);
    }
    return (InterlockedIncrement(&last) & 0x7fffffff) | 0x100;
}

/* Under the lock. */
static struct group *open_group(GROUP id, const struct kind *kind, int create)
{
    struct group *group = heap_zalloc(sizeof(*group));

    if (!group) return NULL;
    group->id = id;
    if (create) group->kind = *kind;
    if (!(group->section = open_section(GROUP_NAME, id, &group->kind, sizeof(group->kind), create)))
    {
        heap_free(group);
        return NULL;
    }
    group->next = groups;
    return groups = group;
}

static struct group *make_group(const struct kind *kind)
{
    struct group *group = NULL;
    int tries;

    for (tries = 0; !group && tries < 1000; tries++) group = open_group(next_id(), kind, 2);
    return group;
}

static void leave(GROUP id, BOOL connected)
{
    struct group **link = find(id), *group = *link;

    if (!group) return;
    if (connected && !--group->connected)
    {
        CloseHandle(group->peer);
        group->peer = NULL;
    }
    if (--group->members) return;
    *link = group->next;
    if (group->peer) CloseHandle(group->peer);
    CloseHandle(group->section);
    heap_free(group);
}

/* CloseHandle is legal on sockets, and nobody is told. */
static void look_for_closed(struct socket_record *record, void *context)
{
    const GROUP id = *(const GROUP *)context;
    struct afd_info info;

    if (record->group != id ||
        !device_request(record->handle, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL))
        return;
    record->group = 0;
    leave(id, record->flags & RECORD_GROUP_PEER);
}

static BOOL fits(const struct kind *group, const struct kind *member)
{
    return !group->constrained || (group->type == member->type && group->protocol == member->protocol);
}

static int join_group(GROUP id, const struct kind *member)
{
    struct group *group;

    if (*find(id)) record_for_each(look_for_closed, &id);
    if (!(group = *find(id)) && !(group = open_group(id, NULL, 0))) return WSAEINVAL;
    group->members++;
    if (fits(&group->kind, member)) return 0;
    leave(id, FALSE);
    return WSAEINVAL;
}

int group_enter(GROUP g, int type, int protocol, GROUP *id)
{
    const struct kind kind = {g == SG_CONSTRAINED_GROUP, type, protocol};
    struct group *group;
    int error = 0;

    *id = 0;
    if (!g) return 0;
    if (kind.constrained && type != SOCK_STREAM && type != SOCK_SEQPACKET) return WSAEINVAL;
    AcquireSRWLockExclusive(&lock);
    if (g != SG_UNCONSTRAINED_GROUP && g != SG_CONSTRAINED_GROUP)
    {
        if (!(error = join_group(g, &kind))) *id = g;
    }
    else if ((group = make_group(&kind)))
    {
        group->members = 1;
        *id = group->id;
    }
    else
        error = WSAENOBUFS;
    ReleaseSRWLockExclusive(&lock);
    TRACE("asked for %#x, got %#x, error %d\n", g, *id, error);
    return error;
}

void group_leave(GROUP id, BOOL connected)
{
    if (!id) return;
    AcquireSRWLockExclusive(&lock);
    leave(id, connected);
    ReleaseSRWLockExclusive(&lock);
}

void group_forget(SOCKET s)
{
    struct socket_record *record = record_get(s);
    GROUP id = record ? record->group : 0;

    if (!id) return;
    record->group = 0;
    group_leave(id, record->flags & RECORD_GROUP_PEER);
}

static void take_peer(const SOCKADDR_STORAGE *addr, struct peer *peer)
{
    const SOCKADDR_IN *v4 = (const SOCKADDR_IN *)addr;
    const SOCKADDR_IN6 *v6 = (const SOCKADDR_IN6 *)addr;

    memset(peer, 0, sizeof(*peer));
    peer->family = addr->ss_family;
    if (addr->ss_family == AF_INET) memcpy(peer->bytes, &v4->sin_addr, sizeof(v4->sin_addr));
    if (addr->ss_family == AF_INET6) memcpy(peer->bytes, &v6->sin6_addr, sizeof(v6->sin6_addr));
}

/* The section of the peer exists while any process has a member that is connected. */
static int share_peer(struct group *group, const struct peer *wanted)
{
    struct peer peer = *wanted;
    HANDLE section;

    if (!(section = open_section(PEER_NAME, group->id, &peer, sizeof(peer), 1))) return WSAENOBUFS;
    if (memcmp(&peer, wanted, sizeof(peer)))
    {
        CloseHandle(section);
        return WSAEINVAL;
    }
    if (group->connected++)
        CloseHandle(section);
    else
        group->peer = section;
    return 0;
}

int group_connecting(SOCKET s, const SOCKADDR_STORAGE *addr)
{
    struct socket_record *record = record_get(s);
    struct group *group;
    struct peer peer;
    int error = 0;

    if (!record || !record->group || record->flags & RECORD_GROUP_PEER) return 0;
    take_peer(addr, &peer);
    AcquireSRWLockExclusive(&lock);
    if ((group = *find(record->group)) && group->kind.constrained && !(error = share_peer(group, &peer)))
        record_set_flags(record, RECORD_GROUP_PEER);
    ReleaseSRWLockExclusive(&lock);
    return error;
}

void group_connect_ended(SOCKET s, NTSTATUS status)
{
    struct socket_record *record = record_get(s);
    struct group *group;

    if (NT_SUCCESS(status) || status == STATUS_DEVICE_NOT_READY) return;
    if (status == STATUS_CONNECTION_ACTIVE || status == STATUS_ADDRESS_ALREADY_ASSOCIATED) return;
    if (!record || !(record->flags & RECORD_GROUP_PEER)) return;
    AcquireSRWLockExclusive(&lock);
    record_clear_flags(record, RECORD_GROUP_PEER);
    if ((group = *find(record->group)) && group->connected && !--group->connected)
    {
        CloseHandle(group->peer);
        group->peer = NULL;
    }
    ReleaseSRWLockExclusive(&lock);
}

int group_accepted(SOCKET s, GROUP g, const SOCKADDR_STORAGE *peer)
{
    struct socket_record *record = record_get(s);
    GROUP id;
    int error;

    if (!record || !g) return 0;
    if ((error = group_enter(g, record->type, record->protocol, &id))) return error;
    record->group = id;
    return group_connecting(s, peer);
}
