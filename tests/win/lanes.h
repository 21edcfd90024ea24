/* Which lane calls took, for tests of the fast lane (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef LANES_H
#define LANES_H

#include "harness.h"

#include "../../include/ws2_lanes.h"

static inline struct ws2_lane_count lane_count(SOCKET s, enum ws2_lane lane)
{
    struct ws2_lane_count counts[WS2_LANE_COUNT];
    DWORD size;

    CHECK_INT(WSAIoctl(s, SIO_WS2_LANES, NULL, 0, counts, sizeof(counts), &size, NULL, NULL), 0);
    CHECK_INT(size, sizeof(counts));
    return counts[lane];
}

/* What `call` does to the counters of this lane of s. */
#define CHECK_LANE(s, lane, call, more_taken, more_refused)               \
    do                                                                    \
    {                                                                     \
        struct ws2_lane_count before = lane_count(s, lane), after;        \
        call;                                                             \
        after = lane_count(s, lane);                                      \
        CHECK_INT(after.taken - before.taken, (DWORD)(more_taken));       \
        CHECK_INT(after.refused - before.refused, (DWORD)(more_refused)); \
    } while (0)

#define CHECK_FAST(s, lane, call) CHECK_LANE(s, lane, call, 1, 0)
#define CHECK_SLOW(s, lane, call) CHECK_LANE(s, lane, call, 0, 1)

#endif
