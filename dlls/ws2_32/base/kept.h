/*
 * Options that neither the device nor the host has a place for: they are kept
 * in the socket's record, and gone with it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WS2_KEPT_H
#define WS2_KEPT_H

enum kept_option
{
    KEPT_DEBUG,
    KEPT_RCVBUF,
    KEPT_SNDBUF,
    KEPT_DONTROUTE,
    KEPT_LINGER_ON, /* SO_LINGER's l_onoff as it was set; the host only keeps whether it was 0 */
    KEPT_ERROR,
    KEPT_GROUP_PRIORITY,
    KEPT_CONDITIONAL_ACCEPT,
    KEPT_PAUSE_ACCEPT,
    KEPT_RANDOMIZE_PORT,
    KEPT_PORT_SCALABILITY,
    KEPT_REUSE_UNICASTPORT,
    KEPT_REUSE_MULTICASTPORT,
    KEPT_RECEIVE_BROADCAST,
    KEPT_RECVIF,
    KEPT_RECVDSTADDR,
    KEPT_IFLIST,
    KEPT_RECVRTHDR,
    KEPT_ORIGINAL_ARRIVAL_IF,
    KEPT_ECN,
    KEPT_PKTINFO_EX,
    KEPT_MTU_DISCOVER,
    KEPT_RECVERR,
    KEPT_USER_MTU,
    KEPT_PROTECTION_LEVEL,
    KEPT_V6ONLY, /* of an IPv4 socket, where it means nothing */
    KEPT_EXPEDITED_1122,
    KEPT_STDURG,
    KEPT_NOURG,
    KEPT_NOSYNRETRIES,
    KEPT_TIMESTAMPS,
    KEPT_OFFLOAD_PREFERENCE,
    KEPT_CONGESTION_ALGORITHM,
    KEPT_DELAY_FIN_ACK,
    KEPT_FAIL_CONNECT_ON_ICMP_ERROR,
    KEPT_COALESCED_SIZE,
    KEPT_IPX_FILTER,
    KEPT_UDP_CONNRESET, /* SIO_UDP_CONNRESET, default TRUE */
    KEPT_UDP_NETRESET,
    KEPT_LOOPBACK_FAST_PATH,
    KEPT_MULTIPOINT,        /* WSASocket's WSA_FLAG_MULTIPOINT_*: base/multipoint.c */
    KEPT_SESSION,           /* WSAJoinLeaf has joined one */
    KEPT_CONTROL_UNINVITED, /* base/message.c: WS2_CONTROL_* that come along unasked */
    KEPT_KEEPCNT,           /* as they were set; the host begins with other numbers */
    KEPT_KEEPINTVL,
    KEPT_HOPS, /* whether IP_TTL or IPV6_UNICAST_HOPS was set: the host's is not Windows's */
    KEPT_COUNT
};

struct kept_options
{
    UINT64 present; /* a bit an option that was set */
    DWORD value[KEPT_COUNT];
};

DWORD kept_get(SOCKET s, enum kept_option option, DWORD otherwise);

/* An accepted socket has what its listener had. */
void kept_inherit(SOCKET accepted, SOCKET listener);

/* A Winsock error or 0. */
int kept_set(SOCKET s, enum kept_option option, DWORD value);

#endif
