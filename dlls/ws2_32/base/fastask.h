/* Questions that need no transfer, on the fast lane (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_FASTASK_H
#define WS2_BASE_FASTASK_H

#include "ws2_lanes.h"

struct socket_record;

/* Nothing was done: ask the device. */
#define FAST_ASK_DEVICE (-1)

/* TRUE if s is the socket that its record is about, has not been shared, and may be
 * answered for from the record: a call of this lane that is not counted yet. */
BOOL fast_known(SOCKET s, enum ws2_lane lane);

/* The same for what is no call of its own. */
BOOL fast_is_open(SOCKET s);

/* Each a Winsock error or 0, or FAST_ASK_DEVICE. */
int fast_readable(SOCKET s, DWORD *bytes);
int fast_urgent(SOCKET s, BOOL *urgent);
int fast_timeout(SOCKET s, ULONG request, DWORD *ms);
int fast_mode(SOCKET s, BOOL blocking);
int fast_option_get(SOCKET s, int level, int name, void *value, ULONG *size);
int fast_option_set(SOCKET s, int level, int name, const void *value, ULONG size);

/* getsockname's and getpeername's answers, as the device gave them. */
enum name_kind
{
    NAME_LOCAL,
    NAME_PEER,
    NAME_KINDS
};

/* In the record; version changes when a name may have. */
struct names
{
    LONG version;
    BYTE size[NAME_KINDS]; /* 0 if not known */
    char name[NAME_KINDS][sizeof(SOCKADDR_IN6)];
};

BOOL names_get(SOCKET s, enum name_kind kind, SOCKADDR_STORAGE *name, ULONG *size);

/* A ticket is taken before the device is asked, and shown when its answer is put down. */
struct names_ticket
{
    struct socket_record *record; /* NULL if nothing can be put down */
    LONG version, turn;
};

struct names_ticket names_ask(SOCKET s);
void names_put(const struct names_ticket *ticket, enum name_kind kind, const SOCKADDR_STORAGE *name,
               ULONG size);

/* Around what may change a name. */
void names_drop(struct socket_record *record);

#endif
