/*
 * Giving a socket object another host socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The device has one way to do that: accepting into a socket. It replaces the host
 * socket and keeps the object, with its completion port, whatever its state, and
 * takes what a listener has deferred before what is waiting. So a listener of our
 * own, with one connection that waits for ever and makes it ready, grafts whatever
 * is deferred on it into any socket, at once.
 */
#include "private.h"

#include "base/base.h"
#include "base/device.h"
#include "base/graft.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#ifndef WSA_FLAG_NO_HANDLE_INHERIT
#define WSA_FLAG_NO_HANDLE_INHERIT 0x80
#endif

struct hub
{
    SOCKET listener, visitor, nothing; /* 0 until made */
};

static struct hub hubs[2]; /* IPv4, IPv6 */
static SRWLOCK lock = SRWLOCK_INIT;

SOCKET graft_hidden_socket(int family, int type, int protocol, int *err)
{
    SOCKET s =
        base_socket(family, type, protocol, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT, err);

    if (s != INVALID_SOCKET) record_remove(s);
    return s;
}

NTSTATUS graft_bind(SOCKET s, const SOCKADDR_STORAGE *addr, ULONG len)
{
    struct
    {
        int alignment, unknown;
        SOCKADDR_STORAGE addr;
    } in = {.addr = *addr};
    SOCKADDR_STORAGE bound;

    return device_request(s, AFD_BIND, &in.unknown, sizeof(in.unknown) + len, &bound, sizeof(bound), NULL);
}

static ULONG loopback(int family, SOCKADDR_STORAGE *addr)
{
    SOCKADDR_IN *v4 = (SOCKADDR_IN *)addr;
    SOCKADDR_IN6 *v6 = (SOCKADDR_IN6 *)addr;

    memset(addr, 0, sizeof(*addr));
    addr->ss_family = family;
    if (family == AF_INET6)
    {
        v6->sin6_addr.s6_addr[15] = 1;
        return sizeof(*v6);
    }
    v4->sin_addr.s_addr = 0x0100007f; /* 127.0.0.1 in network order */
    return sizeof(*v4);
}

static NTSTATUS visit(const struct hub *hub)
{
    struct
    {
        struct afd_connect header;
        SOCKADDR_STORAGE addr;
    } in = {.header.synchronous = TRUE};
    ULONG len;
    NTSTATUS status;

    if ((status = device_request(hub->listener, AFD_GETSOCKNAME, NULL, 0, &in.addr, sizeof(in.addr), &len)))
        return status;
    in.header.addr_len = len;
    return device_request(hub->visitor, AFD_CONNECT, &in, sizeof(in.header) + len, NULL, 0, NULL);
}

static void close_hidden(SOCKET *s)
{
    if (*s && *s != INVALID_SOCKET) NtClose(SOCKET_HANDLE(*s));
    *s = 0;
}

static NTSTATUS make_hub(struct hub *hub, int family)
{
    static const struct afd_listen backlog = {.backlog = 1};
    SOCKADDR_STORAGE addr;
    ULONG len = loopback(family, &addr);
    NTSTATUS status = STATUS_INSUFFICIENT_RESOURCES;
    int err;

    hub->listener = graft_hidden_socket(family, SOCK_STREAM, IPPROTO_TCP, &err);
    hub->visitor = graft_hidden_socket(family, SOCK_STREAM, IPPROTO_TCP, &err);
    /* a datagram socket never hangs up, which the device would not forget */
    hub->nothing = graft_hidden_socket(family, SOCK_DGRAM, IPPROTO_UDP, &err);
    if (hub->listener != INVALID_SOCKET && hub->visitor != INVALID_SOCKET && hub->nothing != INVALID_SOCKET &&
        !(status = graft_bind(hub->listener, &addr, len)) &&
        !(status = device_request(hub->listener, AFD_LISTEN, &backlog, sizeof(backlog), NULL, 0, NULL)) &&
        !(status = visit(hub)))
        return STATUS_SUCCESS;
    WARN("no hub for family %d, status %#lx\n", family, status);
    close_hidden(&hub->listener);
    close_hidden(&hub->visitor);
    close_hidden(&hub->nothing);
    return status;
}

static NTSTATUS graft(struct hub *hub, SOCKET s, SOCKET source)
{
    struct afd_accept_into params = {.accept_handle = s};
    char addresses[sizeof(int) + sizeof(SOCKADDR_STORAGE)];
    ULONG handle = source;
    NTSTATUS status;

    if ((status = device_request(hub->listener, AFD_DEFER, &handle, sizeof(handle), NULL, 0, NULL)))
        return status;
    status = device_request(hub->listener, AFD_ACCEPT_INTO, &params, sizeof(params), addresses,
                            sizeof(addresses), NULL);
    /* it is done by the time the device looks for a peer's name and finds none */
    return status == STATUS_INVALID_CONNECTION ? STATUS_SUCCESS : status;
}

static NTSTATUS graft_through_hub(SOCKET s, int family, SOCKET source)
{
    struct hub *hub = &hubs[family == AF_INET6];
    NTSTATUS status = STATUS_SUCCESS;

    AcquireSRWLockExclusive(&lock);
    if (!hub->listener) status = make_hub(hub, family);
    if (!status) status = graft(hub, s, source ? source : hub->nothing);
    ReleaseSRWLockExclusive(&lock);
    TRACE("socket %#Ix, family %d, source %#Ix, status %#lx\n", s, family, source, status);
    return status;
}

NTSTATUS graft_connection(SOCKET s, int family, SOCKET source)
{
    NTSTATUS status = graft_through_hub(s, family, source);

    NtClose(SOCKET_HANDLE(source));
    return status;
}

NTSTATUS graft_nothing(SOCKET s, int family)
{
    return graft_through_hub(s, family, 0);
}

/* The loader caches the host descriptor of a connected socket's handle, and drops it
 * when the handle is closed, before it finds out that this one can't be. */
void graft_forget_descriptor(SOCKET s)
{
    HANDLE handle = SOCKET_HANDLE(s);

    if (!SetHandleInformation(handle, HANDLE_FLAG_PROTECT_FROM_CLOSE, HANDLE_FLAG_PROTECT_FROM_CLOSE)) return;
    NtClose(handle);
    SetHandleInformation(handle, HANDLE_FLAG_PROTECT_FROM_CLOSE, 0);
}
