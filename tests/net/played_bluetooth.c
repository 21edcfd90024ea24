/*
 * Plays a Bluetooth adapter to a program of the host's: preloaded (LD_PRELOAD), it takes the
 * calls of Bluetooth's that the kernel here may know nothing of.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Windows tests run on it, so that lookups are proven from one end to the other; the
 * adapter and the servers are those of the unit tests. The module knows nothing of it.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fakebth.h"

#define BLUETOOTH 31
#define L2CAP 0
#define HCI 1
#define RFCOMM 3
#define CHANNEL 5
#define SERVICE 0x1001
#define SDP_SERVICE 1

#define NEXT(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

static struct fake_bluetooth fake;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init(void)
{
    fake_bluetooth_init(&fake);
    fake.part = 30; /* no answer comes in one piece */
    fake.known[0].address = 0x00c0ffee0001;
}

static void *echo(void *context)
{
    int fd = (int)(intptr_t)context;
    char buffer[256];
    ssize_t size;

    while ((size = recv(fd, buffer, sizeof(buffer), 0)) > 0) send(fd, buffer, size, MSG_NOSIGNAL);
    close(fd);
    return NULL;
}

static int echo_server(void)
{
    pthread_t thread;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) return -1;
    if (!pthread_create(&thread, NULL, echo, (void *)(intptr_t)pair[1])) pthread_detach(thread);
    return pair[0];
}

/* The servers' threads are nothing that Wine's signals may meet. */
static int played(int type, int protocol)
{
    sigset_t all, before;
    int fd = -1;

    pthread_once(&once, init);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (protocol == HCI)
        fake_controller(&fake, &fd);
    else if (protocol == L2CAP && (type & 0xf) == SOCK_SEQPACKET)
        fake_sdp_server(&fake, SOCK_SEQPACKET, &fd);
    else if (protocol == RFCOMM || (type & 0xf) == SOCK_STREAM)
        fd = echo_server();
    else /* anything else is only looked at */
        fd = NEXT(socket)(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return fd;
}

int socket(int family, int type, int protocol)
{
    return family == BLUETOOTH ? played(type, protocol) : NEXT(socket)(family, type, protocol);
}

int bind(int fd, const struct sockaddr *addr, socklen_t size)
{
    return addr && addr->sa_family == BLUETOOTH ? 0 : NEXT(bind)(fd, addr, size);
}

static int is_own_sdp(const struct sockaddr *addr)
{
    return addr->sa_family == AF_UNIX &&
           !strcmp(((const struct sockaddr_un *)addr)->sun_path, "/var/run/sdp");
}

static int connect_own_sdp(int fd)
{
    sigset_t all, before;
    int server;

    pthread_once(&once, init);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    fake_sdp_server(&fake, SOCK_STREAM, &server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    dup3(server, fd, O_CLOEXEC);
    close(server);
    return 0;
}

/* Only the first device is in reach: where its address is depends on the protocol. */
static int connect_device(const struct sockaddr *addr, int rfcomm)
{
    const uint8_t *bytes = (const uint8_t *)addr, *wanted = bytes + (rfcomm ? 2 : 4);
    const int service = bytes[2] | bytes[3] << 8;
    uint8_t address[6];
    int i, refused;

    for (i = 0; i < 6; i++) address[i] = fake.devices[0].address >> 8 * i;
    refused = rfcomm ? bytes[8] != CHANNEL : service != SERVICE && service != SDP_SERVICE;
    errno = memcmp(wanted, address, 6) ? EHOSTDOWN : refused ? ECONNREFUSED : 0;
    return errno ? -1 : 0;
}

int connect(int fd, const struct sockaddr *addr, socklen_t size)
{
    if (addr && addr->sa_family == BLUETOOTH) return connect_device(addr, size == 10);
    if (addr && size > 20 && is_own_sdp(addr)) return connect_own_sdp(fd);
    return NEXT(connect)(fd, addr, size);
}

/* HCI_FILTER, which has IP_TTL's number but not its size. */
int setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
    return !level && name == 2 && size == 16 ? 0 : NEXT(setsockopt)(fd, level, name, value, size);
}

static int adapter_info(uint8_t *info)
{
    int i;

    for (i = 0; i < 6; i++) info[10 + i] = (uint64_t)FAKE_ADAPTER >> 8 * i;
    info[16] = 1; /* it is up */
    return 0;
}

static int adapter_list(uint8_t *list)
{
    memset(list, 0, 12);
    list[0] = 1;
    return 0;
}

/* A device that an inquiry does not find, since it is connected. */
static int connections(uint8_t *list)
{
    int i;

    memset(list + 2, 0, 18);
    list[2] = 1;
    for (i = 0; i < 6; i++) list[6 + i] = fake.known[0].address >> 8 * i;
    list[12] = 1;
    return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    void *argument;

    va_start(arguments, request);
    argument = va_arg(arguments, void *);
    va_end(arguments);
    switch (request)
    {
    case _IOR('H', 210, int): return adapter_list(argument);
    case _IOR('H', 211, int): return adapter_info(argument);
    case _IOR('H', 212, int): return connections(argument);
    default: return NEXT(ioctl)(fd, request, argument);
    }
}

/* Any folder that is not empty. */
DIR *opendir(const char *path)
{
    return NEXT(opendir)(strcmp(path, "/sys/class/bluetooth") ? path : "/proc/self");
}
