/* Windows that network events are told to (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WINDOW_H
#define WINDOW_H

#include "harness.h"

#define MESSAGE (WM_USER + 1)

/* Message-only windows need no display. */
static inline HWND new_window(void)
{
    HWND window = CreateWindowA("Message", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);

    if (!window) SKIP("no window can be made, error %lu", GetLastError());
    return window;
}

static inline HWND selected(SOCKET s, long events)
{
    HWND window = new_window();

    CHECK_INT(WSAAsyncSelect(s, window, MESSAGE, events), 0);
    return window;
}

static inline BOOL next_message(HWND window, MSG *message, DWORD timeout)
{
    ULONGLONG end = GetTickCount64() + timeout, now;

    while (!PeekMessageA(message, window, MESSAGE, MESSAGE, PM_REMOVE))
    {
        if ((now = GetTickCount64()) >= end) return FALSE;
        MsgWaitForMultipleObjects(0, NULL, FALSE, end - now, QS_ALLINPUT);
    }
    return TRUE;
}

static inline int take_message(HWND window, SOCKET s, int event)
{
    MSG message;

    CHECK(next_message(window, &message, 10000));
    CHECK_INT(message.wParam, s);
    CHECK_INT(WSAGETSELECTEVENT(message.lParam), event);
    return WSAGETSELECTERROR(message.lParam);
}

static inline void check_no_message(HWND window)
{
    MSG message;

    if (next_message(window, &message, 30)) CHECK_INT(message.lParam, 0);
}

#endif
