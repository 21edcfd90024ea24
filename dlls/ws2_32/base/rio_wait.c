/*
 * Requests of registered I/O that the host could not do at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One thread a process, made for the first of them, waits for the host and does them
 * then. A queue is watched for one event at a time, so one that has no request waiting
 * is none of its business. Nor are, at first, receives of a program that asks for
 * completions all the time: RIODequeueCompletion does them. The thread looks after them
 * once such a program has not asked for a while, so that nothing stays where the
 * host has little room for it.
 */
#include "private.h"

#include "base/rio.h"
#include "record.h"
#include "thread.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static const DWORD events[LANE_DIRECTIONS] = {[LANE_RECEIVE] = WS2_RIO_DATA, [LANE_SEND] = WS2_RIO_ROOM};

/* Long enough for a program that asks all the time, and short for what comes meanwhile. */
#define LATER_MS 10

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static LONG alarm_is_set;

static void go_on(struct rio_queue *queue, const void *id, enum lane_direction direction)
{
    struct rio_line *line = &queue->lines[direction];
    ULONG before;

    if (!line->blocked || !rio_own(queue, id, direction)) return;
    before = line->waiting;
    rio_set_blocked(line, FALSE);
    rio_run(queue, direction);
    if (direction == LANE_RECEIVE && line->waiting < before) rio_not_polled(line);
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

static void watch_receives(struct socket_record *record, void *context)
{
    struct rio_queue *queue = record->rio;

    (void)context;
    if (!queue || !queue->lines[LANE_RECEIVE].blocked || !rio_own(queue, queue->id, LANE_RECEIVE)) return;
    if (queue->lines[LANE_RECEIVE].blocked) rio_watch(queue, LANE_RECEIVE);
    rio_disown(queue, LANE_RECEIVE);
}

/* Whoever is put off from here on sets the alarm again. */
static void alarmed(void)
{
    InterlockedExchange(&alarm_is_set, FALSE);
    record_for_each(watch_receives, NULL);
}

static DWORD WINAPI wait_for_queues(void *unused)
{
    struct ws2_rio_wait wait;
    uint32_t i;

    (void)unused;
    while (!unix_call(WS2_RIO_WAIT, &wait) && !wait.error)
        for (i = 0; i < wait.count; i++)
        {
            if (wait.ids[i])
                ready((void *)(ULONG_PTR)wait.ids[i]);
            else
                alarmed();
        }
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

void rio_watch_later(void)
{
    struct ws2_rio_alarm params = {.ms = LATER_MS};

    if (alarm_is_set || InterlockedExchange(&alarm_is_set, TRUE)) return;
    InitOnceExecuteOnce(&once, start, NULL, NULL);
    if (unix_call(WS2_RIO_ALARM, &params) || params.error)
        ERR("error %d, requests may not be done\n", params.error);
}
