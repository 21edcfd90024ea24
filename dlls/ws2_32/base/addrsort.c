/*
 * SIO_ADDRESS_LIST_SORT: the addresses to try first, first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Destination address selection as RFC 6724, section 6, has it, with the rules
 * that need no more than a source address: reachable, matching scope, matching
 * label, higher precedence, smaller scope, longest matching prefix (of IPv6),
 * and otherwise the order that was given. IPv4 addresses come v4-mapped.
 */
#include "private.h"

#include "base/ioctl.h"
#include "guarded.h"
#include "unixcall.h"

struct candidate
{
    SOCKET_ADDRESS entry;
    SOCKADDR_IN6 address;
    BOOL reachable;
    int scope, source_scope, label, source_label, precedence, prefix;
    unsigned int position;
};

/* The policy table of RFC 6724, section 2.1, most specific first. */
static const struct
{
    BYTE prefix[16];
    unsigned int bits;
    int precedence, label;
} policies[] = {
    {{[15] = 1}, 128, 50, 0},  {{[10] = 0xff, [11] = 0xff}, 96, 35, 4},
    {{0}, 96, 1, 3},           {{0x20, 0x01}, 32, 5, 5},
    {{0x20, 0x02}, 16, 30, 2}, {{0x3f, 0xfe}, 16, 1, 12},
    {{0xfe, 0xc0}, 10, 1, 11}, {{0xfc}, 7, 3, 13},
    {{0}, 0, 40, 1},
};

static int common_bits(const BYTE *left, const BYTE *right)
{
    int bits = 0;

    while (bits < 128 && !((left[bits / 8] ^ right[bits / 8]) & (0x80 >> bits % 8))) bits++;
    return bits;
}

static void look_up_policy(const BYTE *address, int *precedence, int *label)
{
    unsigned int i;

    for (i = 0; common_bits(address, policies[i].prefix) < (int)policies[i].bits; i++)
        ;
    *precedence = policies[i].precedence;
    *label = policies[i].label;
}

static BOOL is_mapped(const BYTE *address)
{
    static const BYTE prefix[12] = {[10] = 0xff, [11] = 0xff};

    return !memcmp(address, prefix, sizeof(prefix));
}

/* 1 interface, 2 link, 5 site, 14 global, as multicast addresses number them. */
static int scope_of(const BYTE *address)
{
    static const BYTE loopback[16] = {[15] = 1};

    if (is_mapped(address)) return address[12] == 127 || (address[12] == 169 && address[13] == 254) ? 2 : 14;
    if (address[0] == 0xff) return address[1] & 0xf;
    if (!memcmp(address, loopback, sizeof(loopback))) return 2;
    if (address[0] == 0xfe && (address[1] & 0xc0) == 0x80) return 2;
    if (address[0] == 0xfe && (address[1] & 0xc0) == 0xc0) return 5;
    return 14;
}

/* The source address that the host would choose, mapped as the destination is. */
static BOOL find_source(const SOCKADDR_IN6 *destination, BYTE *source)
{
    struct ws2_route_source params = {.error = 0};
    const BYTE *bytes = (const BYTE *)&destination->sin6_addr;

    memset(source, 0, 16);
    if (is_mapped(bytes))
    {
        params.destination.family = AF_INET;
        memcpy(params.destination.bytes, bytes + 12, 4);
        memcpy(source, bytes, 12);
    }
    else
    {
        params.destination.family = AF_INET6;
        params.destination.scope = destination->sin6_scope_id;
        memcpy(params.destination.bytes, bytes, 16);
    }
    if (unix_call(WS2_ROUTE_SOURCE, &params) || params.error) return FALSE;
    if (params.source.family == AF_INET)
        memcpy(source + 12, params.source.bytes, 4);
    else
        memcpy(source, params.source.bytes, 16);
    return TRUE;
}

static void weigh(struct candidate *candidate)
{
    const BYTE *address = (const BYTE *)&candidate->address.sin6_addr;
    int unused;
    BYTE source[16];

    candidate->scope = scope_of(address);
    look_up_policy(address, &candidate->precedence, &candidate->label);
    if (!(candidate->reachable = find_source(&candidate->address, source))) return;
    candidate->source_scope = scope_of(source);
    look_up_policy(source, &unused, &candidate->source_label);
    candidate->prefix = is_mapped(address) ? 0 : common_bits(address, source);
}

/* For qsort: the better one is the smaller one. */
static int __cdecl compare(const void *left, const void *right)
{
    const struct candidate *a = left, *b = right;
    int order;

    if ((order = b->reachable - a->reachable)) return order;
    if ((order = (b->scope == b->source_scope) - (a->scope == a->source_scope))) return order;
    if ((order = (b->label == b->source_label) - (a->label == a->source_label))) return order;
    if ((order = b->precedence - a->precedence)) return order;
    if ((order = a->scope - b->scope)) return order;
    if ((order = b->prefix - a->prefix)) return order;
    return a->position - b->position;
}

static int read_candidates(struct ioctl_call *call, struct candidate *candidates, int count)
{
    const SOCKET_ADDRESS_LIST *list = call->in;
    int i;

    for (i = 0; i < count; i++)
    {
        struct candidate *candidate = &candidates[i];

        candidate->position = i;
        if (!guarded_read(&candidate->entry, &list->Address[i], sizeof(candidate->entry))) return WSAEFAULT;
        if (candidate->entry.iSockaddrLength < (int)sizeof(SOCKADDR_IN6)) return WSAEINVAL;
        if (!guarded_read(&candidate->address, candidate->entry.lpSockaddr, sizeof(candidate->address)))
            return WSAEFAULT;
        if (candidate->address.sin6_family != AF_INET6) return WSAEINVAL;
        weigh(candidate);
    }
    return 0;
}

/* The addresses follow the list if there is room for them, and otherwise stay
 * where the input has them, which is the same buffer as a rule. */
static int write_list(struct ioctl_call *call, const struct candidate *candidates, int count)
{
    DWORD head = FIELD_OFFSET(SOCKET_ADDRESS_LIST, Address[count]), size = head;
    SOCKET_ADDRESS_LIST *list;
    BOOL copies = call->out != call->in && call->out_size >= head + count * sizeof(SOCKADDR_IN6);
    int i, error;

    if (copies) size += count * sizeof(SOCKADDR_IN6);
    if (!(list = heap_alloc(size))) return WSAENOBUFS;
    list->iAddressCount = count;
    for (i = 0; i < count; i++)
    {
        DWORD offset = head + i * sizeof(SOCKADDR_IN6);

        list->Address[i] = candidates[i].entry;
        if (!copies) continue;
        memcpy((char *)list + offset, &candidates[i].address, sizeof(SOCKADDR_IN6));
        list->Address[i].lpSockaddr = (SOCKADDR *)((char *)call->out + offset);
        list->Address[i].iSockaddrLength = sizeof(SOCKADDR_IN6);
    }
    error = ioctl_give(call, list, size);
    heap_free(list);
    return error;
}

/* For IPv6 sockets. In and out may be one buffer; WSAEINVAL for anything in the
 * list that is no IPv6 address, WSAEFAULT for a short buffer. */
int ioctl_address_list_sort(struct ioctl_call *call)
{
    struct candidate *candidates;
    INT count;
    int error;

    if (call->info.family != AF_INET6) return WSAEOPNOTSUPP;
    if (!guarded_read(&count, call->in, sizeof(count))) return WSAEFAULT;
    if (count < 0 || (SIZE_T)count > call->in_size / sizeof(SOCKET_ADDRESS)) return WSAEINVAL;
    if (call->in_size < (DWORD)FIELD_OFFSET(SOCKET_ADDRESS_LIST, Address[count])) return WSAEINVAL;
    if (!call->out || call->out_size < (DWORD)FIELD_OFFSET(SOCKET_ADDRESS_LIST, Address[count]))
        return WSAEFAULT;
    if (!(candidates = heap_zalloc((count + 1) * sizeof(*candidates)))) return WSAENOBUFS;
    if (!(error = read_candidates(call, candidates, count)))
    {
        qsort(candidates, count, sizeof(*candidates), compare);
        error = write_list(call, candidates, count);
    }
    heap_free(candidates);
    return error;
}
