/*
 * Windows's socket numbers and structures, for code that includes no Windows header.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The names that the host uses too carry WIN_ or win_; sizes are bytes. Pure
 * ELF code includes this, so that the unit tests can compile it natively.
 * Specified in the Windows SDK: winsock2.h, ws2ipdef.h, ws2bth.h, hvsocket.h.
 */
#ifndef WS2_UNIX_WINDOWS_H
#define WS2_UNIX_WINDOWS_H

#include <stdint.h>

#define WIN_AF_UNSPEC 0
#define WIN_AF_UNIX 1
#define WIN_AF_INET 2
#define WIN_AF_IPX 6
#define WIN_AF_INET6 23
#define WIN_AF_IRDA 26
#define WIN_AF_BTH 32
#define WIN_AF_HYPERV 34

#define WIN_SOCK_STREAM 1
#define WIN_SOCK_DGRAM 2
#define WIN_SOCK_RAW 3
#define WIN_SOCK_RDM 4
#define WIN_SOCK_SEQPACKET 5

#define WIN_IPPROTO_IP 0
#define WIN_IPPROTO_ICMP 1
#define WIN_IPPROTO_IGMP 2
#define WIN_IPPROTO_IPV4 4
#define WIN_IPPROTO_TCP 6
#define WIN_IPPROTO_UDP 17
#define WIN_IPPROTO_IPV6 41
#define WIN_IPPROTO_ICMPV6 58
#define WIN_IPPROTO_RAW 255
#define WIN_NSPROTO_IPX 1000 /* + the packet type, 0 to 255 */
#define WIN_NSPROTO_SPX 1256
#define WIN_NSPROTO_SPXII 1257
#define WIN_BTHPROTO_RFCOMM 3
#define WIN_BTHPROTO_L2CAP 0x100
#define WIN_HV_PROTOCOL_RAW 1

#define WIN_SOL_SOCKET 0xffff
#define WIN_SO_REUSE_UNICASTPORT 0x3007
#define WIN_IP_USER_MTU 76
#define WIN_SOL_IRLMP 0x00ff

#define WIN_MSG_OOB 0x0001
#define WIN_MSG_PEEK 0x0002
#define WIN_MSG_DONTROUTE 0x0004
#define WIN_MSG_WAITALL 0x0008
#define WIN_MSG_TRUNC 0x0100
#define WIN_MSG_CTRUNC 0x0200
#define WIN_MSG_BCAST 0x0400
#define WIN_MSG_MCAST 0x0800
#define WIN_MSG_ERRQUEUE 0x1000
#define WIN_MSG_PARTIAL 0x8000
#define WIN_IP_RECVERR 75

/* Options and control messages of IPPROTO_IP. */
#define WIN_IP_TOS 3
#define WIN_IP_TTL 4
#define WIN_IP_PKTINFO 19
#define WIN_IP_RECVTTL 21
#define WIN_IP_RECVIF 24
#define WIN_IP_RECVDSTADDR 25
#define WIN_IP_TCLASS 39
#define WIN_IP_RECVTOS 40
#define WIN_IP_ORIGINAL_ARRIVAL_IF 47
#define WIN_IP_ECN 50

/* Of IPPROTO_IPV6. */
#define WIN_IPV6_PKTINFO 19
#define WIN_IPV6_HOPLIMIT 21
#define WIN_IPV6_RECVIF 24
#define WIN_IPV6_RECVDSTADDR 25
#define WIN_IPV6_TCLASS 39
#define WIN_IPV6_RECVTCLASS 40
#define WIN_IPV6_ORIGINAL_ARRIVAL_IF 47
#define WIN_IPV6_ECN 50

/* Of IPPROTO_UDP. */
#define WIN_UDP_SEND_MSG_SIZE 2
#define WIN_UDP_RECV_MAX_COALESCED_SIZE 3
#define WIN_UDP_COALESCED_INFO 3

struct win_guid
{
    uint32_t data1;
    uint16_t data2, data3;
    uint8_t data4[8];
};

struct win_sockaddr
{
    uint16_t family;
    char data[14];
};

struct win_sockaddr_in
{
    uint16_t family;
    uint16_t port; /* network order */
    uint8_t addr[4];
    char zero[8];
};

struct win_sockaddr_in6
{
    uint16_t family;
    uint16_t port; /* network order */
    uint32_t flowinfo;
    uint8_t addr[16];
    uint32_t scope_id;
};

struct win_sockaddr_ipx
{
    uint16_t family;
    uint8_t network[4];
    uint8_t node[6];
    uint16_t socket; /* network order */
};

struct win_sockaddr_irda
{
    uint16_t family;
    uint8_t device[4];
    char service[25];
};

struct win_sockaddr_un
{
    uint16_t family;
    char path[108];
};

#pragma pack(push, 1)
struct win_sockaddr_bth
{
    uint16_t family;
    uint64_t addr; /* the first byte of the written form is the highest of six */
    struct win_guid service;
    uint32_t port;
};

struct win_bth_query_device
{
    uint32_t lap;
    uint8_t length; /* seconds */
};

struct win_sdp_uuid
{
    union
    {
        struct win_guid uuid128;
        uint32_t uuid32;
        uint16_t uuid16;
    } u;
    uint16_t type; /* WIN_SDP_UUID* */
    uint16_t padding;
};

struct win_sdp_range
{
    uint16_t first, last;
};

struct win_bth_query_service
{
    uint32_t type; /* WIN_SDP_SEARCH... */
    uint32_t handle;
    struct win_sdp_uuid uuids[12]; /* up to one of no type */
    uint32_t range_count;
    struct win_sdp_range ranges[1];
};
#pragma pack(pop)

#define WIN_SDP_SEARCH 1
#define WIN_SDP_ATTRIBUTES 2
#define WIN_SDP_SEARCH_ATTRIBUTES 3

#define WIN_SDP_UUID16 0x0130
#define WIN_SDP_UUID32 0x0220 /* as bthsdpdef.h has it */
#define WIN_SDP_UUID128 0x0430

#define WIN_BTHNS_CONNECTED 0x10000
#define WIN_BTHNS_REMEMBERED 0x20000
#define WIN_BTHNS_AUTHENTICATED 0x40000

#define WIN_BDIF_ADDRESS 0x01
#define WIN_BDIF_COD 0x02
#define WIN_BDIF_NAME 0x04
#define WIN_BDIF_PAIRED 0x08
#define WIN_BDIF_PERSONAL 0x10
#define WIN_BDIF_CONNECTED 0x20

struct win_bth_device_info
{
    uint32_t flags; /* WIN_BDIF_* */
    uint64_t address;
    uint32_t device_class;
    char name[248]; /* UTF-8 */
};

struct win_sockaddr_hv
{
    uint16_t family;
    uint16_t reserved;
    struct win_guid vm;
    struct win_guid service;
};

struct win_pktinfo
{
    uint8_t addr[4];
    uint32_t ifindex;
};

struct win_recverr /* IN_RECVERR */
{
    int32_t protocol;
    uint32_t info;
    uint8_t type, code;
    uint8_t padding[2];
};

struct win_pktinfo6
{
    uint8_t addr[16];
    uint32_t ifindex;
};

_Static_assert(sizeof(struct win_sockaddr_in) == 16, "SOCKADDR_IN");
_Static_assert(sizeof(struct win_sockaddr_in6) == 28, "SOCKADDR_IN6");
_Static_assert(sizeof(struct win_sockaddr_ipx) == 14, "SOCKADDR_IPX");
_Static_assert(sizeof(struct win_sockaddr_irda) == 32, "SOCKADDR_IRDA");
_Static_assert(sizeof(struct win_sockaddr_un) == 110, "SOCKADDR_UN");
_Static_assert(sizeof(struct win_sockaddr_bth) == 30, "SOCKADDR_BTH");
_Static_assert(sizeof(struct win_bth_query_device) == 5, "BTH_QUERY_DEVICE");
_Static_assert(sizeof(struct win_bth_query_service) == 256, "BTH_QUERY_SERVICE");
_Static_assert(sizeof(struct win_bth_device_info) == 272, "BTH_DEVICE_INFO");
_Static_assert(sizeof(struct win_sockaddr_hv) == 36, "SOCKADDR_HV");
_Static_assert(sizeof(struct win_pktinfo) == 8, "IN_PKTINFO");
_Static_assert(sizeof(struct win_pktinfo6) == 20, "IN6_PKTINFO");

#endif
