/*
 * The end of a connection whose socket object goes on without it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <sys/socket.h>
#include <stdarg.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/descriptor.h"
#include "ws2_unix.h"

NTSTATUS unix_connection_hold(void *args)
{
    struct ws2_connection *params = args;

    params->error = descriptor_open(params->handle, &params->descriptor);
    return STATUS_SUCCESS;
}

/* Closing with unread data, or with SO_LINGER at 0, resets the connection, and the
 * peer may lose what it was sent last: so neither. */
NTSTATUS unix_connection_end(void *args)
{
    static const struct linger graceful;
    struct ws2_connection *params = args;
    char unread[4096];
    int fd = params->descriptor;

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &graceful, sizeof(graceful));
    shutdown(fd, SHUT_WR);
    while (recv(fd, unread, sizeof(unread), MSG_DONTWAIT) > 0) continue;
    close(fd);
    params->error = 0;
    return STATUS_SUCCESS;
}
