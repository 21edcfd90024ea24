/*
 * The upcalls that a service provider may make (WSPUPCALLTABLE).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Specified in the SDK's "Winsock SPI" chapter. Each answers with the error in
 * the last argument, written on failure only.
 */
#include "private.h"

#include <winuser.h>

#include "handle.h"
#include "hook.h"
#include "layer.h"
#include "provider.h"
#include "record.h"
#include "status.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static BOOL WSPAPI upcall_close_event(WSAEVENT event, int *err)
{
    if (CloseHandle(event)) return TRUE;
    *err = WSA_INVALID_HANDLE;
    return FALSE;
}

static WSAEVENT WSPAPI upcall_create_event(int *err)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

    if (!event) *err = WSA_NOT_ENOUGH_MEMORY;
    return event;
}

static BOOL WSPAPI upcall_reset_event(WSAEVENT event, int *err)
{
    if (ResetEvent(event)) return TRUE;
    *err = WSA_INVALID_HANDLE;
    return FALSE;
}

static BOOL WSPAPI upcall_set_event(WSAEVENT event, int *err)
{
    if (SetEvent(event)) return TRUE;
    *err = WSA_INVALID_HANDLE;
    return FALSE;
}

static int not_a_socket(int *err)
{
    *err = WSAENOTSOCK;
    return SOCKET_ERROR;
}

/* For providers whose sockets are no files of their own: a handle that stands for
 * one, with whatever the provider wants to find there again. */
static SOCKET WSPAPI upcall_create_socket_handle(DWORD catalog_id, DWORD_PTR context, int *err)
{
    struct socket_record initial = {
        .flags = RECORD_OURS | RECORD_OVERLAPPED | RECORD_LANE_CLOSED | RECORD_STAND_IN,
        .catalog_id = catalog_id,
        .context = context,
    };
    SOCKET s = INVALID_SOCKET;

    if (!layer_running(catalog_id, &initial.provider))
        *err = WSAEINVAL;
    else if ((s = handle_make(&initial)) == INVALID_SOCKET)
        *err = WSAENOBUFS;
    if (s == INVALID_SOCKET)
        WARN("catalog id %lu, context %#Ix: error %d\n", catalog_id, context, *err);
    else
        TRACE("catalog id %lu, context %#Ix -> %#Ix\n", catalog_id, context, s);
    return s;
}

static int WSPAPI upcall_close_socket_handle(SOCKET s, int *err)
{
    TRACE("socket %#Ix\n", s);
    return handle_close(s) ? 0 : not_a_socket(err);
}

static int WSPAPI upcall_query_socket_handle_context(SOCKET s, DWORD_PTR *context, int *err)
{
    if (!handle_context(s, context)) return not_a_socket(err);
    TRACE("socket %#Ix, context %#Ix\n", s, *context);
    return 0;
}

/* An IFS provider's handle is used as it is; whose it is from now on has to be noted.
 * A provider that only another one knows does not own it: that one will. */
static SOCKET WSPAPI upcall_modify_ifs_handle(DWORD catalog_id, SOCKET handle, int *err)
{
    struct socket_record *record;
    struct provider *provider;

    TRACE("catalog id %lu, socket %#Ix\n", catalog_id, handle);
    if (!layer_running(catalog_id, &provider) || !(record = record_of(handle)))
    {
        WARN("catalog id %lu, socket %#Ix: no such provider, or no handle\n", catalog_id, handle);
        *err = WSAEINVAL;
        return INVALID_SOCKET;
    }
    if (provider) record->provider = provider;
    return handle;
}

static int WSPAPI upcall_fd_is_set(SOCKET s, fd_set *set)
{
    return __WSAFDIsSet(s, set);
}

static int WSPAPI upcall_get_provider_path(GUID *id, WCHAR *path, int *len, int *err)
{
    return WSCGetProviderPath(id, path, len, err);
}

static BOOL WSPAPI upcall_post_message(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    return PostMessageW(window, message, wparam, lparam);
}

/* NULL for a thread without a blocking hook, as all of a Winsock 2 program are. */
static int WSPAPI upcall_query_blocking_callback(DWORD catalog_id, LPBLOCKINGCALLBACK *callback,
                                                 DWORD_PTR *context, int *err)
{
    (void)catalog_id;
    (void)err;
    *callback = hook_is_set() ? hook_callback : NULL;
    *context = 0;
    return 0;
}

static void CALLBACK run_user_apc(ULONG_PTR routine, ULONG_PTR context, ULONG_PTR unused)
{
    (void)unused;
    ((LPWSAUSERAPC)routine)(context);
}

static int WSPAPI upcall_queue_apc(WSATHREADID *thread, LPWSAUSERAPC routine, DWORD_PTR context, int *err)
{
    NTSTATUS status =
        NtQueueApcThread(thread->ThreadHandle, (PNTAPCFUNC)run_user_apc, (ULONG_PTR)routine, context, 0);

    if (!status) return 0;
    *err = status == STATUS_INVALID_HANDLE ? WSAEINVAL : error_from_status(status);
    return SOCKET_ERROR;
}

static int WSPAPI upcall_open_current_thread(WSATHREADID *thread, int *err)
{
    thread->Reserved = 0;
    if (DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &thread->ThreadHandle,
                        0, FALSE, DUPLICATE_SAME_ACCESS))
        return 0;
    *err = WSAEINVAL;
    return SOCKET_ERROR;
}

static int WSPAPI upcall_close_thread(WSATHREADID *thread, int *err)
{
    if (CloseHandle(thread->ThreadHandle)) return 0;
    *err = WSAEINVAL;
    return SOCKET_ERROR;
}

const WSPUPCALLTABLE upcall_table = {
    upcall_close_event,
    upcall_close_socket_handle,
    upcall_create_event,
    upcall_create_socket_handle,
    upcall_fd_is_set,
    upcall_get_provider_path,
    upcall_modify_ifs_handle,
    upcall_post_message,
    upcall_query_blocking_callback,
    upcall_query_socket_handle_context,
    upcall_queue_apc,
    upcall_reset_event,
    upcall_set_event,
    upcall_open_current_thread,
    upcall_close_thread,
};
