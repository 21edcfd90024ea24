/*
 * Urgent data as Windows keeps it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On Windows each byte sent with MSG_OOB waits beside the stream until it is
 * received. The host keeps the last one only: one that is overtaken by another
 * becomes a byte of the stream, and one that was received leaves a hole there that
 * becomes a byte again if SO_OOBINLINE is set. Programs that care for the position
 * ask with SIOCATMARK and FIONREAD; of their sockets, an overtaken byte is noticed
 * when the mark moves on between two such questions, and kept out of the stream.
 */
#include "private.h"

#include "base/device.h"
#include "base/fastask.h"
#include "base/option.h"
#include "base/transfer.h"
#include "base/urgent.h"
#include "guarded.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static struct urgent *begin(SOCKET s)
{
    struct socket_record *record = record_of(s);

    if (!record) return NULL;
    if (!(record->flags & RECORD_URGENT)) record->urgent = (struct urgent){.mark = -1};
    record_set_flags(record, RECORD_URGENT);
    return &record->urgent;
}

static struct socket_record *concerned(SOCKET s)
{
    struct socket_record *record = record_get(s);

    return record && record->flags & RECORD_URGENT ? record : NULL;
}

static int state_of(SOCKET s, struct ws2_urgent *state)
{
    ULONG size = sizeof(*state);

    return host_option_get(s, SOL_SOCKET, WS2_OPTION_URGENT, state, &size);
}

/* What comes before the mark grows only if there is a new mark. */
static void look(struct urgent *urgent, const struct ws2_urgent *state)
{
    if (!state->waits) urgent->beside = FALSE;
    if (!state->waits || state->inlined)
    {
        urgent->mark = -1;
        return;
    }
    if (urgent->mark >= 0 && (LONG)state->available > urgent->mark && !urgent->overtaken)
    {
        TRACE("overtaken behind %ld bytes\n", urgent->mark);
        urgent->overtaken = TRUE;
        urgent->stashed = FALSE;
        urgent->before = urgent->mark;
    }
    urgent->mark = state->available;
}

int urgent_met(SOCKET s, BOOL *yes)
{
    struct ws2_urgent state;
    struct urgent *urgent;
    int error;

    if ((error = state_of(s, &state))) return error;
    if (!(urgent = begin(s))) return WSAENOBUFS;
    look(urgent, &state);
    *yes = !(state.waits && (!state.inlined || urgent->beside)) && !urgent->overtaken;
    return 0;
}

int urgent_at_mark(SOCKET s, BOOL *yes)
{
    static const struct ws2_urgent nothing;
    struct socket_record *record;
    BOOL waits;

    if (fast_urgent(s, &waits) || waits) return urgent_met(s, yes);
    if (!(record = concerned(s))) return 0;
    look(&record->urgent, &nothing);
    *yes = !record->urgent.overtaken;
    return 0;
}

void urgent_correct(SOCKET s, DWORD *available)
{
    struct socket_record *record = concerned(s);
    struct ws2_urgent state;

    if (!record || state_of(s, &state)) return;
    look(&record->urgent, &state);
    if (!record->urgent.overtaken || record->urgent.stashed) return;
    if (*available > (DWORD)record->urgent.before) --*available;
}

/* A byte that waits already stays one that is beside the stream for SIOCATMARK, and
 * the hole of one that was received is skipped when nothing is behind it. */
void urgent_inline(SOCKET s)
{
    static const int skip = TRUE;
    struct urgent *urgent;
    struct ws2_urgent state;

    if (state_of(s, &state) || state.inlined) return;
    if (state.waits && (urgent = begin(s))) urgent->beside = TRUE;
    if (state.waits || !state.at_mark || state.available) return;
    host_option_set(s, SOL_SOCKET, WS2_OPTION_URGENT, &skip, sizeof(skip));
}

/* The byte is there, so this does not wait. */
static BOOL stash(SOCKET s, struct urgent *urgent)
{
    unsigned int flags = 0;
    WSABUF buffer = {sizeof(urgent->byte), &urgent->byte};
    struct afd_recvmsg in = {.ws_flags = WS2_PTR(&flags), .count = 1, .buffers = WS2_PTR(&buffer)};
    ULONG received = 0;

    if (urgent->stashed) return TRUE;
    if (urgent->before) return FALSE;
    if (device_request(s, AFD_RECVMSG, &in, sizeof(in), NULL, 0, &received) || !received) return FALSE;
    return urgent->stashed = TRUE;
}

static void limit(const struct receive *op, ULONG bytes, struct receive *part, WSABUF *limited)
{
    DWORD i;

    *part = *op;
    part->buffers = limited;
    for (i = 0; i < op->count; i++)
    {
        limited[i] = op->buffers[i];
        limited[i].len = min(limited[i].len, bytes);
        bytes -= limited[i].len;
    }
}

BOOL urgent_before_receive(SOCKET s, const struct receive **op, DWORD flags, struct receive *part,
                           WSABUF *limited, ULONG *received, int *error)
{
    struct socket_record *record = concerned(s);
    struct urgent *urgent;

    if (!record || !record->urgent.overtaken || (*op)->count > URGENT_BUFFERS) return FALSE;
    urgent = &record->urgent;
    if (flags & MSG_OOB)
    {
        if (!(*op)->count || !(*op)->buffers[0].len || !stash(s, urgent)) return FALSE;
        *error = guarded_write((*op)->buffers[0].buf, &urgent->byte, sizeof(urgent->byte)) ? 0 : WSAEFAULT;
        if (*error) return TRUE;
        *received = sizeof(urgent->byte);
        if (!(flags & MSG_PEEK)) urgent->overtaken = FALSE;
        return TRUE;
    }
    if (urgent->stashed || stash(s, urgent)) return FALSE;
    limit(*op, urgent->before, part, limited);
    *op = part;
    return FALSE;
}

void urgent_received(SOCKET s, DWORD flags, ULONG received)
{
    struct socket_record *record = concerned(s);

    if (!record || flags & (MSG_OOB | MSG_PEEK)) return;
    record->urgent.mark = -1;
    if (record->urgent.overtaken && !record->urgent.stashed)
        record->urgent.before -= min((LONG)received, record->urgent.before);
}
