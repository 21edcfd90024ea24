/*
 * Requests of registered I/O that the host could not do at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One thread a process, made for the first of them, waits for the host and does them
 * then. A queue is watched for one event at a time, so one that has no request waiting
 * is none of its business.
 */
#include "private.h"

#include "base/rio.h"
#include "thread.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static const DWORD events[LANE_DIRECTIONS] = {[LANE_RECEIVE] = WS2_RIO_DATA, [LANE_SEND] = WS2_RIO_ROOM};

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

static void go_on(struct rio_queue *queue, const void *id, enum lane_direction direction)
{
    struct rio_line *line = &queue->lines[direction];

    if (!line->blocked || !rio_own(queue, id, direction)) return;
    rio_set_blocked(line, FALSE);
    rio_run(queue, direction);
    rio_disown(queue, direction);
}

void rio_look(struct rio_queue *queue, const void *id)
{
    struct rio_line *line = &queue->lines[LANE_RECEIVE];

    if (!owner_try(&line->owner)) return;
    if (queue->id == id && line->blocked)
    {
        rio_set_blocked(line, FALSE);
        rio_run(queue, LANE_RECEIVE);
    }
    rio_disown(queue, LANE_RECEIVE);
}

/* Whatever happened, the watch is over, for both lines. */
static void ready(const void *id)
{
    struct rio_queue *queue = rio_queue_find(id);

    if (!queue) return;
    AcquireSRWLockExclusive(&queue->lock);
    queue->watched = 0;
    ReleaseSRWLockExclusive(&queue->lock);
    go_on(queue, id, LANE_SEND);
    go_on(queue, id, LANE_RECEIVE);
}

static DWORD WINAPI wait_for_queues(void *unused)
{
    struct ws2_rio_wait wait;
    uint32_t i;

    (void)unused;
    while (!unix_call(WS2_RIO_WAIT, &wait) && !wait.error)
        for (i = 0; i < wait.count; i++) ready((void *)(ULONG_PTR)wait.ids[i]);
    ERR("error %d, requests that wait will not be done\n", wait.error);
    return 0;
}

static BOOL CALLBACK start(INIT_ONCE *init, void *param, void **context)
{
    (void)init, (void)param, (void)context;
    return thread_start(wait_for_queues, NULL);
}

void rio_watch(struct rio_queue *queue, enum lane_direction direction)
{
    struct ws2_rio_queue params = {.id = WS2_PTR(queue->id), .fd = queue->fd};

    if (!queue->id || queue->fd <= 0) return;
    InitOnceExecuteOnce(&once, start, NULL, NULL);
    AcquireSRWLockExclusive(&queue->lock);
    params.events = queue->watched | events[direction];
    if (params.events != queue->watched)
    {
        if (unix_call(WS2_RIO_WATCH, &params) || params.error)
            ERR("socket %#Ix: error %d, requests will not be done\n", queue->socket, params.error);
        queue->watched = params.events;
    }
    ReleaseSRWLockExclusive(&queue->lock);
}
