/* What is noted of raw sockets of the host: base/rawhost.h's own (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_RAWNOTE_H
#define WS2_BASE_RAWNOTE_H

#include "base/notes.h"

struct raw_socket
{
    struct note note;
    int family, protocol;
    BOOL started;
    BOOL both; /* IPV6_V6ONLY is off, which means nothing to a raw socket of the host */
    SOCKADDR_STORAGE peer;
    int peer_len;
};

/* A copy, for calls that wait; FALSE if s is none. */
BOOL raw_look(SOCKET s, struct raw_socket *copy);

/* A call of the ELF half: a Winsock error or 0. */
int raw_call(enum ws2_unix_function function, struct ws2_packet *params);

/* Bytes of its addresses. */
int raw_address_size(const struct raw_socket *raw);

/* A name to the application; WSAEFAULT if it does not fit. */
int raw_give_name(const SOCKADDR_STORAGE *name, int size, struct sockaddr *addr, int *len);

/* rawreceive.c: nobody will ask any more where what s receives comes from. */
void raw_forget_receives(SOCKET s);

#endif
