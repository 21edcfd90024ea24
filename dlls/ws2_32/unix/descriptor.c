/*
 * Calls that are made on a socket's own host descriptor.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/descriptor.h"
#include "unix/option.h"
#include "unix/tcpinfo.h"
#include "unix/wsaerror.h"
#include "wine_abi.h"
#include "ws2_unix.h"

/* The loader's duplicates come without FD_CLOEXEC, and a host process that is
 * started meanwhile would hold the connection open. */
int descriptor_open(ws2_ptr handle, int *fd)
{
    switch (wine_server_handle_to_fd(WS2_AT(void, handle), 0, fd, NULL))
    {
    case STATUS_SUCCESS: fcntl(*fd, F_SETFD, FD_CLOEXEC); return 0;
    case STATUS_TOO_MANY_OPENED_FILES: return WSAEMFILE;
    case STATUS_NO_MEMORY: return WSAENOBUFS;
    default: return WSAENOTSOCK;
    }
}

NTSTATUS unix_option_get(void *args)
{
    struct ws2_option *params = args;
    int fd;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    params->error = option_get(fd, params->level, params->name, WS2_AT(void, params->value), &params->size);
    close(fd);
    return STATUS_SUCCESS;
}

NTSTATUS unix_option_set(void *args)
{
    struct ws2_option *params = args;
    int fd;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    params->error = option_set(fd, params->level, params->name, WS2_AT(void, params->value), params->size);
    close(fd);
    return STATUS_SUCCESS;
}

NTSTATUS unix_tcp_info(void *args)
{
    struct ws2_tcp_info *params = args;
    int fd;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    params->error = tcp_info(fd, &params->numbers);
    close(fd);
    return STATUS_SUCCESS;
}

NTSTATUS unix_descriptor_which(void *args)
{
    struct ws2_which *params = args;
    int fd = params->fd;
    struct stat st;

    params->number = 0;
    if (!params->fd && descriptor_open(params->handle, &fd)) return STATUS_SUCCESS;
    if (!fstat(fd, &st) && S_ISSOCK(st.st_mode)) params->number = st.st_ino;
    if (!params->fd) close(fd);
    return STATUS_SUCCESS;
}
