/*
 * The catalog of protocols, put together from what the host can do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Windows keeps its catalog in the registry and fills it at installation. Here
 * the base providers' entries are a table of what Windows 10 lists, each with
 * the host's capability that it stands on; the host is asked once a process,
 * and only when an answer depends on it.
 */
#include "private.h"

#include <af_irda.h>
#include <wsipx.h>

#include "bluetooth.h"
#include "catalog.h"
#include "config.h"
#include "layer.h"
#include "startup.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define FAMILY_UNIX 1
#define FAMILY_HYPERV 34

/* sizeof(SOCKADDR_HV) and SOCKADDR_UN, which Wine's headers lack. */
#define SOCKADDR_HV_SIZE 36
#define SOCKADDR_UN_SIZE 110

#define FLAGS_CONNECTED \
    (XP1_IFS_HANDLES | XP1_GRACEFUL_CLOSE | XP1_GUARANTEED_ORDER | XP1_GUARANTEED_DELIVERY)
#define FLAGS_MESSAGES (FLAGS_CONNECTED | XP1_MESSAGE_ORIENTED)
#define FLAGS_TCP (FLAGS_CONNECTED | XP1_EXPEDITED_DATA)
#define FLAGS_IRDA (XP1_IFS_HANDLES | XP1_GUARANTEED_ORDER | XP1_GUARANTEED_DELIVERY)
#define FLAGS_DATAGRAM                                                                         \
    (XP1_IFS_HANDLES | XP1_SUPPORT_MULTIPOINT | XP1_SUPPORT_BROADCAST | XP1_MESSAGE_ORIENTED | \
     XP1_CONNECTIONLESS)

#define BASE_PATH "%SystemRoot%\\system32\\mswsock.dll"

#define HIDDEN (PFL_MATCHES_PROTOCOL_ZERO | PFL_HIDDEN)

/* clang-format off */
#define GUID_IPV4 {0xe70f1aa0, 0xab8b, 0x11cf, {0x8c, 0xa3, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92}}
#define GUID_IPV6 {0xf9eab0c0, 0x26d4, 0x11d0, {0xbb, 0xbf, 0x00, 0xaa, 0x00, 0x6c, 0x34, 0xe4}}
#define GUID_UNIX {0xa00943d9, 0x9c2e, 0x4633, {0x9b, 0x59, 0x00, 0x57, 0xa3, 0x16, 0x09, 0x94}}
#define GUID_HYPERV {0x1234191b, 0x4bf7, 0x4ca7, {0x86, 0xe0, 0xdf, 0xd7, 0xc3, 0x2b, 0x54, 0x45}}
#define GUID_BTH {0x9fc48064, 0x7298, 0x43e4, {0xb7, 0xbd, 0x18, 0x1f, 0x20, 0x89, 0x79, 0x2a}}
#define GUID_IRDA {0x3972523d, 0x2af1, 0x11d1, {0xb6, 0x55, 0x00, 0x80, 0x5f, 0x36, 0x42, 0xcc}}
#define GUID_IPX {0x11058240, 0xbe47, 0x11cf, {0x95, 0xc8, 0x00, 0x80, 0x5f, 0x48, 0xa1, 0x92}}
/* clang-format on */

/* max_message is dwMessageSize: 0 for streams, otherwise bytes. */
#define ENTRY(id, guid, name, family, max_addr, min_addr, type, protocol, max_offset, flags, match, \
              max_message)                                                                          \
    {                                                                                               \
        .dwServiceFlags1 = (flags), .dwProviderFlags = (match), .ProviderId = guid,                 \
        .dwCatalogEntryId = (id), .ProtocolChain.ChainLen = BASE_PROTOCOL, .iVersion = 2,           \
        .iAddressFamily = (family), .iMaxSockAddr = (max_addr), .iMinSockAddr = (min_addr),         \
        .iSocketType = (type), .iProtocol = (protocol), .iProtocolMaxOffset = (max_offset),         \
        .iNetworkByteOrder = BIGENDIAN, .iSecurityScheme = SECURITY_PROTOCOL_NONE,                  \
        .dwMessageSize = (max_message), .szProtocol = name                                          \
    }

/* The order is the one in which WSASocket looks and WSAEnumProtocols lists. */
static const struct
{
    uint32_t needs; /* WS2_CAN_* */
    WSAPROTOCOL_INFOW info;
} base_entries[] = {
    {WS2_CAN_IPV4, ENTRY(1001, GUID_IPV4, L"MSAFD Tcpip [TCP/IP]", AF_INET, 16, 16, SOCK_STREAM, IPPROTO_TCP,
                         0, FLAGS_TCP, PFL_MATCHES_PROTOCOL_ZERO, 0)},
    {WS2_CAN_IPV4, ENTRY(1002, GUID_IPV4, L"MSAFD Tcpip [UDP/IP]", AF_INET, 16, 16, SOCK_DGRAM, IPPROTO_UDP,
                         0, FLAGS_DATAGRAM, PFL_MATCHES_PROTOCOL_ZERO, 0xffbb)},
    {WS2_CAN_IPV4, ENTRY(1003, GUID_IPV4, L"MSAFD Tcpip [RAW/IP]", AF_INET, 16, 16, SOCK_RAW, 0, 255,
                         FLAGS_DATAGRAM, HIDDEN, 0x8000)},
    {WS2_CAN_IPV6, ENTRY(1004, GUID_IPV6, L"MSAFD Tcpip [TCP/IPv6]", AF_INET6, 28, 28, SOCK_STREAM,
                         IPPROTO_TCP, 0, FLAGS_TCP, PFL_MATCHES_PROTOCOL_ZERO, 0)},
    {WS2_CAN_IPV6, ENTRY(1005, GUID_IPV6, L"MSAFD Tcpip [UDP/IPv6]", AF_INET6, 28, 28, SOCK_DGRAM,
                         IPPROTO_UDP, 0, FLAGS_DATAGRAM, PFL_MATCHES_PROTOCOL_ZERO, 0xffbb)},
    {WS2_CAN_IPV6, ENTRY(1006, GUID_IPV6, L"MSAFD Tcpip [RAW/IPv6]", AF_INET6, 28, 28, SOCK_RAW, 0, 255,
                         FLAGS_DATAGRAM, HIDDEN, 0x8000)},
    {WS2_CAN_VSOCK, ENTRY(1007, GUID_HYPERV, L"Hyper-V RAW", FAMILY_HYPERV, SOCKADDR_HV_SIZE,
                          SOCKADDR_HV_SIZE, SOCK_STREAM, 1, 0, FLAGS_CONNECTED, 0, 0)},
    {WS2_CAN_UNIX, ENTRY(1008, GUID_UNIX, L"AF_UNIX", FAMILY_UNIX, SOCKADDR_UN_SIZE, 2, SOCK_STREAM, 0, 0,
                         FLAGS_CONNECTED, PFL_MATCHES_PROTOCOL_ZERO, 0)},
    {WS2_CAN_L2CAP, ENTRY(1009, GUID_BTH, L"MSAFD L2CAP [Bluetooth]", FAMILY_BTH, sizeof(struct sockaddr_bth),
                          sizeof(struct sockaddr_bth), SOCK_STREAM, 0x100, 0, FLAGS_CONNECTED, 0, 0)},
    {WS2_CAN_RFCOMM,
     ENTRY(1010, GUID_BTH, L"MSAFD RfComm [Bluetooth]", FAMILY_BTH, sizeof(struct sockaddr_bth),
           sizeof(struct sockaddr_bth), SOCK_STREAM, 3, 0, FLAGS_CONNECTED, PFL_MATCHES_PROTOCOL_ZERO, 0)},
    {WS2_CAN_IRDA, ENTRY(1011, GUID_IRDA, L"MSAFD Irda [IrDA]", AF_IRDA, sizeof(SOCKADDR_IRDA), 8,
                         SOCK_STREAM, 1, 0, FLAGS_IRDA, PFL_MATCHES_PROTOCOL_ZERO, 0)},
    {WS2_CAN_IPX, ENTRY(1012, GUID_IPX, L"MSAFD nwlnkipx [IPX]", AF_IPX, 16, sizeof(SOCKADDR_IPX), SOCK_DGRAM,
                        NSPROTO_IPX, 255, FLAGS_DATAGRAM, PFL_MATCHES_PROTOCOL_ZERO, 576)},
    {WS2_CAN_UNIX_PACKETS,
     ENTRY(1013, GUID_UNIX, L"AF_UNIX [SEQPACKET]", FAMILY_UNIX, SOCKADDR_UN_SIZE, 2, SOCK_SEQPACKET, 0, 0,
           FLAGS_MESSAGES, PFL_MATCHES_PROTOCOL_ZERO, WS2_HOST_MESSAGE_MAX)},
    {WS2_CAN_VSOCK_PACKETS,
     ENTRY(1014, GUID_HYPERV, L"Hyper-V RAW [SEQPACKET]", FAMILY_HYPERV, SOCKADDR_HV_SIZE, SOCKADDR_HV_SIZE,
           SOCK_SEQPACKET, 1, 0, FLAGS_MESSAGES, 0, WS2_HOST_MESSAGE_MAX)},
};

/* Lookups take the internet families for granted, so that a process that only
 * makes such sockets never pays for the probe; a host without one says so when
 * the socket is made. */
#define FOR_GRANTED (WS2_CAN_IPV4 | WS2_CAN_IPV6)

#define PROBED 0x80000000u

/* Those that are wanted; *answer keeps them. Threads that meet here all find the same. */
static uint32_t capabilities(LONG *answer, uint32_t wanted)
{
    struct ws2_probe probe = {.wanted = wanted};
    uint32_t can = ReadNoFence(answer);

    if (!(can & PROBED))
    {
        if (unix_call(WS2_PROBE, &probe)) probe.can = wanted & FOR_GRANTED;
        can = probe.can | PROBED;
        InterlockedExchange(answer, can);
        TRACE("host capabilities %#x of %#x\n", probe.can, wanted);
    }
    return can & ~PROBED;
}

uint32_t catalog_capabilities(void)
{
    static LONG answer;

    return capabilities(&answer, ~PROBED);
}

BOOL catalog_has_bluetooth(void)
{
    static LONG answer;

    return capabilities(&answer, WS2_CAN_RFCOMM | WS2_CAN_L2CAP) != 0;
}

static BOOL entry_usable(unsigned int i)
{
    return (base_entries[i].needs & FOR_GRANTED) || (base_entries[i].needs & catalog_capabilities());
}

static BOOL protocol_matches(const WSAPROTOCOL_INFOW *info, int protocol)
{
    if (!protocol) return !!(info->dwProviderFlags & PFL_MATCHES_PROTOCOL_ZERO);
    return protocol >= info->iProtocol && protocol - info->iProtocol <= info->iProtocolMaxOffset;
}

/* A search through entries, and what was met on the way: Windows looks at the type,
 * then the family, then the protocol, and reports the first of them that no entry has
 * together with those before it. A stream of an unknown family is WSAEAFNOSUPPORT, TCP
 * over a datagram socket WSAEPROTONOSUPPORT. Nothing to go by but the type is WSAEINVAL. */
struct search
{
    int family, type, protocol;
    BOOL type_known, family_known;
};

/* Whether an entry may tell the search anything; it need not be usable. */
static BOOL search_concerns(const struct search *search, const WSAPROTOCOL_INFOW *info)
{
    if (search->type && search->type != info->iSocketType) return FALSE;
    /* Windows has no such entries, so they tell nothing to who looks for another family */
    if (info->iSocketType == SOCK_SEQPACKET && search->family != info->iAddressFamily) return FALSE;
    return !search->type_known || !search->family || search->family == info->iAddressFamily;
}

static BOOL search_matches(struct search *search, const WSAPROTOCOL_INFOW *info)
{
    search->type_known = TRUE;
    if (search->family && search->family != info->iAddressFamily) return FALSE;
    search->family_known = TRUE;
    return protocol_matches(info, search->protocol);
}

static int search_error(const struct search *search)
{
    if (!search->family && !search->protocol) return WSAEINVAL;
    if (!search->type_known) return WSAESOCKTNOSUPPORT;
    return search->family_known ? WSAEPROTONOSUPPORT : WSAEAFNOSUPPORT;
}

const WSAPROTOCOL_INFOW *catalog_find(int family, int type, int protocol, int *err)
{
    struct search search = {.family = family, .type = type, .protocol = protocol};
    unsigned int i;

    for (i = 0; (family || protocol) && i < ARRAY_COUNT(base_entries); i++)
    {
        const WSAPROTOCOL_INFOW *info = &base_entries[i].info;

        if (search_concerns(&search, info) && entry_usable(i) && search_matches(&search, info)) return info;
    }
    *err = search_error(&search);
    return NULL;
}

const struct catalog_item *catalog_find_in(const struct catalog_item *items, unsigned int count, int family,
                                           int type, int protocol, int *err)
{
    struct search search = {.family = family, .type = type, .protocol = protocol};
    unsigned int i;

    for (i = 0; (family || protocol) && i < count; i++)
    {
        const WSAPROTOCOL_INFOW *info = &items[i].info;

        if (info->ProtocolChain.ChainLen == LAYERED_PROTOCOL) continue;
        if (search_concerns(&search, info) && search_matches(&search, info)) return &items[i];
    }
    *err = search_error(&search);
    return NULL;
}

const WSAPROTOCOL_INFOW *catalog_by_id(DWORD id)
{
    unsigned int i;

    for (i = 0; i < ARRAY_COUNT(base_entries); i++)
        if (base_entries[i].info.dwCatalogEntryId == id && entry_usable(i)) return &base_entries[i].info;
    return NULL;
}

BOOL catalog_base_item(unsigned int index, struct catalog_item *item)
{
    uint32_t can = catalog_capabilities();
    unsigned int i;

    for (i = 0; i < ARRAY_COUNT(base_entries); i++)
    {
        if (!(base_entries[i].needs & can) || index--) continue;
        item->info = base_entries[i].info;
        strcpy(item->path, BASE_PATH);
        return TRUE;
    }
    return FALSE;
}

static BOOL is_base_id(DWORD id)
{
    return id < CATALOG_FIRST_FREE_ID;
}

static int find_item(const struct catalog_item *items, unsigned int count, DWORD id)
{
    unsigned int i;

    for (i = 0; i < count; i++)
        if (items[i].info.dwCatalogEntryId == id) return i;
    return -1;
}

/* What is stored has its order; base entries in it stand for what the host
 * offers today, and those it does not know come last. */
BOOL catalog_load(enum store_width width, struct catalog_item **items, unsigned int *count)
{
    struct catalog_item base[ARRAY_COUNT(base_entries)], *stored, *all;
    unsigned int i, base_count = 0, stored_count, total = 0;
    int at;

    while (catalog_base_item(base_count, &base[base_count])) base_count++;
    store_lock();
    stored_count = store_read_protocols(width, &stored);
    store_unlock();

    if ((all = heap_alloc((base_count + stored_count + 1) * sizeof(*all))))
    {
        for (i = 0; i < stored_count; i++)
        {
            if (find_item(all, total, stored[i].info.dwCatalogEntryId) >= 0) continue;
            at = find_item(base, base_count, stored[i].info.dwCatalogEntryId);
            if (at >= 0)
                all[total++] = base[at];
            else if (!is_base_id(stored[i].info.dwCatalogEntryId))
                all[total++] = stored[i];
        }
        for (i = 0; i < base_count; i++)
            if (find_item(all, total, base[i].info.dwCatalogEntryId) < 0) all[total++] = base[i];
    }
    heap_free(stored);
    *items = all;
    *count = total;
    return all != NULL;
}

/* Applications see what sockets can be made of: no layered protocols, which are
 * of use in chains only, and nothing hidden. Providers see everything. */
enum view
{
    VIEW_APPLICATION,
    VIEW_PROVIDER
};

static BOOL visible(const WSAPROTOCOL_INFOW *info, enum view view)
{
    if (view == VIEW_PROVIDER) return TRUE;
    return info->ProtocolChain.ChainLen != LAYERED_PROTOCOL && !(info->dwProviderFlags & PFL_HIDDEN);
}

static BOOL in_filter(const int *filter, int protocol)
{
    if (!filter) return TRUE;
    for (; *filter; filter++)
        if (*filter == protocol) return TRUE;
    return FALSE;
}

static void copy_wide(const WSAPROTOCOL_INFOW *info, void *to)
{
    memcpy(to, info, sizeof(*info));
}

static void copy_ansi(const WSAPROTOCOL_INFOW *info, void *to)
{
    WSAPROTOCOL_INFOA *ansi = to;

    memcpy(ansi, info, offsetof(WSAPROTOCOL_INFOA, szProtocol));
    if (!WideCharToMultiByte(CP_ACP, 0, info->szProtocol, -1, ansi->szProtocol, sizeof(ansi->szProtocol),
                             NULL, NULL))
        ansi->szProtocol[0] = 0;
}

struct protocol_form
{
    SIZE_T size;
    void (*copy)(const WSAPROTOCOL_INFOW *info, void *to);
};

static const struct protocol_form wide_form = {sizeof(WSAPROTOCOL_INFOW), copy_wide};
static const struct protocol_form ansi_form = {sizeof(WSAPROTOCOL_INFOA), copy_ansi};

/* Puts those that were asked for at the front; their number. */
static unsigned int pick(struct catalog_item *items, unsigned int count, const int *filter, enum view view)
{
    unsigned int i, picked = 0;

    for (i = 0; i < count; i++)
        if (visible(&items[i].info, view) && in_filter(filter, items[i].info.iProtocol))
            items[picked++] = items[i];
    return picked;
}

/* The number of entries, or SOCKET_ERROR with *err: WSAENOBUFS with the bytes
 * needed in *size when the buffer, which may be NULL, is too small. */
static int list_protocols(enum store_width width, enum view view, const struct protocol_form *form,
                          const int *filter, void *buffer, DWORD *size, int *err)
{
    volatile int ret = SOCKET_ERROR;
    volatile int error = 0;
    struct catalog_item *items;
    unsigned int count;

    if (!catalog_load(width, &items, &count))
    {
        *err = WSA_NOT_ENOUGH_MEMORY;
        return SOCKET_ERROR;
    }
    __TRY
    {
        unsigned int i;

        GUARD_BEGIN;
        if (view == VIEW_APPLICATION && store_has_protocols()) count = layer_keep_permitted(items, count);
        count = pick(items, count, filter, view);
        if (!buffer || *size < count * form->size)
        {
            *size = count * form->size;
            error = WSAENOBUFS;
        }
        else
        {
            for (i = 0; i < count; i++) form->copy(&items[i].info, (BYTE *)buffer + i * form->size);
            ret = count;
        }
        GUARD_END;
    }
    __EXCEPT_PAGE_FAULT
    {
        ret = SOCKET_ERROR;
        error = WSAEFAULT;
    }
    __ENDTRY
    heap_free(items);
    *err = error;
    return ret;
}

static int list_for_application(const struct protocol_form *form, const int *filter, void *buffer,
                                DWORD *size)
{
    int err, ret;

    if (!startup_done()) return SOCKET_ERROR;
    ret = list_protocols(STORE_NATIVE, VIEW_APPLICATION, form, filter, buffer, size, &err);
    SetLastError(err);
    return ret;
}

/* protocols is 0-terminated, or NULL for all; *size is bytes. */
int WINAPI WSAEnumProtocolsA(int *protocols, WSAPROTOCOL_INFOA *buffer, DWORD *size)
{
    TRACE("protocols %p, buffer %p, size %p\n", protocols, buffer, size);
    return list_for_application(&ansi_form, protocols, buffer, size);
}

int WINAPI WSAEnumProtocolsW(int *protocols, WSAPROTOCOL_INFOW *buffer, DWORD *size)
{
    TRACE("protocols %p, buffer %p, size %p\n", protocols, buffer, size);
    return list_for_application(&wide_form, protocols, buffer, size);
}

/* The WSC calls need no WSAStartup, and report through *err. */
static int list_for_provider(enum store_width width, const int *filter, WSAPROTOCOL_INFOW *buffer,
                             DWORD *size, int *err)
{
    int error, ret = list_protocols(width, VIEW_PROVIDER, &wide_form, filter, buffer, size, &error);

    return config_result(ret, error, err);
}

int WINAPI WSCEnumProtocols(int *protocols, WSAPROTOCOL_INFOW *buffer, DWORD *size, int *err)
{
    TRACE("protocols %p, buffer %p, size %p, err %p\n", protocols, buffer, size, err);
    return list_for_provider(STORE_NATIVE, protocols, buffer, size, err);
}

int WINAPI WSCEnumProtocols32(int *protocols, WSAPROTOCOL_INFOW *buffer, DWORD *size, int *err)
{
    TRACE("protocols %p, buffer %p, size %p, err %p\n", protocols, buffer, size, err);
    return list_for_provider(STORE_32, protocols, buffer, size, err);
}
