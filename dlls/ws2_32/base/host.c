/*
 * Sockets of families that the device does not know, over fronts of the device.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Their records are the fronts', TCP over IPv4; what the program asked for is noted
 * here. A connection that a listener's front accepts comes from an address by which
 * the ELF half knows its other end.
 */
#include "private.h"

#include "base/base.h"
#include "base/closing.h"
#include "base/device.h"
#include "base/graft.h"
#include "base/host.h"
#include "base/hostmessage.h"
#include "base/hostnote.h"
#include "base/marker.h"
#include "base/rawhost.h"
#include "base/reuse.h"
#include "catalog.h"
#include "group.h"
#include "guarded.h"
#include "record.h"
#include "thread.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* How long connect waits: for room in a local listener's queue, or for another machine. */
#define LOCAL_WAIT_MS 2000
#define REMOTE_WAIT_MS 21000
#define SLICE_MS 50

static int open_host(const WSAPROTOCOL_INFOW *info, int protocol, struct host_socket *host)
{
    struct ws2_host params = {
        .family = info->iAddressFamily, .type = info->iSocketType, .protocol = protocol};
    int error = host_call(WS2_HOST_OPEN, &params);

    if (error) return error;
    host->note.id = params.id;
    host->free_port = params.port;
    host_publish_process(params.own_pid);
    return 0;
}

#ifndef WSA_FLAG_NO_HANDLE_INHERIT
#define WSA_FLAG_NO_HANDLE_INHERIT 0x80
#endif

SOCKET host_socket(const WSAPROTOCOL_INFOW *info, int type, int protocol, GROUP group, DWORD flags, int *err)
{
    static const int at_once = TRUE;
    struct host_socket host = {.info = catalog_by_id(info->dwCatalogEntryId)};
    struct group_place place;
    int ignored;

    if (!host.info) host.info = catalog_find(info->iAddressFamily, type, protocol, err);
    if (!host.info) return INVALID_SOCKET;
    if ((*err =
             group_enter(group, type, host.info->iProtocol, !(flags & WSA_FLAG_NO_HANDLE_INHERIT), &place)))
        return INVALID_SOCKET;
    if ((*err = open_host(host.info, protocol, &host)))
    {
        group_leave(&place);
        return INVALID_SOCKET;
    }
    host.note.handle = base_socket(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, flags, err);
    if (host.note.handle != INVALID_SOCKET)
    {
        front_setsockopt(host.note.handle, IPPROTO_TCP, TCP_NODELAY, (const char *)&at_once, sizeof(at_once),
                         &ignored);
        if (!(*err = group_join(host.note.handle, &place)))
        {
            place.id = 0; /* the socket has it */
            if (!(*err = host_note(&host))) return host.note.handle;
        }
        base_close_socket(host.note.handle, &ignored);
    }
    group_leave(&place);
    host_release(host.note.id, TRUE);
    return INVALID_SOCKET;
}

/* The ELF half tells the front's connection by its port. The host forgets a port that it
 * has chosen itself after a connection was refused, so it does not choose. */
static int front_bind(SOCKET s, struct host_socket *host)
{
    SOCKADDR_IN addr = {.sin_family = AF_INET, .sin_addr.s_addr = 0x0100007f, .sin_port = host->free_port};
    NTSTATUS status;
    ULONG len;
    int error;

    if (host->front_port) return 0;
    if (base_bind(s, (struct sockaddr *)&addr, sizeof(addr), &error))
    {
        addr.sin_port = 0; /* somebody was faster */
        if (base_bind(s, (struct sockaddr *)&addr, sizeof(addr), &error)) return error;
    }
    status = device_request(s, AFD_GETSOCKNAME, NULL, 0, &addr, sizeof(addr), &len);
    if (status) return device_error(status);
    host->front_port = addr.sin_port;
    return 0;
}

/* The program's address, as long as it says and the family's has room; 0 or an error. */
static int take_address(const struct host_socket *host, const struct sockaddr *addr, int len,
                        union name *name, int *name_len)
{
    int least, size = host_address_size(host->info->iAddressFamily, &least);

    if (!addr || len < least) return WSAEFAULT;
    *name_len = min(len, size);
    memset(name, 0, sizeof(*name));
    if (!guarded_read(name, addr, *name_len)) return WSAEFAULT;
    if (name->storage.ss_family != host->info->iAddressFamily) return WSAEAFNOSUPPORT;
    *name_len = size;
    return 0;
}

static int bind_name(struct host_socket *host)
{
    struct ws2_host params = {.id = host->note.id, .protocol = host->info->iProtocol};
    struct host_path *path;
    int error;

    if (host->info->iAddressFamily != AF_UNIX)
    {
        params.address = WS2_PTR(&host->local);
        params.address_size = host->local_len;
        return host_call(WS2_HOST_BIND, &params);
    }
    if (!(path = heap_alloc(sizeof(*path)))) return WSAENOBUFS;
    if (!(error = marker_create(&host->local.un, host_process, host->note.id, path)))
    {
        params.address = WS2_PTR(path);
        params.address_size = path->size;
        if ((error = host_call(WS2_HOST_BIND, &params)))
            marker_delete(&host->local.un);
        else
            host->path = host_publish_path(path, &host->local);
    }
    heap_free(path);
    return error;
}

static int fail(int error, int *err)
{
    *err = error;
    return SOCKET_ERROR;
}

/* For Hyper-V and Bluetooth the host says which service or channel it has chosen. */
static void ask_name(struct host_socket *host)
{
    struct ws2_host params = {
        .id = host->note.id, .address = WS2_PTR(&host->local), .address_size = sizeof(host->local)};

    if (host->info->iAddressFamily == AF_UNIX) return;
    if (!host_call(WS2_HOST_LOCAL, &params)) host->local_len = params.address_size;
}

/* AF_UNIX: WSAEADDRINUSE if there is a file of that name, whatever it is; WSAENETDOWN if
 * there can be none. */
int WSPAPI host_bind(SOCKET s, const struct sockaddr *addr, int len, int *err)
{
    struct host_socket host;
    union name name;
    int name_len;

    if (rawhost_is(s)) return rawhost_bind(s, addr, len, err);
    if (!host_look(s, &host)) return base_bind(s, addr, len, err);
    if ((*err = take_address(&host, addr, len, &name, &name_len))) return SOCKET_ERROR;
    if (host.local_len || host.peer_len) return fail(WSAEINVAL, err);
    host.local = name;
    host.local_len = name_len;
    if ((*err = bind_name(&host))) return SOCKET_ERROR;
    ask_name(&host);
    host_update(&host);
    return 0;
}

static DWORD WINAPI run_relays(void *unused)
{
    struct ws2_host params = {0};

    (void)unused;
    host_call(WS2_HOST_RUN, &params);
    return 0;
}

static int start_runner(void)
{
    struct ws2_host params = {.flags = WS2_HOST_NOBODY};

    if (thread_start(run_relays, NULL)) return 0;
    host_call(WS2_HOST_RUN, &params);
    return WSAENOBUFS;
}

int WSPAPI host_listen(SOCKET s, int backlog, int *err)
{
    struct ws2_host params = {.handle = s, .backlog = backlog};
    struct host_socket host;

    if (!host_look(s, &host)) return base_listen(s, backlog, err);
    if (!host.local_len) return fail(WSAEINVAL, err);
    if (host.peer_len) return fail(WSAEISCONN, err);
    params.id = host.note.id;
    if ((*err = front_bind(s, &host))) return SOCKET_ERROR;
    if (!host.listening && (*err = host_call(WS2_HOST_GUARD, &params))) return SOCKET_ERROR;
    if (base_listen(s, backlog, err)) return SOCKET_ERROR;
    params.front_port = host.front_port;
    if ((*err = host_call(WS2_HOST_LISTEN, &params))) return SOCKET_ERROR;
    if (params.runner && (*err = start_runner())) return SOCKET_ERROR;
    host.listening = TRUE;
    host_update(&host);
    return 0;
}

/* A front that DisconnectEx has made ready for another connection needs another host socket. */
static int renew(struct host_socket *host)
{
    const uint32_t old = host->note.id;
    int error = open_host(host->info, host->info->iProtocol, host);

    if (error) return error;
    host_release(old, TRUE);
    host_renamed(host->note.handle, host->note.id);
    host->peer_len = 0;
    host->front_port = host->free_port; /* that is what the relay knows it by */
    reuse_come_from(host->note.handle, host->front_port);
    return 0;
}

static int name_to_reach(const struct host_socket *host, const union name *name, int name_len,
                         struct ws2_host *params, struct host_path **path)
{
    int error;

    *path = NULL;
    params->protocol = host->info->iProtocol;
    if (host->info->iAddressFamily != AF_UNIX)
    {
        params->address = WS2_PTR(name);
        params->address_size = name_len;
        return 0;
    }
    if (!(*path = heap_alloc(sizeof(**path)))) return WSAENOBUFS;
    if ((error = marker_follow(&name->un, *path))) return error;
    params->address = WS2_PTR(*path);
    params->address_size = (*path)->size;
    if ((*path)->same_user) params->flags = WS2_HOST_SAME_USER;
    return 0;
}

/* In slices, so that APCs of the layer's are served; a socket closed meanwhile ends it. */
static int connect_host(const struct host_socket *host, struct ws2_host *params)
{
    DWORD wait = host->info->iAddressFamily == AF_UNIX ? LOCAL_WAIT_MS : REMOTE_WAIT_MS, waited;
    int error = WSAEWOULDBLOCK;

    params->wait_ms = SLICE_MS;
    for (waited = 0; error == WSAEWOULDBLOCK && waited < wait; waited += SLICE_MS)
        error = host_call(WS2_HOST_CONNECT, params);
    if (error == WSAEWOULDBLOCK)
        return host->info->iAddressFamily == AF_UNIX ? WSAECONNREFUSED : WSAETIMEDOUT;
    if (error == WSAENOTSOCK) return WSAEINTR;
    return error;
}

int host_reach(SOCKET s, const struct sockaddr *addr, int len, SOCKADDR_IN *where)
{
    struct ws2_host params = {0};
    struct host_socket host;
    struct host_path *path = NULL;
    union name name;
    int name_len, error;

    if (!host_look(s, &host)) return WSAENOTSOCK;
    if ((error = take_address(&host, addr, len, &name, &name_len))) return error;
    if (host.listening) return WSAEINVAL;
    if (host.peer_len)
    {
        if (host_front_connected(s)) return WSAEISCONN;
        if ((error = renew(&host))) return error;
    }
    if (name.storage.ss_family == FAMILY_BTH &&
        (error = bluetooth_find_channel(&name.bth, host.info->iProtocol)))
        return error;
    if ((error = front_bind(s, &host))) return error;
    host_update(&host);
    params.id = host.note.id;
    params.front_port = host.front_port;
    if ((error = group_connecting(s, &name.storage))) return error;
    if (!(error = name_to_reach(&host, &name, name_len, &params, &path)))
        error = connect_host(&host, &params);
    heap_free(path);
    if (error && error != WSAECONNREFUSED) group_disconnected(s);
    TRACE("socket %#Ix, relay %u, error %d\n", s, host.note.id, error);
    if (error) return error;
    if (params.runner && (error = start_runner())) return error;
    host.peer = name;
    host.peer_len = name_len;
    host.peer_pid = host_peer_process(host.note.id);
    ask_name(&host);
    host_update(&host);
    memset(where, 0, sizeof(*where));
    where->sin_family = AF_INET;
    where->sin_addr.s_addr = 0x0100007f;
    where->sin_port = params.port;
    return 0;
}

/* Where nobody ever listens, for fronts that are to be told so by the device itself: a
 * non-blocking connect that is refused says so through events. */
static int nowhere(SOCKADDR_IN *where)
{
    static SOCKADDR_IN reserved;
    static SRWLOCK once = SRWLOCK_INIT;
    int error = 0;

    AcquireSRWLockExclusive(&once);
    if (!reserved.sin_port)
    {
        SOCKET s = graft_hidden_socket(AF_INET, SOCK_STREAM, IPPROTO_TCP, &error);
        SOCKADDR_STORAGE addr = {.ss_family = AF_INET};
        ULONG len;

        ((SOCKADDR_IN *)&addr)->sin_addr.s_addr = 0x0100007f;
        if (s != INVALID_SOCKET && !graft_bind(s, &addr, sizeof(SOCKADDR_IN)))
            device_request(s, AFD_GETSOCKNAME, NULL, 0, &reserved, sizeof(reserved), &len);
    }
    *where = reserved;
    ReleaseSRWLockExclusive(&once);
    return where->sin_port ? 0 : WSAENOBUFS;
}

/* A connection to a local socket is there at once or not at all; one to another machine
 * is waited for even by a non-blocking socket, which then finds it made. */
int WSPAPI host_connect(SOCKET s, const struct sockaddr *addr, int len, WSABUF *caller, WSABUF *callee,
                        QOS *sqos, QOS *gqos, int *err)
{
    SOCKADDR_IN where;
    int error;

    if (rawhost_is(s)) return rawhost_connect(s, addr, len, err);
    if (!host_knows(s)) return base_connect(s, addr, len, caller, callee, sqos, gqos, err);
    error = host_reach(s, addr, len, &where);
    if (error == WSAECONNREFUSED) error = nowhere(&where);
    if (error) return fail(error, err);
    return base_connect(s, (struct sockaddr *)&where, sizeof(where), caller, callee, sqos, gqos, err);
}

/* An AF_UNIX name ends with its path; an unnamed socket's is the family alone. */
static int name_size(const union name *name, int len)
{
    if (name->storage.ss_family != AF_UNIX || !len) return len;
    if (!name->un.sun_path[0]) return sizeof(name->un.sun_family);
    return offsetof(struct sockaddr_un, sun_path) + strnlen(name->un.sun_path, sizeof(name->un.sun_path)) + 1;
}

/* Too small a buffer is WSAEFAULT; one with room gets the whole structure. */
static int give_name(const union name *name, int len, struct sockaddr *addr, int *addr_len, int *err)
{
    int room;

    if (!addr || !addr_len || !guarded_read(&room, addr_len, sizeof(room)) || room < name_size(name, len))
        return fail(WSAEFAULT, err);
    len = min(len, room);
    if (!guarded_write(addr, name, len) || !guarded_write(addr_len, &len, sizeof(len)))
        return fail(WSAEFAULT, err);
    return 0;
}

/* WSAEINVAL before bind and connect, as for other families. */
int WSPAPI host_getsockname(SOCKET s, struct sockaddr *addr, int *len, int *err)
{
    struct host_socket host;

    if (rawhost_is(s)) return rawhost_getsockname(s, addr, len, err);
    if (!host_look(s, &host)) return base_getsockname(s, addr, len, err);
    if (!host.local_len && !host.peer_len) return fail(WSAEINVAL, err);
    if (!host.local_len) host_unnamed(host.info->iAddressFamily, &host.local, &host.local_len);
    return give_name(&host.local, host.local_len, addr, len, err);
}

int WSPAPI host_getpeername(SOCKET s, struct sockaddr *addr, int *len, int *err)
{
    struct host_socket host;

    if (rawhost_is(s)) return rawhost_getpeername(s, addr, len, err);
    if (!host_look(s, &host)) return base_getpeername(s, addr, len, err);
    if (!host_front_connected(s)) return fail(WSAENOTCONN, err);
    if (!host.peer_len) host_accepted(INVALID_SOCKET, s); /* AcceptEx's */
    host_look(s, &host);
    if (!host.peer_len) host_unnamed(host.info->iAddressFamily, &host.peer, &host.peer_len);
    return give_name(&host.peer, host.peer_len, addr, len, err);
}

/* The front's options are the socket's; those of TCP and IP are not its own. */
int WSPAPI host_setsockopt(SOCKET s, int level, int name, const char *value, int len, int *err)
{
    struct host_socket host;
    SOCKET listener;
    int ret;

    if (rawhost_is(s)) return rawhost_setsockopt(s, level, name, value, len, err);
    if (level != SOL_SOCKET && host_knows(s)) return fail(WSAENOPROTOOPT, err);
    ret = front_setsockopt(s, level, name, value, len, err);
    if (!ret && level == SOL_SOCKET && name == SO_UPDATE_ACCEPT_CONTEXT &&
        guarded_read(&listener, value, sizeof(listener)) && host_is(listener))
        host_accepted(listener, s);
    /* DisconnectEx and ConnectEx have given it another host socket, which has no tag yet */
    if (!ret && level == SOL_SOCKET && name == SO_UPDATE_CONNECT_CONTEXT && host_look(s, &host))
        host_update(&host);
    return ret;
}

int WSPAPI host_getsockopt(SOCKET s, int level, int name, char *value, int *len, int *err)
{
    if (rawhost_is(s)) return rawhost_getsockopt(s, level, name, value, len, err);
    if (host_knows(s) && level != SOL_SOCKET) return fail(WSAENOPROTOOPT, err);
    return front_getsockopt(s, level, name, value, len, err);
}

uint32_t host_closing(SOCKET s, BOOL *last)
{
    struct host_socket host;
    uint32_t id = 0;

    if (!host_look(s, &host)) return 0;
    if (!host.peer_len && host_front_connected(s)) host_accepted(INVALID_SOCKET, s); /* AcceptEx's */
    message_forget(s);
    *last = closing_is_last(s);
    host_unlink(s, &id);
    return id;
}

void host_closed(uint32_t id, BOOL last)
{
    host_release(id, last);
}

static void release_last(const struct host_socket *host)
{
    if (host->note.id && closing_is_last(host->note.handle)) host_release(host->note.id, TRUE);
}

/* The last thread: whoever held the lock is gone. */
void host_leave(void)
{
    if (!host_process) return;
    host_for_each(release_last);
    unix_call(WS2_HOST_LEAVE, NULL);
}
