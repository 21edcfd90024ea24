/*
 * Microsoft's extensions to Winsock 1.1 by name: AcceptEx and its kin.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each asks the socket's provider for its function, every time: two sockets may
 * have two providers. Errors are in the thread's last error.
 */
#include "mswsock.h"

WINE_DEFAULT_DEBUG_CHANNEL(mswsock);

/* NULL with the last error set: no socket, or its provider has no such function. */
static void *function_of(SOCKET s, const GUID *id)
{
    GUID copy = *id;
    void *function;
    DWORD size;

    if (WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &copy, sizeof(copy), &function, sizeof(function),
                 &size, NULL, NULL))
        return NULL;
    return function;
}

/* buffer: data_len bytes of data, then the two addresses in lengths of at least 16
 * more than the address; received counts data. The last error is ERROR_IO_PENDING
 * while it goes on. */
BOOL WINAPI AcceptEx(SOCKET listener, SOCKET acceptor, void *buffer, DWORD data_len, DWORD local_len,
                     DWORD remote_len, DWORD *received, OVERLAPPED *overlapped)
{
    static const GUID id = WSAID_ACCEPTEX;
    LPFN_ACCEPTEX function = function_of(listener, &id);

    TRACE(
        "listener %#Ix, acceptor %#Ix, buffer %p, data_len %lu, local_len %lu, remote_len %lu, received %p, "
        "overlapped %p\n",
        listener, acceptor, buffer, data_len, local_len, remote_len, received, overlapped);
    return function &&
           function(listener, acceptor, buffer, data_len, local_len, remote_len, received, overlapped);
}

/* Concerns a buffer that AcceptEx filled, not a socket; so the base provider's has
 * to do, as on Windows. */
void WINAPI GetAcceptExSockaddrs(void *buffer, DWORD data_len, DWORD local_len, DWORD remote_len,
                                 struct sockaddr **local, int *local_size, struct sockaddr **remote,
                                 int *remote_size)
{
    static const GUID id = WSAID_GETACCEPTEXSOCKADDRS;
    LPFN_GETACCEPTEXSOCKADDRS function = __ws2_base_extension(&id);

    TRACE("buffer %p, data_len %lu, local_len %lu, remote_len %lu, local %p %p, remote %p %p\n", buffer,
          data_len, local_len, remote_len, local, local_size, remote, remote_size);
    function(buffer, data_len, local_len, remote_len, local, local_size, remote, remote_size);
}

/* file_len: bytes from the file's position on, 0 for the rest; send_size: bytes a
 * send, 0 for the provider's own choice; flags: TF_*. */
BOOL WINAPI TransmitFile(SOCKET s, HANDLE file, DWORD file_len, DWORD send_size, OVERLAPPED *overlapped,
                         TRANSMIT_FILE_BUFFERS *buffers, DWORD flags)
{
    static const GUID id = WSAID_TRANSMITFILE;
    LPFN_TRANSMITFILE function = function_of(s, &id);

    TRACE("socket %#Ix, file %p, file_len %lu, send_size %lu, overlapped %p, buffers %p, flags %#lx\n", s,
          file, file_len, send_size, overlapped, buffers, flags);
    return function && function(s, file, file_len, send_size, overlapped, buffers, flags);
}

/* As recv, with flags in and out: MSG_PARTIAL comes back when the buffer held only the
 * beginning of a datagram, which is no error here. */
int WINAPI WSARecvEx(SOCKET s, char *buffer, int size, int *flags)
{
    WSABUF data = {size, buffer};
    DWORD done = 0, in_out;

    TRACE("socket %#Ix, buffer %p, size %d, flags %p\n", s, buffer, size, flags);

    if (!flags)
    {
        SetLastError(WSAEFAULT);
        return SOCKET_ERROR;
    }
    in_out = *flags & ~MSG_PARTIAL;
    if (WSARecv(s, &data, 1, &done, &in_out, NULL, NULL))
    {
        if (GetLastError() != WSAEMSGSIZE) return SOCKET_ERROR;
        SetLastError(0);
        in_out |= MSG_PARTIAL;
        done = size;
    }
    *flags = in_out;
    return done;
}
