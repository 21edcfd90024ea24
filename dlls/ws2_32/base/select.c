/*
 * select, as the base provider does it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "guarded.h"
#include "base/base.h"
#include "base/device.h"
#include "base/fastpoll.h"
#include "base/question.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

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
            int outcome = question_outcome(q, i, &next);

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
    int ready = 0, waited;

    (void)nfds;
    if (fast_select(sets, timeval, &ready, &waited, err)) return *err ? SOCKET_ERROR : ready;
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

    if ((*err = question_open(&question, total, question_time_left(timeout, waited), set_wanted)))
        return SOCKET_ERROR;
    if (!(*err = question_from_sets(&question, sets, counts)))
    {
        NTSTATUS status = question_ask(&question);

        if (status)
            *err = device_error(status);
        else
        {
            question_note_refusals(&question);
            *err = sets_from_answer(&question, sets, &ready);
        }
    }
    question_close(&question);
    return *err ? SOCKET_ERROR : ready;
}
