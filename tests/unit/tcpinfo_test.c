/*
 * SIO_TCP_INFO's numbers from the host's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "suites.h"
#include "unix/tcpinfo.h"
#include "unix/wsaerror.h"

START_TEST(packets_become_bytes)
{
    struct tcp_info host = {.tcpi_state = 1,
                            .tcpi_snd_mss = 1000,
                            .tcpi_snd_cwnd = 10,
                            .tcpi_unacked = 5,
                            .tcpi_sacked = 1,
                            .tcpi_lost = 1};
    struct ws2_tcp_numbers numbers;

    tcp_info_translate(&host, sizeof(host), &numbers);
    ck_assert_uint_eq(numbers.state, 4);
    ck_assert_uint_eq(numbers.mss, 1000);
    ck_assert_uint_eq(numbers.cwnd, 10000);
    ck_assert_uint_eq(numbers.bytes_in_flight, 3000);
}
END_TEST

START_TEST(more_lost_than_sent_is_nothing_in_flight)
{
    struct tcp_info host = {.tcpi_state = 1, .tcpi_snd_mss = 1000, .tcpi_unacked = 1, .tcpi_lost = 3};
    struct ws2_tcp_numbers numbers;

    tcp_info_translate(&host, sizeof(host), &numbers);
    ck_assert_uint_eq(numbers.bytes_in_flight, 0);
}
END_TEST

START_TEST(numbers_that_do_not_fit_are_the_largest)
{
    struct tcp_info host = {.tcpi_state = 1,
                            .tcpi_snd_mss = 65535,
                            .tcpi_snd_cwnd = UINT32_MAX,
                            .tcpi_bytes_retrans = UINT64_MAX,
                            .tcpi_min_rtt = UINT32_MAX};
    struct ws2_tcp_numbers numbers;

    tcp_info_translate(&host, sizeof(host), &numbers);
    ck_assert_uint_eq(numbers.cwnd, UINT32_MAX);
    ck_assert_uint_eq(numbers.bytes_retrans, UINT32_MAX);
    ck_assert_uint_eq(numbers.min_rtt_us, 0);
}
END_TEST

START_TEST(limits_are_in_milliseconds)
{
    struct tcp_info host = {
        .tcpi_state = 1, .tcpi_busy_time = 10000, .tcpi_rwnd_limited = 3000, .tcpi_sndbuf_limited = 2000};
    struct ws2_tcp_numbers numbers;

    tcp_info_translate(&host, sizeof(host), &numbers);
    ck_assert_uint_eq(numbers.rwin_ms, 3);
    ck_assert_uint_eq(numbers.snd_ms, 2);
    ck_assert_uint_eq(numbers.cwnd_ms, 5);
}
END_TEST

START_TEST(what_an_older_host_lacks_is_zero)
{
    struct tcp_info host;
    struct ws2_tcp_numbers numbers;

    memset(&host, 0xff, sizeof(host));
    host.tcpi_state = 200;
    tcp_info_translate(&host, offsetof(struct tcp_info, tcpi_bytes_acked), &numbers);
    ck_assert_uint_eq(numbers.state, 0);
    ck_assert_uint_eq(numbers.bytes_in, 0);
    ck_assert_uint_eq(numbers.snd_wnd, 0);
}
END_TEST

START_TEST(there_is_nothing_to_know_without_a_connection)
{
    struct ws2_tcp_numbers numbers;
    int fd = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);

    ck_assert_int_eq(tcp_info(fd, &numbers), WSAENOTCONN);
    ck_assert_int_ne(tcp_info(udp, &numbers), 0);
    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(tcp_info(fd, &numbers), WSAENOTCONN);
    close(fd);
    close(udp);
}
END_TEST

Suite *tcpinfo_suite(void)
{
    Suite *suite = suite_create("tcpinfo");
    TCase *tcase = tcase_create("numbers");

    tcase_add_test(tcase, packets_become_bytes);
    tcase_add_test(tcase, more_lost_than_sent_is_nothing_in_flight);
    tcase_add_test(tcase, numbers_that_do_not_fit_are_the_largest);
    tcase_add_test(tcase, limits_are_in_milliseconds);
    tcase_add_test(tcase, what_an_older_host_lacks_is_zero);
    tcase_add_test(tcase, there_is_nothing_to_know_without_a_connection);
    suite_add_tcase(suite, tcase);
    return suite;
}
