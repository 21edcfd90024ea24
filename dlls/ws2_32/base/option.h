/*
 * Socket options: what a row of the table (option_table.c) says.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The size rules are Windows's, and differ from option to option without a
 * pattern; each has a name here, and option.c carries them out.
 */
#ifndef WS2_OPTION_H
#define WS2_OPTION_H

/* What getsockopt does with the application's length. Shorter than the value: */
enum get_rule
{
    GET_NEVER,       /* can't be read: WSAENOPROTOOPT */
    GET_FLAG,        /* what fits is written, and the length becomes 1 */
    GET_BYTE,        /* one byte, whatever the length was */
    GET_SHRINK,      /* one byte, and the length becomes 1 */
    GET_FULL,        /* WSAEFAULT, nothing is touched */
    GET_FULL_ZEROED, /* WSAEFAULT, and what there is is zeroed */
    GET_FULL_NONE,   /* WSAEFAULT, and the length becomes 0 */
    GET_FULL_ASKED,  /* WSAEFAULT, and the length becomes what is needed; else it is left alone */
    GET_FULL_KEPT,   /* WSAEFAULT; the length is always left alone */
    GET_FULL_SIGNED, /* GET_FULL, and a negative length is a long one */
    GET_WHATEVER,    /* the lane decides */
};

/* What setsockopt does with the length; 0 is WSAEFAULT, negative WSAENOBUFS unless said otherwise. */
enum set_rule
{
    SET_NEVER,    /* can't be written: WSAENOPROTOOPT */
    SET_FLAG,     /* any; missing bytes are zero, negative is long enough */
    SET_BYTE,     /* only the first byte counts */
    SET_SHORT,    /* missing bytes are zero */
    SET_FULL,     /* WSAEFAULT if too short; negative is long enough at SOL_SOCKET */
    SET_WHATEVER, /* the lane decides; no value is fine too */
};

/* Sockets on which an option exists; elsewhere it is WSAEINVAL at the IP levels, else WSAENOPROTOOPT. */
enum option_kinds
{
    ON_STREAM = 1,
    ON_DATAGRAM = 2,
    ON_RAW = 4,
    ON_IPV4_DATAGRAM = 8,
    ON_MESSAGES = ON_DATAGRAM | ON_RAW,
    ON_ALL = ON_STREAM | ON_DATAGRAM | ON_RAW,
    ON_NONE = 16 /* needs no socket at all */
};

enum option_lane
{
    LANE_DEVICE,    /* read and write are the device's requests */
    LANE_DIRECT,    /* the device's, but on the fast lane the host's own */
    LANE_TIMEOUT,   /* the device's, and noted by base/lane.c */
    LANE_HOST,      /* the host's own, through the ELF half; read and write say whether it can be */
    LANE_KEPT,      /* read is the enum kept_option, write the default */
    LANE_KEPT_HOST, /* the same, and the host is told */
    LANE_FIXED,     /* always reads as read; writes are ignored */
    LANE_EMPTY,     /* reads as no bytes; only as much can be written */
    LANE_OWN,       /* functions of this module */
    LANE_KNOWN,     /* the same, which need no more than the socket's kind and record */
};

enum option_value
{
    VALUE_PLAIN,
    VALUE_BOOLEAN, /* 0 or 1 both ways */
};

struct option_call
{
    SOCKET socket;
    struct afd_info info; /* all zero for ON_NONE */
    BOOL noted;           /* info is the record's, which may be stale */
    int level, name;
    void *value; /* a copy of the application's, or room for it */
    ULONG size;  /* bytes; on return from a get, those of the value */
    char *place; /* get: where the value will be copied to */
};

/* Each returns a Winsock error or 0. */
typedef int (*option_function)(struct option_call *call);

struct option
{
    int level, name;
    const char *text;
    BYTE get, set; /* enum get_rule, enum set_rule */
    BYTE kinds;    /* enum option_kinds */
    BYTE value;    /* enum option_value */
    USHORT size;   /* of the value, bytes */
    BYTE lane;     /* enum option_lane */
    ULONG read, write;
    option_function own_get; /* instead of the lane's */
    option_function own_set; /* before the lane's, to refuse a value */
};

/* The largest value of any option. */
#define OPTION_MAX 704

/* NULL with WSAEINVAL for an unknown level, WSAENOPROTOOPT for an unknown name in *err. */
const struct option *option_find(int level, int name, int *err);

/* For traces. */
const char *debug_option(int level, int name);

/* option_own.c */
int own_get_bsp_state(struct option_call *call);
int own_get_error(struct option_call *call);
int own_get_group_id(struct option_call *call);
int own_get_linger(struct option_call *call);
int own_set_linger(struct option_call *call);
int own_get_dontlinger(struct option_call *call);
int own_set_dontlinger(struct option_call *call);
int own_get_max_msg_size(struct option_call *call);
int own_get_open_type(struct option_call *call);
int own_set_open_type(struct option_call *call);
int own_get_protocol_info(struct option_call *call);
int own_get_type(struct option_call *call);
int own_set_type(struct option_call *call);
int own_set_tos(struct option_call *call);
int own_set_unbound(struct option_call *call);
int own_set_accept_context(struct option_call *call);
int own_set_connect_context(struct option_call *call);
int own_get_protection_level(struct option_call *call);
int own_set_protection_level(struct option_call *call);
int own_get_v6only(struct option_call *call);
int own_set_v6only(struct option_call *call);
int own_set_inline(struct option_call *call);
int own_get_at_mark(struct option_call *call);
int own_get_bsd_urgent(struct option_call *call);
int own_set_bsd_urgent(struct option_call *call);
int own_get_icmp_error(struct option_call *call);
int own_set_reports(struct option_call *call);
int own_set_no_retries(struct option_call *call);
int own_get_buffer(struct option_call *call);
int own_set_buffer(struct option_call *call);
int own_get_reuse_port(struct option_call *call);
int own_set_reuse_port(struct option_call *call);
int own_get_probes(struct option_call *call);
int own_set_probes(struct option_call *call);

/* Keep-alive packets have been turned on: they begin with Windows's numbers. */
void probes_begin(SOCKET s);

/* SIO_KEEPALIVE_VALS has set the time between them. */
void probes_were_set(SOCKET s);

/* What kind of socket s is: 0, WSAENOTSOCK or WSAENOBUFS. */
int socket_info(SOCKET s, struct afd_info *info);

/* The same as the record has it, without asking; FALSE if it does not. */
BOOL socket_info_noted(SOCKET s, struct afd_info *info);

/* The host's, through the ELF half; *size is the value's on return from a get. */
int host_option_get(SOCKET s, int level, int name, void *value, ULONG *size);
int host_option_set(SOCKET s, int level, int name, const void *value, ULONG size);

#endif
