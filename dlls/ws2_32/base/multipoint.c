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
#include "base/device.h"
#include "base/memory.h"
#include "guarded.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static int join_v4(SOCKET s, const struct sockaddr_in *group, int *err)
{
    struct ip_mreq request = {.imr_multiaddr = group->sin_addr};
    struct sockaddr_in local;
    int len = sizeof(local), ignored;

    if ((group->sin_addr.S_un.S_un_b.s_b1 & 0xf0) != 0xe0)
    {
        *err = WSAEADDRNOTAVAIL;
        return SOCKET_ERROR;
    }
    if (!base_getsockname(s, (struct sockaddr *)&local, &len, &ignored))
        request.imr_interface = local.sin_addr;
    return base_setsockopt(s, IPPROTO_IP, IP_ADD_MEMBERSHIP, (char *)&request, sizeof(request), err);
}

static int join_v6(SOCKET s, const struct sockaddr_in6 *group, int *err)
{
    struct ipv6_mreq request = {.ipv6mr_multiaddr = group->sin6_addr,
                                .ipv6mr_interface = group->sin6_scope_id};

    if (group->sin6_addr.s6_addr[0] != 0xff)
    {
        *err = WSAEADDRNOTAVAIL;
        return SOCKET_ERROR;
    }
    return base_setsockopt(s, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, (char *)&request, sizeof(request), err);
}

/* flags: JL_SENDER_ONLY, JL_RECEIVER_ONLY or JL_BOTH. Errors: WSAEINVAL for other
 * flags, WSAEOPNOTSUPP for sockets that are not datagram sockets, WSAEAFNOSUPPORT
 * for a group of another family, WSAEADDRNOTAVAIL for an address that is no group. */
SOCKET WSPAPI base_join_leaf(SOCKET s, const struct sockaddr *addr, int len, WSABUF *caller, WSABUF *callee,
                             QOS *sqos, QOS *gqos, DWORD flags, int *err)
{
    SOCKADDR_STORAGE group;
    struct afd_info info;
    NTSTATUS status;
    ULONG none = 0;
    int used, ret = 0;

    TRACE("socket %#Ix, addr %p, len %d, caller %p, callee %p, sqos %p, gqos %p, flags %#lx\n", s, addr, len,
          caller, callee, sqos, gqos, flags);

    if ((status = device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL)))
        *err = device_error(status);
    else if ((*err = sockaddr_from_app(&group, addr, len, &used)))
        return INVALID_SOCKET;
    else if (flags != JL_SENDER_ONLY && flags != JL_RECEIVER_ONLY && flags != JL_BOTH)
        *err = WSAEINVAL;
    else if (info.type != SOCK_DGRAM)
        *err = WSAEOPNOTSUPP;
    else if (group.ss_family != info.family || (info.family != AF_INET && info.family != AF_INET6))
        *err = WSAEAFNOSUPPORT;
    else if (callee && !guarded_write(&callee->len, &none, sizeof(none)))
        *err = WSAEFAULT;
    else
    {
        if (flags != JL_SENDER_ONLY)
            ret = info.family == AF_INET ? join_v4(s, (struct sockaddr_in *)&group, err)
                                         : join_v6(s, (struct sockaddr_in6 *)&group, err);
        if (!ret) return s;
    }
    return INVALID_SOCKET;
}
