/*
 * AcceptEx and GetAcceptExSockaddrs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "base/acceptex.h"
#include "base/alias.h"
#include "base/base.h"
#include "base/device.h"
#include "base/edge.h"
#include "base/extension.h"
#include "base/host.h"
#include "base/reuse.h"
#include "guarded.h"
#include "record.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* What Windows wants beside an address in each of the two address areas. */
#define ADDRESS_SLACK 16

/* Acceptors of our own for requests that have to fail when a connection comes. */
struct decoy
{
    SOCKET listener, acceptor;
    struct decoy *next;
};

static struct decoy *decoys;
static SRWLOCK decoys_lock = SRWLOCK_INIT;

static SOCKET make_decoy(SOCKET listener, const struct afd_info *kind)
{
    struct decoy *decoy;
    SOCKET acceptor;
    int err;

    if (!(decoy = heap_alloc(sizeof(*decoy)))) return INVALID_SOCKET;
    decoy->listener = listener;
    acceptor = base_socket(kind->family, kind->type, kind->protocol, NULL, 0, WSA_FLAG_OVERLAPPED, &err);
    decoy->acceptor = acceptor;
    if (acceptor == INVALID_SOCKET)
    {
        heap_free(decoy);
        return INVALID_SOCKET;
    }
    AcquireSRWLockExclusive(&decoys_lock);
    decoy->next = decoys;
    decoys = decoy;
    ReleaseSRWLockExclusive(&decoys_lock);
    return acceptor;
}

void acceptex_give_back(SOCKET listener)
{
    SOCKADDR_STORAGE peer;
    struct decoy **link, *decoy;
    ULONG handle;
    int err;

    if (!decoys) return;
    AcquireSRWLockExclusive(&decoys_lock);
    for (link = &decoys; (decoy = *link); link = &decoy->next)
    {
        if (decoy->listener != listener) continue;
        if (device_request(decoy->acceptor, AFD_GETPEERNAME, NULL, 0, &peer, sizeof(peer), NULL)) continue;
        /* the device holds one deferred connection a listener: the rest wait their turn */
        handle = decoy->acceptor;
        device_request(listener, AFD_DEFER, &handle, sizeof(handle), NULL, 0, NULL);
        base_close_socket(decoy->acceptor, &err);
        *link = decoy->next;
        heap_free(decoy);
        break;
    }
    ReleaseSRWLockExclusive(&decoys_lock);
}

static DWORD address_size(const struct afd_info *kind)
{
    return kind->family == AF_INET6 ? sizeof(SOCKADDR_IN6) : sizeof(SOCKADDR_IN);
}

/* The device would take any number of bytes that holds the address, and connections
 * for sockets in any state: what Windows refuses is refused here. */
static NTSTATUS check_listener(SOCKET listener)
{
    const struct socket_record *record = record_get(listener);
    int listening = 0;
    NTSTATUS status;

    if (record && record->flags & RECORD_LISTENING) return STATUS_SUCCESS; /* for good */
    status = device_request(listener, AFD_GET_SO_ACCEPTCONN, NULL, 0, &listening, sizeof(listening), NULL);
    return status ? status : listening ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

/* Made here, and nothing came near it yet that gives it a name. */
static BOOL is_fresh(const struct socket_record *record)
{
    const DWORD used = RECORD_USED | RECORD_BOUND | RECORD_CONNECTED | RECORD_LISTENING | RECORD_ACCEPTED |
                       RECORD_LANE_CLOSED | RECORD_SHARED | RECORD_UNBOUND_DUPLICATE | RECORD_HOST;

    return record && record->family && (record->flags & (RECORD_OURS | used)) == RECORD_OURS;
}

static NTSTATUS check_acceptor(SOCKET acceptor, struct afd_info *kind)
{
    const struct socket_record *record = record_get(acceptor);
    SOCKADDR_STORAGE local;
    NTSTATUS status;

    if (record && record->family)
        *kind = (struct afd_info){record->family, record->type, record->protocol};
    else if ((status = device_request(acceptor, AFD_GET_INFO, NULL, 0, kind, sizeof(*kind), NULL)))
        return status;
    if (kind->type != SOCK_STREAM) return STATUS_INVALID_PARAMETER;
    if (is_fresh(record) || reuse_ready(acceptor)) return STATUS_SUCCESS;
    status = device_request(acceptor, AFD_GETSOCKNAME, NULL, 0, &local, sizeof(local), NULL);
    if (!status) return STATUS_INVALID_PARAMETER; /* it has a name: bound or connected */
    return status == STATUS_INVALID_PARAMETER ? STATUS_SUCCESS : status;
}

/* Windows notices only when a connection comes, fails with STATUS_BUFFER_TOO_SMALL,
 * and leaves the connection where it was. The device fails in that way for 1 to 3
 * bytes of local address, once it has taken the connection. */
static NTSTATUS submit_doomed(SOCKET listener, const struct afd_info *kind, void *buffer,
                              OVERLAPPED *overlapped)
{
    struct afd_accept_into params = {.recv_len = 0, .local_len = 3};
    SOCKET acceptor;

    acceptex_give_back(listener);
    if ((acceptor = make_decoy(listener, kind)) == INVALID_SOCKET) return STATUS_NO_MEMORY;
    params.accept_handle = acceptor;
    return device_submit(listener, AFD_ACCEPT_INTO, &params, sizeof(params), buffer,
                         params.local_len + sizeof(int), NULL, overlapped, NULL);
}

/*
 * Has listener's next connection become acceptor, a stream socket that is neither
 * bound nor connected nor already waiting for one (WSAEINVAL). buffer receives
 * data_len bytes of data, if that is not 0 only after the first have come, then the
 * local and the remote address, for GetAcceptExSockaddrs only: local_len and
 * remote_len bytes, 16 more than an address takes; local_len may be 0.
 * ERROR_INVALID_PARAMETER without an OVERLAPPED; WSAEFAULT for no buffer, or 0 bytes of
 * remote address; WSAEINVAL if listener does not listen. Otherwise WSA_IO_PENDING.
 */
BOOL WINAPI extension_accept_ex(SOCKET listener, SOCKET acceptor, void *buffer, DWORD data_len,
                                DWORD local_len, DWORD remote_len, DWORD *received, OVERLAPPED *overlapped)
{
    struct afd_accept_into params = {.accept_handle = acceptor, .recv_len = data_len, .local_len = local_len};
    struct socket_record *record;
    struct afd_info kind;
    NTSTATUS status;
    ULONG done = 0;

    TRACE(
        "listener %#Ix, acceptor %#Ix, buffer %p, data %lu, local %lu, remote %lu, received %p, overlapped %p\n",
        listener, acceptor, buffer, data_len, local_len, remote_len, received, overlapped);

    if (!startup_done()) return FALSE;
    if (!overlapped) return extension_fail(WSA_INVALID_PARAMETER);
    if (!extension_begin(overlapped) || !buffer || !remote_len) return extension_fail(WSAEFAULT);
    if ((ULONGLONG)data_len + local_len + remote_len > MAXLONG) return extension_fail(WSAENOBUFS);
    if ((status = check_listener(listener)) || (status = check_acceptor(acceptor, &kind)))
        return extension_result(status);
    if (!guarded_writable(buffer, data_len + local_len + remote_len)) return extension_fail(WSAEFAULT);
    alias_record(listener);
    edge_used(listener);
    edge_give_back(acceptor);

    if ((local_len && local_len < address_size(&kind) + ADDRESS_SLACK) ||
        remote_len < address_size(&kind) + ADDRESS_SLACK)
        return extension_result(submit_doomed(listener, &kind, buffer, overlapped));

    acceptex_give_back(listener);
    reuse_accepted_into(acceptor);
    if ((record = record_get(acceptor))) record_set_flags(record, RECORD_USED | RECORD_ACCEPTED);
    status = device_submit(listener, AFD_ACCEPT_INTO, &params, sizeof(params), buffer,
                           data_len + local_len + remote_len, &done, overlapped, NULL);
    if (!status && received && !guarded_write(received, &done, sizeof(done)))
        return extension_fail(WSAEFAULT);
    return extension_result(status);
}

/* Finds the addresses in a buffer AcceptEx has filled; the lengths are those AcceptEx
 * was given. What was not asked for (local_len 0) is not written. */
void WINAPI extension_get_sockaddrs(void *buffer, DWORD data_len, DWORD local_len, DWORD remote_len,
                                    struct sockaddr **local, int *local_size, struct sockaddr **remote,
                                    int *remote_size)
{
    char *area = (char *)buffer + data_len;

    TRACE("buffer %p, data %lu, local %lu, remote %lu\n", buffer, data_len, local_len, remote_len);

    host_accept_areas(area, local_len, area + local_len, remote_len);
    /* each area is the device's: an int, the address's size, and the address */
    if (local_len)
    {
        *local_size = *(const int UNALIGNED *)area;
        *local = (struct sockaddr *)(area + sizeof(int));
    }
    area += local_len;
    *remote_size = *(const int UNALIGNED *)area;
    *remote = (struct sockaddr *)(area + sizeof(int));
}
