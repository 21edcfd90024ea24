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
static struct registration **find(uint32_t handle, uint32_t protocol, uint32_t port)
{
    struct registration **at;

    for (at = &registrations; *at; at = &(*at)->next)
        if (handle ? (*at)->handle == handle : port && (*at)->protocol == protocol && (*at)->port == port)
            break;
    return at;
}

static int register_at(const struct bth_host *host, struct sdp_bytes record, struct registration *entry)
{
    int err;

    if (host->open_own_sdp(host->context, &entry->fd)) return WSASERVICE_NOT_FOUND;
    err = sdp_register(entry->fd, record, bth_now() + host->sdp_ms, &entry->handle);
    if (!err) return 0;
    close(entry->fd);
    /* what it does not take is no record */
    return err == WSA_NOT_ENOUGH_MEMORY  ? err
           : err == WSASERVICE_NOT_FOUND ? WSAEINVAL
                                         : WSASERVICE_NOT_FOUND;
}

int bth_register(const struct bth_host *host, struct sdp_bytes record, uint32_t protocol, uint32_t port,
                 uint32_t *handle)
{
    struct registration *entry = malloc(sizeof(*entry));
    int err;

    if (!entry) return WSA_NOT_ENOUGH_MEMORY;
    entry->protocol = protocol;
    entry->port = port;
    pthread_mutex_lock(&lock);
    err = *find(0, protocol, port) ? WSAEADDRINUSE : register_at(host, record, entry);
    if (!err)
    {
        *handle = entry->handle;
        entry->next = registrations;
        registrations = entry;
    }
    pthread_mutex_unlock(&lock);
    if (err) free(entry);
    return err;
}

int bth_unregister(const struct bth_host *host, uint32_t handle, uint32_t protocol, uint32_t port)
{
    struct registration **at, *entry;

    pthread_mutex_lock(&lock);
    at = find(handle, protocol, port);
    if ((entry = *at)) *at = entry->next;
    pthread_mutex_unlock(&lock);
    if (!entry) return WSASERVICE_NOT_FOUND;
    /* where the server does not answer, the end of the connection does it */
    sdp_remove(entry->fd, entry->handle, bth_now() + host->sdp_ms);
    close(entry->fd);
    free(entry);
    return 0;
}
