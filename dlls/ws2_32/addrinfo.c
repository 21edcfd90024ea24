/*
 * getaddrinfo's questions and answers, whatever the form of the call.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The four structures, ADDRINFO and ADDRINFOEX in ANSI and Unicode, begin alike;
 * they differ in the string that ai_canonname points to, and in where ai_next is.
 */
#include "private.h"

#include "addrinfo.h"
#include "etcfile.h"
#include "guarded.h"
#include "lookup.h"
#include "nsp.h"
#include "database.h"
#include "startup.h"
#include "text.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* What Windows 10's ADDRINFOEX2 adds to ADDRINFOEX. */
struct addrinfo_ex
{
    ADDRINFOEXW base;
    int version;
    void *fqdn;
};

#define KNOWN_FLAGS                                                                                   \
    (AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_NUMERICSERV | WS2_AI_DNS_ONLY |                  \
     WS2_AI_FORCE_CLEAR_TEXT | WS2_AI_BYPASS_DNS_CACHE | WS2_AI_RETURN_TTL | AI_ALL | AI_ADDRCONFIG | \
     AI_V4MAPPED | AI_NON_AUTHORITATIVE | AI_SECURE | AI_RETURN_PREFERRED_NAMES | WS2_AI_FQDN |       \
     WS2_AI_FILESERVER | AI_DISABLE_IDN_ENCODING | WS2_AI_SECURE_WITH_FALLBACK |                      \
     WS2_AI_EXCLUSIVE_CUSTOM_SERVERS | WS2_AI_RETURN_RESPONSE_FLAGS | WS2_AI_REQUIRE_SECURE |         \
     WS2_AI_RESOLUTION_HANDLE | WS2_AI_EXTENDED)

static int copy_hints(const void *hints, enum address_layout layout, ADDRINFOEXW *copy)
{
    ADDRINFOW plain;

    memset(copy, 0, sizeof(*copy));
    if (!hints) return 0;
    if (layout & LAYOUT_EX) return guarded_read(copy, hints, sizeof(*copy)) ? 0 : WSAEFAULT;
    if (!guarded_read(&plain, hints, sizeof(plain))) return WSAEFAULT;
    memcpy(copy, &plain, offsetof(ADDRINFOW, ai_next));
    copy->ai_next = (ADDRINFOEXW *)plain.ai_next;
    return 0;
}

/* Only the first six members of hints may say anything. */
static int check_hints(const ADDRINFOEXW *hints)
{
    if (hints->ai_addrlen || hints->ai_canonname || hints->ai_addr || hints->ai_next) return WSANO_RECOVERY;
    if (hints->ai_flags & ~KNOWN_FLAGS) return WSAEINVAL;
    /* two names for one member */
    if (hints->ai_flags & AI_CANONNAME && hints->ai_flags & WS2_AI_FQDN &&
        !(hints->ai_flags & WS2_AI_EXTENDED))
        return WSAEINVAL;
    if (hints->ai_family != AF_UNSPEC && hints->ai_family != AF_INET && hints->ai_family != AF_INET6)
        return WSAEAFNOSUPPORT;
    if (hints->ai_socktype < 0 || hints->ai_socktype > SOCK_SEQPACKET) return WSAESOCKTNOSUPPORT;
    return 0;
}

static int copy_names(struct address_query *query, const void *node, const void *service,
                      enum address_layout layout)
{
    WCHAR *wide = NULL;
    char *narrow = NULL;
    int error;

    if (layout & LAYOUT_W)
    {
        if ((error = text_copy_wide(node, &query->node)) || (error = text_copy_wide(service, &wide)))
            return error;
        query->service = text_narrow(wide, CP_ACP);
        heap_free(wide);
    }
    else
    {
        if ((error = text_copy(service, &query->service)) || (error = text_copy(node, &narrow))) return error;
        query->node = text_widen(narrow, CP_ACP);
        heap_free(narrow);
    }
    return !query->node == !node && !query->service == !service ? 0 : WSA_NOT_ENOUGH_MEMORY;
}

int query_prepare(struct address_query *query, const void *node, const void *service, const void *hints,
                  enum address_layout layout)
{
    ADDRINFOEXW copy;
    int error;

    memset(query, 0, sizeof(*query));
    if (!node && !service) return WSAHOST_NOT_FOUND;
    if ((error = copy_hints(hints, layout, &copy)) || (error = check_hints(&copy))) return error;
    if (copy.ai_flags & (AI_CANONNAME | WS2_AI_FQDN) && !node) return WSAEINVAL;
    query->flags = copy.ai_flags;
    query->family = copy.ai_family;
    query->socktype = copy.ai_socktype;
    query->protocol = copy.ai_protocol;
    return copy_names(query, node, service, layout);
}

void query_free(struct address_query *query)
{
    heap_free(query->node);
    heap_free(query->service);
}

/* One kind of socket that reaches the service. */
struct choice
{
    int socktype, protocol;
    USHORT port;
};

static BOOL find_port(const char *service, const char *protocol, USHORT *port)
{
    struct netdb_entry entry;

    if (!netdb_find_service(service, 0, protocol, &entry)) return FALSE;
    *port = entry.number;
    netdb_free(&entry);
    return TRUE;
}

/* By name a service is known for streams, for datagrams or for both; without a
 * type in the hints each is an answer of its own. */
static int choose_by_name(const struct address_query *query, struct choice choices[2], unsigned int *count)
{
    static const struct
    {
        int socktype, protocol;
        const char *name;
    } kinds[] = {{SOCK_STREAM, IPPROTO_TCP, "tcp"}, {SOCK_DGRAM, IPPROTO_UDP, "udp"}};
    unsigned int i;

    *count = 0;
    for (i = 0; i < ARRAY_COUNT(kinds); i++)
    {
        struct choice *choice = &choices[*count];

        if (query->socktype && query->socktype != kinds[i].socktype) continue;
        if (!query->socktype && query->protocol && query->protocol != kinds[i].protocol) continue;
        if (!find_port(query->service, kinds[i].name, &choice->port)) continue;
        choice->socktype = kinds[i].socktype;
        choice->protocol = query->socktype ? query->protocol : kinds[i].protocol;
        (*count)++;
    }
    return *count ? 0 : WSATYPE_NOT_FOUND;
}

/* Numbers and no service at all leave type and protocol as the hints have them. */
static int choose(const struct address_query *query, struct choice choices[2], unsigned int *count)
{
    const char *service = query->service ? query->service : "";
    int port = service[0] ? etc_number(service, 65535) : 0;

    if (port >= 0)
    {
        choices[0] = (struct choice){query->socktype, query->protocol, port};
        *count = 1;
        return 0;
    }
    if (query->flags & AI_NUMERICSERV) return WSAHOST_NOT_FOUND;
    return choose_by_name(query, choices, count);
}

/* Without a node: where to listen, or the loopback. */
static int lookup_nothing(const struct address_query *query, struct lookup *lookup)
{
    int error = lookup_name(L"localhost", query->family, 0, lookup);
    unsigned int i;

    for (i = 0; query->flags & AI_PASSIVE && i < lookup->count; i++)
        memset(lookup->addresses[i].bytes, 0, sizeof(lookup->addresses[i].bytes));
    return error;
}

static void map_to_ipv6(struct lookup *lookup, BOOL all)
{
    unsigned int i, kept = 0;
    BOOL has_ipv6 = FALSE;

    for (i = 0; i < lookup->count; i++) has_ipv6 |= lookup->addresses[i].family == AF_INET6;
    for (i = 0; i < lookup->count; i++)
    {
        struct ws2_address address = lookup->addresses[i];

        if (address.family == AF_INET)
        {
            if (has_ipv6 && !all) continue;
            address.family = AF_INET6;
            memset(address.bytes, 0, sizeof(address.bytes));
            address.bytes[10] = address.bytes[11] = 0xff;
            memcpy(address.bytes + 12, lookup->addresses[i].bytes, 4);
        }
        lookup->addresses[kept++] = address;
    }
    lookup->count = kept;
}

/* AI_ADDRCONFIG: no family in which this computer has only the loopback; but
 * where it has nothing else at all, programs still find localhost. */
static int drop_unconfigured(struct lookup *lookup)
{
    struct ws2_interface *list;
    unsigned int count, i, kept = 0;
    BOOL has4 = FALSE, has6 = FALSE;
    int error;

    if ((error = lookup_interfaces(0, &list, &count))) return error;
    for (i = 0; i < count; i++)
    {
        if (list[i].flags & WS2_INTERFACE_LOOPBACK) continue;
        if (list[i].address.family == AF_INET)
            has4 = TRUE;
        else
            has6 = TRUE;
    }
    heap_free(list);
    if (!has4 && !has6) return 0;
    for (i = 0; i < lookup->count; i++)
        if (lookup->addresses[i].family == AF_INET ? has4 : has6)
            lookup->addresses[kept++] = lookup->addresses[i];
    lookup->count = kept;
    return kept ? 0 : WSANO_DATA;
}

/* With DNS's name space or provider, and with another's; numbers are the same everywhere. */
static int lookup_where(const struct address_query *query, int family, unsigned int flags,
                        struct lookup *lookup)
{
    const GUID *provider = query->has_provider ? &query->provider : NULL;
    BOOL dns = query->name_space == NS_DNS || (provider && IsEqualGUID(provider, &namespace_dns_id));
    int error;

    if (query->name_space == NS_ALL && !provider) return lookup_name(query->node, family, flags, lookup);
    if (dns) return lookup_name(query->node, family, flags | LOOKUP_OWN, lookup);
    if (!lookup_name(query->node, family, flags | LOOKUP_NUMERIC, lookup)) return 0;
    if (flags & LOOKUP_NUMERIC) return WSAHOST_NOT_FOUND;
    error = nsp_resolve_in(query->node, family, query->name_space, provider, lookup);
    if (!error && !lookup->count) error = WSAHOST_NOT_FOUND;
    if (error) lookup_free(lookup);
    return error;
}

static int find_addresses(const struct address_query *query, struct lookup *lookup)
{
    static const struct
    {
        DWORD ai;
        unsigned int lookup;
    } map[] = {
        {AI_NUMERICHOST, LOOKUP_NUMERIC},         {AI_CANONNAME, LOOKUP_CANONICAL},
        {WS2_AI_FQDN, LOOKUP_CANONICAL},          {WS2_AI_DNS_ONLY, LOOKUP_DNS_ONLY},
        {AI_DISABLE_IDN_ENCODING, LOOKUP_NO_IDN},
    };
    BOOL mapped = query->family == AF_INET6 && query->flags & AI_V4MAPPED;
    unsigned int flags = 0, i;
    int error;

    if (!query->node) return lookup_nothing(query, lookup);
    for (i = 0; i < ARRAY_COUNT(map); i++)
        if (query->flags & map[i].ai) flags |= map[i].lookup;
    if ((error = lookup_where(query, mapped ? 0 : query->family, flags, lookup))) return error;
    if (query->flags & AI_ADDRCONFIG && !lookup->numeric) error = drop_unconfigured(lookup);
    if (!error && mapped) map_to_ipv6(lookup, query->flags & AI_ALL);
    if (error) lookup_free(lookup);
    return error;
}

/* A node and what it points to are one block, and every node is one of its own:
 * programs take lists apart. */
static ADDRINFOEXW *make_node(const struct ws2_address *address, const struct choice *choice)
{
    struct addrinfo_ex *node = heap_zalloc(sizeof(*node) + sizeof(SOCKADDR_STORAGE));
    ADDRINFOEXW *base = &node->base;

    if (!node) return NULL;
    base->ai_family = address->family;
    base->ai_socktype = choice->socktype;
    base->ai_protocol = choice->protocol;
    base->ai_addr = (SOCKADDR *)(node + 1);
    base->ai_addrlen = lookup_sockaddr(address, choice->port, (SOCKADDR_STORAGE *)base->ai_addr);
    return base;
}

static void *make_name(const char *name, enum address_layout layout)
{
    WCHAR *wide = text_widen(name, CP_UTF8);
    char *narrow;

    if (layout & LAYOUT_W || !wide) return wide;
    narrow = text_narrow(wide, CP_ACP);
    heap_free(wide);
    return narrow;
}

/* The names go to the first entry of the list. */
static BOOL set_names(ADDRINFOEXW *node, const struct address_query *query, const struct lookup *lookup,
                      enum address_layout layout)
{
    struct addrinfo_ex *ex = CONTAINING_RECORD(node, struct addrinfo_ex, base);

    if (!(query->flags & (AI_CANONNAME | WS2_AI_FQDN)) || !lookup->name_count) return TRUE;
    if (!(node->ai_canonname = make_name(lookup->names, layout))) return FALSE;
    if (!(query->flags & WS2_AI_FQDN)) return TRUE;
    node->ai_flags |= WS2_AI_FQDN;
    if (layout & LAYOUT_EX && query->flags & WS2_AI_EXTENDED)
    {
        ex->version = 2;
        ex->fqdn = make_name(lookup->names, layout);
    }
    return TRUE;
}

static void **next_of(void *node, enum address_layout layout)
{
    return layout & LAYOUT_EX ? (void **)&((ADDRINFOEXW *)node)->ai_next
                              : (void **)&((ADDRINFOW *)node)->ai_next;
}

void addrinfo_free(void *list, enum address_layout layout)
{
    while (list)
    {
        ADDRINFOEXW *node = list;

        list = *next_of(node, layout);
        heap_free(node->ai_canonname);
        if (layout & LAYOUT_EX) heap_free(CONTAINING_RECORD(node, struct addrinfo_ex, base)->fqdn);
        heap_free(node);
    }
}

static int make_list(const struct address_query *query, const struct lookup *lookup,
                     const struct choice *choices, unsigned int count, enum address_layout layout,
                     void **list)
{
    void **tail = list;
    unsigned int i, j;

    *list = NULL;
    for (i = 0; i < lookup->count; i++)
        for (j = 0; j < count; j++)
        {
            ADDRINFOEXW *node = make_node(&lookup->addresses[i], &choices[j]);

            if (!node || (tail == list && !set_names(node, query, lookup, layout)))
            {
                heap_free(node);
                addrinfo_free(*list, layout);
                *list = NULL;
                return WSA_NOT_ENOUGH_MEMORY;
            }
            if (lookup->numeric) node->ai_flags |= AI_NUMERICHOST;
            *tail = node;
            tail = next_of(node, layout);
        }
    return 0;
}

int query_run(const struct address_query *query, enum address_layout layout, void **list)
{
    struct choice choices[2];
    struct lookup lookup;
    unsigned int count;
    int error;

    *list = NULL;
    if ((error = choose(query, choices, &count)) || (error = find_addresses(query, &lookup))) return error;
    error = make_list(query, &lookup, choices, count, layout, list);
    lookup_free(&lookup);
    return error;
}

BOOL addrinfo_give(void **result, void *list)
{
    return guarded_write(result, &list, sizeof(list));
}
