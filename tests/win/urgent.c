/*
 * Urgent data: where the mark is, and what becomes of a byte that another overtakes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

/* Several urgent bytes: on Windows each waits beside the stream. */
static void check_mark(SOCKET s, u_long available, u_long at_mark)
{
    u_long bytes = 4711, mark = 4711;

    CHECK_INT(ioctlsocket(s, FIONREAD, &bytes), 0);
    CHECK_INT(bytes, available);
    CHECK_INT(ioctlsocket(s, SIOCATMARK, &mark), 0);
    CHECK_INT(mark, at_mark);
}

static void wait_for_urgent(SOCKET s)
{
    WSAPOLLFD poll = {.fd = s, .events = POLLRDBAND};

    CHECK_INT(WSAPoll(&poll, 1, 10000), 1);
}

TEST(a_second_urgent_byte_leaves_the_first_beside_the_stream)
{
    SOCKET pair[2];
    char buffer[8];
    u_long mark = FALSE;

    tcp_pair(pair);
    CHECK_INT(ioctlsocket(pair[0], SIOCATMARK, &mark), 0);
    CHECK_INT(mark, TRUE);
    CHECK_INT(send(pair[1], "hello", 5, 0), 5);
    CHECK_INT(send(pair[1], "a", 1, MSG_OOB), 1);
    wait_for_urgent(pair[0]);
    check_mark(pair[0], 5, FALSE);
    CHECK_INT(send(pair[1], "b", 1, MSG_OOB), 1);
    Sleep(100); /* nothing tells of its arrival */
    check_mark(pair[0], 5, FALSE);
    CHECK_INT(recv(pair[0], buffer, 3, 0), 3);
    check_mark(pair[0], 2, FALSE);
    CHECK_INT(recv(pair[0], buffer, 1, MSG_OOB), 1);
    check_mark(pair[0], 2, FALSE);
    CHECK_INT(recv(pair[0], buffer, sizeof(buffer), 0), 2);
    CHECK(!memcmp(buffer, "lo", 2));
    check_mark(pair[0], 0, FALSE);
    CHECK_INT(recv(pair[0], buffer, 1, MSG_OOB), 1);
    check_mark(pair[0], 0, TRUE);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(data_behind_an_overtaken_urgent_byte_come_without_it)
{
    SOCKET pair[2];
    char buffer[8];

    tcp_pair(pair);
    CHECK_INT(send(pair[1], "ab", 2, 0), 2);
    check_mark(pair[0], 2, TRUE);
    CHECK_INT(send(pair[1], "X", 1, MSG_OOB), 1);
    wait_for_urgent(pair[0]);
    check_mark(pair[0], 2, FALSE);
    CHECK_INT(send(pair[1], "Y", 1, MSG_OOB), 1);
    Sleep(100);
    check_mark(pair[0], 2, FALSE);
    CHECK_INT(recv(pair[0], buffer, sizeof(buffer), 0), 2);
    CHECK_INT(recv(pair[0], buffer, 1, MSG_OOB), 1);
    CHECK_INT(buffer[0], 'X');
    CHECK_INT(recv(pair[0], buffer, 1, MSG_OOB), 1);
    CHECK_INT(buffer[0], 'Y');
    CHECK_INT(send(pair[1], "cd", 2, 0), 2);
    CHECK_INT(recv(pair[0], buffer, sizeof(buffer), 0), 2);
    CHECK(!memcmp(buffer, "cd", 2));
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(an_urgent_byte_that_was_received_is_gone_when_inlined)
{
    SOCKET pair[2];
    u_long on = 1;
    char buffer[8];
    int yes = 1;

    tcp_pair(pair);
    CHECK_INT(send(pair[1], "A", 1, MSG_OOB), 1);
    wait_for_urgent(pair[0]);
    CHECK_INT(recv(pair[0], buffer, 1, MSG_OOB), 1);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_OOBINLINE, (char *)&yes, sizeof(yes)), 0);
    CHECK_INT(send(pair[1], "B", 1, MSG_OOB), 1);
    CHECK_INT(recv(pair[0], buffer, sizeof(buffer), 0), 1);
    CHECK_INT(buffer[0], 'B');
    CHECK_INT(ioctlsocket(pair[0], FIONBIO, &on), 0);
    CHECK_ERROR(recv(pair[0], buffer, sizeof(buffer), 0), WSAEWOULDBLOCK);
    closesocket(pair[0]);
    closesocket(pair[1]);
}

TEST(an_urgent_byte_is_at_the_mark_only_if_it_came_after_it_was_to_be_inlined)
{
    WSAPOLLFD poll = {.events = POLLRDNORM};
    SOCKET pair[2];
    char buffer[8];
    int yes = 1;

    tcp_pair(pair);
    poll.fd = pair[0];
    CHECK_INT(send(pair[1], "A", 1, MSG_OOB), 1);
    wait_for_urgent(pair[0]);
    CHECK_INT(setsockopt(pair[0], SOL_SOCKET, SO_OOBINLINE, (char *)&yes, sizeof(yes)), 0);
    check_mark(pair[0], 1, FALSE);
    CHECK_INT(recv(pair[0], buffer, sizeof(buffer), 0), 1);
    check_mark(pair[0], 0, TRUE);
    CHECK_INT(send(pair[1], "B", 1, MSG_OOB), 1);
    CHECK_INT(WSAPoll(&poll, 1, 10000), 1);
    check_mark(pair[0], 1, TRUE);
    CHECK_INT(recv(pair[0], buffer, sizeof(buffer), 0), 1);
    check_mark(pair[0], 0, TRUE);
    closesocket(pair[0]);
    closesocket(pair[1]);
}
