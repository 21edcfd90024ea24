/*
 * TF_REUSE_SOCKET: making a socket ready for another connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/base.h"
#include "base/device.h"
#include "base/reuse.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

BOOL reuse_ready(SOCKET s)
{
    (void)s;
    return FALSE;
}

void reuse_accepting(SOCKET s)
{
    (void)s;
}

NTSTATUS reuse_connect(SOCKET s, const struct sockaddr *addr, int len, const void *data, DWORD data_len,
                       OVERLAPPED *overlapped)
{
    (void)s, (void)addr, (void)len, (void)data, (void)data_len, (void)overlapped;
    return STATUS_INVALID_PARAMETER;
}

NTSTATUS reuse_disconnect(SOCKET s)
{
    static const int how = SD_SEND;

    FIXME("socket %#Ix can't be used again\n", s);
    return device_request(s, AFD_SHUTDOWN, &how, sizeof(how), NULL, 0, NULL);
}

NTSTATUS reuse_disconnect_later(SOCKET s)
{
    return reuse_disconnect(s);
}
