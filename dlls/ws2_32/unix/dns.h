/* Reading a DNS server's answer (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_DNS_H
#define WS2_UNIX_DNS_H

#include <stddef.h>
#include <stdint.h>

#include "ws2_unix.h"

#define DNS_NAME_SIZE 256 /* of the longest name as text, with its NUL */

enum dns_type
{
    DNS_A = 1,
    DNS_CNAME = 5,
    DNS_AAAA = 28
};

/*
 * The name at *at in a message of length bytes, as text; *at moves behind it.
 * -1 for a name that leaves the message, is too long or goes round in circles.
 */
int dns_name(const uint8_t *message, size_t length, size_t *at, char text[DNS_NAME_SIZE]);

/*
 * Adds the addresses of this type (DNS_A or DNS_AAAA) in the message's answer
 * section to params; canonical becomes what the last CNAME points to, if there
 * is one. -1 for a message that breaks off or makes no sense.
 */
int dns_answer(const uint8_t *message, size_t length, enum dns_type type, struct ws2_name_resolve *params,
               char canonical[DNS_NAME_SIZE]);

#endif
