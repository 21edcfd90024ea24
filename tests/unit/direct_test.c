/*
 * Bytes that calls carry over themselves, mixed with relayed ones in every order.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <time.h>

#include "fronts.h"
#include "unix/direct.h"

#define MIXED 20000

static size_t send_directly(uint32_t id, int front, const void *data, size_t size)
{
    const struct iovec iov = {(void *)data, size};

    return direct_send(id, front, &iov, 1);
}

static ssize_t receive_directly(uint32_t id, int front, void *data, size_t size, int flags)
{
    struct iovec iov = {data, size};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

    return direct_receive(id, front, &msg, flags);
}

/* The relay's thread has seen to it that the front is connected. */
static void open_directly(const char *name, uint32_t *id, int *front, int *peer)
{
    *id = open_relay(name, front, peer);
    ck_assert_int_eq(send(*peer, "x", 1, 0), 1);
    check_receives(*front, "x");
}

START_TEST(what_is_sent_directly_is_at_the_peer_at_once)
{
    uint32_t id;
    int front, peer;
    char text[8] = {0};

    open_directly("send", &id, &front, &peer);
    ck_assert_uint_eq(send_directly(id, front, "word", 4), 4);
    ck_assert_int_eq(recv(peer, text, sizeof(text), MSG_DONTWAIT), 4);
    ck_assert_str_eq(text, "word");
}
END_TEST

START_TEST(what_the_peer_sends_is_received_at_once)
{
    uint32_t id;
    int front, peer, i;
    char text[8] = {0};

    open_directly("receive", &id, &front, &peer);
    ck_assert_int_eq(receive_directly(id, front, text, sizeof(text), 0), -1);
    ck_assert_int_eq(errno, EAGAIN);
    for (i = 0; i < 100; i++)
    {
        ck_assert_int_eq(send(peer, "word", 4, 0), 4);
        ck_assert_int_eq(receive_directly(id, front, text, sizeof(text), MSG_PEEK), 4);
        ck_assert_int_eq(receive_directly(id, front, text, sizeof(text), 0), 4);
        ck_assert_str_eq(text, "word");
    }
}
END_TEST

START_TEST(what_was_written_to_the_front_goes_first)
{
    uint32_t id;
    int front, peer, i;
    char text[8] = {0};
    size_t direct;

    open_directly("first", &id, &front, &peer);
    for (i = 0; i < 200; i++)
    {
        ck_assert_int_eq(write(front, "1", 1), 1);
        direct = send_directly(id, front, "2", 1);
        if (!direct) ck_assert_int_eq(write(front, "2", 1), 1);
        ck_assert_int_eq(recv(peer, text, 2, MSG_WAITALL), 2);
        ck_assert_str_eq(text, "12");
    }
}
END_TEST

/* Nobody tells the relay of somebody who reads the front. */
START_TEST(readers_of_the_front_get_what_comes_after_direct_receives)
{
    uint32_t id;
    int front, peer, i;
    char text[8] = {0};

    open_directly("reader", &id, &front, &peer);
    for (i = 0; i < 20; i++)
    {
        ck_assert_int_eq(send(peer, "direct", 6, 0), 6);
        ck_assert_int_eq(receive_directly(id, front, text, 6, 0), 6);
        ck_assert_int_eq(send(peer, "front", 5, 0), 5);
        check_receives(front, "front");
    }
}
END_TEST

START_TEST(settled_is_what_is_there_by_then)
{
    struct pollfd readable;
    uint32_t id;
    int front, peer;
    char text[8];

    open_directly("settle", &id, &front, &peer);
    ck_assert_int_eq(send(peer, "1", 1, 0), 1);
    ck_assert_int_eq(receive_directly(id, front, text, sizeof(text), 0), 1);
    ck_assert_int_eq(send(peer, "2", 1, 0), 1);
    direct_settle(id);
    readable = (struct pollfd){.fd = front, .events = POLLIN};
    ck_assert_int_eq(poll(&readable, 1, 0), 1);
    ck_assert_int_eq(receive_directly(id, front, text, sizeof(text), 0), 1);
    ck_assert_int_eq(text[0], '2');
}
END_TEST

START_TEST(waits_end_with_data_and_with_the_end)
{
    uint32_t id;
    int front, peer;
    char byte;

    open_directly("wait", &id, &front, &peer);
    ck_assert_int_eq(direct_wait(id, front, 1), 0);
    ck_assert_int_eq(send(peer, "1", 1, 0), 1);
    ck_assert_int_eq(direct_wait(id, front, 10000), 1);
    ck_assert_int_eq(receive_directly(id, front, &byte, 1, 0), 1);
    ck_assert_int_eq(close(peer), 0);
    ck_assert_int_eq(direct_wait(id, front, 10000), 1);
    while (receive_directly(id, front, &byte, 1, 0) < 0)
        ck_assert_int_eq(direct_wait(id, front, 10000), 1); /* on its way to the front */
    ck_assert_int_eq(receive_directly(id, front, &byte, 1, 0), 0);
    ck_assert_int_eq(recv(front, &byte, 1, 0), 0);
}
END_TEST

START_TEST(a_peer_that_is_gone_takes_nothing)
{
    uint32_t id;
    int front, peer;
    char byte;

    open_directly("gone", &id, &front, &peer);
    ck_assert_int_eq(close(peer), 0);
    ck_assert_uint_eq(send_directly(id, front, "lost", 4), 0);
    ck_assert_int_eq(recv(front, &byte, 1, 0), 0);
}
END_TEST

START_TEST(a_full_host_socket_leaves_the_rest_to_the_front)
{
    static char data[4 * 1024 * 1024], got[65536];
    uint32_t id;
    int front, peer;
    size_t sent, i, total = 0;
    ssize_t n;

    for (i = 0; i < sizeof(data); i++) data[i] = i * 7 + i / 257;
    open_directly("full", &id, &front, &peer);
    sent = send_directly(id, front, data, sizeof(data));
    ck_assert_uint_gt(sent, 0);
    ck_assert_uint_lt(sent, sizeof(data));
    sent += send(front, data + sent, 100000, 0);
    while (total < sent && (n = recv(peer, got, sizeof(got), 0)) > 0)
    {
        ck_assert_int_eq(memcmp(got, data + total, n), 0);
        total += n;
    }
    ck_assert_uint_eq(total, sent);
}
END_TEST

START_TEST(what_waits_for_room_goes_on_by_itself)
{
    static char data[512 * 1024], got[65536];
    const struct timespec moment = {0, 20000000};
    uint32_t id;
    int front, peer;
    size_t total = 0;

    open_directly("room", &id, &front, &peer);
    while (send_directly(id, front, data, 1000)) total += 1000;
    total += send(front, data, sizeof(data), MSG_DONTWAIT);
    ck_assert_uint_eq(send_directly(id, front, "x", 1), 0);
    nanosleep(&moment, NULL); /* the relay's thread has nothing to do */
    while (total) total -= recv(peer, got, total < sizeof(got) ? total : sizeof(got), 0);
    ck_assert_uint_eq(total, 0);
}
END_TEST

/* Every byte tells its place. */
static void *send_mixed(void *peer)
{
    int i;

    for (i = 0; i < MIXED; i++)
    {
        const char byte = i % 251;

        ck_assert_int_eq(send((int)(intptr_t)peer, &byte, 1, 0), 1);
    }
    return NULL;
}

static ssize_t receive_somehow(uint32_t id, int front, char *data, size_t size, int how)
{
    if (how == 0) direct_settle(id);
    if (how <= 1) return recv(front, data, size, MSG_DONTWAIT);
    if (how == 2) direct_wait(id, front, 1);
    return receive_directly(id, front, data, size, 0);
}

START_TEST(receives_of_all_kinds_keep_the_order)
{
    uint32_t id;
    int front, peer, next = 0, i;
    unsigned int seed = 1;
    char data[16];
    pthread_t thread;
    ssize_t n;

    open_directly("mixed-in", &id, &front, &peer);
    ck_assert_int_eq(pthread_create(&thread, NULL, send_mixed, (void *)(intptr_t)peer), 0);
    while (next < MIXED)
    {
        n = receive_somehow(id, front, data, 1 + rand_r(&seed) % sizeof(data), rand_r(&seed) % 8);
        for (i = 0; i < n; i++, next++) ck_assert_int_eq(data[i], (char)(next % 251));
    }
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

static uint32_t mixed_id;

static void *send_somehow(void *front)
{
    const int fd = (int)(intptr_t)front;
    unsigned int seed = 2;
    int i;

    for (i = 0; i < MIXED; i++)
    {
        const char byte = i % 251;

        if (!(rand_r(&seed) % 3) || !send_directly(mixed_id, fd, &byte, 1))
            ck_assert_int_eq(write(fd, &byte, 1), 1);
        if (!(rand_r(&seed) % 50)) direct_settle(mixed_id);
    }
    return NULL;
}

START_TEST(sends_of_all_kinds_keep_the_order)
{
    int front, peer, next = 0, i;
    char data[16];
    pthread_t thread;
    ssize_t n;

    open_directly("mixed-out", &mixed_id, &front, &peer);
    ck_assert_int_eq(pthread_create(&thread, NULL, send_somehow, (void *)(intptr_t)front), 0);
    while (next < MIXED && (n = recv(peer, data, sizeof(data), 0)) > 0)
        for (i = 0; i < n; i++, next++) ck_assert_int_eq(data[i], (char)(next % 251));
    ck_assert_int_eq(next, MIXED);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

Suite *direct_suite(void)
{
    Suite *suite = suite_create("direct");
    TCase *calls = tcase_create("calls");

    tcase_set_timeout(calls, 60);
    tcase_add_test(calls, what_is_sent_directly_is_at_the_peer_at_once);
    tcase_add_test(calls, what_the_peer_sends_is_received_at_once);
    tcase_add_test(calls, what_was_written_to_the_front_goes_first);
    tcase_add_test(calls, readers_of_the_front_get_what_comes_after_direct_receives);
    tcase_add_test(calls, settled_is_what_is_there_by_then);
    tcase_add_test(calls, waits_end_with_data_and_with_the_end);
    tcase_add_test(calls, a_peer_that_is_gone_takes_nothing);
    tcase_add_test(calls, a_full_host_socket_leaves_the_rest_to_the_front);
    tcase_add_test(calls, what_waits_for_room_goes_on_by_itself);
    tcase_add_test(calls, receives_of_all_kinds_keep_the_order);
    tcase_add_test(calls, sends_of_all_kinds_keep_the_order);
    suite_add_tcase(suite, calls);
    return suite;
}
