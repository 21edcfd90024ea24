/*
 * Accepting connections, with or without a condition function.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/acceptex.h"
#include "base/alias.h"
#include "base/base.h"
#include "base/device.h"
#include "base/edge.h"
#include "base/event.h"
#include "base/host.h"
#include "base/readiness.h"
#include "guarded.h"
#include "group.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Who is at the two ends of an accepted connection. */
struct ends
{
    SOCKADDR_STORAGE peer, local;
    ULONG peer_len, local_len;
};

static int address_size(SOCKET listener)
{
    const struct socket_record *record = record_get(listener);
    struct afd_info info;
    int family = record ? record->family : 0;

    if (!family && !device_request(listener, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL))
        family = info.family;
    switch (family)
    {
    case AF_INET: return sizeof(SOCKADDR_IN);
    case AF_INET6: return sizeof(SOCKADDR_IN6);
    default: return sizeof(SOCKADDR);
    }
}

/* Windows looks at the address buffer before it takes a connection from the queue. */
static int check_address(SOCKET listener, struct sockaddr *addr, int *len)
{
    volatile int given = 0, error = 0;

    __TRY
    {
        GUARD_BEGIN;
        given = *(volatile int *)len;
        *(volatile int *)len = given;
        if (given > 0)
        {
            /* writable to the end of what an address can take */
            volatile char *bytes = (volatile char *)addr;
            int last = min(given, (int)sizeof(SOCKADDR_STORAGE)) - 1;

            bytes[0] = bytes[0];
            bytes[last] = bytes[last];
        }
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        error = WSAEFAULT;
    }
    __ENDTRY
    if (!error && given < (int)sizeof(SOCKADDR_IN6) && given < address_size(listener)) error = WSAEFAULT;
    return error;
}

static int store_address(struct sockaddr *addr, int *len, const struct ends *ends)
{
    int room, size = ends->peer_len;

    if (!guarded_read(&room, len, sizeof(room))) return WSAEFAULT;
    if (!guarded_write(addr, &ends->peer, min(room, size)) || !guarded_write(len, &size, sizeof(size)))
        return WSAEFAULT;
    return 0;
}

/* A blocking listener's request waits at the device; one that ends with the listener's
 * handle, however that was closed, counts as interrupted. */
static int take_connection(SOCKET listener, SOCKET *accepted)
{
    ULONG handle = 0;
    NTSTATUS status = device_request_alertable(listener, AFD_ACCEPT, NULL, 0, &handle, sizeof(handle), NULL);

    readiness_used(listener, SOCK_NOTIFY_EVENT_IN);
    if (status) return device_error(status);
    *accepted = handle;
    return 0;
}

static int record_accepted(SOCKET listener, SOCKET accepted)
{
    static const struct socket_record unknown = {.flags = RECORD_OVERLAPPED};
    const struct socket_record *record = record_get(listener);
    struct socket_record initial = record ? *record : unknown;

    /* all but what says how a socket came about is the listener's, kept options included */
    initial.provider = NULL; /* whoever layers over the listener takes it as its own, or not */
    initial.flags =
        (initial.flags & (RECORD_OVERLAPPED | RECORD_NONBLOCKING | RECORD_LANE_CLOSED)) | RECORD_OURS;
    if (record) lane_inherit(&initial.lane, &record->lane);
    memset(&initial.reports, 0, sizeof(initial.reports));
    initial.group = 0;
    initial.tail = 0;
    initial.peer_len = 0;
    memset(&initial.told, 0, sizeof(initial.told));
    initial.flags |= RECORD_BOUND | RECORD_CONNECTED | RECORD_ACCEPTED;
    if (!record_add(accepted, &initial)) return WSAENOBUFS;
    if (host_knows(listener)) host_accepted(listener, accepted);
    selection_inherited(listener, accepted);
    return 0;
}

static void find_ends(SOCKET accepted, struct ends *ends)
{
    memset(ends, 0, sizeof(*ends));
    if (device_request(accepted, AFD_GETPEERNAME, NULL, 0, &ends->peer, sizeof(ends->peer), &ends->peer_len))
        ends->peer_len = 0;
    host_ends(accepted, &ends->local, &ends->local_len, &ends->peer, &ends->peer_len);
}

/* There are no connect data on TCP, and nowhere to put callee data: the function
 * sees buffers without bytes, and no QOS. */
static int ask_condition(SOCKET accepted, struct ends *ends, LPCONDITIONPROC condition, DWORD_PTR context,
                         GROUP *group)
{
    WSABUF caller_data = {0, NULL}, callee_data = {0, NULL}, caller, callee;
    int answer;

    if (!ends->local_len && device_request(accepted, AFD_GETSOCKNAME, NULL, 0, &ends->local,
                                           sizeof(ends->local), &ends->local_len))
        ends->local_len = 0;
    caller = (WSABUF){ends->peer_len, (char *)&ends->peer};
    callee = (WSABUF){ends->local_len, (char *)&ends->local};
    *group = 0;
    answer = condition(&caller, &caller_data, NULL, NULL, &callee, &callee_data, group, context);
    TRACE("condition function answered %#x\n", answer);
    return answer;
}

static void drop(SOCKET accepted)
{
    int err;

    base_close_socket(accepted, &err);
}

/* The peer believes it is connected; a reset is as near as one gets to refusing. */
static void reject(SOCKET accepted)
{
    static const struct linger hard = {1, 0};

    device_request(accepted, AFD_SET_SO_LINGER, &hard, sizeof(hard), NULL, 0, NULL);
    drop(accepted);
}

static void defer(SOCKET listener, SOCKET accepted)
{
    ULONG handle = accepted;

    if (device_request(listener, AFD_DEFER, &handle, sizeof(handle), NULL, 0, NULL))
        WARN("the connection deferred on %#Ix is lost\n", listener);
    drop(accepted);
}

/* A connection that can't join the group it is put into is refused. */
static int decide(SOCKET listener, SOCKET accepted, int answer, GROUP group, const struct ends *ends)
{
    int error;

    switch (answer)
    {
    case CF_ACCEPT:
        if ((error = group_accepted(accepted, group, &ends->peer))) reject(accepted);
        return error;
    case CF_REJECT: reject(accepted); return WSAECONNREFUSED;
    case CF_DEFER: defer(listener, accepted); return WSATRY_AGAIN;
    default: defer(listener, accepted); return WSAEINVAL;
    }
}

SOCKET WSPAPI base_accept(SOCKET s, struct sockaddr *addr, int *len, LPCONDITIONPROC condition,
                          DWORD_PTR context, int *err)
{
    const BOOL wants_address = addr && len;
    SOCKET accepted = INVALID_SOCKET;
    struct ends ends;
    GROUP group;

    if (wants_address && (*err = check_address(s, addr, len))) return INVALID_SOCKET;
    alias_record(s);
    acceptex_give_back(s);
    edge_used(s);
    if ((*err = take_connection(s, &accepted))) return INVALID_SOCKET;
    if ((*err = record_accepted(s, accepted)))
    {
        defer(s, accepted);
        return INVALID_SOCKET;
    }
    if (wants_address || condition) find_ends(accepted, &ends);
    if (condition)
    {
        int answer = ask_condition(accepted, &ends, condition, context, &group);

        if ((*err = decide(s, accepted, answer, group, &ends))) return INVALID_SOCKET;
    }
    if (wants_address && (*err = store_address(addr, len, &ends)))
    {
        drop(accepted);
        return INVALID_SOCKET;
    }
    return accepted;
}
