/*
 * ICMP errors: which mean something, and what the host really queues.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <time.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "suites.h"
#include "unix/unreachable.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

#define BOTH (WS2_HEAR_UNREACHABLE | WS2_HEAR_EXPIRED)

static int meaning(int origin, int type, int code, uint32_t wanted)
{
    struct sock_extended_err what = {.ee_origin = origin, .ee_type = type, .ee_code = code};

    return unreachable_meaning(&what, wanted);
}

START_TEST(a_port_unreachable_is_a_reset)
{
    ck_assert_int_eq(meaning(SO_EE_ORIGIN_ICMP, 3, 3, BOTH), WSAECONNRESET);
    ck_assert_int_eq(meaning(SO_EE_ORIGIN_ICMP6, 1, 4, BOTH), WSAECONNRESET);
    ck_assert_int_eq(meaning(SO_EE_ORIGIN_ICMP, 3, 3, WS2_HEAR_EXPIRED), 0);
}
END_TEST

START_TEST(an_exceeded_time_to_live_is_a_network_reset)
{
    ck_assert_int_eq(meaning(SO_EE_ORIGIN_ICMP, 11, 0, BOTH), WSAENETRESET);
    ck_assert_int_eq(meaning(SO_EE_ORIGIN_ICMP6, 3, 0, BOTH), WSAENETRESET);
    ck_assert_int_eq(meaning(SO_EE_ORIGIN_ICMP, 11, 0, WS2_HEAR_UNREACHABLE), 0);
}
END_TEST

START_TEST(everything_else_is_nothing)
{
    ck_assert_int_eq(meaning(SO_EE_ORIGIN_ICMP, 3, 1, BOTH), 0);
    ck_assert_int_eq(meaning(SO_EE_ORIGIN_ICMP, 3, 4, BOTH), 0);
    ck_assert_int_eq(meaning(SO_EE_ORIGIN_ICMP6, 3, 0, 0), 0);
    ck_assert_int_eq(meaning(SO_EE_ORIGIN_LOCAL, 3, 3, BOTH), 0);
}
END_TEST

/* A socket that hears, and has sent to a port of the loopback where nobody is. */
static int unheard_socket(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(addr);
    int fd = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

    ck_assert_int_eq(bind(other, (struct sockaddr *)&addr, size), 0);
    ck_assert_int_eq(getsockname(other, (struct sockaddr *)&addr, &size), 0);
    close(other);
    ck_assert_int_eq(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)), 0);
    ck_assert_int_eq(sendto(fd, "x", 1, 0, (struct sockaddr *)&addr, sizeof(addr)), 1);
    return fd;
}

START_TEST(the_queue_is_taken_until_something_means_something)
{
    int fd = unheard_socket();
    char byte;

    ck_assert_int_eq(unreachable_take(fd, BOTH), WSAECONNRESET);
    ck_assert_int_eq(unreachable_take(fd, BOTH), 0);
    ck_assert_int_eq(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    ck_assert_int_eq(errno, EAGAIN);
    close(fd);

    fd = unheard_socket();
    ck_assert_int_eq(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    ck_assert(unreachable_is_pending_error(errno));
    ck_assert_int_eq(unreachable_take(fd, WS2_HEAR_EXPIRED), 0);
    ck_assert_int_eq(unreachable_take(fd, BOTH), 0);
    close(fd);
}
END_TEST

START_TEST(errors_of_the_receive_itself_are_no_messages)
{
    ck_assert(!unreachable_is_pending_error(EFAULT));
    ck_assert(!unreachable_is_pending_error(EBADF));
    ck_assert(!unreachable_is_pending_error(ENOMEM));
    ck_assert(unreachable_is_pending_error(EAGAIN));
}
END_TEST

Suite *unreachable_suite(void)
{
    Suite *suite = suite_create("unreachable");
    TCase *tests = tcase_create("all");

    tcase_add_test(tests, a_port_unreachable_is_a_reset);
    tcase_add_test(tests, an_exceeded_time_to_live_is_a_network_reset);
    tcase_add_test(tests, everything_else_is_nothing);
    tcase_add_test(tests, the_queue_is_taken_until_something_means_something);
    tcase_add_test(tests, errors_of_the_receive_itself_are_no_messages);
    suite_add_tcase(suite, tests);
    return suite;
}
