/*
 * Handles for sockets that only a provider knows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What Windows does, too: ReadFile and WriteFile are WSPRecv and WSPSend, and the last
 * CloseHandle is WSPCloseSocket, which happens a moment later and must not confuse the
 * handle with a new one of the same value.
 */
#include "private.h"

#include "guarded.h"
#include "handle.h"
#include "ifsl.h"
#include "provider.h"
#include "record.h"
#include "status.h"
#include "thread.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct stand_in
{
    struct stand_in *next;
    SOCKET s;
    LONG turn; /* of its record: another socket may get the handle's value */
    struct provider *provider;
    DWORD_PTR context;
    BOOL gone; /* WPUCloseSocketHandle was called, or the provider has ended */
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct stand_in *all;
static struct stand_in *closing; /* the device's thread has it closed now */

static BOOL is_closing(SOCKET s)
{
    return ifsl_is_thread() && closing && closing->s == s;
}

static struct socket_record *record_of_stand_in(SOCKET s)
{
    struct socket_record *record = record_get(s);

    return record && record->flags & RECORD_STAND_IN ? record : NULL;
}

/* NULL once it is another socket's. */
static struct socket_record *own_record(const struct stand_in *stand_in)
{
    struct socket_record *record = record_of_stand_in(stand_in->s);

    return record && record->turn == stand_in->turn ? record : NULL;
}

/* What a ReadFile or WriteFile is, until the provider is done with it. */
struct transfer
{
    WSAOVERLAPPED overlapped; /* first */
    WSABUF buffer;
    void *request;
};

static void end_transfer(struct transfer *transfer, DWORD error, DWORD bytes)
{
    ifsl_end(transfer->request, status_from_error(error), bytes);
    heap_free(transfer);
}

static void CALLBACK transferred(DWORD error, DWORD bytes, WSAOVERLAPPED *overlapped, DWORD flags)
{
    (void)flags;
    end_transfer((struct transfer *)overlapped, error, bytes);
}

static int ask_provider(const struct stand_in *stand_in, struct transfer *transfer, BOOL read)
{
    DWORD bytes = 0, flags = 0;
    int err = 0, ret;

    if (stand_in->gone || !stand_in->provider || !own_record(stand_in)) return WSAENOTSOCK;
    if (read)
        ret = stand_in->provider->table.lpWSPRecv(stand_in->s, &transfer->buffer, 1, &bytes, &flags,
                                                  &transfer->overlapped, transferred, thread_id(), &err);
    else
        ret = stand_in->provider->table.lpWSPSend(stand_in->s, &transfer->buffer, 1, &bytes, 0,
                                                  &transfer->overlapped, transferred, thread_id(), &err);
    return ret == SOCKET_ERROR && err != WSA_IO_PENDING ? err : 0;
}

static void start_transfer(void *request, void *file, BOOL read, void *buffer, DWORD size)
{
    struct transfer *transfer = heap_zalloc(sizeof(*transfer));
    const struct stand_in *stand_in = file;
    int err;

    TRACE("socket %#Ix, read %d, size %lu\n", stand_in->s, read, size);
    if (!transfer)
    {
        ifsl_end(request, STATUS_NO_MEMORY, 0);
        return;
    }
    transfer->buffer = (WSABUF){size, buffer};
    transfer->request = request;
    if ((err = ask_provider(stand_in, transfer, read))) end_transfer(transfer, err, 0);
}

static void take_out(const struct stand_in *stand_in)
{
    struct stand_in **link = &all;

    AcquireSRWLockExclusive(&lock);
    while (*link != stand_in) link = &(*link)->next;
    *link = stand_in->next;
    ReleaseSRWLockExclusive(&lock);
}

static void last_handle_closed(void *file)
{
    struct stand_in *stand_in = file, *outer = closing; /* it may wait, and this come again */
    int err = 0;

    if (!stand_in->gone && stand_in->provider)
    {
        TRACE("socket %#Ix was closed as a handle\n", stand_in->s);
        closing = stand_in;
        if (stand_in->provider->table.lpWSPCloseSocket(stand_in->s, &err)) WARN("error %d\n", err);
        closing = outer;
    }
    if (own_record(stand_in)) record_remove(stand_in->s);
    take_out(stand_in);
    heap_free(stand_in);
}

static const struct ifsl_owner owner = {start_transfer, last_handle_closed};

SOCKET handle_make(const struct socket_record *initial)
{
    struct stand_in *stand_in = heap_zalloc(sizeof(*stand_in));
    struct socket_record *record;
    HANDLE handle;

    if (!stand_in) return INVALID_SOCKET;
    stand_in->provider = initial->provider;
    stand_in->context = initial->context;
    AcquireSRWLockExclusive(&lock);
    stand_in->next = all;
    all = stand_in;
    ReleaseSRWLockExclusive(&lock);
    if (!(handle = ifsl_open(&owner, TRUE, stand_in)))
    {
        take_out(stand_in);
        heap_free(stand_in);
        return INVALID_SOCKET;
    }
    stand_in->s = HANDLE_SOCKET(handle);
    if ((record = record_add(stand_in->s, initial)))
    {
        stand_in->turn = record->turn;
        return stand_in->s;
    }
    stand_in->gone = TRUE;
    NtClose(handle);
    return INVALID_SOCKET;
}

BOOL handle_context(SOCKET s, DWORD_PTR *context)
{
    const struct socket_record *record;

    if (is_closing(s))
        *context = closing->context;
    else if ((record = record_of_stand_in(s)))
        *context = record->context;
    else
        return FALSE;
    return TRUE;
}

static void set_gone(SOCKET s, LONG turn)
{
    struct stand_in *stand_in;

    AcquireSRWLockExclusive(&lock);
    for (stand_in = all; stand_in; stand_in = stand_in->next)
        if (stand_in->s == s && stand_in->turn == turn) stand_in->gone = TRUE;
    ReleaseSRWLockExclusive(&lock);
}

BOOL handle_close(SOCKET s)
{
    const struct socket_record *record;

    if (is_closing(s)) return TRUE;
    if (!(record = record_of_stand_in(s))) return FALSE;
    set_gone(s, record->turn);
    return record_remove(s) && !NtClose(SOCKET_HANDLE(s));
}

BOOL handle_complete(SOCKET s, WSAOVERLAPPED *overlapped, NTSTATUS status, DWORD bytes)
{
    ULONG_PTR event;

    TRACE("socket %#Ix, overlapped %p, status %#lx, bytes %lu\n", s, overlapped, status, bytes);
    if (!guarded_read(&event, &overlapped->hEvent, sizeof(event)) ||
        !guarded_writable(overlapped, sizeof(*overlapped)))
        return FALSE;
    status = ifsl_complete(SOCKET_HANDLE(s), overlapped, (HANDLE)(event & ~(ULONG_PTR)1), !(event & 1),
                           status, bytes);
    return status != STATUS_ACCESS_VIOLATION;
}

void handle_drain(void)
{
    struct stand_in *stand_in;

    ifsl_drain();
    AcquireSRWLockExclusive(&lock);
    for (stand_in = all; stand_in; stand_in = stand_in->next) stand_in->gone = TRUE;
    ReleaseSRWLockExclusive(&lock);
}
