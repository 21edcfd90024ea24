/* Which lane calls took, for tests of the fast lane (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef LANES_H
#define LANES_H

#include "harness.h"

#include "../../include/ws2_lanes.h"

/* FALSE on Wine's own ws2_32, which has no lanes: there only the outcomes of calls count. */
static inline BOOL lane_counts(SOCKET s, struct ws2_lane_count counts[WS2_LANE_COUNT])
{
    DWORD size;

    if (WSAIoctl(s, SIO_WS2_LANES, NULL, 0, counts, WS2_LANE_COUNT * sizeof(*counts), &size, NULL, NULL))
    {
        CHECK_INT(WSAGetLastError(), WSAEOPNOTSUPP);
        return FALSE;
    }
    CHECK_INT(size, WS2_LANE_COUNT * sizeof(*counts));
    return TRUE;
}

static inline struct ws2_lane_count lane_count(SOCKET s, enum ws2_lane lane)
{
    struct ws2_lane_count counts[WS2_LANE_COUNT] = {{0}};

    lane_counts(s, counts);
    return counts[lane];
}

/* What `call` does to the counters of this lane of s. */
#define CHECK_LANE(s, lane, call, more_taken, more_refused)                           \
    do                                                                                \
    {                                                                                 \
        struct ws2_lane_count before[WS2_LANE_COUNT], after[WS2_LANE_COUNT];          \
        BOOL counted = lane_counts(s, before);                                        \
        call;                                                                         \
        if (!counted) break;                                                          \
        lane_counts(s, after);                                                        \
        CHECK_INT(after[lane].taken - before[lane].taken, (DWORD)(more_taken));       \
        CHECK_INT(after[lane].refused - before[lane].refused, (DWORD)(more_refused)); \
    } while (0)

#define CHECK_FAST(s, lane, call) CHECK_LANE(s, lane, call, 1, 0)
#define CHECK_SLOW(s, lane, call) CHECK_LANE(s, lane, call, 0, 1)

#endif
