/* What sends and receives share (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_PASSAGE_H
#define WS2_BASE_PASSAGE_H

#include "guarded.h"
#include "record.h"

/* Bytes of an application's buffers. */
struct sum
{
    const WSABUF *buffers;
    DWORD count;
    ULONGLONG bytes;
};

static inline void sum_up(void *context)
{
    struct sum *sum = context;
    DWORD i;

    for (i = 0; i < sum->count; i++) sum->bytes += sum->buffers[i].len;
}

/* The device walks the array itself, where a fault would leave a request half
 * made; so it is looked at here first. The sum saturates. */
static ON_THE_WAY BOOL probe_buffers(const WSABUF *buffers, DWORD count, ULONG *total)
{
    struct sum sum = {buffers, count, 0};

    if (guarded_is_stack(buffers, count * sizeof(*buffers)))
        sum_up(&sum);
    else if (!guarded_run(sum_up, &sum))
        return FALSE;
    *total = sum.bytes > MAXLONG ? MAXLONG : sum.bytes;
    return TRUE;
}

/* The record of a socket that nothing is noted of yet; NULL if it is none. */
struct socket_record *passage_stranger(SOCKET s);

/* NULL if s is no socket. An inherited one is noted when it is first used:
 * WSAGetOverlappedResult will want to know it. */
static ON_THE_WAY struct socket_record *note_socket(SOCKET s)
{
    struct socket_record *record = record_get(s);

    return record ? record : passage_stranger(s);
}

static inline BOOL is_datagram(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && record->type == SOCK_DGRAM;
}

static inline BOOL is_stream(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && record->type == SOCK_STREAM;
}

/* The device would wait until a listener can transfer something. */
static inline BOOL is_listening(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && record->flags & RECORD_LISTENING;
}

static inline BOOL is_blocking(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && !(record->flags & RECORD_NONBLOCKING);
}

/* The buffers that are left after so many bytes; count is MAX_REST at most. */
#define MAX_REST 64
DWORD passage_rest(const WSABUF *buffers, DWORD count, ULONG bytes, WSABUF *rest);

/* Bits of a call's flags that no MSG_* is; programs hand back what they were given. */
#define UNKNOWN_FLAGS 0xffff6000

#endif
