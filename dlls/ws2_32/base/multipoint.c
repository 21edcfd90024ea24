/*
 * WSAJoinLeaf: multipoint sessions over IP multicast.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * IP multicast is non-rooted in both planes: the leaf is the socket itself, and
 * joining means becoming a member of the group on the interface that the socket is
 * bound to. A sender needs no membership. Specified in the SDK's "Multipoint and
 * Multicast Semantics".
 */
#include "private.h"

#include "base/base.h"
#include "base/connect.h"
#include "base/datagram_event.h"
#include "base/device.h"
#include "base/memory.h"
#include "base/state.h"
#include "guarded.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define LEAF_FLAGS (WSA_FLAG_MULTIPOINT_C_LEAF | WSA_FLAG_MULTIPOINT_D_LEAF)
#define JOIN_FLAGS (JL_SENDER_ONLY | JL_RECEIVER_ONLY | JL_BOTH)

static BOOL is_group(const SOCKADDR_STORAGE *name)
{
    if (name->ss_family == AF_INET6) return ((const SOCKADDR_IN6 *)name)->sin6_addr.s6_addr[0] == 0xff;
    return (((const SOCKADDR_IN *)name)->sin_addr.S_un.S_un_b.s_b1 & 0xf0) == 0xe0;
}

/* Programs call WSAJoinLeaf where others call bind: a socket without a name gets the
 * session's port, and so hears what is sent there. */
static int bind_to_port(SOCKET s, const SOCKADDR_STORAGE *group, int *err)
{
    SOCKADDR_STORAGE any = {.ss_family = group->ss_family};

    if (state_bound(s)) return 0;
    /* at the same place in both families */
    ((SOCKADDR_IN *)&any)->sin_port = ((const SOCKADDR_IN *)group)->sin_port;
    return base_bind(s, (SOCKADDR *)&any,
                     any.ss_family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN), err);
}

static int join_v4(SOCKET s, const struct sockaddr_in *group, int *err)
{
    struct ip_mreq request = {.imr_multiaddr = group->sin_addr};
    struct sockaddr_in local;
    int len = sizeof(local), ignored;

    if (!base_getsockname(s, (struct sockaddr *)&local, &len, &ignored))
        request.imr_interface = local.sin_addr;
    return base_setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, sizeof(request), err);
}

static int join_v6(SOCKET s, const struct sockaddr_in6 *group, int *err)
{
    struct ipv6_mreq request = {.ipv6mr_multiaddr = group->sin6_addr,
                                .ipv6mr_interface = group->sin6_scope_id};

    return base_setsockopt(s, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, (char *)&request, sizeof(request), err);
}

static int join(SOCKET s, const SOCKADDR_STORAGE *group, DWORD flags, int *err)
{
    int ret = bind_to_port(s, group, err);

    if (ret || flags == JL_SENDER_ONLY) return ret;
    return group->ss_family == AF_INET6 ? join_v6(s, (const struct sockaddr_in6 *)group, err)
                                        : join_v4(s, (const struct sockaddr_in *)group, err);
}

static int check_session(SOCKET s, const struct afd_info *info, const SOCKADDR_STORAGE *group, DWORD flags)
{
    if (!flags || flags & ~JOIN_FLAGS) return WSAEINVAL;
    if (info->type == SOCK_STREAM) return WSAEOPNOTSUPP;
    if (group->ss_family != info->family || (info->family != AF_INET && info->family != AF_INET6))
        return WSAEAFNOSUPPORT;
    /* what a socket of another process was made with is not known */
    if (!(kept_get(s, KEPT_MULTIPOINT, LEAF_FLAGS) & LEAF_FLAGS)) return WSAEINVAL;
    if (!is_group(group)) return WSAEADDRNOTAVAIL;
    return kept_get(s, KEPT_SESSION, FALSE) ? WSAEISCONN : 0;
}

/*
 * flags: JL_SENDER_ONLY, JL_RECEIVER_ONLY, both of them, or JL_BOTH. Joining takes no
 * time, so FD_CONNECT comes at once. A socket can be in one session only (WSAEISCONN).
 * Errors: WSAEINVAL for other flags, and for sockets made without WSASocket's
 * WSA_FLAG_MULTIPOINT_C_LEAF or D_LEAF; WSAEOPNOTSUPP for streams and for a quality of
 * service that is guaranteed; WSAEPROTONOSUPPORT for data to the peer; WSAEAFNOSUPPORT
 * for a group of another family; WSAEADDRNOTAVAIL for an address that is no group;
 * WSAEFAULT; and those of bind and IP_ADD_MEMBERSHIP.
 */
SOCKET WSPAPI base_join_leaf(SOCKET s, const struct sockaddr *addr, int len, WSABUF *caller, WSABUF *callee,
                             QOS *sqos, QOS *gqos, DWORD flags, int *err)
{
    SOCKADDR_STORAGE group;
    struct afd_info info;
    NTSTATUS status;
    int used;

    TRACE("socket %#Ix, addr %p, len %d, caller %p, callee %p, sqos %p, gqos %p, flags %#lx\n", s, addr, len,
          caller, callee, sqos, gqos, flags);

    if ((status = device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL)))
        *err = device_error(status);
    else if (!(*err = sockaddr_from_app(&group, addr, len, &used)) &&
             !(*err = check_session(s, &info, &group, flags)) &&
             !(*err = connect_check_data(caller, callee)) && !(*err = connect_check_quality(sqos)) &&
             !(*err = connect_check_quality(gqos)) && !join(s, &group, flags, err))
    {
        kept_set(s, KEPT_SESSION, TRUE);
        datagram_named(s, TRUE);
        return s;
    }
    return INVALID_SOCKET;
}
