/*
 * Asking which of many sockets are ready: what select and WSAPoll have in common.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A question is a list of sockets, each with what it is asked for. The answer is a
 * list of those of which something holds, in the same order. question_ask is the
 * one place that decides who is asked.
 */
#include "private.h"

#include "record.h"
#include "unixcall.h"
#include "base/device.h"
#include "base/event.h"
#include "base/question.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Longer lists can't be told to the device, whose sizes are 32-bit. */
#define MAX_COUNT ((0x7fffffff - offsetof(struct afd_poll, sockets[0])) / sizeof(struct afd_poll_entry))

static ULONG poll_size(SIZE_T count)
{
    return offsetof(struct afd_poll, sockets[0]) + count * sizeof(struct afd_poll_entry);
}

int question_open(struct question *q, SIZE_T count, LONGLONG timeout, const int *wanted)
{
    q->wanted = wanted;
    q->started = timeout ? GetTickCount64() : 0;
    q->block = NULL;
    q->asked = &q->small[0].poll;
    q->answer = &q->small[1].poll;
    if (count > SMALL_COUNT)
    {
        if (count > MAX_COUNT || !(q->block = heap_alloc(2 * (SIZE_T)poll_size(count)))) return WSAENOBUFS;
        q->asked = q->block;
        q->answer = (struct afd_poll *)((char *)q->block + poll_size(count));
    }
    memset(q->asked, 0, poll_size(0));
    q->left = timeout;
    return 0;
}

void question_close(struct question *q)
{
    heap_free(q->block);
}

void question_add(struct question *q, SOCKET s, int flags, int tag)
{
    struct afd_poll_entry *entry = &q->asked->sockets[q->asked->count++];

    struct socket_record *record = record_get(s);

    if (record) record->lane.refused[WS2_LANE_POLL]++;
    entry->socket = s;
    entry->flags = flags;
    entry->status = tag;
}

/* Whether the device's next answer is about this entry: they come in the question's
 * order, without those of which nothing holds. A closed socket is reported
 * whatever was asked. */
static BOOL is_about(const struct afd_poll_entry *got, const struct afd_poll_entry *asked)
{
    return got->socket == asked->socket && got->flags & (asked->flags | AFD_POLL_CLOSE);
}

int question_outcome(const struct question *q, ULONG i, ULONG *next)
{
    const struct afd_poll_entry *got = &q->answer->sockets[*next];

    if (*next >= q->answer->count || got->status != (int)i) return 0;
    ++*next;
    return got->flags;
}

/* Nor this: there are data, and a hangup is looked for behind them. */
#define HUP_BEHIND_DATA 0x40000

static int wanted_of(const struct question *q, const struct afd_poll_entry *asked)
{
    if (q->wanted) return q->wanted[asked->status];
    return asked->flags & READ_UNWANTED ? asked->flags & ~AFD_POLL_READ : asked->flags;
}

static BOOL is_stream(SOCKET s)
{
    struct socket_record *record = record_get(s);
    struct afd_info info;

    if (record && record->type) return record->type == SOCK_STREAM;
    return !device_request(s, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL) && info.type == SOCK_STREAM;
}

/* The device says CONNECT_ERR whenever the host says POLLERR, and READ with it.
 * On a stream that means a failed connect, and nothing to read; on datagrams an
 * error that the next receive gives, and nothing but that is ready. */
int poll_outcome(SOCKET s, int asked, int got)
{
    if (!(got & AFD_POLL_CONNECT_ERR) || got & (AFD_POLL_HUP | AFD_POLL_RESET)) return got;
    if (is_stream(s)) return got & ~(AFD_POLL_READ | AFD_POLL_ACCEPT);
    return (got & ~AFD_POLL_CONNECT_ERR) | (asked & AFD_POLL_READ);
}

/* The states behind the peer's FIN, as TCP_INFO of <mstcpip.h> numbers them. */
enum
{
    STATE_CLOSE_WAIT = 7,
    STATE_TIME_WAIT = 10
};

/* The device sees the end of a stream only behind the last of its data. */
static BOOL peer_has_finished(SOCKET s)
{
    struct ws2_tcp_info info = {.handle = s};

    if (!is_stream(s) || unix_call(WS2_TCP_INFO, &info) || info.error) return FALSE;
    return info.numbers.state >= STATE_CLOSE_WAIT && info.numbers.state <= STATE_TIME_WAIT;
}

/* To select an end of stream is something to read; WSAPoll has a flag for it. */
static int add_hangup(const struct question *q, SOCKET s, int outcome)
{
    if (q->wanted || !(outcome & AFD_POLL_READ) || outcome & (AFD_POLL_HUP | AFD_POLL_RESET)) return outcome;
    return peer_has_finished(s) ? outcome | AFD_POLL_HUP : outcome;
}

/* An error or data that were not asked for would be there again at once, and keep
 * the server of the device busy while it waits for a hangup behind them. */
static void leave_out(struct afd_poll_entry *asked)
{
    asked->flags &= ~AFD_POLL_CONNECT_ERR;
    if (asked->flags & READ_UNWANTED)
        asked->flags = (asked->flags & ~(AFD_POLL_READ | AFD_POLL_HUP | READ_UNWANTED)) | HUP_BEHIND_DATA;
}

/* Leaves in the answer what the asker wants, each with the index of its entry. */
static void settle_answer(struct question *q)
{
    struct afd_poll_entry *got = q->answer->sockets;
    ULONG i, next = 0, kept = 0;

    for (i = 0; i < q->asked->count && next < q->answer->count; i++)
    {
        struct afd_poll_entry *asked = &q->asked->sockets[i];
        int flags;

        if (!is_about(&got[next], asked)) continue;
        flags = poll_outcome(asked->socket, asked->flags, got[next++].flags);
        flags = add_hangup(q, asked->socket, flags) & (wanted_of(q, asked) | AFD_POLL_CLOSE);
        if (!flags)
        {
            leave_out(asked);
            continue;
        }
        got[kept].flags = flags;
        got[kept++].status = i;
    }
    q->answer->count = kept;
}

/* q->answer->count is 0 when time is up. */
static NTSTATUS ask_device(struct question *q)
{
    ULONG size = poll_size(q->asked->count);
    NTSTATUS status;

    q->answer->count = 0;
    status = device_request_alertable(q->asked->sockets[0].socket, AFD_POLL, q->asked, size, q->answer, size,
                                      NULL);
    if (status == STATUS_TIMEOUT)
    {
        q->answer->count = 0;
        return STATUS_SUCCESS;
    }
    /* other kinds of files don't know the request */
    return status == STATUS_NOT_SUPPORTED ? STATUS_INVALID_HANDLE : status;
}

/* By the time that has passed. */
static void shorten(struct question *q)
{
    ULONGLONG now = GetTickCount64();

    if (q->left < 0) q->left = min(q->left + (LONGLONG)(now - q->started) * 10000, 0);
    q->started = now;
}

/* A socket with a tail is not writable, though the device may find room. TRUE if
 * there is one, of which the device then is not asked. */
static BOOL hide_tails(struct question *q)
{
    BOOL found = FALSE;
    ULONG i;

    for (i = 0; i < q->asked->count; i++)
    {
        struct afd_poll_entry *asked = &q->asked->sockets[i];
        struct socket_record *record;

        if (!(asked->flags & (AFD_POLL_WRITE | WRITE_LATER))) continue;
        record = record_get(asked->socket);
        asked->flags &= ~(AFD_POLL_WRITE | WRITE_LATER);
        asked->flags |= record && record->tail ? WRITE_LATER : AFD_POLL_WRITE;
        if (asked->flags & WRITE_LATER) found = TRUE;
    }
    return found;
}

static BOOL has_hangups_behind_data(const struct question *q)
{
    ULONG i;

    for (i = 0; i < q->asked->count; i++)
        if (q->asked->sockets[i].flags & HUP_BEHIND_DATA) return TRUE;
    return FALSE;
}

/* Makes an answer of what the device was not asked for. */
static void find_hangups_behind_data(struct question *q)
{
    struct afd_poll_entry *got = q->answer->sockets;
    ULONG i;

    for (i = 0; i < q->asked->count; i++)
    {
        if (!(q->asked->sockets[i].flags & HUP_BEHIND_DATA)) continue;
        if (!peer_has_finished(q->asked->sockets[i].socket)) continue;
        got[q->answer->count].flags = AFD_POLL_HUP;
        got[q->answer->count++].status = i;
    }
}

/* What the device can't wait for is looked at every 10 ms. */
#define SLICE -100000

/*
 * Waits for the answer, alertably. The device is the authority; whatever can
 * answer without it, exactly as it would, belongs here and before it.
 */
NTSTATUS question_ask(struct question *q)
{
    NTSTATUS status;

    for (;;)
    {
        BOOL hangups = has_hangups_behind_data(q), slice = hide_tails(q) || hangups, answered;

        q->asked->timeout = slice && (q->left > 0 || q->left < SLICE) ? SLICE : q->left;
        if ((status = ask_device(q))) return status;
        answered = q->answer->count != 0;
        settle_answer(q);
        if (hangups && !answered) find_hangups_behind_data(q);
        if (q->answer->count || !q->left) return status;
        if (!answered && !slice) return status;
        shorten(q);
    }
}

void question_note_refusals(const struct question *q)
{
    ULONG i, next = 0;

    for (i = 0; i < q->asked->count; i++)
    {
        int outcome = question_outcome(q, i, &next);

        if (!(q->asked->sockets[i].flags & (AFD_POLL_WRITE | WRITE_LATER))) continue;
        if (!(outcome & (AFD_POLL_WRITE | AFD_POLL_CLOSE)))
            selection_write_refused(q->asked->sockets[i].socket);
    }
}
