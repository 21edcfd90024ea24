/*
 * What a socket does not want to be sent: listeners that pause, and lists of
 * interfaces.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The host can be given a filter that throws away what comes. A listener that
 * pauses on Windows refuses connections; here they are not answered, so that who
 * goes on trying gets through once the pause is over.
 */
#include "private.h"

#include "base/filter.h"
#include "base/kept.h"
#include "base/option.h"
#include "record.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

static int apply(SOCKET s, DWORD how, const struct socket_record *record)
{
    struct ws2_filter filter = {.how = how};

    if (record && how == WS2_FILTER_INTERFACES)
    {
        filter.count = record->interfaces.count;
        memcpy(filter.interfaces, record->interfaces.index, filter.count * sizeof(filter.interfaces[0]));
    }
    return host_option_set(s, SOL_SOCKET, WS2_OPTION_FILTER, &filter, sizeof(filter));
}

int filter_set_pause(struct option_call *call)
{
    return apply(call->socket, *(const DWORD *)call->value ? WS2_FILTER_EVERYTHING : WS2_FILTER_NOTHING,
                 NULL);
}

/* Lists are about datagrams; connections have chosen their interface. */
static int apply_list(struct option_call *call, const struct socket_record *record, BOOL listed)
{
    if (call->info.type == SOCK_STREAM) return 0;
    return apply(call->socket, listed ? WS2_FILTER_INTERFACES : WS2_FILTER_NOTHING, record);
}

static BOOL is_listed(const struct option_call *call)
{
    return kept_get(call->socket, KEPT_IFLIST, FALSE);
}

/* A list that is turned on again starts empty again. */
int filter_set_listed(struct option_call *call)
{
    struct socket_record *record = record_of(call->socket);
    BOOL listed = *(const DWORD *)call->value;

    if (!record) return WSAENOBUFS;
    if (listed == is_listed(call)) return 0;
    record->interfaces.count = 0;
    return apply_list(call, record, listed);
}

static unsigned int find(const struct interfaces *interfaces, DWORD index)
{
    unsigned int i;

    for (i = 0; i < interfaces->count; i++)
        if (interfaces->index[i] == index) break;
    return i;
}

int filter_add_interface(struct option_call *call)
{
    struct socket_record *record = record_of(call->socket);
    DWORD index = *(const DWORD *)call->value;

    if (!record) return WSAENOBUFS;
    if (!is_listed(call)) return WSAEINVAL;
    if (find(&record->interfaces, index) < record->interfaces.count) return 0;
    if (record->interfaces.count == ARRAY_COUNT(record->interfaces.index)) return WSAENOBUFS;
    record->interfaces.index[record->interfaces.count++] = index;
    return apply_list(call, record, TRUE);
}

int filter_drop_interface(struct option_call *call)
{
    struct socket_record *record = record_of(call->socket);
    unsigned int at;

    if (!record) return WSAENOBUFS;
    if (!is_listed(call)) return WSAEINVAL;
    at = find(&record->interfaces, *(const DWORD *)call->value);
    if (at == record->interfaces.count) return WSAEINVAL;
    record->interfaces.index[at] = record->interfaces.index[--record->interfaces.count];
    return apply_list(call, record, TRUE);
}

int filter_get_interfaces(struct option_call *call)
{
    const struct socket_record *record = record_get(call->socket);
    ULONG size = record ? record->interfaces.count * sizeof(record->interfaces.index[0]) : 0;

    if (!is_listed(call)) return WSAEINVAL;
    if (call->size < size) return WSAEFAULT;
    if (size) memcpy(call->value, record->interfaces.index, size);
    call->size = size;
    return 0;
}
