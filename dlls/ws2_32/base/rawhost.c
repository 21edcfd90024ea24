/*
 * Raw sockets of protocols that the device does not know, over fronts of the device.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/base.h"
#include "base/device.h"
#include "base/option.h"
#include "base/rawhost.h"
#include "base/rawnote.h"
#include "catalog.h"
#include "guarded.h"
#include "record.h"
#include "thread.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define OPTION_ROOM 256

static struct notes sockets = NOTES_OF(struct raw_socket);

/* Those that SIO_RCVALL is for: only here do they receive everything. */
static BOOL is_for_all(int family, int protocol)
{
    return protocol == IPPROTO_IP || (family == AF_INET6 && protocol == IPPROTO_IPV6);
}

/* The protocols that the device takes are not these. */
BOOL rawhost_kind(int family, int type, int protocol)
{
    static const BYTE known[] = {IPPROTO_IP,  IPPROTO_ICMP, IPPROTO_IGMP, 4 /* IPv4 */,
                                 IPPROTO_TCP, IPPROTO_UDP,  IPPROTO_IPV6, IPPROTO_RAW};
    unsigned int i;

    if (type != SOCK_RAW || (family != AF_INET && family != AF_INET6)) return FALSE;
    if (is_for_all(family, protocol)) return TRUE;
    for (i = 0; i < ARRAY_COUNT(known); i++)
        if (known[i] == protocol) return FALSE;
    return TRUE;
}

BOOL rawhost_is(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && record->flags & RECORD_RAW_HOST;
}

BOOL raw_look(SOCKET s, struct raw_socket *copy)
{
    return notes_look(&sockets, s, copy);
}

int raw_call(enum ws2_unix_function function, struct ws2_packet *params)
{
    NTSTATUS status = unix_call(function, params);

    return status ? device_error(status) : params->error;
}

static int fail(int error, int *err)
{
    *err = error;
    return SOCKET_ERROR;
}

static uint32_t unlink_socket(SOCKET s)
{
    struct note *gone = notes_take(&sockets, s);
    uint32_t id = gone ? gone->id : 0;

    raw_forget_receives(s);
    heap_free(gone);
    return id;
}

void rawhost_closed(uint32_t id)
{
    struct ws2_packet params = {.id = id};

    if (id) raw_call(WS2_PACKET_CLOSE, &params);
}

uint32_t rawhost_closing(SOCKET s)
{
    return rawhost_is(s) ? unlink_socket(s) : 0;
}

/* Windows keeps echo requests from raw sockets. */
static void without_requests(uint32_t id)
{
    const DWORD on = 1;
    struct ws2_packet params = {.id = id,
                                .level = IPPROTO_IPV6,
                                .name = WS2_OPTION_NO_REQUESTS,
                                .address = WS2_PTR(&on),
                                .address_size = sizeof(on)};

    raw_call(WS2_PACKET_SET, &params);
}

SOCKET rawhost_socket(const WSAPROTOCOL_INFOW *info, int protocol, GROUP group, DWORD flags, int *err)
{
    struct ws2_packet params = {.family = info->iAddressFamily, .type = SOCK_RAW, .protocol = protocol};
    struct raw_socket *raw;
    struct socket_record *record;
    SOCKET s;
    int ignored;

    if ((*err = raw_call(WS2_PACKET_OPEN, &params))) return INVALID_SOCKET;
    if (protocol == IPPROTO_ICMPV6) without_requests(params.id);
    s = base_socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP, NULL, group, flags, err);
    if (s == INVALID_SOCKET)
    {
        rawhost_closed(params.id);
        return s;
    }
    rawhost_closed(unlink_socket(s)); /* of a handle that was closed unseen */
    if (!(raw = heap_zalloc(sizeof(*raw))) || !(record = record_get(s)))
    {
        heap_free(raw);
        base_close_socket(s, &ignored);
        rawhost_closed(params.id);
        *err = WSAENOBUFS;
        return INVALID_SOCKET;
    }
    raw->note.handle = s;
    raw->note.id = params.id;
    raw->family = info->iAddressFamily;
    raw->protocol = protocol;
    notes_add(&sockets, &raw->note);
    record->catalog_id = info->dwCatalogEntryId;
    record_set_flags(record, RECORD_RAW_HOST);
    return s;
}

int raw_address_size(const struct raw_socket *raw)
{
    return raw->family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
}

static int take_address(const struct raw_socket *raw, const struct sockaddr *addr, int len,
                        SOCKADDR_STORAGE *to)
{
    memset(to, 0, sizeof(*to));
    if (!addr || len < raw_address_size(raw) || !guarded_read(to, addr, raw_address_size(raw)))
        return WSAEFAULT;
    return to->ss_family == raw->family ? 0 : WSAEAFNOSUPPORT;
}

static DWORD WINAPI run_packets(void *unused)
{
    struct ws2_packet params = {.runner = TRUE};

    (void)unused;
    raw_call(WS2_PACKET_RUN, &params);
    return 0;
}

static int start_runner(void)
{
    struct ws2_packet params = {.runner = FALSE};

    if (thread_start(run_packets, NULL)) return 0;
    raw_call(WS2_PACKET_RUN, &params);
    return WSAENOBUFS;
}

/* The front is bound, and from then on hears what the host socket does. */
static int start(struct raw_socket *raw)
{
    SOCKADDR_IN front = {.sin_family = AF_INET, .sin_addr.s_addr = 0x0100007f};
    struct ws2_packet params = {.id = raw->note.id, .handle = raw->note.handle};
    ULONG len;
    int error;

    if (raw->started) return 0;
    /* a send that failed may have bound it */
    if (base_bind(raw->note.handle, (struct sockaddr *)&front, sizeof(front), &error) && error != WSAEINVAL)
        return error;
    if (device_request(raw->note.handle, AFD_GETSOCKNAME, NULL, 0, &front, sizeof(front), &len))
        return WSAENETDOWN;
    params.front_port = front.sin_port;
    if ((error = raw_call(WS2_PACKET_START, &params))) return error;
    if (params.runner && (error = start_runner())) return error;
    raw->started = TRUE;
    notes_update(&sockets, &raw->note);
    return 0;
}

int rawhost_bind(SOCKET s, const struct sockaddr *addr, int len, int *err)
{
    struct ws2_packet params;
    struct raw_socket raw;
    SOCKADDR_STORAGE name;

    if (!raw_look(s, &raw)) return fail(WSAENOTSOCK, err);
    if ((*err = take_address(&raw, addr, len, &name))) return SOCKET_ERROR;
    if (raw.started) return fail(WSAEINVAL, err);
    params = (struct ws2_packet){
        .id = raw.note.id, .address = WS2_PTR(&name), .address_size = raw_address_size(&raw)};
    if ((*err = raw_call(WS2_PACKET_BIND, &params)) || (*err = start(&raw))) return SOCKET_ERROR;
    return 0;
}

/* Where the front has to send to for an address to get it. */
static int find_target(const struct raw_socket *raw, const SOCKADDR_STORAGE *addr, SOCKADDR_IN *target)
{
    struct ws2_packet params = {
        .id = raw->note.id, .address = WS2_PTR(addr), .address_size = raw_address_size(raw)};
    int error = raw_call(WS2_PACKET_TARGET, &params);

    memset(target, 0, sizeof(*target));
    target->sin_family = AF_INET;
    target->sin_addr.s_addr = params.front_address;
    target->sin_port = params.front_port;
    return error;
}

/* A connected socket hears its peer only; AF_UNSPEC ends that. */
int rawhost_connect(SOCKET s, const struct sockaddr *addr, int len, int *err)
{
    struct ws2_packet params;
    struct raw_socket raw;
    SOCKADDR_STORAGE name;
    SOCKADDR_IN target = {.sin_family = AF_UNSPEC};
    USHORT family;

    if (!raw_look(s, &raw)) return fail(WSAENOTSOCK, err);
    if (!addr || len < (int)sizeof(family) || !guarded_read(&family, addr, sizeof(family)))
        return fail(WSAEFAULT, err);
    params = (struct ws2_packet){.id = raw.note.id};
    if (family)
    {
        if ((*err = take_address(&raw, addr, len, &name)) || (*err = start(&raw)) ||
            (*err = find_target(&raw, &name, &target)))
            return SOCKET_ERROR;
        params.address = WS2_PTR(&name);
        params.address_size = raw_address_size(&raw);
    }
    if ((*err = raw_call(WS2_PACKET_CONNECT, &params))) return SOCKET_ERROR;
    if (base_connect(s, (struct sockaddr *)&target, sizeof(target), NULL, NULL, NULL, NULL, err))
        return SOCKET_ERROR;
    raw.peer_len = family ? raw_address_size(&raw) : 0;
    if (family) raw.peer = name;
    notes_update(&sockets, &raw.note);
    return 0;
}

int raw_give_name(const SOCKADDR_STORAGE *name, int size, struct sockaddr *addr, int *len)
{
    int room;

    if (!addr || !len || !guarded_read(&room, len, sizeof(room)) || room < size) return WSAEFAULT;
    return guarded_write(addr, name, size) && guarded_write(len, &size, sizeof(size)) ? 0 : WSAEFAULT;
}

/* The same, for calls that return SOCKET_ERROR. */
static int give_name(const SOCKADDR_STORAGE *name, int size, struct sockaddr *addr, int *len, int *err)
{
    *err = raw_give_name(name, size, addr, len);
    return *err ? SOCKET_ERROR : 0;
}

int rawhost_getsockname(SOCKET s, struct sockaddr *addr, int *len, int *err)
{
    struct ws2_packet params;
    struct raw_socket raw;
    SOCKADDR_STORAGE name;

    if (!raw_look(s, &raw)) return fail(WSAENOTSOCK, err);
    if (!raw.started) return fail(WSAEINVAL, err);
    params = (struct ws2_packet){.id = raw.note.id, .address = WS2_PTR(&name), .address_size = sizeof(name)};
    if ((*err = raw_call(WS2_PACKET_NAME, &params))) return SOCKET_ERROR;
    return give_name(&name, params.address_size, addr, len, err);
}

int rawhost_getpeername(SOCKET s, struct sockaddr *addr, int *len, int *err)
{
    struct raw_socket raw;

    if (!raw_look(s, &raw)) return fail(WSAENOTSOCK, err);
    if (!raw.peer_len) return fail(WSAENOTCONN, err);
    return give_name(&raw.peer, raw.peer_len, addr, len, err);
}

/* What is one number needs room for it. */
static BOOL is_cut(int level, int name, int length)
{
    int ignored;
    const struct option *option = option_find(level, name, &ignored);

    return option && option->get == GET_FULL && length < option->size;
}

int rawhost_tap(SOCKET s, uint32_t flags)
{
    struct raw_socket raw;
    struct ws2_packet params;

    if (!raw_look(s, &raw)) return WSAENOTSOCK;
    if (!raw.started) return WSAEINVAL;
    if (!is_for_all(raw.family, raw.protocol)) return 0;
    params = (struct ws2_packet){.id = raw.note.id, .level = flags};
    return raw_call(WS2_PACKET_TAP, &params);
}

static int give_option(const void *from, int size, char *value, int *len, int *err)
{
    int room;

    if (!len || !guarded_read(&room, len, sizeof(room)) || room <= 0) return fail(WSAEFAULT, err);
    size = min(size, room);
    if (!guarded_write(value, from, size) || !guarded_write(len, &size, sizeof(size)))
        return fail(WSAEFAULT, err);
    return 0;
}

/* SOL_SOCKET's are the front's, but for what it is; the protocols' are the host socket's. */
int rawhost_getsockopt(SOCKET s, int level, int name, char *value, int *len, int *err)
{
    static const DWORD raw_type = SOCK_RAW;
    union
    {
        UINT64 alignment;
        DWORD number;
        char bytes[OPTION_ROOM];
    } option = {0};
    struct ws2_packet params;
    struct raw_socket raw;
    int room;

    if (level == SOL_SOCKET && name == SO_TYPE)
        return give_option(&raw_type, sizeof(raw_type), value, len, err);
    if (level == SOL_SOCKET) return front_getsockopt(s, level, name, value, len, err);
    if (!raw_look(s, &raw)) return fail(WSAENOTSOCK, err);
    if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY)
    {
        option.number = !raw.both;
        return give_option(&option, sizeof(option.number), value, len, err);
    }
    params = (struct ws2_packet){.id = raw.note.id,
                                 .level = level,
                                 .name = name,
                                 .address = WS2_PTR(&option),
                                 .address_size = sizeof(option)};
    if (!len || !guarded_read(&room, len, sizeof(room)) || is_cut(level, name, room))
        return fail(WSAEFAULT, err);
    if ((*err = raw_call(WS2_PACKET_GET, &params))) return SOCKET_ERROR;
    return give_option(&option, params.address_size, value, len, err);
}

int rawhost_setsockopt(SOCKET s, int level, int name, const char *value, int len, int *err)
{
    union
    {
        UINT64 alignment;
        DWORD number;
        char bytes[OPTION_ROOM];
    } option = {0};
    struct ws2_packet params;
    struct raw_socket raw;

    if (level == SOL_SOCKET) return front_setsockopt(s, level, name, value, len, err);
    if (!raw_look(s, &raw)) return fail(WSAENOTSOCK, err);
    len = min(len, OPTION_ROOM);
    if (!value || len <= 0 || is_cut(level, name, len) || !guarded_read(&option, value, len))
        return fail(WSAEFAULT, err);
    if (level == IPPROTO_IPV6 && name == IPV6_V6ONLY)
    {
        raw.both = !option.number;
        notes_update(&sockets, &raw.note);
        return 0;
    }
    params = (struct ws2_packet){.id = raw.note.id,
                                 .level = level,
                                 .name = name,
                                 .address = WS2_PTR(&option),
                                 .address_size = max(len, (int)sizeof(DWORD))};
    *err = raw_call(WS2_PACKET_SET, &params);
    return *err ? SOCKET_ERROR : 0;
}

int rawhost_sendto(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                   const struct sockaddr *addr, int len, WSAOVERLAPPED *overlapped,
                   LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err)
{
    struct raw_socket raw;
    SOCKADDR_STORAGE name;
    SOCKADDR_IN target;

    if (!addr || !rawhost_is(s) || !raw_look(s, &raw))
        return front_sendto(s, buffers, count, done, flags, addr, len, overlapped, routine, err);
    if ((*err = take_address(&raw, addr, len, &name)) || (*err = start(&raw)) ||
        (*err = find_target(&raw, &name, &target)))
        return SOCKET_ERROR;
    return front_sendto(s, buffers, count, done, flags, (struct sockaddr *)&target, sizeof(target),
                        overlapped, routine, err);
}

int rawhost_sendmsg(SOCKET s, const WSAMSG *msg, DWORD flags, DWORD *done, WSAOVERLAPPED *overlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
{
    WSAMSG copy;
    int err = 0;

    if (!msg || !guarded_read(&copy, msg, sizeof(copy))) return WSAEFAULT;
    if (copy.Control.len && copy.Control.buf) return WSAEOPNOTSUPP;
    if (rawhost_sendto(s, copy.lpBuffers, copy.dwBufferCount, done, flags, copy.name, copy.namelen,
                       overlapped, routine, &err))
        return err;
    return 0;
}

void rawhost_leave(void)
{
    if (sockets.first) unix_call(WS2_PACKET_LEAVE, NULL);
}
