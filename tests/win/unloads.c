/*
 * A program that loads Winsock by itself, makes a socket, and lets go of it; then it
 * makes and closes other handles. Its exit code says what went wrong: 42 for nothing,
 * which no crash says.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <winsock2.h>
#include <windows.h>

static int use_winsock(void)
{
    HMODULE winsock = LoadLibraryA("ws2_32.dll");
    int(WINAPI * startup)(WORD, WSADATA *) = (void *)GetProcAddress(winsock, "WSAStartup");
    int(WINAPI * cleanup)(void) = (void *)GetProcAddress(winsock, "WSACleanup");
    SOCKET(WINAPI * make)(int, int, int) = (void *)GetProcAddress(winsock, "socket");
    WSADATA data;
    SOCKET s;

    if (!startup || !cleanup || !make || startup(MAKEWORD(2, 2), &data)) return 1;
    if ((s = make(AF_INET, SOCK_STREAM, 0)) == INVALID_SOCKET) return 2;
    if (!CloseHandle((HANDLE)s)) return 3;
    if (make(AF_INET, SOCK_STREAM, 0) == INVALID_SOCKET) return 4;
    if (cleanup()) return 5;
    return FreeLibrary(winsock) ? 0 : 6;
}

int main(void)
{
    HANDLE self = GetCurrentProcess(), event, copy;
    int round, ret;

    if (GetModuleHandleA("ws2_32.dll")) return 10;
    for (round = 0; round < 3; round++)
    {
        if ((ret = use_winsock())) return ret;
        if (!(event = CreateEventW(NULL, TRUE, FALSE, NULL))) return 7;
        if (!DuplicateHandle(self, event, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS)) return 8;
        if (!CloseHandle(event) || !CloseHandle(copy)) return 9;
    }
    return 42;
}
