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

#include "base/marker.h"
#include "base/peer.h"
#include "catalog.h"
#include "group.h"
#include "member.h"
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

/* A section of this name, which is filled from *content if it is new and fills it otherwise;
 * NULL if there is none and create is 0, or there is one and it is 2. */
static HANDLE open_section(const WCHAR *format, GROUP id, void *content, SIZE_T size, int create,
                           BOOL inherit)
{
    SECURITY_ATTRIBUTES attr = {sizeof(attr), NULL, inherit};
    WCHAR name[64];
    HANDLE section;
    void *view;
    BOOL old;

    _snwprintf(name, ARRAY_COUNT(name), format, id);
    if (create)
        section = CreateFileMappingW(INVALID_HANDLE_VALUE, &attr, PAGE_READWRITE, 0, size, name);
    else
        section = OpenFileMappingW(FILE_MAP_READ | FILE_MAP_WRITE, inherit, name);
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

static HANDLE make_group(const struct kind *kind, BOOL inherit, GROUP *id)
{
    struct kind content = *kind;
    HANDLE token = NULL;
    int tries;

    for (tries = 0; !token && tries < 1000; tries++)
        token = open_section(GROUP_NAME, *id = next_id(), &content, sizeof(content), 2, inherit);
    return token;
}

static BOOL fits(const struct kind *group, const struct kind *member)
{
    return !group->constrained || (group->type == member->type && group->protocol == member->protocol);
}

static HANDLE open_group(GROUP id, const struct kind *member, BOOL inherit)
{
    struct kind kind;
    HANDLE token;

    members_sweep();
    if (!(token = open_section(GROUP_NAME, id, &kind, sizeof(kind), 0, inherit))) return NULL;
    if (fits(&kind, member)) return token;
    CloseHandle(token);
    return NULL;
}

int group_enter(GROUP g, int type, int protocol, BOOL inherit, struct group_place *place)
{
    const struct kind kind = {g == SG_CONSTRAINED_GROUP, type, protocol};
    int error = 0;

    *place = (struct group_place){.inherit = inherit};
    if (!g) return 0;
    if (kind.constrained && type != SOCK_STREAM && type != SOCK_SEQPACKET) return WSAEINVAL;
    if (g == SG_UNCONSTRAINED_GROUP || g == SG_CONSTRAINED_GROUP)
    {
        if (!(place->token = make_group(&kind, inherit, &place->id))) error = WSAENOBUFS;
    }
    else if ((place->token = open_group(g, &kind, inherit)))
        place->id = g;
    else
        error = WSAEINVAL;
    TRACE("asked for %#x, got %#x, error %d\n", g, place->id, error);
    return error;
}

int group_join(SOCKET s, const struct group_place *place)
{
    return place->id ? member_add(s, place->id, place->token, place->inherit) : 0;
}

void group_leave(const struct group_place *place)
{
    if (place->id) CloseHandle(place->token);
}

/* The part of an address that says which host it is, or which place there. */
static const struct
{
    int family, offset, size;
} parts[] = {
    {AF_INET, offsetof(SOCKADDR_IN, sin_addr), sizeof(IN_ADDR)},
    {AF_INET6, offsetof(SOCKADDR_IN6, sin6_addr), sizeof(IN6_ADDR)},
    {32, 2, 8},  /* AF_BTH: a packed structure */
    {34, 4, 16}, /* AF_HYPERV: the virtual machine */
};

/* A path is too long, and as good as its hash. */
static void take_path(const char *path, SIZE_T size, struct peer *peer)
{
    ULONGLONG hash = 14695981039346656037u;
    SIZE_T i;

    for (i = 0; i < size && path[i]; i++) hash = (hash ^ (BYTE)path[i]) * 1099511628211u;
    memcpy(peer->bytes, &hash, sizeof(hash));
}

/* An IPv4 address is the same in an IPv6 one. */
static void take_peer(const SOCKADDR_STORAGE *addr, struct peer *peer)
{
    static const BYTE mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const struct sockaddr_un *un = (const struct sockaddr_un *)addr;
    unsigned int i;

    memset(peer, 0, sizeof(*peer));
    peer->family = addr->ss_family;
    if (addr->ss_family == AF_UNIX) take_path(un->sun_path, sizeof(un->sun_path), peer);
    for (i = 0; i < ARRAY_COUNT(parts); i++)
        if (parts[i].family == addr->ss_family)
            memcpy(peer->bytes, (const char *)addr + parts[i].offset, parts[i].size);
    if (addr->ss_family != AF_INET6 || memcmp(peer->bytes, mapped, sizeof(mapped))) return;
    peer->family = AF_INET;
    memmove(peer->bytes, peer->bytes + sizeof(mapped), sizeof(IN_ADDR));
    memset(peer->bytes + sizeof(IN_ADDR), 0, sizeof(mapped));
}

/* Whether the group has constraints at all. */
static BOOL is_constrained(GROUP id)
{
    struct kind kind = {FALSE, 0, 0};
    HANDLE section = open_section(GROUP_NAME, id, &kind, sizeof(kind), 0, FALSE);

    if (section) CloseHandle(section);
    return kind.constrained;
}

/* The section of the peer exists while any member is connected. */
static int share_peer(SOCKET s, GROUP id, const struct peer *wanted)
{
    struct peer peer = *wanted;
    HANDLE section;

    members_sweep();
    if (!(section = open_section(PEER_NAME, id, &peer, sizeof(peer), 1, TRUE))) return WSAENOBUFS;
    if (!memcmp(&peer, wanted, sizeof(peer)))
    {
        member_give_peer(s, section);
        return 0;
    }
    CloseHandle(section);
    return WSAEINVAL;
}

int group_connecting(SOCKET s, const SOCKADDR_STORAGE *addr)
{
    const struct socket_record *record = record_get(s);
    struct peer peer;
    GROUP id;
    int error;

    if (!record || !(id = record->group) || member_has_peer(s) || !is_constrained(id)) return 0;
    take_peer(addr, &peer);
    if ((error = share_peer(s, id, &peer)) != WSAEINVAL) return error;
    /* one that does not wait may have tried in vain since */
    members_leave_peer(id, peer_connect_failed);
    return share_peer(s, id, &peer);
}

void group_disconnected(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    HANDLE peer;

    if (record && record->group && (peer = member_take_peer(s))) CloseHandle(peer);
}

void group_connect_ended(SOCKET s, NTSTATUS status)
{
    if (NT_SUCCESS(status) || status == STATUS_DEVICE_NOT_READY) return;
    if (status == STATUS_CONNECTION_ACTIVE || status == STATUS_ADDRESS_ALREADY_ASSOCIATED) return;
    group_disconnected(s);
}

int group_accepted(SOCKET s, GROUP g, const SOCKADDR_STORAGE *peer)
{
    const struct socket_record *record = record_get(s);
    const WSAPROTOCOL_INFOW *info;
    struct group_place place;
    int error;

    if (!record || !g) return 0;
    /* the record of a front is the front's */
    info = record->flags & RECORD_HOST ? catalog_by_id(record->catalog_id) : NULL;
    if ((error = group_enter(g, record->type, info ? info->iProtocol : record->protocol, TRUE, &place)))
        return error;
    if ((error = group_join(s, &place)))
        group_leave(&place);
    else
        error = group_connecting(s, peer);
    return error;
}
