/*
 * Unit tests: unix/hostcall.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <unistd.h>

#include "suites.h"
#include "unix/hostcall.h"

#define DEEP 40 /* more functions than addresses are covered */

static __attribute__((noinline)) long call_at_depth(int depth, long number, long a)
{
    volatile long own = depth;
    long ret = depth ? call_at_depth(depth - 1, number, a) : host_syscall(number, a, 0, 0, 0, 0, 0);

    return own == depth ? ret : -1;
}

START_TEST(calls_give_the_hosts_result_from_any_depth)
{
    hostcall_covers = _i;
    for (int depth = 0; depth < DEEP; depth++)
    {
        ck_assert_int_eq(call_at_depth(depth, SYS_getpid, 0), getpid());
        ck_assert_int_eq(call_at_depth(depth, SYS_close, -1), -EBADF);
    }
}
END_TEST

/* Such a function may keep its variables below the stack pointer. */
static __attribute__((noinline)) long sum_around_a_call(long first)
{
    volatile long own[12];
    long sum = 0;

    for (int i = 0; i < 12; i++) own[i] = first + i;
    host_syscall(SYS_getppid, 0, 0, 0, 0, 0, 0);
    for (int i = 0; i < 12; i++) sum += own[i];
    return sum;
}

START_TEST(a_function_without_calls_keeps_its_variables)
{
    hostcall_covers = _i;
    ck_assert_int_eq(sum_around_a_call(1), 78);
}
END_TEST

START_TEST(measuring_decides_for_one_way)
{
    hostcall_covers = 2;
    hostcall_measure();
    ck_assert_int_le(hostcall_covers, 1);
    ck_assert_int_eq(call_at_depth(DEEP, SYS_getpid, 0), getpid());
}
END_TEST

Suite *hostcall_suite(void)
{
    Suite *suite = suite_create("hostcall");
    TCase *tc = tcase_create("calls");

    tcase_add_loop_test(tc, calls_give_the_hosts_result_from_any_depth, 0, 2);
    tcase_add_loop_test(tc, a_function_without_calls_keeps_its_variables, 0, 2);
    tcase_add_test(tc, measuring_decides_for_one_way);
    suite_add_tcase(suite, tc);
    return suite;
}
