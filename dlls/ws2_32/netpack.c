/*
 * Packing entries of the services and protocols databases for applications.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "private.h"

#include "database.h"
#include "pack.h"

static char **pack_aliases(struct pack *pack, const struct netdb_entry *entry)
{
    char **aliases = pack_pointers(pack, entry->alias_count);
    unsigned int i;

    for (i = 0; i < entry->alias_count; i++)
    {
        char *alias = pack_string(pack, entry->aliases[i]);

        if (aliases) aliases[i] = alias;
    }
    return aliases;
}

static SIZE_T put_service(const struct netdb_entry *entry, void *buffer)
{
    struct pack pack = {buffer, 0};
    struct servent *serv = pack_take(&pack, sizeof(*serv)), ignored;

    if (!serv) serv = &ignored;
    serv->s_aliases = pack_aliases(&pack, entry);
    serv->s_name = pack_string(&pack, entry->name);
    serv->s_proto = pack_string(&pack, entry->protocol);
    serv->s_port = htons(entry->number);
    return pack.used;
}

static SIZE_T put_protocol(const struct netdb_entry *entry, void *buffer)
{
    struct pack pack = {buffer, 0};
    struct protoent *proto = pack_take(&pack, sizeof(*proto)), ignored;

    if (!proto) proto = &ignored;
    proto->p_aliases = pack_aliases(&pack, entry);
    proto->p_name = pack_string(&pack, entry->name);
    proto->p_proto = entry->number;
    return pack.used;
}

SIZE_T netdb_pack_service(const struct netdb_entry *entry, void *buffer, SIZE_T size)
{
    SIZE_T needed = put_service(entry, NULL);

    if (buffer && needed <= size) put_service(entry, buffer);
    return needed;
}

SIZE_T netdb_pack_protocol(const struct netdb_entry *entry, void *buffer, SIZE_T size)
{
    SIZE_T needed = put_protocol(entry, NULL);

    if (buffer && needed <= size) put_protocol(entry, buffer);
    return needed;
}
