/*
 * Request queues of registered I/O: making, resizing and closing them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A queue has a duplicate of its socket's descriptor from its first request on, and
 * goes with the socket, by whatever means that goes. It is one program thread's
 * at a time on Windows; here its lines are owned one by one, since another thread
 * does what has to wait, and closesocket may come at any time.
 */
#include "private.h"

#include "base/option.h"
#include "base/rio.h"
#include "base/rio_id.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static struct rio_ids ids;
static struct spares spares;

struct rio_queue *rio_queue_find(const void *id)
{
    struct rio_queue *queue;

    return rio_id_get(&ids, id, (void **)&queue, NULL) ? queue : NULL;
}

BOOL rio_own(struct rio_queue *queue, const void *id, enum lane_direction direction)
{
    LONG owner;

    if (!id) return FALSE;
    while ((owner = owner_take(&queue->lines[direction].owner)))
        if (queue->id != id || owner == (LONG)GetCurrentThreadId()) return FALSE;
    if (queue->id == id) return TRUE;
    rio_disown(queue, direction);
    return FALSE;
}

void rio_disown(struct rio_queue *queue, enum lane_direction direction)
{
    owner_release(&queue->lines[direction].owner);
}

/* Room for so many requests; those that wait are copied. FALSE if memory is short. */
static BOOL make_ring(struct rio_line *line, ULONG size)
{
    struct ws2_rio_request *requests = heap_alloc(max(size, 1) * sizeof(*requests));
    struct rio_extra *extras = heap_alloc(max(size, 1) * sizeof(*extras));
    ULONG i;

    if (!requests || !extras)
    {
        heap_free(requests);
        heap_free(extras);
        return FALSE;
    }
    for (i = 0; i < line->waiting; i++)
    {
        requests[i] = line->requests[(line->first + i) % line->size];
        extras[i] = line->extras[(line->first + i) % line->size];
    }
    heap_free(line->requests);
    heap_free(line->extras);
    line->requests = requests;
    line->extras = extras;
    line->size = size;
    line->first = 0;
    return TRUE;
}

static void free_rings(struct rio_queue *queue)
{
    unsigned int i;

    for (i = 0; i < LANE_DIRECTIONS; i++)
    {
        heap_free(queue->lines[i].requests);
        heap_free(queue->lines[i].extras);
        queue->lines[i].requests = NULL;
        queue->lines[i].extras = NULL;
    }
}

/* Not for what has a handle of another kind, or another host socket behind it. */
static int check_socket(SOCKET s, struct socket_record **record)
{
    struct afd_info info;
    int error;

    if (!(*record = record_get(s))) return (error = socket_info(s, &info)) ? error : WSAEOPNOTSUPP;
    if (!(*record)->registered || (*record)->flags & (RECORD_HOST | RECORD_RAW_HOST | RECORD_STAND_IN) ||
        ((*record)->family != AF_INET && (*record)->family != AF_INET6) ||
        ((*record)->protocol != IPPROTO_TCP && (*record)->protocol != IPPROTO_UDP))
        return WSAEOPNOTSUPP;
    return (*record)->rio ? WSAEINVAL : 0;
}

static void begin(struct rio_queue *queue, struct socket_record *record, void *context)
{
    unsigned int i;

    queue->socket = record->handle;
    queue->record = record;
    queue->context = context;
    queue->fd = 0;
    queue->reset = queue->shuts = FALSE;
    queue->kinds = queue->watched = 0;
    for (i = 0; i < LANE_DIRECTIONS; i++)
    {
        queue->lines[i].queue = queue;
        queue->lines[i].first = queue->lines[i].waiting = queue->lines[i].kept = 0;
        queue->lines[i].blocked = FALSE;
    }
}

static int publish(struct rio_queue *queue, void **id)
{
    if (!make_ring(&queue->lines[LANE_RECEIVE], queue->lines[LANE_RECEIVE].max) ||
        !make_ring(&queue->lines[LANE_SEND], queue->lines[LANE_SEND].max) ||
        !(*id = rio_id_add(&ids, queue, 0)))
        return WSAENOBUFS;
    queue->id = *id;
    if (!InterlockedCompareExchangePointer((void **)&queue->record->rio, queue, NULL)) return 0;
    queue->id = NULL;
    rio_id_remove(&ids, *id);
    return WSAEINVAL;
}

static int create(struct socket_record *record, RIO_CQ receives, ULONG max_receives, RIO_CQ sends,
                  ULONG max_sends, void *context, void **id)
{
    struct rio_queue *queue = spare_take(&spares, sizeof(*queue));
    int error;

    if (!queue) return WSAENOBUFS;
    begin(queue, record, context);
    if (!(error = rio_attach(queue, receives, max_receives, sends, max_sends)))
    {
        if (!(error = publish(queue, id))) return 0;
        rio_detach(queue);
    }
    free_rings(queue);
    spare_give(&spares, &queue->spare);
    return error;
}

/*
 * A socket's one request queue, which ends with the socket. Each request has one buffer at
 * most. WSAEINVAL for no completion queue, no requests at all, a second queue; WSAENOTSOCK;
 * WSAEOPNOTSUPP if the socket is neither TCP nor UDP, or was made without
 * WSA_FLAG_REGISTERED_IO; WSAENOBUFS if the completion queues have no room for so many.
 */
RIO_RQ PASCAL rio_create_queue(SOCKET s, ULONG max_receives, ULONG receive_buffers, ULONG max_sends,
                               ULONG send_buffers, RIO_CQ receives, RIO_CQ sends, PVOID context)
{
    struct socket_record *record;
    void *id = NULL;
    int error;

    if (receives == RIO_INVALID_CQ || sends == RIO_INVALID_CQ || (!max_receives && !max_sends) ||
        (max_receives && receive_buffers != 1) || (max_sends && send_buffers != 1))
        error = WSAEINVAL;
    else if (!(error = check_socket(s, &record)))
        error = create(record, receives, max_receives, sends, max_sends, context, &id);
    TRACE("socket %#Ix, %lu receives to %p, %lu sends to %p -> %p, error %d\n", s, max_receives, receives,
          max_sends, sends, id, error);
    if (!error) return id;
    SetLastError(error);
    return RIO_INVALID_RQ;
}

/* Both lines are owned. A line grows before it may be charged with more, and is charged with
 * less before it shrinks. */
static int change_size(struct rio_queue *queue, const DWORD size[LANE_DIRECTIONS])
{
    int error = 0;
    unsigned int i;

    for (i = 0; i < LANE_DIRECTIONS && !error; i++)
    {
        struct rio_line *line = &queue->lines[i];
        const ULONG before = line->max;

        if ((error = rio_change_max(line, size[i])) || make_ring(line, size[i])) continue;
        rio_change_max(line, before);
        error = WSAENOBUFS;
    }
    return error;
}

/* FALSE with WSAEINVAL, WSAENOBUFS, or WSAETOOMANYREFS if more than that are outstanding. */
BOOL PASCAL rio_resize_queue(RIO_RQ id, DWORD max_receives, DWORD max_sends)
{
    const DWORD size[LANE_DIRECTIONS] = {[LANE_RECEIVE] = max_receives, [LANE_SEND] = max_sends};
    struct rio_queue *queue = rio_queue_find(id);
    int error = WSAEINVAL;

    if (queue && (max_receives || max_sends) && rio_own(queue, id, LANE_RECEIVE))
    {
        if (rio_own(queue, id, LANE_SEND))
        {
            DWORD before[LANE_DIRECTIONS] = {queue->lines[0].max, queue->lines[1].max};

            if ((error = change_size(queue, size))) change_size(queue, before);
            rio_disown(queue, LANE_SEND);
        }
        rio_disown(queue, LANE_RECEIVE);
    }
    TRACE("queue %p, %lu receives, %lu sends, error %d\n", id, max_receives, max_sends, error);
    if (error) SetLastError(error);
    return !error;
}

/* Not with a thread that is suspended in a call: what that uses stays its own. */
static BOOL own_for_good(struct rio_queue *queue, enum lane_direction direction)
{
    unsigned int tries;

    for (tries = 0; tries < 20; tries++)
        if (!owner_take(&queue->lines[direction].owner)) return TRUE;
    return FALSE;
}

static void close_descriptor(struct rio_queue *queue)
{
    struct ws2_rio_queue params = {.fd = queue->fd};

    if (queue->fd > 0) unix_call(WS2_RIO_CLOSE, &params);
    queue->fd = 0;
}

static void empty_descriptor(const struct rio_queue *queue)
{
    struct ws2_descriptor params = {.fd = queue->fd};

    if (queue->fd > 0) unix_call(WS2_DESCRIPTOR_EMPTY, &params);
}

void rio_forget(struct socket_record *record)
{
    struct rio_queue *queue;

    if (!record->rio || RtlDllShutdownInProgress() ||
        !(queue = InterlockedExchangePointer((void **)&record->rio, NULL)))
        return;
    TRACE("socket %#Ix, queue %p\n", queue->socket, queue->id);
    rio_id_remove(&ids, queue->id);
    queue->id = NULL;
    if (!own_for_good(queue, LANE_RECEIVE) || !own_for_good(queue, LANE_SEND))
    {
        WARN("queue of socket %#Ix is in use by a thread that does not go on\n", queue->socket);
        empty_descriptor(queue);
        return;
    }
    rio_fail_all(queue, LANE_RECEIVE, WSA_OPERATION_ABORTED);
    rio_fail_all(queue, LANE_SEND, WSA_OPERATION_ABORTED);
    close_descriptor(queue); /* no sooner: see rio_notify */
    rio_detach(queue);
    free_rings(queue);
    rio_disown(queue, LANE_RECEIVE);
    rio_disown(queue, LANE_SEND);
    spare_give(&spares, &queue->spare);
}

void rio_forget_descriptor(struct socket_record *record)
{
    struct rio_queue *queue = record->rio;

    if (!queue || !rio_own(queue, queue->id, LANE_RECEIVE)) return;
    if (rio_own(queue, queue->id, LANE_SEND))
    {
        rio_fail_all(queue, LANE_RECEIVE, WSA_OPERATION_ABORTED);
        rio_fail_all(queue, LANE_SEND, WSA_OPERATION_ABORTED);
        close_descriptor(queue);
        queue->reset = queue->shuts = FALSE;
        rio_disown(queue, LANE_SEND);
    }
    rio_disown(queue, LANE_RECEIVE);
}

BOOL rio_shutdown(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct rio_queue *queue = record ? record->rio : NULL;

    if (!queue || !rio_own(queue, queue->id, LANE_SEND)) return FALSE;
    if (!queue->shuts && queue->lines[LANE_SEND].waiting)
    {
        queue->lines[LANE_SEND].kept = queue->lines[LANE_SEND].waiting;
        queue->shuts = TRUE;
        if (!queue->lines[LANE_SEND].blocked) rio_run(queue, LANE_SEND); /* they were deferred */
    }
    rio_disown(queue, LANE_SEND);
    return queue->shuts;
}

void rio_room_again(struct socket_record *record)
{
    struct rio_queue *queue = record->rio;

    if (!queue || !rio_own(queue, queue->id, LANE_SEND)) return;
    rio_set_blocked(&queue->lines[LANE_SEND], FALSE);
    rio_run(queue, LANE_SEND);
    rio_disown(queue, LANE_SEND);
}
