/* Urgent data as Windows keeps it (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_URGENT_H
#define WS2_BASE_URGENT_H

struct receive; /* base/transfer.h */

/* In a record: what is known of urgent bytes beyond the host's one. */
struct urgent
{
    LONG mark;         /* bytes before the urgent byte when last looked at, -1 if not known */
    LONG before;       /* bytes before an urgent byte that was overtaken by a later one */
    BOOLEAN overtaken; /* there is one, and not received yet */
    BOOLEAN beside;    /* the one that waits came before SO_OOBINLINE was set */
    BOOLEAN stashed;   /* it was taken out of the stream */
    char byte;
};

/* SIOCATMARK: whether no urgent byte waits; a Winsock error or 0. */
int urgent_at_mark(SOCKET s, BOOL *yes);

/* The same where the host has said that one does. */
int urgent_met(SOCKET s, BOOL *yes);

/* FIONREAD counts on the host what Windows does not. */
void urgent_correct(SOCKET s, DWORD *available);

/* Before SO_OOBINLINE is set. */
void urgent_inline(SOCKET s);

/* Around a receive on a socket with RECORD_URGENT. Limits what is received, in *limited
 * and *part; TRUE if *error and *received are the outcome already. */
#define URGENT_BUFFERS 64
BOOL urgent_before_receive(SOCKET s, const struct receive **op, DWORD flags, struct receive *part,
                           WSABUF *limited, ULONG *received, int *error);
void urgent_received(SOCKET s, DWORD flags, ULONG received);

#endif
