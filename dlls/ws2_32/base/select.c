/*
 * Which sockets are ready, as the base provider knows it: select and WSAPoll.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Either call becomes one question: a list of sockets, each with what it is asked
 * for. The answer is a list of those of which something holds, in the same order.
 * ask() is the one place that decides who is asked.
 */
#include "private.h"

#include "guarded.h"
#include "record.h"
#include "base/base.h"
#include "base/device.h"
#include "base/event.h"
#include "base/select.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Questions of up to this many entries live on the stack. */
#define SMALL_COUNT 64

/* Longer lists can't be told to the device, whose sizes are 32-bit. */
#define MAX_COUNT ((0x7fffffff - offsetof(struct afd_poll, sockets[0])) / sizeof(struct afd_poll_entry))

#define FOR_EVER 0x7fffffffffffffff /* as the device has it */

struct question
{
    struct afd_poll *asked;
    struct afd_poll *answer;
    const int *wanted; /* by tag: what the asker wants of what is asked; NULL for all of it */
    LONGLONG left;     /* time, as the device has it */
    ULONGLONG started; /* ms */
    void *block;       /* heap, for long questions */
    union
    {
        struct afd_poll poll;
        char room[offsetof(struct afd_poll, sockets[SMALL_COUNT])];
    } small[2];
};

static ULONG poll_size(SIZE_T count)
{
    return offsetof(struct afd_poll, sockets[0]) + count * sizeof(struct afd_poll_entry);
}

/* Makes room for `count` entries; a Winsock error. */
static int question_open(struct question *q, SIZE_T count, LONGLONG timeout, const int *wanted)
{
    q->wanted = wanted;
    q->started = timeout ? GetTickCount64() : 0;
    q->block = NULL;
    q->asked = &q->small[0].poll;
    q->answer = &q->small[1].poll;
    if (count > SMALL_COUNT)
    {
        if (count > MAX_COUNT || !(q->block = heap_alloc(2 * (SIZE_T)poll_size(count)))) return WSAENOBUFS;
        q->asked = q->block;
        q->answer = (struct afd_poll *)((char *)q->block + poll_size(count));
    }
    memset(q->asked, 0, poll_size(0));
    q->left = timeout;
    return 0;
}

static void question_close(struct question *q)
{
    heap_free(q->block);
}

/* `tag` tells the asker what the entry stands for; it is kept in the status, of
 * which the device has no use in what it is asked. */
static void question_add(struct question *q, SOCKET s, int flags, int tag)
{
    struct afd_poll_entry *entry = &q->asked->sockets[q->asked->count++];

    entry->socket = s;
    entry->flags = flags;
    entry->status = tag;
}

/* Whether the device's next answer is about this entry: they come in the question's
 * order, without those of which nothing holds. A closed socket is reported
 * whatever was asked. */
static BOOL is_about(const struct afd_poll_entry *got, const struct afd_poll_entry *asked)
{
    return got->socket == asked->socket && got->flags & (asked->flags | AFD_POLL_CLOSE);
}

/* What holds of entry `i`, once the answer is settled, or 0; to be called with `i`
 * counting up and *next starting at 0. */
static int outcome_of(const struct question *q, ULONG i, ULONG *next)
{
    const struct afd_poll_entry *got = &q->answer->sockets[*next];

    if (*next >= q->answer->count || got->status != (int)i) return 0;
    ++*next;
    return got->flags;
}

static int wanted_of(const struct question *q, const struct afd_poll_entry *asked)
{
    return q->wanted ? q->wanted[asked->status] : asked->flags;
}

static BOOL is_stream(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct afd_info info;

    if (record && record->type) return record->type == SOCK_STREAM;
    return !device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL) && info.type == SOCK_STREAM;
}

/* The device says CONNECT_ERR whenever the host says POLLERR, and READ with it.
 * On a stream that means a failed connect, and nothing to read; on datagrams an
 * error that the next receive gives, and nothing but that is ready. */
int poll_outcome(SOCKET s, int asked, int got)
{
    if (!(got & AFD_POLL_CONNECT_ERR) || got & (AFD_POLL_HUP | AFD_POLL_RESET)) return got;
    if (is_stream(s)) return got & ~(AFD_POLL_READ | AFD_POLL_ACCEPT);
    return (got & ~AFD_POLL_CONNECT_ERR) | (asked & AFD_POLL_READ);
}

/* Leaves in the answer what the asker wants, each with the index of its entry. An
 * error that was none of his is not asked for again: it would be there again. */
static void settle_answer(struct question *q)
{
    struct afd_poll_entry *got = q->answer->sockets;
    ULONG i, next = 0, kept = 0;

    for (i = 0; i < q->asked->count && next < q->answer->count; i++)
    {
        struct afd_poll_entry *asked = &q->asked->sockets[i];
        int flags;

        if (!is_about(&got[next], asked)) continue;
        flags = poll_outcome(asked->socket, asked->flags, got[next++].flags) &
                (wanted_of(q, asked) | AFD_POLL_CLOSE);
        if (!flags)
        {
            asked->flags &= ~AFD_POLL_CONNECT_ERR;
            continue;
        }
        got[kept].flags = flags;
        got[kept++].status = i;
    }
    q->answer->count = kept;
}

/* q->answer->count is 0 when time is up. */
static NTSTATUS ask_device(struct question *q)
{
    ULONG size = poll_size(q->asked->count);
    NTSTATUS status;

    q->answer->count = 0;
    status = device_request_alertable(q->asked->sockets[0].socket, AFD_POLL, q->asked, size, q->answer, size,
                                      NULL);
    if (status == STATUS_TIMEOUT)
    {
        q->answer->count = 0;
        return STATUS_SUCCESS;
    }
    /* other kinds of files don't know the request */
    return status == STATUS_NOT_SUPPORTED ? STATUS_INVALID_HANDLE : status;
}

/* By the time that has passed. */
static void shorten(struct question *q)
{
    ULONGLONG now = GetTickCount64();

    if (q->left < 0) q->left = min(q->left + (LONGLONG)(now - q->started) * 10000, 0);
    q->started = now;
}

/* Not the device's: WRITE is asked for, but not now. */
#define WRITE_LATER 0x10000

/* A socket with a tail is not writable, though the device may find room. TRUE if
 * there is one, of which the device then is not asked. */
static BOOL hide_tails(struct question *q)
{
    BOOL found = FALSE;
    ULONG i;

    for (i = 0; i < q->asked->count; i++)
    {
        struct afd_poll_entry *asked = &q->asked->sockets[i];
        struct socket_record *record;

        if (!(asked->flags & (AFD_POLL_WRITE | WRITE_LATER))) continue;
        record = record_get(asked->socket);
        asked->flags &= ~(AFD_POLL_WRITE | WRITE_LATER);
        asked->flags |= record && record->tail ? WRITE_LATER : AFD_POLL_WRITE;
        if (asked->flags & WRITE_LATER) found = TRUE;
    }
    return found;
}

/* Waits for the answer for as long as a tail may be taken to last: 10 ms. */
#define TAIL_SLICE -100000

/*
 * Waits for the answer, alertably. The device is the authority; whatever can
 * answer without it, exactly as it would, belongs here and before it.
 */
static NTSTATUS ask(struct question *q)
{
    NTSTATUS status;

    for (;;)
    {
        BOOL tails = hide_tails(q), answered;

        q->asked->timeout = tails && (q->left > 0 || q->left < TAIL_SLICE) ? TAIL_SLICE : q->left;
        if ((status = ask_device(q))) return status;
        answered = q->answer->count != 0;
        settle_answer(q);
        if (q->answer->count || !q->left) return status;
        if (!answered && !tails) return status;
        shorten(q);
    }
}

/* Whoever sees "not writable" here may go on to wait for FD_WRITE, which the
 * device would only post again after a send has failed. */
static void note_refused_writes(const struct question *q)
{
    ULONG i, next = 0;

    for (i = 0; i < q->asked->count; i++)
    {
        int outcome = outcome_of(q, i, &next);

        if (!(q->asked->sockets[i].flags & (AFD_POLL_WRITE | WRITE_LATER))) continue;
        if (!(outcome & (AFD_POLL_WRITE | AFD_POLL_CLOSE)))
            selection_write_refused(q->asked->sockets[i].socket);
    }
}

/* select */

enum set_kind
{
    SET_READ,
    SET_WRITE,
    SET_EXCEPT,
    SET_COUNT
};

static const int set_wanted[SET_COUNT] = {
    [SET_READ] = AFD_POLL_READ | AFD_POLL_ACCEPT | AFD_POLL_HUP | AFD_POLL_RESET,
    [SET_WRITE] = AFD_POLL_WRITE,
    [SET_EXCEPT] = AFD_POLL_OOB | AFD_POLL_CONNECT_ERR,
};

/* Asked for besides: to tell a failed connect from something to read. */
static const int set_tells[SET_COUNT] = {[SET_READ] = AFD_POLL_CONNECT_ERR};

/* The device's time-out: relative, in 100 ns, and for ever. */
static int timeout_from_timeval(const struct timeval *timeval, LONGLONG *timeout)
{
    struct timeval copy;

    *timeout = FOR_EVER;
    if (!timeval) return 0;
    if (!guarded_read(&copy, timeval, sizeof(copy))) return WSAEFAULT;
    if (copy.tv_sec < 0 || copy.tv_usec < 0) return WSAEINVAL;
    *timeout = copy.tv_sec * -10000000LL + copy.tv_usec * -10LL;
    return 0;
}

static int count_sets(fd_set *const *sets, unsigned int *counts)
{
    volatile int error = 0;
    volatile unsigned int i;

    __TRY
    {
        GUARD_BEGIN;
        for (i = 0; i < SET_COUNT; i++) counts[i] = sets[i] ? sets[i]->fd_count : 0;
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        error = WSAEFAULT;
    }
    __ENDTRY
    return error;
}

static int question_from_sets(struct question *q, fd_set *const *sets, const unsigned int *counts)
{
    volatile unsigned int kind, i;
    volatile int error = 0;

    __TRY
    {
        GUARD_BEGIN;
        for (kind = 0; kind < SET_COUNT; kind++)
            for (i = 0; i < counts[kind]; i++)
                question_add(q, sets[kind]->fd_array[i], set_wanted[kind] | set_tells[kind], kind);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        error = WSAEFAULT;
    }
    __ENDTRY
    return error;
}

/* A socket that was closed during the wait is ready to read for those who wanted
 * to read it, and an error for those who didn't. */
static BOOL asked_to_read(const struct question *q, SOCKET s)
{
    const struct afd_poll_entry *entry = q->asked->sockets, *end = entry + q->asked->count;

    for (; entry < end && entry->status == SET_READ; entry++)
        if (entry->socket == s) return TRUE;
    return FALSE;
}

static BOOL set_add(fd_set *set, SOCKET s)
{
    unsigned int i;

    for (i = 0; i < set->fd_count; i++)
        if (set->fd_array[i] == s) return FALSE;
    set->fd_array[set->fd_count++] = s;
    return TRUE;
}

/* Leaves in the sets what is ready. One socket counts once a set, however often it
 * is in; two arguments may be the same set. Slots behind the new count stay. */
static int sets_from_answer(const struct question *q, fd_set *const *sets, int *ready)
{
    volatile int error = 0, added = 0;
    volatile ULONG i;
    ULONG next = 0;

    __TRY
    {
        GUARD_BEGIN;
        for (i = 0; i < SET_COUNT; i++)
            if (sets[i]) sets[i]->fd_count = 0;
        for (i = 0; i < q->asked->count; i++)
        {
            const struct afd_poll_entry *asked = &q->asked->sockets[i];
            int outcome = outcome_of(q, i, &next);

            if (outcome & AFD_POLL_CLOSE && asked->status != SET_READ)
            {
                if (!asked_to_read(q, asked->socket)) error = WSAENOTSOCK;
            }
            else if (outcome)
                added += set_add(sets[asked->status], asked->socket);
        }
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        error = WSAEFAULT;
    }
    __ENDTRY
    *ready = added;
    return error;
}

int WSPAPI base_select(int nfds, fd_set *read, fd_set *write, fd_set *except, const struct timeval *timeval,
                       int *err)
{
    fd_set *const sets[SET_COUNT] = {[SET_READ] = read, [SET_WRITE] = write, [SET_EXCEPT] = except};
    unsigned int counts[SET_COUNT];
    struct question question;
    LONGLONG timeout;
    SIZE_T total;
    int ready = 0;

    (void)nfds;
    if ((*err = count_sets(sets, counts))) return SOCKET_ERROR;
    if ((*err = timeout_from_timeval(timeval, &timeout))) return SOCKET_ERROR;
    total = (SIZE_T)counts[SET_READ] + counts[SET_WRITE] + counts[SET_EXCEPT];
    TRACE("to read %u, to write %u, exceptions %u\n", counts[SET_READ], counts[SET_WRITE],
          counts[SET_EXCEPT]);
    if (!total)
    {
        *err = WSAEINVAL;
        return SOCKET_ERROR;
    }

    if ((*err = question_open(&question, total, timeout, set_wanted))) return SOCKET_ERROR;
    if (!(*err = question_from_sets(&question, sets, counts)))
    {
        NTSTATUS status = ask(&question);

        if (status)
            *err = device_error(status);
        else
        {
            note_refused_writes(&question);
            *err = sets_from_answer(&question, sets, &ready);
        }
    }
    question_close(&question);
    return *err ? SOCKET_ERROR : ready;
}

/* WSAPoll */

#define POLL_ASKABLE (POLLRDNORM | POLLRDBAND | POLLWRNORM)

static int device_flags(int events)
{
    int flags = AFD_POLL_HUP | AFD_POLL_RESET | AFD_POLL_CONNECT_ERR;

    if (events & POLLRDNORM) flags |= AFD_POLL_ACCEPT | AFD_POLL_READ;
    if (events & POLLRDBAND) flags |= AFD_POLL_OOB;
    if (events & POLLWRNORM) flags |= AFD_POLL_WRITE;
    return flags;
}

/* A failed connect counts as hung up, and as writable for those who asked: since
 * Windows 10 2004, whose WSAPoll was the first to report it at all. */
static short poll_events(int asked, int outcome)
{
    static const struct
    {
        int flags;
        short events;
    } map[] = {
        {AFD_POLL_READ | AFD_POLL_ACCEPT, POLLRDNORM},
        {AFD_POLL_OOB, POLLRDBAND},
        {AFD_POLL_WRITE, POLLWRNORM},
        {AFD_POLL_HUP, POLLHUP},
        {AFD_POLL_RESET | AFD_POLL_CONNECT_ERR, POLLHUP | POLLERR},
        {AFD_POLL_CLOSE, POLLNVAL},
    };
    unsigned int i;
    short events = 0;

    for (i = 0; i < ARRAY_COUNT(map); i++)
        if (outcome & map[i].flags) events |= map[i].events;
    if (outcome & AFD_POLL_CONNECT_ERR && asked & (AFD_POLL_WRITE | WRITE_LATER)) events |= POLLWRNORM;
    return events;
}

/* *askable becomes FALSE if an entry asks for what can't be asked. */
static int question_from_fds(struct question *q, WSAPOLLFD *fds, ULONG count, BOOL *askable)
{
    volatile int error = 0;
    volatile BOOL fine = TRUE;
    volatile ULONG i;

    __TRY
    {
        GUARD_BEGIN;
        for (i = 0; i < count; i++)
        {
            fds[i].revents = 0;
            if ((INT_PTR)fds[i].fd < 0)
            {
                fds[i].revents = POLLNVAL;
                continue;
            }
            if (fds[i].events & ~POLL_ASKABLE) fine = FALSE;
            question_add(q, fds[i].fd, device_flags(fds[i].events), i);
        }
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        error = WSAEFAULT;
    }
    __ENDTRY
    *askable = fine;
    return error;
}

static BOOL is_socket(SOCKET s)
{
    struct afd_info info;

    return !device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL);
}

static BOOL any_socket(const struct question *q)
{
    ULONG i;

    for (i = 0; i < q->asked->count; i++)
        if (is_socket(q->asked->sockets[i].socket)) return TRUE;
    return FALSE;
}

static int set_revents(WSAPOLLFD *fds, ULONG count, const struct question *q, ULONG first, short events)
{
    volatile int error = 0;
    volatile ULONG i;

    __TRY
    {
        GUARD_BEGIN;
        for (i = 0; i < count; i++) fds[q->asked->sockets[first + i].status].revents = events;
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        error = WSAEFAULT;
    }
    __ENDTRY
    return error;
}

/* Takes the entries that are no sockets out of the question and marks them, as
 * the device refuses the whole of it. *dropped says how many there were. */
static int drop_strangers(struct question *q, WSAPOLLFD *fds, ULONG *dropped)
{
    struct afd_poll_entry *entries = q->asked->sockets;
    ULONG i, kept = 0, count = q->asked->count;
    int err = 0;

    for (i = 0; i < count && !err; i++)
    {
        if (is_socket(entries[i].socket))
            entries[kept++] = entries[i];
        else
            err = set_revents(fds, 1, q, i, POLLNVAL);
    }
    *dropped = count - kept;
    q->asked->count = kept;
    return err;
}

static int ask_poll(struct question *q, WSAPOLLFD *fds)
{
    NTSTATUS status;
    ULONG dropped;
    int err;

    while (q->asked->count)
    {
        if (!(status = ask(q))) return 0;
        if ((err = device_error(status)) != WSAENOTSOCK) return err;
        if ((err = drop_strangers(q, fds, &dropped))) return err;
        if (!dropped) return WSAENOTSOCK;
    }
    return WSAENOTSOCK;
}

static int fds_from_answer(const struct question *q, WSAPOLLFD *fds, int *ready)
{
    volatile int error = 0, found = 0;
    volatile ULONG i;
    ULONG next = 0;

    __TRY
    {
        GUARD_BEGIN;
        for (i = 0; i < q->asked->count; i++)
        {
            const struct afd_poll_entry *asked = &q->asked->sockets[i];
            short events = poll_events(asked->flags, outcome_of(q, i, &next));

            fds[asked->status].revents = events;
            if (events) found++;
        }
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        error = WSAEFAULT;
    }
    __ENDTRY
    *ready = found;
    return error;
}

/* Bad flags are only looked at if there is a socket to look at them for. */
static int poll_sockets(struct question *q, WSAPOLLFD *fds, ULONG count, int *ready)
{
    BOOL askable;
    int err;

    if ((err = question_from_fds(q, fds, count, &askable))) return err;
    if (!askable)
    {
        if (any_socket(q)) return WSAEINVAL;
        return (err = set_revents(fds, q->asked->count, q, 0, POLLNVAL)) ? err : WSAENOTSOCK;
    }
    if ((err = ask_poll(q, fds))) return err;
    note_refused_writes(q);
    return fds_from_answer(q, fds, ready);
}

/*
 * The extension function WSAID_WSAPOLL, which WSAPoll calls and applications may:
 * so it sets the last error itself. See there.
 */
int WINAPI base_poll(WSAPOLLFD *fds, ULONG count, int timeout)
{
    struct question question;
    int err, ready = 0;

    TRACE("fds %p, count %lu, timeout %d ms\n", fds, count, timeout);

    if (!count)
        err = WSAEINVAL;
    else if (!fds)
        err = WSAEFAULT;
    else if (!(err = question_open(&question, count, timeout < 0 ? FOR_EVER : (LONGLONG)timeout * -10000,
                                   NULL)))
    {
        err = poll_sockets(&question, fds, count, &ready);
        question_close(&question);
    }
    SetLastError(err);
    return err ? SOCKET_ERROR : ready;
}
