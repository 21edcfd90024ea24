/*
 * Telling applications that the catalogs or the networks have changed.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include <winreg.h>

#include "guarded.h"
#include "startup.h"
#include "store.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define CHANGES (REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET)

static int notify_outcome(int err)
{
    SetLastError(err);
    return err ? SOCKET_ERROR : 0;
}

/* A wait for the next change, to be told the way the application chose. */
struct watch
{
    WSAOVERLAPPED *overlapped;
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine;
    HANDLE thread; /* the caller, for the routine */
    HANDLE changed;
};

static void free_watch(struct watch *watch)
{
    if (watch->thread) CloseHandle(watch->thread);
    if (watch->changed) CloseHandle(watch->changed);
    heap_free(watch);
}

static void CALLBACK run_routine(ULONG_PTR context)
{
    struct watch *watch = (struct watch *)context;

    watch->routine(0, 0, watch->overlapped, 0);
    free_watch(watch);
}

static void complete(struct watch *watch)
{
    volatile HANDLE event = NULL;

    __TRY
    {
        GUARD_BEGIN;
        watch->overlapped->InternalHigh = 0;
        watch->overlapped->Internal = STATUS_SUCCESS;
        event = watch->overlapped->hEvent;
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
    }
    __ENDTRY
    if (watch->routine && QueueUserAPC(run_routine, watch->thread, (ULONG_PTR)watch)) return;
    if (!watch->routine && event) SetEvent((HANDLE)((ULONG_PTR)event & ~(ULONG_PTR)1));
    free_watch(watch);
}

static void CALLBACK catalog_changed(TP_CALLBACK_INSTANCE *instance, void *context, TP_WAIT *wait,
                                     TP_WAIT_RESULT result)
{
    (void)instance;
    (void)result;
    CloseThreadpoolWait(wait);
    complete(context);
}

static int start_watch(HKEY key, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    ULONG_PTR pending = STATUS_PENDING;
    struct watch *watch = heap_zalloc(sizeof(*watch));
    TP_WAIT *wait;

    if (!watch) return WSA_NOT_ENOUGH_MEMORY;
    watch->overlapped = overlapped;
    watch->routine = routine;
    watch->changed = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (routine)
        DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &watch->thread, 0,
                        FALSE, DUPLICATE_SAME_ACCESS);
    if (!guarded_write(&overlapped->Internal, &pending, sizeof(pending)))
    {
        free_watch(watch);
        return WSAEFAULT;
    }
    if (!watch->changed || !(wait = CreateThreadpoolWait(catalog_changed, watch, NULL)))
    {
        free_watch(watch);
        return WSA_NOT_ENOUGH_MEMORY;
    }
    if (RegNotifyChangeKeyValue(key, TRUE, CHANGES, watch->changed, TRUE))
    {
        CloseThreadpoolWait(wait);
        free_watch(watch);
        return WSA_INVALID_HANDLE;
    }
    SetThreadpoolWait(wait, watch->changed, NULL);
    return WSA_IO_PENDING;
}

/*
 * The first call, with *handle NULL, hands out a handle that CloseHandle closes.
 * Later ones wait for the next change of the catalogs: here if overlapped is
 * NULL, or with WSA_IO_PENDING and the event or the routine.
 */
int WINAPI WSAProviderConfigChange(HANDLE *handle, WSAOVERLAPPED *overlapped,
                                   LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    HANDLE key;

    TRACE("handle %p, overlapped %p, routine %p\n", handle, overlapped, routine);
    if (!startup_done()) return SOCKET_ERROR;
    if (!guarded_read(&key, handle, sizeof(key))) return notify_outcome(WSAEFAULT);
    if (!key)
    {
        if (!(key = store_open(L"", TRUE, NULL))) return notify_outcome(WSA_NOT_ENOUGH_MEMORY);
        if (guarded_write(handle, &key, sizeof(key))) return notify_outcome(0);
        RegCloseKey(key);
        return notify_outcome(WSAEFAULT);
    }
    if (overlapped) return notify_outcome(start_watch(key, overlapped, routine));
    return notify_outcome(RegNotifyChangeKeyValue(key, TRUE, CHANGES, NULL, FALSE) ? WSA_INVALID_HANDLE : 0);
}
