/*
 * Ends of overlapped operations that are carried out here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where the module has seen which completion port a socket was bound to (base/arrival.c), it
 * posts the packet. Else Wine's server alone knows the port, so a request to the device
 * has to bring about the packet. One is made for that, but its packets say 0 bytes. Only
 * what transfers data has a count, so for one a datagram of so many bytes goes from the
 * socket to a sink: on the loopback, where nobody reads it, from whatever address or
 * interface the socket is bound to. Nothing at the socket is other than before; whoever
 * listens in on the loopback sees it.
 *
 * That leaves two packets without a count, at ports that the module does not know: those of
 * operations with more bytes than a datagram holds, and those of sockets other than UDP's.
 */
#include "private.h"

#include "base/arrival.h"
#include "base/completion.h"
#include "base/device.h"
#include "base/overlapped_fast.h"
#include "base/unreachable.h"
#include "record.h"
#include "status.h"
#include "thread.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define DATAGRAM_MAX 65507 /* bytes, in IPv4 */
#define ZEROS 4096
#define ZERO_BUFFERS (DATAGRAM_MAX / ZEROS + 1)
#define MAX_OLD_ERRORS 4

/* Addresses of a sink as sockets of each family write it. */
struct sink
{
    SOCKADDR_IN6 addr; /* or the SOCKADDR_IN that it begins with */
    int len;           /* 0: there is none */
};

enum
{
    SINK_IPV4,
    SINK_IPV6,
    SINK_MAPPED, /* the first, for IPv6 sockets that are bound to an IPv4 address */
    SINKS
};

static INIT_ONCE opened = INIT_ONCE_STATIC_INIT;
static struct sink sinks[SINKS];

static USHORT open_sink(int family)
{
    struct ws2_sink params = {.family = family};

    if (!unix_call(WS2_SINK_OPEN, &params) && !params.error) return params.port;
    WARN("family %d: no sink, error %d\n", family, params.error);
    return 0;
}

static void set_sink(struct sink *sink, USHORT port, const IN6_ADDR *addr)
{
    sink->addr.sin6_family = AF_INET6;
    sink->addr.sin6_addr = *addr;
    sink->addr.sin6_port = port;
    sink->len = port ? sizeof(sink->addr) : 0;
}

static BOOL CALLBACK open_sinks(INIT_ONCE *once, void *unused, void **context)
{
    static const IN6_ADDR loopback = IN6ADDR_LOOPBACK_INIT,
                          mapped = {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1}}};
    SOCKADDR_IN *ipv4 = (SOCKADDR_IN *)&sinks[SINK_IPV4].addr;
    const USHORT port = open_sink(AF_INET);

    (void)once;
    (void)unused;
    (void)context;
    ipv4->sin_family = AF_INET;
    ipv4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ipv4->sin_port = port;
    sinks[SINK_IPV4].len = port ? sizeof(*ipv4) : 0;
    set_sink(&sinks[SINK_IPV6], open_sink(AF_INET6), &loopback);
    set_sink(&sinks[SINK_MAPPED], port, &mapped);
    return TRUE;
}

/* The device copies the buffers, but not the address. */
static NTSTATUS send_to(const struct sink *sink, SOCKET s, WSAOVERLAPPED *overlapped, ULONG bytes)
{
    static char zeros[ZEROS];
    WSABUF buffers[ZERO_BUFFERS];
    struct afd_sendmsg in = {.addr = WS2_PTR(&sink->addr),
                             .addr_len = sink->len,
                             .force_async = TRUE,
                             .buffers = WS2_PTR(buffers)};
    NTSTATUS status;
    int tries = 0;

    if (!sink->len) return STATUS_NOT_SUPPORTED;
    for (; bytes; bytes -= buffers[in.count++].len)
        buffers[in.count] = (WSABUF){min(bytes, sizeof(zeros)), zeros};
    /* what comes of an earlier datagram is none of this one's */
    do status = device_submit(s, AFD_SENDMSG, &in, sizeof(in), NULL, 0, NULL, overlapped, NULL);
    while (unreachable_before(s, status) && ++tries < MAX_OLD_ERRORS);
    return status;
}

static NTSTATUS tell_with_count(SOCKET s, WSAOVERLAPPED *overlapped, ULONG bytes)
{
    const struct socket_record *record = record_get(s);
    NTSTATUS status;

    if (!record || record->type != SOCK_DGRAM || record->protocol != IPPROTO_UDP || bytes > DATAGRAM_MAX)
        return STATUS_NOT_SUPPORTED;
    InitOnceExecuteOnce(&opened, open_sinks, NULL, NULL);
    if (record->family == AF_INET) return send_to(&sinks[SINK_IPV4], s, overlapped, bytes);
    status = send_to(&sinks[SINK_IPV6], s, overlapped, bytes);
    return NT_ERROR(status) ? send_to(&sinks[SINK_MAPPED], s, overlapped, bytes) : status;
}

static void WINAPI run_routine(ULONG_PTR routine, ULONG_PTR overlapped, ULONG_PTR status)
{
    WSAOVERLAPPED *app = (WSAOVERLAPPED *)overlapped;

    TRACE("routine %#Ix, overlapped %p, status %#Ix\n", routine, app, status);
    ((LPWSAOVERLAPPED_COMPLETION_ROUTINE)routine)(error_from_status(status), app->InternalHigh, app, 0);
}

NTSTATUS completion_tell(SOCKET s, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                         HANDLE thread, NTSTATUS status, ULONG bytes)
{
    const HANDLE event = overlapped->hEvent;
    const BOOL port = !routine && !((ULONG_PTR)event & 1);
    const BOOL posts = port && !status && overlapped_may_post(s);
    IO_STATUS_BLOCK io;
    NTSTATUS told;

    if (port && !posts && !status && bytes && NT_SUCCESS(told = tell_with_count(s, overlapped, bytes)))
        return told;
    overlapped->InternalHigh = bytes;
    MemoryBarrier();
    overlapped->Internal = (ULONG)status; /* last: it tells whoever looks without waiting */
    if (routine)
    {
        if (!thread) thread_expect_apcs();
        NtQueueApcThread(thread ? thread : GetCurrentThread(), (PNTAPCFUNC)run_routine, (ULONG_PTR)routine,
                         (ULONG_PTR)overlapped, (ULONG)status);
    }
    else
        device_begin(s, event, NULL, port && !posts ? overlapped : NULL, &io, AFD_COMPLETE_ASYNC, &status,
                     sizeof(status), NULL, 0);
    if (posts) arrival_post(record_get(s), overlapped, status, bytes);
    return STATUS_SUCCESS;
}
