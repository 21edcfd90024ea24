/*
 * Identifiers of registered I/O: buffers, completion queues, request queues.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On Windows they are pointers; here they are numbers that no other object ever has
 * had, so that one that is not valid any more does no harm.
 */
#include "private.h"

#include "base/rio_id.h"

static struct rio_id_slot *slot_at(const struct rio_ids *ids, ULONG index)
{
    struct rio_id_slot *block;

    if (index >= RIO_ID_BLOCKS * RIO_ID_BLOCK || !(block = ids->blocks[index / RIO_ID_BLOCK])) return NULL;
    return &block[index % RIO_ID_BLOCK];
}

static ULONG index_of(const void *id)
{
    return (ULONG)(ULONG_PTR)id - 1;
}

static LONG serial_of(const void *id)
{
    return (ULONG_PTR)id >> 32;
}

/* The lock is held: the index of a free slot, plus one; 0 when memory is short. */
static ULONG take_slot(struct rio_ids *ids)
{
    ULONG place = ids->free;

    if (place)
    {
        ids->free = slot_at(ids, place - 1)->next;
        return place;
    }
    if (ids->count == RIO_ID_BLOCKS * RIO_ID_BLOCK) return 0;
    if (!slot_at(ids, ids->count) &&
        !(ids->blocks[ids->count / RIO_ID_BLOCK] = heap_zalloc(RIO_ID_BLOCK * sizeof(struct rio_id_slot))))
        return 0;
    return ++ids->count;
}

void *rio_id_add(struct rio_ids *ids, void *object, ULONG size)
{
    struct rio_id_slot *slot;
    void *id = NULL;
    ULONG place;

    AcquireSRWLockExclusive(&ids->lock);
    if ((place = take_slot(ids)))
    {
        slot = slot_at(ids, place - 1);
        if (++slot->serial <= 0) slot->serial = 1;
        slot->size = size;
        MemoryBarrier();
        slot->object = object;
        id = (void *)((ULONG_PTR)slot->serial << 32 | place);
    }
    ReleaseSRWLockExclusive(&ids->lock);
    return id;
}

BOOL rio_id_get(const struct rio_ids *ids, const void *id, void **object, ULONG *size)
{
    const struct rio_id_slot *slot = slot_at(ids, index_of(id));

    if (!slot || slot->serial != serial_of(id)) return FALSE;
    *object = slot->object;
    if (size) *size = slot->size;
    return *object && *(const volatile LONG *)&slot->serial == serial_of(id);
}

void *rio_id_remove(struct rio_ids *ids, const void *id)
{
    struct rio_id_slot *slot = slot_at(ids, index_of(id));
    void *object = NULL;

    if (!slot) return NULL;
    AcquireSRWLockExclusive(&ids->lock);
    if (slot->serial == serial_of(id) && (object = slot->object))
    {
        slot->object = NULL;
        slot->next = ids->free;
        ids->free = index_of(id) + 1;
    }
    ReleaseSRWLockExclusive(&ids->lock);
    return object;
}
