/* The namespace providers that this module has itself (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_FINDER_H
#define WS2_FINDER_H

#include "queryset.h"

/* Whether a provider answers queries of this kind. */
BOOL dns_accepts(const struct query *query, DWORD flags);
BOOL nla_accepts(const struct query *query, DWORD flags);
BOOL bth_accepts(const struct query *query, DWORD flags);

/* A chain of answers, to be freed one by one; 0 or a Winsock error, with none
 * then. flags are LUP_*. */
int dns_find(const struct query *query, DWORD flags, struct answer **answers);
int nla_find(const struct query *query, DWORD flags, struct answer **answers);
int bth_find(const struct query *query, DWORD flags, struct answer **answers);

/* WSASetService for Bluetooth: 0 or a Winsock error. */
int bth_set_service(const struct query *query, WSAESETSERVICEOP operation, DWORD flags);

#endif
