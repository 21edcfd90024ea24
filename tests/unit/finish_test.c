/*
 * Waiting on the host for what a signal's handler writes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "suites.h"
#include "unix/finish.h"

#define PENDING 0x103
#define LONG_MS 60000 /* more than a test may take */

static volatile int32_t status;

static void finish(int signal)
{
    (void)signal;
    status = 0;
}

static void prepare(void)
{
    struct sigaction action = {.sa_handler = finish};

    ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
    status = PENDING;
}

static void *send_later(void *thread)
{
    usleep(20000);
    pthread_kill(*(pthread_t *)thread, SIGUSR1);
    return NULL;
}

START_TEST(a_signal_ends_the_wait_with_the_outcome)
{
    pthread_t self = pthread_self(), other;

    prepare();
    ck_assert_int_eq(pthread_create(&other, NULL, send_later, &self), 0);
    while (status == PENDING) finish_wait(&status, PENDING, LONG_MS);
    pthread_join(other, NULL);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(what_is_finished_is_not_waited_for)
{
    prepare();
    raise(SIGUSR1);
    finish_wait(&status, PENDING, LONG_MS);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_wait_ends_by_itself)
{
    prepare();
    finish_wait(&status, PENDING, 1);
    ck_assert_int_eq(status, PENDING);
}
END_TEST

START_TEST(signals_are_let_in_again)
{
    sigset_t signals;

    prepare();
    finish_wait(&status, PENDING, 1);
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &signals), 0);
    ck_assert_int_eq(sigismember(&signals, SIGUSR1), 0);
    raise(SIGUSR1);
    ck_assert_int_eq(status, 0);
}
END_TEST

Suite *finish_suite(void)
{
    Suite *suite = suite_create("finish");
    TCase *tests = tcase_create("finish");

    tcase_add_test(tests, a_signal_ends_the_wait_with_the_outcome);
    tcase_add_test(tests, what_is_finished_is_not_waited_for);
    tcase_add_test(tests, a_wait_ends_by_itself);
    tcase_add_test(tests, signals_are_let_in_again);
    suite_add_tcase(suite, tests);
    return suite;
}
