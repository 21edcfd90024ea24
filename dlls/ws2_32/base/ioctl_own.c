/*
 * What the ioctls do, but for those about interfaces (interfaces.c).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include <mstcpip.h>

#include "base/ahead.h"
#include "base/alias.h"
#include "base/base.h"
#include "base/device.h"
#include "base/fastask.h"
#include "base/hostmessage.h"
#include "base/ioctl.h"
#include "base/kept.h"
#include "base/option.h"
#include "base/rawhost.h"
#include "base/rio.h"
#include "base/state.h"
#include "base/unreachable.h"
#include "base/urgent.h"
#include "catalog.h"
#include "guarded.h"
#include "record.h"
#include "unixcall.h"
#include "ws2_missing.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static int device_outcome(NTSTATUS status)
{
    return status ? device_error(status) : 0;
}

/* A number from the application; missing bytes are zero. */
static int take_number(struct ioctl_call *call, DWORD *number)
{
    *number = 0;
    return guarded_read(number, call->in, min(call->in_size, sizeof(*number))) ? 0 : WSAEFAULT;
}

/* The output is ignored, readable or not: programs pass all kinds of pointers. */
int ioctl_nonblocking(struct ioctl_call *call)
{
    const struct socket_record *record = record_get(call->socket);
    DWORD mode;
    int err;

    if (IS_INTRESOURCE(call->in) || call->in_size < sizeof(mode) ||
        !guarded_read(&mode, call->in, sizeof(mode)))
        return WSAEFAULT;
    alias_record(call->socket);
    if (!fast_mode(call->socket, !mode)) return 0;
    if (!mode && record && record->told.reads) return WSAEINVAL; /* of other selections the device knows */
    if ((err = device_outcome(device_request(call->socket, AFD_FIONBIO, &mode, sizeof(mode), NULL, 0, NULL))))
        return err;
    record_note_blocking(call->socket, !mode);
    return 0;
}

int ioctl_readable(struct ioctl_call *call)
{
    DWORD bytes;
    int err;

    if (message_is(call->socket))
    {
        if ((err = message_readable(call->socket, &bytes))) return err;
    }
    else if (fast_readable(call->socket, &bytes))
    {
        /* the device counts files, too */
        if ((err = socket_info(call->socket, &call->info))) return err;
        if ((err = device_outcome(
                 device_request(call->socket, AFD_FIONREAD, NULL, 0, &bytes, sizeof(bytes), NULL))))
            return err;
    }
    urgent_correct(call->socket, &bytes);
    return ioctl_give(call, &bytes, sizeof(bytes));
}

int at_mark(SOCKET s, BOOL *yes)
{
    const struct socket_record *record = record_get(s);

    *yes = TRUE;
    if (record && record->type && record->type != SOCK_STREAM) return 0;
    return urgent_at_mark(s, yes);
}

int ioctl_at_mark(struct ioctl_call *call)
{
    BOOL yes;
    int error = at_mark(call->socket, &yes);

    return error ? error : ioctl_give(call, &yes, sizeof(yes));
}

/* Windows marks the request as pending before it looks at the structure. */
int ioctl_keepalive(struct ioctl_call *call)
{
    static const NTSTATUS pending = STATUS_PENDING;
    struct tcp_keepalive values;
    int error;

    if (!call->in || call->in_size < sizeof(values) || !guarded_read(&values, call->in, sizeof(values)))
    {
        if (call->overlapped) guarded_write(&call->overlapped->Internal, &pending, sizeof(pending));
        return WSAEFAULT;
    }
    error = device_outcome(
        device_request(call->socket, AFD_KEEPALIVE_VALS, &values, sizeof(values), NULL, 0, NULL));
    if (!error && values.onoff) probes_were_set(call->socket);
    return error;
}

/* SIO_BASE_HANDLE and kin: sockets of this provider are the device's own handles. */
int ioctl_handle(struct ioctl_call *call)
{
    unreachable_foreign_polls();
    ahead_settle(call->socket);
    return ioctl_give(call, &call->socket, sizeof(call->socket));
}

int ioctl_extension(struct ioctl_call *call)
{
    void *function;
    GUID id;

    if (!guarded_read(&id, call->in, sizeof(id))) return WSAEFAULT;
    /* those that transfer would not keep its messages apart */
    if (message_is(call->socket)) return WSAEOPNOTSUPP;
    if (!(function = extension_function(&id)))
    {
        WARN("no extension function %s\n", debugstr_guid(&id));
        return WSAEINVAL;
    }
    TRACE("%s is %p\n", debugstr_guid(&id), function);
    return ioctl_give(call, &function, sizeof(function));
}

/* Tables of functions, of which registered I/O's is the only one. */
int ioctl_extension_table(struct ioctl_call *call)
{
    static const GUID registered_io = WSAID_MULTIPLE_RIO;
    GUID id;

    if (!guarded_read(&id, call->in, sizeof(id))) return WSAEFAULT;
    if (message_is(call->socket)) return WSAEOPNOTSUPP;
    return IsEqualGUID(&id, &registered_io) ? rio_table(call) : WSAEINVAL;
}

/* Hints without a counterpart here: taken, and without effect. */
int ioctl_accepted(struct ioctl_call *call)
{
    TRACE("%s has no effect\n", call->row->text);
    return 0;
}

/* TCP_INITIAL_RTO_PARAMETERS: the host goes by its own round-trip time, but takes the
 * number of retries: 0 and 255 are its default, 254 is none. */
int ioctl_initial_rto(struct ioctl_call *call)
{
    struct
    {
        USHORT rtt;
        BYTE retries, padding;
    } parameters;
    int retries;

    if (!guarded_read(&parameters, call->in, sizeof(parameters))) return WSAEFAULT;
    retries = parameters.retries;
    if (!retries || retries == 255) return 0;
    if (retries == 254) retries = 1; /* the least that the host knows */
    return host_option_set(call->socket, IPPROTO_TCP, WS2_OPTION_SYN_RETRIES, &retries, sizeof(retries));
}

/* Whether port and network unreachable messages make a later receive fail. A
 * single byte is taken too: many a program passes a bool. */
int ioctl_udp_reset(struct ioctl_call *call)
{
    DWORD value;
    int error = take_number(call, &value);

    if (error) return error;
    error = kept_set(call->socket,
                     call->row->code == SIO_UDP_CONNRESET ? KEPT_UDP_CONNRESET : KEPT_UDP_NETRESET, !!value);
    if (!error) unreachable_decide(call->socket);
    return error;
}

/* The host's loopback is fast by itself. */
int ioctl_loopback_fast_path(struct ioctl_call *call)
{
    DWORD value;
    int error = take_number(call, &value);

    return error ? error : kept_set(call->socket, KEPT_LOOPBACK_FAST_PATH, !!value);
}

static BOOL is_connected(SOCKET s)
{
    SOCKADDR_STORAGE peer;

    return !state_peer(s, &peer);
}

/* How many bytes to keep in flight; the host tunes its buffers itself, and 64 KiB
 * is what Windows starts with. */
int ioctl_backlog(struct ioctl_call *call)
{
    static const ULONG backlog = 0x10000;

    if (!is_connected(call->socket)) return WSAENOTCONN;
    return ioctl_give(call, &backlog, sizeof(backlog));
}

/* Pends until the backlog changes, which it never does; the device's wait for a
 * change of addresses pends and is cancelled in the same way. */
int ioctl_backlog_change(struct ioctl_call *call)
{
    if (!is_connected(call->socket)) return WSAENOTCONN;
    return ioctl_address_list_change(call);
}

/* Receive buffering and autotuning as older Windows had them: the host tunes itself. */
int ioctl_compatibility(struct ioctl_call *call)
{
    struct
    {
        ULONG behavior, version;
    } mode;

    if (!guarded_read(&mode, call->in, sizeof(mode))) return WSAEFAULT;
    TRACE("behavior %lu as in version %#lx\n", mode.behavior, mode.version);
    return mode.behavior == 1 || mode.behavior == 2 ? 0 : WSAEINVAL;
}

/* RCVALL_SOCKETLEVELONLY is documented to have no effect. */
static uint32_t tap_flags(ULONG code, DWORD mode)
{
    if (mode == RCVALL_OFF || mode == RCVALL_SOCKETLEVELONLY) return 0;
    if (code == SIO_RCVALL) return mode == RCVALL_ON ? WS2_TAP_ALL | WS2_TAP_OTHERS : WS2_TAP_ALL;
    return code == SIO_RCVALL_IGMPMCAST ? WS2_TAP_MULTICAST | WS2_TAP_IGMP : WS2_TAP_MULTICAST;
}

/* For raw sockets bound to an interface: of IPPROTO_IP and IPPROTO_IPV6, to have any effect.
 * The host gives those of other protocols every packet of the protocol that it receives, to
 * whichever of its addresses, and no others. */
int ioctl_receive_all(struct ioctl_call *call)
{
    SOCKADDR_STORAGE name;
    DWORD mode;
    int error;

    if ((error = take_number(call, &mode))) return error;
    if (mode <= RCVALL_IPLEVEL && rawhost_is(call->socket))
        return rawhost_tap(call->socket, tap_flags(call->row->code, mode));
    if (call->info.type != SOCK_RAW || mode > RCVALL_IPLEVEL) return WSAEINVAL;
    if (device_request(call->socket, AFD_GETSOCKNAME, NULL, 0, &name, sizeof(name), NULL)) return WSAEINVAL;
    TRACE("mode %lu\n", mode);
    return mode && !(catalog_capabilities() & WS2_CAN_RAW4) ? WSAEACCES : 0;
}

static int set_by_family(struct ioctl_call *call, ULONG ipv4, ULONG ipv6, DWORD value)
{
    ULONG request = call->info.family == AF_INET6 ? ipv6 : ipv4;

    return device_outcome(device_request(call->socket, request, &value, sizeof(value), NULL, 0, NULL));
}

int ioctl_multipoint_loopback(struct ioctl_call *call)
{
    DWORD value;
    int error = take_number(call, &value);

    if (error) return error;
    return set_by_family(call, AFD_SET_IP_MULTICAST_LOOP, AFD_SET_IPV6_MULTICAST_LOOP, !!value);
}

int ioctl_multicast_scope(struct ioctl_call *call)
{
    DWORD value;
    int error = take_number(call, &value);

    if (error) return error;
    return set_by_family(call, AFD_SET_IP_MULTICAST_TTL, AFD_SET_IPV6_MULTICAST_HOPS, value);
}

int ioctl_broadcast_address(struct ioctl_call *call)
{
    static const SOCKADDR_IN everyone = {.sin_family = AF_INET, .sin_addr.s_addr = INADDR_BROADCAST};

    if (call->info.family != AF_INET) return WSAEOPNOTSUPP;
    return ioctl_give(call, &everyone, sizeof(everyone));
}

C_ASSERT(FIELD_OFFSET(struct ws2_tcp_numbers, rwin_transitions) == TCP_INFO_V0_SIZE);
C_ASSERT(sizeof(struct ws2_tcp_numbers) == 136);

/* The input is the version of the structure: 0 or 1. The time since the connection
 * comes from the device, in whole seconds. */
int ioctl_tcp_info(struct ioctl_call *call)
{
    struct ws2_tcp_info params = {.handle = call->socket};
    DWORD version, size, seconds;

    if (!guarded_read(&version, call->in, sizeof(version))) return WSAEFAULT;
    if (version > 1) return WSAEINVAL;
    size = version ? sizeof(params.numbers) : TCP_INFO_V0_SIZE;
    if (call->out_size < size) return WSAEFAULT;
    if (unix_call(WS2_TCP_INFO, &params)) return WSAENETDOWN;
    if (params.error) return params.error;
    if (!device_request(call->socket, AFD_GET_SO_CONNECT_TIME, NULL, 0, &seconds, sizeof(seconds), NULL) &&
        seconds != ~0u)
        params.numbers.connection_ms = (UINT64)seconds * 1000;
    return ioctl_give(call, &params.numbers, size);
}

/* Of this module, not of Windows: see include/ws2_lanes.h. */
int ioctl_lanes(struct ioctl_call *call)
{
    const struct socket_record *record = record_get(call->socket);
    struct ws2_lane_count counts[WS2_LANE_COUNT] = {{0}};
    unsigned int i;

    for (i = 0; record && i < ARRAY_COUNT(counts); i++)
        counts[i] = (struct ws2_lane_count){record->lane.taken[i], record->lane.refused[i]};
    return ioctl_give(call, counts,
                      min(call->out_size / sizeof(counts[0]), ARRAY_COUNT(counts)) * sizeof(counts[0]));
}
