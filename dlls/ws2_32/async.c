/*
 * The lookups of Windows Sockets 1.1 that end with a window message.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each call makes a job, which a thread of the pool carries out. The message's
 * wParam is the job's handle; lParam has the error in its high word and, in its
 * low one, the size of the entry, written or, with WSAENOBUFS, needed.
 */
#include "private.h"

#include <winuser.h>

#include "database.h"
#include "guarded.h"
#include "hostent.h"
#include "lookup.h"
#include "startup.h"
#include "text.h"
#include "thread.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

enum job_kind
{
    HOST_BY_NAME,
    HOST_BY_ADDRESS,
    SERVICE_BY_NAME,
    SERVICE_BY_PORT,
    PROTOCOL_BY_NAME,
    PROTOCOL_BY_NUMBER
};

struct job
{
    struct job *next; /* in the list of those that can be cancelled */
    HANDLE handle;
    enum job_kind kind;
    HWND window;
    UINT message;
    void *buffer; /* the application's */
    int size;
    char *name, *protocol; /* heap */
    char address[16];
    int len, number; /* of the address; family, port or protocol */
    int error;       /* found when the arguments were copied, told in the message */
};

static SRWLOCK jobs_lock = SRWLOCK_INIT;
static struct job *jobs;
static unsigned int handles_given;

static LPWPUPOSTMESSAGE volatile post_routine;

static void post_message(HWND window, UINT message, WPARAM wparam, LPARAM lparam)
{
    LPWPUPOSTMESSAGE routine = post_routine;

    if (routine)
        routine(window, message, wparam, lparam);
    else
        PostMessageW(window, message, wparam, lparam);
}

static void free_job(struct job *job)
{
    heap_free(job->name);
    heap_free(job->protocol);
    heap_free(job);
}

/* The job with this handle, no longer in the list; NULL if it was not there.
 * Who takes a job out decides how it ends: with a message, or cancelled. */
static struct job *take_out(HANDLE handle)
{
    struct job **at, *job;

    AcquireSRWLockExclusive(&jobs_lock);
    for (at = &jobs; *at && (*at)->handle != handle; at = &(*at)->next) continue;
    if ((job = *at)) *at = job->next;
    ReleaseSRWLockExclusive(&jobs_lock);
    return job;
}

/* An entry found, and how to write it. */
struct finding
{
    struct lookup lookup;
    struct netdb_entry entry;
};

static int find(const struct job *job, struct finding *finding)
{
    struct netdb_entry *entry = &finding->entry;
    BOOL found = FALSE;

    if (job->error) return job->error;
    switch (job->kind)
    {
    case HOST_BY_NAME: return hostent_by_name(job->name ? job->name : "", &finding->lookup);
    case HOST_BY_ADDRESS: return hostent_by_address(job->address, job->len, job->number, &finding->lookup);
    case SERVICE_BY_NAME: found = job->name && netdb_find_service(job->name, 0, job->protocol, entry); break;
    case SERVICE_BY_PORT: found = netdb_find_service(NULL, job->number, job->protocol, entry); break;
    case PROTOCOL_BY_NAME: found = job->name && netdb_find_protocol(job->name, 0, entry); break;
    case PROTOCOL_BY_NUMBER: found = netdb_find_protocol(NULL, job->number, entry); break;
    }
    return found ? 0 : WSANO_DATA;
}

static SIZE_T write_finding(const struct job *job, const struct finding *finding, void *buffer, SIZE_T size)
{
    if (job->kind <= HOST_BY_ADDRESS) return hostent_pack(&finding->lookup, buffer, size);
    if (job->kind <= SERVICE_BY_PORT) return netdb_pack_service(&finding->entry, buffer, size);
    return netdb_pack_protocol(&finding->entry, buffer, size);
}

static LPARAM give_finding(const struct job *job, const struct finding *finding)
{
    SIZE_T needed = write_finding(job, finding, NULL, 0);
    volatile int error = 0;

    if (job->size < 0 || needed > (SIZE_T)job->size || !job->buffer) return MAKELPARAM(needed, WSAENOBUFS);
    __TRY
    {
        GUARD_BEGIN;
        write_finding(job, finding, job->buffer, job->size);
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        error = WSAEFAULT;
    }
    __ENDTRY
    return MAKELPARAM(error ? 0 : needed, error);
}

static void free_finding(const struct job *job, struct finding *finding)
{
    if (job->kind <= HOST_BY_ADDRESS)
        lookup_free(&finding->lookup);
    else
        netdb_free(&finding->entry);
}

static void CALLBACK run_job(TP_CALLBACK_INSTANCE *instance, void *context)
{
    struct job *job = context;
    struct finding finding = {0};
    int error = find(job, &finding);
    LPARAM outcome;

    (void)instance;
    if (take_out(job->handle))
    {
        outcome = error ? MAKELPARAM(0, error) : give_finding(job, &finding);
        post_message(job->window, job->message, (WPARAM)job->handle, outcome);
    }
    if (!error) free_finding(job, &finding);
    free_job(job);
}

static BOOL handle_in_use(HANDLE handle)
{
    const struct job *job;

    for (job = jobs; job && job->handle != handle; job = job->next) continue;
    return job != NULL;
}

/* Handles are 16 bits wide, so that programs may keep them in a WORD; never 0. */
static void enlist(struct job *job)
{
    AcquireSRWLockExclusive(&jobs_lock);
    do job->handle = UlongToHandle(handles_given++ % 0xffff + 1);
    while (handle_in_use(job->handle));
    job->next = jobs;
    jobs = job;
    ReleaseSRWLockExclusive(&jobs_lock);
}

static HANDLE start(const struct job *template, const char *name, const char *protocol)
{
    struct job *job;
    HANDLE handle;

    if (!startup_done()) return NULL;
    if (!(job = heap_alloc(sizeof(*job))))
    {
        SetLastError(WSAENOBUFS);
        return NULL;
    }
    *job = *template;
    if (!job->error && !(job->error = text_copy(name, &job->name)))
        job->error = text_copy(protocol, &job->protocol);
    thread_keep_module();
    enlist(job);
    handle = job->handle;
    if (TrySubmitThreadpoolCallback(run_job, job, NULL)) return handle;
    if (take_out(handle)) free_job(job);
    SetLastError(WSAEWOULDBLOCK);
    return NULL;
}

/* Arguments are looked at later: what is wrong with them is told in the message.
 * NULL only for WSANOTINITIALISED, WSAENOBUFS and WSAEWOULDBLOCK. */

HANDLE WINAPI WSAAsyncGetHostByName(HWND window, UINT message, const char *name, char *buffer, int size)
{
    struct job job = {
        .kind = HOST_BY_NAME, .window = window, .message = message, .buffer = buffer, .size = size};

    TRACE("window %p, message %#x, name %s, buffer %p, size %d\n", window, message, debugstr_a(name), buffer,
          size);
    return start(&job, name, NULL);
}

HANDLE WINAPI WSAAsyncGetHostByAddr(HWND window, UINT message, const char *addr, int len, int family,
                                    char *buffer, int size)
{
    struct job job = {
        .kind = HOST_BY_ADDRESS, .window = window, .message = message, .buffer = buffer, .size = size};

    TRACE("window %p, message %#x, addr %p, len %d, family %d, buffer %p, size %d\n", window, message, addr,
          len, family, buffer, size);
    job.len = len;
    job.number = family;
    if (!guarded_read(job.address, addr, len < 0 ? 0 : min(len, 16))) job.error = WSAEFAULT;
    return start(&job, NULL, NULL);
}

HANDLE WINAPI WSAAsyncGetServByName(HWND window, UINT message, const char *name, const char *protocol,
                                    char *buffer, int size)
{
    struct job job = {
        .kind = SERVICE_BY_NAME, .window = window, .message = message, .buffer = buffer, .size = size};

    TRACE("window %p, message %#x, name %s, protocol %s, buffer %p, size %d\n", window, message,
          debugstr_a(name), debugstr_a(protocol), buffer, size);
    return start(&job, name, protocol);
}

/* The port is in network order. */
HANDLE WINAPI WSAAsyncGetServByPort(HWND window, UINT message, int port, const char *protocol, char *buffer,
                                    int size)
{
    struct job job = {
        .kind = SERVICE_BY_PORT, .window = window, .message = message, .buffer = buffer, .size = size};

    TRACE("window %p, message %#x, port %d, protocol %s, buffer %p, size %d\n", window, message, ntohs(port),
          debugstr_a(protocol), buffer, size);
    job.number = ntohs(port);
    return start(&job, NULL, protocol);
}

HANDLE WINAPI WSAAsyncGetProtoByName(HWND window, UINT message, const char *name, char *buffer, int size)
{
    struct job job = {
        .kind = PROTOCOL_BY_NAME, .window = window, .message = message, .buffer = buffer, .size = size};

    TRACE("window %p, message %#x, name %s, buffer %p, size %d\n", window, message, debugstr_a(name), buffer,
          size);
    return start(&job, name, NULL);
}

HANDLE WINAPI WSAAsyncGetProtoByNumber(HWND window, UINT message, int number, char *buffer, int size)
{
    struct job job = {
        .kind = PROTOCOL_BY_NUMBER, .window = window, .message = message, .buffer = buffer, .size = size};

    TRACE("window %p, message %#x, number %d, buffer %p, size %d\n", window, message, number, buffer, size);
    job.number = number;
    return start(&job, NULL, NULL);
}

/* After it, the buffer is not written to and no message comes. WSAEALREADY if
 * the lookup is over, WSAEINVAL for a handle that never was one. */
int WINAPI WSACancelAsyncRequest(HANDLE handle)
{
    ULONG number = HandleToUlong(handle);

    TRACE("handle %p\n", handle);
    if (!startup_done()) return SOCKET_ERROR;
    if (take_out(handle)) return 0;
    SetLastError(number && number <= 0xffff && number <= handles_given ? WSAEALREADY : WSAEINVAL);
    return SOCKET_ERROR;
}

/* From now on the messages go through routine; NULL is PostMessage again. */
int WINAPI WSApSetPostRoutine(LPWPUPOSTMESSAGE routine)
{
    TRACE("routine %p\n", routine);
    InterlockedExchangePointer((void *volatile *)&post_routine, routine);
    return 0;
}
