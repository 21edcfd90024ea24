/* Changing a stored protocol catalog (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_EDIT_H
#define WS2_EDIT_H

#include "catalog.h"

struct edit
{
    enum store_width width;
    struct catalog_item *items;
    unsigned int count;
};

/* FALSE when memory is short; otherwise the catalog is locked until edit_end. */
BOOL edit_begin(struct edit *edit, enum store_width width);
void edit_end(struct edit *edit);

/* Writes it back; a Winsock error. */
int edit_save(struct edit *edit);

/* The first entry of a provider, or the one with an id; NULL if there is none. */
struct catalog_item *edit_find_provider(const struct edit *edit, const GUID *id);
struct catalog_item *edit_find(const struct edit *edit, DWORD entry);

/* Whether an entry is the host's own, which cannot be removed or changed. */
BOOL edit_is_base(const struct catalog_item *item);

/* Puts an entry in at a position; it gets an id of its own. NULL when memory is
 * short. Pointers to other entries are no longer valid. */
struct catalog_item *edit_insert(struct edit *edit, unsigned int at, const WSAPROTOCOL_INFOW *info,
                                 const GUID *id, const char *path);

/* A provider's path as the catalog keeps it; a Winsock error. */
int edit_read_path(char path[MAX_PATH], const WCHAR *application);

#endif
