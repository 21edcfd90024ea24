/*
 * Messages of SOCK_SEQPACKET over fronts that are streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>

#include "fronts.h"
#include "ws2_unix.h"

static void open_messages(const char *name, int *front, int *peer)
{
    union host_sockaddr addr;
    socklen_t len = abstract_name(&addr, name);
    int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    uint32_t id;

    ck_assert_int_eq(bind(listener, &addr.any, len), 0);
    ck_assert_int_eq(listen(listener, 5), 0);
    ck_assert_int_eq(relay_open(AF_UNIX, SOCK_SEQPACKET, 0, &id), 0);
    *front = connected_front(id, &addr, len);
    *peer = accept(listener, NULL, NULL);
    ck_assert_int_ge(*peer, 0);
}

static void check_message(int peer, const void *data, size_t size)
{
    static char got[2 * WS2_HOST_MESSAGE_MAX];

    ck_assert_int_eq(recv(peer, got, sizeof(got), 0), (ssize_t)size);
    ck_assert_mem_eq(got, data, size);
}

static void check_frame(int front, const void *data, uint32_t size)
{
    static char got[4 * WS2_HOST_MESSAGE_MAX];
    uint32_t header;

    ck_assert_int_eq(recv(front, &header, sizeof(header), MSG_WAITALL), sizeof(header));
    ck_assert_uint_eq(header, size);
    ck_assert_int_eq(recv(front, got, size, MSG_WAITALL), size);
    ck_assert_mem_eq(got, data, size);
}

static size_t put_frame(char *to, const void *data, uint32_t size)
{
    memcpy(to, &size, sizeof(size));
    memcpy(to + sizeof(size), data, size);
    return sizeof(size) + size;
}

START_TEST(frames_become_messages_however_they_come)
{
    char frames[64];
    size_t size, i;
    int front, peer;

    open_messages("out", &front, &peer);
    size = put_frame(frames, "one", 3);
    size += put_frame(frames + size, "", 0); /* nothing, which would look like the end */
    size += put_frame(frames + size, "another", 7);
    ck_assert_int_eq(send(front, frames, size, 0), (ssize_t)size);
    check_message(peer, "one", 3);
    check_message(peer, "another", 7);
    for (i = 0; i < size; i++) ck_assert_int_eq(send(front, frames + i, 1, 0), 1);
    check_message(peer, "one", 3);
    check_message(peer, "another", 7);
}
END_TEST

START_TEST(messages_become_frames)
{
    static char large[150000];
    int front, peer;

    memset(large, 'L', sizeof(large));
    open_messages("in", &front, &peer);
    ck_assert_int_eq(send(peer, "one", 3, 0), 3);
    ck_assert_int_eq(send(peer, "", 0, 0), 0);
    ck_assert_int_eq(send(peer, large, sizeof(large), 0), sizeof(large));
    check_frame(front, "one", 3);
    check_frame(front, "", 0);
    check_frame(front, large, sizeof(large));
}
END_TEST

START_TEST(the_largest_message_goes_through)
{
    char *large = calloc(1, WS2_HOST_MESSAGE_MAX), *framed = malloc(WS2_HOST_MESSAGE_MAX + 4);
    size_t size = put_frame(framed, large, WS2_HOST_MESSAGE_MAX), sent = 0;
    int front, peer;

    open_messages("large", &front, &peer);
    while (sent < size) sent += send(front, framed + sent, size - sent, 0);
    check_message(peer, large, WS2_HOST_MESSAGE_MAX);
    free(large);
    free(framed);
}
END_TEST

START_TEST(what_is_no_frame_ends_the_connection)
{
    const uint32_t nonsense[2] = {0xffffffff, 0};
    int front, peer;
    char byte;

    open_messages("nonsense", &front, &peer);
    ck_assert_int_eq(send(front, nonsense, sizeof(nonsense), 0), sizeof(nonsense));
    ck_assert_int_eq(recv(peer, &byte, 1, 0), 0);
}
END_TEST

START_TEST(ends_come_after_the_last_message)
{
    char frame[16];
    int front, peer;

    open_messages("end", &front, &peer);
    ck_assert_int_eq(send(peer, "last", 4, 0), 4);
    ck_assert_int_eq(send(front, frame, put_frame(frame, "word", 4), 0), 8);
    ck_assert_int_eq(shutdown(front, SHUT_WR), 0);
    check_message(peer, "word", 4);
    ck_assert_int_eq(recv(peer, frame, 1, 0), 0);
    check_frame(front, "last", 4);
    ck_assert_int_eq(close(peer), 0);
    ck_assert_int_eq(recv(front, frame, 1, 0), 0);
}
END_TEST

Suite *messages_suite(void)
{
    Suite *suite = suite_create("messages");
    TCase *fronts = tcase_create("fronts");

    tcase_add_test(fronts, frames_become_messages_however_they_come);
    tcase_add_test(fronts, messages_become_frames);
    tcase_add_test(fronts, the_largest_message_goes_through);
    tcase_add_test(fronts, what_is_no_frame_ends_the_connection);
    tcase_add_test(fronts, ends_come_after_the_last_message);
    suite_add_tcase(suite, fronts);
    return suite;
}
