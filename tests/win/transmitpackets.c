/*
 * TransmitPackets.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "transmit.h"

#define MEMORY(text)                         \
    {                                        \
        TP_ELEMENT_MEMORY, sizeof(text) - 1, \
        {                                    \
            .pBuffer = (void *)(text)        \
        }                                    \
    }

static TRANSMIT_PACKETS_ELEMENT file_part(HANDLE file, LONGLONG offset, ULONG len)
{
    TRANSMIT_PACKETS_ELEMENT element = {.dwElFlags = TP_ELEMENT_FILE, .cLength = len};

    element.nFileOffset.QuadPart = offset;
    element.hFile = file;
    return element;
}

static void check_elements(SOCKET s)
{
    check_text(s, "onetwo");
    check_pattern(s, 100, 200);
    check_text(s, "three");
    check_pattern(s, 0, 1000);
    check_text(s, "four");
    check_nothing_more(s);
}

TEST(packets_of_all_kinds_are_one_stream)
{
    TRANSMIT_PACKETS_ELEMENT elements[6] = {MEMORY("one"),   MEMORY("two"), {0},
                                            MEMORY("three"), {0},           MEMORY("four")};
    HANDLE file = make_file(1000);
    OVERLAPPED overlapped;
    SOCKET pair[2];

    elements[2] = file_part(file, 100, 200);
    elements[4] = file_part(file, -1, 0);
    tcp_pair(pair);
    CHECK(PACKETS(pair[0])(pair[0], elements, 6, 0, NULL, 0));
    check_elements(pair[1]);

    SetFilePointer(file, 0, NULL, FILE_BEGIN);
    event_overlapped(&overlapped);
    CHECK_PENDING(PACKETS(pair[0])(pair[0], elements, 6, 100, &overlapped, TF_USE_KERNEL_APC));
    CHECK_COMPLETES(pair[0], &overlapped, 3 + 3 + 200 + 5 + 1000 + 4);
    check_elements(pair[1]);
}

TEST(packets_of_memory_need_no_file)
{
    TRANSMIT_PACKETS_ELEMENT elements[] = {MEMORY("one"), MEMORY("two")};
    OVERLAPPED overlapped;
    SOCKET pair[2];
    char byte;

    tcp_pair(pair);
    event_overlapped(&overlapped);
    CHECK_PENDING(PACKETS(pair[0])(pair[0], elements, 2, 0, &overlapped, 0));
    CHECK_COMPLETES(pair[0], &overlapped, 6);
    ResetEvent(overlapped.hEvent);
    CHECK_PENDING(PACKETS(pair[0])(pair[0], elements, 1, 0, &overlapped, 0));
    CHECK_COMPLETES(pair[0], &overlapped, 3);
    CHECK(PACKETS(pair[0])(pair[0], NULL, 0, 0, NULL, 0));
    ResetEvent(overlapped.hEvent);
    CHECK_PENDING(PACKETS(pair[0])(pair[0], elements, 2, 0, &overlapped, TF_DISCONNECT));
    CHECK_COMPLETES(pair[0], &overlapped, 6);
    check_text(pair[1], "onetwooneonetwo");
    CHECK_INT(recv(pair[1], &byte, 1, 0), 0);
}

TEST(packets_on_a_datagram_socket_end_where_they_say)
{
    TRANSMIT_PACKETS_ELEMENT elements[] = {MEMORY("ab"), MEMORY("cd"), MEMORY("efg")};
    struct sockaddr_in addr;
    OVERLAPPED overlapped;
    SOCKET from, to;
    char buffer[16];

    udp_bound(&to, &addr);
    udp_bound(&from, NULL);
    CHECK_FALSE(PACKETS(from)(from, elements, 3, 0, NULL, 0), WSAENOTCONN);
    CHECK_INT(connect(from, (struct sockaddr *)&addr, sizeof(addr)), 0);
    elements[1].dwElFlags |= TP_ELEMENT_EOP;
    CHECK(PACKETS(from)(from, elements, 3, 0xffffffff, NULL, 0));
    CHECK_INT(recv(to, buffer, sizeof(buffer), 0), 4);
    CHECK_INT(memcmp(buffer, "abcd", 4), 0);
    CHECK_INT(recv(to, buffer, sizeof(buffer), 0), 3);
    event_overlapped(&overlapped);
    CHECK_PENDING(PACKETS(from)(from, elements, 3, 0, &overlapped, 0));
    CHECK_COMPLETES(from, &overlapped, 7);
    CHECK_INT(recv(to, buffer, sizeof(buffer), 0), 4);
    CHECK_INT(recv(to, buffer, sizeof(buffer), 0), 3);
    CHECK(PACKETS(from)(from, elements + 2, 1, 2, NULL, 0));
    CHECK_INT(recv(to, buffer, sizeof(buffer), 0), 2);
    CHECK_INT(recv(to, buffer, sizeof(buffer), 0), 1);
    CHECK_FALSE(PACKETS(from)(from, elements, 3, 0, NULL, TF_DISCONNECT), WSAEINVAL);
}

TEST(a_port_hears_how_many_bytes_several_datagrams_had)
{
    TRANSMIT_PACKETS_ELEMENT elements[] = {MEMORY("ab"), MEMORY("cd"), MEMORY("efg")};
    struct sockaddr_in addr;
    OVERLAPPED overlapped = {0}, *packet;
    SOCKET from, to;
    ULONG waiting;
    ULONG_PTR key;
    HANDLE port;
    char buffer[16];
    DWORD bytes;

    udp_bound(&to, &addr);
    udp_bound(&from, NULL);
    CHECK_INT(connect(from, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK((port = CreateIoCompletionPort((HANDLE)from, NULL, 0, 0)) != NULL);
    elements[0].dwElFlags |= TP_ELEMENT_EOP;
    elements[1].dwElFlags |= TP_ELEMENT_EOP;
    CHECK_PENDING(PACKETS(from)(from, elements, 3, 0, &overlapped, 0));
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &packet, 10000));
    CHECK(packet == &overlapped);
    CHECK_INT(bytes, 7);
    CHECK_INT(overlapped.InternalHigh, 7);
    CHECK_INT(recv(to, buffer, sizeof(buffer), 0), 2);
    CHECK_INT(recv(to, buffer, sizeof(buffer), 0), 2);
    CHECK_INT(recv(to, buffer, sizeof(buffer), 0), 3);
    CHECK_INT(ioctlsocket(to, FIONREAD, &waiting), 0);
    CHECK_INT(waiting, 0);
}

TEST(a_port_hears_how_many_bytes_many_large_datagrams_had)
{
    static char data[40000], buffer[sizeof(data)];
    TRANSMIT_PACKETS_ELEMENT elements[3];
    OVERLAPPED overlapped = {0}, *packet;
    struct sockaddr_in addr;
    SOCKET from, to;
    ULONG_PTR key;
    HANDLE port;
    DWORD bytes;
    int i;

    udp_bound(&to, &addr);
    udp_bound(&from, NULL);
    CHECK_INT(connect(from, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK((port = CreateIoCompletionPort((HANDLE)from, NULL, 77, 0)) != NULL);
    for (i = 0; i < 3; i++)
        elements[i] = (TRANSMIT_PACKETS_ELEMENT){
            .dwElFlags = TP_ELEMENT_MEMORY | TP_ELEMENT_EOP, .cLength = sizeof(data), .pBuffer = data};
    CHECK_PENDING(PACKETS(from)(from, elements, 3, 0, &overlapped, 0));
    CHECK(GetQueuedCompletionStatus(port, &bytes, &key, &packet, 10000));
    CHECK(packet == &overlapped);
    CHECK_INT(key, 77);
    CHECK_INT(bytes, 3 * sizeof(data));
    CHECK_INT(overlapped.InternalHigh, 3 * sizeof(data));
    CHECK(!GetQueuedCompletionStatus(port, &bytes, &key, &packet, 0));
    for (i = 0; i < 3; i++) CHECK_INT(recv(to, buffer, sizeof(buffer), 0), sizeof(data));
}

TEST(packets_say_why_not)
{
    TRANSMIT_PACKETS_ELEMENT both = MEMORY("x"), neither = MEMORY("x"), bad = MEMORY("x");
    TRANSMIT_PACKETS_ELEMENT several[2] = {MEMORY("x"), MEMORY("y")};
    SOCKET pair[2], s = stream_socket();
    LPFN_TRANSMITPACKETS packets = PACKETS(s);

    CHECK_FALSE(packets(INVALID_SOCKET, several, 2, 0, NULL, 0), WSAENOTSOCK);
    CHECK_FALSE(packets(s, several, 2, 0, NULL, 0), WSAENOTCONN);
    tcp_pair(pair);
    both.dwElFlags = TP_ELEMENT_MEMORY | TP_ELEMENT_FILE;
    neither.dwElFlags = TP_ELEMENT_EOP;
    bad.pBuffer = BAD_POINTER;
    several[1].pBuffer = BAD_POINTER;
    CHECK_FALSE(packets(pair[0], &both, 1, 0, NULL, 0), WSAEINVAL);
    CHECK_FALSE(packets(pair[0], &neither, 1, 0, NULL, 0), WSAEINVAL);
    CHECK_FALSE(packets(pair[0], &bad, 1, 0, NULL, 0), WSAEFAULT);
    CHECK_FALSE(packets(pair[0], several, 2, 0, NULL, 0), WSAEFAULT);
    CHECK_FALSE(packets(pair[0], BAD_POINTER, 2, 0, NULL, 0), WSAEFAULT);
    CHECK_FALSE(packets(pair[0], NULL, 2, 0, NULL, 0), WSAEFAULT);
    CHECK_FALSE(packets(pair[0], several, 1, 0, BAD_POINTER, 0), WSAEFAULT);
    CHECK_FALSE(packets(pair[0], several, 1, 0, NULL, TF_REUSE_SOCKET), WSAEINVAL);
    several[0].cLength = 0x7fffffff;
    CHECK_FALSE(packets(pair[0], several, 1, 0, NULL, 0), WSAEINVAL);
    check_nothing_more(pair[1]);
}
