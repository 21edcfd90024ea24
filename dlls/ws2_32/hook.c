/*
 * Winsock 1.1's blocking hooks.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A program that asks for version 1.x may give each thread a function that is called
 * again and again while a call of the thread waits: WSASetBlockingHook. From within it
 * every call fails with WSAEINPROGRESS but for WSAIsBlocking and WSACancelBlockingCall,
 * which has the call that waits end with WSAEINTR. There is a hook by default, which
 * pumps messages, but on Win32 nobody calls that one.
 */
#include "private.h"

#include <winuser.h>

#include "hook.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

LONG hooks_set;

static INT_PTR WINAPI pump_a_message(void)
{
    MSG msg;

    if (!PeekMessageW(&msg, NULL, 0, 0, PM_REMOVE)) return FALSE;
    TranslateMessage(&msg);
    DispatchMessageW(&msg);
    return TRUE;
}

FARPROC hook_of_thread(void)
{
    const struct thread_data *data = thread_data();

    return data ? data->hook : NULL;
}

BOOL hook_runs_here(void)
{
    const struct thread_data *data = hooks_running ? thread_data() : NULL;

    return data && data->in_hook;
}

BOOL hook_run(void)
{
    struct thread_data *data = thread_data();

    data->cancelled = FALSE;
    data->in_hook = TRUE;
    InterlockedIncrement(&hooks_running);
    while (((BOOL(CALLBACK *)(void))(void *)data->hook)() && !data->cancelled) continue;
    InterlockedDecrement(&hooks_running);
    data->in_hook = FALSE;
    return !data->cancelled;
}

BOOL CALLBACK hook_callback(DWORD_PTR unused)
{
    (void)unused;
    return !hook_is_set() || hook_run();
}

static void set(struct thread_data *data, FARPROC hook)
{
    if (hook == (FARPROC)pump_a_message) hook = NULL;
    if (!data->hook != !hook) InterlockedExchangeAdd(&hooks_set, hook ? 1 : -1);
    data->hook = hook;
}

void hook_forget(struct thread_data *data)
{
    set(data, NULL);
}

/* The calling thread's data; NULL with the last error set. */
static struct thread_data *may_have_hook(void)
{
    struct thread_data *data = NULL;

    if (!startup_done()) return NULL;
    if (LOBYTE(startup_version) > 1)
        SetLastError(WSAEOPNOTSUPP);
    else if (!(data = thread_data()))
        SetLastError(WSAENOBUFS);
    return data;
}

/* Gives the hook there was, the first time the one by default. WSAEOPNOTSUPP, as for the
 * other two, unless a WSAStartup that is in force asked for version 1.x. */
FARPROC WINAPI WSASetBlockingHook(FARPROC hook)
{
    struct thread_data *data = may_have_hook();
    FARPROC previous;

    TRACE("hook %p\n", hook);
    if (!data) return NULL;
    if (!hook)
    {
        SetLastError(WSAEFAULT);
        return NULL;
    }
    previous = data->hook ? data->hook : (FARPROC)pump_a_message;
    set(data, hook);
    return previous;
}

int WINAPI WSAUnhookBlockingHook(void)
{
    struct thread_data *data = may_have_hook();

    TRACE("\n");
    if (!data) return SOCKET_ERROR;
    set(data, NULL);
    return 0;
}

/* WSAEINVAL unless it is the thread's hook that calls. */
int WINAPI WSACancelBlockingCall(void)
{
    TRACE("\n");
    if (!startup_count)
        SetLastError(WSANOTINITIALISED);
    else if (LOBYTE(startup_version) > 1)
        SetLastError(WSAEOPNOTSUPP);
    else if (!hook_runs_here())
        SetLastError(WSAEINVAL);
    else
    {
        thread_data()->cancelled = TRUE;
        return 0;
    }
    return SOCKET_ERROR;
}

BOOL WINAPI WSAIsBlocking(void)
{
    TRACE("\n");
    return hook_runs_here();
}
