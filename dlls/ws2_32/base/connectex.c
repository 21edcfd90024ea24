/*
 * ConnectEx and DisconnectEx.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/base.h"
#include "base/connect.h"
#include "base/device.h"
#include "base/extension.h"
#include "base/host.h"
#include "base/peer.h"
#include "base/reuse.h"
#include "base/rio.h"
#include "base/state.h"
#include "base/tail.h"
#include "base/transmit.h"
#include "guarded.h"
#include "group.h"
#include "record.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* The device's request: its header, the address, the data; NULL with *error set. */
static struct afd_connect *make_request(const struct sockaddr *addr, int len, const void *data,
                                        DWORD data_len, ULONG *size, int *error)
{
    struct afd_connect *request;

    *error = WSAEFAULT;
    if (!addr || len < (int)sizeof(SOCKADDR_IN) || (data_len && !data)) return NULL;
    *error = WSAENOBUFS;
    len = min(len, (int)sizeof(SOCKADDR_STORAGE));
    *size = sizeof(*request) + len + data_len;
    if (*size < data_len || !(request = heap_alloc(*size))) return NULL;
    request->addr_len = len;
    request->synchronous = FALSE;
    if (guarded_read(request + 1, addr, len) && guarded_read((char *)(request + 1) + len, data, data_len))
        return request;
    heap_free(request);
    *error = WSAEFAULT;
    return NULL;
}

/* Connections only; what is not known to be something else goes on to the device. */
static BOOL is_datagram(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && record->type && record->type != SOCK_STREAM;
}

/*
 * Connects s, which must be bound (WSAEINVAL), and sends data_len bytes once it is
 * connected; the operation ends when both are done, with the number of bytes sent.
 * ERROR_INVALID_PARAMETER without an OVERLAPPED; WSAEINVAL while it listens, connects
 * or is accepted into, and for datagram sockets; WSAEISCONN when connected.
 */
BOOL WINAPI extension_connect_ex(SOCKET s, const struct sockaddr *addr, int len, void *data, DWORD data_len,
                                 DWORD *sent, OVERLAPPED *overlapped)
{
    struct socket_record *record;
    struct afd_connect *request;
    NTSTATUS status;
    SOCKADDR_IN where;
    ULONG size, done = 0;
    int error;

    TRACE("socket %#Ix, addr %p, len %d, data %p, %lu bytes, sent %p, overlapped %p\n", s, addr, len, data,
          data_len, sent, overlapped);

    if (!startup_done()) return FALSE;
    if (!overlapped) return extension_fail(WSA_INVALID_PARAMETER);
    if (!extension_begin(overlapped)) return extension_fail(WSAEFAULT);
    if (is_datagram(s)) return extension_fail(WSAEINVAL);
    if (host_knows(s))
    {
        if ((error = host_reach(s, addr, len, &where))) return extension_fail(error);
        addr = (struct sockaddr *)&where;
        len = sizeof(where);
    }
    if (!(request = make_request(addr, len, data, data_len, &size, &error))) return extension_fail(error);

    if ((error = group_connecting(s, (SOCKADDR_STORAGE *)(request + 1))))
    {
        heap_free(request);
        return extension_fail(error);
    }
    if (connect_has_no_port((SOCKADDR_STORAGE *)(request + 1)) && state_bound(s) && !state_connected(s))
        status = STATUS_INVALID_ADDRESS; /* the device would try */
    else if (reuse_ready(s))
        status = reuse_connect(s, (struct sockaddr *)(request + 1), request->addr_len,
                               (char *)(request + 1) + request->addr_len, data_len, overlapped);
    else
        status = device_submit(s, AFD_CONNECT, request, size, NULL, 0, &done, overlapped, NULL);
    /* a refusal that was seen already, once more: on Windows one may just try again */
    if (status == STATUS_CONNECTION_ABORTED)
        status = device_submit(s, AFD_CONNECT, request, size, NULL, 0, &done, overlapped, NULL);
    error = NT_SUCCESS(status) ? 0 : connect_error(s, (SOCKADDR_STORAGE *)(request + 1), status);
    heap_free(request);
    group_connect_ended(s, status);
    if (error) return extension_fail(error);
    if (NT_SUCCESS(status) && (record = record_get(s))) record_set_flags(record, RECORD_CONNECT_EX);
    if (!status && sent && !guarded_write(sent, &done, sizeof(done))) return extension_fail(WSAEFAULT);
    return extension_result(status);
}

/* A transmission of nothing finishes after everything sent before it, and the device
 * always reports it as pending, so that its completion reaches a port whatever
 * SetFileCompletionNotificationModes was told: just what Windows's disconnection does. */
static NTSTATUS submit_marker(SOCKET s, OVERLAPPED *overlapped)
{
    return device_submit(s, AFD_TRANSMIT, &transmit_nothing, sizeof(transmit_nothing), NULL, 0, NULL,
                         overlapped, NULL);
}

static NTSTATUS shut_sending_down(SOCKET s)
{
    static const int how = SD_SEND;

    peer_remember(s);
    if (rio_shutdown(s) || tail_shutdown(s)) return STATUS_SUCCESS; /* after what was sent before */
    return device_request(s, AFD_SHUTDOWN, &how, sizeof(how), NULL, 0, NULL);
}

static NTSTATUS disconnect_overlapped(SOCKET s, OVERLAPPED *overlapped)
{
    static const int how = SD_SEND;
    NTSTATUS status;
    HANDLE same;
    BOOL shut;

    /* the completion may make somebody close s before we are done with it */
    if (!DuplicateHandle(GetCurrentProcess(), SOCKET_HANDLE(s), GetCurrentProcess(), &same, 0, FALSE,
                         DUPLICATE_SAME_ACCESS))
        return STATUS_INVALID_HANDLE;
    peer_remember(s);
    shut = tail_gate(s, TAIL_QUEUE) == STATUS_PIPE_DISCONNECTED; /* as soon as the tail has gone */
    status = submit_marker(s, overlapped);
    if (status == STATUS_PIPE_DISCONNECTED) /* nothing can be sent any more: doing it twice is no error */
        status = device_submit(s, AFD_SHUTDOWN, &how, sizeof(how), NULL, 0, NULL, overlapped, NULL);
    else if (NT_SUCCESS(status) && !shut)
        device_request(HANDLE_SOCKET(same), AFD_SHUTDOWN, &how, sizeof(how), NULL, 0, NULL);
    NtClose(same);
    return NT_SUCCESS(status) ? STATUS_PENDING : status;
}

/*
 * Ends sending on s, after what is queued. With TF_REUSE_SOCKET both directions end
 * and s can be given to AcceptEx or ConnectEx again. WSAENOTCONN if s is not connected
 * or no stream; WSAEINVAL for other flags or reserved; WSAEFAULT for a bad OVERLAPPED.
 */
BOOL WINAPI extension_disconnect_ex(SOCKET s, OVERLAPPED *overlapped, DWORD flags, DWORD reserved)
{
    NTSTATUS status;

    TRACE("socket %#Ix, overlapped %p, flags %#lx, reserved %#lx\n", s, overlapped, flags, reserved);

    if (!startup_done()) return FALSE;
    if (overlapped && !extension_begin(overlapped)) return extension_fail(WSAEFAULT);
    if (!extension_on_socket(s)) return extension_fail(WSAENOTSOCK);
    if (reserved || (flags & ~TF_REUSE_SOCKET)) return extension_fail(WSAEINVAL);
    if (is_datagram(s)) return extension_fail(WSAENOTCONN);

    if (flags & TF_REUSE_SOCKET)
    {
        if (!overlapped)
            status = reuse_disconnect(s);
        else if (!(status = tail_gate(s, TAIL_QUEUE)) &&
                 (status = submit_marker(s, overlapped)) == STATUS_PENDING)
            reuse_disconnect_later(s);
        if (status == STATUS_PIPE_DISCONNECTED) status = STATUS_INVALID_CONNECTION; /* see reuse_disconnect */
    }
    else
        status = overlapped ? disconnect_overlapped(s, overlapped) : shut_sending_down(s);
    return extension_result(status);
}
