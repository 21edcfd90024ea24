/*
 * The two ends of a connection over host sockets: their names and processes, and how
 * they travel with a socket to another process.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/base.h"
#include "base/device.h"
#include "base/host.h"
#include "base/hostnote.h"
#include "base/ioctl.h"
#include "base/peer.h"
#include "base/state.h"
#include "catalog.h"
#include "guarded.h"
#include "record.h"

#define PID_NAME L"Global\\__ws2_32_process_%u"
#define PATH_NAME L"Global\\__ws2_32_path_%.*S"

/* Not a Windows API: the Windows name of a path of the host, on the heap; NULL if it has none. */
WCHAR *CDECL wine_get_dos_file_name(LPCSTR path);

uint32_t host_process;

/* Which process a host's process is, for whoever is connected to it. */
void host_publish_process(uint32_t pid)
{
    WCHAR name[64];
    HANDLE section;
    DWORD *view;

    if (host_process) return;
    host_process = pid;
    _snwprintf(name, ARRAY_COUNT(name), PID_NAME, pid);
    section = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(*view), name);
    if (!section || !(view = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(*view)))) return;
    *view = GetCurrentProcessId(); /* both stay until the process ends */
}

/* A process that does not use the module has no number but the host's. */
static DWORD process_of(uint32_t pid)
{
    WCHAR name[64];
    HANDLE section;
    const DWORD *view;
    DWORD id = pid;

    _snwprintf(name, ARRAY_COUNT(name), PID_NAME, pid);
    if (!(section = OpenFileMappingW(FILE_MAP_READ, FALSE, name))) return id;
    if ((view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, sizeof(*view))))
    {
        id = *view;
        UnmapViewOfFile(view);
    }
    CloseHandle(section);
    return id;
}

static HANDLE path_section(const char *host_name, int len, BOOL create)
{
    WCHAR name[192];

    _snwprintf(name, ARRAY_COUNT(name), PATH_NAME, len, host_name);
    if (!create) return OpenFileMappingW(FILE_MAP_READ, FALSE, name);
    return CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(union name), name);
}

/* Whoever is connected to it knows the host's name only, the one without its first byte. */
HANDLE host_publish_path(const struct host_path *path, const union name *name)
{
    HANDLE section = path_section(path->path + 1, path->size - sizeof(path->family) - 1, TRUE);
    union name *view = section ? MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, sizeof(*view)) : NULL;

    if (view)
    {
        *view = *name;
        UnmapViewOfFile(view);
    }
    return section;
}

/* The path of a peer that is bound, from the host's name of it, as it was bound. */
static void path_of(union name *peer)
{
    const union name *view;
    WCHAR *path = NULL;
    HANDLE section;

    if (peer->un.sun_path[0])
    {
        if (!(path = wine_get_dos_file_name(peer->un.sun_path))) return;
        memset(peer->un.sun_path, 0, sizeof(peer->un.sun_path));
        WideCharToMultiByte(CP_UTF8, 0, path, -1, peer->un.sun_path, sizeof(peer->un.sun_path) - 1, NULL,
                            NULL);
        heap_free(path);
        return;
    }
    section = path_section(peer->un.sun_path + 1,
                           strnlen(peer->un.sun_path + 1, sizeof(peer->un.sun_path) - 1), FALSE);
    memset(peer->un.sun_path, 0, sizeof(peer->un.sun_path));
    if (!section) return;
    if ((view = MapViewOfFile(section, FILE_MAP_READ, 0, 0, sizeof(*view))))
    {
        *peer = *view;
        UnmapViewOfFile(view);
    }
    CloseHandle(section);
}

static void host_peer(uint32_t id, const WSAPROTOCOL_INFOW *info, union name *peer, int *len, uint32_t *pid)
{
    struct ws2_host params = {.id = id, .address = WS2_PTR(peer), .address_size = sizeof(*peer)};

    memset(peer, 0, sizeof(*peer));
    *len = host_call(WS2_HOST_PEER, &params) ? 0 : params.address_size;
    *pid = params.pid;
    if (info->iAddressFamily != AF_UNIX) return;
    peer->storage.ss_family = AF_UNIX;
    *len = sizeof(struct sockaddr_un);
    if (peer->un.sun_path[0] || peer->un.sun_path[1]) path_of(peer);
}

BOOL host_front_connected(SOCKET s)
{
    SOCKADDR_STORAGE peer;
    ULONG len;

    return !state_peer(s, &peer) || peer_recall(s, &peer, &len);
}

static BOOL front_ends(SOCKET s, SOCKADDR_IN *local, SOCKADDR_IN *peer)
{
    return !device_request(s, AFD_GETSOCKNAME, NULL, 0, local, sizeof(*local), NULL) &&
           !device_request(s, AFD_GETPEERNAME, NULL, 0, peer, sizeof(*peer), NULL);
}

void host_unnamed(int family, union name *name, int *len)
{
    int least;

    memset(name, 0, sizeof(*name));
    name->storage.ss_family = family;
    *len = host_address_size(family, &least);
}

/* For AcceptEx's socket, which has been opened as one of the family, and for accept's. */
int host_accepted(SOCKET listener, SOCKET accepted)
{
    struct host_socket host = {0}, from;
    SOCKADDR_IN local, peer;
    struct ws2_host params;

    if (!front_ends(accepted, &local, &peer)) return WSAENOTCONN;
    if (listener == INVALID_SOCKET ? !host_listener_on(local.sin_port, &from) : !host_look(listener, &from))
        return WSAENOTSOCK;
    params = (struct ws2_host){.front_address = peer.sin_addr.s_addr, .front_port = local.sin_port};
    host.note.handle = accepted;
    host.info = from.info;
    host.local = from.local;
    host.local_len = from.local_len;
    host.front_port = local.sin_port;
    if (host_call(WS2_HOST_FIND, &params))
    {
        if (from.note.id) return WSAENOTCONN;
        host_unnamed(host.info->iAddressFamily, &host.peer, &host.peer_len);
        return host_note(&host); /* the relay is another process's */
    }
    host.note.id = params.id;
    host_peer(host.note.id, host.info, &host.peer, &host.peer_len, &host.peer_pid);
    return host_note(&host);
}

void host_ends(SOCKET s, SOCKADDR_STORAGE *local, ULONG *local_len, SOCKADDR_STORAGE *peer, ULONG *peer_len)
{
    struct host_socket host;

    if (!host_look(s, &host)) return;
    *local = host.local.storage;
    *local_len = host.local_len;
    *peer = host.peer.storage;
    *peer_len = host.peer_len;
}

/* The areas hold an int, the size, and the address: put there by the device. */
static void set_area(char *area, DWORD room, const union name *name, int len)
{
    if (!room || room < sizeof(int) + len) return;
    memcpy(area, &len, sizeof(len));
    memcpy(area + sizeof(len), name, len);
}

uint32_t host_peer_process(uint32_t id)
{
    union name peer;
    struct ws2_host params = {.id = id, .address = WS2_PTR(&peer), .address_size = sizeof(peer)};

    return host_call(WS2_HOST_PEER, &params) ? 0 : params.pid;
}

void host_accept_areas(char *local, DWORD local_room, char *remote, DWORD remote_room)
{
    struct host_socket listener;
    SOCKADDR_IN peer, own;
    struct ws2_host params;
    union name name;
    uint32_t pid;
    int len;

    if (!host_process) return; /* none was ever made */
    memcpy(&own, local + sizeof(int), sizeof(own));
    memcpy(&peer, remote + sizeof(int), sizeof(peer));
    if (!local_room || own.sin_family != AF_INET || peer.sin_family != AF_INET) return;
    if (!host_listener_on(own.sin_port, &listener)) return;
    params = (struct ws2_host){.front_address = peer.sin_addr.s_addr, .front_port = own.sin_port};
    if (host_call(WS2_HOST_FIND, &params)) return;
    host_peer(params.id, listener.info, &name, &len, &pid);
    set_area(local, local_room, &listener.local, listener.local_len);
    set_area(remote, remote_room, &name, len);
}

/* SIO_AF_UNIX_GETPEERPID: a ULONG. */
int ioctl_peer_process(struct ioctl_call *call)
{
    struct host_socket host;
    DWORD id;

    if (!host_look(call->socket, &host) || host.info->iAddressFamily != AF_UNIX) return WSAEOPNOTSUPP;
    if (!host_front_connected(call->socket)) return WSAENOTCONN;
    if (!host.peer_len) host_accepted(INVALID_SOCKET, call->socket);
    if (!host_look(call->socket, &host)) return WSAENOTSOCK;
    id = process_of(host.peer_pid);
    return ioctl_give(call, &id, sizeof(id));
}

int WSPAPI host_duplicate_socket(SOCKET s, DWORD pid, WSAPROTOCOL_INFOW *info, int *err)
{
    struct host_socket host;
    WSAPROTOCOL_INFOW ticket;
    int ret;

    if (!host_look(s, &host) || !info) return base_duplicate_socket(s, pid, info, err);
    if ((ret = base_duplicate_socket(s, pid, &ticket, err))) return ret;
    ticket.iAddressFamily = host.info->iAddressFamily;
    ticket.iSocketType = host.info->iSocketType;
    ticket.iProtocol = host.info->iProtocol;
    ticket.dwCatalogEntryId = host.info->dwCatalogEntryId;
    ticket.ProviderId = host.info->ProviderId;
    memcpy(ticket.szProtocol, host.info->szProtocol, sizeof(ticket.szProtocol));
    if (guarded_write(info, &ticket, sizeof(ticket))) return 0;
    *err = WSAEFAULT;
    return SOCKET_ERROR;
}

int host_redeemed(SOCKET s, const WSAPROTOCOL_INFOW *info)
{
    struct host_socket host;

    if (!host_read_tag(s, &host))
        host = (struct host_socket){.note.handle = s, .info = catalog_by_id(info->dwCatalogEntryId)};
    if (!host.info || host.info->iAddressFamily != info->iAddressFamily) return WSAEINVAL;
    return host_note(&host);
}
