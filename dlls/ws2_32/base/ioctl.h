/*
 * Ioctls: what a row of the table (ioctl_table.c) says.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WS2_IOCTL_H
#define WS2_IOCTL_H

struct ioctl_call
{
    SOCKET socket;
    struct afd_info info;
    const struct ioctl *row;
    const void *in;
    DWORD in_size;
    void *out;
    DWORD out_size;
    WSAOVERLAPPED *overlapped;
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
    DWORD *returned;
    DWORD done;     /* bytes in out, or needed there: *returned, on success */
    BOOL completed; /* the device has seen to overlapped and routine */
};

/* Returns a Winsock error or 0; 0 without completed is completed by the caller. */
typedef int (*ioctl_function)(struct ioctl_call *call);

/* Of TCP_INFO_v0. */
#define TCP_INFO_V0_SIZE 88

enum ioctl_flags
{
    IOCTL_WAITED = 1,       /* the overlapped form does not exist: it fails in the background */
    IOCTL_FAILS_WITH_0 = 2, /* *returned becomes 0 on failure, where it is otherwise left alone */
    IOCTL_QUIET = 4,        /* the overlapped form leaves *returned alone unless it has a routine */
    IOCTL_ASKS = 8,         /* the device is asked anyway, and tells whether the handle is a socket */
    IOCTL_ASKS_NOBODY = 16, /* whatever the socket, as long as it is one */
};

struct ioctl
{
    DWORD code;
    const char *text;
    DWORD in_min, out_min; /* less is WSAEFAULT */
    BYTE kinds;            /* enum option_kinds; elsewhere WSAEOPNOTSUPP */
    BYTE flags;            /* enum ioctl_flags */
    ioctl_function run;    /* NULL: known, and not supported */
};

const struct ioctl *ioctl_find(DWORD code);

/* For traces. */
const char *debug_ioctl(DWORD code);

/* Writes *returned although the call fails; FALSE for a bad pointer. */
BOOL ioctl_report(struct ioctl_call *call, DWORD size);

/* Copies the result out and counts it: 0 or WSAEFAULT. */
int ioctl_give(struct ioctl_call *call, const void *result, DWORD size);

/* ioctl_own.c */
int at_mark(SOCKET s, BOOL *yes);
int ioctl_nonblocking(struct ioctl_call *call);
int ioctl_readable(struct ioctl_call *call);
int ioctl_at_mark(struct ioctl_call *call);
int ioctl_keepalive(struct ioctl_call *call);
int ioctl_handle(struct ioctl_call *call);
int ioctl_extension(struct ioctl_call *call);
int ioctl_extension_table(struct ioctl_call *call);
int ioctl_accepted(struct ioctl_call *call);
int ioctl_udp_reset(struct ioctl_call *call);
int ioctl_loopback_fast_path(struct ioctl_call *call);
int ioctl_backlog(struct ioctl_call *call);
int ioctl_backlog_change(struct ioctl_call *call);
int ioctl_initial_rto(struct ioctl_call *call);
int ioctl_compatibility(struct ioctl_call *call);
int ioctl_receive_all(struct ioctl_call *call);
int ioctl_multipoint_loopback(struct ioctl_call *call);
int ioctl_multicast_scope(struct ioctl_call *call);
int ioctl_broadcast_address(struct ioctl_call *call);
int ioctl_tcp_info(struct ioctl_call *call);
int ioctl_lanes(struct ioctl_call *call);

/* host.c */
int ioctl_peer_process(struct ioctl_call *call);

/* multicast.c */
int ioctl_set_filter(struct ioctl_call *call);
int ioctl_get_filter(struct ioctl_call *call);

/* addrsort.c */
int ioctl_address_list_sort(struct ioctl_call *call);

/* interfaces.c */
int ioctl_address_list(struct ioctl_call *call);
int ioctl_address_list_change(struct ioctl_call *call);
int ioctl_interface_list(struct ioctl_call *call);
int ioctl_interface_list_ex(struct ioctl_call *call);
int ioctl_routing_query(struct ioctl_call *call);
int ioctl_routing_change(struct ioctl_call *call);

#endif
