/*
 * TransmitPackets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/base.h"
#include "base/extension.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

BOOL WINAPI extension_transmit_packets(SOCKET s, TRANSMIT_PACKETS_ELEMENT *elements, DWORD count,
                                       DWORD send_size, OVERLAPPED *overlapped, DWORD flags)
{
    FIXME("socket %#Ix, elements %p, count %lu, send size %lu, overlapped %p, flags %#lx\n", s, elements, count,
          send_size, overlapped, flags);
    return extension_fail(WSAEOPNOTSUPP);
}
