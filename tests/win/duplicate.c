/*
 * WSADuplicateSocket, within a process and between two.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

/* What travels between processes, in a file mapping: event handles are inherited. */
struct letter
{
    WSAPROTOCOL_INFOW info;
    HANDLE written, answered;
};

TEST(a_duplicate_in_the_same_process)
{
    WSAPROTOCOL_INFOW info;
    SOCKET pair[2], copy;
    char text[8];

    tcp_pair(pair);
    CHECK_INT(WSADuplicateSocketW(pair[0], GetCurrentProcessId(), &info), 0);
    CHECK_INT(info.iAddressFamily, AF_INET);
    CHECK_INT(info.iSocketType, SOCK_STREAM);
    CHECK_INT(info.iProtocol, IPPROTO_TCP);
    copy = WSASocketW(0, 0, 0, &info, 0, 0);
    CHECK(copy != INVALID_SOCKET);
    CHECK(copy != pair[0]);
    CHECK_INT(send(copy, "one", 3, 0), 3);
    CHECK_INT(send(pair[0], "two", 3, 0), 3);
    CHECK_INT(recv(pair[1], text, 3, MSG_WAITALL), 3);
    CHECK(!memcmp(text, "one", 3));
    CHECK_INT(recv(pair[1], text, 3, MSG_WAITALL), 3);
    CHECK(!memcmp(text, "two", 3));
    CHECK_INT(closesocket(copy), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(a_duplicate_by_the_ansi_calls)
{
    WSAPROTOCOL_INFOA info;
    struct sockaddr_in addr, same;
    int len = sizeof(same);
    SOCKET s, copy;

    udp_bound(&s, &addr);
    CHECK_INT(WSADuplicateSocketA(s, GetCurrentProcessId(), &info), 0);
    copy = WSASocketA(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0);
    CHECK(copy != INVALID_SOCKET);
    CHECK_INT(getsockname(copy, (struct sockaddr *)&same, &len), 0);
    CHECK_INT(same.sin_port, addr.sin_port);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(copy), 0);
}

static DWORD WINAPI duplicate_until_closed(void *arg)
{
    const SOCKET s = *(SOCKET *)arg;
    WSAPROTOCOL_INFOW info;
    SOCKET copy;

    while (!WSADuplicateSocketW(s, GetCurrentProcessId(), &info))
    {
        copy = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, 0);
        if (copy == INVALID_SOCKET || closesocket(copy)) return 1;
    }
    return 0;
}

/* The next handle that anybody opens has the value. */
TEST(a_socket_closed_meanwhile_is_duplicated_or_none_is)
{
    HANDLE thread;
    DWORD code;
    SOCKET s;
    int i, j;

    for (i = 0; i < 300; i++)
    {
        udp_bound(&s, NULL);
        thread = CreateThread(NULL, 0, duplicate_until_closed, &s, 0, NULL);
        Sleep(1 + i % 4);
        CHECK_INT(closesocket(s), 0);
        for (j = 0; j < 10; j++) CloseHandle(CreateEventW(NULL, TRUE, FALSE, NULL));
        CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
        CHECK(GetExitCodeThread(thread, &code));
        CHECK_INT(code, 0);
        CloseHandle(thread);
    }
}

TEST(the_connection_ends_with_the_last_duplicate)
{
    WSAPROTOCOL_INFOW info;
    SOCKET pair[2], copy;
    u_long on = 1;
    char byte;

    tcp_pair(pair);
    CHECK_INT(WSADuplicateSocketW(pair[0], GetCurrentProcessId(), &info), 0);
    copy = WSASocketW(0, 0, 0, &info, 0, 0);
    CHECK(copy != INVALID_SOCKET);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(ioctlsocket(pair[1], FIONBIO, &on), 0);
    CHECK_ERROR(recv(pair[1], &byte, 1, 0), WSAEWOULDBLOCK);
    on = 0;
    CHECK_INT(ioctlsocket(pair[1], FIONBIO, &on), 0);
    CHECK_INT(closesocket(copy), 0);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

/* Blocking mode and options belong to the socket, whichever handle names it. */
TEST(duplicates_share_the_sockets_state)
{
    int value = 1, len = sizeof(value);
    WSAPROTOCOL_INFOW info;
    SOCKET s, copy;
    u_long on = 1;
    char byte;

    udp_bound(&s, NULL);
    CHECK_INT(WSADuplicateSocketW(s, GetCurrentProcessId(), &info), 0);
    copy = WSASocketW(0, 0, 0, &info, 0, 0);
    CHECK(copy != INVALID_SOCKET);
    CHECK_INT(setsockopt(s, SOL_SOCKET, SO_BROADCAST, (char *)&value, sizeof(value)), 0);
    value = 0;
    CHECK_INT(getsockopt(copy, SOL_SOCKET, SO_BROADCAST, (char *)&value, &len), 0);
    CHECK_INT(!!value, 1);
    CHECK_INT(ioctlsocket(copy, FIONBIO, &on), 0);
    CHECK_ERROR(recv(s, &byte, 1, 0), WSAEWOULDBLOCK);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(closesocket(copy), 0);
}

TEST(what_cannot_be_duplicated)
{
    WSAPROTOCOL_INFOW info;
    SOCKET s;

    udp_bound(&s, NULL);
    CHECK_ERROR(WSADuplicateSocketW(INVALID_SOCKET, GetCurrentProcessId(), &info), WSAENOTSOCK);
    CHECK_ERROR(WSADuplicateSocketW(s, 0xdead0, &info), WSAEINVAL);
    CHECK_ERROR(WSADuplicateSocketW(s, GetCurrentProcessId(), NULL), WSAEFAULT);
    CHECK_INT(closesocket(s), 0);
}

TEST(a_description_is_used_once)
{
    WSAPROTOCOL_INFOW info;
    SOCKET s, copy;

    udp_bound(&s, NULL);
    CHECK_INT(WSADuplicateSocketW(s, GetCurrentProcessId(), &info), 0);
    copy = WSASocketW(0, 0, 0, &info, 0, 0);
    CHECK(copy != INVALID_SOCKET);
    CHECK_ERROR(WSASocketW(0, 0, 0, &info, 0, 0), WSAEINVAL);
    CHECK_INT(closesocket(copy), 0);
    CHECK_INT(closesocket(s), 0);
}

static struct letter *open_letter(HANDLE mapping)
{
    struct letter *letter = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(*letter));

    CHECK(letter);
    return letter;
}

/* Takes the socket over, says something on it, and ends. */
CHILD(receiver)
{
    struct letter *letter = open_letter((HANDLE)(ULONG_PTR)strtoull(argv[0], NULL, 0));
    char text[16];
    SOCKET s;
    int len;

    if (WaitForSingleObject(letter->written, 10000)) return 10;
    s = WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &letter->info, 0,
                   WSA_FLAG_OVERLAPPED);
    if (s == INVALID_SOCKET) return 11;
    SetEvent(letter->answered);
    len = recv(s, text, sizeof(text), 0);
    if (len != 5 || memcmp(text, "hello", 5)) return 12;
    if (send(s, "from the child", 14, 0) != 14) return 13;
    return closesocket(s) ? 14 : 42;
}

static HANDLE inherited_event(void)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    HANDLE event = CreateEventW(&inherit, FALSE, FALSE, NULL);

    CHECK(event);
    return event;
}

TEST(another_process_takes_a_socket_over)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    struct letter *letter;
    HANDLE mapping, child;
    SOCKET pair[2];
    char text[16];

    mapping = CreateFileMappingW(INVALID_HANDLE_VALUE, &inherit, PAGE_READWRITE, 0, sizeof(*letter), NULL);
    letter = open_letter(mapping);
    letter->written = inherited_event();
    letter->answered = inherited_event();
    tcp_pair(pair);
    SetHandleInformation((HANDLE)pair[0], HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation((HANDLE)pair[1], HANDLE_FLAG_INHERIT, 0);
    child = harness_spawn("receiver", "%#llx", (unsigned long long)(ULONG_PTR)mapping);
    CHECK_INT(WSADuplicateSocketW(pair[0], GetProcessId(child), &letter->info), 0);
    SetEvent(letter->written);
    CHECK_INT(WaitForSingleObject(letter->answered, 10000), WAIT_OBJECT_0);

    CHECK_INT(closesocket(pair[0]), 0); /* the child's is the last now */
    CHECK_INT(send(pair[1], "hello", 5, 0), 5);
    CHECK_INT(recv(pair[1], text, 14, MSG_WAITALL), 14);
    CHECK(!memcmp(text, "from the child", 14));
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 0);
    CHECK_INT(harness_join(child), 42);
    CHECK_INT(closesocket(pair[1]), 0);
    CloseHandle(letter->written);
    CloseHandle(letter->answered);
    UnmapViewOfFile(letter);
    CloseHandle(mapping);
}

CHILD(heir)
{
    SOCKET s = strtoull(argv[0], NULL, 0);
    char text[8];

    if (recv(s, text, sizeof(text), 0) != 4) return 10;
    if (send(s, text, 4, 0) != 4) return 11;
    return closesocket(s) ? 12 : 43;
}

TEST(an_inherited_handle_is_a_socket)
{
    SOCKET pair[2];
    HANDLE child;
    char text[8];

    tcp_pair(pair);
    SetHandleInformation((HANDLE)pair[1], HANDLE_FLAG_INHERIT, 0);
    child = harness_spawn("heir", "%#llx", (unsigned long long)pair[0]);
    CHECK_INT(send(pair[1], "ping", 4, 0), 4);
    CHECK_INT(recv(pair[1], text, 4, MSG_WAITALL), 4);
    CHECK(!memcmp(text, "ping", 4));
    CHECK_INT(harness_join(child), 43);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(recv(pair[1], text, sizeof(text), 0), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}

TEST(a_duplicated_handle_is_a_socket)
{
    HANDLE self = GetCurrentProcess(), copy;
    SOCKET pair[2];
    char text[8];

    tcp_pair(pair);
    CHECK(DuplicateHandle(self, (HANDLE)pair[0], self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK_INT(send((SOCKET)copy, "ping", 4, 0), 4);
    CHECK_INT(recv(pair[1], text, 4, MSG_WAITALL), 4);
    CHECK_INT(closesocket((SOCKET)copy), 0);
    CHECK_INT(closesocket(pair[0]), 0);
    CHECK_INT(closesocket(pair[1]), 0);
}
