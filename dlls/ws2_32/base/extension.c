/*
 * Extension functions, by the GUIDs that SIO_GET_EXTENSION_FUNCTION_POINTER takes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/base.h"
#include "base/device.h"
#include "base/extension.h"
#include "base/option.h"
#include "guarded.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

BOOL extension_result(NTSTATUS status)
{
    SetLastError(device_error(status));
    TRACE("status %#lx\n", status);
    return !status;
}

BOOL extension_fail(int error)
{
    SetLastError(error);
    TRACE("error %d\n", error);
    return FALSE;
}

BOOL extension_on_socket(SOCKET s)
{
    struct afd_info info;

    return record_get(s) || !socket_info(s, &info);
}

BOOL extension_begin(OVERLAPPED *overlapped)
{
    const ULONG_PTR pending = STATUS_PENDING;

    return guarded_write(&overlapped->Internal, &pending, sizeof(pending));
}

static const struct
{
    GUID id;
    void *function;
} functions[] = {
    {WSAID_ACCEPTEX, extension_accept_ex},
    {WSAID_GETACCEPTEXSOCKADDRS, extension_get_sockaddrs},
    {WSAID_CONNECTEX, extension_connect_ex},
    {WSAID_DISCONNECTEX, extension_disconnect_ex},
    {WSAID_TRANSMITFILE, extension_transmit_file},
    {WSAID_TRANSMITPACKETS, extension_transmit_packets},
    {WSAID_WSARECVMSG, base_recvmsg},
    {WSAID_WSASENDMSG, base_sendmsg},
    {WSAID_WSAPOLL, base_poll},
};

void *extension_function(const GUID *id)
{
    unsigned int i;

    for (i = 0; i < ARRAY_COUNT(functions); i++)
        if (!memcmp(&functions[i].id, id, sizeof(*id))) return functions[i].function;
    return NULL;
}
