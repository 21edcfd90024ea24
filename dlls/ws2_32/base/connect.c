/*
 * Addresses, connections and their end, at the device.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/ahead.h"
#include "base/audit.h"
#include "base/alias.h"
#include "base/base.h"
#include "base/bindrules.h"
#include "base/connect.h"
#include "base/datagram_event.h"
#include "base/device.h"
#include "base/edge.h"
#include "base/memory.h"
#include "base/peer.h"
#include "base/rio.h"
#include "base/state.h"
#include "base/tail.h"
#include "base/unreachable.h"
#include "guarded.h"
#include "group.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static int outcome(NTSTATUS status, int *err)
{
    if (!status) return 0;
    TRACE("status %#lx\n", status);
    *err = device_error(status);
    return SOCKET_ERROR;
}

int WSPAPI base_bind(SOCKET s, const struct sockaddr *addr, int len, int *err)
{
    struct
    {
        int alignment;
        int unknown; /* the request starts here: the address follows without a gap */
        SOCKADDR_STORAGE addr;
    } in;
    const struct socket_record *record;
    SOCKADDR_STORAGE bound;
    NTSTATUS status;
    int used;

    in.unknown = 0;
    if ((*err = sockaddr_from_app(&in.addr, addr, len, &used))) return SOCKET_ERROR;
    if ((*err = bind_check_scope(&in.addr))) return SOCKET_ERROR;
    if ((record = record_get(s)) && record->family && record->family != in.addr.ss_family)
    {
        *err = WSAEAFNOSUPPORT;
        return SOCKET_ERROR;
    }
    status = device_request(s, AFD_BIND, &in.unknown, sizeof(int) + used, &bound, used, NULL);
    if (bind_share_port(s, &in.addr, status))
        status = device_request(s, AFD_BIND, &in.unknown, sizeof(int) + used, &bound, used, NULL);
    audit_bind(s, &in.addr, status);
    if (outcome(status, err)) return SOCKET_ERROR;
    state_now_bound(s);
    return 0;
}

void bind_implicitly(SOCKET s)
{
    SOCKADDR_STORAGE any = {.ss_family = AF_INET};
    struct afd_info info;
    int err;

    if (state_bound(s) || device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL)) return;
    any.ss_family = info.family;
    base_bind(s, (struct sockaddr *)&any,
              info.family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN), &err);
}

int WSPAPI base_listen(SOCKET s, int backlog, int *err)
{
    const struct afd_listen in = {.backlog = backlog};
    struct socket_record *record;
    NTSTATUS status = device_request(s, AFD_LISTEN, &in, sizeof(in), NULL, 0, NULL);

    if (listen_share_port(s, status) &&
        !(status = device_request(s, AFD_LISTEN, &in, sizeof(in), NULL, 0, NULL)))
        listen_shared(s);
    if (status == STATUS_INVALID_PARAMETER && (record = record_get(s)) && record->type == SOCK_STREAM &&
        (record->flags & RECORD_CONNECTED))
        status = STATUS_CONNECTION_ACTIVE;
    if (!status && (record = record_get(s))) record_set_flags(record, RECORD_LISTENING);
    return outcome(status, err);
}

/* AF_UNSPEC, or no address and no port: what a datagram socket is connected to in
 * order not to be connected any more, and what nothing else can be connected to. */
static BOOL is_nowhere(const SOCKADDR_STORAGE *addr)
{
    static const IN6_ADDR any6 = {{{0}}};
    const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;

    if (addr->ss_family == AF_INET) return !in->sin_port && !in->sin_addr.s_addr;
    if (addr->ss_family == AF_INET6) return !in6->sin6_port && !memcmp(&in6->sin6_addr, &any6, sizeof(any6));
    return addr->ss_family == AF_UNSPEC;
}

/* Ports stand in the same place in both families. */
BOOL connect_has_no_port(const SOCKADDR_STORAGE *addr)
{
    return (addr->ss_family == AF_INET || addr->ss_family == AF_INET6) &&
           !((const struct sockaddr_in *)addr)->sin_port;
}

int connect_error(SOCKET s, const SOCKADDR_STORAGE *addr, NTSTATUS status)
{
    const struct socket_record *record = record_get(s);

    switch (status)
    {
    case STATUS_NETWORK_BUSY:                                   /* another thread has begun on the host */
    case STATUS_ADDRESS_ALREADY_ASSOCIATED: return WSAEALREADY; /* elsewhere it is "in use" */
    case STATUS_CONNECTION_REFUSED:
        return device_error(connect_has_no_port(addr) ? STATUS_INVALID_ADDRESS : status);
    case STATUS_INVALID_ADDRESS:
    case STATUS_NOT_SUPPORTED:
        return record && record->family != addr->ss_family ? WSAEAFNOSUPPORT : device_error(status);
    case STATUS_INVALID_ADDRESS_COMPONENT:
        /* from this address and port there is a connection to that one already */
        if (!connect_has_no_port(addr) && state_bound(s)) return WSAEADDRINUSE;
    }
    return device_error(status);
}

static BOOL is_datagram(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    struct afd_info info;

    if (record && record->type) return record->type == SOCK_DGRAM;
    return !device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL) && info.type == SOCK_DGRAM;
}

/* Best effort is all that can be had; what else service types say are wishes. */
static BOOL is_promise(const FLOWSPEC *flow)
{
    return flow->ServiceType == SERVICETYPE_CONTROLLEDLOAD || flow->ServiceType == SERVICETYPE_GUARANTEED;
}

int connect_check_quality(const QOS *application)
{
    QOS qos;

    if (!application) return 0;
    if (!guarded_read(&qos, application, sizeof(qos))) return WSAEFAULT;
    return is_promise(&qos.SendingFlowspec) || is_promise(&qos.ReceivingFlowspec) ? WSAEOPNOTSUPP : 0;
}

int connect_check_data(const WSABUF *caller, WSABUF *callee)
{
    WSABUF data = {0, NULL};
    ULONG none = 0;

    if (caller && !guarded_read(&data, caller, sizeof(data))) return WSAEFAULT;
    if (data.len) return WSAEPROTONOSUPPORT;
    return !callee || guarded_write(&callee->len, &none, sizeof(none)) ? 0 : WSAEFAULT;
}

/* As Windows documents it: what was queued before is gone, but for the new peer's. */
static void hear_peer_only(SOCKET s)
{
    struct ws2_connection params = {.handle = WS2_PTR(SOCKET_HANDLE(s))};

    unix_call(WS2_CONNECTION_HEAR, &params);
}

static int check_extras(SOCKET s, const WSABUF *caller, WSABUF *callee, const QOS *sqos, const QOS *gqos)
{
    int err;

    if (gqos) return WSAEINVAL;
    err = connect_check_data(caller, callee);
    /* datagram sockets ignore the data silently */
    if (err == WSAEPROTONOSUPPORT && is_datagram(s)) err = connect_check_data(NULL, callee);
    return err ? err : connect_check_quality(sqos);
}

struct connect_request
{
    struct afd_connect header;
    SOCKADDR_STORAGE addr;
};

static NTSTATUS submit_connect(SOCKET s, const struct connect_request *in)
{
    return device_request_alertable(s, AFD_CONNECT, in, sizeof(in->header) + in->header.addr_len, NULL, 0,
                                    NULL);
}

/* On Windows it takes no permission to connect a datagram socket to a broadcast address, nor to send
 * there then. */
static NTSTATUS connect_to_everybody(SOCKET s, const struct connect_request *in)
{
    static const int on = TRUE, off = FALSE;
    NTSTATUS status = device_request(s, AFD_SET_SO_BROADCAST, &on, sizeof(on), NULL, 0, NULL);

    if (status) return status;
    status = submit_connect(s, in);
    device_request(s, AFD_SET_SO_BROADCAST, &off, sizeof(off), NULL, 0, NULL);
    return status;
}

/* The device waits itself on a blocking socket, and answers "not ready" on a
 * non-blocking one. */
int WSPAPI base_connect(SOCKET s, const struct sockaddr *addr, int len, WSABUF *caller, WSABUF *callee,
                        QOS *sqos, QOS *gqos, int *err)
{
    struct connect_request in;
    struct socket_record *record;
    NTSTATUS status;
    BOOL dissolves;

    in.header.synchronous = TRUE;
    if (!addr || len < (int)sizeof(struct sockaddr))
    {
        *err = WSAEFAULT;
        return SOCKET_ERROR;
    }
    in.header.addr_len = min(len, (int)sizeof(in.addr));
    if (!guarded_read(&in.addr, addr, in.header.addr_len))
    {
        *err = WSAEFAULT;
        return SOCKET_ERROR;
    }
    if ((caller || callee || sqos || gqos) && (*err = check_extras(s, caller, callee, sqos, gqos)))
        return SOCKET_ERROR;

    unreachable_expect(s);
    dissolves = is_nowhere(&in.addr) && is_datagram(s);
    if (dissolves) in.addr.ss_family = AF_UNSPEC;
    if (!dissolves && (*err = group_connecting(s, &in.addr))) return SOCKET_ERROR;
    record = alias_record(s);
    if (ahead_connect(s, &in.addr, in.header.addr_len))
        status = STATUS_SUCCESS;
    else
    {
        if (record) record_set_flags(record, RECORD_USED); /* it gets a name in any case */
        status = submit_connect(s, &in);
    }
    /* the host reports a refusal that was seen already once more; on Windows one may just try again */
    if (status == STATUS_CONNECTION_ABORTED) status = submit_connect(s, &in);
    if (status == STATUS_ACCESS_DENIED && is_datagram(s)) status = connect_to_everybody(s, &in);
    group_connect_ended(s, status);
    /* what ConnectEx connected is not quite connected before SO_UPDATE_CONNECT_CONTEXT */
    if (status == STATUS_CONNECTION_ACTIVE && (record = record_get(s)) && (record->flags & RECORD_CONNECT_EX))
        status = STATUS_INVALID_PARAMETER;
    if (status == STATUS_DEVICE_NOT_READY) peer_tried(s, &in.addr, in.header.addr_len);
    if (!status && dissolves && (record = record_get(s))) record_clear_flags(record, RECORD_CONNECTED);
    if (!status && !dissolves) state_now_connected(s);
    /* connecting a datagram socket binds it; a stream's name is of no use before it is connected */
    if (!status && !dissolves && (record = record_get(s)) && record->type == SOCK_DGRAM)
    {
        state_now_bound(s);
        hear_peer_only(s);
    }
    if (!status && !dissolves) datagram_named(s, TRUE);
    if (!status) return 0;
    *err = connect_error(s, &in.addr, status);
    return SOCKET_ERROR;
}

int WSPAPI base_shutdown(SOCKET s, int how, int *err)
{
    alias_record(s);
    peer_remember(s);
    /* the rest of a non-blocking send goes first, and so do sends of registered I/O */
    if (how == SD_SEND && (rio_shutdown(s) || tail_shutdown(s))) return 0;
    if (how != SD_SEND) edge_give_read_back(s);
    return outcome(device_request(s, AFD_SHUTDOWN, &how, sizeof(how), NULL, 0, NULL), err);
}

/* TCP carries no disconnect data: WSAENOPROTOOPT for some to send, and none come. */
int WSPAPI base_send_disconnect(SOCKET s, WSABUF *data, int *err)
{
    WSABUF copy = {0, NULL};

    TRACE("socket %#Ix, data %p\n", s, data);
    if (data && !guarded_read(&copy, data, sizeof(copy)))
        *err = WSAEFAULT;
    else if (copy.len)
        *err = WSAENOPROTOOPT;
    else
        return base_shutdown(s, SD_SEND, err);
    return SOCKET_ERROR;
}

int WSPAPI base_recv_disconnect(SOCKET s, WSABUF *data, int *err)
{
    ULONG none = 0;

    if (!data || guarded_write(&data->len, &none, sizeof(none))) return base_shutdown(s, SD_RECEIVE, err);
    *err = WSAEFAULT;
    return SOCKET_ERROR;
}

static NTSTATUS ask_name(SOCKET s, enum name_kind kind, SOCKADDR_STORAGE *name, ULONG *len)
{
    if (ahead_name(s, kind == NAME_PEER, name, len)) return STATUS_SUCCESS;
    if (kind == NAME_PEER) return peer_ask(s, name, len);
    return device_request(s, AFD_GETSOCKNAME, NULL, 0, name, sizeof(*name), len);
}

/* getsockname and getpeername: a short buffer is WSAEFAULT and leaves the needed
 * length alone, as Windows does. */
static int get_name(SOCKET s, enum name_kind kind, struct sockaddr *addr, int *len, int *err)
{
    SOCKADDR_STORAGE name;
    int room, size;
    ULONG returned;

    if (!names_get(s, kind, &name, &returned))
    {
        const struct names_ticket ticket = names_ask(s);
        NTSTATUS status = ask_name(s, kind, &name, &returned);

        if (!status)
            names_put(&ticket, kind, &name, returned);
        else if (status != STATUS_INVALID_CONNECTION || !peer_recall(s, &name, &returned))
            return outcome(status, err);
    }
    size = returned;
    if (!addr || !len || !guarded_read(&room, len, sizeof(room)) || room < size ||
        !guarded_write(addr, &name, size) || !guarded_write(len, &size, sizeof(size)))
    {
        *err = WSAEFAULT;
        return SOCKET_ERROR;
    }
    return 0;
}

int WSPAPI base_getsockname(SOCKET s, struct sockaddr *addr, int *len, int *err)
{
    return get_name(s, NAME_LOCAL, addr, len, err);
}

int WSPAPI base_getpeername(SOCKET s, struct sockaddr *addr, int *len, int *err)
{
    return get_name(s, NAME_PEER, addr, len, err);
}
