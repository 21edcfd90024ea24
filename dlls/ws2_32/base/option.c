/*
 * The base provider's getsockopt and setsockopt: the size rules of the table,
 * and the lanes that carry the values.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Values pass through a copy in this module, so that neither the device nor the
 * host ever sees the application's pointer. Where a length is no error, Windows
 * takes what there is; where it is one, WSAEFAULT.
 */
#include "private.h"

#include <wsipx.h>
#include <af_irda.h>

#include "base/alias.h"
#include "base/base.h"
#include "base/device.h"
#include "base/fastask.h"
#include "base/host.h"
#include "base/kept.h"
#include "base/message.h"
#include "base/option.h"
#include "guarded.h"
#include "record.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

union option_buffer
{
    DWORD number;
    UINT64 alignment;
    char bytes[OPTION_MAX];
};

static int fail(int error, int *err)
{
    *err = error;
    return SOCKET_ERROR;
}

static int device_outcome(NTSTATUS status)
{
    return status ? device_error(status) : 0;
}

static int host_option(enum ws2_unix_function function, SOCKET s, int level, int name, void *value,
                       ULONG *size)
{
    struct ws2_option params = {s, level, name, WS2_PTR(value), *size, 0};
    NTSTATUS status = unix_call(function, &params);

    *size = params.size;
    return status ? device_error(status) : params.error;
}

int host_option_get(SOCKET s, int level, int name, void *value, ULONG *size)
{
    int outcome = fast_option_get(s, level, name, value, size);

    if (outcome != FAST_ASK_DEVICE) return outcome;
    return host_option(WS2_OPTION_GET, s, level, name, value, size);
}

int host_option_set(SOCKET s, int level, int name, const void *value, ULONG size)
{
    int outcome = fast_option_set(s, level, name, value, size);

    if (outcome != FAST_ASK_DEVICE) return outcome;
    return host_option(WS2_OPTION_SET, s, level, name, (void *)value, &size);
}

/* Families that have a level to themselves. */
static BOOL has_level(int family, int level)
{
    switch (level)
    {
    case NSPROTO_IPX: return family == AF_IPX;
    case SOL_IRLMP: return family == AF_IRDA;
    default: return TRUE;
    }
}

/* Is the option there for this kind of socket? */
static int check_kind(const struct option *option, const struct afd_info *info)
{
    unsigned int kinds;

    switch (info->type)
    {
    case SOCK_STREAM: kinds = ON_STREAM; break;
    case SOCK_RAW: kinds = ON_RAW; break;
    default: kinds = info->family == AF_INET ? ON_DATAGRAM | ON_IPV4_DATAGRAM : ON_DATAGRAM; break;
    }
    if (option->kinds & (kinds | ON_NONE)) return 0;
    return option->level == IPPROTO_IP || option->level == IPPROTO_IPV6 ? WSAEINVAL : WSAENOPROTOOPT;
}

/* Devices other than the sockets' know no such request. */
int socket_info(SOCKET s, struct afd_info *info)
{
    NTSTATUS status = device_request(s, AFD_GET_INFO, NULL, 0, info, sizeof(*info), NULL);

    switch (status)
    {
    case STATUS_SUCCESS: return 0;
    case STATUS_NO_MEMORY:
    case STATUS_INSUFFICIENT_RESOURCES: return WSAENOBUFS;
    default: return WSAENOTSOCK;
    }
}

BOOL socket_info_noted(SOCKET s, struct afd_info *info)
{
    const struct socket_record *record = record_get(s);

    if (!record || !record->family) return FALSE;
    info->family = record->family;
    info->type = record->type;
    info->protocol = record->protocol;
    return TRUE;
}

/* Lanes that find out by themselves whether the handle still is a socket. */
static BOOL asks_anyway(const struct option *option, BOOL getting)
{
    if (option && getting && option->own_get == own_get_error) return TRUE;
    return option && !option->own_get && !option->own_set &&
           (option->lane == LANE_DEVICE || option->lane == LANE_DIRECT || option->lane == LANE_TIMEOUT ||
            option->lane == LANE_HOST);
}

/* Lanes that ask nobody, and have to be told whether the handle still is that socket. */
static BOOL asks_nobody(const struct option *option)
{
    switch (option ? option->lane : LANE_OWN)
    {
    case LANE_KNOWN: return TRUE;
    case LANE_KEPT: return !option->own_get && !option->own_set;
    case LANE_FIXED:
    case LANE_EMPTY: return TRUE;
    default: return FALSE;
    }
}

/* The socket's kind, from the record where that saves a request and a wrong note
 * would show; WSAENOTSOCK comes before any other error. */
static int begin_call(struct option_call *call, const struct option *option, SOCKET s, int level, int name,
                      BOOL getting)
{
    int error;

    call->socket = s;
    call->level = level;
    call->name = name;
    call->noted = FALSE;
    if (option && option->kinds & ON_NONE)
    {
        memset(&call->info, 0, sizeof(call->info));
        return 0;
    }
    if (!(asks_anyway(option, getting) && (call->noted = socket_info_noted(s, &call->info))) &&
        !(asks_nobody(option) && fast_known(s, WS2_LANE_OPTION) && socket_info_noted(s, &call->info)) &&
        (error = socket_info(s, &call->info)))
        return error;
    return has_level(call->info.family, level) ? 0 : WSAEINVAL;
}

/* An error of a call that went by the record may be that of a stale one. */
static int end_call(const struct option_call *call, int error)
{
    struct afd_info info;

    return error && call->noted && socket_info(call->socket, &info) ? WSAENOTSOCK : error;
}

static DWORD normalised(const struct option *option, DWORD value)
{
    return option->value == VALUE_BOOLEAN ? !!value : value;
}

static int direct_get(const struct option *option, struct option_call *call)
{
    if (!fast_option_get(call->socket, call->level, call->name, call->value, &call->size)) return 0;
    return device_outcome(
        device_request(call->socket, option->read, NULL, 0, call->value, call->size, &call->size));
}

static int direct_set(const struct option *option, struct option_call *call)
{
    if (!fast_option_set(call->socket, call->level, call->name, call->value, call->size)) return 0;
    return device_outcome(
        device_request(call->socket, option->write, call->value, call->size, NULL, 0, NULL));
}

/* Packets have the host's number until one is set. Programs expect Windows's, and set it again when
 * they have used another for a while. */
#define HOST_HOPS 64
#define WINDOWS_HOPS 128

static BOOL is_hops(const struct option *option)
{
    return option->write == AFD_SET_IP_TTL || option->write == AFD_SET_IPV6_UNICAST_HOPS;
}

static void direct_was_set(const struct option *option, SOCKET s, DWORD number)
{
    if (option->write == AFD_SET_SO_KEEPALIVE && number) probes_begin(s);
    if (is_hops(option)) kept_set(s, KEPT_HOPS, number != (DWORD)-1);
}

static int lane_get(const struct option *option, struct option_call *call)
{
    DWORD *number = call->value;
    int error;

    if (option->own_get) return option->own_get(call);
    switch (option->lane)
    {
    case LANE_DIRECT:
        if ((error = direct_get(option, call))) return error;
        if (is_hops(option) && *number == HOST_HOPS && !kept_get(call->socket, KEPT_HOPS, FALSE))
            *number = WINDOWS_HOPS;
        return 0;
    case LANE_TIMEOUT:
        if (!fast_timeout(call->socket, option->read, number)) break;
        /* fall through */
    case LANE_DEVICE:
        error = device_outcome(
            device_request(call->socket, option->read, NULL, 0, call->value, call->size, &call->size));
        if (!error && message_option_uninvited(call->socket, call->level, call->name)) *number = 0;
        return error;
    case LANE_HOST: return host_option_get(call->socket, call->level, call->name, call->value, &call->size);
    case LANE_KEPT:
    case LANE_KEPT_HOST: *number = kept_get(call->socket, option->read, option->write); break;
    case LANE_FIXED: *number = option->read; break;
    case LANE_EMPTY: call->size = 0; return 0;
    default: return WSAENOPROTOOPT;
    }
    call->size = sizeof(*number);
    return 0;
}

static int lane_set(const struct option *option, struct option_call *call)
{
    DWORD number = *(const DWORD *)call->value;
    int error;

    if (option->own_set && (error = option->own_set(call))) return error;
    switch (option->lane)
    {
    case LANE_DIRECT:
        if ((error = direct_set(option, call))) return error;
        direct_was_set(option, call->socket, number);
        return 0;
    case LANE_TIMEOUT:
    case LANE_DEVICE:
        message_option_set(call->socket, call->level, call->name);
        return device_outcome(
            device_request(call->socket, option->write, call->value, call->size, NULL, 0, NULL));
    case LANE_HOST: return host_option_set(call->socket, call->level, call->name, call->value, call->size);
    case LANE_KEPT_HOST:
        if ((error = host_option_set(call->socket, call->level, call->name, call->value, call->size)))
            return error;
        /* fall through */
    case LANE_KEPT: return kept_set(call->socket, option->read, number);
    case LANE_EMPTY: return call->size ? WSAEINVAL : 0;
    default: return 0;
    }
}

/* A buffer too short for the value, by the option's rule. */
static int refuse_short(const struct option *option, char *value, int length, int *len, ULONG needed)
{
    static const char zeros[4];
    int answer = length;

    if (option->get == GET_FULL_ZEROED) guarded_write(value, zeros, min(length, (int)sizeof(zeros)));
    if (option->get == GET_FULL_NONE) answer = 0;
    if (option->get == GET_FULL_ASKED) answer = needed;
    if (answer != length) guarded_write(len, &answer, sizeof(answer));
    return WSAEFAULT;
}

/* How much of the value is written, and the length that is reported. */
static void fit(const struct option *option, int length, ULONG size, ULONG *written, int *reported)
{
    *written = *reported = size;
    switch (option->get)
    {
    case GET_BYTE: *written = *reported = 1; break;
    case GET_SHRINK:
        if (length < (int)size) *written = *reported = 1;
        break;
    case GET_FLAG:
        if (length < (int)size)
        {
            *written = length;
            *reported = 1;
        }
        break;
    case GET_FULL_ASKED:
    case GET_FULL_KEPT: *reported = length; break;
    case GET_WHATEVER: *written = min(length, (int)size); break;
    }
}

static BOOL whole_only(const struct option *option)
{
    return option->get >= GET_FULL && option->get < GET_WHATEVER;
}

static ON_THE_WAY int get_option(const struct option *option, struct option_call *call, char *value,
                                 int length, int *len)
{
    union option_buffer buffer;
    int reported, error;
    ULONG written;

    if (option->get == GET_NEVER) return WSAENOPROTOOPT;
    if ((error = check_kind(option, &call->info))) return error;
    if (length < 0 && option->get == GET_FULL_SIGNED) length = OPTION_MAX;
    if (length <= 0) return WSAEFAULT;
    if (!value) return refuse_short(option, value, length, len, option->size);
    if (whole_only(option) && length < option->size)
        return refuse_short(option, value, length, len, option->size);

    buffer.number = 0;
    call->value = &buffer;
    call->size = option->get == GET_WHATEVER    ? min(length, OPTION_MAX)
                 : option->get == GET_FULL_KEPT ? (ULONG)length
                                                : option->size;
    call->place = value;
    if ((error = lane_get(option, call))) return error;
    if (option->value == VALUE_BOOLEAN) buffer.number = normalised(option, buffer.number);
    fit(option, length, call->size, &written, &reported);
    if (!guarded_write(value, &buffer, written) || !guarded_write(len, &reported, sizeof(reported)))
        return WSAEFAULT;
    return 0;
}

static ON_THE_WAY int get(SOCKET s, int level, int name, char *value, int *len, int *err)
{
    int length, error, unknown;
    const struct option *option = option_find(level, name, &unknown);
    struct option_call call;

    if ((error = begin_call(&call, option, s, level, name, TRUE))) return fail(error, err);
    if (!len || !guarded_read(&length, len, sizeof(length))) return fail(end_call(&call, WSAEFAULT), err);
    if (!option) return fail(unknown, err);
    if ((error = get_option(option, &call, value, length, len))) return fail(end_call(&call, error), err);
    return 0;
}

int WSPAPI base_getsockopt(SOCKET s, int level, int name, char *value, int *len, int *err)
{
    if (record_may_be_front(s)) return host_getsockopt(s, level, name, value, len, err);
    return get(s, level, name, value, len, err);
}

int front_getsockopt(SOCKET s, int level, int name, char *value, int *len, int *err)
{
    return get(s, level, name, value, len, err);
}

/* How many of the application's bytes count: 0 or an error. */
static int measure(const struct option *option, const char *value, int length, ULONG *taken)
{
    *taken = option->size;
    if (option->set == SET_WHATEVER)
    {
        if (length < 0) return WSAENOBUFS;
        *taken = min(length, OPTION_MAX);
        return *taken && !value ? WSAEFAULT : 0;
    }
    if (!value) return WSAEFAULT;
    if (length < 0)
    {
        BOOL lax = option->set == SET_FLAG || (option->set == SET_FULL && option->level == SOL_SOCKET);

        return lax ? 0 : WSAENOBUFS;
    }
    if (!length && option->set != SET_FLAG) return WSAEFAULT;
    if (option->set == SET_BYTE)
        *taken = 1;
    else if (length < option->size)
    {
        if (option->set == SET_FULL) return WSAEFAULT;
        *taken = length;
    }
    return 0;
}

static ON_THE_WAY int set_option(const struct option *option, struct option_call *call, const char *value,
                                 int length)
{
    union option_buffer buffer;
    ULONG taken;
    int error;

    if (option->set == SET_NEVER) return WSAENOPROTOOPT;
    if ((error = measure(option, value, length, &taken))) return error;
    if ((error = check_kind(option, &call->info))) return error;
    buffer.number = 0;
    if (!guarded_read(&buffer, value, taken)) return WSAEFAULT;
    if (option->value == VALUE_BOOLEAN) buffer.number = normalised(option, buffer.number);
    call->value = &buffer;
    call->size = option->set == SET_WHATEVER ? taken : option->size;
    return lane_set(option, call);
}

static ON_THE_WAY int set(SOCKET s, int level, int name, const char *value, int len, int *err)
{
    int error, unknown;
    const struct option *option = option_find(level, name, &unknown);
    struct option_call call;

    alias_record(s);
    if ((error = begin_call(&call, option, s, level, name, FALSE))) return fail(error, err);
    /* programs that pass a value for a pointer to it */
    if (len && value && IS_INTRESOURCE(value)) return fail(end_call(&call, WSAEFAULT), err);
    if (!option) return fail(unknown, err);
    if ((error = set_option(option, &call, value, len))) return fail(end_call(&call, error), err);
    return 0;
}

int WSPAPI base_setsockopt(SOCKET s, int level, int name, const char *value, int len, int *err)
{
    if (record_may_be_front(s)) return host_setsockopt(s, level, name, value, len, err);
    return set(s, level, name, value, len, err);
}

int front_setsockopt(SOCKET s, int level, int name, const char *value, int len, int *err)
{
    return set(s, level, name, value, len, err);
}
