/*
 * Ownership that survives the death of its thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/owner.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define PATIENCE_MS 50
#define HANDED_ON (-1) /* released for one of those who wait */

BOOL owner_is_gone(DWORD id)
{
    static const LARGE_INTEGER no_time;
    HANDLE thread = OpenThread(SYNCHRONIZE, FALSE, id);
    BOOL gone;

    if (!thread) return GetLastError() == ERROR_INVALID_PARAMETER;
    /* not by way of base/interpose.c: what is there has to do with owners, too, and with locks */
    gone = NtWaitForSingleObject(thread, FALSE, &no_time) == STATUS_WAIT_0;
    NtClose(thread);
    return gone;
}

static BOOL replace(struct ownership *ownership, LONG from, LONG to)
{
    return InterlockedCompareExchange(&ownership->owner, to, from) == from;
}

/* After waiting in vain: whoever was to have it may have been terminated. */
static BOOL take_from_the_dead(struct ownership *ownership, LONG owner, LONG self)
{
    if (owner != HANDED_ON && !owner_is_gone(owner)) return FALSE;
    if (!replace(ownership, owner, self)) return FALSE;
    WARN("thread %04lx died in a call\n", owner);
    ownership->waiting = 0; /* whoever really waits looks again by itself */
    return TRUE;
}

static LONG take_after_waiting(struct ownership *ownership, LONG owner, LONG self)
{
    const LARGE_INTEGER patience = {.QuadPart = -10000ll * PATIENCE_MS};
    NTSTATUS status;

    for (;;)
    {
        InterlockedIncrement(&ownership->waiting);
        status = RtlWaitOnAddress(&ownership->owner, &owner, sizeof(owner), &patience);
        if (InterlockedDecrement(&ownership->waiting) < 0) ownership->waiting = 0;
        if (replace(ownership, HANDED_ON, self) || replace(ownership, 0, self)) return 0;
        if (status == STATUS_TIMEOUT) return take_from_the_dead(ownership, owner, self) ? 0 : owner;
        while (!(owner = ownership->owner))
            if (replace(ownership, 0, self)) return 0;
    }
}

LONG owner_take(struct ownership *ownership)
{
    LONG self = GetCurrentThreadId(), owner = InterlockedCompareExchange(&ownership->owner, self, 0);
    DWORD error;

    if (!owner || owner == self) return owner;
    error = GetLastError();
    owner = take_after_waiting(ownership, owner, self);
    SetLastError(error);
    return owner;
}

BOOL owner_try(struct ownership *ownership)
{
    return replace(ownership, 0, GetCurrentThreadId());
}

void owner_release(struct ownership *ownership)
{
    LONG self = GetCurrentThreadId();

    if (replace(ownership, self, ownership->waiting > 0 ? HANDED_ON : 0) && ownership->waiting > 0)
        RtlWakeAddressSingle(&ownership->owner);
}
