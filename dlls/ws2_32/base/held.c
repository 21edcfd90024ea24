/*
 * The host descriptors that the fast lane keeps.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Asking the layer for a socket's descriptor costs several system calls, or a
 * round trip, so a duplicate is kept with the record. A duplicate keeps the
 * connection open, so it must go when the socket goes, by whatever means:
 * base/watch.c sees to CloseHandle. And it must not go while a thread is inside
 * a host call with it, or another file may get its number.
 */
#include "private.h"

#include "base/held.h"
#include "base/watch.h"
#include "record.h"
#include "unixcall.h"

#define HELD_DYING 0x40000000

static void close_descriptor(int fd)
{
    struct ws2_descriptor params = {.fd = fd};

    if (fd > 0) unix_call(WS2_DESCRIPTOR_CLOSE, &params);
}

/* Whoever sees the last user gone closes it; once, whoever else sees it. */
static void bury(struct held *held)
{
    close_descriptor(InterlockedExchange((LONG *)&held->fd, 0));
}

BOOL held_acquire(struct socket_record *record, SOCKET s, int *fd)
{
    struct held *held = &record->held;

    if (!(InterlockedIncrement(&held->users) & HELD_DYING) && record->handle == s)
    {
        *fd = held->fd > 0 ? held->fd : -1;
        return TRUE;
    }
    if (InterlockedDecrement(&held->users) == HELD_DYING) bury(held);
    return FALSE;
}

void held_release(struct socket_record *record, int fd)
{
    struct held *held = &record->held;

    if (fd > 0 && held->fd != fd)
    {
        if (InterlockedCompareExchange((LONG *)&held->fd, fd, 0))
            close_descriptor(fd); /* another thread has opened one as well */
        else
            watch_add();
    }
    if (InterlockedDecrement(&held->users) == HELD_DYING) bury(held);
}

void held_drop(struct socket_record *record)
{
    if (InterlockedOr(&record->held.users, HELD_DYING) == 0) bury(&record->held);
}

void held_renew(struct socket_record *record)
{
    /* users wait in the host for milliseconds at most, see base/fast.c */
    InterlockedIncrement(&record->held.turn);
    while (InterlockedOr(&record->held.users, HELD_DYING) & ~HELD_DYING) Sleep(1);
    bury(&record->held);
    InterlockedAnd(&record->held.users, ~HELD_DYING);
}
