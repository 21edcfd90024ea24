/*
 * Any bytes as what applications hand to the PE half: ANSI and Unicode strings, service queries
 * and hints in both forms, addresses as text; and as names to pack for them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "windows_half.h"

#include "text.c"
#include "guarded.c"
#include "inet.c"
#include "queryset.c"
#include "addrinfo.c"
#include "hostent.c"
#include "netpack.c"
#include "base/address.c"

/* What the fuzzer gives, taken from the front. */
struct input
{
    const BYTE *at;
    SIZE_T left;
};

static unsigned int take_byte(struct input *in)
{
    if (!in->left) return 0;
    in->left--;
    return *in->at++;
}

static void take(struct input *in, void *to, SIZE_T size)
{
    SIZE_T have = min(in->left, size);

    memset(to, 0, size);
    memcpy(to, in->at, have);
    in->at += have;
    in->left -= have;
}

/* A string that ends where its block ends, so that a sanitizer sees what is read beyond;
 * NULL now and then. */
static void *take_text(struct input *in, BOOL wide)
{
    SIZE_T unit = wide ? sizeof(WCHAR) : 1, len = take_byte(in), size;
    char *text;

    if (len == 255) return NULL;
    size = min(len, in->left / unit) * unit;
    text = malloc(size + unit);
    take(in, text, size);
    memset(text + size, 0, unit);
    return text;
}

static void check_inside(const void *at, const void *block, SIZE_T size)
{
    if (at && ((const char *)at < (const char *)block || (const char *)at >= (const char *)block + size))
        abort();
}

static void check_text(const char *text, const void *block, SIZE_T size)
{
    check_inside(text, block, size);
    if (text && !memchr(text, 0, (const char *)block + size - text)) abort();
}

/* Unicode goes to ANSI and back as it was, but for half a surrogate pair. */
static void strings(struct input in)
{
    WCHAR *wide = take_text(&in, TRUE), *copy, *back;
    char *narrow = take_text(&in, FALSE), *narrow_copy, *once;
    SIZE_T i, halves = 0;

    if (text_copy_wide(wide, &copy) || text_copy(narrow, &narrow_copy)) abort();
    if (!copy != !wide || !narrow_copy != !narrow) abort();
    for (i = 0; wide && wide[i]; i++) halves |= (wide[i] & 0xf800) == 0xd800;
    once = text_narrow(copy, CP_ACP);
    back = text_widen(once, CP_ACP);
    if (wide && !halves && wcscmp(wide, back)) abort();
    heap_free(text_widen(narrow_copy, CP_ACP));
    if (narrow && once && text_same(narrow, once) != text_same(once, narrow)) abort();
    for (i = 0; wide && wide[i]; i++)
        if (text_digit(wide[i]) > 16) abort();
    heap_free(once), heap_free(back), heap_free(copy), heap_free(narrow_copy);
    free(wide), free(narrow);
}

/* Four numbers or fewer, each of which fits. */
static void dotted(struct input in)
{
    char *text = take_text(&in, FALSE), canonical[16], *to = canonical;
    ULONG addr;
    int i;

    if (!text) return;
    addr = parse_inet_addr(text);
    free(text);
    for (i = 0; i < 4; i++)
    {
        unsigned int byte = addr >> 8 * i & 0xff;

        if (i) *to++ = '.';
        if (byte > 99) *to++ = '0' + byte / 100;
        if (byte > 9) *to++ = '0' + byte / 10 % 10;
        *to++ = '0' + byte % 10;
    }
    *to = 0;
    if (parse_inet_addr(canonical) != addr) abort();
}

/* An address that was parsed is printed so that it is parsed again; no more is written than fits. */
static void addresses(struct input in)
{
    static const int families[] = {AF_INET, AF_INET6, AF_BLUETOOTH, AF_UNIX};
    int family = families[take_byte(&in) % 4], room = take_byte(&in) % 40, len = room, again_len, err;
    DWORD chars = take_byte(&in), need = chars;
    WCHAR *text = take_text(&in, TRUE), *printed = malloc((chars + 1) * sizeof(WCHAR)), full[TEXT_SIZE];
    SOCKADDR *addr = malloc(room + 2);
    struct bluetooth_address again;

    if (!base_string_to_address(text, family, NULL, addr, &len, &err))
    {
        if (len > room) abort();
        need = chars;
        if (!base_address_to_string(addr, len, NULL, printed, &need, &err) && need > chars) abort();
        need = TEXT_SIZE;
        if (base_address_to_string(addr, len, NULL, full, &need, &err)) abort();
        again_len = sizeof(again);
        if (family == AF_BLUETOOTH &&
            (base_string_to_address(full, family, NULL, (SOCKADDR *)&again, &again_len, &err) ||
             memcmp(&again, addr, sizeof(again))))
            abort();
    }
    memset(addr, 0, room + 2);
    take(&in, addr, room);
    need = chars;
    base_address_to_string(addr, room, NULL, printed, &need, &err);
    free(addr), free(text), free(printed);
}

static void fill_answer(struct input *in, struct answer *answer, SOCKADDR_STORAGE sockaddrs[2])
{
    DWORD i;

    answer->name = take_text(in, TRUE);
    answer->address_count = take_byte(in) % 3;
    answer->addresses = heap_zalloc(sizeof(*answer->addresses) * 3);
    for (i = 0; i < answer->address_count; i++)
    {
        answer->addresses[i].LocalAddr = (SOCKET_ADDRESS){(SOCKADDR *)&sockaddrs[0], take_byte(in) % 128};
        answer->addresses[i].RemoteAddr = (SOCKET_ADDRESS){(SOCKADDR *)&sockaddrs[1], take_byte(in) % 128};
    }
    answer->blob_size = take_byte(in);
    answer->blob = heap_zalloc(answer->blob_size);
}

static void check_set(const WSAQUERYSETW *set, SIZE_T size, BOOL wide)
{
    DWORD i;

    check_inside(set->lpServiceClassId, set, size);
    check_inside(set->lpNSProviderId, set, size);
    check_inside(set->lpcsaBuffer, set, size);
    for (i = 0; i < set->dwNumberOfCsAddrs; i++)
    {
        const SOCKET_ADDRESS *local = &set->lpcsaBuffer[i].LocalAddr;

        check_inside((char *)local->lpSockaddr + max(local->iSockaddrLength - 1, 0), set, size + 8);
    }
    if (set->lpBlob)
    {
        check_inside(set->lpBlob, set, size);
        check_inside(set->lpBlob->pBlobData, set, size);
        check_inside(set->lpBlob->pBlobData + set->lpBlob->cbSize - 1, set, size);
    }
    if (wide)
        check_inside(set->lpszServiceInstanceName, set, size);
    else
        check_text((char *)set->lpszServiceInstanceName, set, size);
}

/* A query in either form, and its answer in a buffer of any size. */
static void queries(struct input in)
{
    BOOL wide = take_byte(&in) & 1;
    WSAQUERYSETW set = {.dwSize = sizeof(set) - !(take_byte(&in) & 7)};
    DWORD size = take_byte(&in) * 8, needed = size, flags = take_byte(&in) << 4;
    struct answer *answer = answer_new();
    SOCKADDR_STORAGE sockaddrs[2] = {{0}};
    struct query query;
    void *out;

    set.lpszServiceInstanceName = take_text(&in, wide);
    set.lpszQueryString = take_text(&in, wide);
    set.dwNumberOfProtocols = take_byte(&in) % 20;
    set.lpafpProtocols = heap_zalloc(set.dwNumberOfProtocols * sizeof(*set.lpafpProtocols));
    fill_answer(&in, answer, sockaddrs);
    if (!(wide ? queryset_read_wide(&query, &set) : queryset_read_ansi(&query, (WSAQUERYSETA *)&set)))
    {
        out = malloc(size ? size : 1);
        if (!answer_write(answer, &query, flags, wide, &needed, out))
            check_set(out, size, wide);
        else
        {
            if (needed <= size) abort();
            free(out);
            out = malloc(needed);
            if (answer_write(answer, &query, flags, wide, &needed, out)) abort();
            check_set(out, needed, wide);
        }
        free(out);
    }
    queryset_free(&query);
    answer_free(answer);
    heap_free(set.lpafpProtocols);
    free(set.lpszServiceInstanceName), free(set.lpszQueryString);
}

/* Names, one after the other, as the ELF half gives them. */
static char *take_names(struct input *in, unsigned int *count)
{
    SIZE_T size = min(in->left, take_byte(in)), i;
    char *names = malloc(size + 1);

    take(in, names, size);
    names[size] = 0;
    for (i = *count = 0; i < size + 1; i++) *count += !names[i];
    return names;
}

int lookup_sockaddr(const struct ws2_address *address, USHORT port, SOCKADDR_STORAGE *sockaddr)
{
    memset(sockaddr, port, sizeof(*sockaddr));
    return address->family == AF_INET ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6);
}

static void hints(struct input in)
{
    enum address_layout layout = take_byte(&in) & 3;
    BOOL wide = layout & LAYOUT_W;
    ADDRINFOEXW given = {.ai_flags = take_byte(&in) * 0x10203, .ai_family = take_byte(&in) & 0x1f};
    void *node = take_text(&in, wide), *service = take_text(&in, wide), *list;
    struct choice choices[2] = {{0}};
    struct address_query query;
    struct lookup lookup = {.count = take_byte(&in) % 4};

    given.ai_socktype = take_byte(&in) % 8;
    lookup.addresses = heap_zalloc(lookup.count * sizeof(*lookup.addresses));
    take(&in, lookup.addresses, lookup.count * sizeof(*lookup.addresses));
    lookup.names = take_names(&in, &lookup.name_count);
    if (!query_prepare(&query, node, service, take_byte(&in) & 1 ? &given : NULL, layout))
    {
        if (make_list(&query, &lookup, choices, 1 + take_byte(&in) % 2, layout, &list)) abort();
        addrinfo_free(list, layout);
    }
    query_free(&query);
    heap_free(lookup.addresses);
    free(lookup.names), free(node), free(service);
}

/* hostent, servent and protoent in a block of just their size. */
static void packing(struct input in)
{
    struct ws2_address list[3] = {{.family = take_byte(&in) & 1 ? AF_INET : AF_INET6}};
    struct lookup lookup = {.addresses = list, .count = 1 + take_byte(&in) % 3};
    struct netdb_entry entry = {.name = "", .protocol = "", .number = take_byte(&in)};
    SIZE_T size, i;
    void *block;

    lookup.names = take_names(&in, &lookup.name_count);
    size = hostent_pack(&lookup, NULL, 0);
    block = malloc(size);
    if (hostent_pack(&lookup, block, size) != size) abort();
    check_text(((struct hostent *)block)->h_name, block, size);
    for (i = 0; ((struct hostent *)block)->h_aliases[i]; i++)
        check_text(((struct hostent *)block)->h_aliases[i], block, size);
    if (i != lookup.name_count - 1) abort();
    free(block);

    entry.aliases = heap_zalloc((lookup.name_count + 1) * sizeof(*entry.aliases));
    entry.alias_count = lookup.name_count;
    entry.name = lookup.names;
    for (i = 0; i < lookup.name_count; i++)
        entry.aliases[i] = i ? entry.aliases[i - 1] + strlen(entry.aliases[i - 1]) + 1 : lookup.names;
    size = netdb_pack_service(&entry, NULL, 0);
    block = malloc(size);
    netdb_pack_service(&entry, block, size);
    for (i = 0; i < entry.alias_count; i++) check_text(((struct servent *)block)->s_aliases[i], block, size);
    free(block);
    size = netdb_pack_protocol(&entry, NULL, 0);
    block = malloc(size);
    netdb_pack_protocol(&entry, block, size);
    for (i = 0; i < entry.alias_count; i++) check_text(((struct protoent *)block)->p_aliases[i], block, size);
    free(block);
    heap_free(entry.aliases);
    free(lookup.names);
}

int LLVMFuzzerTestOneInput(const BYTE *data, size_t size);

int LLVMFuzzerTestOneInput(const BYTE *data, size_t size)
{
    const struct input in = {data, size};

    strings(in);
    dotted(in);
    addresses(in);
    queries(in);
    hints(in);
    packing(in);
    return 0;
}
