/*
 * Namespace providers that other processes advertise, asked from here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "nspremote.h"
#include "nspwire.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* This process's with a provider. */
struct session
{
    struct session *next;
    GUID id;
    HANDLE pipe;
    ULONGLONG number;
};

static CRITICAL_SECTION lock = {NULL, -1, 0, 0, 0, 0};
static struct session *sessions;

/* The answer's error; REMOTE_NONE if there is none. */
static int ask(HANDLE pipe, struct wire *message, const WSAQUERYSET2W *set, WSAQUERYSET2W **reply)
{
    WSAQUERYSET2W *ignored = NULL;
    BOOL answered = wire_send(pipe, message, set) && wire_receive(pipe, message, reply ? reply : &ignored);

    heap_free(ignored);
    return answered ? message->error : REMOTE_NONE;
}

/* Under the lock. */
static int open_session(const GUID *id, struct session **made)
{
    struct wire message = {.question = WIRE_HELLO};
    struct session *session = heap_zalloc(sizeof(*session));
    int err;

    *made = session;
    if (!session) return WSA_NOT_ENOUGH_MEMORY;
    session->id = *id;
    err = (session->pipe = wire_connect(id)) ? ask(session->pipe, &message, NULL, NULL) : REMOTE_NONE;
    if (!err)
    {
        session->number = message.number;
        session->next = sessions;
        sessions = session;
        return 0;
    }
    if (session->pipe) CloseHandle(session->pipe);
    heap_free(session);
    return err;
}

static int session_number(const GUID *id, ULONGLONG *number)
{
    struct session *session;
    int err = 0;

    EnterCriticalSection(&lock);
    for (session = sessions; session && !IsEqualGUID(&session->id, id); session = session->next) continue;
    if (!session) err = open_session(id, &session);
    if (!err) *number = session->number;
    LeaveCriticalSection(&lock);
    return err;
}

/* Whoever advertised the provider then is there no more. */
static void drop_session(const GUID *id, ULONGLONG number)
{
    struct session **link = &sessions, *session;

    EnterCriticalSection(&lock);
    while ((session = *link) && (!IsEqualGUID(&session->id, id) || session->number != number))
        link = &session->next;
    if (session)
    {
        *link = session->next;
        CloseHandle(session->pipe);
        heap_free(session);
    }
    LeaveCriticalSection(&lock);
}

/* A question that belongs to a session, twice if the session was with another's provider. */
static int ask_in_session(HANDLE pipe, const GUID *id, struct wire *message, const WSAQUERYSET2W *set)
{
    const struct wire question = *message;
    int tries, err = WSA_INVALID_HANDLE;
    ULONGLONG number;

    for (tries = 0; err == WSA_INVALID_HANDLE && tries < 2; tries++)
    {
        *message = question;
        if ((err = session_number(id, &number))) return err;
        message->number = number;
        err = ask(pipe, message, set, NULL);
        if (err == WSA_INVALID_HANDLE) drop_session(id, number);
    }
    return err;
}

int remote_begin(const GUID *id, const WSAQUERYSET2W *query, DWORD flags, struct remote_lookup *lookup)
{
    struct wire message = {.question = WIRE_BEGIN, .flags = flags};
    int err;

    memset(lookup, 0, sizeof(*lookup));
    if (!(lookup->pipe = wire_connect(id))) return REMOTE_NONE;
    lookup->id = *id;
    if (!(err = ask_in_session(lookup->pipe, id, &message, query)))
    {
        lookup->number = message.number;
        return 0;
    }
    remote_release(lookup);
    return err;
}

int remote_next(struct remote_lookup *lookup, DWORD flags, WSAQUERYSET2W **set)
{
    struct wire message = {.question = WIRE_NEXT, .flags = flags, .number = lookup->number};
    int err;

    *set = NULL;
    if (lookup->ended) return WSA_E_CANCELLED;
    err = ask(lookup->pipe, &message, NULL, set);
    if (err == REMOTE_NONE) err = WSA_E_CANCELLED; /* the provider ended */
    if (!err && !*set) err = WSANO_RECOVERY;
    return err;
}

/* The lookup's own connection may be waiting for an answer. */
void remote_end(struct remote_lookup *lookup)
{
    struct wire message = {.question = WIRE_END, .number = lookup->number};
    HANDLE pipe;

    if (!lookup->pipe || InterlockedExchange(&lookup->ended, TRUE)) return;
    if (!(pipe = wire_connect(&lookup->id))) return;
    ask(pipe, &message, NULL, NULL);
    CloseHandle(pipe);
}

void remote_release(struct remote_lookup *lookup)
{
    if (lookup->pipe) CloseHandle(lookup->pipe);
    lookup->pipe = NULL;
}

int remote_set_service(const GUID *id, const WSAQUERYSET2W *query, WSAESETSERVICEOP operation, DWORD flags)
{
    struct wire message = {.question = WIRE_SET, .flags = flags, .operation = operation};
    HANDLE pipe = wire_connect(id);
    int err;

    if (!pipe) return REMOTE_NONE;
    err = ask_in_session(pipe, id, &message, query);
    CloseHandle(pipe);
    return err;
}

void remote_cleanup(void)
{
    struct wire message = {.question = WIRE_BYE};
    struct session *session;

    EnterCriticalSection(&lock);
    while ((session = sessions))
    {
        sessions = session->next;
        message.number = session->number;
        ask(session->pipe, &message, NULL, NULL);
        CloseHandle(session->pipe);
        heap_free(session);
    }
    LeaveCriticalSection(&lock);
}
