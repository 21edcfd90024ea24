/*
 * What fails when descriptors or memory run out, and works again afterwards.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "extensions.h"
#include "shortage.h"

static SOCKET connect_to(const struct sockaddr_in *addr)
{
    SOCKET s = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_INT(connect(s, (const SOCKADDR *)addr, sizeof(*addr)), 0);
    return s;
}

/* "The queue is nonempty upon entry to accept and there are no descriptors available."
 * The connection stays in the queue. */
TEST(without_descriptors_nothing_is_accepted)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), one = connect_to(&addr), two = connect_to(&addr), s, t;
    char byte;

    limit_set(LIMIT_SERVER_DESCRIPTORS);
    CHECK_ERROR(accept(listener, NULL, NULL), WSAEMFILE);
    CHECK_ERROR(WSAAccept(listener, NULL, NULL, NULL, 0), WSAEMFILE);
    limit_lift();
    CHECK((s = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    CHECK((t = WSAAccept(listener, NULL, NULL, NULL, 0)) != INVALID_SOCKET);
    CHECK_INT(send(one, "1", 1, 0), 1);
    CHECK_INT(recv(s, &byte, 1, 0), 1);
    CHECK_INT(byte, '1');
    CHECK_INT(send(two, "2", 1, 0), 1);
    CHECK_INT(recv(t, &byte, 1, 0), 1);
    CHECK_INT(byte, '2');
}

TEST(without_descriptors_acceptex_fails_and_can_be_repeated)
{
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), acceptor = socket(AF_INET, SOCK_STREAM, 0);
    LPFN_ACCEPTEX accept_ex = EXTENSION(listener, LPFN_ACCEPTEX, WSAID_ACCEPTEX);
    OVERLAPPED overlapped;
    char names[2 * (sizeof(addr) + 16)];
    DWORD done = 0, flags;

    connect_to(&addr);
    event_overlapped(&overlapped);
    limit_set(LIMIT_SERVER_DESCRIPTORS);
    CHECK_PENDING(
        accept_ex(listener, acceptor, names, 0, sizeof(addr) + 16, sizeof(addr) + 16, &done, &overlapped));
    CHECK_ENDS_WITH(listener, &overlapped, ERROR_TOO_MANY_OPEN_FILES);
    limit_lift();
    event_overlapped(&overlapped);
    if (!accept_ex(listener, acceptor, names, 0, sizeof(addr) + 16, sizeof(addr) + 16, &done, &overlapped))
        CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
    CHECK(WSAGetOverlappedResult(listener, &overlapped, &done, TRUE, &flags));
}

/* Sockets that are there go on working without the program having descriptors of its own
 * for them. */
TEST(without_a_programs_descriptors_families_of_the_hosts_are_refused)
{
    SOCKET pair[2], s = socket(AF_UNIX, SOCK_STREAM, 0);
    char byte = 0;

    tcp_pair(pair);
    CHECK_INT(send(pair[0], "a", 1, 0), 1);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 1);
    limit_set(LIMIT_PROGRAM_DESCRIPTORS);
    CHECK_ERROR(socket(AF_UNIX, SOCK_STREAM, 0), WSAEMFILE);
    CHECK_INT(send(pair[0], "b", 1, 0), 1);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 1);
    CHECK_INT(byte, 'b');
    CHECK_INT(closesocket(s), 0);
    limit_lift();
    CHECK((s = socket(AF_UNIX, SOCK_STREAM, 0)) != INVALID_SOCKET);
    CHECK_INT(closesocket(s), 0);
}

/* What the last number of sockets was for which there is a place. */
static unsigned int make_all(SOCKET *sockets, unsigned int most)
{
    unsigned int count;

    for (count = 0; count < most; count++)
        if ((sockets[count] = socket(AF_INET, SOCK_DGRAM, 0)) == INVALID_SOCKET) break;
    return count;
}

/* In a process of its own, whatever else needs memory there. */
CHILD(without_memory)
{
    static SOCKET sockets[700];
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), client = connect_to(&addr), s;
    WSAPROTOCOL_INFOW info;
    unsigned int count;
    char byte;

    /* what the module needs once is there */
    CHECK_INT(make_all(sockets, 100), 100);
    CHECK_INT(WSADuplicateSocketW(sockets[0], GetCurrentProcessId(), &info), 0);
    limit_set(LIMIT_MEMORY);
    count = 100 + make_all(sockets + 100, 600);
    CHECK_INT(WSAGetLastError(), WSAENOBUFS);
    CHECK_ERROR(accept(listener, NULL, NULL), WSAENOBUFS);
    CHECK_ERROR(WSAAccept(listener, NULL, NULL, NULL, 0), WSAENOBUFS);
    limit_lift();
    CHECK(count < 700);
    /* the connection is still there */
    CHECK((s = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    CHECK_INT(send(client, "m", 1, 0), 1);
    CHECK_INT(recv(s, &byte, 1, 0), 1);
    CHECK_INT(byte, 'm');
    while (count) CHECK_INT(closesocket(sockets[--count]), 0);
    CHECK_INT(make_all(sockets, 700), 700);
    return 0;
}

TEST(without_memory_nothing_is_accepted)
{
    CHECK_INT(harness_join(harness_spawn("without_memory", "x")), 0);
}
