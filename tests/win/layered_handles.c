/*
 * A layered provider with handles of its own: what programs do with them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Everything here happens in children, whose first socket finds the provider
 * installed; each returns the number of the line that went wrong.
 */
#include "lsp_install.h"

#define MUST(cond)                                                                         \
    do                                                                                     \
        if (!(cond))                                                                       \
        {                                                                                  \
            printf("%s:%d: %s, error %d\n", __FILE__, __LINE__, #cond, WSAGetLastError()); \
            return __LINE__;                                                               \
        }                                                                                  \
    while (0)

static int in_child_with(const char *name, BOOL udp)
{
    int code = lsp_child("lsp_handle.dll", 0, udp, name);

    CHECK_INT(lsp_shared()->upcalls_bad, 0);
    CHECK_INT(lsp_shared()->startups, 1);
    return code;
}

static int in_child(const char *name)
{
    return in_child_with(name, FALSE);
}

/* The device takes a moment, and has handles of its own meanwhile. */
static BOOL becomes_invalid(SOCKET s)
{
    DWORD flags;
    int i;

    for (i = 0; i < 10000 && GetHandleInformation((HANDLE)s, &flags); i++) Sleep(1);
    return i < 10000;
}

static BOOL closes_below(LONG calls)
{
    int i;

    for (i = 0; i < 10000 && lsp_shared()->calls[ENTRY_CloseSocket] < calls; i++) Sleep(1);
    return lsp_shared()->calls[ENTRY_CloseSocket] == calls;
}

CHILD(exchanges_bytes)
{
    struct sockaddr_in addr;
    int len = sizeof(addr);
    SOCKET pair[2];
    char data[8];
    DWORD flags;

    tcp_pair(pair);
    MUST(send(pair[0], "hello", 5, 0) == 5);
    MUST(recv(pair[1], data, sizeof(data), 0) == 5 && !memcmp(data, "hello", 5));
    MUST(!getpeername(pair[0], (struct sockaddr *)&addr, &len) && addr.sin_port);
    MUST(GetHandleInformation((HANDLE)pair[0], &flags));
    MUST(!closesocket(pair[0]));
    MUST(becomes_invalid(pair[0]));
    MUST(recv(pair[1], data, sizeof(data), 0) == 0);
    MUST(closesocket(pair[0]) == SOCKET_ERROR && WSAGetLastError() == WSAENOTSOCK);
    MUST(lsp_shared()->calls[ENTRY_Send] == 1);
    MUST(lsp_shared()->calls[ENTRY_Recv] == 2);
    return 0;
}

TEST(bytes_go_through_and_closing_closes)
{
    CHECK_INT(in_child("exchanges_bytes"), 0);
}

CHILD(waits_for_events)
{
    WSAOVERLAPPED overlapped = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)};
    DWORD done, flags = 0;
    char data[8];
    WSABUF buffer = {sizeof(data), data};
    SOCKET pair[2];

    tcp_pair(pair);
    MUST(WSARecv(pair[1], &buffer, 1, NULL, &flags, &overlapped, NULL) == SOCKET_ERROR);
    MUST(WSAGetLastError() == WSA_IO_PENDING);
    MUST(!WSAGetOverlappedResult(pair[1], &overlapped, &done, FALSE, &flags));
    MUST(WSAGetLastError() == WSA_IO_INCOMPLETE);
    MUST(send(pair[0], "abc", 3, 0) == 3);
    MUST(WaitForSingleObject(overlapped.hEvent, 10000) == WAIT_OBJECT_0);
    MUST(WSAGetOverlappedResult(pair[1], &overlapped, &done, FALSE, &flags) && done == 3);
    MUST(!memcmp(data, "abc", 3));
    return 0;
}

TEST(overlapped_operations_set_their_event)
{
    CHECK_INT(in_child("waits_for_events"), 0);
}

CHILD(waits_at_a_port)
{
    static char large[300000], received[300000];
    struct linger reset = {1, 0};
    HANDLE port, event = CreateEventA(NULL, TRUE, FALSE, NULL);
    WSAOVERLAPPED overlapped = {0}, *completed;
    WSABUF buffer = {sizeof(received), received};
    DWORD done, flags = 0, total = 0;
    ULONG_PTR key;
    SOCKET pair[2];

    tcp_pair(pair);
    MUST((port = CreateIoCompletionPort((HANDLE)pair[1], NULL, 0x1234, 0)));

    /* the packet has the key, the operation and its bytes */
    WSARecv(pair[1], &buffer, 1, NULL, &flags, &overlapped, NULL);
    MUST(send(pair[0], "abc", 3, 0) == 3);
    MUST(GetQueuedCompletionStatus(port, &done, &key, &completed, 10000));
    MUST(done == 3 && key == 0x1234 && completed == &overlapped);
    MUST(WSAGetOverlappedResult(pair[1], &overlapped, &done, FALSE, &flags) && done == 3);

    /* any number of them */
    buffer.buf = large;
    buffer.len = sizeof(large);
    WSASend(pair[1], &buffer, 1, NULL, 0, &overlapped, NULL);
    while (total < sizeof(large))
    {
        int len = recv(pair[0], received, sizeof(received), 0);

        MUST(len > 0);
        total += len;
    }
    MUST(GetQueuedCompletionStatus(port, &done, &key, &completed, 10000));
    MUST(done == sizeof(large) && completed == &overlapped && overlapped.InternalHigh == sizeof(large));

    /* an event with its low bit set keeps it from the port */
    overlapped.hEvent = (HANDLE)((ULONG_PTR)event | 1);
    buffer.buf = received;
    WSARecv(pair[1], &buffer, 1, NULL, &flags, &overlapped, NULL);
    MUST(send(pair[0], "abc", 3, 0) == 3);
    MUST(WaitForSingleObject(event, 10000) == WAIT_OBJECT_0);
    MUST(!GetQueuedCompletionStatus(port, &done, &key, &completed, 0) && !completed);
    overlapped.hEvent = NULL;

    /* the end of a stream is a success of no bytes, and a reset is a failure */
    WSARecv(pair[1], &buffer, 1, NULL, &flags, &overlapped, NULL);
    MUST(!setsockopt(pair[0], SOL_SOCKET, SO_LINGER, (char *)&reset, sizeof(reset)));
    MUST(!closesocket(pair[0]));
    completed = NULL;
    MUST(!GetQueuedCompletionStatus(port, &done, &key, &completed, 10000));
    MUST(completed == &overlapped && key == 0x1234);
    MUST(!WSAGetOverlappedResult(pair[1], &overlapped, &done, FALSE, &flags));
    MUST(WSAGetLastError() == WSAECONNRESET);
    return 0;
}

TEST(overlapped_operations_post_their_packet)
{
    CHECK_INT(in_child("waits_at_a_port"), 0);
}

CHILD(receives_too_much)
{
    WSAOVERLAPPED overlapped = {0}, *completed = NULL;
    char data[4];
    WSABUF buffer = {sizeof(data), data};
    struct sockaddr_in addr;
    DWORD done = 0, flags = 0;
    ULONG_PTR key;
    HANDLE port;
    SOCKET s;

    udp_bound(&s, &addr);
    MUST((port = CreateIoCompletionPort((HANDLE)s, NULL, 7, 0)));
    WSARecv(s, &buffer, 1, NULL, &flags, &overlapped, NULL);
    MUST(sendto(s, "0123456789", 10, 0, (struct sockaddr *)&addr, sizeof(addr)) == 10);
    MUST(!GetQueuedCompletionStatus(port, &done, &key, &completed, 10000));
    MUST(completed == &overlapped && key == 7);
    MUST(done == sizeof(data) && overlapped.InternalHigh == sizeof(data));
    MUST(!WSAGetOverlappedResult(s, &overlapped, &done, FALSE, &flags) && WSAGetLastError() == WSAEMSGSIZE);
    return 0;
}

TEST(packets_of_failed_operations_say_their_bytes)
{
    CHECK_INT(in_child_with("receives_too_much", TRUE), 0);
}

CHILD(reads_and_writes_files)
{
    OVERLAPPED read = {0}, write = {.hEvent = CreateEventA(NULL, TRUE, FALSE, NULL)}, *completed;
    struct lsp_shared *shared = lsp_shared();
    SOCKET pair[2];
    char data[8];
    DWORD done;
    ULONG_PTR key;
    HANDLE port;

    tcp_pair(pair);
    MUST(GetFileType((HANDLE)pair[0]) == FILE_TYPE_PIPE);

    /* it waits: for an event, or as a call */
    MUST(!WriteFile((HANDLE)pair[0], "hello", 5, NULL, &write) && GetLastError() == ERROR_IO_PENDING);
    MUST(GetOverlappedResult((HANDLE)pair[0], &write, &done, TRUE) && done == 5);
    MUST(shared->calls[ENTRY_Send] == 1);
    MUST(ReadFile((HANDLE)pair[1], data, sizeof(data), &done, NULL) && done == 5 &&
         !memcmp(data, "hello", 5));
    MUST(shared->calls[ENTRY_Recv] == 1);

    /* to a port; what is written and sent is one stream */
    MUST((port = CreateIoCompletionPort((HANDLE)pair[1], NULL, 9, 0)));
    MUST(!ReadFile((HANDLE)pair[1], data, sizeof(data), NULL, &read) && GetLastError() == ERROR_IO_PENDING);
    MUST(send(pair[0], "abc", 3, 0) == 3);
    MUST(GetQueuedCompletionStatus(port, &done, &key, &completed, 10000));
    MUST(completed == &read && key == 9 && done == 3 && !memcmp(data, "abc", 3));
    MUST(WriteFile((HANDLE)pair[0], "de", 2, &done, NULL) && done == 2);
    MUST(recv(pair[1], data, sizeof(data), 0) == 2 && !memcmp(data, "de", 2));

    /* the end is none of bytes, an error is an error */
    MUST(!ReadFile((HANDLE)pair[1], data, sizeof(data), NULL, &read) && GetLastError() == ERROR_IO_PENDING);
    MUST(!shutdown(pair[0], SD_SEND));
    MUST(GetQueuedCompletionStatus(port, &done, &key, &completed, 10000) && done == 0 && completed == &read);
    MUST(!WriteFile((HANDLE)pair[0], "f", 1, &done, NULL));
    MUST(GetLastError() != ERROR_IO_PENDING);
    return 0;
}

TEST(files_calls_are_the_provider_s)
{
    CHECK_INT(in_child("reads_and_writes_files"), 0);
}

CHILD(closes_handles)
{
    struct lsp_shared *shared = lsp_shared();
    SOCKET pair[2], next;
    HANDLE duplicate;
    char data[8];
    LONG before;

    tcp_pair(pair);
    MUST(DuplicateHandle(GetCurrentProcess(), (HANDLE)pair[0], GetCurrentProcess(), &duplicate, 0, FALSE,
                         DUPLICATE_SAME_ACCESS));
    before = shared->calls[ENTRY_CloseSocket];
    MUST(CloseHandle((HANDLE)pair[0]));
    MUST(WriteFile(duplicate, "abc", 3, &(DWORD){0}, NULL));
    MUST(recv(pair[1], data, sizeof(data), 0) == 3);
    MUST(shared->calls[ENTRY_CloseSocket] == before);
    MUST(CloseHandle(duplicate));
    MUST(recv(pair[1], data, sizeof(data), 0) == 0);
    MUST(closes_below(before + 1));
    while (send(pair[0], "x", 1, 0) != SOCKET_ERROR || WSAGetLastError() != WSAENOTSOCK) Sleep(1);

    /* at once another with, most often, the same value */
    MUST(CloseHandle((HANDLE)pair[1]));
    next = socket(AF_INET, SOCK_STREAM, 0);
    MUST(next != INVALID_SOCKET);
    MUST(closes_below(before + 2));
    MUST(bind(next, (struct sockaddr *)&(struct sockaddr_in){.sin_family = AF_INET}, 16) == 0);
    MUST(!closesocket(next));
    return 0;
}

TEST(the_last_CloseHandle_closes_the_socket)
{
    CHECK_INT(in_child("closes_handles"), 0);
}

/* The last cleanup ends the provider, and must not be asked for what is closed later. */
CHILD(duplicates_and_cleans_up)
{
    SOCKET pair[2], next;
    HANDLE duplicate;
    WSADATA data;
    char byte;
    int i;

    for (i = 0; i < 2; i++)
    {
        tcp_pair(pair);
        MUST(DuplicateHandle(GetCurrentProcess(), (HANDLE)pair[0], GetCurrentProcess(), &duplicate, 0, FALSE,
                             DUPLICATE_SAME_ACCESS));
        MUST(CloseHandle((HANDLE)pair[0]));
        next = socket(AF_INET, SOCK_STREAM, 0); /* may take over the value */
        MUST(next != INVALID_SOCKET);
        MUST(!WSACleanup());
        MUST(!GetModuleHandleA("lsp_handle.dll"));
        MUST(!ReadFile(duplicate, &byte, 1, &(DWORD){0}, NULL));
        MUST(CloseHandle(duplicate));
        MUST(!WSAStartup(MAKEWORD(2, 2), &data));
    }
    return 0;
}

TEST(a_duplicate_outlives_its_provider)
{
    CHECK_INT(lsp_child("lsp_handle.dll", 0, FALSE, "duplicates_and_cleans_up"), 0);
    CHECK_INT(lsp_shared()->startups, 2);
    CHECK_INT(lsp_shared()->cleanups, 2);
}

/* The handle is this process's parent's, who has the provider. */
CHILD(writes_to_a_handle)
{
    HANDLE handle = (HANDLE)(ULONG_PTR)strtoull(argv[0], NULL, 0);

    (void)argc;
    MUST(WriteFile(handle, "from a child", 12, &(DWORD){0}, NULL));
    return 0;
}

CHILD(has_a_child)
{
    SOCKET pair[2];
    char data[16];

    tcp_pair(pair);
    MUST(!harness_join(harness_spawn("writes_to_a_handle", "%llu", (unsigned long long)pair[0])));
    MUST(recv(pair[1], data, sizeof(data), 0) == 12 && !memcmp(data, "from a child", 12));
    MUST(lsp_shared()->startups == 1);
    return 0;
}

TEST(a_child_s_inherited_handle_reaches_its_parent_s_provider)
{
    CHECK_INT(in_child("has_a_child"), 0);
}

static struct
{
    DWORD error, done, thread;
    WSAOVERLAPPED *overlapped;
} routine_saw;

static void CALLBACK routine(DWORD error, DWORD done, WSAOVERLAPPED *overlapped, DWORD flags)
{
    (void)flags;
    routine_saw.error = error;
    routine_saw.done = done;
    routine_saw.overlapped = overlapped;
    routine_saw.thread = GetCurrentThreadId();
}

CHILD(waits_for_routines)
{
    WSAOVERLAPPED overlapped = {0};
    char data[8];
    WSABUF buffer = {sizeof(data), data};
    DWORD flags = 0;
    SOCKET pair[2];

    tcp_pair(pair);
    WSARecv(pair[1], &buffer, 1, NULL, &flags, &overlapped, routine);
    MUST(send(pair[0], "abc", 3, 0) == 3);
    MUST(SleepEx(10000, TRUE) == WAIT_IO_COMPLETION);
    MUST(routine_saw.overlapped == &overlapped && routine_saw.done == 3 && !routine_saw.error);
    MUST(routine_saw.thread == GetCurrentThreadId());
    return 0;
}

TEST(overlapped_operations_call_their_routine_in_their_thread)
{
    CHECK_INT(in_child("waits_for_routines"), 0);
}

CHILD(connects_by_extension)
{
    struct sockaddr_in any = {.sin_family = AF_INET}, peer;
    SOCKET listener = tcp_listener(&peer), s = socket(AF_INET, SOCK_STREAM, 0);
    GUID id = WSAID_CONNECTEX;
    WSAOVERLAPPED overlapped = {0}, *completed;
    LPFN_CONNECTEX connect_ex;
    ULONG_PTR key;
    HANDLE port;
    DWORD done;

    MUST(!WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &connect_ex, sizeof(connect_ex),
                   &done, NULL, NULL));
    MUST(!bind(s, (struct sockaddr *)&any, sizeof(any)));
    MUST((port = CreateIoCompletionPort((HANDLE)s, NULL, 1, 0)));
    MUST(!connect_ex(s, (struct sockaddr *)&peer, sizeof(peer), NULL, 0, NULL, &overlapped));
    MUST(WSAGetLastError() == ERROR_IO_PENDING);
    MUST(GetQueuedCompletionStatus(port, &done, &key, &completed, 10000) && completed == &overlapped);
    MUST(accept(listener, NULL, NULL) != INVALID_SOCKET);
    MUST(lsp_shared()->extension_calls == 1);
    return 0;
}

TEST(extension_functions_take_the_layer_s_handles)
{
    CHECK_INT(in_child("connects_by_extension"), 0);
}

/* Streams are layered, datagram sockets are the base provider's. */
CHILD(selects_over_both)
{
    struct timeval now = {0, 0}, long_enough = {10, 0};
    fd_set read, write;
    struct sockaddr_in addr;
    SOCKET pair[2], datagram;

    tcp_pair(pair);
    udp_bound(&datagram, &addr);

    /* of one provider: its own select */
    FD_ZERO(&read);
    FD_SET(pair[1], &read);
    FD_SET(pair[0], &read);
    MUST(select(0, &read, NULL, NULL, &now) == 0 && read.fd_count == 0);
    MUST(lsp_shared()->calls[ENTRY_Select] == 1);

    /* of several */
    FD_ZERO(&read);
    FD_ZERO(&write);
    FD_SET(datagram, &read);
    FD_SET(pair[1], &read);
    FD_SET(pair[0], &write);
    MUST(select(0, &read, &write, NULL, &now) == 1);
    MUST(read.fd_count == 0 && write.fd_count == 1 && write.fd_array[0] == pair[0]);

    MUST(send(pair[0], "x", 1, 0) == 1);
    FD_ZERO(&read);
    FD_SET(datagram, &read);
    FD_SET(pair[1], &read);
    MUST(select(0, &read, NULL, NULL, &long_enough) == 1);
    MUST(read.fd_count == 1 && read.fd_array[0] == pair[1]);

    MUST(sendto(datagram, "x", 1, 0, (struct sockaddr *)&addr, sizeof(addr)) == 1);
    FD_ZERO(&read);
    FD_SET(pair[1], &read);
    FD_SET(datagram, &read);
    MUST(select(0, &read, NULL, NULL, &long_enough) >= 1);
    MUST(FD_ISSET(pair[1], &read));
    MUST(lsp_shared()->calls[ENTRY_Select] == 1);

    /* no socket at all among them */
    FD_ZERO(&read);
    FD_SET(pair[1], &read);
    FD_SET((SOCKET)0xdead0, &read);
    MUST(select(0, &read, NULL, NULL, &now) == SOCKET_ERROR && WSAGetLastError() == WSAENOTSOCK);
    return 0;
}

TEST(select_takes_sockets_of_several_providers)
{
    CHECK_INT(in_child("selects_over_both"), 0);
}

CHILD(polls_over_both)
{
    WSAPOLLFD fds[4];
    SOCKET pair[2], datagram;

    tcp_pair(pair);
    udp_bound(&datagram, NULL);
    MUST(send(pair[0], "x", 1, 0) == 1);
    fds[0] = (WSAPOLLFD){pair[1], POLLRDNORM, 0};
    fds[1] = (WSAPOLLFD){datagram, POLLRDNORM | POLLWRNORM, 0};
    fds[2] = (WSAPOLLFD){(SOCKET)0xdead0, POLLRDNORM, 0};
    fds[3] = (WSAPOLLFD){INVALID_SOCKET, POLLRDNORM, 0};
    MUST(WSAPoll(fds, 4, 10000) == 2);
    MUST(fds[0].revents == POLLRDNORM && fds[1].revents == POLLWRNORM && fds[2].revents == POLLNVAL);
    MUST(fds[0].fd == pair[1]);
    return 0;
}

TEST(WSAPoll_takes_sockets_of_several_providers)
{
    CHECK_INT(in_child("polls_over_both"), 0);
}

/* Two sockets and a listener are open, above and below. */
CHILD(cleans_up)
{
    struct lsp_shared *shared = lsp_shared();
    SOCKET pair[2], listener;

    tcp_pair(pair);
    shared->calls[ENTRY_CloseSocket] = 0;
    listener = tcp_listener(NULL);
    MUST(listener != INVALID_SOCKET);
    MUST(!WSACleanup());
    MUST(shared->calls[ENTRY_CloseSocket] == 3);
    MUST(shared->cleanups == 1);
    MUST(!GetModuleHandleA("lsp_handle.dll"));
    return 0;
}

TEST(the_last_cleanup_closes_handles_above_and_below)
{
    CHECK_INT(in_child("cleans_up"), 0);
}
