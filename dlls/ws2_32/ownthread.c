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

#define PATIENCE_MS 2000

struct own_thread
{
    struct own_thread *next;
    HANDLE handle;
    LPTHREAD_START_ROUTINE routine;
    void *context;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct own_thread *list;
static LONG own_count;      /* of the list */
static LONG attached_count; /* threads that were begun since the module is there */
static DWORD attached = TLS_OUT_OF_INDEXES;
static DWORD first; /* the thread that loaded the module, most often the main one; 0 once it has ended */

static void forget(struct own_thread *own)
{
    struct own_thread **link = &list;

    AcquireSRWLockExclusive(&lock);
    while (*link && *link != own) link = &(*link)->next;
    if (*link)
    {
        *link = own->next;
        own_count--;
    }
    ReleaseSRWLockExclusive(&lock);
    CloseHandle(own->handle);
    heap_free(own);
}

static DWORD WINAPI run(void *context)
{
    struct own_thread *own = context;
    DWORD code = own->routine(own->context);

    forget(own);
    return code;
}

BOOL thread_start(LPTHREAD_START_ROUTINE routine, void *context)
{
    struct own_thread *own = thread_keep_module() ? heap_zalloc(sizeof(*own)) : NULL;
    BOOL started;

    if (!own) return FALSE;
    own->routine = routine;
    own->context = context;
    AcquireSRWLockExclusive(&lock);
    if ((started = (own->handle = CreateThread(NULL, 0x10000, run, own, 0, NULL)) != NULL))
    {
        own->next = list;
        list = own;
        own_count++;
    }
    ReleaseSRWLockExclusive(&lock);
    if (!started) heap_free(own);
    return started;
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

void thread_end_own(void)
{
    const LARGE_INTEGER patience = {.QuadPart = -10000ll * PATIENCE_MS};
    struct own_thread *own;

    TRACE("%ld threads\n", own_count);
    for (own = list; own; own = own->next)
    {
        NtTerminateThread(own->handle, 0);
        NtWaitForSingleObject(own->handle, FALSE, &patience);
    }
}
