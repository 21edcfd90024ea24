/*
 * Requests of registered I/O that want more than data and the other's address.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Control data and the local address of a datagram, one call a request. Streams have
 * neither control data nor flags, and their names at any time.
 */
#include "private.h"

#include <ws2ipdef.h>

#include "base/base.h"
#include "base/kept.h"
#include "base/message.h"
#include "base/rio.h"
#include "base/unreachable.h"
#include "guarded.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* One way or the other. */
struct exotic
{
    struct ws2_message params;
    struct ws2_buffer buffer;
    SOCKADDR_STORAGE address;
    _Alignas(8) char control[CONTROL_SIZE];
};

static void begin(struct exotic *exotic, const struct rio_queue *queue, const struct ws2_rio_request *request)
{
    exotic->buffer = (struct ws2_buffer){.base = request->data, .size = request->size};
    exotic->params = (struct ws2_message){
        .handle = queue->socket,
        .fd = queue->fd,
        .buffers = WS2_PTR(&exotic->buffer),
        .count = 1,
        .header_size = sizeof(WSACMSGHDR),
    };
}

static BOOL end(struct rio_line *line, int error, ULONG bytes)
{
    struct ws2_rio_request *request = &line->requests[line->first];

    request->error = error;
    request->done = bytes;
    rio_complete(line, 1);
    return TRUE;
}

/* --- Sending --- */

/* A Winsock error or 0. */
static int take_control(struct exotic *exotic, const struct rio_part *part)
{
    RIO_CMSG_BUFFER header;

    if (!guarded_read(&header, part->at, sizeof(header))) return WSAEFAULT;
    if (header.TotalLength < RIO_CMSG_BASE_SIZE || header.TotalLength > part->size ||
        header.TotalLength - RIO_CMSG_BASE_SIZE > sizeof(exotic->control))
        return WSAEINVAL;
    exotic->params.control = WS2_PTR(exotic->control);
    exotic->params.control_size = header.TotalLength - RIO_CMSG_BASE_SIZE;
    if (!guarded_read(exotic->control, part->at + RIO_CMSG_BASE_SIZE, exotic->params.control_size))
        return WSAEFAULT;
    return 0;
}

#define MAX_OLD_ERRORS 4 /* of other datagrams, that a send is told of */

static BOOL send_exotic(struct rio_queue *queue)
{
    static const ULONG no_flags = 0;
    struct rio_line *line = &queue->lines[LANE_SEND];
    const struct ws2_rio_request *request = &line->requests[line->first];
    const struct rio_extra *extra = &line->extras[line->first];
    struct exotic exotic;
    int error, tries = 0;

    begin(&exotic, queue, request);
    if ((error = take_control(&exotic, &extra->control))) return end(line, error, 0);
    exotic.params.address = request->address_size ? WS2_PTR(request->address) : 0;
    exotic.params.address_size = request->address_size;
    unreachable_expect(queue->socket);
    do error = unix_call(WS2_MESSAGE_SEND, &exotic.params) ? WSAEFAULT : exotic.params.error;
    while (unreachable_may_be(error) && unreachable_wanted(queue->record) && ++tries < MAX_OLD_ERRORS);
    if (error == WSAEWOULDBLOCK) return FALSE;
    if (error == WSAEDESTADDRREQ) error = WSAENOTCONN;
    if (!error) rio_give(&extra->flags, &no_flags, sizeof(no_flags));
    return end(line, error, exotic.params.done);
}

/* --- Receiving --- */

/* Tells the host what to deliver, the first time. */
static void expect(struct rio_queue *queue, DWORD kinds)
{
    struct ws2_rio_queue params = {.fd = queue->fd, .kinds = kinds & ~queue->kinds};
    DWORD uninvited;

    if (!params.kinds || unix_call(WS2_RIO_TELL, &params)) return;
    queue->kinds |= kinds;
    uninvited = kept_get(queue->socket, KEPT_CONTROL_UNINVITED, 0);
    if (params.uninvited & ~uninvited)
        kept_set(queue->socket, KEPT_CONTROL_UNINVITED, uninvited | params.uninvited);
}

static BOOL is_packet_info(const WSACMSGHDR *header)
{
    return header->cmsg_type == IP_PKTINFO &&
           (header->cmsg_level == IPPROTO_IP || header->cmsg_level == IPPROTO_IPV6);
}

/* ::ffff:a.b.c.d, as a socket of both families has it. */
static void map_address(IN6_ADDR *mapped, const IN_ADDR *address)
{
    memset(mapped, 0, sizeof(*mapped));
    mapped->s6_addr[10] = mapped->s6_addr[11] = 0xff;
    memcpy(mapped->s6_addr + 12, address, sizeof(*address));
}

/* Where the datagram was sent to, and the socket's port. */
static ULONG local_address(SOCKET s, WSAMSG *message, SOCKADDR_STORAGE *local)
{
    SOCKADDR_IN6 *in6 = (SOCKADDR_IN6 *)local;
    SOCKADDR_IN *in = (SOCKADDR_IN *)local;
    const WSACMSGHDR *header;
    int size = sizeof(*local), error;

    if (base_getsockname(s, (struct sockaddr *)local, &size, &error)) return 0;
    for (header = WSA_CMSG_FIRSTHDR(message); header; header = WSA_CMSG_NXTHDR(message, header))
    {
        if (!is_packet_info(header)) continue;
        if (local->ss_family == AF_INET6 && header->cmsg_level == IPPROTO_IPV6)
        {
            const IN6_PKTINFO *info = (const IN6_PKTINFO *)WSA_CMSG_DATA(header);

            in6->sin6_addr = info->ipi6_addr;
            in6->sin6_scope_id =
                IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr) || IN6_IS_ADDR_MULTICAST(&in6->sin6_addr)
                    ? info->ipi6_ifindex
                    : 0;
        }
        else if (local->ss_family == AF_INET6 && header->cmsg_level == IPPROTO_IP)
            map_address(&in6->sin6_addr, &((const IN_PKTINFO *)WSA_CMSG_DATA(header))->ipi_addr);
        else if (local->ss_family == AF_INET && header->cmsg_level == IPPROTO_IP)
            in->sin_addr = ((const IN_PKTINFO *)WSA_CMSG_DATA(header))->ipi_addr;
    }
    return size;
}

/* What fits of the messages, but those that only the local address needs: MSG_CTRUNC or 0. */
static ULONG give_control(const struct rio_part *part, WSAMSG *message, BOOL packet_info)
{
    _Alignas(8) char data[RIO_CMSG_BASE_SIZE + CONTROL_SIZE] = {0};
    RIO_CMSG_BUFFER *total = (RIO_CMSG_BUFFER *)data;
    const WSACMSGHDR *header;
    ULONG flags = 0;

    total->TotalLength = RIO_CMSG_BASE_SIZE;
    for (header = WSA_CMSG_FIRSTHDR(message); header; header = WSA_CMSG_NXTHDR(message, header))
    {
        const ULONG size = WSA_CMSG_ALIGN(header->cmsg_len);

        if (is_packet_info(header) && !packet_info) continue;
        if (total->TotalLength + size > min(part->size, sizeof(data)))
            flags = MSG_CTRUNC;
        else
        {
            memcpy(data + total->TotalLength, header, header->cmsg_len);
            total->TotalLength += size;
        }
    }
    rio_give(part, data, total->TotalLength);
    return flags;
}

static int give_all(struct rio_queue *queue, const struct rio_extra *extra, struct exotic *exotic,
                    const struct ws2_rio_request *request)
{
    const BOOL packet_info = !(kept_get(queue->socket, KEPT_CONTROL_UNINVITED, 0) & WS2_CONTROL_PKTINFO);
    WSAMSG message = {.Control = {exotic->params.control_size, exotic->control}};
    ULONG flags = exotic->params.flags | message_destination_flags(exotic->control, message.Control.len);
    SOCKADDR_STORAGE local;

    if (extra->control.id) flags |= give_control(&extra->control, &message, packet_info);
    if (extra->local.id) rio_give(&extra->local, &local, local_address(queue->socket, &message, &local));
    rio_give(&extra->remote, &exotic->address, exotic->params.address_size);
    if (request->flags & WS2_RIO_NO_DATA) flags &= ~MSG_TRUNC;
    rio_give(&extra->flags, &flags, sizeof(flags));
    return flags & (MSG_TRUNC | MSG_CTRUNC) ? WSAEMSGSIZE : 0;
}

static BOOL receive_exotic(struct rio_queue *queue)
{
    struct rio_line *line = &queue->lines[LANE_RECEIVE];
    struct ws2_rio_request *request = &line->requests[line->first];
    const struct rio_extra *extra = &line->extras[line->first];
    DWORD kinds = extra->control.id ? message_made_kinds(queue->socket) : 0;
    struct exotic exotic;
    int error;

    expect(queue, kinds | (extra->local.id ? WS2_CONTROL_DSTADDR : 0));
    if (extra->control.id) kinds |= WS2_CONTROL_BASIC & ~kept_get(queue->socket, KEPT_CONTROL_UNINVITED, 0);
    if (extra->local.id) kinds |= WS2_CONTROL_PKTINFO;
    if (!rio_is_writable(request, extra)) return end(line, WSAEFAULT, 0);
    begin(&exotic, queue, request);
    exotic.params.address = WS2_PTR(&exotic.address);
    exotic.params.address_size = sizeof(exotic.address);
    exotic.params.control = WS2_PTR(exotic.control);
    exotic.params.control_size = sizeof(exotic.control);
    exotic.params.kinds = kinds;
    error = unreachable_after(
        queue->socket, unix_call(WS2_MESSAGE_RECEIVE, &exotic.params) ? WSAEFAULT : exotic.params.error);
    if (error == WSAEWOULDBLOCK) return FALSE;
    if (!error || error == WSAEMSGSIZE) error = give_all(queue, extra, &exotic, request);
    return end(line, error, exotic.params.done);
}

BOOL rio_run_exotic(struct rio_queue *queue, enum lane_direction direction)
{
    return direction == LANE_SEND ? send_exotic(queue) : receive_exotic(queue);
}

void rio_give_names(struct rio_queue *queue, const struct rio_extra *extra)
{
    static const RIO_CMSG_BUFFER no_control = {RIO_CMSG_BASE_SIZE};
    static const ULONG no_flags = 0;
    SOCKADDR_STORAGE name;
    int size, error;

    if (extra->local.id &&
        (size = sizeof(name), !base_getsockname(queue->socket, (struct sockaddr *)&name, &size, &error)))
        rio_give(&extra->local, &name, size);
    if (extra->remote.id &&
        (size = sizeof(name), !base_getpeername(queue->socket, (struct sockaddr *)&name, &size, &error)))
        rio_give(&extra->remote, &name, size);
    rio_give(&extra->control, &no_control, sizeof(no_control));
    rio_give(&extra->flags, &no_flags, sizeof(no_flags));
}
