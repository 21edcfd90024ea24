/* Closing a socket as a handle in ways that are seen and not seen (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef UNSEEN_H
#define UNSEEN_H

#include "harness.h"

/* By the system call itself, which tells nobody. */
static inline void close_unseen(SOCKET s)
{
    LONG(WINAPI * close)(HANDLE) = (void *)GetProcAddress(GetModuleHandleA("ntdll.dll"), "NtClose");

    CHECK(close != NULL);
    CHECK_INT(close((HANDLE)s), 0);
}

#endif
