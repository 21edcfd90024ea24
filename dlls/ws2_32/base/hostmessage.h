/*
 * Messages of SOCK_SEQPACKET sockets, whose fronts are streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WS2_BASE_HOSTMESSAGE_H
#define WS2_BASE_HOSTMESSAGE_H

#include "record.h"

static inline BOOL message_is(SOCKET s)
{
    const struct socket_record *record = record_get(s);

    return record && record->messages && record->flags & RECORD_HOST;
}

/* As WSPSend and WSPRecv, for these. */
int message_send(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags, WSAOVERLAPPED *overlapped,
                 LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err);
int message_receive(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags,
                    WSAOVERLAPPED *overlapped, int *err);

/* s is closed. */
void message_forget(SOCKET s);

/* FIONREAD: the bytes of the next message. A Winsock error or 0. */
int message_readable(SOCKET s, DWORD *bytes);

#endif
