/* The services and protocols databases (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_DATABASE_H
#define WS2_DATABASE_H

/* One entry; everything points into text. */
struct netdb_entry
{
    char *text; /* heap */
    const char *name;
    const char *protocol; /* services only */
    int number;           /* port in host order, or protocol number */
    unsigned int alias_count;
    char **aliases; /* heap */
};

/* By name, or by number if name is NULL; protocol NULL for any. FALSE if there is none. */
BOOL netdb_find_service(const char *name, int port, const char *protocol, struct netdb_entry *entry);
BOOL netdb_find_protocol(const char *name, int number, struct netdb_entry *entry);
void netdb_free(struct netdb_entry *entry);

/* Fill buffer if the entry fits into size bytes; the bytes needed. */
SIZE_T netdb_pack_service(const struct netdb_entry *entry, void *buffer, SIZE_T size);
SIZE_T netdb_pack_protocol(const struct netdb_entry *entry, void *buffer, SIZE_T size);

/* A heap copy of hosts, protocol or services in %SystemRoot%\system32\drivers\etc;
 * NULL if it is not there. */
char *netdb_read(const WCHAR *file);

/* A per-thread block that is large enough: the same one as long as it is. */
void *netdb_thread_block(void **slot, SIZE_T size);

#endif
