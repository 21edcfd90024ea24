/*
 * WSAStartup and WSACleanup, and the last error.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/host.h"
#include "base/rawhost.h"
#include "base/tail.h"
#include "hook.h"
#include "provider.h"
#include "record.h"
#include "startup.h"
#include "thread.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

LONG startup_count, hooks_running;
WORD startup_version;
static CRITICAL_SECTION startup_lock;
static WSADATA latest = {
    .wVersion = MAKEWORD(2, 2),
    .wHighVersion = MAKEWORD(2, 2),
    .szDescription = "WinSock 2.0",
    .szSystemStatus = "Running",
};

/* The thread goes on to end, and being the last one takes the process with it. */
static void end_program(void)
{
    thread_end_own();
    LdrShutdownProcess();
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *reserved)
{
    switch (reason)
    {
    case DLL_PROCESS_ATTACH:
        InitializeCriticalSection(&startup_lock);
        if (!thread_attach_process()) return FALSE;
        thread_note_first();
        unix_attach(module);
        break;
    case DLL_THREAD_DETACH:
        if (thread_was_programs_last()) end_program();
        thread_detach();
        break;
    case DLL_PROCESS_DETACH:
        if (reserved) /* the process ends: nothing to give back */
        {
            tail_leave();
            host_leave();
            rawhost_leave();
            break;
        }
        thread_detach_process();
        DeleteCriticalSection(&startup_lock);
        break;
    }
    return TRUE;
}

/* Winsock versions a program can ask for; Windows gives the highest that is not
 * above what was asked, except that 0.x does not exist. */
static WORD negotiate(WORD wanted)
{
    static const WORD known[] = {MAKEWORD(2, 2), MAKEWORD(2, 1), MAKEWORD(2, 0), MAKEWORD(1, 1),
                                 MAKEWORD(1, 0)};
    unsigned int i;

    for (i = 0; i < ARRAY_COUNT(known); i++)
    {
        if (LOBYTE(wanted) > LOBYTE(known[i])) return known[i];
        if (LOBYTE(wanted) == LOBYTE(known[i]) && HIBYTE(wanted) >= HIBYTE(known[i])) return known[i];
    }
    return 0;
}

static BOOL fill_wsadata(WSADATA *out, WORD version)
{
    volatile BOOL ok = TRUE;

    __TRY
    {
        GUARD_BEGIN;
        out->wVersion = version;
        out->wHighVersion = MAKEWORD(2, 2);
        strcpy(out->szDescription, latest.szDescription);
        strcpy(out->szSystemStatus, latest.szSystemStatus);
        /* 0 from 2.0 on; a 1.1 program may look at them */
        out->iMaxSockets = LOBYTE(version) == 1 ? 32767 : 0;
        out->iMaxUdpDg = LOBYTE(version) == 1 ? 65467 : 0;
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        ok = FALSE;
    }
    __ENDTRY
    return ok;
}

BOOL startup_refuses(void)
{
    const int error = !startup_count ? WSANOTINITIALISED : hook_runs_here() ? WSAEINPROGRESS : 0;

    if (error) SetLastError(error);
    return error != 0;
}

static BOOL is_lower(WORD version, WORD other)
{
    return MAKEWORD(HIBYTE(version), LOBYTE(version)) < MAKEWORD(HIBYTE(other), LOBYTE(other));
}

/* Returns the error itself, for there is no last error to trust yet. The data is
 * filled even when the version is refused: wHighVersion says what would do. */
int WINAPI WSAStartup(WORD version, WSADATA *data)
{
    WORD agreed = negotiate(version);
    int err = 0;

    TRACE("version %u.%u, data %p\n", LOBYTE(version), HIBYTE(version), data);

    if (!unix_ready()) return WSASYSNOTREADY;
    if (hook_runs_here()) return WSAEINPROGRESS;
    if (!agreed)
    {
        fill_wsadata(data, MAKEWORD(2, 2));
        return WSAVERNOTSUPPORTED;
    }
    if (!data || !fill_wsadata(data, agreed)) return WSAEFAULT;

    EnterCriticalSection(&startup_lock);
    if (startup_count || !(err = provider_startup()))
    {
        if (!startup_count || is_lower(agreed, startup_version)) startup_version = agreed;
        startup_count++;
    }
    LeaveCriticalSection(&startup_lock);
    TRACE("agreed on %u.%u, count %ld, error %d\n", LOBYTE(agreed), HIBYTE(agreed), startup_count, err);
    return err;
}

/* The last cleanup closes the process's sockets, as Windows does. */
int WINAPI WSACleanup(void)
{
    BOOL had = FALSE, last = FALSE;

    TRACE("count %ld\n", startup_count);

    if (hook_runs_here() && startup_refuses()) return SOCKET_ERROR;
    EnterCriticalSection(&startup_lock);
    if (startup_count)
    {
        had = TRUE;
        last = startup_count == 1;
        if (last) record_close_all();
        startup_count--;
        if (last) provider_cleanup();
    }
    LeaveCriticalSection(&startup_lock);

    SetLastError(had ? 0 : WSANOTINITIALISED);
    if (had) return 0;
    return SOCKET_ERROR;
}

/* Winsock's last error is the thread's last error: one slot. */
int WINAPI WSAGetLastError(void)
{
    return NtCurrentTeb()->LastErrorValue;
}

void WINAPI WSASetLastError(int error)
{
    SetLastError(error);
}

/* Entered by ordinal 500 on 16-bit Windows when a library is unloaded. */
BOOL WINAPI WEP(void)
{
    TRACE("\n");
    return TRUE;
}
