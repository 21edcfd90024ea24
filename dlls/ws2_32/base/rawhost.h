/*
 * Raw sockets of protocols that the device does not know, ICMPv6 among them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * As base/host.h: the handle is a UDP socket of the device, the front, and the ELF
 * half (unix/packet.h) relays what it sends and receives. The front's peers are
 * addresses of 127.64.0.0/10, which are translated here. An overlapped receive's
 * address is, once WSAGetOverlappedResult or the completion routine is called.
 */
#ifndef WS2_BASE_RAWHOST_H
#define WS2_BASE_RAWHOST_H

/* Whether the host has to make a socket of this kind itself. */
BOOL rawhost_kind(int family, int type, int protocol);

/* A look at the record's flags. */
BOOL rawhost_is(SOCKET s);

/* Makes one; INVALID_SOCKET with *err. */
SOCKET rawhost_socket(const WSAPROTOCOL_INFOW *info, int protocol, GROUP group, DWORD flags, int *err);

/* s is going to be closed: what rawhost_closed is to be told then. */
uint32_t rawhost_closing(SOCKET s);
void rawhost_closed(uint32_t id);

/* For sockets that rawhost_is true of. */
int rawhost_bind(SOCKET s, const struct sockaddr *addr, int len, int *err);
int rawhost_connect(SOCKET s, const struct sockaddr *addr, int len, int *err);
int rawhost_getsockname(SOCKET s, struct sockaddr *addr, int *len, int *err);
int rawhost_getpeername(SOCKET s, struct sockaddr *addr, int *len, int *err);
int rawhost_getsockopt(SOCKET s, int level, int name, char *value, int *len, int *err);
int rawhost_setsockopt(SOCKET s, int level, int name, const char *value, int len, int *err);

/* WSARecvMsg and WSASendMsg, without control data; a Winsock error or 0. */
int rawhost_recvmsg(SOCKET s, WSAMSG *msg, DWORD *done, WSAOVERLAPPED *overlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
int rawhost_sendmsg(SOCKET s, const WSAMSG *msg, DWORD flags, DWORD *done, WSAOVERLAPPED *overlapped,
                    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);

/* What base's proc table has, or goes on to where these are concerned; those that are no raw
 * host socket's go on to base_* or front_*. */
int rawhost_recvfrom(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags, struct sockaddr *addr,
                     int *len, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                     int *err);
int rawhost_sendto(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                   const struct sockaddr *addr, int len, WSAOVERLAPPED *overlapped,
                   LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err);
BOOL WSPAPI rawhost_get_overlapped_result(SOCKET s, WSAOVERLAPPED *overlapped, DWORD *done, BOOL wait,
                                          DWORD *flags, int *err);

/* SIO_RCVALL and its kin: enum ws2_tap_flags. A Winsock error or 0. */
int rawhost_tap(SOCKET s, uint32_t flags);

/* The process ends. */
void rawhost_leave(void);

#endif
