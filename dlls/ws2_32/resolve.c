/*
 * getaddrinfo, getnameinfo and their Unicode forms.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include <ip2string.h>

#include "addrinfo.h"
#include "guarded.h"
#include "lookup.h"
#include "database.h"
#include "startup.h"
#include "text.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Wine's wineboot asks for the own name before any WSAStartup, to find the
 * computer's name and domain for the registry; nobody else may. */
static BOOL may_ask(const struct address_query *query)
{
    char own[256];
    WCHAR *wide;
    BOOL same;

    if (startup_done()) return TRUE;
    if (!query->node || lookup_own_name(own) || !(wide = text_widen(own, CP_UTF8))) return FALSE;
    same = !lstrcmpiW(wide, query->node);
    heap_free(wide);
    return same;
}

/*
 * Both calls set the last error to what they return, 0 included. *result is NULL
 * on failure. Errors: WSAHOST_NOT_FOUND, also if neither node nor service is
 * given; WSANO_DATA for a name that has no address in the family; WSATRY_AGAIN;
 * WSANO_RECOVERY, also if reserved members of hints are set; WSAEINVAL for
 * flags; WSAEAFNOSUPPORT; WSAESOCKTNOSUPPORT; WSATYPE_NOT_FOUND for a service
 * that there is not for this type of socket; WSA_NOT_ENOUGH_MEMORY; WSAEFAULT.
 */
static int get_address_info(const void *node, const void *service, const void *hints, void **result,
                            enum address_layout layout)
{
    struct address_query query;
    void *list = NULL;
    int error;

    if (!addrinfo_give(result, NULL))
    {
        SetLastError(WSAEFAULT);
        return WSAEFAULT;
    }
    error = query_prepare(&query, node, service, hints, layout);
    if (!may_ask(&query)) error = WSANOTINITIALISED;
    if (!error) error = query_run(&query, layout, &list);
    query_free(&query);
    if (!error && !addrinfo_give(result, list))
    {
        addrinfo_free(list, layout);
        error = WSAEFAULT;
    }
    SetLastError(error);
    return error;
}

int WINAPI getaddrinfo(const char *node, const char *service, const ADDRINFOA *hints, ADDRINFOA **result)
{
    TRACE("node %s, service %s, hints %p\n", debugstr_a(node), debugstr_a(service), hints);
    return get_address_info(node, service, hints, (void **)result, LAYOUT_A);
}

int WINAPI GetAddrInfoW(const WCHAR *node, const WCHAR *service, const ADDRINFOW *hints, ADDRINFOW **result)
{
    TRACE("node %s, service %s, hints %p\n", debugstr_w(node), debugstr_w(service), hints);
    return get_address_info(node, service, hints, (void **)result, LAYOUT_W);
}

void WINAPI freeaddrinfo(ADDRINFOA *list)
{
    TRACE("%p\n", list);
    addrinfo_free(list, LAYOUT_A);
}

void WINAPI FreeAddrInfoW(ADDRINFOW *list)
{
    TRACE("%p\n", list);
    addrinfo_free(list, LAYOUT_W);
}

static int read_sockaddr(const SOCKADDR *sockaddr, socklen_t len, struct ws2_address *address, USHORT *port)
{
    SOCKADDR_STORAGE copy = {0};

    if (len < (socklen_t)sizeof(SOCKADDR_IN)) return WSAEFAULT;
    if (!guarded_read(&copy, sockaddr, min((SIZE_T)len, sizeof(copy)))) return WSAEFAULT;
    if (!lookup_from_sockaddr((SOCKADDR *)&copy, address)) return WSAEAFNOSUPPORT;
    if (address->family == AF_INET6 && len < (socklen_t)sizeof(SOCKADDR_IN6)) return WSAEFAULT;
    *port = ntohs(((SOCKADDR_IN *)&copy)->sin_port);
    return 0;
}

static WCHAR *numeric_node(const struct ws2_address *address)
{
    WCHAR buffer[INET6_ADDRSTRLEN + 16], *text;
    ULONG len = ARRAY_COUNT(buffer);

    if (address->family == AF_INET)
        RtlIpv4AddressToStringW((const IN_ADDR *)address->bytes, buffer);
    else
        RtlIpv6AddressToStringExW((const IN6_ADDR *)address->bytes, address->scope, 0, buffer, &len);
    if ((text = heap_alloc((wcslen(buffer) + 1) * sizeof(WCHAR)))) wcscpy(text, buffer);
    return text;
}

/* NI_NOFQDN takes the domain away from names in this computer's own domain. */
static void strip_own_domain(WCHAR *name)
{
    WCHAR domain[256], *dot = wcschr(name, '.');
    DWORD size = ARRAY_COUNT(domain);

    if (dot && GetComputerNameExW(ComputerNamePhysicalDnsDomain, domain, &size) &&
        !lstrcmpiW(dot + 1, domain))
        *dot = 0;
}

static int find_node(const struct ws2_address *address, int flags, WCHAR **node)
{
    struct lookup lookup;
    int error = WSAHOST_NOT_FOUND;

    *node = NULL;
    if (!(flags & NI_NUMERICHOST) && !(error = lookup_address(address, &lookup)))
    {
        *node = text_widen(lookup.names, CP_UTF8);
        lookup_free(&lookup);
        if (*node && flags & NI_NOFQDN) strip_own_domain(*node);
        return *node ? 0 : WSA_NOT_ENOUGH_MEMORY;
    }
    if (flags & NI_NAMEREQD) return error == WSANO_DATA ? WSAHOST_NOT_FOUND : error;
    return (*node = numeric_node(address)) ? 0 : WSA_NOT_ENOUGH_MEMORY;
}

static int find_service(USHORT port, int flags, WCHAR **service)
{
    struct netdb_entry entry;
    char number[8];

    if (!(flags & NI_NUMERICSERV) && netdb_find_service(NULL, port, flags & NI_DGRAM ? "udp" : "tcp", &entry))
    {
        *service = text_widen(entry.name, CP_UTF8);
        netdb_free(&entry);
    }
    else
    {
        sprintf(number, "%u", port);
        *service = text_widen(number, CP_UTF8);
    }
    return *service ? 0 : WSA_NOT_ENOUGH_MEMORY;
}

/* Windows says WSAEFAULT where the buffer is too small. */
static int give_text(const WCHAR *text, void *buffer, DWORD size, BOOL wide)
{
    char *narrow;
    SIZE_T len;
    int error;

    if (wide)
    {
        len = wcslen(text) + 1;
        return len <= size && guarded_write(buffer, text, len * sizeof(WCHAR)) ? 0 : WSAEFAULT;
    }
    if (!(narrow = text_narrow(text, CP_ACP))) return WSA_NOT_ENOUGH_MEMORY;
    len = strlen(narrow) + 1;
    error = len <= size && guarded_write(buffer, narrow, len) ? 0 : WSAEFAULT;
    heap_free(narrow);
    return error;
}

static int check_name_flags(const void *host, DWORD host_size, const void *serv, DWORD serv_size, int flags)
{
    if (!host && !serv) return WSAHOST_NOT_FOUND;
    if ((host && !host_size) || (serv && !serv_size)) return WSAEINVAL;
    if (flags & ~(NI_NOFQDN | NI_NUMERICHOST | NI_NAMEREQD | NI_NUMERICSERV | NI_DGRAM)) return WSAEINVAL;
    if (flags & NI_NUMERICHOST && flags & NI_NAMEREQD) return WSAEINVAL;
    return 0;
}

/*
 * Sizes are characters. An address without a name and a port without a service
 * come as numbers, unless NI_NAMEREQD asks for WSAHOST_NOT_FOUND. WSAEFAULT: no
 * sockaddr, or one that is too short for its family.
 */
static int get_name_info(const SOCKADDR *sockaddr, socklen_t len, void *host, DWORD host_size, void *serv,
                         DWORD serv_size, int flags, BOOL wide)
{
    struct ws2_address address;
    WCHAR *node = NULL, *service = NULL;
    USHORT port = 0;
    int error;

    if (!startup_done()) return WSANOTINITIALISED;
    if (!(error = read_sockaddr(sockaddr, len, &address, &port)))
        error = check_name_flags(host, host_size, serv, serv_size, flags);
    if (!error && host) error = find_node(&address, flags, &node);
    if (!error && serv) error = find_service(port, flags, &service);
    if (!error && host) error = give_text(node, host, host_size, wide);
    if (!error && serv) error = give_text(service, serv, serv_size, wide);
    heap_free(node);
    heap_free(service);
    SetLastError(error);
    return error;
}

int WINAPI getnameinfo(const SOCKADDR *sockaddr, socklen_t len, char *host, DWORD host_size, char *serv,
                       DWORD serv_size, int flags)
{
    TRACE("sockaddr %p, len %d, host %p, size %lu, serv %p, size %lu, flags %#x\n", sockaddr, len, host,
          host_size, serv, serv_size, flags);
    return get_name_info(sockaddr, len, host, host_size, serv, serv_size, flags, FALSE);
}

int WINAPI GetNameInfoW(const SOCKADDR *sockaddr, socklen_t len, WCHAR *host, DWORD host_size, WCHAR *serv,
                        DWORD serv_size, int flags)
{
    TRACE("sockaddr %p, len %d, host %p, size %lu, serv %p, size %lu, flags %#x\n", sockaddr, len, host,
          host_size, serv, serv_size, flags);
    return get_name_info(sockaddr, len, host, host_size, serv, serv_size, flags, TRUE);
}
