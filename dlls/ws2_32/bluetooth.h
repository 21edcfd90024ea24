/* Bluetooth's addresses (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BLUETOOTH_H
#define WS2_BLUETOOTH_H

#define FAMILY_BTH 32

/* SOCKADDR_BTH, which Wine's headers lack. */
#include <pshpack1.h>
struct sockaddr_bth
{
    USHORT family;
    ULONGLONG device;
    GUID service_class;
    ULONG port;
};
#include <poppack.h>

C_ASSERT(sizeof(struct sockaddr_bth) == 30);

/* Of an address without a channel, the one that the device has the address's class of service
 * on. 0, or WSAEADDRNOTAVAIL if it can't be found out. */
int bluetooth_find_channel(struct sockaddr_bth *addr, int protocol);

#endif
