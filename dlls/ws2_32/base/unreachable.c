/*
 * What ICMP says of datagrams that were sent.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On Windows a port unreachable makes a later receive fail with WSAECONNRESET, and
 * an exceeded time to live with WSAENETRESET, unless SIO_UDP_CONNRESET and
 * SIO_UDP_NETRESET say otherwise; sends never fail for it, and other messages are
 * nothing. The host tells of everything, once asked, and it is asked with the first
 * send, so that sockets that don't want to know cost nothing.
 *
 * The device's server, which looks at the host's sockets for whoever waits, gives a
 * socket up at the first error and never looks again. It still does when a poll is
 * started, so a thread that the host wakes when errors come, and after the first
 * when data come, starts one for those that wait. Errors lie in the host's queue
 * until a receive takes them.
 */
#include "private.h"

#include "base/datagram_event.h"
#include "base/device.h"
#include "base/lane.h"
#include "base/unreachable.h"
#include "guarded.h"
#include "record.h"
#include "thread.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* The device's form of a Winsock error. */
#define STATUS_OF_NETRESET ((NTSTATUS)(0xc0010000 | WSAENETRESET))

static SRWLOCK lock = SRWLOCK_INIT;
static BOOL running;
static BOOL foreign_polls;
static LONG own_polls;

static DWORD wanted_by_options(SOCKET s)
{
    DWORD wanted = 0;

    if (kept_get(s, KEPT_UDP_CONNRESET, TRUE)) wanted |= WS2_HEAR_UNREACHABLE;
    /* alone it is not reason enough to have the host tell, unless somebody asked */
    if (kept_get(s, KEPT_UDP_NETRESET, wanted != 0)) wanted |= WS2_HEAR_EXPIRED;
    if (kept_get(s, KEPT_RECVERR, FALSE)) wanted |= WS2_HEAR_NOTHING;
    return wanted;
}

DWORD unreachable_wanted(const struct socket_record *record)
{
    return record && record->flags & RECORD_HEARS ? wanted_by_options(record->handle) : 0;
}

static int host(enum ws2_unix_function function, SOCKET s, DWORD wanted)
{
    struct ws2_unreachable params = {.handle = s, .wanted = wanted};

    return unix_call(function, &params) ? WSAEOPNOTSUPP : params.error;
}

/* Is somebody waiting at the device whom its server would have to wake? */
static BOOL is_waited_for(const struct socket_record *record)
{
    unsigned int i, j;
    ULONG_PTR status;

    if (foreign_polls || own_polls || record->flags & (RECORD_LANE_CLOSED | RECORD_NOTIFIES)) return TRUE;
    for (i = 0; i < LANE_DIRECTIONS; i++)
    {
        if (record->lane.in_flight[i]) return TRUE;
        for (j = 0; j < LANE_QUEUED; j++)
        {
            const WSAOVERLAPPED *overlapped = record->lane.queued[i][j];

            if (overlapped && guarded_read(&status, &overlapped->Internal, sizeof(status)) &&
                (NTSTATUS)status == STATUS_PENDING)
                return TRUE;
        }
    }
    return FALSE;
}

/* Has the device look at the socket, and wake whoever waits for what it finds. */
static void have_it_looked_at(SOCKET s)
{
    struct afd_poll poll = {.count = 1, .sockets = {{.socket = s, .flags = AFD_POLL_READ | AFD_POLL_WRITE}}};

    device_request(s, AFD_POLL, &poll, sizeof(poll), &poll, sizeof(poll), NULL);
}

static DWORD WINAPI watch(void *unused);

static BOOL start(void)
{
    if (running) return TRUE;
    AcquireSRWLockExclusive(&lock);
    if (!running) running = thread_start(watch, NULL);
    ReleaseSRWLockExclusive(&lock);
    return running;
}

void unreachable_met(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (!record || record->type != SOCK_DGRAM || record->flags & RECORD_GIVEN_UP) return;
    record_set_flags(record, RECORD_GIVEN_UP);
    if (start() && host(WS2_ERRORS_WATCH, s, WS2_WATCH_DATA)) WARN("socket %#Ix is not watched\n", s);
}

/* The wait may be a moment from beginning, after it has looked for errors itself. */
static void errors_came(struct socket_record *record, SOCKET s)
{
    static const DWORD pauses[] = {0, 1, 10};
    unsigned int i;

    TRACE("socket %#Ix\n", s);
    unreachable_met(s);
    datagram_due(s, FD_READ);
    for (i = 0; i < ARRAY_COUNT(pauses); i++)
    {
        if (pauses[i]) Sleep(pauses[i]);
        if (record->handle != s || !is_waited_for(record)) break;
        have_it_looked_at(s);
    }
}

static DWORD WINAPI watch(void *unused)
{
    struct ws2_unreachable params = {.handle = 0};

    (void)unused;
    while (!unix_call(WS2_ERRORS_WAIT, &params) && !params.error)
    {
        struct socket_record *record = params.handle ? record_get(params.handle) : NULL;

        TRACE("socket %#I64x, errors %d, data %d\n", params.handle, params.wanted & WS2_WATCH_ERRORS,
              params.wanted & WS2_WATCH_DATA);
        if (!record || record->type != SOCK_DGRAM) continue;
        if (params.wanted & WS2_WATCH_ERRORS)
            errors_came(record, params.handle);
        else if (is_waited_for(record))
            have_it_looked_at(params.handle);
    }
    ERR("error %d, receives that wait may miss what comes after an error\n", params.error);
    return 0;
}

/* Sockets of other processes' making are theirs to decide about. */
static BOOL is_ours(const struct socket_record *record)
{
    return record && (record->flags & (RECORD_OURS | RECORD_HOST | RECORD_STAND_IN)) == RECORD_OURS &&
           record->type == SOCK_DGRAM && record->protocol == IPPROTO_UDP;
}

void unreachable_expect(SOCKET s)
{
    struct socket_record *record = record_get(s);
    DWORD wanted;

    if (!is_ours(record) || record->flags & (RECORD_HEARS | RECORD_DEAF)) return;
    if (!(wanted = wanted_by_options(s)) || !start())
        record_set_flags(record, RECORD_DEAF);
    else if (host(WS2_ERRORS_WATCH, s, WS2_WATCH_ERRORS) || host(WS2_ERRORS_HEAR, s, wanted))
        record_set_flags(record, RECORD_DEAF);
    else
        record_set_flags(record, RECORD_HEARS);
}

NTSTATUS unreachable_take(SOCKET s)
{
    DWORD wanted = unreachable_wanted(record_get(s));
    NTSTATUS status;

    if (!wanted) return STATUS_SUCCESS;
    switch (host(WS2_ERRORS_TAKE, s, wanted))
    {
    case WSAECONNRESET: status = STATUS_PORT_UNREACHABLE; break;
    case WSAENETRESET: status = STATUS_OF_NETRESET; break;
    default: return STATUS_SUCCESS;
    }
    unreachable_met(s);
    return status;
}

/* What the device makes of the errors that ICMP messages become on the host. */
static BOOL is_network_error(NTSTATUS status)
{
    switch (status)
    {
    case STATUS_CONNECTION_REFUSED:
    case STATUS_HOST_UNREACHABLE:
    case STATUS_NETWORK_UNREACHABLE:
    case STATUS_NOT_SUPPORTED:
    case STATUS_UNSUCCESSFUL:
    case STATUS_ACCESS_DENIED: return TRUE;
    default: return FALSE;
    }
}

/* When another call has seen the error first, the device ends a wait with no data. */
BOOL unreachable_ended(SOCKET s, NTSTATUS *status, ULONG received)
{
    BOOL nothing = !*status && !received;
    NTSTATUS meaning;

    if (!nothing && !is_network_error(*status) && *status != STATUS_DEVICE_NOT_READY) return FALSE;
    if (is_network_error(*status)) unreachable_met(s);
    if (!unreachable_wanted(record_get(s))) return FALSE;
    if ((meaning = unreachable_take(s)))
        *status = meaning;
    else
        return is_network_error(*status);
    return FALSE;
}

BOOL unreachable_reported(SOCKET s)
{
    return kept_get(s, KEPT_RECVERR, FALSE);
}

BOOL unreachable_is_why(SOCKET s, NTSTATUS status)
{
    if (!is_network_error(status) || !unreachable_wanted(record_get(s))) return FALSE;
    unreachable_met(s);
    return TRUE;
}

int unreachable_after(SOCKET s, int error)
{
    NTSTATUS status;

    if (error != WSAEWOULDBLOCK && error != WSAECONNRESET && !unreachable_may_be(error)) return error;
    if (!unreachable_wanted(record_get(s))) return error;
    if (unreachable_reported(s)) return WSAEWOULDBLOCK;
    if ((status = unreachable_take(s))) return device_error(status);
    return WSAEWOULDBLOCK;
}

NTSTATUS unreachable_status(SOCKET s, NTSTATUS status)
{
    const struct socket_record *record = record_get(s);

    if (status != STATUS_CONNECTION_REFUSED || !record || record->type != SOCK_DGRAM) return status;
    unreachable_take(s); /* it lies in the queue as well */
    return STATUS_PORT_UNREACHABLE;
}

BOOL unreachable_before(SOCKET s, NTSTATUS status)
{
    return is_network_error(status) && unreachable_wanted(record_get(s));
}

BOOL unreachable_may_be(int error)
{
    return error == WSAECONNREFUSED || error == WSAEHOSTUNREACH || error == WSAENETUNREACH ||
           error == WSAEHOSTDOWN;
}

static BOOL has_port(SOCKET s)
{
    FILE_COMPLETION_INFORMATION nowhere = {.CompletionPort = (HANDLE)0xdeadbee0};
    IO_STATUS_BLOCK io;

    return NtSetInformationFile(SOCKET_HANDLE(s), &io, &nowhere, sizeof(nowhere),
                                FileCompletionInformation) == STATUS_INVALID_PARAMETER;
}

static void hear_no_more(struct socket_record *record)
{
    if (record->flags & RECORD_HEARS) host(WS2_ERRORS_HEAR, record->handle, 0);
    record_set_flags(record, RECORD_DEAF);
    record_clear_flags(record, RECORD_HEARS);
}

void unreachable_overlapped(SOCKET s, const WSAOVERLAPPED *overlapped,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    struct socket_record *record = record_get(s);

    if (!is_ours(record) || record->flags & (RECORD_DEAF | RECORD_NO_PORT)) return;
    if (routine || (overlapped->hEvent && !((ULONG_PTR)overlapped->hEvent & 1))) return;
    if (!wanted_by_options(s))
        record_set_flags(record, RECORD_DEAF);
    else if (has_port(s))
        hear_no_more(record);
    else
        record_set_flags(record, RECORD_NO_PORT);
}

void unreachable_decide(SOCKET s)
{
    struct socket_record *record = record_get(s);

    if (!is_ours(record)) return;
    if (!wanted_by_options(s))
        hear_no_more(record);
    else
        record_clear_flags(record, RECORD_DEAF);
}

void unreachable_foreign_polls(void)
{
    foreign_polls = TRUE;
}

BOOL unreachable_polled(void)
{
    return foreign_polls || own_polls;
}

void unreachable_polls(int more)
{
    InterlockedExchangeAdd(&own_polls, more);
}
