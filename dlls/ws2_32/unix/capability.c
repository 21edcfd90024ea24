/*
 * Probing which kinds of sockets the host can make.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The kinds and what proves them are a table; the host is asked through
 * struct capability_probe only, so that tests can play any host.
 */
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unix/capability.h"
#include "ws2_unix.h"

/* Families and protocols that C libraries do not all name. */
#define HOST_AF_IPX 4
#define HOST_AF_IRDA 23
#define HOST_AF_BLUETOOTH 31
#define HOST_AF_VSOCK 40
#define HOST_BTPROTO_L2CAP 0
#define HOST_BTPROTO_RFCOMM 3

/* Opening a Bluetooth socket makes the kernel load its modules, adapter or not;
 * Windows lists Bluetooth only where an adapter is, so that is looked at first. */
#define BLUETOOTH_ADAPTERS "/sys/class/bluetooth"

struct kind
{
    uint32_t can;
    int family, type, protocol;
    const char *device; /* a folder that must not be empty, or NULL */
};

static const struct kind kinds[] = {
    {WS2_CAN_IPV4, AF_INET, SOCK_DGRAM, 0, NULL},
    {WS2_CAN_IPV6, AF_INET6, SOCK_DGRAM, 0, NULL},
    {WS2_CAN_RAW4, AF_INET, SOCK_RAW, IPPROTO_ICMP, NULL},
    {WS2_CAN_RAW6, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, NULL},
    {WS2_CAN_PING4, AF_INET, SOCK_DGRAM, IPPROTO_ICMP, NULL},
    {WS2_CAN_PING6, AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, NULL},
    {WS2_CAN_UNIX, AF_UNIX, SOCK_STREAM, 0, NULL},
    {WS2_CAN_IRDA, HOST_AF_IRDA, SOCK_STREAM, 0, NULL},
    {WS2_CAN_IPX, HOST_AF_IPX, SOCK_DGRAM, 0, NULL},
    {WS2_CAN_RFCOMM, HOST_AF_BLUETOOTH, SOCK_STREAM, HOST_BTPROTO_RFCOMM, BLUETOOTH_ADAPTERS},
    {WS2_CAN_L2CAP, HOST_AF_BLUETOOTH, SOCK_STREAM, HOST_BTPROTO_L2CAP, BLUETOOTH_ADAPTERS},
    {WS2_CAN_VSOCK, HOST_AF_VSOCK, SOCK_STREAM, 0, NULL},
    {WS2_CAN_UNIX_PACKETS, AF_UNIX, SOCK_SEQPACKET, 0, NULL},
    {WS2_CAN_VSOCK_PACKETS, HOST_AF_VSOCK, SOCK_SEQPACKET, 0, NULL},
};

/* Whether an attempt's errno still means that the host knows the kind: a want
 * of descriptors or memory passes, a want of privilege or of a module does not. */
static int shortage(int host_errno)
{
    return host_errno == EMFILE || host_errno == ENFILE || host_errno == ENOMEM || host_errno == ENOBUFS;
}

uint32_t capability_of(const struct capability_probe *probe, uint32_t wanted)
{
    uint32_t can = 0;
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
    {
        const struct kind *kind = &kinds[i];
        int err;

        if (!(kind->can & wanted)) continue;
        if (kind->device && !probe->has_entries(probe->context, kind->device)) continue;
        err = probe->try_socket(probe->context, kind->family, kind->type, kind->protocol);
        if (!err || shortage(err)) can |= kind->can;
    }
    return can;
}

static int host_try_socket(void *context, int family, int type, int protocol)
{
    int fd = socket(family, type | SOCK_CLOEXEC, protocol);

    (void)context;
    if (fd < 0) return errno;
    close(fd);
    return 0;
}

static int host_has_entries(void *context, const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int found = 0;

    (void)context;
    if (!dir) return 0;
    while (!found && (entry = readdir(dir))) found = entry->d_name[0] != '.';
    closedir(dir);
    return found;
}

const struct capability_probe capability_host = {host_try_socket, host_has_entries, NULL};
