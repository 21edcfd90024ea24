/*
 * Threads of the module's own, which must not outlive the program's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A process ends with its last thread, and Wine counts ours like any other: a program whose
 * main thread calls ExitThread and whose others return would never end. Every thread tells
 * the DLLs when it does, and who finds that only threads of ours are left ends these, so
 * that it is the last one. A thread that is terminated tells nobody: for that, one of ours
 * waits for a thread of the program's that is known to live.
 *
 * Threads may be terminated in here, too, so nothing is locked that can't be taken from them.
 */
#include "private.h"

#include "base/host.h"
#include "base/owner.h"
#include "base/rawhost.h"
#include "base/tail.h"
#include "thread.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define PATIENCE_MS 2000
#define TICK_MS 10
#define WITNESS_MS 1000
#define MAX_LEAVING 64

struct own_thread
{
    struct own_thread *next;
    DWORD id;
    LPTHREAD_START_ROUTINE routine;
    void *context;
};

static struct ownership lock;
static struct own_thread *list;
static BOOL keeper_runs;
static DWORD first; /* the thread that loaded the module, most often the main one */

/* A thread of the program's that lives, or did when it was looked at: while it does, nothing ends. */
static HANDLE witness;
static DWORD witness_id;

/* Threads that have told that they end, and may be there still. */
static DWORD leaving[MAX_LEAVING];
static unsigned int leaving_count;

static void enter(void)
{
    while (owner_take(&lock))
        ;
}

static void leave(void)
{
    owner_release(&lock);
}

void thread_note_first(void)
{
    first = GetCurrentThreadId();
}

/* --- Our own; the lock is held --- */

static struct own_thread **own_link(DWORD id)
{
    struct own_thread **link = &list;

    while (*link && (*link)->id != id) link = &(*link)->next;
    return link;
}

static DWORD WINAPI run(void *context)
{
    const struct own_thread *own = context;

    return own->routine(own->context);
}

static BOOL begin(struct own_thread *own)
{
    HANDLE thread = CreateThread(NULL, 0x10000, run, own, 0, &own->id);

    if (!thread) return FALSE;
    NtClose(thread);
    own->next = list;
    list = own;
    return TRUE;
}

static struct own_thread *new_own(LPTHREAD_START_ROUTINE routine, void *context)
{
    struct own_thread *own = heap_zalloc(sizeof(*own));

    if (!own) return NULL;
    own->routine = routine;
    own->context = context;
    return own;
}

/* --- The process's threads --- */

static const SYSTEM_PROCESS_INFORMATION *own_process(const SYSTEM_PROCESS_INFORMATION *process)
{
    const HANDLE self = ULongToHandle(GetCurrentProcessId());

    for (;; process = (const void *)((const char *)process + process->NextEntryOffset))
    {
        if (process->UniqueProcessId == self) return process;
        if (!process->NextEntryOffset) return NULL;
    }
}

/* Not from the heap, whose lock a terminated thread may have. NULL if there is no telling. */
static void *ask_for_threads(const SYSTEM_PROCESS_INFORMATION **process)
{
    ULONG size = 0x10000;
    NTSTATUS status;
    void *buffer;

    for (;; size *= 2)
    {
        if (!(buffer = VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE))) return NULL;
        if (!(status = NtQuerySystemInformation(SystemProcessInformation, buffer, size, NULL)) &&
            (*process = own_process(buffer)))
            return buffer;
        VirtualFree(buffer, 0, MEM_RELEASE);
        if (status != STATUS_INFO_LENGTH_MISMATCH) return NULL;
    }
}

static DWORD thread_of(const SYSTEM_PROCESS_INFORMATION *process, DWORD i)
{
    return HandleToULong(process->ti[i].ClientId.UniqueThread);
}

static BOOL is_there(const SYSTEM_PROCESS_INFORMATION *process, DWORD id)
{
    DWORD i;

    for (i = 0; i < process->dwThreadCount; i++)
        if (thread_of(process, i) == id) return TRUE;
    return FALSE;
}

static BOOL is_leaving(DWORD id)
{
    unsigned int i;

    for (i = 0; i < leaving_count; i++)
        if (leaving[i] == id) return TRUE;
    return FALSE;
}

static void forget_those_gone(const SYSTEM_PROCESS_INFORMATION *process)
{
    unsigned int i, kept = 0;

    for (i = 0; i < leaving_count; i++)
        if (is_there(process, leaving[i])) leaving[kept++] = leaving[i];
    leaving_count = kept;
}

/* --- Who is left; the lock is held --- */

enum left
{
    SOMEBODY,           /* a thread of the program's lives, or there is no telling */
    LEAVING_THEMSELVES, /* others have told that they end */
    NOBODY
};

static BOOL is_alive(HANDLE thread)
{
    static const LARGE_INTEGER no_time;

    return NtWaitForSingleObject(thread, FALSE, &no_time) == STATUS_TIMEOUT;
}

/* NtClose: base/ashandle.c need not look. */
static BOOL bears_witness(DWORD id)
{
    HANDLE thread = OpenThread(SYNCHRONIZE | THREAD_QUERY_INFORMATION, FALSE, id);

    if (!thread) return FALSE;
    if (witness) NtClose(witness);
    witness = thread;
    witness_id = id;
    return TRUE;
}

/* Beside this thread. *other is one that is leaving. */
static enum left who_is_left(const SYSTEM_PROCESS_INFORMATION *process, DWORD *other)
{
    const DWORD self = GetCurrentThreadId();
    enum left left = NOBODY;
    DWORD i, id;

    for (i = 0; i < process->dwThreadCount; i++)
    {
        if ((id = thread_of(process, i)) == self || *own_link(id)) continue;
        if (is_leaving(id))
        {
            left = LEAVING_THEMSELVES;
            *other = id;
        }
        else if (bears_witness(id))
            return SOMEBODY;
    }
    return left;
}

static enum left look(DWORD *other)
{
    const SYSTEM_PROCESS_INFORMATION *process;
    void *buffer = ask_for_threads(&process);
    enum left left;

    if (!buffer) return SOMEBODY;
    forget_those_gone(process);
    left = who_is_left(process, other);
    VirtualFree(buffer, 0, MEM_RELEASE);
    return left;
}

static void note_leaving(DWORD id)
{
    DWORD ignored;

    if (leaving_count == MAX_LEAVING) look(&ignored);
    if (leaving_count < MAX_LEAVING) leaving[leaving_count++] = id;
}

/* FALSE if it stays. */
static BOOL await_end(DWORD id)
{
    static const LARGE_INTEGER patience = {.QuadPart = -10000ll * PATIENCE_MS};
    HANDLE thread = OpenThread(SYNCHRONIZE, FALSE, id);
    BOOL ended;

    if (!thread) return TRUE;
    ended = NtWaitForSingleObject(thread, FALSE, &patience) == STATUS_WAIT_0;
    NtClose(thread);
    return ended;
}

static BOOL is_last(void)
{
    enum left left;
    DWORD other;

    if (!list || (witness && witness_id != GetCurrentThreadId() && is_alive(witness))) return FALSE;
    while ((left = look(&other)) == LEAVING_THEMSELVES)
        if (!await_end(other)) return FALSE;
    return left == NOBODY;
}

BOOL thread_was_programs_last(void)
{
    const DWORD self = GetCurrentThreadId();
    struct own_thread **link, *own;
    BOOL last = FALSE;

    enter();
    note_leaving(self);
    if ((own = *(link = own_link(self))))
        *link = own->next;
    else
        last = is_last();
    leave();
    heap_free(own);
    return last;
}

/* The process is told that it ends: later versions of the layer take one whose last thread ends
 * without that for one that has died, and lose the exit code. */
void thread_end_own(void)
{
    TRACE("the last thread of the program's ends\n");
    NtTerminateProcess(NULL, 0);
}

/* --- For threads that are terminated --- */

/* As the system does it then: no DLL is told. */
static void end_process(void)
{
    DWORD code = 0;

    TRACE("the last thread of the program's was terminated\n");
    GetExitCodeThread(witness, &code);
    tail_leave();
    host_leave();
    rawhost_leave();
    NtTerminateProcess(GetCurrentProcess(), code);
}

/* A handle of the keeper's own, or NULL if it has to look again soon. */
static HANDLE look_for_witness(void)
{
    enum left left = SOMEBODY;
    HANDLE thread = NULL;
    DWORD other;

    enter();
    if (!witness || !is_alive(witness)) left = look(&other);
    if (left == NOBODY) end_process();
    if (left == SOMEBODY && witness) thread = OpenThread(SYNCHRONIZE, FALSE, witness_id);
    leave();
    return thread;
}

/* It does not wait for the thread, but looks now and then. Whoever waits at the server is given
 * what is left of the requests of terminated threads, and who cancels them could not count on
 * that being done when CancelIoEx returns, as it is where no thread of ours is. */
static DWORD WINAPI keep(void *unused)
{
    HANDLE thread;

    (void)unused;
    for (;;)
    {
        if (!(thread = look_for_witness()))
        {
            Sleep(TICK_MS);
            continue;
        }
        while (is_alive(thread)) Sleep(WITNESS_MS);
        NtClose(thread);
    }
    return 0;
}

/* The lock is held. */
static void start_keeper(void)
{
    struct own_thread *own;

    if (keeper_runs || !(own = new_own(keep, NULL))) return;
    bears_witness(first);
    if (!(keeper_runs = begin(own))) heap_free(own);
}

BOOL thread_start(LPTHREAD_START_ROUTINE routine, void *context)
{
    struct own_thread *own = thread_keep_module() ? new_own(routine, context) : NULL;
    BOOL started;

    if (!own) return FALSE;
    enter();
    start_keeper();
    started = begin(own);
    leave();
    if (!started) heap_free(own);
    return started;
}
