/*
 * Namespace providers that this process advertises, and answers for.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As on Windows: clients are the programs of the same session; each has a client session
 * with the provider from its first question to its end. A thread serves each connection.
 */
#include "private.h"

#include "guarded.h"
#include "namespace.h"
#include "nspwire.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define PIPE_BUFFER 0x10000

/* A client's. */
struct session
{
    struct session *next;
    ULONGLONG number;
    void *argument; /* NSPv2Startup's */
};

struct host_lookup
{
    struct host_lookup *next;
    ULONGLONG number;
    HANDLE handle;
    BOOL ended;
};

/* An advertised provider. */
struct host
{
    struct host *next;
    LONG refs;
    GUID id;
    NSPV2_ROUTINE routines;
    volatile BOOL withdrawn;
    HANDLE only; /* an event by whose name others know that it runs */
    HANDLE pipe; /* for the first client */
    HANDLE thread;
    SRWLOCK lock;
    ULONGLONG last;
    struct session *sessions;
    struct host_lookup *lookups;
};

struct connection
{
    struct host *host;
    HANDLE pipe;
    struct session *session; /* that it keeps */
    ULONGLONG lookup;        /* that it began */
};

/* A call that may be completed later: NSPv2LookupServiceNextEx and NSPv2SetServiceEx. */
struct call
{
    struct call *next;
    HANDLE done;
    BOOL is_done;
    int result;
};

static SRWLOCK lock = SRWLOCK_INIT;
static struct host *hosts;
static struct call *calls;

static void host_free(struct host *host)
{
    if (!InterlockedDecrement(&host->refs)) heap_free(host);
}

static HANDLE make_pipe(const GUID *id)
{
    WCHAR name[WIRE_NAME_LEN];
    HANDLE pipe;

    wire_name(id, name);
    pipe = CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT, PIPE_UNLIMITED_INSTANCES,
                            PIPE_BUFFER, PIPE_BUFFER, 0, NULL);
    return pipe == INVALID_HANDLE_VALUE ? NULL : pipe;
}

/* Numbers are no other host's, whom clients may still remember. */
static ULONGLONG next_number(struct host *host)
{
    LARGE_INTEGER now;

    if (!host->last)
    {
        QueryPerformanceCounter(&now);
        host->last = now.QuadPart << 16;
    }
    return ++host->last;
}

/* Providers report through the last error. */
static int routine_error(int ret)
{
    int err = GetLastError();

    if (ret != SOCKET_ERROR) return 0;
    return err ? err : WSANO_RECOVERY;
}

static int hello(struct connection *connection, struct wire *message)
{
    struct host *host = connection->host;
    struct session *session = heap_zalloc(sizeof(*session));
    int err = 0;

    if (!session) return WSA_NOT_ENOUGH_MEMORY;
    SetLastError(0);
    if (host->routines.NSPv2Startup)
        err = routine_error(host->routines.NSPv2Startup(&host->id, &session->argument));
    if (err || connection->session)
    {
        heap_free(session);
        return err ? err : WSAEINVAL;
    }
    AcquireSRWLockExclusive(&host->lock);
    session->number = message->number = next_number(host);
    session->next = host->sessions;
    host->sessions = connection->session = session;
    ReleaseSRWLockExclusive(&host->lock);
    return 0;
}

static void end_session(struct connection *connection, BOOL orderly)
{
    struct host *host = connection->host;
    struct session **link = &host->sessions, *session = connection->session;

    if (!session) return;
    connection->session = NULL;
    AcquireSRWLockExclusive(&host->lock);
    while (*link != session) link = &(*link)->next;
    *link = session->next;
    ReleaseSRWLockExclusive(&host->lock);
    TRACE("client session %p, orderly %d\n", session->argument, orderly);
    if (orderly && host->routines.NSPv2Cleanup)
        host->routines.NSPv2Cleanup(&host->id, session->argument);
    else if (!orderly && host->routines.NSPv2ClientSessionRundown)
        host->routines.NSPv2ClientSessionRundown(&host->id, session->argument);
    heap_free(session);
}

static BOOL argument_of(struct host *host, ULONGLONG number, void **argument)
{
    const struct session *session;

    AcquireSRWLockShared(&host->lock);
    for (session = host->sessions; session && session->number != number; session = session->next) continue;
    if (session) *argument = session->argument;
    ReleaseSRWLockShared(&host->lock);
    return session != NULL;
}

static int begin(struct connection *connection, struct wire *message, WSAQUERYSET2W *set)
{
    struct host *host = connection->host;
    struct host_lookup *lookup;
    void *argument;
    int err;

    if (!set || connection->lookup) return WSAEINVAL;
    if (!argument_of(host, message->number, &argument)) return WSA_INVALID_HANDLE;
    if (!(lookup = heap_zalloc(sizeof(*lookup)))) return WSA_NOT_ENOUGH_MEMORY;
    SetLastError(0);
    if ((err = routine_error(host->routines.NSPv2LookupServiceBegin(&host->id, set, message->flags, argument,
                                                                    &lookup->handle))))
    {
        heap_free(lookup);
        return err;
    }
    AcquireSRWLockExclusive(&host->lock);
    lookup->number = message->number = connection->lookup = next_number(host);
    lookup->next = host->lookups;
    host->lookups = lookup;
    ReleaseSRWLockExclusive(&host->lock);
    return 0;
}

/* The provider's handle; FALSE if there is no such lookup, or it was ended. */
static BOOL find_lookup(struct host *host, ULONGLONG number, BOOL end, HANDLE *handle)
{
    struct host_lookup *lookup;

    AcquireSRWLockExclusive(&host->lock);
    for (lookup = host->lookups; lookup && (lookup->number != number || lookup->ended); lookup = lookup->next)
        continue;
    if (lookup)
    {
        *handle = lookup->handle;
        lookup->ended = end;
    }
    ReleaseSRWLockExclusive(&host->lock);
    return lookup != NULL;
}

static int end(struct host *host, ULONGLONG number)
{
    HANDLE handle;

    if (!find_lookup(host, number, TRUE, &handle)) return WSA_INVALID_HANDLE;
    SetLastError(0);
    return routine_error(host->routines.NSPv2LookupServiceEnd(handle));
}

static void forget_lookup(struct host *host, ULONGLONG number)
{
    struct host_lookup **link = &host->lookups, *gone;

    AcquireSRWLockExclusive(&host->lock);
    while ((gone = *link) && gone->number != number) link = &gone->next;
    if (gone) *link = gone->next;
    ReleaseSRWLockExclusive(&host->lock);
    heap_free(gone);
}

static BOOL call_start(struct call *call)
{
    memset(call, 0, sizeof(*call));
    if (!(call->done = CreateEventW(NULL, TRUE, FALSE, NULL))) return FALSE;
    AcquireSRWLockExclusive(&lock);
    call->next = calls;
    calls = call;
    ReleaseSRWLockExclusive(&lock);
    SetLastError(0);
    return TRUE;
}

/* What WSAProviderCompleteAsyncCall has said or, with WSA_IO_PENDING for an error, is going
 * to say; otherwise what the call itself has. */
static int call_end(struct call *call, int ret)
{
    struct call **link = &calls;
    int err = GetLastError();

    if (!call->is_done && err == WSA_IO_PENDING) WaitForSingleObject(call->done, INFINITE);
    AcquireSRWLockExclusive(&lock);
    while (*link != call) link = &(*link)->next;
    *link = call->next;
    ReleaseSRWLockExclusive(&lock);
    CloseHandle(call->done);
    if (call->is_done) return call->result;
    if (ret != SOCKET_ERROR) return 0;
    return err ? err : WSANO_RECOVERY;
}

#define FIRST_SIZE 4096

static int next(struct host *host, const struct wire *message, WSAQUERYSET2W **set)
{
    DWORD size = FIRST_SIZE, room;
    struct call call;
    HANDLE handle;
    int err;

    for (;;)
    {
        if (!find_lookup(host, message->number, FALSE, &handle)) return WSA_E_CANCELLED;
        room = size;
        if (!(*set = heap_zalloc(room)) || !call_start(&call)) return WSA_NOT_ENOUGH_MEMORY;
        (*set)->dwSize = sizeof(**set);
        err = call_end(&call, host->routines.NSPv2LookupServiceNextEx((HANDLE)&call, handle, message->flags,
                                                                      &size, *set));
        if (!err) return 0;
        heap_free(*set);
        *set = NULL;
        if (err == WSAENOMORE) return WSA_E_NO_MORE;
        if (err != WSAEFAULT || size <= room || size > WIRE_MAX_SIZE) return err;
    }
}

static int set_service(struct host *host, const struct wire *message, WSAQUERYSET2W *set)
{
    struct call call;
    void *argument;

    if (!set) return WSAEINVAL;
    if (!argument_of(host, message->number, &argument)) return WSA_INVALID_HANDLE;
    if (!host->routines.NSPv2SetServiceEx) return WSAEOPNOTSUPP;
    if (!call_start(&call)) return WSA_NOT_ENOUGH_MEMORY;
    return call_end(&call, host->routines.NSPv2SetServiceEx((HANDLE)&call, &host->id, set, message->operation,
                                                            message->flags, argument));
}

static int answer(struct connection *connection, struct wire *message, WSAQUERYSET2W *set,
                  WSAQUERYSET2W **reply)
{
    if (connection->host->withdrawn && message->question != WIRE_BYE) return WSASERVICE_NOT_FOUND;
    switch (message->question)
    {
    case WIRE_HELLO: return hello(connection, message);
    case WIRE_BYE: end_session(connection, TRUE); return 0;
    case WIRE_BEGIN: return begin(connection, message, set);
    case WIRE_NEXT: return next(connection->host, message, reply);
    case WIRE_END: return end(connection->host, message->number);
    case WIRE_SET: return set_service(connection->host, message, set);
    default: return WSAEINVAL;
    }
}

static DWORD WINAPI serve(void *parameter)
{
    struct connection *connection = parameter;
    WSAQUERYSET2W *set, *reply = NULL;
    struct wire message;
    BOOL going = TRUE;

    while (going && wire_receive(connection->pipe, &message, &set))
    {
        message.error = answer(connection, &message, set, &reply);
        heap_free(set);
        going = wire_send(connection->pipe, &message, message.error ? NULL : reply);
        heap_free(reply);
        reply = NULL;
    }
    if (connection->lookup)
    {
        end(connection->host, connection->lookup);
        forget_lookup(connection->host, connection->lookup);
    }
    end_session(connection, FALSE);
    CloseHandle(connection->pipe);
    host_free(connection->host);
    heap_free(connection);
    return 0;
}

static void start_serving(struct host *host, HANDLE pipe)
{
    struct connection *connection = heap_zalloc(sizeof(*connection));
    HANDLE thread = NULL;

    if (connection)
    {
        connection->host = host;
        connection->pipe = pipe;
        InterlockedIncrement(&host->refs);
        if ((thread = CreateThread(NULL, 0, serve, connection, 0, NULL)))
        {
            CloseHandle(thread);
            return;
        }
        host_free(host);
        heap_free(connection);
    }
    CloseHandle(pipe);
}

static DWORD WINAPI listen_for_clients(void *parameter)
{
    struct host *host = parameter;
    HANDLE pipe = host->pipe;

    while (pipe && !host->withdrawn)
    {
        HANDLE connected = pipe;
        BOOL ok = ConnectNamedPipe(pipe, NULL) || GetLastError() == ERROR_PIPE_CONNECTED;

        pipe = host->withdrawn ? NULL : make_pipe(&host->id);
        if (ok && !host->withdrawn)
            start_serving(host, connected);
        else
            CloseHandle(connected);
    }
    if (pipe) CloseHandle(pipe);
    host_free(host);
    return 0;
}

static int check_provider(const GUID *id)
{
    struct namespace_item *items;
    unsigned int i, count;
    int err = WSAEINVALIDPROVIDER;

    if (!namespace_load(STORE_NATIVE, &items, &count)) return WSA_NOT_ENOUGH_MEMORY;
    for (i = 0; i < count; i++)
        if (IsEqualGUID(&items[i].id, id)) err = 0;
    heap_free(items);
    return err;
}

static int read_host(struct host *host, const GUID *id, const NSPV2_ROUTINE *routines)
{
    if (!guarded_read(&host->id, id, sizeof(*id))) return WSAEFAULT;
    if (!guarded_read(&host->routines, routines, sizeof(*routines))) return WSAEFAULT;
    if (!host->routines.NSPv2LookupServiceBegin || !host->routines.NSPv2LookupServiceNextEx ||
        !host->routines.NSPv2LookupServiceEnd)
        return WSAEINVAL;
    return check_provider(&host->id);
}

/* Which the name of a pipe's first instance could say, but on the layer it does not. */
static HANDLE claim(const GUID *id)
{
    WCHAR name[WIRE_NAME_LEN];
    HANDLE event;

    wire_name(id, name);
    event = CreateEventW(NULL, TRUE, FALSE, wcsrchr(name, '\\') + 1);
    if (!event || GetLastError() != ERROR_ALREADY_EXISTS) return event;
    CloseHandle(event);
    return NULL;
}

/* One instance of a provider runs in a session: another is an internal error. */
static int start_host(struct host *host)
{
    HMODULE self;

    if (!(host->only = claim(&host->id))) return WSAEFAULT;
    host->refs = 2;
    if ((host->pipe = make_pipe(&host->id)) &&
        GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                           (const WCHAR *)serve, &self) &&
        (host->thread = CreateThread(NULL, 0, listen_for_clients, host, 0, NULL)))
        return 0;
    if (host->pipe) CloseHandle(host->pipe);
    CloseHandle(host->only);
    return WSA_NOT_ENOUGH_MEMORY;
}

static int outcome(int err)
{
    SetLastError(err);
    return err ? SOCKET_ERROR : 0;
}

int WINAPI WSAAdvertiseProvider(const GUID *id, const NSPV2_ROUTINE *routines)
{
    struct host *host;
    int err;

    TRACE("id %p, routines %p\n", id, routines);
    if (!startup_done()) return SOCKET_ERROR;
    if (!id || !routines) return outcome(WSAEINVAL);
    if (!(host = heap_zalloc(sizeof(*host)))) return outcome(WSA_NOT_ENOUGH_MEMORY);
    if (!(err = read_host(host, id, routines))) err = start_host(host);
    if (err)
    {
        heap_free(host);
        return outcome(err);
    }
    AcquireSRWLockExclusive(&lock);
    host->next = hosts;
    hosts = host;
    ReleaseSRWLockExclusive(&lock);
    return 0;
}

/* The thread that listens ends with one more client. */
static void withdraw(struct host *host)
{
    HANDLE pipe;

    host->withdrawn = TRUE;
    if ((pipe = wire_connect(&host->id))) CloseHandle(pipe);
    WaitForSingleObject(host->thread, INFINITE);
    CloseHandle(host->thread);
    CloseHandle(host->only);
    host_free(host);
}

int WINAPI WSAUnadvertiseProvider(const GUID *application_id)
{
    struct host **link = &hosts, *host;
    GUID id;

    TRACE("id %p\n", application_id);
    if (!startup_done()) return SOCKET_ERROR;
    if (!application_id) return outcome(WSAEINVAL);
    if (!guarded_read(&id, application_id, sizeof(id))) return outcome(WSAEFAULT);
    AcquireSRWLockExclusive(&lock);
    while ((host = *link) && !IsEqualGUID(&host->id, &id)) link = &host->next;
    if (host) *link = host->next;
    ReleaseSRWLockExclusive(&lock);
    if (!host) return outcome(WSAEINVALIDPROVIDER);
    withdraw(host);
    return outcome(0);
}

/* WSAEINVAL for what is no handle of a call that goes on. */
int WINAPI WSAProviderCompleteAsyncCall(HANDLE handle, int result)
{
    struct call *call;

    TRACE("call %p, result %d\n", handle, result);
    if (!startup_done()) return SOCKET_ERROR;
    AcquireSRWLockExclusive(&lock);
    for (call = calls; call && (call != handle || call->is_done); call = call->next) continue;
    if (call)
    {
        call->result = result;
        call->is_done = TRUE;
        SetEvent(call->done);
    }
    ReleaseSRWLockExclusive(&lock);
    return outcome(call ? 0 : WSAEINVAL);
}
