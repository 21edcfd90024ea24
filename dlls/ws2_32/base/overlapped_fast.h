/* Overlapped operations that need not go to the device (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_OVERLAPPED_FAST_H
#define WS2_BASE_OVERLAPPED_FAST_H

#include "base/lane.h"

struct socket_record;

/* Missing from the headers of Wine 8. */
#define INFORMATION_CLASS_NOTIFICATION ((FILE_INFORMATION_CLASS)41)

/* What is known of how a socket's operations report. */
struct reports
{
    LONG asked_for;                /* operations that wanted to know the modes */
    LONG modes;                    /* FILE_SKIP_*: ones that are set stay set */
    HANDLE event[LANE_DIRECTIONS]; /* of the last operation that the device took, so a good one */
    LONG requests;                 /* that came to the device, which unset the socket handle's own signal */
    LONG signaled_after;           /* so many of them, less 1, the handle was signaled; 0 never */
    LONG looked_after;             /* so many of them, less 1, somebody looked whether it was */
};

/* Whether an operation that could be finished at once may be, with no one the wiser: nothing
 * has to reach a completion port or a thread's queue. */
BOOL overlapped_may_finish(SOCKET s, enum lane_direction direction, const WSAOVERLAPPED *overlapped,
                           LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);

/* It is finished, with error (0 and WSAEMSGSIZE count as completions) and so many bytes;
 * returns error. The OVERLAPPED was writable. */
int overlapped_finish(SOCKET s, WSAOVERLAPPED *overlapped, int error, ULONG bytes);

/* Whether the module can post packets of s, and is to post those of success (arrival_post). */
BOOL overlapped_may_post(SOCKET s);

/* Whether the socket's handle is signaled, as it is when an operation without an event has ended, and stays
 * so until the device begins another. */
BOOL overlapped_handle_is_signaled(struct socket_record *record, SOCKET s);

/* Around an operation that the device gets: the OVERLAPPED may be gone afterwards. */
struct report
{
    HANDLE event; /* without the low bit */
    BOOL routine;
    LONG before; /* requests that had come to the device */
};

struct report overlapped_begin(SOCKET s, const WSAOVERLAPPED *overlapped,
                               LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
void overlapped_begun(SOCKET s, enum lane_direction direction, const struct report *report, NTSTATUS status);

#endif
