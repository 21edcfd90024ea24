/* The catalog of namespace providers (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_NAMESPACE_H
#define WS2_NAMESPACE_H

#include "store.h"

/* Those that this module has itself; Bluetooth where the host has an adapter. */
extern const GUID namespace_dns_id, namespace_nla_id, namespace_bth_id;

BOOL namespace_is_own(const GUID *id);

/* Every provider in its order, our own and installed ones. The caller frees
 * *items with heap_free. FALSE when memory is short. */
BOOL namespace_load(enum store_width width, struct namespace_item **items, unsigned int *count);

#endif
