/*
 * The host descriptors that the fast lane keeps.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Asking the layer for a socket's descriptor costs several system calls, or a
 * round trip, so a duplicate is kept with the record. A duplicate keeps the
 * connection open, so it must go when the socket goes, by whatever means:
 * base/ashandle.c and base/watch.c see to those that are not closesocket. And its
 * number must not be given back while a thread is inside a host call with it, or
 * another file may get it. Such a thread may be suspended, or terminated and never
 * come back: so the number is left to it, but the connection is taken from behind it.
 */
#include "private.h"

#include "base/held.h"
#include "base/watch.h"
#include "record.h"
#include "unixcall.h"

#define DYING WS2_DESCRIPTOR_DYING /* in users: whoever leaves last closes it */
#define FREE 0x20000000            /* in users: on the list of spare ones */

static struct spares spares;

static struct held *make(void)
{
    struct held *held = spare_take(&spares, sizeof(*held));

    if (held) InterlockedAnd(&held->users, ~(DYING | FREE));
    return held;
}

static void close_descriptor(int fd)
{
    struct ws2_descriptor params = {.fd = fd};

    if (fd > 0) unix_call(WS2_DESCRIPTOR_CLOSE, &params);
}

/* Whoever finds it dying and without users may be one of several; one of them does it. */
static void bury(struct held *held)
{
    if (InterlockedCompareExchange(&held->users, DYING | FREE, DYING) != DYING) return;
    close_descriptor(InterlockedExchange(&held->fd, 0));
    spare_give(&spares, &held->spare);
}

static void leave(struct held *held)
{
    if (InterlockedDecrement(&held->users) == DYING) bury(held);
}

static struct held *of_record(struct socket_record *record)
{
    struct held *held = record->held, *other;

    if (held || !(held = make())) return held;
    if (!(other = InterlockedCompareExchangePointer((void **)&record->held, held, NULL))) return held;
    InterlockedOr(&held->users, DYING);
    bury(held);
    return other;
}

static struct held *enter(struct socket_record *record, SOCKET s)
{
    struct held *held = of_record(record);

    if (!held) return NULL;
    if (!(InterlockedIncrement(&held->users) & (DYING | FREE)) && record->held == held && record->handle == s)
        return held;
    leave(held);
    return NULL;
}

/* Kept before it is used, and at once: a thread that is suspended can't give it back. */
static void open_descriptor(struct held *held, SOCKET s)
{
    struct ws2_descriptor params = {.handle = s, .place = WS2_PTR(&held->fd), .users = WS2_PTR(&held->users)};

    if (!unix_call(WS2_DESCRIPTOR_OPEN, &params) && !params.error) watch_add();
}

struct held *held_acquire(struct socket_record *record, SOCKET s, int *fd)
{
    struct held *held = enter(record, s);

    if (!held) return NULL;
    if (!held->fd) open_descriptor(held, s);
    if ((*fd = held->fd)) return held;
    leave(held);
    return NULL;
}

void held_release(struct held *held)
{
    leave(held);
}

int held_make(struct socket_record *record, SOCKET s)
{
    struct held *held;
    int fd;

    if (!(held = held_acquire(record, s, &fd))) return -1;
    leave(held);
    return held_peek(record);
}

/* Nobody new finds it from here on. Who is opening a descriptor now, finds it dying or has it seen here. */
void held_drop(struct socket_record *record)
{
    struct held *held = InterlockedExchangePointer((void **)&record->held, NULL);
    struct ws2_descriptor params;

    if (!held) return;
    InterlockedIncrement(&held->users);
    InterlockedOr(&held->users, DYING);
    if (held->users != DYING + 1 && (params.fd = held->fd) > 0) unix_call(WS2_DESCRIPTOR_EMPTY, &params);
    leave(held);
}
