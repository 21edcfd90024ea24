/*
 * Ioctls about interfaces, their addresses and the routes to others.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/change.h"
#include "base/device.h"
#include "base/ioctl.h"
#include "guarded.h"
#include "lookup.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Every address of a family, to be freed; 0, or an error that ioctls have. */
static int list_addresses(int family, struct ws2_interface **list, unsigned int *count)
{
    int error = lookup_interfaces(family, list, count);

    if (!error) return 0;
    return error == WSA_NOT_ENOUGH_MEMORY ? WSAENOBUFS : WSAENETDOWN;
}

static unsigned int sockaddr_size(int family)
{
    return family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
}

/* An address without a port. */
static void put_address(const struct ws2_address *address, void *place)
{
    SOCKADDR_STORAGE sockaddr;

    memcpy(place, &sockaddr, lookup_sockaddr(address, 0, &sockaddr));
}

/* Writes what an ioctl gives of a list; `size` is that of one sockaddr, and `place`
 * is where the application will have it. */
typedef void (*pack_function)(const struct ws2_interface *list, unsigned int count, unsigned int size,
                              void *result, char *place);

/* Takes the list over. A short buffer is WSAEFAULT, with the size that is needed. */
static int give_packed(struct ioctl_call *call, struct ws2_interface *list, unsigned int count,
                       unsigned int size, unsigned int total, pack_function pack)
{
    int error = WSAEFAULT;
    void *packed;

    if (call->out && call->out_size >= total && (packed = heap_zalloc(total)))
    {
        pack(list, count, size, packed, call->out);
        error = ioctl_give(call, packed, total);
        heap_free(packed);
    }
    else
        ioctl_report(call, total);
    heap_free(list);
    return error;
}

/* As Windows packs it: pointers first, then what they point to. */
static void pack_list(const struct ws2_interface *list, unsigned int count, unsigned int size, void *result,
                      char *place)
{
    unsigned int i, offset = FIELD_OFFSET(SOCKET_ADDRESS_LIST, Address[count]);
    SOCKET_ADDRESS_LIST *packed = result;

    packed->iAddressCount = count;
    for (i = 0; i < count; i++, offset += size)
    {
        packed->Address[i].lpSockaddr = (SOCKADDR *)(place + offset);
        packed->Address[i].iSockaddrLength = size;
        put_address(&list[i].address, (char *)packed + offset);
    }
}

static unsigned int drop_loopback(struct ws2_interface *list, unsigned int count)
{
    unsigned int i, kept = 0;

    for (i = 0; i < count; i++)
        if (!(list[i].flags & WS2_INTERFACE_LOOPBACK)) list[kept++] = list[i];
    return kept;
}

/* The addresses a socket of this family can be bound to, without the loopback.
 * A buffer that holds part of the list's head is WSAEINVAL, any other that is too
 * short WSAEFAULT with the size that is needed. */
int ioctl_address_list(struct ioctl_call *call)
{
    int family = call->info.family == AF_INET6 ? AF_INET6 : AF_INET, error;
    unsigned int count, size = sockaddr_size(family), total;
    struct ws2_interface *list;

    if (call->out_size && call->out_size < FIELD_OFFSET(SOCKET_ADDRESS_LIST, Address))
    {
        ioctl_report(call, 0);
        return WSAEINVAL;
    }
    if ((error = list_addresses(family, &list, &count))) return error;
    count = drop_loopback(list, count);
    total = FIELD_OFFSET(SOCKET_ADDRESS_LIST, Address[count]) + count * size;
    return give_packed(call, list, count, size, total, pack_list);
}

/* Pends until the host's addresses change. Without an overlapped structure a blocking
 * socket waits, a non-blocking one has WSAEWOULDBLOCK and the event later. */
static int wait_for_change(struct ioctl_call *call, LONG event)
{
    int force_async = !!call->overlapped;
    NTSTATUS status = device_submit(call->socket, AFD_ADDRESS_LIST_CHANGE, &force_async, sizeof(force_async),
                                    NULL, 0, NULL, call->overlapped, call->routine);

    call->completed = TRUE;
    if (status == STATUS_DEVICE_NOT_READY && !call->overlapped) change_expect(call->socket, event);
    return status ? device_error(status) : 0;
}

int ioctl_address_list_change(struct ioctl_call *call)
{
    return wait_for_change(call, FD_ADDRESS_LIST_CHANGE);
}

/* A route changes when addresses do, as far as the device can tell. */
int ioctl_routing_change(struct ioctl_call *call)
{
    return wait_for_change(call, FD_ROUTING_INTERFACE_CHANGE);
}

/* Always finishes in the background when overlapped, a short buffer included. */
int ioctl_interface_list(struct ioctl_call *call)
{
    NTSTATUS status;
    ULONG done = 0;

    if (!guarded_writable(call->out, call->out_size)) return WSAEFAULT;
    status = device_submit(call->socket, AFD_GET_INTERFACE_LIST, NULL, 0, call->out, call->out_size, &done,
                           call->overlapped, call->routine);
    call->completed = TRUE;
    call->done = done;
    return status ? device_error(status) : 0;
}

/* INTERFACE_INFO_EX, which Wine's headers lack. */
struct interface_info
{
    ULONG flags;
    SOCKET_ADDRESS address, broadcast, netmask;
};

static void pack_address(const struct ws2_address *address, char **bytes, char **place, unsigned int size,
                         SOCKET_ADDRESS *packed)
{
    if (address->family)
    {
        put_address(address, *bytes);
        packed->lpSockaddr = (SOCKADDR *)*place;
        packed->iSockaddrLength = size;
    }
    *bytes += size;
    *place += size;
}

static void pack_interfaces(const struct ws2_interface *list, unsigned int count, unsigned int size,
                            void *result, char *place)
{
    struct interface_info *packed = result;
    char *bytes = (char *)(packed + count);
    unsigned int i;

    place += count * sizeof(*packed);
    for (i = 0; i < count; i++)
    {
        packed[i].flags = list[i].flags & 0x1f;
        pack_address(&list[i].address, &bytes, &place, size, &packed[i].address);
        pack_address(&list[i].broadcast, &bytes, &place, size, &packed[i].broadcast);
        pack_address(&list[i].netmask, &bytes, &place, size, &packed[i].netmask);
    }
}

/* SIO_GET_INTERFACE_LIST for any family: the addresses follow the array. */
int ioctl_interface_list_ex(struct ioctl_call *call)
{
    int family = call->info.family == AF_INET6 ? AF_INET6 : AF_INET, error;
    unsigned int count, size = sockaddr_size(family), total;
    struct ws2_interface *list;

    if ((error = list_addresses(family, &list, &count))) return error;
    total = count * (sizeof(struct interface_info) + 3 * size);
    return give_packed(call, list, count, size, total, pack_interfaces);
}

static int take_destination(struct ioctl_call *call, struct ws2_address *destination)
{
    static const struct ws2_address none;
    SOCKADDR_STORAGE address;

    if (!call->in || call->in_size < sizeof(SOCKADDR_IN)) return WSAEINVAL;
    if (!guarded_read(&address, call->in, min(call->in_size, sizeof(address)))) return WSAEFAULT;
    *destination = none;
    destination->family = address.ss_family;
    switch (address.ss_family)
    {
    case AF_INET: memcpy(destination->bytes, &((SOCKADDR_IN *)&address)->sin_addr, sizeof(IN_ADDR)); break;
    case AF_INET6:
        if (call->in_size < sizeof(SOCKADDR_IN6)) return WSAEINVAL;
        memcpy(destination->bytes, &((SOCKADDR_IN6 *)&address)->sin6_addr, sizeof(IN6_ADDR));
        destination->scope = ((SOCKADDR_IN6 *)&address)->sin6_scope_id;
        break;
    default: return WSAEAFNOSUPPORT;
    }
    return memcmp(destination->bytes, none.bytes, sizeof(none.bytes)) ? 0 : WSAEINVAL;
}

/* The local address that packets to the given one would have. */
int ioctl_routing_query(struct ioctl_call *call)
{
    struct ws2_route_source params = {.error = 0};
    SOCKADDR_STORAGE source;
    unsigned int size;
    int error;

    if ((error = take_destination(call, &params.destination))) return error;
    if (!call->out) return WSAEFAULT;
    size = sockaddr_size(params.destination.family);
    if (call->out_size < size)
    {
        ioctl_report(call, size);
        return WSAEFAULT;
    }
    if (unix_call(WS2_ROUTE_SOURCE, &params)) return WSAENETDOWN;
    if (params.error) return params.error;
    lookup_sockaddr(&params.source, 0, &source);
    return ioctl_give(call, &source, size);
}
