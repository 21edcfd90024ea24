/*
 * Every errno that socket calls can give has its Winsock error.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>

#include "suites.h"
#include "unix/errno.h"

/* What socket(7), ip(7), tcp(7), udp(7), raw(7), unix(7) and the calls' own
 * manual pages list, with the numbers that Windows programs compare with. */
static const struct
{
    int host, winsock;
} expected[] = {
    {0, 0},
    {EINTR, 10004},
    {EBADF, 10038},
    {EACCES, 10013},
    {EPERM, 10013},
    {EFAULT, 10014},
    {EINVAL, 10022},
    {EMFILE, 10024},
    {ENFILE, 10024},
    {EAGAIN, 10035},
    {EWOULDBLOCK, 10035},
    {EINPROGRESS, 10035},
    {EALREADY, 10037},
    {ENOTSOCK, 10038},
    {EDESTADDRREQ, 10039},
    {EMSGSIZE, 10040},
    {EPROTOTYPE, 10041},
    {ENOPROTOOPT, 10042},
    {EPROTONOSUPPORT, 10043},
    {ESOCKTNOSUPPORT, 10044},
    {EOPNOTSUPP, 10045},
    {EPFNOSUPPORT, 10046},
    {EAFNOSUPPORT, 10047},
    {EADDRINUSE, 10048},
    {EADDRNOTAVAIL, 10049},
    {ENODEV, 10049},
    {ENETDOWN, 10050},
    {ENETUNREACH, 10051},
    {ENETRESET, 10052},
    {ECONNABORTED, 10053},
    {ECONNRESET, 10054},
    {EPIPE, 10054},
    {EPROTO, 10054},
    {ENOBUFS, 10055},
    {ENOMEM, 10055},
    {EISCONN, 10056},
    {ENOTCONN, 10057},
    {ESHUTDOWN, 10058},
    {ETOOMANYREFS, 10059},
    {ETIMEDOUT, 10060},
    {ECONNREFUSED, 10061},
    {ELOOP, 10062},
    {ENAMETOOLONG, 10063},
    {EHOSTDOWN, 10064},
    {EHOSTUNREACH, 10065},
    {ENOTEMPTY, 10066},
    {EUSERS, 10068},
    {EDQUOT, 10069},
    {ESTALE, 10070},
    {EREMOTE, 10071},
};

START_TEST(each_errno_has_its_winsock_error)
{
    ck_assert_int_eq(error_from_errno(expected[_i].host), expected[_i].winsock);
}
END_TEST

START_TEST(no_errno_is_taken_for_success)
{
    for (int host = 1; host < 4096; host++) ck_assert_int_gt(error_from_errno(host), 0);
    ck_assert_int_gt(error_from_errno(-1), 0);
}
END_TEST

Suite *errno_suite(void)
{
    Suite *suite = suite_create("errno");
    TCase *tests = tcase_create("errno");

    tcase_add_loop_test(tests, each_errno_has_its_winsock_error, 0, sizeof(expected) / sizeof(expected[0]));
    tcase_add_test(tests, no_errno_is_taken_for_success);
    suite_add_tcase(suite, tests);
    return suite;
}
