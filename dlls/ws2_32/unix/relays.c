/*
 * The relays there are, by number, and their lock.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>

#include "unix/relays.h"

#define BUCKETS 256
#define MAX_GONE 1024

struct relay *relays;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sigset_t unlocked_mask; /* under the lock: its holder's */
static struct relay *by_id[BUCKETS];
static uint32_t last_id;
static int running;

void relays_lock(void)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_mutex_lock(&lock);
    unlocked_mask = before;
}

void relays_unlock(void)
{
    const sigset_t before = unlocked_mask;

    pthread_mutex_unlock(&lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int relays_lock_at_end(void)
{
    const struct timespec patience = {time(NULL) + 3, 0};
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    if (pthread_mutex_timedlock(&lock, &patience))
    {
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        return 0;
    }
    unlocked_mask = before;
    return 1;
}

struct relay *relays_find(uint32_t id)
{
    struct relay *relay = by_id[id % BUCKETS];

    while (relay && relay->id != id) relay = relay->same_bucket;
    return relay;
}

struct relay *relays_alive(uint32_t id)
{
    struct relay *relay = relays_find(id);

    return relay && relay->state != GONE ? relay : NULL;
}

struct relay *relays_add(int host, enum state state)
{
    struct relay *relay = calloc(1, sizeof(*relay)), **bucket;

    if (!relay) return NULL;
    if (pump_epoll < 0 && (pump_epoll = epoll_create1(EPOLL_CLOEXEC)) < 0)
    {
        free(relay);
        return NULL;
    }
    relay->state = state;
    relay->id = ++last_id;
    relay->fd[HOST] = host;
    relay->fd[FRONT] = relay->gate = -1;
    relay->end[HOST].relay = relay->end[FRONT].relay = relay;
    relay->next = relays;
    relays = relay;
    bucket = &by_id[relay->id % BUCKETS];
    relay->same_bucket = *bucket;
    return *bucket = relay;
}

static void destroy(struct relay *relay)
{
    struct relay **link = &by_id[relay->id % BUCKETS];

    while (*link != relay) link = &(*link)->same_bucket;
    *link = relay->same_bucket;
    free(relay);
}

/* A connection may have come and gone before the program accepts it, and never be
 * accepted, so the latest of those are kept. */
void relays_sweep(void)
{
    struct relay **link = &relays, *relay;
    unsigned int gone = 0;

    while ((relay = *link))
    {
        if (relay->state != GONE || (!relay->released && relay->source && gone++ < MAX_GONE))
        {
            link = &relay->next;
            continue;
        }
        *link = relay->next;
        destroy(relay);
    }
}

int relays_busy(void)
{
    const struct relay *relay;

    for (relay = relays; relay; relay = relay->next)
        if (relay->state != FRESH && relay->state != GONE) return 1;
    return 0;
}

int relays_claim_runner(void)
{
    int needed = !running;

    running = 1;
    return needed;
}

void relays_no_runner(void)
{
    running = 0;
}
