/*
 * What non-blocking sends left over, sent in the background.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On Windows a non-blocking send takes everything or nothing: the stack buffers
 * what the wire does not take yet, and sends it whatever becomes of the socket,
 * the thread and the process. The host takes a part. The rest, a tail, goes out
 * here on a duplicate of the socket's descriptor, so that the connection lasts
 * until it is sent; a process that ends leaves its tails to a child of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/descriptor.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

#define MAX_TAILS 1024
#define IDLE_MS 2000

struct tail
{
    uint32_t id;
    int fd;
    const char *data; /* the PE half's */
    size_t left;
    ws2_ptr block; /* data's beginning, given back at the end */
    int shut;      /* shut the write side down at the end */
    int done;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct tail tails[MAX_TAILS];
static unsigned int tail_count;
static uint32_t last_id;
static int wake_fd = -1;

static void wake_runner(void)
{
    uint64_t one = 1;

    if (write(wake_fd, &one, sizeof(one)) < 0) return; /* full: it is awake */
}

NTSTATUS unix_tail_keep(void *args)
{
    struct ws2_tail *params = args;
    int fd, own;

    if ((params->error = descriptor_open(params->handle, &fd))) return STATUS_SUCCESS;
    own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
    if (own < 0)
    {
        params->error = WSAEMFILE;
        return STATUS_SUCCESS;
    }
    if (!params->leaving) pthread_mutex_lock(&lock);
    if (wake_fd < 0) wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_fd < 0 || tail_count == MAX_TAILS)
    {
        params->error = WSAENOBUFS;
        close(own);
    }
    else
    {
        if (++last_id >> 31) last_id = 1;
        params->id = last_id;
        tails[tail_count++] = (struct tail){.id = last_id,
                                            .fd = own,
                                            .data = WS2_AT(const char, params->data) + params->sent,
                                            .left = params->size - params->sent,
                                            .block = params->data};
        wake_runner();
    }
    if (!params->leaving) pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

/* As much as the host takes now. */
static void push(struct tail *tail)
{
    while (tail->left)
    {
        ssize_t sent = send(tail->fd, tail->data, tail->left, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) return;
        if (sent < 0) break; /* the peer is gone, and so is whom to tell */
        tail->data += sent;
        tail->left -= sent;
    }
    if (tail->shut) shutdown(tail->fd, SHUT_WR);
    tail->done = 1;
}

/* The lock is held. Gives the tail's block back and forgets it. */
static ws2_ptr forget(unsigned int i)
{
    ws2_ptr block = tails[i].block;

    close(tails[i].fd);
    tails[i] = tails[--tail_count];
    return block;
}

static int find_done(struct ws2_tail_run *params)
{
    for (unsigned int i = 0; i < tail_count; i++)
    {
        if (!tails[i].done) continue;
        params->id = tails[i].id;
        params->data = forget(i);
        return 1;
    }
    return 0;
}

/* The lock is held, but for the wait. */
static int wait_and_push(struct pollfd *polls)
{
    unsigned int count = tail_count;
    int ready;

    polls[0] = (struct pollfd){.fd = wake_fd, .events = POLLIN};
    for (unsigned int i = 0; i < count; i++)
        polls[i + 1] = (struct pollfd){.fd = tails[i].fd, .events = POLLOUT};
    pthread_mutex_unlock(&lock);
    ready = poll(polls, count + 1, count ? -1 : IDLE_MS);
    pthread_mutex_lock(&lock);
    if (ready > 0 && polls[0].revents)
    {
        uint64_t ignored;

        ready = read(wake_fd, &ignored, sizeof(ignored)) > 0 ? ready : 1;
    }
    /* positions may have moved meanwhile, so each is tried: EAGAIN costs little */
    if (ready > 0)
        for (unsigned int i = 0; i < tail_count; i++) push(&tails[i]);
    return ready || count;
}

NTSTATUS unix_tail_run(void *args)
{
    static struct pollfd polls[MAX_TAILS + 1]; /* one thread runs this */
    struct ws2_tail_run *params = args;

    params->id = 0;
    params->data = 0;
    pthread_mutex_lock(&lock);
    while (!find_done(params))
        if (!wait_and_push(polls)) break;
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

NTSTATUS unix_tail_end(void *args)
{
    struct ws2_tail_finish *params = args;

    params->data = 0;
    params->error = WSAEINVAL;
    pthread_mutex_lock(&lock);
    for (unsigned int i = 0; i < tail_count; i++)
    {
        if (tails[i].id != params->id || tails[i].done) continue;
        params->error = 0;
        if (params->end == WS2_TAIL_DROP)
        {
            params->sent = tails[i].data - WS2_AT(const char, tails[i].block);
            params->size = params->sent + tails[i].left;
            params->data = forget(i);
            wake_runner();
        }
        else
            tails[i].shut = 1;
        break;
    }
    pthread_mutex_unlock(&lock);
    return STATUS_SUCCESS;
}

/* Only calls that are safe between fork and exec: nothing else is, here. */
static void close_others(void)
{
    int from = 0;

    for (;;)
    {
        int next = -1;

        for (unsigned int i = 0; i < tail_count; i++)
            if (tails[i].fd >= from && (next < 0 || tails[i].fd < next)) next = tails[i].fd;
        if (next < 0) break;
        if (next > from) syscall(SYS_close_range, from, next - 1, 0);
        from = next + 1;
    }
    syscall(SYS_close_range, from, ~0u, 0);
}

static void send_rest(void)
{
    static struct pollfd polls[MAX_TAILS];

    while (tail_count)
    {
        for (unsigned int i = 0; i < tail_count; i++)
            polls[i] = (struct pollfd){.fd = tails[i].fd, .events = POLLOUT};
        if (poll(polls, tail_count, -1) < 0 && errno != EINTR) break;
        for (unsigned int i = 0; i < tail_count; i++) push(&tails[i]);
        for (unsigned int i = tail_count; i--;)
            if (tails[i].done) forget(i);
    }
}

/* At the end of the process, when it has one thread left: the lock may belong to
 * one that is gone, so it is not asked for. */
NTSTATUS unix_tail_leave(void *args)
{
    sigset_t all, before;

    (void)args;
    if (!tail_count) return STATUS_SUCCESS;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    if (!fork())
    {
        setsid();
        close_others();
        send_rest();
        _exit(0);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return STATUS_SUCCESS;
}
