/*
 * The boundary between the PE half (ws2_32.dll) and the ELF half (ws2_32.so).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * This header is the whole contract, and the only file that both halves read:
 * one function code and one parameter structure a function. Fields are of
 * fixed width, and pointers are 64-bit integers on both sides, so that a 32-bit
 * caller in a 64-bit process uses the same layout. Addresses, socket types,
 * option levels and errors cross in Windows's numbering: the ELF half
 * translates, and its errors come from the one errno table (unix/errno.c).
 *
 * Every function returns an NTSTATUS: STATUS_SUCCESS when it ran, whatever its
 * outcome; the outcome is the structure's `error`, a Winsock error code or 0.
 * A pointer that faults ends the call with the exception's status.
 */
#ifndef WS2_UNIX_H
#define WS2_UNIX_H

#include <stdint.h>

/* Counts up whenever a code or a layout below changes. */
#define WS2_BOUNDARY_VERSION 1

typedef uint64_t ws2_ptr;

#define WS2_PTR(p) ((ws2_ptr)(uintptr_t)(p))
#define WS2_AT(type, p) ((type *)(uintptr_t)(p))

enum ws2_unix_function
{
    WS2_HELLO,            /* struct ws2_hello; code 0 for ever, so that any two halves can meet */
    WS2_COMPLAIN,         /* struct ws2_complain */
    WS2_SOCKET_CREATE,    /* struct ws2_socket_create */
    WS2_PROBE,            /* struct ws2_probe */
    WS2_INTERFACE_LIST,   /* struct ws2_interface_list */
    WS2_ROUTE_SOURCE,     /* struct ws2_route_source */
    WS2_HOST_NAME,        /* struct ws2_host_name */
    WS2_NAME_RESOLVE,     /* struct ws2_name_resolve */
    WS2_NAME_REVERSE,     /* struct ws2_name_reverse */
    WS2_SERVICE_FIND,     /* struct ws2_service_find */
    WS2_OPTION_GET,       /* struct ws2_option */
    WS2_OPTION_SET,       /* struct ws2_option */
    WS2_MESSAGE_SEND,     /* struct ws2_message */
    WS2_MESSAGE_RECEIVE,  /* struct ws2_message */
    WS2_TAIL_KEEP,        /* struct ws2_tail */
    WS2_TAIL_RUN,         /* struct ws2_tail_run */
    WS2_TAIL_END,         /* struct ws2_tail_finish */
    WS2_TAIL_LEAVE,       /* no parameters */
    WS2_CONNECTION_HOLD,  /* struct ws2_connection */
    WS2_CONNECTION_END,   /* struct ws2_connection */
    WS2_TCP_INFO,         /* struct ws2_tcp_info */
    WS2_FAST_RECEIVE,     /* struct ws2_transfer */
    WS2_FAST_SEND,        /* struct ws2_transfer */
    WS2_FAST_STATE,       /* struct ws2_stream_state */
    WS2_DESCRIPTOR_CLOSE, /* struct ws2_descriptor */
    WS2_DESCRIPTOR_EMPTY, /* struct ws2_descriptor */
    WS2_EDGE_ADD,         /* struct ws2_edge */
    WS2_EDGE_REMOVE,      /* struct ws2_edge */
    WS2_EDGE_WAIT,        /* struct ws2_edge_wait */
    WS2_EDGE_STATE,       /* struct ws2_edge_state */
    WS2_HOST_OPEN,        /* struct ws2_host; these: unix/relay.h says more */
    WS2_HOST_BIND,        /* struct ws2_host */
    WS2_HOST_LOCAL,       /* struct ws2_host */
    WS2_HOST_PEER,        /* struct ws2_host */
    WS2_HOST_GUARD,       /* struct ws2_host */
    WS2_HOST_LISTEN,      /* struct ws2_host */
    WS2_HOST_CONNECT,     /* struct ws2_host */
    WS2_HOST_FIND,        /* struct ws2_host */
    WS2_HOST_CLOSE,       /* struct ws2_host */
    WS2_HOST_RUN,         /* struct ws2_host; returns when there is nothing to relay any more */
    WS2_HOST_LEAVE,       /* no parameters */
    WS2_DESCRIPTOR_OPEN,  /* struct ws2_descriptor */
    WS2_FAST_POLL,        /* struct ws2_poll */
    WS2_TRANSMIT,         /* struct ws2_transmit */
    WS2_ERRORS_HEAR,      /* struct ws2_unreachable */
    WS2_ERRORS_TAKE,      /* struct ws2_unreachable */
    WS2_ERRORS_WATCH,     /* struct ws2_unreachable */
    WS2_ERRORS_WAIT,      /* struct ws2_unreachable */
    WS2_FAST_ASK,         /* struct ws2_ask */
    WS2_PACKET_OPEN,      /* struct ws2_packet; these: unix/packet.h says more */
    WS2_PACKET_START,     /* struct ws2_packet */
    WS2_PACKET_BIND,      /* struct ws2_packet */
    WS2_PACKET_CONNECT,   /* struct ws2_packet */
    WS2_PACKET_NAME,      /* struct ws2_packet */
    WS2_PACKET_TARGET,    /* struct ws2_packet */
    WS2_PACKET_SOURCE,    /* struct ws2_packet */
    WS2_PACKET_GET,       /* struct ws2_packet */
    WS2_PACKET_SET,       /* struct ws2_packet */
    WS2_PACKET_CLOSE,     /* struct ws2_packet */
    WS2_PACKET_RUN,       /* struct ws2_packet; returns when there is nothing to relay any more */
    WS2_PACKET_LEAVE,     /* no parameters */
    WS2_SINK_OPEN,        /* struct ws2_sink */
    WS2_HOST_SETTLE,      /* struct ws2_host: somebody looks at the front, or waits there */
    WS2_RIO_OPEN,         /* struct ws2_rio_queue */
    WS2_RIO_RUN,          /* struct ws2_rio_run */
    WS2_RIO_WATCH,        /* struct ws2_rio_queue */
    WS2_RIO_WAIT,         /* struct ws2_rio_wait */
    WS2_RIO_TELL,         /* struct ws2_rio_queue */
    WS2_RIO_CLOSE,        /* struct ws2_rio_queue */
    WS2_RIO_ALARM,        /* struct ws2_rio_alarm */
    WS2_CONNECTION_HEAR,  /* struct ws2_connection */
    WS2_HOST_TAG,         /* struct ws2_host: unix/front.h says more */
    WS2_HOST_TAGGED,      /* struct ws2_host */
    WS2_DESCRIPTOR_WHICH, /* struct ws2_which */
    WS2_FINISH_WAIT,      /* struct ws2_finish */
    WS2_PACKET_TAP,       /* struct ws2_packet */
    WS2_ARRIVAL_EXPECT,   /* struct ws2_arrival */
    WS2_ARRIVAL_LOOK,     /* struct ws2_arrival */
    WS2_ARRIVAL_WAIT,     /* struct ws2_arrival_wait */
    WS2_ARRIVAL_TAKE,     /* struct ws2_arrivals */
    WS2_ARRIVAL_PAUSE,    /* struct ws2_pause */
    WS2_BTH_FIND,         /* struct ws2_bth_find */
    WS2_BTH_FREE,         /* struct ws2_bth_find: gives the answers back */
    WS2_BTH_REGISTER,     /* struct ws2_bth_service */
    WS2_BTH_REMOVE,       /* struct ws2_bth_service */
    WS2_EDGE_ARM,         /* struct ws2_edge: whether arrivals are told from now on, and what has come */
    WS2_AHEAD_CONNECT,    /* struct ws2_ahead */
    WS2_AHEAD_NAME,       /* struct ws2_ahead */
    WS2_AHEAD_LISTEN,     /* struct ws2_ahead */
    WS2_AHEAD_RESET,      /* struct ws2_ahead */
    WS2_FUNCTION_COUNT
};

enum ws2_convention
{
    WS2_CONVENTION_UNKNOWN,
    WS2_CONVENTION_MS,   /* Wine 8: ntdll.so's WINAPI exports are ms_abi */
    WS2_CONVENTION_SYSV, /* Wine 10: they are System V */
};

/* The halves introduce themselves. Built: what the ELF half was compiled for;
 * running: what the ntdll.so in this process really uses, found by trial. */
struct ws2_hello
{
    uint32_t version;  /* out: WS2_BOUNDARY_VERSION of the ELF half */
    uint32_t count;    /* out: WS2_FUNCTION_COUNT of the ELF half */
    uint32_t built;    /* out: enum ws2_convention */
    uint32_t running;  /* out: enum ws2_convention */
    char build_id[64]; /* out: package version of the ELF half, NUL-terminated */
};

/* One line on the process's standard error, whatever WINEDEBUG says. */
struct ws2_complain
{
    ws2_ptr text; /* in: const char *, NUL-terminated, no newline */
};

/* Makes the device's file object a socket of this kind (AFD_CREATE), after
 * checking that family, type and protocol fit together as Windows would. */
struct ws2_socket_create
{
    ws2_ptr handle;   /* in: HANDLE of a fresh \Device\Afd file object */
    int32_t family;   /* in: AF_*, Windows's numbers, never AF_UNSPEC */
    int32_t type;     /* in: SOCK_* */
    int32_t protocol; /* in: IPPROTO_*, never 0 unless the family says so */
    uint32_t flags;   /* in: WSA_FLAG_* */
    int32_t error;    /* out */
};

/* Kinds of sockets that the host can make. */
enum ws2_capability
{
    WS2_CAN_IPV4 = 0x0001,
    WS2_CAN_IPV6 = 0x0002,
    WS2_CAN_RAW4 = 0x0004, /* with the privilege that it takes */
    WS2_CAN_RAW6 = 0x0008,
    WS2_CAN_PING4 = 0x0010, /* ICMP echo without privilege */
    WS2_CAN_PING6 = 0x0020,
    WS2_CAN_UNIX = 0x0040,
    WS2_CAN_IRDA = 0x0080,
    WS2_CAN_IPX = 0x0100,
    WS2_CAN_RFCOMM = 0x0200,
    WS2_CAN_L2CAP = 0x0400,
    WS2_CAN_VSOCK = 0x0800,
    WS2_CAN_UNIX_PACKETS = 0x1000, /* SOCK_SEQPACKET of these families */
    WS2_CAN_VSOCK_PACKETS = 0x2000,
};

/* Asks the host, by opening and closing a socket of each kind: the first time that may have
 * the kernel look for a module. */
struct ws2_probe
{
    uint32_t wanted; /* in: WS2_CAN_*, those to be asked for */
    uint32_t can;    /* out: which of them it can */
};

/* An IPv4 or IPv6 address as it crosses. */
struct ws2_address
{
    int32_t family;    /* AF_INET or AF_INET6, Windows's numbers; 0 for none */
    uint32_t scope;    /* IPv6: interface index of a link-local address, else 0 */
    uint8_t bytes[16]; /* network order; IPv4 in the first four */
};

enum ws2_interface_flags
{
    WS2_INTERFACE_UP = 0x01,
    WS2_INTERFACE_BROADCAST = 0x02,
    WS2_INTERFACE_LOOPBACK = 0x04,
    WS2_INTERFACE_POINT_TO_POINT = 0x08,
    WS2_INTERFACE_MULTICAST = 0x10, /* the five above: INTERFACE_INFO's IFF_*, same values */
    WS2_INTERFACE_DEFAULT = 0x100,  /* a default route of the address's family leads here */
};

/* One address of an interface; an interface with several has several entries. */
struct ws2_interface
{
    uint32_t index;
    uint32_t flags;         /* enum ws2_interface_flags */
    uint32_t metric;        /* of its best route, the default one if there is one; UINT32_MAX for none */
    uint32_t mtu;           /* bytes */
    uint32_t prefix_length; /* bits */
    struct ws2_address address;
    struct ws2_address netmask;
    struct ws2_address broadcast; /* or the peer's, point to point; family 0 for none */
    char name[16];                /* the host's, NUL-terminated */
};

/* Every address of every interface that is up, best route first, loopback last. */
struct ws2_interface_list
{
    ws2_ptr entries;   /* in: struct ws2_interface[capacity] */
    uint32_t capacity; /* in */
    uint32_t count;    /* out: how many there are; more than capacity if not all were written */
    int32_t family;    /* in: AF_INET, AF_INET6 or 0 for both */
    int32_t error;     /* out */
};

/* The local address from which packets to a destination would leave. */
struct ws2_route_source
{
    struct ws2_address destination; /* in */
    struct ws2_address source;      /* out */
    int32_t error;                  /* out: WSAENETUNREACH, WSAEHOSTUNREACH... */
};

/* gethostname(2), the whole name. */
struct ws2_host_name
{
    char name[256]; /* out: NUL-terminated */
    int32_t error;  /* out */
};

/* Several NUL-terminated UTF-8 strings, one after the other. */
struct ws2_names
{
    ws2_ptr text;   /* in: char[size] */
    uint32_t size;  /* in: bytes */
    uint32_t used;  /* out: bytes needed, more than size if they did not fit */
    uint32_t count; /* out: number of strings */
    uint32_t reserved;
};

enum ws2_name_flags
{
    WS2_NAME_CANONICAL = 1, /* the first name is the canonical one */
    WS2_NAME_ALIASES = 2,   /* as gethostbyname: canonical name and aliases; family is AF_INET or AF_INET6 */
    WS2_NAME_DNS_ONLY = 4,  /* neither hosts files nor other sources */
};

/* Asks the host's resolver for the addresses of a name, in the order in which
 * they should be tried. Never called for numbers, which the PE half parses. */
struct ws2_name_resolve
{
    ws2_ptr name;           /* in: const char *, ASCII, NUL-terminated */
    int32_t family;         /* in: AF_INET, AF_INET6 or 0 for both */
    uint32_t flags;         /* in: enum ws2_name_flags */
    ws2_ptr addresses;      /* in: struct ws2_address[capacity] */
    uint32_t capacity;      /* in */
    uint32_t count;         /* out: how many there are; more than capacity if not all were written */
    struct ws2_names names; /* in/out */
    int32_t error;          /* out: WSAHOST_NOT_FOUND, WSANO_DATA, WSATRY_AGAIN, WSANO_RECOVERY... */
    int32_t reserved;
};

/* The name and the aliases of an address. */
struct ws2_name_reverse
{
    struct ws2_address address; /* in */
    struct ws2_names names;     /* in/out */
    int32_t error;              /* out: as above */
    int32_t reserved;
};

/* The host's services database, which knows more names than Windows's file. */
struct ws2_service_find
{
    ws2_ptr name;           /* in: const char *, or 0 to search by port */
    ws2_ptr protocol;       /* in: const char *, or 0 for any */
    int32_t port;           /* in/out: host byte order */
    int32_t error;          /* out: WSANO_DATA */
    struct ws2_names names; /* in/out: protocol, name, aliases */
};

/* A socket option that the host itself has; which ones: unix/option.c. Level,
 * name and the value's layout are Windows's. */
struct ws2_option
{
    ws2_ptr handle; /* in: HANDLE of a socket */
    int32_t level;  /* in */
    int32_t name;   /* in */
    ws2_ptr value;  /* in: readable or writable, so not the application's own pointer */
    uint32_t size;  /* in: bytes there; out, from WS2_OPTION_GET: bytes of the value */
    int32_t error;  /* out: WSAENOPROTOOPT if the host has no such option */
};

/* Kinds of control messages that a socket receives, IPv4's and IPv6's alike. */
enum ws2_control
{
    WS2_CONTROL_PKTINFO = 0x01,
    WS2_CONTROL_TTL = 0x02, /* or hop limit */
    WS2_CONTROL_TOS = 0x04,
    WS2_CONTROL_TCLASS = 0x08,
    WS2_CONTROL_COALESCED = 0x10,
    WS2_CONTROL_BASIC = 0x1f, /* the host's own options decide whether these come */
    WS2_CONTROL_ECN = 0x20,   /* and these are made of the ones above */
    WS2_CONTROL_DSTADDR = 0x40,
    WS2_CONTROL_INTERFACE = 0x80,
    WS2_CONTROL_ARRIVAL = 0x100,
    WS2_CONTROL_ERROR = 0x200, /* and this comes with a message that is an ICMP error's, MSG_ERRQUEUE */
};

/* WSABUF, one layout for all callers. */
struct ws2_buffer
{
    ws2_ptr base;
    uint32_t size; /* bytes */
    uint32_t reserved;
};

/*
 * One datagram with control data, sent or received on a bound socket's own descriptor
 * without waiting: WSAEWOULDBLOCK if that is not possible now. WSAEINVAL for
 * control data that is malformed or unknown. A datagram that is longer than the
 * buffers, or control data that finds no room, is received as far as it goes, with
 * WSAEMSGSIZE and MSG_TRUNC or MSG_CTRUNC.
 */
struct ws2_message
{
    ws2_ptr handle;
    ws2_ptr buffers;       /* in: struct ws2_buffer[count] */
    ws2_ptr address;       /* in (sending) or out (receiving): Windows's sockaddr, or 0 */
    ws2_ptr control;       /* in or out: WSACMSGHDRs in the caller's layout */
    uint32_t count;        /* in */
    uint32_t address_size; /* in: bytes of address; out when receiving: what it takes */
    uint32_t control_size; /* in: bytes of control; out when receiving: what was written */
    uint32_t header_size;  /* in: sizeof(WSACMSGHDR) of the caller, 16 or 12 */
    uint32_t flags;        /* in: MSG_PEEK, MSG_DONTROUTE...; out when receiving: MSG_TRUNC, MSG_CTRUNC */
    uint32_t kinds;        /* in, receiving: enum ws2_control that was asked for */
    uint32_t uninvited;    /* out, receiving: kinds that the host delivers from now on without being asked */
    int32_t fd;            /* in: WS2_RIO_OPEN's, or 0: handle's */
    uint32_t done;         /* out: bytes */
    int32_t error;         /* out */
};

/* What a non-blocking send left over: it is sent on a descriptor of its own, as
 * the host takes it, whatever becomes of the handle. One a socket at a time. */
struct ws2_tail
{
    ws2_ptr handle;   /* in: HANDLE of a connected stream socket */
    ws2_ptr data;     /* in: stays allocated until WS2_TAIL_RUN or WS2_TAIL_END gives it back */
    uint64_t size;    /* in: bytes, more than sent */
    uint64_t sent;    /* in: bytes that have gone already */
    uint32_t id;      /* out: never 0, nor its highest bit 1 */
    int32_t error;    /* out */
    uint32_t leaving; /* in: the process ends, and this is its only thread: no lock is asked for */
    uint32_t reserved;
};

/* Sends tails until one has ended, for the thread that does nothing else. */
struct ws2_tail_run
{
    uint32_t id; /* out: of the tail that has ended; 0 if there was none to send for a while */
    uint32_t reserved;
    ws2_ptr data; /* out: the tail's, for the caller to free */
};

enum ws2_tail_end
{
    WS2_TAIL_DROP,     /* forget the data: they go with the socket, or by another way */
    WS2_TAIL_SHUTDOWN, /* shut the write side down once everything is sent */
};

struct ws2_tail_finish
{
    uint32_t id;   /* in */
    uint32_t end;  /* in: enum ws2_tail_end */
    ws2_ptr data;  /* out, from WS2_TAIL_DROP: for the caller to free, or 0 */
    uint64_t sent; /* out, the same: bytes that have gone, of size */
    uint64_t size;
    int32_t error; /* out: WSAEINVAL if there is no such tail any more */
    int32_t reserved;
};

/* HOLD keeps the connection of a socket alive whatever happens to the socket; END
 * ends a held one gracefully: its write side is shut down, what has come is thrown
 * away, and it is closed. HEAR throws away what others had sent to a datagram socket
 * that is connected now. */
struct ws2_connection
{
    ws2_ptr handle;     /* in: HOLD's and HEAR's */
    int32_t descriptor; /* out: HOLD's; in: END's */
    int32_t error;      /* out */
};

/* Multicast filters, which Windows has as ioctls: names for WS2_OPTION_GET and
 * _SET at IPPROTO_IP and IPPROTO_IPV6. Values are IP_MSFILTER and GROUP_FILTER;
 * a get is told the group, the interface and the room for sources in the value. */
#define WS2_OPTION_IP_FILTER 0x10000
#define WS2_OPTION_GROUP_FILTER 0x10001

/* Two more that Windows's rules need and programs don't see, both ints: at
 * SOL_SOCKET, 1 to share the port with others that do, 2 to have connections go to
 * the first listener; at IPPROTO_IP and IPPROTO_IPV6, keep echo requests from a raw
 * socket. */
#define WS2_OPTION_SHARE_PORT 0x10002
#define WS2_OPTION_NO_REQUESTS 0x10003

/* Set at SOL_SOCKET: what the host throws away before the socket sees it. */
#define WS2_OPTION_FILTER 0x10005
#define WS2_FILTER_INTERFACES_MAX 16

enum ws2_filter_how
{
    WS2_FILTER_NOTHING,
    WS2_FILTER_EVERYTHING,
    WS2_FILTER_INTERFACES, /* all but what comes from these */
};

struct ws2_filter
{
    uint32_t how;   /* enum ws2_filter_how */
    uint32_t count; /* of interfaces */
    uint32_t interfaces[WS2_FILTER_INTERFACES_MAX];
};

/* Set at IPPROTO_TCP, an int: how often an attempt to connect is repeated. */
#define WS2_OPTION_SYN_RETRIES 0x10007

/* Read at IPPROTO_TCP: the ICMP error that ended an attempt to connect. */
#define WS2_OPTION_ICMP_ERROR 0x10006

/* ICMP_ERROR_INFO of the SDK */
struct ws2_icmp_error
{
    uint8_t source[28]; /* SOCKADDR_INET */
    int32_t protocol;   /* IPPROTO_ICMP or IPPROTO_ICMPV6 */
    uint8_t type, code;
    uint8_t padding[2];
};

/* At SOL_SOCKET: where a stream's urgent byte is; set to 1: pass by the place of one
 * that was received, with nothing behind it. */
#define WS2_OPTION_URGENT 0x10004

struct ws2_urgent
{
    uint32_t waits;     /* it was not received yet */
    uint32_t at_mark;   /* nothing is before its place */
    uint32_t inlined;   /* it is part of the stream */
    uint32_t available; /* bytes, as far as its place */
};

/* SIO_TCP_INFO: TCP_INFO_v1 of the SDK, but for the time since the connection. */
struct ws2_tcp_numbers
{
    uint32_t state; /* TCPSTATE */
    uint32_t mss;
    uint64_t connection_ms;
    uint8_t timestamps;
    uint8_t padding1[3];
    uint32_t rtt_us, min_rtt_us;
    uint32_t bytes_in_flight, cwnd, snd_wnd, rcv_wnd, rcv_buf; /* bytes */
    uint64_t bytes_out, bytes_in;
    uint32_t bytes_reordered, bytes_retrans;
    uint32_t fast_retrans, dup_acks_in, timeout_episodes;
    uint8_t syn_retrans;
    uint8_t padding2[3]; /* version 0 ends here */
    uint32_t rwin_transitions, rwin_ms;
    uint64_t rwin_bytes;
    uint32_t cwnd_transitions, cwnd_ms;
    uint64_t cwnd_bytes;
    uint32_t snd_transitions, snd_ms;
    uint64_t snd_bytes;
};

struct ws2_tcp_info
{
    ws2_ptr handle;                 /* in: HANDLE of a stream socket */
    struct ws2_tcp_numbers numbers; /* out */
    int32_t error;                  /* out: WSAENOTCONN if there is no connection */
};

/* WSABUF as a 64-bit caller has it. */
struct ws2_wsabuf
{
    uint32_t size; /* bytes */
    uint32_t reserved;
    ws2_ptr base;
};

/*
 * The fast lane: one sendmsg(2) or recvmsg(2) on a stream's or datagram socket's
 * descriptor, that never waits but for wait_ms. WSAEWOULDBLOCK: nothing was done,
 * nothing can be now. A datagram longer than the buffers is WSAEMSGSIZE with done
 * set. A stream's send may take a part.
 */
struct ws2_transfer
{
    ws2_ptr handle;        /* in */
    ws2_ptr buffers;       /* in: struct ws2_wsabuf[count], readable */
    ws2_ptr address;       /* in or out: Windows's sockaddr, readable or writable, or 0 */
    uint32_t count;        /* in */
    uint32_t address_size; /* in: bytes there; out, when receiving: what it takes */
    uint32_t peek;         /* in, receiving: leave the data there */
    uint32_t
        wait_ms;   /* in: how long to wait for the socket before giving up, with WSAETIMEDOUT; 0 not at all;
                    * out: 0 if it came to that, and was worth it */
    uint32_t look; /* in, receiving: only say WSAEWOULDBLOCK or, if it is otherwise, WSAEOPNOTSUPP */
    uint32_t nothing; /* in, receiving: 0 bytes of a stream that has something; WSAEOPNOTSUPP otherwise */
    uint32_t done;    /* out: bytes */
    int32_t error;    /* out */
    int32_t fd;       /* in: WS2_DESCRIPTOR_OPEN's */
    uint32_t
        cached;     /* in: the layer caches this socket's descriptor, so asking whether it is open is cheap */
    uint32_t whole; /* in, sending: nothing at all, WSAEWOULDBLOCK, unless there is room for everything */
    uint32_t datagram; /* in, receiving */
    uint32_t hears;    /* in, receiving datagrams: enum ws2_hearing, 0 if the host does not tell */
    uint32_t met;      /* out: whether there was an ICMP error */
    uint32_t waits;    /* in, receiving: wait before the first try, since there will be nothing */
    uint32_t relay;    /* in: of a front, the number of its host socket; else 0 */
};

/* WS2_DESCRIPTOR_OPEN puts its number where it is looked for, unless there is one by then; the
 * thread can't be suspended or terminated in between. If that place is dying by then, it is
 * emptied. WS2_DESCRIPTOR_CLOSE closes a descriptor that WS2_DESCRIPTOR_OPEN or a transfer has
 * given. WS2_DESCRIPTOR_EMPTY leaves the number to who uses it, but not the connection. */
#define WS2_DESCRIPTOR_DYING 0x40000000
struct ws2_descriptor
{
    ws2_ptr handle; /* in, to open */
    ws2_ptr place;  /* in, to open: an int32_t, 0 while there is none */
    ws2_ptr users;  /* in, to open: an int32_t, with WS2_DESCRIPTOR_DYING once it is dying */
    int32_t fd;     /* in, to close */
    int32_t error;  /* out, opened */
};

/* Which of the host's sockets that is: two that live at the same time differ. */
struct ws2_which
{
    ws2_ptr handle; /* in */
    int32_t fd;     /* in: WS2_DESCRIPTOR_OPEN's, or 0 to go by the handle */
    uint32_t unused;
    uint64_t number; /* out: 0 if it is no socket */
};

/* poll(2)'s own numbers, so that its array needs no translation. */
enum ws2_poll_events
{
    WS2_POLL_READ = 0x01,
    WS2_POLL_URGENT = 0x02,
    WS2_POLL_WRITE = 0x04,
    WS2_POLL_END = 0x2000, /* the peer has finished sending */
};

/* struct pollfd */
struct ws2_poll_entry
{
    int32_t fd;     /* in */
    int16_t events; /* in: enum ws2_poll_events */
    int16_t ready;  /* out: likewise; further bits where the host says more than that */
};

#define WS2_POLL_MAX 1024

/* Of a handle, which is a multiple of four: the layer does not cache its descriptor, so
 * asking whether it is still open would cost a round trip. */
#define WS2_POLL_UNCHECKED 1

/* poll(2) on sockets of the fast lane. A descriptor that is closed meanwhile is reported
 * as the host does it; whether all still are what they were the caller looks afterwards. */
struct ws2_poll
{
    ws2_ptr entries;  /* in: struct ws2_poll_entry[count] */
    ws2_ptr handles;  /* in: ws2_ptr[count], WS2_POLL_UNCHECKED added or not */
    uint32_t count;   /* in */
    uint32_t wait_us; /* in: for something to be ready */
    int32_t error;    /* out: WSAENOTSOCK if a handle is not open any more, WSAEINTR */
};

/* ICMP errors that a receive may tell of. */
enum ws2_hearing
{
    WS2_HEAR_UNREACHABLE = 1, /* port unreachable: WSAECONNRESET */
    WS2_HEAR_NOTHING = 4,     /* but have the host keep them */
    WS2_HEAR_EXPIRED = 2,     /* time to live exceeded: WSAENETRESET */
};

enum ws2_watching
{
    WS2_WATCH_ERRORS = 1,
    WS2_WATCH_DATA = 2,
};

/*
 * What became of datagrams that were sent. HEAR: whether the host tells of it from
 * now on. TAKE: the first report that means something. WATCH: has WAIT return when
 * reports come, or data, once each time. WAIT is for a thread that does nothing else.
 */
struct ws2_unreachable
{
    ws2_ptr handle;  /* in; out from WAIT: HANDLE of the socket, or 0: nothing, wait again */
    uint32_t wanted; /* in: HEAR, TAKE: enum ws2_hearing; WATCH: enum ws2_watching; out from WAIT: the same */
    int32_t error;   /* out; from TAKE: WSAECONNRESET, WSAENETRESET or 0 */
};

enum ws2_ask_what
{
    WS2_ASK_OPEN,       /* nothing but whether the handle is open still */
    WS2_ASK_READABLE,   /* FIONREAD: int32_t */
    WS2_ASK_URGENT,     /* whether urgent data can be read: int32_t; WSAEOPNOTSUPP if something is wrong */
    WS2_ASK_OPTION_GET, /* those of WS2_OPTION_GET, and of the device's some more */
    WS2_ASK_OPTION_SET,
};

/* One call on a descriptor that the fast lane keeps. */
struct ws2_ask
{
    ws2_ptr handle;  /* in */
    int32_t fd;      /* in: the caller's, but for WS2_ASK_OPEN */
    uint32_t cached; /* in: as in ws2_transfer */
    uint32_t what;   /* in: enum ws2_ask_what */
    int32_t level;   /* in: of the option, Windows's numbers */
    int32_t name;    /* in: likewise */
    uint32_t size;   /* in and out: of the value, bytes */
    ws2_ptr value;   /* in or out */
    int32_t error;   /* out: WSAENOTSOCK if the handle is not open any more, and the host's */
    uint32_t reserved;
};

/* Whether a stream whose write side is open was reset: the host forgets that once it has told. */
struct ws2_stream_state
{
    ws2_ptr handle;    /* in */
    int32_t fd;        /* in: WS2_DESCRIPTOR_OPEN's */
    uint32_t reset;    /* out */
    int32_t error;     /* out */
    int32_t unsent;    /* in: whether to count; out: bytes that the peer's host has not acknowledged */
    uint32_t lifeless; /* out: it was closed since nobody answered to keep-alive packets */
    uint32_t reserved;
};

/* Watching a stream on a descriptor of its own, for its end and, if asked for, for
 * whatever arrives. */
struct ws2_edge
{
    ws2_ptr handle;    /* in: ADD's */
    uint64_t id;       /* in: ADD's and ARM's; what WS2_EDGE_WAIT gives */
    uint32_t arrivals; /* in: ADD's and ARM's */
    int32_t fd;        /* in: ADD's, of the same socket, or 0; REMOVE's and ARM's. out: ADD's */
    int32_t error;     /* out: ADD's */
    int32_t reserved;
};

#define WS2_EDGES 16

/* Waits until something has happened to watched streams; once ADD has succeeded. */
struct ws2_edge_wait
{
    uint64_t ids[WS2_EDGES]; /* out */
    uint32_t count;          /* out: may be 0 */
    int32_t wait_ms;         /* in: -1 for as long as it takes */
};

struct ws2_edge_state
{
    int32_t fd;         /* in: ADD's */
    uint32_t brief;     /* in: if nothing is available, that is all there is to know */
    uint32_t listens;   /* out */
    uint32_t ended;     /* out: nothing comes any more after what is available */
    uint32_t closed;    /* out: reset, or ended on both sides */
    uint32_t connected; /* out: is or was, for all that the host knows */
    int64_t available;  /* out: bytes, or connections that wait to be accepted */
    int64_t arrived;    /* out: bytes that ever came; of listeners as available */
};

/* A thread pauses until the time is over, or another ends that. */
struct ws2_pause
{
    int32_t pause_ms; /* in */
    uint32_t end;     /* in: the thread's pause, or its next */
};

enum ws2_arrival_kinds
{
    WS2_ARRIVED_DATA = 1, /* or the end of the stream */
    WS2_ARRIVED_END = 2   /* a reset, or an end on both sides */
};

/* A stream that is to be told of once, when something has come. */
struct ws2_arrival
{
    uint64_t id;    /* in: EXPECT's; what TAKE gives */
    int32_t fd;     /* in */
    uint32_t kinds; /* out: LOOK's, of what is there, enum ws2_arrival_kinds */
    int32_t error;  /* out: EXPECT's */
    int32_t reserved;
};

/* Waits until there is something to take. */
struct ws2_arrival_wait
{
    int32_t wait_ms; /* in: -1 for as long as it takes */
    uint32_t ready;  /* out */
};

#define WS2_ARRIVALS 64

/* Takes what has come to streams, after an EXPECT. */
struct ws2_arrivals
{
    uint32_t count; /* in: room; out: may be 0 */
    uint32_t reserved;
    struct ws2_arrived
    {
        uint64_t id;    /* out */
        uint32_t kinds; /* out: enum ws2_arrival_kinds */
        uint32_t reserved;
    } arrived[WS2_ARRIVALS];
};

/* A host socket behind a socket of the device, its front: see unix/relay.h. */
struct ws2_host
{
    uint32_t id;                    /* OPEN, FIND: out; the others: in */
    int32_t family, type, protocol; /* in: OPEN's, Windows's numbers; protocol also BIND's and CONNECT's */
    ws2_ptr handle;                 /* in: GUARD's, TAG's, TAGGED's, the front's handle */
    ws2_ptr address;                /* Windows's sockaddr, AF_UNIX's path the host's; LOCAL, PEER: out;
                                     * TAG: any bytes; TAGGED: out, and size 0 for none */
    uint32_t address_size;          /* in: bytes there; out: what it takes */
    uint32_t front_address;         /* in: FIND's, IPv4, network order */
    uint16_t front_port;            /* in: LISTEN, CONNECT, FIND; network order */
    uint16_t port;                  /* out: CONNECT's, where the front goes; OPEN's, free for the front */
    uint32_t wait_ms;               /* in: CONNECT's */
    uint32_t flags;                 /* in: enum ws2_host_flags */
    uint32_t backlog;               /* in: LISTEN's */
    uint32_t pid;                   /* out: PEER's, the host's number */
    uint32_t own_pid;               /* out: OPEN's, this process's */
    uint32_t runner;                /* out: LISTEN, CONNECT: a thread has to call RUN */
    int32_t error;                  /* out */
};

/* Bytes of a message of SOCK_SEQPACKET; in the front's stream each comes after its size,
 * uint32_t. */
#define WS2_HOST_MESSAGE_MAX 65536

enum ws2_host_flags
{
    WS2_HOST_LAST = 1,      /* CLOSE: nobody else has the front */
    WS2_HOST_SAME_USER = 2, /* CONNECT: refuse a peer that is somebody else's */
    WS2_HOST_NOBODY = 4,    /* RUN: there will be no runner */
};

/*
 * Memory, part of a file and memory again, on a connected stream, as far as they go
 * without waiting longer than wait_ms for room, nor much longer than total_ms in all.
 * What is sent is the file's bytes of now, whatever is written to it afterwards.
 */
struct ws2_transmit
{
    ws2_ptr handle;     /* in */
    ws2_ptr file;       /* in: HANDLE of a plain file, WSAEOPNOTSUPP otherwise; or 0 for none */
    ws2_ptr head, tail; /* in: readable */
    uint32_t head_size, tail_size;
    int64_t offset;     /* in: where in the file, or -1: at its pointer, which moves */
    uint64_t file_size; /* in: bytes, or 0: to the end, where it stops in any case */
    uint64_t file_done; /* out: bytes */
    uint32_t head_done, tail_done;
    uint32_t complete; /* out: nothing is left to send */
    uint32_t wait_ms, total_ms;
    int32_t error;   /* out: 0 also if it is not complete */
    int32_t fd;      /* in: WS2_DESCRIPTOR_OPEN's */
    uint32_t cached; /* in: see ws2_transfer */
};

/* What a raw socket receives beside what is its own; 0 for nothing. */
enum ws2_tap_flags
{
    WS2_TAP_ALL = 1,       /* every packet that the interface sends or gets for this machine */
    WS2_TAP_OTHERS = 2,    /* and those for other machines */
    WS2_TAP_MULTICAST = 4, /* only to groups, whoever has joined them */
    WS2_TAP_IGMP = 8,      /* and only those about groups */
};

/* A raw host socket behind a datagram socket of the device, its front: see unix/packet.h. */
struct ws2_packet
{
    uint32_t id;                    /* OPEN: out; the others: in */
    int32_t family, type, protocol; /* in: OPEN's, Windows's numbers */
    ws2_ptr handle;                 /* in: START's, the front's handle */
    ws2_ptr address;                /* Windows's sockaddr; NAME, SOURCE: out; or an option's value */
    uint32_t address_size;          /* in: bytes there; out: what it takes */
    uint32_t front_address;         /* TARGET: out, SOURCE: in; IPv4, network order */
    uint16_t front_port;            /* START: in, TARGET: out; network order */
    uint16_t reserved;
    int32_t level, name; /* in: GET, SET; Windows's numbers; TAP: level is enum ws2_tap_flags */
    uint32_t runner;     /* out: START: a thread has to call RUN; in: RUN: this one; otherwise none will */
    int32_t error;       /* out */
};

/* A datagram socket of the host's on the loopback that drops whatever it is sent, for as
 * long as the process lives. */
struct ws2_sink
{
    int32_t family; /* in: AF_INET or AF_INET6, Windows's numbers */
    uint16_t port;  /* out: network order */
    uint16_t reserved;
    int32_t error; /* out */
};

enum ws2_rio_flags
{
    WS2_RIO_ALL = 1,    /* receiving from a stream: until it is full */
    WS2_RIO_NO_DATA = 2 /* receiving datagrams: there is no buffer, which is no error */
};

/* A send or a receive of registered I/O. */
struct ws2_rio_request
{
    ws2_ptr data;          /* in: readable or writable */
    uint32_t size;         /* in: bytes of data */
    uint32_t done;         /* in and out: bytes so far, from a stream maybe not all */
    uint8_t address[28];   /* Windows's SOCKADDR_INET; in when sending, out when receiving */
    uint32_t address_size; /* in: bytes there, 0 for none or not wanted; out, receiving: what it takes */
    uint32_t flags;        /* in: enum ws2_rio_flags */
    int32_t error;         /* out: once it is finished */
};

/* Sends or receives as many as can be done without waiting, one after the other. */
struct ws2_rio_run
{
    ws2_ptr requests;  /* in and out: struct ws2_rio_request[count] */
    uint32_t count;    /* in */
    uint32_t finished; /* out: the first so many are; the host has no data, or no room, for the next */
    int32_t fd;        /* in: WS2_RIO_OPEN's */
    uint32_t datagram; /* in */
    uint32_t sends;    /* in */
    uint32_t ends;     /* in, receiving from a stream: at its end the host can tell whether it was reset */
    uint32_t hears;    /* in: as in ws2_transfer */
    uint32_t
        resets;   /* in, receiving: whether a refused datagram is WSAECONNRESET, if the host does not tell */
    uint32_t met; /* out, receiving: whether there was an ICMP error */
    uint32_t refused; /* out, sending: an earlier datagram was, which the next receive has to tell */
};

enum ws2_rio_events
{
    WS2_RIO_DATA = 1,
    WS2_RIO_ROOM = 2
};

/*
 * The descriptor of a request queue. OPEN makes it. WATCH has WAIT return its id once,
 * when one of the events is there, or an error. TELL has the host deliver control data.
 * CLOSE ends the watch and closes it.
 */
struct ws2_rio_queue
{
    ws2_ptr handle;     /* in: OPEN's */
    uint64_t id;        /* in: WATCH's */
    int32_t fd;         /* out: OPEN's; in: the others' */
    uint32_t events;    /* in: WATCH's, enum ws2_rio_events */
    uint32_t connected; /* in: OPEN's: a stream that is not connected is WSAENOTCONN */
    uint32_t kinds;     /* in: TELL's, enum ws2_control */
    uint32_t uninvited; /* out: TELL's, as in ws2_message */
    int32_t error;      /* out: OPEN's, WATCH's */
};

/* Has WAIT return the id 0, once, in a while. */
struct ws2_rio_alarm
{
    uint32_t ms;   /* in */
    int32_t error; /* out */
};

#define WS2_RIO_READY 16

/* Waits until something has happened to watched queues. */
struct ws2_rio_wait
{
    uint64_t ids[WS2_RIO_READY]; /* out */
    uint32_t count;              /* out: may be 0 */
    int32_t error;               /* out: there is nothing to wait with */
};

/* Waits on the host, where nothing but system APCs runs, until the device has finished a request. */
struct ws2_finish
{
    ws2_ptr status;   /* in: of its IO_STATUS_BLOCK */
    int32_t pending;  /* in: what that is till then */
    uint32_t wait_ms; /* in: the longest */
};

/* CONNECT makes a connection on the host's socket, unless that takes longer than wait_ms: then it is as if
 * nothing had been tried. The next connect of the socket, to whatever address of the family, has its outcome.
 * NAME gives the address of the socket's end of it, or of the peer's.
 * LISTEN makes a listener at the address, which is the loopback's without a port, and gives it one. RESET takes
 * one connection from there, resets it, and closes the listener. */
struct ws2_ahead
{
    ws2_ptr address;       /* in: as Windows has it; out: NAME's, and also LISTEN's */
    uint32_t address_size; /* in: bytes; out: NAME's and LISTEN's, 0 if there is none */
    int32_t fd;            /* in: CONNECT's, NAME's, RESET's; out: LISTEN's, or -1 */
    uint32_t wait_ms;      /* in: CONNECT's, RESET's */
    uint32_t peer;         /* in: NAME's */
    uint32_t connected;    /* out: CONNECT's */
    uint32_t reserved;
};

/* A Bluetooth device, or a service of one. */
struct ws2_bth_answer
{
    uint64_t address;          /* the device's, as BTH_ADDR */
    ws2_ptr name, comment;     /* UTF-8, or 0 */
    ws2_ptr blob;              /* BTH_DEVICE_INFO, an SDP record, or records' handles */
    uint32_t blob_size;        /* bytes */
    uint32_t flags;            /* BTHNS_RESULT_* */
    uint32_t protocol, port;   /* BTHPROTO_* and its channel or PSM; 0 if none is known */
    uint8_t service_class[16]; /* GUID; a device's class in its Data1 */
};

/* Looks for devices, or for services of one; it takes as long as the devices do. */
struct ws2_bth_find
{
    uint32_t services;         /* in */
    uint32_t flush;            /* in: devices must be asked for, those found before will not do */
    uint64_t address;          /* in: whose services */
    uint32_t own;              /* in: services of this host instead */
    uint32_t has_class;        /* in */
    uint8_t service_class[16]; /* in: GUID */
    ws2_ptr blob;              /* in: BTH_QUERY_DEVICE or BTH_QUERY_SERVICE, or 0 */
    uint32_t blob_size;        /* in: bytes */
    uint32_t count;            /* out */
    ws2_ptr answers;           /* out: struct ws2_bth_answer[count], until WS2_BTH_FREE */
    uint64_t adapter;          /* out: the adapter's address */
    int32_t error;             /* out: WSAEINVAL, WSASERVICE_NOT_FOUND... */
    uint32_t reserved;
};

/* A service of this process's, which the host's SDP server tells of. */
struct ws2_bth_service
{
    ws2_ptr record;            /* in: an SDP record, or 0: one is made of the rest */
    uint32_t record_size;      /* in: bytes */
    uint32_t handle;           /* out, REGISTER; in, REMOVE: or 0 to go by protocol and port */
    ws2_ptr name, comment;     /* in: UTF-8, or 0 */
    uint8_t service_class[16]; /* in: GUID */
    uint32_t protocol, port;   /* in: BTHPROTO_*, and its channel or PSM */
    int32_t error;             /* out */
    uint32_t reserved;
};

#endif
