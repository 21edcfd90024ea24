/*
 * Bluetooth's functions behind the boundary.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdarg.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/bthanswer.h"
#include "unix/calls.h"

NTSTATUS unix_bth_find(void *args)
{
    bth_find(&bth_host, args);
    return STATUS_SUCCESS;
}

NTSTATUS unix_bth_free(void *args)
{
    bth_free(args);
    return STATUS_SUCCESS;
}

NTSTATUS unix_bth_register(void *args)
{
    bth_service_register(&bth_host, args);
    return STATUS_SUCCESS;
}

NTSTATUS unix_bth_remove(void *args)
{
    bth_service_remove(&bth_host, args);
    return STATUS_SUCCESS;
}
