/*
 * Reading a DNS server's answer (RFC 1035, section 4).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The message comes from the network, so nothing in it is believed: every number
 * is compared with what is left.
 */
#include <string.h>

#include "unix/dns.h"
#include "unix/names.h"

#define HEADER_SIZE 12
#define MAX_LABEL 63

static unsigned int number(const uint8_t *at)
{
    return at[0] << 8 | at[1];
}

static int add_label(char text[DNS_NAME_SIZE], size_t *used, const uint8_t *label, size_t size)
{
    size_t i;

    if (*used + size + 2 > DNS_NAME_SIZE) return -1;
    if (*used) text[(*used)++] = '.';
    /* what no host name has would be taken for something else by whoever prints it */
    for (i = 0; i < size; i++)
        if (label[i] <= ' ' || label[i] >= 0x7f || label[i] == '.') return -1;
    memcpy(text + *used, label, size);
    *used += size;
    return 0;
}

int dns_name(const uint8_t *message, size_t length, size_t *at, char text[DNS_NAME_SIZE])
{
    size_t here = *at, limit = *at, used = 0, size;
    int jumped = 0;

    for (;;)
    {
        if (here >= length) return -1;
        size = message[here];
        if ((size & 0xc0) == 0xc0)
        {
            if (here + 1 >= length) return -1;
            if (!jumped) *at = here + 2;
            jumped = 1;
            /* always further back, so that it ends */
            here = number(message + here) & 0x3fff;
            if (here >= limit) return -1;
            limit = here;
            continue;
        }
        if (size > MAX_LABEL) return -1;
        here++;
        if (!size) break;
        if (size > length - here || add_label(text, &used, message + here, size)) return -1;
        here += size;
    }
    if (!jumped) *at = here;
    text[used] = 0;
    return 0;
}

static void add_data(struct ws2_name_resolve *params, enum dns_type type, const uint8_t *data, size_t size)
{
    struct ws2_address address = {0};

    if (size != (type == DNS_A ? 4u : 16u)) return;
    address.family = type == DNS_A ? WIN_AF_INET : WIN_AF_INET6;
    memcpy(address.bytes, data, size);
    addresses_add(params, &address);
}

/* One record: its name, type, class, time to live, size and data. */
static int read_record(const uint8_t *message, size_t length, size_t *at, enum dns_type wanted,
                       struct ws2_name_resolve *params, char canonical[DNS_NAME_SIZE])
{
    char name[DNS_NAME_SIZE];
    size_t size, data;

    if (dns_name(message, length, at, name) || length - *at < 10) return -1;
    size = number(message + *at + 8);
    data = *at + 10;
    if (size > length - data) return -1;
    if (number(message + *at + 2) == 1) /* the Internet's class */
    {
        size_t target = data;

        if (number(message + *at) == (unsigned int)wanted) add_data(params, wanted, message + data, size);
        if (number(message + *at) == DNS_CNAME && !dns_name(message, length, &target, name))
            strcpy(canonical, name);
    }
    *at = data + size;
    return 0;
}

int dns_answer(const uint8_t *message, size_t length, enum dns_type type, struct ws2_name_resolve *params,
               char canonical[DNS_NAME_SIZE])
{
    unsigned int questions, answers;
    char name[DNS_NAME_SIZE];
    size_t at = HEADER_SIZE;

    if (length < HEADER_SIZE) return -1;
    questions = number(message + 4);
    answers = number(message + 6);
    while (questions--)
    {
        if (dns_name(message, length, &at, name) || length - at < 4) return -1;
        at += 4;
    }
    while (answers--)
        if (read_record(message, length, &at, type, params, canonical)) return -1;
    return 0;
}
