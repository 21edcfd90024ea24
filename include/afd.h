/*
 * The ABI of the layer's socket device, \Device\Afd, as this module uses it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Numbers and layouts are the same in Wine 8.0 and 10.0; later versions only
 * add to the list. Sizes are bytes. The device's structures that hold pointers
 * hold them as 64-bit integers, so that one layout serves every caller.
 */
#ifndef WS2_AFD_H
#define WS2_AFD_H

#define AFD_NATIVE_CODE(fn, method) CTL_CODE(1 /* FILE_DEVICE_BEEP */, 0x800 + (fn), method, FILE_ANY_ACCESS)
#define AFD_CODE(fn) CTL_CODE(0x12 /* FILE_DEVICE_NETWORK */, fn, METHOD_BUFFERED, FILE_ANY_ACCESS)

/* Requests that Windows's own device has, with Windows's layouts. */
#define AFD_BIND AFD_NATIVE_CODE(0x00, METHOD_NEITHER)
#define AFD_LISTEN AFD_NATIVE_CODE(0x02, METHOD_NEITHER)
#define AFD_RECV AFD_NATIVE_CODE(0x05, METHOD_NEITHER)
#define AFD_POLL AFD_NATIVE_CODE(0x09, METHOD_BUFFERED)
#define AFD_GETSOCKNAME AFD_NATIVE_CODE(0x0b, METHOD_NEITHER)
#define AFD_EVENT_SELECT AFD_NATIVE_CODE(0x21, METHOD_NEITHER)
#define AFD_GET_EVENTS AFD_NATIVE_CODE(0x22, METHOD_NEITHER)

/* Requests that only Wine's device has. GET_x answers what SET_x takes. */
enum afd_request
{
    AFD_CREATE = AFD_CODE(200),      /* in: afd_create */
    AFD_ACCEPT = AFD_CODE(201),      /* out: ULONG handle */
    AFD_ACCEPT_INTO = AFD_CODE(202), /* in: afd_accept_into; out: data, local, remote */
    AFD_CONNECT = AFD_CODE(203),     /* in: afd_connect, address, data */
    AFD_SHUTDOWN = AFD_CODE(204),    /* in: int how */
    AFD_RECVMSG = AFD_CODE(205),     /* in: afd_recvmsg */
    AFD_SENDMSG = AFD_CODE(206),     /* in: afd_sendmsg */
    AFD_TRANSMIT = AFD_CODE(207),    /* in: afd_transmit */
    AFD_ADDRESS_LIST_CHANGE = AFD_CODE(208),
    AFD_FIONBIO = AFD_CODE(209),        /* in: int */
    AFD_COMPLETE_ASYNC = AFD_CODE(210), /* in: NTSTATUS; completes with it and no bytes */
    AFD_FIONREAD = AFD_CODE(211),       /* out: int */
    AFD_SIOCATMARK = AFD_CODE(212),     /* out: int */
    AFD_GET_INTERFACE_LIST = AFD_CODE(213),
    AFD_KEEPALIVE_VALS = AFD_CODE(214), /* in: struct tcp_keepalive */
    AFD_MESSAGE_SELECT = AFD_CODE(215), /* in: afd_message_select */
    AFD_GETPEERNAME = AFD_CODE(216),
    AFD_DEFER = AFD_CODE(217),    /* in: ULONG accepted handle to give back */
    AFD_GET_INFO = AFD_CODE(218), /* out: afd_info */

    AFD_GET_SO_ACCEPTCONN = AFD_CODE(219),
    AFD_GET_SO_BROADCAST = AFD_CODE(220),
    AFD_SET_SO_BROADCAST = AFD_CODE(221),
    AFD_GET_SO_ERROR = AFD_CODE(222),
    AFD_GET_SO_KEEPALIVE = AFD_CODE(223),
    AFD_SET_SO_KEEPALIVE = AFD_CODE(224),
    AFD_GET_SO_LINGER = AFD_CODE(225),
    AFD_SET_SO_LINGER = AFD_CODE(226),
    AFD_GET_SO_OOBINLINE = AFD_CODE(227),
    AFD_SET_SO_OOBINLINE = AFD_CODE(228),
    AFD_SET_SO_RCVBUF = AFD_CODE(229),
    AFD_GET_SO_RCVBUF = AFD_CODE(230),
    AFD_SET_SO_RCVTIMEO = AFD_CODE(231),
    AFD_GET_SO_RCVTIMEO = AFD_CODE(232),
    AFD_GET_SO_REUSEADDR = AFD_CODE(233),
    AFD_SET_SO_REUSEADDR = AFD_CODE(234),
    AFD_SET_SO_SNDBUF = AFD_CODE(235),
    AFD_GET_SO_SNDBUF = AFD_CODE(236),
    AFD_GET_SO_SNDTIMEO = AFD_CODE(237),
    AFD_SET_SO_SNDTIMEO = AFD_CODE(238),
    AFD_SET_IP_ADD_MEMBERSHIP = AFD_CODE(239),
    AFD_SET_IP_ADD_SOURCE_MEMBERSHIP = AFD_CODE(240),
    AFD_SET_IP_BLOCK_SOURCE = AFD_CODE(241),
    AFD_GET_IP_DONTFRAGMENT = AFD_CODE(242),
    AFD_SET_IP_DONTFRAGMENT = AFD_CODE(243),
    AFD_SET_IP_DROP_MEMBERSHIP = AFD_CODE(244),
    AFD_SET_IP_DROP_SOURCE_MEMBERSHIP = AFD_CODE(245),
    AFD_GET_IP_HDRINCL = AFD_CODE(246),
    AFD_SET_IP_HDRINCL = AFD_CODE(247),
    AFD_GET_IP_MULTICAST_IF = AFD_CODE(248),
    AFD_SET_IP_MULTICAST_IF = AFD_CODE(249),
    AFD_GET_IP_MULTICAST_LOOP = AFD_CODE(250),
    AFD_SET_IP_MULTICAST_LOOP = AFD_CODE(251),
    AFD_GET_IP_MULTICAST_TTL = AFD_CODE(252),
    AFD_SET_IP_MULTICAST_TTL = AFD_CODE(253),
    AFD_GET_IP_OPTIONS = AFD_CODE(254),
    AFD_SET_IP_OPTIONS = AFD_CODE(255),
    AFD_GET_IP_PKTINFO = AFD_CODE(256),
    AFD_SET_IP_PKTINFO = AFD_CODE(257),
    AFD_GET_IP_TOS = AFD_CODE(258),
    AFD_SET_IP_TOS = AFD_CODE(259),
    AFD_GET_IP_TTL = AFD_CODE(260),
    AFD_SET_IP_TTL = AFD_CODE(261),
    AFD_SET_IP_UNBLOCK_SOURCE = AFD_CODE(262),
    AFD_GET_IP_UNICAST_IF = AFD_CODE(263),
    AFD_SET_IP_UNICAST_IF = AFD_CODE(264),
    AFD_SET_IPV6_ADD_MEMBERSHIP = AFD_CODE(265),
    AFD_GET_IPV6_DONTFRAG = AFD_CODE(266),
    AFD_SET_IPV6_DONTFRAG = AFD_CODE(267),
    AFD_SET_IPV6_DROP_MEMBERSHIP = AFD_CODE(268),
    AFD_GET_IPV6_MULTICAST_HOPS = AFD_CODE(269),
    AFD_SET_IPV6_MULTICAST_HOPS = AFD_CODE(270),
    AFD_GET_IPV6_MULTICAST_IF = AFD_CODE(271),
    AFD_SET_IPV6_MULTICAST_IF = AFD_CODE(272),
    AFD_GET_IPV6_MULTICAST_LOOP = AFD_CODE(273),
    AFD_SET_IPV6_MULTICAST_LOOP = AFD_CODE(274),
    AFD_GET_IPV6_UNICAST_HOPS = AFD_CODE(275),
    AFD_SET_IPV6_UNICAST_HOPS = AFD_CODE(276),
    AFD_GET_IPV6_UNICAST_IF = AFD_CODE(277),
    AFD_SET_IPV6_UNICAST_IF = AFD_CODE(278),
    AFD_GET_IPV6_V6ONLY = AFD_CODE(279),
    AFD_SET_IPV6_V6ONLY = AFD_CODE(280),
    AFD_GET_IPX_PTYPE = AFD_CODE(281),
    AFD_SET_IPX_PTYPE = AFD_CODE(282),
    AFD_GET_IRLMP_ENUMDEVICES = AFD_CODE(283),
    AFD_GET_TCP_NODELAY = AFD_CODE(284),
    AFD_SET_TCP_NODELAY = AFD_CODE(285),
    AFD_GET_IPV6_RECVHOPLIMIT = AFD_CODE(286),
    AFD_SET_IPV6_RECVHOPLIMIT = AFD_CODE(287),
    AFD_GET_IPV6_RECVPKTINFO = AFD_CODE(288),
    AFD_SET_IPV6_RECVPKTINFO = AFD_CODE(289),
    AFD_GET_IPV6_RECVTCLASS = AFD_CODE(290),
    AFD_SET_IPV6_RECVTCLASS = AFD_CODE(291),
    AFD_GET_SO_CONNECT_TIME = AFD_CODE(292),
    AFD_GET_IP_RECVTTL = AFD_CODE(293),
    AFD_SET_IP_RECVTTL = AFD_CODE(294),
    AFD_GET_IP_RECVTOS = AFD_CODE(295),
    AFD_SET_IP_RECVTOS = AFD_CODE(296),
    AFD_GET_SO_EXCLUSIVEADDRUSE = AFD_CODE(297),
    AFD_SET_SO_EXCLUSIVEADDRUSE = AFD_CODE(298),
};

/* afd_poll flags, and bits of afd_events and afd_event_select masks. */
#define AFD_POLL_READ 0x0001
#define AFD_POLL_OOB 0x0002
#define AFD_POLL_WRITE 0x0004
#define AFD_POLL_HUP 0x0008
#define AFD_POLL_RESET 0x0010
#define AFD_POLL_CLOSE 0x0020
#define AFD_POLL_CONNECT 0x0040
#define AFD_POLL_ACCEPT 0x0080
#define AFD_POLL_CONNECT_ERR 0x0100

/* The order of the bits above in afd_events.status. */
enum afd_poll_bit
{
    AFD_BIT_READ,
    AFD_BIT_OOB,
    AFD_BIT_WRITE,
    AFD_BIT_HUP,
    AFD_BIT_RESET,
    AFD_BIT_CLOSE,
    AFD_BIT_CONNECT,
    AFD_BIT_ACCEPT,
    AFD_BIT_CONNECT_ERR,
    AFD_BIT_COUNT = 13
};

struct afd_listen
{
    int unknown1;
    int backlog;
    int unknown2;
};

struct afd_poll_entry
{
    SOCKET socket;
    int flags; /* AFD_POLL_*: asked for, and on return what happened */
    int status;
};

struct afd_poll
{
    LONGLONG timeout; /* 100 ns; negative is relative, LLONG_MAX for ever */
    unsigned int count;
    BOOLEAN exclusive;
    BOOLEAN padding[3];
    struct afd_poll_entry sockets[1];
};

struct afd_event_select
{
    HANDLE event;
    int mask;
};

struct afd_events
{
    int flags;
    int status[AFD_BIT_COUNT]; /* NTSTATUS a bit */
};

struct afd_create
{
    int family, type, protocol;
    unsigned int flags; /* WSA_FLAG_* */
};

struct afd_accept_into
{
    ULONG accept_handle;
    unsigned int recv_len, local_len;
};

struct afd_connect
{
    int addr_len;
    int synchronous;
    /* followed by the address and the data to send */
};

struct afd_recvmsg
{
    ULONGLONG control;  /* WSABUF * or 0 */
    ULONGLONG addr;     /* struct sockaddr * or 0 */
    ULONGLONG addr_len; /* int * or 0 */
    ULONGLONG ws_flags; /* unsigned int *, read and written */
    int force_async;
    unsigned int count;
    ULONGLONG buffers; /* WSABUF[count] */
};

struct afd_sendmsg
{
    ULONGLONG addr; /* const struct sockaddr * or 0 */
    unsigned int addr_len;
    unsigned int ws_flags;
    int force_async;
    unsigned int count;
    ULONGLONG buffers; /* const WSABUF[count] */
};

struct afd_transmit
{
    LARGE_INTEGER offset; /* FILE_USE_FILE_POINTER_POSITION to go on where the file is */
    ULONGLONG head, tail;
    DWORD head_len, tail_len;
    ULONG file; /* 0 for none */
    DWORD file_len, buffer_size, flags;
};

struct afd_message_select
{
    ULONG handle; /* of the socket */
    ULONG window;
    unsigned int message;
    int mask; /* AFD_POLL_* */
};

struct afd_info
{
    int family, type, protocol; /* Windows's numbers */
};

C_ASSERT(sizeof(struct afd_listen) == 12);
C_ASSERT(sizeof(struct afd_events) == 56);
C_ASSERT(sizeof(struct afd_create) == 16);
C_ASSERT(sizeof(struct afd_accept_into) == 12);
C_ASSERT(sizeof(struct afd_connect) == 8);
C_ASSERT(sizeof(struct afd_recvmsg) == 48);
C_ASSERT(sizeof(struct afd_sendmsg) == 32);
C_ASSERT(sizeof(struct afd_transmit) == 48);
C_ASSERT(sizeof(struct afd_message_select) == 16);

#endif
