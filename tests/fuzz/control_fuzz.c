/*
 * Any bytes as control data: an application's to send, and a host's received.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "unix/control.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

static void sending(enum control_layout layout, const uint8_t *data, size_t size)
{
    static const struct control_defaults defaults = {0x28, 0x48};
    struct control_out host;
    struct msghdr msg = {.msg_control = host.data};
    char *win = malloc(size ? size : 1), received[2048];
    struct cmsghdr *header;
    uint32_t used;
    int err;

    memcpy(win, data, size); /* ends where the block ends */
    err = control_to_host(layout, win, size, &defaults, &host);
    free(win);
    if (host.used > sizeof(host.data)) abort();
    if (err && err != WSAEINVAL && err != WSAENOBUFS) abort();
    if (!err && host.segment) control_add_segment(&host);
    msg.msg_controllen = host.used;
    for (header = CMSG_FIRSTHDR(&msg); header; header = CMSG_NXTHDR(&msg, header))
        if ((char *)header + header->cmsg_len > host.data + host.used) abort();
    control_from_host(layout, &msg, 0x1ff, received, sizeof(received), &used);
    if (used > sizeof(received)) abort();
}

static void receiving(enum control_layout layout, const uint8_t *data, size_t size)
{
    _Alignas(struct cmsghdr) char host[CONTROL_HOST_SIZE];
    struct msghdr msg = {.msg_control = host};
    uint32_t room = size > 1 ? data[0] : 0, kinds = size > 1 ? data[1] << 1 : 0, used;
    char *win = malloc(room ? room : 1);

    msg.msg_controllen = size < sizeof(host) ? size : sizeof(host);
    memcpy(host, data, msg.msg_controllen);
    control_from_host(layout, &msg, kinds, win, room, &used);
    if (used > room) abort();
    free(win);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sending(CONTROL_LAYOUT_32, data, size);
    sending(CONTROL_LAYOUT_64, data, size);
    receiving(CONTROL_LAYOUT_32, data, size);
    receiving(CONTROL_LAYOUT_64, data, size);
    return 0;
}
