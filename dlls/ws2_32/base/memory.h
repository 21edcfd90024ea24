/* Socket addresses in the application's memory (SPDX-License-Identifier: LGPL-2.1-or-later). */
#ifndef WS2_BASE_MEMORY_H
#define WS2_BASE_MEMORY_H

/* The socket address of an application: copied into *to (at most its size), with
 * Windows's rule that len reaches the family's length. 0, WSAEFAULT or
 * WSAEAFNOSUPPORT; *used is the family's own length. */
int sockaddr_from_app(SOCKADDR_STORAGE *to, const struct sockaddr *app, int len, int *used);

#endif
