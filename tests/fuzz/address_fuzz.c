/*
 * Any bytes as a socket address of Windows's, and as one of the host's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "unix/sockaddr.h"
#include "unix/windows.h"

/* The bytes end where the block ends, so that a sanitizer sees what is read beyond. */
static void *exactly(const uint8_t *data, size_t size)
{
    void *copy = malloc(size ? size : 1);

    memcpy(copy, data, size);
    return copy;
}

/* What the host made of an address comes back as the same host address. */
static void from_windows(const uint8_t *data, size_t size)
{
    union host_sockaddr host, again;
    void *win = exactly(data, size);
    char back[128];
    socklen_t host_size = sockaddr_to_host(win, size, &host);
    uint32_t back_size;

    free(win);
    if (host_size > sizeof(host)) abort();
    if (!host_size) return;
    back_size = sockaddr_from_host(&host, host_size, back, sizeof(back));
    if (!back_size || back_size > sizeof(back)) abort();
    if (sockaddr_to_host(back, back_size, &again) != host_size) abort();
    if (memcmp(&host, &again, host_size)) abort();
}

static void from_host(const uint8_t *data, size_t size)
{
    union host_sockaddr host = {.any.sa_family = 0};
    char win[128];
    uint32_t room = size ? data[size - 1] % sizeof(win) : 0, used;

    if (size > sizeof(host)) size = sizeof(host);
    memcpy(&host, data, size);
    memset(win, 0x55, sizeof(win));
    used = sockaddr_from_host(&host, size, win, room);
    if (used > sizeof(win)) abort();
    if (used > room) used = 0;
    for (size_t i = used; i < sizeof(win); i++)
        if (win[i] != 0x55) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    from_windows(data, size);
    from_host(data, size);
    return 0;
}
