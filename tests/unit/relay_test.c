/*
 * Relays between host sockets and fronts, with fronts that are plain TCP sockets here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>

#include "fronts.h"
#include "unix/front.h"
#include "unix/wsaerror.h"

/* A relay that listens, and its front. */
static int listening_front(const char *name, union host_sockaddr *addr, socklen_t *len,
                           struct sockaddr_in *front, uint32_t *id)
{
    int fd = front_socket_bound(front), runner = 0;

    *len = abstract_name(addr, name);
    ck_assert_int_eq(relay_open(AF_UNIX, SOCK_STREAM, 0, id), 0);
    ck_assert_int_eq(relay_bind(*id, addr, *len), 0);
    ck_assert_int_eq(relay_guard(*id, fd), 0);
    ck_assert_int_eq(listen(fd, 5), 0);
    ck_assert_int_eq(relay_listen(*id, 5, front->sin_port, &runner), 0);
    start_runner(runner);
    return fd;
}

START_TEST(what_connects_to_the_host_socket_comes_to_the_front)
{
    union host_sockaddr addr, peer;
    struct sockaddr_in front, from;
    socklen_t len, from_len = sizeof(from);
    uint32_t id, accepted, pid = 0;
    int listener = listening_front("comes", &addr, &len, &front, &id), client = client_of(&addr, len), s;

    s = accept(listener, (struct sockaddr *)&from, &from_len);
    ck_assert_int_ge(s, 0);
    ck_assert_uint_eq(ntohl(from.sin_addr.s_addr) & 0xffc00000, 0x7f400000);
    check_talk(client, s);
    ck_assert_int_eq(relay_find(from.sin_addr.s_addr, front.sin_port, &accepted), 0);
    ck_assert_uint_ne(accepted, id);
    ck_assert_int_eq(relay_peer(accepted, &peer, &len, &pid), 0);
    ck_assert_int_eq(pid, getpid());
    ck_assert_int_eq(relay_find(htonl(INADDR_LOOPBACK), front.sin_port, &accepted), WSAENOTCONN);
}
END_TEST

START_TEST(strangers_do_not_get_to_the_front)
{
    union host_sockaddr addr;
    struct sockaddr_in front;
    socklen_t len;
    uint32_t id;
    int listener = listening_front("guard", &addr, &len, &front, &id);
    int stranger = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), client, s;
    struct sockaddr_in from;
    socklen_t from_len = sizeof(from);

    ck_assert_int_eq(connect(stranger, (struct sockaddr *)&front, sizeof(front)), -1);
    ck_assert_int_eq(errno, EINPROGRESS);
    client = client_of(&addr, len);
    s = accept(listener, (struct sockaddr *)&from, &from_len); /* not the first that tried */
    ck_assert_uint_eq(ntohl(from.sin_addr.s_addr) & 0xffc00000, 0x7f400000);
    check_talk(client, s);
    ck_assert_int_eq(recv(stranger, &from, 1, 0), -1);
}
END_TEST

START_TEST(ends_are_told_from_halves)
{
    union host_sockaddr addr;
    struct sockaddr_in front;
    socklen_t len;
    uint32_t id;
    int listener = listening_front("ends", &addr, &len, &front, &id), client = client_of(&addr, len);
    int s = accept(listener, NULL, NULL);
    char byte;

    ck_assert_int_eq(send(client, "last", 4, 0), 4);
    ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
    check_receives(s, "last");
    ck_assert_int_eq(recv(s, &byte, 1, 0), 0);
    ck_assert_int_eq(send(s, "still open", 10, 0), 10);
    check_receives(client, "still open");
    ck_assert_int_eq(close(s), 0);
    ck_assert_int_eq(recv(client, &byte, 1, 0), 0);
}
END_TEST

START_TEST(a_client_that_has_gone_leaves_its_bytes)
{
    union host_sockaddr addr;
    struct sockaddr_in front;
    socklen_t len;
    uint32_t id;
    int listener = listening_front("gone", &addr, &len, &front, &id), client = client_of(&addr, len), s;
    char byte;

    ck_assert_int_eq(send(client, "bye", 3, 0), 3);
    ck_assert_int_eq(close(client), 0);
    s = accept(listener, NULL, NULL);
    check_receives(s, "bye");
    ck_assert_int_eq(recv(s, &byte, 1, 0), 0);
}
END_TEST

START_TEST(a_front_gets_through_to_a_host_listener)
{
    union host_sockaddr addr;
    socklen_t len;
    uint32_t id, pid;
    int listener = host_listener("through", &addr, &len), front, s;

    ck_assert_int_eq(relay_open(AF_UNIX, SOCK_STREAM, 0, &id), 0);
    front = connected_front(id, &addr, len);
    s = accept(listener, NULL, NULL);
    check_talk(front, s);
    ck_assert_int_eq(relay_peer(id, &addr, &len, &pid), 0);
    ck_assert_int_eq(pid, getpid());
}
END_TEST

START_TEST(what_was_sent_before_the_last_close_arrives)
{
    union host_sockaddr addr;
    socklen_t len;
    uint32_t id;
    int listener = host_listener("before", &addr, &len), front, s, i;
    char byte;

    for (i = 0; i < 100; i++)
    {
        ck_assert_int_eq(relay_open(AF_UNIX, SOCK_STREAM, 0, &id), 0);
        front = connected_front(id, &addr, len);
        ck_assert_int_eq(send(front, "word", 4, 0), 4);
        ck_assert_int_eq(close(front), 0);
        relay_close(id, 1);
        s = accept(listener, NULL, NULL);
        check_receives(s, "word");
        ck_assert_int_eq(recv(s, &byte, 1, 0), 0);
        ck_assert_int_eq(close(s), 0);
    }
}
END_TEST

START_TEST(nobody_there_is_refused_and_may_be_tried_again)
{
    union host_sockaddr addr;
    socklen_t len = abstract_name(&addr, "again");
    uint32_t id;
    uint16_t port;
    int runner, listener, front, s;

    ck_assert_int_eq(relay_open(AF_UNIX, SOCK_STREAM, 0, &id), 0);
    ck_assert_int_eq(relay_connect(id, &addr, len, 0, 1, htons(1), &port, &runner), WSAECONNREFUSED);
    listener = host_listener("again", &addr, &len);
    front = connected_front(id, &addr, len);
    s = accept(listener, NULL, NULL);
    check_talk(front, s);
    ck_assert_int_eq(relay_connect(id, &addr, len, 0, 1, htons(1), &port, &runner), WSAEISCONN);
}
END_TEST

START_TEST(a_relay_that_is_closed_is_unknown)
{
    union host_sockaddr addr;
    socklen_t len = abstract_name(&addr, "unknown");
    uint32_t id;
    uint16_t port;
    int runner;

    ck_assert_int_eq(relay_open(AF_UNIX, SOCK_STREAM, 0, &id), 0);
    relay_close(id, 1);
    ck_assert_int_eq(relay_bind(id, &addr, len), WSAENOTSOCK);
    ck_assert_int_eq(relay_listen(id, 1, htons(1), &runner), WSAENOTSOCK);
    ck_assert_int_eq(relay_connect(id, &addr, len, 0, 1, htons(1), &port, &runner), WSAENOTSOCK);
}
END_TEST

START_TEST(a_front_tells_what_was_left_with_it)
{
    struct sockaddr_in addr;
    int front = front_socket_bound(&addr), other = dup(front);
    char words[7], more[300] = {1, 2, 3}, got[300];

    ck_assert_uint_eq(front_tagged(front, got, sizeof(got)), 0);
    ck_assert_int_eq(front_guard(front, htons(1)), 0);
    ck_assert_uint_eq(front_tagged(front, got, sizeof(got)), 0);
    memcpy(words, "7 bytes", 7);
    ck_assert_int_eq(front_tag(front, 0, words, 7), 0);
    ck_assert_uint_eq(front_tagged(other, got, sizeof(got)), 7);
    ck_assert_mem_eq(got, words, 7);
    ck_assert_int_eq(front_tag(other, htons(1), more, sizeof(more)), 0);
    ck_assert_uint_eq(front_tagged(front, got, sizeof(got)), sizeof(more));
    ck_assert_mem_eq(got, more, sizeof(more));
    ck_assert_uint_eq(front_tagged(front, got, 2), 2);
    ck_assert_int_eq(front_tag(front, 0, more, FRONT_TAG_MAX + 1), WSAENOBUFS);
}
END_TEST

Suite *relay_suite(void)
{
    Suite *suite = suite_create("relay");
    TCase *fronts = tcase_create("fronts");

    tcase_add_test(fronts, what_connects_to_the_host_socket_comes_to_the_front);
    tcase_add_test(fronts, strangers_do_not_get_to_the_front);
    tcase_add_test(fronts, ends_are_told_from_halves);
    tcase_add_test(fronts, a_client_that_has_gone_leaves_its_bytes);
    tcase_add_test(fronts, a_front_gets_through_to_a_host_listener);
    tcase_add_test(fronts, what_was_sent_before_the_last_close_arrives);
    tcase_add_test(fronts, nobody_there_is_refused_and_may_be_tried_again);
    tcase_add_test(fronts, a_relay_that_is_closed_is_unknown);
    tcase_add_test(fronts, a_front_tells_what_was_left_with_it);
    suite_add_tcase(suite, fronts);
    return suite;
}
