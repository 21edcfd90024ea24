/* Control messages, Windows's WSACMSGHDR to the host's cmsghdr and back (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_CONTROL_H
#define WS2_UNIX_CONTROL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* The caller's layout, by the size of its header: a 32-bit program's has a length
 * of four bytes and aligns to four, a 64-bit one's eight. */
enum control_layout
{
    CONTROL_LAYOUT_32 = 12,
    CONTROL_LAYOUT_64 = 16
};

/* A buffer of this size holds everything that one message can bring, bytes. */
#define CONTROL_HOST_SIZE 512

/* What the socket sends with by default, for messages that name only a part. */
struct control_defaults
{
    int tos, tclass;
};

/* Control data for the host, under construction. */
struct control_out
{
    _Alignas(struct cmsghdr) char data[CONTROL_HOST_SIZE];
    size_t used;
    uint16_t segment; /* the datagrams' size, if one send is to be cut into several; else 0 */
};

/* For sending. WSAEINVAL for malformed or unknown messages. The segment size is
 * only noted: the host takes so many segments at once, and no more. */
int control_to_host(enum control_layout layout, const void *win, uint32_t size,
                    const struct control_defaults *defaults, struct control_out *host);

/* Appends the message that has the host cut one send. */
int control_add_segment(struct control_out *host);

/* For receiving: those of the host's messages that kinds (WS2_CONTROL_*) lets through.
 * What does not fit in room is left out; then, or if the host itself had to leave
 * something out, the result is Windows's MSG_CTRUNC, else 0. *used is what was
 * written, padding included, bytes. */
uint32_t control_from_host(enum control_layout layout, struct msghdr *host, uint32_t kinds, void *win,
                           uint32_t room, uint32_t *used);

/* Has the host deliver what these kinds are made of. Returns the kinds that come
 * along although nobody asked for them. */
uint32_t control_request(int fd, uint32_t kinds);

#endif
