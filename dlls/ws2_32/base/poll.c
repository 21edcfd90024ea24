/*
 * WSAPoll, as the base provider does it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/base.h"
#include "base/device.h"
#include "base/fastpoll.h"
#include "base/question.h"
#include "provider.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define POLL_ASKABLE (POLLRDNORM | POLLRDBAND | POLLWRNORM)

static int device_flags(int events)
{
    int flags = AFD_POLL_HUP | AFD_POLL_RESET | AFD_POLL_CONNECT_ERR;

    flags |= events & POLLRDNORM ? AFD_POLL_ACCEPT | AFD_POLL_READ : AFD_POLL_READ | READ_UNWANTED;
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
        if (!(status = question_ask(q))) return 0;
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
            short events = poll_events(asked->flags, question_outcome(q, i, &next));

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
    question_note_refusals(q);
    return fds_from_answer(q, fds, ready);
}

/*
 * The extension function WSAID_WSAPOLL, which WSAPoll calls and applications may:
 * so it sets the last error itself. See there.
 */
int WINAPI base_poll(WSAPOLLFD *fds, ULONG count, int timeout)
{
    struct question question;
    int err, ready = 0, waited;

    TRACE("fds %p, count %lu, timeout %d ms\n", fds, count, timeout);

    if (!count)
        err = WSAEINVAL;
    else if (!fds)
        err = WSAEFAULT;
    else if (fast_wsapoll(fds, count, timeout, &ready, &waited, &err))
        ;
    else if (!(err = question_open(
                   &question, count,
                   question_time_left(timeout < 0 ? FOR_EVER : (LONGLONG)timeout * -10000, waited), NULL)))
    {
        err = poll_sockets(&question, fds, count, &ready);
        question_close(&question);
    }
    return api_result_clearing(err ? SOCKET_ERROR : ready, err);
}
