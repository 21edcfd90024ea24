/* Identifiers of registered I/O (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_RIO_ID_H
#define WS2_BASE_RIO_ID_H

#define RIO_ID_BLOCKS 4096
#define RIO_ID_BLOCK 256

struct rio_id_slot
{
    LONG serial; /* of the identifier that it has now, or had last */
    ULONG size;
    void *object; /* NULL: free */
    ULONG next;   /* the next free one, plus one */
};

/* One kind of them; all zero to begin with. */
struct rio_ids
{
    SRWLOCK lock;
    ULONG count, free; /* slots that were ever used; the first free one, plus one */
    struct rio_id_slot *blocks[RIO_ID_BLOCKS];
};

/* NULL when memory is short. Never 0xffffffff, nor what an identifier was before. */
void *rio_id_add(struct rio_ids *ids, void *object, ULONG size);

/* Any thread may ask at any time, and for anything: FALSE if it is no identifier any more. */
BOOL rio_id_get(const struct rio_ids *ids, const void *id, void **object, ULONG *size);

/* The object, for one caller; NULL if it is none. */
void *rio_id_remove(struct rio_ids *ids, const void *id);

#endif
