/*
 * CloseHandle on a socket, as the C runtime does it: the peer sees the end, and the
 * value may be somebody else's at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

/* Back and forth, so that both ends have been sent and received on. */
static void talk(SOCKET a, SOCKET b)
{
    char byte;

    CHECK_INT(send(a, "x", 1, 0), 1);
    CHECK_INT(recv(b, &byte, 1, 0), 1);
    CHECK_INT(send(b, "y", 1, 0), 1);
    CHECK_INT(recv(a, &byte, 1, 0), 1);
}

static void ends_for_the_peer(int closed)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    Sleep(700); /* long enough to be watched, and then not to use Winsock again */
    CHECK(CloseHandle((HANDLE)pair[closed]));
    CHECK_INT(recv(pair[!closed], &byte, 1, 0), 0);
    closesocket(pair[!closed]);
}

TEST(closehandle_on_a_connected_socket_ends_the_stream)
{
    ends_for_the_peer(0);
}

TEST(closehandle_on_an_accepted_socket_ends_the_stream)
{
    ends_for_the_peer(1);
}

TEST(closehandle_right_after_a_transfer_ends_the_stream)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    closesocket(pair[1]);
}

TEST(a_socket_closed_as_a_handle_is_no_socket)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAENOTSOCK);
    CHECK_ERROR(recv(pair[0], &byte, 1, 0), WSAENOTSOCK);
    closesocket(pair[1]);
}

TEST(a_reused_value_is_the_new_socket)
{
    SOCKET pair[2], again[2];
    char byte;

    tcp_pair(pair);
    talk(pair[0], pair[1]);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK(CloseHandle((HANDLE)pair[1]));
    tcp_pair(again); /* values are reused lowest first */
    talk(again[0], again[1]);
    CHECK_INT(closesocket(again[0]), 0);
    CHECK_INT(recv(again[1], &byte, 1, 0), 0);
    CHECK_INT(closesocket(again[1]), 0);
}

TEST(a_closed_socket_has_no_extension_functions)
{
    GUID id = WSAID_TRANSMITFILE;
    void *function;
    SOCKET pair[2];
    DWORD size;

    tcp_pair(pair);
    CHECK_INT(WSAIoctl(pair[0], SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function,
                       sizeof(function), &size, NULL, NULL),
              0);
    CHECK(CloseHandle((HANDLE)pair[0]));
    CHECK_ERROR(WSAIoctl(pair[0], SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &function,
                         sizeof(function), &size, NULL, NULL),
                WSAENOTSOCK);
    closesocket(pair[1]);
}
