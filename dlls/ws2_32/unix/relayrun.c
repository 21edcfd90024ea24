/*
 * The thread that relays, and what becomes of relays when the process ends.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unix/direct.h"
#include "unix/relay.h"
#include "unix/relays.h"

#define IDLE_MS 2000
#define BATCH 64

static void attend(const struct epoll_event *events, int count)
{
    int i;

    for (i = 0; i < count; i++)
    {
        const struct end *end = events[i].data.ptr;

        if (end)
            relay_attend(end->relay);
        else
            direct_tick();
    }
    if (!count) relay_look_around();
}

/* Signals come only while it waits: the process's end does not stop it between
 * receiving something and sending it on, nor with the lock held. */
static int step(int timeout)
{
    struct epoll_event events[BATCH];
    sigset_t none;
    int count;

    sigemptyset(&none);
    count = epoll_pwait(pump_epoll, events, BATCH, timeout, &none);
    relays_lock();
    attend(events, count);
    relays_sweep();
    return count;
}

void relay_no_runner(void)
{
    relays_lock();
    relays_no_runner();
    relays_unlock();
}

void relay_run(void)
{
    sigset_t all, before;
    int more = 1;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (more)
    {
        int count = step(IDLE_MS);

        more = count || relays_busy();
        if (!more) relays_no_runner();
        relays_unlock();
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* Only calls that are safe between fork and exec from here on. */
static int next_descriptor(int from)
{
    const struct relay *relay;
    int next = pump_epoll >= from ? pump_epoll : -1, i;

    for (relay = relays; relay; relay = relay->next)
        for (i = 0; i < 3; i++)
        {
            int fd = i < 2 ? relay->fd[i] : relay->gate;

            if (fd >= from && (next < 0 || fd < next)) next = fd;
        }
    return next;
}

static void close_others(void)
{
    int from = 0, next;

    while ((next = next_descriptor(from)) >= 0)
    {
        if (next > from) syscall(SYS_close_range, from, next - 1, 0);
        from = next + 1;
    }
    syscall(SYS_close_range, from, ~0u, 0);
}

static void relay_until_done(void)
{
    sigset_t none;

    sigemptyset(&none);
    while (relays_busy())
    {
        struct epoll_event events[BATCH];
        int count = epoll_pwait(pump_epoll, events, BATCH, IDLE_MS, &none);

        if (count < 0 && errno != EINTR) break;
        attend(events, count);
    }
}

/* Nothing can come from a front that nobody has any more but what is there already. */
static void last_bytes(struct relay *relay)
{
    if (relay->state != OPEN) return;
    pump_move(relay, FRONT);
    if (relay->closing && !relay->way[FRONT].data) pump_finish(relay);
}

void relay_leave(void)
{
    struct relay *relay;

    if (!relays || !relays_lock_at_end()) return;
    direct_leave();
    for (relay = relays; relay; relay = relay->next)
    {
        last_bytes(relay);
        if (relay->state == FRESH || (relay->closing && relay->state != OPEN)) pump_finish(relay);
    }
    if (relays_busy() && !fork())
    {
        setsid();
        close_others();
        relay_until_done();
        _exit(0);
    }
    relays_unlock();
}
