/*
 * WSAConnectByName and WSAConnectByList: connecting to whichever address answers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Both block even on a non-blocking socket, so each address is tried with
 * ConnectEx, which does not depend on the mode.
 */
#include "private.h"

#include "addrinfo.h"
#include "guarded.h"
#include "lookup.h"
#include "provider.h"
#include "startup.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

struct attempt
{
    SOCKET socket;
    int family;
    BOOL dual; /* IPv4 addresses can be mapped */
    LPFN_CONNECTEX connect_ex;
    WSAEVENT event;
    ULONGLONG deadline; /* of GetTickCount64, or 0 */
};

/* Where a call wants to know the addresses of the connection. */
struct wanted
{
    DWORD *local_len;
    SOCKADDR *local;
    DWORD *remote_len;
    SOCKADDR *remote;
};

static int socket_kind(struct attempt *attempt)
{
    WSAPROTOCOL_INFOW info;
    int len = sizeof(info), only = 1, only_len = sizeof(only);

    if (getsockopt(attempt->socket, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&info, &len)) return WSAENOTSOCK;
    if (info.iSocketType != SOCK_STREAM) return WSAEFAULT; /* since Windows 10 1809 */
    attempt->family = info.iAddressFamily;
    if (attempt->family != AF_INET && attempt->family != AF_INET6) return WSAEINVAL;
    attempt->dual = attempt->family == AF_INET6 &&
                    !getsockopt(attempt->socket, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&only, &only_len) &&
                    !only;
    return 0;
}

static int bind_anywhere(const struct attempt *attempt)
{
    SOCKADDR_STORAGE any = {0};
    int len = sizeof(any);

    if (!getsockname(attempt->socket, (SOCKADDR *)&any, &len)) return 0; /* bound already */
    memset(&any, 0, sizeof(any));
    any.ss_family = attempt->family;
    len = attempt->family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6);
    return bind(attempt->socket, (SOCKADDR *)&any, len) ? GetLastError() : 0;
}

static int prepare(struct attempt *attempt, SOCKET s, const struct timeval *timeout)
{
    static GUID id = WSAID_CONNECTEX;
    struct timeval time;
    DWORD done;
    int error;

    memset(attempt, 0, sizeof(*attempt));
    attempt->socket = s;
    if (timeout && !guarded_read(&time, timeout, sizeof(time))) return WSAEFAULT;
    if ((error = socket_kind(attempt))) return error;
    if (timeout) attempt->deadline = GetTickCount64() + time.tv_sec * 1000ull + time.tv_usec / 1000 + 1;
    if (WSAIoctl(s, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &attempt->connect_ex,
                 sizeof(attempt->connect_ex), &done, NULL, NULL))
        return GetLastError();
    return (attempt->event = CreateEventW(NULL, TRUE, FALSE, NULL)) ? 0 : WSAENOBUFS;
}

static void finish(struct attempt *attempt)
{
    if (attempt->event) CloseHandle(attempt->event);
}

static DWORD time_left(const struct attempt *attempt)
{
    ULONGLONG now = GetTickCount64();

    if (!attempt->deadline) return INFINITE;
    return now < attempt->deadline ? min(attempt->deadline - now, INFINITE - 1) : 0;
}

static int try_address(struct attempt *attempt, const SOCKADDR *address, int len)
{
    OVERLAPPED overlapped = {0};
    DWORD done, flags;

    /* the low bit keeps the completion from a port that the socket may have */
    overlapped.hEvent = (HANDLE)((ULONG_PTR)attempt->event | 1);
    ResetEvent(attempt->event);
    if (!attempt->connect_ex(attempt->socket, address, len, NULL, 0, NULL, &overlapped))
    {
        if (GetLastError() != ERROR_IO_PENDING) return GetLastError();
        if (WaitForSingleObject(attempt->event, time_left(attempt)) == WAIT_TIMEOUT)
        {
            CancelIoEx(SOCKET_HANDLE(attempt->socket), &overlapped);
            WaitForSingleObject(attempt->event, INFINITE);
            return WSAETIMEDOUT;
        }
        if (!WSAGetOverlappedResult(attempt->socket, &overlapped, &done, FALSE, &flags))
            return GetLastError();
    }
    setsockopt(attempt->socket, SOL_SOCKET, SO_UPDATE_CONNECT_CONTEXT, NULL, 0);
    return 0;
}

/* An IPv4 address for an IPv6 socket is mapped; FALSE if it can't be used here. */
static BOOL fit(const struct attempt *attempt, const SOCKADDR *from, int len, SOCKADDR_STORAGE *to,
                int *to_len)
{
    struct ws2_address address;

    if (len < (int)sizeof(SOCKADDR_IN) || !lookup_from_sockaddr(from, &address)) return FALSE;
    if (address.family == AF_INET6 && len < (int)sizeof(SOCKADDR_IN6)) return FALSE;
    if (address.family != attempt->family)
    {
        if (address.family != AF_INET || !attempt->dual) return FALSE;
        memcpy(address.bytes + 12, address.bytes, 4);
        memset(address.bytes, 0, 10);
        memset(address.bytes + 10, 0xff, 2);
        address.family = AF_INET6;
    }
    *to_len = lookup_sockaddr(&address, ntohs(((const SOCKADDR_IN *)from)->sin_port), to);
    return TRUE;
}

/* One address after the other: the error is the last one's. */
static int try_all(struct attempt *attempt, const SOCKET_ADDRESS_LIST *list)
{
    SOCKADDR_STORAGE address;
    int i, len, error = WSAEHOSTUNREACH;

    for (i = 0; i < list->iAddressCount; i++)
    {
        if (attempt->deadline && !time_left(attempt)) return WSAETIMEDOUT;
        if (!fit(attempt, list->Address[i].lpSockaddr, list->Address[i].iSockaddrLength, &address, &len))
            continue;
        if (!(error = try_address(attempt, (SOCKADDR *)&address, len))) return 0;
        if (error == WSAETIMEDOUT && attempt->deadline && !time_left(attempt)) return error;
    }
    return error;
}

static BOOL check_room(DWORD *len, const SOCKADDR *address, DWORD needed, int *error)
{
    DWORD size;

    if (!len || !address) return TRUE;
    if (guarded_read(&size, len, sizeof(size)) && guarded_write(len, &size, sizeof(size)) && size >= needed)
        return TRUE;
    *error = WSAEFAULT;
    return FALSE;
}

static int give_address(DWORD *len, SOCKADDR *address, const SOCKADDR_STORAGE *from, DWORD size)
{
    if (!len) return 0;
    if (address && !guarded_write(address, from, size)) return WSAEFAULT;
    return guarded_write(len, &size, sizeof(size)) ? 0 : WSAEFAULT;
}

/* The local address comes without its port, as Windows gives it. */
static int give_addresses(const struct attempt *attempt, const struct wanted *wanted)
{
    SOCKADDR_STORAGE local = {0}, remote = {0};
    int local_len = sizeof(local), remote_len = sizeof(remote), error;

    if (getsockname(attempt->socket, (SOCKADDR *)&local, &local_len) ||
        getpeername(attempt->socket, (SOCKADDR *)&remote, &remote_len))
        return GetLastError();
    ((SOCKADDR_IN *)&local)->sin_port = 0;
    if ((error = give_address(wanted->local_len, wanted->local, &local, local_len))) return error;
    return give_address(wanted->remote_len, wanted->remote, &remote, remote_len);
}

static int connect_to(struct attempt *attempt, const SOCKET_ADDRESS_LIST *list, const struct wanted *wanted)
{
    DWORD needed = attempt->family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6);
    int error = 0;

    if (!check_room(wanted->local_len, wanted->local, needed, &error)) return error;
    if (!check_room(wanted->remote_len, wanted->remote, needed, &error)) return error;
    if ((error = bind_anywhere(attempt)) || (error = try_all(attempt, list))) return error;
    return give_addresses(attempt, wanted);
}

/* Points to what is in the list of infos. */
static SOCKET_ADDRESS_LIST *list_of(const ADDRINFOW *infos)
{
    const ADDRINFOW *info;
    SOCKET_ADDRESS_LIST *list;
    int count = 0;

    for (info = infos; info; info = info->ai_next) count++;
    if (!(list = heap_alloc(offsetof(SOCKET_ADDRESS_LIST, Address[count])))) return NULL;
    list->iAddressCount = count;
    for (count = 0, info = infos; info; info = info->ai_next, count++)
    {
        list->Address[count].lpSockaddr = info->ai_addr;
        list->Address[count].iSockaddrLength = info->ai_addrlen;
    }
    return list;
}

static int connect_by_query(struct attempt *attempt, struct address_query *query, const struct wanted *wanted)
{
    SOCKET_ADDRESS_LIST *list;
    void *infos;
    int error;

    query->family = attempt->dual ? AF_UNSPEC : attempt->family;
    query->socktype = SOCK_STREAM;
    if ((error = query_run(query, LAYOUT_W, &infos))) return error;
    error = (list = list_of(infos)) ? connect_to(attempt, list, wanted) : WSAENOBUFS;
    heap_free(list);
    addrinfo_free(infos, LAYOUT_W);
    return error;
}

static BOOL connect_by_name(SOCKET s, const void *node, const void *service, enum address_layout layout,
                            const struct wanted *wanted, const struct timeval *timeout, const void *reserved)
{
    struct address_query query;
    struct attempt attempt;
    int error;

    if (!startup_done()) return FALSE;
    if (!node || !service || reserved)
        error = WSAEINVAL;
    else
    {
        if (!(error = query_prepare(&query, node, service, NULL, layout)))
        {
            if (!(error = prepare(&attempt, s, timeout))) error = connect_by_query(&attempt, &query, wanted);
            finish(&attempt);
        }
        query_free(&query);
    }
    SetLastError(error);
    return !error;
}

/*
 * The lengths are bytes, read and written; a length without an address, or an
 * address without a length, is allowed. Errors: WSAEINVAL for a missing name or
 * a reserved argument, WSAEFAULT for lengths that are too short and for sockets
 * that are no streams, WSAENOTSOCK, WSAHOST_NOT_FOUND, WSATYPE_NOT_FOUND,
 * WSAEHOSTUNREACH, WSAETIMEDOUT, and what the last attempt to connect says.
 */
BOOL WINAPI WSAConnectByNameA(SOCKET s, const char *node, const char *service, DWORD *local_len,
                              SOCKADDR *local, DWORD *remote_len, SOCKADDR *remote,
                              const struct timeval *timeout, WSAOVERLAPPED *reserved)
{
    struct wanted wanted = {local_len, local, remote_len, remote};

    TRACE("socket %#Ix, node %s, service %s, timeout %p\n", s, debugstr_a(node), debugstr_a(service),
          timeout);
    return connect_by_name(s, node, service, LAYOUT_A, &wanted, timeout, reserved);
}

BOOL WINAPI WSAConnectByNameW(SOCKET s, const WCHAR *node, const WCHAR *service, DWORD *local_len,
                              SOCKADDR *local, DWORD *remote_len, SOCKADDR *remote,
                              const struct timeval *timeout, WSAOVERLAPPED *reserved)
{
    struct wanted wanted = {local_len, local, remote_len, remote};

    TRACE("socket %#Ix, node %s, service %s, timeout %p\n", s, debugstr_w(node), debugstr_w(service),
          timeout);
    return connect_by_name(s, node, service, LAYOUT_W, &wanted, timeout, reserved);
}

/* A copy of the list with the addresses behind it, all in one block. */
static int copy_list(const SOCKET_ADDRESS_LIST *list, SOCKET_ADDRESS_LIST **copy)
{
    SOCKADDR_STORAGE *room;
    int i, count, error = 0;

    *copy = NULL;
    if (!guarded_read(&count, &list->iAddressCount, sizeof(count))) return WSAEFAULT;
    if (count <= 0 || count > 0xffff) return WSAEINVAL;
    *copy = heap_alloc(offsetof(SOCKET_ADDRESS_LIST, Address[count]) + count * sizeof(*room));
    if (!*copy) return WSAENOBUFS;
    room = (SOCKADDR_STORAGE *)&(*copy)->Address[count];
    (*copy)->iAddressCount = count;
    if (!guarded_read((*copy)->Address, list->Address, count * sizeof(list->Address[0]))) error = WSAEFAULT;
    for (i = 0; i < count && !error; i++)
    {
        SOCKET_ADDRESS *address = &(*copy)->Address[i];

        if (address->iSockaddrLength < 0 || address->iSockaddrLength > (int)sizeof(*room))
            error = WSAEINVAL;
        else if (!guarded_read(&room[i], address->lpSockaddr, address->iSockaddrLength))
            error = WSAEFAULT;
        address->lpSockaddr = (SOCKADDR *)&room[i];
    }
    return error;
}

/* Errors as above, and WSAEINVAL for an empty list. */
BOOL WINAPI WSAConnectByList(SOCKET s, SOCKET_ADDRESS_LIST *list, DWORD *local_len, SOCKADDR *local,
                             DWORD *remote_len, SOCKADDR *remote, const struct timeval *timeout,
                             WSAOVERLAPPED *reserved)
{
    struct wanted wanted = {local_len, local, remote_len, remote};
    SOCKET_ADDRESS_LIST *copy = NULL;
    struct attempt attempt;
    int error;

    TRACE("socket %#Ix, list %p, timeout %p\n", s, list, timeout);
    if (!startup_done()) return FALSE;
    if (reserved)
        error = WSAEINVAL;
    else if (!(error = copy_list(list, &copy)))
    {
        if (!(error = prepare(&attempt, s, timeout))) error = connect_to(&attempt, copy, &wanted);
        finish(&attempt);
    }
    heap_free(copy);
    SetLastError(error);
    return !error;
}
