/*
 * Sockets that report to completion ports: what is behind ProcessSocketNotifications.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each registration always has one AFD_POLL under way at a device handle that
 * belongs to all of them, for whatever it may report next; if nothing, the poll
 * still tells when the socket is closed. One thread takes the polls' completions
 * from a private port and posts packets to the application's. Whoever wants a poll
 * to ask for something else cancels it, and the thread starts it anew.
 *
 * Windows posts a level-triggered packet again when the last one has been taken
 * from the port, and an edge-triggered one when the condition has been false in
 * between. Both are known here as far as they happen in this module's calls. That a
 * packet was taken with GetQueuedCompletionStatus is seen by looking at how many are
 * left, every few milliseconds while it matters; a condition is taken to have been
 * false once the socket was used, so that no edge is ever lost, but one may be
 * reported of data that were left over.
 */
#include "private.h"

#include "record.h"
#include "base/device.h"
#include "base/newborn.h"
#include "base/question.h"
#include "base/readiness.h"
#include "thread.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define LOOK_INTERVAL 10   /* ms */
#define TAKEN_FOR_SURE 100 /* ms: a port that is never empty must not silence a socket */

#define ALWAYS_REPORTED (SOCK_NOTIFY_EVENT_ERR | SOCK_NOTIFY_EVENT_REMOVE)

struct registration
{
    struct registration *next;
    SOCKET socket;
    HANDLE port; /* our own */
    ULONG_PTR key;
    int filter;   /* SOCK_NOTIFY_EVENT_* to report */
    int trigger;  /* SOCK_NOTIFY_TRIGGER_* */
    int reported; /* not to be reported again for now */
    BOOL enabled;
    BOOL held_back;   /* would have been writable but for its tail */
    BOOL removed;     /* is in no list any more; the end of its poll is its own */
    ULONGLONG posted; /* ms; 0 unless a level-triggered packet may lie at the port */
    IO_STATUS_BLOCK io;
    struct afd_poll asked, answer;
};

static struct
{
    CRITICAL_SECTION lock;
    HANDLE port;   /* of the polls */
    HANDLE device; /* what they are asked of */
    struct registration *first;
} readiness;

static INIT_ONCE readiness_once = INIT_ONCE_STATIC_INIT;

static const struct
{
    int event;
    int flags;
} event_flags[] = {
    {SOCK_NOTIFY_EVENT_IN, AFD_POLL_READ | AFD_POLL_ACCEPT},
    {SOCK_NOTIFY_EVENT_OUT, AFD_POLL_WRITE},
    {SOCK_NOTIFY_EVENT_HANGUP, AFD_POLL_HUP | AFD_POLL_RESET},
    {SOCK_NOTIFY_EVENT_ERR, AFD_POLL_RESET | AFD_POLL_CONNECT_ERR},
    {SOCK_NOTIFY_EVENT_REMOVE, AFD_POLL_CLOSE},
};

static int flags_of(int events)
{
    unsigned int i;
    int flags = 0;

    for (i = 0; i < ARRAY_COUNT(event_flags); i++)
        if (events & event_flags[i].event) flags |= event_flags[i].flags;
    return flags;
}

static int events_of(int flags)
{
    unsigned int i;
    int events = 0;

    for (i = 0; i < ARRAY_COUNT(event_flags); i++)
        if (flags & event_flags[i].flags) events |= event_flags[i].event;
    return events;
}

static void post(struct registration *reg, int events)
{
    NTSTATUS status = NtSetIoCompletion(reg->port, reg->key, 0, STATUS_SUCCESS, events);

    TRACE("socket %#Ix, key %#Ix, events %#x, status %#lx\n", reg->socket, reg->key, events, status);
}

static struct registration **find(SOCKET s)
{
    struct registration **at = &readiness.first;

    while (*at && (*at)->socket != s) at = &(*at)->next;
    return at;
}

static void take_out(struct registration *reg)
{
    struct registration **at = &readiness.first;
    struct socket_record *record = record_get(reg->socket);

    while (*at && *at != reg) at = &(*at)->next;
    if (*at) *at = reg->next;
    reg->removed = TRUE;
    if (record) record_clear_flags(record, RECORD_NOTIFIES);
}

/* Its poll has ended, and nobody else knows it. */
static void finish(struct registration *reg)
{
    post(reg, SOCK_NOTIFY_EVENT_REMOVE);
    CloseHandle(reg->port);
    heap_free(reg);
}

/* A failure means that the socket is gone. */
static BOOL start_poll(struct registration *reg)
{
    int events = reg->enabled ? (reg->filter | SOCK_NOTIFY_EVENT_ERR) & ~reg->reported : 0;
    NTSTATUS status;

    memset(&reg->asked, 0, sizeof(reg->asked));
    reg->asked.timeout = 0x7fffffffffffffff;
    reg->asked.count = 1;
    reg->asked.sockets[0].socket = reg->socket;
    reg->asked.sockets[0].flags = flags_of(events);
    reg->answer.count = 0;
    reg->io.Status = STATUS_PENDING;
    status = newborn_poll(readiness.device, NULL, reg, &reg->io, &reg->asked, sizeof(reg->asked),
                          &reg->answer, sizeof(reg->answer));
    return !status || status == STATUS_PENDING;
}

static void restart_poll(struct registration *reg)
{
    IO_STATUS_BLOCK io;

    NtCancelIoFileEx(readiness.device, &reg->io, &io);
}

static BOOL has_tail(SOCKET s)
{
    struct socket_record *record = record_get(s);

    return record && record->tail;
}

/* Whether the registration goes on. */
static BOOL handle_outcome(struct registration *reg)
{
    const struct afd_poll_entry *asked = &reg->asked.sockets[0], *got = &reg->answer.sockets[0];
    int events;

    if (reg->removed) return FALSE;
    if (reg->io.Status || !reg->answer.count) return TRUE; /* cancelled, to be started anew */
    events = events_of(poll_outcome(reg->socket, asked->flags, got->flags) & (asked->flags | AFD_POLL_CLOSE));
    if (events & SOCK_NOTIFY_EVENT_REMOVE) return FALSE;
    if (events & SOCK_NOTIFY_EVENT_OUT && has_tail(reg->socket))
    {
        reg->reported |= SOCK_NOTIFY_EVENT_OUT; /* not until it is sent */
        reg->held_back = TRUE;
        events &= ~SOCK_NOTIFY_EVENT_OUT;
    }
    events &= reg->filter | ALWAYS_REPORTED;
    if (!reg->enabled || !events) return TRUE;

    post(reg, events);
    reg->reported |= events;
    if (reg->trigger & SOCK_NOTIFY_TRIGGER_ONESHOT)
        reg->enabled = FALSE;
    else if (reg->trigger & SOCK_NOTIFY_TRIGGER_LEVEL)
        reg->posted = GetTickCount64();
    return TRUE;
}

/* The tail may have ended while the lock was not held. */
static void let_go(struct registration *reg)
{
    if (!reg->held_back || has_tail(reg->socket)) return;
    reg->held_back = FALSE;
    reg->reported &= ~SOCK_NOTIFY_EVENT_OUT;
    restart_poll(reg);
}

static void handle_completion(struct registration *reg)
{
    if (handle_outcome(reg) && start_poll(reg))
    {
        let_go(reg);
        return;
    }
    if (!reg->removed) take_out(reg);
    finish(reg);
}

/* The last packet is not at the port any more: level-triggered ones come again. */
static void report_again(struct registration *reg)
{
    reg->posted = 0;
    reg->reported = 0;
    restart_poll(reg);
}

static BOOL is_empty(HANDLE port)
{
    ULONG depth = 0;

    return !NtQueryIoCompletion(port, IoCompletionBasicInformation, &depth, sizeof(depth), NULL) && !depth;
}

/* TRUE while there is something to look for. */
static BOOL look_for_taken_packets(void)
{
    struct registration *reg;
    BOOL more = FALSE;

    for (reg = readiness.first; reg; reg = reg->next)
    {
        if (!reg->posted) continue;
        if (is_empty(reg->port) || GetTickCount64() - reg->posted > TAKEN_FOR_SURE)
            report_again(reg);
        else
            more = TRUE;
    }
    return more;
}

static DWORD CALLBACK readiness_thread(void *arg)
{
    BOOL look = FALSE;
    OVERLAPPED *reg;
    ULONG_PTR key;
    DWORD size;

    (void)arg;
    for (;;)
    {
        /* FALSE with a packet is a poll that was cancelled */
        GetQueuedCompletionStatus(readiness.port, &size, &key, &reg, look ? LOOK_INTERVAL : INFINITE);
        EnterCriticalSection(&readiness.lock);
        if (reg) handle_completion((struct registration *)reg);
        look = look_for_taken_packets();
        LeaveCriticalSection(&readiness.lock);
    }
    return 0;
}

static BOOL open_device(void)
{
    FILE_COMPLETION_INFORMATION completion;
    IO_STATUS_BLOCK io;

    if (!(readiness.device = newborn_device())) return FALSE;
    if (!(readiness.port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 1))) return FALSE;
    completion.CompletionPort = readiness.port;
    completion.CompletionKey = 0;
    return !NtSetInformationFile(readiness.device, &io, &completion, sizeof(completion),
                                 FileCompletionInformation);
}

static BOOL CALLBACK start_once(INIT_ONCE *once, void *param, void **context)
{
    (void)once, (void)param, (void)context;
    InitializeCriticalSection(&readiness.lock);
    return open_device() && thread_start(readiness_thread, NULL);
}

static HANDLE own_handle(HANDLE port)
{
    HANDLE own;

    return DuplicateHandle(GetCurrentProcess(), port, GetCurrentProcess(), &own, 0, FALSE,
                           DUPLICATE_SAME_ACCESS)
               ? own
               : NULL;
}

static void configure(struct registration *reg, const SOCK_NOTIFY_REGISTRATION *request)
{
    reg->filter = request->eventFilter;
    reg->trigger = request->triggerFlags;
    reg->enabled = TRUE;
    reg->reported = 0;
    reg->posted = 0;
}

static int add(HANDLE port, const SOCK_NOTIFY_REGISTRATION *request)
{
    struct registration *reg = heap_zalloc(sizeof(*reg));
    struct socket_record *record;

    if (!reg) return WSAENOBUFS;
    reg->socket = request->socket;
    reg->key = (ULONG_PTR)request->completionKey;
    configure(reg, request);
    if (!(reg->port = own_handle(port)) || !start_poll(reg))
    {
        if (reg->port) CloseHandle(reg->port);
        heap_free(reg);
        return WSAENOTSOCK;
    }
    reg->next = readiness.first;
    readiness.first = reg;
    if ((record = record_of(reg->socket))) record_set_flags(record, RECORD_NOTIFIES);
    return 0;
}

/* An enabled registration is replaced, and keeps its key unless the port is another. */
static int enable(HANDLE port, struct registration *reg, const SOCK_NOTIFY_REGISTRATION *request)
{
    HANDLE own;

    if (!reg) return add(port, request);
    if (NtCompareObjects(port, reg->port))
    {
        if (!(own = own_handle(port))) return WSAENOBUFS;
        CloseHandle(reg->port);
        reg->port = own;
        reg->key = (ULONG_PTR)request->completionKey;
    }
    configure(reg, request);
    restart_poll(reg);
    return 0;
}

static int carry_out(HANDLE port, const SOCK_NOTIFY_REGISTRATION *request)
{
    struct registration *reg = *find(request->socket);

    if (request->operation == SOCK_NOTIFY_OP_ENABLE) return enable(port, reg, request);
    if (!reg) return WSAEINVAL; /* nothing to disable or remove */
    if (request->operation == SOCK_NOTIFY_OP_REMOVE)
        take_out(reg);
    else
        reg->enabled = FALSE;
    restart_poll(reg);
    return 0;
}

static BOOL is_one_of(int flags, int first, int second)
{
    return (flags & (first | second)) == first || (flags & (first | second)) == second;
}

static BOOL is_valid(const SOCK_NOTIFY_REGISTRATION *request)
{
    switch (request->operation)
    {
    case SOCK_NOTIFY_OP_DISABLE:
    case SOCK_NOTIFY_OP_REMOVE: return TRUE;
    case SOCK_NOTIFY_OP_ENABLE:
        if (request->eventFilter & ~SOCK_NOTIFY_REGISTER_EVENTS_ALL) return FALSE;
        if (request->triggerFlags & ~SOCK_NOTIFY_TRIGGER_ALL) return FALSE;
        return is_one_of(request->triggerFlags, SOCK_NOTIFY_TRIGGER_ONESHOT,
                         SOCK_NOTIFY_TRIGGER_PERSISTENT) &&
               is_one_of(request->triggerFlags, SOCK_NOTIFY_TRIGGER_LEVEL, SOCK_NOTIFY_TRIGGER_EDGE);
    default: return FALSE;
    }
}

int readiness_register(HANDLE port, const SOCK_NOTIFY_REGISTRATION *request)
{
    struct afd_info info;
    NTSTATUS status;
    int err;

    if (request->operation == SOCK_NOTIFY_OP_NONE) return 0;
    if (!is_valid(request)) return WSAEINVAL;
    status = device_request(request->socket, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL);
    if (status) return status == STATUS_NOT_SUPPORTED ? WSAENOTSOCK : device_error(status);
    if (!InitOnceExecuteOnce(&readiness_once, start_once, NULL, NULL)) return WSAENOBUFS;

    EnterCriticalSection(&readiness.lock);
    err = carry_out(port, request);
    LeaveCriticalSection(&readiness.lock);
    return err;
}

void readiness_taken(ULONG_PTR key)
{
    struct registration *reg;

    if (!readiness.first) return;
    EnterCriticalSection(&readiness.lock);
    for (reg = readiness.first; reg; reg = reg->next)
        if (reg->key == key && reg->posted) report_again(reg);
    LeaveCriticalSection(&readiness.lock);
}

void readiness_used(SOCKET s, int events)
{
    struct socket_record *record = record_get(s);
    struct registration *reg;

    if (!record || !(record->flags & RECORD_NOTIFIES)) return;
    EnterCriticalSection(&readiness.lock);
    if ((reg = *find(s)) && reg->trigger & SOCK_NOTIFY_TRIGGER_EDGE && reg->reported & events)
    {
        reg->reported &= ~events;
        restart_poll(reg);
    }
    LeaveCriticalSection(&readiness.lock);
}

void readiness_room_again(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct registration *reg;

    if (!record || !(record->flags & RECORD_NOTIFIES)) return;
    EnterCriticalSection(&readiness.lock);
    if ((reg = *find(s))) let_go(reg);
    LeaveCriticalSection(&readiness.lock);
}
