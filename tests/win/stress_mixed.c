/*
 * Streams under fire from everything at once: selections, duplicates, other processes,
 * overlapped operations. STRESS_SECONDS in the environment makes each test go on for as
 * long (tools/soak does that); a few seconds otherwise.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "belongings.h"
#include "stress_ways.h"

#define STREAM_BYTES (1024 * 1024)

static void run_streams(unsigned int seed)
{
    enum
    {
        PAIRS = 3
    };
    struct random random = {seed};
    struct stream streams[PAIRS][2];
    HANDLE threads[PAIRS * 2];
    SOCKET pair[2];
    unsigned int i, j;

    for (i = 0; i < PAIRS; i++)
    {
        tcp_pair(pair);
        for (j = 0; j < 2; j++)
        {
            streams[i][j] = (struct stream){.s = pair[j], .seed = seed + i, .size = STREAM_BYTES};
            threads[i * 2 + j] =
                CreateThread(NULL, 0, j ? stress_receiver : stress_sender, &streams[i][j], 0, NULL);
        }
    }
    CHECK_INT(WaitForMultipleObjects(PAIRS * 2, threads, TRUE, 25000), WAIT_OBJECT_0);
    for (i = 0; i < PAIRS; i++)
        for (j = 0; j < 2; j++)
        {
            CHECK_STR(streams[i][j].wrong, "");
            if (random_below(&random, 3))
                CHECK_INT(closesocket(streams[i][j].s), 0);
            else /* as a file */
                CHECK(CloseHandle((HANDLE)streams[i][j].s));
            CloseHandle(threads[i * 2 + j]);
        }
}

static void check_no_more(const struct belongings *before)
{
    const struct belongings after = belongings();

    printf("memory %u KB, then %u; handles %u, %u; descriptors %u, %u, the server's %u, %u; threads %u, %u\n",
           before->memory, after.memory, before->handles, after.handles, before->descriptors,
           after.descriptors, before->server_descriptors, after.server_descriptors, before->threads,
           after.threads);
    CHECK(after.handles <= before->handles + 4);
    CHECK(after.descriptors <= before->descriptors + 4);
    CHECK(after.server_descriptors <= before->server_descriptors + 8);
    CHECK(after.threads <= before->threads + 2);
    CHECK(after.memory <= before->memory + 1024);
}

/* Runs it until the time is over; what it has left over after that is left for good. */
static void run_for_long(void (*run)(unsigned int seed))
{
    ULONGLONG end = GetTickCount64() + stress_seconds() * 1000;
    struct random random = {stress_seed()};
    struct belongings before;
    unsigned int round;

    stress_begin();
    for (round = 0; round < 4; round++) run(random_below(&random, 1 << 24));
    Sleep(1000); /* a thread that has ended gives its descriptors back a moment later */
    before = belongings();
    for (; round < 8 || GetTickCount64() < end; round++) run(random_below(&random, 1 << 24));
    Sleep(1000);
    check_no_more(&before);
    printf("%u rounds\n", round);
    stress_end();
}

TEST(streams_in_every_way_at_once_arrive_whole_and_leave_nothing_open)
{
    run_for_long(run_streams);
}

/* Only one pair at a time: the value of a closed handle may be another's at once, and what
 * goes to that would be in another stream. Here it may be a duplicate's, of the same one. */
static void run_until_closed(unsigned int seed)
{
    struct random random = {seed};
    const unsigned int which = random_below(&random, 2), how = random_below(&random, 3);
    volatile LONG closed = FALSE;
    struct stream streams[2];
    HANDLE threads[2];
    unsigned int i;
    SOCKET pair[2];

    tcp_pair(pair);
    for (i = 0; i < 2; i++)
    {
        streams[i] = (struct stream){.s = pair[i], .seed = seed, .size = 1 << 30, .closed = &closed};
        threads[i] = CreateThread(NULL, 0, i ? stress_receiver : stress_sender, &streams[i], 0, NULL);
    }
    Sleep(random_below(&random, 40));
    stress_closes(&closed);
    if (how == 2) shutdown(pair[which], SD_BOTH);
    if (how)
        CHECK_INT(closesocket(pair[which]), 0);
    else /* as a file */
        CHECK(CloseHandle((HANDLE)pair[which]));
    if (WaitForMultipleObjects(2, threads, TRUE, 15000) != WAIT_OBJECT_0)
        harness_fail(__FILE__, __LINE__, "closing %u, way %u: hangs in sending by %s or receiving by %s",
                     which, how, streams[0].way, streams[1].way);
    CHECK_INT(closesocket(pair[!which]), 0);
    for (i = 0; i < 2; i++)
    {
        CHECK_STR(streams[i].wrong, "");
        CloseHandle(threads[i]);
    }
}

TEST(streams_closed_at_random_are_right_until_then_and_leave_nothing_open)
{
    run_for_long(run_until_closed);
}
