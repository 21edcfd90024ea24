/*
 * Condition 12: memory that answers to being touched, or is not there. Each page of a buffer
 * is looked at where a fault is the program's own, before the host may write or read it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "lanes.h"

#define PAGE 4096

static char *pages(unsigned int count, DWORD type)
{
    char *memory = VirtualAlloc(NULL, count * PAGE, type, PAGE_READWRITE);

    CHECK(memory != NULL);
    return memory;
}

static void protect(char *page, DWORD protection)
{
    DWORD old;

    CHECK(VirtualProtect(page, PAGE, protection, &old));
}

static DWORD protection_of(char *page)
{
    MEMORY_BASIC_INFORMATION info;

    CHECK_INT(VirtualQuery(page, &info, sizeof(info)), sizeof(info));
    return info.Protect;
}

static void pair_with_data(SOCKET pair[2], const char *text)
{
    tcp_pair(pair);
    CHECK_INT(send(pair[0], text, strlen(text), 0), strlen(text));
    wait_readable(pair[1]);
}

/* The guard goes off once, and what was to be received is there still. */
TEST(a_receive_sets_off_a_guard_page_and_loses_nothing)
{
    char *memory = pages(3, MEM_COMMIT | MEM_RESERVE);
    SOCKET pair[2];

    pair_with_data(pair, "abc");
    protect(memory + PAGE, PAGE_READWRITE | PAGE_GUARD);
    CHECK_ERROR(recv(pair[1], memory + PAGE, 3, 0), WSAEFAULT);
    CHECK_INT(protection_of(memory + PAGE), PAGE_READWRITE);
    CHECK_INT(recv(pair[1], memory + PAGE, 3, 0), 3);
    CHECK_INT(memcmp(memory + PAGE, "abc", 3), 0);
    close_pair(pair);
    VirtualFree(memory, 0, MEM_RELEASE);
}

TEST(a_datagram_is_not_lost_to_a_guard_page)
{
    char *memory = pages(3, MEM_COMMIT | MEM_RESERVE);
    struct sockaddr_in address;
    SOCKET s;

    udp_bound(&s, &address);
    CHECK_INT(sendto(s, "abc", 3, 0, (struct sockaddr *)&address, sizeof(address)), 3);
    wait_readable(s);
    protect(memory + PAGE, PAGE_READWRITE | PAGE_GUARD);
    CHECK_ERROR(recv(s, memory + PAGE, 3, 0), WSAEFAULT);
    CHECK_INT(protection_of(memory + PAGE), PAGE_READWRITE);
    CHECK_INT(recv(s, memory + PAGE, 3, 0), 3);
    CHECK_INT(memcmp(memory + PAGE, "abc", 3), 0);
    closesocket(s);
    VirtualFree(memory, 0, MEM_RELEASE);
}

TEST(a_send_sets_off_a_guard_page)
{
    char *memory = pages(3, MEM_COMMIT | MEM_RESERVE), data[8];
    struct sockaddr_in address;
    SOCKET pair[2], s;

    tcp_pair(pair);
    strcpy(memory + PAGE, "abc");
    protect(memory + PAGE, PAGE_READWRITE | PAGE_GUARD);
    CHECK_ERROR(send(pair[0], memory + PAGE, 3, 0), WSAEFAULT);
    CHECK_INT(protection_of(memory + PAGE), PAGE_READWRITE);
    CHECK_INT(send(pair[0], memory + PAGE, 3, 0), 3);
    CHECK_INT(recv(pair[1], data, sizeof(data), 0), 3);
    udp_bound(&s, &address);
    protect(memory + PAGE, PAGE_READWRITE | PAGE_GUARD);
    CHECK_ERROR(sendto(s, memory + PAGE, 3, 0, (struct sockaddr *)&address, sizeof(address)), WSAEFAULT);
    CHECK_INT(protection_of(memory + PAGE), PAGE_READWRITE);
    CHECK_INT(sendto(s, memory + PAGE, 3, 0, (struct sockaddr *)&address, sizeof(address)), 3);
    closesocket(s);
    close_pair(pair);
    VirtualFree(memory, 0, MEM_RELEASE);
}

/* Each page that may be written to, not the first alone. */
TEST(every_page_of_a_receive_is_seen_by_a_write_watch)
{
    char *watched = pages(6, MEM_COMMIT | MEM_RESERVE | MEM_WRITE_WATCH);
    static char sent[4 * PAGE];
    ULONG_PTR count = 6;
    ULONG granularity;
    void *written[6];
    SOCKET pair[2];
    unsigned int i;

    tcp_pair(pair);
    CHECK_INT(send(pair[0], sent, sizeof(sent), 0), sizeof(sent));
    CHECK_INT(recv(pair[1], watched + PAGE, sizeof(sent), MSG_WAITALL), sizeof(sent));
    CHECK_INT(GetWriteWatch(0, watched, 6 * PAGE, written, &count, &granularity), 0);
    CHECK_INT(count, 4);
    for (i = 0; i < 4; i++) CHECK(written[i] == watched + (i + 1) * PAGE);
    close_pair(pair);
    VirtualFree(watched, 0, MEM_RELEASE);
}

TEST(a_receive_into_memory_that_can_only_be_read_loses_nothing)
{
    char *memory = pages(2, MEM_COMMIT | MEM_RESERVE);
    struct sockaddr_in address;
    SOCKET pair[2], s;
    char data[8];

    protect(memory + PAGE, PAGE_READONLY);
    pair_with_data(pair, "abcdef");
    CHECK_ERROR(recv(pair[1], memory + PAGE, 6, 0), WSAEFAULT);
    CHECK_ERROR(recv(pair[1], memory + PAGE - 3, 6, 0), WSAEFAULT);
    CHECK_INT(recv(pair[1], data, 6, 0), 6);
    CHECK_INT(memcmp(data, "abcdef", 6), 0);
    udp_bound(&s, &address);
    CHECK_INT(sendto(s, "abcdef", 6, 0, (struct sockaddr *)&address, sizeof(address)), 6);
    wait_readable(s);
    CHECK_ERROR(recv(s, memory + PAGE - 3, 6, 0), WSAEFAULT);
    CHECK_INT(recv(s, data, 6, 0), 6);
    CHECK_INT(memcmp(data, "abcdef", 6), 0);
    closesocket(s);
    close_pair(pair);
    VirtualFree(memory, 0, MEM_RELEASE);
}

/* Pages of a program's data are written to for the first time, and become its own then. */
TEST(a_receive_into_pages_that_are_copied_on_write_arrives)
{
    HANDLE mapping = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, PAGE, NULL);
    char *first = MapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0, 0);
    char *copy = MapViewOfFile(mapping, FILE_MAP_COPY, 0, 0, 0);
    SOCKET pair[2];

    CHECK(first && copy);
    pair_with_data(pair, "abc");
    CHECK_INT(recv(pair[1], copy, 3, 0), 3);
    CHECK_INT(memcmp(copy, "abc", 3), 0);
    CHECK_INT(first[0], 0);
    close_pair(pair);
    UnmapViewOfFile(first);
    UnmapViewOfFile(copy);
    CloseHandle(mapping);
}
