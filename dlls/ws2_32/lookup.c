/*
 * Names to addresses and back: numbers, the own name, localhost, the prefix's
 * hosts file, and only then the host's resolver.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The host is not asked for the own name or localhost: a host often has 127.0.1.1
 * for its own name, which peers that are told it could not reach, and Windows
 * answers localhost by itself.
 */
#include "private.h"

#include <ip2string.h>

#include "etcfile.h"
#include "database.h"
#include "lookup.h"
#include "nsp.h"
#include "startup.h"
#include "text.h"
#include "unixcall.h"

WINE_DEFAULT_DEBUG_CHANNEL(winsock);

#define MAX_ADDRESSES 64
#define MAX_NAMES 4096

const unsigned char lookup_magic_loopback[4] = {127, 12, 34, 56};

static const struct ws2_address loopback4 = {AF_INET, 0, {127, 0, 0, 1}};

int lookup_sockaddr(const struct ws2_address *address, USHORT port, SOCKADDR_STORAGE *sockaddr)
{
    SOCKADDR_IN *in = (SOCKADDR_IN *)sockaddr;
    SOCKADDR_IN6 *in6 = (SOCKADDR_IN6 *)sockaddr;

    memset(sockaddr, 0, sizeof(*sockaddr));
    sockaddr->ss_family = address->family;
    in->sin_port = htons(port); /* at the same place in both */
    if (address->family == AF_INET)
    {
        memcpy(&in->sin_addr, address->bytes, 4);
        return sizeof(*in);
    }
    memcpy(&in6->sin6_addr, address->bytes, 16);
    in6->sin6_scope_id = address->scope;
    return sizeof(*in6);
}

BOOL lookup_from_sockaddr(const SOCKADDR *sockaddr, struct ws2_address *address)
{
    memset(address, 0, sizeof(*address));
    address->family = sockaddr->sa_family;
    if (sockaddr->sa_family == AF_INET)
        memcpy(address->bytes, &((const SOCKADDR_IN *)sockaddr)->sin_addr, 4);
    else if (sockaddr->sa_family == AF_INET6)
    {
        memcpy(address->bytes, &((const SOCKADDR_IN6 *)sockaddr)->sin6_addr, 16);
        address->scope = ((const SOCKADDR_IN6 *)sockaddr)->sin6_scope_id;
    }
    else
        return FALSE;
    return TRUE;
}

void lookup_free(struct lookup *lookup)
{
    heap_free(lookup->addresses);
    heap_free(lookup->names);
    memset(lookup, 0, sizeof(*lookup));
}

static int add_address(struct lookup *lookup, const struct ws2_address *address)
{
    struct ws2_address *bigger;

    bigger = heap_realloc(lookup->addresses, (lookup->count + 1) * sizeof(*address));
    if (!bigger) return WSA_NOT_ENOUGH_MEMORY;
    lookup->addresses = bigger;
    bigger[lookup->count++] = *address;
    return 0;
}

int lookup_add_name(struct lookup *lookup, const char *name)
{
    SIZE_T used = 0, len = strlen(name) + 1;
    char *bigger;
    unsigned int i;

    for (i = 0; i < lookup->name_count; i++) used += strlen(lookup->names + used) + 1;
    if (!(bigger = heap_realloc(lookup->names, used + len))) return WSA_NOT_ENOUGH_MEMORY;
    lookup->names = bigger;
    memcpy(bigger + used, name, len);
    lookup->name_count++;
    return 0;
}

/* Dotted numbers in every form that inet_addr knows, and IPv6 with or without
 * brackets, scope and port. */
static BOOL parse_number(const WCHAR *name, struct ws2_address *address)
{
    const WCHAR *end;
    ULONG scope = 0;
    USHORT port;

    memset(address, 0, sizeof(*address));
    if (!RtlIpv4StringToAddressW(name, FALSE, &end, (IN_ADDR *)address->bytes) && !*end)
    {
        address->family = AF_INET;
        return TRUE;
    }
    memset(address, 0, sizeof(*address));
    if (!RtlIpv6StringToAddressExW(name, (IN6_ADDR *)address->bytes, &scope, &port))
    {
        address->family = AF_INET6;
        address->scope = scope;
        return TRUE;
    }
    return FALSE;
}

static int answer_number(const WCHAR *name, const struct ws2_address *address, int family,
                         struct lookup *lookup)
{
    char *narrow;
    int error;

    if (family && address->family != family) return WSAHOST_NOT_FOUND;
    if (!(narrow = text_narrow(name, CP_UTF8))) return WSA_NOT_ENOUGH_MEMORY;
    lookup->numeric = TRUE;
    if (!(error = add_address(lookup, address))) error = lookup_add_name(lookup, narrow);
    heap_free(narrow);
    return error;
}

static int host_name(char name[256])
{
    struct ws2_host_name params = {0};

    if (unix_call(WS2_HOST_NAME, &params)) return WSASYSNOTREADY;
    memcpy(name, params.name, sizeof(params.name));
    return params.error;
}

int lookup_own_name(char name[256])
{
    int error = host_name(name);
    char *dot;

    if (!error && (dot = strchr(name, '.'))) *dot = 0;
    return error;
}

/* The names in the registry, read once: Windows, too, changes them at a restart only. */
enum
{
    SHORT_NAME,
    FULL_NAME
};
static WCHAR computer_names[2][256];

static BOOL CALLBACK read_computer_names(INIT_ONCE *once, void *parameter, void **context)
{
    DWORD size = 256;

    (void)once;
    (void)parameter;
    (void)context;
    if (!GetComputerNameExW(ComputerNamePhysicalDnsHostname, computer_names[SHORT_NAME], &size))
        computer_names[SHORT_NAME][0] = 0;
    size = 256;
    if (!GetComputerNameExW(ComputerNamePhysicalDnsFullyQualified, computer_names[FULL_NAME], &size))
        computer_names[FULL_NAME][0] = 0;
    return TRUE;
}

static const WCHAR *computer_name(int which)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

    InitOnceExecuteOnce(&once, read_computer_names, NULL, NULL);
    return computer_names[which];
}

static BOOL is_own_name(const WCHAR *name, const char *narrow)
{
    char own[256];

    if (!narrow[0]) return TRUE;
    if (!host_name(own) && text_same(own, narrow)) return TRUE;
    if (!lookup_own_name(own) && text_same(own, narrow)) return TRUE;
    return !lstrcmpiW(computer_name(SHORT_NAME), name) || !lstrcmpiW(computer_name(FULL_NAME), name);
}

int lookup_interfaces(int family, struct ws2_interface **list, unsigned int *count)
{
    struct ws2_interface_list params = {0};

    params.family = family;
    params.capacity = 32;
    *list = NULL;
    for (;;)
    {
        struct ws2_interface *bigger = heap_realloc(*list, params.capacity * sizeof(**list));

        if (!bigger)
            params.error = WSA_NOT_ENOUGH_MEMORY;
        else
        {
            *list = bigger;
            params.entries = WS2_PTR(bigger);
            if (unix_call(WS2_INTERFACE_LIST, &params)) params.error = WSASYSNOTREADY;
        }
        if (params.error)
        {
            heap_free(*list);
            return params.error;
        }
        *count = params.count;
        if (params.count <= params.capacity) return 0;
        params.capacity = params.count + 8;
    }
}

static int add_interfaces(struct lookup *lookup, int family, BOOL loopback)
{
    struct ws2_interface *list;
    unsigned int count, i;
    int error;

    if ((error = lookup_interfaces(family, &list, &count))) return error;
    for (i = 0; i < count && !error; i++)
        if (!(list[i].flags & WS2_INTERFACE_LOOPBACK) == !loopback)
            error = add_address(lookup, &list[i].address);
    heap_free(list);
    return error;
}

/* Windows answers ::1 wherever IPv6 is there at all. Whether it is changes
 * seldom, and finding out takes longer than all the rest: once a second will do. */
static BOOL has_ipv6(void)
{
    static volatile ULONGLONG known_until;
    static volatile BOOL known;
    struct ws2_interface *list;
    unsigned int count = 0;
    ULONGLONG now = GetTickCount64();

    if (now < known_until) return known;
    if (!lookup_interfaces(AF_INET6, &list, &count)) heap_free(list);
    known = count != 0;
    known_until = now + 1000;
    return count != 0;
}

static int add_loopback(struct lookup *lookup, int family)
{
    static const struct ws2_address loopback6 = {AF_INET6, 0, {[15] = 1}};
    int error = 0;

    if (family != AF_INET && has_ipv6()) error = add_address(lookup, &loopback6);
    if (!error && family != AF_INET6) error = add_address(lookup, &loopback4);
    return error ? error : lookup->count ? 0 : WSANO_DATA;
}

static int ask_host(const char *name, int family, unsigned int flags, struct lookup *lookup)
{
    struct ws2_name_resolve params = {0};

    params.name = WS2_PTR(name);
    params.family = family;
    if (flags & LOOKUP_CANONICAL) params.flags |= WS2_NAME_CANONICAL;
    if (flags & LOOKUP_ALIASES) params.flags |= WS2_NAME_ALIASES;
    if (flags & LOOKUP_DNS_ONLY) params.flags |= WS2_NAME_DNS_ONLY;
    if (!(lookup->addresses = heap_alloc(MAX_ADDRESSES * sizeof(*lookup->addresses))) ||
        !(lookup->names = heap_alloc(MAX_NAMES)))
        return WSA_NOT_ENOUGH_MEMORY;
    params.addresses = WS2_PTR(lookup->addresses);
    params.capacity = MAX_ADDRESSES;
    params.names.text = WS2_PTR(lookup->names);
    params.names.size = MAX_NAMES;
    if (unix_call(WS2_NAME_RESOLVE, &params)) return WSANO_RECOVERY;
    lookup->count = min(params.count, MAX_ADDRESSES);
    /* names longer than DNS allows are no names */
    lookup->name_count = params.names.used <= MAX_NAMES ? params.names.count : 0;
    return params.error;
}

/* What the registry has for the full name, if it speaks of the same computer. */
static BOOL registered_name(const char *own, char full[256])
{
    SIZE_T len = strlen(own);

    return WideCharToMultiByte(CP_UTF8, 0, computer_name(FULL_NAME), -1, full, 256, NULL, NULL) &&
           !strncmp(full, own, len) && (!full[len] || full[len] == '.');
}

static void ask_full_name(const char *own, char full[256])
{
    struct lookup asked = {0};
    SIZE_T len = strlen(own);

    if (full[len] != '.' && !ask_host(full, 0, LOOKUP_CANONICAL, &asked) && asked.name_count &&
        !strncmp(asked.names, own, len) && asked.names[len] == '.' && strlen(asked.names) < 256)
        strcpy(full, asked.names);
    lookup_free(&asked);
}

/* The own name's canonical form has the domain. It is in the registry, where
 * wineboot has put it; before WSAStartup it is wineboot who asks, and only the
 * host knows. */
static int add_own_canonical(struct lookup *lookup)
{
    char own[256], full[256];
    int error;

    if ((error = lookup_own_name(own))) return error;
    if (!startup_done() || !registered_name(own, full))
    {
        if ((error = host_name(full))) return error;
        ask_full_name(own, full);
    }
    return lookup_add_name(lookup, full);
}

/* IPv6 addresses first, as Windows lists them; loopback only if there is no other. */
static int answer_own_name(int family, unsigned int flags, struct lookup *lookup)
{
    char own[256];
    int error = 0;

    lookup->own_name = TRUE;
    if (family != AF_INET) error = add_interfaces(lookup, AF_INET6, FALSE);
    if (!error && family != AF_INET6) error = add_interfaces(lookup, AF_INET, FALSE);
    if (!error && !lookup->count) error = add_loopback(lookup, family);
    if (error) return error;
    if (flags & LOOKUP_CANONICAL) return add_own_canonical(lookup);
    return (error = lookup_own_name(own)) ? error : lookup_add_name(lookup, own);
}

static BOOL is_among(const char *name, char **fields, int count)
{
    while (count--)
        if (text_same(name, fields[count])) return TRUE;
    return FALSE;
}

/* WSAHOST_NOT_FOUND if the file does not know the name: then others may. */
static int ask_hosts_file(const char *name, int family, struct lookup *lookup)
{
    char *text = netdb_read(L"hosts"), *cursor = text, *fields[ETC_FIELDS];
    struct ws2_address address;
    BOOL known = FALSE;
    int count, i, error = 0;
    WCHAR *number;

    while (text && !error && (count = etc_next(&cursor, fields)))
    {
        if (!is_among(name, fields + 1, count - 1)) continue;
        if (!(number = text_widen(fields[0], CP_UTF8)))
            error = WSA_NOT_ENOUGH_MEMORY;
        else if (parse_number(number, &address))
        {
            known = TRUE;
            if (!family || address.family == family)
            {
                error = add_address(lookup, &address);
                for (i = 1; i < count && !error && lookup->count == 1; i++)
                    error = lookup_add_name(lookup, fields[i]);
            }
        }
        heap_free(number);
    }
    heap_free(text);
    return error || lookup->count ? error : known ? WSANO_DATA : WSAHOST_NOT_FOUND;
}

int lookup_add_address(struct lookup *lookup, const struct ws2_address *address)
{
    unsigned int i;

    for (i = 0; i < lookup->count; i++)
        if (!memcmp(&lookup->addresses[i], address, sizeof(*address))) return 0;
    return add_address(lookup, address);
}

static int add_lookup(struct lookup *lookup, const struct lookup *more)
{
    const char *name = more->names;
    unsigned int i;
    int error = 0;

    for (i = 0; i < more->count && !error; i++) error = lookup_add_address(lookup, &more->addresses[i]);
    for (i = 0; i < more->name_count && !error && name; i++, name += strlen(name) + 1)
        error = lookup_add_name(lookup, name);
    return error;
}

/* The host stands where DNS is in the catalog of namespace providers; all are asked,
 * and what they say is added up. */
static int ask_everybody(const WCHAR *wide, const char *name, int family, unsigned int flags,
                         struct lookup *lookup)
{
    struct lookup host = {0};
    int error, host_error;

    if ((error = nsp_resolve(wide, family, TRUE, lookup))) return error;
    if (!(host_error = ask_host(name, family, flags, &host))) error = add_lookup(lookup, &host);
    lookup_free(&host);
    if (!error) error = nsp_resolve(wide, family, FALSE, lookup);
    return error || lookup->count ? error : host_error;
}

/* The form in which a name is asked for: ASCII, so others in Punycode. */
static int ascii_name(const WCHAR *name, unsigned int flags, char **ascii)
{
    WCHAR punycode[256];
    const WCHAR *p = name;

    while (*p && *p < 0x80) p++;
    if (*p && (flags & LOOKUP_NO_IDN || !IdnToAscii(0, name, -1, punycode, ARRAY_COUNT(punycode))))
        return WSAHOST_NOT_FOUND;
    *ascii = text_narrow(*p ? punycode : name, CP_UTF8);
    return *ascii ? 0 : WSA_NOT_ENOUGH_MEMORY;
}

static int answer_name(const WCHAR *wide, const char *name, int family, unsigned int flags,
                       struct lookup *lookup)
{
    int error;

    if (!(flags & LOOKUP_DNS_ONLY))
    {
        if (text_same(name, "localhost"))
            return (error = add_loopback(lookup, family)) ? error : lookup_add_name(lookup, "localhost");
        if (is_own_name(wide, name)) return answer_own_name(family, flags, lookup);
        if ((error = ask_hosts_file(name, family, lookup)) != WSAHOST_NOT_FOUND) return error;
    }
    if (!(flags & (LOOKUP_DNS_ONLY | LOOKUP_OWN)) && nsp_installed())
        return ask_everybody(wide, name, family, flags, lookup);
    return ask_host(name, family, flags, lookup);
}

int lookup_name(const WCHAR *name, int family, unsigned int flags, struct lookup *lookup)
{
    struct ws2_address address;
    char *ascii = NULL;
    int error;

    memset(lookup, 0, sizeof(*lookup));
    if (parse_number(name, &address))
        error = answer_number(name, &address, family, lookup);
    else if (flags & LOOKUP_NUMERIC)
        error = WSAHOST_NOT_FOUND;
    else if (!(error = ascii_name(name, flags, &ascii)))
        error = answer_name(name, ascii, family, flags, lookup);
    heap_free(ascii);
    TRACE("%s: %d, %u addresses\n", debugstr_w(name), error, lookup->count);
    if (error) lookup_free(lookup);
    return error;
}

static BOOL is_own_address(const struct ws2_address *address)
{
    struct ws2_interface *list;
    unsigned int count, i;
    BOOL own = FALSE;

    if (!memcmp(address, &loopback4, sizeof(loopback4))) return TRUE;
    if (address->family == AF_INET && !memcmp(address->bytes, lookup_magic_loopback, 4)) return TRUE;
    if (lookup_interfaces(address->family, &list, &count)) return FALSE;
    for (i = 0; i < count; i++) own |= !memcmp(list[i].address.bytes, address->bytes, sizeof(address->bytes));
    heap_free(list);
    return own;
}

static int ask_host_reverse(const struct ws2_address *address, struct lookup *lookup)
{
    struct ws2_name_reverse params = {0};

    params.address = *address;
    if (!(lookup->names = heap_alloc(MAX_NAMES))) return WSA_NOT_ENOUGH_MEMORY;
    params.names.text = WS2_PTR(lookup->names);
    params.names.size = MAX_NAMES;
    if (unix_call(WS2_NAME_REVERSE, &params)) return WSANO_RECOVERY;
    if (!params.error && params.names.used > MAX_NAMES) return WSANO_RECOVERY;
    lookup->name_count = params.names.count;
    return params.error;
}

static int ask_hosts_file_reverse(const struct ws2_address *address, struct lookup *lookup)
{
    char *text = netdb_read(L"hosts"), *cursor = text, *fields[ETC_FIELDS];
    struct ws2_address found;
    int count, i, error = 0;
    WCHAR *number;

    while (text && !error && !lookup->name_count && (count = etc_next(&cursor, fields)))
    {
        if (!(number = text_widen(fields[0], CP_UTF8)))
            error = WSA_NOT_ENOUGH_MEMORY;
        else if (parse_number(number, &found) && found.family == address->family &&
                 !memcmp(found.bytes, address->bytes, sizeof(found.bytes)))
            for (i = 1; i < count && !error; i++) error = lookup_add_name(lookup, fields[i]);
        heap_free(number);
    }
    heap_free(text);
    return error ? error : lookup->name_count ? 0 : WSAHOST_NOT_FOUND;
}

/* As on Windows, the computer's own addresses, the loopback one among them, have its name. */
int lookup_address(const struct ws2_address *address, struct lookup *lookup)
{
    int error;

    memset(lookup, 0, sizeof(*lookup));
    if ((error = ask_hosts_file_reverse(address, lookup)) == WSAHOST_NOT_FOUND)
        error = is_own_address(address) ? add_own_canonical(lookup) : ask_host_reverse(address, lookup);
    if (error) lookup_free(lookup);
    return error;
}
