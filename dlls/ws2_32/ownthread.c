/*
 * Threads of the module's own, which must not outlive the program's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A process ends with its last thread, and Wine counts ours like any other: a program whose
 * main thread calls ExitThread and whose others return would never end. Every thread tells
 * the DLLs when it does, and who finds that only threads of ours are left ends these, so
 * that it is the last one.
 */
#include "private.h"

#include "thread.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct own_thread
{
    LPTHREAD_START_ROUTINE routine;
    void *context;
};

static LONG own_count;
static LONG attached_count; /* threads that were begun since the module is there */
static DWORD attached = TLS_OUT_OF_INDEXES;
static DWORD first; /* the thread that loaded the module, most often the main one; 0 once it has ended */

static DWORD WINAPI run(void *context)
{
    const struct own_thread own = *(struct own_thread *)context;
    DWORD code;

    heap_free(context);
    code = own.routine(own.context);
    InterlockedDecrement(&own_count);
    return code;
}

BOOL thread_start(LPTHREAD_START_ROUTINE routine, void *context)
{
    struct own_thread *own = thread_keep_module() ? heap_alloc(sizeof(*own)) : NULL;
    HANDLE thread;

    if (!own) return FALSE;
    *own = (struct own_thread){routine, context};
    InterlockedIncrement(&own_count);
    if ((thread = CreateThread(NULL, 0x10000, run, own, 0, NULL)))
    {
        CloseHandle(thread);
        return TRUE;
    }
    InterlockedDecrement(&own_count);
    heap_free(own);
    return FALSE;
}

/* 0 if there is no telling. */
static ULONG threads_of(const SYSTEM_PROCESS_INFORMATION *process)
{
    const HANDLE self = ULongToHandle(GetCurrentProcessId());

    for (;; process = (const void *)((const char *)process + process->NextEntryOffset))
    {
        if (process->UniqueProcessId == self) return process->dwThreadCount;
        if (!process->NextEntryOffset) return 0;
    }
}

static ULONG threads_of_process(void)
{
    ULONG size = 0x10000, count = 0;
    NTSTATUS status;
    void *buffer;

    do
    {
        if (!(buffer = heap_alloc(size))) return 0;
        status = NtQuerySystemInformation(SystemProcessInformation, buffer, size, NULL);
        if (!status) count = threads_of(buffer);
        heap_free(buffer);
        size *= 2;
    } while (status == STATUS_INFO_LENGTH_MISMATCH);
    return count;
}

void thread_count_from_now(void)
{
    attached = TlsAlloc();
    first = GetCurrentThreadId();
}

void thread_count_no_more(void)
{
    TlsFree(attached);
}

void thread_attached(void)
{
    TlsSetValue(attached, &attached);
    InterlockedIncrement(&attached_count);
}

static LONG without_this(void)
{
    DWORD error = GetLastError();
    BOOL was_attached = TlsGetValue(attached) != NULL;

    SetLastError(error);
    if (was_attached) return InterlockedDecrement(&attached_count);
    if (first == GetCurrentThreadId()) first = 0;
    return attached_count;
}

/* To ask costs a while, so not while others of the program's are known to be there. A thread may be
 * there, and not be attached yet. */
BOOL thread_was_programs_last(void)
{
    const LONG others = without_this();

    return own_count && !first && others <= own_count && threads_of_process() == (ULONG)own_count + 1;
}

/* The process is told that it ends: later versions of the layer take one whose last thread ends
 * without that for one that has died, and lose the exit code. */
void thread_end_own(void)
{
    TRACE("%ld threads\n", own_count);
    NtTerminateProcess(NULL, 0);
}
