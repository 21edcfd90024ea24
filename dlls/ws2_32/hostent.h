/* gethostbyname's answers, for the thread and for the asynchronous calls (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_HOSTENT_H
#define WS2_HOSTENT_H

struct lookup;

/* name and addr are readable; name may be empty. A Winsock error or 0; lookup_free afterwards. */
int hostent_by_name(const char *name, struct lookup *lookup);
int hostent_by_address(const void *addr, int len, int family, struct lookup *lookup);

/* Fills buffer if the entry fits into size bytes; the bytes needed. */
SIZE_T hostent_pack(const struct lookup *lookup, void *buffer, SIZE_T size);

#endif
