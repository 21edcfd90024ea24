/*
 * Windows's rules for local addresses that the host lacks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On Windows, one socket may listen on a port at every address and another at
 * one address, without any option set; the more exact one gets the connections.
 * With SO_REUSEADDR both may even have the same address, and the first gets them.
 * The host refuses both unless all sockets of the port have said beforehand that
 * they share it, so they say so when a bind or listen has failed for that reason
 * alone. The device keeps the rest of Windows's rules (SO_EXCLUSIVEADDRUSE and so
 * on) itself, and has its say again at the second try. Only sockets of this
 * process can be reached.
 */
#include "private.h"

#include "base/bindrules.h"
#include "base/device.h"
#include "base/option.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct sharing
{
    SOCKET newcomer;
    const SOCKADDR_STORAGE *addr;
    BOOL same_address; /* is one with the same address meant too? */
    unsigned int count;
};

static BOOL is_in_use(NTSTATUS status)
{
    return status == STATUS_SHARING_VIOLATION || status == STATUS_ACCESS_DENIED;
}

static USHORT port_of(const SOCKADDR_STORAGE *addr)
{
    return ((const SOCKADDR_IN *)addr)->sin_port;
}

static BOOL is_same(const SOCKADDR_STORAGE *left, const SOCKADDR_STORAGE *right)
{
    if (left->ss_family != right->ss_family) return FALSE;
    if (left->ss_family == AF_INET)
        return ((const SOCKADDR_IN *)left)->sin_addr.s_addr == ((const SOCKADDR_IN *)right)->sin_addr.s_addr;
    return !memcmp(&((const SOCKADDR_IN6 *)left)->sin6_addr, &((const SOCKADDR_IN6 *)right)->sin6_addr,
                   sizeof(IN6_ADDR));
}

static void share(SOCKET s, int how)
{
    host_option_set(s, SOL_SOCKET, WS2_OPTION_SHARE_PORT, &how, sizeof(how));
}

static void share_if_concerned(struct socket_record *record, void *context)
{
    struct sharing *sharing = context;
    SOCKET s = record->handle;
    SOCKADDR_STORAGE name;
    struct afd_info info;

    if (!s || s == sharing->newcomer || (record->type && record->type != SOCK_STREAM)) return;
    if (socket_info(s, &info) || info.type != SOCK_STREAM) return;
    if (device_request(s, AFD_GETSOCKNAME, NULL, 0, &name, sizeof(name), NULL)) return;
    if (port_of(&name) != port_of(sharing->addr)) return;
    if (!sharing->same_address && is_same(&name, sharing->addr)) return;
    TRACE("socket %#Ix shares port %u with %#Ix\n", s, ntohs(port_of(&name)), sharing->newcomer);
    share(s, 1);
    sharing->count++;
}

static BOOL share_port(SOCKET s, const SOCKADDR_STORAGE *addr, BOOL same_address)
{
    struct sharing sharing = {s, addr, same_address, 0};
    struct afd_info info;

    if ((addr->ss_family != AF_INET && addr->ss_family != AF_INET6) || !port_of(addr)) return FALSE;
    if (socket_info(s, &info) || info.type != SOCK_STREAM) return FALSE;
    record_for_each(share_if_concerned, &sharing);
    if (sharing.count) share(s, 1);
    return sharing.count != 0;
}

BOOL bind_share_port(SOCKET s, const SOCKADDR_STORAGE *addr, NTSTATUS status)
{
    return is_in_use(status) && share_port(s, addr, FALSE);
}

BOOL listen_share_port(SOCKET s, NTSTATUS status)
{
    SOCKADDR_STORAGE name;

    if (!is_in_use(status)) return FALSE;
    if (device_request(s, AFD_GETSOCKNAME, NULL, 0, &name, sizeof(name), NULL)) return FALSE;
    return share_port(s, &name, TRUE);
}

void listen_shared(SOCKET s)
{
    share(s, 2);
}

/* Does an interface with this index have the address? Without the list, yes. */
static BOOL is_at_index(const SOCKADDR_IN6 *addr)
{
    struct ws2_interface list[32];
    struct ws2_interface_list params = {
        .entries = WS2_PTR(list), .capacity = ARRAY_COUNT(list), .family = AF_INET6};
    BOOL elsewhere = FALSE;
    unsigned int i;

    if (unix_call(WS2_INTERFACE_LIST, &params) || params.error) return TRUE;
    for (i = 0; i < min(params.count, params.capacity); i++)
    {
        if (memcmp(list[i].address.bytes, &addr->sin6_addr, sizeof(addr->sin6_addr))) continue;
        if (list[i].index == addr->sin6_scope_id) return TRUE;
        elsewhere = TRUE;
    }
    return !elsewhere;
}

/* The host looks at the scope id of link-local addresses only. */
int bind_check_scope(const SOCKADDR_STORAGE *addr)
{
    const SOCKADDR_IN6 *ipv6 = (const SOCKADDR_IN6 *)addr;

    if (addr->ss_family != AF_INET6 || !ipv6->sin6_scope_id) return 0;
    return is_at_index(ipv6) ? 0 : WSAEADDRNOTAVAIL;
}

void raw_without_requests(SOCKET s, int family, int type, int protocol)
{
    static const int on = 1;

    if (type != SOCK_RAW) return;
    if (family == AF_INET && protocol == IPPROTO_ICMP)
        host_option_set(s, IPPROTO_IP, WS2_OPTION_NO_REQUESTS, &on, sizeof(on));
    if (family == AF_INET6 && protocol == IPPROTO_ICMPV6)
        host_option_set(s, IPPROTO_IPV6, WS2_OPTION_NO_REQUESTS, &on, sizeof(on));
}
