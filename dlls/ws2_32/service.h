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

#endif
