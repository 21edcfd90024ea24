/*
 * Entry points of the interface list and the resolver.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdarg.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/errno.h"
#include "unix/interface.h"
#include "unix/resolve.h"

NTSTATUS unix_interface_list(void *args)
{
    struct ws2_interface_list *params = args;
    struct ws2_interface *list;
    size_t count;

    params->count = 0;
    if ((params->error = interface_list(params->family, &list, &count))) return STATUS_SUCCESS;
    params->count = count;
    if (count > params->capacity) count = params->capacity;
    memcpy(WS2_AT(void, params->entries), list, count * sizeof(*list));
    free(list);
    return STATUS_SUCCESS;
}

NTSTATUS unix_route_source(void *args)
{
    struct ws2_route_source *params = args;

    params->error = route_source(&params->destination, &params->source);
    return STATUS_SUCCESS;
}

NTSTATUS unix_host_name(void *args)
{
    struct ws2_host_name *params = args;

    params->error = gethostname(params->name, sizeof(params->name)) ? error_from_errno(errno) : 0;
    params->name[sizeof(params->name) - 1] = 0;
    return STATUS_SUCCESS;
}

NTSTATUS unix_name_resolve(void *args)
{
    resolve_name(args);
    return STATUS_SUCCESS;
}

NTSTATUS unix_name_reverse(void *args)
{
    resolve_reverse(args);
    return STATUS_SUCCESS;
}

NTSTATUS unix_service_find(void *args)
{
    find_service(args);
    return STATUS_SUCCESS;
}
