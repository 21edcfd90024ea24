/* getaddrinfo's questions and answers, whatever the form of the call (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_ADDRINFO_H
#define WS2_ADDRINFO_H

/* ai_flags that not all headers have. */
#define WS2_AI_DNS_ONLY 0x00000010
#define WS2_AI_FORCE_CLEAR_TEXT 0x00000020
#define WS2_AI_BYPASS_DNS_CACHE 0x00000040
#define WS2_AI_RETURN_TTL 0x00000080
#define WS2_AI_FQDN 0x00020000
#define WS2_AI_FILESERVER 0x00040000
#define WS2_AI_SECURE_WITH_FALLBACK 0x00100000
#define WS2_AI_EXCLUSIVE_CUSTOM_SERVERS 0x00200000
#define WS2_AI_RETURN_RESPONSE_FLAGS 0x10000000
#define WS2_AI_REQUIRE_SECURE 0x20000000
#define WS2_AI_RESOLUTION_HANDLE 0x40000000
#define WS2_AI_EXTENDED 0x80000000

/* A question, copied from the application's memory. */
struct address_query
{
    WCHAR *node;   /* heap, or NULL */
    char *service; /* heap, or NULL */
    DWORD flags;   /* AI_* */
    int family, socktype, protocol;
    DWORD name_space; /* what GetAddrInfoEx restricts it to, NS_ALL or one */
    BOOL has_provider;
    GUID provider;
};

/* How the answer is laid out: ADDRINFOA, ADDRINFOW, ADDRINFOEXA or ADDRINFOEXW. */
enum address_layout
{
    LAYOUT_A = 0,
    LAYOUT_W = 1,
    LAYOUT_EX = 2,
    LAYOUT_EXA = LAYOUT_EX | LAYOUT_A,
    LAYOUT_EXW = LAYOUT_EX | LAYOUT_W
};

/* Copies and checks what a call was given; hints may be NULL and of any layout.
 * A Winsock error or 0; query_free either way. */
int query_prepare(struct address_query *query, const void *node, const void *service, const void *hints,
                  enum address_layout layout);

/* Answers it with a list in that layout; a Winsock error or 0. Blocks. */
int query_run(const struct address_query *query, enum address_layout layout, void **list);
void query_free(struct address_query *query);

void addrinfo_free(void *list, enum address_layout layout);

/* *result = list; FALSE if the application's pointer is bad. */
BOOL addrinfo_give(void **result, void *list);

#endif
