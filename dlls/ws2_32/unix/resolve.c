/*
 * Names and addresses: questions to the host's resolver.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "unix/dns.h"
#include "unix/interface.h"
#include "unix/names.h"
#include "unix/resolve.h"
#include "unix/sockaddr.h"
#include "unix/wsaerror.h"

/* IPv6 addresses that lead somewhere without a router. */
static int is_local_ipv6(const uint8_t *bytes)
{
    static const uint8_t loopback[16] = {[15] = 1};

    return !memcmp(bytes, loopback, sizeof(loopback)) || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80);
}

static int has_global_ipv6(void)
{
    struct ws2_interface *list;
    size_t count, i;
    int found = 0;

    if (interface_list(WIN_AF_INET6, &list, &count)) return 0;
    for (i = 0; i < count; i++) found |= !is_local_ipv6(list[i].address.bytes);
    free(list);
    return found;
}

/* As Windows does, leaves out IPv6 addresses that this host could not reach
 * anyhow because it has no IPv6 address that is valid beyond the link. */
static void add_usable(struct ws2_name_resolve *params, const struct addrinfo *list)
{
    int usable = -1;
    struct ws2_address address;

    for (; list; list = list->ai_next)
    {
        if (!address_from_host(list->ai_addr, &address)) continue;
        if (address.family == WIN_AF_INET6 && !is_local_ipv6(address.bytes))
        {
            if (usable < 0) usable = has_global_ipv6();
            if (!usable) continue;
        }
        addresses_add(params, &address);
    }
}

static void resolve_addrinfo(struct ws2_name_resolve *params, const char *name, int family)
{
    struct addrinfo hints = {0}, *list;
    int eai;

    hints.ai_family = family;
    hints.ai_socktype = SOCK_STREAM; /* once per address */
    if (params->flags & WS2_NAME_CANONICAL) hints.ai_flags = AI_CANONNAME;
    if ((eai = getaddrinfo(name, NULL, &hints, &list)))
    {
        params->error = error_from_eai(eai, errno);
        return;
    }
    add_usable(params, list);
    if (list->ai_canonname) names_add(&params->names, list->ai_canonname);
    if (!params->count) params->error = WSANO_DATA;
    freeaddrinfo(list);
}

static void add_hostent(struct ws2_name_resolve *params, const struct hostent *host)
{
    struct ws2_address address = {0};
    char **p;

    address.family = host->h_addrtype == AF_INET6 ? WIN_AF_INET6 : WIN_AF_INET;
    for (p = host->h_addr_list; *p; p++)
    {
        memcpy(address.bytes, *p, host->h_length > 16 ? 16 : host->h_length);
        addresses_add(params, &address);
    }
}

static void add_host_names(struct ws2_names *names, const struct hostent *host)
{
    char **p;

    names_add(names, host->h_name);
    for (p = host->h_aliases; *p; p++) names_add(names, *p);
}

/* The reentrant calls want a buffer of a size that nobody knows beforehand. */
#define WITH_GROWING_BUFFER(call, err)                              \
    do                                                              \
    {                                                               \
        size_t size = 1024;                                         \
        char *bigger;                                               \
        (err) = ENOMEM;                                             \
        while (size <= 1 << 20 && (bigger = realloc(buffer, size))) \
        {                                                           \
            buffer = bigger;                                        \
            if (((err) = (call)) != ERANGE) break;                  \
            size *= 2;                                              \
        }                                                           \
    } while (0)

static void resolve_hostent(struct ws2_name_resolve *params, const char *name, int family)
{
    struct hostent space, *host = NULL;
    char *buffer = NULL;
    int err, h_err = NO_RECOVERY;

    WITH_GROWING_BUFFER(gethostbyname2_r(name, family, &space, buffer, size, &host, &h_err), err);
    if (err == ENOMEM)
        params->error = WSAENOBUFS;
    else if (err || !host)
        params->error = error_from_h_errno(h_err);
    else
    {
        add_hostent(params, host);
        add_host_names(&params->names, host);
    }
    free(buffer);
}

/* One question to the DNS server; an error only if there is no answer at all. */
static int ask_server(struct ws2_name_resolve *params, const char *name, enum dns_type type,
                      char canonical[DNS_NAME_SIZE])
{
    uint8_t message[8192];
    int size = res_search(name, 1 /* C_IN */, type, message, sizeof(message));

    if (size < 0) return error_from_h_errno(h_errno);
    if (size > (int)sizeof(message)) size = sizeof(message);
    return dns_answer(message, size, type, params, canonical) ? WSANO_RECOVERY : 0;
}

static void resolve_dns(struct ws2_name_resolve *params, const char *name, int family)
{
    char canonical[DNS_NAME_SIZE] = "";
    int error4 = 0, error6 = 0;

    if (family != AF_INET && has_global_ipv6()) error6 = ask_server(params, name, DNS_AAAA, canonical);
    if (family != AF_INET6) error4 = ask_server(params, name, DNS_A, canonical);
    if (!params->count)
        params->error = error4 ? error4 : error6 ? error6 : WSANO_DATA;
    else
        names_add(&params->names, canonical[0] ? canonical : name);
}

/* RFC 6761: "invalid" names exist nowhere, and need not be asked for. */
static int is_invalid_domain(const char *name)
{
    size_t len = strlen(name);

    if (len && name[len - 1] == '.') len--;
    if (len == 7) return !strncasecmp(name, "invalid", 7);
    return len > 8 && !strncasecmp(name + len - 8, ".invalid", 8);
}

void resolve_name(struct ws2_name_resolve *params)
{
    const char *name = WS2_AT(const char, params->name);
    int family = family_to_host(params->family);

    params->count = params->names.used = params->names.count = 0;
    params->error = 0;
    if (family < 0)
        params->error = WSAEAFNOSUPPORT;
    else if (is_invalid_domain(name))
        params->error = WSAHOST_NOT_FOUND;
    else if (params->flags & WS2_NAME_DNS_ONLY)
        resolve_dns(params, name, family);
    else if (params->flags & WS2_NAME_ALIASES)
        resolve_hostent(params, name, family);
    else
        resolve_addrinfo(params, name, family);
}

void resolve_reverse(struct ws2_name_reverse *params)
{
    int family = family_to_host(params->address.family);
    struct hostent space, *host = NULL;
    char *buffer = NULL;
    int err, h_err = NO_RECOVERY;

    params->names.used = params->names.count = 0;
    params->error = 0;
    if (family <= 0)
    {
        params->error = WSAEAFNOSUPPORT;
        return;
    }
    WITH_GROWING_BUFFER(gethostbyaddr_r(params->address.bytes, family == AF_INET ? 4 : 16, family, &space,
                                        buffer, size, &host, &h_err),
                        err);
    if (err == ENOMEM)
        params->error = WSAENOBUFS;
    else if (err || !host)
        params->error = error_from_h_errno(h_err);
    else
        add_host_names(&params->names, host);
    free(buffer);
}

void find_service(struct ws2_service_find *params)
{
    const char *name = WS2_AT(const char, params->name), *protocol = WS2_AT(const char, params->protocol);
    struct servent space, *found = NULL;
    char *buffer = NULL, **p;
    int err;

    params->names.used = params->names.count = 0;
    params->error = 0;
    if (name)
        WITH_GROWING_BUFFER(getservbyname_r(name, protocol, &space, buffer, size, &found), err);
    else
        WITH_GROWING_BUFFER(getservbyport_r(htons(params->port), protocol, &space, buffer, size, &found),
                            err);
    if (err == ENOMEM)
        params->error = WSAENOBUFS;
    else if (err || !found)
        params->error = WSANO_DATA;
    else
    {
        params->port = ntohs(found->s_port);
        names_add(&params->names, found->s_proto);
        names_add(&params->names, found->s_name);
        for (p = found->s_aliases; *p; p++) names_add(&params->names, *p);
    }
    free(buffer);
}
