/* Service queries and their answers (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_QUERYSET_H
#define WS2_QUERYSET_H

#ifndef LUP_CONTAINERS
#define LUP_CONTAINERS 0x0002
#endif
#ifndef LUP_FLUSHCACHE
#define LUP_FLUSHCACHE 0x1000
#endif
#ifndef LUP_RES_SERVICE
#define LUP_RES_SERVICE 0x8000
#endif
#ifndef NS_BTH
#define NS_BTH 16
#endif
#ifndef LUP_FLUSHPREVIOUS
#define LUP_FLUSHPREVIOUS 0x2000
#endif

/* A query as it was copied from the application: Unicode, on our heap. */
struct query
{
    WCHAR *name; /* NULL if not given, as the rest */
    WCHAR *query_string;
    BOOL has_class, has_provider;
    GUID service_class;
    GUID provider;
    DWORD name_space;
    DWORD family_count;
    AFPROTOCOLS families[16];
    /* only installed providers look at these */
    WCHAR *comment, *context;
    BOOL has_version;
    WSAVERSION version;
    DWORD address_count;
    CSADDR_INFO *addresses;
    DWORD blob_size;
    BYTE *blob;
};

/* query->name and the like are heap blocks; free with queryset_free, also after
 * failure. 0 or a Winsock error. */
int queryset_read_wide(struct query *query, const WSAQUERYSETW *application);
int queryset_read_ansi(struct query *query, const WSAQUERYSETA *application);
void queryset_free(struct query *query);

/* One answer. */
struct answer
{
    struct answer *next;
    WCHAR *name;
    WCHAR *comment, *query_string; /* from installed providers only */
    BOOL has_version;
    WSAVERSION version;
    GUID service_class;
    GUID provider;
    DWORD name_space;
    DWORD output_flags;
    DWORD address_count;
    CSADDR_INFO *addresses; /* one heap block with the sockaddrs */
    DWORD blob_size;
    BYTE *blob;
};

/* A heap block with copies of addresses and their sockaddrs, that can be trusted. */
CSADDR_INFO *addresses_copy(const CSADDR_INFO *from, DWORD count);

struct answer *answer_new(void);
void answer_free(struct answer *answer);
void answers_free(struct answer **answers);

/* Writes what flags (LUP_RETURN_*) ask for to a WSAQUERYSETW or A with *size bytes
 * of room. 0, or WSAEFAULT with the bytes needed in *size. */
int answer_write(const struct answer *answer, const struct query *query, DWORD flags, BOOL wide, DWORD *size,
                 void *application);

#endif
