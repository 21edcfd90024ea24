/*
 * The base provider: Winsock over the layer's socket device.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Nothing outside base/ calls these; they are reached through the proc table
 * that base_WSPStartup fills. Each writes *err on failure only.
 */
#ifndef WS2_BASE_H
#define WS2_BASE_H

int WSPAPI base_WSPStartup(WORD version, WSPDATA *data, WSAPROTOCOL_INFOW *info, WSPUPCALLTABLE upcalls,
                           WSPPROC_TABLE *table);

/* accept.c */
SOCKET WSPAPI base_accept(SOCKET s, struct sockaddr *addr, int *len, LPCONDITIONPROC condition,
                          DWORD_PTR context, int *err);
/* address.c */
INT WSPAPI base_address_to_string(SOCKADDR *addr, DWORD len, WSAPROTOCOL_INFOW *info, WCHAR *string,
                                  DWORD *string_len, int *err);
INT WSPAPI base_string_to_address(WCHAR *string, INT family, WSAPROTOCOL_INFOW *info, SOCKADDR *addr,
                                  int *len, int *err);
/* event.c */
int WSPAPI base_async_select(SOCKET s, HWND window, unsigned int message, LONG events, int *err);
int WSPAPI base_enum_network_events(SOCKET s, WSAEVENT event, WSANETWORKEVENTS *events, int *err);
int WSPAPI base_event_select(SOCKET s, WSAEVENT event, LONG events, int *err);
/* connect.c */
int WSPAPI base_bind(SOCKET s, const struct sockaddr *addr, int len, int *err);
int WSPAPI base_connect(SOCKET s, const struct sockaddr *addr, int len, WSABUF *caller, WSABUF *callee,
                        QOS *sqos, QOS *gqos, int *err);
int WSPAPI base_listen(SOCKET s, int backlog, int *err);
int WSPAPI base_shutdown(SOCKET s, int how, int *err);
int WSPAPI base_getsockname(SOCKET s, struct sockaddr *addr, int *len, int *err);
int WSPAPI base_getpeername(SOCKET s, struct sockaddr *addr, int *len, int *err);
int WSPAPI base_send_disconnect(SOCKET s, WSABUF *data, int *err);
int WSPAPI base_recv_disconnect(SOCKET s, WSABUF *data, int *err);
/* multipoint.c */
SOCKET WSPAPI base_join_leaf(SOCKET s, const struct sockaddr *addr, int len, WSABUF *caller, WSABUF *callee,
                             QOS *sqos, QOS *gqos, DWORD flags, int *err);
/* socket.c */
SOCKET WSPAPI base_socket(int family, int type, int protocol, WSAPROTOCOL_INFOW *info, GROUP group,
                          DWORD flags, int *err);
int WSPAPI base_close_socket(SOCKET s, int *err);
int WSPAPI base_duplicate_socket(SOCKET s, DWORD pid, WSAPROTOCOL_INFOW *info, int *err);
/* select.c */
int WSPAPI base_select(int count, fd_set *read, fd_set *write, fd_set *except, const struct timeval *timeout,
                       int *err);
int WINAPI base_poll(WSAPOLLFD *fds, ULONG count, int timeout); /* WSAID_WSAPOLL's: sets the last error */
/* option.c */
int WSPAPI base_getsockopt(SOCKET s, int level, int name, char *value, int *len, int *err);
int WSPAPI base_setsockopt(SOCKET s, int level, int name, const char *value, int len, int *err);
/* ioctl.c */
int WSPAPI base_ioctl(SOCKET s, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size,
                      DWORD *returned, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                      WSATHREADID *thread, int *err);
/* transfer.c */
int WSPAPI base_recv(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags,
                     WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                     WSATHREADID *thread, int *err);
int WSPAPI base_recvfrom(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags,
                         struct sockaddr *addr, int *len, WSAOVERLAPPED *overlapped,
                         LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, WSATHREADID *thread, int *err);
/* send.c */
int WSPAPI base_send(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                     WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine,
                     WSATHREADID *thread, int *err);
int WSPAPI base_sendto(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                       const struct sockaddr *addr, int len, WSAOVERLAPPED *overlapped,
                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, WSATHREADID *thread, int *err);
/* The same for the handle itself, be it a front (base/host.h, base/rawhost.h) or not. */
int front_getsockopt(SOCKET s, int level, int name, char *value, int *len, int *err);
int front_setsockopt(SOCKET s, int level, int name, const char *value, int len, int *err);
int front_recvfrom(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD *flags, struct sockaddr *addr,
                   int *len, WSAOVERLAPPED *overlapped, LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err);
int front_sendto(SOCKET s, WSABUF *buffers, DWORD count, DWORD *done, DWORD flags,
                 const struct sockaddr *addr, int len, WSAOVERLAPPED *overlapped,
                 LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, int *err);
/* message.c: WSARecvMsg and WSASendMsg, reached as extension functions */
int WINAPI base_recvmsg(SOCKET s, WSAMSG *msg, DWORD *done, WSAOVERLAPPED *overlapped,
                        LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
int WINAPI base_sendmsg(SOCKET s, WSAMSG *msg, DWORD flags, DWORD *done, WSAOVERLAPPED *overlapped,
                        LPWSAOVERLAPPED_COMPLETION_ROUTINE routine);
/* overlapped.c */
BOOL WSPAPI base_get_overlapped_result(SOCKET s, WSAOVERLAPPED *overlapped, DWORD *done, BOOL wait,
                                       DWORD *flags, int *err);
/* extension.c: the function pointer for a WSAID_*, or NULL */
void *extension_function(const GUID *id);

#endif
