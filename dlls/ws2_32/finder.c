/*
 * DNS and network location as namespace providers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * DNS answers the service classes of svcguid.h: host names, addresses to names,
 * services by name, and a host's address for a TCP or UDP service. Network
 * location lists the networks that the computer is in.
 */
#include "private.h"

#include "finder.h"
#include "lookup.h"
#include "namespace.h"
#include "text.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

/* Service classes are {type:port or number, 0, DNS record type, C000000000000046}. */
static const BYTE class_tail[8] = {0xc0, 0, 0, 0, 0, 0, 0, 0x46};

/* DNS record types that have a meaning here. */
#define RECORD_A 1
#define RECORD_AAAA 28

enum class_kind
{
    CLASS_HOSTNAME = 0x0002a800,
    CLASS_ADDRESS_TO_NAME = 0x0002a801,
    CLASS_SERVICE = 0x0002a802,
    CLASS_NAME_TO_ADDRESS = 0x0002a803,
    CLASS_TCP = 0x00090000, /* with the port below */
    CLASS_UDP = 0x000a0000
};

static const GUID nla_class = {0x0037e515, 0xb5c9, 0x4a43, {0xba, 0xda, 0x8b, 0x48, 0xa8, 0x7a, 0xd2, 0x39}};

#define IS_ALIAS 1 /* RESULT_IS_ALIAS */

static DWORD class_kind(const GUID *id)
{
    DWORD kind = id->Data1 & 0xffff0000;

    if (id->Data2 || memcmp(id->Data4, class_tail, sizeof(class_tail))) return 0;
    return kind == CLASS_TCP || kind == CLASS_UDP ? kind : id->Data1;
}

BOOL dns_accepts(const struct query *query, DWORD flags)
{
    if (!query->has_class || flags & LUP_CONTAINERS) return FALSE;
    switch (class_kind(&query->service_class))
    {
    case CLASS_HOSTNAME:
    case CLASS_ADDRESS_TO_NAME:
    case CLASS_SERVICE:
    case CLASS_NAME_TO_ADDRESS:
    case CLASS_TCP:
    case CLASS_UDP: return TRUE;
    default: return FALSE;
    }
}

/* The one family that a query restricts itself to, or 0; -1 if it wants none that DNS has. */
static int wanted_family(const struct query *query)
{
    BOOL v4 = !query->family_count, v6 = !query->family_count;
    WORD record = query->service_class.Data3;
    DWORD i;

    for (i = 0; i < query->family_count; i++)
    {
        int family = query->families[i].iAddressFamily;

        if (family == AF_INET || family == AF_UNSPEC) v4 = TRUE;
        if (family == AF_INET6 || family == AF_UNSPEC) v6 = TRUE;
    }
    if (record && record != RECORD_A) v4 = FALSE;
    if (record && record != RECORD_AAAA) v6 = FALSE;
    if (v4 && v6) return 0;
    return v4 ? AF_INET : v6 ? AF_INET6 : -1;
}

static struct answer *new_answer(const struct query *query, DWORD name_space, const GUID *provider,
                                 WCHAR *name)
{
    struct answer *answer = answer_new();

    if (!answer)
    {
        heap_free(name);
        return NULL;
    }
    answer->name = name;
    answer->name_space = name_space;
    answer->provider = *provider;
    if (query->has_class) answer->service_class = query->service_class;
    return answer;
}

static struct answer *dns_answer(const struct query *query, WCHAR *name)
{
    return new_answer(query, NS_DNS, &namespace_dns_id, name);
}

/* An address as a client would connect to it: any local one, this remote one. */
static int set_addresses(struct answer *answer, const struct lookup *found, USHORT port, BOOL udp)
{
    struct room
    {
        SOCKADDR_STORAGE local, remote;
    } * sockaddrs;
    CSADDR_INFO *infos;
    unsigned int i;

    infos = heap_zalloc(found->count * (sizeof(*infos) + sizeof(*sockaddrs)));
    if (!infos) return WSA_NOT_ENOUGH_MEMORY;
    sockaddrs = (struct room *)(infos + found->count);
    for (i = 0; i < found->count; i++)
    {
        int size = lookup_sockaddr(&found->addresses[i], port, &sockaddrs[i].remote);

        sockaddrs[i].local.ss_family = sockaddrs[i].remote.ss_family;
        infos[i].LocalAddr.lpSockaddr = (SOCKADDR *)&sockaddrs[i].local;
        infos[i].LocalAddr.iSockaddrLength = size;
        infos[i].RemoteAddr.lpSockaddr = (SOCKADDR *)&sockaddrs[i].remote;
        infos[i].RemoteAddr.iSockaddrLength = size;
        infos[i].iSocketType = udp ? SOCK_DGRAM : SOCK_STREAM;
        infos[i].iProtocol = udp ? IPPROTO_UDP : IPPROTO_TCP;
    }
    answer->addresses = infos;
    answer->address_count = found->count;
    return 0;
}

/* A hostent or servent in a blob: pointers are offsets from its beginning. */
struct blob_builder
{
    BYTE data[4096];
    SIZE_T used;
};

static void *blob_put(struct blob_builder *blob, const void *data, SIZE_T size, SIZE_T align)
{
    SIZE_T at = (blob->used + align - 1) & ~(align - 1);

    if (at + size > sizeof(blob->data)) return NULL;
    if (data) memcpy(blob->data + at, data, size);
    blob->used = at + size;
    return (void *)at;
}

static void *blob_list(struct blob_builder *blob, unsigned int count)
{
    return blob_put(blob, NULL, (count + 1) * sizeof(char *), sizeof(char *));
}

static void blob_list_set(struct blob_builder *blob, const void *list, unsigned int index, void *value)
{
    *(void **)(blob->data + (SIZE_T)list + index * sizeof(char *)) = value;
}

static int blob_finish(struct answer *answer, const struct blob_builder *blob)
{
    if (!(answer->blob = heap_alloc(blob->used))) return WSA_NOT_ENOUGH_MEMORY;
    memcpy(answer->blob, blob->data, blob->used);
    answer->blob_size = blob->used;
    return 0;
}

static int set_hostent(struct answer *answer, const struct lookup *found, int family)
{
    struct blob_builder *blob = heap_zalloc(sizeof(*blob));
    unsigned int i, count = 0, size = family == AF_INET6 ? 16 : 4;
    const char *name = found->names;
    struct hostent host = {0};
    int err;

    if (!blob) return WSA_NOT_ENOUGH_MEMORY;
    blob_put(blob, NULL, sizeof(host), 8);
    host.h_addrtype = family;
    host.h_length = size;
    host.h_addr_list = blob_list(blob, found->count);
    host.h_aliases = blob_list(blob, found->name_count);
    for (i = 0; host.h_addr_list && i < found->count; i++)
        if (found->addresses[i].family == family)
            blob_list_set(blob, host.h_addr_list, count++,
                          blob_put(blob, found->addresses[i].bytes, size, 4));
    for (i = 0; host.h_aliases && i < found->name_count; i++, name += strlen(name) + 1)
    {
        char *at = blob_put(blob, name, strlen(name) + 1, 1);

        if (i)
            blob_list_set(blob, host.h_aliases, i - 1, at);
        else
            host.h_name = at;
    }
    memcpy(blob->data, &host, sizeof(host));
    err = blob_finish(answer, blob);
    heap_free(blob);
    return err;
}

static WCHAR *found_name(const struct lookup *found, const WCHAR *fallback)
{
    WCHAR *copy;

    if (found->names) return text_widen(found->names, CP_UTF8);
    return text_copy_wide(fallback, &copy) ? NULL : copy;
}

static int add_aliases(const struct query *query, const struct lookup *found, struct answer *answer)
{
    const char *name = found->names;
    unsigned int i;

    for (i = 0; i < found->name_count; i++, name += strlen(name) + 1)
    {
        if (!i) continue;
        if (!(answer->next = dns_answer(query, text_widen(name, CP_UTF8)))) return WSA_NOT_ENOUGH_MEMORY;
        answer = answer->next;
        answer->output_flags = IS_ALIAS;
    }
    return 0;
}

/* WSALookupService has errors of its own for what the resolver says. */
static int service_error(int err)
{
    return err == WSAHOST_NOT_FOUND ? WSASERVICE_NOT_FOUND : err;
}

static int find_host(const struct query *query, DWORD flags, DWORD kind, struct answer **answers)
{
    int family = wanted_family(query), err;
    unsigned int wanted = LOOKUP_CANONICAL;
    struct lookup found;
    USHORT port = kind == CLASS_TCP || kind == CLASS_UDP ? query->service_class.Data1 & 0xffff : 0;

    if (family < 0) return WSAEINVAL;
    if (flags & (LUP_RETURN_ALIASES | LUP_RETURN_BLOB) && family != AF_INET6)
    {
        /* A hostent has one family, and only its lookup tells aliases. */
        if (flags & LUP_RETURN_BLOB) family = AF_INET;
        if (family == AF_INET) wanted = LOOKUP_ALIASES;
    }
    if ((err = lookup_name(query->name ? query->name : L"", family, wanted, &found)))
        return service_error(err);

    *answers = dns_answer(query, found_name(&found, query->name ? query->name : L""));
    if (!*answers)
        err = WSA_NOT_ENOUGH_MEMORY;
    else
        err = set_addresses(*answers, &found, port, kind == CLASS_UDP);
    if (!err && flags & LUP_RETURN_BLOB)
        err = set_hostent(*answers, &found, family == AF_INET6 ? family : AF_INET);
    if (!err && flags & LUP_RETURN_ALIASES) err = add_aliases(query, &found, *answers);
    lookup_free(&found);
    return err;
}

static int find_name(const struct query *query, DWORD flags, struct answer **answers)
{
    struct lookup number, found;
    int err;

    if (!query->name) return WSAEINVAL;
    if (lookup_name(query->name, 0, LOOKUP_NUMERIC, &number)) return WSAEINVAL;
    err = number.count ? lookup_address(&number.addresses[0], &found) : WSAEINVAL;
    if (!err)
    {
        *answers = dns_answer(query, found_name(&found, query->name));
        heap_free(found.addresses);
        found.addresses = number.addresses;
        found.count = number.count;
        number.addresses = NULL;
        if (!*answers) err = WSA_NOT_ENOUGH_MEMORY;
        if (!err) err = set_addresses(*answers, &found, 0, FALSE);
        if (!err && flags & LUP_RETURN_BLOB) err = set_hostent(*answers, &found, found.addresses[0].family);
        if (!err && flags & LUP_RETURN_ALIASES) err = add_aliases(query, &found, *answers);
        lookup_free(&found);
    }
    lookup_free(&number);
    return service_error(err);
}

static int set_servent(struct answer *answer, const struct servent *from)
{
    struct blob_builder *blob = heap_zalloc(sizeof(*blob));
    struct servent serv = {0};
    unsigned int i, count = 0;
    int err;

    if (!blob) return WSA_NOT_ENOUGH_MEMORY;
    while (from->s_aliases[count]) count++;
    blob_put(blob, NULL, sizeof(serv), 8);
    serv.s_port = from->s_port;
    serv.s_aliases = blob_list(blob, count);
    serv.s_name = blob_put(blob, from->s_name, strlen(from->s_name) + 1, 1);
    serv.s_proto = blob_put(blob, from->s_proto, strlen(from->s_proto) + 1, 1);
    for (i = 0; serv.s_aliases && i < count; i++)
        blob_list_set(blob, serv.s_aliases, i,
                      blob_put(blob, from->s_aliases[i], strlen(from->s_aliases[i]) + 1, 1));
    memcpy(blob->data, &serv, sizeof(serv));
    err = blob_finish(answer, blob);
    heap_free(blob);
    return err;
}

/* The name is "service/protocol" or "port/protocol"; without the latter, any. */
static int find_service(const struct query *query, struct answer **answers)
{
    char *name = query->name ? text_narrow(query->name, CP_ACP) : NULL, *protocol;
    struct servent *serv;
    unsigned int port = 0;
    char *digit;

    if (!name) return WSAEINVAL;
    if ((protocol = strchr(name, '/'))) *protocol++ = 0;
    if (protocol && !*protocol) protocol = NULL;
    for (digit = name; *digit >= '0' && *digit <= '9' && port < 65536; digit++)
        port = port * 10 + *digit - '0';
    serv = *digit ? getservbyname(name, protocol) : getservbyport(htons(port), protocol);
    heap_free(name);
    if (!serv) return WSASERVICE_NOT_FOUND;
    if (!(*answers = dns_answer(query, text_widen(serv->s_name, CP_ACP)))) return WSA_NOT_ENOUGH_MEMORY;
    return set_servent(*answers, serv);
}

int dns_find(const struct query *query, DWORD flags, struct answer **answers)
{
    DWORD kind = class_kind(&query->service_class);
    int err;

    *answers = NULL;
    switch (kind)
    {
    case CLASS_ADDRESS_TO_NAME: err = find_name(query, flags, answers); break;
    case CLASS_SERVICE: err = find_service(query, answers); break;
    default: err = find_host(query, flags, kind, answers); break;
    }
    if (err) answers_free(answers);
    return err;
}

BOOL nla_accepts(const struct query *query, DWORD flags)
{
    if (flags & LUP_CONTAINERS) return FALSE;
    return !query->has_class || IsEqualGUID(&query->service_class, &nla_class);
}

/* The records of a network's blob, one behind the other. */
static void nla_record(struct blob_builder *blob, NLA_BLOB_DATA_TYPE type, const void *data, SIZE_T size,
                       BOOL last)
{
    NLA_BLOB record = {0};
    SIZE_T at = blob->used, header = offsetof(NLA_BLOB, data);

    record.header.type = type;
    record.header.dwSize = header + size;
    record.header.nextOffset = last ? 0 : (at + header + size + 7) & ~(SIZE_T)7;
    blob_put(blob, &record, header, 8);
    blob_put(blob, data, size, 1);
    if (!last) blob->used = record.header.nextOffset;
}

static int set_network(struct answer *answer, const struct ws2_interface *interface)
{
    static const DWORD ethernet = 6;
    struct
    {
        DWORD type, speed;
        char name[16];
    } adapter = {ethernet, 0, ""};
    struct
    {
        NLA_CONNECTIVITY_TYPE type;
        NLA_INTERNET internet;
    } reach = {NLA_NETWORK_UNMANAGED,
               interface->flags & WS2_INTERFACE_DEFAULT ? NLA_INTERNET_YES : NLA_INTERNET_NO};
    struct blob_builder *blob = heap_zalloc(sizeof(*blob));
    int err;

    if (!blob) return WSA_NOT_ENOUGH_MEMORY;
    memcpy(adapter.name, interface->name, sizeof(adapter.name));
    nla_record(blob, NLA_INTERFACE, &adapter, sizeof(adapter), FALSE);
    nla_record(blob, NLA_CONNECTIVITY, &reach, sizeof(reach), TRUE);
    err = blob_finish(answer, blob);
    heap_free(blob);
    return err;
}

/* "Network", "Network 2" and so on. */
static WCHAR *network_name(unsigned int number)
{
    char name[24];

    if (number == 1)
        strcpy(name, "Network");
    else
        sprintf(name, "Network %u", number);
    return text_widen(name, CP_ACP);
}

static BOOL seen_before(const struct ws2_interface *list, unsigned int index)
{
    unsigned int i;

    for (i = 0; i < index; i++)
        if (list[i].index == list[index].index) return TRUE;
    return FALSE;
}

/* No network at all is WSA_E_NO_MORE, as the end of any list. */
int nla_find(const struct query *query, DWORD flags, struct answer **answers)
{
    struct answer **tail = answers;
    struct ws2_interface *list;
    unsigned int i, count, number = 0;
    int err;

    *answers = NULL;
    if ((err = lookup_interfaces(0, &list, &count))) return err;
    for (i = 0; !err && i < count; i++)
    {
        if (list[i].flags & WS2_INTERFACE_LOOPBACK || seen_before(list, i)) continue;
        *tail = new_answer(query, NS_NLA, &namespace_nla_id, network_name(++number));
        if (!*tail)
            err = WSA_NOT_ENOUGH_MEMORY;
        else
        {
            (*tail)->service_class = nla_class;
            if (flags & LUP_RETURN_BLOB) err = set_network(*tail, &list[i]);
            tail = &(*tail)->next;
        }
    }
    heap_free(list);
    if (!err && !*answers) err = WSA_E_NO_MORE;
    if (err) answers_free(answers);
    return err;
}
