/*
 * What there is to tell of a selected stream, by what the host says of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include <winuser.h>

#include "base/device.h"
#include "base/edgetell.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* A socket that was closed on both sides is as closed as one that was reset. */
static BOOL is_reset(SOCKET s, const struct ws2_edge_state *state)
{
    const struct socket_record *record = record_get(s);
    struct afd_poll poll = {.count = 1, .sockets = {{.socket = s, .flags = AFD_POLL_RESET}}};

    if (!state->closed || (record && record->flags & RECORD_SENT_URGENT)) return FALSE;
    if (record && !(record->flags & RECORD_SHUT_DOWN)) return TRUE;
    return !device_request(s, AFD_POLL, &poll, sizeof(poll), &poll, sizeof(poll), NULL) && poll.count;
}

static BOOL is_connected(SOCKET s, const struct ws2_edge_state *state)
{
    const struct socket_record *record = record_get(s);

    return state->connected || (record && record->flags & RECORD_CONNECTED);
}

/* Messages of data come from the device, and before this one: whatever it finds out
 * about the socket by now it does before it answers. */
static void post_close(struct edge *edge, BOOL reset)
{
    const struct selection *selection = &edge->selection;
    struct afd_info info;

    if (edge->posted) return;
    edge->posted = TRUE;
    device_request(edge->socket, AFD_GET_INFO, NULL, 0, &info, sizeof(info), NULL);
    PostMessageW(selection->window, selection->message, edge->socket,
                 WSAMAKESELECTREPLY(FD_CLOSE, reset ? WSAECONNABORTED : 0));
}

static BOOL tell_close(struct edge *edge, BOOL reset)
{
    struct socket_record *record = record_get(edge->socket);

    if (!record) return FALSE;
    if (edge->selection.window)
    {
        post_close(edge, reset);
        record->told.close = TRUE;
        return FALSE;
    }
    if (record->told.close || edge->pending & AFD_POLL_HUP) return FALSE;
    edge->pending |= AFD_POLL_HUP | (reset ? AFD_POLL_RESET : 0);
    return TRUE;
}

/* Something that FD_READ has not told: it has arrived since, or what it told of was received by
 * means that are not seen here, as ReadFile is. */
static BOOL is_news(const struct told *told, const struct ws2_edge_state *state)
{
    return !told->arrivals || state->arrived > told->arrived ||
           state->arrived - state->available > told->consumed;
}

BOOL edge_is_readable(SOCKET s, const struct ws2_edge_state *state)
{
    return state->available > 0 && !state->listens && !(state->closed && is_reset(s, state));
}

BOOL edge_tell_read(struct told *told, const struct ws2_edge_state *state)
{
    told->arrived = state->arrived;
    told->consumed = state->arrived - state->available;
    if (told->due) return FALSE;
    return told->arrivals = told->due = TRUE;
}

static BOOL tell_arrival(struct edge *edge, struct told *told, const struct ws2_edge_state *state)
{
    if (!told->arrivals || !state->available || state->arrived <= told->arrived) return FALSE;
    told->arrived = state->arrived;
    edge->pending |= (state->listens ? AFD_POLL_ACCEPT : AFD_POLL_READ);
    return TRUE;
}

BOOL edge_find(struct edge *edge, BOOL arrivals)
{
    struct socket_record *record = record_get(edge->socket);
    struct ws2_edge_state state = {.fd = edge->fd, .brief = arrivals};
    BOOL set = FALSE;

    if (!record || unix_call(WS2_EDGE_STATE, &state)) return FALSE;
    TRACE("socket %#Ix: %s%s%I64d available of %I64d that came\n", edge->socket, state.ended ? "ended, " : "",
          state.closed ? "closed, " : "", state.available, state.arrived);
    if (record->told.reads)
    {
        if (is_news(&record->told, &state) && edge_is_readable(edge->socket, &state))
            set = edge_tell_read(&record->told, &state);
    }
    else if (edge->selection.event)
        set = tell_arrival(edge, &record->told, &state);
    if (state.ended && !state.listens && edge->selection.events & FD_CLOSE &&
        is_connected(edge->socket, &state))
        set |= tell_close(edge, is_reset(edge->socket, &state));
    return set;
}

void edge_look(struct edge *edge)
{
    if (edge_find(edge, FALSE)) SetEvent(edge->selection.event);
}
