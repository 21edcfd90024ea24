/*
 * Completion queues of registered I/O.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A ring in the process's own memory, so that taking completions is no system call.
 * A queue is told of to the event or the port that it was made with once each time
 * RIONotify asks for that, and costs Wine's server something only then. Requests with
 * RIO_MSG_DONT_NOTIFY are quiet: for RIONotify they are not there.
 */
#include "private.h"

#include "base/rio.h"
#include "base/rio_id.h"
#include "base/spare.h"
#include "guarded.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct rio_completion
{
    RIORESULT result;
    const struct rio_line *line;
    LONG serial;
    BOOL quiet;
};

/* Never given back, as a request queue. */
struct rio_completions
{
    struct spare spare;
    SRWLOCK lock;
    void *id; /* NULL: closed */
    struct rio_completion *entries;
    ULONG size, first, count, loud; /* of entries; how many of them are not quiet */
    ULONG reserved;                 /* for what lines may be charged with */
    ULONG lines;                    /* that are attached */
    BOOL armed;                     /* the next one that is not quiet is told of */
    ULONG telling;                  /* threads that are about to */
    struct rio_line *blocked;       /* lines of receives that wait */
    ULONG blocked_count;
    BOOL polled;                              /* the program takes completions by asking again and again */
    RIO_NOTIFICATION_COMPLETION notification; /* with a handle of our own; Type 0 for none */
};

static struct rio_ids ids;
static struct spares spares;

/* Open and locked, or NULL. */
static struct rio_completions *lock_open(const void *id)
{
    struct rio_completions *completions;

    if (!rio_id_get(&ids, id, (void **)&completions, NULL)) return NULL;
    AcquireSRWLockExclusive(&completions->lock);
    if (completions->id == id) return completions;
    ReleaseSRWLockExclusive(&completions->lock);
    return NULL;
}

static HANDLE handle_of(const RIO_NOTIFICATION_COMPLETION *notification)
{
    return notification->Type == RIO_EVENT_COMPLETION ? notification->Event.EventHandle
                                                      : notification->Iocp.IocpHandle;
}

/* After the last user of a closed one. */
static void unlock_used(struct rio_completions *completions)
{
    const BOOL last = !completions->id && !completions->telling && !completions->lines;

    if (!completions->id && !completions->telling && completions->notification.Type)
    {
        CloseHandle(handle_of(&completions->notification));
        completions->notification.Type = 0;
    }
    ReleaseSRWLockExclusive(&completions->lock);
    if (last) spare_give(&spares, &completions->spare);
}

/* It was counted in telling. Not under the lock: whoever wakes up wants that first. */
static void tell(struct rio_completions *completions)
{
    const RIO_NOTIFICATION_COMPLETION *how = &completions->notification;
    BOOL told = how->Type == RIO_EVENT_COMPLETION
                    ? SetEvent(how->Event.EventHandle)
                    : PostQueuedCompletionStatus(how->Iocp.IocpHandle, 0, (ULONG_PTR)how->Iocp.CompletionKey,
                                                 how->Iocp.Overlapped);

    if (!told) WARN("nobody was told, error %lu\n", GetLastError());
    AcquireSRWLockExclusive(&completions->lock);
    completions->telling--;
    unlock_used(completions);
}

/* Whether it is the kind of object that it should be. */
static BOOL is_kind(HANDLE handle, RIO_NOTIFICATION_COMPLETION_TYPE type)
{
    EVENT_BASIC_INFORMATION event;
    ULONG depth;
    NTSTATUS status =
        type == RIO_EVENT_COMPLETION
            ? NtQueryEvent(handle, EventBasicInformation, &event, sizeof(event), NULL)
            : NtQueryIoCompletion(handle, IoCompletionBasicInformation, &depth, sizeof(depth), NULL);

    return status != STATUS_OBJECT_TYPE_MISMATCH && status != STATUS_INVALID_HANDLE;
}

/* A handle of our own, as Windows holds the object until the queue is closed. A Winsock error or 0. */
static int take_notification(RIO_NOTIFICATION_COMPLETION *how, const RIO_NOTIFICATION_COMPLETION *given)
{
    HANDLE own, *handle;

    memset(how, 0, sizeof(*how));
    if (!given) return 0;
    if (!guarded_read(how, given, sizeof(*how))) return WSAEFAULT;
    if (how->Type != RIO_EVENT_COMPLETION && how->Type != RIO_IOCP_COMPLETION) return WSAEINVAL;
    if (how->Type == RIO_IOCP_COMPLETION && !how->Iocp.Overlapped) return WSAEINVAL;
    handle = how->Type == RIO_EVENT_COMPLETION ? &how->Event.EventHandle : &how->Iocp.IocpHandle;
    if (!*handle || !is_kind(*handle, how->Type) ||
        !DuplicateHandle(GetCurrentProcess(), *handle, GetCurrentProcess(), &own, 0, FALSE,
                         DUPLICATE_SAME_ACCESS))
        return WSAEINVAL;
    *handle = own;
    return 0;
}

static int create(DWORD size, const RIO_NOTIFICATION_COMPLETION *given, void **id)
{
    struct rio_completions *completions;
    struct rio_completion *entries;
    RIO_NOTIFICATION_COMPLETION how;
    int error;

    if (!size || size > RIO_MAX_CQ_SIZE) return WSAEINVAL;
    if ((error = take_notification(&how, given))) return error;
    entries = heap_alloc(size * sizeof(*entries));
    completions = entries ? spare_take(&spares, sizeof(*completions)) : NULL;
    if (completions && (*id = rio_id_add(&ids, completions, 0)))
    {
        AcquireSRWLockExclusive(&completions->lock);
        completions->entries = entries;
        completions->size = size;
        completions->first = completions->count = completions->loud = completions->reserved = 0;
        completions->armed = completions->polled = FALSE;
        completions->notification = how;
        completions->id = *id;
        ReleaseSRWLockExclusive(&completions->lock);
        return 0;
    }
    if (completions) spare_give(&spares, &completions->spare);
    heap_free(entries);
    if (how.Type) CloseHandle(handle_of(&how));
    return WSAENOBUFS;
}

/*
 * A queue of so many entries, 1 to RIO_MAX_CQ_SIZE. With NULL it can be asked only; else
 * the event, or the port with its key and an OVERLAPPED that is not NULL, is for RIONotify.
 * RIO_INVALID_CQ with WSAEINVAL, WSAEFAULT or WSAENOBUFS.
 */
RIO_CQ PASCAL rio_create_completions(DWORD size, RIO_NOTIFICATION_COMPLETION *notification)
{
    void *id = NULL;
    int error = create(size, notification, &id);

    TRACE("size %lu, notification %p -> %p, error %d\n", size, notification, id, error);
    if (!error) return id;
    SetLastError(error);
    return RIO_INVALID_CQ;
}

/* What completes later is dropped. Requests on queues that have used this one fail. */
void PASCAL rio_close_completions(RIO_CQ id)
{
    struct rio_completions *completions = lock_open(id);

    TRACE("queue %p\n", id);
    if (!completions) return;
    rio_id_remove(&ids, id);
    completions->id = NULL;
    heap_free(completions->entries);
    completions->entries = NULL;
    completions->armed = FALSE;
    unlock_used(completions);
}

/* The lock is held. */
static int resize(struct rio_completions *completions, DWORD size)
{
    struct rio_completion *entries;
    ULONG i;

    if (size < completions->reserved || size < completions->count) return WSAETOOMANYREFS;
    if (!(entries = heap_alloc(size * sizeof(*entries)))) return WSAENOBUFS;
    for (i = 0; i < completions->count; i++)
        entries[i] = completions->entries[(completions->first + i) % completions->size];
    heap_free(completions->entries);
    completions->entries = entries;
    completions->size = size;
    completions->first = 0;
    return 0;
}

/* FALSE with WSAEINVAL, WSAENOBUFS, or WSAETOOMANYREFS if the request queues may need more. */
BOOL PASCAL rio_resize_completions(RIO_CQ id, DWORD size)
{
    struct rio_completions *completions = size && size <= RIO_MAX_CQ_SIZE ? lock_open(id) : NULL;
    int error = WSAEINVAL;

    if (completions)
    {
        error = resize(completions, size);
        ReleaseSRWLockExclusive(&completions->lock);
    }
    TRACE("queue %p, size %lu, error %d\n", id, size, error);
    if (error) SetLastError(error);
    return !error;
}

/* The lock is held. */
static void take_first(struct rio_completions *completions, RIORESULT *result)
{
    struct rio_completion *entry = &completions->entries[completions->first];
    struct rio_line *line = (struct rio_line *)entry->line;

    *result = entry->result;
    if (line->serial == entry->serial)
        InterlockedDecrement((LONG *)&line->charged);
    else
        completions->reserved--; /* its queue is closed, and has left it behind */
    if (!entry->quiet) completions->loud--;
    if (++completions->first == completions->size) completions->first = 0;
    completions->count--;
}

/* A program that asks again and again would wait for another thread to wake up: while there
 * are few receives, it rather does them itself. */
#define LOOKED_AT 4

/* The lock is held, but not all the time. */
static void look(struct rio_completions *completions)
{
    struct rio_queue *queues[LOOKED_AT];
    const void *queue_ids[LOOKED_AT];
    const struct rio_line *line;
    ULONG i, count = 0;

    for (line = completions->blocked; line; line = line->next, count++)
    {
        queues[count] = line->queue;
        queue_ids[count] = line->queue->id;
    }
    ReleaseSRWLockExclusive(&completions->lock);
    for (i = 0; i < count; i++) rio_look(queues[i], queue_ids[i]);
    AcquireSRWLockExclusive(&completions->lock);
}

/* How many were taken; RIO_CORRUPT_CQ for what is no queue, or nothing to write to. */
ULONG PASCAL rio_dequeue(RIO_CQ id, RIORESULT *results, ULONG count)
{
    struct rio_completions *completions = lock_open(id);
    ULONG i;

    if (!completions) return RIO_CORRUPT_CQ;
    if (!completions->count && !completions->armed && completions->blocked &&
        completions->blocked_count <= LOOKED_AT)
    {
        look(completions);
        if (completions->count) completions->polled = TRUE;
    }
    if (completions->id != id)
        count = RIO_CORRUPT_CQ; /* closed meanwhile */
    else if (count > completions->count)
        count = completions->count;
    if (count == RIO_CORRUPT_CQ)
        ;
    else if (count && !guarded_is_stack(results, count * sizeof(*results)) &&
             !guarded_writable(results, count * sizeof(*results)))
        count = RIO_CORRUPT_CQ;
    else
        for (i = 0; i < count; i++) take_first(completions, &results[i]);
    ReleaseSRWLockExclusive(&completions->lock);
    return count;
}

/* The lock is held, so no descriptor of these is closed: what was put off is done now. */
static void watch_all(const struct rio_completions *completions)
{
    struct rio_line *line;

    for (line = completions->blocked; line; line = line->next) rio_watch(line->queue, LANE_RECEIVE);
}

/* The lock is held. */
static int arm(struct rio_completions *completions, BOOL *now)
{
    const RIO_NOTIFICATION_COMPLETION *how = &completions->notification;

    if (!how->Type) return WSAEINVAL;
    if (completions->armed) return WSAEALREADY;
    if (how->Type == RIO_EVENT_COMPLETION && how->Event.NotifyReset) ResetEvent(how->Event.EventHandle);
    *now = completions->loud != 0;
    completions->polled = FALSE;
    if (*now)
        completions->telling++;
    else
    {
        completions->armed = TRUE;
        watch_all(completions);
    }
    return 0;
}

/* Tells once, now if there is something already. The result is the error: WSAEINVAL, or
 * WSAEALREADY if that was asked for and nothing has come since. */
INT PASCAL rio_notify(RIO_CQ id)
{
    struct rio_completions *completions = lock_open(id);
    BOOL now = FALSE;
    int error;

    if (!completions) return WSAEINVAL;
    error = arm(completions, &now);
    ReleaseSRWLockExclusive(&completions->lock);
    TRACE("queue %p, error %d, now %d\n", id, error, now);
    if (now) tell(completions);
    return error;
}

static void lock_both(struct rio_completions *one, struct rio_completions *other)
{
    AcquireSRWLockExclusive(one < other ? &one->lock : &other->lock);
    if (one != other) AcquireSRWLockExclusive(one < other ? &other->lock : &one->lock);
}

static void unlock_both(struct rio_completions *one, struct rio_completions *other)
{
    ReleaseSRWLockExclusive(&one->lock);
    if (one != other) ReleaseSRWLockExclusive(&other->lock);
}

static BOOL has_room(const struct rio_completions *completions, ULONGLONG more)
{
    return more <= completions->size - completions->reserved;
}

/* The lock is held. */
static void take_from_blocked(struct rio_line *line)
{
    if (!line->link) return;
    if ((*line->link = line->next)) line->next->link = line->link;
    line->link = NULL;
    line->completions->blocked_count--;
}

/* The lock is held. */
static void add_to_blocked(struct rio_line *line)
{
    struct rio_completions *completions = line->completions;

    if (line->link) return;
    if ((line->next = completions->blocked)) line->next->link = &line->next;
    completions->blocked = line;
    line->link = &completions->blocked;
    completions->blocked_count++;
}

BOOL rio_set_blocked(struct rio_line *line, BOOL blocked)
{
    struct rio_completions *completions = line->completions;
    BOOL polled;

    if (line->blocked == blocked) return FALSE;
    line->blocked = blocked;
    if (line != &line->queue->lines[LANE_RECEIVE]) return blocked;
    AcquireSRWLockExclusive(&completions->lock);
    if (blocked)
        add_to_blocked(line);
    else
        take_from_blocked(line);
    polled = completions->polled && completions->blocked_count <= LOOKED_AT;
    ReleaseSRWLockExclusive(&completions->lock);
    return blocked && !polled;
}

void rio_not_polled(struct rio_line *line)
{
    AcquireSRWLockExclusive(&line->completions->lock);
    line->completions->polled = FALSE;
    ReleaseSRWLockExclusive(&line->completions->lock);
}

static void attach(struct rio_completions *completions, struct rio_line *line, ULONG max)
{
    line->completions = completions;
    line->max = max;
    line->charged = 0;
    line->serial++;
    line->attached = TRUE;
    completions->reserved += max;
    completions->lines++;
}

int rio_attach(struct rio_queue *queue, RIO_CQ receives, ULONG max_receives, RIO_CQ sends, ULONG max_sends)
{
    struct rio_completions *of_receives, *of_sends;
    int error = 0;

    if (!rio_id_get(&ids, receives, (void **)&of_receives, NULL) ||
        !rio_id_get(&ids, sends, (void **)&of_sends, NULL))
        return WSAEINVAL;
    lock_both(of_receives, of_sends);
    if (of_receives->id != receives || of_sends->id != sends)
        error = WSAEINVAL;
    else if (!has_room(of_sends, max_sends) ||
             !has_room(of_receives, (ULONGLONG)max_receives + (of_receives == of_sends ? max_sends : 0)))
        error = WSAENOBUFS;
    else
    {
        attach(of_receives, &queue->lines[LANE_RECEIVE], max_receives);
        attach(of_sends, &queue->lines[LANE_SEND], max_sends);
    }
    unlock_both(of_receives, of_sends);
    return error;
}

/* What is charged still lies in the completion queue, and keeps its place there. */
static void detach(struct rio_line *line)
{
    struct rio_completions *completions = line->completions;

    if (!line->attached) return;
    AcquireSRWLockExclusive(&completions->lock);
    line->attached = FALSE;
    take_from_blocked(line);
    line->serial++;
    completions->reserved -= line->max - line->charged;
    completions->lines--;
    unlock_used(completions);
}

void rio_detach(struct rio_queue *queue)
{
    detach(&queue->lines[LANE_RECEIVE]);
    detach(&queue->lines[LANE_SEND]);
}

int rio_change_max(struct rio_line *line, ULONG max)
{
    struct rio_completions *completions = line->completions;
    int error = 0;

    AcquireSRWLockExclusive(&completions->lock);
    if (!completions->id)
        error = WSAEINVAL;
    else if (max < line->charged)
        error = WSAETOOMANYREFS;
    else if (max > line->max && !has_room(completions, max - line->max))
        error = WSAENOBUFS;
    else
    {
        completions->reserved += max - line->max;
        line->max = max;
    }
    ReleaseSRWLockExclusive(&completions->lock);
    return error;
}

/* Without the lock: who owns the line is the only one who charges it, and who dequeues only
 * makes room. */
int rio_charge(struct rio_line *line)
{
    if (!*(void *const volatile *)&line->completions->id) return WSAEINVAL;
    if (*(const volatile ULONG *)&line->charged >= line->max) return WSAENOBUFS;
    InterlockedIncrement((LONG *)&line->charged);
    return 0;
}

/* The lock is held. */
static void put(struct rio_completions *completions, const struct rio_line *line, ULONG index)
{
    const struct ws2_rio_request *request = &line->requests[index];
    const struct rio_extra *extra = &line->extras[index];
    struct rio_completion *entry =
        &completions->entries[(completions->first + completions->count) % completions->size];

    entry->result =
        (RIORESULT){request->error, request->done, (ULONG_PTR)line->queue->context, extra->context};
    entry->line = line;
    entry->serial = line->serial;
    entry->quiet = extra->quiet;
    completions->count++;
    if (!extra->quiet) completions->loud++;
}

void rio_complete(struct rio_line *line, ULONG count)
{
    struct rio_completions *completions = line->completions;
    ULONG before;
    BOOL tells;

    AcquireSRWLockExclusive(&completions->lock);
    before = completions->loud;
    line->waiting -= count;
    line->kept -= min(line->kept, count);
    for (; count; count--)
    {
        if (completions->id) put(completions, line, line->first);
        if (++line->first == line->size) line->first = 0;
    }
    tells = completions->armed && completions->loud > before;
    if (tells)
    {
        completions->armed = FALSE;
        completions->telling++;
    }
    ReleaseSRWLockExclusive(&completions->lock);
    if (tells) tell(completions);
}
