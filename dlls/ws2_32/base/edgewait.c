/*
 * Who waits for the events of selected streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Data are often there when a program comes to wait for them. Then the waiting thread finds that
 * itself, and sets the event as the thread of base/edgewatch.c would: before the wait, or, where the
 * event is all that is waited for, in the request that waits. Only waits that pass by kernelbase.dll
 * are seen (base/portcall.c), and only by the handle that was selected; to all others it is told as
 * if there were none of this.
 *
 * What the wait comes to is always the server's word: other objects may be ready, another thread may
 * take an event that resets itself, and the handle may be another object's by now.
 */
#include "private.h"

#include "base/edgetell.h"
#include "base/edgewait.h"
#include "base/edgewatch.h"
#include "guarded.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* As many as bits in edge_wait.asleep. */
#define BUCKETS 64

/* Handles in a wait. */
#define FEW 4

/* Its lock keeps what is in it from being freed, and comes before the edges' own. */
static struct bucket
{
    SRWLOCK lock;
    struct edge *first;
    LONG asleep; /* threads that wait for one of these, maybe */
} buckets[BUCKETS];

LONG edgewait_events;

static LARGE_INTEGER no_time;

static unsigned int index_of(HANDLE event)
{
    return ((ULONG_PTR)event >> 2) % BUCKETS;
}

void edgewait_enter(struct edge *edge)
{
    struct bucket *bucket = &buckets[index_of(edge->event)];

    if (!edge->event) return;
    AcquireSRWLockExclusive(&bucket->lock);
    edge->next_waited = bucket->first;
    bucket->first = edge;
    ReleaseSRWLockExclusive(&bucket->lock);
    InterlockedIncrement(&edgewait_events);
}

void edgewait_leave(struct edge *edge)
{
    struct bucket *bucket = &buckets[index_of(edge->event)];
    struct edge **link;

    if (!edge->event) return;
    AcquireSRWLockExclusive(&bucket->lock);
    for (link = &bucket->first; *link != edge; link = &(*link)->next_waited)
        ;
    *link = edge->next_waited;
    ReleaseSRWLockExclusive(&bucket->lock);
    InterlockedDecrement(&edgewait_events);
}

BOOL edgewait_is_any(const struct edge *edge)
{
    return buckets[index_of(edge->event)].asleep != 0;
}

/* Calls a function for each selection of the event until it returns TRUE. */
static BOOL visit(HANDLE event, BOOL (*look)(struct edge *edge, struct edge_wait *wait),
                  struct edge_wait *wait)
{
    struct bucket *bucket = &buckets[index_of(event)];
    struct edge *edge;
    BOOL found = FALSE;

    AcquireSRWLockShared(&bucket->lock);
    for (edge = bucket->first; edge && !found; edge = edge->next_waited)
        if (edge->event == event) found = look(edge, wait);
    ReleaseSRWLockShared(&bucket->lock);
    return found;
}

/* FALSE if it is not the socket's selection any more, or not yet. */
static BOOL lock(const struct edge *edge)
{
    const struct edge *current = edge_lock(edge->socket);

    if (current && current != edge) edge_unlock(current);
    return current == edge;
}

/* The handle may have been closed, and be of another object. If it can't be waited for, nothing was set. */
static void set_and_wait(const struct edge *edge, struct edge_wait *wait)
{
    wait->status = NtSignalAndWaitForSingleObject(edge->selection.event, edge->event, FALSE, &no_time);
    if (NT_ERROR(wait->status)) SetEvent(edge->selection.event);
}

/* The edge is locked. The event of what was due before may have been reset since. */
static BOOL find(struct edge *edge, const struct told *told, struct edge_wait *wait)
{
    if (!told->reads) return FALSE;
    if (!told->due)
    {
        if (!edge_find(edge, TRUE)) return FALSE;
        if (wait->count == 1)
            set_and_wait(edge, wait);
        else
            SetEvent(edge->selection.event);
    }
    edge->found++;
    return TRUE;
}

/* To ask the host about each of many streams takes longer than it saves: the thread tells of them if
 * something comes. But of those that were due last time. */
static BOOL is_due(struct edge *edge, struct edge_wait *wait)
{
    const struct socket_record *record = record_get(edge->socket);
    BOOL found;

    if (!record || !record->told.reads) return FALSE;
    if (wait->count > FEW && !record->told.due && !edge->found && !edge->lent) return FALSE;
    if (!lock(edge)) return FALSE;
    found = find(edge, &record->told, wait);
    edge_unlock(edge);
    return found;
}

/* Whoever lends it sees that somebody is asleep, or has seen that it was found often: then so is it here. */
static BOOL is_in_vain(struct edge *edge, struct edge_wait *wait)
{
    (void)wait;
    if ((!edge->found && !edge->lent) || !lock(edge)) return FALSE;
    edge->found = 0;
    edgewatch_recall(edge);
    edge_unlock(edge);
    return FALSE;
}

/* TRUE if one is due; they are asked in the order in which the server looks at them. */
static BOOL look(struct edge_wait *wait, ULONGLONG *named)
{
    BOOL found = FALSE;
    HANDLE handle;
    ULONG i;

    for (i = 0; i < wait->count && !(found && wait->any); i++)
    {
        if (!guarded_read(&handle, &wait->handles[i], sizeof(handle))) break;
        if (!buckets[index_of(handle)].first) continue;
        *named |= (ULONGLONG)1 << index_of(handle);
        found |= visit(handle, is_due, wait);
    }
    return found;
}

/* Whether the wait, since one is due, takes no time. */
static BOOL is_over(struct edge_wait *wait)
{
    if (wait->status == STATUS_PENDING)
        wait->status = NtWaitForMultipleObjects(wait->count, wait->handles, wait->any, FALSE, &no_time);
    return wait->status != STATUS_TIMEOUT && !NT_ERROR(wait->status);
}

/* From now on it is told at once of what comes to these: edgewatch.c lends none that somebody waits for. */
static void fall_asleep(struct edge_wait *wait, ULONGLONG named)
{
    HANDLE handle;
    ULONG i;

    for (i = 0; i < BUCKETS; i++)
        if (named >> i & 1) InterlockedIncrement(&buckets[i].asleep);
    wait->asleep = named;
    for (i = 0; i < wait->count && guarded_read(&handle, &wait->handles[i], sizeof(handle)); i++)
        if (named >> index_of(handle) & 1) visit(handle, is_in_vain, wait);
}

BOOL edgewait_begin(struct edge_wait *wait)
{
    ULONGLONG named = 0;

    wait->asleep = 0;
    wait->status = STATUS_PENDING;
    if (RtlDllShutdownInProgress()) return FALSE;
    if (look(wait, &named) && is_over(wait)) return TRUE;
    if (named && !wait->looks_only) fall_asleep(wait, named);
    return FALSE;
}

void edgewait_end(const struct edge_wait *wait)
{
    ULONGLONG left;
    ULONG i;

    for (i = 0, left = wait->asleep; left; i++, left >>= 1)
        if (left & 1) InterlockedDecrement(&buckets[i].asleep);
}
