/*
 * Objects that are used again, never freed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/spare.h"

void *spare_take(struct spares *spares, SIZE_T size)
{
    struct spare *spare;

    AcquireSRWLockExclusive(&spares->lock);
    if ((spare = spares->first)) spares->first = spare->next;
    ReleaseSRWLockExclusive(&spares->lock);
    return spare ? spare : heap_zalloc(size);
}

void spare_give(struct spares *spares, struct spare *spare)
{
    AcquireSRWLockExclusive(&spares->lock);
    spare->next = spares->first;
    spares->first = spare;
    ReleaseSRWLockExclusive(&spares->lock);
}
