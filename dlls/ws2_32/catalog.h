/* The catalog of protocols that sockets can be made of (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_CATALOG_H
#define WS2_CATALOG_H

#include "store.h"

/* The entry that WSASocket chooses for a triple, any part of which may be 0
 * where Windows allows it; NULL with a Winsock error in *err otherwise. The
 * entry lives as long as the process. Nothing is probed for TCP and UDP. */
const WSAPROTOCOL_INFOW *catalog_find(int family, int type, int protocol, int *err);

/* The same among entries that were loaded; layers without a chain are passed over. */
const struct catalog_item *catalog_find_in(const struct catalog_item *items, unsigned int count, int family,
                                           int type, int protocol, int *err);

/* The base entry with this dwCatalogEntryId, or NULL. */
const WSAPROTOCOL_INFOW *catalog_by_id(DWORD id);

/* WS2_CAN_*: what the host can make; asked once a process. */
uint32_t catalog_capabilities(void);

/* Whether the host has a Bluetooth adapter, which alone is asked for. */
BOOL catalog_has_bluetooth(void);

/* Every entry in its order: what the host offers and what was installed. The
 * caller frees *items with heap_free. FALSE when memory is short. */
BOOL catalog_load(enum store_width width, struct catalog_item **items, unsigned int *count);

/* The entries that a host offers without anything installed, in their order;
 * their ids are below CATALOG_FIRST_FREE_ID. FALSE past the last. */
BOOL catalog_base_item(unsigned int index, struct catalog_item *item);

#define CATALOG_FIRST_FREE_ID 1100

#endif
