/*
 * TransmitFile's fast lane: what is sent and waited for in one go.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/fast.h"
#include "base/held.h"
#include "base/lane.h"
#include "base/transmit.h"
#include "base/transmit_fast.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* As long as this nobody can interrupt it; then the device goes on. */
#define TOTAL_MS 100

static BOOL is_readable(const struct afd_transmit *request)
{
    const WSABUF around[] = {{request->head_len, WS2_AT(char, request->head)},
                             {request->tail_len, WS2_AT(char, request->tail)}};

    return fast_touch(around, ARRAY_COUNT(around), FALSE);
}

static void take_away(struct afd_transmit *request, const struct ws2_transmit *done)
{
    request->head += done->head_done;
    request->head_len -= done->head_done;
    request->tail += done->tail_done;
    request->tail_len -= done->tail_done;
    if (request->offset.QuadPart >= 0) request->offset.QuadPart += done->file_done;
    if (!request->file_len) return;
    request->file_len -= done->file_done;
    if (!request->file_len) request->file = 0; /* no length would be all of it */
}

/* Nothing was sent, or something is left. */
static BOOL is_for_the_authority(int error)
{
    return !error || error == WSAEOPNOTSUPP || error == WSAENOTSOCK || error == WSAEMFILE ||
           error == WSAENOTCONN || error == WSAEINVAL; /* closed under the call: see base/held.c */
}

BOOL transmit_fast(SOCKET s, struct afd_transmit *request, ULONGLONG *sent, int *error)
{
    struct socket_record *record = record_get(s);
    struct ws2_transmit params = {
        .handle = s,
        .file = request->file,
        .head = request->head,
        .head_size = request->head_len,
        .tail = request->tail,
        .tail_size = request->tail_len,
        .offset = request->offset.QuadPart < 0 ? -1 : request->offset.QuadPart,
        .file_size = request->file_len,
        .wait_ms = HOST_WAIT_MS,
        .total_ms = TOTAL_MS,
    };
    struct held *held;

    if (!record || record->type != SOCK_STREAM || !lane_open(record, LANE_SEND)) return FALSE;
    if (is_readable(request) && (held = held_acquire(record, s, &params.fd)))
    {
        params.cached = !(record->flags & RECORD_UNCACHED);
        if (unix_call(WS2_TRANSMIT, &params)) params.error = WSAEOPNOTSUPP;
        held_release(held);
        TRACE("socket %#Ix: %u, %I64u and %u bytes, complete %u, error %d\n", s, params.head_done,
              (ULONGLONG)params.file_done, params.tail_done, params.complete, params.error);
        *sent += params.head_done + params.file_done + params.tail_done;
        take_away(request, &params);
        *error = params.error;
        if (params.complete || !is_for_the_authority(params.error)) return TRUE;
        if (!params.error) lane_note(record, LANE_SEND_REFUSED);
    }
    lane_not_taken(record, LANE_SEND);
    return FALSE;
}
