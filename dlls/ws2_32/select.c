/*
 * select, WSAPoll and __WSAFDIsSet: which sockets are ready.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Both calls go whole to one provider, that of the first socket in them: that is
 * how the Winsock SPI has it, for a wait can't be split between providers. With
 * layered providers about, see mixed.c.
 */
#include "private.h"

#include "guarded.h"
#include "layer.h"
#include "mixed.h"
#include "provider.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static const char *debug_timeval(const struct timeval *timeout)
{
    if (!timeout) return "none";
    if (IsBadReadPtr(timeout, sizeof(*timeout))) return "bad pointer";
    return wine_dbg_sprintf("%ld.%06ld", timeout->tv_sec, timeout->tv_usec);
}

struct search
{
    const fd_set *const *sets;
    unsigned int count;
    SOCKET found;
};

static void find_selected(void *context)
{
    struct search *search = context;
    unsigned int i;

    for (i = 0; i < search->count && search->found == INVALID_SOCKET; i++)
        if (search->sets[i] && search->sets[i]->fd_count) search->found = search->sets[i]->fd_array[0];
}

/* The first socket of the sets, or INVALID_SOCKET if there is none. */
static ON_THE_WAY int first_selected(const fd_set *const *sets, unsigned int count, SOCKET *first)
{
    struct search search = {sets, count, INVALID_SOCKET};

    if (!guarded_run(find_selected, &search)) return WSAEFAULT;
    *first = search.found;
    return 0;
}

/*
 * Waits until a socket of one of the sets is ready, and leaves the ready ones in
 * the sets. `nfds` is ignored; a set may hold any number of sockets, and the same
 * one twice, but one of them must hold something: WSAEINVAL otherwise. Any handle
 * that is no socket fails the whole call with WSAENOTSOCK and leaves the sets as
 * they were. A thread's user APCs run while it waits. `timeout` is in seconds and
 * microseconds, NULL for ever, and is not changed.
 */
int WINAPI select(int nfds, fd_set *read, fd_set *write, fd_set *except, const struct timeval *timeout)
{
    const fd_set *sets[] = {read, write, except};
    struct provider *provider;
    SOCKET first;
    int ret, err = 0;

    TRACE("nfds %d, read %p, write %p, except %p, timeout %s\n", nfds, read, write, except,
          debug_timeval(timeout));

    if (!startup_done()) return SOCKET_ERROR;
    if ((err = first_selected(sets, ARRAY_COUNT(sets), &first))) return api_result(SOCKET_ERROR, err);
    provider = first == INVALID_SOCKET ? provider_base() : provider_of(first);
    if (!provider) return SOCKET_ERROR;

    if (layers_loaded && mixed_sets(read, write, except))
        ret = mixed_select(read, write, except, timeout, &err);
    else
        ret = provider->table.lpWSPSelect(nfds, read, write, except, timeout, &err);
    TRACE("ready %d, error %d\n", ret, ret == SOCKET_ERROR ? err : 0);
    return api_result_clearing(ret, err);
}

/* The poll function of the provider that this socket belongs to; NULL if the
 * handle is no socket, or the provider has no such function. */
static provider_poll_t poll_function(SOCKET s)
{
    static const GUID id = WSAID_WSAPOLL;
    struct provider *provider = provider_of(s);
    provider_poll_t function = NULL;
    GUID in = id;
    DWORD size;
    int err;

    if (!provider) return NULL;
    if (provider->poll) return provider->poll;
    if (provider->table.lpWSPIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &in, sizeof(in), &function,
                                   sizeof(function), &size, NULL, NULL, NULL, &err) == SOCKET_ERROR)
        return NULL;
    provider->poll = function; /* whoever else does it at the same time writes the same */
    return function;
}

/* Negative handles are never asked about: a program takes an entry out of its
 * array in that way. */
static BOOL may_be_polled(SOCKET s)
{
    return (INT_PTR)s >= 0;
}

static int refuse_all(WSAPOLLFD *fds, ULONG count)
{
    volatile int error = WSAENOTSOCK;
    volatile ULONG i;

    __TRY
    {
        GUARD_BEGIN;
        for (i = 0; i < count; i++) fds[i].revents = POLLNVAL;
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        error = WSAEFAULT;
    }
    __ENDTRY
    return error;
}

static int first_poll_function(WSAPOLLFD *fds, ULONG count, provider_poll_t *function)
{
    SOCKET s;
    ULONG i;

    for (i = 0; i < count; i++)
    {
        if (!guarded_read(&s, &fds[i].fd, sizeof(s))) return WSAEFAULT;
        if (may_be_polled(s) && (*function = poll_function(s))) return 0;
    }
    return refuse_all(fds, count);
}

/*
 * Waits until something asked for in `events` holds for one of `count` sockets,
 * and says so in each `revents`; `timeout` is in milliseconds, negative for ever.
 * Entries that are no sockets get POLLNVAL and don't count in the result; only if
 * all are of that kind the call fails (WSAENOTSOCK). POLLERR, POLLHUP and POLLNVAL
 * are always reported and never asked for: like every flag but POLLRDNORM,
 * POLLRDBAND and POLLWRNORM they are refused in `events` (WSAEINVAL).
 */
int WINAPI WSAPoll(WSAPOLLFD *fds, ULONG count, int timeout)
{
    provider_poll_t function;
    int ret, err;

    TRACE("fds %p, count %lu, timeout %d ms\n", fds, count, timeout);

    if (!startup_done()) return SOCKET_ERROR;
    if (!count) return api_result(SOCKET_ERROR, WSAEINVAL);
    if (!fds) return api_result(SOCKET_ERROR, WSAEFAULT);
    if (layers_loaded) return mixed_poll(fds, count, timeout);
    if ((err = first_poll_function(fds, count, &function))) return api_result(SOCKET_ERROR, err);

    ret = function(fds, count, timeout);
    TRACE("ready %d\n", ret);
    return ret;
}

/* FD_ISSET in the headers. Windows does not check the pointer either: there is no
 * result that could report it. */
int WINAPI __WSAFDIsSet(SOCKET s, fd_set *set)
{
    unsigned int i;

    TRACE("socket %#Ix, set %p\n", s, set);

    for (i = 0; i < set->fd_count; i++)
        if (set->fd_array[i] == s) return 1;
    return 0;
}
