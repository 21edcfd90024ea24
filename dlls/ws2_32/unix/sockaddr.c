/*
 * Windows's socket addresses and numbers to the host's and back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One row a family. Windows's structures are copied in and out as bytes, since
 * an application's buffer need not be aligned.
 */
#include "unix/sockaddr.h"

#include <endian.h>
#include <linux/vm_sockets.h>
#include <netipx/ipx.h>
#include <stddef.h>
#include <string.h>

#include "unix/windows.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Families that libc's headers leave to others; the numbers are the kernel's ABI. */
#define HOST_AF_IRDA 23
#define HOST_AF_BLUETOOTH 31
#define HOST_AF_VSOCK 40
#define HOST_BTPROTO_L2CAP 0
#define HOST_BTPROTO_RFCOMM 3

#define BT_PORT_ANY UINT32_MAX

struct host_irda
{
    uint16_t family;
    uint8_t selector;
    uint8_t addr[4] __attribute__((aligned(4)));
    char name[25];
};

struct host_rfcomm
{
    uint16_t family;
    uint8_t device[6]; /* the first byte of the written form comes last */
    uint8_t channel;
};

struct host_l2cap
{
    uint16_t family;
    uint16_t service; /* PSM, little-endian */
    uint8_t device[6];
    uint16_t channel;
    uint8_t device_type;
};

/* What the rows convert: both ends are aligned copies. */
union win_sockaddr_any
{
    uint16_t family;
    struct win_sockaddr_in in;
    struct win_sockaddr_in6 in6;
    struct win_sockaddr_ipx ipx;
    struct win_sockaddr_irda irda;
    struct win_sockaddr_un un;
    struct win_sockaddr_bth bth;
    struct win_sockaddr_hv hv;
};

_Static_assert(sizeof(struct host_irda) <= sizeof(union host_sockaddr), "room for IrDA");
_Static_assert(sizeof(struct sockaddr_vm) <= sizeof(union host_sockaddr), "room for VSOCK");
_Static_assert(sizeof(struct sockaddr_ipx) <= sizeof(union host_sockaddr), "room for IPX");

static socklen_t in_to_host(const union win_sockaddr_any *win, uint32_t size, union host_sockaddr *host)
{
    (void)size;
    host->in.sin_port = win->in.port;
    memcpy(&host->in.sin_addr, win->in.addr, 4);
    return sizeof(host->in);
}

static uint32_t in_from_host(const union host_sockaddr *host, socklen_t size, union win_sockaddr_any *win)
{
    (void)size;
    win->in.port = host->in.sin_port;
    memcpy(win->in.addr, &host->in.sin_addr, 4);
    return sizeof(win->in);
}

static socklen_t in6_to_host(const union win_sockaddr_any *win, uint32_t size, union host_sockaddr *host)
{
    (void)size;
    host->in6.sin6_port = win->in6.port;
    host->in6.sin6_flowinfo = win->in6.flowinfo;
    memcpy(&host->in6.sin6_addr, win->in6.addr, 16);
    host->in6.sin6_scope_id = win->in6.scope_id;
    return sizeof(host->in6);
}

static uint32_t in6_from_host(const union host_sockaddr *host, socklen_t size, union win_sockaddr_any *win)
{
    (void)size;
    win->in6.port = host->in6.sin6_port;
    win->in6.flowinfo = host->in6.sin6_flowinfo;
    memcpy(win->in6.addr, &host->in6.sin6_addr, 16);
    win->in6.scope_id = host->in6.sin6_scope_id;
    return sizeof(win->in6);
}

static socklen_t ipx_to_host(const union win_sockaddr_any *win, uint32_t size, union host_sockaddr *host)
{
    struct sockaddr_ipx *ipx = (struct sockaddr_ipx *)&host->storage;

    (void)size;
    memcpy(&ipx->sipx_network, win->ipx.network, 4);
    memcpy(ipx->sipx_node, win->ipx.node, 6);
    ipx->sipx_port = win->ipx.socket;
    return sizeof(*ipx);
}

static uint32_t ipx_from_host(const union host_sockaddr *host, socklen_t size, union win_sockaddr_any *win)
{
    const struct sockaddr_ipx *ipx = (const struct sockaddr_ipx *)&host->storage;

    (void)size;
    memcpy(win->ipx.network, &ipx->sipx_network, 4);
    memcpy(win->ipx.node, ipx->sipx_node, 6);
    win->ipx.socket = ipx->sipx_port;
    return sizeof(win->ipx);
}

/* A service name "LSAP-SELn" stands for the selector n itself. */
static const char lsap_prefix[] = "LSAP-SEL";

static socklen_t irda_to_host(const union win_sockaddr_any *win, uint32_t size, union host_sockaddr *host)
{
    struct host_irda *irda = (struct host_irda *)&host->storage;
    const char *digit = win->irda.service + sizeof(lsap_prefix) - 1;
    const char *end = win->irda.service + sizeof(win->irda.service);
    int selector = 0;

    (void)size;
    memcpy(irda->addr, win->irda.device, 4);
    irda->selector = 0xff; /* any: the name decides */
    memcpy(irda->name, win->irda.service, sizeof(irda->name) - 1);
    if (memcmp(win->irda.service, lsap_prefix, sizeof(lsap_prefix) - 1)) return sizeof(*irda);
    do
    {
        if (*digit < '0' || *digit > '9') return 0;
        selector = selector * 10 + (*digit++ - '0');
        if (selector > 127) return 0;
    } while (digit < end && *digit);
    irda->selector = selector;
    memset(irda->name, 0, sizeof(irda->name));
    return sizeof(*irda);
}

static uint32_t irda_from_host(const union host_sockaddr *host, socklen_t size, union win_sockaddr_any *win)
{
    const struct host_irda *irda = (const struct host_irda *)&host->storage;
    char *p = win->irda.service;
    int selector = irda->selector;

    (void)size;
    memcpy(win->irda.device, irda->addr, 4);
    if (selector > 127)
    {
        memcpy(p, irda->name, sizeof(irda->name) - 1);
        return sizeof(win->irda);
    }
    memcpy(p, lsap_prefix, sizeof(lsap_prefix) - 1);
    p += sizeof(lsap_prefix) - 1;
    if (selector >= 100) *p++ = '0' + selector / 100;
    if (selector >= 10) *p++ = '0' + selector / 10 % 10;
    *p = '0' + selector % 10;
    return sizeof(win->irda);
}

/* Windows takes any length from the family to the whole structure; a length that
 * ends the host's path without a terminator means the same path. */
static socklen_t un_to_host(const union win_sockaddr_any *win, uint32_t size, union host_sockaddr *host)
{
    uint32_t path_size = size - offsetof(struct win_sockaddr_un, path);

    if (path_size > sizeof(host->un.sun_path)) path_size = sizeof(host->un.sun_path);
    memcpy(host->un.sun_path, win->un.path, path_size);
    path_size = strnlen(host->un.sun_path, path_size);
    return offsetof(struct sockaddr_un, sun_path) + path_size +
           (path_size && path_size < sizeof(host->un.sun_path));
}

static uint32_t un_from_host(const union host_sockaddr *host, socklen_t size, union win_sockaddr_any *win)
{
    size_t path_size = size - offsetof(struct sockaddr_un, sun_path);

    if (path_size > sizeof(win->un.path)) path_size = sizeof(win->un.path);
    memcpy(win->un.path, host->un.sun_path, path_size);
    return sizeof(win->un);
}

static void device_to_host(uint64_t addr, uint8_t device[6])
{
    for (int i = 0; i < 6; i++) device[i] = addr >> (8 * i);
}

static uint64_t device_from_host(const uint8_t device[6])
{
    uint64_t addr = 0;

    for (int i = 0; i < 6; i++) addr |= (uint64_t)device[i] << (8 * i);
    return addr;
}

static socklen_t bth_to_host(const union win_sockaddr_any *win, uint32_t size, union host_sockaddr *host)
{
    struct host_rfcomm *rfcomm = (struct host_rfcomm *)&host->storage;
    const uint32_t port = win->bth.port == BT_PORT_ANY ? 0 : win->bth.port;

    (void)size;
    if (port > 30) return 0;
    device_to_host(win->bth.addr, rfcomm->device);
    rfcomm->channel = port;
    return sizeof(*rfcomm);
}

static uint32_t bth_from_host(const union host_sockaddr *host, socklen_t size, union win_sockaddr_any *win)
{
    const struct host_rfcomm *rfcomm = (const struct host_rfcomm *)&host->storage;
    const struct host_l2cap *l2cap = (const struct host_l2cap *)&host->storage;
    const int is_l2cap = size >= sizeof(*l2cap);

    win->bth.addr = device_from_host(is_l2cap ? l2cap->device : rfcomm->device);
    win->bth.port = is_l2cap ? le16toh(l2cap->service) : rfcomm->channel;
    return sizeof(win->bth);
}

/* Hyper-V names machines by GUIDs and services by a template that carries the
 * VSOCK port first. A context id without a name of its own travels in data1. */
static const struct win_guid service_template = {
    0, 0xfacb, 0x11e6, {0xbd, 0x58, 0x64, 0x00, 0x6a, 0x79, 0x86, 0xd3}};

static const struct
{
    struct win_guid vm;
    uint32_t cid;
} machines[] = {
    {{0, 0, 0, {0}}, VMADDR_CID_ANY},
    {{0xa42e7cda, 0xd03f, 0x480c, {0x9c, 0xc2, 0xa4, 0xde, 0x20, 0xab, 0xb8, 0x78}},
     VMADDR_CID_HOST}, /* parent */
    {{0xe0e16197, 0xdd56, 0x4a10, {0x91, 0x95, 0x5e, 0xe7, 0xa1, 0x55, 0xa8, 0x38}},
     VMADDR_CID_LOCAL}, /* loopback */
    {{0x90db8b89, 0x0d35, 0x4f79, {0x8c, 0xe9, 0x49, 0xea, 0x0a, 0xc8, 0xb7, 0xcd}},
     VMADDR_CID_ANY},                                                                         /* children */
    {{UINT32_MAX, 0xffff, 0xffff, {255, 255, 255, 255, 255, 255, 255, 255}}, VMADDR_CID_ANY}, /* broadcast */
};

static const size_t guid_tail = offsetof(struct win_guid, data2);

static socklen_t hv_to_host(const union win_sockaddr_any *win, uint32_t size, union host_sockaddr *host)
{
    struct sockaddr_vm *vm = (struct sockaddr_vm *)&host->storage;
    static const struct win_guid zero;
    size_t i;

    (void)size;
    if (!memcmp(&win->hv.service, &zero, sizeof(zero)))
        vm->svm_port = VMADDR_PORT_ANY;
    else if (!memcmp((const char *)&win->hv.service + guid_tail, (const char *)&service_template + guid_tail,
                     sizeof(zero) - guid_tail))
        vm->svm_port = win->hv.service.data1;
    else
        return 0;
    for (i = 0; i < COUNT(machines); i++)
    {
        if (memcmp(&win->hv.vm, &machines[i].vm, sizeof(zero))) continue;
        vm->svm_cid = machines[i].cid;
        return sizeof(*vm);
    }
    if (memcmp((const char *)&win->hv.vm + guid_tail, (const char *)&zero + guid_tail,
               sizeof(zero) - guid_tail))
        return 0;
    vm->svm_cid = win->hv.vm.data1;
    return sizeof(*vm);
}

static uint32_t hv_from_host(const union host_sockaddr *host, socklen_t size, union win_sockaddr_any *win)
{
    const struct sockaddr_vm *vm = (const struct sockaddr_vm *)&host->storage;
    size_t i;

    (void)size;
    win->hv.service = service_template;
    win->hv.service.data1 = vm->svm_port;
    win->hv.vm.data1 = vm->svm_cid;
    for (i = 0; i < COUNT(machines); i++)
    {
        if (machines[i].cid != vm->svm_cid) continue;
        win->hv.vm = machines[i].vm;
        break;
    }
    return sizeof(win->hv);
}

static const struct
{
    int win, host;
    uint32_t win_size; /* the least that is an address, bytes */
    socklen_t host_size;
    socklen_t (*to_host)(const union win_sockaddr_any *win, uint32_t size, union host_sockaddr *host);
    uint32_t (*from_host)(const union host_sockaddr *host, socklen_t size, union win_sockaddr_any *win);
} families[] = {
    {WIN_AF_INET, AF_INET, sizeof(struct win_sockaddr_in), sizeof(struct sockaddr_in), in_to_host,
     in_from_host},
    {WIN_AF_INET6, AF_INET6, sizeof(struct win_sockaddr_in6), sizeof(struct sockaddr_in6), in6_to_host,
     in6_from_host},
    {WIN_AF_IPX, AF_IPX, sizeof(struct win_sockaddr_ipx), sizeof(struct sockaddr_ipx), ipx_to_host,
     ipx_from_host},
    {WIN_AF_IRDA, HOST_AF_IRDA, sizeof(struct win_sockaddr_irda), sizeof(struct host_irda), irda_to_host,
     irda_from_host},
    {WIN_AF_UNIX, AF_UNIX, offsetof(struct win_sockaddr_un, path), offsetof(struct sockaddr_un, sun_path),
     un_to_host, un_from_host},
    {WIN_AF_BTH, HOST_AF_BLUETOOTH, sizeof(struct win_sockaddr_bth), sizeof(struct host_rfcomm), bth_to_host,
     bth_from_host},
    {WIN_AF_HYPERV, HOST_AF_VSOCK, sizeof(struct win_sockaddr_hv), sizeof(struct sockaddr_vm), hv_to_host,
     hv_from_host},
};

socklen_t sockaddr_to_host(const void *win, uint32_t size, union host_sockaddr *host)
{
    union win_sockaddr_any copy;
    size_t i;

    if (size < sizeof(copy.family)) return 0;
    memset(&copy, 0, sizeof(copy));
    if (size > sizeof(copy)) size = sizeof(copy);
    memcpy(&copy, win, size);
    memset(host, 0, sizeof(*host));
    for (i = 0; i < COUNT(families); i++)
    {
        if (families[i].win != copy.family) continue;
        if (size < families[i].win_size) return 0;
        host->any.sa_family = families[i].host;
        return families[i].to_host(&copy, size, host);
    }
    return 0;
}

socklen_t sockaddr_to_l2cap(const void *win, uint32_t size, union host_sockaddr *host)
{
    struct host_l2cap *l2cap = (struct host_l2cap *)&host->storage;
    struct win_sockaddr_bth bth;
    uint32_t port;

    if (size < sizeof(bth)) return 0;
    memcpy(&bth, win, sizeof(bth));
    port = bth.port == BT_PORT_ANY ? 0 : bth.port;
    if (bth.family != WIN_AF_BTH || port > UINT16_MAX) return 0;
    memset(host, 0, sizeof(*host));
    l2cap->family = HOST_AF_BLUETOOTH;
    l2cap->service = htole16(port);
    device_to_host(bth.addr, l2cap->device);
    return sizeof(*l2cap);
}

uint32_t sockaddr_from_host(const union host_sockaddr *host, socklen_t host_size, void *win, uint32_t room)
{
    union win_sockaddr_any copy;
    uint32_t size = 0;
    size_t i;

    if (host_size < sizeof(host->any.sa_family)) return 0;
    memset(&copy, 0, sizeof(copy));
    for (i = 0; i < COUNT(families); i++)
    {
        if (families[i].host != host->any.sa_family || host_size < families[i].host_size) continue;
        copy.family = families[i].win;
        size = families[i].from_host(host, host_size, &copy);
        break;
    }
    if (size && size <= room) memcpy(win, &copy, size);
    return size;
}

int family_to_host(int win)
{
    size_t i;

    if (win == WIN_AF_UNSPEC) return AF_UNSPEC;
    for (i = 0; i < COUNT(families); i++)
        if (families[i].win == win) return families[i].host;
    return -1;
}

int family_from_host(int host)
{
    size_t i;

    if (host == AF_UNSPEC) return WIN_AF_UNSPEC;
    for (i = 0; i < COUNT(families); i++)
        if (families[i].host == host) return families[i].win;
    return -1;
}

struct pair
{
    int win, host;
};

static const struct pair types[] = {
    {WIN_SOCK_STREAM, SOCK_STREAM}, {WIN_SOCK_DGRAM, SOCK_DGRAM},         {WIN_SOCK_RAW, SOCK_RAW},
    {WIN_SOCK_RDM, SOCK_RDM},       {WIN_SOCK_SEQPACKET, SOCK_SEQPACKET},
};

int type_to_host(int win)
{
    size_t i;

    for (i = 0; i < COUNT(types); i++)
        if (types[i].win == win) return types[i].host;
    return -1;
}

int type_from_host(int host)
{
    size_t i;

    for (i = 0; i < COUNT(types); i++)
        if (types[i].host == host) return types[i].win;
    return -1;
}

static const struct
{
    int family, win, host;
} protocols[] = {
    {WIN_AF_BTH, WIN_BTHPROTO_RFCOMM, HOST_BTPROTO_RFCOMM},
    {WIN_AF_BTH, WIN_BTHPROTO_L2CAP, HOST_BTPROTO_L2CAP},
    {WIN_AF_HYPERV, WIN_HV_PROTOCOL_RAW, 0},
    {WIN_AF_IRDA, 1, 0},
};

int protocol_to_host(int family, int protocol)
{
    size_t i;

    /* IANA's numbers are the same everywhere */
    if (family == WIN_AF_INET || family == WIN_AF_INET6)
        return protocol >= 0 && protocol <= 255 ? protocol : -1;
    /* the packet type travels in each address, not in the socket */
    if (family == WIN_AF_IPX)
        return protocol >= WIN_NSPROTO_IPX && protocol <= WIN_NSPROTO_IPX + 255 ? 0 : -1;
    for (i = 0; i < COUNT(protocols); i++)
        if (protocols[i].family == family && protocols[i].win == protocol) return protocols[i].host;
    return protocol ? -1 : 0;
}

static const struct pair levels[] = {
    {WIN_SOL_SOCKET, SOL_SOCKET},   {WIN_IPPROTO_IP, IPPROTO_IP},         {WIN_IPPROTO_IPV6, IPPROTO_IPV6},
    {WIN_IPPROTO_TCP, IPPROTO_TCP}, {WIN_IPPROTO_UDP, IPPROTO_UDP},       {WIN_IPPROTO_ICMP, IPPROTO_ICMP},
    {WIN_IPPROTO_RAW, IPPROTO_RAW}, {WIN_IPPROTO_ICMPV6, IPPROTO_ICMPV6},
};

int level_to_host(int win)
{
    size_t i;

    for (i = 0; i < COUNT(levels); i++)
        if (levels[i].win == win) return levels[i].host;
    return -1;
}
