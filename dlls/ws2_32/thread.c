/*
 * What Windows keeps a thread: results of the old database calls, and the event
 * that the thread's own waits use.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "hook.h"
#include "startup.h"
#include "thread.h"

static DWORD tls_index = TLS_OUT_OF_INDEXES;

BOOL thread_attach_process(void)
{
    tls_index = TlsAlloc();
    return tls_index != TLS_OUT_OF_INDEXES;
}

struct thread_data *thread_data(void)
{
    struct thread_data *data;
    DWORD error = GetLastError(); /* TlsGetValue clears it, and it is the caller's */

    if (!(data = TlsGetValue(tls_index)) && (data = heap_zalloc(sizeof(*data)))) TlsSetValue(tls_index, data);
    SetLastError(error);
    return data;
}

HANDLE thread_sync_event(void)
{
    struct thread_data *data = thread_data();

    if (!data) return NULL;
    if (!data->sync_event) data->sync_event = CreateEventW(NULL, TRUE, FALSE, NULL);
    return data->sync_event;
}

void thread_expect_apcs(void)
{
    struct thread_data *data = thread_data();

    if (data) data->takes_apcs = TRUE;
}

BOOL thread_takes_apcs(void)
{
    const struct thread_data *data = thread_data();

    return data && data->takes_apcs;
}

void thread_run_apcs(void)
{
    struct thread_data *data = thread_data();
    const ULONGLONG now = GetTickCount64();

    if (!data || (!data->takes_apcs && data->alertable == now)) return;
    data->alertable = now;
    if (SleepEx(0, TRUE) == WAIT_IO_COMPLETION) thread_expect_apcs();
}

WSATHREADID *thread_id(void)
{
    struct thread_data *data = thread_data();

    if (!data) return NULL;
    if (!data->id.ThreadHandle)
        DuplicateHandle(GetCurrentProcess(), GetCurrentThread(), GetCurrentProcess(), &data->id.ThreadHandle,
                        0, FALSE, DUPLICATE_SAME_ACCESS);
    return data->id.ThreadHandle ? &data->id : NULL;
}

BOOL thread_keep_module(void)
{
    HMODULE self;

    return GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                              (const WCHAR *)thread_keep_module, &self);
}

void thread_detach(void)
{
    struct thread_data *data = TlsGetValue(tls_index);

    if (!data) return;
    hook_forget(data);
    if (data->sync_event) CloseHandle(data->sync_event);
    if (data->id.ThreadHandle) CloseHandle(data->id.ThreadHandle);
    heap_free(data->host);
    heap_free(data->serv);
    heap_free(data->proto);
    heap_free(data);
    TlsSetValue(tls_index, NULL);
}

void thread_detach_process(void)
{
    thread_detach();
    TlsFree(tls_index);
}
