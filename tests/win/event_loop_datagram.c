/*
 * How event loops receive datagrams: at a port, after a zero-byte read, and what fails.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "port.h"

#define MORE_DATA 234 /* what WSAEMSGSIZE is to GetQueuedCompletionStatus */

static int receive_from(SOCKET s, void *data, ULONG size, OVERLAPPED *overlapped)
{
    static struct sockaddr_in from;
    static int len;
    WSABUF buffer = {size, data};
    DWORD flags = 0;

    len = sizeof(from);
    return WSARecvFrom(s, &buffer, 1, NULL, &flags, (struct sockaddr *)&from, &len, overlapped, NULL);
}

TEST(datagram_that_does_not_fit_fills_the_buffer_and_says_so_at_the_port)
{
    OVERLAPPED overlapped = {0};
    struct sockaddr_in addr;
    char buffer[4];
    HANDLE port;
    DWORD size;
    SOCKET s;

    udp_bound(&s, &addr);
    port = port_of(s);
    CHECK_ERROR(receive_from(s, buffer, 4, &overlapped), WSA_IO_PENDING);
    CHECK_INT(sendto(s, "datagram", 8, 0, (struct sockaddr *)&addr, sizeof(addr)), 8);
    CHECK_INT(take(port, &overlapped, &size), MORE_DATA);
    CHECK_INT(size, 4);
    CHECK(!memcmp(buffer, "data", 4));
    closesocket(s);
    CloseHandle(port);
}

TEST(datagram_that_does_not_fit_gives_msgsize)
{
    struct sockaddr_in addr;
    char buffer[4];
    SOCKET s;

    udp_bound(&s, &addr);
    CHECK_INT(sendto(s, "datagram", 8, 0, (struct sockaddr *)&addr, sizeof(addr)), 8);
    CHECK_ERROR(recv(s, buffer, 4, 0), WSAEMSGSIZE);
    CHECK(!memcmp(buffer, "data", 4));
    closesocket(s);
}

TEST(zero_read_of_datagrams_peeks)
{
    WSABUF buffer = {0, ""};
    DWORD flags = MSG_PEEK, size;
    OVERLAPPED overlapped = {0};
    struct sockaddr_in addr;
    char data[8];
    HANDLE port;
    SOCKET s;

    /* libuv's way to wait for a datagram without a buffer for it */
    udp_bound(&s, &addr);
    port = port_of(s);
    set_blocking(s, FALSE);
    CHECK_ERROR(WSARecv(s, &buffer, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
    CHECK_INT(sendto(s, "datagram", 8, 0, (struct sockaddr *)&addr, sizeof(addr)), 8);
    CHECK_INT(take(port, &overlapped, &size), MORE_DATA);
    CHECK_INT(recv(s, data, 8, 0), 8);
    closesocket(s);
    CloseHandle(port);
}

TEST(receive_of_datagrams_fails_when_the_socket_is_closed)
{
    OVERLAPPED overlapped = {0};
    char buffer[4];
    HANDLE port;
    DWORD size;
    SOCKET s;

    udp_bound(&s, NULL);
    port = port_of(s);
    CHECK_ERROR(receive_from(s, buffer, 4, &overlapped), WSA_IO_PENDING);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(take(port, &overlapped, &size), ERROR_OPERATION_ABORTED);
    check_nothing(port);
    CloseHandle(port);
}

/* A queued receive goes on after one that failed. */
TEST(receives_of_datagrams_go_on_after_one_that_did_not_fit)
{
    OVERLAPPED overlapped[2] = {{0}};
    char small[4], buffer[16];
    struct sockaddr_in addr;
    HANDLE port;
    DWORD size;
    SOCKET s;

    udp_bound(&s, &addr);
    port = port_of(s);
    CHECK_ERROR(receive_from(s, small, 4, &overlapped[0]), WSA_IO_PENDING);
    CHECK_ERROR(receive_from(s, buffer, 16, &overlapped[1]), WSA_IO_PENDING);
    CHECK_INT(sendto(s, "datagram", 8, 0, (struct sockaddr *)&addr, sizeof(addr)), 8);
    CHECK_INT(sendto(s, "another", 7, 0, (struct sockaddr *)&addr, sizeof(addr)), 7);
    CHECK_INT(take(port, &overlapped[0], &size), MORE_DATA);
    CHECK_INT(take(port, &overlapped[1], &size), 0);
    CHECK_INT(size, 7);
    CHECK(!memcmp(buffer, "another", 7));
    closesocket(s);
    CloseHandle(port);
}

TEST(a_failed_receive_of_a_datagram_posts_no_packet)
{
    OVERLAPPED overlapped = {0};
    struct sockaddr_in addr;
    char buffer[4];
    HANDLE port;
    SOCKET s;

    udp_bound(&s, &addr);
    port = port_of(s);
    skip_on_success(s);
    CHECK_ERROR(receive_from(s, (void *)16, 4, &overlapped), WSAEFAULT);
    CHECK_ERROR(receive_from(INVALID_SOCKET, buffer, 4, &overlapped), WSAENOTSOCK);
    check_nothing(port);
    closesocket(s);
    CloseHandle(port);
}

/* As libuv reads datagrams: told by a peek, then without waiting until there are none. */
TEST(datagrams_are_drained_after_a_zero_read)
{
    WSABUF nothing = {0, ""}, buffer;
    OVERLAPPED overlapped = {0};
    struct sockaddr_in addr, from;
    char data[8];
    int i, len;
    DWORD flags, size;
    HANDLE port;
    SOCKET s;

    udp_bound(&s, &addr);
    port = port_of(s);
    skip_on_success(s);
    set_blocking(s, FALSE);
    for (i = 0; i < 3; i++)
    {
        memset(&overlapped, 0, sizeof(overlapped));
        flags = MSG_PEEK;
        CHECK_ERROR(WSARecv(s, &nothing, 1, NULL, &flags, &overlapped, NULL), WSA_IO_PENDING);
        CHECK_INT(sendto(s, "one", 3, 0, (struct sockaddr *)&addr, sizeof(addr)), 3);
        CHECK_INT(sendto(s, "three", 5, 0, (struct sockaddr *)&addr, sizeof(addr)), 5);
        CHECK_INT(take(port, &overlapped, &size), MORE_DATA);
        buffer = (WSABUF){sizeof(data), data};
        flags = 0;
        len = sizeof(from);
        CHECK_INT(WSARecvFrom(s, &buffer, 1, &size, &flags, (struct sockaddr *)&from, &len, NULL, NULL), 0);
        CHECK_INT(size, 3);
        CHECK_INT(from.sin_port, addr.sin_port);
        CHECK_INT(WSARecvFrom(s, &buffer, 1, &size, &flags, (struct sockaddr *)&from, &len, NULL, NULL), 0);
        CHECK_INT(size, 5);
        CHECK_ERROR(WSARecvFrom(s, &buffer, 1, &size, &flags, (struct sockaddr *)&from, &len, NULL, NULL),
                    WSAEWOULDBLOCK);
    }
    check_nothing(port);
    closesocket(s);
    CloseHandle(port);
}
