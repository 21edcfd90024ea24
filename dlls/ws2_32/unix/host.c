/*
 * Host sockets of families that the device does not know, for the PE half.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/descriptor.h"
#include "unix/direct.h"
#include "unix/front.h"
#include "unix/relay.h"
#include "unix/sockaddr.h"
#include "unix/windows.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

NTSTATUS unix_host_open(void *args)
{
    struct ws2_host *params = args;

    params->own_pid = getpid();
    params->port = relay_free_port();
    params->error = relay_open(family_to_host(params->family), type_to_host(params->type),
                               protocol_to_host(params->family, params->protocol), &params->id);
    return STATUS_SUCCESS;
}

/* A path that is too long for an address is reached through its folder, which *folder
 * keeps open. */
static socklen_t long_path(const char *path, union host_sockaddr *host, int *folder)
{
    char parent[PATH_MAX];
    const char *name = strrchr(path, '/');
    int len;

    if (!name || (size_t)(name - path) >= sizeof(parent)) return 0;
    memcpy(parent, path, name - path);
    parent[name - path] = 0;
    if ((*folder = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0) return 0;
    len = snprintf(host->un.sun_path, sizeof(host->un.sun_path), "/proc/self/fd/%d/%s", *folder, name + 1);
    return len < (int)sizeof(host->un.sun_path) ? offsetof(struct sockaddr_un, sun_path) + len + 1 : 0;
}

/* AF_UNIX's names are the host's already, NUL-terminated; one that begins with NUL is
 * abstract, and ends where the address does. */
static socklen_t unix_address(const struct ws2_host *params, union host_sockaddr *host, int *folder)
{
    const char *path = WS2_AT(const char, params->address) + sizeof(uint16_t);
    size_t size = params->address_size - sizeof(uint16_t);

    memset(host, 0, sizeof(*host));
    host->un.sun_family = AF_UNIX;
    if (size > sizeof(host->un.sun_path)) return *path ? long_path(path, host, folder) : 0;
    memcpy(host->un.sun_path, path, size);
    return offsetof(struct sockaddr_un, sun_path) + size;
}

static socklen_t host_address(const struct ws2_host *params, union host_sockaddr *host, int *folder)
{
    *folder = -1;
    if (*WS2_AT(const uint16_t, params->address) == WIN_AF_UNIX) return unix_address(params, host, folder);
    return (params->protocol == WIN_BTHPROTO_L2CAP ? sockaddr_to_l2cap : sockaddr_to_host)(
        WS2_AT(const void, params->address), params->address_size, host);
}

NTSTATUS unix_host_bind(void *args)
{
    struct ws2_host *params = args;
    union host_sockaddr host;
    int folder;
    socklen_t len = host_address(params, &host, &folder);

    params->error = len ? relay_bind(params->id, &host, len) : WSAEINVAL;
    if (folder >= 0) close(folder);
    return STATUS_SUCCESS;
}

static void give_address(struct ws2_host *params, const union host_sockaddr *host, socklen_t len)
{
    if (!params->error)
        params->address_size =
            sockaddr_from_host(host, len, WS2_AT(void, params->address), params->address_size);
}

NTSTATUS unix_host_local(void *args)
{
    struct ws2_host *params = args;
    union host_sockaddr host;
    socklen_t len;

    params->error = relay_local_name(params->id, &host, &len);
    give_address(params, &host, len);
    return STATUS_SUCCESS;
}

NTSTATUS unix_host_peer(void *args)
{
    struct ws2_host *params = args;
    union host_sockaddr host;
    socklen_t len;

    params->error = relay_peer(params->id, &host, &len, &params->pid);
    give_address(params, &host, len);
    return STATUS_SUCCESS;
}

NTSTATUS unix_host_guard(void *args)
{
    struct ws2_host *params = args;
    int fd;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    params->error = relay_guard(params->id, fd);
    close(fd);
    return STATUS_SUCCESS;
}

NTSTATUS unix_host_listen(void *args)
{
    struct ws2_host *params = args;
    int runner = 0;

    params->error = relay_listen(params->id, params->backlog, params->front_port, &runner);
    params->runner = runner;
    return STATUS_SUCCESS;
}

NTSTATUS unix_host_connect(void *args)
{
    struct ws2_host *params = args;
    union host_sockaddr host;
    int runner = 0, folder;
    socklen_t len = host_address(params, &host, &folder);

    params->error =
        len ? relay_connect(params->id, &host, len, params->wait_ms, params->flags & WS2_HOST_SAME_USER,
                            params->front_port, &params->port, &runner)
            : WSAEINVAL;
    params->runner = runner;
    if (folder >= 0) close(folder);
    return STATUS_SUCCESS;
}

NTSTATUS unix_host_find(void *args)
{
    struct ws2_host *params = args;

    params->error = relay_find(params->front_address, params->front_port, &params->id);
    return STATUS_SUCCESS;
}

NTSTATUS unix_host_close(void *args)
{
    struct ws2_host *params = args;

    relay_close(params->id, params->flags & WS2_HOST_LAST);
    params->error = 0;
    return STATUS_SUCCESS;
}

NTSTATUS unix_host_run(void *args)
{
    struct ws2_host *params = args;

    if (params->flags & WS2_HOST_NOBODY)
        relay_no_runner();
    else
        relay_run();
    params->error = 0;
    return STATUS_SUCCESS;
}

NTSTATUS unix_host_leave(void *args)
{
    (void)args;
    relay_leave();
    return STATUS_SUCCESS;
}

NTSTATUS unix_host_settle(void *args)
{
    struct ws2_host *params = args;

    direct_settle(params->id);
    params->error = 0;
    return STATUS_SUCCESS;
}

NTSTATUS unix_host_tag(void *args)
{
    struct ws2_host *params = args;
    int fd;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    params->error =
        front_tag(fd, relay_gate(params->id), WS2_AT(const void, params->address), params->address_size);
    close(fd);
    return STATUS_SUCCESS;
}

NTSTATUS unix_host_tagged(void *args)
{
    struct ws2_host *params = args;
    int fd;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    params->address_size = front_tagged(fd, WS2_AT(void, params->address), params->address_size);
    close(fd);
    return STATUS_SUCCESS;
}
