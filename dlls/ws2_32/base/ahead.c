/*
 * Connections that the host made ahead of the device.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A connect that the device waits for takes three round trips and a signal, and to this
 * machine itself the host connects at once. So a plain blocking connect to it is made on
 * the socket's descriptor, for which a round trip is due with the first transfer anyway. The
 * device is told before anything is asked of it about the socket, or by the tick of
 * base/watch.c; a short connection ends before that. Whatever is not plain is left to the device, as
 * if nothing had been tried: refusals, full queues, sockets that have a past, and whoever might see
 * the difference.
 */
#include "private.h"

#include "base/ahead.h"
#include "base/asfile.h"
#include "base/device.h"
#include "base/fast.h"
#include "base/outsider.h"
#include "base/owner.h"
#include "base/unreachable.h"
#include "hook.h"
#include "thread.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static const IN6_ADDR loopback6 = {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}};
static struct ownership telling;

/* 127.0.0.1 or ::1; of the others in 127.0.0.0/8 the device takes one for a name of its own. */
static BOOL is_this_machine(const SOCKADDR_STORAGE *addr)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)addr;
    const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)addr;

    if (!in->sin_port) return FALSE;
    if (addr->ss_family == AF_INET) return in->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
    return addr->ss_family == AF_INET6 && !memcmp(&in6->sin6_addr, &loopback6, sizeof(loopback6));
}

/* A blocking stream that nothing has happened to yet. */
static BOOL is_plain(const struct socket_record *record, int family)
{
    const DWORD ours = RECORD_OURS | RECORD_OVERLAPPED;
    const DWORD others = RECORD_NONBLOCKING | RECORD_BOUND | RECORD_CONNECTED | RECORD_UNBOUND_DUPLICATE |
                         RECORD_LISTENING | RECORD_USED | RECORD_ACCEPTED | RECORD_CONNECT_EX |
                         RECORD_LANE_CLOSED | RECORD_SHARED | RECORD_NOTIFIES | RECORD_HOST |
                         RECORD_RAW_HOST | RECORD_STAND_IN;

    return record->type == SOCK_STREAM && record->protocol == IPPROTO_TCP && record->family == family &&
           (record->flags & (ours | others)) == ours;
}

/* User APCs and hooks run in calls that wait. Some call the device themselves. And polls at the
 * device that began before the socket was connected are looked at again when a connect waits there. */
static BOOL anybody_sees(void)
{
    return unreachable_polled() || thread_takes_apcs() || hook_is_set() || outsider_is_here();
}

static BOOL connect_on_host(struct socket_record *record, SOCKET s, const SOCKADDR_STORAGE *addr, ULONG len)
{
    struct ws2_ahead params = {.address = WS2_PTR(addr), .address_size = len, .wait_ms = HOST_WAIT_MS};
    struct held *held = held_acquire(record, s, &params.fd);

    if (!held) return FALSE;
    if (unix_call(WS2_AHEAD_CONNECT, &params)) params.connected = 0;
    held_release(held);
    if (!params.connected) held_drop(record); /* AcceptEx may give the socket another one */
    TRACE("socket %#Ix, connected %d\n", s, params.connected);
    return params.connected;
}

BOOL ahead_connect(SOCKET s, const SOCKADDR_STORAGE *addr, ULONG len)
{
    struct socket_record *record = record_get(s);

    if (!record || !is_this_machine(addr) || !is_plain(record, addr->ss_family) || anybody_sees())
        return FALSE;
    /* another thread that would connect it finds the one or the other */
    if (InterlockedCompareExchange(&record->lane.notes, LANE_UNTOLD | LANE_CONNECTING, 0)) return FALSE;
    if (record_set_flags(record, RECORD_USED) & RECORD_USED || !connect_on_host(record, s, addr, len))
    {
        lane_take_notes(record, LANE_UNTOLD | LANE_CONNECTING);
        return FALSE;
    }
    record_set_flags(record, RECORD_AHEAD);
    InterlockedOr(&record->lane.notes, LANE_CONNECT_DUE);
    lane_take_notes(record, LANE_CONNECTING);
    if (!as_file_is_seen()) ahead_tell(s);
    return TRUE;
}

struct connect_request
{
    struct afd_connect header;
    SOCKADDR_STORAGE addr;
};

/* The loopback address of the family, and no port. */
static void begin_request(struct connect_request *request, int family)
{
    memset(request, 0, sizeof(*request));
    request->header.synchronous = TRUE;
    request->addr.ss_family = family;
    request->header.addr_len = family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
    if (family == AF_INET6)
        ((SOCKADDR_IN6 *)&request->addr)->sin6_addr = loopback6;
    else
        ((SOCKADDR_IN *)&request->addr)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static NTSTATUS make(SOCKET s, const struct connect_request *request)
{
    return device_request(s, AFD_CONNECT, request, sizeof(request->header) + request->header.addr_len, NULL,
                          0, NULL);
}

/* The peer has reset the connection before the device knew of it, and the socket has none any more. On Windows
 * it goes on as one whose connection was reset; so it is given one that is. */
static void make_a_reset_one(SOCKET s, struct connect_request *request)
{
    struct ws2_ahead params = {.address = WS2_PTR(&request->addr),
                               .address_size = request->header.addr_len,
                               .wait_ms = HOST_WAIT_MS};

    TRACE("socket %#Ix was reset already\n", s);
    if (unix_call(WS2_AHEAD_LISTEN, &params) || params.fd < 0) return;
    make(s, request);
    unix_call(WS2_AHEAD_RESET, &params);
}

BOOL ahead_name(SOCKET s, BOOL peer, SOCKADDR_STORAGE *name, ULONG *len)
{
    struct ws2_ahead params = {.address = WS2_PTR(name), .address_size = sizeof(*name), .peer = peer};
    struct socket_record *record = record_get(s);
    struct held *held;

    if (!record || !(record->lane.notes & LANE_UNTOLD) || !(held = held_acquire(record, s, &params.fd)))
        return FALSE;
    if (unix_call(WS2_AHEAD_NAME, &params)) params.address_size = 0;
    held_release(held);
    *len = params.address_size;
    return *len > 0;
}

/* The host finds the connection made, and looks at no address; without a port it would be refused.
 * Later versions of the device remember whom it was, though. */
static void tell(struct socket_record *record, SOCKET s)
{
    struct connect_request request;
    NTSTATUS status;
    ULONG len;

    begin_request(&request, record->family);
    if (ahead_name(s, TRUE, &request.addr, &len)) request.header.addr_len = len;
    status = make(s, &request);
    TRACE("socket %#Ix, status %#lx\n", s, status);
    if (status != STATUS_CONNECTION_RESET && status != STATUS_CONNECTION_ABORTED &&
        status != STATUS_IO_TIMEOUT)
        return;
    begin_request(&request, record->family);
    make_a_reset_one(s, &request);
}

/* For so long, and no longer if the thread that connects it is suspended, or gone. */
#define TRIES_AT_ONCE 10
#define TRIES 50

static void wait_for_host(SOCKET s)
{
    const struct socket_record *record;
    unsigned int tries;

    for (tries = 0; tries < TRIES && (record = record_get(s)) && record->lane.notes & LANE_CONNECTING;
         tries++)
        Sleep(tries < TRIES_AT_ONCE ? 0 : 1);
}

/* The record of s, if the device is to be told by the calling thread, or nobody any more; telling is entered
 * then. Who asks while it is being told waits for that; but for what is asked to tell it. */
static struct socket_record *enter(SOCKET s)
{
    const LONG self = GetCurrentThreadId();
    struct socket_record *record;
    LONG owner;

    wait_for_host(s);
    while ((owner = owner_take(&telling)))
        if (owner == self) return NULL;
    if ((record = record_get(s)) && record->lane.notes & LANE_UNTOLD) return record;
    owner_release(&telling);
    return NULL;
}

static void leave(struct socket_record *record)
{
    lane_take_notes(record, LANE_UNTOLD);
    owner_release(&telling);
}

void ahead_tell(SOCKET s)
{
    struct socket_record *record = enter(s);

    if (!record) return;
    tell(record, s);
    leave(record);
}

/* The handle may be another socket's as soon as this one is closed. */
void ahead_forget(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (record && record->lane.notes & LANE_UNTOLD && (record = enter(s))) leave(record);
}

static void settle(struct socket_record *record, void *unused)
{
    (void)unused;
    if (record->lane.notes & LANE_UNTOLD) ahead_tell(record->handle);
}

void ahead_settle_all(void)
{
    record_for_each(settle, NULL);
}
