/*
 * select and WSAPoll over sockets of several providers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A wait cannot be split between providers. So each layered socket's provider is
 * asked for the base provider's handle (SIO_BSP_HANDLE_SELECT, SIO_BSP_HANDLE_POLL,
 * which layered providers have to answer on Windows too), and the base provider
 * waits for all.
 */
#include "private.h"

#include "base/base.h"
#include "guarded.h"
#include "mixed.h"
#include "provider.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define SET_COUNT 3

/* A set as the application has it, and with the base provider's handles. */
struct mixed_set
{
    fd_set *application;
    unsigned int count;
    SOCKET *sockets;
    fd_set *base;
};

static SIZE_T set_size(unsigned int count)
{
    return offsetof(fd_set, fd_array) + (count + 1) * sizeof(SOCKET);
}

/* A provider that cannot tell has perhaps the base provider's handles. */
static SOCKET base_handle(SOCKET s, DWORD code)
{
    struct provider *provider = provider_of(s);
    SOCKET handle = s;
    DWORD size;
    int err;

    if (!provider || provider == provider_base()) return s;
    if (!provider->table.lpWSPIoctl(s, code, NULL, 0, &handle, sizeof(handle), &size, NULL, NULL, NULL,
                                    &err) ||
        !provider->table.lpWSPIoctl(s, SIO_BASE_HANDLE, NULL, 0, &handle, sizeof(handle), &size, NULL, NULL,
                                    NULL, &err))
        return handle;
    WARN("socket %#Ix: its provider has no base handle, error %d\n", s, err);
    return s;
}

BOOL mixed_sets(const fd_set *read, const fd_set *write, const fd_set *except)
{
    const fd_set *const sets[SET_COUNT] = {read, write, except};
    struct provider *first = NULL, *provider;
    unsigned int kind, i, count;
    SOCKET s;

    for (kind = 0; kind < SET_COUNT; kind++)
    {
        if (!sets[kind] || !guarded_read(&count, &sets[kind]->fd_count, sizeof(count))) continue;
        for (i = 0; i < count; i++)
        {
            if (!guarded_read(&s, &sets[kind]->fd_array[i], sizeof(s))) return FALSE;
            provider = provider_of(s);
            if (!first) first = provider;
            if (provider != first) return TRUE;
        }
    }
    return FALSE;
}

static int open_set(struct mixed_set *set, fd_set *application)
{
    unsigned int i;

    memset(set, 0, sizeof(*set));
    if (!(set->application = application)) return 0;
    if (!guarded_read(&set->count, &application->fd_count, sizeof(set->count))) return WSAEFAULT;
    if (!(set->sockets = heap_alloc((set->count + 1) * sizeof(SOCKET)))) return WSAENOBUFS;
    if (!(set->base = heap_alloc(set_size(set->count)))) return WSAENOBUFS;
    if (!guarded_read(set->sockets, application->fd_array, set->count * sizeof(SOCKET))) return WSAEFAULT;
    for (i = 0; i < set->count; i++)
        set->base->fd_array[i] = base_handle(set->sockets[i], SIO_BSP_HANDLE_SELECT);
    set->base->fd_count = set->count;
    return 0;
}

static void close_set(struct mixed_set *set)
{
    heap_free(set->sockets);
    heap_free(set->base);
}

static BOOL contains(const SOCKET *sockets, unsigned int count, SOCKET s)
{
    while (count--)
        if (sockets[count] == s) return TRUE;
    return FALSE;
}

/* Leaves in the application's set what is ready, once each; how many. */
static int answer_set(struct mixed_set *set, const SOCKET *asked, int *ready)
{
    unsigned int i, count = 0;

    if (!set->application) return 0;
    for (i = 0; i < set->count; i++)
        if (contains(set->base->fd_array, set->base->fd_count, asked[i]) &&
            !contains(set->sockets, count, set->sockets[i]))
            set->sockets[count++] = set->sockets[i];
    *ready += count;
    return guarded_write(set->application->fd_array, set->sockets, count * sizeof(SOCKET)) &&
                   guarded_write(&set->application->fd_count, &count, sizeof(count))
               ? 0
               : WSAEFAULT;
}

/* The base provider's select overwrites its sets, so what was asked is kept. */
static int ask_and_answer(struct mixed_set *sets, const struct timeval *timeout, int *ready)
{
    SOCKET *asked[SET_COUNT] = {NULL};
    unsigned int kind;
    int err = 0;

    for (kind = 0; kind < SET_COUNT; kind++)
    {
        if (!sets[kind].application) continue;
        if (!(asked[kind] = heap_alloc((sets[kind].count + 1) * sizeof(SOCKET))))
            err = WSAENOBUFS;
        else
            memcpy(asked[kind], sets[kind].base->fd_array, sets[kind].count * sizeof(SOCKET));
    }
    if (!err) provider_base()->table.lpWSPSelect(0, sets[0].base, sets[1].base, sets[2].base, timeout, &err);
    for (kind = 0; kind < SET_COUNT; kind++)
    {
        if (!err) err = answer_set(&sets[kind], asked[kind], ready);
        heap_free(asked[kind]);
    }
    return err;
}

int mixed_select(fd_set *read, fd_set *write, fd_set *except, const struct timeval *timeout, int *err)
{
    fd_set *const application[SET_COUNT] = {read, write, except};
    struct mixed_set sets[SET_COUNT];
    unsigned int kind;
    int ready = 0;

    *err = 0;
    memset(sets, 0, sizeof(sets));
    for (kind = 0; kind < SET_COUNT && !*err; kind++) *err = open_set(&sets[kind], application[kind]);
    if (!*err) *err = ask_and_answer(sets, timeout, &ready);
    for (kind = 0; kind < SET_COUNT; kind++) close_set(&sets[kind]);
    return *err ? SOCKET_ERROR : ready;
}

int mixed_poll(WSAPOLLFD *fds, ULONG count, int timeout)
{
    WSAPOLLFD *base = heap_alloc(count * sizeof(*base));
    int ret = SOCKET_ERROR;
    ULONG i;

    if (!base)
        SetLastError(WSAENOBUFS);
    else if (!guarded_read(base, fds, count * sizeof(*base)))
        SetLastError(WSAEFAULT);
    else
    {
        for (i = 0; i < count; i++)
            if ((INT_PTR)base[i].fd >= 0) base[i].fd = base_handle(base[i].fd, SIO_BSP_HANDLE_POLL);
        ret = base_poll(base, count, timeout);
        for (i = 0; i < count; i++)
            if (!guarded_write(&fds[i].revents, &base[i].revents, sizeof(base[i].revents)))
            {
                SetLastError(WSAEFAULT);
                ret = SOCKET_ERROR;
                break;
            }
    }
    heap_free(base);
    return ret;
}
