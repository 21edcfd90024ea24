/*
 * Messages of SOCK_SEQPACKET sockets, whose fronts are streams.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef WS2_BASE_HOSTMESSAGE_H
#define WS2_BASE_HOSTMESSAGE_H

/* What stands in base's proc table; those that are no such sockets' go on. */
int WSPAPI message_send(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                        WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                        WSATHREADID *thread, int *err);
int WSPAPI message_sendto(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                          const struct sockaddr *addr, int len, WSAOVERLAPPED *overlapped,
                          LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, WSATHREADID *thread, int *err);
int WSPAPI message_recv(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags,
                        WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                        WSATHREADID *thread, int *err);
int WSPAPI message_recvfrom(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags,
                            struct sockaddr *addr, int *len, WSAOVERLAPPED *overlapped,
                            LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, WSATHREADID *thread, int *err);

BOOL message_is(SOCKET s);

/* s is closed. */
void message_forget(SOCKET s);

/* FIONREAD: the bytes of the next message. A Winsock error or 0. */
int message_readable(SOCKET s, DWORD *bytes);

#endif
