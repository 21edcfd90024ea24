/*
 * Options that are put together here, and refusals that the lanes don't know.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/hostmessage.h"
#include "base/device.h"
#include "base/ioctl.h"
#include "base/kept.h"
#include "base/option.h"
#include "base/peer.h"
#include "base/reuse.h"
#include "base/unreachable.h"
#include "base/urgent.h"
#include "catalog.h"
#include "member.h"
#include "record.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static int give_number(struct option_call *call, DWORD number)
{
    *(DWORD *)call->value = number;
    call->size = sizeof(number);
    return 0;
}

/* By nobody else can its options have been set. */
static BOOL is_known_here(const struct socket_record *record)
{
    return record && (record->flags & (RECORD_OURS | RECORD_SHARED)) == RECORD_OURS;
}

static BOOL is_bound(SOCKET s)
{
    SOCKADDR_STORAGE name;

    return !device_request(s, AFD_GETSOCKNAME, NULL, 0, &name, sizeof(name), NULL);
}

int own_get_type(struct option_call *call)
{
    return give_number(call, message_is(call->socket) ? SOCK_SEQPACKET : call->info.type);
}

/* TCP says that it has no such option, UDP that the value is wrong. */
int own_set_type(struct option_call *call)
{
    return call->info.type == SOCK_STREAM ? WSAENOPROTOOPT : WSAEINVAL;
}

int own_get_group_id(struct option_call *call)
{
    return give_number(call, member_group(call->socket));
}

/* What set SO_ERROR once reads back, unless something has really gone wrong. */
int own_get_error(struct option_call *call)
{
    NTSTATUS status;
    int error;

    if ((status = device_request(call->socket, AFD_GET_SO_ERROR, NULL, 0, &error, sizeof(error), NULL)))
        return device_error(status);
    return give_number(call, error ? (DWORD)error : kept_get(call->socket, KEPT_ERROR, 0));
}

static int get_linger(SOCKET s, struct linger *linger)
{
    NTSTATUS status = device_request(s, AFD_GET_SO_LINGER, NULL, 0, linger, sizeof(*linger), NULL);

    return status ? device_error(status) : 0;
}

static int set_linger(SOCKET s, const struct linger *linger)
{
    NTSTATUS status = device_request(s, AFD_SET_SO_LINGER, linger, sizeof(*linger), NULL, 0, NULL);

    return status ? device_error(status) : kept_set(s, KEPT_LINGER_ON, linger->l_onoff);
}

/* l_onoff reads back as it was set, and not as 1. */
int own_get_linger(struct option_call *call)
{
    struct linger *linger = call->value;
    int error = get_linger(call->socket, linger);

    if (!error && linger->l_onoff) linger->l_onoff = kept_get(call->socket, KEPT_LINGER_ON, linger->l_onoff);
    return error;
}

int own_set_linger(struct option_call *call)
{
    return set_linger(call->socket, call->value);
}

/* SO_DONTLINGER is SO_LINGER's l_onoff, inverted. */
int own_get_dontlinger(struct option_call *call)
{
    struct linger linger;
    int error = get_linger(call->socket, &linger);

    return error ? error : give_number(call, !linger.l_onoff);
}

int own_set_dontlinger(struct option_call *call)
{
    struct linger linger = {.l_onoff = !*(const DWORD *)call->value};

    return set_linger(call->socket, &linger);
}

/* The largest datagram: 65535 less the headers, of which only UDP's counts for IPv6. */
int own_get_max_msg_size(struct option_call *call)
{
    if (message_is(call->socket)) return give_number(call, WS2_HOST_MESSAGE_MAX);
    return give_number(call, call->info.family == AF_INET6 ? 65527 : 65507);
}

int own_get_open_type(struct option_call *call)
{
    const struct thread_data *data = thread_data();

    return give_number(call, data ? data->open_type : 0);
}

int own_set_open_type(struct option_call *call)
{
    struct thread_data *data = thread_data();

    if (!data) return WSAENOBUFS;
    data->open_type = *(const int *)call->value;
    return 0;
}

/* The ANSI structure ends with the name too, so both are filled up to there alike. */
static void narrow_info(const WSAPROTOCOL_INFOW *wide, WSAPROTOCOL_INFOA *narrow)
{
    memcpy(narrow, wide, offsetof(WSAPROTOCOL_INFOA, szProtocol));
    WideCharToMultiByte(CP_ACP, 0, wide->szProtocol, -1, narrow->szProtocol, sizeof(narrow->szProtocol), NULL,
                        NULL);
}

int own_get_protocol_info(struct option_call *call)
{
    const struct socket_record *record = record_get(call->socket);
    const WSAPROTOCOL_INFOW *entry = record && record->catalog_id ? catalog_by_id(record->catalog_id) : NULL;
    WSAPROTOCOL_INFOW info;
    int error;

    if (!entry) entry = catalog_find(call->info.family, call->info.type, call->info.protocol, &error);
    if (!entry) return error;
    info = *entry; /* one for many protocols, as raw sockets have, says 0 for all */
    if (call->name == (int)SO_PROTOCOL_INFOW)
        memcpy(call->value, &info, sizeof(info));
    else
        narrow_info(&info, call->value);
    return 0;
}

static void bsp_address(struct option_call *call, ULONG request, ULONG offset, ULONG room,
                        SOCKET_ADDRESS *address)
{
    ULONG size = 0;

    address->lpSockaddr = NULL;
    address->iSockaddrLength = 0;
    if (request == AFD_GETPEERNAME && reuse_parted(call->socket)) return;
    if (device_request(call->socket, request, NULL, 0, (char *)call->value + offset, room, &size) || !size)
        return;
    address->lpSockaddr = (SOCKADDR *)(call->place + offset);
    address->iSockaddrLength = size;
}

/* Both addresses lie behind the structure, in the application's buffer; there is
 * room for both, or WSAEFAULT, even if the socket has none yet. */
int own_get_bsp_state(struct option_call *call)
{
    CSADDR_INFO *state = call->value;
    ULONG room;

    switch (call->info.family)
    {
    case AF_INET: room = sizeof(SOCKADDR_IN); break;
    case AF_INET6: room = sizeof(SOCKADDR_IN6); break;
    default: return WSAEAFNOSUPPORT;
    }
    if (call->size < sizeof(*state) + 2 * room) return WSAEFAULT;
    memset(state, 0, sizeof(*state) + 2 * room);
    bsp_address(call, AFD_GETSOCKNAME, sizeof(*state), room, &state->LocalAddr);
    bsp_address(call, AFD_GETPEERNAME, sizeof(*state) + room, room, &state->RemoteAddr);
    state->iSocketType = call->info.type;
    state->iProtocol = call->info.protocol;
    call->size = sizeof(*state) + 2 * room;
    return 0;
}

/* For options that only a socket without a local address takes. */
int own_set_unbound(struct option_call *call)
{
    return is_bound(call->socket) ? WSAEINVAL : 0;
}

/* Windows gives an accepted socket its listener's properties with this; the
 * device has done so when it accepted, so only the arguments are left to check. */
int own_set_accept_context(struct option_call *call)
{
    SOCKET listener = *(const SOCKET *)call->value;
    struct socket_record *record;
    BOOL listening = FALSE;
    NTSTATUS status;

    if ((status =
             device_request(listener, AFD_GET_SO_ACCEPTCONN, NULL, 0, &listening, sizeof(listening), NULL)))
        return device_error(status);
    if (!listening) return WSAEINVAL;
    if ((record = record_get(call->socket))) names_drop(record);
    reuse_accepted_into(call->socket);
    kept_inherit(call->socket, listener);
    return 0;
}

/* After ConnectEx; the device's sockets are complete without it. */
int own_set_connect_context(struct option_call *call)
{
    SOCKADDR_STORAGE peer;
    NTSTATUS status = peer_ask(call->socket, &peer, NULL);

    struct socket_record *record = record_get(call->socket);

    if (!status && record)
    {
        record_clear_flags(record, RECORD_CONNECT_EX);
        names_drop(record);
    }
    return status ? WSAENOTCONN : 0;
}

/* The host would take the low byte of anything. */
int own_set_tos(struct option_call *call)
{
    return *(const DWORD *)call->value > 0xff ? WSAEINVAL : 0;
}

int own_get_protection_level(struct option_call *call)
{
    return give_number(call, kept_get(call->socket, KEPT_PROTECTION_LEVEL, PROTECTION_LEVEL_UNRESTRICTED));
}

/* There is no Teredo edge here that the level could restrict. */
int own_set_protection_level(struct option_call *call)
{
    DWORD level = *(const DWORD *)call->value;

    switch (level)
    {
    case PROTECTION_LEVEL_UNRESTRICTED:
    case PROTECTION_LEVEL_EDGERESTRICTED:
    case PROTECTION_LEVEL_RESTRICTED: return kept_set(call->socket, KEPT_PROTECTION_LEVEL, level);
    case PROTECTION_LEVEL_DEFAULT:
        return kept_set(call->socket, KEPT_PROTECTION_LEVEL, PROTECTION_LEVEL_UNRESTRICTED);
    default: return WSAEINVAL;
    }
}

/* Windows has IPV6_V6ONLY on IPv4 sockets too, where it changes nothing, and
 * refuses to change it once the socket is bound. The host counts every raw socket
 * as bound. */
static BOOL has_v6only(const struct afd_info *info)
{
    return info->family == AF_INET6 && info->type != SOCK_RAW;
}

int own_get_v6only(struct option_call *call)
{
    NTSTATUS status;

    if (!has_v6only(&call->info)) return give_number(call, kept_get(call->socket, KEPT_V6ONLY, TRUE));
    status = device_request(call->socket, AFD_GET_IPV6_V6ONLY, NULL, 0, call->value, call->size, &call->size);
    return status ? device_error(status) : 0;
}

int own_set_v6only(struct option_call *call)
{
    NTSTATUS status;

    if (!has_v6only(&call->info))
        return is_bound(call->socket) ? WSAEINVAL
                                      : kept_set(call->socket, KEPT_V6ONLY, *(const DWORD *)call->value);
    status = device_request(call->socket, AFD_SET_IPV6_V6ONLY, call->value, call->size, NULL, 0, NULL);
    return status ? device_error(status) : 0;
}

/* What becomes of the place of a byte that was received depends on the host. */
int own_set_inline(struct option_call *call)
{
    if (call->info.type == SOCK_STREAM && *(const DWORD *)call->value) urgent_inline(call->socket);
    return 0;
}

int own_get_at_mark(struct option_call *call)
{
    BOOL yes;
    int error = at_mark(call->socket, &yes);

    return error ? error : give_number(call, yes);
}

/* TCP_BSDURGENT and TCP_EXPEDITED_1122 are one switch with two names. */
int own_get_bsd_urgent(struct option_call *call)
{
    return give_number(call, !kept_get(call->socket, KEPT_EXPEDITED_1122, FALSE));
}

int own_set_bsd_urgent(struct option_call *call)
{
    return kept_set(call->socket, KEPT_EXPEDITED_1122, !*(const DWORD *)call->value);
}

/* What ICMP said when the last connect failed: the host keeps it once
 * TCP_FAIL_CONNECT_ON_ICMP_ERROR is set, and lets go of it when asked. */
int own_get_icmp_error(struct option_call *call)
{
    int error;

    if (!kept_get(call->socket, KEPT_FAIL_CONNECT_ON_ICMP_ERROR, FALSE)) return WSANO_DATA;
    error = host_option_get(call->socket, IPPROTO_TCP, WS2_OPTION_ICMP_ERROR, call->value, &call->size);
    return error ? WSANO_DATA : 0;
}

/* IP_RECVERR: the host has to tell, whatever SIO_UDP_CONNRESET says. */
int own_set_reports(struct option_call *call)
{
    int error = kept_set(call->socket, KEPT_RECVERR, *(const DWORD *)call->value);

    if (error) return error;
    unreachable_decide(call->socket);
    if (*(const DWORD *)call->value) unreachable_expect(call->socket);
    return 0;
}

/* The host repeats once at least, and six times otherwise. */
int own_set_no_retries(struct option_call *call)
{
    int retries = *(const DWORD *)call->value ? 1 : 6;

    return host_option_set(call->socket, IPPROTO_TCP, WS2_OPTION_SYN_RETRIES, &retries, sizeof(retries));
}

/* What Windows starts with; the host has sizes of its own, and adjusts them itself
 * until a program sets them. */
#define DEFAULT_BUFFER 65536

static enum kept_option buffer_of(const struct option_call *call)
{
    return call->name == SO_RCVBUF ? KEPT_RCVBUF : KEPT_SNDBUF;
}

int own_get_buffer(struct option_call *call)
{
    const struct socket_record *record = record_get(call->socket);
    NTSTATUS status;

    if (is_known_here(record))
        return give_number(call, kept_get(call->socket, buffer_of(call), DEFAULT_BUFFER));
    status = device_request(call->socket, call->name == SO_RCVBUF ? AFD_GET_SO_RCVBUF : AFD_GET_SO_SNDBUF,
                            NULL, 0, call->value, call->size, &call->size);
    return status ? device_error(status) : 0;
}

int own_set_buffer(struct option_call *call)
{
    return kept_set(call->socket, buffer_of(call), *(const DWORD *)call->value);
}

/* The port of a bind to none is chosen when the socket connects, so that it may be
 * one that others have to other destinations. */
int own_get_reuse_port(struct option_call *call)
{
    return give_number(call, kept_get(call->socket, KEPT_REUSE_UNICASTPORT, FALSE));
}

int own_set_reuse_port(struct option_call *call)
{
    DWORD on = *(const DWORD *)call->value;
    int error = own_set_unbound(call);

    if (!error && call->info.type == SOCK_STREAM)
        error = host_option_set(call->socket, SOL_SOCKET, SO_REUSE_UNICASTPORT, &on, sizeof(on));
    return error ? error : kept_set(call->socket, KEPT_REUSE_UNICASTPORT, on);
}

/* Windows repeats keep-alive packets ten times, a second apart. */
static DWORD default_of(int name)
{
    return name == TCP_KEEPCNT ? 10 : 1;
}

static enum kept_option kept_of(int name)
{
    return name == TCP_KEEPCNT ? KEPT_KEEPCNT : KEPT_KEEPINTVL;
}

int own_get_probes(struct option_call *call)
{
    if (is_known_here(record_get(call->socket)))
        return give_number(call, kept_get(call->socket, kept_of(call->name), default_of(call->name)));
    return host_option_get(call->socket, call->level, call->name, call->value, &call->size);
}

/* Windows's limit is 255; the host's is lower, and met silently. */
int own_set_probes(struct option_call *call)
{
    const DWORD number = *(const DWORD *)call->value;
    int error;

    if (call->name == TCP_KEEPCNT && number > 255) return WSAEINVAL;
    error = host_option_set(call->socket, call->level, call->name, &number, sizeof(number));
    return error ? error : kept_set(call->socket, kept_of(call->name), number);
}

static void begin_with(SOCKET s, int name)
{
    const DWORD number = default_of(name);

    if (!kept_get(s, kept_of(name), 0)) host_option_set(s, IPPROTO_TCP, name, &number, sizeof(number));
}

void probes_begin(SOCKET s)
{
    if (!is_known_here(record_get(s))) return;
    begin_with(s, TCP_KEEPCNT);
    begin_with(s, TCP_KEEPINTVL);
}

void probes_were_set(SOCKET s)
{
    DWORD seconds;
    ULONG size = sizeof(seconds);

    if (!is_known_here(record_get(s))) return;
    begin_with(s, TCP_KEEPCNT);
    if (!host_option_get(s, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, &size))
        kept_set(s, KEPT_KEEPINTVL, seconds);
}
