/* What is noted of sockets that have a host socket: base/host.h's own (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_HOSTNOTE_H
#define WS2_BASE_HOSTNOTE_H

#include "base/marker.h"
#include "base/notes.h"
#include "bluetooth.h"

union name
{
    SOCKADDR_STORAGE storage;
    struct sockaddr_un un;
    struct sockaddr_bth bth;
};

struct host_socket
{
    struct note note;
    const WSAPROTOCOL_INFOW *info;
    union name local, peer;
    int local_len, peer_len; /* 0: none */
    USHORT front_port;       /* network order; 0: not bound yet */
    USHORT free_port;        /* to bind it to */
    BOOL listening;
    uint32_t peer_pid; /* the host's */
    HANDLE path;       /* tells others the name of a bound AF_UNIX socket */
};

/* A copy, for calls that wait; FALSE if s is none. */
BOOL host_look(SOCKET s, struct host_socket *copy);

/* Notes a new one, whose handle is a front's, and marks its record; a Winsock error or 0. */
int host_note(const struct host_socket *initial);

/* What was copied has changed. */
void host_update(const struct host_socket *changed);

/* It has another host socket now. */
void host_renamed(SOCKET s, uint32_t id);

/* hosttag.c: leaves what is noted with the front itself; reads it from there, but for the id. */
void host_tag(const struct host_socket *host);
BOOL host_read_tag(SOCKET s, struct host_socket *host);

/* Forgets s; *id is left alone if it was none. */
void host_unlink(SOCKET s, uint32_t *id);

/* Visits all, without the lock: at the end of the process. */
void host_for_each(void (*visit)(const struct host_socket *host));

/* The one whose front listens on this port. */
BOOL host_listener_on(USHORT port, struct host_socket *copy);

/* Bytes of an address of the family at most, and at least. */
int host_address_size(int family, int *least);

/* The ELF half's functions: a Winsock error or 0. */
int host_call(enum ws2_unix_function function, struct ws2_host *params);
void host_release(uint32_t id, BOOL last);

/* hostends.c: the host's number of this process, and telling others which process that is. */
extern uint32_t host_process;
void host_publish_process(uint32_t pid);

/* Whoever is connected to a bound AF_UNIX socket asks for its path; the caller keeps the handle. */
HANDLE host_publish_path(const struct host_path *path, const union name *name);

/* The name of an end that has none. */
void host_unnamed(int family, union name *name, int *len);

/* The process at the other end of a connection, by the host's number; 0 if not known. */
uint32_t host_peer_process(uint32_t id);

/* Whether the front is, or was, connected. */
BOOL host_front_connected(SOCKET s);

#endif
