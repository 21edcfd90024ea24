/*
 * TF_REUSE_SOCKET: making a socket ready for another connection, and ConnectEx on it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The device knows no way back from "connected". So a disconnected socket is given a
 * host socket that is connected to nothing, and later gets that of a new connection:
 * AcceptEx's by the device itself, ConnectEx's from a hidden socket that connects in
 * its place. The object stays, and with it the handle, the completion port and the
 * modes; what options the old host socket had is gone, as after any AcceptEx.
 */
#include "private.h"

#include "base/arrival.h"
#include "base/base.h"
#include "base/device.h"
#include "base/edge.h"
#include "base/graft.h"
#include "base/held.h"
#include "base/peer.h"
#include "base/reuse.h"
#include "base/rio.h"
#include "base/tail.h"
#include "base/transmit.h"
#include "group.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct reusable
{
    SOCKET socket;
    struct afd_info kind;
    SOCKADDR_STORAGE local; /* where it was bound, with no port, for ConnectEx */
    ULONG local_len;
    BOOL going;        /* being disconnected */
    SOCKET connecting; /* ConnectEx's hidden socket, or 0 */
    struct reusable *next;
};

static struct reusable *reusables;
static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;

static struct reusable **find(SOCKET s)
{
    struct reusable **link = &reusables;

    while (*link && (*link)->socket != s) link = &(*link)->next;
    return link;
}

static void set_parted(SOCKET s, BOOLEAN parted)
{
    struct socket_record *record = record_get(s);

    if (record) record->parted = parted;
}

static void forget(struct reusable **link)
{
    struct reusable *gone = *link;

    set_parted(gone->socket, FALSE);
    *link = gone->next;
    heap_free(gone);
    WakeAllConditionVariable(&changed);
}

/* Only what is connected to nothing has no port. Its former peer the device may know still. */
static BOOL is_parted(SOCKET s)
{
    SOCKADDR_STORAGE local;

    return !device_request(s, AFD_GETSOCKNAME, NULL, 0, &local, sizeof(local), NULL) &&
           !((SOCKADDR_IN *)&local)->sin_port; /* in the same place for IPv6 */
}

/* Under the lock. When AcceptEx has given it a connection nobody tells: the process goes on
 * using the descriptor that it had. */
static BOOL stays_parted(struct reusable **link)
{
    if (is_parted((*link)->socket)) return TRUE;
    graft_forget_descriptor((*link)->socket);
    forget(link);
    return FALSE;
}

BOOL reuse_parted(SOCKET s)
{
    const struct socket_record *record = record_get(s);
    struct reusable **link;
    BOOL parted;

    if (!record || !record->parted) return FALSE;
    AcquireSRWLockExclusive(&lock);
    link = find(s);
    parted = *link && !(*link)->going && ((*link)->connecting || stays_parted(link));
    ReleaseSRWLockExclusive(&lock);
    return parted;
}

NTSTATUS reuse_before_request(SOCKET s, ULONG code)
{
    if (code == AFD_GETSOCKNAME || !reuse_parted(s)) return STATUS_SUCCESS;
    return code == AFD_RECVMSG || code == AFD_SENDMSG || code == AFD_TRANSMIT ? STATUS_INVALID_CONNECTION
                                                                             : STATUS_SUCCESS;
}

BOOL reuse_ready(SOCKET s)
{
    struct reusable **link;
    BOOL ready = FALSE;

    if (!reusables) return FALSE;
    AcquireSRWLockExclusive(&lock);
    while (*(link = find(s)) && (*link)->going) SleepConditionVariableSRW(&changed, &lock, INFINITE, 0);
    if (*link && !(*link)->connecting) ready = stays_parted(link);
    ReleaseSRWLockExclusive(&lock);
    return ready;
}

void reuse_accepted_into(SOCKET s)
{
    if (!reusables) return;
    AcquireSRWLockExclusive(&lock);
    if (*find(s)) graft_forget_descriptor(s);
    ReleaseSRWLockExclusive(&lock);
}

static void set_port(struct reusable *entry, USHORT port)
{
    ((SOCKADDR_IN *)&entry->local)->sin_port = port; /* in the same place for IPv6 */
}

void reuse_come_from(SOCKET s, USHORT port)
{
    struct reusable *entry;

    AcquireSRWLockExclusive(&lock);
    if ((entry = *find(s))) set_port(entry, port);
    ReleaseSRWLockExclusive(&lock);
}

void reuse_close(SOCKET s)
{
    struct reusable **link;

    if (!reusables) return;
    AcquireSRWLockExclusive(&lock);
    if (*(link = find(s)))
    {
        if ((*link)->connecting) CancelIoEx(SOCKET_HANDLE((*link)->connecting), NULL);
        forget(link);
    }
    ReleaseSRWLockExclusive(&lock);
}

static NTSTATUS remember(SOCKET s, BOOL going)
{
    struct reusable *entry = heap_zalloc(sizeof(*entry)), **link;
    NTSTATUS status;

    if (!entry) return STATUS_NO_MEMORY;
    entry->socket = s;
    entry->going = going;
    if ((status = device_request(s, AFD_GET_INFO, NULL, 0, &entry->kind, sizeof(entry->kind), NULL)) ||
        (status = device_request(s, AFD_GETSOCKNAME, NULL, 0, &entry->local, sizeof(entry->local),
                                 &entry->local_len)))
    {
        heap_free(entry);
        return status;
    }
    set_port(entry, 0);
    AcquireSRWLockExclusive(&lock);
    if (*(link = find(s))) forget(link);
    entry->next = reusables;
    reusables = entry;
    ReleaseSRWLockExclusive(&lock);
    return STATUS_SUCCESS;
}

/* The fast lane stays closed to s from now on: when AcceptEx has given it another host
 * socket is known to the device only. */
static void close_lane(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (!record) return;
    arrival_give_back(record);
    record_set_flags(record, RECORD_LANE_CLOSED);
    record_clear_flags(record, RECORD_CONNECTED);
    held_drop(record);
    rio_forget_descriptor(record);
    edge_give_back(s);
    record->told = (struct told){.given_back = TRUE};
}

/* Under the lock. same is s's own handle or a duplicate. */
static NTSTATUS part(const struct reusable *entry, SOCKET same)
{
    struct ws2_connection old = {.handle = WS2_PTR(SOCKET_HANDLE(same))};
    NTSTATUS status;

    if ((status = unix_call(WS2_CONNECTION_HOLD, &old))) return status;
    if (old.error) return STATUS_INVALID_HANDLE;
    close_lane(entry->socket);
    status = graft_nothing(same, entry->kind.family);
    if (!status)
    {
        graft_forget_descriptor(entry->socket);
        peer_forget(entry->socket);
        group_disconnected(entry->socket);
    }
    unix_call(WS2_CONNECTION_END, &old);
    return status;
}

static NTSTATUS finish(SOCKET s, SOCKET same)
{
    NTSTATUS status = STATUS_CANCELLED;
    struct reusable **link;

    AcquireSRWLockExclusive(&lock);
    if (*(link = find(s)))
    {
        if ((status = part(*link, same)))
            forget(link);
        else
        {
            (*link)->going = FALSE;
            set_parted(s, TRUE);
        }
        WakeAllConditionVariable(&changed);
    }
    ReleaseSRWLockExclusive(&lock);
    TRACE("socket %#Ix, status %#lx\n", s, status);
    return status;
}

/* Waits until everything sent before has been taken by the host. */
static NTSTATUS wait_until_sent(SOCKET s)
{
    return device_request(s, AFD_TRANSMIT, &transmit_nothing, sizeof(transmit_nothing), NULL, 0, NULL);
}

/* The device does not unlearn that the write side is shut: such a socket can't become
 * ready, and its user has to make another one, as after WSAENOTCONN on Windows. */
NTSTATUS reuse_disconnect(SOCKET s)
{
    NTSTATUS status;

    tail_gate(s, TAIL_WAIT);
    if ((status = wait_until_sent(s)) == STATUS_PIPE_DISCONNECTED) return STATUS_INVALID_CONNECTION;
    if (status || (status = remember(s, TRUE))) return status;
    return finish(s, s);
}

struct task
{
    SOCKET socket, same; /* same: a duplicate, so that closing socket harms nobody */
    SOCKET source;       /* ConnectEx only, as the rest */
    OVERLAPPED *overlapped;
    int family;
    DWORD data_len;
    ULONG addr_len;
    struct
    {
        struct afd_connect header;
        SOCKADDR_STORAGE addr;
    } request;
    char data[];
};

static void free_task(struct task *task)
{
    NtClose(SOCKET_HANDLE(task->same));
    heap_free(task);
}

/* The module must not go away under a thread that works for it. */
static BOOL start(LPTHREAD_START_ROUTINE work, struct task *task)
{
    HMODULE module;

    if (GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                           (const WCHAR *)&reusables, &module) &&
        QueueUserWorkItem(work, task, WT_EXECUTELONGFUNCTION))
        return TRUE;
    free_task(task);
    return FALSE;
}

static struct task *make_task(SOCKET s, DWORD data_len)
{
    struct task *task = heap_zalloc(offsetof(struct task, data) + data_len);
    HANDLE same;

    if (!task) return NULL;
    if (!DuplicateHandle(GetCurrentProcess(), SOCKET_HANDLE(s), GetCurrentProcess(), &same, 0, FALSE,
                         DUPLICATE_SAME_ACCESS))
    {
        heap_free(task);
        return NULL;
    }
    task->socket = s;
    task->same = HANDLE_SOCKET(same);
    return task;
}

static DWORD WINAPI disconnect_in_background(void *arg)
{
    struct task *task = arg;

    wait_until_sent(task->same);
    finish(task->socket, task->same);
    free_task(task);
    return 0;
}

NTSTATUS reuse_disconnect_later(SOCKET s)
{
    NTSTATUS status = remember(s, TRUE);
    struct task *task;

    if (status) return status;
    if ((task = make_task(s, 0)) && start(disconnect_in_background, task)) return STATUS_SUCCESS;
    reuse_close(s);
    return STATUS_NO_MEMORY;
}

/* FALSE if the socket was closed meanwhile. */
static BOOL connected(struct task *task, NTSTATUS *status)
{
    struct reusable **link;
    BOOL open;

    AcquireSRWLockExclusive(&lock);
    link = find(task->socket);
    open = *link && (*link)->connecting == task->source;
    if (!open) *status = STATUS_CANCELLED;
    if (*status)
        NtClose(SOCKET_HANDLE(task->source));
    else
        *status = graft_connection(task->same, task->family, task->source);
    if (open)
    {
        (*link)->connecting = 0;
        if (!*status)
        {
            graft_forget_descriptor(task->socket);
            forget(link);
        }
    }
    ReleaseSRWLockExclusive(&lock);
    return open;
}

/* The operation itself is the transmission of the data: that the device reports it
 * as pending, and how many bytes went, is what ConnectEx has to say as well. */
static void complete_connect(struct task *task, NTSTATUS status)
{
    struct afd_transmit transmit = {
        .head = WS2_PTR(task->data), .head_len = task->data_len, .buffer_size = NO_BLOCK};

    if (!status)
    {
        status = device_submit(task->same, AFD_TRANSMIT, &transmit, sizeof(transmit), NULL, 0, NULL,
                               task->overlapped, NULL);
        if (NT_SUCCESS(status))
        {
            wait_until_sent(task->same);
            return;
        }
    }
    device_submit(task->same, AFD_COMPLETE_ASYNC, &status, sizeof(status), NULL, 0, NULL, task->overlapped,
                  NULL);
}

static DWORD WINAPI connect_in_background(void *arg)
{
    struct task *task = arg;
    NTSTATUS status = device_request(task->source, AFD_CONNECT, &task->request,
                                     sizeof(task->request.header) + task->addr_len, NULL, 0, NULL);

    connected(task, &status);
    TRACE("socket %#Ix, status %#lx\n", task->socket, status);
    complete_connect(task, status);
    free_task(task);
    return 0;
}

static NTSTATUS make_source(SOCKET s, struct task *task)
{
    NTSTATUS status = STATUS_INVALID_CONNECTION;
    struct reusable *entry;
    int err;

    AcquireSRWLockExclusive(&lock);
    if ((entry = *find(s)) && !entry->going && !entry->connecting)
    {
        task->family = entry->kind.family;
        task->source = graft_hidden_socket(entry->kind.family, entry->kind.type, entry->kind.protocol, &err);
        if (task->source == INVALID_SOCKET)
            status = STATUS_INSUFFICIENT_RESOURCES;
        else if ((status = graft_bind(task->source, &entry->local, entry->local_len)))
            NtClose(SOCKET_HANDLE(task->source));
        else
            entry->connecting = task->source;
    }
    ReleaseSRWLockExclusive(&lock);
    return status;
}

NTSTATUS reuse_connect(SOCKET s, const struct sockaddr *addr, int len, const void *data, DWORD data_len,
                       OVERLAPPED *overlapped)
{
    struct task *task = make_task(s, data_len);
    NTSTATUS status;

    if (!task) return STATUS_NO_MEMORY;
    if ((status = make_source(s, task)))
    {
        free_task(task);
        return status;
    }
    task->overlapped = overlapped;
    task->request.header = (struct afd_connect){.addr_len = len, .synchronous = TRUE};
    task->addr_len = len;
    memcpy(&task->request.addr, addr, len);
    task->data_len = data_len;
    memcpy(task->data, data, data_len);
    if (start(connect_in_background, task)) return STATUS_PENDING;
    reuse_close(s);
    return STATUS_NO_MEMORY;
}
