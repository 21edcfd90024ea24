/*
 * select and WSAPoll as host calls, where every socket is on the fast lane.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Only plain answers are given here: something to read, room to write, or neither.
 * Urgent data and errors are the device's to judge, and so are ends of streams where
 * they are asked about, so whenever the host says more, the device is asked.
 *
 * Asking takes nothing from a socket. So no descriptor is pinned for the time of the
 * call, which would cost more than the host's look at it: whether one was closed
 * meanwhile, and its number was another file's, is seen afterwards, and the answer
 * is not used then.
 */
#include "private.h"

#include "base/event.h"
#include "base/fast.h"
#include "base/fastpoll.h"
#include "base/held.h"
#include "base/lane.h"
#include "guarded.h"
#include "record.h"
#include "thread.h"
#include "unixcall.h"

/* What the host is asked about each socket, and whose answer it is. */
struct look
{
    unsigned int count;
    unsigned int cursor; /* where the next socket is expected again: see look_again */
    struct ws2_poll_entry *entries;
    ws2_ptr *handles; /* as struct ws2_poll has them */
    struct socket_record **records;
};

/* Room for it, of which not the whole is used, and nothing cleared. A small one takes
 * less than a page of the stack, which need not be probed then. */
#define LOOK_ROOM(size)                      \
    struct                                   \
    {                                        \
        struct ws2_poll_entry entries[size]; \
        ws2_ptr handles[size];               \
        struct socket_record *records[size]; \
    }
#define SMALL_LOOK 64

#define LOOK_IN(room)                                        \
    (struct look)                                            \
    {                                                        \
        0, 0, (room).entries, (room).handles, (room).records \
    }

static SOCKET socket_of(const struct look *look, unsigned int entry)
{
    return look->handles[entry] & ~WS2_POLL_UNCHECKED;
}

/* A new entry; FALSE if the socket is not on the lane for what is asked. */
static BOOL look_at(struct look *look, SOCKET s, unsigned int events)
{
    struct socket_record *record = record_get(s);
    unsigned int i = look->count;
    int fd;

    if (!record) return FALSE;
    if (!lane_shows(record, events & ~WS2_POLL_WRITE, events & WS2_POLL_WRITE)) return FALSE;
    if ((fd = held_peek(record)) <= 0 && (fd = held_make(record, s)) <= 0) return FALSE;
    look->entries[i] = (struct ws2_poll_entry){.fd = fd, .events = events};
    look->handles[i] = record->flags & RECORD_UNCACHED ? s | WS2_POLL_UNCHECKED : s;
    look->records[i] = record;
    look->count++;
    return TRUE;
}

/* A program puts sockets into its second set in the order of the first, so a socket
 * that is there already is found a little further on; if not, it is asked about twice. */
#define LOOK_AHEAD 8

/* The index of the socket's entry, or -1. */
static int look_again(struct look *look, unsigned int before, SOCKET s, unsigned int events)
{
    unsigned int i, end = min(before, look->cursor + LOOK_AHEAD);

    for (i = look->cursor; i < end; i++)
    {
        struct socket_record *record = look->records[i];

        if (socket_of(look, i) != s) continue;
        if (!lane_shows(record, events & ~WS2_POLL_WRITE, events & WS2_POLL_WRITE)) return -1;
        look->entries[i].events |= events;
        look->cursor = i + 1;
        return i;
    }
    return look_at(look, s, events) ? (int)look->count - 1 : -1;
}

/* FALSE if the device must be asked: something is not plain, or changed meanwhile. Not a
 * function of its own for the processor, which mispredicts the return of each that was
 * called before a system call. */
static inline __attribute__((always_inline)) BOOL look_around(struct look *look, unsigned int wait_us)
{
    struct ws2_poll params = {.entries = WS2_PTR(look->entries),
                              .handles = WS2_PTR(look->handles),
                              .count = look->count,
                              .wait_us = wait_us};
    unsigned int i, more = 0;

    if (unix_call(WS2_FAST_POLL, &params) || params.error) return FALSE;
    for (i = 0; i < look->count; i++)
    {
        const struct socket_record *record = look->records[i];

        more |= look->entries[i].ready;
        if (record->handle != socket_of(look, i) || held_peek(record) != look->entries[i].fd) return FALSE;
    }
    return !(more & ~(WS2_POLL_READ | WS2_POLL_WRITE));
}

/* Where a wait can't be answered in the short time that the host may wait, the device
 * does, alertably. */
static unsigned int host_wait_us(LONGLONG timeout_us)
{
    return thread_takes_apcs() ? 0 : min(timeout_us, HOST_WAIT_MS * 1000);
}

static void count_lanes(const struct look *look)
{
    unsigned int i;

    for (i = 0; i < look->count; i++)
    {
        struct socket_record *record = look->records[i];

        record->lane.taken[WS2_LANE_POLL]++; /* not worth a locked instruction: it is for curiosity */
        if (record->flags & RECORD_WRITE_SELECTED && look->entries[i].events & WS2_POLL_WRITE &&
            !(look->entries[i].ready & WS2_POLL_WRITE))
            selection_write_refused(socket_of(look, i));
    }
}

/* --- select --- */

#define SETS 3

static const unsigned int set_events[SETS] = {WS2_POLL_READ, WS2_POLL_WRITE, WS2_POLL_URGENT};

/* One call of select: the looks, and which of them each member of the sets is about. */
struct sets
{
    struct look look;
    unsigned int counts[SETS], members;
    LONGLONG timeout_us;
    unsigned short entry[WS2_POLL_MAX];
};

static BOOL read_set(struct sets *all, unsigned int kind, const fd_set *set)
{
    unsigned int i, count = set->fd_count, before = all->look.count;

    if (count > WS2_POLL_MAX - all->members) return FALSE;
    all->look.cursor = 0;
    for (i = 0; i < count; i++)
    {
        int entry = look_again(&all->look, before, set->fd_array[i], set_events[kind]);

        if (entry < 0) return FALSE;
        all->entry[all->members + i] = entry;
    }
    all->counts[kind] = count;
    all->members += count;
    return TRUE;
}

static BOOL read_timeout(struct sets *all, const struct timeval *timeout)
{
    struct timeval copy;

    all->timeout_us = MAXLONGLONG;
    if (!timeout) return TRUE;
    copy = *timeout;
    all->timeout_us = copy.tv_sec * 1000000LL + copy.tv_usec;
    return copy.tv_sec >= 0 && copy.tv_usec >= 0;
}

/* What is done with the application's arguments where they may be bad. */
struct arguments
{
    struct sets *all;
    fd_set *const *sets;
    const struct timeval *timeout;
    BOOL fine;
    int added;
};

static void read_arguments(void *context)
{
    struct arguments *arguments = context;
    struct sets *all = arguments->all;
    unsigned int kind;

    for (kind = 0; kind < SETS; kind++)
    {
        all->counts[kind] = 0;
        if (arguments->sets[kind] && !read_set(all, kind, arguments->sets[kind])) return;
    }
    arguments->fine = all->members && read_timeout(all, arguments->timeout);
}

/* FALSE if the device must be asked, be it because the arguments are no good. */
static BOOL read_sets(struct sets *all, fd_set *const sets[SETS], const struct timeval *timeout)
{
    struct arguments arguments = {.all = all, .sets = sets, .timeout = timeout};

    all->members = 0;
    return guarded_run(read_arguments, &arguments) && arguments.fine;
}

/* Handles that were seen, roughly: a bit that is not set says that none was. */
struct seen
{
    unsigned int bits[32];
};

static BOOL may_have_seen(struct seen *seen, SOCKET s)
{
    unsigned int bit = (s >> 2) % 1024, was = seen->bits[bit / 32] >> bit % 32 & 1;

    seen->bits[bit / 32] |= 1u << bit % 32;
    return was;
}

static BOOL is_in(const fd_set *set, SOCKET s)
{
    unsigned int i;

    for (i = 0; i < set->fd_count; i++)
        if (set->fd_array[i] == s) return TRUE;
    return FALSE;
}

/* One socket counts once a set, however often it is in. Slots behind the new count stay. */
static int write_set(const struct sets *all, fd_set *set, unsigned int kind, unsigned int members)
{
    struct seen seen = {{0}};
    unsigned int i;
    int added = 0;

    for (i = members; i < members + all->counts[kind]; i++)
    {
        const unsigned int entry = all->entry[i];
        SOCKET s = socket_of(&all->look, entry);

        if (!(all->look.entries[entry].ready & set_events[kind])) continue;
        if (may_have_seen(&seen, s) && is_in(set, s)) continue;
        set->fd_array[set->fd_count++] = s;
        added++;
    }
    return added;
}

/* Two arguments may be the same set: that is left to the device's answer. */
static BOOL is_same_twice(fd_set *const sets[SETS])
{
    return (sets[0] && (sets[0] == sets[1] || sets[0] == sets[2])) || (sets[1] && sets[1] == sets[2]);
}

static void write_arguments(void *context)
{
    struct arguments *arguments = context;
    const struct sets *all = arguments->all;
    unsigned int kind, members = 0;

    for (kind = 0; kind < SETS; members += all->counts[kind++])
    {
        fd_set *set = arguments->sets[kind];

        if (!set) continue;
        set->fd_count = 0;
        arguments->added += write_set(all, set, kind, members);
    }
}

static int write_sets(struct sets *all, fd_set *const sets[SETS], int *ready)
{
    struct arguments arguments = {.all = all, .sets = sets};
    BOOL written = guarded_run(write_arguments, &arguments);

    *ready = arguments.added;
    return written ? 0 : WSAEFAULT;
}

static BOOL any_ready(const struct look *look)
{
    unsigned int i;

    for (i = 0; i < look->count; i++)
        if (look->entries[i].ready) return TRUE;
    return FALSE;
}

BOOL fast_select(fd_set *const sets[SETS], const struct timeval *timeout, int *ready, int *waited, int *error)
{
    LOOK_ROOM(WS2_POLL_MAX) room;
    struct sets all;
    unsigned int wait_us;

    *waited = 0;
    all.look = LOOK_IN(room);
    if (is_same_twice(sets) || !read_sets(&all, sets, timeout)) return FALSE;
    wait_us = all.timeout_us ? host_wait_us(all.timeout_us) : 0;
    if (!look_around(&all.look, wait_us)) return FALSE;
    if (wait_us < all.timeout_us && !any_ready(&all.look))
    {
        *waited = wait_us / 1000;
        return FALSE;
    }
    count_lanes(&all.look);
    *error = write_sets(&all, sets, ready);
    if (!*ready) thread_run_apcs();
    return TRUE;
}

/* --- WSAPoll --- */

/* An end of stream is told apart from data by the device. */
static unsigned int poll_wanted(short events)
{
    return WS2_POLL_END | (events & POLLRDNORM ? WS2_POLL_READ : 0) |
           (events & POLLRDBAND ? WS2_POLL_URGENT : 0) | (events & POLLWRNORM ? WS2_POLL_WRITE : 0);
}

/* What is done with the application's array, which may be bad. */
struct array
{
    struct look *look;
    WSAPOLLFD *fds;
    ULONG count;
    BOOL fine;
    int ready;
};

/* Fine unless the device must be asked. A negative handle stands for an entry that was
 * taken out: nobody is asked about it. */
static void take_fds(void *context)
{
    struct array *array = context;
    struct look *look = array->look;
    const WSAPOLLFD *fds = array->fds;
    ULONG i;

    for (i = 0; i < array->count; i++)
    {
        if (fds[i].events & ~(POLLRDNORM | POLLRDBAND | POLLWRNORM)) return;
        if ((INT_PTR)fds[i].fd >= 0 && !look_at(look, fds[i].fd, poll_wanted(fds[i].events))) return;
    }
    array->fine = look->count != 0;
}

static void give_fds(void *context)
{
    struct array *array = context;
    const struct ws2_poll_entry *entry = array->look->entries;
    WSAPOLLFD *fds = array->fds;
    ULONG i;

    for (i = 0; i < array->count; i++)
    {
        if ((INT_PTR)fds[i].fd < 0)
        {
            fds[i].revents = POLLNVAL;
            continue;
        }
        fds[i].revents = (entry->ready & WS2_POLL_READ ? POLLRDNORM : 0) |
                         (entry->ready & WS2_POLL_WRITE ? POLLWRNORM : 0);
        array->ready += !!entry++->ready;
    }
}

static inline __attribute__((always_inline)) BOOL wsapoll_in(struct look look, WSAPOLLFD *fds, ULONG count,
                                                             int timeout, int *ready, int *waited, int *error)
{
    const LONGLONG timeout_us = timeout < 0 ? MAXLONGLONG : timeout * 1000LL;
    const unsigned int wait_us = timeout ? host_wait_us(timeout_us) : 0;
    struct array array = {&look, fds, count, FALSE, 0};

    *waited = 0;
    if (!guarded_run(take_fds, &array) || !array.fine) return FALSE;
    if (!look_around(&look, wait_us)) return FALSE;
    if (wait_us < timeout_us && !any_ready(&look))
    {
        *waited = wait_us / 1000;
        return FALSE;
    }
    count_lanes(&look);
    *error = guarded_run(give_fds, &array) ? 0 : WSAEFAULT;
    *ready = array.ready;
    if (!*ready) thread_run_apcs();
    return TRUE;
}

static __attribute__((noinline)) BOOL wsapoll_many(WSAPOLLFD *fds, ULONG count, int timeout, int *ready,
                                                   int *waited, int *error)
{
    LOOK_ROOM(WS2_POLL_MAX) room;

    return wsapoll_in(LOOK_IN(room), fds, count, timeout, ready, waited, error);
}

static __attribute__((noinline)) BOOL wsapoll_few(WSAPOLLFD *fds, ULONG count, int timeout, int *ready,
                                                  int *waited, int *error)
{
    LOOK_ROOM(SMALL_LOOK) room;

    return wsapoll_in(LOOK_IN(room), fds, count, timeout, ready, waited, error);
}

BOOL fast_wsapoll(WSAPOLLFD *fds, ULONG count, int timeout, int *ready, int *waited, int *error)
{
    *waited = 0;
    if (count <= SMALL_LOOK) return wsapoll_few(fds, count, timeout, ready, waited, error);
    return count <= WS2_POLL_MAX && wsapoll_many(fds, count, timeout, ready, waited, error);
}
