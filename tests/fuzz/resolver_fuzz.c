/*
 * Any bytes as a DNS server's answer, as a database file, as route lines, and as names to pack.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <stdlib.h>
#include <string.h>

#include "unix/dns.h"
#include "unix/interface.h"
#include "unix/names.h"

/* Pure, but of the PE half. */
#include "etcfile.c"

/* The bytes end where the block ends, so that a sanitizer sees what is read beyond. */
static void *exactly(const uint8_t *data, size_t size, size_t extra)
{
    char *copy = malloc(size + extra ? size + extra : 1);

    memcpy(copy, data, size);
    memset(copy + size, 0, extra);
    return copy;
}

static void as_answer(const uint8_t *data, size_t size)
{
    struct ws2_address room[3];
    struct ws2_name_resolve params = {.addresses = WS2_PTR(room), .capacity = 3};
    char canonical[DNS_NAME_SIZE] = "";
    void *message = exactly(data, size, 0);

    dns_answer(message, size, size % 2 ? DNS_A : DNS_AAAA, &params, canonical);
    if (!memchr(canonical, 0, sizeof(canonical))) abort();
    /* each address takes four bytes of the message at least */
    if (params.count > size / 4) abort();
    free(message);
}

static void as_file(const uint8_t *data, size_t size)
{
    char *text = exactly(data, size, 1), *cursor = text, *fields[ETC_FIELDS], *protocol;
    int count, i, port;

    while ((count = etc_next(&cursor, fields)))
    {
        if (count > ETC_FIELDS || cursor > text + size) abort();
        for (i = 0; i < count; i++)
            if (!fields[i][0] || strpbrk(fields[i], " \t\n#")) abort();
        if (count > 1 && (port = etc_port(fields[1], &protocol)) >= 0 && (port > 65535 || !protocol[0]))
            abort();
    }
    if (*cursor) abort();
    free(text);
}

static void as_route(const uint8_t *data, size_t size)
{
    char *line = exactly(data, size, 1);
    struct route_note note;

    if (route_line_ipv4(line, &note) && !memchr(note.name, 0, sizeof(note.name))) abort();
    if (route_line_ipv6(line, &note) && !memchr(note.name, 0, sizeof(note.name))) abort();
    free(line);
}

/* Whatever the buffer's size, the count is right and nothing beyond it is written. */
static void as_names(const uint8_t *data, size_t size)
{
    uint32_t room = size ? data[0] : 0, used = 0, count = 0;
    char *text = exactly(data, size, 1), *buffer = malloc(room ? room : 1);
    struct ws2_names names = {.text = WS2_PTR(buffer), .size = room};
    size_t at;

    for (at = 0; at < size; at += strlen(text + at) + 1)
    {
        names_add(&names, text + at);
        used += strlen(text + at) + 1;
        count++;
    }
    if (names.used != used || names.count != count) abort();
    if (used <= room && memcmp(buffer, text, used)) abort();
    free(text);
    free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    as_answer(data, size);
    as_file(data, size);
    as_route(data, size);
    as_names(data, size);
    return 0;
}
