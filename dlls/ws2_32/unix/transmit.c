/*
 * TransmitFile as host calls.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * sendfile(2) would send pages of the file by reference, and the peer of a connection
 * within the host could read what is written to the file long after the call. So the
 * file is mapped and sent from there: one copy, and as fast. A page that has gone, by
 * truncation, or can't be read ends send(2) with EFAULT, and no signal.
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/descriptor.h"
#include "unix/errno.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

#define WINDOW (4 << 20)
#define LONGEST 0x7ffffffe /* bytes, all in all */

struct run
{
    int fd;
    uint32_t wait_ms;
    uint64_t until; /* ms */
    int error;      /* errno; EAGAIN for "enough for now" */
};

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

/* Bytes sent; all of them unless run->error is set. */
static size_t send_bytes(struct run *run, const char *data, size_t size, int flags)
{
    struct pollfd poll_fd = {.fd = run->fd, .events = POLLOUT};
    size_t done = 0;
    ssize_t ret;

    while (done < size)
    {
        ret = send(run->fd, data + done, size - done, MSG_DONTWAIT | MSG_NOSIGNAL | flags);
        if (ret >= 0)
            done += ret;
        else if (errno == EINTR)
            continue;
        else if (errno != EAGAIN)
        {
            run->error = errno;
            break;
        }
        /* a signal is wineserver's, which suspends the thread, say: the authority goes on */
        else if (poll(&poll_fd, 1, run->wait_ms) <= 0 || now_ms() >= run->until)
        {
            run->error = EAGAIN;
            break;
        }
    }
    return done;
}

/* The part of the file from at on, a window at a time. */
static uint64_t send_file(struct run *run, int file, uint64_t at, uint64_t size, int flags)
{
    const uint64_t page = sysconf(_SC_PAGESIZE);
    uint64_t done = 0;

    while (done < size && !run->error)
    {
        uint64_t skip = (at + done) % page, left = size - done;
        size_t part = left < WINDOW - skip ? left : WINDOW - skip;
        char *window = mmap(NULL, skip + part, PROT_READ, MAP_SHARED, file, at + done - skip);

        if (window == MAP_FAILED)
            run->error = EAGAIN; /* the authority reads it */
        else
        {
            done += send_bytes(run, window + skip, part, part < left ? MSG_MORE : flags);
            munmap(window, skip + part);
        }
    }
    return done;
}

/* How much of the file there is to send, and from where; 0 or a Winsock error. */
static int extent(const struct ws2_transmit *params, int file, uint64_t *at, uint64_t *size)
{
    const int64_t start = params->offset < 0 ? lseek(file, 0, SEEK_CUR) : params->offset;
    struct stat stat;

    if (start < 0 || fstat(file, &stat) || !S_ISREG(stat.st_mode)) return WSAEOPNOTSUPP;
    *at = start;
    *size = start < stat.st_size ? stat.st_size - start : 0;
    if (params->file_size && params->file_size < *size) *size = params->file_size;
    return *size + params->head_size + params->tail_size > LONGEST ? WSAEOPNOTSUPP : 0;
}

static void transmit(struct ws2_transmit *params, int file)
{
    struct run run = {.fd = params->fd, .wait_ms = params->wait_ms, .until = now_ms() + params->total_ms};
    const int more = params->tail_size ? MSG_MORE : 0;
    uint64_t at = 0, size = 0;

    if (file >= 0 && (params->error = extent(params, file, &at, &size))) return;
    params->head_done =
        send_bytes(&run, WS2_AT(const char, params->head), params->head_size, size ? MSG_MORE : more);
    if (!run.error)
    {
        params->file_done = send_file(&run, file, at, size, more);
        if (params->offset < 0 && params->file_done) lseek(file, params->file_done, SEEK_CUR);
    }
    if (!run.error)
        params->tail_done = send_bytes(&run, WS2_AT(const char, params->tail), params->tail_size, 0);
    params->complete = !run.error;
    /* these say nothing that the authority would not find out, and more truly */
    if (run.error && run.error != EAGAIN && run.error != EFAULT && run.error != EPIPE)
        params->error = error_from_errno(run.error);
}

NTSTATUS unix_transmit(void *args)
{
    struct ws2_transmit *params = args;
    int file = -1;

    if (params->cached && !descriptor_is_open(params->handle)) params->error = WSAENOTSOCK;
    if (!params->error && params->file && descriptor_open(params->file, &file)) params->error = WSAEOPNOTSUPP;
    if (!params->error) transmit(params, file);
    if (file >= 0) close(file);
    return STATUS_SUCCESS;
}
