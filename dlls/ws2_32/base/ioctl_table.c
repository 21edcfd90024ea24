/*
 * The table of ioctls.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A row: the code, the least bytes in and out, the sockets it exists on, flags,
 * and the function. A row without a function is one that Windows's TCP/IP does
 * not support either, named for traces.
 */
#include "private.h"

#include <mstcpip.h>

#include "base/ioctl.h"
#include "base/option.h"
#include "ws2_lanes.h"
#include "ws2_missing.h"

#define CODE(code) (DWORD)(code), #code
#define UNSUPPORTED(code)                 \
    {                                     \
        CODE(code), 0, 0, ON_ALL, 0, NULL \
    }

static const struct ioctl table[] = {
    {CODE(FIONBIO), 0, 0, ON_ALL, IOCTL_FAILS_WITH_0 | IOCTL_ASKS, ioctl_nonblocking},
    {CODE(FIONREAD), 0, sizeof(u_long), ON_ALL, IOCTL_ASKS, ioctl_readable},
    {CODE(SIOCATMARK), 0, sizeof(u_long), ON_ALL, IOCTL_ASKS, ioctl_at_mark},

    {CODE(SIO_ENABLE_CIRCULAR_QUEUEING), 0, 0, ON_ALL, 0, ioctl_accepted},
    {CODE(SIO_GET_BROADCAST_ADDRESS), 0, sizeof(SOCKADDR_IN), ON_ALL, 0, ioctl_broadcast_address},
    {CODE(SIO_GET_EXTENSION_FUNCTION_POINTER), sizeof(GUID), sizeof(void *), ON_ALL, IOCTL_ASKS_NOBODY,
     ioctl_extension},
    {CODE(SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER), sizeof(GUID), 0, ON_ALL, IOCTL_ASKS_NOBODY,
     ioctl_extension_table},
    {CODE(SIO_MULTIPOINT_LOOPBACK), sizeof(BOOL), 0, ON_MESSAGES, 0, ioctl_multipoint_loopback},
    {CODE(SIO_MULTICAST_SCOPE), sizeof(int), 0, ON_MESSAGES, 0, ioctl_multicast_scope},
    {CODE(SIO_ROUTING_INTERFACE_QUERY), 0, 0, ON_ALL, 0, ioctl_routing_query},
    {CODE(SIO_ROUTING_INTERFACE_CHANGE), sizeof(SOCKADDR_IN), 0, ON_ALL, 0, ioctl_routing_change},
    {CODE(SIO_ADDRESS_LIST_QUERY), 0, 0, ON_ALL, 0, ioctl_address_list},
    {CODE(SIO_ADDRESS_LIST_CHANGE), 0, 0, ON_ALL, 0, ioctl_address_list_change},
    {CODE(SIO_ADDRESS_LIST_SORT), FIELD_OFFSET(SOCKET_ADDRESS_LIST, Address), 0, ON_ALL, 0,
     ioctl_address_list_sort},
    {CODE(SIO_GET_INTERFACE_LIST), 0, 0, ON_ALL, IOCTL_FAILS_WITH_0, ioctl_interface_list},
    {CODE(SIO_GET_INTERFACE_LIST_EX), 0, 0, ON_ALL, 0, ioctl_interface_list_ex},
    {CODE(SIO_SET_MULTICAST_FILTER), 16, 0, ON_MESSAGES, 0, ioctl_set_filter},
    {CODE(SIO_GET_MULTICAST_FILTER), 16, 16, ON_MESSAGES, 0, ioctl_get_filter},
    {CODE(SIOCSMSFILTER), 144, 0, ON_MESSAGES, 0, ioctl_set_filter},
    {CODE(SIOCGMSFILTER), 144, 144, ON_MESSAGES, 0, ioctl_get_filter},
    {CODE(SIO_BASE_HANDLE), 0, sizeof(SOCKET), ON_ALL, IOCTL_WAITED, ioctl_handle},
    {CODE(SIO_BSP_HANDLE), 0, sizeof(SOCKET), ON_ALL, IOCTL_WAITED, ioctl_handle},
    {CODE(SIO_BSP_HANDLE_SELECT), 0, sizeof(SOCKET), ON_ALL, IOCTL_WAITED, ioctl_handle},
    {CODE(SIO_BSP_HANDLE_POLL), 0, sizeof(SOCKET), ON_ALL, IOCTL_WAITED, ioctl_handle},

    {CODE(SIO_RCVALL), sizeof(DWORD), 0, ON_ALL, 0, ioctl_receive_all},
    {CODE(SIO_RCVALL_MCAST), sizeof(DWORD), 0, ON_ALL, 0, ioctl_receive_all},
    {CODE(SIO_RCVALL_IGMPMCAST), sizeof(DWORD), 0, ON_ALL, 0, ioctl_receive_all},
    {CODE(SIO_KEEPALIVE_VALS), 0, 0, ON_ALL, IOCTL_FAILS_WITH_0 | IOCTL_QUIET, ioctl_keepalive},
    {CODE(SIO_UDP_CONNRESET), 1, 0, ON_ALL, 0, ioctl_udp_reset},
    {CODE(SIO_UDP_NETRESET), 1, 0, ON_ALL, 0, ioctl_udp_reset},
    {CODE(SIO_LOOPBACK_FAST_PATH), sizeof(int), 0, ON_STREAM, 0, ioctl_loopback_fast_path},
    {CODE(SIO_TCP_INITIAL_RTO), 4, 0, ON_STREAM, 0, ioctl_initial_rto},
    {CODE(SIO_TCP_SET_ICW), sizeof(int), 0, ON_STREAM, 0, ioctl_accepted},
    {CODE(SIO_TCP_SET_ACK_FREQUENCY), 1, 0, ON_STREAM, 0, ioctl_accepted},
    {CODE(SIO_TCP_INFO), sizeof(DWORD), TCP_INFO_V0_SIZE, ON_STREAM, 0, ioctl_tcp_info},
    {CODE(SIO_WS2_LANES), 0, sizeof(struct ws2_lane_count), ON_ALL, IOCTL_ASKS, ioctl_lanes},
    {CODE(SIO_PRIORITY_HINT), sizeof(int), 0, ON_STREAM, 0, ioctl_accepted},
    {CODE(SIO_CPU_AFFINITY), sizeof(USHORT), 0, ON_DATAGRAM, 0, ioctl_accepted},
    {CODE(SIO_SET_COMPATIBILITY_MODE), 8, 0, ON_ALL, 0, ioctl_compatibility},
    {CODE(SIO_AF_UNIX_GETPEERPID), 0, sizeof(ULONG), ON_STREAM, 0, ioctl_peer_process},
    {CODE(SIO_IDEAL_SEND_BACKLOG_QUERY), 0, sizeof(ULONG), ON_STREAM, 0, ioctl_backlog},
    {CODE(SIO_IDEAL_SEND_BACKLOG_CHANGE), 0, 0, ON_STREAM, 0, ioctl_backlog_change},

    UNSUPPORTED(FIOASYNC),
    {LOWORD(FIONBIO), "LOWORD(FIONBIO)", 0, 0, ON_ALL, 0, NULL}, /* Netscape's */
    UNSUPPORTED(SIO_ASSOCIATE_HANDLE),
    UNSUPPORTED(SIO_FIND_ROUTE),
    UNSUPPORTED(SIO_FLUSH),
    UNSUPPORTED(SIO_GET_QOS),
    UNSUPPORTED(SIO_GET_GROUP_QOS),
    UNSUPPORTED(SIO_SET_QOS),
    UNSUPPORTED(SIO_SET_GROUP_QOS),
    UNSUPPORTED(SIO_TRANSLATE_HANDLE),
    UNSUPPORTED(SIO_QUERY_TARGET_PNP_HANDLE),
    UNSUPPORTED(SIO_QUERY_RSS_SCALABILITY_INFO),
    UNSUPPORTED(SIO_APPLY_TRANSPORT_SETTING),
    UNSUPPORTED(SIO_QUERY_TRANSPORT_SETTING),
    UNSUPPORTED(SIO_ACQUIRE_PORT_RESERVATION),
    UNSUPPORTED(SIO_RELEASE_PORT_RESERVATION),
    UNSUPPORTED(SIO_ASSOCIATE_PORT_RESERVATION),
    UNSUPPORTED(SIO_ABSORB_RTRALERT),
    UNSUPPORTED(SIO_UCAST_IF),
    UNSUPPORTED(SIO_LIMIT_BROADCASTS),
    UNSUPPORTED(SIO_INDEX_BIND),
    UNSUPPORTED(SIO_INDEX_MCASTIF),
    UNSUPPORTED(SIO_INDEX_ADD_MCAST),
    UNSUPPORTED(SIO_INDEX_DEL_MCAST),
};

const struct ioctl *ioctl_find(DWORD code)
{
    unsigned int i;

    for (i = 0; i < ARRAY_COUNT(table); i++)
        if (table[i].code == code) return &table[i];
    return NULL;
}

const char *debug_ioctl(DWORD code)
{
    const struct ioctl *row = ioctl_find(code);

    return row ? row->text : wine_dbg_sprintf("ioctl %#lx", code);
}
