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
#include "base/device.h"
#include "base/graft.h"
#include "base/host.h"
#include "base/ioctl.h"
#include "base/marker.h"
#include "base/peer.h"
#include "base/rawhost.h"
#include "catalog.h"
#include "guarded.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define FAMILY_BTH 32
#define FAMILY_HYPERV 34

/* How long connect waits: for room in a local listener's queue, or for another machine. */
#define LOCAL_WAIT_MS 2000
#define REMOTE_WAIT_MS 21000
#define SLICE_MS 50

#define PID_NAME L"Global\\__ws2_32_process_%u"
#define PATH_NAME L"Global\\__ws2_32_path_%.*S"

/* Not a Windows API: the Windows name of a path of the host, on the heap; NULL if it has none. */
WCHAR *CDECL wine_get_dos_file_name(LPCSTR path);

union name
{
    SOCKADDR_STORAGE storage;
    struct sockaddr_un un;
};

struct host_socket
{
    SOCKET handle;
    uint32_t id; /* the ELF half's */
    const WSAPROTOCOL_INFOW *info;
    union name local, peer;
    int local_len, peer_len; /* 0: none */
    USHORT front_port;       /* network order; 0: not bound yet */
    USHORT free_port;        /* to bind it to */
    BOOL listening;
    HANDLE path; /* tells others the name of a bound AF_UNIX socket */
    struct host_socket *next;
};

static struct host_socket *sockets;
static SRWLOCK lock = SRWLOCK_INIT;
static uint32_t host_pid;

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
static BOOL look(SOCKET s, struct host_socket *copy)
{
    const struct host_socket *host;

    if (!host_is(s)) return FALSE;
    AcquireSRWLockShared(&lock);
    if ((host = find(s))) *copy = *host;
    ReleaseSRWLockShared(&lock);
    return host != NULL;
}

static int host_call(enum ws2_unix_function function, struct ws2_host *params)
{
    NTSTATUS status = unix_call(function, params);

    return status ? device_error(status) : params->error;
}

static void unlink_socket(SOCKET s, uint32_t *id)
{
    struct host_socket **link = &sockets, *gone;

    AcquireSRWLockExclusive(&lock);
    while ((gone = *link) && gone->handle != s) link = &gone->next;
    if (gone)
    {
        *link = gone->next;
        *id = gone->id;
        if (gone->path) CloseHandle(gone->path);
    }
    ReleaseSRWLockExclusive(&lock);
    heap_free(gone);
}

static void release(uint32_t id, BOOL last)
{
    struct ws2_host params = {.id = id, .flags = last ? WS2_HOST_LAST : 0};

    if (id) host_call(WS2_HOST_CLOSE, &params);
}

/* The record becomes that of a front; *initial's handle is s. A note of a handle that was
 * closed by CloseHandle gives way. */
static int note(const struct host_socket *initial)
{
    struct host_socket *host = heap_alloc(sizeof(*host));
    struct socket_record *record = record_get(initial->handle);
    uint32_t old = 0;

    if (!host || !record)
    {
        heap_free(host);
        return WSAENOBUFS;
    }
    unlink_socket(initial->handle, &old);
    release(old, TRUE);
    *host = *initial;
    AcquireSRWLockExclusive(&lock);
    host->next = sockets;
    sockets = host;
    ReleaseSRWLockExclusive(&lock);
    record->catalog_id = initial->info->dwCatalogEntryId;
    record_set_flags(record, RECORD_HOST);
    return 0;
}

/* Which process a host's process is, for whoever is connected to it. */
static void publish_process(uint32_t pid)
{
    WCHAR name[64];
    HANDLE section;
    DWORD *view;

    if (host_pid) return;
    host_pid = pid;
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

static int open_host(const WSAPROTOCOL_INFOW *info, int protocol, struct host_socket *host)
{
    struct ws2_host params = {
        .family = info->iAddressFamily, .type = info->iSocketType, .protocol = protocol};
    int error = host_call(WS2_HOST_OPEN, &params);

    if (error) return error;
    host->id = params.id;
    host->free_port = params.port;
    publish_process(params.own_pid);
    return 0;
}

SOCKET host_socket(const WSAPROTOCOL_INFOW *info, int type, int protocol, GROUP group, DWORD flags, int *err)
{
    struct host_socket host = {.info = catalog_by_id(info->dwCatalogEntryId)};
    int ignored;

    if (!host.info) host.info = catalog_find(info->iAddressFamily, type, protocol, err);
    if (!host.info || (*err = open_host(host.info, protocol, &host))) return INVALID_SOCKET;
    host.handle = base_socket(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, group, flags, err);
    if (host.handle != INVALID_SOCKET)
    {
        if (!(*err = note(&host))) return host.handle;
        base_close_socket(host.handle, &ignored);
    }
    release(host.id, TRUE);
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
    int row = row_of(host->info->iAddressFamily);

    if (!addr || len < families[row].min_size) return WSAEFAULT;
    *name_len = min(len, families[row].size);
    memset(name, 0, sizeof(*name));
    if (!guarded_read(name, addr, *name_len)) return WSAEFAULT;
    if (name->storage.ss_family != families[row].family) return WSAEAFNOSUPPORT;
    *name_len = families[row].size;
    return 0;
}

static HANDLE path_section(const char *host_name, int len, BOOL create)
{
    WCHAR name[192];

    _snwprintf(name, ARRAY_COUNT(name), PATH_NAME, len, host_name);
    if (!create) return OpenFileMappingW(FILE_MAP_READ, FALSE, name);
    return CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(union name), name);
}

/* Whoever is connected to it knows the host's name only, the one without its first byte. */
static HANDLE publish_path(const struct host_path *path, const union name *name)
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

static int bind_name(struct host_socket *host)
{
    struct ws2_host params = {.id = host->id};
    struct host_path *path;
    int error;

    if (host->info->iAddressFamily != AF_UNIX)
    {
        params.address = WS2_PTR(&host->local);
        params.address_size = host->local_len;
        return host_call(WS2_HOST_BIND, &params);
    }
    if (!(path = heap_alloc(sizeof(*path)))) return WSAENOBUFS;
    if (!(error = marker_create(&host->local.un, host_pid, host->id, path)))
    {
        params.address = WS2_PTR(path);
        params.address_size = path->size;
        if ((error = host_call(WS2_HOST_BIND, &params)))
            marker_delete(&host->local.un);
        else
            host->path = publish_path(path, &host->local);
    }
    heap_free(path);
    return error;
}

static void update(const struct host_socket *changed)
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
        .id = host->id, .address = WS2_PTR(&host->local), .address_size = sizeof(host->local)};

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
    if (!look(s, &host)) return base_bind(s, addr, len, err);
    if ((*err = take_address(&host, addr, len, &name, &name_len))) return SOCKET_ERROR;
    if (host.local_len || host.peer_len) return fail(WSAEINVAL, err);
    host.local = name;
    host.local_len = name_len;
    if ((*err = bind_name(&host))) return SOCKET_ERROR;
    ask_name(&host);
    update(&host);
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
    HMODULE self;
    HANDLE thread;

    /* its code must stay; the process's end is the thread's end */
    if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                           (const WCHAR *)run_relays, &self) &&
        (thread = CreateThread(NULL, 0x10000, run_relays, NULL, 0, NULL)))
    {
        CloseHandle(thread);
        return 0;
    }
    host_call(WS2_HOST_RUN, &params);
    return WSAENOBUFS;
}

int WSPAPI host_listen(SOCKET s, int backlog, int *err)
{
    struct ws2_host params = {.handle = s, .backlog = backlog};
    struct host_socket host;

    if (!look(s, &host)) return base_listen(s, backlog, err);
    if (!host.local_len) return fail(WSAEINVAL, err);
    if (host.peer_len) return fail(WSAEISCONN, err);
    params.id = host.id;
    if ((*err = front_bind(s, &host))) return SOCKET_ERROR;
    if (!host.listening && (*err = host_call(WS2_HOST_GUARD, &params))) return SOCKET_ERROR;
    if (base_listen(s, backlog, err)) return SOCKET_ERROR;
    params.front_port = host.front_port;
    if ((*err = host_call(WS2_HOST_LISTEN, &params))) return SOCKET_ERROR;
    if (params.runner && (*err = start_runner())) return SOCKET_ERROR;
    host.listening = TRUE;
    update(&host);
    return 0;
}

static BOOL front_connected(SOCKET s)
{
    SOCKADDR_STORAGE peer;
    ULONG len;

    return !device_request(s, AFD_GETPEERNAME, NULL, 0, &peer, sizeof(peer), NULL) ||
           peer_recall(s, &peer, &len);
}

/* A front that DisconnectEx has made ready for another connection needs another host socket. */
static int renew(struct host_socket *host)
{
    const uint32_t old = host->id;
    int error = open_host(host->info, host->info->iProtocol, host);

    if (error) return error;
    release(old, TRUE);
    AcquireSRWLockExclusive(&lock);
    if (find(host->handle)) find(host->handle)->id = host->id;
    ReleaseSRWLockExclusive(&lock);
    host->peer_len = 0;
    return 0;
}

static int name_to_reach(const struct host_socket *host, const union name *name, int name_len,
                         struct ws2_host *params, struct host_path **path)
{
    int error;

    *path = NULL;
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

    if (!look(s, &host)) return WSAENOTSOCK;
    if ((error = take_address(&host, addr, len, &name, &name_len))) return error;
    if (host.listening) return WSAEINVAL;
    if (host.peer_len)
    {
        if (front_connected(s)) return WSAEISCONN;
        if ((error = renew(&host))) return error;
    }
    if ((error = front_bind(s, &host))) return error;
    update(&host);
    params.id = host.id;
    params.front_port = host.front_port;
    if (!(error = name_to_reach(&host, &name, name_len, &params, &path)))
        error = connect_host(&host, &params);
    heap_free(path);
    TRACE("socket %#Ix, relay %u, error %d\n", s, host.id, error);
    if (error) return error;
    if (params.runner && (error = start_runner())) return error;
    host.peer = name;
    host.peer_len = name_len;
    ask_name(&host);
    update(&host);
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
    if (!host_is(s)) return base_connect(s, addr, len, caller, callee, sqos, gqos, err);
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

static void make_unnamed(const struct host_socket *host, union name *name, int *len)
{
    if (*len) return;
    memset(name, 0, sizeof(*name));
    name->storage.ss_family = host->info->iAddressFamily;
    *len = families[row_of(host->info->iAddressFamily)].size;
}

/* WSAEINVAL before bind and connect, as for other families. */
int WSPAPI host_getsockname(SOCKET s, struct sockaddr *addr, int *len, int *err)
{
    struct host_socket host;

    if (rawhost_is(s)) return rawhost_getsockname(s, addr, len, err);
    if (!look(s, &host)) return base_getsockname(s, addr, len, err);
    if (!host.local_len && !host.peer_len) return fail(WSAEINVAL, err);
    make_unnamed(&host, &host.local, &host.local_len);
    return give_name(&host.local, host.local_len, addr, len, err);
}

int WSPAPI host_getpeername(SOCKET s, struct sockaddr *addr, int *len, int *err)
{
    struct host_socket host;

    if (rawhost_is(s)) return rawhost_getpeername(s, addr, len, err);
    if (!look(s, &host)) return base_getpeername(s, addr, len, err);
    if (!front_connected(s)) return fail(WSAENOTCONN, err);
    if (!host.peer_len) host_accepted(INVALID_SOCKET, s); /* AcceptEx's */
    look(s, &host);
    make_unnamed(&host, &host.peer, &host.peer_len);
    return give_name(&host.peer, host.peer_len, addr, len, err);
}

/* The front's options are the socket's; those of TCP and IP are not its own. */
int WSPAPI host_setsockopt(SOCKET s, int level, int name, const char *value, int len, int *err)
{
    SOCKET listener;
    int ret;

    if (rawhost_is(s)) return rawhost_setsockopt(s, level, name, value, len, err);
    if (host_is(s) && level != SOL_SOCKET) return fail(WSAENOPROTOOPT, err);
    ret = base_setsockopt(s, level, name, value, len, err);
    if (!ret && level == SOL_SOCKET && name == SO_UPDATE_ACCEPT_CONTEXT &&
        guarded_read(&listener, value, sizeof(listener)) && host_is(listener))
        host_accepted(listener, s);
    return ret;
}

int WSPAPI host_getsockopt(SOCKET s, int level, int name, char *value, int *len, int *err)
{
    if (rawhost_is(s)) return rawhost_getsockopt(s, level, name, value, len, err);
    if (host_is(s) && level != SOL_SOCKET) return fail(WSAENOPROTOOPT, err);
    return base_getsockopt(s, level, name, value, len, err);
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

static void peer_of(uint32_t id, const WSAPROTOCOL_INFOW *info, union name *peer, int *len)
{
    struct ws2_host params = {.id = id, .address = WS2_PTR(peer), .address_size = sizeof(*peer)};

    memset(peer, 0, sizeof(*peer));
    *len = host_call(WS2_HOST_PEER, &params) ? 0 : params.address_size;
    if (info->iAddressFamily != AF_UNIX) return;
    peer->storage.ss_family = AF_UNIX;
    *len = sizeof(struct sockaddr_un);
    if (peer->un.sun_path[0] || peer->un.sun_path[1]) path_of(peer);
}

static BOOL front_ends(SOCKET s, SOCKADDR_IN *local, SOCKADDR_IN *peer)
{
    return !device_request(s, AFD_GETSOCKNAME, NULL, 0, local, sizeof(*local), NULL) &&
           !device_request(s, AFD_GETPEERNAME, NULL, 0, peer, sizeof(*peer), NULL);
}

static BOOL listener_on(USHORT port, struct host_socket *copy)
{
    const struct host_socket *host;

    AcquireSRWLockShared(&lock);
    for (host = sockets; host; host = host->next)
        if (host->listening && host->front_port == port) break;
    if (host) *copy = *host;
    ReleaseSRWLockShared(&lock);
    return host != NULL;
}

/* For AcceptEx's socket, which has been opened as one of the family, and for accept's. */
int host_accepted(SOCKET listener, SOCKET accepted)
{
    struct host_socket host = {0}, from;
    SOCKADDR_IN local, peer;
    struct ws2_host params;

    if (!front_ends(accepted, &local, &peer)) return WSAENOTCONN;
    if (listener == INVALID_SOCKET ? !listener_on(local.sin_port, &from) : !look(listener, &from))
        return WSAENOTSOCK;
    params = (struct ws2_host){.front_address = peer.sin_addr.s_addr, .front_port = local.sin_port};
    if (host_call(WS2_HOST_FIND, &params)) return WSAENOTCONN;
    host.handle = accepted;
    host.id = params.id;
    host.info = from.info;
    host.local = from.local;
    host.local_len = from.local_len;
    host.front_port = local.sin_port;
    peer_of(host.id, host.info, &host.peer, &host.peer_len);
    return note(&host);
}

void host_ends(SOCKET s, SOCKADDR_STORAGE *local, ULONG *local_len, SOCKADDR_STORAGE *peer, ULONG *peer_len)
{
    struct host_socket host;

    if (!look(s, &host)) return;
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

void host_accept_areas(char *local, DWORD local_room, char *remote, DWORD remote_room)
{
    struct host_socket listener;
    SOCKADDR_IN peer, own;
    struct ws2_host params;
    union name name;
    int len;

    if (!sockets) return;
    memcpy(&own, local + sizeof(int), sizeof(own));
    memcpy(&peer, remote + sizeof(int), sizeof(peer));
    if (!local_room || own.sin_family != AF_INET || peer.sin_family != AF_INET) return;
    if (!listener_on(own.sin_port, &listener)) return;
    params = (struct ws2_host){.front_address = peer.sin_addr.s_addr, .front_port = own.sin_port};
    if (host_call(WS2_HOST_FIND, &params)) return;
    peer_of(params.id, listener.info, &name, &len);
    set_area(local, local_room, &listener.local, listener.local_len);
    set_area(remote, remote_room, &name, len);
}

/* SIO_AF_UNIX_GETPEERPID: a ULONG. */
int ioctl_peer_process(struct ioctl_call *call)
{
    struct ws2_host params;
    struct host_socket host;
    union name peer;
    DWORD id;
    int error;

    if (!look(call->socket, &host) || host.info->iAddressFamily != AF_UNIX) return WSAEOPNOTSUPP;
    if (!front_connected(call->socket)) return WSAENOTCONN;
    if (!host.peer_len) host_accepted(INVALID_SOCKET, call->socket);
    if (!look(call->socket, &host)) return WSAENOTSOCK;
    params = (struct ws2_host){.id = host.id, .address = WS2_PTR(&peer), .address_size = sizeof(peer)};
    if ((error = host_call(WS2_HOST_PEER, &params))) return error;
    id = process_of(params.pid);
    return ioctl_give(call, &id, sizeof(id));
}

/* The ticket tells the family, and behind the protocol's name the two ends. */
struct ends
{
    union name local, peer;
    int local_len, peer_len;
};

#define ENDS_AT 64 /* in szProtocol */
C_ASSERT(ENDS_AT * sizeof(WCHAR) + sizeof(struct ends) <= sizeof(((WSAPROTOCOL_INFOW *)0)->szProtocol));

int WSPAPI host_duplicate_socket(SOCKET s, DWORD pid, WSAPROTOCOL_INFOW *info, int *err)
{
    struct host_socket host;
    WSAPROTOCOL_INFOW ticket;
    struct ends ends;
    int ret;

    if (!look(s, &host) || !info) return base_duplicate_socket(s, pid, info, err);
    if ((ret = base_duplicate_socket(s, pid, &ticket, err))) return ret;
    ends = (struct ends){host.local, host.peer, host.local_len, host.peer_len};
    ticket.iAddressFamily = host.info->iAddressFamily;
    ticket.iSocketType = host.info->iSocketType;
    ticket.iProtocol = host.info->iProtocol;
    ticket.dwCatalogEntryId = host.info->dwCatalogEntryId;
    ticket.ProviderId = host.info->ProviderId;
    memcpy(ticket.szProtocol, host.info->szProtocol, sizeof(ticket.szProtocol));
    memcpy(ticket.szProtocol + ENDS_AT, &ends, sizeof(ends));
    return guarded_write(info, &ticket, sizeof(ticket)) ? 0 : fail(WSAEFAULT, err);
}

/* A ticket in ANSI has lost the ends. */
int host_redeemed(SOCKET s, const WSAPROTOCOL_INFOW *info)
{
    struct host_socket host = {.handle = s, .info = catalog_by_id(info->dwCatalogEntryId)};
    struct ends ends;

    if (!host.info || host.info->iAddressFamily != info->iAddressFamily) return WSAEINVAL;
    memcpy(&ends, info->szProtocol + ENDS_AT, sizeof(ends));
    if (ends.local_len > 0 && ends.local_len <= (int)sizeof(ends.local) &&
        ends.local.storage.ss_family == host.info->iAddressFamily)
    {
        host.local = ends.local;
        host.local_len = ends.local_len;
    }
    if (ends.peer_len > 0 && ends.peer_len <= (int)sizeof(ends.peer) &&
        ends.peer.storage.ss_family == host.info->iAddressFamily)
    {
        host.peer = ends.peer;
        host.peer_len = ends.peer_len;
    }
    return note(&host);
}

static BOOL is_last(SOCKET s)
{
    OBJECT_BASIC_INFORMATION info;

    return !NtQueryObject(SOCKET_HANDLE(s), ObjectBasicInformation, &info, sizeof(info), NULL) &&
           info.HandleCount == 1;
}

uint32_t host_closing(SOCKET s, BOOL *last)
{
    struct host_socket host;
    uint32_t id = 0;

    if (!look(s, &host)) return 0;
    if (!host.peer_len && front_connected(s)) host_accepted(INVALID_SOCKET, s); /* AcceptEx's */
    *last = is_last(s);
    unlink_socket(s, &id);
    return id;
}

void host_closed(uint32_t id, BOOL last)
{
    release(id, last);
}

/* The last thread: whoever held the lock is gone. */
void host_leave(void)
{
    const struct host_socket *host;

    if (!sockets && !host_pid) return;
    for (host = sockets; host; host = host->next)
        if (host->id && is_last(host->handle)) release(host->id, TRUE);
    unix_call(WS2_HOST_LEAVE, NULL);
}
