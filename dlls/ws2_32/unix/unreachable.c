/*
 * ICMP errors about datagrams that were sent.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The host tells a socket that is not connected of such errors only if it asks
 * for them, and then of all. They come twice: as the error of whatever call is
 * next, which does not say what happened, and in a queue beside the data, which
 * does. So the queue counts here, and the errors of calls only say that it is
 * worth a look.
 */
#include <errno.h>
#include <time.h> /* errqueue.h needs it */

#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>

#include "unix/sockaddr.h"
#include "unix/unreachable.h"
#include "unix/wsaerror.h"
#include "ws2_unix.h"

#define MAX_TAKEN 256 /* errors at once; a queue that is longer is being filled faster */

int unreachable_meaning(const struct sock_extended_err *what, uint32_t wanted)
{
    int port = 0, expired = 0;

    if (what->ee_origin == SO_EE_ORIGIN_ICMP)
    {
        port = what->ee_type == ICMP_DEST_UNREACH && what->ee_code == ICMP_PORT_UNREACH;
        expired = what->ee_type == ICMP_TIME_EXCEEDED;
    }
    else if (what->ee_origin == SO_EE_ORIGIN_ICMP6)
    {
        port = what->ee_type == ICMP6_DST_UNREACH && what->ee_code == ICMP6_DST_UNREACH_NOPORT;
        expired = what->ee_type == ICMP6_TIME_EXCEEDED;
    }
    if (port && wanted & WS2_HEAR_UNREACHABLE) return WSAECONNRESET;
    if (expired && wanted & WS2_HEAR_EXPIRED) return WSAENETRESET;
    return 0;
}

static const struct sock_extended_err *error_of_message(struct msghdr *msg)
{
    struct cmsghdr *header;

    for (header = CMSG_FIRSTHDR(msg); header; header = CMSG_NXTHDR(msg, header))
    {
        if ((header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR) ||
            (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR))
            return (const struct sock_extended_err *)CMSG_DATA(header);
    }
    return NULL;
}

union control
{
    struct cmsghdr header;
    char room[512];
};

/* The next in the queue, or NULL. */
static const struct sock_extended_err *next_error(int fd, union control *control)
{
    const struct sock_extended_err *error;
    struct msghdr msg;

    for (;;)
    {
        msg = (struct msghdr){.msg_control = control, .msg_controllen = sizeof(*control)};
        if (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
        {
            if ((error = error_of_message(&msg))) return error;
        }
        else if (errno != EINTR)
            return NULL;
    }
}

int unreachable_take(int fd, uint32_t wanted)
{
    const struct sock_extended_err *error;
    union control control;
    int meaning = 0, i;

    for (i = 0; i < MAX_TAKEN && !meaning && (error = next_error(fd, &control)); i++)
        meaning = unreachable_meaning(error, wanted);
    return meaning;
}

long unreachable_message(int fd, struct msghdr *msg)
{
    const struct msghdr asked = *msg;
    const struct sock_extended_err *error;
    ssize_t ret;

    for (;;)
    {
        *msg = asked;
        if ((ret = recvmsg(fd, msg, MSG_ERRQUEUE | MSG_DONTWAIT)) < 0)
        {
            if (errno == EINTR) continue;
            break;
        }
        error = error_of_message(msg);
        if (error && (error->ee_origin == SO_EE_ORIGIN_ICMP || error->ee_origin == SO_EE_ORIGIN_ICMP6))
            return ret;
    }
    *msg = asked;
    return -1;
}

int unreachable_last(int fd, struct ws2_icmp_error *last)
{
    const struct sock_extended_err *error;
    union control control;
    int found = 0, i;

    for (i = 0; i < MAX_TAKEN && (error = next_error(fd, &control)); i++)
    {
        int ipv6 = error->ee_origin == SO_EE_ORIGIN_ICMP6;
        union host_sockaddr source;

        if (!ipv6 && error->ee_origin != SO_EE_ORIGIN_ICMP) continue;
        memset(last, 0, sizeof(*last));
        memcpy(&source, SO_EE_OFFENDER(error), ipv6 ? sizeof(source.in6) : sizeof(source.in));
        sockaddr_from_host(&source, ipv6 ? sizeof(source.in6) : sizeof(source.in), last->source,
                           sizeof(last->source));
        last->protocol = ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
        last->type = error->ee_type;
        last->code = error->ee_code;
        found = 1;
    }
    return found;
}

int unreachable_is_pending_error(int host_errno)
{
    switch (host_errno)
    {
    case EAGAIN: /* the device's server has seen the error; the queue may still know */
    case ECONNREFUSED:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case EPROTO:
    case EMSGSIZE:
    case EACCES: return 1;
    default: return 0;
    }
}
