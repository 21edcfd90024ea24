/*
 * The thread that waits for what happens to selected streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * It tells FD_READ in the end, whoever waits for the event by whatever means. But where a program
 * comes to wait again and again when data are there already, it finds that by itself
 * (base/edgewait.c), and to wake the thread as well costs more than everything else. Such a stream
 * is lent to who waits: the host says nothing of its data, and the thread looks at it once a
 * millisecond. As soon as somebody waits who finds nothing, or nobody came to wait in a
 * millisecond, it is told of at once again.
 */
#include "private.h"

#include "base/edgetell.h"
#include "base/edgewait.h"
#include "base/edgewatch.h"
#include "record.h"
#include "thread.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* How often data that nobody receives are looked at. */
#define UNREAD_MS 250

/* How often streams that are lent are, and how many can be. */
#define LENT_MS 1
#define MAX_LENT 32

/* A program comes to wait when data are there if it did so this many times in succession. */
#define ENOUGH_FOUND 4

/* The thread's own; each may have been recalled since. */
static struct
{
    unsigned int count, looks;
    uint64_t ids[MAX_LENT];
    LARGE_INTEGER looked;
} lent;

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

/* The selection with this number, locked, if there still is one. */
static struct edge *lock_by_id(uint64_t id)
{
    struct edge *edge = edge_lock((uint32_t)id);

    if (!edge || edge_id(edge) == id) return edge;
    edge_unlock(edge);
    return NULL;
}

static void arm(struct edge *edge, BOOL arrivals)
{
    struct ws2_edge params = {.fd = edge->fd, .id = edge_id(edge), .arrivals = arrivals};

    TRACE("socket %#Ix is %s\n", edge->socket, arrivals ? "told of" : "lent");
    edge->lent = !arrivals;
    unix_call(WS2_EDGE_ARM, &params);
}

void edgewatch_recall(struct edge *edge)
{
    if (edge->lent) arm(edge, TRUE);
}

/* Who begins to wait meanwhile recalls it: see edgewait_begin. */
static BOOL may_be_lent(const struct edge *edge)
{
    const struct socket_record *record = record_get(edge->socket);

    return edge->found >= ENOUGH_FOUND && lent.count < MAX_LENT && record && record->told.reads &&
           !edgewait_is_any(edge);
}

static void lend(struct edge *edge)
{
    if (!lent.count) NtQueryPerformanceCounter(&lent.looked, NULL);
    lent.ids[lent.count++] = edge_id(edge);
    edge->seen = edge->found;
    arm(edge, FALSE);
}

static void happened(uint64_t id)
{
    struct edge *edge = lock_by_id(id);

    if (!edge) return;
    if (!edge->lent && may_be_lent(edge))
        lend(edge);
    else
        edge_look(edge);
    edge_unlock(edge);
}

/* Other streams may wake the thread before it is time. */
static BOOL is_time_to_look(BOOL woken)
{
    LARGE_INTEGER now, second;

    if (!woken) return TRUE;
    NtQueryPerformanceCounter(&now, &second);
    return (now.QuadPart - lent.looked.QuadPart) * 1000 >= second.QuadPart * LENT_MS;
}

/* TRUE if it goes on being lent. */
static BOOL look_at_lent(uint64_t id)
{
    struct edge *edge = lock_by_id(id);
    BOOL goes_on;

    if (!edge) return FALSE;
    if ((goes_on = edge->lent && edge->found != edge->seen))
        edge->seen = edge->found;
    else
    {
        edge->found = 0;
        edgewatch_recall(edge);
    }
    edge_look(edge);
    edge_unlock(edge);
    return goes_on;
}

static void look_at_all_lent(void)
{
    unsigned int i, count = lent.count;

    lent.count = 0;
    for (i = 0; i < count; i++)
        if (look_at_lent(lent.ids[i])) lent.ids[lent.count++] = lent.ids[i];
    if (lent.count) NtQueryPerformanceCounter(&lent.looked, NULL);
}

/* Data that were told of and not received yet: other means may take a part of them. */
static void look_if_unread(struct edge *edge, void *more)
{
    const struct socket_record *record = record_get(edge->socket);

    if (!record || !record->told.reads || !record->told.arrivals ||
        record->told.arrived <= record->told.consumed)
        return;
    edge_look(edge);
    *(BOOL *)more = TRUE;
}

/* TRUE if there is something to look at again. */
static BOOL look_for_unread(void)
{
    BOOL more = FALSE;

    edge_for_each(look_if_unread, &more);
    return more;
}

/* How long nothing is to be looked at if nothing happens. */
static int time_to_wait(BOOL woken)
{
    if (lent.count)
    {
        if (!woken && !(++lent.looks % (UNREAD_MS / LENT_MS))) look_for_unread();
        return LENT_MS;
    }
    return woken || look_for_unread() ? UNREAD_MS : -1;
}

static DWORD WINAPI wait_for_edges(void *unused)
{
    struct ws2_edge_wait wait = {.wait_ms = -1};
    uint32_t i;

    (void)unused;
    while (!unix_call(WS2_EDGE_WAIT, &wait))
    {
        for (i = 0; i < wait.count; i++) happened(wait.ids[i]);
        if (lent.count && is_time_to_look(wait.count)) look_at_all_lent();
        wait.wait_ms = time_to_wait(wait.count);
    }
    return 0;
}

static BOOL CALLBACK start(INIT_ONCE *init, void *param, void **context)
{
    (void)init, (void)param, (void)context;
    return thread_start(wait_for_edges, NULL);
}

void edgewatch_start(void)
{
    InitOnceExecuteOnce(&once, start, NULL, NULL);
}
