/* The catalog of protocols that sockets can be made of (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_CATALOG_H
#define WS2_CATALOG_H

/* The entry that WSASocket chooses for a triple, any part of which may be 0
 * where Windows allows it; NULL with a Winsock error in *err otherwise. The
 * entry lives as long as the process. Nothing is probed for TCP and UDP. */
const WSAPROTOCOL_INFOW *catalog_find(int family, int type, int protocol, int *err);

/* The entry with this dwCatalogEntryId, or NULL. */
const WSAPROTOCOL_INFOW *catalog_by_id(DWORD id);

/* WS2_CAN_*: what the host can make; asked once a process. */
uint32_t catalog_capabilities(void);

#endif
