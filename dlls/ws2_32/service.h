/* Lookups in progress (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_SERVICE_H
#define WS2_SERVICE_H

/* What a handle of WSALookupServiceBegin stands for. */
enum service_kind
{
    SERVICE_NONE,    /* no lookup */
    SERVICE_NAMES,   /* a lookup of names, which cannot be watched */
    SERVICE_NETWORKS /* a lookup of networks, which can */
};

enum service_kind service_kind(HANDLE lookup);

/* WSANSPIoctl on a lookup at one installed provider: a Winsock error or 0; if the
 * lookup is another, SERVICE_IOCTL_OWN, and nothing has happened. */
#define SERVICE_IOCTL_OWN (-1)
int service_ioctl(HANDLE lookup, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size,
                  DWORD *returned, WSACOMPLETION *completion);

#endif
