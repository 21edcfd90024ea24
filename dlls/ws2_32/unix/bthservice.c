/*
 * Services that this process has registered at the host's SDP server.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The server forgets a record when the connection over which it came ends, just
 * as Windows forgets it with the process; so each has one that is kept.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "unix/bluetooth.h"
#include "unix/wsaerror.h"

struct registration
{
    struct registration *next;
    uint32_t handle, protocol, port;
    int fd;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct registration *registrations;

/* A port of 0 is none. */
static int is_at(const struct registration *entry, uint32_t protocol, uint32_t port)
{
    return port && entry->protocol == protocol && entry->port == port;
}

static struct registration **place_of(const struct registration *entry)
{
    struct registration **at;

    for (at = &registrations; *at != entry; at = &(*at)->next) continue;
    return at;
}

/* Takes the place, so that no other thread registers there while the server is asked. */
static int reserve(struct registration *entry)
{
    const struct registration *other;

    pthread_mutex_lock(&lock);
    for (other = registrations; other && !is_at(other, entry->protocol, entry->port); other = other->next)
        continue;
    if (!other)
    {
        entry->next = registrations;
        registrations = entry;
    }
    pthread_mutex_unlock(&lock);
    return other ? WSAEADDRINUSE : 0;
}

static int register_at(const struct bth_host *host, struct sdp_bytes record, int *fd, uint32_t *handle)
{
    int err;

    if (host->open_own_sdp(host->context, fd)) return WSASERVICE_NOT_FOUND;
    if (!(err = sdp_register(*fd, record, bth_now() + host->sdp_ms, handle))) return 0;
    close(*fd);
    /* what it does not take is no record */
    return err == WSA_NOT_ENOUGH_MEMORY  ? err
           : err == WSASERVICE_NOT_FOUND ? WSAEINVAL
                                         : WSASERVICE_NOT_FOUND;
}

int bth_register(const struct bth_host *host, struct sdp_bytes record, uint32_t protocol, uint32_t port,
                 uint32_t *handle)
{
    struct registration *entry = calloc(1, sizeof(*entry));
    int err, fd = -1;

    if (!entry) return WSA_NOT_ENOUGH_MEMORY;
    entry->protocol = protocol;
    entry->port = port;
    if ((err = reserve(entry)))
    {
        free(entry);
        return err;
    }
    err = register_at(host, record, &fd, handle);
    pthread_mutex_lock(&lock);
    if (err)
        *place_of(entry) = entry->next;
    else
    {
        entry->fd = fd;
        entry->handle = *handle;
    }
    pthread_mutex_unlock(&lock);
    if (err) free(entry);
    return err;
}

/* One whose server has not answered yet is not registered yet. */
static struct registration *take(uint32_t handle, uint32_t protocol, uint32_t port)
{
    struct registration *entry;

    pthread_mutex_lock(&lock);
    for (entry = registrations; entry; entry = entry->next)
        if (entry->handle && (handle ? entry->handle == handle : is_at(entry, protocol, port))) break;
    if (entry) *place_of(entry) = entry->next;
    pthread_mutex_unlock(&lock);
    return entry;
}

int bth_unregister(const struct bth_host *host, uint32_t handle, uint32_t protocol, uint32_t port)
{
    struct registration *entry = take(handle, protocol, port);

    if (!entry) return WSASERVICE_NOT_FOUND;
    /* where the server does not answer, the end of the connection does it */
    sdp_remove(entry->fd, entry->handle, bth_now() + host->sdp_ms);
    close(entry->fd);
    free(entry);
    return 0;
}
