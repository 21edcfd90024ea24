/*
 * Registered buffers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Windows locks their pages; the host needs nothing of the kind. One that is
 * deregistered while a request has a part of it is not written to any more: the
 * memory may be something else by then. The request itself ends as it would have.
 */
#include "private.h"

#include "base/rio.h"
#include "base/rio_id.h"
#include "guarded.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static struct rio_ids buffers;

/* RIO_INVALID_BUFFERID with WSAEINVAL for no bytes, WSAEFAULT for a bad pointer, or
 * WSAENOBUFS. */
RIO_BUFFERID PASCAL rio_register_buffer(PCHAR data, DWORD size)
{
    void *id = NULL;
    int error = 0;

    if (!size)
        error = WSAEINVAL;
    else if (!data || (ULONG_PTR)data + size < (ULONG_PTR)data || !guarded_readable(data, size))
        error = WSAEFAULT;
    else if (!(id = rio_id_add(&buffers, data, size)))
        error = WSAENOBUFS;
    TRACE("data %p, size %lu -> %p, error %d\n", data, size, id, error);
    if (!error) return id;
    SetLastError(error);
    return RIO_INVALID_BUFFERID;
}

/* What is no identifier is ignored. */
void PASCAL rio_deregister_buffer(RIO_BUFFERID id)
{
    TRACE("buffer %p\n", id);
    rio_id_remove(&buffers, id);
}

int rio_resolve(const RIO_BUF *buffer, ULONG least, struct rio_part *part)
{
    RIO_BUF copy;
    void *base;
    ULONG size;

    part->id = NULL;
    if (!buffer) return 0;
    if (!guarded_read(&copy, buffer, sizeof(copy))) return WSAEFAULT;
    if (!rio_id_get(&buffers, copy.BufferId, &base, &size)) return WSAEFAULT;
    if (copy.Length < least || copy.Offset > size || copy.Length > size - copy.Offset) return WSAEINVAL;
    *part = (struct rio_part){copy.BufferId, (char *)base + copy.Offset, copy.Length};
    return 0;
}

BOOL rio_is_registered(const struct rio_part *part)
{
    void *base;

    return rio_id_get(&buffers, part->id, &base, NULL);
}

void rio_give(const struct rio_part *part, const void *data, ULONG size)
{
    if (part->id && rio_is_registered(part)) guarded_write(part->at, data, min(size, part->size));
}
