/*
 * Requests of registered I/O, done on real sockets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "suites.h"
#include "unix/batch.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

#define COUNT 40

static int fds[2];
static char memory[COUNT][64];
static struct ws2_rio_request requests[COUNT];

static void loopback(int fd, struct sockaddr_in *name)
{
    socklen_t size = sizeof(*name);

    memset(name, 0, sizeof(*name));
    name->sin_family = AF_INET;
    name->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)name, size), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)name, &size), 0);
}

static void open_streams(void)
{
    struct sockaddr_in name;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    loopback(listener, &name);
    ck_assert_int_eq(listen(listener, 1), 0);
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fds[0], (struct sockaddr *)&name, sizeof(name)), 0);
    fds[1] = accept(listener, NULL, NULL);
    ck_assert_int_ge(fds[1], 0);
    close(listener);
}

static void open_datagrams(void)
{
    struct sockaddr_in names[2];
    int i;

    for (i = 0; i < 2; i++) loopback(fds[i] = socket(AF_INET, SOCK_DGRAM, 0), &names[i]);
    for (i = 0; i < 2; i++)
        ck_assert_int_eq(connect(fds[i], (struct sockaddr *)&names[!i], sizeof(names[!i])), 0);
}

static void close_both(void)
{
    close(fds[0]);
    close(fds[1]);
}

/* So many requests of this size, each with its own memory. */
static void prepare(int count, uint32_t size)
{
    memset(requests, 0, sizeof(requests));
    for (int i = 0; i < count; i++)
    {
        requests[i].data = WS2_PTR(memory[i]);
        requests[i].size = size;
        requests[i].error = -1;
    }
}

static struct ws2_rio_run run(int fd, int count, int sends, int datagram)
{
    struct ws2_rio_run run = {
        .requests = WS2_PTR(requests),
        .count = count,
        .fd = fd,
        .datagram = datagram,
        .sends = sends,
        .ends = 1,
    };

    batch_run(&run);
    return run;
}

START_TEST(many_sends_of_a_stream_go_out_in_order)
{
    char data[COUNT];

    open_streams();
    prepare(COUNT, 1);
    for (int i = 0; i < COUNT; i++) memory[i][0] = 'A' + i;
    ck_assert_int_eq(run(fds[0], COUNT, 1, 0).finished, COUNT);
    for (int i = 0; i < COUNT; i++)
    {
        ck_assert_int_eq(requests[i].error, 0);
        ck_assert_int_eq(requests[i].done, 1);
    }
    ck_assert_int_eq(recv(fds[1], data, sizeof(data), MSG_WAITALL), COUNT);
    for (int i = 0; i < COUNT; i++) ck_assert_int_eq(data[i], 'A' + i);
    close_both();
}
END_TEST

START_TEST(data_fill_one_receive_after_the_other)
{
    open_streams();
    prepare(4, 4);
    ck_assert_int_eq(send(fds[0], "abcdefghij", 10, 0), 10);
    ck_assert_int_eq(run(fds[1], 4, 0, 0).finished, 3);
    ck_assert_int_eq(requests[0].done, 4);
    ck_assert_int_eq(requests[1].done, 4);
    ck_assert_int_eq(requests[2].done, 2);
    ck_assert_int_eq(requests[3].done, 0);
    ck_assert_int_eq(requests[3].error, -1);
    ck_assert(!memcmp(memory[2], "ij", 2));
    close_both();
}
END_TEST

START_TEST(a_receive_of_all_goes_on_where_it_was)
{
    open_streams();
    prepare(1, 6);
    requests[0].flags = WS2_RIO_ALL;
    ck_assert_int_eq(send(fds[0], "abc", 3, 0), 3);
    ck_assert_int_eq(run(fds[1], 1, 0, 0).finished, 0);
    ck_assert_int_eq(requests[0].done, 3);
    ck_assert_int_eq(run(fds[1], 1, 0, 0).finished, 0);
    ck_assert_int_eq(send(fds[0], "defg", 4, 0), 4);
    ck_assert_int_eq(run(fds[1], 1, 0, 0).finished, 1);
    ck_assert_int_eq(requests[0].done, 6);
    ck_assert(!memcmp(memory[0], "abcdef", 6));
    close_both();
}
END_TEST

START_TEST(the_end_finishes_what_is_left)
{
    open_streams();
    prepare(3, 4);
    requests[0].flags = WS2_RIO_ALL;
    ck_assert_int_eq(send(fds[0], "ab", 2, 0), 2);
    close(fds[0]);
    ck_assert_int_eq(run(fds[1], 3, 0, 0).finished, 0); /* what there is, first */
    ck_assert_int_eq(run(fds[1], 3, 0, 0).finished, 3);
    ck_assert_int_eq(requests[0].done, 2);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(requests[i].error, 0);
    ck_assert_int_eq(requests[2].done, 0);
    close(fds[1]);
}
END_TEST

START_TEST(a_reset_fails_what_is_left)
{
    struct linger hard = {1, 0};

    open_streams();
    prepare(2, 4);
    ck_assert_int_eq(setsockopt(fds[0], SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), 0);
    close(fds[0]);
    ck_assert_int_eq(run(fds[1], 2, 0, 0).finished, 2);
    ck_assert_int_eq(requests[0].error, WSAECONNRESET);
    ck_assert_int_eq(requests[1].error, WSAECONNRESET);
    /* also when the host has told somebody already */
    prepare(1, 4);
    ck_assert_int_eq(run(fds[1], 1, 0, 0).finished, 1);
    ck_assert_int_eq(requests[0].error, WSAECONNRESET);
    prepare(1, 4);
    ck_assert_int_eq(run(fds[1], 1, 1, 0).finished, 1);
    ck_assert_int_eq(requests[0].error, WSAECONNRESET);
    close(fds[1]);
}
END_TEST

START_TEST(a_send_without_room_is_done_in_part)
{
    const uint32_t size = 16 << 20;
    char *large = calloc(1, size);
    static char data[1 << 16];
    uint32_t done, got = 0;
    ssize_t ret;

    open_streams();
    prepare(2, size);
    requests[0].data = requests[1].data = WS2_PTR(large);
    ck_assert_int_eq(run(fds[0], 2, 1, 0).finished, 0);
    done = requests[0].done;
    ck_assert_int_gt(done, 0);
    ck_assert_int_lt(done, size);
    ck_assert_int_eq(requests[1].done, 0);
    while (got < done && (ret = recv(fds[1], data, sizeof(data), 0)) > 0) got += ret;
    ck_assert_int_eq(run(fds[0], 2, 1, 0).finished, 0);
    ck_assert_int_gt(requests[0].done, done);
    free(large);
    close_both();
}
END_TEST

START_TEST(a_receive_of_nothing_waits_for_something)
{
    open_streams();
    prepare(2, 0);
    requests[1].size = 4;
    ck_assert_int_eq(run(fds[1], 2, 0, 0).finished, 0);
    ck_assert_int_eq(send(fds[0], "ab", 2, 0), 2);
    ck_assert_int_eq(run(fds[1], 2, 0, 0).finished, 2);
    ck_assert_int_eq(requests[0].done, 0);
    ck_assert_int_eq(requests[1].done, 2);
    prepare(1, 0);
    ck_assert_int_eq(run(fds[1], 1, 1, 0).finished, 1); /* a send does not */
    close_both();
}
END_TEST

START_TEST(many_datagrams_stay_apart)
{
    open_datagrams();
    prepare(COUNT, 0);
    for (int i = 0; i < COUNT; i++)
    {
        requests[i].size = 1 + i;
        memory[i][0] = 'A' + i;
    }
    ck_assert_int_eq(run(fds[0], COUNT, 1, 1).finished, COUNT);
    prepare(COUNT, sizeof(memory[0]));
    memset(memory, 0, sizeof(memory));
    ck_assert_int_eq(run(fds[1], COUNT, 0, 1).finished, COUNT);
    for (int i = 0; i < COUNT; i++)
    {
        ck_assert_int_eq(requests[i].error, 0);
        ck_assert_int_eq(requests[i].done, 1 + i);
        ck_assert_int_eq(memory[i][0], 'A' + i);
    }
    ck_assert_int_eq(run(fds[1], 1, 0, 1).finished, 0);
    close_both();
}
END_TEST

START_TEST(datagrams_tell_their_length_and_sender)
{
    struct sockaddr_in name;
    socklen_t size = sizeof(name);

    open_datagrams();
    for (int count = 1; count < 4; count++)
    {
        prepare(count, 4);
        for (int i = 0; i < count; i++)
        {
            requests[i].address_size = sizeof(requests[i].address);
            ck_assert_int_eq(send(fds[0], "too long", 8, 0), 8);
        }
        if (count > 1) requests[1].flags = WS2_RIO_NO_DATA;
        ck_assert_int_eq(run(fds[1], count, 0, 1).finished, count);
        ck_assert_int_eq(getsockname(fds[0], (struct sockaddr *)&name, &size), 0);
        for (int i = 0; i < count; i++)
        {
            ck_assert_int_eq(requests[i].done, 4);
            ck_assert_int_eq(requests[i].error, requests[i].flags ? 0 : WSAEMSGSIZE);
            ck_assert_int_eq(requests[i].address_size, sizeof(name));
            ck_assert(!memcmp(requests[i].address, &name, 8));
        }
    }
    close_both();
}
END_TEST

START_TEST(a_datagram_that_can_not_be_sent_keeps_no_other)
{
    struct sockaddr_in name;
    socklen_t size = sizeof(name);
    int lonely = socket(AF_INET, SOCK_DGRAM, 0);

    open_datagrams();
    prepare(3, 4);
    ck_assert_int_eq(getsockname(fds[1], (struct sockaddr *)&name, &size), 0);
    memcpy(requests[0].address, &name, sizeof(name));
    memcpy(requests[2].address, &name, sizeof(name));
    requests[0].address_size = requests[2].address_size = sizeof(name);
    ck_assert_int_eq(run(lonely, 3, 1, 1).finished, 3);
    ck_assert_int_eq(requests[0].error, 0);
    ck_assert_int_eq(requests[1].error, WSAENOTCONN);
    ck_assert_int_eq(requests[2].error, 0);
    close(lonely);
    close_both();
}
END_TEST

START_TEST(a_refused_datagram_is_the_next_receives_to_tell)
{
    struct ws2_rio_run outcome;

    open_datagrams();
    close(fds[1]);
    prepare(1, 4);
    ck_assert_int_eq(run(fds[0], 1, 1, 1).finished, 1);
    prepare(1, 4);
    outcome = run(fds[0], 1, 1, 1);
    ck_assert_int_eq(outcome.finished, 1);
    ck_assert_int_eq(requests[0].error, 0);
    ck_assert_int_eq(outcome.refused, 1);
    /* a receive that is told itself */
    prepare(1, 4);
    outcome = (struct ws2_rio_run){
        .requests = WS2_PTR(requests), .count = 1, .fd = fds[0], .datagram = 1, .resets = 1};
    batch_run(&outcome);
    ck_assert_int_eq(outcome.finished, 1);
    ck_assert_int_eq(outcome.met, 1);
    ck_assert_int_eq(requests[0].error, WSAECONNRESET);
    close(fds[0]);
}
END_TEST

START_TEST(memory_that_is_bad_is_a_fault)
{
    open_datagrams();
    prepare(1, 4);
    requests[0].data = 16;
    ck_assert_int_eq(run(fds[0], 1, 1, 1).finished, 1);
    ck_assert_int_eq(requests[0].error, WSAEFAULT);
    close_both();
}
END_TEST

Suite *batch_suite(void)
{
    Suite *suite = suite_create("batch");
    TCase *tcase = tcase_create("batch");

    tcase_add_test(tcase, many_sends_of_a_stream_go_out_in_order);
    tcase_add_test(tcase, data_fill_one_receive_after_the_other);
    tcase_add_test(tcase, a_receive_of_all_goes_on_where_it_was);
    tcase_add_test(tcase, the_end_finishes_what_is_left);
    tcase_add_test(tcase, a_reset_fails_what_is_left);
    tcase_add_test(tcase, a_send_without_room_is_done_in_part);
    tcase_add_test(tcase, a_receive_of_nothing_waits_for_something);
    tcase_add_test(tcase, many_datagrams_stay_apart);
    tcase_add_test(tcase, datagrams_tell_their_length_and_sender);
    tcase_add_test(tcase, a_datagram_that_can_not_be_sent_keeps_no_other);
    tcase_add_test(tcase, a_refused_datagram_is_the_next_receives_to_tell);
    tcase_add_test(tcase, memory_that_is_bad_is_a_fault);
    suite_add_tcase(suite, tcase);
    return suite;
}
