/*
 * TransmitFile.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "belongings.h"
#include "lanes.h"
#include "transmit.h"

#define DISCONNECT_EX(s) EXTENSION(s, LPFN_DISCONNECTEX, WSAID_DISCONNECTEX)
#define ACCEPT_EX(s) EXTENSION(s, LPFN_ACCEPTEX, WSAID_ACCEPTEX)

#define LARGE 3000000

static TRANSMIT_FILE_BUFFERS around = {"head", 4, "tail!", 5};

TEST(sends_head_file_and_tail_in_order)
{
    HANDLE file = make_file(1000);
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK(TRANSMIT(pair[0])(pair[0], file, 0, 0, NULL, &around, 0));
    check_text(pair[1], "head");
    check_pattern(pair[1], 0, 1000);
    check_text(pair[1], "tail!");
    check_nothing_more(pair[1]);
}

TEST(goes_on_at_the_file_pointer)
{
    HANDLE file = make_file(1000);
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(SetFilePointer(file, 100, NULL, FILE_BEGIN), 100);
    CHECK(TRANSMIT(pair[0])(pair[0], file, 300, 0, NULL, NULL, 0));
    check_pattern(pair[1], 100, 300);
    check_nothing_more(pair[1]);
    CHECK_INT(SetFilePointer(file, 0, NULL, FILE_CURRENT), 400);
}

TEST(a_call_that_waits_needs_no_device)
{
    HANDLE file = make_file(1000);
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_FAST(pair[0], WS2_LANE_SEND, CHECK(TRANSMIT(pair[0])(pair[0], file, 0, 0, NULL, &around, 0)));
    check_text(pair[1], "head");
    check_pattern(pair[1], 0, 1000);
    check_text(pair[1], "tail!");
}

TEST(sends_the_file_as_it_was_then)
{
    static const char later[50000];
    HANDLE file = make_file(sizeof(later));
    SOCKET pair[2];
    DWORD written;

    tcp_pair(pair);
    CHECK(TRANSMIT(pair[0])(pair[0], file, 0, 0, NULL, NULL, 0));
    CHECK_INT(SetFilePointer(file, 0, NULL, FILE_BEGIN), 0);
    CHECK(WriteFile(file, later, sizeof(later), &written, NULL));
    check_pattern(pair[1], 0, sizeof(later));
}

struct slow_reader
{
    SOCKET s;
    DWORD offset, size;
};

static DWORD WINAPI read_late(void *arg)
{
    const struct slow_reader *reader = arg;

    Sleep(300); /* until the connection is full and the sender waits */
    check_pattern(reader->s, reader->offset, reader->size);
    return 1;
}

static void check_joins(HANDLE thread)
{
    DWORD code;

    CHECK_INT(WaitForSingleObject(thread, 20000), WAIT_OBJECT_0);
    CHECK(GetExitCodeThread(thread, &code));
    CHECK_INT(code, 1);
    CloseHandle(thread);
}

TEST(goes_on_where_a_full_connection_stopped_it)
{
    enum
    {
        SIZE = 12000000,
        FROM = 12345,
        PART = SIZE - FROM - 678
    };
    HANDLE file = make_file(SIZE), thread;
    TRANSMIT_FILE_BUFFERS behind = {NULL, 0, "tail!", 5};
    struct slow_reader reader = {.offset = FROM, .size = PART};
    SOCKET pair[2];

    tcp_pair(pair);
    reader.s = pair[1];
    thread = CreateThread(NULL, 0, read_late, &reader, 0, NULL);
    CHECK_INT(SetFilePointer(file, FROM, NULL, FILE_BEGIN), FROM);
    CHECK_SLOW(pair[0], WS2_LANE_SEND, CHECK(TRANSMIT(pair[0])(pair[0], file, PART, 0, NULL, &behind, 0)));
    CHECK_INT(SetFilePointer(file, 0, NULL, FILE_CURRENT), FROM + PART);
    check_joins(thread);
    check_text(pair[1], "tail!");
    check_nothing_more(pair[1]);
}

/* The part of the file is through, and only the tail has to wait. */
TEST(sends_no_more_of_the_file_than_was_asked_for)
{
    static char tail[8000000];
    TRANSMIT_FILE_BUFFERS behind = {NULL, 0, tail, sizeof(tail)};
    struct slow_reader reader = {.offset = 0, .size = 500 + sizeof(tail)};
    HANDLE file = make_file(1000), thread;
    SOCKET pair[2];
    DWORD i;

    for (i = 0; i < sizeof(tail); i++) tail[i] = (500 + i) % 251;
    tcp_pair(pair);
    reader.s = pair[1];
    thread = CreateThread(NULL, 0, read_late, &reader, 0, NULL);
    CHECK_SLOW(pair[0], WS2_LANE_SEND, CHECK(TRANSMIT(pair[0])(pair[0], file, 500, 0, NULL, &behind, 0)));
    check_joins(thread);
    check_nothing_more(pair[1]);
    CHECK_INT(SetFilePointer(file, 0, NULL, FILE_CURRENT), 500);
}

TEST(stops_at_the_end_of_the_file)
{
    HANDLE file = make_file(5000);
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(SetFilePointer(file, 4000, NULL, FILE_BEGIN), 4000);
    CHECK(TRANSMIT(pair[0])(pair[0], file, 3000, 0, NULL, &around, 0));
    check_text(pair[1], "head");
    check_pattern(pair[1], 4000, 1000);
    check_text(pair[1], "tail!");
    CHECK_INT(SetFilePointer(file, 0, NULL, FILE_CURRENT), 5000);
    CHECK(TRANSMIT(pair[0])(pair[0], file, 0, 0, NULL, &around, 0));
    check_text(pair[1], "headtail!");
    check_nothing_more(pair[1]);
}

TEST(what_was_sent_before_goes_first)
{
    static char before[6000000];
    WSABUF buffer = {sizeof(before), before};
    struct slow_reader reader = {.size = sizeof(before) + 1000};
    HANDLE file = make_file(1000), thread;
    OVERLAPPED overlapped;
    SOCKET pair[2];
    DWORD i, sent;

    for (i = 0; i < sizeof(before); i++) before[i] = (i + 1000) % 251;
    reader.offset = 1000;
    reader.size = sizeof(before);
    tcp_pair(pair);
    event_overlapped(&overlapped);
    CHECK_ERROR(WSASend(pair[0], &buffer, 1, &sent, 0, &overlapped, NULL), WSA_IO_PENDING);
    reader.s = pair[1];
    thread = CreateThread(NULL, 0, read_late, &reader, 0, NULL);
    CHECK_SLOW(pair[0], WS2_LANE_SEND, CHECK(TRANSMIT(pair[0])(pair[0], file, 0, 0, NULL, &around, 0)));
    check_joins(thread);
    check_text(pair[1], "head");
    check_pattern(pair[1], 0, 1000);
    check_text(pair[1], "tail!");
    CHECK_COMPLETES(pair[0], &overlapped, sizeof(before));
}

enum
{
    MARK = 255, /* not in the pattern */
    CROWDED = 20000000
};

struct crowd
{
    SOCKET from, to;
    volatile BOOL over;
    DWORD marks;
};

/* Every other one may go by the fast lane. */
static DWORD WINAPI send_marks(void *arg)
{
    struct crowd *crowd = arg;
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    static char mark = (char)MARK;
    WSABUF buffer = {1, &mark};
    DWORD sent, flags;

    while (!crowd->over)
    {
        OVERLAPPED overlapped = {.hEvent = (HANDLE)((ULONG_PTR)event | (crowd->marks & 1))};

        if (WSASend(crowd->from, &buffer, 1, &sent, 0, &overlapped, NULL))
        {
            CHECK_INT(WSAGetLastError(), WSA_IO_PENDING);
            CHECK(WSAGetOverlappedResult(crowd->from, &overlapped, &sent, TRUE, &flags));
        }
        crowd->marks++;
    }
    CloseHandle(event);
    return 1;
}

static DWORD WINAPI read_in_one_piece(void *arg)
{
    struct crowd *crowd = arg;
    static unsigned char data[0x40000];
    DWORD at = 0, marks = 0;
    int got, i;

    while ((got = recv(crowd->to, (char *)data, sizeof(data), 0)) > 0)
    {
        for (i = 0; i < got; i++)
        {
            if (data[i] == MARK && (!at || at == CROWDED))
                marks++;
            else
                CHECK_INT(data[i], at++ % 251);
        }
    }
    CHECK_INT(got, 0);
    CHECK_INT(at, CROWDED);
    CHECK_INT(marks, crowd->marks);
    return 1;
}

TEST(what_others_send_does_not_get_into_the_file)
{
    HANDLE file = make_file(CROWDED), sender, reader;
    struct crowd crowd = {.over = FALSE};
    SOCKET pair[2];

    tcp_pair(pair);
    crowd.from = pair[0];
    crowd.to = pair[1];
    sender = CreateThread(NULL, 0, send_marks, &crowd, 0, NULL);
    reader = CreateThread(NULL, 0, read_in_one_piece, &crowd, 0, NULL);
    while (crowd.marks < 10) Sleep(1);
    CHECK(TRANSMIT(pair[0])(pair[0], file, 0, 0, NULL, NULL, 0));
    crowd.over = TRUE;
    check_joins(sender);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    check_joins(reader);
}

TEST(a_pipe_or_device_is_no_file_to_send)
{
    HANDLE from, to,
        nul = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0,
                          NULL);
    SOCKET pair[2];
    DWORD written;

    tcp_pair(pair);
    CHECK(CreatePipe(&from, &to, NULL, 0));
    CHECK(WriteFile(to, "text", 4, &written, NULL));
    CHECK(!TRANSMIT(pair[0])(pair[0], from, 0, 0, NULL, NULL, 0));
    CHECK(nul != INVALID_HANDLE_VALUE);
    CHECK(!TRANSMIT(pair[0])(pair[0], nul, 0, 0, NULL, NULL, 0));
    check_nothing_more(pair[1]);
    CloseHandle(from);
    CloseHandle(to);
    CloseHandle(nul);
}

TEST(takes_the_offset_from_the_overlapped)
{
    HANDLE file = make_file(1000);
    OVERLAPPED overlapped;
    SOCKET pair[2];

    tcp_pair(pair);
    event_overlapped(&overlapped);
    overlapped.Offset = 250;
    CHECK_PENDING(TRANSMIT(pair[0])(pair[0], file, 0, 0, &overlapped, &around, 0));
    CHECK_COMPLETES(pair[0], &overlapped, 750 + 9);
    check_text(pair[1], "head");
    check_pattern(pair[1], 250, 750);
    check_text(pair[1], "tail!");
}

TEST(sends_nothing_and_empty_files)
{
    HANDLE file = make_file(0);
    OVERLAPPED overlapped;
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK(TRANSMIT(pair[0])(pair[0], NULL, 0, 0, NULL, NULL, 0));
    CHECK(TRANSMIT(pair[0])(pair[0], file, 0, 0, NULL, NULL, 0));
    event_overlapped(&overlapped);
    CHECK_PENDING(TRANSMIT(pair[0])(pair[0], file, 0, 0, &overlapped, NULL, 0));
    CHECK_COMPLETES(pair[0], &overlapped, 0);
    ResetEvent(overlapped.hEvent);
    CHECK_PENDING(TRANSMIT(pair[0])(pair[0], file, 0, 0, &overlapped, &around, TF_USE_KERNEL_APC));
    CHECK_COMPLETES(pair[0], &overlapped, 9);
    check_text(pair[1], "headtail!");
    check_nothing_more(pair[1]);
}

TEST(sends_more_than_buffers_hold_in_the_background)
{
    HANDLE file = make_file(LARGE);
    OVERLAPPED overlapped;
    SOCKET pair[2];

    tcp_pair(pair);
    event_overlapped(&overlapped);
    CHECK_PENDING(TRANSMIT(pair[0])(pair[0], file, LARGE - 7, 0, &overlapped, &around,
                                    TF_USE_DEFAULT_WORKER | TF_WRITE_BEHIND));
    check_text(pair[1], "head");
    check_pattern(pair[1], 0, LARGE - 7);
    check_text(pair[1], "tail!");
    CHECK_COMPLETES(pair[0], &overlapped, LARGE - 7 + 9);
}

static void transmit_again_and_again(const SOCKET pair[2], HANDLE file, BOOL wait)
{
    static char block[1000];
    TRANSMIT_FILE_BUFFERS head = {block, sizeof(block), NULL, 0};
    LPFN_TRANSMITFILE function = TRANSMIT(pair[0]);
    OVERLAPPED overlapped;
    unsigned int i;

    event_overlapped(&overlapped);
    for (i = 0; i < 300; i++)
    {
        if (wait)
        {
            CHECK_INT(SetFilePointer(file, 0, NULL, FILE_BEGIN), 0);
            CHECK(function(pair[0], file, 0, 0, NULL, &head, 0));
        }
        else
        {
            CHECK_PENDING(function(pair[0], NULL, 0, 0, &overlapped, &head, 0));
            CHECK_COMPLETES(pair[0], &overlapped, sizeof(block));
        }
        CHECK_INT(receive_all(pair[1], block, sizeof(block)), sizeof(block));
        if (wait) check_pattern(pair[1], 0, 9000);
    }
    CloseHandle(overlapped.hEvent);
}

/* Wine's own keeps what it reads files into. */
TEST(transmissions_keep_no_memory)
{
    HANDLE file = make_file(9000);
    WSAPROTOCOL_INFOW info;
    unsigned int before, i;
    SOCKET pair[2];

    tcp_pair(pair);
    CHECK_INT(WSADuplicateSocketW(pair[0], GetCurrentProcessId(), &info), 0); /* so the device sends */
    for (i = 0; i < 2; i++)
    {
        transmit_again_and_again(pair, file, i == 0);
        before = belongings().memory;
        transmit_again_and_again(pair, file, i == 0);
        CHECK(belongings().memory < before + 500);
    }
}

TEST(transmit_completes_at_a_port_though_success_skips_it)
{
    OVERLAPPED overlapped = {0}, *completed;
    ULONG_PTR key;
    SOCKET pair[2];
    HANDLE port;
    DWORD size;

    tcp_pair(pair);
    port = CreateIoCompletionPort((HANDLE)pair[0], NULL, 6, 0);
    CHECK(SetFileCompletionNotificationModes((HANDLE)pair[0], FILE_SKIP_COMPLETION_PORT_ON_SUCCESS));
    CHECK_PENDING(TRANSMIT(pair[0])(pair[0], NULL, 0, 0, &overlapped, &around, 0));
    CHECK(GetQueuedCompletionStatus(port, &size, &key, &completed, 10000));
    CHECK_INT(size, 9);
    CHECK(completed == &overlapped);
}

TEST(disconnects_afterwards)
{
    HANDLE file = make_file(LARGE);
    OVERLAPPED overlapped;
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    CHECK(TRANSMIT(pair[0])(pair[0], NULL, 0, 0, NULL, &around, TF_DISCONNECT));
    check_text(pair[1], "headtail!");
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CHECK_ERROR(send(pair[0], "x", 1, 0), WSAESHUTDOWN);

    tcp_pair(pair);
    event_overlapped(&overlapped);
    CHECK_PENDING(TRANSMIT(pair[0])(pair[0], file, 0, 0, &overlapped, &around, TF_DISCONNECT));
    check_text(pair[1], "head");
    check_pattern(pair[1], 0, LARGE);
    check_text(pair[1], "tail!");
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
    CHECK_COMPLETES(pair[0], &overlapped, LARGE + 9);
}

/* What web servers do: the file goes out, and the socket into the next AcceptEx. */
static void check_reuse(BOOL in_background)
{
    static char addresses[2 * (sizeof(struct sockaddr_in) + 16)];
    HANDLE file = make_file(LARGE);
    OVERLAPPED overlapped, accepting;
    struct sockaddr_in addr;
    SOCKET listener = tcp_listener(&addr), s = stream_socket(), client;
    char byte;
    int i;

    event_overlapped(&overlapped);
    event_overlapped(&accepting);
    for (i = 0; i < 3; i++)
    {
        ResetEvent(overlapped.hEvent);
        ResetEvent(accepting.hEvent);
        CHECK_PENDING(ACCEPT_EX(listener)(listener, s, addresses, 0, sizeof(addresses) / 2,
                                          sizeof(addresses) / 2, NULL, &accepting));
        client = connected_to(&addr);
        CHECK_COMPLETES(listener, &accepting, 0);
        if (in_background)
            CHECK_PENDING(TRANSMIT(s)(s, file, 0, 0, &overlapped, NULL, TF_DISCONNECT | TF_REUSE_SOCKET));
        else
        {
            SetFilePointer(file, 0, NULL, FILE_BEGIN);
            CHECK(TRANSMIT(s)(s, file, 1000, 0, NULL, NULL, TF_DISCONNECT | TF_REUSE_SOCKET));
        }
        check_pattern(client, 0, in_background ? LARGE : 1000);
        if (in_background) CHECK_COMPLETES(s, &overlapped, LARGE);
        CHECK_INT(recv(client, &byte, 1, 0), 0);
        CHECK_INT(closesocket(client), 0);
    }
}

TEST(socket_is_ready_for_another_connection_afterwards)
{
    check_reuse(FALSE);
}

TEST(socket_is_ready_for_another_connection_once_all_is_sent)
{
    check_reuse(TRUE);
}

TEST(transmit_says_why_not)
{
    SOCKET s = stream_socket(), pair[2], datagram;
    LPFN_TRANSMITFILE transmit = TRANSMIT(s);
    HANDLE file = make_file(10), event = CreateEventW(NULL, TRUE, FALSE, NULL);
    TRANSMIT_FILE_BUFFERS bad = {BAD_POINTER, 4, NULL, 0};
    OVERLAPPED overlapped;
    struct sockaddr_in addr;

    CHECK_FALSE(transmit(INVALID_SOCKET, file, 0, 0, NULL, NULL, 0), WSAENOTSOCK);
    CHECK_FALSE(transmit((SOCKET)event, file, 0, 0, NULL, NULL, 0), WSAENOTSOCK);
    CHECK_FALSE(transmit(s, NULL, 0, 0, NULL, NULL, TF_REUSE_SOCKET), WSAENOTCONN);
    CHECK_FALSE(transmit(s, file, 0, 0, NULL, NULL, 0), WSAENOTCONN);
    udp_bound(&datagram, &addr);
    CHECK_FALSE(transmit(datagram, NULL, 0, 0, NULL, NULL, 0), WSAENOTCONN);
    CHECK_INT(connect(datagram, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_FALSE(transmit(datagram, NULL, 0, 0, NULL, NULL, 0), WSAEINVAL);
    tcp_pair(pair);
    CHECK_FALSE(transmit(pair[0], NULL, 0, 0, NULL, NULL, TF_REUSE_SOCKET), WSAEINVAL);
    CHECK_FALSE(transmit(pair[0], file, 0x7fffffff, 0, NULL, NULL, 0), WSAEINVAL);
    CHECK_FALSE(transmit(pair[0], NULL, 0, 0, NULL, BAD_POINTER, 0), WSAEFAULT);
    CHECK_FALSE(transmit(pair[0], NULL, 0, 0, NULL, &bad, 0), WSAEFAULT);
    CHECK_FALSE(transmit(pair[0], NULL, 0, 0, BAD_POINTER, NULL, 0), WSAEFAULT);
    event_overlapped(&overlapped);
    overlapped.Offset = 11;
    CHECK_FALSE(transmit(pair[0], file, 0, 0, &overlapped, NULL, 0), WSAEINVAL);
    CHECK_INT(shutdown(pair[0], SD_SEND), 0);
    CHECK_FALSE(transmit(pair[0], NULL, 0, 0, NULL, &around, 0), WSAESHUTDOWN);
}
