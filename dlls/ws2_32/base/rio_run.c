/*
 * Requests of registered I/O, from their line to the host.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The host does them in order, as many as it can at once in one call. What it can't do
 * waits, and everything behind it in the line. It is always the host that does them:
 * the device has no part in a request, and knows of none.
 */
#include "private.h"

#include "base/connect.h"
#include "base/device.h"
#include "base/edge.h"
#include "base/kept.h"
#include "base/readiness.h"
#include "base/rio.h"
#include "base/state.h"
#include "base/unreachable.h"
#include "base/watch.h"
#include "guarded.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define MAX_BATCH 64

/* Where the data go that have no registered buffer any more. */
static char nowhere[0x10000];

static BOOL is_datagram(const struct rio_queue *queue)
{
    return queue->record->type == SOCK_DGRAM;
}

void rio_fail_all(struct rio_queue *queue, enum lane_direction direction, int error)
{
    struct rio_line *line = &queue->lines[direction];
    ULONG i;

    for (i = 0; i < line->waiting; i++) line->requests[(line->first + i) % line->size].error = error;
    rio_set_blocked(line, FALSE);
    if (line->waiting) rio_complete(line, line->waiting);
}

/* What no host is asked for. */
static int state_error(const struct rio_queue *queue, enum lane_direction direction)
{
    const LONG notes = queue->record->lane.notes;

    if (notes & (direction == LANE_SEND ? LANE_SHUT_SEND : LANE_SHUT_RECEIVE)) return WSAESHUTDOWN;
    return queue->reset ? WSAECONNRESET : 0;
}

/* Kept from the first request on that finds the socket bound, or connected: before that,
 * a stream may get another host socket. */
static int open_descriptor(struct rio_queue *queue, enum lane_direction direction)
{
    const struct socket_record *record = queue->record;
    struct ws2_rio_queue params = {.handle = queue->socket};

    if (queue->fd > 0) return 0;
    if (is_datagram(queue) && !state_bound(queue->socket))
    {
        if (direction == LANE_RECEIVE) return WSAEINVAL;
        bind_implicitly(queue->socket);
    }
    params.connected = !is_datagram(queue) && !(record->flags & RECORD_CONNECTED);
    if (unix_call(WS2_RIO_OPEN, &params)) return WSAENOTSOCK;
    if (params.error) return params.error;
    if (InterlockedCompareExchange((LONG *)&queue->fd, params.fd, 0)) /* the other line was faster */
        unix_call(WS2_RIO_CLOSE, &params);
    watch_add();
    return 0;
}

/* Requests that can be done in one call, from the first on. */
static ULONG count_alike(const struct rio_line *line)
{
    ULONG i, most = min(line->waiting, line->size - line->first);

    most = min(most, MAX_BATCH);
    if (line->kept) most = min(most, line->kept);
    for (i = 1; i < most && !line->extras[line->first + i].exotic; i++)
        ;
    return i;
}

/* Guard pages and write watches must act before the host writes: see fast_touch. */
BOOL rio_is_writable(struct ws2_rio_request *request, const struct rio_extra *extra)
{
    if (!request->size) return TRUE;
    if (!rio_is_registered(&extra->data))
    {
        request->data = WS2_PTR(nowhere) - request->done;
        request->size = min(request->size, request->done + sizeof(nowhere));
    }
    return guarded_writable(WS2_AT(char, request->data) + request->done, request->size - request->done);
}

/* How many of them have buffers that can be written to. */
static ULONG count_writable(struct rio_line *line, ULONG count)
{
    ULONG i;

    for (i = 0;
         i < count && rio_is_writable(&line->requests[line->first + i], &line->extras[line->first + i]); i++)
        ;
    return i;
}

static void fail_first(struct rio_line *line, int error)
{
    line->requests[line->first].error = error;
    rio_complete(line, 1);
}

/* Hands out what a finished receive tells beside its data. */
static void give(struct rio_queue *queue, const struct ws2_rio_request *request,
                 const struct rio_extra *extra)
{
    if (request->error && request->error != WSAEMSGSIZE) return;
    if (!is_datagram(queue))
        rio_give_names(queue, extra);
    else if (extra->remote.id)
        rio_give(&extra->remote, request->address, request->address_size);
}

/* What transfers tell the rest of the provider, as in base/transfer.c and base/send.c. */
static void note_transfer(const struct rio_queue *queue, enum lane_direction direction)
{
    struct socket_record *record = queue->record;

    if (!is_datagram(queue) && !(record->flags & RECORD_CONNECTED)) state_now_connected(queue->socket);
    if (direction == LANE_SEND) return;
    lane_note(record, LANE_RECEIVED);
    if (record->told.reads) edge_received(queue->socket);
    if (record->flags & RECORD_NOTIFIES) readiness_used(queue->socket, SOCK_NOTIFY_EVENT_IN);
}

static void finished(struct rio_queue *queue, enum lane_direction direction, ULONG count)
{
    struct rio_line *line = &queue->lines[direction];
    ULONG i;

    if (!count) return;
    for (i = line->first; i < line->first + count; i++)
    {
        if (direction == LANE_RECEIVE) give(queue, &line->requests[i], &line->extras[i]);
        if (line->requests[i].error == WSAECONNRESET && !is_datagram(queue)) queue->reset = TRUE;
    }
    queue->record->lane.taken[direction] += count;
    if (!line->requests[line->first].error) note_transfer(queue, direction);
    rio_complete(line, count);
}

/* Errors of earlier datagrams, as base/unreachable.c has them. */
static void prepare_datagrams(struct rio_queue *queue, struct ws2_rio_run *run)
{
    if (run->sends) unreachable_expect(queue->socket);
    run->hears = unreachable_wanted(queue->record);
    if (!run->hears) run->resets = kept_get(queue->socket, KEPT_UDP_CONNRESET, TRUE);
}

/* TRUE if the next receive is done already: an earlier send was told what it has to tell. */
static BOOL take_unreachable(struct rio_queue *queue)
{
    struct socket_record *record = queue->record;

    if (!(record->flags & RECORD_UNREACHABLE)) return FALSE;
    record_clear_flags(record, RECORD_UNREACHABLE);
    if (!kept_get(queue->socket, KEPT_UDP_CONNRESET, TRUE)) return FALSE;
    fail_first(&queue->lines[LANE_RECEIVE], WSAECONNRESET);
    return TRUE;
}

/* FALSE if the host is not ready for all of them. */
static BOOL run_alike(struct rio_queue *queue, enum lane_direction direction)
{
    struct rio_line *line = &queue->lines[direction];
    struct ws2_rio_run run = {
        .requests = WS2_PTR(&line->requests[line->first]),
        .count = count_alike(line),
        .fd = queue->fd,
        .datagram = is_datagram(queue),
        .sends = direction == LANE_SEND,
        .ends = !(queue->record->lane.notes & LANE_SHUT_SEND),
    };

    if (direction == LANE_RECEIVE && !(run.count = count_writable(line, run.count)))
    {
        fail_first(line, WSAEFAULT);
        return TRUE;
    }
    if (run.datagram) prepare_datagrams(queue, &run);
    if (unix_call(WS2_RIO_RUN, &run))
    {
        fail_first(line, WSAEFAULT);
        return TRUE;
    }
    if (run.met) unreachable_met(queue->socket);
    if (run.refused) record_set_flags(queue->record, RECORD_UNREACHABLE);
    finished(queue, direction, run.finished);
    return run.finished == run.count;
}

static BOOL run_first(struct rio_queue *queue, enum lane_direction direction)
{
    const struct rio_line *line = &queue->lines[direction];

    if (direction == LANE_RECEIVE && is_datagram(queue) && take_unreachable(queue)) return TRUE;
    if (line->extras[line->first].exotic) return rio_run_exotic(queue, direction);
    return run_alike(queue, direction);
}

/* What was sent before is sent; what comes later fails. */
static void shut_down(struct rio_queue *queue)
{
    const int how = SD_SEND;

    queue->shuts = FALSE;
    device_request(queue->socket, AFD_SHUTDOWN, &how, sizeof(how), NULL, 0, NULL);
}

void rio_run(struct rio_queue *queue, enum lane_direction direction)
{
    struct rio_line *line = &queue->lines[direction];
    int error;

    for (;;)
    {
        if (direction == LANE_SEND && queue->shuts && !line->kept) shut_down(queue);
        if (!line->waiting || line->blocked) return;
        if ((error = state_error(queue, direction)) || (error = open_descriptor(queue, direction)))
            rio_fail_all(queue, direction, error);
        else if (direction == LANE_SEND && queue->record->tail)
            rio_set_blocked(line, TRUE); /* what an earlier send left over goes first: rio_room_again */
        else if (!run_first(queue, direction))
        {
            if (rio_set_blocked(line, TRUE))
                rio_watch(queue, direction);
            else
                rio_watch_later();
        }
    }
}
