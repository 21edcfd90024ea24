/*
 * Sockets of families that the device does not know: AF_UNIX, AF_HYPERV, AF_BTH.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The handle is a TCP socket of the device, the front, and all that happens to it
 * happens there; the host socket is the ELF half's (unix/relay.h), which moves the
 * bytes between the two. Here are the calls that see addresses.
 */
#ifndef WS2_BASE_HOST_H
#define WS2_BASE_HOST_H

struct socket_record;

/* Whether a socket of this kind has a host socket of its own. */
BOOL host_family(int family);

/* A look at the record's flags. */
BOOL host_is(SOCKET s);

/* Notes one that came from another process; FALSE if s is none. */
BOOL host_adopt(SOCKET s);

/* Either. */
static inline BOOL host_knows(SOCKET s)
{
    return host_is(s) || host_adopt(s);
}

/* What base's proc table has, or goes on to where these are concerned; those that are no host
 * socket's go on to base_* or front_*. */
int WSPAPI host_bind(SOCKET s, const struct sockaddr *addr, int len, int *err);
int WSPAPI host_listen(SOCKET s, int backlog, int *err);
int WSPAPI host_connect(SOCKET s, const struct sockaddr *addr, int len, WSABUF *caller, WSABUF *callee,
                        QOS *sqos, QOS *gqos, int *err);
int WSPAPI host_getsockname(SOCKET s, struct sockaddr *addr, int *len, int *err);
int WSPAPI host_getpeername(SOCKET s, struct sockaddr *addr, int *len, int *err);
int WSPAPI host_setsockopt(SOCKET s, int level, int name, const char *value, int len, int *err);
int WSPAPI host_getsockopt(SOCKET s, int level, int name, char *value, int *len, int *err);
int WSPAPI host_duplicate_socket(SOCKET s, DWORD pid, WSAPROTOCOL_INFOW *info, int *err);

/* Makes one; INVALID_SOCKET with *err. */
SOCKET host_socket(const WSAPROTOCOL_INFOW *info, int type, int protocol, GROUP group, DWORD flags, int *err);

/* s was redeemed from this ticket: it is what info says, not what its front is. */
int host_redeemed(SOCKET s, const WSAPROTOCOL_INFOW *info);

/* s is going to be closed: what host_closed is to be told then. */
uint32_t host_closing(SOCKET s, BOOL *last);
void host_closed(uint32_t id, BOOL last);

/* Connects the host socket and says where the front has to go; a Winsock error or 0. */
int host_reach(SOCKET s, const struct sockaddr *addr, int len, SOCKADDR_IN *where);

/* A front's connection, accepted by listener: the two ends as they are to be seen. */
int host_accepted(SOCKET listener, SOCKET accepted);
void host_ends(SOCKET s, SOCKADDR_STORAGE *local, ULONG *local_len, SOCKADDR_STORAGE *peer, ULONG *peer_len);

/* The address areas that AcceptEx has filled, of local_room and remote_room bytes. */
void host_accept_areas(char *local, DWORD local_room, char *remote, DWORD remote_room);

/* Before the front is looked at, or waited at, and after something was sent to it: what there
 * is goes through at once, and goes on doing so. */
void host_settle(const struct socket_record *record);

/* The process ends. */
void host_leave(void);

#endif
