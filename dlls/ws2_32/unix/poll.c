/*
 * Waits: the fast lane's select and WSAPoll, one poll(2) for all of their sockets, and those
 * for the device.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>

#include <ntstatus.h>
#define WIN32_NO_STATUS
#include <windef.h>
#include <winternl.h>

#include "unix/calls.h"
#include "unix/descriptor.h"
#include "unix/errno.h"
#include "unix/finish.h"
#include "unix/hostcall.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

_Static_assert(WS2_POLL_READ == POLLIN && WS2_POLL_URGENT == POLLPRI && WS2_POLL_WRITE == POLLOUT &&
                   WS2_POLL_END == POLLRDHUP,
               "the host's numbers");
_Static_assert(sizeof(struct ws2_poll_entry) == sizeof(struct pollfd) &&
                   offsetof(struct ws2_poll_entry, fd) == offsetof(struct pollfd, fd) &&
                   offsetof(struct ws2_poll_entry, events) == offsetof(struct pollfd, events) &&
                   offsetof(struct ws2_poll_entry, ready) == offsetof(struct pollfd, revents),
               "the host's structure");

/* Of many sockets each call looks at the next few, in turn. base/ashandle.c is told at once of a handle that
 * is closed, but for NtClose, by which base/watch.c finds it in a moment: these are for programs that
 * call so often that they would notice. */
#define CHECKED_ALL 8
#define CHECKED_OF_MANY 2

static int all_open(const ws2_ptr *handles, uint32_t count)
{
    static uint32_t turn;
    uint32_t at = 0, left = count;

    if (count > CHECKED_ALL)
    {
        left = CHECKED_OF_MANY;
        at = (turn += left) % count;
    }
    for (; left; left--)
    {
        if (!(handles[at] & WS2_POLL_UNCHECKED) && !descriptor_is_open(handles[at])) return 0;
        if (++at == count) at = 0;
    }
    return 1;
}

/* A signal is wineserver's: the system APC that it stands for has run, and the caller
 * has a better place to wait in. */
NTSTATUS unix_fast_poll(void *args)
{
    struct ws2_poll *params = args;
    struct pollfd *entries = WS2_AT(struct pollfd, params->entries);
    struct timespec wait = {0, params->wait_us * 1000L};
    int ret;

    params->error = 0;
    if (!all_open(WS2_AT(const ws2_ptr, params->handles), params->count))
        params->error = WSAENOTSOCK;
    else if ((ret = host_syscall(SYS_poll, (long)entries, params->count, 0, 0, 0, 0)) < 0)
        params->error = error_from_errno(-ret);
    else if (!ret && params->wait_us && ppoll(entries, params->count, &wait, NULL) < 0)
        params->error = error_from_errno(errno);
    return STATUS_SUCCESS;
}

NTSTATUS unix_finish_wait(void *args)
{
    const struct ws2_finish *params = args;

    finish_wait(WS2_AT(const volatile int32_t, params->status), params->pending, params->wait_ms);
    return STATUS_SUCCESS;
}
