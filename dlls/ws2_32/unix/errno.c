/*
 * The one table from the host's errno to Winsock's errors.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where Windows has one name for several of the host's reasons, or none at all,
 * the comment says why the row is as it is.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "unix/errno.h"
#include "unix/wsaerror.h"

static const uint16_t errors[] = {
    [EINTR] = WSAEINTR,
    [EBADF] = WSAENOTSOCK, /* a descriptor closed under the call: its SOCKET is stale */
    [EACCES] = WSAEACCES,
    [EPERM] = WSAEACCES,
    [EFAULT] = WSAEFAULT,
    [EINVAL] = WSAEINVAL,
    [EMFILE] = WSAEMFILE,
    [ENFILE] = WSAEMFILE,
    [EAGAIN] = WSAEWOULDBLOCK,
    [EINPROGRESS] = WSAEWOULDBLOCK, /* of a non-blocking connect */
    [EALREADY] = WSAEALREADY,
    [ENOTSOCK] = WSAENOTSOCK,
    [EDESTADDRREQ] = WSAEDESTADDRREQ,
    [EMSGSIZE] = WSAEMSGSIZE,
    [EPROTOTYPE] = WSAEPROTOTYPE,
    [ENOPROTOOPT] = WSAENOPROTOOPT,
    [EPROTONOSUPPORT] = WSAEPROTONOSUPPORT,
    [ESOCKTNOSUPPORT] = WSAESOCKTNOSUPPORT,
    [EOPNOTSUPP] = WSAEOPNOTSUPP,
    [ENOSYS] = WSAEOPNOTSUPP,
    [EPFNOSUPPORT] = WSAEPFNOSUPPORT,
    [EAFNOSUPPORT] = WSAEAFNOSUPPORT,
    [EADDRINUSE] = WSAEADDRINUSE,
    [EADDRNOTAVAIL] = WSAEADDRNOTAVAIL,
    [ENODEV] = WSAEADDRNOTAVAIL, /* no such interface, as multicast calls say it */
    [ENXIO] = WSAEADDRNOTAVAIL,
    [ENETDOWN] = WSAENETDOWN,
    [ENONET] = WSAENETDOWN,
    [ENETUNREACH] = WSAENETUNREACH,
    [ENETRESET] = WSAENETRESET,
    [ECONNABORTED] = WSAECONNABORTED,
    [ECONNRESET] = WSAECONNRESET,
    [EPIPE] = WSAECONNRESET, /* our own shutdown is known before the host is asked */
    [EPROTO] = WSAECONNRESET,
    [ENOBUFS] = WSAENOBUFS,
    [ENOMEM] = WSAENOBUFS,
    [ENOSPC] = WSAENOBUFS,
    [EISCONN] = WSAEISCONN,
    [ENOTCONN] = WSAENOTCONN,
    [ESHUTDOWN] = WSAESHUTDOWN,
    [ETOOMANYREFS] = WSAETOOMANYREFS,
    [ETIMEDOUT] = WSAETIMEDOUT,
    [ECONNREFUSED] = WSAECONNREFUSED,
    [ELOOP] = WSAELOOP,
    [ENAMETOOLONG] = WSAENAMETOOLONG,
    [EHOSTDOWN] = WSAEHOSTDOWN,
    [EHOSTUNREACH] = WSAEHOSTUNREACH,
    [ENOTEMPTY] = WSAENOTEMPTY,
    [EUSERS] = WSAEUSERS,
    [EDQUOT] = WSAEDQUOT,
    [ESTALE] = WSAESTALE,
    [EREMOTE] = WSAEREMOTE,
    [EDOM] = WSAEINVAL,
    [ENOENT] = WSAEADDRNOTAVAIL, /* a route or an address that is not there */
    [ENOTTY] = WSAEOPNOTSUPP,    /* an ioctl this kind of socket lacks */
    [EIO] = WSAENETDOWN,
};

int error_from_errno(int host_errno)
{
    if (!host_errno) return WSA_SUCCESS;
    if (host_errno > 0 && (size_t)host_errno < sizeof(errors) / sizeof(errors[0]) && errors[host_errno])
        return errors[host_errno];
    return WSAENETDOWN; /* the network subsystem has failed in a way Windows has no name for */
}

int error_if(int failed)
{
    return failed ? error_from_errno(errno) : 0;
}
