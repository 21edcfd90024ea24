/*
 * Questions that need no transfer: options, counts and names, answered by the host or
 * from what is known.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the device keeps for itself is not asked here: sizes of buffers, SO_REUSEADDR and
 * SO_EXCLUSIVEADDRUSE, SO_ACCEPTCONN, SO_CONNECT_TIME, and SO_ERROR, which the device
 * takes from the host before anybody asks.
 */
#include "private.h"

#include "base/fastask.h"
#include "base/host.h"
#include "base/held.h"
#include "base/lane.h"
#include "record.h"
#include "unixcall.h"

static ON_THE_WAY void count(struct socket_record *record, enum ws2_lane lane, BOOL taken)
{
    if (!record) return;
    if (taken)
        record->lane.taken[lane]++;
    else
        record->lane.refused[lane]++;
}

static ON_THE_WAY int counted(struct socket_record *record, enum ws2_lane lane, int outcome)
{
    count(record, lane, outcome != FAST_ASK_DEVICE);
    return outcome;
}

/* The handle may have been closed unseen. Where asking the layer would be a
 * round trip, base/watch.c tells, so a descriptor is kept, which is what it looks after. */
static BOOL is_open(struct socket_record *record, SOCKET s)
{
    struct ws2_ask params = {.handle = s, .cached = TRUE, .what = WS2_ASK_OPEN};

    if (record->flags & RECORD_UNCACHED) return held_peek(record) > 0 || held_make(record, s) > 0;
    return !unix_call(WS2_FAST_ASK, &params) && !params.error;
}

static ON_THE_WAY struct socket_record *known(SOCKET s)
{
    struct socket_record *record = record_get(s);

    return record && lane_knows(record) ? record : NULL;
}

BOOL fast_is_open(SOCKET s)
{
    struct socket_record *record = known(s);

    return record && is_open(record, s);
}

BOOL fast_known(SOCKET s, enum ws2_lane lane)
{
    struct socket_record *record = known(s);

    if (record && !is_open(record, s)) record = NULL;
    count(record ? record : record_get(s), lane, record != NULL);
    return record != NULL;
}

static ON_THE_WAY int ask_through(const struct socket_record *record, SOCKET s, int fd,
                                  struct ws2_ask *params)
{
    params->handle = s;
    params->cached = !(record->flags & RECORD_UNCACHED);
    params->fd = fd;
    return unix_call(WS2_FAST_ASK, params) || params->error == WSAENOTSOCK ? FAST_ASK_DEVICE : params->error;
}

/* One host call on the socket's own descriptor. As a question changes nothing, it is
 * looked at afterwards whether that was still the socket's, see base/fastpoll.c. */
static ON_THE_WAY int ask(struct socket_record *record, SOCKET s, struct ws2_ask *params)
{
    LONG turn;
    int fd, outcome;

    if (!record) return FAST_ASK_DEVICE;
    turn = record->turn;
    if ((fd = held_peek(record)) <= 0 && (fd = held_make(record, s)) <= 0) return FAST_ASK_DEVICE;
    outcome = ask_through(record, s, fd, params);
    return record->handle == s && record->turn == turn && held_peek(record) == fd ? outcome : FAST_ASK_DEVICE;
}

/* A change must not meet another socket's descriptor. */
static ON_THE_WAY int tell(SOCKET s, struct ws2_ask *params)
{
    struct socket_record *record = known(s);
    struct held *held;
    int fd, outcome;

    if (!record || !(held = held_acquire(record, s, &fd))) return FAST_ASK_DEVICE;
    outcome = ask_through(record, s, fd, params);
    held_release(held);
    return outcome;
}

int fast_readable(SOCKET s, DWORD *bytes)
{
    struct ws2_ask params = {.what = WS2_ASK_READABLE, .value = WS2_PTR(bytes), .size = sizeof(*bytes)};
    struct socket_record *record = record_get(s);

    if (record && record->messages) return FAST_ASK_DEVICE; /* base/hostmessage.c knows */
    if (record && record->flags & RECORD_HOST) host_settle(record);
    return counted(record, WS2_LANE_OPTION, ask(known(s), s, &params) ? FAST_ASK_DEVICE : 0);
}

/* As the device has it, too: whatever is urgent and not read as other data are. */
int fast_urgent(SOCKET s, BOOL *urgent)
{
    struct socket_record *record = record_get(s);
    struct ws2_ask params = {.what = WS2_ASK_URGENT, .value = WS2_PTR(urgent), .size = sizeof(*urgent)};
    int outcome = FAST_ASK_DEVICE;

    if (record && lane_shows(record, TRUE, FALSE) && !ask(record, s, &params)) outcome = 0;
    return counted(record_get(s), WS2_LANE_OPTION, outcome);
}

/* base/lane.c has noted what was set. */
int fast_timeout(SOCKET s, ULONG request, DWORD *ms)
{
    if (!fast_known(s, WS2_LANE_OPTION)) return FAST_ASK_DEVICE;
    *ms = record_get(s)->lane.timeout[request == AFD_GET_SO_SNDTIMEO ? LANE_SEND : LANE_RECEIVE];
    return 0;
}

/* FIONBIO that changes nothing. */
int fast_mode(SOCKET s, BOOL blocking)
{
    struct socket_record *record = known(s);
    BOOL same = record && !(record->flags & RECORD_NONBLOCKING) == !!blocking && is_open(record, s);

    return counted(record_get(s), WS2_LANE_OPTION, same ? 0 : FAST_ASK_DEVICE);
}

int fast_option_get(SOCKET s, int level, int name, void *value, ULONG *size)
{
    struct ws2_ask params = {
        .what = WS2_ASK_OPTION_GET, .level = level, .name = name, .value = WS2_PTR(value), .size = *size};
    int outcome = ask(known(s), s, &params);

    if (!outcome) *size = params.size;
    return counted(record_get(s), WS2_LANE_OPTION, outcome);
}

int fast_option_set(SOCKET s, int level, int name, const void *value, ULONG size)
{
    struct ws2_ask params = {
        .what = WS2_ASK_OPTION_SET, .level = level, .name = name, .value = WS2_PTR(value), .size = size};

    return counted(record_get(s), WS2_LANE_OPTION, tell(s, &params));
}

/* --- Names --- */

/* Several threads may put the same down, and one an answer that another knows to be old. */
static SRWLOCK lock = SRWLOCK_INIT;

BOOL names_get(SOCKET s, enum name_kind kind, SOCKADDR_STORAGE *name, ULONG *size)
{
    struct socket_record *record = known(s);
    BOOL got = FALSE;

    if (record && record->names.size[kind] && is_open(record, s))
    {
        const LONG version = __atomic_load_n(&record->names.version, __ATOMIC_ACQUIRE), turn = record->turn;

        *size = __atomic_load_n(&record->names.size[kind], __ATOMIC_ACQUIRE);
        memcpy(name, record->names.name[kind], sizeof(record->names.name[kind]));
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        got = *size && record->names.version == version && record->turn == turn && record->handle == s;
    }
    count(record_get(s), WS2_LANE_NAME, got);
    return got;
}

/* Names of sockets that are known stay until something is done to them: streams are
 * connected or listen, datagram sockets are bound. */
struct names_ticket names_ask(SOCKET s)
{
    struct socket_record *record = known(s);
    struct names_ticket ticket = {record, 0, 0};

    if (!record) return ticket;
    ticket.turn = record->turn;
    ticket.version = __atomic_load_n(&record->names.version, __ATOMIC_ACQUIRE);
    return ticket;
}

void names_put(const struct names_ticket *ticket, enum name_kind kind, const SOCKADDR_STORAGE *name,
               ULONG size)
{
    struct socket_record *record = ticket->record;

    if (!record || size > sizeof(record->names.name[kind])) return;
    AcquireSRWLockExclusive(&lock);
    if (record->names.version == ticket->version && record->turn == ticket->turn)
    {
        memcpy(record->names.name[kind], name, size);
        __atomic_store_n(&record->names.size[kind], size, __ATOMIC_RELEASE);
    }
    ReleaseSRWLockExclusive(&lock);
}

void names_drop(struct socket_record *record)
{
    AcquireSRWLockExclusive(&lock);
    __atomic_fetch_add(&record->names.version, 1, __ATOMIC_ACQ_REL);
    memset(record->names.size, 0, sizeof(record->names.size));
    ReleaseSRWLockExclusive(&lock);
}
