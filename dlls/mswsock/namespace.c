/*
 * mswsock.dll as a namespace provider: DNS, as the catalog says.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * ws2_32 answers DNS queries by itself and never loads this; others that read the
 * catalog may. Lookups go to ws2_32, restricted to its own provider.
 */
#include "mswsock.h"

WINE_DEFAULT_DEBUG_CHANNEL(mswsock);

static const GUID dns_id = {0x22059d40, 0x7e9e, 0x11cf, {0xae, 0x5a, 0x00, 0xaa, 0x00, 0xa7, 0x11, 0x2b}};

static int refuse(int error)
{
    SetLastError(error);
    return SOCKET_ERROR;
}

static INT WSPAPI dns_cleanup(GUID *id)
{
    TRACE("id %s\n", debugstr_guid(id));
    return WSACleanup();
}

static INT WSPAPI dns_begin(GUID *id, WSAQUERYSETW *query, WSASERVICECLASSINFOW *class, DWORD flags,
                            HANDLE *lookup)
{
    WSAQUERYSETW copy;

    TRACE("id %s, query %p, class %p, flags %#lx\n", debugstr_guid(id), query, class, flags);
    if (!query) return refuse(WSAEFAULT);
    copy = *query;
    copy.dwNameSpace = NS_DNS;
    copy.lpNSProviderId = (GUID *)&dns_id;
    return WSALookupServiceBeginW(&copy, flags, lookup);
}

static INT WSPAPI dns_next(HANDLE lookup, DWORD flags, DWORD *size, WSAQUERYSETW *results)
{
    return WSALookupServiceNextW(lookup, flags, size, results);
}

static INT WSPAPI dns_end(HANDLE lookup)
{
    return WSALookupServiceEnd(lookup);
}

/* Nothing is registered in DNS this way, on Windows either. */
static INT WSPAPI dns_set_service(GUID *id, WSASERVICECLASSINFOW *class, WSAQUERYSETW *query,
                                  WSAESETSERVICEOP operation, DWORD flags)
{
    TRACE("id %s, class %p, query %p, operation %d, flags %#lx\n", debugstr_guid(id), class, query, operation,
          flags);
    return refuse(WSAEINVAL);
}

static INT WSPAPI dns_install_class(GUID *id, WSASERVICECLASSINFOW *class)
{
    TRACE("id %s, class %p\n", debugstr_guid(id), class);
    return refuse(WSAEOPNOTSUPP);
}

static INT WSPAPI dns_remove_class(GUID *id, GUID *class_id)
{
    TRACE("id %s, class_id %s\n", debugstr_guid(id), debugstr_guid(class_id));
    return refuse(WSAEOPNOTSUPP);
}

static INT WSPAPI dns_get_class(GUID *id, DWORD *size, WSASERVICECLASSINFOW *class)
{
    TRACE("id %s, size %p, class %p\n", debugstr_guid(id), size, class);
    return refuse(WSAEOPNOTSUPP);
}

static INT WSPAPI dns_ioctl(HANDLE lookup, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size,
                            DWORD *returned, WSACOMPLETION *completion, WSATHREADID *thread)
{
    TRACE(
        "lookup %p, code %#lx, in %p, in_size %lu, out %p, out_size %lu, returned %p, completion %p, thread %p\n",
        lookup, code, in, in_size, out, out_size, returned, completion, thread);
    return refuse(WSAEOPNOTSUPP);
}

/* WSAEINVAL: the provider's id in the catalog is another. */
INT WSPAPI NSPStartup(GUID *id, NSP_ROUTINE *routines)
{
    WSADATA data;
    int err;

    TRACE("id %s, routines %p\n", debugstr_guid(id), routines);

    if (!id || !routines || memcmp(id, &dns_id, sizeof(dns_id))) return refuse(WSAEINVAL);
    if ((err = WSAStartup(MAKEWORD(2, 2), &data))) return refuse(err);
    *routines = (NSP_ROUTINE){sizeof(*routines),
                              1,
                              1,
                              dns_cleanup,
                              dns_begin,
                              dns_next,
                              dns_end,
                              dns_set_service,
                              dns_install_class,
                              dns_remove_class,
                              dns_get_class,
                              dns_ioctl};
    return 0;
}

/* Winsock 1.1's namespace providers, which this never was on any Windows that has
 * Winsock 2: none are given. */
INT WINAPI NPLoadNameSpaces(DWORD *version, void *routines, DWORD *size)
{
    TRACE("version %p, routines %p, size %p\n", version, routines, size);
    if (!version || !size)
    {
        SetLastError(ERROR_INVALID_PARAMETER);
        return SOCKET_ERROR;
    }
    *version = 1;
    *size = 0;
    return 0;
}
