/* Namespace providers that other processes advertise, asked from here (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_NSPREMOTE_H
#define WS2_NSPREMOTE_H

struct remote_lookup
{
    HANDLE pipe; /* NULL: none */
    GUID id;
    ULONGLONG number;
    LONG ended;
};

/* Nobody advertises the provider. */
#define REMOTE_NONE (-1)

/* All return a Winsock error or 0; the first and the last, REMOTE_NONE, too. */
int remote_begin(const GUID *id, const WSAQUERYSET2W *query, DWORD flags, struct remote_lookup *lookup);
int remote_next(struct remote_lookup *lookup, DWORD flags, WSAQUERYSET2W **set); /* in a heap block */
void remote_end(struct remote_lookup *lookup);                                   /* in any thread */
void remote_release(struct remote_lookup *lookup);
int remote_set_service(const GUID *id, const WSAQUERYSET2W *query, WSAESETSERVICEOP operation, DWORD flags);

/* Tells all that this process needs them no more. */
void remote_cleanup(void);

#endif
