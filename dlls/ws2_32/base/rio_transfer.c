/*
 * RIOSend, RIOReceive and their longer forms: putting requests in line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/connect.h"
#include "base/rio.h"
#include "guarded.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* What the application has passed. */
struct asked
{
    const RIO_BUF *data;
    ULONG count;
    const RIO_BUF *local, *remote, *control, *flags_out;
    DWORD flags;
    void *context;
};

static int check_flags(const struct asked *asked, enum lane_direction direction)
{
    DWORD known = RIO_MSG_DONT_NOTIFY | RIO_MSG_DEFER | RIO_MSG_COMMIT_ONLY;

    if (direction == LANE_RECEIVE) known |= RIO_MSG_WAITALL;
    if (asked->flags & ~known) return WSAEINVAL;
    if (!(asked->flags & RIO_MSG_COMMIT_ONLY)) return 0;
    if (asked->flags != RIO_MSG_COMMIT_ONLY || asked->data || asked->count || asked->context ||
        asked->local || asked->remote || asked->control || asked->flags_out)
        return WSAEINVAL;
    return 0;
}

/* The address is the buffer's of now, since it has to stay what it is till the end. */
static int take_address(const struct socket_record *record, const struct rio_part *part,
                        struct ws2_rio_request *request)
{
    SOCKADDR_STORAGE address = {0};
    const ULONG size = record->family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);

    if (!guarded_read(&address, part->at, size)) return WSAEFAULT;
    if (address.ss_family != record->family) return WSAEAFNOSUPPORT;
    if (connect_has_no_port(&address)) return WSAEADDRNOTAVAIL;
    memcpy(request->address, &address, size);
    request->address_size = size;
    return 0;
}

static int resolve_parts(const struct asked *asked, struct rio_extra *extra)
{
    int error;

    extra->local.id = extra->remote.id = extra->control.id = extra->flags.id = NULL;
    if ((error = rio_resolve(asked->data, 0, &extra->data))) return error;
    if (!asked->local && !asked->remote && !asked->control && !asked->flags_out) return 0;
    if ((error = rio_resolve(asked->local, sizeof(SOCKADDR_INET), &extra->local)) ||
        (error = rio_resolve(asked->remote, sizeof(SOCKADDR_INET), &extra->remote)) ||
        (error = rio_resolve(asked->control, RIO_CMSG_BASE_SIZE, &extra->control)))
        return error;
    return rio_resolve(asked->flags_out, sizeof(ULONG), &extra->flags);
}

/* The request as the host gets it, and the rest of it; a Winsock error or 0. */
static int prepare(const struct socket_record *record, const struct asked *asked,
                   enum lane_direction direction, struct ws2_rio_request *request, struct rio_extra *extra)
{
    const BOOL stream = record->type == SOCK_STREAM, sends = direction == LANE_SEND;
    int error;

    if (asked->count > 1 || !asked->data != !asked->count || (stream && !asked->data)) return WSAEINVAL;
    if ((asked->flags & RIO_MSG_WAITALL && !stream) || (sends && asked->local)) return WSAEINVAL;
    if ((error = resolve_parts(asked, extra))) return error;
    extra->context = (ULONG_PTR)asked->context;
    extra->quiet = (asked->flags & RIO_MSG_DONT_NOTIFY) != 0;
    extra->exotic = !stream && (extra->control.id || (!sends && (extra->local.id || extra->flags.id)));
    request->data = asked->data ? WS2_PTR(extra->data.at) : 0;
    request->size = asked->data ? extra->data.size : 0;
    request->done = 0;
    request->flags = (asked->flags & RIO_MSG_WAITALL ? WS2_RIO_ALL : 0) | (asked->data ? 0 : WS2_RIO_NO_DATA);
    request->error = 0;
    request->address_size = 0;
    if (stream || !extra->remote.id) return 0;
    if (sends) return take_address(record, &extra->remote, request);
    request->address_size = sizeof(request->address);
    return 0;
}

static void put(struct rio_line *line, const struct ws2_rio_request *request, const struct rio_extra *extra)
{
    ULONG place = line->first + line->waiting++;

    if (place >= line->size) place -= line->size;
    line->requests[place] = *request;
    line->extras[place] = *extra;
}

static int submit(const void *id, enum lane_direction direction, const struct asked *asked)
{
    const BOOL commits = (asked->flags & RIO_MSG_COMMIT_ONLY) != 0;
    struct rio_queue *queue = rio_queue_find(id);
    struct ws2_rio_request request;
    struct rio_extra extra;
    struct rio_line *line;
    int error;

    if (!queue) return WSAEINVAL;
    if ((error = check_flags(asked, direction))) return error;
    if (!commits && (error = prepare(queue->record, asked, direction, &request, &extra))) return error;
    if (!rio_own(queue, id, direction)) return WSAEINVAL;
    line = &queue->lines[direction];
    if (!commits && !(error = rio_charge(line))) put(line, &request, &extra);
    if (!error && !(asked->flags & RIO_MSG_DEFER) && !line->blocked) rio_run(queue, direction);
    rio_disown(queue, direction);
    return error;
}

static BOOL submitted(const void *id, enum lane_direction direction, const struct asked *asked)
{
    int error = submit(id, direction, asked);

    TRACE("queue %p, %s, data %p, flags %#lx, context %p, error %d\n", id,
          direction == LANE_SEND ? "send" : "receive", asked->data, asked->flags, asked->context, error);
    if (error) SetLastError(error);
    return !error;
}

/*
 * All four: TRUE if a completion is in the queue, or will be. FALSE with WSAEINVAL for a queue
 * that is none, flags and buffers that don't fit; WSAEFAULT for buffers that are not registered;
 * WSAENOBUFS if as many are outstanding as may be. What goes wrong later is the completion's
 * Status, a Winsock error. data has 1 buffer (count), or for datagrams none. flags: RIO_MSG_*.
 *
 * A receive gives the addresses as SOCKADDR_INETs, control data behind a RIO_CMSG_BUFFER, and
 * MSG_* as a ULONG. A send takes the receiver's address and control data.
 */
BOOL PASCAL rio_receive(RIO_RQ id, RIO_BUF *data, ULONG count, DWORD flags, PVOID context)
{
    const struct asked asked = {data, count, NULL, NULL, NULL, NULL, flags, context};

    return submitted(id, LANE_RECEIVE, &asked);
}

int PASCAL rio_receive_ex(RIO_RQ id, RIO_BUF *data, ULONG count, RIO_BUF *local, RIO_BUF *remote,
                          RIO_BUF *control, RIO_BUF *flags_out, DWORD flags, PVOID context)
{
    const struct asked asked = {data, count, local, remote, control, flags_out, flags, context};

    return submitted(id, LANE_RECEIVE, &asked);
}

BOOL PASCAL rio_send(RIO_RQ id, RIO_BUF *data, ULONG count, DWORD flags, PVOID context)
{
    const struct asked asked = {data, count, NULL, NULL, NULL, NULL, flags, context};

    return submitted(id, LANE_SEND, &asked);
}

BOOL PASCAL rio_send_ex(RIO_RQ id, RIO_BUF *data, ULONG count, RIO_BUF *local, RIO_BUF *remote,
                        RIO_BUF *control, RIO_BUF *flags_out, DWORD flags, PVOID context)
{
    const struct asked asked = {data, count, local, remote, control, flags_out, flags, context};

    return submitted(id, LANE_SEND, &asked);
}
