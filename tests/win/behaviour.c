/*
 * Behaviours of Windows that programs have been hurt for want of, and that no single call stands for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

static int option(SOCKET s, int name)
{
    int value = -1, len = sizeof(value);

    CHECK_INT(getsockopt(s, SOL_SOCKET, name, (char *)&value, &len), 0);
    return value;
}

/* Whatever the host's own limits are. */
TEST(buffer_sizes_read_back_what_was_set)
{
    static const int sizes[] = {1, 1000, 65536, 64 * 1024 * 1024, 0x7fffffff},
                     names[] = {SO_RCVBUF, SO_SNDBUF};
    SOCKET sockets[4];
    unsigned int i, j, k;
    char byte;

    tcp_pair(sockets);
    udp_bound(&sockets[2], NULL);
    CHECK((sockets[3] = socket(AF_INET, SOCK_STREAM, 0)) != INVALID_SOCKET);
    for (i = 0; i < 4; i++)
        for (j = 0; j < 2; j++)
            for (k = 0; k < 5; k++)
            {
                CHECK_INT(setsockopt(sockets[i], SOL_SOCKET, names[j], (char *)&sizes[k], sizeof(sizes[k])),
                          0);
                CHECK_INT(option(sockets[i], names[j]), sizes[k]);
            }
    CHECK_INT(send(sockets[0], "x", 1, 0), 1);
    CHECK_INT(recv(sockets[1], &byte, 1, 0), 1);
    CHECK_INT(option(sockets[1], SO_RCVBUF), 0x7fffffff);
    for (i = 0; i < 4; i++) closesocket(sockets[i]);
}

/* The OVERLAPPED is used for a receive meanwhile, as by a program that goes on at once. */
TEST(send_counts_all_its_bytes_once_it_succeeds)
{
    static char data[300000];
    DWORD sizes[] = {1, 100, 65536, sizeof(data)}, sent, got, i, total, flags;
    SOCKET pair[2];

    for (i = 0; i < 4; i++)
    {
        OVERLAPPED overlapped = {.hEvent = WSACreateEvent()};
        WSABUF buffers[2] = {{sizes[i] / 2, data}, {sizes[i] - sizes[i] / 2, data + sizes[i] / 2}};
        int ret;

        tcp_pair(pair);
        sent = 0xdeadbeef;
        ret = WSASend(pair[0], buffers, 2, &sent, 0, &overlapped, NULL);
        CHECK(!ret || WSAGetLastError() == WSA_IO_PENDING);
        if (!ret) CHECK_INT(sent, sizes[i]);
        for (total = 0; total < sizes[i]; total += got)
        {
            got = recv(pair[1], data, sizeof(data), 0);
            CHECK((int)got > 0);
        }
        CHECK_INT(total, sizes[i]);
        CHECK(WSAGetOverlappedResult(pair[0], &overlapped, &sent, TRUE, &flags));
        CHECK_INT(sent, sizes[i]);
        WSACloseEvent(overlapped.hEvent);
        close_pair(pair);
    }
}

TEST(byte_counts_of_overlapped_operations_may_be_null)
{
    OVERLAPPED send_overlapped = {.hEvent = WSACreateEvent()},
               receive_overlapped = {.hEvent = WSACreateEvent()};
    WSABUF out = {4, "data"}, in = {4, (char[4]){0}};
    struct sockaddr_in addr, from;
    int i, len = sizeof(from);
    DWORD done, flags;
    SOCKET pair[2];

    tcp_pair(pair);
    for (i = 0; i < 2; i++) /* what waits, and what ends at once */
    {
        flags = 0;
        if (!i)
            CHECK_ERROR(WSARecv(pair[1], &in, 1, NULL, &flags, &receive_overlapped, NULL), WSA_IO_PENDING);
        CHECK_INT(WSASend(pair[0], &out, 1, NULL, 0, &send_overlapped, NULL), 0);
        if (i)
            CHECK(!WSARecv(pair[1], &in, 1, NULL, &flags, &receive_overlapped, NULL) ||
                  WSAGetLastError() == WSA_IO_PENDING);
        CHECK(WSAGetOverlappedResult(pair[1], &receive_overlapped, &done, TRUE, &flags));
        CHECK_INT(done, 4);
    }
    close_pair(pair);

    udp_bound(&pair[0], &addr);
    flags = 0;
    CHECK_ERROR(
        WSARecvFrom(pair[0], &in, 1, NULL, &flags, (struct sockaddr *)&from, &len, &receive_overlapped, NULL),
        WSA_IO_PENDING);
    CHECK_INT(
        WSASendTo(pair[0], &out, 1, NULL, 0, (struct sockaddr *)&addr, sizeof(addr), &send_overlapped, NULL),
        0);
    CHECK(WSAGetOverlappedResult(pair[0], &receive_overlapped, &done, TRUE, &flags));
    CHECK_INT(done, 4);
    CHECK_INT(from.sin_port, addr.sin_port);
    /* without an OVERLAPPED a send needs it */
    CHECK_ERROR(WSASendTo(pair[0], &out, 1, NULL, 0, (struct sockaddr *)&addr, sizeof(addr), NULL, NULL),
                WSAEFAULT);
    closesocket(pair[0]);
    WSACloseEvent(send_overlapped.hEvent);
    WSACloseEvent(receive_overlapped.hEvent);
}

static DWORD as_file(SOCKET s, void *data, DWORD size, BOOL write)
{
    OVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    DWORD done = 0;

    CHECK((write ? WriteFile((HANDLE)s, data, size, NULL, &overlapped)
                 : ReadFile((HANDLE)s, data, size, NULL, &overlapped)) ||
          GetLastError() == ERROR_IO_PENDING);
    CHECK(GetOverlappedResult((HANDLE)s, &overlapped, &done, TRUE));
    CloseHandle(overlapped.hEvent);
    return done;
}

/* In turns with Winsock's own calls, so that neither may keep what the other needs. */
TEST(a_socket_is_read_and_written_as_a_file)
{
    char buffer[8];
    SOCKET pair[2];
    int i;

    tcp_pair(pair);
    for (i = 0; i < 3; i++)
    {
        CHECK_INT(as_file(pair[0], "file", 4, TRUE), 4);
        CHECK_INT(send(pair[0], "sock", 4, 0), 4);
        CHECK_INT(recv(pair[1], buffer, 6, MSG_WAITALL), 6);
        CHECK(!memcmp(buffer, "fileso", 6));
        CHECK_INT(as_file(pair[1], buffer, 8, FALSE), 2);
        CHECK(!memcmp(buffer, "ck", 2));
    }
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_INT(recv(pair[1], buffer, 8, 0), 0);
    close_pair(pair);
}

CHILD(echo_standard_input)
{
    char buffer[64];
    DWORD got, done;

    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), buffer, sizeof(buffer), &got, NULL) && got)
        if (!WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), buffer, got, &done, NULL) || done != got) return 1;
    return 0;
}

static HANDLE spawn_with(SOCKET s)
{
    STARTUPINFOA startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    char command[MAX_PATH + 64], program[MAX_PATH];
    PROCESS_INFORMATION process;

    startup.hStdInput = startup.hStdOutput = (HANDLE)s;
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    GetModuleFileNameA(NULL, program, sizeof(program));
    snprintf(command, sizeof(command), "\"%s\" --child echo_standard_input", program);
    CHECK(CreateProcessA(program, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process));
    CloseHandle(process.hThread);
    return process.hProcess;
}

/* Only a socket without the overlapped attribute can be read without an OVERLAPPED. */
TEST(a_socket_serves_as_a_childs_standard_handles)
{
    SOCKET listener, s, accepted;
    struct sockaddr_in addr;
    char buffer[8];
    HANDLE child;

    listener = tcp_listener(&addr);
    SetHandleInformation((HANDLE)listener, HANDLE_FLAG_INHERIT, 0);
    s = WSASocketA(AF_INET, SOCK_STREAM, 0, NULL, 0, 0);
    CHECK_INT(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK((accepted = accept(listener, NULL, NULL)) != INVALID_SOCKET);
    SetHandleInformation((HANDLE)accepted, HANDLE_FLAG_INHERIT, 0);
    child = spawn_with(s);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(send(accepted, "one", 3, 0), 3);
    CHECK_INT(recv(accepted, buffer, 3, MSG_WAITALL), 3);
    CHECK(!memcmp(buffer, "one", 3));
    CHECK_INT(send(accepted, "second", 6, 0), 6);
    CHECK_INT(recv(accepted, buffer, 6, MSG_WAITALL), 6);
    CHECK(!memcmp(buffer, "second", 6));
    CHECK_INT(shutdown(accepted, SD_SEND), 0);
    CHECK_INT(recv(accepted, buffer, 8, 0), 0); /* the child has ended, and was the last */
    CHECK_INT(harness_join(child), 0);
    closesocket(accepted);
    closesocket(listener);
}

/* INVALID_SOCKET if the port is taken. */
static SOCKET bound(int family, int type, unsigned short port)
{
    struct sockaddr_in6 addr = {.sin6_family = family, .sin6_port = port};
    SOCKET s = socket(family, type, 0);
    int size = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(addr);

    CHECK(s != INVALID_SOCKET);
    if (!bind(s, (struct sockaddr *)&addr, size)) return s;
    CHECK_INT(WSAGetLastError(), WSAEADDRINUSE);
    closesocket(s);
    return INVALID_SOCKET;
}

/* An IPv6 socket leaves its port to IPv4: any port that no other program has there. */
TEST(ipv6_sockets_are_for_ipv6_only_by_default)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM};
    struct sockaddr_in6 addr;
    SOCKET six, four;
    int i, len, on, tries;

    for (i = 0; i < 2; i++)
    {
        four = INVALID_SOCKET;
        for (tries = 0; tries < 20 && four == INVALID_SOCKET; tries++)
        {
            CHECK((six = bound(AF_INET6, types[i], 0)) != INVALID_SOCKET);
            len = sizeof(on);
            on = 0;
            CHECK_INT(getsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&on, &len), 0);
            CHECK(on);
            len = sizeof(addr);
            CHECK_INT(getsockname(six, (struct sockaddr *)&addr, &len), 0);
            four = bound(AF_INET, types[i], addr.sin6_port);
            closesocket(six);
        }
        CHECK(four != INVALID_SOCKET);
        closesocket(four);
    }
}

/* One error a thread, in GetLastError's own slot, and no traces in it of what succeeds. */
TEST(the_last_error_is_getlasterrors)
{
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    SetLastError(12345);
    CHECK_INT(WSAGetLastError(), 12345);
    WSASetLastError(54321);
    CHECK_INT(GetLastError(), 54321);
    CHECK_INT(closesocket(INVALID_SOCKET), SOCKET_ERROR);
    CHECK_INT(GetLastError(), WSAENOTSOCK);
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 1);
    CHECK_INT(GetLastError(), 0);
    close_pair(pair);
}

static DWORD WINAPI receive_and_end(void *context)
{
    char byte;

    return recv(*(SOCKET *)context, &byte, 1, 0);
}

/* A blocking call of one thread does not keep others from the same socket. */
TEST(a_socket_is_sent_on_while_another_thread_receives_from_it)
{
    SOCKET pair[2];
    HANDLE thread;
    DWORD got;
    char byte;

    tcp_pair(pair);
    thread = CreateThread(NULL, 0, receive_and_end, &pair[0], 0, NULL);
    Sleep(50);
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 1);
    CHECK_INT(send(pair[1], "y", 1, 0), 1);
    CHECK_INT(WaitForSingleObject(thread, 10000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &got));
    CHECK_INT(got, 1);
    CloseHandle(thread);
    close_pair(pair);
}

static DWORD WINAPI end_later(void *context)
{
    SOCKET *pair = context;
    char byte;

    WaitForSingleObject((HANDLE)pair[2], INFINITE); /* the main thread */
    CHECK_INT(send(pair[0], "x", 1, 0), 1);
    CHECK_INT(recv(pair[1], &byte, 1, 0), 1);
    ExitThread(8);
}

/* Its main thread ends, with 7, or another one after that, with 8: with sockets in use, and one
 * that events are selected of. */
CHILD(ends_with_its_last_thread)
{
    SOCKET pair[3], selected[2];
    HANDLE self, thread;

    tcp_pair(pair);
    tcp_pair(selected);
    CHECK_INT(WSAEventSelect(selected[0], WSACreateEvent(), FD_READ | FD_CLOSE), 0);
    if (!argc) ExitThread(7);
    CHECK(DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &self, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    pair[2] = (SOCKET)self;
    thread = CreateThread(NULL, 0, end_later, pair, 0, NULL);
    CHECK(thread != NULL);
    ExitThread(7);
}

TEST(a_program_ends_with_its_last_thread)
{
    CHECK_INT(harness_join(harness_spawn("ends_with_its_last_thread", "%s", "")), 7);
    CHECK_INT(harness_join(harness_spawn("ends_with_its_last_thread", "%s", "later")), 8);
}
