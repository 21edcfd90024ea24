/*
 * Changing a stored protocol catalog.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A change loads the whole catalog under its lock, works on the copy, and writes
 * it back. A catalog that is back to what the host offers by itself leaves no
 * entries behind, so that later hosts' offers are not hidden by it.
 */
#include "private.h"

#include "catalog.h"
#include "config.h"
#include "edit.h"
#include "guarded.h"

BOOL edit_begin(struct edit *edit, enum store_width width)
{
    edit->width = width;
    store_lock();
    if (catalog_load(width, &edit->items, &edit->count)) return TRUE;
    store_unlock();
    return FALSE;
}

void edit_end(struct edit *edit)
{
    heap_free(edit->items);
    store_unlock();
}

static BOOL is_untouched(const struct edit *edit)
{
    struct catalog_item base;
    unsigned int i;

    for (i = 0; i < edit->count; i++)
        if (!catalog_base_item(i, &base) ||
            base.info.dwCatalogEntryId != edit->items[i].info.dwCatalogEntryId)
            return FALSE;
    return !catalog_base_item(i, &base);
}

int edit_save(struct edit *edit)
{
    unsigned int count = is_untouched(edit) ? 0 : edit->count;

    return config_error(store_write_protocols(edit->width, edit->items, count));
}

BOOL edit_is_base(const struct catalog_item *item)
{
    return item->info.dwCatalogEntryId < CATALOG_FIRST_FREE_ID;
}

struct catalog_item *edit_find_provider(const struct edit *edit, const GUID *id)
{
    unsigned int i;

    for (i = 0; i < edit->count; i++)
        if (IsEqualGUID(&edit->items[i].info.ProviderId, id)) return &edit->items[i];
    return NULL;
}

struct catalog_item *edit_find(const struct edit *edit, DWORD entry)
{
    unsigned int i;

    for (i = 0; i < edit->count; i++)
        if (edit->items[i].info.dwCatalogEntryId == entry) return &edit->items[i];
    return NULL;
}

/* Puts an entry in at a position; it gets an id of its own. NULL when memory is short. */
struct catalog_item *edit_insert(struct edit *edit, unsigned int at, const WSAPROTOCOL_INFOW *info,
                                 const GUID *id, const char *path)
{
    struct catalog_item *items = heap_realloc(edit->items, (edit->count + 1) * sizeof(*items));

    if (!items) return NULL;
    edit->items = items;
    memmove(items + at + 1, items + at, (edit->count - at) * sizeof(*items));
    edit->count++;
    memset(items[at].path, 0, sizeof(items[at].path));
    strcpy(items[at].path, path);
    items[at].info = *info;
    items[at].info.ProviderId = *id;
    items[at].info.dwCatalogEntryId = store_take_id(CATALOG_FIRST_FREE_ID);
    return &items[at];
}

int edit_read_path(char path[MAX_PATH], const WCHAR *application)
{
    WCHAR wide[MAX_PATH];
    int len = guarded_string(wide, application, ARRAY_COUNT(wide));

    if (len == GUARDED_FAULT) return WSAEFAULT;
    if (len <= 0) return WSAEINVAL;
    return WideCharToMultiByte(CP_ACP, 0, wide, -1, path, MAX_PATH, NULL, NULL) ? 0 : WSAEINVAL;
}
