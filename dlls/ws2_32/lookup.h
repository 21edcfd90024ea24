/* Names to addresses and back, as Windows's resolver does it (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_LOOKUP_H
#define WS2_LOOKUP_H

/* What gethostbyname answers for the own name where there is only a loopback
 * interface: not 127.0.0.1, because programs take that for "no network", and
 * the device knows it. */
extern const unsigned char lookup_magic_loopback[4];

enum lookup_flags
{
    LOOKUP_NUMERIC = 1,   /* numbers only, no names */
    LOOKUP_CANONICAL = 2, /* find the canonical name */
    LOOKUP_ALIASES = 4,   /* and the aliases; family is AF_INET or AF_INET6 */
    LOOKUP_DNS_ONLY = 8,
    LOOKUP_NO_IDN = 16,
    LOOKUP_OWN = 32, /* installed namespace providers are not asked */
};

/* The outcome, in heap blocks. */
struct lookup
{
    struct ws2_address *addresses;
    unsigned int count;
    char *names; /* UTF-8, NUL-terminated, one after the other, the canonical one first; or NULL */
    unsigned int name_count;
    BOOL numeric;  /* the name was a number */
    BOOL own_name; /* it was this computer's */
};

/* An empty name is the own one. A Winsock error or 0; nothing to free on failure. */
int lookup_name(const WCHAR *name, int family, unsigned int flags, struct lookup *lookup);

/* The names of an address; no addresses. */
int lookup_address(const struct ws2_address *address, struct lookup *lookup);
void lookup_free(struct lookup *lookup);

/* For others who find something: one more, in a heap block. An address that is there
 * already is not added again. */
int lookup_add_address(struct lookup *lookup, const struct ws2_address *address);
int lookup_add_name(struct lookup *lookup, const char *name);

/* This computer's name, without its domain. A Winsock error or 0. */
int lookup_own_name(char name[256]);

/* This computer's addresses, best route first; a heap block. */
int lookup_interfaces(int family, struct ws2_interface **list, unsigned int *count);

/* sockaddr of an address: sockaddr_in or sockaddr_in6; its size in bytes. */
int lookup_sockaddr(const struct ws2_address *address, USHORT port, SOCKADDR_STORAGE *sockaddr);

/* FALSE if the sockaddr is of neither family. */
BOOL lookup_from_sockaddr(const SOCKADDR *sockaddr, struct ws2_address *address);

#endif
