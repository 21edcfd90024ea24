/*
 * Results of name lookups, packed into the caller's buffers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The caller's buffers are never overrun: what does not fit is counted only, so
 * that the caller knows how much to offer the next time.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "unix/errno.h"
#include "unix/names.h"
#include "unix/wsaerror.h"

int address_from_host(const struct sockaddr *host, struct ws2_address *address)
{
    memset(address, 0, sizeof(*address));
    if (!host) return 0;
    if (host->sa_family == AF_INET)
    {
        address->family = WIN_AF_INET;
        memcpy(address->bytes, &((const struct sockaddr_in *)host)->sin_addr, 4);
        return 1;
    }
    if (host->sa_family == AF_INET6)
    {
        address->family = WIN_AF_INET6;
        address->scope = ((const struct sockaddr_in6 *)host)->sin6_scope_id;
        memcpy(address->bytes, &((const struct sockaddr_in6 *)host)->sin6_addr, 16);
        return 1;
    }
    return 0;
}

socklen_t address_to_host(const struct ws2_address *address, struct sockaddr_storage *host)
{
    memset(host, 0, sizeof(*host));
    if (address->family == WIN_AF_INET)
    {
        struct sockaddr_in *in = (struct sockaddr_in *)host;

        in->sin_family = AF_INET;
        memcpy(&in->sin_addr, address->bytes, 4);
        return sizeof(*in);
    }
    if (address->family == WIN_AF_INET6)
    {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)host;

        in6->sin6_family = AF_INET6;
        in6->sin6_scope_id = address->scope;
        memcpy(&in6->sin6_addr, address->bytes, 16);
        return sizeof(*in6);
    }
    return 0;
}

void names_add(struct ws2_names *names, const char *text)
{
    size_t len = strlen(text) + 1;

    if (names->used <= names->size && len <= names->size - names->used)
        memcpy(WS2_AT(char, names->text) + names->used, text, len);
    names->used += len;
    names->count++;
}

void addresses_add(struct ws2_name_resolve *params, const struct ws2_address *address)
{
    struct ws2_address *addresses = WS2_AT(struct ws2_address, params->addresses);
    uint32_t i;

    for (i = 0; i < params->count && i < params->capacity; i++)
        if (!memcmp(&addresses[i], address, sizeof(*address))) return;
    if (params->count < params->capacity) addresses[params->count] = *address;
    params->count++;
}

int error_from_eai(int eai, int host_errno)
{
    switch (eai)
    {
    case 0: return 0;
    case EAI_AGAIN: return WSATRY_AGAIN;
    case EAI_BADFLAGS: return WSAEINVAL;
    case EAI_FAMILY: return WSAEAFNOSUPPORT;
    case EAI_SOCKTYPE: return WSAESOCKTNOSUPPORT;
    case EAI_MEMORY: return WSAENOBUFS;
    case EAI_NONAME: return WSAHOST_NOT_FOUND;
    case EAI_NODATA:
    case EAI_ADDRFAMILY: return WSANO_DATA; /* the name is known, but not in this family */
    case EAI_SYSTEM: return host_errno ? error_from_errno(host_errno) : WSAHOST_NOT_FOUND;
    default: return WSANO_RECOVERY;
    }
}

int error_from_h_errno(int h_err)
{
    switch (h_err)
    {
    case HOST_NOT_FOUND: return WSAHOST_NOT_FOUND;
    case TRY_AGAIN: return WSATRY_AGAIN;
    case NO_DATA: return WSANO_DATA;
    default: return WSANO_RECOVERY;
    }
}
