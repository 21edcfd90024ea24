/*
 * For tests that transmit files: a file, and what has to arrive of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef TRANSMIT_H
#define TRANSMIT_H

#include "extensions.h"

#define TRANSMIT(s) EXTENSION(s, LPFN_TRANSMITFILE, WSAID_TRANSMITFILE)
#define PACKETS(s) EXTENSION(s, LPFN_TRANSMITPACKETS, WSAID_TRANSMITPACKETS)

#define BAD_POINTER ((void *)(ULONG_PTR)0x10)

/* A file that goes when it is closed, filled with a pattern that repeats nowhere near. */
static inline HANDLE make_file(DWORD size)
{
    char path[MAX_PATH], name[MAX_PATH], block[1000];
    DWORD i, done, written;
    HANDLE file;

    CHECK(GetTempPathA(sizeof(path), path));
    CHECK(GetTempFileNameA(path, "tf", 0, name));
    file = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS,
                       FILE_FLAG_DELETE_ON_CLOSE, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    for (done = 0; done < size; done += written)
    {
        for (i = 0; i < sizeof(block); i++) block[i] = (done + i) % 251;
        CHECK(WriteFile(file, block, min(size - done, sizeof(block)), &written, NULL));
    }
    CHECK_INT(SetFilePointer(file, 0, NULL, FILE_BEGIN), 0);
    return file;
}

static inline void check_pattern(SOCKET s, DWORD offset, DWORD size)
{
    unsigned char block[4096];
    DWORD done;
    int i, got;

    for (done = 0; done < size; done += got)
    {
        got = recv(s, (char *)block, min(size - done, sizeof(block)), 0);
        CHECK(got > 0);
        for (i = 0; i < got; i++)
            if (block[i] != (offset + done + i) % 251) CHECK_INT(block[i], (offset + done + i) % 251);
    }
}

static inline void check_text(SOCKET s, const char *text)
{
    char buffer[64];
    int len = strlen(text);

    CHECK_INT(receive_all(s, buffer, len), len);
    CHECK_INT(memcmp(buffer, text, len), 0);
}

static inline void check_nothing_more(SOCKET s)
{
    u_long count = 1;

    CHECK_INT(ioctlsocket(s, FIONREAD, &count), 0);
    CHECK_INT(count, 0);
}

#endif
