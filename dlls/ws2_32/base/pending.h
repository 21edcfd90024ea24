/* Overlapped WSARecvMsg for control messages that the device does not know (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_PENDING_H
#define WS2_BASE_PENDING_H

/* msg is the application's, copy what it held. A Winsock error, WSA_IO_PENDING
 * among them, or 0. */
int pending_receive(SOCKET s, WSAMSG *msg, const WSAMSG *copy, DWORD *done, WSAOVERLAPPED *overlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);

/* Before s is closed: its pending receives end with STATUS_CANCELLED, while its
 * completion port can still be told. Costs nothing while there are none. */
void pending_close(SOCKET s);

/* In recvmsg.c, for these. */
int message_peek_control(SOCKET s, WSAMSG *msg, const WSAMSG *copy, DWORD *flags);
int message_receive_here(SOCKET s, WSAMSG *msg, const WSAMSG *copy, DWORD *received);
int message_receive_overlapped(SOCKET s, WSAMSG *msg, const WSAMSG *copy, BOOL control, DWORD *done,
                               WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);

#endif
