/*
 * Raw host sockets of protocols that the device does not know, for the PE half.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdarg.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/descriptor.h"
#include "unix/packet.h"
#include "unix/sockaddr.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

NTSTATUS unix_packet_open(void *args)
{
    struct ws2_packet *params = args;

    params->error = packet_open(family_to_host(params->family), type_to_host(params->type),
                                protocol_to_host(params->family, params->protocol), &params->id);
    return STATUS_SUCCESS;
}

NTSTATUS unix_packet_start(void *args)
{
    struct ws2_packet *params = args;
    int fd, runner = 0;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    params->error = packet_start(params->id, fd, params->front_port, &runner);
    close(fd);
    params->runner = runner;
    return STATUS_SUCCESS;
}

static socklen_t host_address(const struct ws2_packet *params, union host_sockaddr *host)
{
    return sockaddr_to_host(WS2_AT(const void, params->address), params->address_size, host);
}

NTSTATUS unix_packet_bind(void *args)
{
    struct ws2_packet *params = args;
    union host_sockaddr host;
    socklen_t len = host_address(params, &host);

    params->error = len ? packet_bind(params->id, &host, len) : WSAEFAULT;
    return STATUS_SUCCESS;
}

NTSTATUS unix_packet_connect(void *args)
{
    struct ws2_packet *params = args;
    union host_sockaddr host = {.any = {.sa_family = AF_UNSPEC}};
    socklen_t len = params->address ? host_address(params, &host) : sizeof(host.in6);

    params->error = len ? packet_connect(params->id, &host, len) : WSAEFAULT;
    return STATUS_SUCCESS;
}

static void give_address(struct ws2_packet *params, const union host_sockaddr *host, socklen_t len)
{
    if (!params->error)
        params->address_size =
            sockaddr_from_host(host, len, WS2_AT(void, params->address), params->address_size);
}

NTSTATUS unix_packet_name(void *args)
{
    struct ws2_packet *params = args;
    union host_sockaddr host;
    socklen_t len;

    params->error = packet_local_name(params->id, &host, &len);
    give_address(params, &host, len);
    return STATUS_SUCCESS;
}

NTSTATUS unix_packet_target(void *args)
{
    struct ws2_packet *params = args;
    union host_sockaddr host;
    socklen_t len = host_address(params, &host);

    params->error =
        len ? packet_target(params->id, &host, len, &params->front_address, &params->front_port) : WSAEFAULT;
    return STATUS_SUCCESS;
}

NTSTATUS unix_packet_source(void *args)
{
    struct ws2_packet *params = args;
    union host_sockaddr host;
    socklen_t len = 0;

    params->error = packet_source(params->id, params->front_address, &host, &len);
    give_address(params, &host, len);
    return STATUS_SUCCESS;
}

NTSTATUS unix_packet_get(void *args)
{
    struct ws2_packet *params = args;

    params->error = packet_option_get(params->id, params->level, params->name, WS2_AT(void, params->address),
                                      &params->address_size);
    return STATUS_SUCCESS;
}

NTSTATUS unix_packet_set(void *args)
{
    struct ws2_packet *params = args;

    params->error = packet_option_set(params->id, params->level, params->name,
                                      WS2_AT(const void, params->address), params->address_size);
    return STATUS_SUCCESS;
}

NTSTATUS unix_packet_close(void *args)
{
    struct ws2_packet *params = args;

    packet_close(params->id);
    params->error = 0;
    return STATUS_SUCCESS;
}

NTSTATUS unix_packet_run(void *args)
{
    struct ws2_packet *params = args;

    if (params->runner)
        packet_run();
    else
        packet_no_runner();
    params->error = 0;
    return STATUS_SUCCESS;
}

NTSTATUS unix_packet_tap(void *args)
{
    struct ws2_packet *params = args;

    params->error = packet_tap(params->id, params->level);
    return STATUS_SUCCESS;
}

NTSTATUS unix_packet_leave(void *args)
{
    (void)args;
    packet_leave();
    return STATUS_SUCCESS;
}
