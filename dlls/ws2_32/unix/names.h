/* Results of name lookups, packed for the boundary (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_UNIX_NAMES_H
#define WS2_UNIX_NAMES_H

#include <sys/socket.h>

#include "unix/windows.h"
#include "ws2_unix.h"

/* FALSE if the address is of neither family; then *address is zeroed. */
int address_from_host(const struct sockaddr *host, struct ws2_address *address);

/* Bytes of the host's address, 0 if the family is neither. */
socklen_t address_to_host(const struct ws2_address *address, struct sockaddr_storage *host);

/* Appends one string: counted always, written if it still fits. */
void names_add(struct ws2_names *names, const char *text);

/* Appends one address, once: counted always, written if it still fits. */
void addresses_add(struct ws2_name_resolve *params, const struct ws2_address *address);

/* Winsock errors for what getaddrinfo(3) returns and what h_errno holds. */
int error_from_eai(int eai, int host_errno);
int error_from_h_errno(int h_err);

#endif
