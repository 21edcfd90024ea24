/*
 * Socket records, found by handle value without a lock.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/arrival.h"
#include "base/device.h"
#include "base/edge.h"
#include "base/interpose.h"
#include "base/rio.h"
#include "provider.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct record_slot *record_blocks[RECORD_BLOCK_COUNT];

static struct socket_record *slot_of(SOCKET s, BOOL make)
{
    ULONG_PTR index = s >> 2, block = index / RECORD_BLOCK_SIZE;
    struct record_slot *fresh;

    if ((s & 3) || block >= RECORD_BLOCK_COUNT) return NULL;
    if (!record_blocks[block])
    {
        if (!make || !(fresh = VirtualAlloc(NULL, RECORD_BLOCK_SIZE * sizeof(*fresh),
                                            MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE)))
            return NULL;
        interpose();
        if (InterlockedCompareExchangePointer((void **)&record_blocks[block], fresh, NULL))
            VirtualFree(fresh, 0, MEM_RELEASE);
    }
    return &record_blocks[block][index % RECORD_BLOCK_SIZE].record;
}

struct socket_record *record_add(SOCKET s, const struct socket_record *initial)
{
    struct socket_record *slot = slot_of(s, TRUE);

    if (!slot || !s) return NULL;
    slot->handle = 0;
    MemoryBarrier();
    held_drop(slot); /* of a socket that was closed unseen, and so are these */
    edge_forget(s);
    rio_forget(slot);
    arrival_drop(slot);
    InterlockedIncrement(&slot->turn);
    memcpy(&slot->flags, &initial->flags, sizeof(*slot) - offsetof(struct socket_record, flags));
    MemoryBarrier();
    slot->handle = s;
    return slot;
}

struct socket_record *record_of(SOCKET s)
{
    static const struct socket_record strange = {.flags = RECORD_OVERLAPPED};
    struct socket_record *record = record_get(s);

    return record ? record : record_add(s, &strange);
}

BOOL record_remove(SOCKET s)
{
    struct socket_record *slot = slot_of(s, FALSE);

    if (!slot || !s ||
        InterlockedCompareExchangePointer((void **)&slot->handle, NULL, SOCKET_HANDLE(s)) != SOCKET_HANDLE(s))
        return FALSE;
    arrival_drop(slot);
    held_drop(slot);
    rio_forget(slot);
    return TRUE;
}

void record_note_blocking(SOCKET s, BOOL blocking)
{
    struct socket_record *record = record_get(s);

    if (!record) return;
    if (blocking)
        record_clear_flags(record, RECORD_NONBLOCKING);
    else
        record_set_flags(record, RECORD_NONBLOCKING);
}

void record_for_each(void (*visit)(struct socket_record *record, void *context), void *context)
{
    unsigned int block, i;

    for (block = 0; block < RECORD_BLOCK_COUNT; block++)
        for (i = 0; record_blocks[block] && i < RECORD_BLOCK_SIZE; i++)
            if (record_blocks[block][i].record.handle) visit(&record_blocks[block][i].record, context);
}

static void close_layered(struct socket_record *record, void *context)
{
    (void)context;
    if (!(record->flags & RECORD_OURS) || !record->provider) return;
    TRACE("socket %#Ix of a layered provider is still open\n", record->handle);
    closesocket(record->handle);
}

static void close_ours(struct socket_record *record, void *context)
{
    SOCKET s = record->handle;
    struct afd_info info;

    (void)context;
    if (!s || !(record->flags & RECORD_OURS)) return;
    /* it may have been closed unseen, and the value be a file's by now */
    if (device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL))
    {
        record_remove(s);
        return;
    }
    TRACE("socket %#Ix is still open\n", s);
    record_clear_flags(record, RECORD_NONBLOCKING); /* nobody is there to close it again */
    closesocket(s);
}

/* Layered providers close what they stand on, too. */
void record_close_all(void)
{
    record_for_each(close_layered, NULL);
    record_for_each(close_ours, NULL);
}
