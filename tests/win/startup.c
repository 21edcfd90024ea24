/*
 * WSAStartup and WSACleanup: versions, counts, and what ends with the last.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "harness.h"

HARNESS_NO_STARTUP;

#define POISON 0x5a

static int start(WORD version)
{
    WSADATA data;

    return WSAStartup(version, &data);
}

TEST(versions_are_negotiated)
{
    static const struct
    {
        WORD asked, got;
    } cases[] = {
        {MAKEWORD(1, 0), MAKEWORD(1, 0)},     {MAKEWORD(1, 1), MAKEWORD(1, 1)},
        {MAKEWORD(1, 2), MAKEWORD(1, 1)},     {MAKEWORD(2, 0), MAKEWORD(2, 0)},
        {MAKEWORD(2, 1), MAKEWORD(2, 1)},     {MAKEWORD(2, 2), MAKEWORD(2, 2)},
        {MAKEWORD(2, 3), MAKEWORD(2, 2)},     {MAKEWORD(3, 0), MAKEWORD(2, 2)},
        {MAKEWORD(255, 255), MAKEWORD(2, 2)},
    };
    unsigned int i;
    WSADATA data;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
        memset(&data, POISON, sizeof(data));
        CHECK_INT(WSAStartup(cases[i].asked, &data), 0);
        CHECK_INT(data.wVersion, cases[i].got);
        CHECK_INT(data.wHighVersion, MAKEWORD(2, 2));
        CHECK_STR(data.szDescription, "WinSock 2.0");
        CHECK_STR(data.szSystemStatus, "Running");
        CHECK_INT(data.iMaxSockets, LOBYTE(cases[i].asked) == 1 ? 32767 : 0);
        CHECK_INT(WSACleanup(), 0);
    }
}

TEST(version_zero_is_refused_and_told_what_would_do)
{
    WSADATA data;

    memset(&data, POISON, sizeof(data));
    CHECK_INT(WSAStartup(MAKEWORD(0, 9), &data), WSAVERNOTSUPPORTED);
    CHECK_INT(data.wVersion, MAKEWORD(2, 2));
    CHECK_INT(data.wHighVersion, MAKEWORD(2, 2));
    CHECK_ERROR(WSACleanup(), WSANOTINITIALISED);
}

TEST(vendor_information_is_left_alone)
{
    WSADATA data;

    memset(&data, POISON, sizeof(data));
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), &data), 0);
    CHECK_INT((unsigned char)((char *)&data.lpVendorInfo)[0], POISON);
    CHECK_INT(WSACleanup(), 0);
}

TEST(data_that_cannot_be_written_gives_wsaefault)
{
    CHECK_INT(WSAStartup(MAKEWORD(2, 2), NULL), WSAEFAULT);
    CHECK_INT(WSAStartup(MAKEWORD(0, 0), NULL), WSAVERNOTSUPPORTED);
    CHECK_ERROR(WSACleanup(), WSANOTINITIALISED);
}

TEST(startups_are_counted)
{
    SOCKET s;

    CHECK_INT(start(MAKEWORD(2, 2)), 0);
    CHECK_INT(start(MAKEWORD(1, 1)), 0);
    s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK(s != INVALID_SOCKET);
    CHECK_INT(WSACleanup(), 0);
    CHECK_INT(closesocket(s), 0);
    CHECK_INT(WSACleanup(), 0);
    CHECK_ERROR(WSACleanup(), WSANOTINITIALISED);
    CHECK_ERROR(socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), WSANOTINITIALISED);
}

TEST(the_last_cleanup_closes_sockets)
{
    SOCKET pair[2], listener;
    struct sockaddr_in addr;

    CHECK_INT(start(MAKEWORD(2, 2)), 0);
    listener = tcp_listener(&addr);
    tcp_pair(pair);
    CHECK_INT(WSACleanup(), 0);

    CHECK_INT(start(MAKEWORD(2, 2)), 0);
    CHECK_ERROR(closesocket(pair[0]), WSAENOTSOCK);
    CHECK_ERROR(closesocket(pair[1]), WSAENOTSOCK);
    CHECK_ERROR(closesocket(listener), WSAENOTSOCK);
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    CHECK_INT(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
    CHECK_INT(listen(listener, 1), 0);
    CHECK_INT(WSACleanup(), 0);
}

TEST(the_last_error_is_the_threads)
{
    CHECK_INT(start(MAKEWORD(2, 2)), 0);
    SetLastError(4711);
    CHECK_INT(WSAGetLastError(), 4711);
    WSASetLastError(WSAEWOULDBLOCK);
    CHECK_INT(GetLastError(), WSAEWOULDBLOCK);
    CHECK_INT(WSACleanup(), 0);
}

TEST(the_16_bit_exit_procedure_is_there)
{
    HMODULE module = GetModuleHandleA("ws2_32.dll");
    BOOL(WINAPI * wep)(void) = (void *)GetProcAddress(module, "WEP");

    CHECK(wep != NULL);
    CHECK((void *)GetProcAddress(module, MAKEINTRESOURCEA(500)) == (void *)wep);
    CHECK_INT(wep(), TRUE);
}

static DWORD WINAPI start_and_clean(void *arg)
{
    int i;

    for (i = 0; i < 200; i++)
    {
        SOCKET s;

        CHECK_INT(start(MAKEWORD(2, 2)), 0);
        s = socket(AF_INET, SOCK_DGRAM, 0);
        CHECK(s != INVALID_SOCKET);
        CHECK_INT(closesocket(s), 0);
        CHECK_INT(WSACleanup(), 0);
    }
    return *(DWORD *)arg;
}

/* The count never drops to 0 here, so nobody's socket is closed by another thread. */
TEST(threads_start_and_clean_at_once)
{
    HANDLE threads[4];
    DWORD code = 1;
    int i;

    CHECK_INT(start(MAKEWORD(2, 2)), 0);
    for (i = 0; i < 4; i++) threads[i] = CreateThread(NULL, 0, start_and_clean, &code, 0, NULL);
    CHECK_INT(WaitForMultipleObjects(4, threads, TRUE, INFINITE), WAIT_OBJECT_0);
    for (i = 0; i < 4; i++) CloseHandle(threads[i]);
    CHECK_INT(WSACleanup(), 0);
    CHECK_ERROR(WSACleanup(), WSANOTINITIALISED);
}
